"""Working time between very many moments: the years laid out as one list, so that each moment is one search."""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime

from service.engine.worktime.hours import Calendar
from service.engine.worktime.reckoning import local_clock
from service.engine.worktime.timeline import EPOCH, MINUTE, TICK

_EVER = -(1 << 62)


class Tally:
    """Measures as `worked_minutes` does, for moments from `first` to `last`."""

    def __init__(self, calendar: Calendar, first: datetime, last: datetime) -> None:
        self._opens = [_EVER]  # an interval without working time, before all others
        self._before = [0, 0]
        for number in range(local_clock(calendar, first).year, local_clock(calendar, last).year + 1):
            year, passed = calendar.year(number), self._before[-1]
            self._opens += year.opens
            self._before += [passed + time for time in year.before[1:]]

    def positions(self, moments: Iterable[datetime]) -> list[int]:
        """Return the working time before each moment, in ticks from the first year on."""
        opens, before, found = self._opens, self._before, []
        for moment in moments:
            tick = (moment - EPOCH) // TICK
            interval = bisect_right(opens, tick)
            passed, whole = before[interval - 1] + tick - opens[interval - 1], before[interval]
            found.append(passed if passed < whole else whole)  # noqa: FURB136 - thrice as fast as min
        return found

    @staticmethod
    def minutes(starts: Iterable[int], ends: Iterable[int]) -> list[int]:
        """Return the whole working minutes between positions of which the second is not earlier."""
        return [(end - start) // MINUTE for start, end in zip(starts, ends, strict=True)]
