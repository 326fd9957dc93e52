"""`/task`: the open tasks of the office, taken, let go and completed by whoever may."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, jsonify, request
from werkzeug.wrappers import Response as Answer

from service import claims, tasks
from service.engine.assignment import Role
from service.errors import Invalid, NotAllowed
from service.queries import task_list
from service.queries.task_list import OpenTask, Sought
from service.rest import reading, variables
from service.rest.dialect import done, moment
from service.rest.reading import Fields
from service.web import auth, policies, presentation

blueprint = Blueprint("tasks", __name__, url_prefix="/task")
ORDERS = tuple(task_list.ORDERS)


@blueprint.get("")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
def listed() -> Response:
    """List open tasks by the address; some clients send an empty body with it."""
    if request.content_length:
        reading.body().end()
    return _listed(reading.query())


@blueprint.post("")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE, only_looks=True)
def asked() -> Response:
    """List open tasks by a body; the page stands in the address."""
    return _listed(reading.body(), reading.query())


@blueprint.get("/count")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
def count() -> Response:
    """Count open tasks by the address."""
    return _counted(reading.query())


@blueprint.post("/count")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE, only_looks=True)
def asked_count() -> Response:
    """Count open tasks by a body."""
    return _counted(reading.body())


@blueprint.get("/<task_id>")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
def one(task_id: str) -> Response:
    """Return one open task."""
    return jsonify(_shown(task_list.one(auth.actor(), _id(task_id), presentation.now())))


@blueprint.get("/<task_id>/form-variables")
@policies.programs(Role.STAFF, whose=policies.Whose.MINE_TO_DO)
def form_variables(task_id: str) -> Response:
    """Return what a task sees, to whoever may do it."""
    fields = reading.query()
    names = fields.texts("variableNames")
    fields.without_effect("deserializeValues")
    fields.end()
    seen = tasks.opening(auth.actor(), _id(task_id)).variables
    wanted = {name: value for name, value in seen.items() if names is None or name in names}
    return jsonify(variables.all_written(wanted))


@blueprint.post("/<task_id>/claim")
@policies.programs(Role.STAFF, whose=policies.Whose.MINE_TO_DO)
def claim(task_id: str) -> Answer:
    """Take a task for the person of the token."""
    fields = reading.body()
    user = fields.text("userId")
    fields.end()
    _require_himself(user)
    claims.claim(auth.actor(), _id(task_id), presentation.now())
    return done()


@blueprint.post("/<task_id>/unclaim")
@policies.programs(Role.STAFF, whose=policies.Whose.MINE_TO_DO)
def unclaim(task_id: str) -> Answer:
    """Let a task go."""
    fields = reading.body()
    fields.text("userId")
    fields.end()
    claims.release(auth.actor(), _id(task_id), presentation.now())
    return done()


@blueprint.post("/<task_id>/assignee")
@policies.programs(Role.STAFF, whose=policies.Whose.MINE_TO_DO)
def assignee(task_id: str) -> Answer:
    """Take a task, or let it go where nobody is named."""
    fields = reading.body()
    user = fields.text("userId")
    fields.end()
    who, now = auth.actor(), presentation.now()
    if user:
        _require_himself(user)
        claims.claim(who, _id(task_id), now)
    else:
        claims.release(who, _id(task_id), now)
    return done()


@blueprint.post("/<task_id>/complete")
@policies.programs(Role.STAFF, whose=policies.Whose.MINE_TO_DO)
def complete(task_id: str) -> Answer:
    """Complete a task with the answers to its form."""
    return _completed(task_id)


@blueprint.post("/<task_id>/submit-form")
@policies.programs(Role.STAFF, whose=policies.Whose.MINE_TO_DO)
def submit_form(task_id: str) -> Answer:
    """Complete a task with the answers to its form, by the other name of it."""
    return _completed(task_id)


def _completed(task_id: str) -> Answer:
    fields = reading.body()
    answers = variables.read(fields, "variables")
    wants_variables = fields.flag("withVariablesInReturn")
    fields.end()
    tasks.complete(auth.actor(), _id(task_id), answers, presentation.now())
    return jsonify(variables.all_written(answers)) if wants_variables else done()


def _listed(fields: Fields, address: Fields | None = None) -> Response:
    order, (first, most) = reading.order(fields, ORDERS), reading.page(address or fields)
    sought, now = _sought(fields), presentation.now()
    for read in (fields, address):
        if read is not None:
            read.end()
    found = task_list.found(auth.actor(), sought, now, order, first, most) if sought else ()
    return jsonify([_shown(task) for task in found])


def _counted(fields: Fields) -> Response:
    sought = _sought(fields)
    fields.end()
    return jsonify(count=task_list.count(auth.actor(), sought, presentation.now()) if sought else 0)


def _sought(fields: Fields) -> Sought | None:
    """Read which tasks are meant, None for such as nobody has."""
    group, groups = fields.text("candidateGroup"), fields.texts("candidateGroups")
    several = groups if not group else frozenset({group}) if groups is None else groups & {group}
    includes = fields.flag("includeAssignedTasks")
    assigned, unassigned = fields.flag("assigned"), fields.flag("unassigned")
    element, elements = fields.text("taskDefinitionKey"), fields.texts("taskDefinitionKeyIn")
    free_only = unassigned or (several is not None and not includes and not assigned)
    sought = Sought(
        ids=reading.identifiers(_either(fields.text("taskId"), fields.texts("taskIdIn"))),
        cases=reading.identifiers(_either(fields.text("processInstanceId"), fields.texts("processInstanceIdIn"))),
        process=fields.text("processDefinitionKey"),
        elements=_either(element, elements),
        name=fields.text("name"),
        assignee=fields.text("assignee"),
        is_assigned=True if assigned else False if free_only else None,
        groups=several,
        due_before=fields.moment("dueBefore"),
        due_after=fields.moment("dueAfter"),
        created_before=fields.moment("createdBefore"),
        created_after=fields.moment("createdAfter"),
    )
    offices = fields.texts("tenantIdIn")
    suspended = fields.flag("suspended")
    fields.flag("active")
    fields.without_effect("withoutTenantId")
    is_nowhere = suspended or (offices is not None and auth.actor().office not in offices)
    return None if is_nowhere else sought


def _either(one: str, several: frozenset[str] | None) -> frozenset[str] | None:
    if not one:
        return several
    return frozenset({one}) if several is None else several & {one}


def _require_himself(user: str) -> None:
    if not user:
        raise Invalid("has to be given", field="userId")
    if user.strip().lower() != auth.actor().user_name:
        raise NotAllowed("a program takes tasks for its own person only")


def _id(task_id: str) -> UUID:
    return reading.identifier(task_id, "task")


def _shown(task: OpenTask) -> dict[str, Any]:
    form = {"key": task.form, "binding": "deployment", "version": None} if task.form else None
    return {
        "id": str(task.id),
        "name": task.name,
        "assignee": task.assignee,
        "created": moment(task.created_at),
        "due": moment(task.due_at),
        "followUp": moment(task.follow_up_at),
        "lastUpdated": None,
        "delegationState": "PENDING" if task.giver else None,
        "description": None,
        "executionId": str(task.case),
        "owner": task.giver,
        "parentTaskId": None,
        "priority": task.priority,
        "processDefinitionId": f"{task.process}:{task.version}:{task.definition}",
        "processInstanceId": str(task.case),
        "taskDefinitionKey": task.element,
        "caseExecutionId": None,
        "caseInstanceId": None,
        "caseDefinitionId": None,
        "suspended": False,
        "formKey": None,
        "camundaFormRef": form,
        "operatonFormRef": form,
        "tenantId": auth.actor().office,
        "taskState": "Created",
    }
