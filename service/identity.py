"""People and offices: sign in, act for an office, and the first people by command line."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cache, partial
from hashlib import sha256
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from service import attempts, catalogue, store
from service.engine.appointment import Capacity, Mandate, Period, Tenure, days, require_appointable, require_mandate
from service.engine.assignment import Actor, Role, require_role
from service.engine.human import Human, read_nip
from service.engine.worktime import seed
from service.errors import Conflict, Invalid, NotSignedIn, PasswordWrong
from service.models import Holding, Office, Person, Position, Session, Unit, new_id
from service.models import Role as RoleRow

SHORTEST_PASSWORD = 10
IDLE, LONGEST = timedelta(minutes=30), timedelta(hours=12)
"""A session ends so long after the last request, and so long after it began."""
NOTED_EVERY = timedelta(minutes=1)
"""How exactly it is known when somebody was last there: noting it is a write."""
NO_PASSWORD = "!"  # noqa: S105 - none at all
"""Stands where somebody has no password yet: nothing that is typed is it."""
READABLE = "abcdefghjkmnpqrstuvwxyz23456789"
HASHER = PasswordHasher()


@dataclass(frozen=True, slots=True)
class NewPerson:
    """Somebody to be added to offices."""

    user_name: str
    name: str
    password: str
    positions: Sequence[tuple[str, str]] = ()
    """Office and code of the position."""
    roles: Sequence[tuple[str, Role]] = ()
    """Office and role."""
    nip: str = ""
    since: datetime | None = None
    """Since when he is all that; from now on if nobody says."""
    decree: str = ""
    last: date | None = None
    """By which decree an auditor is sent, and his last day on the clocks of the office."""
    must_change_password: bool = False
    """Whether he is told his password by somebody who knows it, and so has to change it first."""


@dataclass(frozen=True, slots=True)
class Proof:
    """Who somebody has just proven to be; worth nothing once he has another password than he had then."""

    person_id: UUID
    password_hash: str = field(repr=False)


def sign_in(user_name: str, password: str, address: str, now: datetime) -> Proof:
    """Return who has this name and password, and comes from an address.

    Raises:
        NotSignedIn: whatever the reason, so that nobody learns which names exist.
        TooManyAttempts: it failed too often; whether the password is right is not looked at.

    """
    attempt = attempts.begin(user_name, address, now)
    person = None if "\x00" in user_name else store.find_person(user_name.strip().lower())
    try:
        HASHER.verify(person.password_hash if person else _hash_of_nobody(), password)
    except (VerificationError, InvalidHashError):
        raise NotSignedIn from None
    if person is None or not person.is_active:
        raise NotSignedIn
    proof = Proof(person.id, person.password_hash)
    attempt.succeeded()
    return proof


def prove(who: Actor, password: str, address: str, now: datetime) -> Actor:
    """Return somebody as one who has just given his password.

    Raises:
        PasswordWrong: it is not his.
        TooManyAttempts: as `sign_in`.

    """
    proof_of(who, password, address, now)
    return replace(who, confirmed_at=now)


def proof_of(who: Actor, password: str, address: str, now: datetime) -> Proof:
    """Return the proof of somebody who is signed in and gives his password again.

    Raises:
        PasswordWrong, TooManyAttempts: as `prove`.

    """
    try:
        return sign_in(who.user_name, password, address, now)
    except NotSignedIn:
        raise PasswordWrong from None


def begin(proof: Proof, key: str, now: datetime, confirmed_at: datetime | None) -> None:
    """Sign a person in at the browser that holds a key; when he last gave his password is known, or is not.

    Raises:
        NotSignedIn: he has nothing to do with any office, or was given another password meanwhile.

    """
    office, person_id = actor(proof.person_id, None, now).office, proof.person_id
    session = Session(
        id=session_of(key), person_id=person_id, office=office, began_at=now, seen_at=now, confirmed_at=confirmed_at
    )
    if not store.add_session(session, proof.password_hash):
        raise NotSignedIn


def recognise(key: str, now: datetime) -> Actor:
    """Return who is signed in at the browser that holds a key.

    Raises:
        NotSignedIn: nobody, or not any more.

    """
    return _recognised(session_of(key), now)


def come_back(key: str, password: str, address: str, now: datetime) -> Actor:
    """Return who sends his password again from a browser that did not get the key which he was given for it before.

    Raises:
        NotSignedIn: nobody went on from that key, or not any more.
        PasswordWrong, TooManyAttempts: as `prove`.

    """
    session = store.session_after(session_of(key))
    if session is None:
        raise NotSignedIn
    return prove(_recognised(session, now), password, address, now)


def _recognised(session: str, now: datetime) -> Actor:
    visit = store.visit(session, now)
    if visit is None or not visit.standing.is_active:
        raise NotSignedIn
    if now - visit.seen_at > IDLE or now - visit.began_at > LONGEST:
        store.end_session(session)
        raise NotSignedIn
    if now - visit.seen_at > NOTED_EVERY:
        store.see_session(session, now)
    if not visit.standing.posts and not visit.standing.roles:
        return actor(visit.person_id, None, now)
    return replace(as_he_stands(visit.person_id, visit.office, visit.standing), confirmed_at=visit.confirmed_at)


def exchange(key: str, fresh: str, confirmed_at: datetime) -> None:
    """Let the browser that held a key hold a fresh one, as its person has just proven himself."""
    store.exchange_session(session_of(key), session_of(fresh), confirmed_at)


def act_for(key: str, office: str) -> None:
    """Let the person at a browser act for another of his offices from now on."""
    store.move_session(session_of(key), office)


def end(key: str) -> None:
    """Sign out whoever is signed in at the browser that holds a key."""
    store.end_session(session_of(key))


def forget_ended(now: datetime) -> None:
    """Delete the sessions and tokens that are over and the attempts that do not count any more."""
    store.drop_tokens(now)
    store.forget_sessions(now - LONGEST, now - IDLE)
    attempts.forget(now)


def person_named(user_name: str) -> UUID:
    """Return the person with a user name, for the command line.

    Raises:
        Invalid: nobody has this name.

    """
    person = store.find_person(user_name.strip().lower())
    if person is None:
        raise Invalid(f"nobody is called {user_name}", field="user_name")
    return person.id


def actor(person_id: UUID, office: str | None, now: datetime) -> Actor:
    """Return a person as he stands at a moment in one of his offices; the first one if none is asked for.

    Raises:
        NotSignedIn: the person is gone, may not sign in any more, or has nothing to do with the office.

    """
    chosen = office or _first_office(person_id, now)
    found = store.standing(chosen, person_id, now)
    if found is None or not found.is_active:
        raise NotSignedIn
    if not found.posts and not found.roles and chosen != (first := _first_office(person_id, now)):
        return actor(person_id, first, now)
    return as_he_stands(person_id, chosen, found)


def as_he_stands(person_id: UUID, office: str, standing: store.Standing) -> Actor:
    """Return a person as the one whom the database knows."""
    return Actor(
        person_id=person_id,
        user_name=standing.user_name,
        name=standing.name,
        office=office,
        posts=standing.posts,
        roles=frozenset(Role(role) for role in standing.roles),
        nip=standing.nip,
        must_change_password=standing.must_change_password,
    )


def _first_office(person_id: UUID, now: datetime) -> str:
    offices = store.offices_of(person_id, now)
    if not offices:
        raise NotSignedIn
    return offices[0]


def session_of(key: str) -> str:
    """Return the id of the session of a browser by the key that it holds; nobody gets from there to the key."""
    return sha256(key.encode()).hexdigest()


def offices(who: Actor, now: datetime) -> list[tuple[str, str]]:
    """Return the offices that a person may act for, each with the first position or role there."""
    return [(office, actor(who.person_id, office, now).label) for office in store.offices_of(who.person_id, now)]


def everywhere(person_id: UUID, now: datetime) -> list[Actor]:
    """Return a person in each of his offices."""
    return [actor(person_id, office, now) for office in store.offices_of(person_id, now)]


def add_office(office: Office, units: Sequence[Unit], positions: Sequence[Position]) -> None:
    """Set up an office, or bring the names of its units and positions up to date."""
    store.add_office(office, units, positions, partial(seed.seed_workdays, office.zone, *seed.YEARS))


def add_person(new: NewPerson, now: datetime) -> UUID:
    """Add somebody with positions and roles.

    Raises:
        Invalid: the name is unusable, or a position or office is not there.
        OrganisationRefused: the service number cannot be one, somebody else holds a position meanwhile, or an auditor
            has no mandate.
        Conflict: the user name is taken.

    """
    person = person_row(new, now)
    with store.settling(*{office for office, _ in (*new.positions, *new.roles)}):
        for office, code in new.positions:
            if not store.has_position(office, code):
                raise Invalid(f"there is no position {office}.{code}", field="positions")
            _require_appointable(new, person, office, code, now)
        if len(set(new.positions)) < len(new.positions):
            raise Invalid("nobody holds the same position twice", field="positions")
        for office, role in new.roles:
            if not store.has_office(office):
                raise Invalid(f"there is no office {office} for the role {role}", field="roles")
        store.add_person(person, _holdings(new, person.id, now), _roles(new, person.id, now))
    return person.id


def person_row(new: NewPerson, now: datetime) -> Person:
    """Build the row of somebody new, without his positions and roles; it is not saved.

    Raises:
        Invalid: the name is unusable.
        OrganisationRefused: the service number cannot be one.

    """
    return Person(
        id=new_id(now),
        user_name=_user_name(new.user_name),
        name=new.name,
        password_hash=HASHER.hash(new.password) if new.password else NO_PASSWORD,
        nip=read_nip(new.nip) if new.nip else None,
        must_change_password=new.must_change_password,
    )


def require_free(user_name: str) -> None:
    """Refuse a name that no account can have, or that one has.

    Raises:
        Invalid: the name is unusable.
        Conflict: it is taken.

    """
    if store.find_person(_user_name(user_name)) is not None:
        raise Conflict("the user name is taken")


def _user_name(text: str) -> str:
    user_name = text.strip().lower()
    if not user_name or any(not (c.isalnum() or c in "._-") for c in user_name):
        raise Invalid("a user name is made of letters, digits, dot, dash and underscore", field="user_name")
    return user_name


def _require_appointable(new: NewPerson, person: Person, office: str, code: str, now: datetime) -> None:
    human, period = Human(person.id, person.nip or ""), Period(new.since or now)
    tenure = Tenure(human, person.name, Capacity.DEFINITIVE, period)
    is_shared = store.positions_of(office)[code].is_shared
    require_appointable(tenure, store.tenures(office, code), catalogue.calendar(office).time_zone, is_shared=is_shared)


def _holdings(new: NewPerson, person_id: UUID, now: datetime) -> list[Holding]:
    return [
        Holding(
            tenant_id=office,
            id=new_id(now),
            position_code=code,
            person_id=person_id,
            capacity=Capacity.DEFINITIVE,
            starts_at=new.since or now,
            recorded_at=now,
        )
        for office, code in new.positions
    ]


def _roles(new: NewPerson, person_id: UUID, now: datetime) -> list[RoleRow]:
    rows = []
    for office, role in new.roles:
        mandate = _mandate(new, office, now) if role is Role.AUDITOR else None
        rows.append(
            RoleRow(
                tenant_id=office,
                id=new_id(now),
                person_id=person_id,
                name=role,
                decree=mandate.decree if mandate else "",
                starts_at=mandate.period.start if mandate else new.since or now,
                ends_at=mandate.period.end if mandate else None,
                recorded_at=now,
            )
        )
    return rows


def _mandate(new: NewPerson, office: str, now: datetime) -> Mandate:
    """Return what sends an auditor to an office, until the last midnight there.

    Raises:
        OrganisationRefused: it has no number or no end, or is over.

    """
    start, zone = new.since or now, catalogue.calendar(office).time_zone
    whole = days(start.astimezone(zone).date(), new.last, zone)
    return require_mandate(Mandate(new.decree, Period(start, whole.end)))


def add_admin(actor: Actor, office: str, user_name: str, name: str, now: datetime) -> str:
    """Let somebody new look after an office; return the password that he is told once.

    Raises:
        NotAllowed: the actor does not look after offices.
        Invalid, Conflict: as `add_person`.

    """
    require_role(actor, Role.SYSTEM)
    password = new_password()
    add_person(NewPerson(user_name, name, password, roles=[(office, Role.ADMIN)], must_change_password=True), now)
    return password


def new_password() -> str:
    """Return a password that can be read out: groups of letters and digits that nobody takes for one another."""
    return "-".join("".join(secrets.choice(READABLE) for _ in range(4)) for _ in range(4))


def hashed(password: str) -> str:
    """Return what is kept of a password."""
    return HASHER.hash(password)


def replace_password(proof: Proof, password: str, keep: str) -> None:
    """Give somebody another password than he has just proven himself by; only the browser with the key `keep` stays.

    Raises:
        PasswordWrong: he was given another one meanwhile.

    """
    kept, seen = session_of(keep), proof.password_hash
    if not store.set_password(proof.person_id, HASHER.hash(password), kept, must_change=False, seen=seen):
        raise PasswordWrong


def change_password(user_name: str, password: str, *, must_change: bool = False) -> None:
    """Give somebody a new password; wherever he was signed in, he is out.

    Where somebody else thought it up, he `must_change` it before he does anything.

    Raises:
        Invalid: nobody has this name.

    """
    person = store.find_person(user_name.strip().lower())
    if person is None:
        raise Invalid("nobody has this user name", field="user_name")
    store.set_password(person.id, HASHER.hash(password), must_change=must_change)


def set_active(user_name: str, *, is_active: bool) -> None:
    """Let somebody sign in again, or stop him at once.

    Raises:
        Invalid: nobody has this name.

    """
    person = store.find_person(user_name.strip().lower())
    if person is None:
        raise Invalid("nobody has this user name", field="user_name")
    store.set_active(person, is_active=is_active)


def require_strong(password: str) -> None:
    """Refuse a password that is too short.

    Raises:
        Invalid: with the number of characters that are needed.

    """
    if len(password) < SHORTEST_PASSWORD:
        raise Invalid(f"a password has at least {SHORTEST_PASSWORD} characters", field="password")


@cache
def _hash_of_nobody() -> str:
    """Return a hash to compare with when the name is unknown, so that both answers take the same time."""
    return HASHER.hash("")
