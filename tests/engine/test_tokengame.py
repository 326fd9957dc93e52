"""The oracle against traces worked out by hand from the specification."""

import ast
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.engine import tokengame
from tests.engine.tokengame import (
    Choice,
    Condition,
    Flow,
    Formula,
    Game,
    Incident,
    Loop,
    Model,
    Multi,
    Node,
    Process,
    Stuck,
    Table,
    Tally,
    Trigger,
    Value,
    Variables,
    Wait,
)

MONDAY = datetime(2026, 1, 5, 8, tzinfo=UTC)
KINDS = {"t": "userTask", "x": "exclusiveGateway", "a": "parallelGateway", "o": "inclusiveGateway", "s": "subProcess"}


def process(*lines: str, special: tuple[Node, ...] = (), key: str = "p") -> Process:
    """Draw lines of nodes, `mulai t1 x1(v=ya) t2 selesai`: the first letter says the kind, (…) the flow's condition."""
    nodes, flows = {node.id: node for node in special}, []
    for line in lines:
        before, condition = "", None
        for word in line.split():
            name, _, written = word.rstrip(")").partition("(")
            nodes.setdefault(name, Node(name, kind(name)))
            if before:
                flows.append(Flow(before, name, condition))
            variable, _, value = written.partition("=")
            before, condition = name, Condition(variable, value) if written else None
    return Process(key, nodes, tuple(flows))


def kind(name: str) -> str:
    return {"mulai": "startEvent", "selesai": "endEvent"}.get(name.rstrip("0123456789"), KINDS.get(name[0], "task"))


def trace(model: Model, *acts: str) -> list[str]:
    """Return what is open at the start and after each act.

    `t1`, `t1 v=ya` is done, `!t1 code` fails, `+t1 item` asks one more, `-t1` withdraws; `t1#2` is the third instance.
    """
    game = Game(model, MONDAY)
    seen = [opened(game)]
    for number, act in enumerate(acts, 1):
        name, _, said = act.lstrip("!+-").partition(" ")
        wait = next(wait for wait in game.waits() if shown(wait) == name)
        now = max(MONDAY + timedelta(minutes=number), wait.due or MONDAY)
        if act.startswith("!"):
            game.fail(wait, said, {}, now)
        elif act.startswith("+"):
            game.add(wait, said, now)
        elif act.startswith("-"):
            game.withdraw(wait, now)
        elif wait.kind in {"task", "external"}:
            game.complete(wait, dict([said.split("=")]) if said else {}, now)
        else:
            game.happen(wait, now)
        seen.append(opened(game))
    return seen


def shown(wait: Wait) -> str:
    return wait.node.id if wait.instance is None else f"{wait.node.id}#{wait.instance[1]}"


def opened(game: Game) -> str:
    return "ended" if game.ended else " ".join(sorted(shown(wait) for wait in game.waits()))


def model(*lines: str, special: tuple[Node, ...] = (), **variables: Value) -> Model:
    return Model("p", {"p": process(*lines, special=special)}, variables)


RETURN = ("mulai x1 t1 a1 t2 a2 t4 x2 selesai", "a1 t3 a2", "x2(v=kembali) x1")
LOOPED = (Node("x2", "exclusiveGateway", default="x2-selesai"),)
OPTIONAL = ("mulai t1 o1(a=ya) t2 o2 t4 selesai", "o1(b=ya) t3 o2", "o1 o2")
OPEN = (Node("o1", "inclusiveGateway", default="o1-o2"),)


def boundary(trigger: Trigger, *, interrupting: bool = True, on: str = "t1") -> Node:
    return Node("b1", "boundaryEvent", trigger, attached_to=on, interrupting=interrupting)


def sub(*lines: str, special: tuple[Node, ...] = (), multi: Multi | None = None, loop: Loop | None = None) -> Node:
    return Node("s1", "subProcess", inside=process(*lines, special=special), multi=multi, loop=loop)


def ending(kind: str, name: str = "") -> Node:
    return Node("selesai9", "endEvent", Trigger(kind, name))


def several(multi: Multi) -> Node:
    return Node("m1", "userTask", multi=multi)


BRANCHES = ("mulai9 a8 t8 selesai8", "a8 t9 selesai9")
AROUND = ("mulai s1 t2 selesai", "b1 t3 selesai3")
TWO = Tally("h", "v", "ya", 2)
RULES = Table("k", (((Condition("v", "a"),), "x"), ((), "y")), "FIRST")
ONE = Condition("nrOfCompletedInstances", 1)
LOOP = Loop(Condition("v", "lagi"))


@pytest.mark.parametrize(
    ("drawn", "acts", "expected"),
    [
        # joins
        (
            model(*RETURN, special=LOOPED, v="maju"),
            ["t1", "t3", "t2", "t4 v=kembali", "t1", "t2", "t3", "t4 v=maju"],
            ["t1", "t2 t3", "t2", "t4", "t1", "t2 t3", "t3", "t4", "ended"],
        ),
        (model("mulai t1 t2 t3 selesai", "t1 t3"), ["t1", "t3", "t2", "t3"], ["t1", "t2 t3", "t2", "t3", "ended"]),
        (
            model("mulai a1 t1 x1 t2 selesai", "a1 t3 x1"),
            ["t1", "t3", "t2", "t2"],
            ["t1 t3", "t2 t3", "t2 t2", "t2", "ended"],
        ),
        (
            model("mulai a1 t1 x1 a2 t9 selesai", "a1 t2 x1", "a1 t3 a2"),  # an excess token stays: it never ends
            ["t1", "t2", "t3", "t9"],
            ["t1 t2 t3", "t2 t3", "t3", "t9", ""],
        ),
        (model(*OPTIONAL, special=OPEN, a="ya", b="ya"), ["t1", "t2", "t3", "t4"],
         ["t1", "t2 t3", "t3", "t4", "ended"]),
        (model(*OPTIONAL, special=OPEN, a="ya", b="tidak"), ["t1", "t2", "t4"], ["t1", "t2", "t4", "ended"]),
        (model(*OPTIONAL, special=OPEN, a="tidak", b="tidak"), ["t1", "t4"], ["t1", "t4", "ended"]),
        (
            model("mulai a1 t1 o2 t5 selesai", "a1 t2 x1(v=ya) t3 o2", "x1 t4 selesai4", v="tidak"),
            ["t1", "t2", "t5", "t4"],  # the other way does not lead to the join any more
            ["t1 t2", "t2", "t4 t5", "t4", "ended"],
        ),
        (
            model("mulai a1 t1 o2 t5 selesai", "a1 t2 o2", "b1 t3 o2",
                  special=(boundary(Trigger("message"), on="t2"),)),
            ["t1", "b1", "t3"],
            ["b1 t1 t2", "b1 t2", "t3", "t5"],
        ),
        # repetition
        (model("mulai m1 t2 selesai", special=(Node("m1", "userTask", multi=Multi("d")),), d=["k", "l"]),
         ["m1#1", "m1#0", "t2"], ["m1#0 m1#1", "m1#0", "t2", "ended"]),
        (model("mulai m1 t2 selesai", special=(Node("m1", "userTask", multi=Multi("d", sequential=True)),),
               d=["k", "l"]),
         ["m1#0", "m1#1"], ["m1#0", "m1#1", "t2"]),
        (model("mulai m1 t2 selesai", special=(Node("m1", "userTask", multi=Multi("d", until=ONE)),), d=["k", "l"]),
         ["m1#1"], ["m1#0 m1#1", "t2"]),
        (model("mulai m1 t2 selesai", special=(Node("m1", "userTask", multi=Multi("d")),), d=[]), [], ["t2"]),
        (
            model("mulai s1 t2 selesai", special=(sub("mulai9 t8 x8(v=ya) t9 selesai9", "x8 selesai8",
                  multi=Multi("d", results="h")),), v="tidak", d=["k", "l"]),
            ["t8#0 v=ya", "t8#1", "t9#0"],  # what one instance writes stays with it
            ["t8#0 t8#1", "t8#1 t9#0", "t9#0", "t2"],
        ),
        (model("mulai l1 t2 selesai", special=(Node("l1", "userTask", loop=LOOP),), v="cukup"),
         ["l1 v=lagi", "l1 v=cukup"], ["l1", "l1", "t2"]),
        (model("mulai l1 t2 selesai", special=(Node("l1", "userTask", loop=Loop(LOOP.condition, before=True)),),
               v="cukup"),
         [], ["t2"]),
        (model("mulai l1 t2 selesai", special=(Node("l1", "userTask", loop=Loop(LOOP.condition, maximum=2)),),
               v="lagi"),
         ["l1", "l1"], ["l1", "l1", "t2"]),
        (model("mulai m1 t2 selesai", special=(several(Multi(cardinality="n")),), n=2),
         ["m1#0", "m1#1"], ["m1#0 m1#1", "m1#1", "t2"]),
        (model("mulai m1 t2 selesai", special=(several(Multi("d", until=Condition("v", "ya"))),), d=["k", "l"], v=""),
         ["m1#1 v=ya"], ["m1#0 m1#1", "t2"]),
        (model("mulai m1 t2 selesai", special=(several(Multi("d", results="h", until=TWO)),), d=["k", "l", "m"]),
         ["m1#2 v=ya", "m1#0 v=ya"], ["m1#0 m1#1 m1#2", "m1#0 m1#1", "t2"]),
        (model("mulai m1 t2 selesai", special=(several(Multi("d")),), d=["k", "l"]),
         ["+m1#0 m", "-m1#0", "m1#2", "-m1#1"], ["m1#0 m1#1", "m1#0 m1#1 m1#2", "m1#1 m1#2", "m1#1", "t2"]),
        (model("mulai m1 t2 selesai", special=(several(Multi("d", sequential=True)),), d=["k", "l"]),
         ["+m1#0 m", "-m1#0", "m1#1", "m1#2"], ["m1#0", "m1#0", "m1#1", "m1#2", "t2"]),
        (model("mulai s1 t2 selesai", special=(sub("mulai9 t8 t9 selesai9", multi=Multi("d")),), d=["k", "l"]),
         ["t8#0", "-t9#0", "t8#1"], ["t8#0 t8#1", "t8#1 t9#0", "t8#1", "t9#1"]),
        # data
        (model("mulai t1 r1 x1(w=x) t2 selesai", "x1 t3 selesai", special=(
            Node("r1", "scriptTask", script=Choice(Condition("v", 3, ">="), "x", "y"), result="w"),
            Node("x1", "exclusiveGateway", default="x1-t3")), v=4), ["t1"], ["t1", "t2"]),
        (model("mulai t1 r1 x1(w=x) t2 selesai", "x1 t3 selesai", special=(
            Node("r1", "businessRuleTask", table=RULES, result="w"),
            Node("x1", "exclusiveGateway", default="x1-t3")), v="a"), ["t1 v=b"], ["t1", "t3"]),
        (model("mulai t1 x1(v=ya) t2 selesai", "x1(w=ya!) t3 selesai", special=(
            Node("t1", "userTask", inputs=(("v", Formula("w")),), outputs=(("w", Formula("v", "!")),)),), v="", w=""),
         ["t1 v=ya"], ["t1", "t3"]),
        # events
        (model("mulai t1 t2 selesai", "b1 t3 selesai3", special=(boundary(Trigger("timer", minutes=5)),)),
         ["b1", "t3"], ["b1 t1", "t3", "ended"]),
        (
            model("mulai t1 t2 selesai", "b1 t3 selesai3",
                  special=(boundary(Trigger("timer", minutes=5), interrupting=False),)),
            ["b1", "t1", "t2", "t3"],
            ["b1 t1", "t1 t3", "t2 t3", "t3", "ended"],
        ),
        (
            model("mulai t1 t2 selesai", "b1 t3 selesai3", special=(boundary(Trigger("message"), interrupting=False),)),
            ["b1", "b1", "t3", "t1"],
            ["b1 t1", "b1 t1 t3", "b1 t1 t3 t3", "b1 t1 t3", "t2 t3"],
        ),
        (
            model("mulai e1 e2 t1 selesai", "e1 e3 t2 selesai",
                  special=(Node("e1", "eventBasedGateway"), Node("e2", "intermediateCatchEvent", Trigger("message")),
                           Node("e3", "intermediateCatchEvent", Trigger("timer", minutes=1)))),
            ["e3", "t2"],
            ["e2 e3", "t2", "ended"],
        ),
        (model("mulai e1", "e2 t1 selesai",
               special=(Node("e1", "intermediateThrowEvent", Trigger("link", "ke")),
                        Node("e2", "intermediateCatchEvent", Trigger("link", "ke")))), ["t1"], ["t1", "ended"]),
        (model(*AROUND, special=(sub(*BRANCHES, special=(ending("error", "K"),)),
                                 boundary(Trigger("error", "K"), on="s1"))),
         ["t9"], ["t8 t9", "t3"]),
        (model(*AROUND, special=(sub(*BRANCHES, special=(ending("terminate"),)),)), ["t9"], ["t8 t9", "t2"]),
        (
            model(*AROUND, special=(sub("mulai7 s9 selesai7", special=(
                replace(sub(*BRANCHES, special=(ending("error", "K"),)), id="s9"),)),
                boundary(Trigger("error"), on="s1"))),
            ["t9"], ["t8 t9", "t3"],
        ),
        (
            model(*AROUND, special=(sub("mulai7 s9 t7 selesai7", special=(
                replace(sub(*BRANCHES, special=(ending("terminate"),)), id="s9"),)),)),
            ["t9", "t7"], ["t8 t9", "t7", "t2"],
        ),
        (
            model(*AROUND, special=(sub(*BRANCHES, special=(ending("escalation", "K"),)),
                                    boundary(Trigger("escalation", "K"), on="s1", interrupting=False))),
            ["t9", "t8"],
            ["t8 t9", "t3 t8", "t2 t3"],
        ),
        (model(*AROUND, special=(sub(*BRANCHES, special=(ending("escalation", "K"),)),)), ["t9", "t8"],
         ["t8 t9", "t8", "t2"]),
        (model("mulai t1 t2 selesai", "b1 t3 selesai3",
               special=(Node("t1", "serviceTask"), boundary(Trigger("error")))), ["!t1 K"], ["t1", "t3"]),
    ],
)  # fmt: skip
def test_trace(drawn: Model, acts: list[str], expected: list[str]) -> None:
    assert trace(drawn, *acts) == expected


@pytest.mark.parametrize(("names", "expected"), [((), "t2"), (("v",), "t2"), (("w",), "t1")])
def test_called_process_gives_back_what_is_mapped(names: tuple[str, ...], expected: str) -> None:
    mapped = tuple((name, Formula(name)) for name in names)
    caller = process("mulai c1 x1(v=ya) t2 selesai", "x1 t1 selesai", special=(
        Node("c1", "callActivity", called="q", handed=mapped, returned=mapped),))  # fmt: skip
    called = process("mulai9 t9 selesai9", key="q")

    assert trace(Model("p", {"p": caller, "q": called}, {"v": "", "w": ""}), "t9 v=ya") == ["t9", expected]


def test_cycle_that_nobody_looked_at_fires_once_for_all_that_was_missed() -> None:
    cycle = boundary(Trigger("timer", minutes=10, times=5), interrupting=False)
    game = Game(model("mulai t1 selesai", "b1 t3 selesai3", special=(cycle,)), MONDAY)

    game.happen(timer_of(game), MONDAY + timedelta(minutes=25))
    assert (opened(game), timer_of(game).due, timer_of(game).left) == ("b1 t1 t3", MONDAY + timedelta(minutes=30), 3)
    game.happen(timer_of(game), MONDAY + timedelta(minutes=50))
    assert opened(game) == "t1 t3 t3"


def timer_of(game: Game) -> Wait:
    return next(wait for wait in game.waits() if wait.kind == "timer")


def test_message_carries_what_it_is_about() -> None:
    caught = Node("e1", "intermediateCatchEvent", Trigger("message", "kabar", key=Formula("unit")))
    throw = Node("k1", "sendTask", Trigger("message", "balas", key=Formula("unit")), handed=(("isi", Formula("v")),))
    inside = sub("mulai9 e1 k1 t8 selesai9", special=(caught, throw), multi=Multi("d", item="unit"))
    game = Game(model("mulai s1 selesai", special=(inside,), d=["k", "l"], v=""), MONDAY)
    assert [wait.key for wait in game.waits()] == ["k", "l"]

    game.happen(game.waits()[1], MONDAY, {"v": "ya"})

    assert (opened(game), game.thrown) == ("e1#0 t8#1", [("message", "balas", "l", {"isi": "ya"})])


def test_thrown_signal_is_heard_by_all_who_wait_for_it() -> None:
    signal = Trigger("signal", "kabar")
    game = Game(model("mulai a1 t1 k1 t2 selesai", "a1 t3 selesai3", "b1 t4 selesai4", special=(
        Node("a1", "parallelGateway"), Node("k1", "intermediateThrowEvent", signal), boundary(signal, on="t3"),
    )), MONDAY)  # fmt: skip

    game.complete(next(wait for wait in game.waits() if wait.node.id == "t1"), {}, MONDAY)

    assert opened(game) == "t2 t4"


def test_what_fails_can_be_corrected_in_a_copy() -> None:
    called = process("mulai9 t9 x9(v=ya) selesai9", key="q")
    caller = process("mulai c1 selesai", special=(Node("c1", "callActivity", called="q"),))
    game = Game(Model("p", {"p": caller, "q": called}, {"v": ""}), MONDAY)
    before = deepcopy(game)
    with pytest.raises(Incident, match="x9: no-flow"):
        game.complete(game.waits()[0], {}, MONDAY)

    before.amend({"v": "ya"})  # the called process has variables of its own
    again = deepcopy(before)
    with pytest.raises(Incident):
        again.complete(again.waits()[0], {}, MONDAY)
    corrected = deepcopy(before)
    corrected.amend({"v": "ya"}, corrected.waits()[0])
    corrected.complete(corrected.waits()[0], {}, MONDAY)

    assert (corrected.ended, opened(before), before.root.data["v"]) == (True, "t9", "ya")


@pytest.mark.parametrize(
    ("policy", "aggregator", "expected"),
    [
        ("FIRST", "", {1: 1, 5: 3, 9: 3, 0: "decision-without-match"}),
        ("RULE ORDER", "", {1: [1], 5: [3, 2], 9: [3], 0: []}),
        ("COLLECT", "SUM", {1: 1, 5: 5, 9: 3, 0: "decision-without-match"}),
        ("COLLECT", "COUNT", {1: 1, 5: 2, 9: 1, 0: 0}),
        ("COLLECT", "MIN", {5: 2}),
        ("COLLECT", "MAX", {5: 3}),
        ("UNIQUE", "", {1: 1, 5: "decision-not-unique", 9: 3, 0: "decision-without-match"}),
        ("ANY", "", {1: 1, 5: "decision-outputs-differ"}),
    ],
)
def test_table_answers(policy: str, aggregator: str, expected: dict[int, object]) -> None:
    rules = ((Condition("n", 1), 1), (Condition("n", 5, ">="), 3), (Condition("n", 5), 2))
    table = Table("k", tuple(((condition,), output) for condition, output in rules), policy, aggregator)

    assert {number: answer(table, number) for number in expected} == expected


def answer(table: Table, number: int) -> object:
    try:
        return table.answer(Variables({"n": number}))
    except Stuck as cause:
        return str(cause)


@pytest.mark.parametrize(
    ("drawn", "acts"),
    [
        (model("mulai x1(v=ya) t1 selesai", v=""), ()),
        (model("mulai t1 selesai9", special=(ending("error", "K"),)), ("t1",)),
        (model("mulai x1 d1 x1"), ()),
    ],
    ids=["no flow", "uncaught error", "endless"],
)
def test_wrong_models_are_stuck(drawn: Model, acts: tuple[str, ...]) -> None:
    with pytest.raises(Stuck):
        trace(drawn, *acts)


def test_oracle_shares_no_code_with_what_it_judges() -> None:
    tree = ast.parse(Path(tokengame.__file__).read_text())
    imported = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}

    assert {name.partition(".")[0] for name in imported} == {"collections", "dataclasses", "datetime", "typing"}
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Import)]
