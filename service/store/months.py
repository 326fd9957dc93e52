"""The months of the history on PostgreSQL: one partition each, made ahead, so that old months can be put elsewhere."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from random import uniform
from time import sleep

from psycopg.errors import LockNotAvailable
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from service.models import db, on_postgresql

AHEAD = 3
"""Months after the present one that have their partition already."""
PATIENCE = "400ms"
"""How long a month waits for others: less than `deadlock_timeout` of PostgreSQL, so that it steps back and not they."""
ATTEMPTS = 10
LONGEST_PAUSE = 0.5
"""Seconds between two attempts at most."""
OTHERS = "history_other"
"""Where lines go that no month takes: nothing is ever refused."""

_KNOWN = text("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = to_regclass('history')")
_ELSEWHERE = text(f"SELECT DISTINCT date_trunc('month', at AT TIME ZONE 'UTC') FROM {OTHERS}")  # noqa: S608 - a constant
_ALONE = text("SELECT pg_advisory_xact_lock(hashtext('laksana.history'))")
_MADE = """
SET LOCAL lock_timeout = '{patience}';
SAVEPOINT look;
LOCK TABLE {others} IN ACCESS EXCLUSIVE MODE NOWAIT;
ROLLBACK TO look;
LOCK TABLE instance IN SHARE ROW EXCLUSIVE MODE;
LOCK TABLE {others} IN ACCESS EXCLUSIVE MODE;
CREATE TABLE {name} (LIKE history INCLUDING ALL);
ALTER TABLE {name} ADD CONSTRAINT pk_{name} PRIMARY KEY (tenant_id, instance_id, sequence);
WITH moved AS (DELETE FROM {others} WHERE at >= '{first}' AND at < '{end}' RETURNING *)
INSERT INTO {name} SELECT * FROM moved;
ALTER TABLE history ATTACH PARTITION {name} FOR VALUES FROM ('{first}') TO ('{end}');
"""
"""Who reads all history, as a backup does, is long in the way: that is seen before anybody who writes is held up."""


def lacks_months(now: datetime, ahead: int = AHEAD) -> bool:
    """Tell whether a partition is missing of this month and of those ahead; never on SQLite."""
    return on_postgresql() and not _known().issuperset(map(_name, _months(now, ahead)))


def ensure_months(now: datetime, ahead: int = AHEAD) -> list[str]:
    """Make the partitions that are missing, of the months to come and of lines that lie elsewhere; return their names.

    Each is made in a transaction of its own, during which whoever reads or writes history waits a moment. Raises what
    PostgreSQL says when others let no month in for seconds.
    """
    made: list[str] = []
    if not on_postgresql():
        return made
    while name := _patiently(lambda: _make_next(now, ahead)):
        made.append(name)
    return made


def _patiently(make: Callable[[], str]) -> str:
    """Try again when somebody reads or writes history in the other order; nobody but the month waits long for it."""
    for _ in range(ATTEMPTS - 1):
        try:
            return make()
        except OperationalError as error:
            db.session.rollback()
            if not isinstance(error.orig, LockNotAvailable):
                raise
            sleep(uniform(0, LONGEST_PAUSE))  # noqa: S311 - no secret
    return make()


def _make_next(now: datetime, ahead: int) -> str:
    missing = _missing(now, ahead)
    name = _make(missing) if missing else ""
    db.session.commit()
    return name


def _known() -> set[str]:
    return set(db.session.scalars(_KNOWN))


def _missing(now: datetime, ahead: int) -> datetime | None:
    """Return the first month without a partition; whoever asks is alone with the months until his transaction ends."""
    db.session.execute(_ALONE)
    elsewhere = [month.replace(tzinfo=UTC) for month in db.session.scalars(_ELSEWHERE)]
    known = _known()
    return next((month for month in sorted({*_months(now, ahead), *elsewhere}) if _name(month) not in known), None)


def _months(now: datetime, ahead: int) -> Iterator[datetime]:
    month = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    for _ in range(ahead + 1):
        yield month
        month = _after(month)


def _make(month: datetime) -> str:
    name = _name(month)
    parts = {
        "patience": PATIENCE,
        "name": name,
        "others": OTHERS,
        "first": month.isoformat(),
        "end": _after(month).isoformat(),
    }
    for statement in _MADE.format(**parts).split(";\n"):
        if statement.strip():
            db.session.connection().exec_driver_sql(statement)
    return name


def _name(month: datetime) -> str:
    return f"history_{month:%Y_%m}"


def _after(month: datetime) -> datetime:
    return month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1)
