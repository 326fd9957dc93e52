"""Who signs has given his password a short while ago: at a task, for several at once, and never by program."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from service import attempts, deployments, identity, tasks, together, tokens
from service.engine.assignment import CONFIRMED_FOR, Actor
from service.errors import NotConfirmed
from service.models import Receipt, Session, Task, TaskStatus, db
from tests import answers, stage
from tests.answers import BANGGAI, BLITAR
from tests.conftest import on_sqlite
from tests.walking import Page, Player, Visitor, Walker

KADIS = "blitar.kadis"
LATER = CONFIRMED_FOR + timedelta(minutes=1)
ASKED = "Tulis kata sandi Anda untuk menandatangani."
WRONG = "Kata sandi tidak cocok. Periksa huruf besar dan kecil, lalu coba lagi."


@pytest.fixture
def signatures(app: Flask) -> list[str]:
    """Return the ids of two documents that the head of the office has to sign."""
    with app.app_context():
        player = Player()
        cases = [player.reach(BLITAR, "row_10", title) for title in ("Satu", "Dua")]
        return [str(player.task(case, "row_10").id) for case in cases]


@pytest.fixture
def initials(app: Flask) -> list[str]:
    """Return the ids of two reviews where the Sekretaris puts his initials, in an SOP that says so."""
    marked = b'name="sop.bukan_pelaksana" value="row_07" />'
    signed = marked + b'<camunda:property name="sop.tanda_tangan" value="ya" />'
    files = [
        replace(file, content=file.content.replace(marked, signed, 1)) if file.name.endswith(".bpmn") else file
        for file in stage.drafts(BLITAR)
    ]
    with app.app_context():
        player = Player()
        deployments.deploy(player.actor("analis", "blitar"), files, player.now)
        cases = [player.start(BLITAR, title=title) for title in ("Satu", "Dua")]
        for case in cases:
            player.advance(case, "row_09")
        return [str(player.task(case, "row_09").id) for case in cases]


def seated(app: Flask, walker: Walker, user: str) -> Visitor:
    """Sit somebody down who signed in 16 minutes ago."""
    visitor = walker.as_user(user)
    with app.app_context():
        db.session.execute(update(Session).values(confirmed_at=datetime.now(UTC) - LATER))
        db.session.commit()
    return visitor


@pytest.fixture
def kadis(app: Flask, walker: Walker) -> Visitor:
    return seated(app, walker, KADIS)


def key(visitor: Visitor) -> str:
    cookie = visitor.client.get_cookie("laksana")
    assert cookie is not None
    return cookie.value


def decided(visitor: Visitor, task: str, outcome: str = "setuju", **typed: str) -> Page:
    """Fill a signature in as the head of the office does, and send it with what is typed beside."""
    page = visitor.get(f"/tugas/{task}")
    pairs, files = visitor.fill(page, "tugas", answers.for_element(BLITAR, "row_10", outcome=outcome))
    return visitor.post(f"/tugas/{task}", [pair for pair in pairs if pair[0] not in typed] + [*typed.items()], files)


def asks(page: Page) -> bool:
    return bool(page.tree.xpath("//form[@id='tugas']//input[@name='kata_sandi']"))


def still_open(app: Flask, ids: list[str]) -> list[bool]:
    with app.app_context():
        found = {str(row.id): row.status for row in db.session.execute(select(Task.id, Task.status))}
        return [found[one] == TaskStatus.OPEN for one in ids]


# The use case decides -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("process", "element"), [(BLITAR, "row_10"), (BANGGAI, "row_11")], ids=["mengesahkan", "tanda tangan"]
)
def test_a_signature_takes_a_password_of_the_last_quarter_of_an_hour(
    app: Flask, player: Player, process: str, element: str
) -> None:
    case = player.reach(process, element)
    task = player.task(case, element)
    raw, signer = player.answers(task), player.performer(task)
    before = stage.rows(app)

    for confirmed in (None, player.now - LATER):
        with pytest.raises(NotConfirmed):
            tasks.complete(replace(signer, confirmed_at=confirmed), task.id, raw, player.now)
    assert stage.rows(app) == before

    tasks.complete(replace(signer, confirmed_at=player.now - CONFIRMED_FOR), task.id, raw, player.now)
    assert element not in player.open_elements(case)


def unproven(player: Player, user: str) -> Actor:
    return replace(player.actor(user), confirmed_at=None)


def test_to_return_or_to_review_is_not_to_sign(player: Player) -> None:
    case = player.reach(BLITAR, "row_09")
    review = player.task(case, "row_09")
    tasks.complete(unproven(player, "blitar.sekretaris"), review.id, player.answers(review), player.now)
    signature = player.task(case, "row_10")

    returned = tasks.complete(
        unproven(player, KADIS), signature.id, player.answers(signature, outcome="kembalikan"), player.now
    )

    assert returned.returned


def test_no_program_signs(player: Player) -> None:
    task = player.task(player.reach(BLITAR, "row_10"), "row_10")
    secret = tokens.make(player.actor(KADIS), "Robot", "act", 30, player.now)
    robot = tokens.recognise(secret, "127.0.0.1", player.now).actor

    with pytest.raises(NotConfirmed):
        tasks.complete(robot, task.id, player.answers(task), player.now)


def test_nothing_is_signed_together_by_somebody_unproven(player: Player) -> None:
    task = player.task(player.reach(BLITAR, "row_10"), "row_10")

    with pytest.raises(NotConfirmed):
        together.agree(unproven(player, KADIS), [task.id], "k", player.now)


# Pages ----------------------------------------------------------------------------------------------


def test_who_has_just_signed_in_is_not_asked(walker: Walker, signatures: list[str]) -> None:
    assert not asks(walker.as_user(KADIS).get(f"/tugas/{signatures[0]}"))
    assert decided(walker.as_user(KADIS), signatures[0]).location == "/tugas"


def test_the_page_asks_in_the_same_form_and_not_again(app: Flask, kadis: Visitor, signatures: list[str]) -> None:
    assert asks(kadis.get(f"/tugas/{signatures[0]}"))
    before = key(kadis)

    assert decided(kadis, signatures[0], kata_sandi=stage.PASSWORD).location == "/tugas"

    assert key(kadis) != before
    kadis.token = kadis.get("/berkas").token
    assert not asks(kadis.get(f"/tugas/{signatures[1]}"))
    assert decided(kadis, signatures[1]).location == "/tugas"
    assert still_open(app, signatures) == [False, False]


@pytest.mark.parametrize(("typed", "sentence"), [("", ASKED), ("rahasia lain", WRONG), ("\x00", WRONG)])
def test_a_wrong_password_is_told_at_its_field_and_what_was_typed_is_kept(
    app: Flask, kadis: Visitor, signatures: list[str], typed: str, sentence: str
) -> None:
    refused = decided(kadis, signatures[0], kata_sandi=typed, nama_dokumen="LKjIP 2026")

    assert (refused.status, refused.mistakes) == (422, {"kata_sandi": sentence})
    assert refused.value("nama_dokumen") == kadis.get(f"/tugas/{signatures[0]}").value("nama_dokumen") == "LKjIP 2026"
    assert "rahasia lain" not in refused.response.text
    assert still_open(app, signatures[:1]) == [True]


def test_returning_asks_nothing(kadis: Visitor, signatures: list[str]) -> None:
    assert decided(kadis, signatures[0], "kembalikan").location == "/tugas"


def test_guessing_at_a_signature_ends_like_guessing_at_the_door(kadis: Visitor, signatures: list[str]) -> None:
    for _ in range(attempts.MOST_PER_ACCOUNT):
        decided(kadis, signatures[0], kata_sandi="salah")

    refused = decided(kadis, signatures[0], kata_sandi=stage.PASSWORD)

    assert refused.mistakes["kata_sandi"].startswith("Coba lagi setelah 15 menit.")


def test_several_are_signed_with_one_password(app: Flask, walker: Walker, initials: list[str]) -> None:
    sekretaris = seated(app, walker, "blitar.sekretaris")
    page = sekretaris.get("/tugas/bersama?" + "&".join(f"tugas={one}" for one in initials))

    for typed, sentence in (("", ASKED), ("salah", WRONG)):
        page = sekretaris.post("/tugas/bersama", [*without_password(page), ("kata_sandi", typed)])
        assert (page.status, page.mistakes) == (422, {"kata_sandi": sentence})
    assert still_open(app, initials) == [True, True]

    done = sekretaris.post("/tugas/bersama", [*without_password(page), ("kata_sandi", stage.PASSWORD)])
    assert (done.status, still_open(app, initials)) == (200, [False, False])


def without_password(page: Page) -> list[tuple[str, str]]:
    return [pair for pair in page.controls("persetujuan") if pair[0] != "kata_sandi"]


@on_sqlite
def test_the_same_signature_again_counts_once_whatever_password_comes_with_it(
    app: Flask, kadis: Visitor, signatures: list[str]
) -> None:
    page = kadis.get(f"/tugas/{signatures[0]}")
    pairs, files = kadis.fill(page, "tugas", answers.for_element(BLITAR, "row_10"))
    sent = [pair for pair in pairs if pair[0] != "kata_sandi"]
    assert kadis.post(f"/tugas/{signatures[0]}", [*sent, ("kata_sandi", stage.PASSWORD)], files).location == "/tugas"
    kadis.token = kadis.get("/berkas").token

    assert kadis.post(f"/tugas/{signatures[0]}", sent, files).location == "/tugas"

    with app.app_context():
        assert len(db.session.scalars(select(Receipt)).all()) == 1


# The key that a signature brings, and the answer that got lost ---------------------------------------


def hold(visitor: Visitor, held: str) -> None:
    visitor.client.set_cookie("laksana", held, httponly=True, samesite="Lax")


@on_sqlite
def test_a_signature_whose_answer_got_lost_may_be_sent_again(app: Flask, kadis: Visitor, signatures: list[str]) -> None:
    before = key(kadis)
    pairs, files = kadis.fill(kadis.get(f"/tugas/{signatures[0]}"), "tugas", answers.for_element(BLITAR, "row_10"))
    sent = [pair for pair in pairs if pair[0] != "kata_sandi"] + [("kata_sandi", stage.PASSWORD)]
    kadis.post(f"/tugas/{signatures[0]}", sent, files)

    for _ in range(2):  # that of the second may get lost as well
        hold(kadis, before)
        again = kadis.post(f"/tugas/{signatures[0]}", sent, files)
        assert again.location == "/tugas"

    shown = kadis.get("/tugas")
    assert (shown.status, key(kadis) == before) == (200, False)
    assert "Kiriman ini sudah diterima sebelumnya." in shown.main
    with app.app_context():
        assert len(db.session.scalars(select(Session)).all()) == 1


@on_sqlite
def test_the_key_before_opens_nothing_by_itself(app: Flask, kadis: Visitor, signatures: list[str]) -> None:
    before = key(kadis)
    decided(kadis, signatures[0], kata_sandi=stage.PASSWORD)
    hold(kadis, before)

    assert kadis.get("/tugas").location.startswith("/masuk")
    for typed in ({}, {"kata_sandi": "salah"}):
        assert kadis.post(f"/tugas/{signatures[1]}", typed).status == 401
    assert still_open(app, signatures) == [False, True]


@on_sqlite
def test_a_page_that_was_open_beside_signatures_is_still_good(
    app: Flask, kadis: Visitor, signatures: list[str]
) -> None:
    beside, keys = kadis.get(f"/tugas/{signatures[1]}").token, {key(kadis)}
    decided(kadis, signatures[0], kata_sandi=stage.PASSWORD)
    keys.add(key(kadis))
    kadis.token = kadis.get("/akun").token
    kadis.post("/akun/token", {"kata_sandi": stage.PASSWORD})  # later in the morning he proves himself again
    keys.add(key(kadis))
    assert len({held[-27:] for held in keys}) == 3
    kadis.token = beside

    assert decided(kadis, signatures[1]).location == "/tugas"
    kadis.token = Visitor(app, "blitar.sekretaris").token
    assert kadis.post("/bahasa", {"locale": "en"}).status == 400


@on_sqlite
def test_who_signs_twice_at_once_stays_signed_in(app: Flask, kadis: Visitor) -> None:
    held = key(kadis)

    with app.app_context():
        for fresh in ("a" * 43, "b" * 43):
            identity.exchange(held, fresh, datetime.now(UTC))  # both were let in under the key before

    hold(kadis, "b" * 43)
    assert kadis.get("/tugas").status == 200
