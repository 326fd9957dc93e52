"""The table of planned against actual: equal to counting by hand, narrowed down by month and version."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import insert, select

from service import catalogue, workdays
from service.engine.worktime import Calendar
from service.errors import NotFound
from service.models import Definition, Task, db
from service.queries.pace import Pace, Spread, StepPace, Wanted, at_rank, pace
from tests import stage
from tests.answers import BLITAR, NGANJUK
from tests.walking import Player

AWKWARD = tuple(
    datetime.fromisoformat(moment).replace(tzinfo=UTC)
    for moment in (
        "2025-12-31 08:59:59", "2026-01-01 03:00", "2026-01-02 00:30", "2026-02-17 16:30", "2026-02-18 01:00",
        "2026-02-20 04:29:59.999999", "2026-02-20 05:30", "2026-03-17 07:59", "2026-03-18 08:00", "2026-03-19 02:00",
        "2026-03-27 00:29:59", "2026-05-01 04:00", "2026-08-14 04:30", "2026-08-14 05:59:30", "2026-08-17 02:00",
        "2026-10-30 04:30", "2026-10-30 06:00", "2026-10-30 09:30:00.000001", "2026-10-31 02:00", "2026-11-01 17:00",
        "2026-11-02 00:30", "2026-11-02 05:00", "2026-11-02 05:59:59", "2026-11-02 09:00", "2026-12-31 17:00",
    )
)  # fmt: skip
"""Closing times, breaks of Fridays, weekends, holidays, joint leave, Ramadan, turns of the year; with seconds."""


def walked(calendar: Calendar, start: datetime, end: datetime) -> int:
    """Measure by looking at each day in turn."""
    zone, time = calendar.time_zone, timedelta()
    day = start.astimezone(zone).date()
    while day <= end.astimezone(zone).date():
        midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
        for opening, closing in calendar.hours_of(day):
            begins, ends = midnight + timedelta(minutes=opening), midnight + timedelta(minutes=closing)
            time += max(min(end, ends) - max(start, begins), timedelta())
        day += timedelta(days=1)
    return time // timedelta(minutes=1)


def ranked(values: list[int], percent: int) -> int:
    """Return the smallest value that is not exceeded by at least so many percent."""
    return min(value for value in values if sum(other <= value for other in values) * 100 >= percent * len(values))


def plant(
    player: Player, moments: list[tuple[datetime, datetime, datetime]], **more: object
) -> list[dict[str, object]]:
    """Add completed rounds of two steps."""
    case = player.start(NGANJUK)
    row = db.session.execute(select(*Task.__table__.c).where(Task.instance_id == case)).one()._asdict()
    rows = [
        row
        | {
            "id": uuid4(), "element": f"row_0{number % 2 + 2}", "status": "completed", "round": number + 1,
            "created_at": created, "begun_at": begun, "ended_at": ended, "is_returned": number % 3 == 0,
            "due_at": None if number % 5 == 0 else created + timedelta(days=30),
        }
        | more
        for number, (created, begun, ended) in enumerate(moments)
    ]  # fmt: skip
    db.session.execute(insert(Task), rows)
    db.session.commit()
    return rows


def triples() -> Iterator[tuple[datetime, datetime, datetime]]:
    for number, created in enumerate(AWKWARD):
        for first in range(number, len(AWKWARD), 4):
            yield created, AWKWARD[first], AWKWARD[(first + len(AWKWARD) - 1) // 2 if first % 2 else -1 - first % 3]


def ordered() -> list[tuple[datetime, datetime, datetime]]:
    return [(created, begun, ended) for created, begun, ended in triples() if created <= begun <= ended]


def table(player: Player, wanted: Wanted | None = None, office: str = "nganjuk") -> Pace:
    found = pace(player.actor("auditor", office), wanted or Wanted(NGANJUK))
    assert found is not None
    return found


def row(found: Pace, element: str) -> StepPace:
    (one,) = (row for row in found.rows if row.element == element)
    return one


def test_the_figures_are_those_of_counting_day_by_day(player: Player) -> None:
    planted = plant(player, ordered())
    calendar = catalogue.calendar("nganjuk")

    found = table(player)

    assert len(planted) > 60
    for element in ("row_02", "row_03"):
        own = [one for one in planted if one["element"] == element]
        waiting = [walked(calendar, one["created_at"], one["begun_at"]) for one in own]  # type: ignore[arg-type]
        handling = [walked(calendar, one["begun_at"], one["ended_at"]) for one in own]  # type: ignore[arg-type]
        timed = [one for one in own if one["due_at"]]
        step = row(found, element)
        assert step.waiting == Spread(ranked(waiting, 50), ranked(waiting, 90))
        assert step.handling == Spread(ranked(handling, 50), ranked(handling, 90))
        assert (step.count, step.timed) == (len(own), len(timed))
        assert step.in_time == sum(one["ended_at"] <= one["due_at"] for one in timed)  # type: ignore[operator]
        assert step.returns == sum(bool(one["is_returned"]) for one in own)
    assert found.rounds == len(planted)
    assert found.longest == max(spread.most for one in found.rows for spread in (one.waiting, one.handling) if spread)


@pytest.mark.parametrize(
    ("values", "percent", "wanted"),
    [([5], 50, 5), ([1, 2], 50, 1), ([1, 2, 3], 50, 2), (list(range(1, 11)), 90, 9), (list(range(1, 12)), 90, 10)],
)
def test_ranks_are_values_that_were_measured(values: list[int], percent: int, wanted: int) -> None:
    assert at_rank(values, percent) == wanted == ranked(values, percent)


def test_months_are_those_of_the_office_in_which_a_round_was_done(player: Player) -> None:
    last_of_october = datetime(2026, 10, 31, 16, 59, tzinfo=UTC)
    plant(player, [(AWKWARD[0], AWKWARD[0], last_of_october + timedelta(minutes=late)) for late in (0, 1)])

    def rounds(since: str, until: str) -> int:
        return table(player, Wanted(NGANJUK, date.fromisoformat(since), date.fromisoformat(until))).rounds

    assert rounds("2026-10-01", "2026-10-01") == 1
    assert rounds("2026-11-01", "2026-12-01") == 1
    assert rounds("2026-10-01", "2026-11-01") == 2


def test_a_version_has_the_rounds_of_its_own_cases(player: Player) -> None:
    rows = plant(player, ordered()[:4])
    old = db.session.scalars(select(Definition).where(Definition.key == NGANJUK)).one()
    newer = {name: getattr(old, name) for name in Definition.__table__.c.keys()}  # noqa: SIM118 - names, not columns
    db.session.execute(insert(Definition), [newer | {"id": uuid4(), "version": 2}])
    db.session.commit()

    assert table(player).versions == (2, 1)
    assert table(player).version == 2
    assert table(player, Wanted(NGANJUK, version=1)).rounds == len(rows)
    assert table(player, Wanted(NGANJUK, version=2)).rounds == 0
    with pytest.raises(NotFound):
        table(player, Wanted(NGANJUK, version=3))


def test_a_called_sop_counts_its_rounds_under_its_own_name(player: Player) -> None:
    case = player.reach(BLITAR, "row_06")
    player.complete(case, "row_06", outcome="tidak_sesuai", wrong=("bidang2",))
    player.complete(case, "row_07", wrong=("bidang2",))

    found = table(player, Wanted("blitar_data_salah", version=1), "blitar")

    assert [(step.element, step.count) for step in found.rows if step.count] == [("row_07", 1)]


def test_a_step_that_the_version_has_not_is_not_lost(player: Player) -> None:
    plant(player, ordered()[:2], element="row_lama", name="Langkah lama")

    found = table(player)

    assert (found.rows[-1].title, found.rows[-1].count, found.rows[-1].order) == ("Langkah lama", 2, 0)


def test_what_is_open_or_cancelled_does_not_count(player: Player) -> None:
    plant(player, ordered()[:2], status="cancelled")

    found = table(player)

    assert (found.rounds, found.share, found.longest) == (0, None, 0)


def test_a_unit_is_measured_by_the_hours_that_it_keeps(player: Player) -> None:
    admin = player.actor("admin", "nganjuk")
    hours = {f"{kind}_{day}": "06:00-12:00" for kind in ("week", "ramadan") for day in range(7)}
    workdays.change(admin, "add-unit", {"unit": "bidang1"}, player.now)
    workdays.change(admin, "set-week", {"unit": "bidang1", **hours}, player.now)
    saturday = datetime(2026, 10, 31, 1, tzinfo=UTC)
    for unit in ("bidang1", "bidang2"):
        plant(player, [(saturday, saturday, saturday + timedelta(hours=9))], unit=unit)

    found = table(player)

    assert row(found, "row_02").handling == Spread(0, 4 * 60)


def test_an_office_sees_its_own(player: Player) -> None:
    with pytest.raises(NotFound):
        table(player, Wanted(NGANJUK), "blitar")


def test_it_takes_as_many_statements_however_many_rounds_there_are(app: Flask) -> None:
    counts = []
    with app.app_context():
        player = Player()
        for number in (3, 40):
            plant(player, ordered()[:number])
            table(player)
            with stage.statements(app) as ran:
                table(player)
            counts.append([statement.split()[0] for statement in ran])

    assert counts[0] == counts[1]
