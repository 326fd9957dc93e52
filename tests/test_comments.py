"""Comments: who may say what about a case, where it stands, and that it stays."""

from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from service import comments
from service.errors import CommentRefused, NotAllowed, NotFound
from service.models import History, Instance, db
from service.queries.case_page import case_page
from tests import stage
from tests.answers import BLITAR, NGANJUK
from tests.walking import Player, Visitor, Walker


def lines(case: UUID) -> list[tuple[str, str, dict[str, object]]]:
    found = db.session.scalars(
        select(History).where(History.instance_id == case, History.kind == "commented").order_by(History.sequence)
    )
    return [(line.position, line.element, line.body) for line in found]


def saved(app: Flask, case: UUID) -> tuple[int, int]:
    """Return how often a case was saved, and the lines of its history."""
    with app.app_context():
        row = db.session.execute(select(Instance.version, Instance.lines).where(Instance.id == case)).one()
    return row[0], row[1]


def returned(player: Player) -> UUID:
    case = player.reach(BLITAR, "row_09")
    player.complete(case, "row_09", outcome="kembalikan")
    return case


def test_a_comment_is_a_line_that_moves_nothing(player: Player) -> None:
    case = returned(player)
    task = player.task(case, "row_07")
    state = db.session.scalars(select(Instance.state).where(Instance.id == case)).one()

    comments.add(player.actor("blitar.kasubbag"), case, task.id, "  Angka panti menyusul.\r\nBesok.  ", player.now)
    comments.add(player.actor("blitar.sekretaris"), case, None, "Terima kasih.", player.now)

    assert lines(case) == [
        ("Kasubbag Perencanaan", "row_07",
         {"text": "Angka panti menyusul.\nBesok.", "round": 2, "unit": "", "passed": []}),
        ("Sekretaris", "", {"text": "Terima kasih.", "passed": []}),
    ]  # fmt: skip
    assert player.open_elements(case) == ["row_07"]
    assert db.session.scalars(select(Instance.state).where(Instance.id == case)).one() == state
    player.finish(case)


def test_everybody_who_sees_the_case_reads_who_said_it_in_which_round(player: Player) -> None:
    case = returned(player)
    task = player.task(case, "row_07")
    comments.add(player.actor("blitar.kasubbag"), case, task.id, "Menyusul.", player.now)

    (line, *_) = case_page(player.actor("auditor", "blitar"), player.now, case).history

    assert (line.kind, line.who, line.order, line.round, line.quote) == (
        "commented", "Kasubbag Perencanaan", 7, 2, "Menyusul.",
    )  # fmt: skip


def test_a_comment_may_follow_the_end_of_the_case(player: Player) -> None:
    case = player.reach(NGANJUK, "row_02")
    player.finish(case)

    comments.add(player.actor("nganjuk.sekretaris"), case, None, "Diarsipkan.", player.now)

    assert [body["text"] for _, _, body in lines(case)] == ["Diarsipkan."]


@pytest.mark.parametrize(
    ("text", "reason"), [("", "empty"), (" \n\t ", "empty"), ("\x00", "empty"), ("x" * 2_001, "too-long")]
)
def test_a_refused_comment_leaves_nothing(app: Flask, player: Player, text: str, reason: str) -> None:
    case = player.reach(NGANJUK, "row_02")
    before = stage.rows(app)

    with pytest.raises(CommentRefused) as refused:
        comments.add(player.actor("nganjuk.kasubbag"), case, None, text, player.now)

    assert refused.value.facts["reason"] == reason
    assert stage.rows(app) == before


@pytest.mark.parametrize(
    ("user", "office", "refusal"),
    [("auditor", "nganjuk", NotAllowed), ("analis", "nganjuk", NotAllowed), ("blitar.kasubbag", "blitar", NotFound)],
)
def test_readers_and_other_offices_write_nothing(
    app: Flask, player: Player, user: str, office: str, refusal: type[Exception]
) -> None:
    case = player.reach(NGANJUK, "row_02")
    before = stage.rows(app)

    with pytest.raises(refusal):
        comments.add(player.actor(user, office), case, None, "Ya.", player.now)

    assert stage.rows(app) == before


def test_a_task_of_another_case_is_as_unknown_as_none(player: Player) -> None:
    other = player.task(player.reach(NGANJUK, "row_02"), "row_02").id
    case = player.start(NGANJUK)

    for task in (other, uuid4()):
        with pytest.raises(NotFound):
            comments.add(player.actor("nganjuk.kasubbag"), case, task, "Ya.", player.now)

    assert lines(case) == []


def test_a_case_holds_so_many_comments(player: Player, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comments, "MOST", 2)
    case = player.reach(NGANJUK, "row_02")
    actor = player.actor("nganjuk.kasubbag")
    for text in ("Satu", "Dua"):
        comments.add(actor, case, None, text, player.now)

    with pytest.raises(CommentRefused) as refused:
        comments.add(actor, case, None, "Tiga", player.now)

    assert refused.value.facts["reason"] == "too-many"
    assert [body["text"] for _, _, body in lines(case)] == ["Satu", "Dua"]


# Pages ----------------------------------------------------------------------------------------------


def at_draft(app: Flask) -> tuple[UUID, str]:
    with app.app_context():
        player = Player()
        case = returned(player)
        return case, f"/tugas/{player.task(case, 'row_07').id}"


def reading(walker: Walker) -> Visitor:
    auditor = walker.as_user("auditor")
    auditor.post("/jabatan", {"office": "blitar"})
    return auditor


def test_a_comment_on_the_task_page_keeps_what_was_typed(app: Flask, walker: Walker) -> None:
    case, address = at_draft(app)
    kasubbag = walker.as_user("blitar.kasubbag")
    empty = kasubbag.get(address)
    pairs = [(name, value) for name, value in empty.controls("tugas") if name not in {"ringkasan", "_catatan"}]

    sent = kasubbag.post(
        f"{address}/catatan", [*pairs, ("ringkasan", "Baru diketik"), ("_catatan", "Panti <b>dua</b>.")]
    )
    again = kasubbag.post(
        f"{address}/catatan", [*pairs, ("ringkasan", "Baru diketik"), ("_catatan", "Panti <b>dua</b>.")]
    )

    assert (sent.status, sent.location, again.status) == (303, f"{address}#catatan", 303)
    page = kasubbag.get(address)
    assert "Kasubbag Perencanaan memberi catatan pada langkah 7, Menyusun draf dokumen, putaran 2" in page.said_in(
        "catatan"
    )
    assert page.said_in("catatan").count("Panti <b>dua</b>.") == 1
    assert (page.value("ringkasan"), page.value("_catatan")) == ("Baru diketik", "")
    assert "data-commented" in page.tree.get_element_by_id("tugas").attrib
    assert "data-commented" not in empty.tree.get_element_by_id("tugas").attrib
    assert "Panti <b>dua</b>." in reading(walker).get(f"/berkas/{case}").said_in("catatan")


def test_an_empty_comment_gets_a_sentence_and_keeps_what_was_typed(app: Flask, walker: Walker) -> None:
    _, address = at_draft(app)
    kasubbag = walker.as_user("blitar.kasubbag")

    page = kasubbag.post(f"{address}/catatan", {"ringkasan": "Baru diketik", "_catatan": " "})

    assert (page.status, page.mistakes) == (422, {"_catatan": "Tulis catatan lebih dulu."})
    assert page.value("ringkasan") == "Baru diketik"


def test_a_comment_goes_along_when_the_task_is_sent(app: Flask, walker: Walker) -> None:
    with app.app_context():
        player = Player()
        case = player.reach(BLITAR, "row_09")
        address = f"/tugas/{player.task(case, 'row_09').id}"
    sekretaris = walker.as_user("blitar.sekretaris")
    pairs = [pair for pair in sekretaris.get(address).controls("tugas") if pair[0] not in {"keputusan", "_catatan"}]

    before = stage.rows(app, ["history", "instance", "task"])
    refused = sekretaris.post(address, [*pairs, ("keputusan", "setuju"), ("_catatan", "x" * 2_001)])
    assert stage.rows(app, ["history", "instance", "task"]) == before
    was = saved(app, case)
    sent = sekretaris.post(address, [*pairs, ("keputusan", "setuju"), ("_catatan", "Sudah sesuai.")])
    assert saved(app, case) == (was[0] + 1, was[1] + 2)  # two lines, one transaction

    assert refused.mistakes == {"_catatan": "Catatan paling panjang 2.000 huruf. Ringkas lebih dulu."}
    assert sent.status == 303
    page = sekretaris.get(f"/berkas/{case}")
    assert "Sekretaris memberi catatan pada langkah 9, Memeriksa draf dan memutuskan Sudah sesuai." in page.said_in(
        "catatan"
    )


def test_the_case_page_comments_on_a_round(app: Flask, walker: Walker) -> None:
    case, address = at_draft(app)
    kadis = walker.as_user("blitar.kadis")
    before = kadis.get(f"/berkas/{case}")
    rounds = {option.text: option.get("value") for option in before.tree.xpath("//select[@name='tugas']/option")}

    first = kadis.post(f"/berkas/{case}/catatan", {
        "_kunci": "satu", "_catatan": "Mohon dipercepat.", "tugas": rounds["langkah 7, Menyusun draf dokumen"],
    })  # fmt: skip
    empty = kadis.post(f"/berkas/{case}/catatan", {"_catatan": ""})

    assert (first.status, first.location) == (303, f"/berkas/{case}#catatan")
    assert rounds["langkah 7, Menyusun draf dokumen, putaran 2"] == address.rpartition("/")[2]
    assert (empty.status, empty.mistakes) == (422, {"_catatan": "Tulis catatan lebih dulu."})
    assert "Kepala Dinas memberi catatan pada langkah 7, Menyusun draf dokumen Mohon dipercepat." in empty.said_in(
        "catatan"
    )


@pytest.mark.parametrize("task", ["bukan-id", "01990000-0000-7000-8000-000000000000"])
def test_a_strange_round_is_not_there(app: Flask, walker: Walker, task: str) -> None:
    case, _ = at_draft(app)
    before = stage.rows(app)

    page = walker.as_user("blitar.kadis").post(f"/berkas/{case}/catatan", {"_catatan": "Ya.", "tugas": task})

    assert page.status == 404
    assert stage.rows(app) == before


def test_readers_find_no_place_to_write(app: Flask, walker: Walker) -> None:
    case, _ = at_draft(app)
    auditor = reading(walker)
    page = auditor.get(f"/berkas/{case}")

    assert "Belum ada catatan pada berkas ini." in page.said_in("catatan")
    assert page.tree.xpath("//textarea") == []
    assert auditor.post(f"/berkas/{case}/catatan", {"_catatan": "Ya."}).status == 403
