"""Who is told of a step: rows that are written in its transaction and sent afterwards."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any
from uuid import UUID

from sqlalchemy import Pool, exists, insert, or_, select

from service.engine.assignment import PERSON
from service.engine.worklist import Opened
from service.models import IMPORTANT, Delivery, Holding, Instance, Person, Position, Task, Webhook, db, new_id, valid_at
from service.store.history import Fact

KEPT = 5.0
"""Seconds for which a process remembers who listens in an office: so late a new listener is heard of elsewhere."""
KINDS = ("task-opened", "task-returned", "case-ended")
DUE_DATES = ("task-due", "task-late", "task-escalated")
"""What is told of a task because of its due date: before it, after it, and to the post above."""
PRESSING = timedelta(days=1)
"""A task due so soon, by the clock, is told of at once to who wants urgent news only; so is an important one."""
_ADD = insert(Delivery)


@dataclass(frozen=True, slots=True)
class _Listeners:
    pool: Pool
    """Whoever lets go of the database remembers nothing of it."""
    until: float
    webhooks: tuple[tuple[UUID, frozenset[str]], ...]
    has_mail: bool


_known: dict[str, _Listeners] = {}


def forget_listeners() -> None:
    """Look again who listens."""
    _known.clear()


def notify(instance: Instance, opened: Sequence[Opened], fact: Fact, *, ended: bool) -> None:
    """Put what a step means for others into the outbox; who did it himself is not told."""
    listeners = _listeners(instance.tenant_id)
    if not ended and not listeners.webhooks and not listeners.has_mail:
        return  # a new task is seen in the inbox; only what is not has to be written down for the page
    rows = [
        row for event in _events(instance, opened, fact, ended=ended) for row in _rows(instance, listeners, event, fact)
    ]
    if rows:
        db.session.connection().execute(_ADD, rows)


def tell(office: str, person: UUID, kind: str, body: Mapping[str, Any], at: datetime) -> None:
    """Tell one person something that concerns him alone: on the page, and at once by letter if he wants urgent ones."""
    wants = db.session.scalar(select(Person.mail).where(Person.id == person, Person.is_active, Person.email != ""))
    rows = [_row(office, "page", person, kind, body, at)]
    if wants and wants != "none":
        rows.append(_row(office, "mail", person, kind, body, at))
    db.session.connection().execute(_ADD, rows)


@dataclass(frozen=True, slots=True)
class _Event:
    kind: str
    body: Mapping[str, Any]
    groups: Collection[str]
    """Whom it concerns; nobody in particular when a case has ended, which concerns who started it."""
    is_urgent: bool


def _events(instance: Instance, opened: Sequence[Opened], fact: Fact, *, ended: bool) -> Iterator[_Event]:
    case = {"id": str(instance.id), "number": instance.number, "title": instance.title}
    rounds = _rounds(instance, opened) if opened else {}
    for task in opened:
        body = {
            "case": case,
            "task": {
                "id": task.id,
                "process": task.process,
                "element": task.element,
                "name": task.name,
                "unit": task.unit,
                "round": rounds[UUID(task.id)],
                "due_at": task.due_at.isoformat() if task.due_at else None,
            },
        }
        is_near = task.due_at is not None and task.due_at - fact.at <= PRESSING
        is_urgent = task.is_returned or task.priority >= IMPORTANT or is_near
        yield _Event("task-returned" if task.is_returned else "task-opened", body, task.groups, is_urgent)
    if ended:
        yield _Event("case-ended", {"case": case}, (), is_urgent=False)


def _rounds(instance: Instance, opened: Sequence[Opened]) -> dict[UUID, int]:
    new = Task.id.in_([UUID(task.id) for task in opened])
    found = db.session.execute(select(Task.id, Task.round).where(Task.tenant_id == instance.tenant_id, new))
    return {row.id: row.round for row in found}


def _rows(instance: Instance, listeners: _Listeners, event: _Event, fact: Fact) -> Iterator[dict[str, Any]]:
    targets = [("webhook", webhook) for webhook, kinds in listeners.webhooks if event.kind in kinds]
    if listeners.has_mail:
        targets += [("mail", person) for person in _readers(instance, event, fact.at) if person != fact.person_id]
    if not event.groups and instance.started_by not in (None, fact.person_id):
        targets.append(("page", instance.started_by))
    for channel, target in targets:
        yield _row(instance.tenant_id, channel, target, event.kind, event.body, fact.at)


def _row(
    office: str, channel: str, target: UUID | None, kind: str, body: Mapping[str, Any], at: datetime
) -> dict[str, Any]:
    is_shown = channel == "page"  # what stands on the page has arrived
    return {
        "tenant_id": office,
        "id": new_id(at),
        "channel": channel,
        "target": target,
        "kind": kind,
        "body": body,
        "created_at": at,
        "due_at": None if is_shown else at,
        "done_at": at if is_shown else None,
        "attempts": 0,
        "failure": "",
    }


def _readers(instance: Instance, event: _Event, now: datetime) -> set[UUID]:
    """Return the people who want a letter about an event."""
    wanted = [Person.mail.in_(("all", "urgent") if event.is_urgent else ("all",)), Person.email != "", Person.is_active]
    if not event.groups:
        return set(db.session.scalars(select(Person.id).where(Person.id == instance.started_by, *wanted)))
    names = [group.removeprefix(PERSON) for group in event.groups if group.startswith(PERSON)]
    found = (
        select(Person.id)
        .join(Holding, Holding.person_id == Person.id)
        .join(Position, (Position.tenant_id == Holding.tenant_id) & (Position.code == Holding.position_code))
        .where(
            Holding.tenant_id == instance.tenant_id,
            valid_at(Holding, now),
            or_(Position.code.in_(event.groups), Position.unit_code.in_(event.groups), Person.user_name.in_(names)),
            *wanted,
        )
    )
    return set(db.session.scalars(found))


def _listeners(office: str) -> _Listeners:
    known, pool = _known.get(office), db.engine.pool
    if known is None or known.until < monotonic() or known.pool is not pool:
        webhooks = db.session.execute(select(Webhook.id, Webhook.kinds).where(Webhook.tenant_id == office))
        mail = exists().where(
            Holding.tenant_id == office,
            Holding.person_id == Person.id,
            Person.email != "",
            Person.mail != "none",
        )
        known = _Listeners(
            pool=pool,
            until=monotonic() + KEPT,
            webhooks=tuple((row.id, frozenset(row.kinds)) for row in webhooks),
            has_mail=bool(db.session.scalar(select(mail))),
        )
        _known[office] = known
    return known
