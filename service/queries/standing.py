"""How many cases of an office run on each version, where they stand, and how much of it stands still."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import Select, Text, cast, func, select

from service import catalogue
from service.engine.assignment import Actor
from service.models import Incident, Instance, InstanceStatus, Task, Waiting, db
from service.queries.past.incidents import OF_SERVICES


@dataclass(slots=True)
class Standing:
    """What stands at an element, or on a version in all its elements."""

    instances: int = 0
    failed_timers: int = 0
    incidents: Counter[bool] = field(default_factory=Counter)
    """By whether a worker told of them."""


def of_versions(actor: Actor) -> dict[UUID, Standing]:
    """Return how many running cases each version has, and what of them stands still."""
    running = (Instance.tenant_id == actor.office, Instance.status == InstanceStatus.RUNNING)
    found: dict[UUID, Standing] = {}
    for row in db.session.execute(
        select(Instance.definition_id, func.count().label("cases")).where(*running).group_by(Instance.definition_id)
    ):
        found.setdefault(row.definition_id, Standing()).instances = row.cases
    for definition, _, standing in _everywhere(actor):
        if definition in found or standing.incidents:
            _add(found.setdefault(definition, Standing()), standing)
    return found


def of_elements(actor: Actor, definition_id: UUID) -> dict[str, Standing]:
    """Return how often each element of a version waits for somebody or something, and what of it stands still."""
    found: dict[str, Standing] = {}
    for definition, element, standing in _everywhere(actor):
        if definition == definition_id:
            own = found.setdefault(element, Standing())
            own.instances += standing.instances
            _add(own, standing)
    return {element: standing for element, standing in found.items() if standing != Standing()}


def _add(total: Standing, part: Standing) -> None:
    total.failed_timers += part.failed_timers
    total.incidents += part.incidents


def _everywhere(actor: Actor) -> Iterator[tuple[UUID, str, Standing]]:
    """Yield version and element of whatever is open, as it stands there."""
    tasks = _grouped(Task).where(Task.tenant_id == actor.office, Task.ended_at.is_(None))
    for row in db.session.execute(tasks):
        yield _version(row.definition_id, row.called, row.process_key), row.element, Standing(row.times)
    rests = func.count(Waiting.incident_id)
    waits = _grouped(Waiting).add_columns(Waiting.kind, rests.label("rests")).group_by(Waiting.kind)
    for row in db.session.execute(waits.where(Waiting.tenant_id == actor.office)):
        version = _version(row.definition_id, row.called, row.process_key)
        failed = row.rests if row.kind == "timer" else 0
        yield version, row.element, Standing(row.times if _is_entered(actor, version, row.element) else 0, failed)
    stops = _grouped(Incident).add_columns(Incident.cause).group_by(Incident.cause)
    for row in db.session.execute(stops.where(Incident.tenant_id == actor.office, Incident.closed_at.is_(None))):
        version = _version(row.definition_id, row.called, row.process_key)
        yield version, row.element, Standing(incidents=Counter({row.cause == OF_SERVICES: row.times}))


def _grouped(table: type[Task | Waiting | Incident]) -> Select[*tuple[object, ...]]:
    """Count rows by where they stand; JSON is told apart as the text that it is."""
    called = cast(Instance.called, Text)
    where = (Instance.definition_id, called, table.process_key, table.element)
    of_case = (Instance.tenant_id == table.tenant_id) & (Instance.id == table.instance_id)
    columns = select(
        Instance.definition_id, called.label("called"), table.process_key, table.element, func.count().label("times")
    )
    return columns.select_from(table).join(Instance, of_case).group_by(*where)


def _version(definition: UUID, called: str, process: str) -> UUID:
    bound = json.loads(called)
    return UUID(bound[process]) if process in bound else definition


def _is_entered(actor: Actor, definition: UUID, element: str) -> bool:
    """Tell whether a token stands at an element that waits; a boundary event only watches its activity."""
    node = catalogue.diagram(actor.office, definition).nodes.get(element)
    return node is not None and not node.attached_to
