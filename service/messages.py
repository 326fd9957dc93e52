"""Messages and signals: to one case that waits for them, to all of them, or to the beginning of a new one."""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from service import acts, instances, store
from service.acts import Deed
from service.engine.assignment import Actor, Role, require_role
from service.engine.expression import JSON
from service.engine.variables import taken
from service.engine.workflow import Message
from service.errors import CaseSuspended, Conflict, EngineFailed, NotFound, NotWaiting, Refused, Suspended
from service.models import Dispatch, Instance, new_id
from service.once import Once
from service.queries import duties

KEPT = timedelta(days=30)
"""How long a message with a key waits for its receiver, or any for one that is suspended; else it is for now."""
AGAIN = timedelta(hours=1)
"""After so long a message that could not begin its process is tried again: what stood in its way may be gone."""
MOST = 200
_log = logging.getLogger(__name__)


def send(
    actor: Actor, message: Message, now: datetime, once: Once | None = None, *, business_key: str = ""
) -> Instance:
    """Give a message from outside to the case that waits for it, the longest wait first, or start a case with it.

    With a business key, a case that has another one does not take it, and a case that begins gets it.

    Raises:
        NotAllowed: the actor is no admin.
        Invalid: a business key that nobody could read.
        AnswersInvalid: a value that no variable may hold.
        NotWaiting: no case waits for it, and no process begins with it.
        EngineFailed: the case could not go on; an incident keeps the message.
        Repeated: the same request `once` brought it before.

    """
    require_role(actor, Role.ADMIN)
    message = Message(message.name, message.key, taken(message.values))
    return _deliver(actor.office, message, now, None, business_key, once)


def broadcast(actor: Actor, name: str, values: Mapping[str, JSON], now: datetime, once: Once | None = None) -> int:
    """Give a signal from outside to every case that waits for it; return how many took it.

    Raises:
        NotAllowed: the actor is no admin.
        AnswersInvalid: a value that no variable may hold.
        Repeated: the same request `once` brought it before.

    """
    require_role(actor, Role.ADMIN)
    signal = Dispatch(
        tenant_id=actor.office, id=new_id(now), kind="signal", name=name, key="", body=taken(values), sent_at=now
    )
    store.add_signal(signal, once)
    return _signalled(signal, now)


def due(now: datetime) -> list[tuple[str, UUID]]:
    """Return office and id of what is on its way and may be delivered, the oldest first."""
    return duties.dispatches(now, KEPT, AGAIN, MOST)


def deliver(office: str, dispatch_id: UUID, now: datetime) -> int:
    """Deliver what a case has sent or the clock has ordered; return how often.

    A message that nobody takes stays for thirty days if it has a key, and so does one that could not begin its process.
    What a receiver fails at becomes its incident.
    """
    dispatch = store.pending_dispatch(office, dispatch_id)
    if dispatch is None:
        return 0
    match dispatch.kind:
        case "signal":
            return _signalled(dispatch, now)
        case "start":
            return _ordered(dispatch, now)
        case _:
            return _sent(dispatch, now)


def _ordered(order: Dispatch, now: datetime) -> bool:
    """Start the case that a clock or a signal has ordered; a process that cannot begin is tried at its next time."""
    office, key, signal = order.tenant_id, order.name, order.key
    try:
        instances.start_by_event(office, key, "signal" if signal else "timer", signal, dict(order.body), now, order.id)
    except NotWaiting:  # another worker was faster
        return False
    except Refused as refusal:
        if _is_passing(refusal):
            return False  # the next look tries again
        _log.warning("process %s of %s could not be started: %s", key, office, refusal)
        store.note_trigger_failure(office, key, str(refusal))
        store.keep_dispatch(order, now, done=True)
        return False
    return True


def _sent(dispatch: Dispatch, now: datetime) -> bool:
    office, sent_at = dispatch.tenant_id, dispatch.sent_at
    message = Message(dispatch.name, dispatch.key, dispatch.body)
    try:
        _deliver(office, message, now, dispatch.id)
    except NotWaiting:
        is_kept = bool(message.key) or _awaited_later(office, "message", message)
        store.keep_dispatch(dispatch, now, done=not is_kept or now - sent_at > KEPT)
    except Refused as refusal:
        if _is_passing(refusal):
            return False  # the next look tries again
        _log.warning("message %s of %s failed: %s", message.name, office, refusal)
        if dispatch.done_at is None:  # no case has it as an incident
            store.keep_dispatch(dispatch, now, done=now - sent_at > KEPT)
    else:
        return True
    return False


def _awaited_later(office: str, kind: str, message: Message) -> bool:
    """Tell whether a case waits for it that is suspended."""
    return bool(store.waiting_cases(office, kind, message.name, message.key, suspended=True))


def _deliver(
    office: str,
    message: Message,
    now: datetime,
    dispatch: UUID | None,
    business_key: str = "",
    once: Once | None = None,
) -> Instance:
    deed = _deed("message", message, now)
    for case in store.waiting_cases(office, "message", message.name, message.key, business_key):
        try:
            _carry_out(office, case, deed, now, dispatch, once)
        except (NotWaiting, CaseSuspended):
            continue
        return store.get_instance(office, case)
    for key in store.triggered(office, "message", message.name)[:1]:
        return _start(office, key, "message", message, now, dispatch, business_key, once)
    raise NotWaiting(message=message.name)


def _start(
    office: str,
    key: str,
    kind: acts.Kind,
    message: Message,
    now: datetime,
    dispatch: UUID | None = None,
    business_key: str = "",
    once: Once | None = None,
) -> Instance:
    try:
        return instances.start_by_event(
            office, key, kind, message.name, message.values, now, dispatch, business_key=business_key, once=once
        )
    except Refused as refusal:
        if not _is_passing(refusal):
            store.note_trigger_failure(office, key, str(refusal))
        raise


def _is_passing(refusal: Refused) -> bool:
    """Tell whether somebody was only faster; a suspended SOP stays so for a while."""
    return isinstance(refusal, Conflict) and not isinstance(refusal, Suspended)


def _signalled(dispatch: Dispatch, now: datetime) -> int:
    """Split a signal into one part per case that waits for it, and start what begins with it; or deliver a part."""
    office, name = dispatch.tenant_id, dispatch.name
    if dispatch.target_id is not None:
        return _part(office, dispatch, dispatch.target_id, now)
    parts = [
        Dispatch(
            tenant_id=office, id=new_id(now), instance_id=dispatch.instance_id, target_id=case, kind="signal",
            name=name, key="", body=dispatch.body, sent_at=now,
        )
        for case in store.waiting_cases(office, "signal", name)
        if case != dispatch.instance_id  # the engine gave it to its own receivers
    ]  # fmt: skip
    orders = [
        Dispatch(tenant_id=office, id=new_id(now), kind="start", name=key, key=name, body=dispatch.body, sent_at=now)
        for key in store.triggered(office, "signal", name)
    ]
    try:
        store.add_dispatches([*parts, *orders], dispatch, now)
    except NotWaiting:  # another worker was faster
        return 0
    begun = sum(_ordered(order, now) for order in orders)
    return begun + sum(_part(office, part, part.target_id, now) for part in parts if part.target_id)


def _part(office: str, part: Dispatch, case: UUID, now: datetime) -> bool:
    deed = _deed("signal", Message(part.name, "", part.body), now)
    dispatch = part.id
    try:
        _carry_out(office, case, deed, now, dispatch)
    except EngineFailed as error:
        _log.warning("signal %s to case %s failed: %s", deed.body["name"], case, error.cause)
        return False
    except (NotWaiting, NotFound):
        store.keep_dispatch(part, now, done=True)
        return False
    except CaseSuspended:  # since the signal was sent: it is there when the case goes on
        store.keep_dispatch(part, now, done=now - part.sent_at > KEPT)
        return False
    except Conflict:
        return False
    return True


def _carry_out(
    office: str, case: UUID, deed: Deed, now: datetime, dispatch: UUID | None, once: Once | None = None
) -> None:
    acts.repeated(lambda: acts.carry_out(store.get_instance(office, case), deed, now, dispatch, once))


def _deed(kind: acts.Kind, message: Message, now: datetime) -> Deed:
    body = {"name": message.name, "key": message.key, "values": dict(message.values)}
    return Deed(kind, str(new_id(now)), "", "", body=body)
