"""Who holds a position, and for how long."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from service import store
from service.engine import appointment
from service.engine.appointment import DAY, Capacity, Period, Tenure, days, midnight
from service.engine.assignment import Actor, Role
from service.engine.human import Human
from service.errors import OrganisationRefused, Refused
from service.models import Holding, Person, new_id
from service.organisation.records import holding_of, open_position, person_of, row_of, zone_of
from service.organisation.roles import apart, give, require_apart
from service.organisation.rules import changing, flaws, refuse_if, require_decree
from service.store import Ledger


@dataclass(frozen=True, slots=True)
class Appointment:
    """Somebody who shall hold a position, from a first day to a last one."""

    user_name: str
    position: str
    first: date
    last: date | None = None
    capacity: Capacity = Capacity.DEFINITIVE
    decree: str = ""


def appoint(actor: Actor, new: Appointment, now: datetime) -> UUID:
    """Let somebody hold a position for whole days: as its holder, or as Plt. or Plh.

    Raises:
        NotAllowed: the actor is no admin.
        NotFound: the office has no such position or person.
        OrganisationRefused: with what contradicts it.

    """
    with changing(actor, now) as ledger:
        return _appoint(actor, new, ledger).id


def appointment_flaws(actor: Actor, new: Appointment) -> Iterator[Refused]:
    """Yield everything that speaks against an appointment."""
    office, zone = actor.office, zone_of(actor.office)
    yield from flaws(lambda: require_decree(new.decree))
    try:
        position, person = open_position(office, new.position), person_of(office, new.user_name)
        period = _period(office, new, person)
    except Refused as refusal:
        yield refusal
        if new.capacity is not Capacity.DEFINITIVE:
            yield from appointment.mandate_flaws(new.decree, has_end=new.last is not None)
        return
    if not person.is_active:
        yield OrganisationRefused("person-inactive", person=person.name)
    tenure = Tenure(Human(person.id, person.nip or ""), person.name, new.capacity, period, new.decree)
    yield from appointment.flaws(tenure, store.tenures(office, position.code), zone, is_shared=position.is_shared)
    yield from flaws(lambda: require_apart(office, person, Role.STAFF, period))


def end(actor: Actor, holding_id: UUID, last: date, now: datetime) -> None:
    """Let somebody hold a position until a day; at once when that day is over.

    Raises:
        NotAllowed: the actor is no admin.
        NotFound: nobody in the office holds that.
        OrganisationRefused: it ends before that day anyway, or somebody acts for him longer.

    """
    with changing(actor, now) as ledger:
        _end(actor, holding_of(actor.office, holding_id), last, ledger)


def move(actor: Actor, holding_id: UUID, position: str, first: date, decree: str, now: datetime) -> UUID:
    """Let somebody hold another position from a day on, and his old one until the day before.

    Raises:
        NotAllowed, NotFound, OrganisationRefused: as `appoint` and `end`.

    """
    with changing(actor, now) as ledger:
        holding = holding_of(actor.office, holding_id)
        _end(actor, holding, first - DAY, ledger)
        user_name = row_of(actor.office, holding.person_id).user_name
        return _appoint(actor, Appointment(user_name, position, first, None, Capacity.DEFINITIVE, decree), ledger).id


def _appoint(actor: Actor, new: Appointment, ledger: Ledger) -> Holding:
    for flaw in appointment_flaws(actor, new):
        raise flaw
    office = actor.office
    position, person = open_position(office, new.position), person_of(office, new.user_name)
    period = _period(office, new, person)
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


def _period(office: str, new: Appointment, person: Person) -> Period:
    """Return the days of an appointment: what ends now, in the middle of a day, is followed on that same day."""
    held = [one.period for one in store.tenures(office, new.position)]
    others = [*held, *(period for _, period in apart(office, person, Role.STAFF))]
    return appointment.once_free(days(new.first, new.last, zone_of(office)), others)


def _let_work(ledger: Ledger, person: Person, period: Period) -> None:
    """Make somebody staff for a time unless he is."""
    staff = (one for one in store.roles_of(ledger.office, person.id) if one.name == Role.STAFF)
    if not period.is_empty and not any(Period(one.starts_at, one.ends_at).covers(period) for one in staff):
        give(ledger, person, Role.STAFF, period, "")


def _end(actor: Actor, holding: Holding, last: date, ledger: Ledger) -> None:
    zone = zone_of(actor.office)
    until = max(midnight(last + DAY, zone), ledger.at, holding.starts_at)
    if holding.ends_at is not None and holding.ends_at <= until:
        raise OrganisationRefused("ended-already", last=Period(holding.starts_at, holding.ends_at).last_day(zone))
    if holding.capacity == Capacity.DEFINITIVE:
        others = store.tenures(actor.office, holding.position_code, but=holding.id)
        longer = [one for one in others if one.capacity is Capacity.PLH and one.period.overlaps(Period(until))]
        refuse_if("acted-for-longer", [one.name for one in longer])
    before = _held(holding)
    holding.ends_at = until
    ledger.note("appointment-ended", holding.position_code, before, _held(holding))


def _held(holding: Holding) -> dict[str, object]:
    return {
        "capacity": str(holding.capacity),
        "decree": holding.decree,
        "starts_at": holding.starts_at,
        "ends_at": holding.ends_at,
    }
