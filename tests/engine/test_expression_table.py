"""Expressions and cells of decision tables against another FEEL engine, and where this one deliberately differs.

`tests/data/feel_oracle.json` records what the npm package feelin makes of them (feel_oracle.mjs beside this file asks
again). What is not listed here must agree.
"""

import json
from pathlib import Path

from service.engine.expression import JSON, compile_expression, compile_unary_tests

RECORD = json.loads((Path(__file__).parents[1] / "data/feel_oracle.json").read_text())
CONTEXT = RECORD["context"]

DIFFERENT: list[tuple[str, JSON, str]] = [
    ("0.1 + 0.2 = 0.3", True, "decimal numbers, as the standard says; feelin computes in binary"),
    ("sum([0.1, 0.2]) = 0.3", True, "decimal numbers"),
    ("string(2 / 3)", "0.6666666666666666666666666666666667", "decimal numbers, 34 digits"),
    ("0 ** 0 + 10 ** 400 * 0", 1, "decimal numbers reach further than binary ones"),
    ('number("")', None, "an empty text is no number"),
    ('number(" 5 ")', None, "blanks are no part of a number"),
    ('number("0x10")', None, "nor is hexadecimal"),
    ("[] = [1, 2]", False, "lists of different length are not equal"),
    ('substring("é😀x", -1)', "x", "counts characters, not halves of them"),
    ('substring("abc", 0)', None, "places are counted from 1"),
    ('substring("abc", -5)', "abc", "a start before the text is its first character"),
    ("for x in 1..0 return x", [1, 0], "counts down to 0 as to any other number"),
    ('"a" > 1', None, "texts and numbers cannot be ordered"),
    ('"a" in [1..5]', None, "texts and numbers cannot be ordered"),
    ("true > false", None, "truth values have no order"),
    ("[1] < 2 and [1] < [2]", True, "a list of one stands for its item"),
    ("2 between 3 and 1", False, "a range upside down holds nothing"),
    ("2 in [3..1]", False, "a range upside down holds nothing"),
    ("if 1 then 2 else 3", 3, "a condition must be exactly true"),
    ('if "false" then 2 else 3', 3, "a condition must be exactly true"),
    ("some x in [null, false] satisfies x", None, "three-valued: nobody knows"),
    ("every x in [null, true] satisfies x", None, "three-valued: nobody knows"),
    ("some x in [1] satisfies x", None, "a number is not true"),
    ("[null, 1][item = null]", [None], "an item that meets the condition is kept, whatever it is"),
    ("[false, true][item = false]", [False], "an item that meets the condition is kept, whatever it is"),
    ("rows[ok].x", [1, None], "a field of the item may be the condition"),
    ('rows[contains(y, "k")].x', [1, 3], "any function may be the condition"),
    ("nums[not(item = 2)]", [3, 1], "any function may be the condition"),
    ('min("b", "a")', "a", "texts can be ordered"),
    ('max(["a", "b"])', "b", "texts can be ordered"),
    (
        "sort([3, 1, 2])",
        [1, 2, 3],
        "sorts numbers or texts in ascending order; a function as argument is not supported",
    ),
    (
        'sort(["b", "a"])',
        ["a", "b"],
        "sorts numbers or texts in ascending order; a function as argument is not supported",
    ),
    ("round(2.5)", 3, "short for round half up, in addition to the standard"),
    ("round(2.345, 2)", 2.35, "short for round half up, in addition to the standard"),
    ("is defined(a)", True, "as in Camunda"),
    ("is defined(missing)", False, "as in Camunda"),
    ("is defined(row.x)", True, "as in Camunda"),
    ("is defined(row.missing)", False, "as in Camunda"),
    (
        'date("2026-01-02") = "2026-01-02"',
        True,
        "a text is read as the kind of the other side, for forms keep dates as texts",
    ),
    ('split("a|b", "|")', ["a", "b"], "the delimiter is a text, not a pattern"),
    ('split("a.b", ".")', ["a", "b"], "the delimiter is a text, not a pattern"),
    ("is defined(1 + n)", False, "any expression that has a value"),
    ("for x in 1..1.5 return x", None, "counts whole numbers only"),
    ('for x in ["a".."c"] return x', None, "counts numbers only"),
    ("floor(1.5, 0.5)", None, "digits are counted in whole numbers"),
    ("floor(1.5, 101)", None, "so many digits no number has"),
    ("date(2026.5, 1, 1)", None, "a year is a whole number"),
    ('date("2026-03-15") < 5', None, "kinds that cannot be compared"),
    ('time("10:00:00") = time("10:00:00Z")', None, "one has an offset, the other has none: nobody knows"),
    (
        'date and time("2026-03-15T10:00:00") = date and time("2026-03-15T10:00:00Z")',
        None,
        "one has an offset, the other has none: nobody knows",
    ),
    (
        'date and time("2026-03-15T10:00:00") < date and time("2026-03-16T10:00:00Z")',
        None,
        "one has an offset, the other has none: nobody knows",
    ),
    ('duration("P1M") < duration("P31D")', None, "kinds that cannot be compared"),
    ('duration("P1M") = duration("P30D")', None, "kinds that cannot be compared"),
    ('duration("P1D") = "P1D"', True, "a text is read as the kind of the other side, for forms keep dates as texts"),
    ('list contains([date("2026-03-15")], date("2026-03-15"))', True, "equal dates are equal inside lists, too"),
    (
        'index of([date("2026-03-15"), date("2026-03-16")], date("2026-03-16"))',
        [2],
        "equal dates are equal inside lists, too",
    ),
    ('date("2026-03-15") + duration("PT36H")', "2026-03-16", "a date and a duration make a date"),
    ('date and time("2026-03-15T10:00:00+07:00") - date and time("2026-03-15T00:00:00Z")', "PT3H", "the offset counts"),
    ('time("10:00:00") + duration("P1M")', None, "a time has no months"),
    ('duration("P1D") * 3', "P3D", "the standard multiplies and divides durations"),
    ('3 * duration("P1D")', "P3D", "the standard multiplies and divides durations"),
    ('duration("P1D") * 0.5', "PT12H", "the standard multiplies and divides durations"),
    ('duration("P1D") / 4', "PT6H", "the standard multiplies and divides durations"),
    ('duration("P1Y") * 2', "P2Y", "the standard multiplies and divides durations"),
    ('duration("P1Y") / 2', "P6M", "the standard multiplies and divides durations"),
    ('duration("P1Y") / 5', "P2M", "the standard multiplies and divides durations"),
    ('duration("P1D") / duration("PT6H")', 4, "the standard multiplies and divides durations"),
    ('duration("P1Y") / duration("P4M")', 3, "the standard multiplies and divides durations"),
    ('-duration("P1D")', "-P1D", "a duration can be turned round"),
    ('-duration("P1Y2M")', "-P1Y2M", "a duration can be turned round"),
    (
        'years and months duration(date("2026-01-15"), date("2027-03-20"))',
        "P1Y2M",
        "a years and months duration has whole months only",
    ),
    (
        'years and months duration(date("2026-01-31"), date("2026-02-28"))',
        "P0M",
        "a years and months duration has whole months only",
    ),
    (
        'years and months duration(date("2027-03-20"), date("2026-01-15"))',
        "-P1Y2M",
        "a years and months duration has whole months only",
    ),
    (
        'years and months duration(date("2026-01-15"), date("2026-01-20"))',
        "P0M",
        "a years and months duration has whole months only",
    ),
    ('min(date("2026-03-15"), date("2026-03-14"))', "2026-03-14", "dates can be ordered"),
    ('max([date("2026-03-15"), date("2026-03-14")])', "2026-03-15", "dates can be ordered"),
    ('min(duration("P1D"), duration("PT1H"))', "PT1H", "durations can be ordered"),
]

DIFFERENT_CELLS: list[tuple[str, JSON, bool, str]] = [
    ("", None, True, "an empty cell is as good as a dash"),
    ("", 1, True, "an empty cell is as good as a dash"),
    ("", "a", True, "an empty cell is as good as a dash"),
    ("", False, True, "an empty cell is as good as a dash"),
    ("< 5", "4", False, "texts, numbers and truth values cannot be ordered"),
    ("< 5", True, False, "texts, numbers and truth values cannot be ordered"),
    ("[1..5]", "3", False, "texts, numbers and truth values cannot be ordered"),
    ('["a".."c"]', 1, False, "texts, numbers and truth values cannot be ordered"),
    ("[1, 2]", [1, 2], True, "a list is equal to a list"),
    ("xs", [1, 2], True, "a list is equal to a list"),
    ("[[1..2], 8]", 1, True, "a list may hold ranges"),
    ("flag", False, False, "a variable is compared, whatever it is"),
    ("flag", "x", False, "a variable is compared, whatever it is"),
    ("not(< 5)", None, False, "what cannot be compared does not pass, negated or not"),
    ("not(< 5)", "x", False, "what cannot be compared does not pass, negated or not"),
    ("? > 3 and ? < 9", None, False, "a condition must be exactly true"),
    ('contains(?, "b")', None, False, "a condition must be exactly true"),
    ("count(?) > 1", None, False, "a condition must be exactly true"),
]


def exact(value: JSON) -> str:
    """Write a value so that 1, 1.5, true and "1" stay apart."""
    return json.dumps(value, sort_keys=True)


def value(text: str) -> str:
    return exact(compile_expression(text).evaluate(CONTEXT))


def test_expression_has_the_recorded_value_or_the_one_that_is_meant() -> None:
    meant = {text: exact(ours) for text, ours, _ in DIFFERENT}
    asked = [each["text"] for each in RECORD["expressions"]]
    expected = {each["text"]: exact(each.get("value")) for each in RECORD["expressions"]} | meant

    assert {text: value(text) for text in asked} == expected
    assert len(asked) - len(meant) >= 700


def test_cell_lets_through_what_is_recorded_or_meant() -> None:
    meant = {(cell, exact(given)): ours for cell, given, ours, _ in DIFFERENT_CELLS}
    asked = [(each["cell"], each["input"]) for each in RECORD["cells"]]
    expected = {(each["cell"], exact(each["input"])): each.get("value") is True for each in RECORD["cells"]} | meant

    found = {(cell, exact(given)): compile_unary_tests(cell).matches(given, CONTEXT) for cell, given in asked}
    assert found == expected
    assert len(asked) - len(meant) >= 150


def test_each_difference_is_one_and_has_a_reason() -> None:
    theirs = {each["text"]: each for each in RECORD["expressions"]}
    passing = {(each["cell"], exact(each["input"])): each.get("value") is True for each in RECORD["cells"]}

    assert [
        text
        for text, ours, why in DIFFERENT
        if not why or ("value" in theirs[text] and exact(theirs[text]["value"]) == exact(ours))
    ] == []
    assert [
        cell for cell, given, ours, why in DIFFERENT_CELLS if not why or (cell and passing[cell, exact(given)] is ours)
    ] == []


def test_expression_with_a_leading_sign_means_the_same() -> None:
    texts = [each["text"] for each in RECORD["expressions"]]

    assert [value(f" = {text}") for text in texts] == [value(text) for text in texts]
