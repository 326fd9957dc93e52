"""CPU per call of the working time functions at one year's distance, beside walking from day to day.

Run: python -m bench.worktime
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from bench.measuring.figures import at_most, microseconds, show, timed, title
from service.engine.worktime import (
    Calendar,
    Standard,
    Unit,
    add,
    add_days,
    due,
    read_printed,
    read_standard,
    remaining,
    subtract,
    worked_minutes,
    working_days_between,
)
from service.engine.worktime.seed import seed_days, seed_ramadan

START = datetime(2026, 1, 5, 2, 15, tzinfo=UTC)
END = START + timedelta(days=365)
YEAR_OF_MINUTES, YEAR_OF_DAYS = 105_000, 240
ALLOWED_MICROSECONDS = 50
OPEN_DUES = 10_000
ROUNDS = 7


def office() -> Calendar:
    """Return an office with the national days of five years, not yet asked anything."""
    ramadan = tuple(period for period, _ in seed_ramadan(2024, 2028))
    return Calendar(days_off=seed_days(2024, 2028), ramadan=ramadan)


def walked_from_day_to_day(calendar: Calendar, start: datetime, minutes: int) -> datetime:
    """Reckon as is usually done: look at each day in turn. The baseline."""
    local = start.astimezone(calendar.time_zone)
    clock, day = local.hour * 60 + local.minute, local.date()
    while True:
        for opening, closing in calendar.hours_of(day):
            begun = max(opening, clock)
            if begun < closing:
                if minutes <= closing - begun:
                    return at(calendar, day, begun + minutes)
                minutes -= closing - begun
        day, clock = day + timedelta(days=1), 0


def at(calendar: Calendar, day: date, minute: int) -> datetime:
    """Return a local minute in UTC."""
    return datetime.combine(day, datetime.min.time(), calendar.time_zone) + timedelta(minutes=minute)


def main() -> None:
    """Print the table."""
    calendar = office()
    week = Standard(1, Unit.WEEKS)
    assert add(calendar, START, YEAR_OF_MINUTES) == walked_from_day_to_day(calendar, START, YEAR_OF_MINUTES)
    baseline = microseconds(lambda: walked_from_day_to_day(calendar, START, YEAR_OF_MINUTES), ROUNDS, 200)
    floor = microseconds(lambda: START.astimezone(calendar.time_zone).astimezone(UTC), ROUNDS, 20_000)
    calls: dict[str, Callable[[], object]] = {
        "add, one year of minutes": lambda: add(calendar, START, YEAR_OF_MINUTES),
        "subtract, one year of minutes": lambda: subtract(calendar, END, YEAR_OF_MINUTES),
        "add_days, one year of days": lambda: add_days(calendar, START, YEAR_OF_DAYS),
        "due, 1 minggu": lambda: due(calendar, START, week),
        "worked_minutes, one year": lambda: worked_minutes(calendar, START, END),
        "working_days_between, one year": lambda: working_days_between(calendar, START, END),
        "remaining, one year": lambda: remaining(calendar, START, END, week),
        "remaining, late by one year": lambda: remaining(calendar, END, START, week),
        "read_standard": lambda: read_standard("PT10M", "menit"),
        "read_printed": lambda: read_printed("3 (tiga) hari kerja", "Waktu (menit)"),
    }
    title("Working time over one year")
    show("walking from day to day (baseline)", baseline, "µs")
    show("into the local zone and back (floor)", floor, "µs")
    for name, call in calls.items():
        cost = microseconds(call, ROUNDS, 5_000)
        show(name, cost, "µs", f"= 1/{baseline / cost:.0f} of the baseline, {at_most(cost, ALLOWED_MICROSECONDS)}")
    seeded, fresh = timed(office)
    show("seeding five years", seeded, "ms")
    show("laying out one year", timed(lambda: fresh.year(2026))[0], "ms")
    starts = [START + timedelta(minutes=37 * number) for number in range(OPEN_DUES)]
    show(
        f"{OPEN_DUES} due dates anew after a change", timed(lambda: [due(fresh, one, week) for one in starts])[0], "ms"
    )


if __name__ == "__main__":
    main()
