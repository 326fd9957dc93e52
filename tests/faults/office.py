"""An office at work: its database, its program, its people, and the round in which a fault strikes."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from threading import Event, Thread
from time import monotonic
from unittest.mock import patch
from uuid import uuid4

from flask import Flask

from service import catalogue, deployments, identity
from service.deployments import File
from service.settings import Settings
from tests import stage
from tests.drafting import message, pause, throw
from tests.engine.drawing import definitions, end, line, process, start, task
from tests.faults import oracle
from tests.faults.ledger import Ledger
from tests.faults.oracle import Verdict
from tests.faults.people import Clerk, Desk
from tests.faults.program import Plant, Program, free_port
from tests.faults.servers import Server

CLERKS = 3
PATIENCE = 25.0
"""Seconds within which everything has to be settled when nothing is broken any more."""
FORM = b"""{"type": "default", "id": "isian", "schemaVersion": 19, "components": [
    {"type": "textfield", "id": "f1", "key": "judul", "label": "Judul"},
    {"type": "textfield", "id": "f2", "key": "nilai", "label": "Nilai"}]}"""
TIMES = {"jam": ("timeDate", "2026-01-01T08:00:00+07:00"), "menit": ("timeDuration", "PT1M")}
CLOCKWORK = [
    process(
        start(form="isian"), task("isi"), pause("tunggu", *time), throw("kirim", message()), end(),
        line("mulai", "isi", "tunggu", "kirim", "selesai"), key=key,
    )
    for key, time in TIMES.items()
]  # fmt: skip
ANSWERING = process(
    f'<bpmn:startEvent id="mulai">{message()}</bpmn:startEvent>', end(), line("mulai", "selesai"), key=oracle.ANSWERING
)


@dataclass(frozen=True)
class Fresh:
    """The demonstration offices before anybody worked, on both databases."""

    file: bytes
    server: Server
    template: str

    @classmethod
    def prepared(cls, folder: Path, server: Server) -> "Fresh":
        """Set the offices up, with a process of timers and messages beside the five SOPs."""
        demo = stage.Demo.prepared(folder)
        now = datetime.now(UTC) - timedelta(days=1)
        roots = '<bpmn:message id="m" name="jawab"/>'
        with demo.app.app_context():
            analyst = identity.actor(identity.person_named("analis"), "blitar", stage.MONDAY)
            for drawn in (*CLOCKWORK, ANSWERING):
                files = [File("gambar.bpmn", definitions(roots, drawn)), File("isian.form", FORM)]
                deployments.deploy(analyst, files, now)
        template = f"fresh-{uuid4().hex}"
        with server.connect() as connection:
            connection.execute(f'CREATE DATABASE "{template}"')
        copy = stage.copied(demo.app, Settings(data=folder / "copy", database=server.url(template)))
        stage.release(copy)
        stage.release(demo.app)
        return cls((folder / "laksana.db").read_bytes(), server, template)


@dataclass
class Office:
    """One database, the program on it, and the people before it."""

    fresh: Fresh
    database: str
    folder: Path
    rng: Random
    name: str = ""
    port: int = field(default_factory=free_port)
    front: int = 0
    """Where people reach the program, if not at its own port."""
    behind: int = 0
    """Where the program reaches PostgreSQL, if not at its own port."""
    plants: Callable[[], Sequence[Plant]] = tuple
    """What is done in every process of the program before it begins."""
    twice: bool = False
    """Whether people send everything twice."""
    keyed: bool = True
    """Whether they send the key of a form with it."""
    let_time_pass: Callable[[], None] = lambda: None
    """What brings about that everything that waits for a time becomes due."""
    has_worker: bool = False
    patience: float = PATIENCE
    clockwork: str = ""
    """The process with a timer and a message that people work beside the SOPs."""
    web: Program | None = None
    worker: Program | None = None
    clerks: list[Clerk] = field(default_factory=list)
    guests: list[Desk] = field(default_factory=list)
    """Who came beside the clerks."""

    def __post_init__(self) -> None:
        self.name = f"office-{uuid4().hex}"
        if self.database == "sqlite":
            (self.folder / "laksana.db").write_bytes(self.fresh.file)
        else:
            self.fresh.server.copy(self.fresh.template, self.name)
        self.ledger = Ledger(self.folder / "ledger.jsonl")
        self.log = self.folder / "log"
        self.app = reader(Settings(data=self.folder, database=self.url()))

    def url(self, port: int | None = None) -> str:
        """Return the address of the database, empty for the file."""
        return "" if self.database == "sqlite" else self.fresh.server.url(self.name, port)

    def open(self) -> None:
        """Start what does not run."""
        while self.web is None or self.web.is_over():
            self.web = self.started("serve")
            if not self.web.serves(self.port):
                self.web = None
        if self.has_worker and self.database == "postgresql" and (self.worker is None or self.worker.is_over()):
            self.worker = self.started("worker", "--id", "satu")

    def started(self, *arguments: str) -> Program:
        """Start a command of the program on this office."""
        environment = {
            "LAKSANA_DATA": str(self.folder), "LAKSANA_PORT": str(self.port), "LAKSANA_LEAST_FREE_MB": "1",
            "LAKSANA_DATABASE": self.url(self.behind or None),
        }  # fmt: skip
        return Program(arguments, environment, self.log, self.plants())

    def at_work(self, disturb: Callable[[], None], calm: Callable[[], None] = lambda: None) -> Verdict:
        """Let everybody work while something disturbs them, then settle; compare the list with the database."""
        self.open()
        self._hire()
        stop = Event()
        people = [Thread(target=clerk.work, args=(stop,), daemon=True) for clerk in self.clerks]
        for person in people:
            person.start()
        try:
            disturb()
        finally:
            stop.set()
            for person in people:
                person.join()
            calm()
        stuck = self.settle()
        verdict = oracle.judge(self.app, self.ledger)
        verdict.stuck += stuck
        if self.clockwork:
            verdict.add(oracle.clockwork(self.app))
        return verdict

    def settle(self) -> list[str]:
        """Wait until everything that was sent is answered and everything that is due has happened; return the rest."""
        until = monotonic() + self.patience
        left = ["not begun"]
        while left and monotonic() < until:
            if self.database == "postgresql":
                self.fresh.server.revive()
            self.open()
            left = [clerk.name for clerk in self.clerks if not clerk.settle()]
            if self.clockwork and not left and (left := oracle.late(self.app)):
                self.let_time_pass()
            if left:
                Event().wait(0.1)
        return left

    def close(self) -> None:
        """End everything."""
        for clerk in self.clerks:
            clerk.hang_up()
        for guest in self.guests:
            guest.hang_up()
        self.ledger.close()
        for program in (self.web, self.worker):
            if program is not None:
                program.kill()
        stage.release(self.app)

    def _hire(self) -> None:
        while len(self.clerks) < CLERKS:
            number = len(self.clerks)
            self.clerks.append(
                Clerk(
                    self.front or self.port,
                    f"Uji {number} {self.name[-6:]}",
                    self.ledger,
                    Random(self.rng.random()),
                    clockwork=self.clockwork if number < CLERKS - 1 else "",
                    twice=self.twice,
                    keyed=self.keyed,
                )
            )


def reader(settings: Settings) -> Flask:
    """Open a database for the oracle; all offices are copies of one, so what was parsed of its SOPs stays good."""
    with patch.object(catalogue, "forget"):
        return stage.started(settings)


@contextmanager
def office(fresh: Fresh, database: str, seed: int) -> Iterator[Office]:
    """Open an office that is thrown away."""
    with tempfile.TemporaryDirectory(prefix="laksana-office-", ignore_cleanup_errors=True) as folder:
        opened = Office(fresh, database, Path(folder), Random(seed))
        try:
            yield opened
        finally:
            opened.close()
