"""What a person's request costs when there is much behind it: a task in its 50th round, 200,000 timers that wait.

Requests run in this process, from the first byte of the page to the commit in SQLite; samples are taken in turn.
"""

import tempfile
from collections.abc import Iterator
from datetime import timedelta
from statistics import median
from typing import Any
from uuid import UUID, uuid4

from flask import current_app
from sqlalchemy import insert, select

from bench.measuring import office
from bench.measuring.figures import at_most, show, timed, title
from bench.measuring.sop import REVIEW
from service.models import Instance, Waiting, db
from tests import answers
from tests.walking import Player, Visitor

CASES, TIMES = 12, 3
"""Each of so many cases is asked so often."""
RETURNS, TIMERS, AT_ONCE = 50, 200_000, 10_000
GROWTH = 1.1


def returning(player: Player, visitor: Visitor, case: UUID) -> float:
    """Return the CPU milliseconds of sending a draft back at its review, and bring it there again."""
    task = player.task(case, REVIEW)
    form = [("csrf_token", visitor.token), *answers.as_html(player.answers(task, outcome="kembalikan"))]
    address = f"/tugas/{task.id}"
    db.session.remove()
    spent, answer = timed(lambda: visitor.client.post(address, data=_fields(form)))
    if answer.status_code != 303:  # noqa: PLR2004 - see other
        raise RuntimeError(answer.text)
    player.advance(case, REVIEW)
    return spent


def measured(player: Player, visitor: Visitor, *groups: list[UUID]) -> list[float]:
    """Return for each group of cases the median cost of a return, one case of each in turn."""
    samples: list[list[float]] = [[] for _ in groups]
    for _ in range(TIMES):
        for cases in zip(*groups, strict=True):
            for kept, case in zip(samples, cases, strict=True):
                kept.append(returning(player, visitor, case))
    return [median(kept) for kept in samples]


def inbox_cost(visitor: Visitor) -> float:
    """Return the median CPU milliseconds of the inbox as a page."""
    visitor.get("/tugas")
    return median(timed(lambda: visitor.client.get("/tugas"))[0] for _ in range(30))


def add_timers(case: UUID) -> None:
    """Let a case wait for very many times."""
    instance = db.session.scalars(select(Instance).where(Instance.id == case)).one()
    row: dict[str, Any] = {
        "tenant_id": instance.tenant_id, "instance_id": case, "process_key": "p", "element": "e", "kind": "timer",
    }  # fmt: skip
    due, since = instance.started_at + timedelta(days=3000), instance.started_at
    for first in range(0, TIMERS, AT_ONCE):
        db.session.execute(
            insert(Waiting),
            [row | {"id": uuid4(), "due_at": due + timedelta(minutes=first + place), "since": since}
             for place in range(AT_ONCE)],
        )  # fmt: skip
    db.session.commit()


def main() -> None:
    """Print both."""
    with tempfile.TemporaryDirectory() as folder, office.office(folder) as player:
        fresh = list(_at_review(player, CASES))
        old = list(_at_review(player, CASES))
        for case in old:
            office.be_returned(player, case, RETURNS)
        task = player.task(fresh[0], REVIEW)
        visitor = Visitor(current_app._get_current_object(), player.performer(task).user_name)  # type: ignore[attr-defined]  # noqa: SLF001 - Flask's way to the application itself
        title("A task sent back over its page")
        first, later = measured(player, visitor, fresh, old)
        show("in the first rounds", first, "ms")
        show(f"{RETURNS} rounds later", later, "ms", f"= {later / first:.2f} x, {at_most(later / first, GROWTH)}")
        before = inbox_cost(visitor), *measured(player, visitor, fresh)
        add_timers(player.start(answers.NGANJUK))
        after = inbox_cost(visitor), *measured(player, visitor, fresh)
        title(f"With {TIMERS} timers that wait")
        for name, without, with_them in zip(("the inbox", "the task"), before, after, strict=True):
            growth = with_them / without
            show(f"{name} without them", without, "ms")
            show(f"{name} with them", with_them, "ms", f"= {growth:.2f} x, {at_most(growth, GROWTH)}")


def _at_review(player: Player, number: int) -> Iterator[UUID]:
    for _ in range(number):
        yield office.at_review(player)


def _fields(form: list[tuple[str, str]]) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    for name, value in form:
        fields.setdefault(name, []).append(value)
    return fields


if __name__ == "__main__":
    main()
