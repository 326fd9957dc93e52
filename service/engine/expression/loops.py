"""Expressions that go over lists: for, some, every, and filters."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from service.engine.expression.tree import Between, Both, Either, In, Member, Node, Not, Ordered, Same, whole_numbers
from service.engine.expression.values import Scope, Value, lift


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


CONDITIONS: Final = (Both, Either, Not, Same, Ordered, Between, In, Member, Quantified)
"""Kinds that can only be true, false or null: as a filter they never are an index."""


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
