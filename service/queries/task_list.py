"""Open tasks of an office as programs ask for them, with who has each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import aliased

from service import catalogue
from service.engine.assignment import Actor, signs
from service.errors import NotFound
from service.holds import is_taken
from service.models import Instance, Person, Task, TaskGroup, db

_HOLDER, _GIVER = aliased(Person), aliased(Person)
ORDERS: dict[str, Any] = {
    "created": Task.created_at,
    "dueDate": Task.due_at,
    "followUpDate": Task.follow_up_at,
    "id": Task.id,
    "instanceId": Task.instance_id,
    "name": Task.name,
    "priority": Task.priority,
    "executionId": Task.instance_id,
    "nameCaseInsensitive": func.lower(Task.name),
    "assignee": _HOLDER.user_name,
}
"""Names that a list may be sorted by."""


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
    is_signed: bool
    """Whether who agrees in it signs, as no program does."""
    is_suspended: bool
    """Whether its case is."""


@dataclass(frozen=True, slots=True)
class Between:
    """A span of time, open at both ends; nothing means for ever."""

    after: datetime | None = None
    before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sought:
    """Which open tasks are asked for; nothing of a field means all."""

    ids: frozenset[UUID] | None = None
    cases: frozenset[UUID] | None = None
    business_keys: frozenset[str] | None = None
    processes: frozenset[str] | None = None
    elements: frozenset[str] | None = None
    name: str = ""
    name_like: str = ""
    """A pattern: % stands for any letters."""
    element_like: str = ""
    assignees: frozenset[str] | None = None
    other_than: frozenset[str] = frozenset()
    """User names of those who do not have it."""
    giver: str = ""
    is_given: bool | None = None
    """Whether somebody handed it on."""
    is_assigned: bool | None = None
    groups: frozenset[str] | None = None
    """Positions, units or people that it is offered to."""
    priorities: tuple[int | None, int | None] = (None, None)
    """The least and the greatest."""
    is_due: bool | None = None
    """Whether it has a due date."""
    due: Between = Between()
    follow_up: Between = Between()
    or_without_follow_up: bool = False
    """Whether tasks without a follow-up date are meant beside those of `follow_up`."""
    created: Between = Between()
    is_suspended: bool | None = None
    """Whether its case is."""


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
            Instance.suspended_at.is_not(None).label("is_suspended"),
        )
        .join(Instance, (Instance.tenant_id == Task.tenant_id) & (Instance.id == Task.instance_id))
        .outerjoin(_HOLDER, (_HOLDER.id == Task.assignee) & is_taken())
        .outerjoin(_GIVER, (_GIVER.id == Task.delegated_by) & is_taken())
        .where(Task.tenant_id == actor.office, Task.ended_at.is_(None), *_conditions(actor, sought))
    )  # fmt: skip


def _conditions(actor: Actor, sought: Sought) -> list[ColumnElement[bool]]:
    # the office by its name: with that of each task PostgreSQL looked up all tasks of the groups for every one
    offered = select(TaskGroup.task_id).where(
        TaskGroup.tenant_id == actor.office, TaskGroup.group.in_(sought.groups or ())
    )
    holder = _HOLDER.user_name
    asked: list[tuple[object, ColumnElement[bool]]] = [
        (sought.ids, Task.id.in_(sought.ids or ())),
        (sought.cases, Task.instance_id.in_(sought.cases or ())),
        (sought.business_keys, Instance.business_key.in_(sought.business_keys or ())),
        (sought.processes, Task.process_key.in_(sought.processes or ())),
        (sought.elements, Task.element.in_(sought.elements or ())),
        (sought.name or None, Task.name == sought.name),
        (sought.name_like or None, _like(Task.name, sought.name_like)),
        (sought.element_like or None, _like(Task.element, sought.element_like)),
        (sought.assignees, holder.in_(sought.assignees or ())),
        (sought.other_than or None, or_(holder.is_(None), holder.not_in(sought.other_than))),
        (sought.giver or None, _GIVER.user_name == sought.giver),
        (sought.is_given, _GIVER.user_name.is_not(None) if sought.is_given else _GIVER.user_name.is_(None)),
        (sought.priorities[0], Task.priority >= (sought.priorities[0] or 0)),
        (sought.priorities[1], Task.priority <= (sought.priorities[1] or 0)),
        (sought.is_due, Task.due_at.is_not(None) if sought.is_due else Task.due_at.is_(None)),
        (sought.is_assigned, holder.is_not(None) if sought.is_assigned else holder.is_(None)),
        (sought.groups, Task.id.in_(offered)),
        (sought.is_suspended, Instance.suspended_at.is_not(None) == bool(sought.is_suspended)),
    ]
    follow_ups = _within(Task.follow_up_at, sought.follow_up)
    if sought.or_without_follow_up:
        follow_ups = [or_(Task.follow_up_at.is_(None), and_(*follow_ups))]
    within = [*_within(Task.due_at, sought.due), *_within(Task.created_at, sought.created), *follow_ups]
    return within + [condition for value, condition in asked if value is not None]


def _within(column: Any, span: Between) -> list[ColumnElement[bool]]:  # noqa: ANN401 - a column of moments
    after = [] if span.after is None else [column > span.after]
    return after + ([] if span.before is None else [column < span.before])


def _like(column: Any, pattern: str) -> ColumnElement[bool]:  # noqa: ANN401 - a column of texts
    plain = pattern.replace("\\", "\\\\").replace("_", r"\_")
    return column.ilike(plain, escape="\\")  # type: ignore[no-any-return]  # a condition


def _task(actor: Actor, row: Any) -> OpenTask:  # noqa: ANN401 - a row of `_selected`
    definition = UUID(row.called[row.process_key]) if row.process_key in row.called else row.definition_id
    node = catalogue.diagram(actor.office, definition).nodes[row.element]
    return OpenTask(
        id=row.id,
        name=row.name,
        case=row.instance_id,
        process=row.process_key,
        definition=definition,
        version=catalogue.deployed(actor.office, definition).version,
        element=row.element,
        form=node.form,
        created_at=row.created_at,
        due_at=row.due_at,
        follow_up_at=row.follow_up_at,
        priority=row.priority,
        assignee=row.holder,
        giver=row.giver,
        groups=tuple(row.groups),
        is_signed=signs(node.properties),
        is_suspended=row.is_suspended,
    )
