"""How much it takes to decide, from the inbox on: what is pressed and typed here, and nothing else."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.answers import BLITAR
from tests.browser.people import Person
from tests.walking import Player

Seat = Callable[..., Person]
Picture = Callable[[Page, str], Path]
WIDTHS = [1280, 360]


@pytest.fixture
def reviewer(app: Flask, person: Seat) -> Callable[[int], Person]:
    """Sit the Sekretaris down before two reviews."""
    with app.app_context():
        player = Player()
        for title in ("Renja Tahun 2027", "LKPJ Tahun 2026"):
            player.reach(BLITAR, "row_09", title)
    return lambda width: person("blitar.sekretaris", width)


@pytest.mark.parametrize("width", WIDTHS)
def test_approving_takes_two_presses(reviewer: Callable[[int], Person], picture: Picture, width: int) -> None:
    page = reviewer(width).page
    picture(page, f"inbox-views-{width}")

    page.locator("ol.inbox h3 a").first.click()
    page.get_by_role("button", name="Setuju", exact=True).click()

    expect(page.locator("ol.inbox > li")).to_have_count(1)


@pytest.mark.parametrize("width", WIDTHS)
def test_returning_with_the_keyboard_takes_five(
    reviewer: Callable[[int], Person], picture: Picture, width: int
) -> None:
    page = reviewer(width).page
    page.keyboard.press("j")
    page.keyboard.press("Enter")  # the row under the focus, opened: one interaction with the press that moved there
    expect(page.get_by_role("heading", level=1)).to_have_text("Memeriksa draf dan memutuskan")
    picture(page, f"task-holding-{width}")
    page.keyboard.press("r")
    page.keyboard.press("Enter")
    sheet = page.get_by_role("dialog")
    sheet.get_by_label("Alasan").fill("Angka belum sama dengan bukti dukung.")
    sheet.get_by_role("button", name="Kembalikan").press("Enter")

    expect(page.locator("ol.inbox > li")).to_have_count(1)


@pytest.mark.parametrize("width", WIDTHS)
def test_several_are_agreed_to_with_one_confirmation(
    reviewer: Callable[[int], Person], picture: Picture, width: int
) -> None:
    page = reviewer(width).page
    page.get_by_role("link", name="Pilih beberapa").click()
    expect(page.get_by_role("checkbox")).to_have_count(2)
    for box in page.get_by_role("checkbox").all():
        box.check()
    picture(page, f"inbox-choosing-{width}")
    page.get_by_role("button", name="Setujui bersama").click()
    picture(page, f"together-{width}")
    page.get_by_role("button", name="Setuju semuanya").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("2 dari 2 tugas selesai")
