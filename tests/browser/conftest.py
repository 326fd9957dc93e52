"""The service on a port of this machine, for real browsers."""

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import expect
from waitress import wasyncore
from waitress.server import create_server

from service.cli import stopping
from tests.browser.people import Person
from tests.conftest import NewPage

expect.set_options(timeout=15_000)  # a busy machine is slow, not wrong


@pytest.fixture
def database(request: pytest.FixtureRequest) -> str:
    """Name the database below the pages: SQLite, unless a test asks for more; web/ has them on both."""
    return getattr(request, "param", "sqlite")


@pytest.fixture
def site(app: Flask) -> Iterator[str]:
    """Serve the application as `laksana serve` does."""
    sockets, stop = dict[int, Any](), Event()
    server = create_server(app, map=sockets, host="127.0.0.1", port=0, threads=4)
    serving = Thread(target=stopping.run, args=(server, stop), daemon=True)
    serving.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    stop.set()
    server.pull_trigger()
    serving.join(timeout=10)
    wasyncore.close_all(sockets)


@pytest.fixture
def person(site: str, new_page: NewPage, tmp_path: Path) -> Callable[..., Person]:
    """Sit somebody down at a browser, signed in."""

    def person(user_name: str, width: int = 1280, *, javascript: bool = True) -> Person:
        sitting = Person(new_page(width, javascript=javascript), site, user_name, tmp_path)
        sitting.sign_in()
        return sitting

    return person
