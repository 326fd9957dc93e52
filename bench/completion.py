"""CPU of one completed task over HTTP, against a bare Flask request with one UPDATE, two INSERTs and a COMMIT.

Both servers run as processes of their own under waitress; the figure is their CPU time, so the client and the
disk's waiting do not count. On SQLite, or with `LAKSANA_DATABASE` on an empty PostgreSQL database.
"""

import os
import re
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from itertools import count
from json import dumps
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psycopg

from bench.measuring.figures import at_most, show, title
from tests import answers

ROUNDS = 200
WARM_UP = 20
GOAL = 2
PROCESS = answers.NGANJUK
PORTS = {"floor": 8191, "laksana": 8192}
FLOOR_TABLES = (
    "DROP TABLE IF EXISTS floor_state",
    "DROP TABLE IF EXISTS floor_task",
    "DROP TABLE IF EXISTS floor_history",
    "CREATE TABLE floor_state (id INTEGER PRIMARY KEY, version INTEGER, content TEXT)",
    "CREATE TABLE floor_task (id INTEGER PRIMARY KEY, lane TEXT, status TEXT)",
    "CREATE TABLE floor_history (id INTEGER PRIMARY KEY, body TEXT)",
    "INSERT INTO floor_state VALUES (1, 0, '')",
)
FLOOR_ACT = (
    "BEGIN",
    "UPDATE floor_state SET version = version + 1, content = ? WHERE id = 1",
    "INSERT INTO floor_task VALUES (?, ?, 'open')",
    "INSERT INTO floor_history VALUES (?, ?)",
    "COMMIT",
)
SILENT = subprocess.DEVNULL
TICKS = os.sysconf("SC_CLK_TCK")


def floor() -> None:
    """Serve a bare Flask application: a form in, one UPDATE, two INSERTs and a COMMIT, a redirect out."""
    from flask import Flask, redirect, request  # noqa: PLC0415 - only this process needs it
    from waitress import serve  # noqa: PLC0415
    from werkzeug.wrappers import Response  # noqa: PLC0415

    app = Flask("floor")
    database, mark = bare_database(sys.argv[2])
    run = database.execute
    acts = [statement.replace("?", mark) for statement in FLOOR_ACT]
    for statement in FLOOR_TABLES:
        run(statement)
    numbers = count()

    @app.post("/")
    def take() -> Response:
        answers, number = dumps(request.form.to_dict(flat=False)), next(numbers)
        values = ((), (answers,), (number, "Kepala Dinas"), (number, answers), ())
        for statement, given in zip(acts, values, strict=True):
            run(statement, given)
        return redirect("/done", 303)

    serve(app, host="127.0.0.1", port=PORTS["floor"], threads=8)


def bare_database(address: str) -> tuple[Any, str]:
    """Open a database by its driver alone, without implicit transactions; return it with its mark of a parameter."""
    if address.startswith("postgresql"):
        return psycopg.connect(address.replace("+psycopg", "", 1), autocommit=True), "%s"
    database = sqlite3.connect(address, check_same_thread=False, isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    return database, "?"


class Browser:
    """As much of a browser as the measurement needs: one connection, cookies, forms."""

    def __init__(self, port: int) -> None:
        self.connection = HTTPConnection("127.0.0.1", port, timeout=30)
        self.cookies: dict[str, str] = {}

    def ask(self, method: str, path: str, form: list[tuple[str, str]] | None = None) -> tuple[int, str, str]:
        """Return status, location and body of an answer."""
        held = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"Cookie": held} if held else {}
        body = None
        if form is not None:
            body = urlencode(form)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        text = answer.read().decode()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.split(";")[0].partition("=")
            self.cookies[name] = value
        return answer.status, answer.headers.get("Location", ""), text

    def token(self, path: str) -> str:
        """Return the CSRF token of a page."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.ask("GET", path)[2])
        if found is None:
            raise RuntimeError(f"no token on {path}")
        return found[1]


@contextmanager
def server(name: str, command: list[str], **environment: str) -> Iterator[int]:
    """Run a server until the block ends; give its process id."""
    process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=SILENT, stderr=SILENT)  # noqa: S603
    try:
        for _ in range(600):
            try:
                HTTPConnection("127.0.0.1", PORTS[name], timeout=1).connect()
                break
            except OSError:
                time.sleep(0.1)
        yield process.pid
    finally:
        process.terminate()
        process.wait()


def cpu_milliseconds(process_id: int) -> float:
    """Return the CPU time that a process has used."""
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / TICKS


def measured(process_id: int, acts: list[Callable[[], object]]) -> float:
    """Return CPU milliseconds per act, after a warm-up."""
    for act in acts[:WARM_UP]:
        act()
    before = cpu_milliseconds(process_id)
    for act in acts[WARM_UP:]:
        act()
    return (cpu_milliseconds(process_id) - before) / len(acts[WARM_UP:])


def floor_cost(folder: str) -> float:
    """Measure the bare request."""
    form = answers.as_html(answers.for_element(PROCESS, "row_01"))
    database = os.environ.get("LAKSANA_DATABASE") or f"{folder}/floor.db"
    with server("floor", [sys.executable, "-m", "bench.completion", "floor", database]) as process_id:
        browser = Browser(PORTS["floor"])

        def act() -> None:
            if browser.ask("POST", "/", form)[0] != 303:  # noqa: PLR2004 - see other
                raise RuntimeError("the floor refused")

        return measured(process_id, [act] * (ROUNDS + WARM_UP))


def completion_cost(folder: str) -> float:
    """Measure the completion of the first step of many cases."""
    command = [sys.executable, "-c", "from service.cli import main; main(['serve', '--demo'])"]
    with server("laksana", command, LAKSANA_DATA=folder, LAKSANA_PORT=str(PORTS["laksana"])) as process_id:
        browser = Browser(PORTS["laksana"])
        token = browser.token("/masuk")
        person = [("csrf_token", token), ("user_name", "nganjuk.sekretaris"), ("password", "laksana")]
        browser.ask("POST", "/masuk", person)
        token = browser.token(f"/mulai/{PROCESS}")
        start = [("csrf_token", token), *answers.as_html(answers.for_element(PROCESS, "mulai"))]
        for _ in range(ROUNDS + WARM_UP):
            browser.ask("POST", f"/mulai/{PROCESS}", start)
        form = [("csrf_token", token), *answers.as_html(answers.for_element(PROCESS, "row_01"))]

        def completing(task: str) -> Callable[[], None]:
            def act() -> None:
                if browser.ask("POST", task, form)[0] != 303:  # noqa: PLR2004 - see other
                    raise RuntimeError(f"{task} was not completed")

            return act

        return measured(process_id, [completing(task) for task in _tasks(browser)])


def _tasks(browser: Browser) -> list[str]:
    found: list[str] = []
    for page in range(1, ROUNDS):
        rows = re.findall(r'href="(/tugas/[0-9a-f-]{36})"', browser.ask("GET", f"/tugas?hal={page}")[2])
        if not rows:
            break
        found += rows
    return list(dict.fromkeys(found))[: ROUNDS + WARM_UP]


def main() -> None:
    """Print both figures and their ratio."""
    with tempfile.TemporaryDirectory() as folder:
        bare = floor_cost(folder)
        whole = completion_cost(f"{folder}/data")
    where = "PostgreSQL" if os.environ.get("LAKSANA_DATABASE") else "SQLite"
    title(f"A completed task over HTTP on {where}, CPU of the server")
    show("bare Flask, one UPDATE, two INSERTs, COMMIT (floor)", bare, "ms")
    show("completed task", whole, "ms", f"= {whole / bare:.1f} x, {at_most(whole / bare, GOAL)}")


if __name__ == "__main__":
    floor() if sys.argv[1:2] == ["floor"] else main()
