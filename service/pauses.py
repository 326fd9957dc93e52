"""Suspending a case: nothing goes on in it until somebody resumes it; its due dates run on."""

from datetime import datetime
from uuid import UUID

from service import acts, catalogue, instances, store
from service.engine import reason as reasons
from service.engine.assignment import Actor, Role
from service.errors import Conflict, NotAllowed
from service.models import Instance, InstanceStatus


def may_suspend(actor: Actor, case_id: UUID) -> bool:
    """Tell whether an actor may suspend this case or resume it: an admin, or who may cancel it.

    Raises:
        NotFound: the office has no such case.

    """
    instance = store.get_instance(actor.office, case_id)
    return instance.status == InstanceStatus.RUNNING and _is_entitled(actor, case_id)


def require_may(actor: Actor, case_id: UUID, *, suspended: bool) -> None:
    """Refuse who may not suspend a case, and a case that is not as it has to be for that.

    Raises:
        NotFound: the office has no such case.
        NotAllowed: neither an admin nor one who may cancel the case.
        Conflict: the case has ended, or is not suspended.
        CaseSuspended: it is suspended already.

    """
    _standing(actor, case_id, suspended=suspended)


def suspend(actor: Actor, case_id: UUID, reason: str, now: datetime) -> Instance:
    """Let nothing go on in a case for a while, for a reason that everybody can read.

    Raises:
        NotFound, NotAllowed, Conflict, CaseSuspended: as `require_may`.
        ReasonMissing: no reason, or a word that explains nothing.

    """

    def attempt() -> Instance:
        instance = _standing(actor, case_id, suspended=False)
        return _set(actor, instance, reasons.required(reason), now, suspended=True)

    return acts.repeated(attempt)


def resume(actor: Actor, case_id: UUID, reason: str, now: datetime) -> Instance:
    """Let a suspended case go on; what came due meanwhile happens once, as after a time without power.

    Raises:
        NotFound, NotAllowed, Conflict: as `require_may`.
        ReasonMissing: as `suspend`.

    """

    def attempt() -> Instance:
        instance = _standing(actor, case_id, suspended=True)
        return _set(actor, instance, reasons.required(reason), now, suspended=False)

    return acts.repeated(attempt)


def by_program(actor: Actor, case_id: UUID, now: datetime, *, suspended: bool) -> None:
    """Let a program suspend a case or resume it, without a reason; of a case that is so already nothing is told.

    Raises:
        NotFound, NotAllowed: as `suspend`.
        Conflict: the case has ended.

    """

    def attempt() -> None:
        instance = _running(actor, case_id)
        if (instance.suspended_at is not None) != suspended:
            _set(actor, instance, "", now, suspended=suspended)

    acts.repeated(attempt)


def _running(actor: Actor, case_id: UUID) -> Instance:
    instance = store.get_instance(actor.office, case_id)
    if instance.status != InstanceStatus.RUNNING:
        raise Conflict("the case has ended")
    if not _is_entitled(actor, case_id):
        raise NotAllowed("only an admin and who may cancel a case suspends it")
    return instance


def _standing(actor: Actor, case_id: UUID, *, suspended: bool) -> Instance:
    instance = _running(actor, case_id)
    if not suspended:
        store.require_active(instance)
    elif instance.suspended_at is None:
        raise Conflict("the case is not suspended")
    return instance


def _is_entitled(actor: Actor, case_id: UUID) -> bool:
    return Role.ADMIN in actor.roles or instances.may_cancel(actor, case_id)


def _set(actor: Actor, instance: Instance, reason: str, now: datetime, *, suspended: bool) -> Instance:
    diagram = catalogue.diagram(instance.tenant_id, instance.definition_id)
    kind = "suspended" if suspended else "activated"
    body = {"reason": reason} if reason else {"reason": "", "by": "program"}
    position = actor.label if Role.ADMIN in actor.roles else actor.acts_as(catalogue.starters_of(instance))
    fact = store.Fact(kind, now, actor.person_id, position, diagram.key, body=body)
    store.set_suspension(instance, fact, suspended=suspended)
    return instance
