"""Locks of workers: which external task one has, until when. No lock moves a case, so none waits for a case."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, Integer, bindparam, literal_column, not_, select, update

from service.models import Instance, InstanceStatus, Waiting, db, of_suspended
from service.prepared import Prepared, marks, numbered

ATTEMPTS = 3
"""How often a worker looks again who found work that others were faster on."""
KEPT_STATEMENTS = 128


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


def note_failure(wait: Waiting, error: str, details: str, *, holder: str, retries: int, free_at: datetime) -> bool:
    """Keep why work could not be done; let it go from a moment on, or keep it until then if it is not tried again."""
    told: dict[str, object] = {"error": error, "error_details": details, "free_at": free_at}
    if retries:
        told |= {"worker": "", "retries": retries}
    return _change(wait, [Waiting.worker == holder], **told)


def set_retries(wait: Waiting, retries: int) -> None:
    """Say how often work may still fail."""
    _change(wait, [], retries=retries)


def _free(
    office: str, wishes: Iterable[Wish], most: int, now: datetime, *, newest_first: bool
) -> list[tuple[datetime, UUID, str]]:
    """Return the first of what is free of every topic."""
    found: list[tuple[datetime, UUID, str]] = []
    for wish in wishes:
        if wish.definitions is not None and not wish.definitions:
            continue
        processes, definitions = sorted(wish.processes), sorted(wish.definitions or ())
        statement = _seeking(
            len(processes),
            len(definitions),
            by_key=bool(wish.business_key),
            newest_first=newest_first,
        )
        asked = {"office": office, "topic": wish.topic, "now": now, "most": most}
        if wish.business_key:
            asked["key"] = wish.business_key
        rows = statement.all({**asked, **numbered("process", processes), **numbered("definition", definitions)})
        found += [(row.moment, row.id, row.name) for row in rows]
    return found


@lru_cache(maxsize=KEPT_STATEMENTS)
def _seeking(processes: int, definitions: int, *, by_key: bool, newest_first: bool) -> Prepared:
    """Return the statement that finds free work of one topic, narrowed to so many processes and versions, if any."""
    moment = Waiting.since if newest_first else Waiting.free_at
    own = Instance.tenant_id == bindparam("office")
    conditions = [
        Waiting.tenant_id == bindparam("office"),
        Waiting.name == bindparam("topic"),
        Waiting.kind == literal_column("'external'"),  # in the words of the index, which holds such work only
        Waiting.incident_id.is_(None),
        Waiting.free_at <= bindparam("now"),
        not_(of_suspended(Waiting, own)),
    ]
    if processes:
        conditions.append(Waiting.process_key.in_(marks("process", processes, Waiting.process_key)))
    if by_key or definitions:
        cases = select(Instance.id).where(own, Instance.status == InstanceStatus.RUNNING)
        if by_key:
            cases = cases.where(Instance.business_key == bindparam("key"))
        if definitions:
            cases = cases.where(Instance.definition_id.in_(marks("definition", definitions, Instance.definition_id)))
        conditions.append(Waiting.instance_id.in_(cases))
    order = (moment.desc(), Waiting.id.desc()) if newest_first else (moment, Waiting.id)
    return Prepared(
        select(moment.label("moment"), Waiting.id, Waiting.name)
        .where(*conditions)
        .order_by(*order)
        .limit(bindparam("most", type_=Integer))
        .with_for_update(skip_locked=True, of=Waiting)
    )


def _taken(
    office: str, wishes: Iterable[Wish], found: Sequence[tuple[UUID, str]], worker: str, now: datetime
) -> set[UUID]:
    taken: set[UUID] = set()
    for wish in wishes:
        ids = [wait for wait, topic in found if topic == wish.topic]
        if ids:
            given = {"office": office, "now": now, "worker": worker, "until": wish.until, **numbered("id", ids)}
            taken.update(row.id for row in _taking(len(ids)).all(given))
    return taken


@lru_cache(maxsize=KEPT_STATEMENTS)
def _taking(count: int) -> Prepared:
    """Return the statement that gives so many pieces of work away, and tells which were still free."""
    return Prepared(
        update(Waiting)
        .where(Waiting.tenant_id == bindparam("office"), Waiting.id.in_(marks("id", count, Waiting.id)))
        .where(Waiting.incident_id.is_(None), Waiting.free_at <= bindparam("now"))
        .values(worker=bindparam("worker"), free_at=bindparam("until"))
        .returning(Waiting.id)
    )


def _change(wait: Waiting, conditions: Sequence[ColumnElement[bool]], **values: object) -> bool:
    changed = db.session.execute(
        update(Waiting)
        .where(Waiting.tenant_id == wait.tenant_id, Waiting.id == wait.id, *conditions)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    db.session.commit()
    return cast("CursorResult[Any]", changed).rowcount == 1
