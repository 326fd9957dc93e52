"""What answers look like: types that the code is checked against, and the JSON Schema of each of them."""

from collections.abc import Mapping, Sequence
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    NamedTuple,
    NotRequired,
    TypedDict,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

from werkzeug.wrappers import Response

Schema = dict[str, Any]
JSON = "application/json"
_DAY = (
    r"^((19|2[01])\d\d-((0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])|(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31)"
    r"|((19|2[01])(0[48]|[2468][048]|[13579][26])|2000)-02-29)"
)
DAY = f"{_DAY}$"
MOMENT = _DAY + r"T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?(Z|[+-](0\d|1[0-4]):?[0-5]\d)$"
"""A moment with its zone, from 1900 to 2199."""


class Says(NamedTuple):
    """A word of JSON Schema that a type of ours says beside its kind."""

    word: str
    value: object


Id = Annotated[str, Says("format", "uuid")]
DefinitionId = Annotated[str, Says("description", "key:version:uuid")]
Moment = Annotated[str, Says("pattern", MOMENT)]
Whole = Annotated[int, Says("minimum", 0)]
Octets = Annotated[Response, "application/octet-stream"]
Plain = Annotated[Response, "text/plain"]
Csv = Annotated[Response, "text/csv"]
File = Annotated[Response, "*/*"]
Html = Annotated[Response, "text/html"]
"""Answers that are no JSON say by their type what they are."""
_PLAIN: dict[object, str] = {str: "string", int: "integer", float: "number", bool: "boolean", NoneType: "null"}


class Error(TypedDict):
    """What went wrong."""

    type: str
    message: str
    code: int | None


class Refusal(TypedDict):
    """What went wrong, where we speak for ourselves."""

    code: str
    message: str


class Count(TypedDict):
    """How many there are."""

    count: Whole


class Link(TypedDict):
    """A way to something else; there are none here."""

    method: str
    href: str
    rel: str


Kind = Literal["Null", "Boolean", "Integer", "Long", "Double", "String", "Json", "File"]


class Variable(TypedDict):
    """A value with its type."""

    type: Kind
    value: object
    valueInfo: dict[str, object]


Variables = dict[str, Variable]


def schema(hint: object, named: dict[str, Schema]) -> Schema:
    """Return the JSON Schema of a type; what has a name is put among the named."""
    origin, parts = get_origin(hint), get_args(hint)
    if hint in _PLAIN:
        return {"type": _PLAIN[hint]}
    if hint in {object, Any}:
        return {}
    if origin is Annotated:
        return schema(parts[0], named) | dict(parts[1:])
    if origin is NotRequired:
        return schema(parts[0], named)
    if origin is Literal:
        return {"type": "string", "enum": list(parts)}
    if origin in {Union, UnionType}:
        return _either([schema(part, named) for part in parts])
    if origin in {list, tuple, Sequence}:
        return {"type": "array", "items": schema(parts[0], named)}
    if origin in {dict, Mapping} or hint is dict:
        return {"type": "object", "additionalProperties": schema(parts[1], named) if parts else {}}
    if is_typeddict(hint):
        return _named(hint, named)
    raise TypeError(hint)


def contents(told: object) -> dict[str, object]:
    """Return what a view answers with, by the type of the content: the type of JSON, None for bytes, "" for nothing."""
    parts = get_args(told) if get_origin(told) in {Union, UnionType} else (told,)
    raw = {part: get_args(part)[1] for part in parts if get_origin(part) is Annotated and get_args(part)[0] is Response}
    found: dict[str, object] = dict.fromkeys(raw.values())
    if NoneType in parts:
        found[""] = NoneType
    values = tuple(part for part in parts if part not in raw and part is not NoneType)
    if values:
        found[JSON] = Union[values]  # noqa: UP007 - of as many as were found
    return found


def _named(hint: Any, named: dict[str, Schema]) -> Schema:  # noqa: ANN401 - a class of TypedDict
    name = hint.__name__
    if name not in named:
        hints = get_type_hints(hint, include_extras=True)
        shape: Schema = {"type": "object", "description": (hint.__doc__ or "").partition("\n")[0]}
        named[name] = shape
        shape["properties"] = {field: schema(inner, named) for field, inner in hints.items()}
        shape["required"] = sorted(hint.__required_keys__)
        shape["additionalProperties"] = False
    return {"$ref": f"#/components/schemas/{name}"}


def _either(found: list[Schema]) -> Schema:
    """Return what one of them holds for; text or nothing, say, is a text that may be null."""
    others = [one for one in found if one != {"type": "null"}]
    if len(others) == 1 and len(found) > 1 and "type" in others[0] and "enum" not in others[0]:
        return others[0] | {"type": [others[0]["type"], "null"]}
    return {"anyOf": found}
