"""How the service ends: whoever had begun gets his answer."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from waitress import create_server, wasyncore
from waitress.server import BaseWSGIServer

from service.cli import stopping

PATIENCE = 30


class Slow:
    """An application whose one answer waits for a sign."""

    def __init__(self) -> None:
        self.entered, self.go = Event(), Event()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:  # noqa: ANN401 - WSGI
        del environ
        self.entered.set()
        assert self.go.wait(PATIENCE)
        start_response("200 OK", [("Content-Length", "300000")])
        return [b"x" * 300_000]


@pytest.mark.parametrize("addresses", [1, 2], ids=["one address", "two addresses"])
def test_a_request_that_has_begun_is_finished_and_no_other_is_taken(addresses: int) -> None:
    app, stop, sockets = Slow(), Event(), dict[int, Any]()
    server = create_server(app, map=sockets, listen=" ".join(["127.0.0.1:0"] * addresses), threads=2)
    port = next(int(one.effective_port) for one in sockets.values() if isinstance(one, BaseWSGIServer))
    serving = Thread(target=stopping.run, args=(server, stop))
    serving.start()
    idle, busy = (HTTPConnection("127.0.0.1", port, timeout=PATIENCE) for _ in range(2))
    idle.connect()
    busy.request("GET", "/")
    assert app.entered.wait(PATIENCE)

    stop.set()
    while is_open(port):
        pass
    assert serving.is_alive()
    app.go.set()

    answer = busy.getresponse()
    assert (answer.status, len(answer.read())) == (200, 300_000)
    serving.join(PATIENCE)
    assert not serving.is_alive()
    busy.close()
    idle.close()
    wasyncore.close_all(sockets)


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def service(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Run `laksana serve` itself."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    environment = {**os.environ, "LAKSANA_DATA": str(tmp_path), "LAKSANA_PORT": str(port), "LAKSANA_DATABASE": ""}
    with subprocess.Popen(
        [sys.executable, "-c", "from service.cli import main; main()", "serve"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == f"Laksana: http://127.0.0.1:{port}/\n"
        yield process, port
        process.kill()


def test_the_program_ends_cleanly_when_told_to(service: tuple[subprocess.Popen[str], int]) -> None:
    process, port = service
    with closing(HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as watched:
        watched.request("GET", "/readyz")
        assert watched.getresponse().status == 200
    typing = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    typing.sendall(b"POST /masuk HTTP/1.1\r\nHost: x\r\nContent-Length: 24\r\nExpect: 100-continue\r\n\r\n")
    assert typing.recv(100).startswith(b"HTTP/1.1 100 ")  # the request has begun

    process.send_signal(signal.SIGTERM)
    while is_open(port):
        pass
    typing.sendall(b"user_name=a&password=bcd")

    assert typing.recv(100).startswith(b"HTTP/1.1 400 ")  # no token: an answer of the pages
    _, told = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert [(line["endpoint"], line["status"]) for line in map(json.loads, told.splitlines())] == [
        ("health.ready", 200),
        ("auth.enter", 400),
    ]
    typing.close()
    watched.close()
