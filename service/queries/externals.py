"""External tasks that wait for a worker."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from service.engine.assignment import Actor
from service.models import Waiting, db

MOST = 200


@dataclass(frozen=True, slots=True)
class ExternalRow:
    """One external task."""

    id: str
    topic: str
    case_id: str
    process: str
    element: str
    since: datetime
    has_failed: bool
    """It rests as an incident until somebody offers it again."""


def waiting(actor: Actor, topic: str = "") -> tuple[ExternalRow, ...]:
    """Return the external tasks of the actor's office, the longest wait first."""
    found = select(Waiting).where(Waiting.tenant_id == actor.office, Waiting.kind == "external")
    if topic:
        found = found.where(Waiting.name == topic)
    return tuple(
        ExternalRow(
            str(row.id), row.name, str(row.instance_id), row.process_key, row.element, row.since,
            row.incident_id is not None,
        )
        for row in db.session.scalars(found.order_by(Waiting.since, Waiting.id).limit(MOST))
    )  # fmt: skip
