"""Dumps of a PostgreSQL database, by its own programs."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from service.backup.archive import Contents
from service.errors import BackupRefused

TABLES = """
SELECT relname FROM pg_class
WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
ORDER BY relname
"""
UNHURRIED = "SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL statement_timeout = 0"
"""The limits of our role are for pages: a snapshot is held as long as its dump takes, and much to count takes time."""


def copy(url: str, target: Path) -> Contents:
    """Dump the database as it is at one moment and return what it held then."""
    program = _program("pg_dump")
    with _connected(url) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        connection.execute(UNHURRIED)
        (snapshot,) = connection.execute("SELECT pg_export_snapshot()").fetchone() or ("",)
        _run(url, program, "--format=custom", f"--snapshot={snapshot}", f"--file={target}", "--dbname")
        return _contents(connection)


def restore(url: str, copied: Path, expected: Contents, *, force: bool) -> None:
    """Load a dump in one transaction, then look whether everything has arrived."""
    program = _program("pg_restore")
    with _connected(url) as connection:
        found = connection.execute(TABLES).fetchall()
    if found and not force:
        raise BackupRefused("the database has tables already; --force replaces them")
    replacing = ("--clean", "--if-exists") if found else ()
    _run(url, program, "--single-transaction", *replacing, str(copied), "--dbname")
    with _connected(url) as connection:
        connection.execute(UNHURRIED)
        if _contents(connection) != expected:
            raise BackupRefused("the restored database does not hold what the list of the backup says")


def _contents(connection: psycopg.Connection) -> Contents:
    names = [name for (name,) in connection.execute(TABLES).fetchall()]
    if "alembic_version" not in names:
        raise BackupRefused("the database has no tables of Laksana")
    (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone() or ("",)
    return Contents(revision, {name: _count(connection, name) for name in names})


def _count(connection: psycopg.Connection, table: str) -> int:
    (count,) = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone() or (0,)
    return int(count)


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise BackupRefused(
            f"{name} is not on the PATH: install the PostgreSQL client programs of the server's version"
        )
    return found


@contextmanager
def _connected(url: str) -> Iterator[psycopg.Connection]:
    try:
        with psycopg.connect(_address(url)) as connection:
            yield connection
    except psycopg.Error as error:
        raise BackupRefused(f"PostgreSQL: {error}") from error


def _run(url: str, program: str, *arguments: str) -> None:
    """Run a program of PostgreSQL; the password goes by the environment, since everybody reads a list of processes."""
    facts: dict[str, Any] = conninfo_to_dict(_address(url))
    password = str(facts.pop("password", "") or os.environ.get("PGPASSWORD", ""))
    done = subprocess.run(  # noqa: S603 - found on the PATH, arguments are ours
        [program, "--no-owner", "--no-privileges", *arguments, make_conninfo(**facts)],
        env={**os.environ, "PGPASSWORD": password} if password else None,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BackupRefused(f"{Path(program).name} failed: {done.stderr.strip()}")


def _address(url: str) -> str:
    return url.replace("+psycopg", "", 1)
