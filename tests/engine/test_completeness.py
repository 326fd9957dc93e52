"""What a step needs and yields: markers read, checked before deployment, and a step that never closes empty-handed."""

import json
from datetime import UTC, datetime
from typing import Literal

import pytest
from hypothesis import given as over
from hypothesis import strategies as st

from service.engine import completeness, sop
from service.engine import form as forms
from service.engine.completeness import Handed, Item, is_there, items_of, missing, printed
from service.engine.completeness.items import read as items
from service.engine.diagram import Diagram, read
from service.engine.expression import JSON
from service.engine.form import Form
from tests.engine.drawing import definitions, end, line, process, said, start, task

NOW = datetime(2026, 11, 2, 1, tzinfo=UTC)
FILE: JSON = [{"id": "a", "name": "draf.pdf", "size": 1}]


def form(*components: dict[str, JSON]) -> Form:
    """Return a form with these components."""
    schema: dict[str, JSON] = {"type": "default", "id": "f", "schemaVersion": 19, "components": list(components)}
    return forms.read(forms_bytes(schema), "f.form")


def forms_bytes(schema: dict[str, JSON]) -> bytes:
    """Return a form as a file."""
    return json.dumps(schema).encode()


FORM = form(
    {"type": "textfield", "id": "a", "key": "nomor", "label": "Nomor"},
    {"type": "filepicker", "id": "b", "key": "berkas_draf", "label": "Berkas"},
    {"type": "textfield", "id": "c", "key": "hanya_dibaca", "label": "Tampil", "readonly": True},
)


def diagram(**of: str) -> Diagram:
    """Return two steps in a row, with what the second needs and what both yield."""
    first = said(baris="1", output=of.get("first", "konsep [wajib, berkas: berkas_draf]"))
    second = said(baris="2", kelengkapan=of.get("kelengkapan", ""), output=of.get("output", ""))
    steps = (
        start(),
        task("row_01", first),
        task("row_02", second),
        end(),
        line("mulai", "row_01", "row_02", "selesai"),
    )
    return read(definitions(process(*steps)), "x.bpmn")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("konsep", Item("output", 0, "konsep")),
        (
            "konsep [wajib, berkas: berkas_draf]",
            Item("output", 0, "konsep", is_required=True, kind="berkas", key="berkas_draf"),
        ),
        ("konsep[data:nomor,wajib]", Item("output", 0, "konsep", is_required=True, kind="data", key="nomor")),
        ("dokumen [dari: row_07]", Item("output", 0, "dokumen", step="row_07")),
        ("dokumen [wajib]", Item("output", 0, "dokumen", is_required=True)),
        ("surat [asli] dari Bupati", Item("output", 0, "surat [asli] dari Bupati")),
        ("surat [asli]", Item("output", 0, "surat [asli]", faults=("asli",))),
        ("surat []", Item("output", 0, "surat []", faults=("",))),
        ("surat [wajib, wajib]", Item("output", 0, "surat [wajib, wajib]", faults=("wajib",))),
        ("surat [data: a, berkas: b]", Item("output", 0, "surat [data: a, berkas: b]", faults=("berkas: b",))),
        ("surat [data: dua kata]", Item("output", 0, "surat [data: dua kata]", faults=("data: dua kata",))),
        ("surat [berkas:]", Item("output", 0, "surat [berkas:]", faults=("berkas:",))),
        ("[wajib]", Item("output", 0, "[wajib]", faults=("[wajib]",))),
        ("surat [wajib", Item("output", 0, "surat [wajib", faults=("surat [wajib",))),
    ],
)
def test_marker_is_read(text: str, expected: Item) -> None:
    assert items(text, "output") == (expected,)


def test_items_are_counted_without_empty_ones() -> None:
    read_items = items(" ; surat [wajib, data: nomor];; program kerja ;", "kelengkapan")
    assert [(item.number, item.text, item.is_required) for item in read_items] == [
        (0, "surat", True),
        (1, "program kerja", False),
    ]


@over(st.lists(st.text(st.characters(exclude_characters="[];"), min_size=1).filter(str.strip), min_size=1, max_size=5))
def test_what_is_printed_does_not_depend_on_the_markers(texts: list[str]) -> None:
    marked = "; ".join(f"{text} [wajib, data: nomor]" for text in texts)
    assert printed(marked) == tuple(text.strip() for text in texts) == sop.items("; ".join(texts))


@pytest.mark.parametrize(
    ("of", "code", "element"),
    [
        ({"output": "surat [asli]"}, "sop-item-marker", "row_02"),
        ({"output": "surat [wajib; data: nomor]"}, "sop-item-marker", "row_02"),
        ({"output": "surat [wajib, data: tidak_ada]"}, "sop-item-field", "row_02"),
        ({"kelengkapan": "surat [data: tidak_ada]"}, "sop-item-field", "row_02"),
        ({"output": "surat [data: hanya_dibaca]"}, "sop-item-field", "row_02"),
        ({"output": "surat [berkas: nomor]"}, "sop-item-kind", "row_02"),
        ({"output": "surat [data: berkas_draf]"}, "sop-item-kind", "row_02"),
        ({"output": "surat [wajib]"}, "sop-item-unfillable", "row_02"),
        ({"kelengkapan": "surat [wajib]"}, "sop-item-unfillable", "row_02"),
        ({"output": "surat [wajib, dari: row_99]"}, "sop-item-step", "row_02"),
        ({"output": "surat [wajib, dari: row_02]"}, "sop-item-step", "row_02"),
        ({"first": "konsep", "kelengkapan": "konsep [dari: row_01]"}, "sop-item-step", "row_02"),
        ({"first": "konsep [dari: row_02]", "output": "surat [data: nomor]"}, "sop-item-step", "row_01"),
    ],
)
def test_what_nothing_can_fulfil_is_told_with_its_step(of: dict[str, str], code: str, element: str) -> None:
    problem, *others = completeness.problems(diagram(**of), {"isian": FORM})
    assert {other.code for other in others} <= {code}
    assert (problem.code, problem.element, problem.severity) == (code, element, "error")
    assert problem.line > 1
    assert problem.place.startswith(f"Langkah {int(element[-2:])}")
    assert problem.fix.sentence


@pytest.mark.parametrize(
    "of",
    [
        {},
        {"kelengkapan": "konsep [wajib, dari: row_01]; komputer", "output": "surat [wajib, data: nomor]"},
        {"kelengkapan": "konsep [berkas: berkas_draf]", "output": "surat [wajib, dari: row_01]"},
    ],
)
def test_sensible_markers_are_no_problem(of: dict[str, str]) -> None:
    assert list(completeness.problems(diagram(**of), {"isian": FORM})) == []


def test_a_form_that_is_not_there_is_told_elsewhere() -> None:
    assert list(completeness.problems(diagram(kelengkapan="surat [data: nomor]"), {})) == []


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("data", "x", True), ("data", " ", False), ("data", "", False), ("data", None, False), ("data", 0, True),
        ("data", False, False), ("data", True, True), ("data", [], False), ("data", [{"a": None, "b": ""}], False),
        ("data", [{"a": None}, {"a": 0}], True), ("data", {}, False), ("berkas", FILE, True), ("berkas", [], False),
        ("berkas", "draf.pdf", False), ("berkas", ["draf.pdf"], False), ("berkas", [{"id": "a"}], False),
    ],
)  # fmt: skip
def test_only_what_says_something_is_there(kind: Literal["berkas", "data"], value: JSON, *, expected: bool) -> None:
    assert is_there(kind, value) is expected


def handed(element: str, round_number: int = 1, unit: str = "", **values: JSON) -> Handed:
    """Return what somebody answered at a step."""
    return Handed(f"{element}-{round_number}", "p", element, unit, round_number, "Kasubbag", NOW, values)


def test_what_changed_in_a_later_round_is_a_new_version() -> None:
    again: JSON = [{"id": "b", "name": "draf.pdf", "size": 2}]
    had = completeness.given(
        [
            handed("row_01", 1, nomor="1", berkas_draf=FILE),
            handed("row_01", 2, nomor="1", berkas_draf=again),
            handed("row_01", 3, nomor="2", berkas_draf=again),
        ],
        {"a": 1, "b": 2},
    )
    assert [(one.round, one.key, one.version) for one in had] == [
        (1, "nomor", 1), (1, "berkas_draf", 1), (2, "nomor", 1), (2, "berkas_draf", 2), (3, "nomor", 2),
        (3, "berkas_draf", 2),
    ]  # fmt: skip


def test_an_input_is_offered_in_its_newest_form_and_never_from_the_step_itself() -> None:
    drawn = diagram(kelengkapan="nomor [data: nomor]; konsep [dari: row_01]")
    node, key = drawn.nodes["row_02"], drawn.key
    had = [
        Handed("1", key, "row_01", unit, turn, "Kabid", NOW, {"nomor": f"{unit}{turn}", "berkas_draf": FILE})
        for turn in (1, 2)
        for unit in ("a", "b")
    ]
    own = Handed("2", key, "row_02", "", 1, "Kasubbag", NOW, {"nomor": "sendiri"})
    known = completeness.given([*had, own], {})
    number, draft = (completeness.fulfilling(drawn, node, item, known) for item in items_of(node, "kelengkapan"))
    assert [(one.unit, one.value) for one in number] == [("a", "a2"), ("b", "b2")]
    assert [(one.unit, one.key, one.round) for one in draft] == [("a", "berkas_draf", 2), ("b", "berkas_draf", 2)]


ITEM = st.sampled_from(
    ["surat", "surat [wajib, data: nomor]", "surat [data: nomor]", "surat [wajib, berkas: berkas_draf]",
     "surat [wajib, dari: row_01]", "surat [dari: row_01]", "surat [wajib, data: pilihan]"]
)  # fmt: skip
VALUE = st.sampled_from([None, "", " ", "x", 0, False, True, [], FILE, [{"a": ""}], [{"a": "x"}], ["x"]])


@over(
    outputs=st.lists(ITEM, max_size=4),
    values=st.dictionaries(st.sampled_from(["nomor", "berkas_draf", "pilihan", "lain"]), VALUE),
    before=st.none() | VALUE,
    waived=st.sets(st.integers(0, 4)),
)
def test_a_step_never_closes_while_a_required_output_is_neither_there_nor_waived(
    outputs: list[str], values: dict[str, JSON], before: JSON, waived: set[int]
) -> None:
    drawn = diagram(output="; ".join(outputs))
    node = drawn.nodes["row_02"]
    had = completeness.given([Handed("1", drawn.key, "row_01", "", 1, "Kabid", NOW, {"berkas_draf": before})], {})
    lacking = {item.number for item in missing(drawn, node, values, had, waived)}

    there = {
        "surat [wajib, data: nomor]": says_something(values.get("nomor")),
        "surat [wajib, data: pilihan]": says_something(values.get("pilihan")),
        "surat [wajib, berkas: berkas_draf]": values.get("berkas_draf") == FILE,
        "surat [wajib, dari: row_01]": before == FILE,
    }
    assert lacking == {number for number, text in enumerate(outputs) if not there.get(text, True)} - waived


def says_something(value: JSON) -> bool:
    """Tell the same in other words."""
    return value in ("x", FILE, [{"a": "x"}], ["x"]) or value is True or (value == 0 and value is not False)
