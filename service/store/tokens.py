"""Tokens: who lets a program act for him, in which office, until when."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, delete, func, join, not_, select, update

from service.models import Person, Token, db
from service.prepared import Prepared
from service.store.people import Standing, let_in, standing_at, standings

_PASS = Prepared(
    standings(Token.office, join(Token, Person, Token.person_id == Person.id))
    .add_columns(Token.person_id, Token.office, Token.scope, Token.expires_at, Token.used_at)
    .where(Token.id == bindparam("token"))
)


@dataclass(frozen=True, slots=True)
class Pass:
    """A token with what its person is in the office that it was made for."""

    person_id: UUID
    office: str
    scope: str
    expires_at: datetime
    used_at: datetime | None
    standing: Standing


def get_pass(token: str, now: datetime) -> Pass | None:
    """Return a token with what its person is at a moment, None when there is none."""
    rows = _PASS.all({"token": token, "now": now})
    if not rows:
        return None
    first = rows[0]
    return Pass(
        first.person_id, first.office, first.scope, first.expires_at, first.used_at, standing_at(first.office, rows)
    )


def add_token(token: Token) -> bool:
    """Let a program in unless others know the password of its person by now; tell whether it is in."""
    return let_in(token, not_(Person.must_change_password))


def count_tokens(person_id: UUID, now: datetime) -> int:
    """Count the tokens of a person that have not expired."""
    own = select(func.count()).select_from(Token).where(Token.person_id == person_id, Token.expires_at > now)
    return db.session.scalar(own) or 0


def use_token(token: str, now: datetime) -> None:
    """Note that a program came."""
    db.session.execute(update(Token).where(Token.id == token).values(used_at=now))
    db.session.commit()


def drop_token(person_id: UUID, token: str) -> None:
    """Let a program of a person in no more; those of others are left alone."""
    db.session.execute(delete(Token).where(Token.id == token, Token.person_id == person_id))
    db.session.commit()


def drop_tokens(until: datetime) -> None:
    """Delete those that have expired."""
    db.session.execute(delete(Token).where(Token.expires_at <= until))
    db.session.commit()
