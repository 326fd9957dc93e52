"""How long cases and tasks took by month or quarter, and how many tasks were done; added up by the database."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select

from service.engine.assignment import Actor
from service.models import Definition, Instance, Task, TaskStatus, db
from service.queries.organisation import office_zone
from service.queries.past.clock import elapsed, month
from service.queries.past.narrowing import ALWAYS, Span, asked, within

Unit = Literal["month", "quarter"]
Grouping = Literal["taskName", "processDefinition"]
MONTHS = {"month": 1, "quarter": 3}
"""How many months a period has."""


@dataclass(frozen=True, slots=True)
class Durations:
    """How many milliseconds everything took that began in the same period, of whatever year."""

    period: int
    shortest: int
    longest: int
    average: int


@dataclass(frozen=True, slots=True)
class Done:
    """How many tasks were completed of one name or process."""

    task: str
    """Empty for all tasks of the process."""
    process: str
    definition: UUID
    version: int
    process_name: str
    count: int


def cases(
    actor: Actor,
    unit: Unit,
    now: datetime,
    definitions: frozenset[UUID] | None = None,
    processes: frozenset[str] | None = None,
    started: Span = ALWAYS,
) -> list[Durations]:
    """Return how long the cases took that have ended."""
    own = select(Definition.key).where(
        Definition.tenant_id == Instance.tenant_id, Definition.id == Instance.definition_id
    )
    narrowed = asked(
        [
            (definitions, Instance.definition_id.in_(definitions or ())),
            (processes, own.scalar_subquery().in_(processes or ())),
        ]
    )
    ended = [Instance.tenant_id == actor.office, Instance.ended_at.is_not(None), *narrowed]
    where = [*ended, *within(Instance.started_at, started)]
    return _durations(actor, unit, now, (Instance.started_at, Instance.ended_at), where)


def tasks(actor: Actor, unit: Unit, now: datetime, completed: Span = ALWAYS) -> list[Durations]:
    """Return how long the tasks took that were completed."""
    return _durations(actor, unit, now, (Task.created_at, Task.ended_at), _done(actor, completed))


def done(actor: Actor, grouping: Grouping, completed: Span = ALWAYS) -> list[Done]:
    """Count the tasks that were completed, with the newest version of their process."""
    names = [Task.name] if grouping == "taskName" else []
    counted = select(Task.process_key, *names, func.count().label("times")).where(*_done(actor, completed))
    rows = db.session.execute(counted.group_by(Task.process_key, *names)).all()
    newest = {key: (one, version, name) for key, one, version, name in _versions(actor)}
    found = [Done(row.name if names else "", row.process_key, *newest[row.process_key], row.times) for row in rows]
    return sorted(found, key=lambda one: (one.task, -one.count, one.process))


def _done(actor: Actor, completed: Span) -> list[ColumnElement[bool]]:
    own = [Task.tenant_id == actor.office, Task.status == TaskStatus.COMPLETED]
    return [*own, *within(Task.ended_at, completed)]


def _versions(actor: Actor) -> Iterable[Any]:
    columns = (Definition.key, Definition.id, Definition.version, Definition.name)
    return db.session.execute(select(*columns).where(Definition.tenant_id == actor.office).order_by(Definition.version))


def _durations(
    actor: Actor, unit: Unit, now: datetime, whole: tuple[Any, Any], where: Iterable[ColumnElement[bool]]
) -> list[Durations]:
    """Add up how long everything took from the first of two columns to the second."""
    took, began = elapsed(*whole), month(whole[0], ZoneInfo(office_zone(actor)), now)
    sums = (func.min(took), func.max(took), func.sum(took), func.count())
    periods: dict[int, list[Any]] = defaultdict(list)
    for number, *rest in db.session.execute(select(began, *sums).where(*where).group_by(began)):
        periods[(number - 1) // MONTHS[unit] + 1].append(rest)
    return [_together(period, months) for period, months in sorted(periods.items())]


def _together(period: int, months: list[Any]) -> Durations:
    shortest, longest, total, times = zip(*months, strict=True)
    return Durations(period, min(shortest), max(longest), round(int(sum(total)) / sum(times)))
