"""The office itself: its units and positions, its people, who holds what and for how long. Its admins change it."""

import re
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from service import catalogue, identity, store
from service.engine.appointment import (
    DAY,
    Capacity,
    Mandate,
    Period,
    Tenure,
    days,
    midnight,
    require_appointable,
    require_mandate,
)
from service.engine.assignment import Actor, Role, require_role
from service.engine.human import Human, read_email, read_nip
from service.errors import NotAllowed, NotFound, OrganisationRefused
from service.identity import NewPerson
from service.models import Holding, Person, Position, Unit, new_id
from service.models import Role as RoleRow
from service.store import Ledger

CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
LONGEST_NAME, LONGEST_DECREE = 150, 100
APART = frozenset({Role.ADMIN, Role.AUDITOR})
"""Roles of people who do no work of the office themselves."""


@dataclass(frozen=True, slots=True)
class UnitPlan:
    """A unit as it shall be."""

    name: str
    parent: str = ""
    reports_data: bool = False


@dataclass(frozen=True, slots=True)
class PositionPlan:
    """A position as it shall be."""

    name: str
    unit: str = ""
    superior: str = ""
    is_shared: bool = False


@dataclass(frozen=True, slots=True)
class Appointment:
    """Somebody who shall hold a position, from a first day to a last one."""

    user_name: str
    position: str
    first: date
    last: date | None = None
    capacity: Capacity = Capacity.DEFINITIVE
    decree: str = ""


@dataclass(frozen=True, slots=True)
class PersonPlan:
    """A person as he shall be known."""

    name: str
    nip: str = ""
    email: str = ""
    is_active: bool = True


# Units and positions --------------------------------------------------------------------------------


def add_unit(actor: Actor, code: str, plan: UnitPlan, now: datetime) -> None:
    """Add a unit to the tree of the office.

    Raises:
        NotAllowed: the actor is no admin.
        OrganisationRefused: the code is taken, or the unit above it is not there.

    """
    with _changing(actor, now) as ledger:
        _require_new(actor.office, code)
        unit = Unit(tenant_id=actor.office, code=code)
        _place_unit(actor.office, unit, plan)
        ledger.add(unit)
        ledger.note("unit-added", code, {}, _unit(unit))


def change_unit(actor: Actor, code: str, plan: UnitPlan, now: datetime) -> None:
    """Rename or move a unit.

    Raises:
        NotAllowed: the actor is no admin.
        NotFound: the office has no such unit.
        OrganisationRefused: it would stand below itself.

    """
    with _changing(actor, now) as ledger:
        unit = _open_unit(actor.office, code)
        before = _unit(unit)
        _place_unit(actor.office, unit, plan)
        ledger.note("unit-changed", code, before, _unit(unit))


def close_unit(actor: Actor, code: str, now: datetime) -> None:
    """Close a unit; it stays in the history.

    Raises:
        NotAllowed, NotFound: as `change_unit`.
        OrganisationRefused: units, positions or open tasks are left in it, named.

    """
    with _changing(actor, now) as ledger:
        unit = _open_unit(actor.office, code)
        below = [one.name for one in store.units_of(actor.office).values() if _is_in(one.parent_code, one, code)]
        below += [one.name for one in store.positions_of(actor.office).values() if _is_in(one.unit_code, one, code)]
        _refuse_if("unit-used", below)
        _refuse_if("tasks-open", store.open_tasks_for(actor.office, [code]))
        unit.closed_at = now
        ledger.note("unit-closed", code, {"name": unit.name}, {})


def add_position(actor: Actor, code: str, plan: PositionPlan, now: datetime) -> None:
    """Add a position.

    Raises:
        NotAllowed, OrganisationRefused: as `add_unit`.

    """
    with _changing(actor, now) as ledger:
        _require_new(actor.office, code)
        position = Position(tenant_id=actor.office, code=code, is_shared=False)
        _place_position(actor.office, position, plan)
        ledger.add(position)
        ledger.note("position-added", code, {}, _position(position))


def change_position(actor: Actor, code: str, plan: PositionPlan, now: datetime) -> None:
    """Rename a position, move it to another unit or below another superior.

    Raises:
        NotAllowed: the actor is no admin.
        NotFound: the office has no such position.
        OrganisationRefused: it would stand above itself, or several people hold what only one may.

    """
    with _changing(actor, now) as ledger:
        position = _open_position(actor.office, code)
        before = _position(position)
        if position.is_shared and not plan.is_shared:
            _require_held_by_one(actor.office, code, now)
        _place_position(actor.office, position, plan)
        ledger.note("position-changed", code, before, _position(position))


def close_position(actor: Actor, code: str, now: datetime) -> None:
    """Close a position; who held it stays in the history.

    Raises:
        NotAllowed, NotFound: as `change_position`.
        OrganisationRefused: somebody holds it, others stand below it, or open tasks are for it, named.

    """
    with _changing(actor, now) as ledger:
        position = _open_position(actor.office, code)
        _refuse_if("position-held", [one.name for one in store.tenures(actor.office, code) if _lasts(one.period, now)])
        others = store.positions_of(actor.office).values()
        _refuse_if("position-used", [one.name for one in others if _is_in(one.superior_code, one, code)])
        _refuse_if("tasks-open", store.open_tasks_for(actor.office, [code]))
        position.closed_at = now
        ledger.note("position-closed", code, {"name": position.name}, {})


# Who holds what -------------------------------------------------------------------------------------


def appoint(actor: Actor, new: Appointment, now: datetime) -> UUID:
    """Let somebody hold a position for whole days: as its holder, or as Plt. or Plh.

    Raises:
        NotAllowed: the actor is no admin.
        NotFound: the office has no such position or person.
        OrganisationRefused: with what contradicts it.

    """
    with _changing(actor, now) as ledger:
        return _appoint(actor, new, ledger).id


def end(actor: Actor, holding_id: UUID, last: date, now: datetime) -> None:
    """Let somebody hold a position until a day; at once when that day is over.

    Raises:
        NotAllowed: the actor is no admin.
        NotFound: nobody in the office holds that.
        OrganisationRefused: it ends before that day anyway, or somebody acts for him longer.

    """
    with _changing(actor, now) as ledger:
        _end(actor, _holding(actor.office, holding_id), last, ledger)


def move(actor: Actor, holding_id: UUID, position: str, first: date, decree: str, now: datetime) -> UUID:
    """Let somebody hold another position from a day on, and his old one until the day before.

    Raises:
        NotAllowed, NotFound, OrganisationRefused: as `appoint` and `end`.

    """
    with _changing(actor, now) as ledger:
        holding = _holding(actor.office, holding_id)
        _end(actor, holding, first - DAY, ledger)
        user_name = _row_of(actor.office, holding.person_id).user_name
        return _appoint(actor, Appointment(user_name, position, first, None, Capacity.DEFINITIVE, decree), ledger).id


def grant(actor: Actor, user_name: str, role: Role, first: date, last: date | None, decree: str, now: datetime) -> UUID:
    """Give somebody a role for whole days; an auditor is sent by decree and for a time.

    Raises:
        NotAllowed: the actor is no admin.
        NotFound: the office has no such person.
        OrganisationRefused: he has it already, or it does not go together with what he does.

    """
    with _changing(actor, now) as ledger:
        if role is Role.SYSTEM:
            raise NotAllowed("who looks after all offices is named on the command line only")
        person = _person(actor.office, user_name)
        period = days(first, last, _zone(actor.office))
        if role is Role.AUDITOR:
            require_mandate(Mandate(decree, period))
        _require_decree(decree)
        own = store.roles_of(actor.office, person.id)
        _refuse_if("role-already", [one.name for one in own if one.name == role and _meet(one, period)])
        _require_apart(actor.office, person, role, period)
        return _give(ledger, person, role, period, decree).id


def revoke(actor: Actor, role_id: UUID, now: datetime, last: date | None = None) -> None:
    """Take a role away: at once, or after a last day.

    Raises:
        NotAllowed: the actor is no admin.
        NotFound: nobody in the office has it.
        OrganisationRefused: it is his own right to be an admin, or it ends before that day anyway.

    """
    with _changing(actor, now) as ledger:
        role = store.get_role(actor.office, role_id)
        if role is None or not _lasts(Period(role.starts_at, role.ends_at), now):
            raise NotFound(role=role_id)
        if role.name == Role.SYSTEM:
            raise NotAllowed("who looks after all offices is named on the command line only")
        if role.person_id == actor.person_id and role.name == Role.ADMIN:
            raise OrganisationRefused("own-role")
        zone = _zone(actor.office)
        until = max(now if last is None else midnight(last + DAY, zone), now, role.starts_at)
        if role.ends_at is not None and role.ends_at <= until:
            raise OrganisationRefused("ended-already", last=Period(role.starts_at, role.ends_at).last_day(zone))
        before = _given(role)
        role.ends_at = until
        ledger.note("role-ended", _row_of(actor.office, role.person_id).user_name, before, _given(role))


# People ---------------------------------------------------------------------------------------------


def add_person(actor: Actor, user_name: str, password: str, plan: PersonPlan, now: datetime) -> UUID:
    """Add somebody to the staff of the office; his posts are given to him afterwards.

    Raises:
        NotAllowed: the actor is no admin.
        Invalid: the user name or the e-mail address is unusable.
        Conflict: the user name is taken.
        OrganisationRefused: the service number cannot be one.

    """
    require_role(actor, Role.ADMIN)
    person = identity.person_row(
        NewPerson(user_name, plan.name, password, nip=plan.nip, must_change_password=True), now
    )
    with _changing(actor, now) as ledger:
        _describe(person, plan)
        ledger.add(person)
        ledger.note("person-added", person.user_name, {}, _known(person))
        _give(ledger, person, Role.STAFF, Period(now), "")
    return person.id


def renew_password(actor: Actor, user_name: str, now: datetime) -> str:
    """Give somebody a password that nobody knows yet, and return it; wherever he was signed in, he is out.

    Raises:
        NotAllowed, NotFound: as `change_person`.

    """
    password = identity.new_password()
    with _changing(actor, now) as ledger:
        person = _person(actor.office, user_name)
        _require_own_person(actor, person, now)
        person.password_hash = identity.hashed(password)
        person.must_change_password = True
        store.end_sessions_of(person.id)
        ledger.note("password-renewed", person.user_name, {}, {"by": actor.user_name})
    return password


def untie(actor: Actor, user_name: str, now: datetime) -> None:
    """Forget whom the provider means by somebody; wherever he was signed in, he is out.

    Raises:
        NotAllowed, NotFound: as `change_person`.

    """
    with _changing(actor, now) as ledger:
        person = _person(actor.office, user_name)
        _require_own_person(actor, person, now)
        if store.drop_subjects(person.id):
            store.end_sessions_of(person.id)
            ledger.note("subject-untied", person.user_name, {}, {"by": actor.user_name})


def change_person(actor: Actor, user_name: str, plan: PersonPlan, now: datetime) -> None:
    """Say how somebody of the office is called, where he is told of work, and whether he may sign in.

    Raises:
        NotAllowed: the actor is no admin of every office that the person works for.
        NotFound: the office has no such person.
        Invalid: the e-mail address is unusable.
        OrganisationRefused: the service number cannot be one, or an admin would lock himself out.

    """
    with _changing(actor, now) as ledger:
        person = _person(actor.office, user_name)
        _require_own_person(actor, person, now)
        if person.id == actor.person_id and not plan.is_active:
            raise OrganisationRefused("own-account")
        before = _known(person)
        _describe(person, plan)
        if not person.is_active:
            store.end_sessions_of(person.id)
        ledger.note("person-changed", person.user_name, before, _known(person))


# Steps of the above ---------------------------------------------------------------------------------


def _changing(actor: Actor, now: datetime) -> AbstractContextManager[Ledger]:
    require_role(actor, Role.ADMIN)
    return store.changing(actor.office, actor.person_id, now)


def _require_own_person(actor: Actor, person: Person, now: datetime) -> None:
    """Refuse somebody who works for offices that the actor does not look after, or looks after all of them."""
    if store.offices_ever(person.id) - store.administered(actor.person_id, Role.ADMIN, now):
        raise NotAllowed("the person works for other offices too")
    if store.administered(person.id, Role.SYSTEM, now):
        raise NotAllowed("the person looks after all offices")


def _appoint(actor: Actor, new: Appointment, ledger: Ledger) -> Holding:
    office, zone = actor.office, _zone(actor.office)
    position, person = _open_position(office, new.position), _person(office, new.user_name)
    period = days(new.first, new.last, zone)
    _require_decree(new.decree)
    if not person.is_active:
        raise OrganisationRefused("person-inactive", person=person.name)
    tenure = Tenure(Human(person.id, person.nip or ""), person.name, new.capacity, period, new.decree)
    require_appointable(tenure, store.tenures(office, position.code), zone, is_shared=position.is_shared)
    _require_apart(office, person, Role.STAFF, period)
    holding = Holding(
        tenant_id=office,
        id=new_id(ledger.at),
        position_code=position.code,
        person_id=person.id,
        capacity=new.capacity,
        decree=new.decree.strip(),
        starts_at=period.start,
        ends_at=period.end,
        recorded_at=ledger.at,
        recorded_by=actor.person_id,
    )
    ledger.add(holding)
    ledger.note("appointed", position.code, {}, {"person": person.user_name, **_held(holding)})
    _let_work(ledger, person, Period(max(period.start, ledger.at), period.end))
    return holding


def _let_work(ledger: Ledger, person: Person, period: Period) -> None:
    """Make somebody staff for a time unless he is."""
    staff = (one for one in store.roles_of(ledger.office, person.id) if one.name == Role.STAFF)
    if not period.is_empty and not any(Period(one.starts_at, one.ends_at).covers(period) for one in staff):
        _give(ledger, person, Role.STAFF, period, "")


def _end(actor: Actor, holding: Holding, last: date, ledger: Ledger) -> None:
    zone = _zone(actor.office)
    until = max(midnight(last + DAY, zone), ledger.at, holding.starts_at)
    if holding.ends_at is not None and holding.ends_at <= until:
        raise OrganisationRefused("ended-already", last=Period(holding.starts_at, holding.ends_at).last_day(zone))
    if holding.capacity == Capacity.DEFINITIVE:
        others = store.tenures(actor.office, holding.position_code, but=holding.id)
        longer = [one for one in others if one.capacity is Capacity.PLH and one.period.overlaps(Period(until))]
        _refuse_if("acted-for-longer", [one.name for one in longer])
    before = _held(holding)
    holding.ends_at = until
    ledger.note("appointment-ended", holding.position_code, before, _held(holding))


def _give(ledger: Ledger, person: Person, role: Role, period: Period, decree: str) -> RoleRow:
    row = RoleRow(
        tenant_id=ledger.office,
        id=new_id(ledger.at),
        person_id=person.id,
        name=role,
        decree=decree.strip(),
        starts_at=period.start,
        ends_at=period.end,
        recorded_at=ledger.at,
        recorded_by=ledger.by,
    )
    ledger.add(row)
    ledger.note("role-given", person.user_name, {}, _given(row))
    return row


def _place_unit(office: str, unit: Unit, plan: UnitPlan) -> None:
    parent = _open_unit(office, plan.parent).code if plan.parent else None
    above = {one.code: one.parent_code for one in store.units_of(office).values()}
    _require_tree(above | {unit.code: parent}, unit.code)
    unit.name, unit.parent_code, unit.reports_data = _name(plan.name), parent, plan.reports_data


def _place_position(office: str, position: Position, plan: PositionPlan) -> None:
    unit = _open_unit(office, plan.unit).code if plan.unit else None
    superior = _open_position(office, plan.superior).code if plan.superior else None
    above = {one.code: one.superior_code for one in store.positions_of(office).values()}
    _require_tree(above | {position.code: superior}, position.code)
    position.name, position.unit_code, position.superior_code = _name(plan.name), unit, superior
    position.is_shared = plan.is_shared


def _require_tree(above: Mapping[str, str | None], code: str) -> None:
    """Refuse something that would stand above itself."""
    seen, at = {code}, above[code]
    while at is not None:
        if at in seen:
            raise OrganisationRefused("cycle", code=at)
        seen.add(at)
        at = above.get(at)


def _require_new(office: str, code: str) -> None:
    if not CODE.fullmatch(code):
        raise OrganisationRefused("code-invalid", code=code)
    if code in store.units_of(office) or code in store.positions_of(office):
        raise OrganisationRefused("code-taken", code=code)


def _require_held_by_one(office: str, code: str, now: datetime) -> None:
    holders = [one for one in store.tenures(office, code) if _lasts(one.period, now)]
    met = [
        one.name
        for number, one in enumerate(holders)
        for other in holders[:number]
        if one.period.overlaps(other.period)
    ]
    _refuse_if("held-by-several", met)


def _require_apart(office: str, person: Person, role: Role, period: Period) -> None:
    """Refuse who would look after an office, or audit it, and do its work as well."""
    if role in APART:
        held = [one.position_code for one in store.holdings_of(office, person.id) if _meet(one, period)]
        _refuse_if("works-here", held)
    elif role is Role.STAFF:
        own = store.roles_of(office, person.id)
        _refuse_if("looks-after", [one.name for one in own if one.name in APART and _meet(one, period)])


def _require_decree(decree: str) -> None:
    if len(decree) > LONGEST_DECREE or not decree.isprintable():
        raise OrganisationRefused("decree-invalid", longest=LONGEST_DECREE)


def _refuse_if(cause: str, names: Iterable[str]) -> None:
    found = tuple(names)
    if found:
        raise OrganisationRefused(cause, names=", ".join(found))


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise OrganisationRefused("name-invalid", longest=LONGEST_NAME)
    return name


def _describe(person: Person, plan: PersonPlan) -> None:
    person.name, person.is_active = _name(plan.name), plan.is_active
    person.nip = read_nip(plan.nip) if plan.nip.strip() else None
    person.email = read_email(plan.email)


def _open_unit(office: str, code: str) -> Unit:
    unit = store.units_of(office).get(code)
    if unit is None or unit.closed_at is not None:
        raise NotFound(unit=code)
    return unit


def _open_position(office: str, code: str) -> Position:
    position = store.positions_of(office).get(code)
    if position is None or position.closed_at is not None:
        raise NotFound(position=code)
    return position


def _person(office: str, user_name: str) -> Person:
    person = store.find_person(user_name.strip().lower())
    if person is None or office not in store.offices_ever(person.id):
        raise NotFound(person=user_name)
    return person


def _row_of(office: str, person_id: UUID) -> Person:
    person = store.get_person(person_id)
    if person is None:
        raise NotFound(office=office, person=person_id)
    return person


def _holding(office: str, holding_id: UUID) -> Holding:
    holding = store.get_holding(office, holding_id)
    if holding is None:
        raise NotFound(holding=holding_id)
    return holding


def _zone(office: str) -> ZoneInfo:
    return catalogue.calendar(office).time_zone


def _is_in(above: str | None, node: Unit | Position, code: str) -> bool:
    return above == code and node.closed_at is None


def _lasts(period: Period, now: datetime) -> bool:
    """Tell whether some of a period is still to come."""
    return not period.is_empty and (period.end is None or now < period.end)


def _meet(row: Holding | RoleRow, period: Period) -> bool:
    return Period(row.starts_at, row.ends_at).overlaps(period)


def _unit(unit: Unit) -> dict[str, object]:
    return {"name": unit.name, "parent": unit.parent_code, "reports_data": unit.reports_data}


def _position(position: Position) -> dict[str, object]:
    return {
        "name": position.name,
        "unit": position.unit_code,
        "superior": position.superior_code,
        "is_shared": position.is_shared,
    }


def _held(holding: Holding) -> dict[str, object]:
    return {
        "capacity": str(holding.capacity),
        "decree": holding.decree,
        "starts_at": holding.starts_at,
        "ends_at": holding.ends_at,
    }


def _given(role: RoleRow) -> dict[str, object]:
    return {"role": str(role.name), "decree": role.decree, "starts_at": role.starts_at, "ends_at": role.ends_at}


def _known(person: Person) -> dict[str, object]:
    return {"name": person.name, "nip": person.nip, "email": person.email, "is_active": person.is_active}
