"""The inbox: open tasks of my positions, and what waits for others."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CompoundSelect, Row, Select, func, select, union
from sqlalchemy.orm import defer

from service import catalogue
from service.engine import worktime
from service.engine.assignment import Actor
from service.engine.worktime import Kind, Remaining
from service.models import Definition, Instance, Task, TaskGroup, db
from service.queries.organisation import unit_names
from service.queries.tasks import holders_of

PAGE_SIZE = 50
Rows = Select[*tuple[Any, ...]]
WAITING_SHOWN = 4
PRESSING = 75
"""Priority from which on a task counts as important; 50 is that of a task without one."""
TABS = ("saya", "dikembalikan", "lewat", "menunggu")
ORDERS = ("tenggat", "terbaru")


@dataclass(frozen=True, slots=True)
class InboxRow:
    """One open task as the inbox shows it."""

    task_id: str
    title: str
    case_id: str
    case_title: str
    case_number: int
    step: int
    steps: int
    round: int
    received_at: datetime
    due_at: datetime | None
    remaining: Remaining | None
    returned: bool
    reason: str
    returned_by: str
    came_from: str
    unit_name: str
    process_name: str
    group: str
    """late, today or next."""
    pressing: bool = False
    """Whether the SOP calls it important."""


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """A case of mine that waits for somebody else."""

    case_id: str
    case_title: str
    who: str
    task_title: str
    remaining: Remaining | None


@dataclass(frozen=True, slots=True)
class InboxPage:
    """The whole inbox."""

    tab: str
    rows: tuple[InboxRow, ...]
    counts: dict[str, int]
    processes: tuple[tuple[str, str], ...]
    process: str
    order: str
    waiting: tuple[WaitingRow, ...]
    next_page: int | None


def open_count(actor: Actor) -> int:
    """Return how many open tasks the actor's positions have."""
    return _count(_mine(actor))


def inbox(actor: Actor, now: datetime, *, tab: str, process: str, order: str, page: int) -> InboxPage:
    """Return one page of the inbox, the most urgent first."""
    mine, others = _mine(actor), _others(actor)
    chosen = {
        "saya": mine,
        "dikembalikan": mine.where(Task.is_returned),
        "lewat": mine.where(Task.due_at < now),
        "menunggu": others,
    }
    shown = chosen.get(tab, mine)
    if process:
        shown = shown.where(Definition.key == process)
    newest = (Task.created_at.desc(), Task.id)
    urgent = (Task.due_at.is_(None), Task.due_at, Task.priority.desc(), Task.created_at, Task.id)
    shown = shown.order_by(*(newest if order == "terbaru" else urgent))
    found = db.session.execute(shown.offset((page - 1) * PAGE_SIZE).limit(PAGE_SIZE + 1)).all()
    waiting = db.session.execute(others.order_by(*urgent).limit(WAITING_SHOWN)).all()
    sums = _summed(mine, now)
    holders, units = holders_of(actor, [row.Task for row in waiting]) if waiting else {}, unit_names(actor)
    return InboxPage(
        tab=tab if tab in chosen else "saya",
        rows=tuple(_row(actor, now, row, units) for row in found[:PAGE_SIZE]),
        counts={
            "saya": sum(row.tasks for row in sums),
            "dikembalikan": sum(row.returned for row in sums),
            "lewat": sum(row.late for row in sums),
            "menunggu": _count(others),
        },
        processes=tuple(sorted({(row.key, row.name) for row in sums}, key=lambda pair: pair[1])),
        process=process,
        order=order,
        waiting=tuple(
            WaitingRow(
                str(row.Instance.id),
                row.Instance.title,
                units.get(row.Task.unit) or holders[row.Task.id],
                row.Task.name,
                remaining_of(actor, now, row.Instance, row.Task),
            )
            for row in waiting
        ),
        next_page=page + 1 if len(found) > PAGE_SIZE else None,
    )


def is_pressing(task: Task) -> bool:
    """Tell whether a task is more important than most."""
    return task.priority >= PRESSING


def remaining_of(actor: Actor, now: datetime, instance: Instance, task: Task) -> Remaining | None:
    """Return how much time a task has left; None where the SOP sets no time."""
    if task.due_at is None:
        return None
    node = catalogue.of_instance(instance).diagrams[task.process_key].nodes[task.element]
    return worktime.remaining(catalogue.calendar(actor.office), now, task.due_at, catalogue.standard_of(node))


def _mine(actor: Actor) -> Rows:
    """Open tasks of the actor's groups; whoever has few reads few, however many the office has."""
    offered = _offered(actor).subquery()
    return _tasks(actor).join(offered, offered.c.task_id == Task.id)


def _others(actor: Actor) -> Rows:
    """Open tasks of others in cases that the actor started or worked on."""
    worked_on = select(Task.instance_id).where(Task.tenant_id == actor.office, Task.ended_by == actor.person_id)
    started = select(Instance.id).where(Instance.tenant_id == actor.office, Instance.started_by == actor.person_id)
    known = worked_on.union(started).subquery()
    return _tasks(actor).join(known, known.c.instance_id == Task.instance_id).where(Task.id.not_in(_offered(actor)))


def _offered(actor: Actor) -> CompoundSelect[UUID]:
    """Tasks of the actor's groups, one group after the other: each is a stretch of the primary key."""
    return union(
        *(
            select(TaskGroup.task_id).where(TaskGroup.tenant_id == actor.office, TaskGroup.group == group)
            for group in sorted(actor.groups)
        )
    )


def _tasks(actor: Actor) -> Rows:
    """Open tasks: those that nobody has ended, which no index finds; so the way to them is whose they are."""
    return (
        select(Task, Instance, Definition.key, Definition.name)
        .options(defer(Instance.state))
        .join(Instance, (Instance.tenant_id == Task.tenant_id) & (Instance.id == Task.instance_id))
        .join(Definition, (Definition.tenant_id == Task.tenant_id) & (Definition.id == Instance.definition_id))
        .where(Task.tenant_id == actor.office, Task.ended_at.is_(None))
    )


def _count(query: Rows) -> int:
    return db.session.scalar(select(func.count()).select_from(query.with_only_columns(Task.id).subquery())) or 0


def _summed(mine: Rows, now: datetime) -> Sequence[Row[str, str, int, int, int]]:
    """Return by process how many tasks there are, how many were returned and how many are late."""
    sums = mine.with_only_columns(
        Definition.key,
        Definition.name,
        func.count().label("tasks"),
        func.count().filter(Task.is_returned).label("returned"),
        func.count().filter(Task.due_at < now).label("late"),
    )
    return db.session.execute(sums.group_by(Definition.key, Definition.name)).all()


def _row(actor: Actor, now: datetime, row: Row[Any], units: dict[str, str]) -> InboxRow:
    task, instance = row.Task, row.Instance
    diagram = catalogue.of_instance(instance).diagrams[task.process_key]
    left = remaining_of(actor, now, instance, task)
    return InboxRow(
        task_id=str(task.id),
        title=task.name,
        case_id=str(instance.id),
        case_title=instance.title,
        case_number=instance.number,
        step=task.position,
        steps=diagram.steps,
        round=task.round,
        received_at=task.created_at,
        due_at=task.due_at,
        remaining=left,
        returned=task.is_returned,
        reason=task.return_reason,
        returned_by=task.came_from if task.is_returned else "",
        came_from=task.came_from,
        unit_name=units.get(task.unit, ""),
        process_name=row.name,
        group=_group(left),
        pressing=is_pressing(task),
    )


def _group(left: Remaining | None) -> str:
    if left is None:
        return "next"
    return {Kind.LATE: "late", Kind.TODAY: "today"}.get(left.kind, "next")
