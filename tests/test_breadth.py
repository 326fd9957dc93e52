"""Every construct that a diagram may have: deployed, played and ended through the whole program."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from service import externals, incidents, instances, messages, tasks
from service.engine.workflow import Message
from service.errors import EngineFailed, NotAllowed
from service.queries import definitions
from tests.drafting import OFFICE, Sketch, boundary, catch, message, pause, signal, throw, timer
from tests.engine.drawing import call, each, end, extended, flow, gateway, line, process, start, task

ROOTS = (
    '<bpmn:message id="m" name="data"/><bpmn:signal id="s" name="umum"/>'
    '<bpmn:error id="e" name="Beda" errorCode="beda"/><bpmn:escalation id="k" name="Lama" escalationCode="lama"/>'
)
ERROR = '<bpmn:errorEventDefinition errorRef="e"/>'
ESCALATION = '<bpmn:escalationEventDefinition escalationRef="k"/>'
TERMINATE = "<bpmn:terminateEventDefinition/>"
TABLE = b"""<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="http://example.org/dmn">
  <decision id="nilai_capaian" name="Nilai capaian">
    <decisionTable id="t" hitPolicy="%s"%s>
      <input id="i"><inputExpression id="ie" typeRef="number"><text>jumlah</text></inputExpression></input>
      <output id="o" name="predikat" typeRef="string"/>
      <rule id="r1">
        <inputEntry id="a1"><text>&gt;= 90</text></inputEntry><outputEntry id="b1"><text>%s</text></outputEntry>
      </rule>
      <rule id="r2">
        <inputEntry id="a2"><text>%s</text></inputEntry><outputEntry id="b2"><text>%s</text></outputEntry>
      </rule>
    </decisionTable>
  </decision>
</definitions>"""


def scope(name: str, *inside: str, marker: str = "") -> str:
    return f'<bpmn:subProcess id="{name}" name="{name}">{marker}{"".join(inside)}</bpmn:subProcess>'


def one(element: str, name: str = "x", *more: str) -> str:
    """Return a process of one task, an element, and another task."""
    return process(start(), task("awal"), element, task("akhir"), *more, end(),
                   line("mulai", "awal", name, "akhir", "selesai"))  # fmt: skip


def play(sketch: Sketch, text: str, *others: str, **answers: object) -> UUID:
    """Deploy, start and do the first task; return the case."""
    sketch.deploy(text, *others, roots=ROOTS)
    case = sketch.begin()
    sketch.do(case, "awal", **answers)
    return case


PASSING: dict[str, tuple[str, dict[str, object]]] = {
    "task": ('<bpmn:task id="x"/>', {}),
    "manual task": ('<bpmn:manualTask id="x"/>', {}),
    "script": (
        (
            '<bpmn:scriptTask id="x" scriptFormat="feel" camunda:resultVariable="hasil">'
            "<bpmn:script>jumlah * 2</bpmn:script></bpmn:scriptTask>"
        ),
        {"hasil": 14},
    ),
    "throw none": ('<bpmn:intermediateThrowEvent id="x"/>', {}),
    "throw message": (throw("x", message()), {}),
    "throw signal": (throw("x", signal()), {}),
    "send task": ('<bpmn:sendTask id="x" messageRef="m"/>', {}),
    "throw escalation": (throw("x", ESCALATION), {}),
    "sub-process": (
        scope("x", start("s1"), '<bpmn:task id="t1"/>', end("e1"), line("s1", "t1", "e1")),
        {},
    ),
    "input and output": (
        '<bpmn:scriptTask id="x" scriptFormat="feel" camunda:resultVariable="dua">'
        + extended(
            '<camunda:inputOutput><camunda:inputParameter name="n">${jumlah + 1}</camunda:inputParameter>'
            '<camunda:outputParameter name="hasil">${dua}</camunda:outputParameter></camunda:inputOutput>'
        )
        + "<bpmn:script>n * 2</bpmn:script></bpmn:scriptTask>",
        {"hasil": 16},
    ),
    "standard loop": (
        (
            '<bpmn:scriptTask id="x" scriptFormat="feel" camunda:resultVariable="jumlah">'
            '<bpmn:standardLoopCharacteristics testBefore="true" loopMaximum="50">'
            '<bpmn:loopCondition xsi:type="bpmn:tFormalExpression">jumlah &lt; 20</bpmn:loopCondition>'
            "</bpmn:standardLoopCharacteristics><bpmn:script>jumlah + 5</bpmn:script></bpmn:scriptTask>"
        ),
        {"jumlah": 22},
    ),
    "cardinality": (
        (
            '<bpmn:scriptTask id="x" scriptFormat="feel" camunda:resultVariable="dua">'
            '<bpmn:multiInstanceLoopCharacteristics isSequential="true">'
            '<bpmn:loopCardinality xsi:type="bpmn:tFormalExpression">3</bpmn:loopCardinality>'
            '<bpmn:loopDataOutputRef>hasil</bpmn:loopDataOutputRef><bpmn:outputDataItem id="od" name="dua"/>'
            "</bpmn:multiInstanceLoopCharacteristics><bpmn:script>jumlah + 1</bpmn:script></bpmn:scriptTask>"
        ),
        {"hasil": [8, 8, 8]},
    ),
}


@pytest.mark.parametrize(("element", "data"), PASSING.values(), ids=PASSING.keys())
def test_element_that_passes(sketch: Sketch, element: str, data: dict[str, object]) -> None:
    case = play(sketch, one(element), jumlah=7)

    assert sketch.open_elements(case) == ["akhir"]
    known = sketch.data(case)
    assert {name: known[name] for name in data} == data
    sketch.do(case, "akhir")
    assert sketch.status(case) == "completed"


WAITING: dict[str, tuple[str, tuple[str, str]]] = {
    "service": ('<bpmn:serviceTask id="x" camunda:type="external" camunda:topic="capaian"/>', ("external", "capaian")),
    "send task by topic": (
        '<bpmn:sendTask id="x" camunda:type="external" camunda:topic="surat"/>', ("external", "surat"),
    ),
    "rule task by topic": (
        '<bpmn:businessRuleTask id="x" camunda:type="external" camunda:topic="aturan"/>', ("external", "aturan"),
    ),
    "receive task": ('<bpmn:receiveTask id="x" messageRef="m"/>', ("message", "data")),
    "catch message": (catch("x", message()), ("message", "data")),
    "catch signal": (catch("x", signal()), ("signal", "umum")),
    "catch timer": (pause("x", "timeDuration", "PT1H"), ("timer", "")),
}  # fmt: skip


@pytest.mark.parametrize(("element", "wait"), WAITING.values(), ids=WAITING.keys())
def test_element_that_waits(sketch: Sketch, element: str, wait: tuple[str, str]) -> None:
    case = play(sketch, one(element))
    assert (sketch.open_elements(case), sketch.waits(case)) == ([], [(*wait, "x")])

    happen(sketch, case, wait)

    assert (sketch.open_elements(case), sketch.waits(case)) == (["akhir"], [])
    sketch.do(case, "akhir")
    assert sketch.status(case) == "completed"


def happen(sketch: Sketch, case: UUID, wait: tuple[str, str]) -> None:
    """Let what a case waits for happen."""
    admin, (kind, name) = sketch.actor("admin", OFFICE), wait
    match kind:
        case "external":
            externals.complete(admin, sketch.wait(case, "x"), {"hasil": 1}, sketch.now)
        case "message":
            messages.send(admin, Message(name), sketch.now)
        case "signal":
            messages.broadcast(admin, name, {}, sketch.now)
        case _:
            sketch.later(hours=2)


def test_who_may_do_the_first_task_inside_starts_the_case(sketch: Sketch) -> None:
    inside = scope("x", start("s1"), task("dalam"), end("e1"), line("s1", "dalam", "e1"))
    sketch.deploy(process(start(), inside, task("sesudah"), end(), line("mulai", "x", "sesudah", "selesai")))

    case = sketch.begin()

    sketch.do(case, "dalam")
    assert sketch.open_elements(case) == ["sesudah"]


def test_who_may_do_the_first_task_of_a_called_process_starts_and_cancels_the_case(sketch: Sketch) -> None:
    chain = [
        process(start(), call("x", "tengah"), task("sesudah", group="sekretaris"), end(),
                line("mulai", "x", "sesudah", "selesai")),
        process(start(), call("y", "terdalam"), end(), line("mulai", "y", "selesai"), key="tengah"),
        process(start(), task("pertama"), end(), line("mulai", "pertama", "selesai"), key="terdalam"),
    ]  # fmt: skip
    sketch.deploy(*chain)
    head, secretary = sketch.actor("blitar.kadis"), sketch.actor("blitar.sekretaris")

    offered = {choice.key: choice for choice in definitions.startable(head)}
    case = sketch.begin()

    assert (offered[sketch.key].first_step, definitions.startable(secretary)) == ("pertama", ())
    assert definitions.process(head, sketch.key).may_start
    with pytest.raises(NotAllowed):
        instances.start(secretary, sketch.key, {}, sketch.now)
    sketch.deploy(chain[2].replace('candidateGroups="kadis"', 'candidateGroups="sekretaris"'))
    assert not instances.may_cancel(secretary, case), "the case is bound to the version before"
    assert sketch.open_elements(case) == ["pertama"]
    instances.cancel(head, case, "Surat permintaannya ditarik kembali", sketch.now)


@pytest.mark.parametrize("interrupting", [True, False], ids=["interrupting", "beside"])
@pytest.mark.parametrize(
    ("definition", "wait"),
    [(message(), ("message", "data")), (signal(), ("signal", "umum")), (timer("timeDuration", "PT1H"), ("timer", ""))],
    ids=["message", "signal", "timer"],
)
@pytest.mark.parametrize("host", ["task", "sub-process"])
def test_boundary_event(
    sketch: Sketch, host: str, definition: str, wait: tuple[str, str], interrupting: bool  # noqa: FBT001 - a table
) -> None:  # fmt: skip
    inside = task("dalam") if host == "sub-process" else task("x")
    element = scope("x", start("s1"), inside, end("e1"), line("s1", "dalam", "e1")) if host == "sub-process" else inside
    event = boundary("tepi", "x", definition, interrupting=interrupting)
    case = play(sketch, one(element, "x", event, task("samping"), end("lain"), line("tepi", "samping", "lain")))
    waiting = "dalam" if host == "sub-process" else "x"
    assert sketch.open_elements(case) == [waiting]

    happen(sketch, case, wait)

    assert sketch.open_elements(case) == (["samping"] if interrupting else sorted([waiting, "samping"]))
    sketch.do(case, "samping")
    if not interrupting:
        sketch.do(case, waiting)
        sketch.do(case, "akhir")
    assert sketch.status(case) == "completed"


@pytest.mark.parametrize(("ending", "caught"), [(ERROR, ERROR), (ERROR, "<bpmn:errorEventDefinition/>")])
def test_error_ends_its_scope(sketch: Sketch, ending: str, caught: str) -> None:
    inside = scope("x", start("s1"), task("dalam"), end("e1", ending), line("s1", "dalam", "e1"))
    event = boundary("tepi", "x", caught)
    text = one(inside, "x", event, task("samping"), line("tepi", "samping", "akhir"))
    text = text.replace(flow("x", "akhir"), "")
    case = play(sketch, text)

    sketch.do(case, "dalam")

    assert sketch.open_elements(case) == ["samping"]


@pytest.mark.parametrize("interrupting", [True, False], ids=["interrupting", "beside"])
def test_escalation_leaves_its_scope(sketch: Sketch, interrupting: bool) -> None:  # noqa: FBT001 - a table
    inside = scope("x", start("s1"), throw("lapor", ESCALATION), task("dalam"), end("e1"),
                   line("s1", "lapor", "dalam", "e1"))  # fmt: skip
    event = boundary("tepi", "x", ESCALATION, interrupting=interrupting)
    case = play(sketch, one(inside, "x", event, task("samping"), end("lain"), line("tepi", "samping", "lain")))

    assert sketch.open_elements(case) == (["samping"] if interrupting else ["dalam", "samping"])


def test_terminate_ends_everything_of_its_scope(sketch: Sketch) -> None:
    text = process(
        start(), gateway("a", kind="parallelGateway"), task("awal"), task("lama"), end("habis", TERMINATE), end(),
        line("mulai", "a", "awal", "habis"), line("a", "lama", "selesai"),
    )  # fmt: skip
    case = play(sketch, text)

    assert (sketch.status(case), sketch.open_elements(case)) == ("completed", [])


def test_link_leads_on_elsewhere(sketch: Sketch) -> None:
    link = '<bpmn:linkEventDefinition name="bawah"/>'
    text = process(
        start(), task("awal"), throw("lempar", link), catch("tangkap", link), task("akhir"), end(),
        line("mulai", "awal", "lempar"), line("tangkap", "akhir", "selesai"),
    )  # fmt: skip

    assert sketch.open_elements(play(sketch, text)) == ["akhir"]


@pytest.mark.parametrize(
    ("nilai", "opened"), [("a", ["satu"]), ("b", ["dua"]), ("c", ["satu", "dua"]), ("d", ["tiga"])]
)
def test_inclusive_gateway_takes_every_way_that_holds(sketch: Sketch, nilai: str, opened: list[str]) -> None:
    text = process(
        start(), task("awal"), gateway("a", "a-tiga", "inclusiveGateway"), task("satu"), task("dua"), task("tiga"),
        gateway("b", kind="inclusiveGateway"), task("akhir"), end(), line("mulai", "awal", "a"),
        flow("a", "satu", 'nilai = "a" or nilai = "c"'), flow("a", "dua", 'nilai in ["b", "c"]'), flow("a", "tiga"),
        line("satu", "b"), line("dua", "b"), line("tiga", "b"), line("b", "akhir", "selesai"),
    )  # fmt: skip
    case = play(sketch, text, nilai=nilai)

    assert sorted(sketch.open_elements(case)) == sorted(opened)
    for element in opened:
        assert "akhir" not in sketch.open_elements(case)
        sketch.do(case, element)
    assert sketch.open_elements(case) == ["akhir"]


@pytest.mark.parametrize(("wait", "opened"), [(("message", "data"), "datang"), (("timer", ""), "lewat")])
def test_event_gateway_takes_what_comes_first(sketch: Sketch, wait: tuple[str, str], opened: str) -> None:
    text = process(
        start(), task("awal"), gateway("g", kind="eventBasedGateway"), catch("p", message()),
        pause("w", "timeDuration", "PT1H"), task("datang"), task("lewat"), end(),
        line("mulai", "awal", "g", "p", "datang", "selesai"), line("g", "w", "lewat", "selesai"),
    )  # fmt: skip
    case = play(sketch, text)
    assert len(sketch.waits(case)) == 2

    happen(sketch, case, wait)

    assert (sketch.open_elements(case), sketch.waits(case)) == ([opened], [])


def test_called_process_takes_and_gives_variables(sketch: Sketch) -> None:
    inside = extended(
        '<camunda:in source="jumlah" target="masuk"/><camunda:in sourceExpression="${jumlah * 2}" target="ganda"/>'
        '<camunda:out source="nilai" target="keluar"/>'
    )
    called = process(start(), task("dalam"), end(), line("mulai", "dalam", "selesai"), key="dipanggil")
    case = play(sketch, one(call("x", inside=inside)), called, jumlah=7)
    assert sketch.open_elements(case) == ["dalam"]

    sketch.do(case, "dalam", nilai="sudah")

    data = sketch.data(case)
    assert (sketch.open_elements(case), data["keluar"], data["nilai"], "ganda" in data) == (
        ["akhir"], "sudah", None, False
    )  # fmt: skip


@pytest.mark.parametrize("sequential", [False, True], ids=["parallel", "sequential"])
def test_sub_process_for_each_of_several(sketch: Sketch, sequential: bool) -> None:  # noqa: FBT001 - a table
    inside = scope("x", start("s1"), task("dalam", group="${unit}"), end("e1"), line("s1", "dalam", "e1"),
                   marker=each(sequential=sequential).replace('name="satu"', 'name="nilai"'))  # fmt: skip
    case = play(sketch, one(inside), daftar=["bidang1", "bidang2"])

    if sequential:
        assert sketch.open_elements(case) == ["dalam bidang1"]
    sketch.do(case, "dalam", "bidang1", nilai="a")
    assert sketch.open_elements(case) == ["dalam bidang2"]
    sketch.do(case, "dalam", "bidang2", nilai="b")
    assert (sketch.open_elements(case), sketch.data(case)["hasil"]) == (["akhir"], ["a", "b"])


def test_completion_condition_ends_the_rest(sketch: Sketch) -> None:
    marker = each().replace(
        "</bpmn:multiInstance",
        '<bpmn:completionCondition xsi:type="bpmn:tFormalExpression">nrOfCompletedInstances &gt;= 2'
        "</bpmn:completionCondition></bpmn:multiInstance",
    )
    case = play(sketch, one(task("x", marker, group="${unit}")), daftar=["bidang1", "bidang2", "bidang3"])
    sketch.do(case, "x", "bidang3")
    assert sketch.open_elements(case) == ["x bidang1", "x bidang2"]

    sketch.do(case, "x", "bidang1")

    assert sketch.open_elements(case) == ["akhir"]


RULE = (
    '<bpmn:businessRuleTask id="x" camunda:decisionRef="nilai_capaian" camunda:resultVariable="hasil" '
    'camunda:mapDecisionResult="%s"/>'
)
POLICIES: dict[str, tuple[tuple[bytes, ...], str, object]] = {
    "UNIQUE": ((b"UNIQUE", b"", b'"baik"', b"&lt; 90", b'"kurang"'), "singleEntry", "baik"),
    "FIRST": ((b"FIRST", b"", b'"baik"', b"-", b'"kurang"'), "singleEntry", "baik"),
    "ANY": ((b"ANY", b"", b'"baik"', b"&gt; 50", b'"baik"'), "singleEntry", "baik"),
    "COLLECT": ((b"COLLECT", b"", b'"baik"', b"&gt; 50", b'"lulus"'), "collectEntries", ["baik", "lulus"]),
    "RULE ORDER": ((b"RULE ORDER", b"", b'"baik"', b"-", b'"semua"'), "collectEntries", ["baik", "semua"]),
    "COLLECT SUM": ((b"COLLECT", b' aggregation="SUM"', b"2", b"-", b"3"), "singleEntry", 5),
    "COLLECT COUNT": ((b"COLLECT", b' aggregation="COUNT"', b"2", b"-", b"3"), "singleEntry", 2),
    "COLLECT MIN": ((b"COLLECT", b' aggregation="MIN"', b"2", b"-", b"3"), "singleEntry", 2),
    "COLLECT MAX": ((b"COLLECT", b' aggregation="MAX"', b"2", b"-", b"3"), "singleEntry", 3),
}


@pytest.mark.parametrize(("table", "mapped", "result"), POLICIES.values(), ids=POLICIES.keys())
def test_decision_table(sketch: Sketch, table: tuple[bytes, ...], mapped: str, result: object) -> None:
    content = TABLE % table
    if b"aggregation" in content:
        content = content.replace(b'typeRef="string"', b'typeRef="number"')
    sketch.deploy(one(RULE % mapped), tables={"nilai.dmn": content})
    case = sketch.begin()
    sketch.do(case, "awal", jumlah=93)

    assert (sketch.open_elements(case), sketch.data(case)["hasil"]) == (["akhir"], result)


def test_decision_without_a_rule_that_matches_is_an_incident(sketch: Sketch) -> None:
    sketch.deploy(
        one(RULE % "singleEntry"), tables={"nilai.dmn": TABLE % (b"UNIQUE", b"", b'"baik"', b"&lt; 50", b'"kurang"')}
    )
    case = sketch.begin()

    with pytest.raises(EngineFailed):
        sketch.do(case, "awal", jumlah=70)
    (incident,) = sketch.incidents(case)
    assert (incident.cause, incident.element, incident.data) == ("decision-without-match", "x", {"jumlah": 70})

    incidents.retry(sketch.actor("admin", OFFICE), incident.id, {"jumlah": "95"}, "Salah ketik.", sketch.now)

    assert (sketch.open_elements(case), sketch.data(case)["hasil"]) == (["akhir"], "baik")


def test_task_for_one_person(sketch: Sketch) -> None:
    case = play(sketch, one(task("x", attributes='camunda:assignee="${nilai}"')), nilai="blitar.kasubbag")
    found = sketch.task(case, "x")

    with pytest.raises(NotAllowed):
        tasks.complete(sketch.actor("blitar.kadis"), found.id, {}, sketch.now)
    tasks.complete(sketch.actor("blitar.kasubbag"), found.id, {}, sketch.now)
    assert sketch.open_elements(case) == ["akhir"]


def test_task_for_nobody_whom_the_office_has_is_an_incident(sketch: Sketch) -> None:
    sketch.deploy(one(task("x", attributes='camunda:assignee="${nilai}"')), roots=ROOTS)
    case = sketch.begin()

    with pytest.raises(EngineFailed):
        sketch.do(case, "awal", nilai="banggai.kadis")

    (incident,) = sketch.incidents(case)
    assert (incident.cause, incident.element, sketch.open_elements(case)) == ("nobody", "x", ["awal"])
    assert incident.data == {"nilai": "banggai.kadis"}


def test_dates_and_priority_of_a_task(sketch: Sketch) -> None:
    said = 'camunda:dueDate="2026-12-24T12:00:00+07:00" camunda:followUpDate="P1D" camunda:priority="${jumlah}"'
    case = play(sketch, one(task("x", attributes=said)), jumlah=80)
    found = sketch.task(case, "x")

    assert (found.due_at, found.follow_up_at, found.priority) == (
        datetime(2026, 12, 24, 5, tzinfo=UTC), sketch.now + timedelta(days=1), 80
    )  # fmt: skip


@pytest.mark.parametrize(
    "bound", ['camunda:calledElementBinding="deployment"', 'camunda:calledElementBinding="latest"']
)
def test_called_version_is_bound_when_the_case_starts(sketch: Sketch, bound: str) -> None:
    called = process(start(), task("dalam"), end(), line("mulai", "dalam", "selesai"), key="dipanggil")
    case = play(sketch, one(call("x").replace(" calledElement", f" {bound} calledElement")), called)
    sketch.deploy(called.replace('"dalam"', '"baru"').replace("-dalam", "-baru").replace("dalam-", "baru-"))

    assert sketch.open_elements(case) == ["dalam"]
    sketch.do(case, "dalam")
    assert sketch.open_elements(case) == ["akhir"]


def deciding(*after: str) -> str:
    """Return a gateway that fails when `jumlah` is 2, with the ways behind it."""
    return "".join((gateway("pilih", "pilih-selesai"), flow("pilih", after[0], 'if jumlah = 2 then "salah" else true'),
                    flow("pilih", "selesai"), *(line(*after, "selesai"),)))  # fmt: skip


def test_failure_in_the_caller_is_corrected_there(sketch: Sketch) -> None:
    called = process(start(), task("dalam"), end(), line("mulai", "dalam", "selesai"), key="dipanggil")
    handed = extended('<camunda:in source="jumlah" target="asal"/><camunda:out source="nilai" target="nilai"/>')
    text = process(start(), task("awal"), call("x", inside=handed), task("akhir"), end(), deciding("akhir"),
                   line("mulai", "awal", "x", "pilih"))  # fmt: skip
    case = play(sketch, text, called, jumlah=2)
    with pytest.raises(EngineFailed):
        sketch.do(case, "dalam", jumlah=7)

    repaired(sketch, case, "proses")

    assert (sketch.open_elements(case), sketch.data(case)["jumlah"]) == (["akhir"], 1)


def test_failure_in_a_process_that_begins_within_the_act_is_corrected_before_it(sketch: Sketch) -> None:
    called = process(start(), task("dalam"), end(), deciding("dalam"), line("mulai", "pilih"), key="dipanggil")
    handed = extended('<camunda:in source="jumlah" target="jumlah"/>')
    sketch.deploy(one(call("x", inside=handed)), called)
    case = sketch.begin()
    with pytest.raises(EngineFailed):
        sketch.do(case, "awal", jumlah=2)

    repaired(sketch, case, "dipanggil")

    assert sketch.open_elements(case) == ["dalam"]


def repaired(sketch: Sketch, case: UUID, process_key: str) -> None:
    """Correct the number that a decision failed over."""
    (incident,) = sketch.incidents(case)
    assert (incident.process_key, incident.element) == (process_key, "pilih")
    incidents.retry(sketch.actor("admin", OFFICE), incident.id, {"jumlah": "1"}, "Salah ketik jumlah.", sketch.now)
