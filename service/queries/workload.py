"""How much lies about in all offices, for who runs the machine: numbers only, one statement each."""

from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.exc import SQLAlchemyError

from service.models import Delivery, Dispatch, Export, Incident, Office, StartTrigger, Waiting, Worker, db
from service.queries.duties import GOES_ON
from service.queries.workers import is_living


def counted(now: datetime) -> dict[str, int]:
    """Count what waits; a database that is away is counted too."""
    offices = select(Office.id)  # so that every count walks an index, office by office
    overdue = (
        Waiting.tenant_id.in_(offices),
        Waiting.kind == "timer",
        Waiting.due_at <= now,
        Waiting.incident_id.is_(None),
        GOES_ON,
    )
    undelivered = (Dispatch.tenant_id.in_(offices), Dispatch.done_at.is_(None))
    statements = {
        "overdue_timers": _count(*overdue),
        "open_incidents": _count(Incident.tenant_id.in_(offices), Incident.closed_at.is_(None)),
        "pending_dispatches": _count(*undelivered),
        "pending_deliveries": _count(Delivery.tenant_id.in_(offices), Delivery.due_at.is_not(None)),
        "dead_deliveries": _count(Delivery.tenant_id.in_(offices), Delivery.dead_at.is_not(None)),
        "living_workers": _count(is_living(now)),
        "failed_jobs": select(func.coalesce(func.sum(Worker.jobs_failed), 0)),
    }
    oldest = [
        select(func.min(Waiting.due_at)).where(*overdue),
        select(func.min(StartTrigger.due_at)).where(
            StartTrigger.tenant_id.in_(offices),
            StartTrigger.kind == "timer",
            StartTrigger.due_at <= now,
            StartTrigger.is_suspended.is_(False),
        ),
        select(func.min(Dispatch.sent_at)).where(*undelivered, Dispatch.tried_at.is_(None)),
        select(func.min(Delivery.due_at)).where(Delivery.tenant_id.in_(offices), Delivery.due_at <= now),
        select(func.min(Export.asked_at)).where(
            Export.tenant_id.in_(offices), Export.ended_at.is_(None), Export.worked_at.is_(None)
        ),
    ]
    try:
        counts = {name: db.session.execute(found).scalar_one() for name, found in statements.items()}
        since = min((moment for found in oldest if (moment := db.session.scalar(found))), default=now)
    except SQLAlchemyError:
        return {"database_up": 0}
    return {"database_up": 1, **counts, "job_lag_seconds": max(0, int((now - since).total_seconds()))}


def _count(*conditions: ColumnElement[bool]) -> Select[int]:
    return select(func.count()).where(*conditions)
