"""Runs one instance for the length of one act. After any failure the object is thrown away, never saved."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any
from uuid import UUID

from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from service.engine import state as codec
from service.engine.variables import copied
from service.engine.workflow import events, tokens
from service.engine.workflow.events import Thrown
from service.engine.workflow.offer import Offer, offer
from service.engine.workflow.parsing import Specification
from service.engine.workflow.whereabouts import Whereabout, whereabouts
from service.errors import Conflict, DataTooLarge, EngineFailed, NotWaiting, TaskClosed

MAX_AUTOMATIC_STEPS = 1_000
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class OpenTask:
    """A user task that waits for somebody."""

    id: str
    process: str
    element: str
    index: int | None
    """Place of the nearest instance of a multi-instance activity that it is or stands in."""
    item: Any
    """Item of that instance: for Bidang tasks the code of the unit."""


@dataclass(frozen=True, slots=True)
class Wait:
    """What a case waits for beside its user tasks."""

    id: str
    process: str
    element: str
    kind: str
    """timer, message, signal or external."""
    name: str = ""
    """Name of the message or signal, topic of an external task."""
    key: str = ""
    """What a message must carry; empty takes every one of that name."""
    due: datetime | None = None
    index: int | None = None
    """As of an open task."""


@dataclass(frozen=True, slots=True)
class Passed:
    """An element that was left behind in this step."""

    process: str
    element: str
    task: str
    flow: str
    """The flow that a gateway chose, otherwise empty."""
    cancelled: bool = False
    """Whether it was taken away instead of being done."""


@dataclass(frozen=True, slots=True)
class Message:
    """Something from outside that one waiting element takes."""

    name: str
    key: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """What one act did: the new state and everything that the outside has to know of it."""

    state: bytes
    open_tasks: tuple[OpenTask, ...]
    passed: tuple[Passed, ...]
    ended: bool
    offers: Mapping[str, Offer] = field(default_factory=dict)
    """For whom the tasks are that opened in this step, by task id."""
    closed: frozenset[str] = frozenset()
    """Ids of the tasks that were open before and are not any more."""
    waits: tuple[Wait, ...] = ()
    thrown: tuple[Thrown, ...] = ()
    new_values: Mapping[str, bytes] = field(default_factory=dict)
    """Large variables to be stored beside the state, by digest."""
    used_values: frozenset[str] = frozenset()
    """Digests that the state refers to."""
    gone_values: frozenset[str] = frozenset()
    """Digests that it referred to before and does not any more."""
    begun: tuple[Wait, ...] = ()
    """What is waited for since this step, or otherwise than before."""
    over: frozenset[str] = frozenset()
    """Ids of what was waited for before and is not, or not like that, any more."""


def _nothing(digest: str) -> bytes:
    raise EngineFailed(f"the large variable {digest[:8]} is not at hand", cause="state-damaged")


@dataclass(slots=True)
class Surroundings:
    """What the elements of a running case can ask: the time, the zone of the office, large variables."""

    now: datetime
    zone: tzinfo
    load: codec.Load
    thrown: list[Thrown] = field(default_factory=list)


def create(specification: Specification, zone: tzinfo = UTC) -> "Execution":
    """Return a case that has not begun."""
    surroundings = Surroundings(_NEVER, zone, _nothing)
    workflow = BpmnWorkflow(specification.spec, specification.scopes, script_engine=surroundings)
    return Execution(specification, workflow, surroundings)


def start(specification: Specification, variables: Mapping[str, Any], now: datetime, zone: tzinfo = UTC) -> Step:
    """Create a case and run it up to the first thing that it waits for.

    Raises:
        EngineFailed: the process cannot get so far.

    """
    return create(specification, zone).begin(variables, now)


def hydrate(specification: Specification, state: bytes, load: codec.Load = _nothing, zone: tzinfo = UTC) -> "Execution":
    """Rebuild an instance from its stored state; `load` fetches its large variables.

    Raises:
        EngineFailed: the state cannot be read with this specification.

    """
    surroundings = Surroundings(_NEVER, zone, load)
    workflow = codec.decode(state, specification.scopes, specification.key, surroundings)
    return Execution(specification, workflow, surroundings)


@dataclass(frozen=True, slots=True)
class _Before:
    """What stood open before the first act: a step tells what has changed since."""

    waits: frozenset[Wait]
    open_tasks: frozenset[UUID]
    used: frozenset[str]
    """Digests of large variables."""


class Execution:
    """A hydrated instance. Use it for one act and let it go."""

    def __init__(self, specification: Specification, workflow: BpmnWorkflow, surroundings: Surroundings) -> None:
        self._specification = specification
        self._workflow = workflow
        self._surroundings = surroundings
        self._passed: list[Passed] = []
        self._budget = MAX_AUTOMATIC_STEPS
        self._before: _Before | None = None
        self._new: dict[str, bytes] = {}

    def variables(self, task_id: str) -> dict[str, Any]:
        """Return a copy of the variables that an open task sees.

        Raises:
            TaskClosed: no such task is open.

        """
        return copied(tokens.variables(self._ready(task_id)))

    def seen(self, token_id: str) -> dict[str, Any]:
        """Return the variables that a task or wait sees, those of the case if it is over; to be looked at only."""
        return tokens.variables(self._token(token_id) or self._workflow.task_tree)

    def data(self) -> dict[str, Any]:
        """Return a copy of the variables of the case."""
        return copied(tokens.variables(self._workflow.task_tree))

    def whereabouts(self) -> tuple[Whereabout, ...]:
        """Return the activities that go on, the outer before the inner."""
        return tuple(whereabouts(self._workflow))

    def begin(self, variables: Mapping[str, Any], now: datetime) -> Step:
        """Put the start variables in and run up to the first thing to wait for."""

        def act() -> None:
            self._workflow.data = copied(dict(variables))
            self._workflow.task_tree.run()

        return self._run(act, now)

    def complete(self, task_id: str, values: Mapping[str, Any], now: datetime) -> Step:
        """Complete an open user task or external task with its values and run on.

        Raises:
            TaskClosed: the task is not open.
            EngineFailed: the engine could not go on; nothing of this object may be saved.
            DataTooLarge: the case would have more data than it may.

        """
        task = self._ready(task_id)

        def act() -> None:
            tokens.write(task, copied(dict(values)))
            task.run()
            self._note(task)

        return self._run(act, now)

    def fail(self, task_id: str, code: str, values: Mapping[str, Any], now: datetime) -> Step:
        """End an external task with a BPMN error that a boundary event catches.

        Raises:
            TaskClosed, EngineFailed: as `complete`; nobody catching the error is a failure.

        """
        task = self._ready(task_id)

        def act() -> None:
            tokens.write(task, copied(dict(values)))
            events.throw_error(task, code)

        return self._run(act, now)

    def fire(self, wait_id: str, now: datetime) -> Step:
        """Let one timer go off whose time has come; what it missed while nothing ran counts as fired.

        Raises:
            NotWaiting: it is over, or its time has not come.
            EngineFailed: the engine could not go on.

        """
        task = events.due(self._workflow, wait_id, now)
        return self._run(lambda: events.fire(task), now)

    def deliver(self, message: Message, now: datetime) -> Step:
        """Give a message to the first element that waits for it, outer scopes first.

        Raises:
            NotWaiting: nothing here waits for it.
            EngineFailed: the engine could not go on.

        """
        receivers = [
            task
            for task in events.waiting_for(self._workflow, "message", message.name)
            if task.internal_data.get("key", "") in {"", message.key}
        ]
        if not receivers:
            raise NotWaiting(message=message.name)
        return self._run(lambda: events.fire(receivers[0], copied(dict(message.values))), now)

    def signal(self, name: str, values: Mapping[str, Any], now: datetime) -> Step:
        """Give a signal to every element that waits for it.

        Raises:
            NotWaiting: nothing here waits for it.
            EngineFailed: the engine could not go on.

        """
        receivers = events.waiting_for(self._workflow, "signal", name)
        if not receivers:
            raise NotWaiting(signal=name)

        def act() -> None:
            for task in receivers:
                if task.has_state(TaskState.WAITING):
                    events.fire(task, copied(dict(values)))

        return self._run(act, now)

    def amend(self, values: Mapping[str, Any], now: datetime, task_id: str | None = None, process: str = "") -> Step:
        """Correct variables of the case, or those that an open task or wait sees; nothing moves.

        A name that the task does not see becomes known to its process. `process` is the key of that process, or of
        one that called it: then its own variables are corrected, whatever the task has for itself. Without a task
        it is every running process of that key.

        Raises:
            TaskClosed: no such task is open, or no such process runs around it.

        """
        places = self._places(task_id, process)
        if not places:
            raise TaskClosed(task=task_id)

        def act() -> None:
            for token in places:
                tokens.correct(token, copied(dict(values)))

        return self._run(act, now)

    def _places(self, task_id: str | None, process: str) -> list[Task]:
        """Return the tokens whose variables a correction is for."""
        if task_id is None:
            running = [scope for scope in self._workflow.subprocesses.values() if not scope.spec.embedded]
            called = [scope.task_tree for scope in running if scope.spec.key == process]
            return called if process not in {"", self._specification.key} else [self._workflow.task_tree, *called]
        token = self._token(task_id)
        if token is not None and process:
            token = tokens.process_root(token, process)
        return [] if token is None else [token]

    def participants(self, task_id: str) -> list[Any]:
        """Return the items of the multi-instance activity that an open task belongs to.

        Raises:
            TaskClosed: the task is not open, or not one of several.

        """
        return list(self._participant(task_id).parent.internal_data["items"])

    def others(self, task_id: str) -> tuple[int, int]:
        """Return how many others of the multi-instance activity of an open task gave their result, and how many owe it.

        Raises:
            TaskClosed: the task is not open, or not one of several.

        """
        marker = self._participant(task_id).parent
        given, owed = marker.task_spec.others(marker)
        return given, owed

    def add_participant(self, task_id: str, item: Any, now: datetime) -> Step:
        """Ask one more participant of the multi-instance activity that an open task belongs to.

        Raises:
            TaskClosed: the task is not open, or not one of several.
            EngineFailed: too many participants.

        """
        marker = self._participant(task_id).parent
        return self._run(lambda: marker.task_spec.add_participant(marker, copied(item)), now)

    def withdraw(self, task_id: str, now: datetime) -> Step:
        """Take the participant of an open task away with all his part; the others go on without his result.

        Raises:
            TaskClosed: the task is not open, or not one of several.

        """
        one = self._participant(task_id)
        return self._run(lambda: one.parent.task_spec.withdraw(one.parent, one), now)

    def go_back(self, task_id: str, element: str, now: datetime) -> Step:
        """Take an open task away and begin an earlier step of its level instead.

        The caller has seen that the diagram allows it (`ways_back`).

        Raises:
            TaskClosed: the task is not open.
            Conflict: it is one of several, or something else goes on beside it on its level.
            EngineFailed: the engine could not go on.

        """
        if not self.stands_alone(task_id):
            raise Conflict("something else goes on beside the task", cause="beside")
        task = self._ready(task_id)
        scope = task.workflow

        def act() -> None:
            tokens.cancel(task)
            tokens.enter(tokens.add(scope.task_tree, scope.spec.elements[element]))

        return self._run(act, now)

    def stands_alone(self, task_id: str) -> bool:
        """Tell whether an open task is not one of several, and nothing else goes on on its level.

        Raises:
            TaskClosed: the task is not open.

        """
        task = self._ready(task_id)
        beside = [other for other in tokens.live(task.workflow) if other is not task]
        return "index" not in task.internal_data and all(
            other.internal_data.get("host") == task.id.hex for other in beside
        )

    def _participant(self, task_id: str) -> Task:
        one = tokens.participant(self._ready(task_id))
        if one is None:
            raise TaskClosed(task=task_id)
        return one

    def _token(self, identifier: str) -> Task | None:
        return next((token for token in tokens.everywhere(self._workflow) if str(token.id) == identifier), None)

    def _run(self, act: Callable[[], None], now: datetime) -> Step:
        self._surroundings.now = now
        before = self._before = self._before or self._stands()
        try:
            act()
            self._advance()
            step = self._step(before)
        except (EngineFailed, DataTooLarge):
            raise
        except Exception as error:  # whatever the engine raises, the object is unusable now
            raise EngineFailed(f"{type(error).__name__}: {error}") from error
        if not step.ended and not step.open_tasks and not step.waits:
            raise EngineFailed("the process stopped without an open task and without an end", cause="stopped")
        return step

    def _advance(self) -> None:
        """Run whatever waits for nobody, the innermost scope first, and forget on the way what is over.

        A long tree would make every step slow, and a scope that begins while another ends is easily overlooked.
        """
        while any(self._pass(scope) for scope in self._inside_out()):
            self._forget()

    def _inside_out(self) -> list[Any]:
        scopes = self._workflow.subprocesses.values()
        return [*sorted(scopes, key=lambda scope: scope.depth, reverse=True), self._workflow]

    def _pass(self, scope: Any) -> bool:
        ready = [task for task in scope.get_tasks(state=TaskState.READY) if not task.task_spec.manual]
        for task in ready:
            if task.has_state(TaskState.READY):  # the one before it may have taken it away
                self._spend(task)
                task.run()
                self._note(task)
        return bool(ready)

    def _forget(self) -> None:
        for task in tokens.compact(self._workflow):
            self._note(task, cancelled=True)

    def _stands(self) -> _Before:
        return _Before(
            frozenset(self._waits()), frozenset(task.id for task in self._open_tasks()), codec.used(self._workflow)
        )

    def _step(self, before: _Before) -> Step:
        self._forget()
        encoded = codec.encode(self._workflow)
        self._new.update(encoded.new)
        waits, still_open = tuple(self._waits()), tuple(self._open_tasks())
        return Step(
            state=encoded.state,
            open_tasks=tuple(self._open(task) for task in still_open),
            passed=tuple(self._passed),
            ended=bool(self._workflow.completed),
            offers={str(task.id): offer(task) for task in still_open if task.id not in before.open_tasks},
            closed=frozenset(str(token) for token in before.open_tasks.difference(task.id for task in still_open)),
            waits=waits,
            thrown=tuple(self._surroundings.thrown),
            new_values={digest: self._new[digest] for digest in encoded.used - before.used},
            used_values=encoded.used,
            gone_values=before.used - encoded.used,
            begun=tuple(wait for wait in waits if wait not in before.waits),
            over=frozenset(wait.id for wait in before.waits.difference(waits)),
        )

    def _ready(self, task_id: str) -> Task:
        # the engine itself would run a task twice or too early
        for task in tokens.everywhere(self._workflow):
            if str(task.id) == task_id and task.has_state(TaskState.READY) and task.task_spec.manual:
                return task
        raise TaskClosed(task=task_id)

    def _open_tasks(self) -> Iterator[Task]:
        for task in tokens.everywhere(self._workflow):
            if task.has_state(TaskState.READY) and task.task_spec.manual and not task.task_spec.node.topic:
                yield task

    def _open(self, task: Task) -> OpenTask:
        index, item = tokens.place(task)
        return OpenTask(str(task.id), task.workflow.spec.key, task.task_spec.node.id, index, item)

    def _waits(self) -> Iterator[Wait]:
        for task in tokens.everywhere(self._workflow):
            node, marks = task.task_spec.node, task.internal_data
            kind, name = "", ""
            if node.topic and task.task_spec.manual and task.has_state(TaskState.READY):
                kind, name = "external", node.topic
            elif task.has_state(TaskState.WAITING) and isinstance(task.task_spec, events.Waits) and node.event:
                kind, name = node.event.kind, node.event.name
            if kind in {"external", "timer", "message", "signal"}:
                due = datetime.fromisoformat(marks["due"]) if "due" in marks else None
                yield Wait(
                    str(task.id), task.workflow.spec.key, node.id, kind, name, marks.get("key", ""), due,
                    tokens.place(task)[0],
                )  # fmt: skip

    def _spend(self, _task: Task) -> None:
        self._budget -= 1
        if self._budget < 0:
            raise EngineFailed("too many automatic steps in one act", cause="endless")

    def _note(self, task: Task, *, cancelled: bool = False) -> None:
        if task.task_spec.node.id:
            took = task.internal_data.get("took", "")
            self._passed.append(Passed(task.workflow.spec.key, task.task_spec.node.id, str(task.id), took, cancelled))
