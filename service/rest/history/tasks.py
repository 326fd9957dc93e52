"""`/history/task`: user tasks, whether they are open, done or taken away."""

from typing import Literal, TypedDict

from flask import Blueprint

from service.queries.past import tasks
from service.queries.past.tasks import PastTask, Sought
from service.rest import listing, reading
from service.rest.dialect import moment
from service.rest.listing import Asked, Listing
from service.rest.reading import Fields
from service.rest.shapes import DefinitionId, Id, Moment, Whole
from service.web import auth, presentation

blueprint = Blueprint("tasks", __name__, url_prefix="/task")
STATUSES = {"finished": frozenset({"completed", "cancelled"}), "unfinished": frozenset({"open"})}
State = Literal["Created", "Completed", "Deleted"]
STATES: dict[str, State] = {"open": "Created", "completed": "Completed", "cancelled": "Deleted"}
REASONS = {"completed": "completed", "cancelled": "deleted"}
"""Why a task is over, in the words of the dialect."""
UNSUPPORTED = (
    "orQueries", "taskNameLike", "taskDescription", "taskDescriptionLike", "taskDeleteReasonLike", "taskAssigneeLike",
    "taskOwnerLike", "taskInvolvedUser", "taskInvolvedGroup", "taskHadCandidateUser", "taskHadCandidateGroup",
    "withCandidateGroups", "withoutCandidateGroups", "taskVariables", "processVariables", "variableNamesIgnoreCase",
    "variableValuesIgnoreCase", "processInstanceBusinessKeyLike", "caseDefinitionName",
)  # fmt: skip


class HistoricTask(TypedDict):
    """A user task, whether it is open, done or taken away."""

    id: Id
    processDefinitionKey: str
    processDefinitionId: DefinitionId
    processInstanceId: Id
    executionId: Id
    caseDefinitionKey: None
    caseDefinitionId: None
    caseInstanceId: None
    caseExecutionId: None
    activityInstanceId: str
    name: str
    description: None
    deleteReason: str | None
    owner: str | None
    assignee: str | None
    startTime: Moment
    endTime: Moment | None
    duration: Whole | None
    taskDefinitionKey: str
    priority: int
    due: Moment | None
    followUp: Moment | None
    parentTaskId: None
    tenantId: str
    removalTime: None
    rootProcessInstanceId: Id
    taskState: State


def _asked(fields: Fields) -> Asked[Sought]:
    assigned, unassigned = fields.flag("assigned"), fields.flag("unassigned")
    runs, ended = fields.flag("processUnfinished"), fields.flag("processFinished")
    reason = fields.sought("taskDeleteReason")
    over = frozenset(status for status, word in REASONS.items() if word == reason) if reason else None
    activities = fields.texts("activityInstanceIdIn")
    told = None if activities is None else frozenset(one.rpartition(":")[2] for one in activities)
    priority = fields.whole("taskPriority", -1)
    wanted = listing.cases(fields, "processInstanceId", "rootProcessInstanceId", "executionId")
    sought = Sought(
        ids=reading.identifiers(listing.either(listing.words(fields, "taskId"), told)),
        cases=wanted,
        business_keys=listing.words(fields, "processInstanceBusinessKey", "processInstanceBusinessKeyIn"),
        definitions=listing.definitions(fields, "processDefinitionId"),
        processes=listing.words(fields, "processDefinitionKey"),
        process_name=listing.word(fields, "processDefinitionName"),
        elements=listing.words(fields, "taskDefinitionKey", "taskDefinitionKeyIn"),
        name=listing.word(fields, "taskName"),
        assignee=listing.word(fields, "taskAssignee"),
        owner=listing.word(fields, "taskOwner"),
        is_assigned=True if assigned else False if unassigned else None,
        priority=None if priority < 0 else priority,
        statuses=listing.either(listing.statuses(fields, STATUSES), over),
        case_runs=True if runs else False if ended else None,
        has_due_date=False if fields.flag("withoutTaskDueDate") else None,
        started=listing.span(fields, "startedAfter", "startedBefore"),
        ended=listing.span(fields, "finishedAfter", "finishedBefore"),
        due=listing.around(fields, "taskDueDate"),
        follow_up=listing.around(fields, "taskFollowUpDate"),
    )
    nobodys = listing.words(fields, "taskParentTaskId", *listing.KINDS_OF_CASES)
    fields.empty(*UNSUPPORTED)
    is_nowhere = bool(assigned and unassigned) or bool(runs and ended) or nobodys is not None
    order = reading.order(fields, tuple(tasks.ORDERS))
    return Asked(sought, wanted, listing.offices(fields), is_nowhere, order)


def _shown(task: PastTask) -> HistoricTask:
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
        "duration": listing.milliseconds(task.created_at, task.ended_at),
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


listing.serve(
    blueprint,
    Listing(
        found=lambda sought, page: tasks.found(auth.actor(), sought, presentation.now(), page),
        count=lambda sought: tasks.count(auth.actor(), sought, presentation.now()),
        shown=_shown,
    ),
    _asked,
    "tasks",
    by_body=listing.page,
)
