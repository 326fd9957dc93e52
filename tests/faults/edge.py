"""Faults around the program, in its own process: death in the middle of a commit, a disk that is watched, a clock."""

import _sqlite3
import ctypes
import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import time_machine
from sqlalchemy import Connection, Engine, event

# Death in a commit -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class DieInCommit:
    """The kernel ends the process some microseconds after a commit began: nothing of it runs any more."""

    number: int
    seconds: float

    def __call__(self) -> None:
        """Wait for that commit."""
        _at_commit(self.number, lambda _: signal.setitimer(signal.ITIMER_REAL, self.seconds))


@dataclass(frozen=True)
class KillBackendInCommit:
    """The process of PostgreSQL that serves a connection is killed some microseconds after a commit began."""

    number: int
    seconds: float

    def __call__(self) -> None:
        """Wait for that commit."""

        def kill(connection: Connection) -> None:
            driver: Any = connection.connection.dbapi_connection
            victim = driver.info.backend_pid
            threading.Timer(self.seconds, lambda: _kill(victim)).start()

        _at_commit(self.number, kill)


def _kill(victim: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(victim, signal.SIGKILL)


def _at_commit(number: int, act: Callable[[Connection], object]) -> None:
    seen = iter(range(number, -1, -1))

    @event.listens_for(Engine, "commit")
    def committing(connection: Connection) -> None:
        if next(seen, -1) == 0:
            act(connection)


# The disk under SQLite -------------------------------------------------------------------------------

_OPEN = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)
_WRITE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_int64)
_SYNC = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int)
Call = Callable[..., int]
_METHODS = 8 + 18 * 8
"""Bytes of `sqlite3_io_methods`: its version and its functions."""
_WRITING, _SYNCING = 8 + 2 * 8, 8 + 4 * 8
"""Where `xWrite` and `xSync` stand in it; `xOpen` stands behind six words in `sqlite3_vfs`."""
_OPENING = 40


@dataclass(frozen=True)
class WatchedDisk:
    """Notes every write of SQLite before it is done and every fsync after it: so a power cut knows what may be lost.

    At one write the process may die with half of the bytes written.
    """

    journal: Path
    dies_at: int = -1

    def __call__(self) -> None:
        """Stand between SQLite and the system, for every file that is opened from now on."""
        library = ctypes.CDLL(_sqlite3.__file__)
        library.sqlite3_vfs_find.restype = ctypes.c_void_p
        opening = ctypes.c_void_p.from_address(library.sqlite3_vfs_find(None) + _OPENING)
        self._stand_between(opening, os.open(self.journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND))

    def _stand_between(self, opening: ctypes.c_void_p, journal: int) -> None:
        open_file: Call = _OPEN(opening.value or 0)
        names: dict[int, str] = {}
        tables: dict[int, Any] = {}
        left = iter(range(self.dies_at, -1, -1))

        def opened(vfs: int, name: int | None, file: int, flags: int, out: int | None) -> int:
            result = open_file(vfs, name, file, flags, out)
            methods = ctypes.c_void_p.from_address(file)
            if result == 0 and methods.value and name and (kind := _kind(ctypes.string_at(name))):
                names[file] = kind
                if methods.value not in tables:
                    tables[methods.value] = self._table(methods.value, journal, names, left)
                methods.value = ctypes.addressof(tables[methods.value][0])
            return result

        kept = _OPEN(opened)
        _forever.append((kept, tables, open_file))
        opening.value = ctypes.cast(kept, ctypes.c_void_p).value

    def _table(self, address: int, journal: int, names: dict[int, str], left: Any) -> tuple[Any, ...]:  # noqa: ANN401
        table = ctypes.create_string_buffer(ctypes.string_at(address, _METHODS), _METHODS)
        own = ctypes.addressof(table)
        writing, syncing = (ctypes.c_void_p.from_address(own + place) for place in (_WRITING, _SYNCING))
        write: Call = _WRITE(writing.value or 0)
        sync: Call = _SYNC(syncing.value or 0)

        def written(file: int, content: int, length: int, offset: int) -> int:
            os.write(journal, f"W {names[file]} {offset} {length}\n".encode())
            if names[file] == "wal" and next(left, -1) == 0:
                write(file, content, length // 2, offset)
                os.kill(os.getpid(), signal.SIGKILL)
            return write(file, content, length, offset)

        def synced(file: int, flags: int) -> int:
            result = sync(file, flags)
            os.write(journal, f"S {names[file]}\n".encode())
            return result

        kept = _WRITE(written), _SYNC(synced)
        writing.value, syncing.value = (ctypes.cast(one, ctypes.c_void_p).value for one in kept)
        return table, kept, write, sync


_forever: list[object] = []
"""What SQLite calls must stay where it is."""


def _kind(name: bytes) -> str:
    return next((kind for ending, kind in ((b".db", "db"), (b".db-wal", "wal")) if name.endswith(ending)), "")


# The clock -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class OwnClock:
    """The process lives by a clock of its own: the real one and the seconds that stand in a file."""

    file: Path

    def __call__(self) -> None:
        """Look at the file at every signal."""
        traveller = time_machine.travel(self._now(), tick=True)
        traveller.start()
        moved = traveller

        def look(_number: int, _frame: object) -> None:
            nonlocal moved
            moved.stop()
            moved = time_machine.travel(self._now(), tick=True)
            moved.start()

        signal.signal(signal.SIGUSR1, look)

    def _now(self) -> datetime:
        real = time_machine.escape_hatch.time.time() if time_machine.escape_hatch.is_travelling() else time.time()
        return datetime.fromtimestamp(real + float(self.file.read_text() or 0), UTC)
