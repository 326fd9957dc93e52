"""What every benchmark needs: the CPU time of an act, and one way to print a figure."""

import time
from collections.abc import Callable, Iterable
from statistics import median
from typing import TypeVar

T = TypeVar("T")


def timed(act: Callable[[], T]) -> tuple[float, T]:
    """Return the CPU milliseconds of an act with what it returned."""
    before = time.process_time()
    result = act()
    return (time.process_time() - before) * 1000, result


def milliseconds(act: Callable[[], object], rounds: int, calls: int = 1) -> float:
    """Return the median CPU milliseconds of a call, each sample being an average of some calls."""

    def sample() -> None:
        for _ in range(calls):
            act()

    return median(timed(sample)[0] / calls for _ in range(rounds))


def microseconds(act: Callable[[], object], rounds: int, calls: int) -> float:
    """Return the median CPU microseconds of a call."""
    return milliseconds(act, rounds, calls) * 1000


def in_turn(*series: Iterable[float]) -> list[float]:
    """Return the median of each series of samples; one sample of each in turn, so that noise hits all."""
    return [median(samples) for samples in zip(*zip(*series, strict=True), strict=True)]


def title(text: str) -> None:
    """Print what is measured next, and under which conditions."""
    print(f"\n{text}")


def show(name: str, value: float, unit: str, note: str = "") -> None:
    """Print one figure."""
    print(f"  {name:52} {value:9.2f} {unit:4} {note}".rstrip())


def at_most(value: float, goal: float) -> str:
    """Return the note of a figure that should be small."""
    return f"goal at most {goal:g}: {'reached' if value <= goal else 'MISSED'}"


def at_least(value: float, goal: float) -> str:
    """Return the note of a figure that should be large."""
    return f"goal at least {goal:g}: {'reached' if value >= goal else 'MISSED'}"
