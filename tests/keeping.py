"""What the tests' databases hold, kept whole and put back as often as it is wanted."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from uuid import uuid4

from tests.provision import PostgreSQL


class Kept(Protocol):
    """The content of a database as it once was."""

    def put_back(self) -> None:
        """Make the database hold this again; nobody may be connected."""


class Store(Protocol):
    """A database that can be kept; nobody may be connected meanwhile."""

    def keep(self) -> Kept:
        """Keep everything that it holds now."""


@dataclass(frozen=True)
class SqliteFile:
    """A SQLite file without anybody connected: everything is in the one file."""

    path: Path

    def keep(self) -> "KeptFile":
        """Keep the bytes of the file."""
        return KeptFile(self.path, self.path.read_bytes())


@dataclass(frozen=True)
class KeptFile:
    """The bytes of a SQLite file."""

    path: Path
    content: bytes = field(repr=False)

    def put_back(self) -> None:
        """Write the file anew, for those too who have it open."""
        fresh = self.path.with_suffix(".fresh")
        fresh.write_bytes(self.content)
        fresh.replace(self.path)
        for ending in ("-wal", "-shm"):
            self.path.with_name(self.path.name + ending).unlink(missing_ok=True)


@dataclass(frozen=True)
class ServedDatabase:
    """A database of a PostgreSQL server."""

    server: PostgreSQL
    name: str

    def keep(self) -> "KeptDatabase":
        """Copy the database, which takes the server some 30 ms."""
        copy = f"kept-{uuid4().hex}"
        self.server.copy_database(self.name, copy)
        return KeptDatabase(self, copy)


@dataclass(frozen=True)
class KeptDatabase:
    """A copy of a PostgreSQL database."""

    database: ServedDatabase
    copy: str

    def put_back(self) -> None:
        """Put a copy of the copy in the place of the database."""
        self.database.server.copy_database(self.copy, self.database.name)
