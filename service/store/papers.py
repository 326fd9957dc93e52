"""What people put into a case before it counts: drafts and files."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from service.basis import Basis
from service.engine.form import FileReference
from service.errors import DraftChanged, NotFound
from service.models import (
    Attachment,
    Draft,
    Instance,
    Task,
    db,
)


def save_draft(
    task: Task,
    person_id: UUID,
    answers: Mapping[str, Any],
    now: datetime,
    new_files: Iterable[Attachment] = (),
    basis: Basis | None = None,
) -> None:
    """Keep what somebody typed into a task, with the files that came along; with the first draft it is begun.

    Raises:
        DraftChanged: it was saved elsewhere, after his page was shown; nothing was saved.

    """
    db.session.add_all(new_files)
    if not keep_draft(task.tenant_id, task.id, person_id, answers, now, basis):
        db.session.rollback()
        kept = get_draft(task.tenant_id, task.id, person_id)
        raise DraftChanged(answers, saved_at=kept.saved_at if kept else now)
    if task.begun_at is None:
        own = Task.tenant_id == task.tenant_id, Task.id == task.id
        db.session.execute(update(Task).where(*own, Task.begun_at.is_(None)).values(begun_at=now))
    db.session.commit()


def get_draft(office: str, task_id: UUID, person_id: UUID) -> Draft | None:
    """Return what somebody typed into a task and has not sent yet."""
    return db.session.get(Draft, (office, task_id, person_id))


def attachments_of(instance: Instance, task_id: UUID) -> list[Attachment]:
    """Return the files of a task, without their content."""
    found = select(Attachment).where(
        Attachment.tenant_id == instance.tenant_id,
        Attachment.instance_id == instance.id,
        Attachment.task_id == task_id,
    )
    return list(db.session.scalars(found.order_by(Attachment.id)))


def get_attachment(office: str, attachment_id: UUID) -> Attachment:
    """Return a file with its content.

    Raises:
        NotFound: the office has no such file.

    """
    attachment = db.session.get(Attachment, (office, attachment_id))
    if attachment is None:
        raise NotFound(attachment=attachment_id)
    return attachment


def files(instance: Instance, mentioned: Collection[UUID] | None = None) -> dict[str, FileReference]:
    """Return the attachments of a case as form answers refer to them: all, or those that are mentioned."""
    if mentioned is not None and not mentioned:
        return {}
    wanted = select(Attachment.id, Attachment.name, Attachment.size).where(
        Attachment.tenant_id == instance.tenant_id, Attachment.instance_id == instance.id
    )
    wanted = wanted.order_by(Attachment.id)
    rows = db.session.execute(wanted if mentioned is None else wanted.where(Attachment.id.in_(mentioned)))
    return {str(row.id): FileReference(str(row.id), row.name, row.size) for row in rows}


def reference(attachment: Attachment) -> FileReference:
    """Return how form answers refer to a file."""
    return FileReference(str(attachment.id), attachment.name, attachment.size)


def keep_draft(
    office: str, task_id: UUID, person_id: UUID, answers: Mapping[str, Any], now: datetime, basis: Basis | None = None
) -> bool:
    """Keep what somebody typed, in the transaction that goes on; tell whether it took the place of what was there."""
    kept = {"answers": dict(answers), "saved_at": now, "saved_by_page": basis.page if basis else ""}
    insert = sqlite.insert if db.engine.dialect.name == "sqlite" else postgresql.insert
    statement = insert(Draft).values(tenant_id=office, task_id=task_id, person_id=person_id, **kept)
    known = or_(Draft.saved_by_page.in_(basis.own), Draft.saved_at < basis.before) if basis else None
    key = list(Draft.__table__.primary_key)
    # an upload and an autosave may arrive together
    placed = statement.on_conflict_do_update(index_elements=key, set_=kept, where=known).returning(Draft.saved_at)
    return db.session.scalar(placed) is not None
