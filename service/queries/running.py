"""Running cases as programs ask for them, and what one of them knows."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select

from service import catalogue
from service.engine import state
from service.engine.assignment import Actor
from service.engine.expression import JSON
from service.engine.workflow import Whereabout
from service.errors import Invalid, NotFound
from service.models import Definition, Instance, InstanceStatus, db
from service.queries.past import incidents
from service.queries.past.incidents import OPEN
from service.queries.past.narrowing import Page

MOST_INCIDENTS = 1_000
MOST_LOOKED_INTO = 1_000
"""Cases whose variables are compared for one question."""
ORDERS: dict[str, Any] = {
    "businessKey": Instance.business_key,
    "instanceId": Instance.id,
    "definitionKey": Definition.key,
    "definitionId": Instance.definition_id,
    "tenantId": Instance.tenant_id,
}
"""Names that a list may be sorted by."""


@dataclass(frozen=True, slots=True)
class RunningCase:
    """A case that has not ended."""

    id: UUID
    process: str
    definition: UUID
    version: int
    business_key: str
    """Its number in a program outside."""
    is_suspended: bool


@dataclass(frozen=True, slots=True)
class Sought:
    """Which running cases are asked for; nothing of a field means all."""

    ids: frozenset[UUID] | None = None
    definitions: frozenset[UUID] | None = None
    processes: frozenset[str] | None = None
    business_key: str = ""
    with_incident: bool = False
    is_suspended: bool | None = None
    values: Mapping[str, JSON] = field(default_factory=dict)
    """Variables of the case that have these values."""


def found(
    actor: Actor, sought: Sought, order: Sequence[tuple[str, bool]], first: int, most: int
) -> tuple[RunningCase, ...]:
    """Return running cases of the office; `order` names fields, each with whether it runs downwards.

    Raises:
        Invalid: variables are asked for, and too many cases would have to be looked into.

    """
    columns = [ORDERS[name].desc() if down else ORDERS[name] for name, down in order]
    rows = _selected(actor, _narrowed(actor, sought)).order_by(*columns, Instance.id).offset(first).limit(most)
    return tuple(_case(row) for row in db.session.execute(rows))


def count(actor: Actor, sought: Sought) -> int:
    """Count running cases of the office.

    Raises:
        Invalid: as `found`.

    """
    counted = select(func.count()).select_from(_selected(actor, _narrowed(actor, sought)).subquery())
    return db.session.scalar(counted) or 0


def one(actor: Actor, case_id: UUID) -> RunningCase:
    """Return one running case.

    Raises:
        NotFound: the office has none with this id, or it has ended.

    """
    row = db.session.execute(_selected(actor, Sought(ids=frozenset({case_id})))).first()
    if row is None:
        raise NotFound(f"process instance with id {case_id} does not exist, or not any more")
    return _case(row)


def variables(actor: Actor, case_id: UUID) -> dict[str, JSON]:
    """Return what a running case knows.

    Raises:
        NotFound: as `one`.

    """
    one(actor, case_id)
    return catalogue.hydrate(db.session.get_one(Instance, (actor.office, case_id))).data()


@dataclass(frozen=True, slots=True)
class Going:
    """An activity that goes on, with what goes on inside it."""

    at: Whereabout
    definition: UUID
    version: int
    incidents: tuple[UUID, ...]
    inside: tuple["Going", ...]


@dataclass(frozen=True, slots=True)
class Activities:
    """What goes on in a case."""

    case: RunningCase
    name: str
    """Of its process."""
    incidents: tuple[UUID, ...]
    """Those that belong to nothing that goes on."""
    inside: tuple[Going, ...]


def activities(actor: Actor, case_id: UUID) -> Activities:
    """Return what goes on in a running case.

    Raises:
        NotFound: as `one`.

    """
    case = one(actor, case_id)
    instance = db.session.get_one(Instance, (actor.office, case_id))
    spots = catalogue.hydrate(instance).whereabouts()
    sought = incidents.Sought(cases=frozenset({case_id}), statuses=OPEN)
    about: dict[str, list[UUID]] = {}
    for incident in incidents.found(actor, sought, Page(most=MOST_INCIDENTS)):
        about.setdefault(incident.task, []).append(incident.id)
    waited = {token for spot in spots for token in spot.tokens}
    inner: dict[str, list[Whereabout]] = {}
    for spot in spots:
        inner.setdefault(spot.inside, []).append(spot)

    def going(around: str) -> tuple[Going, ...]:
        return tuple(
            Going(
                at=spot,
                definition=(version := _version(instance, spot.process)),
                version=catalogue.deployed(actor.office, version).version,
                incidents=tuple(found for token in sorted(spot.tokens) for found in about.get(token, ())),
                inside=going(spot.id),
            )
            for spot in inner.get(around, ())
        )

    left = tuple(found for token, ids in about.items() if token not in waited for found in ids)
    name = catalogue.deployed(actor.office, case.definition).name
    return Activities(case, name, left, going(""))


def _version(instance: Instance, process: str) -> UUID:
    return UUID(instance.called[process]) if process in instance.called else instance.definition_id


def _selected(actor: Actor, sought: Sought) -> Select[*tuple[Any, ...]]:
    of_case = (Definition.tenant_id == Instance.tenant_id) & (Definition.id == Instance.definition_id)
    return (
        select(
            Instance.id, Instance.definition_id, Definition.key, Definition.version, Instance.business_key,
            Instance.suspended_at.is_not(None).label("is_suspended"),
        )
        .join(Definition, of_case)
        .where(*_conditions(actor, sought))
    )  # fmt: skip


def _conditions(actor: Actor, sought: Sought) -> list[ColumnElement[bool]]:
    asked: list[tuple[object, ColumnElement[bool]]] = [
        (sought.ids, Instance.id.in_(sought.ids or ())),
        (sought.definitions, Instance.definition_id.in_(sought.definitions or ())),
        (sought.processes, Definition.key.in_(sought.processes or ())),
        (sought.business_key or None, Instance.business_key == sought.business_key),
        (sought.with_incident or None, Instance.incident != ""),
        (sought.is_suspended, Instance.suspended_at.is_not(None) == bool(sought.is_suspended)),
    ]
    running = [Instance.tenant_id == actor.office, Instance.status == InstanceStatus.RUNNING]
    return running + [condition for value, condition in asked if value is not None]


def _narrowed(actor: Actor, sought: Sought) -> Sought:
    """Find the cases whose variables have the values that are asked for."""
    if not sought.values:
        return sought
    every = _selected(actor, sought).limit(MOST_LOOKED_INTO + 1)
    rows = db.session.execute(every.with_only_columns(Instance.id, Instance.state)).all()
    if len(rows) > MOST_LOOKED_INTO:
        raise Invalid(f"variables of at most {MOST_LOOKED_INTO} cases are compared: narrow it down", field="variables")
    ids = frozenset(row.id for row in rows if _knows(actor, row.id, row.state, sought.values))
    return replace(sought, ids=ids, values={})


def _knows(actor: Actor, case_id: UUID, blob: bytes, values: Mapping[str, JSON]) -> bool:
    inside, outside = state.variables(blob)
    if _differ(inside, values.keys() - outside, values):
        return False
    return not outside & values.keys() or not _differ(variables(actor, case_id), values.keys(), values)


def _differ(known: Mapping[str, JSON], names: Collection[str], values: Mapping[str, JSON]) -> bool:
    """Tell whether a case does not know one of these values, as JSON: true is no 1."""
    return any(name not in known or json.dumps(known[name]) != json.dumps(values[name]) for name in names)


def _case(row: Any) -> RunningCase:  # noqa: ANN401 - a row of `_selected`
    return RunningCase(row.id, row.key, row.definition_id, row.version, row.business_key, row.is_suspended)
