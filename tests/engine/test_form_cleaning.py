import json
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from datetime import date
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.engine import form as forms
from service.engine.expression import ExpressionFailed
from service.engine.form import Answers, FieldView, FileReference, Form
from service.errors import FieldError

Component = dict[str, object]
Values = dict[str, object]
NUMBERS_OF_IDS = count()

FILES = {
    "f1": FileReference("f1", "laporan.pdf", 1200),
    "f2": FileReference("f2", "data.XLSX", 800),
}
STORED = {
    "f1": {"id": "f1", "name": "laporan.pdf", "size": 1200},
    "f2": {"id": "f2", "name": "data.XLSX", "size": 800},
}
OPTIONS = [{"value": "a", "label": "Satu"}, {"value": "b", "label": "Dua"}, {"value": "c", "label": "Tiga"}]


def form_of(*components: Component) -> Form:
    content = json.dumps({"type": "default", "id": "contoh", "schemaVersion": 19, "components": components})
    return forms.read(content.encode(), "contoh.form")


def field(kind: str, key: str = "x", **more: object) -> Component:
    return {"type": kind, "id": f"{key}_{next(NUMBERS_OF_IDS)}", "key": key, "label": key, **more}


def rows_of(key: str, *components: Component, **more: object) -> Component:
    return {"type": "dynamiclist", "id": f"l_{key}", "path": key, "label": key, "components": components, **more}


def clean(form: Form, raw: Mapping[str, object], variables: Values | None = None) -> Answers:
    return forms.clean(form, raw, variables or {}, FILES)


def taken(component: Component, raw: object) -> object:
    """Return the value of a single field, or the code why it was not taken."""
    answers = clean(form_of(component), {"x": raw})
    return answers.errors["x"].code if "x" in answers.errors else answers.values["x"]


# Single fields ----------------------------------------------------------------------------------

NUMBERS = [
    ("94,10", 94.1),
    ("94.1", 94.1),
    ("1.234,5", 1234.5),
    ("1.234.567", 1234567),
    ("1.234", 1234),
    ("0.125", 0.125),
    ("12.3456", 12.3456),
    ("-5", -5),
    ("\u22125,5", -5.5),
    (" 1 000 ", 1000),
    ("007", 7),
    ("-0", 0),
    ("", None),
    ("  ", None),
    (None, None),
    (7, 7),
    (7.0, 7),
    (0.1, 0.1),
    (1e-7, 1e-7),
    ("123456789012345", 123456789012345),
    ("1234567890123456", "number-too-long"),
    ("0,1234567890123456", "number-too-long"),
    (10**15, "number-too-long"),
    (1e300, "number-too-long"),
    (10**400, "number-invalid"),
    (float("nan"), "number-invalid"),
    (float("inf"), "number-invalid"),
    (True, "number-invalid"),
    (False, "number-invalid"),
    ("abc", "number-invalid"),
    ("1,2,3", "number-invalid"),
    ("1,234.5", "number-invalid"),
    ("1.23.456", "number-invalid"),
    ("12.34,5", "number-invalid"),
    ("1e5", "number-invalid"),
    ("+5", "number-invalid"),
    (",5", "number-invalid"),
    ("5,", "number-invalid"),
    ("0x10", "number-invalid"),
    ("١٢", "number-invalid"),
    ("NaN", "number-invalid"),
    ("9" * 100, "number-invalid"),
    ({"a": 1}, "number-invalid"),
    (["1"], "repeated"),
]


@pytest.mark.parametrize(("raw", "expected"), NUMBERS)
def test_number_is_read_as_indonesians_write_it(raw: object, expected: object) -> None:
    assert repr(taken(field("number"), raw)) == repr(expected)


TEXTS = [
    ("textfield", " isi  biasa ", "isi  biasa"),
    ("textfield", "dua\r\nbaris\tdan tab", "dua baris dan tab"),
    ("textfield", "e\u0301", "é"),
    ("textfield", "\u202eterbalik\u2066\u200f", "terbalik"),
    ("textfield", "a\x07b\x9fc", "abc"),
    ("textfield", "", None),
    ("textfield", " \u200e ", None),
    ("textfield", None, None),
    ("textfield", "a" * 10_000, "a" * 10_000),
    ("textfield", "a" * 10_001, "text-too-long"),
    ("textfield", "a\x00b", "text-invalid"),
    ("textfield", "a\ud800", "text-invalid"),
    ("textfield", 7, "text-invalid"),
    ("textfield", True, "text-invalid"),
    ("textfield", {"a": 1}, "text-invalid"),
    ("textfield", ["a", "b"], "repeated"),
    ("textfield", "<b>=cmd</b>", "<b>=cmd</b>"),
    ("textarea", "satu\r\ndua\rtiga", "satu\ndua\ntiga"),
    ("textarea", "\u202eterbalik", "\u202eterbalik"),
    ("textarea", "  menjorok", "  menjorok"),
    ("textarea", " \r\n ", None),
    ("textarea", "a" * 100_000, "a" * 100_000),
    ("textarea", "a" * 100_001, "text-too-long"),
    ("textarea", "a\x00b", "text-invalid"),
]


@pytest.mark.parametrize(("kind", "raw", "expected"), TEXTS, ids=range(len(TEXTS)))
def test_text_is_normalised_and_bounded(kind: str, raw: object, expected: object) -> None:
    assert taken(field(kind), raw) == expected


OTHERS = [
    (field("radio", values=OPTIONS), "a", "a"),
    (field("radio", values=OPTIONS), "z", "choice-unknown"),
    (field("radio", values=OPTIONS), "Satu", "choice-unknown"),
    (field("radio", values=OPTIONS), "", None),
    (field("radio", values=OPTIONS), True, "choice-unknown"),
    (field("radio", values=OPTIONS), ["a", "b"], "repeated"),
    (field("select", values=[{"value": "2026", "label": "2026"}]), "2026", "2026"),
    (field("select", values=[{"value": 2026, "label": "2026"}]), 2026, "choice-unknown"),
    (field("select", valuesExpression='=["a", "b"]'), "b", "b"),
    (field("select", valuesExpression='=["a", "b"]'), "c", "choice-unknown"),
    (field("select", valuesExpression="=missing"), "a", "choice-unknown"),
    (field("select", valuesExpression="=[1, 2.5]"), "2.5", "2.5"),
    (field("checklist", values=OPTIONS), ["b", "a"], ["b", "a"]),
    (field("checklist", values=OPTIONS), None, []),
    (field("checklist", values=OPTIONS), ["a", "z"], "choice-unknown"),
    (field("checklist", values=OPTIONS), ["a", "a"], "choice-repeated"),
    (field("checklist", values=OPTIONS), "a", "list-invalid"),
    (field("checklist", values=OPTIONS), [1], "choice-unknown"),
    (field("checklist", values=OPTIONS), [["a"]], "choice-unknown"),
    (field("checkbox"), "on", True),
    (field("checkbox"), "true", True),
    (field("checkbox"), True, True),
    (field("checkbox"), "false", False),
    (field("checkbox"), "off", False),
    (field("checkbox"), None, False),
    (field("checkbox"), 1, "boolean-invalid"),
    (field("checkbox"), "ya", "boolean-invalid"),
    (field("checkbox"), {}, "boolean-invalid"),
    (field("datetime", subtype="date"), "2026-11-02", "2026-11-02"),
    (field("datetime", subtype="date"), "2/11/2026", "2026-11-02"),
    (field("datetime", subtype="date"), "02-11-2026", "2026-11-02"),
    (field("datetime", subtype="date"), "2026-02-30", "date-invalid"),
    (field("datetime", subtype="date"), "2026-11-02T00:00", "2026-11-02"),
    (field("datetime", subtype="date"), "2026-11-02T25:00", "date-invalid"),
    (field("datetime", subtype="date"), "20261102", "date-invalid"),
    (field("datetime", subtype="date"), "0001-01-01", "date-invalid"),
    (field("datetime", subtype="date"), 20261102, "date-invalid"),
    (field("datetime", subtype="date"), "", None),
    (field("datetime", subtype="time"), "9.05", "09:05"),
    (field("datetime", subtype="time"), "09:05:00", "09:05"),
    (field("datetime", subtype="time"), "2026-11-02T09:05", "09:05"),
    (field("datetime", subtype="time"), "24:00", "time-invalid"),
    (field("datetime", subtype="time"), "9", "time-invalid"),
    (field("datetime", subtype="datetime"), "2026-11-02T14:30", "2026-11-02T14:30"),
    (field("datetime", subtype="datetime"), "2/11/2026 14.30", "2026-11-02T14:30"),
    (field("datetime", subtype="datetime"), "2026-11-02", "datetime-invalid"),
    (field("datetime", subtype="datetime"), "2026-11-02T14:30Z", "datetime-invalid"),
    (field("filepicker"), "f1", [STORED["f1"]]),
    (field("filepicker"), ["f1"], [STORED["f1"]]),
    (field("filepicker"), [{"id": "f1", "name": "lain.exe", "size": 1}], [STORED["f1"]]),
    (field("filepicker"), ["", None], []),
    (field("filepicker"), None, []),
    (field("filepicker"), ["f1", "f2"], "file-one"),
    (field("filepicker", multiple=True), ["f1", "f2"], [STORED["f1"], STORED["f2"]]),
    (field("filepicker", multiple=True), ["f1", "f1"], "file-repeated"),
    (field("filepicker"), "f9", "file-unknown"),
    (field("filepicker"), [["f1"]], "file-unknown"),
    (field("filepicker"), [{"name": "laporan.pdf"}], "file-unknown"),
    (field("filepicker", accept=".pdf"), "f2", "file-kind"),
    (field("filepicker", accept=".pdf,.xlsx"), "f2", [STORED["f2"]]),
]


@pytest.mark.parametrize(("component", "raw", "expected"), OTHERS, ids=range(len(OTHERS)))
def test_each_kind_takes_only_its_own_values(component: Component, raw: object, expected: object) -> None:
    found = taken(component, raw)

    assert (found, type(found)) == (expected, type(expected))


RULES = [
    (field("textfield", validate={"required": True}), "  ", "required"),
    (field("checkbox", validate={"required": True}), "off", "required"),
    (field("checklist", values=OPTIONS, validate={"required": True}), [], "required"),
    (field("number", validate={"required": True}), "0", 0),
    (field("filepicker", validate={"required": True}), [], "required"),
    (field("textfield", validate={"minLength": 3}), "ab", "text-too-short"),
    (field("textfield", validate={"minLength": 3}), "", None),
    (field("textfield", validate={"maxLength": 3}), "abcd", "text-too-long"),
    (field("textfield", validate={"pattern": "^[0-9]{3}/[A-Z]+$"}), "050/LKPJ", "050/LKPJ"),
    (field("textfield", validate={"pattern": "^[0-9]{3}/[A-Z]+$"}), "50/LKPJ", "pattern"),
    (field("textfield", validate={"validationType": "email"}), "a@b.go.id", "a@b.go.id"),
    (field("textfield", validate={"validationType": "email"}), "a@b", "email-invalid"),
    (field("number", validate={"min": 0, "max": 100}), "-0,1", "number-min"),
    (field("number", validate={"min": 0, "max": 100}), "100,1", "number-max"),
    (field("number", validate={"min": 0, "max": 100}), "100", 100),
    (field("number", decimalDigits=2), "1,234", "number-decimals"),
    (field("number", decimalDigits=2), "1,230", 1.23),
    (field("number", decimalDigits=0), "5,0", 5),
    (field("checklist", values=OPTIONS, validate={"minItems": 2}), ["a"], "list-too-short"),
    (field("checklist", values=OPTIONS, validate={"maxItems": 1}), ["a", "b"], "list-too-long"),
]


@pytest.mark.parametrize(("component", "raw", "expected"), RULES, ids=range(len(RULES)))
def test_rules_of_a_field(component: Component, raw: object, expected: object) -> None:
    assert taken(component, raw) == expected


def test_error_carries_what_its_sentence_needs_and_the_page_keeps_what_was_typed() -> None:
    form = form_of(field("number", "n", validate={"max": 10}), field("number", "m"), field("textfield", "t"))

    answers = clean(form, {"n": "10,5", "m": "sepuluh", "t": "isi"})

    assert answers.errors == {"n": FieldError("number-max", {"limit": 10}), "m": FieldError("number-invalid")}
    assert answers.values == {"n": 10.5, "m": None, "t": "isi"}
    assert answers.typed == {"m": "sepuluh"}
    assert [view.value for view in forms.view(form, answers, {})] == ["10,5", "sepuluh", "isi"]


# Only what is declared, visible and writable ----------------------------------------------------

REVIEW = form_of(
    {"type": "group", "id": "g", "components": [field("textfield", "catatan", validate={"maxLength": 20})]},
    field(
        "radio",
        "keputusan",
        values=[{"value": "setuju", "label": "Setuju"}, {"value": "kembalikan", "label": "Kembalikan"}],
        validate={"required": True},
        properties={"sop.peran": "keputusan", "sop.kembali": "kembalikan"},
    ),
    field(
        "textarea",
        "alasan",
        validate={"required": True, "minLength": 5},
        conditional={"hide": '=keputusan != "kembalikan"'},
        properties={"sop.peran": "alasan"},
    ),
    field("textfield", "draf", readonly=True),
    field("expression", "lolos", expression='=keputusan = "setuju"'),
)

REVIEWS: list[tuple[Values, Values, dict[str, str]]] = [
    ({}, {"keputusan": None, "alasan": None, "lolos": False}, {"keputusan": "required"}),
    ({"keputusan": "setuju"}, {"keputusan": "setuju", "alasan": None, "lolos": True}, {}),
    ({"keputusan": "setuju", "alasan": "x"}, {"keputusan": "setuju", "alasan": None, "lolos": True}, {}),
    ({"keputusan": "setuju", "alasan": 7}, {"keputusan": "setuju", "alasan": None, "lolos": True}, {}),
    ({"keputusan": "kembalikan"}, {"keputusan": "kembalikan", "alasan": None, "lolos": False}, {"alasan": "required"}),
    (
        {"keputusan": "kembalikan", "alasan": "ini"},
        {"keputusan": "kembalikan", "alasan": "ini", "lolos": False},
        {"alasan": "text-too-short"},
    ),
    (
        {"keputusan": "kembalikan", "alasan": "Angka kosong"},
        {"keputusan": "kembalikan", "alasan": "Angka kosong", "lolos": False},
        {},
    ),
    (
        {"keputusan": "setuju", "draf": "diganti", "lolos": False},
        {"keputusan": "setuju", "alasan": None, "lolos": True},
        {},
    ),
    ({"keputusan": True}, {"keputusan": None, "alasan": None, "lolos": False}, {"keputusan": "choice-unknown"}),
    (
        {"keputusan": "setuju", "disetujui": True},
        {"keputusan": "setuju", "alasan": None, "lolos": True},
        {"disetujui": "unknown-field"},
    ),
]


@pytest.mark.parametrize(("raw", "values", "codes"), REVIEWS, ids=range(len(REVIEWS)))
def test_review_takes_a_reason_only_with_a_return(raw: Values, values: Values, codes: dict[str, str]) -> None:
    answers = clean(REVIEW, raw, {"draf": "Draf satu"})

    assert answers.values == {**values, "draf": "Draf satu", "catatan": None}
    assert {path: error.code for path, error in answers.errors.items()} == codes


def test_review_is_complete_although_a_variable_says_so_already() -> None:
    """A decision of an earlier step must not count as the decision of this one."""
    answers = clean(REVIEW, {}, {"keputusan": "setuju", "alasan": "lama"})

    assert answers.values == {"catatan": None, "keputusan": None, "alasan": None, "draf": None, "lolos": False}
    assert (
        forms.opening(REVIEW, {"keputusan": "setuju"}, {"keputusan": "setuju", "alasan": "x"}).values["keputusan"]
        is None
    )


@pytest.mark.parametrize("raw", [None, [], "x", 7])
def test_answers_that_are_no_object_are_refused(raw: object) -> None:
    answers = forms.clean(form_of(field("number")), raw, {}, {})  # type: ignore[arg-type] # what an API may be sent

    assert {path: error.code for path, error in answers.errors.items()} == (
        {} if raw is None else {"": "answers-invalid"}
    )


def test_fields_hide_each_other_along_a_chain_in_any_order() -> None:
    form = form_of(
        field("textfield", "c", conditional={"hide": "=b = null"}),
        field("textfield", "b", conditional={"hide": "=a = null"}),
        field("textfield", "a"),
    )

    assert clean(form, {"a": "1", "b": "2", "c": "3"}).values == {"a": "1", "b": "2", "c": "3"}
    assert clean(form, {"b": "2", "c": "3"}).values == {"a": None, "b": None, "c": None}
    assert clean(form, {"a": "1", "c": "3"}).shown == {"a", "b"}


def test_conditions_that_contradict_each_other_come_to_an_end() -> None:
    form = form_of(
        field("textfield", "a", conditional={"hide": "=b != null"}),
        field("textfield", "b", conditional={"hide": "=a != null"}),
    )

    first = clean(form, {"a": "1", "b": "2"})

    assert first == clean(form, {"a": "1", "b": "2"})
    assert first.errors == {}


def test_hidden_group_hides_what_is_in_it_but_never_changes_a_shown_variable() -> None:
    form = form_of(
        {
            "type": "group",
            "id": "g",
            "conditional": {"hide": "=true"},
            "components": [
                field("textfield", "a", validate={"required": True}),
                field("textfield", "b", readonly=True),
            ],
        },
        {
            "type": "group",
            "id": "h",
            "path": "h",
            "conditional": {"hide": "=true"},
            "components": [field("number", "n")],
        },
    )

    answers = clean(form, {"a": "isi", "h": {"n": 1}}, {"b": "tetap"})

    assert answers == Answers({"a": None, "b": "tetap", "h": None})


def test_hidden_table_or_text_leaves_no_values() -> None:
    hidden = {"hide": "=true"}
    form = form_of(
        {"type": "text", "id": "t", "text": "a", "conditional": hidden},
        {"type": "separator", "id": "s", "conditional": hidden},
        {
            "type": "table",
            "id": "tb",
            "dataSource": "=b",
            "columns": [{"key": "c", "label": "C"}],
            "conditional": hidden,
        },
    )

    assert clean(form, {}) == Answers()


def test_group_with_a_path_nests_and_sees_its_own_fields() -> None:
    form = form_of(
        {
            "type": "group",
            "id": "g",
            "path": "surat",
            "components": [
                field("textfield", "nomor", validate={"required": True}),
                field("expression", "judul", expression='=nomor + "/" + this.nomor + "/" + tahun'),
            ],
        },
    )

    answers = clean(form, {"surat": {"nomor": "7", "lain": 1}}, {"tahun": "2026", "surat": {"nomor": "6"}})

    assert answers.values == {"surat": {"nomor": "7", "judul": "7/7/2026"}}
    assert {path: error.code for path, error in answers.errors.items()} == {"surat.lain": "unknown-field"}
    assert clean(form, {"surat": 7}).errors["surat"].code == "answers-invalid"
    assert forms.opening(form, {"surat": {"nomor": "6"}, "tahun": "1"}, None).values == {
        "surat": {"nomor": "6", "judul": "6/6/1"},
    }


def test_choices_may_depend_on_other_answers() -> None:
    form = form_of(
        field("select", "unit", valuesExpression="=unit_kantor.kode"),
        field("select", "orang", valuesExpression="=pegawai[bagian = unit].nama"),
    )
    variables: Values = {
        "unit_kantor": [{"kode": "b1"}, {"kode": "b2"}],
        "pegawai": [{"nama": "Ani", "bagian": "b1"}, {"nama": "Budi", "bagian": "b2"}],
    }

    assert clean(form, {"unit": "b1", "orang": "Ani"}, variables).errors == {}
    assert clean(form, {"unit": "b1", "orang": "Budi"}, variables).errors == {"orang": FieldError("choice-unknown")}


def test_total_size_is_bounded() -> None:
    form = form_of(*[field("textarea", f"t{place}") for place in range(3)])

    assert clean(form, {f"t{place}": "a" * 80_000 for place in range(3)}).errors == {}
    assert clean(form, {f"t{place}": "a" * 90_000 for place in range(3)}).errors == {
        "": FieldError("answers-too-large", {"limit": 256}),
    }


def test_computed_field_goes_on_from_the_variable_of_its_name() -> None:
    form = form_of(field("number", "n"), field("expression", "semua", expression="=append(semua, n)"))

    assert clean(form, {"n": 2}, {"semua": [1]}).values == {"n": 2, "semua": [1, 2]}


def test_many_small_expressions_cannot_add_up_to_a_hang() -> None:
    slow = '=count(for a in daftar, b in daftar return a.x + b.x) = 0 and this.a != "z"'
    form = form_of(rows_of("isi", *[field("textfield", key, conditional={"hide": slow}) for key in "abcdefgh"]))
    variables: Values = {"daftar": [{"x": place} for place in range(50)]}

    assert clean(form, {"isi": [{"a": "1"}] * 2}, variables).errors == {}
    with pytest.raises(ExpressionFailed) as caught:
        clean(form, {"isi": [{"a": "1"}] * 1_000}, variables)
    assert caught.value.reason == "too-much-work"


def test_values_share_nothing_with_what_was_given() -> None:
    variables: Values = {"daftar": [{"a": [1]}]}
    form = form_of(field("expression", "salinan", expression="=daftar"), rows_of("isi", field("textfield", "a")))
    raw: Values = {"isi": [{"a": "x"}]}
    before = deepcopy((variables, raw))

    answers = clean(form, raw, variables)
    assert isinstance(answers.values["salinan"], list)
    answers.values["salinan"].append(7)
    answers.values["isi"] = None

    assert (variables, raw) == before


# Lists ------------------------------------------------------------------------------------------

FREE = form_of(
    rows_of(
        "isi",
        field("textfield", "uraian", validate={"required": True}),
        field("number", "jumlah"),
        field("radio", "jenis", values=OPTIONS, defaultValue="a"),
        field("expression", "dua_kali", expression="=jumlah * 2"),
        validate={"required": True, "maxItems": 3},
    ),
    field("expression", "total", expression="=sum(isi.dua_kali)"),
)


def row(uraian: str | None, jumlah: object, dua_kali: object, jenis: str | None = "a") -> Values:
    return {"uraian": uraian, "jumlah": jumlah, "jenis": jenis, "dua_kali": dua_kali}


def test_rows_are_typed_and_computed_and_blank_ones_dropped() -> None:
    raw = {
        "isi": [
            {"uraian": "satu", "jumlah": "1,5", "jenis": "a"},
            {"uraian": " ", "jumlah": "", "jenis": "a"},
            {"uraian": "dua", "jumlah": 2, "jenis": "b", "dua_kali": 99},
            {},
        ],
    }

    answers = clean(FREE, raw)

    assert answers.values == {"isi": [row("satu", 1.5, 3), row("dua", 2, 4, "b")], "total": 7}
    assert answers.errors == {}


def test_errors_of_rows_are_numbered_as_the_rows_that_are_kept() -> None:
    raw = {"isi": [{}, {"jumlah": "x", "jenis": "z"}, {"uraian": "a", "b": 1}, 7]}

    answers = clean(FREE, raw)

    assert {path: error.code for path, error in answers.errors.items()} == {
        "isi.0.uraian": "required",
        "isi.0.jumlah": "number-invalid",
        "isi.0.jenis": "choice-unknown",
        "isi.1.b": "unknown-field",
        "isi.2": "answers-invalid",
        "isi.2.uraian": "required",
    }
    assert answers.typed == {"isi.0.jumlah": "x"}


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ([], "required"),
        (None, "required"),
        ([{}], "required"),
        ("x", "list-invalid"),
        ({"0": {}}, "list-invalid"),
        ([{"uraian": "a"}] * 4, "list-too-long"),
        ([{"uraian": "a"}] * 1_001, "list-too-long"),
    ],
)
def test_number_of_rows_is_checked(raw: object, code: str) -> None:
    assert clean(FREE, {"isi": raw}).errors["isi"].code == code


SHEET = form_of(
    rows_of(
        "isian",
        field("textfield", "indikator", readonly=True),
        field("number", "target", readonly=True),
        field("number", "realisasi", validate={"required": True}),
        field("filepicker", "bukti"),
        allowAddRemove=False,
        defaultRepetitions=0,
        properties={
            "sop.awal": '=for i in indikator[bidang in ("semua", unit)] return {indikator: i.nama, target: i.target}'
        },
    ),
)
SHEET_VARIABLES: Values = {
    "unit": "bidang1",
    "indikator": [
        {"nama": "IKM", "target": 90, "bidang": "semua"},
        {"nama": "Lain", "target": 1, "bidang": "bidang2"},
        {"nama": "Sensus", "target": 5.5, "bidang": "bidang1"},
    ],
}


def sheet_row(indikator: str, target: float, realisasi: object, *bukti: str) -> Values:
    files = [STORED[number] for number in bukti]
    return {"indikator": indikator, "target": target, "realisasi": realisasi, "bukti": files}


def test_given_rows_keep_their_number_and_their_read_only_columns() -> None:
    raw = {"isian": [{"realisasi": "94,1", "bukti": ["f1"], "indikator": "Palsu", "target": 0}, {"realisasi": "5"}]}

    answers = clean(SHEET, raw, SHEET_VARIABLES)

    assert answers.values == {"isian": [sheet_row("IKM", 90, 94.1, "f1"), sheet_row("Sensus", 5.5, 5)]}
    assert answers.errors == {}


def test_given_rows_that_were_not_sent_are_still_asked_for() -> None:
    answers = clean(SHEET, {"isian": [{"realisasi": "94,1"}]}, SHEET_VARIABLES)

    assert answers.values == {"isian": [sheet_row("IKM", 90, 94.1), sheet_row("Sensus", 5.5, None)]}
    assert answers.errors == {"isian.1.realisasi": FieldError("required")}


def test_rows_cannot_be_added_to_given_ones() -> None:
    answers = clean(SHEET, {"isian": [{"realisasi": 1}] * 3}, SHEET_VARIABLES)

    assert answers.values == {"isian": [sheet_row("IKM", 90, 1), sheet_row("Sensus", 5.5, 1)]}
    assert answers.errors == {"isian": FieldError("rows-fixed", {"rows": 2})}


def test_earlier_round_comes_back_where_the_row_is_still_the_same() -> None:
    previous = {"isian": [sheet_row("Sensus", 5.5, 4), sheet_row("IKM", 80, 70, "f1")]}

    answers = forms.opening(SHEET, SHEET_VARIABLES, previous)

    assert answers.values == {"isian": [sheet_row("IKM", 90, None), sheet_row("Sensus", 5.5, 4)]}


MIXED = form_of(
    rows_of(
        "rincian",
        field("textfield", "nama", readonly=True),
        field("textfield", "catatan"),
        properties={"sop.awal": "=for p in peserta return {nama: p}"},
    ),
)
MIXED_VARIABLES: Values = {"peserta": ["Ani", "Budi", "Ani"]}


def test_given_rows_may_be_removed_and_others_added() -> None:
    raw = {
        "rincian": [
            {"catatan": "baru"},
            {"_awal": "1", "catatan": "x"},
            {"_awal": "1"},
            {"_awal": "7"},
            {"_awal": "-1"},
        ]
    }

    answers = clean(MIXED, raw, MIXED_VARIABLES)

    assert answers.values == {"rincian": [{"nama": None, "catatan": "baru"}, {"nama": "Budi", "catatan": "x"}]}
    assert answers.errors == {}


def test_api_names_given_rows_by_their_read_only_columns() -> None:
    raw = {
        "rincian": [{"nama": "Ani", "catatan": "1"}, {"nama": "Ani", "catatan": "2"}, {"nama": "Cici", "catatan": "3"}]
    }

    assert clean(MIXED, raw, MIXED_VARIABLES).values == {
        "rincian": [{"nama": "Ani", "catatan": "1"}, {"nama": "Ani", "catatan": "2"}, {"nama": None, "catatan": "3"}],
    }


def test_earlier_round_of_given_and_added_rows() -> None:
    previous = {
        "rincian": [{"nama": "Ani", "catatan": "a"}, {"nama": None, "catatan": "b"}, {"nama": "Pergi", "catatan": "c"}]
    }

    assert forms.opening(MIXED, MIXED_VARIABLES, previous).values == {
        "rincian": [
            {"nama": "Ani", "catatan": "a"},
            {"nama": "Budi", "catatan": None},
            {"nama": "Ani", "catatan": None},
            {"nama": None, "catatan": "b"},
        ],
    }


def test_draft_keeps_blank_rows_and_half_typed_text() -> None:
    raw = {"isi": [{}, {"uraian": "a", "jumlah": "1,"}, {}]}

    answers = forms.resume(FREE, raw, {}, {})

    assert answers.values == {
        "isi": [row(None, None, None, None), row("a", None, None, None), row(None, None, None, None)],
        "total": None,
    }
    assert (answers.errors, answers.typed) == ({}, {"isi.1.uraian": "a", "isi.1.jumlah": "1,"})


@pytest.mark.parametrize(("kind", "text"), [("textfield", "a\u200e "), ("textarea", "a\r\nb"), ("number", "1.000,50")])
def test_draft_keeps_the_letters_of_what_it_could_take(kind: str, text: str) -> None:
    form = form_of(field(kind))

    assert forms.resume(form, {"x": text}, {}, {}).typed == {"x": text}
    assert forms.clean(form, {"x": text}, {}, {}).typed == {}


def test_draft_calls_wrong_again_what_was_told_and_is_not_mended() -> None:
    raw = {"isi": [{"uraian": "a", "jumlah": "1,"}, {"uraian": "b", "jumlah": "satu"}, {"uraian": "c", "jumlah": "3"}]}

    answers = forms.resume(FREE, raw, {}, {}, told={"isi.1.jumlah", "isi.2.jumlah", "tidak_ada"})

    assert answers.errors == {"isi.1.jumlah": FieldError("number-invalid")}


# Opening ----------------------------------------------------------------------------------------

OPENINGS: list[tuple[Component, Values, Values | None, object]] = [
    (field("textfield"), {}, None, None),
    (field("textfield", defaultValue="bawaan"), {}, None, "bawaan"),
    (field("textfield", defaultValue="bawaan"), {"x": "variabel"}, None, "variabel"),
    (field("textfield", properties={"sop.awal": "=y"}), {"x": "variabel", "y": "awal"}, None, "awal"),
    (field("textfield", properties={"sop.awal": "=y"}), {"x": "variabel"}, None, None),
    (field("textfield", properties={"sop.awal": "=y"}), {"y": "awal"}, {"x": "lama"}, "lama"),
    (field("textfield", defaultValue="bawaan"), {"x": "variabel"}, {"x": None}, None),
    (field("textfield", readonly=True), {"x": "variabel"}, {"x": "lama"}, "variabel"),
    (field("textfield", disabled=True, properties={"sop.awal": "=y"}), {"y": 7.5}, {"x": "lama"}, "7.5"),
    (field("number"), {"x": "7"}, None, None),
    (field("number"), {"x": True}, None, None),
    (field("number"), {"x": float("nan")}, None, None),
    (field("number"), {"x": 1e15}, None, None),
    (field("number", decimalDigits=2, readonly=True), {"x": 94.125}, None, 94.125),
    (field("number", properties={"sop.awal": "=y / 3"}), {"y": 1}, None, 0.333333333333333),
    (field("checkbox"), {"x": True}, None, True),
    (field("checkbox"), {"x": "ya"}, None, False),
    (field("select", values=OPTIONS), {"x": 7}, None, "7"),
    (field("checklist", properties={"sop.awal": "=unit.kode"}, values=OPTIONS), {"unit": [{"kode": "a"}]}, None, ["a"]),
    (field("checklist", values=OPTIONS), {"x": "a"}, None, []),
    (field("datetime", subtype="date"), {"x": "2026-11-02"}, None, "2026-11-02"),
    (field("datetime", subtype="date"), {"x": "besok"}, None, None),
    (field("filepicker"), {"x": [STORED["f1"], {"id": 7}]}, None, [STORED["f1"]]),
    (field("filepicker"), {"x": "f1"}, None, []),
    (field("expression", expression="=y + 1"), {"x": 99, "y": 1}, {"x": 98}, 2),
]


@pytest.mark.parametrize(("component", "variables", "previous", "expected"), OPENINGS, ids=range(len(OPENINGS)))
def test_field_starts_with_what_is_known(
    component: Component, variables: Values, previous: Values | None, expected: object
) -> None:
    found = forms.opening(form_of(component), variables, previous).values["x"]

    assert (found, type(found)) == (expected, type(expected))


def test_list_starts_with_blank_rows_or_with_its_variable() -> None:
    form = form_of(
        rows_of("isi", field("number", "a", defaultValue=1), field("textfield", "unit"), defaultRepetitions=2)
    )

    assert forms.opening(form, {"unit": "bidang1"}, None).values == {"isi": [{"a": 1, "unit": None}] * 2}
    assert forms.opening(form, {"isi": [{"a": 5, "b": 6}, 7]}, None).values == {"isi": [{"a": 5, "unit": None}]}
    assert forms.opening(form, {"isi": []}, None).values == {"isi": []}
    assert forms.opening(form, {"isi": [{"a": 5}]}, {"isi": [{"a": 6, "unit": "x"}]}).values == {
        "isi": [{"a": 6, "unit": "x"}]
    }


# HTML -------------------------------------------------------------------------------------------


def test_names_of_html_become_nested_answers() -> None:
    form = form_of(
        field("textfield", "judul"),
        field("checkbox", "setuju"),
        field("checklist", "unit", values=OPTIONS),
        field("textfield", "tetap", readonly=True),
        {"type": "group", "id": "g", "path": "surat", "components": [field("textfield", "nomor")]},
        rows_of("isi", field("number", "a"), field("filepicker", "bukti", multiple=True)),
    )

    raw = forms.from_html(
        form,
        {
            "csrf_token": ["t"],
            "judul": ["Laporan"],
            "setuju": ["off", "on"],
            "unit": ["a", "b"],
            "tetap": ["diganti"],
            "surat.nomor": ["7"],
            "isi.rows": ["2", "0", "x", "2", "-1"],
            "isi.0.a": ["1"],
            "isi.2.a": ["3"],
            "isi.2.bukti": ["f1", "", "f2"],
            "isi.2._awal": ["5"],
            "isi.9.a": ["dihapus"],
            "isi._.a": ["contoh"],
            "isi.0.lain": ["y"],
            "judul.dalam": ["z"],
        },
    )

    assert raw == {
        "judul": "Laporan",
        "setuju": "on",
        "unit": ["a", "b"],
        "surat": {"nomor": "7"},
        "isi": [{"a": "3", "bukti": ["f1", "f2"], "_awal": "5"}, {"a": "1", "bukti": [], "_awal": ""}],
    }


def test_rows_without_a_list_of_rows_come_in_the_order_of_their_numbers() -> None:
    form = form_of(rows_of("isi", field("number", "a")))

    raw = forms.from_html(form, {"isi.10.a": ["3"], "isi.2.a": ["2"], "isi.1.a": ["1"]})

    assert raw == {"isi": [{"a": "1", "_awal": ""}, {"a": "2", "_awal": ""}, {"a": "3", "_awal": ""}]}


def test_name_sent_twice_is_an_error_and_nothing_sent_is_nothing() -> None:
    form = form_of(field("textfield", "a"), field("textfield", "b"))

    raw = forms.from_html(form, {"a": ["1", "2"], "b": []})

    assert raw == {"a": ["1", "2"], "b": None}
    assert clean(form, raw).errors == {"a": FieldError("repeated")}


@given(
    st.dictionaries(
        st.text("isi.0123_awalrowsx", max_size=20)
        | st.sampled_from(["isi.0.a", "isi.rows", "x", "x.y", "isi", "isi.0"]),
        st.lists(st.text(max_size=5), max_size=3),
        max_size=8,
    ),
)
def test_any_html_names_can_be_read(values: dict[str, list[str]]) -> None:
    form = form_of(field("number", "x"), rows_of("isi", field("number", "a"), field("checklist", "b", values=OPTIONS)))

    answers = clean(form, forms.from_html(form, values))

    assert answers.values.keys() == {"x", "isi"}


# Laws -------------------------------------------------------------------------------------------

EVERYTHING = form_of(
    {"type": "text", "id": "t", "text": "# Isi\n\n- {{ judul }}\n- **{{ total }}**"},
    field("textfield", "judul", validate={"maxLength": 8, "pattern": "^[a-z ]*$"}),
    field("textarea", "uraian"),
    field("number", "jumlah", decimalDigits=3, validate={"min": -1000}),
    field("select", "unit", valuesExpression="=unit_kantor"),
    field("radio", "jenis", values=OPTIONS),
    field("checkbox", "benar"),
    field("checklist", "pilihan", values=OPTIONS),
    field("datetime", "hari", subtype="date"),
    field("datetime", "jam", subtype="time"),
    field("datetime", "saat", subtype="datetime"),
    field("filepicker", "berkas", multiple=True),
    {
        "type": "group",
        "id": "g",
        "path": "kelompok",
        "conditional": {"hide": "=benar"},
        "components": [
            field("textfield", "judul"),
            field("expression", "hitung", expression="=judul + string(jumlah)"),
        ],
    },
    rows_of(
        "isi",
        field("textfield", "nama", readonly=True),
        field("number", "a", validate={"required": True}),
        field("textfield", "b", conditional={"hide": "=a = 1"}),
        field("checklist", "c", values=OPTIONS),
        field("expression", "d", expression="=a * 2"),
        properties={"sop.awal": "=for u in unit_kantor return {nama: u}"},
    ),
    rows_of(
        "tetap",
        field("number", "a"),
        field("select", "s", valuesExpression="=unit_kantor"),
        allowAddRemove=False,
        defaultRepetitions=2,
    ),
    rows_of("bebas", field("textfield", "a"), field("checkbox", "b")),
    field("expression", "total", expression="=sum(isi.d)"),
    {
        "type": "table",
        "id": "tb",
        "dataSource": "=isi",
        "columns": [{"key": "a", "label": "A"}, {"key": "d", "label": "D"}],
    },
)
VARIABLES: Values = {"unit_kantor": ["bidang1", "bidang2"], "kelompok": {"judul": "lama"}}

WILD = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=8),
        st.sampled_from(["a", "b", "f1", "bidang1", "94,1", "2026-11-02", "09:30", "1", "0", "on"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["a", "b", "c", "d", "s", "nama", "judul", "_awal", "hitung"]), inner, max_size=4
        ),
    ),
    max_leaves=12,
)
KEYS = [*sorted(forms.names(EVERYTHING)), "lain"]
RAW = st.dictionaries(st.sampled_from(KEYS), WILD)

GOOD_ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "a": st.integers(-9, 9) | st.none(),
            "b": st.sampled_from(["", "isi"]),
            "c": st.lists(st.sampled_from("abc"), unique=True).map(sorted),
            "_awal": st.sampled_from(["", "0", "1", "2"]),
        },
    ),
    max_size=4,
)
GOOD = st.fixed_dictionaries(
    {},
    optional={
        "judul": st.text("abc ", max_size=8),
        "uraian": st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20),
        "jumlah": st.decimals(-1000, 10**9, places=3).map(lambda number: str(number).replace(".", ",")),
        "unit": st.sampled_from(["bidang1", "bidang2", ""]),
        "jenis": st.sampled_from("abc"),
        "benar": st.sampled_from(["on", "off"]),
        "pilihan": st.lists(st.sampled_from("abc"), unique=True).map(sorted),
        "hari": st.dates(min_value=date(1900, 1, 1), max_value=date(2200, 1, 1)).map(str),
        "jam": st.times().map(lambda moment: moment.strftime("%H:%M")),
        "saat": st.just("2026-11-02T14:30"),
        "berkas": st.lists(st.sampled_from(["f1", "f2"]), unique=True),
        "kelompok": st.fixed_dictionaries({"judul": st.text("xyz", max_size=4)}),
        "isi": GOOD_ROWS,
        "bebas": st.lists(
            st.fixed_dictionaries({"a": st.text("xyz", max_size=3), "b": st.sampled_from(["on", "off"])}), max_size=3
        ),
    },
)


@settings(max_examples=150)
@given(RAW)
def test_any_answers_give_storable_values_of_declared_fields_only(raw: Values) -> None:
    before = repr(raw)

    answers = clean(EVERYTHING, raw, VARIABLES)

    assert repr(raw) == before
    assert answers.values.keys() == forms.names(EVERYTHING)
    assert json.loads(json.dumps(answers.values, allow_nan=False)) == answers.values
    assert json.dumps(answers.values, ensure_ascii=False).encode()
    assert ("lain" in answers.errors) == ("lain" in raw)
    assert repr(clean(EVERYTHING, raw, VARIABLES)) == repr(answers)
    forms.view(EVERYTHING, answers, VARIABLES)
    forms.shown(EVERYTHING, answers.values, VARIABLES)
    assert forms.resume(EVERYTHING, raw, VARIABLES, FILES).errors == {}


@given(GOOD)
def test_cleaning_what_was_cleaned_changes_nothing(raw: Values) -> None:
    first = clean(EVERYTHING, raw, VARIABLES)

    again = clean(EVERYTHING, first.values, VARIABLES)

    assert (again.values, again.errors, again.shown) == (first.values, first.errors, first.shown)


@given(GOOD)
def test_page_sent_back_untouched_says_the_same(raw: Values) -> None:
    first = clean(EVERYTHING, raw, VARIABLES)

    sent = dict(controls(forms.view(EVERYTHING, first, VARIABLES)))
    again = clean(EVERYTHING, forms.from_html(EVERYTHING, sent), VARIABLES)

    assert (again.values, again.errors) == (first.values, first.errors)


@given(GOOD)
def test_earlier_round_opens_with_the_same_answers(raw: Values) -> None:
    first = clean(EVERYTHING, raw, VARIABLES)

    opened = forms.opening(EVERYTHING, VARIABLES, first.values)

    same = forms.names(EVERYTHING) - {"isi", "kelompok", "total"}
    assert {key: opened.values[key] for key in same} == {key: first.values[key] for key in same}


def controls(views: Sequence[FieldView]) -> Iterator[tuple[str, list[str]]]:
    """Yield names and values as a browser sends them."""
    for view in views:
        if not view.visible:
            continue
        yield from controls(view.fields if view.kind == "group" else ())
        if view.kind == "dynamiclist":
            yield view.rows_name, [row.number for row in view.rows]
            for row in view.rows:
                yield f"{row.name}._awal", [row.origin]
                yield from controls(row.fields)
        elif view.options:
            yield view.name, [option.value for option in view.options if option.selected]
        elif view.kind == "checkbox":
            yield view.name, ["on"] * view.checked
        elif view.kind == "filepicker":
            yield view.name, [file.id for file in view.files]
        elif view.name and not view.readonly and view.kind != "group":
            yield view.name, [view.value]
