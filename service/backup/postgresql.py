"""Dumps of a PostgreSQL database, by its own programs."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
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
REVISION = "alembic_version"
AS_OURS = ("--no-owner", "--no-privileges")
CLEARED = f"""
SET client_min_messages = warning;
DO $$
DECLARE one record;
BEGIN
    FOR one IN {TABLES} LOOP
        EXECUTE format('DROP TABLE %I CASCADE', one.relname);
    END LOOP;
    DROP SCHEMA IF EXISTS dbos CASCADE;
END $$
"""
"""Also what the dump knows nothing of goes: a newer program may have made it, and jobs of other cases are nobody's."""
VERIFIED = f"""
RESET search_path;
DO $verified$
DECLARE one record; held bigint; found jsonb := '{{{{}}}}';
BEGIN
    FOR one IN {TABLES} LOOP
        EXECUTE format('SELECT count(*) FROM %I', one.relname) INTO held;
        found := found || jsonb_build_object(one.relname, held);
    END LOOP;
    IF found <> {{tables}}::jsonb OR NOT EXISTS (SELECT FROM alembic_version WHERE version_num = {{revision}}) THEN
        RAISE 'the restored database does not hold what the list of the backup says';
    END IF;
END $verified$;
"""  # noqa: S608 - constants
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
    """Load a dump in the place of what is there and look whether everything has arrived, in one transaction."""
    reader, loader = _program("pg_restore"), _program("psql")
    with _connected(url) as connection:
        found = _names(connection)
    if found and not force:
        raise BackupRefused("the database has tables already; --force replaces them")
    if found and REVISION not in found:
        raise BackupRefused("the database has tables of another program; --force replaces those of Laksana only")
    address, environment = _reached(url)
    begin = [f"--command={statement}" for statement in ("BEGIN", CLEARED)]
    with (
        TemporaryFile() as said,
        subprocess.Popen(  # noqa: S603 - found on the PATH, arguments are ours
            [loader, "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", *begin, "--file=-", address],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=said,
        ) as loading,
    ):
        read = subprocess.run(  # noqa: S603 - found on the PATH, arguments are ours
            [reader, *AS_OURS, "--file=-", str(copied)], stdout=loading.stdin, stderr=said, check=False
        )
        # a script that ends without its last part is not committed; without statistics pages would be slow at first
        last = f"{_verified(expected)}ANALYZE;\nCOMMIT;\n"
        loading.communicate(b"" if read.returncode else last.encode())
        if read.returncode or loading.returncode:
            said.seek(0)
            raise BackupRefused(f"the backup cannot be loaded: {said.read().decode(errors='replace').strip()}")


def _verified(expected: Contents) -> str:
    """Return the statement that fails if the database does not hold what it should."""
    facts = {"tables": sql.Literal(json.dumps(dict(expected.tables))), "revision": sql.Literal(expected.revision)}
    return sql.SQL(VERIFIED).format(**facts).as_string(None)


def _contents(connection: psycopg.Connection) -> Contents:
    names = _names(connection)
    if REVISION not in names:
        raise BackupRefused("the database has no tables of Laksana")
    (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone() or ("",)
    return Contents(revision, {name: _count(connection, name) for name in names})


def _names(connection: psycopg.Connection) -> list[str]:
    return [name for (name,) in connection.execute(TABLES).fetchall()]


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
    address, environment = _reached(url)
    done = subprocess.run(  # noqa: S603 - found on the PATH, arguments are ours
        [program, *AS_OURS, *arguments, address],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BackupRefused(f"{Path(program).name} failed: {done.stderr.strip()}")


def _reached(url: str) -> tuple[str, dict[str, str] | None]:
    """Return where the database is; the password goes by the environment, since everybody reads a list of processes."""
    facts: dict[str, Any] = conninfo_to_dict(_address(url))
    password = str(facts.pop("password", "") or os.environ.get("PGPASSWORD", ""))
    return make_conninfo(**facts), {**os.environ, "PGPASSWORD": password} if password else None


def _address(url: str) -> str:
    return url.replace("+psycopg", "", 1)
