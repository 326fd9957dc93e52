"""The standard time of a step: a number and the class of its unit, never melted into minutes."""

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from service.engine.worktime.refusals import StandardRefused

DAYS_OF_A_WEEK = 5
_HOUR, _ELAPSED_DAY = 60, 24 * 60


class Unit(StrEnum):
    """What a standard counts, by the words of `sop.satuan`."""

    DAYS = "hari"
    ELAPSED = "elapsed"
    HOURS = "jam"
    MINUTES = "menit"
    WEEKS = "minggu"


LONGEST = {
    Unit.DAYS: 750,
    Unit.ELAPSED: 3 * 366 * _ELAPSED_DAY,
    Unit.HOURS: 6_000,
    Unit.MINUTES: 360_000,
    Unit.WEEKS: 150,
}
"""About three years: a step of an SOP that lasts longer is a typing error."""

_ISO = re.compile(r"(-?)P(?:([0-9]+)W|(?:([0-9]+)D)?(?:T(?=[0-9])(?:([0-9]+)H)?(?:([0-9]+)M)?)?)")
_ISO_CALENDAR = re.compile(r"-?P(?:[0-9]+[YM])+.*")


@dataclass(frozen=True, slots=True)
class Standard:
    """How long a step may take. `value` counts the unit; elapsed time is counted in minutes."""

    value: int
    unit: Unit

    def __post_init__(self) -> None:
        if self.value < 0:
            raise StandardRefused("negative", f"a standard of {self.value} {self.unit}", value=self.value)
        if self.value == 0:
            raise StandardRefused("empty", "a standard of nothing")
        if self.value > LONGEST[self.unit]:
            raise StandardRefused("huge", f"a standard of {self.value} {self.unit}", value=self.value)

    @property
    def minutes(self) -> int:
        """Return the working minutes of menit and jam, else 0."""
        return {Unit.MINUTES: self.value, Unit.HOURS: self.value * _HOUR}.get(self.unit, 0)

    @property
    def days(self) -> int:
        """Return the working days of hari and minggu, else 0."""
        return {Unit.DAYS: self.value, Unit.WEEKS: self.value * DAYS_OF_A_WEEK}.get(self.unit, 0)

    @property
    def elapsed(self) -> timedelta:
        """Return the time on the clock of `1 x 24 jam`, else nothing."""
        return timedelta(minutes=self.value if self.unit is Unit.ELAPSED else 0)

    @property
    def waktu(self) -> str:
        """Return the ISO 8601 text for `sop.waktu`."""
        if self.unit is Unit.ELAPSED and self.value % _HOUR == 0:
            return f"PT{self.value // _HOUR}H"
        before, after = {Unit.DAYS: ("P", "D"), Unit.WEEKS: ("P", "W"), Unit.HOURS: ("PT", "H")}.get(
            self.unit, ("PT", "M")
        )
        return f"{before}{self.value}{after}"


def read_standard(waktu: str, satuan: str) -> Standard | None:
    """Read `sop.waktu` and `sop.satuan` of a step; both empty means that the step has no standard."""
    waktu, satuan = waktu.strip(), satuan.strip()
    if not waktu and not satuan:
        return None
    if not waktu:
        raise StandardRefused("empty", f"a unit {satuan!r} without an amount", satuan=satuan)
    try:
        unit = Unit(satuan)
    except ValueError as error:
        reason, sentence = "unit-unknown" if satuan else "unit-missing", f"{satuan!r} is not one of {', '.join(Unit)}"
        raise StandardRefused(reason, sentence, waktu=waktu, satuan=satuan) from error
    return _made(unit, waktu)


def _made(unit: Unit, waktu: str) -> Standard:
    weeks, days, minutes = _amounts(waktu)
    if unit is Unit.WEEKS and weeks is not None:
        return Standard(weeks, unit)
    if unit is Unit.DAYS and days is not None and minutes is None:
        return Standard(days, unit)
    if unit is Unit.ELAPSED and weeks is None:
        return Standard((days or 0) * _ELAPSED_DAY + (minutes or 0), unit)
    if unit in {Unit.HOURS, Unit.MINUTES} and minutes is not None and days is None:
        return of_minutes(minutes, unit)
    raise StandardRefused("unit-mismatch", f"{waktu} does not count {unit}", waktu=waktu, satuan=unit.value)


def of_minutes(minutes: int, unit: Unit) -> Standard:
    """Keep whole hours as hours where hours are meant; a part of an hour can only be told in minutes."""
    if unit is Unit.HOURS and minutes % _HOUR == 0:
        return Standard(minutes // _HOUR, unit)
    return Standard(minutes, Unit.MINUTES)


def _amounts(waktu: str) -> tuple[int | None, int | None, int | None]:
    """Return weeks, days, minutes; None where the text does not speak of them."""
    found = _ISO.fullmatch(waktu)
    if not found or waktu.endswith("P"):
        reason = "calendar-unit" if _ISO_CALENDAR.fullmatch(waktu) else "unreadable"
        raise StandardRefused(reason, f"{waktu!r} is not a duration like PT30M, P3D or P1W", waktu=waktu)
    sign, weeks, days, hours, minutes = found.groups()
    if any(amount and len(amount) > 9 for amount in (weeks, days, hours, minutes)):  # noqa: PLR2004 - before int()
        raise StandardRefused("huge", f"{waktu[:40]} is too long", waktu=waktu)
    if sign:
        raise StandardRefused("negative", f"{waktu} is negative", waktu=waktu)
    clock = int(hours or 0) * _HOUR + int(minutes or 0) if hours or minutes else None
    return int(weeks) if weeks else None, int(days) if days else None, clock
