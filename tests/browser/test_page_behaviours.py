"""What JavaScript adds to a page, and that nothing is missing without it."""

import re
from collections.abc import Callable
from functools import partial, wraps
from pathlib import Path
from threading import Event, Semaphore
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import update

from service import participants
from service.models import Session, Task, db
from tests import answers
from tests.browser.people import Person
from tests.conftest import NewPage
from tests.walking import Player

Seat = Callable[..., Person]
MAIN = answers.BLITAR
SHEET = "Mengisi data Bidang"
REQUEST = "Mengirim nota permintaan ke Bidang"
REVIEW = "Memeriksa draf dan memutuskan"


class SlowLine:
    """A view that acts at once and whose answer arrives when it is let through."""

    def __init__(self, act: Callable[..., Any]) -> None:
        self.acted = Semaphore(0)
        self.through = Event()
        self.count = 0

        @wraps(act)
        def view(**address: object) -> Any:  # noqa: ANN401 - whatever the view returns
            answer = act(**address)
            self.count += 1
            self.acted.release()
            assert self.through.wait(15)
            return answer

        self.view = view

    def wait(self) -> None:
        """Wait until it has acted."""
        assert self.acted.acquire(timeout=15)


@pytest.fixture
def requested(player: Player) -> Task:
    """Bring a case to the Sekretaris who asks for data."""
    return player.task(player.reach(MAIN, "row_03"), "row_03")


@pytest.fixture
def collecting(player: Player) -> Task:
    """Bring a case to the data sheets of the Bidang."""
    return player.task(player.reach(MAIN, "row_04_bidang"), "row_04_bidang", "bidang2")


@pytest.fixture
def reviewed(player: Player) -> Task:
    """Bring a case to the Sekretaris who decides on a draft."""
    return player.task(player.reach(MAIN, "row_09"), "row_09")


def _pdf(folder: Path, name: str) -> Path:
    file = folder / name
    file.write_bytes(answers.content(name))
    return file


def _files(row: Locator) -> Locator:
    return row.get_by_role("link").filter(has_text=".pdf")


def _focus(page: Page) -> str:
    return str(page.evaluate("document.activeElement.name || document.activeElement.className"))


@pytest.mark.usefixtures("requested")
def test_rows_come_and_go_with_the_focus(person: Seat) -> None:
    sekretaris = person("blitar.sekretaris")
    page = sekretaris.page
    sekretaris.open(REQUEST)

    page.get_by_label("Nomor nota dinas").fill("050/7")
    page.get_by_label("Indikator", exact=True).fill("Anak terlantar")
    page.get_by_role("button", name="Tambah baris").click()

    expect(page.locator("#isian fieldset.ind")).to_have_count(2)
    expect(page.get_by_label("Indikator", exact=True).nth(1)).to_be_focused()
    page.keyboard.type("Lanjut usia terlantar")

    page.get_by_role("button", name="Hapus baris 1").click()

    expect(page.locator("#isian fieldset.ind")).to_have_count(1)
    expect(page.get_by_label("Indikator", exact=True)).to_have_value("Lanjut usia terlantar")
    expect(page.get_by_role("button", name="Tambah baris")).to_be_focused()
    expect(page.get_by_label("Nomor nota dinas")).to_have_value("050/7")


@pytest.mark.usefixtures("requested")
def test_rows_come_and_go_without_javascript(person: Seat) -> None:
    sekretaris = person("blitar.sekretaris", 360, javascript=False)
    page = sekretaris.page
    sekretaris.open(REQUEST)

    page.get_by_label("Indikator", exact=True).fill("Anak terlantar")
    page.get_by_role("button", name="Tambah baris").click()
    page.get_by_role("button", name="Tambah baris").click()
    page.get_by_role("button", name="Hapus baris 2").click()

    expect(page.locator("#isian fieldset.ind")).to_have_count(2)
    expect(page.get_by_label("Indikator", exact=True).first).to_have_value("Anak terlantar")

    page.get_by_label("Indikator", exact=True).first.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text(REQUEST)
    expect(page.get_by_label("Indikator", exact=True).first).to_have_value("Anak terlantar")


@pytest.mark.usefixtures("collecting")
def test_files_are_sent_at_once_and_typed_text_stays(person: Seat, tmp_path: Path) -> None:
    bidang = person("blitar.bidang2")
    page = bidang.page
    bidang.open(SHEET)
    first_row = page.locator("#isian fieldset.ind").first

    first_row.get_by_label("Realisasi").fill("94,10")
    first_row.locator("input[type=file]").set_input_files([_pdf(tmp_path, "satu.pdf"), _pdf(tmp_path, "dua.pdf")])
    first_row.get_by_label("Catatan").fill("Menurut rekap panti.")

    expect(_files(first_row)).to_have_text(["satu.pdf", "dua.pdf"])
    first_row.get_by_role("button", name="Hapus satu.pdf").click()
    page.get_by_role("button", name="Lanjutkan nanti").click()
    page.wait_for_url("**/tugas")
    bidang.open(SHEET)

    expect(_files(first_row)).to_have_text(["dua.pdf"])
    expect(first_row.get_by_label("Realisasi")).to_have_value("94,10")
    expect(first_row.get_by_label("Catatan")).to_have_value("Menurut rekap panti.")


@pytest.mark.usefixtures("collecting")
def test_file_chosen_while_the_questions_came_anew_is_sent(person: Seat, tmp_path: Path) -> None:
    bidang = person("blitar.bidang2")
    page = bidang.page
    bidang.open(SHEET)
    first_row = page.locator("#isian fieldset.ind").first
    first_row.evaluate("row => row.classList.add('before')")

    first_row.get_by_label("Realisasi").fill("94,10")
    with page.expect_file_chooser() as opened:
        first_row.locator(".drop").click()
    expect(page.locator("#isian .before")).to_have_count(0)
    opened.value.set_files(_pdf(tmp_path, "satu.pdf"))

    expect(_files(first_row)).to_have_text(["satu.pdf"])


@pytest.mark.usefixtures("collecting")
def test_refused_file_says_why_and_changes_nothing(person: Seat, tmp_path: Path, page_problems: list[str]) -> None:
    bidang = person("blitar.bidang2")
    bidang.open(SHEET)
    wrong = tmp_path / "bukan.pdf"
    wrong.write_text("ini bukan PDF")

    bidang.page.locator("input[type=file]").first.set_input_files(wrong)

    expect(bidang.page.get_by_role("alert")).to_contain_text("bukan.pdf")
    expect(bidang.page.locator("#isian a[href*='/lampiran/']")).to_have_count(0)
    page_problems.clear()  # the browser notes the refusal of the server


@pytest.mark.usefixtures("collecting")
def test_file_that_is_too_large_is_not_even_sent(person: Seat, tmp_path: Path) -> None:
    bidang = person("blitar.bidang2")
    bidang.open(SHEET)
    large = tmp_path / "besar.pdf"
    large.write_bytes(b"%PDF-1.4" + bytes(14_000_000))

    bidang.page.locator("input[type=file]").first.set_input_files(large)

    expect(bidang.page.get_by_role("alert")).to_have_text("Berkas 14 MB melebihi batas 10 MB dan tidak diunggah.")


def _shown(control: Locator) -> bool:
    return bool(control.evaluate("input => input.getBoundingClientRect().width > 1"))


def test_files_of_an_upload_are_told_by_name_and_chosen_by_key(
    person: Seat, tmp_path: Path, page_problems: list[str]
) -> None:
    analyst = person("analis", 360)
    page = analyst.page
    page.on("filechooser", lambda _: None)  # from now on the browser asks us, and not only once a key is pressed
    page.goto(f"{analyst.site}/sop/unggah")
    (tmp_path / "a.bpmn").write_text("<a/>" * 400)
    (tmp_path / "b.form").write_text("{}")
    control = page.get_by_label("Berkas diagram dan formulir")
    chosen = page.locator(".chosen[role=status]")

    control.focus()
    with page.expect_file_chooser() as opened:
        page.keyboard.press("Enter")
    opened.value.set_files([tmp_path / "a.bpmn", tmp_path / "b.form"])

    expect(chosen.locator(".file")).to_have_text(["a.bpmn2 KB", "b.form2 B"])
    assert not _shown(control)
    page.get_by_role("button", name="Periksa dan pasang").click()
    expect(page.get_by_role("alert")).to_contain_text("a.bpmn, b.form")
    expect(chosen).to_be_empty()
    page_problems.clear()  # the browser notes the refusal of the server


def test_file_of_an_upload_is_chosen_and_told_without_javascript(person: Seat, tmp_path: Path) -> None:
    (tmp_path / "kantor.xlsx").write_text("x")
    admin = person("admin", 360, javascript=False)
    page = admin.page
    page.goto(f"{admin.site}/organisasi/lembar")
    control = page.get_by_label("Pilih berkas XLSX atau ZIP")
    assert not _shown(control), "it would say in the words of the browser that nothing is chosen"

    with page.expect_file_chooser() as opened:
        page.locator(".drop").click()
    opened.value.set_files(tmp_path / "kantor.xlsx")

    assert _shown(control)
    page.get_by_role("button", name="Periksa perubahan").click()
    expect(page.get_by_role("alert")).to_contain_text("Tidak ada yang berubah.")


@pytest.mark.usefixtures("collecting")
def test_a_page_says_that_somebody_else_signed_in_beside_it(person: Seat, page_problems: list[str]) -> None:
    bidang = person("blitar.bidang2")
    page = bidang.page
    bidang.open(SHEET)
    page.context.clear_cookies()
    Person(page.context.new_page(), bidang.site, "blitar.kadis", bidang.folder).sign_in()

    page.get_by_role("button", name="Kirim", exact=True).click()

    expect(page.locator("#sesi")).to_contain_text("Orang lain masuk di perangkat ini.")
    page_problems.clear()  # the browser notes the refusals of the server


@pytest.mark.usefixtures("collecting")
def test_typed_text_outlives_the_session(person: Seat, page_problems: list[str]) -> None:
    bidang = person("blitar.bidang2")
    page = bidang.page
    page.clock.install()
    bidang.open(SHEET)
    note = page.get_by_label("Catatan untuk Kasubbag")
    page.context.clear_cookies()

    note.fill("Diketik setelah sesi berakhir")
    page.clock.run_for(21_000)
    expect(page.get_by_text("Sesi berakhir.")).to_be_visible()

    other = Person(page.context.new_page(), bidang.site, bidang.user_name, bidang.folder)
    other.sign_in()
    page.clock.run_for(21_000)
    expect(page.get_by_text("Sesi berakhir.")).to_be_hidden()
    page.clock.run_for(21_000)
    expect(page.locator("#simpan")).to_contain_text("Draf tersimpan")
    page_problems.clear()  # the browser notes the refusals of the server

    other.open(SHEET)
    expect(other.page.get_by_label("Catatan untuk Kasubbag")).to_have_value("Diketik setelah sesi berakhir")


@pytest.mark.usefixtures("collecting")
def test_a_file_that_outlived_the_session_is_sent_with_one_press(
    person: Seat, tmp_path: Path, page_problems: list[str]
) -> None:
    bidang = person("blitar.bidang2", 360)
    page = bidang.page
    bidang.open(SHEET)
    page.context.clear_cookies()
    page.locator("#isian fieldset.ind input[type=file]").first.set_input_files(_pdf(tmp_path, "satu.pdf"))
    again = page.get_by_role("button", name="Coba lagi")
    expect(again).to_be_visible()
    expect(page.get_by_text("Sesi berakhir.")).to_be_visible()

    Person(page.context.new_page(), bidang.site, bidang.user_name, bidang.folder).sign_in()
    again.click()

    expect(page.get_by_role("link", name="satu.pdf", exact=True)).to_be_visible()
    expect(page.get_by_text("Sesi berakhir.")).to_be_hidden()
    page_problems.clear()  # the browser notes the refusals of the server


def test_draft_is_kept_by_itself_after_a_silence_of_the_network_too_until_its_task_is_closed(
    player: Player, person: Seat, collecting: Task, page_problems: list[str]
) -> None:
    bidang = person("blitar.bidang2")
    page = bidang.page
    page.clock.install()
    bidang.open(SHEET)
    note = page.get_by_label("Catatan untuk Kasubbag")

    note.fill("Satu")
    page.clock.run_for(21_000)
    expect(page.locator("#simpan")).to_contain_text("Draf tersimpan")

    page.route("**/draf", lambda route: route.abort())
    note.fill("Dua")
    page.clock.run_for(21_000)
    expect(page.get_by_text("Jaringan terputus.")).to_be_visible()

    page.unroute("**/draf")
    page.clock.run_for(21_000)
    expect(page.get_by_text("Jaringan terputus.")).to_be_hidden()
    bidang.open(SHEET)
    expect(note).to_have_value("Dua")

    participants.withdraw(player.actor("blitar.kadis"), collecting.id, "Tidak jadi diminta.", player.now)
    note.fill("Tiga")
    page.clock.run_for(21_000)
    expect(page.locator("#simpan")).to_contain_text(
        "tidak tersimpan lagi di server. Tugas ini ditutup sebelum selesai."
    )
    page_problems.clear()  # the browser notes the lost request and the refused one


@pytest.mark.usefixtures("reviewed")
def test_reason_sheet_by_keyboard(person: Seat) -> None:
    sekretaris = person("blitar.sekretaris")
    page = sekretaris.page
    sekretaris.open(REVIEW)
    sheet = page.get_by_role("dialog")

    page.keyboard.press("s")
    expect(page.get_by_role("button", name="Setuju")).to_be_focused()
    page.keyboard.press("r")
    expect(page.get_by_role("link", name="Kembalikan")).to_be_focused()
    page.keyboard.press("Enter")
    expect(sheet).to_be_visible()

    sheet.get_by_label("Alasan").fill("Tabel belum sama.")
    expect(sheet).to_contain_text("17 dari 1.000 huruf.")
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(page.get_by_role("link", name="Kembalikan")).to_be_focused()

    page.keyboard.press("Enter")
    expect(sheet.get_by_label("Alasan")).to_have_value("Tabel belum sama.")


@pytest.mark.usefixtures("reviewed")
@pytest.mark.parametrize("javascript", [True, False])
def test_return_without_a_reason_opens_the_sheet_again(
    person: Seat, page_problems: list[str], *, javascript: bool
) -> None:
    sekretaris = person("blitar.sekretaris", 360, javascript=javascript)
    page = sekretaris.page
    sekretaris.open(REVIEW)
    sheet = page.get_by_role("dialog")

    page.get_by_role("link", name="Kembalikan").click()
    sheet.get_by_label("Tabel capaian").check()
    sheet.get_by_role("button", name="Kembalikan").click()

    expect(sheet.get_by_text("Tuliskan alasan agar")).to_be_visible()
    expect(sheet.get_by_label("Tabel capaian")).to_be_checked()
    page_problems.clear()  # the browser notes the 422

    sheet.get_by_label("Alasan").fill("Tabel belum sama dengan RKA. Mohon diperiksa.")
    sheet.get_by_role("button", name="Kembalikan").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Kotak tugas")
    expect(page.get_by_role("status").filter(has_text="dikembalikan ke")).to_be_visible()


@pytest.mark.parametrize("width", [360, 1280])
def test_what_is_wrong_far_below_is_shown(person: Seat, width: int, page_problems: list[str]) -> None:
    admin = person("admin", width)
    admin.act_for("Dinas Sosial Kabupaten Blitar")
    page = admin.page
    page.goto(f"{admin.site}/hari-kerja")
    page.get_by_role("textbox", name="Nama hari libur").fill("Hari jadi daerah")
    page.get_by_role("textbox", name="Nama hari libur").press("Enter")

    day = page.locator("#add-day-day")
    expect(day).to_have_attribute("aria-invalid", "true")
    expect(day).to_be_focused()
    expect(day).to_be_in_viewport()
    page_problems.clear()  # the browser notes the 422


def test_a_spreadsheet_that_is_refused_says_so_to_who_does_not_see_it(
    person: Seat, tmp_path: Path, page_problems: list[str]
) -> None:
    page = (admin := person("admin")).page
    admin.act_for("Dinas Sosial Kabupaten Blitar")
    page.goto(f"{admin.site}/organisasi/lembar")
    (sheet := tmp_path / "organisasi.xlsx").write_bytes(b"no spreadsheet")

    page.get_by_label("Pilih berkas").set_input_files(sheet)
    page.get_by_role("button", name="Periksa perubahan").click()

    expect(page.get_by_role("alert").filter(has_text="Tidak ada yang berubah.")).to_be_focused()
    page_problems.clear()  # the browser notes the 422


def test_keys_move_between_tasks(person: Seat, player: Player) -> None:
    for title in ("Berkas satu", "Berkas dua"):
        player.reach(MAIN, "row_02", title)
    sekretaris = person("blitar.sekretaris")
    page = sekretaris.page
    tasks = page.locator(".inbox h3 a")

    page.keyboard.press("j")
    expect(tasks.nth(0)).to_be_focused()
    page.keyboard.press("j")
    expect(tasks.nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(tasks.nth(0)).to_be_focused()

    page.get_by_label("Cari berkas").focus()
    page.keyboard.press("j")
    expect(page.get_by_label("Cari berkas")).to_have_value("j")


def test_who_signs_is_led_to_the_password(app: Flask, person: Seat, player: Player, page_problems: list[str]) -> None:
    signature = player.task(player.reach(MAIN, "row_10"), "row_10")
    head = person("blitar.kadis", 360)
    with app.app_context():
        db.session.execute(update(Session).values(confirmed_at=None))
        db.session.commit()
    head.page.goto(f"{head.site}/tugas/{signature.id}")
    head.fill(MAIN, "row_10")

    head.page.get_by_role("button", name="Setuju", exact=True).click()
    password = head.page.get_by_label("Kata sandi Anda")
    expect(password).to_be_focused()
    expect(password).to_have_accessible_description(re.compile("Tulis kata sandi Anda untuk menandatangani."))
    password.fill("laksana")
    head.send("Setuju")

    assert "kata_sandi" not in head.page.evaluate("JSON.stringify(localStorage)")
    assert [problem for problem in page_problems if "422" not in problem] == []
    page_problems.clear()


@pytest.fixture
def slow_line(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], SlowLine]:
    """Hold the answers of a view back after it has acted."""

    def slow_line(endpoint: str) -> SlowLine:
        line = SlowLine(app.view_functions[endpoint])
        monkeypatch.setitem(app.view_functions, endpoint, line.view)
        return line

    return slow_line


def _finger(button: Locator) -> Callable[[], None]:
    """Return how to tap a button, which waits for no page."""
    button.scroll_into_view_if_needed()
    box = button.bounding_box()
    assert box is not None
    return partial(button.page.mouse.click, box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def test_a_form_that_is_tapped_twice_on_a_slow_line_acts_once(
    person: Seat, slow_line: Callable[[str], SlowLine]
) -> None:
    admin = person("admin")
    page = admin.page
    line = slow_line("account.make_token")
    page.goto(f"{admin.site}/akun")
    page.get_by_label("Nama program").fill("dasbor")
    tap = _finger(page.get_by_role("button", name="Buat token"))

    tap()
    line.wait()
    tap()
    line.through.set()

    expect(page.get_by_label("Token baru")).to_be_visible()
    assert line.count == 1


def test_english_and_back(person: Seat) -> None:
    page = person("blitar.sekretaris").page

    page.locator(".nav-foot").get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Inbox")
    expect(page.locator("html")).to_have_attribute("lang", "en")

    page.locator(".nav-foot").get_by_role("button", name="Indonesia").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Kotak tugas")


IS_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


def test_a_page_that_moves_is_there_at_once(person: Seat) -> None:
    page = person("blitar.kadis", 360).page
    page.goto(f"{page.url.rpartition('/')[0]}/mulai/{MAIN}")

    assert page.evaluate("scrollTo(0, 300), scrollY") == 300


def test_no_page_scrolls_sideways(person: Seat, player: Player) -> None:
    case = player.reach(MAIN, "row_09")
    sheets = player.task(player.reach(MAIN, "row_04_bidang"), "row_04_bidang", "sekretariat")
    task = player.task(case, "row_09")
    sekretaris = person("blitar.sekretaris")
    page = sekretaris.page

    wide = []
    for address in (
        "/tugas",
        f"/tugas/{task.id}",
        f"/tugas/{sheets.id}",
        f"/tugas/{task.id}?kembali=kembalikan",
        "/berkas",
        f"/berkas/{case}",
        f"/berkas/{sheets.instance_id}/pengumpulan/row_04_bidang",
        f"/berkas/{case}/batal",
        "/mulai",
        "/sop",
        f"/sop/{MAIN}",
    ):
        page.goto(f"{sekretaris.site}{address}")
        for width in (320, 360, 768, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            if page.evaluate(IS_WIDE):
                wide.append((address, width))

    assert wide == []


def test_a_word_without_spaces_makes_no_page_wider(person: Seat, player: Player) -> None:
    word = "LKjIP_Dinas_Sosial_Kabupaten_Blitar_Tahun_2026_final_revisi3"
    case = player.reach(MAIN, "row_09", title=word)
    task = player.task(case, "row_09")
    sekretaris = person("blitar.sekretaris", 360)
    page = sekretaris.page

    wide = []
    for address in (
        "/tugas",
        f"/tugas?q={word}x",
        f"/tugas/{task.id}",
        "/berkas",
        f"/berkas?q={word}x",
        f"/berkas/{case}",
        f"/berkas/{case}/kelengkapan",
        f"/berkas/{case}/batal",
        "/pemberitahuan",
    ):
        page.goto(f"{sekretaris.site}{address}")
        if page.evaluate(IS_WIDE):
            wide.append(address)

    assert wide == []


def test_paper_shows_nothing_to_press_or_fill_in(person: Seat, player: Player) -> None:
    case = player.reach(MAIN, "row_04")
    head = person("blitar.kadis")
    for address, told in ((f"/berkas/{case}", "Catatan berkas"), (f"/sop/{MAIN}", "Tabel langkah")):
        head.page.emulate_media(media="screen")
        head.page.goto(f"{head.site}{address}")
        shown = head.page.locator("main").locator("button, select, textarea, .btn").filter(visible=True)
        expect(shown).not_to_have_count(0)
        head.page.emulate_media(media="print")
        expect(shown).to_have_count(0)
        expect(head.page.get_by_role("heading", name=told)).to_be_visible()


@pytest.mark.parametrize("javascript", [True, False])
def test_paper_has_the_whole_history(person: Seat, player: Player, *, javascript: bool) -> None:
    case = player.reach(MAIN, "row_08")
    head = person("blitar.kadis", javascript=javascript)
    head.page.goto(f"{head.site}/berkas/{case}")
    first = head.page.locator(".log li").filter(has_text="Memulai berkas")
    expect(first).to_be_hidden()

    head.page.emulate_media(media="print")
    if javascript:
        head.page.evaluate("dispatchEvent(new Event('beforeprint'))")

    expect(first).to_be_visible()
    box, whole = first.bounding_box(), head.page.locator(".earlier").bounding_box()
    assert box
    assert whole
    assert whole["y"] < box["y"] < box["y"] + box["height"] <= whole["y"] + whole["height"] + 1


@pytest.mark.parametrize(("by", "javascript"), [("list", True), ("list", False), ("address", True)])
def test_going_back_to_the_form_of_a_case_begins_no_second_one(person: Seat, by: str, *, javascript: bool) -> None:
    head = person("blitar.kadis", javascript=javascript)
    if by == "list":
        head.page.goto(f"{head.site}/mulai")
        head.page.locator(f"main a[href^='/mulai/{MAIN}']").click()
    else:
        head.page.goto(f"{head.site}/mulai/{MAIN}")
    head.fill(MAIN, "mulai")
    head.page.get_by_role("button", name="Mulai berkas").click()
    title = head.page.get_by_role("heading", level=1)
    expect(title).to_have_text(str(answers.for_element(MAIN, "mulai")["judul"]))
    case = head.page.url

    head.page.go_back()

    expect(head.page.get_by_role("button", name="Mulai berkas")).to_have_count(0)
    head.page.get_by_role("link", name="Buka berkas").click()
    expect(head.page).to_have_url(case)


def test_whoever_belongs_to_several_offices_makes_no_page_wider(person: Seat) -> None:
    admin = person("admin", 360)

    admin.page.goto(f"{admin.site}/orang/analis")

    expect(admin.page.get_by_text("juga di").first).to_be_visible()
    assert not admin.page.evaluate(IS_WIDE)


def test_larger_text_breaks_a_button_rather_than_widen_its_page(person: Seat) -> None:
    page = person("blitar.kadis", 320).page
    page.goto(page.url.replace("/tugas", "/pemberitahuan/pengaturan"))

    page.evaluate("document.documentElement.style.fontSize = '200%'")

    expect(page.get_by_role("button", name="Buat alamat kalender")).to_be_visible()
    assert not page.evaluate(IS_WIDE)


def test_larger_text_keeps_the_navigation_within_reach(person: Seat) -> None:
    admin = person("admin", 360)
    page = admin.page
    page.goto(f"{admin.site}/organisasi")
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    last = page.locator(".nav-main li").last

    last.scroll_into_view_if_needed()
    box = last.bounding_box()

    assert box is not None
    assert box["x"] + box["width"] <= 360
    page.set_viewport_size({"width": 1280, "height": 800})
    assert page.locator(".topbar").evaluate("bar => bar.scrollWidth <= bar.clientWidth")


def test_escape_closes_the_menu_and_keeps_the_place(person: Seat) -> None:
    page = person("blitar.sekretaris").page
    button = page.locator("details.post-menu summary")
    button.click()
    page.get_by_role("link", name="Akun saya").focus()

    page.keyboard.press("Escape")

    expect(page.get_by_role("link", name="Akun saya")).to_be_hidden()
    expect(button).to_be_focused()


def test_a_performer_with_a_long_name_makes_no_page_wider(person: Seat) -> None:
    kadis = person("nganjuk.kadis")
    kadis.page.set_viewport_size({"width": 360, "height": 800})

    kadis.page.goto(f"{kadis.site}/sop/{answers.NGANJUK}")

    expect(kadis.page.locator("#tabel")).to_contain_text("Penyusun Bahan Evaluasi, Rencana, Program dan Laporan")
    assert not kadis.page.evaluate(IS_WIDE)


def test_a_wide_table_can_be_scrolled_by_keys(person: Seat, player: Player) -> None:
    process, element = answers.NGANJUK, "row_06"
    task = player.task(player.reach(process, element), element)
    kasubbag = person(player.performer(task).user_name)
    page = kasubbag.page
    page.goto(f"{kasubbag.site}/tugas/{task.id}")
    table = page.get_by_role("region", name="Data yang terkumpul, dapat digulir ke samping")
    assert table.evaluate("box => box.scrollWidth > box.clientWidth")

    table.focus()
    page.keyboard.press("ArrowRight")

    page.wait_for_function("box => box.scrollLeft > 0", arg=table.element_handle())


def _wrong(page: Page) -> list[str]:
    """Return what a refused form still calls wrong on top, after the sentence that counts it."""
    summary = page.locator("#perlu-diperbaiki")
    return [*summary.locator("h2").all_inner_texts(), *summary.locator("li").all_inner_texts()]


@pytest.mark.usefixtures("requested")
@pytest.mark.parametrize("width", [360, 1280])
def test_what_was_refused_goes_where_it_is_mended(
    person: Seat, width: int, page_problems: list[str], picture: Callable[[Page, str], Path]
) -> None:
    sekretaris = person("blitar.sekretaris", width)
    page = sekretaris.page
    sekretaris.open(REQUEST)
    page.get_by_label("Indikator", exact=True).fill("Anak terlantar")
    page.get_by_role("button", name="Tambah baris").click()
    page.get_by_label("Indikator", exact=True).nth(1).fill("Lanjut usia terlantar")
    for unit in page.get_by_role("group", name="Unit yang diminta").get_by_role("checkbox").all():
        unit.uncheck()
    page.get_by_role("button", name="Kirim", exact=True).click()
    expect(page.locator("#perlu-diperbaiki")).to_be_focused()
    kept = "Yang sudah Anda isi tetap tersimpan."
    assert _wrong(page) == [
        f"Empat isian perlu diperbaiki. {kept}",
        "Baris 1, Satuan: Wajib diisi.",
        "Baris 2, Satuan: Wajib diisi.",
        "Baris 2, Diminta kepada: Wajib diisi.",
        "Unit yang diminta: Wajib diisi.",
    ]

    units = page.get_by_role("group", name="Unit yang diminta")
    units.get_by_role("checkbox").first.check()  # an answer with which the server draws the questions again
    expect(units.get_by_text("Wajib diisi.")).to_have_count(0)
    unit = page.get_by_label("Satuan").first
    expect(unit).to_have_attribute("aria-invalid", "true")
    unit.fill("persen")
    expect(unit).not_to_have_attribute("aria-invalid", "true")
    expect(unit).not_to_have_attribute("aria-describedby", re.compile("salah"))
    picture(page, f"half-mended-{width}")
    assert _wrong(page) == [
        f"Dua isian perlu diperbaiki. {kept}",
        "Baris 2, Satuan: Wajib diisi.",
        "Baris 2, Diminta kepada: Wajib diisi.",
    ]
    page.get_by_role("button", name="Hapus baris 1").click()
    expect(page.locator("#isian fieldset.ind")).to_have_count(1)
    expect(page.locator("#perlu-diperbaiki li").first).to_have_text("Baris 1, Satuan: Wajib diisi.")
    expect(page.get_by_label("Satuan")).to_have_accessible_description(re.compile("Wajib diisi.$"))
    page.get_by_label("Satuan").fill("persen")
    page.get_by_label("Diminta kepada").select_option(index=1)

    expect(page.locator("#perlu-diperbaiki")).to_be_hidden()
    expect(page.locator("#isian .field-note.err")).to_have_count(0)
    sekretaris.send()
    page_problems.clear()  # the browser notes the refused form


def test_a_page_of_an_admin_stops_calling_wrong_what_is_mended(person: Seat, page_problems: list[str]) -> None:
    admin = person("admin")
    admin.act_for("Dinas Sosial Kabupaten Blitar")
    page = admin.page
    page.goto(f"{admin.site}/organisasi/jabatan-baru")
    page.get_by_role("button", name="Tambah jabatan").click()
    told = page.get_by_role("alert").filter(has_text="Periksa isian yang ditandai.")
    expect(told).to_be_visible()
    code = page.get_by_label("Kode")
    expect(code).to_have_attribute("aria-invalid", "true")

    page.get_by_label("Nama jabatan").fill("Kepala Subbagian Umum")
    code.fill("kasubbag_umum")

    expect(code).not_to_have_attribute("aria-invalid", "true")
    expect(page.locator(".field-note.err")).to_have_count(0)
    expect(told).to_be_hidden()
    page_problems.clear()  # the browser notes the refused form


def test_a_file_that_was_lacking_is_not_called_so_once_it_is_there(
    person: Seat, player: Player, tmp_path: Path, page_problems: list[str]
) -> None:
    player.reach(MAIN, "row_07")
    kasubbag = person("blitar.kasubbag")
    page = kasubbag.page
    kasubbag.open("Menyusun draf dokumen")
    page.get_by_role("button", name="Kirim", exact=True).click()
    expect(page.locator("#perlu-diperbaiki")).to_be_focused()
    draft = page.locator(".uploads", has_text="Berkas draf")
    expect(draft.get_by_text("Wajib diisi.")).to_be_visible()

    draft.locator("input[type=file]").set_input_files(_pdf(tmp_path, "draf.pdf"))

    expect(draft.get_by_role("link", name="draf.pdf", exact=True)).to_be_visible()
    expect(draft.get_by_text("Wajib diisi.")).to_have_count(0)
    expect(draft.locator("input[type=file]")).not_to_have_attribute("aria-invalid", "true")
    assert _wrong(page)[1:] == ["Ringkasan: Wajib diisi."]
    page_problems.clear()  # the browser notes the refused form


def test_sign_in_page_helps_without_naming_what_was_wrong(
    site: str, new_page: NewPage, page_problems: list[str]
) -> None:
    page = new_page(360)
    page.goto(f"{site}/masuk")
    page.get_by_label("Kata sandi", exact=True).fill("salah")
    page.get_by_role("button", name="Tampilkan").click()
    expect(page.get_by_label("Kata sandi", exact=True)).to_have_attribute("type", "text")

    page.get_by_label("Nama pengguna").fill("blitar.kadis")
    page.get_by_role("button", name="Masuk").click()

    expect(page.get_by_role("alert")).to_contain_text("Nama pengguna atau kata sandi tidak cocok.")
    expect(page.get_by_label("Nama pengguna")).to_have_value("blitar.kadis")
    page_problems.clear()  # the browser notes the 401


@pytest.mark.usefixtures("collecting")
def test_a_finger_moves_the_diagram_up_and_down_and_then_the_page(person: Seat) -> None:
    page = person("blitar.kadis", 360).page
    page.goto(f"{page.url.rpartition('/')[0]}/berkas")
    page.locator("main a[href^='/berkas/']").first.click()
    page.get_by_role("link", name="Buka diagram BPMN").click()
    surface, first = page.locator(".diagram-canvas"), page.locator(".diagram-canvas .djs-shape").first
    expect(first).to_be_attached()
    page.get_by_role("button", name="Perbesar").click()
    surface.scroll_into_view_if_needed()

    def tops() -> tuple[float, float]:
        lanes = page.locator(".diagram-canvas .djs-shape").evaluate_all(
            "shapes => Math.min(...shapes.map(shape => shape.getBoundingClientRect().top))"
        )
        return lanes, surface.evaluate("surface => surface.getBoundingClientRect().top")

    assert tops()[0] < tops()[1]  # the lanes above are out of sight
    for _ in range(5):
        _draw_down(page, surface, 200)

    lanes, frame = tops()
    assert lanes >= frame - 1
    assert page.evaluate("scrollY") == 0


def _draw_down(page: Page, surface: Locator, length: int) -> None:
    """Draw one finger down over something."""
    box = surface.bounding_box()
    assert box
    x, top = box["x"] + box["width"] / 2, max(box["y"], 0) + 60
    touch = page.context.new_cdp_session(page)
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": top}]})
    for way in range(20, length + 1, 20):
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x, "y": top + way}]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
