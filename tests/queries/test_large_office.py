"""Questions of an office with thousands of cases: PostgreSQL reads what is asked for, not all rows for each of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event, insert, text

from service.models import Definition, Instance, Task, TaskGroup, TaskStatus, db
from service.queries import inbox, task_list
from tests import stage
from tests.answers import NGANJUK
from tests.conftest import on_postgresql
from tests.walking import Player

CASES, VERSIONS, OFFERED = 2_000, 300, 400
ENOUGH = 100_000
"""Rows for one question; every version or every task of a group for each task is more than half a million."""
USER = stage.starter_of(NGANJUK)
pytestmark = on_postgresql


@pytest.fixture
def large(player: Player) -> Player:
    """Return who walks cases of an office that has many, of each of which a task is open and ten are done."""
    case = player.start(NGANJUK)
    (task,) = player.open_tasks(case)
    (group, *_) = sorted(player.actor(USER).groups)
    own, opened = _columns(db.session.get_one(Instance, ("nganjuk", case))), _columns(task)
    version = _columns(db.session.get_one(Definition, ("nganjuk", own["definition_id"])))
    done = opened | {"ended_at": player.now, "status": TaskStatus.COMPLETED}
    copies = [uuid4() for _ in range(CASES)]
    db.session.execute(
        insert(Definition),
        [version | {"id": uuid4(), "version": 2 + number, "sha256": f"{number:064}"} for number in range(VERSIONS)],
    )
    db.session.execute(insert(Instance), [own | {"id": one, "number": 2 + n} for n, one in enumerate(copies)])
    tasks = [opened | {"id": uuid4(), "instance_id": one} for one in copies]
    db.session.execute(
        insert(Task), [*tasks, *(done | {"id": uuid4(), "instance_id": one} for one in copies for _ in range(10))]
    )
    offered = [{"tenant_id": "nganjuk", "task_id": one["id"], "group": group} for one in tasks[:OFFERED]]
    db.session.execute(insert(TaskGroup), offered)
    db.session.execute(text("ANALYZE"))
    return player


@pytest.mark.parametrize("narrowed", [{}, {"process": NGANJUK}])
def test_an_inbox_is_looked_up_from_its_tasks_to_their_versions(large: Player, narrowed: dict[str, str]) -> None:
    actor = large.actor(USER)

    with rows_read() as read:
        inbox.inbox(actor, large.now, inbox.View(tab="semua", **narrowed))  # type: ignore[arg-type]  # only words

    assert max(read) < ENOUGH


def test_the_tasks_of_a_group_are_looked_up_once(large: Player) -> None:
    actor = large.actor(USER)

    with rows_read() as read:
        task_list.found(actor, task_list.Sought(groups=actor.groups), large.now, (), 0, 50)

    assert max(read) < ENOUGH


@contextmanager
def rows_read() -> Iterator[list[int]]:
    """Say of each question that is asked meanwhile how many rows PostgreSQL reads and puts together for it."""
    asked: list[tuple[str, Any]] = []
    read: list[int] = []

    def listen(*told: Any) -> None:  # noqa: ANN401 - as SQLAlchemy calls it
        asked.append((told[2], told[3]))

    event.listen(db.engine, "before_cursor_execute", listen)
    try:
        yield read
    finally:
        event.remove(db.engine, "before_cursor_execute", listen)
    driver: Any = db.session.connection().connection.driver_connection
    for question, values in asked:
        ((found,),) = driver.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {question}", values)
        read.append(_rows(found[0]["Plan"]))


def _rows(plan: dict[str, Any]) -> int:
    own = plan["Actual Rows"] + sum(plan.get(f"Rows Removed by {why}", 0) for why in ("Filter", "Join Filter"))
    return int(own * plan["Actual Loops"]) + sum(_rows(part) for part in plan.get("Plans", ()))


def _columns(row: Any) -> dict[str, Any]:  # noqa: ANN401 - of any table
    return {column.key: getattr(row, column.key) for column in row.__mapper__.column_attrs}
