"""Dates, times and durations: laws of reckoning, and what no text and no number may do."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.engine.expression import JSON, compile_expression
from service.engine.expression.temporal import Months, iso, read_any


def value(text: str, **names: object) -> JSON:
    return compile_expression(text).evaluate(names)


# Reading ----------------------------------------------------------------------------------------

READ: list[tuple[str, str | None]] = [
    ("2026-01-31", "2026-01-31"),
    ("2026-02-30", None),
    ("26-01-31", None),
    ("2026-01-31 ", None),
    ("\uff12026-01-31", None),
    ("08:30", "08:30:00"),
    ("08:30:15.250", "08:30:15.25"),
    ("08:30:00+00:00", "08:30:00Z"),
    ("08:30:00-09:30", "08:30:00-09:30"),
    ("08:30:00+24:00", None),
    ("08:30:60", None),
    ("24:00:00", None),
    ("08:30:00@Asia/Jakarta", None),
    ("2026-01-31T08:30", "2026-01-31T08:30:00"),
    ("2026-01-31T08:30:00+07:00", "2026-01-31T08:30:00+07:00"),
    ("2026-01-31T", None),
    ("0000-01-01", None),
    ("P0D", "PT0S"),
    ("P0Y", "P0M"),
    ("P13M", "P1Y1M"),
    ("-P1DT36H", "-P2DT12H"),
    ("PT0.000001S", "PT0.000001S"),
    ("P1Y1D", None),
    ("P1M0D", None),
    ("P1.5D", None),
    ("P9999999999D", None),
    ("P999999999DT999999999H", None),
    ("", None),
    ("-", None),
    ("P" * 10_000, None),
]


@pytest.mark.parametrize(("text", "expected"), READ, ids=[text[:30] for text, _ in READ])
def test_a_text_is_read_whole_or_not_at_all(text: str, expected: str | None) -> None:
    found = read_any(text)

    assert (None if found is None else iso(found)) == expected


def test_the_four_functions_read_their_own_kind_and_no_other() -> None:
    texts = ["2026-01-31", "2026-01-31T08:30:00", "08:30:00", "P1D", "P1M", "x"]
    text = "[date(x), date and time(x), time(x), duration(x)]"

    assert [value(text, x=each) for each in texts] == [
        ["2026-01-31", "2026-01-31T00:00:00", None, None],
        ["2026-01-31", "2026-01-31T08:30:00", None, None],
        [None, None, "08:30:00", None],
        [None, None, None, "P1D"],
        [None, None, None, "P1M"],
        [None, None, None, None],
    ]


# What must not happen ---------------------------------------------------------------------------

HOSTILE: list[tuple[str, JSON]] = [
    ('date("2026-01-01").__class__', None),
    ('date("2026-01-01").replace', None),
    ('date("2026-01-01").max', None),
    ('time("10:00:00").tzinfo', None),
    ('@"P1D".total_seconds', None),
    ('@"P1M".count', None),
    ('[@"P1M"].count', [None]),
    ('"a".__class__', None),
    ("{a: 1}.__class__", None),
    ('duration("P999999999Y") * 999999999', None),
    ('@"P1D" * (10 ** 400)', None),
    ('@"P1D" * (9 ** (9 ** 9))', None),
    ('@"P1M" * (10 ** 400)', None),
    ('@"P999999999D" + @"P1D"', None),
    ('-@"P999999999D" - @"P1D"', None),
    ('@"P1D" / @"PT0S"', None),
    ('@"P1M" / 0', None),
    ('@"9999-12-31" + @"P1D"', None),
    ('@"0001-01-01" - @"P1M"', None),
    ('@"2026-01-01" + @"P999999999Y"', None),
    ('@"9999-12-31T23:59:59" + @"PT1S"', None),
    ("date(10 ** 400, 1, 1)", None),
    ("date(2026, 1, 0.5)", None),
    ("time(10, 10, 10 ** 400)", None),
    ("time(10, 10, -1)", None),
    ('time(10, 10, 10, @"P2D")', None),
    ('time(10, 10, 10, @"PT0.5S")', None),
    ('time(10, 10, 10, @"P1M")', None),
    ('time(10, 10, 10, "PT7H")', None),
    ('@"10:00:00" - @"10:00:00Z"', None),
    ('@"2026-01-01T10:00:00" - @"2026-01-01T10:00:00Z"', None),
    ('sort([@"10:00:00", @"10:00:00Z"])', None),
    ('max(@"10:00:00", @"10:00:00Z")', None),
    ('sort([@"2026-01-02", "2026-01-01"])', None),
    ('@"2026-01-01" ** 2', None),
    ('@"2026-01-01" / 2', None),
    ('for x in @"2026-01-01"..@"2026-01-03" return x', None),
]


@pytest.mark.parametrize(("text", "expected"), HOSTILE)
def test_what_has_no_answer_is_null(text: str, expected: JSON) -> None:
    assert value(text) == expected


TWINS: list[tuple[str, JSON]] = [
    ('duration("P9Y") * 9', "P81Y"),
    ('@"P999999998D" + @"P1D"', "P999999999D"),
    ('@"9999-12-30" + @"P1D"', "9999-12-31"),
    ('@"0001-02-01" - @"P1M"', "0001-01-01"),
    ("time(10, 10, 59.25)", "10:10:59.25"),
    ('time(10, 10, 10, @"-PT3H30M")', "10:10:10-03:30"),
    ('@"10:00:00+07:00" - @"10:00:00Z"', "-PT7H"),
    ('sort([@"10:00:00Z", @"10:00:00+07:00"])', ["10:00:00+07:00", "10:00:00Z"]),
    ('sort([@"P1D", @"PT1H", @"-P1D"])', ["-P1D", "PT1H", "P1D"]),
    ('distinct values([@"P1D", @"PT24H", @"P1M", "P1D", 1])', ["P1D", "P1M", "P1D", 1]),
    ('@"2026-01-31".weekday', 6),
    ('@"08:30:15.25".second', 15.25),
    ('[@"P1D"] = @"PT24H"', True),
    ('{a: @"P1D"} = {a: "P1D"}', True),
    ('string([@"P1D", {a: @"10:00:00"}])', "[P1D, {a: 10:00:00}]"),
    ('years and months duration(@"2026-03-15", @"2026-01-20")', "-P1M"),
    ('@"2026-01-31" - @"2026-01-31T10:00:00Z"', "-PT10H"),
    ("date = 1 and time = 2", False),
]


@pytest.mark.parametrize(("text", "expected"), TWINS)
def test_what_has_an_answer_has_this_one(text: str, expected: JSON) -> None:
    assert value(text) == expected


def test_values_of_time_come_in_from_outside() -> None:
    names: dict[str, object] = {
        "day": date(2026, 1, 31),
        "here": datetime(2026, 1, 31, 8, 30, tzinfo=ZoneInfo("Asia/Makassar")),
        "there": datetime(2026, 1, 31, 0, 30, tzinfo=UTC),
        "long": timedelta(hours=30),
    }

    assert value("[day, here, there, here = there, here - there, day + long]", **names) == [
        *("2026-01-31", "2026-01-31T08:30:00+08:00", "2026-01-31T00:30:00Z"),
        *(True, "PT0S", "2026-02-01"),
    ]


class Disguised(date):
    """A date that is no plain one."""


def test_a_kind_of_date_that_is_unknown_is_null() -> None:
    assert value("[x, x = null, x.year]", x=Disguised(2026, 1, 31)) == [None, True, None]


# A text from a form -----------------------------------------------------------------------------

TEXTS: list[tuple[str, str, JSON]] = [
    ('x < date("2026-02-01")', "2026-01-31", True),
    ('date("2026-02-01") > x', "2026-01-31", True),
    ('x = date("2026-01-31")', "2026-01-31", True),
    ('x != date("2026-01-31")', "2026-01-31", False),
    ('x in [date("2026-01-01")..date("2026-01-31")]', "2026-01-31", True),
    ('x = date("2026-01-31")', "31 Januari", None),
    ('x < date("2026-02-01")', "2026-01-31T10:00", None),
    ('x < date and time("2026-02-01T08:00:00")', "2026-01-31T10:00", True),
    ('x >= @"08:00:00"', "08:00", True),
    ('x > @"P1D"', "PT25H", True),
    ('x > @"P1D"', "P1M", None),
]


@pytest.mark.parametrize(("text", "given_text", "expected"), TEXTS)
def test_a_text_compares_as_the_kind_of_the_other_side(text: str, given_text: str, expected: JSON) -> None:
    assert value(text, x=given_text) is expected


# Laws -------------------------------------------------------------------------------------------

DATES = st.dates(date(1800, 1, 1), date(2200, 12, 31))
OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(datetime(1800, 1, 1), datetime(2200, 12, 31), timezones=st.one_of(st.none(), OFFSETS))  # noqa: DTZ001 - a bound
TIMES = st.times(timezones=st.one_of(st.none(), OFFSETS))
SPANS = st.timedeltas(timedelta(days=-9_999), timedelta(days=9_999))
MONTHS = st.integers(-999, 999).map(Months)


@given(st.one_of(DATES, MOMENTS, TIMES, SPANS, MONTHS))
def test_what_is_written_is_read_again(given_value: date | time | timedelta | Months) -> None:
    assert read_any(iso(given_value)) == given_value
    assert value("x", x=given_value) == iso(given_value)


@given(MOMENTS, MOMENTS, SPANS)
def test_reckoning_forth_and_back_changes_nothing(a: datetime, b: datetime, span: timedelta) -> None:
    assert value("a + s - s = a", a=a, s=span) is True
    assert value("s + a = a + s", a=a, s=span) is True
    comparable = (a.tzinfo is None) == (b.tzinfo is None)
    assert value("a - b + b = a", a=a, b=b) is comparable
    assert value("a - b = null", a=a, b=b) is not comparable
    assert value("a < b", a=a, b=b) is (a < b if comparable else None)
    assert value("[a < b, a = b, a > b][item]", a=a, b=b) == ([True] if comparable else [])


@given(DATES, DATES, st.integers(-9_999, 9_999), MONTHS)
def test_days_and_months_on_dates(a: date, b: date, days: int, months: Months) -> None:
    assert value("a + s", a=a, s=timedelta(days=days)) == (a + timedelta(days=days)).isoformat()
    assert value("(a - b).days", a=a, b=b) == (a - b).days
    later = value("a + m", a=a, m=months)
    assert isinstance(later, str)
    reached = date.fromisoformat(later)
    assert (reached.year * 12 + reached.month) - (a.year * 12 + a.month) == months.count
    assert reached.day == a.day or (reached.day < a.day and (reached + timedelta(days=1)).day == 1)


@given(DATES, DATES)
def test_whole_months_reach_the_other_date_but_not_beyond(a: date, b: date) -> None:
    early, late = sorted([a, b])
    text = "years and months duration(a, b)"

    assert value(f"a + {text} <= b", a=early, b=late) is True
    assert value(f'a + ({text} + @"P1M") > b or a.day > 28', a=early, b=late) is True
    assert value(f"-({text}) = years and months duration(b, a)", a=early, b=late) is True or early.day > late.day


@given(SPANS, SPANS.filter(bool), st.decimals(-99, 99, places=2))
def test_durations_are_reckoned_as_numbers(a: timedelta, b: timedelta, factor: Decimal) -> None:
    micro = timedelta(microseconds=1)

    assert value("(a + b) - b = a", a=a, b=b) is True
    assert value("a / b * b = a or abs(a / b * b - a) <= s", a=a, b=b, s=micro) is True
    assert value("a * n", a=a, n=factor) == iso(timedelta(microseconds=int(Decimal(a // micro) * factor)))
    assert value("abs(a) = if a < s then -a else a", a=a, s=timedelta()) is True
    assert value('a.days * @"P1D" + a.hours * @"PT1H" + a.minutes * @"PT1M" + a.seconds * @"PT1S" = a', a=a) is True


@given(TIMES, SPANS)
def test_a_time_goes_round_the_clock(at: time, span: timedelta) -> None:
    assert value("a + s - s = a", a=at, s=span) is True
    assert value('a + @"P1D" = a', a=at) is True
