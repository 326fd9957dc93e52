"""The program itself as processes of its own: started, killed, started again."""

import os
import socket
from collections.abc import Callable, Mapping, Sequence
from http.client import HTTPConnection, HTTPException
from multiprocessing import connection, get_context
from pathlib import Path
from time import monotonic

from flask import Flask
from jinja2 import FileSystemBytecodeCache

PATIENCE = 30.0
"""Seconds after which a program that does not answer is a failure."""
PAUSE = 0.01
Plant = Callable[[], None]
"""What is done in the process before the program begins: a fault around it, or a deliberately wrong part of it."""
_processes = get_context("forkserver")
_processes.set_forkserver_preload(
    ["service.cli.serving", "service.cli.worker", "holidays.countries", "sqlalchemy.dialects.postgresql.psycopg"]
)


class Program:
    """A command of `laksana` in a process of its own; forked from one that has its modules loaded, to save time."""

    def __init__(
        self, arguments: Sequence[str], environment: Mapping[str, str], log: Path, plants: Sequence[Plant] = ()
    ) -> None:
        self._process = _processes.Process(target=_run, args=(arguments, dict(environment), log, plants), daemon=True)
        self._process.start()

    @property
    def id(self) -> int:
        """Return the id of the process."""
        assert self._process.pid is not None
        return self._process.pid

    def is_over(self, seconds: float = 0) -> bool:
        """Tell whether the process has ended, by itself or otherwise, within some time."""
        if seconds and self._process.is_alive():
            connection.wait([self._process.sentinel], seconds)
        return not self._process.is_alive()

    def kill(self) -> None:
        """Kill the process as the kernel does when memory is short: at once, without a word."""
        self._process.kill()
        self._process.join()

    def end(self) -> None:
        """Ask the process to end, and wait until it has."""
        self._process.terminate()
        self._process.join(PATIENCE)
        self.kill()

    def serves(self, port: int) -> bool:
        """Wait until the program serves its pages; False if it ended meanwhile."""
        until = monotonic() + PATIENCE
        while not self.is_over(PAUSE):
            if is_alive(port):
                return True
            if monotonic() > until:
                raise TimeoutError(f"nobody serves port {port}")
        return False


def free_port() -> int:
    """Return a port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def is_alive(port: int) -> bool:
    """Tell whether somebody serves pages there."""
    asked = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        asked.request("GET", "/livez")
        return asked.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        asked.close()


def _run(arguments: Sequence[str], environment: dict[str, str], log: Path, plants: Sequence[Plant]) -> None:
    os.environ.update(environment)
    said = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(said, 1)
    os.dup2(said, 2)
    Flask.jinja_options = {"bytecode_cache": FileSystemBytecodeCache()}  # compiled once for all processes
    for plant in plants:
        plant()
    from service.cli import main  # noqa: PLC0415 - after what is planted

    main(list(arguments))
