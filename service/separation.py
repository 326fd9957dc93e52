"""Separation of duties: who may not do a task because he did what is decided in it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from service import catalogue, store
from service.engine.assignment import excluded_elements, require_other_person
from service.errors import NotAllowed
from service.models import Instance, Task

RULE = "sop.bukan_pelaksana"
"""The property of the diagram that declares it."""


@dataclass(frozen=True, slots=True)
class Tried:
    """Who tried to get or to do a task, in which post and when."""

    act: str
    person_id: UUID
    position: str
    at: datetime


def barred(instance: Instance, task: Task) -> set[UUID]:
    """Return who did what is decided in a task, in whatever round."""
    node = catalogue.of_instance(instance).diagrams[task.process_key].nodes[task.element]
    elements = excluded_elements(node.properties)
    return store.performers(instance, task.process_key, elements) if elements else set()


def require_allowed(person_id: UUID, instance: Instance, task: Task, tried: Tried | None = None) -> None:
    """Refuse somebody who would decide on his own work, before he gets the task and when he completes it.

    What somebody `tried` stands in the history of the case, once for each act.

    Raises:
        NotAllowed: he did what is decided here.

    """
    try:
        require_other_person(person_id, barred(instance, task))
    except NotAllowed:
        if tried is not None:
            store.note_refusal(instance, _fact(person_id, task, tried))
        raise


def _fact(person_id: UUID, task: Task, tried: Tried) -> store.Fact:
    body = {"rule": RULE, "act": tried.act, "for": str(person_id), "unit": task.unit, "round": task.round}
    return store.Fact(
        "refused", tried.at, tried.person_id, tried.position, task.process_key, task.element, task.id, body
    )
