"""One year of an office as sorted lists: opening hours in UTC with the working time that lies before them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

from service.engine.worktime.refusals import MomentRefused

FIRST_YEAR, LAST_YEAR = 2000, 2199
MINUTE = 60_000_000
"""Ticks, that is microseconds, of one minute."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)


def ticks(moment: datetime) -> int:
    """Return the microseconds since 1970; a moment without a zone is refused, because guessing it would be wrong."""
    if moment.utcoffset() is None:
        raise MomentRefused("naive", f"{moment.isoformat()} has no time zone")
    return (moment - EPOCH) // TICK


def moment_at(tick: int) -> datetime:
    """Return the moment in UTC."""
    return EPOCH + timedelta(microseconds=tick)


@dataclass(frozen=True, slots=True)
class Spot:
    """A moment as the calendar of an office sees it."""

    local: datetime
    passed: int
    """Working time of the local year before it, in ticks."""
    days: int
    """Working days of the local year up to and with its day."""


@dataclass(frozen=True, slots=True)
class Year:
    """The opening hours of one local year; interval i is open from opens[i] up to closes[i]."""

    opens: tuple[int, ...]
    closes: tuple[int, ...]
    before: tuple[int, ...]
    """Working time before interval i; one more entry than intervals, the last is the year's total."""
    days: tuple[int, ...]
    """Ordinals of the working days."""
    first: tuple[int, ...]
    """First interval of each working day; one more entry than days."""

    @property
    def total(self) -> int:
        """Return the working time of the whole year."""
        return self.before[-1]


def lay_out(year: int, zone: ZoneInfo, spans_of: Callable[[date], tuple[tuple[int, int], ...]]) -> Year:
    """Turn the local hours of every day into UTC once, so that later questions are searches in sorted lists."""
    opens: list[int] = []
    closes: list[int] = []
    days: list[int] = []
    first = [0]
    for ordinal in range(date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal() + 1):
        day = date.fromordinal(ordinal)
        for start, end in spans_of(day):
            opening, closing = _tick(day, start, zone), _tick(day, end, zone)
            opening = max(opening, closes[-1]) if closes else opening  # a zone that jumps may fold hours together
            if opening < closing:
                opens.append(opening)
                closes.append(closing)
        if len(opens) > first[-1]:
            days.append(ordinal)
            first.append(len(opens))
    lengths = (closing - opening for opening, closing in zip(opens, closes, strict=True))
    return Year(tuple(opens), tuple(closes), tuple(accumulate(lengths, initial=0)), tuple(days), tuple(first))


def _tick(day: date, minute: int, zone: ZoneInfo) -> int:
    local = datetime(day.year, day.month, day.day) + timedelta(minutes=minute)  # noqa: DTZ001 - zone on the next line
    return ticks(local.replace(tzinfo=zone))
