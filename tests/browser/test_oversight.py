"""What those who keep cases going do at a phone without scripts: ask units, let go on what stands still."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.answers import BLITAR
from tests.browser.people import Person
from tests.drafting import Sketch
from tests.queries.test_waits import ROOTS, WAITING
from tests.test_incidents import failed
from tests.test_participants import asked
from tests.walking import Player

Seat = Callable[..., Person]
Picture = Callable[[Page, str], Path]
REASON = "Bidang 3 juga memegang data."
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def seen(page: Page, picture: Picture, name: str) -> None:
    """Take a picture of a page that does not scroll sideways."""
    picture(page, name)
    assert page.evaluate(SIDEWAYS) == 0


def test_units_are_added_and_withdrawn(app: Flask, person: Seat, picture: Picture, page_problems: list[str]) -> None:
    with app.app_context():
        case = asked(Sketch())
    kadis = person("blitar.kadis", 360, javascript=False)
    page = kadis.page
    page.goto(f"{kadis.site}/berkas/{case}/pengumpulan/minta")
    seen(page, picture, "collection-phone")
    rows = page.locator("table.board tbody tr")

    page.get_by_label("Unit yang juga diminta").select_option("bidang3")
    page.get_by_role("button", name="Tambah unit").click()

    expect(page.get_by_text("Tuliskan alasan agar")).to_be_visible()
    expect(page.get_by_label("Unit yang juga diminta")).to_have_value("bidang3")
    seen(page, picture, "collection-mistake-phone")
    page_problems.clear()  # the browser notes the 422

    page.get_by_label("Alasan").fill(REASON)
    page.get_by_role("button", name="Tambah unit").click()

    expect(rows).to_have_count(3)

    page.get_by_role("link", name="Tarik tugas Bidang Pemberdayaan Sosial").click()
    page.get_by_label("Alasan").fill(REASON)
    seen(page, picture, "withdraw-phone")
    page.get_by_role("button", name="Tarik tugas").click()

    expect(rows.filter(has_text="Bidang Pemberdayaan Sosial")).to_contain_text("Ditarik")
    seen(page, picture, "collection-withdrawn-phone")


def test_an_admin_lets_a_case_go_on(app: Flask, person: Seat, picture: Picture) -> None:
    with app.app_context():
        failed(Player())
    admin = person("admin", 360, javascript=False)
    page = admin.page
    page.goto(f"{admin.site}/jabatan")
    page.get_by_label("Dinas Sosial Kabupaten Banggai").check()
    page.get_by_role("button", name="Lanjutkan").click()
    page.get_by_role("link", name="Gangguan").click()
    seen(page, picture, "stopped-phone")
    page.locator("a.what").click()
    seen(page, picture, "case-incident-phone")
    page.get_by_role("link", name="Perbaiki dan coba lagi").click()
    seen(page, picture, "incident-phone")

    page.get_by_label("tahun", exact=True).fill('"2027"')
    page.get_by_role("textbox", name="Alasan (wajib").fill("Tahun salah ketik.")
    page.get_by_role("button", name="Coba lagi").click()

    expect(page.get_by_text("Gangguan selesai.")).to_be_visible()
    expect(page.get_by_role("link", name="Gangguan").locator(".count")).to_have_count(0)


@pytest.mark.parametrize("width", [360, 1280])
def test_what_is_waited_for_stands_beside_what_people_do(
    app: Flask, person: Seat, picture: Picture, width: int
) -> None:
    with app.app_context():
        sketch = Sketch()
        sketch.deploy(WAITING, roots=ROOTS)
        case = sketch.begin()
    kadis = person("blitar.kadis", width)

    kadis.page.goto(f"{kadis.site}/berkas/{case}")

    box = kadis.page.get_by_role("region", name="Yang ditunggu selain tugas orang")
    expect(box.get_by_role("paragraph")).to_have_count(5)
    seen(kadis.page, picture, f"case-waits-{width}")


def test_an_item_that_is_awaited_has_the_width_of_its_cell(app: Flask, person: Seat) -> None:
    with app.app_context():
        case = Player().reach(BLITAR, "row_05")
    kasubbag = person("blitar.kasubbag", 1280, javascript=False)
    page = kasubbag.page
    page.goto(f"{kasubbag.site}/berkas/{case}/kelengkapan")

    item = page.locator("li.no").first
    cell = page.locator("td:has(li.no) ul").first

    assert item.evaluate("one => one.offsetWidth") == cell.evaluate("one => one.offsetWidth")
