"""First contents of an office's tables of days off, from the `holidays` package; the office corrects them by decree.

Kept apart from the calendar: nothing else here needs the package. Dates that depend on the moon and lie ahead carry
"(perkiraan)" until a decree settles them.
"""

from collections.abc import Iterator
from datetime import date, timedelta

import holidays

from service.engine.worktime.hours import Period

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
    both = holidays.country_holidays(
        "ID",
        years=range(year_from, year_to + 1),
        categories=(holidays.PUBLIC, holidays.GOVERNMENT),
        language="id",
    )
    return dict(sorted(both.items()))


def decreed_years(year_from: int, year_to: int) -> frozenset[int]:
    """Return the years with joint leave: joint leave comes with the decree, so a year without it has none yet."""
    leave = holidays.country_holidays(
        "ID", years=range(year_from, year_to + 1), categories=holidays.GOVERNMENT, language="id"
    )
    return frozenset(day.year for day in leave)


def seed_ramadan(year_from: int, year_to: int) -> tuple[tuple[Period, str], ...]:
    """Return the fasting months that end in these years, each with a name that marks an estimate."""
    return tuple(_ramadans(seed_days(year_from, year_to)))


def _ramadans(days: dict[date, str]) -> Iterator[tuple[Period, str]]:
    for eid, names in days.items():
        name = next((one for one in names.split("; ") if one.startswith(_EID)), "")
        if name:
            first = _FIRST_FASTING_DAYS.get(eid.year, eid - _LONGEST_RAMADAN)
            estimated = _ESTIMATE in name or eid.year not in _FIRST_FASTING_DAYS
            mark = f" {_ESTIMATE}" if estimated else ""
            yield Period(first, eid - timedelta(days=1)), f"Ramadan {eid.year}{mark}"
