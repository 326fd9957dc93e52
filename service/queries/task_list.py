"""Open tasks of an office as programs ask for them, with who has each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import aliased

from service import catalogue
from service.engine.assignment import Actor
from service.errors import NotFound
from service.holds import is_taken
from service.models import Instance, Person, Task, TaskGroup, db

ORDERS: dict[str, Any] = {
    "created": Task.created_at,
    "dueDate": Task.due_at,
    "followUpDate": Task.follow_up_at,
    "id": Task.id,
    "instanceId": Task.instance_id,
    "name": Task.name,
    "priority": Task.priority,
}
"""Names that a list may be sorted by."""
_HOLDER, _GIVER = aliased(Person), aliased(Person)


@dataclass(frozen=True, slots=True)
class OpenTask:
    """An open task with who has it."""

    id: UUID
    name: str
    case: UUID
    process: str
    definition: UUID
    version: int
    element: str
    form: str
    created_at: datetime
    due_at: datetime | None
    follow_up_at: datetime | None
    priority: int
    assignee: str | None
    """User name of who has it for himself."""
    giver: str | None
    """User name of who handed it on."""
    groups: tuple[str, ...]
    """Positions, units or people that it is for."""


@dataclass(frozen=True, slots=True)
class Sought:
    """Which open tasks are asked for; nothing of a field means all."""

    ids: frozenset[UUID] | None = None
    cases: frozenset[UUID] | None = None
    process: str = ""
    elements: frozenset[str] | None = None
    name: str = ""
    assignee: str = ""
    is_assigned: bool | None = None
    groups: frozenset[str] | None = None
    """Positions, units or people that it is offered to."""
    due_before: datetime | None = None
    due_after: datetime | None = None
    created_before: datetime | None = None
    created_after: datetime | None = None


def found(
    actor: Actor, sought: Sought, now: datetime, order: Sequence[tuple[str, bool]], first: int, most: int
) -> tuple[OpenTask, ...]:
    """Return open tasks of the office; `order` names fields, each with whether it runs downwards."""
    columns = [ORDERS[name].desc() if down else ORDERS[name] for name, down in order]
    rows = _selected(actor, sought).order_by(*columns, Task.created_at, Task.id).offset(first).limit(most)
    return tuple(_task(actor, row) for row in db.session.execute(rows, {"now": now}))


def count(actor: Actor, sought: Sought, now: datetime) -> int:
    """Count open tasks of the office."""
    counted = select(func.count()).select_from(_selected(actor, sought).subquery())
    return db.session.scalar(counted, {"now": now}) or 0


def one(actor: Actor, task_id: UUID, now: datetime) -> OpenTask:
    """Return one open task.

    Raises:
        NotFound: the office has none with this id.

    """
    row = db.session.execute(_selected(actor, Sought(ids=frozenset({task_id}))), {"now": now}).first()
    if row is None:
        raise NotFound(f"task with id {task_id} does not exist, or not any more")
    return _task(actor, row)


def _selected(actor: Actor, sought: Sought) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Task.id, Task.name, Task.instance_id, Task.process_key, Task.element, Task.created_at, Task.due_at,
            Task.follow_up_at, Task.priority, Task.groups, Instance.definition_id, Instance.called,
            _HOLDER.user_name.label("holder"), _GIVER.user_name.label("giver"),
        )
        .join(Instance, (Instance.tenant_id == Task.tenant_id) & (Instance.id == Task.instance_id))
        .outerjoin(_HOLDER, (_HOLDER.id == Task.assignee) & is_taken())
        .outerjoin(_GIVER, (_GIVER.id == Task.delegated_by) & is_taken())
        .where(Task.tenant_id == actor.office, Task.ended_at.is_(None), *_conditions(sought))
    )  # fmt: skip


def _conditions(sought: Sought) -> list[ColumnElement[bool]]:
    offered = select(TaskGroup.task_id).where(
        TaskGroup.tenant_id == Task.tenant_id, TaskGroup.group.in_(sought.groups or ())
    )
    holder = _HOLDER.user_name
    asked: list[tuple[object, ColumnElement[bool]]] = [
        (sought.ids, Task.id.in_(sought.ids or ())),
        (sought.cases, Task.instance_id.in_(sought.cases or ())),
        (sought.process or None, Task.process_key == sought.process),
        (sought.elements, Task.element.in_(sought.elements or ())),
        (sought.name or None, Task.name == sought.name),
        (sought.assignee or None, holder == sought.assignee),
        (sought.is_assigned, holder.is_not(None) if sought.is_assigned else holder.is_(None)),
        (sought.groups, Task.id.in_(offered)),
    ]
    bounds: list[tuple[datetime | None, Any, bool]] = [
        (sought.due_before, Task.due_at, True),
        (sought.due_after, Task.due_at, False),
        (sought.created_before, Task.created_at, True),
        (sought.created_after, Task.created_at, False),
    ]
    within = [column < at if before else column > at for at, column, before in bounds if at is not None]
    return within + [condition for value, condition in asked if value is not None]


def _task(actor: Actor, row: Any) -> OpenTask:  # noqa: ANN401 - a row of `_selected`
    definition = UUID(row.called[row.process_key]) if row.process_key in row.called else row.definition_id
    return OpenTask(
        id=row.id,
        name=row.name,
        case=row.instance_id,
        process=row.process_key,
        definition=definition,
        version=catalogue.deployed(actor.office, definition).version,
        element=row.element,
        form=catalogue.diagram(actor.office, definition).nodes[row.element].form,
        created_at=row.created_at,
        due_at=row.due_at,
        follow_up_at=row.follow_up_at,
        priority=row.priority,
        assignee=row.holder,
        giver=row.giver,
        groups=tuple(row.groups),
    )
