"""How long something took and in which month it began, reckoned by the database itself."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, Integer, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class Elapsed(FunctionElement[int]):
    """Milliseconds from one moment to another; nothing while the second is still to come."""

    type = BigInteger()
    name = "elapsed"
    inherit_cache = True


class Month(FunctionElement[int]):
    """Number of the month of a moment, on a clock that is so many minutes ahead of UTC."""

    type = Integer()
    name = "month"
    inherit_cache = True


def elapsed(start: Any, end: Any) -> Elapsed:  # noqa: ANN401 - columns
    """Return how long something took."""
    return Elapsed(start, end)


def month(moment: Any, zone: ZoneInfo, now: datetime) -> Month:  # noqa: ANN401 - a column
    """Return the month of a moment on the clock of an office, as that clock is set now."""
    offset = now.astimezone(zone).utcoffset()
    minutes = int(offset.total_seconds()) // 60 if offset else 0
    return Month(moment, literal_column(str(minutes)))


@compiles(Elapsed, "sqlite")
def _elapsed_of_days(element: Elapsed, compiler: SQLCompiler, **how: Any) -> str:  # noqa: ANN401
    start, end = (compiler.process(part, **how) for part in element.clauses)
    return f"CAST(ROUND((julianday({end}) - julianday({start})) * 86400000) AS INTEGER)"


@compiles(Elapsed, "postgresql")
def _elapsed_of_interval(element: Elapsed, compiler: SQLCompiler, **how: Any) -> str:  # noqa: ANN401
    start, end = (compiler.process(part, **how) for part in element.clauses)
    return f"CAST(ROUND(EXTRACT(EPOCH FROM ({end} - {start})) * 1000) AS BIGINT)"


@compiles(Month, "sqlite")
def _month_of_text(element: Month, compiler: SQLCompiler, **how: Any) -> str:  # noqa: ANN401
    moment, minutes = (compiler.process(part, **how) for part in element.clauses)
    return f"CAST(strftime('%m', {moment}, '{minutes} minutes') AS INTEGER)"


@compiles(Month, "postgresql")
def _month_of_moment(element: Month, compiler: SQLCompiler, **how: Any) -> str:  # noqa: ANN401
    moment, minutes = (compiler.process(part, **how) for part in element.clauses)
    return f"CAST(EXTRACT(MONTH FROM ({moment} AT TIME ZONE 'UTC') + {minutes} * INTERVAL '1 minute') AS INTEGER)"
