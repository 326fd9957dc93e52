"""Workers: who does the background work, and when he was last seen."""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, update

from service.models import Worker, db


def see_worker(name: str, since: datetime, now: datetime, *, done: int, failed: int) -> None:
    """Note that a worker lives, and how many jobs he has done and failed at since he started."""
    values = {"started_at": since, "seen_at": now, "jobs_done": done, "jobs_failed": failed}
    seen = db.session.execute(update(Worker).where(Worker.id == name).values(**values))
    if not cast("CursorResult[Any]", seen).rowcount:
        db.session.add(Worker(id=name, **values))
    db.session.commit()
