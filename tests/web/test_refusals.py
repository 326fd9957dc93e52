"""Bad input through the pages: the right answer with a sentence, typed text shown again, and nothing changed."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.http import parse_options_header

from service import attachments, identity, instances, store
from service.engine.assignment import Role
from service.errors import InstanceChanged, OrganisationRefused
from service.identity import NewPerson
from service.models import Attachment, Draft, Instance, db
from service.web import wording
from tests import answers, provision, stage
from tests.answers import BLITAR, NGANJUK
from tests.racing import Race
from tests.stage import Demo
from tests.walking import Page, Player, Visitor, Walker

WITHOUT_DRAFTS = [table for table in stage.CASE_TABLES if table != "draft"]
PDF = answers.content("isi")


def reach(app: Flask, process: str, element: str) -> UUID:
    with app.app_context():
        return Player().reach(process, element)


def task_of(walker: Walker, user: str) -> tuple[Visitor, str]:
    visitor = walker.as_user(user)
    (entry,) = visitor.inbox()
    return visitor, entry.address


def files_kept(app: Flask) -> list[str]:
    with app.app_context():
        return sorted(db.session.scalars(select(Attachment.name)))


# Answers --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wrong:
    """What is typed into a step of Nganjuk, and what is said beside each field."""

    name: str
    element: str
    typed: dict[str, str | list[str]]
    said: dict[str, str]
    unit: str = ""
    is_shown: bool = True
    """Whether the page can show again what was typed."""


REQUIRED = "Wajib diisi."
NUMBER = "Isi dengan angka, misalnya 94,10."
CHOICE = "Pilih salah satu dari daftar."
WRONG = [
    Wrong("nothing", "row_02", {"petugas_penghimpun": "", "uraian_tugas": " \n "},
          {"petugas_penghimpun": REQUIRED, "uraian_tugas": REQUIRED}, is_shown=False),
    Wrong("too long", "row_02", {"uraian_tugas": "x" * 1001}, {"uraian_tugas": "Paling banyak 1.000 huruf."}),
    Wrong("no date", "row_02", {"batas_tugas": "besok"}, {"batas_tugas": "Isi dengan tanggal, misalnya 2/11/2026."}),
    Wrong("a day that is not", "row_02", {"batas_tugas": "2026-02-30"},
          {"batas_tugas": "Isi dengan tanggal, misalnya 2/11/2026."}),
    Wrong("a NUL", "row_02", {"uraian_tugas": "a\x00b"},
          {"uraian_tugas": "Ada huruf yang tidak dapat disimpan. Ketik ulang."}, is_shown=False),
    Wrong("twice", "row_02", {"uraian_tugas": ["Satu.", "Dua."]}, {"uraian_tugas": "Isi satu jawaban saja."}),
    Wrong("no number", "row_04_bidang", {"isian.0.realisasi": "banyak"}, {"isian.0.realisasi": NUMBER}, "bidang1"),
    Wrong("no numbers", "row_04_bidang", {"isian.0.realisasi": "1e400", "isian.1.realisasi": "NaN"},
          {"isian.0.realisasi": NUMBER, "isian.1.realisasi": NUMBER}, "bidang1"),
    Wrong("a number in two ways", "row_04_bidang", {"isian.0.realisasi": "1.23.4"}, {"isian.0.realisasi": NUMBER},
          "bidang1"),
    Wrong("more digits than are kept", "row_04_bidang", {"isian.0.realisasi": "9" * 20},
          {"isian.0.realisasi": "Paling banyak 15 angka."}, "bidang1"),
    Wrong("no number at all", "row_04_bidang", {"isian.0.realisasi": ""}, {"isian.0.realisasi": REQUIRED}, "bidang1"),
    Wrong("no unit", "row_03", {"unit_diminta": []}, {"unit_diminta": REQUIRED}),
    Wrong("an unknown unit", "row_03", {"unit_diminta": ["bidang1", "bidang9"]}, {"unit_diminta": CHOICE}),
    Wrong("an unknown choice", "row_03", {"indikator.0.bidang": "bidang9"}, {"indikator.0.bidang": CHOICE},
          is_shown=False),
]  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.name)
def test_wrong_answers_come_back_with_a_sentence_beside_each(app: Flask, walker: Walker, wrong: Wrong) -> None:
    reach(app, NGANJUK, wrong.element)
    user = stage.user_of(NGANJUK, wrong.element, wrong.unit)
    visitor, address = task_of(walker, user)
    raw = answers.for_element(NGANJUK, wrong.element, unit=wrong.unit or "bidang1")
    pairs, files = visitor.fill(visitor.get(address), "tugas", raw)
    sent = [(name, value) for name, value in pairs if name not in wrong.typed]
    sent += [(n, v) for n, values in wrong.typed.items() for v in ([values] if isinstance(values, str) else values)]
    before = stage.rows(app, ["instance", "task", "task_group", "history"])

    refused = visitor.post(address, sent, files)

    assert refused.status == 422
    assert refused.mistakes == wrong.said
    assert len(refused.summary) == len(wrong.said)
    assert stage.rows(app, ["instance", "task", "task_group", "history"]) == before
    for name, typed in wrong.typed.items():
        if wrong.is_shown and isinstance(typed, str):
            assert (refused.value(name), visitor.get(address).value(name)) == (typed, typed)


def test_other_answers_stay_when_one_is_wrong(app: Flask, walker: Walker) -> None:
    reach(app, NGANJUK, "row_04_bidang")
    visitor, address = task_of(walker, "nganjuk.bidang1")
    raw = answers.for_element(NGANJUK, "row_04_bidang", unit="bidang1")
    pairs, files = visitor.fill(visitor.get(address), "tugas", raw)
    pairs = [(name, "banyak" if name == "isian.1.realisasi" else value) for name, value in pairs]

    refused = visitor.post(address, pairs, files)

    shown = dict(refused.controls("tugas"))
    assert refused.status == 422
    assert (shown["isian.0.realisasi"], shown["isian.1.realisasi"]) == ("251", "banyak")
    assert shown["isian.0.catatan"] == "Angka per 30 September 2026."
    assert files_kept(app) == ["rekap-bidang1-1.pdf", "rekap-bidang1-2.pdf"]

    again = [(name, "71,20" if name == "isian.1.realisasi" else value) for name, value in refused.controls("tugas")]
    sent = visitor.post(address, [pair for pair in again if pair[0] != "csrf_token"])
    assert sent.status == 303
    assert files_kept(app) == ["rekap-bidang1-1.pdf", "rekap-bidang1-2.pdf"]


@pytest.mark.parametrize("reason", ["", "   ", "\n\t", "\u200e", "x" * 1001])
def test_a_return_needs_a_reason_and_keeps_the_sheet_open(app: Flask, walker: Walker, reason: str) -> None:
    reach(app, BLITAR, "row_09")
    visitor, address = task_of(walker, "blitar.sekretaris")
    before = stage.rows(app, WITHOUT_DRAFTS)

    refused = visitor.post(address, {"keputusan": "kembalikan", "alasan": reason, "bagian": "tabel capaian"})

    assert refused.status == 422
    assert list(refused.mistakes) == ["alasan"]
    assert len(refused.tree.xpath("//dialog[@open]")) == 1
    assert refused.tree.xpath("//dialog//input[@name='bagian'][@checked]/@value") == ["tabel capaian"]
    assert stage.rows(app, WITHOUT_DRAFTS) == before


def test_a_return_that_lacks_something_else_keeps_its_reason_and_shows_what_is_lacking(
    app: Flask, walker: Walker
) -> None:
    reach(app, BLITAR, "row_06")
    visitor, address = task_of(walker, "blitar.kasubbag")

    refused = visitor.post(address, {"kesesuaian": "tidak_sesuai", "alasan_kesesuaian": "Sama dengan tahun lalu."})

    assert refused.status == 422
    assert list(refused.mistakes) == ["kesimpulan_telaah"]
    assert len(refused.summary) == 1
    assert refused.tree.xpath("//dialog[@open] | //*[@inert]") == []
    assert refused.value("alasan_kesesuaian") == "Sama dengan tahun lalu."


def test_a_return_into_another_sop_says_where_it_leads(app: Flask, walker: Walker) -> None:
    reach(app, BLITAR, "row_06")
    visitor, address = task_of(walker, "blitar.kasubbag")

    (sheet,) = visitor.get(f"{address}?kembali=tidak_sesuai").tree.xpath("//dialog")

    assert sheet.xpath("normalize-space(.//h2)") == "Tidak sesuai"
    assert sheet.xpath("normalize-space(.//fieldset[1]/legend)") == "Diteruskan ke"
    assert sheet.xpath("normalize-space(.//button)") == "Teruskan ke SOP Jika Terdapat Data Salah"


@pytest.mark.parametrize(
    "decision", [{}, {"keputusan": ""}, {"keputusan": "mungkin"}, {"keputusan": ["setuju", "kembalikan"]}]
)
def test_a_decision_is_one_of_those_offered(app: Flask, walker: Walker, decision: dict[str, str | list[str]]) -> None:
    reach(app, BLITAR, "row_09")
    visitor, address = task_of(walker, "blitar.sekretaris")
    before = stage.rows(app, WITHOUT_DRAFTS)

    typed = [*(("keputusan", one) for one in decision), ("alasan", "Angka belum sama.")]
    refused = visitor.post(address, typed)

    assert refused.status == 422
    assert refused.summary
    assert stage.rows(app, WITHOUT_DRAFTS) == before


def test_undeclared_fields_are_stored_nowhere(app: Flask, walker: Walker) -> None:
    reach(app, BLITAR, "row_09")
    visitor, address = task_of(walker, "blitar.sekretaris")
    extra = {
        "disetujui": "true",
        "pengesahan": "setuju",
        "unit_kantor": "x",
        "dari_berkas_utama": "true",
        "__class__": "x",
    }
    typed = {**extra, "keputusan": "setuju", "data_bidang.0.unit": "x", "keputusan.x": "y"}

    visitor.post(f"{address}/draf", typed)
    (draft,) = (row for row in stage.rows(app, ["draft"])["draft"])
    sent = visitor.post(address, typed)

    assert sent.status == 303
    assert not extra.keys() & next(value for value in draft if isinstance(value, dict)).keys()
    with app.app_context():
        (case,) = db.session.scalars(select(Instance))
        line = store.last_values(case, BLITAR, "row_09", "")
        assert line is not None
        assert not extra.keys() & line.keys()


def test_an_answer_that_is_only_read_is_never_taken_from_the_browser(app: Flask, walker: Walker) -> None:
    reach(app, BLITAR, "row_09")
    visitor, address = task_of(walker, "blitar.sekretaris")

    visitor.post(address, {"keputusan": "setuju", "ringkasan": "Lain.", "versi": "99", "berkas_draf": "x"})

    with app.app_context():
        (case,) = db.session.scalars(select(Instance))
        line = store.last_values(case, BLITAR, "row_09", "")
        assert line is not None
        assert line["ringkasan"] == "Dua dari tiga indikator mencapai target triwulan (putaran 1)."
        assert [file["name"] for file in line["berkas_draf"]] == ["draf-v1.pdf"]


# Somebody else, too late ----------------------------------------------------------------------------


def acts(address: str) -> Iterator[tuple[str, dict[str, str], list[tuple[str, str, bytes]]]]:
    """Yield everything that can be done to a task."""
    yield address, {"uraian_tugas": "Coba."}, []
    yield f"{address}/draf", {"uraian_tugas": "Coba."}, []
    yield f"{address}/lampiran", {"field": "berkas"}, [("berkas", "a.pdf", PDF)]


@pytest.mark.parametrize(
    ("user", "status", "title"),
    [
        ("nganjuk.penyusun", 403, "Bukan untuk jabatan Anda"),
        ("nganjuk.bidang1", 403, "Bukan untuk jabatan Anda"),
        ("blitar.kasubbag", 404, "Halaman tidak tersedia"),
    ],
)
def test_a_task_of_somebody_else_stays_as_it_is(app: Flask, walker: Walker, user: str, status: int, title: str) -> None:
    reach(app, NGANJUK, "row_02")
    _, address = task_of(walker, "nganjuk.kasubbag")
    before = stage.rows(app)

    for where, values, files in acts(address):
        refused = walker.as_user(user).post(where, values, files)
        assert (refused.status, refused.title) == (status, title)
    assert walker.as_user(user).get(address).status == status

    assert stage.rows(app) == before


def test_a_completed_task_says_who_did_it_and_when(app: Flask, walker: Walker) -> None:
    reach(app, NGANJUK, "row_02")
    visitor, address = task_of(walker, "nganjuk.kasubbag")
    visitor.complete(address, answers.for_element(NGANJUK, "row_02"))
    before = stage.rows(app)

    for where, values, files in acts(address):
        refused = visitor.post(where, values, files)
        assert (refused.status, refused.title) == (409, "Tugas ini sudah ditutup")
        assert "sudah diselesaikan oleh Kasubbag Program dan Evaluasi, hari ini" in refused.main
        assert "Isian Anda tidak dikirim." in refused.main
    seen = visitor.get(address)
    assert seen.status == 409
    assert "sudah diselesaikan oleh Kasubbag Program dan Evaluasi, hari ini" in seen.main
    assert "tidak dikirim" not in seen.main

    assert stage.rows(app) == before


def test_a_task_of_a_cancelled_case_is_closed(app: Flask, walker: Walker) -> None:
    case = reach(app, NGANJUK, "row_02")
    visitor, address = task_of(walker, "nganjuk.kasubbag")
    with app.app_context():
        player = Player()
        instances.cancel(player.actor("nganjuk.sekretaris"), case, "Permintaan dicabut.", player.now)
    before = stage.rows(app)

    for where, values, files in acts(address):
        refused = visitor.post(where, values, files)
        assert (refused.status, refused.title) == (409, "Tugas ini sudah ditutup")
        assert "diselesaikan" not in refused.main

    assert stage.rows(app) == before


def test_own_work_is_decided_by_somebody_else(app: Flask, walker: Walker) -> None:
    with app.app_context():
        player = Player()
        new = NewPerson("blitar.rangkap", "Rangkap", stage.PASSWORD, roles=[("blitar", Role.STAFF)])
        stage.also_holds(identity.add_person(new, player.now), "blitar", "kasubbag", "sekretaris", since=player.now)
        player.reach(BLITAR, "row_07")
    visitor, address = task_of(walker, "blitar.rangkap")
    assert visitor.complete(address, answers.for_element(BLITAR, "row_07")).status == 303
    (entry,) = visitor.inbox()
    assert visitor.complete(entry.address, answers.for_element(BLITAR, "row_08")).status == 303
    (entry,) = visitor.inbox()
    before = stage.rows(app, ["task", "task_group", "attachment"])

    refused = visitor.complete(entry.address, answers.for_element(BLITAR, "row_09"))

    assert (refused.status, refused.title) == (403, "Orang lain yang memutuskan")
    assert "Tugas tetap terbuka." in refused.main
    assert stage.rows(app, ["task", "task_group", "attachment"]) == before
    assert (
        walker.as_user("blitar.sekretaris").complete(entry.address, answers.for_element(BLITAR, "row_09")).status == 303
    )


# At once --------------------------------------------------------------------------------------------


def sender(app: Flask, case: UUID, element: str, unit: str = "") -> Callable[[Player], int]:
    """Return what a browser of its own does: it has the page open and sends it."""
    visitor = Visitor(app, stage.user_of(NGANJUK, element, unit))
    with app.app_context():
        address = f"/tugas/{Player().task(case, element, unit).id}"
    raw = answers.for_element(NGANJUK, element, unit=unit or "bidang1")
    pairs, files = visitor.fill(visitor.get(address), "tugas", raw)
    return lambda _: visitor.post(address, pairs, files).status


def test_of_two_browsers_that_send_one_task_one_wins(race: Race) -> None:
    case = reach(race.app, NGANJUK, "row_02")

    statuses = race.run("UPDATE instance", *[sender(race.app, case, "row_02") for _ in range(2)])

    assert sorted(statuses) == [303, 409]


def test_two_units_that_send_at_once_both_succeed(race: Race) -> None:
    case = reach(race.app, NGANJUK, "row_04_bidang")

    statuses = race.run(
        "UPDATE instance", *[sender(race.app, case, "row_04_bidang", unit) for unit in ("bidang1", "bidang2")]
    )

    assert statuses == [303, 303]


@pytest.fixture
def contended(app: Flask, monkeypatch: pytest.MonkeyPatch) -> UUID:
    """Return a case on which somebody else is always faster."""
    case = reach(app, NGANJUK, "row_01")

    def lose(*_: object, **__: object) -> None:
        raise InstanceChanged(office="nganjuk", instance=case)

    for act in ("save_step", "cancel_instance", "add_line"):
        monkeypatch.setattr(store, act, lose)
    return case


@pytest.mark.usefixtures("contended")
@pytest.mark.parametrize("where", ["", "/catatan"])
def test_what_could_not_be_sent_stays_in_the_form(app: Flask, walker: Walker, where: str) -> None:
    visitor, address = task_of(walker, "nganjuk.sekretaris")
    pairs, files = visitor.fill(visitor.get(address), "tugas", answers.for_element(NGANJUK, "row_01"))
    typed = {"instruksi": "Yang saya ketik.", "_catatan": "Mohon didahulukan."}

    refused = visitor.post(address + where, [(name, typed.get(name, value)) for name, value in pairs], files)

    assert (refused.status, refused.value("instruksi")) == (409, typed["instruksi"])
    assert typed["_catatan"] in refused.main
    assert any("Isian Anda tetap ada" in message for message in refused.messages)
    with app.app_context():
        assert db.session.scalars(select(Draft)).one().answers["instruksi"] == typed["instruksi"]


def test_a_reason_that_came_to_nothing_is_given_back(walker: Walker, contended: UUID) -> None:
    visitor = walker.as_user("nganjuk.sekretaris")

    refused = visitor.post(f"/berkas/{contended}/batal", {"alasan": "Permintaan ditarik pemohon."})

    assert (refused.status, refused.title) == (409, "Berkas ini berubah sementara itu")
    assert "Permintaan ditarik pemohon." in refused.main


# Cancelling -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("user", "reason", "status", "title"),
    [
        ("nganjuk.sekretaris", "", 422, "Batalkan berkas ini?"),
        ("nganjuk.sekretaris", " ya ", 422, "Batalkan berkas ini?"),
        ("nganjuk.kasubbag", "Permintaan dicabut.", 403, "Bukan untuk jabatan Anda"),
        ("blitar.sekretaris", "Permintaan dicabut.", 404, "Halaman tidak tersedia"),
        ("analis", "Permintaan dicabut.", 403, "Bukan untuk jabatan Anda"),
    ],
)
def test_a_refused_cancellation_leaves_the_case_running(
    app: Flask, walker: Walker, user: str, reason: str, status: int, title: str
) -> None:
    case = reach(app, NGANJUK, "row_02")
    before = stage.rows(app)

    refused = walker.as_user(user).post(f"/berkas/{case}/batal", {"alasan": reason})

    assert (refused.status, refused.title) == (status, title)
    if status == 422:
        assert list(refused.mistakes) == ["alasan"]
        assert ("Alasan ini terlalu pendek." if reason else "Tuliskan alasan agar") in refused.main
        (text,) = refused.tree.xpath("//textarea[@name='alasan']/text()")
        assert text == f"\n{reason}"
    assert stage.rows(app) == before


def test_an_ended_case_is_not_cancelled(app: Flask, walker: Walker) -> None:
    with app.app_context():
        player = Player()
        case = player.finish(player.start(NGANJUK)).id
    before = stage.rows(app)

    refused = walker.as_user("nganjuk.sekretaris").post(f"/berkas/{case}/batal", {"alasan": "Permintaan dicabut."})

    assert refused.status == 409
    assert stage.rows(app) == before


# Starting -------------------------------------------------------------------------------------------


def test_a_start_with_mistakes_shows_what_was_typed(app: Flask, walker: Walker) -> None:
    before = stage.rows(app)

    refused = walker.as_user("nganjuk.sekretaris").post(
        f"/mulai/{NGANJUK}", {"judul": "Data & <b>Kinerja</b>", "tahun": "26", "periode": "lain"}
    )

    assert refused.status == 422
    assert refused.mistakes == {
        "tahun": "Sekurangnya 4 huruf.",
        "periode": "Pilih salah satu dari daftar.",
    }
    shown = dict(refused.controls("mulai"))
    assert (shown["judul"], shown["tahun"]) == ("Data & <b>Kinerja</b>", "26")
    assert stage.rows(app) == before


# Files ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class BadFile:
    """A file that is not taken, and what is said about it."""

    name: str
    content: bytes
    said: str


BAD_FILES = [
    BadFile("kosong.pdf", b"", "Berkas kosong.pdf kosong dan tidak diunggah."),
    BadFile("besar.pdf", PDF + b"\x00" * attachments.MAX_BYTES, "Berkas besar.pdf (10 MB) melebihi batas 10 MB"),
    BadFile("halaman.html", b"<script>alert(1)</script>", "Jenis berkas halaman.html tidak diterima."),
    BadFile("laporan.pdf", b"<script>alert(1)</script>", "Isi berkas laporan.pdf tidak sesuai dengan jenisnya"),
    BadFile("../../<img src=x>.svg", b"<svg/>", "Jenis berkas <img src=x>.svg tidak diterima."),
]


@pytest.fixture
def recap(app: Flask, walker: Walker) -> tuple[Visitor, str]:
    reach(app, NGANJUK, "row_05")
    return task_of(walker, "nganjuk.kasubbag")


@pytest.mark.parametrize("bad", BAD_FILES, ids=lambda bad: bad.name)
@pytest.mark.parametrize("where", ["", "/draf"])
def test_a_refused_file_is_named_and_what_was_typed_stays(
    app: Flask, recap: tuple[Visitor, str], bad: BadFile, where: str
) -> None:
    visitor, address = recap
    before = stage.rows(app, WITHOUT_DRAFTS)

    refused = visitor.post(
        f"{address}{where}", {"catatan_rekap": "Satu bukti menyusul."}, [("berkas_rekap.baru", bad.name, bad.content)]
    )

    assert refused.status == 422
    assert bad.said in " ".join([refused.main, *refused.messages])
    assert refused.value("catatan_rekap") == "Satu bukti menyusul."
    assert visitor.get(address).value("catatan_rekap") == "Satu bukti menyusul."
    assert stage.rows(app, WITHOUT_DRAFTS) == before


@pytest.mark.parametrize("bad", BAD_FILES, ids=lambda bad: bad.name)
def test_a_refused_file_of_a_script_is_named(app: Flask, recap: tuple[Visitor, str], bad: BadFile) -> None:
    visitor, address = recap
    before = stage.rows(app, WITHOUT_DRAFTS)

    refused = visitor.post(f"{address}/lampiran", {"field": "berkas_rekap"}, [("berkas", bad.name, bad.content)])

    assert refused.status == 422
    assert bad.said in refused.main
    assert stage.rows(app, WITHOUT_DRAFTS) == before


def test_a_good_file_beside_a_refused_one_is_neither_lost_nor_hidden(app: Flask, recap: tuple[Visitor, str]) -> None:
    visitor, address = recap
    old = set(files_kept(app))

    refused = visitor.post(
        address, {}, [("berkas_rekap.baru", "baik.pdf", PDF), ("berkas_rekap.baru", "buruk.html", b"<b>")]
    )

    assert refused.status == 422
    shown = {name for name in ("baik.pdf", "buruk.html") if name in refused.said_in("tugas")}
    assert set(files_kept(app)) - old == shown


@pytest.mark.parametrize(
    "name", ["tidak_ada", "", "catatan_rekap", "isian.0.bukti", "berkas_rekap.0", "\x00", "a" * 5000]
)
def test_a_file_for_a_question_that_takes_none_is_refused(app: Flask, recap: tuple[Visitor, str], name: str) -> None:
    visitor, address = recap
    before = stage.rows(app, WITHOUT_DRAFTS)

    refused = visitor.post(f"{address}/lampiran", {"field": name}, [("berkas", "a.pdf", PDF)])

    assert refused.status in {400, 404, 422}
    assert stage.rows(app, WITHOUT_DRAFTS) == before


@pytest.mark.parametrize("where", ["", "/draf"])
def test_a_file_under_an_undeclared_name_is_not_kept(app: Flask, recap: tuple[Visitor, str], where: str) -> None:
    visitor, address = recap
    before = files_kept(app)

    visitor.post(f"{address}{where}", {"catatan_rekap": "Catatan."}, [("tidak_ada.baru", "a.pdf", PDF)])

    assert files_kept(app) == before


def test_an_upload_without_a_file_is_refused(app: Flask, recap: tuple[Visitor, str]) -> None:
    visitor, address = recap
    before = stage.rows(app)

    assert visitor.post(f"{address}/lampiran", {"field": "berkas_rekap"}).status == 422
    assert stage.rows(app) == before


def test_the_eleventh_file_of_a_task_is_refused(app: Flask, recap: tuple[Visitor, str]) -> None:
    visitor, address = recap
    for number in range(store.MAX_PER_TASK):
        visitor.post(f"{address}/lampiran", {"field": "berkas_rekap"}, [("berkas", f"{number}.pdf", PDF)])
    before = stage.rows(app, WITHOUT_DRAFTS)

    refused = visitor.post(f"{address}/lampiran", {"field": "berkas_rekap"}, [("berkas", "11.pdf", PDF)])

    assert refused.status == 422
    assert "Satu tugas memuat paling banyak 10 berkas." in refused.main
    assert stage.rows(app, WITHOUT_DRAFTS) == before


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("laporan akhir.pdf", "laporan akhir.pdf"),
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("laporan\u202efdp.pdf", "laporanfdp.pdf"),
        ("anggaran ½.pdf", "anggaran ½.pdf"),
        ("Laporan – akhir.pdf", "Laporan – akhir.pdf"),
        ("laporan 🙂.pdf", "laporan 🙂.pdf"),
    ],
)
def test_a_file_is_given_back_under_its_bare_name(app: Flask, recap: tuple[Visitor, str], sent: str, kept: str) -> None:
    visitor, address = recap
    old = {row[1] for row in stage.rows(app, ["attachment"])["attachment"]}

    visitor.post(f"{address}/lampiran", {"field": "berkas_rekap"}, [("berkas", sent, PDF)])

    (new,) = {row[1] for row in stage.rows(app, ["attachment"])["attachment"]} - old
    answer = visitor.client.get(f"/lampiran/{new}")
    assert (answer.status_code, answer.data) == (200, PDF)
    header = answer.headers["Content-Disposition"]
    assert header.isascii(), "no server can send this header"
    disposition, parameters = parse_options_header(header)
    assert (disposition, parameters["filename"]) == ("attachment", kept)


# Too much -------------------------------------------------------------------------------------------


def test_a_body_beyond_the_limit_is_refused(app: Flask, recap: tuple[Visitor, str]) -> None:
    visitor, address = recap
    before = stage.rows(app)
    bodies: list[dict[str, Any]] = [
        {"berkas_rekap.baru": (BytesIO(b"\x00" * 26_000_000), "a.pdf")},
        {"catatan_rekap": "x" * 1_100_000},
        {f"a{number}": "x" for number in range(6_000)},
    ]

    for body in bodies:
        sent = {"csrf_token": visitor.token, **body}
        refused = Page(visitor.client.post(address, data=sent, content_type="multipart/form-data"))
        assert (refused.status, refused.title) == (413, "Kiriman terlalu besar")

    assert stage.rows(app) == before


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"{}", "application/json"),
        (b"\xff\xfe\x00", "application/x-www-form-urlencoded"),
        (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
        (b"", "multipart/form-data"),
        (b"<a/>", "text/xml"),
    ],
)
def test_a_body_of_another_kind_is_an_empty_form(app: Flask, walker: Walker, body: bytes, kind: str) -> None:
    reach(app, NGANJUK, "row_02")
    visitor, address = task_of(walker, "nganjuk.kasubbag")
    before = stage.rows(app, WITHOUT_DRAFTS)

    answer = visitor.client.post(address, data=body, content_type=kind, headers={"X-CSRFToken": visitor.token})

    assert answer.status_code in {400, 422}
    assert stage.rows(app, WITHOUT_DRAFTS) == before


def test_a_list_beyond_the_limit_is_refused(app: Flask, walker: Walker) -> None:
    reach(app, NGANJUK, "row_03")
    visitor, address = task_of(walker, "nganjuk.penyusun")
    before = stage.rows(app, WITHOUT_DRAFTS)
    rows = ("indikator.rows", ",".join(map(str, range(2_000))))

    refused = visitor.post(address, [*visitor.fill(visitor.get(address), "tugas", {})[0], rows])

    assert refused.status == 422
    assert stage.rows(app, WITHOUT_DRAFTS) == before


# Odd letters ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["a\x00b", "\ud800", "\u202e", "🙂" * 500])
def test_odd_letters_are_no_failure(app: Flask, text: str) -> None:
    case = reach(app, NGANJUK, "row_02")
    visitor = Visitor(app, "nganjuk.kasubbag")
    with app.app_context():
        address = f"/tugas/{Player().task(case, 'row_02').id}"
    typed = text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")

    draft = visitor.post(f"{address}/draf", {"uraian_tugas": typed, "_simpan_otomatis": "1"})
    sent = visitor.post(address, {"uraian_tugas": typed, "petugas_penghimpun": ""})

    assert (draft.status, sent.status) == (200, 422)
    with app.app_context():
        assert db.session.scalars(select(Draft)).first()


# The organisation -----------------------------------------------------------------------------------

CAUSES = sorted(set(re.findall(
    r'(?:OrganisationRefused|_refuse|refuse_if)\(\s*"([a-z-]+)"',
    "".join(file.read_text() for pattern in ("organisation/*.py", "engine/appointment.py", "engine/human.py")
            for file in (provision.ROOT / "service").glob(pattern)),
)))  # fmt: skip


@pytest.mark.parametrize("cause", CAUSES)
@pytest.mark.parametrize("language", ["id", "en"])
def test_every_refusal_about_the_organisation_has_its_sentence(demo: Demo, cause: str, language: str) -> None:
    facts: dict[str, object] = {
        "person": "Ani", "prefix": "Plh.", "first": date(2026, 11, 2), "last": date(2026, 11, 4), "names": "Budi",
        "code": "kadis", "months": 3, "longest": 100,
    }  # fmt: skip

    with demo.app.test_request_context(headers={"Cookie": f"laksana_bahasa={language}"}):
        sentence = wording.organisation(OrganisationRefused(cause, **facts))

    assert sentence.endswith(".")
    assert "%(" not in sentence
