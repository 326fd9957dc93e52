"""What a diagram asks of decisions, compared with those that it would be deployed with."""

from collections.abc import Iterator, Mapping

from service.engine.decision.mapping import ONE_OUTPUT
from service.engine.decision.model import Decision
from service.engine.diagram import Diagram, Node
from service.engine.diagram.inspection import Inspection, Supply
from service.engine.diagram.places import problem_at, short
from service.errors import Problem, remedy


def problems(
    diagram: Diagram,
    decisions: Mapping[str, Decision],
    *,
    form_names: Mapping[str, frozenset[str]],
    known: frozenset[str],
    called: Mapping[str, Supply],
) -> Iterator[Problem]:
    """List the business rule tasks that could not decide; arguments as for the check of the diagram itself."""
    inspection = Inspection(diagram, form_names, known, called)
    for node in diagram.nodes.values():
        if node.kind != "businessRuleTask" or not node.decision:
            continue
        if node.decision in decisions:
            yield from _task(inspection, node, decisions[node.decision])
        else:
            yield problem_at(
                node, "decision-missing", f"Tabel keputusan {short(node.decision)} tidak ada dalam unggahan ini.",
                f"The decision {short(node.decision)} is not part of this upload.",
                remedy("Unggah berkas .dmn-nya bersama diagram, atau samakan decisionRef dengan id keputusan."),
            )  # fmt: skip


def _task(inspection: Inspection, node: Node, decision: Decision) -> Iterator[Problem]:
    for name in sorted(decision.needs - inspection.names):
        yield problem_at(
            node, "decision-unknown-name",
            f"Keputusan {short(decision.name)} memakai nama {short(name)}, tetapi tidak ada yang mengisinya.",
            f"The decision {short(decision.key)} uses {short(name)}, which nobody supplies.",
            remedy("Samakan nama dengan kunci isian formulir."),
            "warning" if inspection.is_open else "error",
        )  # fmt: skip
    if node.decision_result in ONE_OUTPUT and len(decision.outputs) > 1:
        yield problem_at(
            node, "decision-several-outputs",
            f"Keputusan {short(decision.name)} memberi {len(decision.outputs)} keluaran, padahal diminta satu saja.",
            f"The decision has {len(decision.outputs)} outputs where {node.decision_result} wants one.",
            remedy("Pakai singleResult atau resultList."),
        )  # fmt: skip
