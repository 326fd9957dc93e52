"""The state of an instance as bytes: its tokens and variables, without the specification.

The first byte is the version of the encoding. Variables pass through JSON only: no value of a user is ever looked at
to decide what to build. Large variables stay outside under their digest and are fetched when somebody reads them.
"""

import hashlib
import json
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.exceptions import WorkflowException
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from service.errors import DataTooLarge, EngineFailed

VERSION = 2
LARGE = 4_000
"""Characters of JSON from which a variable is kept outside the state."""
MOST_DATA = 256_000
"""Characters of JSON that the variables of a case may have together."""
DAMAGE = (AttributeError, IndexError, KeyError, RecursionError, TypeError, ValueError, WorkflowException, zlib.error)
"""What bytes raise that `encode` did not write."""

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
_LONGEST_ESCAPE = 6  # characters of JSON for one of a text
_KEPT_ASIDE = (str, list, dict)
_UNFINISHED = frozenset({TaskState.FUTURE, TaskState.WAITING, TaskState.READY, TaskState.STARTED})

Load = Callable[[str], bytes]
"""Fetches a large variable by its digest."""


@dataclass(slots=True)
class Large:
    """A large variable: where it is, and the value once it was read."""

    digest: str
    size: int
    _value: Any = field(default=None, repr=False)

    def read(self, load: Load) -> Any:
        """Return the value; never change it in place."""
        if self._value is None:
            self._value = json.loads(load(self.digest))
        return self._value


class Token(Task):  # type: ignore[misc]  # SpiffWorkflow has no types
    """A task that keeps no log: SpiffWorkflow words a line at every change of state, whether or not one is wanted."""

    def _set_state(self, value: int) -> None:
        self._state = value


@dataclass(frozen=True, slots=True)
class Encoded:
    """A state ready to be stored."""

    state: bytes
    new: Mapping[str, bytes]
    """Large variables that were not there before, by digest."""
    used: frozenset[str]
    """Digests of all large variables that the state refers to."""


def encode(workflow: BpmnWorkflow) -> Encoded:
    """Return a workflow and everything inside it as bytes.

    Raises:
        DataTooLarge: the variables are more than a case may have.

    """
    keeping = _Keeping()
    inner = [[str(identifier), *_scope(scope, keeping)] for identifier, scope in _outer_first(workflow)]
    document = _json([workflow.spec.name, bool(workflow.completed), _scope(workflow, keeping), inner])
    if keeping.size + len(document) > MOST_DATA:
        raise DataTooLarge(limit=MOST_DATA)
    return Encoded(bytes([VERSION]) + zlib.compress(document.encode(), 1), keeping.new, frozenset(keeping.used))


def decode(blob: bytes, specs: Mapping[str, Any], key: str, surroundings: Any) -> BpmnWorkflow:
    """Rebuild a workflow over the specifications of its scopes.

    Raises:
        EngineFailed: the bytes are of another version or damaged.

    """
    try:
        if blob[0] != VERSION:
            raise EngineFailed(f"state version {blob[0]} is not known", cause="state-version")
        name, completed, outer, inner = json.loads(zlib.decompress(blob[1:]))
        if name != key:
            raise ValueError(name)
        workflow = BpmnWorkflow(specs[key], specs, script_engine=surroundings, deserializing=True)
        workflow.completed = completed
        _grow(workflow, outer)
        for identifier, *scope in inner:
            activity = workflow.get_task_from_id(UUID(identifier))
            inside = BpmnSubWorkflow(specs[activity.task_spec.spec], activity.id, workflow, deserializing=True)
            _grow(inside, scope)
            if not inside.task_tree.children:
                raise ValueError("a scope without tokens has ended")
            workflow.subprocesses[activity.id] = inside
    except DAMAGE as error:
        raise EngineFailed("the stored state cannot be read", cause="state-damaged") from error
    return workflow


class _Keeping:
    """Puts large variables aside."""

    def __init__(self) -> None:
        self.new: dict[str, bytes] = {}
        self.used: set[str] = set()
        self.size = 0

    def split(self, data: dict[str, Any]) -> tuple[dict[str, Any], dict[str, tuple[str, int]]]:
        small: dict[str, Any] = {}
        large: dict[str, tuple[str, int]] = {}
        for name, value in data.items():
            kept = value if isinstance(value, Large) else self._put_aside(value)
            if kept is None:
                small[name] = value
                continue
            data[name] = kept
            large[name] = (kept.digest, kept.size)
            self.used.add(kept.digest)
            self.size += kept.size
        return small, large

    def _put_aside(self, value: Any) -> Large | None:
        if not isinstance(value, _KEPT_ASIDE) or (isinstance(value, str) and len(value) * _LONGEST_ESCAPE < LARGE):
            return None
        text = _json(value)
        if len(text) < LARGE:
            return None
        content = text.encode()
        digest = hashlib.sha256(content).hexdigest()
        self.new[digest] = zlib.compress(content, 1)
        return Large(digest, len(text), value)


def used(workflow: BpmnWorkflow) -> frozenset[str]:
    """Return the digests of all large variables that a workflow refers to."""
    scopes = (workflow, *workflow.subprocesses.values())
    return frozenset(v.digest for scope in scopes for v in scope.data.values() if isinstance(v, Large))


def unpack(content: bytes) -> bytes:
    """Return the JSON of a large variable as `encode` gave it out."""
    return zlib.decompress(content)


def _json(value: object) -> str:
    return _ENCODER.encode(value)


def _scope(scope: Any, keeping: _Keeping) -> list[Any]:
    tokens = _tokens(scope.task_tree)
    index = {task.id: number for number, task in enumerate(tokens)}
    small, large = keeping.split(scope.data)
    return [[_row(task, index) for task in tokens], small or 0, large or 0]


def _tokens(root: Task) -> list[Task]:
    """Return all tokens of a scope, those that hold others first."""
    found: list[Task] = []
    waiting = list(reversed(root.children))
    while waiting:
        task = waiting.pop()
        found.append(task)
        waiting.extend(reversed(task.children))
    return found


def _row(task: Task, index: Mapping[UUID, int]) -> list[Any]:
    return [
        task.id.hex, index.get(task.parent.id, -1), task.task_spec.name, task.state,
        task.internal_data or 0, task.data or 0,
    ]  # fmt: skip


def _outer_first(workflow: BpmnWorkflow) -> list[tuple[UUID, BpmnSubWorkflow]]:
    return sorted(workflow.subprocesses.items(), key=lambda item: item[1].depth)


def _grow(scope: Any, parts: list[Any]) -> None:
    rows, small, large = parts
    scope.data = dict(small or {})
    for name, (digest, size) in (large or {}).items():
        scope.data[name] = Large(digest, size)
    scope.task_tree = _token(scope, UUID(int=0), scope.spec.start, TaskState.COMPLETED, None)
    tokens: list[Task] = []
    for identifier, parent, spec_name, state, marks, data in rows:
        if state not in _UNFINISHED:
            raise ValueError(state)
        above = tokens[parent] if parent >= 0 else scope.task_tree
        token = _token(scope, UUID(identifier), scope.spec.task_specs[spec_name], state, above)
        token.internal_data = dict(marks or {})
        token.data = dict(data or {})
        tokens.append(token)


def _token(scope: Any, identifier: UUID, spec: Any, state: int, parent: Task | None) -> Task:
    task = Token.__new__(Token)  # __init__ would set a new id and tell the parent
    task.id = identifier
    task.workflow = scope
    task._parent = parent.id if parent else None
    task._children = []
    task._state = state
    task.triggered = False
    task.task_spec = spec
    task.thread_id = 0
    task.internal_data = {}
    task.last_state_change = time.time()
    task.data = {}
    if parent:
        parent._children.append(identifier)
    scope.tasks[identifier] = task
    return task
