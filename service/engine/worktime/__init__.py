"""Working time of an office: its calendar, due dates of the Mutu Baku, and what is left of them.

Decisions, each held by a test:

- A moment is an aware datetime; results are in UTC. Inside, time is whole microseconds, so no law breaks on seconds.
- `add` gives the earliest moment by which that much work can be done: 60 minutes from Mon 15:00 is Mon 16:00, the
  closing time, not Tue 07:30. `subtract` mirrors it: the latest moment at which one must begin.
- A closing time still belongs to its day when counting on from it; `is_working` says no to it (nothing can begin).
- `hari` and `minggu` count working days and keep the local clock time of the start. Where the office is closed at
  that time of the target day, the due moment is the last working moment before it, or the opening when it is earlier.
  A start outside working time counts from the next working moment.
- A day with special hours is a working day even on a weekend or a day off; a day off on a weekend changes nothing.
- An office that takes 480 minutes for a day counts whole multiples of 480 (8 jam too) as working days; other amounts
  stay minutes, so there 479 minutes can end after 480.
- `1 x 24 jam` is elapsed time and may end at night.
- Amber begins two working days before the due moment; a standard of two working days or less has it at its half.
"""

from service.engine.worktime.hours import (
    OFFICE_WEEK,
    RAMADAN_WEEK,
    Calendar,
    Period,
    Spans,
    Week,
    read_spans,
    read_week,
    write_spans,
    write_week,
)
from service.engine.worktime.office import OFFICE, DayOff, Fasting, Hours, Source, Workdays
from service.engine.worktime.printed import Printed, read_printed
from service.engine.worktime.reckoning import (
    add,
    add_days,
    due,
    is_working,
    local_clock,
    mean_day,
    next_working_moment,
    previous_working_moment,
    subtract,
    subtract_days,
    undecreed_years,
    worked,
    worked_minutes,
    working_days_between,
)
from service.engine.worktime.refusals import CalendarRefused, MomentRefused, StandardRefused, WorktimeRefused
from service.engine.worktime.remaining import Colour, Kind, Remaining, Words, amber_from, remaining
from service.engine.worktime.standard import Standard, Unit, read_standard
from service.engine.worktime.tally import Tally

__all__ = [
    "OFFICE",
    "OFFICE_WEEK",
    "RAMADAN_WEEK",
    "Calendar",
    "CalendarRefused",
    "Colour",
    "DayOff",
    "Fasting",
    "Hours",
    "Kind",
    "MomentRefused",
    "Period",
    "Printed",
    "Remaining",
    "Source",
    "Spans",
    "Standard",
    "StandardRefused",
    "Tally",
    "Unit",
    "Week",
    "Words",
    "Workdays",
    "WorktimeRefused",
    "add",
    "add_days",
    "amber_from",
    "due",
    "is_working",
    "local_clock",
    "mean_day",
    "next_working_moment",
    "previous_working_moment",
    "read_printed",
    "read_spans",
    "read_standard",
    "read_week",
    "remaining",
    "subtract",
    "subtract_days",
    "undecreed_years",
    "worked",
    "worked_minutes",
    "working_days_between",
    "write_spans",
    "write_week",
]
