"""Random models, sound by the way they are built, as values for the token game; `writing` makes BPMN text of them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import pairwise
from random import Random

from service.engine.diagram.limits import DEEPEST_NESTING
from tests.engine.tokengame import (
    Choice,
    Condition,
    Flow,
    Formula,
    Loop,
    Model,
    Multi,
    Named,
    Node,
    Process,
    Table,
    Tally,
    Trigger,
    Value,
)

MAIN = "proses"
ON, BACK = "lanjut", "kembali"
ITEM = "unit"
"""What the item of a list is called."""
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
    "telling",
)
DATA = ("scripted", "decided", "counting", "doubtful", "doubtful", "local", "telling", "outside", "call", "multi")
FLAT = frozenset(
    {"task", "silent", "receive", "pause", "timed", "told", "outside", "link", "telling", "decided", "scripted"}
)


@dataclass
class Builder:
    """Everything that one model has in common: names, variables, the budget of blocks."""

    random: Random
    kinds: tuple[str, ...]
    events: bool
    data: bool
    budget: int
    variables: dict[str, Value] = field(default_factory=dict)
    choices: dict[str, tuple[Value, ...]] = field(default_factory=dict)
    processes: dict[str, Process] = field(default_factory=dict)
    cures: dict[str, tuple[str, Value]] = field(default_factory=dict)
    signals: list[str] = field(default_factory=list)
    made: int = 0

    def name(self, prefix: str) -> str:
        self.made += 1
        return f"{prefix}{self.made}"

    def variable(self, *values: Value) -> str:
        """Make a variable that somebody decides."""
        name = self.known(values[0])
        self.choices[name] = values
        return name

    def known(self, value: Value) -> str:
        """Make a variable that nobody decides."""
        name = self.name("v")
        self.variables[name] = value
        return name

    def minutes(self) -> int:
        """Return a duration that no other timer has, so that no two are due at once."""
        self.made += 1
        return 60 * self.made + self.random.randrange(60)

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability


Block = tuple[str, str]
"""First and last node."""


@dataclass
class Drawing:
    """The flow elements of one scope while they are drawn."""

    common: Builder
    key: str
    repeated: bool
    """Inside a multi-instance activity; a second one in it is a plain task, which is known by the variables it sees."""
    nodes: dict[str, Node] = field(default_factory=dict)
    flows: list[Flow] = field(default_factory=list)
    entries: list[str] = field(default_factory=list)
    """Where a review may send back to: every earlier block that no parallel work is around."""
    named: bool = False
    """Whether the instance around is named by an item."""

    @property
    def random(self) -> Random:
        return self.common.random

    def process(self, depth: int, around: Node | None = None) -> Process:
        """Draw a whole scope: something random, or a node that is there."""
        first = self.new("startEvent", "mulai")
        last = self.new("endEvent", "selesai")
        if around is not None:
            name = self.add(around)
            self.connect(first, self.alone((name, name)), last)
        elif self.key == MAIN and self.common.data and not depth < DEEPEST:
            self.connect(first, self.task(), self.sequence(depth, may_end=True), last)  # so that it can begin
        else:
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

    def otherwise(self, gate: str, target: str) -> None:
        """Make the flow to a target the default."""
        self.nodes[gate] = replace(self.nodes[gate], default=f"{gate}-{target}")

    # Sequences, with returns to any earlier block

    def sequence(self, depth: int, *, may_end: bool, longest: int = 4) -> Block:
        length = self.random.randint(1, longest)
        if self.common.chance(0.35):
            return self.returning(length, depth, may_end=may_end)
        blocks = [self.block(depth, may_end=may_end) for _ in range(length)]
        self.connect(*blocks)
        return blocks[0][0], blocks[-1][1]

    def returning(self, length: int, depth: int, *, may_end: bool) -> Block:
        """Put reviews between the blocks; each may send back to any block before it, outside or inside of others."""
        first = last = ""
        for number in range(length):
            entry = self.new("exclusiveGateway")
            self.entries.append(entry)
            if last:
                self.connect(last, entry)
            first = first or entry
            block = self.block(depth, may_end=may_end)
            self.connect(entry, block)
            last = block[1]
            if number == length - 1 or self.common.chance(0.4):
                last = self.review(last, self.random.choice(self.entries))
        return first, last

    def review(self, before: str, entry: str) -> str:
        variable = self.common.variable(ON, BACK)
        task, gate = self.task(sets=(variable,)), self.new("exclusiveGateway")
        self.connect(before, task, gate)
        self.connect(gate, entry, condition=Condition(variable, BACK))
        onwards = self.new("exclusiveGateway")
        self.connect(gate, onwards)
        self.otherwise(gate, onwards)
        return onwards

    @contextmanager
    def apart(self) -> Iterator[None]:
        """Draw a branch that no return may leave or enter."""
        outside, self.entries = self.entries, []
        yield
        self.entries = outside

    def branch(self, depth: int, *, may_end: bool) -> Block:
        with self.apart():
            return self.sequence(depth, may_end=may_end, longest=2)

    # Blocks

    def block(self, depth: int, *, may_end: bool) -> Block:
        self.common.budget -= 1
        kind = self.random.choice(self.common.kinds)
        if self.common.budget < 0 or (depth == 0 and kind not in FLAT):
            kind = "task"
        if kind == "multi" and self.repeated:
            kind = "nested" if self.named else "loop"
        if kind == "counting" and (self.repeated or "twice" in self.common.kinds):
            kind = "scripted"  # two tokens that count at once would race
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
        if self.common.chance(0.5):
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

    def _telling(self, _depth: int, _may_end: bool) -> Block:  # noqa: FBT001
        """Throw a message or signal; tasks before and after, so that those who begin to wait or hear it do not race."""
        trigger, kind = self.telling(), self.random.choice(["sendTask", "intermediateThrowEvent"])
        if kind == "sendTask":
            trigger = replace(trigger, kind="message")
        handed = self.telltale()
        throw = self.add(Node(self.common.name("k"), kind, trigger, handed=handed))
        before, after = self.task(), self.task()
        self.connect(before, throw, after)
        return before, after

    def telling(self) -> Trigger:
        kind = self.random.choice(["message", "signal"])
        known = self.common.signals if kind == "signal" else []
        name = self.random.choice([*known, self.common.name("kabar")])
        return Trigger(kind, name, key=self.message_key() if kind == "message" else None)

    def telltale(self) -> Named:
        """Return what a message takes along."""
        if not self.common.choices or self.common.chance(0.5):
            return ()
        name = self.random.choice(sorted(self.common.choices))
        return ((self.common.name("kata"), Formula(name)), (self.common.name("kata"), Formula(added="tetap")))

    def message_key(self) -> Formula | None:
        if self.common.chance(0.4):
            return None
        return Formula(ITEM) if self.repeated else Formula(self.common.known(f"berkas {self.common.made}"))

    def _stop(self, _depth: int, _may_end: bool) -> Block:  # noqa: FBT001
        """A decision between going on and another end."""
        variable = self.common.variable(ON, BACK)
        task, gate = self.task(sets=(variable,)), self.new("exclusiveGateway")
        trigger = self.random.choice([None, Trigger("terminate"), Trigger("terminate"), self.telling()])
        end = self.add(Node(self.common.name("selesai"), "endEvent", trigger))
        onwards = self.new("exclusiveGateway")
        self.connect(task, gate)
        self.connect(gate, end, condition=Condition(variable, BACK))
        self.connect(gate, onwards)
        self.otherwise(gate, onwards)
        return task, onwards

    def _xor(self, depth: int, may_end: bool) -> Block:  # noqa: FBT001
        values = tuple("abcd"[: self.random.randint(2, 4)])
        variable = self.common.variable(*values)
        split, join = self.alternatives(variable, values, depth, may_end=may_end)
        if self.common.chance(0.3):  # decided earlier, or by somebody else meanwhile
            return split, join
        task = self.task(sets=(variable,))
        self.connect(task, split)
        return task, join

    def alternatives(self, variable: str, values: Sequence[Value], depth: int, *, may_end: bool) -> Block:
        """Draw a way for each value but the first, which shares the default with everything else."""
        split, join = self.new("exclusiveGateway"), self.new("exclusiveGateway")
        for value in values[1:]:
            branch = self.sequence(depth, may_end=may_end, longest=2)
            self.connect(split, branch, condition=Condition(variable, value))
            self.connect(branch, join)
        branch = self.sequence(depth, may_end=may_end, longest=2)
        self.connect(split, branch, join)
        self.otherwise(split, branch[0])
        return split, join

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
            self.connect(split, self.branch(depth, may_end=may_end), join)
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
        self.connect(gate, later := self.branch(depth, may_end=may_end), join)
        self.otherwise(gate, later[0])
        return first, join

    def _inclusive(self, split: str, join: str, depth: int, *, may_end: bool) -> tuple[str, ...]:
        variables = tuple(self.common.variable("ya", "tidak") for _ in range(self.random.randint(1, 3)))
        for variable in variables:
            branch = self.branch(depth, may_end=may_end)
            self.connect(split, branch, condition=Condition(variable, "ya"))
            self.connect(branch, join)
        self.connect(split, join)
        self.otherwise(split, join)
        return variables

    # Data

    def _scripted(self, depth: int, may_end: bool) -> Block:  # noqa: FBT001
        """A task decides, a script works something out of it, a gateway may ask for that."""
        variable, result = self.common.variable("a", "b", "c"), self.common.known(None)
        script = self.formula(variable, "b", "x", "y")
        task = self.task(sets=(variable,))
        node = self.add(Node(self.common.name("r"), "scriptTask", script=script, result=result))
        self.connect(task, node)
        return self.asking(task, node, result, ["y", "x", "c", "b!"], depth, may_end=may_end)

    def _decided(self, depth: int, may_end: bool) -> Block:  # noqa: FBT001
        """A decision table between a task and a gateway."""
        text, number = self.common.variable("a", "b", "c"), self.common.variable(1, 5, 9)
        table, result = self.table(text, number), self.common.known(None)
        task = self.task(sets=(text, number))
        node = self.add(Node(self.common.name("r"), "businessRuleTask", table=table, result=result))
        self.common.cures[node] = (text, "a")
        self.connect(task, node)
        if table.is_list:
            return task, node
        return self.asking(task, node, result, ["p", "q", 3], depth, may_end=may_end)

    def formula(self, name: str, value: Value, yes: Value, no: Value) -> Formula | Choice:
        choice = Choice(Condition(name, value), yes, no)
        formulas: list[Formula | Choice] = [choice, Formula(name), Formula(name, "!"), Formula(added="tetap")]
        return self.random.choice(formulas)

    def asking(self, first: str, last: str, result: str, values: list[Value], depth: int, *, may_end: bool) -> Block:
        if depth < 0 or self.common.chance(0.4):
            return first, last
        split, join = self.alternatives(result, values, depth, may_end=may_end)
        self.connect(last, split)
        return first, join

    def table(self, text: str, number: str) -> Table:
        """Draw a table that may contradict itself or match nothing, but never where the text is "a"."""
        policy = self.random.choice(["UNIQUE", "FIRST", "ANY", "RULE ORDER", "COLLECT", "COLLECT"])
        aggregator = self.random.choice(["", "SUM", "COUNT", "MIN", "MAX"]) if policy == "COLLECT" else ""
        outputs: tuple[Value, ...] = (1, 3, 5) if aggregator else ("p", "q")
        among = "bc" if policy in {"UNIQUE", "ANY"} else "abc"
        rules = [(self.conditions(text, number, among), self.random.choice(outputs)) for _ in range(3)]
        rules.append(((Condition(text, "a"),), self.random.choice(outputs)))
        self.random.shuffle(rules)
        return Table(self.common.name("tabel"), tuple(rules), policy, aggregator)

    def conditions(self, text: str, number: str, among: str) -> tuple[Condition, ...]:
        found = [Condition(text, self.random.choice(among))]
        if self.common.chance(0.5):
            found.append(Condition(number, self.random.choice([1, 5, 9]), self.random.choice(["<", ">=", "="])))
        return tuple(found)

    def _counting(self, depth: int, may_end: bool) -> Block:  # noqa: FBT001
        """A loop that a script counts."""
        number = self.common.known(0)
        entry, gate, onwards = (self.new("exclusiveGateway") for _ in range(3))
        script = Node(self.common.name("r"), "scriptTask", script=Formula(number, 1), result=number)
        with self.apart():
            self.connect(entry, self.block(depth, may_end=may_end), self.task(), self.add(script), gate)
        self.connect(gate, entry, condition=Condition(number, self.random.choice([2, 3]), "<"))
        self.connect(gate, onwards)
        self.otherwise(gate, onwards)
        return entry, onwards

    def _doubtful(self, depth: int, may_end: bool) -> Block:  # noqa: FBT001
        """A gateway without a default, over a variable that may fit none of its flows."""
        fits: list[Value] = ["baik", "lain"]
        unset = self.common.chance(0.5)
        variable = self.common.known("entah") if unset else self.common.variable(*fits, "entah")
        split, join = self.alternatives(variable, fits, depth, may_end=may_end)
        default = self.nodes[split].default
        self.nodes[split] = replace(self.nodes[split], default="")
        self.flows = [replace(f, condition=Condition(variable, "baik")) if f.id == default else f for f in self.flows]
        self.common.cures[split] = (variable, "baik")
        if unset:
            return split, join
        task = self.task(sets=(variable,))
        self.connect(task, split)
        return task, join

    def _local(self, depth: int, may_end: bool) -> Block:  # noqa: FBT001
        """An activity with variables of its own, and what it gives back."""
        given = self.common.variable("a", "b", "c")
        result = self.common.known(None)
        inputs = ((given, Formula(given, self.random.choice([None, "!"]))),) if self.common.chance(0.7) else ()
        outputs = ((result, self.formula(given, "a", "b", "c")),)
        node = Node(
            self.common.name("t"), self.random.choice(["userTask", "serviceTask", "subProcess", "receiveTask"]),
            inputs=inputs, outputs=outputs if self.common.chance(0.7) else (), sets=(given,),
        )  # fmt: skip
        if node.kind == "subProcess":
            node = replace(node, sets=(), inside=self.inner(depth, deciding=given))
        if node.kind == "receiveTask":
            node = replace(node, trigger=self.news("message"))
        first, last = self.interruptible(self.add(node))
        return self.asking(first, last, result, ["c", "b"], depth, may_end=may_end)

    # Scopes

    def _sub(self, depth: int, _may_end: bool) -> Block:  # noqa: FBT001
        name = self.add(Node(self.common.name("s"), "subProcess", inside=self.inner(depth)))
        return self.interruptible(name)

    def _call(self, depth: int, _may_end: bool) -> Block:  # noqa: FBT001
        node = self.lending(Node(self.common.name("c"), "callActivity"))
        return self.alone(self.interruptible(self.add(self.calling(node, depth))))

    def alone(self, block: Block) -> Block:
        """Put a task before a call that takes all variables along, so that no parallel branch writes at that moment."""
        first, last = block
        if not self.nodes[first].called or self.nodes[first].handed:
            return block
        task = self.task()
        self.connect(task, first)
        return task, last

    def calling(self, node: Node, depth: int, around: Node | None = None) -> Node:
        """Draw a process that a node calls, with something random in it or with a node that is there."""
        before = set(self.common.variables)
        drawn = self.within(node.multi, self.common.name("terkait"))
        self.common.processes[drawn.key] = drawn.process(depth, around)
        named = self.common.variable(ON)  # so that there is something to map
        mine = [name for name in self.common.variables if name not in before]
        # what a multi-instance activity collects would hold the results of all others, round for round
        if around is not None or not (drawn.repeated or self.common.chance(0.5)):
            return replace(node, called=drawn.key)
        handed: Named = tuple((name, Formula(name)) for name in mine)
        returned: Named = tuple((name, Formula(name)) for name in mine)
        if self.common.data:
            outer, inner = self.common.known(None), self.common.name("v")
            source = self.formula(named, ON, 1, 2)
            handed = (*handed, (inner, source))
            returned = (*returned, (outer, Formula(inner)))
            if not drawn.repeated and self.common.chance(0.3):
                returned = ()
        return replace(node, called=drawn.key, handed=(*handed, (ITEM, Formula(ITEM))), returned=returned)

    def within(self, multi: Multi | None, key: str = "") -> "Drawing":
        """Begin to draw the inside of an activity."""
        named = bool(multi.item) if multi else self.named
        return Drawing(self.common, key or self.key, self.repeated or multi is not None, named=named)

    def _nested(self, _depth: int, _may_end: bool) -> Block:  # noqa: FBT001
        name = self.common.name("m")
        multi, deciding = self.repetition(name, decides=True)
        if multi.item:
            multi = replace(multi, item=f"{ITEM}_dalam")
        kind = self.random.choice(["userTask", "serviceTask"]) if not deciding else "userTask"
        name = self.add(Node(name, kind, multi=multi, sets=(deciding,) if deciding else ()))
        return name, name

    def _multi(self, depth: int, _may_end: bool) -> Block:  # noqa: FBT001
        name = self.common.name("m")
        multi, deciding = self.repetition(name, decides=True)
        kinds = ["userTask"] * 3 + ["subProcess"] * 3 * (depth > 0)
        kinds += ["callActivity"] * 2 * (depth > 0 and self.common.events)
        kinds += ["serviceTask", "receiveTask"] * (self.common.events or self.common.data)
        kind = self.random.choice(kinds)
        if kind not in {"userTask", "subProcess"} and not (multi.until and multi.until.name.startswith("nrOf")):
            multi, deciding = replace(multi, until=None), ""
        node = Node(name, kind, multi=multi, sets=(deciding,) if deciding else ())
        if kind == "subProcess":
            node = replace(node, inside=self.inner(depth, multi=multi, deciding=deciding), sets=())
        elif kind == "callActivity":
            node = self.calling(node, depth)
        elif kind == "receiveTask":
            key = Formula(ITEM) if multi.item and self.common.chance(0.7) else None
            node = replace(node, trigger=Trigger("message", self.common.name("kabar"), key=key))
        return self.alone(self.interruptible(self.add(self.lending(node))))

    def lending(self, node: Node) -> Node:
        """Give an activity variables of its own that nobody decides, now and then."""
        if not self.common.data or self.common.chance(0.7):
            return node
        own, result = self.common.name("v"), self.common.known(None)
        source = node.multi.results if node.multi and node.multi.results else own
        return replace(node, inputs=((own, Formula(added="pinjaman")),), outputs=((result, Formula(source)),))

    def repetition(self, name: str, *, decides: bool) -> tuple[Multi, str]:
        """Return how often, and the variable of the completion condition if it asks for one."""
        number = self.random.choice([0, 1, 2, 2, 3])
        results = f"hasil_{name}" if self.common.chance(0.6) else ""
        multi = Multi(sequential=self.common.chance(0.4), results=results)
        wrong = self.common.data and self.common.chance(0.2)
        right: Value = number
        if self.common.chance(0.25):
            multi = replace(multi, cardinality=self.common.known("banyak" if wrong else number))
        else:
            right = [f"unit{index}" for index in range(number)]
            multi = replace(multi, collection=self.common.known("siapa" if wrong else right), item=ITEM)
        if wrong:
            self.common.cures[name] = (multi.collection or multi.cardinality, right)
        asked = self.random.choice(["", "", "done", "left", "said", "tally"] if decides else ["", "done"])
        if asked == "done":
            return replace(multi, until=Condition("nrOfCompletedInstances", self.random.choice([1, 2]))), ""
        if asked == "left":
            return replace(multi, until=Condition("nrOfActiveInstances", 2, "<")), ""
        if asked == "said" or (asked == "tally" and results):
            said = self.common.variable("ya", "tidak")
            until = Condition(said, "ya") if asked == "said" else Tally(results, said, "ya", self.random.choice([1, 2]))
            return replace(multi, until=until), said
        return multi, ""

    def _loop(self, depth: int, _may_end: bool) -> Block:  # noqa: FBT001
        if self.common.chance(0.25):
            return self.counted_loop()
        variable = self.common.variable(ON, "ulang")
        loop = Loop(Condition(variable, "ulang"), self.common.chance(0.5), self.random.choice([0, 0, 2, 3]))
        node = Node(self.common.name("l"), "userTask", loop=loop, sets=(variable,))
        if depth > 0 and self.common.chance(0.5):
            inside = self.inner(depth, deciding=variable)
            node = replace(node, kind="subProcess", sets=(), inside=inside)
        name = self.add(node)
        if not loop.before:
            return self.interruptible(name)
        task = self.task(sets=(variable,))
        made = self.interruptible(name)
        self.connect(task, made)
        return task, made[1]

    def counted_loop(self) -> Block:
        rounds = Condition("loopCounter", self.random.choice([1, 2, 3]), "<")
        loop = Loop(rounds, self.common.chance(0.5))
        return self.interruptible(self.add(self.lending(Node(self.common.name("l"), "userTask", loop=loop))))

    def inner(
        self, depth: int, *, multi: Multi | None = None, deciding: str = "", trigger: Trigger | None = None
    ) -> Process:
        """Draw a sub-process; `deciding` is set by its last task, `trigger` thrown by another end."""
        drawn = self.within(multi)
        process = drawn.process(min(max(depth, 0), DEEPEST - 1))
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
                    self.otherwise(flow.source, block)
        self.connect(block, end)

    def throw_on_the_way(self, trigger: Trigger) -> None:
        variable = self.common.variable(ON, BACK)
        task, gate = self.task(sets=(variable,)), self.new("exclusiveGateway")
        self.before_end(gate)
        last = next(number for number, flow in enumerate(self.flows) if flow.source == gate)
        onwards = self.flows[last].target
        self.flows[last] = Flow(gate, onwards)
        self.otherwise(gate, onwards)
        for number, flow in enumerate(self.flows):
            if flow.target == gate:
                self.flows[number] = Flow(flow.source, task, flow.condition)
                if self.nodes[flow.source].default == flow.id:
                    self.otherwise(flow.source, task)
        self.connect(task, gate)
        kind = "endEvent"
        if trigger.kind == "escalation" and self.common.chance(0.5):
            kind = "intermediateThrowEvent"
        thrown = self.add(Node(self.common.name("e"), kind, trigger))
        self.connect(gate, thrown, condition=Condition(variable, BACK))
        if kind != "endEvent":
            self.connect(thrown, self.new("endEvent", "selesai"))

    # Events

    def _failing(self, depth: int, _may_end: bool) -> Block:  # noqa: FBT001
        code = self.common.name("galat")
        name = self.add(self.throwing(depth, Trigger("error", code)))
        return self.alone(self.handled(name, Trigger("error", self.random.choice(["", code]))))

    def _escalating(self, depth: int, _may_end: bool) -> Block:  # noqa: FBT001
        code = self.common.name("naik")
        name = self.add(self.throwing(depth, Trigger("escalation", code)))
        if self.common.chance(0.2):
            return self.alone((name, name))  # nobody listens
        return self.alone(self.handled(name, Trigger("escalation", code), interrupting=self.common.chance(0.5)))

    def throwing(self, depth: int, trigger: Trigger) -> Node:
        """Draw an activity out of whose inside something is thrown, from up to three scopes deep."""
        name = self.common.name("s")
        multi = self.repetition(name, decides=False)[0] if not self.repeated and self.common.chance(0.3) else None
        node = Node(self.common.name("s"), "subProcess", inside=self.inner(depth, multi=multi, trigger=trigger))
        for _ in range(self.random.choice([0, 0, 1, 2])):
            node = self.wrapped(node)
        if multi is None:
            return node
        return Node(name, "subProcess", inside=self.within(multi).process(0, node), multi=multi)

    def wrapped(self, node: Node) -> Node:
        """Put an activity into a sub-process or a called process."""
        if self.common.chance(0.4):
            return self.calling(Node(self.common.name("c"), "callActivity"), 0, node)
        return Node(self.common.name("s"), "subProcess", inside=self.within(None).process(0, node))

    def _timed(self, _depth: int, _may_end: bool) -> Block:  # noqa: FBT001
        return self.handled(self.task(), self.timer(), interrupting=self.common.chance(0.5))

    def _told(self, _depth: int, _may_end: bool) -> Block:  # noqa: FBT001
        return self.handled(self.task(), self.news(self.random.choice(["message", "signal"])),
                            interrupting=self.common.chance(0.5))  # fmt: skip

    def _race(self, depth: int, may_end: bool) -> Block:  # noqa: FBT001
        gate, join = self.new("eventBasedGateway"), self.new("exclusiveGateway")
        for kind in self.random.sample(["timer", "message", "signal"], k=self.random.randint(2, 3)):
            caught = self.add(self.catching("intermediateCatchEvent", kind))
            self.connect(gate, caught, self.sequence(depth, may_end=may_end, longest=2), join)
        return gate, join

    def catching(self, node: str, kind: str) -> Node:
        return Node(self.common.name("e"), node, replace(self.news(kind), times=1))

    def timer(self) -> Trigger:
        return Trigger("timer", minutes=self.common.minutes(), times=self.random.choice([1, 1, 3, 0]))

    def news(self, kind: str) -> Trigger:
        """Return what a timer, message or signal event waits for."""
        if kind == "timer":
            return self.timer()
        name = self.common.name("kabar")
        if kind == "signal":
            self.common.signals.append(name)
            return Trigger(kind, name)
        return Trigger(kind, name, key=self.message_key())

    def interruptible(self, name: str) -> Block:
        """Attach a timer, message or signal to an activity, or nothing."""
        if not self.common.events or self.common.chance(0.6):
            return name, name
        trigger = self.news(self.random.choice(["timer", "message", "signal"]))
        return self.handled(name, trigger, interrupting=self.common.chance(0.6))

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
        if self.common.chance(0.5):
            self.connect(boundary, join)
        else:
            self.connect(boundary, self.task(), join)
        return name, join


def random_model(seed: int, *, inclusive: bool = False, events: bool = False, data: bool = False) -> Model:
    """Return the model of a seed, drawn again while it is deeper than may be deployed or run."""
    random = Random(seed)  # noqa: S311 - repeatable, not secret
    kinds = BASIC + EVENTS * events + ("or", "or", "or", "early", "mixed") * inclusive + DATA * data
    model = draw(random, kinds, events=events, data=data)
    while depth(model, model.processes[MAIN]) > DEEPEST_NESTING:
        model = draw(random, kinds, events=events, data=data)
    return model


def draw(random: Random, kinds: tuple[str, ...], *, events: bool, data: bool) -> Model:
    """Draw a model of these kinds of blocks."""
    if data and random.random() < 0.5:
        kinds = tuple(kind for kind in kinds if kind != "twice")
    common = Builder(random, kinds, events, data, budget=random.randint(4, 18))
    process = Drawing(common, MAIN, repeated=False).process(DEEPEST)
    processes = {MAIN: process, **common.processes}
    return Model(MAIN, processes, common.variables, common.choices, common.cures)


def depth(model: Model, process: Process) -> int:
    """Count the sub-processes and called processes that stand inside each other."""
    inside = [
        node.inside or model.processes[node.called] for node in process.nodes.values() if node.inside or node.called
    ]
    return max((1 + depth(model, one) for one in inside), default=0)
