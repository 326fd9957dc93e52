"""The functions of the language, one line each in the table at the end."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Decimal,
)
from typing import Final

from service.engine.expression.pattern import Pattern, PatternInvalid
from service.engine.expression.refusals import too_large
from service.engine.expression.values import (
    CHARACTERS,
    ITEMS,
    NUMBERS,
    Run,
    Value,
    equal,
    finite,
    lift,
    ordered,
    single,
    text_of,
)

_MISMATCH: Final = object()
"""What an argument becomes that the function cannot use; the call is null then."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function: what it takes, how often, and what it does."""

    name: str
    kinds: tuple[str, ...]
    """number, text, list, context or any; a question mark allows null or leaving it out."""
    compute: Callable[..., Value]
    spreads: bool = False
    """The last kind repeats."""
    flat: bool = False
    """A single list stands for its items, as in sum([1, 2])."""

    @property
    def fewest(self) -> int:
        """How many arguments must be given."""
        return sum(not kind.endswith("?") for kind in self.kinds)

    def takes(self, count: int) -> bool:
        """Tell whether it can be called with so many arguments."""
        return self.fewest <= count and (self.spreads or count <= len(self.kinds))

    def __call__(self, run: Run, arguments: list[Value]) -> Value:
        """Convert the arguments and compute; null when one cannot be used."""
        if self.flat and len(arguments) == 1 and isinstance(arguments[0], list):
            run.spend(len(arguments[0]))
            arguments = [lift(item) for item in arguments[0]]
        usable = []
        for place, argument in enumerate(arguments):
            value = _converted(run, self.kinds[min(place, len(self.kinds) - 1)], argument)
            if value is _MISMATCH:
                return None
            usable.append(value)
        return self.compute(run, *usable)


def _converted(run: Run, kind: str, value: Value) -> object:
    """Convert one argument as FEEL does: a single item to a list, a list of one to its item."""
    if kind.startswith("any"):
        return value
    if value is None:
        return None if kind.endswith("?") else _MISMATCH
    if kind == "list":
        items = value if isinstance(value, list) else [value]
        run.spend(len(items))
        return items
    value = single(value)
    if isinstance(value, str):
        run.spend(len(value) // 16)
    return value if isinstance(value, _TYPES[kind.rstrip("?")]) else _MISMATCH


_TYPES: Final[dict[str, type]] = {"number": Decimal, "text": str, "context": dict, "boolean": bool}


# Lists ------------------------------------------------------------------------------------------


def _count(_run: Run, items: list[object]) -> Value:
    return Decimal(len(items))


def _sum(_run: Run, *numbers: Decimal) -> Value:
    if not numbers:
        return None
    total = Decimal(0)
    for number in numbers:
        total = NUMBERS.add(total, number)
    return finite(total)


def _mean(run: Run, *numbers: Decimal) -> Value:
    total = _sum(run, *numbers)
    return finite(NUMBERS.divide(total, Decimal(len(numbers)))) if isinstance(total, Decimal) else None


def _extreme(sign: str) -> Callable[..., Value]:
    def compute(_run: Run, *values: Value) -> Value:
        best: Value = values[0] if values else None
        if not isinstance(best, Decimal | str):
            return None
        for value in values[1:]:
            better = ordered(sign, value, best)
            if better is None:
                return None
            best = value if better else best
        return best

    return compute


def _all(_run: Run, *values: Value) -> Value:
    if False in [value for value in values if isinstance(value, bool)]:
        return False
    return True if all(value is True for value in values) else None


def _any(_run: Run, *values: Value) -> Value:
    if True in [value for value in values if isinstance(value, bool)]:
        return True
    return False if all(value is False for value in values) else None


def _list_contains(run: Run, items: list[object], wanted: Value) -> Value:
    return any(equal(run, lift(item), wanted) is True for item in items)


def _index_of(run: Run, items: list[object], wanted: Value) -> Value:
    return [Decimal(place) for place, item in enumerate(items, 1) if equal(run, lift(item), wanted) is True]


def _distinct(run: Run, items: list[object]) -> Value:
    seen: set[tuple[type, object]] = set()
    kept: list[object] = []
    nested: list[Value] = []
    for item in map(lift, items):
        if isinstance(item, list | dict):
            run.spend(len(nested))
            if not any(equal(run, item, other) is True for other in nested):
                nested.append(item)
                kept.append(item)
        elif (type(item), item) not in seen:
            seen.add((type(item), item))
            kept.append(item)
    return kept


def _concatenate(run: Run, *lists: list[object]) -> Value:
    joined = [item for items in lists for item in items]
    return _bounded(run, joined)


def _append(run: Run, items: list[object], *more: Value) -> Value:
    return _bounded(run, [*items, *more])


def _union(run: Run, *lists: list[object]) -> Value:
    return _distinct(run, [item for items in lists for item in items])


def _flatten(run: Run, items: list[object]) -> Value:
    flat: list[object] = []
    waiting = list(reversed(items))
    while waiting:
        run.spend(1)
        item = waiting.pop()
        if isinstance(item, list):
            run.spend(len(item))
            waiting.extend(reversed(item))
        else:
            flat.append(item)
    return _bounded(run, flat)


def _bounded(run: Run, items: list[object]) -> Value:
    run.spend(len(items))
    if len(items) > ITEMS:
        raise too_large()
    return items


def _sort(run: Run, items: list[object]) -> Value:
    values = [lift(item) for item in items]
    run.spend(4 * len(values))
    numbers = [value for value in values if isinstance(value, Decimal)]
    texts = [value for value in values if isinstance(value, str)]
    if len(numbers) == len(values):
        return list[object](sorted(numbers))
    return list[object](sorted(texts)) if len(texts) == len(values) else None


def _reverse(_run: Run, items: list[object]) -> Value:
    return items[::-1]


def _sublist(_run: Run, items: list[object], start: Decimal, length: Decimal | None = None) -> Value:
    part = _part(len(items), start, length)
    return None if part is None else items[part]


def _part(size: int, start: Decimal, length: Decimal | None) -> slice | None:
    """Turn a start counted from 1 (negative: from the end) and a length into a slice; null where there is none."""
    if start == 0 or start != start.to_integral_value() or abs(start) > ITEMS * 100:
        return None
    first = int(start) - 1 if start > 0 else max(0, size + int(start))
    if length is None:
        return slice(first, None)
    return slice(first, first + max(0, int(min(length, Decimal(size)))))


# Text -------------------------------------------------------------------------------------------


def _string_length(_run: Run, text: str) -> Value:
    return Decimal(len(text))


def _substring(_run: Run, text: str, start: Decimal, length: Decimal | None = None) -> Value:
    part = _part(len(text), start, length)
    return None if part is None else text[part]


def _substring_before(_run: Run, text: str, match: str) -> Value:
    return text.partition(match)[0] if match and match in text else ""


def _substring_after(_run: Run, text: str, match: str) -> Value:
    return text.partition(match)[2] if match else text


def _contains(run: Run, text: str, match: str) -> Value:
    run.spend(len(text) // 8)
    return match in text


def _matches(run: Run, text: str, pattern: str) -> Value:
    try:
        compiled = Pattern.of(pattern)
    except PatternInvalid:
        return None
    run.spend(compiled.cost(text))
    return compiled.found_in(text)


def _split(run: Run, text: str, delimiter: str) -> Value:
    run.spend(len(text))
    parts: list[object] = [*text.split(delimiter)] if delimiter else [*text]
    return _bounded(run, parts)


def _string_join(run: Run, items: list[object], delimiter: str | None = None) -> Value:
    texts = [item for item in items if item is not None]
    if not all(isinstance(text, str) for text in texts):
        return None
    size = sum(len(str(text)) for text in texts) + len(texts) * len(delimiter or "")
    if size > CHARACTERS:
        raise too_large()
    run.spend(size // 16)
    return (delimiter or "").join(map(str, texts))


_NUMERAL: Final = re.compile(r"[+-]?(?:[0-9]{1,34}(?:\.[0-9]{0,34})?|\.[0-9]{1,34})(?:[eE][+-]?[0-9]{1,3})?")


def _number(_run: Run, text: str, grouping: str | None = None, point: str | None = None) -> Value:
    if grouping:
        text = text.replace(grouping, "")
    if point and point != ".":
        text = text.replace(".", "#").replace(point, ".")
    return NUMBERS.create_decimal(text) if _NUMERAL.fullmatch(text) else None


def _string(run: Run, value: Value) -> Value:
    return None if value is None else text_of(run, value)


# Numbers ----------------------------------------------------------------------------------------


def _rounding(mode: str) -> Callable[..., Value]:
    def compute(_run: Run, number: Decimal, scale: Decimal | None = None) -> Value:
        places = Decimal(0) if scale is None else scale
        if places != places.to_integral_value() or abs(places) > _SCALE:
            return None
        rounded = number.quantize(Decimal(1).scaleb(-int(places)), rounding=mode, context=NUMBERS)
        # More digits than can be kept: there is nothing left to round.
        return number if rounded.is_nan() else rounded

    return compute


_SCALE: Final = 100


def _modulo(_run: Run, dividend: Decimal, divisor: Decimal) -> Value:
    if not divisor:
        return None
    rest = finite(NUMBERS.remainder(dividend, divisor))
    # The result has the sign of the divisor.
    return NUMBERS.add(rest, divisor) if rest and (rest < 0) != (divisor < 0) else rest


def _abs(_run: Run, number: Decimal) -> Value:
    return NUMBERS.abs(number)


# The rest ---------------------------------------------------------------------------------------


def _not(_run: Run, value: Value) -> Value:
    return not value if isinstance(value, bool) else None


def _get_value(_run: Run, context: dict[str, object], key: str) -> Value:
    return lift(context.get(key))


def _get_entries(run: Run, context: dict[str, object]) -> Value:
    run.spend(len(context))
    return [{"key": key, "value": value} for key, value in context.items()]


def _context_put(run: Run, context: dict[str, object], key: str, value: Value) -> Value:
    run.spend(len(context))
    return {**context, key: value}


def _context_merge(run: Run, contexts: list[object]) -> Value:
    merged: dict[str, object] = {}
    for context in contexts:
        if not isinstance(context, dict):
            return None
        run.spend(len(context))
        merged |= context
    return merged


def _date(_run: Run, year: Value, month: Decimal | None = None, day: Decimal | None = None) -> Value:
    """Check a date; dates are texts yyyy-mm-dd, as forms store them, so they compare in order."""
    try:
        if isinstance(year, str) and month is None and day is None and _ISO_DATE.match(year):
            return date.fromisoformat(year[:10]).isoformat()
        if isinstance(year, Decimal) and month is not None and day is not None:
            return date(*map(_whole, (year, month, day))).isoformat()
    except (ValueError, OverflowError):
        pass
    return None


_ISO_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9:]{5,8})?\Z")


def _whole(number: Decimal) -> int:
    if number != number.to_integral_value():
        raise ValueError(number)
    return int(number)


def _table(functions: Sequence[Function]) -> dict[str, Function]:
    return {function.name: function for function in functions}


FUNCTIONS: Final = _table(
    [
        Function("not", ("any",), _not),
        Function("count", ("list",), _count),
        Function("sum", ("number",), _sum, spreads=True, flat=True),
        Function("mean", ("number",), _mean, spreads=True, flat=True),
        Function("min", ("any",), _extreme("<"), spreads=True, flat=True),
        Function("max", ("any",), _extreme(">"), spreads=True, flat=True),
        Function("all", ("any",), _all, spreads=True, flat=True),
        Function("any", ("any",), _any, spreads=True, flat=True),
        Function("list contains", ("list", "any"), _list_contains),
        Function("index of", ("list", "any"), _index_of),
        Function("distinct values", ("list",), _distinct),
        Function("concatenate", ("list",), _concatenate, spreads=True),
        Function("append", ("list", "any"), _append, spreads=True),
        Function("union", ("list",), _union, spreads=True),
        Function("flatten", ("list",), _flatten),
        Function("sort", ("list",), _sort),
        Function("reverse", ("list",), _reverse),
        Function("sublist", ("list", "number", "number?"), _sublist),
        Function("string length", ("text",), _string_length),
        Function("substring", ("text", "number", "number?"), _substring),
        Function("substring before", ("text", "text"), _substring_before),
        Function("substring after", ("text", "text"), _substring_after),
        Function("upper case", ("text",), lambda _run, text: text.upper()),
        Function("lower case", ("text",), lambda _run, text: text.lower()),
        Function("contains", ("text", "text"), _contains),
        Function("starts with", ("text", "text"), lambda _run, text, match: text.startswith(match)),
        Function("ends with", ("text", "text"), lambda _run, text, match: text.endswith(match)),
        Function("matches", ("text", "text"), _matches),
        Function("split", ("text", "text"), _split),
        Function("string join", ("list", "text?"), _string_join),
        Function("number", ("text", "text?", "text?"), _number),
        Function("string", ("any",), _string),
        Function("floor", ("number", "number?"), _rounding(ROUND_FLOOR)),
        Function("ceiling", ("number", "number?"), _rounding(ROUND_CEILING)),
        Function("decimal", ("number", "number"), _rounding(ROUND_HALF_EVEN)),
        Function("round", ("number", "number?"), _rounding(ROUND_HALF_UP)),
        Function("round half up", ("number", "number"), _rounding(ROUND_HALF_UP)),
        Function("round half down", ("number", "number"), _rounding(ROUND_HALF_DOWN)),
        Function("round up", ("number", "number"), _rounding(ROUND_UP)),
        Function("round down", ("number", "number"), _rounding(ROUND_DOWN)),
        Function("abs", ("number",), _abs),
        Function("modulo", ("number", "number"), _modulo),
        Function("get value", ("context", "text"), _get_value),
        Function("get entries", ("context",), _get_entries),
        Function("context put", ("context", "text", "any"), _context_put),
        Function("context merge", ("list",), _context_merge),
        Function("date", ("any", "number?", "number?"), _date),
    ]
)
