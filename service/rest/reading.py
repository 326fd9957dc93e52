"""What a program sent, read strictly: what nobody asks for is refused, and so is what is not what it has to be.

Nothing that is read here is ever evaluated.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from flask import request

from service.errors import Invalid, NotFound

LARGEST_BODY = 1_000_000
"""Bytes of a JSON body."""
DEEPEST = 20
LONGEST_TEXT = 100_000
LONGEST_LIST = 1_000
LARGEST = 2**53
YEARS = range(1900, 2201)
MOST_ROWS = 1_000
"""Of one page; who asks for more gets so many."""
_EXPRESSIONS = ("${", "#{")
_DIGITS = re.compile(r"-?[0-9]{1,19}")
_FLAGS = {"true": True, "false": False}
Choice = TypeVar("Choice", bound=str)
Value = TypeVar("Value")


class Fields:
    """Fields by name, each taken out once; `end` refuses those that are left."""

    def __init__(self, raw: Mapping[str, object], place: str = "") -> None:
        self._left = dict(raw)
        self._place = place

    def end(self) -> None:
        """Refuse what was sent beside.

        Raises:
            Invalid: with the names.

        """
        if self._left:
            raise Invalid(f"not known here: {', '.join(sorted(name[:100] for name in self._left))}")

    def text(self, name: str, default: str = "", *, longest: int = 500, of_people: bool = False) -> str:
        """Take a text; what people wrote may begin as it likes."""
        value = self._take(name)
        if value is None:
            return default
        if not isinstance(value, str):
            raise self._wrong(name, "a text")
        if len(value) > longest:
            raise self._wrong(name, f"a text of at most {longest} letters")
        if value.startswith(_EXPRESSIONS) and not of_people:
            raise Invalid("expressions are not evaluated", field=self._place + name)
        return value

    def required(self, name: str, *, longest: int = 500) -> str:
        """Take a text that has to be there."""
        value = self.text(name, longest=longest)
        if not value.strip():
            raise self._wrong(name, "given")
        return value

    def whole(self, name: str, default: int, least: int = 0, most: int = LARGEST) -> int:
        """Take a whole number."""
        value = self._take(name)
        if value is None:
            return default
        if isinstance(value, str) and _DIGITS.fullmatch(value):
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise self._wrong(name, f"a whole number from {least} to {most}")
        return value

    def span(self, name: str, default: timedelta | None = None) -> timedelta:
        """Take a number of milliseconds; one without a default has to be there."""
        milliseconds = self.whole(name, -1, most=10**12)
        if milliseconds >= 0:
            return timedelta(milliseconds=milliseconds)
        if default is None:
            raise self._wrong(name, "a number of milliseconds")
        return default

    def flag(self, name: str) -> bool | None:
        """Take yes or no."""
        value = self._take(name)
        found = _FLAGS.get(value) if isinstance(value, str) else value
        if value is not None and not isinstance(found, bool):
            raise self._wrong(name, "true or false")
        return found  # type: ignore[return-value]  # seen to be one

    def texts(self, name: str) -> frozenset[str] | None:
        """Take several texts: a list, or in an address one text with commas."""
        value = self._take(name)
        if value is None:
            return None
        if isinstance(value, str):
            value = value.split(",")
        if not isinstance(value, list) or len(value) > LONGEST_LIST or not all(isinstance(one, str) for one in value):
            raise self._wrong(name, f"a list of at most {LONGEST_LIST} texts")
        if any(one.startswith(_EXPRESSIONS) for one in value):
            raise Invalid("expressions are not evaluated", field=self._place + name)
        return frozenset(value)

    def moment(self, name: str) -> datetime | None:
        """Take a moment with its zone."""
        text = self.text(name, longest=40)
        if not text:
            return None
        try:
            found = datetime.fromisoformat(text.replace(" ", "+"))  # a plus that an address did not escape
        except ValueError:
            found = datetime.min  # noqa: DTZ901 - stands for none, refused at once
        if found.tzinfo is None or found.year not in YEARS:
            raise self._wrong(name, "a moment like 2026-11-22T08:00:00.000+0700")
        return found

    def choice(self, name: str, among: Sequence[Choice], default: Choice | None = None) -> Choice:
        """Take one of several words; one without a default has to be there."""
        text = self.text(name, default or "")
        found = next((word for word in among if word == text), None)
        if found is None:
            raise self._wrong(name, f"one of {', '.join(among)}")
        return found

    def parts(self, name: str, read: Callable[["Fields"], Value]) -> list[Value]:
        """Take a list of objects, each read by a function and to its end."""
        value = self._take(name)
        if value is None:
            return []
        if not isinstance(value, list) or len(value) > LONGEST_LIST:
            raise self._wrong(name, f"a list of at most {LONGEST_LIST}")
        return [self._part(name, part, read) for part in value]

    def mapping(self, name: str) -> Mapping[str, Any]:
        """Take an object whose names are free."""
        value = self._take(name)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise self._wrong(name, "an object")
        return value

    def has(self, name: str) -> bool:
        """Tell whether something was sent under a name, be it nothing."""
        return name in self._left

    def any(self, name: str) -> object:
        """Take a value as it is, None for none."""
        return self._take(name)

    def without_effect(self, *names: str) -> None:
        """Take what changes nothing here, whatever it says."""
        for name in names:
            self._left.pop(name, None)

    def empty(self, *names: str) -> None:
        """Take what may only be empty, as nothing of it is supported."""
        for name in names:
            if self._take(name) not in (None, "", [], {}, False):
                raise Invalid("this is not supported here", field=self._place + name)

    def _part(self, name: str, part: object, read: Callable[["Fields"], Value]) -> Value:
        if not isinstance(part, dict):
            raise self._wrong(name, "a list of objects")
        fields = Fields(part, f"{self._place}{name}.")
        found = read(fields)
        fields.end()
        return found

    def _take(self, name: str) -> object:
        return self._left.pop(name, None)

    def _wrong(self, name: str, wanted: str) -> Invalid:
        return Invalid(f"has to be {wanted}", field=self._place + name)


def query() -> Fields:
    """Return the fields of the address.

    Raises:
        Invalid: one stands there twice.

    """
    twice = [name for name, values in request.args.lists() if len(values) > 1]
    if twice:
        raise Invalid("given twice", field=twice[0][:100])
    return Fields(request.args.to_dict())


def body() -> Fields:
    """Return the fields of the body, none when there is no body.

    Raises:
        Invalid: it is no JSON object, or one that is too large or too deep.

    """
    if (request.content_length or 0) > LARGEST_BODY:
        raise Invalid(f"a body has at most {LARGEST_BODY} bytes")
    content = request.get_data(cache=False)
    if not content.strip():
        return Fields({})
    if not request.is_json:
        raise Invalid("a body is application/json")
    if len(content) > LARGEST_BODY:
        raise Invalid(f"a body has at most {LARGEST_BODY} bytes")
    found = parsed(content)
    if not isinstance(found, dict):
        raise Invalid("a body is a JSON object")
    return Fields(found)


def parsed(text: str | bytes) -> object:
    """Read JSON of a stranger.

    Raises:
        Invalid: it is none, too deep, or holds what no database keeps.

    """
    try:
        found = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Invalid("this is no JSON") from None
    _require_storable(found, DEEPEST)
    return found


def identifier(text: str, what: str) -> UUID:
    """Read an id from an address; what is none belongs to nothing.

    Raises:
        NotFound: it is no UUID.

    """
    try:
        return UUID(text)
    except ValueError:
        raise NotFound(f"{what} with id {text[:100]} does not exist") from None


def identifiers(texts: frozenset[str] | None) -> frozenset[UUID] | None:
    """Read ids of a query: what is no UUID belongs to nothing, so nothing is found by it."""
    if texts is None:
        return None
    found = set()
    for text in texts:
        try:
            found.add(UUID(text))
        except ValueError:
            continue
    return frozenset(found)


def page(fields: Fields) -> tuple[int, int]:
    """Return which rows are asked for: the first, and how many."""
    return fields.whole("firstResult", 0, most=10**9), min(fields.whole("maxResults", MOST_ROWS, most=2**31), MOST_ROWS)


def order(fields: Fields, among: Sequence[Choice]) -> list[tuple[Choice, bool]]:
    """Return by what rows are sorted, and whether downwards: from the address, or from `sorting` in a body."""
    asked = fields.parts("sorting", lambda part: _sorting(part, among))
    if (by := fields.text("sortBy")) or fields.text("sortOrder"):
        asked.append(_sorting(Fields({"sortBy": by, "sortOrder": fields.text("sortOrder")}), among))
    return asked


def _sorting(fields: Fields, among: Sequence[Choice]) -> tuple[Choice, bool]:
    by = fields.choice("sortBy", among)
    return by, fields.choice("sortOrder", ("asc", "desc"), "asc") == "desc"


def _no_number(_text: str) -> float:
    raise ValueError


def _require_storable(value: object, depth: int) -> None:
    if depth == 0:
        raise Invalid(f"JSON is at most {DEEPEST} deep")
    if isinstance(value, str) and ("\x00" in value or any("\ud800" <= letter <= "\udfff" for letter in value)):
        raise Invalid("a text holds letters that no database keeps")
    for part in (*value, *value.values()) if isinstance(value, dict) else value if isinstance(value, list) else ():
        _require_storable(part, depth - 1)
