"""Every page that anybody is let into, in both languages and widths: axe finds nothing, nothing sticks out."""

import pytest
from flask import Flask
from playwright.sync_api import Page

from tests.browser.people import Person
from tests.browser.test_accessibility import PHONE, SCREEN, Seat, violations
from tests.browser.test_oversight import SIDEWAYS
from tests.stage import Demo
from tests.web.test_matrix import MATRIX, PEOPLE, World

SEATED = [column for column, user in PEOPLE.items() if user]
FILES = frozenset(
    {
        "analyst.bpmn",
        "evidence.pack",
        "exports.file",
        "mutu_baku.csv",
        "mutu_baku.xlsx",
        "spreadsheet.as_csv",
        "spreadsheet.as_xlsx",
        "tasks.attachment",
        "previews.frame",
        "previews.picture",
        "news.feed",
        "web.licences",
    }
)
"""What is handed out is no page."""
FOR_PROGRAMS = ("health.", "api.", "rest.", "modelers.")


def addresses(world: World, column: str) -> list[str]:
    """Return where somebody is let in, and what is handed out as a page."""
    open_to = {cell.endpoint for cell in MATRIX.values() if cell.method == "GET" and cell.statuses[column] == 200}
    rules = [rule for rule, method in world.rules() if method == "GET" and rule.endpoint in open_to - FILES]
    office = "nganjuk" if column == "foreigner" else "blitar"
    return sorted({world.address(rule, "GET", office) for rule in rules if not rule.endpoint.startswith(FOR_PROGRAMS)})


def read_in(reader: Person, locale: str) -> None:
    """Choose a language with the button of the door's page, which every page has."""
    reader.page.goto(f"{reader.site}/")
    reader.page.locator(f"nav button[name=locale][value={locale}]").click()


def wrong_now(page: Page, site: str, address: str) -> list[str]:
    """Return what is wrong on a page as it is shown now."""
    page.goto(site + address)
    over = page.evaluate(SIDEWAYS)
    return [*violations(page), *([f"scrolls sideways by {over}"] if over > 0 else [])]


@pytest.mark.long
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("column", SEATED)
def test_every_page(app: Flask, demo: Demo, person: Seat, column: str, page_problems: list[str]) -> None:
    world = World(app, demo)
    world.settle()
    reader = person(PEOPLE[column], 1280)
    if column in {"analyst", "auditor", "admin"}:
        reader.act_for("Dinas Sosial Kabupaten Blitar")
    found: dict[tuple[str, str, int], list[str]] = {}
    for locale in ("id", "en"):
        reader.page.set_viewport_size(SCREEN)
        read_in(reader, locale)
        for size in (SCREEN, PHONE):
            reader.page.set_viewport_size(size)
            for address in addresses(world, column):
                if said := wrong_now(reader.page, reader.site, address):
                    found[address, locale, size["width"]] = said
    page_problems.clear()
    assert found == {}
