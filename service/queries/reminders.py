"""What an office settled about telling people of due dates, which tasks there are to tell of, and whom."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, or_, select

from service.engine.appointment import Capacity
from service.engine.assignment import PERSON, Actor, Role
from service.engine.reminders import Rule, Seat, Track
from service.engine.worktime import Unit
from service.errors import NotFound
from service.holds import is_taken
from service.models import Definition, Holding, Instance, Person, Position, Reminder, ReminderRule, Task, db, valid_at
from service.models import Role as RoleRow

BATCH = 400
"""Open tasks that are looked at together."""


def rule(actor: Actor, process: str) -> Rule:
    """Return by which rule people are told of the due dates of a process; the usual one if nobody settled another.

    Raises:
        NotFound: the office has no such process.

    """
    own = (Definition.tenant_id == actor.office, Definition.key == process)
    if not db.session.scalar(select(exists().where(*own))):
        raise NotFound(process=process)
    return rules(actor.office).get(process, Rule())


def seats(office: str, now: datetime, groups: Collection[str] | None = None) -> tuple[Seat, ...]:
    """Return everybody who does work in an office, or that of some candidate groups, once for each of his posts."""
    found = (
        select(Person.id, Person.user_name, Holding.capacity, Position.code, Position.unit_code, Position.name)
        .join(Holding, Holding.person_id == Person.id)
        .join(Position, (Position.tenant_id == Holding.tenant_id) & (Position.code == Holding.position_code))
        .join(RoleRow, (RoleRow.tenant_id == Holding.tenant_id) & (RoleRow.person_id == Person.id))
        .where(Holding.tenant_id == office, RoleRow.name == Role.STAFF, Person.is_active)
        .where(valid_at(Holding, now), valid_at(RoleRow, now))
        .order_by(Position.code, Person.user_name)
    )
    if groups is not None:
        names = [group.removeprefix(PERSON) for group in groups if group.startswith(PERSON)]
        found = found.where(or_(Position.code.in_(groups), Position.unit_code.in_(groups), Person.user_name.in_(names)))
    return tuple(
        Seat(
            row.id, row.user_name, row.code, row.unit_code or "", f"{Capacity(row.capacity).prefix} {row.name}".strip()
        )
        for row in db.session.execute(found)
    )


def posts_with_superiors(office: str) -> dict[str, tuple[str, str]]:
    """Return the open posts of an office, each with the code of its unit and of the post that it answers to."""
    found = select(Position.code, Position.unit_code, Position.superior_code).where(
        Position.tenant_id == office, Position.closed_at.is_(None)
    )
    return {row.code: (row.unit_code or "", row.superior_code or "") for row in db.session.execute(found)}


def rules(office: str) -> dict[str, Rule]:
    """Return what an office settled itself, by process."""
    return {row.process_key: _rule(row) for row in db.session.scalars(
        select(ReminderRule).where(ReminderRule.tenant_id == office)
    )}  # fmt: skip


def _rule(row: ReminderRule) -> Rule:
    """Return a row as a rule."""
    return Rule(
        row.is_on, row.ahead, Unit(row.ahead_unit), row.when_late, row.every, row.times, row.escalate_after
    )  # fmt: skip


def with_due_dates(office: str, until: datetime, after: UUID | None, now: datetime) -> Sequence[Any]:
    """Return the next open tasks that are due by a moment, of cases that nothing holds."""
    found = (
        select(Task.id, Task.process_key, Task.unit, Task.groups, Task.created_at, Task.due_at, is_taken())
        .join(Instance, (Instance.tenant_id == Task.tenant_id) & (Instance.id == Task.instance_id))
        .where(Task.tenant_id == office, Task.ended_at.is_(None), Task.due_at <= until)
        .where(Instance.incident == "", Instance.suspended_at.is_(None))
        .order_by(Task.id)
        .limit(BATCH)
    )
    rows = db.session.execute(found.where(Task.id > after) if after else found, {"now": now}).all()
    db.session.rollback()
    return rows


def told_of(office: str, tasks: Collection[UUID]) -> dict[tuple[UUID, datetime], dict[Track, int]]:
    """Return the highest rank that was told on each track, by task and due date."""
    found: dict[tuple[UUID, datetime], dict[Track, int]] = {}
    rows = db.session.execute(
        select(Reminder.task_id, Reminder.due_at, Reminder.track, Reminder.rank)
        .where(Reminder.tenant_id == office, Reminder.task_id.in_(list(tasks)))
        .order_by(Reminder.rank)
    )
    for row in rows:
        found.setdefault((row.task_id, row.due_at), {})[Track(row.track)] = row.rank
    db.session.rollback()
    return found
