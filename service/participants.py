"""Participants: one more or one fewer of those who are asked in a multi-instance task."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from service import acts, catalogue, instances, store
from service.engine import reason as reasons
from service.engine.assignment import Actor
from service.engine.workflow import Execution, Step
from service.engine.worklist import NOTHING_YET, Act, changes
from service.errors import Conflict, Invalid, NotAllowed, NotFound
from service.models import Instance, Task


def addable(actor: Actor, case_id: UUID, element: str) -> list[tuple[str, str]]:
    """Return code and name of the units that may still be asked; none for an actor who may not ask.

    Raises:
        NotFound: the office has no such case.

    """
    instance = store.get_instance(actor.office, case_id)
    asked = store.open_participants(instance, element)
    if not asked or instance.suspended_at is not None or not instances.may_cancel(actor, case_id):
        return []
    items = catalogue.hydrate(instance).participants(str(asked[0].id))
    units = store.reporting_units(actor.office)
    return [(unit["kode"], unit["nama"]) for unit in units if unit["kode"] not in items]


def add(actor: Actor, case_id: UUID, element: str, unit: str, reason: str, now: datetime) -> Instance:
    """Ask one more unit; it gets a task like the others.

    Raises:
        NotFound: no such case, or nobody is asked there now.
        NotAllowed: the actor neither started the case nor holds the starting position.
        CaseSuspended: nothing goes on in the case.
        Invalid: the unit is unknown or asked already.
        ReasonMissing: no reason, or a word that explains nothing.
        EngineFailed: there are too many participants.

    """

    def attempt() -> Instance:
        instance = store.get_instance(actor.office, case_id)
        _require_may(actor, case_id)
        store.require_active(instance)
        told = reasons.required(reason)
        asked = store.open_participants(instance, element)
        if not asked:
            raise NotFound(element=element)
        names = dict(addable(actor, case_id, element))
        if unit not in names:
            raise Invalid("the unit is unknown or asked already", field="unit")
        execution = catalogue.hydrate(instance)
        _tell_of(execution, str(asked[0].id), {"kode": unit, "nama": names[unit]}, now)
        step = execution.add_participant(str(asked[0].id), unit, now)
        _save(actor, instance, asked[0], step, "added", {"unit": unit, "reason": told}, now)
        return instance

    return acts.repeated(attempt)


def others(actor: Actor, task_id: UUID) -> tuple[int, int]:
    """Return how many others handed in what they were asked together with an open task, and how many have not yet.

    Raises:
        NotFound: the office has no such task.
        TaskClosed: it is done or taken away, or not one of several.

    """
    _, instance = store.get_task(actor.office, task_id)
    return catalogue.hydrate(instance).others(str(task_id))


def withdraw(actor: Actor, task_id: UUID, reason: str, now: datetime) -> Instance:
    """Take the task of one unit away; the others go on without its answer.

    Raises:
        NotFound: the office has no such task.
        NotAllowed: as `add`.
        TaskClosed: it is done or taken away.
        CaseSuspended: as `add`.
        Conflict: it is not one of several.
        ReasonMissing: as `add`.

    """

    def attempt() -> Instance:
        task, instance = store.get_task(actor.office, task_id)
        _require_may(actor, instance.id)
        told = reasons.required(reason)
        store.require_open(task)
        store.require_active(instance)
        if not task.unit:
            raise Conflict("the task is not one of several")
        step = catalogue.hydrate(instance).withdraw(str(task_id), now)
        _save(actor, instance, task, step, "withdrawn", {"unit": task.unit, "reason": told}, now)
        return instance

    return acts.repeated(attempt)


def _tell_of(execution: Execution, task_id: str, unit: Mapping[str, str], now: datetime) -> None:
    """Let forms name a unit that the office did not have, or did not ask for data, when the case started."""
    for known, task in ((execution.data(), None), (execution.variables(task_id), task_id)):
        units = known.get("unit_kantor")
        if isinstance(units, list) and unit["kode"] not in [one.get("kode") for one in units if isinstance(one, dict)]:
            execution.amend({"unit_kantor": [*units, unit]}, now, task)


def _require_may(actor: Actor, case_id: UUID) -> None:
    if not instances.may_cancel(actor, case_id):
        raise NotAllowed("the starter of the case asks participants")


def _save(
    actor: Actor, instance: Instance, task: Task, step: Step, kind: str, body: Mapping[str, str], now: datetime
) -> None:
    diagrams = catalogue.of_instance(instance).diagrams
    act = Act(actor.label, returns=False)
    difference = changes(diagrams, NOTHING_YET, step, act, catalogue.due(actor.office, now))
    fact = store.Fact(kind, now, actor.person_id, actor.label, task.process_key, task.element, None, body)
    store.save_step(instance, step, difference, fact)
