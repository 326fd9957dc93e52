"""User tasks of an office, whether they are open, done or taken away."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import aliased

from service import catalogue
from service.engine.assignment import Actor
from service.holds import is_taken
from service.models import Definition, Instance, InstanceStatus, Person, Task, TaskStatus, db
from service.queries.past.binding import of_versions
from service.queries.past.clock import elapsed
from service.queries.past.narrowing import ALWAYS, Page, Span, asked, cut, within

_DOER, _GIVER = aliased(Person), aliased(Person)
_IS_OPEN = Task.ended_at.is_(None)
ORDERS: dict[str, Any] = {
    "taskId": Task.id,
    "activityInstanceId": Task.id,
    "processInstanceId": Task.instance_id,
    "executionId": Task.instance_id,
    "processDefinitionId": Instance.definition_id,
    "duration": elapsed(Task.created_at, Task.ended_at),
    "startTime": Task.created_at,
    "endTime": Task.ended_at,
    "taskName": Task.name,
    "taskDefinitionKey": Task.element,
    "assignee": _DOER.user_name,
    "owner": _GIVER.user_name,
    "dueDate": Task.due_at,
    "followUpDate": Task.follow_up_at,
    "deleteReason": case((_IS_OPEN, ""), else_=Task.status),
    "priority": Task.priority,
    "tenantId": Task.tenant_id,
}
"""Names that a list may be sorted by."""


@dataclass(frozen=True, slots=True)
class PastTask:
    """A user task with who did it, or who has it."""

    id: UUID
    case: UUID
    definition: UUID
    process: str
    version: int
    element: str
    name: str
    status: str
    """open, completed or cancelled."""
    created_at: datetime
    ended_at: datetime | None
    due_at: datetime | None
    follow_up_at: datetime | None
    priority: int
    assignee: str | None
    """User name of who completed it, or of who has an open one for himself."""
    owner: str | None
    """User name of who handed it on."""


@dataclass(frozen=True, slots=True)
class Sought:
    """Which tasks are asked for; nothing of a field means all."""

    ids: frozenset[UUID] | None = None
    cases: frozenset[UUID] | None = None
    business_keys: frozenset[str] | None = None
    definitions: frozenset[UUID] | None = None
    processes: frozenset[str] | None = None
    process_name: str | None = None
    elements: frozenset[str] | None = None
    name: str | None = None
    assignee: str | None = None
    owner: str | None = None
    is_assigned: bool | None = None
    priority: int | None = None
    statuses: frozenset[str] | None = None
    case_runs: bool | None = None
    has_due_date: bool | None = None
    started: Span = ALWAYS
    ended: Span = ALWAYS
    due: Span = ALWAYS
    follow_up: Span = ALWAYS


def found(actor: Actor, sought: Sought, now: datetime, page: Page) -> tuple[PastTask, ...]:
    """Return one page of the tasks of the office."""
    # sorted by their ids alone: all that is told of them would go through the sorting of every task of the office
    shown = cut(_selected(actor, sought).with_only_columns(Task.id), ORDERS, page, Task.created_at, Task.id)
    same = replace(page, first=0)
    told = _selected(actor, Sought()).where(Task.id.in_(shown.scalar_subquery()))
    rows = cut(told, ORDERS, same, Task.created_at, Task.id)
    return tuple(_task(actor, row) for row in db.session.execute(rows, {"now": now}))


def count(actor: Actor, sought: Sought, now: datetime) -> int:
    """Count tasks of the office."""
    counted = _selected(actor, sought).with_only_columns(func.count())
    return db.session.scalar(counted, {"now": now}) or 0


def _selected(actor: Actor, sought: Sought) -> Select[*tuple[Any, ...]]:
    # one expression each: a join over alternatives would look at every person for every task
    doer = case((Task.status == TaskStatus.COMPLETED, Task.ended_by), (and_(_IS_OPEN, is_taken()), Task.assignee))
    giver = case((Task.delegated_by.is_(None), None), (or_(~_IS_OPEN, is_taken()), Task.delegated_by))
    return (
        select(
            Task.id, Task.instance_id, Task.process_key, Task.element, Task.name, Task.status, Task.created_at,
            Task.ended_at, Task.due_at, Task.follow_up_at, Task.priority, Instance.definition_id, Instance.called,
            _DOER.user_name.label("doer"), _GIVER.user_name.label("giver"),
        )
        .outerjoin(Instance, (Instance.tenant_id == Task.tenant_id) & (Instance.id == Task.instance_id))
        .outerjoin(_DOER, _DOER.id == doer)
        .outerjoin(_GIVER, _GIVER.id == giver)
        .where(Task.tenant_id == actor.office, *_conditions(actor, sought))
    )  # fmt: skip


def _conditions(actor: Actor, sought: Sought) -> Iterable[ColumnElement[bool]]:
    doer = _DOER.user_name
    runs = Instance.status == InstanceStatus.RUNNING
    named = select(Definition.key).where(Definition.tenant_id == actor.office, Definition.name == sought.process_name)
    yield from asked(
        [
            (sought.ids, Task.id.in_(sought.ids or ())),
            (sought.cases, Task.instance_id.in_(sought.cases or ())),
            (sought.business_keys, Instance.business_key.in_(sought.business_keys or ())),
            (sought.definitions, of_versions(actor, sought.definitions or (), Task.process_key)),
            (sought.processes, Task.process_key.in_(sought.processes or ())),
            (sought.process_name, Task.process_key.in_(named)),
            (sought.elements, Task.element.in_(sought.elements or ())),
            (sought.name, Task.name == sought.name),
            (sought.assignee, doer == sought.assignee),
            (sought.owner, _GIVER.user_name == sought.owner),
            (sought.is_assigned, doer.is_not(None) if sought.is_assigned else doer.is_(None)),
            (sought.priority, Task.priority == sought.priority),
            (sought.statuses, Task.status.in_(sought.statuses or ())),
            (sought.case_runs, runs if sought.case_runs else ~runs),
            (sought.has_due_date, Task.due_at.is_not(None) if sought.has_due_date else Task.due_at.is_(None)),
        ]
    )
    yield from within(Task.created_at, sought.started)
    yield from within(Task.ended_at, sought.ended)
    yield from within(Task.due_at, sought.due)
    yield from within(Task.follow_up_at, sought.follow_up)


def _task(actor: Actor, row: Any) -> PastTask:  # noqa: ANN401 - a row of `_selected`
    definition = UUID(row.called[row.process_key]) if row.process_key in row.called else row.definition_id
    return PastTask(
        id=row.id,
        case=row.instance_id,
        definition=definition,
        process=row.process_key,
        version=catalogue.deployed(actor.office, definition).version,
        element=row.element,
        name=row.name,
        status=row.status,
        created_at=row.created_at,
        ended_at=row.ended_at,
        due_at=row.due_at,
        follow_up_at=row.follow_up_at,
        priority=row.priority,
        assignee=row.doer,
        owner=row.giver,
    )
