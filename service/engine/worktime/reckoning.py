"""Adding, subtracting and measuring working time."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from service.engine.worktime.hours import Calendar
from service.engine.worktime.refusals import MomentRefused
from service.engine.worktime.standard import Standard
from service.engine.worktime.timeline import FIRST_YEAR, LAST_YEAR, MINUTE, Spot, Year, moment_at, ticks

_PRINTED_DAY = 480
"""Minutes that some offices print for one working day, though a day has 450."""


def due(calendar: Calendar, start: datetime, standard: Standard | None) -> datetime | None:
    """Return when a step that began at `start` must be done; None without a standard."""
    if standard is None:
        return None
    days = counted_days(calendar, standard)
    if days:
        return add_days(calendar, start, days)
    if standard.minutes:
        return add(calendar, start, standard.minutes)
    local_clock(calendar, start)
    return start.astimezone(UTC) + standard.elapsed


def counted_days(calendar: Calendar, standard: Standard) -> int:
    """Return how many working days the standard counts in this office; 0 when it counts minutes or the clock."""
    if calendar.day_of_480 and standard.minutes % _PRINTED_DAY == 0:
        return standard.days or standard.minutes // _PRINTED_DAY
    return standard.days


def add(calendar: Calendar, start: datetime, minutes: int) -> datetime:
    """Return the earliest moment by which that many working minutes have passed."""
    year, tick = _place(calendar, start)
    if not _amount(minutes):
        return moment_at(_settled(calendar, year, tick))
    target = _position(calendar.year(year), tick) + minutes * MINUTE
    while target > calendar.year(year).total:
        target -= calendar.year(year).total
        year += 1
    hours = calendar.year(year)
    interval = bisect_left(hours.before, target) - 1
    return moment_at(hours.opens[interval] + target - hours.before[interval])


def subtract(calendar: Calendar, end: datetime, minutes: int) -> datetime:
    """Return the latest moment from which that many working minutes remain until `end`."""
    year, tick = _place(calendar, end)
    if not _amount(minutes):
        return moment_at(_settled_back(calendar, year, tick))
    target = _position(calendar.year(year), tick) - minutes * MINUTE
    while target < 0:
        year -= 1
        target += calendar.year(year).total
    hours = calendar.year(year)
    interval = bisect_right(hours.before, target) - 1
    return moment_at(hours.opens[interval] + target - hours.before[interval])


def add_days(calendar: Calendar, start: datetime, days: int) -> datetime:
    """Return the same time of day that many working days later; when closed then, the last working moment before."""
    year, tick = _place(calendar, start)
    hours, day, clock = _same_clock(calendar, _settled(calendar, year, tick), _amount(days))
    interval = bisect_right(hours.opens, clock, hours.first[day], hours.first[day + 1]) - 1
    if interval < hours.first[day]:
        return moment_at(hours.opens[hours.first[day]])
    return moment_at(min(clock, hours.closes[interval]))


def subtract_days(calendar: Calendar, end: datetime, days: int) -> datetime:
    """Return the same time of day that many working days earlier; when closed then, the next working moment."""
    year, tick = _place(calendar, end)
    hours, day, clock = _same_clock(calendar, _settled_back(calendar, year, tick), -_amount(days))
    interval = bisect_left(hours.closes, clock, hours.first[day], hours.first[day + 1])
    if interval == hours.first[day + 1]:
        return moment_at(hours.closes[interval - 1])
    return moment_at(max(clock, hours.opens[interval]))


def worked(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    """Return the working time between two moments; negative when `end` lies before `start`."""
    return time_between(calendar, spot(calendar, start), spot(calendar, end))


def worked_minutes(calendar: Calendar, start: datetime, end: datetime) -> int:
    """Return the whole working minutes between two moments; a begun minute does not count, either way round."""
    time = worked(calendar, start, end)
    return -(-time // timedelta(minutes=1)) if time < timedelta(0) else time // timedelta(minutes=1)


def mean_day(calendar: Calendar) -> int:
    """Return how many minutes a working day has in an ordinary week."""
    lengths = [sum(end - start for start, end in spans) for spans in calendar.week if spans]
    return round(sum(lengths) / len(lengths))


def working_days_between(calendar: Calendar, start: datetime, end: datetime) -> int:
    """Return how many working days follow the day of `start`, up to and with the day of `end`; the clock is ignored."""
    return days_between(calendar, spot(calendar, start), spot(calendar, end))


def spot(calendar: Calendar, moment: datetime) -> Spot:
    """Return a moment as the office sees it, for all that is measured from there."""
    local = local_clock(calendar, moment)
    return Spot(local, _position(calendar.year(local.year), ticks(moment)), _rank(calendar, local))


def time_between(calendar: Calendar, start: Spot, end: Spot) -> timedelta:
    """Measure as `worked` does."""
    time = end.passed - start.passed
    return timedelta(microseconds=time + _over_years(start, end, lambda year: calendar.year(year).total))


def days_between(calendar: Calendar, start: Spot, end: Spot) -> int:
    """Count as `working_days_between` does."""
    return end.days - start.days + _over_years(start, end, lambda year: len(calendar.year(year).days))


def _over_years(start: Spot, end: Spot, amount: Callable[[int], int]) -> int:
    """Return what the years from one to the other amount to, negative when they lie back."""
    first, last = start.local.year, end.local.year
    if first <= last:
        return sum(map(amount, range(first, last)))
    return -sum(map(amount, range(last, first)))


def is_working(calendar: Calendar, moment: datetime) -> bool:
    """Tell whether the office is open; the closing moment itself is not."""
    year, tick = _place(calendar, moment)
    hours = calendar.year(year)
    interval = bisect_right(hours.opens, tick) - 1
    return interval >= 0 and tick < hours.closes[interval]


def next_working_moment(calendar: Calendar, moment: datetime) -> datetime:
    """Return the moment itself when the office is open, else the next opening."""
    year, tick = _place(calendar, moment)
    return moment_at(tick if is_working(calendar, moment) else _next_opening(calendar, year, tick))


def settled(calendar: Calendar, moment: datetime) -> datetime:
    """Return the moment itself when the office is open or just closing, else the next opening."""
    return moment_at(_settled(calendar, *_place(calendar, moment)))


def previous_working_moment(calendar: Calendar, moment: datetime) -> datetime:
    """Return the moment itself when the office is open or just closing, else the last closing."""
    return moment_at(_settled_back(calendar, *_place(calendar, moment)))


def undecreed_years(calendar: Calendar, start: datetime, end: datetime) -> tuple[int, ...]:
    """Return the years between two moments whose holidays no decree has settled; a due date there is provisional."""
    if calendar.decreed is None:
        return ()
    years = range(local_clock(calendar, start).year, local_clock(calendar, end).year + 1)
    return tuple(year for year in years if year not in calendar.decreed)


def local_clock(calendar: Calendar, moment: datetime) -> datetime:
    """Return the moment on the clock of the office; refuse what no calendar covers."""
    ticks(moment)
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        sentence = f"working time is known from {FIRST_YEAR} to {LAST_YEAR}, not in {moment.year}"
        raise MomentRefused("beyond-calendar", sentence, year=moment.year)
    return moment.astimezone(calendar.time_zone)


def _place(calendar: Calendar, moment: datetime) -> tuple[int, int]:
    """Return the local year and the tick of a moment."""
    return local_clock(calendar, moment).year, ticks(moment)


def _amount(count: int) -> int:
    if type(count) is not int:
        raise MomentRefused("not-whole", f"{count!r} is not a whole number", amount=count)
    if count < 0:
        raise MomentRefused("negative", f"{count} is negative", amount=count)
    return count


def _position(hours: Year, tick: int) -> int:
    """Return the working time of the year that lies before the tick."""
    interval = bisect_right(hours.opens, tick) - 1
    if interval < 0:
        return 0
    return min(hours.before[interval] + tick - hours.opens[interval], hours.before[interval + 1])


def _settled(calendar: Calendar, year: int, tick: int) -> int:
    """Move a tick outside working time forward to the next opening; a closing moment stays."""
    hours = calendar.year(year)
    interval = bisect_right(hours.opens, tick) - 1
    inside = interval >= 0 and tick <= hours.closes[interval]
    return tick if inside else _next_opening(calendar, year, tick)


def _settled_back(calendar: Calendar, year: int, tick: int) -> int:
    """Move a tick outside working time back to the last closing; an opening moment stays."""
    interval = bisect_right(calendar.year(year).opens, tick) - 1
    while interval < 0:
        year -= 1
        interval = len(calendar.year(year).opens) - 1
    return min(tick, calendar.year(year).closes[interval])


def _next_opening(calendar: Calendar, year: int, tick: int) -> int:
    interval = bisect_left(calendar.year(year).opens, tick)
    while interval == len(calendar.year(year).opens):
        year += 1
        interval = 0
    return calendar.year(year).opens[interval]


def _same_clock(calendar: Calendar, tick: int, days: int) -> tuple[Year, int, int]:
    """Go to the working day that many days on; return its year, its index and the tick of the same local time."""
    local = moment_at(tick).astimezone(calendar.time_zone)
    year, day = local.year, _rank(calendar, local) - 1 + days
    while day < 0:
        year -= 1
        day += len(calendar.year(year).days)
    while day >= len(calendar.year(year).days):
        day -= len(calendar.year(year).days)
        year += 1
    hours = calendar.year(year)
    target = datetime.combine(date.fromordinal(hours.days[day]), local.time(), calendar.time_zone)
    return hours, day, ticks(target)


def _rank(calendar: Calendar, local: datetime) -> int:
    """Return how many working days the year has up to this local day."""
    return bisect_right(calendar.year(local.year).days, local.toordinal())
