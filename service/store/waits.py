"""What cases wait for beside people, and what begins them."""

from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, delete, not_, select, update

from service.engine.workflow import Step
from service.errors import NotFound
from service.models import (
    Dispatch,
    Instance,
    LargeValue,
    StartTrigger,
    Waiting,
    db,
    new_id,
    of_suspended,
)


def waiting_cases(
    office: str, kind: str, name: str, key: str = "", business_key: str = "", *, suspended: bool = False
) -> list[UUID]:
    """Return the cases that wait for a message with this key, or for a signal, the longest wait first.

    Suspended ones wait for nothing; they are told apart where they are asked for.

    With a business key those that have it come first, and those are left out that take every message of the name
    and have another one.
    """
    found = select(Waiting.instance_id).where(
        Waiting.tenant_id == office, Waiting.kind == kind, Waiting.name == name, Waiting.key.in_({"", key})
    )
    stands_still = of_suspended(Waiting, Instance.tenant_id == office)
    found = found.where(stands_still if suspended else not_(stands_still))
    if business_key:
        of_case = (Instance.tenant_id == Waiting.tenant_id) & (Instance.id == Waiting.instance_id)
        is_meant = Instance.business_key.in_({"", business_key})
        found = found.join(Instance, of_case).where((Waiting.key == business_key) | is_meant)
        found = found.order_by(Instance.business_key != business_key)
    return list(dict.fromkeys(db.session.scalars(found.order_by(Waiting.since, Waiting.id))))


def due_trigger(office: str, process: str, now: datetime) -> StartTrigger | None:
    """Return the clock of a process if its time has come."""
    trigger = db.session.get(StartTrigger, (office, process), populate_existing=True)
    if trigger is None or trigger.kind != "timer" or trigger.is_suspended:
        return None
    return trigger if trigger.due_at is not None and trigger.due_at <= now else None


def trigger_of(office: str, process: str) -> StartTrigger | None:
    """Return what starts cases of a process by itself, be it suspended."""
    return db.session.get(StartTrigger, (office, process), populate_existing=True)


def triggered(office: str, kind: str, name: str) -> list[str]:
    """Return the keys of the processes that begin with a message or signal."""
    found = select(StartTrigger.process_key).where(
        StartTrigger.tenant_id == office,
        StartTrigger.kind == kind,
        StartTrigger.name == name,
        StartTrigger.is_suspended.is_(False),
    )
    return list(db.session.scalars(found.order_by(StartTrigger.process_key)))


def advance_trigger(trigger: StartTrigger, following: tuple[datetime, int | None] | None, now: datetime) -> None:
    """Set the next time of a process, or none, and order the case that begins now; nothing if somebody was faster."""
    office, process = trigger.tenant_id, trigger.process_key
    due_at, left = following or (None, None)
    advanced = db.session.execute(
        update(StartTrigger)
        .where(
            StartTrigger.tenant_id == office,
            StartTrigger.process_key == process,
            StartTrigger.due_at == trigger.due_at,
            StartTrigger.is_suspended.is_(False),
        )
        .values(due_at=due_at, left=left, failure="")
        .execution_options(synchronize_session=False)
    )
    if cast("CursorResult[Any]", advanced).rowcount == 1:
        db.session.add(Dispatch(tenant_id=office, id=new_id(now), kind="start", name=process, sent_at=now))
    db.session.commit()


def note_trigger_failure(office: str, process: str, failure: str) -> None:
    """Note why a case could not be started by itself."""
    db.session.execute(
        update(StartTrigger)
        .where(StartTrigger.tenant_id == office, StartTrigger.process_key == process)
        .values(failure=failure)
    )
    db.session.commit()


def get_wait(office: str, wait_id: UUID, kind: str) -> tuple[Waiting, Instance]:
    """Return a wait with its case, in one look: a case that is read later may have left the wait behind.

    Raises:
        NotFound: the office has no such wait.

    """
    of_case = (Instance.tenant_id == Waiting.tenant_id) & (Instance.id == Waiting.instance_id)
    found = select(Waiting, Instance).join(Instance, of_case)
    found = found.where(Waiting.tenant_id == office, Waiting.id == wait_id, Waiting.kind == kind)
    for wait, instance in db.session.execute(found):
        return wait, instance
    raise NotFound(wait=wait_id)


def keep_beside(instance: Instance, step: Step, now: datetime) -> None:
    """Keep what belongs to a state and stands in rows of its own: large variables, waits, what was thrown."""
    if step.gone_values:
        drop(LargeValue, instance, LargeValue.digest.in_(step.gone_values))
    if step.over:
        drop(Waiting, instance, Waiting.id.in_([UUID(wait) for wait in step.over]))
    own = {"tenant_id": instance.tenant_id, "instance_id": instance.id}
    for digest, content in step.new_values.items():
        db.session.add(LargeValue(**own, digest=digest, content=content))
    for wait in step.begun:
        db.session.add(
            Waiting(
                **own, id=UUID(wait.id), process_key=wait.process, element=wait.element, kind=wait.kind,
                name=wait.name, key=wait.key, due_at=wait.due, since=now,
                free_at=now if wait.kind == "external" else None,
            )
        )  # fmt: skip
    for thrown in step.thrown:
        body = dict(thrown.values)
        db.session.add(
            Dispatch(**own, id=new_id(now), kind=thrown.kind, name=thrown.name, key=thrown.key, body=body, sent_at=now)
        )


def drop(table: type[LargeValue] | type[Waiting], instance: Instance, *conditions: ColumnElement[bool]) -> None:
    """Delete what stood beside the state of a case."""
    db.session.execute(
        delete(table).where(table.tenant_id == instance.tenant_id, table.instance_id == instance.id, *conditions)
    )
