"""Due dates of a person, for the calendar that he has."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import not_, select

from service.engine.assignment import Actor
from service.holds import is_others, is_own
from service.models import Instance, Task, TaskGroup, db

MOST = 500


@dataclass(frozen=True, slots=True)
class Due:
    """A task that has to be done by a moment."""

    task_id: UUID
    task_name: str
    case_title: str
    case_number: int
    created_at: datetime
    due_at: datetime


def dues(actor: Actor, now: datetime) -> list[Due]:
    """Return the open tasks of a person that have a due date, the nearest first."""
    offered = select(TaskGroup.task_id).where(
        TaskGroup.tenant_id == actor.office, TaskGroup.group.in_(sorted(actor.groups))
    )
    found = (
        select(Task.id, Task.name, Instance.title, Instance.number, Task.created_at, Task.due_at)
        .join(Instance, (Instance.tenant_id == Task.tenant_id) & (Instance.id == Task.instance_id))
        .where(Task.tenant_id == actor.office, Task.ended_at.is_(None), Task.due_at.is_not(None))
        .where((Task.id.in_(offered) & not_(is_others())) | is_own())
        .order_by(Task.due_at, Task.id)
        .limit(MOST)
    )
    return [
        Due(row.id, row.name, row.title, row.number, row.created_at, row.due_at)
        for row in db.session.execute(found, {"person": actor.person_id, "now": now})
    ]
