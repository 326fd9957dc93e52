"""What is told of due dates: when, to whom, and never twice; by hand and as laws."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.engine.reminders import LATE, Rule, Seat, Stage, Track, is_over, stages, superiors, to_tell, waiting_for
from service.engine.worktime import Calendar, Unit, is_working
from tests.engine.test_worktime_laws import calendars, short_moments

ZONE = ZoneInfo("Asia/Jakarta")
OFFICE = Calendar()


def at(text: str) -> datetime:
    """Return a moment of November 2026 in Jakarta, "3 13.30": the 2nd is a Monday, offices close at 16.00."""
    day, _, clock = text.partition(" ")
    hour, _, minute = clock.partition(".")
    return datetime(2026, 11, int(day), int(hour), int(minute), tzinfo=ZONE)


def told(rule: Rule, opened: str, due: str) -> list[str]:
    found = stages(OFFICE, rule, at(opened), at(due))
    return [f"{stage.track} {stage.rank} {stage.at.astimezone(ZONE):%-d %H.%M}" for stage in found]


@pytest.mark.parametrize(
    ("rule", "opened", "due", "expected"),
    [
        (Rule(), "2 08.00", "5 10.00", ["reminded 0 4 10.00", "reminded 1 5 10.01", "reminded 2 9 10.00",
         "reminded 3 11 10.00", "reminded 4 13 10.00", "escalated 1 10 10.00"]),
        (Rule(times=0), "2 08.00", "4 16.00", ["reminded 0 4 07.30", "reminded 1 5 07.30", "escalated 1 10 07.30"]),
        (Rule(times=0, escalate_after=0), "5 09.00", "5 10.00", ["reminded 1 5 10.01"]),
        (Rule(ahead=0, every=0, escalate_after=1), "2 08.00", "7 10.00",
         ["reminded 1 9 07.30", "escalated 1 10 07.30"]),
        (Rule(ahead=4, ahead_unit=Unit.HOURS, when_late=False, escalate_after=0), "2 08.00", "3 10.00",
         ["reminded 0 2 14.30"]),
        (Rule(is_on=False), "2 08.00", "5 10.00", []),
    ],
    ids=["as usual", "due at closing time", "shorter than a day", "due on a Saturday", "hours before", "switched off"],
)  # fmt: skip
def test_what_is_told_of_a_due_date(rule: Rule, opened: str, due: str, expected: list[str]) -> None:
    assert told(rule, opened, due) == expected


@pytest.mark.parametrize(
    ("now", "before", "expected"),
    [
        ("4 09.59", {}, []),
        ("4 10.00", {}, [(Track.REMINDED, 0)]),
        ("4 10.00", {Track.REMINDED: 0}, []),
        ("5 10.00", {}, [(Track.REMINDED, 0)]),
        ("5 10.01", {Track.REMINDED: 0}, [(Track.REMINDED, LATE)]),
        ("20 09.00", {}, [(Track.REMINDED, 4), (Track.ESCALATED, LATE)]),
        ("20 09.00", {Track.REMINDED: 2, Track.ESCALATED: LATE}, [(Track.REMINDED, 4)]),
        ("9 10.00", {Track.REMINDED: 4}, []),
    ],
    ids=["too early", "a day before", "told already", "just in time", "late", "after weeks away", "half told",
         "told by a rule that repeated more"],
)  # fmt: skip
def test_the_latest_that_came_is_told_and_nothing_twice(
    now: str, before: Mapping[Track, int], expected: list[tuple[Track, int]]
) -> None:
    planned = stages(OFFICE, Rule(), at("2 08.00"), at("5 10.00"))

    assert [(stage.track, stage.rank) for stage in to_tell(planned, before, at(now))] == expected


def test_nobody_is_told_that_something_is_due_soon_when_it_is_late() -> None:
    planned = stages(OFFICE, Rule(when_late=False, escalate_after=0), at("2 08.00"), at("5 10.00"))

    assert to_tell(planned, {}, at("5 10.01")) == ()


def test_a_due_date_beyond_all_calendars_is_not_told_of() -> None:
    far = datetime(2199, 12, 30, 9, 0, tzinfo=ZONE)

    assert stages(OFFICE, Rule(), at("2 08.00"), far) == ()


# Laws -----------------------------------------------------------------------------------------------

rules = st.builds(
    Rule,
    is_on=st.just(value=True),
    ahead=st.integers(0, 5),
    ahead_unit=st.sampled_from([Unit.DAYS, Unit.HOURS]),
    when_late=st.booleans(),
    every=st.integers(0, 4),
    times=st.integers(0, 4),
    escalate_after=st.integers(0, 6),
)


def kept(planned: tuple[Stage, ...], looks: list[datetime], calendar: Calendar) -> list[tuple[datetime, Stage]]:
    """Play somebody who looks at some moments, while the office works, and remembers what he told."""
    ranks: dict[Track, int] = {}
    found = []
    for now in looks:
        if is_working(calendar, now):
            for stage in to_tell(planned, ranks, now):
                ranks[stage.track] = stage.rank
                found.append((now, stage))
    return found


@settings(max_examples=40)
@given(calendars(), rules, short_moments, short_moments)
def test_every_stage_begins_in_working_time_and_in_order(
    calendar: Calendar, rule: Rule, one: datetime, other: datetime
) -> None:
    opened, due = sorted((one, other))
    planned = stages(calendar, rule, opened, due)

    assert all(is_working(calendar, stage.at) for stage in planned)
    assert all((stage.rank >= LATE) == (stage.at > due) for stage in planned)
    assert all(stage.at > opened for stage in planned)
    for track in Track:
        own = [stage for stage in planned if stage.track is track]
        assert [stage.rank for stage in own] == sorted({stage.rank for stage in own})
        assert [stage.at for stage in own] == sorted(stage.at for stage in own)


@settings(max_examples=40)
@given(calendars(), rules, short_moments, short_moments, st.lists(short_moments, max_size=30), st.data())
def test_whoever_looks_less_often_tells_nothing_twice_and_nothing_else(
    calendar: Calendar, rule: Rule, one: datetime, other: datetime, looks: list[datetime], data: st.DataObject
) -> None:
    opened, due = sorted((one, other))
    planned, looks = stages(calendar, rule, opened, due), sorted(looks)
    some = sorted(data.draw(st.lists(st.sampled_from(looks)))) if looks else []

    often, seldom = kept(planned, looks, calendar), kept(planned, some, calendar)

    for told in (often, seldom):
        for track in Track:
            ranks = [stage.rank for _, stage in told if stage.track is track]
            assert ranks == sorted(set(ranks))
    known = {(stage.track, stage.rank) for _, stage in often}
    assert {(stage.track, stage.rank) for _, stage in seldom} <= known
    if some and looks and some[-1] == looks[-1] and is_working(calendar, looks[-1]):  # who looks last knows all
        last = {track: max((rank for own, rank in known if own is track), default=-1) for track in Track}
        if last[Track.ESCALATED] >= 0:
            assert (Track.ESCALATED, LATE) in {(stage.track, stage.rank) for _, stage in seldom}


@settings(max_examples=40)
@given(
    calendars(), rules, short_moments, short_moments, short_moments,
    st.dictionaries(st.sampled_from(Track), st.integers(0, 6)),
)  # fmt: skip
def test_when_all_is_told_there_is_nothing_to_tell(
    calendar: Calendar, rule: Rule, one: datetime, other: datetime, now: datetime, told: dict[Track, int]
) -> None:
    opened, due = sorted((one, other))

    if is_over(rule, told):
        assert to_tell(stages(calendar, rule, opened, due), told, now) == ()


@settings(max_examples=40)
@given(calendars(), rules, short_moments, st.integers(1, 5_000), st.lists(short_moments, max_size=20))
def test_a_clock_that_goes_back_tells_nothing_again(
    calendar: Calendar, rule: Rule, opened: datetime, minutes: int, looks: list[datetime]
) -> None:
    planned = stages(calendar, rule, opened, opened + timedelta(minutes=minutes))

    told = [(stage.track, stage.rank) for _, stage in kept(planned, looks, calendar)]

    assert len(told) == len(set(told))


# To whom --------------------------------------------------------------------------------------------

ABOVE = {"jfu": "kasubbag", "kasubbag": "sekretaris", "kabid": "sekretaris", "sekretaris": "kadis", "a": "b", "b": "a"}


def seat(number: int, post: str, unit: str = "", title: str = "") -> Seat:
    return Seat(UUID(int=number), f"orang{number}", post, unit, title or post)


JFU, JFU2, KASUBBAG, KABID = seat(1, "jfu", "sub"), seat(2, "jfu", "sub"), seat(3, "kasubbag", "sub"), seat(4, "kabid")
KADIS, PLH = seat(5, "kadis"), seat(4, "sekretaris", title="Plh. sekretaris")


@pytest.mark.parametrize(
    ("groups", "barred", "expected"),
    [
        (["jfu"], [], [JFU, JFU2]),
        (["sub"], [], [JFU, JFU2, KASUBBAG]),
        (["@orang5", "kabid"], [], [KABID, KADIS]),
        (["jfu"], [UUID(int=1)], [JFU2]),
        (["nobody"], [], []),
    ],
    ids=["a post", "a unit", "a person", "own work", "vacant"],
)
def test_all_who_may_do_it_are_told(groups: list[str], barred: list[UUID], expected: list[Seat]) -> None:
    assert list(waiting_for([JFU, JFU2, KASUBBAG, KABID, KADIS], groups, barred)) == expected


@pytest.mark.parametrize(
    ("seats", "posts", "having", "expected"),
    [
        ([JFU, KASUBBAG, KADIS], {"jfu"}, {1}, [KASUBBAG]),
        ([JFU, KADIS], {"jfu"}, {1}, [KADIS]),
        ([JFU, PLH, KADIS], {"jfu"}, {1}, [PLH]),
        ([JFU, KASUBBAG, PLH, KADIS], {"jfu", "kasubbag"}, {1, 3}, [PLH]),
        ([KABID, PLH, KADIS], {"kabid"}, {4}, [KADIS]),
        ([KADIS], {"kadis"}, {5}, []),
        ([JFU], {"a"}, {9}, []),
    ],
    ids=["the next above", "vacant posts are passed", "who acts for it", "above a whole unit",
         "nobody is his own superior", "nobody is above", "two above one another"],
)  # fmt: skip
def test_the_nearest_post_above_that_somebody_holds_is_told(
    seats: list[Seat], posts: set[str], having: set[int], expected: list[Seat]
) -> None:
    found = superiors(seats, ABOVE, posts, {UUID(int=number) for number in having})

    assert list(found) == expected
