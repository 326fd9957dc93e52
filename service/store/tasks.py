"""User tasks of a case: what is open, what was done, by whom."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, func, insert, or_, select, update
from sqlalchemy.orm import aliased

from service.engine.workflow import OpenTask
from service.engine.worklist import Changes, Known, Opened, Place, place_of
from service.errors import NotFound, TaskClosed
from service.models import (
    Draft,
    History,
    Instance,
    Person,
    Task,
    TaskGroup,
    TaskStatus,
    db,
)
from service.prepared import Prepared, plain
from service.store.history import Fact

_OWN = (Task.tenant_id == bindparam("office"), Task.instance_id == bindparam("case"))
_OPEN = Prepared(select(Task.id).where(*_OWN, Task.ended_at.is_(None)))
_before = aliased(Task)
_LAST_ROUND = select(func.coalesce(func.max(_before.round), 0).label("round")).where(
    *(
        getattr(_before, name) == bindparam(name)
        for name in ("tenant_id", "instance_id", "process_key", "element", "unit")
    )
)
_ROUND = Prepared(_LAST_ROUND)
_ASKED = select(Task.unit).where(*_OWN, Task.unit.in_(bindparam("units", expanding=True))).distinct()
_plain_task, _plain_case = plain(Task), plain(Instance)
_FOUND = Prepared(
    select(*Task.__table__.c, *(column.label(f"case_{column.key}") for column in Instance.__table__.c))
    .join(Instance, (Instance.tenant_id == Task.tenant_id) & (Instance.id == Task.instance_id))
    .where(Task.tenant_id == bindparam("office"), Task.id == bindparam("task"))
)
_LATER = frozenset({
    "outcome", "outcome_label", "begun_at", "assignee", "assigned_post", "assigned_position", "assigned_at",
    "delegated_by", "delegated_post", "delegated_position", "delegation_note",
})  # fmt: skip
"""What a new task does not have yet."""
_ADD = Prepared(
    insert(Task).values(
        {c.name: bindparam(c.name) for c in Task.__table__.c if c.name not in _LATER}
        | {"round": func.coalesce(bindparam("round", type_=Task.round.type), _LAST_ROUND.scalar_subquery() + 1)}
    )
)
_OFFER = Prepared(insert(TaskGroup))
_ENDING = ("status", "ended_at", "ended_by", "ended_position", "outcome", "outcome_label")
_END = Prepared(
    update(Task)
    .where(Task.tenant_id == bindparam("office"), Task.id == bindparam("task"))
    .values(
        {name: bindparam(f"new_{name}") for name in _ENDING}
        | {"begun_at": func.coalesce(Task.begun_at, bindparam("done_at", type_=Task.begun_at.type))}
    )
)
_WITHDRAW = Prepared(
    delete(TaskGroup).where(TaskGroup.tenant_id == bindparam("office"), TaskGroup.task_id == bindparam("task"))
)
_FORGET_DRAFT = Prepared(
    delete(Draft).where(
        Draft.tenant_id == bindparam("office"),
        Draft.task_id == bindparam("task"),
        Draft.person_id == bindparam("person"),
    )
)


def get_task(office: str, task_id: UUID) -> tuple[Task, Instance]:
    """Return a user task with its case, as plain rows: what is written to them is saved nowhere.

    Raises:
        NotFound: the office has no such task.

    """
    for found in _FOUND.all({"office": office, "task": task_id}):
        width = len(Task.__table__.c)
        return _plain_task(found[:width]), _plain_case(found[width:])
    raise NotFound(task=task_id)


def require_open(task: Task) -> None:
    """Refuse a task that somebody has completed or cancelled.

    Raises:
        TaskClosed: with its case, who ended it and when.

    """
    if task.status != TaskStatus.OPEN:
        by, at = task.ended_position, task.ended_at
        raise TaskClosed(task=task.id, instance=task.instance_id, status=task.status, by=by, at=at)


def known_tasks(instance: Instance, new: Sequence[OpenTask]) -> Known:
    """Return where a case had a task in the places of these ones, and which of their units were asked for anything."""
    places = {place_of(task) for task in new}
    units = {unit for _, _, unit in places if unit}
    own = {"office": instance.tenant_id, "case": instance.id, "units": list(units)}
    asked = db.session.scalars(_ASKED, own) if units else ()
    return Known(frozenset(place for place in places if _rounds(instance, place)), frozenset(asked))


def _rounds(instance: Instance, place: Place) -> int:
    process, element, unit = place
    case = {"tenant_id": instance.tenant_id, "instance_id": instance.id}
    (found,) = _ROUND.all({**case, "process_key": process, "element": element, "unit": unit})
    return int(found.round)


def open_task_ids(instance: Instance) -> frozenset[str]:
    """Return the ids of the open tasks of a case."""
    return frozenset(str(row.id) for row in _OPEN.all({"office": instance.tenant_id, "case": instance.id}))


def performers(instance: Instance, process: str, elements: Iterable[str]) -> set[UUID]:
    """Return who completed any of these elements in any round of this case, with every account of the same people."""
    account = aliased(Person)
    rows = db.session.scalars(
        select(account.id)
        .join(Person, or_(account.id == Person.id, account.nip == Person.nip))
        .join(Task, Task.ended_by == Person.id)
        .where(
            Task.tenant_id == instance.tenant_id,
            Task.instance_id == instance.id,
            Task.process_key == process,
            Task.element.in_(list(elements)),
            Task.status == TaskStatus.COMPLETED,
        )
    )
    return set(rows)


def require_of_case(task: Task, case_id: UUID) -> None:
    """Refuse a task of another case.

    Raises:
        NotFound: as if it were not there.

    """
    if task.instance_id != case_id:
        raise NotFound(task=task.id)


def performed(instance: Instance, process: str) -> frozenset[str]:
    """Return the elements of a process that were done in a case at least once."""
    done = select(Task.element).where(
        Task.tenant_id == instance.tenant_id,
        Task.instance_id == instance.id,
        Task.process_key == process,
        Task.status == TaskStatus.COMPLETED,
    )
    return frozenset(db.session.scalars(done.distinct()))


def last_values(instance: Instance, process: str, element: str, unit: str) -> dict[str, Any] | None:
    """Return what was answered the last time this element was completed, None when it never was."""
    task = (
        select(Task.id)
        .where(
            Task.tenant_id == instance.tenant_id,
            Task.instance_id == instance.id,
            Task.process_key == process,
            Task.element == element,
            Task.unit == unit,
            Task.status == TaskStatus.COMPLETED,
        )
        .order_by(Task.round.desc())
        .limit(1)
    )
    body = db.session.scalars(
        select(History.body).where(
            History.tenant_id == instance.tenant_id,
            History.instance_id == instance.id,
            History.task_id == task.scalar_subquery(),
            History.kind.in_(("completed", "returned")),  # the task may have failed before
        )
    ).first()
    return None if body is None else dict(body["values"])


def open_participants(instance: Instance, element: str) -> list[Task]:
    """Return the open tasks that units were asked to do in one element, the first one first."""
    found = select(Task).where(
        Task.tenant_id == instance.tenant_id,
        Task.instance_id == instance.id,
        Task.element == element,
        Task.unit != "",
        Task.ended_at.is_(None),
    )
    return list(db.session.scalars(found.order_by(Task.created_at, Task.id)))


def add_tasks(instance: Instance, changes: Changes, fact: Fact) -> None:
    """Add the tasks that a step opened; the database counts in which round, the same for those of one place."""
    often = Counter(opened.place for opened in changes.opened)
    rounds = {place: _rounds(instance, place) + 1 for place, count in often.items() if count > 1}
    for opened in changes.opened:
        _ADD.write({**_row(instance, opened, fact), "round": rounds.get(opened.place)})
        for group in dict.fromkeys(opened.groups):
            _OFFER.write({"tenant_id": instance.tenant_id, "candidate_group": group, "task_id": UUID(opened.id)})


def end_tasks(instance: Instance, closed: frozenset[str], fact: Fact) -> None:
    """End tasks: that of the act as completed, the others as cancelled; no inbox has them any more.

    One that ended with an error was not completed.
    """
    done = None if fact.kind == "raised" else fact.task_id
    ended = {"new_ended_at": fact.at, "new_ended_by": fact.person_id, "new_ended_position": fact.position}
    for task in map(UUID, closed):
        status = TaskStatus.COMPLETED if task == done else TaskStatus.CANCELLED
        told = fact.body if status == TaskStatus.COMPLETED else {}
        decided = {f"new_{name}": str(told.get(name) or "") for name in ("outcome", "outcome_label")}
        # PostgreSQL carries the last of these out first: the task before its draft, as whoever saves one takes them.
        if status == TaskStatus.COMPLETED and fact.person_id is not None:  # what others typed meanwhile stays theirs
            _FORGET_DRAFT.write({"office": instance.tenant_id, "task": task, "person": fact.person_id})
        _WITHDRAW.write({"office": instance.tenant_id, "task": task})
        done_at = fact.at if status == TaskStatus.COMPLETED else None
        own = {"office": instance.tenant_id, "task": task, "new_status": status, "done_at": done_at}
        _END.write({**own, **ended, **decided})


def _row(instance: Instance, opened: Opened, fact: Fact) -> dict[str, Any]:
    return {
        "tenant_id": instance.tenant_id,
        "id": UUID(opened.id),
        "instance_id": instance.id,
        "process_key": opened.process,
        "element": opened.element,
        "name": opened.name,
        "lane": opened.lane,
        "position": opened.order,
        "unit": opened.unit,
        "groups": list(opened.groups),
        "status": TaskStatus.OPEN,
        "created_at": fact.at,
        "due_at": opened.due_at,
        "follow_up_at": opened.follow_up_at,
        "priority": opened.priority,
        "came_from": fact.position,
        "is_returned": opened.is_returned,
        "return_reason": str(fact.body.get("reason", "")) if opened.is_returned else "",
        "return_parts": list(fact.body.get("parts", ())) if opened.is_returned else [],
        "ended_at": None,
        "ended_by": None,
        "ended_position": "",
    }
