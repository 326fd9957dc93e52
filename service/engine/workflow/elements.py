"""The elements of BPMN as SpiffWorkflow runs them for us: tokens over sequence flows, as the specification says.

SpiffWorkflow predicts the future of a tree, merges data from finished branches and decides joins by history. None of
that holds in loops, so every element here creates its successors when it ends, and joins look at the tokens that are
there, each with the flow by which it came.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from SpiffWorkflow.bpmn.specs.bpmn_task_spec import BpmnTaskSpec
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from service.engine.decision import Decision, decide
from service.engine.diagram import DataMapping, Flow, Node
from service.engine.expression import compile_expression
from service.engine.workflow import tokens

MAX_CALLS = 8


class Element(BpmnTaskSpec):  # type: ignore[misc]  # SpiffWorkflow has no types
    """A flow node. It passes the token on at once; what does more says so below."""

    def __init__(self, wf_spec: Any, name: str, node: Node) -> None:
        super().__init__(wf_spec, name, lane=node.lane or None)
        self.node = node
        self.bpmn_id = node.id
        self.bpmn_name = node.name
        self.outgoing: tuple[Flow, ...] = ()
        self.incoming: tuple[Flow, ...] = ()
        self.is_body = False
        """Whether this is the inside of a repeated activity, which ends into its marker and not over flows."""

    def test(self) -> None:
        """Ask nothing: the specification is complete when it is built."""

    def _predict(self, my_task: Task, *arguments: object, **named: object) -> None:
        """Foresee nothing: AND blocks in a row would grow the tree without bound."""

    def _update_hook(self, my_task: Task) -> bool:
        if my_task.has_state(TaskState.FUTURE):
            return self.enter(my_task)
        return my_task.has_state(TaskState.WAITING) and self.again(my_task)

    def enter(self, my_task: Task) -> bool:  # noqa: ARG002 - for those that wait
        """Take a token in; True when it can go on at once."""
        return True

    def again(self, my_task: Task) -> bool:  # noqa: ARG002 - for those that wait
        """Look at a waiting token after something else in its scope has moved; True when it can go on."""
        return False

    def leave(self, my_task: Task) -> None:
        """Do what belongs to the end of the element."""

    def chosen(self, my_task: Task) -> Sequence[Flow]:
        """Return the flows that get a token: all, those with a condition only when it holds."""
        asked = [flow for flow in self.outgoing if flow.condition and flow.id != self.node.default]
        if not asked:
            return self.outgoing
        true = [flow for flow in asked if tokens.holds(my_task, flow.condition)]
        free = [flow for flow in self.outgoing if flow not in asked and (flow.id != self.node.default or not true)]
        return [flow for flow in self.outgoing if flow in true or flow in free]

    def _on_complete(self, my_task: Task) -> None:
        self.leave(my_task)
        workflow = my_task.workflow
        if self.is_body:
            marker = my_task.parent
            if not marker.has_state(TaskState.FINISHED_MASK):
                marker.task_spec.instance_ended(marker, my_task)
        elif not workflow.completed:
            self._send(my_task)
        workflow._task_completed_notify(my_task)
        tokens.end_if_empty(workflow)

    def _send(self, my_task: Task) -> None:
        flows = self.chosen(my_task)
        if len(flows) == 1 < len(self.outgoing):
            my_task.internal_data["took"] = flows[0].id
        specs = my_task.workflow.spec.elements
        sent = [tokens.add(my_task, specs[flow.target], flow=flow.id, **self.marks(my_task)) for flow in flows]
        for token in sent:  # joins must see all of them
            tokens.enter(token)

    def marks(self, my_task: Task) -> dict[str, str]:  # noqa: ARG002 - for the event-based gateway
        """Return what is written on the tokens that leave."""
        return {}


class Begin(Element):
    """The root of a scope: puts the first token on the start event."""

    def __init__(self, wf_spec: Any) -> None:
        super().__init__(wf_spec, "Begin", Node(id="", kind="begin", name="", lane="", line=0))


class ExclusiveGateway(Element):
    """Each token passes alone over the first flow whose condition holds."""

    def chosen(self, my_task: Task) -> Sequence[Flow]:
        """Return one flow, in the order of the file."""
        if len(self.outgoing) < 2:  # noqa: PLR2004 - a choice begins at two
            return self.outgoing
        for flow in self.outgoing:
            if flow.id != self.node.default and (not flow.condition or tokens.holds(my_task, flow.condition)):
                return [flow]
        return [_default(self, my_task)]


class Join(Element):
    """A gateway where tokens meet."""

    def enter(self, my_task: Task) -> bool:
        """Wait for the others."""
        if len(self.incoming) < 2:  # noqa: PLR2004 - nothing to wait for
            return True
        my_task._set_state(TaskState.WAITING)
        return self.again(my_task)

    def again(self, my_task: Task) -> bool:
        """Fire with the oldest token of each flow that has one, when it is time."""
        oldest = self._oldest(my_task.workflow)
        if not self.is_complete(my_task.workflow, oldest):
            return False
        firing = my_task if my_task in oldest.values() else next(iter(oldest.values()))
        for token in oldest.values():
            if token is not firing:
                tokens.merge(token)
        if firing is my_task:
            return True
        firing._ready()
        return False

    def is_complete(self, workflow: Any, oldest: Mapping[str, Task]) -> bool:
        """Tell whether these tokens, one for each flow, can go on together."""
        raise NotImplementedError

    def _oldest(self, workflow: Any) -> dict[str, Task]:
        found: dict[str, Task] = {}
        for task in workflow.tasks.values():
            if task.task_spec is self and task.has_state(TaskState.FUTURE | TaskState.WAITING):
                found.setdefault(task.internal_data["flow"], task)
        return found


class ParallelGateway(Join):
    """Takes one token of each incoming flow and gives one to each outgoing flow."""

    def chosen(self, my_task: Task) -> Sequence[Flow]:  # noqa: ARG002 - the signature of the element
        """Return all flows; a parallel gateway asks no conditions."""
        return self.outgoing

    def is_complete(self, workflow: Any, oldest: Mapping[str, Task]) -> bool:  # noqa: ARG002 - of the gateway
        """Tell whether a token is there on each flow."""
        return len(oldest) == len(self.incoming)


class InclusiveGateway(Join):
    """Waits for every token that can still come, and gives one to each flow whose condition holds."""

    def __init__(self, wf_spec: Any, name: str, node: Node) -> None:
        super().__init__(wf_spec, name, node)
        self.upstream: Mapping[str, frozenset[str]] = {}
        """Per incoming flow the elements from which it can be reached without passing this gateway."""

    def is_complete(self, workflow: Any, oldest: Mapping[str, Task]) -> bool:
        """Tell whether no token elsewhere can reach an empty flow, unless it can reach one with a token too."""
        empty = [self.upstream[flow.id] for flow in self.incoming if flow.id not in oldest]
        filled = [self.upstream[flow.id] for flow in self.incoming if flow.id in oldest]
        for place in self._elsewhere(workflow):
            if any(place in reach for reach in empty) and not any(place in reach for reach in filled):
                return False
        return True

    def _elsewhere(self, workflow: Any) -> list[str]:
        places = []
        for task in tokens.live(workflow):
            place = tokens.position(task)
            if task.task_spec is not self and place is not None:
                places.append(place)
            elif task.task_spec is self and task.has_state(TaskState.READY):  # has fired and is about to leave
                places += [flow.target for flow in self.outgoing if flow.target != self.node.id]
        return places

    def chosen(self, my_task: Task) -> Sequence[Flow]:
        """Return every flow whose condition holds, or the default."""
        if len(self.outgoing) < 2:  # noqa: PLR2004 - a choice begins at two
            return self.outgoing
        true = [
            flow
            for flow in self.outgoing
            if flow.id != self.node.default and (not flow.condition or tokens.holds(my_task, flow.condition))
        ]
        return true or [_default(self, my_task)]


class EventGateway(Element):
    """Arms the events behind it; the first one that happens takes the others away."""

    def marks(self, my_task: Task) -> dict[str, str]:
        """Tell the events which race they are in."""
        return {"race": my_task.id.hex, "gate": self.node.id}


def _default(gateway: Element, my_task: Task) -> Flow:
    for flow in gateway.outgoing:
        if flow.id == gateway.node.default:
            return flow
    raise tokens.failure(
        my_task, "no-flow", "no condition holds and there is no default flow", _looked_at(gateway, my_task)
    )


def _looked_at(gateway: Element, my_task: Task) -> dict[str, Any]:
    names = {name for flow in gateway.outgoing if flow.condition for name in compile_expression(flow.condition).names}
    return tokens.variables(my_task, names)


class Activity(Element):
    """Work that takes time: boundary events are armed while it goes on."""

    def __init__(self, wf_spec: Any, name: str, node: Node) -> None:
        super().__init__(wf_spec, name, node)
        self.boundaries: tuple[str, ...] = ()

    def enter(self, my_task: Task) -> bool:
        """Make the local variables, arm the boundary events and begin."""
        self._open_scope(my_task)
        specs = my_task.workflow.spec.elements
        for boundary in () if self.is_body else self.boundaries:
            tokens.enter(tokens.add(my_task.parent, specs[boundary], host=my_task.id.hex))
        return self.begin(my_task)

    def begin(self, my_task: Task) -> bool:  # noqa: ARG002 - for those that take time
        """Start the work; True when it is done at once or waits for a person."""
        return True

    def leave(self, my_task: Task) -> None:
        """Disarm the boundary events and give back what camunda:outputParameter says."""
        tokens.disarm(my_task)
        if my_task.internal_data.get("local") and not self.is_body:
            self._close_scope(my_task)

    def _open_scope(self, my_task: Task) -> None:
        if self.is_body or not (self.node.inputs or self.node.outputs):
            return
        made = {mapping.target: tokens.evaluate(my_task, mapping.source) for mapping in self.node.inputs}
        my_task.data = made
        my_task.internal_data["local"] = tokens.ISOLATED if self.node.outputs else tokens.NAMES

    def _close_scope(self, my_task: Task) -> None:
        given = {mapping.target: tokens.evaluate(my_task, mapping.source) for mapping in self.node.outputs}
        del my_task.internal_data["local"]
        my_task.data = {}
        tokens.write(my_task, given)


class UserTask(Activity):
    """Waits for a person, or for a worker outside when it has a topic."""

    def __init__(self, wf_spec: Any, name: str, node: Node) -> None:
        super().__init__(wf_spec, name, node)
        self.manual = True


class ScriptTask(Activity):
    """Works out a FEEL expression."""

    def _run_hook(self, my_task: Task) -> bool:
        value = tokens.evaluate(my_task, self.node.script)
        if self.node.result:
            tokens.write(my_task, {self.node.result: value})
        return True


class DecisionTask(Activity):
    """Asks a decision table."""

    def __init__(self, wf_spec: Any, name: str, node: Node) -> None:
        super().__init__(wf_spec, name, node)
        self.decision: Decision | None = None

    def _run_hook(self, my_task: Task) -> bool:
        decision = self.decision
        if decision is None:
            raise tokens.failure(my_task, "decision-missing", f"there is no decision {self.node.decision}")
        seen = tokens.variables(my_task, decision.names)
        value = tokens.answered(my_task, lambda names: decide(decision, names, self.node.decision_result), seen)
        if self.node.result:
            tokens.write(my_task, {self.node.result: value})
        return True


class Scope(Activity):
    """An embedded sub-process or a called process: a scope of tokens inside an activity."""

    def __init__(self, wf_spec: Any, name: str, node: Node, inner: str) -> None:
        super().__init__(wf_spec, name, node)
        self.spec = inner

    def begin(self, my_task: Task) -> bool:
        """Start the inside."""
        if tokens.calls(my_task.workflow) >= MAX_CALLS:
            raise tokens.failure(my_task, "calls-too-deep", f"more than {MAX_CALLS} processes inside each other")
        my_task._set_state(TaskState.STARTED)
        inner = my_task.workflow.top_workflow.create_subprocess(my_task, self.spec)
        if not inner.spec.embedded:
            inner.data = _handed_over(my_task, self.node.mappings, outward=False)
        inner.task_tree.run()
        return False

    def scope_ended(self, my_task: Task, inner: Any) -> None:
        """Take back what camunda:out says; the engine goes on with the activity."""
        if not inner.spec.embedded:
            tokens.write(my_task, _handed_over(inner.task_tree, self.node.mappings, outward=True))
        my_task._set_state(TaskState.READY)


def _handed_over(giver: Task, mappings: Sequence[DataMapping], *, outward: bool) -> dict[str, Any]:
    mine = [mapping for mapping in mappings if mapping.outward is outward]
    everything = not mine or any(mapping.everything for mapping in mine)
    handed = tokens.variables(giver) if everything else {}
    named = [mapping for mapping in mine if not mapping.everything]
    return handed | {mapping.target: tokens.evaluate(giver, mapping.source) for mapping in named}
