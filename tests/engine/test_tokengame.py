"""The oracle against traces worked out by hand from the specification."""

import ast
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.engine import tokengame
from tests.engine.tokengame import (
    Condition,
    Flow,
    Formula,
    Game,
    Loop,
    Model,
    Multi,
    Node,
    Process,
    Stuck,
    Trigger,
    Value,
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
    """Return what is open at the start and after each act: `t1`, `t1 v=ya`, `!t1 code`, `t1#2`: the third instance."""
    game = Game(model, MONDAY)
    seen = [opened(game)]
    for number, act in enumerate(acts, 1):
        name, _, said = act.lstrip("!").partition(" ")
        wait = next(wait for wait in game.waits() if shown(wait) == name)
        now = max(MONDAY + timedelta(minutes=number), wait.due or MONDAY)
        if act.startswith("!"):
            game.fail(wait, said, {}, now)
        elif wait.kind in {"task", "external"}:
            game.complete(wait, dict([said.split("=")]) if said else {}, now)
        else:
            game.happen(wait, now)
        seen.append(opened(game))
    return seen


def shown(wait: tokengame.Wait) -> str:
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


BRANCHES = ("mulai9 a8 t8 selesai8", "a8 t9 selesai9")
AROUND = ("mulai s1 t2 selesai", "b1 t3 selesai3")
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
