"""How many tasks eight people complete in a second: two web processes and PostgreSQL on this machine, commits durable.

Beside it, in the same run and by the same clients, a bare Flask request with one UPDATE, two INSERTs and a COMMIT.
Everything shares the cores of the machine: the clients, the servers and the database. So the clients are no browsers:
they send bytes that lie ready, and look at the first line of the answer.
"""

import re
import socket
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from itertools import cycle, islice
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from urllib.parse import urlencode

from bench import completion
from bench.completion import Form
from bench.measuring.figures import at_least, show, title
from tests import provision

PEOPLE, NODES, EACH, WARM_UP = 8, 2, 150, 25
PORTS = (8193, 8194)
GOAL, AT_FLOOR = 450, 900
LENGTH = re.compile(rb"(?i)\r\ncontent-length: (\d+)\r\n")
Share = tuple[int, list[bytes]]
"""Port and requests of one person."""


def posted(path: str, form: Form, cookies: dict[str, str]) -> bytes:
    """Return the bytes of a form that is sent."""
    body = urlencode(form)
    held = "; ".join(f"{name}={value}" for name, value in cookies.items())
    lines = (
        f"POST {path} HTTP/1.1",
        "Host: 127.0.0.1",
        f"Cookie: {held}",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(body)}",
        "",
        body,
    )
    return "\r\n".join(lines).encode()


def send(line: socket.socket, request: bytes) -> None:
    """Send a form that must be taken, and wait for the whole answer."""
    line.sendall(request)
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += line.recv(65_536)
    head, end, body = answer.partition(b"\r\n\r\n")
    length = LENGTH.search(head + end)
    if not head.startswith(b"HTTP/1.1 303 ") or length is None:
        raise RuntimeError(f"refused: {head!r}")
    while len(body) < int(length[1]):
        body += line.recv(65_536)


def work(share: Share, together: Barrier) -> None:
    """Send all requests of one person, one after the other; after the first few and at the end wait for the others."""
    port, requests = share
    with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
        for number, request in enumerate(requests):
            if number == WARM_UP:
                together.wait()
            send(line, request)
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
    return sum(len(requests) - WARM_UP for _, requests in shares) / took


def floor(url: str) -> float:
    """Measure the bare request."""
    completion.prepare_floor(url)
    form = completion.answered("")
    with ExitStack() as nodes:
        for port in PORTS:
            nodes.enter_context(completion.server(port, completion.floor_command(url, port)))
        requests = [posted("/", form, {})] * (WARM_UP + EACH)
        return per_second([(port, requests) for port in islice(cycle(PORTS), PEOPLE)])


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
        shares = [[posted(task, form, browser.cookies) for task in tasks[person::PEOPLE]] for person in range(PEOPLE)]
        return per_second(list(zip(cycle(PORTS), shares, strict=False)))


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
