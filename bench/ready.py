"""When inbox and task page are ready at a weak phone: 1.6 Mbit/s, 150 ms to the server, a CPU of a quarter.

In Chromium, without anything in its cache; the figure is the end of loading on the clock of the browser.
"""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from threading import Thread

from playwright.sync_api import Browser, sync_playwright
from waitress.server import create_server

from bench.measuring.figures import at_most, show, title
from tests import provision
from tests.answers import BLITAR
from tests.conftest import CHROMIUM_ARGUMENTS
from tests.stage import Demo
from tests.walking import Player

GOAL = 1_500
TIMES, ROWS = 5, 50
LINE = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 94_000}
"""Milliseconds of a round trip, bytes a second."""
SLOWER = 4
LOADED = "() => performance.getEntriesByType('navigation')[0].loadEventEnd"


def loading(browser: Browser, site: str, user: str, address: str) -> float:
    """Return the milliseconds until a page has loaded in a browser that was never here, but for the sign-in."""
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto(f"{site}/masuk")
    page.get_by_label("Nama pengguna").fill(user)
    page.get_by_label("Kata sandi", exact=True).fill("laksana")
    page.get_by_role("button", name="Masuk").click()
    page.wait_for_url("**/tugas")
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    session.send("Network.emulateNetworkConditions", LINE)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.goto(site + address, wait_until="load")
    page.wait_for_function(f"({LOADED})() > 0")
    milliseconds = float(page.evaluate(LOADED))
    context.close()
    return milliseconds


def served(demo: Demo) -> tuple[str, Callable[[], None]]:
    """Serve the demonstration offices; return where, and how to stop."""
    server = create_server(demo.app, host="127.0.0.1", port=0, threads=4)
    Thread(target=server.run, daemon=True).start()
    return f"http://127.0.0.1:{server.effective_port}", server.close


def main() -> None:
    """Measure both pages."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        demo = Demo.prepared(Path(folder))
        with demo.app.app_context():
            player = Player()
            cases = [player.start(BLITAR) for _ in range(ROWS)]
            task = f"/tugas/{player.task(cases[0], 'row_01').id}"
        site, stop = served(demo)
        found = provision.chromium()
        browser = playwright.chromium.launch(
            executable_path=found.executable, env={**os.environ, **found.environment}, args=CHROMIUM_ARGUMENTS
        )
        title("Ready at a phone on 1.6 Mbit/s with a CPU of a quarter, nothing cached, median of the browser's clock")
        for name, address in (("inbox of 50 rows", "/tugas"), ("task", task)):
            spent = median(loading(browser, site, "blitar.kadis", address) for _ in range(TIMES))
            show(name, spent, "ms", at_most(spent, GOAL))
        browser.close()
        stop()


if __name__ == "__main__":
    main()
