"""User tasks of a case, and who they wait for."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from service.engine.assignment import Actor
from service.models import Instance, Task, db
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


def holders_of(actor: Actor, tasks: Sequence[Task]) -> dict[UUID, str]:
    """Return who each task waits for: the name of a position, unit or person."""
    if not tasks:
        return {}
    names = names_of(actor, {group for task in tasks for group in task.groups})
    return {task.id: holder(task.groups, names, task.lane) for task in tasks}
