"""Typed text and chosen files outlive a killed tab, an ended session, a dead server and a lost line."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Locator, Page, Route, expect
from sqlalchemy import update

from service import deployments
from service.deployments import File
from service.models import Session, Task, db
from tests import answers, stage
from tests.browser.people import Person
from tests.drafting import OFFICE, Sketch
from tests.engine.drawing import definitions, end, line, process, start, task
from tests.walking import Player

Seat = Callable[..., Person]
SHEET = "Mengisi data Bidang"
NOTE = "Catatan untuk Kasubbag"
TYPED = "Diketik sebelum semuanya putus"
ONE = process(start(), task("satu"), end(), line("mulai", "satu", "selesai"))
ROWS = {
    "type": "default", "id": "isian", "schemaVersion": 19,
    "components": [
        {"type": "dynamiclist", "id": "f1", "path": "baris", "label": "Baris", "allowAddRemove": True,
         "components": [{"type": "filepicker", "id": "f2", "key": "bukti", "label": "Bukti", "accept": ".pdf"}]},
    ],
}  # fmt: skip


@pytest.fixture
def collecting(player: Player) -> Task:
    """Bring a case to the data sheets of the Bidang."""
    return player.task(player.reach(answers.BLITAR, "row_04_bidang"), "row_04_bidang", "bidang2")


@pytest.fixture
def reviewed(player: Player) -> Task:
    """Bring a case to the Sekretaris who decides on a draft."""
    return player.task(player.reach(answers.BLITAR, "row_09"), "row_09")


@pytest.fixture
def bidang(person: Seat, collecting: Task, page_problems: list[str]) -> Iterator[Person]:
    """Sit somebody down at a data sheet; what the browser says about requests that fail is expected here."""
    sitting = person("blitar.bidang2")
    sitting.page.goto(f"{sitting.site}/tugas/{collecting.id}")
    yield sitting
    page_problems[:] = [problem for problem in page_problems if not problem.startswith("console:")]


def copies(page: Page) -> list[str]:
    """Return the names of the copies on this device."""
    return list(page.evaluate("Object.keys(localStorage).filter((name) => name.startsWith('laksana.draf:'))"))


def kept(page: Page, text: str = TYPED) -> None:
    """Wait until a text is kept on the device."""
    page.evaluate(
        """(text) => new Promise((done, fail) => {
            setTimeout(() => fail(new Error("never kept")), 15_000);
            const look = () => JSON.stringify(localStorage).includes(text) ? done() : setTimeout(look, 20);
            look();
        })""",
        text,
    )


def type_and_wait(page: Page, text: str = TYPED) -> None:
    page.get_by_label(NOTE).fill(text)
    kept(page, text)


def set_clock(page: Page, **ahead: float) -> None:
    """Set the clock of a device, so that two times can be told apart."""
    page.clock.set_system_time(datetime.now(UTC) + timedelta(**ahead))


def told_times(page: Page) -> list[str]:
    """Return the times that the page names of two copies."""
    return re.findall(r"\(([^)]+)\)", page.locator("#salinan").inner_text())


def test_typed_text_comes_back_after_a_killed_tab(bidang: Person) -> None:
    page = bidang.page
    type_and_wait(page)
    page.route("**/draf", lambda route: route.abort())
    page.evaluate("navigator.sendBeacon = () => false")  # or the server has it from the closing page
    page.close(run_before_unload=False)

    again = Person(page.context.new_page(), bidang.site, bidang.user_name, bidang.folder)
    again.open(SHEET)

    expect(again.page.get_by_label(NOTE)).to_have_value(TYPED)
    again.page.reload()
    expect(again.page.get_by_label(NOTE)).to_have_value(TYPED)


def test_a_copy_of_another_day_is_told_with_its_day(bidang: Person) -> None:
    page = bidang.page
    page.route("**/draf", lambda route: route.abort())
    page.evaluate("navigator.sendBeacon = () => false")
    type_and_wait(page)
    page.evaluate(
        """(name) => {
            const copy = JSON.parse(localStorage.getItem(name));
            localStorage.setItem(name, JSON.stringify({ ...copy, at: Date.UTC(2026, 9, 30, 6, 40) }));
        }""",
        copies(page)[0],
    )

    page.reload()

    expect(page.get_by_label(NOTE)).to_have_value(TYPED)
    assert told_times(page) == ["Jum 30 Okt 13.40"]


def test_a_draft_of_another_device_that_is_newer_wins_and_says_so(
    bidang: Person, new_page: Callable[..., Page]
) -> None:
    page = bidang.page
    page.route("**/draf", lambda route: route.abort())
    set_clock(page, seconds=-5)
    type_and_wait(page, "Di komputer kantor")
    other = Person(new_page(360), bidang.site, bidang.user_name, bidang.folder)
    other.sign_in()
    other.open(SHEET)
    other.page.get_by_label(NOTE).fill("Di ponsel, kemudian")
    other.page.get_by_role("button", name="Lanjutkan nanti").click()
    expect(other.page.get_by_role("heading", level=1)).to_have_text("Kotak tugas")
    page.unroute("**/draf")
    page.evaluate("navigator.sendBeacon = () => false")

    page.reload()

    expect(page.get_by_label(NOTE)).to_have_value("Di ponsel, kemudian")
    expect(page.locator("#salinan")).to_contain_text("lebih baru daripada salinan di perangkat ini")
    assert len(set(told_times(page))) == 2
    with page.expect_response("**/draf"):
        page.get_by_role("button", name="Pakai salinan perangkat ini").click()
    expect(page.get_by_label(NOTE)).to_have_value("Di komputer kantor")
    expect(page.locator("#salinan")).to_be_hidden()
    page.reload()
    expect(page.get_by_label(NOTE)).to_have_value("Di komputer kantor")
    assert copies(page) == []


def autosave(page: Page, text: str) -> int:
    """Type, let the page save by itself, and return how the server answered."""
    page.get_by_label(NOTE).fill(text)
    with page.expect_response("**/draf") as answered:
        page.locator("#simpan").dispatch_event("autosave")
    return answered.value.status


def handed_as_it_hides(page: Page) -> int:
    """Hide a page for a moment, and return how often it handed its text to the server."""
    count = page.evaluate("""() => {
        let handed = 0;
        navigator.sendBeacon = () => Boolean(++handed);
        Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
        delete document.visibilityState;
        return handed;
    }""")
    return int(count)


def autosave_ended(page: Page) -> bool:
    """Let the page save by itself, after all that it asked before."""
    with page.expect_response("**/draf") as answered:
        page.locator("#simpan").dispatch_event("autosave")
    return answered.value.ok


@pytest.mark.parametrize("choice", ["Buka yang tersimpan", "Pakai yang di halaman ini"])
def test_two_devices_do_not_write_over_each_other(bidang: Person, new_page: Callable[..., Page], choice: str) -> None:
    page = bidang.page
    phone = Person(new_page(360), bidang.site, bidang.user_name, bidang.folder)
    phone.sign_in()
    phone.open(SHEET)
    assert [autosave(phone.page, "Di ponsel"), autosave(phone.page, "Di ponsel, kemudian")] == [200, 200]

    page.get_by_label(NOTE).fill("Di komputer")
    assert handed_as_it_hides(page) == 1
    assert autosave(page, "Di komputer kantor") == 409
    note = page.locator("#draf-lain")
    expect(note).to_contain_text("belum tersimpan di server")
    expect(page.locator("#simpan")).to_contain_text("Belum tersimpan di server")
    assert handed_as_it_hides(page) == 0
    phone.page.reload()
    expect(phone.page.get_by_label(NOTE)).to_have_value("Di ponsel, kemudian")

    note.get_by_text(choice).click()

    if choice == "Buka yang tersimpan":
        expect(page.get_by_label(NOTE)).to_have_value("Di ponsel, kemudian")
        page.get_by_role("button", name="Pakai salinan perangkat ini").click()
    expect(page.get_by_label(NOTE)).to_have_value("Di komputer kantor")
    expect(note).to_be_hidden()
    assert autosave(page, "Di komputer kantor lagi") == 200
    assert autosave(phone.page, "Di ponsel, terlambat") == 409
    expect(phone.page.locator("#draf-lain")).to_be_visible()


def test_a_form_that_was_shown_before_another_was_saved_waits_for_a_choice(
    bidang: Person, new_page: Callable[..., Page]
) -> None:
    page = bidang.page
    phone = Person(new_page(360), bidang.site, bidang.user_name, bidang.folder)
    phone.sign_in()
    phone.open(SHEET)
    assert autosave(phone.page, "Di ponsel") == 200
    page.get_by_label(NOTE).fill("Di komputer kantor")

    page.get_by_role("button", name="Lanjutkan nanti").click()

    expect(page.locator("#draf-lain")).to_be_visible()
    expect(page.get_by_label(NOTE)).to_have_value("Di komputer kantor")
    bidang.open(SHEET)
    expect(page.get_by_label(NOTE)).to_have_value("Di ponsel")
    with page.expect_response("**/draf"):
        page.get_by_role("button", name="Pakai salinan perangkat ini").click()
    expect(page.get_by_label(NOTE)).to_have_value("Di komputer kantor")


def test_what_a_closing_page_sends_late_is_of_the_page_that_takes_its_place(bidang: Person, collecting: Task) -> None:
    page = bidang.page
    form = page.locator("form[data-draft]")
    mark, known = (form.locator(f"[name={name}]").input_value() for name in ("_kunci", "_draf"))
    page.route("**/draf", lambda route: route.abort())
    page.evaluate("navigator.sendBeacon = () => true")
    type_and_wait(page)
    page.reload()
    expect(page.get_by_label(NOTE)).to_have_value(TYPED)
    late = {"csrf_token": form.locator("[name=csrf_token]").input_value(), "_kunci": mark, "_draf": known}
    headers = {"Origin": bidang.site}
    page.request.post(
        f"{bidang.site}/tugas/{collecting.id}/draf", form={**late, "_simpan_otomatis": "1"}, headers=headers
    )
    page.unroute("**/draf")

    assert autosave(page, "Diketik sesudahnya") == 200
    expect(page.locator("#draf-lain")).to_be_hidden()


def test_an_answer_that_gets_lost_leaves_the_draft_to_its_own_page(bidang: Person) -> None:
    page = bidang.page

    def lose(route: Route) -> None:
        route.fetch()  # it arrives, its answer does not
        route.abort()

    page.route("**/draf", lose, times=1)
    page.get_by_label(NOTE).fill("Pertama")
    with page.expect_event("requestfailed"):
        page.locator("#simpan").dispatch_event("autosave")

    assert autosave(page, "Kedua") == 200
    expect(page.locator("#draf-lain")).to_be_hidden()


def test_the_copy_of_this_device_that_is_newer_wins_and_says_so(bidang: Person) -> None:
    page = bidang.page
    page.get_by_label(NOTE).fill("Tersimpan di server")
    page.get_by_role("button", name="Lanjutkan nanti").click()
    bidang.open(SHEET)
    page.route("**/draf", lambda route: route.abort())
    page.evaluate("navigator.sendBeacon = () => false")
    set_clock(page, seconds=5)
    page.get_by_label(NOTE).fill(TYPED)
    kept(page)

    page.unroute("**/draf")
    page.reload()

    expect(page.get_by_label(NOTE)).to_have_value(TYPED)
    expect(page.locator("#salinan")).to_contain_text("lebih baru daripada yang tersimpan di server")
    assert len(set(told_times(page))) == 2


def test_offline_the_page_says_where_the_text_is_and_sends_it_later(bidang: Person) -> None:
    page = bidang.page
    bidang.fill(answers.BLITAR, "row_04_bidang", unit="bidang2")
    page.context.set_offline(True)
    expect(page.get_by_text("Jaringan terputus.")).to_be_visible()
    expect(page.locator("#jaringan")).to_contain_text("tersimpan di perangkat ini pukul")
    expect(page.locator("#simpan")).to_contain_text("pengiriman menunggu jaringan")
    page.get_by_label(NOTE).fill(TYPED)

    page.get_by_role("button", name="Kirim nanti").click()
    expect(page.locator("#simpan")).to_contain_text("Dikirim begitu jaringan kembali.")
    page.context.set_offline(False)

    expect(page.get_by_role("heading", level=1)).to_have_text("Kotak tugas")
    expect(page.get_by_role("status").filter(has_text="Lihat berkas")).to_be_visible()
    assert copies(page) == []


def test_an_answer_from_before_the_line_went_does_not_bring_it_back(bidang: Person) -> None:
    page = bidang.page
    asked: list[Route] = []

    def hold(route: Route) -> None:
        asked.append(route)

    page.route("**/draf", hold)
    page.get_by_label(NOTE).fill(TYPED)
    with page.expect_request("**/draf"):
        page.locator("#simpan").dispatch_event("autosave")
    page.evaluate("dispatchEvent(new Event('offline'))")
    expect(page.get_by_text("Jaringan terputus.")).to_be_visible()
    with page.expect_response("**/draf"):
        asked[0].continue_()

    expect(page.get_by_role("button", name="Kirim nanti")).to_be_visible()
    expect(page.get_by_text("Jaringan terputus.")).to_be_visible()


def test_who_lays_a_form_aside_as_the_line_goes_can_go_on(bidang: Person) -> None:
    page = bidang.page
    asked: list[Route] = []

    def hold(route: Route) -> None:
        asked.append(route)

    page.route("**/draf", hold)
    with page.expect_request("**/draf"):
        page.locator("#isian [inputmode=decimal]").first.fill("12")
        page.get_by_label(NOTE).fill(TYPED)
    page.get_by_role("button", name="Lanjutkan nanti").click()
    expect(page.locator("#simpan")).to_have_text("Mengirim …")
    page.evaluate("dispatchEvent(new Event('offline'))")
    asked[0].abort()

    expect(page.locator("form[data-draft]")).to_have_attribute("aria-busy", "false")
    expect(page.locator("#simpan")).to_contain_text("pengiriman menunggu jaringan")

    page.unroute("**/draf")
    for number in ("13", "14"):  # what was tapped then is not done later by itself
        with page.expect_response("**/draf"):
            page.locator("#isian [inputmode=decimal]").first.fill(number)
            page.get_by_label(NOTE).focus()
        expect(page.get_by_text("Jaringan terputus.")).to_be_hidden()
        expect(page.locator("#simpan")).to_contain_text("Tersimpan")


def test_what_was_sent_twice_over_a_weak_line_is_done_once(bidang: Person, collecting: Task) -> None:
    page = bidang.page
    bidang.fill(answers.BLITAR, "row_04_bidang", unit="bidang2")
    lost = []

    def lose(route: object) -> None:
        lost.append(route.fetch())  # type: ignore[attr-defined]  # it arrives, its answer does not
        route.abort()  # type: ignore[attr-defined]

    page.route(f"**/tugas/{collecting.id}", lose, times=1)
    page.get_by_role("button", name="Kirim", exact=True).click()
    expect(page.locator("#simpan")).to_contain_text("Dikirim begitu jaringan kembali.")
    assert len(lost) == 1

    page.evaluate("window.dispatchEvent(new Event('online'))")

    expect(page.get_by_role("heading", level=1)).to_have_text("Kotak tugas")
    expect(page.get_by_role("status").filter(has_text="Kiriman ini sudah diterima sebelumnya.")).to_be_visible()


def test_a_dead_server_takes_nothing_away(bidang: Person) -> None:
    page = bidang.page
    page.route("**/tugas/**", lambda route: route.fulfill(status=503, body="away"))
    page.get_by_label(NOTE).fill(TYPED)

    page.get_by_role("button", name="Kirim", exact=True).click()

    expect(page.get_by_text("Jaringan terputus.")).to_be_visible()
    expect(page.get_by_label(NOTE)).to_have_value(TYPED)
    page.unroute("**/tugas/**")
    page.reload()
    expect(page.get_by_label(NOTE)).to_have_value(TYPED)
    expect(page.locator("#salinan")).to_contain_text("Kiriman yang menunggu jaringan belum sampai")


REALISED, REMARK = "isian.0.realisasi", "isian.0.catatan"
UNTIDY = "Angka sementara \u200e "


def test_a_refused_form_says_what_is_wrong_however_its_text_was_typed(bidang: Person) -> None:
    page = bidang.page
    page.locator(f'[name="{REMARK}"]').fill(UNTIDY)

    page.get_by_role("button", name="Kirim", exact=True).click()

    wrong = page.locator("#isian [aria-invalid=true]")
    expect(page.locator("#perlu-diperbaiki")).to_be_focused()
    expect(wrong.first).to_have_attribute("name", REALISED)
    expect(page.locator("#salinan")).to_be_hidden()
    assert copies(page) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [(REMARK, UNTIDY), (REALISED, "1.000"), (REALISED, "0,50")],
    ids=["spaces", "grouped", "decimals"],
)
def test_a_form_laid_aside_opens_as_it_was_typed(bidang: Person, name: str, text: str) -> None:
    page = bidang.page
    field = page.locator(f'#isian [name="{name}"]')
    field.fill(text)
    page.get_by_role("button", name="Lanjutkan nanti").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Kotak tugas")

    bidang.open(SHEET)

    expect(field).to_have_value(text)
    expect(page.locator("#salinan")).to_be_hidden()
    assert copies(page) == []


def test_a_start_form_that_is_refused_tells_nothing_of_the_network(person: Seat, page_problems: list[str]) -> None:
    kadis = person("blitar.kadis")
    page = kadis.page
    page.goto(f"{kadis.site}/mulai/{answers.BLITAR}")
    page.locator("main [name=judul]").fill("Laporan kinerja ")

    page.get_by_role("button", name="Mulai berkas").click()

    expect(page.locator("#perlu-diperbaiki")).to_be_focused()
    expect(page.locator("#salinan")).to_be_hidden()
    page_problems.clear()  # the browser notes the refusal


def test_after_an_ended_session_the_work_goes_on_at_the_same_place(bidang: Person) -> None:
    page = bidang.page
    type_and_wait(page)
    db.session.execute(update(Session).values(seen_at=stage.MONDAY))
    db.session.commit()

    page.get_by_role("button", name="Kirim", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sesi berakhir")
    page.get_by_role("link", name="Masuk lagi").click()
    page.get_by_label("Nama pengguna").fill(bidang.user_name)
    page.get_by_label("Kata sandi", exact=True).fill("laksana")
    page.get_by_role("button", name="Masuk").click()

    expect(page.get_by_role("heading", level=1)).to_have_text(SHEET)
    expect(page.get_by_label(NOTE)).to_have_value(TYPED)


def test_a_comment_that_was_given_is_not_there_to_be_given_again_and_signing_out_leaves_nothing(bidang: Person) -> None:
    page = bidang.page
    type_and_wait(page)
    comment = page.locator("[name=_catatan]")
    comment.fill("Menyusul besok.")
    page.get_by_role("button", name="Beri catatan").click()
    expect(page.locator("#catatan").get_by_text("Menyusul besok.")).to_be_visible()
    page.wait_for_load_state()
    expect(comment).to_have_value("")
    expect(page.locator("#salinan")).to_be_hidden()

    type_and_wait(page, "Sesudahnya")
    page.locator(".post-menu summary").click()
    page.get_by_role("button", name="Keluar").click()

    expect(page.get_by_role("button", name="Masuk")).to_be_visible()
    assert copies(page) == []


def test_rows_that_were_added_offline_come_back(person: Seat, player: Player, page_problems: list[str]) -> None:
    player.reach(answers.BLITAR, "row_03")
    sekretaris = person("blitar.sekretaris")
    page = sekretaris.page
    sekretaris.open("Mengirim nota permintaan ke Bidang")
    page.get_by_role("button", name="Tambah baris").click()
    expect(page.locator("#isian fieldset.ind")).to_have_count(2)
    page.route("**/draf", lambda route: route.abort())
    page.evaluate("navigator.sendBeacon = () => false")
    page.get_by_label("Indikator", exact=True).nth(1).fill(TYPED)
    kept(page)

    page.unroute("**/draf")
    page.reload()

    expect(page.get_by_label("Indikator", exact=True).nth(1)).to_have_value(TYPED)
    page_problems.clear()  # the browser notes the lost requests


@pytest.mark.usefixtures("reviewed")
def test_a_return_written_offline_is_sent_later(person: Seat, page_problems: list[str]) -> None:
    sekretaris = person("blitar.sekretaris", 360)
    page = sekretaris.page
    sekretaris.open("Memeriksa draf dan memutuskan")
    page.context.set_offline(True)
    page.get_by_role("link", name="Kembalikan").click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_label("Alasan").fill("Tabel belum sama dengan RKA. Mohon diperiksa.")
    sheet.get_by_role("button", name="Kembalikan").click()
    expect(page.locator("#simpan")).to_contain_text("Dikirim begitu jaringan kembali.")

    page.context.set_offline(False)

    expect(page.get_by_role("heading", level=1)).to_have_text("Kotak tugas")
    expect(page.get_by_role("status").filter(has_text="dikembalikan ke")).to_be_visible()
    page_problems.clear()  # the browser notes the lost requests


@pytest.mark.parametrize("width", [360, 1280])
def test_a_refused_return_shows_what_is_lacking_and_keeps_its_reason(
    person: Seat, player: Player, width: int, picture: Callable[[Page, str], Path], page_problems: list[str]
) -> None:
    player.reach(answers.BLITAR, "row_06")
    kasubbag = person("blitar.kasubbag", width)
    page = kasubbag.page
    kasubbag.open("Menelaah data terkumpul")
    lacking = page.get_by_role("alert").filter(has_text="Satu isian perlu diperbaiki.")

    for reason in ("", TYPED, TYPED):  # nobody is told of a newer copy: the server has what was handed over
        page.get_by_role("link", name="Tidak sesuai").click()
        sheet = page.get_by_role("dialog")
        expect(sheet.get_by_label("Alasan")).to_have_value(reason)
        sheet.get_by_label("Alasan").fill(TYPED)
        with page.expect_navigation():
            sheet.get_by_role("button", name="Teruskan ke SOP Jika Terdapat Data Salah").click()

        expect(lacking).to_be_focused()
        expect(sheet).to_be_hidden()
        expect(page.locator("#salinan")).to_be_hidden()

    picture(page, f"return-refused-{width}")
    page.get_by_label("Kesimpulan").fill("Sesuai RKA.")
    page.get_by_role("link", name="Tidak sesuai").click()
    page.get_by_role("dialog").get_by_role("button", name="Teruskan ke").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Kotak tugas")
    page_problems.clear()  # the browser notes the refused form


def test_a_case_is_begun_when_the_line_is_back(person: Seat, page_problems: list[str]) -> None:
    kadis = person("blitar.kadis")
    page = kadis.page
    page.goto(f"{kadis.site}/mulai/{answers.BLITAR}")
    page.get_by_label("Judul").first.fill(TYPED)
    kept(page)
    page.reload()
    expect(page.get_by_label("Judul").first).to_have_value(TYPED)

    kadis._fill(answers.for_element(answers.BLITAR, "mulai"))  # noqa: SLF001 - the same hands
    page.context.set_offline(True)
    page.get_by_role("button", name="Kirim nanti").click()
    page.context.set_offline(False)

    title = str(answers.for_element(answers.BLITAR, "mulai")["judul"])
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    assert copies(page) == []
    page_problems.clear()  # the browser notes the lost requests


@pytest.fixture
def sending(person: Seat, reviewed: Task) -> tuple[Page, list[Route]]:
    """Let somebody at a phone send a decision that does not arrive yet."""
    sekretaris = person("blitar.sekretaris", 360)
    page = sekretaris.page
    page.goto(f"{sekretaris.site}/tugas/{reviewed.id}")
    asked: list[Route] = []

    def hold(route: Route) -> None:
        if route.request.method == "POST":
            asked.append(route)
        else:
            route.continue_()

    page.route(f"**/tugas/{reviewed.id}", hold)
    with page.expect_request(lambda request: request.method == "POST" and request.url == page.url):
        page.get_by_role("button", name="Setuju", exact=True).click()
    expect(page.locator("#simpan")).to_have_text("Mengirim …")
    return page, asked


def test_a_slow_line_says_that_it_sends_and_a_second_tap_sends_nothing_more(
    sending: tuple[Page, list[Route]], picture: Callable[[Page, str], Path]
) -> None:
    page, asked = sending
    page.get_by_role("button", name="Setuju", exact=True).dispatch_event("click")
    picture(page, "sending-phone")
    (only,) = asked
    only.continue_()

    expect(page.get_by_role("heading", level=1)).to_have_text("Kotak tugas")


def test_who_comes_back_to_a_page_that_was_sending_can_go_on(sending: tuple[Page, list[Route]]) -> None:
    page, asked = sending

    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")

    expect(page.locator("#simpan")).not_to_have_text("Mengirim …")
    with page.expect_request(lambda request: request.method == "POST" and request.url == page.url):
        page.get_by_role("button", name="Setuju", exact=True).click()
    expect(page.locator("#simpan")).to_have_text("Mengirim …")
    asked[-1].continue_()
    expect(page.get_by_role("heading", level=1)).to_have_text("Kotak tugas")


# Files ----------------------------------------------------------------------------------------------


def chosen(page: Page, folder: Path, size: int = 0) -> Locator:
    """Choose a file for the first row and return how the page lists it."""
    file = folder / "rekap.pdf"
    file.write_bytes(answers.content("rekap.pdf").ljust(size, b"\n"))
    page.locator("#isian fieldset.ind input[type=file]").first.set_input_files(file)
    return page.locator("#isian .file").filter(has_text="rekap.pdf")


def test_a_file_says_how_far_it_is_and_can_be_stopped(bidang: Person, tmp_path: Path) -> None:
    page = bidang.page
    slow = page.context.new_cdp_session(page)
    slow.send("Network.enable")
    slow.send("Network.emulateNetworkConditions",
              {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 400_000})  # fmt: skip

    row = chosen(page, tmp_path, 2_300_000)
    expect(row).to_contain_text(re.compile(r"Mengunggah, [\d,]+ [KM]B dari 2,3 MB"))
    with page.expect_event("requestfailed", lambda request: request.url.endswith("/lampiran")):
        row.get_by_role("button", name="Batalkan unggahan rekap.pdf").click()

    expect(row).to_have_count(0)
    page.reload()
    expect(page.locator("#isian fieldset.ind").first).to_be_visible()
    expect(page.locator("#isian a[href*='/lampiran/']")).to_have_count(0)


def test_a_file_that_was_not_sent_stays_and_is_sent_when_the_line_is_back(bidang: Person, tmp_path: Path) -> None:
    page = bidang.page
    page.context.set_offline(True)
    row = chosen(page, tmp_path)
    expect(row.get_by_role("alert")).to_have_text("Gagal dikirim, berkas masih di perangkat ini.")

    page.context.set_offline(False)

    expect(row.get_by_role("link", name="rekap.pdf", exact=True)).to_be_visible()


def test_a_form_sent_later_takes_its_file_along(bidang: Person, tmp_path: Path, collecting: Task) -> None:
    page = bidang.page
    bidang.fill(answers.BLITAR, "row_04_bidang", unit="bidang2")
    arrived: list[str] = []
    page.on("response", lambda answer: arrived.append(answer.url) if answer.request.method == "POST" else None)
    page.context.set_offline(True)
    expect(page.get_by_text("Jaringan terputus.")).to_be_visible()
    row = chosen(page, tmp_path)
    expect(row.get_by_role("alert")).to_have_text("Gagal dikirim, berkas masih di perangkat ini.")
    page.get_by_role("button", name="Kirim nanti").click()
    expect(page.locator("#simpan")).to_contain_text("Dikirim begitu jaringan kembali.")

    page.context.set_offline(False)

    expect(page.get_by_role("heading", level=1)).to_have_text("Kotak tugas")
    sent = [url.partition(f"/tugas/{collecting.id}")[2] for url in arrived]
    assert "/lampiran" in sent
    assert sent.index("/lampiran") < sent.index("")


@pytest.mark.parametrize("width", [360, 1280])
def test_a_form_does_not_go_without_its_file(
    bidang: Person, tmp_path: Path, width: int, picture: Callable[[Page, str], Path]
) -> None:
    page = bidang.page
    page.set_viewport_size({"width": width, "height": 800})
    bidang.fill(answers.BLITAR, "row_04_bidang", unit="bidang2")
    page.route("**/lampiran", lambda route: route.abort())
    row = chosen(page, tmp_path)
    expect(row.get_by_role("alert")).to_have_text("Gagal dikirim, berkas masih di perangkat ini.")
    said = page.get_by_role("alert").filter(has_text="Satu berkas belum terkirim. Coba lagi atau hapus barisnya.")

    for button in ("Kirim", "Lanjutkan nanti"):
        page.get_by_role("button", name=button, exact=True).click()

        expect(said).to_be_focused()
        expect(page.locator("#simpan")).to_have_text("Satu berkas belum terkirim. Coba lagi atau hapus barisnya.")
        expect(row.get_by_role("button", name="Coba lagi")).to_be_visible()
        expect(page.locator("form[data-draft]")).to_have_attribute("aria-busy", "false")
        expect(page.locator(".actionbar .state use")).to_have_attribute(
            "href", re.compile("#exclamation-triangle-fill$")
        )
    picture(page, f"file-unsent-{width}")
    row.get_by_role("button", name="Batalkan unggahan rekap.pdf").click()
    expect(said).to_be_hidden()
    expect(page.locator("#simpan")).not_to_contain_text("belum terkirim")
    expect(page.locator(".actionbar .state use")).to_have_attribute("href", re.compile("#cloud-check$"))
    page.get_by_role("button", name="Kirim", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Kotak tugas")


def test_files_that_wait_are_counted(bidang: Person, tmp_path: Path) -> None:
    page = bidang.page
    page.route("**/lampiran", lambda route: route.abort())
    for name in ("satu.pdf", "dua.pdf"):
        (tmp_path / name).write_bytes(answers.content(name))
    page.locator("#isian fieldset.ind input[type=file]").first.set_input_files(
        [tmp_path / "satu.pdf", tmp_path / "dua.pdf"]
    )
    expect(page.get_by_role("alert").filter(has_text="Gagal dikirim")).to_have_count(2)

    page.get_by_role("button", name="Kirim", exact=True).click()

    said = page.locator("#berkas-tertahan")
    expect(said).to_have_text("2 berkas belum terkirim. Coba lagi atau hapus barisnya.")
    page.get_by_role("button", name="Batalkan unggahan satu.pdf").click()
    expect(said).to_have_text("Satu berkas belum terkirim. Coba lagi atau hapus barisnya.")
    page.get_by_role("button", name="Batalkan unggahan dua.pdf").click()
    expect(said).to_be_hidden()


@pytest.fixture
def held(bidang: Person, tmp_path: Path) -> tuple[Page, Locator]:
    """Let somebody send a form with a file while the line is away, and bring the line back without any use."""
    page = bidang.page
    page.clock.install()
    page.reload()
    bidang.fill(answers.BLITAR, "row_04_bidang", unit="bidang2")
    page.context.set_offline(True)
    expect(page.get_by_text("Jaringan terputus.")).to_be_visible()
    row = chosen(page, tmp_path)
    expect(row.get_by_role("alert")).to_be_visible()
    page.get_by_role("button", name="Kirim nanti").click()
    expect(page.locator("#simpan")).to_contain_text("Dikirim begitu jaringan kembali.")
    page.route("**/lampiran", lambda route: route.abort())
    with page.expect_event("requestfailed"):
        page.context.set_offline(False)
    expect(row.get_by_role("alert")).to_be_visible()
    expect(page.locator("#simpan")).to_contain_text("Dikirim begitu jaringan kembali.")
    return page, row


def test_a_file_that_fails_on_a_line_that_is_back_is_tried_again(held: tuple[Page, Locator]) -> None:
    page, _ = held
    page.unroute("**/lampiran")

    page.clock.fast_forward(2_000)

    expect(page.get_by_role("heading", level=1)).to_have_text("Kotak tugas")


def test_a_file_that_keeps_failing_is_left_to_the_reader(held: tuple[Page, Locator]) -> None:
    page, row = held

    for pause in (2_000, 6_000, 18_000, 54_000):
        expect(page.locator("#berkas-tertahan")).to_be_hidden()
        with page.expect_event("requestfailed"):
            page.clock.fast_forward(pause)
        expect(row.get_by_role("alert")).to_be_visible()

    expect(page.locator("#berkas-tertahan")).to_be_focused()


def test_a_row_that_is_asked_for_while_another_answer_is_on_its_way_comes_once(player: Player, person: Seat) -> None:
    player.reach(answers.BLITAR, "row_03")
    sekretaris = person("blitar.sekretaris")
    sekretaris.open("Mengirim nota permintaan ke Bidang")
    page = sekretaris.page
    rows = page.locator('input[name="indikator.rows"]')
    before = rows.count()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/draf", hold, times=1)
    days = page.locator("#isian [type=date]")
    with page.expect_request("**/draf"):
        days.first.fill("2026-10-16")
        days.first.blur()

    days.first.fill("2026-10-19")
    page.locator('button[name="_tambah"][value="indikator"]').click()
    held[0].continue_()

    expect(rows).to_have_count(before + 1)
    assert autosave_ended(page)
    expect(rows).to_have_count(before + 1)


def test_a_draft_on_its_way_is_not_saved_over_a_file(bidang: Person, tmp_path: Path) -> None:
    page = bidang.page
    asked: list[Route] = []
    uploads: list[str] = []
    page.route("**/draf", lambda route: asked.append(route))  # noqa: PLW0108 - the browser asks for a function
    page.on("request", lambda request: uploads.append(request.url) if request.url.endswith("/lampiran") else None)
    page.get_by_label(NOTE).fill(TYPED)
    with page.expect_request("**/draf"):
        page.locator("#simpan").dispatch_event("autosave")

    row = chosen(page, tmp_path)
    expect(row).to_be_visible()
    assert uploads == []
    asked[0].continue_()

    expect(row.get_by_role("link", name="rekap.pdf", exact=True)).to_be_visible()
    page.reload()
    expect(row.get_by_role("link", name="rekap.pdf", exact=True)).to_be_visible()
    expect(page.get_by_label(NOTE)).to_have_value(TYPED)


def test_no_draft_is_sent_off_while_a_file_is_chosen(bidang: Person) -> None:
    page = bidang.page
    page.get_by_label(NOTE).fill(TYPED)
    page.evaluate(
        """() => {
            window.sentOff = [];
            navigator.sendBeacon = (address) => Boolean(window.sentOff.push(address));
            Object.defineProperty(document, "visibilityState", { value: "hidden" });
        }"""
    )
    hide = "document.dispatchEvent(new Event('visibilitychange'))"

    with page.expect_file_chooser():
        page.locator("#isian .drop").first.click()
    page.evaluate(hide)
    assert page.evaluate("window.sentOff") == []
    kept(page)
    page.locator("#isian input[type=file]").first.dispatch_event("cancel", {"bubbles": True})
    page.evaluate(hide)

    assert page.evaluate("window.sentOff.length") == 1


def test_no_row_goes_above_one_whose_file_waits(
    app: Flask, person: Seat, tmp_path: Path, page_problems: list[str]
) -> None:
    with app.app_context():
        sketch = Sketch()
        files = [File("proses.bpmn", definitions("", ONE)), File("isian.form", json.dumps(ROWS).encode())]
        deployments.deploy(sketch.actor("analis", OFFICE), files, sketch.now)
        sketch.key = "proses"
        address = f"/tugas/{sketch.task(sketch.begin(), 'satu').id}"
    kadis = person("blitar.kadis")
    page = kadis.page
    page.goto(f"{kadis.site}{address}")
    rows = page.locator("#isian fieldset.ind")
    for count in (2, 3):
        page.get_by_role("button", name="Tambah baris").click()
        expect(rows).to_have_count(count)
    page.context.set_offline(True)
    file = tmp_path / "bukti.pdf"
    file.write_bytes(answers.content("bukti.pdf"))
    rows.nth(1).locator("input[type=file]").set_input_files(file)
    waiting = page.locator("#isian .file", has_text="bukti.pdf")
    expect(waiting.get_by_role("alert")).to_be_visible()

    page.get_by_role("button", name="Hapus baris 1").click()

    expect(page.locator("#berkas-tertahan")).to_be_focused()
    expect(rows).to_have_count(3)
    expect(rows.nth(1).locator(".file", has_text="bukti.pdf")).to_be_visible()
    page_problems.clear()  # the browser notes the lost request


def test_a_file_that_waits_outlives_questions_that_are_drawn_again(bidang: Person, tmp_path: Path) -> None:
    page = bidang.page
    page.route("**/lampiran", lambda route: route.abort())
    row = chosen(page, tmp_path)
    expect(row.get_by_role("alert")).to_have_text("Gagal dikirim, berkas masih di perangkat ini.")
    with page.expect_response("**/draf"):
        page.locator("#isian [inputmode=decimal]").first.fill("12")
        page.get_by_label(NOTE).focus()
    expect(row.get_by_role("button", name="Coba lagi")).to_be_visible()
    page.unroute("**/lampiran")

    row.get_by_role("button", name="Coba lagi").click()

    expect(row.get_by_role("link", name="rekap.pdf", exact=True)).to_be_visible()


def test_the_page_of_a_task_is_light(person: Seat, reviewed: Task) -> None:
    sekretaris = person("blitar.sekretaris")
    fresh = sekretaris.page.context.new_cdp_session(sekretaris.page)
    fresh.send("Network.enable")
    fresh.send("Network.setCacheDisabled", {"cacheDisabled": True})
    received: list[float] = []
    fresh.on("Network.loadingFinished", lambda told: received.append(told["encodedDataLength"]))

    sekretaris.page.goto(f"{sekretaris.site}/tugas/{reviewed.id}", wait_until="networkidle")

    assert len(received) >= 4  # the page, its style sheet, its script, its icons
    assert 40_000 < sum(received) < 120_000
