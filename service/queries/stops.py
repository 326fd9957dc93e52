"""Open incidents of an office as programs ask for them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from service import catalogue
from service.engine.assignment import Actor, Role
from service.errors import NotFound
from service.models import Incident, Instance, db
from service.queries.past.narrowing import ALWAYS, Page, Span, asked, cut, within

BY_SERVICE = "service-failed"
"""Cause of an incident that a worker told of."""
ORDERS: dict[str, Any] = {
    "incidentId": Incident.id,
    "incidentTimestamp": Incident.opened_at,
    "activityId": Incident.element,
    "processInstanceId": Incident.instance_id,
    "executionId": Incident.instance_id,
    "processDefinitionId": Instance.definition_id,
    "tenantId": Incident.tenant_id,
}
"""Names that a list may be sorted by."""


@dataclass(frozen=True, slots=True)
class OpenIncident:
    """An act that failed and was not solved yet."""

    id: UUID
    case: UUID
    process: str
    definition: UUID
    version: int
    element: str
    since: datetime
    is_of_service: bool
    """Whether a worker told that he failed; otherwise the case could not go on."""
    about: str
    """The task, timer or external task that was acted on; of a message or signal an id of its own."""
    message: str


@dataclass(frozen=True, slots=True)
class Sought:
    """Which open incidents are asked for; nothing of a field means all."""

    ids: frozenset[UUID] | None = None
    cases: frozenset[UUID] | None = None
    definitions: frozenset[UUID] | None = None
    """Versions that the cases run on."""
    processes: frozenset[str] | None = None
    elements: frozenset[str] | None = None
    is_of_service: bool | None = None
    opened: Span = ALWAYS


def found(actor: Actor, sought: Sought, page: Page) -> tuple[OpenIncident, ...]:
    """Return one page of the open incidents of the office."""
    rows = cut(_selected(actor, sought), ORDERS, page, Incident.opened_at, Incident.id)
    return tuple(_incident(actor, row) for row in db.session.execute(rows))


def count(actor: Actor, sought: Sought) -> int:
    """Count open incidents of the office."""
    return db.session.scalar(select(func.count()).select_from(_selected(actor, sought).subquery())) or 0


def one(actor: Actor, incident_id: UUID) -> OpenIncident:
    """Return one open incident.

    Raises:
        NotFound: the office has none with this id, or it was solved.

    """
    row = db.session.execute(_selected(actor, Sought(ids=frozenset({incident_id})))).first()
    if row is None:
        raise NotFound(f"incident with id {incident_id} does not exist, or not any more")
    return _incident(actor, row)


def _selected(actor: Actor, sought: Sought) -> Select[*tuple[Any, ...]]:
    of_service = Incident.cause == BY_SERVICE
    return (
        select(
            Incident.id, Incident.instance_id, Incident.process_key, Incident.element, Incident.opened_at,
            Incident.cause, Incident.detail, Incident.act, Instance.definition_id, Instance.called,
        )
        .join(Instance, (Instance.tenant_id == Incident.tenant_id) & (Instance.id == Incident.instance_id))
        .where(
            Incident.tenant_id == actor.office,
            Incident.closed_at.is_(None),
            *asked([
                (sought.ids, Incident.id.in_(sought.ids or ())),
                (sought.cases, Incident.instance_id.in_(sought.cases or ())),
                (sought.definitions, Instance.definition_id.in_(sought.definitions or ())),
                (sought.processes, Incident.process_key.in_(sought.processes or ())),
                (sought.elements, Incident.element.in_(sought.elements or ())),
                (sought.is_of_service, of_service if sought.is_of_service else ~of_service),
            ]),
            *within(Incident.opened_at, sought.opened),
        )
    )  # fmt: skip


def _incident(actor: Actor, row: Any) -> OpenIncident:  # noqa: ANN401 - a row of `_selected`
    definition = UUID(row.called[row.process_key]) if row.process_key in row.called else row.definition_id
    deployed = catalogue.deployed(actor.office, definition)
    return OpenIncident(
        id=row.id,
        case=row.instance_id,
        process=deployed.key,
        definition=definition,
        version=deployed.version,
        element=row.element,
        since=row.opened_at,
        is_of_service=row.cause == BY_SERVICE,
        about=row.act.get("task", ""),
        message=row.detail if Role.ADMIN in actor.roles else row.cause,  # as on the page of the case
    )
