"""`/incident`: what stands still because an act failed."""

from typing import Literal, TypedDict

from flask import Blueprint

from service.queries.past import incidents
from service.queries.past.incidents import OPEN, PastIncident, Sought
from service.rest import listing, reading
from service.rest.dialect import moment
from service.rest.listing import Asked, Listing
from service.rest.operations import operation
from service.rest.reading import Fields
from service.rest.shapes import DefinitionId, Id, Moment
from service.web import auth, policies

blueprint = Blueprint("incidents", __name__, url_prefix="/incident")
ORDERS = {
    "incidentId": "incidentId",
    "incidentTimestamp": "createTime",
    "activityId": "activityId",
    "processInstanceId": "processInstanceId",
    "executionId": "executionId",
    "processDefinitionId": "processDefinitionId",
    "tenantId": "tenantId",
}
"""Names that the list may be sorted by, each with that of the history."""
Kind = Literal["failedExternalTask", "failedJob"]
KINDS: tuple[Kind, ...] = ("failedJob", "failedExternalTask")
"""By whether a worker told of it."""


class Incident(TypedDict):
    """Something that stands still because an act failed."""

    id: Id
    processDefinitionId: DefinitionId
    processInstanceId: Id
    executionId: Id
    incidentTimestamp: Moment | None
    incidentType: Kind
    activityId: str
    failedActivityId: str
    causeIncidentId: Id
    rootCauseIncidentId: Id
    configuration: str | None
    incidentMessage: str
    tenantId: str
    jobDefinitionId: None
    annotation: None


def _asked(fields: Fields) -> Asked[Sought]:
    kind = fields.option("incidentType", KINDS)
    cases = listing.cases(fields, "processInstanceId", "executionId")
    sought = Sought(
        ids=reading.identifiers(listing.words(fields, "incidentId")),
        cases=cases,
        definitions=listing.definitions(fields, "processDefinitionId"),
        processes=listing.words(fields, "processDefinitionKeyIn"),
        elements=listing.words(fields, "activityId", "failedActivityId"),
        is_of_service=None if kind is None else kind == KINDS[True],
        statuses=OPEN,
        opened=listing.span(fields, "incidentTimestampAfter", "incidentTimestampBefore"),
    )
    order = [(ORDERS[name], down) for name, down in reading.order(fields, tuple(ORDERS))]
    return Asked(sought, cases, listing.offices(fields), is_nowhere=False, order=order)


@blueprint.get("/<incident_id>")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
@operation()
def one(incident_id: str) -> Incident:
    """Return one open incident."""
    return _shown(incidents.standing(auth.actor(), reading.identifier(incident_id, "incident")))


def _shown(incident: PastIncident) -> Incident:
    """Return an incident as the dialect has it."""
    return {
        "id": str(incident.id),
        "processDefinitionId": f"{incident.process}:{incident.version}:{incident.definition}",
        "processInstanceId": str(incident.case),
        "executionId": str(incident.case),
        "incidentTimestamp": moment(incident.opened_at),
        "incidentType": KINDS[incident.is_of_service],
        "activityId": incident.element,
        "failedActivityId": incident.element,
        "causeIncidentId": str(incident.id),
        "rootCauseIncidentId": str(incident.id),
        "configuration": incident.task or None,
        "incidentMessage": incident.message,
        "tenantId": auth.actor().office,
        "jobDefinitionId": None,
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
    "open incidents",
    by_body=None,
)
