"""Programs that wait for work: so many at once, and no thread more, so that there is always one for people."""

from collections.abc import Callable
from threading import BoundedSemaphore
from time import monotonic, sleep
from typing import TypeVar

PLACES = 8
"""How many of this process's threads may wait at once; the server has so many more than people need."""
LONGEST = 25.0
"""Seconds; below what servers and proxies take for too long, and what stopping waits for."""
GLANCE = 0.25
"""Seconds between two looks."""
Found = TypeVar("Found")
_places = BoundedSemaphore(PLACES)


def until_found(look: Callable[[], list[Found]], seconds: float, pause: Callable[[float], None] = sleep) -> list[Found]:
    """Look until there is something or the time is over; who finds no place to wait is told at once."""
    found = look()
    if found or seconds <= 0 or not _places.acquire(blocking=False):
        return found
    try:
        until = monotonic() + min(seconds, LONGEST)
        while not found and monotonic() < until:
            pause(min(GLANCE, max(until - monotonic(), 0)))
            found = look()
        return found
    finally:
        _places.release()
