"""User tasks of a case, and who they wait for."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select

from service.engine.appointment import Capacity
from service.engine.assignment import Actor, Post
from service.holds import is_taken
from service.models import Holding, Instance, Position, Task, db
from service.queries.organisation import holder, names_of


def tasks_of(instance: Instance) -> list[Task]:
    """Return every task of a case, the oldest first."""
    return list(
        db.session.scalars(
            select(Task)
            .where(Task.tenant_id == instance.tenant_id, Task.instance_id == instance.id)
            .order_by(Task.created_at, Task.round, Task.unit)
        )
    )


def open_tasks(actor: Actor, instances: list[UUID]) -> list[Task]:
    """Return the open tasks of several cases, the most urgent first."""
    return list(
        db.session.scalars(
            select(Task)
            .where(Task.tenant_id == actor.office, Task.instance_id.in_(instances), Task.ended_at.is_(None))
            .order_by(Task.due_at, Task.created_at)
        )
    )


def takers_of(tasks: Sequence[Task], now: datetime) -> dict[UUID, str]:
    """Return as what somebody has a task for himself, of those tasks that somebody has."""
    candidates = [task for task in tasks if task.assignee is not None]
    if not candidates:
        return {}
    office, ids = candidates[0].tenant_id, [task.id for task in candidates]
    taken = select(Task.id).where(Task.tenant_id == office, Task.id.in_(ids), is_taken())
    found = set(db.session.scalars(taken, {"now": now}))
    return {task.id: task.assigned_position for task in candidates if task.id in found}


def holders_of(actor: Actor, tasks: Sequence[Task]) -> dict[UUID, str]:
    """Return who each task waits for: the name of a position, unit or person."""
    if not tasks:
        return {}
    names = names_of(actor, {group for task in tasks for group in task.groups})
    return {task.id: holder(task.groups, names, task.lane) for task in tasks}


def post_that_ended(actor: Actor, task_id: UUID, now: datetime) -> Post | None:
    """Return the post in which an actor could do a task until his time in it was over; the last one of several."""
    groups = db.session.scalar(select(Task.groups).where(Task.tenant_id == actor.office, Task.id == task_id)) or ()
    found = db.session.execute(
        select(Position.code, Position.name, Position.unit_code, Holding.capacity, Holding.ends_at)
        .join(Holding, (Holding.tenant_id == Position.tenant_id) & (Holding.position_code == Position.code))
        .where(Holding.tenant_id == actor.office, Holding.person_id == actor.person_id, Holding.ends_at <= now)
        .where(or_(Position.code.in_(groups), Position.unit_code.in_(groups)))
        .order_by(Holding.ends_at.desc())
        .limit(1)
    ).one_or_none()
    if found is None:
        return None
    return Post(found.code, found.name, found.unit_code or "", Capacity(found.capacity), end=found.ends_at)
