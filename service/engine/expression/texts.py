"""Functions on texts."""

import re
from decimal import Decimal
from typing import Final

from service.engine.expression.lists import bounded, part_of
from service.engine.expression.pattern import Pattern, PatternInvalid
from service.engine.expression.refusals import too_large
from service.engine.expression.values import CHARACTERS, NUMBERS, Run, Value, text_of


def length(_run: Run, text: str) -> Value:
    """Count characters."""
    return Decimal(len(text))


def substring(_run: Run, text: str, start: Decimal, length: Decimal | None = None) -> Value:
    """Cut a part out of a text."""
    part = part_of(len(text), start, length)
    return None if part is None else text[part]


def before(_run: Run, text: str, match: str) -> Value:
    """Return what stands before the first match."""
    return text.partition(match)[0] if match and match in text else ""


def after(_run: Run, text: str, match: str) -> Value:
    """Return what stands after the first match."""
    return text.partition(match)[2] if match else text


def contains(run: Run, text: str, match: str) -> Value:
    """Tell whether a text is part of another."""
    run.spend(len(text) // 8)
    return match in text


def matches(run: Run, text: str, pattern: str) -> Value:
    """Search a pattern; one that is none gives null."""
    try:
        compiled = Pattern.of(pattern)
    except PatternInvalid:
        return None
    run.spend(compiled.cost(text))
    return compiled.found_in(text)


def split(run: Run, text: str, delimiter: str) -> Value:
    """Cut a text at a delimiter, which is a text and no pattern."""
    run.spend(len(text))
    parts: list[object] = [*text.split(delimiter)] if delimiter else [*text]
    return bounded(run, parts)


def joined(run: Run, items: list[object], delimiter: str | None = None) -> Value:
    """Join texts; nulls are left out."""
    texts = [item for item in items if item is not None]
    if not all(isinstance(text, str) for text in texts):
        return None
    size = sum(len(str(text)) for text in texts) + len(texts) * len(delimiter or "")
    if size > CHARACTERS:
        raise too_large()
    run.spend(size // 16)
    return (delimiter or "").join(map(str, texts))


_NUMERAL: Final = re.compile(r"[+-]?(?:[0-9]{1,34}(?:\.[0-9]{0,34})?|\.[0-9]{1,34})(?:[eE][+-]?[0-9]{1,3})?")


def read(_run: Run, text: str, grouping: str | None = None, point: str | None = None) -> Value:
    """Read a number, with signs for grouping and for the decimal point."""
    if grouping:
        text = text.replace(grouping, "")
    if point and point != ".":
        text = text.replace(".", "#").replace(point, ".")
    return NUMBERS.create_decimal(text) if _NUMERAL.fullmatch(text) else None


def written(run: Run, value: Value) -> Value:
    """Write a value as text."""
    return None if value is None else text_of(run, value)
