"""Reminders of a task: what is told of its due date at which working moment, and to whom.

Decisions, each held by a test:

- Who has the task is told before it is due, when it is late, and again; the post above is told by itself. Of several
  stages that came while nobody looked, the last one alone is told.
- A stage that falls outside working time comes when work begins. A task is late a minute after its due moment.
- Nobody is told ahead of a task that was opened later than that, nor of one that is late by now.
- A due date that moves is a new one, with stages of its own.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from service.engine.assignment import PERSON
from service.engine.worktime import (
    Calendar,
    MomentRefused,
    Unit,
    add_days,
    next_working_moment,
    subtract,
    subtract_days,
)

AHEAD, LATE = 0, 1
"""Ranks of the first stages for whom a task waits; those after them tell it again."""
LARGEST = {"ahead": 30, "every": 30, "times": 10, "escalate_after": 60}
"""More is a typing error."""
UNITS = (Unit.DAYS, Unit.HOURS)
"""What the time before a due date is counted in: working days, working hours."""
_HOUR = 60
_LATER = timedelta(minutes=1)


class Track(StrEnum):
    """Who is told, as the history of a case calls it."""

    ESCALATED = "escalated"
    """Whoever holds the post above."""
    REMINDED = "reminded"
    """Whoever has the task."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What people are told of the due dates of a process; 0 leaves that part out."""

    is_on: bool = True
    ahead: int = 1
    """So long before a due date."""
    ahead_unit: Unit = Unit.DAYS
    when_late: bool = True
    every: int = 2
    """Working days from one time to the next, once it is late."""
    times: int = 3
    """How often it is told again."""
    escalate_after: int = 3
    """Working days after which the post above is told."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Something to be told of a due date; of two of a track the one of higher rank comes later."""

    track: Track
    rank: int
    at: datetime
    """The working moment from which on it is true."""
    until: datetime | None = None
    """The last moment at which it is."""


@dataclass(frozen=True, slots=True)
class Seat:
    """Somebody in a post that he holds now, himself or for another."""

    person_id: UUID
    user_name: str
    post: str
    unit: str
    title: str
    """As what he signs: "Plh. Sekretaris"."""


def stages(calendar: Calendar, rule: Rule, opened: datetime, due: datetime) -> tuple[Stage, ...]:
    """Return what is told of a task that was opened at a moment, each track in the order of time."""
    if not rule.is_on:
        return ()
    try:
        return (*_ahead(calendar, rule, opened, due), *_late(calendar, rule, due), *_escalated(calendar, rule, due))
    except MomentRefused:  # nobody knows how the office works then
        return ()


def is_over(rule: Rule, told: Mapping[Track, int]) -> bool:
    """Tell whether everything was told that a rule has, so that nobody need reckon when it would come."""
    last = LATE + rule.times * bool(rule.every) if rule.when_late else AHEAD
    return told.get(Track.REMINDED, -1) >= last and (not rule.escalate_after or Track.ESCALATED in told)


def to_tell(planned: Iterable[Stage], told: Mapping[Track, int], now: datetime) -> tuple[Stage, ...]:
    """Return what has to be told now: of each track the last stage that has come, if none so high was told before."""
    last = {stage.track: stage for stage in planned if stage.at <= now}
    return tuple(
        stage
        for stage in last.values()
        if stage.rank > told.get(stage.track, -1) and (stage.until is None or now <= stage.until)
    )


def waiting_for(seats: Iterable[Seat], groups: Collection[str], barred: Collection[UUID]) -> tuple[Seat, ...]:
    """Return who may do work of these groups, without those who may not decide on their own."""
    wanted = set(groups)
    return tuple(
        seat
        for seat in seats
        if wanted & {seat.post, seat.unit, PERSON + seat.user_name} and seat.person_id not in barred
    )


def superiors(
    seats: Collection[Seat], above: Mapping[str, str], posts: Collection[str], told: Collection[UUID]
) -> tuple[Seat, ...]:
    """Return who holds the nearest posts above some, whoever is not told of the work anyway; vacant ones are passed."""
    for level in _levels(above, posts):
        if found := tuple(seat for seat in seats if seat.post in level and seat.person_id not in told):
            return found
    return ()


def _ahead(calendar: Calendar, rule: Rule, opened: datetime, due: datetime) -> Iterator[Stage]:
    if not rule.ahead:
        return
    if rule.ahead_unit is Unit.HOURS:
        wanted = subtract(calendar, due, rule.ahead * _HOUR)
    else:
        wanted = subtract_days(calendar, due, rule.ahead)
    at = next_working_moment(calendar, wanted)
    if opened < at < due:
        yield Stage(Track.REMINDED, AHEAD, at, due)


def _late(calendar: Calendar, rule: Rule, due: datetime) -> Iterator[Stage]:
    if not rule.when_late:
        return
    yield Stage(Track.REMINDED, LATE, next_working_moment(calendar, due + _LATER))
    if rule.every:
        for number in range(1, rule.times + 1):
            yield Stage(Track.REMINDED, LATE + number, _days_after(calendar, due, number * rule.every))


def _escalated(calendar: Calendar, rule: Rule, due: datetime) -> Iterator[Stage]:
    if rule.escalate_after:
        yield Stage(Track.ESCALATED, LATE, _days_after(calendar, due, rule.escalate_after))


def _days_after(calendar: Calendar, due: datetime, days: int) -> datetime:
    return next_working_moment(calendar, add_days(calendar, due, days))


def _levels(above: Mapping[str, str], posts: Collection[str]) -> Iterator[set[str]]:
    """Yield the posts that some answer to, those that these answer to, and so on."""
    level, seen = set(posts), set(posts)
    while level := {superior for post in level if (superior := above.get(post))} - seen:
        seen |= level
        yield level
