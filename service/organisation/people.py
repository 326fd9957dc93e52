"""The people of an office and their accounts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from service import identity, store
from service.engine.appointment import Period
from service.engine.assignment import Actor, Role, require_role
from service.engine.human import read_email, read_nip
from service.errors import NotAllowed, OrganisationRefused, PersonChanged, Refused
from service.identity import NewPerson
from service.models import Person
from service.organisation.records import person_of
from service.organisation.roles import give
from service.organisation.rules import changing, flaws, name_of


@dataclass(frozen=True, slots=True)
class PersonPlan:
    """A person as he shall be known."""

    name: str
    nip: str = ""
    email: str = ""

    @property
    def mark(self) -> str:
        """Return by what a page tells that it showed just this."""
        return sha256(repr(self).encode()).hexdigest()


def person_flaws(plan: PersonPlan, user_name: str | None = None) -> Iterator[Refused]:
    """Yield everything that cannot be right about somebody, and about the name of a new account."""
    yield from flaws(
        lambda: name_of(plan.name), lambda: _nip_of(plan), lambda: read_email(plan.email),
    )  # fmt: skip
    if user_name is not None:
        yield from flaws(lambda: identity.require_free(user_name))


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
    with changing(actor, now) as ledger:
        _describe(person, plan)
        ledger.add(person)
        ledger.note("person-added", person.user_name, {}, _known(person))
        give(ledger, person, Role.STAFF, Period(now), "")
    return person.id


def renew_password(actor: Actor, user_name: str, now: datetime) -> str:
    """Give somebody a password that nobody knows yet, and return it; wherever he was signed in, he is out.

    Raises:
        NotAllowed, NotFound: as `change_person`.

    """
    password = identity.new_password()
    with changing(actor, now) as ledger:
        person = person_of(actor.office, user_name)
        _require_own_person(actor, person, now)
        store.put_password(person.id, identity.hashed(password), must_change=True)
        store.end_sessions_of(person.id)
        ledger.note("password-renewed", person.user_name, {}, {"by": actor.user_name})
    return password


def untie(actor: Actor, user_name: str, now: datetime) -> None:
    """Forget whom the provider means by somebody; wherever he was signed in, he is out.

    Raises:
        NotAllowed, NotFound: as `change_person`.

    """
    with changing(actor, now) as ledger:
        person = person_of(actor.office, user_name)
        _require_own_person(actor, person, now)
        if store.drop_subjects(person.id):
            store.end_sessions_of(person.id)
            ledger.note("subject-untied", person.user_name, {}, {"by": actor.user_name})


def change_person(actor: Actor, user_name: str, plan: PersonPlan, now: datetime, seen: str = "") -> None:
    """Say how somebody of the office is called and where he is told of work; `seen` is the mark of what that replaces.

    Raises:
        NotAllowed: the actor is no admin of every office that the person works for.
        NotFound: the office has no such person.
        Invalid: the e-mail address is unusable.
        OrganisationRefused: the service number cannot be one.
        PersonChanged: something else is known of him by now than was seen.

    """
    with changing(actor, now) as ledger:
        person = person_of(actor.office, user_name)
        _require_own_person(actor, person, now)
        if seen and seen != PersonPlan(person.name, person.nip or "", person.email).mark:
            raise PersonChanged
        before = _known(person)
        _describe(person, plan)
        ledger.note("person-changed", person.user_name, before, _known(person))


def switch_account(actor: Actor, user_name: str, now: datetime, *, is_active: bool) -> None:
    """Stop somebody of the office from signing in, wherever he is signed in too, or let him again.

    Raises:
        NotAllowed, NotFound: as `change_person`.
        OrganisationRefused: an admin would lock himself out.

    """
    with changing(actor, now) as ledger:
        person = person_of(actor.office, user_name)
        _require_own_person(actor, person, now)
        if person.id == actor.person_id and not is_active:
            raise OrganisationRefused("own-account")
        before = _known(person)
        person.is_active = is_active
        if not is_active:
            store.end_sessions_of(person.id)
        ledger.note("person-changed", person.user_name, before, _known(person))


def _require_own_person(actor: Actor, person: Person, now: datetime) -> None:
    """Refuse somebody who works for offices that the actor does not look after, or looks after all of them."""
    if store.offices_ever(person.id) - store.administered(actor.person_id, Role.ADMIN, now):
        raise NotAllowed("the person works for other offices too")
    if store.administered(person.id, Role.SYSTEM, now):
        raise NotAllowed("the person looks after all offices")


def _describe(person: Person, plan: PersonPlan) -> None:
    person.name = name_of(plan.name)
    person.nip = _nip_of(plan)
    person.email = read_email(plan.email)


def _nip_of(plan: PersonPlan) -> str | None:
    return read_nip(plan.nip) if plan.nip.strip() else None


def _known(person: Person) -> dict[str, object]:
    return {"name": person.name, "nip": person.nip, "email": person.email, "is_active": person.is_active}
