"""Rows that nobody needs any more: deleted a few at a time, so that nobody waits for it."""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, delete, select, tuple_

from service.models import Delivery, Dispatch, Worker, db

BATCH = 500
"""Rows of one transaction."""


def drop_dispatches(before: datetime) -> int:
    """Delete messages, signals and orders that arrived or were over by then."""
    return _drop(Dispatch, Dispatch.done_at < before)


def drop_deliveries(done_before: datetime, dead_before: datetime) -> int:
    """Delete deliveries that arrived by then, and those given up for so long that nobody will send them again."""
    return _drop(Delivery, Delivery.done_at < done_before) + _drop(Delivery, Delivery.dead_at < dead_before)


def drop_workers(before: datetime) -> int:
    """Forget workers who were not seen since."""
    gone = db.session.execute(delete(Worker).where(Worker.seen_at < before))
    db.session.commit()
    return cast("CursorResult[Any]", gone).rowcount


def _drop(table: type[Dispatch] | type[Delivery], condition: ColumnElement[bool]) -> int:
    total = 0
    while True:
        batch = db.session.execute(select(table.tenant_id, table.id).where(condition).limit(BATCH)).all()
        if not batch:
            return total
        keys = [(row.tenant_id, row.id) for row in batch]
        db.session.execute(
            delete(table)
            .where(tuple_(table.tenant_id, table.id).in_(keys))
            .execution_options(synchronize_session=False)
        )
        db.session.commit()
        total += len(keys)
