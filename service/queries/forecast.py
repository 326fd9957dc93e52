"""When the steps that a case has before it are expected to be done, if each takes the time of the SOP."""

from collections.abc import Sequence
from datetime import datetime

from service import catalogue
from service.engine import worktime
from service.engine.diagram import Diagram
from service.models import Task, TaskStatus


def expected(office: str, diagram: Diagram, tasks: Sequence[Task], now: datetime) -> dict[str, datetime]:
    """Return by element when each row after the open ones is expected to be done; nothing where no row is open."""
    open_now = [task for task in tasks if task.status == TaskStatus.OPEN and task.process_key == diagram.key]
    if not open_now:
        return {}
    row = max(task.position for task in open_now)
    at = max([now, *(task.due_at for task in open_now if task.due_at)])
    found: dict[str, datetime] = {}
    for node in sorted(diagram.user_tasks, key=lambda node: node.order):
        if node.order > row:
            try:
                calendar = catalogue.calendar(office, *node.groups)
                at = worktime.due(calendar, at, catalogue.standard_of(node)) or at
            except worktime.MomentRefused:  # beyond the years that the calendar knows
                return found
            found[node.id] = at
    return found
