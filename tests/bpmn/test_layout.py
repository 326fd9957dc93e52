"""The drawings are clean: nothing overlaps, lines are straight, keep clear of shapes and labels, and do not cross."""

from itertools import combinations, pairwise
from typing import NamedTuple

import pytest
from lxml import etree

from tests.bpmn.diagram import BPMN, KEYS, diagram, kind

DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
DC = "{http://www.omg.org/spec/DD/20100524/DC}"
NAME_BAND = 30  # bpmn-js writes the name of a pool or lane into a band of this width at its left
WAYPOINT = "{http://www.omg.org/spec/DD/20100524/DI}waypoint"


class Box(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "Box") -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def holds(self, other: "Box") -> bool:
        return (
            self.left <= other.left
            and other.right <= self.right
            and self.top <= other.top
            and other.bottom <= self.bottom
        )


class Line(NamedTuple):
    """One straight piece of an edge, as the thin box that it covers."""

    edge: str
    box: Box


def box_of(bounds: etree._Element) -> Box:
    left, top, width, height = (float(bounds.get(name, "nan")) for name in ("x", "y", "width", "height"))
    return Box(left, top, left + width, top + height)


def shapes(key: str) -> dict[str, Box]:
    found = {}
    for shape in diagram(key).tree.iter(f"{DI}BPMNShape"):
        bounds = shape.find(f"{DC}Bounds")
        assert bounds is not None
        found[shape.get("bpmnElement", "")] = box_of(bounds)
    return found


def steps(key: str) -> dict[str, Box]:
    return {name: box for name, box in shapes(key).items() if name in diagram(key).nodes}


def labels(key: str) -> dict[str, Box]:
    found = {}
    for label in diagram(key).tree.iter(f"{DI}BPMNLabel"):
        owner, bounds = label.getparent(), label.find(f"{DC}Bounds")
        assert owner is not None
        assert bounds is not None
        found[owner.get("bpmnElement", "")] = box_of(bounds)
    return found


def points(key: str) -> dict[str, list[tuple[float, float]]]:
    return {
        edge.get("bpmnElement", ""): [
            (float(point.get("x", "nan")), float(point.get("y", "nan"))) for point in edge.iterfind(WAYPOINT)
        ]
        for edge in diagram(key).tree.iter(f"{DI}BPMNEdge")
    }


def lines(key: str) -> list[Line]:
    return [
        Line(edge, Box(min(x, u), min(y, v), max(x, u), max(y, v)))
        for edge, way in points(key).items()
        for (x, y), (u, v) in pairwise(way)
    ]


@pytest.mark.parametrize("key", KEYS)
def test_everything_is_drawn_once(key: str) -> None:
    tree = diagram(key).tree
    shown = {"participant", "lane", "messageFlow", "sequenceFlow"}
    semantic = {element.get("id") for element in tree.iter(f"{BPMN}*") if kind(element) in shown} | set(
        diagram(key).nodes
    )
    drawn = [element.get("bpmnElement", "") for element in tree.iter(f"{DI}BPMNShape", f"{DI}BPMNEdge")]
    assert sorted(drawn) == sorted(str(name) for name in semantic)


@pytest.mark.parametrize("key", KEYS)
def test_steps_stand_inside_their_lane(key: str) -> None:
    placed, lane_of = shapes(key), diagram(key).lane_of
    outside = [name for name in steps(key) if not placed[f"lane_{lane_of[name]}"].holds(placed[name])]
    assert outside == []


@pytest.mark.parametrize("key", KEYS)
def test_lanes_are_equally_high_and_fill_the_pool(key: str) -> None:
    placed = shapes(key)
    lanes = [placed[name] for name in diagram(key).lanes]
    assert len({lane.bottom - lane.top for lane in lanes}) == 1
    assert all(above.bottom == below.top for above, below in pairwise(lanes))
    pool = placed["pool_kantor"]
    assert (lanes[0].top, lanes[-1].bottom, lanes[0].right) == (pool.top, pool.bottom, pool.right)


@pytest.mark.parametrize("key", KEYS)
def test_flow_runs_from_left_to_right(key: str) -> None:
    placed, returns = steps(key), {"Dikembalikan"}
    backwards = [
        flow.id
        for flow in diagram(key).flows
        if middle(placed[flow.target]) < middle(placed[flow.source]) and flow.name not in returns
    ]
    assert backwards == []


def middle(box: Box) -> float:
    return (box.left + box.right) / 2


@pytest.mark.parametrize("key", KEYS)
def test_nothing_overlaps(key: str) -> None:
    things = [*steps(key).items(), *((f"label of {name}", box) for name, box in labels(key).items())]
    assert [(one, other) for (one, box), (other, area) in combinations(things, 2) if box.meets(area)] == []


@pytest.mark.parametrize("key", KEYS)
def test_labels_of_steps_keep_clear_of_lane_names_and_borders(key: str) -> None:
    placed, lane_of = shapes(key), diagram(key).lane_of
    for name in labels(key).keys() & steps(key).keys():
        lane = placed[f"lane_{lane_of[name]}"]
        assert lane._replace(left=lane.left + NAME_BAND).holds(labels(key)[name]), name


@pytest.mark.parametrize("key", KEYS)
def test_edges_are_orthogonal_and_touch_their_ends(key: str) -> None:
    placed = steps(key)
    assert all(line.box.left == line.box.right or line.box.top == line.box.bottom for line in lines(key))
    for flow in diagram(key).flows:
        way = points(key)[flow.id]
        assert on_border(way[0], placed[flow.source]), flow.id
        assert on_border(way[-1], placed[flow.target]), flow.id


def on_border(point: tuple[float, float], box: Box) -> bool:
    x, y = middle(box), (box.top + box.bottom) / 2
    return point in {(box.left, y), (box.right, y), (x, box.top), (x, box.bottom)}


@pytest.mark.parametrize("key", KEYS)
def test_edges_keep_clear_of_shapes_and_labels(key: str) -> None:
    in_the_way = [*steps(key).items(), *((f"label of {name}", box) for name, box in labels(key).items())]
    assert [(line.edge, name) for line in lines(key) for name, box in in_the_way if line.box.meets(box)] == []


@pytest.mark.parametrize("key", KEYS)
def test_edges_do_not_cross_or_run_on_each_other(key: str) -> None:
    # Pieces that only touch meet where edges leave or reach the same step.
    wider = [(line.edge, Box(*line.box[:2], line.box.right + 0.1, line.box.bottom + 0.1)) for line in lines(key)]
    crossing = [
        (one, other) for (one, box), (other, area) in combinations(wider, 2) if one != other and box.meets(area)
    ]
    assert crossing == []
