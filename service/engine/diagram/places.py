"""Where a problem is, in the words of the SOP."""

from service.engine.diagram.model import Flow, Node
from service.errors import Problem, Remedy, Severity

SHOWN = 120
KINDS = {
    "boundaryEvent": "Kejadian",
    "callActivity": "SOP terkait",
    "endEvent": "Akhir",
    "intermediateCatchEvent": "Kejadian",
    "intermediateThrowEvent": "Kejadian",
    "startEvent": "Awal",
}


def place(node: Node) -> str:
    """Say where an element is, in the words of the SOP."""
    kind = KINDS.get(node.kind)
    if kind is None:
        kind = "Keputusan" if node.is_gateway else f"Langkah {node.order}" if node.order else "Langkah tambahan"
    return f"{kind}, {node.name or node.id}"


def flow_place(flow: Flow) -> str:
    """Say where a flow is: by its name, which most flows lack."""
    return f"Alur {flow.name or flow.id}"


def problem_at(
    node: Node, code: str, message: str, message_en: str, fix: Remedy, severity: Severity = "error"
) -> Problem:
    """Return a problem at an element."""
    return Problem(code, message, message_en, "", node.line, node.id, severity, place(node), fix=fix)


def problem_on(
    flow: Flow, code: str, message: str, message_en: str, fix: Remedy, severity: Severity = "error"
) -> Problem:
    """Return a problem of a flow itself."""
    return Problem(code, message, message_en, "", flow.line, flow.id, severity, flow_place(flow), fix=fix)


def short(text: str) -> str:
    """Cut a text from a stranger to what a sentence can hold."""
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
