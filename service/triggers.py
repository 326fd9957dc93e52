"""Triggers: what starts cases of a process by itself."""

from datetime import datetime

from service import catalogue
from service.engine import timer
from service.engine.diagram import Diagram
from service.models import StartTrigger


def of(office: str, diagram: Diagram, now: datetime) -> StartTrigger | None:
    """Return what starts cases of a process from now on, nothing for one that people start."""
    event = diagram.start.event
    if event is None:
        return None
    row = StartTrigger(tenant_id=office, process_key=diagram.key, kind=event.kind, name=event.name)
    if event.kind == "timer":
        read = timer.read(event.timer_kind, event.timer)
        row.due_at, row.left = read.first(now, catalogue.calendar(office).time_zone), read.repeats
    return row


def following(trigger: StartTrigger, diagram: Diagram, now: datetime) -> tuple[datetime, int | None] | None:
    """Return the next time of a cycle and how often it still fires; what was missed until now counts as fired."""
    event = diagram.start.event
    if event is None or event.timer_kind != "cycle" or trigger.due_at is None:
        return None
    return timer.read("cycle", event.timer).following(trigger.due_at, now, trigger.left)
