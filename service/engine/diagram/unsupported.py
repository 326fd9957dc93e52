"""Elements that do not run, each with the nearest construct that does."""

from collections.abc import Iterator

from service.engine.diagram.constructs import ELEMENTS, EVENTS, runs
from service.engine.diagram.model import Diagram, Node
from service.engine.diagram.places import problem_at, short
from service.errors import Problem, remedy

INSTEAD = {
    "complexGateway": remedy("Pakai gerbang inklusif dengan syarat pada tiap alur."),
    "transaction": remedy("Pakai subproses biasa dengan kejadian galat di tepinya."),
    "adHocSubProcess": remedy("Pakai subproses dengan gerbang paralel atau langkah berganda."),
}
EVENT_INSTEAD = {
    "conditional": remedy("Pakai gerbang keputusan, atau sinyal yang dikirim ketika syarat terpenuhi."),
    "compensate": remedy("Gambarkan langkah pembatalan sebagai alur biasa."),
    "cancel": remedy("Pakai akhir dengan galat dan kejadian galat di tepi subproses."),
}


def unsupported(diagram: Diagram) -> Iterator[Problem]:
    """Name every element that the engine would not run as drawn."""
    for node in diagram.nodes.values():
        if runs(node):
            continue
        if node.kind not in ELEMENTS:
            yield problem_at(
                node, "element-unsupported", f"Elemen {node.kind} belum dapat dijalankan.",
                f"The element {node.kind} cannot be run.",
                INSTEAD.get(node.kind, remedy("Pakai langkah pengguna, gerbang, atau SOP terkait.")),
            )  # fmt: skip
        elif node.by_event:
            yield problem_at(
                node, "event-subprocess", "Subproses yang dipicu kejadian tidak dapat dijalankan.",
                "Event sub-processes cannot be run.",
                remedy("Pakai kejadian di tepi subproses yang membungkus langkah-langkahnya."),
            )  # fmt: skip
        elif node.for_compensation:
            yield problem_at(
                node, "compensation", "Langkah kompensasi tidak dapat dijalankan.",
                "Compensation handlers cannot be run.", EVENT_INSTEAD["compensate"],
            )  # fmt: skip
        elif len(node.events) > 1:
            yield problem_at(
                node, "event-multiple", "Kejadian ini menunggu beberapa hal sekaligus.",
                "The event has several definitions.", remedy("Gambarkan satu kejadian untuk tiap hal."),
            )  # fmt: skip
        else:
            yield _event(node)


def _event(node: Node) -> Problem:
    kind = node.events[0].kind if node.events else "none"
    able = ", ".join(sorted(other or "none" for other in EVENTS.get(node.kind, ())))
    if node.kind == "receiveTask":
        return problem_at(
            node, "message-missing", "Langkah terima belum menunjuk pesan.", "The receive task names no message.",
            remedy("Isi messageRef."),
        )  # fmt: skip
    return problem_at(
        node, "event-unsupported", f"Kejadian {short(kind)} tidak dapat dijalankan pada {node.kind}.",
        f"The event {short(kind)} cannot be run as {node.kind}.",
        EVENT_INSTEAD.get(kind, remedy("Pada %(kind)s pakai salah satu: %(able)s.", kind=node.kind, able=able)),
    )  # fmt: skip
