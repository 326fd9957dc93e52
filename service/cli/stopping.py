"""Serve until told to stop, then let everybody who was being served have his answer."""

import signal
from collections.abc import Iterator
from threading import Event
from time import monotonic
from typing import Any

from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer

PATIENCE = 30.0
"""Seconds that requests may take to end; systemd kills after 90."""
ROUND = 1.0
"""Seconds within which a silent server notices that it was told to stop."""


def on_signal() -> Event:
    """Return what SIGTERM and Ctrl-C set; a second one ends the process at once."""
    stop = Event()

    def told(number: int, _frame: object) -> None:
        signal.signal(number, signal.SIG_DFL)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, told)
    return stop


def run(server: Any, stop: Event) -> None:  # noqa: ANN401 - waitress has no types, and two kinds of server
    """Serve; once told to stop take no more connections, finish the requests that have begun, and return."""
    sockets: dict[int, Any] = server.map if hasattr(server, "map") else server._map  # noqa: SLF001 - one or many
    while not stop.is_set():
        wasyncore.loop(timeout=ROUND, map=sockets, count=1)
    for listener in [one for one in sockets.values() if isinstance(one, BaseWSGIServer)]:
        wasyncore.dispatcher.close(listener)  # its own close would also take away what wakes this loop
    until = monotonic() + PATIENCE
    while _any_busy(sockets) and monotonic() < until:
        wasyncore.loop(timeout=ROUND, map=sockets, count=1)
    server.task_dispatcher.shutdown()


def _any_busy(sockets: dict[int, Any]) -> bool:
    """Tell whether somebody is still being served; who only keeps his connection open is let go."""
    idle = [channel for channel in _channels(sockets) if not _is_busy(channel)]
    for channel in idle:
        channel.handle_close()
    return any(_channels(sockets))


def _channels(sockets: dict[int, Any]) -> Iterator[Any]:
    return (one for one in list(sockets.values()) if isinstance(one, HTTPChannel))


def _is_busy(channel: Any) -> bool:  # noqa: ANN401 - waitress has no types
    """In this order: an answer stands in the buffer before its request is taken off the list."""
    return bool(channel.request or channel.requests or channel.total_outbufs_len)
