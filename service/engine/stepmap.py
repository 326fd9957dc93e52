"""The step map: a process drawn small, one row per lane, numbers of the SOP rows in the boxes.

Every visible node has a column of its own, in the order in which the flow first reaches it. Joins are not
drawn: their flows go straight to what follows.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import pairwise
from textwrap import wrap

from service.engine.diagram import Diagram, Flow, Node

LANE_HEIGHT = 58
NAME_START = 92
"""Where the first node stands at least, right of the names of the lanes."""
NAME_LETTERS = 22
"""A longer name of a lane is broken into lines."""
NAME_LETTER = 7
NAME_LINE = 14
BOX_HEIGHT = 32
BOX_WIDTH = 36
WIDE_BOX = 68
GATE = 10
EVENT = 8
GAP = 16
LETTER = 6
MARGIN = 2
DRAWN = frozenset({"startEvent", "endEvent", "userTask", "callActivity", "exclusiveGateway", "parallelGateway"})
"""What stands on a map of steps."""


@dataclass(frozen=True, slots=True)
class MapLane:
    """A lane: its name and where it is."""

    name: str
    y: int
    height: int

    @property
    def lines(self) -> tuple[tuple[str, int], ...]:
        """Return the lines of its name, and how far down each stands."""
        lines = _lines(self.name)
        first = self.y + (self.height - (len(lines) - 1) * NAME_LINE) // 2 + 4
        return tuple((line, first + number * NAME_LINE) for number, line in enumerate(lines))


@dataclass(frozen=True, slots=True)
class MapBox:
    """A user task or called process."""

    element: str
    label: str
    title: str
    x: int
    y: int
    width: int
    height: int
    state: str
    """done, now, wait, returned or plain."""
    units: int | None = None
    """How many units do it, 0 before it is known; nothing for what is done once."""


@dataclass(frozen=True, slots=True)
class MapGate:
    """A decision; x and y are its middle."""

    element: str
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class MapEvent:
    """A start or end; x and y are its middle."""

    x: int
    y: int
    kind: str


@dataclass(frozen=True, slots=True)
class MapFlow:
    """A line through points, with an arrow head at the last one."""

    points: tuple[tuple[int, int], ...]
    state: str
    """plain, walked or returned."""
    tag: str
    tag_x: int
    tag_y: int


@dataclass(frozen=True, slots=True)
class StepMap:
    """The whole map in its own units."""

    width: int
    height: int
    lanes: tuple[MapLane, ...]
    boxes: tuple[MapBox, ...]
    gates: tuple[MapGate, ...]
    events: tuple[MapEvent, ...]
    flows: tuple[MapFlow, ...]


@dataclass(frozen=True, slots=True)
class _Place:
    node: Node
    column: int
    lane: int
    x: int
    """Left edge."""
    y: int
    """Middle."""
    width: int

    @property
    def right(self) -> int:
        return self.x + self.width

    @property
    def middle(self) -> int:
        return self.x + self.width // 2

    @property
    def half_height(self) -> int:
        return (
            BOX_HEIGHT // 2
            if self.node.kind in {"userTask", "callActivity"}
            else GATE
            if self.node.is_gateway
            else EVENT
        )


@dataclass(frozen=True, slots=True)
class _Link:
    first: Flow
    source: str
    target: str
    backward: bool


def draw(
    diagram: Diagram,
    states: Mapping[str, str] | None = None,
    walked: Collection[str] = (),
    units: Mapping[str, int] | None = None,
) -> StepMap | None:
    """Lay out a diagram; one with more than tasks, calls and decisions is told by its BPMN drawing alone.

    Args:
        diagram: the process.
        states: element -> done, now, wait or returned; empty for a map without a case.
        walked: ids of the flows that the case took.
        units: how many units do an element, for those that units do.

    """
    if not {node.kind for node in diagram.nodes.values()} <= DRAWN:
        return None
    order = _order(diagram)
    places = _places(diagram, order)
    links = _links(diagram, order)
    boxes = tuple(_box(place, states, units or {}) for place in places.values() if place.half_height == BOX_HEIGHT // 2)
    return StepMap(
        width=max((place.right for place in places.values()), default=_names_end(diagram)) + 2 * GAP,
        height=len(diagram.lanes) * LANE_HEIGHT + 2 * MARGIN,
        lanes=tuple(
            MapLane(lane.name, MARGIN + index * LANE_HEIGHT, LANE_HEIGHT) for index, lane in enumerate(diagram.lanes)
        ),
        boxes=boxes,
        gates=tuple(MapGate(p.node.id, p.middle, p.y) for p in places.values() if p.node.is_gateway),
        events=tuple(
            MapEvent(p.middle, p.y, "end" if p.node.kind == "endEvent" else "start")
            for p in places.values()
            if p.node.kind.endswith("Event")
        ),
        flows=tuple(_line(link, places, frozenset(walked)) for link in links),
    )


def _is_join(diagram: Diagram, node: Node) -> bool:
    return node.is_gateway and len(diagram.outgoing.get(node.id, ())) == 1


def _through(diagram: Diagram, flow: Flow) -> str:
    """Follow a flow through joins to what is drawn."""
    target = flow.target
    for _ in diagram.nodes:
        node = diagram.nodes[target]
        if not _is_join(diagram, node):
            break
        target = diagram.outgoing[target][0].target
    return target


def _order(diagram: Diagram) -> list[str]:
    """Order the drawn nodes along the flow: a node comes after everything that leads to it without going back."""
    start = next((node.id for node in diagram.nodes.values() if node.kind == "startEvent"), None)
    if start is None:
        return []
    finished: list[str] = []
    seen: set[str] = set()
    waiting: list[tuple[str, bool]] = [(start, False)]
    while waiting:
        here, done = waiting.pop()
        if done:
            finished.append(here)
        elif here not in seen:
            seen.add(here)
            waiting.append((here, True))
            following = [_through(diagram, flow) for flow in diagram.outgoing.get(here, ())]
            # the last one pushed is followed first and ends up furthest to the right
            following.sort(key=lambda target: (_rank(diagram.nodes[target]), target))
            waiting.extend((target, False) for target in following)
    return finished[::-1]


def _rank(node: Node) -> int:
    return 10_000 if node.kind == "endEvent" else node.order or 5_000


def _names_end(diagram: Diagram) -> int:
    """Return where the names of the lanes have ended."""
    longest = max((len(line) for lane in diagram.lanes for line in _lines(lane.name)), default=0)
    return max(NAME_START, 10 + NAME_LETTER * longest + GAP // 2)


def _lines(name: str) -> tuple[str, ...]:
    return tuple(wrap(name, NAME_LETTERS, max_lines=LANE_HEIGHT // NAME_LINE, placeholder=" …"))


def _places(diagram: Diagram, order: list[str]) -> dict[str, _Place]:
    lanes = {member: index for index, lane in enumerate(diagram.lanes) for member in lane.members}
    places: dict[str, _Place] = {}
    x = _names_end(diagram)
    for column, element in enumerate(order):
        node = diagram.nodes[element]
        lane = lanes.get(element, 0)
        width = _width(node)
        places[element] = _Place(node, column, lane, x, MARGIN + lane * LANE_HEIGHT + LANE_HEIGHT // 2, width)
        x += width + GAP + _room_for_names(diagram, node)
    return places


def _room_for_names(diagram: Diagram, node: Node) -> int:
    """Return how much wider the gap behind a decision is, so that the names of its flows can be read."""
    if not node.is_gateway:
        return 0
    return max((len(flow.name) for flow in diagram.outgoing.get(node.id, ())), default=0) * LETTER


def _width(node: Node) -> int:
    if node.kind in {"userTask", "callActivity"}:
        return WIDE_BOX if node.loop or node.kind == "callActivity" else BOX_WIDTH
    return 2 * GATE if node.is_gateway else 2 * EVENT


def _links(diagram: Diagram, order: list[str]) -> list[_Link]:
    column = {element: index for index, element in enumerate(order)}
    links = []
    for element in order:
        for flow in diagram.outgoing.get(element, ()):
            target = _through(diagram, flow)
            links.append(_Link(flow, element, target, column[target] <= column[element]))
    return links


def _box(place: _Place, states: Mapping[str, str] | None, units: Mapping[str, int]) -> MapBox:
    node = place.node
    state = "plain" if states is None else states.get(node.id, "wait")
    label = "SOP" if node.called else str(node.order or "+")
    tick = " ✓" if state == "done" and place.width == BOX_WIDTH else ""
    top = place.y - BOX_HEIGHT // 2
    return MapBox(node.id, label + tick, node.name, place.x, top, place.width, BOX_HEIGHT, state, units.get(node.id))


def _line(link: _Link, places: Mapping[str, _Place], walked: frozenset[str]) -> MapFlow:
    source, target = places[link.source], places[link.target]
    direct = not link.backward and _is_free(source, target, places)
    points = _direct(source, target) if direct else _around(source, target)
    state = "returned" if link.backward else "walked" if link.first.id in walked else "plain"
    tag_x, tag_y = _tag(points, direct=direct)
    return MapFlow(tuple(points), state, link.first.name.lower(), tag_x, tag_y)


def _is_free(source: _Place, target: _Place, places: Mapping[str, _Place]) -> bool:
    """Tell whether nothing stands on the way along the lane of the target."""
    return not any(p.lane == target.lane and source.column < p.column < target.column for p in places.values())


def _direct(source: _Place, target: _Place) -> list[tuple[int, int]]:
    if source.y == target.y:
        return [(source.right, source.y), (target.x, target.y)]
    if source.node.is_gateway:  # leave a decision up or down, so that its flows part at once
        edge = source.y + (GATE if target.y > source.y else -GATE)
        return [(source.middle, edge), (source.middle, target.y), (target.x, target.y)]
    turn = source.right + GAP // 2
    return [(source.right, source.y), (turn, source.y), (turn, target.y), (target.x, target.y)]


def _around(source: _Place, target: _Place) -> list[tuple[int, int]]:
    """Go along the edge of the target's lane that faces the source; below the lane when both are in one."""
    below = source.lane >= target.lane
    channel = target.y + (LANE_HEIGHT // 2 - 4 if below else 4 - LANE_HEIGHT // 2)
    leave = source.y + (source.half_height if channel > source.y else -source.half_height)
    enter = target.y + (target.half_height if below else -target.half_height)
    return [(source.middle, leave), (source.middle, channel), (target.middle, channel), (target.middle, enter)]


def _tag(points: list[tuple[int, int]], *, direct: bool) -> tuple[int, int]:
    """Put the name of a flow beside its longest level piece."""
    level = [(a, b) for a, b in pairwise(points) if a[1] == b[1]]
    first, last = max(level, key=lambda piece: abs(piece[0][0] - piece[1][0]), default=(points[0], points[-1]))
    left = min(first[0], last[0])
    return (left + 2, first[1] - 5) if not direct else (left + 2, first[1] - 4)
