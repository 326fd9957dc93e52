"""Cells of decision tables: which values pass which tests."""

import pytest

from service.engine.expression import (
    ExpressionFailed,
    ExpressionInvalid,
    Names,
    Run,
    compile_unary_tests,
)

CONTEXT: dict[str, object] = {"n": 5, "xs": [1, 2], "flag": True, "row": {"x": 3}}

CELLS: list[tuple[str, list[object], list[object]]] = [
    ("", [None, 1, "a", False], []),
    (" - ", [None, 1, "a", False], []),
    ("-1", [-1], [1, None]),
    ("5", [5, 5.0], [4, "5", None, True]),
    ("5.5", [5.5], [5]),
    ('"a"', ["a"], ["A", None, 1]),
    ("true", [True], [False, None, "true", 1]),
    ("false", [False], [True, None, 0]),
    ("null", [None], [0, "", False]),
    ("< 5", [4, 4.9], [5, 6, None, "4", True]),
    ("<= 5", [5], [5.1]),
    ("> n", [6], [5]),
    (">= n + 1", [6], [5]),
    ("= 5", [5], [4]),
    ("!= 5", [4], [5, "a"]),
    ('> "b"', ["c"], ["a", "b", 3]),
    ("[1..5]", [1, 3, 5], [0, 5.1, None, "3"]),
    ("(1..5)", [2, 4.9], [1, 5]),
    ("]1..5[", [2, 4.9], [1, 5]),
    ("[1..5[", [1], [5]),
    ("]1..5]", [5], [1]),
    ("[row.x..n]", [3, 5], [2]),
    ('["a".."c"]', ["a", "bz", "c"], ["d", 1]),
    ('"a", "b"', ["a", "b"], ["c", None]),
    ("< 3, > 7, 5", [2, 8, 5], [3, 4, 7]),
    ("[1..2], [8..9]", [1, 9], [5]),
    ("[1, 2]", [1, 2, [1, 2]], [3, [1, 2, 3], []]),
    ("[[1..2], 8]", [1, 8], [3]),
    ("xs", [1, 2, [1, 2]], [3]),
    ("n", [5], [4]),
    ("flag", [True], [False, "x"]),
    ("row.x", [3], [4]),
    ('not("a")', ["b", None], ["a"]),
    ('not("a", "b")', ["c"], ["a", "b"]),
    ("not(< 5)", [5, 9], [4, None, "x"]),
    ("not([1..3], 7)", [4, 8], [1, 3, 7]),
    ("not(null)", [0, ""], [None]),
    ("not(1), 5", [5], [4, 1]),
    ("not(flag) or ? = 1", [1], [2]),
    ("? > 3 and ? < 9", [4], [3, 9, None, "x"]),
    ("not(? > 3)", [3], [4, None]),
    ('contains(?, "b")', ["abc"], ["x", None, 1]),
    ('contains("abc", "b")', ["x", 1], []),
    ("n > 3", [1, "a", None], []),
    ("n > 9", [], [1, "a", None, True]),
    ("count(?) > 1", [[1, 2]], [[1], None]),
    ("?.x = 1", [{"x": 1}], [{"x": 2}, 1, None]),
    ('list contains(?, "a")', [["a", "b"]], [["b"]]),
    ("missing", [None], [1]),
    ("some y in xs satisfies y = ?", [1], [3]),
]


@pytest.mark.parametrize(("text", "passing", "failing"), CELLS, ids=[text for text, _, _ in CELLS])
def test_cell_lets_through_what_it_says(text: str, passing: list[object], failing: list[object]) -> None:
    cell = compile_unary_tests(text)

    assert [value for value in passing if not cell.matches(value, CONTEXT)] == []
    assert [value for value in failing if cell.matches(value, CONTEXT)] == []


INVALID = [
    ('"a" ,', 6, "Unexpected: the end of the expression."),
    ("1..5", 2, "Unexpected: '..'."),
    ("<", 2, "Unexpected: the end of the expression."),
    ("]1]", 3, "Expected '..' before ']'."),
    ("not(1", 6, "Expected ')' before the end of the expression."),
    ("- -", 4, "Unexpected: the end of the expression."),
    ("< 5 < 6", 5, "Unexpected: '<'."),
    ("open(?)", 1, "The expression uses the function 'open', which is not supported."),
    ("1" * 1_001, 1_000, "The expression has more than 1000 characters."),
    (", ".join(["1"] * 151), 451, "The expression has more than 150 parts."),
]


@pytest.mark.parametrize(("text", "position", "sentence"), INVALID, ids=[text[:20] for text, _, _ in INVALID])
def test_cell_that_is_no_test_is_refused_by_column(text: str, position: int, sentence: str) -> None:
    with pytest.raises(ExpressionInvalid) as caught:
        compile_unary_tests(text)

    assert (caught.value.position, caught.value.message_en) == (position, sentence)


def test_names_of_a_cell_are_the_variables_beside_the_value() -> None:
    found = [compile_unary_tests(text).names for text in ("-", "? > n", "[row.x..n], xs", "not(a)")]

    assert found == [set(), {"n"}, {"row", "n", "xs"}, {"a"}]


def test_same_cell_is_compiled_once() -> None:
    assert compile_unary_tests("< 12345") is compile_unary_tests("< 12345")


def test_cells_share_the_budget_of_their_variables() -> None:
    cell = compile_unary_tests("< 5, > 7")

    assert cell.matches(4, Names({}, Run(2))) is True
    with pytest.raises(ExpressionFailed):
        cell.matches(4, Names({}, Run(1)))
