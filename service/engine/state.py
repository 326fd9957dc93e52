"""The state of an instance as bytes: the task tree without the specification.

The first byte is the version of the encoding. Process data passes through JSON only: no value of a
user is ever looked at to decide what to build. A task stores its data as the difference to its parent.
"""

import json
import time
import zlib
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.exceptions import WorkflowException
from SpiffWorkflow.task import Task

from service.errors import EngineFailed

VERSION = 1
DAMAGE = (AttributeError, IndexError, KeyError, RecursionError, TypeError, ValueError, WorkflowException, zlib.error)
"""What bytes raise that `encode` did not write."""


def encode(workflow: BpmnWorkflow) -> bytes:
    """Return a workflow and its called processes as bytes."""
    called = [[str(task_id), _tree(sub)] for task_id, sub in _parents_first(workflow)]
    document = json.dumps([_tree(workflow), called], ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return bytes([VERSION]) + zlib.compress(document.encode(), 1)


def decode(blob: bytes, spec: Any, called_specs: dict[str, Any], script_engine: Any) -> BpmnWorkflow:
    """Rebuild a workflow over a parsed specification.

    Raises:
        EngineFailed: the bytes are of another version or damaged.

    """
    try:
        if blob[0] != VERSION:
            raise EngineFailed(f"state version {blob[0]} is not known")
        tree, called = json.loads(zlib.decompress(blob[1:]))
        workflow = BpmnWorkflow(spec, called_specs, script_engine=script_engine, deserializing=True)
        _grow(workflow, tree)
        for task_id, subtree in called:
            _grow_called(workflow, UUID(task_id), subtree)
    except DAMAGE as error:
        raise EngineFailed("the stored state cannot be read") from error
    return workflow


def _tree(workflow: Any) -> list[Any]:
    tasks = list(_parents_before_children(workflow))
    index = {task.id: number for number, task in enumerate(tasks)}
    rows = [_row(task, index) for task in tasks]
    last = index.get(workflow.last_task.id, -1) if workflow.last_task else -1
    return [rows, last, workflow.completed, workflow.success, workflow.data, workflow.correlations]


def _row(task: Task, index: dict[UUID, int]) -> list[Any]:
    parent = task.parent
    inherited = parent.data if parent else {}
    changed = {k: v for k, v in task.data.items() if k not in inherited or not _same(inherited[k], v)}
    dropped = [k for k in inherited if k not in task.data]
    return [
        task.id.hex, index[parent.id] if parent else -1, task.task_spec.name, task.state, int(task.triggered),
        round(task.last_state_change, 3), task.internal_data or 0, changed or 0, dropped or 0,
    ]  # fmt: skip


def _same(one: object, other: object) -> bool:
    """Compare as JSON does: True, 1 and 1.0 are equal in Python, but three answers in a form."""
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return one == other


def _parents_before_children(workflow: Any) -> Iterator[Task]:
    waiting = [workflow.task_tree]
    while waiting:
        task = waiting.pop()
        yield task
        waiting.extend(reversed(task.children))


def _parents_first(workflow: BpmnWorkflow) -> list[tuple[UUID, BpmnSubWorkflow]]:
    return sorted(workflow.subprocesses.items(), key=lambda item: item[1].depth)


def _grow(workflow: Any, tree: list[Any]) -> None:
    rows, last, workflow.completed, workflow.success, workflow.data, workflow.correlations = tree
    tasks: list[Task] = []
    for row in rows:
        tasks.append(_task(workflow, row, tasks))
    workflow.task_tree = tasks[0]
    workflow.last_task = tasks[last] if last >= 0 else None


def _task(workflow: Any, row: list[Any], earlier: list[Task]) -> Task:
    identifier, parent_index, spec_name, state, triggered, changed_at, internal, changed, dropped = row
    task = Task.__new__(Task)  # __init__ would set a new id and tell the parent
    parent = earlier[parent_index] if parent_index >= 0 else None
    task.id = UUID(identifier)
    task.workflow = workflow
    task._parent = parent.id if parent else None
    task._children = []
    task._state = state
    task.triggered = bool(triggered)
    task.task_spec = workflow.spec.task_specs[spec_name]
    task.thread_id = 0
    task.internal_data = internal or {}
    task.last_state_change = changed_at or time.time()
    task.data = {k: v for k, v in parent.data.items() if k not in (dropped or ())} if parent else {}
    task.data.update(changed or {})
    if parent:
        parent._children.append(task.id)
    workflow.tasks[task.id] = task
    return task


def _grow_called(workflow: BpmnWorkflow, task_id: UUID, tree: list[Any]) -> None:
    call = workflow.get_task_from_id(task_id)
    spec = workflow.subprocess_specs[call.task_spec.spec]
    called = BpmnSubWorkflow(spec, call.id, workflow, deserializing=True)
    _grow(called, tree)
    workflow.subprocesses[call.id] = called
    called.completed_event.connect(call.task_spec._on_subworkflow_completed, call)
