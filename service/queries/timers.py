"""Timers that cases of an office wait for, as programs ask for them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select

from service import catalogue
from service.engine.assignment import Actor, Role
from service.errors import NotFound
from service.models import Incident, Instance, Waiting, db
from service.queries.past.narrowing import Page, asked, cut

_RESTS = Waiting.incident_id.is_not(None)
_SUSPENDED = Instance.suspended_at.is_not(None)
ORDERS: dict[str, Any] = {
    "jobId": Waiting.id,
    "processInstanceId": Waiting.instance_id,
    "executionId": Waiting.instance_id,
    "processDefinitionId": Instance.definition_id,
    "processDefinitionKey": Waiting.process_key,
    "jobDueDate": Waiting.due_at,
    "jobRetries": _RESTS,
    "jobPriority": Waiting.tenant_id,
    "tenantId": Waiting.tenant_id,
}
"""Names that a list may be sorted by; all priorities are the same."""


@dataclass(frozen=True, slots=True)
class Timer:
    """A moment that a case waits for."""

    id: UUID
    case: UUID
    process: str
    definition: UUID
    version: int
    element: str
    since: datetime
    due_at: datetime | None
    incident: UUID | None
    """It failed, and rests until somebody tries it again."""
    failure: str
    is_suspended: bool
    """Whether its case is; it does not go off then."""


@dataclass(frozen=True, slots=True)
class Sought:
    """Which timers are asked for; nothing of a field means all."""

    ids: frozenset[UUID] | None = None
    cases: frozenset[UUID] | None = None
    definitions: frozenset[UUID] | None = None
    """Versions that the cases run on."""
    processes: frozenset[str] | None = None
    elements: frozenset[str] | None = None
    rests: bool | None = None
    """Whether it failed."""
    is_due: bool = False
    """Whether its time has come, and its case is not suspended."""
    is_suspended: bool | None = None


def found(actor: Actor, sought: Sought, now: datetime, page: Page) -> tuple[Timer, ...]:
    """Return one page of the timers of the office."""
    rows = cut(_selected(actor, sought, now), ORDERS, page, Waiting.due_at, Waiting.id)
    return tuple(_timer(actor, row) for row in db.session.execute(rows))


def count(actor: Actor, sought: Sought, now: datetime) -> int:
    """Count timers of the office."""
    return db.session.scalar(select(func.count()).select_from(_selected(actor, sought, now).subquery())) or 0


def one(actor: Actor, timer_id: UUID, now: datetime) -> Timer:
    """Return one timer.

    Raises:
        NotFound: no case of the office waits for it.

    """
    row = db.session.execute(_selected(actor, Sought(ids=frozenset({timer_id})), now)).first()
    if row is None:
        raise NotFound(f"job with id {timer_id} does not exist, or not any more")
    return _timer(actor, row)


def _selected(actor: Actor, sought: Sought, now: datetime) -> Select[*tuple[Any, ...]]:
    of_incident = (Incident.tenant_id == Waiting.tenant_id) & (Incident.id == Waiting.incident_id)
    return (
        select(
            Waiting.id, Waiting.instance_id, Waiting.process_key, Waiting.element, Waiting.since, Waiting.due_at,
            Waiting.incident_id, Incident.cause, Incident.detail, Instance.definition_id, Instance.called,
            _SUSPENDED.label("is_suspended"),
        )
        .join(Instance, (Instance.tenant_id == Waiting.tenant_id) & (Instance.id == Waiting.instance_id))
        .outerjoin(Incident, of_incident)
        .where(Waiting.tenant_id == actor.office, Waiting.kind == "timer", *_conditions(sought, now))
    )  # fmt: skip


def _conditions(sought: Sought, now: datetime) -> list[ColumnElement[bool]]:
    return asked(
        [
            (sought.ids, Waiting.id.in_(sought.ids or ())),
            (sought.cases, Waiting.instance_id.in_(sought.cases or ())),
            (sought.definitions, Instance.definition_id.in_(sought.definitions or ())),
            (sought.processes, Waiting.process_key.in_(sought.processes or ())),
            (sought.elements, Waiting.element.in_(sought.elements or ())),
            (sought.rests, _RESTS if sought.rests else ~_RESTS),
            (sought.is_due or None, (Waiting.due_at <= now) & ~_SUSPENDED),
            (sought.is_suspended, _SUSPENDED if sought.is_suspended else ~_SUSPENDED),
        ]
    )


def _timer(actor: Actor, row: Any) -> Timer:  # noqa: ANN401 - a row of `_selected`
    definition = UUID(row.called[row.process_key]) if row.process_key in row.called else row.definition_id
    detail = row.detail if Role.ADMIN in actor.roles else row.cause  # as on the page of the case
    return Timer(
        id=row.id,
        case=row.instance_id,
        process=row.process_key,
        definition=definition,
        version=catalogue.deployed(actor.office, definition).version,
        element=row.element,
        since=row.since,
        due_at=row.due_at,
        incident=row.incident_id,
        failure=detail or "",
        is_suspended=row.is_suspended,
    )
