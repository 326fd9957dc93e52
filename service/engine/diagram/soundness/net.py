"""The token game of a graph: places that a token stands in, transitions that move tokens."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations

from service.engine.diagram.model import Flow, Node
from service.engine.diagram.soundness.budget import Budget
from service.engine.diagram.soundness.graph import Graph, Outcome

WIDEST_CHOICE = 10
"""Branches of an inclusive split whose subsets are all tried."""

Passed = tuple[str, str]
"""A node that was passed and the flow that was chosen there, "" for none."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a token can stand: before a node, or on one flow into a join."""

    element: str
    armed: bool = False
    """No token of its own: a non-interrupting event that has not happened yet."""
    until: str = ""
    """Where a token in it waits at last, when several places were made one."""


@dataclass(slots=True)
class Transition:
    """Tokens taken, tokens given."""

    taken: set[int]
    given: set[int]
    passed: tuple[Passed, ...]
    disarmed: frozenset[int] = frozenset()
    """Emptied if filled."""
    doubled: str = ""
    """Node that two tokens would enter at once."""
    ends: bool = False
    """The scope ends with all that is in it."""
    raises: str | None = None
    """The error that the scope ends with."""


@dataclass(frozen=True, slots=True, eq=False)
class Join:
    """An inclusive join that goes by the rule: wait while a token elsewhere can still bring another flow."""

    element: str
    places: frozenset[int]
    firings: tuple[Transition, ...]
    """What it gives, without what it takes."""


@dataclass(slots=True)
class Net:
    """A whole token game."""

    start: int
    places: list[Place]
    transitions: list[Transition]
    joins: list[Join] = field(default_factory=list)


@dataclass(slots=True)
class _Arrival:
    """What happens when a token leaves by some flows."""

    given: set[int] = field(default_factory=set)
    passed: list[Passed] = field(default_factory=list)
    doubled: str = ""
    ends: bool = False
    raises: str | None = None


class Builder:
    """Builds the token game of one graph."""

    def __init__(self, graph: Graph, blocks: Mapping[str, tuple[str, Mapping[str, str]]], budget: Budget) -> None:
        self.graph = graph
        self.blocks = blocks
        self.splits = {
            split: branches for split, branches in blocks.values() if graph.nodes[split].kind == "inclusiveGateway"
        }
        self.budget = budget
        self.places: list[Place] = []
        self.transitions: list[Transition] = []
        self.joins: list[Join] = []
        self._known: dict[tuple[str, str], int] = {}
        self._armed: dict[str, tuple[int, ...]] = {}

    def build(self) -> Net:
        """Return the token game."""
        for node in self.graph.nodes.values():
            self.budget.spend(1)
            if node.attached_to and node.id != self.graph.start:
                continue
            if self._waits_for_others(node.id):
                self._join(node)
            elif not self._is_passed(node) and not self._is_end(node):
                self._step(node)
        return Net(self._place(self.graph.start), self.places, self.transitions, self.joins)

    # What a node is

    def _waits_for_others(self, element: str) -> bool:
        return self.graph.is_join(element) and not self._merges(element)

    def _merges(self, element: str) -> bool:
        """Tell whether an inclusive join closes an exclusive choice and so never waits."""
        split = self.blocks.get(element, ("", {}))[0]
        return bool(split) and self.graph.nodes[split].kind not in {"inclusiveGateway", "parallelGateway"}

    def _is_passed(self, node: Node) -> bool:
        """Tell whether a token passes without standing: gateways that neither choose nor wait, thrown links."""
        if node.id in self.graph.catches:
            return True
        return node.is_gateway and node.kind != "eventBasedGateway" and len(self._out(node.id)) == 1

    def _is_end(self, node: Node) -> bool:
        return node.kind == "endEvent" and not self._out(node.id)

    def _out(self, element: str) -> tuple[Flow, ...]:
        return self.graph.outgoing.get(element, ())

    # Places

    def _place(self, element: str, flow: str = "") -> int:
        key = (element, flow)
        if key not in self._known:
            self._known[key] = len(self.places)
            self.places.append(Place(element))
            armed = []
            for event in self.graph.boundaries.get(element, ()):
                if not event.interrupting:
                    armed.append(len(self.places))
                    self.places.append(Place(event.id, armed=True))
            if armed:
                self._armed[element] = tuple(armed)
        return self._known[key]

    # Transitions

    def _step(self, node: Node) -> None:
        place = self._place(node.id)
        armed = frozenset(self._armed.get(node.id, ()))
        body = self.graph.bodies.get(node.id, Outcome())
        if body.completes or node.loop:
            self._firings(node, {place}, armed, ())
        for code in sorted(self.graph.uncaught(node, "error", body.errors)):
            self.transitions.append(
                Transition({place}, set(), ((node.id, ""),), disarmed=armed, ends=True, raises=code)
            )
        waiting = iter(self._armed.get(node.id, ()))
        for event in self.graph.boundaries.get(node.id, ()):
            before: tuple[Passed, ...] = ((node.id, ""),)
            if event.interrupting:
                self._firings(event, {place}, armed, before)
            else:
                self._firings(event, {place, next(waiting)}, frozenset(), before, stays=place)

    def _firings(
        self,
        node: Node,
        taken: set[int],
        disarmed: frozenset[int],
        before: tuple[Passed, ...],
        stays: int | None = None,
    ) -> None:
        if node.id in self.splits:
            self._block(node, taken)
            return
        for flows in self._choices(node):
            self.budget.spend(len(flows) + 1)
            arrival = self._arrival(flows)
            if stays is not None:
                arrival.doubled = arrival.doubled or (self.places[stays].element if stays in arrival.given else "")
                arrival.given.add(stays)
            chosen = ((node.id, " + ".join(flow.id for flow in flows) if self._chooses(node) else ""),)
            self.transitions.append(
                Transition(set(taken), arrival.given, (*before, *chosen, *arrival.passed), disarmed, arrival.doubled,
                           arrival.ends, arrival.raises)
            )  # fmt: skip

    def _join(self, node: Node) -> None:
        places = {self._place(node.id, flow.id) for flow in self.graph.incoming[node.id]}
        if node.kind == "parallelGateway" or node.id in self.blocks:
            self._firings(node, places, frozenset(), ())
            return
        begun = len(self.transitions)
        self._firings(node, set(), frozenset(), ())
        self.joins.append(Join(node.id, frozenset(places), tuple(self.transitions[begun:])))
        del self.transitions[begun:]

    def _block(self, node: Node, taken: set[int]) -> None:
        """Let each branch of a closed block run or be skipped: the join then waits for one token of each."""
        join = next(join for join, (split, _) in self.blocks.items() if split == node.id)
        branches = [(flow, self._place(f"{node.id}", flow.id)) for flow in self._out(node.id)]
        self.transitions.append(Transition(set(taken), {place for _, place in branches}, ((node.id, ""),)))
        for flow, place in branches:
            arrival = self._arrival((flow,))
            self.transitions.append(
                Transition({place}, arrival.given, tuple(arrival.passed), frozenset(), "", arrival.ends, arrival.raises)
            )
            self.transitions.append(Transition({place}, {self._place(join, self.splits[node.id][flow.id])}, ()))

    def _chooses(self, node: Node) -> bool:
        return len(self._out(node.id)) > 1 and node.kind in {"exclusiveGateway", "inclusiveGateway"}

    def _choices(self, node: Node) -> Iterator[tuple[Flow, ...]]:
        flows = self._out(node.id)
        if len(flows) < 2 or node.kind == "parallelGateway":  # noqa: PLR2004 - a choice begins at two
            yield flows
        elif node.kind in {"exclusiveGateway", "eventBasedGateway"}:
            yield from ((flow,) for flow in flows)
        else:
            yield from self._subsets(node, flows)

    def _subsets(self, node: Node, flows: tuple[Flow, ...]) -> Iterator[tuple[Flow, ...]]:
        """Yield what an inclusive split, or an activity with conditions on its flows, can take at once."""
        default = tuple(flow for flow in flows if flow.id == node.default)
        asked = [flow for flow in flows if flow.id != node.default and (flow.condition or node.is_gateway)]
        always = tuple(flow for flow in flows if flow not in asked and flow not in default)
        if len(asked) > WIDEST_CHOICE:
            self.budget.spend(self.budget.left + 1)
        if always or default:
            yield always + default
        for size in range(1, len(asked) + 1):
            for chosen in combinations(asked, size):
                yield always + chosen

    def _arrival(self, flows: tuple[Flow, ...]) -> _Arrival:
        found = _Arrival()
        for flow in flows:
            self._arrive(flow, found)
        if found.ends:
            found.given.clear()
            found.doubled = ""
        return found

    def _arrive(self, flow: Flow | None, found: _Arrival) -> None:
        while flow is not None:
            self.budget.spend(1)
            node = self.graph.nodes[flow.target]
            if self._waits_for_others(node.id):
                self._give(self._place(node.id, flow.id), found)
                return
            while node.id in self.graph.catches:
                found.passed.append((node.id, ""))
                node = self.graph.nodes[self.graph.catches[node.id]]
            if self._is_end(node):
                found.passed.append((node.id, ""))
                self._end(node, found)
                return
            if not self._is_passed(node):
                self._give(self._place(node.id), found)
                return
            found.passed.append((node.id, ""))
            flow = self._out(node.id)[0]

    def _give(self, place: int, found: _Arrival) -> None:
        if place in found.given:
            found.doubled = self.places[place].element
        found.given.add(place)
        found.given.update(self._armed.get(self.places[place].element, ()))

    def _end(self, node: Node, found: _Arrival) -> None:
        kind = node.event.kind if node.event else ""
        if kind in {"terminate", "error"}:
            found.ends = True
        if kind == "error" and node.event:
            found.raises = node.event.code
