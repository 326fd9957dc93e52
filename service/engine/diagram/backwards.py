"""Which earlier steps a case may go back to, read from the flows alone."""

from collections.abc import Iterator

from service.engine.diagram.model import Diagram, Node

AT_ONCE = frozenset({"parallelGateway", "inclusiveGateway", "complexGateway"})


def ways_back(diagram: Diagram, element: str) -> frozenset[str]:
    """Return the user tasks from which a token comes to this one by itself: what splits on the way meets again.

    A case whose only token on this level stands here may stand at any of them instead, and goes on as its SOP says.
    What is repeated is done as a whole, so no part of it goes back.
    """
    here = diagram.nodes[element]
    if here.kind != "userTask" or here.is_repeated:
        return frozenset()
    blocks = list(_blocks(diagram, here.scope))
    earlier = (node.id for node in diagram.user_tasks if node.scope == here.scope and node.id != element)
    return frozenset(other for other in earlier if _is_before(diagram, other, element, blocks))


def _is_before(diagram: Diagram, earlier: str, element: str, blocks: list[frozenset[str]]) -> bool:
    """Tell whether every way from an earlier step to this one, on which neither comes again, is a simple one."""
    ahead = _reached(diagram, earlier, element)
    between = {earlier} | (ahead & _reaching(diagram, element, earlier)) - {element}
    passed = (block for block in blocks if not block & {earlier, element})
    return element in ahead and not any(_splits(diagram, diagram.nodes[one]) for one in between.difference(*passed))


def _blocks(diagram: Diagram, scope: str) -> Iterator[frozenset[str]]:
    """Yield what stands between a split and the join where all its tokens meet again, with both."""
    gateways = [node for node in diagram.nodes.values() if node.scope == scope and node.kind in AT_ONCE]
    for split in gateways:
        for join in gateways:
            if join.kind == split.kind and join.id != split.id:
                inside = _reached(diagram, split.id, join.id) - {join.id}
                if split.id not in inside and _is_closed(diagram, split.id, inside, join.id):
                    yield frozenset({split.id, *inside, join.id})


def _is_closed(diagram: Diagram, split: str, inside: set[str], join: str) -> bool:
    """Tell whether nothing comes in but by the split, and nothing leaves or ends but at the join."""
    into = [flow.source for node in (*inside, join) for flow in diagram.incoming.get(node, ())]
    return all(diagram.outgoing.get(node) and not diagram.boundaries.get(node) for node in inside) and all(
        source == split or source in inside for source in into
    )


def _reached(diagram: Diagram, start: str, until: str) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        for flow in diagram.outgoing.get(waiting.pop(), ()):
            if flow.target not in found:
                found.add(flow.target)
                waiting += [flow.target] if flow.target not in (until, start) else []
    return found


def _reaching(diagram: Diagram, end: str, until: str) -> set[str]:
    found: set[str] = set()
    waiting = [end]
    while waiting:
        for flow in diagram.incoming.get(waiting.pop(), ()):
            if flow.source not in found:
                found.add(flow.source)
                waiting += [flow.source] if flow.source not in (until, end) else []
    return found


def _splits(diagram: Diagram, node: Node) -> bool:
    """Tell whether tokens split or meet at an element."""
    return node.kind in AT_ONCE or (not node.is_gateway and len(diagram.outgoing.get(node.id, ())) > 1)
