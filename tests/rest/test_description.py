"""The description: it names every route, says what readers take and views answer, and is what the code does."""

import json
from itertools import product
from types import NoneType
from typing import Any, get_type_hints

import jsonschema_rs
import pytest
from flask import Flask

from service.errors import Invalid
from service.rest import openapi, operations, variables
from service.rest.openapi import CAMUNDA, OWN
from service.rest.operations import Operation, nothing
from service.rest.outline import Outline, Reader
from service.rest.reading import Fields
from service.rest.shapes import Schema
from tests import describing
from tests.conftest import on_sqlite
from tests.programs import Program
from tests.walking import Visitor

ROOTS = pytest.mark.parametrize("root", [CAMUNDA, OWN], ids=lambda root: root.address)


def asked(app: Flask) -> list[tuple[str, Operation]]:
    with app.app_context():
        served = [*openapi.served(app, CAMUNDA), *openapi.served(app, OWN)]
    return [(rule.endpoint, operation) for rule, _, operation in served]


def readers(app: Flask) -> set[tuple[Reader, bool]]:
    """Return what reads addresses and bodies, and whether it is an address."""
    found = {(reader, True) for _, one in asked(app) for reader in (one.query, one.form)}
    return (found | {(one.body, False) for _, one in asked(app)}) - {(nothing, True), (nothing, False)}


@on_sqlite
def test_every_route_for_programs_is_described(app: Flask) -> None:
    for_programs = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith((f"{CAMUNDA.address}/", f"{OWN.address}/", f"{CAMUNDA.address}<"))
    }

    missing = for_programs - {endpoint for endpoint, _ in asked(app)}
    missing = {endpoint for endpoint in missing if not endpoint.startswith(describing.UNDESCRIBED)}
    assert missing == set(), "put @operation(…) under their routes, see service/rest/README.md"


@on_sqlite
@ROOTS
def test_description_is_openapi(app: Flask, root: openapi.Root) -> None:
    told = Program(app, root=root.address).get("/openapi.json")
    schemas = [*told["components"]["schemas"].values()]
    operations_told = [one for _, one in operations_of(told)]

    assert told == describing.document(app, root)
    for one in operations_told:
        assert one["summary"], one["operationId"]
        assert {"401", "403"} <= one["responses"].keys()
        schemas += [parameter["schema"] for parameter in one["parameters"]]
        schemas += [kind["schema"] for kind in one.get("requestBody", {"content": {}})["content"].values()]
    for schema in schemas:
        jsonschema_rs.meta.validate(schema)
    names = [one["operationId"] for one in operations_told]
    assert len(names) == len(set(names))


@on_sqlite
def test_views_take_what_their_readers_return(app: Flask) -> None:
    for endpoint, one in asked(app):
        hints = get_type_hints(one.view)
        for name, reader in (("query", one.query), ("body", one.body), ("form", one.form)):
            wanted = get_type_hints(reader)["return"]
            assert hints.get(name, NoneType) == wanted, f"{endpoint} gets another {name} than its reader returns"


WRONG: tuple[Any, ...] = (
    "\N{SNOWMAN}", "${x}", "", -1, 10**30, 1.5, True, False, [1], ["${x}"], {"x": 1}, [{"x": 1}], [], {}, None,
    "a" * 200_000,
)  # fmt: skip
"""Of every type; each field of a body takes some of them and refuses the others."""
NUMBERS = ("-1", "7", "1" + "0" * 30, "1.5", "true", "false")
TEXTS = ("\N{SNOWMAN}", "${x}", "a,${x}", "", "2026-11-22", "a" * 200_000, *NUMBERS)
"""Of every type as an address has them."""


@on_sqlite
def test_readers_take_what_is_described_and_nothing_else(app: Flask) -> None:
    for reader, is_address in readers(app):
        outline = Outline.of(reader, is_address=is_address)
        least = {name: sample(outline.properties[name]) for name in outline.needed}
        assert takes(reader, least, is_address=is_address), (reader, least)
        assert not takes(reader, least | {"tidak_ada": "x"}, is_address=is_address), reader
        for name in outline.needed:
            fewer = {other: value for other, value in least.items() if other != name}
            assert not takes(reader, fewer, is_address=is_address), (reader, name)
        for name, schema in outline.properties.items():
            holds = jsonschema_rs.validator_for(schema)
            beside = {"sortBy": first(outline), **least} if name == "sortOrder" else least
            for value in TEXTS if is_address else WRONG:
                fits = holds.is_valid(read_in_address(value, schema) if is_address else value)
                took = takes(reader, beside | {name: value}, is_address=is_address)
                assert took == fits, (reader, name, value, schema)


def read_in_address(text: object, schema: Schema) -> object:
    """Return what a text in an address stands for."""
    if schema.get("type") in ("integer", "boolean"):
        return json.loads(str(text)) if text in NUMBERS else text
    return text


VALUES = (
    None, "x", "7", 7, 2**31, 2**63, 10**400, 1.5, True, [1], {"a": 1}, "2026-11-22T08:00:00+0700",
    "2028-02-29T08:00:00.000Z", "2027-02-29T08:00:00.000Z", "2026-11-22T08:00", "2026-11-22", "2026-W47-7",
)  # fmt: skip
KINDS = ("string", "integer", "short", "long", "double", "boolean", "date", "null", "Text", "", None)


def test_values_are_taken_as_described(app: Flask) -> None:
    holds = jsonschema_rs.validator_for(variables.GIVEN)
    with app.test_request_context():
        for kind, value in product(KINDS, VALUES):
            typed = {"value": value, "type": kind}
            taken = takes(_values, {"v": {"a": typed}}, is_address=False)
            assert taken == holds.is_valid(typed), typed


def _values(fields: Fields) -> None:
    variables.read(fields, "v")


def takes(reader: Reader, sent: dict[str, Any], *, is_address: bool) -> bool:
    fields = Fields(sent, is_address=is_address)
    try:
        reader(fields)
        fields.end()
    except Invalid:
        return False
    return True


def sample(schema: Schema) -> object:
    """Return something that a field takes which has to be there."""
    if "enum" in schema:
        return schema["enum"][0]
    if schema["type"] == "array":
        inner = schema["items"]
        return [{name: sample(inner["properties"][name]) for name in inner.get("required", [])}]
    return {"boolean": True, "integer": schema.get("minimum"), "string": "x"}[schema["type"]]


def first(outline: Outline) -> str:
    found: str = outline.properties["sortBy"]["enum"][0]
    return found


@on_sqlite
def test_every_address_names_what_is_explained(app: Flask) -> None:
    named = {
        name
        for rule in app.url_map.iter_rules()
        if operations.of(app.view_functions[rule.endpoint])
        for name in rule.arguments
    }

    assert sorted(openapi.PARAMETERS) == sorted(named)


@on_sqlite
def test_every_operation_has_its_page(app: Flask) -> None:
    visitor = Visitor(app, "blitar.jfu")
    every = {one["operationId"]: path for path, one in operations_of(describing.document(app, CAMUNDA))}

    listed = visitor.get("/program")
    for name, path in every.items():
        assert f"operasi={name}" in listed.response.text, name
        assert path in visitor.get(f"/program?operasi={name}").response.text, name
    told = visitor.get("/program?operasi=signals.send").response.text
    assert "Idempotency-Key" in told
    assert "kepala" in told
    found = visitor.get("/program?q=FETCH lock").response.text
    assert (found.count("operasi="), "external_tasks.fetch_and_lock" in found) == (1, True)
    assert visitor.get("/program?operasi=tidak_ada").status == 404
    assert "operasi=" not in visitor.get("/program?q=<script>").response.text


def operations_of(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [(path, one) for path, methods in document["paths"].items() for one in methods.values()]
