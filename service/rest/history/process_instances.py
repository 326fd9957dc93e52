"""`/history/process-instance`: cases, whether they run or have ended."""

from typing import Literal, TypedDict

from flask import Blueprint

from service.queries.past import cases
from service.queries.past.cases import PastCase, Sought
from service.rest import listing, reading
from service.rest.dialect import moment
from service.rest.listing import Asked, Listing
from service.rest.operations import operation
from service.rest.reading import Fields
from service.rest.shapes import DefinitionId, Id, Moment, Whole
from service.web import auth, policies

blueprint = Blueprint("process_instances", __name__, url_prefix="/process-instance")
State = Literal["ACTIVE", "SUSPENDED", "COMPLETED", "EXTERNALLY_TERMINATED"]
STATES: dict[str, State] = {
    "running": "ACTIVE",
    "suspended": "SUSPENDED",
    "completed": "COMPLETED",
    "cancelled": "EXTERNALLY_TERMINATED",
}
STATUSES = {
    "finished": frozenset({"completed", "cancelled"}),
    "unfinished": frozenset({"running", "suspended"}),
    "active": frozenset({"running"}),
    "completed": frozenset({"completed"}),
    "externallyTerminated": frozenset({"cancelled"}),
    "internallyTerminated": frozenset[str](),
    "suspended": frozenset({"suspended"}),
}
"""How a case stands that a flag asks for."""
UNSUPPORTED = (
    "orQueries", "processDefinitionNameLike", "withJobsRetrying", "withRootIncidents", "incidentStatus",
    "incidentMessage", "incidentMessageLike", "incidentType", "incidentIdIn", "variables", "variableNamesIgnoreCase",
    "variableValuesIgnoreCase", "executedActivityAfter", "executedActivityBefore", "executedActivityIdIn",
    "activeActivityIdIn", "activityIdIn", "executedJobAfter", "executedJobBefore", "processInstanceBusinessKeyLike",
)  # fmt: skip


class HistoricProcessInstance(TypedDict):
    """A case, whether it runs or has ended."""

    id: Id
    businessKey: str | None
    processDefinitionId: DefinitionId
    processDefinitionKey: str
    processDefinitionName: str
    processDefinitionVersion: Whole
    startTime: Moment
    endTime: Moment | None
    removalTime: None
    durationInMillis: Whole | None
    startUserId: str | None
    startActivityId: str
    deleteReason: str | None
    rootProcessInstanceId: Id
    superProcessInstanceId: None
    superCaseInstanceId: None
    caseInstanceId: None
    tenantId: str
    state: State
    restartedProcessInstanceId: None


def _asked(fields: Fields) -> Asked[Sought]:
    wanted = listing.cases(fields, "processInstanceId", "processInstanceIds", "rootProcessInstanceId")
    sought = Sought(
        ids=wanted,
        not_ids=reading.identifiers(fields.texts("processInstanceIdNotIn")),
        business_keys=listing.words(fields, "processInstanceBusinessKey", "processInstanceBusinessKeyIn"),
        definitions=listing.definitions(fields, "processDefinitionId"),
        processes=listing.words(fields, "processDefinitionKey", "processDefinitionKeyIn"),
        not_processes=fields.texts("processDefinitionKeyNotIn"),
        process_name=listing.word(fields, "processDefinitionName"),
        starter=listing.word(fields, "startedBy"),
        statuses=listing.statuses(fields, STATUSES),
        is_stopped=fields.flag("withIncidents") or None,
        started=listing.span(fields, "startedAfter", "startedBefore"),
        ended=listing.span(fields, "finishedAfter", "finishedBefore"),
    )
    nobodys = listing.words(
        fields, "superProcessInstanceId", "subProcessInstanceId", "superCaseInstanceId", "subCaseInstanceId",
        "caseInstanceId",
    )  # fmt: skip
    fields.flag("rootProcessInstances")  # what an SOP calls runs inside the same case
    fields.empty(*UNSUPPORTED)
    order = reading.order(fields, tuple(cases.ORDERS))
    return Asked(sought, wanted, listing.offices(fields), nobodys is not None, order)


@blueprint.get("/<case_id>")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
@operation()
def one(case_id: str) -> HistoricProcessInstance:
    """Return one case."""
    return _shown(cases.one(auth.actor(), reading.identifier(case_id, "historic process instance")))


def _shown(case: PastCase) -> HistoricProcessInstance:
    return {
        "id": str(case.id),
        "businessKey": case.business_key or None,
        "processDefinitionId": f"{case.process}:{case.version}:{case.definition}",
        "processDefinitionKey": case.process,
        "processDefinitionName": case.process_name,
        "processDefinitionVersion": case.version,
        "startTime": moment(case.started_at),
        "endTime": moment(case.ended_at),
        "removalTime": None,
        "durationInMillis": listing.milliseconds(case.started_at, case.ended_at),
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


listing.serve(
    blueprint,
    Listing(
        found=lambda sought, page: cases.found(auth.actor(), sought, page),
        count=lambda sought: cases.count(auth.actor(), sought),
        shown=_shown,
    ),
    _asked,
    "cases",
    by_body=listing.page,
)
