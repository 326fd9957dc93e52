"""The history by month on PostgreSQL: every line finds its place, and a case is read by an index of each month."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError, OperationalError

from service import jobs, store
from service.models import History, db
from service.queries.history import history_of
from service.store import months
from tests import stage
from tests.answers import NGANJUK
from tests.conftest import on_postgresql, on_sqlite
from tests.walking import Player

WHERE = text("SELECT tableoid::regclass::text, count(*) FROM history GROUP BY 1 ORDER BY 1")


def places() -> dict[str, int]:
    return dict(tuple(row) for row in db.session.execute(WHERE))


def told(case: UUID) -> list[tuple[int, str]]:
    db.session.expire_all()
    return [(line.sequence, line.kind) for line in history_of(store.get_instance("nganjuk", case))]


@on_sqlite
def test_sqlite_has_one_table(app: Flask) -> None:
    with app.app_context():
        assert not store.lacks_months(stage.MONDAY)
        assert store.ensure_months(stage.MONDAY) == []


@on_postgresql
def test_months_are_made_ahead_and_once(app: Flask) -> None:
    december = datetime(2030, 12, 31, 23, 30, tzinfo=UTC)
    with app.app_context():
        assert store.ensure_months(december, 2) == ["history_2030_12", "history_2031_01", "history_2031_02"]
        assert store.ensure_months(december, 2) == []
        assert store.ensure_months(december + timedelta(hours=1), 2) == ["history_2031_03"]


@on_postgresql
def test_background_work_makes_them(app: Flask) -> None:
    with app.app_context():
        assert not store.lacks_months(stage.MONDAY)
        later = stage.MONDAY + timedelta(days=31)
        assert store.lacks_months(later)

        assert jobs.run_due(later) == 0

        assert not store.lacks_months(later)


@on_postgresql
def test_lines_that_no_month_took_are_put_into_theirs(player: Player) -> None:
    player.now = datetime(2031, 1, 31, 23, 58, tzinfo=UTC)
    case = player.start(NGANJUK)
    player.advance(case, "row_05")
    before = told(case)
    assert list(places()) == ["history_other"]

    assert store.ensure_months(stage.MONDAY) == ["history_2031_01", "history_2031_02"]

    assert places() == {"history_2031_01": 1, "history_2031_02": len(before) - 1}
    assert told(case) == before
    assert player.finish(case).status == "completed"
    assert [sequence for sequence, _ in told(case)] == list(range(1, len(told(case)) + 1))
    assert "history_other" not in places()


@on_postgresql
def test_a_month_that_is_made_meets_nobody_in_a_deadlock(app: Flask) -> None:
    def make() -> list[str]:
        with app.app_context():
            return store.ensure_months(datetime(2030, 12, 31, tzinfo=UTC), 0)

    with app.app_context(), ThreadPoolExecutor(1) as beside:
        db.session.execute(text("UPDATE instance SET version = version WHERE false"))
        made = beside.submit(make)
        stage.eventually(app, stage.somebody_waits)
        db.session.execute(text("DELETE FROM history_other WHERE false"))
        db.session.commit()

        assert made.result() == ["history_2030_12"]


@on_postgresql
def test_a_month_holds_up_nobody_while_all_history_is_read(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    december = datetime(2030, 12, 31, tzinfo=UTC)
    monkeypatch.setattr(months, "ATTEMPTS", 2)
    with app.app_context(), db.engine.connect() as reading, stage.statements(app) as ran:
        reading.execute(text("SELECT 1 FROM history_other"))

        with pytest.raises(OperationalError):
            store.ensure_months(december, 0)
        assert [statement for statement in ran if "LOCK TABLE instance" in statement] == []

        reading.rollback()
        db.session.rollback()
        assert store.ensure_months(december, 0) == ["history_2030_12"]


@on_postgresql
def test_a_line_is_there_once_in_a_month(player: Player) -> None:
    case = player.start(NGANJUK)
    (line,) = history_of(store.get_instance("nganjuk", case))
    columns = {column.key: getattr(line, column.key) for column in History.__table__.columns}
    db.session.add(History(**columns | {"at": line.at + timedelta(seconds=1)}))
    db.session.expunge(line)

    with pytest.raises(IntegrityError, match="pk_history_2026_11"):
        db.session.commit()
    db.session.rollback()


@on_postgresql
def test_a_case_is_read_by_an_index_of_each_month(player: Player) -> None:
    store.ensure_months(player.now, 11)
    case = player.reach(NGANJUK, "row_05")
    db.session.execute(text("SET LOCAL enable_seqscan = off"))  # so few lines would be read as a whole
    asked = (
        select(History).where(History.tenant_id == "nganjuk", History.instance_id == case).order_by(History.sequence)
    )
    compiled = str(asked.compile(db.engine, compile_kwargs={"literal_binds": True}))

    plan = "\n".join(db.session.scalars(text(f"EXPLAIN {compiled}".replace(":", "\\:"))))

    assert plan.count("Index Scan") + plan.count("Bitmap Index Scan") == 13
    assert "Seq Scan" not in plan
