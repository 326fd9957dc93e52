"""What could not be told outside, and who outside is told: for the admins of an office."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from service.engine.assignment import Actor
from service.models import Delivery, Person, Webhook, db

MOST = 100
"""Rows of the page; the others follow once these are dealt with."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """Something that was given up."""

    id: UUID
    channel: str
    kind: str
    receiver: str
    """User name of a person, address of a program."""
    case_id: str
    """Empty for what is about no one case."""
    case_number: int
    failure: str
    attempts: int
    created_at: datetime
    dead_at: datetime


@dataclass(frozen=True, slots=True)
class DeliveryPage:
    """What was given up, the newest first, and how much is under way."""

    dead: tuple[DeadLetter, ...]
    dead_count: int
    waiting: int
    """Tried again later by itself."""


@dataclass(frozen=True, slots=True)
class Listener:
    """A program outside that is told of an office."""

    id: UUID
    address: str
    kinds: tuple[str, ...]


def page(actor: Actor) -> DeliveryPage:
    """Return what an admin has to look at."""
    own = Delivery.tenant_id == actor.office
    found = (
        select(Delivery, Person.user_name, Webhook.address)
        .outerjoin(Person, (Delivery.channel == "mail") & (Person.id == Delivery.target))
        .outerjoin(Webhook, (Webhook.tenant_id == Delivery.tenant_id) & (Webhook.id == Delivery.target))
        .where(own, Delivery.dead_at.is_not(None))
        .order_by(Delivery.dead_at.desc(), Delivery.id.desc())
        .limit(MOST)
    )
    dead = tuple(_letter(row.Delivery, row.user_name or row.address or "") for row in db.session.execute(found))
    return DeliveryPage(
        dead=dead,
        dead_count=_count(own, Delivery.dead_at.is_not(None)) if len(dead) == MOST else len(dead),
        waiting=_count(own, Delivery.due_at.is_not(None), Delivery.attempts > 0),
    )


def listeners(actor: Actor) -> list[Listener]:
    """Return the programs outside that are told of the office."""
    found = db.session.scalars(select(Webhook).where(Webhook.tenant_id == actor.office).order_by(Webhook.id))
    return [Listener(row.id, row.address, tuple(row.kinds)) for row in found]


def _letter(row: Delivery, receiver: str) -> DeadLetter:
    case = row.body.get("case", {})
    return DeadLetter(
        row.id, row.channel, row.kind, receiver, case.get("id", ""), case.get("number", 0), row.failure, row.attempts,
        row.created_at, row.dead_at or row.created_at,
    )  # fmt: skip


def _count(*conditions: ColumnElement[bool]) -> int:
    return db.session.scalar(select(func.count()).select_from(Delivery).where(*conditions)) or 0
