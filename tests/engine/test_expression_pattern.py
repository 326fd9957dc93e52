import re
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.engine.expression.pattern import Pattern, PatternInvalid


def found(pattern: str, text: str) -> bool:
    return Pattern.of(pattern).found_in(text)


FOUND = [
    ("", "", True),
    ("", "abc", True),
    ("b", "abc", True),
    ("^b", "abc", False),
    ("c$", "abc", True),
    ("^abc$", "abc", True),
    ("^abc$", "abcd", False),
    ("^$", "", True),
    ("^$", "a", False),
    ("a.c", "a\nc", False),
    ("a.c", "aéc", True),
    (r"^\d{3}/\d+$", "050/12", True),
    (r"^\d{3}/\d+$", "50/12", False),
    (r"^\d+$", "१२", False),
    (r"^\w+$", "é", False),
    (r"^\s$", "\u00a0", True),
    (r"^\S+$", "a b", False),
    (r"^[^\d\s]+$", "abc", True),
    ("^[a-c-]+$", "a-c", True),
    ("^[]-a]+$", "]", None),
    (r"^[\]\-]+$", "]-", True),
    ("^(ab|cd)*$", "abcdab", True),
    ("^(?:ab)?c$", "c", True),
    ("^a{2}$", "aa", True),
    ("^a{2,}$", "aaa", True),
    ("^a{2,3}$", "aaaa", False),
    ("^a{0}$", "", True),
    ("^a+?$", "aaa", True),
    ("a|^$", "", True),
    (r"^\.\*\\$", ".*\\", True),
    (r"^\u0041$", "A", True),
    ("(^a|b$)", "xb", True),
    ("^😀$", "😀", True),
]


@pytest.mark.parametrize(("pattern", "text", "expected"), FOUND)
def test_pattern_is_searched_as_in_javascript(pattern: str, text: str, expected: bool | None) -> None:  # noqa: FBT001 - a table
    if expected is None:
        with pytest.raises(PatternInvalid):
            Pattern.of(pattern)
    else:
        assert found(pattern, text) is expected


REFUSED = [
    "(",
    ")",
    "(a",
    "a)",
    "[a",
    "[b-a]",
    r"[\w-z]",
    r"[a-\d]",
    r"[\D]",
    "*a",
    "a**",
    "a+*",
    "a{1}{2}",
    "a{",
    "a{,2}",
    "a{3,2}",
    "a{101}",
    "a{x}",
    "^*",
    "\\",
    r"\b",
    r"\1",
    r"\p{L}",
    r"\u12",
    "(?=a)",
    "(?!a)",
    "(?<n>a)",
    "(?i)a",
    "a" * 201,
    "(" * 21 + ")" * 21,
    "((a{50}){50}){50}",
]


@pytest.mark.parametrize("pattern", REFUSED)
def test_pattern_that_is_not_supported_is_named(pattern: str) -> None:
    with pytest.raises(PatternInvalid) as caught:
        Pattern.of(pattern)

    assert caught.value.message_id.startswith("pola ")
    assert caught.value.message_en.startswith("the pattern ")


@pytest.mark.parametrize(
    "pattern",
    [
        "(a*)*b",
        "(a+)+b",
        "(a|a)*b",
        "(a|aa)+b",
        "(.*)(.*)(.*)(.*)b",
        "a{0,50}a{0,50}b",
        "(a?){50}(a){50}b",
        "^(([a-z])+.)+[A-Z]([a-z])+$",
    ],
)
def test_pattern_cannot_hang(pattern: str) -> None:
    assert not found(pattern, "a" * 20_000)


PARTS = st.recursive(
    st.sampled_from(["a", "b", "[ab]", "[^a]", ".", r"\d", r"\w", "1"]),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda t: f"(?:{t[0]}|{t[1]})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{1,2}", "{0,1}", "{2,}"])).map(
            lambda t: f"(?:{t[0]}){t[1]}"
        ),
    ),
    max_leaves=6,
)


@settings(max_examples=300)
@given(st.sampled_from(["", "^"]), PARTS, st.sampled_from(["", r"$"]), st.text("ab1\n", max_size=8))
def test_pattern_agrees_with_another_engine(start: str, middle: str, end: str, text: str) -> None:
    pattern = start + middle + end
    expected = re.search(start + middle + end.replace("$", r"\Z"), text, re.ASCII) is not None

    assert found(pattern, text) is expected


@given(st.text(r"ab()[]{}*+?|\^$.,1-d", max_size=20), st.text("ab1", max_size=10))
def test_any_pattern_is_refused_or_searched(pattern: str, text: str) -> None:
    with suppress(PatternInvalid):
        found(pattern, text)
