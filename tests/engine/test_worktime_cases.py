"""The hand-checked table: about 300 due dates over 2024-2027, in seven kinds of offices and three time zones."""

import csv
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from service.engine.worktime import (
    Calendar,
    Period,
    add,
    add_days,
    due,
    is_working,
    next_working_moment,
    previous_working_moment,
    read_printed,
    read_spans,
    subtract,
    subtract_days,
    undecreed_years,
    worked_minutes,
    working_days_between,
)

DATA = Path(__file__).parents[1] / "data"


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


NATIONAL = {date.fromisoformat(row["day"]): row["name"] for row in rows("worktime_cases.days.csv")}
RAMADAN = (
    Period(date(2024, 3, 12), date(2024, 4, 9)),
    Period(date(2025, 3, 1), date(2025, 3, 30)),
    Period(date(2026, 2, 19), date(2026, 3, 20)),
    Period(date(2027, 2, 8), date(2027, 3, 9)),
)
LOCAL_HOURS = {
    date(2026, 3, 17): read_spans("08:00-11:00"),
    date(2026, 8, 8): read_spans("08:00-12:00"),
    date(2026, 8, 14): read_spans("07:30-11:00"),
    date(2026, 8, 25): read_spans("08:00-10:00"),
}
SERVICE, SERVICE_FRIDAY, SERVICE_SATURDAY = map(read_spans, ("07:00-14:00", "07:00-11:30", "07:00-12:30"))
ALWAYS = read_spans("00:00-24:00")
OFFICES = {
    "blitar": Calendar("Asia/Jakarta", ramadan=RAMADAN, days_off=NATIONAL),
    "banggai": Calendar("Asia/Makassar", ramadan=RAMADAN, days_off=NATIONAL),
    "jayapura": Calendar("Asia/Jayapura", ramadan=RAMADAN, days_off=NATIONAL),
    "blitar480": Calendar("Asia/Jakarta", ramadan=RAMADAN, days_off=NATIONAL, day_of_480=True),
    "lokal": Calendar(
        "Asia/Jakarta",
        ramadan=RAMADAN,
        days_off=NATIONAL | {date(2026, 8, 5): "Hari Jadi Kabupaten"},
        special_days=LOCAL_HOURS,
    ),
    "layanan": Calendar(
        "Asia/Jakarta",
        week=(SERVICE, SERVICE, SERVICE, SERVICE, SERVICE_FRIDAY, SERVICE_SATURDAY, ()),
        days_off=NATIONAL,
    ),
    "posko": Calendar("Asia/Jakarta", week=(ALWAYS, ALWAYS, ALWAYS, ALWAYS, ALWAYS, ALWAYS, ALWAYS)),
}
BLITAR = OFFICES["blitar"]
CASES = rows("worktime_cases.csv")


def at(text: str, calendar: Calendar = BLITAR) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=calendar.time_zone)


def test_table_is_large_and_covers_four_years() -> None:
    assert len(CASES) >= 200
    assert {row["start"][:4] for row in CASES} >= {"2024", "2025", "2026", "2027"}


@pytest.mark.parametrize("row", CASES, ids=lambda row: f"{row['calendar']} {row['start']} + {row['standard']}")
def test_due_is_as_in_the_table(row: dict[str, str]) -> None:
    calendar = OFFICES[row["calendar"]]
    standard = read_printed(row["standard"]).standard
    start = at(row["start"], calendar)

    found = due(calendar, start, standard)

    assert found == at(row["due"], calendar), row["why"]
    assert found.tzinfo is UTC


@pytest.mark.parametrize("row", CASES, ids=lambda row: f"{row['calendar']} {row['start']} + {row['standard']}")
def test_measuring_gives_the_minutes_back(row: dict[str, str]) -> None:
    calendar = OFFICES[row["calendar"]]
    standard = read_printed(row["standard"]).standard
    assert standard is not None
    start, end = at(row["start"], calendar), at(row["due"], calendar)

    if standard.minutes and not (calendar.day_of_480 and standard.minutes % 480 == 0):
        assert worked_minutes(calendar, start, end) == standard.minutes
        assert worked_minutes(calendar, end, start) == -standard.minutes
    if standard.days:
        assert working_days_between(calendar, add(calendar, start, 0), end) == standard.days


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        ("2026-11-09 07:30", "2026-11-13 16:30", 2250),  # a week of 37.5 hours
        ("2025-03-03 00:00", "2025-03-08 00:00", 1950),  # a Ramadan week of 32.5 hours
        ("2026-11-09 12:00", "2026-11-09 13:00", 0),
        ("2026-11-14 00:00", "2026-11-16 07:30", 0),
        ("2026-03-17 15:00", "2026-03-25 07:30", 0),
        ("2026-11-02 09:14", "2026-11-02 13:40", 206),  # the review page of the mock-ups: 3 jam 26 menit
        ("2024-12-31 15:00", "2025-01-02 08:00", 90),
        ("2026-11-10 08:00", "2026-11-09 15:00", -90),
    ],
)
def test_worked_minutes(start: str, end: str, minutes: int) -> None:
    assert worked_minutes(BLITAR, at(start), at(end)) == minutes


def test_worked_minutes_of_begun_minutes_are_not_counted_either_way() -> None:
    start, end = at("2026-11-09 08:00:30"), at("2026-11-09 08:02:00")

    assert worked_minutes(BLITAR, start, end) == 1
    assert worked_minutes(BLITAR, end, start) == -1


@pytest.mark.parametrize(
    ("year", "days"),
    [(2024, 238), (2025, 237), (2026, 240), (2027, 242)],  # 262, 261, 261, 261 weekdays less 24, 24, 21, 19 days off
)
def test_working_days_of_a_year(year: int, days: int) -> None:
    weekdays_off = [day for day in NATIONAL if day.year == year and day.weekday() < 5]
    weekdays = sum(
        date.fromordinal(day).weekday() < 5
        for day in range(date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal())
    )

    counted = working_days_between(BLITAR, at(f"{year - 1}-12-31 10:00"), at(f"{year}-12-31 10:00"))

    assert counted == days == weekdays - len(weekdays_off)
    assert working_days_between(BLITAR, at(f"{year}-12-31 10:00"), at(f"{year - 1}-12-31 10:00")) == -days


@pytest.mark.parametrize(
    ("moment", "working", "following", "previous"),
    [
        ("2026-11-09 07:29", False, "2026-11-09 07:30", "2026-11-06 16:30"),
        ("2026-11-09 07:30", True, "2026-11-09 07:30", "2026-11-09 07:30"),
        ("2026-11-09 12:00", False, "2026-11-09 13:00", "2026-11-09 12:00"),
        ("2026-11-09 16:00", False, "2026-11-10 07:30", "2026-11-09 16:00"),
        ("2026-03-20 10:00", False, "2026-03-25 07:30", "2026-03-17 15:00"),
        ("2027-01-01 00:00", False, "2027-01-04 07:30", "2026-12-31 16:00"),
        ("2024-01-02 08:00", True, "2024-01-02 08:00", "2024-01-02 08:00"),  # the first hours of the year
    ],
)
def test_moments_around(moment: str, working: bool, following: str, previous: str) -> None:  # noqa: FBT001 - a table
    assert is_working(BLITAR, at(moment)) is working
    assert next_working_moment(BLITAR, at(moment)) == at(following)
    assert previous_working_moment(BLITAR, at(moment)) == at(previous)


@pytest.mark.parametrize(
    ("end", "minutes", "start"),
    [
        ("2026-11-02 08:00", 60, "2026-10-30 16:00"),
        ("2026-11-02 08:00", 30, "2026-11-02 07:30"),
        ("2026-11-02 07:30", 30, "2026-10-30 16:00"),
        ("2026-11-09 12:30", 10, "2026-11-09 11:50"),
        ("2026-03-25 08:00", 60, "2026-03-17 14:30"),
        ("2026-03-22 08:00", 0, "2026-03-17 15:00"),
        ("2025-01-02 08:00", 90, "2024-12-31 15:00"),
    ],
)
def test_subtract(end: str, minutes: int, start: str) -> None:
    assert subtract(BLITAR, at(end), minutes) == at(start)


@pytest.mark.parametrize(
    ("end", "days", "start"),
    [
        ("2026-03-27 09:00", 3, "2026-03-17 09:00"),
        ("2026-11-16 12:00", 1, "2026-11-13 13:00"),  # noon lies in the Friday break: from 13:00
        ("2026-11-13 16:30", 1, "2026-11-12 16:00"),  # Thursday closes 16:00
        ("2026-11-14 10:00", 1, "2026-11-12 16:00"),  # a Saturday counts from Friday's closing
        ("2027-01-04 10:00", 2, "2026-12-30 10:00"),
        ("2026-11-10 12:00", 1, "2026-11-09 12:00"),  # the closing moment before the break belongs to the morning
    ],
)
def test_subtract_days(end: str, days: int, start: str) -> None:
    assert subtract_days(BLITAR, at(end), days) == at(start)


def test_results_are_in_utc_whatever_zone_was_asked() -> None:
    banggai = OFFICES["banggai"]

    assert add(banggai, at("2026-11-09 08:00", BLITAR), 60) == datetime(2026, 11, 9, 2, tzinfo=UTC)
    assert add_days(banggai, datetime(2026, 11, 9, 2, tzinfo=UTC), 1).isoformat() == "2026-11-10T02:00:00+00:00"


def test_no_standard_is_no_due_date() -> None:
    assert due(BLITAR, at("2026-11-09 08:00"), None) is None


def test_years_without_a_decree_are_named() -> None:
    settled = Calendar(days_off=NATIONAL, decreed=frozenset({2026, 2027}))
    start, end = at("2027-12-30 10:00"), at("2028-01-04 10:00")

    assert undecreed_years(settled, start, end) == (2028,)
    assert undecreed_years(settled, at("2026-12-30 10:00"), start) == ()
    assert undecreed_years(BLITAR, start, end) == ()
