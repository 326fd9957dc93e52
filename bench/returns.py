"""The SOP with 15 rows after 2,000 returns: how large the stored state is, and what a step costs.

Every step is loaded from SQLite and committed there. The case has 1 KB of data, and its whole history in the table.
"""

import tempfile
from collections.abc import Iterator

from bench.measuring import sop
from bench.measuring.figures import at_most, in_turn, show, timed, title
from bench.measuring.ledger import Case, Ledger

RETURNS = 2_000
SAMPLES = 300
DATA = 650
"""Characters of data beside those that the SOP itself needs: 1 KB together."""
BYTES, GROWTH = 4_000, 1.2


def going_on(case: Case, times: int) -> Iterator[float]:
    """Yield the CPU milliseconds of returning the draft, again and again in one case."""
    for _ in range(times):
        yield timed(case.advance)[0]
        case.reach_review()


def main() -> None:
    """Print size and cost at no return and at the last."""
    title(f"The SOP with 15 rows returned {RETURNS} times: {RETURNS * 3} steps, each loaded, saved and committed")
    with tempfile.TemporaryDirectory() as folder:
        ledger = Ledger(folder)
        first = ledger.begin(sop.specification(), sop.texts(DATA)).reach_review()
        old = ledger.copy(first).be_returned(RETURNS)
        size = len(old.step.state)
        show("stored state at no return", len(first.step.state), "B")
        show(f"stored state at return {RETURNS}", size, "B", at_most(size, BYTES))
        before, after = in_turn(first.samples(SAMPLES), going_on(old, SAMPLES))
        show("a step at no return", before, "ms")
        show(f"a step at return {RETURNS}", after, "ms", f"= {after / before:.2f} x, {at_most(after / before, GROWTH)}")


if __name__ == "__main__":
    main()
