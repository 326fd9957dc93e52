"""Functions that make dates, times and durations, and those on dates."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Final

from service.engine.expression.temporal import (
    Months,
    possible,
    read_duration,
    read_moment,
    read_time,
)
from service.engine.expression.timeline import whole_months
from service.engine.expression.values import Run, Value

_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def day(_run: Run, year: Value, month: Decimal | None = None, day: Decimal | None = None) -> Value:
    """Make a date of a text, of a date with time, or of three numbers."""
    if month is not None and day is not None:
        return possible(lambda: date(*map(_whole, (year, month, day))))
    if month is not None or day is not None:
        return None
    if isinstance(year, str):
        read = read_moment(year)
        return read and read.date()
    return year.date() if isinstance(year, datetime) else year if isinstance(year, date) else None


def moment(_run: Run, day: Value, at: Value = None) -> Value:
    """Make a date with time of a text, or of a date and a time."""
    if isinstance(at, time):
        return datetime.combine(day, at) if isinstance(day, date) else None
    if at is not None or isinstance(day, datetime):
        return day if at is None else None
    if isinstance(day, str):
        return read_moment(day)
    return datetime.combine(day, time()) if isinstance(day, date) else None


def clock(
    _run: Run,
    hour: Value,
    minute: Decimal | None = None,
    second: Decimal | None = None,
    offset: Value = None,
) -> Value:
    """Make a time of a text, of a date with time, or of numbers and an offset."""
    if minute is not None and second is not None:
        return possible(lambda: _time(hour, minute, second, offset))
    if minute is not None or second is not None or offset is not None:
        return None
    if isinstance(hour, str):
        return read_time(hour)
    return hour.timetz() if isinstance(hour, datetime) else hour if isinstance(hour, time) else None


def _time(hour: Value, minute: Decimal, second: Decimal, offset: Value) -> time:
    if offset is not None and (not isinstance(offset, timedelta) or offset % timedelta(minutes=1)):
        raise ValueError(offset)
    zone = None if offset is None else timezone(offset)
    micro = _whole(second.scaleb(6)) if second < _MINUTE else _whole(second)
    return time(_whole(hour), _whole(minute), *divmod(micro, 10**6), tzinfo=zone)


_MINUTE: Final = 60


def duration(_run: Run, value: Value) -> Value:
    """Make a duration of a text."""
    return read_duration(value) if isinstance(value, str) else value if isinstance(value, timedelta | Months) else None


def months_between(_run: Run, start: Value, end: Value) -> Value:
    """Count the whole years and months from one date to another."""
    return whole_months(start, end) if isinstance(start, date) and isinstance(end, date) else None


def _of_date(compute: Callable[[date], int | str]) -> Callable[[Run, Value], Value]:
    def made(_run: Run, value: Value) -> Value:
        found = compute(value) if isinstance(value, date) else None
        return Decimal(found) if isinstance(found, int) else found

    return made


day_of_year: Final = _of_date(lambda value: value.timetuple().tm_yday)
day_of_week: Final = _of_date(lambda value: _DAYS[value.weekday()])
month_of_year: Final = _of_date(lambda value: _MONTHS[value.month - 1])
week_of_year: Final = _of_date(lambda value: value.isocalendar().week)


def _whole(number: Value) -> int:
    if not isinstance(number, Decimal) or number != number.to_integral_value() or abs(number) > _LARGEST:
        raise ValueError(number)
    return int(number)


_LARGEST: Final = 10**9
