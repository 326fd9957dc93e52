"""Every address that the dialect has is served, or told to be absent and why: none is missing by accident."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

from flask import Flask
from werkzeug.routing import Rule

from service.rest import absent
from service.rest.dialect import KNOWN
from tests.conftest import on_sqlite
from tests.programs import ROOT, Program

FILE = Path(__file__).with_name("addresses.txt")
ABSENT = "rest.elsewhere"
PARTLY = frozenset({
    "deployment", "execution", "external-task", "filter", "group", "history", "identity",
    "incident", "job", "job-definition", "message", "process-definition", "process-instance", "signal", "task", "user",
    "variable-instance",
})  # fmt: skip
"""Resources of which something is served; of all others it is told why they are not there."""


def addresses() -> Iterator[tuple[str, str]]:
    """Yield every method with its address."""
    lines = FILE.read_text().splitlines()
    for address, *methods in (line.split() for line in lines if not line.startswith("#")):
        yield from ((method, address) for method in methods)


def test_the_table_has_every_resource() -> None:
    asked = {address.partition("/")[0] for _, address in addresses()}

    assert asked == KNOWN


@on_sqlite
def test_every_address_is_served_or_told_to_be_absent(app: Flask) -> None:
    program = Program(app)
    routes = app.url_map.bind("localhost")
    for method, address in addresses():
        path = f"/{address.replace('{}', str(uuid4()))}"
        rule, _ = routes.match(ROOT + path, method, return_rule=True)
        if rule.endpoint != ABSENT:
            assert not taken_for_ids(rule, address), f"{method} {address} is answered by {rule.rule}"
            continue
        assert absent.why(method, path[1:]) or address.partition("/")[0] in PARTLY, f"{method} {address}: say why"
        answer = program.ask(method, path)
        told = answer.json or {}
        assert (answer.status_code, told["type"]) == (501, "NotImplementedException"), (method, address)
        assert told["message"].startswith(f"{method} {path} is not served here"), (method, address)


def taken_for_ids(rule: Rule, address: str) -> list[str]:
    """Return words of an address that a route takes for ids."""
    parts = zip(address.split("/"), rule.rule.removeprefix(f"{ROOT}/").split("/"), strict=True)
    return [word for word, place in parts if place.startswith("<") and word != "{}"]
