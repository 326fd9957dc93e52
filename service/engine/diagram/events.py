"""Events: what they refer to, where they may stand, whether anything can raise what they catch."""

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cached_property

from service.engine import timer
from service.engine.diagram.inspection import Inspection
from service.engine.diagram.model import Diagram, Event, Node
from service.engine.diagram.places import problem_at, short
from service.errors import Problem, remedy

WAITING_TARGETS = frozenset({"message", "timer", "signal"})
HOSTS = frozenset(
    {
        "task", "userTask", "manualTask", "serviceTask", "scriptTask", "sendTask", "receiveTask", "businessRuleTask",
        "subProcess", "callActivity",
    }
)  # fmt: skip
INSTANT = frozenset({"task", "manualTask", "scriptTask", "sendTask", "businessRuleTask"})
"""Activities that are over in the moment they begin, unless an outside service does them."""
RAISES = {"error": "endEvent", "escalation": "endEvent, intermediateThrowEvent"}


def event_problems(inspection: Inspection) -> Iterator[Problem]:
    """List events that refer to nothing, stand where they cannot, or wait for what never comes."""
    diagram = inspection.diagram
    raised = Raised(diagram)
    for node in inspection.nodes:
        for event in node.events:
            yield from _referred(node, event)
            if event.kind == "timer":
                yield from _timer(inspection, node, event)
        if node.kind == "boundaryEvent" and node.events:
            yield from _boundary(diagram, node, raised)
        if node.kind == "startEvent" and node.events and node.scope != diagram.key:
            yield problem_at(node, "start-inside", "Awal subproses tidak boleh menunggu kejadian.",
                             "The start of a sub-process must not wait for an event.",
                             remedy("Pakai awal biasa, lalu kejadian antara."))  # fmt: skip
        if node.kind == "eventBasedGateway":
            yield from _race(diagram, node)
        if node.key:
            yield from inspection.compiled(node, "Kunci pesan", node.key, told=False)
    yield from _links(inspection)


def _referred(node: Node, event: Event) -> Iterator[Problem]:
    if event.missing:
        yield problem_at(
            node, "reference-missing", f"{event.kind}Ref menunjuk {short(event.missing)} yang tidak ada.",
            f"{event.kind}Ref refers to {short(event.missing)}, which the file does not define.",
            remedy("Definisikan di berkas ini, atau pilih yang ada."),
        )  # fmt: skip
    elif event.kind in {"message", "signal", "link"} and not event.name.strip():
        yield problem_at(node, "event-without-name", f"Kejadian {event.kind} ini belum bernama.",
                         f"The {event.kind} has no name.", remedy("Pilih atau beri nama."))  # fmt: skip
    elif event.kind == "error" and node.kind == "endEvent" and not event.code:
        yield problem_at(node, "event-without-name", "Galat ini belum mempunyai kode.", "The error has no code.",
                         remedy("Isi errorCode."))  # fmt: skip


def _timer(inspection: Inspection, node: Node, event: Event) -> Iterator[Problem]:
    text = event.timer
    if text.startswith(("=", "${", "#{")):
        if node.kind == "startEvent":
            yield problem_at(node, "timer-invalid", "Waktu di awal tidak dapat berupa ekspresi.",
                             "The time of a start event cannot be an expression: there are no variables yet.",
                             remedy("Tulis waktu ISO 8601, misalnya R/2026-12-01T08:00:00+07:00/P1M."))  # fmt: skip
        yield from inspection.compiled(node, "Waktu", text)
        return
    if not event.timer_kind:
        yield problem_at(node, "timer-missing", "Waktunya belum diisi.", "The time is not given.",
                         remedy("Isi timeDate, timeDuration, atau timeCycle."))  # fmt: skip
        return
    try:
        read = timer.read(event.timer_kind, text)
    except timer.TimerInvalid as error:
        yield problem_at(
            node,
            "timer-invalid",
            error.message_id,
            error.message_en,
            remedy("Tulis waktu ISO 8601: PT2H, P3D, R3/P1D, atau 2026-12-01T08:00:00+07:00."),
        )
        return
    if (
        event.timer_kind == "cycle"
        and node.kind != "startEvent"
        and (node.kind != "boundaryEvent" or node.interrupting)
    ):
        yield problem_at(node, "timer-cycle", "Waktu berulang hanya berarti di awal atau di tepi langkah.",
                         "A cycle only makes sense at the start or on a non-interrupting boundary event.",
                         remedy("Pakai lama waktu (timeDuration)."))  # fmt: skip
    if event.timer_kind == "date" and read.at is not None and read.at.tzinfo is None:
        yield problem_at(node, "timer-without-zone", "Waktu tanpa zona dibaca menurut zona kantor.",
                         "A time without offset is read in the zone of the office.",
                         remedy("Tambahkan zona, misalnya +07:00."), "warning")  # fmt: skip


class Raised:
    """What can be raised inside each activity; worked out once, from the inside outwards.

    Beside errors and escalations `program` stands for the error that a program of somebody may tell who has a task.
    """

    def __init__(self, diagram: Diagram) -> None:
        self.diagram = diagram

    @cached_property
    def codes(self) -> Mapping[tuple[str, str], frozenset[str]]:
        """Codes by activity and kind; "*" stands for any code."""
        found: dict[tuple[str, str], set[str]] = {}
        for node in self.diagram.nodes.values():
            for kind, code in _raises(node):
                for holder in self._around(node):
                    found.setdefault((holder, kind), set()).add(code)
        return {place: frozenset(codes) for place, codes in found.items()}

    def _around(self, node: Node) -> Iterator[str]:
        yield node.id
        scope = node.scope
        while scope in self.diagram.nodes:  # at most as deep as sub-processes may be nested
            yield scope
            scope = self.diagram.nodes[scope].scope


def _raises(node: Node) -> Iterator[tuple[str, str]]:
    if node.topic:
        yield "error", "*"
    if node.kind == "userTask":
        yield "program", "*"
    if node.kind == "callActivity":
        yield from (("error", "*"), ("escalation", "*"))
    for event in node.events:
        if event.kind in RAISES and node.kind in RAISES[event.kind]:
            yield event.kind, event.code


def _boundary(diagram: Diagram, node: Node, raised: Raised) -> Iterator[Problem]:
    host, kind, code = diagram.nodes.get(node.attached_to), node.events[0].kind, node.events[0].code
    if host is None or host.kind not in HOSTS or host.scope != node.scope:
        yield problem_at(node, "boundary-without-host", "Kejadian tepi ini tidak menempel pada langkah yang ada.",
                         "The boundary event sits on no activity of its scope.",
                         remedy("Tempelkan pada sebuah langkah."))  # fmt: skip
        return
    if kind == "error" and not node.interrupting:
        yield problem_at(node, "boundary-error-passes", "Galat selalu memutus langkahnya.",
                         "An error always ends its activity.",
                         remedy("Jadikan kejadian tepi yang memutus, atau pakai eskalasi."))  # fmt: skip
    elif kind in RAISES:
        able = raised.codes.get((host.id, kind), frozenset())
        if able and (not code or able & {code, "*"}):
            return
        if kind == "error" and (host.id, "program") in raised.codes:
            yield problem_at(node, "error-by-program", "Galat pada tugas orang hanya dapat disampaikan oleh program.",
                             "The error of a user task can be told by a program only; people decide by its form.",
                             remedy("Untuk putusan orang, pakai isian keputusan dan gerbang."), "warning")  # fmt: skip
        else:
            yield problem_at(node, "nothing-raises", f"Tidak ada yang menimbulkan {kind} {short(code)} di langkah ini.",
                             f"Nothing inside raises the {kind} {short(code)}.",
                             remedy("Samakan kodenya, atau hapus kejadian tepi ini."))  # fmt: skip
    elif host.kind in INSTANT and not host.topic:
        yield problem_at(node, "never-waits", "Langkah ini selesai seketika; kejadian tepinya tidak pernah tiba.",
                         "The activity is over at once, so its boundary event never happens.",
                         remedy("Tempelkan pada langkah yang menunggu."))  # fmt: skip


def _race(diagram: Diagram, node: Node) -> Iterator[Problem]:
    targets = [diagram.nodes[f.target] for f in diagram.outgoing.get(node.id, ()) if f.target in diagram.nodes]
    for target in targets:
        catches = target.kind == "receiveTask" or (
            target.kind == "intermediateCatchEvent" and all(event.kind in WAITING_TARGETS for event in target.events)
        )
        if not catches or len(diagram.incoming[target.id]) != 1:
            yield problem_at(
                target, "event-gateway-target",
                "Setelah gerbang kejadian harus ada penerima pesan, sinyal, atau waktu, hanya dari gerbang itu.",
                "An event-based gateway leads to catching events that no other flow enters.",
                remedy("Taruh kejadian antara di sini, dan masuki hanya dari gerbang."),
            )  # fmt: skip
    if len(targets) < 2:  # noqa: PLR2004 - a race needs two
        yield problem_at(node, "event-gateway-target", "Gerbang kejadian memerlukan sedikitnya dua kejadian.",
                         "An event-based gateway needs at least two events.",
                         remedy("Tambahkan kejadian, atau hapus gerbangnya."))  # fmt: skip


def _links(inspection: Inspection) -> Iterator[Problem]:
    links = [(node, node.events[0].name) for node in inspection.nodes if node.events and node.events[0].kind == "link"]
    caught = Counter((node.scope, name) for node, name in links if node.kind == "intermediateCatchEvent")
    thrown = {(node.scope, name) for node, name in links if node.kind == "intermediateThrowEvent"}
    for node, name in links:
        if node.kind == "intermediateThrowEvent" and not caught[node.scope, name]:
            yield problem_at(node, "link-without-catch", f"Tautan {short(name)} tidak mempunyai tujuan.",
                             f"The link {short(name)} has no target in this scope.",
                             remedy("Tambahkan kejadian tangkap dengan nama yang sama."))  # fmt: skip
        elif node.kind == "intermediateCatchEvent" and caught[node.scope, name] > 1:
            yield problem_at(node, "link-twice", f"Ada beberapa tujuan tautan bernama {short(name)}.",
                             f"Several link targets are called {short(name)}.", remedy("Sisakan satu."))  # fmt: skip
        elif node.kind == "intermediateCatchEvent" and (node.scope, name) not in thrown:
            yield problem_at(node, "link-without-throw", f"Tidak ada tautan {short(name)} yang menuju ke sini.",
                             f"No link {short(name)} leads here.",
                             remedy("Tambahkan kejadian lempar dengan nama yang sama."))  # fmt: skip
