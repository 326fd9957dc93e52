"""First contents of an office's tables of days off, from the `holidays` package; the office corrects them by decree.

Kept apart from the calendar: nothing else here needs the package. Dates that depend on the moon and lie ahead carry
"(perkiraan)" until a decree settles them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta

from service.engine.worktime.hours import Period
from service.engine.worktime.office import OFFICE, DayOff, Fasting, Hours, Source, Workdays

YEARS = (2024, 2028)
"""What an office begins with; later years are added a year ahead."""
_EID = "Hari Raya Idul Fitri"
_ESTIMATE = "(perkiraan)"
_LONGEST_RAMADAN = timedelta(days=30)
_FIRST_FASTING_DAYS = {
    2024: date(2024, 3, 12),
    2025: date(2025, 3, 1),
    2026: date(2026, 2, 19),
}
"""As the government announced; other years are estimated as 30 days before Idul Fitri."""


def seed_days(year_from: int, year_to: int) -> dict[date, str]:
    """Return national holidays and joint leave with their Indonesian names, in order."""
    return dict(sorted(_listed(year_from, year_to, "public", "government").items()))


def decreed_years(year_from: int, year_to: int) -> frozenset[int]:
    """Return the years with joint leave: joint leave comes with the decree, so a year without it has none yet."""
    return frozenset(day.year for day in _listed(year_from, year_to, "government"))


def seed_ramadan(year_from: int, year_to: int) -> tuple[tuple[Period, str], ...]:
    """Return the fasting months that end in these years, each with a name that marks an estimate."""
    return tuple(_ramadans(seed_days(year_from, year_to)))


def seed_workdays(zone: str, year_from: int, year_to: int) -> Workdays:
    """Return what an office begins with: usual hours, and the days off of these years."""
    days = seed_days(year_from, year_to)
    national = _listed(year_from, year_to, "public")
    decreed = decreed_years(year_from, year_to)
    off = {day: DayOff(name, Source.NATIONAL if day in national else Source.JOINT) for day, name in days.items()}
    return Workdays(
        zone,
        {OFFICE: Hours(days_off=off)},
        tuple(Fasting(period.first, period.last, name) for period, name in seed_ramadan(year_from, year_to)),
        {year: year in decreed for year in range(year_from, year_to + 1)},
    )


def with_year(workdays: Workdays, year: int) -> Workdays:
    """Return what an office had settled together with a year that it does not know; its own entries stay."""
    new, known = seed_workdays(workdays.zone, year, year), workdays.hours[OFFICE]
    months = [*workdays.ramadan, *(one for one in new.ramadan if all(_apart(one, other) for other in workdays.ramadan))]
    off = {**new.hours[OFFICE].days_off, **known.days_off}
    return Workdays(
        workdays.zone,
        {**workdays.hours, OFFICE: replace(known, days_off=off)},
        tuple(sorted(months, key=lambda one: one.first)),
        {**workdays.years, **new.years},
    )


def _listed(year_from: int, year_to: int, *categories: str) -> Mapping[date, str]:
    from holidays import country_holidays  # noqa: PLC0415 - takes as long to load as to ask, and is seldom asked

    return country_holidays("ID", years=range(year_from, year_to + 1), categories=categories, language="id")


def _apart(one: Fasting, other: Fasting) -> bool:
    return one.last < other.first or other.last < one.first


def _ramadans(days: dict[date, str]) -> Iterator[tuple[Period, str]]:
    for eid, names in days.items():
        name = next((one for one in names.split("; ") if one.startswith(_EID)), "")
        if name:
            first = _FIRST_FASTING_DAYS.get(eid.year, eid - _LONGEST_RAMADAN)
            estimated = _ESTIMATE in name or eid.year not in _FIRST_FASTING_DAYS
            mark = f" {_ESTIMATE}" if estimated else ""
            yield Period(first, eid - timedelta(days=1)), f"Ramadan {eid.year}{mark}"
