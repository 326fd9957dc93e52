"""Decisions as values: a table or one expression, with the decisions that it builds on."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from service.engine.decision.policies import Aggregator, Hit, HitPolicy, Result, aggregate, settle, written
from service.engine.decision.refusals import DecisionFailed
from service.engine.expression import JSON, Expression, ExpressionFailed, Names, Run, UnaryTests
from service.errors import EngineFailed

LISTS: Final = frozenset({HitPolicy.COLLECT, HitPolicy.OUTPUT_ORDER, HitPolicy.RULE_ORDER})
"""Policies whose result is a list even when one rule matches."""


@dataclass(frozen=True, slots=True)
class Input:
    """An input column."""

    label: str
    expression: Expression
    allowed: UnaryTests | None = None
    """Values that it may have; null, which says that nothing is known yet, is left to the rules."""


@dataclass(frozen=True, slots=True)
class Output:
    """An output column."""

    name: str
    allowed: UnaryTests | None = None
    order: tuple[JSON, ...] = ()
    """The allowed values from the highest priority to the lowest, where they are listed one by one."""
    default: Expression | None = None
    """Its value when no rule matches."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A row: a test per input, an expression per output; an empty output is null."""

    number: int
    tests: tuple[UnaryTests, ...]
    entries: tuple[Expression | None, ...]


@dataclass(frozen=True)
class Table:
    """A decision table."""

    policy: HitPolicy
    aggregator: Aggregator | None
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rules: tuple[Rule, ...]

    @cached_property
    def names(self) -> frozenset[str]:
        """Return every variable that inputs, tests and outputs may read."""
        return frozenset[str]().union(*(expression.names for expression in self._expressions()), *self._tested())

    @cached_property
    def needs(self) -> frozenset[str]:
        """Return those that they surely read."""
        return frozenset[str]().union(*(expression.needs for expression in self._expressions()), *self._tested())

    @cached_property
    def is_list(self) -> bool:
        """Tell whether several rows can be the result."""
        return self.policy in LISTS and self.aggregator is None

    @cached_property
    def rankings(self) -> Mapping[str, Mapping[str, int]]:
        """Return the place of each allowed value by output."""
        return {
            column.name: {written(value): place for place, value in enumerate(column.order)}
            for column in self.outputs
            if column.order
        }

    def results(self, context: Names) -> list[Result]:
        """Return the rows of the result.

        Raises:
            DecisionFailed: the values fit no allowed one, or the rules contradict the hit policy.

        """
        values = [self._value(column, context) for column in self.inputs]
        hits = list(self._hits(values, context))
        if not hits and any(column.default for column in self.outputs):
            return [{column.name: _evaluated(column.default, context) for column in self.outputs}]
        if self.aggregator is not None:
            return aggregate(self.aggregator, self.outputs[0].name, hits)
        return settle(self.policy, hits, self.rankings)

    def _expressions(self) -> Iterator[Expression]:
        yield from (column.expression for column in self.inputs)
        yield from (column.default for column in self.outputs if column.default is not None)
        yield from (entry for rule in self.rules for entry in rule.entries if entry is not None)

    def _tested(self) -> Iterator[frozenset[str]]:
        yield from (column.allowed.names for column in self.inputs if column.allowed is not None)
        yield from (column.allowed.names for column in self.outputs if column.allowed is not None)
        yield from (test.names for rule in self.rules for test in rule.tests)

    def _value(self, column: Input, context: Names) -> JSON:
        with _told(f"kolom {column.label}", f"column {column.label}"):
            value = column.expression.evaluate(context)
            if value is not None and column.allowed is not None and not column.allowed.matches(value, context):
                raise DecisionFailed(
                    "decision-input-not-allowed",
                    f"Nilai kolom {column.label} tidak termasuk yang diizinkan.",
                    f"The value of {column.label} is none of the allowed ones.",
                )
            return value

    def _hits(self, values: list[JSON], context: Names) -> Iterator[Hit]:
        for rule in self.rules:
            with _told(f"aturan {rule.number}", f"rule {rule.number}", rule.number):
                if all(test.matches(value, context) for test, value in zip(rule.tests, values, strict=True)):
                    yield Hit(rule.number, self._outputs(rule, context))
                    if self.policy is HitPolicy.FIRST:
                        return

    def _outputs(self, rule: Rule, context: Names) -> Result:
        found: Result = {}
        for column, entry in zip(self.outputs, rule.entries, strict=True):
            value = found[column.name] = _evaluated(entry, context)
            context.run.spend(_weight(value))
            if column.allowed is not None and not column.allowed.matches(value, context):
                raise DecisionFailed(
                    "decision-output-not-allowed",
                    f"Aturan {rule.number}: nilai keluaran {column.name} tidak termasuk yang diizinkan.",
                    f"Rule {rule.number}: the value of {column.name} is none of the allowed ones.",
                    (rule.number,),
                )
        return found


@dataclass(frozen=True)
class Decision:
    """A decision that a business rule task or another decision may refer to by its key."""

    key: str
    name: str
    variable: str
    """The name under which other decisions see its result."""
    logic: Table | Expression
    requires: tuple["Decision", ...] = ()
    line: int = field(default=0, compare=False)

    @cached_property
    def outputs(self) -> tuple[str, ...]:
        """Return the names of the values in each row of the result."""
        return (
            tuple(column.name for column in self.logic.outputs) if isinstance(self.logic, Table) else (self.variable,)
        )

    @cached_property
    def names(self) -> frozenset[str]:
        """Return every variable that it may read, those of the required decisions with them."""
        return (self.logic.names - self._made).union(*(other.names for other in self.requires))

    @cached_property
    def needs(self) -> frozenset[str]:
        """Return the variables that somebody must supply."""
        return (self.logic.needs - self._made).union(*(other.needs for other in self.requires))

    def decide(self, variables: Mapping[str, object]) -> list[Result]:
        """Return every row of the result, value by output; no matching rule gives no row.

        Raises:
            DecisionFailed: with the variables that it looked at.

        """
        run = variables.run if isinstance(variables, Names) else Run()
        try:
            return self._results(variables, run, {})
        except EngineFailed as failure:
            failure.data = {name: variables[name] for name in sorted(self.names) if name in variables}
            raise

    @cached_property
    def _made(self) -> frozenset[str]:
        return frozenset(name for other in self.requires for name in (other.variable, *other.outputs))

    def _results(self, variables: Mapping[str, object], run: Run, known: dict[str, list[Result]]) -> list[Result]:
        if self.key not in known:
            made: dict[str, object] = {}
            for other in self.requires:
                made |= other._supplied(other._results(variables, run, known))  # noqa: SLF001 - of the same kind
            context = Names({**variables, **made}, run)
            if isinstance(self.logic, Table):
                known[self.key] = self.logic.results(context)
            else:
                known[self.key] = [{self.variable: _evaluated(self.logic, context)}]
        return known[self.key]

    def _supplied(self, results: list[Result]) -> dict[str, object]:
        """Return the result as other decisions see it: by output as Camunda does, by its variable as DMN says."""
        if isinstance(self.logic, Table) and self.logic.is_list:
            by_output: dict[str, object] = {name: [row[name] for row in results] for name in self.outputs}
            return {**by_output, self.variable: results if len(self.outputs) > 1 else by_output[self.outputs[0]]}
        row: Result = results[0] if results else dict.fromkeys(self.outputs)
        whole = row if len(self.outputs) > 1 and results else row[self.outputs[0]]
        return {**row, self.variable: whole}


def _evaluated(expression: Expression | None, context: Names) -> JSON:
    return None if expression is None else expression.evaluate(context)


def _weight(value: JSON) -> int:
    """Count what a value takes, so that many rows of large values use up the budget."""
    if isinstance(value, list):
        return 1 + sum(map(_weight, value))
    if isinstance(value, dict):
        return 1 + sum(map(_weight, value.values()))
    return 1


@contextmanager
def _told(place: str, place_en: str, *rules: int) -> Iterator[None]:
    """Say where in the table an expression failed."""
    try:
        yield
    except ExpressionFailed as failure:
        raise DecisionFailed(
            failure.cause,
            f"Tabel keputusan, {place}: {failure.message_id}",
            f"Decision table, {place_en}: {failure.message_en}",
            rules,
        ) from failure
