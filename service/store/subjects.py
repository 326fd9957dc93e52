"""Subjects: whom providers vouch for, each tied to one account for good."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from service.errors import Conflict
from service.models import Person, Subject, db
from service.store.people import end_sessions


def person_of(issuer: str, subject: str) -> Person | None:
    """Return the person to whom a subject is tied."""
    tied = (Subject.issuer == issuer) & (Subject.subject == subject)
    return db.session.scalars(select(Person).join(Subject, Subject.person_id == Person.id).where(tied)).first()


def people_with_nip(nip: str) -> list[Person]:
    """Return the accounts with a service number."""
    return list(db.session.scalars(select(Person).where(Person.nip == nip)))


def tie(issuer: str, subject: str, person_id: UUID, now: datetime) -> None:
    """Tie a subject to a person.

    Raises:
        Conflict: one of them is tied already.

    """
    db.session.add(Subject(issuer=issuer, subject=subject, person_id=person_id, linked_at=now))
    try:
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        raise Conflict("tied already") from None


def drop_subjects(person_id: UUID) -> bool:
    """Tie a person to no subject any more, and tell whether he was tied to one; the caller commits."""
    gone = db.session.scalars(delete(Subject).where(Subject.person_id == person_id).returning(Subject.subject))
    return bool(gone.all())


def untie(person: Person) -> bool:
    """Tie a person to no subject any more and let him out at all of his browsers; tell whether he was tied to one."""
    was_tied = drop_subjects(person.id)
    end_sessions(person.id)
    db.session.commit()
    return was_tied
