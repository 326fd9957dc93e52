"""Files of a case, and the answers that refer to them."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from service.engine.assignment import Actor
from service.errors import NotFound
from service.models import Attachment, History, Instance, Task, db


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file of a case."""

    id: str
    name: str
    size: int
    order: int
    round: int
    added_at: datetime
    version: int
    """How often files were handed in for its question until then; 0 for a file that was never handed in."""


@dataclass(frozen=True, slots=True)
class TaskFile:
    """A file of a task."""

    id: UUID
    name: str
    media_type: str
    task: UUID
    case: UUID
    added_at: datetime


def of_task(actor: Actor, task_id: UUID) -> tuple[TaskFile, ...]:
    """Return the files that were handed in with a task, open or not, and those that the actor brought for it.

    Raises:
        NotFound: the office has no such task.

    """
    case = db.session.scalar(select(Task.instance_id).where(Task.tenant_id == actor.office, Task.id == task_id))
    if case is None:
        raise NotFound(f"task with id {task_id} does not exist")
    own = (History.tenant_id == actor.office, History.instance_id == case, History.task_id == task_id)
    told = db.session.scalars(select(History.body).where(*own))
    handed_in = file_ids([body.get("values") for body in told])
    rows = db.session.execute(
        select(Attachment.id, Attachment.name, Attachment.media_type, Attachment.added_at, Attachment.person_id)
        .where(Attachment.tenant_id == actor.office, Attachment.instance_id == case, Attachment.task_id == task_id)
        .order_by(Attachment.added_at, Attachment.id)
    )
    return tuple(
        TaskFile(row.id, row.name, row.media_type, task_id, case, row.added_at)
        for row in rows
        if str(row.id) in handed_in or row.person_id == actor.person_id
    )


def files_of(instance: Instance, tasks: Mapping[UUID, Task], lines: Sequence[History]) -> dict[str, FileRow]:
    """Return the files of a case by id, the newest first."""
    rows = db.session.execute(
        select(Attachment.id, Attachment.name, Attachment.size, Attachment.task_id, Attachment.added_at)
        .where(Attachment.tenant_id == instance.tenant_id, Attachment.instance_id == instance.id)
        .order_by(Attachment.added_at.desc(), Attachment.id)
    )
    version = versions(lines)
    return {
        str(row.id): FileRow(
            str(row.id),
            row.name,
            row.size,
            tasks[row.task_id].position,
            tasks[row.task_id].round,
            row.added_at,
            version.get(str(row.id), 0),
        )
        for row in rows
    }


def versions(lines: Sequence[History]) -> dict[str, int]:
    """Return which version of its question's file each file is: one that is handed in again in a later round is 2."""
    times: Counter[tuple[str, ...]] = Counter()
    found: dict[str, int] = {}
    for line in lines:
        for path, ids in _file_places(line.body.get("values"), ()):
            place = (line.process_key, line.element, str(line.body.get("unit", "")), *path)
            if fresh := [one for one in ids if one not in found]:
                times[place] += 1
                found |= dict.fromkeys(fresh, times[place])
    return found


def _file_places(values: object, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    """Yield every question that files were handed in for."""
    match values:
        case dict():
            for name, value in values.items():
                yield from _file_places(value, (*path, str(name)))
        case [{"id": _, "name": _, "size": _}, *_]:
            yield path, sorted(file_ids(values))
        case list():
            for number, value in enumerate(values):
                yield from _file_places(value, (*path, str(number)))


def file_ids(values: object) -> set[str]:
    """Return the ids of all files that answers refer to."""
    if isinstance(values, dict):
        own = {str(values["id"])} if {"id", "name", "size"} <= values.keys() else set()
        return own.union(*(file_ids(value) for value in values.values()))
    if isinstance(values, list):
        return set().union(*(file_ids(value) for value in values))
    return set()
