"""`/history/process-instance`: cases, whether they run or have ended."""

from typing import Any

from flask import Blueprint, Response, jsonify

from service.queries.past import cases
from service.queries.past.cases import PastCase, Sought
from service.rest import reading
from service.rest.dialect import moment
from service.rest.history import asking
from service.rest.history.asking import Listing
from service.rest.reading import Fields
from service.web import auth, policies

blueprint = Blueprint("process_instances", __name__, url_prefix="/process-instance")
STATES = {"running": "ACTIVE", "completed": "COMPLETED", "cancelled": "EXTERNALLY_TERMINATED"}
STATUSES = {
    "finished": frozenset({"completed", "cancelled"}),
    "unfinished": frozenset({"running"}),
    "active": frozenset({"running"}),
    "completed": frozenset({"completed"}),
    "externallyTerminated": frozenset({"cancelled"}),
    "internallyTerminated": frozenset[str](),
    "suspended": frozenset[str](),
}
"""How a case stands that a flag asks for."""
UNSUPPORTED = (
    "orQueries", "processDefinitionNameLike", "withJobsRetrying", "withRootIncidents", "incidentStatus",
    "incidentMessage", "incidentMessageLike", "incidentType", "incidentIdIn", "variables", "variableNamesIgnoreCase",
    "variableValuesIgnoreCase", "executedActivityAfter", "executedActivityBefore", "executedActivityIdIn",
    "activeActivityIdIn", "activityIdIn", "executedJobAfter", "executedJobBefore", "processInstanceBusinessKey",
    "processInstanceBusinessKeyIn", "processInstanceBusinessKeyLike",
)  # fmt: skip


@blueprint.get("")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
def listed() -> Response:
    """List cases by the address."""
    return _CASES.by_address()


@blueprint.post("")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE, only_looks=True)
def asked() -> Response:
    """List cases by a body."""
    return _CASES.by_body()


@blueprint.get("/count")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
def count() -> Response:
    """Count cases by the address."""
    return _CASES.counted_by_address()


@blueprint.post("/count")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE, only_looks=True)
def asked_count() -> Response:
    """Count cases by a body."""
    return _CASES.counted_by_body()


@blueprint.get("/<case_id>")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
def one(case_id: str) -> Response:
    """Return one case."""
    reading.query().end()
    return jsonify(_shown(cases.one(auth.actor(), reading.identifier(case_id, "historic process instance"))))


def _sought(fields: Fields) -> Sought | None:
    sought = Sought(
        ids=asking.cases(fields, "processInstanceId", "processInstanceIds", "rootProcessInstanceId"),
        not_ids=reading.identifiers(fields.texts("processInstanceIdNotIn")),
        definitions=asking.definitions(fields, "processDefinitionId"),
        processes=asking.words(fields, "processDefinitionKey", "processDefinitionKeyIn"),
        not_processes=fields.texts("processDefinitionKeyNotIn"),
        process_name=asking.word(fields, "processDefinitionName"),
        starter=asking.word(fields, "startedBy"),
        statuses=asking.statuses(fields, STATUSES),
        is_stopped=fields.flag("withIncidents") or None,
        started=asking.span(fields, "startedAfter", "startedBefore"),
        ended=asking.span(fields, "finishedAfter", "finishedBefore"),
    )
    calls = asking.words(fields, "superProcessInstanceId", "subProcessInstanceId")
    of_other_kinds = asking.words(fields, "caseInstanceId", "superCaseInstanceId", "subCaseInstanceId")
    fields.flag("rootProcessInstances")  # what an SOP calls runs inside the same case
    fields.empty(*UNSUPPORTED)
    return None if asking.is_elsewhere(fields) or calls or of_other_kinds else sought


def _shown(case: PastCase) -> dict[str, Any]:
    return {
        "id": str(case.id),
        "businessKey": None,
        "processDefinitionId": f"{case.process}:{case.version}:{case.definition}",
        "processDefinitionKey": case.process,
        "processDefinitionName": case.process_name,
        "processDefinitionVersion": case.version,
        "startTime": moment(case.started_at),
        "endTime": moment(case.ended_at),
        "removalTime": None,
        "durationInMillis": asking.milliseconds(case.started_at, case.ended_at),
        "startUserId": case.starter,
        "startActivityId": case.began_with,
        "deleteReason": case.reason or None,
        "rootProcessInstanceId": str(case.id),
        "superProcessInstanceId": None,
        "superCaseInstanceId": None,
        "caseInstanceId": None,
        "tenantId": auth.actor().office,
        "state": STATES[case.status],
        "restartedProcessInstanceId": None,
    }


_CASES = Listing(
    orders=tuple(cases.ORDERS),
    read=_sought,
    found=lambda sought, page: cases.found(auth.actor(), sought, page),
    count=lambda sought: cases.count(auth.actor(), sought),
    shown=_shown,
)
