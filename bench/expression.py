"""CPU of a condition at a gateway, compiled once, against reading it anew each time."""

import time
from collections.abc import Callable
from functools import partial
from statistics import median

from service.engine.expression import compile_expression, compile_unary_tests

ROUNDS = 25
CALLS = 4_000
VARIABLES = {"jumlah": 5, "status": "setuju", "ditolak": False, "tanggal": "2026-03-15", "biaya": 1250.5}
CONDITIONS = [
    'status = "setuju"',
    'jumlah >= 3 and status = "setuju" and not(ditolak)',
    "biaya * 1.11 > 1000 and jumlah in [1..10]",
    'date(tanggal) + duration("P14D") < date("2026-12-31")',
]
CELLS = [("[1..10]", 5), ('"setuju", "kembalikan"', "kembalikan")]


def microseconds(act: Callable[[], object], calls: int = CALLS) -> float:
    """Return the median CPU time of one call."""
    found = []
    for _ in range(ROUNDS):
        before = time.process_time()
        for _ in range(calls):
            act()
        found.append((time.process_time() - before) / calls * 1e6)
    return median(found)


def afresh(text: str) -> Callable[[], object]:
    """Return the act of reading a condition and deciding it."""
    return lambda: compile_expression.__wrapped__(text).holds(VARIABLES)


def main() -> None:
    """Print one line per condition and per cell."""
    for text in CONDITIONS:
        condition = compile_expression(text)
        cached = microseconds(partial(condition.holds, VARIABLES))
        read = microseconds(afresh(text), 100)
        print(f"{cached:6.2f} µs cached  {read:7.1f} µs read anew  = {read / cached:5.1f} x  {text}")
    for text, value in CELLS:
        cell = compile_unary_tests(text)
        cached = microseconds(partial(cell.matches, value, VARIABLES))
        print(f"{cached:6.2f} µs cached cell {text}")


if __name__ == "__main__":
    main()
