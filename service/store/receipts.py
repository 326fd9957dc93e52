"""Receipts of requests: what was done for one is done once."""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, delete, insert
from sqlalchemy.exc import IntegrityError

from service.errors import Repeated
from service.models import Dispatch, Instance, Receipt, db
from service.once import Once
from service.prepared import Prepared

_ADD = Prepared(insert(Receipt))


def add_receipt(found: Instance | Dispatch, once: Once | None, now: datetime) -> None:
    """Note on which case a request was carried out, or that it sent a signal, with its act.

    It comes after the case itself, which others may hold.

    Raises:
        Repeated: it was carried out before, so nothing of this act is saved; where writes are sent together, that
            shows at their end, to `require_new`.

    """
    if once is None:
        return
    receipt = {"tenant_id": found.tenant_id, "key": once.key, "digest": once.digest, "at": now}
    try:
        _ADD.write({**receipt, "instance_id": found.id})
    except IntegrityError:
        db.session.rollback()
        raise Repeated from None


def require_new(instance: Instance, once: Once | None) -> None:
    """Refuse what has its receipt.

    Raises:
        Repeated: it was carried out before.

    """
    kept = None if once is None else db.session.get(Receipt, (instance.tenant_id, once.key))
    if kept is not None:
        raise Repeated


def forget_receipts(before: datetime) -> int:
    """Delete receipts of requests that nobody sends again any more; return how many."""
    gone = db.session.execute(delete(Receipt).where(Receipt.at < before).execution_options(synchronize_session=False))
    db.session.commit()
    return cast("CursorResult[Any]", gone).rowcount
