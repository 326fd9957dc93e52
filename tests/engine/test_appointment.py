"""Who may be appointed to a post, as what and until when, given who else holds it."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.engine.appointment import (
    DAY,
    Capacity,
    Mandate,
    Period,
    Tenure,
    days,
    midnight,
    months_after,
    require_appointable,
    require_mandate,
)
from service.engine.human import Human
from service.errors import OrganisationRefused

ZONE = ZoneInfo("Asia/Makassar")
DEFINITIVE, PLH, PLT = Capacity.DEFINITIVE, Capacity.PLH, Capacity.PLT
NIP = "198501012010011001"
ANI, BUDI, CITRA = Human(UUID(int=1)), Human(UUID(int=2), NIP), Human(UUID(int=3))
BUDI_AGAIN = Human(UUID(int=4), NIP)
JUNE = date(2026, 6, 1)


def tenure(human: Human, capacity: Capacity, first: date, last: date | None, decree: str = "SK 1/2026") -> Tenure:
    return Tenure(human, f"Pejabat {human.person_id.int}", capacity, days(first, last, ZONE), decree)


def refused(new: Tenure, *others: Tenure, is_shared: bool = False) -> str:
    """Return why an appointment is refused, empty if it is not."""
    try:
        require_appointable(new, others, ZONE, is_shared=is_shared)
    except OrganisationRefused as refusal:
        return refusal.cause
    return ""


HOLDS = tenure(BUDI, DEFINITIVE, date(2024, 1, 1), None)
HELD_BEFORE = tenure(BUDI, DEFINITIVE, date(2024, 1, 1), date(2026, 5, 31))
ACTS_IN_JUNE = tenure(CITRA, PLH, JUNE, date(2026, 6, 30))


@pytest.mark.parametrize(
    ("new", "others", "cause"),
    [
        (tenure(ANI, DEFINITIVE, JUNE, None, ""), [], ""),
        (tenure(ANI, DEFINITIVE, JUNE, None), [HELD_BEFORE], ""),
        (tenure(ANI, DEFINITIVE, date(2026, 5, 31), None), [HELD_BEFORE], "held-twice"),
        (tenure(ANI, DEFINITIVE, JUNE, JUNE), [HOLDS], "held-twice"),
        (tenure(BUDI_AGAIN, DEFINITIVE, JUNE, None), [HOLDS], "held-already"),
        (tenure(BUDI, DEFINITIVE, JUNE, None), [HOLDS], "held-already"),
        (tenure(ANI, DEFINITIVE, JUNE, None), [tenure(CITRA, PLT, JUNE, JUNE)], "acted-for"),
        (tenure(ANI, PLT, JUNE, date(2027, 5, 31)), [HELD_BEFORE], ""),
        (tenure(ANI, PLT, JUNE, date(2027, 6, 1)), [HELD_BEFORE], "too-long"),
        (tenure(ANI, PLT, JUNE, None), [], "end-missing"),
        (tenure(ANI, PLT, JUNE, JUNE, ""), [], "decree-missing"),
        (tenure(ANI, PLT, JUNE, JUNE, "  "), [], "decree-missing"),
        (tenure(ANI, PLT, date(2026, 5, 31), JUNE), [HELD_BEFORE], "post-held"),
        (tenure(ANI, PLT, JUNE, JUNE), [tenure(CITRA, PLT, JUNE, JUNE)], "acting-twice"),
        (tenure(ANI, PLH, JUNE, date(2026, 8, 31)), [HOLDS], ""),
        (tenure(ANI, PLH, JUNE, date(2026, 9, 1)), [HOLDS], "too-long"),
        (tenure(ANI, PLH, date(2026, 11, 30), date(2027, 2, 27)), [HOLDS], ""),
        (tenure(ANI, PLH, date(2026, 11, 30), date(2027, 2, 28)), [HOLDS], "too-long"),
        (tenure(ANI, PLH, JUNE, None), [HOLDS], "end-missing"),
        (tenure(ANI, PLH, JUNE, JUNE, ""), [HOLDS], "decree-missing"),
        (tenure(ANI, PLH, JUNE, JUNE), [], "post-vacant"),
        (tenure(ANI, PLH, date(2026, 5, 31), JUNE), [HELD_BEFORE], "post-vacant"),
        (tenure(BUDI, PLH, JUNE, JUNE), [HOLDS], "holder-himself"),
        (tenure(BUDI_AGAIN, PLH, JUNE, JUNE), [HOLDS], "holder-himself"),
        (tenure(ANI, PLH, date(2026, 6, 30), date(2026, 7, 2)), [HOLDS, ACTS_IN_JUNE], "acting-twice"),
        (tenure(ANI, PLH, date(2026, 7, 1), date(2026, 7, 2)), [HOLDS, ACTS_IN_JUNE], ""),
    ],
)
def test_an_appointment_is_refused_by_what_contradicts_it(new: Tenure, others: list[Tenure], cause: str) -> None:
    assert refused(new, *others) == cause


@pytest.mark.parametrize(
    ("new", "cause"),
    [
        (tenure(ANI, DEFINITIVE, JUNE, None), ""),
        (tenure(BUDI, DEFINITIVE, JUNE, None), "held-already"),
        (tenure(ANI, PLH, JUNE, JUNE), "shared-post"),
        (tenure(ANI, PLT, JUNE, JUNE), "shared-post"),
    ],
)
def test_several_hold_a_shared_post_and_nobody_acts_in_it(new: Tenure, cause: str) -> None:
    assert refused(new, HOLDS, is_shared=True) == cause


def test_a_refusal_names_who_stands_in_the_way_and_when() -> None:
    with pytest.raises(OrganisationRefused) as refusal:
        require_appointable(tenure(ANI, PLH, JUNE, JUNE), [HOLDS, ACTS_IN_JUNE], ZONE, is_shared=False)

    assert refusal.value.facts == {
        "person": "Pejabat 3",
        "prefix": "Plh.",
        "first": JUNE,
        "last": date(2026, 6, 30),
    }


def test_days_are_those_of_the_office_the_first_and_the_last_one_too() -> None:
    period = days(date(2026, 11, 2), date(2026, 11, 4), ZONE)

    assert period.start.astimezone(UTC) == datetime(2026, 11, 1, 16, tzinfo=UTC)
    assert period.end is not None
    assert period.end.astimezone(UTC) == datetime(2026, 11, 4, 16, tzinfo=UTC)
    assert (period.first_day(ZONE), period.last_day(ZONE)) == (date(2026, 11, 2), date(2026, 11, 4))
    assert days(JUNE, None, ZONE).last_day(ZONE) is None


def test_days_do_not_end_before_they_begin() -> None:
    with pytest.raises(OrganisationRefused) as refusal:
        days(JUNE, JUNE - DAY, ZONE)

    assert refusal.value.cause == "ends-before-start"


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2027, 11, 30), 3, date(2028, 2, 29)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
        (date(2026, 6, 1), 12, date(2027, 6, 1)),
    ],
)
def test_months_later_is_the_same_day_or_the_last_one(day: date, months: int, later: date) -> None:
    assert months_after(day, months) == later


@pytest.mark.parametrize(
    ("mandate", "cause"),
    [
        (None, "decree-missing"),
        (Mandate(" ", days(JUNE, JUNE, ZONE)), "decree-missing"),
        (Mandate("ST 1", days(JUNE, None, ZONE)), "end-missing"),
    ],
)
def test_a_mandate_has_a_number_and_an_end(mandate: Mandate | None, cause: str) -> None:
    with pytest.raises(OrganisationRefused) as refusal:
        require_mandate(mandate)

    assert refusal.value.cause == cause


def test_titles_say_as_what_somebody_acts() -> None:
    assert [capacity.prefix for capacity in (DEFINITIVE, PLH, PLT)] == ["", "Plh.", "Plt."]


# Laws -----------------------------------------------------------------------------------------------

NOON = timedelta(hours=12)
periods = st.builds(
    lambda first, length: Period(
        midnight(JUNE + first * DAY, ZONE), None if length is None else midnight(JUNE + (first + length) * DAY, ZONE)
    ),
    st.integers(0, 30),
    st.none() | st.integers(0, 15),
)


def moments(period: Period) -> set[datetime]:
    """Return the noons of all days that somebody could mean."""
    noons = (midnight(JUNE + day * DAY, ZONE) + NOON for day in range(60))
    return {noon for noon in noons if period.holds(noon)}


@given(periods, periods)
def test_periods_overlap_when_some_moment_is_in_both(one: Period, other: Period) -> None:
    assert one.overlaps(other) is other.overlaps(one) is bool(moments(one) & moments(other))


@given(periods, periods)
def test_a_period_covers_another_when_no_moment_of_it_is_outside(one: Period, other: Period) -> None:
    if not other.is_empty and not one.is_empty:
        assert one.covers(other) is (moments(other) <= moments(one) and (one.end is None or other.end is not None))


@given(
    st.lists(
        st.tuples(st.sampled_from([ANI, BUDI, BUDI_AGAIN, CITRA]), st.sampled_from(Capacity), st.integers(0, 30),
                  st.none() | st.integers(0, 15)),
        max_size=12,
    )
)  # fmt: skip
def test_whatever_is_tried_nobody_contradicts_anybody(wanted: list[tuple[Human, Capacity, int, int | None]]) -> None:
    taken: list[Tenure] = []
    for human, capacity, first, length in wanted:
        last = None if length is None else JUNE + (first + length) * DAY
        new = tenure(human, capacity, JUNE + first * DAY, last)
        if not refused(new, *taken):
            taken.append(new)

    for noon in (midnight(JUNE + day * DAY, ZONE) + NOON for day in range(60)):
        present = [one for one in taken if one.period.holds(noon)]
        holders = [one for one in present if one.capacity is DEFINITIVE]
        acting = [one for one in present if one.capacity is not DEFINITIVE]
        assert len(holders) <= 1
        assert len(acting) <= 1
        assert all(bool(holders) is (one.capacity is PLH) for one in acting)
        assert not any(one.human.is_among([holder.human]) for one in acting for holder in holders)
