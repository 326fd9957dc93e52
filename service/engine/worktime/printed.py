"""Reads the time cell of a printed SOP: "10 menit", "1 x 24 jam", "1-2 hari", "-"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from service.engine.worktime.refusals import StandardRefused
from service.engine.worktime.standard import Standard, Unit, of_minutes

_UNITS = {
    "detik": "detik",
    "menit": "menit", "mnt": "menit", "min": "menit", "'": "menit",
    "jam": "jam",
    "hari": "hari", "hr": "hari", "hari kerja": "hari",
    "hari kalender": "hari kalender",
    "minggu": "minggu", "mgg": "minggu",
    "bulan": "bulan", "bln": "bulan", "tahun": "tahun", "thn": "tahun",
}  # fmt: skip
_UNIT = (
    r"(?:(?<![a-z])(?:hari kerja|hari kalender|detik|menit|mnt|min|jam|hari|hr|minggu|mgg|bulan|bln|tahun|thn)"
    r"(?![a-z])|')"
)
_NUMBER = r"[0-9]+(?:[.,][0-9]+)*"
_TO = r"(?:-|~|s/d|s\.?d\.?|sampai dengan|sampai|hingga)"
_ELAPSED = re.compile(r"([0-9]+) ?x ?24 ?jam")
_RANGE = re.compile(rf"({_NUMBER}) ?({_UNIT})? ?{_TO} ?({_NUMBER}) ?({_UNIT}|[a-z]+)?")
_ONE = re.compile(rf"(-?)({_NUMBER}) ?({_UNIT}|[a-z]+)?")
_HOURS_MINUTES = re.compile(rf"({_NUMBER}) ?jam ?(?:dan ?)?({_NUMBER}) ?(?:menit|mnt|')")
_SEVERAL = re.compile(rf"{_NUMBER} ?{_UNIT}.*{_NUMBER} ?{_UNIT}")
_BOUND = re.compile(r"^(?:maksimal|maksimum|maks\.?|paling lama|paling lambat|kurang lebih|sekitar|±|\+/-) ?")
_NUMBER_WORDS = frozenset(
    "satu dua tiga empat lima enam tujuh delapan sembilan sepuluh sebelas belas puluh seratus ratus".split()  # noqa: SIM905
)
_THOUSANDS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{3})+")
_LONGEST_CELL = 200


@dataclass(frozen=True, slots=True)
class Printed:
    """A time cell: the text as printed, and the standard it means; none for a dash or words."""

    text: str
    standard: Standard | None


def read_printed(text: str, header: str = "") -> Printed:
    """Read a cell; `header` is the column head, "Waktu (menit)", whose unit holds for bare numbers."""
    words = _plain(text)
    if not re.search(r"[0-9]", words):
        return Printed(text, None)
    if len(words) > _LONGEST_CELL:
        raise StandardRefused("unreadable", f"a time of {len(words)} characters", text=text)
    try:
        return Printed(text, _standard(words, _header_unit(header)))
    except StandardRefused as refused:
        refused.facts["text"] = text
        raise


def _standard(words: str, header: str) -> Standard:
    if found := _ELAPSED.fullmatch(words):
        return _counted(Fraction(found[1]) * 24 * 60, Unit.ELAPSED)
    if found := _HOURS_MINUTES.fullmatch(words):
        return _of_unit(_number(found[1]) * 60 + _number(found[2]), "menit")
    if found := _RANGE.fullmatch(words):
        return _upper(found, header)
    if found := _ONE.fullmatch(words):
        if found[1]:
            raise StandardRefused("negative", f"{words!r} is negative")
        return _of_unit(_number(found[2]), _unit(found[3], header))
    reason = "several" if _SEVERAL.search(words) else "unreadable"
    raise StandardRefused(reason, f"{words!r} is not one standard time")


def _upper(found: re.Match[str], header: str) -> Standard:
    """Take the end of a range; a range that falls is a misprint, not a shorter time."""
    low, high = _number(found[1]), _number(found[3])
    unit = _unit(found[4], header)
    if low > high and _unit(found[2] or found[4], header) == unit:
        raise StandardRefused("range-reversed", f"{found[0]!r} ends below its beginning")
    return _of_unit(high, unit)


def _of_unit(amount: Fraction, unit: str) -> Standard:
    if unit in {"bulan", "tahun"}:
        raise StandardRefused("calendar-unit", f"{unit} counts the calendar, not working time")
    if unit == "hari kalender":
        return _counted(amount * 24 * 60, Unit.ELAPSED)
    if unit == "detik":
        return _counted(Fraction(ceil(amount / 60)), Unit.MINUTES)
    if unit == "jam":
        return of_minutes(_counted(amount * 60, Unit.MINUTES).value, Unit.HOURS)
    return _counted(amount, Unit(unit))


def _counted(amount: Fraction, unit: Unit) -> Standard:
    if amount.denominator != 1:
        raise StandardRefused("fraction", f"{float(amount):g} {unit} is not a whole number", unit=unit.value)
    return Standard(int(amount), unit)


def _number(text: str) -> Fraction:
    """Read the Indonesian way, 1.440 and 1,5; a point that cannot part thousands is taken for a decimal one."""
    digits = text.replace(".", "") if _THOUSANDS.fullmatch(text) else text.replace(",", ".")
    if digits.count(".") > 1:
        raise StandardRefused("unreadable", f"{text!r} is not a number")
    return Fraction(digits)


def _unit(own: str | None, header: str) -> str:
    word = own or header
    if not word:
        raise StandardRefused("unit-missing", "a bare number, and the column head has no unit")
    if word not in _UNITS:
        raise StandardRefused("unit-unknown", f"{word!r} is no unit of time", unit=word)
    return _UNITS[word]


def _header_unit(header: str) -> str:
    found = re.search(_UNIT, _plain(header))
    return found[0] if found else ""


def _plain(text: str) -> str:
    """Return the text in small letters without brackets, spelled-out doubles ("3 (tiga) hari") and bounds."""
    small = text.lower().translate(str.maketrans("\u00d7\u2013\u2014\u2019`()[]\u00a0", "x--''     "))
    words = " ".join(_without_doubles(small.strip(" .;:").split()))
    return _BOUND.sub("", words).strip(" .;:")


def _without_doubles(words: list[str]) -> Iterator[str]:
    """Leave out number words; without a digit beside them they are words, and words are no standard."""
    return (word for word in words if word not in _NUMBER_WORDS)
