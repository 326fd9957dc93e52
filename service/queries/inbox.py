"""The inbox: open tasks of my positions, and what waits for others."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import CompoundSelect, Integer, Select, bindparam, func, select, union

from service import catalogue
from service.columns import Text
from service.engine import worktime
from service.engine.assignment import Actor
from service.engine.worktime import Kind, Remaining
from service.models import Definition, Instance, Task, TaskGroup
from service.prepared import Prepared
from service.queries.organisation import unit_names
from service.queries.tasks import holders_of

PAGE_SIZE = 50
Rows = Select[*tuple[Any, ...]]
WAITING_SHOWN = 4
PRESSING = 75
"""Priority from which on a task counts as important; 50 is that of a task without one."""
TABS = ("saya", "dikembalikan", "lewat", "menunggu")
ORDERS = ("tenggat", "terbaru")
URGENT = (Task.due_at.is_(None), Task.due_at, Task.priority.desc(), Task.created_at, Task.id)
OF_A_TASK = (
    "tenant_id", "id", "instance_id", "process_key", "element", "name", "lane", "position", "unit", "groups", "round",
    "created_at", "due_at", "priority", "came_from", "is_returned", "return_reason",
)  # fmt: skip


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
    groups = sorted(actor.groups)
    (found,) = _counted(len(groups)).all(_own(actor, groups))
    return int(found.tasks)


def inbox(actor: Actor, now: datetime, *, tab: str, process: str, order: str, page: int) -> InboxPage:
    """Return one page of the inbox, the most urgent first."""
    groups = sorted(actor.groups)
    own = _own(actor, groups) | {"now": now}
    tab = tab if tab in TABS else TABS[0]
    stretch = {"most": PAGE_SIZE + 1, "skipped": (page - 1) * PAGE_SIZE, **({"process": process} if process else {})}
    found = _listed(len(groups), tab, order == "terbaru", bool(process)).all(own | stretch)
    waiting = _waiting(len(groups)).all(own | {"most": WAITING_SHOWN})
    sums = _summed(len(groups)).all(own)
    holders, units = holders_of(actor, waiting), unit_names(actor)
    return InboxPage(
        tab=tab,
        rows=tuple(_row(actor, now, row, units) for row in found[:PAGE_SIZE]),
        counts={
            "saya": sum(row.tasks for row in sums),
            "dikembalikan": sum(row.returned for row in sums),
            "lewat": sum(row.late for row in sums),
            "menunggu": waiting[0].all_of_them if waiting else 0,
        },
        processes=tuple(sorted({(row.key, row.process_name) for row in sums}, key=lambda pair: pair[1])),
        process=process,
        order=order,
        waiting=tuple(
            WaitingRow(
                str(row.instance_id),
                row.title,
                units.get(row.unit) or holders[row.id],
                row.name,
                remaining_of(actor, now, row, row),
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


def _own(actor: Actor, groups: Sequence[str]) -> dict[str, object]:
    numbered = {f"group_{number}": group for number, group in enumerate(groups)}
    return {"office": actor.office, "person": actor.person_id, **numbered}


# Statements for somebody of so many groups: few numbers occur, so each is built and put into SQL once.


@cache
def _counted(groups: int) -> Prepared:
    return Prepared(_mine(groups).with_only_columns(func.count().label("tasks")))


@cache
def _listed(groups: int, tab: str, newest: bool, one_process: bool) -> Prepared:  # noqa: FBT001 - a key of the cache
    shown = _others(groups) if tab == "menunggu" else _mine(groups)
    if tab == "dikembalikan":
        shown = shown.where(Task.is_returned)
    if tab == "lewat":
        shown = shown.where(Task.due_at < bindparam("now"))
    if one_process:
        shown = shown.where(Definition.key == bindparam("process", type_=Text))
    order = (Task.created_at.desc(), Task.id) if newest else URGENT
    skipped, most = (bindparam(name, type_=Integer) for name in ("skipped", "most"))
    return Prepared(shown.order_by(*order).offset(skipped).limit(most))


@cache
def _waiting(groups: int) -> Prepared:
    """Find the most urgent tasks of others, each with the number of all of them."""
    counted = _others(groups).add_columns(func.count().over().label("all_of_them"))
    return Prepared(counted.order_by(*URGENT).limit(bindparam("most", type_=Integer)))


@cache
def _summed(groups: int) -> Prepared:
    """Count by process how many tasks there are, how many were returned and how many are late."""
    sums = _mine(groups).with_only_columns(
        Definition.key,
        Definition.name.label("process_name"),
        func.count().label("tasks"),
        func.count().filter(Task.is_returned).label("returned"),
        func.count().filter(Task.due_at < bindparam("now")).label("late"),
    )
    return Prepared(sums.group_by(Definition.key, Definition.name))


def _mine(groups: int) -> Rows:
    """Open tasks of the actor's groups; whoever has few reads few, however many the office has."""
    offered = _offered(groups).subquery()
    return _tasks().join(offered, offered.c.task_id == Task.id)


def _others(groups: int) -> Rows:
    """Open tasks of others in cases that the actor started or worked on."""
    worked_on = select(Task.instance_id).where(
        Task.tenant_id == bindparam("office"), Task.ended_by == bindparam("person")
    )
    started = select(Instance.id).where(
        Instance.tenant_id == bindparam("office"), Instance.started_by == bindparam("person")
    )
    known = worked_on.union(started).subquery()
    return _tasks().join(known, known.c.instance_id == Task.instance_id).where(Task.id.not_in(_offered(groups)))


def _offered(groups: int) -> CompoundSelect[UUID]:
    """Tasks of the actor's groups, one group after the other: each is a stretch of an index."""
    return union(
        *(
            select(TaskGroup.task_id).where(
                TaskGroup.tenant_id == bindparam("office"), TaskGroup.group == bindparam(f"group_{number}")
            )
            for number in range(groups)
        )
    )


def _tasks() -> Rows:
    """Open tasks with what an inbox tells of their cases; the way to them is whose they are."""
    return (
        select(
            *(Task.__table__.c[name] for name in OF_A_TASK),
            Instance.title,
            Instance.number,
            Instance.definition_id,
            Instance.called,
            Definition.name.label("process_name"),
        )
        .select_from(Task)
        .join(Instance, (Instance.tenant_id == Task.tenant_id) & (Instance.id == Task.instance_id))
        .join(Definition, (Definition.tenant_id == Task.tenant_id) & (Definition.id == Instance.definition_id))
        .where(Task.tenant_id == bindparam("office"), Task.ended_at.is_(None))
    )


def _row(actor: Actor, now: datetime, row: Any, units: dict[str, str]) -> InboxRow:  # noqa: ANN401 - columns by name
    steps = catalogue.of_instance(row).diagrams[row.process_key].steps
    left = remaining_of(actor, now, row, row)
    return InboxRow(
        task_id=str(row.id),
        title=row.name,
        case_id=str(row.instance_id),
        case_title=row.title,
        case_number=row.number,
        step=row.position,
        steps=steps,
        round=row.round,
        received_at=row.created_at,
        due_at=row.due_at,
        remaining=left,
        returned=row.is_returned,
        reason=row.return_reason,
        returned_by=row.came_from if row.is_returned else "",
        came_from=row.came_from,
        unit_name=units.get(row.unit, ""),
        process_name=row.process_name,
        group=_group(left),
        pressing=is_pressing(row),
    )


def _group(left: Remaining | None) -> str:
    if left is None:
        return "next"
    return {Kind.LATE: "late", Kind.TODAY: "today"}.get(left.kind, "next")
