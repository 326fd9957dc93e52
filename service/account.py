"""What a person looks after himself: his password, and where he is signed in."""

from dataclasses import dataclass, replace
from datetime import datetime

from service import identity, store
from service.engine.assignment import Actor
from service.errors import Invalid
from service.queries import account as found
from service.queries.account import Visit


@dataclass(frozen=True, slots=True)
class OpenVisit:
    """A browser at which he is signed in, perhaps the one that asks."""

    visit: Visit
    is_here: bool


def visits(who: Actor, key: str, now: datetime) -> tuple[OpenVisit, ...]:
    """Return where somebody is signed in, the browser with this key first."""
    here = identity.session_of(key)
    listed = found.visits(who, now - identity.LONGEST, now - identity.IDLE)
    return tuple(sorted((OpenVisit(one, one.id == here) for one in listed), key=lambda one: not one.is_here))


def end_visit(who: Actor, session: str) -> None:
    """Sign somebody out at one of his browsers; what is not his is left alone."""
    store.end_session_of(who.person_id, session)


def change_password(who: Actor, old: str, new: str, key: str, address: str, now: datetime) -> Actor:
    """Give somebody the password that he wants; he stays signed in at the browser with this key alone.

    Raises:
        PasswordWrong, TooManyAttempts: as `identity.prove`, of the old one.
        Invalid: the new one is too short, or the old one again.

    """
    proof = identity.proof_of(who, old, address, now)
    identity.require_strong(new)
    if new == old:
        raise Invalid("the new password is the old one", field="new", is_old=True)
    identity.replace_password(proof, new, keep=key)
    return replace(who, confirmed_at=now)
