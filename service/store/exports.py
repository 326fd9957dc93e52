"""Exports: asked for, made piece by piece, kept for a while."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, delete, insert, select, update

from service.models import Export, ExportPart, db, new_id
from service.store.organisation import settling


@dataclass(frozen=True, slots=True)
class Making:
    """One attempt to make an export."""

    office: str
    id: UUID
    attempt: int
    asked_at: datetime


def ask_export(office: str, person_id: UUID, total: int, now: datetime, *, at_work: bool = False) -> UUID:
    """Ask for an export, or find the one that this person waits for; `at_work` if the asker makes it himself."""
    waiting = select(Export.id).where(
        Export.tenant_id == office, Export.person_id == person_id, Export.ended_at.is_(None)
    )
    with settling(office):  # who asks twice at once
        found = None if at_work else db.session.scalars(waiting.limit(1)).one_or_none()
        if found is not None:
            return found
        asked = Export(
            tenant_id=office, id=new_id(now), person_id=person_id, asked_at=now, total=total,
            worked_at=now if at_work else None,
        )  # fmt: skip
        export_id = asked.id
        db.session.add(asked)
    return export_id


def begin_export(office: str, export_id: UUID, now: datetime) -> Making | None:
    """Begin an export from its start, whatever an attempt before had made of it; nothing if it has ended."""
    export = db.session.get(Export, (office, export_id), populate_existing=True)
    if export is None or export.ended_at is not None:
        return None
    making = Making(office, export_id, export.attempt + 1, export.asked_at)
    begun = _changed(making, making.attempt - 1, attempt=making.attempt, worked_at=now, done=0, size=0)
    if begun:
        db.session.execute(delete(ExportPart).where(*_parts(making)))
    db.session.commit()
    return making if begun else None


def add_part(making: Making, number: int, content: bytes, done: int, now: datetime) -> bool:
    """Keep a piece and how far it is; False if somebody else makes this export by now."""
    is_mine = _changed(making, making.attempt, done=done, worked_at=now, size=Export.size + len(content))
    if is_mine and content:
        own = {"tenant_id": making.office, "export_id": making.id, "attempt": making.attempt}
        db.session.connection().execute(insert(ExportPart), [{**own, "number": number, "content": content}])
    db.session.commit()
    return is_mine


def end_export(making: Making, now: datetime, *, has_failed: bool = False) -> bool:
    """Note that an export is made, or cannot be made; False if somebody else makes it by now."""
    is_mine = _changed(making, making.attempt, ended_at=now, has_failed=has_failed)
    db.session.commit()
    return is_mine


def drop_exports(before: datetime) -> int:
    """Delete what was made before a moment; return how much it was."""
    old = select(Export.tenant_id, Export.id).where(Export.ended_at < before)
    found = db.session.execute(old).all()
    for office, export_id in found:
        db.session.execute(delete(ExportPart).where(ExportPart.tenant_id == office, ExportPart.export_id == export_id))
        db.session.execute(delete(Export).where(Export.tenant_id == office, Export.id == export_id))
        db.session.commit()
    return len(found)


def _changed(making: Making, expected: int, **values: Any) -> bool:  # noqa: ANN401 - columns of any type
    own = (Export.tenant_id == making.office, Export.id == making.id)
    changed = db.session.execute(
        update(Export)
        .where(*own, Export.attempt == expected, Export.ended_at.is_(None))
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return cast("CursorResult[Any]", changed).rowcount == 1


def _parts(making: Making) -> tuple[Any, ...]:
    return ExportPart.tenant_id == making.office, ExportPart.export_id == making.id
