"""Messages and signals on their way."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, select, update

from service.errors import NotWaiting
from service.models import Dispatch, db
from service.once import Once
from service.store.receipts import add_receipt


def add_dispatches(dispatches: Sequence[Dispatch], done: Dispatch | None = None, now: datetime | None = None) -> None:
    """Put messages and signals on their way; the one that they are parts of is done with that.

    Raises:
        NotWaiting: somebody else has divided it.

    """
    if done is not None and now is not None:
        take(done.tenant_id, done.id, now)
    db.session.add_all(dispatches)
    db.session.commit()


def add_signal(signal: Dispatch, once: Once | None) -> None:
    """Put a signal from outside on its way.

    Raises:
        Repeated: the same request brought it before.

    """
    db.session.add(signal)
    add_receipt(signal, once, signal.sent_at)
    db.session.commit()


def pending_dispatch(office: str, dispatch_id: UUID) -> Dispatch | None:
    """Return a message, signal or order if it is still on its way."""
    found = select(Dispatch).where(Dispatch.tenant_id == office, Dispatch.id == dispatch_id, Dispatch.done_at.is_(None))
    return db.session.scalars(found).one_or_none()


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
