"""Cases of an office: the list with its filters, and what is said first about one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Row, Select, String, and_, cast, false, func, not_, or_, select
from sqlalchemy.orm import defer

from service import catalogue, timetable
from service.engine import worktime
from service.engine.assignment import Actor
from service.engine.worktime import Colour, Remaining
from service.errors import NotFound
from service.models import Definition, Instance, InstanceStatus, Task, db
from service.queries.history import Line, task_lines
from service.queries.inbox import remaining_of
from service.queries.organisation import office_zone
from service.queries.suspensions import Suspension, suspension_of
from service.queries.tasks import holders_of, open_tasks
from service.queries.waits import kinds_of

PAGE_SIZE = 50
Rows = Select[*tuple[Any, ...]]
STATES = {"running": InstanceStatus.RUNNING, "ended": InstanceStatus.COMPLETED, "cancelled": InstanceStatus.CANCELLED}


LEFT = ("late", "soon", "in-time")
"""How much time is left for the task of a case that is due first."""
NEAR_DAYS = 3
"""Working days within which everything lies that is due soon."""


@dataclass(frozen=True, slots=True)
class CaseFilters:
    """What the list of cases is narrowed down to."""

    q: str = ""
    process: str = ""
    state: str = ""
    since: date | None = None
    until: date | None = None
    returned: bool = False
    left: str = ""
    """late, soon or in-time, by its open tasks; of several the most pressing counts."""
    order: str = ""
    """tenggat for what is due first; empty for the newest first."""


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case in the list."""

    id: str
    number: int
    title: str
    process_name: str
    step: int
    steps: int
    who: str
    waits_for: str
    """Where it is at no person: timer, message, signal or external."""
    state: str
    returned: int
    remaining: Remaining | None
    due_at: datetime | None
    started_at: datetime
    ended_at: datetime | None
    late: bool
    suspended_at: datetime | None


@dataclass(frozen=True, slots=True)
class CasesPage:
    """One page of the list."""

    rows: tuple[CaseRow, ...]
    filters: CaseFilters
    processes: tuple[tuple[str, str], ...]
    total: int
    page_number: int
    pages: int


@dataclass(frozen=True, slots=True)
class CaseHead:
    """What every page about a case begins with."""

    id: str
    number: int
    title: str
    process_key: str
    process_name: str
    version: int
    started_at: datetime
    started_by: str
    """Position; empty for a case that began by itself."""
    ended_at: datetime | None
    state: str
    returned: int
    cancel_reason: str
    suspension: Suspension | None
    business_key: str
    """Its number in a program outside."""


def cases(actor: Actor, now: datetime, filters: CaseFilters, page: int) -> CasesPage:
    """Return one page of the office's cases, the newest first or what is due first."""
    wanted = _filtered(actor, now, filters)
    total = db.session.scalar(select(func.count()).select_from(wanted.with_only_columns(Instance.id).subquery())) or 0
    shown = _ordered(actor, wanted, filters).offset((page - 1) * PAGE_SIZE).limit(PAGE_SIZE)
    shown = shown.options(defer(Instance.state), defer(Definition.content))
    found = db.session.execute(shown).all()
    opened = open_tasks(actor, [row.Instance.id for row in found])
    holders = holders_of(actor, opened)
    running = {row.Instance.id for row in found if row.Instance.status == InstanceStatus.RUNNING}
    waits = kinds_of(actor, running - {task.instance_id for task in opened})
    processes = db.session.execute(
        select(Definition.key, func.max(Definition.name))
        .where(Definition.tenant_id == actor.office)
        .group_by(Definition.key)
    )
    return CasesPage(
        rows=tuple(_case_row(actor, now, row, opened, holders, waits) for row in found),
        filters=filters,
        processes=tuple(sorted(((row[0], row[1]) for row in processes), key=lambda pair: pair[1])),
        total=total,
        page_number=page,
        pages=max(1, -(-total // PAGE_SIZE)),
    )


def stopped(actor: Actor) -> int:
    """Return how many cases of the office stand still because an act failed."""
    found = select(func.count()).where(
        Instance.tenant_id == actor.office, Instance.status == InstanceStatus.RUNNING, Instance.incident != ""
    )
    return db.session.scalar(found) or 0


def head(actor: Actor, case_id: UUID) -> CaseHead:
    """Return what is said first about a case.

    Raises:
        NotFound: the office has no such case.

    """
    instance, definition = find(actor, case_id)
    return head_of(instance, definition)


def export_history(actor: Actor, case_id: UUID) -> tuple[CaseHead, tuple[Line, ...]]:
    """Return the history of a case for the command line, the oldest first."""
    instance, definition = find(actor, case_id)
    return head_of(instance, definition), task_lines(actor, instance)[::-1]


def find(actor: Actor, case_id: UUID) -> tuple[Instance, Definition]:
    """Return a case with the version that it runs on.

    Raises:
        NotFound: the office has no such case.

    """
    row = db.session.execute(
        _with_definition().where(Instance.tenant_id == actor.office, Instance.id == case_id)
    ).one_or_none()
    if row is None:
        raise NotFound(instance=case_id)
    return row.Instance, row.Definition


def head_of(instance: Instance, definition: Definition) -> CaseHead:
    """Return what is said first about a case that is at hand."""
    return CaseHead(
        id=str(instance.id),
        number=instance.number,
        title=instance.title,
        process_key=definition.key,
        process_name=definition.name,
        version=definition.version,
        started_at=instance.started_at,
        started_by=instance.started_position,
        ended_at=instance.ended_at,
        state=_state(instance),
        returned=instance.returns,
        cancel_reason=instance.end_reason,
        suspension=suspension_of(instance),
        business_key=instance.business_key,
    )


def _with_definition() -> Rows:
    return select(Instance, Definition).join(
        Definition, (Definition.tenant_id == Instance.tenant_id) & (Definition.id == Instance.definition_id)
    )


def _filtered(actor: Actor, now: datetime, filters: CaseFilters) -> Rows:
    query = _with_definition().where(Instance.tenant_id == actor.office)
    for condition in _conditions(actor, now, filters):
        query = query.where(condition)
    return query


def _conditions(actor: Actor, now: datetime, filters: CaseFilters) -> Iterable[ColumnElement[bool]]:
    zone = ZoneInfo(office_zone(actor))
    if "\x00" in filters.q + filters.process:
        yield false()  # PostgreSQL does not even take it as a question
        return
    if words := filters.q.strip():
        pattern = "%" + words.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_") + "%"
        number = cast(Instance.number, String)
        yield or_(
            Instance.title.ilike(pattern, escape="\\"), number == words.lstrip("0"), Instance.business_key == words
        )
    if filters.process:
        yield Definition.key == filters.process
    yield from _standing(filters.state)
    if filters.since:
        yield Instance.started_at >= _midnight(filters.since, zone)
    if filters.until:
        yield Instance.started_at < _midnight(filters.until, zone) + timedelta(days=1)
    if filters.returned:
        yield Instance.returns > 0
    if filters.left in LEFT:
        yield from _left(actor, now, filters.left)


def _standing(state: str) -> Iterable[ColumnElement[bool]]:
    """Keep the cases that stand like this, all of them for a word that means nothing."""
    if state in STATES:
        yield Instance.status == STATES[state]
    if state == "incident":
        yield Instance.incident != ""
    if state == "suspended":
        yield Instance.suspended_at.is_not(None)


def _left(actor: Actor, now: datetime, left: str) -> Iterable[ColumnElement[bool]]:
    """Keep the cases of which the task that is due first is late, due soon or in time."""
    due = select(Task.instance_id).where(Task.tenant_id == actor.office, Task.ended_at.is_(None))
    late = Instance.id.in_(due.where(Task.due_at < now))
    if left == "late":
        yield late
        return
    soon = Instance.id.in_(_soon(actor, now))
    yield soon if left == "soon" else and_(Instance.id.in_(due.where(Task.due_at >= now)), not_(late), not_(soon))


def _soon(actor: Actor, now: datetime) -> list[UUID]:
    """Return the cases whose first due date is near by the calendar and standard time of its task, as its chip says."""
    until = max(
        worktime.add_days(calendar, now, NEAR_DAYS) for calendar in timetable.of(actor.office).calendars.values()
    )
    joined = (Instance.tenant_id == Task.tenant_id) & (Instance.id == Task.instance_id)
    found = db.session.execute(
        select(
            Task.instance_id, Task.process_key, Task.element, Task.unit, Task.groups, Task.due_at,
            Instance.tenant_id, Instance.definition_id, Instance.called,
        )
        .join(Instance, joined)
        .where(Task.tenant_id == actor.office, Task.ended_at.is_(None), Task.due_at <= until)
        .order_by(Task.due_at.desc(), Task.created_at.desc())
    )  # fmt: skip
    first: dict[UUID, Any] = {row.instance_id: row for row in found}
    return [
        case
        for case, row in first.items()
        if row.due_at >= now and remaining_of(actor, now, row, row).colour is Colour.SOON
    ]


def _ordered(actor: Actor, found: Rows, filters: CaseFilters) -> Rows:
    newest = Instance.number.desc()
    if filters.order != "tenggat":
        return found.order_by(newest)
    # Looked up case by case, SQLite goes through every open task of the office for each of them.
    opened = (Task.tenant_id == actor.office, Task.ended_at.is_(None))
    first = select(Task.instance_id, func.min(Task.due_at).label("due_at")).where(*opened).group_by(Task.instance_id)
    due = first.subquery()
    joined = found.outerjoin(due, due.c.instance_id == Instance.id)
    return joined.order_by(due.c.due_at.is_(None), due.c.due_at, newest)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return the beginning of a day; days that no calendar reckons with count as the first or last that one does."""
    return datetime.combine(min(max(day, date(1900, 1, 1)), date(9000, 1, 1)), time(), zone)


def _state(instance: Instance) -> str:
    if instance.suspended_at is not None:
        return "suspended"
    if instance.incident:
        return "incident"
    return {InstanceStatus.COMPLETED: "ended", InstanceStatus.CANCELLED: "cancelled"}.get(
        InstanceStatus(instance.status), "running"
    )


def _case_row(
    actor: Actor,
    now: datetime,
    row: Row[Any],
    opened: Sequence[Task],
    holders: Mapping[UUID, str],
    waits: Mapping[UUID, str],
) -> CaseRow:
    instance = row.Instance
    own = [task for task in opened if task.instance_id == instance.id]
    first = own[0] if own else None
    who = list(dict.fromkeys(holders[task.id] for task in own))
    diagram = catalogue.diagram(actor.office, instance.definition_id)
    ended = instance.status == InstanceStatus.COMPLETED
    steps = diagram.steps
    return CaseRow(
        id=str(instance.id),
        number=instance.number,
        title=instance.title,
        process_name=row.Definition.name,
        step=steps if ended else max((task.position for task in own), default=0),
        steps=steps,
        who=f"{who[0]} +{len(who) - 1}" if len(who) > 2 else ", ".join(who),  # noqa: PLR2004 - two names fit a line
        waits_for=waits.get(instance.id, ""),
        state=_state(instance),
        returned=instance.returns,
        remaining=remaining_of(actor, now, instance, first) if first else None,
        due_at=first.due_at if first else None,
        started_at=instance.started_at,
        ended_at=instance.ended_at,
        late=bool(first and first.due_at and first.due_at < now),
        suspended_at=instance.suspended_at,
    )
