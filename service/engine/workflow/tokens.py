"""Tokens and the variables that they see: what the elements share.

A token is an unfinished SpiffWorkflow task. What has happened leaves the tree after each act, so that the state
and the cost of a step depend on the open work alone, never on how often a case was returned.

Marks in a task's internal data: `flow` by which the token came, `host` of an armed boundary event, `race` and `gate`
of an event that competes with others, `index` of an instance of a repeated activity, `local` for a scope of its own.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any
from uuid import UUID

from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from service.engine.expression import Expression, ExpressionInvalid, compile_expression
from service.engine.state import Large, Token
from service.errors import EngineFailed

ISOLATED = "isolated"
"""Value of `local`: what the token writes stays with it."""
NAMES = "names"
"""Value of `local`: only the names that are there already stay with it."""


def live(workflow: Any) -> list[Task]:
    """Return the tokens of one scope."""
    return [task for task in workflow.tasks.values() if task.has_state(TaskState.NOT_FINISHED_MASK)]


def everywhere(workflow: Any) -> Iterator[Task]:
    """Return the tokens of a case and of everything inside it."""
    for scope in (workflow, *list(workflow.subprocesses.values())):
        yield from live(scope)


def add(parent: Task, spec: Any, **marks: Any) -> Task:
    """Put a new token on an element; it is entered by `spec._update`."""
    task = Token(parent.workflow, spec, parent, TaskState.FUTURE)
    task.internal_data.update(marks)
    return task


def enter(task: Task) -> None:
    """Let a token into its element, unless a join took it meanwhile."""
    if task.has_state(TaskState.FUTURE):
        task.task_spec._update(task)


def merge(task: Task) -> None:
    """Take a token away that became one with another."""
    task.internal_data["merged"] = True
    task._set_state(TaskState.CANCELLED)


def cancel(task: Task) -> None:
    """Take a token away with everything inside its activity."""
    if task.has_state(TaskState.FINISHED_MASK):
        return
    for child in list(task.children):
        cancel(child)
    inner = task.workflow.top_workflow.subprocesses.get(task.id)
    if inner is not None:
        inner.completed = True
        for token in live(inner):
            cancel(token)
    task._set_state(TaskState.CANCELLED)
    disarm(task)


def disarm(task: Task) -> None:
    """Take the boundary events of an activity away."""
    for other in live(task.workflow):
        if other.internal_data.get("host") == task.id.hex:
            other._set_state(TaskState.CANCELLED)


def host(task: Task) -> Task:
    """Return the activity that a boundary event sits on."""
    return task.workflow.tasks[UUID(task.internal_data["host"])]


def owner(workflow: Any) -> Task | None:
    """Return the activity that a scope belongs to, None for the case itself."""
    if workflow.parent_task_id is None:
        return None
    return _find(workflow.top_workflow, workflow.parent_task_id)


def _find(top: Any, identifier: UUID) -> Task | None:
    for scope in (top, *top.subprocesses.values()):
        if identifier in scope.tasks:
            found: Task = scope.tasks[identifier]
            return found
    return None


def end_if_empty(workflow: Any) -> None:
    """End a scope without tokens, and tell the activity that it belongs to."""
    if workflow.completed or live(workflow):
        return
    workflow.completed = True
    activity = owner(workflow)
    if activity is not None and not activity.has_state(TaskState.FINISHED_MASK):
        activity.task_spec.scope_ended(activity, workflow)


def position(task: Task) -> str | None:
    """Return the element that a token stands on as the rest of its scope sees it, None for a part of another token."""
    if "host" in task.internal_data or "index" in task.internal_data:
        return None
    gate: str = task.internal_data.get("gate") or task.task_spec.node.id
    return gate


def compact(workflow: Any) -> list[Task]:
    """Forget what is finished and return what was cancelled since the last time."""
    cancelled: list[Task] = []
    for identifier, scope in list(workflow.subprocesses.items()):
        activity = _find(workflow, identifier)
        if activity is None or activity.has_state(TaskState.FINISHED_MASK):
            cancelled += _cancelled(scope)
            del workflow.subprocesses[identifier]
    for scope in (workflow, *workflow.subprocesses.values()):
        cancelled += _cancelled(scope)
        _forget_finished(scope)
    return cancelled


def held(task: Task) -> int:
    """Count the tokens of the whole case, those that are over and not yet forgotten too."""
    top = task.workflow.top_workflow
    return sum(len(scope.tasks) for scope in (top, *top.subprocesses.values()))


def _cancelled(scope: Any) -> list[Task]:
    return [
        task
        for task in scope.tasks.values()
        if task.has_state(TaskState.CANCELLED) and not {"merged", "host"} & task.internal_data.keys()
    ]


def _forget_finished(scope: Any) -> None:
    root = scope.task_tree
    tokens = live(scope)
    for task in tokens:
        if task.parent is not root and not task.parent.has_state(TaskState.NOT_FINISHED_MASK):
            task._parent = root.id
    scope.tasks = {root.id: root} | {task.id: task for task in tokens}
    root._children = []
    for task in tokens:
        task._children = []
    for task in tokens:
        task.parent._children.append(task.id)
    scope.last_task = None


# Variables


def local(task: Task) -> dict[str, Any]:
    """Return the variables that a token has for itself."""
    return dict(task.data) if task.internal_data.get("local") else {}


def scopes(task: Task) -> Iterator[tuple[dict[str, Any], str]]:
    """Return the sets of variables that a token sees, the innermost first, each with how it takes new values."""
    here: Task | None = task
    while here is not None:
        local = here.internal_data.get("local")
        if local:
            yield here.data, local
        if "index" in here.internal_data:
            here = here.parent
        elif here.workflow.spec.embedded:
            here = owner(here.workflow)
        else:
            yield here.workflow.data, ISOLATED
            here = None


def calls(workflow: Any) -> int:
    """Return how many called processes a scope stands in; sub-processes within one process do not count."""
    count, activity = 0, owner(workflow)
    while activity is not None:
        count += not workflow.spec.embedded
        workflow = activity.workflow
        activity = owner(workflow)
    return count


def process_root(task: Task, key: str) -> Task | None:
    """Return the root of the nearest process of this key that a token stands in, directly or by calls."""
    here: Task | None = task
    while here is not None and (here.workflow.spec.key != key or here.workflow.spec.embedded):
        here = owner(here.workflow)
    return None if here is None else here.workflow.task_tree


def participant(task: Task) -> Task | None:
    """Return the nearest instance of a multi-instance activity that a token is or stands in."""
    here: Task | None = task
    while here is not None and ("index" not in here.internal_data or here.task_spec.node.loop is None):
        here = owner(here.workflow)
    return here


def place(task: Task) -> tuple[int | None, Any]:
    """Return number and item of that instance."""
    one = participant(task)
    if one is None:
        return None, None
    index: int = one.internal_data["index"]
    return index, one.parent.internal_data["items"][index] if one.task_spec.node.loop.item else None


def counter(task: Task) -> dict[str, int]:
    """Return loopCounter for what is inside a repeated activity: the number of the instance, from 0."""
    here: Task | None = task
    while here is not None and "index" not in here.internal_data:
        here = owner(here.workflow)
    return {} if here is None else {"loopCounter": here.internal_data["index"]}


def variables(task: Task, names: Collection[str] | None = None) -> dict[str, Any]:
    """Return what a token sees: everything, or only these names."""
    load = task.workflow.top_workflow.script_engine.load
    found: dict[str, Any] = {}
    for scope, _ in reversed(list(scopes(task))):
        for name in scope if names is None else names:
            if name in scope:
                value = scope[name]
                found[name] = value.read(load) if isinstance(value, Large) else value
    return found


def write(task: Task, values: Mapping[str, Any]) -> None:
    """Give variables to the nearest scope that takes them; every token of that scope sees them at once."""
    left = dict(values)
    for scope, takes in scopes(task):
        mine = left if takes == ISOLATED else {name: value for name, value in left.items() if name in scope}
        scope.update(mine)
        left = {name: value for name, value in left.items() if name not in mine}
        if not left:
            return


def correct(task: Task, values: Mapping[str, Any]) -> None:
    """Change variables where a token sees them; what it does not see becomes known to its process."""
    seen = [scope for scope, _ in scopes(task)]
    for name, value in values.items():
        holder = next((scope for scope in seen if name in scope), seen[-1])
        holder[name] = value


def evaluate(task: Task, text: str, extra: Mapping[str, Any] | None = None) -> Any:
    """Return the value of an expression over what a token sees."""
    return _asked(task, text, extra, Expression.evaluate)


def holds(task: Task, text: str, extra: Mapping[str, Any] | None = None) -> bool:
    """Return whether a condition holds over what a token sees."""
    return bool(_asked(task, text, extra, Expression.holds))


def answered(task: Task, ask: Callable[[Mapping[str, Any]], Any], seen: Mapping[str, Any]) -> Any:
    """Return what a table or expression says to these variables; its refusal names the element."""
    try:
        return ask(seen)
    except EngineFailed as error:
        raise failure(task, error.cause, str(error), seen) from error


def _asked(task: Task, text: str, extra: Mapping[str, Any] | None, ask: Callable[[Expression, Any], Any]) -> Any:
    try:
        expression = compile_expression(text)
    except ExpressionInvalid as error:
        raise failure(task, "expression-invalid", f"{text}: {error.message_en}") from error
    seen = variables(task, expression.names) | counter(task) | dict(extra or {})
    return answered(task, lambda names: ask(expression, names), seen)


def failure(task: Task, cause: str, sentence: str, seen: Mapping[str, Any] | None = None) -> EngineFailed:
    """Return why the engine stops at an element."""
    node = task.task_spec.node
    process = task.workflow.spec.key
    return EngineFailed(f"{node.name or node.id}: {sentence}", cause=cause, process=process, element=node.id, data=seen)
