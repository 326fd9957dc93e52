"""News of a person: the tasks that came and what he was told, the newest first."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from sqlalchemy import ColumnElement, SQLColumnExpression, bindparam, func, not_, select

from service.engine.assignment import Actor
from service.holds import is_others
from service.models import Delivery, Instance, Reading, Task, TaskGroup, db
from service.prepared import Prepared

MOST = 50
EVER = datetime(2000, 1, 1, tzinfo=UTC)
"""Whoever has read nothing yet has everything before him."""


@dataclass(frozen=True, slots=True)
class Item:
    """Something that a person may want to know."""

    kind: str
    """task-opened, task-returned, or the kind of what he was told."""
    at: datetime
    is_new: bool
    task_id: str
    task_name: str
    case_id: str
    case_number: int
    case_title: str
    by: str
    """The position that it comes from, may be empty."""
    reason: str


def unread(actor: Actor, now: datetime) -> int:
    """Return how much has come since the person looked last."""
    groups = sorted(actor.groups)
    own = {f"group_{number}": group for number, group in enumerate(groups)}
    (found,) = _counted(len(groups)).all({"office": actor.office, "person": actor.person_id, "now": now, **own})
    return int(found.tasks) + int(found.told)


def latest(actor: Actor, now: datetime) -> tuple[Item, ...]:
    """Return the latest news; tasks that are done meanwhile, or that somebody else took, are none any more."""
    mine = (Reading.tenant_id == actor.office, Reading.person_id == actor.person_id)
    seen = db.session.scalar(select(Reading.seen_at).where(*mine)) or EVER
    items = [*_tasks(actor, seen, now), *_told(actor, seen)]
    return tuple(sorted(items, key=lambda item: item.at, reverse=True)[:MOST])


@cache
def _counted(groups: int) -> Prepared:
    seen = (
        select(Reading.seen_at)
        .where(Reading.tenant_id == bindparam("office"), Reading.person_id == bindparam("person"))
        .scalar_subquery()
    )
    offered = select(TaskGroup.task_id).where(
        TaskGroup.tenant_id == bindparam("office"),
        TaskGroup.group.in_([bindparam(f"group_{number}") for number in range(groups)]),
    )
    tasks = select(func.count()).where(
        Task.tenant_id == bindparam("office"),
        Task.ended_at.is_(None),
        Task.id.in_(offered),
        not_(is_others()),
        _since(Task.created_at, seen),
    )
    told = select(func.count()).where(
        Delivery.tenant_id == bindparam("office"),
        Delivery.channel == "page",
        Delivery.target == bindparam("person"),
        _since(Delivery.created_at, seen),
    )
    return Prepared(select(tasks.scalar_subquery().label("tasks"), told.scalar_subquery().label("told")))


def _since(moment: SQLColumnExpression[datetime], seen: SQLColumnExpression[datetime]) -> ColumnElement[bool]:
    return seen.is_(None) | (moment > seen)


def _tasks(actor: Actor, seen: datetime, now: datetime) -> list[Item]:
    offered = select(TaskGroup.task_id).where(
        TaskGroup.tenant_id == actor.office, TaskGroup.group.in_(sorted(actor.groups))
    )
    found = (
        select(Task, Instance.number, Instance.title)
        .join(Instance, (Instance.tenant_id == Task.tenant_id) & (Instance.id == Task.instance_id))
        .where(Task.tenant_id == actor.office, Task.ended_at.is_(None), Task.id.in_(offered), not_(is_others()))
        .order_by(Task.created_at.desc(), Task.id)
        .limit(MOST)
    )
    return [
        Item(
            "task-returned" if task.is_returned else "task-opened",
            task.created_at,
            task.created_at > seen,
            str(task.id),
            task.name,
            str(task.instance_id),
            number,
            title,
            task.came_from,
            task.return_reason if task.is_returned else "",
        )
        for task, number, title in db.session.execute(found, {"person": actor.person_id, "now": now})
    ]


def _told(actor: Actor, seen: datetime) -> list[Item]:
    found = (
        select(Delivery)
        .where(Delivery.tenant_id == actor.office, Delivery.channel == "page", Delivery.target == actor.person_id)
        .order_by(Delivery.created_at.desc(), Delivery.id)
        .limit(MOST)
    )
    return [_item(row, seen) for row in db.session.scalars(found)]


def _item(row: Delivery, seen: datetime) -> Item:
    case, task = row.body["case"], row.body.get("task", {})
    return Item(
        row.kind,
        row.created_at,
        row.created_at > seen,
        task.get("id", ""),
        task.get("name", ""),
        case["id"],
        case["number"],
        case["title"],
        row.body.get("by", ""),
        row.body.get("reason", ""),
    )
