"""The deploy check over all that the engine is to run: each rule with a diagram that breaks it and its twin."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.engine import diagram as package
from service.engine.diagram import Inspection, problems, read, supplies
from service.engine.diagram.sop_rules import unlisted_links, work_minutes
from service.engine.diagram.soundness.wording import WORDS
from service.engine.diagram.unsupported import EVENT_INSTEAD
from service.errors import DeploymentRefused, Problem, Severity, remedy
from tests.bpmn.diagram import FOLDER
from tests.engine.drawing import (
    call,
    definitions,
    each,
    end,
    extended,
    flow,
    gateway,
    line,
    process,
    said,
    start,
    task,
)

FILE = "sop.bpmn"
KNOWN_FORMS = {"isian": frozenset({"nilai", "keputusan", "daftar"}), "mulai": frozenset({"judul"})}
DEFINED = (
    '<bpmn:message id="surat" name="Surat"/><bpmn:message id="tanpa_nama"/><bpmn:signal id="bel" name="Bel"/>'
    '<bpmn:error id="salah" name="Salah" errorCode="E1"/><bpmn:error id="tanpa_kode" name="Salah"/>'
    '<bpmn:error id="lain" name="Lain" errorCode="E2"/><bpmn:escalation id="naik" name="Naik" escalationCode="N1"/>'
)


def found(text: str) -> list[Problem]:
    diagram = read(definitions(DEFINED, text), FILE)
    return problems(diagram, FILE, form_names=KNOWN_FORMS, known=frozenset({"unit_kantor"}))


def codes(text: str) -> list[tuple[str, str]]:
    return [(problem.code, problem.element) for problem in found(text)]


# Small drawings ---------------------------------------------------------------------------------------


def row(inside: str) -> str:
    """Return a process of a user task and one element called x."""
    return process(start(), task("isi"), inside, end(), line("mulai", "isi", "x", "selesai"))


def event(kind: str, name: str = "x", definition: str = "", attributes: str = "") -> str:
    return f'<bpmn:{kind} id="{name}" {attributes}>{definition}</bpmn:{kind}>'


def message(reference: str = "surat") -> str:
    return f'<bpmn:messageEventDefinition messageRef="{reference}"/>'


def signal(reference: str = "bel") -> str:
    return f'<bpmn:signalEventDefinition signalRef="{reference}"/>'


def error(reference: str = "salah") -> str:
    return f'<bpmn:errorEventDefinition errorRef="{reference}"/>'


def escalation(reference: str = "naik") -> str:
    return f'<bpmn:escalationEventDefinition escalationRef="{reference}"/>'


def link(name: str = "lanjut") -> str:
    return f'<bpmn:linkEventDefinition name="{name}"/>'


def timer(text: str = "PT2H", kind: str = "Duration") -> str:
    return f"<bpmn:timerEventDefinition><bpmn:time{kind}>{text}</bpmn:time{kind}></bpmn:timerEventDefinition>"


def catch(definition: str, name: str = "x") -> str:
    return event("intermediateCatchEvent", name, definition)


def boundary(definition: str, host: str = "x", attributes: str = "") -> str:
    """Return a process with an event at the edge of x."""
    edge = event("boundaryEvent", "tepi", definition, f'attachedToRef="{host}" {attributes}')
    return edge + line("tepi", "selesai")


def at_the_edge(inside: str, definition: str, attributes: str = "", host: str = "x") -> str:
    return row(inside).replace("</bpmn:process>", boundary(definition, host, attributes) + "</bpmn:process>")


def sub(*inside: str, attributes: str = "", kind: str = "subProcess") -> str:
    return f'<bpmn:{kind} id="x" {attributes}>{"".join(inside)}</bpmn:{kind}>'


INSIDE = (start("awal"), task("dalam"), end("akhir"), line("awal", "dalam", "akhir"))
RAISING = (start("awal"), task("dalam"), end("akhir", error()), line("awal", "dalam", "akhir"))
ESCALATING = (start("awal"), task("dalam"), end("akhir", escalation()), line("awal", "dalam", "akhir"))


def script(text: str = "nilai + 1", language: str = "feel", result: str = "jumlah") -> str:
    return (
        f'<bpmn:scriptTask id="x" scriptFormat="{language}" camunda:resultVariable="{result}">'
        f"<bpmn:script>{text}</bpmn:script></bpmn:scriptTask>"
    )


def service(kind: str = "serviceTask", inside: str = "", attributes: str = "") -> str:
    return f'<bpmn:{kind} id="x" camunda:type="external" camunda:topic="kirim" {attributes}>{inside}</bpmn:{kind}>'


def decision(attributes: str = 'camunda:decisionRef="d" camunda:resultVariable="r"') -> str:
    return f'<bpmn:businessRuleTask id="x" {attributes}/>'


def instances(inside: str = "", attributes: str = 'camunda:collection="daftar" camunda:elementVariable="unit"') -> str:
    return f"<bpmn:multiInstanceLoopCharacteristics {attributes}>{inside}</bpmn:multiInstanceLoopCharacteristics>"


def counted(text: str) -> str:
    output = "<bpmn:loopDataOutputRef>hasil</bpmn:loopDataOutputRef>"
    item = '<bpmn:outputDataItem id="satu_1" name="satu"/>'
    return instances(f"<bpmn:loopCardinality>{text}</bpmn:loopCardinality>{output}{item}", "")


def ending(text: str) -> str:
    marker = each()
    return marker.replace("</bpmn:multi", f"<bpmn:completionCondition>{text}</bpmn:completionCondition></bpmn:multi")


def repeated(condition: str = "nilai = 1", attributes: str = "") -> str:
    inside = f"<bpmn:loopCondition>{condition}</bpmn:loopCondition>" if condition else ""
    return f"<bpmn:standardLoopCharacteristics {attributes}>{inside}</bpmn:standardLoopCharacteristics>"


def parameters(*entries: str) -> str:
    return extended(f"<camunda:inputOutput>{''.join(entries)}</camunda:inputOutput>")


def given(text: str, name: str = "p", way: str = "input") -> str:
    return f'<camunda:{way}Parameter name="{name}">{text}</camunda:{way}Parameter>'


def forked(first: str = "", second: str = "", default: str = "") -> str:
    """Return a task with two flows out of it."""
    chosen = f'default="{default}"' if default else ""
    return process(
        start(), task("isi", attributes=chosen), task("a"), task("b"), end(), line("mulai", "isi"),
        flow("isi", "a", first), flow("isi", "b", second), line("a", "selesai"), line("b", "selesai"),
    )  # fmt: skip


def deciding(condition: str, before: str = "") -> str:
    return process(
        start(), task("isi"), before or task("x"), gateway("pilih", "pilih-b"), task("a"), task("b"), end(),
        line("mulai", "isi", "x", "pilih"), flow("pilih", "a", condition), flow("pilih", "b"),
        line("a", "selesai"), line("b", "selesai"),
    )  # fmt: skip


def race(first: str = "", second: str = "", *more: str) -> str:
    return process(
        start(), task("isi"), gateway("pilih", kind="eventBasedGateway"), first or catch(message(), "a"),
        second or catch(timer(), "b"), end(), line("mulai", "isi", "pilih", "a", "selesai"),
        line("pilih", "b", "selesai"), *more,
    )  # fmt: skip


def linked(throw: str = "lanjut", target: str = "lanjut", *more: str) -> str:
    return process(
        start(), task("isi"), event("intermediateThrowEvent", "lempar", link(throw)), catch(link(target), "tangkap"),
        end(), line("mulai", "isi", "lempar"), line("tangkap", "selesai"), *more,
    )  # fmt: skip


def and_more(text: str, *parts: str) -> str:
    return text.replace("</bpmn:process>", "".join(parts) + "</bpmn:process>")


def printed(name: str = "Menyusun draf", **properties: str) -> str:
    """Return one row of a printed SOP."""
    entries = {"baris": "1", "waktu": "P1D", "output": "draf"} | properties
    inside = said(**{key: value for key, value in entries.items() if value})
    return process(start(), task("x", inside).replace('name="x"', f'name="{name}"'), end(),
                   line("mulai", "x", "selesai"))  # fmt: skip


def reviewed(*flows: str, name: str = "Memeriksa draf") -> str:
    """Return a review and a decision behind it."""
    return process(
        start(), task("susun"), gateway("masuk"), task("periksa").replace('name="periksa"', f'name="{name}"'),
        gateway("pilih", "pilih-b"), task("a"), task("b"), end(), line("mulai", "masuk", "susun", "periksa", "pilih"),
        flow("pilih", "a", "nilai = 1"), line("pilih", "b"), line("a", "selesai"), *flows,
    )  # fmt: skip


PLAIN = row(task("x"))
TWO_WAYS = process(
    start(), task("isi"), gateway("x", "x-b", "inclusiveGateway"), task("a"), task("b"), end(),
    line("mulai", "isi", "x"), flow("x", "a", "nilai = 1"), flow("x", "b"), line("a", "selesai"), line("b", "selesai"),
)  # fmt: skip
CROSSING = and_more(row(sub(*INSIDE)), flow("isi", "dalam"))
INTO_START = and_more(PLAIN, flow("isi", "mulai"))
OUT_OF_END = and_more(PLAIN, task("lagi"), end("kedua"), line("selesai", "lagi", "kedua"))
FORM_DATA = extended('<camunda:formData><camunda:formField id="a"/></camunda:formData>')
LISTENER = extended('<camunda:taskListener event="create" class="org.x.Y"/>')
ASSOCIATION = "<bpmn:dataInputAssociation><bpmn:targetRef>x</bpmn:targetRef></bpmn:dataInputAssociation>"
UNNAMED = PLAIN.replace('id="isi-x" ', "")
FLOATING = and_more(PLAIN, "<bpmn:task/>")

ERROR, WARNING, INFO = "error", "warning", "info"
RULES: list[tuple[str, str, str, str, str]] = [
    (ERROR, "element-unsupported", "x", row(gateway("x", kind="complexGateway")), TWO_WAYS),
    (ERROR, "element-unsupported", "x", row(sub(*INSIDE, kind="transaction")), row(sub(*INSIDE))),
    (ERROR, "element-unsupported", "x", row(sub(task("dalam"), kind="adHocSubProcess")), row(sub(*INSIDE))),
    (ERROR, "event-subprocess", "x", and_more(process(start(), task("isi"), end(), line("mulai", "isi", "selesai")),
                                              sub(*INSIDE, attributes='triggeredByEvent="true"')), row(sub(*INSIDE))),
    (ERROR, "compensation", "x", row(task("x", attributes='isForCompensation="1"')),
     row(task("x", attributes='isForCompensation="0"'))),
    (ERROR, "event-multiple", "x", row(catch(message() + signal())), row(catch(message()))),
    (ERROR, "event-unsupported", "x", row(catch("<bpmn:conditionalEventDefinition><bpmn:condition>nilai = 1"
                                                "</bpmn:condition></bpmn:conditionalEventDefinition>")),
     row(catch(signal()))),
    (ERROR, "event-unsupported", "x", row(catch("")), row(catch(timer()))),
    (ERROR, "event-unsupported", "x", row(catch(error())), row(catch(timer("2026-12-01T08:00:00+07:00", "Date")))),
    (ERROR, "event-unsupported", "x", row(event("intermediateThrowEvent", "x", "<bpmn:compensateEventDefinition/>")),
     row(event("intermediateThrowEvent", "x", message()))),
    (ERROR, "event-unsupported", "selesai", PLAIN.replace('<bpmn:endEvent id="selesai">',
     '<bpmn:endEvent id="selesai"><bpmn:cancelEventDefinition/>'), PLAIN.replace('<bpmn:endEvent id="selesai">',
     '<bpmn:endEvent id="selesai"><bpmn:terminateEventDefinition/>')),
    (ERROR, "message-missing", "x", row('<bpmn:receiveTask id="x"/>'),
     row('<bpmn:receiveTask id="x" messageRef="surat"/>')),
    (ERROR, "message-missing", "x", row('<bpmn:sendTask id="x"/>'), row('<bpmn:sendTask id="x" messageRef="surat"/>')),
    (ERROR, "service-without-topic", "x", row('<bpmn:serviceTask id="x"/>'), row(service())),
    (ERROR, "message-missing", "x", row('<bpmn:sendTask id="x"/>'), row(service("sendTask"))),
    (ERROR, "decision-missing", "x", row(decision('camunda:resultVariable="r"')), row(decision())),
    (ERROR, "decision-result", "x", row(decision('camunda:decisionRef="d" camunda:resultVariable="r" '
     'camunda:mapDecisionResult="apa"')), row(decision('camunda:decisionRef="d" camunda:resultVariable="r" '
     'camunda:mapDecisionResult="singleEntry"'))),
    (ERROR, "result-not-named", "x", row(decision('camunda:decisionRef="d"')), row(service("businessRuleTask"))),
    (ERROR, "result-not-named", "x", row(script(result="")), row(script())),
    (ERROR, "script-language", "x", row(script(language="groovy")), row(script(language="FEEL"))),
    (ERROR, "expression-invalid", "x", row(script("nilai +")), row(script("[nilai, 1]"))),
    (ERROR, "name-unknown", "x", row(script("nilaj + 1")), row(script("count(daftar)"))),
    (ERROR, "expression-invalid", "x", row(task("x", parameters(given("${nilai +}")))),
     row(task("x", parameters(given("${nilai}"))))),
    (ERROR, "expression-invalid", "x", row(task("x", parameters(given("")))),
     row(task("x", parameters(given("null"))))),
    (ERROR, "name-unknown", "x", row(task("x", parameters(given("nilaj")))),
     row(task("x", parameters(given("nilai"))))),
    (ERROR, "name-unknown", "x", row(task("x", parameters(given("jawab", way="output")))),
     row(service(inside=parameters(given("jawab", way="output"))))),
    (ERROR, "parameter-unnamed", "x", row(task("x", parameters(given("1", "")))),
     row(task("x", parameters(given("1"))))),
    (ERROR, "extension-ignored", "x", row(task("x", parameters(
        given("<camunda:list><camunda:value>1</camunda:value></camunda:list>") + given("1", "q"))
     ).replace("<camunda:list>", "1<camunda:list>")), row(task("x", parameters(given("[1]"))))),
    (ERROR, "extension-ignored", "x", row(task("x", FORM_DATA)), PLAIN),
    (ERROR, "extension-ignored", "x", row(task("x", LISTENER)), PLAIN),
    (ERROR, "attribute-ignored", "x", row(service(attributes='camunda:class="org.x.Y"')), row(service())),
    (ERROR, "attribute-ignored", "x", row(task("x", attributes='startQuantity="2"')),
     row(task("x", attributes='startQuantity="1"'))),
    (ERROR, "attribute-ignored", "x", row('<bpmn:receiveTask id="x" messageRef="surat" instantiate="true"/>'),
     row('<bpmn:receiveTask id="x" messageRef="surat" instantiate="false"/>')),
    (ERROR, "binding-unsupported", "x", row(call("x").replace("calledElement", 'camunda:calledElementBinding="version" '
     "calledElement")), row(call("x").replace("calledElement", 'camunda:calledElementBinding="deployment" '
                                              "calledElement"))),
    (ERROR, "language-unsupported", "pilih-a", deciding("nilai = 1").replace('tFormalExpression"',
     'tFormalExpression" language="groovy"'), deciding("nilai = 1").replace('tFormalExpression"',
                                                                            'tFormalExpression" language="feel"')),
    (ERROR, "element-without-id", "proses", FLOATING, and_more(PLAIN, "<bpmn:textAnnotation/>")),
    (ERROR, "element-ignored", "x", row(catch(message() + "<bpmn:eventDefinitionRef>surat</bpmn:eventDefinitionRef>")),
     row(catch(message()))),
    (WARNING, "drawn-only", "x", row(task("x", ASSOCIATION)), PLAIN),
    (WARNING, "drawn-only", "proses", PLAIN.replace(" isExec", ' camunda:candidateStarterGroups="kadis" isExec'),
     PLAIN.replace(" isExec", ' camunda:isStartableInTasklist="true" isExec')),
    (WARNING, "drawn-only", "proses", PLAIN.replace(" isExec", ' camunda:isStartableInTasklist="false" isExec'), PLAIN),
    (WARNING, "engine-foreign", "x", row(task("x", extended(
        '<z:ioMapping xmlns:z="http://camunda.org/schema/zeebe/1.0"><z:input source="=a"/></z:ioMapping>'))),
     row(task("x", extended('<z:meta xmlns:z="http://www.signavio.com"/>')))),
    (WARNING, "engine-foreign", "x", row(task("x", attributes='f:skipExpression="x" xmlns:f="http://flowable.org/bpmn"')),
     PLAIN),
    (INFO, "flow-without-id", "flow_without_id_1", UNNAMED, PLAIN),
    (INFO, "reference-trimmed", "isi-x", PLAIN.replace('sourceRef="isi"', 'sourceRef=" isi "'), PLAIN),
    (INFO, "reference-trimmed", "lajur_0", PLAIN.replace(">isi<", ">\n isi\n<"), PLAIN),
    (WARNING, "lane-reference-unknown", "lajur_0", PLAIN.replace("<bpmn:flowNodeRef>isi", "<bpmn:flowNodeRef>hilang"
     "</bpmn:flowNodeRef><bpmn:flowNodeRef>isi"), PLAIN),
    (WARNING, "task-without-lane", "isi", PLAIN.replace("<bpmn:flowNodeRef>isi</bpmn:flowNodeRef>", ""), PLAIN),
    (ERROR, "task-without-group", "x", row(task("x", group="")),
     row(task("x", group="", attributes='camunda:assignee="budi"'))),
    (ERROR, "task-without-group", "x", row(task("x", group="")),
     row(task("x", group="", attributes='camunda:candidateUsers="budi, ${nilai}"'))),
    (ERROR, "expression-invalid", "x", row(task("x", attributes='camunda:assignee="${nilai"')),
     row(task("x", attributes='camunda:assignee="${nilai}"'))),
    (ERROR, "name-unknown", "x", row(task("x", attributes='camunda:candidateUsers="budi,${siapa}"')),
     row(task("x", attributes='camunda:candidateUsers="budi,${nilai}"'))),
    (ERROR, "expression-invalid", "x", row(task("x", group="kadis,${}")), row(task("x", group="kadis,${nilai}"))),
    *((ERROR, "date-invalid", "x", row(task("x", attributes=f'camunda:{name}="besok"')),
       row(task("x", attributes=f'camunda:{name}="{right}"')))
      for name in ("dueDate", "followUpDate") for right in ("2026-12-01T08:00:00+07:00", "P3D", "${nilai}")),
    (ERROR, "priority-invalid", "x", row(task("x", attributes='camunda:priority="tinggi"')),
     row(task("x", attributes='camunda:priority="50"'))),
    (ERROR, "name-unknown", "x", row(task("x", attributes='camunda:assignee="#{siapa}"')),
     row(task("x", attributes='camunda:assignee="#{nilai}"'))),
    (ERROR, "name-unknown", "x", row(task("x", attributes='camunda:assignee="=siapa"')),
     row(task("x", attributes='camunda:assignee="=nilai"'))),
    *((ERROR, code, "x", row(task("x", attributes=f'camunda:{name}="{text}"')),
       row(task("x", attributes=f'camunda:{name}="=nilai"')))
      for name in ("dueDate", "followUpDate", "priority")
      for code, text in [("expression-invalid", "${nilai +}"), ("name-unknown", "#{nilaj}")]),
    (ERROR, "priority-invalid", "x", row(task("x", attributes='camunda:priority="-1"')),
     row(task("x", attributes='camunda:priority="${nilai}"'))),
    *((ERROR, "form-key-unsupported", "x", row(task("x", form="", attributes=f'camunda:formKey="{wrong}"')),
       row(task("x", form="", attributes=f'camunda:formKey="{right}"')))
      for wrong, right in [("embedded:app:forms/x.html", "isian"),
                           ("https://x/y", "camunda-forms:deployment:isian.form"),
                           ("app:x.html", "isian.form")]),
    (ERROR, "form-missing", "x", row(task("x", form="", attributes='camunda:formKey="hilang"')),
     row(task("x", form="", attributes='camunda:formKey="isian"'))),
    (ERROR, "flow-crosses-scope", "isi-dalam", CROSSING, row(sub(*INSIDE))),
    (ERROR, "start-or-end-missing", "x", row(sub()), row(sub(*INSIDE))),
    (ERROR, "start-or-end-missing", "x", row(sub(*INSIDE, start("lagi"), line("lagi", "dalam"))), row(sub(*INSIDE))),
    (ERROR, "start-inside", "awal", row(sub(event("startEvent", "awal", message()), *INSIDE[1:])), row(sub(*INSIDE))),
    (ERROR, "incoming-refused", "mulai", INTO_START, PLAIN),
    (ERROR, "outgoing-refused", "selesai", OUT_OF_END, PLAIN),
    (INFO, "end-implicit", "lagi", and_more(PLAIN, task("lagi"), line("isi", "lagi")), PLAIN),
    (ERROR, "default-elsewhere", "isi", PLAIN.replace('id="isi" name="isi"', 'id="isi" default="x-selesai"'),
     PLAIN.replace('id="isi" name="isi"', 'id="isi" default="isi-x"')),
    (INFO, "fork-implicit", "isi", forked(), forked("nilai = 1", "", "isi-b")),
    (ERROR, "default-missing", "isi", forked("nilai = 1", "nilai = 2"), forked("nilai = 1")),
    (ERROR, "condition-on-default", "isi", forked("nilai = 1", "nilai = 2", "isi-b"), forked("nilai = 1", "", "isi-b")),
    (ERROR, "condition-ignored", "isi", PLAIN.replace(flow("isi", "x"), flow("isi", "x", "nilai = 1")), PLAIN),
    (ERROR, "condition-unknown-name", "pilih", deciding("jumlah = 1"), deciding("jumlah = 1", script())),
    (ERROR, "condition-unknown-name", "pilih", deciding("r = 1"), deciding("r = 1", decision())),
    (ERROR, "condition-unknown-name", "pilih", deciding("p = 1"),
     deciding("p = 1", task("x", parameters(given("1", "p", "output"))))),
    (ERROR, "condition-unknown-name", "pilih", deciding("count(hasil) = 1"),
     deciding("count(hasil) = 1", task("x", each()))),
    (ERROR, "condition-unknown-name", "pilih", deciding("p = 1"),
     deciding("p = 1", service(inside=parameters(given("dari_luar", "p", "output"))))),
    (WARNING, "condition-unknown-name", "pilih", deciding("p = 1", service()),
     deciding("p = 1", service(inside=parameters(given("dari_luar", "p", "output"))))),
    (WARNING, "condition-unknown-name", "pilih", deciding("p = 1", catch(message())),
     deciding("p = 1", catch(parameters(given("isi_surat", "p", "output")) + message()))),
    (ERROR, "reference-missing", "x", row(catch(message("hilang"))), row(catch(message("surat")))),
    (ERROR, "reference-missing", "x", row(catch(signal("hilang"))), row(catch(signal()))),
    (ERROR, "reference-missing", "akhir", row(sub(*INSIDE[:2], end("akhir", error("hilang")), INSIDE[3])),
     row(sub(*RAISING))),
    (ERROR, "reference-missing", "x", row('<bpmn:receiveTask id="x" messageRef="hilang"/>'),
     row('<bpmn:receiveTask id="x" messageRef="surat"/>')),
    (ERROR, "event-without-name", "x", row(catch(message("tanpa_nama"))), row(catch(message()))),
    (ERROR, "event-without-name", "akhir", row(sub(*INSIDE[:2], end("akhir", error("tanpa_kode")), INSIDE[3])),
     row(sub(*RAISING))),
    *((ERROR, "timer-invalid", "x", row(catch(timer(wrong, kind))), row(catch(timer(right, right_kind))))
      for wrong, kind, right, right_kind in [
          ("besok", "Date", "2026-12-01T08:00:00Z", "Date"), ("P", "Duration", "P3D", "Duration"),
          ("PT1S", "Duration", "PT1M", "Duration"), ("-P1D", "Duration", "P1D", "Duration"),
          ("P9999Y", "Duration", "P1Y", "Duration"), ("", "Duration", "${nilai}", "Duration"),
          ("R0/PT1H", "Cycle", "PT1H", "Duration"), ("R/PT0S", "Cycle", "PT1H", "Duration")]),
    (ERROR, "timer-missing", "x", row(catch("<bpmn:timerEventDefinition/>")), row(catch(timer()))),
    (ERROR, "expression-invalid", "x", row(catch(timer("${nilai +}"))), row(catch(timer("${nilai}")))),
    (ERROR, "name-unknown", "x", row(catch(timer("${nilaj}"))), row(catch(timer("=nilai")))),
    (ERROR, "timer-cycle", "x", row(catch(timer("R3/PT1H", "Cycle"))), row(catch(timer()))),
    (ERROR, "timer-cycle", "tepi", at_the_edge(task("x"), timer("R3/PT1H", "Cycle")),
     at_the_edge(task("x"), timer("R3/PT1H", "Cycle"), 'cancelActivity="0"')),
    (WARNING, "timer-without-zone", "x", row(catch(timer("2026-12-01T08:00:00", "Date"))),
     row(catch(timer("2026-12-01T08:00:00+08:00", "Date")))),
    (ERROR, "boundary-without-host", "tepi", and_more(PLAIN, boundary(timer(), "selesai")),
     and_more(PLAIN, boundary(timer()))),
    (ERROR, "boundary-error-passes", "tepi", at_the_edge(sub(*RAISING), error(), 'cancelActivity="false"'),
     at_the_edge(sub(*RAISING), error())),
    (WARNING, "error-by-program", "tepi", at_the_edge(sub(*INSIDE), error()), at_the_edge(sub(*RAISING), error())),
    (WARNING, "error-by-program", "tepi", at_the_edge(sub(*RAISING), error("lain")),
     at_the_edge(sub(*RAISING), "<bpmn:errorEventDefinition/>")),
    (WARNING, "error-by-program", "tepi", at_the_edge(task("x"), error()), at_the_edge(service(), error())),
    (ERROR, "nothing-raises", "tepi", at_the_edge(script(), error()), at_the_edge(service(), error())),
    (ERROR, "nothing-raises", "tepi", at_the_edge(sub(*INSIDE), escalation()),
     at_the_edge(sub(*ESCALATING), escalation(), 'cancelActivity="false"')),
    (ERROR, "nothing-raises", "tepi", at_the_edge(task("x"), escalation()), at_the_edge(call("x"), escalation())),
    (ERROR, "never-waits", "tepi", at_the_edge('<bpmn:manualTask id="x"/>', timer()),
     at_the_edge(task("x"), timer())),
    (ERROR, "never-waits", "tepi", at_the_edge(script(), message()), at_the_edge(service(), message())),
    (ERROR, "event-gateway-target", "a", race(task("a")), race()),
    (ERROR, "event-gateway-target", "b", and_more(race(), flow("mulai", "b")),
     race('<bpmn:receiveTask id="a" messageRef="surat"/>')),
    (ERROR, "event-gateway-target", "x", process(start(), task("isi"), gateway("x", kind="eventBasedGateway"),
     catch(timer(), "a"), end(), line("mulai", "isi", "x", "a", "selesai")), race()),
    (ERROR, "link-twice", "tangkap", and_more(linked(), catch(link(), "kedua"), line("kedua", "selesai")), linked()),
    (ERROR, "outgoing-refused", "lempar", linked("lanjut", "lanjut", flow("lempar", "selesai")), linked()),
    (ERROR, "incoming-refused", "tangkap", linked("lanjut", "lanjut", flow("mulai", "tangkap")), linked()),
    (ERROR, "event-without-name", "lempar", linked(" ", " "), linked()),
    (ERROR, "loop-incomplete", "x", row(task("x", instances("", ""))), row(task("x", each()))),
    (ERROR, "loop-incomplete", "x", row(task("x", each().replace(
        "<bpmn:loopDataOutputRef>hasil</bpmn:loopDataOutputRef>", ""))), row(task("x", each()))),
    (ERROR, "name-unknown", "x", row(task("x", each("daptar"))), row(task("x", each("daftar")))),
    (ERROR, "expression-invalid", "x", row(call("x", inside=instances("", 'camunda:collection="${daftar"'))),
     row(call("x", inside=instances("", 'camunda:collection="${daftar}"')))),
    *((ERROR, "loop-cardinality", "x", row(task("x", counted(wrong))), row(task("x", counted("100"))))
      for wrong in ("101", "-1", "2.5", "1000000000000", "1e9", "=200")),
    (ERROR, "name-unknown", "x", row(task("x", counted("berapa"))), row(task("x", counted("nilai")))),
    (ERROR, "name-unknown", "x", row(task("x", ending("selesaiSudah = 1"))),
     row(task("x", ending("nrOfCompletedInstances = 2")))),
    (WARNING, "loop-results-meet", "x", row(task("x", instances())),
     row(task("x", instances("", 'isSequential="1" camunda:collection="daftar"')))),
    (ERROR, "loop-endless", "x", row(task("x", repeated(""))), row(task("x", repeated("", 'loopMaximum="3"')))),
    (ERROR, "expression-invalid", "x", row(task("x", repeated("nilai ="))),
     row(task("x", repeated("loopCounter = 3")))),
    *((ERROR, "loop-maximum", "x", row(task("x", repeated(attributes=f'loopMaximum="{wrong}"'))),
       row(task("x", repeated(attributes='testBefore="1" loopMaximum="1000"'))))
      for wrong in ("1001", "0", "-1", "99999999999999999999")),
    (WARNING, "sop-time-missing", "x", printed(waktu=""), printed()),
    (WARNING, "sop-output-missing", "x", printed(output=""), printed()),
    (WARNING, "sop-output-missing", "x", printed(output=""), printed(output="", tambahan="ya")),
    (WARNING, "sop-time-invalid", "x", printed(waktu="sehari"), printed(waktu="PT90M")),
    (WARNING, "sop-time-implausible", "x", printed("Menandatangani surat", waktu="P2D"),
     printed("Menandatangani surat", waktu="P1D")),
    (WARNING, "sop-time-implausible", "x", printed("Memeriksa draf", waktu="PT1M"),
     printed("Memeriksa draf", waktu="PT30M")),
    (WARNING, "sop-time-implausible", "x", printed("Memaraf nota", waktu="PT48H", satuan="elapsed"),
     printed("Memaraf nota", waktu="PT24H", satuan="elapsed")),
    (WARNING, "sop-separation-unknown", "x", printed(bukan_pelaksana="row_99"), printed(bukan_pelaksana="x")),
    *((ERROR, "sop-signature-invalid", "x", printed(tanda_tangan=wrong), printed(tanda_tangan="ya"))
      for wrong in ("tidak", "Ya", "true")),
    (WARNING, "sop-decision-without-return", "pilih", reviewed(line("b", "selesai")), reviewed(line("b", "masuk"))),
    (WARNING, "sop-decision-without-return", "pilih", reviewed(line("b", "selesai")), reviewed(line("b", "a"))),
    (WARNING, "sop-decision-without-return", "pilih", reviewed(line("b", "selesai")),
     reviewed(line("b", "selesai"), name="Membagikan draf")),
    (WARNING, "sop-decision-without-return", "pilih", reviewed(line("b", "selesai")),
     reviewed(line("b", "jauh"), event("intermediateThrowEvent", "jauh", link()), catch(link()), line("x", "masuk"))),
]  # fmt: skip


@pytest.mark.parametrize("kind", ["cancel", "compensate"])
def test_an_event_that_runs_nowhere_is_told_with_what_to_draw_instead(kind: str) -> None:
    (told,) = (
        one for one in found(row(event("endEvent", "x", f"<bpmn:{kind}EventDefinition/>"))) if one.element == "x"
    )

    assert (told.code, told.fix) == ("event-unsupported", EVENT_INSTEAD[kind])


@pytest.mark.parametrize(
    ("severity", "code", "element", "broken", "repaired"),
    RULES,
    ids=[f"{code}-{number}" for number, (_, code, *_) in enumerate(RULES)],
)
def test_rule_finds_its_diagram_and_accepts_the_twin(
    severity: str, code: str, element: str, broken: str, repaired: str
) -> None:
    told = found(broken)

    assert (severity, code, element) in [(problem.severity, problem.code, problem.element) for problem in told]
    assert {problem.code for problem in told if problem.severity == "error"} <= {code}
    assert all(problem.file == FILE and problem.line > 0 and problem.place for problem in told)
    assert all(
        problem.message.endswith((".", ".)")) and problem.message_en and problem.fix.sentence for problem in told
    )
    assert codes(repaired) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (process(start(), sub(*INSIDE), end(), line("mulai", "x", "selesai"), lanes={"Kadis": ["mulai", "x"]}), []),
        (process(start(), task("x"), end(), line("mulai", "x", "selesai"), lanes={}), []),
        (process(start(), task("x"), end(), line("mulai", "x", "selesai"), lanes={"Kadis": ["mulai"]}),
         [("task-without-lane", "x")]),
        (process(start(), task("x", said(baris="1", waktu="P1D", output="draf")), end(),
                 line("mulai", "x", "selesai"), lanes={}), [("task-without-lane", "x")]),
    ],
    ids=["inside a sub-process", "without any lanes", "beside the lanes", "a printed row"],
)  # fmt: skip
def test_step_needs_a_lane_where_there_are_lanes_or_rows(text: str, told: list[tuple[str, str]]) -> None:
    assert codes(text) == told


def test_links_without_their_other_half_are_told_on_both_sides() -> None:
    told = codes(linked("lanjut", "lain"))

    assert ("link-without-catch", "lempar") in told
    assert ("link-without-throw", "tangkap") in told


# Variables of called SOPs ------------------------------------------------------------------------------


def handing(*mappings: str) -> str:
    return call("x", inside=extended("".join(f"<camunda:{one}/>" for one in mappings)))


def called(inside: str = "", key: str = "dipanggil", form: str = "lain") -> str:
    """Return a called process of one user task and what stands behind it."""
    names = ["mulai", "periksa", *re.findall(r'^<bpmn:\w+ id="(\w+)"', inside), "selesai"]
    return process(start(), task("periksa", form=form), inside, end(), line(*names), key=key)


CALLED_FORMS = KNOWN_FORMS | {"lain": frozenset({"putusan"})}
DEEPER = called(call("z", "terdalam"), form="isian")
ALL_BACK = 'out variables="all"'
HANDED_BACK: list[tuple[str, str, str, list[str], str | None]] = [
    ("it supplies the name", "putusan = 1", handing(), [called()], None),
    ("it lacks the name", "putusam = 1", handing(), [called()], ERROR),
    ("it is not known", "putusan = 1", handing(), [], WARNING),
    ("its form is not known", "putusan = 1", handing(), [called(form="hilang")], WARNING),
    ("all comes back", "putusan = 1", handing(ALL_BACK), [called()], None),
    ("all comes back but that", "putusam = 1", handing(ALL_BACK), [called()], ERROR),
    ("nothing is said of the way back", "putusan = 1", handing('in source="nilai" target="p"'), [called()], None),
    ("what went in comes back", "p = 1", handing('in source="nilai" target="p"', ALL_BACK), [called()], None),
    ("what went in stays there", "p = 1", handing('in source="nilai" target="p"', 'out source="putusan" target="q"'),
     [called()], ERROR),
    ("only what is named comes back", "q = 1", handing('out source="putusan" target="q"'), [called()], None),
    ("it is called otherwise here", "putusan = 1", handing('out source="putusan" target="q"'), [called()], ERROR),
    ("only what is named of anything", "putusan = 1", handing('out source="a" target="q"'),
     [called(service())], ERROR),
    ("a program fills it", "putusam = 1", handing(), [called(service())], WARNING),
    ("it calls who supplies it", "putusan = 1", handing(), [DEEPER, called(key="terdalam")], None),
    ("it calls who lacks it", "putusam = 1", handing(), [DEEPER, called(key="terdalam")], ERROR),
    ("it calls nobody known", "putusan = 1", handing(), [DEEPER], WARNING),
    ("calls go round", "putusan = 1", handing(), [DEEPER, called(call("z"), key="terdalam", form="isian")], ERROR),
]  # fmt: skip


def told_of_calls(text: str, others: list[str]) -> list[Problem]:
    """Return the problems of a process beside those that it calls."""
    known: dict[str, Inspection] = {}
    for one in (text, *others):
        diagram = read(definitions(one), FILE)
        known[diagram.key] = Inspection(diagram, CALLED_FORMS, frozenset())
    return problems(known["proses"].diagram, FILE, form_names=CALLED_FORMS, known=frozenset(), called=supplies(known))


@pytest.mark.parametrize(
    ("condition", "calling", "others", "severity"),
    [row[1:] for row in HANDED_BACK],
    ids=[row[0] for row in HANDED_BACK],
)
def test_condition_may_use_what_a_called_process_hands_back(
    condition: str, calling: str, others: list[str], severity: str | None
) -> None:
    told = told_of_calls(deciding(condition, calling), others)

    names = [problem.severity for problem in told if problem.code == "condition-unknown-name"]
    assert names == ([severity] if severity else [])


@pytest.mark.parametrize(
    ("mapping", "others", "severity"),
    [
        ('out source="putusan" target="q"', [called()], None),
        ('out source="nilai" target="q"', [called()], None),
        ('out source="putusam" target="q"', [called()], ERROR),
        ('out source="putusam" target="q"', [called(service())], WARNING),
        ('out source="putusam" target="q"', [], None),
    ],
    ids=["its own", "what went in", "nobody's", "perhaps a program's", "of nobody known"],
)
def test_what_is_taken_back_has_to_be_there(mapping: str, others: list[str], severity: str | None) -> None:
    told = told_of_calls(deciding("q = 1", handing(mapping)), others)

    assert [(one.code, one.severity) for one in told] == ([("mapping-unknown-name", severity)] if severity else [])


# Linked SOPs --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("listed", "told"),
    [
        ("", []),
        ("SOP Lain", [("sop-link-unlisted", "x")]),
        ("SOP Lain; SOP Data  Salah", []),
        ("dipanggil", []),
        ("data salah", []),
    ],
)
def test_called_sop_is_among_the_related_ones(listed: str, told: list[tuple[str, str]]) -> None:
    text = row(call("x")).replace("<bpmn:laneSet", f"{said(keterkaitan=listed)}<bpmn:laneSet")
    problems_of = unlisted_links(read(definitions(text), FILE), {"dipanggil": "SOP Data Salah"})

    assert [(problem.code, problem.element) for problem in problems_of] == told


@pytest.mark.parametrize(
    ("text", "unit", "minutes"),
    [
        ("PT30M", "menit", 30), ("PT2H", "jam", 120), ("P1D", "hari", 480), ("P1W", "minggu", 2_400),
        ("P1DT1H", "", 540), ("PT24H", "elapsed", 480), ("PT24H", "jam", 1_440), ("P3D", "elapsed", 1_440),
        ("PT0M", "", None), ("P", "", None), ("", "", None), ("1 hari", "", None), ("P1Y", "", None),
    ],
)  # fmt: skip
def test_time_is_counted_in_work(text: str, unit: str, minutes: int | None) -> None:
    assert work_minutes(text, unit) == minutes


# The table of codes -------------------------------------------------------------------------------------

SINGLE = frozenset({"doctype", "encoding", "schema", "unreachable", "compensation"})
CODE = r"[a-z]+(?:-[a-z]+)+"
ENGINE = Path(package.__file__).parents[1]
TELLING = [
    ENGINE / "completeness" / "checking.py",
    *(ENGINE / "diagram").rglob("*.py"),
    *(ENGINE / "decision" / f"{name}.py" for name in ("checking", "dialect", "reading")),
    *(ENGINE / "form" / f"{name}.py" for name in ("complaints", "components", "document", "reading")),
    ENGINE / "markup.py",
    ENGINE / "workflow" / "parsing.py",
    *(ENGINE.parent / f"{name}.py" for name in ("drafts", "trial", "deployments")),
]


def written(file: Path) -> Iterator[str]:
    """Yield the codes that a module tells: texts of that shape in the arguments of a call."""
    for told in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(told, ast.Call):
            for argument in told.args:
                chosen = [argument.body, argument.orelse] if isinstance(argument, ast.IfExp) else [argument]
                texts = [str(one.value) for one in chosen if isinstance(one, ast.Constant)]
                yield from (text for text in texts if text in SINGLE or re.fullmatch(CODE, text))


def documented() -> list[tuple[str, str]]:
    """Return the codes of the tables with their severity."""
    tables = (FOLDER / "PROBLEMS.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`[a-z-]+`(?:, `[a-z-]+`)*) \| (error|warning|info|both) \|", tables, re.MULTILINE)
    return [(code, severity) for codes, severity in rows for code in re.findall("[a-z-]+", codes)]


def test_tables_of_problems_have_every_code_and_no_other() -> None:
    codes = [code for code, _ in documented()]

    assert set(codes) == {code for module in TELLING for code in written(module)} | WORDS.keys()
    assert len(codes) == len(set(codes))


def test_tables_say_how_severe_a_problem_is() -> None:
    severity = dict(documented())

    assert [(code, said) for said, code, *_ in RULES if severity.get(code) not in {said, "both"}] == []


# The list as a whole ------------------------------------------------------------------------------------


def untimed(count: int, *more: str) -> str:
    """Return a chain of printed rows without time and output, two warnings each."""
    names = [f"t{number}" for number in range(count)]
    return process(start(), *(task(name, said(baris="1")) for name in names), end(),
                   line("mulai", *names, "selesai"), *more)  # fmt: skip


def test_gravest_problems_come_first_whatever_their_lines() -> None:
    text = untimed(1, task("buntu"), line("t0", "buntu"), task("z", form="hilang"), line("t0", "z", "selesai"))

    assert [(problem.severity, problem.code) for problem in found(text)] == [
        (ERROR, "form-missing"), (WARNING, "sop-output-missing"), (WARNING, "sop-time-missing"),
        (INFO, "fork-implicit"), (INFO, "end-implicit"),
    ]  # fmt: skip


@pytest.mark.parametrize(("count", "told"), [(100, 200), (101, 201)])
def test_many_warnings_are_cut_short_and_stay_warnings(count: int, told: int) -> None:
    problems_of = found(untimed(count))

    assert (len(problems_of), {problem.severity for problem in problems_of}) == (told, {WARNING})
    assert (problems_of[-1].code == "more-problems") == (told > 200)


def test_error_is_told_before_many_warnings() -> None:
    first, *_, last = found(untimed(101, task("z", form="hilang"), line("mulai", "z", "selesai")))

    assert (first.code, last.code, last.severity) == ("form-missing", "more-problems", WARNING)


@pytest.mark.parametrize(("severity", "mark"), [(ERROR, ""), (WARNING, "warning: "), (INFO, "info: ")])
def test_line_of_a_problem_says_what_is_no_error(severity: Severity, mark: str) -> None:
    problem = Problem("kode", "Kalimat.", "Sentence.", "a.bpmn", 7, "x", severity, fix=remedy("Perbaiki."))

    assert str(problem) == f"a.bpmn:7: x: kode: {mark}Kalimat."


def test_file_is_refused_before_its_rules_are_asked() -> None:
    with pytest.raises(DeploymentRefused):
        found(PLAIN.replace('id="x"', 'id="isi"'))
