"""`/incident`: what stands still because an act failed."""

from typing import Literal, TypedDict

from flask import Blueprint

from service.queries import stops
from service.queries.past.narrowing import Page
from service.queries.stops import OpenIncident, Sought
from service.rest import reading
from service.rest.dialect import moment
from service.rest.history import asking
from service.rest.listing import Wanted, tell, wanted
from service.rest.operations import operation
from service.rest.reading import Fields
from service.rest.shapes import Count, DefinitionId, Id, Moment
from service.web import auth, policies

blueprint = Blueprint("incidents", __name__, url_prefix="/incident")
ORDERS = tuple(stops.ORDERS)
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


def _sought(fields: Fields) -> Wanted[Sought]:
    kind = fields.option("incidentType", KINDS)
    sought = Sought(
        ids=reading.identifiers(asking.words(fields, "incidentId")),
        cases=reading.identifiers(asking.words(fields, "processInstanceId", "executionId")),
        definitions=asking.definitions(fields, "processDefinitionId"),
        processes=asking.words(fields, "processDefinitionKeyIn"),
        elements=asking.words(fields, "activityId", "failedActivityId"),
        is_of_service=None if kind is None else kind == KINDS[True],
        opened=asking.span(fields, "incidentTimestampAfter", "incidentTimestampBefore"),
    )
    return wanted(fields, sought)


def _listing(fields: Fields) -> tuple[Wanted[Sought], Page]:
    return _sought(fields), Page(reading.order(fields, ORDERS), *reading.page(fields))


@blueprint.get("")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
@operation(query=_listing)
def listed(query: tuple[Wanted[Sought], Page]) -> list[Incident]:
    """List open incidents."""
    sought, page = query[0].here(), query[1]
    if sought is None:
        return []
    tell(sought.cases)
    return [shown(one) for one in stops.found(auth.actor(), sought, page)]


@blueprint.get("/count")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
@operation(query=_sought)
def count(query: Wanted[Sought]) -> Count:
    """Count open incidents."""
    sought = query.here()
    return {"count": stops.count(auth.actor(), sought) if sought else 0}


@blueprint.get("/<incident_id>")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
@operation()
def one(incident_id: str) -> Incident:
    """Return one open incident."""
    return shown(stops.one(auth.actor(), reading.identifier(incident_id, "incident")))


def shown(incident: OpenIncident) -> Incident:
    """Return an incident as the dialect has it."""
    return {
        "id": str(incident.id),
        "processDefinitionId": f"{incident.process}:{incident.version}:{incident.definition}",
        "processInstanceId": str(incident.case),
        "executionId": str(incident.case),
        "incidentTimestamp": moment(incident.since),
        "incidentType": KINDS[incident.is_of_service],
        "activityId": incident.element,
        "failedActivityId": incident.element,
        "causeIncidentId": str(incident.id),
        "rootCauseIncidentId": str(incident.id),
        "configuration": incident.about or None,
        "incidentMessage": incident.message,
        "tenantId": auth.actor().office,
        "jobDefinitionId": None,
        "annotation": None,
    }
