"""Background work: what is due according to the rows of the database, cut into jobs that may run twice."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from service import deliveries, digests, exports, messages, reminders, store, timers, upkeep, workdays
from service.settings import Settings

Row = tuple[str, str]
"""An office and the id of one of its rows."""
SHARES = 8
"""So many jobs of timers may run at the same time; all timers of one case fall into one."""
MOST = 50
"""Rows of one job."""
_WITHOUT = Settings()
"""Nobody outside can be told."""


@dataclass(frozen=True, slots=True)
class Job:
    """Some rows of one kind that are due."""

    kind: str
    key: str
    """No two jobs with the same key wait or run at the same time, however many workers there are."""
    rows: tuple[Row, ...]

    @property
    def takes_long(self) -> bool:
        """Tell whether it may take long, so that it has to keep out of the way of the quick ones."""
        return _DUTIES[self.kind].takes_long


@dataclass(frozen=True, slots=True)
class _Duty:
    due: Callable[[datetime], Iterable[tuple[str, Row]]]
    """What is due, each row with its share of the work."""
    do: Callable[[str, str, datetime, Settings], int]
    takes_long: bool = False
    """Whether it may take long, by its nature or because of somebody outside."""


def due(now: datetime) -> Iterator[Job]:
    """Return what is due now; what a job leads to is due in the next look."""
    for kind in _DUTIES:
        yield from _jobs(kind, now)


def nightly(now: datetime) -> Job:
    """Return the job of the last night, which is done once and no more under its key."""
    night = upkeep.night(now)
    return Job("upkeep", f"upkeep:{night}", (("", night),))


def do(kind: str, row: Row, now: datetime, settings: Settings) -> int:
    """Do what is due about one row and return how much it was; nothing if it is done already."""
    return _DUTIES[kind].do(*row, now, settings)


def run_due(now: datetime, settings: Settings = _WITHOUT) -> int:
    """Do everything that is due now, here and at once, and return how much it was."""
    return sum(do(kind, row, now, settings) for kind in _DUTIES for job in _jobs(kind, now) for row in job.rows)


def _jobs(kind: str, now: datetime) -> Iterator[Job]:
    shares: dict[str, list[Row]] = defaultdict(list)
    for share, row in _DUTIES[kind].due(now):
        shares[share].append(row)
    for share, rows in shares.items():
        yield from (Job(kind, f"{kind}:{share}", tuple(rows[at : at + MOST])) for at in range(0, len(rows), MOST))


def _starts(now: datetime) -> Iterator[tuple[str, Row]]:
    return ((f"{office}:{key}", (office, key)) for office, key in timers.starting(now))


def _timers(now: datetime) -> Iterator[tuple[str, Row]]:
    return ((str(case.int % SHARES), (office, str(wait))) for office, wait, case in timers.due(now))


def _messages(now: datetime) -> Iterator[tuple[str, Row]]:
    return ((office, (office, str(dispatch))) for office, dispatch in messages.due(now))


def _deliveries(now: datetime) -> Iterator[tuple[str, Row]]:
    return ((str(receiver), (office, str(delivery))) for office, delivery, receiver in deliveries.due(now))


def _digests(now: datetime) -> Iterator[tuple[str, Row]]:
    return ((office, (office, day)) for office, day in digests.due(now))


def _reminders(now: datetime) -> Iterator[tuple[str, Row]]:
    return ((office, (office, "")) for office in reminders.due(now))


def _exports(now: datetime) -> Iterator[tuple[str, Row]]:
    return ((str(export), (office, str(export))) for office, export in exports.due(now))


def _recomputations(now: datetime) -> Iterator[tuple[str, Row]]:
    return ((office, (office, asked_at)) for office, asked_at in workdays.due(now))


def _clock() -> datetime:
    return datetime.now(UTC)


def _months(now: datetime) -> Iterator[tuple[str, Row]]:
    return iter([("history", ("", ""))] if store.lacks_months(now) else [])


def _make_months(_office: str, _row: str, now: datetime, _settings: Settings) -> int:
    store.ensure_months(now)
    return 0  # no office sees anything of it


_DUTIES = {
    "starts": _Duty(_starts, lambda office, key, now, _: timers.begin(office, key, now)),
    "timers": _Duty(_timers, lambda office, wait, now, _: timers.fire(office, UUID(wait), now)),
    "messages": _Duty(_messages, lambda office, sent, now, _: messages.deliver(office, UUID(sent), now)),
    "digests": _Duty(_digests, lambda office, day, now, _: digests.write(office, day, now), takes_long=True),
    "reminders": _Duty(_reminders, lambda office, _, now, __: reminders.remind(office, now), takes_long=True),
    "deliveries": _Duty(
        _deliveries,
        lambda office, delivery, now, settings: deliveries.deliver(office, UUID(delivery), now, settings),
        takes_long=True,
    ),
    "exports": _Duty(
        _exports, lambda office, export, _, __: exports.make(office, UUID(export), _clock), takes_long=True
    ),
    "months": _Duty(_months, _make_months),
    "recomputations": _Duty(
        _recomputations, lambda office, asked_at, now, _: workdays.recompute(office, asked_at, now), takes_long=True
    ),
    "upkeep": _Duty(lambda _: (), lambda _, __, now, ___: upkeep.tidy(now) + workdays.add_years(now), takes_long=True),
}
