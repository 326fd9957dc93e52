"""What a program sent, read strictly: what nobody asks for is refused, and so is what is not what it has to be.

Nothing that is read here is ever evaluated.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from math import isfinite
from typing import Any, TypeVar
from uuid import UUID

from flask import request
from werkzeug.datastructures import MultiDict

from service.errors import Invalid, NotFound
from service.rest.shapes import MOMENT, Schema

LARGEST_BODY = 1_000_000
"""Bytes of a JSON body."""
DEEPEST = 20
LONGEST_TEXT = 100_000
LONGEST_LIST = 1_000
LARGEST = 2**53
LONGEST_SPAN = 10**12
"""Milliseconds."""
MOST_ROWS = 1_000
"""Of one page; who asks for more gets so many."""
_EXPRESSIONS = ("${", "#{")
_MOMENT = re.compile(MOMENT)
_DIGITS = re.compile(r"-?[0-9]{1,19}")
WAYS = ("asc", "desc")
_FLAGS = {"true": True, "false": False}
LONGEST_WORD = 500
"""Letters of a text that is part of a list."""
Choice = TypeVar("Choice", bound=str)
Value = TypeVar("Value")
Page = tuple[int, int]
"""The first row, and how many."""


class Fields:
    """Fields by name, each taken out once; `end` refuses those that are left.

    In an address all are texts, in a body each has its own type. A reader takes them one after the other whatever
    they say, so that `outline` can be read by it too.
    """

    def __init__(self, raw: Mapping[str, object], place: str = "", *, is_address: bool = False) -> None:
        self._left = dict(raw)
        self._place = place
        self.is_address = is_address

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

    def sought(self, name: str, default: str = "", *, longest: int = 500, of_people: bool = False) -> str:
        """Take a text by which rows are sought: an empty one would find them all, which nobody means."""
        if self._left.get(name) == "":
            raise self._wrong(name, "given, or left out")
        return self.text(name, default, longest=longest, of_people=of_people)

    def required(self, name: str, *, longest: int = 500) -> str:
        """Take a text that has to be there."""
        value = self.text(name, longest=longest)
        if not value.strip():
            raise self._wrong(name, "given")
        return value

    def matching(self, name: str, pattern: str) -> str:
        """Take a text of a certain form, empty where there is none."""
        value = self._take(name)
        if value is None:
            return ""
        if not isinstance(value, str) or len(value) > LONGEST_TEXT or not re.fullmatch(pattern, value):
            raise self._wrong(name, f"like {pattern}")
        return value

    def plain(self, name: str) -> str | float | bool | None:
        """Take a text, a number, true, false or nothing."""
        value = self._take(name)
        if isinstance(value, dict | list):
            raise self._wrong(name, "a text, a number, true, false or null")
        if isinstance(value, str) and value.startswith(_EXPRESSIONS):
            raise Invalid("expressions are not evaluated", field=self._place + name)
        return value  # type: ignore[return-value]  # it came as JSON

    def whole(self, name: str, default: int | None = None, least: int = 0, most: int = LARGEST) -> int:
        """Take a whole number; one without a default has to be there."""
        value = self._take(name)
        if value is None and default is not None:
            return default
        if self.is_address and isinstance(value, str) and _DIGITS.fullmatch(value):
            value = int(value)
        value = whole(value)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise self._wrong(name, f"a whole number from {least} to {most}")
        return value

    def span(self, name: str, default: timedelta | None = None) -> timedelta:
        """Take a number of milliseconds; one without a default has to be there."""
        given = None if default is None else default // timedelta(milliseconds=1)
        return timedelta(milliseconds=self.whole(name, given, most=LONGEST_SPAN))

    def flag(self, name: str) -> bool | None:
        """Take yes or no."""
        value = self._take(name)
        found = _FLAGS.get(value) if self.is_address and isinstance(value, str) else value
        if value is not None and not isinstance(found, bool):
            raise self._wrong(name, "true or false")
        return found  # type: ignore[return-value]  # seen to be one

    def yes_or_no(self, name: str) -> bool:
        """Take yes or no, which has to be there."""
        found = self.flag(name)
        if found is None:
            raise self._wrong(name, "true or false")
        return found

    def texts(self, name: str) -> frozenset[str] | None:
        """Take several texts: a list, or in an address one text with commas."""
        value = self._take(name)
        if value is None:
            return None
        if self.is_address and isinstance(value, str):
            value = value.split(",")
        if not isinstance(value, list) or len(value) > LONGEST_LIST or not all(map(_is_word, value)):
            raise self._wrong(name, f"a list of at most {LONGEST_LIST} texts of {LONGEST_WORD} letters")
        if any(one.startswith(_EXPRESSIONS) for one in value):
            raise Invalid("expressions are not evaluated", field=self._place + name)
        return frozenset(value)

    def moment(self, name: str) -> datetime | None:
        """Take a moment with its zone."""
        value = self._take(name)
        if value is None:
            return None
        text = value.replace(" ", "+") if isinstance(value, str) else ""  # a plus that an address did not escape
        if not _MOMENT.fullmatch(text):
            raise self._wrong(name, "a moment like 2026-11-22T08:00:00.000+0700, from 1900 to 2199")
        return datetime.fromisoformat(text)

    def choice(self, name: str, among: Sequence[Choice], default: Choice | None = None) -> Choice:
        """Take one of several words; one without a default has to be there."""
        found = self.option(name, among)
        if found is None and default is None:
            raise self._wrong(name, f"one of {', '.join(among)}")
        return found or default  # type: ignore[return-value]  # one of them is there

    def option(self, name: str, among: Sequence[Choice]) -> Choice | None:
        """Take one of several words, or none."""
        value = self._take(name)
        found = next((word for word in among if word == value), None)
        if value is not None and found is None:
            raise self._wrong(name, f"one of {', '.join(among)}")
        return found

    def parts(
        self, name: str, read: Callable[["Fields"], Value], least: int = 0, most: int = LONGEST_LIST
    ) -> list[Value]:
        """Take a list of objects, each read by a function and to its end."""
        value = self._take(name)
        if value is None:
            value = []
        if not isinstance(value, list) or not least <= len(value) <= most:
            raise self._wrong(name, f"a list of {least} to {most}")
        return [self._part(name, part, read) for part in value]

    def inner(self, name: str, read: Callable[["Fields"], Value]) -> Value:
        """Take an object, read by a function and to its end; none is an empty one."""
        value = self._take(name)
        return self._part(name, {} if value is None else value, read, "an object")

    def mapping(self, name: str, each: Schema, most: int) -> Mapping[str, Any]:  # noqa: ARG002 - told by the outline
        """Take an object whose names are free; what each of its values is, the caller looks at."""
        value = self._take(name)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise self._wrong(name, "an object")
        if len(value) > most:
            raise self._wrong(name, f"an object of at most {most} names")
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
            if not _is_empty(self._take(name)):
                raise Invalid("this is not supported here", field=self._place + name)

    def _part(
        self, name: str, part: object, read: Callable[["Fields"], Value], wanted: str = "a list of objects"
    ) -> Value:
        if not isinstance(part, dict):
            raise self._wrong(name, wanted)
        fields = Fields(part, f"{self._place}{name}.")
        found = read(fields)
        fields.end()
        return found

    def _take(self, name: str) -> object:
        return self._left.pop(name, None)

    def _wrong(self, name: str, wanted: str) -> Invalid:
        return Invalid(f"has to be {wanted}", field=self._place + name)


def whole(value: object) -> object:
    """Return a number without a fraction as a whole one: JSON knows no difference between 7 and 7.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def query() -> Fields:
    """Return the fields of the address.

    Raises:
        Invalid: one stands there twice, or holds what no database keeps.

    """
    return _written(request.args)


def form() -> Fields:
    """Return the fields of a form that came with files.

    Raises:
        Invalid: as `query`.

    """
    return _written(request.form)


def _written(sent: MultiDict[str, str]) -> Fields:
    """Return fields that came as texts.

    Raises:
        Invalid: one stands there twice, or holds what no database keeps.

    """
    twice = [name for name, values in sent.lists() if len(values) > 1]
    if None in sent:  # a part of a form whose head names nothing
        raise Invalid("a part has no name")
    if twice:
        raise Invalid("given twice", field=twice[0][:100])
    _require_storable(sent.to_dict(), 2)
    return Fields(sent.to_dict(), is_address=True)


def body() -> Fields:
    """Return the fields of the body, none when there is no body.

    Raises:
        Invalid: it is no JSON object, or one that is too large or too deep.

    """
    if (request.content_length or 0) > LARGEST_BODY:
        raise Invalid(f"a body has at most {LARGEST_BODY} bytes")
    content = request.get_data()
    if not content:
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
        found = json.loads(text, parse_constant=_no_number, object_pairs_hook=_once_each)
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


def page(fields: Fields) -> Page:
    """Return which rows are asked for: the first, and how many."""
    return fields.whole("firstResult", 0, most=10**9), min(fields.whole("maxResults", MOST_ROWS, most=2**31), MOST_ROWS)


def order(fields: Fields, among: Sequence[Choice]) -> list[tuple[Choice, bool]]:
    """Return by what rows are sorted, and whether downwards: one order in an address, `sorting` in a body."""
    if not fields.is_address:
        return fields.parts("sorting", lambda part: _sorting(part, among))
    by, way = fields.option("sortBy", among), fields.option("sortOrder", WAYS)
    if way and not by:
        raise Invalid("says nothing without sortBy", field="sortOrder")
    return [(by, way == "desc")] if by else []


def _sorting(fields: Fields, among: Sequence[Choice]) -> tuple[Choice, bool]:
    by = fields.choice("sortBy", among)
    return by, fields.choice("sortOrder", WAYS, "asc") == "desc"


def _is_word(value: object) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_WORD


def _is_empty(value: object) -> bool:
    return value is None or value is False or (isinstance(value, str | list | dict) and not value)


def _once_each(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Refuse an object that says one thing twice: readers on the way may have seen the other."""
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise Invalid("given twice", field=next(name[:100] for name in found if names.count(name) > 1))
    return found


def _no_number(_text: str) -> float:
    raise ValueError


def _require_storable(value: object, depth: int) -> None:
    if depth == 0:
        raise Invalid(f"JSON is at most {DEEPEST} deep")
    if isinstance(value, str) and ("\x00" in value or any("\ud800" <= letter <= "\udfff" for letter in value)):
        raise Invalid("a text holds letters that no database keeps")
    if isinstance(value, float) and not isfinite(value):
        raise Invalid("a number is too large")
    for part in (*value, *value.values()) if isinstance(value, dict) else value if isinstance(value, list) else ():
        _require_storable(part, depth - 1)


def suspension(fields: Fields) -> bool | None:
    """Read whether what is suspended is wanted, or what is not; asked for both, what is suspended."""
    active, suspended = fields.flag("active"), fields.flag("suspended")
    return True if suspended else False if active else None
