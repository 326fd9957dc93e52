"""How flows, scopes and ends fit together."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from service.engine.diagram.inspection import Inspection
from service.engine.diagram.model import Diagram, Flow, Node
from service.engine.diagram.places import problem_at, problem_on, short
from service.errors import Problem, remedy


def structure_problems(inspection: Inspection) -> Iterator[Problem]:
    """List what is not connected as BPMN asks."""
    diagram = inspection.diagram
    yield from _flows(diagram)
    edges = _edges(diagram)
    for scope, nodes in _scopes(diagram).items():
        if scope in diagram.nodes and diagram.nodes[scope].kind == "adHocSubProcess":
            continue  # its steps stand without flows, and it is refused as it is
        yield from _scope(diagram, scope, nodes, edges)
    for node in inspection.nodes:
        yield from _connections(diagram, node)


def _scopes(diagram: Diagram) -> dict[str, list[Node]]:
    scopes: dict[str, list[Node]] = {diagram.key: []}
    for node in diagram.nodes.values():
        scopes.setdefault(node.scope, []).append(node)
        if node.kind == "subProcess":
            scopes.setdefault(node.id, [])
    return scopes


def _flows(diagram: Diagram) -> Iterator[Problem]:
    for flow in diagram.flows.values():
        missing = short(", ".join(end for end in (flow.source, flow.target) if end not in diagram.nodes))
        if missing:
            yield problem_on(flow, "flow-dangling", f"Alur menunjuk ke elemen yang tidak ada: {missing}.",
                             f"The flow refers to a missing element: {missing}.",
                             remedy("Sambungkan ulang alur ini."))  # fmt: skip
        elif diagram.nodes[flow.source].scope != diagram.nodes[flow.target].scope:
            yield problem_on(flow, "flow-crosses-scope", "Alur ini menembus batas subproses.",
                             "The flow crosses the border of a sub-process.",
                             remedy("Sambungkan ke subprosesnya, bukan ke langkah di dalamnya."))  # fmt: skip


def _edges(diagram: Diagram) -> Mapping[str, list[str]]:
    """Return where a token can go from each element: along flows, over boundary events, by links."""
    edges = {element: [flow.target for flow in flows] for element, flows in diagram.outgoing.items()}
    for host, events in diagram.boundaries.items():
        edges.setdefault(host, []).extend(event.id for event in events)
    catches: dict[tuple[str, str], list[str]] = {}
    for node, name in _linked(diagram, "intermediateCatchEvent"):
        catches.setdefault((node.scope, name), []).append(node.id)
    for node, name in _linked(diagram, "intermediateThrowEvent"):
        edges.setdefault(node.id, []).extend(catches.get((node.scope, name), ()))
    return edges


def _linked(diagram: Diagram, kind: str) -> Iterator[tuple[Node, str]]:
    for node in diagram.nodes.values():
        if node.kind == kind and node.event and node.event.kind == "link":
            yield node, node.event.name


def _scope(diagram: Diagram, scope: str, nodes: Sequence[Node], edges: Mapping[str, list[str]]) -> Iterator[Problem]:
    starts = [node.id for node in nodes if node.kind == "startEvent"]
    ends = [node.id for node in nodes if node.kind == "endEvent" or not edges.get(node.id)]
    if len(starts) != 1 or not ends:
        owner = diagram.nodes.get(scope)
        yield Problem(
            "start-or-end-missing", "Diagram memerlukan tepat satu awal dan sedikitnya satu akhir.",
            "Exactly one start event and at least one end event are needed.", "", owner.line if owner else 1, scope,
            place=(owner.name if owner else diagram.name) or scope, fix=remedy("Tambahkan kejadian awal atau akhir."),
        )  # fmt: skip
        return
    backwards: dict[str, list[str]] = {}
    for node in nodes:
        for target in edges.get(node.id, ()):
            backwards.setdefault(target, []).append(node.id)
    reached, finishing = _closure(starts, edges), _closure(ends, backwards)
    for node in nodes:
        if node.by_event or node.for_compensation:
            continue  # no flow leads to them, and they are refused as they are
        if node.id not in reached:
            yield problem_at(node, "unreachable", "Tidak ada jalur dari awal ke elemen ini.",
                             "No path leads here from the start.",
                             remedy("Sambungkan elemen ini atau hapus."))  # fmt: skip
        elif node.id not in finishing:
            yield problem_at(node, "no-way-out", "Dari elemen ini tidak ada jalur ke akhir.",
                             "No path leads from here to an end.",
                             remedy("Sambungkan ke langkah berikutnya."))  # fmt: skip
        elif node.kind != "endEvent" and not edges.get(node.id):
            yield problem_at(node, "end-implicit", "Jalur berakhir di sini tanpa kejadian akhir.",
                             "The path ends here without an end event.", remedy("Tambahkan kejadian akhir."),
                             "info")  # fmt: skip


def _closure(begin: Iterable[str], edges: Mapping[str, list[str]]) -> set[str]:
    seen: set[str] = set()
    waiting = list(begin)
    while waiting:
        here = waiting.pop()
        if here not in seen:
            seen.add(here)
            waiting.extend(edges.get(here, ()))
    return seen


def _connections(diagram: Diagram, node: Node) -> Iterator[Problem]:
    incoming, outgoing = diagram.incoming.get(node.id, ()), diagram.outgoing.get(node.id, ())
    links = {event.kind for event in node.events} & {"link"}
    if incoming and (node.kind in {"startEvent", "boundaryEvent"} or (links and node.kind.endswith("CatchEvent"))):
        yield _connected(node, incoming[0], "incoming-refused", "Tidak boleh ada alur masuk ke sini.",
                         "No flow may lead here.")  # fmt: skip
    if outgoing and (node.kind == "endEvent" or (links and node.kind.endswith("ThrowEvent"))):
        yield _connected(node, outgoing[0], "outgoing-refused", "Tidak boleh ada alur keluar dari sini.",
                         "No flow may leave here.")  # fmt: skip
    if node.default and node.default not in {flow.id for flow in outgoing} and not node.is_gateway:
        yield problem_at(node, "default-elsewhere", "Alur bawaan bukan alur yang keluar dari elemen ini.",
                         "The default flow does not leave this element.", remedy("Tetapkan alur bawaan."))  # fmt: skip


def _connected(node: Node, flow: Flow, code: str, message: str, message_en: str) -> Problem:
    return problem_at(node, code, f"{message} Alur: {short(flow.id)}.", f"{message_en} Flow: {short(flow.id)}.",
                      remedy("Hapus alur ini atau sambungkan ke elemen lain."))  # fmt: skip
