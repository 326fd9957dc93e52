"""Values as people read them: decimal comma, written-out dates, labels instead of codes."""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final, Literal

from service.engine.expression import number_text
from service.engine.form.model import Option

Locale = Literal["id", "en"]

_MONTHS: Final[dict[Locale, tuple[str, ...]]] = {
    "id": (
        *("Januari", "Februari", "Maret", "April", "Mei", "Juni"),
        *("Juli", "Agustus", "September", "Oktober", "November", "Desember"),
    ),
    "en": (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
}
_YES_NO: Final[dict[Locale, tuple[str, str]]] = {"id": ("Tidak", "Ya"), "en": ("No", "Yes")}
_DATE: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:T([0-9]{2}:[0-9]{2}))?")
_TIME: Final = re.compile(r"[0-9]{2}:[0-9]{2}")


def number_input(value: object) -> str:
    """Return a number as it is typed: with a decimal comma and without grouping, in every language."""
    return "" if not _is_number(value) else _plain(value).replace(".", ",")


def number_words(value: object) -> str:
    """Return a number as it is read: 1.234,5 in every language, since it is typed so in every language."""
    whole, point, fraction = _plain(value).partition(".")
    sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    return f"{sign}{'.'.join(_thousands(digits))}{',' if point else ''}{fraction}"


def _thousands(digits: str) -> list[str]:
    first = len(digits) % 3
    return [digits[:first]] * bool(first) + [digits[place : place + 3] for place in range(first, len(digits), 3)]


def _plain(value: object) -> str:
    return number_text(Decimal(repr(value)))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def moment_words(text: str, locale: Locale) -> str:
    """Return a stored date, time, or both as it is read; another text as it is."""
    if _TIME.fullmatch(text):
        return text.replace(":", ".") if locale == "id" else text
    found = _DATE.fullmatch(text)
    if not found:
        return text
    try:
        day = date.fromisoformat(found[1])
    except ValueError:
        return text
    words = f"{day.day} {_MONTHS[locale][day.month - 1]} {day.year}"
    return words if found[2] is None else f"{words} {moment_words(found[2], locale)}"


def choice_words(value: object, options: Sequence[Option]) -> str:
    """Return the label of a stored choice, or of several; the code itself where the option is gone."""
    labels = {option.value: option.label for option in options}
    codes = value if isinstance(value, list) else [value]
    return ", ".join(labels.get(str(code), str(code)) for code in codes if code is not None)


def words(value: object, locale: Locale) -> str:
    """Return any value as text; what is not there is nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _YES_NO[locale][value]
    if _is_number(value):
        return number_words(value)
    if isinstance(value, str):
        return moment_words(value, locale)
    if isinstance(value, dict):
        # A file is known by its name, anything else by its simple entries.
        entries = [value["name"]] if is_file(value) else list(value.values())
        return ", ".join(filter(None, (words(entry, locale) for entry in entries)))
    return ", ".join(filter(None, (words(item, locale) for item in value))) if isinstance(value, list) else ""


def is_file(value: object) -> bool:
    """Tell whether a value is what process data keeps of a file."""
    return isinstance(value, dict) and value.keys() == {"id", "name", "size"} and isinstance(value["name"], str)
