"""Copies of a SQLite file, made by its own backup interface while others write."""

import os
import shutil
import sqlite3
from contextlib import closing
from itertools import chain, count
from pathlib import Path

from service.backup.archive import OWNER_ONLY, Contents
from service.errors import BackupRefused

REPLACED = ".replaced"
"""What is added to the name of a database that gave way to a restored one."""
ARRIVING = ".arriving"
"""What is added to the name of one that is not whole yet."""


def copy(url: str, target: Path) -> Contents:
    """Copy the database as it is at one moment and return what the copy holds."""
    source = _file(url)
    if not source.exists():
        raise BackupRefused(f"there is no database at {source}")
    try:
        with closing(sqlite3.connect(source)) as living, closing(sqlite3.connect(target)) as copied:
            living.backup(copied)
            copied.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
    except sqlite3.Error as error:
        raise BackupRefused(f"{source} cannot be copied: {error}") from error
    return _looked_through(target)


def restore(url: str, copied: Path, expected: Contents, *, force: bool) -> None:
    """Put a copy in the place of the database, once it is seen to be whole; what stood there is kept beside it."""
    if _looked_through(copied) != expected:
        raise BackupRefused("the database in the backup does not hold what its list says")
    target = _file(url)
    if target.exists():
        if not force:
            raise BackupRefused(f"{target} is there already; --force replaces it")
        _require_unused(target)
    beside = _brought(copied, target)
    if target.exists():
        target.replace(_free(target.with_name(target.name + REPLACED)))
    for log in ("-wal", "-shm"):
        target.with_name(target.name + log).unlink(missing_ok=True)
    beside.replace(target)
    _sync(target.parent)


def _brought(copied: Path, target: Path) -> Path:
    """Bring a copy whole to where it will stand, under another name: what it replaces is touched after that only."""
    beside = target.with_name(target.name + ARRIVING)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(copied, beside)
        beside.chmod(OWNER_ONLY)
        _sync(beside)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise BackupRefused(f"{target.parent} does not take the database: {error.strerror}") from error
    return beside


def _free(name: Path) -> Path:
    """Return a name that nothing has yet: what was replaced before is kept as well."""
    numbered = (name.with_name(f"{name.name}.{number}") for number in count(2))
    return next(one for one in chain([name], numbered) if not one.exists())


def _sync(place: Path) -> None:
    descriptor = os.open(place, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _looked_through(file: Path) -> Contents:
    with closing(sqlite3.connect(file)) as connection:
        try:
            said = connection.execute("PRAGMA integrity_check").fetchall()
            orphans = connection.execute("PRAGMA foreign_key_check").fetchall()
            names = connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
            )
            tables = {name: _count(connection, name) for (name,) in names.fetchall()}
            (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone() or ("",)
        except sqlite3.DatabaseError as error:
            raise BackupRefused(f"the database cannot be read: {error}") from error
    if not revision:
        raise BackupRefused("the database has no tables of Laksana")
    if said != [("ok",)] or orphans:
        raise BackupRefused("the database is damaged: integrity_check or foreign_key_check found faults")
    return Contents(revision, tables)


def _count(connection: sqlite3.Connection, table: str) -> int:
    quoted = table.replace('"', '""')
    count: int = connection.execute(f'SELECT count(*) FROM "{quoted}"').fetchone()[0]  # noqa: S608 - its own table
    return count


def _require_unused(file: Path) -> None:
    """Refuse to replace a database under a running service; only who is alone with it may leave its log behind."""
    with closing(sqlite3.connect(file, timeout=0)) as connection:
        try:
            connection.execute("PRAGMA journal_mode=DELETE")
        except sqlite3.OperationalError:
            raise BackupRefused(f"{file} is in use: stop the service first") from None
        except sqlite3.DatabaseError:
            return  # it is no database any more


def _file(url: str) -> Path:
    file = Path(url.partition("///")[2].partition("?")[0])  # as SQLAlchemy reads it: a # is a letter
    if not file.is_absolute():
        raise BackupRefused("LAKSANA_DATABASE has to name its file whole: sqlite:////folder/laksana.db")
    return file
