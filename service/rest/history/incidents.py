"""`/history/incident`: incidents, whether they stand or are over."""

from typing import Any

from flask import Blueprint, Response

from service.queries.past import incidents
from service.queries.past.incidents import PastIncident, Sought
from service.rest import reading
from service.rest.dialect import moment
from service.rest.history import asking
from service.rest.history.asking import Listing
from service.rest.reading import Fields
from service.web import auth, policies

blueprint = Blueprint("incidents", __name__, url_prefix="/incident")
JOB, SERVICE = "failedJob", "failedExternalTask"
STATUSES = {name: frozenset({name}) for name in ("open", "resolved", "deleted")}
UNSUPPORTED = ("incidentMessage", "incidentMessageLike", "configuration", "historyConfiguration")


@blueprint.get("")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
def listed() -> Response:
    """List incidents."""
    return _INCIDENTS.by_address()


@blueprint.get("/count")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
def count() -> Response:
    """Count incidents."""
    return _INCIDENTS.counted_by_address()


def _sought(fields: Fields) -> Sought | None:
    kind = fields.text("incidentType")
    sought = Sought(
        ids=reading.identifiers(asking.words(fields, "incidentId", "causeIncidentId", "rootCauseIncidentId")),
        cases=asking.cases(fields, "processInstanceId", "executionId"),
        definitions=asking.definitions(fields, "processDefinitionId"),
        processes=asking.words(fields, "processDefinitionKey", "processDefinitionKeyIn"),
        elements=asking.words(fields, "activityId", "failedActivityId"),
        is_of_service=kind == SERVICE if kind else None,
        statuses=asking.statuses(fields, STATUSES),
        opened=asking.span(fields, "createTimeAfter", "createTimeBefore"),
        closed=asking.span(fields, "endTimeAfter", "endTimeBefore"),
    )
    jobs = fields.texts("jobDefinitionIdIn")
    fields.empty(*UNSUPPORTED)
    is_nowhere = asking.is_elsewhere(fields) or jobs is not None or kind not in {"", JOB, SERVICE}
    return None if is_nowhere else sought


def _shown(incident: PastIncident) -> dict[str, Any]:
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


_INCIDENTS = Listing(
    orders=tuple(incidents.ORDERS),
    read=_sought,
    found=lambda sought, page: incidents.found(auth.actor(), sought, page),
    count=lambda sought: incidents.count(auth.actor(), sought),
    shown=_shown,
)
