"""Programs that wait for work: so many at once, and no thread more, so that there is always one for people."""

from collections.abc import Callable
from socket import MSG_DONTWAIT, MSG_PEEK, socket
from threading import BoundedSemaphore
from time import monotonic, sleep
from typing import TypeVar

from flask import request

from service.web import auth

PLACES = 8
"""How many of this process's threads may wait at once; the server has so many more than people need."""
LONGEST = 25.0
"""Seconds; below what servers and proxies take for too long, and what stopping waits for."""
GLANCE = 0.25
"""Seconds between two looks."""
Found = TypeVar("Found")
_places = BoundedSemaphore(PLACES)


def until_found(look: Callable[[], list[Found]], seconds: float, pause: Callable[[float], None] = sleep) -> list[Found]:
    """Look until there is something, the time is over or the program gone; who finds no place to wait is told at once.

    What is found for a program that has gone would stay locked for nobody.

    Raises:
        NotSignedIn, NotAllowed: its token or its person is no good any more.

    """
    found = look()
    if found or seconds <= 0 or not _places.acquire(blocking=False):
        return found
    try:
        until = monotonic() + min(seconds, LONGEST)
        while not found and monotonic() < until:
            pause(min(GLANCE, max(until - monotonic(), 0)))
            if _has_gone():
                break
            auth.look_again()
            found = look()
        return found
    finally:
        _places.release()


def _has_gone() -> bool:
    """Tell whether the program has hung up, where its connection can be seen."""
    connection = request.environ.get("gunicorn.socket")
    if connection is None:  # waitress lends its channel only; what that tells is right only when it reads ahead
        tells = request.environ.get("waitress.client_disconnected")
        connection = getattr(getattr(tells, "__self__", None), "socket", None)
    return isinstance(connection, socket) and _is_closed(connection)


def _is_closed(connection: socket) -> bool:
    try:
        return connection.recv(1, MSG_PEEK | MSG_DONTWAIT) == b""
    except (BlockingIOError, ValueError):  # it is there and says nothing, or speaks TLS
        return False
    except OSError:
        return True
