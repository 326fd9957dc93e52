"""`/history/task`: user tasks, whether they are open, done or taken away."""

from typing import Any

from flask import Blueprint, Response

from service.queries.past import tasks
from service.queries.past.tasks import PastTask, Sought
from service.rest import reading
from service.rest.dialect import moment
from service.rest.history import asking
from service.rest.history.asking import Listing
from service.rest.reading import Fields
from service.web import auth, policies, presentation

blueprint = Blueprint("tasks", __name__, url_prefix="/task")
STATUSES = {"finished": frozenset({"completed", "cancelled"}), "unfinished": frozenset({"open"})}
STATES = {"open": "Created", "completed": "Completed", "cancelled": "Deleted"}
REASONS = {"completed": "completed", "cancelled": "deleted"}
"""Why a task is over, in the words of the dialect."""
UNSUPPORTED = (
    "orQueries", "taskNameLike", "taskDescription", "taskDescriptionLike", "taskDeleteReasonLike", "taskAssigneeLike",
    "taskOwnerLike", "taskInvolvedUser", "taskInvolvedGroup", "taskHadCandidateUser", "taskHadCandidateGroup",
    "withCandidateGroups", "withoutCandidateGroups", "taskVariables", "processVariables", "variableNamesIgnoreCase",
    "variableValuesIgnoreCase", "processInstanceBusinessKey", "processInstanceBusinessKeyIn",
    "processInstanceBusinessKeyLike", "caseDefinitionName",
)  # fmt: skip


@blueprint.get("")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
def listed() -> Response:
    """List tasks by the address."""
    return _TASKS.by_address()


@blueprint.post("")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE, only_looks=True)
def asked() -> Response:
    """List tasks by a body."""
    return _TASKS.by_body()


@blueprint.get("/count")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
def count() -> Response:
    """Count tasks by the address."""
    return _TASKS.counted_by_address()


@blueprint.post("/count")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE, only_looks=True)
def asked_count() -> Response:
    """Count tasks by a body."""
    return _TASKS.counted_by_body()


def _sought(fields: Fields) -> Sought | None:
    assigned, unassigned = fields.flag("assigned"), fields.flag("unassigned")
    runs, ended = fields.flag("processUnfinished"), fields.flag("processFinished")
    reason = fields.text("taskDeleteReason")
    over = frozenset(status for status, word in REASONS.items() if word == reason) if reason else None
    activities = fields.texts("activityInstanceIdIn")
    told = None if activities is None else frozenset(one.rpartition(":")[2] for one in activities)
    priority = fields.whole("taskPriority", -1)
    sought = Sought(
        ids=reading.identifiers(asking.either(asking.words(fields, "taskId"), told)),
        cases=asking.cases(fields, "processInstanceId", "rootProcessInstanceId", "executionId"),
        definitions=asking.definitions(fields, "processDefinitionId"),
        processes=asking.words(fields, "processDefinitionKey"),
        process_name=asking.word(fields, "processDefinitionName"),
        elements=asking.words(fields, "taskDefinitionKey", "taskDefinitionKeyIn"),
        name=asking.word(fields, "taskName"),
        assignee=asking.word(fields, "taskAssignee"),
        owner=asking.word(fields, "taskOwner"),
        is_assigned=True if assigned else False if unassigned else None,
        priority=None if priority < 0 else priority,
        statuses=asking.either(asking.statuses(fields, STATUSES), over),
        case_runs=True if runs else False if ended else None,
        has_due_date=False if fields.flag("withoutTaskDueDate") else None,
        started=asking.span(fields, "startedAfter", "startedBefore"),
        ended=asking.span(fields, "finishedAfter", "finishedBefore"),
        due=asking.around(fields, "taskDueDate"),
        follow_up=asking.around(fields, "taskFollowUpDate"),
    )
    nobodys = asking.words(
        fields, "taskParentTaskId", "caseInstanceId", "caseExecutionId", "caseDefinitionId", "caseDefinitionKey"
    )
    fields.empty(*UNSUPPORTED)
    contradicts = (assigned and unassigned) or (runs and ended)
    return None if asking.is_elsewhere(fields) or contradicts or nobodys is not None else sought


def _shown(task: PastTask) -> dict[str, Any]:
    return {
        "id": str(task.id),
        "processDefinitionKey": task.process,
        "processDefinitionId": f"{task.process}:{task.version}:{task.definition}",
        "processInstanceId": str(task.case),
        "executionId": str(task.case),
        "caseDefinitionKey": None,
        "caseDefinitionId": None,
        "caseInstanceId": None,
        "caseExecutionId": None,
        "activityInstanceId": f"{task.element}:{task.id}",
        "name": task.name,
        "description": None,
        "deleteReason": REASONS.get(task.status),
        "owner": task.owner,
        "assignee": task.assignee,
        "startTime": moment(task.created_at),
        "endTime": moment(task.ended_at),
        "duration": asking.milliseconds(task.created_at, task.ended_at),
        "taskDefinitionKey": task.element,
        "priority": task.priority,
        "due": moment(task.due_at),
        "followUp": moment(task.follow_up_at),
        "parentTaskId": None,
        "tenantId": auth.actor().office,
        "removalTime": None,
        "rootProcessInstanceId": str(task.case),
        "taskState": STATES[task.status],
    }


_TASKS = Listing(
    orders=tuple(tasks.ORDERS),
    read=_sought,
    found=lambda sought, page: tasks.found(auth.actor(), sought, presentation.now(), page),
    count=lambda sought: tasks.count(auth.actor(), sought, presentation.now()),
    shown=_shown,
)
