"""Reviewers in return loops, finishing in every order in every round: what opens next is always right."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from math import factorial

import pytest

from service.engine.workflow import Specification, Step, hydrate
from service.engine.workflow import start as begin
from tests.engine.drawing import end, flow, gateway, line, process, specification, start, task

MONDAY = datetime(2026, 1, 5, 8, tzinfo=UTC)
Order = Mapping[str, set[str]]
"""Tasks of one round with those that must be done before them."""
KINDS = ("parallelGateway", "inclusiveGateway")
SHAPES = ((2, 2), (2, 3), (2, 4), (2, 5), (2, 6), (3, 2), (3, 3), (3, 4))
"""Reviewers, and rounds until they agree."""
BACK, ON = {"hasil": "kembali"}, {"hasil": "lanjut"}


def returning(kind: str, reviewers: int) -> tuple[Specification, Order]:
    """Draw reviewers between two gateways inside a return loop."""
    names = [f"t{number}" for number in range(reviewers)]
    condition = "true" if kind == "inclusiveGateway" else ""
    branches = "".join(flow("pisah", name, condition) + flow(name, "temu") for name in names)
    block = task_texts(names) + gateway("pisah", kind=kind) + gateway("temu", kind=kind) + branches
    return looped(block), {name: set() for name in names} | {"putus": set(names)}


def nested() -> tuple[Specification, Order]:
    """Draw an inclusive block inside a branch of another; a task follows it."""
    block = "".join(
        (
            task_texts(["t0", "t1", "t2", "t3"]),
            *(gateway(name, kind="inclusiveGateway") for name in ("pisah", "temu", "dalam", "keluar")),
            flow("pisah", "t0", "true") + line("t0", "temu") + flow("pisah", "dalam", "true"),
            flow("dalam", "t1", "true") + line("t1", "keluar", "t3", "temu") + flow("dalam", "t2", "true"),
            line("t2", "keluar"),
        )
    )
    return looped(block), {"t0": set(), "t1": set(), "t2": set(), "t3": {"t1", "t2"}, "putus": {"t0", "t3"}}


def task_texts(names: list[str]) -> str:
    return "".join(task(name) for name in names)


def looped(block: str) -> Specification:
    """Put a block from `pisah` to `temu` into a return loop."""
    around = start() + gateway("balik") + task("putus") + gateway("gerbang", "gerbang-selesai") + end()
    flows = line("mulai", "balik", "pisah") + line("temu", "putus", "gerbang", "selesai")
    return specification(process(around, block, flows, flow("gerbang", "balik", 'hasil = "kembali"')))


def walks(definition: Specification, order: Order, step: Step, rounds: int, done: frozenset[str]) -> Iterator[bool]:
    """Finish the open tasks in every order; yield for each whole walk whether it ended, fail where it opens wrongly."""
    right = {name for name, before in order.items() if name not in done and before <= done}
    assert sorted(open_task.element for open_task in step.open_tasks) == sorted(right), f"after {sorted(done)}"
    for one in step.open_tasks:
        last = one.element == "putus"
        values = (ON if rounds == 1 else BACK) if last else {}
        after = hydrate(definition, step.state).complete(one.id, values, MONDAY)
        if last and rounds == 1:
            yield after.ended
        elif last:
            yield from walks(definition, order, after, rounds - 1, frozenset())
        else:
            yield from walks(definition, order, after, rounds, done | {one.element})


def finished(kind: str, reviewers: int, rounds: int) -> list[bool]:
    """Walk every order; tell of each whether the case has ended."""
    definition, order = returning(kind, reviewers)
    return list(walks(definition, order, begin(definition, {}, MONDAY), rounds, frozenset()))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("reviewers", "rounds"), SHAPES)
def test_every_finishing_order_is_right(kind: str, reviewers: int, rounds: int) -> None:
    assert finished(kind, reviewers, rounds) == [True] * factorial(reviewers) ** rounds


def test_every_finishing_order_of_a_nested_inclusive_block_is_right() -> None:
    definition, order = nested()
    ended = list(walks(definition, order, begin(definition, {}, MONDAY), 3, frozenset()))

    assert all(ended)
    assert len(ended) == 8**3  # t1 and t2 in either order before t3, t0 at any of four moments
