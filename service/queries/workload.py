"""How much lies about in all offices, for who runs the machine: numbers only, one statement each."""

from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.exc import SQLAlchemyError

from service.models import Dispatch, Incident, Office, Waiting, db


def counted(now: datetime) -> dict[str, int]:
    """Count what waits; a database that is away is counted too."""
    offices = select(Office.id)  # so that every count walks an index, office by office
    statements = {
        "overdue_timers": _count(
            Waiting.tenant_id.in_(offices),
            Waiting.kind == "timer",
            Waiting.due_at <= now,
            Waiting.incident_id.is_(None),
        ),
        "open_incidents": _count(Incident.tenant_id.in_(offices), Incident.closed_at.is_(None)),
        "pending_dispatches": _count(Dispatch.tenant_id.in_(offices), Dispatch.done_at.is_(None)),
    }
    try:
        return {"database_up": 1} | {name: db.session.execute(found).scalar_one() for name, found in statements.items()}
    except SQLAlchemyError:
        return {"database_up": 0}


def _count(*conditions: ColumnElement[bool]) -> Select[int]:
    return select(func.count()).where(*conditions)
