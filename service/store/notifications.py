"""Who is told of a step: rows that are written in its transaction and sent afterwards."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any
from uuid import UUID

from sqlalchemy import Pool, exists, insert, or_, select

from service.engine.assignment import PERSON
from service.engine.worklist import Opened
from service.models import Delivery, Holding, Instance, Person, Position, Webhook, db, new_id, valid_at
from service.store.history import Fact

KEPT = 5.0
"""Seconds for which a process remembers who listens in an office: so late a new listener is heard of elsewhere."""
KINDS = ("task-opened", "task-returned", "case-ended")
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
    if not listeners.webhooks and not listeners.has_mail:
        return
    rows = [row for event in _events(instance, opened, ended=ended) for row in _rows(instance, listeners, event, fact)]
    if rows:
        db.session.connection().execute(_ADD, rows)


@dataclass(frozen=True, slots=True)
class _Event:
    kind: str
    body: Mapping[str, Any]
    groups: Collection[str]
    """Whom it concerns; nobody in particular when a case has ended, which concerns who started it."""


def _events(instance: Instance, opened: Sequence[Opened], *, ended: bool) -> Iterator[_Event]:
    case = {"id": str(instance.id), "number": instance.number, "title": instance.title}
    for task in opened:
        body = {
            "case": case,
            "task": {
                "id": task.id,
                "process": task.process,
                "element": task.element,
                "name": task.name,
                "unit": task.unit,
                "round": task.round,
                "due_at": task.due_at.isoformat() if task.due_at else None,
            },
        }
        yield _Event("task-returned" if task.is_returned else "task-opened", body, task.groups)
    if ended:
        yield _Event("case-ended", {"case": case}, ())


def _rows(instance: Instance, listeners: _Listeners, event: _Event, fact: Fact) -> Iterator[dict[str, Any]]:
    targets = [("webhook", webhook) for webhook, kinds in listeners.webhooks if event.kind in kinds]
    if listeners.has_mail:
        people = _concerned(instance.tenant_id, event.groups, fact.at) if event.groups else {instance.started_by}
        targets += [("mail", person) for person in people if person and person != fact.person_id]
    for channel, target in targets:
        yield {
            "tenant_id": instance.tenant_id,
            "id": new_id(fact.at),
            "channel": channel,
            "target": target,
            "kind": event.kind,
            "body": event.body,
            "created_at": fact.at,
            "due_at": fact.at,
            "attempts": 0,
            "failure": "",
        }


def _concerned(office: str, groups: Collection[str], now: datetime) -> set[UUID]:
    """Return the people with an e-mail address who are meant by candidate groups."""
    names = [group.removeprefix(PERSON) for group in groups if group.startswith(PERSON)]
    found = (
        select(Person.id)
        .join(Holding, Holding.person_id == Person.id)
        .join(Position, (Position.tenant_id == Holding.tenant_id) & (Position.code == Holding.position_code))
        .where(
            Holding.tenant_id == office,
            valid_at(Holding, now),
            Person.email != "",
            Person.is_active,
            or_(Position.code.in_(groups), Position.unit_code.in_(groups), Person.user_name.in_(names)),
        )
    )
    return set(db.session.scalars(found))


def _listeners(office: str) -> _Listeners:
    known, pool = _known.get(office), db.engine.pool
    if known is None or known.until < monotonic() or known.pool is not pool:
        webhooks = db.session.execute(select(Webhook.id, Webhook.kinds).where(Webhook.tenant_id == office))
        mail = exists().where(Holding.tenant_id == office, Holding.person_id == Person.id, Person.email != "")
        known = _Listeners(
            pool=pool,
            until=monotonic() + KEPT,
            webhooks=tuple((row.id, frozenset(row.kinds)) for row in webhooks),
            has_mail=bool(db.session.scalar(select(mail))),
        )
        _known[office] = known
    return known
