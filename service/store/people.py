"""Offices, their units and positions, and the people in them."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from service.errors import Conflict
from service.models import (
    Holding,
    Office,
    Person,
    Position,
    Role,
    Unit,
    db,
)


def unknown_performers(office: str, groups: Collection[str], user_names: Collection[str]) -> set[str]:
    """Return which of these positions, units and people the office does not have."""
    positions = select(Position.code).where(Position.tenant_id == office, Position.code.in_(groups))
    units = select(Unit.code).where(Unit.tenant_id == office, Unit.code.in_(groups))
    people = (
        select(Person.user_name)
        .join(Role, Role.person_id == Person.id)
        .where(Role.tenant_id == office, Person.user_name.in_(user_names))
    )
    known = set(db.session.scalars(positions.union(units))) | set(db.session.scalars(people))
    return {*groups, *user_names} - known


def reporting_units(office: str) -> list[dict[str, str]]:
    """Return the units that are asked for data, as the process variable `unit_kantor`."""
    rows = db.session.execute(
        select(Unit.code, Unit.name).where(Unit.tenant_id == office, Unit.reports_data).order_by(Unit.code)
    )
    return [{"kode": row.code, "nama": row.name} for row in rows]


def has_office(office: str) -> bool:
    """Tell whether there is such an office."""
    return db.session.get(Office, office) is not None


def has_position(office: str, code: str) -> bool:
    """Tell whether an office has a position."""
    return db.session.get(Position, (office, code)) is not None


def find_person(user_name: str) -> Person | None:
    """Return the person with a user name."""
    return db.session.scalars(select(Person).where(Person.user_name == user_name)).first()


def get_person(person_id: UUID) -> Person | None:
    """Return a person by id."""
    return db.session.get(Person, person_id)


def offices_of(person_id: UUID) -> list[str]:
    """Return the offices in which a person has a position or a role."""
    held = select(Holding.tenant_id).where(Holding.person_id == person_id)
    given = select(Role.tenant_id).where(Role.person_id == person_id)
    return sorted(db.session.scalars(held.union(given)))


def posts_and_roles(office: str, person_id: UUID) -> tuple[list[tuple[str, str, str | None]], list[str]]:
    """Return the positions (code, name, unit) and the roles of a person in an office."""
    posts = db.session.execute(
        select(Position.code, Position.name, Position.unit_code)
        .join(Holding, (Holding.tenant_id == Position.tenant_id) & (Holding.position_code == Position.code))
        .where(Holding.tenant_id == office, Holding.person_id == person_id)
        .order_by(Position.code)
    )
    roles = db.session.scalars(select(Role.name).where(Role.tenant_id == office, Role.person_id == person_id))
    return [(post.code, post.name, post.unit_code) for post in posts], list(roles)


def add_office(office: Office, units: Sequence[Unit], positions: Sequence[Position]) -> None:
    """Save an office with its units and positions, replacing what is there under the same codes."""
    for row in (office, *units, *positions):
        db.session.merge(row)
    db.session.commit()


def add_person(person: Person, holdings: Sequence[Holding], roles: Sequence[Role]) -> None:
    """Save a person with positions and roles.

    Raises:
        Conflict: the user name is taken.

    """
    db.session.add(person)
    try:
        db.session.flush()
        db.session.add_all([*holdings, *roles])
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        raise Conflict("the user name is taken") from None


def set_password(person: Person, password_hash: str) -> None:
    """Replace the password of a person."""
    person.password_hash = password_hash
    db.session.commit()


def set_active(person: Person, *, is_active: bool) -> None:
    """Let a person sign in, or stop him."""
    person.is_active = is_active
    db.session.commit()
