"""The working calendar of one office or unit, a value that never changes."""

import re
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise
from types import MappingProxyType
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from service.engine.worktime.refusals import CalendarRefused, MomentRefused
from service.engine.worktime.timeline import FIRST_YEAR, LAST_YEAR, Spot, Year, lay_out

Spans = tuple[tuple[int, int], ...]
"""Open hours of one day, each from and to in minutes after local midnight."""
Week = tuple[Spans, Spans, Spans, Spans, Spans, Spans, Spans]
"""Open hours of Monday to Sunday; a closed day is an empty tuple."""

_DAY = 24 * 60
_SPAN = re.compile(r"([0-9]{1,2})[:.]([0-9]{2})\s*-\s*([0-9]{1,2})[:.]([0-9]{2})")


def read_spans(text: str) -> Spans:
    """Read "07:30-12:00 13:00-16:00" (or 07.30-12.00, with commas); an empty text is a closed day."""
    spans = []
    for part in re.split(r"[,;]\s*|(?<=[0-9])\s+(?=[0-9])", text.strip()) if text.strip() else ():
        found = _SPAN.fullmatch(part)
        if not found:
            raise CalendarRefused("hours-unreadable", f"{part!r} is not written like 07:30-12:00", hours=part)
        hour, minute, last_hour, last_minute = map(int, found.groups())
        if minute > 59 or last_minute > 59:  # noqa: PLR2004 - minutes of a clock
            raise CalendarRefused("hours-unreadable", f"{part!r} is not a time of day", hours=part)
        spans.append((hour * 60 + minute, last_hour * 60 + last_minute))
    return _checked(spans)


def write_spans(spans: Spans) -> str:
    """Write hours as `read_spans` reads them."""
    return " ".join(_clock(*span) for span in spans)


def read_week(text: str) -> Week:
    """Read the hours of Monday to Sunday, parted by bars."""
    return _checked_week([read_spans(day) for day in text.split("|")])


def write_week(week: Week) -> str:
    """Write a week as `read_week` reads it."""
    return "|".join(write_spans(spans) for spans in week)


def _checked(spans: Iterable[Sequence[int]]) -> Spans:
    ordered = tuple(sorted((start, end) for start, end in spans))
    for start, end in ordered:
        if start >= end:
            raise CalendarRefused(
                "hours-empty", f"hours end before they begin: {_clock(start, end)}", hours=(start, end)
            )
        if start < 0 or end > _DAY:
            raise CalendarRefused("hours-outside", f"hours leave the day: {_clock(start, end)}", hours=(start, end))
    for earlier, later in pairwise(ordered):
        if later[0] < earlier[1]:
            sentence = f"hours overlap: {_clock(*earlier)} and {_clock(*later)}"
            raise CalendarRefused("hours-overlap", sentence, hours=(earlier, later))
    return ordered


def _clock(start: int, end: int) -> str:
    return f"{start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}"


def _checked_week(week: Sequence[Iterable[Sequence[int]]]) -> Week:
    days = tuple(_checked(spans) for spans in week)
    if len(days) != 7:  # noqa: PLR2004 - days of a week
        raise CalendarRefused("week-incomplete", f"a week has 7 days, not {len(days)}")
    if not any(days):
        raise CalendarRefused("no-hours", "a week without any working hour")
    return days


_CLOSED: Spans = ()
_NORMAL, _FRIDAY = read_spans("07:30-12:00 13:00-16:00"), read_spans("07:30-11:30 13:00-16:30")
_FASTING, _FASTING_FRIDAY = read_spans("08:00-12:00 12:30-15:00"), read_spans("08:00-11:30 12:30-15:30")
OFFICE_WEEK: Week = (_NORMAL, _NORMAL, _NORMAL, _NORMAL, _FRIDAY, _CLOSED, _CLOSED)
"""37.5 hours, 450 minutes a day: one possible setting under Perpres 21/2023."""
RAMADAN_WEEK: Week = (_FASTING, _FASTING, _FASTING, _FASTING, _FASTING_FRIDAY, _CLOSED, _CLOSED)
"""32.5 hours, 390 minutes a day."""


@dataclass(frozen=True)
class Period:
    """Days, both ends included, with a week of their own: Ramadan."""

    first: date
    last: date
    week: Week = RAMADAN_WEEK

    def __post_init__(self) -> None:
        _only_dates((self.first, self.last))
        if self.last < self.first:
            sentence = f"the period ends on {self.last}, before it begins on {self.first}"
            raise CalendarRefused("period-reversed", sentence, first=self.first, last=self.last)
        object.__setattr__(self, "week", _checked_week(self.week))


@dataclass(frozen=True)
class Calendar:
    """When an office or unit works. Equal calendars are equal values; build one per office and keep it."""

    zone: str = "Asia/Jakarta"
    week: Week = OFFICE_WEEK
    ramadan: tuple[Period, ...] = ()
    days_off: Mapping[date, str] = field(default_factory=dict)
    special_days: Mapping[date, Spans] = field(default_factory=dict)
    """Days with hours of their own; they win over days off, Ramadan and the week."""
    day_of_480: bool = False
    decreed: frozenset[int] | None = None
    """Years whose holidays are settled by a decree; None where the office does not keep track."""
    time_zone: ZoneInfo = field(init=False, repr=False, compare=False)
    _years: dict[int, Year] = field(init=False, repr=False, compare=False, default_factory=dict)
    ambers: dict[Hashable, datetime] = field(init=False, repr=False, compare=False, default_factory=dict)
    spots: dict[datetime, Spot] = field(init=False, repr=False, compare=False, default_factory=dict)
    """What was computed on this calendar and is asked for again."""

    def __post_init__(self) -> None:
        _only_dates((*self.days_off, *self.special_days))
        checked = {
            "time_zone": _time_zone(self.zone),
            "week": _checked_week(self.week),
            "ramadan": _apart(self.ramadan),
            "decreed": None if self.decreed is None else frozenset(self.decreed),
            "days_off": MappingProxyType(dict(self.days_off)),
            "special_days": MappingProxyType({day: _special(day, hours) for day, hours in self.special_days.items()}),
        }
        for name, value in checked.items():
            object.__setattr__(self, name, value)

    def __hash__(self) -> int:
        days = frozenset(self.days_off.items()), frozenset(self.special_days.items())
        return hash((self.zone, self.week, self.ramadan, self.day_of_480, self.decreed, days))

    def hours_of(self, day: date) -> Spans:
        """Return when the office is open on this local day."""
        if day in self.special_days:
            return self.special_days[day]
        if day in self.days_off:
            return _CLOSED
        week = next((period.week for period in self.ramadan if period.first <= day <= period.last), self.week)
        return week[day.weekday()]

    def year(self, year: int) -> Year:
        """Return the laid out year; made on first use, and harmless when two threads make it at once."""
        known = self._years.get(year)
        if known is None:
            if not FIRST_YEAR <= year <= LAST_YEAR:
                sentence = f"working time is known from {FIRST_YEAR} to {LAST_YEAR}, not in {year}"
                raise MomentRefused("beyond-calendar", sentence, year=year)
            known = self._years[year] = lay_out(year, self.time_zone, self.hours_of)
        return known


def _only_dates(days: Iterable[date]) -> None:
    for day in days:
        if type(day) is not date:  # a datetime is a date to Python, but never equals one
            raise CalendarRefused("not-a-date", f"{day!r} is not a date", day=day)


def _time_zone(key: str) -> ZoneInfo:
    try:
        return ZoneInfo(key)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise CalendarRefused("zone-unknown", f"{key!r} is no time zone", zone=key) from error


def _apart(periods: Iterable[Period]) -> tuple[Period, ...]:
    ordered = tuple(sorted(periods, key=lambda period: period.first))
    for earlier, later in pairwise(ordered):
        if later.first <= earlier.last:
            sentence = f"periods overlap on {later.first}"
            raise CalendarRefused("period-overlap", sentence, first=later.first, last=earlier.last)
    return ordered


def _special(day: date, hours: Spans) -> Spans:
    if not hours:
        raise CalendarRefused("hours-empty", f"{day} has no hours; make it a day off instead", day=day)
    return _checked(hours)
