"""People and groups of an office as far as somebody may see them: admins all, staff colleagues, others themselves.

A group is what work is offered to: a position or a unit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select

from service.engine.assignment import PERSON, Actor, Role
from service.errors import NotFound
from service.models import Holding, Person, Position, Unit, db, valid_at
from service.queries import organisation
from service.queries.people import of_office

Kind = Literal["position", "unit"]


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody."""

    user_name: str
    name: str
    email: str
    """Empty where it is nobody's business."""


@dataclass(frozen=True, slots=True)
class Group:
    """A position or a unit."""

    code: str
    name: str
    kind: Kind


def people(actor: Actor, now: datetime) -> tuple[Member, ...]:
    """Return whom somebody may see, by user name."""
    if Role.ADMIN in actor.roles:
        seen = Person.is_active, of_office(actor.office)
    else:
        colleagues = organisation.colleagues(actor, now) if Role.STAFF in actor.roles else ()
        seen = Person.is_active, Person.id.in_({actor.person_id, *(one.person_id for one in colleagues)})
    rows = db.session.execute(
        select(Person.id, Person.user_name, Person.name, Person.email).where(*seen).order_by(Person.user_name)
    )
    sees_email = Role.ADMIN in actor.roles
    return tuple(
        Member(row.user_name, row.name, row.email if sees_email or row.id == actor.person_id else "") for row in rows
    )


def person(actor: Actor, user_name: str, now: datetime) -> Member:
    """Return somebody whom an actor may see.

    Raises:
        NotFound: there is nobody of this name, or not for him.

    """
    found = next((one for one in people(actor, now) if one.user_name == user_name), None)
    if found is None:
        raise NotFound(f"user with id {user_name[:100]} does not exist")
    return found


def groups(actor: Actor) -> tuple[Group, ...]:
    """Return the positions and units of the office, by code."""
    office = actor.office
    positions = select(Position.code, Position.name).where(Position.tenant_id == office, Position.closed_at.is_(None))
    units = select(Unit.code, Unit.name).where(Unit.tenant_id == office, Unit.closed_at.is_(None))
    found = [Group(row.code, row.name, "position") for row in db.session.execute(positions)]
    found += [Group(row.code, row.name, "unit") for row in db.session.execute(units)]
    return tuple(sorted(found, key=lambda one: one.code))


def memberships(actor: Actor, now: datetime) -> Mapping[str, frozenset[str]]:
    """Return the codes of the groups of everybody whom somebody may see, by user name."""
    rows = db.session.execute(
        select(Person.user_name, Position.code, Position.unit_code)
        .join(Holding, Holding.person_id == Person.id)
        .join(Position, (Position.tenant_id == Holding.tenant_id) & (Position.code == Holding.position_code))
        .where(Holding.tenant_id == actor.office, valid_at(Holding, now))
    ).all()
    held: dict[str, set[str]] = {one.user_name: set() for one in people(actor, now)}
    for row in rows:
        if row.user_name in held:
            held[row.user_name] |= {code for code in (row.code, row.unit_code) if code}
    return {user: frozenset(codes) for user, codes in held.items()}


def candidate_groups(actor: Actor, user_name: str, now: datetime) -> frozenset[str]:
    """Return everything that work is offered to which somebody may do; nothing for whom one may not see."""
    held = memberships(actor, now).get(user_name)
    return frozenset() if held is None else held | {PERSON + user_name}
