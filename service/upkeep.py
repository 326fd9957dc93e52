"""Upkeep: every night what has had its time is deleted."""

from datetime import datetime, timedelta

from service import identity, store
from service.queries.exports import KEPT as EXPORT_KEPT

NIGHT = timedelta(hours=6)
"""A night begins at 18.00 UTC, 01.00 in western Indonesia; a machine that was off catches up when it is started."""
KEPT = timedelta(days=30)
"""Messages and deliveries that have arrived."""
RECEIPT_KEPT = timedelta(days=7)
"""Receipts of requests: nobody sends the same one again after that."""
DEAD_KEPT = timedelta(days=180)
"""Deliveries that were given up and nobody sent again."""
WORKER_KEPT = timedelta(days=7)


def night(now: datetime) -> str:
    """Return the name of the night that began last."""
    return (now + NIGHT).date().isoformat()


def tidy(now: datetime) -> int:
    """Delete what has had its time; return how many rows that others might have seen."""
    identity.forget_ended(now)
    store.forget_receipts(now - RECEIPT_KEPT)
    store.drop_workers(now - WORKER_KEPT)
    return (
        store.drop_exports(now - EXPORT_KEPT)
        + store.drop_dispatches(now - KEPT)
        + store.drop_deliveries(now - KEPT, now - DEAD_KEPT)
    )
