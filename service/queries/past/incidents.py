"""Incidents of an office, whether they stand or are over."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, func, select

from service import catalogue
from service.engine.assignment import Actor, Role
from service.errors import NotFound
from service.models import Incident, Instance, InstanceStatus, db
from service.queries.past.binding import of_versions
from service.queries.past.narrowing import ALWAYS, Page, Span, asked, cut, within

OF_SERVICES = "service-failed"
"""Cause of an incident that a worker reported; all others came out of what the case did."""
_WENT = and_(Instance.status == InstanceStatus.CANCELLED, Incident.closed_at == Instance.ended_at)
_STATUS = case((Incident.closed_at.is_(None), "open"), (_WENT, "deleted"), else_="resolved")
_IS_OF_SERVICE = Incident.cause == OF_SERVICES
OPEN = frozenset({"open"})
ORDERS: dict[str, Any] = {
    "incidentId": Incident.id,
    "incidentMessage": Incident.cause,
    "createTime": Incident.opened_at,
    "endTime": Incident.closed_at,
    "incidentType": _IS_OF_SERVICE,
    "executionId": Incident.instance_id,
    "activityId": Incident.element,
    "processInstanceId": Incident.instance_id,
    "processDefinitionId": Instance.definition_id,
    "processDefinitionKey": Incident.process_key,
    "causeIncidentId": Incident.id,
    "rootCauseIncidentId": Incident.id,
    "configuration": Incident.id,
    "historyConfiguration": Incident.tenant_id,
    "tenantId": Incident.tenant_id,
    "incidentState": _STATUS,
}
"""Names that a list may be sorted by."""


@dataclass(frozen=True, slots=True)
class PastIncident:
    """An incident, and how it ended."""

    id: UUID
    case: UUID
    process: str
    definition: UUID
    version: int
    element: str
    is_of_service: bool
    """Whether a worker reported it."""
    status: str
    """open, resolved, or deleted with its case."""
    opened_at: datetime
    closed_at: datetime | None
    task: str
    """Id of the task or wait that it holds."""
    message: str
    """The whole sentence for who may repair it, the code of the cause for everybody else."""


@dataclass(frozen=True, slots=True)
class Sought:
    """Which incidents are asked for; nothing of a field means all."""

    ids: frozenset[UUID] | None = None
    cases: frozenset[UUID] | None = None
    definitions: frozenset[UUID] | None = None
    processes: frozenset[str] | None = None
    elements: frozenset[str] | None = None
    is_of_service: bool | None = None
    statuses: frozenset[str] | None = None
    opened: Span = ALWAYS
    closed: Span = ALWAYS


def found(actor: Actor, sought: Sought, page: Page) -> tuple[PastIncident, ...]:
    """Return one page of the incidents of the office."""
    rows = cut(_selected(actor, sought), ORDERS, page, Incident.opened_at, Incident.id)
    return tuple(_incident(actor, row) for row in db.session.execute(rows))


def standing(actor: Actor, incident_id: UUID) -> PastIncident:
    """Return one open incident.

    Raises:
        NotFound: the office has none with this id, or it was solved.

    """
    for incident in found(actor, Sought(ids=frozenset({incident_id}), statuses=OPEN), Page()):
        return incident
    raise NotFound(f"incident with id {incident_id} does not exist, or not any more")


def count(actor: Actor, sought: Sought) -> int:
    """Count incidents of the office."""
    return db.session.scalar(_selected(actor, sought).with_only_columns(func.count())) or 0


def _selected(actor: Actor, sought: Sought) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Incident.id, Incident.instance_id, Incident.process_key, Incident.element, Incident.cause, Incident.detail,
            Incident.opened_at, Incident.closed_at, Incident.act["task"].as_string().label("task"),
            _STATUS.label("status"), Instance.definition_id, Instance.called,
        )
        .join(Instance, (Instance.tenant_id == Incident.tenant_id) & (Instance.id == Incident.instance_id))
        .where(
            Incident.tenant_id == actor.office,
            *asked([
                (sought.ids, Incident.id.in_(sought.ids or ())),
                (sought.cases, Incident.instance_id.in_(sought.cases or ())),
                (sought.definitions, of_versions(actor, sought.definitions or (), Incident.process_key)),
                (sought.processes, Incident.process_key.in_(sought.processes or ())),
                (sought.elements, Incident.element.in_(sought.elements or ())),
                (sought.is_of_service, _IS_OF_SERVICE if sought.is_of_service else ~_IS_OF_SERVICE),
                (sought.statuses, _stands(sought.statuses or frozenset())),
            ]),
            *within(Incident.opened_at, sought.opened),
            *within(Incident.closed_at, sought.closed),
        )
    )  # fmt: skip


def _stands(statuses: frozenset[str]) -> ColumnElement[bool]:
    """Return the condition that incidents stand like that; an index has those that are open."""
    return Incident.closed_at.is_(None) if statuses == OPEN else _STATUS.in_(statuses)


def _incident(actor: Actor, row: Any) -> PastIncident:  # noqa: ANN401 - a row of `_selected`
    definition = UUID(row.called[row.process_key]) if row.process_key in row.called else row.definition_id
    deployed = catalogue.deployed(actor.office, definition)
    return PastIncident(
        id=row.id,
        case=row.instance_id,
        process=deployed.key,
        definition=definition,
        version=deployed.version,
        element=row.element,
        is_of_service=row.cause == OF_SERVICES,
        status=row.status,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        task=row.task or "",
        message=row.detail if Role.ADMIN in actor.roles else row.cause,
    )
