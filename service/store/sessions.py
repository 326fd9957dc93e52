"""Sessions: who is signed in at which browser. They are rows, so that every node knows them and ends them at once."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, delete, join, select, update

from service.models import Person, Session, db
from service.prepared import Prepared
from service.store.people import Standing, let_in, standing_at, standings

_VISIT = Prepared(
    standings(Session.office, join(Session, Person, Session.person_id == Person.id))
    .add_columns(Session.person_id, Session.office, Session.began_at, Session.seen_at, Session.confirmed_at)
    .where(Session.id == bindparam("session"))
)


@dataclass(frozen=True, slots=True)
class Visit:
    """A session with what its person is in the office that he acts for."""

    person_id: UUID
    office: str
    began_at: datetime
    seen_at: datetime
    confirmed_at: datetime | None
    standing: Standing


def visit(session: str, now: datetime) -> Visit | None:
    """Return a session with what its person is at a moment, None when it is over or never was."""
    rows = _VISIT.all({"session": session, "now": now})
    if not rows:
        return None
    first = rows[0]
    moments = first.began_at, first.seen_at, first.confirmed_at
    return Visit(first.person_id, first.office, *moments, standing_at(first.office, rows))


def add_session(session: Session, password_hash: str) -> bool:
    """Let somebody in unless he has another password by now; tell whether he is in."""
    return let_in(session, Person.password_hash == password_hash)


def see_session(session: str, now: datetime) -> None:
    """Note that somebody is still there."""
    db.session.execute(update(Session).where(Session.id == session).values(seen_at=now))
    db.session.commit()


def move_session(session: str, office: str) -> None:
    """Let somebody act for another office."""
    db.session.execute(update(Session).where(Session.id == session).values(office=office))
    db.session.commit()


def exchange_session(session: str, fresh: str, confirmed_at: datetime) -> None:
    """Let somebody go on under another key, as he has just proven himself; whoever sends twice does so twice."""
    db.session.execute(
        update(Session).where(_held_by(session)).values(id=fresh, previous_id=session, confirmed_at=confirmed_at)
    )
    db.session.commit()


def session_after(session: str) -> str | None:
    """Return the session that goes on under another key than this one, None if none does."""
    return db.session.scalar(select(Session.id).where(Session.previous_id == session))


def end_session_of(person_id: UUID, session: str) -> None:
    """Let a person out at one of his browsers; those of others are left alone."""
    db.session.execute(delete(Session).where(Session.id == session, Session.person_id == person_id))
    db.session.commit()


def end_session(session: str) -> None:
    """Let somebody out, under the key that he got in between as well."""
    db.session.execute(delete(Session).where(_held_by(session)))
    db.session.commit()


def forget_sessions(began_before: datetime, seen_before: datetime) -> None:
    """Delete the sessions that are over."""
    db.session.execute(delete(Session).where((Session.began_at < began_before) | (Session.seen_at < seen_before)))
    db.session.commit()


def _held_by(session: str) -> ColumnElement[bool]:
    """Find it under its key, or under the one before: the answer that told its browser of another may be lost."""
    return (Session.id == session) | (Session.previous_id == session)
