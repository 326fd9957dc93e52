"""Preferences: what a person is told of by letter, and the secret address of his calendar."""

import secrets
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from service import store
from service.engine.assignment import Actor
from service.errors import Invalid, NotFound
from service.store import preferences as kept

MAIL = ("urgent", "all", "none")
LANGUAGES = ("id", "en")
BYTES_OF_SECRET = 24


@dataclass(frozen=True, slots=True)
class Preferences:
    """What somebody chose."""

    email: str
    mail: str
    digest: bool
    language: str
    has_feed: bool


def of(actor: Actor) -> Preferences:
    """Return what a person chose."""
    person = store.get_person(actor.person_id)
    if person is None:
        raise NotFound(person=actor.person_id)
    return Preferences(person.email, person.mail, person.digest, person.language, bool(person.feed))


def choose(actor: Actor, *, mail: str, digest: bool, language: str) -> None:
    """Tell a person by letter of these events from now on.

    Raises:
        Invalid: there is no such choice.

    """
    if mail not in MAIL:
        raise Invalid(f"{mail} is none of {', '.join(MAIL)}", field="mail")
    if language not in LANGUAGES:
        raise Invalid(f"{language} is none of {', '.join(LANGUAGES)}", field="language")
    kept.set_preferences(actor.person_id, mail=mail, digest=digest, language=language)


def language_of(person_id: UUID) -> str:
    """Return in which language a person is written to."""
    person = store.get_person(person_id)
    return person.language if person else LANGUAGES[0]


def open_feed(actor: Actor) -> str:
    """Return the secret of a new calendar address; the one before leads nowhere from now on."""
    secret = secrets.token_urlsafe(BYTES_OF_SECRET)
    kept.set_feed(actor.person_id, _digest(secret))
    return secret


def close_feed(actor: Actor) -> None:
    """Let the address of a person's calendar lead nowhere."""
    kept.set_feed(actor.person_id, "")


def feed_reader(secret: str) -> UUID:
    """Return whose calendar a secret opens.

    Raises:
        NotFound: nobody's, or of somebody who may not sign in any more.

    """
    person = kept.feed_reader(_digest(secret))
    if person is None:
        raise NotFound
    return person


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
