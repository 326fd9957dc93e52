"""Which open tasks a program asks for, and how it is told of each."""

from typing import Any

from service.queries import task_list
from service.queries.task_list import OpenTask, Sought
from service.rest import reading
from service.rest.dialect import moment
from service.rest.reading import Fields
from service.web import auth

ORDERS = tuple(task_list.ORDERS)


def sought(fields: Fields) -> Sought | None:
    """Read which tasks are meant, None for such as nobody has."""
    group, groups = fields.text("candidateGroup"), fields.texts("candidateGroups")
    several = groups if not group else frozenset({group}) if groups is None else groups & {group}
    includes = fields.flag("includeAssignedTasks")
    assigned, unassigned = fields.flag("assigned"), fields.flag("unassigned")
    element, elements = fields.text("taskDefinitionKey"), fields.texts("taskDefinitionKeyIn")
    free_only = unassigned or (several is not None and not includes and not assigned)
    wanted = Sought(
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
    return None if is_nowhere else wanted


def shown(task: OpenTask) -> dict[str, Any]:
    """Return a task as the dialect has it."""
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


def _either(one: str, several: frozenset[str] | None) -> frozenset[str] | None:
    if not one:
        return several
    return frozenset({one}) if several is None else several & {one}
