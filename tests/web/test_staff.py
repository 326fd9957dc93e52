"""The pages of the staff: what they show, and that typed text survives every button."""

import re
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from service import instances
from service.models import Draft, db
from tests import answers, stage
from tests.answers import BLITAR, NGANJUK, WRONG_DATA
from tests.walking import Entry, Page, Player, Visitor, Walker, said


def reach(app: Flask, process: str, element: str, title: str = "") -> UUID:
    with app.app_context():
        return Player().reach(process, element, title)


def returned(app: Flask) -> UUID:
    """Play a case of Blitar until the draft comes back to Kasubbag."""
    with app.app_context():
        player = Player()
        case = player.reach(BLITAR, "row_09")
        player.complete(case, "row_09", outcome="kembalikan")
        return case


def task_of(walker: Walker, user: str) -> tuple[Visitor, str]:
    visitor = walker.as_user(user)
    (entry,) = visitor.inbox()
    return visitor, entry.address


def drafts(app: Flask) -> list[dict[str, object]]:
    with app.app_context():
        return list(db.session.scalars(select(Draft.answers)))


# Inbox ----------------------------------------------------------------------------------------------


def test_the_inbox_counts_shows_and_leads_to_tasks(app: Flask, walker: Walker) -> None:
    reach(app, BLITAR, "row_02", "Satu")
    reach(app, WRONG_DATA, "row_02", "Dua")

    page = walker.as_user("blitar.sekretaris").get("/tugas")

    assert page.title == "Kotak tugas"
    assert "Dua tugas menunggu Anda." in page.main
    assert sorted(page.entries(), key=lambda entry: entry.case) == [
        Entry(2, "Menghadiri rapat persiapan data", ""),
        Entry(2, "Menghadiri rapat persiapan data", ""),
    ]
    assert [said(tab) for tab in page.tree.xpath("//ul[@class='tabs']/li")] == [
        "Tugas saya 0",
        "Tugas jabatan 2",
        "Dikembalikan 0",
        "Lewat waktu 2",
        "Menunggu orang lain 0",
    ]
    assert walker.as_user("blitar.sekretaris").get(page.entries()[0].address).title == "Menghadiri rapat persiapan data"


def test_an_empty_inbox_says_so(walker: Walker) -> None:
    page = walker.as_user("blitar.jfu").get("/tugas")

    assert page.entries() == []
    assert "Tidak ada tugas untuk Anda saat ini." in page.main


def test_tabs_and_filters_of_the_inbox_are_links(app: Flask, walker: Walker) -> None:
    returned(app)
    reach(app, WRONG_DATA, "row_04", "Lain")
    visitor = walker.as_user("blitar.kasubbag")

    found = {
        query: [entry.title for entry in visitor.get(f"/tugas?{query}").entries()]
        for query in ("tampilan=dikembalikan", f"sop={WRONG_DATA}", "urutan=terbaru", "tampilan=menunggu")
    }

    assert found == {
        "tampilan=dikembalikan": ["Menyusun draf dokumen"],
        f"sop={WRONG_DATA}": ["Menugaskan penghimpunan data Bidang"],
        "urutan=terbaru": ["Menyusun draf dokumen", "Menugaskan penghimpunan data Bidang"],
        "tampilan=menunggu": [],
    }


def test_what_waits_for_others_leads_to_the_case(app: Flask, walker: Walker) -> None:
    case = reach(app, BLITAR, "row_02")

    page = walker.as_user("blitar.kadis").get("/tugas?tampilan=menunggu")

    assert [entry.address for entry in page.entries()] == [f"/berkas/{case}"]


# Task -----------------------------------------------------------------------------------------------


def test_a_task_shows_its_standard_its_place_and_what_happened(app: Flask, walker: Walker) -> None:
    reach(app, NGANJUK, "row_04_bidang")
    visitor, address = task_of(walker, "nganjuk.bidang1")

    page = visitor.get(address)

    assert page.title == "Mengisi data Bidang"
    assert "Data Kinerja Triwulan III Tahun 2026 · nomor 0001 · Bidang Pemerintahan Desa" in page.main
    assert "Desa dengan APB Desa tepat waktu" in page.main
    assert "2 hari" in page.main
    assert "Penyusun Bahan Evaluasi" in page.main
    assert page.tree.xpath("//svg[@role='img']")
    assert [name for name, _ in page.controls("tugas") if name.startswith("isian.0.")] == [
        "isian.0._awal",
        "isian.0.realisasi",
        "isian.0.catatan",
    ]


def test_a_returned_task_shows_the_reason_and_the_answers_of_the_round_before(app: Flask, walker: Walker) -> None:
    returned(app)
    visitor, address = task_of(walker, "blitar.kasubbag")

    page = visitor.get(address)

    assert "Sekretaris mengembalikan isian ini" in page.main
    assert "Realisasi indikator 2 belum sama dengan bukti dukung (putaran 1). Mohon diperbaiki." in page.main
    assert "tabel capaian" in page.main
    assert "Dikembalikan, putaran 2" in page.main
    assert page.value("ringkasan") == "Dua dari tiga indikator mencapai target triwulan (putaran 1)."


def test_a_decision_says_where_it_leads(app: Flask, walker: Walker) -> None:
    reach(app, BLITAR, "row_09")
    visitor, address = task_of(walker, "blitar.sekretaris")

    page = visitor.get(address)

    buttons = [(one.get("value"), said(one)) for one in page.tree.xpath("//button[@name='keputusan']")]
    assert ("setuju", "Setuju") in buttons
    assert ("kembalikan", "Kembalikan ke Kasubbag Perencanaan") in buttons
    assert "Setuju meneruskan berkas ke Kepala Dinas (langkah 10, Mengesahkan dan menandatangani dokumen)." in page.main
    assert page.tree.xpath("//dialog[@open]") == []


def test_without_scripts_the_reason_sheet_opens_by_a_link(app: Flask, walker: Walker) -> None:
    reach(app, BLITAR, "row_09")
    visitor, address = task_of(walker, "blitar.sekretaris")
    (link,) = visitor.get(address).tree.xpath("//a[@data-opens]/@href")

    page = visitor.get(link)

    (sheet,) = page.tree.xpath("//dialog[@open]")
    assert "Langkah 7, Menyusun draf dokumen" in said(sheet)
    controls = page.tree.xpath("//dialog//*[@name and @form='tugas']")
    assert {one.get("name") for one in controls} == {"alasan", "bagian", "keputusan"}


def test_an_unknown_decision_opens_no_sheet_and_locks_no_page(app: Flask, walker: Walker) -> None:
    reach(app, BLITAR, "row_09")
    visitor, address = task_of(walker, "blitar.sekretaris")

    page = visitor.get(f"{address}?kembali=zzz")

    assert page.tree.xpath("//dialog[@open]") == []
    assert page.tree.xpath("//*[@inert]") == []


def test_who_decides_sees_what_was_changed_since_the_return(app: Flask, walker: Walker) -> None:
    case = returned(app)
    with app.app_context():
        player = Player()
        player.complete(case, "row_07")
        player.complete(case, "row_08")
    visitor, address = task_of(walker, "blitar.sekretaris")

    page = visitor.get(address)

    (changed,) = page.tree.xpath("//section[@aria-labelledby='ub']//dl")
    assert [label.text for label in changed.iter("dt")] == ["Versi", "Ringkasan", "Berkas draf"]
    assert "Semula draf-v1.pdf." in page.main
    assert page.main.count("Angka sudah disamakan dengan rekap panti, putaran 2.") == 1


def test_a_step_of_a_called_sop_says_of_which_one(app: Flask, walker: Walker) -> None:
    case = reach(app, BLITAR, "row_06")
    with app.app_context():
        Player().complete(case, "row_06", outcome="tidak_sesuai")
    visitor, address = task_of(walker, "blitar.kasubbag")

    assert "nomor 0001 · SOP Jika Terdapat Data Salah" in visitor.get(address).main
    place = "Langkah 7, Membandingkan dengan data acuan (SOP Jika Terdapat Data Salah)."
    assert place in visitor.get(f"/berkas/{case}").main


def test_a_sent_task_is_thanked_for_with_the_way_to_the_case(app: Flask, walker: Walker) -> None:
    case = reach(app, NGANJUK, "row_02")
    visitor, address = task_of(walker, "nganjuk.kasubbag")

    visitor.complete(address, answers.for_element(NGANJUK, "row_02"))

    page = visitor.get("/tugas")
    assert page.messages == ["Data Kinerja Triwulan III Tahun 2026 diteruskan ke Penyusun Bahan Evaluasi. Lihat berkas"]
    assert page.tree.xpath("//div[@class='toasts']//a/@href") == [f"/berkas/{case}"]
    assert visitor.get("/tugas").messages == []


# Drafts ---------------------------------------------------------------------------------------------


def test_later_keeps_everything_that_was_typed(app: Flask, walker: Walker) -> None:
    reach(app, NGANJUK, "row_02")
    visitor, address = task_of(walker, "nganjuk.kasubbag")
    typed = {"petugas_penghimpun": "Penyusun", "uraian_tugas": "Kirim\nformat", "batas_tugas": "besok"}

    sent = visitor.post(f"{address}/draf", {**typed, "_simpan": "1"})

    assert (sent.status, sent.location) == (303, "/tugas")
    page = visitor.get(address)
    assert {name: page.value(name).replace("\r", "") for name in typed} == typed
    assert page.mistakes == {}
    assert re.search(r"Draf tersimpan \d\d\.\d\d\.", page.main)


def test_what_was_saved_elsewhere_is_replaced_by_choice_alone(app: Flask, walker: Walker) -> None:
    reach(app, NGANJUK, "row_02")
    visitor, address = task_of(walker, "nganjuk.kasubbag")
    marks = ("_kunci", "_draf")

    def shown(page: Page) -> dict[str, str]:
        return {name: page.value(name) for name in marks}

    office, phone = shown(visitor.get(address)), shown(visitor.get(address))
    typed = {"uraian_tugas": "Di ponsel", "petugas_penghimpun": "Penyusun"}
    assert visitor.post(f"{address}/draf", {**typed, **phone, "_simpan": "1"}).status == 303
    late = {"uraian_tugas": "Di kantor", "_catatan": "Mohon dicek."}

    told = visitor.post(f"{address}/draf", {**late, **office, "_simpan": "1"})
    commented = visitor.post(f"{address}/catatan", {**late, **office})
    quiet = visitor.client.post(
        f"{address}/draf", data={"csrf_token": visitor.token, **late, **office, "_simpan_otomatis": "1"}
    )

    assert (told.status, commented.status, quiet.status_code, quiet.text) == (409, 409, 409, "")
    for page in (told, commented):
        assert (page.value("uraian_tugas"), page.value("_catatan")) == ("Di kantor", "Mohon dicek.")
        (note,) = page.tree.xpath("//*[@id='draf-lain'][not(@hidden)]")
        assert "Yang Anda ketik di halaman ini belum tersimpan" in said(note)
        assert said(page.tree.get_element_by_id("simpan")).startswith("Belum tersimpan di server:")
    assert quiet.headers["Laksana-Saved-At"] == shown(told)["_draf"]
    assert [draft["uraian_tugas"] for draft in drafts(app)] == ["Di ponsel"]

    assert visitor.post(f"{address}/draf", {**late, **shown(told), "_segarkan": "1"}).status == 200
    assert [draft["uraian_tugas"] for draft in drafts(app)] == ["Di kantor"]
    assert visitor.get(address).tree.xpath("//*[@id='draf-lain']/@hidden")


def test_a_page_that_says_nonsense_of_a_draft_is_taken_at_its_word(app: Flask, walker: Walker) -> None:
    reach(app, NGANJUK, "row_02")
    visitor, address = task_of(walker, "nganjuk.kasubbag")
    for number, (mark, known) in enumerate(
        [("x", "satu"), ("x" * 41, "0"), ("\0", "0"), ("x", "9" * 99), ("x", "9" * 14)]
    ):
        typed = {"uraian_tugas": f"Baris {number}", "_kunci": mark, "_draf": known, "_simpan": "1"}
        assert visitor.post(f"{address}/draf", typed).status == 303
        assert [draft["uraian_tugas"] for draft in drafts(app)] == [f"Baris {number}"]


def test_an_autosave_is_answered_with_its_time_alone(app: Flask, walker: Walker) -> None:
    reach(app, NGANJUK, "row_02")
    visitor, address = task_of(walker, "nganjuk.kasubbag")

    answer = visitor.client.post(
        f"{address}/draf",
        data={"csrf_token": visitor.token, "uraian_tugas": "Kirim", "_simpan_otomatis": "1"},
        headers={"HX-Request": "true"},
    )

    assert re.fullmatch(r"\s*Draf tersimpan \d\d\.\d\d\.\s*", answer.text)
    assert [draft["uraian_tugas"] for draft in drafts(app)] == ["Kirim"]


def request_rows(page: Page) -> list[str]:
    return [value for name, value in page.controls("tugas") if name == "indikator.rows"]


@pytest.fixture
def request_task(app: Flask, walker: Walker) -> tuple[Visitor, str]:
    reach(app, NGANJUK, "row_03")
    return task_of(walker, "nganjuk.penyusun")


def test_a_row_is_added_without_losing_what_was_typed(request_task: tuple[Visitor, str]) -> None:
    visitor, address = request_task
    page = visitor.get(address)
    before = len(request_rows(page))
    typed = [
        (name, value) for name, value in page.controls("tugas") if name not in {"petunjuk_pengisian", "csrf_token"}
    ]

    grown = visitor.post(
        f"{address}/draf", [*typed, ("petunjuk_pengisian", "Isi sampai September."), ("_tambah", "indikator")]
    )

    assert grown.status == 200
    assert len(request_rows(grown)) == before + 1
    assert grown.value("petunjuk_pengisian") == "Isi sampai September."
    assert grown.mistakes == {}
    assert len(request_rows(visitor.get(address))) == before + 1


def test_a_row_is_removed_and_the_others_keep_their_text(request_task: tuple[Visitor, str]) -> None:
    visitor, address = request_task
    rows = [("indikator.rows", str(number)) for number in range(3)]
    cells = [(f"indikator.{number}.indikator", f"Indikator {number}") for number in range(3)]

    shrunk = visitor.post(f"{address}/draf", [*rows, *cells, ("_hapus", "indikator.1")])

    kept = [value for name, value in shrunk.controls("tugas") if re.fullmatch(r"indikator\.\d+\.indikator", name)]
    assert kept == ["Indikator 0", "Indikator 2"]


def test_what_was_refused_stays_marked_until_it_is_mended(request_task: tuple[Visitor, str]) -> None:
    visitor, address = request_task
    rows = [("indikator.rows", str(number)) for number in range(3)]
    cells = [(f"indikator.{number}.indikator", f"Indikator {number}") for number in range(3)]
    refused = visitor.post(address, [*rows, *cells])
    told = [(name, value) for name, value in refused.controls("tugas") if name == "_salah"]
    assert {"indikator.0.satuan", "indikator.1.satuan", "indikator.2.satuan"} < {value for _, value in told}

    shrunk = visitor.post(
        f"{address}/draf", [*rows, *cells, ("indikator.0.satuan", "desa"), *told, ("_hapus", "indikator.1")]
    )

    still = {name for name in shrunk.mistakes if name.startswith("indikator")}
    assert still == {"indikator.0.bidang", "indikator.1.satuan", "indikator.1.bidang"}


def test_a_script_gets_the_questions_alone(request_task: tuple[Visitor, str]) -> None:
    visitor, address = request_task

    part = visitor.post(f"{address}/draf", {"_tambah": "indikator"}, headers={"HX-Request": "true"})

    assert "<html" not in part.response.text
    assert 'name="indikator.rows"' in part.response.text


@pytest.mark.parametrize(
    "button",
    [
        ("_hapus", "indikator.99"), ("_hapus", "indikator.-1"), ("_hapus", "indikator.²"), ("_hapus", "indikator"),
        ("_hapus", "indikator." + "9" * 5000), ("_hapus", "tidak_ada.0"), ("_hapus", "batas_data.0"), ("_hapus", ""),
        ("_tambah", "tidak_ada"), ("_tambah", "petunjuk_pengisian"), ("_tambah", "unit_diminta"), ("_tambah", ""),
        ("_tambah", "csrf_token"), ("_segarkan", "1"), ("_lain", "1"),
    ],
    ids=lambda button: f"{button[0]}={button[1][:20]}",
)  # fmt: skip
def test_an_odd_button_changes_no_answer(
    app: Flask, request_task: tuple[Visitor, str], button: tuple[str, str]
) -> None:
    visitor, address = request_task
    typed = [
        ("petunjuk_pengisian", "Isi sampai September."),
        ("indikator.rows", "0"),
        ("indikator.0.indikator", "Desa"),
        ("unit_diminta", "bidang1"),
    ]
    visitor.post(f"{address}/draf", typed)
    (before,) = drafts(app)

    page = visitor.post(f"{address}/draf", [*typed, button])

    assert page.status == 200
    assert drafts(app) == [before]


def test_a_reloaded_draft_leads_back_to_the_task(request_task: tuple[Visitor, str]) -> None:
    visitor, address = request_task

    assert visitor.get(f"{address}/draf").location == address


# Files ----------------------------------------------------------------------------------------------


@pytest.fixture
def recap_task(app: Flask, walker: Walker) -> tuple[Visitor, str]:
    reach(app, NGANJUK, "row_05")
    return task_of(walker, "nganjuk.kasubbag")


def test_a_file_is_taken_at_once_and_stays_with_the_draft(recap_task: tuple[Visitor, str]) -> None:
    visitor, address = recap_task
    typed = {"catatan_rekap": "Satu bukti menyusul.", "field": "berkas_rekap"}

    part = visitor.post(f"{address}/lampiran", typed, [("berkas", "rekap.pdf", answers.content("rekap"))])

    assert part.status == 200
    assert "<html" not in part.response.text
    assert [said(name) for name in part.tree.find_class("name") if said(name)] == ["rekap.pdf"]
    page = visitor.get(address)
    assert page.value("catatan_rekap") == "Satu bukti menyusul."
    (identifier,) = (value for name, value in page.controls("tugas") if name == "berkas_rekap")
    assert visitor.client.get(f"/lampiran/{identifier}").data == answers.content("rekap")


def test_files_that_were_taken_before_are_sent_with_the_answers(app: Flask, recap_task: tuple[Visitor, str]) -> None:
    visitor, address = recap_task
    visitor.post(f"{address}/lampiran", {"field": "berkas_rekap"}, [("berkas", "a.pdf", answers.content("a"))])
    page = visitor.get(address)
    kept = [pair for pair in page.controls("tugas") if pair[0] != "csrf_token"]

    sent = visitor.post(address, kept, [("berkas_rekap.baru", "b.pdf", answers.content("b"))])

    assert sent.status == 303
    (line,) = (row for row in stage.rows(app, ["history"])["history"] if "row_05" in row)
    files = next(value for value in line if isinstance(value, dict))["values"]["berkas_rekap"]
    assert [file["name"] for file in files] == ["a.pdf", "b.pdf"]


def test_a_question_for_one_file_keeps_the_one_sent_last(app: Flask, walker: Walker) -> None:
    reach(app, BLITAR, "row_07")
    visitor, address = task_of(walker, "blitar.kasubbag")
    visitor.post(f"{address}/lampiran", {"field": "berkas_draf"}, [("berkas", "v1.pdf", answers.content("v1"))])
    page = visitor.get(address)
    kept = [pair for pair in page.controls("tugas") if pair[0] != "csrf_token"]

    part = visitor.post(
        f"{address}/lampiran", [*kept, ("field", "berkas_draf")], [("berkas", "v2.pdf", answers.content("v2"))]
    )

    assert [said(name) for name in part.tree.find_class("name") if said(name)] == ["v2.pdf"]


def test_a_page_without_scripts_keeps_the_one_sent_last_too(app: Flask, walker: Walker) -> None:
    reach(app, BLITAR, "row_07")
    visitor, address = task_of(walker, "blitar.kasubbag")

    for name in ("v1.pdf", "v2.pdf"):
        kept = [pair for pair in visitor.get(address).controls("tugas") if pair[0] != "csrf_token"]
        visitor.post(f"{address}/draf", [*kept, ("_simpan", "1")], [("berkas_draf.baru", name, answers.content(name))])

    (uploads,) = visitor.get(address).tree.xpath("//*[@id='f-berkas_draf-berkas']")
    assert [said(name) for name in uploads.find_class("name") if said(name)] == ["v2.pdf"]


def test_a_file_that_is_dropped_from_the_draft_is_not_sent(app: Flask, recap_task: tuple[Visitor, str]) -> None:
    visitor, address = recap_task
    visitor.post(f"{address}/lampiran", {"field": "berkas_rekap"}, [("berkas", "a.pdf", answers.content("a"))])

    sent = visitor.post(address, {"catatan_rekap": "Tanpa berkas."})

    assert sent.status == 303
    (line,) = (row for row in stage.rows(app, ["history"])["history"] if "row_05" in row)
    assert next(value for value in line if isinstance(value, dict))["values"]["berkas_rekap"] == []


# Starting -------------------------------------------------------------------------------------------


def test_a_start_is_offered_with_who_gets_the_first_step(walker: Walker) -> None:
    page = walker.as_user("blitar.kasubbag").get("/mulai")

    (address,) = page.tree.xpath("//ol[@class='inbox']//a/@href")
    assert address.startswith(f"/mulai/{WRONG_DATA}?")
    assert "Menerbitkan disposisi awal · Kepala Dinas" in page.main
    assert "Belum ada SOP yang dapat Anda mulai." in walker.as_user("blitar.jfu").get("/mulai").main


def test_a_started_case_is_shown_at_once(walker: Walker) -> None:
    visitor = walker.as_user("nganjuk.sekretaris")

    begun = visitor.start(NGANJUK, answers.for_element(NGANJUK, "mulai"))

    assert begun.status == 303
    page = visitor.get(begun.location)
    assert page.title == "Data Kinerja Triwulan III Tahun 2026"
    assert page.messages == ["Berkas Data Kinerja Triwulan III Tahun 2026 dimulai."]
    assert "Berkas sedang di Sekretaris Dinas" in page.main
    assert "Permintaan Data Kinerja Triwulan III Tahun 2026" in page.said_in("data")


# Cases ----------------------------------------------------------------------------------------------


def test_the_list_of_cases_is_narrowed_by_its_form(app: Flask, walker: Walker) -> None:
    reach(app, BLITAR, "row_02", "Laporan Kinerja")
    reach(app, WRONG_DATA, "row_03", "Perbaikan")
    visitor = walker.as_user("blitar.jfu")

    found = {
        query: [said(link) for link in visitor.get(f"/berkas?{query}").tree.find_class("what")]
        for query in (
            "",
            "q=laporan",
            f"sop={WRONG_DATA}",
            "keadaan=ended",
            "sisa=lewat",
            "q=0001",
            "dari=2020-01-01",
        )
    }

    assert found == {
        "": ["Perbaikan", "Laporan Kinerja"],
        "q=laporan": ["Laporan Kinerja"],
        f"sop={WRONG_DATA}": ["Perbaikan"],
        "keadaan=ended": [],
        "sisa=lewat": ["Perbaikan", "Laporan Kinerja"],
        "q=0001": ["Laporan Kinerja"],
        "dari=2020-01-01": ["Perbaikan", "Laporan Kinerja"],
    }


def test_the_filters_that_were_chosen_stay_in_the_form(app: Flask, walker: Walker) -> None:
    reach(app, BLITAR, "row_02")
    asked = {"q": "a & <b>", "keadaan": "running", "dari": "2026-11-01", "sop": BLITAR, "sisa": "lewat"}

    page = Page(walker.as_user("blitar.jfu").client.get("/berkas", query_string=asked))

    (form,) = page.tree.xpath("//form[contains(@class, 'filters')]")
    assert {name: value for name, value in form.form_values() if value} == asked


def test_a_case_says_where_it_is_and_what_follows(app: Flask, walker: Walker) -> None:
    case = returned(app)

    page = walker.as_user("blitar.jfu").get(f"/berkas/{case}")

    assert "Berkas sedang di Kasubbag Perencanaan" in page.main
    assert "Langkah 7, Menyusun draf dokumen." in page.main
    assert "1 kali dikembalikan" in page.main
    assert "Batalkan berkas" not in page.main
    assert page.tree.xpath("//svg[@role='img']")


def test_the_diagram_of_a_case_marks_what_was_done(app: Flask, walker: Walker) -> None:
    case = returned(app)

    page = walker.as_user("blitar.jfu").get(f"/berkas/{case}/diagram")

    (view,) = page.tree.find_class("diagram")
    assert view.get("data-bpmn-url") == f"/sop/{BLITAR}/bpmn?versi=1"
    assert '"row_07": "returned"' in view.get("data-marks")
    assert '"join_07": 2' in view.get("data-counts")


def test_the_board_leads_the_own_unit_to_its_task(app: Flask, walker: Walker) -> None:
    case = reach(app, NGANJUK, "row_04_bidang")
    address = f"/berkas/{case}/pengumpulan/row_04_bidang"

    mine, others = (walker.as_user(user).get(address) for user in ("nganjuk.bidang1", "nganjuk.penyusun"))

    assert mine.tree.xpath("//td[contains(@class, 'act')]/a/@href") == [
        walker.as_user("nganjuk.bidang1").inbox()[0].address
    ]
    assert others.tree.xpath("//td[contains(@class, 'act')]/a/@href") == []
    assert "0 dari 4 unit sudah menyerahkan" in mine.main


# Cancelling -----------------------------------------------------------------------------------------


def test_who_started_is_offered_to_cancel(app: Flask, walker: Walker) -> None:
    case = reach(app, NGANJUK, "row_02")
    visitor = walker.as_user("nganjuk.sekretaris")
    (link,) = visitor.get(f"/berkas/{case}").tree.xpath("//a[contains(@href, '/batal')]/@href")
    assert "Batalkan berkas ini?" in visitor.get(link).main

    sent = visitor.post(link, {"alasan": "Permintaan dicabut OPD."})

    assert (sent.status, sent.location) == (303, f"/berkas/{case}")
    page = visitor.get(f"/berkas/{case}")
    assert "Berkas dibatalkan Permintaan dicabut OPD." in page.main
    assert page.tree.xpath("//a[contains(@href, '/batal')]") == []
    assert walker.as_user("nganjuk.kasubbag").inbox() == []
    with app.app_context():
        assert not instances.may_cancel(Player().actor("nganjuk.sekretaris"), case)
