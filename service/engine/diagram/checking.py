"""What a diagram must have before it may run: problems with the place in SOP words and a way out."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from service.engine.diagram.markers import marker_problems
from service.engine.diagram.model import Diagram, Flow, Node
from service.engine.diagram.places import place, problem_at
from service.engine.expression import ExpressionInvalid, compile_expression
from service.errors import Problem

RUNS = frozenset({"startEvent", "endEvent", "userTask", "callActivity", "exclusiveGateway", "parallelGateway"})
SPLITS_BY_CONDITION = frozenset({"exclusiveGateway", "inclusiveGateway"})


def problems(
    diagram: Diagram, file: str, *, form_names: Mapping[str, frozenset[str]], known: frozenset[str]
) -> list[Problem]:
    """List what keeps a diagram from running.

    Args:
        diagram: the process as read.
        file: name of the file for the messages.
        form_names: per form id the variables that the form supplies.
        known: variables that are there from the start, beside those of the forms.

    """
    names = _supplied(diagram, form_names) | known
    found = [
        *_unsupported(diagram),
        *_dangling(diagram),
        *_unreachable(diagram),
        *_tasks(diagram, form_names),
        *_loops(diagram),
        *marker_problems(diagram, names),
        *_splits(diagram),
        *_conditions(diagram, names),
        *_calls(diagram),
    ]
    return [_at(problem, file) for problem in sorted(found, key=lambda p: (p.severity, p.line))]


def _at(problem: Problem, file: str) -> Problem:
    return Problem(
        problem.code, problem.message, problem.message_en, file, problem.line, problem.element,
        problem.severity, problem.place, problem.fix,
    )  # fmt: skip


def _unsupported(diagram: Diagram) -> Iterator[Problem]:
    for node in diagram.nodes.values():
        if node.kind not in RUNS or node.events:
            yield problem_at(
                node, "element-unsupported", f"Elemen {node.kind} belum dapat dijalankan.",
                f"The element {node.kind} cannot be run.", "Pakai langkah pengguna, gerbang, atau SOP terkait.",
            )  # fmt: skip


def _dangling(diagram: Diagram) -> Iterator[Problem]:
    for flow in diagram.flows.values():
        missing = [end for end in (flow.source, flow.target) if end not in diagram.nodes]
        if missing:
            yield Problem(
                "flow-dangling", f"Alur menunjuk ke elemen yang tidak ada: {', '.join(missing)}.",
                f"The flow refers to a missing element: {', '.join(missing)}.", "", flow.line, flow.id,
                place=_flow_place(flow), fix="Sambungkan ulang alur ini.",
            )  # fmt: skip
        elif flow.id.startswith("flow_without_id_"):
            yield Problem(
                "flow-without-id", "Alur ini tidak mempunyai id, sehingga tidak akan dijalankan.",
                "This flow has no id and would be dropped.", "", flow.line, flow.id,
                place=_flow_place(flow), fix="Simpan ulang diagram dengan pemodel BPMN.",
            )  # fmt: skip


def _unreachable(diagram: Diagram) -> Iterator[Problem]:
    for scope in dict.fromkeys([diagram.key, *(node.scope for node in diagram.nodes.values())]):
        yield from _unreachable_in(diagram, [node for node in diagram.nodes.values() if node.scope == scope])


def _unreachable_in(diagram: Diagram, nodes: Sequence[Node]) -> Iterator[Problem]:
    starts = [node.id for node in nodes if node.kind == "startEvent"]
    ends = [node.id for node in nodes if node.kind == "endEvent"]
    if len(starts) != 1 or not ends:
        yield Problem(
            "start-or-end-missing", "Diagram memerlukan tepat satu awal dan sedikitnya satu akhir.",
            "Exactly one start event and at least one end event are needed.", "", 1, diagram.key,
            place=diagram.name, fix="Tambahkan kejadian awal atau akhir.",
        )  # fmt: skip
        return
    reached = _closure(starts, {n: [f.target for f in fs] for n, fs in diagram.outgoing.items()})
    finishing = _closure(ends, {n: [f.source for f in fs] for n, fs in diagram.incoming.items()})
    for node in nodes:
        if node.id not in reached:
            yield problem_at(node, "unreachable", "Tidak ada jalur dari awal ke elemen ini.",
                           "No path leads here from the start.", "Sambungkan elemen ini atau hapus.")  # fmt: skip
        elif node.id not in finishing:
            yield problem_at(node, "no-way-out", "Dari elemen ini tidak ada jalur ke akhir.",
                           "No path leads from here to an end.", "Sambungkan ke langkah berikutnya.")  # fmt: skip


def _closure(begin: Iterable[str], edges: Mapping[str, list[str]]) -> set[str]:
    seen: set[str] = set()
    waiting = list(begin)
    while waiting:
        here = waiting.pop()
        if here not in seen:
            seen.add(here)
            waiting.extend(edges.get(here, ()))
    return seen


def _tasks(diagram: Diagram, form_names: Mapping[str, frozenset[str]]) -> Iterator[Problem]:
    for node in diagram.user_tasks:
        if not node.lane:
            yield problem_at(node, "task-without-lane", "Langkah ini tidak berada dalam lajur pelaksana.",
                           "This task is in no lane.", "Letakkan di lajur pelaksananya.")  # fmt: skip
        if not node.groups:
            yield problem_at(node, "task-without-group", "Belum ada jabatan yang mengerjakan langkah ini.",
                           "No candidate group is given.", "Isi Pelaksana (candidateGroups).")  # fmt: skip
        if not node.form:
            yield problem_at(node, "form-not-named", "Langkah ini belum menunjuk formulir.",
                           "No form is given.", "Isi formRef.")  # fmt: skip
        elif node.form not in form_names:
            yield _form_missing(node)
    start = next((node for node in diagram.nodes.values() if node.kind == "startEvent"), None)
    if start and start.form and start.form not in form_names:
        yield _form_missing(start)


def _form_missing(node: Node) -> Problem:
    return problem_at(
        node, "form-missing", f"Formulir {node.form} tidak ada dalam unggahan ini.",
        f"The form {node.form} is not part of this upload.", f"Unggah {node.form}.form bersama diagram.",
    )  # fmt: skip


def _loops(diagram: Diagram) -> Iterator[Problem]:
    for node in diagram.nodes.values():
        loop = node.loop
        if loop and not (loop.collection and loop.item and loop.output_collection and loop.output_item):
            yield problem_at(
                node, "loop-incomplete",
                "Langkah berganda memerlukan kumpulan, unsur, kumpulan hasil, dan unsur hasil.",
                "A multi-instance task needs loopDataInputRef, inputDataItem, loopDataOutputRef and outputDataItem.",
                "Lengkapi keempatnya.",
            )  # fmt: skip


def _splits(diagram: Diagram) -> Iterator[Problem]:
    for node in diagram.nodes.values():
        outgoing = diagram.outgoing.get(node.id, ())
        if len(outgoing) < 2:  # noqa: PLR2004 - a split begins at two
            continue
        if not node.is_gateway:
            yield problem_at(node, "split-without-gateway", "Beberapa alur keluar tanpa gerbang.",
                           "Several flows leave without a gateway.", "Tambahkan gerbang keputusan.")  # fmt: skip
        elif node.kind in SPLITS_BY_CONDITION and node.default not in {flow.id for flow in outgoing}:
            yield problem_at(node, "default-missing", "Keputusan ini tidak mempunyai alur bawaan.",
                           "The gateway has no default flow.", "Tetapkan alur bawaan.")  # fmt: skip


def _conditions(diagram: Diagram, names: frozenset[str]) -> Iterator[Problem]:
    for node in diagram.nodes.values():
        outgoing = diagram.outgoing.get(node.id, ())
        chooses = node.kind in SPLITS_BY_CONDITION and len(outgoing) > 1
        for flow in outgoing:
            if not chooses:
                if flow.condition:
                    yield _flow_problem(node, flow, "condition-ignored", "Syarat di sini tidak akan diperiksa.",
                                        "This condition would be ignored.",
                                        "Pindahkan syarat ke keluar gerbang.")  # fmt: skip
            elif flow.id == node.default:
                if flow.condition:
                    yield _flow_problem(node, flow, "condition-on-default", "Alur bawaan tidak boleh bersyarat.",
                                        "A default flow must not carry a condition.", "Hapus syaratnya.")  # fmt: skip
            elif not flow.condition:
                yield _flow_problem(node, flow, "condition-missing", f"Alur “{flow.name or flow.id}” belum bersyarat.",
                                    "This flow has no condition.",
                                    "Tulis syarat atau jadikan alur bawaan.")  # fmt: skip
            else:
                yield from _condition(node, flow, names)


def _condition(node: Node, flow: Flow, names: frozenset[str]) -> Iterator[Problem]:
    try:
        expression = compile_expression(flow.condition)
    except ExpressionInvalid as error:
        yield _flow_problem(
            node, flow, "condition-invalid", f"Syarat “{flow.condition}” tidak dapat dibaca: {error.message_id}",
            f"The condition cannot be compiled: {error.message_en}", "Perbaiki syaratnya.",
        )  # fmt: skip
        return
    for name in sorted(expression.names - names):
        yield _flow_problem(
            node, flow, "condition-unknown-name",
            f"Alur “{flow.name or flow.id}” memakai nama {name}, tetapi tidak ada formulir yang mengisinya.",
            f"The condition uses {name}, which no form supplies.", "Samakan nama dengan kunci isian formulir.",
        )  # fmt: skip


def _calls(diagram: Diagram) -> Iterator[Problem]:
    for node in diagram.nodes.values():
        if node.kind == "callActivity" and not node.called:
            yield problem_at(node, "call-without-target", "SOP terkait belum dipilih.",
                           "No called element is given.", "Isi calledElement.")  # fmt: skip


def _supplied(diagram: Diagram, form_names: Mapping[str, frozenset[str]]) -> frozenset[str]:
    forms = {node.form for node in diagram.nodes.values() if node.form}
    names: set[str] = set()
    for form in forms:
        names |= form_names.get(form, frozenset())
    for node in diagram.nodes.values():
        if node.loop:
            names |= {node.loop.item, node.loop.output_collection}
        names |= {mapping.target for mapping in node.mappings if mapping.target}
    return frozenset(names) | diagram.data_objects


def _flow_place(flow: Flow) -> str:
    return f"Alur {flow.name or flow.id}"


def _flow_problem(node: Node, flow: Flow, code: str, message: str, message_en: str, fix: str) -> Problem:
    return Problem(code, message, message_en, "", flow.line, node.id, "error", place(node), fix)
