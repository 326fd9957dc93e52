import http.server
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page
from sqlalchemy import create_engine, text

from tests import provision

pytest_plugins = ["pytester"]


class _Site(http.server.BaseHTTPRequestHandler):
    """Answers every address with the page that its path names."""

    pages = {  # noqa: RUF012 - a table of this test
        "/calm": "<h1>Tenang</h1>",
        "/foreign": "<img src='http://foreign.invalid/x.png'>",
        "/loud": "<script>console.error('rusak')</script>",
        "/broken": "<script>missing()</script>",
    }

    def do_GET(self) -> None:
        body = f"<!doctype html><link rel='icon' href='data:,'>{self.pages[self.path]}".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Site) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_browser_shows_a_page(page: Page, site: str) -> None:
    page.goto(f"{site}/calm")

    assert page.get_by_role("heading").inner_text() == "Tenang"


@pytest.mark.parametrize(
    ("path", "complaint"),
    [
        ("/loud", "console: rusak"),
        ("/broken", "script: missing is not defined"),
        ("/foreign", "foreign request: http://foreign.invalid/x.png"),
    ],
)
def test_browser_tells_what_a_page_must_not_do(
    page: Page, site: str, page_problems: list[str], path: str, complaint: str
) -> None:
    page.goto(site + path, wait_until="commit")
    page.wait_for_load_state("domcontentloaded")
    page.evaluate("0")

    assert [problem for problem in page_problems if problem.startswith(complaint)]
    page_problems.clear()


def test_databases_are_real_and_apart(empty_postgresql_url: str, postgresql: provision.PostgreSQL) -> None:
    other = postgresql.create_database("apart")
    for url in (empty_postgresql_url, other):
        engine = create_engine(url)
        with engine.connect() as connection:
            tables = connection.execute(text("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")).scalar_one()
        engine.dispose()

        assert tables == 0

    assert empty_postgresql_url != other


def test_skipped_test_fails_the_run(pytester: pytest.Pytester) -> None:
    pytester.makeconftest("from tests.conftest import pytest_make_collect_report, pytest_runtest_makereport")
    pytester.makepyfile(
        test_one="import pytest\ndef test_inside(): pytest.skip('why')\n@pytest.mark.skip\ndef test_marked(): pass",
        test_two="import pytest\npytest.importorskip('no_such_module')",
    )

    outcome = pytester.runpytest("-p", "no:randomly", "-p", "no:cacheprovider", "--continue-on-collection-errors")

    outcome.assert_outcomes(failed=1, errors=2)


def test_pictures_are_kept(page: Page, site: str, picture: Callable[[Page, str], Path]) -> None:
    page.goto(f"{site}/calm")

    assert picture(page, "provision").stat().st_size > 0
