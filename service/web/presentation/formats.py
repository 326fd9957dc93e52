"""Dates, numbers and sizes as text, in the reader's language and the office's time zone."""

from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from functools import lru_cache
from pathlib import PurePosixPath

from babel.dates import format_date
from babel.numbers import format_decimal
from flask import g
from flask_babel import get_locale, get_timezone, gettext

FILE_ICONS = {
    "csv": "file-earmark-spreadsheet",
    "doc": "file-earmark-word",
    "docx": "file-earmark-word",
    "gif": "file-earmark-image",
    "jpeg": "file-earmark-image",
    "jpg": "file-earmark-image",
    "pdf": "file-earmark-pdf",
    "png": "file-earmark-image",
    "pptx": "file-earmark-slides",
    "webp": "file-earmark-image",
    "xls": "file-earmark-spreadsheet",
    "xlsx": "file-earmark-spreadsheet",
}
ZONES = {"Asia/Jakarta": "WIB", "Asia/Pontianak": "WIB", "Asia/Makassar": "WITA", "Asia/Jayapura": "WIT"}
"""Short names of the time zones, as people say them."""
DIGITS_OF_PAGES = 6
EPOCH = datetime.fromtimestamp(0, UTC)
KILOBYTE, MEGABYTE = 1_000, 1_000_000


def language() -> str:
    """Return the language of this request: "id" or "en"."""
    locale = get_locale()
    return locale.language if locale else "id"


def now() -> datetime:
    """Return one moment for the whole page, so that two lines of it never disagree."""
    moment_of_page: datetime = g.get("now") or g.setdefault("now", datetime.now(UTC))
    return moment_of_page


def milliseconds(at: datetime) -> int:
    """Return a moment as scripts count time."""
    return (at - EPOCH) // timedelta(milliseconds=1)


def from_milliseconds(count: int) -> datetime:
    """Return the moment that scripts count so."""
    return EPOCH + timedelta(milliseconds=count)


def zone() -> tzinfo:
    """Return the time zone of the office whose page this is."""
    return get_timezone() or UTC


def local(value: datetime) -> datetime:
    """Return a stored moment as the clock of the office shows it."""
    return value.astimezone(zone())


def day(value: date) -> str:
    """Return "Sen 2 Nov", with the year when it is not this one."""
    shown = _date_of(value)
    return _worded(shown, "EEE d MMM" if shown.year == local(now()).year else "EEE d MMM y", language())


def day_long(value: date) -> str:
    """Return "Senin, 2 November 2026"."""
    return _worded(_date_of(value), "EEEE, d MMMM y", language())


def last_day(end: datetime) -> str:
    """Return "6 November 2026", the last day of what ends with a midnight."""
    return day_full(end - timedelta(microseconds=1))


def day_full(value: date) -> str:
    """Return "6 November 2026"."""
    return _worded(_date_of(value), "d MMMM y", language())


def month_name(value: date) -> str:
    """Return "November"."""
    return _worded(value, "MMMM", language())


def weekday_name(value: date) -> str:
    """Return "Senin"."""
    return _worded(value, "EEEE", language())


def clock(value: datetime) -> str:
    """Return "09.14"."""
    return local(value).strftime("%H:%M" if language() == "en" else "%H.%M")


def moment(value: datetime) -> str:
    """Return "Jum 30 Okt 13.40", or "hari ini 13.40" on the day itself."""
    if _date_of(value) == _date_of(now()):
        return gettext("hari ini %(clock)s", clock=clock(value))
    return f"{day(value)} {clock(value)}"


def lately(value: datetime) -> str:
    """Return "09.14", and with the day when it was not today: "Jum 30 Okt 13.40"."""
    return clock(value) if _date_of(value) == _date_of(now()) else moment(value)


def moment_long(value: datetime) -> str:
    """Return "Senin, 2 November 2026 08.15"."""
    return f"{day_long(value)} {clock(value)}"


def number(value: Decimal | float | str) -> str:
    """Return "1.234,50" with the digits that were given, none added and none dropped."""
    given = Decimal(str(value))
    exponent = given.as_tuple().exponent
    places = max(-exponent, 0) if isinstance(exponent, int) else 0
    return format_decimal(given, "#,##0" + ("." + "0" * places if places else ""), locale=language())


def case_number(value: int) -> str:
    """Return "0147", the number as it stands on the cover of a case."""
    return f"{value:04}"


def size(count: int) -> str:
    """Return "184 KB" or "2,3 MB"."""
    if count >= MEGABYTE:
        return f"{format_decimal(Decimal(count) / MEGABYTE, '#,##0.#', locale=language())} MB"
    if count >= KILOBYTE:
        return f"{format_decimal(Decimal(count) / KILOBYTE, '#,##0', locale=language())} KB"
    return f"{count} B"


def file_icon(name: str) -> str:
    """Return the icon of a file by the ending of its name."""
    return FILE_ICONS.get(PurePosixPath(name).suffix[1:].lower(), "file-earmark-text")


@lru_cache(maxsize=1024)
def _worded(shown: date, pattern: str, spoken: str) -> str:
    """Put a day into words; the rows of a page have few days among them."""
    return format_date(shown, pattern, locale=spoken)


def _date_of(value: date) -> date:
    return local(value).date() if isinstance(value, datetime) else value


def page_number(text: str) -> int:
    """Return the number of the page that an address asks for; the first one for anything else."""
    is_number = text.isascii() and text.isdecimal() and len(text) <= DIGITS_OF_PAGES
    return max(int(text), 1) if is_number else 1
