"""What all tables stand on: how the databases are reached, ids that grow with time, names of constraints."""

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from math import inf
from select import POLLIN, poll
from time import monotonic
from typing import Any, ClassVar
from uuid import UUID

import psycopg
from flask_sqlalchemy import SQLAlchemy
from psycopg.errors import ReadOnlySqlTransaction
from sqlalchemy import Connection, Engine, ExceptionContext, MetaData, Uuid, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, DisconnectionError, IntegrityError
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.pool import ConnectionPoolEntry

from service.columns import Document, Moment, Whole, dumped

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def new_id(now: datetime) -> UUID:
    """Return a UUIDv7: 48 bits of milliseconds, then 74 random bits, so that keys grow with time."""
    milliseconds = int(now.timestamp() * 1000) & (1 << 48) - 1
    value = milliseconds << 80 | 7 << 76 | secrets.randbits(12) << 64 | 2 << 62 | secrets.randbits(62)
    return UUID(int=value)


class Base(DeclarativeBase):
    """All tables share one naming of constraints, so that migrations can name them."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: Moment(),
        dict[str, Any]: Document(),
        int: Whole(),
        list[str]: Document(),
        UUID: Uuid(),
    }


PATIENCE: dict[str, int | str] = {
    "connect_timeout": 5,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
"""How soon a server that says nothing any more is left, in seconds and milliseconds."""

AT_ONCE: dict[str, int | str] = {"options": "-c jit=off"}
"""No statement here runs long enough to be worth being compiled first, which costs PostgreSQL a tenth of a second."""


def engine_options(url: str, *, connections: int, is_pooled: bool) -> dict[str, Any]:
    """Return how the engine connects: SQLite patient, a writer from `BEGIN` on; PostgreSQL checked when idle.

    `is_pooled` says that pgbouncer lends a connection for one transaction only: nothing may be left on it.
    """
    if url.startswith("sqlite"):
        return {"connect_args": {"timeout": 15, "isolation_level": "IMMEDIATE"}, "json_serializer": dumped}
    lent = {"prepare_threshold": None} if is_pooled else {}
    wanted = PATIENCE if is_pooled else PATIENCE | AT_ONCE
    set_by_hand = make_url(url).query
    return {
        "connect_args": {name: value for name, value in wanted.items() if name not in set_by_hand} | lent,
        "json_serializer": dumped,
        "max_overflow": 0,
        "pool_size": connections,
        "pool_timeout": 10,
    }


RESTED = 1.0
"""Seconds after which a connection of the pool is looked at before it is used again."""


@event.listens_for(Engine, "checkin")
def _lay_down(_connection: object, record: ConnectionPoolEntry) -> None:
    record.info["rests_since"] = monotonic()


@event.listens_for(Engine, "checkout")
def _look_at(connection: object, record: ConnectionPoolEntry, _held: object) -> None:
    """Give up a connection that died while it rested: its server said so, or says nothing after a while.

    So is one whose server was to take writes, among several, and takes them no more: another one may by now.
    """
    if not isinstance(connection, psycopg.Connection):
        return
    rested = monotonic() - record.info.get("rests_since", inf)
    if rested <= RESTED and not _has_news(connection):
        return
    try:
        connection.autocommit = True
        is_read_only = connection.execute("SHOW transaction_read_only").fetchone() == ("on",)
        connection.autocommit = False
    except psycopg.OperationalError as error:
        raise DisconnectionError from error
    if is_read_only and connection.info.get_parameters().get("target_session_attrs") == "read-write":
        raise DisconnectionError


def _has_news(connection: psycopg.Connection) -> bool:
    """Tell whether the server said something that nobody asked for: mostly that it goes."""
    news = poll()
    news.register(connection, POLLIN)
    return bool(news.poll(0))


@event.listens_for(Engine, "handle_error")
def _give_up(failure: ExceptionContext) -> None:
    failure.is_disconnect = failure.is_disconnect or takes_no_writes(failure.original_exception)


def takes_no_writes(error: BaseException | None) -> bool:
    """Tell whether a server refused a write for being no primary any more: its connection is of no more use."""
    return isinstance(error, ReadOnlySqlTransaction)


@event.listens_for(Engine, "connect")
def _safe_sqlite(connection: object, _record: object) -> None:
    """Make every SQLite connection durable: an acknowledged commit survives a power cut."""
    if isinstance(connection, sqlite3.Connection):
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")


# Models stand on their own base; Flask-SQLAlchemy brings the engine and the session of a request.
db = SQLAlchemy(metadata=Base.metadata)


def on_postgresql() -> bool:
    """Tell whether several machines may share the database: PostgreSQL rather than SQLite."""
    return db.engine.dialect.name == "postgresql"


def upsert(model: type[Base]) -> postgresql.Insert | sqlite.Insert:
    """Return an insert that can say what happens where a row has its key already."""
    return postgresql.insert(model) if on_postgresql() else sqlite.insert(model)


def let_go(_error: BaseException | None = None) -> None:
    """Close the session of a request or round, also when its line is gone: whoever gets its place must not find it."""
    if not db.session.registry.has():
        return
    session = db.session()
    try:
        session.close()
    except DBAPIError:
        session.invalidate()
    finally:
        db.session.registry.clear()


ALONE = (
    "SELECT set_config('statement_timeout', '0', true), set_config('lock_timeout', '0', true)",
    "SELECT pg_advisory_xact_lock(hashtext('laksana.schema'))",
    "SET LOCAL lock_timeout TO DEFAULT",
)
"""Others who want to change the tables wait, and tables with many rows get the time that they need.

Who waits for a table is as impatient as ever: all who read it would wait behind him.
"""


@contextmanager
def rebuilding() -> Iterator[Connection]:
    """Open a transaction in which tables may be rebuilt that others refer to; SQLite wants that said before it.

    The driver of SQLite begins before the first row only: tables made before that would stay if the rest fails.
    """
    with db.engine.connect() as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        if is_sqlite:
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.rollback()
        try:
            with connection.begin():
                for statement in ("BEGIN IMMEDIATE",) if is_sqlite else ALONE:
                    connection.exec_driver_sql(statement)
                yield connection
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all() if is_sqlite else []
                if broken:
                    raise IntegrityError("PRAGMA foreign_key_check", broken, ValueError("rows without their parent"))
        finally:
            if is_sqlite:
                connection.exec_driver_sql("PRAGMA foreign_keys=ON")
                connection.rollback()
