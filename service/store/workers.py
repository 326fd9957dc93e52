"""Workers: who does the background work, and when he was last seen."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, text, update

from service.errors import Conflict
from service.models import Worker, db, on_postgresql, shared_clock

_ALONE = text("SELECT pg_try_advisory_xact_lock(hashtext('laksana.workers'))")


@contextmanager
def starting_alone() -> Iterator[None]:
    """Let workers start one after another: the first may have to make the tables of DBOS.

    DBOS locks by connection, which is no lock where a pgbouncer lends connections; this one ends with its transaction.
    Nobody stands and waits for it: DBOS makes indexes concurrently, which wait for whoever waits.

    Raises:
        Conflict: another one is starting.

    """
    try:
        if on_postgresql() and not db.session.scalar(_ALONE):
            raise Conflict("another worker is starting")
        yield
    finally:
        db.session.rollback()


def see_worker(name: str, since: datetime, now: datetime, *, done: int, failed: int) -> None:
    """Note that a worker lives, by the clock that all share, and how many jobs he has done and failed at."""
    values = {"started_at": since, "seen_at": shared_clock(now), "jobs_done": done, "jobs_failed": failed}
    seen = db.session.execute(update(Worker).where(Worker.id == name).values(**values))
    if not cast("CursorResult[Any]", seen).rowcount:
        db.session.add(Worker(id=name, **values))
    db.session.commit()
