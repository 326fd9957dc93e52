"""The people of an office as its admins see them: the list with its search, and what somebody held, holds and may."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, or_, select

from service.engine.appointment import Capacity, Period
from service.engine.assignment import Actor, Role, nip_for, require_role
from service.errors import NotFound
from service.models import Holding, Office, Person, Position, Subject, db, valid_at
from service.models import Role as RoleRow
from service.queries.establishment import OF_PEOPLE, Change, changes, when

PAGE_SIZE = 50
STATES = ("", "aktif", "nonaktif")


@dataclass(frozen=True, slots=True)
class PersonRow:
    """Somebody in the list."""

    user_name: str
    name: str
    nip: str
    is_active: bool
    posts: tuple[str, ...]
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """One page of the list."""

    rows: tuple[PersonRow, ...]
    total: int
    page_number: int
    pages: int


@dataclass(frozen=True, slots=True)
class PostHeld:
    """A post that somebody held, holds or will hold."""

    id: UUID
    code: str
    name: str
    capacity: Capacity
    period: Period
    decree: str
    when: str


@dataclass(frozen=True, slots=True)
class RoleHeld:
    """A role that somebody had, has or will have."""

    id: UUID
    role: Role
    period: Period
    decree: str
    when: str


@dataclass(frozen=True, slots=True)
class PersonView:
    """Everything on the page of a person."""

    id: UUID
    user_name: str
    name: str
    nip: str
    email: str
    is_active: bool
    posts: tuple[PostHeld, ...]
    roles: tuple[RoleHeld, ...]
    elsewhere: tuple[str, ...]
    """Names of other offices that he works for."""
    is_tied: bool
    """Whether the provider that vouches for people means him by one of its accounts."""
    changes: tuple[Change, ...]


def people(actor: Actor, now: datetime, q: str, state: str, page: int) -> PeoplePage:
    """Return one page of the people of the office, by name."""
    require_role(actor, Role.ADMIN)
    wanted = select(Person).where(of_office(actor.office), *_matching(q, state))
    total = db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    pages = max(1, -(-total // PAGE_SIZE))
    number = min(page, pages)
    shown = wanted.order_by(Person.name, Person.user_name).offset((number - 1) * PAGE_SIZE).limit(PAGE_SIZE)
    found = db.session.scalars(shown).all()
    posts, roles = _posts_now(actor, now, found), _roles_now(actor, now, found)
    rows = tuple(
        PersonRow(
            one.user_name,
            one.name,
            nip_for(actor, one.nip or ""),
            one.is_active,
            tuple(posts.get(one.id, ())),
            tuple(roles.get(one.id, ())),
        )
        for one in found
    )
    return PeoplePage(rows, total, number, pages)


def person(actor: Actor, user_name: str, now: datetime) -> PersonView:
    """Return somebody of the office.

    Raises:
        NotAllowed: the actor is no admin.
        NotFound: the office has no such person.

    """
    require_role(actor, Role.ADMIN)
    found = db.session.scalars(select(Person).where(Person.user_name == user_name, of_office(actor.office))).first()
    if found is None:
        raise NotFound(person=user_name)
    return PersonView(
        id=found.id,
        user_name=found.user_name,
        name=found.name,
        nip=nip_for(actor, found.nip or ""),
        email=found.email,
        is_active=found.is_active,
        posts=_posts_of(actor, found.id, now),
        roles=_roles_of(actor, found.id, now),
        elsewhere=_elsewhere(actor, found.id),
        is_tied=bool(db.session.scalar(select(exists().where(Subject.person_id == found.id)))),
        changes=changes(actor, user_name, OF_PEOPLE),
    )


def choices(actor: Actor) -> list[tuple[str, str]]:
    """Return user name and name of the people of the office who may sign in."""
    require_role(actor, Role.ADMIN)
    found = select(Person.user_name, Person.name).where(of_office(actor.office), Person.is_active)
    return [(row.user_name, row.name) for row in db.session.execute(found.order_by(Person.name, Person.user_name))]


def of_office(office: str) -> ColumnElement[bool]:
    """Say that somebody has or had to do with an office."""
    held = select(Holding.person_id).where(Holding.tenant_id == office)
    return Person.id.in_(held.union(select(RoleRow.person_id).where(RoleRow.tenant_id == office)))


def _matching(q: str, state: str) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if state in STATES[1:]:
        wanted.append(Person.is_active.is_(state == "aktif"))
    words, digits = q.strip().lower(), "".join(char for char in q if char in "0123456789")
    if words:
        texts = (func.lower(Person.name), Person.user_name)
        found = [text.contains(words, autoescape=True) for text in texts]
        wanted.append(or_(*found, Person.nip.contains(digits)) if digits else or_(*found))
    return wanted


def _posts_now(actor: Actor, now: datetime, found: Sequence[Person]) -> Mapping[UUID, list[str]]:
    rows = db.session.execute(
        select(Holding.person_id, Holding.capacity, Position.name)
        .join(Position, (Position.tenant_id == Holding.tenant_id) & (Position.code == Holding.position_code))
        .where(
            Holding.tenant_id == actor.office,
            Holding.person_id.in_([one.id for one in found]),
            valid_at(Holding, now),
        )
        .order_by(Holding.capacity, Position.name)
    )
    return _grouped((row.person_id, f"{Capacity(row.capacity).prefix} {row.name}".lstrip()) for row in rows)


def _roles_now(actor: Actor, now: datetime, found: Sequence[Person]) -> Mapping[UUID, list[str]]:
    ids = [one.id for one in found]
    own = (RoleRow.tenant_id == actor.office, RoleRow.person_id.in_(ids), valid_at(RoleRow, now))
    rows = db.session.execute(select(RoleRow.person_id, RoleRow.name).where(*own).order_by(RoleRow.name))
    return _grouped((row.person_id, row.name) for row in rows)


def _grouped(pairs: Any) -> dict[UUID, list[str]]:  # noqa: ANN401 - pairs of an id and a text
    grouped: dict[UUID, list[str]] = {}
    for person_id, text in pairs:
        grouped.setdefault(person_id, []).append(text)
    return grouped


def _posts_of(actor: Actor, person_id: UUID, now: datetime) -> tuple[PostHeld, ...]:
    rows = db.session.execute(
        select(Holding, Position.name)
        .join(Position, (Position.tenant_id == Holding.tenant_id) & (Position.code == Holding.position_code))
        .where(Holding.tenant_id == actor.office, Holding.person_id == person_id)
        .order_by(Holding.starts_at.desc(), Holding.id.desc())
    )
    return tuple(_post_held(row.Holding, row.name, now) for row in rows)


def _post_held(row: Holding, name: str, now: datetime) -> PostHeld:
    period = Period(row.starts_at, row.ends_at)
    return PostHeld(row.id, row.position_code, name, Capacity(row.capacity), period, row.decree, when(period, now))


def _roles_of(actor: Actor, person_id: UUID, now: datetime) -> tuple[RoleHeld, ...]:
    own = (RoleRow.tenant_id == actor.office, RoleRow.person_id == person_id)
    rows = db.session.scalars(select(RoleRow).where(*own).order_by(RoleRow.starts_at.desc(), RoleRow.id.desc()))
    return tuple(
        RoleHeld(
            row.id,
            Role(row.name),
            Period(row.starts_at, row.ends_at),
            row.decree,
            when(Period(row.starts_at, row.ends_at), now),
        )
        for row in rows
    )


def _elsewhere(actor: Actor, person_id: UUID) -> tuple[str, ...]:
    held = select(Holding.tenant_id).where(Holding.person_id == person_id)
    ever = held.union(select(RoleRow.tenant_id).where(RoleRow.person_id == person_id))
    found = select(Office.name).where(Office.id.in_(ever), Office.id != actor.office)
    return tuple(db.session.scalars(found.order_by(Office.name)))
