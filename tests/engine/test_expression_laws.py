import re
from decimal import ROUND_HALF_EVEN, Context, Decimal

from hypothesis import example, given, settings
from hypothesis import strategies as st

from service.engine.expression import ExpressionFailed, ExpressionInvalid, compile_expression, compile_unary_tests
from service.engine.expression.tree import Node
from service.engine.expression.values import lift

# A generator of expressions as text -------------------------------------------------------------

NAMES = st.sampled_from(["a", "b", "c", "rows", "x", "y", "item", "missing"])
LITERALS = st.one_of(
    st.sampled_from(["null", "true", "false", '"a"', '"b"', '""', "[]", "{}"]),
    st.sampled_from(['@"2026-01-31"', '@"2026-01-31T08:30:00Z"', '@"08:30:00"', '@"PT30H"', '@"P1M"', '"2026-01-31"']),
    st.integers(0, 999).map(str),
    st.decimals(0, 99, places=2, allow_nan=False).map(str),
)


def _compound(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    signs = st.sampled_from(["+", "-", "*", "/", "**", "=", "!=", "<", "<=", ">", ">=", "and", "or", "in"])
    one = st.sampled_from(
        [
            "not",
            "count",
            "sum",
            "min",
            "max",
            "mean",
            "all",
            "any",
            "string",
            "abs",
            "floor",
            "flatten",
            "date",
            "time",
            "duration",
            "sort",
        ]
    )
    two = st.sampled_from(
        ["contains", "list contains", "append", "modulo", "concatenate", "index of", "substring", "date and time"]
    )
    return st.one_of(
        st.tuples(parts, signs, parts).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        parts.map(lambda part: f"(-{part})"),
        parts.map(lambda part: f"({part}).x"),
        st.tuples(parts, st.sampled_from(["year", "hour", "days", "months", "time offset"])).map(
            lambda t: f"({t[0]}).{t[1]}"
        ),
        st.tuples(parts, parts).map(lambda t: f"({t[0]})[{t[1]}]"),
        st.tuples(parts, parts).map(lambda t: f"[{t[0]}, {t[1]}]"),
        st.tuples(parts, parts).map(lambda t: f"{{x: {t[0]}, y: {t[1]}}}"),
        st.tuples(parts, parts, parts).map(lambda t: f"(if {t[0]} then {t[1]} else {t[2]})"),
        st.tuples(parts, parts).map(lambda t: f"(for x in {t[0]} return {t[1]})"),
        st.tuples(parts, parts).map(lambda t: f"(for x in {t[0]}..3 return {t[1]})"),
        st.tuples(st.sampled_from(["some", "every"]), parts, parts).map(
            lambda t: f"({t[0]} x in {t[1]} satisfies {t[2]})"
        ),
        st.tuples(parts, parts, parts).map(lambda t: f"({t[0]} between {t[1]} and {t[2]})"),
        st.tuples(parts, parts, parts).map(lambda t: f"({t[0]} in [{t[1]}..{t[2]}])"),
        st.tuples(one, parts).map(lambda t: f"{t[0]}({t[1]})"),
        st.tuples(two, parts, parts).map(lambda t: f"{t[0]}({t[1]}, {t[2]})"),
    )


EXPRESSIONS = st.recursive(st.one_of(NAMES, LITERALS), _compound, max_leaves=10)
JSON = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=5),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(["x", "y", "unit"]), inner, max_size=3)
    ),
    max_leaves=10,
)
CONTEXTS = st.dictionaries(NAMES, JSON)


def passed(text: str, context: dict[str, object]) -> object:
    try:
        return compile_unary_tests(text).matches(context.get("x"), context)
    except (ExpressionInvalid, ExpressionFailed) as refusal:
        return (type(refusal), refusal.message_id)


def outcome(text: str, context: dict[str, object]) -> object:
    try:
        return compile_expression(text).evaluate(context)
    except (ExpressionInvalid, ExpressionFailed) as refusal:
        return (type(refusal), refusal.message_id)


# Laws -------------------------------------------------------------------------------------------


@given(st.text(max_size=60), CONTEXTS)
@example("=\x00", {})
@example('"\\', {})
@example("a[", {"a": [1]})
def test_any_text_is_refused_or_evaluated_without_other_errors(text: str, context: dict[str, object]) -> None:
    outcome(text, context)
    passed(text, context)


SIGNS = 'a b 1 .5 "s" @"P1D" ? ( ) [ ] { } , . .. + - * ** / = != < > : ${ ! && =='
KEYWORDS = "in and or if then else for some every satisfies return between not count( null true item"
WORDS = re.findall(r"\S+", f"{SIGNS} {KEYWORDS}")


@given(st.lists(st.sampled_from(WORDS), max_size=12))
def test_any_words_are_refused_or_evaluated_without_other_errors(words: list[str]) -> None:
    outcome(" ".join(words), {"a": [1, {"b": 2}], "b": "s"})
    outcome("".join(words), {"a": [1, {"b": 2}], "b": "s"})
    passed(" ".join(words), {"a": [1, {"b": 2}], "b": "s"})


@settings(max_examples=300)
@given(EXPRESSIONS, CONTEXTS)
def test_expressions_have_a_plain_json_value_and_always_the_same(text: str, context: dict[str, object]) -> None:
    before = repr(context)

    first = outcome(text, context)

    assert repr(context) == before
    assert repr(outcome(text, context)) == repr(first)
    assert isinstance(first, tuple) or is_plain(first)


def is_plain(value: object) -> bool:
    if isinstance(value, list):
        return all(map(is_plain, value))
    if isinstance(value, dict):
        return all(type(key) is str and is_plain(entry) for key, entry in value.items())
    return value is None or type(value) in {bool, int, float, str}


@given(EXPRESSIONS)
def test_blanks_comments_and_brackets_change_nothing(text: str) -> None:
    assert tree(f" = ({text})") == tree(text)
    assert tree(f"/* a */ {text} // b") == tree(text)
    assert tree(text.replace(" ", "\n\t ")) == tree(text)


def tree(text: str) -> Node | str:
    try:
        return compile_expression(text).tree
    except ExpressionInvalid:
        return "refused"


@given(EXPRESSIONS, CONTEXTS)
def test_only_the_names_read_matter(text: str, context: dict[str, object]) -> None:
    names = compile_expression(text).names

    assert compile_expression(text).needs <= names
    assert repr(outcome(text, context)) == repr(outcome(text, {key: context[key] for key in context if key in names}))


@settings(max_examples=300)
@given(EXPRESSIONS, EXPRESSIONS, CONTEXTS)
def test_cells_say_yes_or_no_and_not_says_the_opposite_or_no(a: str, b: str, context: dict[str, object]) -> None:
    found, opposite, either = (passed(text, context) for text in (a, f"not({a})", f"{a}, {b}"))

    assert [answer for answer in (found, opposite, either) if not isinstance(answer, bool | tuple)] == []
    assert (found, opposite) != (True, True)
    assert (found, either) != (True, False)


TRUTHS = st.sampled_from([True, False, None])


def truth(text: str, **names: object) -> object:
    return compile_expression(text).evaluate(names)


@given(TRUTHS, TRUTHS, TRUTHS)
def test_three_valued_logic_keeps_its_laws(a: object, b: object, c: object) -> None:
    assert truth("a and b", a=a, b=b) is truth("b and a", a=a, b=b)
    assert truth("a or b", a=a, b=b) is truth("b or a", a=a, b=b)
    assert truth("not(a and b)", a=a, b=b) is truth("not(a) or not(b)", a=a, b=b)
    assert truth("not(a or b)", a=a, b=b) is truth("not(a) and not(b)", a=a, b=b)
    assert truth("not(not(a))", a=a) is a
    assert truth("a and (b or c)", a=a, b=b, c=c) is truth("a and b or a and c", a=a, b=b, c=c)
    assert truth("(a and b) and c", a=a, b=b, c=c) is truth("a and (b and c)", a=a, b=b, c=c)
    assert truth("some x in [a, b, c] satisfies x", a=a, b=b, c=c) is truth("a or b or c", a=a, b=b, c=c)
    assert truth("every x in [a, b, c] satisfies x", a=a, b=b, c=c) is truth("a and b and c", a=a, b=b, c=c)
    assert truth("any([a, b, c])", a=a, b=b, c=c) is truth("a or b or c", a=a, b=b, c=c)
    assert truth("all([a, b, c])", a=a, b=b, c=c) is truth("a and b and c", a=a, b=b, c=c)
    assert truth("a != b", a=a, b=b) is truth("not(a = b)", a=a, b=b)


NUMBERS = st.decimals(-(10**9), 10**9, places=3, allow_nan=False, allow_infinity=False)
EXACT = Context(prec=34, rounding=ROUND_HALF_EVEN)


@given(NUMBERS, NUMBERS)
def test_arithmetic_agrees_with_decimal(a: Decimal, b: Decimal) -> None:
    names = {"a": float(a), "b": float(b)}

    assert decimal_of("a + b", names) == a + b
    assert decimal_of("a - b", names) == a - b
    assert truth("string(a * b) = string(c)", c=text(EXACT.multiply(a, b)), **names) is True
    assert truth("a < b", **names) is (a < b)
    assert truth("a = b", **names) is (a == b)
    assert decimal_of("min(a, b)", names) == min(a, b)
    assert truth("a / b", **names) == (None if b == 0 else plain(EXACT.divide(a, b)))


def decimal_of(expression: str, names: dict[str, float]) -> Decimal:
    return Decimal(repr(compile_expression(expression).evaluate(names)))


def text(number: Decimal) -> str:
    return format(number.normalize(), "f") if number else "0"


def plain(number: Decimal) -> int | float:
    return int(number) if number == number.to_integral_value() else float(number)


@given(NUMBERS, NUMBERS.filter(bool))
def test_modulo_has_the_sign_of_the_divisor(a: Decimal, b: Decimal) -> None:
    rest = decimal_of("modulo(a, b)", {"a": float(a), "b": float(b)})

    assert rest == 0 or (rest < 0) == (b < 0)
    assert abs(rest) < abs(b)
    assert (a - rest) % b == 0


@given(
    st.one_of(
        st.integers(-(10**18) + 1, 10**18 - 1),
        st.floats(allow_nan=False, allow_infinity=False, max_value=1e15, min_value=-1e15),
        st.text(),
        st.booleans(),
        st.none(),
    )
)
def test_a_value_passed_through_is_the_same(value: object) -> None:
    assert compile_expression("x").evaluate({"x": value}) == value


@given(JSON)
def test_equality_is_reflexive_and_symmetric_for_what_can_be_compared(value: object) -> None:
    assert truth("x = x", x=value) is True
    assert lift(value) is None or truth("x = null", x=value) is False


@given(JSON, JSON)
def test_comparing_never_says_both_or_something_else(a: object, b: object) -> None:
    assert truth("a = b", a=a, b=b) is truth("b = a", a=a, b=b)
    found = truth("[a = b, a != b, a < b, a <= b, a > b, a >= b]", a=a, b=b)
    assert isinstance(found, list)
    assert set(found) <= {True, False, None}
    assert found[:2] in ([True, False], [False, True], [None, None])


@given(st.lists(st.integers(-99, 99), max_size=30))
def test_lists_of_numbers(numbers: list[int]) -> None:
    blank: list[int | None] = [None, None]  # counting from 1 to 0 goes down
    names = {"n": numbers}

    assert truth("count(n)", **names) == len(numbers)
    assert truth("sum(n)", **names) == (sum(numbers) if numbers else None)
    assert truth("max(n)", **names) == max(numbers, default=None)
    assert truth("sort(n)", **names) == sorted(numbers)
    assert truth("reverse(reverse(n)) = n", **names) is True
    assert truth("distinct values(n)", **names) == list(dict.fromkeys(numbers))
    assert truth("for x in n return x", **names) == numbers
    assert truth("n[item > 0]", **names) == [number for number in numbers if number > 0]
    assert truth("for i in 1..count(n) return n[i]", **names) == ([*numbers] or blank)
    assert truth("every x in n satisfies x in n", **names) is True
    assert truth("concatenate(n, n)[count(n) + 1] = n[1]", **names) is True
