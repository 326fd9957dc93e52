"""Splits and conditions: every way out is asked, and one is always open."""

from collections.abc import Iterator

from service.engine.diagram.inspection import Inspection
from service.engine.diagram.model import Flow, Node
from service.engine.diagram.places import place, problem_at, short
from service.engine.expression import ExpressionInvalid, compile_expression
from service.errors import Problem, Remedy, Severity, remedy

SPLITS_BY_CONDITION = frozenset({"exclusiveGateway", "inclusiveGateway"})


def branch_problems(inspection: Inspection) -> Iterator[Problem]:
    """List splits without a sure way and conditions that cannot be asked."""
    for node in inspection.nodes:
        outgoing = inspection.diagram.outgoing.get(node.id, ())
        yield from _split(node, outgoing)
        chooses = _chooses(node, outgoing)
        for flow in outgoing:
            yield from _flow(inspection, node, flow, chooses=chooses)


def _chooses(node: Node, outgoing: tuple[Flow, ...]) -> bool:
    if node.is_gateway:
        return node.kind in SPLITS_BY_CONDITION and len(outgoing) > 1
    return len(outgoing) > 1 and any(flow.condition for flow in outgoing)


def _split(node: Node, outgoing: tuple[Flow, ...]) -> Iterator[Problem]:
    if len(outgoing) < 2:  # noqa: PLR2004 - a split begins at two
        return
    ids = {flow.id for flow in outgoing}
    if not node.is_gateway and not any(flow.condition for flow in outgoing):
        yield problem_at(node, "fork-implicit", "Beberapa alur keluar tanpa gerbang; semuanya ditempuh bersama.",
                         "Several flows leave without a gateway; all are taken at once.",
                         remedy("Tambahkan gerbang paralel supaya tampak."), "info")  # fmt: skip
    elif not node.is_gateway:
        if node.default not in ids and all(flow.condition for flow in outgoing):
            yield _no_default(node)
    elif node.kind in SPLITS_BY_CONDITION and node.default not in ids:
        yield _no_default(node)


def _no_default(node: Node) -> Problem:
    return problem_at(node, "default-missing", "Keputusan ini tidak mempunyai alur bawaan.",
                      "The gateway has no default flow.", remedy("Tetapkan alur bawaan."))  # fmt: skip


def _flow(inspection: Inspection, node: Node, flow: Flow, *, chooses: bool) -> Iterator[Problem]:
    if not chooses:
        if flow.condition:
            yield _problem(node, flow, "condition-ignored", "Syarat di sini tidak akan diperiksa.",
                           "This condition would be ignored.",
                           remedy("Pindahkan syarat ke keluar gerbang."))  # fmt: skip
    elif flow.id == node.default:
        if flow.condition:
            yield _problem(node, flow, "condition-on-default", "Alur bawaan tidak boleh bersyarat.",
                           "A default flow must not carry a condition.", remedy("Hapus syaratnya."))  # fmt: skip
    elif not flow.condition:
        if node.is_gateway:
            yield _problem(node, flow, "condition-missing", f"Alur “{_called(flow)}” belum bersyarat.",
                           "This flow has no condition.", remedy("Tulis syarat atau jadikan alur bawaan."))  # fmt: skip
    else:
        yield from _condition(inspection, node, flow)


def _condition(inspection: Inspection, node: Node, flow: Flow) -> Iterator[Problem]:
    try:
        expression = compile_expression(flow.condition)
    except ExpressionInvalid as error:
        yield _problem(
            node, flow, "condition-invalid", f"Syarat “{short(flow.condition)}” tidak dapat dibaca: {error.message_id}",
            f"The condition cannot be compiled: {error.message_en}", remedy("Perbaiki syaratnya."),
        )  # fmt: skip
        return
    for name in sorted(expression.names - inspection.names):
        yield _problem(
            node, flow, "condition-unknown-name",
            f"Alur “{_called(flow)}” memakai nama {short(name)}, tetapi tidak ada formulir yang mengisinya.",
            f"The condition uses {short(name)}, which no form supplies.",
            remedy("Samakan nama dengan kunci isian formulir."),
            is_error=not inspection.is_open,
        )  # fmt: skip


def _called(flow: Flow) -> str:
    return short(flow.name or flow.id)


def _problem(
    node: Node, flow: Flow, code: str, message: str, message_en: str, fix: Remedy, *, is_error: bool = True
) -> Problem:
    severity: Severity = "error" if is_error else "warning"
    return Problem(code, message, message_en, "", flow.line, node.id, severity, place(node), fix=fix)
