"""Who looks after all offices: sets them up, names their first admins, and sees nothing of what is done in them."""

import pytest
from click.testing import CliRunner
from flask import Flask

from service import identity, offices, organisation
from service.cli import main
from service.engine.assignment import Role
from service.errors import NotAllowed, OrganisationRefused
from service.identity import NewPerson
from service.offices import NewOffice
from service.queries import organisation as found
from service.settings import Settings
from service.web import policies
from service.web.policies import Whose
from tests import stage
from tests.stage import Demo
from tests.walking import Player, Visitor, newcomer
from tests.web.test_matrix import World


@pytest.fixture
def keeper(app: Flask) -> Visitor:
    with app.app_context():
        new = NewPerson("sistem", "Diskominfo", stage.PASSWORD, roles=[("blitar", Role.SYSTEM)])
        identity.add_person(new, stage.MONDAY)
    return Visitor(app, "sistem")


def test_an_office_is_set_up_with_its_first_admin(app: Flask, keeper: Visitor) -> None:
    assert "Dinas Sosial Kabupaten Blitar" in keeper.get("/kantor").main

    made = keeper.post("/kantor-baru", {"code": "kediri", "name": "Dinas Sosial Kediri", "zone": "Asia/Jakarta"})
    assert (made.status, made.location) == (303, "/kantor/kediri/admin-baru")
    page = keeper.post("/kantor/kediri/admin-baru", {"user_name": "kediri.admin", "name": "Sri Admin"})
    (password,) = page.tree.xpath("//*[@id='sandi']//code/text()")

    admin = newcomer(app, "kediri.admin", str(password))
    admin.post("/akun/sandi", {"lama": str(password), "baru": "hanya saya yang tahu", "ulang": "hanya saya yang tahu"})
    assert "Jabatan" in admin.get("/organisasi").title
    with app.app_context():
        (row,) = [row for row in found.all_offices(stage.MONDAY.replace(year=2030)) if row.key == "kediri"]
    assert (row.name, row.admins) == ("Dinas Sosial Kediri", ("kediri.admin",))


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"code": "Kediri!"}, "code"),
        ({"code": "blitar"}, "code"),
        ({"code": "1kediri"}, "code"),
        ({"code": "k" * 41}, "code"),
        ({"name": ""}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"zone": "Mars/Olympus"}, "zone"),
        ({"zone": ""}, "zone"),
    ],
)
def test_what_is_no_office_is_not_set_up(app: Flask, keeper: Visitor, typed: dict[str, str], field: str) -> None:
    before = stage.rows(app, ["office"])
    good = {"code": "kediri", "name": "Dinas Sosial Kediri", "zone": "Asia/Jakarta"}

    page = keeper.post("/kantor-baru", good | typed)

    assert page.status == 422
    assert page.mistakes.keys() & {field}
    assert stage.rows(app, ["office"]) == before


def test_a_name_that_is_taken_becomes_no_admin(keeper: Visitor) -> None:
    page = keeper.post("/kantor/blitar/admin-baru", {"user_name": "blitar.kadis", "name": "Kembaran"})

    assert (page.status, list(page.mistakes)) == (422, ["user_name"])
    page = keeper.post("/kantor/blitar/admin-baru", {"user_name": "blitar.kadis", "name": ""})
    assert (page.status, list(page.mistakes)) == (422, ["name", "user_name"])
    assert keeper.get("/kantor/tidak_ada/admin-baru").status == 404


def test_nothing_that_is_done_in_an_office_is_shown(app: Flask, demo: Demo, keeper: Visitor) -> None:
    world = World(app, demo)
    world.settle()
    of_offices = [
        (rule, method)
        for rule, method in world.guarded()
        if (policy := policies.of(app.view_functions[rule.endpoint])) and policy.whose is Whose.OF_THE_OFFICE
    ]
    assert len(of_offices) > 20

    for rule, method in of_offices:
        address = world.address(rule, method, "blitar")
        answer = keeper.post(address, {}) if method == "POST" else keeper.get(address)
        assert answer.status in {401, 403, 404}, address


def test_the_role_is_given_on_the_command_line_only(player: Player) -> None:
    admin = player.actor("admin", "blitar")

    with pytest.raises(NotAllowed):
        organisation.grant(admin, "blitar.kadis", Role.SYSTEM, player.now.date(), None, "", player.now)
    with pytest.raises(NotAllowed):
        offices.add(admin, NewOffice("kediri", "Dinas Sosial Kediri"))
    with pytest.raises(NotAllowed):
        identity.add_admin(admin, "blitar", "lain.admin", "Lain", player.now)


def test_the_command_line_sets_up_the_first_office(empty_database: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKSANA_DATA", str(empty_database.data))
    if empty_database.database:
        monkeypatch.setenv("LAKSANA_DATABASE", empty_database.database)
    run = CliRunner().invoke

    assert run(main, ["db", "upgrade"]).exit_code == 0
    assert run(main, ["offices", "add", "kediri", "--name", "Dinas Sosial Kediri"]).output == "kediri set up\n"
    added = run(
        main, ["users", "add", "kediri.admin", "--name", "Sri", "--role", "kediri.admin"], input="sandi yang panjang\n"
    )
    assert added.exit_code == 0, added.output
    assert run(main, ["offices", "list"]).output.split()[:2] == ["kediri", "Asia/Jakarta"]
    assert run(main, ["offices", "add", "kediri", "--name", "Lagi"]).exit_code != 0


@pytest.mark.usefixtures("player")
def test_a_key_that_is_taken_is_refused() -> None:
    with pytest.raises(OrganisationRefused):
        offices.set_up(NewOffice("blitar", "Dinas Sosial Kabupaten Blitar"))
