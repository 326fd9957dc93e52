"""What an office has settled about its working time, which open tasks a change would move, and how far that is."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from service import catalogue, timetable
from service.engine.assignment import Actor, Role, require_role
from service.engine.worktime import Workdays
from service.models import Instance, Recomputation, Task, Unit, db
from service.timetable import Moved, Timetable

SHOWN = 50
"""Moved tasks that are named one by one."""
_COLUMNS = (
    Task.id, Task.instance_id, Task.process_key, Task.element, Task.unit, Task.groups, Task.created_at, Task.due_at,
    Instance.tenant_id, Instance.definition_id, Instance.called,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class MoveRow:
    """An open task that would be due at another time."""

    case_id: str
    case_number: int
    case_title: str
    task: str
    before: datetime | None
    after: datetime | None


@dataclass(frozen=True, slots=True)
class Preview:
    """What a change would move."""

    count: int
    rows: tuple[MoveRow, ...]
    """The first of them."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the due dates of open tasks follow the last change."""

    reason: str
    asked_at: datetime
    done: int
    total: int
    moved: int
    ended_at: datetime | None

    @property
    def percent(self) -> int:
        """Return how much is done."""
        return 100 if self.ended_at else min(99, 100 * self.done // max(1, self.total))


def workdays(actor: Actor) -> Workdays:
    """Return what an office has settled, as it is now.

    Raises:
        NotAllowed: the actor is no admin.

    """
    require_role(actor, Role.ADMIN)
    return timetable.read(actor.office)


def preview(actor: Actor, wanted: Workdays) -> Preview:
    """Say which open tasks would be due at another time.

    Raises:
        NotAllowed: the actor is no admin.

    """
    require_role(actor, Role.ADMIN)
    joined = (Instance.tenant_id == Task.tenant_id) & (Instance.id == Task.instance_id)
    own = (Task.tenant_id == actor.office, Task.ended_at.is_(None))
    found = db.session.execute(select(*_COLUMNS).join(Instance, joined).where(*own).order_by(Instance.number, Task.id))
    moved = list(moves(found, timetable.drafted(actor.office, wanted)))
    return Preview(len(moved), _rows(actor.office, moved[:SHOWN]))


def moves(tasks: Iterable[Any], wanted: Timetable) -> Iterator[Moved]:
    """Return those of some open tasks that are due at another time; what the model itself says stays."""
    for row in tasks:
        node = catalogue.of_instance(row).diagrams[row.process_key].nodes[row.element]
        if node.due:
            continue
        due = wanted.due((row.unit, *row.groups), row.created_at, catalogue.standard_of(node))
        if due != row.due_at:
            yield Moved(row.instance_id, row.id, row.process_key, row.element, row.due_at, due)


def progress(actor: Actor) -> Progress | None:
    """Return how far the last change is, None before the first one.

    Raises:
        NotAllowed: the actor is no admin.

    """
    require_role(actor, Role.ADMIN)
    row = db.session.get(Recomputation, (actor.office,), populate_existing=True)
    return None if row is None else Progress(row.reason, row.asked_at, row.done, row.total, row.moved, row.ended_at)


def units(actor: Actor) -> dict[str, str]:
    """Return the names of the units of an office by code, without those that are closed."""
    own = (Unit.tenant_id == actor.office, Unit.closed_at.is_(None))
    rows = db.session.execute(select(Unit.code, Unit.name).where(*own).order_by(Unit.name))
    return {row.code: row.name for row in rows}


def _rows(office: str, moved: list[Moved]) -> tuple[MoveRow, ...]:
    ids = [one.task for one in moved]
    joined = (Instance.tenant_id == Task.tenant_id) & (Instance.id == Task.instance_id)
    found = db.session.execute(
        select(Task.id, Task.name, Instance.number, Instance.title)
        .join(Instance, joined)
        .where(Task.tenant_id == office, Task.id.in_(ids))
    )
    named: dict[UUID, Any] = {row.id: row for row in found}
    return tuple(
        MoveRow(
            str(one.case), named[one.task].number, named[one.task].title, named[one.task].name, one.before, one.after
        )
        for one in moved
    )
