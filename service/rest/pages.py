"""The description for people: which operations there are, what they take and what they answer, without a script.

Ready-made viewers (Swagger UI 5.35, Redoc 3.0, Scalar 1.72, RapiDoc 9.3) weigh megabytes and write styles of their own
into the page, which our Content-Security-Policy forbids.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, current_app, render_template, request
from flask_babel import gettext, ngettext

from service.errors import NotFound
from service.rest import openapi, outline
from service.rest.openapi import CAMUNDA, OWN, Root
from service.rest.shapes import JSON, MOMENT, Schema
from service.web import policies

blueprint = Blueprint("programs", __name__, url_prefix="/program")
ROOTS = (CAMUNDA, OWN)
ALONE = (outline.NO_EFFECT, outline.ONLY_EMPTY)
"""Notes that say all of a field."""
REFERENCE = "#/components/schemas/"


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation as the page shows it."""

    name: str
    method: str
    address: str
    told: Mapping[str, Any]

    @property
    def summary(self) -> str:
        """Return what it does, in a sentence."""
        found: str = self.told["summary"]
        return found

    def holds(self, wanted: str) -> bool:
        """Tell whether every word that is looked for stands in it, in whatever case."""
        text = f"{self.method} {self.address} {self.summary}".lower()
        return all(word in text for word in wanted.lower().split())


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a question or an answer."""

    name: str
    is_needed: bool
    kind: str
    shape: str = ""
    """The shape that it has, by name."""
    place: str = ""


@blueprint.get("", endpoint="page")
@policies.people()
def show() -> str:
    """Show which operations there are, or one of them."""
    documents = {root: openapi.document(current_app, root) for root in ROOTS}
    every = [one for root, document in documents.items() for one in _operations(root, document)]
    if name := request.args.get("operasi"):
        return _one(next((one for one in every if one.name == name), None), documents)
    wanted = request.args.get("q", "").strip()[:100]
    return render_template("programs/list.html", operations=[one for one in every if one.holds(wanted)], q=wanted)


def _operations(root: Root, document: Mapping[str, Any]) -> Iterator[Operation]:
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            yield Operation(told["operationId"], method.upper(), root.address + path, told)


def _one(operation: Operation | None, documents: Mapping[Root, Mapping[str, Any]]) -> str:
    """Show one operation with every shape that its answers are made of.

    Raises:
        NotFound: there is none of this name.

    """
    if operation is None:
        raise NotFound
    document = next(one for root, one in documents.items() if operation.address.startswith(root.address))
    answers = operation.told["responses"]
    told = answers.get("200", {}).get("content", {})
    shapes = document["components"]["schemas"]
    return render_template(
        "programs/one.html",
        operation=operation,
        asked=[*_parameters(operation.told), *_body(operation.told)],
        answers=[(kind, *_kind(content.get("schema", {}))) for kind, content in told.items()],
        is_silent="204" in answers,
        failures=[(status, _failure(document, status)) for status in answers if int(status) >= LEAST_FAILURE],
        shapes=[(name, list(_fields(shapes[name]))) for name in _reached(told.get(JSON, {}), shapes)],
    )


LEAST_FAILURE = 400


def _failure(document: Mapping[str, Any], status: str) -> str:
    found: str = document["components"]["responses"][status]["description"]
    return found


def _parameters(told: Mapping[str, Any]) -> Iterator[Field]:
    places = {"path": gettext("alamat"), "query": gettext("pertanyaan"), "header": gettext("kepala")}
    for one in told["parameters"]:
        yield Field(one["name"], one["required"], *_kind(one["schema"]), place=places[one["in"]])


def _body(told: Mapping[str, Any]) -> Iterator[Field]:
    for content in told.get("requestBody", {}).get("content", {}).values():
        for field in _fields(content["schema"]):
            yield Field(field.name, field.is_needed, field.kind, field.shape, gettext("isi"))


def _fields(schema: Schema, within: str = "") -> Iterator[Field]:
    """Yield the fields of an object, and those of the objects in its lists."""
    needed = schema.get("required", ())
    for name, shape in schema.get("properties", {}).items():
        yield Field(within + name, name in needed, *_kind(shape))
        yield from _fields(shape.get("items", {}), f"{within}{name}[].")


def _kind(schema: Schema) -> tuple[str, str]:
    """Say in words what a field is, and by which name its shape is known."""
    if (note := schema.get("description")) in ALONE:
        return _told(note), ""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(REFERENCE)
        return name, name
    kinds = schema.get("type")
    kind = next((one for one in kinds if one != "null"), "null") if isinstance(kinds, list) else kind_of(schema)
    words, shape = _words(kind, schema)
    empty = gettext("boleh null") if isinstance(kinds, list) else ""
    return ", ".join(filter(None, [words, *_limits(schema), empty, _told(schema.get("description", ""))])), shape


def _told(note: str) -> str:
    """Return a note, in the language of the reader where every reader meets it."""
    match note:
        case outline.NO_EFFECT:
            found = gettext("tidak berpengaruh di sini")
        case outline.ONLY_EMPTY:
            found = gettext("tidak didukung, hanya boleh kosong")
        case outline.MILLISECONDS:
            found = gettext("milidetik")
        case outline.COMMAS:
            found = gettext("beberapa, dipisahkan koma")
        case _:
            found = note
    return str(found)


def kind_of(schema: Schema) -> str:
    """Return the type of a schema that has one, otherwise nothing."""
    found: str = schema.get("type", "")
    return found


def _words(kind: str, schema: Schema) -> tuple[str, str]:
    if "enum" in schema:
        return gettext("salah satu dari: %(words)s", words=", ".join(map(_literal, schema["enum"]))), ""
    if "anyOf" in schema and "description" in schema:
        return "", ""
    if "anyOf" in schema:
        parts = [_kind(part) for part in schema["anyOf"]]
        return gettext(" atau ").join(words for words, _ in parts), next((shape for _, shape in parts if shape), "")
    if kind == "array":
        words, shape = _kind(schema.get("items", {}))
        return gettext("daftar: %(what)s", what=words), shape
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict) and "properties" not in schema:
        words, shape = _kind(schema["additionalProperties"])
        return gettext("objek dengan nama bebas: %(what)s", what=words), shape
    if kind == "object":
        return gettext("objek"), ""
    if schema.get("pattern") == MOMENT:
        return gettext("saat, misalnya 2026-11-22T08:00:00.000+0700"), ""
    return PLAIN_WORDS.get(kind, _anything)(), ""


def _anything() -> str:
    found: str = gettext("apa pun")
    return found


PLAIN_WORDS: dict[str, Callable[[], str]] = {
    "string": lambda: gettext("teks"),
    "integer": lambda: gettext("bilangan bulat"),
    "number": lambda: gettext("bilangan"),
    "boolean": lambda: gettext("true atau false"),
    "null": lambda: "null",
}


def _limits(schema: Schema) -> Iterator[str]:
    if schema.get("format") == "uuid":
        yield "UUID"
    if "minimum" in schema and "maximum" in schema:
        yield gettext("%(least)s sampai %(most)s", least=schema["minimum"], most=schema["maximum"])
    if "maxLength" in schema:
        yield ngettext("paling banyak %(num)s huruf", "paling banyak %(num)s huruf", schema["maxLength"])


def _literal(value: object) -> str:
    return "null" if value is None else f"“{value}”" if isinstance(value, str) else str(value).lower()


def _reached(schema: object, shapes: Mapping[str, Schema]) -> list[str]:
    """Return the names of shapes that a schema is made of, each once, from the outside in."""
    found: list[str] = []
    waiting = [schema]
    while waiting:
        match waiting.pop(0):
            case {"$ref": str(reference)}:
                name = reference.removeprefix(REFERENCE)
                if name not in found:
                    found.append(name)
                    waiting.append(shapes[name])
            case dict(inner):
                waiting += inner.values()
            case list(inner):
                waiting += inner
    return found
