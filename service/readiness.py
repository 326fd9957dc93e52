"""Readiness: whether this machine can serve now, part by part."""

import shutil
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from alembic.util import CommandError
from psycopg.errors import DuplicateTable, InsufficientPrivilege
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from service import schema
from service.queries import workers

PartName = Literal["database", "schema", "workers", "disk"]
NEEDED: frozenset[PartName] = frozenset({"database", "schema", "disk"})
"""Without one of these no page can be served; without workers only what comes by itself stays undone."""
MEGABYTE = 1_000_000
WRONG_STATEMENT = sqlite3.SQLITE_ERROR
PRIMARY = 0xFF
"""The part of a code of SQLite that says the kind of a fault."""
FILE_AT_FAULT = frozenset(
    {
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_READONLY,
    }
)
AWAY = frozenset({"OperationalError", "InterfaceError"})
"""What drivers raise when the server, the file or the connection is at fault and not the statement."""


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that serving needs, and why it is not there."""

    is_ready: bool
    reason: str = ""


def parts(data: Path, least_free_mb: int, now: datetime) -> dict[PartName, Part]:
    """Look at everything that serving needs, and at who does the background work."""
    found = _database()
    if found["schema"].is_ready:
        found["workers"] = _workers(now)
    return {**found, "disk": _disk(data, least_free_mb)}


def is_away(error: BaseException) -> bool:
    """Tell whether the database could not be reached or could not work, so that the same request may succeed later."""
    if isinstance(error, PoolExhausted):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if isinstance(error.orig, sqlite3.OperationalError):
        return getattr(error.orig, "sqlite_errorcode", WRONG_STATEMENT) != WRONG_STATEMENT
    return error.connection_invalidated or type(error).__name__ in AWAY


def fault(error: BaseException) -> str:
    """Return what an error says of the database, empty where it is the program that is at fault."""
    if isinstance(error, CommandError):  # a revision that this program does not know
        return f"the database is of another program: {error}"
    cause = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(cause, "sqlite_errorcode", WRONG_STATEMENT) & PRIMARY
    is_file_at_fault = isinstance(cause, sqlite3.Error) and code in FILE_AT_FAULT
    if is_away(error) or is_file_at_fault or _is_of_others(cause):
        return f"the database cannot be used: {' '.join(str(cause).split())}"
    return ""


def _is_of_others(cause: BaseException | None) -> bool:
    """Tell whether tables belong to somebody else: to a role that gave us no right, or to another program."""
    if isinstance(cause, sqlite3.OperationalError):
        return "already exists" in str(cause)  # SQLite has one code for all that it does not take
    return isinstance(cause, (InsufficientPrivilege, DuplicateTable))


def _database() -> dict[PartName, Part]:
    try:
        current, newest = schema.current(), schema.newest()
    except SQLAlchemyError as error:
        return {
            "database": Part(is_ready=False, reason=type(error).__name__),
            "schema": Part(is_ready=False, reason="unknown"),
        }
    return {"database": Part(is_ready=True), "schema": _schema(current, newest)}


def _schema(current: str, newest: str) -> Part:
    if schema.is_served(current):
        return Part(is_ready=True, reason="" if current == newest else f"is {current}, later than {newest}")
    return Part(is_ready=False, reason=f"is {current or 'empty'}, needs {newest}")


def _workers(now: datetime) -> Part:
    seen = workers.last_seen()
    if seen is None:
        return Part(is_ready=False, reason="none was ever seen")
    is_alive = bool(workers.living(now))
    return Part(is_alive, "" if is_alive else f"none was seen since {seen.isoformat(timespec='seconds')}")


def _disk(data: Path, least_free_mb: int) -> Part:
    try:
        free = shutil.disk_usage(data).free // MEGABYTE
    except OSError as error:
        return Part(is_ready=False, reason=type(error).__name__)
    return Part(free >= least_free_mb, "" if free >= least_free_mb else f"{free} MB free, needs {least_free_mb} MB")
