"""The inbox: what I have in hand, what waits for my positions, and what waits for others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, Select, and_, bindparam, func, not_, or_, select, union

from service import catalogue
from service.columns import Text
from service.engine import worktime
from service.engine.assignment import Actor
from service.engine.diagram import Node
from service.engine.worktime import Kind, Remaining
from service.holds import is_others, is_own, is_taken
from service.models import IMPORTANT, Definition, Instance, Task, TaskGroup
from service.prepared import Prepared, numbered
from service.queries.organisation import unit_names
from service.queries.suspensions import Suspension, suspension_of
from service.queries.tasks import holders_of

PAGE_SIZE = 50
Rows = Select[*tuple[Any, ...]]
WAITING_SHOWN = 4
TABS = ("saya", "jabatan", "dikembalikan", "lewat", "menunggu", "semua")
"""In hand, for one's positions, returned, late, waiting for others; everything that one may do."""
URGENT = (Task.due_at.is_(None), Task.due_at, Task.priority.desc(), Task.created_at, Task.id)
ORDERS = {
    "tenggat": URGENT,
    "terbaru": (Task.created_at.desc(), Task.id),
    "terlama": (Task.created_at, Task.id),
    "nomor": (Instance.number, Task.created_at, Task.id),
    "judul": (Instance.title, Task.created_at, Task.id),
}
OF_A_TASK = (
    "tenant_id", "id", "instance_id", "process_key", "element", "name", "lane", "position", "unit", "groups", "round",
    "created_at", "due_at", "follow_up_at", "priority", "came_from", "is_returned", "return_reason",
    "assignee", "assigned_position", "assigned_at", "delegated_by", "delegated_position", "delegation_note",
)  # fmt: skip
LONGEST_NUMBER = 9
NO_NUMBER = -1


@dataclass(frozen=True, slots=True)
class View:
    """What somebody wants to see of his inbox."""

    tab: str = ""
    """One of `TABS`; empty: what is in hand if there is anything, else what waits for his positions."""
    q: str = ""
    process: str = ""
    unit: str = ""
    order: str = "tenggat"
    page: int = 1

    @property
    def is_narrowed(self) -> bool:
        """Tell whether it leaves anything out."""
        return bool(self.q or self.process or self.unit)


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
    """late, today or next; aside, when it was laid aside; taken, when somebody else has it."""
    pressing: bool = False
    """Whether the SOP calls it important."""
    is_mine: bool = False
    """Whether the reader has it for himself."""
    taken_by: str = ""
    """Position of who else has it."""
    given_by: str = ""
    """Position of who handed it to the reader."""
    note: str = ""
    """What was said with it."""
    agreed: str = ""
    """Words of the button that completes it by itself, where there is one."""
    who: str = ""
    """Whom it waits for, where that is not the reader."""
    aside_until: datetime | None = None
    """Until when it is laid aside."""
    suspension: Suspension | None = None
    """Of its case."""


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

    view: View
    rows: tuple[InboxRow, ...]
    counts: dict[str, int]
    processes: tuple[tuple[str, str], ...]
    units: tuple[tuple[str, str], ...]
    waiting: tuple[WaitingRow, ...]
    next_page: int | None


def open_count(actor: Actor, now: datetime) -> int:
    """Return how many open tasks the actor may do."""
    groups = sorted(actor.groups)
    (found,) = _counted(len(groups)).all(_own(actor, groups, now))
    return int(found.tasks)


def inbox(actor: Actor, now: datetime, view: View) -> InboxPage:
    """Return one page of the inbox; of an unknown view or order the first one."""
    groups = sorted(actor.groups)
    own = _own(actor, groups, now)
    sums = _summed(len(groups)).all(own)
    waiting = _waiting(len(groups)).all(own | {"most": WAITING_SHOWN})
    counts = {
        "saya": sum(row.own for row in sums),
        "jabatan": sum(row.free for row in sums),
        "dikembalikan": sum(row.returned for row in sums),
        "lewat": sum(row.late for row in sums),
        "menunggu": waiting[0].all_of_them if waiting else 0,
    }
    view = _known(view, counts)
    found = _listed(len(groups), view.tab, view.order, bool(view.q), bool(view.process), bool(view.unit)).all(
        own | _narrowing(view) | {"most": PAGE_SIZE + 1, "skipped": (view.page - 1) * PAGE_SIZE}
    )
    shown = found[:PAGE_SIZE]
    others = [*waiting, *(shown if view.tab == "menunggu" else ())]
    holders, units = holders_of(actor, others), unit_names(actor)
    who = {row.id: units.get(row.unit) or (row.taken and row.assigned_position) or holders[row.id] for row in others}
    return InboxPage(
        view=view,
        rows=tuple(_row(actor, now, row, units, who.get(row.id, "")) for row in shown),
        counts=counts,
        processes=_named({row.key: row.process_name for row in sums}),
        units=_named({row.unit: units[row.unit] for row in sums if row.unit in units}),
        waiting=tuple(
            WaitingRow(str(row.instance_id), row.title, who[row.id], row.name, remaining_of(actor, now, row, row))
            for row in waiting
        ),
        next_page=view.page + 1 if len(found) > PAGE_SIZE else None,
    )


def task_ids(actor: Actor, now: datetime, view: View, most: int) -> list[UUID]:
    """Return which tasks a view shows, so many at most and in its order."""
    groups = sorted(actor.groups)
    own = _own(actor, groups, now)
    in_hand = 0 if view.tab else sum(row.own for row in _summed(len(groups)).all(own))
    view = _known(view, {"saya": in_hand})
    found = _listed(len(groups), view.tab, view.order, bool(view.q), bool(view.process), bool(view.unit)).all(
        own | _narrowing(view) | {"most": most, "skipped": 0}
    )
    return [row.id for row in found]


def _known(view: View, counts: Mapping[str, int]) -> View:
    tab = view.tab if view.tab in TABS else "saya" if counts["saya"] else "jabatan"
    return replace(view, tab=tab, order=view.order if view.order in ORDERS else next(iter(ORDERS)))


def _named(names: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(names.items(), key=lambda pair: pair[1]))


def _narrowing(view: View) -> dict[str, object]:
    """Return what the statement of a narrowed view needs."""
    narrowing: dict[str, object] = {}
    if view.q:
        words = view.q.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
        digits = view.q.lstrip("0")
        is_number = digits.isascii() and digits.isdigit() and len(digits) <= LONGEST_NUMBER
        narrowing |= {"pattern": f"%{words}%", "number": int(digits) if is_number else NO_NUMBER}
    if view.process:
        narrowing["process"] = view.process
    if view.unit:
        narrowing["unit"] = view.unit
    return narrowing


def is_pressing(task: Task) -> bool:
    """Tell whether a task is more important than most."""
    return task.priority >= IMPORTANT


def remaining_of(actor: Actor, now: datetime, instance: Instance, task: Task) -> Remaining:
    """Return how much time a task has left, also that it has none to keep."""
    node = catalogue.of_instance(instance).diagrams[task.process_key].nodes[task.element]
    return _remaining(actor, now, task, node)


def _remaining(actor: Actor, now: datetime, task: Task, node: Node) -> Remaining:
    calendar = catalogue.calendar(actor.office, task.unit, *task.groups)
    return worktime.remaining(calendar, now, task.due_at, catalogue.standard_of(node))


def _own(actor: Actor, groups: Sequence[str], now: datetime) -> dict[str, object]:
    return {"office": actor.office, "person": actor.person_id, "now": now, **numbered("group", groups)}


# Statements for somebody of so many groups: few numbers occur, so each is built and put into SQL once.


@cache
def _counted(groups: int) -> Prepared:
    return Prepared(_mine(groups).where(not_(is_others())).with_only_columns(func.count().label("tasks")))


@cache
def _listed(groups: int, tab: str, order: str, *narrowed: bool) -> Prepared:
    by_words, by_process, by_unit = narrowed
    shown = (_others(groups) if tab == "menunggu" else _mine(groups)).where(*_tab(tab))
    if by_words:
        pattern = bindparam("pattern", type_=Text)
        matches = (column.ilike(pattern, escape="\\") for column in (Instance.title, Task.name))
        shown = shown.where(or_(*matches, Instance.number == bindparam("number", type_=Integer)))
    if by_process:
        # not its key alone: PostgreSQL would make an inner join of it again
        shown = shown.where(func.coalesce(Definition.key, "") == bindparam("process", type_=Text))
    if by_unit:
        shown = shown.where(Task.unit == bindparam("unit", type_=Text))
    first = ((is_taken(),) if tab == "jabatan" else ()) + ((_is_aside(),) if order == "tenggat" else ())
    skipped, most = (bindparam(name, type_=Integer) for name in ("skipped", "most"))
    return Prepared(shown.order_by(*first, *ORDERS[order]).offset(skipped).limit(most))


def _is_aside() -> ColumnElement[bool]:
    """Say that a task is laid aside until later; once it is late it is not any more."""
    still = or_(Task.due_at.is_(None), Task.due_at >= bindparam("now"))
    return and_(Task.follow_up_at.is_not(None), Task.follow_up_at > bindparam("now"), still)


def aside_until(task: Task, now: datetime) -> datetime | None:
    """Return until when a task is laid aside; a late one is not."""
    if task.follow_up_at is None or task.follow_up_at <= now or (task.due_at is not None and task.due_at < now):
        return None
    return task.follow_up_at


def _tab(tab: str) -> tuple[ColumnElement[bool], ...]:
    match tab:
        case "saya":
            return (is_own(),)
        case "jabatan":
            return (not_(is_own()),)
        case "dikembalikan":
            return Task.is_returned.is_(True), not_(is_others())
        case "lewat":
            return Task.due_at < bindparam("now"), not_(is_others())
        case "semua":
            return (not_(is_others()),)
        case _:
            return ()


@cache
def _waiting(groups: int) -> Prepared:
    """Find the most urgent tasks of others, each with the number of all of them."""
    counted = _others(groups).add_columns(func.count().over().label("all_of_them"))
    return Prepared(counted.order_by(*URGENT).limit(bindparam("most", type_=Integer)))


@cache
def _summed(groups: int) -> Prepared:
    """Count by process and unit: what is in hand, free, returned and late."""
    mine = not_(is_others())
    sums = _mine(groups).with_only_columns(
        Definition.key,
        Definition.name.label("process_name"),
        Task.unit,
        func.count().filter(is_own()).label("own"),
        func.count().filter(not_(is_taken())).label("free"),
        func.count().filter(Task.is_returned, mine).label("returned"),
        func.count().filter(Task.due_at < bindparam("now"), mine).label("late"),
    )
    return Prepared(sums.group_by(Definition.key, Definition.name, Task.unit))


def _mine(groups: int) -> Rows:
    """Open tasks of the actor's groups and in his hands; whoever has few reads few, however many the office has."""
    in_hand = select(Task.id).where(Task.tenant_id == bindparam("office"), Task.ended_at.is_(None), is_own())
    offered = union(*_offered(groups), in_hand).subquery()
    return _tasks().join(offered, offered.c[0] == Task.id)


def _others(groups: int) -> Rows:
    """Open tasks of others in cases that the actor started or worked on."""
    worked_on = select(Task.instance_id).where(
        Task.tenant_id == bindparam("office"), Task.ended_by == bindparam("person")
    )
    started = select(Instance.id).where(
        Instance.tenant_id == bindparam("office"), Instance.started_by == bindparam("person")
    )
    known = worked_on.union(started).subquery()
    return (
        _tasks()
        .join(known, known.c.instance_id == Task.instance_id)
        .where(Task.id.not_in(union(*_offered(groups))), not_(is_own()))
    )


def _offered(groups: int) -> list[Select[UUID]]:
    """Tasks of the actor's groups, one group after the other: each is a stretch of an index."""
    return [
        select(TaskGroup.task_id).where(
            TaskGroup.tenant_id == bindparam("office"), TaskGroup.group == bindparam(f"group_{number}")
        )
        for number in range(groups)
    ]


def _tasks() -> Rows:
    """Open tasks with what an inbox tells of their cases; the way to them is whose they are.

    Versions are joined from outside, although each case has one: PostgreSQL, which takes those offered to be fewer than
    they are, would begin with every version for every task.
    """
    return (
        select(
            *(Task.__table__.c[name] for name in OF_A_TASK),
            Instance.title,
            Instance.number,
            Instance.definition_id,
            Instance.called,
            Instance.suspended_at,
            Instance.suspended_by,
            Instance.suspension,
            Definition.name.label("process_name"),
            is_taken().label("taken"),
        )
        .select_from(Task)
        .join(Instance, (Instance.tenant_id == Task.tenant_id) & (Instance.id == Task.instance_id))
        .outerjoin(Definition, (Definition.tenant_id == Task.tenant_id) & (Definition.id == Instance.definition_id))
        .where(Task.tenant_id == bindparam("office"), Task.ended_at.is_(None))
    )


def _row(actor: Actor, now: datetime, row: Any, units: Mapping[str, str], who: str) -> InboxRow:  # noqa: ANN401 - columns by name
    diagram = catalogue.of_instance(row).diagrams[row.process_key]
    node = diagram.nodes[row.element]
    option, left = catalogue.agreement_of(row, row.process_key, node), _remaining(actor, now, row, node)
    is_mine = bool(row.taken) and row.assignee == actor.person_id
    taken_by = row.assigned_position if row.taken and not is_mine else ""
    aside, suspension = aside_until(row, now), suspension_of(row)
    return InboxRow(
        task_id=str(row.id),
        title=row.name,
        case_id=str(row.instance_id),
        case_title=row.title,
        case_number=row.number,
        step=row.position,
        steps=diagram.steps,
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
        group="taken" if taken_by and not who else "aside" if aside else _group(left),
        pressing=is_pressing(row),
        is_mine=is_mine,
        taken_by=taken_by,
        given_by=row.delegated_position if is_mine else "",
        note=row.delegation_note if is_mine else "",
        agreed=option.label if option and not (taken_by or who or suspension) else "",
        who=who,
        aside_until=aside,
        suspension=suspension,
    )


def _group(left: Remaining | None) -> str:
    if left is None:
        return "next"
    return {Kind.LATE: "late", Kind.TODAY: "today"}.get(left.kind, "next")
