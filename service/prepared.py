"""Statements of the hot path: put into SQL once, then run by the driver itself in the transaction of the session.

SQLAlchemy writes them and converts their values; only its way from a statement to the driver is left out, which costs
five to ten times what the driver needs for such short statements. Writes that belong together go to PostgreSQL as one:
the way to a server costs more than what it does there.
"""

import re
from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from typing import Any, TypeVar, cast

import psycopg
from sqlalchemy import BindParameter, ColumnElement, Connection, Dialect, bindparam
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.selectable import ReturnsRows
from sqlalchemy.types import TypeEngine

from service.models import db
from service.models.base import Base, takes_no_writes

Values = Mapping[str, object]
Convert = Callable[[Any], object]
Model = TypeVar("Model", bound=Base)
Result = TypeVar("Result")

_MARK = re.compile(r"%\((\w+)\)s")
_ESCAPED = re.compile("%[s%]")
_AT_ONCE = 16
"""Writes that go to PostgreSQL as one statement; a longer one would seldom be the same again."""


@dataclass(frozen=True, slots=True)
class _Form:
    """A statement in the SQL of one database."""

    sql: str
    constants: Mapping[str, object]
    """Values that the statement itself holds."""
    inward: Sequence[tuple[str, Convert | None]]
    """Names of the values in the order of their marks, and how they are converted."""
    outward: Sequence[tuple[int, Convert]]
    row: type[Any]

    def parameters(self, values: Values) -> list[object]:
        """Return values as the driver takes them."""
        given = {**self.constants, **values} if self.constants else values
        return [given[name] if convert is None else convert(given[name]) for name, convert in self.inward]

    def named(self, found: Sequence[Any]) -> Any:  # noqa: ANN401 - columns by name
        """Return a row of the driver as the program takes it."""
        if self.outward:
            columns = list(found)
            for index, convert in self.outward:
                columns[index] = convert(columns[index])
            found = columns
        return self.row._make(found)


def plain(model: type[Model]) -> Callable[[Sequence[Any]], Model]:
    """Return what makes a row of a table out of its columns, in their order; nothing that is written to it is saved."""
    row = namedtuple(model.__name__, [column.key for column in model.__table__.c])  # type: ignore[misc]  # noqa: PYI024
    return cast("Callable[[Sequence[Any]], Model]", row._make)


def marks(name: str, count: int, column: InstrumentedAttribute[Any]) -> list[BindParameter[Any]]:
    """Return so many numbered marks of a list of values for a column; `numbered` gives them their values."""
    return [bindparam(f"{name}_{number}", type_=column.type) for number in range(count)]


def numbered(name: str, values: Iterable[object]) -> dict[str, object]:
    """Return a list of values by the names of their marks."""
    return {f"{name}_{number}": value for number, value in enumerate(values)}


class Unmet(Exception):
    """A write on which others depend found no row."""


class Prepared:
    """One statement. Every value that it takes is a `bindparam` by name."""

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement
        self._forms: dict[str, _Form] = {}

    def all(self, values: Values) -> list[Any]:
        """Return the rows that are found, with the columns by name."""
        form, rows = self._run(values, lambda cursor: cursor.fetchall())
        return [form.named(row) for row in rows]

    def run(self, values: Values) -> int:
        """Write, and return how many rows were written."""
        _, count = self._run(values, lambda cursor: cursor.rowcount)
        return int(count)

    def write(self, values: Values) -> None:
        """Write, at the end of the block that it stands in with others `together`."""
        writes: list[Write] | None = db.session().info.get("writes")
        if writes is None:
            self.run(values)
        else:
            writes.append((self, values))

    def form(self, dialect: Dialect) -> _Form:
        """Return it in the SQL of a database."""
        return self._forms.get(dialect.name) or self._prepare(dialect)

    def _run(self, values: Values, result: Callable[[Any], Result]) -> tuple[_Form, Result]:
        connection = _connection()
        form = self.form(connection.dialect)
        return form, _executed(connection, form.sql, form.parameters(values), result)

    def _prepare(self, dialect: Dialect) -> _Form:
        compiled = cast("SQLCompiler", self._statement.compile(dialect=dialect))
        convert = {name: _bound(bind.type, dialect) for bind, name in compiled.bind_names.items()}
        constants = {name: value for name, value in compiled.params.items() if value is not None}
        columns: list[ColumnElement[Any]] = []
        if isinstance(self._statement, ReturnsRows):  # a question, or a change that tells what it changed
            columns = list(self._statement.exported_columns)
        outward = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
        form = self._forms[dialect.name] = _Form(
            _MARK.sub("%s", compiled.string),
            constants,
            [(name, convert[name]) for name in compiled.positiontup or _MARK.findall(compiled.string)],
            [(index, convert) for index, convert in enumerate(outward) if convert is not None],
            namedtuple("Row", [str(column.key) for column in columns]),  # noqa: PYI024 - its names are known here first
        )
        return form


def end_reading() -> None:
    """End a transaction that only read by a commit: at a rollback psycopg forgets every statement that it prepared."""
    connection = _kept(db.session())
    driver = None if connection is None or connection.invalidated else connection.connection.driver_connection
    if connection is not None and isinstance(driver, psycopg.Connection):
        try:
            driver.commit()
        except psycopg.Error as error:
            connection.invalidate(error)


Write = tuple[Prepared, Values]


@contextmanager
def together(condition: Write | None = None) -> Iterator[None]:
    """Write what is written in this block at its end, as one statement where that is cheaper.

    No part of it may need to see what another one wrote.

    Raises:
        Unmet: the `condition`, a write as well, found no row; what else was written has to be taken back.

    """
    info, is_cheaper = db.session().info, _connection().dialect.name == "postgresql"
    if condition is not None and not is_cheaper:
        _require(condition[0].run(condition[1]))
    writes: list[Write] = []
    info["writes"] = writes
    try:
        yield
    finally:
        del info["writes"]
    at_once = _AT_ONCE if is_cheaper else 1
    if condition is not None and is_cheaper:
        head, writes = writes[: at_once - 1], writes[at_once - 1 :]
        _require(_write([*head, condition]))  # the last is carried out first
    for first in range(0, len(writes), at_once):
        _write(writes[first : first + at_once])


def _require(rows: int) -> None:
    if not rows:
        raise Unmet


def _write(writes: Sequence[Write]) -> int:
    """Write, and return how many rows the last one wrote."""
    connection = _connection()
    forms = [prepared.form(connection.dialect) for prepared, _ in writes]
    parameters = [one for form, (_, values) in zip(forms, writes, strict=True) for one in form.parameters(values)]
    return int(
        _executed(connection, _joined(*(form.sql for form in forms)), parameters, lambda cursor: cursor.rowcount)
    )


@lru_cache(maxsize=256)
def _joined(*statements: str) -> str:
    """Return statements that write as one; PostgreSQL begins with the last and goes back to the first."""
    *parts, last = statements
    named = ", ".join(f"part_{number} AS ({part})" for number, part in enumerate(parts))
    return f"WITH {named} {last}" if parts else last


@lru_cache(maxsize=256)
def _numbered(sql: str) -> bytes:
    """Return a statement as PostgreSQL itself takes it: psycopg looks for its own marks in every long one anew."""
    numbers = count(1)
    return _ESCAPED.sub(lambda found: f"${next(numbers)}" if found[0] == "%s" else "%", sql).encode()


def _executed(
    connection: Connection, sql: str, parameters: Sequence[object], result: Callable[[Any], Result]
) -> Result:
    driver = cast("Any", connection.connection.driver_connection)
    is_numbered = isinstance(driver, psycopg.Connection)
    cursor = psycopg.RawCursor(driver) if is_numbered else driver.cursor()
    for listen in connection.dispatch.before_cursor_execute:
        listen(connection, cursor, sql, parameters, None, False)  # noqa: FBT003 - as SQLAlchemy calls it
    try:
        cursor.execute(_numbered(sql) if is_numbered else sql, parameters)
        return result(cursor)
    except connection.dialect.loaded_dbapi.Error as error:
        raise _failure(connection, sql, error) from error
    finally:
        cursor.close()


def _connection() -> Connection:
    """Return the connection of the transaction that the session is in; the session itself takes its time to tell."""
    session = db.session()
    connection = _kept(session)
    if connection is None:
        connection = session.connection()
        session.info["connection"] = session.get_transaction(), connection
    return connection


def _kept(session: Session) -> Connection | None:
    """Return the connection that was kept, unless the session has ended that transaction: it would commit another."""
    begun, connection = session.info.get("connection", (None, None))
    is_current = connection is not None and not connection.closed and begun is session.get_transaction()
    return cast("Connection", connection) if is_current else None


def _bound(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _failure(connection: Connection, sql: str, error: Exception) -> BaseException:
    """Return what SQLAlchemy would raise, and give a connection up that is gone."""
    gone = takes_no_writes(error) or connection.dialect.is_disconnect(error, connection.connection, None)  # type: ignore[arg-type]
    if gone:
        connection.invalidate(error)
    driver = connection.dialect.loaded_dbapi
    return DBAPIError.instance(
        sql, None, error, driver.Error, hide_parameters=True, connection_invalidated=gone, dialect=connection.dialect
    )
