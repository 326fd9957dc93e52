"""Messages and signals on their way."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, select, update

from service.errors import NotWaiting
from service.models import (
    Dispatch,
    Waiting,
    db,
)


def add_dispatches(dispatches: Sequence[Dispatch], done: Dispatch | None = None, now: datetime | None = None) -> None:
    """Put messages and signals on their way; the one that they are parts of is done with that."""
    db.session.add_all(dispatches)
    if done is not None:
        done.done_at = now
    db.session.commit()


def pending_dispatches(now: datetime, keep: timedelta, most: int) -> list[Dispatch]:
    """Return what nobody has taken yet and somebody may take now, and what was kept for too long; the oldest first."""
    wanted = (
        select(Waiting.id)
        .where(
            Waiting.tenant_id == Dispatch.tenant_id,
            Waiting.kind == Dispatch.kind,
            Waiting.name == Dispatch.name,
            Waiting.key.in_(("", Dispatch.key)),
        )
        .exists()
    )
    found = select(Dispatch).where(
        Dispatch.done_at.is_(None), Dispatch.tried_at.is_(None) | wanted | (Dispatch.sent_at < now - keep)
    )
    return list(db.session.scalars(found.order_by(Dispatch.sent_at, Dispatch.id).limit(most)))


def keep_dispatch(dispatch: Dispatch, now: datetime, *, done: bool) -> None:
    """Note that nobody waited: it stays for whoever will, or is over."""
    dispatch.tried_at = now
    if done:
        dispatch.done_at = now
    db.session.commit()


def take(office: str, dispatch_id: UUID, now: datetime) -> None:
    """Mark a message or signal as delivered, in the transaction of the step that it causes.

    Raises:
        NotWaiting: somebody else delivered it first.

    """
    taken = db.session.execute(
        update(Dispatch)
        .where(Dispatch.tenant_id == office, Dispatch.id == dispatch_id, Dispatch.done_at.is_(None))
        .values(done_at=now)
        .execution_options(synchronize_session=False)
    )
    if cast("CursorResult[Any]", taken).rowcount != 1:
        db.session.rollback()
        raise NotWaiting(dispatch=dispatch_id)
