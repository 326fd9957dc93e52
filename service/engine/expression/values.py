"""Values of the language: null, booleans, decimal numbers, text, dates, durations, lists and contexts.

Process data is plain JSON. Numbers become Decimal when an expression touches them (`lift`) and plain again when
the result leaves (`lower`), so 0.1 + 0.2 is 0.3 and lists that are only passed on are never converted.
"""

import operator
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta, timezone
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Final, cast

from service.engine.expression.refusals import ExpressionFailed, too_large, too_much_work
from service.engine.expression.temporal import TEMPORAL, Months, Temporal, fixed, iso, read_like

JSON = None | bool | int | float | str | list["JSON"] | dict[str, "JSON"]
"""What process data consists of."""
Value = None | bool | Decimal | str | Temporal | list[object] | dict[str, object]
"""What expressions compute with; items of lists and contexts are lifted when they are taken out."""

WORK: Final = 400_000
"""Steps of one evaluation: about half a second at worst."""
ITEMS: Final = 10_000
CHARACTERS: Final = 100_000
DEPTH: Final = 40
_LARGEST: Final = Decimal(10) ** 18
_LARGEST_INPUT: Final = 10**34

NUMBERS: Final = Context(prec=34, rounding=ROUND_HALF_EVEN, Emin=-6143, Emax=6144, traps=[])
"""Decimal128 without exceptions: what cannot be computed becomes null."""


class Run:
    """One evaluation and the work it may still do."""

    __slots__ = ("left",)

    def __init__(self, work: int = WORK) -> None:
        self.left = work

    def spend(self, steps: int) -> None:
        """Take steps from the budget, or give up."""
        self.left -= steps
        if self.left < 0:
            raise too_much_work()


_UNKNOWN: Final = object()


class Names(dict[str, object]):
    """Variables whose expressions share one budget of work, so that many small ones cannot add up to a hang."""

    __slots__ = ("run",)

    def __init__(self, names: Mapping[str, object], run: Run) -> None:
        super().__init__(names)
        self.run = run


class Scope:
    """Names in sight: variables outside, iteration variables and item fields inside."""

    __slots__ = ("names", "outer", "run")

    def __init__(self, names: Mapping[str, object], run: Run, outer: "Scope | None" = None) -> None:
        self.names = names
        self.run = run
        self.outer = outer

    def inner(self, names: Mapping[str, object]) -> "Scope":
        """Open a scope whose names hide those outside."""
        return Scope(names, self.run, self)

    def read(self, name: str) -> Value:
        """Return the value of a name; an unknown name is null."""
        scope: Scope | None = self
        while scope is not None:
            value = scope.names.get(name, _UNKNOWN)
            if value is not _UNKNOWN:
                return lift(value)
            scope = scope.outer
        return None

    def knows(self, name: str) -> bool:
        """Tell a name that is null from a name that does not exist."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return True
            scope = scope.outer
        return False


_AS_IS: Final = frozenset({type(None), bool, str, list, dict})
"""The common kinds, exactly, that need no look."""


def lift(value: object) -> Value:
    """Turn one value of process data into a value of the language; anything foreign is null."""
    if type(value) in _AS_IS:
        return cast("Value", value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Decimal):
        return value if value.is_finite() else None
    if isinstance(value, int):
        return Decimal(value) if -_LARGEST_INPUT < value < _LARGEST_INPUT else None
    if isinstance(value, float):
        number = Decimal(repr(value))
        return number if number.is_finite() else None
    if isinstance(value, list | dict):
        return value
    return _temporal(value) if type(value) in TEMPORAL else None


def _temporal(value: object) -> Value:
    if isinstance(value, datetime) and type(value.tzinfo) is not timezone:
        return fixed(value)
    return value if isinstance(value, Temporal) else None


def lower(value: object) -> JSON:
    """Turn a result into plain JSON, copied deeply, within the limits of a result."""
    room = [ITEMS, CHARACTERS]
    return _lower(value, room, DEPTH)


def _lower(value: object, room: list[int], depth: int) -> JSON:
    match lift(value):
        case Decimal() as number:
            return plain_number(number)
        case str() as text:
            _take(room, 0, len(text))
            return text
        case list() as items:
            _take(room, len(items), 0)
            _deeper(depth)
            return [_lower(item, room, depth - 1) for item in items]
        case dict() as entries:
            _take(room, len(entries), sum(len(key) for key in entries if isinstance(key, str)))
            _deeper(depth)
            return {key: _lower(entry, room, depth - 1) for key, entry in entries.items() if isinstance(key, str)}
        case date() | time() | timedelta() | Months() as temporal:
            return iso(temporal)
        case simple:
            return simple


def _take(room: list[int], items: int, characters: int) -> None:
    room[0] -= items
    room[1] -= characters
    if room[0] < 0 or room[1] < 0:
        raise too_large()


def _deeper(depth: int) -> None:
    if depth <= 0:
        raise too_large()


def plain_number(number: Decimal) -> int | float:
    """Return a whole number as int and any other as float."""
    if abs(number) >= _LARGEST:
        raise ExpressionFailed(
            "number-too-large",
            "Hasil ekspresi adalah bilangan lebih dari 18 angka.",
            "The result is a number of more than 18 digits.",
        )
    return int(number) if number == number.to_integral_value() else float(number)


def finite(number: Decimal) -> Decimal | None:
    """Return the number, or null when it overflowed or does not exist."""
    return number if number.is_finite() else None


def single(value: Value) -> Value:
    """Unwrap a list of one item, as FEEL does where it expects no list."""
    return lift(value[0]) if isinstance(value, list) and len(value) == 1 else value


def equal(run: Run, left: Value, right: Value, depth: int = DEPTH) -> bool | None:
    """Compare two values: null equals only null, different types give null."""
    if left is None or right is None:
        return left is right
    if isinstance(left, list) or isinstance(right, list):
        left, right = single(left), single(right)
        if left is None or right is None:
            return True if left is right else None
    if type(left) is type(right) and type(left) in _SIMPLE:
        return left == right
    if isinstance(left, Temporal) or isinstance(right, Temporal):
        return _ordered_in_time("=", left, right)
    run.spend(1)
    _deeper(depth)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(
            equal(run, lift(a), lift(b), depth - 1) is True for a, b in zip(left, right, strict=True)
        )
    if isinstance(left, dict) and isinstance(right, dict):
        return len(left) == len(right) and all(
            key in right and equal(run, lift(entry), lift(right[key]), depth - 1) is True for key, entry in left.items()
        )
    return None


_SIMPLE: Final = frozenset({bool, str, Decimal})
_ORDER: Final = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


def ordered(sign: str, left: Value, right: Value) -> bool | None:
    """Compare two numbers, texts, dates and so on by <, <=, > or >=; different kinds give null."""
    if isinstance(left, list) or isinstance(right, list):
        left, right = single(left), single(right)
    if isinstance(left, Decimal) and isinstance(right, Decimal):
        return bool(_ORDER[sign](left, right))
    if isinstance(left, str) and isinstance(right, str):
        return bool(_ORDER[sign](left, right))
    return _ordered_in_time(sign, left, right)


def _ordered_in_time(sign: str, left: Value, right: Value) -> bool | None:
    """Compare two values of time; a text is read as the kind of the other side, for forms keep dates as texts."""
    if isinstance(left, str) and isinstance(right, Temporal):
        left = read_like(left, right)
    elif isinstance(right, str) and isinstance(left, Temporal):
        right = read_like(right, left)
    if not isinstance(left, Temporal) or type(left) is not type(right) or _zoned(left) is not _zoned(right):
        return None
    # Both are of one kind, whichever it is.
    return left == right if sign == "=" else bool(_ORDER[sign](cast("date", left), cast("date", right)))


def _zoned(value: Value) -> bool:
    return isinstance(value, datetime | time) and value.tzinfo is not None


def number_text(number: Decimal) -> str:
    """Write a number with a decimal point and no exponent."""
    if number == number.to_integral_value():
        return format(NUMBERS.plus(number).to_integral_value(), "f")
    return format(number.normalize(NUMBERS), "f")


def text_of(run: Run, value: Value) -> str:
    """Write any value as the function string() does."""
    text = value if isinstance(value, str) else _written(run, value, DEPTH)
    if len(text) > CHARACTERS:
        raise too_large()
    return text


def _written(run: Run, value: Value, depth: int) -> str:
    _deeper(depth)
    match value:
        case str():
            run.spend(1 + len(value) // 16)
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        case Decimal():
            run.spend(2)
            return number_text(value)
        case list():
            run.spend(1 + len(value))
            return "[" + ", ".join([_written(run, lift(item), depth - 1) for item in value]) + "]"
        case dict():
            run.spend(1 + len(value))
            return "{" + ", ".join([_entry(run, key, lift(entry), depth - 1) for key, entry in value.items()]) + "}"
        case date() | time() | timedelta() | Months():
            return iso(value)
        case _:
            return "null" if value is None else str(value).lower()


def _entry(run: Run, key: str, value: Value, depth: int) -> str:
    name = key if str(key).isidentifier() else _written(run, str(key), depth)
    return f"{name}: {_written(run, value, depth)}"
