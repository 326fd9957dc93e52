"""The forms of the five SOPs: what they ask, and that what was entered arrives where the next step needs it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Unpack

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from service.engine import form as forms
from service.engine.form import Answers, Field, FileReference, Form, TextBlock
from tests import answers
from tests.answers import BANGGAI, BLITAR, NGANJUK, RENSTRA, WRONG_DATA, Variant

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "forms").glob("*/*.form"))
PROCESSES = list(answers.FORMS)
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
CAMUNDA = "{http://camunda.org/schema/1.0/bpmn}"

LETTER = {"asal_surat", "nomor_surat", "tanggal_surat", "hal_surat", "berkas_surat"}
SHEET_ROW = {"indikator", "satuan", "target", "sumber", "realisasi", "bukti", "catatan"}


def path_of(process: str, form_id: str) -> Path:
    return ROOT / "forms" / process / f"{form_id}.form"


def form_of(process: str, form_id: str) -> Form:
    path = path_of(process, form_id)
    return forms.read(path.read_bytes(), path.name)


def form_refs(process: str) -> dict[str, str]:
    """Read which element of a diagram names which form; the start event counts as "mulai"."""
    tree = etree.parse(ROOT / "bpmn" / process / f"{process}.bpmn")
    found = {element.get("id", ""): element.get(f"{CAMUNDA}formRef", "") for element in tree.iter(f"{BPMN}userTask")}
    starts = [element.get(f"{CAMUNDA}formRef", "") for element in tree.iter(f"{BPMN}startEvent")]
    return {"mulai": starts[0], **found}


def components(listed: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for component in listed:
        yield component
        yield from components(component.get("components", []))
        yield from component.get("columns", [])


def flat(fields: tuple[Field, ...]) -> Iterator[Field]:
    """Yield the fields whose values stand side by side: groups are opened, rows are not."""
    for field in fields:
        if field.kind == "group":
            yield from flat(field.fields)
        else:
            yield field


def every(fields: tuple[Field, ...]) -> Iterator[Field]:
    for field in fields:
        yield field
        yield from every(field.fields)


def keyed(form: Form) -> dict[str, Field]:
    return {field.key: field for field in flat(form.fields) if field.key}


def asked(form: Form) -> set[str]:
    """Return what a person answers: keys, and "list.column" for the columns of lists."""
    found = set()
    for field in flat(form.fields):
        if field.kind == "dynamiclist":
            found |= {f"{field.key}.{column.key}" for column in field.fields if column.key}
        elif field.writable:
            found.add(field.key)
    return found


@dataclass(frozen=True)
class Page:
    """What a person sees when a step opens."""

    values: dict[str, Any]
    shown: frozenset[str]
    tables: dict[str, list[dict[str, Any]]]
    """Rows of each visible table."""
    texts: list[str]


class Case:
    """A case without an engine: variables, and what an engine does to them when a step is completed."""

    def __init__(self, process: str, variables: Mapping[str, Any] | None = None) -> None:
        self.process = process
        self.variables: dict[str, Any] = {**answers.system_variables(process), **(variables or {})}
        self.earlier: dict[str, dict[str, Any]] = {}

    def form(self, element: str) -> Form:
        return form_of(self.process, answers.FORMS[self.process][element])

    def open(self, element: str, **local: object) -> Page:
        """Return the page of an element, refusing tables without rows and texts with holes."""
        form, variables = self.form(element), self.variables | local
        opened = forms.opening(form, variables, self.earlier.get(element))
        texts = [
            "".join(span.text for line in block.lines for span in line)
            for block in text_blocks(form, opened, variables)
        ]
        page = Page(dict(opened.values), opened.shown, dict(tables(form.fields, variables | opened.values)), texts)

        assert opened.errors == {}
        assert all(page.tables.values()), element
        for text in texts:
            assert "  " not in text
            assert "****" not in text
            assert not text.endswith((": .", ": "))
        return page

    def answer(self, element: str, given: Mapping[str, Any], **variant: Unpack[Variant]) -> dict[str, Any]:
        """Return the values that typical answers leave behind, sent as data and as a browser does."""
        form, raw = self.form(element), answers.for_element(self.process, element, **variant)
        files = {name: FileReference(name, name, 1_000) for name in answers.files_in(raw)}
        sent: dict[str, list[str]] = {}
        for name, value in answers.as_html(raw):
            sent.setdefault(name, []).append(value)

        cleaned = forms.clean(form, raw, given, files)
        posted = forms.clean(form, forms.from_html(form, sent), given, files)

        assert cleaned.errors == {}, element
        assert (posted.values, posted.errors) == (cleaned.values, {}), element
        values: dict[str, Any] = json.loads(json.dumps(cleaned.values))
        return values

    def complete(self, element: str, **variant: Unpack[Variant]) -> None:
        self.open(element)
        self.earlier[element] = self.answer(element, self.variables, **variant)
        self.variables |= self.earlier[element]

    def collect(self, element: str, units: str, into: str, wrong: Sequence[str] = ()) -> None:
        """Complete one instance per unit and gather what came back."""
        gathered = []
        for unit in self.variables[units]:
            self.open(element, unit=unit)
            values = self.answer(element, self.variables | {"unit": unit}, unit=unit, wrong=wrong)
            gathered.append({"unit": unit, **values})
        self.variables[into] = gathered

    def until(self, last: str, wrong: Sequence[str] = ()) -> "Case":
        """Complete the elements in the order of one pass, up to and with one of them."""
        for element in answers.FORMS[self.process]:
            if element in {"row_08_bidang", "row_09"} and self.variables.get("hasil_banding") == "sesuai":
                continue  # nothing to repair, nothing to gather
            if element == "row_08_bidang":
                self.collect(element, "unit_perbaikan", "data_perbaikan")
            elif element.endswith("_bidang"):
                self.collect(element, "unit_diminta", "data_bidang", wrong)
            else:
                self.complete(element, wrong=wrong)
            if element == last:
                break
        return self


def tables(fields: tuple[Field, ...], sight: Mapping[str, Any]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield the rows of each visible table."""
    for field in fields:
        if field.hide is not None and field.hide.evaluate(sight) is True:
            continue
        if field.kind == "group":
            yield from tables(field.fields, sight)
        elif field.kind == "table" and field.expression is not None:
            rows: Any = field.expression.evaluate(sight)
            assert all(row.keys() == {column.key for column in field.fields} for row in rows), field.id
            yield field.id, rows


def text_blocks(form: Form, opened: Answers, variables: Mapping[str, Any]) -> Iterator[TextBlock]:
    waiting = forms.view(form, opened, variables)
    for field in waiting:
        if field.visible:
            yield from field.blocks
            waiting += field.fields


# The files ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_form_has_no_problems(path: Path) -> None:
    assert forms.problems(path.read_bytes(), path.name) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_form_file_is_form_js_kept_by_hand(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    document = json.loads(text)

    identities = [component["id"] for component in components(document["components"])]

    assert text == json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    assert {key: document[key] for key in ("id", "type", "schemaVersion", "executionPlatform")} == {
        "id": path.stem,
        "type": "default",
        "schemaVersion": 19,
        "executionPlatform": "Camunda Platform",
    }
    assert len(set(identities)) == len(identities)
    assert path.stem not in identities  # form-js keeps forms and components in one register


@pytest.mark.parametrize("process", PROCESSES)
def test_diagram_and_forms_name_each_other(process: str) -> None:
    assert form_refs(process) == answers.FORMS[process]
    assert {path.stem for path in FILES if path.parent.name == process} == set(answers.FORMS[process].values())


def test_every_field_has_a_label() -> None:
    missing = [
        (path.parent.name, path.stem, field.id)
        for path in FILES
        for field in every(form_of(path.parent.name, path.stem).fields)
        if not field.label and field.kind not in {"text", "expression", "column"}
    ]

    assert missing == []


# What the steps ask -------------------------------------------------------------------------------

PIECES: dict[str, set[str]] = {
    "mulai": {"judul", "tahun", "periode", *LETTER - {"berkas_surat"}},
    "disposisi": LETTER | {"sifat", "diteruskan_kepada", "dengan_hormat_harap", "instruksi", "batas_waktu"},
    "rapat": {"tanggal_rapat", "peserta_rapat", "hasil_rapat", "berkas_rapat"},
    "undangan": {"nomor_undangan", "acara_rapat", "jadwal_rapat", "tempat_rapat", "peserta_diundang"},
    "format_isian": {"nama_format", "indikator.indikator", "indikator.satuan", "indikator.target", "indikator.sumber"},
    "permintaan_data": {
        *(f"indikator.{column}" for column in ("indikator", "satuan", "target", "sumber", "bidang")),
        "unit_diminta",
        "batas_data",
        "petunjuk_pengisian",
    },
    "penugasan": {"petugas_penghimpun", "uraian_tugas"},
    "data_bidang": {*(f"isian.{column}" for column in SHEET_ROW), "catatan_unit"},
    "pengolahan": {"kelengkapan_data", "unit_belum_lengkap", "catatan_kelengkapan", "hasil_pengolahan"},
    "himpun_data": {"kelengkapan_data", "unit_belum_lengkap", "catatan_kelengkapan", "catatan_himpun"},
    "rekap": {"catatan_rekap", "berkas_rekap"},
    "telaah": {"kesimpulan_telaah", "rekomendasi_telaah"},
    "telaah_awal": {"kesimpulan_telaah", "dugaan_tidak_sesuai"},
    "perbandingan": {
        f"perbandingan.{column}"
        for column in (
            "unit",
            "indikator",
            "satuan",
            "realisasi",
            "pembanding_sumber",
            "pembanding",
            "selisih",
            "sesuai",
            "unit_perbaikan_baris",
            "catatan",
        )
    },
    "pengembalian_data": {"hasil_banding", "alasan_banding", "batas_perbaikan"},
    "perbaikan_data": {
        *(f"perbaikan.{column}" for column in ("indikator", "realisasi_semula", "pembanding", "alasan_baris")),
        *(f"perbaikan.{column}" for column in ("realisasi", "bukti", "catatan")),
        "catatan_perbaikan",
    },
    "himpun_perbaikan": {"periksa_perbaikan", "catatan_himpun_perbaikan"},
    "draf": {"ringkasan", "berkas_draf", "tanggapan"},
    "pengajuan": {"periksa_kelengkapan", "catatan_pengantar"},
    "pemeriksaan": {"keputusan", "alasan", "bagian"},
    "pengesahan": {
        "pengesahan",
        "alasan_pengesahan",
        "bagian_pengesahan",
        "nama_dokumen",
        "cara_tanda_tangan",
        "berkas_bertanda_tangan",
    },
    "tanda_tangan": {"nama_dokumen", "cara_tanda_tangan", "tanggal_tanda_tangan", "berkas_bertanda_tangan"},
    "instruksi_pengiriman": {"tujuan", "hal_pengantar", "tembusan.kepada", "cara_kirim", "instruksi_pengiriman"},
    "agenda": {"nomor_agenda", "tanggal_agenda", "nomor_surat_keluar", "tanggal_surat_keluar"},
    "distribusi": {"penerima.opd", "penerima.eksemplar", "penerima.cara", "instruksi_distribusi"},
    "arsip": {
        "kode_klasifikasi",
        "jumlah_salinan",
        "lokasi_berkas_cetak",
        "lokasi_berkas_digital",
        "berkas_arsip",
        "retensi_aktif",
        "retensi_inaktif",
    },
    "penyerahan": {"diserahkan_kepada", "tanggal_penyerahan", "bentuk_laporan", "catatan_penyerahan"},
}
MORE_PIECES: dict[tuple[str, str], set[str]] = {
    (BLITAR, "mulai"): {"jenis_dokumen"},
    (WRONG_DATA, "mulai"): {"jenis_dokumen"},
    (BLITAR, "telaah"): {"kesesuaian", "unit_diragukan", "alasan_kesesuaian"},
    (BLITAR, "pengiriman"): {"kiriman.opd", "kiriman.tanggal_kirim", "jumlah_digandakan", "bukti_kirim"},
    (BANGGAI, "pengiriman"): {
        "nomor_surat_keluar",
        "tanggal_surat_keluar",
        "tujuan",
        "tembusan.kepada",
        "cara_kirim",
        "nomor_agenda",
        "bukti_kirim",
    },
    (NGANJUK, "penyerahan"): {"nama_laporan", "ringkasan", "berkas_laporan"},
}


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_step_asks_what_it_needs(path: Path) -> None:
    needed = PIECES.get(path.stem, set()) | MORE_PIECES.get((path.parent.name, path.stem), set())

    assert needed
    assert needed - asked(form_of(path.parent.name, path.stem)) == set()


OUTCOMES = [
    (BLITAR, "telaah", "kesesuaian", "alasan_kesesuaian", {"sesuai", "tidak_sesuai"}, {"tidak_sesuai"}),
    (BLITAR, "pemeriksaan", "keputusan", "alasan", {"setuju", "kembalikan"}, {"kembalikan"}),
    (BLITAR, "pengesahan", "pengesahan", "alasan_pengesahan", {"setuju", "kembalikan"}, {"kembalikan"}),
    (WRONG_DATA, "pengembalian_data", "hasil_banding", "alasan_banding", {"sesuai", "tidak_sesuai"}, {"tidak_sesuai"}),
    (BANGGAI, "pemeriksaan", "keputusan", "alasan", {"setuju", "kembalikan"}, {"kembalikan"}),
    (RENSTRA, "pemeriksaan", "keputusan", "alasan", {"setuju", "kembalikan"}, {"kembalikan"}),
]


@pytest.mark.parametrize(("process", "form_id", "key", "reason", "values", "returns"), OUTCOMES)
def test_decision_returns_only_with_a_reason(
    process: str, form_id: str, key: str, reason: str, values: set[str], returns: set[str]
) -> None:
    form = form_of(process, form_id)

    assert form.outcome is not None
    assert (form.outcome.key, {option.value for option in form.outcome.options}) == (key, values)
    assert form.outcome.returns == returns
    for value in values:
        reasons = forms.clean(form, {key: value}, {}, {}).errors.keys() & {reason}
        assert reasons == ({reason} if value in returns else set())
    assert forms.clean(form, {}, {}, {}).errors[key].code == "required"


def test_only_the_known_steps_decide() -> None:
    deciding = {
        (path.parent.name, path.stem) for path in FILES if form_of(path.parent.name, path.stem).outcome is not None
    }

    assert deciding == {outcome[:2] for outcome in OUTCOMES}


CARRIED = {"asal_surat", "nomor_surat", "tanggal_surat", "hal_surat"}
"""Facts that are deliberately edited a second time: the letter, at the start and by who disposes of it."""
CARRIED_FORMAT = {"indikator", "petunjuk_pengisian"}
"""Where a format is made first, also what is asked for."""


@pytest.mark.parametrize("process", PROCESSES)
def test_a_key_is_one_fact_of_the_case(process: str) -> None:
    kinds: dict[str, set[str]] = {}
    written: list[str] = []
    for form_id in answers.FORMS[process].values():
        for key, field in keyed(form_of(process, form_id)).items():
            if field.kind != "expression":
                kinds.setdefault(key, set()).add(field.kind)
            if field.writable or field.kind in {"dynamiclist", "expression"}:
                written.append(key)

    assert {key: kind for key, kind in kinds.items() if len(kind) > 1} == {}
    twice = CARRIED | (CARRIED_FORMAT if process in {BANGGAI, RENSTRA} else set())
    assert {key for key in written if written.count(key) > 1} == twice
    assert "unit_kantor" not in written


def test_exception_path_overwrites_nothing_of_the_main_case_but_the_data() -> None:
    main = {key for form_id in answers.FORMS[BLITAR].values() for key in keyed(form_of(BLITAR, form_id))}
    inside = {"perbandingan", "pengembalian_data", "perbaikan_data", "himpun_perbaikan"}
    writes = {
        key
        for form_id in inside
        for key, field in keyed(form_of(WRONG_DATA, form_id)).items()
        if field.writable or field.kind in {"dynamiclist", "expression"}
    }

    assert (writes - {"data_bidang"}) & main == set()
    assert "data_bidang" in writes


# The way of the data ------------------------------------------------------------------------------


@pytest.mark.parametrize("process", PROCESSES)
@pytest.mark.parametrize("wrong", [(), ("bidang2",), ("bidang1", "bidang3")], ids=["none", "one", "several"])
def test_typical_answers_walk_through_all_forms(process: str, wrong: tuple[str, ...]) -> None:
    case = Case(process)

    case.until("the end", wrong)

    declared = {key for form_id in answers.FORMS[process].values() for key in keyed(form_of(process, form_id))}
    assert case.variables.keys() <= declared | {"unit_kantor", "data_bidang", "data_perbaikan"}


@pytest.mark.parametrize("process", PROCESSES)
def test_data_sheet_shows_the_unit_what_was_asked_of_it(process: str) -> None:
    element = next(name for name in answers.FORMS[process] if name.endswith("_bidang"))
    before = list(answers.FORMS[process])[list(answers.FORMS[process]).index(element) - 1]
    case = Case(process).until(before)

    for unit in answers.units(process):
        opened = case.open(element, unit=unit)
        shown = [(row["indikator"], row["satuan"], row["sumber"]) for row in opened.values["isian"]]
        expected = [(item.name, item.unit_of_measure, item.source) for item in answers.measures(process, unit)]
        assert shown == expected
        name = next(entry["nama"] for entry in case.variables["unit_kantor"] if entry["kode"] == unit)
        assert name in opened.texts[0]


@pytest.mark.parametrize("process", PROCESSES)
def test_data_sheet_takes_realisation_and_keeps_the_request(process: str) -> None:
    element = next(name for name in answers.FORMS[process] if name.endswith("_bidang"))
    case = Case(process).until(element)

    sheet = case.variables["data_bidang"][1]

    assert sheet["unit"] == "bidang2"
    assert [set(row) for row in sheet["isian"]] == [SHEET_ROW] * len(answers.measures(process, "bidang2"))
    assert [row["indikator"] for row in sheet["isian"]] == [item.name for item in answers.measures(process, "bidang2")]
    assert sheet["isian"][-1]["realisasi"] == pytest.approx(68.45)
    assert sheet["isian"][0]["bukti"] == [{"id": "rekap-bidang2-1.pdf", "name": "rekap-bidang2-1.pdf", "size": 1_000}]


def test_request_may_leave_units_out() -> None:
    case = Case(NGANJUK).until("row_02")

    case.complete("row_03", asked=["bidang1", "bidang3"])
    case.collect("row_04_bidang", "unit_diminta", "data_bidang")
    case.complete("row_04", asked=["bidang1", "bidang3"])

    assert [sheet["unit"] for sheet in case.variables["data_bidang"]] == ["bidang1", "bidang3"]
    assert case.variables["unit_belum_lengkap"] == ["bidang2", "sekretariat"]


def test_request_needs_an_indicator_and_a_unit() -> None:
    form = form_of(BLITAR, "permintaan_data")

    cleaned = forms.clean(form, {"indikator": [], "unit_diminta": []}, answers.system_variables(BLITAR), {})

    assert {path: error.code for path, error in cleaned.errors.items()} == {
        "indikator": "required",
        "unit_diminta": "required",
    }


@pytest.mark.parametrize(
    ("process", "element"),
    [(BLITAR, "row_05"), (WRONG_DATA, "row_06"), (BANGGAI, "row_06"), (RENSTRA, "row_07"), (NGANJUK, "row_05")],
)
def test_gathering_and_analysis_show_everything_collected(process: str, element: str) -> None:
    elements = list(answers.FORMS[process])
    case = Case(process).until(elements[elements.index(element) - 1])

    rows = case.open(element).tables["tabel_data"]

    expected = [
        (item["nama"], measure.name)
        for item in case.variables["unit_kantor"]
        for measure in answers.measures(process, item["kode"])
    ]
    assert [(row["unit"], row["indikator"]) for row in rows] == expected
    assert all(row["bukti"] for row in rows)


def test_recap_counts_sums_and_averages_per_indicator() -> None:
    case = Case(NGANJUK).until("row_04")

    rows = case.open("row_05").tables["tabel_rekap"]

    budget = next(row for row in rows if row["indikator"] == "Realisasi anggaran")
    assert budget == {"indikator": "Realisasi anggaran", "satuan": "persen", "unit": 4, "jumlah": 293.55, "rata": 73.39}
    assert len(rows) == len(answers.measures(NGANJUK))


REVIEWS = [(BLITAR, "row_09", "row_08"), (BANGGAI, "row_09", "row_10"), (RENSTRA, "row_09", "row_08")]


@pytest.mark.parametrize(("process", "review", "before"), REVIEWS)
def test_review_shows_the_draft_and_starts_undecided(process: str, review: str, before: str) -> None:
    case = Case(process).until(before)

    opened = case.open(review)

    assert opened.values["ringkasan"] == case.variables["ringkasan"]
    assert opened.values["versi"] == 1
    assert opened.values["berkas_draf"] == [{"id": "draf-v1.pdf", "name": "draf-v1.pdf", "size": 1_000}]
    assert opened.tables["tabel_data"]
    assert opened.values["keputusan"] is None
    assert {"alasan", "bagian", "alasan_sebelumnya", "tanggapan"} & opened.shown == set()


@pytest.mark.parametrize(("process", "review", "before"), REVIEWS)
def test_draft_returned_three_times_answers_each_reason(process: str, review: str, before: str) -> None:
    draft = "row_07" if process == BLITAR else "row_08"
    elements = list(answers.FORMS[process])
    case = Case(process).until(before)

    for round_number in (1, 2, 3):
        case.complete(review, outcome="kembalikan", round_number=round_number)
        reason = case.variables["alasan"]
        assert str(round_number) in reason
        assert "tanggapan" in case.open(draft).shown
        for element in elements[elements.index(draft) : elements.index(before) + 1]:
            case.complete(element, round_number=round_number + 1)
        assert case.variables["versi"] == round_number + 1
        opened = case.open(review)
        assert (opened.values["alasan_sebelumnya"], opened.values["keputusan"]) == (reason, None)
        assert opened.values["tanggapan"] == case.variables["tanggapan"]
        assert f"putaran {round_number + 1}" in opened.values["tanggapan"]
    case.complete(review, round_number=4)

    assert (case.variables["keputusan"], case.variables["alasan"]) == ("setuju", None)


def test_signature_may_refuse_and_the_secretary_sees_why() -> None:
    case = Case(BLITAR).until("row_09")

    case.complete("row_10", outcome="kembalikan")
    opened = case.open("row_09")

    assert case.variables["nama_dokumen"] is None  # nothing is signed by a return
    assert opened.values["alasan_pengesahan"] == case.variables["alasan_pengesahan"]
    assert "alasan_pengesahan" in opened.shown
    case.complete("row_09")
    assert case.variables["alasan_pengesahan"]  # carried on until the head decides again
    case.complete("row_10", round_number=2)
    assert (case.variables["pengesahan"], case.variables["alasan_pengesahan"]) == ("setuju", None)
    assert case.variables["nama_dokumen"] == answers.for_element(BLITAR, "row_10")["nama_dokumen"]


def test_sending_goes_to_addressee_and_copies() -> None:
    case = Case(BLITAR).until("row_12")

    distribution = case.open("row_13").values["penerima"]
    case.complete("row_13")
    dispatch = case.open("row_14").values

    assert [row["opd"] for row in distribution] == ["Bagian Organisasi Setda", "Inspektorat", "Bappeda"]
    assert [row["opd"] for row in dispatch["kiriman"]] == [row["opd"] for row in distribution]
    assert dispatch["jumlah_digandakan"] == 4


# Compare, return, repair, merge -------------------------------------------------------------------


def exception_path(wrong: tuple[str, ...]) -> Case:
    """Walk the exception path as the main SOP calls it: with all its variables."""
    main = Case(BLITAR).until("row_05", wrong)
    main.complete("row_06", wrong=wrong, outcome="tidak_sesuai")
    case = Case(WRONG_DATA, {**main.variables, "dari_berkas_utama": True})
    case.complete("row_07", wrong=wrong)
    return case


@pytest.mark.parametrize("wrong", [(), ("bidang2",), ("bidang1", "bidang3", "sekretariat")])
def test_comparison_finds_the_units_that_must_repair(wrong: tuple[str, ...]) -> None:
    case = exception_path(wrong)

    case.complete("row_08", wrong=wrong)

    assert case.variables["unit_perbaikan"] == list(wrong)
    assert case.variables["hasil_banding"] == ("tidak_sesuai" if wrong else "sesuai")
    assert [row["selisih"] for row in case.variables["perbandingan"]] == [0] * len(case.variables["perbandingan"])
    shown = case.open("row_08").tables
    assert len(shown.get("tabel_tidak_sesuai", [])) == len(wrong)


def test_comparison_computes_the_difference_and_asks_what_to_repair() -> None:
    case = exception_path(())
    raw = deepcopy(dict(answers.for_element(WRONG_DATA, "row_07")))
    rows = [dict(row) for row in raw["perbandingan"] if not isinstance(row, str)]
    rows[0] |= {"pembanding": "80,25", "sesuai": "tidak"}

    cleaned = forms.clean(case.form("row_07"), {"perbandingan": rows}, case.variables, {})

    assert {path: error.code for path, error in cleaned.errors.items()} == {"perbandingan.0.catatan": "required"}
    first: Any = cleaned.values["perbandingan"]
    assert first[0]["selisih"] == pytest.approx(2.25)


@pytest.mark.parametrize("wrong", [("bidang2",), ("bidang1", "bidang3")])
def test_repair_sheet_shows_a_unit_only_its_own_wrong_rows(wrong: tuple[str, ...]) -> None:
    case = exception_path(wrong)
    case.complete("row_08", wrong=wrong)

    for unit in wrong:
        opened = case.open("row_08_bidang", unit=unit)
        rows = opened.values["perbaikan"]
        measure = next(item for item in answers.measures(WRONG_DATA, unit) if item.wrong)
        assert [(row["indikator"], row["alasan_baris"]) for row in rows] == [
            (measure.name, "Sama persis dengan tahun lalu.")
        ]
        assert rows[0]["pembanding"] == rows[0]["realisasi_semula"]
        assert rows[0]["realisasi"] is None
        assert opened.values["alasan_banding"] == case.variables["alasan_banding"]


@pytest.mark.parametrize("wrong", [("bidang2",), ("bidang1", "bidang3")])
def test_repaired_rows_replace_the_wrong_ones(wrong: tuple[str, ...]) -> None:
    case = exception_path(wrong)
    before = deepcopy(case.variables["data_bidang"])
    case.complete("row_08", wrong=wrong)
    case.collect("row_08_bidang", "unit_perbaikan", "data_perbaikan")

    case.complete("row_09")

    right = Case(BLITAR).until("row_04_bidang").variables["data_bidang"]
    after = case.variables["data_bidang"]
    assert [[row["realisasi"] for row in sheet["isian"]] for sheet in after] == [
        [row["realisasi"] for row in sheet["isian"]] for sheet in right
    ]
    changed = [
        (new["unit"], row["bukti"][0]["name"])
        for old, new in zip(before, after, strict=True)
        for was, row in zip(old["isian"], new["isian"], strict=True)
        if was != row
    ]
    assert changed == [(unit, f"rekap-{unit}-perbaikan.pdf") for unit in wrong]


def sheets() -> st.SearchStrategy[list[dict[str, Any]]]:
    """Data of some units, no indicator twice in one unit."""
    row = st.builds(
        lambda name, value: {
            "indikator": name,
            "satuan": "persen",
            "target": 1,
            "sumber": None,
            "realisasi": value,
            "bukti": [],
            "catatan": None,
        },
        st.sampled_from(["A", "B", "C", "D"]),
        st.integers(0, 9),
    )
    rows = st.lists(row, max_size=4, unique_by=lambda item: item["indikator"])
    codes = st.lists(st.sampled_from(answers.units(WRONG_DATA)), max_size=4, unique=True)
    return codes.flatmap(
        lambda units: st.tuples(*[rows for _ in units]).map(
            lambda parts: [
                {"unit": unit, "isian": part, "catatan_unit": None} for unit, part in zip(units, parts, strict=True)
            ]
        )
    )


@given(sheets(), st.data())
def test_merge_changes_exactly_the_repaired_rows(data_bidang: list[dict[str, Any]], data: st.DataObject) -> None:
    places = [(sheet["unit"], row["indikator"]) for sheet in data_bidang for row in sheet["isian"]]
    wrong = data.draw(st.sets(st.sampled_from(places))) if places else set()
    # Any unit may be asked to repair a row, also that of another unit.
    repairers = {place: data.draw(st.sampled_from(answers.units(WRONG_DATA))) for place in sorted(wrong)}
    repairs = [
        {
            "unit": unit,
            "perbaikan": [
                {"unit_asal": place[0], "indikator": place[1], "realisasi": 100, "bukti": [], "catatan": None}
                for place in sorted(wrong)
                if repairers[place] == unit
            ],
        }
        for unit in sorted(set(repairers.values()))
    ]
    variables = {**answers.system_variables(WRONG_DATA), "data_bidang": data_bidang, "data_perbaikan": repairs}

    cleaned = forms.clean(
        form_of(WRONG_DATA, "himpun_perbaikan"), {"periksa_perbaikan": ["angka diganti"]}, variables, {}
    )

    expected = [
        {
            **sheet,
            "isian": [
                {**row, "realisasi": 100 if (sheet["unit"], row["indikator"]) in wrong else row["realisasi"]}
                for row in sheet["isian"]
            ],
        }
        for sheet in data_bidang
    ]
    assert (cleaned.errors, cleaned.values["data_bidang"]) == ({}, expected)


# The script of the walks --------------------------------------------------------------------------


@pytest.mark.parametrize("process", PROCESSES)
def test_answers_answer_only_what_is_asked(process: str) -> None:
    for element, form_id in answers.FORMS[process].items():
        form = form_of(process, form_id)
        for key, value in answers.for_element(process, element, wrong=["bidang1"], round_number=2).items():
            field = keyed(form)[key]
            columns = {column.key for column in field.fields if column.writable}
            assert field.writable or field.kind == "dynamiclist", (element, key)
            assert all(row.keys() <= columns for row in value if isinstance(row, Mapping)), (element, key)


def test_files_of_answers_are_named_and_replaced() -> None:
    raw = answers.for_element(BLITAR, "row_04_bidang", unit="bidang2")

    names = answers.files_in(raw)
    replaced = answers.with_files(raw, {name: f"id-{name}" for name in names})

    assert names == ["rekap-bidang2-1.pdf", "rekap-bidang2-2.pdf", "rekap-bidang2-3.pdf"]
    assert answers.files_in(replaced) == [f"id-{name}" for name in names]
    assert {key: value for key, value in replaced.items() if key != "isian"} == {"catatan_unit": raw["catatan_unit"]}
    assert answers.content("x.pdf").startswith(b"%PDF-1.4")
