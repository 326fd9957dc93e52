"""Attempts to sign in that have failed so far: rows, so that all nodes count together."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import delete, func, select

from service.models import Attempt, db


class Tries(NamedTuple):
    """How often something was tried, and when first."""

    number: int
    first_at: datetime


def note_attempt(attempt: UUID, subjects: Iterable[str], now: datetime) -> None:
    """Take an attempt down before its outcome is known, so that those at the same time count each other."""
    db.session.add_all(Attempt(subject=subject, id=attempt, at=now) for subject in subjects)
    db.session.commit()


def attempts(subjects: Iterable[str], since: datetime) -> dict[str, Tries]:
    """Count the attempts at each of several things."""
    rows = db.session.execute(
        select(Attempt.subject, func.count(), func.min(Attempt.at))
        .where(Attempt.subject.in_(list(subjects)), Attempt.at > since)
        .group_by(Attempt.subject)
    )
    return {subject: Tries(count, first_at) for subject, count, first_at in rows}


def drop_attempt(attempt: UUID, subjects: Iterable[str]) -> None:
    """Take an attempt back that was none."""
    db.session.execute(delete(Attempt).where(Attempt.subject.in_(list(subjects)), Attempt.id == attempt))
    db.session.commit()


def forgive(attempt: UUID, wholly: str, once: str) -> None:
    """Forget everything that was tried at one thing, and this attempt at another."""
    own = (Attempt.subject == once) & (Attempt.id == attempt)
    db.session.execute(delete(Attempt).where((Attempt.subject == wholly) | own))
    db.session.commit()


def drop_attempts(before: datetime) -> None:
    """Delete what does not count any more."""
    db.session.execute(delete(Attempt).where(Attempt.at <= before))
    db.session.commit()
