"""CPU of one completed task over HTTP, against a bare Flask request with one UPDATE, two INSERTs and a COMMIT.

The floor speaks to the driver itself, which is the least that there is. Beside it, for whoever wonders what is usual,
the same request through the session of Flask-SQLAlchemy. All servers run as processes of their own under waitress; the
figure is their CPU time, so the client, the server of the database and the disk's waiting do not count.
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
from threading import local
from typing import Any
from urllib.parse import urlencode

import psycopg
from flask import Flask, redirect, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import update
from sqlalchemy.ext.automap import automap_base
from waitress import serve
from werkzeug.wrappers import Response

from bench.measuring.figures import at_most, show, title
from service.cli.dispatching import threads
from tests import answers, provision

ROUNDS = 1_000
WARM_UP = 20
GOAL = 2
PROCESS = answers.NGANJUK
PORT = 8191
STATES = 1_000
FLOOR_TABLES = (
    "CREATE TABLE IF NOT EXISTS floor_state (id INTEGER PRIMARY KEY, version INTEGER, content TEXT)",
    "CREATE TABLE IF NOT EXISTS floor_task (id INTEGER PRIMARY KEY, lane TEXT, status TEXT)",
    "CREATE TABLE IF NOT EXISTS floor_history (id INTEGER PRIMARY KEY, body TEXT)",
)
FLOOR_ACT = (
    "BEGIN",
    "UPDATE floor_state SET version = version + 1, content = ? WHERE id = ?",
    "INSERT INTO floor_task VALUES (?, ?, 'open')",
    "INSERT INTO floor_history VALUES (?, ?)",
    "COMMIT",
)
SERVE = [sys.executable, "-c", "from service.cli import main; main(['serve', '--demo'])"]
PERSON = "nganjuk.sekretaris"
DRIVER, SESSION = "driver", "session"
"""The two ways in which the bare request writes."""
Form = list[tuple[str, str]]
Write = Callable[[int, str], None]
TOLD = "laksana_kabar"
"""What the next page tells, and then forgets; nobody opens it here, so it is thrown away at once."""
SILENT = subprocess.DEVNULL
TICKS = os.sysconf("SC_CLK_TCK")


def floor(way: str, address: str, port: int) -> None:
    """Serve a bare Flask application: a form in, one UPDATE, two INSERTs and a COMMIT, a redirect out."""
    app = Flask("floor")
    write = by_driver(address) if way == DRIVER else by_session(app, address)
    numbers = count(port * 100_000)

    @app.post("/")
    def take() -> Response:
        write(next(numbers), dumps(request.form.to_dict(flat=False)))
        return redirect("/done", 303)

    serve(app, host="127.0.0.1", port=port, _dispatcher=threads(8))


def by_driver(address: str) -> Write:
    """Return what writes by the driver alone."""
    own = local()
    _, mark = bare_database(address)
    acts = [statement.replace("?", mark) for statement in FLOOR_ACT]

    def write(number: int, answers: str) -> None:
        if not hasattr(own, "run"):
            own.run = bare_database(address)[0].execute
        values = ((), (answers, number % STATES), (number, "Kepala Dinas"), (number, answers), ())
        for statement, given in zip(acts, values, strict=True):
            own.run(statement, given)

    return write


def by_session(app: Flask, address: str) -> Write:
    """Return what writes as applications with Flask-SQLAlchemy do."""
    app.config["SQLALCHEMY_DATABASE_URI"] = address if address.startswith("postgresql") else f"sqlite:///{address}"
    db = SQLAlchemy(app)
    base = automap_base()
    with app.app_context():
        base.prepare(db.engine)
    state, task, history = (base.classes[f"floor_{name}"] for name in ("state", "task", "history"))

    def write(number: int, answers: str) -> None:
        changed = update(state).where(state.id == number % STATES)
        db.session.execute(changed.values(version=state.version + 1, content=answers))
        db.session.add_all([task(id=number, lane="Kepala Dinas", status="open"), history(id=number, body=answers)])
        db.session.commit()

    return write


def prepare_floor(address: str) -> None:
    """Set the tables of the bare application up."""
    database, mark = bare_database(address)
    for statement in FLOOR_TABLES:
        database.execute(statement)
    for number in range(STATES):
        database.execute(f"INSERT INTO floor_state VALUES ({mark}, 0, '')", (number,))  # noqa: S608 - a mark, no value
    database.close()


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

    def ask(self, method: str, path: str, form: Form | None = None) -> tuple[int, str, str]:
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
            if name != TOLD:
                self.cookies[name] = value
        return answer.status, answer.headers.get("Location", ""), text

    def token(self, path: str) -> str:
        """Return the CSRF token of a page."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.ask("GET", path)[2])
        if found is None:
            raise RuntimeError(f"no token on {path}")
        return found[1]


@contextmanager
def server(port: int, command: list[str], **environment: str) -> Iterator[int]:
    """Run a server until the block ends; give its process id."""
    process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=SILENT, stderr=SILENT)  # noqa: S603
    try:
        for _ in range(600):
            try:
                HTTPConnection("127.0.0.1", port, timeout=1).connect()
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


def floor_command(address: str, port: int, way: str = DRIVER) -> list[str]:
    """Return how the bare application is served."""
    return [sys.executable, "-m", "bench.completion", way, address, str(port)]


def signed_in(port: int) -> tuple[Browser, str]:
    """Return the browser of the person whose step is measured, and the token of his forms."""
    browser = Browser(port)
    token = browser.token("/masuk")
    browser.ask("POST", "/masuk", [("csrf_token", token), ("user_name", PERSON), ("password", "laksana")])
    return browser, browser.token(f"/mulai/{PROCESS}")


def begin(browser: Browser, token: str, cases: int) -> list[str]:
    """Start cases, and return the addresses of their first tasks."""
    form = [("csrf_token", token), *answers.as_html(answers.for_element(PROCESS, "mulai"))]
    for _ in range(cases):
        browser.ask("POST", f"/mulai/{PROCESS}", form)
    found: list[str] = []
    for page in count(1):
        rows = re.findall(r'href="(/tugas/[0-9a-f-]{36})"', browser.ask("GET", f"/tugas?hal={page}")[2])
        if not rows:
            break
        found += rows
    return list(dict.fromkeys(found))[:cases]


def answered(token: str) -> Form:
    """Return the form of the step that is measured, filled in."""
    return [("csrf_token", token), *answers.as_html(answers.for_element(PROCESS, "row_01"))]


def posting(browser: Browser, path: str, form: Form) -> Callable[[], None]:
    """Return the act of sending a form that must be taken."""

    def act() -> None:
        if browser.ask("POST", path, form)[0] != 303:  # noqa: PLR2004 - see other
            raise RuntimeError(f"{path} was refused")

    return act


def floor_cost(address: str, way: str = DRIVER) -> float:
    """Measure the bare request."""
    prepare_floor(address)
    with server(PORT, floor_command(address, PORT, way)) as process_id:
        return measured(process_id, [posting(Browser(PORT), "/", answered(""))] * (ROUNDS + WARM_UP))


def completion_cost(database: str, folder: str) -> float:
    """Measure the completion of the first step of many cases."""
    settings = {"LAKSANA_DATA": folder, "LAKSANA_DATABASE": database, "LAKSANA_PORT": str(PORT)}
    with server(PORT, SERVE, **settings) as process_id:
        browser, token = signed_in(PORT)
        tasks = begin(browser, token, ROUNDS + WARM_UP)
        form = answered(token)
        return measured(process_id, [posting(browser, task, form) for task in tasks])


def compare(where: str, bare: float, usual: float, whole: float) -> None:
    """Print the figures and the ratio."""
    title(f"A completed task over HTTP on {where}, CPU of the web process")
    show("bare Flask, one UPDATE, two INSERTs, COMMIT (floor)", bare, "ms")
    show("the same through Flask-SQLAlchemy", usual, "ms", f"= {usual / bare:.1f} x")
    show("completed task", whole, "ms", f"= {whole / bare:.1f} x, {at_most(whole / bare, GOAL)}")


def main() -> None:
    """Measure on both databases."""
    with tempfile.TemporaryDirectory() as folder:
        bare, usual = floor_cost(f"{folder}/floor.db"), floor_cost(f"{folder}/usual.db", SESSION)
        compare("SQLite", bare, usual, completion_cost("", f"{folder}/data"))
    with provision.postgresql(durable=True) as database, tempfile.TemporaryDirectory() as folder:
        bare = floor_cost(database.create_database("floor"))
        usual = floor_cost(database.create_database("usual"), SESSION)
        compare("PostgreSQL", bare, usual, completion_cost(database.create_database("laksana"), folder))


if __name__ == "__main__":
    floor(sys.argv[1], sys.argv[2], int(sys.argv[3])) if sys.argv[1:] else main()
