"""What is due in all offices, as the ids of its rows: for who does it, not for who looks at it."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import exists, func, not_, select

from service.models import (
    Delivery,
    Dispatch,
    Export,
    Holding,
    Instance,
    Office,
    Person,
    Recomputation,
    StartTrigger,
    Task,
    Waiting,
    db,
    of_suspended,
)

_OFFICES = select(Office.id)
"""Every look walks an index, office by office."""
GOES_ON = not_(of_suspended(Waiting, Instance.tenant_id == Waiting.tenant_id))
"""What a suspended case waits for is not due before it is resumed."""


def timers(now: datetime, most: int) -> list[tuple[str, UUID, UUID]]:
    """Return office, id and case of timers whose time has come and that no incident holds, the earliest first."""
    found = select(Waiting.tenant_id, Waiting.id, Waiting.instance_id).where(
        Waiting.tenant_id.in_(_OFFICES),
        Waiting.kind == "timer",
        Waiting.due_at <= now,
        Waiting.incident_id.is_(None),
        GOES_ON,
    )
    ordered = found.order_by(Waiting.due_at, Waiting.id).limit(most)
    return [(row.tenant_id, row.id, row.instance_id) for row in db.session.execute(ordered)]


def starts(now: datetime, most: int) -> list[tuple[str, str]]:
    """Return office and key of the processes that begin now, the earliest first."""
    found = select(StartTrigger.tenant_id, StartTrigger.process_key).where(
        StartTrigger.tenant_id.in_(_OFFICES),
        StartTrigger.kind == "timer",
        StartTrigger.due_at <= now,
        StartTrigger.is_suspended.is_(False),
    )
    ordered = found.order_by(StartTrigger.due_at, StartTrigger.process_key).limit(most)
    return [(row.tenant_id, row.process_key) for row in db.session.execute(ordered)]


def dispatches(now: datetime, keep: timedelta, again: timedelta, most: int) -> list[tuple[str, UUID]]:
    """Return what nobody has taken yet and somebody may take now, and what was kept for too long; the oldest first.

    What could not begin its process is among them after the time `again`, and not at every look, so that it keeps
    nobody else waiting.
    """
    wanted = (
        select(Waiting.id)
        .where(
            Waiting.tenant_id == Dispatch.tenant_id,
            Waiting.kind == Dispatch.kind,
            Waiting.name == Dispatch.name,
            Waiting.key.in_(("", Dispatch.key)),
            Dispatch.target_id.is_(None) | (Dispatch.target_id == Waiting.instance_id),
            GOES_ON,
        )
        .exists()
    )
    begins = (
        select(StartTrigger.process_key)
        .where(
            StartTrigger.tenant_id == Dispatch.tenant_id,
            StartTrigger.kind == Dispatch.kind,
            StartTrigger.name == Dispatch.name,
            StartTrigger.is_suspended.is_(False),
        )
        .exists()
    )
    found = select(Dispatch.tenant_id, Dispatch.id).where(
        Dispatch.tenant_id.in_(_OFFICES),
        Dispatch.done_at.is_(None),
        Dispatch.tried_at.is_(None)
        | wanted
        | (begins & (Dispatch.tried_at < now - again))
        | (Dispatch.sent_at < now - keep),
    )
    ordered = found.order_by(Dispatch.sent_at, Dispatch.id).limit(most)
    return [(row.tenant_id, row.id) for row in db.session.execute(ordered)]


def deliveries(now: datetime, most: int) -> list[tuple[str, UUID, UUID]]:
    """Return office, id and receiver of what is to be told outside now: the oldest of each receiver, then the next.

    So a receiver that does not answer keeps nobody else waiting.
    """
    oldest_first = (Delivery.due_at, Delivery.id)
    turn = func.row_number().over(partition_by=(Delivery.tenant_id, Delivery.target), order_by=oldest_first)
    found = select(Delivery.tenant_id, Delivery.id, Delivery.target).where(
        Delivery.tenant_id.in_(_OFFICES), Delivery.due_at <= now
    )
    ordered = found.order_by(turn, *oldest_first).limit(most)
    return [(row.tenant_id, row.id, row.target) for row in db.session.execute(ordered)]


def exports(now: datetime, silence: timedelta, most: int) -> list[tuple[str, UUID]]:
    """Return the exports that nobody makes at the moment, the oldest first."""
    found = select(Export.tenant_id, Export.id).where(
        Export.tenant_id.in_(_OFFICES),
        Export.ended_at.is_(None),
        Export.worked_at.is_(None) | (Export.worked_at < now - silence),
    )
    ordered = found.order_by(Export.asked_at, Export.id).limit(most)
    return [(row.tenant_id, row.id) for row in db.session.execute(ordered)]


def recomputations(asked_until: datetime) -> list[tuple[str, str]]:
    """Return the offices whose due dates do not follow a change yet that was made by then, with when it was made."""
    found = select(Recomputation.tenant_id, Recomputation.asked_at).where(
        Recomputation.tenant_id.in_(_OFFICES), Recomputation.ended_at.is_(None), Recomputation.asked_at <= asked_until
    )
    return [(row.tenant_id, row.asked_at.isoformat()) for row in db.session.execute(found)]


def rounds(until: datetime) -> list[tuple[str, datetime | None]]:
    """Return the offices with open tasks that are due by a moment, and when these were last gone through."""
    has_tasks = exists().where(Task.tenant_id == Office.id, Task.ended_at.is_(None), Task.due_at <= until)
    found = select(Office.id, Office.reminded_at).where(has_tasks)
    return [(row.id, row.reminded_at) for row in db.session.execute(found)]


def digests() -> list[tuple[str, str]]:
    """Return the offices where somebody wants morning letters, with the last day whose letters are all written."""
    reader = exists().where(
        Holding.tenant_id == Office.id, Person.id == Holding.person_id, Person.email != "", Person.digest
    )
    return [(row.id, row.digest_day) for row in db.session.execute(select(Office.id, Office.digest_day).where(reader))]
