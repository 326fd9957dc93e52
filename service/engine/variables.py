"""Variables that come from outside a form: which names and values a case takes."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from service.engine.expression import JSON
from service.errors import AnswersInvalid, FieldError

MOST_VARIABLES = 100
LONGEST_NAME = 128
DEEPEST = 8
LONGEST_TEXT = 100_000
LARGEST_NUMBER = 10**15
Value = TypeVar("Value")
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)


class NotTaken(ValueError):
    """A value that no variable may hold."""

    def __init__(self, code: str, **parameters: object) -> None:
        super().__init__(code)
        self.error = FieldError(code, parameters)


def taken(raw: Mapping[str, object]) -> dict[str, JSON]:
    """Return variables as they may be stored.

    Raises:
        AnswersInvalid: with a code per name; nothing is taken then.

    """
    if len(raw) > MOST_VARIABLES:
        raise AnswersInvalid({"": FieldError("too-many-values", {"limit": MOST_VARIABLES})})
    errors: dict[str, FieldError] = {}
    for name, value in raw.items():
        try:
            _require_name(name)
            inside(value)
        except NotTaken as refused:
            errors[name[:LONGEST_NAME]] = refused.error
    if errors:
        raise AnswersInvalid(errors)
    return dict(raw)  # type: ignore[arg-type]  # every value was seen to be JSON


def copied(value: Value) -> Value:
    """Return JSON that shares nothing with what was given."""
    copy: Any = value
    if isinstance(value, dict):
        copy = {name: copied(part) for name, part in value.items()}
    elif isinstance(value, list):
        copy = [copied(part) for part in value]
    same_kind: Value = copy
    return same_kind


def inside(value: object) -> list[object]:
    """Return a value with everything inside it, keys too.

    Raises:
        NotTaken: it holds what a database or the engine would stumble over: NUL, half letters, numbers without an
            end, depth, objects that are no JSON.

    """
    parts = list(_parts(value, DEEPEST))
    for part in parts:
        _require_storable(part)
    return parts


def _require_storable(part: object) -> None:
    match part:
        case None | bool() | list() | dict():
            pass
        case str():
            _require_text(part)
        case int() | float():
            if not abs(part) <= LARGEST_NUMBER:  # false for NaN as well
                raise NotTaken("number-too-large", limit=LARGEST_NUMBER)
        case _:
            raise NotTaken("value-kind")


def _require_name(name: str) -> None:
    if len(name) > LONGEST_NAME or not _NAME.fullmatch(name):
        raise NotTaken("variable-name")


def _require_text(text: str) -> None:
    if len(text) > LONGEST_TEXT:
        raise NotTaken("value-too-long", limit=LONGEST_TEXT)
    if "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise NotTaken("letters-unstorable")


def _parts(value: object, depth: int) -> Iterator[object]:
    """Yield a value with everything inside it, keys too."""
    if depth == 0:
        raise NotTaken("value-too-deep", limit=DEEPEST)
    yield value
    if isinstance(value, dict):
        yield from value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _parts(part, depth - 1)
