"""The service on a port of this machine, for the clients that people have."""

import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest
from flask import Flask
from waitress.server import create_server


@pytest.fixture
def site(app: Flask) -> Iterator[str]:
    """Serve the application as `laksana serve` does, and return the root of the dialect."""
    server = create_server(app, host="127.0.0.1", port=0, threads=8)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}/engine-rest"
    with suppress(OSError):  # it was awake and has closed already
        server.trigger.pull_trigger(server.close)  # in its own thread, which looks at its sockets meanwhile
    thread.join(timeout=10)
