"""`/openapi.json`: every operation of a root as OpenAPI 3.1, told by the code that answers it."""

import re
import sys
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, NamedTuple, get_type_hints

from flask import Blueprint, Flask, current_app
from werkzeug.routing import Rule

from service.rest import api, operations
from service.rest.engine import DIALECT
from service.rest.operations import Operation, nothing, operation
from service.rest.outline import Outline, Reader
from service.rest.shapes import JSON, Error, Refusal, Schema, contents, schema
from service.web import policies
from service.web.policies import Policy
from service.web.repeats import HEADER

blueprint = Blueprint("openapi", __name__)
PARAMETERS: dict[str, Schema] = {
    "activity_id": {"description": "as the list of activities tells"},
    "answer_id": {"description": "as the list of variables tells"},
    "attachment_id": {"format": "uuid"},
    "case_id": {"format": "uuid"},
    "code": {"description": "of a position or unit"},
    "comment_id": {"description": "case and line of its history: uuid:7"},
    "definition_id": {"description": "key:version:uuid, or the uuid alone"},
    "deployment_id": {"format": "uuid"},
    "filter_id": {"format": "uuid"},
    "incident_id": {"format": "uuid"},
    "job_id": {"format": "uuid"},
    "key": {"description": "of a process, as in its diagram"},
    "office": {"description": "the key of the office of the token"},
    "resource_id": {"description": "as the list of resources tells"},
    "task_id": {"format": "uuid"},
    "user_name": {"description": "the id of somebody"},
    "variable": {"description": "name of a variable"},
}
"""What stands in addresses, by the names in routes."""
REPEATS: Mapping[str, Any] = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "schema": {"type": "string", "description": "the same request with it is carried out once, for 7 days"},
}
SEGMENT: Schema = {"type": "string", "minLength": 1, "pattern": "^[^/]+$"}
FAILURES = {
    HTTPStatus.BAD_REQUEST: "It cannot be taken; nothing was changed.",
    HTTPStatus.UNAUTHORIZED: "No token, or none that is valid.",
    HTTPStatus.FORBIDDEN: "The person of the token may not, or the token may read only.",
    HTTPStatus.NOT_FOUND: "It does not exist, or not in the office of the token.",
    HTTPStatus.CONFLICT: "Somebody else was first; nothing was changed.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "It cannot be taken; nothing was changed.",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many wrong tokens; Retry-After tells how long to wait.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "The engine stopped; an incident keeps the act, nothing is lost.",
    HTTPStatus.SERVICE_UNAVAILABLE: "The database is away for a moment; Retry-After tells how long to wait.",
}
ALWAYS = (
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.SERVICE_UNAVAILABLE,
)
_ARGUMENT = re.compile(r"<(?:[^:<>]+:)?([^<>]+)>")


class Root(NamedTuple):
    """Addresses that are described together."""

    title: str
    version: str
    address: str
    error: type
    unread: HTTPStatus
    """The status of what cannot be taken."""


CAMUNDA = Root("Laksana, the dialect of Camunda 7", DIALECT, "/engine-rest", Error, HTTPStatus.BAD_REQUEST)
OWN = Root("Laksana", "1", "/api/v1", Refusal, HTTPStatus.UNPROCESSABLE_ENTITY)


@blueprint.get("/openapi.json")
@policies.programs()
@operation()
def described() -> dict[str, Any]:
    """Describe every operation of the dialect."""
    return document(current_app, CAMUNDA)


@api.blueprint.get("/openapi.json")
@policies.programs()
@operation()
def description() -> dict[str, Any]:
    """Describe every operation of our own."""
    return document(current_app, OWN)


def document(app: Flask, root: Root) -> dict[str, Any]:
    """Return the description of a root, which is made once."""
    kept: dict[Root, dict[str, Any]] = app.extensions.setdefault("openapi", {})
    if root not in kept:
        kept[root] = _document(app, root)
    return kept[root]


def _document(app: Flask, root: Root) -> dict[str, Any]:
    named: dict[str, Schema] = {}
    failing = {
        "description": "What went wrong.",
        "content": {JSON: {"schema": schema(root.error, named)}},
    }
    paths: dict[str, dict[str, Any]] = {}
    tags: dict[str, str] = {}
    for rule, method, asked in served(app, root):
        told = _told(rule, method, asked, root, named)
        tags.setdefault(told["tags"][0], _first_line(sys.modules[asked.view.__module__].__doc__))
        paths.setdefault(path_of(rule, root), {})[method.lower()] = told
    return {
        "openapi": "3.1.0",
        "info": {"title": root.title, "version": root.version},
        "servers": [{"url": root.address}],
        "security": [{"bearer": []}, {"basic": []}],
        "tags": [{"name": name, "description": tags[name]} for name in sorted(tags)],
        "paths": dict(sorted(paths.items())),
        "components": {
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "basic": {"type": "http", "scheme": "basic", "description": "user name and token"},
            },
            "schemas": dict(sorted(named.items())),
            "responses": {str(int(status)): failing | {"description": why} for status, why in FAILURES.items()},
        },
    }


def served(app: Flask, root: Root) -> Iterator[tuple[Rule, str, Operation]]:
    """Yield what a root serves: route, method and what the operation says of itself."""
    for rule in app.url_map.iter_rules():
        asked = operations.of(app.view_functions[rule.endpoint])
        if asked is not None and rule.rule.startswith(f"{root.address}/"):
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield rule, method, asked


def path_of(rule: Rule, root: Root) -> str:
    """Return the address of a route as OpenAPI writes it."""
    return _ARGUMENT.sub(r"{\1}", rule.rule.removeprefix(root.address))


def _told(rule: Rule, method: str, asked: Operation, root: Root, named: dict[str, Schema]) -> dict[str, Any]:
    policy = policies.of(asked_by(rule)) or policies.UNKNOWN_TO_PROGRAMS
    body = _body(asked)
    return {
        "operationId": rule.endpoint.removeprefix("rest."),
        "summary": _first_line(asked.view.__doc__),
        "description": _who(policy, method),
        "tags": [path_of(rule, root).split("/")[1]],
        "parameters": [*_things(rule), *_query(asked.query), *([REPEATS] if asked.is_repeatable else [])],
        **({"requestBody": body} if body else {}),
        "responses": _answers(asked, named) | _failures(rule, method, policy, root),
    }


def asked_by(rule: Rule) -> Any:  # noqa: ANN401 - a view
    """Return the view of a route."""
    return current_app.view_functions[rule.endpoint]


def _who(policy: Policy, method: str) -> str:
    looks = method == "GET" or policy.only_looks
    people = ", ".join(sorted(policy.roles)) or "everybody with a token"
    return f"For {people}; a token {'to read only will do' if looks else 'to act is needed'}."


def _things(rule: Rule) -> Iterator[dict[str, Any]]:
    for name in _ARGUMENT.findall(rule.rule):
        uuid = "uuid:" + name in rule.rule
        shape = {"type": "string", "format": "uuid"} if uuid else SEGMENT | PARAMETERS[name]
        yield {"name": name, "in": "path", "required": True, "schema": shape}


def _query(read: Reader) -> Iterator[dict[str, Any]]:
    outline = Outline.of(read, is_address=True)
    for name, shape in outline.properties.items():
        yield {"name": name, "in": "query", "required": name in outline.needed, "schema": shape}


def _body(asked: Operation) -> dict[str, Any] | None:
    if asked.form is not nothing:
        shape = Outline.of(asked.form, is_address=True).schema()
        files = {"type": "string", "contentMediaType": "application/octet-stream", "description": "a file"}
        return {
            "required": True,
            "content": {"multipart/form-data": {"schema": shape | {"additionalProperties": files}}},
        }
    if asked.body is nothing:
        return None
    outline = Outline.of(asked.body)
    return {"required": bool(outline.needed), "content": {JSON: {"schema": outline.schema()}}}


def _answers(asked: Operation, named: dict[str, Schema]) -> dict[str, Any]:
    told = get_type_hints(asked.view, include_extras=True)["return"]
    found = {kind: {} if inner is None else {"schema": schema(inner, named)} for kind, inner in contents(told).items()}
    is_silent = found.pop("", None) is not None
    answers: dict[str, Any] = {"200": {"description": "What was asked for.", "content": found}} if found else {}
    return answers | ({"204": {"description": "Done."}} if is_silent else {})


def _failures(rule: Rule, method: str, policy: Policy, root: Root) -> dict[str, Any]:
    statuses = [*ALWAYS, root.unread]
    if rule.arguments:
        statuses.append(HTTPStatus.NOT_FOUND)
    if method != "GET" and not policy.only_looks:
        statuses += [HTTPStatus.CONFLICT, HTTPStatus.INTERNAL_SERVER_ERROR]
    return {str(int(status)): {"$ref": f"#/components/responses/{int(status)}"} for status in sorted(statuses)}


def _first_line(told: str | None) -> str:
    line = (told or "").strip().partition("\n")[0]
    return line.partition(": ")[2] if line.startswith("`") else line
