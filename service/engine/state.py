"""The state of an instance as bytes: its tokens and variables, without the specification.

The first byte is the version of the encoding. Variables pass through JSON only: no value of a user is ever looked at
to decide what to build. Large variables, and the longest of very many, stay outside under a digest and are fetched when
somebody reads them; so a step that does not touch them does not pay for them.
"""

import hashlib
import json
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
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
MOST_INSIDE = 16_000
"""Characters of JSON that variables may take inside the state; beyond, the longest are kept outside together."""
LEFT_INSIDE = 4_000
"""Characters that then stay, so that it does not happen again soon."""
MOST_DATA = 256_000
"""Characters of JSON that the variables of a case may have together."""
DAMAGE = (AttributeError, IndexError, KeyError, RecursionError, TypeError, ValueError, WorkflowException, zlib.error)
"""What bytes raise that `encode` did not write."""

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
_LONGEST_ESCAPE = 6  # characters of JSON for one of a text
_OF_ANY_LENGTH = (str, list, dict)
_UNFINISHED = frozenset({TaskState.FUTURE, TaskState.WAITING, TaskState.READY, TaskState.STARTED})

Load = Callable[[str], bytes]
"""Fetches a large variable by its digest."""


@dataclass(slots=True)
class Outside:
    """What is kept outside a state under one digest, and its content once it was read."""

    digest: str
    _content: Any = field(default=None, repr=False)

    def read(self, load: Load) -> Any:
        """Return the content; never change it in place."""
        if self._content is None:
            self._content = json.loads(load(self.digest))
        return self._content


@dataclass(slots=True)
class Large:
    """A variable that is kept outside: the whole of it, or one name of many."""

    outside: Outside
    size: int
    name: str | None = None

    def read(self, load: Load) -> Any:
        """Return the value; never change it in place."""
        content = self.outside.read(load)
        return content if self.name is None else content[self.name]


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
    with _opened(blob) as (name, completed, outer, inner):
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
    return workflow


def variables(blob: bytes) -> tuple[Mapping[str, Any], frozenset[str]]:
    """Return the variables of the case itself that stand in its state, and the names of those that stand beside it.

    Raises:
        EngineFailed: as `decode`.

    """
    with _outermost(blob) as (_, small, large, together):
        many = [name for names in together.values() for name in names]
        return small, frozenset((*large, *many))


def variables_at(blob: bytes, token: str) -> Mapping[str, Any] | None:
    """Return what a token sees that stands by itself in a case without large variables, without rebuilding the case.

    None for any other token: what that sees is known once its case is rebuilt.

    Raises:
        EngineFailed: as `decode`.

    """
    with _outermost(blob) as (tokens, small, large, together):
        identifier = UUID(token).hex
        marks = next((row[4] or {} for row in tokens if row[0] == identifier), None)
        is_plain = marks is not None and "index" not in marks and not marks.get("local")
        return small if is_plain and not large and not together else None


@contextmanager
def _opened(blob: bytes) -> Iterator[list[Any]]:
    """Unpack a state; what its bytes raise until the block ends is damage.

    Raises:
        EngineFailed: the bytes are of another version or damaged.

    """
    try:
        if blob[0] != VERSION:
            raise EngineFailed(f"state version {blob[0]} is not known", cause="state-version")
        yield json.loads(zlib.decompress(blob[1:]))
    except DAMAGE as error:
        raise EngineFailed("the stored state cannot be read", cause="state-damaged") from error


@contextmanager
def _outermost(blob: bytes) -> Iterator[tuple[list[Any], dict[str, Any], dict[str, Any], dict[str, Any]]]:
    """Open the outermost scope: its tokens, its variables, and the large ones by themselves and together."""
    with _opened(blob) as (_, _, outer, *_):
        tokens, small, large, *together = outer
        yield tokens, small or {}, large or {}, together[0] if together else {}


class _Keeping:
    """Puts large variables aside, and the longest of very many."""

    def __init__(self) -> None:
        self.new: dict[str, bytes] = {}
        self.used: set[str] = set()
        self.size = 0

    def split(self, data: dict[str, Any]) -> list[Any]:
        """Return what stays inside, what is outside by name, and what is outside together by digest."""
        self._put_aside(data)
        small: dict[str, Any] = {}
        large: dict[str, tuple[str, int]] = {}
        together: dict[str, dict[str, int]] = {}
        for name, value in data.items():
            if not isinstance(value, Large):
                small[name] = value
                continue
            self.used.add(value.outside.digest)
            self.size += value.size
            if value.name is None:
                large[name] = (value.outside.digest, value.size)
            else:
                together.setdefault(value.outside.digest, {})[name] = value.size
        return [small or 0, large or 0, *([together] if together else [])]

    def _put_aside(self, data: dict[str, Any]) -> None:
        lengths = {name: _length(value) for name, value in data.items() if not isinstance(value, Large)}
        for name, length in lengths.items():
            if length >= LARGE:
                data[name] = Large(self._outside(data[name]), length)
        longest = _longest({name: length for name, length in lengths.items() if length < LARGE})
        if longest:
            outside = self._outside({name: data[name] for name in longest})
            data.update({name: Large(outside, lengths[name], name) for name in longest})

    def _outside(self, value: Any) -> Outside:
        content = _json(value).encode()
        digest = hashlib.sha256(content).hexdigest()
        self.new[digest] = zlib.compress(content, 1)
        return Outside(digest, value)


def _length(value: Any) -> int:
    """Return the characters of JSON of a value; a short text or a plain value counts as long as it is."""
    if isinstance(value, str) and len(value) * _LONGEST_ESCAPE < LARGE:
        return len(value)
    return len(_json(value)) if isinstance(value, _OF_ANY_LENGTH) else 0


def _longest(lengths: dict[str, int]) -> list[str]:
    """Return the names that have to leave, none while there is room."""
    left = sum(lengths.values())
    if left <= MOST_INSIDE:
        return []
    leaving = []
    for name in sorted(lengths, key=lengths.__getitem__, reverse=True):
        if left <= LEFT_INSIDE:
            break
        leaving.append(name)
        left -= lengths[name]
    return leaving


def used(workflow: BpmnWorkflow) -> frozenset[str]:
    """Return the digests of all large variables that a workflow refers to."""
    scopes = (workflow, *workflow.subprocesses.values())
    return frozenset(v.outside.digest for scope in scopes for v in scope.data.values() if isinstance(v, Large))


def unpack(content: bytes) -> bytes:
    """Return the JSON of a large variable as `encode` gave it out."""
    return zlib.decompress(content)


def _json(value: object) -> str:
    return _ENCODER.encode(value)


def _scope(scope: Any, keeping: _Keeping) -> list[Any]:
    tokens = _tokens(scope.task_tree)
    index = {task.id: number for number, task in enumerate(tokens)}
    return [[_row(task, index) for task in tokens], *keeping.split(scope.data)]


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
    rows, small, large, *more = parts
    scope.data = dict(small or {})
    for name, (digest, size) in (large or {}).items():
        scope.data[name] = Large(Outside(digest), size)
    for digest, sizes in more[0].items() if more else ():
        outside = Outside(digest)
        scope.data.update({name: Large(outside, size, name) for name, size in sizes.items()})
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
