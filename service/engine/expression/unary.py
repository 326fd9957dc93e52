"""Unary tests: what stands in the cells of a decision table."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from service.engine.expression.loops import CONDITIONS
from service.engine.expression.tree import Bound, Call, Defined, ListLiteral, Node, Range, is_among, passes
from service.engine.expression.values import Names, Run, Scope, Value, equal, lift

INPUT: Final = "?"
"""The name of the value that is tested."""


@dataclass(frozen=True, slots=True)
class Test:
    """A comparison, a range, a condition, or a value to equal or a list to be in."""

    node: Node | Bound
    is_condition: bool
    """It mentions `?` or can only be true or false, so that it decides by itself."""

    def holds(self, scope: Scope, value: Value) -> bool | None:
        """Test the value; null when it cannot be compared."""
        if isinstance(self.node, Range | Bound):
            return self.node.holds(scope, value)
        if isinstance(self.node, ListLiteral) and not isinstance(value, list):
            return passes(self.node, scope, value)
        wanted = self.node.evaluate(scope)
        if self.is_condition or (isinstance(wanted, bool) and isinstance(self.node, Call)):
            return wanted if isinstance(wanted, bool) else None
        if isinstance(value, list) and equal(scope.run, value, wanted) is True:
            return True
        return is_among(scope, value, wanted)


@dataclass(frozen=True, slots=True)
class UnaryTests:
    """The tests of one cell: one of them must hold, with `not(…)` none of them; no tests at all hold for everything."""

    text: str
    tests: tuple[Test, ...] = field(repr=False)
    negated: bool = field(repr=False)
    names: frozenset[str] = field(repr=False, compare=False)
    """Every variable they may read, beside the value that is tested."""
    size: int = field(repr=False, compare=False)

    def matches(self, value: object, context: Mapping[str, object]) -> bool:
        """Tell whether a value passes; what cannot be compared does not, negated or not."""
        run = context.run if isinstance(context, Names) else Run()
        run.spend(self.size)
        tested = lift(value)
        scope = Scope({INPUT: tested}, run, Scope(context, run))
        unknown = False
        for test in self.tests:
            result = test.holds(scope, tested)
            if result is True:
                return not self.negated
            unknown = unknown or result is None
        return not self.tests or (self.negated and not unknown)


def unary_test(node: Node | Bound, read: frozenset[str]) -> Test:
    """Make a test of a tree that reads these names."""
    return Test(node, INPUT in read or isinstance(node, (*CONDITIONS, Defined)))
