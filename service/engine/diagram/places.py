"""Where a problem is, in the words of the SOP."""

from service.engine.diagram.model import Node
from service.errors import Problem


def place(node: Node) -> str:
    """Say where an element is, in the words of the SOP."""
    kind = {"startEvent": "Awal", "endEvent": "Akhir", "callActivity": "SOP terkait"}.get(node.kind)
    if kind is None:
        kind = "Keputusan" if node.is_gateway else f"Langkah {node.order}" if node.order else "Langkah tambahan"
    return f"{kind}, {node.name or node.id}"


def problem_at(node: Node, code: str, message: str, message_en: str, fix: str) -> Problem:
    """Return an error at an element."""
    return Problem(code, message, message_en, "", node.line, node.id, "error", place(node), fix)
