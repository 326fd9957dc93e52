"""Backups: everything of an installation in one file, and an installation made of such a file."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from service import schema
from service.backup import archive, postgresql, sqlite
from service.backup.archive import Contents, Manifest
from service.errors import BackupRefused
from service.settings import Settings

KEY = "secret.key"
SAVING, RESTORING = ".laksana-backup-", ".restore-"
"""What the names of folders begin with that hold a copy of everything while it is not whole."""
_KINDS = {"sqlite": sqlite, "postgresql": postgresql}


def make(settings: Settings, file: Path, now: datetime) -> Manifest:
    """Write a backup while the service runs; it is the database of one moment, and is looked through before it counts.

    Raises:
        BackupRefused: it would overwrite something, a program is missing, or the database is damaged.

    """
    if file.exists():
        raise BackupRefused(f"{file} is there already")
    if not file.absolute().parent.is_dir():
        raise BackupRefused(f"there is no folder {file.parent}")
    kind = _kind(settings)
    _clear(file.absolute().parent, SAVING)
    with _folder(file.absolute().parent, SAVING) as folder:
        copy = folder / archive.DATABASE
        contents = _KINDS[kind].copy(settings.database_url, copy)
        manifest = Manifest(**asdict(contents), kind=kind, sha256=archive.digest(copy), made_at=now.isoformat())
        archive.write(file, manifest, copy, settings.data / KEY)
    return manifest


def restore(settings: Settings, file: Path, *, force: bool) -> Manifest:
    """Put the data of a backup where the settings say, and look whether all of it has arrived.

    Raises:
        BackupRefused: the file is no whole backup, is of another kind or from a newer program, or something stands
            where it would go.

    """
    _clear(settings.data, RESTORING)
    if not force and settings.data.is_dir() and any(settings.data.iterdir()):
        raise BackupRefused(f"{settings.data} is not empty; --force replaces what is there")
    settings.data.mkdir(parents=True, exist_ok=True)
    with _folder(settings.data, RESTORING) as folder:
        manifest = archive.unpack(file, folder)
        _require_fit(settings, manifest)
        _KINDS[manifest.kind].restore(
            settings.database_url, folder / archive.DATABASE, Contents(manifest.revision, manifest.tables), force=force
        )
        if (folder / KEY).exists():
            shutil.move(folder / KEY, settings.data / KEY)
    return manifest


@contextmanager
def _folder(place: Path, name: str) -> Iterator[Path]:
    """Make a folder that is gone at the end."""
    with tempfile.TemporaryDirectory(dir=place, prefix=name) as made, ExitStack() as holding:
        with suppress(OSError):  # where nothing can be held nothing is cleared away either
            holding.enter_context(_held(Path(made)))
        yield Path(made)


def _clear(place: Path, name: str) -> None:
    """Delete the folders of those who were killed: each holds all data, and nobody would look for it."""
    for left in place.glob(f"{name}*"):
        with suppress(OSError), _held(left):
            shutil.rmtree(left)


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Hold a folder, which ends with the process however it ends.

    Raises:
        OSError: somebody else does.

    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)


def _require_fit(settings: Settings, manifest: Manifest) -> None:
    if manifest.kind != _kind(settings):
        raise BackupRefused(f"the backup is of {manifest.kind}, and LAKSANA_DATABASE is {_kind(settings)}")
    if manifest.revision not in schema.revisions():
        raise BackupRefused(f"the backup has schema revision {manifest.revision}, which this program does not know")


def _kind(settings: Settings) -> str:
    return "sqlite" if settings.database_url.startswith("sqlite") else "postgresql"
