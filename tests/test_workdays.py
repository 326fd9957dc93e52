"""Working time as an office settles it: seeded, changed by its admins, followed by open due dates."""

from datetime import UTC, date, datetime, timedelta
from time import monotonic
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from service import catalogue, jobs, organisation, remembered, store, tasks, timetable, workdays
from service.engine import worktime
from service.engine.appointment import Capacity
from service.engine.assignment import Role
from service.engine.worktime import Calendar, Source, seed
from service.errors import NotAllowed, NotFound
from service.models import History, Holding, Office, OrganisationEvent, Recomputation, Task, WorkYear, db
from service.models import Role as RoleRow
from service.organisation import Appointment, PositionPlan, UnitPlan
from service.queries import workdays as found
from service.store import workdays as rows
from tests.answers import BLITAR, NGANJUK
from tests.conftest import on_postgresql
from tests.drafting import Sketch
from tests.engine.drawing import end, line, process, said, task
from tests.engine.drawing import start as begins
from tests.racing import Race
from tests.walking import Player

OFF = {"day": "2026-11-03", "name": "Hari jadi kabupaten"}
ADMIN = "admin"


def change(player: Player, kind: str, office: str = "nganjuk", **typed: str) -> None:
    workdays.change(player.actor(ADMIN, office), kind, typed, player.now)


def follow(player: Player) -> int:
    player.now += workdays.SETTLING
    return jobs.run_due(player.now)


def moved_lines(case: UUID) -> list[History]:
    own = (History.instance_id == case, History.kind == "due-moved")
    return list(db.session.scalars(select(History).where(*own).order_by(History.sequence)))


def due_of(player: Player, case: UUID, element: str = "row_01") -> datetime | None:
    db.session.expire_all()
    return player.task(case, element).due_at


# What an office begins with -------------------------------------------------------------------------


@pytest.mark.usefixtures("player")
@pytest.mark.parametrize(("office", "zone"), [("blitar", "Asia/Jakarta"), ("banggai", "Asia/Makassar")])
def test_an_office_begins_with_the_national_calendar_of_its_zone(office: str, zone: str) -> None:
    assert catalogue.calendar(office) == Calendar(
        zone=zone,
        ramadan=tuple(period for period, _ in seed.seed_ramadan(2024, 2028)),
        days_off=seed.seed_days(2024, 2028),
        decreed=seed.decreed_years(2024, 2028),
    )


@pytest.mark.usefixtures("player")
def test_joint_leave_is_told_from_national_holidays() -> None:
    days = timetable.read("blitar").hours[""].days_off

    assert days[date(2026, 8, 17)].source is Source.NATIONAL
    assert days[date(2026, 12, 24)].source is Source.JOINT


def test_a_year_ahead_is_added_in_the_night_and_leaves_alone_what_an_admin_changed(player: Player) -> None:
    change(player, "remove-day", day="2028-08-17")
    change(player, "add-day", day="2028-08-18", name="Hari jadi")
    before = timetable.read("nganjuk")

    assert workdays.add_years(datetime(2027, 1, 1, tzinfo=UTC)) == 3  # one year for each office
    assert workdays.add_years(datetime(2027, 1, 1, tzinfo=UTC)) == 0

    after = timetable.read("nganjuk")
    assert after.years == {**before.years, 2029: False}
    known = {day: off for day, off in after.hours[""].days_off.items() if day.year < 2029}
    assert known == before.hours[""].days_off
    assert date(2029, 8, 17) in after.hours[""].days_off


# Who may change what --------------------------------------------------------------------------------


@pytest.mark.parametrize("user", ["nganjuk.sekretaris", "analis"])
def test_only_admins_change_the_calendar(player: Player, user: str) -> None:
    with pytest.raises(NotAllowed):
        workdays.change(player.actor(user, "nganjuk"), "add-day", OFF, player.now)
    with pytest.raises(NotAllowed):
        workdays.tried(player.actor(user, "nganjuk"), "add-day", OFF)


def test_a_change_holds_for_one_office_and_is_written_down(player: Player) -> None:
    change(player, "add-day", **OFF)

    assert catalogue.calendar("nganjuk").days_off[date(2026, 11, 3)] == OFF["name"]
    assert date(2026, 11, 3) not in catalogue.calendar("blitar").days_off
    event = db.session.scalars(select(OrganisationEvent).where(OrganisationEvent.kind == "workdays-changed")).one()
    assert (event.tenant_id, event.after["what"]) == ("nganjuk", "hari libur 2026-11-03: Hari jadi kabupaten")


def test_another_process_hears_of_a_change_within_seconds(player: Player, monkeypatch: pytest.MonkeyPatch) -> None:
    known = catalogue.calendar("nganjuk")
    monkeypatch.setattr(remembered, "changed", lambda _office: None)  # another process changes it, and nobody tells
    change(player, "add-day", **OFF)

    assert catalogue.calendar("nganjuk") is known
    later = monotonic() + remembered.KEPT + 0.01
    monkeypatch.setattr(remembered, "monotonic", lambda: later)
    assert date(2026, 11, 3) in catalogue.calendar("nganjuk").days_off


def test_whoever_comes_to_another_process_finds_the_change_at_once(
    player: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue.calendar("nganjuk")
    monkeypatch.setattr(remembered, "changed", lambda _office: None)
    change(player, "add-day", **OFF)

    player.actor(ADMIN, "nganjuk")

    assert date(2026, 11, 3) in catalogue.calendar("nganjuk").days_off


@pytest.mark.usefixtures("player")
def test_what_did_not_change_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    known = catalogue.calendar("nganjuk")
    later = monotonic() + remembered.KEPT + 0.01
    monkeypatch.setattr(remembered, "monotonic", lambda: later)

    assert catalogue.calendar("nganjuk") is known


def test_posts_and_roles_keep_their_days_when_the_clock_of_the_office_changes(player: Player) -> None:
    admin, first, last = player.actor(ADMIN, "banggai"), date(2026, 11, 9), date(2026, 11, 13)
    plh = Appointment("banggai.kasie", "kadis", first, last, Capacity.PLH, "800/1")
    organisation.appoint(admin, plh, player.now)
    organisation.grant(admin, "analis", Role.AUDITOR, first, last, "700/1", player.now)
    at_once = organisation.grant(admin, "auditor", Role.ANALYST, player.now.date(), None, "", player.now)
    organisation.revoke(admin, at_once, player.now)

    change(player, "set-zone", "banggai", zone="Asia/Jakarta")

    day = {"starts_at": datetime(2026, 11, 8, 17, tzinfo=UTC), "ends_at": datetime(2026, 11, 13, 17, tzinfo=UTC)}
    for row, decree in ((Holding, "800/1"), (RoleRow, "700/1")):
        kept = db.session.scalars(select(row).where(row.decree == decree)).one()
        assert {name: getattr(kept, name) for name in day} == day
    assert db.session.get_one(RoleRow, ("banggai", at_once)).ends_at == player.now


# Units with hours of their own ----------------------------------------------------------------------


def test_a_unit_with_hours_of_its_own_and_all_in_it_keep_them(player: Player) -> None:
    change(player, "add-unit", "blitar", unit="bidang1")
    week = {f"week_{day}": "06:00-12:00" for day in range(7)} | {f"ramadan_{day}": "06:00-12:00" for day in range(7)}
    change(player, "set-week", "blitar", unit="bidang1", **week)
    change(player, "add-day", "blitar", unit="bidang1", day="2026-11-04", name="Libur bidang")

    own = catalogue.calendar("blitar", "bidang1")
    assert own.hours_of(date(2026, 8, 17)) == ((360, 720),)  # direct service works when the office does not
    assert own.hours_of(date(2026, 11, 4)) == ()
    assert catalogue.calendar("blitar", "kabid_bidang1", "bidang2") is own
    assert catalogue.calendar("blitar", "bidang2") is catalogue.calendar("blitar")
    assert catalogue.calendar("blitar").hours_of(date(2026, 11, 4)) != ()

    change(player, "remove-unit", "blitar", unit="bidang1")
    assert catalogue.calendar("blitar", "bidang1") == catalogue.calendar("blitar")


def test_a_unit_that_the_office_does_not_have_gets_no_hours(player: Player) -> None:
    with pytest.raises(NotFound):
        change(player, "add-unit", unit="tidak_ada")


# Open due dates -------------------------------------------------------------------------------------


def test_due_dates_follow_a_new_day_off_with_a_line_that_says_why(player: Player) -> None:
    case = player.start(NGANJUK)
    before = due_of(player, case)
    own = before.date().isoformat() if before else ""
    _, preview = workdays.tried(player.actor(ADMIN, "nganjuk"), "add-day", {"day": own, "name": "Libur lokal"})
    assert due_of(player, case) == before  # trying moves nothing

    change(player, "add-day", day=own, name="Libur lokal")
    assert jobs.run_due(player.now) == 0  # others may not have heard of it
    assert follow(player) == 1

    after = due_of(player, case)
    assert preview.count == 1
    assert [(row.before, row.after) for row in preview.rows] == [(before, after)]
    assert after is not None
    assert before is not None
    assert after > before
    (told,) = moved_lines(case)
    assert (told.body["from"], told.body["to"]) == (before.isoformat(), after.isoformat())
    assert "Libur lokal" in told.body["reason"]
    assert follow(player) == 0
    assert len(moved_lines(case)) == 1


def test_due_dates_follow_a_unit_and_a_post_that_come_below_other_hours(player: Player) -> None:
    case, admin = player.start(BLITAR), player.actor(ADMIN, "blitar")
    due = due_of(player, case)
    assert due is not None
    change(player, "add-unit", "blitar", unit="bidang1")
    change(player, "add-day", "blitar", unit="bidang1", day=str(due.date()), name="Libur bidang")
    assert follow(player) == 0

    for number, unit in enumerate(("", "bidang2")):
        organisation.change_position(admin, "kadis", PositionPlan("Kepala Dinas", unit), player.now)
        organisation.change_unit(admin, "bidang2", UnitPlan("Bidang Dua", "bidang1" * number), player.now)
    assert follow(player) == 1
    later = due_of(player, case)
    organisation.change_unit(admin, "bidang2", UnitPlan("Bidang Dua"), player.now)
    assert follow(player) == 1
    organisation.change_unit(admin, "bidang2", UnitPlan("Bidang 2"), player.now)
    assert follow(player) == 0  # a name changes nobody's hours

    assert later is not None
    assert (later > due, due_of(player, case)) == (True, due)
    assert [line.body["reason"] for line in moved_lines(case)] == [
        "unit Bidang Dua dipindahkan",
        "unit Bidang Dua dipindahkan",
    ]


def test_a_case_goes_on_after_its_due_dates_moved(player: Player) -> None:
    case = player.start(NGANJUK)
    change(player, "add-day", day=str((due_of(player, case) or player.now).date()), name="Libur")
    follow(player)

    player.complete(case, "row_01")

    kinds = db.session.scalars(select(History.kind).where(History.instance_id == case).order_by(History.sequence))
    assert list(kinds) == ["started", "due-moved", "completed"]


def test_what_a_killed_worker_left_is_finished_and_nothing_is_done_twice(
    player: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "BATCH", 1)
    cases = [player.start(NGANJUK) for _ in range(3)]
    change(player, "add-day", day=str((due_of(player, cases[0]) or player.now).date()), name="Libur")
    saved, calls = store.move_dues, []

    def die_in_the_second(*arguments: object) -> None:
        calls.append(arguments)
        if len(calls) == 2:
            raise SystemExit
        saved(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(store, "move_dues", die_in_the_second)
    with pytest.raises(SystemExit):
        follow(player)
    db.session.rollback()
    progress = found.progress(player.actor(ADMIN, "nganjuk"))
    assert progress is not None
    assert (progress.done, progress.moved, progress.percent < 100) == (1, 1, True)

    monkeypatch.setattr(store, "move_dues", saved)
    assert jobs.run_due(player.now) == 2
    assert jobs.run_due(player.now) == 0
    assert [len(moved_lines(case)) for case in cases] == [1, 1, 1]
    progress = found.progress(player.actor(ADMIN, "nganjuk"))
    assert progress is not None
    assert (progress.moved, progress.percent) == (3, 100)


def test_a_change_in_between_begins_anew(player: Player) -> None:
    case = player.start(NGANJUK)
    change(player, "add-day", day=str((due_of(player, case) or player.now).date()), name="Libur pertama")
    (first,) = workdays.due(player.now + workdays.SETTLING)
    player.now += timedelta(seconds=1)
    change(player, "add-day", day="2026-11-04", name="Libur kedua")

    assert workdays.recompute(*first, player.now) == 0
    follow(player)
    row = db.session.get_one(Recomputation, ("nganjuk",))
    assert "Libur pertama" in row.reason
    assert "Libur kedua" in row.reason
    assert len(moved_lines(case)) == 1


@on_postgresql
def test_a_change_while_a_batch_is_reckoned_begins_anew(race: Race) -> None:
    with race.player() as player:
        case = player.start(NGANJUK)
        now, due = player.now, (due_of(player, case) or player.now).date()
        change(player, "add-day", day=str(due), name="Libur pertama")

    def second(admin: Player) -> None:
        admin.now = now + timedelta(seconds=1)
        change(admin, "add-day", day=str(due + timedelta(days=1)), name="Libur kedua")

    def batch(worker: Player) -> int:
        worker.now = now
        return follow(worker)

    assert race.between("UPDATE recomputation", second, batch) == [None, 1]
    with race.player() as player:
        player.now = now + workdays.SETTLING
        assert follow(player) == 1


WIB = ZoneInfo("Asia/Jakarta")


@pytest.mark.parametrize(
    ("waktu", "satuan", "start", "due"),
    [
        ("PT60M", "menit", datetime(2026, 11, 6, 16, 0, tzinfo=WIB), datetime(2026, 11, 9, 8, 0, tzinfo=WIB)),
        ("PT1H", "jam", datetime(2026, 11, 6, 16, 0, tzinfo=WIB), datetime(2026, 11, 9, 8, 0, tzinfo=WIB)),
        ("P3D", "hari", datetime(2026, 12, 22, 10, 0, tzinfo=WIB), datetime(2026, 12, 29, 10, 0, tzinfo=WIB)),
        ("P1W", "minggu", datetime(2026, 11, 2, 10, 0, tzinfo=WIB), datetime(2026, 11, 9, 10, 0, tzinfo=WIB)),
        ("PT24H", "elapsed", datetime(2026, 11, 6, 10, 0, tzinfo=WIB), datetime(2026, 11, 7, 10, 0, tzinfo=WIB)),
        ("", "", datetime(2026, 11, 6, 10, 0, tzinfo=WIB), None),
    ],
)
def test_a_step_is_due_by_the_unit_of_its_standard(
    sketch: Sketch, waktu: str, satuan: str, start: datetime, due: datetime | None
) -> None:
    step = task("t", said(waktu=waktu, satuan=satuan) if waktu else "")
    sketch.deploy(process(begins() + step + end() + line("mulai", "t", "selesai")))
    sketch.now = start - timedelta(minutes=1)

    assert due_of(sketch, sketch.begin(), "t") == due


def test_the_due_dates_of_the_model_stay(sketch: Sketch) -> None:
    said_by_model = task("t", said(waktu="P1D", satuan="hari"), attributes='camunda:dueDate="2026-11-03T03:00:00Z"')
    sketch.deploy(process(begins() + said_by_model + end() + line("mulai", "t", "selesai")))
    case = sketch.begin()
    fixed = datetime(2026, 11, 3, 3, tzinfo=UTC)
    assert due_of(sketch, case, "t") == fixed

    change(sketch, "add-day", "blitar", **OFF)
    follow(sketch)

    assert due_of(sketch, case, "t") == fixed
    assert moved_lines(case) == []


def test_nothing_is_due_in_a_year_that_the_office_does_not_know(player: Player) -> None:
    db.session.execute(update(Office).values(revision=Office.revision + 1))
    for row in db.session.scalars(select(WorkYear).where(WorkYear.year >= 2026)):
        db.session.delete(row)
    db.session.commit()
    remembered.changed("nganjuk")

    case = player.start(NGANJUK)

    task = player.task(case, "row_01")
    assert task.due_at is None
    assert catalogue.why_undue(tasks.look_back(player.performer(task), task.id).node) == "beyond"
    workdays.add_years(player.now)
    follow(player)
    assert due_of(player, case) is not None


def test_a_returned_task_has_a_clock_of_its_own_and_the_old_one_stays_readable(player: Player) -> None:
    case = player.reach(BLITAR, "row_09")
    player.now += timedelta(days=9)
    player.complete(case, "row_09", outcome="kembalikan")

    rounds = list(
        db.session.scalars(select(Task).where(Task.instance_id == case, Task.round <= 2).order_by(Task.created_at))
    )
    second = next(task for task in rounds if task.round == 2)
    first = next(task for task in rounds if (task.round, task.element) == (1, second.element))
    assert first.due_at is not None
    assert first.ended_at is not None
    assert second.due_at is not None
    assert second.due_at > second.created_at > first.due_at
    standard = catalogue.standard_of(tasks.look_back(player.performer(second), second.id).node)
    assert second.due_at == worktime.due(catalogue.calendar("blitar"), second.created_at, standard)
