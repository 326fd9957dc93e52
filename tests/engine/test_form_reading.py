import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.engine import form as forms
from service.errors import Problem, remedy

Component = dict[str, object]


def document(*components: object, **more: object) -> bytes:
    return json.dumps(
        {"type": "default", "id": "contoh", "schemaVersion": 19, "components": components, **more}
    ).encode()


def field(kind: str, **more: object) -> Component:
    return {"type": kind, "id": f"c_{more.get('key', 'a')}", "key": "a", "label": "Nama isian", **more}


def codes(content: bytes) -> list[tuple[str, str]]:
    return [(problem.code, problem.element) for problem in forms.problems(content, "contoh.form")]


# Files that are no form -------------------------------------------------------------------------

UNREADABLE = [
    (b"", "form-not-json", 1),
    (b"{", "form-not-json", 1),
    (b'{\n "a": 1,\n}', "form-not-json", 3),
    (b"[]", "form-not-object", 0),
    (b"null", "form-not-object", 0),
    (b'"text"', "form-not-object", 0),
    (b'{"a": 1, "a": 2}', "form-duplicate-name", 0),
    (b'{"components": [{"key": 1, "b": {"c": 1, "c": 2}}]}', "form-duplicate-name", 0),
    (b'{"a": NaN}', "form-number", 0),
    (b'{"a": -Infinity}', "form-number", 0),
    (b'{"a": 1e999}', "form-number", 0),
    (b'{"a": ' + b"1" * 5000 + b"}", "form-number", 0),
    (b"\n\n\xff\xfe", "form-encoding", 3),
    ('{"a": "é"}'.encode("latin-1"), "form-encoding", 1),
    (b"[" * 100_000, "form-too-deep", 0),
    (b'{"a":' * 21 + b"1" + b"}" * 21, "form-too-deep", 0),
    (b" " * 1_000_001, "form-too-large", 0),
]


@pytest.mark.parametrize(("content", "code", "line"), UNREADABLE, ids=range(len(UNREADABLE)))
def test_file_that_is_no_form_is_one_problem(content: bytes, code: str, line: int) -> None:
    (problem,) = forms.problems(content, "contoh.form")

    assert (problem.code, problem.line, problem.file, problem.severity) == (code, line, "contoh.form", "error")
    assert problem.message
    assert problem.message_en
    assert problem.fix.sentence


@given(st.binary(max_size=200))
def test_any_bytes_are_problems_and_never_an_exception(content: bytes) -> None:
    assert forms.problems(content, "contoh.form")


JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=6)
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=6), inner, max_size=3)),
    max_leaves=6,
)
NAMES = st.sampled_from(
    (
        *("id", "key", "path", "label", "description", "text", "validate", "conditional", "properties", "appearance"),
        *("values", "valuesExpression", "valuesKey", "defaultValue", "readonly", "disabled", "layout", "components"),
        *("expression", "computeOn", "dataSource", "columns", "subtype", "accept", "multiple", "decimalDigits"),
        *("allowAddRemove", "defaultRepetitions", "showOutline", "timeSerializingFormat", "action"),
    ),
)
KINDS = st.sampled_from(
    (
        *("text", "textfield", "textarea", "number", "select", "radio", "checkbox", "checklist", "datetime", "button"),
        *("dynamiclist", "table", "group", "filepicker", "expression", "separator", "spacer", "html"),
    ),
)


@settings(max_examples=400)
@given(KINDS, st.dictionaries(NAMES, JSON, max_size=8))
def test_any_component_is_a_field_or_problems(kind: str, more: Component) -> None:
    content = document({"type": kind, "id": "x", "key": "x", "label": "x", **more})

    found = forms.problems(content, "contoh.form")

    if any(problem.severity == "error" for problem in found):
        with pytest.raises(forms.FormRefused):
            forms.read(content, "contoh.form")
    else:
        forms.view(form := forms.read(content, "contoh.form"), forms.opening(form, {}, None), {})


@given(JSON)
def test_any_document_is_a_form_or_problems(value: object) -> None:
    forms.problems(json.dumps({"type": "default", "id": "x", "components": value}).encode(), "contoh.form")
    forms.problems(json.dumps(value).encode(), "contoh.form")


def test_byte_order_mark_is_no_problem() -> None:
    assert forms.problems(b"\xef\xbb\xbf" + document(field("number")), "contoh.form") == []


# Forms with problems ----------------------------------------------------------------------------

OPTIONS = [{"value": "ya", "label": "Ya"}, {"value": "tidak", "label": "Tidak"}]
OUTCOME = {"sop.peran": "keputusan", "sop.kembali": "tidak"}

PROBLEMS: list[tuple[str, list[object], list[tuple[str, str]]]] = [
    ("unsupported kinds", [field("html"), field("taglist")], [("component-unsupported", "c_a")] * 2),
    (
        "a button with an action of its own",
        [{"type": "button", "id": "b", "action": "save"}],
        [("component-unsupported", "b")],
    ),
    ("no kind", [{"id": "b"}], [("component-unsupported", "b")]),
    ("no object", [7], [("form-component", "")]),
    ("no id", [{**field("number"), "id": ""}], [("component-id", "")]),
    (
        "an id twice",
        [field("number", key="a"), {**field("number", key="b"), "id": "c_a"}],
        [("component-id-duplicate", "c_a")],
    ),
    ("a key twice", [field("number"), {**field("textfield"), "id": "d"}], [("key-duplicate", "d")]),
    (
        "a key twice through a group",
        [field("number"), {"type": "group", "id": "g", "components": [{**field("textfield"), "id": "d"}]}],
        [("key-duplicate", "d")],
    ),
    ("capital key", [field("number", key="Aa")], [("key-invalid", "c_Aa")]),
    ("key with a path", [field("number", key="a.b")], [("key-invalid", "c_a.b")]),
    ("hidden key", [field("number", key="_a")], [("key-invalid", "c__a")]),
    ("long key", [field("number", key="a" * 65)], [("key-invalid", "c_" + "a" * 65)]),
    ("no key", [field("number", key=None)], [("key-invalid", "c_None")]),
    (
        "reserved keys",
        [field("number", key="typename"), field("number", key="for"), field("number", key="this")],
        [("key-reserved", "c_typename"), ("key-reserved", "c_for"), ("key-reserved", "c_this")],
    ),
    (
        "list without a path",
        [{"type": "dynamiclist", "id": "l", "label": "L", "components": [field("number")]}],
        [("key-invalid", "l")],
    ),
    (
        "list without fields",
        [{"type": "dynamiclist", "id": "l", "label": "L", "path": "l", "components": []}],
        [("list-empty", "l")],
    ),
    (
        "list in a list",
        [
            {
                "type": "dynamiclist",
                "id": "l",
                "label": "L",
                "path": "l",
                "components": [
                    {"type": "dynamiclist", "id": "m", "label": "M", "path": "m", "components": [field("number")]}
                ],
            }
        ],
        [("list-nested", "l")],
    ),
    ("container without components", [{"type": "group", "id": "g"}], [("form-components", "g")]),
    ("templates in labels", [field("number", label="{{a}}", description="=a")], [("label-template", "c_a")] * 2),
    ("description that is no text", [field("number", description=7)], [("property-invalid", "c_a")]),
    ("adorner with an expression", [field("number", appearance={"suffixAdorner": "=a"})], [("label-template", "c_a")]),
    ("unknown rule", [field("number", validate={"step": 2})], [("validate-unsupported", "c_a")]),
    (
        "rule of another kind",
        [field("radio", values=OPTIONS, validate={"maxLength": 2})],
        [("validate-unsupported", "c_a")],
    ),
    (
        "rules of the wrong kind",
        [field("textfield", validate={"required": "=a", "maxLength": -1})],
        [("property-invalid", "c_a")] * 2,
    ),
    ("limit that is no number", [field("number", validate={"min": "satu"})], [("property-invalid", "c_a")]),
    (
        "table with a broken column",
        [{"type": "table", "id": "t", "dataSource": "=a", "columns": [{"key": "a b", "label": "B"}]}],
        [("key-invalid", "t")],
    ),
    ("rules upside down", [field("number", validate={"min": 2, "max": 1})], [("validate-reversed", "c_a")]),
    ("pattern with backreference", [field("textfield", validate={"pattern": r"(a)\1"})], [("pattern-invalid", "c_a")]),
    ("telephone check", [field("textfield", validate={"validationType": "phone"})], [("validate-unsupported", "c_a")]),
    ("readonly by expression", [field("number", readonly="=a")], [("property-invalid", "c_a")]),
    (
        "condition with a function",
        [field("number", conditional={"hide": "=now() > 1"})],
        [("expression-invalid", "c_a")],
    ),
    ("condition to show", [field("number", conditional={"show": "=a"})], [("conditional-unsupported", "c_a")]),
    ("condition that is no text", [field("number", conditional={"hide": True})], [("property-invalid", "c_a")]),
    ("broken initial value", [field("number", properties={"sop.awal": "=1 +"})], [("expression-invalid", "c_a")]),
    ("misspelt property", [field("number", properties={"sop.awla": "=1"})], [("property-sop", "c_a")]),
    (
        "unknown role",
        [field("radio", values=OPTIONS, properties={"sop.peran": "ketua"})],
        [("role-unsupported", "c_a")],
    ),
    ("role of another kind", [field("number", properties={"sop.peran": "alasan"})], [("role-unsupported", "c_a")]),
    (
        "unknown return",
        [field("radio", values=OPTIONS, properties={**OUTCOME, "sop.kembali": "lain"})],
        [("returns-invalid", "c_a")],
    ),
    (
        "only returns",
        [field("radio", values=OPTIONS, properties={**OUTCOME, "sop.kembali": "ya,tidak"})],
        [("returns-invalid", "c_a")],
    ),
    (
        "outcome by expression",
        [field("radio", valuesExpression="=b", properties={"sop.peran": "keputusan"})],
        [("outcome-options", "c_a")],
    ),
    (
        "two outcomes",
        [
            field("radio", values=OPTIONS, properties=OUTCOME),
            field("radio", key="b", values=OPTIONS, properties=OUTCOME),
        ],
        [("role-place", "c_a"), ("role-place", "c_b")],
    ),
    (
        "an outcome inside a list",
        [
            {
                "type": "dynamiclist",
                "id": "l",
                "label": "L",
                "path": "l",
                "components": [field("radio", values=OPTIONS, properties=OUTCOME)],
            }
        ],
        [("role-place", "c_a")],
    ),
    (
        "outcome with a default",
        [field("radio", values=OPTIONS, properties=OUTCOME, defaultValue="ya")],
        [("default-role", "c_a")],
    ),
    (
        "outcome with an initial value",
        [field("radio", values=OPTIONS, properties={**OUTCOME, "sop.awal": "=b"})],
        [("initial-unsupported", "c_a")],
    ),
    ("no options", [field("select")], [("options-missing", "c_a")]),
    ("two sources of options", [field("select", values=OPTIONS, valuesExpression="=b")], [("options-twice", "c_a")]),
    (
        "options twice or empty",
        [field("radio", values=[*OPTIONS, OPTIONS[0], {"value": ""}])],
        [("option-invalid", "c_a")] * 2,
    ),
    ("broken options", [field("select", valuesExpression="=for x in")], [("expression-invalid", "c_a")]),
    ("wrong default", [field("number", defaultValue="abc")], [("property-invalid", "c_a")]),
    ("truth as a number", [field("number", defaultValue=True)], [("property-invalid", "c_a")]),
    ("number as text", [field("number", serializeToString=True)], [("serialize-to-string", "c_a")]),
    ("date without past", [field("datetime", subtype="date", disallowPassedDates=True)], [("passed-dates", "c_a")]),
    ("time in UTC", [field("datetime", subtype="time", timeSerializingFormat="utc_offset")], [("time-format", "c_a")]),
    ("unknown subtype", [field("datetime", subtype="week")], [("date-subtype", "c_a")]),
    ("files by media type", [field("filepicker", accept="image/*")], [("accept-unsupported", "c_a")]),
    ("computed without expression", [field("expression")], [("property-invalid", "c_a")]),
    ("computed at an unknown time", [field("expression", expression="=1", computeOn="never")], [("compute-on", "c_a")]),
    (
        "table without source and columns",
        [{"type": "table", "id": "t"}],
        [("property-invalid", "t"), ("table-empty", "t")],
    ),
    (
        "table with computed columns",
        [
            {
                "type": "table",
                "id": "t",
                "dataSource": "=a",
                "columns": [{"key": "b", "label": "B"}],
                "columnsExpression": "=c",
            }
        ],
        [("table-columns", "t")],
    ),
    ("text with a loop", [{"type": "text", "id": "t", "text": "{{#loop a}}x{{/loop}}"}], [("expression-invalid", "t")]),
    (
        "text with a broken template",
        [{"type": "text", "id": "t", "text": "{{ now() }}"}],
        [("expression-invalid", "t")],
    ),
    ("text by expression", [{"type": "text", "id": "t", "text": "=a"}], [("text-expression", "t")]),
    ("unknown property", [field("number", magic=1)], [("property-unknown", "c_a")]),
    ("no label", [field("number", label="")], [("label-missing", "c_a")]),
    ("too many fields", [field("number", key=f"a{place}") for place in range(501)], [("form-too-many-fields", "")]),
]


@pytest.mark.parametrize(
    ("components", "expected"), [case[1:] for case in PROBLEMS], ids=[case[0] for case in PROBLEMS]
)
def test_problem_names_code_and_component(components: list[object], expected: list[tuple[str, str]]) -> None:
    assert codes(document(*components)) == expected


WARNINGS = {"property-unknown", "label-missing"}


@pytest.mark.parametrize("components", [case[1] for case in PROBLEMS], ids=[case[0] for case in PROBLEMS])
def test_problem_is_told_in_both_languages_with_a_remedy(components: list[object]) -> None:
    for problem in forms.problems(document(*components), "contoh.form"):
        assert problem.message.endswith(".")
        assert problem.message_en.endswith(".")
        assert problem.message != problem.message_en
        assert problem.fix.sentence.endswith(".")
        assert problem.place.startswith("Formulir contoh")
        assert problem.severity == ("warning" if problem.code in WARNINGS else "error")


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"id": ""}, [("form-id", "")]),
        ({"id": "7a"}, [("form-id", "")]),
        ({"id": 7}, [("form-id", "")]),
        ({"type": "survey"}, [("form-type", "")]),
        ({"schemaVersion": 20}, [("form-schema", "")]),
        ({"schemaVersion": "19"}, [("form-schema", "")]),
        ({"schemaVersion": True}, [("form-schema", "")]),
        ({"schemaVersion": 4}, []),
        ({"components": None}, [("form-components", "")]),
        ({"exporter": {"name": "Camunda Modeler"}, "executionPlatform": "Camunda Platform"}, []),
    ],
)
def test_head_of_the_form_is_checked(more: Component, expected: list[tuple[str, str]]) -> None:
    assert codes(document(**more)) == expected


def test_problem_has_the_line_and_the_words_of_its_component() -> None:
    content = b"""{
  "type": "default", "id": "telaah",
  "components": [
    {"type": "number", "key": "a", "label": "A", "id": "satu"},
    {
      "type": "html",
      "label": "Isi bebas",
      "id": "dua"
    }
  ]
}"""

    assert forms.problems(content, "telaah.form") == [
        Problem(
            "component-unsupported",
            "Komponen HTML (html) tidak didukung.",
            "The component html is not supported.",
            file="telaah.form",
            line=8,
            element="dua",
            place="Formulir telaah, isian Isi bebas",
            fix=remedy("Hapus komponen ini atau ganti dengan jenis yang didukung."),
        ),
    ]


def test_errors_come_before_warnings_and_only_errors_refuse() -> None:
    content = document(field("number", magic=1), field("number", key="B"))

    assert codes(content) == [("key-invalid", "c_B"), ("property-unknown", "c_a")]
    with pytest.raises(forms.FormRefused) as caught:
        forms.read(content, "contoh.form")
    assert [problem.code for problem in caught.value.problems] == ["key-invalid"]


def test_warnings_alone_do_not_refuse() -> None:
    assert forms.read(document(field("number", magic=1)), "contoh.form").fields[0].key == "a"


# What is read -----------------------------------------------------------------------------------


def test_fields_keep_what_a_page_and_a_check_need() -> None:
    form = forms.read(
        document(
            {"type": "text", "id": "judul", "text": "# Telaah data\n\nBaca **dulu**."},
            field(
                "number",
                key="nilai",
                description="Dua angka di belakang koma.",
                validate={"required": True, "min": 0, "max": "100"},
                decimalDigits=2,
                defaultValue=7.5,
                appearance={"prefixAdorner": "Rp", "suffixAdorner": "%"},
                layout={"row": "baris_1", "columns": 8},
                conditional={"hide": "=lain = null"},
                properties={"sop.awal": "=lain", "catatan": "bebas"},
            ),
            field(
                "radio",
                key="keputusan",
                values=[*OPTIONS, {"value": "tolak"}],
                properties={**OUTCOME, "sop.kembali": "tidak, tolak"},
            ),
            field("filepicker", key="berkas", multiple=True, accept=".PDF, .docx"),
            {"type": "button", "id": "kirim", "action": "submit", "label": "Kirim"},
        ),
        "telaah.form",
    )

    title, number, outcome, file = form.fields
    assert (form.id, form.title) == ("contoh", "Telaah data")
    assert [block.kind for block in title.blocks] == ["h", "p"]
    assert (number.required, number.minimum, number.maximum, number.decimals, number.default) == (True, 0, 100, 2, 7.5)
    assert (number.prefix, number.suffix, number.row, number.columns) == ("Rp", "%", "baris_1", 8)
    assert (number.hide and number.hide.text, number.initial and number.initial.text) == ("=lain = null", "=lain")
    assert form.outcome is outcome
    assert sorted(outcome.returns) == ["tidak", "tolak"]
    assert outcome.options[2] == forms.Option("tolak", "tolak")
    assert (file.multiple, file.accept) == (True, (".pdf", ".docx"))
    assert form.of_role("alasan") is None


def test_names_and_reads_are_variables_only() -> None:
    form = forms.read(
        document(
            field("textfield", key="judul"),
            {"type": "group", "id": "g", "components": [field("textfield", key="cermin", readonly=True)]},
            field("textfield", key="turunan", readonly=True, properties={"sop.awal": "=sumber.x"}),
            field("number", key="nilai", properties={"sop.awal": "=nilai"}, conditional={"hide": "=judul = batas"}),
            field("expression", key="hasil", expression="=nilai * faktor"),
            field("expression", key="gabungan", expression="=append(gabungan, hasil)"),
            field("select", key="unit", valuesExpression="=for u in unit_kantor return u.kode"),
            {"type": "text", "id": "t", "text": "{{ tahun }} {{ judul }}"},
            {
                "type": "table",
                "id": "tb",
                "dataSource": "=baris[kode = 1]",
                "columns": [{"key": "kode", "label": "Kode"}],
            },
            {
                "type": "dynamiclist",
                "id": "l",
                "path": "rincian",
                "label": "Rincian",
                "properties": {"sop.awal": "=for r in daftar return {a: r}"},
                "components": [
                    field("number", key="a", readonly=True, properties={"sop.awal": "=asal"}),
                    field("expression", key="b", expression="=a + this.a + tambahan"),
                ],
            },
        ),
        "contoh.form",
    )

    assert forms.names(form) == {"judul", "turunan", "nilai", "hasil", "gabungan", "unit", "rincian"}
    assert forms.reads(form) == {
        *("cermin", "sumber", "nilai", "batas", "faktor", "gabungan", "unit_kantor", "tahun", "baris"),
        *("daftar", "tambahan", "asal"),
    }
