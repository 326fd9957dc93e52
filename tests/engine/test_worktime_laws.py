"""Laws of working time, for office calendars and for calendars made at random."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from service.engine.worktime import (
    OFFICE_WEEK,
    Calendar,
    Colour,
    Period,
    Spans,
    Standard,
    Unit,
    Week,
    add,
    add_days,
    amber_from,
    due,
    is_working,
    next_working_moment,
    previous_working_moment,
    read_spans,
    read_standard,
    remaining,
    subtract,
    subtract_days,
    worked,
    worked_minutes,
    working_days_between,
)
from service.engine.worktime.seed import seed_days, seed_ramadan

TICK = timedelta(microseconds=1)
MINUTE = timedelta(minutes=1)
DAYS_OFF = seed_days(2023, 2028)
RAMADAN = tuple(period for period, _ in seed_ramadan(2023, 2028))
OFFICES = [
    Calendar(zone, ramadan=RAMADAN, days_off=DAYS_OFF) for zone in ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura")
]
FIRST_DAY = date(2026, 2, 9)
DAYS = [FIRST_DAY + timedelta(days=number) for number in range(21)]


@st.composite
def spans(draw: st.DrawFn, most: int = 3) -> Spans:
    edges = sorted(draw(st.sets(st.integers(0, 96), max_size=2 * most)))
    edges = edges[: len(edges) // 2 * 2]
    return tuple((15 * start, 15 * end) for start, end in zip(edges[::2], edges[1::2], strict=True))


@st.composite
def weeks(draw: st.DrawFn) -> Week:
    monday, tuesday, wednesday, thursday, friday, saturday, sunday = (draw(spans()) for _ in range(7))
    assume(monday or tuesday or wednesday)
    return monday, tuesday, wednesday, thursday, friday, saturday, sunday


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    """Make three odd weeks in February 2026: days off, hours of their own, a short Ramadan."""
    some_days = st.sampled_from(DAYS)
    first, last = sorted((draw(some_days), draw(some_days)))
    return Calendar(
        draw(st.sampled_from(["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura", "Asia/Kathmandu"])),
        week=draw(weeks() | st.just(OFFICE_WEEK)),
        ramadan=draw(st.just(()) | st.just((Period(first, last),))),
        days_off=dict.fromkeys(draw(st.sets(some_days, max_size=6)), "libur"),
        special_days=draw(st.dictionaries(some_days, spans().filter(bool), max_size=3)),
    )


offices = st.sampled_from(OFFICES)
long_moments = st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 1), timezones=st.just(UTC))  # noqa: DTZ001
short_moments = st.integers(0, 12 * 24 * 60).map(lambda minute: datetime(2026, 2, 12, tzinfo=UTC) + minute * MINUTE)
amounts = st.integers(0, 60_000) | st.integers(0, 600)
day_counts = st.integers(0, 260) | st.integers(0, 6)
standards = st.builds(Standard, st.integers(1, 150), st.sampled_from(Unit))


def is_open_or_closing(calendar: Calendar, moment: datetime) -> bool:
    return is_working(calendar, moment) or is_working(calendar, moment - TICK)


@given(offices, long_moments, amounts, amounts)
def test_adding_is_additive(calendar: Calendar, start: datetime, first: int, second: int) -> None:
    assert add(calendar, add(calendar, start, first), second) == add(calendar, start, first + second)


@given(offices, long_moments, amounts, amounts)
def test_subtracting_is_additive(calendar: Calendar, end: datetime, first: int, second: int) -> None:
    assert subtract(calendar, subtract(calendar, end, first), second) == subtract(calendar, end, first + second)


@given(offices, long_moments, long_moments, amounts, st.integers(1, 500))
def test_adding_is_monotonic(calendar: Calendar, one: datetime, other: datetime, amount: int, more: int) -> None:
    earlier, later = sorted((one, other))

    assert add(calendar, earlier, amount) <= add(calendar, later, amount)
    assert add(calendar, earlier, amount) < add(calendar, earlier, amount + more)
    assert subtract(calendar, earlier, amount) <= subtract(calendar, later, amount)
    assert subtract(calendar, later, amount + more) < subtract(calendar, later, amount)


@given(offices | calendars(), short_moments, st.integers(0, 2000), st.integers(0, 8))
@settings(deadline=None)
def test_nothing_lands_outside_working_time(calendar: Calendar, moment: datetime, amount: int, days: int) -> None:
    assert is_open_or_closing(calendar, add(calendar, moment, amount))
    assert is_open_or_closing(calendar, subtract(calendar, moment, amount))
    assert is_open_or_closing(calendar, add_days(calendar, moment, days))
    assert is_open_or_closing(calendar, subtract_days(calendar, moment, days))
    assert is_working(calendar, next_working_moment(calendar, moment))
    assert is_open_or_closing(calendar, previous_working_moment(calendar, moment))


@given(offices, long_moments, amounts)
def test_measuring_inverts_adding(calendar: Calendar, moment: datetime, amount: int) -> None:
    assert worked_minutes(calendar, moment, add(calendar, moment, amount)) == amount
    assert worked(calendar, moment, add(calendar, moment, amount)) == amount * MINUTE
    assert worked_minutes(calendar, subtract(calendar, moment, amount), moment) == amount


@given(offices, long_moments, st.integers(1, 60_000))
def test_subtracting_inverts_adding(calendar: Calendar, moment: datetime, amount: int) -> None:
    begun = next_working_moment(calendar, moment)

    assert subtract(calendar, add(calendar, begun, amount), amount) == begun


@given(offices, st.lists(long_moments, min_size=3, max_size=3))
def test_measuring_is_additive_and_antisymmetric(calendar: Calendar, moments: list[datetime]) -> None:
    one, two, three = moments

    assert worked(calendar, one, two) + worked(calendar, two, three) == worked(calendar, one, three)
    assert worked(calendar, one, two) == -worked(calendar, two, one)
    days = working_days_between(calendar, one, two) + working_days_between(calendar, two, three)
    assert days == working_days_between(calendar, one, three)
    assert (worked(calendar, one, two) >= timedelta(0)) or two < one


@given(offices, long_moments, long_moments, day_counts)
def test_day_counts_are_monotonic_and_inverted_by_counting(
    calendar: Calendar, one: datetime, other: datetime, days: int
) -> None:
    earlier, later = sorted((one, other))
    begun = add(calendar, earlier, 0)

    assert add_days(calendar, earlier, days) <= add_days(calendar, later, days)
    assert subtract_days(calendar, earlier, days) <= subtract_days(calendar, later, days)
    assert add_days(calendar, earlier, days) < add_days(calendar, earlier, days + 1)
    assert working_days_between(calendar, begun, add_days(calendar, begun, days)) == days
    assert working_days_between(calendar, subtract_days(calendar, begun, days), begun) == days


@given(offices, long_moments, day_counts, day_counts)
def test_day_counts_add_up_to_the_day(calendar: Calendar, start: datetime, first: int, second: int) -> None:
    in_two = add_days(calendar, add_days(calendar, start, first), second)
    at_once = add_days(calendar, start, first + second)

    zone = calendar.time_zone
    assert in_two.astimezone(zone).date() == at_once.astimezone(zone).date()


@given(offices, long_moments, standards)
def test_due_lies_after_the_start_and_nearer_for_less(calendar: Calendar, start: datetime, standard: Standard) -> None:
    found = due(calendar, start, standard)

    assert found is not None
    assert found > start
    more = due(calendar, start, Standard(standard.value + 1, standard.unit)) if standard.value < 150 else None
    assert more is None or found < more
    assert read_standard(standard.waktu, standard.unit) == standard


@given(offices, long_moments, standards, st.lists(st.floats(0, 1.3), min_size=2, max_size=2))
def test_a_task_only_grows_later(calendar: Calendar, start: datetime, standard: Standard, shares: list[float]) -> None:
    limit = due(calendar, start, standard)
    assert limit is not None
    before, after = (start + share * (limit - start) for share in sorted(shares))
    order = [Colour.WAIT, Colour.SOON, Colour.LATE]

    first, second = (remaining(calendar, now, limit, standard) for now in (before, after))

    assert order.index(first.colour) <= order.index(second.colour)
    assert amber_from(calendar, limit, standard) < limit
    if second.colour is not Colour.LATE:
        assert second.minutes <= first.minutes
        assert second.days <= first.days


@given(offices, long_moments, st.integers(1, 60))
def test_no_more_days_are_left_than_the_standard_has(calendar: Calendar, start: datetime, days: int) -> None:
    standard = Standard(days, Unit.DAYS)

    assert remaining(calendar, start, due(calendar, start, standard), standard).days == days


def walked(calendar: Calendar, moment: datetime, minutes: int, step: timedelta) -> datetime:
    """Walk minute by minute and ask the day's hours each time."""
    while minutes:
        local = (moment if step > timedelta(0) else moment + step).astimezone(calendar.time_zone)
        clock = local.hour * 60 + local.minute
        minutes -= any(start <= clock < end for start, end in calendar.hours_of(local.date()))
        moment += step
    return moment


@given(calendars(), short_moments, st.integers(1, 300))
@example(OFFICES[0], datetime(2026, 2, 13, 9, 30, tzinfo=UTC), 90)
@settings(deadline=None, max_examples=60)
def test_agrees_with_walking_minute_by_minute(calendar: Calendar, moment: datetime, minutes: int) -> None:
    assume(worked(calendar, moment, moment + timedelta(days=8)) >= minutes * MINUTE)

    assert add(calendar, moment, minutes) == walked(calendar, moment, minutes, MINUTE)


@given(calendars(), short_moments, st.integers(1, 300))
@settings(deadline=None, max_examples=60)
def test_agrees_with_walking_backwards(calendar: Calendar, moment: datetime, minutes: int) -> None:
    assume(worked(calendar, moment - timedelta(days=8), moment) >= minutes * MINUTE)

    assert subtract(calendar, moment, minutes) == walked(calendar, moment, minutes, -MINUTE)


@given(calendars(), short_moments, st.integers(0, 6 * 24 * 60))
@settings(deadline=None, max_examples=60)
def test_measure_agrees_with_counting_minutes(calendar: Calendar, start: datetime, length: int) -> None:
    zone = calendar.time_zone
    locals_ = [(start + number * MINUTE).astimezone(zone) for number in range(length)]
    counted = sum(
        any(begin <= local.hour * 60 + local.minute < end for begin, end in calendar.hours_of(local.date()))
        for local in locals_
    )

    assert worked_minutes(calendar, start, start + length * MINUTE) == counted


@pytest.mark.parametrize("change", [datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)])
def test_a_zone_that_changes_its_clock_keeps_the_laws(change: datetime) -> None:
    night = read_spans("00:00-24:00")
    post = Calendar("Europe/Berlin", week=(night, night, night, night, night, night, night))
    office = Calendar("Europe/Berlin")
    before, after = change - timedelta(days=2), change + timedelta(days=2)

    assert worked(post, before, after) == timedelta(days=4)
    for minutes in range(0, 4000, 7):
        assert worked_minutes(office, before, add(office, before, minutes)) == minutes
        assert worked_minutes(post, before, add(post, before, minutes)) == minutes
    assert add(office, before, 900) == walked(office, before, 900, MINUTE)
