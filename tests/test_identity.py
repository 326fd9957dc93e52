"""Who is who: signing in, acting for an office, and people who may not any more."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from argon2 import Type, extract_parameters
from flask import Flask

from service import identity, organisation, store
from service.engine.appointment import DAY
from service.engine.assignment import Actor, Post, Role
from service.errors import Conflict, Invalid, NotSignedIn, OrganisationRefused
from service.identity import NewPerson
from service.organisation import Appointment
from tests import stage
from tests.racing import Race
from tests.walking import Player

ADDRESS = "10.1.2.3"
PEOPLE = ("person", "holding", "role")


def test_a_person_signs_in_with_his_password(player: Player) -> None:
    assert (
        identity.sign_in("blitar.kadis", stage.PASSWORD, ADDRESS, stage.MONDAY).person_id
        == player.actor("blitar.kadis").person_id
    )


@pytest.mark.parametrize("name", [" Blitar.Kadis ", "BLITAR.KADIS"])
def test_user_names_are_not_about_case_and_blanks(player: Player, name: str) -> None:
    assert (
        identity.sign_in(name, stage.PASSWORD, ADDRESS, stage.MONDAY).person_id
        == player.actor("blitar.kadis").person_id
    )


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("blitar.kadis", "salah"),
        ("blitar.kadis", ""),
        ("blitar.kadis", " laksana"),
        ("blitar.kadis", "LAKSANA"),
        ("siapa", "laksana"),
        ("", ""),
        ("blitar.%", "laksana"),
        ("' OR 1=1 --", "laksana"),
        ("blitar.kadis", "laksana" * 10_000),
    ],
)
@pytest.mark.usefixtures("player")
def test_all_wrong_sign_ins_are_refused_alike(name: str, password: str) -> None:
    with pytest.raises(NotSignedIn) as refused:
        identity.sign_in(name, password, ADDRESS, stage.MONDAY)

    assert (str(refused.value), refused.value.facts) == ("Nobody is signed in here.", {})


def test_who_was_stopped_neither_signs_in_nor_acts(player: Player) -> None:
    person = player.actor("blitar.kadis").person_id

    identity.set_active("blitar.kadis", is_active=False)

    with pytest.raises(NotSignedIn):
        identity.sign_in("blitar.kadis", stage.PASSWORD, ADDRESS, stage.MONDAY)
    with pytest.raises(NotSignedIn):
        identity.actor(person, "blitar", player.now)
    identity.set_active("blitar.kadis", is_active=True)
    assert identity.sign_in("blitar.kadis", stage.PASSWORD, ADDRESS, stage.MONDAY).person_id == person


def test_a_new_password_replaces_the_old_one(player: Player) -> None:
    identity.change_password("blitar.kadis", "kata sandi yang baru")

    assert (
        identity.sign_in("blitar.kadis", "kata sandi yang baru", ADDRESS, stage.MONDAY).person_id
        == player.actor("blitar.kadis").person_id
    )
    with pytest.raises(NotSignedIn):
        identity.sign_in("blitar.kadis", stage.PASSWORD, ADDRESS, stage.MONDAY)


def test_an_actor_belongs_to_his_positions_and_their_units(player: Player) -> None:
    actor = player.actor("blitar.sekretaris")

    assert actor == Actor(
        person_id=actor.person_id,
        user_name="blitar.sekretaris",
        name="Sekretaris",
        office="blitar",
        posts=(Post("sekretaris", "Sekretaris", "sekretariat", start=datetime(2023, 1, 1, 17, tzinfo=UTC)),),
        roles=frozenset({Role.STAFF}),
        nip="197101012001042001",
    )
    assert actor.groups == {"sekretaris", "sekretariat", f"@{actor.user_name}"}


def test_nobody_acts_for_an_office_that_he_has_nothing_to_do_with(player: Player) -> None:
    assert player.actor("blitar.kadis", "nganjuk").office == "blitar"


def test_overseers_choose_among_their_offices(player: Player) -> None:
    assert identity.offices(player.actor("analis"), player.now) == [
        ("banggai", "Analis"),
        ("blitar", "Analis"),
        ("nganjuk", "Analis"),
    ]
    assert player.actor("analis", "nganjuk").office == "nganjuk"
    assert identity.offices(player.actor("blitar.kadis"), player.now) == [("blitar", "Kepala Dinas")]


def test_a_new_person_acts_for_his_office_under_a_real_hash(player: Player, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "HASHER", stage.HASHER)
    stage.dismiss("nganjuk.kasubbag", "kasubbag")
    person = identity.add_person(
        NewPerson("Nganjuk.Baru", "Orang baru", "sandi panjang", [("nganjuk", "kasubbag")], [("nganjuk", Role.STAFF)]),
        player.now,
    )

    actor = identity.actor(person, None, player.now)
    assert (actor.user_name, actor.office, sorted(actor.groups)) == (
        "nganjuk.baru", "nganjuk", ["@nganjuk.baru", "kasubbag", "subbagian"]
    )  # fmt: skip
    assert identity.sign_in("nganjuk.baru", "sandi panjang", ADDRESS, stage.MONDAY).person_id == person
    stored = store.get_person(person)
    assert stored is not None
    parameters = extract_parameters(stored.password_hash)
    assert (parameters.type, parameters.time_cost >= 2, parameters.memory_cost >= 19 * 1024) == (Type.ID, True, True)


@pytest.mark.parametrize("name", ["", " ", "a b", "a/b", "a\nb", "a\x00b", "<b>", "a%"])
def test_an_unusable_user_name_is_refused(app: Flask, player: Player, name: str) -> None:
    before = stage.rows(app, PEOPLE)

    with pytest.raises(Invalid):
        identity.add_person(NewPerson(name, "Orang", "sandi panjang"), player.now)

    assert stage.rows(app, PEOPLE) == before


def test_a_taken_user_name_is_refused(app: Flask, player: Player) -> None:
    before = stage.rows(app, PEOPLE)

    with pytest.raises(Conflict):
        identity.add_person(NewPerson("blitar.kadis", "Orang", "sandi panjang", [("blitar", "jfu")]), player.now)

    assert stage.rows(app, PEOPLE) == before


@pytest.mark.parametrize("position", [("blitar", "tidak_ada"), ("tidak_ada", "kadis")])
def test_a_position_that_is_not_there_is_refused(app: Flask, player: Player, position: tuple[str, str]) -> None:
    before = stage.rows(app, PEOPLE)

    with pytest.raises(Invalid):
        identity.add_person(NewPerson("baru", "Orang", "sandi panjang", [position]), player.now)

    assert stage.rows(app, PEOPLE) == before


@pytest.mark.parametrize(
    ("positions", "error"),
    [([("blitar", "kadis")], OrganisationRefused), ([("blitar", "jfu"), ("blitar", "jfu")], Invalid)],
)
def test_a_position_has_one_holder_unless_it_is_shared(
    app: Flask, player: Player, positions: list[tuple[str, str]], error: type[Exception]
) -> None:
    before = stage.rows(app, PEOPLE)

    with pytest.raises(error):
        identity.add_person(NewPerson("baru", "Orang", "sandi panjang", positions), player.now)

    assert stage.rows(app, PEOPLE) == before
    identity.add_person(NewPerson("baru", "Orang", "sandi panjang", [("blitar", "jfu")]), player.now)


def test_a_post_that_is_given_to_somebody_meanwhile_has_its_holder(race: Race) -> None:
    with race.player() as player:
        kadis = player.actor("blitar.kadis").person_id
        (held,) = store.holdings_of("blitar", kadis)
        organisation.end(player.actor("admin", "blitar"), held.id, player.now.date() - DAY, player.now)
    new = NewPerson("baru", "Orang", "sandi panjang", [("blitar", "kadis")])

    def appoint(player: Player) -> None:
        appointment = Appointment("blitar.jfu", "kadis", player.now.date() + DAY)
        organisation.appoint(player.actor("admin", "blitar"), appointment, player.now)

    outcomes = race.between("UPDATE office SET revision", lambda player: identity.add_person(new, player.now), appoint)

    assert [type(outcome) for outcome in outcomes] == [OrganisationRefused, type(None)]
    with race.player() as player:
        then = player.now + 2 * DAY
        holders = [one.human.person_id for one in store.tenures("blitar", "kadis") if one.period.holds(then)]
        assert holders == [player.actor("blitar.jfu").person_id]
        assert store.find_person("baru") is None


def test_an_auditor_stays_until_the_last_midnight_of_each_office(player: Player) -> None:
    roles = [("banggai", Role.AUDITOR), ("nganjuk", Role.AUDITOR)]
    last = date(2026, 12, 31)
    person = identity.add_person(NewPerson("irban", "Irban", "", roles=roles, decree="700/1", last=last), player.now)

    ends = {office: store.roles_of(office, person)[0].ends_at for office, _ in roles}
    assert ends == {
        "banggai": datetime(2026, 12, 31, 16, tzinfo=UTC),  # one hour before Java
        "nganjuk": datetime(2026, 12, 31, 17, tzinfo=UTC),
    }
    over = NewPerson("irban2", "Irban", "", roles=roles, decree="700/1", last=date(2020, 1, 1))
    for mandate in (over, replace(over, last=None), replace(over, last=last, decree=" ")):
        with pytest.raises(OrganisationRefused):
            identity.add_person(mandate, player.now)


def test_a_role_in_an_office_that_is_not_there_is_refused(app: Flask, player: Player) -> None:
    before = stage.rows(app, PEOPLE)

    with pytest.raises(Invalid):
        identity.add_person(NewPerson("baru", "Orang", "sandi panjang", (), [("tidak_ada", Role.ANALYST)]), player.now)

    assert stage.rows(app, PEOPLE) == before


@pytest.mark.usefixtures("player")
def test_commands_about_somebody_unknown_are_refused() -> None:
    for act in (
        lambda: identity.change_password("siapa", "sandi panjang"),
        lambda: identity.set_active("siapa", is_active=False),
        lambda: identity.person_named("siapa"),
    ):
        with pytest.raises(Invalid):
            act()


@pytest.mark.parametrize("password", ["", "pendek", "123456789"])
def test_a_short_password_is_refused(password: str) -> None:
    with pytest.raises(Invalid):
        identity.require_strong(password)


def test_a_long_password_is_taken() -> None:
    identity.require_strong("0123456789")
