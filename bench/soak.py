"""Thousands of fresh random models, engine and token game side by side: deviations, exceptions and silent stops.

Before them every order in which parallel reviewers in a return loop can finish.

`python bench/soak.py 7` starts at seed 7, so that a run can be repeated. It fails if a single model deviates.
"""

import secrets
import sys
import time
from collections import Counter
from itertools import product
from math import factorial

from service.errors import EngineFailed
from tests.engine.comparing import Deviation, SilentStop, compare
from tests.engine.models import random_model
from tests.engine.test_finishing_orders import KINDS, SHAPES, finished

FAMILIES: tuple[tuple[str, int, dict[str, bool]], ...] = (
    ("AND, XOR, loops, sub-process, multi-instance", 2_000, {}),
    ("the same with OR", 1_500, {"inclusive": True}),
    ("the same with calls and events", 1_000, {"events": True}),
    ("the same with data and incidents", 1_000, {"data": True}),
    ("everything together", 1_000, {"inclusive": True, "events": True, "data": True}),
)
MOST_SHOWN = 5


def judged(seed: int, family: dict[str, bool]) -> tuple[str, int]:
    """Return how one model went, and how many steps it took."""
    try:
        return "right", len(compare(random_model(seed, **family), seed).acts)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is counted and shown
        stopped = isinstance(error, SilentStop) or (isinstance(error, EngineFailed) and error.cause == "stopped")
        verdict = "silent stop" if stopped else "deviation" if isinstance(error, Deviation) else "exception"
        return f"{verdict}: random_model({seed}, **{family}): {error}", 0


def orders() -> tuple[int, list[str]]:
    """Return how many finishing orders went right, and the first wrong one of each shape."""
    right, wrong = 0, []
    for kind, (reviewers, rounds) in product(KINDS, SHAPES):
        try:
            right += sum(finished(kind, reviewers, rounds))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is shown
            wrong.append(f"{kind}, {reviewers} reviewers, {rounds} rounds: {error}")
    return right, wrong


def main() -> None:
    """Print the figures of each family, the first faults, and leave with 1 if there was one."""
    first = int(sys.argv[1]) if len(sys.argv) > 1 else secrets.randbelow(10**9)
    right, faults = orders()
    every = len(KINDS) * sum(factorial(reviewers) ** rounds for reviewers, rounds in SHAPES)
    print(f"{right} of {every} finishing orders of parallel reviewers right")
    print(f"seeds from {first}", flush=True)
    for title, models, family in FAMILIES:
        began, steps, found = time.process_time(), 0, Counter[str]()
        for seed in range(first, first + models):
            verdict, taken = judged(seed, family)
            steps += taken
            found[verdict.partition(":")[0]] += 1
            faults += [verdict] * (verdict != "right")
        print(f"{title:45} {models:5} models, {steps:6} steps: {found['deviation']} deviations, "
              f"{found['exception']} exceptions, {found['silent stop']} silent stops "
              f"({time.process_time() - began:.0f} s)", flush=True)  # fmt: skip
    print(*faults[:MOST_SHOWN], sep="\n", end="\n" if faults else "")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
