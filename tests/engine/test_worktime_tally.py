"""Adding up the working time of many moments at once agrees with measuring each by itself."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.engine.worktime import Calendar, Period, Tally, mean_day, read_spans, worked_minutes
from service.engine.worktime.seed import seed_days, seed_ramadan

OFFICE = Calendar(days_off=seed_days(2024, 2028), ramadan=tuple(period for period, _ in seed_ramadan(2024, 2028)))
FIRST, LAST = datetime(2024, 1, 1, tzinfo=UTC), datetime(2028, 12, 31, tzinfo=UTC)
MOMENTS = st.datetimes(FIRST.replace(tzinfo=None), LAST.replace(tzinfo=None), timezones=st.just(UTC))


@given(st.lists(MOMENTS, min_size=2, max_size=9))
def test_it_measures_as_one_by_one(moments: list[datetime]) -> None:
    moments.sort()
    tally = Tally(OFFICE, moments[0], moments[-1])

    places = tally.positions(moments)

    found = tally.minutes(places[:-1], places[1:])
    assert found == [worked_minutes(OFFICE, start, end) for start, end in pairwise(moments)]


@pytest.mark.parametrize("zone", ["Asia/Jakarta", "Asia/Jayapura", "Pacific/Kiritimati"])
def test_a_year_that_begins_elsewhere_is_no_gap(zone: str) -> None:
    calendar = Calendar(zone=zone)
    midnight = datetime(2026, 1, 1, tzinfo=calendar.time_zone).astimezone(UTC)
    moments = [midnight + timedelta(hours=hours) for hours in (-40, -14, -1, 0, 1, 9, 40)]
    tally = Tally(calendar, moments[0], moments[-1])

    places = tally.positions(moments)

    assert tally.minutes([places[0]] * 7, places) == [worked_minutes(calendar, moments[0], one) for one in moments]


def test_a_working_day_is_that_of_the_ordinary_week() -> None:
    half = read_spans("08:00-12:00")
    whole = read_spans("08:00-12:00 13:00-16:00")

    assert mean_day(OFFICE) == 450
    assert mean_day(Calendar(week=(whole, half, (), (), (), (), ()))) == 330
    assert mean_day(Calendar(ramadan=(Period(FIRST.date(), LAST.date()),))) == 450
