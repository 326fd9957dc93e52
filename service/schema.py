"""The schema of the database: which revision it has, and the way to the newest one."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from service.models import db, on_postgresql, rebuilding

FOLDER = Path(__file__).parent / "migrations"
UPGRADING = 20261
"""Whoever holds the lock of this number changes the tables."""


def upgrade() -> str:
    """Bring the database to the newest revision and return it, or that of a later program, which stays."""
    with rebuilding() as connection:
        if on_postgresql():  # where several processes may be started at once
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({UPGRADING})")
            found = MigrationContext.configure(connection).get_current_revision() or ""
            if is_served(found):
                return found
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return newest()


def newest() -> str:
    """Return the revision that this program needs."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def revisions() -> frozenset[str]:
    """Return every revision that this program knows how to bring up to date."""
    return frozenset(script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions())


def current() -> str:
    """Return the revision that the database has, empty for a database without tables."""
    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() or ""


def is_served(revision: str) -> bool:
    """Tell whether this program works on tables of a revision: its own one, and among several machines a later one.

    They are brought up to date one after the other, so migrations add before they take away.
    """
    own = newest()
    is_later = revision.isdigit() and len(revision) == len(own) and revision > own
    return revision == own or (is_later and on_postgresql())


def release() -> None:
    """Let go of every connection to the database."""
    db.session.remove()
    db.engine.dispose()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    return config
