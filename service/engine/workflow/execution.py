"""Runs one instance for the length of one act. After any failure the object is thrown away, never saved."""

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from service.engine import state as codec
from service.engine.diagram import Diagram, Flow, Node
from service.engine.workflow.elements import FeelEngine
from service.engine.workflow.parsing import Specification
from service.errors import EngineFailed, TaskClosed

MAX_AUTOMATIC_STEPS = 1_000
_ENGINE = FeelEngine()


@dataclass(frozen=True, slots=True)
class OpenTask:
    """A user task that waits for somebody."""

    id: str
    process: str
    element: str
    index: int | None
    """Place in the collection of a multi-instance task."""
    item: Any
    """Item of the collection: for Bidang tasks the code of the unit."""


@dataclass(frozen=True, slots=True)
class Passed:
    """An element that was left behind in this step."""

    process: str
    element: str
    task: str
    flow: str
    """The flow that an exclusive gateway chose, otherwise empty."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one act did: the new state and everything that the outside has to know of it."""

    state: bytes
    open_tasks: tuple[OpenTask, ...]
    passed: tuple[Passed, ...]
    ended: bool
    data: Mapping[str, Any]
    """Process data of the last act, for what is shown of the whole case."""


def start(specification: Specification, variables: Mapping[str, Any]) -> Step:
    """Create an instance and run it up to its first user tasks.

    Raises:
        EngineFailed: the process cannot get to a user task.

    """
    workflow = BpmnWorkflow(specification.spec, specification.called_specs, script_engine=_ENGINE)
    execution = Execution(specification, workflow)
    return execution.begin(variables)


def hydrate(specification: Specification, state: bytes) -> "Execution":
    """Rebuild an instance from its stored state.

    Raises:
        EngineFailed: the state cannot be read with this specification.

    """
    return Execution(specification, codec.decode(state, specification.spec, specification.called_specs, _ENGINE))


class Execution:
    """A hydrated instance. Use it for one act and let it go."""

    def __init__(self, specification: Specification, workflow: BpmnWorkflow) -> None:
        self._specification = specification
        self._workflow = workflow
        self._passed: list[Passed] = []
        self._budget = MAX_AUTOMATIC_STEPS

    def variables(self, task_id: str) -> dict[str, Any]:
        """Return a copy of the process data that an open task sees.

        Raises:
            TaskClosed: no such task is open.

        """
        return deepcopy(self._ready(task_id).data)

    def data(self) -> dict[str, Any]:
        """Return a copy of the latest process data of the case."""
        last = self._workflow.last_task
        return deepcopy(last.data) if last else {}

    def begin(self, variables: Mapping[str, Any]) -> Step:
        """Put the start variables in and run up to the first user tasks."""

        def act() -> None:
            self._workflow.task_tree.data.update(deepcopy(dict(variables)))
            for task in self._workflow.tasks.values():
                if task.has_state(TaskState.READY):
                    task.data.update(deepcopy(dict(variables)))

        return self._run(act, None)

    def complete(self, task_id: str, values: Mapping[str, Any]) -> Step:
        """Complete an open user task with the values of its form and run on.

        In a multi-instance task the values become the item of the result list, with the input item beside them.

        Raises:
            TaskClosed: the task is not open.
            EngineFailed: the engine could not go on; nothing of this object may be saved.

        """
        task = self._ready(task_id)

        def act() -> None:
            task.data = {**task.data, **self._result(task, deepcopy(dict(values)))}
            task.run()

        return self._run(act, task)

    def _run(self, act: Callable[[], None], task: Task | None) -> Step:
        try:
            act()
            if task is not None:
                self._note(task)
            self._workflow.do_engine_steps(will_complete_task=self._spend, did_complete_task=self._note)
            step = self._step(task)
        except EngineFailed:
            raise
        except Exception as error:  # whatever the engine raises, the object is unusable now
            raise EngineFailed(f"{type(error).__name__}: {error}") from error
        if not step.ended and not step.open_tasks:
            raise EngineFailed("the process stopped without an open task and without an end")
        return step

    def _step(self, task: Task | None) -> Step:
        last = task or self._workflow.last_task
        return Step(
            state=codec.encode(self._workflow),
            open_tasks=tuple(self._open(t) for t in self._open_tasks()),
            passed=tuple(self._passed),
            ended=bool(self._workflow.completed),
            data=deepcopy(last.data) if last else {},
        )

    def _ready(self, task_id: str) -> Task:
        # the engine itself would run a task twice or too early
        for task in self._open_tasks():
            if str(task.id) == task_id:
                return task
        raise TaskClosed(task=task_id)

    def _open_tasks(self) -> Iterator[Task]:
        for workflow in (self._workflow, *self._workflow.subprocesses.values()):
            for task in workflow.tasks.values():
                if task.has_state(TaskState.READY) and task.task_spec.manual:
                    yield task

    def _open(self, task: Task) -> OpenTask:
        loop = self._node(task).loop
        return OpenTask(
            id=str(task.id),
            process=self._diagram(task).key,
            element=task.task_spec.bpmn_id,
            index=task.internal_data.get("key_or_index"),
            item=task.data.get(loop.item) if loop else None,
        )

    def _result(self, task: Task, values: dict[str, Any]) -> dict[str, Any]:
        loop = self._node(task).loop
        if loop is None:
            return values
        own = {loop.item: task.data[loop.item]}
        return {loop.output_item: own | values | own}

    def _node(self, task: Task) -> Node:
        return self._diagram(task).nodes[task.task_spec.bpmn_id]

    def _diagram(self, task: Task) -> Diagram:
        # an embedded sub-process is a workflow of its own, drawn in the diagram of its parent
        workflow = task.workflow
        while workflow.spec.name not in self._specification.diagrams:
            workflow = workflow.parent_workflow
        return self._specification.diagrams[workflow.spec.name]

    def _spend(self, _task: Task) -> None:
        self._budget -= 1
        if self._budget < 0:
            raise EngineFailed("too many automatic steps in one act")

    def _note(self, task: Task) -> None:
        element = task.task_spec.bpmn_id
        diagram = self._diagram(task)
        if element in diagram.nodes:
            flow = self._chosen(task, diagram.outgoing.get(element, ()))
            self._passed.append(Passed(diagram.key, element, str(task.id), flow))

    def _chosen(self, task: Task, flows: tuple[Flow, ...]) -> str:
        if len(flows) < 2:  # noqa: PLR2004 - a choice begins at two
            return ""
        targets = {child.task_spec.name.removesuffix(".BoundaryEventSplit") for child in task.children}
        taken = [flow.id for flow in flows if flow.target in targets]
        return taken[0] if len(taken) == 1 else ""
