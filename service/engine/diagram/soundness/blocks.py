"""Inclusive joins that close a block: they fire exactly when no token is left between the split and them."""

from collections import deque
from collections.abc import Mapping

from service.engine.diagram.model import Flow
from service.engine.diagram.soundness.budget import Budget
from service.engine.diagram.soundness.graph import Graph


def closed_blocks(graph: Graph, budget: Budget) -> Mapping[str, tuple[str, Mapping[str, str]]]:
    """Return per inclusive join its split, and which flow of the split leads to which flow of the join.

    Only where each branch has one way in, one way out and no end inside. Every other inclusive join is played by the
    rule itself.
    """
    found: dict[str, tuple[str, Mapping[str, str]]] = {}
    for node in graph.nodes.values():
        if node.kind == "inclusiveGateway" and graph.is_join(node.id):
            for split in _candidates(graph, node.id, budget):
                branches = _branches(graph, split, node.id, budget)
                if branches:
                    found[node.id] = (split, branches)
                    break
    return found


def _candidates(graph: Graph, join: str, budget: Budget) -> list[str]:
    """Return the splits before a join that have as many branches, the nearest first."""
    wanted = len(graph.incoming[join])
    seen: set[str] = {join}
    waiting = deque([graph.incoming[join][0].source])
    found: list[str] = []
    while waiting:
        here = waiting.popleft()
        if here in seen or here not in graph.nodes:
            continue
        seen.add(here)
        budget.spend(1)
        node = graph.nodes[here]
        itself_joins = node.kind == "inclusiveGateway" and graph.is_join(here)
        if node.is_gateway and not itself_joins and len(graph.outgoing.get(here, ())) == wanted:
            found.append(here)
        waiting.extend(flow.source for flow in graph.incoming.get(here, ()))
        if node.attached_to:
            waiting.append(node.attached_to)
    return found


def _branches(graph: Graph, split: str, join: str, budget: Budget) -> Mapping[str, str]:
    """Return the flow into the join of each flow out of the split; empty when they do not form a block."""
    found: dict[str, str] = {}
    for begin in graph.outgoing[split]:
        members = _members(graph, begin, join, budget)
        ends = {flow.id for flow in graph.incoming[join] if flow.source in members or flow.id == begin.id}
        if len(ends) != 1 or split in members or not _closed(graph, members, begin):
            return {}
        found[begin.id] = ends.pop()
    return found if len(set(found.values())) == len(graph.incoming[join]) else {}


def _members(graph: Graph, begin: Flow, join: str, budget: Budget) -> set[str]:
    """Return the nodes of a branch; the split is one of them when a way leads back to it."""
    members: set[str] = set()
    waiting = [begin.target]
    while waiting:
        here = waiting.pop()
        if here == join or here in members:
            continue
        budget.spend(1)
        members.add(here)
        if here != begin.source:
            waiting.extend(graph.after(here))
    return members


def _closed(graph: Graph, members: set[str], begin: Flow) -> bool:
    """Tell whether a branch has no other way in, not even from another branch, and no end inside."""
    return all(
        next(graph.after(member), None) is not None
        and all(flow.source in members or flow.id == begin.id for flow in graph.incoming.get(member, ()))
        for member in members
    )
