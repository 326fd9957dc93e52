"""What an office has settled about its working time, as its admins edit it: what its calendars are made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from service.engine.worktime.hours import OFFICE_WEEK, RAMADAN_WEEK, Calendar, Period, Spans, Week
from service.engine.worktime.reckoning import due, local_clock
from service.engine.worktime.refusals import MomentRefused
from service.engine.worktime.standard import Standard, Unit


class Source(StrEnum):
    """Who settled a day off."""

    NATIONAL = "nasional"
    JOINT = "cuti-bersama"
    LOCAL = "lokal"


@dataclass(frozen=True, slots=True)
class DayOff:
    """A day on which nobody works."""

    name: str
    source: Source = Source.LOCAL


@dataclass(frozen=True, slots=True)
class Fasting:
    """Ramadan of one year, both days included."""

    first: date
    last: date
    name: str


@dataclass(frozen=True)
class Hours:
    """The hours of an office, or of a unit that has its own."""

    week: Week = OFFICE_WEEK
    ramadan: Week = RAMADAN_WEEK
    day_of_480: bool = False
    keeps_days_off: bool = True
    """Whether a unit is closed when the office is; direct service is not."""
    days_off: Mapping[date, DayOff] = field(default_factory=dict)
    special_days: Mapping[date, Spans] = field(default_factory=dict)


OFFICE = ""
"""The hours of all who have none of their own."""


@dataclass(frozen=True)
class Workdays:
    """Everything that an office has settled. Ramadan and the settled years are the same for all its units."""

    zone: str
    hours: Mapping[str, Hours]
    """By code of the unit, and those of the `OFFICE`."""
    ramadan: tuple[Fasting, ...] = ()
    years: Mapping[int, bool] = field(default_factory=dict)
    """The years whose days off are known, and whether a decree has settled them."""

    def calendar(self, unit: str = OFFICE) -> Calendar:
        """Return the calendar of the office or of a unit with hours of its own.

        Raises:
            CalendarRefused: what was settled makes no calendar.

        """
        own, office = self.hours[unit], self.hours[OFFICE]
        kept = office.days_off if own.keeps_days_off else {}
        return Calendar(
            zone=self.zone,
            week=own.week,
            ramadan=tuple(Period(one.first, one.last, own.ramadan) for one in self.ramadan),
            days_off={day: off.name for day, off in sorted({**kept, **own.days_off}.items())},
            special_days=own.special_days,
            day_of_480=own.day_of_480,
            decreed=frozenset(year for year, is_settled in self.years.items() if is_settled),
        )

    def due(self, calendar: Calendar, start: datetime, standard: Standard | None) -> datetime | None:
        """Return when a step is due that began at `start`; None where its year has no days off yet, and with no time.

        Args:
            calendar: one of the calendars that were made of this.
            start: when it began.
            standard: its standard time.

        """
        try:
            found = due(calendar, start, standard)
            if found is None or standard is None or standard.unit is Unit.ELAPSED:
                return found
            return found if local_clock(calendar, found).year in self.years else None
        except MomentRefused:
            return None
