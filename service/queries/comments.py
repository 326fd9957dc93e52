"""Comments of a task as programs ask for them; pages tell them with the history of the case."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from service.engine.assignment import Actor
from service.errors import NotFound
from service.models import History, Person, Task, db


@dataclass(frozen=True, slots=True)
class Comment:
    """What somebody said about a task."""

    case: UUID
    sequence: int
    """Of its line in the history of the case."""
    task: UUID
    user_name: str
    at: datetime
    text: str


def case_of(actor: Actor, task_id: UUID) -> UUID:
    """Return the case of a task, open or not.

    Raises:
        NotFound: the office has no such task.

    """
    case = db.session.scalar(select(Task.instance_id).where(Task.tenant_id == actor.office, Task.id == task_id))
    if case is None:
        raise NotFound(f"task with id {task_id} does not exist")
    return case


def of_task(actor: Actor, task_id: UUID) -> tuple[Comment, ...]:
    """Return what was said about a task, the newest first.

    Raises:
        NotFound: as `case_of`.

    """
    case = case_of(actor, task_id)
    own = (History.tenant_id == actor.office, History.instance_id == case, History.task_id == task_id)
    rows = db.session.execute(
        select(History, Person.user_name)
        .outerjoin(Person, Person.id == History.person_id)
        .where(*own, History.kind == "commented")
        .order_by(History.sequence.desc())
    )
    return tuple(
        Comment(case, row.History.sequence, task_id, row.user_name, row.History.at, row.History.body["text"])
        for row in rows
    )
