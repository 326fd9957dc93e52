"""How many tasks eight people complete in a second: two web processes and PostgreSQL on this machine, commits durable.

Beside it, in the same run and by the same clients, a bare Flask request with one UPDATE, two INSERTs and a COMMIT.
Everything shares the cores of the machine: the clients, the servers and the database.
"""

import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from itertools import cycle, islice
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier

from bench import completion
from bench.completion import Browser, Form
from bench.measuring.figures import at_least, show, title
from tests import provision

PEOPLE, NODES, EACH, WARM_UP = 8, 2, 75, 10
PORTS = (8193, 8194)
GOAL, AT_FLOOR = 450, 900
Share = tuple[int, dict[str, str], list[tuple[str, Form]]]
"""Port, cookies and requests of one person."""


def work(share: Share, together: Barrier) -> None:
    """Send all requests of one person, one after the other; after the first few and at the end wait for the others."""
    port, cookies, requests = share
    browser = Browser(port)
    browser.cookies = cookies
    for number, (path, form) in enumerate(requests):
        if number == WARM_UP:
            together.wait()
        if browser.ask("POST", path, form)[0] != 303:  # noqa: PLR2004 - see other
            raise RuntimeError(f"{path} was refused")
    together.wait()


def per_second(shares: Sequence[Share]) -> float:
    """Return how many requests a second are answered when all work at once, with everything warm."""
    spawn = get_context("spawn")
    together = spawn.Barrier(len(shares) + 1)
    people = [spawn.Process(target=work, args=(share, together), daemon=True) for share in shares]
    for person in people:
        person.start()
    together.wait(60)
    began = time.perf_counter()
    together.wait(300)
    took = time.perf_counter() - began
    for person in people:
        person.join()
    return sum(len(requests) - WARM_UP for _, _, requests in shares) / took


def floor(url: str) -> float:
    """Measure the bare request."""
    completion.prepare_floor(url)
    form = completion.answered("")
    with ExitStack() as nodes:
        for port in PORTS:
            nodes.enter_context(completion.server(port, completion.floor_command(url, port)))
        return per_second([(port, {}, [("/", form)] * (WARM_UP + EACH)) for port in islice(cycle(PORTS), PEOPLE)])


def laksana(url: str, folder: str) -> float:
    """Measure the first step of many cases."""
    settings = {"LAKSANA_DATABASE": url, "LAKSANA_DATA": folder, "LAKSANA_SECRET_KEY": "x" * 40}
    with ExitStack() as nodes:
        for port in PORTS:
            nodes.enter_context(completion.server(port, completion.SERVE, LAKSANA_PORT=str(port), **settings))
        browser, token = completion.signed_in(PORTS[0])
        tasks = completion.begin(browser, token, PEOPLE * (WARM_UP + EACH))
        form = completion.answered(token)
        completion.bare_database(url)[0].execute("ANALYZE")  # as autovacuum does within a minute
        shares = [[(task, form) for task in tasks[person::PEOPLE]] for person in range(PEOPLE)]
        return per_second([(port, browser.cookies, share) for port, share in zip(cycle(PORTS), shares, strict=False)])


def main() -> None:
    """Print both figures."""
    title(f"{PEOPLE} people at once, {NODES} web processes, PostgreSQL with synchronous_commit, one machine")
    with provision.postgresql(durable=True) as server, tempfile.TemporaryDirectory() as folder:
        bare = floor(server.create_database("floor"))
        whole = laksana(server.create_database("laksana"), folder)
    goal = GOAL if bare >= AT_FLOOR else bare / 2
    show("bare Flask, one UPDATE, two INSERTs, COMMIT (floor)", bare, "/s")
    show("completed tasks", whole, "/s", f"{whole / bare:.2f} of it, {at_least(whole, goal)}")


if __name__ == "__main__":
    main()
