"""`/history/user-operation`: what people did to cases."""

from typing import TypedDict
from uuid import UUID

from flask import Blueprint

from service.queries.past import operations
from service.queries.past.narrowing import Span
from service.queries.past.operations import Operation, Sought
from service.rest import listing, reading
from service.rest.dialect import moment
from service.rest.listing import Asked, Listing
from service.rest.reading import Fields
from service.rest.shapes import DefinitionId, Id, Moment
from service.web import auth

blueprint = Blueprint("user_operations", __name__, url_prefix="/user-operation")
CASE, TASK = ("ProcessInstance", "Operator"), ("Task", "TaskWorker")
MEANT: dict[str, tuple[str, str, str]] = {
    "activated": ("Activate", *CASE),
    "added": ("ModifyProcessInstance", *CASE),
    "amended": ("ModifyVariable", "Variable", "Operator"),
    "assigned": ("Assign", *TASK),
    "cancelled": ("Delete", *CASE),
    "claimed": ("Claim", *TASK),
    "commented": ("CreateComment", *TASK),
    "completed": ("Complete", *TASK),
    "delegated": ("Delegate", *TASK),
    "dismissed": ("Resolve", "Incident", "Operator"),
    "error": ("HandleBpmnError", "ExternalTask", "Operator"),
    "external": ("Complete", "ExternalTask", "Operator"),
    "handed_back": ("Resolve", *TASK),
    "incident": ("CreateIncident", "Incident", "Operator"),
    "laid-aside": ("SetFollowUpDate", *TASK),
    "message": ("CorrelateMessage", *CASE),
    "moved": ("ModifyProcessInstance", *CASE),
    "raised": ("HandleBpmnError", *TASK),
    "refused": ("Refuse", *TASK),
    "released": ("Assign", *TASK),
    "resumed": ("SetFollowUpDate", *TASK),
    "retried": ("SetJobRetries", "Job", "Operator"),
    "returned": ("Return", *TASK),
    "signal": ("Signal", *CASE),
    "started": ("Create", *CASE),
    "suspended": ("Suspend", *CASE),
    "taken_back": ("Assign", *TASK),
    "waived": ("Waive", *TASK),
    "withdrawn": ("ModifyProcessInstance", *CASE),
}
"""Kinds of lines of the history as types of operations, with the entity and the category; some the dialect lacks."""
ASSIGNEE = "assignee"
HANDED = frozenset({"assigned", "claimed", "delegated", "handed_back", "released", "taken_back"})
"""Kinds of lines that change who has a task."""
TAKEN = frozenset({"claimed", "taken_back"})
"""Those by which the person who did it has the task himself."""
NOBODYS = (
    "deploymentId", "caseDefinitionId", "caseInstanceId", "caseExecutionId", "jobId", "jobDefinitionId", "batchId",
    "externalTaskId",
)  # fmt: skip


class UserOperation(TypedDict):
    """What somebody did."""

    id: str
    userId: str | None
    timestamp: Moment
    operationId: str
    operationType: str
    entityType: str
    category: str
    annotation: str | None
    property: str | None
    orgValue: None
    newValue: str | None
    deploymentId: None
    processDefinitionId: DefinitionId
    processDefinitionKey: str
    processInstanceId: Id
    executionId: Id
    caseDefinitionId: None
    caseInstanceId: None
    caseExecutionId: None
    taskId: Id | None
    externalTaskId: None
    batchId: None
    jobId: None
    jobDefinitionId: None
    removalTime: None
    rootProcessInstanceId: Id


def _asked(fields: Fields) -> Asked[Sought]:
    wanted = listing.cases(fields, "processInstanceId", "executionId")
    named = fields.sought("operationId")
    line = _line(named)
    types = listing.words(fields, "operationType")
    entities = listing.words(fields, "entityType", "entityTypeIn")
    categories = listing.words(fields, "category", "categoryIn")
    property_ = fields.sought("property")
    kinds = frozenset(
        kind
        for kind, (type_, entity, category) in MEANT.items()
        if (types is None or type_ in types)
        and (entities is None or entity in entities)
        and (categories is None or category in categories)
        and (not property_ or (property_ == ASSIGNEE and kind in HANDED))
    )
    sought = Sought(
        cases=wanted,
        tasks=reading.identifiers(listing.words(fields, "taskId")),
        users=listing.words(fields, "userId"),
        kinds=None if kinds == MEANT.keys() else kinds,
        definitions=listing.definitions(fields, "processDefinitionId"),
        processes=listing.words(fields, "processDefinitionKey"),
        line=line,
        at=Span(fields.moment("afterTimestamp"), fields.moment("beforeTimestamp")),
    )
    nobodys = listing.words(fields, *NOBODYS)
    is_nowhere = nobodys is not None or (bool(named) and line is None)
    order = reading.order(fields, tuple(operations.ORDERS))
    return Asked(sought, wanted, listing.offices(fields), is_nowhere, order)


def _line(operation_id: str) -> tuple[UUID, int] | None:
    """Read which line of which case is meant, None for what is none."""
    case, _, sequence = operation_id.partition(":")
    found = reading.identifiers(frozenset({case}))
    if not found or not sequence.isascii() or not sequence.isdigit() or len(sequence) > len(str(2**31)):
        return None
    return next(iter(found)), int(sequence)


def _shown(operation: Operation) -> UserOperation:
    type_, entity, category = MEANT.get(operation.kind, (operation.kind.title(), *CASE))
    changes = operation.kind in HANDED
    named = operation.user if operation.kind in TAKEN else operation.holder
    return {
        "id": f"{operation.case}:{operation.sequence}",
        "userId": operation.user,
        "timestamp": moment(operation.at),
        "operationId": f"{operation.case}:{operation.sequence}",
        "operationType": type_,
        "entityType": entity,
        "category": category,
        "annotation": operation.note or None,
        "property": ASSIGNEE if changes else None,
        "orgValue": None,
        "newValue": named if changes else None,
        "deploymentId": None,
        "processDefinitionId": f"{operation.process}:{operation.version}:{operation.definition}",
        "processDefinitionKey": operation.process,
        "processInstanceId": str(operation.case),
        "executionId": str(operation.case),
        "caseDefinitionId": None,
        "caseInstanceId": None,
        "caseExecutionId": None,
        "taskId": str(operation.task) if operation.task else None,
        "externalTaskId": None,
        "batchId": None,
        "jobId": None,
        "jobDefinitionId": None,
        "removalTime": None,
        "rootProcessInstanceId": str(operation.case),
    }


listing.serve(
    blueprint,
    Listing(
        found=lambda sought, page: operations.found(auth.actor(), sought, page),
        count=lambda sought: operations.count(auth.actor(), sought),
        shown=_shown,
    ),
    _asked,
    "what people did",
    by_body=None,
)
