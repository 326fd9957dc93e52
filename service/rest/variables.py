"""Variables with their types: how a program sends them, and how it gets those of a case."""

import json
import re
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from service.attachments import SIGNATURES
from service.engine.expression import JSON
from service.engine.variables import MOST_VARIABLES
from service.errors import Invalid
from service.rest.reading import Fields, parsed, whole
from service.rest.shapes import DAY, MOMENT, Kind, Schema, Variable, Variables
from service.web import auth

SHORT, INTEGER, LONG = 2**15, 2**31, 2**63
"""A whole number below the second is an Integer, below the third a Long."""
LONGEST_JSON = 200_000
_IS_DAY, _IS_MOMENT = re.compile(DAY), re.compile(MOMENT)


def read(fields: Fields, name: str) -> dict[str, JSON]:
    """Take variables out of what was sent, as a case keeps them.

    Raises:
        Invalid: a type that no case holds, or a value that is not of its type.

    """
    given = fields.mapping(name, GIVEN, MOST_VARIABLES)
    return {variable: _read(f"{name}.{variable[:100]}", typed) for variable, typed in given.items()}


def _read(place: str, typed: object) -> JSON:
    if not isinstance(typed, dict):
        raise Invalid('has to be an object: {"value": …, "type": …}', field=place)
    return one(Fields(typed, f"{place}."), place)


def one(fields: Fields, place: str) -> JSON:
    """Take one variable, as a case keeps it.

    Raises:
        Invalid: as `read`.

    """
    value, kind = fields.any("value"), fields.text("type").lower()
    fields.without_effect("valueInfo")
    fields.empty("local")
    fields.end()
    if kind and kind not in _READERS:
        raise Invalid(f"a case holds no {kind[:50]}", field=place)
    if value is None or not kind:
        return value  # type: ignore[return-value]  # it came as JSON
    try:
        return _READERS[kind](value)
    except (ValueError, TypeError, OverflowError):
        raise Invalid(f"this is no {kind}", field=place) from None


def as_they_are(fields: Fields) -> None:
    """Take what has no effect: nothing here is ever kept as an object of a language."""
    fields.without_effect("deserializeValue", "deserializeValues")


def written(value: JSON) -> Variable:
    """Return a value with its type, as the dialect has it."""
    kind, shown = _typed(value)
    return {"type": kind, "value": shown, "valueInfo": {}}


def all_written(values: Mapping[str, JSON]) -> Variables:
    """Return variables with their types."""
    return {name: written(value) for name, value in values.items()}


def to_worker(values: Mapping[str, JSON]) -> Variables:
    """Return variables as a worker gets them: one file is a File, whose bytes he fetches from an address of its own."""
    return {name: _file(value) or written(value) for name, value in values.items()}


def _file(value: JSON) -> Variable | None:
    match value:
        case [{"id": str(), "name": str(name), "size": int()}]:
            kind, _ = SIGNATURES.get(name.rpartition(".")[2].lower(), ("application/octet-stream", ()))
            return {"type": "File", "value": None, "valueInfo": {"filename": name, "mimeType": kind}}
        case _:
            return None


def _typed(value: JSON) -> tuple[Kind, object]:
    match value:
        case None:
            return "Null", None
        case bool():
            return "Boolean", value
        case int():
            return ("Integer" if -INTEGER <= value < INTEGER else "Long"), value
        case float():
            return "Double", value
        case str():
            return "String", value
        case _:
            return "Json", json.dumps(value, ensure_ascii=False)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _whole(limit: int) -> Callable[[object], int]:
    def read_whole(sent: object) -> int:
        value = whole(sent)
        if isinstance(value, bool) or not isinstance(value, int) or not -limit <= value < limit:
            raise TypeError
        return value

    return read_whole


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    return float(value)


def _yes_or_no(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _date(value: object) -> str:
    """Keep a moment as the forms do: by the clock of the office, or a day alone."""
    text = _text(value)
    if _IS_DAY.fullmatch(text):
        return text
    if not _IS_MOMENT.fullmatch(text):
        raise ValueError(text)
    moment = datetime.fromisoformat(text).astimezone(auth.office_zone()).replace(tzinfo=None)
    return moment.isoformat(timespec="seconds" if moment.second else "minutes")


def _json(value: object) -> JSON:
    """Take the JSON that a text holds; some clients send it unwrapped."""
    if not isinstance(value, str):
        return value  # type: ignore[return-value]  # it came as JSON
    if len(value) > LONGEST_JSON:
        raise ValueError
    return parsed(value)  # type: ignore[return-value]  # it is JSON


def _nothing(value: object) -> None:
    raise TypeError(value)


_READERS: dict[str, Callable[[Any], JSON]] = {
    "string": _text,
    "integer": _whole(INTEGER),
    "short": _whole(SHORT),
    "long": _whole(LONG),
    "double": _number,
    "boolean": _yes_or_no,
    "date": _date,
    "json": _json,
    "null": _nothing,
}
"""By type, in lower case. A File is not taken as a variable, and an Object would be somebody else's program."""


def _given(kinds: list[str], value: Schema) -> Schema:
    """Describe a value of some types, in the two ways in which clients write their names."""
    names = [name for kind in kinds for name in (kind, kind.capitalize())]
    shape = {"value": value, "type": {"enum": names}, "valueInfo": {"description": "has no effect here"}}
    return {"type": "object", "properties": shape, "required": ["type"], "additionalProperties": False}


def _within(limit: int) -> Schema:
    return {"type": ["integer", "null"], "minimum": -limit, "maximum": limit - 1}


GIVEN: Schema = {
    "description": "a value with its type, or without",
    "anyOf": [
        _given(["string"], {"type": ["string", "null"]}),
        _given(["integer"], _within(INTEGER)),
        _given(["short"], _within(SHORT)),
        _given(["long"], _within(LONG)),
        _given(["double"], {"type": ["number", "null"], "minimum": -sys.float_info.max, "maximum": sys.float_info.max}),
        _given(["boolean"], {"type": ["boolean", "null"]}),
        _given(["date"], {"type": ["string", "null"], "pattern": f"{DAY}|{MOMENT}"}),
        _given(["json"], {"description": "JSON, in a text or as it is"}),
        _given(["null"], {"type": "null"}),
        {
            "type": "object",
            "properties": {"value": {}, "type": {"enum": [None, ""]}, "valueInfo": {}},
            "additionalProperties": False,
        },
    ],
}
"""What `read` takes; a test holds them together."""
