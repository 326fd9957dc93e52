"""Going back: an admin lets a case stand at an earlier step again, where its SOP itself knows no way back."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from service import acts, catalogue, store
from service.engine import reason as reasons
from service.engine.assignment import Actor, Role, require_role
from service.engine.diagram import Node, ways_back
from service.engine.worklist import Act, changes, new_tasks
from service.errors import Conflict, EngineFailed, TaskClosed
from service.models import Instance, Task

Place = tuple[str, str]
"""Process and element of a task."""


def may_go_back(actor: Actor, case_id: UUID, places: Mapping[str, Place]) -> frozenset[str]:
    """Return those open tasks of a case, of which the places are given, that an actor can take back to an earlier step.

    Raises:
        NotFound: the office has no such case.

    """
    instance = store.get_instance(actor.office, case_id)
    if Role.ADMIN not in actor.roles or instance.suspended_at is not None:
        return frozenset()
    try:
        return frozenset(task for task, (process, element) in places.items()
                         if _earlier(instance, task, process, element))  # fmt: skip
    except (EngineFailed, TaskClosed):  # its page tells why it stands still, or shows at the next look where it went on
        return frozenset()


def earlier(actor: Actor, task_id: UUID) -> tuple[Task, Instance, list[Node]]:
    """Return an open task with its case and the earlier steps that it can go back to, in the order of the SOP.

    Raises:
        NotFound, NotAllowed, TaskClosed, CaseSuspended: as `go_back`.

    """
    task, instance = store.get_task(actor.office, task_id)
    _require_may(actor, task, instance)
    found = _earlier(instance, str(task_id), task.process_key, task.element)
    steps = catalogue.of_instance(instance).diagrams[task.process_key].user_tasks
    return task, instance, [step for step in steps if step.id in found]


def go_back(actor: Actor, case_id: UUID, task_id: UUID, element: str, reason: str, now: datetime) -> Instance:
    """Take an open task away and open an earlier step of its level instead, which counts as returned.

    What was answered stays; every step from there on is done again.

    Raises:
        NotFound: the office has no such task, or it is of another case.
        NotAllowed: the actor is no admin.
        TaskClosed: the task is done or taken away.
        CaseSuspended: nothing goes on in the case.
        Conflict: the element is no earlier step of this level that was done in this case and from which nothing
            splits or meets on the way here, or something else goes on beside the task on its level.
        ReasonMissing: no reason, or a word that explains nothing.
        EngineFailed: the step cannot begin again; nothing was saved.

    """

    def attempt() -> Instance:
        task, instance = store.get_task(actor.office, task_id)
        store.require_of_case(task, case_id)
        _require_may(actor, task, instance)
        told = reasons.required(reason)
        diagrams = catalogue.of_instance(instance).diagrams
        if element not in _done_before(instance, task.process_key, task.element):
            raise Conflict("the case cannot go back there", cause="no-way-back")
        step = catalogue.hydrate(instance).go_back(str(task_id), element, now)
        act = Act(actor.label, returns=True, reason=told)
        difference = changes(diagrams, store.known_tasks(instance, new_tasks(step)), step, act,
                             catalogue.due(actor.office, now))  # fmt: skip
        acts.require_known(actor.office, step, difference)
        body = {"reason": told, "back_to": element}
        fact = store.Fact("moved", now, actor.person_id, actor.label, task.process_key, task.element, None, body)
        store.save_step(instance, step, difference, fact)
        return instance

    return acts.repeated(attempt)


def _require_may(actor: Actor, task: Task, instance: Instance) -> None:
    require_role(actor, Role.ADMIN)
    store.require_open(task)
    store.require_active(instance)


def _earlier(instance: Instance, task_id: str, process: str, element: str) -> frozenset[str]:
    """Return the steps that a task can go back to: none where something else goes on beside it."""
    done = _done_before(instance, process, element)
    return done if done and catalogue.hydrate(instance).stands_alone(task_id) else frozenset()


def _done_before(instance: Instance, process: str, element: str) -> frozenset[str]:
    diagram = catalogue.of_instance(instance).diagrams[process]
    return ways_back(diagram, element) & store.performed(instance, process)
