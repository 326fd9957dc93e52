"""External tasks: work that a program outside takes, does, fails at, or ends with a BPMN error."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from service import acts, incidents, store
from service.acts import Deed
from service.engine.assignment import Actor, Role, require_role
from service.engine.expression import JSON
from service.engine.variables import taken
from service.errors import Conflict, EngineFailed, Invalid, LockForeign, ReasonMissing
from service.models import Instance, Waiting
from service.store import Wish

LONGEST_ERROR = 2_000
LONGEST_DETAILS = 20_000
RECORDED = timedelta(minutes=1)
"""For so long nobody else gets what failed for good, until its incident is there."""
LONGEST_WORKER = 200
LONGEST_LOCK = timedelta(days=7)
MOST_RETRIES = 1_000
MOST_AT_ONCE = 100

__all__ = ["Failing", "Wish", "complete", "end_with_error", "extend", "fail", "fetch", "lock", "retry", "unlock"]


@dataclass(frozen=True, slots=True)
class Failing:
    """What a worker says of work that he could not do."""

    error: str
    details: str = ""
    retries: int = 0
    """How often it may be tried again; then it rests as an incident."""
    pause: timedelta = timedelta()
    """Before it is tried again."""


def fetch(
    actor: Actor, worker: str, wishes: Sequence[Wish], most: int, now: datetime, *, newest_first: bool = False
) -> list[UUID]:
    """Give a worker external tasks of his topics, each to him alone until his lock ends; none while there is none.

    Raises:
        NotAllowed: the actor is no admin.
        Invalid: no name of the worker, or a lock that is none.

    """
    require_role(actor, Role.ADMIN)
    _require_worker(worker)
    for wish in wishes:
        _require_moment(wish.until, now)
    return store.lock_waits(actor.office, wishes, worker, min(most, MOST_AT_ONCE), now, newest_first=newest_first)


def lock(actor: Actor, task_id: UUID, worker: str, until: datetime, now: datetime) -> None:
    """Give a worker one external task that he names.

    Raises:
        NotFound, NotAllowed, CaseSuspended: as `complete`.
        Invalid: as `fetch`.
        LockForeign: another worker has it, or it rests as an incident.

    """
    wait = _own(actor, task_id)
    _require_worker(worker)
    _require_moment(until, now)
    if not store.take_wait(wait, worker, until, now):
        raise LockForeign("the external task is locked by another worker, or rests as an incident")


def extend(actor: Actor, task_id: UUID, worker: str, until: datetime, now: datetime) -> None:
    """Let a worker have his external task for longer, from now on.

    Raises:
        NotFound, NotAllowed, CaseSuspended: as `complete`.
        Invalid: as `fetch`.
        LockForeign: it is not his, or not any more.

    """
    wait = _own(actor, task_id)
    _require_moment(until, now)
    _require_holder(wait, worker)
    if wait.free_at is None or wait.free_at <= now:
        raise LockForeign("the lock has ended")
    if not store.move_lock(wait, worker, until, holder=worker):
        raise LockForeign


def unlock(actor: Actor, task_id: UUID, now: datetime) -> None:
    """Let an external task go, whoever has it, also of a suspended case.

    Raises:
        NotFound, NotAllowed: as `complete`.

    """
    wait, _ = store.get_wait(actor.office, task_id, "external")
    require_role(actor, Role.ADMIN)
    if wait.worker:
        store.move_lock(wait, "", now, holder=wait.worker)


def complete(
    actor: Actor, task_id: UUID, values: Mapping[str, JSON], now: datetime, worker: str | None = None
) -> Instance:
    """Finish an external task with its result; without a worker somebody does it by hand.

    Raises:
        NotFound: the office has no such task open.
        NotAllowed: the actor is no admin.
        CaseSuspended: nothing goes on in its case; the lock stays.
        LockForeign: another worker has it.
        AnswersInvalid: a value that no variable may hold.
        EngineFailed: the case could not go on; an incident keeps the result.

    """
    return _carry_out(actor, task_id, "external", {"values": taken(values)}, now, worker)


def end_with_error(
    actor: Actor, task_id: UUID, code: str, values: Mapping[str, JSON], now: datetime, worker: str | None = None
) -> Instance:
    """End an external task with a BPMN error that a boundary event catches.

    Raises:
        NotFound, NotAllowed, CaseSuspended, LockForeign, AnswersInvalid: as `complete`.
        Invalid: no code, or one that no diagram could have.
        EngineFailed: nobody catches the error, or the case could not go on; an incident keeps it.

    """
    acts.require_code(code)
    return _carry_out(actor, task_id, "error", {"code": code, "values": taken(values)}, now, worker)


def fail(actor: Actor, task_id: UUID, failing: Failing, now: datetime, worker: str | None = None) -> Instance:
    """Tell that an external task could not be done; it is tried again, or rests as an incident.

    Raises:
        NotFound, NotAllowed, CaseSuspended, LockForeign: as `complete`.
        Invalid: too many retries, or too long a pause.
        ReasonMissing: no word of what went wrong.

    """
    told = _told(" ".join(failing.error.split()), LONGEST_ERROR)
    if not told:
        raise ReasonMissing
    if not 0 <= failing.retries <= MOST_RETRIES:
        raise Invalid(f"an external task is tried 0 to {MOST_RETRIES} times again", field="retries")
    if not timedelta() <= failing.pause <= LONGEST_LOCK:
        raise Invalid(f"the pause is at most {LONGEST_LOCK.days} days", field="retryTimeout")
    if worker is not None:
        _note(actor, task_id, told, failing, now, worker)
    if failing.retries:
        return store.get_wait(actor.office, task_id, "external")[1]

    def record() -> Instance:
        instance, deed = _found(actor, task_id, "failed", {"error": told}, None)
        failed = EngineFailed(told, cause="service-failed", process=deed.process, element=deed.element)
        acts.record_failure(instance, deed, failed, now)
        return instance

    return acts.repeated(record)


def retry(actor: Actor, task_id: UUID, retries: int, now: datetime) -> None:
    """Say how often an external task may still fail; one that rests because it failed is offered again.

    Raises:
        NotFound, NotAllowed, CaseSuspended: as `complete`.
        Invalid: as `fail`.
        Conflict: it rests because the case could not go on; that is solved with the incident.

    """
    wait = _own(actor, task_id)
    if not 0 < retries <= MOST_RETRIES:
        raise Invalid(f"an external task is tried 1 to {MOST_RETRIES} times again", field="retries")
    if wait.incident_id is not None:
        incident, _ = store.get_incident(actor.office, wait.incident_id)
        if incident.act["kind"] != "failed":
            raise Conflict("the case could not go on with the result: solve the incident")
        incidents.retry(actor, incident.id, {}, "", now)
        wait = _own(actor, task_id)
    store.set_retries(wait, retries)


def _note(actor: Actor, task_id: UUID, told: str, failing: Failing, now: datetime, worker: str) -> None:
    """Let the work go and keep why beside it."""
    wait = _own(actor, task_id)
    _require_holder(wait, worker)
    details = _told(failing.details, LONGEST_DETAILS)
    free_at = now + (failing.pause if failing.retries else RECORDED)
    if not store.note_failure(wait, told, details, holder=worker, retries=failing.retries, free_at=free_at):
        raise LockForeign


def _carry_out(
    actor: Actor, task_id: UUID, kind: acts.Kind, body: Mapping[str, JSON], now: datetime, worker: str | None
) -> Instance:
    def attempt() -> Instance:
        instance, deed = _found(actor, task_id, kind, body, worker)
        acts.carry_out(instance, deed, now)
        return instance

    return acts.repeated(attempt)


def _found(
    actor: Actor, task_id: UUID, kind: acts.Kind, body: Mapping[str, JSON], worker: str | None
) -> tuple[Instance, Deed]:
    wait, instance = store.get_wait(actor.office, task_id, "external")
    require_role(actor, Role.ADMIN)
    store.require_active(instance)
    if worker is not None:
        _require_holder(wait, worker)
    told = {**body, "topic": wait.name, "worker": worker or actor.user_name}
    return instance, Deed(kind, str(task_id), wait.process_key, wait.element, actor.person_id, actor.label, body=told)


def _own(actor: Actor, task_id: UUID) -> Waiting:
    wait, instance = store.get_wait(actor.office, task_id, "external")
    require_role(actor, Role.ADMIN)
    store.require_active(instance)
    return wait


def _require_worker(worker: str) -> None:
    if not worker.strip() or len(worker) > LONGEST_WORKER:
        raise Invalid(f"a worker has a name of 1 to {LONGEST_WORKER} letters", field="workerId")


def _require_holder(wait: Waiting, worker: str) -> None:
    _require_worker(worker)
    if wait.worker != worker:
        raise LockForeign(f"the external task is locked by {wait.worker or 'nobody'}, not by {worker}")


def _require_moment(until: datetime, now: datetime) -> None:
    if not now < until <= now + LONGEST_LOCK:
        raise Invalid(f"a lock lasts up to {LONGEST_LOCK.days} days", field="lockDuration")


def _told(text: str, longest: int) -> str:
    return text.replace("\x00", "").strip()[:longest]
