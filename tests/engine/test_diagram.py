"""Diagrams: read without harm, described as drawn, and every problem named with its way out."""

import re
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from service.engine import form as forms
from service.engine import sop, stepmap, worklist
from service.engine.diagram import (
    MAX_BYTES,
    DataMapping,
    Diagram,
    Flow,
    Lane,
    Loop,
    Node,
    Supply,
    parse_xml,
    problems,
    read,
)
from service.engine.diagram.limits import LONGEST_ID, LONGEST_NAME, LONGEST_TEXT
from service.engine.diagram.places import place
from service.engine.diagram.reading import MAX_ELEMENTS
from service.engine.expression import compile_expression
from service.engine.workflow import Source, hydrate, parse
from service.engine.workflow import start as begin
from service.errors import DeploymentRefused, EngineFailed, Problem
from tests import answers
from tests.bpmn.diagram import FOLDER, FORMS
from tests.engine.drawing import (
    NAMESPACES,
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
    specification,
    start,
    task,
)
from tests.engine.walking import CALLED, PROCESSES, form_of

SIMPLE = process(start(), task("isi"), end(), line("mulai", "isi", "selesai"))
KNOWN_FORMS = {"isian": frozenset({"nilai", "keputusan", "daftar"}), "mulai": frozenset({"judul"})}
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
FILE = "sop.bpmn"
NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)


def drawn(*processes: str) -> Diagram:
    return read(definitions(*processes), FILE)


def found(text: str) -> list[Problem]:
    called = {"dipanggil": Supply(frozenset({"apa_saja"}), is_open=False)}
    return problems(drawn(text), FILE, form_names=KNOWN_FORMS, known=frozenset({"unit_kantor"}), called=called)


def codes(text: str) -> list[tuple[str, str]]:
    return [(problem.code, problem.element) for problem in found(text)]


def refusals(content: bytes) -> list[Problem]:
    with pytest.raises(DeploymentRefused) as refusal:
        read(content, FILE)
    return list(refusal.value.problems)


# Reading from strangers -----------------------------------------------------------------------------


def with_doctype(doctype: str, text: str = SIMPLE) -> bytes:
    return definitions(text).replace(b"?>\n", f"?>\n{doctype}\n".encode(), 1)


def written(encoding: str, codec: str, text: str = SIMPLE) -> bytes:
    return definitions(text).decode().replace("UTF-8", encoding).encode(codec)


def nested(depth: int) -> str:
    return extended("<camunda:a>" * depth + "</camunda:a>" * depth)


LAUGHS = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
BAD_FILES: dict[str, tuple[str, bytes]] = {
    "empty": ("not-xml", b""),
    "blank": ("not-xml", b" \n "),
    "text": ("not-xml", b"Mohon diunggah."),
    "json": ("not-xml", b'{"definitions": []}'),
    "archive": ("not-xml", b"PK\x03\x04\x14\x00\x00\x00"),
    "nulls": ("not-xml", b"\x00" * 100),
    "cut off": ("not-xml", definitions(SIMPLE)[:-30]),
    "two roots": ("not-xml", definitions(SIMPLE) + b"<b/>"),
    "tag not closed": ("not-xml", definitions(SIMPLE).replace(b"</bpmn:userTask>", b"")),
    "namespace not declared": ("not-xml", definitions(SIMPLE).replace(b"<bpmn:endEvent", b"<lain:endEvent")),
    "attribute twice": ("not-xml", definitions(SIMPLE).replace(b'id="isi"', b'id="isi" id="isi"')),
    "control character": ("not-xml", definitions(SIMPLE).replace(b'name="isi"', b'name="i&#1;si"')),
    "unknown entity": ("not-xml", definitions(SIMPLE).replace(b'name="isi"', b'name="&isi;"')),
    "broken UTF-8": ("not-xml", definitions(SIMPLE).replace(b'name="isi"', b'name="\xff\xfe"')),
    "encoding that does not exist": ("not-xml", written("klingon", "utf-8")),
    "UTF-16 said, UTF-8 written": ("not-xml", written("UTF-16", "utf-8")),
    "too deep": ("not-xml", definitions(process(start(), task("isi", nested(300)), end()))),
    "too large": ("file-too-large", b" " * (MAX_BYTES + 1)),
    "too many elements": (
        "too-many-elements",
        definitions(process(start(), task("isi", extended("<camunda:a/>" * MAX_ELEMENTS)), end())),
    ),
    "doctype": ("doctype", with_doctype("<!DOCTYPE bpmn:definitions>")),
    "entity": ("doctype", with_doctype('<!DOCTYPE x [<!ENTITY a "isi">]>')),
    "file entity": (
        "doctype",
        with_doctype('<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>', process(start(), task("isi", "&a;"))),
    ),
    "outside entity": ("doctype", with_doctype('<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">')),
    "parameter entity": (
        "doctype",
        with_doctype('<!DOCTYPE x [<!ENTITY % a SYSTEM "file:///etc/passwd"> %a;]>'),
    ),
    "other encoding": ("encoding", written("windows-1252", "windows-1252")),
    "encoding that hides tags": ("encoding", written("UTF-7", "utf-7")),
    "web page": ("not-bpmn", b"<html><body/></html>"),
    "no namespace": ("not-bpmn", b"<definitions/>"),
    "other BPMN": ("not-bpmn", b'<definitions xmlns="http://schema.omg.org/spec/BPMN/2.0"/>'),
    "process alone": ("not-bpmn", f'<bpmn:process id="proses" {NAMESPACES}/>'.encode()),
    "decision table": ("not-bpmn", b'<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"/>'),
    "no process": ("not-executable", definitions()),
    "no name for the process": ("process-without-id", definitions(SIMPLE.replace('id="proses" ', ""))),
    "not executable": ("not-executable", definitions(process(start(), attributes='isExecutable="false"'))),
    "executable or not": ("not-executable", definitions(process(start(), attributes=""))),
    "two processes": (
        "not-executable",
        definitions(
            process(start("m1"), key="satu").replace("lajur", "l1"),
            process(start("m2"), key="dua").replace("lajur", "l2"),
        ),
    ),
    "unknown element": ("schema", definitions(SIMPLE.replace("endEvent", "akhirEvent"))),
    "flow without a target": ("schema", definitions(SIMPLE.replace('targetRef="selesai"', ""))),
    "id twice": ("schema", definitions(SIMPLE.replace('id="selesai"', 'id="isi"'))),
    "id that is no name": ("schema", definitions(SIMPLE.replace('id="isi"', 'id="1 isi"'))),
    "text between elements": ("schema", definitions(SIMPLE.replace("<bpmn:endEvent", "halo<bpmn:endEvent"))),
    "hidden direction": ("control-character", definitions(SIMPLE.replace('name="isi"', 'name="is\u202ei"'))),
    "hidden isolate": ("control-character", definitions(SIMPLE.replace('name="isi"', 'name="\u2066isi"'))),
}  # fmt: skip


@pytest.mark.parametrize(("code", "content"), BAD_FILES.values(), ids=BAD_FILES.keys())
def test_file_that_cannot_be_read_is_refused_by_name(code: str, content: bytes) -> None:
    refused = refusals(content)

    assert {problem.code for problem in refused} == {code}
    assert all(problem.file == FILE and problem.line > 0 for problem in refused)
    assert all(problem.message and problem.message_en and problem.severity == "error" for problem in refused)
    assert "root:" not in str(refused)


@pytest.mark.timeout(5)
@pytest.mark.parametrize("used", [extended("&a11;"), '<bpmn:task id="isi" name="&a11;"/>'], ids=["text", "attribute"])
def test_entities_in_entities_are_refused_at_once(used: str) -> None:
    doctype = f'<!DOCTYPE x [<!ENTITY a0 "{"ha" * 100}">{LAUGHS}]>'

    assert {problem.code for problem in refusals(with_doctype(doctype, process(used)))} <= {"doctype", "not-xml"}


GOOD_FILES: dict[str, bytes] = {
    "plain": definitions(SIMPLE),
    "with mark": b"\xef\xbb\xbf" + definitions(SIMPLE),
    "lower case": written("utf-8", "utf-8"),
    "UTF-16": written("UTF-16", "utf-16"),
    "Latin-1": written("ISO-8859-1", "latin-1"),
    "ASCII": written("US-ASCII", "ascii"),
    "no declaration": definitions(SIMPLE).split(b"?>\n", 1)[1],
    "largest": definitions(SIMPLE).ljust(MAX_BYTES),
    "some depth": definitions(
        process(start(), task("isi", nested(100)), end(), line("mulai", "isi", "selesai"), lanes={"Kadis": ["isi"]})
    ),
    "comments": definitions(f"<!-- gambar -->{SIMPLE}<?modeler x?>"),
    "a drawing beside it": definitions(SIMPLE, '<bpmn:process id="opd" isExecutable="false"/>'),
}


@pytest.mark.parametrize("content", GOOD_FILES.values(), ids=GOOD_FILES.keys())
def test_file_that_can_be_read_is_read(content: bytes) -> None:
    diagram = read(content, FILE)

    assert (diagram.key, list(diagram.nodes)) == ("proses", ["mulai", "isi", "selesai"])


@pytest.mark.parametrize(("encoding", "codec"), [("UTF-8", "utf-8"), ("UTF-16", "utf-16"), ("ISO-8859-1", "latin-1")])
def test_names_survive_every_encoding(encoding: str, codec: str) -> None:
    text = SIMPLE.replace('name="isi"', 'name="Menyusun résumé"')

    assert read(written(encoding, codec, text), FILE).nodes["isi"].name == "Menyusun résumé"


@pytest.mark.parametrize(
    ("inside", "element", "where", "what"),
    [
        (call("x", "${proses}").replace('id="x"', 'id="x" name="SOP lain"'), "x", "Elemen SOP lain",
         "Atribut calledElement pada bagian callActivity tidak sesuai dengan skema BPMN 2.0."),
        ('<bpmn:task id="isi" name="Dua kali"/>', "isi", "Elemen Dua kali",
         "Atribut id pada bagian task tidak sesuai dengan skema BPMN 2.0."),
        (task("x", "<bpmn:lain/>"), "x", "Elemen x", "Bagian lain tidak sesuai dengan skema BPMN 2.0."),
    ],
)  # fmt: skip
def test_what_breaks_the_schema_is_named_with_its_element(inside: str, element: str, where: str, what: str) -> None:
    text = definitions(process(start(), task("isi"), inside)).decode()

    for content in (text, text.replace("bpmn:", "").replace("xmlns:bpmn=", "xmlns=")):
        (told,) = refusals(content.encode())
        assert (told.element, told.place, told.message) == (element, where, what)
        assert "http" not in told.message_en


def test_refusal_names_the_line() -> None:
    (cut,) = refusals(definitions(SIMPLE).replace(b"</bpmn:userTask>", b""))
    (schema,) = refusals(definitions(process(start(), task("isi"), '<bpmn:lain id="x"/>')))
    (hidden,) = refusals(definitions(process(start(), task("isi\u202e").replace('id="isi\u202e"', 'id="isi"'))))

    assert (cut.line, schema.line, hidden.line, hidden.element) == (9, 7, 6, "isi")


@pytest.mark.parametrize(
    ("longest", "drawing"),
    [
        (LONGEST_ID, lambda text: row(task("x")).replace('"x"', f'"{text}"').replace(">x<", f">{text}<")),
        (LONGEST_NAME, lambda text: SIMPLE.replace('name="isi"', f'name="{text}"')),
        (LONGEST_NAME, lambda text: row(task("x", said(judul=text)))),
        (LONGEST_TEXT, lambda text: row(task("x", said(keterangan=text)))),
    ],
    ids=["id", "name", "title", "text"],
)
def test_texts_have_a_length(longest: int, drawing: Callable[[str], str]) -> None:
    (problem,) = refusals(definitions(drawing("x" * (longest + 1))))

    assert (problem.code, problem.file) == ("text-too-long", FILE)
    assert str(longest) in problem.message
    assert codes(drawing("x" * longest)) == []


def test_only_the_first_schema_problems_are_told() -> None:
    assert len(refusals(definitions(process(start(), *(f'<bpmn:lain id="x{n}"/>' for n in range(50)))))) <= 20


@pytest.mark.parametrize(
    "condition",
    [
        "nilai <!-- atau --> = 1",
        "<!-- dulu: nilai = 2 -->nilai = 1",
        "nilai <?x y?> = 1",
        "<![CDATA[nilai < 2 and nilai > 0]]>",
        "\n  nilai\n = 1\n",
    ],
)
def test_text_that_is_reviewed_is_the_text_that_runs(condition: str) -> None:
    text = choosing("CONDITION").replace("CONDITION", condition)
    shared = specification(text)
    step = begin(shared, {}, NOW)

    assert codes(text) == []
    for nilai, opened in [(1, "a"), (2, "b")]:
        assert compile_expression(drawn(text).flows["pilih-a"].condition).holds({"nilai": nilai}) is (opened == "a")
        done = hydrate(shared, step.state).complete(step.open_tasks[0].id, {"nilai": nilai}, NOW)
        assert [task.element for task in done.open_tasks] == [opened]


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_quietly(content: bytes) -> None:
    with pytest.raises(DeploymentRefused):
        read(content, FILE)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_any_text_may_stand_in_a_name(name: str) -> None:
    element = etree.Element("x")
    try:
        element.set("name", name)
    except ValueError:
        return  # XML cannot hold it
    attribute = etree.tostring(element, encoding="unicode")[3:-2]

    try:
        diagram = drawn(SIMPLE.replace('name="isi"', attribute))
    except DeploymentRefused as refusal:
        assert {problem.code for problem in refusal.problems} <= {"control-character", "not-xml"}  # noqa: PT017 - either is right
    else:
        assert diagram.nodes["isi"].name == " ".join(name.split())
        assert codes(SIMPLE.replace('name="isi"', attribute)) == []


def test_parsed_tree_has_neither_comments_nor_instructions() -> None:
    root = parse_xml(definitions(f"<!-- satu -->{SIMPLE}<?dua?>"), FILE)

    assert all(isinstance(element.tag, str) for element in root.iter())


# The diagram as values ------------------------------------------------------------------------------


def test_diagram_is_told_whole() -> None:
    text = process(
        said(judul="SOP Uji", instansi="Dinas"),
        start(form="mulai"),
        task("row_01", said(baris="1") + each(), form="isian", group="kadis, sekretaris ,"),
        gateway("pilih", "pilih-selesai"),
        call("panggil", "dipanggil", extended('<camunda:in source="p" target="q"/><camunda:out variables="all"/>')),
        end(),
        flow("mulai", "row_01"),
        flow("row_01", "pilih"),
        flow("pilih", "panggil", " nilai = 1 ", name="Ya"),
        flow("pilih", "selesai"),
        flow("panggil", "selesai"),
        '<bpmn:dataObject id="daftar" name="Daftar"/>',
        lanes={"Kadis": ["row_01", "mulai"], "Sekretaris": ["pilih"]},
    )
    # Lanes come first in our drawings; the schema wants extension elements before them.
    text = re.sub(
        r"(<bpmn:laneSet.*</bpmn:laneSet>)\n(<bpmn:extensionElements>.*?</bpmn:extensionElements>)", r"\2\n\1", text
    )

    diagram = drawn(text)

    assert diagram == Diagram(
        key="proses",
        name="proses",
        properties={"sop.judul": "SOP Uji", "sop.instansi": "Dinas"},
        documentation="",
        lanes=(
            Lane("lajur_0", "Kadis", frozenset({"row_01", "mulai"})),
            Lane("lajur_1", "Sekretaris", frozenset({"pilih"})),
        ),
        nodes={
            "mulai": Node("mulai", "startEvent", "", "Kadis", 6, form="mulai", scope="proses"),
            "row_01": Node(
                "row_01", "userTask", "row_01", "Kadis", 7,
                properties={"sop.baris": "1"}, form="isian", groups=("kadis", "sekretaris"),
                loop=Loop("daftar", "unit", "hasil", "satu", sequential=False), scope="proses",
            ),
            "pilih": Node("pilih", "exclusiveGateway", "", "Sekretaris", 8, default="pilih-selesai", scope="proses"),
            "panggil": Node(
                "panggil", "callActivity", "", "", 9, called="dipanggil", scope="proses",
                mappings=(
                    DataMapping(outward=False, everything=False, source="p", target="q"),
                    DataMapping(outward=True, everything=True, source="", target=""),
                ),
            ),
            "selesai": Node("selesai", "endEvent", "", "", 10, scope="proses"),
        },
        flows={
            "mulai-row_01": Flow("mulai-row_01", "mulai", "row_01", "", "", 11),
            "row_01-pilih": Flow("row_01-pilih", "row_01", "pilih", "", "", 12),
            "pilih-panggil": Flow("pilih-panggil", "pilih", "panggil", "Ya", "nilai = 1", 13),
            "pilih-selesai": Flow("pilih-selesai", "pilih", "selesai", "", "", 14),
            "panggil-selesai": Flow("panggil-selesai", "panggil", "selesai", "", "", 15),
        },
        start_form="mulai",
        data_objects=frozenset({"daftar"}),
        written=35,
    )  # fmt: skip
    assert diagram.called == {"dipanggil"}
    assert (diagram.start.id, diagram.steps) == ("mulai", 1)


@pytest.mark.parametrize(
    ("marker", "expected"),
    [
        (each(sequential=True), Loop("daftar", "unit", "hasil", "satu", sequential=True)),
        (
            '<bpmn:multiInstanceLoopCharacteristics camunda:collection="${ daftar }" camunda:elementVariable="unit"/>',
            Loop("${ daftar }", "unit", "", "", sequential=False),
        ),
        ("<bpmn:multiInstanceLoopCharacteristics/>", Loop("", "", "", "", sequential=False)),
        ("", None),
    ],
)
def test_multi_instance_marker_is_read(marker: str, expected: Loop | None) -> None:
    assert drawn(process(start(), task("isi", marker))).nodes["isi"].loop == expected


@pytest.mark.parametrize(
    ("value", "order"), [("9", 9), ("012", 12), ("", 0), ("x", 0), ("-1", 0), ("1.5", 0), ("\u0661", 0), ("²", 0)]
)
def test_order_is_a_plain_number(value: str, order: int) -> None:
    assert drawn(process(start(), task("isi", said(baris=value)))).nodes["isi"].order == order


@pytest.mark.parametrize(("value", "added"), [("ya", True), ("tidak", False), ("", False), ("Ya", False)])
def test_addition_says_so(value: str, added: bool) -> None:  # noqa: FBT001 - a column of the table
    assert drawn(process(start(), task("isi", said(tambahan=value)))).nodes["isi"].is_addition is added


ROUND = process(
    start(), task("row_02", said(baris="2"), group="sekretaris"), gateway("masuk", "masuk-row_01"),
    task("row_01", said(baris="1"), group="kadis"), call("panggil"), gateway("lagi"),
    task("tambah", said(baris="1", tambahan="ya")), task("lepas"), end(),
    line("mulai", "masuk", "row_01", "lagi", "row_02", "panggil", "tambah", "lepas", "selesai"),
    flow("masuk", "lagi", "nilai = 1"),
)  # fmt: skip


def test_tasks_stand_in_the_order_of_rows_and_additions_behind_theirs() -> None:
    diagram = drawn(ROUND)

    assert [node.id for node in diagram.user_tasks] == ["row_01", "tambah", "row_02", "lepas"]
    assert diagram.steps == 2


def test_tasks_of_no_row_stand_in_the_order_of_the_flow_whatever_their_ids() -> None:
    inside = start("awal") + task("t4") + line("awal", "t4")
    edge = '<bpmn:boundaryEvent id="tepi" attachedToRef="t9"><bpmn:timerEventDefinition/></bpmn:boundaryEvent>'
    diagram = drawn(process(
        start(), task("t1"), task("t2"), task("t3"), gateway("masuk"), task("t5"), task("t7"), gateway("pilih"),
        task("t9"), edge, f'<bpmn:subProcess id="sub">{inside}</bpmn:subProcess>', end(),
        line("mulai", "masuk", "t9", "pilih", "t7", "sub", "t3", "selesai"), line("pilih", "t5", "t3"),
        line("pilih", "t2", "masuk"), line("tepi", "t1", "selesai"),
    ))  # fmt: skip

    assert [node.id for node in diagram.user_tasks] == ["t9", "t7", "t4", "t5", "t3", "t2", "t1"]


@pytest.mark.parametrize(
    ("element", "following"),
    [
        ("mulai", ["row_01", "row_02"]),
        ("masuk", ["row_01", "row_02"]),
        ("row_01", ["row_02"]),
        ("row_02", ["panggil"]),
        ("panggil", ["tambah"]),
        ("lepas", []),
        ("selesai", []),
        ("tak_ada", []),
    ],
)
def test_next_tasks_are_those_behind_gateways(element: str, following: list[str]) -> None:
    assert [node.id for node in drawn(ROUND).next_tasks(element)] == following


def test_an_error_leads_to_where_it_is_caught_and_not_out_of_the_end() -> None:
    raises = '<bpmn:errorEventDefinition errorRef="galat"/>'
    inside = start("awal") + task("isi") + end("gagal", raises) + line("awal", "isi", "gagal")
    caught = f'<bpmn:boundaryEvent id="tepi" attachedToRef="sub">{raises}</bpmn:boundaryEvent>'
    diagram = drawn(process(
        start(), f'<bpmn:subProcess id="sub">{inside}</bpmn:subProcess>', caught, task("betulkan"), task("lanjut"),
        end(), line("mulai", "sub", "lanjut", "selesai"), line("tepi", "betulkan", "selesai"),
    ))  # fmt: skip

    assert [node.id for node in diagram.next_tasks("isi")] == ["betulkan"]


def test_a_link_leads_to_where_it_is_caught_in_its_scope() -> None:
    def jump(name: str) -> str:
        named = '<bpmn:linkEventDefinition name="lanjut"/>'
        return (
            f'<bpmn:intermediateThrowEvent id="dari_{name}">{named}</bpmn:intermediateThrowEvent>'
            f'<bpmn:intermediateCatchEvent id="ke_{name}">{named}</bpmn:intermediateCatchEvent>'
        )

    inside = start("awal") + jump("dalam") + task("isi") + line("awal", "dari_dalam") + line("ke_dalam", "isi")
    diagram = drawn(process(
        start(), jump("luar"), f'<bpmn:subProcess id="sub">{inside}</bpmn:subProcess>', task("periksa"), end(),
        line("mulai", "dari_luar"), line("ke_luar", "sub", "periksa", "selesai"),
    ))  # fmt: skip

    assert [node.id for node in diagram.next_tasks("mulai")] == ["isi"]


def test_next_tasks_of_gateways_in_a_circle_end() -> None:
    circle = process(start(), gateway("a"), gateway("b"), task("isi"), line("mulai", "a", "b", "a"), line("b", "isi"))

    assert [node.id for node in drawn(circle).next_tasks("mulai")] == ["isi"]


def test_only_what_can_come_again_leads_back() -> None:
    diagram = drawn(process(
        start(), task("isi"), task("periksa"), gateway("pilih", "pilih-kirim"), task("kirim"), end(),
        line("mulai", "isi", "periksa", "pilih", "kirim", "selesai"), flow("pilih", "periksa", "ulang"),
    ))  # fmt: skip

    assert [name for name in ("isi", "periksa", "kirim") if diagram.leads_back(name)] == ["periksa"]


def test_flow_tells_where_it_leads() -> None:
    diagram = drawn(ROUND)

    assert [node.id for node in diagram.reached_by(diagram.flows["masuk-lagi"])] == ["row_02"]
    assert [flow.id for flow in diagram.outgoing["masuk"]] == ["masuk-row_01", "masuk-lagi"]
    assert [flow.id for flow in diagram.incoming["lagi"]] == ["row_01-lagi", "masuk-lagi"]


def test_performers_of_the_first_tasks_may_start() -> None:
    assert drawn(ROUND).starting_groups == {"kadis", "sekretaris"}


# Problems: each with the smallest diagram that shows it, and the same diagram repaired ---------------


def row(inside: str) -> str:
    """Return a process of one element called x."""
    return process(start(), inside, end(), line("mulai", "x", "selesai"))


def choosing(
    condition: str = "nilai = 1", other: str = "", default: str = "pilih-b", kind: str = "exclusiveGateway"
) -> str:
    """Return a process that goes one of two ways."""
    return process(
        start(), task("isi"), gateway("pilih", default, kind), task("a"), task("b"), end(),
        line("mulai", "isi", "pilih"), flow("pilih", "a", condition), flow("pilih", "b", other),
        line("a", "selesai"), line("b", "selesai"),
    )  # fmt: skip


def forked(between: str, *flows: str) -> str:
    return process(
        start(), task("isi"), between, task("a"), task("b"), end(), line("mulai", "isi"), *flows,
        line("a", "selesai"), line("b", "selesai"),
    )  # fmt: skip


def embedded(kind: str = "subProcess") -> str:
    """Return a process with another one inside."""
    inside = start("awal") + task("dalam") + end("akhir") + line("awal", "dalam", "akhir")
    return row(f'<bpmn:{kind} id="x">{inside}</bpmn:{kind}>')


def and_more(text: str, *parts: str) -> str:
    """Return a process with more in it."""
    return text.replace("</bpmn:process>", "".join(parts) + "</bpmn:process>")


def without(part: str) -> str:
    """Return a multi-instance marker that lacks a part."""
    return re.sub(f"<bpmn:{part}.*?(/>|</bpmn:{part}>)", "", each())


def handing(mapping: str, way: str = "in") -> str:
    """Return a process that calls another one with a value."""
    called = call("x", inside=extended(f"<camunda:{way} {mapping}/>"))
    return process(start(), task("isi"), called, end(), line("mulai", "isi", "x", "selesai"))


IN_A_ROW = process(start(), task("isi"), task("lepas"), end(), line("mulai", "isi", "lepas", "selesai"))
ASIDE = process(start(), task("isi"), task("lepas"), end(), line("mulai", "isi", "selesai"), line("lepas", "selesai"))
DEAD_END = process(
    start(), task("isi"), gateway("pilih", "pilih-selesai"), task("buntu"), end(), line("mulai", "isi", "pilih"),
    flow("pilih", "buntu", "nilai = 1"), flow("pilih", "selesai"),
)  # fmt: skip
GOES_ROUND = and_more(DEAD_END, line("buntu", "buntu"))
LED_OUT = and_more(DEAD_END, line("buntu", "selesai"))
FORKED = forked("", line("isi", "a"), line("isi", "b"))
JOINED = forked(
    gateway("x", kind="parallelGateway"), line("isi", "x", "a"), line("x", "b")
)  # fmt: skip
CONDITION_BEHIND_A_TASK = process(
    start(), task("isi"), end(), line("mulai", "isi"), flow("isi", "selesai", "nilai = 1")
)
CONDITION_BEHIND_A_JOIN = process(
    start(), task("isi"), gateway("x"), end(), line("mulai", "isi", "x"), flow("x", "selesai", "nilai = 1")
)
STARTED_BY_NO_FORM = SIMPLE.replace(start(), start(form="hilang"))
FEEL_SCRIPT = '<bpmn:scriptTask id="x" scriptFormat="feel"><bpmn:script>1</bpmn:script></bpmn:scriptTask>'
EACH_OF_ALL = row(task("x", each("unit_kantor"), group="${unit}"))
EACH = row(task("x", each(), group="${unit}"))
ENDS_EARLY = each().replace(
    "</bpmn:multiInstanceLoop", "<bpmn:completionCondition>nilai = 1</bpmn:completionCondition></bpmn:multiInstanceLoop"
)
ALL_WAYS = choosing("nilai = 1", default="", kind="parallelGateway")

PROBLEMS: list[tuple[str, str, str, str]] = [
    ("element-unsupported", "x", row('<bpmn:complexGateway id="x"/>'), row('<bpmn:inclusiveGateway id="x"/>')),
    ("element-unsupported", "x", embedded("transaction"), embedded()),
    ("service-without-topic", "x", row('<bpmn:serviceTask id="x"/>'), row('<bpmn:task id="x"/>')),
    ("result-not-named", "x", row(FEEL_SCRIPT), row(FEEL_SCRIPT.replace('"x"', '"x" camunda:resultVariable="n"'))),
    ("flow-dangling", "hilang-selesai", and_more(SIMPLE, flow("hilang", "selesai")), SIMPLE),
    ("start-or-end-missing", "proses", process(task("isi"), end(), line("isi", "selesai")), SIMPLE),
    ("start-or-end-missing", "proses", and_more(SIMPLE, start("juga"), line("juga", "isi")), SIMPLE),
    ("unreachable", "lepas", ASIDE, IN_A_ROW),
    ("no-way-out", "buntu", GOES_ROUND, LED_OUT),
    ("task-without-group", "x", row(task("x", group="")), row(task("x"))),
    ("task-without-group", "x", row(task("x", group=" , ")), row(task("x", group=" , kadis"))),
    ("form-not-named", "x", row(task("x", form="")), row(task("x"))),
    ("form-missing", "x", row(task("x", form="hilang")), row(task("x"))),
    ("form-missing", "mulai", STARTED_BY_NO_FORM, STARTED_BY_NO_FORM.replace("hilang", "mulai")),
    ("loop-incomplete", "x", row(call("x", inside="<bpmn:multiInstanceLoopCharacteristics/>")), row(call("x"))),
    ("name-unknown", "x", row(task("x", without("inputDataItem"), group="${unit}")), EACH),
    ("name-unknown", "x", row(task("x", each("daptar"), group="${unit}")), EACH),
    ("name-unknown", "x", EACH_OF_ALL.replace("unit_kantor", "unit_kantong"), EACH_OF_ALL),
    ("name-unknown", "x", row(task("x", ENDS_EARLY.replace("nilai", "nilaj"))), row(task("x", ENDS_EARLY))),
    ("name-unknown", "x", row(task("x", group="${unit}")), EACH),
    ("name-unknown", "x", row(task("x", each(), group="#{bidang}")), EACH.replace("${unit}", "${ unit }")),
    ("expression-invalid", "x", row(task("x", each(), group="${unit")), EACH),
    ("expression-invalid", "x", row(task("x", each(), group="b_${unit}")), EACH.replace("${unit}", "kadis,${unit}")),
    ("mapping-invalid", "x", handing('sourceExpression="${(}" target="p"'), handing('source="nilai" target="p"')),
    ("mapping-invalid", "x", handing('target="p"'), handing('sourceExpression="${nilai}" target="p"')),
    ("mapping-invalid", "x", handing('source="p +" target="p"', "out"), handing('source="p" target="p"', "out")),
    ("mapping-unknown-name", "x", handing('source="nilaj" target="p"'), handing('source="nilai" target="p"')),
    ("mapping-unknown-name", "x", handing('source="nilaj" target="p"'), handing('source="apa_saja" target="p"', "out")),
    ("default-missing", "pilih", choosing(other="nilai = 2", default=""), choosing()),
    ("default-missing", "pilih", choosing(other="nilai = 2", default="a-selesai"), choosing()),
    ("condition-ignored", "isi", CONDITION_BEHIND_A_TASK, SIMPLE),
    ("condition-ignored", "x", CONDITION_BEHIND_A_JOIN, row(gateway("x"))),
    ("condition-ignored", "pilih", ALL_WAYS, JOINED),
    ("condition-on-default", "pilih", choosing(other="nilai = 2"), choosing()),
    ("condition-missing", "pilih", choosing(condition=""), choosing()),
    *(
        ("condition-invalid", "pilih", choosing(condition), choosing(repaired))
        for condition, repaired in [
            ("nilai =", "nilai = 1"),
            ("nilai == 1 and", "=nilai = 1"),
            ("${nilai == 1", "${nilai == 1}"),
            ("__import__('os')", 'nilai = "os"'),
            ("nilai.hitung()", "count(daftar) = 1"),
            ("today() > nilai", 'nilai > "2026-01-01"'),
            ("1 + " * 200 + "1", "1 + nilai > 1"),
        ]
    ),
    ("condition-unknown-name", "pilih", choosing("nilaj = 1"), choosing("nilai = 1")),
    ("condition-unknown-name", "pilih", choosing("nilai = nilaj"), choosing("some n in daftar satisfies n = nilai")),
    ("condition-unknown-name", "pilih", choosing("count(unit) = 1"), choosing("count(unit_kantor) = 1")),
    ("call-without-target", "x", row(call("x", "")), row(call("x"))),
]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "element", "broken", "repaired"),
    PROBLEMS,
    ids=[f"{code}-{number}" for number, (code, *_) in enumerate(PROBLEMS)],
)
def test_problem_is_found_and_its_repair_accepted(code: str, element: str, broken: str, repaired: str) -> None:
    (problem,) = found(broken)

    assert (problem.code, problem.element) == (code, element)
    assert (problem.file, problem.severity) == (FILE, "error")
    assert problem.line > 0
    assert problem.message.endswith((".", ".)"))
    assert all([problem.message_en, problem.place, problem.fix.sentence])
    assert codes(repaired) == []


TOLD: list[tuple[str, str, str]] = [
    ("flow-without-id", "flow_without_id_1", SIMPLE.replace('id="isi-selesai" ', "")),
    ("end-implicit", "isi", process(start(), task("isi"), line("mulai", "isi"))),
    ("end-implicit", "buntu", DEAD_END),
    ("fork-implicit", "isi", FORKED),
    ("loop-results-meet", "x", row(task("x", without("(loopDataOutputRef|outputDataItem)"), group="${unit}"))),
]


@pytest.mark.parametrize(("code", "element", "text"), TOLD, ids=[f"{code}-{element}" for code, element, _ in TOLD])
def test_what_runs_in_spite_of_it_is_told(code: str, element: str, text: str) -> None:
    (problem,) = found(text)

    assert (problem.code, problem.element) == (code, element)
    assert problem.severity != "error"


REPAIRED = sorted({repaired for *_, repaired in PROBLEMS if "callActivity" not in repaired})


@pytest.mark.parametrize("repaired", REPAIRED, ids=range(len(REPAIRED)))
def test_repaired_diagram_runs(repaired: str) -> None:
    begin(specification(repaired), {"daftar": ["bidang1"], "unit_kantor": [{"kode": "bidang1"}]}, NOW)


def test_problems_are_told_together_from_top_to_bottom() -> None:
    text = process(
        start(form="hilang"), task("isi", form="", group=""), gateway("pilih"), task("a", form="hilang"), end(),
        line("mulai", "isi", "pilih", "a", "selesai"), flow("pilih", "selesai"),
    )  # fmt: skip

    assert codes(text) == [
        ("form-missing", "mulai"),
        ("task-without-group", "isi"),
        ("form-not-named", "isi"),
        ("default-missing", "pilih"),
        ("form-missing", "a"),
        ("condition-missing", "pilih"),
        ("condition-missing", "pilih"),
    ]


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (
            Node("row_09", "userTask", "Memeriksa draf", "", 1, properties={"sop.baris": "9"}),
            "Langkah 9, Memeriksa draf",
        ),
        (Node("isi", "userTask", "Mengisi data", "", 1), "Langkah tambahan, Mengisi data"),
        (Node("isi", "userTask", "", "", 1), "Langkah tambahan, isi"),
        (Node("tepi", "boundaryEvent", "Data tidak sah", "", 1), "Kejadian, Data tidak sah"),
        (Node("gw_09", "exclusiveGateway", "Setuju?", "", 1), "Keputusan, Setuju?"),
        (Node("m", "startEvent", "Perintah diterima", "", 1), "Awal, Perintah diterima"),
        (Node("e", "endEvent", "", "", 1), "Akhir, e"),
        (Node("p", "callActivity", "Data salah", "", 1), "SOP terkait, Data salah"),
    ],
)
def test_place_is_told_in_words_of_the_sop(node: Node, expected: str) -> None:
    assert place(node) == expected


@pytest.mark.parametrize("key", PROCESSES)
def test_five_diagrams_have_no_problems(key: str) -> None:
    assert accepted(read((FOLDER / key / f"{key}.bpmn").read_bytes(), FILE)) == []


def test_only_tasks_calls_and_decisions_are_drawn_as_a_map() -> None:
    assert stepmap.draw(drawn(SIMPLE)) is not None
    assert stepmap.draw(drawn(embedded())) is None


# Diagrams that somebody broke ------------------------------------------------------------------------

REAL = {key: (FOLDER / key / f"{key}.bpmn").read_bytes() for key in PROCESSES}
NAMES = {
    key: {path.stem: forms.names(forms.read(path.read_bytes(), path.name)) for path in (FORMS / key).glob("*.form")}
    for key in PROCESSES
}
TAGS = [
    "userTask",
    "task",
    "exclusiveGateway",
    "parallelGateway",
    "endEvent",
    "startEvent",
    "callActivity",
    "subProcess",
]
WORDS = ["", "x", "row_01", "selesai", "gw_09", "true", "${unit}", "${", "keputusan = 1", "1", "PT1H", "-1", "\u202e"]


def accepted(diagram: Diagram) -> list[Problem]:
    names = NAMES.get(diagram.key, NAMES[PROCESSES[0]])
    return problems(diagram, FILE, form_names=names, known=frozenset({"unit_kantor"}))


def broken(data: st.DataObject, key: str) -> bytes:
    """Return a real diagram after a few careless edits."""
    root = deepcopy(parse_xml(REAL[key], FILE))
    inside = root.find(f"{BPMN}process")
    assert inside is not None
    for _ in range(data.draw(st.integers(1, 3))):
        elements = data.draw(st.sampled_from([[inside], list(inside), list(inside.iterdescendants())]))
        element = data.draw(st.sampled_from(elements))
        edit = data.draw(
            st.sampled_from(["delete", "drop attribute", "set attribute", "rename", "text", "double", "swap"])
        )
        parent = element.getparent()
        attributes = sorted(element.keys())
        if edit == "delete" and parent is not None and element is not inside:
            parent.remove(element)
        elif edit == "drop attribute" and attributes:
            del element.attrib[data.draw(st.sampled_from(attributes))]
        elif edit == "set attribute" and attributes:
            element.set(data.draw(st.sampled_from(attributes)), data.draw(st.sampled_from(WORDS)))
        elif edit == "rename" and element is not inside:
            element.tag = BPMN + data.draw(st.sampled_from(TAGS))
        elif edit == "text":
            element.text = data.draw(st.sampled_from(WORDS))
        elif edit == "double" and parent is not None and element is not inside:
            parent.append(deepcopy(element))
        elif edit == "swap" and parent is not None and len(parent):
            parent.insert(0, parent[-1])
    return etree.tostring(root)


def used(content: bytes, key: str) -> str:
    """Do with a diagram what a deployment and the first steps of a case do; tell how far it came."""
    try:
        diagram = read(content, FILE)
        if accepted(diagram):
            return "problems"
        others = [Source(other, REAL[other]) for other in CALLED.values() if other != diagram.key]
        shared = parse([Source(FILE, content), *others], diagram.key)
        stepmap.draw(diagram)
        sop.rows(diagram)
        step = begin(shared, answers.system_variables(key), NOW)
        for _ in range(8):
            listed = worklist.changes(
                shared.diagrams, worklist.NOTHING_YET, step, worklist.Act("Kadis", returns=False), lambda _, __: None
            )
            assert len(listed.opened) == len(step.open_tasks)
            if step.ended:
                break
            step = hydrate(shared, step.state).complete(step.open_tasks[0].id, {"unit_diminta": ["bidang1"]}, NOW)
    except DeploymentRefused:
        return "refused"
    except EngineFailed:
        return "failed"
    return "works"


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(PROCESSES), st.data())
def test_broken_diagram_is_refused_or_works(key: str, data: st.DataObject) -> None:
    content = broken(data, key)

    assert used(content, key) in {"refused", "problems", "failed", "works"}


@pytest.mark.parametrize("key", PROCESSES)
def test_unbroken_diagram_works(key: str) -> None:
    assert used(REAL[key], key) == "works"


@pytest.mark.parametrize("key", PROCESSES)
def test_no_flow_can_be_lost_unseen(key: str) -> None:
    root = parse_xml(REAL[key], FILE)

    for lost in root.iter(f"{BPMN}sequenceFlow"):
        name = lost.attrib.pop("id")
        assert "flow-without-id" in {problem.code for problem in accepted(read(etree.tostring(root), FILE))}, name
        lost.set("id", name)


@pytest.mark.parametrize("key", PROCESSES)
def test_no_form_can_be_lost_unseen(key: str) -> None:
    diagram = read(REAL[key], FILE)

    for element in answers.FORMS[key]:
        form = form_of(key, element)
        names = {name: supplied for name, supplied in NAMES[key].items() if name != form.id}
        lost = problems(diagram, FILE, form_names=names, known=frozenset({"unit_kantor"}))
        assert element in {problem.element for problem in lost if problem.code == "form-missing"}
