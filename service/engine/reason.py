"""Why somebody does something that others have to understand."""

from service.errors import ReasonMissing

SHORTEST = 5
LONGEST = 1_000


def read(raw: str) -> str:
    """Return a reason as it is kept: on one line, without NUL, not endless; it may be empty."""
    return " ".join(raw.replace("\x00", "").split())[:LONGEST]


def required(raw: str) -> str:
    """Return a reason that must be there.

    Raises:
        ReasonMissing: no reason, or a word that explains nothing.

    """
    told = read(raw)
    if len(told) < SHORTEST:
        raise ReasonMissing
    return told
