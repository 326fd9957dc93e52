"""The program on several machines: processes of its own, and what stands before them and shares the requests out."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from werkzeug.datastructures import EnvironHeaders
from werkzeug.test import Client

PATIENCE = 60
KEY = "one key for all nodes, as long as it has to be"
HOP_BY_HOP = {"connection", "server", "transfer-encoding", "date"}


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True)
class Node:
    """A process of the program, which may still be starting."""

    process: "subprocess.Popen[str]"
    port: int
    log: Path

    def ready(self) -> "Node":
        """Wait for its first words."""
        assert self.process.stdout
        assert self.process.stdout.readline().startswith("Laksana: "), self.log.read_text()
        return self


@contextmanager
def node(folder: Path, database: str, *command: str, **settings: str) -> Iterator[Node]:
    """Run a command of `laksana` with a data folder of its own until the block ends."""
    folder.mkdir()
    port = free_port()
    own = {"LAKSANA_DATA": str(folder), "LAKSANA_DATABASE": database, "LAKSANA_PORT": str(port)}
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-c", "from service.cli import main; main()", *command],
            env={**os.environ, "LAKSANA_SECRET_KEY": KEY, **own, **settings},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as process,
    ):
        try:
            yield Node(process, port, folder / "log")
        finally:
            process.terminate()
            process.wait(PATIENCE)


@dataclass
class Balancer:
    """Gives every request to the next node, as nginx does; for visitors it looks like the application itself."""

    ports: Sequence[int]
    _turn: Iterator[int] = field(default_factory=count)

    def test_client(self) -> FlaskClient:
        """Return a browser."""
        return Client(self)  # type: ignore[return-value]  # all that visitors use of theirs

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:  # noqa: ANN401 - WSGI
        """Pass a request on."""
        connection = HTTPConnection("127.0.0.1", self.ports[next(self._turn) % len(self.ports)], timeout=PATIENCE)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        query = environ.get("QUERY_STRING")
        path = environ["PATH_INFO"] + (f"?{query}" if query else "")
        connection.request(environ["REQUEST_METHOD"], path, body, dict(EnvironHeaders(environ)))
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        headers = [(name, value) for name, value in answer.getheaders() if name.lower() not in HOP_BY_HOP]
        start_response(f"{answer.status} {answer.reason}", headers)
        return [content]
