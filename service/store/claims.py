"""Who has a task for himself: read for an act, and changed by one."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, func, select, update

from service.engine.assignment import Hold, Holder
from service.holds import is_taken
from service.models import Instance, Task, db
from service.once import Once
from service.prepared import Prepared
from service.store.history import Fact, add_lines
from service.store.instances import advance
from service.store.notifications import tell
from service.store.receipts import add_receipt

_OWN = (Task.tenant_id == bindparam("office"), Task.id == bindparam("task"))
_TAKEN = Prepared(select(Task.id).where(*_OWN, is_taken()))
_HOLDING = (
    "assignee", "assigned_post", "assigned_position", "assigned_at",
    "delegated_by", "delegated_post", "delegated_position", "delegation_note",
)  # fmt: skip
_HOLD = Prepared(
    update(Task)
    .where(*_OWN)
    .values(
        {name: bindparam(f"new_{name}") for name in _HOLDING}
        | {"follow_up_at": bindparam("new_follow_up", type_=Task.follow_up_at.type)}
        | {"begun_at": func.coalesce(Task.begun_at, bindparam("taken_at", type_=Task.begun_at.type))}
    )
)


def hold_of(task: Task, now: datetime) -> Hold | None:
    """Return who has a task for himself; nobody, once he or who handed it on does not hold his post any more."""
    if task.assignee is None or not _TAKEN.all({"office": task.tenant_id, "task": task.id, "now": now}):
        return None
    assert task.assigned_at is not None  # noqa: S101 - written with the assignee
    giver = None
    if task.delegated_by is not None:
        giver = Holder(task.delegated_by, task.delegated_post, task.delegated_position)
    holder = Holder(task.assignee, task.assigned_post, task.assigned_position)
    return Hold(holder, task.assigned_at, giver, task.delegation_note)


def save_hold(
    instance: Instance,
    task: Task,
    hold: Hold | None,
    follow_up: datetime | None,
    fact: Fact,
    told: Mapping[UUID, str],
    once: Once | None,
) -> None:
    """Save who has a task, until when he laid it aside, the history line, and which letter each gets who has to know.

    Raises:
        InstanceChanged: somebody else saved this case first.
        Repeated: the same request was carried out before.

    """
    advance(instance, lines=instance.lines + 1)
    add_receipt(instance, once, fact.at)
    taken_at = fact.at if fact.kind == "claimed" else None  # who gets it from somebody else has not begun yet
    own = {"office": task.tenant_id, "task": task.id}
    _HOLD.run({**own, "taken_at": taken_at, "new_follow_up": follow_up, **_columns(hold)})
    add_lines(instance, instance.lines + 1, [fact])
    for person, kind in told.items():
        tell(task.tenant_id, person, kind, _told(instance, task, fact), fact.at)
    db.session.commit()


def _told(instance: Instance, task: Task, fact: Fact) -> dict[str, object]:
    return {
        "case": {"id": str(instance.id), "number": instance.number, "title": instance.title},
        "task": {"id": str(task.id), "name": task.name},
        "by": fact.position,
        "reason": fact.body.get("reason", ""),
    }


def _columns(hold: Hold | None) -> dict[str, object]:
    values: tuple[object, ...]
    if hold is None:
        values = (*_place(None), None, *_place(None), "")
    else:
        values = (*_place(hold.holder), hold.since, *_place(hold.giver), hold.note)
    return dict(zip((f"new_{name}" for name in _HOLDING), values, strict=True))


def _place(holder: Holder | None) -> tuple[UUID | None, str, str]:
    return (holder.person_id, holder.post, holder.position) if holder else (None, "", "")
