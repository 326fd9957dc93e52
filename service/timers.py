"""Timers: what happens by the clock alone, in cases and at their beginning."""

import logging
from datetime import datetime

from service import acts, catalogue, instances, store
from service.acts import Deed
from service.engine import timer
from service.errors import Conflict, EngineFailed, NotFound, Refused
from service.models import StartTrigger, Waiting

MOST = 200
"""Timers of one round; the others follow in the next."""
_log = logging.getLogger(__name__)


def fire_due(now: datetime) -> int:
    """Let every timer go off whose time has come, each in a transaction of its own; return how many did.

    One that fails becomes an incident and rests until somebody looks at it; the others are not held up.
    """
    return sum(_fired(wait.tenant_id, wait, now) for wait in store.due_timers(now, MOST))


def start_due(now: datetime) -> int:
    """Start a case of every process whose time has come, and set its next time; return how many started."""
    return sum(_started(trigger, now) for trigger in store.due_triggers(now, MOST))


def _fired(office: str, wait: Waiting, now: datetime) -> bool:
    deed = Deed("timer", str(wait.id), wait.process_key, wait.element)
    instance_id = wait.instance_id
    try:
        acts.repeated(lambda: acts.carry_out(store.get_instance(office, instance_id), deed, now))
    except EngineFailed as error:
        _log.warning("timer of case %s failed: %s", instance_id, error.cause)
        return False
    except (Conflict, NotFound):  # it is over, or another process was faster
        return False
    return True


def _started(trigger: StartTrigger, now: datetime) -> bool:
    office, key = trigger.tenant_id, trigger.process_key
    if not store.advance_trigger(trigger, _following(trigger, now)):
        return False
    try:
        instances.start_by_event(office, key, "timer", "", {}, now)
    except Refused as refusal:
        _log.warning("process %s of %s could not be started: %s", key, office, refusal)
        store.note_trigger_failure(office, key, str(refusal))
        return False
    return True


def _following(trigger: StartTrigger, now: datetime) -> tuple[datetime, int | None] | None:
    """Return the next time of a cycle; what was missed while nothing ran counts as fired."""
    definition = store.latest_definition(trigger.tenant_id, trigger.process_key)
    event = catalogue.diagram(trigger.tenant_id, definition.id).start.event if definition else None
    if event is None or event.timer_kind != "cycle" or trigger.due_at is None:
        return None
    return timer.read("cycle", event.timer).following(trigger.due_at, now, trigger.left)
