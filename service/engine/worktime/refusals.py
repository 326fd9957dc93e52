"""Why a calendar, a standard or a moment is not taken.

WorktimeRefused
├── CalendarRefused   zone-unknown, week-incomplete, hours-unreadable, hours-empty, hours-outside, hours-overlap,
│   │                 no-hours, period-reversed, period-overlap, not-a-date
│   └── EditRefused   several of them in one change
├── StandardRefused   empty, negative, huge, fraction, unreadable, several, range-reversed,
│                     unit-missing, unit-unknown, unit-mismatch, calendar-unit
└── MomentRefused     naive, beyond-calendar, negative, not-whole
"""

from collections.abc import Sequence

from service.errors import Invalid


class WorktimeRefused(Invalid):
    """This cannot be reckoned in working time."""

    code = "worktime-refused"

    def __init__(self, reason: str, sentence: str = "", **facts: object) -> None:
        super().__init__(sentence, reason=reason, **facts)
        self.reason = reason


class CalendarRefused(WorktimeRefused):
    """These working hours make no calendar."""

    code = "calendar-refused"

    @property
    def faults(self) -> Sequence["CalendarRefused"]:
        """Return everything that is wrong, each with its field."""
        return (self,)


class EditRefused(CalendarRefused):
    """Several fields of one change are wrong; it speaks for the first of them."""

    def __init__(self, faults: Sequence[CalendarRefused]) -> None:
        first = faults[0]
        super().__init__(
            first.reason, str(first), **{name: fact for name, fact in first.facts.items() if name != "reason"}
        )
        self._faults = tuple(faults)

    @property
    def faults(self) -> Sequence[CalendarRefused]:
        """Return everything that is wrong, each with its field."""
        return self._faults


class StandardRefused(WorktimeRefused):
    """This standard time cannot be taken."""

    code = "standard-refused"


class MomentRefused(WorktimeRefused):
    """This moment or amount cannot be reckoned with."""

    code = "moment-refused"
