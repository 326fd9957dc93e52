"""What people put into a case before it counts: drafts and files."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select, update

from service.basis import Basis
from service.engine.form import FileReference
from service.errors import AttachmentRefused, DraftChanged, NotFound
from service.models import (
    Attachment,
    Draft,
    Instance,
    Task,
    db,
    upsert,
)
from service.store.tasks import get_task, require_open

MAX_PER_TASK = 10


@contextmanager
def held_open(task: Task, now: datetime) -> Iterator[None]:
    """Keep others off the papers of an open task until the block saves them or fails; with the first ones it is begun.

    Raises:
        TaskClosed: somebody completed or cancelled it meanwhile.

    """
    own = Task.tenant_id == task.tenant_id, Task.id == task.id
    # a write: a lock on the row in PostgreSQL, on the whole database in SQLite
    begun = update(Task).where(*own, Task.ended_at.is_(None)).values(begun_at=func.coalesce(Task.begun_at, now))
    try:
        held = db.session.scalar(begun.returning(Task.id).execution_options(synchronize_session=False))
        if held is None:
            require_open(get_task(task.tenant_id, task.id)[0])
        yield
    except Exception:
        db.session.rollback()
        raise


def save_draft(
    task: Task, person_id: UUID, answers: Mapping[str, Any], now: datetime, basis: Basis | None = None
) -> None:
    """Keep what somebody typed into a task that is held open, with the files that were added.

    Raises:
        DraftChanged: it was saved elsewhere, after his page was shown; nothing was saved.

    """
    if not keep_draft(task.tenant_id, task.id, person_id, answers, now, basis):
        db.session.rollback()
        kept = get_draft(task.tenant_id, task.id, person_id)
        raise DraftChanged(answers, saved_at=kept.saved_at if kept else now)
    db.session.commit()


def get_draft(office: str, task_id: UUID, person_id: UUID) -> Draft | None:
    """Return what somebody typed into a task and has not sent yet, as it is now."""
    return db.session.get(Draft, (office, task_id, person_id), populate_existing=True)


def add_files(instance: Instance, task_id: UUID, new_files: Sequence[Attachment]) -> dict[str, str]:
    """Add files to a task that is held open; return which of them came before, with the ids that they have since.

    Raises:
        AttachmentRefused: one too many.

    """
    came_before: dict[str, str] = {}
    there = attachments_of(instance, task_id) if new_files else []
    for file in new_files:
        known = twin_of(file, there)
        if known is None:
            db.session.add(file)
            there.append(file)
        else:
            came_before[str(file.id)] = str(known.id)
    return came_before


def twin_of(file: Attachment, there: Sequence[Attachment]) -> Attachment | None:
    """Return the same file from the same person among those that are there, None if it is new.

    Raises:
        AttachmentRefused: it is new, and one too many.

    """
    known = next((one for one in there if _traits(one) == _traits(file)), None)
    if known is None and len(there) >= MAX_PER_TASK:
        raise AttachmentRefused(reason="too-many", name=file.name, limit=MAX_PER_TASK)
    return known


def _traits(file: Attachment) -> tuple[UUID, str, str]:
    return file.person_id, file.name, file.sha256


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
    statement = upsert(Draft).values(tenant_id=office, task_id=task_id, person_id=person_id, **kept)
    known = or_(Draft.saved_by_page.in_(basis.own), Draft.saved_at < basis.before) if basis else None
    key = list(Draft.__table__.primary_key)
    # an upload and an autosave may arrive together
    placed = statement.on_conflict_do_update(index_elements=key, set_=kept, where=known).returning(Draft.saved_at)
    return db.session.scalar(placed) is not None
