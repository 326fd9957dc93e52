"""Units, positions and who holds them: changed one office at a time, each change with the line that tells of it."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from service import remembered
from service.engine.appointment import Capacity, Period, Tenure
from service.engine.human import Human
from service.errors import Conflict
from service.models import (
    Base,
    Holding,
    Instance,
    Office,
    OrganisationEvent,
    Person,
    Position,
    Role,
    Session,
    Task,
    TaskGroup,
    Token,
    Unit,
    db,
    new_id,
    valid_at,
)
from service.store.notifications import forget_listeners

SHOWN = 5
"""Open tasks that are named when they stand in the way."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """One change of an office while it is made."""

    office: str
    by: UUID | None
    at: datetime

    def add(self, row: Base) -> None:
        """Add something new."""
        db.session.add(row)

    def note(self, kind: str, subject: str, before: Mapping[str, object], after: Mapping[str, object]) -> None:
        """Write down what changed, and nothing where nothing did."""
        if before == after:
            return
        names = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
        db.session.add(
            OrganisationEvent(
                tenant_id=self.office,
                id=new_id(self.at),
                at=self.at,
                person_id=self.by,
                kind=kind,
                subject=subject,
                before={name: _plain(before[name]) for name in names if name in before},
                after={name: _plain(after[name]) for name in names if name in after},
            )
        )


_OPEN: ContextVar[Ledger | None] = ContextVar("open_ledger", default=None)


@contextmanager
def changing(office: str, by: UUID | None, at: datetime, *, is_rehearsal: bool = False) -> Iterator[Ledger]:
    """Keep others from changing an office until the change is saved with what tells of it, or nothing is.

    A change within a change of the same office is saved with that one; refused, it alone is taken back. A rehearsal
    is taken back at its end.

    Raises:
        Conflict: somebody took the same name.

    """
    outer = _OPEN.get()
    if outer is not None and outer.office == office:
        try:
            with db.session.begin_nested():
                yield outer
        except IntegrityError:
            raise Conflict("somebody took the same name") from None
        return
    with settling(office, is_rehearsal=is_rehearsal):
        ledger = Ledger(office, by, at)
        opened = _OPEN.set(ledger)
        try:
            yield ledger
        finally:
            _OPEN.reset(opened)


@contextmanager
def settling(*offices: str, is_rehearsal: bool = False) -> Iterator[None]:
    """Keep others from changing offices until all that is done here is saved, or nothing is.

    Raises:
        Conflict: somebody took the same name.

    """
    db.session.rollback()
    for office in sorted(offices):  # in one order, so that no two wait for each other
        # a write: a lock on the row in PostgreSQL, on the whole database in SQLite
        db.session.execute(update(Office).where(Office.id == office).values(revision=Office.revision + 1))
    try:
        yield
        if is_rehearsal:
            db.session.rollback()
        else:
            db.session.commit()
    except IntegrityError:
        db.session.rollback()
        raise Conflict("somebody took the same name") from None
    except Exception:
        db.session.rollback()
        raise
    finally:
        forget_listeners()
        for office in offices:
            remembered.changed(office)


def queue(office: str) -> None:
    """Let others who begin a case in an office wait: all would take the same number. SQLite has one writer anyway."""
    db.session.execute(select(Office.id).where(Office.id == office).with_for_update(key_share=True))


def units_of(office: str) -> dict[str, Unit]:
    """Return the units of an office by code, the closed ones too."""
    return {unit.code: unit for unit in db.session.scalars(select(Unit).where(Unit.tenant_id == office))}


def positions_of(office: str) -> dict[str, Position]:
    """Return the positions of an office by code, the closed ones too."""
    return {one.code: one for one in db.session.scalars(select(Position).where(Position.tenant_id == office))}


def get_holding(office: str, holding_id: UUID) -> Holding | None:
    """Return who holds what since when, by its id."""
    return db.session.get(Holding, (office, holding_id))


def get_role(office: str, role_id: UUID) -> Role | None:
    """Return who has which role since when, by its id."""
    return db.session.get(Role, (office, role_id))


def tenures(office: str, position: str, but: UUID | None = None) -> list[Tenure]:
    """Return everybody who held, holds or will hold a position, the earliest first, without one of them."""
    rows = db.session.execute(
        select(Holding, Person)
        .join(Person, Person.id == Holding.person_id)
        .where(Holding.tenant_id == office, Holding.position_code == position)
        .order_by(Holding.starts_at, Holding.id)
    )
    return [tenure_of(holding, person) for holding, person in rows if holding.id != but]


def tenure_of(holding: Holding, person: Person) -> Tenure:
    """Return a row as what the rules look at."""
    period = Period(holding.starts_at, holding.ends_at)
    return Tenure(Human(person.id, person.nip or ""), person.name, Capacity(holding.capacity), period, holding.decree)


def roles_of(office: str, person_id: UUID) -> list[Role]:
    """Return the roles that somebody ever had in an office."""
    own = (Role.tenant_id == office, Role.person_id == person_id)
    return list(db.session.scalars(select(Role).where(*own).order_by(Role.starts_at, Role.id)))


def holdings_of(office: str, person_id: UUID) -> list[Holding]:
    """Return what somebody ever held in an office."""
    own = (Holding.tenant_id == office, Holding.person_id == person_id)
    return list(db.session.scalars(select(Holding).where(*own).order_by(Holding.starts_at, Holding.id)))


def people_of(office: str) -> list[Person]:
    """Return everybody who ever had a post or a role in an office, by user name."""
    held = select(Holding.person_id).where(Holding.tenant_id == office)
    ever = held.union(select(Role.person_id).where(Role.tenant_id == office))
    return list(db.session.scalars(select(Person).where(Person.id.in_(ever)).order_by(Person.user_name)))


def all_holdings(office: str) -> list[Holding]:
    """Return what everybody ever held in an office."""
    return list(db.session.scalars(select(Holding).where(Holding.tenant_id == office)))


def all_roles(office: str) -> list[Role]:
    """Return the roles that everybody ever had in an office."""
    return list(db.session.scalars(select(Role).where(Role.tenant_id == office)))


def offices_ever(person_id: UUID) -> frozenset[str]:
    """Return every office that somebody ever had a post or a role in."""
    held = select(Holding.tenant_id).where(Holding.person_id == person_id)
    return frozenset(db.session.scalars(held.union(select(Role.tenant_id).where(Role.person_id == person_id))))


def administered(person_id: UUID, role: str, now: datetime) -> frozenset[str]:
    """Return the offices in which somebody has a role at a moment."""
    own = (Role.person_id == person_id, Role.name == role, valid_at(Role, now))
    return frozenset(db.session.scalars(select(Role.tenant_id).where(*own)))


def changed_at(office: str) -> datetime | None:
    """Return when an office was changed last, None if it never was; keys of the ledger grow with time."""
    last = select(OrganisationEvent.at).where(OrganisationEvent.tenant_id == office)
    return db.session.scalars(last.order_by(OrganisationEvent.id.desc()).limit(1)).first()


def open_tasks_for(office: str, groups: Collection[str]) -> list[str]:
    """Return the titles of some open tasks that candidate groups are asked for, with the number of their case."""
    rows = db.session.execute(
        select(Task.name, Instance.number)
        .join(TaskGroup, (TaskGroup.tenant_id == Task.tenant_id) & (TaskGroup.task_id == Task.id))
        .join(Instance, (Instance.tenant_id == Task.tenant_id) & (Instance.id == Task.instance_id))
        .where(Task.tenant_id == office, Task.ended_at.is_(None), TaskGroup.group.in_(groups))
        .distinct()
        .order_by(Instance.number, Task.name)
        .limit(SHOWN)
    )
    return [f"{row.name} ({row.number})" for row in rows]


def end_sessions_of(person_id: UUID) -> None:
    """Sign somebody and his programs out wherever they are, with what else is being changed."""
    db.session.execute(delete(Session).where(Session.person_id == person_id))
    db.session.execute(delete(Token).where(Token.person_id == person_id))


def _plain(value: object) -> Any:  # noqa: ANN401 - what JSON takes
    return value.isoformat() if isinstance(value, datetime) else value
