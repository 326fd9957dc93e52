"""Names of an office, its positions and units."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select

from service.engine.assignment import PERSON, Actor
from service.models import Holding, Office, Person, Position, Unit, db, valid_at
from service.prepared import Prepared

_UNITS = Prepared(select(Unit.code, Unit.name).where(Unit.tenant_id == bindparam("office")))
_GROUPS = Prepared(
    select(Unit.code, Unit.name)
    .where(Unit.tenant_id == bindparam("office"))
    .union_all(select(Position.code, Position.name).where(Position.tenant_id == bindparam("office")))
)


def office_name(actor: Actor) -> str:
    """Return the full name of the actor's office."""
    return db.session.scalar(select(Office.name).where(Office.id == actor.office)) or actor.office


def office_zone(actor: Actor) -> str:
    """Return the time zone of the actor's office."""
    return db.session.scalar(select(Office.zone).where(Office.id == actor.office)) or "Asia/Jakarta"


def office_names(codes: list[str]) -> dict[str, str]:
    """Return the names of several offices."""
    rows = db.session.execute(select(Office.id, Office.name).where(Office.id.in_(codes)).order_by(Office.id))
    return {row.id: row.name for row in rows}


def group_names(actor: Actor) -> dict[str, str]:
    """Return the names behind candidate groups: positions and units of the office."""
    return {row.code: row.name for row in _GROUPS.all({"office": actor.office})}


def names_of(actor: Actor, groups: Collection[str]) -> dict[str, str]:
    """Return the names behind candidate groups as `group_names`, those of people among these groups too."""
    users = [group.removeprefix(PERSON) for group in groups if group.startswith(PERSON)]
    if not users:
        return group_names(actor)
    people = db.session.execute(select(Person.user_name, Person.name).where(Person.user_name.in_(users)))
    return group_names(actor) | {PERSON + row.user_name: row.name for row in people}


def holder(groups: Iterable[str], names: Mapping[str, str], lane: str) -> str:
    """Return who work of these groups waits for: the name of a position, unit or person, else that of the lane."""
    known = [names[group] for group in groups if group in names]
    return " / ".join(known) or lane


def unit_names(actor: Actor) -> dict[str, str]:
    """Return the names of the units of the office by code."""
    return {row.code: row.name for row in _UNITS.all({"office": actor.office})}


def person_names(ids: Collection[UUID]) -> dict[UUID, str]:
    """Return the names of people."""
    rows = db.session.execute(select(Person.id, Person.name).where(Person.id.in_(ids)))
    return {row.id: row.name for row in rows}


def user_names() -> list[tuple[str, str, bool]]:
    """Return user name, name and whether the person may sign in, for the command line."""
    rows = db.session.execute(select(Person.user_name, Person.name, Person.is_active).order_by(Person.user_name))
    return [(row.user_name, row.name, row.is_active) for row in rows]


def holders(now: datetime) -> list[tuple[str, str]]:
    """Return user name and first position of everybody, for the sign-in page of demo mode."""
    rows = db.session.execute(
        select(Person.user_name, Position.name, Office.name.label("office"))
        .outerjoin(Holding, (Holding.person_id == Person.id) & valid_at(Holding, now))
        .outerjoin(Position, (Position.tenant_id == Holding.tenant_id) & (Position.code == Holding.position_code))
        .outerjoin(Office, Office.id == Holding.tenant_id)
        .where(Person.is_active)
        .order_by(Office.name, Person.user_name)
    )
    return [(row.user_name, f"{row.name}, {row.office}" if row.name else "") for row in rows]
