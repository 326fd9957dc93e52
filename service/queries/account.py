"""Where a person is signed in, and which programs act for him."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from service.engine.assignment import Actor
from service.models import Office, Session, Token, db


@dataclass(frozen=True, slots=True)
class Visit:
    """A browser at which he is signed in."""

    id: str
    office_name: str
    began_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Program:
    """A token of his; what the program shows is not known here."""

    id: str
    name: str
    office_name: str
    scope: str
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None


def visits(actor: Actor, began_after: datetime, seen_after: datetime) -> tuple[Visit, ...]:
    """Return the sessions of a person that are not over, the latest first."""
    rows = db.session.execute(
        select(Session.id, Office.name, Session.began_at, Session.seen_at)
        .join(Office, Office.id == Session.office)
        .where(Session.person_id == actor.person_id, Session.began_at >= began_after, Session.seen_at >= seen_after)
        .order_by(Session.seen_at.desc(), Session.id)
    )
    return tuple(Visit(*row) for row in rows)


def programs(actor: Actor, now: datetime) -> tuple[Program, ...]:
    """Return the tokens of a person that have not expired, by name."""
    columns = Token.id, Token.name, Office.name, Token.scope, Token.made_at, Token.expires_at, Token.used_at
    rows = db.session.execute(
        select(*columns)
        .join(Office, Office.id == Token.office)
        .where(Token.person_id == actor.person_id, Token.expires_at > now)
        .order_by(Token.name, Token.id)
    )
    return tuple(Program(*row) for row in rows)
