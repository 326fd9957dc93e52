"""Every form of the five SOPs as a page draws it."""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from flask import Flask, render_template_string
from lxml import html
from lxml.html import HtmlElement

from service.engine import form as forms
from service.engine.form import Answers, FieldView, FileReference
from service.errors import FieldError
from tests.web import pagework

FORMS = sorted(Path(pagework.PACKAGE.parent / "forms").glob("*/*.form"))
PAGE = '{% from "components/form.html" import error_summary, form_body %}<form>{{ form_body(fields) }}</form>'
CONTROLS = "//input[not(@type='hidden')] | //select | //textarea"
UNITS = [{"kode": "bidang1", "nama": "Bidang Pemberdayaan Sosial"}, {"kode": "sekretariat", "nama": "Sekretariat"}]
VARIABLES: Mapping[str, object] = {
    "unit_kantor": UNITS,
    "unit": "bidang1",
    "unit_diminta": ["bidang1", "sekretariat"],
    "indikator": [{"indikator": "Anak <terlantar>", "satuan": "persen", "target": 92.5, "bidang": "semua"}],
    "data_bidang": [
        {"unit": "bidang1", "isian": [{"indikator": "Anak <terlantar>", "satuan": "persen", "realisasi": 90}]}
    ],
    "judul": "Laporan <script>alert(1)</script>",
    "instruksi": "Kutipan \" dan ' dan & dan <b>tebal</b>",
}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return pagework.build(tmp_path_factory.mktemp("catalogues"))


def _drawn(app: Flask, views: list[FieldView]) -> HtmlElement:
    with pagework.reading(app):
        return html.fromstring(render_template_string(PAGE, fields=views))


def _views(file: Path, answers: Answers | None = None) -> list[FieldView]:
    form = forms.read(file.read_bytes(), file.name)
    return forms.view(form, answers or forms.opening(form, VARIABLES, None), VARIABLES)


def _answerable(views: tuple[FieldView, ...] | list[FieldView]) -> Iterator[str]:
    """Yield the names of what a person can answer outside of the decision."""
    for view in views:
        if not view.visible or view.role:
            continue
        if view.kind in {"group", "dynamiclist"}:
            yield from _answerable(view.fields if view.kind == "group" else ())
            for row in view.rows:
                yield from _answerable(row.fields)
        elif view.name and not view.readonly and not (view.kind == "checklist" and not view.options):
            yield view.name + (".baru" if view.kind == "filepicker" else "")


@pytest.mark.parametrize("file", FORMS, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_every_question_has_a_control_and_every_control_a_label(app: Flask, file: Path) -> None:
    views = _views(file)

    page = _drawn(app, views)

    controls = page.xpath(CONTROLS)
    assert {control.get("name") for control in controls} == set(_answerable(views))
    assert [html.tostring(control) for control in controls if not _label(page, control)] == []
    assert [name for name, count in Counter(page.xpath("//@id")).items() if count > 1] == []
    assert _dangling(page) == set()
    assert page.xpath("//script | //@style | //b[text()='tebal']") == []


@pytest.mark.parametrize("file", FORMS, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_every_error_stands_at_its_question(app: Flask, file: Path) -> None:
    form = forms.read(file.read_bytes(), file.name)
    answers = forms.clean(form, {}, VARIABLES, {})

    page = _drawn(app, _views(file, answers))

    outcome = {field.key for role in ("keputusan", "alasan", "bagian") if (field := form.of_role(role))}
    expected = {path for path in answers.errors if path and path not in outcome}
    assert len(page.find_class("field-note")) == len(expected)
    assert _dangling(page) == set()


def test_files_stay_attached_without_javascript(app: Flask) -> None:
    kept = {"a1": FileReference("a1", "rekap.xlsx", 184_000)}
    form = forms.read((FORMS[0].parent / "draf.form").read_bytes(), "draf.form")
    answers = forms.clean(form, {"berkas_draf": ["a1"]}, VARIABLES, kept)

    page = _drawn(app, forms.view(form, answers, VARIABLES))

    box = page.xpath("//input[@name='berkas_draf']")[0]
    assert (box.get("type"), box.get("value"), "checked" in box.attrib) == ("checkbox", "a1", True)
    assert page.xpath("//a[@href='/lampiran/a1']/text()") == ["rekap.xlsx"]


def test_summary_leads_to_every_error(app: Flask) -> None:
    errors = [("f-judul", "Judul", FieldError("required")), ("f-tahun", "Tahun", FieldError("number-invalid"))]
    template = '{% from "components/form.html" import error_summary %}{{ error_summary(errors) }}'

    with pagework.reading(app):
        page = html.fromstring(render_template_string(template, errors=errors))

    assert page.get("role") == "alert"
    assert page.xpath("string(//h2)") == "Dua isian perlu diperbaiki. Yang sudah Anda isi tetap tersimpan."
    assert [(link.get("href"), link.text) for link in page.iter("a")] == [
        ("#f-judul", "Judul: Wajib diisi."),
        ("#f-tahun", "Tahun: Isi dengan angka, misalnya 94,10."),
    ]


def _label(page: HtmlElement, control: HtmlElement) -> str:
    outer = control.xpath("ancestor::label")
    named = page.xpath("//label[@for=$id]", id=control.get("id") or "-")
    return " ".join(label.text_content().strip() for label in [*outer, *named])


def _dangling(page: HtmlElement) -> set[str]:
    """Return the ids that something refers to and that are not there."""
    references = page.xpath("//@aria-describedby | //@aria-labelledby | //label/@for | //@data-list")
    return {name for reference in references for name in reference.split()} - set(page.xpath("//@id"))
