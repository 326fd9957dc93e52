"""Separation of duties: who may not do a task because he did what is decided in it."""

from uuid import UUID

from service import catalogue, store
from service.engine.assignment import excluded_elements, require_other_person
from service.models import Instance, Task


def barred(instance: Instance, task: Task) -> set[UUID]:
    """Return who did what is decided in a task, in whatever round."""
    node = catalogue.of_instance(instance).diagrams[task.process_key].nodes[task.element]
    elements = excluded_elements(node.properties)
    return store.performers(instance, task.process_key, elements) if elements else set()


def require_allowed(person_id: UUID, instance: Instance, task: Task) -> None:
    """Refuse somebody who would decide on his own work, before he gets the task and when he completes it.

    Raises:
        NotAllowed: he did what is decided here.

    """
    require_other_person(person_id, barred(instance, task))
