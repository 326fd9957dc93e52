"""What somebody looks after himself: his password, his address, his browsers, and the programs that act for him."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from service import attempts, identity, organisation, preferences, tokens
from service.engine.appointment import DAY, Capacity
from service.engine.assignment import CONFIRMED_FOR, Actor
from service.errors import NotSignedIn, TooManyAttempts
from service.models import Role, Session, Token, db
from service.organisation import Appointment
from service.tokens import Scope
from tests import stage
from tests.conftest import on_sqlite
from tests.walking import Page, Player, Stranger, Visitor

NEW = "sebuah sandi yang baru"
NOW = datetime.now(UTC)
KADIS = "blitar.kadis"


def proven(user: str, now: datetime = NOW) -> Actor:
    return replace(identity.actor(identity.person_named(user), None, now), confirmed_at=now)


def key(visitor: Visitor) -> str:
    cookie = visitor.client.get_cookie("laksana")
    assert cookie is not None
    return cookie.value


def changed(visitor: Visitor, lama: str = stage.PASSWORD, baru: str = NEW, ulang: str = NEW) -> Page:
    return visitor.post("/akun/sandi", {"lama": lama, "baru": baru, "ulang": ulang})


# Password -------------------------------------------------------------------------------------------


def test_who_changes_his_password_stays_here_and_is_out_elsewhere(app: Flask) -> None:
    here, there = Visitor(app, KADIS), Visitor(app, KADIS)
    before = key(here)

    assert changed(here).location == "/akun"

    assert here.get("/akun").messages == ["Kata sandi diganti. Semua peramban lain sudah keluar."]
    assert there.get("/tugas").location == "/masuk?next=/tugas"
    assert key(here) != before
    assert Stranger(app).enter(KADIS).status == 401
    assert Stranger(app).enter(KADIS, NEW).status == 302


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"lama": "salah"}, "lama", "Kata sandi tidak cocok. Periksa huruf besar dan kecil, lalu coba lagi."),
        ({"lama": ""}, "lama", "Kata sandi tidak cocok. Periksa huruf besar dan kecil, lalu coba lagi."),
        ({"ulang": "lain"}, "ulang", "Kedua kata sandi baru tidak sama."),
        ({"baru": "pendek", "ulang": "pendek"}, "baru", "Kata sandi paling sedikit 10 huruf."),
    ],
)
def test_a_password_that_is_not_taken_is_told_at_its_field(
    app: Flask, typed: dict[str, str], field: str, sentence: str
) -> None:
    visitor = Visitor(app, KADIS)

    refused = changed(visitor, **typed)

    assert (refused.status, refused.mistakes) == (422, {field: sentence})
    assert Stranger(app).enter(KADIS).status == 302


def test_guessing_at_the_old_password_ends_like_guessing_at_the_door(app: Flask) -> None:
    visitor = Visitor(app, KADIS)
    for _ in range(attempts.MOST_PER_ACCOUNT):
        changed(visitor, "salah")

    assert changed(visitor).mistakes["lama"].startswith("Coba lagi setelah 15 menit.")


# Address --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "status", "kept"),
    [("a@kantor.go.id", 303, "a@kantor.go.id"), ("", 303, ""), ("bukan", 422, ""), ("a@b.id\x00", 422, "")],
)
def test_everybody_sets_his_own_address(app: Flask, typed: str, status: int, kept: str) -> None:
    visitor = Visitor(app, KADIS)

    assert visitor.post("/akun/surel", {"surel": typed}).status == status

    with app.app_context():
        assert preferences.of(proven(KADIS)).email == kept


# Browsers -------------------------------------------------------------------------------------------


def test_the_page_lists_where_somebody_is_signed_in_and_ends_it(app: Flask) -> None:
    here, there = Visitor(app, KADIS), Visitor(app, KADIS)
    Visitor(app, "blitar.jfu")
    page = here.get("/akun")
    listed = [one.text_content() for one in page.tree.xpath("//section[@aria-labelledby='sesi']//li//b")]
    (other,) = page.tree.xpath("//button[@name='sesi']/@value")

    assert listed == ["Peramban ini", "Peramban lain"]
    here.post("/akun/sesi", {"sesi": other})

    assert there.get("/tugas").status == 302
    assert here.get("/tugas").status == 200


@pytest.mark.parametrize("session", ["", "\x00", "x", "../"])
def test_nobody_ends_what_is_not_his(app: Flask, session: str) -> None:
    here, other = Visitor(app, KADIS), Visitor(app, "blitar.jfu")
    theirs = identity.session_of(key(other))

    for one in (session, theirs):
        assert here.post("/akun/sesi", {"sesi": one}).status == 303

    assert other.get("/tugas").status == 200


# Tokens ---------------------------------------------------------------------------------------------


def made(visitor: Visitor, **typed: str) -> Page:
    return visitor.post("/akun/token", {"nama": "Rekap", "cakupan": "read", "berlaku": "30", **typed})


def shown(page: Page) -> str:
    return str(page.tree.get_element_by_id("rahasia").get("value"))


def asked(app: Flask, secret: str, address: str = "/api/v1/me", method: str = "GET") -> tuple[int, object]:
    response = app.test_client().open(address, method=method, headers={"Authorization": f"Bearer {secret}"})
    return response.status_code, response.json


def test_a_token_is_shown_once_and_kept_as_a_digest(app: Flask) -> None:
    visitor = Visitor(app, KADIS)

    secret = shown(made(visitor))

    assert secret not in visitor.get("/akun").response.text
    with app.app_context():
        (row,) = db.session.scalars(select(Token))
    assert (row.name, row.office, row.scope, secret in row.id) == ("Rekap", "blitar", "read", False)
    assert row.expires_at - row.made_at == timedelta(days=30)


def test_a_program_is_told_for_whom_it_acts(app: Flask) -> None:
    secret = shown(made(Visitor(app, KADIS)))

    assert asked(app, secret) == (
        200,
        {
            "person": {"userName": KADIS, "name": "Kepala Dinas"},
            "office": {"key": "blitar", "name": "Dinas Sosial Kabupaten Blitar"},
            "positions": [
                {"code": "kadis", "name": "Kepala Dinas", "unit": "", "capacity": "definitive", "until": None}
            ],
            "roles": ["staff"],
            "scope": "read",
        },
    )


def test_a_program_acts_for_a_deputy_as_long_as_he_is_one(app: Flask) -> None:
    with app.app_context():
        player = Player(NOW)
        today = NOW.date()
        plh = Appointment("blitar.sekretaris", "kadis", today, today + 2 * DAY, Capacity.PLH, "800/1/SPT/2026")
        organisation.appoint(player.actor("admin", "blitar"), plh, NOW)
        secret = tokens.make(proven("blitar.sekretaris"), "Rekap", "act", 30, NOW)

        def held(later: timedelta) -> list[str]:
            return [post.title for post in tokens.recognise(secret, "127.0.0.1", NOW + later).actor.posts]

        assert held(timedelta()) == ["Sekretaris", "Plh. Kepala Dinas"]
        assert held(4 * DAY) == ["Sekretaris"]


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"nama": " "}, "nama"),
        ({"nama": "x" * 81}, "nama"),
        ({"nama": "a\x00b"}, "nama"),
        ({"cakupan": "semua"}, "cakupan"),
        ({"berlaku": "366"}, "berlaku"),
        ({"berlaku": "x"}, "berlaku"),
    ],
)
def test_a_token_that_is_not_made_is_told_at_its_field(app: Flask, typed: dict[str, str], field: str) -> None:
    refused = made(Visitor(app, KADIS), **typed)

    assert (refused.status, list(refused.mistakes)) == (422, [field])
    with app.app_context():
        assert db.session.scalars(select(Token)).all() == []


def test_nobody_has_more_tokens_than_he_can_look_after(app: Flask) -> None:
    visitor = Visitor(app, KADIS)
    with app.app_context():
        for number in range(tokens.MOST):
            tokens.make(proven(KADIS), f"Program {number}", "read", 1, NOW)

    assert made(visitor).status == 422


def test_a_token_is_made_by_who_has_just_given_his_password(app: Flask) -> None:
    visitor = Visitor(app, KADIS)
    with app.app_context():
        db.session.execute(update(Session).values(confirmed_at=NOW - CONFIRMED_FOR - timedelta(minutes=1)))
        db.session.commit()

    assert "kata_sandi" in made(visitor).mistakes
    assert "kata_sandi" in made(visitor, kata_sandi="salah").mistakes
    assert shown(made(visitor, kata_sandi=stage.PASSWORD)).startswith(tokens.MARK)


@pytest.fixture
def secret(app: Flask) -> str:
    with app.app_context():
        return tokens.make(proven(KADIS), "Rekap", "read", 30, NOW)


def test_a_program_is_out_at_once(app: Flask, secret: str) -> None:
    assert asked(app, secret)[0] == 200
    visitor = Visitor(app, KADIS)
    (token,) = visitor.get("/akun").tree.xpath("//button[@name='token']/@value")
    Visitor(app, "blitar.jfu").post("/akun/token/cabut", {"token": token})
    assert asked(app, secret)[0] == 200

    visitor.post("/akun/token/cabut", {"token": token})

    assert asked(app, secret) == (401, {"code": "not-signed-in", "message": "Nobody is signed in here."})


@pytest.mark.parametrize("days", [30, 31])
def test_a_token_expires(app: Flask, secret: str, days: int) -> None:
    with app.app_context():
        assert tokens.recognise(secret, "127.0.0.1", NOW + timedelta(days=29)).scope is Scope.READ
        with pytest.raises(NotSignedIn):
            tokens.recognise(secret, "127.0.0.1", NOW + timedelta(days=days))
        identity.forget_ended(NOW + timedelta(days=days))
        assert db.session.scalars(select(Token)).all() == []


def test_a_program_of_somebody_disabled_is_out_even_when_he_is_back(app: Flask, secret: str) -> None:
    with app.app_context():
        identity.set_active(KADIS, is_active=False)
        assert asked(app, secret)[0] == 401
        identity.set_active(KADIS, is_active=True)

    assert asked(app, secret)[0] == 401


def test_a_program_of_somebody_who_left_the_office_is_out(app: Flask, secret: str) -> None:
    with app.app_context():
        stage.dismiss(KADIS, "kadis")
        db.session.execute(delete(Role).where(Role.person_id == identity.person_named(KADIS)))
        db.session.commit()

    assert asked(app, secret)[0] == 401


def test_a_token_to_read_does_not_act(app: Flask, secret: str) -> None:
    assert asked(app, secret, method="POST")[0] == 403
    assert asked(app, secret, address="/api/v1/tidak-ada") == (404, {"code": "not-found", "message": "Not Found"})


@on_sqlite
@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Bearer x", "Basic eDp5", f"Bearer {'x' * 5000}"])
def test_what_is_no_token_opens_nothing(app: Flask, header: str) -> None:
    response = app.test_client().get("/api/v1/me", headers={"Authorization": header})

    assert (response.status_code, response.json["code"]) == (401, "not-signed-in")  # type: ignore[index]  # is JSON
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="laksana"'


def test_a_cookie_opens_nothing_for_programs_and_a_token_no_page(app: Flask, secret: str) -> None:
    assert Visitor(app, KADIS).get("/api/v1/me").status == 401
    assert asked(app, secret, address="/tugas")[0] == 302


def test_wrong_tokens_are_counted_by_address_and_right_ones_taken_all_the_same(app: Flask, secret: str) -> None:
    with app.app_context():
        for _ in range(attempts.MOST_PER_ADDRESS):
            with pytest.raises(NotSignedIn):
                tokens.recognise("salah", "10.0.0.7", NOW)
        with pytest.raises(TooManyAttempts):
            tokens.recognise("salah", "10.0.0.7", NOW)

        assert tokens.recognise(secret, "10.0.0.7", NOW).actor.user_name == KADIS
        with pytest.raises(NotSignedIn):
            tokens.recognise("salah", "10.0.0.8", NOW)
        assert identity.sign_in(KADIS, stage.PASSWORD, "10.0.0.7", NOW).person_id == identity.person_named(KADIS)


def test_it_is_noted_when_a_program_came(app: Flask, secret: str) -> None:
    asked(app, secret)
    with stage.statements(app) as ran:
        asked(app, secret)

    assert [line for line in ran if line.startswith("UPDATE")] == []
    with app.app_context():
        assert db.session.scalars(select(Token.used_at)).one() is not None
