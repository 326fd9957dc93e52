"""How far a case has come: the rows of its SOP, the step map and the diagram with what was done."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from service import catalogue
from service.engine import sop, stepmap
from service.engine.assignment import Actor
from service.engine.diagram import Diagram, Node
from service.models import History, Instance, InstanceStatus, Task, TaskStatus
from service.queries.cases import CaseHead, find, head_of
from service.queries.history import history_of
from service.queries.organisation import holder
from service.queries.tasks import tasks_of

AHEAD = frozenset({"wait", "never"})
"""States of what a case has not reached."""


@dataclass(frozen=True, slots=True)
class CaseStep:
    """A row of the SOP as the case went through it."""

    order: int
    title: str
    who: str
    state: str
    """done, now, wait, returned, cut off with its case, or never reached before its case had ended."""
    round: int
    at: datetime | None
    due_at: datetime | None
    standard: str
    note: str
    element: str
    is_collection: bool
    indent: bool
    expected_at: datetime | None = None
    """When a row that is still to come is expected to be done."""


def diagram_marks(actor: Actor, case_id: UUID) -> tuple[CaseHead, dict[str, str], dict[str, int]]:
    """Return what the BPMN view of a case shows: state and count per element."""
    instance, definition = find(actor, case_id)
    specification = catalogue.of_instance(instance)
    lines, tasks = history_of(instance), tasks_of(instance)
    _, states = marks(specification.diagrams, lines, tasks, cut_off(instance, tasks))
    counts: dict[str, int] = {}
    for process, element, _ in _passed(lines):
        if process == specification.key:
            counts[element] = counts.get(element, 0) + 1
    shown = {element: state for element, state in states[specification.key].items() if state != "wait"}
    return head_of(instance, definition), shown, counts


def task_map(instance: Instance, process: str) -> stepmap.StepMap | None:
    """Return the step map of the process that a task belongs to."""
    specification = catalogue.of_instance(instance)
    tasks = tasks_of(instance)
    walked, states = marks(specification.diagrams, history_of(instance), tasks, cut_off(instance, tasks))
    return draw(specification.diagrams[process], states[process], walked[process], tasks)


def draw(
    diagram: Diagram, states: Mapping[str, str], walked: set[str], tasks: Sequence[Task]
) -> stepmap.StepMap | None:
    """Return the step map of a process with its states and the flows that were walked."""
    units = {node.id: _units_asked(node, tasks) for node in diagram.user_tasks if node.loop}
    return stepmap.draw(diagram, states, walked, units)


def cut_off(instance: Instance, tasks: Iterable[Task]) -> tuple[Task, ...]:
    """Return the tasks that were open when their case was cancelled."""
    if instance.status != InstanceStatus.CANCELLED:
        return ()
    return tuple(task for task in tasks if task.status == TaskStatus.CANCELLED and task.ended_at == instance.ended_at)


def ahead_in(instance: Instance) -> str:
    """Return the state of what a case has not reached: it waits, or nothing waits any more."""
    return "wait" if instance.status == InstanceStatus.RUNNING else "never"


def marks(
    diagrams: Mapping[str, Diagram], lines: Sequence[History], tasks: Sequence[Task], cut: Sequence[Task]
) -> tuple[dict[str, set[str]], dict[str, dict[str, str]]]:
    """Return per process the flows that were walked and the state of each element."""
    walked: dict[str, set[str]] = {key: set() for key in diagrams}
    states: dict[str, dict[str, str]] = {key: {} for key in diagrams}
    for process, element, flow in _passed(lines):
        states[process][element] = "done"
        outgoing = diagrams[process].outgoing.get(element, ())
        walked[process] |= {flow} if flow else {f.id for f in outgoing} if len(outgoing) == 1 else set()
    for task in tasks:
        if task.status == TaskStatus.OPEN:
            states[task.process_key][task.element] = "returned" if task.is_returned else "now"
            for caller in diagrams.values():
                for node in caller.nodes.values():
                    if node.called == task.process_key:
                        states[caller.key][node.id] = "now"
    for task in cut:
        states[task.process_key].pop(task.element, None)
    for task in (*cut, *(task for task in tasks if task.status == TaskStatus.OPEN)):
        if task.round == 1:  # of a collection, of which some units were done: nothing ever followed it
            walked[task.process_key] -= {flow.id for flow in diagrams[task.process_key].outgoing.get(task.element, ())}
    return walked, states


def steps_of(
    diagram: Diagram,
    instance: Instance,
    tasks: Sequence[Task],
    holders: Mapping[UUID, str],
    names: Mapping[str, str],
) -> tuple[CaseStep, ...]:
    """Return the rows of the SOP behind a diagram as a case went through them."""
    cut, ahead = cut_off(instance, tasks), ahead_in(instance)
    return tuple(_step(diagram.key, node, tasks, holders, names, cut, ahead) for node in diagram.user_tasks)


def next_step(diagrams: Mapping[str, Diagram], tasks: Sequence[Task], names: Mapping[str, str]) -> str:
    """Say what follows the open task, when there is just one place and one way."""
    places = {(task.process_key, task.element) for task in tasks if task.status == TaskStatus.OPEN}
    if len(places) != 1:
        return ""
    process, element = next(iter(places))
    following = diagrams[process].next_tasks(element)
    return "; ".join(f"{node.name} ({holder(node.groups, names, node.lane)})" for node in following[:1])


def _passed(lines: Iterable[History]) -> Iterable[tuple[str, str, str]]:
    for line in lines:
        yield from line.body.get("passed", ())


def _step(
    process: str,
    node: Node,
    tasks: Sequence[Task],
    holders: Mapping[UUID, str],
    names: Mapping[str, str],
    cut: Sequence[Task],
    ahead: str,
) -> CaseStep:
    own = [task for task in tasks if (task.process_key, task.element) == (process, node.id)]
    open_now = [task for task in own if task.status == TaskStatus.OPEN]
    done = [task for task in own if task.status == TaskStatus.COMPLETED]
    last = open_now[0] if open_now else done[-1] if done else None
    state = ahead
    if open_now:
        state = "returned" if any(task.is_returned for task in open_now) else "now"
    elif any(task in cut for task in own):
        state = "cut"
    elif done:
        state = "done"
    who = holder(node.groups, names, node.lane)
    if last is not None:
        who = holders.get(last.id) or last.ended_position or who
    asked = [task for task in own if task.status != TaskStatus.CANCELLED or task in cut]
    if node.loop and asked:
        who = ", ".join(dict.fromkeys(names.get(task.unit, task.unit) for task in asked))
    return CaseStep(
        order=node.order,
        title=node.name,
        who=who,
        state=state,
        round=max((task.round for task in own), default=1),
        at=last.ended_at if last and state == "done" else None,
        due_at=min((task.due_at for task in open_now if task.due_at), default=None),
        standard=sop.time_words(node),
        note="",
        element=node.id,
        is_collection=node.loop is not None and bool(own),
        indent=node.is_addition,
    )


def _units_asked(node: Node, tasks: Sequence[Task]) -> int:
    return len({task.unit for task in tasks if task.element == node.id and task.status != TaskStatus.CANCELLED})
