"""What is left until a due moment, as codes and numbers; the edge makes the sentence."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from service.engine.worktime.hours import Calendar
from service.engine.worktime.reckoning import (
    counted_days,
    days_between,
    settled,
    spot,
    subtract,
    subtract_days,
    time_between,
    worked_minutes,
)
from service.engine.worktime.standard import Standard, Unit
from service.engine.worktime.timeline import Spot

Key = TypeVar("Key")
Value = TypeVar("Value")

_WARNING_DAYS = 2
_WARNING_ELAPSED = timedelta(days=2)
_HOUR = 60
_KEPT = 10_000
_MINUTE = timedelta(minutes=1)


class Colour(StrEnum):
    """The state token of the due chip."""

    LATE = "late"
    SOON = "soon"
    WAIT = "wait"


class Kind(StrEnum):
    """Which group of a list the task belongs to."""

    LATE = "late"
    LATER = "later"
    NONE = "none"
    SOON = "soon"
    TODAY = "today"


class Words(StrEnum):
    """The sentence of the due chip; names in braces are what it is filled with."""

    DUE_AT = "due-at"
    """tenggat {at as "Sab 7 Nov 10.00"}: no working time left, and not today."""
    LATE = "late"
    """lewat waktu: no whole working minute has passed since."""
    LATE_DAYS = "late-days"
    """lewat {days} hari kerja"""
    LATE_HOURS = "late-hours"
    """lewat {hours} jam {minutes of the hour} menit; without the minutes when they are 0."""
    LATE_MINUTES = "late-minutes"
    """lewat {minutes} menit"""
    LEFT_DAYS = "left-days"
    """sisa {days} hari kerja"""
    LEFT_HOURS = "left-hours"
    """sisa {hours} jam {minutes of the hour} menit"""
    LEFT_MINUTES = "left-minutes"
    """sisa {minutes} menit"""
    NONE = "none"
    """tanpa tenggat"""
    TODAY = "today"
    """hari ini {at as 13.40}"""


@dataclass(frozen=True, slots=True)
class Remaining:
    """The due chip of a task. Amounts are never negative: `kind` says whether they are left or over."""

    kind: Kind
    colour: Colour
    words: Words
    days: int = 0
    """Working days from day to day, what is left from the next working moment on; 0 for elapsed time."""
    minutes: int = 0
    """Working minutes; minutes of the clock for elapsed time."""
    at: datetime | None = None
    """The due moment on the clock of the office."""

    @property
    def hours_and_minutes(self) -> tuple[int, int]:
        """Return the minutes as hours and the rest."""
        return divmod(self.minutes, _HOUR)


def remaining(calendar: Calendar, now: datetime, due: datetime | None, standard: Standard | None) -> Remaining:
    """Say how a task stands at `now`."""
    if due is None:
        return Remaining(Kind.NONE, Colour.WAIT, Words.NONE)
    here, there = _spot(calendar, now), _spot(calendar, due)
    at = there.local
    by_clock = standard is not None and standard.unit is Unit.ELAPSED
    time = due - now if by_clock else time_between(calendar, here, there)
    minutes = abs(-(-time // _MINUTE))  # what is left is rounded up to a begun minute, what is over is rounded down
    if now > due:
        over = 0 if by_clock else days_between(calendar, there, here)
        return Remaining(Kind.LATE, Colour.LATE, _late_words(over, minutes), over, minutes, at)
    days = 0 if by_clock else _days_left(calendar, now, there)
    today = here.local.date() == at.date()
    colour = Colour.SOON if now >= _amber(calendar, due, standard) else Colour.WAIT
    later = Kind.SOON if colour is Colour.SOON else Kind.LATER
    words = _left_words(days, minutes, today=today)
    return Remaining(Kind.TODAY if today else later, colour, words, days, minutes, at)


def _days_left(calendar: Calendar, now: datetime, there: Spot) -> int:
    """Count from the moment at which work can go on: a day off is no day before the first one."""
    return max(0, days_between(calendar, _spot(calendar, settled(calendar, now)), there))


# Lists show the same due moments again and again.


def _spot(calendar: Calendar, moment: datetime) -> Spot:
    return calendar.spots.get(moment) or _kept(calendar.spots, moment, spot(calendar, moment))


def _amber(calendar: Calendar, due: datetime, standard: Standard | None) -> datetime:
    known = calendar.ambers.get((due, standard))
    return known or _kept(calendar.ambers, (due, standard), amber_from(calendar, due, standard))


def _kept(known: dict[Key, Value], key: Key, value: Value) -> Value:
    if len(known) >= _KEPT:
        known.clear()
    known[key] = value
    return value


def amber_from(calendar: Calendar, due: datetime, standard: Standard | None) -> datetime:
    """Return when the chip turns amber; a stored column of it lets a query colour and sort."""
    if standard is not None and standard.unit is Unit.ELAPSED and standard.elapsed <= _WARNING_ELAPSED:
        return due - standard.elapsed / 2
    days, minutes = (counted_days(calendar, standard), standard.minutes) if standard is not None else (0, 0)
    if 0 < days <= _WARNING_DAYS:
        return _half(calendar, due, worked_minutes(calendar, subtract_days(calendar, due, days), due))
    warning = subtract_days(calendar, due, _WARNING_DAYS)
    if minutes and not days and minutes <= worked_minutes(calendar, warning, due):
        return _half(calendar, due, minutes)
    return warning


def _half(calendar: Calendar, due: datetime, minutes: int) -> datetime:
    return subtract(calendar, due, (minutes + 1) // 2)


def _late_words(days: int, minutes: int) -> Words:
    if not minutes:
        return Words.LATE
    if minutes < _HOUR:
        return Words.LATE_MINUTES
    return Words.LATE_DAYS if days else Words.LATE_HOURS


def _left_words(days: int, minutes: int, *, today: bool) -> Words:
    if 0 < minutes < _HOUR:
        return Words.LEFT_MINUTES
    if today:
        return Words.TODAY
    if not minutes:
        return Words.DUE_AT
    return Words.LEFT_DAYS if days else Words.LEFT_HOURS
