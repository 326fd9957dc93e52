"""Expressions: a subset of FEEL, read once, checked whole, worked out on plain JSON.

Nothing of an uploaded text ever runs as Python: a parser makes a tree, the tree is walked. The language is described
in bpmn/README.md; differences from other FEEL engines are few and listed in tests/engine/test_expression_table.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from service.engine.expression.lexer import Token, juel_tokens, tokens
from service.engine.expression.parser import parse, parse_tests
from service.engine.expression.refusals import ExpressionFailed, ExpressionInvalid
from service.engine.expression.tree import Node
from service.engine.expression.unary import INPUT, UnaryTests, unary_test
from service.engine.expression.values import JSON, Names, Run, Scope, lower, number_text
from service.engine.expression.variables import names

__all__ = [
    "JSON",
    "Expression",
    "ExpressionFailed",
    "ExpressionInvalid",
    "Names",
    "Run",
    "UnaryTests",
    "compile_expression",
    "compile_unary_tests",
    "number_text",
]

LENGTH: Final = 1_000


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression that was read and found to be supported."""

    text: str
    tree: Node = field(repr=False)
    names: frozenset[str] = field(repr=False, compare=False)
    """Every variable it may read."""
    needs: frozenset[str] = field(repr=False, compare=False)
    """Those it surely reads: without names inside a filter, which may be fields of the items."""
    size: int = field(repr=False, compare=False)

    def evaluate(self, context: Mapping[str, object]) -> JSON:
        """Return the value as plain JSON; raise ExpressionFailed when it is too much work or too large."""
        return lower(self._value(context))

    def holds(self, context: Mapping[str, object]) -> bool:
        """Decide a condition: null counts as false, anything but a truth value is refused."""
        value = self._value(context)
        if value is None or isinstance(value, bool):
            return value is True
        raise ExpressionFailed(
            "not-boolean",
            "Hasil syarat bukan benar atau salah.",
            "The result of the condition is neither true nor false.",
        )

    def _value(self, context: Mapping[str, object]) -> object:
        run = context.run if isinstance(context, Names) else Run()
        run.spend(self.size)
        return self.tree.evaluate(Scope(context, run))


@lru_cache(maxsize=4096)
def compile_expression(text: str) -> Expression:
    """Read an expression: FEEL with or without a leading "=", or a simple `${…}` of Camunda 7."""
    _check_length(text)
    parsed = parse(_tokens(text))
    found = list(names(parsed.tree))
    needs = frozenset(name for name, filtered in found if not filtered)
    return Expression(text, parsed.tree, frozenset(name for name, _ in found), needs, parsed.size)


@lru_cache(maxsize=4096)
def compile_unary_tests(text: str) -> UnaryTests:
    """Read a cell of a decision table: `-`, `< 5`, `[1..5]`, `"a", "b"`, `not(…)`, or a condition on `?`."""
    _check_length(text)
    parsed = parse_tests(tokens(text, 0))
    reads = [frozenset(name for name, _ in names(node)) for node in parsed.tests]
    tests = tuple(unary_test(node, read) for node, read in zip(parsed.tests, reads, strict=True))
    return UnaryTests(text, tests, parsed.negated, frozenset[str]().union(*reads) - {INPUT}, parsed.size)


def _check_length(text: str) -> None:
    if len(text) > LENGTH:
        raise ExpressionInvalid(
            LENGTH,
            f"Ekspresi lebih dari {LENGTH} karakter.",
            f"The expression has more than {LENGTH} characters.",
        )


def _tokens(text: str) -> list[Token]:
    start = len(text) - len(text.lstrip())
    body = text.strip()
    if body.startswith(("${", "#{")) and body.endswith("}"):
        return juel_tokens(body[2:-1], start + 2)
    if body.startswith("="):
        return tokens(body[1:], start + 1)
    return tokens(body, start)
