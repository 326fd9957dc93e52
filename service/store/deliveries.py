"""Deliveries: what is told outside, until it has arrived or is given up; who outside is told."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, delete, select, update

from service.errors import NotFound
from service.models import Delivery, Person, Task, Webhook, db
from service.store.notifications import forget_listeners


@dataclass(frozen=True, slots=True)
class Parcel:
    """A delivery that is due, with what is known of its receiver now."""

    office: str
    id: UUID
    kind: str
    body: Mapping[str, Any]
    created_at: datetime
    attempts: int
    email: str = ""
    name: str = ""
    language: str = "id"
    address: str = ""
    secret: str = ""


def due_parcel(office: str, delivery_id: UUID, now: datetime) -> Parcel | None:
    """Return a delivery if its time has come; no transaction stays open while it is sent."""
    found = select(Delivery, Person, Webhook).where(
        Delivery.tenant_id == office, Delivery.id == delivery_id, Delivery.due_at <= now
    )
    found = found.outerjoin(Person, (Delivery.channel == "mail") & (Person.id == Delivery.target)).outerjoin(
        Webhook,
        (Delivery.channel == "webhook") & (Webhook.tenant_id == Delivery.tenant_id) & (Webhook.id == Delivery.target),
    )
    row = db.session.execute(found).one_or_none()
    if row is None:
        return None
    delivery: Delivery = row[0]
    person: Person | None = row[1]
    webhook: Webhook | None = row[2]
    parcel = Parcel(
        office, delivery.id, delivery.kind, delivery.body, delivery.created_at, delivery.attempts,
        email=person.email if person is not None and person.is_active else "",
        name=person.name if person is not None else "", language=person.language if person is not None else "id",
        address=webhook.address if webhook is not None else "", secret=webhook.secret if webhook is not None else "",
    )  # fmt: skip
    db.session.rollback()
    return parcel


def is_due(office: str, task: UUID, due_at: datetime) -> bool:
    """Tell whether a task is open and due at a moment, as a letter about it says."""
    own = (Task.tenant_id == office, Task.id == task, Task.ended_at.is_(None), Task.due_at == due_at)
    found = db.session.scalar(select(Task.id).where(*own)) is not None
    db.session.rollback()
    return found


def postpone(parcel: Parcel, until: datetime) -> None:
    """Let a delivery wait, which is no attempt."""
    own = (Delivery.tenant_id == parcel.office, Delivery.id == parcel.id, Delivery.due_at.is_not(None))
    waits = update(Delivery).where(*own, Delivery.attempts == parcel.attempts).values(due_at=until)
    db.session.execute(waits.execution_options(synchronize_session=False))
    db.session.commit()


def settle(parcel: Parcel, now: datetime, failure: str = "", again_at: datetime | None = None) -> bool:
    """Note how an attempt ended: it arrived, is tried again, or is given up; False if somebody noted it before."""
    is_over = not failure
    noted = db.session.execute(
        update(Delivery)
        .where(
            Delivery.tenant_id == parcel.office,
            Delivery.id == parcel.id,
            Delivery.due_at.is_not(None),
            Delivery.attempts == parcel.attempts,
        )
        .values(
            attempts=parcel.attempts + 1,
            failure=failure,
            due_at=again_at,
            done_at=now if is_over else None,
            dead_at=now if not is_over and again_at is None else None,
        )
        .execution_options(synchronize_session=False)
    )
    db.session.commit()
    return cast("CursorResult[Any]", noted).rowcount == 1


def revive(office: str, now: datetime, deliveries: Collection[UUID] | None) -> int:
    """Try given deliveries of an office that were given up anew, or all; return how many."""
    revived = update(Delivery).where(Delivery.tenant_id == office, Delivery.dead_at.is_not(None))
    if deliveries is not None:
        revived = revived.where(Delivery.id.in_(deliveries))
    done = db.session.execute(
        revived.values(due_at=now, dead_at=None, attempts=0).execution_options(synchronize_session=False)
    )
    db.session.commit()
    return cast("CursorResult[Any]", done).rowcount


def add_webhook(webhook: Webhook) -> None:
    """Let a program outside hear of an office."""
    db.session.add(webhook)
    db.session.commit()
    forget_listeners()


def remove_webhook(office: str, webhook_id: UUID) -> None:
    """Tell a program outside nothing any more, not even what is on its way.

    Raises:
        NotFound: the office has no such webhook.

    """
    own = (Webhook.tenant_id == office, Webhook.id == webhook_id)
    if not cast("CursorResult[Any]", db.session.execute(delete(Webhook).where(*own))).rowcount:
        raise NotFound(webhook=webhook_id)
    db.session.execute(delete(Delivery).where(Delivery.tenant_id == office, Delivery.target == webhook_id))
    db.session.commit()
    forget_listeners()


def set_email(user_name: str, email: str) -> bool:
    """Set where somebody is told of his work; False if there is nobody of that name."""
    found = db.session.execute(update(Person).where(Person.user_name == user_name).values(email=email))
    db.session.commit()
    forget_listeners()
    return cast("CursorResult[Any]", found).rowcount == 1
