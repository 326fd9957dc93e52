"""A PostgreSQL that waits for the disk, listens on TCP, and can be stopped dead, limited and started again."""

import os
import resource
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from pathlib import Path
from pwd import struct_passwd
from threading import Event
from time import monotonic
from typing import Any

import psycopg
from psycopg import sql

from tests.faults.program import free_port
from tests.provision import _postgresql_programs, _run_as, _server_account

SETTINGS = {
    "autovacuum_naptime": "1s",
    "checkpoint_timeout": "30s",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "unix_socket_directories": "",
    "wal_writer_delay": "10s",
}
"""A WAL writer that comes late finds out who does not wait for the disk."""


PATIENCE = 60.0


class Server:
    """A server whose every acknowledged commit has reached the disk."""

    def __init__(self, folder: Path, port: int) -> None:
        self.port = port
        self._folder = folder
        self._account = _server_account()
        if self._account:
            os.chown(folder, self._account.pw_uid, self._account.pw_gid)
        self._programs = _postgresql_programs(self._account, folder)
        self._act("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--wal-segsize=1", "--no-sync")

    def start(self) -> None:
        """Start, after a crash with recovery."""
        settings = " ".join(f"-c {name}={value}" for name, value in SETTINGS.items())
        where = f"-c listen_addresses=127.0.0.1 -p {self.port}"
        self._act("pg_ctl", "start", "-w", "-t", "60", "-l", str(self._folder / "log"), "-o", f"{where} {settings}")

    def die(self) -> None:
        """End at once, without writing anything more."""
        with suppress(RuntimeError):  # it may be dead already
            self._act("pg_ctl", "stop", "-m", "immediate")

    def limit(self, most: int) -> None:
        """Let no file of the server grow beyond so many bytes; -1 takes the limit away."""
        limiting = get_context("forkserver").Process(target=_limit, args=(self._account, self._tree(), most))
        limiting.start()
        limiting.join()

    def revive(self) -> None:
        """Start unless it runs, and wait until it has recovered and takes connections."""
        until = monotonic() + PATIENCE
        while not self._answers():
            if monotonic() > until:
                raise TimeoutError("PostgreSQL does not come back")
            if not self._runs():
                self.start()
            Event().wait(0.1)

    def url(self, name: str, port: int | None = None) -> str:
        """Return the address of a database, maybe through another port."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{port or self.port}/{name}"

    def copy(self, source: str, target: str) -> None:
        """Make a database as another one is, which nobody uses."""
        names = {"source": sql.Identifier(source), "target": sql.Identifier(target)}
        with self.connect() as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {target} WITH (FORCE)").format(**names))
            connection.execute(sql.SQL("CREATE DATABASE {target} TEMPLATE {source}").format(**names))

    def connect(self, name: str = "postgres") -> "psycopg.Connection[tuple[Any, ...]]":
        """Connect as the one who may do everything."""
        return psycopg.connect(host="127.0.0.1", port=self.port, user="postgres", dbname=name, autocommit=True)

    def _act(self, program: str, *arguments: str) -> None:
        _run_as(
            self._account, self._folder, str(self._programs / program), "-D", str(self._folder / "data"), *arguments
        )

    def _head(self) -> int:
        try:
            return int((self._folder / "data" / "postmaster.pid").read_text().splitlines()[0])
        except (FileNotFoundError, IndexError):
            return 0

    def _answers(self) -> bool:
        try:
            self.connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def _runs(self) -> bool:
        head = self._head()
        with suppress(ProcessLookupError, FileNotFoundError):
            if head:
                os.kill(head, 0)
                state = Path(f"/proc/{head}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
                return state != "Z"
        return False

    def _tree(self) -> list[int]:
        head = self._head()
        try:
            children = Path(f"/proc/{head}/task/{head}/children").read_text(encoding="ascii").split()
        except FileNotFoundError:  # it is dead
            return []
        return [head, *map(int, children)]


def _limit(account: struct_passwd | None, processes: Sequence[int], most: int) -> None:
    """Limit processes as their owner: in a container root is not allowed to."""
    if account:
        os.setgid(account.pw_gid)
        os.setuid(account.pw_uid)
    for process in processes:
        with suppress(ProcessLookupError):
            resource.prlimit(process, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))


@contextmanager
def server() -> Iterator[Server]:
    """Run a server that is thrown away."""
    with tempfile.TemporaryDirectory(prefix="laksana-faults-", ignore_cleanup_errors=True) as name:
        running = Server(Path(name), free_port())
        running.start()
        try:
            yield running
        finally:
            running.die()
