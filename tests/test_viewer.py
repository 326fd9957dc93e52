import json
import threading
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Page

from assets import build
from tests.conftest import NewPage

BPMN = build.ROOT / "bpmn"
DIAGRAMS = sorted(path.stem for path in BPMN.glob("*/*.bpmn"))
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'"
PAGE = """<!doctype html><html lang="id"><meta charset="utf-8"><title>Diagram</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="/assets/{mark}">
<link rel="stylesheet" href="/assets/{app}"><link rel="stylesheet" href="/assets/{sheet}">
<script src="/assets/{script}" defer></script>
<main class="page"><div class="diagram sheet" data-bpmn-url="/bpmn/{key}" data-label="Diagram SOP"
  data-failed="Tidak ada." data-marks='{marks}' data-counts='{counts}'>
<p class="diagram-waiting">Diagram memerlukan JavaScript.</p>
<div class="diagram-tools"><button type="button" data-diagram-zoom="in">Perbesar</button>
<button type="button" data-diagram-zoom="fit">Seluruhnya</button></div></div></main></html>"""


class _Site(SimpleHTTPRequestHandler):
    """Serves the built assets, the diagrams, and one page for each diagram."""

    def do_GET(self) -> None:
        folder, _, name = self.path.strip("/").partition("/")
        if folder == "assets":
            self._answer((build.output(build.ROOT) / name).read_bytes(), self.guess_type(name))
        elif folder == "bpmn":
            path = BPMN / name / f"{name}.bpmn"
            self._answer(path.read_bytes() if path.is_file() else b"<no-diagram/>", "application/xml")
        else:
            self._answer(_page(name), "text/html")

    def _answer(self, content: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Content-Security-Policy", POLICY)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""


def _page(key: str) -> bytes:
    built = json.loads((build.output(build.ROOT) / "manifest.json").read_bytes())
    marks = {"row_01": "done", "row_02": "returned", "row_03": "active", "no_such_element": "done"}
    return PAGE.format(
        key=key,
        app=built["app.css"],
        mark=built["mark.svg"],
        sheet=built["viewer.css"],
        script=built["viewer.js"],
        marks=json.dumps(marks),
        counts=json.dumps({"row_02": 2}),
    ).encode()


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Site) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("key", DIAGRAMS)
def test_diagram_is_drawn_with_its_marks(page: Page, site: str, key: str, picture: Callable[[Page, str], Path]) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(f"{site}/page/{key}")
    page.wait_for_selector(".diagram.is-drawn")

    states = {
        row: page.locator(f"[data-element-id={row}]").first.get_attribute("class")
        for row in ("row_01", "row_02", "row_03")
    }
    assert ["is-done" in (states["row_01"] or ""), "is-returned" in (states["row_02"] or "")] == [True, True]
    assert "is-active" in (states["row_03"] or "")
    assert page.locator(".diagram-count").inner_text() == "2\N{MULTIPLICATION SIGN}"
    assert page.get_by_role("img", name="Diagram SOP").is_visible()
    assert not page.get_by_text("Diagram memerlukan JavaScript.").is_visible()
    assert said == []
    picture(page, f"diagram-{key}")


def test_logo_of_the_drawing_library_is_never_covered(new_page: NewPage, site: str) -> None:
    for width in (1280, 360):
        page = new_page(width=width)
        page.goto(f"{site}/page/{DIAGRAMS[0]}")
        page.wait_for_selector(".diagram.is-drawn")

        on_top = page.evaluate(
            """() => { const logo = document.querySelector(".bjs-powered-by"); logo.scrollIntoView();
                       const {x, y, width, height} = logo.getBoundingClientRect();
                       return logo.contains(document.elementFromPoint(x + width / 2, y + height / 2)); }"""
        )

        assert on_top


def test_current_step_is_legible_on_a_phone(new_page: NewPage, site: str, picture: Callable[[Page, str], Path]) -> None:
    page = new_page(width=360, height=740)
    page.goto(f"{site}/page/{DIAGRAMS[-1]}")
    page.wait_for_selector(".diagram.is-drawn")

    step = page.locator("[data-element-id=row_03] .djs-visual").first.bounding_box()

    assert step
    assert 0 <= step["x"] <= 360 - step["width"]
    assert step["width"] >= 60
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    picture(page, "diagram-phone")


def test_buttons_change_the_size(page: Page, site: str) -> None:
    page.goto(f"{site}/page/{DIAGRAMS[0]}")
    page.wait_for_selector(".diagram.is-drawn")

    def scale() -> float:
        size: float = page.evaluate("document.querySelector('.djs-container .viewport').getCTM().a")
        return size

    page.get_by_text("Seluruhnya").click()
    whole = scale()
    page.get_by_text("Perbesar").click()

    assert scale() > whole


def test_diagram_that_cannot_be_drawn_says_so(page: Page, site: str) -> None:
    page.goto(f"{site}/page/missing")

    page.get_by_text("Tidak ada.").wait_for()
    assert page.locator(".diagram-canvas").count() == 0


def test_page_without_javascript_keeps_its_words(new_page: NewPage, site: str) -> None:
    page = new_page(javascript=False)
    page.goto(f"{site}/page/{DIAGRAMS[0]}")

    assert page.get_by_text("Diagram memerlukan JavaScript.").is_visible()
    assert not page.get_by_text("Perbesar").is_visible()
