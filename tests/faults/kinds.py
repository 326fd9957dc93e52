"""The eight kinds of faults, and how each strikes an office at work."""

import os
import resource
import shutil
import signal
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from random import Random
from threading import Event
from time import monotonic

from service.settings import Settings
from tests import stage
from tests.faults import oracle
from tests.faults.edge import DieInCommit, KillBackendInCommit, OwnClock, WatchedDisk
from tests.faults.office import Office, reader
from tests.faults.oracle import Verdict
from tests.faults.program import Plant, Program
from tests.faults.proxy import Line

HOUR, MINUTE = 3600.0, 60.0
BREATH = 3.0
JUMPS = (2 * HOUR, -2 * HOUR, 72 * HOUR, -48 * HOUR, 0.0)
LONGEST_SAID = 400_000
"""Bytes after which at the latest a line breaks."""
LIVES = 3
COMMITS = 60
WRITES = 1000
LONGEST_COMMIT = 0.004
LONGEST_ACT = 0.05
MOST_ACTS = 6
PATIENCE = 3.0
"""Seconds that a fault waits for acts at most."""


class Kind:
    """One kind of fault: what has to be laid before the office opens, how it strikes, what is looked at besides."""

    name = ""
    says = ""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.rng: Random = office.rng

    def strike(self) -> None:
        """Disturb the office while it works."""
        raise NotImplementedError

    def calm(self) -> None:
        """Take away what would go on striking."""

    def besides(self) -> Verdict:
        """Look at what the fault left behind beside the database itself."""
        return Verdict()

    def pause(self, most: int = MOST_ACTS) -> None:
        """Let people have some acts done, by chance, and be in the middle of others."""
        self.office.ledger.wait(self.rng.randint(1, most), PATIENCE)
        Event().wait(self.rng.uniform(0, LONGEST_ACT))


class WebKilled(Kind):
    """The program is killed under load and started again."""

    name = "web"
    says = "kill -9 of web"

    def strike(self) -> None:
        """Kill it in the middle of things, and go on."""
        self.pause()
        assert self.office.web
        self.office.web.kill()
        self.office.open()
        self.pause()


class WorkerKilled(Kind):
    """Who does the background work is killed while timers go off and messages are delivered."""

    name = "worker"
    says = "kill -9 of worker"

    def __init__(self, office: Office) -> None:
        super().__init__(office)
        office.has_worker, office.clockwork = True, "jam"

    def strike(self) -> None:
        """Kill it after its timers began to be due."""
        self.pause()
        victim = self.office.worker or self.office.web
        assert victim
        victim.kill()
        self.office.open()
        self.pause()


class DeathInCommit(Kind):
    """The program, its connection or its disk dies in the middle of a commit."""

    name = "commit"
    says = "kill -9 during commit"

    def __init__(self, office: Office) -> None:
        super().__init__(office)
        self.deadly = False
        office.plants = lambda: self._plants() if self.deadly else ()

    def _plants(self) -> Sequence[Plant]:
        number, seconds = self.rng.randrange(3, COMMITS), self.rng.uniform(1e-6, LONGEST_COMMIT)
        other: Callable[[], Plant] = (
            (lambda: WatchedDisk(self.office.folder / "journal", self.rng.randrange(WRITES)))
            if self.office.database == "sqlite"
            else (lambda: KillBackendInCommit(number, seconds))
        )
        return [other() if self.rng.random() < 0.5 else DieInCommit(number, seconds)]

    def strike(self) -> None:
        """Give it a few lives that end in a commit, one after the other."""
        self.deadly = True
        for _ in range(LIVES):
            assert self.office.web
            self.office.web.kill()
            self.office.open()
            self.office.web.is_over(PATIENCE / 2)

    def calm(self) -> None:
        """Let the program live from now on."""
        self.deadly = False
        assert self.office.web
        self.office.web.kill()


class DatabaseGone(Kind):
    """PostgreSQL is stopped dead and started again; of the SQLite file an image is kept as after a power cut."""

    name = "database"
    says = "PostgreSQL stopped dead / power cut of SQLite"

    def __init__(self, office: Office) -> None:
        super().__init__(office)
        self.journal = office.folder / "journal"
        self.images: list[tuple[Path, set[int], bool]] = []
        if office.database == "sqlite":
            office.plants = lambda: [*self.others(), WatchedDisk(self.journal)]
        self.others: Callable[[], Sequence[Plant]] = tuple

    def strike(self) -> None:
        """Take the database away, or several images of it."""
        for _ in range(2 if self.office.database == "sqlite" else 1):
            self.pause()
            if self.office.database == "sqlite":
                self._cut_power()
            else:
                self.office.fresh.server.die()
                self.pause()
                self.office.fresh.server.start()
                self.pause()

    def _cut_power(self) -> None:
        """Copy the files while nothing moves, and lose some of what no fsync had followed."""
        assert self.office.web
        folder = self.office.folder / f"image-{len(self.images)}"
        folder.mkdir()
        os.kill(self.office.web.id, signal.SIGSTOP)
        try:
            known = self.office.ledger.now()
            journal = self.journal.read_text(encoding="ascii").splitlines()
            # by another process: closing a file here would let go of the locks that the oracle's SQLite holds on it
            files = [str(self.office.folder / name) for name in ("laksana.db", "laksana.db-wal")]
            subprocess.run(["cp", *files, str(folder)], check=True)  # noqa: S603, S607
        finally:
            os.kill(self.office.web.id, signal.SIGCONT)
        self._lose(folder, journal)
        self.images.append((folder, known, False))
        if _is_apart(journal):
            deep = folder.with_name(f"{folder.name}-deep")
            shutil.copytree(folder, deep)
            wal = deep / "laksana.db-wal"
            self._damage(wal, self.rng.randrange(wal.stat().st_size + 1))
            self.images.append((deep, known, True))

    def _lose(self, folder: Path, journal: Sequence[str]) -> None:
        unsafe: dict[str, list[tuple[int, int]]] = {"db": [], "wal": []}
        for event in journal:
            what, name, *where = event.split()
            if what == "S":
                unsafe[name].clear()
            else:
                unsafe[name].append((int(where[0]), int(where[1])))
        for name, ending in (("db", ""), ("wal", "-wal")):
            file = folder / f"laksana.db{ending}"
            for offset, length in unsafe[name]:
                self._damage(file, offset, length)

    def _damage(self, file: Path, offset: int, length: int | None = None) -> None:
        """Cut, flip or zero what stands there, to the end of the file if no length is given."""
        content = bytearray(file.read_bytes())
        end = len(content) if length is None else min(len(content), offset + length)
        match self.rng.choice(["cut", "flip", "zero", "kept"] if length else ["cut", "flip", "zero"]):
            case "cut" if end == len(content):
                del content[offset:]
            case "flip":
                content[offset:end] = bytes(byte ^ 0xFF for byte in content[offset:end])
            case "zero":
                content[offset:end] = bytes(max(0, end - offset))
        file.write_bytes(content)

    def besides(self) -> Verdict:
        """Judge every image by what was acknowledged when it was taken."""
        found = Verdict()
        for folder, known, is_deep in self.images:
            app = reader(Settings(data=folder))
            seen = oracle.judge(app, self.office.ledger, known, prefix=is_deep)
            seen.acknowledged = 0
            seen.lost = [f"{folder.name}: {one}" for one in seen.lost]
            found.add(seen)
            stage.release(app)
            shutil.rmtree(folder)
        self.images.clear()
        return found


def _is_apart(journal: Sequence[str]) -> bool:
    """Tell whether nothing of this WAL has gone into the file yet, so that its end may be cut anywhere."""
    for event in reversed(journal):
        if event.startswith("W db"):
            return False
        if event.startswith("W wal 0 "):
            return True
    return False


class DiskFull(Kind):
    """No file may grow any more for a while."""

    name = "disk"
    says = "disk full"

    def strike(self) -> None:
        """Fill the disk once, and free it."""
        self.pause()
        if self.office.database == "sqlite":
            assert self.office.web
            wal = (self.office.folder / "laksana.db-wal").stat().st_size
            most = self.rng.choice([wal, 0]) + self.rng.randrange(60_000)
            resource.prlimit(self.office.web.id, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))
            self.pause()
            resource.prlimit(self.office.web.id, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
        else:
            server = self.office.fresh.server
            server.limit(self.rng.randrange(100_000, 1_500_000))
            self.pause()
            server.limit(resource.RLIM_INFINITY)
            server.revive()
        self.pause()


class LinesCut(Kind):
    """The line between people and program breaks in mid sentence, and that between program and PostgreSQL."""

    name = "lines"
    says = "connections cut"

    def __init__(self, office: Office) -> None:
        super().__init__(office)
        self.lines = [Line(office.port, Random(self.rng.random()))]
        office.front = self.lines[0].port
        if office.database == "postgresql":
            self.lines.append(Line(office.fresh.server.port, Random(self.rng.random())))
            office.behind = self.lines[1].port

    def strike(self) -> None:
        """Break them while people are at work, each for a while."""
        for line in self.lines:
            self.pause()
            line.break_within(self.rng.randrange(LONGEST_SAID // 4, LONGEST_SAID))
            self.pause()
            line.mend()
        self.pause()

    def calm(self) -> None:
        """Let them be whole."""
        for line in self.lines:
            line.mend()


class ClockJumps(Kind):
    """The clock of the machine jumps forth and back by hours and days."""

    name = "clock"
    says = "clock jumps"

    def __init__(self, office: Office) -> None:
        super().__init__(office)
        office.has_worker, office.clockwork = True, "menit"
        self.file = office.folder / "clock"
        self.passed = 0.0
        self.highest = 0.0
        self._set(0)
        office.plants = lambda: [*self.others(), OwnClock(self.file)]
        self.others: Callable[[], Sequence[Plant]] = tuple

    def strike(self) -> None:
        """Let it jump a few times."""
        base = self.highest
        for _ in range(3):
            self.pause()
            self._set(base + self.rng.choice(JUMPS))

    def calm(self) -> None:
        """Let it be later than it has ever been, so that everything is due."""
        self._set(self.highest + HOUR)
        self.office.let_time_pass = self._pass

    def _pass(self) -> None:
        """Let the minute pass that what was sent last has to wait, but not faster than it can be told."""
        if monotonic() - self.passed > BREATH:
            self.passed = monotonic()
            self._set(self.highest + 2 * MINUTE)

    def _set(self, seconds: float) -> None:
        self.highest = max(self.highest, seconds)
        self.file.write_text(str(seconds))
        for program in (self.office.web, self.office.worker):
            if program is not None:
                with suppress(ProcessLookupError):
                    os.kill(program.id, signal.SIGUSR1)


class EverythingTwice(Kind):
    """Every form arrives twice, at once or after a lost answer; every due job is done by several."""

    name = "twice"
    says = "requests and jobs delivered twice"

    def __init__(self, office: Office) -> None:
        super().__init__(office)
        office.has_worker, office.clockwork = True, "jam"
        office.twice = True
        self.hands: list[Program] = []

    def strike(self) -> None:
        """Let others do the background work too."""
        for _ in range(3):
            self.pause()
            self.hands += [self.office.started("work") for _ in range(2)]

    def calm(self) -> None:
        """Let them finish."""
        for hand in self.hands:
            hand.is_over(10)
            hand.kill()
        self.hands.clear()


KINDS: dict[str, type[Kind]] = {
    kind.name: kind
    for kind in (
        WebKilled, WorkerKilled, DeathInCommit, DatabaseGone, DiskFull, LinesCut, ClockJumps, EverythingTwice,
    )
}  # fmt: skip
