"""Arithmetic on dates, times and durations."""

import calendar
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

from service.engine.expression.temporal import MICROSECOND, YEAR, Months, Temporal, possible
from service.engine.expression.values import NUMBERS

_MOST_MONTHS: Final = 10**11
_DAY: Final = date(2000, 1, 3)
"""Any day, to reckon with times."""


def months(count: int) -> Months | None:
    """Return a duration, null when it is absurdly long."""
    return Months(count) if abs(count) < _MOST_MONTHS else None


def calculated(sign: str, left: object, right: object) -> Temporal | Decimal | None:
    """Compute with two values of which one is temporal; null where the calendar gives no answer."""
    compute = _COMPUTE.get(sign)
    if compute is None:
        return None
    try:
        return compute(left, right)
    except (ValueError, OverflowError, TypeError):
        # TypeError: one time with an offset, the other without.
        return None


def negated(value: object) -> timedelta | Months | None:
    """Turn a duration round."""
    if isinstance(value, Months):
        return Months(-value.count)
    return possible(lambda: -value) if isinstance(value, timedelta) else None


def length(value: object) -> timedelta | Months | None:
    """Return a duration without its sign."""
    if isinstance(value, Months):
        return Months(abs(value.count))
    return possible(lambda: abs(value)) if isinstance(value, timedelta) else None


def _sum(left: object, right: object) -> Temporal | None:
    if isinstance(left, timedelta | Months) and not isinstance(right, timedelta | Months):
        left, right = right, left
    if isinstance(right, timedelta):
        return _later(left, right)
    if isinstance(right, Months):
        return months(left.count + right.count) if isinstance(left, Months) else _months_later(left, right.count)
    return None


def _later(value: object, duration: timedelta) -> Temporal | None:
    if isinstance(value, datetime | timedelta):
        return value + duration
    if isinstance(value, date):
        return (datetime.combine(value, time()) + duration).date()
    if isinstance(value, time):
        start = datetime.combine(_DAY, value)
        return (start + timedelta(microseconds=(duration // MICROSECOND) % (86_400 * 10**6))).timetz()
    return None


def _months_later(value: object, count: int) -> date | None:
    if not isinstance(value, date):
        return None
    year, month = divmod(value.year * YEAR + value.month - 1 + count, YEAR)
    if not 1 <= year <= 9999:  # noqa: PLR2004 - the calendar's ends
        return None
    last = calendar.monthrange(year, month + 1)[1]
    return value.replace(year=year, month=month + 1, day=min(value.day, last))


def _difference(left: object, right: object) -> Temporal | None:
    if isinstance(right, timedelta | Months):
        return (
            None
            if isinstance(left, timedelta | Months) and type(left) is not type(right)
            else _sum(left, negated(right))
        )
    if isinstance(left, date) and isinstance(right, date):
        return _midnight(left, right) - _midnight(right, left)
    if isinstance(left, time) and isinstance(right, time):
        return datetime.combine(_DAY, left) - datetime.combine(_DAY, right)
    return None


def _midnight(value: date, other: date) -> datetime:
    """Return a date as a moment, in UTC when the other side has an offset."""
    if isinstance(value, datetime):
        return value
    zoned = isinstance(other, datetime) and other.tzinfo is not None
    return datetime.combine(value, time(), tzinfo=UTC if zoned else None)


def _product(left: object, right: object) -> Temporal | None:
    if isinstance(left, Decimal):
        left, right = right, left
    return _scaled(left, lambda amount: NUMBERS.multiply(amount, right)) if isinstance(right, Decimal) else None


def _quotient(left: object, right: object) -> Temporal | Decimal | None:
    if isinstance(right, Decimal):
        return _scaled(left, lambda amount: NUMBERS.divide(amount, right)) if right else None
    if isinstance(left, timedelta) and isinstance(right, timedelta):
        return _ratio(left // MICROSECOND, right // MICROSECOND)
    if isinstance(left, Months) and isinstance(right, Months):
        return _ratio(left.count, right.count)
    return None


def _ratio(left: int, right: int) -> Decimal | None:
    return NUMBERS.divide(Decimal(left), Decimal(right)) if right else None


def _scaled(value: object, change: Callable[[Decimal], Decimal]) -> timedelta | Months | None:
    """Change the length of a duration; what is smaller than its unit falls away."""
    if isinstance(value, Months):
        return months(_whole(change(Decimal(value.count))))
    return (
        timedelta(microseconds=_whole(change(Decimal(value // MICROSECOND)))) if isinstance(value, timedelta) else None
    )


def _whole(number: Decimal) -> int:
    if not number.is_finite() or abs(number) > 10**24:
        raise OverflowError(number)
    return int(number)


_COMPUTE: Final[dict[str, Callable[[object, object], Temporal | Decimal | None]]] = {
    "+": _sum,
    "-": _difference,
    "*": _product,
    "/": _quotient,
}


def whole_months(start: date, end: date) -> Months:
    """Count the whole months from one day to another."""
    count = (end.year - start.year) * YEAR + end.month - start.month
    if count > 0 and end.day < start.day:
        count -= 1
    elif count < 0 and end.day > start.day:
        count += 1
    return Months(count)
