"""What a calendar is and what it refuses."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from itertools import count

import pytest

from service.engine.worktime import (
    OFFICE_WEEK,
    RAMADAN_WEEK,
    Calendar,
    CalendarRefused,
    MomentRefused,
    Period,
    add,
    add_days,
    is_working,
    read_spans,
    remaining,
    subtract,
    worked,
    working_days_between,
)
from service.engine.worktime.seed import seed_days, seed_ramadan

MONDAY = datetime(2026, 11, 9, 1, tzinfo=UTC)
OFF = ((), (), (), (), (), (), ())


def minutes_of_week(week: tuple[tuple[tuple[int, int], ...], ...]) -> list[int]:
    return [sum(end - start for start, end in day) for day in week]


def test_weeks_have_the_hours_of_the_regulation() -> None:
    assert minutes_of_week(OFFICE_WEEK) == [450, 450, 450, 450, 450, 0, 0]
    assert minutes_of_week(RAMADAN_WEEK) == [390, 390, 390, 390, 390, 0, 0]


def test_calendars_are_equal_and_hash_by_value_before_and_after_use() -> None:
    days, ramadan = seed_days(2026, 2026), tuple(period for period, _ in seed_ramadan(2026, 2026))
    used = Calendar(days_off=days, ramadan=ramadan, decreed=frozenset({2026}))
    add(used, MONDAY, 10_000)
    fresh = Calendar(days_off=dict(reversed(days.items())), ramadan=ramadan, decreed=frozenset({2026}))

    assert used == fresh
    assert hash(used) == hash(fresh)
    assert used != Calendar(days_off=days, ramadan=ramadan, decreed=frozenset({2026}), day_of_480=True)
    assert len({used, fresh, Calendar("Asia/Makassar")}) == 2


def test_calendar_keeps_its_own_copy_of_the_days() -> None:
    days = {date(2026, 11, 10): "Hari Jadi"}
    calendar = Calendar(days_off=days)
    days.clear()

    assert add_days(calendar, MONDAY, 1) == MONDAY + timedelta(days=2)
    with pytest.raises(TypeError):
        calendar.days_off[date(2026, 11, 11)] = "libur"  # type: ignore[index]  # the point of the test


def test_hours_of_a_day_come_from_special_days_then_days_off_then_ramadan_then_week() -> None:
    short = read_spans("08:00-10:00")
    calendar = Calendar(
        ramadan=(Period(date(2026, 11, 9), date(2026, 11, 20)),),
        days_off={date(2026, 11, 10): "libur", date(2026, 11, 11): "libur", date(2026, 11, 14): "libur"},
        special_days={date(2026, 11, 11): short, date(2026, 11, 12): short, date(2026, 11, 15): short},
    )

    hours = [calendar.hours_of(date(2026, 11, day)) for day in (6, 9, 10, 11, 12, 13, 14, 15, 23)]

    assert hours == [OFFICE_WEEK[4], RAMADAN_WEEK[0], (), short, short, RAMADAN_WEEK[4], (), short, OFFICE_WEEK[0]]


def test_a_day_off_on_a_weekend_changes_nothing() -> None:
    with_day, without = Calendar(days_off={date(2026, 11, 14): "libur"}), Calendar()

    assert add(with_day, MONDAY, 5000) == add(without, MONDAY, 5000)


def test_hours_that_touch_are_one_stretch() -> None:
    day = read_spans("07:30-12:00 12:00-15:00")
    calendar = Calendar(week=(day, day, day, day, day, (), ()))

    assert is_working(calendar, datetime(2026, 11, 9, 5, tzinfo=UTC))
    assert add(calendar, MONDAY, 240) == MONDAY + timedelta(hours=4)
    assert add(calendar, MONDAY, 241) == MONDAY + timedelta(hours=4, minutes=1)


@pytest.mark.parametrize("hours", ["02:00-03:00", "02:30-03:00"])
def test_hours_that_a_zone_leaps_over_are_no_hours(hours: str) -> None:
    leap, later = date(2026, 3, 29), date(2026, 4, 5)  # two Sundays
    calendar = Calendar("Europe/Berlin", special_days={leap: read_spans(hours), later: read_spans(hours)})
    saturday, sunday = (datetime(2026, 3, day, 12, tzinfo=calendar.time_zone) for day in (28, 29))
    week = timedelta(days=7)

    assert (worked(calendar, saturday, sunday), working_days_between(calendar, saturday, sunday)) == (timedelta(0), 0)
    assert worked(calendar, saturday + week, sunday + week) > timedelta(0)
    assert working_days_between(calendar, saturday + week, sunday + week) == 1


def test_the_first_and_the_last_year_are_known() -> None:
    assert add(Calendar(), datetime(2000, 1, 3, 1, tzinfo=UTC), 60) == datetime(2000, 1, 3, 2, tzinfo=UTC)
    assert add(Calendar(), datetime(2199, 12, 31, 1, tzinfo=UTC), 60) == datetime(2199, 12, 31, 2, tzinfo=UTC)


@pytest.mark.parametrize("text", ["07:30-12:00 13:00-16:00", "07.30 - 12.00, 13.00 - 16.00", "13:00-16:00;07:30-12:00"])
def test_read_spans(text: str) -> None:
    assert read_spans(text) == ((450, 720), (780, 960))


def test_read_spans_of_nothing_is_a_closed_day() -> None:
    assert read_spans("  ") == ()


@pytest.mark.parametrize(
    ("reason", "make"),
    [
        ("zone-unknown", lambda: Calendar("Asia/Blitar")),
        ("zone-unknown", lambda: Calendar("")),
        ("zone-unknown", lambda: Calendar("../../etc/passwd")),
        ("zone-unknown", lambda: Calendar("Asia")),
        ("zone-unknown", lambda: Calendar("/etc/localtime")),
        ("zone-unknown", lambda: Calendar("Asia/\0")),
        ("hours-overlap", lambda: read_spans("07:30-12:00 11:59-16:00")),
        ("hours-overlap", lambda: Calendar(special_days={date(2026, 1, 1): ((0, 60), (30, 90))})),
        ("hours-empty", lambda: read_spans("12:00-12:00")),
        ("hours-empty", lambda: read_spans("22:00-06:00")),
        ("hours-empty", lambda: Calendar(special_days={date(2026, 1, 1): ()})),
        ("hours-outside", lambda: read_spans("08:00-24:01")),
        ("hours-outside", lambda: Calendar(special_days={date(2026, 1, 1): ((-5, 60),)})),
        ("hours-unreadable", lambda: read_spans("pagi")),
        ("hours-unreadable", lambda: read_spans("07:75-12:00")),
        ("no-hours", lambda: Calendar(week=OFF)),
        ("no-hours", lambda: Period(date(2026, 2, 19), date(2026, 3, 20), OFF)),
        ("week-incomplete", lambda: Calendar(week=OFFICE_WEEK[:5])),  # type: ignore[arg-type]  # the point of the test
        ("period-reversed", lambda: Period(date(2026, 3, 20), date(2026, 2, 19))),
        (
            "period-overlap",
            lambda: Calendar(
                ramadan=(
                    Period(date(2026, 3, 20), date(2026, 4, 2)),
                    Period(date(2026, 2, 19), date(2026, 3, 20)),
                )
            ),
        ),
        ("not-a-date", lambda: Calendar(days_off={datetime(2026, 1, 1, tzinfo=UTC): "libur"})),
        ("not-a-date", lambda: Calendar(special_days={datetime(2026, 1, 1, tzinfo=UTC): ((0, 60),)})),
    ],
    ids=map(str, count()),
)
def test_calendar_refuses(reason: str, make: Callable[[], object]) -> None:
    with pytest.raises(CalendarRefused) as refused:
        make()

    assert refused.value.reason == refused.value.facts["reason"] == reason
    assert refused.value.code == "calendar-refused"
    assert str(refused.value)


ALL_OFF = Calendar(
    days_off={date(2026, 1, 1) + timedelta(days=number): "libur" for number in range(3 * 366)},
)


@pytest.mark.parametrize(
    ("reason", "ask"),
    [
        ("naive", lambda: add(Calendar(), MONDAY.replace(tzinfo=None), 5)),
        ("naive", lambda: worked(Calendar(), MONDAY, MONDAY.replace(tzinfo=None))),
        ("naive", lambda: remaining(Calendar(), MONDAY, MONDAY.replace(tzinfo=None), None)),
        ("negative", lambda: add(Calendar(), MONDAY, -1)),
        ("negative", lambda: subtract(Calendar(), MONDAY, -1)),
        ("negative", lambda: add_days(Calendar(), MONDAY, -1)),
        ("not-whole", lambda: add(Calendar(), MONDAY, 1.5)),  # type: ignore[arg-type]  # the point of the test
        ("not-whole", lambda: add_days(Calendar(), MONDAY, True)),  # noqa: FBT003 - the point of the test
        ("beyond-calendar", lambda: add(Calendar(), datetime(1999, 12, 1, tzinfo=UTC), 5)),
        ("beyond-calendar", lambda: add(Calendar(), datetime.max.replace(tzinfo=UTC), 5)),
        ("beyond-calendar", lambda: add(Calendar(), datetime(2199, 12, 31, 1, tzinfo=UTC), 5000)),
        ("beyond-calendar", lambda: add_days(Calendar(), datetime(2199, 12, 31, 1, tzinfo=UTC), 5)),
        ("beyond-calendar", lambda: subtract(Calendar(), datetime(2000, 1, 4, tzinfo=UTC), 5000)),
    ],
    ids=map(str, count()),
)
def test_reckoning_refuses(reason: str, ask: Callable[[], object]) -> None:
    with pytest.raises(MomentRefused) as refused:
        ask()

    assert refused.value.reason == reason


def test_years_without_any_working_day_are_passed() -> None:
    monday = datetime(2029, 1, 8, 1, tzinfo=UTC)

    assert add_days(ALL_OFF, MONDAY, 1) > datetime(2029, 1, 1, tzinfo=UTC)
    assert subtract(ALL_OFF, monday, 10_000) < datetime(2026, 1, 1, tzinfo=UTC)
    assert worked(ALL_OFF, MONDAY, MONDAY + timedelta(days=600)) == timedelta(0)


def test_one_calendar_serves_many_threads() -> None:
    calendar, alone = Calendar(), Calendar()
    starts = [MONDAY + timedelta(days=97 * number) for number in range(40)]

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda start: add(calendar, start, 45_000), starts))

    assert found == [add(alone, start, 45_000) for start in starts]
