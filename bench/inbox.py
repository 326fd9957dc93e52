"""The inbox of somebody with 50 open tasks while the office has 10,000, and 100,000: CPU time and SQL statements."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import event, insert, select

from bench.measuring import office
from bench.measuring.figures import at_most, milliseconds, show, title
from service.models import Base, Instance, Task, TaskGroup, db
from service.queries import inbox
from tests.answers import NGANJUK
from tests.walking import Player

MINE = 50
SIZES = (10_000, 100_000)
ROUNDS = 40
SLOWEST, GROWTH = 3, 1.1
AT_ONCE = 5_000
OTHERS = 200
"""Positions that the open tasks of others are spread over."""
Row = dict[str, Any]


def one_case(player: Player) -> tuple[Row, Row, str]:
    """Return the rows of a case and of its open task, and whom it is for."""
    case = player.start(NGANJUK)
    task = player.task(case, "row_01")
    group = db.session.scalars(select(TaskGroup.group).where(TaskGroup.task_id == task.id)).one()
    return _row(db.session.get_one(Instance, (task.tenant_id, case))), _row(task), group


def add_open(case: Row, task: Row, group: str, numbers: range) -> None:
    """Add copies of a case with its open task; only the first ones are for the same position."""
    for first in range(numbers.start, numbers.stop, AT_ONCE):
        places = range(first, min(first + AT_ONCE, numbers.stop))
        ids = [(place, uuid4(), uuid4()) for place in places]
        db.session.execute(insert(Instance), [_copy(case, place, own) for place, own, _ in ids])
        db.session.execute(insert(Task), [_later(task, place, own, id_) for place, own, id_ in ids])
        db.session.execute(insert(TaskGroup), [_offer(task, group, place, id_) for place, _, id_ in ids])
        db.session.commit()


@contextmanager
def counted() -> Iterator[list[str]]:
    """Note the SQL statements that run meanwhile."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_others: object) -> None:
        statements.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield statements
    event.remove(db.engine, "before_cursor_execute", note)


def main() -> None:
    """Print what the page's query costs in both offices."""
    title(f"An inbox of {MINE} rows, by open tasks of the office")
    figures = []
    with tempfile.TemporaryDirectory() as folder, office.office(folder) as player:
        case, task, group = one_case(player)
        actor, filled = player.actor("nganjuk.sekretaris"), case["number"]
        show_page = partial(inbox.inbox, actor, player.now, inbox.View())
        for size in SIZES:
            add_open(case, task, group, range(filled + 1, size + 1))
            filled = size
            show_page()
            with counted() as statements:
                rows = len(show_page().rows)
            figures.append(milliseconds(show_page, ROUNDS))
            note = at_most(figures[-1], SLOWEST)
            show(f"{size} open tasks, {rows} rows, {len(statements)} statements", figures[-1], "ms", note)
    growth = figures[-1] / figures[0]
    show("growth", growth, "x", at_most(growth, GROWTH))


def _row(of: Base) -> Row:
    return {column.key: getattr(of, column.key) for column in of.__mapper__.column_attrs}


def _copy(case: Row, place: int, own: UUID) -> Row:
    starter = case["started_by"] if place <= MINE else None
    return case | {"id": own, "number": place, "started_by": starter}


def _later(task: Row, place: int, case: UUID, task_id: UUID) -> Row:
    return task | {"id": task_id, "instance_id": case, "due_at": task["due_at"] + timedelta(minutes=place)}


def _offer(task: Row, group: str, place: int, task_id: UUID) -> Row:
    holder = group if place <= MINE else f"jabatan_{place % OTHERS}"
    return {"tenant_id": task["tenant_id"], "group": holder, "task_id": task_id}


if __name__ == "__main__":
    main()
