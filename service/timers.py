"""Timers: what happens by the clock alone, in cases and at their beginning."""

import logging
from datetime import datetime
from uuid import UUID

from service import acts, catalogue, store, triggers
from service.acts import Deed
from service.engine.workflow import Step
from service.errors import Conflict, EngineFailed, NotFound, NotWaiting
from service.models import StartTrigger
from service.queries import duties

MOST = 400
"""Timers of one look, the earliest; the others follow in the next."""
_log = logging.getLogger(__name__)


def due(now: datetime) -> list[tuple[str, UUID, UUID]]:
    """Return office, id and case of the timers whose time has come."""
    return duties.timers(now, MOST)


def fire(office: str, wait_id: UUID, now: datetime) -> int:
    """Let a timer go off if its time has come; return whether it did.

    One that fails becomes an incident and rests until somebody looks at it; the others are not held up.
    """
    try:
        acts.repeated(lambda: _fired(office, wait_id, now))
    except EngineFailed as error:
        _log.warning("a timer failed: %s", error.cause)
        return False
    except (Conflict, NotFound):  # it is over, or another process was faster
        return False
    return True


def starting(now: datetime) -> list[tuple[str, str]]:
    """Return office and key of the processes whose time has come to begin."""
    return duties.starts(now, MOST)


def begin(office: str, process: str, now: datetime) -> int:
    """Set the next time of a process and order a case of it, both or neither; the messages bring it about.

    Nothing is done yet, so nothing is counted.
    """
    trigger = store.due_trigger(office, process, now)
    if trigger is not None:
        store.advance_trigger(trigger, _following(trigger, now), now)
    return 0


def _fired(office: str, wait_id: UUID, now: datetime) -> Step:
    wait, instance = store.get_wait(office, wait_id, "timer")
    if wait.due_at is None or wait.due_at > now or wait.incident_id is not None:
        raise NotWaiting(wait=wait_id)
    return acts.carry_out(instance, Deed("timer", str(wait.id), wait.process_key, wait.element), now)


def _following(trigger: StartTrigger, now: datetime) -> tuple[datetime, int | None] | None:
    """Return the next time of a cycle; what was missed while nothing ran counts as fired."""
    definition = store.latest_definition(trigger.tenant_id, trigger.process_key)
    if definition is None:
        return None
    return triggers.following(trigger, catalogue.diagram(trigger.tenant_id, definition.id), now)
