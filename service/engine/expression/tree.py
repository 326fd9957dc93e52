"""What an expression consists of, each kind with its meaning: `evaluate` walks the tree."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from decimal import Decimal
from typing import Final, Protocol

from service.engine.expression.functions import Function
from service.engine.expression.refusals import too_large
from service.engine.expression.values import (
    CHARACTERS,
    NUMBERS,
    WORK,
    Run,
    Scope,
    Value,
    equal,
    finite,
    lift,
    ordered,
    single,
)


class Node(Protocol):
    """One part of an expression."""

    def evaluate(self, scope: Scope) -> Value:
        """Return the value of this part with the names in sight."""


@dataclass(frozen=True, slots=True)
class Literal:
    """null, true, false, a number or a text."""

    value: bool | Decimal | str | None

    def evaluate(self, scope: Scope) -> Value:  # noqa: ARG002 - a literal reads no names
        """Return itself."""
        return self.value


@dataclass(frozen=True, slots=True)
class Name:
    """A variable, an iteration variable or a field of the item being filtered."""

    name: str

    def evaluate(self, scope: Scope) -> Value:
        """Look the name up; unknown is null."""
        return scope.read(self.name)


@dataclass(frozen=True, slots=True)
class Path:
    """`a.b`; over a list the list of each item's b."""

    target: Node
    name: str

    def evaluate(self, scope: Scope) -> Value:
        """Take the entry; no context or no such entry is null."""
        target = self.target.evaluate(scope)
        if isinstance(target, dict):
            return lift(target.get(self.name))
        if isinstance(target, list):
            scope.run.spend(len(target))
            return [item.get(self.name) if isinstance(item, dict) else None for item in target]
        return None


@dataclass(frozen=True, slots=True)
class ListLiteral:
    """`[a, b]`."""

    items: tuple[Node, ...]

    def evaluate(self, scope: Scope) -> Value:
        """Collect the items."""
        return [item.evaluate(scope) for item in self.items]


@dataclass(frozen=True, slots=True)
class ContextLiteral:
    """`{a: 1, b: a + 1}`; an entry sees those before it."""

    entries: tuple[tuple[str, Node], ...]

    def evaluate(self, scope: Scope) -> Value:
        """Collect the entries in order."""
        made: dict[str, object] = {}
        inner = scope.inner(made)
        for key, node in self.entries:
            made[key] = node.evaluate(inner)
        return made


@dataclass(frozen=True, slots=True)
class Both:
    """`a and b`, three-valued: false wins, then null."""

    left: Node
    right: Node

    def evaluate(self, scope: Scope) -> Value:
        """Work out the right side only where it matters."""
        left = self.left.evaluate(scope)
        if left is False:
            return False
        right = self.right.evaluate(scope)
        if right is False:
            return False
        return True if left is True and right is True else None


@dataclass(frozen=True, slots=True)
class Either:
    """`a or b`, three-valued: true wins, then null."""

    left: Node
    right: Node

    def evaluate(self, scope: Scope) -> Value:
        """Work out the right side only where it matters."""
        left = self.left.evaluate(scope)
        if left is True:
            return True
        right = self.right.evaluate(scope)
        if right is True:
            return True
        return False if left is False and right is False else None


@dataclass(frozen=True, slots=True)
class Same:
    """`a = b` and `a != b`."""

    left: Node
    right: Node
    negated: bool

    def evaluate(self, scope: Scope) -> Value:
        """Compare; different types are null either way."""
        result = equal(scope.run, self.left.evaluate(scope), self.right.evaluate(scope))
        return result if result is None or not self.negated else not result


@dataclass(frozen=True, slots=True)
class Ordered:
    """`a < b` and its three sisters."""

    sign: str
    left: Node
    right: Node

    def evaluate(self, scope: Scope) -> Value:
        """Compare numbers with numbers, texts with texts."""
        return ordered(self.sign, self.left.evaluate(scope), self.right.evaluate(scope))


@dataclass(frozen=True, slots=True)
class Between:
    """`a between b and c`, both ends included."""

    value: Node
    low: Node
    high: Node

    def evaluate(self, scope: Scope) -> Value:
        """Compare with both ends; both must be comparable."""
        value = self.value.evaluate(scope)
        return within(value, (self.low.evaluate(scope), ">="), (self.high.evaluate(scope), "<="))


@dataclass(frozen=True, slots=True)
class Range:
    """`[a..b]` or `(a..b)` on the right of `in`."""

    low: Node
    high: Node
    low_sign: str
    high_sign: str

    def evaluate(self, scope: Scope) -> Value:
        """List the whole numbers of the range, as `for` needs them."""
        return whole_numbers(scope.run, self.low.evaluate(scope), self.high.evaluate(scope))

    def holds(self, scope: Scope, value: Value) -> bool | None:
        """Ask whether the value lies within."""
        return within(value, (self.low.evaluate(scope), self.low_sign), (self.high.evaluate(scope), self.high_sign))


@dataclass(frozen=True, slots=True)
class Bound:
    """`> 5` on the right of `in`."""

    sign: str
    limit: Node

    def holds(self, scope: Scope, value: Value) -> bool | None:
        """Ask whether the value lies on the right side of the limit."""
        return ordered(self.sign, value, self.limit.evaluate(scope))


@dataclass(frozen=True, slots=True)
class In:
    """`a in b`, `a in [1..5]`, `a in (b, > 5)`."""

    value: Node
    tests: tuple[Node | Bound, ...]

    def evaluate(self, scope: Scope) -> Value:
        """Answer true when one test holds, else null when one is unknown, else false."""
        value = self.value.evaluate(scope)
        results = [_passes(test, scope, value) for test in self.tests]
        return True if True in results else None if None in results else False


@dataclass(frozen=True, slots=True)
class Member:
    """`a in b` where b is a list or a single value that must be worked out."""

    value: Node
    source: Node

    def evaluate(self, scope: Scope) -> Value:
        """Compare with each item; nothing to look in is null."""
        value, source = self.value.evaluate(scope), self.source.evaluate(scope)
        return None if source is None else _is_among(scope, value, source)


def _is_among(scope: Scope, value: Value, wanted: Value) -> bool:
    if isinstance(wanted, list):
        scope.run.spend(len(wanted))
        return any(equal(scope.run, value, lift(item)) is True for item in wanted)
    return equal(scope.run, value, wanted) is True


def _passes(test: Node | Bound, scope: Scope, value: Value) -> bool | None:
    if isinstance(test, Range | Bound):
        return test.holds(scope, value)
    if isinstance(test, ListLiteral):
        results = [_matches(item, scope, value) for item in test.items]
        return True if True in results else None if None in results else False
    return _is_among(scope, value, test.evaluate(scope))


def _matches(item: Node, scope: Scope, value: Value) -> bool | None:
    """Compare with one item of a list after `in`; not comparable is not equal."""
    return (
        item.holds(scope, value) if isinstance(item, Range) else equal(scope.run, value, item.evaluate(scope)) is True
    )


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`a + b` and its four sisters; `+` also joins two texts."""

    sign: str
    left: Node
    right: Node

    def evaluate(self, scope: Scope) -> Value:
        """Compute; what cannot be computed is null."""
        left, right = self.left.evaluate(scope), self.right.evaluate(scope)
        if isinstance(left, Decimal) and isinstance(right, Decimal):
            return finite(_COMPUTE[self.sign](left, right))
        if self.sign == "+" and isinstance(left, str) and isinstance(right, str):
            if len(left) + len(right) > CHARACTERS:
                raise too_large()
            scope.run.spend((len(left) + len(right)) // 16)
            return left + right
        return None


def _power(base: Decimal, exponent: Decimal) -> Decimal:
    return NUMBERS.power(base, exponent) if exponent else Decimal(1)


_COMPUTE: Final[Mapping[str, Callable[[Decimal, Decimal], Decimal]]] = {
    "+": NUMBERS.add,
    "-": NUMBERS.subtract,
    "*": NUMBERS.multiply,
    "/": NUMBERS.divide,
    "**": _power,
}


@dataclass(frozen=True, slots=True)
class Negative:
    """`-a`."""

    value: Node

    def evaluate(self, scope: Scope) -> Value:
        """Negate a number; anything else is null."""
        value = self.value.evaluate(scope)
        return NUMBERS.minus(value) if isinstance(value, Decimal) else None


@dataclass(frozen=True, slots=True)
class If:
    """`if a then b else c`; null counts as false."""

    condition: Node
    positive: Node
    negative: Node

    def evaluate(self, scope: Scope) -> Value:
        """Choose by the condition, which must be exactly true."""
        return (self.positive if self.condition.evaluate(scope) is True else self.negative).evaluate(scope)


@dataclass(frozen=True, slots=True)
class Each:
    """`x in list` of for, some and every; with an end, whole numbers from the first to the last."""

    name: str
    source: Node
    end: Node | None


@dataclass(frozen=True, slots=True)
class For:
    """`for x in a, y in x.b return c`."""

    iterators: tuple[Each, ...]
    body: Node
    size: int

    def evaluate(self, scope: Scope) -> Value:
        """Collect the body's value for each combination; null when a source is no list."""
        rows = combinations(scope, self.iterators, self.size)
        return None if rows is None else [self.body.evaluate(row) for row in rows]


@dataclass(frozen=True, slots=True)
class Quantified:
    """`some x in a satisfies b` and `every x in a satisfies b`, three-valued."""

    iterators: tuple[Each, ...]
    body: Node
    size: int
    decisive: bool
    """The value of one item that settles the answer: true for some, false for every."""

    def evaluate(self, scope: Scope) -> Value:
        """Stop at the first item that settles it; an unknown item leaves it unknown."""
        rows = combinations(scope, self.iterators, self.size)
        if rows is None:
            return None
        unknown = False
        for row in rows:
            result = self.body.evaluate(row)
            if result is self.decisive:
                return self.decisive
            unknown = unknown or not isinstance(result, bool)
        return None if unknown else not self.decisive


@dataclass(frozen=True, slots=True)
class Filter:
    """`list[condition]`, which sees the item's fields and `item`, or `list[index]` from 1 on, from -1 backwards."""

    target: Node
    condition: Node
    size: int

    def evaluate(self, scope: Scope) -> Value:
        """Take one item by a number, or all items for which the condition is true."""
        target = self.target.evaluate(scope)
        if target is None:
            return None
        items: list[object] = target if isinstance(target, list) else [target]
        index = None if isinstance(self.condition, CONDITIONS) else self.condition.evaluate(scope)
        if isinstance(index, Decimal):
            return item_at(items, index)
        scope.run.spend(len(items) * self.size)
        return [item for item in items if self.condition.evaluate(_item_scope(scope, item)) is True]


@dataclass(frozen=True, slots=True)
class Call:
    """A function of the language with its arguments."""

    function: Function
    arguments: tuple[Node, ...]

    def evaluate(self, scope: Scope) -> Value:
        """Work out the arguments, then the function; unusable arguments give null."""
        return self.function(scope.run, [argument.evaluate(scope) for argument in self.arguments])


@dataclass(frozen=True, slots=True)
class Defined:
    """`is defined(a)`: the name or entry exists, even when it is null."""

    subject: Node

    def evaluate(self, scope: Scope) -> Value:
        """Look without failing."""
        if isinstance(self.subject, Name):
            return scope.knows(self.subject.name)
        if isinstance(self.subject, Path):
            target = self.subject.target.evaluate(scope)
            return isinstance(target, dict) and self.subject.name in target
        return self.subject.evaluate(scope) is not None


CONDITIONS: Final = (Both, Either, Same, Ordered, Between, In, Member, Quantified)
"""Kinds that can only be true, false or null: as a filter they never are an index."""


def within(value: Value, low: tuple[Value, str], high: tuple[Value, str]) -> bool | None:
    """Ask whether a value lies between two ends; one unknown comparison makes it unknown."""
    above, below = ordered(low[1], value, low[0]), ordered(high[1], value, high[0])
    return None if above is None or below is None else above and below


def whole_numbers(run: Run, low: Value, high: Value) -> Value:
    """Count from one number to another, downwards if need be."""
    low, high = single(low), single(high)
    if not isinstance(low, Decimal) or not isinstance(high, Decimal):
        return None
    if low != low.to_integral_value() or high != high.to_integral_value():
        return None
    run.spend(int(min(abs(high - low) + 1, Decimal(WORK + 1))))
    first, last = int(low), int(high)
    return [Decimal(number) for number in (range(first, last + 1) if first <= last else range(first, last - 1, -1))]


def combinations(scope: Scope, iterators: tuple[Each, ...], size: int) -> Iterator[Scope] | None:
    """Return a scope per combination of items, the last iterator running fastest; null when a source is no list."""
    rows = [scope]
    for iterator in iterators:
        longer: list[Scope] = []
        for row in rows:
            items = _items(row, iterator)
            if not isinstance(items, list):
                return None
            scope.run.spend(len(items) * size)
            longer += [row.inner({iterator.name: item}) for item in items]
        rows = longer
    return iter(rows)


def _items(scope: Scope, iterator: Each) -> Value:
    source = iterator.source.evaluate(scope)
    return source if iterator.end is None else whole_numbers(scope.run, source, iterator.end.evaluate(scope))


def _item_scope(scope: Scope, item: object) -> Scope:
    own: Mapping[str, object] = {"item": item}
    inner = scope.inner(own)
    return inner.inner(item) if isinstance(item, dict) else inner


def item_at(items: list[object], index: Decimal) -> Value:
    """Return the item at a place counted from 1, or from the end with a negative number; outside is null."""
    if index != index.to_integral_value() or not 1 <= abs(index) <= len(items):
        return None
    place = int(index)
    return lift(items[place - 1 if place > 0 else place])


def parts(node: object) -> list[object]:
    """Return the direct parts of a node, in order."""
    found: list[object] = []
    for item in fields(node) if is_dataclass(node) and not isinstance(node, type) else ():
        value = getattr(node, item.name)
        found += value if isinstance(value, tuple) else [value]
    return found


def names(node: object, bound: frozenset[str] = frozenset(), *, filtered: bool = False) -> Iterator[tuple[str, bool]]:
    """Yield every name read that is not bound inside, and whether it may be a field of an item being filtered."""
    match node:
        case Name(name):
            if name not in bound:
                yield name, filtered
        case For(iterators, body) | Quantified(iterators, body):
            for each in iterators:
                yield from names(each.source, bound, filtered=filtered)
                yield from names(each.end, bound, filtered=filtered)
                bound |= {each.name}
            yield from names(body, bound, filtered=filtered)
        case Filter(target, condition):
            yield from names(target, bound, filtered=filtered)
            yield from names(condition, bound | {"item"}, filtered=True)
        case ContextLiteral(entries):
            for key, entry in entries:
                yield from names(entry, bound, filtered=filtered)
                bound |= {key}
        case _:
            for part in parts(node):
                yield from names(part, bound, filtered=filtered)
