"""CPU of one durable step: on the engine with as little SQL as there can be, through the use case, and stock.

The step is always the same: the Sekretaris returns the draft at row 9 of the SOP with 15 rows. Each sample is a case
of its own, loaded from SQLite (WAL, synchronous=FULL) and committed there; samples are taken in turn.
"""

import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from statistics import median
from uuid import UUID

from bench.measuring import office, sop
from bench.measuring.figures import at_least, at_most, in_turn, show, timed, title
from bench.measuring.ledger import Case, Ledger
from bench.measuring.stock import Stock
from service.engine.workflow import hydrate
from tests.walking import Player

SAMPLES = 200
STOCK_SAMPLES = 20
USE_CASES = 15
RETURNS = 100
KILOBYTE, HUNDRED = 650, 100_000
"""Characters of data beside those that the SOP itself needs."""
GOAL, TIMES_CHEAPER = 0.9, 20


def engine(ledger: Ledger) -> None:
    """Print the step on the engine, what it consists of, and how it takes more data."""
    definition = sop.specification()
    data = {
        "1 KB": sop.texts(KILOBYTE),
        "100 KB, one table": sop.table(HUNDRED),
        "100 KB, 50 texts": sop.texts(HUNDRED),
    }
    cases = {name: ledger.begin(definition, given).reach_review() for name, given in data.items()}
    old = ledger.begin(definition, data["1 KB"]).reach_review().be_returned(RETURNS)
    first, again, floor = in_turn(cases["1 KB"].samples(SAMPLES), old.samples(SAMPLES), ledger.floor(SAMPLES))
    least, *larger = in_turn(*(case.samples(SAMPLES) for case in cases.values()))
    title(
        "One durable step, the engine with plain SQL: load state and task, complete, save state, tasks, history, commit"
    )
    show("one small row, committed (floor)", floor, "ms")
    show("1 KB of data, no return", first, "ms", at_most(first, GOAL))
    show(f"1 KB of data, after {RETURNS} returns", again, "ms", f"= {again / first:.2f} x")
    for name, value in parts(cases["1 KB"]).items():
        show(f"  of which {name}", value, "ms")
    for name, value in zip(list(cases)[1:], larger, strict=True):
        show(f"{name}, no return", value, "ms", f"= {value / least:.2f} x of 1 KB in turn with it; flat is 1")


def parts(case: Case) -> Mapping[str, float]:
    """Return the CPU milliseconds of each part of the step."""
    spent: dict[str, list[float]] = {"loading": [], "decoding": [], "completing and encoding": [], "saving": []}
    for copy in [case.ledger.copy(case) for _ in range(SAMPLES)]:
        for name, value in zip(spent, _part_by_part(copy), strict=True):
            spent[name].append(value)
    return {name: median(values) for name, values in spent.items()}


def _part_by_part(case: Case) -> tuple[float, ...]:
    task, ledger, values = case.step.open_tasks[0].id, case.ledger, sop.answers(case.element)
    loading, (state, version) = timed(lambda: ledger.load(case.number, task))
    decoding, execution = timed(lambda: hydrate(case.definition, state))
    completing, step = timed(lambda: execution.complete(task, values, sop.NOW))
    saving, _ = timed(lambda: ledger.save(case.number, version, task, values, step))
    return loading, decoding, completing, saving


def baseline(ledger: Ledger) -> None:
    """Print the step of SpiffWorkflow that keeps its whole state as JSON, and how much cheaper ours is."""
    title("The same step by stock SpiffWorkflow: whole state as JSON, one UPDATE and COMMIT; 1 KB of data")
    ours = ledger.begin(sop.specification(), sop.texts(KILOBYTE)).reach_review().be_returned(RETURNS)
    for name, with_specification in (("specification left out", False), ("as it comes, specification inside", True)):
        stock = Stock(with_specification=with_specification)
        for returns in (0, RETURNS):
            whole = stock.whole(sop.texts(KILOBYTE), returns)
            samples = stock.samples(ledger, whole, STOCK_SAMPLES)
            theirs, mine = in_turn(samples, ours.samples(STOCK_SAMPLES))
            goal = f", {at_least(theirs / mine, TIMES_CHEAPER)}" if returns else ""
            show(f"{name}, after {returns} returns", theirs, "ms", f"= {theirs / mine:.1f} x ours{goal}")


def use_case(folder: str) -> None:
    """Print the step through `tasks.complete`: forms, permissions, real tables, the session of SQLAlchemy."""
    title("One durable step, tasks.complete with its forms and tables")
    with office.office(folder) as player:
        cases = [office.at_review(player) for _ in range(USE_CASES)]
        old = office.at_review(player)
        characters = office.variables(old)
        office.be_returned(player, old, RETURNS)
        _show_use_case(player, f"{characters / 1000:.1f} KB of data, no return", cases)
        _show_use_case(player, f"the same after {RETURNS} returns", [old] * USE_CASES)
        show(f"  stored state after {RETURNS} returns", office.stored(old), "B")
        for name, data in (("one table", sop.table(HUNDRED)), ("50 texts", sop.texts(HUNDRED))):
            full = [office.at_review(player, data) for _ in range(USE_CASES)]
            _show_use_case(player, f"100 KB, {name}, no return", full)


def _show_use_case(player: Player, name: str, cases: Sequence[UUID]) -> None:
    samples = []
    spent: dict[str, list[float]] = defaultdict(list)
    for case in cases:
        player.advance(case, sop.REVIEW)
        with office.taken_apart(spent):
            samples.append(office.returning(player, case))
    show(name, median(samples), "ms")
    for part, values in spent.items():
        show(f"  of which {part}", median(values), "ms")


def main() -> None:
    """Print all three."""
    with tempfile.TemporaryDirectory() as folder:
        ledger = Ledger(folder)
        engine(ledger)
        baseline(ledger)
        use_case(folder)


if __name__ == "__main__":
    main()
