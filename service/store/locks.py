"""Locks of workers: which external task one has, until when. No lock moves a case, so none waits for a case."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, Table, literal_column, not_, select, update

from service.models import Instance, InstanceStatus, Waiting, db, of_suspended

ATTEMPTS = 3
"""How often a worker looks again who found work that others were faster on."""
_WAITING = cast("Table", Waiting.__table__)
"""By itself: found by their keys rows are given out several times as fast as objects."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Work of one topic that a worker would do."""

    topic: str
    until: datetime
    """How long he would have it."""
    processes: frozenset[str] = frozenset()
    """Only of these; none: of all."""
    business_key: str = ""
    """Only of cases with this number in a program outside."""
    definitions: frozenset[UUID] | None = None
    """Only of cases that run on these versions."""


def lock_waits(
    office: str, wishes: Sequence[Wish], worker: str, most: int, now: datetime, *, newest_first: bool = False
) -> list[UUID]:
    """Give a worker the work that has been free the longest, each piece to him alone; return the ids."""
    for _ in range(ATTEMPTS):
        found = sorted(_free(office, wishes, most, now, newest_first=newest_first), reverse=newest_first)[:most]
        if not found:
            db.session.rollback()  # nothing is held while he waits for work
            return []
        taken = _taken(office, wishes, [(row[1], row[2]) for row in found], worker, now)
        db.session.commit()
        if taken:
            return [row[1] for row in found if row[1] in taken]
    return []


def take_wait(wait: Waiting, worker: str, until: datetime, now: datetime) -> bool:
    """Give a worker one piece of work that is free, or his already; tell whether he has it."""
    mine = (Waiting.worker == worker) | (Waiting.free_at <= now)
    return _change(wait, [mine, Waiting.incident_id.is_(None)], worker=worker, free_at=until)


def move_lock(wait: Waiting, worker: str, until: datetime, *, holder: str) -> bool:
    """Let a lock end at another time, in other hands or none; tell whether it was still the holder's."""
    return _change(wait, [Waiting.worker == holder], worker=worker, free_at=until)


def note_failure(
    wait: Waiting, error: str, details: str, *, holder: str, again: tuple[int, datetime] | None = None
) -> bool:
    """Keep why work could not be done; let it go when it is tried `again`, so often and from then on."""
    told: dict[str, object] = {"error": error, "error_details": details}
    if again is not None:
        told |= {"worker": "", "retries": again[0], "free_at": again[1]}
    return _change(wait, [Waiting.worker == holder], **told)


def set_retries(wait: Waiting, retries: int) -> None:
    """Say how often work may still fail."""
    _change(wait, [], retries=retries)


def _free(
    office: str, wishes: Iterable[Wish], most: int, now: datetime, *, newest_first: bool
) -> list[tuple[datetime, UUID, str]]:
    """Return the first of what is free of every topic."""
    moment = Waiting.since if newest_first else Waiting.free_at
    found: list[Any] = []
    goes_on = not_(of_suspended(Waiting, Instance.tenant_id == office))
    for wish in wishes:
        rows = select(moment, Waiting.id, Waiting.name).where(
            Waiting.tenant_id == office,
            Waiting.name == wish.topic,
            *_is_free(now),
            goes_on,
            *_wanted(office, wish),
        )
        order = (moment.desc(), Waiting.id.desc()) if newest_first else (moment, Waiting.id)
        found += db.session.execute(rows.order_by(*order).limit(most).with_for_update(skip_locked=True, of=Waiting))
    return [(row[0], row[1], row[2]) for row in found]


def _taken(
    office: str, wishes: Iterable[Wish], found: Sequence[tuple[UUID, str]], worker: str, now: datetime
) -> set[UUID]:
    taken: set[UUID] = set()
    for wish in wishes:
        ids = [wait for wait, topic in found if topic == wish.topic]
        if ids:
            given = (
                update(_WAITING)
                .where(_WAITING.c.tenant_id == office, _WAITING.c.id.in_(ids))
                .where(_WAITING.c.incident_id.is_(None), _WAITING.c.free_at <= now)
                .values(worker=worker, free_at=wish.until)
                .returning(_WAITING.c.id)
            )
            taken.update(db.session.scalars(given))
    return taken


def _is_free(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Say it in the words of the index, which holds such work only."""
    return (Waiting.kind == literal_column("'external'"), Waiting.incident_id.is_(None), Waiting.free_at <= now)


def _wanted(office: str, wish: Wish) -> list[ColumnElement[bool]]:
    of_process: list[ColumnElement[bool]] = [Waiting.process_key.in_(sorted(wish.processes))] if wish.processes else []
    if not wish.business_key and wish.definitions is None:
        return of_process
    cases = select(Instance.id).where(Instance.tenant_id == office, Instance.status == InstanceStatus.RUNNING)
    if wish.business_key:
        cases = cases.where(Instance.business_key == wish.business_key)
    if wish.definitions is not None:
        cases = cases.where(Instance.definition_id.in_(wish.definitions))
    return [*of_process, Waiting.instance_id.in_(cases)]


def _change(wait: Waiting, conditions: Sequence[ColumnElement[bool]], **values: object) -> bool:
    changed = db.session.execute(
        update(Waiting)
        .where(Waiting.tenant_id == wait.tenant_id, Waiting.id == wait.id, *conditions)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    db.session.commit()
    return cast("CursorResult[Any]", changed).rowcount == 1
