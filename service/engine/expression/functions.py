"""The functions of the language, one line each in the table at the end."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
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

from service.engine.expression import contexts, dates, lists, numbers, texts
from service.engine.expression.values import Run, Value, lift, single

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


def _table(functions: Sequence[Function]) -> dict[str, Function]:
    return {function.name: function for function in functions}


FUNCTIONS: Final = _table(
    [
        Function("count", ("list",), lists.count),
        Function("sum", ("number",), lists.total, spreads=True, flat=True),
        Function("mean", ("number",), lists.mean, spreads=True, flat=True),
        Function("min", ("any",), lists.extreme("<"), spreads=True, flat=True),
        Function("max", ("any",), lists.extreme(">"), spreads=True, flat=True),
        Function("all", ("any",), lists.conjunction, spreads=True, flat=True),
        Function("any", ("any",), lists.disjunction, spreads=True, flat=True),
        Function("list contains", ("list", "any"), lists.list_contains),
        Function("index of", ("list", "any"), lists.places),
        Function("distinct values", ("list",), lists.distinct),
        Function("concatenate", ("list",), lists.concatenate, spreads=True),
        Function("append", ("list", "any"), lists.append, spreads=True),
        Function("union", ("list",), lists.union, spreads=True),
        Function("flatten", ("list",), lists.flatten),
        Function("sort", ("list",), lists.sorted_list),
        Function("reverse", ("list",), lists.reversed_list),
        Function("sublist", ("list", "number", "number?"), lists.sublist),
        Function("string length", ("text",), texts.length),
        Function("substring", ("text", "number", "number?"), texts.substring),
        Function("substring before", ("text", "text"), texts.before),
        Function("substring after", ("text", "text"), texts.after),
        Function("upper case", ("text",), lambda _run, text: text.upper()),
        Function("lower case", ("text",), lambda _run, text: text.lower()),
        Function("contains", ("text", "text"), texts.contains),
        Function("starts with", ("text", "text"), lambda _run, text, match: text.startswith(match)),
        Function("ends with", ("text", "text"), lambda _run, text, match: text.endswith(match)),
        Function("matches", ("text", "text"), texts.matches),
        Function("split", ("text", "text"), texts.split),
        Function("string join", ("list", "text?"), texts.joined),
        Function("number", ("text", "text?", "text?"), texts.read),
        Function("string", ("any",), texts.written),
        Function("floor", ("number", "number?"), numbers.rounding(ROUND_FLOOR)),
        Function("ceiling", ("number", "number?"), numbers.rounding(ROUND_CEILING)),
        Function("decimal", ("number", "number"), numbers.rounding(ROUND_HALF_EVEN)),
        Function("round", ("number", "number?"), numbers.rounding(ROUND_HALF_UP)),
        Function("round half up", ("number", "number"), numbers.rounding(ROUND_HALF_UP)),
        Function("round half down", ("number", "number"), numbers.rounding(ROUND_HALF_DOWN)),
        Function("round up", ("number", "number"), numbers.rounding(ROUND_UP)),
        Function("round down", ("number", "number"), numbers.rounding(ROUND_DOWN)),
        Function("abs", ("any",), numbers.absolute),
        Function("modulo", ("number", "number"), numbers.modulo),
        Function("get value", ("context", "text"), contexts.value_of),
        Function("get entries", ("context",), contexts.entries),
        Function("context put", ("context", "text", "any"), contexts.with_entry),
        Function("context merge", ("list",), contexts.merged),
        Function("date", ("any", "number?", "number?"), dates.day),
        Function("time", ("any", "number?", "number?", "any?"), dates.clock),
        Function("date and time", ("any", "any?"), dates.moment),
        Function("duration", ("any",), dates.duration),
        Function("years and months duration", ("any", "any"), dates.months_between),
        Function("day of year", ("any",), dates.day_of_year),
        Function("day of week", ("any",), dates.day_of_week),
        Function("month of year", ("any",), dates.month_of_year),
        Function("week of year", ("any",), dates.week_of_year),
    ]
)
