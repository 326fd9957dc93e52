"""The real bpmn-js draws each diagram without a warning, and every text fits where it stands, in a wide font too."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests import provision
from tests.bpmn.diagram import KEYS, diagram
from tests.conftest import NewPage

MODELER = provision.ROOT / "node_modules" / "bpmn-js" / "dist" / "bpmn-modeler.production.min.js"
PAGE = '<!doctype html><style>body { margin: 0 } #canvas { height: 100vh }</style><div id="canvas"></div>'
MARGIN = 20
USUAL, WIDE = "Arial, sans-serif", "DejaVu Sans, Verdana, sans-serif"

IMPORT = """async ([xml, fontFamily]) => {
    window.modeler = new BpmnJS({ container: "#canvas", textRenderer: { defaultStyle: { fontFamily } } });
    const { warnings } = await modeler.importXML(xml);
    const { width, height } = modeler.get("canvas").viewbox().inner;
    return { warnings: warnings.map(({ message }) => message), width, height };
}"""

SHOW_ALL = """(margin) => {
    const canvas = modeler.get("canvas");
    canvas.resized();
    const { x, y, width, height } = canvas.viewbox().inner;
    canvas.viewbox({ x: x - margin, y: y - margin, width: width + 2 * margin, height: height + 2 * margin });
}"""

# A text fits if the browser draws it inside the box that the diagram gives it: the shape, or the label's own bounds.
# Fonts leave different room above and below their letters, in lanes beside them: a quarter of the size is no text.
MISFITS = """() => {
    const registry = modeler.get("elementRegistry");
    const toDiagram = document.querySelector(".viewport").getScreenCTM().inverse();
    const misfits = [];
    registry.forEach((element, graphics) => {
        for (const text of graphics.querySelector(":scope > .djs-visual")?.querySelectorAll("text") ?? []) {
            if (!text.textContent.trim() || element.waypoints) continue;
            const { left, top, right, bottom } = text.getBoundingClientRect();
            const from = new DOMPoint(left, top).matrixTransform(toDiagram);
            const to = new DOMPoint(right, bottom).matrixTransform(toDiagram);
            const room = parseFloat(getComputedStyle(text).fontSize) / 4;
            const inside = from.x >= element.x - room && to.x <= element.x + element.width + room
                && from.y >= element.y - room && to.y <= element.y + element.height + room;
            if (!inside) misfits.push(element.id);
        }
    });
    return misfits;
}"""


def draw(page: Page, key: str, font: str) -> dict[str, Any]:
    page.set_content(PAGE)
    page.add_script_tag(path=MODELER)
    drawn: dict[str, Any] = page.evaluate(IMPORT, [diagram(key).path.read_text(encoding="utf-8"), font])
    return drawn


@pytest.mark.parametrize("key", KEYS)
def test_diagram_is_drawn_without_a_warning_and_its_texts_fit(
    key: str, new_page: NewPage, picture: Callable[[Page, str], Path]
) -> None:
    page = new_page()
    drawn = draw(page, key, USUAL)
    width, height = (int(drawn[name]) + 2 * MARGIN for name in ("width", "height"))
    page.set_viewport_size({"width": width, "height": height})
    page.evaluate(SHOW_ALL, MARGIN)
    picture(page, f"bpmn-{key}")
    assert drawn["warnings"] == []
    assert page.evaluate(MISFITS) == []


@pytest.mark.parametrize("key", KEYS)
def test_texts_fit_in_a_wide_font(key: str, page: Page) -> None:
    draw(page, key, WIDE)
    assert page.evaluate(MISFITS) == []
