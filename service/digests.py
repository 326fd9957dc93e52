"""Morning letters: on every working day each person is told once what is open for him."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from service import catalogue, identity
from service.engine import worktime
from service.errors import NotSignedIn
from service.queries import duties, inbox
from service.store import digests

SHOWN = 20
"""Tasks that a letter names; the others it counts."""


def due(now: datetime) -> Iterator[tuple[str, str]]:
    """Return office and local day of the mornings that have begun and whose letters are not all written."""
    for office, day in duties.digests():
        calendar = catalogue.calendar(office)
        today = worktime.local_clock(calendar, now).date().isoformat()
        if day != today and worktime.is_working(calendar, now):
            yield office, today


def write(office: str, day: str, now: datetime) -> int:
    """Write the letters of a morning that are not there yet, and return how many.

    A morning that is over is not made up for: nobody wants to know what was open yesterday.
    """
    if (office, day) not in due(now):
        return 0
    written = 0
    for person in digests.readers(office, now):
        if not digests.is_written(office, person, day):
            body = _body(office, person, now)
            digests.write(office, person, day, body, now)
            written += bool(body)
    digests.finish(office, day)
    return written


def _body(office: str, person: UUID, now: datetime) -> dict[str, Any]:
    """Return what is open for somebody; nothing if nothing is."""
    try:
        actor = identity.actor(person, office, now)
    except NotSignedIn:
        return {}
    page = inbox.inbox(actor, now, inbox.View("semua"))
    if not page.rows:
        return {}
    return {
        "zone": str(catalogue.calendar(office).time_zone),
        "counts": {"saya": page.counts["saya"] + page.counts["jabatan"], "lewat": page.counts["lewat"]},
        "tasks": [
            {
                "id": row.task_id,
                "name": row.title,
                "case": row.case_title,
                "due_at": row.due_at.isoformat() if row.due_at else None,
                "is_returned": row.returned,
                "is_suspended": row.suspension is not None,
            }
            for row in page.rows[:SHOWN]
        ],
    }
