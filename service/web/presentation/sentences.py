"""Codes of the core as words: what is due, what is wrong with an answer, how things stand."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple, Protocol

from babel.numbers import format_decimal
from flask_babel import gettext, ngettext

from service.engine.sop import Aspect, Change
from service.engine.stepmap import MapBox, StepMap
from service.engine.worktime import Colour, Remaining, Words
from service.errors import FieldError, Problem
from service.queries.case_page import Place
from service.queries.cases import CaseRow, CasesPage
from service.queries.collection import UnitRow
from service.queries.inbox import InboxPage
from service.queries.progress import CaseStep
from service.queries.waits import Wait
from service.web.presentation.formats import clock, language, moment, number


class State(NamedTuple):
    """How something stands: the token of its colour, its word, and its icon."""

    colour: str
    """done, now, soon, late, back, wait or line."""
    words: str
    symbol: str


# Due times --------------------------------------------------------------------------------------

_DUE_SYMBOLS = {Colour.LATE: "exclamation-triangle-fill", Colour.SOON: "hourglass-split", Colour.WAIT: "clock"}


def due(remaining: Remaining, *, long: bool = False) -> State:
    """Say how urgent something is; the long form stands where no list head says what the time means."""
    words = _due_words(remaining)
    if long and remaining.words is Words.TODAY:
        words = gettext("jatuh tempo %(words)s", words=words)
    return State(remaining.colour.value, words, _DUE_SYMBOLS[remaining.colour])


def _due_words(remaining: Remaining) -> str:
    match remaining.words:
        case Words.LATE:
            return gettext("lewat waktu")
        case Words.LATE_DAYS:
            return ngettext("lewat %(num)s hari kerja", "lewat %(num)s hari kerja", remaining.days)
        case Words.LATE_HOURS | Words.LATE_MINUTES:
            return gettext("lewat %(time)s", time=hours_and_minutes(remaining.minutes))
        case Words.LEFT_DAYS:
            return ngettext("sisa %(num)s hari kerja", "sisa %(num)s hari kerja", remaining.days)
        case Words.LEFT_HOURS | Words.LEFT_MINUTES:
            return gettext("sisa %(time)s", time=hours_and_minutes(remaining.minutes))
        case Words.TODAY if remaining.at is not None:
            return gettext("hari ini %(clock)s", clock=clock(remaining.at))
        case Words.DUE_AT if remaining.at is not None:
            return gettext("tenggat %(moment)s", moment=moment(remaining.at))
        case _:
            return gettext("tanpa tenggat")


def hours_and_minutes(minutes: int) -> str:
    """Return "3 jam 26 menit", without the part that is nothing."""
    hours, rest = divmod(minutes, 60)
    parts = [ngettext("%(num)s jam", "%(num)s jam", hours)] if hours else []
    if rest or not hours:
        parts.append(ngettext("%(num)s menit", "%(num)s menit", rest))
    return " ".join(parts)


def working_time(minutes: int, day: int) -> str:
    """Return "3 jam 26 menit" below one working day of so many minutes, else "1,5 hari kerja"."""
    if minutes < day:
        return hours_and_minutes(minutes)
    days = Decimal(minutes) / day
    count = format_decimal(days, "#,##0.#", locale=language())
    return ngettext("%(count)s hari kerja", "%(count)s hari kerja", 1 if count == "1" else 2, count=count)


# Answers that were not taken --------------------------------------------------------------------


def field_error(error: FieldError) -> str:
    """Say what to do about one answer."""
    sentence = _field_sentences().get(error.code, gettext("Periksa isian ini."))
    return sentence % {name: _shown(value) for name, value in error.parameters.items()}


def _shown(value: object) -> str:
    return number(value) if isinstance(value, int | float) else str(value)


def _field_sentences() -> dict[str, str]:
    return {
        "answers-invalid": gettext("Isian ini tidak terbaca. Isi ulang."),
        "answers-too-large": gettext(
            "Isian seluruhnya melebihi %(limit)s KB. Ringkaskan, atau lampirkan sebagai berkas."
        ),
        "boolean-invalid": gettext("Centang atau kosongkan pilihan ini."),
        "choice-repeated": gettext("Setiap pilihan hanya dapat dipilih satu kali."),
        "choice-unknown": gettext("Pilih salah satu dari daftar."),
        "date-invalid": gettext("Isi dengan tanggal, misalnya 2/11/2026."),
        "datetime-invalid": gettext("Isi dengan tanggal dan jam, misalnya 2/11/2026 09.00."),
        "email-invalid": gettext("Isi dengan alamat surel, misalnya nama@kantor.go.id."),
        "file-kind": gettext("%(name)s tidak dapat dipakai di sini. Lampirkan %(accept)s."),
        "file-one": gettext("Lampirkan satu berkas saja."),
        "file-repeated": gettext("Berkas yang sama terlampir dua kali."),
        "file-unknown": gettext("Lampiran ini tidak ditemukan. Unggah sekali lagi."),
        "list-invalid": gettext("Daftar ini tidak terbaca. Isi ulang."),
        "list-too-long": gettext("Paling banyak %(limit)s."),
        "list-too-short": gettext("Sekurangnya %(limit)s."),
        "number-decimals": gettext("Paling banyak %(digits)s angka di belakang koma."),
        "number-invalid": gettext("Isi dengan angka, misalnya 94,10."),
        "number-max": gettext("Paling besar %(limit)s."),
        "number-min": gettext("Paling kecil %(limit)s."),
        "number-too-long": gettext("Paling banyak %(digits)s angka."),
        "pattern": gettext("Bentuknya belum sesuai. Lihat keterangan isian."),
        "repeated": gettext("Isi satu jawaban saja."),
        "required": gettext("Wajib diisi."),
        "rows-fixed": gettext("Daftar ini tetap %(rows)s baris. Muat ulang halaman, lalu isi kembali."),
        "text-invalid": gettext("Ada huruf yang tidak dapat disimpan. Ketik ulang."),
        "text-too-long": gettext("Paling banyak %(limit)s huruf."),
        "text-too-short": gettext("Sekurangnya %(limit)s huruf."),
        "time-invalid": gettext("Isi dengan jam, misalnya 09.00."),
        "unknown-field": gettext("Isian ini tidak ada dalam formulir."),
    }


def errors_sentence(count: int) -> str:
    """Say how many answers need attention, and that nothing is lost."""
    return ngettext(
        "%(words)s isian perlu diperbaiki. Yang sudah Anda isi tetap tersimpan.",
        "%(words)s isian perlu diperbaiki. Yang sudah Anda isi tetap tersimpan.",
        count,
        words=spelled(count).capitalize(),
    )


# Lists ------------------------------------------------------------------------------------------


def inbox_sentence(page: InboxPage) -> str:
    """Return "Lima tugas menunggu Anda. Dua jatuh tempo hari ini, satu sudah lewat."."""
    count, late = page.counts["saya"] + page.counts["jabatan"], page.counts["lewat"]
    today = sum(1 for row in page.rows if row.group == "today")
    if not count:
        return gettext("Tidak ada tugas yang menunggu Anda.")
    first = ngettext(
        "%(words)s tugas menunggu Anda.", "%(words)s tugas menunggu Anda.", count, words=spelled(count).capitalize()
    )
    parts = []
    if today and page.view.tab in {"saya", "jabatan"}:
        parts.append(gettext("%(words)s jatuh tempo hari ini", words=spelled(today)))
    if late:
        parts.append(gettext("%(words)s sudah lewat", words=spelled(late)))
    if not parts:
        return first
    second = ", ".join(parts)
    return f"{first} {second[:1].upper()}{second[1:]}."


def cases_sentence(page: CasesPage) -> str:
    """Return "12 berkas cocok dengan saringan."."""
    narrowed = any((page.filters.q, page.filters.process, page.filters.state, page.filters.since, page.filters.until))
    if narrowed or page.filters.returned or page.filters.left:
        return ngettext("%(num)s berkas cocok dengan saringan.", "%(num)s berkas cocok dengan saringan.", page.total)
    return ngettext("%(num)s berkas di kantor ini.", "%(num)s berkas di kantor ini.", page.total)


def spelled(count: int) -> str:
    """Return a small number as a word, as a sentence writes it."""
    words = (
        gettext("nol"),
        gettext("satu"),
        gettext("dua"),
        gettext("tiga"),
        gettext("empat"),
        gettext("lima"),
        gettext("enam"),
        gettext("tujuh"),
        gettext("delapan"),
        gettext("sembilan"),
        gettext("sepuluh"),
    )
    return words[count] if 0 <= count < len(words) else number(count)


def listed(items: Iterable[str]) -> str:
    """Return things side by side."""
    return ", ".join(items)


# Cases ------------------------------------------------------------------------------------------


def case_state(state: str) -> State:
    """Say how a case stands."""
    return {
        "cancelled": State("late", gettext("Dibatalkan"), "x-octagon-fill"),
        "ended": State("done", gettext("Selesai"), "check-circle-fill"),
        "incident": State("late", gettext("Berhenti karena gangguan"), "exclamation-triangle-fill"),
        "suspended": State("soon", gettext("Ditangguhkan"), "pause-circle-fill"),
    }.get(state, State("now", gettext("Berjalan"), "play-circle-fill"))


def step_state(step: CaseStep) -> State:
    """Say how a row of the SOP stands in a case."""
    state = {
        "done": State("done", gettext("Selesai"), "check-circle-fill"),
        "now": State("now", gettext("Sedang berjalan"), "play-circle-fill"),
        "returned": State("back", gettext("Dikembalikan"), "arrow-return-left"),
        "cut": State("line", gettext("Terhenti"), "x-lg"),
        "never": State("line", gettext("Tidak dilalui"), "circle"),
    }.get(step.state)
    if state is None:
        return State("wait", gettext("Menunggu"), "circle")
    if step.round == 1:
        return state
    words = gettext("%(state)s, putaran %(round)s", state=state.words, round=step.round)
    return State(state.colour, words, "arrow-repeat" if step.state == "done" else state.symbol)


def box_words(box: MapBox) -> str:
    """Say what stands in a box of the step map: the number of its row, or how many units do it."""
    if box.units is None:
        return box.label
    return ngettext("%(num)s unit", "%(num)s unit", box.units) if box.units else gettext("tiap unit")


def map_sentence(drawn: StepMap) -> str:
    """Say what the step map shows, for those who do not see it."""
    first = ngettext(
        "%(steps)s langkah dalam %(lanes)s lajur.",
        "%(steps)s langkah dalam %(lanes)s lajur.",
        len(drawn.lanes),
        steps=spelled(len(drawn.boxes)).capitalize(),
        lanes=spelled(len(drawn.lanes)),
    )
    said = {
        "done": gettext("Selesai: %(steps)s."),
        "now": gettext("Sedang berjalan: %(steps)s."),
        "returned": gettext("Dikembalikan: %(steps)s."),
    }
    parts = [first]
    for state, words in said.items():
        if titles := [box.title for box in drawn.boxes if box.state == state]:
            parts.append(words % {"steps": ", ".join(titles)})
    return " ".join(parts)


def unit_state(unit: UnitRow) -> State:
    """Say whether a unit has handed in its data."""
    match unit.state:
        case "received":
            return State("done", gettext("Diterima"), "check-circle-fill")
        case "returned":
            return State("back", gettext("Dikembalikan"), "arrow-return-left")
        case "withdrawn":
            return State("line", gettext("Ditarik"), "x-lg")
        case "closed":
            return State("line", gettext("Ditutup"), "x-lg")
        case _:
            return State("wait", gettext("Belum menyerahkan"), "circle")


def unit_last(unit: UnitRow) -> str:
    """Say what happened last with the data of a unit."""
    match unit.state:
        case "received":
            return gettext("diterima %(moment)s", moment=moment(unit.at))
        case "returned":
            return gettext("dikembalikan %(moment)s", moment=moment(unit.at))
        case "withdrawn":
            return gettext("ditarik %(moment)s", moment=moment(unit.at))
        case "closed":
            return gettext("ditutup %(moment)s", moment=moment(unit.at))
        case _:
            return gettext("diminta %(moment)s", moment=moment(unit.at))


def places_sentence(places: Sequence[Place]) -> str:
    """Say where a case is."""
    holders = list(dict.fromkeys(place.unit_name or place.who for place in places))
    if len(holders) == 1:
        return gettext("Berkas sedang di %(position)s", position=holders[0])
    if all(place.unit_name for place in places):
        return gettext("Berkas menunggu data dari %(count)s unit", count=spelled(len(holders)))
    return gettext("Berkas sedang dikerjakan di %(count)s tempat", count=spelled(len(holders)))


def waits_sentence(waits: Sequence[Wait]) -> str:
    """Say what a case waits for beside its people."""
    if len(waits) == 1:
        return gettext("Berkas menunggu %(what)s", what=awaited(waits[0].kind, waits[0].name))
    return gettext("Berkas menunggu %(count)s hal selain tugas orang", count=spelled(len(waits)))


def awaited(kind: str, name: str) -> str:
    """Name what a case waits for beside people, or what failed instead of a person."""
    return {
        "timer": gettext("waktu yang ditetapkan"),
        "message": gettext("pesan “%(name)s”", name=name),
        "signal": gettext("sinyal “%(name)s”", name=name),
    }.get(kind, gettext("layanan “%(name)s”", name=name))


def wait_line(wait: Wait, *, named: bool = False) -> str:
    """Say where something is waited for, since when, and when it comes if that is known; `named` says what, too."""
    title = gettext("Langkah %(order)s, %(name)s", order=wait.order, name=wait.title) if wait.order else wait.title
    since = gettext("Ditunggu sejak %(moment)s", moment=moment(wait.since))
    if wait.due_at is not None:
        since = gettext("%(since)s; waktunya %(moment)s", since=since, moment=moment(wait.due_at))
    if wait.times > 1:
        since = gettext("%(since)s, di %(count)s bagian", since=since, count=spelled(wait.times))
    what = awaited(wait.kind, wait.name) if named else ""
    sentences = (f"{what[:1].upper()}{what[1:]}: {title}" if what and title else what or title, since)
    return " ".join(f"{sentence[:1].upper()}{sentence[1:]}." for sentence in sentences if sentence)


def case_holder(row: CaseRow) -> str:
    """Say where a case of the list is: at people, or what it waits for beside them."""
    return row.who or {
        "timer": gettext("menunggu waktu"),
        "message": gettext("menunggu pesan"),
        "signal": gettext("menunggu sinyal"),
        "external": gettext("menunggu layanan"),
    }.get(row.waits_for, "")


def place(name: str, order: int) -> str:
    """Name a step of the SOP; what is no row of it by its name alone."""
    if order:
        return gettext("langkah %(order)s, %(name)s", order=order, name=name)
    return f"“{name}”" if name else ""


# Uploads ----------------------------------------------------------------------------------------


class Counted(Protocol):
    """What came of an upload."""

    @property
    def errors(self) -> int:
        """How many errors."""

    @property
    def warnings(self) -> int:
        """How many warnings."""

    @property
    def notes(self) -> int:
        """How many things were put right."""


def problem_counts(result: Counted) -> str:
    """Return "3 kesalahan, 2 peringatan, 1 catatan"."""
    parts = []
    if result.errors:
        parts.append(ngettext("%(num)s kesalahan", "%(num)s kesalahan", result.errors))
    if result.warnings:
        parts.append(ngettext("%(num)s peringatan", "%(num)s peringatan", result.warnings))
    if result.notes:
        parts.append(ngettext("%(num)s catatan", "%(num)s catatan", result.notes))
    return ", ".join(parts)


def problem_sentence(problem: Problem) -> str:
    """Return what is wrong in the reader's language."""
    return problem.message_en if language() == "en" else problem.message


def problem_fix(problem: Problem) -> str:
    """Return what to do about it in the reader's language."""
    return gettext(problem.fix.sentence, **problem.fix.facts)


def version_change(change: Change) -> str:
    """Say what a version of an SOP changed at one place."""
    none = gettext("(tidak ada)")
    known = {"title": change.title, "order": change.order or f"“{change.title}”"}
    step = f"{change.order}. {change.title}" if change.order else change.title
    both = {**known, "before": change.before or none, "after": change.after or none}
    sentences: dict[Aspect, str] = {
        "added": gettext("Langkah baru: %(step)s", step=step),
        "gone": gettext("Langkah dihapus: %(step)s", step=step),
        "title": gettext("Langkah %(order)s: nama “%(before)s” menjadi “%(after)s”", **both),
        "lane": gettext("Langkah %(order)s: pelaksana %(before)s menjadi %(after)s", **both),
        "time": gettext("Langkah %(order)s: waktu %(before)s menjadi %(after)s", **both),
        "inputs": gettext("Langkah %(order)s: kelengkapan berubah", **known),
        "outputs": gettext("Langkah %(order)s: output berubah", **known),
        "note": gettext("Langkah %(order)s: keterangan berubah", **known),
        "condition": gettext("Keputusan %(title)s: syarat %(before)s menjadi %(after)s", **both),
        "form": gettext("Formulir %(title)s berubah", **known),
    }
    return sentences[change.aspect]


def problem_place(problem: Problem) -> tuple[str, str]:
    """Return where a problem is: what stands there, in the reader's language, and its name as the file has it."""
    is_drawn = problem.place.startswith(("Alur ", "Elemen ", "Lajur "))
    kind, _, name = problem.place.partition(" " if is_drawn else ", ")
    kinds = {
        "Akhir": gettext("Akhir"),
        "Alur": gettext("Alur"),
        "Awal": gettext("Awal"),
        "Elemen": gettext("Elemen"),
        "Kejadian": gettext("Kejadian"),
        "Keputusan": gettext("Keputusan"),
        "Lajur": gettext("Lajur"),
        "Langkah tambahan": gettext("Langkah tambahan"),
        "SOP terkait": gettext("SOP terkait"),
    }
    word, _, order = kind.partition(" ")
    if word == "Langkah" and order.isdecimal():
        return gettext("Langkah %(order)s", order=order), name
    return (kinds[kind], name) if name and kind in kinds else ("", problem.place)


def deed(title: str) -> str:
    """Return the name of a step as the verb of a sentence: steps are named "Mengolah data", "Memeriksa draf"."""
    if language() == "id" and title.startswith("Me"):
        return title[0].lower() + title[1:]
    return gettext("menyelesaikan “%(title)s”", title=title)
