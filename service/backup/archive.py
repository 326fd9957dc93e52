"""The file of a backup: a tar with what it holds, the database and the key that signs cookies."""

import hashlib
import io
import json
import lzma
import os
import tarfile
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from service.errors import BackupRefused

MANIFEST, DATABASE = "manifest.json", "database"
MEMBERS = frozenset({MANIFEST, DATABASE, "secret.key"})
OWNER_ONLY = 0o600
NOT_WHOLE = (tarfile.TarError, EOFError, zlib.error, lzma.LZMAError, ValueError, TypeError)


@dataclass(frozen=True, slots=True)
class Contents:
    """What a database holds, to compare before with after."""

    revision: str
    tables: Mapping[str, int]
    """Number of rows by name."""


@dataclass(frozen=True, slots=True)
class Manifest(Contents):
    """What a backup holds."""

    kind: str
    """sqlite or postgresql."""
    sha256: str
    """Digest of the database in the backup."""
    made_at: str


def digest(file: Path) -> str:
    """Return the SHA-256 of a file."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write(file: Path, manifest: Manifest, database: Path, key: Path) -> None:
    """Write a backup that is there whole or not at all, for its owner only: it holds all data and the key."""
    part = database.with_name("archive")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY), "wb") as stream:
        with tarfile.open(fileobj=stream, mode="w") as tar:
            text = json.dumps(asdict(manifest), indent=1).encode()
            member = tarfile.TarInfo(MANIFEST)
            member.size, member.mode = len(text), OWNER_ONLY
            tar.addfile(member, io.BytesIO(text))
            tar.add(database, DATABASE)
            if key.exists():
                tar.add(key, key.name)
        stream.flush()
        os.fsync(stream.fileno())
    part.rename(file)


def unpack(file: Path, folder: Path) -> Manifest:
    """Unpack a backup into a folder.

    Raises:
        BackupRefused: it is no backup or not whole.

    """
    try:
        with tarfile.open(file) as tar:
            for member in tar:
                if member.name not in MEMBERS or not member.isfile():
                    raise BackupRefused(f"{file} is no backup: it holds {member.name}")
                tar.extract(member, folder, filter="data")
        if not (folder / MANIFEST).exists():
            raise BackupRefused(f"{file} is no backup: it does not say what it holds")
        manifest = _read((folder / MANIFEST).read_bytes())
    except OSError as error:  # the file cannot be read, or there is no room for what is in it
        raise BackupRefused(f"{file} cannot be unpacked: {error.strerror or error}") from error
    except NOT_WHOLE as error:
        raise BackupRefused(f"{file} is no whole backup ({type(error).__name__})") from error
    if not (folder / DATABASE).exists() or digest(folder / DATABASE) != manifest.sha256:
        raise BackupRefused(f"{file} is damaged: its database is not the one that was saved")
    return manifest


def _read(text: bytes) -> Manifest:
    manifest = Manifest(**json.loads(text))
    texts = (manifest.kind, manifest.revision, manifest.sha256, manifest.made_at)
    if not all(isinstance(one, str) for one in texts) or not isinstance(manifest.tables, dict):
        raise TypeError("a manifest of other types")
    return manifest
