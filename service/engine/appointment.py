"""Who holds a post, as what and when; which appointments contradict each other."""

from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from itertools import combinations

from service.engine.human import Human
from service.errors import OrganisationRefused

DAY = timedelta(days=1)


class Capacity(StrEnum):
    """As what somebody holds a post."""

    DEFINITIVE = "definitive"
    PLH = "plh"
    PLT = "plt"

    @property
    def prefix(self) -> str:
        """Return what stands before the name of the post: "Plh." or "Plt."; nothing for its own holder."""
        return "" if self is Capacity.DEFINITIVE else f"{self.capitalize()}."


MONTHS = {Capacity.PLH: 3, Capacity.PLT: 12}
"""How long somebody acts at most."""


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of time."""

    start: datetime
    end: datetime | None = None
    """The first moment after it; open where nobody knows yet."""

    def holds(self, moment: datetime) -> bool:
        """Tell whether a moment is in it."""
        return self.start <= moment and (self.end is None or moment < self.end)

    @property
    def is_empty(self) -> bool:
        """Tell whether no moment is in it, as of what was ended before it began."""
        return self.end is not None and self.end <= self.start

    def overlaps(self, other: "Period") -> bool:
        """Tell whether any moment is in both."""
        if self.is_empty or other.is_empty:
            return False
        return (other.end is None or self.start < other.end) and (self.end is None or other.start < self.end)

    def covers(self, other: "Period") -> bool:
        """Tell whether every moment of another one is in it."""
        return self.start <= other.start and (self.end is None or (other.end is not None and other.end <= self.end))

    def first_day(self, zone: tzinfo) -> date:
        """Return its first day on the clocks of a place."""
        return self.start.astimezone(zone).date()

    def last_day(self, zone: tzinfo) -> date | None:
        """Return its last day on the clocks of a place."""
        return None if self.end is None else (self.end - timedelta(microseconds=1)).astimezone(zone).date()


def days(first: date, last: date | None, zone: tzinfo) -> Period:
    """Return whole days, the first and the last one too.

    Raises:
        OrganisationRefused: it would end before it begins.

    """
    if last is not None and last < first:
        raise OrganisationRefused("ends-before-start", first=first, last=last)
    return Period(midnight(first, zone), None if last is None else midnight(last + DAY, zone))


def midnight(day: date, zone: tzinfo) -> datetime:
    """Return the first moment of a day."""
    return datetime.combine(day, time(), zone)


def months_after(day: date, months: int) -> date:
    """Return the same day some months later; the last of the month where there is none."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


@dataclass(frozen=True, slots=True)
class Mandate:
    """What somebody was given by decree for a time: to act for another, to audit."""

    decree: str
    period: Period


def require_mandate(mandate: Mandate | None) -> Mandate:
    """Return a mandate that is one.

    Raises:
        OrganisationRefused: it has no number or no end.

    """
    if mandate is None:
        raise OrganisationRefused("decree-missing")
    for flaw in mandate_flaws(mandate.decree, has_end=mandate.period.end is not None):
        raise flaw
    return mandate


def mandate_flaws(decree: str, *, has_end: bool) -> Iterator[OrganisationRefused]:
    """Yield what keeps a decree from being a mandate: it has no number, it has no end."""
    if not decree.strip():
        yield OrganisationRefused("decree-missing")
    if not has_end:
        yield OrganisationRefused("end-missing")


@dataclass(frozen=True, slots=True)
class Tenure:
    """One person in one post for a time."""

    human: Human
    name: str
    capacity: Capacity
    period: Period
    decree: str = ""


def once_free(whole: Period, others: Iterable[Period]) -> Period:
    """Return whole days without the hours of the first one in which something else was not over yet."""
    ends = [one.end for one in others if one.end is not None]
    return Period(max((end for end in ends if whole.start < end < whole.start + DAY), default=whole.start), whole.end)


def vacancies(tenures: Iterable[Tenure]) -> list[Period]:
    """Return when nobody held a post at all, from its first holder on; open where nobody follows."""
    held = sorted((one.period for one in tenures if not one.period.is_empty), key=lambda period: period.start)
    found: list[Period] = []
    until = held[0].start if held else None
    for period in held:
        if until is None:
            return found
        if period.start > until:
            found.append(Period(until, period.start))
        until = None if period.end is None else max(until, period.end)
    return [*found, Period(until)] if until is not None else found


def overlaps(tenures: Iterable[Tenure]) -> list[tuple[Period, tuple[str, str]]]:
    """Return when a post had two holders of its own, with their names."""
    own = [one for one in tenures if one.capacity is Capacity.DEFINITIVE]
    found = []
    for one, other in combinations(own, 2):
        if one.period.overlaps(other.period):
            ends = [end for end in (one.period.end, other.period.end) if end is not None]
            shared = Period(max(one.period.start, other.period.start), min(ends, default=None))
            found.append((shared, (one.name, other.name)))
    return found


def require_appointable(new: Tenure, others: Iterable[Tenure], zone: tzinfo, *, is_shared: bool) -> None:
    """Refuse an appointment that the others to the same post contradict.

    Raises:
        OrganisationRefused: with the person and the period that stand in its way.

    """
    for flaw in flaws(new, others, zone, is_shared=is_shared):
        raise flaw


def flaws(new: Tenure, others: Iterable[Tenure], zone: tzinfo, *, is_shared: bool) -> Iterator[OrganisationRefused]:
    """Yield everything that speaks against an appointment to a post."""
    meanwhile = [one for one in others if one.period.overlaps(new.period)]
    definitive = [one for one in meanwhile if one.capacity is Capacity.DEFINITIVE]
    acting = [one for one in meanwhile if one.capacity is not Capacity.DEFINITIVE]
    if new.capacity is Capacity.DEFINITIVE:
        yield from _of_holder(new, definitive, acting, zone, is_shared=is_shared)
    elif is_shared:
        yield OrganisationRefused("shared-post")
    else:
        yield from mandate_flaws(new.decree, has_end=new.period.end is not None)
        if new.period.end is not None:  # nobody knows whom it would meet before it has one
            yield from _of_acting(new, new.period.end, definitive, acting, zone)


def _of_holder(
    new: Tenure, definitive: list[Tenure], acting: list[Tenure], zone: tzinfo, *, is_shared: bool
) -> Iterator[OrganisationRefused]:
    yield from _hindered("held-already", [one for one in definitive if new.human.is_among([one.human])], zone)
    if not is_shared:
        yield from _hindered("held-twice", definitive, zone)
        yield from _hindered("acted-for", acting, zone)


def _of_acting(
    new: Tenure, end: datetime, definitive: list[Tenure], acting: list[Tenure], zone: tzinfo
) -> Iterator[OrganisationRefused]:
    months = MONTHS[new.capacity]
    latest = midnight(months_after(new.period.first_day(zone), months), zone)
    if end > latest:
        yield OrganisationRefused("too-long", months=months, last=latest.date() - DAY)
    yield from _hindered("acting-twice", acting, zone)
    if new.capacity is Capacity.PLT:
        yield from _hindered("post-held", definitive, zone)
    elif not any(one.period.covers(new.period) for one in definitive):
        yield OrganisationRefused("post-vacant")
    else:
        own = [one for one in definitive if new.human.is_among([one.human])]
        yield from _hindered("holder-himself", own, zone)


def _hindered(cause: str, hinder: Iterable[Tenure], zone: tzinfo) -> Iterator[OrganisationRefused]:
    for one in hinder:
        first, last = one.period.first_day(zone), one.period.last_day(zone)
        yield OrganisationRefused(cause, person=one.name, prefix=one.capacity.prefix, first=first, last=last)
