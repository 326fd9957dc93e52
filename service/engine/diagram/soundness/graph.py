"""One scope of a diagram as a graph: flows, links and boundary events as the ways that a token can take."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from service.engine.diagram.model import Diagram, Flow, Node
from service.engine.diagram.soundness.budget import Budget

JOINS = frozenset({"parallelGateway", "inclusiveGateway"})
WAITS = frozenset({"userTask", "receiveTask", "callActivity", "eventBasedGateway"})
WAITED_FOR = frozenset({"timer", "message", "signal", "conditional"})
SCOPES = frozenset({"subProcess", "transaction", "adHocSubProcess"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an embedded sub-process can end, as seen from outside."""

    completes: bool = True
    errors: frozenset[str] = frozenset()
    """Codes of the error end events that nothing inside catches."""
    any_error: bool = False
    """A worker, a called process, or a program of somebody who has a task inside can raise any error."""
    escalations: frozenset[str] = frozenset()
    any_escalation: bool = False
    waits: bool = True
    """Every way through it waits for somebody or something."""


@dataclass(frozen=True)
class Graph:
    """Nodes that tokens can reach from one start, and the ways between them."""

    nodes: Mapping[str, Node]
    start: str
    outgoing: Mapping[str, tuple[Flow, ...]]
    incoming: Mapping[str, tuple[Flow, ...]]
    boundaries: Mapping[str, tuple[Node, ...]]
    catches: Mapping[str, str]
    """Catching link event of each throwing one."""
    bodies: Mapping[str, Outcome] = field(default_factory=dict)

    def after(self, element: str) -> Iterator[str]:
        """Yield the nodes that a token can reach next."""
        for flow in self.outgoing.get(element, ()):
            yield flow.target
        if element in self.catches:
            yield self.catches[element]
        for event in self.boundaries.get(element, ()):
            yield event.id

    def is_join(self, element: str) -> bool:
        """Tell whether tokens wait here for those of other flows."""
        return self.nodes[element].kind in JOINS and len(self.incoming.get(element, ())) > 1

    def waits(self, node: Node) -> bool:
        """Tell whether a token stays here until somebody or something outside acts."""
        if node.kind in SCOPES:
            return self.bodies.get(node.id, Outcome()).waits
        if node.kind in {"intermediateCatchEvent", "boundaryEvent"}:
            return node.event is not None and node.event.kind in WAITED_FOR
        return node.kind in WAITS or bool(node.topic)

    def uncaught(self, node: Node, kind: str, codes: frozenset[str]) -> frozenset[str]:
        """Return the codes that no boundary event of an activity takes."""
        taken = {
            event.event.code for event in self.boundaries.get(node.id, ()) if event.event and event.event.kind == kind
        }
        return frozenset() if "" in taken else codes - taken


def raises_any(node: Node) -> bool:
    """Tell whether an activity can end with an error that no diagram names."""
    return bool(node.topic) or node.kind in {"callActivity", "userTask"}


def can_happen(node: Node, event: Node, bodies: Mapping[str, Outcome]) -> bool:
    """Tell whether a boundary event can ever happen on its activity; elsewhere one is warned of those that cannot."""
    raised = event.event
    if raised is None or raised.kind not in {"error", "escalation"}:
        return True
    body = bodies.get(node.id, Outcome())
    if raised.kind == "error":
        unknown, codes = raises_any(node) or body.any_error, body.errors
    else:
        unknown, codes = node.kind == "callActivity" or body.any_escalation, body.escalations
    return unknown or bool(codes if not raised.code else raised.code in codes)


def scope_graph(diagram: Diagram, scope: str, bodies: Mapping[str, Outcome]) -> Graph | None:
    """Return the graph of a process or sub-process, None when it has not exactly one start event."""
    nodes = {node.id: node for node in diagram.nodes.values() if node.scope == scope}
    starts = [node.id for node in nodes.values() if node.kind == "startEvent"]
    return _graph(diagram, nodes, starts[0], bodies) if len(starts) == 1 else None


def _graph(diagram: Diagram, nodes: Mapping[str, Node], start: str, bodies: Mapping[str, Outcome]) -> Graph:
    hosts = {host: diagram.boundaries[host] for host in nodes if host in diagram.boundaries}
    inside = [flow for flow in diagram.flows.values() if flow.source in nodes and flow.target in nodes]
    return Graph(
        nodes,
        start,
        _grouped((flow.source, flow) for flow in inside),
        _grouped((flow.target, flow) for flow in inside),
        {host: tuple(e for e in events if can_happen(nodes[host], e, bodies)) for host, events in hosts.items()},
        _links(nodes.values()),
        bodies,
    )


def _grouped(pairs: Iterable[tuple[str, Flow]]) -> Mapping[str, tuple[Flow, ...]]:
    found: dict[str, list[Flow]] = {}
    for element, flow in pairs:
        found.setdefault(element, []).append(flow)
    return {element: tuple(flows) for element, flows in found.items()}


def _links(nodes: Iterable[Node]) -> Mapping[str, str]:
    links = [node for node in nodes if node.event and node.event.kind == "link"]
    catches = {node.event.name: node.id for node in links if node.event and node.kind == "intermediateCatchEvent"}
    throws = {node.id: node.event.name for node in links if node.event and node.kind == "intermediateThrowEvent"}
    return {throw: catches[name] for throw, name in throws.items() if name in catches}


def threads(graph: Graph, budget: Budget) -> Iterator[Graph]:
    """Yield the scope without its side threads, then each side thread.

    A side thread begins at a non-interrupting boundary event and never meets the rest of its scope again: a reminder,
    for instance. Whatever runs there beside the rest changes nothing in it, so each can be proved alone.
    """
    graph = _part(graph, _closure(graph, graph.start, budget), graph.start)
    before: dict[str, set[str]] = {}
    for element in graph.nodes:
        for target in graph.after(element):
            before.setdefault(target, set()).add(element)
    apart: dict[str, set[str]] = {}
    for events in graph.boundaries.values():
        for event in events:
            if not event.interrupting:
                members = _closure(graph, event.id, budget)
                if all(before[member] <= members for member in members if member != event.id):
                    apart[event.id] = members
    removed = set().union(*apart.values()) if apart else set()
    if graph.start not in removed:
        yield _part(graph, set(graph.nodes) - removed, graph.start)
    for start, members in apart.items():
        inner = [other for other in apart.items() if other[0] != start and other[0] in members]
        yield _part(graph, members.difference(*(found for _, found in inner)), start)


def _closure(graph: Graph, start: str, budget: Budget) -> set[str]:
    seen = {start}
    waiting = deque(seen)
    while waiting:
        budget.spend(1)
        for target in graph.after(waiting.popleft()):
            if target not in seen:
                seen.add(target)
                waiting.append(target)
    return seen


def _part(graph: Graph, members: set[str], start: str) -> Graph:
    def kept(flows: Mapping[str, tuple[Flow, ...]]) -> Mapping[str, tuple[Flow, ...]]:
        return {element: group for element, group in flows.items() if element in members}

    boundaries = {
        host: tuple(event for event in events if event.id in members and event.id != start)
        for host, events in graph.boundaries.items()
        if host in members
    }
    return replace(
        graph,
        nodes={element: node for element, node in graph.nodes.items() if element in members},
        start=start,
        outgoing=kept(graph.outgoing),
        incoming=kept(graph.incoming),
        boundaries=boundaries,
    )


def automatic_cycle(graph: Graph) -> list[str]:
    """Return the nodes of a cycle that nothing ever waits in; empty for none."""
    automatic = {node.id for node in graph.nodes.values() if not graph.waits(node)}
    for node in graph.nodes.values():
        if node.id in automatic and node.repeat and not node.repeat.maximum:
            return [node.id]
    after = {element: [other for other in graph.after(element) if other in automatic] for element in automatic}
    left = _pruned(after)
    here = next((element for element in graph.nodes if element in left), "")
    walked: dict[str, None] = {}
    while here and here not in walked:
        walked[here] = None
        here = next(other for other in after[here] if other in left)
    cycle = list(walked)
    return cycle[cycle.index(here) :] if here else []


def _pruned(after: Mapping[str, list[str]]) -> set[str]:
    """Return what is left when nodes that lead nowhere are taken away again and again."""
    before: dict[str, list[str]] = {}
    for element, others in after.items():
        for other in others:
            before.setdefault(other, []).append(element)
    open_ways = {element: len(others) for element, others in after.items()}
    ready = [element for element, ways in open_ways.items() if not ways]
    left = set(after)
    while ready:
        gone = ready.pop()
        left.discard(gone)
        for element in before.get(gone, ()):
            open_ways[element] -= 1
            if not open_ways[element]:
                ready.append(element)
    return left


def passes_automatically(graph: Graph) -> bool:
    """Tell whether a token can run from the start to an end without waiting anywhere."""
    seen: set[str] = set()
    waiting = [graph.start]
    while waiting:
        here = waiting.pop()
        if here in seen or graph.waits(graph.nodes[here]):
            continue
        seen.add(here)
        targets = list(graph.after(here))
        if not targets:
            return True
        waiting.extend(targets)
    return False
