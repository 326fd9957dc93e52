"""Accounts of people for whom a provider vouches: found by name once, by their subject ever after."""

from collections.abc import Mapping
from datetime import datetime

from service import attempts, identity, store
from service.engine.human import read_nip
from service.errors import Conflict, NotVouched, OrganisationRefused
from service.identity import Proof
from service.models import Person
from service.openid import RelyingParty, Trip, Vouched
from service.settings import Match


def sign_in(
    party: RelyingParty, trip: Trip, answer: Mapping[str, str], address: str, now: datetime
) -> tuple[Proof, Vouched]:
    """Return for whom the provider vouches, who comes from an address, and what it says of him.

    A password that he was told by somebody else is worth nothing from then on.

    Raises:
        NotVouched: whatever the reason; accounts are never made here.
        ProviderAway: the provider cannot be asked.
        TooManyAttempts: too many failed; the provider is not asked.

    """
    attempt = attempts.begin_elsewhere(address, now)
    vouched = party.vouched(trip, answer, now)
    person = _tied(vouched, party.provider.matches, now)
    if not person.is_active:
        raise NotVouched("disabled")
    proof, is_told = Proof(person.id, person.password_hash), person.must_change_password
    attempt.succeeded()
    if is_told:  # others know it, and he does not need it
        store.set_password(person.id, identity.NO_PASSWORD, must_change=False, seen=proof.password_hash)
        proof = Proof(person.id, identity.NO_PASSWORD)
    return proof, vouched


def untie(user_name: str) -> bool:
    """Let somebody be found by his name again when he next comes by the provider; tell whether he ever did.

    Raises:
        Invalid: nobody has this name.

    """
    person = store.get_person(identity.person_named(user_name))
    return person is not None and store.untie(person)


def _tied(vouched: Vouched, matches: Match, now: datetime) -> Person:
    """Return the person to whom a subject is tied, now if it never was; a name that is found again is not enough."""
    known = store.person_of(vouched.issuer, vouched.subject)
    if known is not None:
        return known
    person = _meant(vouched.account, matches)
    if not person.is_active:
        raise NotVouched("disabled")
    try:
        store.tie(vouched.issuer, vouched.subject, person.id, now)
    except Conflict:
        known = store.person_of(vouched.issuer, vouched.subject)
        if known is None:
            raise NotVouched("other-subject") from None
        return known
    return person


def _meant(account: str, matches: Match) -> Person:
    """Return the one person whom a claim names."""
    if "\x00" in account:
        raise NotVouched("unknown-account")
    found: list[Person | None]
    if matches is Match.NIP:
        found = [*store.people_with_nip(_nip(account))]
    else:
        # letters outside ASCII are taken as they are: some of them become others in lower case
        found = [store.find_person(account.lower() if account.isascii() else account)]
    if len(found) != 1 or found[0] is None:
        raise NotVouched("unknown-account")
    return found[0]


def _nip(account: str) -> str:
    try:
        return read_nip(account) or ""
    except OrganisationRefused:
        return ""
