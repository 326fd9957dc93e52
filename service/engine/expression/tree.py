"""What an expression consists of, each kind with its meaning: `evaluate` walks the tree."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Protocol

from service.engine.expression.functions import Function
from service.engine.expression.refusals import too_large
from service.engine.expression.temporal import Temporal, part
from service.engine.expression.timeline import calculated, negated
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
    """null, true, false, a number, a text, a date or a duration."""

    value: bool | Decimal | str | Temporal | None

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
    """`a.b`, an entry of a context or a part of a date; over a list the list of each item's b."""

    target: Node
    name: str

    def evaluate(self, scope: Scope) -> Value:
        """Take the entry; no context or no such entry is null."""
        target = self.target.evaluate(scope)
        if isinstance(target, dict):
            return lift(target.get(self.name))
        if isinstance(target, list):
            scope.run.spend(len(target))
            return [_entry(item, self.name) for item in target]
        return part(target, self.name) if isinstance(target, Temporal) else None


def _entry(item: object, name: str) -> object:
    if isinstance(item, dict):
        return item.get(name)
    return part(item, name) if isinstance(item, Temporal) else None


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
class Not:
    """`not(a)`."""

    subject: Node

    def evaluate(self, scope: Scope) -> Value:
        """Negate a truth value; anything else is null."""
        value = self.subject.evaluate(scope)
        return not value if isinstance(value, bool) else None


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
        numbers = whole_numbers(scope.run, self.low.evaluate(scope), self.high.evaluate(scope))
        if not isinstance(numbers, list):
            return None
        return numbers[self.low_sign == ">" : len(numbers) - (self.high_sign == "<")]

    def holds(self, scope: Scope, value: Value) -> bool | None:
        """Ask whether the value lies within."""
        return within(value, (self.low.evaluate(scope), self.low_sign), (self.high.evaluate(scope), self.high_sign))


@dataclass(frozen=True, slots=True)
class Bound:
    """`> 5` on the right of `in` or in a cell, where `= 5` and `!= 5` can stand too."""

    sign: str
    limit: Node

    def holds(self, scope: Scope, value: Value) -> bool | None:
        """Ask whether the value lies on the right side of the limit."""
        limit = self.limit.evaluate(scope)
        if self.sign not in {"=", "!="}:
            return ordered(self.sign, value, limit)
        same = equal(scope.run, value, limit)
        return same if same is None or self.sign == "=" else not same


@dataclass(frozen=True, slots=True)
class In:
    """`a in b`, `a in [1..5]`, `a in (b, > 5)`."""

    value: Node
    tests: tuple[Node | Bound, ...]

    def evaluate(self, scope: Scope) -> Value:
        """Answer true when one test holds, else null when one is unknown, else false."""
        value = self.value.evaluate(scope)
        results = [passes(test, scope, value) for test in self.tests]
        return True if True in results else None if None in results else False


@dataclass(frozen=True, slots=True)
class Member:
    """`a in b` where b is a list or a single value that must be worked out."""

    value: Node
    source: Node

    def evaluate(self, scope: Scope) -> Value:
        """Compare with each item; nothing to look in is null."""
        value, source = self.value.evaluate(scope), self.source.evaluate(scope)
        return None if source is None else is_among(scope, value, source)


def is_among(scope: Scope, value: Value, wanted: Value) -> bool:
    """Tell whether a value is one of a list, or equal to what is no list."""
    if isinstance(wanted, list):
        scope.run.spend(len(wanted))
        return any(equal(scope.run, value, lift(item)) is True for item in wanted)
    return equal(scope.run, value, wanted) is True


def passes(test: Node | Bound, scope: Scope, value: Value) -> bool | None:
    """Apply one test after `in`."""
    if isinstance(test, Range | Bound):
        return test.holds(scope, value)
    if isinstance(test, ListLiteral):
        results = [_matches(item, scope, value) for item in test.items]
        return True if True in results else None if None in results else False
    return is_among(scope, value, test.evaluate(scope))


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
        if isinstance(left, Temporal) or isinstance(right, Temporal):
            return calculated(self.sign, left, right)
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
        """Negate a number or a duration; anything else is null."""
        value = self.value.evaluate(scope)
        return NUMBERS.minus(value) if isinstance(value, Decimal) else negated(value)


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
