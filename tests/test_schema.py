"""The schema: migrations make exactly the tables of the models, on both databases, and can be taken back."""

from threading import Thread

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from sqlalchemy import event, inspect, text
from sqlalchemy.exc import DBAPIError

from service import schema
from service.models import db, rebuilding
from service.settings import Settings
from tests import stage
from tests.answers import BLITAR
from tests.conftest import on_postgresql
from tests.racing import PATIENCE, Race
from tests.stage import Demo
from tests.walking import Player


@pytest.fixture
def empty(empty_database: Settings) -> Flask:
    """Start the service on a database without tables."""
    return stage.started(empty_database)


def is_no_month(name: str | None, kind: str, _parents: object) -> bool:
    """Leave the parts of the history out, which its model does not know of."""
    return kind != "table" or not str(name).startswith("history_")


def test_upgrading_an_empty_database_gives_the_tables_of_the_models(empty: Flask) -> None:
    with empty.app_context():
        assert schema.current() == ""

        assert schema.upgrade() == schema.newest() == schema.current()

        with db.engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True, "include_name": is_no_month})
            assert compare_metadata(context, db.metadata) == []
    stage.release(empty)


def test_upgrading_twice_changes_nothing(empty: Flask) -> None:
    with empty.app_context():
        schema.upgrade()
        before = sorted(inspect(db.engine).get_table_names())

        assert schema.upgrade() == schema.newest()

        assert sorted(inspect(db.engine).get_table_names()) == before
    stage.release(empty)


def test_an_upgrade_that_fails_leaves_what_was_there(empty: Flask) -> None:
    with empty.app_context():
        with db.engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE person (id INTEGER)")  # of somebody else

        with pytest.raises(DBAPIError, match="person"):
            schema.upgrade()

        assert inspect(db.engine).get_table_names() == ["person"]
    stage.release(empty)


def test_an_interrupted_upgrade_begins_anew(empty: Flask) -> None:
    def interrupt(*arguments: object) -> None:
        if "version_num='0025'" in str(arguments[2]):
            raise KeyboardInterrupt

    stage.migrate(empty, "upgrade", "0022")
    with empty.app_context():
        before = sorted(inspect(db.engine).get_table_names())
        event.listen(db.engine, "before_cursor_execute", interrupt)
        with pytest.raises(KeyboardInterrupt):
            schema.upgrade()
        event.remove(db.engine, "before_cursor_execute", interrupt)

        assert (schema.current(), sorted(inspect(db.engine).get_table_names())) == ("0022", before)
        assert schema.upgrade() == schema.newest() == schema.current()
    stage.release(empty)


def test_several_who_upgrade_at_once_wait_for_each_other(empty: Flask, database: str) -> None:
    first = {"sqlite": "PRAGMA foreign_keys=OFF", "postgresql": "pg_advisory_xact_lock"}

    outcomes = Race(empty).run(first[database], *[lambda _: schema.upgrade()] * 3)

    assert outcomes == [schema.newest()] * 3
    stage.release(empty)


@on_postgresql
@pytest.mark.parametrize("limit", ["lock_timeout", "statement_timeout"])
def test_whoever_waits_for_an_upgrade_waits_to_its_end(empty_database: Settings, limit: str) -> None:
    first = stage.started(empty_database)
    second = stage.started(stage.limited(empty_database, limit, 50))
    outcomes: list[object] = []

    def upgrade() -> None:
        with second.app_context():
            try:
                outcomes.append(schema.upgrade())
            except DBAPIError as error:
                outcomes.append(error)

    waiter = Thread(target=upgrade)
    with first.app_context(), rebuilding():
        waiter.start()
        stage.eventually(first, lambda: bool(outcomes) or has_waited_for_long())
    waiter.join(PATIENCE)

    assert outcomes == [schema.newest()]
    stage.release(first)
    stage.release(second)


def has_waited_for_long() -> bool:
    """Tell whether somebody has been waiting for a lock for longer than he may wait for a page."""
    long = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' "
        "AND query_start < clock_timestamp() - interval '0.2 s'"
    )
    return bool(db.session.scalar(long))


def test_every_revision_can_be_taken_back(empty: Flask) -> None:
    with empty.app_context():
        schema.upgrade()

    stage.migrate(empty, "downgrade", "base")

    with empty.app_context():
        assert inspect(db.engine).get_table_names() == ["alembic_version"]
        assert schema.current() == ""
        assert schema.upgrade() == schema.newest()
    stage.release(empty)


def test_cases_survive_a_rebuilt_table(demo: Demo) -> None:
    demo.restore()
    with demo.app.app_context():
        case = Player().reach(BLITAR, "row_06")
        db.session.remove()

    stage.migrate(demo.app, "downgrade", "0002")
    stage.migrate(demo.app, "upgrade", "head")

    with demo.app.app_context():
        player = Player()
        assert player.finish(case).status == "completed"


def test_every_office_row_is_keyed_by_its_office_first() -> None:
    shared = {"attempt", "office", "person", "session", "subject", "token", "worker"}
    keyed = {name: [column.name for column in table.primary_key] for name, table in db.metadata.tables.items()}
    indexed = [
        (index.name, next(iter(index.columns)).name)
        for name, table in db.metadata.tables.items()
        for index in table.indexes
        if name not in shared
    ]

    assert {name for name, columns in keyed.items() if columns[0] != "tenant_id"} == shared
    assert {first for _, first in indexed} == {"tenant_id"}
