"""Reasons: on one line, storable, long enough to explain something."""

import pytest

from service.engine import reason
from service.errors import ReasonMissing


@pytest.mark.parametrize(
    ("raw", "kept"),
    [("", ""), (" a\n b ", "a b"), ("a\x00b", "ab"), ("x" * 1_001, "x" * 1_000), ("Salah ketik.", "Salah ketik.")],
)
def test_reason_is_kept_on_one_line(raw: str, kept: str) -> None:
    assert reason.read(raw) == kept


@pytest.mark.parametrize("raw", ["", "    ", "tak", "\x00" * 9, "a b"])
def test_word_that_explains_nothing_is_no_reason(raw: str) -> None:
    with pytest.raises(ReasonMissing):
        reason.required(raw)


def test_shortest_reason_is_taken() -> None:
    assert reason.required(" lupa. ") == "lupa."
