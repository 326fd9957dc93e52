"""Proves that a process can always go on to its end, or shows the shortest way into the trap.

Scope by scope, the innermost first: an embedded sub-process is proved alone and then stands for one activity that
ends the way its body can. Each scope becomes a token game (`net`), is made small (`reduction`) and played to the end
(`search`). Only what fails is played again as drawn, for the example.
"""

from collections import deque
from collections.abc import Iterator, Mapping

from service.engine.diagram.model import Diagram
from service.engine.diagram.soundness.blocks import closed_blocks
from service.engine.diagram.soundness.budget import Effort, TooLarge
from service.engine.diagram.soundness.graph import (
    Graph,
    Outcome,
    automatic_cycle,
    passes_automatically,
    raises_any,
    scope_graph,
    threads,
)
from service.engine.diagram.soundness.net import Builder, Net
from service.engine.diagram.soundness.reduction import Reduction
from service.engine.diagram.soundness.search import Finding, Result, Search
from service.engine.diagram.soundness.wording import told
from service.errors import Problem

__all__ = ["Effort", "soundness_problems"]


def soundness_problems(diagram: Diagram, effort: Effort | None = None) -> list[Problem]:
    """List where a case could get stuck, run into itself or never end.

    Meant for a diagram without other errors: each scope has one start, every flow has its ends.
    """
    proof = _Proof(diagram, effort or Effort())
    return [told(diagram, finding) for scope in _scopes(diagram) for finding in proof.findings(scope)]


def _scopes(diagram: Diagram) -> list[str]:
    """Return the process and its sub-processes, the innermost first."""
    inside = dict.fromkeys(node.scope for node in diagram.nodes.values() if node.scope in diagram.nodes)
    depth = {diagram.key: 0}
    for scope in inside:
        chain = [scope]
        while chain[-1] not in depth and chain[-1] in diagram.nodes:
            chain.append(diagram.nodes[chain[-1]].scope)
        known = depth.setdefault(chain.pop(), 0)
        depth |= {element: number for number, element in enumerate(reversed(chain), known + 1)}
    return sorted(depth, key=lambda scope: -depth[scope])


class _Proof:
    """The proof of one diagram."""

    def __init__(self, diagram: Diagram, effort: Effort) -> None:
        self.diagram = diagram
        self.bodies: dict[str, Outcome] = {}
        self.budget = effort.proving
        self.explaining = effort.explaining

    def findings(self, scope: str) -> Iterator[Finding]:
        """Yield what is wrong in one scope, and remember how it ends."""
        graph = scope_graph(self.diagram, scope, self.bodies)
        if graph is None:
            return
        cycle = automatic_cycle(graph)
        if cycle:
            yield Finding("soundness-endless", cycle[0], tuple((element, "") for element in (*cycle, cycle[0])))
            return
        try:
            results = [(part, *self._played(part)) for part in threads(graph, self.budget)]
        except TooLarge:
            yield Finding("soundness-too-large", scope, ())
            return
        for part, _, result in results:
            yield from self._explained(part, result)
        self.bodies[scope] = _outcome(graph, [(net, result) for _, net, result in results])

    def _played(self, graph: Graph) -> tuple[Net, Result]:
        net = Reduction(Builder(graph, closed_blocks(graph, self.budget), self.budget).build(), self.budget).run()
        return net, Search(net, self.budget).run()

    def _explained(self, graph: Graph, result: Result) -> Iterator[Finding]:
        """Yield the findings of a scope, with the shortest example where the budget allows."""
        if result.finding is None and not result.unused:
            return
        try:
            drawn = Search(Builder(graph, {}, self.explaining).build(), self.explaining).run()
        except TooLarge:
            yield result.finding or Finding("soundness-too-large", graph.start, ())
            return
        if drawn.finding:
            yield drawn.finding
        else:
            yield from _dead(graph, drawn.touched)


def _dead(graph: Graph, touched: frozenset[str]) -> Iterator[Finding]:
    """Yield the first nodes of each part that no token comes to."""
    before: dict[str, str] = {graph.start: ""}
    waiting = deque(before)
    while waiting:
        here = waiting.popleft()
        for target in graph.after(here):
            if target not in before:
                before[target] = here
                waiting.append(target)
                if target not in touched and here in touched:
                    yield Finding("soundness-dead-task", target, _way(before, target))


def _way(before: Mapping[str, str], element: str) -> tuple[tuple[str, str], ...]:
    way: list[tuple[str, str]] = []
    while element:
        way.append((element, ""))
        element = before[element]
    return tuple(reversed(way))


def _outcome(graph: Graph, played: list[tuple[Net, Result]]) -> Outcome:
    bodies = [(node, graph.bodies[node.id]) for node in graph.nodes.values() if node.id in graph.bodies]
    thrown = {
        node.event.code
        for node in graph.nodes.values()
        if node.event and node.event.kind == "escalation" and node.kind in {"endEvent", "intermediateThrowEvent"}
    }
    for node, body in bodies:
        thrown |= graph.uncaught(node, "escalation", body.escalations)
    calls = any(node.kind == "callActivity" for node in graph.nodes.values())
    return Outcome(
        completes=any(result.completes or result.finding for _, result in played[:1]),
        errors=frozenset(t.raises for net, _ in played for t in net.transitions if t.raises is not None),
        any_error=any(map(raises_any, graph.nodes.values())) or any(body.any_error for _, body in bodies),
        escalations=frozenset(thrown),
        any_escalation=calls or any(body.any_escalation for _, body in bodies),
        waits=not passes_automatically(graph),
    )
