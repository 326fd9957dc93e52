"""External tasks that wait for a worker."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, func, select

from service import catalogue
from service.engine.assignment import Actor
from service.errors import NotFound
from service.models import Incident, Instance, Waiting, db, of_suspended
from service.prepared import Prepared, marks, numbered
from service.queries.past.narrowing import Page, asked, cut

MOST = 200
KEPT_STATEMENTS = 256
_OF_WAIT = (
    Waiting.id, Waiting.kind, Waiting.name, Waiting.instance_id, Waiting.process_key, Waiting.element, Waiting.since,
    Waiting.worker, Waiting.free_at, Waiting.retries, Waiting.error, Waiting.incident_id,
)  # fmt: skip
ORDERS: dict[str, Any] = {
    "id": Waiting.id,
    "lockExpirationTime": Waiting.free_at,
    "processInstanceId": Waiting.instance_id,
    "processDefinitionKey": Waiting.process_key,
    "tenantId": Waiting.tenant_id,
    "taskPriority": Waiting.tenant_id,
}
"""Names that a list may be sorted by; every task of an office has its tenant and its priority in common."""


@dataclass(frozen=True, slots=True)
class ExternalRow:
    """One external task."""

    id: str
    topic: str
    case_id: str
    process: str
    element: str
    since: datetime
    has_failed: bool
    """It rests as an incident until somebody offers it again."""


def waiting(actor: Actor, topic: str = "") -> tuple[ExternalRow, ...]:
    """Return the external tasks of the actor's office, the longest wait first."""
    found = select(Waiting).where(Waiting.tenant_id == actor.office, Waiting.kind == "external")
    if topic:
        found = found.where(Waiting.name == topic)
    return tuple(
        ExternalRow(
            str(row.id), row.name, str(row.instance_id), row.process_key, row.element, row.since,
            row.incident_id is not None,
        )
        for row in db.session.scalars(found.order_by(Waiting.since, Waiting.id).limit(MOST))
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Work:
    """One external task with all that a worker wants to know of it."""

    id: UUID
    topic: str
    case: UUID
    process: str
    definition: UUID
    version: int
    element: str
    business_key: str
    since: datetime
    worker: str
    free_at: datetime | None
    retries: int | None
    """0 while it rests as an incident."""
    error: str
    is_suspended: bool
    """Whether its case is; nobody is given it then."""
    variables: Mapping[str, Any]
    properties: Mapping[str, str]
    """What the diagram says of the element."""


@dataclass(frozen=True, slots=True)
class Sought:
    """Which external tasks are asked for; nothing of a field means all."""

    ids: frozenset[UUID] | None = None
    topic: str = ""
    worker: str = ""
    cases: frozenset[UUID] | None = None
    process: str = ""
    elements: frozenset[str] | None = None
    is_locked: bool | None = None
    may_be_tried: bool | None = None
    locked_before: datetime | None = None
    locked_after: datetime | None = None
    is_suspended: bool | None = None


def found(actor: Actor, sought: Sought, now: datetime, page: Page) -> tuple[Work, ...]:
    """Return one page of the external tasks of the office."""
    rows = cut(_selected().where(*_conditions(actor, sought, now)), ORDERS, page, Waiting.since, Waiting.id)
    return tuple(_work(actor, row) for row in db.session.execute(rows))


def count(actor: Actor, sought: Sought, now: datetime) -> int:
    """Count external tasks of the office."""
    rows = select(func.count()).select_from(Waiting).where(*_conditions(actor, sought, now))
    return db.session.scalar(rows) or 0


def one(actor: Actor, task_id: UUID) -> Work:
    """Return one external task.

    Raises:
        NotFound: the office has no such task open.

    """
    for row in _named(1, with_state=False).all({"office": actor.office, "id_0": task_id}):
        if row.kind == "external":
            return _work(actor, row)
    raise NotFound(wait=task_id)


def taken(actor: Actor, ids: Sequence[UUID], wanted: Mapping[str, frozenset[str] | None]) -> tuple[Work, ...]:
    """Return the external tasks that a worker has just been given, in this order, with their variables.

    `wanted` names the variables by topic; None stands for all of them.
    """
    with_state = any(names != frozenset() for names in wanted.values())
    found = _named(len(ids), with_state=with_state).all({"office": actor.office, **numbered("id", ids)})
    rows = {row.id: row for row in found}
    return tuple(
        _work(actor, row, _variables(actor, row, wanted[row.name])) for row in map(rows.get, ids) if row is not None
    )


def topics(actor: Actor, sought: Sought, now: datetime) -> list[str]:
    """Return the names of all topics that something waits for."""
    names = select(Waiting.name).where(*_conditions(actor, sought, now)).distinct().order_by(Waiting.name)
    return list(db.session.scalars(names))


def details(actor: Actor, task_id: UUID) -> str:
    """Return what the worker told of the last failure beside its sentence.

    Raises:
        NotFound: the office has no such task open.

    """
    row = db.session.get(Waiting, (actor.office, task_id))
    if row is None or row.kind != "external":
        raise NotFound(wait=task_id)
    return row.error_details


def _work(
    actor: Actor,
    row: Any,  # noqa: ANN401 - of `_selected`
    variables: Mapping[str, Any] = MappingProxyType({}),
) -> Work:
    definition = UUID(row.called[row.process_key]) if row.process_key in row.called else row.definition_id
    rests = row.incident_id is not None
    return Work(
        id=row.id,
        topic=row.name,
        case=row.instance_id,
        process=row.process_key,
        definition=definition,
        version=catalogue.deployed(actor.office, definition).version,
        element=row.element,
        business_key=row.business_key,
        since=row.since,
        worker=row.worker,
        free_at=row.free_at,
        retries=0 if rests else row.retries,
        error=row.detail if rests else row.error,
        is_suspended=row.suspended_at is not None,
        variables=variables,
        properties=catalogue.diagram(actor.office, definition).nodes[row.element].properties,
    )


def _variables(actor: Actor, row: Any, names: frozenset[str] | None) -> Mapping[str, Any]:  # noqa: ANN401 - of `_named`
    if names is not None and not names:
        return {}
    case = catalogue.Stored(actor.office, row.instance_id, row.definition_id, row.called, row.state)
    seen = catalogue.seen(case, str(row.id))
    return seen if names is None else {name: value for name, value in seen.items() if name in names}


def _selected(*, with_state: bool = False) -> Select[Any]:
    of_case = (Instance.tenant_id == Waiting.tenant_id) & (Instance.id == Waiting.instance_id)
    of_incident = (Incident.tenant_id == Waiting.tenant_id) & (Incident.id == Waiting.incident_id)
    case = (Instance.definition_id, Instance.called, Instance.business_key, Instance.suspended_at)
    state = (Instance.state,) if with_state else ()
    columns: tuple[Any, ...] = (*_OF_WAIT, Incident.detail, *case, *state)
    return select(*columns).join(Instance, of_case).outerjoin(Incident, of_incident)


@lru_cache(maxsize=KEPT_STATEMENTS)
def _named(count: int, *, with_state: bool) -> Prepared:
    """Find so many by their key alone: any other condition leads SQLite to an index with all that wait."""
    own = (Waiting.tenant_id == bindparam("office"), Waiting.id.in_(marks("id", count, Waiting.id)))
    return Prepared(_selected(with_state=with_state).where(*own))


def _conditions(actor: Actor, sought: Sought, now: datetime) -> list[ColumnElement[bool]]:
    held = (Waiting.worker != "") & (Waiting.free_at > now)
    rests = Waiting.incident_id.is_not(None)
    suspended = of_suspended(Waiting, Instance.tenant_id == actor.office)
    before, after = sought.locked_before or now, sought.locked_after or now
    told: list[tuple[object, ColumnElement[bool]]] = [
        (sought.ids, Waiting.id.in_(sought.ids or ())),
        (sought.topic or None, Waiting.name == sought.topic),
        (sought.worker or None, Waiting.worker == sought.worker),
        (sought.cases, Waiting.instance_id.in_(sought.cases or ())),
        (sought.process or None, Waiting.process_key == sought.process),
        (sought.elements, Waiting.element.in_(sought.elements or ())),
        (sought.is_locked, held if sought.is_locked else ~held),
        (sought.may_be_tried, ~rests if sought.may_be_tried else rests),
        (sought.locked_before, held & (Waiting.free_at < before)),
        (sought.locked_after, held & (Waiting.free_at > after)),
        (sought.is_suspended, suspended if sought.is_suspended else ~suspended),
    ]
    return [Waiting.tenant_id == actor.office, Waiting.kind == "external", *asked(told)]
