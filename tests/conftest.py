"""Rules and tools of every test: nothing is skipped, nothing leaves the machine, browsers and servers are real."""

import os
import re
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol
from unittest.mock import patch
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from flask import Flask
from hypothesis import settings
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from service import identity
from service.settings import Settings
from tests import provision, stage
from tests.drafting import Sketch
from tests.racing import Race
from tests.stage import Demo
from tests.walking import Player, Walker

# A busy machine is slow, not wrong; on CI the examples are the same in every run.
settings.register_profile("laksana", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("laksana")

DATABASES = ("sqlite", "postgresql")
on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("database", ["postgresql"], indirect=True)
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",  # containers run as root; no page of others is ever opened
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1, EXCLUDE [::1]",
]


ARTIFACTS = provision.ROOT / "artifacts"
HAS_FAILED = pytest.StashKey[bool]()
SLOW = ("tests/faults/", "tests/machines/", "tests/browser/")
"""What waits for programs and browsers begins first, so that nothing long is left when all else is done."""
ATTACKS = "tests/test_drafts.py::test_attack_is_answered"


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Generator[None]:
    """Put what is slow first."""
    yield
    items.sort(key=lambda item: not item.nodeid.startswith(SLOW))


class Together(LoadScopeScheduling):  # type: ignore[misc]  # pytest-xdist has no types
    """Runs in one process what shares costly things: they are set up there once, not in every process.

    The marks of pytest-xdist 3.8 for that mean nothing to pytest 9.2, which keeps the names of tests elsewhere.
    """

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith("tests/faults/"):
            return "faults on PostgreSQL" if "postgresql" in nodeid else "faults on SQLite"
        return ATTACKS if nodeid.startswith(ATTACKS) else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Let one process have what belongs together."""
    return Together(config, log)


def _refuse_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    if report.outcome == "skipped" and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"A test that is skipped proves nothing: {report.longrepr}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _refuse_skip(report)
    item.stash[HAS_FAILED] = item.stash.get(HAS_FAILED, False) or report.failed
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _refuse_skip(report)
    return report


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Hash passwords cheaply: tests sign in thousands of times."""
    with patch.object(identity, "HASHER", stage.QUICK_HASHER):
        yield


@pytest.fixture(scope="session")
def browser(request: pytest.FixtureRequest) -> Iterator[Browser]:
    """Run one Chromium for all browser tests of this process, unless a test wants it with arguments of its own."""
    chromium = provision.chromium()
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=chromium.executable,
            args=[*CHROMIUM_ARGUMENTS, *getattr(request, "param", ())],
            env={**os.environ, **chromium.environment},
        )
        yield running
        running.close()


class NewPage(Protocol):
    """Opens a page for one more person: its own cookies, its own screen."""

    def __call__(self, width: int = 1280, height: int = 800, *, javascript: bool = True) -> Page: ...


@pytest.fixture
def page_problems() -> list[str]:
    """Collect what pages complained about; a test that provokes a complaint compares this list and clears it."""
    return []


@pytest.fixture
def new_page(request: pytest.FixtureRequest, browser: Browser, page_problems: list[str]) -> Iterator[NewPage]:
    """Open pages that fail the test on an error in the console and on a request to another machine.

    Of a test that fails they leave pictures.
    """

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error":
            page_problems.append(f"console: {message.text} at {message.page.url if message.page else message.location}")

    def look(request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in {"http", "https", "ws", "wss"} and address.hostname not in LOOPBACK:
            page_problems.append(f"foreign request: {request.url}")

    contexts = []

    def new_page(width: int = 1280, height: int = 800, *, javascript: bool = True) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            locale="id-ID",
            timezone_id="Asia/Jakarta",
            java_script_enabled=javascript,
        )
        context.set_default_timeout(15_000)
        context.on("console", listen)
        context.on("request", look)
        context.on("weberror", lambda error: page_problems.append(f"script: {error.error}"))
        contexts.append(context)
        return context.new_page()

    yield new_page
    if request.node.stash.get(HAS_FAILED, False):
        name = re.sub(r"\W+", "-", request.node.name)
        for number, page in enumerate(page for context in contexts for page in context.pages):
            page.screenshot(path=ARTIFACTS / f"failed-{name}-{number}.png", full_page=True)
    for context in contexts:
        context.close()
    assert page_problems == []


@pytest.fixture
def page(new_page: NewPage) -> Page:
    """Open one page of 1280 by 800."""
    return new_page()


@pytest.fixture(scope="session")
def picture() -> Callable[[Page, str], Path]:
    """Keep a picture of a whole page under artifacts/."""
    ARTIFACTS.mkdir(exist_ok=True)

    def picture(page: Page, name: str) -> Path:
        path = ARTIFACTS / f"{name}.png"
        page.screenshot(path=path, full_page=True)
        return path

    return picture


@pytest.fixture(scope="session")
def postgresql() -> Iterator[provision.PostgreSQL]:
    """Run one PostgreSQL for all tests of this process."""
    with provision.postgresql() as server:
        yield server


@pytest.fixture
def empty_postgresql_url(postgresql: provision.PostgreSQL) -> str:
    """Return the address of a database that this test has for itself."""
    return postgresql.create_database(f"test-{uuid4().hex}")


@pytest.fixture(scope="session")
def demo_on_sqlite() -> Iterator[Demo]:
    """Set the demonstration offices up, once for all tests of this process."""
    with TemporaryDirectory(prefix="laksana-", dir=provision.quick_folder()) as folder:
        yield Demo.prepared(Path(folder))


@pytest.fixture(scope="session")
def demo_on_postgresql(
    demo_on_sqlite: Demo, postgresql: provision.PostgreSQL, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Demo]:
    """Set the same offices up on PostgreSQL, once for all tests of this process."""
    demo = demo_on_sqlite.on(postgresql, tmp_path_factory.mktemp("demo-on-postgresql"))
    yield demo
    stage.release(demo.app)


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest) -> str:
    """Name the database that a test runs on; every test with a database runs on both."""
    name: str = request.param
    return name


@pytest.fixture
def demo(database: str, request: pytest.FixtureRequest) -> Demo:
    """Return the demonstration offices as the test before left them."""
    found: Demo = request.getfixturevalue(f"demo_on_{database}")
    return found


@pytest.fixture
def empty_database(database: str, request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Return settings for a database without tables that this test has for itself."""
    url = request.getfixturevalue("empty_postgresql_url") if database == "postgresql" else ""
    return Settings(data=tmp_path, database=url)


@pytest.fixture
def app(demo: Demo) -> Flask:
    """Run the service on the demonstration offices as they are at first: people and SOPs, no case."""
    demo.restore()
    return demo.app


@pytest.fixture
def walker(app: Flask) -> Walker:
    """Play cases through the pages, as the demonstration people."""
    return Walker(app)


@pytest.fixture
def player(app: Flask) -> Iterator[Player]:
    """Play cases through the use cases, faster than through the pages."""
    with app.app_context():
        yield Player()


@pytest.fixture
def sketch(app: Flask) -> Iterator[Sketch]:
    """Deploy drawn SOPs and play them through the use cases."""
    with app.app_context():
        yield Sketch()


@pytest.fixture
def race(app: Flask) -> Race:
    """Let two act at once."""
    return Race(app)
