import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.engine import form as forms
from service.engine.expression import ExpressionInvalid
from service.engine.expression.values import Names, Run
from service.engine.form import Answers, Cell, FieldView, FileView, Form, OptionView, Shown, TextBlock, TextSpan
from service.engine.form.kinds import read_number
from service.engine.form.markdown import read_text
from service.engine.form.model import Block, Span
from service.engine.form.wording import Locale, moment_words, number_input, number_words, words

Component = dict[str, object]
Values = dict[str, object]
OPTIONS = [{"value": "a", "label": "Satu"}, {"value": "b", "label": "Dua"}]
FILE = {"id": "f1", "name": "laporan.pdf", "size": 1200}


def form_of(*components: Component) -> Form:
    content = json.dumps({"type": "default", "id": "contoh", "schemaVersion": 19, "components": components})
    return forms.read(content.encode(), "contoh.form")


def field(kind: str, key: str = "x", **more: object) -> Component:
    return {"type": kind, "id": f"c_{key}", "key": key, "label": f"Label {key}", **more}


def opened(form: Form, variables: Values | None = None) -> Answers:
    return forms.opening(form, variables or {}, None)


def only(component: Component, variables: Values | None = None, locale: Locale = "id") -> FieldView:
    form = form_of(component)
    (view,) = forms.view(form, opened(form, variables), variables or {}, locale)
    return view


# Words ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "typed", "shown"),
    [
        (0, "0", "0"),
        (7, "7", "7"),
        (1234, "1234", "1.234"),
        (-1234567.5, "-1234567,5", "-1.234.567,5"),
        (94.1, "94,1", "94,1"),
        (0.1, "0,1", "0,1"),
        (1e-7, "0,0000001", "0,0000001"),
        (123456789012345, "123456789012345", "123.456.789.012.345"),
        (-0.0, "0", "0"),
    ],
)
def test_numbers_are_written_as_they_are_read(number: float, typed: str, shown: str) -> None:
    assert (number_input(number), words(number, "id"), words(number, "en")) == (typed, shown, shown)


@given(st.floats(-1e14, 1e14, allow_nan=False))
def test_number_in_a_control_is_read_back_as_the_same(number: float) -> None:
    assert read_number(number_input(number)) == Decimal(repr(number))


@given(st.integers(-(10**15), 10**15))
def test_whole_number_as_it_is_shown_is_read_back_as_the_same(number: int) -> None:
    assert read_number(number_words(number)) == number


@pytest.mark.parametrize(
    ("text", "indonesian", "english"),
    [
        ("2026-11-02", "2 November 2026", "2 November 2026"),
        ("2026-08-17", "17 Agustus 2026", "17 August 2026"),
        ("2026-11-02T14:30", "2 November 2026 14.30", "2 November 2026 14:30"),
        ("09:05", "09.05", "09:05"),
        ("2026-13-02", "2026-13-02", "2026-13-02"),
        ("2026-11-02 ", "2026-11-02 ", "2026-11-02 "),
        ("bukan tanggal", "bukan tanggal", "bukan tanggal"),
    ],
)
def test_dates_are_written_out(text: str, indonesian: str, english: str) -> None:
    assert (moment_words(text, "id"), moment_words(text, "en")) == (indonesian, english)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, ""),
        (True, "Ya"),
        (False, "Tidak"),
        (1234.5, "1.234,5"),
        ("teks", "teks"),
        (["a", None, 2], "a, 2"),
        ({"a": 1, "b": None, "c": "x"}, "1, x"),
        ([FILE, {"nama": "Ani"}], "laporan.pdf, Ani"),
        ([], ""),
        ({}, ""),
    ],
)
def test_any_value_has_words(value: object, expected: str) -> None:
    assert words(value, "id") == expected


# Text -------------------------------------------------------------------------------------------


def plain(*lines: str, kind: str = "p") -> Block:
    return Block(kind, tuple((Span(line),) for line in lines))


@pytest.mark.parametrize(
    ("source", "blocks"),
    [
        ("", ()),
        (" \n\n ", ()),
        ("satu\ndua\n\ntiga", (plain("satu", "dua"), plain("tiga"))),
        ("# Judul\nisi", (plain("Judul", kind="h"), plain("isi"))),
        ("## A ##\n### B", (plain("A", kind="h"), plain("B", kind="h"))),
        ("#bukan judul", (plain("#bukan judul"),)),
        ("- a\n* b\n+ c", (plain("a", "b", "c", kind="ul"),)),
        ("1. a\n2) b\n- c", (plain("a", "b", kind="ol"), plain("c", kind="ul"))),
        ("- a\n  lanjut\nb", (plain("a lanjut", kind="ul"), plain("b"))),
        ("isi\r\n- a", (plain("isi"), plain("a", kind="ul"))),
        ("-bukan butir", (plain("-bukan butir"),)),
        ("2026. tahun", (plain("2026. tahun"),)),
        ("**a** b", (Block("p", ((Span("a", strong=True), Span(" b")),)),)),
        (
            "*a* _b_ __c__",
            (
                Block(
                    "p",
                    (
                        (
                            Span("a", emphasis=True),
                            Span(" "),
                            Span("b", emphasis=True),
                            Span(" "),
                            Span("c", strong=True),
                        ),
                    ),
                ),
            ),
        ),
        ("**a *b***", (Block("p", ((Span("a ", strong=True), Span("b", strong=True, emphasis=True)),)),)),
        ("2 * 3 dan a_b_c", (plain("2 * 3 dan a_b_c"),)),
        ("** sendiri", (plain("** sendiri"),)),
        ("<script>alert(1)</script>", (plain("<script>alert(1)</script>"),)),
        ("[x](javascript:alert(1))", (plain("[x](javascript:alert(1))"),)),
    ],
)
def test_small_markdown(source: str, blocks: tuple[Block, ...]) -> None:
    assert merged(read_text(source)) == blocks


def merged(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """Join neighbours of one look: how a text was cut does not matter."""
    return tuple(Block(block.kind, tuple(merged_line(line) for line in block.lines)) for block in blocks)


def merged_line(line: tuple[Span, ...]) -> tuple[Span, ...]:
    found: list[Span] = []
    for span in line:
        last = found[-1] if found else None
        if (
            last
            and not last.expression
            and not span.expression
            and (last.strong, last.emphasis) == (span.strong, span.emphasis)
        ):
            found[-1] = Span(last.text + span.text, span.strong, span.emphasis)
        else:
            found.append(span)
    return tuple(found)


@given(st.text("ab*_-#1. \n{}é<", max_size=40))
def test_any_text_keeps_its_letters(source: str) -> None:
    try:
        blocks = read_text(source)
    except ExpressionInvalid:
        return
    shown = "".join(span.text for block in blocks for line in block.lines for span in line)
    assert [letter for letter in shown if letter in "abé<"] == [letter for letter in source if letter in "abé<"]


def test_values_in_a_text_cannot_become_markup() -> None:
    form = form_of(
        {
            "type": "text",
            "id": "t",
            "text": "# {{ judul }}\n\nNilai **{{ nilai }}** dari {{ orang.nama }}, {{ kosong }}.\n- {{ baris }}",
        },
    )
    variables: Values = {
        "judul": "**a**",
        "nilai": 1234.5,
        "orang": {"nama": "- <b>\n# x"},
        "baris": ["2026-11-02", True],
    }

    (view,) = forms.view(form, opened(form, variables), variables)

    assert view.blocks == (
        TextBlock("h", ((TextSpan("**a**"),),)),
        TextBlock(
            "p",
            (
                (
                    *(TextSpan("Nilai "), TextSpan("1.234,5", strong=True), TextSpan(" dari ")),
                    *(TextSpan("- <b>\n# x"), TextSpan(", "), TextSpan(""), TextSpan(".")),
                ),
            ),
        ),
        TextBlock("ul", ((TextSpan("2 November 2026, Ya"),),)),
    )


def test_private_characters_cannot_fake_a_template() -> None:
    form = form_of({"type": "text", "id": "t", "text": "a \ue0000\ue000 {{ b }} \ue0007\ue000"})

    (view,) = forms.view(form, opened(form), {"b": "\ue0000\ue000"})

    assert "".join(span.text for span in view.blocks[0].lines[0]) == "a 0 \ue0000\ue000 7"


# Fields -----------------------------------------------------------------------------------------


def test_number_field_has_everything_a_page_needs() -> None:
    view = only(
        field(
            "number",
            "nilai",
            description="Dua angka.",
            validate={"required": True, "min": 0, "max": 100},
            decimalDigits=2,
            appearance={"prefixAdorner": "Rp", "suffixAdorner": "%"},
            layout={"row": "r1", "columns": 8},
        ),
        {"nilai": 1234.5},
    )

    assert view == FieldView(
        kind="number",
        key="nilai",
        name="nilai",
        id="f-nilai",
        label="Label nilai",
        description="Dua angka.",
        required=True,
        value="1234,5",
        display="1.234,5",
        prefix="Rp",
        suffix="%",
        minimum=0,
        maximum=100,
        decimals=2,
        layout_row="r1",
        layout_columns=8,
    )


@pytest.mark.parametrize(
    ("component", "variables", "expected"),
    [
        (field("textfield"), {"x": "a"}, ("a", "a", "text")),
        (field("textfield"), {"x": "2026-11-02"}, ("2026-11-02", "2026-11-02", "text")),
        (field("textfield", validate={"validationType": "email"}), {}, ("", "", "email")),
        (field("textarea"), {"x": "a\nb"}, ("a\nb", "a\nb", "text")),
        (field("datetime", subtype="date"), {"x": "2026-11-02"}, ("2026-11-02", "2 November 2026", "date")),
        (field("datetime", subtype="time"), {"x": "09:05"}, ("09:05", "09.05", "time")),
        (
            field("datetime", subtype="datetime"),
            {"x": "2026-11-02T09:05"},
            ("2026-11-02T09:05", "2 November 2026 09.05", "datetime-local"),
        ),
        (field("radio", values=OPTIONS), {"x": "b"}, ("b", "Dua", "text")),
        (field("checklist", values=OPTIONS), {"x": ["b", "a"]}, ("", "Dua, Satu", "text")),
        (field("select", valuesExpression="=y"), {"x": "hilang", "y": ["a"]}, ("hilang", "hilang", "text")),
        (field("checkbox"), {"x": True}, ("", "Ya", "text")),
        (field("expression", expression="=[1.5, null]"), {}, ("", "1,5", "text")),
    ],
    ids=range(12),
)
def test_value_for_the_control_and_for_reading(
    component: Component, variables: Values, expected: tuple[str, ...]
) -> None:
    view = only(component, variables)

    assert (view.value, view.display, view.input_type) == expected


def test_choices_know_which_is_chosen() -> None:
    view = only(field("checklist", values=OPTIONS), {"x": ["b"]})

    assert view.options == (OptionView("a", "Satu", selected=False), OptionView("b", "Dua", selected=True))
    assert only(field("checkbox"), {"x": True}).checked


def test_choices_from_an_expression_have_labels_and_no_repetition() -> None:
    component = field("select", valuesExpression="=for u in unit_kantor return {label: u.nama, value: u.kode}")
    units = [{"kode": "b1", "nama": "Bidang Satu"}, {"kode": "b1", "nama": "Ganda"}, {"kode": None}, {"kode": "b2"}, 7]

    assert only(component, {"unit_kantor": units}).options == (
        OptionView("b1", "Ganda", selected=False),
        OptionView("b2", "b2", selected=False),
    )


def test_files_and_what_may_be_added() -> None:
    view = only(field("filepicker", multiple=True, accept=".pdf, .DOCX"), {"x": [FILE]})

    assert (view.files, view.multiple, view.accept) == ((FileView("f1", "laporan.pdf", 1200),), True, ".pdf,.docx")


def test_hidden_fields_are_there_but_not_visible() -> None:
    form = form_of(field("textfield", "a"), field("textfield", "b", conditional={"hide": "=a = null"}))

    assert [view.visible for view in forms.view(form, opened(form), {})] == [True, False]
    assert [view.visible for view in forms.view(form, opened(form, {"a": "isi"}), {"a": "isi"})] == [True, True]


def test_outcome_carries_its_role_and_its_returns() -> None:
    properties = {"sop.peran": "keputusan", "sop.kembali": "b"}

    view = only(field("radio", values=OPTIONS, properties=properties), {"x": "a"})

    assert (view.role, sorted(view.returns), view.display) == ("keputusan", ["b"], "")


# Lists and tables -------------------------------------------------------------------------------

LIST: Component = {
    "type": "dynamiclist",
    "id": "l",
    "path": "isian",
    "label": "Isian",
    "showOutline": True,
    "components": [
        field("textfield", "nama", readonly=True),
        field("number", "nilai", validate={"required": True}),
        field("filepicker", "bukti"),
    ],
    "properties": {"sop.awal": "=for n in daftar return {nama: n}"},
}


def test_rows_have_names_origins_and_a_blank_one() -> None:
    form = form_of(LIST)
    variables: Values = {"daftar": ["Ani", "Budi"]}
    raw = {"isian": [{"_awal": "1", "nilai": "x"}, {"nilai": "1.234,5"}]}

    (view,) = forms.view(form, forms.clean(form, raw, variables, {}), variables)

    assert [(row.number, row.name, row.origin) for row in view.rows] == [("0", "isian.0", "1"), ("1", "isian.1", "")]
    assert [[column.name for column in row.fields] for row in view.rows] == [
        ["isian.0.nama", "isian.0.nilai", "isian.0.bukti"],
        ["isian.1.nama", "isian.1.nilai", "isian.1.bukti"],
    ]
    nilai = view.rows[0].fields[1]
    assert (nilai.id, nilai.value, nilai.error and nilai.error.code) == ("f-isian-0-nilai", "x", "number-invalid")
    assert view.blank is not None
    assert [column.name for column in view.blank.fields] == ["isian._.nama", "isian._.nilai", "isian._.bukti"]
    assert (view.can_add, view.can_remove, view.rows_name, view.outline) == (True, True, "isian.rows", True)
    assert view.columns == ("Label nama", "Label nilai", "Label bukti")
    assert view.cells == (
        (Cell("Budi"), Cell("", numeric=True), Cell("")),
        (Cell(""), Cell("1.234,5", numeric=True), Cell("")),
    )


def test_rows_in_a_group_know_their_origins_too() -> None:
    form = form_of({"type": "group", "id": "g", "path": "surat", "components": [LIST]})
    variables: Values = {"daftar": ["Ani", "Budi"]}

    (group,) = forms.view(form, opened(form, variables), variables)

    assert [(row.name, row.origin) for row in group.fields[0].rows] == [("surat.isian.0", "0"), ("surat.isian.1", "1")]


def test_fixed_rows_have_no_blank_one() -> None:
    form = form_of({**LIST, "allowAddRemove": False})

    (view,) = forms.view(form, opened(form, {"daftar": ["Ani"]}), {"daftar": ["Ani"]})

    assert (view.blank, view.can_add, view.can_remove, len(view.rows), len(view.fields)) == (None, False, False, 1, 3)


def test_table_shows_rows_of_an_expression() -> None:
    table: Component = {
        "type": "table",
        "id": "tb",
        "label": "Data",
        "dataSource": "=isian[nilai > 1]",
        "columns": [{"key": "nama", "label": "Nama"}, {"key": "nilai"}, {"key": "bukti", "label": "Bukti"}],
    }
    rows = [{"nama": "A", "nilai": 2.5, "bukti": [FILE]}, {"nama": "B", "nilai": 1}, {"nama": True, "nilai": 3}]

    view = only(table, {"isian": rows})

    assert view.columns == ("Nama", "nilai", "Bukti")
    assert view.cells == (
        (Cell("A"), Cell("2,5", numeric=True), Cell("", files=(FileView("f1", "laporan.pdf", 1200),))),
        (Cell("Ya"), Cell("3", numeric=True), Cell("")),
    )
    assert only(table, {"isian": "bukan daftar"}).cells == ()


def test_group_holds_its_fields_with_or_without_a_path() -> None:
    form = form_of(
        {"type": "group", "id": "g1", "label": "Umum", "components": [field("textfield", "a")]},
        {"type": "group", "id": "g2", "path": "surat", "components": [field("textfield", "b")]},
    )

    first, second = forms.view(form, opened(form), {})

    assert [(view.kind, view.id, view.label, [inner.name for inner in view.fields]) for view in (first, second)] == [
        ("group", "f--g1", "Umum", ["a"]),
        ("group", "f-surat", "", ["surat.b"]),
    ]


# History ----------------------------------------------------------------------------------------


def test_history_tells_labels_and_values() -> None:
    form = form_of(
        {"type": "text", "id": "t", "text": "Baca dulu."},
        {"type": "group", "id": "g4", "components": [field("radio", "keputusan", values=OPTIONS)]},
        field("textarea", "alasan", conditional={"hide": '=keputusan != "b"'}),
        field("datetime", "hari", subtype="date"),
        field("checkbox", "setuju"),
        field("filepicker", "berkas"),
        field("select", "unit", valuesExpression="=unit_kantor"),
        {"type": "group", "id": "g", "path": "surat", "components": [field("textfield", "nomor")]},
        {
            "type": "dynamiclist",
            "id": "l",
            "path": "isi",
            "label": "Rincian",
            "components": [
                {"type": "group", "id": "g3", "components": [field("textfield", "nama")]},
                field("number", "nilai"),
                field("filepicker", "bukti"),
                field("radio", "sesuai", values=OPTIONS),
                {"type": "expression", "id": "diam", "key": "diam", "expression": "=1"},
            ],
        },
        field("expression", "jumlah", expression="=sum(isi.nilai)"),
        field("expression", "salinan", expression="=isi"),
        {"type": "expression", "id": "tanpa", "key": "tanpa", "expression": "=1"},
    )
    values: Values = {
        "keputusan": "a",
        "alasan": None,
        "hari": "2026-11-02",
        "setuju": False,
        "berkas": [FILE],
        "unit": "b1",
        "surat": {"nomor": "050/7"},
        "isi": [{"nama": "A", "nilai": 1234.5, "bukti": [FILE], "sesuai": "b", "diam": 1}],
        "jumlah": 1234.5,
        "salinan": [{"nama": "A"}],
        "tanpa": 1,
    }
    file = FileView("f1", "laporan.pdf", 1200)

    assert forms.shown(form, values, {"unit_kantor": [{"value": "b1", "label": "Bidang Satu"}]}) == [
        Shown("Label keputusan", "keputusan", "Satu"),
        Shown("Label hari", "hari", "2 November 2026"),
        Shown("Label setuju", "setuju", "Tidak"),
        Shown("Label berkas", "berkas", files=(file,)),
        Shown("Label unit", "unit", "Bidang Satu"),
        Shown("Label nomor", "nomor", "050/7"),
        Shown(
            "Rincian",
            "isi",
            columns=("Label nama", "Label nilai", "Label bukti", "Label sesuai"),
            rows=((Cell("A"), Cell("1.234,5", numeric=True), Cell("", files=(file,)), Cell("Dua")),),
        ),
        Shown("Label jumlah", "jumlah", "1.234,5"),
    ]
    assert forms.shown(form, values, locale="en")[1].text == "2 November 2026"
    assert forms.shown(form, values)[4].text == "b1"


def test_history_reckons_choices_of_a_table_once_unless_its_rows_decide_them() -> None:
    alike = field("select", "unit", valuesExpression="=for u in unit_kantor return {label: u.nama, value: u.kode}")
    of_a_row = field("select", "sifat", valuesExpression="=[{label: nama, value: sifat}]")
    form = form_of({"type": "dynamiclist", "id": "l", "path": "isi", "label": "Isi", "components": [alike, of_a_row]})
    units = [{"kode": f"u{number}", "nama": f"Bidang {number}"} for number in range(100)]
    rows: list[object] = [{"unit": unit["kode"], "sifat": "s", "nama": f"Sifat {unit['kode']}"} for unit in units]
    enough = Run(10_000)

    (told,) = forms.shown(form, {"isi": rows}, Names({"unit_kantor": units}, enough))

    assert [tuple(cell.text for cell in row) for row in told.rows[:2]] == [
        ("Bidang 0", "Sifat u0"),
        ("Bidang 1", "Sifat u1"),
    ]
    assert enough.left > 0


def test_history_of_values_of_another_shape_is_still_told() -> None:
    form = form_of(field("number", "a"), LIST, field("checklist", "c", values=OPTIONS))

    assert [entry.text for entry in forms.shown(form, {"a": "lama", "isian": {"x": 1}, "c": "a"})] == [
        "lama",
        "",
        "Satu",
    ]


def test_told_answers_are_those_that_are_shown_and_as_they_are_stored() -> None:
    silent = {"expression": "=nilai + 1", "label": ""}
    columns = [field("textfield", "nama"), field("expression", "bisu", **silent)]
    number = [field("textfield", "nomor")]
    letter: dict[str, object] = {"type": "group", "id": "g", "path": "surat", "components": number}
    rows: dict[str, object] = {"type": "dynamiclist", "id": "l", "path": "isi", "label": "Isi", "components": columns}
    form = form_of(
        field("number", "nilai"),
        field("expression", "diam", **silent),
        field("expression", "jumlah", expression="=nilai"),
        field("textfield", "alasan", conditional={"hide": "=nilai > 1"}),
        letter,
        rows,
    )
    values: dict[str, object] = {
        "nilai": 7, "diam": 8, "jumlah": 7, "alasan": "", "surat": {"nomor": "050/7", "lain": 1},
        "isi": [{"nama": "A", "bisu": 2}, "lain"], "lain": 1,
    }  # fmt: skip

    told = forms.told(form, values)

    assert told == {"nilai": 7, "jumlah": 7, "surat": {"nomor": "050/7"}, "isi": [{"nama": "A"}]}
    assert [entry.key for entry in forms.shown(form, values)] == ["nilai", "jumlah", "nomor", "isi"]
