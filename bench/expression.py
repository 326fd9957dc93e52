"""CPU of a condition at a gateway, compiled once, against reading it anew each time."""

from collections.abc import Callable
from functools import partial

from bench.measuring.figures import at_most, microseconds, show, title
from service.engine.expression import compile_expression, compile_unary_tests

ROUNDS = 25
CALLS = 4_000
CALLS_ANEW = 100
GOAL = 5
VARIABLES = {"jumlah": 5, "status": "setuju", "ditolak": False, "tanggal": "2026-03-15", "biaya": 1250.5}
THREE_TERMS = 'jumlah >= 3 and status = "setuju" and not(ditolak)'
CONDITIONS = [
    'status = "setuju"',
    THREE_TERMS,
    "biaya * 1.11 > 1000 and jumlah in [1..10]",
    'date(tanggal) + duration("P14D") < date("2026-12-31")',
]
CELLS = [("[1..10]", 5), ('"setuju", "kembalikan"', "kembalikan")]


def afresh(text: str) -> Callable[[], object]:
    """Return the act of reading a condition and deciding it."""
    return lambda: compile_expression.__wrapped__(text).holds(VARIABLES)


def main() -> None:
    """Print one figure per condition and per cell."""
    title("A condition, compiled once and cached, against reading it anew each time")
    for text in CONDITIONS:
        cached = microseconds(partial(compile_expression(text).holds, VARIABLES), ROUNDS, CALLS)
        anew = microseconds(afresh(text), ROUNDS, CALLS_ANEW)
        goal = f", {at_most(cached, GOAL)}" if text == THREE_TERMS else ""
        show(text, cached, "µs", f"= 1/{anew / cached:.0f} of reading it anew{goal}")
    for text, value in CELLS:
        cell = compile_unary_tests(text)
        show(f"cell {text}", microseconds(partial(cell.matches, value, VARIABLES), ROUNDS, CALLS), "µs")


if __name__ == "__main__":
    main()
