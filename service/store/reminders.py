"""What is told of due dates, once each, and what each office settles about it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, update

from service.engine.reminders import Rule, Track
from service.models import Instance, Office, Reminder, ReminderRule, Task, db
from service.store.history import Fact, add_lines
from service.store.instances import advance
from service.store.notifications import tell


@dataclass(frozen=True, slots=True)
class Notice:
    """One stage as it is told: its history line, and what each of those people gets."""

    track: Track
    rank: int
    fact: Fact
    kind: str
    body: Mapping[str, Any]
    people: Collection[UUID]


def save_reminder_rule(office: str, process: str, rule: Rule) -> None:
    """Keep what an office settled about a process, with what else is being changed."""
    row = db.session.get(ReminderRule, (office, process))
    if row is None:
        row = ReminderRule(tenant_id=office, process_key=process)
        db.session.add(row)
    row.is_on, row.ahead, row.ahead_unit, row.when_late = rule.is_on, rule.ahead, rule.ahead_unit, rule.when_late
    row.every, row.times, row.escalate_after = rule.every, rule.times, rule.escalate_after


def save_notices(instance: Instance, task: Task, notices: Sequence[Notice], now: datetime) -> None:
    """Tell it, remember that it was told and write it into the history of the case, all or nothing.

    Raises:
        InstanceChanged: something happened to the case meanwhile.

    """
    advance(instance, lines=instance.lines + len(notices))
    for one in notices:
        db.session.execute(
            insert(Reminder).values(
                tenant_id=task.tenant_id, task_id=task.id, due_at=task.due_at, track=one.track, rank=one.rank, at=now
            )
        )
        for person in one.people:
            tell(task.tenant_id, person, one.kind, one.body, now)
    add_lines(instance, instance.lines + 1, [one.fact for one in notices])
    db.session.commit()


def note_round(office: str, now: datetime) -> None:
    """Note that the open tasks of an office were gone through."""
    db.session.execute(update(Office).where(Office.id == office).values(reminded_at=now))
    db.session.commit()
