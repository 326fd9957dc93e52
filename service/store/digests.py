"""The morning letters of an office: one for each person and day, however often they are written."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import insert, select, update

from service.models import Delivery, Holding, Office, Person, db, valid_at

KIND = "digest"


def readers(office: str, now: datetime) -> list[UUID]:
    """Return the people with a post in the office who want a letter every morning."""
    found = (
        select(Person.id)
        .join(Holding, Holding.person_id == Person.id)
        .where(Holding.tenant_id == office, valid_at(Holding, now), Person.is_active, Person.digest, Person.email != "")
    )
    return sorted(set(db.session.scalars(found)))


def is_written(office: str, person: UUID, day: str) -> bool:
    """Tell whether the letter of a morning has been written."""
    return db.session.get(Delivery, (office, _id(office, person, day))) is not None


def write(office: str, person: UUID, day: str, body: Mapping[str, Any], now: datetime) -> None:
    """Put the letter of a morning into the outbox; one who has nothing to do gets none, but had his turn."""
    is_empty = not body
    db.session.execute(
        insert(Delivery).values(
            tenant_id=office,
            id=_id(office, person, day),
            channel="mail",
            target=person,
            kind=KIND,
            body=body,
            created_at=now,
            due_at=None if is_empty else now,
            done_at=now if is_empty else None,
            attempts=0,
            failure="",
        )
    )
    db.session.commit()


def finish(office: str, day: str) -> None:
    """Note that all letters of a morning are written."""
    db.session.execute(update(Office).where(Office.id == office).values(digest_day=day))
    db.session.commit()


def _id(office: str, person: UUID, day: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"{KIND}:{office}:{person}:{day}")
