"""Files of a case, and the answers that refer to them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from service.models import Attachment, Instance, Task, db


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file of a case."""

    id: str
    name: str
    size: int
    order: int
    round: int
    added_at: datetime


def files_of(instance: Instance, tasks: Mapping[UUID, Task]) -> dict[str, FileRow]:
    """Return the files of a case by id, the newest first."""
    rows = db.session.execute(
        select(Attachment.id, Attachment.name, Attachment.size, Attachment.task_id, Attachment.added_at)
        .where(Attachment.tenant_id == instance.tenant_id, Attachment.instance_id == instance.id)
        .order_by(Attachment.added_at.desc(), Attachment.id)
    )
    return {
        str(row.id): FileRow(
            str(row.id), row.name, row.size, tasks[row.task_id].position, tasks[row.task_id].round, row.added_at
        )
        for row in rows
    }


def file_ids(values: object) -> set[str]:
    """Return the ids of all files that answers refer to."""
    if isinstance(values, dict):
        own = {str(values["id"])} if {"id", "name", "size"} <= values.keys() else set()
        return own.union(*(file_ids(value) for value in values.values()))
    if isinstance(values, list):
        return set().union(*(file_ids(value) for value in values))
    return set()
