"""Says what a proof has found, with the way there in the words of the SOP."""

from collections.abc import Mapping, Sequence

from service.engine.diagram.model import Diagram, Node
from service.engine.diagram.places import problem_at
from service.engine.diagram.soundness.net import Passed
from service.engine.diagram.soundness.search import Finding
from service.errors import Problem, Remedy, remedy

ARROW = " → "
LONGEST_PATH = 100
WORDS: Mapping[str, tuple[str, str, Remedy]] = {
    "soundness-dead-end": (
        "Berkas dapat berhenti di sini untuk selamanya: {path}.",
        "A case can get stuck here for ever: {path}.",
        remedy("Satukan cabang dengan gerbang yang sejenis dengan pemisahnya: keputusan, paralel, atau inklusif."),
    ),
    "soundness-dead-task": (
        "Elemen ini tidak akan pernah tercapai: {path}.",
        "This element can never be reached: {path}.",
        remedy("Hapus elemen ini, atau perbaiki jalan ke sana."),
    ),
    "soundness-unsynchronised": (
        "Elemen ini dapat terbuka dua kali sekaligus, karena cabang paralel tidak disatukan: {path}.",
        "This element can be open twice at once, because parallel branches do not come together: {path}.",
        remedy("Satukan cabang-cabangnya dengan gerbang paralel (atau inklusif) sebelum elemen ini."),
    ),
    "soundness-no-completion": (
        "Dari sini berkas tidak dapat lagi selesai: {path}.",
        "From here a case can no longer end: {path}.",
        remedy("Beri jalan menuju akhir yang benar-benar dapat ditempuh."),
    ),
    "soundness-endless": (
        "Langkah otomatis ini berputar tanpa pernah menunggu: {path}.",
        "These automatic steps go round without ever waiting: {path}.",
        remedy("Sisipkan langkah pengguna, pesan, atau kejadian waktu dalam putaran ini."),
    ),
    "soundness-too-large": (
        "Bagian ini terlalu rumit untuk dibuktikan benar.",
        "This part is too large to be proved sound.",
        remedy("Pindahkan bagian paralel atau inklusif ke dalam sub-proses."),
    ),
    "or-join-nested": (
        "Gerbang inklusif ini dan gerbang inklusif lain saling menunggu: {path}.",
        "This inclusive join and another one wait for each other: {path}.",
        remedy("Pindahkan bagian inklusif yang di dalam ke dalam sub-proses."),
    ),
}


def told(diagram: Diagram, finding: Finding) -> Problem:
    """Return the problem that a finding is."""
    message, message_en, fix = WORDS[finding.code]
    path = _path(diagram, finding.path)
    node = diagram.nodes.get(finding.element)
    message, message_en = message.format(path=path), message_en.format(path=path)
    if node is None:
        return Problem(finding.code, message, message_en, "", 1, diagram.key, place=diagram.name, fix=fix)
    return problem_at(node, finding.code, message, message_en, fix)


def _path(diagram: Diagram, passed: Sequence[Passed]) -> str:
    words = [_word(diagram, *step) for number, step in enumerate(passed) if _shows(diagram, step, passed[number + 1 :])]
    if len(words) > LONGEST_PATH:
        half = LONGEST_PATH // 2
        words = [*words[:half], "…", *words[-half:]]
    return ARROW.join(words)


def _shows(diagram: Diagram, step: Passed, rest: Sequence[Passed]) -> bool:
    """Leave out gateways without a name that only let tokens pass, unless the way ends there."""
    node = diagram.nodes[step[0]]
    waits = node.kind == "parallelGateway" and len(diagram.incoming.get(node.id, ())) > 1
    return bool(node.name or not rest or not node.is_gateway or waits or len(diagram.outgoing.get(node.id, ())) > 1)


def _word(diagram: Diagram, element: str, flows: str) -> str:
    word = _name(diagram.nodes[element])
    chosen = [diagram.flows[flow].name for flow in flows.split(" + ") if flow]
    return f"{word} ({' + '.join(chosen)})" if all(chosen) and chosen else word


def _name(node: Node) -> str:
    if node.kind == "startEvent":
        return node.name or "Mulai"
    if node.kind == "endEvent":
        return node.name or "Selesai"
    if node.order and not node.is_addition and not node.is_gateway:
        return f"Langkah {node.order}"
    return node.name or node.id
