"""Soundness: each trap is shown with the shortest way into it, and its repaired twin is accepted."""

import random
from collections.abc import Sequence
from itertools import count, pairwise
from pathlib import Path

import pytest

from service.engine.diagram import read, soundness_problems
from service.engine.diagram.soundness.blocks import closed_blocks
from service.engine.diagram.soundness.budget import Budget
from service.engine.diagram.soundness.graph import scope_graph
from service.engine.diagram.soundness.net import Builder
from service.engine.diagram.soundness.reduction import Reduction
from service.engine.diagram.soundness.search import Search
from tests.bpmn.diagram import FOLDER
from tests.engine.drawing import definitions, end, flow, gateway, line, process, start, task

AND, OR, XOR = "parallelGateway", "inclusiveGateway", "exclusiveGateway"


def told(*parts: str, head: str = "") -> list[tuple[str, str, str]]:
    """Return code, element and the way there."""
    found = soundness_problems(read(definitions(head, process(*parts)), "sop.bpmn"))
    return [(problem.code, problem.element, problem.message.partition(": ")[2].rstrip(".")) for problem in found]


def block(
    split: str, join: str, branches: Sequence[Sequence[str]], *, before: str = "mulai", after: str = "selesai"
) -> str:
    """Return a split `g` with branches of user tasks and a join `h`."""
    chooses = split in {OR, XOR}
    parts = [gateway("g", f"g-{branches[0][0]}" if chooses else "", split), gateway("h", kind=join)]
    for number, names in enumerate(branches):
        parts += [*map(task, names), line(*names, "h")]
        parts.append(flow("g", names[0], "nilai = 1" if number and chooses else ""))
    return "".join([*parts, line(before, "g"), line("h", after)])


def boundary(name: str, host: str, definition: str = "", *, interrupting: bool = True) -> str:
    inside = (
        definition
        or "<bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition>"
    )
    cancel = str(interrupting).lower()
    attributes = f'id="{name}" attachedToRef="{host}" cancelActivity="{cancel}"'
    return f"<bpmn:boundaryEvent {attributes}>{inside}</bpmn:boundaryEvent>"


def sub(name: str, *parts: str) -> str:
    return f'<bpmn:subProcess id="{name}">{"".join(parts)}</bpmn:subProcess>'


FAULT = '<bpmn:error id="galat" errorCode="G1"/>'
RAISES = '<bpmn:errorEventDefinition errorRef="galat"/>'
TERMINATES = "<bpmn:terminateEventDefinition/>"
ENDS = start() + end()
AB = [["a"], ["b"]]
RETURNING = sub("s", start("s1"), task("a"), end("s2", RAISES), line("s1", "a", "s2"))
RETURNED = sub(
    "s", start("s1"), task("a"), gateway("p", "p-s3"), end("s2", RAISES), end("s3"),
    line("s1", "a", "p", "s3"), flow("p", "s2", "nilai = 1"),
)  # fmt: skip
CROSSED = (
    gateway("x", kind=AND) + gateway("y", kind=OR) + gateway("z", kind=OR)
    + "".join(map(task, "abcd"))
    + line("mulai", "x", "a", "y", "c", "e", "selesai") + line("x", "b", "z", "d", "f", "selesai")
    + flow("e", "z", "nilai = 1") + flow("f", "y", "nilai = 1")
    + gateway("e", "e-selesai") + gateway("f", "f-selesai")
)  # fmt: skip

REMINDED = (ENDS, task("a"), task("r"), task("b"), boundary("t", "a", interrupting=False))
HASTY = (
    *map(task, ["a", "b", "t"]), gateway("x", kind=AND), gateway("y"), gateway("o", kind=OR),
    line("mulai", "x", "a", "y", "o", "t", "selesai"), line("x", "b"),
)  # fmt: skip


def automatic(attributes: str = "") -> str:
    """Return a script that is done again and again."""
    condition = "<bpmn:loopCondition>true</bpmn:loopCondition>"
    marker = f"<bpmn:standardLoopCharacteristics {attributes}>{condition}</bpmn:standardLoopCharacteristics>"
    return f'<bpmn:scriptTask id="a" scriptFormat="feel">{marker}<bpmn:script>1</bpmn:script></bpmn:scriptTask>'


CASES: dict[str, tuple[tuple[str, str, str], tuple[str, ...], tuple[str, ...]]] = {
    "parallel join after a decision": (
        ("soundness-dead-end", "h", "Mulai → g → a → h"),
        (ENDS, block(XOR, AND, AB)),
        (ENDS, block(XOR, XOR, AB)),
    ),
    "parallel join after an inclusive split": (
        ("soundness-dead-end", "h", "Mulai → g → a → h"),
        (ENDS, block(OR, AND, AB)),
        (ENDS, block(OR, OR, AB)),
    ),
    "a branch that ends before the join": (
        ("soundness-dead-end", "h", "Mulai → g → a → b → p → Selesai → h"),
        (ENDS, end("lain"), gateway("g", kind=AND), gateway("h", kind=AND), gateway("p", "p-h"), task("a"), task("b"),
         line("mulai", "g", "a", "p", "h", "selesai"), line("g", "b", "h"), flow("p", "lain", "nilai = 1")),
        (ENDS, end("lain", TERMINATES), gateway("g", kind=AND), gateway("h", kind=AND), gateway("p", "p-h"), task("a"),
         task("b"), line("mulai", "g", "a", "p", "h", "selesai"), line("g", "b", "h"), flow("p", "lain", "nilai = 1")),
    ),
    "decision that joins parallel branches": (
        ("soundness-unsynchronised", "c", "Mulai → g → a → b → c"),
        (ENDS, task("c"), block(AND, XOR, AB, after="c"), line("c", "selesai")),
        (ENDS, task("c"), block(AND, AND, AB, after="c"), line("c", "selesai")),
    ),
    "task with two ways in from a parallel split": (
        ("soundness-unsynchronised", "c", "Mulai → g → a → b → c"),
        (ENDS, task("a"), task("b"), task("c"), gateway("g", kind=AND), line("mulai", "g", "a", "c", "selesai"),
         line("g", "b", "c")),
        (ENDS, task("a"), task("b"), gateway("g", kind=AND), line("mulai", "g", "a", "selesai"), line("g", "b",
         "selesai")),
    ),
    "several flows out of a task": (
        ("soundness-unsynchronised", "c", "Mulai → a → b → c"),
        (ENDS, *map(task, "abc"), line("mulai", "a", "b", "c", "selesai"), flow("a", "c")),
        (ENDS, *map(task, "abc"), gateway("h", kind=AND), line("mulai", "a", "b", "h", "c", "selesai"), flow("a", "h")),
    ),
    "return out of a parallel branch": (
        ("soundness-unsynchronised", "b", "Mulai → g → a → p → g → b"),
        (ENDS, task("a"), task("b"), gateway("m"), gateway("g", kind=AND), gateway("h", kind=AND), gateway("p", "p-h"),
         line("mulai", "m", "g", "a", "p", "h", "selesai"), line("g", "b", "h"), flow("p", "m", "nilai = 1")),
        (ENDS, task("a"), task("b"), gateway("m"), gateway("g", kind=AND), gateway("h", kind=AND), gateway("p",
         "p-selesai"),
         line("mulai", "m", "g", "a", "h", "p", "selesai"), line("g", "b", "h"), flow("p", "m", "nilai = 1")),
    ),
    "reminder that runs into the way it reminds of": (
        ("soundness-unsynchronised", "b", "Mulai → a → t → a → b"),
        (ENDS, task("a"), task("b"), boundary("t", "a", interrupting=False), line("mulai", "a", "b", "selesai"),
         line("t", "b")),
        (ENDS, task("a"), task("b"), task("r"), end("lain"), boundary("t", "a", interrupting=False),
         line("mulai", "a", "b", "selesai"), line("t", "r", "lain")),
    ),
    "reminder that an inclusive join does not wait for": (
        ("soundness-unsynchronised", "b", "Mulai → a → t → r → a → b"),
        (*REMINDED, gateway("h", kind=OR), line("mulai", "a", "h", "b", "selesai"), line("t", "r", "h")),
        (*REMINDED, line("mulai", "a", "b", "selesai"), line("t", "r", "selesai")),
    ),
    "reminder that a parallel join waits for": (
        ("soundness-dead-end", "h", "Mulai → a → h"),
        (*REMINDED, gateway("h", kind=AND), line("mulai", "a", "h", "b", "selesai"), line("t", "r", "h")),
        (*REMINDED, end("lain"), line("mulai", "a", "b", "selesai"), line("t", "r", "lain")),
    ),
    "trap inside a reminder": (
        ("soundness-dead-end", "h", "t → g → c → h"),
        (*REMINDED[:2], end("lain"), boundary("t", "a", interrupting=False), line("mulai", "a", "selesai"),
         block(XOR, AND, [["c"], ["d"]], before="t", after="lain")),
        (*REMINDED[:2], end("lain"), boundary("t", "a", interrupting=False), line("mulai", "a", "selesai"),
         block(AND, AND, [["c"], ["d"]], before="t", after="lain")),
    ),
    "fork straight to an end of everything": (
        ("soundness-dead-task", "a", "Mulai → g → a"),
        (ENDS, end("lain", TERMINATES), task("a"), gateway("g", kind=AND), line("mulai", "g", "a", "selesai"),
         flow("g", "lain")),
        (ENDS, end("lain", TERMINATES), task("a"), task("b"), gateway("g", kind=AND),
         line("mulai", "g", "a", "selesai"), line("g", "b", "lain")),
    ),
    "inclusive join that does not wait for who can come twice": (
        ("soundness-unsynchronised", "t", "Mulai → x → a → b → c → t"),
        (ENDS, *HASTY, *map(task, "klm"), gateway("c", "c-o"), line("b", "c", "o"), flow("c", "k", "nilai = 1"),
         line("k", "l", "m", "y")),
        (ENDS, *HASTY, line("b", "o")),
    ),
    "automatic step again and again": (
        ("soundness-endless", "a", "a → a"),
        (ENDS, automatic(), line("mulai", "a", "selesai")),
        (ENDS, automatic('loopMaximum="3"'), line("mulai", "a", "selesai")),
    ),
    "sub-process that only fails, for ever": (
        ("soundness-no-completion", "s", "Mulai → s"),
        (ENDS, RETURNING, boundary("t", "s", RAISES), line("mulai", "s", "selesai"), line("t", "s")),
        (ENDS, RETURNED, boundary("t", "s", RAISES), line("mulai", "s", "selesai"), line("t", "s")),
    ),
    "step after a sub-process that only fails": (
        ("soundness-dead-task", "b", "Mulai → s → b"),
        (ENDS, end("lain"), task("b"), RETURNING, boundary("t", "s", RAISES), line("mulai", "s", "b", "selesai"),
         line("t", "lain")),
        (ENDS, end("lain"), task("b"), RETURNED, boundary("t", "s", RAISES), line("mulai", "s", "b", "selesai"),
         line("t", "lain")),
    ),
    "automatic steps that go round": (
        ("soundness-endless", "a", "a → p → a"),
        (ENDS, '<bpmn:manualTask id="a"/>', gateway("p", "p-selesai"), line("mulai", "a", "p", "selesai"), flow("p",
         "a", "nilai = 1")),
        (ENDS, task("a"), gateway("p", "p-selesai"), line("mulai", "a", "p", "selesai"), flow("p", "a", "nilai = 1")),
    ),
    "trap inside a sub-process": (
        ("soundness-dead-end", "h", "Mulai → g → a → h"),
        (ENDS, sub("s", start("s1"), end("s2"), block(XOR, AND, AB, before="s1", after="s2")), line("mulai", "s",
         "selesai")),
        (ENDS, sub("s", start("s1"), end("s2"), block(AND, AND, AB, before="s1", after="s2")), line("mulai", "s",
         "selesai")),
    ),
    "inclusive joins that wait for one another": (
        ("or-join-nested", "y", "Mulai → x → a → b → y"),
        (ENDS, CROSSED),
        (ENDS, sub("s", start("s1"), end("s2"), block(OR, OR, AB, before="s1", after="s2")), line("mulai", "s",
         "selesai")),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("expected", "broken", "repaired"), CASES.values(), ids=CASES)
def test_trap_is_shown_and_its_repaired_twin_accepted(
    expected: tuple[str, str, str], broken: tuple[str, ...], repaired: tuple[str, ...]
) -> None:
    assert told(*broken, head=FAULT) == [expected]
    assert told(*repaired, head=FAULT) == []


def test_problem_names_line_place_and_both_languages() -> None:
    (problem,) = soundness_problems(read(definitions(process(ENDS, block(XOR, AND, AB))), "sop.bpmn"))

    assert (problem.severity, problem.place, problem.line > 0) == ("error", "Keputusan, h", True)
    assert problem.message_en == "A case can get stuck here for ever: Mulai → g → a → h."
    assert problem.fix.sentence


def test_return_to_any_earlier_task_is_sound() -> None:
    names = [f"t{number}" for number in range(6)]
    for target in names:
        parts = [ENDS, gateway("p", "p-selesai"), *map(task, names), line("mulai", *names, "p", "selesai")]
        assert told(*parts, flow("p", target, "nilai = 1")) == []


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*/*.bpmn")), ids=lambda file: file.stem)
def test_sop_is_sound(file: Path) -> None:
    assert soundness_problems(read(file.read_bytes(), file.name)) == []


# Width ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("split", "join"), [(AND, AND), (OR, OR), (AND, OR), (XOR, OR)])
@pytest.mark.parametrize("width", [2, 10, 60])
def test_wide_block_of_one_kind_is_decided(split: str, join: str, width: int) -> None:
    assert told(ENDS, block(split, join, [[f"a{n}", f"b{n}"] for n in range(width)])) == []


def test_trap_behind_a_wide_block_is_found() -> None:
    found = told(ENDS, block(XOR, AND, [[f"a{n}"] for n in range(60)]))

    assert found == [("soundness-dead-end", "h", "Mulai → g → a0 → h")]


def test_wide_inclusive_split_without_its_join_is_too_large() -> None:
    def fan(width: int) -> list[tuple[str, str, str]]:
        names = [f"a{number}" for number in range(width)]
        ways = [flow("g", name, "nilai = 1" if name != "a0" else "") + line(name, f"e{name}") for name in names]
        ends = [end(f"e{name}") for name in names]
        return told(start(), *map(task, names), *ends, gateway("g", "g-a0", OR), line("mulai", "g"), *ways)

    assert fan(5) == []
    assert [code for code, _, _ in fan(40)] == ["soundness-too-large"]


# Random diagrams ----------------------------------------------------------------------------------------


class Drawing:
    """A random diagram made of blocks; `planted` blocks close with the wrong join."""

    def __init__(self, seed: int, *, planted: bool) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - a sample, no secret
        self.number = count()
        self.parts = [start(), end()]
        self.blocks: list[tuple[str, str, str]] = []
        first, last = self.sequence(3)
        self.parts.append(line("mulai", first) + line(last, "selesai"))
        if planted:
            split, join, kind = self.chance.choice(self.blocks)
            del split
            wrong = AND if kind in {XOR, OR} else XOR
            self.parts = [
                part.replace(f'<bpmn:{kind} id="{join}"', f'<bpmn:{wrong} id="{join}"') for part in self.parts
            ]

    def name(self, prefix: str) -> str:
        return f"{prefix}{next(self.number)}"

    def task(self) -> tuple[str, str]:
        name = self.name("t")
        self.parts.append(task(name))
        return name, name

    def sequence(self, depth: int) -> tuple[str, str]:
        pieces = [self.block(depth), *(self.piece(depth) for _ in range(self.chance.randint(0, 2))), self.task()]
        for (_, one), (other, _) in pairwise(pieces):
            self.parts.append(line(one, other))
        return pieces[0][0], pieces[-1][1]

    def piece(self, depth: int) -> tuple[str, str]:
        if depth <= 1:
            return self.task()
        kind = self.chance.choice(["block", "returning", "task"])
        if kind == "task":
            return self.task()
        return self.block(depth - 1) if kind == "block" else self.returning(depth - 1)

    def block(self, depth: int) -> tuple[str, str]:
        kind = self.chance.choice([AND, OR, XOR])
        split, join = self.name("g"), self.name("h")
        heads: list[str] = []
        for _ in range(self.chance.randint(2, 4)):
            head, tail = self.piece(depth)
            heads.append(head)
            self.parts.append(line(tail, join))
        default = f"{split}-{heads[0]}" if kind != AND else ""
        self.parts += [gateway(split, default, kind), gateway(join, kind=kind)]
        self.parts += [
            flow(split, head, "nilai = 1" if number and default else "") for number, head in enumerate(heads)
        ]
        self.blocks.append((split, join, kind))
        return split, join

    def returning(self, depth: int) -> tuple[str, str]:
        merge, choice, after = self.name("m"), self.name("p"), self.name("t")
        head, tail = self.piece(depth)
        inside = self.task()[0]
        self.parts += [gateway(merge), gateway(choice, f"{choice}-{after}"), task(after)]
        self.parts += [line(merge, head), line(tail, inside, choice, after), flow(choice, merge, "nilai = 1")]
        return merge, after


@pytest.mark.parametrize("seed", range(120))
def test_blocks_are_sound_until_a_join_is_exchanged(seed: int) -> None:
    assert told(*Drawing(seed, planted=False).parts) == []
    assert told(*Drawing(seed, planted=True).parts)


@pytest.mark.parametrize("seed", range(60))
def test_small_game_says_the_same_as_the_game_as_drawn(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a sample, no secret
    names = [f"n{number}" for number in range(8)]
    parts = [ENDS, line("mulai", names[0])]
    for number, name in enumerate(names):
        kind = chance.choice([None, None, XOR, AND, OR])
        later = [*names[number + 1 :], "selesai"]
        targets = chance.sample(later, min(len(later), 1 if kind is None else chance.randint(1, 2)))
        if number + 1 < len(names) and names[number + 1] not in targets:
            targets[0] = names[number + 1]
        parts.append(task(name) if kind is None else gateway(name, kind=kind))
        parts += [flow(name, target) for target in targets]
    graph = scope_graph(read(definitions(process(*parts)), "sop.bpmn"), "proses", {})
    assert graph

    budget = Budget()
    small = Search(Reduction(Builder(graph, closed_blocks(graph, budget), budget).build(), budget).run(), budget).run()
    drawn = Search(Builder(graph, {}, budget).build(), budget).run()

    assert (small.finding is None) == (drawn.finding is None)
