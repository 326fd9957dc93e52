"""`/process-instance`: the running cases of the office, and what each knows."""

import re
from dataclasses import dataclass
from typing import TypedDict
from uuid import UUID

from flask import Blueprint

from service import instances, moves, pauses
from service.engine.assignment import Role
from service.engine.expression import JSON
from service.engine.workflow.whereabouts import BODY
from service.errors import Invalid, NotFound
from service.queries import running, task_list
from service.queries.running import Going, RunningCase, Sought
from service.rest import files, listing, reading, variables
from service.rest.listing import Asked, Listing
from service.rest.operations import operation
from service.rest.reading import Fields
from service.rest.shapes import DefinitionId, File, Id, Link, Variable, Variables
from service.web import auth, policies, presentation

blueprint = Blueprint("process_instances", __name__, url_prefix="/process-instance")
executions = Blueprint("executions", __name__, url_prefix="/execution")
ORDERS = tuple(running.ORDERS)
CANCEL, START = "cancel", "startBeforeActivity"
"""Instructions that a change is made of."""
LONGEST_REASON = 10_000
MOST_VALUES = 20
_VALUE = r"[A-Za-z_][A-Za-z0-9_]*_eq_(?![$#]\{)[^,]*"
VALUES = rf"{_VALUE}(,{_VALUE}){{0,{MOST_VALUES - 1}}}"
"""Values that variables have, as an address says it; whatever is not equal would have to look into every case."""


class ProcessInstance(TypedDict):
    """A case that runs."""

    links: list[Link]
    id: Id
    definitionId: DefinitionId
    definitionKey: str
    businessKey: str | None
    caseInstanceId: None
    ended: bool
    suspended: bool
    tenantId: str


class ActivityIncident(TypedDict):
    """An open incident at an activity."""

    id: Id
    activityId: str


class ActivityInstance(TypedDict):
    """An activity that goes on, with what goes on inside it."""

    id: str
    parentActivityInstanceId: str | None
    activityId: str
    activityType: str
    processInstanceId: Id
    processDefinitionId: DefinitionId
    childActivityInstances: list["ActivityInstance"]
    childTransitionInstances: list[Link]
    executionIds: list[Id]
    activityName: str
    name: str
    incidentIds: list[Id]
    incidents: list[ActivityIncident]


def _ending(fields: Fields) -> str:
    fields.without_effect(
        "skipCustomListeners", "skipIoMappings", "skipSubprocesses", "skipSubprocessListeners", "failIfNotExists"
    )
    return _reason(fields)


def _reason(fields: Fields) -> str:
    return fields.text("deleteReason", longest=LONGEST_REASON, of_people=True)


@dataclass(frozen=True, slots=True)
class Instruction:
    """One part of a change."""

    kind: str
    element: str
    activity: str
    """Id as the tree of activities tells it."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a program wants of a case."""

    instructions: list[Instruction]
    reason: str


def _instruction(fields: Fields) -> Instruction:
    fields.flag("cancelCurrentActiveActivityInstances")
    fields.empty(
        "transitionId",
        "transitionInstanceId",
        "ancestorActivityInstanceId",
        "ancestorTransitionInstanceId",
        "variables",
    )
    kind = fields.choice("type", (CANCEL, START))
    return Instruction(kind, fields.text("activityId"), fields.text("activityInstanceId"))


def _change(fields: Fields) -> Change:
    fields.without_effect("skipCustomListeners", "skipIoMappings")
    reason = fields.text("annotation", longest=LONGEST_REASON, of_people=True)
    return Change(fields.parts("instructions", _instruction, least=1, most=2), reason)


def _suspension(fields: Fields) -> bool:
    return fields.yes_or_no("suspended")


def _asked(fields: Fields) -> Asked[Sought]:
    ids = listing.cases(fields, "processInstanceIds")
    sought = Sought(
        ids=ids,
        definitions=listing.definitions(fields, "processDefinitionId"),
        business_key=fields.sought("businessKey"),
        processes=listing.words(fields, "processDefinitionKey", "processDefinitionKeyIn"),
        with_incident=bool(fields.flag("withIncident")),
        values=_values(fields),
        is_suspended=reading.suspension(fields),
    )
    for name in ("rootProcessInstances", "leafProcessInstances"):  # what an SOP calls runs inside the case
        fields.flag(name)
    fields.without_effect("processDefinitionWithoutTenantId")
    return Asked(sought, ids, listing.offices(fields), is_nowhere=False, order=reading.order(fields, ORDERS))


def _values(fields: Fields) -> dict[str, JSON]:
    """Read which variables have which values: a list of objects, or in an address one text with commas."""
    if fields.is_address:
        parts = re.findall(r"([^,]+?)_eq_([^,]*)", fields.matching("variables", VALUES))
        pairs: list[tuple[str, JSON]] = [(name, value) for name, value in parts]
    else:
        pairs = fields.parts("variables", _value, most=MOST_VALUES)
    if len(dict(pairs)) < len(pairs):
        raise Invalid("names a variable twice", field="variables")
    return dict(pairs)


def _value(fields: Fields) -> tuple[str, JSON]:
    fields.choice("operator", ("eq",))
    return fields.required("name"), fields.plain("value")


def _as_they_are(fields: Fields) -> None:
    fields.without_effect("deserializeValue", "deserializeValues")


@blueprint.get("/<case_id>")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
@operation()
def one(case_id: str) -> ProcessInstance:
    """Return one running case."""
    return shown(running.one(auth.actor(), identifier(case_id)))


@blueprint.delete("/<case_id>")
@policies.programs(Role.STAFF, whose=policies.Whose.OWN)
@operation(query=_ending, body=_reason)
def cancel(case_id: str, query: str, body: str) -> None:
    """End a case before its time, for a reason that everybody can read."""
    case = running.one(auth.actor(), identifier(case_id))
    instances.cancel(auth.actor(), case.id, query or body, presentation.now())


@blueprint.post("/<case_id>/modification")
@policies.programs(Role.ADMIN, whose=policies.Whose.OF_THE_OFFICE)
@operation(body=_change)
def modification(case_id: str, body: Change) -> None:
    """Let a case go back: take an open task away and open an earlier step instead, for a reason."""
    case = running.one(auth.actor(), identifier(case_id))
    kinds = {one.kind: one for one in body.instructions}
    if kinds.keys() != {CANCEL, START} or not kinds[START].element:
        raise Invalid(f"has to be one {CANCEL} and one {START} of an activityId", field="instructions")
    task = _task(case, kinds[CANCEL])
    moves.go_back(auth.actor(), case.id, task, kinds[START].element, body.reason, presentation.now())


@blueprint.put("/<case_id>/suspended")
@policies.programs(Role.STAFF, Role.ADMIN, whose=policies.Whose.OF_THE_OFFICE)
@operation(body=_suspension)
def suspended(case_id: str, body: bool) -> None:  # noqa: FBT001 - the field says it
    """Suspend a case or let it go on; of one that is so already nothing is changed."""
    case = running.one(auth.actor(), identifier(case_id))
    pauses.by_program(auth.actor(), case.id, presentation.now(), suspended=body)


@blueprint.get("/<case_id>/activity-instances")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
@operation()
def activity_instances(case_id: str) -> ActivityInstance:
    """Return what goes on in a case, one inside the other."""
    found = running.activities(auth.actor(), identifier(case_id))
    case = found.case
    definition = f"{case.process}:{case.version}:{case.definition}"
    return {
        "id": str(case.id),
        "parentActivityInstanceId": None,
        "activityId": definition,
        "activityType": "processDefinition",
        "processInstanceId": str(case.id),
        "processDefinitionId": definition,
        "childActivityInstances": [_going(case, str(case.id), one) for one in found.inside],
        "childTransitionInstances": [],
        "executionIds": [str(case.id)],
        "activityName": found.name,
        "name": found.name,
        "incidentIds": [str(incident) for incident in found.incidents],
        "incidents": [{"id": str(incident), "activityId": definition} for incident in found.incidents],
    }


@blueprint.get("/<case_id>/variables")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
@operation(query=_as_they_are)
def known(case_id: str) -> Variables:
    """Return what a case knows, as the page of the case tells it line by line."""
    return variables.all_written(running.variables(auth.actor(), identifier(case_id)))


@blueprint.get("/<case_id>/variables/<variable>")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
@operation(query=_as_they_are)
def variable(case_id: str, variable: str) -> Variable:
    """Return one thing that a case knows."""
    return variables.written(_known(case_id, variable))


@blueprint.get("/<case_id>/variables/<variable>/data")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
@operation()
def data(case_id: str, variable: str) -> File:
    """Give out the file that a variable refers to."""
    return _file(case_id, variable)


@executions.get("/<case_id>/localVariables/<variable>/data")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
@operation()
def local_data(case_id: str, variable: str) -> File:
    """Give out the file that a variable refers to, at the address that workers in JavaScript ask."""
    return _file(case_id, variable)


def identifier(case_id: str) -> UUID:
    """Read the id of a case."""
    return reading.identifier(case_id, "process instance")


def shown(case: RunningCase) -> ProcessInstance:
    """Return a case as the dialect has it."""
    return {
        "links": [],
        "id": str(case.id),
        "definitionId": f"{case.process}:{case.version}:{case.definition}",
        "definitionKey": case.process,
        "businessKey": case.business_key or None,
        "caseInstanceId": None,
        "ended": False,
        "suspended": case.is_suspended,
        "tenantId": auth.actor().office,
    }


def _task(case: RunningCase, instruction: Instruction) -> UUID:
    """Return the open task that an instruction means: by its id in the tree, or by its element where it is the one."""
    if instruction.activity:
        return reading.identifier(instruction.activity.rpartition(":")[2], "activity instance")
    sought = task_list.Sought(cases=frozenset({case.id}), elements=frozenset({instruction.element}))
    found = task_list.found(auth.actor(), sought, presentation.now(), (), 0, 2)
    if len(found) != 1:
        raise Invalid("has to name one open task, by its activityInstanceId if there are several", field="instructions")
    return found[0].id


def _going(case: RunningCase, parent: str, one: Going) -> ActivityInstance:
    at = one.at
    identity = f"{at.element}:{at.id}"
    is_body = at.kind == BODY
    return {
        "id": identity,
        "parentActivityInstanceId": parent,
        "activityId": f"{at.element}#{BODY}" if is_body else at.element,
        "activityType": at.kind,
        "processInstanceId": str(case.id),
        "processDefinitionId": f"{at.process}:{one.version}:{one.definition}",
        "childActivityInstances": [_going(case, identity, inner) for inner in one.inside],
        "childTransitionInstances": [],
        "executionIds": [str(case.id)],
        "activityName": at.name or at.element,
        "name": at.name or at.element,
        "incidentIds": [str(incident) for incident in one.incidents],
        "incidents": [{"id": str(incident), "activityId": at.element} for incident in one.incidents],
    }


def _known(case_id: str, name: str) -> JSON:
    known = running.variables(auth.actor(), identifier(case_id))
    if name not in known:
        raise NotFound(f"process instance with id {case_id} has no variable with name {name[:100]}")
    return known[name]


def _file(case_id: str, name: str) -> File:
    return files.of_variable(_known(case_id, name), name, identifier(case_id))


listing.serve(
    blueprint,
    Listing(
        found=lambda sought, page: running.found(auth.actor(), sought, page.order, page.first, page.most),
        count=lambda sought: running.count(auth.actor(), sought),
        shown=shown,
    ),
    _asked,
    "running cases",
)
