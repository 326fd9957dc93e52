"""Markers that the engine would run otherwise than drawn: loops, groups by unit, values handed to called processes."""

from collections.abc import Iterator

from service.engine.diagram.model import Diagram, Node
from service.engine.diagram.places import problem_at
from service.engine.expression import ExpressionInvalid, compile_expression
from service.errors import Problem


def marker_problems(diagram: Diagram, names: frozenset[str]) -> Iterator[Problem]:
    """List what would be ignored or fail when a case gets there; `names` are the variables that somebody supplies."""
    for node in diagram.nodes.values():
        yield from _loop(node, names)
        yield from _groups(node)
        yield from _mappings(node, names)


def _loop(node: Node, names: frozenset[str]) -> Iterator[Problem]:
    if node.repeat:
        yield problem_at(node, "loop-standard", "Langkah berulang belum dapat dijalankan.",
                         "A standard loop cannot be run.", "Gambarkan ulangan dengan gerbang keputusan.")  # fmt: skip
    if node.loop is None:
        return
    if node.kind != "userTask":
        yield problem_at(node, "loop-elsewhere", "Hanya langkah pengguna yang dapat dikerjakan tiap unit.",
                         "Only user tasks can be multi-instance.", "Pindahkan ke langkah pengguna.")  # fmt: skip
    if node.loop.completion:
        yield problem_at(node, "loop-ends-early", "Syarat selesai lebih awal tidak akan diperiksa.",
                         "The completion condition would be ignored.", "Hapus syarat selesai.")  # fmt: skip
    if node.loop.collection and node.loop.collection not in names:
        yield problem_at(
            node, "loop-unknown-list", f"Tidak ada formulir yang mengisi daftar {node.loop.collection}.",
            f"No form supplies the list {node.loop.collection}.", "Samakan nama daftar dengan kunci isian formulir.",
        )  # fmt: skip


def _groups(node: Node) -> Iterator[Problem]:
    if node.loop and not node.loop.item:
        return  # told already: the marker is incomplete
    for group in node.groups:
        item = group.removeprefix("${").removesuffix("}").strip()
        if ("$" in group or "#" in group) and not (node.loop and group.endswith("}") and item == node.loop.item):
            yield problem_at(
                node, "group-unknown", f"Pelaksana {group} tidak menunjuk unsur langkah ini.",
                f"The candidate group {group} is not the item of this task.", "Tulis kode jabatan, atau ${unit}.",
            )  # fmt: skip


def _mappings(node: Node, names: frozenset[str]) -> Iterator[Problem]:
    for mapping in node.mappings:
        if mapping.everything:
            continue
        try:
            expression = compile_expression(mapping.source)
        except ExpressionInvalid as error:
            yield problem_at(
                node, "mapping-invalid", f"Nilai “{mapping.source}” tidak dapat dibaca: {error.message_id}",
                f"The mapping cannot be compiled: {error.message_en}", "Perbaiki nilai yang diteruskan.",
            )  # fmt: skip
            continue
        if mapping.outward:  # what a called process gives back is its own affair
            continue
        for name in sorted(expression.needs - names):
            yield problem_at(
                node, "mapping-unknown-name", f"Tidak ada formulir yang mengisi {name}.",
                f"The mapping uses {name}, which no form supplies.", "Samakan nama dengan kunci isian formulir.",
            )  # fmt: skip
