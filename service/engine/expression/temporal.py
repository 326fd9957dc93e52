"""Dates, times, dates with times, and the two kinds of durations.

They are Python's own values, so years run from 1 to 9999; zones are offsets from UTC, never names. The clock is
never read.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Final, TypeVar


@dataclass(frozen=True, slots=True, order=True)
class Months:
    """A years and months duration."""

    count: int


Temporal = date | time | timedelta | Months
"""datetime is a kind of date for Python; for the language it is another kind."""
TEMPORAL: Final = frozenset({date, datetime, time, timedelta, Months})

MICROSECOND: Final = timedelta(microseconds=1)
YEAR: Final = 12
"""Months of a year."""

_LONGEST: Final = 40
"""Characters of a date with time; a text may be far longer and is none then."""
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME: Final = re.compile(r"([0-9]{2}:[0-9]{2})(:[0-9]{2}(?:\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})?")
_DURATION: Final = re.compile(
    r"(-)?P(?=[0-9]|T[0-9])(?:([0-9]{1,9})Y)?(?:([0-9]{1,9})M)?(?:([0-9]{1,9})D)?"
    r"(?:T(?=[0-9])(?:([0-9]{1,9})H)?(?:([0-9]{1,9})M)?(?:([0-9]{1,9}(?:\.[0-9]{1,6})?)S)?)?"
)

_T = TypeVar("_T")

# Reading ----------------------------------------------------------------------------------------


def possible(make: Callable[[], _T]) -> _T | None:
    """Make a value; null when the calendar has no such one."""
    try:
        return make()
    except (ValueError, OverflowError):
        return None


def read_date(text: str) -> date | None:
    """Read `2026-01-31`."""
    return possible(lambda: date.fromisoformat(text)) if _DATE.fullmatch(text) else None


def read_time(text: str) -> time | None:
    """Read `08:30:00`, with or without seconds, with or without an offset."""
    match = _TIME.fullmatch(text)
    return possible(lambda: time.fromisoformat(match[1] + (match[2] or "") + (match[3] or ""))) if match else None


def read_moment(text: str) -> datetime | None:
    """Read `2026-01-31T08:30:00`; a date alone is its midnight."""
    day_text, letter, time_text = text[:_LONGEST].partition("T")
    day = read_date(day_text)
    at = read_time(time_text) if letter else time()
    return None if day is None or at is None else datetime.combine(day, at)


def read_duration(text: str) -> timedelta | Months | None:
    """Read `P1Y2M` or `P1DT2H3M4.5S`, never a mixture of both."""
    match = _DURATION.fullmatch(text)
    if match is None:
        return None
    sign = -1 if match[1] else 1
    years, months, days, hours, minutes = (int(part or 0) for part in match.groups()[1:6])
    if match[2] or match[3]:
        mixed = any(match.groups()[3:])
        return None if mixed else Months(sign * (years * YEAR + months))
    seconds = Decimal(match[7] or 0)
    micro = int(seconds.scaleb(6))
    return possible(lambda: sign * timedelta(days=days, hours=hours, minutes=minutes, microseconds=micro))


def read_any(text: str) -> Temporal | None:
    """Read what may stand in `@"…"`."""
    if text.lstrip("-").startswith("P"):
        return read_duration(text)
    return read_date(text) or (read_moment(text) if "T" in text else read_time(text))


def read_like(text: str, other: Temporal) -> Temporal | None:
    """Read a text as the kind of value that it is compared with."""
    return _READERS[type(other)](text)


_READERS: Final[dict[type, Callable[[str], Temporal | None]]] = {
    date: read_date,
    datetime: read_moment,
    time: read_time,
    timedelta: read_duration,
    Months: read_duration,
}

# Writing ----------------------------------------------------------------------------------------


def iso(value: Temporal) -> str:
    """Write a value as ISO 8601."""
    if isinstance(value, Months):
        return _months_text(value.count)
    if isinstance(value, timedelta):
        return _duration_text(value // MICROSECOND)
    if isinstance(value, datetime):
        return f"{value.date().isoformat()}T{_time_text(value.timetz())}{_zone_text(value.utcoffset())}"
    if isinstance(value, time):
        return _time_text(value) + _zone_text(value.utcoffset())
    return value.isoformat()


def _time_text(value: time) -> str:
    text = value.replace(tzinfo=None).isoformat()
    return text.rstrip("0") if "." in text else text


def _zone_text(offset: timedelta | None) -> str:
    if offset is None:
        return ""
    if not offset:
        return "Z"
    hours, minutes = divmod(abs(offset) // timedelta(minutes=1), 60)
    return f"{'-' if offset < timedelta() else '+'}{hours:02}:{minutes:02}"


def _months_text(count: int) -> str:
    years, months = divmod(abs(count), YEAR)
    text = (f"{years}Y" if years else "") + (f"{months}M" if months or not years else "")
    return f"{'-' if count < 0 else ''}P{text}"


def _duration_text(micro: int) -> str:
    seconds, fraction = divmod(abs(micro), 10**6)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    second = f"{seconds}.{fraction:06}".rstrip("0") if fraction else str(seconds)
    clock = (
        (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "") + (f"{second}S" if second != "0" else "")
    )
    text = (f"{days}D" if days else "") + (f"T{clock}" if clock else "")
    return f"{'-' if micro < 0 else ''}P{text or 'T0S'}"


def fixed(value: datetime) -> datetime:
    """Give a moment from outside an offset instead of a zone with rules."""
    offset = value.utcoffset()
    return value.replace(tzinfo=None if offset is None else timezone(offset))


# Properties -------------------------------------------------------------------------------------


def part(value: Temporal, name: str) -> Decimal | timedelta | None:
    """Return a part by its name, null when this kind has no such part."""
    if name == "time offset":
        return value.utcoffset() if isinstance(value, datetime | time) else None
    if isinstance(value, timedelta):
        return _duration_part(value // MICROSECOND, name)
    if isinstance(value, Months):
        whole, rest = divmod(abs(value.count), YEAR)
        found = {"years": whole, "months": rest}.get(name)
        return None if found is None else Decimal(-found if value.count < 0 else found)
    if name == "weekday":
        return Decimal(value.isoweekday()) if isinstance(value, date) else None
    if name == "second" and isinstance(value, datetime | time):
        return (
            Decimal(value.second * 10**6 + value.microsecond).scaleb(-6) if value.microsecond else Decimal(value.second)
        )
    return Decimal(getattr(value, name)) if name in _PARTS[type(value)] else None


_DAY_PARTS: Final = frozenset({"year", "month", "day"})
_CLOCK_PARTS: Final = frozenset({"hour", "minute"})
_PARTS: Final[dict[type, frozenset[str]]] = {
    date: _DAY_PARTS,
    time: _CLOCK_PARTS,
    datetime: _DAY_PARTS | _CLOCK_PARTS,
}
_LENGTHS: Final = {"days": (86_400, None), "hours": (3_600, 24), "minutes": (60, 60)}


def _duration_part(micro: int, name: str) -> Decimal | None:
    sign = -1 if micro < 0 else 1
    if name == "seconds":
        return Decimal(sign * (abs(micro) % (60 * 10**6))).scaleb(-6)
    if name not in _LENGTHS:
        return None
    length, wrap = _LENGTHS[name]
    whole = abs(micro) // (length * 10**6)
    return Decimal(sign * (whole if wrap is None else whole % wrap))
