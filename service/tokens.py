"""Tokens: a person lets a program act for him in one office, for a while, to read only or to act too."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from service import attempts, identity, store
from service.engine.assignment import Actor, require_confirmed
from service.errors import Conflict, Invalid, NotSignedIn
from service.models import Token

MOST = 20
LONGEST_DAYS = 365
LONGEST_NAME = 80
MARK = "laksana_"
"""Begins every token, so that whoever finds one knows what it opens."""
BYTES = 32
LONGEST = 200
"""Characters of what is taken for a token at all."""
NOTED_EVERY = timedelta(minutes=1)


class Scope(StrEnum):
    """What a program may do for its person."""

    READ = "read"
    ACT = "act"


@dataclass(frozen=True, slots=True)
class Agent:
    """A program that acts for somebody."""

    actor: Actor
    scope: Scope


def make(who: Actor, name: str, scope: str, days: int, now: datetime) -> str:
    """Let a program act for somebody in his present office; what it has to show is known here and now only.

    Raises:
        NotConfirmed: he has to give his password first.
        Invalid: the field that needs attention.
        Conflict: he has too many.
        NotSignedIn: he was stopped, or given a password that others know, meanwhile.

    """
    label = " ".join(name.split())
    if not 0 < len(label) <= LONGEST_NAME or not label.isprintable():
        raise Invalid(f"a name has 1 to {LONGEST_NAME} letters", field="name")
    if scope not in set(Scope):
        raise Invalid(f"{scope} is none of {', '.join(Scope)}", field="scope")
    if not 0 < days <= LONGEST_DAYS:
        raise Invalid(f"a token is valid for 1 to {LONGEST_DAYS} days", field="days")
    require_confirmed(who, now)
    if store.count_tokens(who.person_id, now) >= MOST:
        raise Conflict(f"nobody has more than {MOST} tokens")
    secret = MARK + secrets.token_urlsafe(BYTES)
    until = now + timedelta(days=days)
    row = Token(id=_digest(secret), person_id=who.person_id, office=who.office, name=label, scope=scope, made_at=now,
                expires_at=until)  # fmt: skip
    if not store.add_token(row):
        raise NotSignedIn
    return secret


def revoke(who: Actor, token: str) -> None:
    """Let a program of somebody act no more; what is not his is left alone."""
    store.drop_token(who.person_id, token)


def recognise(secret: str, address: str, now: datetime) -> Agent:
    """Return for whom a program acts that shows a token.

    Raises:
        NotSignedIn: it is none, or not any more, or not before its person has changed a password that others know.
        TooManyAttempts: wrong ones came from this address too often; a right one is taken all the same.

    """
    found = store.get_pass(_digest(secret), now) if len(secret) <= LONGEST else None
    if found is None:
        attempts.count_wrong_token(address, now)
        raise NotSignedIn
    standing = found.standing
    if now >= found.expires_at or not standing.is_active or not (standing.posts or standing.roles):
        raise NotSignedIn
    if standing.must_change_password:
        raise NotSignedIn("its person has to change his password first")
    if found.used_at is None or now - found.used_at > NOTED_EVERY:
        store.use_token(_digest(secret), now)
    return Agent(identity.as_he_stands(found.person_id, found.office, standing), Scope(found.scope))


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
