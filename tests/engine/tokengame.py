"""The token game of BPMN 2.0 (clause 13), written from the specification alone: the oracle of the engine room.

It knows nothing of the engine: a model is the plain values below, a marking is what is open. Nothing is saved, nothing
is fast; each rule stands where the specification states it. An act that fails leaves a game behind that is of no use:
copy it before.
"""

from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Self, TypeAlias

ACTIVITIES = frozenset({"userTask", "serviceTask", "receiveTask", "sendTask", "scriptTask", "businessRuleTask",
                        "subProcess", "callActivity"})  # fmt: skip
CATCHES = frozenset({"intermediateCatchEvent", "eventBasedGateway"})
SCRIPTED = frozenset({"sendTask", "scriptTask", "businessRuleTask"})
"""Activities that are over at once."""
MOST_MOVES = 10_000

Value: TypeAlias = "int | str | list[Value] | dict[str, Value] | None"
Label = tuple[str, str, str, int | None, Value, str]
"""Kind (task, timer, message, signal, external), process, element; number and item of the instance it stands in;
when a timer is due, or what a message must carry."""


class Stuck(Exception):
    """The model itself is wrong: it cannot go on, or it never comes to rest."""


class Incident(Stuck):
    """With these data it cannot go on: no flow can be taken, an error is caught by nobody, a list is none."""

    def __init__(self, process: str, node: str, cause: str) -> None:
        super().__init__(f"{node}: {cause}")
        self.process = process
        self.node = node
        self.cause = cause


# Data ---------------------------------------------------------------------------------------------


class Variables:
    """What a token sees: names of its own, then those around it (clause 10.4.1); what is unknown is null."""

    def __init__(self, own: Mapping[str, Value], around: "Variables | None" = None, *, keeps: bool = True) -> None:
        self.own = dict(own)
        self.around = around
        self.keeps = keeps
        """Whether new names stay here."""

    def __getitem__(self, name: str) -> Value:
        holder = self._holder(name)
        return None if holder is None else holder.own[name]

    def seen(self) -> dict[str, Value]:
        return (self.around.seen() if self.around else {}) | self.own

    def write(self, values: Mapping[str, Value]) -> None:
        for name, value in values.items():
            if self.around is None or self.keeps or name in self.own:
                self.own[name] = value
            else:
                self.around.write({name: value})

    def correct(self, values: Mapping[str, Value]) -> None:
        """Change what is known where it is known; the rest becomes known to the whole process."""
        for name, value in values.items():
            (self._holder(name) or self.outermost).own[name] = value

    @property
    def outermost(self) -> "Variables":
        return self.around.outermost if self.around else self

    def _holder(self, name: str) -> "Variables | None":
        if name in self.own:
            return self
        return self.around._holder(name) if self.around else None  # noqa: SLF001 - of the same kind


@dataclass(frozen=True, slots=True)
class Condition:
    """True while a variable has a value, or is less than it, or at least as much."""

    name: str
    value: Value
    sign: str = "="

    def holds(self, data: Variables) -> bool:
        found = data[self.name]
        if self.sign == "=":
            return found == self.value
        if not isinstance(found, int) or not isinstance(self.value, int):
            return False
        return found < self.value if self.sign == "<" else found >= self.value


@dataclass(frozen=True, slots=True)
class Tally:
    """True when so many results of a collection have a value."""

    collection: str
    name: str
    value: Value
    least: int

    def holds(self, data: Variables) -> bool:
        rows = data[self.collection]
        assert isinstance(rows, list)
        return len([row for row in rows if isinstance(row, dict) and row.get(self.name) == self.value]) >= self.least


@dataclass(frozen=True, slots=True)
class Formula:
    """A value, a variable, or a variable with a value added."""

    name: str = ""
    added: Value = None

    def value(self, data: Variables) -> Value:
        found = data[self.name]
        if not self.name or self.added is None:
            return found if self.name else self.added
        if isinstance(found, int) and isinstance(self.added, int):
            return found + self.added
        return found + self.added if isinstance(found, str) and isinstance(self.added, str) else None


@dataclass(frozen=True, slots=True)
class Choice:
    """One of two values."""

    condition: Condition
    yes: Value
    no: Value

    def value(self, data: Variables) -> Value:
        return self.yes if self.condition.holds(data) else self.no


Named = tuple[tuple[str, "Formula | Choice"], ...]
"""Names with what they get."""


@dataclass(frozen=True, slots=True)
class Table:
    """A decision table of one output: clause 8.2 of DMN."""

    key: str
    rules: tuple[tuple[tuple[Condition, ...], Value], ...]
    """Conditions that must hold together, and the output."""
    policy: str = "UNIQUE"
    aggregator: str = ""

    @property
    def is_list(self) -> bool:
        return self.policy in {"RULE ORDER", "COLLECT"} and not self.aggregator

    def answer(self, data: Variables) -> Value:
        """Return one value, or the list of those that match.

        Raises:
            Stuck: the rules contradict each other, or there is nothing to choose the one value from.

        """
        hits = [output for conditions, output in self.rules if all(one.holds(data) for one in conditions)]
        if self.is_list:
            return hits
        if not hits and self.aggregator != "COUNT":
            raise Stuck("decision-without-match")
        if self.aggregator:
            return _aggregated(self.aggregator, [hit for hit in hits if isinstance(hit, int)])
        if self.policy == "UNIQUE" and len(hits) > 1:
            raise Stuck("decision-not-unique")
        if self.policy == "ANY" and hits != hits[:1] * len(hits):
            raise Stuck("decision-outputs-differ")
        return hits[0]


def _aggregated(aggregator: str, hits: list[int]) -> Value:
    if aggregator == "COUNT":
        return len(hits)
    return sum(hits) if aggregator == "SUM" else min(hits) if aggregator == "MIN" else max(hits)


# Models -------------------------------------------------------------------------------------------


class Drawn:
    """What is drawn stays as it is: a copy of a game has it in common with the original."""

    __slots__ = ()

    def __deepcopy__(self, _: object) -> Self:
        return self


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
    """How often a timer fires; more than once is a cycle, 0 one without end."""
    key: Formula | None = None
    """What a message must carry."""


@dataclass(frozen=True, slots=True)
class Multi:
    """Once for each item of a list, or as often as a number says."""

    collection: str = ""
    sequential: bool = False
    results: str = ""
    """An output collection: what an instance writes stays with it and goes there."""
    until: Condition | Tally | None = None
    """The completion condition, asked whenever an instance is complete."""
    cardinality: str = ""
    """Variable with the number."""
    item: str = ""
    """Variable with the item of an instance."""


@dataclass(frozen=True, slots=True)
class Loop:
    """Again while the condition holds."""

    condition: Condition
    before: bool = False
    maximum: int = 0


@dataclass(frozen=True, slots=True)
class Node(Drawn):
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
    handed: Named = ()
    """Variables that a call or a message takes along; to a call none means all."""
    returned: Named = ()
    """Variables that a call gives back; none means all."""
    inputs: Named = ()
    """Local variables of an activity."""
    outputs: Named = ()
    """What it gives back; then everything else stays with it."""
    script: Formula | Choice | None = None
    table: Table | None = None
    result: str = ""
    """Variable that takes what script or table say."""
    sets: tuple[str, ...] = ()
    """Variables that whoever completes it decides."""


@dataclass(frozen=True, slots=True)
class Process(Drawn):
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
class Model(Drawn):
    """A process, those it calls, and the variables that its decisions read."""

    key: str
    processes: Mapping[str, Process]
    variables: Mapping[str, Value]
    """As they are at the start."""
    choices: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    """Values that a variable can take; the first one leads onwards to the end."""
    cures: Mapping[str, tuple[str, Value]] = field(default_factory=dict)
    """By node that may have an incident the variable to blame and a value that helps."""


# Markings -----------------------------------------------------------------------------------------


@dataclass(eq=False, slots=True)
class Scope:
    """A running process or sub-process."""

    process: Process
    key: str
    data: Variables
    holder: "Activity | None" = None
    index: int | None = None
    """Number of the instance of its holder."""
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
    due: datetime | None = None
    left: int | None = 1
    key: str = ""

    @property
    def data(self) -> Variables:
        """What it sees; a boundary event stands outside its activity."""
        return self.activity.running[self.index] if self.node is self.activity.node else self.activity.scope.data

    @property
    def instance(self) -> "tuple[Activity, int] | None":
        """The nearest multi-instance activity around it, with the number of the instance."""
        activity, index = self.activity, self.index
        while index is None:
            index = activity.scope.index
            if activity.scope.holder is None:
                return None
            activity = activity.scope.holder
        return activity, index

    @property
    def label(self) -> Label:
        detail = self.due.isoformat() if self.due else self.key
        kind, key, node = self.kind, self.activity.scope.key, self.node.id
        if self.instance is None:
            return kind, key, node, None, None, detail
        activity, index = self.instance
        return kind, key, node, index, activity.items[index] if kind == "task" and activity.multi.item else None, detail


@dataclass(eq=False, slots=True)
class Activity:
    """A token in a node that takes its time."""

    node: Node
    scope: Scope
    data: Variables
    """Those around it and its own local ones."""
    waits: list[Wait] = field(default_factory=list)
    running: dict[int | None, Variables] = field(default_factory=dict)
    """The variables that each running instance sees."""
    scopes: list[Scope] = field(default_factory=list)
    items: list[Value] = field(default_factory=list)
    results: dict[int, Value] = field(default_factory=dict)
    begun: int = 0
    completed: int = 0

    @property
    def multi(self) -> Multi:
        return self.node.multi or Multi()


class Game:
    """One running case."""

    def __init__(self, model: Model, now: datetime) -> None:
        self.model = model
        self.now = now
        self.ended = False
        self.thrown: list[tuple[str, str, str, dict[str, Value]]] = []
        """Messages and signals of the last act: kind, name, key, values."""
        self._waited = 0
        self._moves: deque[tuple[Scope, Node, Flow | None]] = deque()
        process = model.processes[model.key]
        self.root = Scope(process, model.key, Variables(model.variables))
        self._moves.append((self.root, process.start, None))
        self._run()

    # What the outside sees and does

    def waits(self) -> list[Wait]:
        return list(self._waits_in(self.root))

    def marking(self) -> Counter[Label]:
        return Counter(wait.label for wait in self.waits())

    def running(self) -> set[str]:
        """Return the keys of the processes that run, those too in which only another process is waited for."""
        return {scope.key for scope in self._scopes_in(self.root)}

    def complete(self, wait: Wait, values: Mapping[str, Value], now: datetime) -> None:
        """Complete a user task or an external task."""
        self._happen([wait], values, now)

    def happen(self, wait: Wait, now: datetime, values: Mapping[str, Value] | None = None) -> None:
        """Let a message arrive, or a timer go off, at the one who waits."""
        self._happen([wait], values or {}, now)

    def signal(self, name: str, values: Mapping[str, Value], now: datetime) -> None:
        """Let everybody hear a signal who waits for it."""
        self._happen(self._listening(name), values, now)

    def fail(self, wait: Wait, code: str, values: Mapping[str, Value], now: datetime) -> None:
        """Answer an external task with an error."""
        self._begin_act(now)
        wait.data.write(values)
        if not self._caught(wait.activity, "error", code):
            raise Incident(wait.activity.scope.key, wait.node.id, "error-uncaught")
        self._run()

    def amend(self, values: Mapping[str, Value], wait: Wait | None = None, process: str = "") -> None:
        """Correct what one who waits sees, or the own variables of a process: around him, or wherever it runs."""
        self._begin_act(self.now)
        if not process:
            (wait.data if wait else self.root.data).correct(values)
            return
        around = self._around(wait.activity.scope) if wait else self._scopes_in(self.root)
        running = [
            scope for scope in around if scope.key == process and not (scope.holder and scope.holder.node.inside)
        ]
        for scope in running[:1] if wait else running:
            scope.data.own.update(values)

    def add(self, wait: Wait, item: Value, now: datetime) -> None:
        """Ask one more participant."""
        self._begin_act(now)
        assert wait.instance is not None
        activity, _ = wait.instance
        activity.items.append(item)
        if not activity.multi.sequential:
            self._begin_next(activity)
        self._run()

    def withdraw(self, wait: Wait, now: datetime) -> None:
        """Ask one participant no more."""
        self._begin_act(now)
        assert wait.instance is not None
        activity, index = wait.instance
        for scope in [scope for scope in activity.scopes if scope.index == index]:
            self._empty(scope)
            activity.scopes.remove(scope)
        activity.waits = [one for one in activity.waits if one.index != index or one.node is not activity.node]
        del activity.running[index]
        self._go_on(activity)
        self._run()

    def _begin_act(self, now: datetime) -> None:
        self.now = now
        self.thrown = []

    def _happen(self, waits: Sequence[Wait], values: Mapping[str, Value], now: datetime) -> None:
        self._begin_act(now)
        for wait in waits:
            if wait in self.waits():
                wait.data.write(values)
                self._happened(wait)
        self._run()

    def _listening(self, signal: str) -> list[Wait]:
        return [
            one for one in self.waits() if one.kind == "signal" and one.node.trigger and one.node.trigger.name == signal
        ]

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
            raise Incident(scope.key, node.id, "no-flow")
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
        activity = Activity(node, scope, scope.data)
        scope.active.append(activity)
        if node.kind == "eventBasedGateway":
            for flow in scope.process.outgoing(node.id):
                self._await(activity, scope.process.nodes[flow.target])
            return
        if node.inputs or node.outputs:
            local = {name: formula.value(scope.data) for name, formula in node.inputs}
            activity.data = Variables(local, scope.data, keeps=bool(node.outputs))
        for boundary in scope.process.boundaries(node.id):
            self._await(activity, boundary)
        if node.multi is not None:
            activity.items = self._items(activity, node.multi)
            if node.multi.results:
                activity.data.write({node.multi.results: []})
            self._go_on(activity)
        elif node.loop is not None and node.loop.before and not node.loop.condition.holds(_counted(activity)):
            self._done(activity)
        else:
            self._begin(activity, None)

    def _items(self, activity: Activity, multi: Multi) -> list[Value]:
        found = activity.data[multi.collection or multi.cardinality]
        if multi.collection and isinstance(found, list):
            return list(found)
        if not multi.collection and isinstance(found, int) and found >= 0:
            return list(range(found))
        cause = "loop-no-list" if multi.collection else "loop-no-number"
        raise Incident(activity.scope.key, activity.node.id, cause)

    def _go_on(self, activity: Activity) -> None:
        """Begin the next instance, or all at once where they run in parallel, or end when none is left."""
        if activity.running:
            return
        if activity.begun == len(activity.items):
            self._done(activity)
            return
        for _ in range(1 if activity.multi.sequential else len(activity.items)):
            self._begin_next(activity)

    def _begin_next(self, activity: Activity) -> None:
        activity.begun += 1
        self._begin(activity, activity.begun - 1)

    def _begin(self, activity: Activity, index: int | None) -> None:
        node, scope = activity.node, activity.scope
        data = activity.data
        if index is not None:
            own = {activity.multi.item: activity.items[index]} if activity.multi.item else {}
            data = Variables(own, data, keeps=bool(activity.multi.results))
        activity.running[index] = data
        if node.inside is not None:
            self._open(activity, index, node.inside, scope.key, Variables({}, data, keeps=False))
        elif node.called:
            handed = _named(node.handed, data) if node.handed else data.seen()
            self._open(activity, index, self.model.processes[node.called], node.called, Variables(handed))
        elif node.kind in SCRIPTED:
            self._work_out(scope, node, data)
            self._instance_done(activity, index)
        else:
            self._await(activity, node, index)

    def _work_out(self, scope: Scope, node: Node, data: Variables) -> None:
        if node.script is not None:
            data.write({node.result: node.script.value(data)})
        elif node.table is not None:
            try:
                data.write({node.result: node.table.answer(data)})
            except Stuck as contradiction:
                raise Incident(scope.key, node.id, str(contradiction)) from contradiction
        elif node.trigger is not None:
            self._throw_out(node, node.trigger, data)

    def _open(self, activity: Activity, index: int | None, process: Process, key: str, data: Variables) -> None:
        scope = Scope(process, key, data, activity, index)
        activity.scopes.append(scope)
        self._moves.append((scope, process.start, None))

    def _await(self, activity: Activity, node: Node, index: int | None = None) -> None:
        kind = {"userTask": "task", "serviceTask": "external"}.get(node.kind) or (node.trigger or Trigger("")).kind
        if kind in {"error", "escalation"}:
            return  # thrown from inside, never from outside
        self._waited += 1
        wait = Wait(self._waited, kind, node, activity, index)
        if node.trigger is not None and kind == "timer":
            wait.due, wait.left = self.now + timedelta(minutes=node.trigger.minutes), node.trigger.times or None
        if node.trigger is not None and node.trigger.key is not None:
            wait.key = _text(node.trigger.key.value(wait.data))
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
        """Wait for the next time; what was missed while nobody looked counts as fired."""
        if wait.due is None or wait.node.trigger is None:
            return  # messages and signals come as often as they like
        period = timedelta(minutes=wait.node.trigger.minutes)
        while wait.due <= self.now and wait.left != 0:
            wait.due += period
            wait.left = None if wait.left is None else wait.left - 1
        if wait.left == 0:
            wait.activity.waits.remove(wait)

    def _instance_done(self, activity: Activity, index: int | None) -> None:
        node = activity.node
        data = activity.running.pop(index)
        activity.completed += 1
        if index is not None:
            own = {activity.multi.item: activity.items[index]} if activity.multi.item else {}
            given = {name: value for name, value in data.own.items() if name != activity.multi.results}
            activity.results[index] = {**given, **own}
            if activity.multi.until is not None and activity.multi.until.holds(_counted(activity, data)):
                self._done(activity)
            else:
                self._go_on(activity)
        elif node.loop is not None and self._again(activity, node.loop):
            self._begin(activity, None)
        else:
            self._done(activity)

    def _again(self, activity: Activity, loop: Loop) -> bool:
        return loop.condition.holds(_counted(activity)) and not activity.completed == loop.maximum != 0

    def _done(self, activity: Activity) -> None:
        scope, node = activity.scope, activity.node
        if activity.multi.results:
            activity.data.write({activity.multi.results: _in_order(activity.results)})
        if node.outputs:
            scope.data.write(_named(node.outputs, activity.data))
        self._withdraw(activity)
        self._leave(scope, node)

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
        if trigger.kind in {"message", "signal"}:
            self._throw_out(node, trigger, scope.data)
        if trigger.kind in {"error", "escalation"}:
            caught = scope.holder is not None and self._caught(scope.holder, trigger.kind, trigger.name)
            if trigger.kind == "error":
                if not caught:
                    raise Incident(scope.key, node.id, "error-uncaught")
                return
        if self._runs(scope):  # an interrupting catch has ended it
            self._leave(scope, node)

    def _throw_out(self, node: Node, trigger: Trigger, data: Variables) -> None:
        """Give a message or signal to the outside; a signal is heard in the case as well."""
        key = _text(trigger.key.value(data)) if trigger.key is not None else ""
        values = _named(node.handed, data)
        self.thrown.append((trigger.kind, trigger.name, key, values))
        for wait in self._listening(trigger.name) if trigger.kind == "signal" else ():
            if wait in self.waits():
                wait.data.write(values)
                self._happened(wait)

    def _caught(self, activity: Activity, kind: str, code: str) -> bool:
        """Look outwards, through sub-processes and calls, for the nearest boundary event that takes it."""
        scope = activity.scope
        for name in (code, ""):
            for boundary in scope.process.boundaries(activity.node.id):
                if boundary.trigger and (boundary.trigger.kind, boundary.trigger.name) == (kind, name):
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
            returned = _named(holder.node.returned, scope.data) if holder.node.returned else scope.data.seen()
            holder.running[scope.index].write(returned)
        self._instance_done(holder, scope.index)

    def _waits_in(self, scope: Scope) -> Iterator[Wait]:
        for activity in scope.active:
            yield from activity.waits
            for inner in activity.scopes:
                yield from self._waits_in(inner)

    def _scopes_in(self, scope: Scope) -> Iterator[Scope]:
        yield scope
        for activity in scope.active:
            for inner in activity.scopes:
                yield from self._scopes_in(inner)

    def _around(self, scope: Scope) -> Iterator[Scope]:
        yield scope
        if scope.holder is not None:
            yield from self._around(scope.holder.scope)


def _named(named: Named, data: Variables) -> dict[str, Value]:
    return {name: formula.value(data) for name, formula in named}


def _text(value: Value) -> str:
    return "" if value is None else str(value)


def _in_order(results: Mapping[int, Value]) -> list[Value]:
    return [results[index] for index in sorted(results)]


def _counted(activity: Activity, data: Variables | None = None) -> Variables:
    """Return what the condition of a repeated activity sees: with the counts of clause 13.3.6 and 13.3.7."""
    counts: dict[str, Value] = {
        "loopCounter": activity.completed,
        "nrOfInstances": len(activity.items),
        "nrOfCompletedInstances": activity.completed,
        "nrOfActiveInstances": len(activity.running),
    }
    if activity.multi.results:
        counts[activity.multi.results] = _in_order(activity.results)
    return Variables(counts, data or activity.data)


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
