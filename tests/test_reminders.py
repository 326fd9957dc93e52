"""Reminders of due dates: to whom it is now, in working time, once, and written into the case."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from service import claims, deliveries, identity, jobs, organisation, preferences, reminders, store
from service.engine.appointment import Capacity
from service.engine.assignment import Role
from service.engine.reminders import Rule
from service.engine.worktime import Unit
from service.errors import Invalid, NotAllowed, NotFound
from service.exports import WORDS
from service.identity import NewPerson
from service.models import Delivery, History, Holding, Instance, OrganisationEvent, Person, Task, db
from service.organisation import Appointment
from service.queries import news
from service.queries import reminders as found
from service.settings import Settings
from tests.answers import BLITAR
from tests.racing import Race
from tests.stage import MONDAY
from tests.test_deliveries import Mailbox, mailbox
from tests.walking import Player

__all__ = ["mailbox"]
ELEMENT = "row_03"
"""The Sekretaris of Blitar has a day for it, until Tuesday 08.03; the Kepala Dinas stands above him."""
LATE = "Sekretaris"


def at(clock: str) -> datetime:
    """Return a moment of November 2026 on the clock of Blitar, UTC+7, as "3 07.30"; the 2nd is a Monday."""
    day, _, time = clock.partition(" ")
    hour, _, minute = time.partition(".")
    return MONDAY.replace(day=int(day), hour=0, minute=0) + timedelta(hours=int(hour) - 7, minutes=int(minute))


def local(moment: datetime) -> str:
    return f"{moment + timedelta(hours=7):%-d %H.%M}"


def hourly(first: str, last: str) -> Iterator[datetime]:
    """Look seven minutes after every hour, by day and by night."""
    moment = at(first)
    while moment <= at(last):
        yield moment
        moment += timedelta(hours=1)


def lines(case: UUID) -> list[tuple[str, str, str, str]]:
    """Return when what was told to whom."""
    db.session.expire_all()
    own = (History.instance_id == case, History.kind.in_(("reminded", "escalated")))
    rows = db.session.scalars(select(History).where(*own).order_by(History.sequence))
    return [(local(row.at), row.kind, row.body["stage"], row.body["name"]) for row in rows]


def told(kind: str = "") -> list[tuple[str, str]]:
    """Return whom the pages told what."""
    found = select(Person.user_name, Delivery.kind).join(Delivery, Delivery.target == Person.id)
    wanted = found.where(Delivery.channel == "page", Delivery.kind.startswith(kind or "task-"))
    return [(row.user_name, row.kind) for row in db.session.execute(wanted.order_by(Delivery.created_at, Delivery.id))]


@pytest.fixture
def case(player: Player) -> UUID:
    return player.reach(BLITAR, ELEMENT)


class StaffedPlayer(Player):
    """Plays where two people hold the post that a task is for."""

    task_id: UUID


@pytest.fixture
def staffed(player: Player) -> StaffedPlayer:
    new = NewPerson("blitar.jfu2", "Staf Kedua", "kata sandi", [("blitar", "jfu")], [("blitar", Role.STAFF)])
    identity.add_person(new, player.now)
    both = StaffedPlayer(player.now)
    both.task_id = both.task(both.reach(BLITAR, "row_05"), "row_05").id
    return both


def look(clock: str) -> int:
    return reminders.remind("blitar", at(clock))


# When and to whom -----------------------------------------------------------------------------------


def test_a_late_task_is_told_of_in_working_time_to_its_post_and_then_to_the_one_above(case: UUID) -> None:
    for moment in hourly("2 20.07", "12 23.07"):
        reminders.remind("blitar", moment)

    assert lines(case) == [
        ("3 08.07", "reminded", "late", LATE),
        ("5 08.07", "reminded", "again", LATE),
        ("6 08.07", "escalated", "escalated", "Kepala Dinas"),
        ("9 08.07", "reminded", "again", LATE),
        ("11 08.07", "reminded", "again", LATE),
    ]
    assert told() == [
        ("blitar.sekretaris", "task-late"),
        ("blitar.sekretaris", "task-late"),
        ("blitar.kadis", "task-escalated"),
        ("blitar.sekretaris", "task-late"),
        ("blitar.sekretaris", "task-late"),
    ]


def test_what_came_while_the_service_was_away_is_told_once(case: UUID) -> None:
    away = [look("7 10.00"), look("9 07.29"), look("9 07.30"), look("9 07.31"), look("9 07.40"), look("9 07.59")]

    assert away == [0, 0, 2, 0, 0, 0]
    assert lines(case) == [
        ("9 07.30", "reminded", "again", LATE),
        ("9 07.30", "escalated", "escalated", "Kepala Dinas"),
    ]


def test_each_unit_is_told_by_itself_a_day_before(player: Player) -> None:
    case = player.reach(BLITAR, "row_04_bidang")  # until Monday the 9th, 08.07
    player.complete(case, "row_04_bidang", "bidang2")

    for moment in hourly("5 14.07", "6 10.07"):
        reminders.remind("blitar", moment)

    assert {line[:3] for line in lines(case)} == {("6 08.07", "reminded", "ahead")}
    assert sorted(told("task-due")) == [
        ("blitar.bidang1", "task-due"),
        ("blitar.bidang3", "task-due"),
        ("blitar.sekretaris", "task-due"),
    ]


def test_nothing_is_told_of_what_is_done(player: Player, case: UUID) -> None:
    player.complete(case, ELEMENT)

    look("3 08.30")

    assert [line for line in lines(case) if line[3] == LATE] == []


def test_two_who_look_at_once_tell_it_once(race: Race) -> None:
    with race.player() as player:
        case = player.reach(BLITAR, ELEMENT)

    outcomes = race.run("UPDATE instance", *[lambda _: look("4 09.00")] * 2)

    assert sorted(outcomes) == [0, 1]
    with race.player():
        assert len(lines(case)) == 1


def test_one_who_died_half_way_leaves_the_rest_to_the_next(player: Player, monkeypatch: pytest.MonkeyPatch) -> None:
    case = player.reach(BLITAR, "row_04_bidang")
    real, done = store.save_notices, list[object]()

    def dying(*arguments: Any) -> None:  # noqa: ANN401 - whatever the real one takes
        if done:
            raise KeyboardInterrupt
        done.append(arguments)
        real(*arguments)

    monkeypatch.setattr(store, "save_notices", dying)
    with pytest.raises(KeyboardInterrupt):
        look("6 09.00")
    monkeypatch.undo()
    db.session.rollback()

    assert look("6 09.01") == 3
    assert len(lines(case)) == len(set(told("task-due"))) == 4


# The right person -----------------------------------------------------------------------------------


def taken(player: StaffedPlayer) -> None:
    claims.claim(player.actor("blitar.jfu2"), player.task_id, player.now)


def delegated(player: StaffedPlayer) -> None:
    claims.delegate(player.actor("blitar.jfu2"), player.task_id, person("blitar.kasubbag"), "", player.now)


def assigned(player: StaffedPlayer) -> None:
    to = person("blitar.jfu")
    claims.assign(player.actor("blitar.sekretaris"), player.task_id, to, "Sakit sampai Senin.", player.now)


def gone(player: StaffedPlayer) -> None:
    taken(player)
    held = update(Holding).where(Holding.person_id == identity.person_named("blitar.jfu2"))
    db.session.execute(held.values(ends_at=player.now + timedelta(minutes=1)))
    db.session.commit()


def person(user: str) -> str:
    return str(identity.person_named(user))


@pytest.mark.parametrize(
    ("happens", "late", "above"),
    [
        (None, ["blitar.jfu", "blitar.jfu2"], ["blitar.kasubbag"]),
        (taken, ["blitar.jfu2"], ["blitar.kasubbag"]),
        (delegated, ["blitar.kasubbag"], ["blitar.sekretaris"]),
        (assigned, ["blitar.jfu"], ["blitar.kasubbag"]),
        (gone, ["blitar.jfu"], ["blitar.kasubbag"]),
    ],
    ids=["free", "taken", "handed on to the one above", "assigned", "taken by one who left"],
)
def test_whoever_has_it_now_is_told_and_the_nearest_above_who_has_it_not(
    staffed: StaffedPlayer, happens: Callable[[StaffedPlayer], None] | None, late: list[str], above: list[str]
) -> None:
    if happens:
        happens(staffed)

    look("27 09.00")

    assert sorted(user for user, _ in told("task-late")) == late
    assert [user for user, _ in told("task-escalated")] == above


def test_a_vacant_post_is_passed_and_who_acts_for_it_is_not(player: Player, case: UUID) -> None:
    admin = player.actor("admin", "blitar")
    (held,) = db.session.scalars(select(Holding).where(Holding.tenant_id == "blitar", Holding.position_code == "kadis"))
    organisation.end(admin, held.id, date(2026, 11, 3), player.now)
    assert [look("10 09.00"), told("task-escalated")] == [1, []]

    plt = Appointment("blitar.kasubbag", "kadis", date(2026, 11, 11), date(2027, 1, 31), Capacity.PLT, "800/7/2026")
    organisation.appoint(admin, plt, at("10 10.00"))
    look("11 07.30")

    assert lines(case)[-1][:4] == ("11 07.30", "escalated", "escalated", "Plt. Kepala Dinas")


def test_who_may_not_decide_on_his_own_work_is_not_told_though_he_acts_for_the_post(player: Player) -> None:
    case = player.reach(BLITAR, "row_09")  # the Sekretaris reviews what the Kasubbag wrote
    plh = Appointment(
        "blitar.kasubbag", "sekretaris", date(2026, 11, 2), date(2026, 11, 30), Capacity.PLH, "800/8/2026"
    )
    organisation.appoint(player.actor("admin", "blitar"), plh, player.now)

    look("27 09.00")

    assert [line[2:] for line in lines(case)] == [("again", "Sekretaris"), ("escalated", "Kepala Dinas")]
    assert told("task-late") == [("blitar.sekretaris", "task-late")]


# Due dates, cases and rules that change -------------------------------------------------------------


def test_a_due_date_that_moves_is_told_of_anew_and_the_old_one_no_more(player: Player, case: UUID) -> None:
    look("4 09.00")
    task, before = player.task(case, ELEMENT).id, player.task(case, ELEMENT).due_at
    for moment, due in (("4 10.00", at("9 10.00")), ("6 09.50", at("9 10.00")), ("6 10.00", at("9 10.00")),
                        ("6 11.00", before)):  # fmt: skip
        db.session.execute(update(Task).where(Task.id == task).values(due_at=due))
        db.session.commit()
        look(moment)

    assert [line[:3] for line in lines(case)] == [
        ("4 09.00", "reminded", "late"),
        ("6 10.00", "reminded", "ahead"),
        ("6 11.00", "reminded", "again"),
        ("6 11.00", "escalated", "escalated"),
    ]


def test_while_a_case_stands_still_nobody_is_told(case: UUID) -> None:
    for clock, incident in (("4 09.00", "data"), ("4 09.30", "")):
        db.session.execute(update(Instance).where(Instance.id == case).values(incident=incident))
        db.session.commit()
        look(clock)

    assert lines(case) == [("4 09.30", "reminded", "late", LATE)]


def test_an_office_settles_it_by_process(player: Player, case: UUID) -> None:
    analyst = player.actor("analis", "blitar")
    rule = Rule(ahead=2, ahead_unit=Unit.HOURS, when_late=False, every=1, times=1, escalate_after=1)
    reminders.settle(analyst, BLITAR, rule, player.now)

    for moment in hourly("2 14.07", "5 16.07"):
        reminders.remind("blitar", moment)

    assert found.rule(analyst, BLITAR) == rule
    assert [line[:3] for line in lines(case)] == [
        ("2 15.07", "reminded", "ahead"),
        ("4 08.07", "escalated", "escalated"),
    ]
    note = db.session.scalars(select(OrganisationEvent).where(OrganisationEvent.kind == "reminders-changed")).one()
    assert (note.subject, note.before["when_late"], note.after["when_late"]) == (BLITAR, True, False)
    reminders.settle(analyst, BLITAR, Rule(is_on=False), player.now)
    assert look("27 09.00") == 0


def test_only_the_analyst_settles_it_and_nothing_odd(player: Player) -> None:
    with pytest.raises(NotAllowed):
        reminders.settle(player.actor("admin", "blitar"), BLITAR, Rule(), player.now)
    for office, rule, refusal in (
        ("blitar", Rule(times=11), Invalid),
        ("blitar", Rule(ahead=-1), Invalid),
        ("blitar", Rule(ahead_unit=Unit.WEEKS), Invalid),
        ("nganjuk", Rule(), NotFound),
    ):
        with pytest.raises(refusal):
            reminders.settle(player.actor("analis", office), BLITAR, rule, player.now)


# Letters, news and records --------------------------------------------------------------------------


@pytest.mark.usefixtures("case")
@pytest.mark.parametrize(
    ("mail", "letters"), [("urgent", ["Lewat waktu"]), ("none", [])], ids=["urgent news", "no letters"]
)
def test_a_letter_goes_in_working_time_to_who_wants_one(
    player: Player, mailbox: tuple[Mailbox, Settings], mail: str, letters: list[str]
) -> None:
    box, settings = mailbox
    deliveries.set_email("blitar.sekretaris", "sekretaris@blitar.example")
    preferences.choose(player.actor("blitar.sekretaris"), mail=mail, digest=False, language="id")
    look("3 15.59")

    assert jobs.run_due(at("3 16.30"), settings) == 0  # the worker was away until then
    assert box.letters == []
    jobs.run_due(at("4 07.30"), settings)

    assert [letter["Subject"].partition(":")[0] for letter in box.letters] == letters
    for letter in box.letters:
        assert "sudah lewat sejak 3 November 2026 08.03" in letter.get_content()


def test_a_letter_of_what_is_done_meanwhile_does_not_go(
    player: Player, case: UUID, mailbox: tuple[Mailbox, Settings]
) -> None:
    box, settings = mailbox
    deliveries.set_email("blitar.kadis", "kadis@blitar.example")
    preferences.choose(player.actor("blitar.kadis"), mail="urgent", digest=False, language="en")
    look("6 09.00")
    player.complete(case, ELEMENT)

    jobs.run_due(at("6 09.01"), settings)

    assert box.letters == []
    assert db.session.scalar(select(func.count()).where(Delivery.channel == "mail", Delivery.due_at.is_not(None))) == 0


def test_the_one_above_reads_whose_task_it_is_and_how_late(
    player: Player, case: UUID, mailbox: tuple[Mailbox, Settings]
) -> None:
    box, settings = mailbox
    deliveries.set_email("blitar.kadis", "kadis@blitar.example")
    preferences.choose(player.actor("blitar.kadis"), mail="urgent", digest=False, language="id")
    look("6 09.00")

    jobs.run_due(at("6 09.01"), settings)

    (letter,) = box.letters
    assert letter["Subject"] == "Perlu perhatian atasan: Mengirim nota permintaan ke Bidang"
    assert "pada Sekretaris sudah lewat 3 hari kerja dari tenggatnya, 3 November 2026 08.03." in letter.get_content()
    assert f"https://laksana.example/berkas/{case}" in letter.get_content()
    (item,) = [one for one in news.latest(player.actor("blitar.kadis"), at("6 09.02")) if one.kind == "task-escalated"]
    assert (item.case_id, item.task_name) == (str(case), "Mengirim nota permintaan ke Bidang")


def test_the_worker_does_it_and_the_records_have_a_word_for_it(case: UUID) -> None:
    assert jobs.run_due(at("6 09.00")) == 2

    assert [line[1] for line in lines(case)] == ["reminded", "escalated"]
    assert {"reminded", "escalated"} <= set(WORDS)
