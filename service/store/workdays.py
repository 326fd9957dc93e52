"""The working time of an office as rows, and the due dates of its open tasks that follow it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from service.engine.appointment import midnight
from service.engine.worktime import Workdays, write_spans, write_week
from service.models import (
    Base,
    History,
    Holding,
    Instance,
    Office,
    Recomputation,
    Role,
    Task,
    WorkDayOff,
    WorkHours,
    WorkRamadan,
    WorkSpecialDay,
    WorkYear,
    db,
)
from service.timetable import Moved

BATCH = 400
"""Open tasks of one transaction."""
LONGEST_REASON = 2_000
Key = tuple[type[Base], tuple[Any, ...]]
_MOVE = (
    update(Task.__table__)  # type: ignore[arg-type]  # it is a table
    .where(Task.tenant_id == bindparam("office"), Task.id == bindparam("task"))
    .values(due_at=bindparam("new_due"))
)
_ADVANCE = (
    update(Instance.__table__)  # type: ignore[arg-type]  # it is a table
    .where(Instance.tenant_id == bindparam("office"), Instance.id == bindparam("case"))
    .values(version=Instance.version + 1, lines=bindparam("new_lines"))
)


@dataclass(frozen=True, slots=True)
class Batch:
    """Some open tasks of an office that nobody else moves meanwhile."""

    office: str
    reason: str
    tasks: Sequence[Any]
    """Rows with what a due date depends on."""


def save_workdays(office: str, before: Workdays | None, after: Workdays) -> None:
    """Write what an office has settled, with what else is being changed."""
    known, wanted = dict(_rows(before) if before else ()), dict(_rows(after))
    for (table, key), values in known.items():
        if wanted.get((table, key)) != values:
            names = [column.name for column in table.__table__.primary_key][1:]
            own = (table.__table__.c[name] == part for name, part in zip(names, key, strict=True))
            db.session.execute(delete(table).where(table.__table__.c.tenant_id == office, *own))
    for (table, key), values in wanted.items():
        if known.get((table, key)) != values:
            db.session.execute(insert(table).values(tenant_id=office, **values))
    if before is not None and before.zone != after.zone:
        db.session.execute(update(Office).where(Office.id == office).values(zone=after.zone))
        _keep_days(office, ZoneInfo(before.zone), ZoneInfo(after.zone))


def _keep_days(office: str, before: ZoneInfo, after: ZoneInfo) -> None:
    """Let posts and roles begin and end on the days that were decreed, at the midnight of the new clock."""
    for table in (Holding, Role):
        for row in db.session.scalars(select(table).where(table.tenant_id == office)):
            for name in ("starts_at", "ends_at"):
                moment = getattr(row, name)
                local = moment and moment.astimezone(before)
                if local and local.time() == time():
                    setattr(row, name, midnight(local.date(), after))


def _rows(workdays: Workdays) -> Iterator[tuple[Key, dict[str, Any]]]:
    for unit, hours in workdays.hours.items():
        yield (
            (WorkHours, (unit,)),
            {
                "unit_code": unit,
                "week": write_week(hours.week),
                "ramadan": write_week(hours.ramadan),
                "day_of_480": hours.day_of_480,
                "keeps_days_off": hours.keeps_days_off,
            },
        )
        for day, off in hours.days_off.items():
            text = day.isoformat()
            row = {"unit_code": unit, "day": text, "name": off.name, "source": str(off.source)}
            yield (WorkDayOff, (unit, text)), row
        for day, spans in hours.special_days.items():
            text = day.isoformat()
            yield (WorkSpecialDay, (unit, text)), {"unit_code": unit, "day": text, "hours": write_spans(spans)}
    for one in workdays.ramadan:
        first = one.first.isoformat()
        yield (WorkRamadan, (first,)), {"first": first, "last": one.last.isoformat(), "name": one.name}
    for year, is_settled in workdays.years.items():
        yield (WorkYear, (year,)), {"year": year, "is_settled": is_settled}


def offices() -> list[str]:
    """Return the ids of all offices."""
    return list(db.session.scalars(select(Office.id).order_by(Office.id)))


def ask_recomputation(office: str, reason: str, now: datetime) -> None:
    """Let the due dates of open tasks follow a change, with what else is being changed; from the start if they do."""
    total = db.session.scalar(select(func.count()).where(Task.tenant_id == office, Task.ended_at.is_(None))) or 0
    own = Recomputation.tenant_id == office
    before = db.session.execute(select(Recomputation.reason, Recomputation.ended_at).where(own)).one_or_none()
    if before is not None and before.ended_at is None:
        reason = f"{before.reason}; {reason}"[:LONGEST_REASON]
    # Every column is written, whatever was read: a batch may be saving how far it came at this very moment.
    values = {"asked_at": now, "reason": reason, "last_task": None, "ended_at": None}
    values |= {"done": 0, "total": total, "moved": 0}
    if before is None:
        db.session.execute(insert(Recomputation).values(tenant_id=office, **values))
    else:
        db.session.execute(update(Recomputation).where(own).values(**values))


def next_batch(office: str, asked_at: datetime, now: datetime) -> Batch | None:
    """Take the next open tasks whose due dates follow a change; nothing when that is done or began anew.

    Their cases stay as they are until `move_dues` or a rollback.
    """
    db.session.rollback()
    own = (Recomputation.tenant_id == office, Recomputation.ended_at.is_(None), Recomputation.asked_at == asked_at)
    # a write: a lock on the row in PostgreSQL, on the whole database in SQLite
    db.session.execute(update(Recomputation).where(*own).values(done=Recomputation.done))
    work = db.session.execute(select(Recomputation.last_task, Recomputation.reason).where(*own)).one_or_none()
    if work is None:
        db.session.rollback()
        return None
    open_now = (Task.tenant_id == office, Task.ended_at.is_(None))
    after = (Task.id > work.last_task,) if work.last_task else ()
    found = db.session.execute(
        select(Task.id, Task.instance_id).where(*open_now, *after).order_by(Task.id).limit(BATCH)
    )
    ids = {row.id: row.instance_id for row in found}
    if not ids:
        db.session.execute(update(Recomputation).where(*own).values(ended_at=now, done=Recomputation.total))
        db.session.commit()
        return None
    cases = select(Instance.id).where(Instance.tenant_id == office, Instance.id.in_(set(ids.values())))
    db.session.execute(cases.order_by(Instance.id).with_for_update(key_share=True))
    columns = (
        Task.id, Task.instance_id, Task.process_key, Task.element, Task.unit, Task.groups, Task.created_at, Task.due_at,
        Instance.tenant_id, Instance.definition_id, Instance.called, Instance.lines,
    )  # fmt: skip
    joined = (Instance.tenant_id == Task.tenant_id) & (Instance.id == Task.instance_id)
    rows = db.session.execute(select(*columns).join(Instance, joined).where(*open_now, Task.id.in_(ids)))
    last = max(ids)
    db.session.execute(update(Recomputation).where(*own).values(last_task=last, done=Recomputation.done + len(ids)))
    return Batch(office, work.reason, rows.all())


def move_dues(batch: Batch, moved: Sequence[Moved], now: datetime) -> None:
    """Save a batch: each task that is due at another time, with the line of its case that tells of it."""
    connection = db.session.connection()
    if moved:
        _move(connection, batch, moved, now)
        own = Recomputation.tenant_id == batch.office
        db.session.execute(update(Recomputation).where(own).values(moved=Recomputation.moved + len(moved)))
    db.session.commit()


def _move(connection: Connection, batch: Batch, moved: Iterable[Moved], now: datetime) -> None:
    lines: Mapping[UUID, int] = {row.instance_id: row.lines for row in batch.tasks}
    told, numbers = [], dict(lines)
    for one in moved:
        numbers[one.case] += 1
        told.append(_line(batch, one, numbers[one.case], now))
    connection.execute(_MOVE, [{"office": batch.office, "task": one.task, "new_due": one.after} for one in moved])
    cases = ({"office": batch.office, "case": case, "new_lines": count} for case, count in numbers.items()
             if count > lines[case])  # fmt: skip
    connection.execute(_ADVANCE, list(cases))
    connection.execute(insert(History), told)


def _line(batch: Batch, one: Moved, sequence: int, now: datetime) -> dict[str, Any]:
    return {
        "tenant_id": batch.office,
        "instance_id": one.case,
        "sequence": sequence,
        "kind": "due-moved",
        "at": now,
        "person_id": None,
        "position": "",
        "process_key": one.process,
        "element": one.element,
        "task_id": one.task,
        "body": {"from": _told(one.before), "to": _told(one.after), "reason": batch.reason, "passed": []},
    }


def _told(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
