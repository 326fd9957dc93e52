"""Questions of an office with thousands of cases: PostgreSQL reads what is asked for, not all rows for each of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event, func, insert, literal, select, text, true

from service.models import Definition, History, Instance, Task, TaskGroup, TaskStatus, db
from service.queries import inbox, task_list
from service.queries.past import operations, tasks
from service.queries.past.narrowing import Page
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
    copies = [uuid4() for _ in range(CASES)]
    db.session.execute(
        insert(Definition),
        [version | {"id": uuid4(), "version": 2 + number, "sha256": f"{number:064}"} for number in range(VERSIONS)],
    )
    db.session.execute(insert(Instance), [own | {"id": one, "number": 2 + n} for n, one in enumerate(copies)])
    open_ones = [opened | {"id": uuid4(), "instance_id": one} for one in copies]
    db.session.execute(insert(Task), open_ones)
    done = {"id": func.gen_random_uuid(), "ended_at": literal(player.now), "status": literal(TaskStatus.COMPLETED)}
    ten = func.generate_series(1, 10).table_valued("number")
    every = select(*(done.get(column.key, column) for column in Task.__table__.c)).join(ten, true())
    db.session.execute(insert(Task).from_select(list(Task.__table__.c), every.where(Task.tenant_id == "nganjuk")))
    offered = [{"tenant_id": "nganjuk", "task_id": one["id"], "group": group} for one in open_ones[:OFFERED]]
    db.session.execute(insert(TaskGroup), offered)
    db.session.execute(text("ANALYZE"))
    return player


@pytest.mark.parametrize("narrowed", [{}, {"process": NGANJUK}])
def test_an_inbox_is_looked_up_from_its_tasks_to_their_versions(large: Player, narrowed: dict[str, str]) -> None:
    actor = large.actor(USER)

    with plans() as made:
        inbox.inbox(actor, large.now, inbox.View(tab="semua", **narrowed))  # type: ignore[arg-type]  # only words

    assert max(map(_rows, made)) < ENOUGH


def test_the_tasks_of_a_group_are_looked_up_once(large: Player) -> None:
    actor = large.actor(USER)

    with plans() as made:
        task_list.found(actor, task_list.Sought(groups=actor.groups), large.now, (), 0, 50)

    assert max(map(_rows, made)) < ENOUGH


def test_no_more_than_keys_is_sorted_for_a_page_of_the_history(large: Player) -> None:
    actor, page = large.actor(USER), Page(first=CASES - 100, most=50)
    line = _columns(db.session.scalars(select(History)).first())
    db.session.execute(insert(History), [line | {"sequence": 2 + number} for number in range(CASES)])
    db.session.execute(text("ANALYZE history"))

    with plans() as made:
        assert len(tasks.found(actor, tasks.Sought(), large.now, page)) == page.most
        assert len(operations.found(actor, operations.Sought(), page)) == page.most

    widths = [width for plan in made for width in _sorted(plan, page.most)]
    assert len(widths) == 2
    assert max(widths) < 100


@contextmanager
def plans() -> Iterator[list[dict[str, Any]]]:
    """Say of each question that is asked meanwhile how PostgreSQL answers it."""
    asked: list[tuple[str, Any]] = []
    made: list[dict[str, Any]] = []

    def listen(*told: Any) -> None:  # noqa: ANN401 - as SQLAlchemy calls it
        asked.append((told[2], told[3]))

    event.listen(db.engine, "before_cursor_execute", listen)
    try:
        yield made
    finally:
        event.remove(db.engine, "before_cursor_execute", listen)
    driver: Any = db.session.connection().connection.driver_connection
    for question, values in asked:
        ((found,),) = driver.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {question}", values)
        made.append(found[0]["Plan"])


def _rows(plan: dict[str, Any]) -> int:
    """Return how many rows are read and put together."""
    own = plan["Actual Rows"] + sum(plan.get(f"Rows Removed by {why}", 0) for why in ("Filter", "Join Filter"))
    return int(own * plan["Actual Loops"]) + sum(_rows(part) for part in plan.get("Plans", ()))


def _sorted(plan: dict[str, Any], more: int) -> Iterator[int]:
    """Return how many bytes the rows have that are sorted, where there are more of them."""
    if plan["Node Type"] == "Sort" and plan["Actual Rows"] > more:
        yield plan["Plan Width"]
    for part in plan.get("Plans", ()):
        yield from _sorted(part, more)


def _columns(row: Any) -> dict[str, Any]:  # noqa: ANN401 - of any table
    return {column.key: getattr(row, column.key) for column in row.__mapper__.column_attrs}
