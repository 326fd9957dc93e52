"""The office as its admins see it: the tree of units with their posts, who held, holds and will hold each of them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select

from service.engine.appointment import Capacity, Period, Tenure, overlaps, vacancies
from service.engine.assignment import Actor, Role, require_role
from service.engine.human import Human
from service.errors import NotFound
from service.holds import is_taken
from service.models import Holding, OrganisationEvent, Person, Position, Task, Unit, db, valid_at
from service.queries.organisation import person_names

EVENTS_SHOWN = 50
OF_SOPS = frozenset({"sop-suspended", "sop-activated", "sop-deleted"})
OF_POSTS = frozenset({
    "unit-added", "unit-changed", "unit-closed", "position-added", "position-changed", "position-closed",
    "appointed", "appointment-ended",
})  # fmt: skip
OF_PEOPLE = frozenset({
    "person-added", "person-changed", "password-renewed", "role-given", "role-ended", "subject-untied",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Seat:
    """Somebody in a post for a time."""

    id: UUID
    user_name: str
    name: str
    capacity: Capacity
    period: Period
    decree: str
    when: str
    """past, now or future."""

    @property
    def tenure(self) -> Tenure:
        """Return it as what the rules look at."""
        return Tenure(Human(self.id), self.name, self.capacity, self.period, self.decree)


@dataclass(frozen=True, slots=True)
class PostLine:
    """A post in the tree, with who holds it now."""

    code: str
    name: str
    is_shared: bool
    holders: tuple[Seat, ...]


@dataclass(frozen=True, slots=True)
class Branch:
    """A unit in the tree with its posts; the office itself has no code."""

    code: str
    name: str
    depth: int
    posts: tuple[PostLine, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """A time in which nobody held a post, or several did."""

    period: Period
    names: tuple[str, ...]
    """Nobody's where the post was vacant."""


@dataclass(frozen=True, slots=True)
class Change:
    """One line of what was changed in the office."""

    at: datetime
    by: str
    """Empty for the command line."""
    kind: str
    subject: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PositionView:
    """Everything on the page of a post."""

    code: str
    name: str
    is_shared: bool
    is_closed: bool
    unit: str
    unit_name: str
    superior: str
    superior_name: str
    path: tuple[tuple[str, str], ...]
    """Code and name of the units above, the outermost first."""
    seats: tuple[Seat, ...]
    """The latest first."""
    gaps: tuple[Gap, ...]
    changes: tuple[Change, ...]

    @property
    def holders(self) -> tuple[Seat, ...]:
        """Return who holds it now."""
        return tuple(seat for seat in self.seats if seat.when == "now")


@dataclass(frozen=True, slots=True)
class UnitView:
    """Everything on the page of a unit."""

    code: str
    name: str
    parent: str
    reports_data: bool
    is_closed: bool
    changes: tuple[Change, ...]


def tree(actor: Actor, now: datetime) -> tuple[Branch, ...]:
    """Return the units of the office that are not closed, from the top, each with its posts."""
    require_role(actor, Role.ADMIN)
    units = _open(Unit, actor)
    posts: dict[str, list[PostLine]] = {}
    held = _by_position(_seats(actor, now, valid_at(Holding, now)))
    for row in _open(Position, actor):
        unit = row.unit_code if any(unit.code == row.unit_code for unit in units) else ""
        posts.setdefault(unit or "", []).append(
            PostLine(row.code, row.name, row.is_shared, tuple(held.get(row.code, ())))
        )
    top = (Branch("", "", 0, tuple(posts.get("", ()))),) if "" in posts else ()
    return (*top, *_below(None, units, posts, 1))


def position(actor: Actor, code: str, now: datetime) -> PositionView:
    """Return a post with everybody who ever held it.

    Raises:
        NotAllowed: the actor is no admin.
        NotFound: the office has no such post.

    """
    require_role(actor, Role.ADMIN)
    row = db.session.get(Position, (actor.office, code))
    if row is None:
        raise NotFound(position=code)
    units = {unit.code: unit for unit in db.session.scalars(select(Unit).where(Unit.tenant_id == actor.office))}
    seats = _seats(actor, now, Holding.position_code == code)
    names = position_names(actor)
    tenures = [seat[1].tenure for seat in seats]
    doubled = [] if row.is_shared else overlaps(tenures)
    path = tuple(reversed(list(_path(row.unit_code, units))))
    return PositionView(
        code=code,
        name=row.name,
        is_shared=row.is_shared,
        is_closed=row.closed_at is not None,
        unit=row.unit_code or "",
        unit_name=path[-1][1] if path else "",
        superior=row.superior_code or "",
        superior_name=names.get(row.superior_code or "", ""),
        path=path,
        seats=tuple(seat for _, seat in reversed(seats)),
        gaps=(
            *(Gap(period, ()) for period in vacancies(tenures)),
            *(Gap(period, tuple(people)) for period, people in doubled),
        ),
        changes=changes(actor, code),
    )


def unit(actor: Actor, code: str) -> UnitView:
    """Return a unit.

    Raises:
        NotAllowed: the actor is no admin.
        NotFound: the office has no such unit.

    """
    require_role(actor, Role.ADMIN)
    row = db.session.get(Unit, (actor.office, code))
    if row is None:
        raise NotFound(unit=code)
    return UnitView(
        code, row.name, row.parent_code or "", row.reports_data, row.closed_at is not None, changes(actor, code)
    )


def seat(actor: Actor, code: str, holding_id: UUID, now: datetime) -> Seat:
    """Return one holder of a post.

    Raises:
        NotAllowed: the actor is no admin.
        NotFound: nobody in the office holds that.

    """
    require_role(actor, Role.ADMIN)
    found = _seats(actor, now, (Holding.id == holding_id) & (Holding.position_code == code))
    if not found:
        raise NotFound(holding=holding_id)
    return found[0][1]


def in_hand(actor: Actor, holding_id: UUID, now: datetime) -> int:
    """Count the open tasks that somebody has for himself, or handed on to others, by a post that he holds now.

    Raises:
        NotAllowed: the actor is no admin.

    """
    require_role(actor, Role.ADMIN)
    held = db.session.get(Holding, (actor.office, holding_id))
    if held is None or not Period(held.starts_at, held.ends_at).holds(now):
        return 0
    own = and_(Task.assignee == held.person_id, Task.assigned_post == held.position_code)
    handed_on = and_(Task.delegated_by == held.person_id, Task.delegated_post == held.position_code)
    found = select(func.count()).where(Task.tenant_id == actor.office, Task.ended_at.is_(None), or_(own, handed_on))
    return db.session.scalar(found.where(is_taken()), {"now": now}) or 0


def unit_choices(actor: Actor) -> list[tuple[str, str]]:
    """Return code and name of the units that are not closed."""
    return [(row.code, row.name) for row in _open(Unit, actor)]


def position_choices(actor: Actor) -> list[tuple[str, str]]:
    """Return code and name of the posts that are not closed."""
    return [(row.code, row.name) for row in _open(Position, actor)]


def position_names(actor: Actor) -> dict[str, str]:
    """Return the names of all posts by code, the closed ones too."""
    rows = db.session.execute(select(Position.code, Position.name).where(Position.tenant_id == actor.office))
    return {row.code: row.name for row in rows}


def changes(actor: Actor, subject: str, kinds: Collection[str] = OF_POSTS) -> tuple[Change, ...]:
    """Return what was changed about a unit, a post or a person, the latest first."""
    found = select(OrganisationEvent).where(
        OrganisationEvent.tenant_id == actor.office,
        OrganisationEvent.subject == subject,
        OrganisationEvent.kind.in_(kinds),
    )
    rows = db.session.scalars(found.order_by(OrganisationEvent.id.desc()).limit(EVENTS_SHOWN)).all()
    names = person_names({row.person_id for row in rows if row.person_id})
    return tuple(
        Change(
            row.at, names.get(row.person_id, "") if row.person_id else "", row.kind, row.subject, row.before, row.after
        )
        for row in rows
    )


def when(period: Period, now: datetime) -> str:
    """Tell whether a period is past, now or future."""
    if period.is_empty or (period.end is not None and period.end <= now):
        return "past"
    return "now" if period.start <= now else "future"


def _open(noun: type[Any], actor: Actor) -> Sequence[Any]:
    found = select(noun).where(noun.tenant_id == actor.office, noun.closed_at.is_(None))
    return db.session.scalars(found.order_by(noun.name, noun.code)).all()


def _below(
    above: str | None, units: Sequence[Any], posts: Mapping[str, list[PostLine]], depth: int
) -> Iterator[Branch]:
    known = {unit.code for unit in units}
    for one in units:
        parent = one.parent_code if one.parent_code in known else None
        if parent == above:
            yield Branch(one.code, one.name, depth, tuple(posts.get(one.code, ())))
            yield from _below(one.code, units, posts, depth + 1)


def _path(code: str | None, units: Mapping[str, Unit]) -> Iterator[tuple[str, str]]:
    """Yield a unit and those above it."""
    seen: set[str] = set()
    while code is not None and code in units and code not in seen:
        seen.add(code)
        yield code, units[code].name
        code = units[code].parent_code


def _seats(actor: Actor, now: datetime, wanted: ColumnElement[bool]) -> list[tuple[str, Seat]]:
    rows = db.session.execute(
        select(Holding, Person.user_name, Person.name)
        .join(Person, Person.id == Holding.person_id)
        .where(Holding.tenant_id == actor.office, wanted)
        .order_by(Holding.starts_at, Holding.id)
    )
    return [(row.Holding.position_code, _seat(row.Holding, row.user_name, row.name, now)) for row in rows]


def _seat(holding: Holding, user_name: str, name: str, now: datetime) -> Seat:
    period = Period(holding.starts_at, holding.ends_at)
    return Seat(holding.id, user_name, name, Capacity(holding.capacity), period, holding.decree, when(period, now))


def _by_position(seats: list[tuple[str, Seat]]) -> dict[str, list[Seat]]:
    found: dict[str, list[Seat]] = {}
    for code, one in seats:
        found.setdefault(code, []).append(one)
    return found
