"""What a person wants to be told of, where his calendar is, and how far he has read."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from service.models import Person, Reading, db
from service.store.notifications import forget_listeners


def set_preferences(person_id: UUID, *, mail: str, digest: bool, language: str) -> None:
    """Keep of what a person is told by letter, and in which language."""
    db.session.execute(update(Person).where(Person.id == person_id).values(mail=mail, digest=digest, language=language))
    db.session.commit()
    forget_listeners()


def set_feed(person_id: UUID, digest: str) -> None:
    """Keep the digest of the secret in the address of a person's calendar; the address before it leads nowhere."""
    db.session.execute(update(Person).where(Person.id == person_id).values(feed=digest))
    db.session.commit()


def feed_reader(digest: str) -> UUID | None:
    """Return the person whose calendar has this digest, if he may still sign in."""
    return db.session.scalar(select(Person.id).where(Person.feed == digest, Person.is_active))


def note_reading(office: str, person_id: UUID, at: datetime) -> None:
    """Note that somebody has read what he was told until then."""
    mine = (Reading.tenant_id == office, Reading.person_id == person_id)
    if db.session.scalar(select(func.count()).select_from(Reading).where(*mine)):
        db.session.execute(update(Reading).where(*mine).values(seen_at=at))
    else:
        db.session.add(Reading(tenant_id=office, person_id=person_id, seen_at=at))
    try:
        db.session.commit()
    except IntegrityError:  # two pages of his at the same moment
        db.session.rollback()
