"""Comments of a case: what people tell one another about a task or a round, for everybody who sees the case."""

import unicodedata
from datetime import datetime
from uuid import UUID

from service import acts, store
from service.engine.assignment import Actor, Role, require_role
from service.errors import CommentRefused, NotFound
from service.models import Instance, Task
from service.once import Once

LONGEST = 2_000
MOST = 200
"""Comments that one case holds."""


def add(actor: Actor, case_id: UUID, task_id: UUID | None, text: str, now: datetime, once: Once | None = None) -> int:
    """Say something about a case, or about one of its tasks and so about its round; it stays, as a line of a number.

    Raises:
        NotFound: the office has no such case, or the case no such task.
        NotAllowed: only staff write, others read.
        CommentRefused: empty, too long, or one too many.
        Repeated: the same request was carried out before.

    """
    require_role(actor, Role.STAFF)
    told = _checked(text)

    def attempt() -> int:
        instance = store.get_instance(actor.office, case_id)
        task = _task(actor, instance, task_id) if task_id else None
        return store.add_line(instance, line(actor, instance, task, told, now), once)

    return acts.repeated(attempt)


def line(actor: Actor, instance: Instance, task: Task | None, text: str, now: datetime) -> store.Fact:
    """Return the line that tells of a comment, to be saved with an act or by itself.

    Raises:
        CommentRefused: empty, too long, or one too many.

    """
    told = _checked(text)
    if store.count_comments(instance) >= MOST:
        raise CommentRefused(reason="too-many", limit=MOST)
    return _fact(actor, task, told, now)


def _checked(text: str) -> str:
    told = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\x00", "")).strip()
    if not told:
        raise CommentRefused(reason="empty")
    if len(told) > LONGEST:
        raise CommentRefused(reason="too-long", limit=LONGEST, count=len(told))
    return told


def _task(actor: Actor, instance: Instance, task_id: UUID) -> Task:
    task, case = store.get_task(actor.office, task_id)
    if case.id != instance.id:
        raise NotFound(task=task_id)
    return task


def _fact(actor: Actor, task: Task | None, text: str, now: datetime) -> store.Fact:
    if task is None:
        return store.Fact("commented", now, actor.person_id, actor.label, body={"text": text})
    body = {"text": text, "round": task.round, "unit": task.unit}
    position = actor.acts_as(task.groups)
    return store.Fact("commented", now, actor.person_id, position, task.process_key, task.element, task.id, body)
