"""`/history/incident`: incidents, whether they stand or are over."""

from typing import TypedDict

from flask import Blueprint

from service.queries.past import incidents
from service.queries.past.incidents import PastIncident, Sought
from service.rest import listing, reading
from service.rest.dialect import moment
from service.rest.listing import Asked, Listing
from service.rest.reading import Fields
from service.rest.shapes import DefinitionId, Id, Moment
from service.web import auth

blueprint = Blueprint("incidents", __name__, url_prefix="/incident")
JOB, SERVICE = "failedJob", "failedExternalTask"
STATUSES = {name: frozenset({name}) for name in ("open", "resolved", "deleted")}
UNSUPPORTED = ("incidentMessage", "incidentMessageLike", "configuration", "historyConfiguration")


class HistoricIncident(TypedDict):
    """An incident, and how it ended."""

    id: Id
    processDefinitionKey: str
    processDefinitionId: DefinitionId
    processInstanceId: Id
    executionId: Id
    rootProcessInstanceId: Id
    createTime: Moment
    endTime: Moment | None
    removalTime: None
    incidentType: str
    activityId: str | None
    failedActivityId: str | None
    causeIncidentId: Id
    rootCauseIncidentId: Id
    configuration: str | None
    historyConfiguration: None
    incidentMessage: str | None
    tenantId: str
    jobDefinitionId: None
    open: bool
    deleted: bool
    resolved: bool
    annotation: None


def _asked(fields: Fields) -> Asked[Sought]:
    kind = fields.sought("incidentType")
    wanted = listing.cases(fields, "processInstanceId", "executionId")
    sought = Sought(
        ids=reading.identifiers(listing.words(fields, "incidentId", "causeIncidentId", "rootCauseIncidentId")),
        cases=wanted,
        definitions=listing.definitions(fields, "processDefinitionId"),
        processes=listing.words(fields, "processDefinitionKey", "processDefinitionKeyIn"),
        elements=listing.words(fields, "activityId", "failedActivityId"),
        is_of_service=kind == SERVICE if kind else None,
        statuses=listing.statuses(fields, STATUSES),
        opened=listing.span(fields, "createTimeAfter", "createTimeBefore"),
        closed=listing.span(fields, "endTimeAfter", "endTimeBefore"),
    )
    jobs = fields.texts("jobDefinitionIdIn")
    fields.empty(*UNSUPPORTED)
    is_nowhere = jobs is not None or kind not in {"", JOB, SERVICE}
    order = reading.order(fields, tuple(incidents.ORDERS))
    return Asked(sought, wanted, listing.offices(fields), is_nowhere, order)


def _shown(incident: PastIncident) -> HistoricIncident:
    return {
        "id": str(incident.id),
        "processDefinitionKey": incident.process,
        "processDefinitionId": f"{incident.process}:{incident.version}:{incident.definition}",
        "processInstanceId": str(incident.case),
        "executionId": str(incident.case),
        "rootProcessInstanceId": str(incident.case),
        "createTime": moment(incident.opened_at),
        "endTime": moment(incident.closed_at),
        "removalTime": None,
        "incidentType": SERVICE if incident.is_of_service else JOB,
        "activityId": incident.element or None,
        "failedActivityId": incident.element or None,
        "causeIncidentId": str(incident.id),
        "rootCauseIncidentId": str(incident.id),
        "configuration": incident.task or None,
        "historyConfiguration": None,
        "incidentMessage": incident.message or None,
        "tenantId": auth.actor().office,
        "jobDefinitionId": None,
        "open": incident.status == "open",
        "deleted": incident.status == "deleted",
        "resolved": incident.status == "resolved",
        "annotation": None,
    }


listing.serve(
    blueprint,
    Listing(
        found=lambda sought, page: incidents.found(auth.actor(), sought, page),
        count=lambda sought: incidents.count(auth.actor(), sought),
        shown=_shown,
    ),
    _asked,
    "incidents",
    by_body=None,
)
