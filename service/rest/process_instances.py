"""`/process-instance`: the running cases of the office, and what each knows."""

import re
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, jsonify, request

from service.engine.expression import JSON
from service.errors import Invalid, NotFound
from service.queries import running
from service.queries.running import RunningCase, Sought
from service.rest import files, reading, variables
from service.rest.reading import Fields
from service.rest.shapes import File
from service.web import auth, policies

blueprint = Blueprint("process_instances", __name__, url_prefix="/process-instance")
executions = Blueprint("executions", __name__, url_prefix="/execution")
ORDERS = tuple(running.ORDERS)
MOST_VALUES = 20
_WRITTEN = re.compile(r"(?P<name>\w+?)_(?P<operator>eq|neq|gt|gteq|lt|lteq|like|notLike)_(?P<value>.*)", re.ASCII)
"""A value that a variable has, as an address says it."""


@blueprint.get("")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
def listed() -> Response:
    """List running cases by the address."""
    if request.content_length:
        reading.body().end()
    return _listed(reading.query())


@blueprint.post("")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE, only_looks=True)
def asked() -> Response:
    """List running cases by a body; the page stands in the address."""
    return _listed(reading.body(), reading.query())


@blueprint.get("/count")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
def count() -> Response:
    """Count running cases by the address."""
    return _counted(reading.query())


@blueprint.post("/count")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE, only_looks=True)
def asked_count() -> Response:
    """Count running cases by a body."""
    return _counted(reading.body())


@blueprint.get("/<case_id>")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
def one(case_id: str) -> Response:
    """Return one running case."""
    reading.query().end()
    return jsonify(shown(running.one(auth.actor(), identifier(case_id))))


@blueprint.get("/<case_id>/variables")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
def known(case_id: str) -> Response:
    """Return what a case knows, as the page of the case tells it line by line."""
    _deserialised("deserializeValues")
    return jsonify(variables.all_written(running.variables(auth.actor(), identifier(case_id))))


@blueprint.get("/<case_id>/variables/<variable>")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
def variable(case_id: str, variable: str) -> Response:
    """Return one thing that a case knows."""
    _deserialised("deserializeValue")
    return jsonify(variables.written(_known(case_id, variable)))


@blueprint.get("/<case_id>/variables/<variable>/data")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
def data(case_id: str, variable: str) -> File:
    """Give out the file that a variable refers to."""
    reading.query().end()
    return _file(case_id, variable)


@executions.get("/<case_id>/localVariables/<variable>/data")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
def local_data(case_id: str, variable: str) -> File:
    """Give out the file that a variable refers to, at the address that workers in JavaScript ask."""
    reading.query().end()
    return _file(case_id, variable)


def identifier(case_id: str) -> UUID:
    """Read the id of a case."""
    return reading.identifier(case_id, "process instance")


def shown(case: RunningCase) -> dict[str, Any]:
    """Return a case as the dialect has it."""
    return {
        "links": [],
        "id": str(case.id),
        "definitionId": f"{case.process}:{case.version}:{case.definition}",
        "definitionKey": case.process,
        "businessKey": case.business_key or None,
        "caseInstanceId": None,
        "ended": False,
        "suspended": False,
        "tenantId": auth.actor().office,
    }


def _listed(fields: Fields, address: Fields | None = None) -> Response:
    order, (first, most) = reading.order(fields, ORDERS), reading.page(address or fields)
    sought = _sought(fields)
    for read in (fields, address):
        if read is not None:
            read.end()
    found = running.found(auth.actor(), sought, order, first, most) if sought else ()
    return jsonify([shown(case) for case in found])


def _counted(fields: Fields) -> Response:
    sought = _sought(fields)
    fields.end()
    return jsonify(count=running.count(auth.actor(), sought) if sought else 0)


def _sought(fields: Fields) -> Sought | None:
    """Read which cases are meant, None for such as nobody has."""
    definition = fields.text("processDefinitionId")
    key, keys = fields.text("processDefinitionKey"), fields.texts("processDefinitionKeyIn")
    sought = Sought(
        ids=reading.identifiers(fields.texts("processInstanceIds")),
        definitions=reading.identifiers(frozenset({definition.rpartition(":")[2]}) if definition else None),
        business_key=fields.text("businessKey"),
        processes=keys if not key else frozenset({key}) if keys is None else keys & {key},
        with_incident=bool(fields.flag("withIncident")),
        values=_values(fields),
    )
    offices, suspended = fields.texts("tenantIdIn"), fields.flag("suspended")
    fields.flag("active")
    fields.without_effect("withoutTenantId", "processDefinitionWithoutTenantId", "rootProcessInstances")
    is_nowhere = suspended or (offices is not None and auth.actor().office not in offices)
    return None if is_nowhere else sought


def _values(fields: Fields) -> dict[str, JSON]:
    """Read which variables have which values: a list of objects, or in an address one text with commas."""
    raw = fields.any("variables")
    if isinstance(raw, str):
        pairs = [_written(part) for part in raw.split(",") if part]
    else:
        pairs = Fields({"variables": raw}).parts("variables", _value)
    if len(pairs) > MOST_VALUES or len(dict(pairs)) < len(pairs):
        raise Invalid(f"names at most {MOST_VALUES} variables, each once", field="variables")
    return dict(pairs)


def _written(text: str) -> tuple[str, JSON]:
    found = _WRITTEN.fullmatch(text)
    if found is None:
        raise Invalid("has to be name_eq_value, with commas between several", field="variables")
    return _value(Fields(found.groupdict(), "variables."))


def _value(fields: Fields) -> tuple[str, JSON]:
    name, value = fields.required("name"), fields.any("value")
    fields.choice("operator", ("eq",))  # whatever else would have to look into every case
    if isinstance(value, dict | list):
        raise Invalid("has to be a text, a number, true, false or null", field="variables.value")
    if isinstance(value, str) and value.startswith(("${", "#{")):
        raise Invalid("expressions are not evaluated", field="variables.value")
    return name, value  # type: ignore[return-value]  # it came as JSON


def _known(case_id: str, name: str) -> JSON:
    known = running.variables(auth.actor(), identifier(case_id))
    if name not in known:
        raise NotFound(f"process instance with id {case_id} has no variable with name {name[:100]}")
    return known[name]


def _file(case_id: str, name: str) -> File:
    return files.of_variable(_known(case_id, name), name, identifier(case_id))


def _deserialised(flag: str) -> None:
    fields = reading.query()
    fields.without_effect(flag)
    fields.end()
