"""What supervisors and load balancers ask, and what everybody reads while the database is away."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from alembic import command
from alembic.config import Config
from click.testing import CliRunner
from flask import Flask
from sqlalchemy.exc import DBAPIError, TimeoutError  # noqa: A004 - that of the pool

from service import readiness, schema, store
from service.cli import main
from service.models import Worker, db, rebuilding
from service.settings import Settings
from tests import answers, stage
from tests.answers import NGANJUK
from tests.conftest import on_postgresql, on_sqlite
from tests.provision import PostgreSQL
from tests.walking import Page, Player, Visitor

READY = {"status": "ready"}
OLD = "0001"


@pytest.fixture
def empty(empty_database: Settings) -> Flask:
    """Start the service on a database without tables."""
    return stage.started(empty_database)


@pytest.fixture(params=["sqlite", "postgresql"])
def away(request: pytest.FixtureRequest, tmp_path: Path) -> Flask:
    """Start the service on a database that is not there."""
    missing = f"sqlite:///{tmp_path / 'gone' / 'laksana.db'}"
    url = missing if request.param == "sqlite" else "postgresql://laksana@127.0.0.1:1/laksana"
    return stage.started(Settings(data=tmp_path, database=url))


def test_a_service_with_everything_is_ready(app: Flask) -> None:
    with app.app_context():
        now = datetime.now(UTC)
        store.see_worker("one", now, now, done=0, failed=0)

    answer = app.test_client().get("/readyz")

    assert (answer.status_code, answer.json) == (
        200,
        {"status": "ready", "parts": {"database": READY, "schema": READY, "workers": READY, "disk": READY}},
    )
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    ("ago", "reason"), [(None, "none was ever seen"), (61, "none was seen since 2026-11-02T00:58:59+00:00")]
)
def test_without_workers_pages_are_served_but_somebody_has_to_look(app: Flask, ago: int | None, reason: str) -> None:
    if ago is not None:
        with app.app_context():
            seen = stage.MONDAY - timedelta(seconds=ago)
            db.session.add(Worker(id="one", started_at=seen, seen_at=seen, jobs_done=0, jobs_failed=0))
            db.session.commit()

    with time_machine.travel(stage.MONDAY, tick=False):
        answer = app.test_client().get("/readyz")

    assert answer.json is not None
    assert (answer.status_code, answer.json["status"], answer.json["parts"]["workers"]) == (
        200,
        "degraded",
        {"status": "not-ready", "reason": reason},
    )


def test_an_old_schema_is_not_ready(empty: Flask) -> None:
    with empty.app_context():
        schema.upgrade()
        config = Config()
        config.set_main_option("script_location", str(schema.FOLDER))
        with rebuilding() as connection:
            config.attributes["connection"] = connection
            command.downgrade(config, OLD)

    answer = empty.test_client().get("/readyz")

    assert (answer.status_code, answer.json) == (
        503,
        {
            "status": "not-ready",
            "parts": {
                "database": READY,
                "schema": {"status": "not-ready", "reason": f"is {OLD}, needs {schema.newest()}"},
                "disk": READY,
            },
        },
    )
    stage.release(empty)


@on_postgresql
def test_a_node_serves_on_while_others_are_brought_up_to_date(empty: Flask) -> None:
    with empty.app_context():
        schema.upgrade()
        with db.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    answer = empty.test_client().get("/readyz")

    assert answer.json is not None
    assert (answer.status_code, answer.json["parts"]["schema"]) == (
        200,
        {"status": "ready", "reason": f"is 9999, later than {schema.newest()}"},
    )
    with empty.app_context():
        assert schema.upgrade() == schema.current() == "9999"  # what its units run before it starts again
    settings: Settings = empty.config["LAKSANA"]
    place = {"LAKSANA_DATA": str(settings.data), "LAKSANA_DATABASE": settings.database}
    assert CliRunner(env=place).invoke(main, ["offices", "list"]).exit_code == 0
    stage.release(empty)


def test_a_database_that_is_away_is_not_ready_but_the_process_lives(away: Flask) -> None:
    client = away.test_client()
    client.set_cookie("laksana", "whatever")

    ready, alive = client.get("/readyz"), client.get("/livez")

    assert (ready.status_code, ready.json) == (
        503,
        {
            "status": "not-ready",
            "parts": {
                "database": {"status": "not-ready", "reason": "OperationalError"},
                "schema": {"status": "not-ready", "reason": "unknown"},
                "disk": READY,
            },
        },
    )
    assert (alive.status_code, alive.json) == (200, {"status": "alive"})
    assert "Set-Cookie" not in {**ready.headers, **alive.headers}


def test_a_full_disk_is_not_ready(app: Flask) -> None:
    settings: Settings = app.config["LAKSANA"]
    greedy = stage.started(replace(settings, least_free_mb=10**12))

    answer = greedy.test_client().get("/readyz")

    assert answer.status_code == 503
    assert answer.json is not None
    assert answer.json["parts"]["database"] == READY
    assert answer.json["parts"]["disk"]["reason"].endswith(f" MB free, needs {10**12} MB")
    stage.release(greedy)


# While the database is away -------------------------------------------------------------------------


def test_a_request_while_the_database_is_away_may_be_sent_again(away: Flask) -> None:
    client = away.test_client()
    sent = {
        "csrf_token": Page(client.get("/masuk")).token,
        "user_name": "blitar.kadis",
        "password": stage.PASSWORD,
    }

    page = client.post("/masuk", data=sent)
    answer = client.post("/masuk", data=sent, headers={"Accept": "application/json"})

    assert (page.status_code, page.headers["Retry-After"]) == (503, "5")
    assert "Layanan sedang tidak tersedia" in page.text
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.json == {"status": "not-ready", "code": "database-away"}


@on_sqlite
def test_who_is_signed_in_goes_on_when_the_database_is_back(app: Flask) -> None:
    with app.app_context():
        Player().reach(NGANJUK, "row_02")
    visitor = Visitor(app, "nganjuk.kasubbag")
    file = app.config["LAKSANA"].data / "laksana.db"
    stage.release(app)
    hidden = file.rename(file.with_suffix(".hidden"))
    file.mkdir()

    during = visitor.get("/tugas")

    file.rmdir()
    hidden.rename(file)
    stage.release(app)
    assert (during.status, during.title) == (503, "Layanan sedang tidak tersedia")
    assert visitor.get("/tugas").status == 200


@on_postgresql
def test_a_server_that_goes_away_and_comes_back_is_used_again(app: Flask, postgresql: PostgreSQL) -> None:
    with app.app_context():
        Player().reach(NGANJUK, "row_02")
    visitor = Visitor(app, "nganjuk.kasubbag")
    (entry,) = visitor.inbox()
    before = stage.rows(app)

    with postgresql.connect() as admin:
        admin.execute("ALTER DATABASE demo ALLOW_CONNECTIONS false")
        admin.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = 'demo'")
        during = [visitor.get(entry.address), visitor.post(entry.address, {"catatan": "x"})]
        not_ready = visitor.client.get("/readyz").status_code
        admin.execute("ALTER DATABASE demo ALLOW_CONNECTIONS true")

    assert ([page.status for page in during], not_ready) == ([503, 503], 503)
    assert {page.title for page in during} == {"Layanan sedang tidak tersedia"}
    assert stage.rows(app) == before
    assert visitor.complete(entry.address, answers.for_element(NGANJUK, "row_02")).status == 303


def test_a_server_that_was_restarted_is_found_again(postgresql: PostgreSQL, tmp_path: Path) -> None:
    app = stage.started(Settings(data=tmp_path, database=postgresql.create_database("restarted")))
    with app.app_context():
        schema.upgrade()
        with db.engine.connect() as killer:
            with db.engine.connect() as victim:
                number = victim.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
            killer.exec_driver_sql(f"SELECT pg_terminate_backend({number}, 5000)")

    assert app.test_client().get("/readyz").status_code == 200
    stage.release(app)


def test_a_wrong_statement_is_no_outage(app: Flask) -> None:
    with app.app_context():
        with pytest.raises(DBAPIError) as wrong:
            db.session.connection().exec_driver_sql("SELECT nothing FROM nowhere")
        db.session.rollback()

    assert not readiness.is_away(wrong.value)


def test_a_pool_that_is_empty_is_an_outage() -> None:
    assert readiness.is_away(TimeoutError("QueuePool limit reached"))
    assert not readiness.is_away(ValueError("something else"))
