"""From what was typed or sent to a typed value, one rule per kind of field; the refusal is a code."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import time
from decimal import Decimal
from typing import Final

from service.engine.day import read_day
from service.engine.expression import JSON, number_text
from service.engine.form.model import (
    CHARACTERS,
    LONG_CHARACTERS,
    SIGNIFICANT_DIGITS,
    Field,
    FileReference,
)
from service.errors import FieldError


class NotTaken(Exception):
    """The value of one field cannot be taken."""

    def __init__(self, code: str, **parameters: object) -> None:
        super().__init__(code)
        self.error = FieldError(code, parameters)


def typed(field: Field, raw: object, files: Mapping[str, FileReference]) -> JSON:
    """Turn one raw answer into the value that may be stored; nothing, or only blanks, is null."""
    if field.kind == "filepicker":
        return _files(field, raw, files)
    if isinstance(raw, list) and field.kind != "checklist":
        raise NotTaken("repeated")
    return _KINDS[field.kind](field, raw)


# Text -------------------------------------------------------------------------------------------

_DIRECTION: Final = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_HALF: Final = re.compile("[\ud800-\udfff]")
_CONTROL: Final = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_BREAKS: Final = re.compile("[\t\n\u2028\u2029]+")


def _line(_field: Field, raw: object) -> str | None:
    text = _plain(raw, CHARACTERS)
    text = _DIRECTION.sub("", _BREAKS.sub(" ", text)).strip() if text else ""
    return text or None


def _paragraphs(_field: Field, raw: object) -> str | None:
    text = _plain(raw, LONG_CHARACTERS)
    return text if text.strip() else None


def _plain(raw: object, limit: int) -> str:
    if raw is None:
        return ""
    if not isinstance(raw, str) or "\x00" in raw:
        raise NotTaken("text-invalid")
    # Lone surrogates cannot be stored or sent; JSON may carry them.
    if not raw.isascii() and _HALF.search(raw):
        raise NotTaken("text-invalid")
    text = unicodedata.normalize("NFC", raw.replace("\r\n", "\n").replace("\r", "\n"))
    text = _CONTROL.sub("", text)
    if len(text) > limit:
        raise NotTaken("text-too-long", limit=limit)
    return text


# Numbers ----------------------------------------------------------------------------------------

_GROUPED: Final = re.compile(r"-?[1-9][0-9]{0,2}(?:\.[0-9]{3})+(?:,[0-9]+)?")
_COMMA: Final = re.compile(r"-?[0-9]+(?:,[0-9]+)?")
_POINT: Final = re.compile(r"-?[0-9]+\.[0-9]+")


def read_number(text: str) -> Decimal | None:
    """Read 94,10 and 1.234,5 as Indonesians write them, and 94.1; null when it is no number."""
    text = re.sub(r"[\s\u00a0\u202f]", "", text).replace("\u2212", "-")
    if _GROUPED.fullmatch(text):
        return Decimal(text.replace(".", "").replace(",", "."))
    if _COMMA.fullmatch(text):
        return Decimal(text.replace(",", "."))
    return Decimal(text) if _POINT.fullmatch(text) else None


def _number(field: Field, raw: object) -> JSON:
    number = _decimal(raw)
    if number is None:
        return None
    digits = number.normalize().as_tuple()
    exponent = digits.exponent if isinstance(digits.exponent, int) else 0
    if max(len(digits.digits), len(digits.digits) + exponent) > SIGNIFICANT_DIGITS or exponent < -SIGNIFICANT_DIGITS:
        raise NotTaken("number-too-long", digits=SIGNIFICANT_DIGITS)
    if field.decimals is not None and -exponent > field.decimals:
        raise NotTaken("number-decimals", digits=field.decimals)
    return int(number) if number == number.to_integral_value() else float(number)


def _decimal(raw: object) -> Decimal | None:
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        return None
    number: Decimal | None = None
    if isinstance(raw, str) and len(raw) <= 64:  # noqa: PLR2004 - no number that is taken is longer
        number = read_number(raw)
    elif isinstance(raw, float):
        number = Decimal(repr(raw))
    elif isinstance(raw, int) and not isinstance(raw, bool) and abs(raw) < 10**40:
        number = Decimal(raw)
    if number is None or not number.is_finite():
        raise NotTaken("number-invalid")
    return number


# Choices ----------------------------------------------------------------------------------------


def option_text(value: object) -> str | None:
    """Return the text by which an option is stored: texts and numbers have one."""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        number = Decimal(repr(value))
        return number_text(number) if number.is_finite() else None
    return None


def _choice(_field: Field, raw: object) -> str | None:
    if raw is None or raw == "":
        return None
    return _code(raw)


def _code(raw: object) -> str:
    if not isinstance(raw, str) or len(raw) > CHARACTERS:
        raise NotTaken("choice-unknown")
    return raw


def _checklist(_field: Field, raw: object) -> JSON:
    if raw is None:
        return []
    if not isinstance(raw, list):
        raise NotTaken("list-invalid")
    chosen = [_code(item) for item in raw]
    if len(set(chosen)) != len(chosen):
        raise NotTaken("choice-repeated")
    return list[JSON](chosen)


def _checkbox(_field: Field, raw: object) -> bool:
    if raw is None or raw is False or raw == "":
        return False
    if raw is True or (isinstance(raw, str) and raw in {"on", "true"}):
        return True
    if isinstance(raw, str) and raw in {"off", "false"}:
        return False
    raise NotTaken("boolean-invalid")


# Dates ------------------------------------------------------------------------------------------

_TIME: Final = re.compile(r"([0-9]{1,2})[:.]([0-9]{2})(?::[0-9]{2}(?:\.0+)?)?")
_YEARS: Final = range(1900, 2201)


def _moment(field: Field, raw: object) -> str | None:
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        return None
    code = f"{field.subtype}-invalid"
    if not isinstance(raw, str) or len(raw) > 40:  # noqa: PLR2004 - no moment that is taken is longer
        raise NotTaken(code)
    try:
        return _of_program(field, raw.strip()) if "T" in raw else _MOMENTS[field.subtype](raw.strip())
    except ValueError:
        raise NotTaken(code) from None


def _of_program(field: Field, text: str) -> str:
    """Return that part of a moment which is asked for: programs know no day and no hour by itself."""
    moment = _datetime(text)
    day, _, clock = moment.partition("T")
    return {"date": day, "time": clock}.get(field.subtype, moment)


def _date(text: str) -> str:
    day = read_day(text)
    if day.year not in _YEARS:
        raise ValueError(text)
    return day.isoformat()


def _time(text: str) -> str:
    found = _TIME.fullmatch(text)
    if not found:
        raise ValueError(text)
    return time(int(found[1]), int(found[2])).strftime("%H:%M")


def _datetime(text: str) -> str:
    day, sign, clock = text.partition("T" if "T" in text else " ")
    if not sign:
        raise ValueError(text)
    return f"{_date(day)}T{_time(clock.strip())}"


_MOMENTS: Final[dict[str, Callable[[str], str]]] = {"date": _date, "time": _time, "datetime": _datetime}


# Files ------------------------------------------------------------------------------------------


def _files(field: Field, raw: object, files: Mapping[str, FileReference]) -> JSON:
    """Take ids, or what was stored for them; name and size always come from the reference."""
    if raw is None or raw == "":
        return []
    chosen = [
        _file(item, files) for item in (raw if isinstance(raw, list) else [raw]) if item is not None and item != ""
    ]
    if len(chosen) > 1 and not field.multiple:
        raise NotTaken("file-one")
    if len({reference.id for reference in chosen}) != len(chosen):
        raise NotTaken("file-repeated")
    for reference in chosen:
        if field.accept and not reference.name.lower().endswith(field.accept):
            raise NotTaken("file-kind", accept=", ".join(field.accept), name=reference.name)
    return [stored_file(reference) for reference in chosen]


def _file(item: object, files: Mapping[str, FileReference]) -> FileReference:
    number = item.get("id") if isinstance(item, Mapping) else item
    reference = files.get(number) if isinstance(number, str) else None
    if reference is None:
        raise NotTaken("file-unknown")
    return reference


def stored_file(reference: FileReference) -> dict[str, JSON]:
    """Return what process data keeps of a file."""
    return {"id": reference.id, "name": reference.name, "size": reference.size}


_KINDS: Final[dict[str, Callable[[Field, object], JSON]]] = {
    "textfield": _line,
    "textarea": _paragraphs,
    "number": _number,
    "select": _choice,
    "radio": _choice,
    "checkbox": _checkbox,
    "checklist": _checklist,
    "datetime": _moment,
}


# Values from the process ------------------------------------------------------------------------


def fitted(field: Field, value: object) -> JSON:
    """Return a value of the process as far as it fits the field; else what the field holds when empty."""
    if field.kind == "filepicker":
        return _known_files(value)
    if field.kind in {"textfield", "textarea"} and not isinstance(value, str):
        value = option_text(value)
    if field.kind in {"select", "radio"}:
        value = option_text(value)
    if field.kind == "number":
        return _known_number(value)
    try:
        return typed(field, value, {})
    except NotTaken:
        return empty(field)


def _known_number(value: object) -> JSON:
    """Return a number of the process; a computed one may have more digits than people may type."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 10**SIGNIFICANT_DIGITS:
        return None
    rounded = float(f"{value:.{SIGNIFICANT_DIGITS}g}")
    return int(rounded) if rounded.is_integer() else rounded


def _known_files(value: object) -> JSON:
    kept: list[JSON] = []
    for item in value if isinstance(value, list) else []:
        if isinstance(item, dict) and isinstance(item.get("id"), str) and isinstance(item.get("name"), str):
            size = item.get("size")
            kept.append(stored_file(FileReference(item["id"], item["name"], size if type(size) is int else 0)))
    return kept


def empty(field: Field) -> JSON:
    """Return what a visible field holds when nothing was answered."""
    if field.kind in {"checklist", "filepicker", "dynamiclist"}:
        return []
    return False if field.kind == "checkbox" else None


def is_blank(value: JSON) -> bool:
    """Tell whether nothing was answered."""
    if isinstance(value, str):
        return not any(character.isprintable() and not character.isspace() for character in value)
    return value is None or value is False or value == []
