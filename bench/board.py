"""The table of planned against actual over 1,000 cases with 20,000 steps: CPU time on SQLite.

Run: python -m bench.board
"""

import tempfile
from datetime import timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import insert

from bench.inbox import AT_ONCE, counted, one_case
from bench.measuring import office
from bench.measuring.figures import at_most, milliseconds, show, title
from service.models import Instance, Task, db
from service.queries import pace
from tests.answers import NGANJUK
from tests.walking import Player

CASES, STEPS = 1_000, 20_000
OTHERS = 20_000
"""Steps of other processes in the same table."""
ROUNDS, SLOWEST = 9, 300
Row = dict[str, Any]


def fill(player: Player) -> None:
    """Add cases whose steps were done over three years, at all hours."""
    case, task, _ = one_case(player)
    elements = [f"row_{number:02}" for number in range(1, 9)]
    cases = [case | {"id": uuid4(), "number": number} for number in range(2, CASES + 2)]
    db.session.execute(insert(Instance), cases)
    for first in range(0, STEPS + OTHERS, AT_ONCE):
        rows = [_step(task, cases, elements, number) for number in range(first, first + AT_ONCE)]
        db.session.execute(insert(Task), rows)
        db.session.commit()


def _step(task: Row, cases: list[Row], elements: list[str], number: int) -> Row:
    opened = task["created_at"] - timedelta(minutes=37 * (number % STEPS))
    return task | {
        "id": uuid4(),
        "instance_id": cases[number % CASES]["id"],
        "process_key": NGANJUK if number < STEPS else "sop_lain",
        "element": elements[number % len(elements)],
        "status": "completed",
        "round": 1 + number // CASES,
        "created_at": opened,
        "begun_at": opened + timedelta(minutes=number % 977),
        "ended_at": opened + timedelta(minutes=number % 977 + number % 3_001),
        "due_at": opened + timedelta(minutes=2_000),
        "is_returned": number % 10 == 0,
    }


def main() -> None:
    """Print what the table costs."""
    title(f"Planned against actual, {CASES} cases with {STEPS} steps, {OTHERS} steps of others beside")
    with tempfile.TemporaryDirectory() as folder, office.office(folder) as player:
        fill(player)
        actor = player.actor("auditor", "nganjuk")
        with counted() as statements:
            table = pace.pace(actor, pace.Wanted(process=NGANJUK))
        spent = milliseconds(lambda: pace.pace(actor, pace.Wanted(process=NGANJUK)), ROUNDS)
        rounds = table.rounds if table else 0
        show(f"{rounds} rounds, {len(statements)} statements", spent, "ms", at_most(spent, SLOWEST))
        version = milliseconds(lambda: pace.pace(actor, pace.Wanted(process=NGANJUK, version=1)), ROUNDS)
        show("the same of one version", version, "ms", at_most(version, SLOWEST))


if __name__ == "__main__":
    main()
