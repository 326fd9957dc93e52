"""How long the steps of a process take over all its cases, in working time, beside the standard of the SOP."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Row, func, literal_column, select

from service import catalogue
from service.engine import sop, worktime
from service.engine.assignment import Actor, Role
from service.engine.diagram import Node
from service.errors import NotFound
from service.models import Definition, Instance, Task, TaskStatus, db

Key = TypeVar("Key", bound=Hashable)
HALF, MOST = 50, 90
WHOLE = 100
"""Percent."""
_COMPLETED: ColumnElement[str] = literal_column(f"'{TaskStatus.COMPLETED}'")
"""Written out, because an index of completed tasks only is not used for a value that comes later."""
_VERSION = (Definition.id, Definition.key, Definition.version, Definition.name, Definition.released_at)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the table is narrowed down to."""

    process: str = ""
    since: date | None = None
    """First day of the first month in which steps were done."""
    until: date | None = None
    """First day of the last."""
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Spread:
    """Working minutes within which half and nine of ten rounds stayed."""

    median: int
    most: int


@dataclass(frozen=True, slots=True)
class StepPace:
    """A row of the SOP with what its completed rounds took; each round has a clock of its own."""

    order: int
    number: str
    """As printed in the SOP."""
    element: str
    title: str
    lane: str
    standard: str
    """In the words of the SOP."""
    indent: bool
    count: int
    waiting: Spread | None
    handling: Spread | None
    timed: int
    """Rounds that had something due."""
    in_time: int
    """Of those, the ones that were done by then."""
    returns: int
    """Rounds that began because the step was given back."""

    @property
    def share(self) -> int | None:
        """Return the percentage in time, rounded down, so that one late round of a thousand is not lost."""
        return self.in_time * WHOLE // self.timed if self.timed else None


@dataclass(frozen=True)
class Pace:
    """The table of one process."""

    wanted: Wanted
    processes: tuple[tuple[str, str], ...]
    """Key and name of all that the reader may see."""
    versions: tuple[int, ...]
    key: str
    name: str
    version: int
    """Whose rows and standards are shown."""
    rows: tuple[StepPace, ...]
    rounds: int
    timed: int
    in_time: int
    day: int
    """Minutes of a working day of the office."""
    longest: int
    """The longest of all times, for which a bar is full."""

    @property
    def share(self) -> int | None:
        """Return the percentage of all rounds in time."""
        return self.in_time * WHOLE // self.timed if self.timed else None


def pace(actor: Actor, wanted: Wanted) -> Pace | None:
    """Return the table of a process, of the first one when none is asked for; nothing where the office has none.

    Raises:
        NotFound: the office has no such process or version.

    """
    versions = _versions(actor)
    names = {row.key: row.name for row in reversed(versions)}
    processes = tuple(sorted(names.items(), key=lambda item: item[1]))
    if not processes and not wanted.process:
        return None
    key = wanted.process or processes[0][0]
    own = [row for row in versions if row.key == key]
    shown = next((row for row in own if wanted.version in {None, row.version}), None)
    if shown is None:
        raise NotFound(process=key, version=wanted.version)
    measured = _measured(actor, key, wanted, shown.id if wanted.version else None)
    nodes = catalogue.diagram(actor.office, shown.id).user_tasks
    rows = (*(_row(node, measured.pop(node.id, _Rounds())) for node in nodes), *_dropped(actor, key, measured))
    spreads = [spread for row in rows for spread in (row.waiting, row.handling) if spread]
    return Pace(
        wanted=wanted,
        processes=processes,
        versions=tuple(row.version for row in own),
        key=key,
        name=names[key],
        version=shown.version,
        rows=rows,
        rounds=sum(row.count for row in rows),
        timed=sum(row.timed for row in rows),
        in_time=sum(row.in_time for row in rows),
        day=worktime.mean_day(catalogue.calendar(actor.office)),
        longest=max((spread.most for spread in spreads), default=0),
    )


def at_rank(ordered: Sequence[int], percent: int) -> int:
    """Return the smallest of the values that at least so many percent of them do not exceed."""
    return ordered[-(-len(ordered) * percent // WHOLE) - 1]


@dataclass(slots=True)
class _Rounds:
    """What the completed rounds of a step took, by column: there may be very many."""

    waiting: Sequence[int] = ()
    handling: Sequence[int] = ()
    in_time: Sequence[bool | None] = ()
    """None where nothing was due."""
    returned: Sequence[bool] = ()


def _versions(actor: Actor) -> list[Row[Any]]:
    """Return what was deployed, the newest first; staff see only what is or was in force."""
    found = select(*_VERSION).where(Definition.tenant_id == actor.office)
    if Role.STAFF in actor.roles:
        found = found.where(Definition.released_at.is_not(None))
    return list(db.session.execute(found.order_by(Definition.released_at.is_(None), Definition.version.desc())))


def _measured(actor: Actor, key: str, wanted: Wanted, definition: UUID | None) -> dict[str, _Rounds]:
    """Return the completed rounds by element."""
    columns = Task.element, (Task.ended_at <= Task.due_at).label("in_time"), Task.is_returned
    done = select(*columns, Task.created_at, Task.begun_at, Task.ended_at)
    if catalogue.has_several_calendars(actor.office):
        done = done.add_columns(Task.unit, Task.groups)
    done = done.where(*_done(actor, key), *_in_months(actor, wanted))
    if definition is not None:
        done = done.where(_on_version(actor, key, definition))
    rows = db.session.connection().execute(done).all()
    if not rows:
        return {}
    elements, in_time, returned, *moments_and_codes = zip(*rows, strict=True)
    waiting, handling = _worked(actor.office, *moments_and_codes)
    return {
        element: _Rounds(
            [waiting[place] for place in own],
            [handling[place] for place in own],
            [in_time[place] for place in own],
            [returned[place] for place in own],
        )
        for element, own in _places(elements).items()
    }


def _worked(
    office: str,
    opened: Sequence[datetime],
    begun: Sequence[datetime],
    ended: Sequence[datetime],
    units: Sequence[str] = (),
    groups: Sequence[Sequence[str]] = (),
) -> tuple[list[int], list[int]]:
    """Return waiting and handling of each round, on the calendar by which it was due."""
    if not units:
        return _minutes(catalogue.calendar(office), opened, begun, ended)
    codes = [(unit, *own) for unit, own in zip(units, groups, strict=True)]
    waiting, handling = [0] * len(codes), [0] * len(codes)
    for own, places in _places(codes).items():
        columns = ([column[place] for place in places] for column in (opened, begun, ended))
        for place, *times in zip(places, *_minutes(catalogue.calendar(office, *own), *columns), strict=True):
            waiting[place], handling[place] = times
    return waiting, handling


def _minutes(
    calendar: worktime.Calendar, opened: Sequence[datetime], begun: Sequence[datetime], ended: Sequence[datetime]
) -> tuple[list[int], list[int]]:
    tally = worktime.Tally(calendar, min(opened), max(ended))
    start, first, end = (tally.positions(moments) for moments in (opened, begun, ended))
    return tally.minutes(start, first), tally.minutes(first, end)


def _places(values: Iterable[Key]) -> dict[Key, list[int]]:
    """Return where in a column each value stands."""
    found: dict[Key, list[int]] = defaultdict(list)
    for place, value in enumerate(values):
        found[value].append(place)
    return found


def _done(actor: Actor, key: str) -> tuple[ColumnElement[bool], ...]:
    return Task.tenant_id == actor.office, Task.process_key == key, Task.status == _COMPLETED


def _in_months(actor: Actor, wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    """Narrow down to what was done from the beginning of one month to the end of another, on the office's clock."""
    zone = catalogue.calendar(actor.office).time_zone
    if wanted.since:
        yield Task.ended_at >= datetime.combine(wanted.since, time(), zone)
    if wanted.until:
        after = (wanted.until.replace(day=1) + timedelta(days=31)).replace(day=1)
        yield Task.ended_at < datetime.combine(after, time(), zone)


def _on_version(actor: Actor, key: str, definition: UUID) -> ColumnElement[bool]:
    """Narrow down to steps of a version, of cases of its own or of those that call it."""
    own = select(Instance.id).where(Instance.tenant_id == actor.office, Instance.definition_id == definition)
    others = db.session.execute(
        select(Instance.id, Instance.called)
        .join(Definition, (Definition.tenant_id == Instance.tenant_id) & (Definition.id == Instance.definition_id))
        .where(Instance.tenant_id == actor.office, Definition.key != key)
    )
    calling = [case for case, called in others if called.get(key) == str(definition)]
    return Task.instance_id.in_(own) | Task.instance_id.in_(calling)


def _row(node: Node, rounds: _Rounds) -> StepPace:
    return _step(
        rounds,
        order=node.order,
        number=node.properties.get("sop.nomor", ""),
        element=node.id,
        title=node.name,
        lane=node.lane,
        standard=sop.time_words(node),
        indent=node.is_addition,
    )


def _dropped(actor: Actor, key: str, measured: Mapping[str, _Rounds]) -> Iterator[StepPace]:
    """Yield the steps that other versions have and this one has not."""
    if not measured:
        return
    names = db.session.execute(
        select(Task.element, func.max(Task.name), func.max(Task.lane))
        .where(*_done(actor, key), Task.element.in_(list(measured)))
        .group_by(Task.element)
        .order_by(Task.element)
    )
    for element, name, lane in names:
        yield _step(
            measured[element], order=0, number="", element=element, title=name, lane=lane, standard="", indent=False
        )


def _step(rounds: _Rounds, **told: Any) -> StepPace:  # noqa: ANN401 - what the SOP says of the step
    return StepPace(
        **told,
        count=len(rounds.waiting),
        waiting=_spread(rounds.waiting),
        handling=_spread(rounds.handling),
        timed=len(rounds.in_time) - rounds.in_time.count(None),
        in_time=rounds.in_time.count(True),
        returns=rounds.returned.count(True),
    )


def _spread(minutes: Sequence[int]) -> Spread | None:
    ordered = sorted(minutes)
    return Spread(at_rank(ordered, HALF), at_rank(ordered, MOST)) if ordered else None
