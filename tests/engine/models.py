"""Random models, sound by the way they are built, as BPMN text for the engine and as values for the token game."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from random import Random

from tests.engine import drawing
from tests.engine.tokengame import Condition, Flow, Loop, Model, Multi, Node, Process, Trigger, Value

MAIN = "proses"
ON, BACK = "lanjut", "kembali"
ITEM = "unit"
"""What `drawing.each` calls the item of a list."""
DEEPEST = 3
BASIC = ("task", "task", "task", "xor", "and", "both", "sub", "multi", "multi", "loop", "silent")
EVENTS = (
    "receive",
    "pause",
    "race",
    "timed",
    "told",
    "failing",
    "escalating",
    "outside",
    "call",
    "link",
    "stop",
    "twice",
)


@dataclass
class Builder:
    """Everything that one model has in common: names, variables, the budget of blocks."""

    random: Random
    inclusive: bool
    events: bool
    budget: int
    variables: dict[str, Value] = field(default_factory=dict)
    choices: dict[str, tuple[str, ...]] = field(default_factory=dict)
    processes: dict[str, Process] = field(default_factory=dict)
    made: int = 0

    def name(self, prefix: str) -> str:
        self.made += 1
        return f"{prefix}{self.made}"

    def variable(self, *values: str) -> str:
        name = self.name("v")
        self.variables[name] = values[0]
        self.choices[name] = values
        return name

    def minutes(self) -> int:
        """Return a duration that no other timer has, so that no two are due at once."""
        self.made += 1
        return 60 * self.made + self.random.randrange(60)


Block = tuple[str, str]
"""First and last node."""


@dataclass
class Drawing:
    """The flow elements of one scope while they are drawn."""

    common: Builder
    key: str
    repeated: bool
    """Inside a multi-instance activity: there is no second one in it, so a place names one instance."""
    nodes: dict[str, Node] = field(default_factory=dict)
    flows: list[Flow] = field(default_factory=list)

    @property
    def random(self) -> Random:
        return self.common.random

    def process(self, depth: int) -> Process:
        self.add(Node(self.common.name("mulai"), "startEvent"))
        first = next(iter(self.nodes))
        last = self.add(Node(self.common.name("selesai"), "endEvent"))
        self.connect(first, self.sequence(depth, may_end=True), last)
        return Process(self.key, self.nodes, tuple(self.flows))

    def add(self, node: Node) -> str:
        self.nodes[node.id] = node
        return node.id

    def new(self, kind: str, prefix: str = "g") -> str:
        return self.add(Node(self.common.name(prefix), kind))

    def connect(self, *parts: str | Block, condition: Condition | None = None) -> None:
        for one, other in pairwise(parts):
            source = one if isinstance(one, str) else one[1]
            target = other if isinstance(other, str) else other[0]
            self.flows.append(Flow(source, target, condition))

    # Sequences, with returns to any earlier block

    def sequence(self, depth: int, *, may_end: bool, longest: int = 4) -> Block:
        blocks = [self.block(depth, may_end=may_end) for _ in range(self.random.randint(1, longest))]
        if self.random.random() < 0.35:
            return self.returning(blocks)
        self.connect(*blocks)
        return blocks[0][0], blocks[-1][1]

    def returning(self, blocks: list[Block]) -> Block:
        """Put reviews between the blocks; each may send back to any block before it."""
        entries: list[str] = []
        last = ""
        for block in blocks:
            entry = self.new("exclusiveGateway")
            entries.append(entry)
            if last:
                self.connect(last, entry)
            self.connect(entry, block)
            last = block[1]
            if block is blocks[-1] or self.random.random() < 0.4:
                last = self.review(last, self.random.choice(entries))
        return entries[0], last

    def review(self, before: str, entry: str) -> str:
        variable = self.common.variable(ON, BACK)
        task, gate = self.task(sets=(variable,)), self.new("exclusiveGateway")
        self.connect(before, task, gate)
        self.connect(gate, entry, condition=Condition(variable, BACK))
        onwards = self.new("exclusiveGateway")
        self.connect(gate, onwards)
        self.nodes[gate] = replace(self.nodes[gate], default=f"{gate}-{onwards}")
        return onwards

    # Blocks

    def block(self, depth: int, *, may_end: bool) -> Block:
        self.common.budget -= 1
        kinds = BASIC + EVENTS * self.common.events + ("or", "or", "or", "early", "mixed") * self.common.inclusive
        kind = self.random.choice(kinds)
        flat = {"task", "silent", "receive", "pause", "timed", "told", "outside", "link"}
        if self.common.budget < 0 or (depth == 0 and kind not in flat):
            kind = "task"
        if kind == "multi" and self.repeated:
            kind = "loop"
        if kind in {"stop", "twice"} and not may_end:
            kind = "task"
        made: Block = getattr(self, f"_{kind}")(depth - 1, may_end)
        return made

    def task(self, *, sets: tuple[str, ...] = (), kind: str = "userTask") -> str:
        return self.add(Node(self.common.name("t"), kind, sets=sets))

    def _task(self, _depth: int, _may_end: bool) -> Block:  # noqa: FBT001
        name = self.task()
        return name, name

    def _silent(self, _depth: int, _may_end: bool) -> Block:  # noqa: FBT001
        name = self.new(self.random.choice(["manualTask", "task", "intermediateThrowEvent"]), "d")
        return name, name

    def _outside(self, _depth: int, _may_end: bool) -> Block:  # noqa: FBT001
        name = self.task(kind="serviceTask")
        if self.random.random() < 0.5:
            return name, name
        return self.handled(name, Trigger("error", self.random.choice(["", "galat"])))

    def _receive(self, _depth: int, _may_end: bool) -> Block:  # noqa: FBT001
        name = self.add(self.catching(self.random.choice(["receiveTask", "intermediateCatchEvent"]), "message"))
        return name, name

    def _pause(self, _depth: int, _may_end: bool) -> Block:  # noqa: FBT001
        name = self.add(self.catching("intermediateCatchEvent", self.random.choice(["timer", "signal"])))
        return name, name

    def _link(self, _depth: int, _may_end: bool) -> Block:  # noqa: FBT001
        trigger = Trigger("link", self.common.name("tautan"))
        throw = self.add(Node(self.common.name("e"), "intermediateThrowEvent", trigger))
        return throw, self.add(Node(self.common.name("e"), "intermediateCatchEvent", trigger))

    def _stop(self, _depth: int, _may_end: bool) -> Block:  # noqa: FBT001
        """A decision between going on and another end."""
        variable = self.common.variable(ON, BACK)
        task, gate = self.task(sets=(variable,)), self.new("exclusiveGateway")
        trigger = self.random.choice([None, Trigger("terminate")])
        end = self.add(Node(self.common.name("selesai"), "endEvent", trigger))
        onwards = self.new("exclusiveGateway")
        self.connect(task, gate)
        self.connect(gate, end, condition=Condition(variable, BACK))
        self.connect(gate, onwards)
        self.nodes[gate] = replace(self.nodes[gate], default=f"{gate}-{onwards}")
        return task, onwards

    def _xor(self, depth: int, may_end: bool) -> Block:  # noqa: FBT001
        values = tuple("abcd"[: self.random.randint(2, 4)])
        variable = self.common.variable(*values)
        split, join = self.new("exclusiveGateway"), self.new("exclusiveGateway")
        for value in values[1:]:
            branch = self.sequence(depth, may_end=may_end, longest=2)
            self.connect(split, branch, condition=Condition(variable, value))
            self.connect(branch, join)
        branch = self.sequence(depth, may_end=may_end, longest=2)
        self.connect(split, branch, join)
        self.nodes[split] = replace(self.nodes[split], default=f"{split}-{branch[0]}")
        if self.random.random() < 0.3:  # decided earlier, or by somebody else meanwhile
            return split, join
        task = self.task(sets=(variable,))
        self.connect(task, split)
        return task, join

    def _and(self, depth: int, _may_end: bool) -> Block:  # noqa: FBT001
        return self.parallel(self.new("parallelGateway"), self.new("parallelGateway"), depth)

    def _both(self, depth: int, _may_end: bool) -> Block:  # noqa: FBT001
        """Several flows out of an activity."""
        return self.parallel(self.task(), self.new("parallelGateway"), depth)

    def _mixed(self, depth: int, may_end: bool) -> Block:  # noqa: FBT001
        """Parallel branches that an inclusive gateway joins; some may end on their way."""
        return self.parallel(self.new("parallelGateway"), self.new("inclusiveGateway"), depth, may_end=may_end)

    def parallel(self, split: str, join: str, depth: int, *, may_end: bool = False) -> Block:
        for _ in range(self.random.randint(2, 3)):
            self.connect(split, self.sequence(depth, may_end=may_end, longest=2), join)
        return split, join

    def _twice(self, depth: int, _may_end: bool) -> Block:  # noqa: FBT001
        """Parallel tokens that no gateway joins: what follows is done for each of them."""
        return self.parallel(self.new("parallelGateway"), self.new("exclusiveGateway"), depth)

    def _or(self, depth: int, may_end: bool) -> Block:  # noqa: FBT001
        split, join = self.new("inclusiveGateway"), self.new("inclusiveGateway")
        variables = self._inclusive(split, join, depth, may_end=may_end)
        task = self.task(sets=variables)
        self.connect(task, split)
        return task, join

    def _early(self, depth: int, may_end: bool) -> Block:  # noqa: FBT001
        """Inclusive branches, one with a way straight to the join."""
        first, join = self._or(depth, may_end)
        split = next(flow.target for flow in self.flows if flow.source == first)
        task, gate = self.task(sets=(variable := self.common.variable(ON, BACK),)), self.new("exclusiveGateway")
        self.connect(split, task, gate)
        self.connect(gate, join, condition=Condition(variable, BACK))
        self.connect(gate, later := self.sequence(depth, may_end=may_end, longest=2), join)
        self.nodes[gate] = replace(self.nodes[gate], default=f"{gate}-{later[0]}")
        return first, join

    def _inclusive(self, split: str, join: str, depth: int, *, may_end: bool) -> tuple[str, ...]:
        variables = tuple(self.common.variable("ya", "tidak") for _ in range(self.random.randint(1, 3)))
        for variable in variables:
            branch = self.sequence(depth, may_end=may_end, longest=2)
            self.connect(split, branch, condition=Condition(variable, "ya"))
            self.connect(branch, join)
        self.connect(split, join)
        self.nodes[split] = replace(self.nodes[split], default=f"{split}-{join}")
        return variables

    # Scopes

    def _sub(self, depth: int, _may_end: bool) -> Block:  # noqa: FBT001
        name = self.add(Node(self.common.name("s"), "subProcess", inside=self.inner(depth)))
        return self.interruptible(name)

    def _call(self, depth: int, _may_end: bool) -> Block:  # noqa: FBT001
        return self.interruptible(self.add(self.calling(Node(self.common.name("c"), "callActivity"), depth)))

    def calling(self, node: Node, depth: int) -> Node:
        """Draw a process that a node calls."""
        before = set(self.common.variables)
        drawn = Drawing(self.common, self.common.name("terkait"), self.repeated or node.multi is not None)
        self.common.processes[drawn.key] = drawn.process(depth)
        self.common.variable(ON)  # so that there is something to map
        mine = tuple(name for name in self.common.variables if name not in before)
        # what a multi-instance activity collects would hold all earlier results, round for round
        mapped = mine if drawn.repeated or self.random.random() < 0.5 else ()
        return replace(node, called=drawn.key, mapped=mapped)

    def _multi(self, depth: int, _may_end: bool) -> Block:  # noqa: FBT001
        collection = self.common.name("daftar")
        self.common.variables[collection] = [f"unit{number}" for number in range(self.random.choice([0, 1, 2, 2, 3]))]
        sequential = self.random.random() < 0.4
        enough = self.random.choice([0, 0, 1, 2])
        multi = Multi(collection, sequential, self.random.random() < 0.6, enough)
        node = Node(self.common.name("m"), "userTask", multi=multi)
        if depth > 0 and self.random.random() < 0.5:
            node = replace(node, kind="subProcess", inside=self.inner(depth, repeated=True))
        elif depth > 0 and self.common.events:
            node = self.calling(replace(node, kind="callActivity"), depth)
        return self.interruptible(self.add(node))

    def _loop(self, depth: int, _may_end: bool) -> Block:  # noqa: FBT001
        variable = self.common.variable(ON, "ulang")
        loop = Loop(Condition(variable, "ulang"), self.random.random() < 0.5, self.random.choice([0, 0, 2, 3]))
        node = Node(self.common.name("l"), "userTask", loop=loop, sets=(variable,))
        if depth > 0 and self.random.random() < 0.5:
            inside = self.inner(depth, deciding=variable)
            node = replace(node, kind="subProcess", sets=(), inside=inside)
        name = self.add(node)
        if not loop.before:
            return self.interruptible(name)
        task = self.task(sets=(variable,))
        made = self.interruptible(name)
        self.connect(task, made)
        return task, made[1]

    def inner(
        self, depth: int, *, repeated: bool = False, deciding: str = "", trigger: Trigger | None = None
    ) -> Process:
        """Draw a sub-process; `deciding` is set by its last task, `trigger` thrown by another end."""
        drawn = Drawing(self.common, self.key, self.repeated or repeated)
        process = drawn.process(max(depth, 0))
        if deciding:
            drawn.before_end(drawn.task(sets=(deciding,)))
        if trigger:
            drawn.throw_on_the_way(trigger)
        return replace(process, flows=tuple(drawn.flows))

    def before_end(self, block: str) -> None:
        """Put a node in front of the end that the sequence leads to."""
        end = next(node.id for node in self.nodes.values() if node.kind == "endEvent")
        for number, flow in enumerate(self.flows):
            if flow.target == end:
                self.flows[number] = Flow(flow.source, block, flow.condition)
                if self.nodes[flow.source].default == flow.id:
                    self.nodes[flow.source] = replace(self.nodes[flow.source], default=f"{flow.source}-{block}")
        self.connect(block, end)

    def throw_on_the_way(self, trigger: Trigger) -> None:
        variable = self.common.variable(ON, BACK)
        task, gate = self.task(sets=(variable,)), self.new("exclusiveGateway")
        self.before_end(gate)
        last = next(number for number, flow in enumerate(self.flows) if flow.source == gate)
        onwards = self.flows[last].target
        self.flows[last] = Flow(gate, onwards)
        self.nodes[gate] = replace(self.nodes[gate], default=f"{gate}-{onwards}")
        for number, flow in enumerate(self.flows):
            if flow.target == gate:
                self.flows[number] = Flow(flow.source, task, flow.condition)
                if self.nodes[flow.source].default == flow.id:
                    self.nodes[flow.source] = replace(self.nodes[flow.source], default=f"{flow.source}-{task}")
        self.connect(task, gate)
        kind = "endEvent"
        if trigger.kind == "escalation" and self.random.random() < 0.5:
            kind = "intermediateThrowEvent"
        thrown = self.add(Node(self.common.name("e"), kind, trigger))
        self.connect(gate, thrown, condition=Condition(variable, BACK))
        if kind != "endEvent":
            self.connect(thrown, self.new("endEvent", "selesai"))

    # Events

    def _failing(self, depth: int, _may_end: bool) -> Block:  # noqa: FBT001
        code = self.common.name("galat")
        inside = self.inner(depth, trigger=Trigger("error", code))
        name = self.add(Node(self.common.name("s"), "subProcess", inside=inside))
        return self.handled(name, Trigger("error", self.random.choice(["", code])))

    def _escalating(self, depth: int, _may_end: bool) -> Block:  # noqa: FBT001
        code = self.common.name("naik")
        inside = self.inner(depth, trigger=Trigger("escalation", code))
        name = self.add(Node(self.common.name("s"), "subProcess", inside=inside))
        if self.random.random() < 0.2:
            return name, name  # nobody listens
        return self.handled(name, Trigger("escalation", code), interrupting=self.random.random() < 0.5)

    def _timed(self, _depth: int, _may_end: bool) -> Block:  # noqa: FBT001
        return self.handled(self.task(), self.timer(), interrupting=self.random.random() < 0.5)

    def _told(self, _depth: int, _may_end: bool) -> Block:  # noqa: FBT001
        trigger = Trigger(self.random.choice(["message", "signal"]), self.common.name("kabar"))
        return self.handled(self.task(), trigger, interrupting=self.random.random() < 0.5)

    def _race(self, depth: int, may_end: bool) -> Block:  # noqa: FBT001
        gate, join = self.new("eventBasedGateway"), self.new("exclusiveGateway")
        for kind in self.random.sample(["timer", "message", "signal"], k=self.random.randint(2, 3)):
            caught = self.add(self.catching("intermediateCatchEvent", kind))
            self.connect(gate, caught, self.sequence(depth, may_end=may_end, longest=2), join)
        return gate, join

    def catching(self, node: str, kind: str) -> Node:
        trigger = self.timer() if kind == "timer" else Trigger(kind, self.common.name("kabar"))
        return Node(self.common.name("e"), node, replace(trigger, times=1))

    def timer(self) -> Trigger:
        return Trigger("timer", minutes=self.common.minutes(), times=self.random.choice([1, 1, 3]))

    def interruptible(self, name: str) -> Block:
        """Attach a timer, message or signal to an activity, or nothing."""
        if not self.common.events or self.random.random() < 0.6:
            return name, name
        kind = self.random.choice(["timer", "message", "signal"])
        trigger = self.timer() if kind == "timer" else Trigger(kind, self.common.name("kabar"))
        return self.handled(name, trigger, interrupting=self.random.random() < 0.6)

    def handled(self, name: str, trigger: Trigger, *, interrupting: bool = True) -> Block:
        """Attach a boundary event; an interrupting one comes back behind the activity, another one ends for itself."""
        trigger = replace(trigger, times=1) if interrupting else trigger
        node = Node(self.common.name("b"), "boundaryEvent", trigger, attached_to=name, interrupting=interrupting)
        boundary = self.add(node)
        if not interrupting:
            self.connect(boundary, self.task(), self.new("endEvent", "selesai"))
            return name, name
        join = self.new("exclusiveGateway")
        self.connect(name, join)
        if self.random.random() < 0.5:
            self.connect(boundary, join)
        else:
            self.connect(boundary, self.task(), join)
        return name, join


def random_model(seed: int, *, inclusive: bool = False, events: bool = False) -> Model:
    """Return the model of a seed."""
    random = Random(seed)  # noqa: S311 - repeatable, not secret
    common = Builder(random, inclusive, events, budget=random.randint(4, 18))
    process = Drawing(common, MAIN, repeated=False).process(DEEPEST)
    return Model(MAIN, {MAIN: process, **common.processes}, common.variables, common.choices)


# BPMN text ----------------------------------------------------------------------------------------


def files(model: Model) -> list[bytes]:
    """Return the BPMN file of each process, the model's own first."""
    return [_file(process) for process in model.processes.values()]


def _file(process: Process) -> bytes:
    declared = dict.fromkeys(_declared(process))
    return drawing.definitions(*declared, drawing.process(_elements(process), key=process.key))


def _declared(process: Process) -> Iterator[str]:
    for node in process.nodes.values():
        if node.inside:
            yield from _declared(node.inside)
        trigger = node.trigger
        if trigger and trigger.name and trigger.kind != "link":
            code = f' {trigger.kind}Code="{trigger.name}"' if trigger.kind in {"error", "escalation"} else ""
            yield f'<bpmn:{trigger.kind} id="{_root(trigger)}" name="{trigger.name}"{code}/>'


def _root(trigger: Trigger) -> str:
    return f"{trigger.kind}_{trigger.name}"


def _elements(process: Process) -> str:
    nodes = (_node(node) for node in process.nodes.values())
    flows = (
        drawing.flow(flow.source, flow.target, _feel(flow.condition) if flow.condition else "")
        for flow in process.flows
    )
    return "".join((*nodes, *flows))


def _feel(condition: Condition) -> str:
    return f'{condition.name} = "{condition.value}"'


def _node(node: Node) -> str:
    attributes = f' default="{node.default}"' if node.default else ""
    inside = _loop(node)
    if node.kind == "userTask":
        return drawing.task(node.id, inside, attributes=attributes)
    if node.kind == "serviceTask":
        attributes += ' camunda:type="external" camunda:topic="luar"'
    if node.kind == "receiveTask" and node.trigger:
        attributes += f' messageRef="{_root(node.trigger)}"'
    elif node.trigger:
        inside += _definition(node.trigger)
    if node.attached_to:
        attributes += f' attachedToRef="{node.attached_to}" cancelActivity="{str(node.interrupting).lower()}"'
    if node.called:
        attributes += f' calledElement="{node.called}"'
        inside = _mappings(node.mapped) + inside
    if node.inside:
        inside += _elements(node.inside)
    return f'<bpmn:{node.kind} id="{node.id}"{attributes}>{inside}</bpmn:{node.kind}>'


def _mappings(names: Sequence[str]) -> str:
    entries = "".join(f'<camunda:{tag} source="{name}" target="{name}"/>' for tag in ("in", "out") for name in names)
    item = f'<camunda:in source="{ITEM}" target="{ITEM}"/>'  # names the instance that a task belongs to
    return drawing.extended(entries + item) if names else ""


def _definition(trigger: Trigger) -> str:
    tag = f"{trigger.kind}EventDefinition"
    if trigger.kind == "timer":
        written = "timeDuration" if trigger.times == 1 else "timeCycle"
        text = f"PT{trigger.minutes}M" if trigger.times == 1 else f"R{trigger.times}/PT{trigger.minutes}M"
        return f'<bpmn:{tag}><bpmn:{written} xsi:type="bpmn:tFormalExpression">{text}</bpmn:{written}></bpmn:{tag}>'
    if trigger.kind == "link":
        return f'<bpmn:{tag} name="{trigger.name}"/>'
    reference = f' {trigger.kind}Ref="{_root(trigger)}"' if trigger.name else ""
    return f"<bpmn:{tag}{reference}/>"


def _loop(node: Node) -> str:
    if node.loop:
        most = f' loopMaximum="{node.loop.maximum}"' if node.loop.maximum else ""
        return (
            f'<bpmn:standardLoopCharacteristics testBefore="{str(node.loop.before).lower()}"{most}>'
            f'<bpmn:loopCondition xsi:type="bpmn:tFormalExpression">{_feel(node.loop.condition)}</bpmn:loopCondition>'
            "</bpmn:standardLoopCharacteristics>"
        )
    if node.multi is None:
        return ""
    written = drawing.each(node.multi.collection, sequential=node.multi.sequential, unique=node.id)
    if not node.multi.collects:
        written = (
            f'<bpmn:multiInstanceLoopCharacteristics isSequential="{str(node.multi.sequential).lower()}" '
            f'camunda:collection="{node.multi.collection}" camunda:elementVariable="{ITEM}">'
            "</bpmn:multiInstanceLoopCharacteristics>"
        )
    if not node.multi.enough:
        return written
    condition = (
        '<bpmn:completionCondition xsi:type="bpmn:tFormalExpression">'
        f"nrOfCompletedInstances = {node.multi.enough}</bpmn:completionCondition>"
    )
    head, closing, _ = written.rpartition("</bpmn:multiInstanceLoopCharacteristics>")
    return head + condition + closing
