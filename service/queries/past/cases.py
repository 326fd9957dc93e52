"""Cases of an office, whether they run or have ended."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, case, func, select

from service import catalogue
from service.engine.assignment import Actor
from service.errors import NotFound
from service.models import Definition, Instance, Person, db
from service.queries.past.clock import elapsed
from service.queries.past.narrowing import ALWAYS, Page, Span, asked, cut, within

ORDERS: dict[str, Any] = {
    "instanceId": Instance.id,
    "definitionId": Instance.definition_id,
    "definitionKey": Definition.key,
    "definitionName": Definition.name,
    "definitionVersion": Definition.version,
    "businessKey": Instance.business_key,
    "startTime": Instance.started_at,
    "endTime": Instance.ended_at,
    "duration": elapsed(Instance.started_at, Instance.ended_at),
    "tenantId": Instance.tenant_id,
}
"""Names that a list may be sorted by."""
SUSPENDED = "suspended"
"""How a running case stands in which nothing goes on."""
_STATUS = case((Instance.suspended_at.is_not(None), SUSPENDED), else_=Instance.status)


@dataclass(frozen=True, slots=True)
class PastCase:
    """A case with the version that it runs on."""

    id: UUID
    definition: UUID
    process: str
    process_name: str
    version: int
    status: str
    """running, suspended, completed or cancelled."""
    business_key: str
    began_with: str
    """Id of the start event."""
    starter: str | None
    """User name; nobody where a time, a message or a signal started it."""
    started_at: datetime
    ended_at: datetime | None
    reason: str
    """Why it was cancelled."""


@dataclass(frozen=True, slots=True)
class Sought:
    """Which cases are asked for; nothing of a field means all."""

    ids: frozenset[UUID] | None = None
    not_ids: frozenset[UUID] | None = None
    business_keys: frozenset[str] | None = None
    definitions: frozenset[UUID] | None = None
    processes: frozenset[str] | None = None
    not_processes: frozenset[str] | None = None
    process_name: str | None = None
    starter: str | None = None
    statuses: frozenset[str] | None = None
    is_stopped: bool | None = None
    """Whether an incident holds it."""
    started: Span = ALWAYS
    ended: Span = ALWAYS


def found(actor: Actor, sought: Sought, page: Page) -> tuple[PastCase, ...]:
    """Return one page of the cases of the office."""
    rows = cut(_selected(actor, sought), ORDERS, page, Instance.id)
    return tuple(_case(actor, row) for row in db.session.execute(rows))


def count(actor: Actor, sought: Sought) -> int:
    """Count cases of the office."""
    return db.session.scalar(select(func.count()).select_from(_selected(actor, sought).subquery())) or 0


def one(actor: Actor, case_id: UUID) -> PastCase:
    """Return one case.

    Raises:
        NotFound: the office has none with this id.

    """
    row = db.session.execute(_selected(actor, Sought(ids=frozenset({case_id})))).first()
    if row is None:
        raise NotFound(f"historic process instance with id {case_id} does not exist")
    return _case(actor, row)


def _selected(actor: Actor, sought: Sought) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Instance.id, Instance.definition_id, _STATUS.label("status"), Instance.started_at, Instance.ended_at,
            Instance.end_reason, Instance.business_key, Definition.key, Definition.version, Definition.name,
            Person.user_name,
        )
        .join(Definition, (Definition.tenant_id == Instance.tenant_id) & (Definition.id == Instance.definition_id))
        .outerjoin(Person, Person.id == Instance.started_by)
        .where(
            Instance.tenant_id == actor.office,
            *asked([
                (sought.ids, Instance.id.in_(sought.ids or ())),
                (sought.not_ids, Instance.id.not_in(sought.not_ids or ())),
                (sought.business_keys, Instance.business_key.in_(sought.business_keys or ())),
                (sought.definitions, Instance.definition_id.in_(sought.definitions or ())),
                (sought.processes, Definition.key.in_(sought.processes or ())),
                (sought.not_processes, Definition.key.not_in(sought.not_processes or ())),
                (sought.process_name, Definition.name == sought.process_name),
                (sought.starter, Person.user_name == sought.starter),
                (sought.statuses, _STATUS.in_(sought.statuses or ())),
                (sought.is_stopped, (Instance.incident != "") == bool(sought.is_stopped)),
            ]),
            *within(Instance.started_at, sought.started),
            *within(Instance.ended_at, sought.ended),
        )
    )  # fmt: skip


def _case(actor: Actor, row: Any) -> PastCase:  # noqa: ANN401 - a row of `_selected`
    return PastCase(
        id=row.id,
        definition=row.definition_id,
        process=row.key,
        process_name=row.name,
        version=row.version,
        status=row.status,
        business_key=row.business_key,
        began_with=catalogue.diagram(actor.office, row.definition_id).start.id,
        starter=row.user_name,
        started_at=row.started_at,
        ended_at=row.ended_at,
        reason=row.end_reason,
    )
