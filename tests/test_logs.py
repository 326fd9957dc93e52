"""What the log tells: enough to find a request and its case, and nothing that anybody typed."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from service import jobs, logs
from service.errors import EngineFailed
from service.models import db
from tests import answers, stage
from tests.answers import NGANJUK
from tests.test_executor import begun, working
from tests.walking import Player, Visitor

SECRET = "RahasiaYangDitanam"
Lines = Callable[[], list[dict[str, Any]]]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Log into memory as `laksana serve` does to stderr."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    for handler in handlers:  # else they are closed
        root.removeHandler(handler)
    written = io.StringIO()
    logs.configure(written)
    yield written
    root.handlers[:] = handlers
    root.setLevel(level)
    for own in logs.OWN:
        logging.getLogger(own).setLevel(logging.NOTSET)


@pytest.fixture
def lines(stream: io.StringIO) -> Lines:
    return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_request_is_told_with_its_ids(app: Flask, lines: Lines) -> None:
    with app.app_context():
        player = Player()
        case = player.reach(NGANJUK, "row_02")
        task, person = player.task(case, "row_02").id, player.actor("nganjuk.kasubbag").person_id
    client = Visitor(app, "nganjuk.kasubbag").client

    answer = client.get(f"/tugas/{task}?cari={SECRET}")

    told = lines()[-1]
    assert told.pop("milliseconds") > 0
    assert told.pop("timestamp").endswith("Z")
    assert told == {
        "event": "request",
        "level": "info",
        "logger": "laksana",
        "request": answer.headers["X-Request-Id"],
        "method": "GET",
        "endpoint": "tasks.task",
        "status": 200,
        "office": "nganjuk",
        "user": str(person),
        "task": str(task),
    }


def test_a_request_does_not_tell_the_ids_of_the_one_before(app: Flask, lines: Lines) -> None:
    with app.app_context():
        case = Player().reach(NGANJUK, "row_02")
    Visitor(app, "nganjuk.sekretaris").get(f"/berkas/{case}")

    app.test_client().get("/masuk")

    assert [told.get("case") for told in lines()[-2:]] == [str(case), None]
    assert "user" not in lines()[-1]


def test_nothing_typed_is_ever_told(app: Flask, stream: io.StringIO, lines: Lines) -> None:
    app.test_client().get(f"/{SECRET}?x={SECRET}")
    Visitor(app, "nganjuk.sekretaris").post(
        f"/mulai/{NGANJUK}", {"judul": SECRET, "tahun": "2026", "periode": "Triwulan III"}
    )
    visitor = Visitor(app, "nganjuk.sekretaris")
    (entry, *_) = visitor.inbox()
    visitor.post(entry.address, {"catatan": SECRET, SECRET: SECRET}, [("berkas.baru", f"{SECRET}.pdf", b"%PDF-1.4")])
    visitor.post(f"{entry.address}/lampiran", {"field": "berkas"}, [("berkas", f"{SECRET}.exe", answers.content("x"))])
    visitor.post("/masuk", {"user_name": SECRET, "password": SECRET})
    visitor.get(f"/mulai/{SECRET}")

    assert len(lines()) > 6
    assert {told["event"] for told in lines()} == {"request"}
    assert SECRET not in stream.getvalue()


def test_a_failure_is_told_by_class_and_place_and_not_by_its_sentence(
    app: Flask, database: str, stream: io.StringIO
) -> None:
    app.testing = False
    log = logging.getLogger("service.somewhere")
    with app.app_context():
        try:
            db.session.execute(text("INSERT INTO nowhere VALUES (:x)"), {"x": SECRET})
        except Exception as error:
            log.exception("background work failed")
            log.warning("it failed: %s", error)
    log.warning("%s and %(name)s".replace("%(name)s", "%s"), EngineFailed(SECRET), ValueError(SECRET))
    app.testing = True

    told = [json.loads(line) for line in stream.getvalue().splitlines()]

    assert SECRET not in stream.getvalue()
    failures = {
        "sqlite": ["OperationalError", "OperationalError"],
        "postgresql": ["ProgrammingError", "UndefinedTable"],
    }
    assert told[0]["failure"] == failures[database]
    assert told[0]["trace"][0].startswith("tests/test_logs.py:")
    assert [line["event"] for line in told[1:]] == [
        f"it failed: {failures[database][0]}",
        "engine-failed and ValueError",
    ]


def test_failures_that_name_each_other_are_told_once(stream: io.StringIO) -> None:
    first, second = ValueError(), KeyError()
    first.__context__, second.__context__ = second, first

    logging.getLogger("service").error("failed", exc_info=first)

    assert json.loads(stream.getvalue())["failure"] == ["ValueError", "KeyError"]


def test_a_failure_that_goes_deep_is_told(stream: io.StringIO) -> None:
    def deeper() -> None:
        deeper()

    try:
        deeper()
    except RecursionError:
        logging.getLogger("service").exception("failed")

    assert json.loads(stream.getvalue())["failure"] == ["RecursionError"]


def test_a_terminal_gets_lines_for_people(stream: io.StringIO) -> None:
    del stream
    terminal = Terminal()
    logs.configure(terminal)

    logging.getLogger("service").warning("something")

    assert "something" in terminal.getvalue()
    assert not terminal.getvalue().startswith("{")


def test_the_planted_word_would_be_seen(stream: io.StringIO) -> None:
    logging.getLogger("service").warning("typed: %s", SECRET)

    assert SECRET in stream.getvalue()


def test_a_row_of_background_work_that_fails_is_told_by_its_office_and_id(
    app: Flask, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun(app, 1)
    rows: list[jobs.Row] = []

    def failing(kind: str, row: jobs.Row, *_: object) -> int:
        if kind == "timers":
            rows.append(row)
            raise RuntimeError(SECRET)
        return 0

    monkeypatch.setattr(jobs, "do", failing)
    with working(app):
        stage.eventually(app, lambda: any(line["event"] == "job failed" for line in lines()))

    told = next(line for line in lines() if line["event"] == "job failed")
    assert ((told["office"], told["row"]), told["kind"], told["worker"]) == (rows[0], "timers", "here")
    assert "row" not in next(line for line in lines() if line["event"] == "job")
