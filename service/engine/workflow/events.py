"""Events: what waits, what happens, what is thrown and who catches it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from service.engine import timer
from service.engine.diagram import Event, Flow
from service.engine.workflow import tokens
from service.engine.workflow.elements import Activity, Element
from service.errors import UNCAUGHT, NotWaiting

ONCE = frozenset({"date", "duration"})


@dataclass(frozen=True, slots=True)
class Thrown:
    """A message or signal that left the case and looks for receivers outside."""

    kind: str
    name: str
    key: str
    values: Mapping[str, Any] = field(default_factory=dict)


class Waits(Element):
    """Waits for a message, a signal or a time."""

    def begin(self, my_task: Task) -> bool:
        """Work out what exactly is waited for."""
        event = self.node.event
        marks = my_task.internal_data
        if event is not None and event.kind == "timer":
            read = _timer(my_task, event)
            surroundings = my_task.workflow.top_workflow.script_engine
            marks["due"] = read.first(surroundings.now, surroundings.zone).isoformat()
            marks["left"] = read.repeats
        if self.node.key:
            marks["key"] = _text(tokens.evaluate(my_task, self.node.key))
        my_task._set_state(TaskState.WAITING)
        return False

    def leave(self, my_task: Task) -> None:
        """Forget what was waited for."""
        for mark in ("due", "left", "key", "race", "gate"):
            my_task.internal_data.pop(mark, None)


class CatchEvent(Waits):
    """An intermediate event that waits; one without a definition passes."""

    def enter(self, my_task: Task) -> bool:
        """Wait, or take over from the throwing side of a link."""
        if self.node.event is None or self.node.event.kind == "link":
            return True
        return self.begin(my_task)


class BoundaryEvent(CatchEvent):
    """An event on the border of an activity."""


class ReceiveTask(Waits, Activity):
    """An activity that waits for a message."""

    def enter(self, my_task: Task) -> bool:
        """Arm the boundary events and wait."""
        return Activity.enter(self, my_task)

    def leave(self, my_task: Task) -> None:
        """Disarm the boundary events."""
        Waits.leave(self, my_task)
        Activity.leave(self, my_task)


class Throws(Element):
    """Throws its event when the token passes."""

    def leave(self, my_task: Task) -> None:
        """Throw."""
        super().leave(my_task)
        throw(my_task)


class ThrowEvent(Throws):
    """An intermediate event that throws; a link goes on at its other side."""

    def __init__(self, wf_spec: Any, name: str, node: Any) -> None:
        super().__init__(wf_spec, name, node)
        self.link: Flow | None = None

    def chosen(self, my_task: Task) -> Any:
        """Return the flows behind the event, or the jump of a link."""
        return [self.link] if self.link else super().chosen(my_task)


class EndEvent(Throws):
    """Takes the token, and throws."""


class SendTask(Throws, Activity):
    """An activity that throws a message."""

    def leave(self, my_task: Task) -> None:
        """Throw, and disarm the boundary events."""
        throw(my_task)
        Activity.leave(self, my_task)


def throw(my_task: Task) -> None:
    """Raise the event of an element."""
    event = my_task.task_spec.node.event
    if event is None:
        return
    match event.kind:
        case "message" | "signal":
            _throw_out(my_task, event)
        case "error":
            throw_error(my_task, event.code)
        case "escalation":
            _throw_escalation(my_task, event.code)
        case "terminate":
            _terminate(my_task)


def fire(task: Task, values: Mapping[str, Any] | None = None) -> None:
    """Let what a token waits for happen."""
    if values:
        tokens.write(task, values)
    if "host" in task.internal_data:
        _fire_boundary(task)
        return
    race = task.internal_data.get("race")
    if race:
        for other in tokens.live(task.workflow):
            if other is not task and other.internal_data.get("race") == race:
                tokens.cancel(other)
    task._ready()


def throw_error(task: Task, code: str) -> None:
    """Look outwards for the boundary event that catches an error; without one the case has an incident."""
    boundary = _catcher(task, "error", code)
    if boundary is None:
        raise tokens.failure(task, UNCAUGHT, f"nobody catches the error {code or '(without code)'}")
    fire(boundary)


def waiting_for(workflow: Any, kind: str, name: str) -> list[Task]:
    """Return the tokens that wait for a message or signal of this name, the oldest first."""
    return [
        task
        for task in tokens.everywhere(workflow)
        if task.has_state(TaskState.WAITING) and _waits(task, kind) and task.task_spec.node.event.name == name
    ]


def due(workflow: Any, wait_id: str, now: datetime) -> Task:
    """Return the token of a timer whose time has come.

    Raises:
        NotWaiting: it is over, or its time has not come.

    """
    for task in tokens.everywhere(workflow):
        if str(task.id) == wait_id and task.has_state(TaskState.WAITING) and "due" in task.internal_data:
            if datetime.fromisoformat(task.internal_data["due"]) <= now:
                return task
            break
    raise NotWaiting(timer=wait_id)


def _waits(task: Task, kind: str) -> bool:
    event = task.task_spec.node.event
    return isinstance(task.task_spec, Waits) and event is not None and event.kind == kind


def _fire_boundary(task: Task) -> None:
    if task.task_spec.node.interrupting:
        activity = tokens.host(task)
        del task.internal_data["host"]
        tokens.cancel(activity)
        task._ready()
        return
    if not _arm_again(task):
        del task.internal_data["host"]
        task._ready()
        return
    fired = tokens.add(task.parent, task.task_spec)
    fired._ready()


def _arm_again(task: Task) -> bool:
    """Tell whether a boundary event that fired waits for its next time, and make it so."""
    event = task.task_spec.node.event
    if event.kind != "timer":
        return True
    if event.timer_kind in ONCE:
        return False
    marks, now = task.internal_data, task.workflow.top_workflow.script_engine.now
    following = _timer(task, event).following(datetime.fromisoformat(marks["due"]), now, marks["left"])
    if following is None:
        return False
    marks["due"], marks["left"] = following[0].isoformat(), following[1]
    return True


def _throw_out(task: Task, event: Event) -> None:
    node = task.task_spec.node
    key = _text(tokens.evaluate(task, node.key)) if node.key else ""
    values = {mapping.target: tokens.evaluate(task, mapping.source) for mapping in node.mappings if mapping.target}
    top = task.workflow.top_workflow
    top.script_engine.thrown.append(Thrown(event.kind, event.name, key, values))
    if event.kind == "signal":
        for receiver in waiting_for(top, "signal", event.name):
            if receiver.has_state(TaskState.WAITING):
                fire(receiver, values)


def _throw_escalation(task: Task, code: str) -> None:
    boundary = _catcher(task, "escalation", code)
    if boundary is not None:  # nobody has to catch an escalation
        fire(boundary)


def _catcher(task: Task, kind: str, code: str) -> Task | None:
    """Return the nearest armed boundary event, going outwards, that takes this code."""
    here: Task | None = task
    while here is not None:
        armed = _armed(here, kind)
        exact = [boundary for boundary in armed if boundary.task_spec.node.event.code == code]
        every = [boundary for boundary in armed if not boundary.task_spec.node.event.code]
        if exact or every:
            return (exact or every)[0]
        here = here.parent if "index" in here.internal_data else tokens.owner(here.workflow)
    return None


def _armed(activity: Task, kind: str) -> list[Task]:
    return [
        task
        for task in tokens.live(activity.workflow)
        if task.internal_data.get("host") == activity.id.hex and _waits(task, kind)
    ]


def _terminate(task: Task) -> None:
    for other in tokens.live(task.workflow):
        if other is not task:
            tokens.cancel(other)


def _timer(task: Task, event: Event) -> timer.Timer:
    text = event.timer
    if text.startswith(("=", "${", "#{")):
        text = _text(tokens.evaluate(task, text))
    try:
        return timer.read(event.timer_kind, text)
    except timer.TimerInvalid as error:
        raise tokens.failure(task, "timer-invalid", error.message_en) from error


def _text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # JSON knows no difference between 7 and 7.0
    return "" if value is None else str(value)
