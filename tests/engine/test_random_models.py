"""Random models: what is open after every step is what the specification says, read from stored bytes each time."""

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import count, pairwise
from random import Random

import pytest

from service.engine import diagram
from service.engine.diagram.limits import DEEPEST_NESTING
from service.errors import EngineFailed
from tests.engine.comparing import Deviation, SilentStop, begin, compare
from tests.engine.models import BASIC, EVENTS, ITEM, MAIN, depth, draw, random_model
from tests.engine.tokengame import (
    Activity,
    Condition,
    Flow,
    Formula,
    Game,
    Incident,
    Model,
    Multi,
    Node,
    Process,
    Scope,
    Value,
    Wait,
)
from tests.engine.writing import files

FIXED = 60
FRESH = 15
FAMILIES = pytest.mark.parametrize(
    "family",
    [
        pytest.param({}, id="basic"),
        pytest.param({"inclusive": True}, id="inclusive"),
        pytest.param({"events": True}, id="events"),
        pytest.param({"data": True}, id="data"),
        pytest.param({"inclusive": True, "events": True, "data": True}, id="everything"),
    ],
)
Family = Mapping[str, bool]


def check(seed: int, family: Family) -> None:
    try:
        compare(random_model(seed, **family), seed)
    except Exception as error:
        raise AssertionError(f"random_model({seed}, **{family}): {error}") from error


@FAMILIES
def test_sample_runs_as_specified(family: Family) -> None:
    for seed in range(FIXED):
        check(seed, family)


@FAMILIES
def test_fresh_models_run_as_specified(family: Family) -> None:
    first = secrets.randbelow(10**9)
    for seed in range(first, first + FRESH):
        check(seed, family)


# Does the deploy check take what runs right? -------------------------------------------------------

REFUSED = {
    "condition-missing",  # an inclusive branch without a condition, in `_early`
    "default-missing",  # the gateways of `_doubtful`, drawn to fail
    "soundness-unsynchronised",  # what follows `_twice` is done twice on purpose
}


def refusals(model: Model) -> set[str]:
    """Return the codes of the errors that keep a model from being deployed."""
    forms, known = {"isian": frozenset(model.choices)}, frozenset(model.variables) | {ITEM}
    diagrams = [diagram.read(content, "x.bpmn") for content in files(model)]
    found = [one for drawn in diagrams for one in diagram.problems(drawn, "x.bpmn", form_names=forms, known=known)]
    return {problem.code for problem in found if problem.severity == "error"}


@FAMILIES
def test_sample_is_accepted_but_for_what_is_meant_to_be_refused(family: Family) -> None:
    found = set[str]().union(*(refusals(random_model(seed, **family)) for seed in range(FIXED // 2)))

    assert found <= (REFUSED if family else set())


def test_model_is_drawn_again_while_it_is_deeper_than_may_be_deployed() -> None:
    randoms = (Random(seed) for seed in count())  # noqa: S311 - repeatable, not secret
    first = (draw(random, BASIC + EVENTS, events=True, data=False) for random in randoms)
    seed = next(seed for seed, model in enumerate(first) if depth(model, model.processes[MAIN]) > DEEPEST_NESTING)

    model = random_model(seed, events=True)

    assert depth(model, model.processes[MAIN]) <= DEEPEST_NESTING


def takers(process: Process) -> Iterator[tuple[Process, Node]]:
    """Return the calls that take all variables along, each with where it is drawn."""
    for node in process.nodes.values():
        if node.called and not node.handed:
            yield process, node
        if node.inside:
            yield from takers(node.inside)


def test_call_that_takes_everything_along_begins_while_no_parallel_branch_moves() -> None:
    models = [random_model(seed, events=True, data=True) for seed in range(4 * FIXED)]
    found = [one for model in models for process in model.processes.values() for one in takers(process)]

    before = [process.nodes[flow.source].kind for process, node in found for flow in process.incoming(node.id)]
    assert set(before) == {"userTask"}


# Does the comparison see anything? ----------------------------------------------------------------


def constructs(model: Model) -> Iterator[str]:
    for process in model.processes.values():
        yield from drawn(process)


def drawn(process: Process, depth: int = 0) -> Iterator[str]:
    for node in process.nodes.values():
        yield node.kind
        if node.trigger:
            yield f"{node.kind} {node.trigger.kind}" + " beside" * (not node.interrupting) + " inside" * (depth > 0)
            yield f"{node.trigger.kind} {'keyed' if node.trigger.key else 'free'}"
            yield f"{node.trigger.kind} {node.trigger.times} times"
        if node.multi:
            yield f"{node.kind} {'sequential' if node.multi.sequential else 'parallel'}"
            yield f"{'list' if node.multi.collection else 'number'} {'collects' if node.multi.results else 'shares'}"
            counted = node.multi.until is not None and node.multi.until.name.startswith("nrOf")
            yield f"until {type(node.multi.until).__name__}" + " of a number" * counted
        if node.loop:
            yield f"{node.kind} while" if node.loop.before else f"{node.kind} until"
            yield f"rounds {node.loop.condition.name == 'loopCounter'}"
        if node.called:
            yield "in" if node.handed else "all in"
            yield "out" if node.returned else "all out"
        if node.table:
            yield f"{node.table.policy} {node.table.aggregator}"
        if node.script:
            yield type(node.script).__name__
        yield from (f"{node.kind} {name}" for name in ("inputs", "outputs") if getattr(node, name))
        if node.inside:
            yield from drawn(node.inside, depth + 1)


def test_sample_draws_everything() -> None:
    models = [random_model(seed, inclusive=True, events=True, data=True) for seed in range(4 * FIXED)]

    assert {construct for model in models for construct in constructs(model)} >= {
        "userTask", "serviceTask", "receiveTask", "sendTask", "scriptTask", "businessRuleTask", "manualTask", "task",
        "exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway",
        "userTask parallel", "userTask sequential", "subProcess parallel", "callActivity parallel",
        "serviceTask parallel", "receiveTask parallel", "list collects", "list shares", "number collects",
        "number shares", "until NoneType", "until Condition of a number", "until Condition", "until Tally",
        "rounds True", "rounds False",
        "userTask while", "userTask until", "subProcess while", "subProcess until", "in", "all in", "out", "all out",
        "boundaryEvent timer", "boundaryEvent timer beside", "boundaryEvent message", "boundaryEvent message beside",
        "boundaryEvent signal", "boundaryEvent error", "boundaryEvent escalation", "boundaryEvent escalation beside",
        "intermediateCatchEvent timer", "intermediateCatchEvent message", "intermediateCatchEvent signal",
        "intermediateThrowEvent link", "intermediateThrowEvent escalation inside", "intermediateThrowEvent message",
        "intermediateThrowEvent signal", "endEvent error inside", "endEvent terminate", "endEvent terminate inside",
        "endEvent message", "message keyed", "message free", "timer 3 times", "timer 0 times",
        "UNIQUE ", "FIRST ", "ANY ", "RULE ORDER ", "COLLECT ", "COLLECT SUM", "COLLECT COUNT", "COLLECT MIN",
        "COLLECT MAX", "Choice", "Formula", "userTask inputs", "userTask outputs", "serviceTask inputs",
        "serviceTask outputs", "subProcess inputs", "subProcess outputs",
    }  # fmt: skip


def test_sample_does_everything() -> None:
    runs = [compare(random_model(seed, events=True, data=True), seed) for seed in range(FIXED)]

    acts = [act.split()[0] for run in runs for act in run.acts]
    assert {"task", "external", "timer", "message", "signal"} == set(acts)
    assert all(any(word in act for run in runs for act in run.acts) for word in ("adds", "withdraws", "galat"))
    assert sum(run.incidents for run in runs) > 10


class HastyInclusive(Game):
    """Its inclusive joins wait for nobody."""

    def _nothing_can_come(self, *_: object) -> bool:
        return True


class HastyParallel(Game):
    """Its parallel joins open with the first token."""

    def _join_all(self, scope: Scope, node: Node) -> None:
        scope.resting.clear()
        self._leave(scope, node)


class Deaf(Game):
    """Its boundary events never interrupt."""

    def _happened(self, wait: Wait) -> None:
        if wait.node.attached_to:
            self._leave(wait.activity.scope, wait.node)
        else:
            super()._happened(wait)


class Single(Game):
    """It asks the first item only."""

    def _items(self, activity: Activity, multi: Multi) -> list[Value]:
        return super()._items(activity, multi)[:1]


class Vague(Game):
    """It sees that something is wrong, and says something else."""

    def _items(self, activity: Activity, multi: Multi) -> list[Value]:
        try:
            return super()._items(activity, multi)
        except Incident as incident:
            raise Incident(incident.process, incident.node, "lain") from incident


class Lost(Game):
    """It sees that something is wrong, but somewhere else."""

    def _items(self, activity: Activity, multi: Multi) -> list[Value]:
        try:
            return super()._items(activity, multi)
        except Incident as incident:
            elsewhere = [node for node in self.model.cures if node != incident.node] or ["lain"]
            raise Incident(incident.process, elsewhere[0], incident.cause) from incident


class Patient(Game):
    """It asks everybody, however many suffice."""

    def _items(self, activity: Activity, multi: Multi) -> list[Value]:
        activity.node = replace(activity.node, multi=replace(multi, until=None))
        return super()._items(activity, multi)


class Easygoing(Game):
    """It ends whatever it cannot finish."""

    def _join_all(self, scope: Scope, _node: Node) -> None:
        scope.resting.clear()


class Idle(Game):
    """It works nothing out."""

    def _work_out(self, *_: object) -> None:
        pass


class Mute(Game):
    """Nobody hears what it throws."""

    def _throw_out(self, *_: object) -> None:
        pass


class Careless(Game):
    """Errors and escalations pass unnoticed."""

    def _caught(self, *_: object) -> bool:
        return True


class Open(Game):
    """Whatever is local leaks out."""

    def _done(self, activity: Activity) -> None:
        activity.scope.data.write(activity.data.own)
        super()._done(activity)


class Tireless(Game):
    """Its cycles never end."""

    def _await(self, activity: Activity, node: Node, index: int | None = None) -> None:
        super()._await(activity, node, index)
        for wait in activity.waits:
            wait.left = None


@pytest.mark.parametrize(
    ("fault", "family"),
    [
        (HastyInclusive, {"inclusive": True}),
        (HastyParallel, {}),
        (Deaf, {"events": True}),
        (Single, {}),
        (Vague, {"data": True}),
        (Lost, {"data": True}),
        (Patient, {}),
        (Idle, {"data": True}),
        (Mute, {"events": True}),
        (Careless, {"events": True}),
        (Open, {"data": True}),
        (Tireless, {"events": True}),
    ],
)
def test_comparison_sees_planted_faults(fault: type[Game], family: Family) -> None:
    seen = 0
    for seed in range(1_000):
        try:
            compare(random_model(seed, **family), seed, fault)
        except Exception:  # noqa: BLE001 - a game gone wrong may stumble before it is compared
            seen += 1
        if seen == 2:
            return

    pytest.fail("nobody saw it")


def chain(key: str, *nodes: Node) -> Process:
    drawn = [Node("mulai", "startEvent"), *nodes, Node("selesai", "endEvent")]
    return Process(key, {node.id: node for node in drawn}, [Flow(one.id, other.id) for one, other in pairwise(drawn)])


def test_comparison_corrects_a_process_in_which_only_another_one_is_waited_for() -> None:
    named = (("v", Formula("v")),)
    processes = [
        chain("p", Node("c1", "callActivity", called="q", handed=named, returned=named)),
        chain("q", Node("c2", "callActivity", called="r", handed=named, returned=(("w", Formula("v")),)),
              Node("m1", "userTask", multi=Multi(cardinality="v"))),
        chain("r", Node("t1", "userTask")),
    ]  # fmt: skip
    model = Model("p", {one.key: one for one in processes}, {"v": "banyak"}, cures={"m1": ("v", 2)})

    run = compare(model, 0)

    assert (run.incidents > 0, sorted(run.acts[1:])) == (True, ["task m1 0 {}", "task m1 1 {}"])


def test_comparison_ends_where_engine_and_game_both_refuse_to_leave_nothing_open() -> None:
    nodes = [
        Node("mulai", "startEvent"), Node("t1", "userTask"), Node("x1", "exclusiveGateway", default="x1-a1"),
        Node("d1", "task"), Node("a1", "parallelGateway"), Node("selesai", "endEvent"),
    ]  # fmt: skip
    pairs = [("mulai", "t1"), ("t1", "x1"), ("x1", "a1"), ("d1", "a1"), ("a1", "selesai")]
    flows = [*(Flow(*pair) for pair in pairs), Flow("x1", "d1", Condition("v", "ya"))]
    model = Model("p", {"p": Process("p", {node.id: node for node in nodes}, flows)}, {"v": ""})

    run = compare(model, 0)

    assert (run.stopped, run.game.ended, [wait.node.id for wait in run.game.waits()]) == (True, False, ["t1"])
    with pytest.raises(EngineFailed, match="stopped"):
        compare(model, 0, Easygoing)


def test_comparison_sees_a_lost_task_an_extra_one_and_a_silent_stop() -> None:
    run = begin(random_model(1), 1)
    run.compare()
    right = run.step
    assert right.open_tasks

    run.step = replace(right, open_tasks=(*right.open_tasks, replace(right.open_tasks[0], element="lain")))
    with pytest.raises(Deviation, match="lain"):
        run.compare()
    run.step = replace(right, open_tasks=(replace(right.open_tasks[0], element="lain"), *right.open_tasks[1:]))
    with pytest.raises(Deviation, match="missing"):
        run.compare()
    run.step = replace(right, open_tasks=(), waits=())
    with pytest.raises(SilentStop):
        run.compare()
    run.step = replace(right, ended=True)
    with pytest.raises(SilentStop):
        run.compare()
