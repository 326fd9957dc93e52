"""Activities: who does them, with which form, script, service, decision or called process."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from service.engine.diagram.inspection import Inspection, gives_anything
from service.engine.diagram.model import Node
from service.engine.diagram.places import problem_at, short
from service.errors import Problem, remedy

RESULTS = frozenset({"", "singleEntry", "singleResult", "collectEntries", "resultList"})
FEEL = frozenset({"feel", "https://www.omg.org/spec/dmn/20191111/feel/"})
_DURATION = re.compile(r"P(?=[\dT])(\d{1,4}W)?(\d{1,5}D)?(T(?=\d)(\d{1,6}H)?(\d{1,6}M)?)?", re.ASCII)
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)


def activity_problems(inspection: Inspection) -> Iterator[Problem]:
    """List what keeps a step from being done by somebody or something."""
    for node in inspection.nodes:
        if node.kind == "userTask":
            yield from _user_task(inspection, node)
        elif node.kind == "startEvent" and node.form and node.scope == inspection.diagram.key:
            yield from _form(node, inspection.form_names)
        yield from _work(inspection, node)
        yield from _parameters(inspection, node)
        if node.form_key and not node.form:
            yield problem_at(node, "form-key-unsupported", f"formKey {short(node.form_key)} tidak dapat dibuka.",
                             f"The form key {short(node.form_key)} cannot be shown.",
                             remedy("Buat formulir .form dan isi formRef dengan id-nya."))  # fmt: skip


def _user_task(inspection: Inspection, node: Node) -> Iterator[Problem]:
    if not node.lane and (inspection.diagram.lanes or node.order) and inspection.diagram.key == node.scope:
        yield problem_at(node, "task-without-lane", "Langkah ini tidak berada dalam lajur pelaksana.",
                         "This task is in no lane.", remedy("Letakkan di lajur pelaksananya."), "warning")  # fmt: skip
    single = node.assignee or node.users
    if not node.groups and not single:
        yield problem_at(node, "task-without-group", "Belum ada jabatan yang mengerjakan langkah ini.",
                         "No candidate group is given.", remedy("Isi Pelaksana (candidateGroups)."))  # fmt: skip
    if node.form:
        yield from _form(node, inspection.form_names)
    elif not node.form_key:
        yield problem_at(node, "form-not-named", "Langkah ini belum menunjuk formulir.",
                         "No form is given.", remedy("Isi formRef."))  # fmt: skip
    for what, text in (("Pelaksana", node.assignee), *(("Calon pelaksana", user) for user in node.users)):
        if "${" in text or "#{" in text or text.startswith("="):
            yield from inspection.compiled(node, what, text)
    for what, text in (("dueDate", node.due), ("followUpDate", node.follow_up)):
        yield from _moment(inspection, node, what, text)
    yield from _priority(inspection, node)


def _form(node: Node, form_names: Mapping[str, frozenset[str]]) -> Iterator[Problem]:
    if node.form not in form_names:
        form = short(node.form)
        yield problem_at(
            node, "form-missing", f"Formulir {form} tidak ada dalam unggahan ini.",
            f"The form {form} is not part of this upload.", remedy("Unggah %(form)s.form bersama diagram.", form=form),
        )  # fmt: skip


def _moment(inspection: Inspection, node: Node, what: str, text: str) -> Iterator[Problem]:
    if not text or _DURATION.fullmatch(text):
        return
    if text.startswith(("=", "${", "#{")):
        yield from inspection.compiled(node, what, text)
        return
    try:
        datetime.fromisoformat(text)
    except ValueError:
        yield problem_at(node, "date-invalid", f"{what} “{short(text)}” bukan waktu ISO 8601.",
                         f"{what} {short(text)!r} is no ISO 8601 date.",
                         remedy("Tulis 2026-12-01T08:00:00+07:00, P3D, atau ekspresi."))  # fmt: skip


def _priority(inspection: Inspection, node: Node) -> Iterator[Problem]:
    text = node.priority.strip()
    if text.startswith(("=", "${", "#{")):
        yield from inspection.compiled(node, "priority", text)
    elif text and not re.fullmatch(r"\d{1,4}", text, re.ASCII):
        yield problem_at(node, "priority-invalid", f"Prioritas “{short(text)}” bukan bilangan 0 sampai 9999.",
                         f"The priority {short(text)!r} is no number from 0 to 9999.",
                         remedy("Tulis bilangan bulat, biasanya 0 sampai 100."))  # fmt: skip


def _work(inspection: Inspection, node: Node) -> Iterator[Problem]:
    if node.kind == "serviceTask" and not node.topic:
        yield problem_at(node, "service-without-topic", "Layanan ini tidak mempunyai pelaksana.",
                         "Nobody does this service task.",
                         remedy("Isi camunda:type=external dan camunda:topic."))  # fmt: skip
    elif node.kind == "sendTask" and not (node.topic or node.events):
        yield problem_at(node, "message-missing", "Langkah kirim belum menunjuk pesan.",
                         "The send task names no message.", remedy("Isi messageRef atau camunda:topic."))  # fmt: skip
    elif node.kind == "scriptTask":
        yield from _script(inspection, node)
    elif node.kind == "businessRuleTask":
        yield from _decision(node)
    elif node.kind == "callActivity" and not node.called:
        yield problem_at(node, "call-without-target", "SOP terkait belum dipilih.",
                         "No called element is given.", remedy("Isi calledElement."))  # fmt: skip


def _script(inspection: Inspection, node: Node) -> Iterator[Problem]:
    if node.script_format.strip().lower() not in FEEL:
        yield problem_at(node, "script-language", f"Bahasa skrip “{short(node.script_format)}” tidak didukung.",
                         f"The script language {short(node.script_format)!r} is not supported.",
                         remedy("Tulis satu ekspresi FEEL dengan scriptFormat=feel."))  # fmt: skip
    else:
        yield from inspection.compiled(node, "Skrip", node.script)
    yield from _result(node)


def _decision(node: Node) -> Iterator[Problem]:
    if node.topic:
        return
    if not node.decision:
        yield problem_at(node, "decision-missing", "Keputusan ini belum menunjuk tabel keputusan.",
                         "No decision is given.", remedy("Isi camunda:decisionRef."))  # fmt: skip
    elif node.decision_result not in RESULTS:
        yield problem_at(node, "decision-result", f"mapDecisionResult {short(node.decision_result)} tidak dikenal.",
                         f"The decision result {short(node.decision_result)} is unknown.",
                         remedy("Pilih singleEntry, singleResult, collectEntries, atau resultList."))  # fmt: skip
    yield from _result(node)


def _result(node: Node) -> Iterator[Problem]:
    if not _NAME.fullmatch(node.result):
        yield problem_at(node, "result-not-named", "Hasil langkah ini tidak disimpan dalam variabel.",
                         "The result goes into no variable.",
                         remedy("Isi camunda:resultVariable dengan sebuah nama."))  # fmt: skip


def _parameters(inspection: Inspection, node: Node) -> Iterator[Problem]:
    foreign = gives_anything(node) or bool(node.topic or node.events)
    for mapping in (*node.inputs, *node.outputs):
        if not mapping.target.strip():
            yield problem_at(node, "parameter-unnamed", "Parameter ini tidak bernama.", "The parameter has no name.",
                             remedy("Isi nama parameter."))  # fmt: skip
        told = not (mapping.outward and (foreign or node.kind == "callActivity"))
        yield from inspection.compiled(node, f"Parameter {short(mapping.target)}", mapping.source, told=told)
