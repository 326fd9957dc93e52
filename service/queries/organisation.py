"""Names of an office, its positions and units."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from service.engine.appointment import Capacity
from service.engine.assignment import PERSON, Actor, Role
from service.models import Holding, Office, Person, Position, Unit, db, valid_at
from service.models import Role as RoleRow
from service.remembered import Remembered


@dataclass(frozen=True, slots=True)
class Names:
    """What an office and its parts are called."""

    office: str
    zone: str
    units: Mapping[str, str]
    """By code."""
    groups: Mapping[str, str]
    """Positions and units, by code."""
    closed: frozenset[str]
    """Codes of the units that are no more."""


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who does work in the office."""

    person_id: UUID
    user_name: str
    name: str
    post: str
    """Code of his position."""
    position: str
    """As what he signs: "Plh. Sekretaris"."""


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """The positions of an office: code -> code of its unit, code of its superior."""

    positions: Mapping[str, tuple[str | None, str | None]]

    def above(self, groups: Collection[str]) -> frozenset[str]:
        """Return the positions above candidate groups: superiors, heads of their units, and all above them."""
        meant = {code for code in self.positions if code in groups}
        units = {unit for code, (unit, _) in self.positions.items() if unit and (unit in groups or code in meant)}
        inside = {code for code, (unit, _) in self.positions.items() if unit in units}
        above = {code for code in inside if self.positions[code][1] not in inside} - meant
        waiting = [*meant, *above]
        while waiting:
            _, superior = self.positions[waiting.pop()]
            if superior is not None and superior in self.positions and superior not in above:
                above.add(superior)
                waiting.append(superior)
        return frozenset(above - meant)

    def head_alone(self, posts: Collection[str], groups: Collection[str], starting: Collection[str]) -> frozenset[str]:
        """Return the posts as which somebody heads the office, if nobody else is above these groups or starts cases."""
        others = (self.above(groups) | self._among(starting)) - self._among(groups) - set(posts)
        if others:
            return frozenset()
        return frozenset(code for code in posts if code in self.positions and self.positions[code][1] is None)

    def _among(self, groups: Collection[str]) -> frozenset[str]:
        return frozenset(code for code, (unit, _) in self.positions.items() if code in groups or unit in groups)


def office_name(actor: Actor) -> str:
    """Return the full name of the actor's office."""
    return _NAMES.of(actor.office).office


def office_zone(actor: Actor) -> str:
    """Return the time zone of the actor's office."""
    return _NAMES.of(actor.office).zone


def office_names(codes: list[str]) -> dict[str, str]:
    """Return the names of several offices."""
    rows = db.session.execute(select(Office.id, Office.name).where(Office.id.in_(codes)).order_by(Office.id))
    return {row.id: row.name for row in rows}


def group_names(actor: Actor) -> Mapping[str, str]:
    """Return the names behind candidate groups: positions and units of the office."""
    return _NAMES.of(actor.office).groups


def names_of(actor: Actor, groups: Collection[str]) -> Mapping[str, str]:
    """Return the names behind candidate groups as `group_names`, those of people among these groups too."""
    users = [group.removeprefix(PERSON) for group in groups if group.startswith(PERSON)]
    if not users:
        return group_names(actor)
    people = db.session.execute(select(Person.user_name, Person.name).where(Person.user_name.in_(users)))
    return {**group_names(actor), **{PERSON + row.user_name: row.name for row in people}}


def holder(groups: Iterable[str], names: Mapping[str, str], lane: str) -> str:
    """Return who work of these groups waits for: the name of a position, unit or person, else that of the lane."""
    known = [names[group] for group in groups if group in names]
    return " / ".join(known) or lane


def unit_names(actor: Actor) -> Mapping[str, str]:
    """Return the names of the units of the office by code."""
    return _NAMES.of(actor.office).units


def closed_units(office: str) -> frozenset[str]:
    """Return the codes of the units that an office has no more."""
    return _NAMES.of(office).closed


def choices_of_units(office: str) -> dict[str, object]:
    """Return what forms offer units by, so that answers are told by their names."""
    return {"unit_kantor": [{"kode": code, "nama": name} for code, name in _NAMES.of(office).units.items()]}


def person_names(ids: Collection[UUID]) -> dict[UUID, str]:
    """Return the names of people."""
    rows = db.session.execute(select(Person.id, Person.name).where(Person.id.in_(ids)))
    return {row.id: row.name for row in rows}


def colleagues(actor: Actor, now: datetime) -> list[Colleague]:
    """Return everybody who does work in the office, each once, by position."""
    found = db.session.execute(
        select(
            Person.id, Person.user_name, Person.name, Holding.capacity, Position.code, Position.name.label("position")
        )
        .join(Holding, Holding.person_id == Person.id)
        .join(Position, (Position.tenant_id == Holding.tenant_id) & (Position.code == Holding.position_code))
        .join(RoleRow, (RoleRow.tenant_id == Holding.tenant_id) & (RoleRow.person_id == Person.id))
        .where(Holding.tenant_id == actor.office, RoleRow.name == Role.STAFF, Person.is_active)
        .where(valid_at(Holding, now), valid_at(RoleRow, now))
        .order_by(Position.name, Person.name)
    )
    first: dict[UUID, Colleague] = {}
    for row in found:
        title = f"{Capacity(row.capacity).prefix} {row.position}".lstrip()
        first.setdefault(row.id, Colleague(row.id, row.user_name, row.name, row.code, title))
    return list(first.values())


def hierarchy(actor: Actor) -> Hierarchy:
    """Return who answers to whom in the office."""
    found = db.session.execute(
        select(Position.code, Position.unit_code, Position.superior_code).where(
            Position.tenant_id == actor.office, Position.closed_at.is_(None)
        )
    )
    return Hierarchy({row.code: (row.unit_code, row.superior_code) for row in found})


def user_names() -> list[tuple[str, str, bool]]:
    """Return user name, name and whether the person may sign in, for the command line."""
    rows = db.session.execute(select(Person.user_name, Person.name, Person.is_active).order_by(Person.user_name))
    return [(row.user_name, row.name, row.is_active) for row in rows]


def holders(now: datetime) -> list[tuple[str, str]]:
    """Return user name and first position of everybody, for the sign-in page of demo mode."""
    rows = db.session.execute(
        select(Person.user_name, Position.name, Office.name.label("office"))
        .outerjoin(
            Holding,
            (Holding.person_id == Person.id) & (Holding.capacity == Capacity.DEFINITIVE) & valid_at(Holding, now),
        )
        .outerjoin(Position, (Position.tenant_id == Holding.tenant_id) & (Position.code == Holding.position_code))
        .outerjoin(Office, Office.id == Holding.tenant_id)
        .where(Person.is_active)
        .order_by(Office.name, Person.user_name)
    )
    return [(row.user_name, f"{row.name}, {row.office}" if row.name else "") for row in rows]


@dataclass(frozen=True, slots=True)
class OfficeRow:
    """An office as those see it who look after all of them."""

    key: str
    name: str
    zone: str
    people: int
    """With a role now."""
    admins: tuple[str, ...]
    """User names."""


def all_offices(now: datetime) -> list[OfficeRow]:
    """Return every office with the number of its people and who looks after it."""
    given = db.session.execute(
        select(RoleRow.tenant_id, RoleRow.name, Person.id, Person.user_name)
        .join(Person, Person.id == RoleRow.person_id)
        .where(Person.is_active, valid_at(RoleRow, now))
        .order_by(Person.user_name)
    ).all()
    return [
        OfficeRow(
            office.id,
            office.name,
            office.zone,
            len({row.id for row in given if row.tenant_id == office.id}),
            tuple(row.user_name for row in given if row.tenant_id == office.id and row.name == "admin"),
        )
        for office in db.session.scalars(select(Office).order_by(Office.id))
    ]


def _names(office: str) -> Names:
    called = db.session.execute(select(Office.name, Office.zone).where(Office.id == office)).one_or_none()
    units = db.session.execute(select(Unit.code, Unit.name, Unit.closed_at).where(Unit.tenant_id == office)).all()
    positions = db.session.execute(select(Position.code, Position.name).where(Position.tenant_id == office))
    of_units = {row.code: row.name for row in units}
    return Names(
        called.name if called else office,
        called.zone if called else "Asia/Jakarta",
        of_units,
        of_units | {row.code: row.name for row in positions},
        frozenset(row.code for row in units if row.closed_at is not None),
    )


_NAMES = Remembered(_names)
