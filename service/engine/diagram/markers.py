"""Markers that the engine would run otherwise than drawn: loops, groups by unit, values handed to called processes."""

import re
from collections.abc import Iterator

from service.engine.diagram.inspection import LOOP_NAMES, Inspection
from service.engine.diagram.model import Loop, Node, Repeat
from service.engine.diagram.places import problem_at, short
from service.engine.expression import ExpressionInvalid, compile_expression
from service.errors import Problem, remedy

WIDEST = 100
"""Instances of one multi-instance activity."""
MOST_ROUNDS = 1_000
_NUMBER = re.compile(r"=?\s*[-+]?[\d.]+(e[-+]?\d+)?", re.ASCII | re.IGNORECASE)


def marker_problems(inspection: Inspection) -> Iterator[Problem]:
    """List what would be ignored or fail when a case gets there."""
    for node in inspection.nodes:
        if node.loop:
            yield from _instances(inspection, node, node.loop)
        if node.repeat:
            yield from _rounds(inspection, node, node.repeat)
        yield from _groups(inspection, node)
        yield from _mappings(inspection, node)


def _instances(inspection: Inspection, node: Node, loop: Loop) -> Iterator[Problem]:
    if not (loop.collection or loop.cardinality):
        yield problem_at(node, "loop-incomplete", "Langkah berganda memerlukan kumpulan atau jumlah.",
                         "A multi-instance activity needs a collection or a cardinality.",
                         remedy("Isi camunda:collection atau loopCardinality."))  # fmt: skip
    if bool(loop.output_collection) != bool(loop.output_item):
        yield problem_at(node, "loop-incomplete", "Kumpulan hasil dan unsur hasil harus diisi bersama.",
                         "loopDataOutputRef and outputDataItem belong together.",
                         remedy("Lengkapi keduanya."))  # fmt: skip
    if node.is_gateway or node.kind.endswith("Event"):
        return  # the schema has no marker there
    if loop.collection:
        yield from inspection.compiled(node, "Kumpulan", loop.collection)
    if loop.cardinality:
        yield from _cardinality(inspection, node, loop.cardinality)
    if loop.completion:
        yield from inspection.compiled(node, "Syarat selesai", loop.completion, *LOOP_NAMES)
    if not loop.output_collection and not loop.sequential and node.kind == "userTask":
        yield problem_at(node, "loop-results-meet", "Isian tiap unit menimpa isian unit lain.",
                         "The answers of one instance overwrite those of another.",
                         remedy("Isi loopDataOutputRef dan outputDataItem."), "warning")  # fmt: skip


def _cardinality(inspection: Inspection, node: Node, text: str) -> Iterator[Problem]:
    if _NUMBER.fullmatch(text.strip()):
        number = text.strip().removeprefix("=").strip()
        if not (number.isdigit() and len(number) <= 3 and 1 <= int(number) <= WIDEST):  # noqa: PLR2004 - digits
            yield problem_at(node, "loop-cardinality", f"Jumlah {short(number)} bukan bilangan 1 sampai {WIDEST}.",
                             f"The cardinality {short(number)} is no whole number from 1 to {WIDEST}.",
                             remedy("Untuk lebih banyak unit, panggil SOP terkait per kelompok."))  # fmt: skip
    else:
        yield from inspection.compiled(node, "Jumlah", text)


def _rounds(inspection: Inspection, node: Node, repeat: Repeat) -> Iterator[Problem]:
    most = repeat.maximum.strip()
    if not repeat.condition and not most:
        yield problem_at(node, "loop-endless", "Langkah berulang ini tidak pernah selesai.",
                         "The loop has neither a condition nor a maximum.",
                         remedy("Isi loopCondition atau loopMaximum."))  # fmt: skip
    if repeat.condition:
        yield from inspection.compiled(node, "Syarat ulangan", repeat.condition, *LOOP_NAMES)
    if most and not (most.isdigit() and len(most) <= 4 and 1 <= int(most) <= MOST_ROUNDS):  # noqa: PLR2004 - digits
        yield problem_at(node, "loop-maximum", f"Batas ulangan {short(most)} bukan bilangan 1 sampai {MOST_ROUNDS}.",
                         f"The maximum {short(most)} is no whole number from 1 to {MOST_ROUNDS}.",
                         remedy("Tulis bilangan yang wajar."))  # fmt: skip


def _groups(inspection: Inspection, node: Node) -> Iterator[Problem]:
    for group in node.groups:
        if "$" in group or "#" in group or group.startswith("="):
            yield from inspection.compiled(node, "Pelaksana", group)


def _mappings(inspection: Inspection, node: Node) -> Iterator[Problem]:
    for mapping in node.mappings:
        if mapping.everything:
            continue
        try:
            expression = compile_expression(mapping.source)
        except ExpressionInvalid as error:
            yield problem_at(
                node, "mapping-invalid", f"Nilai “{short(mapping.source)}” tidak dapat dibaca: {error.message_id}",
                f"The mapping cannot be compiled: {error.message_en}", remedy("Perbaiki nilai yang diteruskan."),
            )  # fmt: skip
            continue
        if mapping.outward and node.called not in inspection.called:
            continue  # nobody knows what it holds
        giver = inspection.inside(node) if mapping.outward else inspection.supply
        for name in sorted(expression.needs - giver.names):
            yield problem_at(
                node, "mapping-unknown-name", f"Tidak ada formulir yang mengisi {short(name)}.",
                f"The mapping uses {short(name)}, which no form supplies.",
                remedy("Samakan nama dengan kunci isian formulir."), "warning" if giver.is_open else "error",
            )  # fmt: skip
