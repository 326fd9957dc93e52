"""What a case waits for beside its people: a time, a message, a signal, a worker."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from service.engine.assignment import Actor
from service.engine.diagram import Diagram
from service.models import Instance, Waiting, db


@dataclass(frozen=True, slots=True)
class Wait:
    """Something without a person that a case waits for, and where."""

    kind: str
    """timer, message, signal or external."""
    name: str
    """Name of the message or signal, topic of the external task."""
    title: str
    order: int
    since: datetime
    due_at: datetime | None
    times: int = 1
    """How many parts of the case wait for the same."""


def waits_of(instance: Instance, diagrams: Mapping[str, Diagram]) -> tuple[Wait, ...]:
    """Return what a case waits for, what comes by itself soonest first; what failed stands among its incidents."""
    found = db.session.execute(
        select(Waiting.kind, Waiting.name, Waiting.process_key, Waiting.element, Waiting.since, Waiting.due_at)
        .where(
            Waiting.tenant_id == instance.tenant_id,
            Waiting.instance_id == instance.id,
            Waiting.incident_id.is_(None),
        )
        .order_by(Waiting.due_at.is_(None), Waiting.due_at, Waiting.since, Waiting.id)
    )
    waits = (
        Wait(row.kind, row.name, *named(diagrams, row.process_key, row.element), row.since, row.due_at) for row in found
    )
    return tuple(replace(wait, times=times) for wait, times in Counter(waits).items())


def kinds_of(actor: Actor, cases: Collection[UUID]) -> dict[UUID, str]:
    """Return what kind of thing each of some cases waits for first."""
    if not cases:
        return {}
    found = db.session.execute(
        select(Waiting.instance_id, Waiting.kind)
        .where(Waiting.tenant_id == actor.office, Waiting.instance_id.in_(cases))
        .order_by(Waiting.since.desc(), Waiting.kind.desc())
    )
    return {row.instance_id: row.kind for row in found}


def named(diagrams: Mapping[str, Diagram], process: str, element: str) -> tuple[str, int]:
    """Return name and row of an element; an event without a name is called like the activity that it sits on."""
    nodes = diagrams[process].nodes if process in diagrams else {}
    node = nodes.get(element)
    if node is not None and not node.name and node.attached_to:
        node = nodes.get(node.attached_to)
    return (node.name, node.order) if node else ("", 0)
