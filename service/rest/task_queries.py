"""Which open tasks a program asks for, and how it is told of each."""

from datetime import timedelta
from typing import Any

from service.queries import task_list
from service.queries.task_list import Between, OpenTask, Sought
from service.rest import reading
from service.rest.dialect import moment
from service.rest.reading import Fields
from service.rest.rendering import reference
from service.web import auth

ORDERS = tuple(task_list.ORDERS)
PENDING, RESOLVED = "PENDING", "RESOLVED"
"""States of what was handed on; what was given back is again with who handed it on, so that nothing is resolved."""
LONGEST_PATTERN = 100


def sought(fields: Fields) -> Sought | None:
    """Read which tasks are meant, None for such as nobody has."""
    groups = _either(fields.text("candidateGroup"), fields.texts("candidateGroups"))
    includes = fields.flag("includeAssignedTasks")
    assigned, unassigned = fields.flag("assigned"), fields.flag("unassigned")
    free_only = unassigned or (groups is not None and not includes and not assigned)
    follow_up = _between(fields, "followUpDate", "followUpAfter", "followUpBefore")
    delegation = fields.choice("delegationState", ("", PENDING, RESOLVED), "")
    if rested := fields.moment("followUpBeforeOrNotExistent"):
        follow_up = Between(follow_up.after, min(follow_up.before or rested, rested))
    wanted = Sought(
        ids=reading.identifiers(_either(fields.text("taskId"), fields.texts("taskIdIn"))),
        cases=reading.identifiers(_cases(fields)),
        business_keys=_either(
            fields.text("processInstanceBusinessKey", of_people=True), fields.texts("processInstanceBusinessKeyIn")
        ),
        processes=_either(fields.text("processDefinitionKey"), fields.texts("processDefinitionKeyIn")),
        elements=_either(fields.text("taskDefinitionKey"), fields.texts("taskDefinitionKeyIn")),
        element_like=fields.text("taskDefinitionKeyLike", longest=LONGEST_PATTERN),
        name=fields.text("name"),
        name_like=fields.text("nameLike", longest=LONGEST_PATTERN),
        assignees=_either(fields.text("assignee"), fields.texts("assigneeIn")),
        other_than=fields.texts("assigneeNotIn") or frozenset(),
        is_assigned=True if assigned else False if free_only else None,
        giver=fields.text("owner"),
        is_given=delegation == PENDING or None,
        groups=groups,
        priorities=_priorities(fields),
        is_due=False if fields.flag("withoutDueDate") else None,
        due=_between(fields, "dueDate", "dueAfter", "dueBefore"),
        follow_up=follow_up,
        or_without_follow_up=rested is not None,
        created=_between(fields, "createdOn", "createdAfter", "createdBefore"),
    )
    offices, suspended = fields.texts("tenantIdIn"), fields.flag("suspended")
    fields.flag("active")
    fields.without_effect("withoutTenantId")
    is_nowhere = suspended or delegation == RESOLVED or (offices is not None and auth.actor().office not in offices)
    return None if is_nowhere else wanted


def shown(task: OpenTask) -> dict[str, Any]:
    """Return a task as the dialect has it."""
    form = reference(task.form)
    return {
        "id": str(task.id),
        "name": task.name,
        "assignee": task.assignee,
        "created": moment(task.created_at),
        "due": moment(task.due_at),
        "followUp": moment(task.follow_up_at),
        "lastUpdated": None,
        "delegationState": PENDING if task.giver else None,
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


def _cases(fields: Fields) -> frozenset[str] | None:
    """Read which cases are meant; the dialect has two names for one thing here."""
    cases = _either(fields.text("processInstanceId"), fields.texts("processInstanceIdIn"))
    return _either(fields.text("executionId"), cases)


def _priorities(fields: Fields) -> tuple[int | None, int | None]:
    exactly, least, most = (fields.whole(name, -1) for name in ("priority", "minPriority", "maxPriority"))
    lower = max(exactly, least)
    upper = min((number for number in (exactly, most) if number >= 0), default=None)
    return lower if lower >= 0 else None, upper


def _between(fields: Fields, on: str, after: str, before: str) -> Between:
    """Read a span of time; a moment is told and meant to the millisecond."""
    exactly, start, end = (fields.moment(name) for name in (on, after, before))
    if exactly is None:
        return Between(start, end)
    first, behind = exactly - timedelta(microseconds=1), exactly + timedelta(milliseconds=1)
    return Between(max(start or first, first), min(end or behind, behind))


def _either(one: str, several: frozenset[str] | None) -> frozenset[str] | None:
    if not one:
        return several
    return frozenset({one}) if several is None else several & {one}
