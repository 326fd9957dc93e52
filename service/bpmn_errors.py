"""BPMN errors of people: a task that cannot be done goes where its SOP catches the error, without its answers."""

from datetime import datetime
from uuid import UUID

from service import acts, catalogue, store, tasks
from service.acts import Deed
from service.engine import reason as reasons
from service.engine.assignment import Actor
from service.errors import UNCAUGHT, EngineFailed, Invalid
from service.models import Instance


def end_task(actor: Actor, task_id: UUID, code: str, reason: str, now: datetime) -> Instance:
    """End a task with an error that a boundary event catches; it counts as not done, and nothing is signed.

    Raises:
        NotFound, NotAllowed, TaskClosed, TaskTaken, CaseSuspended: as `tasks.complete`.
        Invalid: no code, one that no diagram could have, or one that nothing catches; nothing has happened.
        InstanceChanged: the case kept changing.
        EngineFailed: it was caught and the case could not go on; an incident keeps the act.

    """
    acts.require_code(code)

    def attempt() -> Instance:
        seen = tasks.see(actor, task_id)
        tasks.require_doing(actor, seen, now)
        deed = _deed(actor, seen, code, reasons.read(reason))
        try:
            step, difference = acts.perform(seen.instance, catalogue.hydrate(seen.instance), deed, now)
        except EngineFailed as error:
            if error.cause == UNCAUGHT and error.element == deed.element:
                raise Invalid(f"nothing in the SOP catches the error {code} of this task", field="code") from error
            acts.record_failure(seen.instance, deed, error, now)
            raise
        store.save_step(seen.instance, step, difference, acts.fact(deed, difference, now))
        return seen.instance

    return acts.repeated(attempt)


def _deed(actor: Actor, seen: tasks.Seen, code: str, reason: str) -> Deed:
    task = seen.task
    body = {"code": code, "reason": reason, "values": {}, "round": task.round, "unit": task.unit}
    return Deed(
        "raised", str(task.id), task.process_key, task.element, actor.person_id, tasks.acts_as(actor, task), body=body
    )
