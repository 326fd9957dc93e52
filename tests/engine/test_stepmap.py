"""The step map: every step once, in its lane, nothing on top of anything, lines from shape to shape."""

from collections import Counter
from collections.abc import Collection, Mapping
from itertools import combinations, pairwise
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.engine import stepmap
from service.engine.diagram import Diagram, read
from service.engine.stepmap import EVENT, GATE, MapFlow, StepMap
from tests.bpmn.diagram import FOLDER
from tests.engine.drawing import call, definitions, each, end, flow, gateway, line, process, said, start, task
from tests.engine.walking import PROCESSES


class Shape(NamedTuple):
    """A drawn thing as the box around it."""

    name: str
    left: int
    top: int
    right: int
    bottom: int

    def meets(self, other: "Shape") -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def has_on_its_edge(self, point: tuple[int, int]) -> bool:
        x, y = point
        level = self.left <= x <= self.right and y in {self.top, self.bottom}
        upright = self.top <= y <= self.bottom and x in {self.left, self.right}
        return level or upright

    def holds(self, point: tuple[int, int]) -> bool:
        return self.left < point[0] < self.right and self.top < point[1] < self.bottom


def draw(
    diagram: Diagram,
    states: Mapping[str, str] | None = None,
    walked: Collection[str] = (),
    units: Mapping[str, int] | None = None,
) -> StepMap:
    drawn = stepmap.draw(diagram, states, walked, units)
    assert drawn is not None
    return drawn


def shapes(drawn: StepMap) -> list[Shape]:
    return [
        *(Shape(box.element, box.x, box.y, box.x + box.width, box.y + box.height) for box in drawn.boxes),
        *(Shape(gate.element, gate.x - GATE, gate.y - GATE, gate.x + GATE, gate.y + GATE) for gate in drawn.gates),
        *(
            Shape(event.kind, event.x - EVENT, event.y - EVENT, event.x + EVENT, event.y + EVENT)
            for event in drawn.events
        ),
    ]


def drawn_at(found: list[Shape], point: tuple[int, int]) -> str:
    (name,) = [shape.name for shape in found if shape.has_on_its_edge(point)]
    return name


def is_join(diagram: Diagram, element: str) -> bool:
    return diagram.nodes[element].is_gateway and len(diagram.outgoing.get(element, ())) == 1


def told(diagram: Diagram, element: str) -> str:
    """Return what the map calls an element."""
    return {"startEvent": "start", "endEvent": "end"}.get(diagram.nodes[element].kind, element)


def connections(diagram: Diagram) -> Counter[tuple[str, str, str]]:
    """Return what the diagram connects, looking through joins."""
    found: Counter[tuple[str, str, str]] = Counter()
    for element in diagram.nodes:
        for leaving in () if is_join(diagram, element) else diagram.outgoing.get(element, ()):
            target = leaving.target
            while is_join(diagram, target):
                target = diagram.outgoing[target][0].target
            found[told(diagram, element), told(diagram, target), leaving.name.lower()] += 1
    return found


def diagram_of(key: str) -> Diagram:
    return read((FOLDER / key / f"{key}.bpmn").read_bytes(), f"{key}.bpmn")


def small(*parts: str, lanes: dict[str, list[str]] | None = None) -> Diagram:
    return read(definitions(process(*parts, lanes=lanes)), "kecil.bpmn")


LOOP = small(
    start(), task("a", said(baris="1")), gateway("masuk"), task("b", said(baris="2") + each()), call("c"),
    gateway("pilih", "pilih-masuk"), task("d", said(baris="3", tambahan="ya")), task("e"), end(), end("batal"),
    line("mulai", "a", "masuk", "b", "c", "pilih"), flow("pilih", "masuk", name="Dikembalikan"),
    flow("pilih", "d", "nilai = 1", name="Setuju"), flow("pilih", "batal", "nilai = 2", name="Batal"),
    line("d", "e", "selesai"),
    lanes={
        "Kadis": ["mulai", "a", "pilih"], "Bidang": ["masuk", "b", "c", "batal"], "Sekretaris": ["d", "e", "selesai"],
    },
)  # fmt: skip
DIAGRAMS = {key: diagram_of(key) for key in PROCESSES} | {
    "loop": LOOP,
    "row": small(start(), task("a"), end(), line("mulai", "a", "selesai")),
    "nothing to do": small(start(), end(), line("mulai", "selesai")),
    "two at once": small(
        start(), gateway("pisah", kind="parallelGateway"), task("a"), task("b"),
        gateway("temu", kind="parallelGateway"), end(), line("mulai", "pisah", "a", "temu", "selesai"),
        line("pisah", "b", "temu"),
    ),
    "no way on": small(
        start(), task("a"), gateway("pilih", "pilih-b"), task("b"), gateway("temu"),
        line("mulai", "a", "pilih", "b", "temu"), flow("pilih", "temu", "nilai = 1"),
    ),
}  # fmt: skip
EVERY = pytest.mark.parametrize("diagram", DIAGRAMS.values(), ids=DIAGRAMS.keys())


@EVERY
def test_every_task_and_call_is_drawn_once(diagram: Diagram) -> None:
    drawn = draw(diagram)

    wanted = [node.id for node in diagram.nodes.values() if node.kind in {"userTask", "callActivity"}]
    assert sorted(box.element for box in drawn.boxes) == sorted(wanted)


@EVERY
def test_every_decision_and_event_is_drawn_once_and_joins_are_not(diagram: Diagram) -> None:
    drawn = draw(diagram)

    gates = [node.id for node in diagram.nodes.values() if node.is_gateway and not is_join(diagram, node.id)]
    events = [told(diagram, node.id) for node in diagram.nodes.values() if node.kind.endswith("Event")]
    assert sorted(gate.element for gate in drawn.gates) == sorted(gates)
    assert sorted(event.kind for event in drawn.events) == sorted(events)


@EVERY
def test_lanes_fill_the_map_from_top_to_bottom(diagram: Diagram) -> None:
    drawn = draw(diagram)

    assert [lane.name for lane in drawn.lanes] == [lane.name for lane in diagram.lanes]
    assert all(above.y + above.height == below.y for above, below in pairwise(drawn.lanes))
    assert drawn.lanes[0].y >= 0
    assert drawn.lanes[-1].y + drawn.lanes[-1].height <= drawn.height


@EVERY
def test_names_of_lanes_are_told_whole_and_end_before_anything_stands(diagram: Diagram) -> None:
    drawn = draw(diagram)
    first = min(shape.left for shape in shapes(drawn))

    for lane in drawn.lanes:
        assert " ".join(line for line, _ in lane.lines) == lane.name
        assert all(lane.y < y < lane.y + lane.height for _, y in lane.lines)
        assert max(10 + 7 * len(line) for line, _ in lane.lines) < first


@EVERY
def test_everything_stands_inside_its_lane_and_the_map(diagram: Diagram) -> None:
    drawn = draw(diagram)
    lane_of = {member: number for number, lane in enumerate(diagram.lanes) for member in lane.members}
    starts = [node.id for node in diagram.nodes.values() if node.kind == "startEvent"]

    for shape in shapes(drawn):
        number = lane_of.get({"start": starts[0]}.get(shape.name, shape.name))
        if number is not None:
            assert drawn.lanes[number].y < shape.top < shape.bottom < drawn.lanes[number].y + drawn.lanes[number].height
        assert 0 < shape.left < shape.right < drawn.width
        assert any(lane.y < shape.top and shape.bottom < lane.y + lane.height for lane in drawn.lanes)


@EVERY
def test_nothing_is_drawn_on_top_of_anything(diagram: Diagram) -> None:
    assert [(one, other) for one, other in combinations(shapes(draw(diagram)), 2) if one.meets(other)] == []


@EVERY
def test_lines_lead_from_shape_to_shape_as_the_flows_do(diagram: Diagram) -> None:
    drawn = draw(diagram)
    found = shapes(drawn)

    lines = Counter((drawn_at(found, f.points[0]), drawn_at(found, f.points[-1]), f.tag) for f in drawn.flows)
    assert lines == connections(diagram)


@EVERY
def test_lines_are_level_or_upright_and_inside_the_map(diagram: Diagram) -> None:
    drawn = draw(diagram)

    for line_ in drawn.flows:
        for (x1, y1), (x2, y2) in pairwise(line_.points):
            assert x1 == x2 or y1 == y2
            assert (x1, y1) != (x2, y2)
        assert all(0 <= x <= drawn.width and 0 <= y <= drawn.height for x, y in line_.points)
        assert 0 <= line_.tag_x <= drawn.width
        assert 0 <= line_.tag_y <= drawn.height


def pieces(drawn: MapFlow) -> list[list[tuple[int, int]]]:
    """Return every point of each straight piece."""
    return [
        [(x, y) for x in range(min(x1, x2), max(x1, x2) + 1) for y in range(min(y1, y2), max(y1, y2) + 1)]
        for (x1, y1), (x2, y2) in pairwise(drawn.points)
    ]


def crossings(drawn: StepMap) -> list[tuple[str, MapFlow]]:
    """Return the shapes that lines run through."""
    return [
        (shape.name, f)
        for f in drawn.flows
        for shape in shapes(drawn)
        if any(shape.holds(point) for piece in pieces(f) for point in piece)
    ]


@EVERY
def test_lines_run_around_shapes(diagram: Diagram) -> None:
    assert crossings(draw(diagram)) == []


@EVERY
def test_lines_lead_to_the_right_except_returns(diagram: Diagram) -> None:
    drawn = draw(diagram)
    found = shapes(drawn)

    for f in drawn.flows:
        (source,) = [shape for shape in found if shape.has_on_its_edge(f.points[0])]
        (target,) = [shape for shape in found if shape.has_on_its_edge(f.points[-1])]
        assert (source.right <= target.left) == (f.state != "returned")


@pytest.mark.parametrize(
    ("key", "returns"),
    [
        (PROCESSES[0], {("gw_09", "row_07"), ("gw_10", "row_09")}),
        (PROCESSES[1], set()),
        (PROCESSES[2], {("gw_09", "row_08")}),
        (PROCESSES[3], {("gw_09", "row_08")}),
        (PROCESSES[4], set()),
    ],
)
def test_only_returns_lead_backward(key: str, returns: set[tuple[str, str]]) -> None:
    drawn = draw(DIAGRAMS[key])
    found = shapes(drawn)

    backward = [f for f in drawn.flows if f.state == "returned"]
    assert {(drawn_at(found, f.points[0]), drawn_at(found, f.points[-1])) for f in backward} == returns
    assert {f.tag for f in backward} <= {"dikembalikan"}


def test_rows_of_a_process_stand_in_their_order() -> None:
    boxes = sorted(draw(DIAGRAMS[PROCESSES[2]]).boxes, key=lambda box: box.x)

    assert [box.label for box in boxes] == ["1", "2", "3", "4", "5", "6", "6", "7", "8", "10", "9", "11", "12", "13"]


def test_boxes_tell_row_addition_call_and_title() -> None:
    boxes = {box.element: (box.label, box.title) for box in draw(LOOP).boxes}

    assert boxes == {"a": ("1", "a"), "b": ("2", "b"), "c": ("SOP", ""), "d": ("3", "d"), "e": ("+", "e")}


def test_steps_for_each_unit_and_calls_are_wide() -> None:
    width = {box.element: box.width for box in draw(LOOP).boxes}

    assert width["a"] == width["d"] == width["e"] < width["b"] == width["c"]


@pytest.mark.parametrize(
    ("states", "units", "expected"),
    [
        (None, {"b": 0}, {"a": ("1", "plain", None), "b": ("2", "plain", 0), "c": ("SOP", "plain", None)}),
        ({}, {}, {"a": ("1", "wait", None), "b": ("2", "wait", None), "c": ("SOP", "wait", None)}),
        (
            {"a": "done", "b": "now", "c": "returned"},
            {"b": 3},
            {"a": ("1 ✓", "done", None), "b": ("2", "now", 3), "c": ("SOP", "returned", None)},
        ),
        ({"a": "returned", "b": "done"}, {}, {"a": ("1", "returned", None), "b": ("2", "done", None)}),
        ({"a": "now", "tak_ada": "done"}, {}, {"a": ("1", "now", None), "b": ("2", "wait", None)}),
    ],
)
def test_boxes_tell_how_far_the_case_is(
    states: dict[str, str] | None, units: dict[str, int], expected: dict[str, tuple[str, str, int | None]]
) -> None:
    boxes = {box.element: (box.label, box.state, box.units) for box in draw(LOOP, states, units=units).boxes}

    assert {element: boxes[element] for element in expected} == expected


def test_lines_tell_which_way_the_case_went() -> None:
    def ways(*walked: str) -> dict[str, str]:
        return {f.tag: f.state for f in draw(LOOP, walked=walked).flows if f.tag}

    assert ways() == {"dikembalikan": "returned", "setuju": "plain", "batal": "plain"}
    assert ways("pilih-d", "pilih-masuk") == {"dikembalikan": "returned", "setuju": "walked", "batal": "plain"}
    assert Counter(f.state for f in draw(LOOP, walked=["mulai-a", "a-masuk"]).flows)["walked"] == 2


@EVERY
def test_map_looks_the_same_whatever_happened(diagram: Diagram) -> None:
    plain = draw(diagram)
    busy = draw(diagram, dict.fromkeys(diagram.nodes, "done"), diagram.flows.keys())

    assert [(b.x, b.y, b.width, b.height) for b in plain.boxes] == [(b.x, b.y, b.width, b.height) for b in busy.boxes]
    assert [f.points for f in plain.flows] == [f.points for f in busy.flows]


@st.composite
def processes(draw_: st.DrawFn) -> Diagram:
    """Draw processes of steps, decisions that skip steps or go back, in any lanes."""
    count = draw_(st.integers(1, 7))
    names = [f"t{number}" for number in range(count)]
    parts, flows, order = [], [], ["mulai"]
    for number, name in enumerate(names):
        parts += [gateway(f"masuk_{number}"), task(name, each(unique=name) if draw_(st.booleans()) else "")]
        order += [f"masuk_{number}", name]
        if draw_(st.booleans()):
            target = draw_(st.integers(0, count))
            aim = f"masuk_{target}" if target < count else "batal"
            parts.append(gateway(f"pilih_{number}"))
            order.append(f"pilih_{number}")
            if target != number + 1:
                flows.append(flow(f"pilih_{number}", aim, "nilai = 1", name="Ya"))
    order.append("selesai")
    used = any('targetRef="batal"' in text for text in flows)
    nodes = [*order, "batal"] if used else order
    lanes: dict[str, list[str]] = {"Kadis": [], "Sekretaris": [], "Bidang": []}
    for name in nodes:
        lanes[draw_(st.sampled_from(list(lanes)))].append(name)
    return small(start(), *parts, end(), *([end("batal")] if used else []), line(*order), *flows, lanes=lanes)


@settings(max_examples=60)
@given(processes())
def test_any_process_is_drawn_without_overlap(diagram: Diagram) -> None:
    drawn = draw(diagram)
    found = shapes(drawn)

    assert [(one, other) for one, other in combinations(found, 2) if one.meets(other)] == []
    assert sorted(box.element for box in drawn.boxes) == sorted(node.id for node in diagram.user_tasks)
    lines = Counter((drawn_at(found, f.points[0]), drawn_at(found, f.points[-1]), f.tag) for f in drawn.flows)
    assert lines == connections(diagram)
    assert crossings(drawn) == []
