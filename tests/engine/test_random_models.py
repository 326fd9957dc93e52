"""Random models: what is open after every step is what the specification says, read from stored bytes each time."""

import secrets
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.engine.comparing import Deviation, SilentStop, begin, compare
from tests.engine.models import random_model
from tests.engine.tokengame import Activity, Game, Model, Node, Process, Scope, Wait

FIXED = 100
FRESH = 50
FAMILIES = pytest.mark.parametrize(
    ("inclusive", "events"),
    [(False, False), (True, False), (False, True), (True, True)],
    ids=["basic", "inclusive", "events", "everything"],
)


def check(seed: int, *, inclusive: bool, events: bool) -> None:
    try:
        compare(random_model(seed, inclusive=inclusive, events=events), seed)
    except Exception as error:
        raise AssertionError(f"random_model({seed}, {inclusive=}, {events=}): {error}") from error


@FAMILIES
def test_sample_runs_as_specified(inclusive: bool, events: bool) -> None:  # noqa: FBT001
    for seed in range(FIXED):
        check(seed, inclusive=inclusive, events=events)


@FAMILIES
def test_fresh_models_run_as_specified(inclusive: bool, events: bool) -> None:  # noqa: FBT001
    first = secrets.randbelow(10**9)
    for seed in range(first, first + FRESH):
        check(seed, inclusive=inclusive, events=events)


# Does the comparison see anything? ----------------------------------------------------------------


def constructs(model: Model) -> Iterator[str]:
    for process in model.processes.values():
        yield from drawn(process)


def drawn(process: Process) -> Iterator[str]:
    for node in process.nodes.values():
        yield node.kind
        if node.trigger:
            yield f"{node.kind} {node.trigger.kind}" + " beside" * (not node.interrupting)
        if node.multi:
            yield f"{node.kind} {'sequential' if node.multi.sequential else 'parallel'}"
            yield "enough" if node.multi.enough else "all"
        if node.loop:
            yield f"{node.kind} while" if node.loop.before else f"{node.kind} until"
        if node.called:
            yield "mapped" if node.mapped else "unmapped"
        if node.inside:
            yield from drawn(node.inside)


def test_sample_draws_everything() -> None:
    models = [random_model(seed, inclusive=True, events=True) for seed in range(FIXED)]

    assert {construct for model in models for construct in constructs(model)} >= {
        "userTask", "serviceTask", "receiveTask", "manualTask", "task",
        "exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway",
        "userTask parallel", "userTask sequential", "subProcess parallel", "callActivity parallel", "enough", "all",
        "userTask while", "userTask until", "subProcess while", "subProcess until", "mapped", "unmapped",
        "boundaryEvent timer", "boundaryEvent timer beside", "boundaryEvent message", "boundaryEvent message beside",
        "boundaryEvent signal", "boundaryEvent error", "boundaryEvent escalation", "boundaryEvent escalation beside",
        "intermediateCatchEvent timer", "intermediateCatchEvent message", "intermediateCatchEvent signal",
        "intermediateThrowEvent link", "intermediateThrowEvent escalation", "endEvent error", "endEvent terminate",
    }  # fmt: skip


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

    def _begin_more(self, activity: Activity) -> None:
        activity.items = min(activity.items, 1)
        super()._begin_more(activity)


@pytest.mark.parametrize("fault", [HastyInclusive, HastyParallel, Deaf, Single])
def test_comparison_sees_planted_faults(fault: type[Game]) -> None:
    seen = 0
    for seed in range(40):
        try:
            compare(random_model(seed, inclusive=True, events=True), seed, fault)
        except Exception:  # noqa: BLE001 - a game gone wrong may stumble before it is compared
            seen += 1

    assert seen >= 2


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
