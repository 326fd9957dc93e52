"""What people did to the cases of an office: the lines of the history that somebody stands behind."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, select

from service import catalogue
from service.engine.assignment import Actor
from service.models import History, Instance, Person, db
from service.queries.past.binding import of_versions
from service.queries.past.narrowing import ALWAYS, Page, Span, asked, cut, within

ORDERS: dict[str, Any] = {"timestamp": History.at}
"""Names that a list may be sorted by."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that somebody did."""

    case: UUID
    sequence: int
    """Of the line in the history of the case."""
    kind: str
    process: str
    definition: UUID
    version: int
    at: datetime
    user: str | None
    """User name of who did it."""
    task: UUID | None
    holder: str | None
    """User name of who was given the task."""
    note: str
    """Why, or what was said."""


@dataclass(frozen=True, slots=True)
class Sought:
    """Which operations are asked for; nothing of a field means all."""

    cases: frozenset[UUID] | None = None
    tasks: frozenset[UUID] | None = None
    users: frozenset[str] | None = None
    kinds: frozenset[str] | None = None
    definitions: frozenset[UUID] | None = None
    processes: frozenset[str] | None = None
    line: tuple[UUID, int] | None = None
    """One line of one case."""
    at: Span = ALWAYS


def found(actor: Actor, sought: Sought, page: Page) -> tuple[Operation, ...]:
    """Return one page of what people did, by default the first of it first."""
    # sorted by their keys alone: all that is told of them would go through the sorting of the whole history
    keys = (History.at, History.instance_id, History.sequence)
    shown = cut(_selected(actor, sought).with_only_columns(*keys), ORDERS, page, *keys).subquery()
    same = and_(*(column == shown.c[column.key] for column in keys))
    rows = cut(_selected(actor, Sought()).join(shown, same), ORDERS, replace(page, first=0), *keys)
    found = db.session.execute(rows).all()
    holders = _user_names({UUID(row.body["holder"]) for row in found if "holder" in row.body})
    return tuple(_operation(actor, row, holders.get(row.body.get("holder", ""))) for row in found)


def _user_names(people: Collection[UUID]) -> dict[str, str]:
    names = select(Person.id, Person.user_name).where(Person.id.in_(people))
    return {str(person): name for person, name in db.session.execute(names)} if people else {}


def count(actor: Actor, sought: Sought) -> int:
    """Count what people did."""
    counted = _selected(actor, sought).with_only_columns(func.count())
    return db.session.scalar(counted) or 0


def _selected(actor: Actor, sought: Sought) -> Select[*tuple[Any, ...]]:
    case, sequence = sought.line or (None, None)
    return (
        select(
            History.instance_id, History.sequence, History.kind, History.at, History.process_key, History.task_id,
            History.body, Instance.definition_id, Instance.called, Person.user_name,
        )
        .outerjoin(Instance, (Instance.tenant_id == History.tenant_id) & (Instance.id == History.instance_id))
        .outerjoin(Person, Person.id == History.person_id)
        .where(
            History.tenant_id == actor.office,
            History.person_id.is_not(None),
            *asked([
                (sought.cases, History.instance_id.in_(sought.cases or ())),
                (sought.tasks, History.task_id.in_(sought.tasks or ())),
                (sought.users, Person.user_name.in_(sought.users or ())),
                (sought.kinds, History.kind.in_(sought.kinds or ())),
                (sought.definitions, of_versions(actor, sought.definitions or (), History.process_key)),
                (sought.processes, History.process_key.in_(sought.processes or ())),
                (case, History.instance_id == case),
                (sequence, History.sequence == sequence),
            ]),
            *within(History.at, sought.at),
        )
    )  # fmt: skip


def _operation(actor: Actor, row: Any, holder: str | None) -> Operation:  # noqa: ANN401 - a row of `_selected`
    definition = UUID(row.called[row.process_key]) if row.process_key in row.called else row.definition_id
    deployed = catalogue.deployed(actor.office, definition)
    return Operation(
        case=row.instance_id,
        sequence=row.sequence,
        kind=row.kind,
        process=deployed.key,
        definition=definition,
        version=deployed.version,
        at=row.at,
        user=row.user_name,
        task=row.task_id,
        holder=holder,
        note=str(row.body.get("reason") or row.body.get("text") or ""),
    )
