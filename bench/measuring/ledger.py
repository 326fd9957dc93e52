"""The least that makes a step durable on SQLite: the state, its tasks, its history, its large variables."""

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from json import dumps
from pathlib import Path
from typing import Any

from bench.measuring.figures import timed
from bench.measuring.sop import NOW, REVIEW, answers
from service.engine.state import unpack
from service.engine.workflow import Specification, Step, hydrate, start

TABLES = """
CREATE TABLE instance (id INTEGER PRIMARY KEY, version INTEGER, state BLOB);
CREATE TABLE task (instance INTEGER, id TEXT, element TEXT, status TEXT, ended_at TEXT, PRIMARY KEY (instance, id));
CREATE TABLE history (instance INTEGER, sequence INTEGER, at TEXT, body TEXT, PRIMARY KEY (instance, sequence));
CREATE TABLE large (instance INTEGER, digest TEXT, content BLOB, PRIMARY KEY (instance, digest));
CREATE TABLE whole (id INTEGER PRIMARY KEY, state TEXT);
"""


class Ledger:
    """One SQLite file, as durable as the service makes its own."""

    def __init__(self, folder: str) -> None:
        self.database = sqlite3.connect(Path(folder) / "ledger.db", isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            self.database.execute(f"PRAGMA {pragma}")
        self.database.executescript(TABLES)

    def begin(self, definition: Specification, data: Mapping[str, Any]) -> "Case":
        """Start a case and keep it."""
        step = start(definition, data, NOW)
        run = self.database.execute
        run("BEGIN IMMEDIATE")
        number = run("INSERT INTO instance (version, state) VALUES (1, ?)", (step.state,)).lastrowid or 0
        self._keep(number, step)
        run("COMMIT")
        return Case(self, definition, number, step)

    def copy(self, case: "Case") -> "Case":
        """Keep the same case once more, without its history."""
        run = self.database.execute
        run("BEGIN IMMEDIATE")
        row = "INSERT INTO instance (version, state) SELECT version, state FROM instance WHERE id = ?"
        number = run(row, (case.number,)).lastrowid or 0
        run("INSERT INTO large SELECT ?, digest, content FROM large WHERE instance = ?", (number, case.number))
        run(
            "INSERT INTO task SELECT ?, id, element, status, ended_at FROM task WHERE instance = ?",
            (number, case.number),
        )
        run("COMMIT")
        return Case(self, case.definition, number, case.step)

    def floor(self, times: int) -> Iterator[float]:
        """Yield the CPU milliseconds of the least that can be durable: one small row, committed."""
        for _ in range(times):
            yield timed(lambda: self.database.execute("INSERT INTO whole (state) VALUES ('')"))[0]

    def add_whole(self, state: str) -> int:
        """Keep a case that is one text, and return its number."""
        return self.database.execute("INSERT INTO whole (state) VALUES (?)", (state,)).lastrowid or 0

    def load(self, number: int, task: str) -> tuple[bytes, int]:
        """Return state and version of a case if its task is open."""
        asked = (
            "SELECT state, version FROM instance JOIN task ON instance.id = task.instance "
            "WHERE instance.id = ? AND task.id = ? AND status = 'open'"
        )
        state, version = self.database.execute(asked, (number, task)).fetchone()
        return state, version

    def save(self, number: int, version: int, task: str, values: Mapping[str, Any], step: Step) -> None:
        """Save what a step did in one transaction."""
        run, at = self.database.execute, NOW.isoformat()
        run("BEGIN IMMEDIATE")
        moved = run(
            "UPDATE instance SET state = ?, version = version + 1 WHERE id = ? AND version = ?",
            (step.state, number, version),
        )
        assert moved.rowcount == 1
        run("UPDATE task SET status = 'completed', ended_at = ? WHERE instance = ? AND id = ?", (at, number, task))
        self._keep(number, step)
        body = dumps({"values": values, "passed": [[p.process, p.element, p.flow] for p in step.passed]})
        run("INSERT INTO history VALUES (?, ?, ?, ?)", (number, version, at, body))
        run("COMMIT")

    def _keep(self, number: int, step: Step) -> None:
        for task in step.open_tasks:
            row = (number, task.id, task.element)
            self.database.execute("INSERT OR IGNORE INTO task VALUES (?, ?, ?, 'open', NULL)", row)
        for digest in step.gone_values:
            self.database.execute("DELETE FROM large WHERE instance = ? AND digest = ?", (number, digest))
        for digest, content in step.new_values.items():
            self.database.execute("INSERT INTO large VALUES (?, ?, ?)", (number, digest, content))

    def large(self, number: int, digest: str) -> bytes:
        """Return a large variable of a case."""
        asked = "SELECT content FROM large WHERE instance = ? AND digest = ?"
        (content,) = self.database.execute(asked, (number, digest)).fetchone()
        return unpack(content)


@dataclass
class Case:
    """A case in a ledger, with its last step."""

    ledger: Ledger
    definition: Specification
    number: int
    step: Step

    @property
    def element(self) -> str:
        """Return the element of the first open task."""
        return self.step.open_tasks[0].element

    def advance(self) -> None:
        """Do one durable step: load the case and its task, complete, save everything, commit."""
        task = self.step.open_tasks[0]
        values = answers(task.element)
        state, version = self.ledger.load(self.number, task.id)
        execution = hydrate(self.definition, state, lambda digest: self.ledger.large(self.number, digest))
        self.step = execution.complete(task.id, values, NOW)
        self.ledger.save(self.number, version, task.id, values, self.step)

    def reach_review(self) -> "Case":
        """Go on until the draft is reviewed."""
        while self.element != REVIEW:
            self.advance()
        return self

    def samples(self, times: int) -> Iterator[float]:
        """Yield the CPU milliseconds of the next step, done on so many copies."""
        for copy in [self.ledger.copy(self) for _ in range(times)]:
            yield timed(copy.advance)[0]

    def be_returned(self, times: int = 1) -> "Case":
        """Return the draft at its review and bring it there again."""
        for _ in range(times):
            self.advance()
            self.reach_review()
        return self
