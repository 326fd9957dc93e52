"""The token game of BPMN 2.0 (clause 13), written from the specification alone: the oracle of the engine room.

It knows nothing of the engine: a model is the plain values below, a marking is what is open. Nothing is saved, nothing
is fast; each rule stands where the specification states it.
"""

from collections import ChainMap, Counter, deque
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

ACTIVITIES = frozenset({"userTask", "serviceTask", "receiveTask", "subProcess", "callActivity"})
CATCHES = frozenset({"intermediateCatchEvent", "eventBasedGateway"})
MOST_MOVES = 10_000

Value = str | list[str]
Label = tuple[str, str, str, int | None]
"""Kind (task, timer, message, signal, external), process, element; for tasks the place in the list of items."""


class Stuck(Exception):
    """The model itself is wrong: no flow can be taken, an error is caught by nobody, or it never comes to rest."""


# Models -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Condition:
    """True while a variable has a value."""

    name: str
    value: str

    def holds(self, data: Mapping[str, Value]) -> bool:
        return data[self.name] == self.value


@dataclass(frozen=True, slots=True)
class Flow:
    source: str
    target: str
    condition: Condition | None = None

    @property
    def id(self) -> str:
        return f"{self.source}-{self.target}"


@dataclass(frozen=True, slots=True)
class Trigger:
    kind: str
    """timer, message, signal, error, escalation, terminate or link."""
    name: str = ""
    """Of the message, signal or link; the code of the error or escalation."""
    minutes: int = 0
    times: int = 1
    """How often a timer fires; more than once is a cycle."""


@dataclass(frozen=True, slots=True)
class Multi:
    """Once for each item of a list."""

    collection: str
    sequential: bool = False
    collects: bool = False
    """An output collection: what an instance writes stays with it."""
    enough: int = 0
    """Completed instances that end the rest; 0 waits for all."""


@dataclass(frozen=True, slots=True)
class Loop:
    """Again while the condition holds."""

    condition: Condition
    before: bool = False
    maximum: int = 0


@dataclass(frozen=True, slots=True)
class Node:
    id: str
    kind: str
    trigger: Trigger | None = None
    default: str = ""
    attached_to: str = ""
    interrupting: bool = True
    multi: Multi | None = None
    loop: Loop | None = None
    inside: "Process | None" = None
    """What an embedded sub-process holds."""
    called: str = ""
    mapped: tuple[str, ...] = ()
    """Variables that a call hands over and takes back; none means all."""
    sets: tuple[str, ...] = ()
    """Variables that whoever completes it decides."""


@dataclass(frozen=True, slots=True)
class Process:
    """The flow elements of a process or of an embedded sub-process."""

    key: str
    nodes: Mapping[str, Node]
    flows: Sequence[Flow]

    def outgoing(self, node: str) -> list[Flow]:
        return [flow for flow in self.flows if flow.source == node]

    def incoming(self, node: str) -> list[Flow]:
        return [flow for flow in self.flows if flow.target == node]

    def boundaries(self, node: str) -> list[Node]:
        return [other for other in self.nodes.values() if other.attached_to == node]

    @property
    def start(self) -> Node:
        return next(node for node in self.nodes.values() if node.kind == "startEvent")

    def leaving(self, node: str) -> list[Flow]:
        """Return the flows on which a token in a node can leave it: its own, its boundary events', its link's."""
        found = list(self.outgoing(node))
        for boundary in self.boundaries(node):
            found += self.outgoing(boundary.id)
        trigger = self.nodes[node].trigger
        if trigger and trigger.kind == "link" and self.nodes[node].kind == "intermediateThrowEvent":
            found += self.outgoing(self.landing(trigger.name).id)
        return found

    def landing(self, link: str) -> Node:
        return next(
            node
            for node in self.nodes.values()
            if node.kind == "intermediateCatchEvent" and node.trigger and node.trigger.name == link
        )


@dataclass(frozen=True, slots=True)
class Model:
    """A process, those it calls, and the variables that its decisions read."""

    key: str
    processes: Mapping[str, Process]
    variables: Mapping[str, Value]
    """As they are at the start."""
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Values that a variable can take; the first one leads onwards to the end."""


# Markings -----------------------------------------------------------------------------------------


@dataclass(eq=False, slots=True)
class Scope:
    """A running process or sub-process."""

    process: Process
    key: str
    data: MutableMapping[str, Value]
    holder: "Activity | None" = None
    index: int | None = None
    """Place of the instance of its holder; also of everything in it that has none of its own."""
    place: int | None = None
    resting: Counter[str] = field(default_factory=Counter)
    """Tokens on flows in front of a joining gateway."""
    active: "list[Activity]" = field(default_factory=list)


@dataclass(eq=False, slots=True)
class Wait:
    """Something that the outside can make happen."""

    id: int
    kind: str
    node: Node
    activity: "Activity"
    index: int | None
    place: int | None
    due: datetime | None = None
    left: int = 1

    @property
    def label(self) -> Label:
        place = self.place if self.kind in {"task", "external"} else None
        return self.kind, self.activity.scope.key, self.node.id, place


@dataclass(eq=False, slots=True)
class Activity:
    """A token in a node that takes its time."""

    node: Node
    scope: Scope
    waits: list[Wait] = field(default_factory=list)
    running: dict[int | None, MutableMapping[str, Value]] = field(default_factory=dict)
    """The variables that each running instance sees."""
    scopes: list[Scope] = field(default_factory=list)
    items: int = 0
    begun: int = 0
    completed: int = 0


class Game:
    """One running case."""

    def __init__(self, model: Model, now: datetime) -> None:
        self.model = model
        self.now = now
        self.ended = False
        self._ids = count(1)
        self._moves: deque[tuple[Scope, Node, Flow | None]] = deque()
        process = model.processes[model.key]
        self.root = Scope(process, model.key, ChainMap(dict(model.variables)))
        self._moves.append((self.root, process.start, None))
        self._run()

    # What the outside sees and does

    def waits(self) -> list[Wait]:
        return list(self._waits_in(self.root))

    def marking(self) -> Counter[Label]:
        return Counter(wait.label for wait in self.waits())

    def complete(self, wait: Wait, values: Mapping[str, Value], now: datetime) -> None:
        """Complete a user task or an external task."""
        self.now = now
        wait.activity.running[wait.index].update(values)
        self._happened(wait)
        self._run()

    def happen(self, wait: Wait, now: datetime) -> None:
        """Let a message or signal arrive, or a timer go off, at the one who waits."""
        self.now = now
        self._happened(wait)
        self._run()

    def wake(self, now: datetime) -> None:
        """Let every timer go off that is due, the earliest first."""
        due = [(wait.due, wait.id, wait) for wait in self.waits() if wait.due and wait.due <= now]
        for _, _, wait in sorted(due):
            if wait in self.waits():
                self.happen(wait, now)

    def fail(self, wait: Wait, code: str, now: datetime) -> None:
        """Answer an external task with an error."""
        self.now = now
        if not self._caught(wait.activity, "error", code):
            raise Stuck(f"nobody catches {code}")
        self._run()

    # Tokens on their way

    def _run(self) -> None:
        """Move until the marking rests: first whoever can move, then scopes that are empty, then inclusive joins."""
        for _ in range(MOST_MOVES):
            if self._moves:
                self._arrive(*self._moves.popleft())
            elif not (self._close(self.root) or self._join_inclusively(self.root)):
                return
        raise Stuck("it never comes to rest")

    def _arrive(self, scope: Scope, node: Node, by: Flow | None) -> None:
        joining = node.kind in {"parallelGateway", "inclusiveGateway"} and len(scope.process.incoming(node.id)) > 1
        if joining and by is not None:
            scope.resting[by.id] += 1
            if node.kind == "parallelGateway":
                self._join_all(scope, node)
        elif node.kind in ACTIVITIES or (node.kind in CATCHES and not _is_link(node)):
            self._activate(scope, node)
        elif node.trigger is not None and node.kind in {"endEvent", "intermediateThrowEvent"}:
            self._throw(scope, node, node.trigger)
        else:
            self._leave(scope, node)

    def _leave(self, scope: Scope, node: Node) -> None:
        for flow in self._chosen(scope, node):
            self._moves.append((scope, scope.process.nodes[flow.target], flow))

    def _chosen(self, scope: Scope, node: Node) -> list[Flow]:
        """Return the flows that tokens leave on; conditions do not count at a parallel gateway."""
        flows = scope.process.outgoing(node.id)
        if node.kind == "parallelGateway" or not any(flow.condition or flow.id == node.default for flow in flows):
            if node.kind == "exclusiveGateway":
                return flows[:1]
            return flows
        true = [
            flow
            for flow in flows
            if flow.id != node.default and (flow.condition is None or flow.condition.holds(scope.data))
        ]
        if not true:
            true = [flow for flow in flows if flow.id == node.default]
        if not true and node.kind in {"exclusiveGateway", "inclusiveGateway"}:
            raise Stuck(f"no flow leaves {node.id}")
        return true[:1] if node.kind == "exclusiveGateway" else true

    # Joins

    def _join_all(self, scope: Scope, node: Node) -> None:
        flows = scope.process.incoming(node.id)
        if all(scope.resting[flow.id] for flow in flows):
            scope.resting -= Counter(flow.id for flow in flows)
            self._leave(scope, node)

    def _join_inclusively(self, scope: Scope) -> bool:
        """Let one inclusive gateway fire, the innermost first; tell whether one did."""
        for activity in scope.active:
            if any(self._join_inclusively(inner) for inner in activity.scopes):
                return True
        for node in scope.process.nodes.values():
            flows = scope.process.incoming(node.id)
            marked = Counter(flow.id for flow in flows if scope.resting[flow.id])
            if node.kind == "inclusiveGateway" and marked and self._nothing_can_come(scope, node, marked):
                scope.resting -= marked
                self._leave(scope, node)
                return True
        return False

    def _nothing_can_come(self, scope: Scope, gateway: Node, marked: Counter[str]) -> bool:
        """Ask clause 13.4.3: a token that can reach an empty incoming flow can reach a marked one as well."""
        empty = {flow.id for flow in scope.process.incoming(gateway.id)} - marked.keys()
        for begin in self._positions(scope, gateway):
            reached = _reached(scope.process, begin, gateway.id)
            if reached & empty and not reached & marked.keys():
                return False
        return True

    def _positions(self, scope: Scope, gateway: Node) -> Iterator[list[Flow]]:
        """Yield for each token elsewhere in the scope the flows that its ways begin with."""
        for flow in scope.process.flows:
            if scope.resting[flow.id] and flow.target != gateway.id:
                yield [flow]
        for activity in scope.active:
            yield scope.process.leaving(activity.node.id)

    # Activities and events that wait

    def _activate(self, scope: Scope, node: Node) -> None:
        activity = Activity(node, scope)
        scope.active.append(activity)
        if node.kind == "eventBasedGateway":
            for flow in scope.process.outgoing(node.id):
                self._await(activity, scope.process.nodes[flow.target])
            return
        for boundary in scope.process.boundaries(node.id):
            self._await(activity, boundary)
        if node.multi is not None:
            items = scope.data[node.multi.collection]
            activity.items = len(items)
            self._begin_more(activity)
        elif node.loop is not None and node.loop.before and not node.loop.condition.holds(scope.data):
            self._done(activity)
        else:
            self._begin(activity, None)

    def _begin_more(self, activity: Activity) -> None:
        """Begin the next instance, or all at once where they run in parallel."""
        multi = activity.node.multi
        if multi is None or activity.begun == activity.items:
            if not activity.running:
                self._done(activity)
            return
        for _ in range(1 if multi.sequential else activity.items):
            activity.begun += 1
            self._begin(activity, activity.begun - 1)

    def _begin(self, activity: Activity, index: int | None) -> None:
        node, scope = activity.node, activity.scope
        collects = node.multi is not None and node.multi.collects
        data = ChainMap({}, scope.data) if collects else scope.data
        activity.running[index] = data
        if node.inside is not None:
            self._open(activity, index, node.inside, scope.key, data)
        elif node.called:
            given = {name: data[name] for name in node.mapped or data}
            self._open(activity, index, self.model.processes[node.called], node.called, given)
        else:
            self._await(activity, node, index)

    def _open(
        self, activity: Activity, index: int | None, process: Process, key: str, data: MutableMapping[str, Value]
    ) -> None:
        place = activity.scope.place if index is None else index
        scope = Scope(process, key, data, activity, index, place)
        activity.scopes.append(scope)
        self._moves.append((scope, process.start, None))

    def _await(self, activity: Activity, node: Node, index: int | None = None) -> None:
        kind = {"userTask": "task", "serviceTask": "external"}.get(node.kind) or (node.trigger or Trigger("")).kind
        if kind in {"error", "escalation"}:
            return  # thrown from inside, never from outside
        place = activity.scope.place if index is None else index
        wait = Wait(next(self._ids), kind, node, activity, index, place)
        if node.trigger is not None and kind == "timer":
            wait.due, wait.left = self.now + timedelta(minutes=node.trigger.minutes), node.trigger.times
        activity.waits.append(wait)

    def _happened(self, wait: Wait) -> None:
        activity, node = wait.activity, wait.node
        scope = activity.scope
        if node.kind == "boundaryEvent" and not node.interrupting:
            self._fire_beside(wait)
            self._leave(scope, node)
        elif node is not activity.node:  # an interrupting boundary event, or the first one of a race
            self._withdraw(activity)
            self._leave(scope, node)
        else:
            activity.waits.remove(wait)
            self._instance_done(activity, wait.index)

    def _fire_beside(self, wait: Wait) -> None:
        if wait.due is None or wait.node.trigger is None:
            return  # messages and signals come as often as they like
        wait.left -= 1
        wait.due += timedelta(minutes=wait.node.trigger.minutes)
        if not wait.left:
            wait.activity.waits.remove(wait)

    def _instance_done(self, activity: Activity, index: int | None) -> None:
        node = activity.node
        data = activity.running.pop(index)
        activity.completed += 1
        if node.multi is not None:
            if activity.completed == node.multi.enough:
                self._done(activity)
            elif node.multi.sequential or not activity.running:
                self._begin_more(activity)
        elif node.loop is not None and self._again(activity, node.loop, data):
            self._begin(activity, None)
        else:
            self._done(activity)

    def _again(self, activity: Activity, loop: Loop, data: Mapping[str, Value]) -> bool:
        return loop.condition.holds(data) and not activity.completed == loop.maximum != 0

    def _done(self, activity: Activity) -> None:
        self._withdraw(activity)
        self._leave(activity.scope, activity.node)

    def _withdraw(self, activity: Activity) -> None:
        """End a token in a node with everything inside it."""
        activity.scope.active.remove(activity)
        for scope in activity.scopes:
            self._empty(scope)
        activity.scopes.clear()

    def _empty(self, scope: Scope) -> None:
        for activity in list(scope.active):
            self._withdraw(activity)
        scope.resting.clear()
        self._moves = deque(move for move in self._moves if move[0] is not scope)

    # Ends

    def _throw(self, scope: Scope, node: Node, trigger: Trigger) -> None:
        if trigger.kind == "terminate":
            self._empty(scope)
            return
        if trigger.kind == "link":
            self._moves.append((scope, scope.process.landing(trigger.name), None))
            return
        if trigger.kind in {"error", "escalation"}:
            caught = scope.holder is not None and self._caught(scope.holder, trigger.kind, trigger.name)
            if trigger.kind == "error":
                if not caught:
                    raise Stuck(f"nobody catches {trigger.name}")
                return
        if self._runs(scope):  # an interrupting catch has ended it
            self._leave(scope, node)

    def _caught(self, activity: Activity, kind: str, code: str) -> bool:
        """Look outwards, through sub-processes and calls, for the nearest boundary event that takes it."""
        scope = activity.scope
        for boundary in scope.process.boundaries(activity.node.id):
            trigger = boundary.trigger
            if trigger is not None and trigger.kind == kind and trigger.name in {code, ""}:
                if boundary.interrupting:
                    self._withdraw(activity)
                self._leave(scope, boundary)
                return True
        return scope.holder is not None and self._caught(scope.holder, kind, code)

    def _runs(self, scope: Scope) -> bool:
        if scope.holder is None:
            return True
        return scope in scope.holder.scopes and scope.holder in scope.holder.scope.active

    def _close(self, scope: Scope) -> bool:
        """End one scope without a token, the innermost first; tell whether one ended."""
        for activity in scope.active:
            if any(self._close(inner) for inner in activity.scopes):
                return True
        if scope.active or scope.resting.total() or self.ended:
            return False
        if scope.holder is None:
            self.ended = True
            return False
        self._return(scope, scope.holder)
        return True

    def _return(self, scope: Scope, holder: Activity) -> None:
        holder.scopes.remove(scope)
        if holder.node.called:
            given = {name: scope.data[name] for name in holder.node.mapped or scope.data}
            holder.running[scope.index].update(given)
        self._instance_done(holder, scope.index)

    def _waits_in(self, scope: Scope) -> Iterator[Wait]:
        for activity in scope.active:
            yield from activity.waits
            for inner in activity.scopes:
                yield from self._waits_in(inner)


def _is_link(node: Node) -> bool:
    return node.trigger is not None and node.trigger.kind == "link"


def _reached(process: Process, begin: Sequence[Flow], gateway: str) -> set[str]:
    """Return the flows on ways that do not go through the gateway."""
    seen: dict[str, Flow] = {}
    waiting = list(begin)
    while waiting:
        flow = waiting.pop()
        if flow.id in seen:
            continue
        seen[flow.id] = flow
        if flow.target != gateway:
            waiting += process.leaving(flow.target)
    return set(seen)
