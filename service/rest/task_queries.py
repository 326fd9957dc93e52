"""Which open tasks a program asks for, and how it is told of each."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal, TypedDict
from uuid import UUID

from service.queries import directory, task_list
from service.queries.task_list import Between, OpenTask, Sought
from service.rest import listing, reading
from service.rest.dialect import moment
from service.rest.reading import Fields, Page
from service.rest.rendering import FormReference, reference
from service.rest.shapes import DefinitionId, Id, Moment
from service.web import auth, presentation

ORDERS = tuple(task_list.ORDERS)
PENDING, RESOLVED = "PENDING", "RESOLVED"
"""States of what was handed on; what was given back is again with who handed it on, so that nothing is resolved."""
LONGEST_PATTERN = 100


class TaskObject(TypedDict):
    """An open task."""

    id: Id
    name: str
    assignee: str | None
    created: Moment
    due: Moment | None
    followUp: Moment | None
    lastUpdated: None
    delegationState: Literal["PENDING"] | None
    description: None
    executionId: Id
    owner: str | None
    parentTaskId: None
    priority: int
    processDefinitionId: DefinitionId
    processInstanceId: Id
    taskDefinitionKey: str
    caseExecutionId: None
    caseInstanceId: None
    caseDefinitionId: None
    suspended: bool
    formKey: None
    camundaFormRef: FormReference | None
    operatonFormRef: FormReference | None
    tenantId: str
    taskState: Literal["Created"]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which tasks are meant, and in which order."""

    fixed: Sought
    candidate: str
    """User name of somebody whom they are offered to."""
    offices: frozenset[str] | None
    is_empty: bool
    """Whether no task is as it is asked for."""
    order: list[tuple[str, bool]]

    @property
    def is_nowhere(self) -> bool:
        """Tell whether nobody has such tasks."""
        return self.is_empty or (self.offices is not None and auth.actor().office not in self.offices)

    @property
    def sought(self) -> Sought:
        """Return which tasks are meant, as groups are held now."""
        if not self.candidate:
            return self.fixed
        offered = directory.candidate_groups(auth.actor(), self.candidate, presentation.now())
        return replace(self.fixed, groups=offered if self.fixed.groups is None else offered & self.fixed.groups)

    def among(self, ids: Iterable[UUID]) -> Sought:
        """Return what is meant, of these tasks only."""
        several = frozenset(ids)
        sought = self.sought
        return replace(sought, ids=several if sought.ids is None else several & sought.ids)


def asked(fields: Fields) -> Asked:
    """Read which tasks are meant."""
    groups = listing.either(listing.words(fields, "candidateGroup"), fields.texts("candidateGroups"))
    includes = fields.flag("includeAssignedTasks")
    assigned, unassigned = fields.flag("assigned"), fields.flag("unassigned")
    candidate = fields.sought("candidateUser")
    is_offered = groups is not None or bool(candidate)
    free_only = unassigned or (is_offered and not includes and not assigned)
    follow_up = _between(fields, "followUpDate", "followUpAfter", "followUpBefore")
    rested = fields.moment("followUpBeforeOrNotExistent")
    if rested is not None:
        follow_up = Between(follow_up.after, min(follow_up.before or rested, rested))
    delegation = fields.option("delegationState", (PENDING, RESOLVED))
    sought = Sought(
        ids=reading.identifiers(listing.words(fields, "taskId", "taskIdIn")),
        cases=listing.cases(fields, "processInstanceId", "processInstanceIdIn", "executionId"),
        business_keys=listing.words(fields, "processInstanceBusinessKey", "processInstanceBusinessKeyIn"),
        processes=listing.words(fields, "processDefinitionKey", "processDefinitionKeyIn"),
        elements=listing.words(fields, "taskDefinitionKey", "taskDefinitionKeyIn"),
        element_like=fields.sought("taskDefinitionKeyLike", longest=LONGEST_PATTERN),
        name=fields.sought("name"),
        name_like=fields.sought("nameLike", longest=LONGEST_PATTERN),
        assignees=listing.words(fields, "assignee", "assigneeIn"),
        other_than=fields.texts("assigneeNotIn") or frozenset(),
        is_assigned=True if assigned else False if free_only else None,
        giver=fields.sought("owner"),
        is_given=delegation == PENDING or None,
        groups=groups,
        priorities=_priorities(fields),
        is_due=False if fields.flag("withoutDueDate") else None,
        due=_between(fields, "dueDate", "dueAfter", "dueBefore"),
        follow_up=follow_up,
        or_without_follow_up=rested is not None,
        created=_between(fields, "createdOn", "createdAfter", "createdBefore"),
        is_suspended=reading.suspension(fields),
    )
    fields.without_effect("withoutTenantId")
    offices = fields.texts("tenantIdIn")
    return Asked(sought, candidate, offices, delegation == RESOLVED, reading.order(fields, ORDERS))


def listed(fields: Fields) -> tuple[Asked, Page]:
    """Read which tasks are meant and which of them."""
    return asked(fields), reading.page(fields)


def shown(task: OpenTask) -> TaskObject:
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
        "suspended": task.is_suspended,
        "formKey": None,
        "camundaFormRef": form,
        "operatonFormRef": form,
        "tenantId": auth.actor().office,
        "taskState": "Created",
    }


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
