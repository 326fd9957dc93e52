"""A BPMN process as plain values: what the pages, checks and the step map need to know."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from service.errors import Problem

GATEWAYS = frozenset({"exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway", "complexGateway"})


@dataclass(frozen=True, slots=True)
class Lane:
    """One performer column of the SOP."""

    id: str
    name: str
    members: frozenset[str]


@dataclass(frozen=True, slots=True)
class Loop:
    """A multi-instance marker: the activity once per item of a collection, or as often as a number says."""

    collection: str
    """Variable with the list; empty when `cardinality` counts instead."""
    item: str
    output_collection: str
    output_item: str
    sequential: bool
    cardinality: str = ""
    """FEEL expression."""
    completion: str = ""
    """FEEL condition, asked after each instance: true ends the rest."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """A standard loop marker: the activity again while a condition holds."""

    condition: str
    """FEEL; empty repeats up to the maximum."""
    test_before: bool
    maximum: str
    """A whole number as written, empty for none."""


@dataclass(frozen=True, slots=True)
class Event:
    """What an event waits for or raises."""

    kind: str
    """message, timer, signal, error, escalation, terminate, link, conditional, compensate, cancel."""
    name: str = ""
    """Name of the message, signal or link."""
    code: str = ""
    """Code of the error or escalation; a catching event without one takes every code."""
    timer_kind: str = ""
    """date, duration or cycle."""
    timer: str = ""
    """ISO 8601 as written, or a FEEL expression behind a leading "=" or inside ${}."""
    line: int = 0
    missing: str = ""
    """Id of a message, signal, error or escalation that the file does not define."""


@dataclass(frozen=True, slots=True)
class DataMapping:
    """A value handed to a called process or taken back from it (camunda:in, camunda:out)."""

    outward: bool
    """True for camunda:out."""
    everything: bool
    """True for variables="all"."""
    source: str
    """FEEL expression over the variables of the giving side."""
    target: str


@dataclass(frozen=True, slots=True)
class Flow:
    """A sequence flow."""

    id: str
    source: str
    target: str
    name: str
    condition: str
    line: int


@dataclass(frozen=True, slots=True)
class Node:
    """A flow node of any kind."""

    id: str
    kind: str
    """Local name of the BPMN element: userTask, exclusiveGateway, endEvent, ..."""
    name: str
    lane: str
    line: int
    documentation: str = ""
    properties: Mapping[str, str] = field(default_factory=dict)
    form: str = ""
    groups: tuple[str, ...] = ()
    default: str = ""
    called: str = ""
    loop: Loop | None = None
    mappings: tuple[DataMapping, ...] = ()
    repeat: Repeat | None = None
    events: tuple[Event, ...] = ()
    """Of an event; the message of a send or receive task as well. One for everything that runs."""
    key: str = ""
    """FEEL expression that a message and its receiver must agree on (`sop.kunci`); empty agrees with everything."""
    attached_to: str = ""
    """Activity that a boundary event sits on."""
    interrupting: bool = True
    """Whether a boundary event ends its activity."""
    script: str = ""
    script_format: str = ""
    result: str = ""
    """Variable that takes the result of a script or decision."""
    decision: str = ""
    """Key of the decision table of a business rule task."""
    decision_result: str = ""
    """camunda:mapDecisionResult: singleEntry, singleResult, collectEntries or resultList; empty means resultList."""
    topic: str = ""
    """External task topic of a service, send, business rule or throwing message element."""
    inputs: tuple[DataMapping, ...] = ()
    """camunda:inputParameter: local variables made when the activity begins."""
    outputs: tuple[DataMapping, ...] = ()
    """camunda:outputParameter: variables given back when it ends."""
    assignee: str = ""
    users: tuple[str, ...] = ()
    due: str = ""
    follow_up: str = ""
    priority: str = ""
    form_key: str = ""
    called_binding: str = ""
    """camunda:calledElementBinding: latest, deployment or version; empty means latest."""
    for_compensation: bool = False
    by_event: bool = False
    """An event sub-process."""
    scope: str = ""
    """Id of the process or sub-process that it stands in."""

    @property
    def event(self) -> Event | None:
        """Return what it waits for or raises, None for nothing."""
        return self.events[0] if self.events else None

    @property
    def is_repeated(self) -> bool:
        """Tell whether it carries a multi-instance or loop marker."""
        return self.loop is not None or self.repeat is not None

    @property
    def is_gateway(self) -> bool:
        """Tell whether flows are split or joined here."""
        return self.kind in GATEWAYS

    @property
    def order(self) -> int:
        """Return the SOP row that this element belongs to, 0 for none."""
        text = self.properties.get("sop.baris", "")
        return int(text) if text.isascii() and text.isdigit() else 0

    @property
    def is_addition(self) -> bool:
        """Tell whether the printed SOP lacks this element."""
        return self.properties.get("sop.tambahan") == "ya"


@dataclass(frozen=True)
class Diagram:
    """One executable process with its lanes, nodes and flows."""

    key: str
    name: str
    properties: Mapping[str, str]
    documentation: str
    lanes: tuple[Lane, ...]
    nodes: Mapping[str, Node]
    flows: Mapping[str, Flow]
    start_form: str
    data_objects: frozenset[str]
    """Variables that the diagram itself declares."""
    notes: tuple[Problem, ...] = ()
    """What reading put right, and what the file asks for that no value here can hold."""
    written: int = 0
    """Characters of all expressions of its file."""

    @cached_property
    def outgoing(self) -> Mapping[str, tuple[Flow, ...]]:
        """Flows by the node that they leave."""
        return self._grouped("source")

    @cached_property
    def incoming(self) -> Mapping[str, tuple[Flow, ...]]:
        """Flows by the node that they enter."""
        return self._grouped("target")

    @cached_property
    def boundaries(self) -> Mapping[str, tuple[Node, ...]]:
        """Boundary events by the activity that they sit on."""
        grouped: dict[str, list[Node]] = {}
        for node in self.nodes.values():
            if node.attached_to:
                grouped.setdefault(node.attached_to, []).append(node)
        return {element: tuple(nodes) for element, nodes in grouped.items()}

    @cached_property
    def jumps(self) -> Mapping[str, str]:
        """Catching link event of each throwing one."""
        links = [node for node in self.nodes.values() if node.event and node.event.kind == "link"]
        caught = {_link(node): node.id for node in links if node.kind == "intermediateCatchEvent"}
        thrown = (node for node in links if node.kind == "intermediateThrowEvent" and _link(node) in caught)
        return {node.id: caught[_link(node)] for node in thrown}

    @cached_property
    def user_tasks(self) -> tuple[Node, ...]:
        """User tasks in the order of the SOP rows; added elements follow their row, those of no row the flow."""
        tasks = (node for node in self.nodes.values() if node.kind == "userTask")
        last, along = len(self.nodes), self._along
        return tuple(sorted(tasks, key=lambda node: (node.order or last, node.is_addition, along.get(node.id, last))))

    @cached_property
    def start(self) -> Node:
        """The start event."""
        return next(node for node in self.nodes.values() if node.kind == "startEvent" and node.scope == self.key)

    @cached_property
    def starting_groups(self) -> frozenset[str]:
        """Candidate groups of the first tasks of the diagram itself."""
        return frozenset(group for node in self.next_tasks(self.start.id) for group in node.groups)

    @cached_property
    def starting_calls(self) -> frozenset[str]:
        """Keys of the processes that a case can begin with."""
        return frozenset(node.called for node in self.next_tasks(self.start.id) if node.called)

    @cached_property
    def first(self) -> Node | None:
        """The first step: of several that a case can begin with, the one with the lowest row."""
        return min(self.next_tasks(self.start.id), key=lambda node: node.order, default=None)

    @cached_property
    def steps(self) -> int:
        """How many rows the SOP has."""
        return max((node.order for node in self.user_tasks), default=0)

    @cached_property
    def called(self) -> frozenset[str]:
        """Keys of the processes that call activities refer to."""
        return frozenset(node.called for node in self.nodes.values() if node.called)

    def next_tasks(self, element: str) -> tuple[Node, ...]:
        """Return the user tasks and call activities that can directly follow an element."""
        return self._reached([flow.target for flow in self.outgoing.get(element, ())])

    def reached_by(self, flow: Flow) -> tuple[Node, ...]:
        """Return the user tasks and call activities that a flow can directly lead to."""
        return self._reached([flow.target])

    def reached_by_element(self, element: str) -> tuple[Node, ...]:
        """Return the user tasks and call activities that an element is or directly leads to."""
        return self._reached([element])

    def leads_back(self, element: str) -> bool:
        """Tell whether an element can come again after itself."""
        seen: set[str] = set()
        waiting = [element]
        while waiting:
            following = {node.id for node in self.next_tasks(waiting.pop())} - seen
            seen |= following
            waiting.extend(following)
        return element in seen

    @cached_property
    def _along(self) -> Mapping[str, int]:
        """Where an element stands along the flow: behind all that leads to it without going back."""
        seen: set[str] = set()
        left: list[str] = []
        waiting = [(element, False) for element in self._beginnings.get(self.key, ())]
        while waiting:
            here, is_left = waiting.pop()
            if is_left:
                left.append(here)
            elif here in self.nodes and here not in seen:
                seen.add(here)
                waiting.append((here, True))
                # the last one is followed first, and all that it leads to stands behind the others
                waiting.extend((following, False) for following in self._ahead(here))
        return {element: number for number, element in enumerate(reversed(left))}

    def _ahead(self, element: str) -> Iterator[str]:
        """Yield where a token can go from an element, what happens at its edge last."""
        yield from self._beginnings.get(element, ())
        yield from (flow.target for flow in self.outgoing.get(element, ()))
        if element in self.jumps:
            yield self.jumps[element]
        yield from (event.id for event in self.boundaries.get(element, ()))

    def _reached(self, waiting: list[str]) -> tuple[Node, ...]:
        seen: set[str] = set()
        found: list[Node] = []
        while waiting:
            target = waiting.pop(0)
            if target in seen or target not in self.nodes:
                continue
            seen.add(target)
            node = self.nodes[target]
            if node.kind in {"userTask", "callActivity"}:
                found.append(node)
            else:
                waiting.extend(self._onward(node))
        return tuple(found)

    def _onward(self, node: Node) -> list[str]:
        """Return where a token goes on that passes an element: into a sub-process, and out of it as it ends."""
        if node.kind == "endEvent" and node.event is not None and node.event.kind == "error":
            return [catching.id for catching in self.boundaries.get(node.scope, ()) if _catches(catching, node.event)]
        if node.id in self.jumps:
            return [self.jumps[node.id]]
        left = node.scope if node.kind == "endEvent" else node.id
        return self._beginnings.get(node.id) or [flow.target for flow in self.outgoing.get(left, ())]

    @cached_property
    def _beginnings(self) -> Mapping[str, list[str]]:
        """Start events by the sub-process, or the process, that they stand in."""
        found: dict[str, list[str]] = {}
        for node in self.nodes.values():
            if node.kind == "startEvent":
                found.setdefault(node.scope, []).append(node.id)
        return found

    def _grouped(self, end: str) -> Mapping[str, tuple[Flow, ...]]:
        grouped: dict[str, list[Flow]] = {}
        for flow in self.flows.values():
            grouped.setdefault(getattr(flow, end), []).append(flow)
        return {element: tuple(flows) for element, flows in grouped.items()}


def _link(node: Node) -> tuple[str, str]:
    return node.scope, node.event.name if node.event else ""


def _catches(boundary: Node, thrown: Event) -> bool:
    """Tell whether a boundary event catches an error; one without a code catches every one."""
    return boundary.event is not None and boundary.event.kind == "error" and boundary.event.code in {"", thrown.code}
