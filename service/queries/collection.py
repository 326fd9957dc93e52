"""Who owes data: the units of a step that is done once for each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from service import catalogue
from service.engine.assignment import Actor
from service.engine.diagram import Diagram, Node
from service.engine.worktime import Remaining
from service.errors import NotFound
from service.models import History, Task, TaskStatus
from service.queries.cases import CaseHead, find, head_of
from service.queries.files import file_ids
from service.queries.history import history_of
from service.queries.inbox import remaining_of
from service.queries.organisation import group_names, holder, unit_names
from service.queries.tasks import tasks_of


@dataclass(frozen=True, slots=True)
class UnitRow:
    """What one unit has done of a collection."""

    code: str
    name: str
    state: str
    """received, returned, open, withdrawn, or closed with its case."""
    filled: int
    of: int
    evidence: int
    at: datetime
    reason: str
    task_id: str
    mine: bool
    round: int

    @property
    def is_open(self) -> bool:
        """Tell whether the unit still owes its data."""
        return self.state in {"open", "returned"}


@dataclass(frozen=True, slots=True)
class CollectionPage:
    """Who has handed in data and who has not."""

    case: CaseHead
    element: str
    title: str
    order: int
    steps: int
    due_at: datetime | None
    remaining: Remaining | None
    received: int
    total: int
    units: tuple[UnitRow, ...]
    next_order: int
    next_title: str
    next_lane: str
    comes_again: bool
    """Whether a later step can send data back to its unit."""


def collection(actor: Actor, now: datetime, case_id: UUID, element: str) -> CollectionPage:
    """Return who has handed in data.

    Raises:
        NotFound: no such case, or the element collects nothing.

    """
    instance, definition = find(actor, case_id)
    specification = catalogue.of_instance(instance)
    process, node = _collecting(specification.diagrams, element)
    tasks = [task for task in tasks_of(instance) if task.process_key == process and task.element == element]
    latest = {task.unit: task for task in tasks}  # the last round of each unit
    history = history_of(instance)
    lines = {line.task_id: line for line in history if line.task_id}
    withdrawn = {
        line.body["unit"]: str(line.body.get("reason", ""))
        for line in history
        if line.kind == "withdrawn" and line.element == element
    }
    names = unit_names(actor)
    units = tuple(_unit(actor, task, lines.get(task.id), names, withdrawn) for task in latest.values())
    open_now = [task for task in latest.values() if task.status == TaskStatus.OPEN]
    first_due = min((task for task in open_now if task.due_at), key=lambda task: task.due_at or now, default=None)
    following = next(iter(specification.diagrams[process].next_tasks(element)), None)
    return CollectionPage(
        case=head_of(instance, definition),
        element=element,
        title=node.name,
        order=node.order,
        steps=specification.diagrams[process].steps,
        due_at=first_due.due_at if first_due else None,
        remaining=remaining_of(actor, now, instance, first_due) if first_due else None,
        received=sum(unit.state == "received" for unit in units),
        total=sum(unit.state != "withdrawn" for unit in units),
        units=tuple(sorted(units, key=lambda unit: (not unit.mine, not unit.is_open, unit.state, unit.name))),
        next_order=following.order if following else 0,
        next_title=following.name if following else "",
        next_lane=holder(following.groups, group_names(actor), following.lane) if following else "",
        comes_again=specification.diagrams[process].leads_back(element),
    )


def _collecting(diagrams: Mapping[str, Diagram], element: str) -> tuple[str, Node]:
    for key, diagram in diagrams.items():
        node = diagram.nodes.get(element)
        if node is not None and node.loop is not None:
            return key, node
    raise NotFound(element=element)


def _unit(
    actor: Actor, task: Task, line: History | None, names: Mapping[str, str], withdrawn: Mapping[str, str]
) -> UnitRow:
    is_open = task.status == TaskStatus.OPEN
    values = (line.body.get("values") or {}) if line else {}
    rows = next((value for value in values.values() if isinstance(value, list)), [])
    return UnitRow(
        code=task.unit,
        name=names.get(task.unit, task.unit),
        state=_state(task, withdrawn),
        filled=sum(1 for row in rows if isinstance(row, dict) and row.get("realisasi") is not None),
        of=len(rows),
        evidence=len(file_ids(values)),
        at=task.ended_at or task.created_at,
        reason=withdrawn.get(task.unit, "") if task.status == TaskStatus.CANCELLED else task.return_reason,
        task_id=str(task.id),
        mine=is_open and task.unit in actor.groups,
        round=task.round,
    )


def _state(task: Task, withdrawn: Mapping[str, str]) -> str:
    if task.status == TaskStatus.OPEN:
        return "returned" if task.is_returned else "open"
    if task.status == TaskStatus.COMPLETED:
        return "received"
    return "withdrawn" if task.unit in withdrawn else "closed"
