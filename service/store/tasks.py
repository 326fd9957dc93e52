"""User tasks of a case: what is open, what was done, by whom."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, tuple_, update

from service.engine.workflow import OpenTask
from service.engine.worklist import Changes, Known, unit_of
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


def get_task(office: str, task_id: UUID) -> tuple[Task, Instance, frozenset[str]]:
    """Return a user task with its case and its candidate groups.

    Raises:
        NotFound: the office has no such task.

    """
    row = db.session.execute(
        select(Task, Instance)
        .join(Instance, (Instance.tenant_id == Task.tenant_id) & (Instance.id == Task.instance_id))
        .where(Task.tenant_id == office, Task.id == task_id)
    ).one_or_none()
    if row is None:
        raise NotFound(task=task_id)
    groups = db.session.scalars(
        select(TaskGroup.group).where(TaskGroup.tenant_id == office, TaskGroup.task_id == task_id)
    )
    return row[0], row[1], frozenset(groups)


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
    own = (Task.tenant_id == instance.tenant_id, Task.instance_id == instance.id)
    asked = select(Task.unit).where(*own, Task.unit.in_(units)).distinct()
    rounds = select(Task.process_key, Task.element, Task.unit, func.max(Task.round)).where(
        *own, tuple_(Task.process_key, Task.element, Task.unit).in_(places)
    )
    counted = db.session.execute(rounds.group_by(Task.process_key, Task.element, Task.unit)) if places else ()
    return Known(
        open=open_task_ids(instance),
        rounds={(process, element, unit): number for process, element, unit, number in counted},
        units=frozenset(db.session.scalars(asked)) if units else frozenset(),
    )


def open_task_ids(instance: Instance) -> frozenset[str]:
    """Return the ids of the open tasks of a case."""
    found = select(Task.id).where(
        Task.tenant_id == instance.tenant_id, Task.instance_id == instance.id, Task.status == TaskStatus.OPEN
    )
    return frozenset(map(str, db.session.scalars(found)))


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
    for opened in changes.opened:
        db.session.add(
            Task(
                tenant_id=instance.tenant_id,
                id=UUID(opened.id),
                instance_id=instance.id,
                process_key=opened.process,
                element=opened.element,
                name=opened.name,
                lane=opened.lane,
                position=opened.order,
                unit=opened.unit,
                status=TaskStatus.OPEN,
                round=opened.round,
                created_at=fact.at,
                due_at=opened.due_at,
                follow_up_at=opened.follow_up_at,
                priority=opened.priority,
                came_from=fact.position,
                is_returned=opened.is_returned,
                return_reason=str(fact.body.get("reason", "")) if opened.is_returned else "",
                return_parts=list(fact.body.get("parts", ())) if opened.is_returned else [],
            )
        )
    db.session.flush()
    for opened in changes.opened:
        for group in dict.fromkeys(opened.groups):
            db.session.add(TaskGroup(tenant_id=instance.tenant_id, group=group, task_id=UUID(opened.id)))


def end_tasks(instance: Instance, closed: frozenset[str], fact: Fact) -> None:
    """End tasks: that of the act as completed, the others as cancelled."""
    for identifier in closed:
        completed = UUID(identifier) == fact.task_id
        db.session.execute(
            update(Task)
            .where(Task.tenant_id == instance.tenant_id, Task.id == UUID(identifier))
            .values(
                status=TaskStatus.COMPLETED if completed else TaskStatus.CANCELLED,
                ended_at=fact.at,
                ended_by=fact.person_id,
                ended_position=fact.position,
            )
        )
    db.session.execute(
        delete(Draft).where(
            Draft.tenant_id == instance.tenant_id,
            Draft.task_id == fact.task_id,
            Draft.person_id == fact.person_id,  # what others typed meanwhile stays theirs
        )
    )
