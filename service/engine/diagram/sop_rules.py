"""What makes an SOP a good one, beyond what makes it run; advice, but for what would let somebody sign unproven."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from service.engine.assignment import SIGNATURE, SIGNED
from service.engine.diagram.inspection import Inspection
from service.engine.diagram.model import Diagram, Node
from service.engine.diagram.places import problem_at, short
from service.errors import Problem, remedy

HOUR, DAY, WEEK = 60, 480, 2_400
"""In minutes of work: eight hours a day, five days a week."""
LONGEST_SOP_LIST = 100


class Plausible(NamedTuple):
    """How long a deed takes in an office, in minutes of work."""

    least: int
    most: int
    reason: str
    reason_en: str


_SIGNATURE = Plausible(1, DAY, "satu tanda tangan selesai dalam sehari", "one signature is given within a day")
_REVIEW = Plausible(
    5, 4 * WEEK, "membaca naskah perlu lebih dari beberapa menit", "a text is not read in a few minutes"
)
_WRITING = Plausible(10, 13 * WEEK, "menyusun naskah perlu lebih dari beberapa menit", "a text is not written so fast")
_HANDING = Plausible(
    1, 2 * WEEK, "menyerahkan berkas tidak makan waktu berminggu-minggu", "handing over takes no weeks"
)
_MEETING = Plausible(15, 2 * WEEK, "rapat lebih lama dari beberapa menit", "a meeting takes more than a few minutes")
PLAUSIBLE: Mapping[str, Plausible] = {
    "menandatangani": _SIGNATURE, "membubuhkan": _SIGNATURE, "memaraf": _SIGNATURE,
    "memeriksa": _REVIEW, "menelaah": _REVIEW, "mengoreksi": _REVIEW, "mengkaji": _REVIEW, "mereviu": _REVIEW,
    "meneliti": _REVIEW, "memverifikasi": _REVIEW, "menganalisis": _REVIEW,
    "menyusun": _WRITING, "menulis": _WRITING, "membuat": _WRITING, "mengolah": _WRITING,
    "meneruskan": _HANDING, "menyerahkan": _HANDING, "mengirim": _HANDING, "menyampaikan": _HANDING,
    "menggelar": _MEETING, "memimpin": _MEETING,
}  # fmt: skip
"""By the first word of a row, which names the deed. Wide on purpose: the printed times of real SOPs vary much."""
REVIEWS = frozenset(
    {
        "memeriksa", "menelaah", "mengoreksi", "mengkaji", "mereviu", "meneliti", "memverifikasi", "menyetujui",
        "mengesahkan", "memutuskan", "memvalidasi",
    }
)  # fmt: skip
_TIME = re.compile(r"P(?=[\dT])(?:(\d{1,3})W)?(?:(\d{1,4})D)?(?:T(?=\d)(?:(\d{1,5})H)?(?:(\d{1,6})M)?)?", re.ASCII)


def sop_problems(inspection: Inspection) -> Iterator[Problem]:
    """List what a reader of the SOP would miss or doubt."""
    diagram = inspection.diagram
    for node in diagram.user_tasks:
        if node.order and not node.is_addition:
            yield from _row(node)
        yield from _separation(diagram, node)
    for node in diagram.nodes.values():
        yield from _signature(node)
        if node.kind in {"exclusiveGateway", "inclusiveGateway"}:
            yield from _decision(diagram, node)


def unlisted_links(diagram: Diagram, titles: Mapping[str, str]) -> Iterator[Problem]:
    """Compare the related SOPs of the identity sheet with those that the diagram calls; `titles` are by process key."""
    listed = diagram.properties.get("sop.keterkaitan", "")
    names = {_folded(part) for part in listed.split(";")[:LONGEST_SOP_LIST]}
    if not listed.strip():
        return
    for node in diagram.nodes.values():
        if not node.called or node.kind != "callActivity":
            continue
        if not names & {_folded(name) for name in (node.called, node.name, titles.get(node.called, ""))}:
            yield problem_at(node, "sop-link-unlisted", "SOP terkait ini tidak tercantum dalam keterkaitan.",
                             "This called process is not among the related SOPs.",
                             remedy("Tambahkan judulnya pada sop.keterkaitan."), "warning")  # fmt: skip


def _folded(text: str) -> str:
    return " ".join(text.casefold().removeprefix("sop ").split()).removeprefix("sop ")


def _row(node: Node) -> Iterator[Problem]:
    if not node.properties.get("sop.output", "").strip():
        yield problem_at(node, "sop-output-missing", "Baris ini tidak menyebut keluaran.",
                         "This row names no output.", remedy("Isi sop.output."), "warning")  # fmt: skip
    text = node.properties.get("sop.waktu", "").strip()
    if not text:
        yield problem_at(node, "sop-time-missing", "Baris ini tidak menyebut waktu.",
                         "This row names no time.", remedy("Isi sop.waktu, misalnya P1D."), "warning")  # fmt: skip
        return
    minutes = work_minutes(text, node.properties.get("sop.satuan", ""))
    if minutes is None:
        yield problem_at(node, "sop-time-invalid", f"Waktu “{short(text)}” tidak dapat dibaca.",
                         f"The time {short(text)!r} cannot be read.", remedy("Tulis PT30M, PT2H, P1D, atau P1W."),
                         "warning")  # fmt: skip
        return
    deed = PLAUSIBLE.get(_verb(node))
    if deed and not deed.least <= minutes <= deed.most:
        yield problem_at(node, "sop-time-implausible", f"Waktu {short(text)} tidak lazim: {deed.reason}.",
                         f"The time {short(text)} is implausible: {deed.reason_en}.",
                         remedy("Periksa waktu dan satuannya pada SOP."), "warning")  # fmt: skip


def work_minutes(text: str, unit: str) -> int | None:
    """Return a standard time in minutes of work, None for no time; an elapsed day is a day of work."""
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    weeks, days, hours, minutes = (int(part or 0) for part in match.groups())
    if unit == "elapsed":
        days, hours = days + hours // 24, hours % 24
    total = weeks * WEEK + days * DAY + hours * HOUR + minutes
    return total or None


def _verb(node: Node) -> str:
    return node.name.casefold().partition(" ")[0]


def _separation(diagram: Diagram, node: Node) -> Iterator[Problem]:
    excluded = node.properties.get("sop.bukan_pelaksana", "")
    unknown = sorted({part.strip() for part in re.split("[,;]", excluded) if part.strip()} - diagram.nodes.keys())
    if unknown:
        names = short(", ".join(unknown))
        yield problem_at(node, "sop-separation-unknown", f"Pemisahan tugas menunjuk langkah yang tidak ada: {names}.",
                         f"The separation of duties refers to missing steps: {names}.",
                         remedy("Tulis id langkah pada sop.bukan_pelaksana."), "warning")  # fmt: skip


def _signature(node: Node) -> Iterator[Problem]:
    said = node.properties.get(SIGNATURE, SIGNED)
    if said != SIGNED or (SIGNATURE in node.properties and node.kind != "userTask"):
        yield problem_at(node, "sop-signature-invalid", f"Tanda tangan “{short(said)}” tidak dapat dibaca di sini.",
                         f"The signature {short(said)!r} cannot be read here.",
                         remedy("Tulis sop.tanda_tangan = ya pada tugas yang ditandatangani, atau hapus."))  # fmt: skip


def _decision(diagram: Diagram, gateway: Node) -> Iterator[Problem]:
    """Expect of a review that it can send the work back, or through a step that mends it."""
    before = [diagram.nodes.get(flow.source) for flow in diagram.incoming.get(gateway.id, ())]
    reviews = any(node is not None and node.kind == "userTask" and _verb(node) in REVIEWS for node in before)
    branches = [flow.target for flow in diagram.outgoing.get(gateway.id, ())]
    if not reviews or len(branches) < 2:  # noqa: PLR2004 - a decision has two ways
        return
    reached = [_forward(diagram, target) for target in dict.fromkeys(branches)]
    if any(gateway.id in way for way in reached) or _mends(diagram, branches, reached):
        return
    yield problem_at(gateway, "sop-decision-without-return", "Keputusan ini tidak mempunyai jalur pengembalian.",
                     "No way of this decision leads back to an earlier step.",
                     remedy("Gambarkan alur kembali ke langkah yang memperbaiki."), "warning")  # fmt: skip


def _mends(diagram: Diagram, branches: Sequence[str], reached: Sequence[set[str]]) -> bool:
    """Tell whether one way joins another behind a step of its own."""
    steps = [{node.id for node in diagram.reached_by_element(target)} for target in dict.fromkeys(branches)]
    return any(
        first and other and not first & other and other <= way
        for first, way in zip(steps, reached, strict=True)
        for other in steps
    )


def _forward(diagram: Diagram, begin: str) -> set[str]:
    seen: set[str] = set()
    waiting = [begin]
    while waiting:
        here = waiting.pop()
        if here not in seen:
            seen.add(here)
            waiting.extend(flow.target for flow in diagram.outgoing.get(here, ()))
            if here in diagram.jumps:
                waiting.append(diagram.jumps[here])
    return seen
