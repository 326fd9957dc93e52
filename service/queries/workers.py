"""Who does the background work now."""

from datetime import datetime, timedelta

from sqlalchemy import func, select

from service.models import Worker, db

SILENCE = timedelta(seconds=60)
"""Who has not been seen for so long counts as dead."""


def living(now: datetime) -> list[str]:
    """Return the names of workers who were seen of late."""
    return list(db.session.scalars(select(Worker.id).where(Worker.seen_at >= now - SILENCE).order_by(Worker.id)))


def started_at(name: str) -> datetime | None:
    """Return when who showed life last under a name was started."""
    return db.session.scalars(select(Worker.started_at).where(Worker.id == name)).one_or_none()


def last_seen() -> datetime | None:
    """Return when any worker was last seen."""
    return db.session.scalars(select(func.max(Worker.seen_at))).one()
