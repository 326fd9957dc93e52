"""What a diagram asks of decisions, compared with those that it would be deployed with."""

from collections.abc import Iterator, Mapping

from service.engine.decision.mapping import MAPPINGS, ONE_OUTPUT
from service.engine.decision.model import Decision
from service.engine.diagram import Diagram, Node
from service.engine.diagram.places import problem_at
from service.errors import Problem


def problems(diagram: Diagram, decisions: Mapping[str, Decision], names: frozenset[str]) -> Iterator[Problem]:
    """List the business rule tasks that could not decide; `names` are the variables that somebody supplies."""
    for node in diagram.nodes.values():
        if node.kind != "businessRuleTask" or not node.decision:
            continue
        if node.decision not in decisions:
            yield problem_at(
                node, "decision-missing", f"Tabel keputusan {node.decision} tidak ada dalam unggahan ini.",
                f"The decision {node.decision} is not part of this upload.",
                "Unggah berkas .dmn-nya bersama diagram, atau samakan decisionRef dengan id keputusan.",
            )  # fmt: skip
            continue
        yield from _task(node, decisions[node.decision], names)


def _task(node: Node, decision: Decision, names: frozenset[str]) -> Iterator[Problem]:
    local = {mapping.target for mapping in node.inputs}
    for name in sorted(decision.names - names - local):
        yield problem_at(
            node, "decision-unknown-name",
            f"Keputusan {decision.name} memakai nama {name}, tetapi tidak ada formulir yang mengisinya.",
            f"The decision {decision.key} uses {name}, which no form supplies.",
            "Samakan nama dengan kunci isian formulir.",
        )  # fmt: skip
    if node.decision_result not in {"", *MAPPINGS}:
        yield problem_at(
            node, "decision-result-unknown", f"Bentuk hasil {node.decision_result} tidak dikenal.",
            f"mapDecisionResult {node.decision_result} is not known.", f"Pilih {', '.join(sorted(MAPPINGS))}.",
        )  # fmt: skip
    elif node.decision_result in ONE_OUTPUT and len(decision.outputs) > 1:
        yield problem_at(
            node, "decision-several-outputs",
            f"Keputusan {decision.name} memberi {len(decision.outputs)} keluaran, padahal hanya satu yang diminta.",
            f"The decision has {len(decision.outputs)} outputs where {node.decision_result} wants one.",
            "Pakai singleResult atau resultList.",
        )  # fmt: skip
