"""Days as people type them, and as browsers send those that people choose."""

import re
from datetime import date
from typing import Final

_ISO: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LOCAL: Final = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})")


def read_day(text: str) -> date:
    """Return the day of `2/11/2026` or `2026-11-02`.

    Raises:
        ValueError: there is no such day.

    """
    if local := _LOCAL.fullmatch(text):
        return date(int(local[3]), int(local[2]), int(local[1]))
    if not _ISO.fullmatch(text):
        raise ValueError(text)
    return date.fromisoformat(text)
