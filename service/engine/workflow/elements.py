"""What our BPMN elements do differently from the stock ones of SpiffWorkflow."""

from collections.abc import Mapping, Sequence
from typing import Any

from SpiffWorkflow.bpmn.exceptions import WorkflowDataException
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.specs.defaults import (
    CallActivity,
    ParallelMultiInstanceTask,
    SequentialMultiInstanceTask,
)
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from service.engine.diagram import DataMapping
from service.engine.expression import compile_expression

MAX_WIDTH = 100
MAX_CALLS = 8


class FeelEngine(PythonScriptEngine):  # type: ignore[misc]  # SpiffWorkflow has no types
    """Evaluates conditions as FEEL. Nothing of a diagram is ever run as Python."""

    def evaluate(self, task: Task, expression: str, external_context: Mapping[str, Any] | None = None) -> bool:
        """Return whether a condition holds over the data of a task."""
        return compile_expression(expression).holds({**task.data, **(external_context or {})})

    def execute(self, task: Task, script: str, external_context: Mapping[str, Any] | None = None) -> None:  # noqa: ARG002
        """Refuse: diagrams carry no scripts."""
        raise WorkflowDataException("scripts are not run", task)


class _OwnCollection:
    """Multi-instance over a list: results in the order of the list, fresh in every round.

    The stock classes append in finishing order, refuse a result list that an earlier round filled,
    and connect the merge to the shared specification only when a child is created in this very process.
    """

    def init_data_output_with_input_data(self: Any, my_task: Task, input_data: object) -> None:
        """Begin a round with an empty result list, or refuse what is no list."""
        if not isinstance(input_data, Sequence) or isinstance(input_data, str):
            raise WorkflowDataException(f"{self.data_input.bpmn_id} is not a list", my_task, data_input=self.data_input)
        if len(input_data) > MAX_WIDTH:
            raise WorkflowDataException(f"more than {MAX_WIDTH} instances", my_task, data_input=self.data_input)
        my_task.data.pop(self.input_item.bpmn_id, None)
        my_task.data.pop(self.output_item.bpmn_id, None)
        self.data_output.set(my_task, [])

    def collect(self: Any, my_task: Task) -> None:
        """Put the results that are there into the result list, in the order of the input list."""
        done = [child for child in self._instances(my_task) if child.has_state(TaskState.COMPLETED)]
        done.sort(key=lambda child: int(child.internal_data["key_or_index"]))
        self.data_output.set(my_task, [self.output_item.get(child) for child in done])


class ParallelCollection(_OwnCollection, ParallelMultiInstanceTask):  # type: ignore[misc]  # no types
    """One task per item, all at once."""

    def merge_child(self, workflow: object, child: Task) -> None:  # noqa: ARG002 - the signature of the event
        """Take the result of a finished instance."""
        my_task = child.parent
        my_task.internal_data["merged"] = [*my_task.internal_data["merged"], str(child.id)]
        self.collect(my_task)
        if self.children_complete(my_task):
            my_task._set_state(TaskState.READY)


class SequentialCollection(_OwnCollection, SequentialMultiInstanceTask):  # type: ignore[misc]  # no types
    """One task per item, one after the other."""

    def add_next_child(self, my_task: Task) -> None:
        """Ask for the next item; the stock class takes an item that is null for the end of the list."""
        remaining = my_task.internal_data["remaining"]
        if remaining:
            my_task.internal_data["remaining"] = remaining[1:]
            self.create_child(my_task, self.data_input.get(my_task)[remaining[0]], remaining[0])

    def merge_child(self, workflow: object, child: Task) -> None:  # noqa: ARG002 - the signature of the event
        """Take the result of a finished instance."""
        my_task = child.parent
        my_task.internal_data["merged"] = [*my_task.internal_data["merged"], str(child.id)]
        self.collect(my_task)
        if self.children_complete(my_task):
            my_task._set_state(TaskState.READY)
        else:
            self.add_next_child(my_task)


class MappedCall(CallActivity):  # type: ignore[misc]  # no types
    """A call activity that hands over what camunda:in and camunda:out say, and everything if they say nothing."""

    def __init__(self, wf_spec: object, bpmn_id: str, subworkflow_spec: str, **attributes: object) -> None:
        super().__init__(wf_spec, bpmn_id, subworkflow_spec, **attributes)
        self.mappings: tuple[DataMapping, ...] = ()

    def start_workflow(self, my_task: Task) -> None:
        """Start the called process, unless processes call each other without an end."""
        if my_task.workflow.depth >= MAX_CALLS:
            raise WorkflowDataException(f"more than {MAX_CALLS} processes called inside each other", my_task)
        super().start_workflow(my_task)

    def copy_data(self, my_task: Task, subworkflow: Any) -> None:
        """Hand over what camunda:in says."""
        start = subworkflow.get_next_task(subworkflow.task_tree, skip_subprocesses=True, spec_name="Start")
        start.set_data(**self._handed_over(my_task.data, outward=False))

    def update_data(self, my_task: Task, subworkflow: Any) -> None:
        """Take back what camunda:out says."""
        my_task.data = {**my_task.data, **self._handed_over(subworkflow.last_task.data, outward=True)}

    def _handed_over(self, data: Mapping[str, Any], *, outward: bool) -> dict[str, Any]:
        mappings = [mapping for mapping in self.mappings if mapping.outward is outward]
        if not mappings:
            return dict(data)
        handed: dict[str, Any] = {}
        for mapping in mappings:
            if mapping.everything:
                handed.update(data)
            else:
                handed[mapping.target] = compile_expression(mapping.source).evaluate(data)
        return handed
