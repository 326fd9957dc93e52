import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from flask import Flask
from flask_babel import ngettext
from hypothesis import given
from hypothesis import strategies as st

from service.engine.form import FieldView, RowView
from service.engine.sop import Change
from service.engine.stepmap import MapBox, MapLane, StepMap
from service.engine.worktime import Colour, Kind, Remaining, Words
from service.errors import FieldError, Problem, remedy
from service.queries.inbox import InboxPage, View
from service.queries.progress import CaseStep
from service.web.presentation import drawing, formats, layout, sentences
from tests.web import pagework

NOW = datetime(2026, 11, 2, 2, 14, tzinfo=UTC)
"""Monday 2 November 2026, 09.14 in Jakarta."""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return pagework.build(tmp_path_factory.mktemp("catalogues"))


@pytest.fixture
def _indonesian(app: Flask) -> Iterator[None]:
    with pagework.reading(app, "id", NOW):
        yield


@pytest.fixture
def _english(app: Flask) -> Iterator[None]:
    with pagework.reading(app, "en", NOW):
        yield


@pytest.mark.usefixtures("_indonesian")
def test_moments_in_indonesian() -> None:
    friday = datetime(2026, 10, 30, 6, 40, tzinfo=UTC)

    assert formats.clock(NOW) == "09.14"
    assert formats.day(NOW) == "Sen 2 Nov"
    assert formats.day(date(2025, 8, 17)) == "Min 17 Agu 2025"
    assert formats.day_long(NOW) == "Senin, 2 November 2026"
    assert formats.moment(NOW) == "hari ini 09.14"
    assert formats.moment(friday) == "Jum 30 Okt 13.40"
    assert formats.moment_long(friday) == "Jumat, 30 Oktober 2026 13.40"
    assert [formats.lately(NOW), formats.lately(friday)] == ["09.14", "Jum 30 Okt 13.40"]


@pytest.mark.usefixtures("_indonesian")
def test_day_is_the_day_of_the_office() -> None:
    late_on_sunday_in_greenwich = datetime(2026, 11, 1, 18, tzinfo=UTC)

    assert formats.day(late_on_sunday_in_greenwich) == "Sen 2 Nov"
    assert formats.moment(late_on_sunday_in_greenwich) == "hari ini 01.00"


@pytest.mark.usefixtures("_indonesian")
def test_numbers_in_indonesian() -> None:
    assert [formats.case_number(147), formats.case_number(12_345)] == ["0147", "12345"]
    assert [formats.number(Decimal("94.10")), formats.number(1234567.5), formats.number(-3)] == [
        "94,10",
        "1.234.567,5",
        "-3",
    ]
    assert [formats.size(count) for count in (999, 184_000, 2_300_000)] == ["999 B", "184 KB", "2,3 MB"]


@pytest.mark.usefixtures("_english")
def test_values_in_english() -> None:
    assert [formats.clock(NOW), formats.day(NOW), formats.moment(NOW)] == ["09:14", "Mon 2 Nov", "today 09:14"]
    assert formats.number(1234.5) == "1,234.5"
    assert sentences.errors_sentence(1) == "One answer needs attention. What you filled in is kept."
    assert sentences.errors_sentence(2) == "Two answers need attention. What you filled in is kept."
    assert sentences.hours_and_minutes(61) == "1 hour 1 minute"
    assert sentences.deed("Mengolah data") == "completed “Mengolah data”"
    problem = Problem("x", "Salah.", "Wrong.", fix=remedy("Unggah %(form)s.form bersama diagram.", form="100%s"))
    assert sentences.problem_sentence(problem) == "Wrong."
    assert sentences.problem_fix(problem) == "Upload 100%s.form together with the diagram."


def test_icon_of_a_file() -> None:
    assert formats.file_icon("rekap.tw3.XLSX") == "file-earmark-spreadsheet"
    assert formats.file_icon("tanpa-akhiran") == "file-earmark-text"


@given(digits=st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**12), max_value=10**12))
def test_number_keeps_every_digit(app: Flask, digits: Decimal) -> None:
    with pagework.reading(app):
        said = formats.number(digits)

    assert Decimal(said.replace(".", "").replace(",", ".")) == digits
    assert len(said.rpartition(",")[2]) == 3


DUE = datetime(2026, 11, 2, 6, 40, tzinfo=UTC)


@pytest.mark.usefixtures("_indonesian")
@pytest.mark.parametrize(
    ("words", "days", "minutes", "expected"),
    [
        (Words.TODAY, 0, 200, "hari ini 13.40"),
        (Words.LEFT_DAYS, 2, 900, "sisa 2 hari kerja"),
        (Words.LEFT_HOURS, 0, 206, "sisa 3 jam 26 menit"),
        (Words.LEFT_MINUTES, 0, 40, "sisa 40 menit"),
        (Words.DUE_AT, 0, 0, "tenggat hari ini 13.40"),
        (Words.LATE, 0, 0, "lewat waktu"),
        (Words.LATE_MINUTES, 0, 7, "lewat 7 menit"),
        (Words.LATE_HOURS, 0, 120, "lewat 2 jam"),
        (Words.LATE_DAYS, 1, 450, "lewat 1 hari kerja"),
        (Words.NONE, 0, 0, "tanpa tenggat"),
    ],
)
def test_due_words(words: Words, days: int, minutes: int, expected: str) -> None:
    remaining = Remaining(Kind.TODAY, Colour.SOON, words, days, minutes, DUE)

    assert sentences.due(remaining) == sentences.State("soon", expected, "hourglass-split")


@pytest.mark.usefixtures("_indonesian")
def test_due_colours() -> None:
    found = [sentences.due(Remaining(Kind.NONE, colour, Words.NONE)) for colour in Colour]

    assert {state.colour: state.symbol for state in found} == {
        "late": "exclamation-triangle-fill",
        "soon": "hourglass-split",
        "wait": "clock",
    }


@pytest.mark.usefixtures("_indonesian")
def test_due_in_full() -> None:
    today = Remaining(Kind.TODAY, Colour.SOON, Words.TODAY, 0, 200, DUE)
    late = Remaining(Kind.LATE, Colour.LATE, Words.LATE_DAYS, 1, 450, DUE)

    assert sentences.due(today, long=True).words == "jatuh tempo hari ini 13.40"
    assert sentences.due(late, long=True) == sentences.due(late)


# Errors of answers --------------------------------------------------------------------------------


def _codes() -> set[str]:
    """Read from the source which errors a form can give."""
    folder = pagework.PACKAGE / "engine" / "form"
    source = "\n".join(path.read_text() for path in sorted(folder.glob("*.py")))
    found = set(re.findall(r"""(?:NotTaken|FieldError)\("([a-z-]+)\"""", source))
    return found | {f"{kind}-invalid" for kind in ("date", "time", "datetime")}


@pytest.mark.usefixtures("_indonesian")
def test_every_error_of_a_form_has_a_sentence() -> None:
    facts = {"limit": 1250.5, "digits": 2, "accept": ".pdf, .xlsx", "name": "a.exe", "rows": 4}
    other = sentences.field_error(FieldError("no-such-code"))

    said = {code: sentences.field_error(FieldError(code, facts)) for code in _codes()}

    assert len(said) > 20
    assert [code for code, sentence in said.items() if sentence == other or "%" in sentence] == []
    assert said["number-max"] == "Paling besar 1.250,5."
    assert said["file-kind"] == "a.exe tidak dapat dipakai di sini. Lampirkan .pdf, .xlsx."


# Lists and cases ----------------------------------------------------------------------------------


def _inbox(tab: str, mine: int, late: int) -> InboxPage:
    counts = {"saya": mine, "jabatan": 0, "lewat": late}
    return InboxPage(View(tab), (), counts, (), (), (), None)


@pytest.mark.usefixtures("_indonesian")
@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (_inbox("saya", 0, 0), "Tidak ada tugas yang menunggu Anda."),
        (_inbox("saya", 5, 0), "Lima tugas menunggu Anda."),
        (_inbox("saya", 5, 1), "Lima tugas menunggu Anda. Satu sudah lewat."),
        (_inbox("lewat", 12, 11), "12 tugas menunggu Anda. 11 sudah lewat."),
    ],
)
def test_inbox_sentence(page: InboxPage, expected: str) -> None:
    assert sentences.inbox_sentence(page) == expected


def _step(state: str, round_number: int) -> CaseStep:
    return CaseStep(1, "Langkah", "Siapa", state, round_number, None, None, "", "", "row_01", False, False)  # noqa: FBT003


@pytest.mark.usefixtures("_indonesian")
@pytest.mark.parametrize(
    ("state", "round_number", "expected"),
    [
        ("done", 1, ("done", "Selesai", "check-circle-fill")),
        ("done", 2, ("done", "Selesai, putaran 2", "arrow-repeat")),
        ("now", 1, ("now", "Sedang berjalan", "play-circle-fill")),
        ("returned", 3, ("back", "Dikembalikan, putaran 3", "arrow-return-left")),
        ("wait", 1, ("wait", "Menunggu", "circle")),
        ("never", 1, ("line", "Tidak dilalui", "circle")),
    ],
)
def test_step_state(state: str, round_number: int, expected: tuple[str, str, str]) -> None:
    assert tuple(sentences.step_state(_step(state, round_number))) == expected


@pytest.mark.usefixtures("_indonesian")
@pytest.mark.parametrize(
    ("change", "told"),
    [
        (Change("added", 3, "Memeriksa"), "Langkah baru: 3. Memeriksa"),
        (Change("added", 0, "Memeriksa"), "Langkah baru: Memeriksa"),
        (Change("gone", 0, "Memeriksa"), "Langkah dihapus: Memeriksa"),
        (Change("lane", 3, "Memeriksa", "Kadis", "Sekretaris"), "Langkah 3: pelaksana Kadis menjadi Sekretaris"),
        (Change("note", 0, "Memeriksa", "a", "b"), "Langkah “Memeriksa”: keterangan berubah"),
    ],
)
def test_a_change_of_a_step_of_no_row_names_it(change: Change, told: str) -> None:
    assert sentences.version_change(change) == told


@pytest.mark.usefixtures("_indonesian")
def test_case_state() -> None:
    assert [sentences.case_state(state).words for state in ("running", "ended", "cancelled", "incident")] == [
        "Berjalan",
        "Selesai",
        "Dibatalkan",
        "Berhenti karena gangguan",
    ]


@pytest.mark.usefixtures("_indonesian")
def test_deed_is_the_verb_of_a_sentence() -> None:
    assert sentences.deed("Mengolah data yang masuk") == "mengolah data yang masuk"
    assert sentences.deed("Rapat") == "menyelesaikan “Rapat”"


@dataclass(frozen=True)
class Outcome:
    errors: int
    warnings: int
    notes: int = 0


@pytest.mark.usefixtures("_indonesian")
def test_problem_counts() -> None:
    assert sentences.problem_counts(Outcome(3, 2)) == "3 kesalahan, 2 peringatan"
    assert sentences.problem_counts(Outcome(0, 1, 4)) == "1 peringatan, 4 catatan"


@pytest.mark.usefixtures("_english")
@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("Langkah 7, Memeriksa, lalu mengirim", ("Step 7", "Memeriksa, lalu mengirim")),
        ("Keputusan, Setuju?", ("Decision", "Setuju?")),
        ("Alur setuju", ("Flow", "setuju")),
        ("Elemen x", ("Element", "x")),
        ("Lajur Kepala Dinas", ("Lane", "Kepala Dinas")),
        ("SOP Penyusunan", ("", "SOP Penyusunan")),
        ("Awal", ("", "Awal")),
    ],
)
def test_the_place_of_a_problem_is_told_in_english(place: str, told: tuple[str, str]) -> None:
    assert sentences.problem_place(Problem("x", "", "", place=place, fix=remedy("Sisakan satu."))) == told


@pytest.mark.usefixtures("_english")
def test_one_is_no_plural() -> None:
    running, returned = "%(running)s berkas berjalan, %(ended)s selesai", "%(times)s kali dikembalikan"

    assert ngettext(running, running, 1, running=1, ended=2) == "1 case running, 2 ended"
    assert ngettext(returned, returned, 1, times=1) == "returned 1 time"
    assert ngettext("%(count)s catatan", "%(count)s catatan", 0, count=0) == "0 comments"
    box = MapBox("row_04", "4", "Langkah 4", 0, 0, 68, 32, "now")
    assert [sentences.box_words(replace(box, units=units)) for units in (None, 0, 1, 4)] == [
        "4", "each unit", "1 unit", "4 units",
    ]  # fmt: skip
    assert [sentences.working_time(minutes, 450) for minutes in (450, 675)] == ["1 working day", "1.5 working days"]


@pytest.mark.usefixtures("_indonesian")
def test_map_sentence_tells_what_the_drawing_shows() -> None:
    boxes = (
        MapBox("row_01", "1 ✓", "Langkah 1, Memeriksa", 0, 0, 36, 32, "done"),
        MapBox("row_02", "2", "Langkah 2, Mengirim", 0, 0, 36, 32, "now"),
        MapBox("row_03", "3", "Langkah 3, Menyimpan", 0, 0, 36, 32, "wait"),
    )
    drawn = StepMap(100, 60, (MapLane("Sekretaris", 2, 58),), boxes, (), (), ())

    assert sentences.map_sentence(drawn) == (
        "Tiga langkah dalam satu lajur. Selesai: Langkah 1, Memeriksa. Sedang berjalan: Langkah 2, Mengirim."
    )


# Drawings -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ((0, 50), "M50 50L43 46L43 54z"),
        ((100, 50), "M50 50L57 54L57 46z"),
        ((50, 0), "M50 50L46 43L54 43z"),
        ((50, 100), "M50 50L54 57L46 57z"),
    ],
    ids=["right", "left", "down", "up"],
)
def test_arrowhead_points_where_the_line_goes(before: tuple[float, float], expected: str) -> None:
    assert drawing.arrowhead([before, (50, 50)]) == expected


def test_path_through_points() -> None:
    assert drawing.path([(0, 1.5), (20, 1.5), (20, 40)]) == "M0 1.5L20 1.5L20 40"


# Layout of forms ----------------------------------------------------------------------------------


def _field(kind: str, key: str = "", **more: object) -> FieldView:
    return FieldView(kind, key, key, f"f-{key}", key.capitalize(), **more)  # type: ignore[arg-type]  # any of its fields


def test_sections_leave_out_the_decision_and_what_is_hidden() -> None:
    fields = [
        _field("textfield", "hal", readonly=True),
        _field("number", "tahun"),
        _field("textarea", "rahasia", visible=False),
        _field("group", "isi", fields=(_field("text"), _field("separator"), _field("select", "sifat"))),
        _field("group", "putusan", fields=(_field("radio", "keputusan", role="keputusan"),)),
        _field("dynamiclist", "daftar", can_add=True),
    ]

    found = layout.sections(fields)

    assert [(section.label, [block.kind for block in section.blocks]) for section in found] == [
        ("", ["facts", "questions"]),
        ("Isi", ["text", "questions"]),
        ("Daftar", ["list"]),
    ]


def test_list_without_questions_is_a_table() -> None:
    told = _field("dynamiclist", "daftar", fields=(_field("textfield", "nama", readonly=True),))

    assert [block.kind for block in layout.blocks([told])] == ["table"]


def test_row_is_named_by_its_indicator_and_counted_in_its_unit() -> None:
    given_fields = (
        _field("textfield", "unit", readonly=True, display="Bidang Rehabilitasi Sosial"),
        _field("textfield", "indikator", readonly=True, display="Lanjut usia terlantar"),
        _field("textfield", "satuan", readonly=True, display="persen"),
        _field("textfield", "kosong", readonly=True),
    )
    asked = (_field("number", "realisasi"), _field("filepicker", "bukti"), _field("textfield", "catatan"))

    parts = layout.row_parts(RowView("0", "isian.0", "0", given_fields + asked))

    assert parts == layout.RowParts("Lanjut usia terlantar", given_fields[:1], asked, "persen", beside=True)


def test_new_row_has_no_name() -> None:
    parts = layout.row_parts(RowView("1", "isian.1", "", (_field("textfield", "nama"),)))

    assert (parts.title, parts.unit, parts.beside) == ("", "", False)


def test_accepted_endings() -> None:
    assert layout.accepted(".pdf,.xlsx") == "PDF, XLSX · "
    assert layout.accepted("") == ""


def test_no_page_brings_its_own_script_or_style() -> None:
    forbidden = re.compile(r"""<style|<script>|javascript:|\sstyle=|\son[a-z]+=["']|\|\s*safe\b|hx-on""")
    pages = sorted((pagework.PACKAGE / "templates").rglob("*.html"))

    assert len(pages) > 20
    taken_away = ("evidence/case.html", "<style")  # is opened from a folder, where no other file brings its style
    brought = [(page, found[0]) for page in pages for found in forbidden.finditer(page.read_text())]
    assert [("/".join(page.parts[-2:]), what) for page, what in brought] == [taken_away]
