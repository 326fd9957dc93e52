"""The virus scanner of the house: a command that gets a file on its standard input and says by its exit code."""

import logging
import shlex
import subprocess
from enum import StrEnum

PATIENCE = 30.0
"""Seconds after which a scanner that says nothing has failed."""
INFECTED = 1
_log = logging.getLogger("laksana.scanning")


class Finding(StrEnum):
    """What a scanner says of a file."""

    CLEAN = "clean"
    FAILED = "failed"
    INFECTED = "infected"


def scan(command: str, content: bytes, patience: float = PATIENCE) -> Finding:
    """Show a file to the scanner, if any: exit code 0 is clean, 1 infected, all else a failure."""
    if not command:
        return Finding.CLEAN
    try:
        code = subprocess.run(  # noqa: S603 - the command of whoever runs the service; the file comes by stdin only
            shlex.split(command), input=content, capture_output=True, timeout=patience, check=False
        ).returncode
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        _log.error("the scanner failed: %s", type(error).__name__)  # its arguments may hold the file
        return Finding.FAILED
    if code not in {0, INFECTED}:
        _log.error("the scanner failed: exit code %s", code)
        return Finding.FAILED
    return Finding.INFECTED if code else Finding.CLEAN
