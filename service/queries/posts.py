"""Posts of an office and who holds them, held them and will hold them."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select

from service import catalogue
from service.engine.appointment import Capacity, Period
from service.engine.assignment import Actor
from service.models import Holding, Person, Position, db


@dataclass(frozen=True, slots=True)
class Held:
    """Somebody in a post for a time."""

    id: UUID
    user_name: str
    person: str
    capacity: Capacity
    decree: str
    first: date
    last: date | None

    @property
    def prefix(self) -> str:
        """Return "Plh." or "Plt.", empty for the holder himself."""
        return self.capacity.prefix


@dataclass(frozen=True, slots=True)
class PostRow:
    """A post with those who hold it."""

    code: str
    name: str
    unit: str
    superior: str
    is_shared: bool
    held: tuple[Held, ...]


def posts(actor: Actor, now: datetime) -> list[PostRow]:
    """Return the open posts of the office, each with who holds it now or later."""
    to_come = or_(Holding.ends_at.is_(None), Holding.ends_at > now)
    found = _held(actor, to_come)
    rows = db.session.scalars(
        select(Position)
        .where(Position.tenant_id == actor.office, Position.closed_at.is_(None))
        .order_by(Position.unit_code, Position.code)
    )
    return [
        PostRow(
            one.code, one.name, one.unit_code or "", one.superior_code or "", one.is_shared,
            tuple(found.get(one.code, ())),
        )
        for one in rows
    ]  # fmt: skip


def timeline(actor: Actor, position: str) -> tuple[Held, ...]:
    """Return everybody who ever held a post, the earliest first."""
    return tuple(_held(actor, Holding.position_code == position).get(position, ()))


def _held(actor: Actor, which: ColumnElement[bool]) -> dict[str, list[Held]]:
    zone = catalogue.calendar(actor.office).time_zone
    rows = db.session.execute(
        select(Holding, Person.user_name, Person.name)
        .join(Person, Person.id == Holding.person_id)
        .where(Holding.tenant_id == actor.office, or_(Holding.ends_at.is_(None), Holding.ends_at > Holding.starts_at))
        .where(which)
        .order_by(Holding.starts_at, Holding.id)
    )
    found: dict[str, list[Held]] = {}
    for row, user_name, name in rows:
        period = Period(row.starts_at, row.ends_at)
        first, last = period.first_day(zone), period.last_day(zone)
        held = Held(row.id, user_name, name, Capacity(row.capacity), row.decree, first, last)
        found.setdefault(row.position_code, []).append(held)
    return found
