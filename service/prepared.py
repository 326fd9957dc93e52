"""Statements of the hot path: put into SQL once, then run by the driver itself in the transaction of the session.

SQLAlchemy writes them and converts their values; only its way from a statement to the driver is left out, which costs
five to ten times what the driver needs for such short statements.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from sqlalchemy import BindParameter, ColumnElement, Connection, Dialect, bindparam
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.selectable import ReturnsRows
from sqlalchemy.types import TypeEngine

from service.models import db

Values = Mapping[str, object]
Convert = Callable[[Any], object]
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class _Form:
    """A statement in the SQL of one database."""

    sql: str
    constants: Mapping[str, object]
    """Values that the statement itself holds."""
    inward: Sequence[tuple[str, Convert | None]]
    """Names of the values in the order of their marks, and how they are converted."""
    is_named: bool
    """Whether marks have names."""
    outward: Sequence[tuple[int, Convert]]
    row: type[Any]

    def parameters(self, values: Values) -> Any:  # noqa: ANN401 - what a driver takes
        """Return values as the driver takes them."""
        given = {**self.constants, **values} if self.constants else values
        if self.is_named:
            return {name: given[name] if convert is None else convert(given[name]) for name, convert in self.inward}
        return [given[name] if convert is None else convert(given[name]) for name, convert in self.inward]

    def named(self, found: Sequence[Any]) -> Any:  # noqa: ANN401 - columns by name
        """Return a row of the driver as the program takes it."""
        if self.outward:
            columns = list(found)
            for index, convert in self.outward:
                columns[index] = convert(columns[index])
            found = columns
        return self.row._make(found)


def marks(name: str, count: int, column: InstrumentedAttribute[Any]) -> list[BindParameter[Any]]:
    """Return so many numbered marks of a list of values for a column; `numbered` gives them their values."""
    return [bindparam(f"{name}_{number}", type_=column.type) for number in range(count)]


def numbered(name: str, values: Iterable[object]) -> dict[str, object]:
    """Return a list of values by the names of their marks."""
    return {f"{name}_{number}": value for number, value in enumerate(values)}


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

    def _run(self, values: Values, result: Callable[[Any], Result]) -> tuple[_Form, Result]:
        connection = _connection()
        form = self._forms.get(connection.dialect.name) or self._prepare(connection.dialect)
        parameters = form.parameters(values)
        cursor = cast("Any", connection.connection.driver_connection).cursor()
        for listen in connection.dispatch.before_cursor_execute:
            listen(connection, cursor, form.sql, parameters, None, False)  # noqa: FBT003 - as SQLAlchemy calls it
        try:
            cursor.execute(form.sql, parameters)
            return form, result(cursor)
        except connection.dialect.loaded_dbapi.Error as error:
            raise _failure(connection, form.sql, error) from error
        finally:
            cursor.close()

    def _prepare(self, dialect: Dialect) -> _Form:
        compiled = cast("SQLCompiler", self._statement.compile(dialect=dialect))
        convert = {name: _bound(bind.type, dialect) for bind, name in compiled.bind_names.items()}
        constants = {name: value for name, value in compiled.params.items() if value is not None}
        columns: list[ColumnElement[Any]] = []
        if isinstance(self._statement, ReturnsRows):  # a question, or a change that tells what it changed
            columns = list(self._statement.exported_columns)
        outward = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
        form = self._forms[dialect.name] = _Form(
            compiled.string,
            constants,
            [(name, convert[name]) for name in compiled.positiontup or convert],
            compiled.positiontup is None,
            [(index, convert) for index, convert in enumerate(outward) if convert is not None],
            namedtuple("Row", [str(column.key) for column in columns]),  # noqa: PYI024 - its names are known here first
        )
        return form


def _connection() -> Connection:
    """Return the connection of the transaction that the session is in; the session itself takes its time to tell."""
    session = db.session()
    kept: Connection | None = session.info.get("connection")
    if kept is None or kept.closed:
        kept = session.info["connection"] = session.connection()
    return kept


def _bound(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _failure(connection: Connection, sql: str, error: Exception) -> BaseException:
    """Return what SQLAlchemy would raise, and give a connection up that is gone."""
    gone = connection.dialect.is_disconnect(error, connection.connection, None)  # type: ignore[arg-type]
    if gone:
        connection.invalidate(error)
    driver = connection.dialect.loaded_dbapi
    return DBAPIError.instance(
        sql, None, error, driver.Error, hide_parameters=True, connection_invalidated=gone, dialect=connection.dialect
    )
