"""Builds executable specifications from diagrams: one element per node, so nothing that is drawn can be lost."""

from collections.abc import Iterator, Mapping

from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.specs import WorkflowSpec

from service.engine.decision import Decision
from service.engine.diagram import Diagram, Flow, Node
from service.engine.workflow import elements, events, repeating

_PLAIN: Mapping[str, type[elements.Element]] = {
    "startEvent": elements.Element,
    "endEvent": events.EndEvent,
    "intermediateCatchEvent": events.CatchEvent,
    "intermediateThrowEvent": events.ThrowEvent,
    "boundaryEvent": events.BoundaryEvent,
    "userTask": elements.UserTask,
    "task": elements.Activity,
    "manualTask": elements.Activity,
    "serviceTask": elements.UserTask,
    "scriptTask": elements.ScriptTask,
    "sendTask": events.SendTask,
    "receiveTask": events.ReceiveTask,
    "businessRuleTask": elements.DecisionTask,
    "exclusiveGateway": elements.ExclusiveGateway,
    "parallelGateway": elements.ParallelGateway,
    "inclusiveGateway": elements.InclusiveGateway,
    "eventBasedGateway": elements.EventGateway,
}
_SCOPES = frozenset({"subProcess", "callActivity"})
_EVENTS: Mapping[str, frozenset[str]] = {
    "startEvent": frozenset({"message", "timer", "signal"}),
    "endEvent": frozenset({"message", "signal", "error", "escalation", "terminate"}),
    "intermediateCatchEvent": frozenset({"message", "timer", "signal", "link"}),
    "intermediateThrowEvent": frozenset({"message", "signal", "escalation", "link"}),
    "boundaryEvent": frozenset({"message", "timer", "signal", "error", "escalation"}),
    "sendTask": frozenset({"message"}),
    "receiveTask": frozenset({"message"}),
}
"""What each kind of event can wait for or throw here."""


class ProcessSpec(BpmnProcessSpec):  # type: ignore[misc]  # SpiffWorkflow has no types
    """A scope of tokens: a process or an embedded sub-process."""

    def __init__(self, name: str, key: str, *, embedded: bool) -> None:
        WorkflowSpec.__init__(self, name=name)
        self.key = key
        """Key of the process whose diagram it is drawn in."""
        self.embedded = embedded
        """Whether it shares the variables of the scope around it."""
        self.elements: dict[str, elements.Element] = {}
        self.io_specification = None
        self.data_objects: dict[str, object] = {}
        self.data_stores: dict[str, object] = {}
        self.correlation_keys: dict[str, object] = {}
        self.bpmn_start_events: list[object] = []
        self.start = elements.Begin(self)


def build(diagram: Diagram, decisions: Mapping[str, Decision]) -> dict[str, ProcessSpec]:
    """Return the specification of a process and of every sub-process in it, by name."""
    scopes = [diagram.key, *(node.id for node in diagram.nodes.values() if node.kind == "subProcess")]
    return {scope_name(diagram, scope): _scope(diagram, scope, decisions) for scope in scopes}


def lost(diagram: Diagram) -> Iterator[Node]:
    """Return what is drawn and would not be run: kinds and events without an element, things in no scope."""
    scopes = {diagram.key, *(node.id for node in diagram.nodes.values() if node.kind == "subProcess")}
    for node in diagram.nodes.values():
        runs = (node.kind in _PLAIN or node.kind in _SCOPES) and not node.by_event and not node.for_compensation
        events_run = len(node.events) < 2 and all(event.kind in _EVENTS.get(node.kind, ()) for event in node.events)  # noqa: PLR2004 - one event each
        ends = {flow.target for flow in diagram.outgoing.get(node.id, ())}
        inside = {other for other in ends if other in diagram.nodes and diagram.nodes[other].scope == node.scope}
        if node.scope not in scopes or not runs or not events_run or ends != inside:
            yield node


def scope_name(diagram: Diagram, scope: str) -> str:
    """Return the name of a scope; sub-processes of several files may have one id."""
    return scope if scope == diagram.key else f"{diagram.key}/{scope}"


def _scope(diagram: Diagram, scope: str, decisions: Mapping[str, Decision]) -> ProcessSpec:
    spec = ProcessSpec(scope_name(diagram, scope), diagram.key, embedded=scope != diagram.key)
    nodes = [node for node in diagram.nodes.values() if node.scope == scope]
    for node in nodes:
        spec.elements[node.id] = _element(spec, diagram, node, decisions)
    for element in spec.elements.values():
        _connect(element, diagram, spec)
    starts = [node for node in nodes if node.kind == "startEvent"]
    spec.start.outgoing = tuple(Flow("", "", node.id, "", "", node.line) for node in starts)
    return spec


def _element(spec: ProcessSpec, diagram: Diagram, node: Node, decisions: Mapping[str, Decision]) -> elements.Element:
    if not node.is_repeated:
        return _single(spec, f"node:{node.id}", diagram, node, decisions)
    marker = repeating.MultiInstance if node.loop else repeating.StandardLoop
    element = marker(spec, f"node:{node.id}", node)
    element.body = _single(spec, f"body:{node.id}", diagram, node, decisions)
    element.body.is_body = True
    return element


def _single(
    spec: ProcessSpec, name: str, diagram: Diagram, node: Node, decisions: Mapping[str, Decision]
) -> elements.Element:
    if node.kind in _SCOPES:
        inner = scope_name(diagram, node.id) if node.kind == "subProcess" else node.called
        return elements.Scope(spec, name, node, inner)
    if node.topic:
        return elements.UserTask(spec, name, node)
    element = _PLAIN[node.kind](spec, name, node)
    if isinstance(element, elements.DecisionTask):
        element.decision = decisions.get(node.decision)
    return element


def _connect(element: elements.Element, diagram: Diagram, spec: ProcessSpec) -> None:
    node = element.node
    element.outgoing = diagram.outgoing.get(node.id, ())
    element.incoming = diagram.incoming.get(node.id, ())
    for flow in element.outgoing:
        element.connect(spec.elements[flow.target])
    if isinstance(element, elements.Activity):
        element.boundaries = tuple(boundary.id for boundary in diagram.boundaries.get(node.id, ()))
    if isinstance(element, elements.InclusiveGateway):
        element.upstream = {flow.id: _upstream(diagram, flow, node) for flow in element.incoming}
    if isinstance(element, events.ThrowEvent):
        element.link = _jump(diagram, node)


def _upstream(diagram: Diagram, flow: Flow, gateway: Node) -> frozenset[str]:
    """Return the elements from which a flow can be reached without passing the gateway that it enters."""
    seen: set[str] = set()
    waiting = [flow.source]
    while waiting:
        here = waiting.pop()
        if here in seen or here == gateway.id:
            continue
        seen.add(here)
        waiting.extend(_before(diagram, diagram.nodes[here]))
    return frozenset(seen)


def _before(diagram: Diagram, node: Node) -> Iterator[str]:
    for flow in diagram.incoming.get(node.id, ()):
        yield flow.source
    if node.attached_to:
        yield node.attached_to
    if node.kind == "intermediateCatchEvent":
        yield from (other.id for other in _linked(diagram, node, "intermediateThrowEvent"))


def _jump(diagram: Diagram, node: Node) -> Flow | None:
    for other in _linked(diagram, node, "intermediateCatchEvent"):
        return Flow(f"{node.id}>{other.id}", node.id, other.id, "", "", node.line)
    return None


def _linked(diagram: Diagram, node: Node, kind: str) -> Iterator[Node]:
    """Return the other sides of a link event."""
    link = ("link", node.event.name) if node.event and node.event.kind == "link" else ("", "")
    for other in diagram.nodes.values():
        side = (other.kind, other.scope, other.event.kind, other.event.name) if other.event else None
        if side == (kind, node.scope, *link):
            yield other
