"""External tasks: work that a program outside does, finished, failed, or ended with a BPMN error."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from service import acts, store
from service.acts import Deed
from service.engine.assignment import Actor, Role, require_role
from service.engine.expression import JSON
from service.engine.variables import taken
from service.errors import EngineFailed, Invalid, ReasonMissing
from service.models import Instance

LONGEST_ERROR = 2_000
LONGEST_CODE = 128


def complete(actor: Actor, task_id: UUID, values: Mapping[str, JSON], now: datetime) -> Instance:
    """Finish an external task with its result.

    Raises:
        NotFound: the office has no such task open.
        NotAllowed: the actor is no admin.
        AnswersInvalid: a value that no variable may hold.
        EngineFailed: the case could not go on; an incident keeps the result.

    """
    return _carry_out(actor, task_id, "external", {"values": taken(values)}, now)


def end_with_error(actor: Actor, task_id: UUID, code: str, values: Mapping[str, JSON], now: datetime) -> Instance:
    """End an external task with a BPMN error that a boundary event catches.

    Raises:
        NotFound, NotAllowed, AnswersInvalid: as `complete`.
        Invalid: no code, or one that no diagram could have.
        EngineFailed: nobody catches the error, or the case could not go on; an incident keeps it.

    """
    if not code.strip() or len(code) > LONGEST_CODE:
        raise Invalid("a BPMN error has a code", field="code")
    return _carry_out(actor, task_id, "error", {"code": code, "values": taken(values)}, now)


def fail(actor: Actor, task_id: UUID, error: str, now: datetime) -> Instance:
    """Tell that an external task could not be done; it waits as an incident until somebody offers it again.

    Raises:
        NotFound, NotAllowed: as `complete`.
        ReasonMissing: no word of what went wrong.

    """
    told = " ".join(error.replace("\x00", "").split())[:LONGEST_ERROR]
    if not told:
        raise ReasonMissing

    def record() -> Instance:
        instance, deed = _found(actor, task_id, "failed", {"error": told})
        failed = EngineFailed(told, cause="service-failed", process=deed.process, element=deed.element)
        acts.record_failure(instance, deed, failed, now)
        return instance

    return acts.repeated(record)


def _carry_out(actor: Actor, task_id: UUID, kind: acts.Kind, body: Mapping[str, JSON], now: datetime) -> Instance:
    def attempt() -> Instance:
        instance, deed = _found(actor, task_id, kind, body)
        acts.carry_out(instance, deed, now)
        return instance

    return acts.repeated(attempt)


def _found(actor: Actor, task_id: UUID, kind: acts.Kind, body: Mapping[str, JSON]) -> tuple[Instance, Deed]:
    wait, instance = store.get_wait(actor.office, task_id, "external")
    require_role(actor, Role.ADMIN)
    told = {**body, "topic": wait.name, "worker": actor.user_name}
    return instance, Deed(kind, str(task_id), wait.process_key, wait.element, actor.person_id, actor.label, body=told)
