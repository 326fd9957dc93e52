"""The organisation of an office: its tree, its people, who holds what; and that the Plh. acts from minute to minute."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from service import identity, organisation, store, tasks
from service.engine.appointment import DAY, Capacity
from service.engine.assignment import Actor, Role
from service.errors import Conflict, Invalid, NotAllowed, NotFound, NotSignedIn, OrganisationRefused, Refused
from service.identity import NewPerson
from service.models import Holding, OrganisationEvent, Person, Position, Task, Unit, db
from service.organisation import Appointment, PersonPlan, PositionPlan, UnitPlan
from service.queries import inbox
from tests import stage
from tests.answers import BLITAR
from tests.racing import Race
from tests.walking import Player

TABLES = ("unit", "position", "person", "holding", "role", "organisation_event", "session")
TODAY = date(2026, 11, 2)
NIP = "198501012010011001"
PASSWORD = "kata sandi panjang"
MINUTE = timedelta(minutes=1)


@dataclass
class Office:
    """The office of Blitar with its admin, inside an application context."""

    now: datetime = stage.MONDAY
    player: Player = field(default_factory=Player)

    def appoint(
        self, user: str, position: str, first: date, last: date | None = None, capacity: Capacity = Capacity.DEFINITIVE
    ) -> UUID:
        new = Appointment(f"blitar.{user}", position, first, last, capacity, "800/1/SPT/2026")
        return organisation.appoint(self.admin, new, self.now)

    @property
    def admin(self) -> Actor:
        return self.player.actor("admin", "blitar")

    def holding(self, user: str, position: str) -> UUID:
        own = (Person.user_name == f"blitar.{user}", Holding.position_code == position)
        joined = select(Holding.id).join(Person, Person.id == Holding.person_id)
        return db.session.scalars(joined.where(*own).order_by(Holding.starts_at.desc())).first() or UUID(int=0)

    def events(self) -> list[tuple[str, str]]:
        """Return what was written down of this office, without what setting up wrote."""
        found = select(OrganisationEvent).where(OrganisationEvent.tenant_id == "blitar")
        return [(one.kind, one.subject) for one in db.session.scalars(found.order_by(OrganisationEvent.id))]


@pytest.fixture
def office(player: Player) -> Office:
    return Office(player=player)


# The absent head ------------------------------------------------------------------------------------

FIRST_MINUTE, LAST_MINUTE = datetime(2026, 11, 3, 17, tzinfo=UTC), datetime(2026, 11, 6, 16, 59, tzinfo=UTC)
"""Of Wednesday the 4th to Friday the 6th of November in Blitar."""


def titles_at(user: str, moment: datetime) -> list[str]:
    actor = identity.actor(identity.person_named(user), "blitar", moment)
    return [row.title for row in inbox.inbox(actor, moment, inbox.View("semua")).rows]


def may_see(user: str, task: UUID, moment: datetime) -> bool:
    actor = identity.actor(identity.person_named(user), "blitar", moment)
    try:
        return tasks.see(actor, task).task.id == task
    except NotAllowed:
        return False


def test_the_plh_has_the_tasks_of_the_absent_head_from_the_first_minute_to_the_last(office: Office) -> None:
    player = office.player
    existing = player.task(player.reach(BLITAR, "row_10"), "row_10").id
    office.appoint("sekretaris", "kadis", TODAY + 2 * DAY, TODAY + 4 * DAY, Capacity.PLH)
    player.now = FIRST_MINUTE + MINUTE
    new = player.task(player.start(BLITAR, title="Berkas baru"), "row_01").id
    moments = [FIRST_MINUTE - MINUTE, FIRST_MINUTE, LAST_MINUTE, LAST_MINUTE + MINUTE]

    for task in (existing, new):
        assert [may_see("blitar.sekretaris", task, moment) for moment in moments] == [False, True, True, False]
        assert [may_see("blitar.kadis", task, moment) for moment in moments] == [True] * 4
    counts = [len(titles_at("blitar.sekretaris", moment)) for moment in moments]
    assert counts == [0, 2, 2, 0]


@pytest.mark.parametrize(
    ("moment", "may"),
    [(FIRST_MINUTE - MINUTE, False), (FIRST_MINUTE, True), (LAST_MINUTE, True), (LAST_MINUTE + MINUTE, False)],
    ids=["a minute before", "the first minute", "the last minute", "a minute after"],
)
def test_the_plh_completes_what_is_the_heads_within_his_period_only(
    office: Office,
    moment: datetime,
    may: bool,  # noqa: FBT001 - a column of the table
) -> None:
    player = office.player
    case = player.start(BLITAR)
    task = player.task(case, "row_01")
    office.appoint("bidang1", "kadis", TODAY + 2 * DAY, TODAY + 4 * DAY, Capacity.PLH)
    actor = identity.actor(identity.person_named("blitar.bidang1"), "blitar", moment)
    raw = player.answers(task)

    if may:
        tasks.complete(actor, task.id, raw, moment)
    else:
        with pytest.raises(NotAllowed):
            tasks.complete(actor, task.id, raw, moment)

    done = db.session.scalars(select(Task).where(Task.id == task.id).execution_options(populate_existing=True)).one()
    assert done.ended_position == ("Plh. Kepala Dinas" if may else "")


def test_what_follows_says_that_it_came_from_the_plh(office: Office) -> None:
    player = office.player
    case = player.start(BLITAR)
    office.appoint("bidang1", "kadis", TODAY, TODAY, Capacity.PLH)
    task = player.task(case, "row_01")

    tasks.complete(player.actor("blitar.bidang1"), task.id, player.answers(task), player.now)

    assert {one.came_from for one in player.open_tasks(case)} == {"Plh. Kepala Dinas"}


def test_a_plh_does_not_decide_on_what_he_did_himself(office: Office) -> None:
    player = office.player
    case = player.reach(BLITAR, "row_09")
    office.appoint("kasubbag", "sekretaris", TODAY, TODAY, Capacity.PLH)
    task = player.task(case, "row_09")
    raw = player.answers(task)
    actor = player.actor("blitar.kasubbag")
    assert "sekretaris" in actor.groups

    with pytest.raises(NotAllowed) as refused:
        tasks.complete(actor, task.id, raw, player.now)

    assert refused.value.facts == {"own_work": True}


def test_a_second_account_of_the_same_person_does_not_decide_on_his_work(office: Office) -> None:
    player = office.player
    case = player.reach(BLITAR, "row_09")
    maker = db.session.scalars(
        select(Person).join(Task, Task.ended_by == Person.id).where(Task.instance_id == case, Task.element == "row_07")
    ).one()
    plan = PersonPlan("Akun kedua", maker.nip or "")
    organisation.add_person(office.admin, "blitar.kedua", PASSWORD, plan, player.now)
    office.appoint("kedua", "sekretaris", TODAY, TODAY, Capacity.PLH)
    task = player.task(case, "row_09")
    raw = player.answers(task)

    with pytest.raises(NotAllowed) as refused:
        tasks.complete(player.actor("blitar.kedua"), task.id, raw, player.now)

    assert refused.value.facts == {"own_work": True}


# Appointments ---------------------------------------------------------------------------------------


def test_an_actor_knows_as_what_and_until_when_he_acts(office: Office) -> None:
    office.appoint("sekretaris", "kadis", TODAY, TODAY + 2 * DAY, Capacity.PLH)

    (own, acting) = office.player.actor("blitar.sekretaris").posts

    assert (own.title, own.end, own.is_acting) == ("Sekretaris", None, False)
    assert (acting.title, acting.decree, acting.is_acting) == ("Plh. Kepala Dinas", "800/1/SPT/2026", True)
    assert acting.end == datetime(2026, 11, 4, 17, tzinfo=UTC)


def test_a_definitive_holder_takes_over_where_the_one_before_ends(office: Office) -> None:
    old = office.holding("kadis", "kadis")
    organisation.end(office.admin, old, TODAY, office.now)
    office.appoint("bidang1", "kadis", TODAY + DAY)
    tomorrow = stage.MONDAY + DAY

    def holds(user: str, moment: datetime) -> bool:
        return "kadis" in identity.actor(identity.person_named(f"blitar.{user}"), "blitar", moment).groups

    assert [holds("kadis", moment) for moment in (office.now, tomorrow)] == [True, False]
    assert [holds("bidang1", moment) for moment in (office.now, tomorrow)] == [False, True]
    assert sorted(office.events()) == [("appointed", "kadis"), ("appointment-ended", "kadis")]


def test_a_vacant_post_has_a_plt_until_it_is_filled(office: Office) -> None:
    organisation.end(office.admin, office.holding("kadis", "kadis"), TODAY, office.now)
    plt = office.appoint("sekretaris", "kadis", TODAY + DAY, TODAY + 200 * DAY, Capacity.PLT)
    with pytest.raises(OrganisationRefused) as refused:
        office.appoint("bidang1", "kadis", TODAY + 30 * DAY)
    assert refused.value.cause == "acted-for"

    organisation.end(office.admin, plt, TODAY + 29 * DAY, office.now)
    office.appoint("bidang1", "kadis", TODAY + 30 * DAY)

    moment = stage.MONDAY + 10 * DAY
    acting = identity.actor(identity.person_named("blitar.sekretaris"), "blitar", moment)
    assert acting.acts_as(["kadis"]) == "Plt. Kepala Dinas"


def test_somebody_moves_to_another_post_overnight(office: Office) -> None:
    organisation.end(office.admin, office.holding("sekretaris", "sekretaris"), TODAY, office.now)
    organisation.move(
        office.admin, office.holding("bidang1", "kabid_bidang1"), "sekretaris", TODAY + DAY, "821/7/2026", office.now
    )

    def groups(moment: datetime) -> set[str]:
        return {post.code for post in identity.actor(identity.person_named("blitar.bidang1"), None, moment).posts}

    assert (groups(office.now), groups(office.now + DAY)) == ({"kabid_bidang1"}, {"sekretaris"})


def test_who_is_ended_at_once_has_nothing_more_from_that_moment(office: Office) -> None:
    organisation.end(office.admin, office.holding("kadis", "kadis"), TODAY - DAY, office.now)

    assert "kadis" not in office.player.actor("blitar.kadis").groups
    (kept,) = db.session.scalars(select(Holding).where(Holding.tenant_id == "blitar", Holding.position_code == "kadis"))
    assert kept.ends_at == office.now


@pytest.mark.parametrize(
    ("capacity", "last"), [(Capacity.PLT, TODAY + 30 * DAY), (Capacity.DEFINITIVE, None)], ids=["plt", "successor"]
)
def test_who_is_ended_at_once_is_followed_on_the_same_day(
    office: Office, capacity: Capacity, last: date | None
) -> None:
    organisation.end(office.admin, office.holding("kadis", "kadis"), TODAY - DAY, office.now)
    ended = office.now
    office.now += MINUTE
    office.appoint("sekretaris", "kadis", TODAY, last, capacity)

    def holds(moment: datetime) -> bool:
        return "kadis" in identity.actor(identity.person_named("blitar.sekretaris"), "blitar", moment).groups

    assert [holds(ended - MINUTE), holds(office.now)] == [False, True]


def test_what_was_taken_away_today_does_not_hinder_on_that_day(office: Office) -> None:
    analis = organisation.grant(office.admin, "analis", Role.AUDITOR, TODAY - DAY, TODAY + DAY, "700/1", office.now)
    jfu = office.holding("jfu", "jfu")
    office.now += MINUTE
    organisation.revoke(office.admin, analis, office.now)
    organisation.end(office.admin, jfu, TODAY - DAY, office.now)
    ended = office.now
    office.now += MINUTE

    organisation.appoint(office.admin, Appointment("analis", "jfu", TODAY), office.now)
    auditor = organisation.grant(office.admin, "blitar.jfu", Role.AUDITOR, TODAY, TODAY, "700/2", office.now)
    organisation.revoke(office.admin, auditor, office.now)
    organisation.grant(office.admin, "blitar.jfu", Role.AUDITOR, TODAY, TODAY, "700/3", office.now)

    def is_auditor(user: str, moment: datetime) -> bool:
        return Role.AUDITOR in identity.actor(identity.person_named(user), "blitar", moment).roles

    assert [is_auditor("analis", moment) for moment in (ended - MINUTE, office.now)] == [True, False]
    assert [is_auditor("blitar.jfu", moment) for moment in (ended - MINUTE, office.now)] == [False, True]


def test_what_has_not_begun_never_begins_once_it_is_ended(office: Office) -> None:
    plh = office.appoint("sekretaris", "kadis", TODAY + 5 * DAY, TODAY + 6 * DAY, Capacity.PLH)
    organisation.end(office.admin, plh, TODAY, office.now)

    assert office.appoint("bidang1", "kadis", TODAY + 5 * DAY, TODAY + 6 * DAY, Capacity.PLH) != plh
    actor = identity.actor(identity.person_named("blitar.sekretaris"), "blitar", stage.MONDAY + 5 * DAY)
    assert "kadis" not in actor.groups


# The tree -------------------------------------------------------------------------------------------


def test_units_and_positions_grow_move_and_close(office: Office) -> None:
    admin, now = office.admin, office.now
    organisation.add_unit(admin, "seksi_data", UnitPlan("Seksi  Data", "bidang1"), now)
    organisation.add_position(admin, "kasi_data", PositionPlan("Kepala Seksi Data", "seksi_data", "kadis"), now)
    organisation.change_unit(admin, "seksi_data", UnitPlan("Seksi Data dan Informasi", "bidang2"), now)
    organisation.change_position(admin, "kasi_data", PositionPlan("Kasi Data", "seksi_data", "kabid_bidang2"), now)
    organisation.close_position(admin, "kasi_data", now)
    organisation.close_unit(admin, "seksi_data", now)

    unit = db.session.get(Unit, ("blitar", "seksi_data"))
    position = db.session.get(Position, ("blitar", "kasi_data"))
    assert unit is not None
    assert position is not None
    assert (unit.name, unit.parent_code, unit.closed_at) == ("Seksi Data dan Informasi", "bidang2", now)
    assert (position.name, position.superior_code, position.closed_at) == ("Kasi Data", "kabid_bidang2", now)
    changed = db.session.scalars(select(OrganisationEvent).where(OrganisationEvent.kind == "unit-changed")).one()
    assert (changed.before, changed.after) == (
        {"name": "Seksi Data", "parent": "bidang1"},
        {"name": "Seksi Data dan Informasi", "parent": "bidang2"},
    )
    assert (changed.person_id, changed.at) == (admin.person_id, now)


def test_what_stays_as_it_was_is_not_written_down(office: Office) -> None:
    before = office.events()

    organisation.change_unit(office.admin, "bidang1", UnitPlan("Bidang Pemberdayaan Sosial", "", True), office.now)  # noqa: FBT003

    assert office.events() == before


# Refusals -------------------------------------------------------------------------------------------

Act = Callable[[Office], object]


def open_task_for(position: str) -> Act:
    def act(office: Office) -> None:
        office.player.start(BLITAR)
        organisation.end(office.admin, office.holding("kadis", position), TODAY - DAY, office.now)
        for other in db.session.scalars(select(Position).where(Position.superior_code == position)):
            other.superior_code = None
        db.session.commit()
        organisation.close_position(office.admin, position, office.now + MINUTE)

    return act


def as_user(user: str, act: Callable[[Actor, datetime], object]) -> Act:
    return lambda office: act(office.player.actor(user), office.now)


REFUSED: list[tuple[str, Act, type[Refused], str]] = [
    (
        "staff",
        as_user("blitar.kadis", lambda a, now: organisation.add_unit(a, "x", UnitPlan("X"), now)),
        NotAllowed,
        "",
    ),
    ("analyst", as_user("analis", lambda a, now: organisation.revoke(a, UUID(int=1), now)), NotAllowed, ""),
    ("auditor", as_user("auditor", lambda a, now: organisation.close_position(a, "jfu", now)), NotAllowed, ""),
    (
        "staff appoints",
        as_user(
            "blitar.kadis",
            lambda a, now: organisation.appoint(a, Appointment("blitar.kadis", "sekretaris", TODAY), now),
        ),
        NotAllowed,
        "",
    ),
    (
        "staff ends",
        as_user("blitar.kadis", lambda a, now: organisation.end(a, UUID(int=1), TODAY, now)),
        NotAllowed,
        "",
    ),
    (
        "staff adds",
        as_user("blitar.kadis", lambda a, now: organisation.add_person(a, "blitar.x", PASSWORD, PersonPlan("X"), now)),
        NotAllowed,
        "",
    ),
    (
        "code",
        lambda o: organisation.add_unit(o.admin, "Bidang 4", UnitPlan("Bidang"), o.now),
        OrganisationRefused,
        "code-invalid",
    ),
    (
        "code of a unit",
        lambda o: organisation.add_unit(o.admin, "bidang1", UnitPlan("Bidang"), o.now),
        OrganisationRefused,
        "code-taken",
    ),
    (
        "code of a position",
        lambda o: organisation.add_unit(o.admin, "kadis", UnitPlan("Bidang"), o.now),
        OrganisationRefused,
        "code-taken",
    ),
    (
        "no name",
        lambda o: organisation.add_unit(o.admin, "x", UnitPlan("  "), o.now),
        OrganisationRefused,
        "name-invalid",
    ),
    (
        "long name",
        lambda o: organisation.add_position(o.admin, "x", PositionPlan("x" * 151), o.now),
        OrganisationRefused,
        "name-invalid",
    ),
    (
        "NUL",
        lambda o: organisation.add_position(o.admin, "x", PositionPlan("a\x00b"), o.now),
        OrganisationRefused,
        "name-invalid",
    ),
    ("foreign unit", lambda o: organisation.add_unit(o.admin, "x", UnitPlan("X", "tidak_ada"), o.now), NotFound, ""),
    ("foreign position", lambda o: o.appoint("kadis", "sek_tim", TODAY), NotFound, ""),
    (
        "foreign person",
        lambda o: organisation.appoint(o.admin, Appointment("banggai.kadis", "jfu", TODAY), o.now),
        NotFound,
        "",
    ),
    (
        "foreign holding",
        lambda o: organisation.end(o.player.actor("admin", "nganjuk"), o.holding("kadis", "kadis"), TODAY, o.now),
        NotFound,
        "",
    ),
    (
        "unit below itself",
        lambda o: organisation.change_unit(o.admin, "sekretariat", UnitPlan("S", "subbagian"), o.now),
        OrganisationRefused,
        "cycle",
    ),
    (
        "unit below none but itself",
        lambda o: organisation.change_unit(o.admin, "bidang1", UnitPlan("B", "bidang1"), o.now),
        OrganisationRefused,
        "cycle",
    ),
    (
        "position above itself",
        lambda o: organisation.change_position(o.admin, "kadis", PositionPlan("Kepala Dinas", "", "jfu"), o.now),
        OrganisationRefused,
        "cycle",
    ),
    ("used unit", lambda o: organisation.close_unit(o.admin, "sekretariat", o.now), OrganisationRefused, "unit-used"),
    (
        "held position",
        lambda o: organisation.close_position(o.admin, "jfu", o.now),
        OrganisationRefused,
        "position-held",
    ),
    ("open tasks", open_task_for("kadis"), OrganisationRefused, "tasks-open"),
    ("two holders", lambda o: o.appoint("bidang1", "kadis", TODAY), OrganisationRefused, "held-twice"),
    (
        "Plt of a held post",
        lambda o: o.appoint("bidang1", "kadis", TODAY, TODAY, Capacity.PLT),
        OrganisationRefused,
        "post-held",
    ),
    (
        "admin with a post",
        lambda o: organisation.appoint(o.admin, Appointment("admin", "jfu", TODAY), o.now),
        OrganisationRefused,
        "looks-after",
    ),
    (
        "admin of himself",
        lambda o: organisation.grant(o.admin, "blitar.jfu", Role.ADMIN, TODAY, None, "", o.now),
        OrganisationRefused,
        "works-here",
    ),
    (
        "auditor without end",
        lambda o: organisation.grant(o.admin, "analis", Role.AUDITOR, TODAY, None, "700/1", o.now),
        OrganisationRefused,
        "end-missing",
    ),
    (
        "auditor without decree",
        lambda o: organisation.grant(o.admin, "analis", Role.AUDITOR, TODAY, TODAY, "", o.now),
        OrganisationRefused,
        "decree-missing",
    ),
    (
        "role twice",
        lambda o: organisation.grant(o.admin, "analis", Role.ANALYST, TODAY, None, "", o.now),
        OrganisationRefused,
        "role-already",
    ),
    (
        "own account",
        lambda o: organisation.switch_account(o.admin, "admin", o.now, is_active=False),
        OrganisationRefused,
        "own-account",
    ),
    (
        "bad number",
        lambda o: organisation.change_person(o.admin, "blitar.jfu", PersonPlan("Staf", "123"), o.now),
        OrganisationRefused,
        "nip-invalid",
    ),
    (
        "bad address",
        lambda o: organisation.change_person(o.admin, "blitar.jfu", PersonPlan("Staf", "", "a b"), o.now),
        Invalid,
        "",
    ),
    (
        "taken name",
        lambda o: organisation.add_person(o.admin, "blitar.kadis", PASSWORD, PersonPlan("X"), o.now),
        Conflict,
        "",
    ),
    (
        "long decree",
        lambda o: organisation.appoint(
            o.admin, Appointment("blitar.jfu", "kadis", TODAY, TODAY, Capacity.PLH, "9" * 101), o.now
        ),
        OrganisationRefused,
        "decree-invalid",
    ),
]


@pytest.mark.parametrize(("act", "refusal", "cause"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_a_refusal_has_its_reason_and_changes_nothing(
    app: Flask, office: Office, act: Act, refusal: type[Refused], cause: str
) -> None:
    before = None if cause == "tasks-open" else stage.rows(app, TABLES)

    with pytest.raises(refusal) as refused:
        act(office)

    assert type(refused.value) is refusal
    assert getattr(refused.value, "cause", "") == cause
    assert before is None or stage.rows(app, TABLES) == before


def test_open_tasks_that_hinder_closing_are_named(office: Office) -> None:
    with pytest.raises(OrganisationRefused) as refused:
        open_task_for("kadis")(office)

    assert refused.value.facts == {"names": "Menerbitkan disposisi awal (1)"}


# People ---------------------------------------------------------------------------------------------


def test_a_new_person_works_once_he_has_a_post(office: Office) -> None:
    plan = PersonPlan("Orang Baru", NIP, "baru@blitar.go.id")
    organisation.add_person(office.admin, "Blitar.Baru", PASSWORD, plan, office.now)
    office.appoint("baru", "jfu", TODAY)

    actor = office.player.actor("blitar.baru")

    assert (actor.name, actor.nip, actor.roles) == ("Orang Baru", NIP, frozenset({Role.STAFF}))
    assert {"jfu", "subbagian"} <= actor.groups
    assert sorted(office.events()) == [
        ("appointed", "jfu"), ("person-added", "blitar.baru"), ("role-given", "blitar.baru"),
    ]  # fmt: skip


def test_who_is_disabled_is_out_at_once(office: Office) -> None:
    identity.begin(identity.sign_in("blitar.jfu", stage.PASSWORD, "", office.now), "k" * 43, office.now, None)

    organisation.switch_account(office.admin, "blitar.jfu", office.now, is_active=False)

    with pytest.raises(NotSignedIn):
        identity.recognise("k" * 43, office.now)


def test_an_admin_does_not_change_people_of_offices_that_are_not_his(office: Office) -> None:
    organisation.add_person(office.admin, "blitar.admin2", PASSWORD, PersonPlan("Admin Blitar"), office.now)
    organisation.grant(office.admin, "blitar.admin2", Role.ADMIN, TODAY, None, "", office.now)

    with pytest.raises(NotAllowed):
        organisation.change_person(
            office.player.actor("blitar.admin2"), "analis", PersonPlan("Analis", "", "lain@x.id"), office.now
        )


@pytest.mark.parametrize("later", [timedelta(0), timedelta(seconds=1)], ids=["by one clock", "by a clock ahead"])
def test_of_two_admins_who_revoke_each_other_one_stays(race: Race, later: timedelta) -> None:
    with race.player() as player:
        identity.add_person(NewPerson("admin2", "Admin", PASSWORD, roles=[("blitar", Role.ADMIN)]), player.now)
        roles = {user: admin_role(user) for user in ("admin", "admin2")}

    def revoke(who: str, whom: str, moment: datetime) -> Callable[[Player], None]:
        return lambda player: organisation.revoke(player.actor(who, "blitar"), roles[whom], moment)

    outcomes = race.between(
        "UPDATE office SET revision",
        revoke("admin", "admin2", stage.MONDAY + MINUTE),
        revoke("admin2", "admin", stage.MONDAY + MINUTE + later),
    )

    assert [type(outcome) for outcome in outcomes] == [NotAllowed, type(None)]
    with race.player():
        ends = {user: store.get_role("blitar", role) for user, role in roles.items()}
        assert {user: role.ends_at is None for user, role in ends.items() if role} == {"admin": False, "admin2": True}


def admin_role(user: str) -> UUID:
    (found,) = (role.id for role in store.roles_of("blitar", identity.person_named(user)) if role.name == Role.ADMIN)
    return found


def test_an_auditor_looks_until_his_mandate_ends(office: Office) -> None:
    organisation.add_person(office.admin, "blitar.apip", PASSWORD, PersonPlan("Auditor APIP"), office.now)
    role = organisation.grant(
        office.admin, "blitar.apip", Role.AUDITOR, TODAY, TODAY + 9 * DAY, "700/9/ST/2026", office.now
    )

    def roles(moment: datetime) -> frozenset[Role]:
        return identity.actor(identity.person_named("blitar.apip"), "blitar", moment).roles

    last = datetime(2026, 11, 11, 16, 59, tzinfo=UTC)
    assert [Role.AUDITOR in roles(moment) for moment in (office.now, last, last + MINUTE)] == [True, True, False]
    organisation.revoke(office.admin, role, office.now)
    assert Role.AUDITOR not in roles(office.now)
    with pytest.raises(NotFound):
        organisation.revoke(office.admin, role, office.now)


def test_who_looks_after_all_offices_is_no_matter_of_one_admin(app: Flask, office: Office) -> None:
    new = NewPerson("sistem", "Diskominfo", "sandi yang panjang", roles=[("blitar", Role.SYSTEM)])
    person = identity.add_person(new, office.now)
    (role,) = store.roles_of("blitar", person)
    before = stage.rows(app)

    acts: tuple[Callable[[], object], ...] = (
        lambda: organisation.renew_password(office.admin, "sistem", office.now),
        lambda: organisation.change_person(office.admin, "sistem", PersonPlan("Lain", email="a@b.id"), office.now),
        lambda: organisation.revoke(office.admin, role.id, office.now),
    )
    for act in acts:
        with pytest.raises(NotAllowed):
            act()

    assert stage.rows(app) == before
