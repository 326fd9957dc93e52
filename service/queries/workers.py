"""Who does the background work now."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select

from service.models import Worker, db, shared_clock

SILENCE = timedelta(seconds=60)
"""Who has not been seen for so long counts as dead."""


def is_living(now: datetime) -> ColumnElement[bool]:
    """Find workers who were seen of late, by the clock that all machines share."""
    return Worker.seen_at >= shared_clock(now) - SILENCE


def living(now: datetime) -> list[str]:
    """Return the names of workers who were seen of late."""
    return list(db.session.scalars(select(Worker.id).where(is_living(now)).order_by(Worker.id)))


def started_at(name: str) -> datetime | None:
    """Return when who showed life last under a name was started."""
    return db.session.scalars(select(Worker.started_at).where(Worker.id == name)).one_or_none()


def last_seen() -> datetime | None:
    """Return when any worker was last seen."""
    return db.session.scalars(select(func.max(Worker.seen_at))).one()
