"""A password that somebody else knows is good for one thing: to take another."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import select

from service import account, demo, identity, organisation, tokens
from service.cli import main
from service.engine.assignment import Actor, Role
from service.errors import NotSignedIn, PasswordWrong
from service.identity import NewPerson
from service.models import Token, db
from service.tokens import Scope
from tests import stage
from tests.conftest import on_sqlite
from tests.racing import Race
from tests.walking import Page, Player, Stranger, Visitor, newcomer

NEW = "hanya saya yang tahu"
KASIE = "banggai.kasie"
NOW = datetime.now(UTC)


def _shown(page: Page) -> str:
    return str(page.tree.xpath("//*[@id='sandi']//code/text()")[0])


def _admin(app: Flask) -> Visitor:
    admin = Visitor(app, "admin")
    admin.post("/jabatan", {"office": "banggai"})
    return admin


def _added(app: Flask) -> tuple[str, str]:
    person = {"user_name": "banggai.baru", "name": "Orang Baru", "nip": "", "email": ""}
    return "banggai.baru", _shown(_admin(app).post("/orang-baru", person))


def _renewed(app: Flask) -> tuple[str, str]:
    return KASIE, _shown(_admin(app).post(f"/orang/{KASIE}/kata-sandi", {}))


def _of_an_admin(app: Flask) -> tuple[str, str]:
    with app.app_context():
        system = NewPerson("sistem", "Diskominfo", stage.PASSWORD, roles=[("blitar", Role.SYSTEM)])
        who = identity.actor(identity.add_person(system, NOW), None, NOW)
        return "banggai.admin", identity.add_admin(who, "banggai", "banggai.admin", "Admin", NOW)


def _typed(app: Flask, *arguments: str) -> str:
    settings = app.extensions["demo"].settings
    places = {"LAKSANA_DATA": str(settings.data), "LAKSANA_DATABASE": settings.database}
    done = CliRunner(env=places).invoke(main, arguments, input="dari baris perintah\n")
    assert done.exit_code == 0, done.output
    return "dari baris perintah"


def _by_command(app: Flask) -> tuple[str, str]:
    return "baru", _typed(app, "users", "add", "baru", "--name", "Baru", "--role", "banggai.staff")


def _renewed_by_command(app: Flask) -> tuple[str, str]:
    return KASIE, _typed(app, "users", "password", KASIE)


WAYS = (_added, _renewed, _of_an_admin, _by_command, _renewed_by_command)


@pytest.mark.parametrize("told", WAYS)
def test_who_was_told_his_password_takes_another_and_does_nothing_before(
    app: Flask, told: Callable[[Flask], tuple[str, str]]
) -> None:
    user, password = told(app)
    visitor = newcomer(app, user, password)
    before = stage.rows(app)

    for address in ("/", "/tugas", "/orang", "/akun", "/tidak/ada"):
        assert (visitor.get(address).status, visitor.get(address).location) == (303, "/akun/sandi")
    for address in ("/akun/token", "/akun/surel", "/jabatan", "/orang-baru"):
        assert visitor.post(address, {"surel": "a@b.id", "nama": "x"}).location == "/akun/sandi"
    assert stage.rows(app) == before
    page = visitor.get("/akun/sandi")
    assert "Kata sandi Anda dibuat oleh orang lain." in page.main
    assert page.tree.xpath("//nav") == []

    def sent(**typed: str) -> Page:
        return visitor.post("/akun/sandi", {"lama": password, "baru": NEW, "ulang": NEW} | typed)

    assert sent(lama="salah").mistakes.keys() == {"lama"}
    assert sent(baru=password, ulang=password).mistakes == {"baru": "Kata sandi baru harus berbeda dari yang sekarang."}
    assert sent().location == "/akun"
    assert visitor.get("/akun").status == 200
    assert Stranger(app).enter(user, password).status == 401
    assert Visitor(app, user, NEW).get("/akun").status == 200


def test_his_programs_wait_until_he_took_another(app: Flask) -> None:
    with app.app_context():
        who = identity.prove(identity.actor(identity.person_named(KASIE), None, NOW), stage.PASSWORD, "", NOW)
        secret = tokens.make(who, "Rekap", Scope.READ, 1, NOW)

    def asked() -> int:
        return app.test_client().get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"}).status_code

    assert asked() == 200
    _, password = _renewed_by_command(app)
    assert asked() == 401
    visitor = newcomer(app, KASIE, password)
    assert visitor.post("/akun/sandi", {"lama": password, "baru": NEW, "ulang": NEW}).status == 303
    assert asked() == 200
    _renewed(app)
    assert asked() == 401  # an admin ends them with all else


@on_sqlite
def test_he_may_leave_and_read_in_another_language(app: Flask) -> None:
    user, password = _renewed(app)
    visitor = newcomer(app, user, password)

    assert visitor.post("/bahasa", {"locale": "en", "next": "/akun/sandi"}).location == "/akun/sandi"
    assert "Somebody else made your password." in visitor.get("/akun/sandi").main
    assert visitor.post("/keluar").location == "/masuk"


@on_sqlite
def test_people_of_the_demonstration_keep_theirs(app: Flask) -> None:
    with app.app_context():
        demo.prepare(stage.PASSWORD, stage.MONDAY)

    assert Visitor(app, KASIE).get("/tugas").status == 200


def _renew(player: Player) -> str:
    return organisation.renew_password(player.actor("admin", "banggai"), KASIE, player.now)


def test_a_password_that_is_renewed_while_its_thief_replaces_it_is_the_one_that_counts(race: Race) -> None:
    def replace_it(player: Player) -> Actor:
        return account.change_password(player.actor(KASIE), stage.PASSWORD, NEW, "k" * 43, "", player.now)

    replaced, told = race.between("UPDATE person SET", replace_it, _renew)

    assert type(replaced) is PasswordWrong
    with race.player() as player:
        assert identity.sign_in(KASIE, told, "", player.now).person_id == player.actor(KASIE).person_id
        assert player.actor(KASIE).must_change_password


def test_who_signs_in_while_his_password_is_renewed_is_not_in(race: Race) -> None:
    def enter(player: Player) -> None:
        identity.begin(identity.sign_in(KASIE, stage.PASSWORD, "", player.now), "k" * 43, player.now, player.now)

    outcomes = race.between("INSERT INTO session", enter, _renew)

    assert type(outcomes[0]) is NotSignedIn
    with race.player() as player, pytest.raises(NotSignedIn):
        identity.recognise("k" * 43, player.now)


def test_a_program_that_is_let_in_while_the_password_is_renewed_is_not_in(race: Race) -> None:
    outcomes = race.between(
        "INSERT INTO token", lambda player: tokens.make(player.actor(KASIE), "Rekap", Scope.ACT, 1, player.now), _renew
    )

    assert type(outcomes[0]) is NotSignedIn
    with race.player():
        assert list(db.session.scalars(select(Token))) == []
