"""Every page that anybody is let into, in both languages and widths: axe finds nothing, nothing sticks out.

Nothing sticks out either when somebody has his browser write twice as large.
"""

import pytest
from flask import Flask
from playwright.sync_api import Page

from tests import answers, stage
from tests.browser.people import Person
from tests.browser.test_accessibility import PHONE, SCREEN, Seat, violations
from tests.browser.test_oversight import SIDEWAYS
from tests.stage import Demo
from tests.walking import Player
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
TWICE_AS_LARGE = pytest.mark.parametrize("browser", [["--blink-settings=defaultFontSize=32"]], indirect=True, ids=[""])
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


def cut_off(reader: Person) -> list[str]:
    """Return what of an open sheet is cut off sideways, or has less room than a line of it needs."""
    sheet = reader.page.get_by_role("dialog")
    found: list[str] = sheet.evaluate(
        """sheet => [sheet, ...sheet.querySelectorAll(".body, .foot .btn, textarea")].filter(
            (part) => part.scrollWidth > part.clientWidth || part.clientHeight < 32
        ).map((part) => part.className || part.localName)"""
    )
    return found


def seated(app: Flask, demo: Demo, person: Seat, column: str) -> tuple[World, Person]:
    """Return the world with something on every page, and somebody signed in for the office that it is of."""
    world = World(app, demo)
    world.settle()
    reader = person(PEOPLE[column], 1280)
    if column in {"analyst", "auditor", "admin"}:
        reader.act_for("Dinas Sosial Kabupaten Blitar")
    return world, reader


def sticks_out(reader: Person, address: str, width: int) -> bool:
    """Tell whether a page is wider than its screen."""
    reader.page.set_viewport_size({"width": width, "height": 800})
    reader.page.goto(reader.site + address)
    return bool(reader.page.evaluate(SIDEWAYS))


@pytest.mark.long
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("column", SEATED)
def test_every_page(app: Flask, demo: Demo, person: Seat, column: str, page_problems: list[str]) -> None:
    world, reader = seated(app, demo, person, column)
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


@pytest.mark.long
@TWICE_AS_LARGE
@pytest.mark.parametrize("column", SEATED)
def test_every_page_twice_as_large(app: Flask, demo: Demo, person: Seat, column: str, page_problems: list[str]) -> None:
    world, reader = seated(app, demo, person, column)
    found = [
        (address, width)
        for width in (360, 768, 1280)
        for address in addresses(world, column)
        if sticks_out(reader, address, width)
    ]
    page_problems.clear()
    assert found == []


@TWICE_AS_LARGE
def test_a_step_is_done_twice_as_large(app: Flask, person: Seat) -> None:
    with app.app_context():
        player = Player()
        task = player.task(player.start(answers.BLITAR), "row_01")
    reader = person(stage.user_of(answers.BLITAR, task.element), 360)

    assert not [address for address in ("/tugas", f"/tugas/{task.id}") if sticks_out(reader, address, 360)]
    assert reader.page.locator(".actionbar").evaluate("bar => getComputedStyle(bar).position") == "static"


@TWICE_AS_LARGE
def test_a_reason_is_given_twice_as_large(player: Player, person: Seat) -> None:
    analysed = player.task(player.reach(answers.BLITAR, "row_06", "Laporan_kinerja_triwulan_ketiga"), "row_06")
    reader = person(stage.user_of(answers.BLITAR, analysed.element), 360)
    reader.page.goto(f"{reader.site}/tugas/{analysed.id}")
    reader.page.get_by_role("link", name="Tidak sesuai").click()

    assert cut_off(reader) == []
    sends = reader.page.get_by_role("dialog").get_by_role("button")
    assert sends.evaluate("button => button.getBoundingClientRect().height") < 400, "its words stand letter by letter"


def test_a_page_zoomed_in_fourfold_is_not_covered(player: Player, person: Seat) -> None:
    analysed = player.task(player.reach(answers.BLITAR, "row_06"), "row_06")
    reader = person(stage.user_of(answers.BLITAR, analysed.element), 320)
    reader.page.set_viewport_size({"width": 320, "height": 180})  # a screen of 1280 by 720
    reader.page.goto(f"{reader.site}/tugas/{analysed.id}")
    title = reader.page.get_by_role("heading", level=1)

    assert title.evaluate(
        """title => {
          const {left, bottom} = title.getBoundingClientRect();
          return title.contains(document.elementFromPoint(left + 1, bottom - 1));
        }"""
    )
    reader.page.get_by_role("link", name="Tidak sesuai").click()
    assert cut_off(reader) == []
