"""What people may do in an office beside their positions."""

from datetime import date, datetime
from uuid import UUID

from service import store
from service.engine.appointment import DAY, Mandate, Period, days, midnight, once_free, require_mandate
from service.engine.assignment import Actor, Role
from service.errors import NotAllowed, NotFound, OrganisationRefused
from service.models import Holding, Person, new_id
from service.models import Role as RoleRow
from service.organisation.records import person_of, row_of, zone_of
from service.organisation.rules import changing, lasts, refuse_if, require_decree
from service.store import Ledger

APART = frozenset({Role.ADMIN, Role.AUDITOR})
"""Roles of people who do no work of the office themselves."""


def grant(actor: Actor, user_name: str, role: Role, first: date, last: date | None, decree: str, now: datetime) -> UUID:
    """Give somebody a role for whole days; an auditor is sent by decree and for a time.

    Raises:
        NotAllowed: the actor is no admin.
        NotFound: the office has no such person.
        OrganisationRefused: he has it already, or it does not go together with what he does.

    """
    with changing(actor, now) as ledger:
        if role is Role.SYSTEM:
            raise NotAllowed("who looks after all offices is named on the command line only")
        person = person_of(actor.office, user_name)
        own = [_period(one) for one in store.roles_of(actor.office, person.id) if one.name == role]
        others = [*own, *(period for _, period in apart(actor.office, person, role))]
        period = once_free(days(first, last, zone_of(actor.office)), others)  # what was ended today is over
        if role is Role.AUDITOR:
            require_mandate(Mandate(decree, period))
        require_decree(decree)
        refuse_if("role-already", [role for one in own if one.overlaps(period)])
        require_apart(actor.office, person, role, period)
        return give(ledger, person, role, period, decree).id


def revoke(actor: Actor, role_id: UUID, now: datetime, last: date | None = None) -> None:
    """Take a role away: at once, or after a last day.

    Raises:
        NotAllowed: the actor is no admin.
        NotFound: nobody in the office has it.
        OrganisationRefused: it is his own right to be an admin, or it ends before that day anyway.

    """
    with changing(actor, now) as ledger:
        role = store.get_role(actor.office, role_id)
        if role is None or not lasts(_period(role), now):
            raise NotFound(role=role_id)
        if role.name == Role.SYSTEM:
            raise NotAllowed("who looks after all offices is named on the command line only")
        if role.person_id == actor.person_id and role.name == Role.ADMIN:
            raise OrganisationRefused("own-role")
        zone = zone_of(actor.office)
        until = max(now if last is None else midnight(last + DAY, zone), now, role.starts_at)
        if role.ends_at is not None and role.ends_at <= until:
            raise OrganisationRefused("ended-already", last=_period(role).last_day(zone))
        before = _given(role)
        role.ends_at = until
        ledger.note("role-ended", row_of(actor.office, role.person_id).user_name, before, _given(role))


def give(ledger: Ledger, person: Person, role: Role, period: Period, decree: str) -> RoleRow:
    """Let somebody have a role for a time; the change that this belongs to saves it."""
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


def require_apart(office: str, person: Person, role: Role, period: Period) -> None:
    """Refuse who would look after an office, or audit it, and do its work as well."""
    met = [name for name, other in apart(office, person, role) if other.overlaps(period)]
    refuse_if("works-here" if role in APART else "looks-after", met)


def apart(office: str, person: Person, role: Role) -> list[tuple[str, Period]]:
    """Return what somebody ever had in an office that does not go together with a role."""
    if role in APART:
        return [(one.position_code, _period(one)) for one in store.holdings_of(office, person.id)]
    if role is Role.STAFF:
        return [(one.name, _period(one)) for one in store.roles_of(office, person.id) if one.name in APART]
    return []


def _period(one: Holding | RoleRow) -> Period:
    return Period(one.starts_at, one.ends_at)


def _given(role: RoleRow) -> dict[str, object]:
    return {"role": str(role.name), "decree": role.decree, "starts_at": role.starts_at, "ends_at": role.ends_at}
