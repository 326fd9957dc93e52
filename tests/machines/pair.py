"""A PostgreSQL with a synchronous standby, of which the first can die and the second take its place."""

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import psycopg

from tests import provision
from tests.machines.nodes import PATIENCE, free_port


@dataclass(frozen=True)
class Server:
    """One of the two servers."""

    port: int
    act: Callable[..., None]

    def start(self) -> None:
        """Start, and wait until it takes questions."""
        settings = f"-c listen_addresses=127.0.0.1 -c port={self.port} -c unix_socket_directories= -c fsync=off"
        self.act("pg_ctl", "start", "-w", "-l", "log", "-o", settings)

    def stop(self, how: str) -> None:
        """Stop: `fast` in order, `immediate` as if the machine had lost its power."""
        self.act("pg_ctl", "stop", "-m", how)

    def start_again(self) -> None:
        """Start if it was stopped."""
        try:
            self.act("pg_ctl", "status")
        except RuntimeError:
            self.start()

    def promote(self) -> None:
        """Make the standby the one that takes writes."""
        self.act("pg_ctl", "promote", "-w")

    def connect(self, database: str = "postgres") -> "psycopg.Connection[tuple[object, ...]]":
        """Connect as the one who may do everything."""
        where = {"host": "127.0.0.1", "port": self.port, "user": "postgres", "dbname": database}
        return psycopg.connect(**where, autocommit=True)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Pair:
    """The server that takes writes and the one that has a copy of every commit before it is acknowledged."""

    primary: Server
    standby: Server

    def url(self, database: str) -> str:
        """Return the address that names both."""
        return f"postgresql://postgres@127.0.0.1:{self.primary.port},127.0.0.1:{self.standby.port}/{database}"

    def follow(self) -> None:
        """Wait until the standby has everything."""
        with self.primary.connect() as admin:
            _until(admin, "SELECT state = 'streaming' AND replay_lsn = pg_current_wal_lsn() FROM pg_stat_replication")

    def bind(self) -> None:
        """Let the primary acknowledge nothing from now on that the standby does not have."""
        with self.primary.connect() as admin:
            admin.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
            admin.execute("SELECT pg_reload_conf()")
            _until(admin, "SELECT sync_state = 'sync' FROM pg_stat_replication")


def _until(admin: "psycopg.Connection[tuple[object, ...]]", question: str) -> None:
    until = monotonic() + PATIENCE
    while admin.execute(question.encode()).fetchall() != [(True,)]:
        assert monotonic() < until, question
        admin.execute("SELECT pg_sleep(0.05)")


@contextmanager
def pair() -> Iterator[Pair]:
    """Run both, the standby as a copy of the primary."""
    with tempfile.TemporaryDirectory(
        prefix="laksana-", dir=provision.quick_folder(), ignore_cleanup_errors=True
    ) as name:
        folder = Path(name)
        folder.chmod(0o755)
        primary, standby = (Server(free_port(), provision.postgresql_programs(folder / part)) for part in "ab")
        primary.act("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        _copy(folder / "a" / "data", folder / "b" / "data")
        following = f"primary_conninfo = 'host=127.0.0.1 port={primary.port} user=postgres'\n"
        with (folder / "b" / "data" / "postgresql.auto.conf").open("a") as settings:
            settings.write(following)
        (folder / "b" / "data" / "standby.signal").touch()
        servers = Pair(primary, standby)
        primary.start()
        try:
            standby.start()
            yield servers
        finally:
            for server in (standby, primary):
                _stop(server)


def _stop(server: Server) -> None:
    try:
        server.stop("immediate")
    except RuntimeError:
        return  # it is dead already


def _copy(source: Path, target: Path) -> None:
    copier = shutil.which("cp")
    assert copier
    subprocess.run([copier, "-a", str(source), str(target)], check=True)  # noqa: S603 - it keeps the owner
    assert target.stat().st_uid == source.stat().st_uid
