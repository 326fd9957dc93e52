"""What a page costs on a weak line: how much comes over it, and whether anything jumps while it comes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.answers import BLITAR
from tests.browser.people import Person
from tests.walking import Player

MOST = 120_000
"""Bytes over the line, with headers, for somebody who was never here."""
ROWS = 50
SEEN = 0.01
"""Share of the screen times the way that something jumps, from which on somebody might notice; 0.1 counts as good."""
SHIFTS = """() => new Promise(resolve => {
  const of = ({value, sources}) => [value, sources.map(({node}) => node?.outerHTML?.slice(0, 80)).join(" | ")];
  new PerformanceObserver(list => resolve(list.getEntries().map(of))).observe({type: "layout-shift", buffered: true});
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => resolve([]), 100)));
})"""
"""What moved since the page began to be drawn, and by how much."""


@contextmanager
def line(page: Page) -> Iterator[list[int]]:
    """Count what comes over the line while the block runs."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    bytes_: list[int] = []
    session.on("Network.loadingFinished", lambda event: bytes_.append(int(event["encodedDataLength"])))
    yield bytes_
    session.detach()


@pytest.fixture
def full(app: Flask) -> str:
    """Fill the inbox of somebody, and return the address of his first task."""
    with app.app_context():
        player = Player()
        cases = [player.start(BLITAR, title=f"Laporan Kinerja Triwulan III, naskah {number}") for number in range(ROWS)]
        return f"/tugas/{player.task(cases[0], 'row_01').id}"


@pytest.mark.parametrize("width", [1280, 360])
def test_inbox_and_task_are_light_and_stand_still(full: str, person: Callable[..., Person], width: int) -> None:
    reader = person("blitar.kadis", width)
    page = reader.page

    for address in ("/tugas", full):
        with line(page) as came:
            page.goto(reader.site + address, wait_until="networkidle")
            shifts = page.evaluate(SHIFTS)

        assert sum(came) < MOST, address
        assert sum(value for value, _ in shifts) < SEEN, shifts


def test_a_script_that_does_not_arrive_leaves_a_page_that_works(
    person: Callable[..., Person], full: str, page_problems: list[str]
) -> None:
    assert full
    reader = person("blitar.kadis", 360)
    page = reader.page
    page.route("**/static/app-*.js", lambda route: route.abort())

    page.goto(reader.site + "/tugas")
    page.get_by_label("Urutan").select_option("terbaru")
    page.unroute("**/static/app-*.js")
    page_problems.clear()  # the browser notes the script that did not arrive
    page.get_by_role("button", name="Terapkan").click()

    expect(page.get_by_role("heading", name="Terbaru diterima")).to_be_visible()
