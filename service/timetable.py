"""The working time of offices, read from its tables and remembered until it changes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from service.engine.worktime import (
    OFFICE,
    Calendar,
    DayOff,
    Fasting,
    Hours,
    Source,
    Standard,
    Workdays,
    read_spans,
    read_week,
)
from service.models import (
    Office,
    Position,
    Unit,
    WorkDayOff,
    WorkHours,
    WorkRamadan,
    WorkSpecialDay,
    WorkYear,
    db,
)
from service.remembered import Remembered


@dataclass(frozen=True, slots=True)
class Timetable:
    """The calendars of an office, and who goes by which."""

    workdays: Workdays
    calendars: Mapping[str, Calendar]
    owners: Mapping[str, str]
    """Code of a unit or position -> code of the unit whose hours it keeps; nothing for those of the office."""

    def calendar(self, *codes: str) -> Calendar:
        """Return the calendar of the first of these units and positions that has one of its own, else the office's."""
        if not self.owners:
            return self.calendars[OFFICE]
        return self.calendars[next((self.owners[code] for code in codes if code in self.owners), OFFICE)]

    def due(self, codes: Iterable[str], start: datetime, standard: Standard | None) -> datetime | None:
        """Return when a task of these units and positions is due that began at `start`; None where nobody can say."""
        return self.workdays.due(self.calendar(*codes), start, standard)


@dataclass(frozen=True, slots=True)
class Moved:
    """An open task that is due at another time than before."""

    case: UUID
    task: UUID
    process: str
    element: str
    before: datetime | None
    after: datetime | None


def of(office: str) -> Timetable:
    """Return the timetable of an office."""
    return _TIMETABLES.of(office)


def drafted(office: str, workdays: Workdays) -> Timetable:
    """Return the timetable that an office would have."""
    return Timetable(workdays, {unit: workdays.calendar(unit) for unit in workdays.hours}, owners(office, workdays))


def read(office: str) -> Workdays:
    """Return what an office has settled."""
    zone = db.session.execute(select(Office.zone).where(Office.id == office)).scalar_one()
    off: dict[str, dict[date, DayOff]] = {}
    for day in db.session.scalars(select(WorkDayOff).where(WorkDayOff.tenant_id == office).order_by(WorkDayOff.day)):
        off.setdefault(day.unit_code, {})[date.fromisoformat(day.day)] = DayOff(day.name, Source(day.source))
    special: dict[str, dict[date, tuple[tuple[int, int], ...]]] = {}
    for special_day in db.session.scalars(select(WorkSpecialDay).where(WorkSpecialDay.tenant_id == office)):
        spans = special.setdefault(special_day.unit_code, {})
        spans[date.fromisoformat(special_day.day)] = read_spans(special_day.hours)
    return Workdays(
        zone=zone,
        hours={
            row.unit_code: Hours(
                read_week(row.week),
                read_week(row.ramadan),
                row.day_of_480,
                row.keeps_days_off,
                off.get(row.unit_code, {}),
                special.get(row.unit_code, {}),
            )
            for row in db.session.scalars(select(WorkHours).where(WorkHours.tenant_id == office))
        },
        ramadan=tuple(
            Fasting(date.fromisoformat(row.first), date.fromisoformat(row.last), row.name)
            for row in db.session.scalars(
                select(WorkRamadan).where(WorkRamadan.tenant_id == office).order_by(WorkRamadan.first)
            )
        ),
        years={
            row.year: row.is_settled
            for row in db.session.scalars(select(WorkYear).where(WorkYear.tenant_id == office).order_by(WorkYear.year))
        },
    )


def owners(office: str, workdays: Workdays) -> dict[str, str]:
    """Return who goes by the hours of a unit: itself, the units below it and the positions in them."""
    if len(workdays.hours) == 1:
        return {}
    above = {row.code: row.parent_code for row in db.session.scalars(select(Unit).where(Unit.tenant_id == office))}
    owners = {unit: owner for unit in above if (owner := _owner(unit, above, workdays))}
    posts = db.session.execute(select(Position.code, Position.unit_code).where(Position.tenant_id == office))
    return owners | {row.code: owners[row.unit_code] for row in posts if row.unit_code in owners}


def _owner(unit: str, above: Mapping[str, str | None], workdays: Workdays) -> str:
    place: str | None = unit
    while place and place not in workdays.hours:
        place = above.get(place)
    return place or ""


_TIMETABLES = Remembered(lambda office: drafted(office, read(office)))
