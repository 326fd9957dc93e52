"""Background work by DBOS: whatever dies, waits or comes twice, what is due happens once."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from threading import Event, Thread
from typing import Any
from uuid import UUID

import pytest
import time_machine
from dbos._sys_db import SystemDatabase
from flask import Flask
from sqlalchemy import text, update
from sqlalchemy.exc import OperationalError

from service import jobs, store
from service.errors import Conflict
from service.jobs import executor
from service.jobs.executor import Executor
from service.models import Instance, Waiting, Worker, db
from service.queries import workers
from service.settings import Settings
from tests import stage
from tests.conftest import on_postgresql
from tests.drafting import Sketch, pause, timer
from tests.engine.drawing import end, line, process, start, task
from tests.machines.nodes import free_port
from tests.stage import Demo

PATIENCE = 60
PAST = pause("tunggu", "timeDate", "2026-01-01T08:00:00+07:00")
WAITING = process(start(), PAST, task("isi"), end(), line("mulai", "tunggu", "isi", "selesai"))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a worker look more often than it has to in an office."""
    monkeypatch.setattr(executor, "PAUSE", 0.1)
    monkeypatch.setattr(executor, "POLL", 0.1)
    monkeypatch.setattr(executor, "BEAT", timedelta(seconds=0.2))


@contextmanager
def working(app: Flask, name: str = "here") -> Iterator[Executor]:
    """Let this process do background work meanwhile."""
    stop, worker = Event(), Executor(app.app_context, name, app.config["LAKSANA"])
    thread = Thread(target=worker.work, args=(stop,))
    thread.start()
    try:
        yield worker
    finally:
        stop.set()
        thread.join(PATIENCE)
        assert not thread.is_alive()


@contextmanager
def started(demo: Demo, name: str, metrics: int = 0, errors: int | None = None) -> Iterator[subprocess.Popen[str]]:
    """Start `laksana worker` beside this process."""
    settings = demo.settings
    own = {"LAKSANA_DATA": str(settings.data), "LAKSANA_DATABASE": settings.database}
    environment = {**os.environ, **own, "LAKSANA_METRICS_PORT": str(metrics)}
    with subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-c", "from service.cli import main; main()", "worker", "--id", name],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
    ) as running:
        try:
            yield running
        finally:
            running.kill()


@contextmanager
def colleague(demo: Demo, name: str, metrics: int = 0) -> Iterator[subprocess.Popen[str]]:
    """Run `laksana worker` beside this process."""
    with started(demo, name, metrics) as running:
        assert running.stdout
        assert running.stdout.readline() == f"Laksana: worker {name}\n"
        yield running


def begun(app: Flask, count: int) -> list[UUID]:
    """Start cases whose timer has been due for long."""
    with app.app_context():
        sketch = Sketch()
        sketch.deploy(WAITING)
        return [sketch.begin() for _ in range(count)]


def is_due(case: UUID, in_days: int) -> None:
    """Set the time of a case's timer."""
    due_at = datetime.now(UTC) + timedelta(days=in_days)
    db.session.execute(update(Waiting).where(Waiting.instance_id == case).values(due_at=due_at))
    db.session.commit()


def told(cases: list[UUID]) -> list[list[str]]:
    return [Sketch().kinds(case) for case in cases]


FIRED = ["started", "timer"]


def test_what_is_due_happens_by_itself_and_once(app: Flask) -> None:
    cases = begun(app, 3)

    with working(app):
        stage.eventually(app, lambda: told(cases) == [FIRED] * 3)
        with app.app_context():
            assert db.session.scalars(db.select(Worker.id)).all() == ["here"]

    with app.app_context():
        assert jobs.run_due(Sketch().now) == 0


def test_who_cannot_begin_is_not_seen_alive(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    failed, gone = Event(), Event()

    def launch() -> None:
        if gone.is_set():
            failed.set()  # the second round: whatever the first said of itself is there
        gone.set()
        raise RuntimeError("there is no connection left")

    monkeypatch.setattr("dbos.DBOS.launch", launch)
    with working(app):
        assert failed.wait(PATIENCE)

    with app.app_context():
        assert db.session.scalars(db.select(Worker.id)).all() == []


def test_a_round_that_fails_is_tried_anew(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    cases, due = begun(app, 1), jobs.due
    asked: list[object] = []

    def failing_first(now: object) -> Iterator[jobs.Job]:
        asked.append(now)
        if len(asked) == 1:
            raise RuntimeError("the disk was busy")
        return due(now)  # type: ignore[arg-type]

    monkeypatch.setattr(jobs, "due", failing_first)
    with working(app):
        stage.eventually(app, lambda: told(cases) == [FIRED])


def test_a_row_that_fails_for_no_foreseen_reason_holds_up_no_other(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    cases, do = begun(app, 3), jobs.do
    failed: list[jobs.Row] = []

    def failing_first(kind: str, row: jobs.Row, *rest: object) -> int:
        if kind == "timers" and row in (failed[:1] or [row]):
            failed.append(row)
            raise RuntimeError("nobody thought of this")
        return do(kind, row, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(jobs, "do", failing_first)
    with working(app):
        stage.eventually(app, lambda: sorted(told(cases)) == [["started"], FIRED, FIRED])
        stage.eventually(app, lambda: (db.session.scalar(db.select(Worker.jobs_failed)) or 0) > 0)


def test_a_job_is_done_whose_claim_was_kept_and_its_answer_lost(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    cases, claim, lost = begun(app, 3), SystemDatabase.start_queued_workflows, list[str]()
    monkeypatch.setattr(jobs, "SHARES", 1)

    def unheard(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - whatever DBOS says
        claimed = claim(*arguments, **options)
        if claimed[0] and not lost:
            lost.extend(claimed[0])
            raise OperationalError("COMMIT", {}, ConnectionError("the server closed the connection"))
        return claimed

    monkeypatch.setattr(SystemDatabase, "start_queued_workflows", unheard)
    with working(app):
        stage.eventually(app, lambda: told(cases) == [FIRED] * 3 and not counted(app, "PENDING"))

    assert lost


@on_postgresql
@pytest.mark.parametrize("hours", [-1, 1])
def test_who_lives_is_told_by_the_clock_that_all_machines_share(app: Flask, hours: int) -> None:
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=hours)), working(app):
        stage.eventually(app, lambda: workers.last_seen() is not None)

    with app.app_context():
        assert workers.living(datetime.now(UTC)) == ["here"]
        gone = db.session.get_one(Worker, "here")
        gone.seen_at -= workers.SILENCE
        db.session.commit()
        assert workers.living(datetime.now(UTC)) == []


def test_who_is_told_to_stop_begins_no_other_row_of_a_job(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    cases, do, stop = begun(app, 3), jobs.do, Event()
    monkeypatch.setattr(jobs, "SHARES", 1)

    def told_meanwhile(kind: str, *rest: object) -> int:
        if kind == "timers":
            stop.set()
        return do(kind, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(jobs, "do", told_meanwhile)
    worker = Thread(target=Executor(app.app_context, "here", app.config["LAKSANA"]).work, args=(stop,))
    worker.start()
    worker.join(PATIENCE)
    with app.app_context():
        left = sorted(told(cases))
    with working(app):
        stage.eventually(app, lambda: told(cases) == [FIRED] * 3)

    assert left == [["started"], ["started"], FIRED]


def test_what_a_killed_process_had_begun_is_finished_when_it_is_started_again(app: Flask) -> None:
    cases = begun(app, 1)
    with working(app):
        stage.eventually(app, lambda: told(cases) == [FIRED])
    with app.app_context():
        table = "dbos.workflow_status" if db.engine.dialect.name == "postgresql" else "workflow_status"
        db.session.execute(text(f"UPDATE {table} SET status = 'PENDING'"))  # noqa: S608 - one of two words
        db.session.commit()
        before = told(cases)

    with working(app):
        finished = text(f"SELECT count(*) FROM {table} WHERE status <> 'SUCCESS'")  # noqa: S608 - as above
        stage.eventually(app, lambda: db.session.scalar(finished) == 0)

    with app.app_context():
        assert told(cases) == before


def test_a_night_is_tidied_up_once_and_old_jobs_are_forgotten(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    cases, do = begun(app, 1), jobs.do
    nights: list[jobs.Row] = []

    def noting(kind: str, row: jobs.Row, *rest: object) -> int:
        if kind == "upkeep":
            nights.append(row)
        return do(kind, row, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(jobs, "do", noting)
    for _ in range(2):
        with working(app):
            stage.eventually(app, lambda: told(cases) == [FIRED] and len(nights) == 1 and unfinished(app) == 0)
    assert finished(app) > 0

    monkeypatch.setattr(executor, "KEPT", timedelta(0))
    with working(app):
        stage.eventually(app, lambda: finished(app) == 0)


def finished(app: Flask) -> int:
    return counted(app, "SUCCESS")


def unfinished(app: Flask) -> int:
    return counted(app, "PENDING") + counted(app, "ENQUEUED")


def counted(app: Flask, status: str) -> int:
    """Return how many jobs DBOS knows of in one state."""
    with app.app_context():
        table = "dbos.workflow_status" if db.engine.dialect.name == "postgresql" else "workflow_status"
        found = text(f"SELECT count(*) FROM {table} WHERE status = :status")  # noqa: S608 - one of two words
        return db.session.scalar(found, {"status": status}) or 0


@on_postgresql
def test_many_timers_after_a_pause_go_off_once_each_with_two_workers(demo: Demo, app: Flask) -> None:
    cases = begun(app, 40)

    with colleague(demo, "there") as other, working(app):
        stage.eventually(app, lambda: told(cases) == [FIRED] * 40)
        stage.eventually(app, lambda: len(db.session.scalars(db.select(Worker.id)).all()) == 2)

        other.send_signal(signal.SIGTERM)
        assert other.wait(PATIENCE) == 0


@on_postgresql
def test_a_worker_tells_what_it_counted_where_it_was_told_to(demo: Demo, app: Flask) -> None:
    begun(app, 3)
    port = free_port()

    with colleague(demo, "there", port) as other:
        stage.eventually(app, lambda: 'laksana_steps_total{kind="timer"} 3.0' in scraped(port))
        with started(demo, "second", port, subprocess.PIPE) as second:
            _, said = second.communicate(timeout=PATIENCE)
        other.send_signal(signal.SIGTERM)
        assert other.wait(PATIENCE) == 0

    assert (second.returncode, said.startswith(f"Error: LAKSANA_METRICS_PORT {port} at 127.0.0.1: ")) == (1, True)


def scraped(port: int) -> list[str]:
    """Return what a monitoring system reads at a port."""
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", "/metrics")
        return connection.getresponse().read().decode().splitlines()
    finally:
        connection.close()


@on_postgresql
def test_the_work_of_a_dead_worker_is_taken_over(demo: Demo, app: Flask) -> None:
    (case,) = cases = begun(app, 1)
    is_held = text("SELECT count(*) FROM dbos.workflow_status WHERE status = 'PENDING' AND executor_id = 'there'")
    is_there = text("SELECT to_regclass('dbos.queues') IS NOT NULL")
    has_begun = text("SELECT count(*) FROM dbos.queues")
    with app.app_context():
        engine = db.engine
        is_due(case, in_days=1)
    with colleague(demo, "there") as other:
        stage.eventually(app, lambda: bool(db.session.scalar(is_there) and db.session.scalar(has_begun) == 2))
        with engine.connect() as holder:
            holder.execute(db.select(Instance.id).where(Instance.id == case).with_for_update())
            with app.app_context():
                is_due(case, in_days=-1)
            stage.eventually(app, lambda: db.session.scalar(is_held) == 1)
            other.kill()
            other.wait(PATIENCE)
    with app.app_context():
        assert told(cases) == [["started"]]
        silent = datetime.now(UTC) - timedelta(seconds=61)
        db.session.execute(update(Worker).where(Worker.id == "there").values(seen_at=silent))
        db.session.commit()

    with working(app):
        stage.eventually(app, lambda: told(cases) == [FIRED])


def test_the_clock_of_a_process_and_the_case_that_it_orders_are_one(sketch: Sketch) -> None:
    event = start().replace("/>", f">{timer('timeCycle', 'R/P1D')}</bpmn:startEvent>")
    sketch.deploy(process(event, task("isi"), end(), line("mulai", "isi", "selesai")))
    sketch.now += timedelta(days=1, minutes=1)
    ordered = [job for job in jobs.due(sketch.now) if job.kind == "starts"]
    assert [jobs.do(job.kind, row, sketch.now, Settings()) for job in ordered * 2 for row in job.rows] == [0, 0]

    delivered = [job for job in jobs.due(sketch.now) if job.kind == "messages"]
    done = [jobs.do(job.kind, row, sketch.now, Settings()) for job in delivered * 2 for row in job.rows]

    assert (done, sum(1 for _ in db.session.scalars(db.select(Instance.id)))) == ([1, 0], 1)
    assert list(jobs.due(sketch.now)) == []


@on_postgresql
def test_workers_start_one_after_another(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = Event()

    def starting_alone() -> AbstractContextManager[None]:
        return noting(store.workers.starting_alone(), refused)

    def is_ready() -> bool:
        return db.session.scalar(text("SELECT to_regclass('dbos.workflow_status')")) is not None

    monkeypatch.setattr(store, "starting_alone", starting_alone)
    with app.app_context():
        assert not is_ready()
        with store.workers.starting_alone(), working(app):
            assert refused.wait(PATIENCE)
            assert not is_ready()
            db.session.rollback()
            stage.eventually(app, is_ready)


@contextmanager
def noting(way: AbstractContextManager[None], refused: Event) -> Iterator[None]:
    """Go a way, and note whether it is closed."""
    try:
        with way:
            yield
    except Conflict:
        refused.set()
        raise
