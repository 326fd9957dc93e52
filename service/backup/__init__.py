"""Backups: everything of an installation in one file, and an installation made of such a file."""

import shutil
import tempfile
from contextlib import ExitStack
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from service import schema
from service.backup import archive, postgresql, sqlite
from service.backup.archive import Contents, Manifest
from service.errors import BackupRefused
from service.settings import Settings

KEY = "secret.key"
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
    with tempfile.TemporaryDirectory(dir=file.absolute().parent, prefix=".backup-") as folder:
        copy = Path(folder) / archive.DATABASE
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
    if not force and settings.data.is_dir() and any(settings.data.iterdir()):
        raise BackupRefused(f"{settings.data} is not empty; --force replaces what is there")
    settings.data.mkdir(parents=True, exist_ok=True)
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(dir=settings.data, prefix=".restore-")))
        manifest = archive.unpack(file, folder)
        _require_fit(settings, manifest)
        _KINDS[manifest.kind].restore(
            settings.database_url, folder / archive.DATABASE, Contents(manifest.revision, manifest.tables), force=force
        )
        if (folder / KEY).exists():
            shutil.move(folder / KEY, settings.data / KEY)
    return manifest


def _require_fit(settings: Settings, manifest: Manifest) -> None:
    if manifest.kind != _kind(settings):
        raise BackupRefused(f"the backup is of {manifest.kind}, and LAKSANA_DATABASE is {_kind(settings)}")
    if manifest.revision not in schema.revisions():
        raise BackupRefused(f"the backup has schema revision {manifest.revision}, which this program does not know")


def _kind(settings: Settings) -> str:
    return "sqlite" if settings.database_url.startswith("sqlite") else "postgresql"
