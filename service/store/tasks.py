"""User tasks of a case: what is open, what was done, by whom."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import CompoundSelect, bindparam, delete, func, insert, literal, null, select, tuple_, union_all, update

from service.engine.workflow import OpenTask
from service.engine.worklist import Changes, Known, Opened, unit_of
from service.errors import NotFound, TaskClosed
from service.models import (
    Draft,
    History,
    Instance,
    Task,
    TaskGroup,
    TaskStatus,
    db,
)
from service.store.history import Fact

# Built once: the act of a person runs these, and building a statement costs more than running it.
_OWN = (Task.tenant_id == bindparam("office"), Task.instance_id == bindparam("case"))
_OPEN = select(Task.id).where(*_OWN, Task.status == TaskStatus.OPEN)
_PLACE = (Task.process_key, Task.element, Task.unit)
_KNOWN: CompoundSelect[*tuple[Any, ...]] = union_all(
    select(Task.id, *(literal("").label(column.key) for column in _PLACE), literal(0)).where(
        *_OWN, Task.status == TaskStatus.OPEN
    ),
    select(null(), *_PLACE, func.max(Task.round))
    .where(*_OWN, tuple_(*_PLACE).in_(bindparam("places", expanding=True)))
    .group_by(*_PLACE),
)
_ASKED = select(Task.unit).where(*_OWN, Task.unit.in_(bindparam("units", expanding=True))).distinct()
_FOUND = (
    select(Task, Instance, TaskGroup.group)
    .join(Instance, (Instance.tenant_id == Task.tenant_id) & (Instance.id == Task.instance_id))
    .outerjoin(TaskGroup, (TaskGroup.tenant_id == Task.tenant_id) & (TaskGroup.task_id == Task.id))
    .where(Task.tenant_id == bindparam("office"), Task.id == bindparam("task"))
)
_ADD = insert(Task)
_OFFER = insert(TaskGroup)
_END = update(Task).where(Task.tenant_id == bindparam("office"), Task.id == bindparam("task"))
_FORGET_DRAFT = delete(Draft).where(
    Draft.tenant_id == bindparam("office"),
    Draft.task_id == bindparam("task"),
    Draft.person_id == bindparam("person"),
)


def get_task(office: str, task_id: UUID) -> tuple[Task, Instance, frozenset[str]]:
    """Return a user task with its case and its candidate groups.

    Raises:
        NotFound: the office has no such task.

    """
    rows = db.session.execute(_FOUND, {"office": office, "task": task_id}).all()
    if not rows:
        raise NotFound(task=task_id)
    return rows[0].Task, rows[0].Instance, frozenset(row.group for row in rows if row.group is not None)


def require_open(task: Task) -> None:
    """Refuse a task that somebody has completed or cancelled.

    Raises:
        TaskClosed: with who ended it and when.

    """
    if task.status != TaskStatus.OPEN:
        raise TaskClosed(task=task.id, status=task.status, by=task.ended_position, at=task.ended_at)


def known_tasks(instance: Instance, new: Sequence[OpenTask]) -> Known:
    """Return what a case had before these tasks opened: what was open, and how often their like was."""
    places = {(task.process, task.element, unit_of(task)) for task in new}
    units = {unit for _, _, unit in places if unit}
    own = {"office": instance.tenant_id, "case": instance.id}
    found = db.session.connection().execute(_KNOWN, {**own, "places": list(places)}).all()
    asked = db.session.scalars(_ASKED, {**own, "units": list(units)}) if units else ()
    return Known(
        open=frozenset(str(row[0]) for row in found if row[0]),
        rounds={(process, element, unit): number for task, process, element, unit, number in found if not task},
        units=frozenset(asked),
    )


def open_task_ids(instance: Instance) -> frozenset[str]:
    """Return the ids of the open tasks of a case."""
    return frozenset(map(str, db.session.scalars(_OPEN, {"office": instance.tenant_id, "case": instance.id})))


def performers(instance: Instance, process: str, elements: Iterable[str]) -> set[UUID]:
    """Return the persons who completed any of these elements in this case."""
    rows = db.session.scalars(
        select(Task.ended_by).where(
            Task.tenant_id == instance.tenant_id,
            Task.instance_id == instance.id,
            Task.process_key == process,
            Task.element.in_(list(elements)),
            Task.status == TaskStatus.COMPLETED,
        )
    )
    return {person for person in rows if person is not None}


def last_values(instance: Instance, process: str, element: str, unit: str) -> dict[str, Any] | None:
    """Return what was answered the last time this element was completed, None when it never was."""
    task = (
        select(Task.id)
        .where(
            Task.tenant_id == instance.tenant_id,
            Task.instance_id == instance.id,
            Task.process_key == process,
            Task.element == element,
            Task.unit == unit,
            Task.status == TaskStatus.COMPLETED,
        )
        .order_by(Task.round.desc())
        .limit(1)
    )
    body = db.session.scalars(
        select(History.body).where(
            History.tenant_id == instance.tenant_id,
            History.instance_id == instance.id,
            History.task_id == task.scalar_subquery(),
            History.kind.in_(("completed", "returned")),  # the task may have failed before
        )
    ).first()
    return None if body is None else dict(body["values"])


def open_participants(instance: Instance, element: str) -> list[Task]:
    """Return the open tasks that units were asked to do in one element, the first one first."""
    found = select(Task).where(
        Task.tenant_id == instance.tenant_id,
        Task.instance_id == instance.id,
        Task.element == element,
        Task.unit != "",
        Task.status == TaskStatus.OPEN,
    )
    return list(db.session.scalars(found.order_by(Task.created_at, Task.id)))


def add_tasks(instance: Instance, changes: Changes, fact: Fact) -> None:
    """Add the tasks that a step opened."""
    if not changes.opened:
        return
    run = db.session.connection().execute
    run(_ADD, [_row(instance, opened, fact) for opened in changes.opened])
    offers = [
        {"tenant_id": instance.tenant_id, "candidate_group": group, "task_id": UUID(opened.id)}
        for opened in changes.opened
        for group in dict.fromkeys(opened.groups)
    ]
    if offers:
        run(_OFFER, offers)


def end_tasks(instance: Instance, closed: frozenset[str], fact: Fact) -> None:
    """End tasks: that of the act as completed, the others as cancelled."""
    run = db.session.connection().execute
    ended = {"office": instance.tenant_id, "ended_at": fact.at, "ended_by": fact.person_id}
    rows = [
        ended
        | {
            "task": task,
            "status": TaskStatus.COMPLETED if task == fact.task_id else TaskStatus.CANCELLED,
            "ended_position": fact.position,
        }
        for task in map(UUID, closed)
    ]
    if rows:
        run(_END, rows)
    if fact.task_id is not None and fact.person_id is not None:  # what others typed meanwhile stays theirs
        run(_FORGET_DRAFT, {"office": instance.tenant_id, "task": fact.task_id, "person": fact.person_id})


def _row(instance: Instance, opened: Opened, fact: Fact) -> dict[str, Any]:
    return {
        "tenant_id": instance.tenant_id,
        "id": UUID(opened.id),
        "instance_id": instance.id,
        "process_key": opened.process,
        "element": opened.element,
        "name": opened.name,
        "lane": opened.lane,
        "position": opened.order,
        "unit": opened.unit,
        "status": TaskStatus.OPEN,
        "round": opened.round,
        "created_at": fact.at,
        "due_at": opened.due_at,
        "follow_up_at": opened.follow_up_at,
        "priority": opened.priority,
        "came_from": fact.position,
        "is_returned": opened.is_returned,
        "return_reason": str(fact.body.get("reason", "")) if opened.is_returned else "",
        "return_parts": list(fact.body.get("parts", ())) if opened.is_returned else [],
    }
