"""Every answer keeps to itself, and answers under our own names only."""

import re
from dataclasses import replace
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from service import schema
from service.models import Person, db
from service.settings import Settings
from service.web import policies
from tests import stage
from tests.stage import Demo
from tests.walking import Page, Visitor

LINKS = "/.well-known/camunda-automation-platform/webapps"
OPEN = {LINKS, "/bahasa", "/lisensi", "/livez", "/masuk", "/metrics", "/readyz"}


def addresses(app: Flask) -> list[tuple[str, str]]:
    """Return an address of every rule with every method."""
    adapter = app.url_map.bind("localhost")
    return sorted(
        (method, adapter.build(rule.endpoint, parts(rule), method=method))
        for rule in app.url_map.iter_rules()
        for method in rule.methods or ()
        if method != "OPTIONS"
    )


def parts(rule: Rule) -> dict[str, object]:
    """Return something for every variable part of an address."""
    kinds: dict[str, object] = {"uuid": UUID(int=7), "int": 7}
    found = re.findall(r"<(?:(\w+)(?:\(.*?\))?:)?(\w+)>", rule.rule)
    return {name: kinds.get(kind, "x") for kind, name in found}


def missing(response: TestResponse) -> list[str]:
    """Name what an answer lacks."""
    policy = dict(
        directive.strip().partition(" ")[::2] for directive in response.headers["Content-Security-Policy"].split(";")
    )
    if policy.get("sandbox") == "allow-scripts":
        assert policy.pop("worker-src") == "blob:"  # made inside a frame without an origin, of what it was handed
    wanted = {
        "default-src": policy.get("default-src") == "'none'",
        "no inline scripts or styles": not {"unsafe", "*", "http:", "https:", "blob:"}
        & set(" ".join(policy.values()).split()),
        "frame-ancestors": policy.get("frame-ancestors") in {"'none'", "'self'"} or "sandbox" in policy,
        "nosniff": response.headers["X-Content-Type-Options"] == "nosniff",
        "referrer": response.headers["Referrer-Policy"] == "same-origin",
        "opener": response.headers["Cross-Origin-Opener-Policy"] == "same-origin",
        "permissions": "camera=()" in response.headers["Permissions-Policy"],
        "cache": response.headers["Cache-Control"] == "no-store" or "/static/" in response.request.path,
    }
    return [name for name, is_there in wanted.items() if not is_there]


@pytest.mark.parametrize("user", ["", "blitar.kadis", "analis", "auditor", "admin"])
def test_every_answer_carries_the_headers(app: Flask, user: str) -> None:
    client = Visitor(app, user).client if user else app.test_client()

    for method, address in addresses(app):
        response = client.open(address, method=method)
        assert missing(response) == [], (method, address, response.status)
        response.close()


@pytest.mark.parametrize(
    ("method", "address"),
    [("GET", "/tidak/ada"), ("TRACE", "/"), ("PUT", "/tugas"), ("GET", "/static/tidak-ada.css"), ("POST", "/masuk"),
     ("GET", "/%00"), ("GET", "//evil.example/"), ("HEAD", "/masuk"), ("OPTIONS", "/masuk")],
)  # fmt: skip
def test_errors_carry_the_headers(app: Flask, method: str, address: str) -> None:
    assert missing(app.test_client().open(address, method=method)) == []


def test_a_failure_of_ours_carries_the_headers(demo: Demo, monkeypatch: pytest.MonkeyPatch) -> None:
    app = stage.started(demo.settings)
    app.testing = False

    @policies.everybody
    def fail() -> str:
        raise ZeroDivisionError

    monkeypatch.setitem(app.view_functions, "auth.sign_in", fail)
    response = app.test_client().get("/masuk")

    assert (response.status_code, missing(response)) == (500, [])
    stage.release(app)


def test_built_files_carry_the_headers(app: Flask) -> None:
    door = Page(app.test_client().get("/masuk"))

    built = [*door.tree.xpath("//link[@rel='stylesheet']/@href"), *door.tree.xpath("//script/@src")]

    assert len(built) >= 2
    for address in built:
        response = app.test_client().get(address)
        assert (response.status_code, missing(response)) == (200, []), address
        response.close()


@pytest.mark.parametrize(("https", "said"), [(True, "max-age=31536000"), (False, None)])
def test_browsers_are_told_to_come_by_https_where_there_is_https(demo: Demo, said: str | None, *, https: bool) -> None:
    app = stage.started(replace(demo.settings, https=https))

    for address in ("/masuk", "/tidak/ada"):
        assert app.test_client().get(address).headers.get("Strict-Transport-Security") == said
    stage.release(app)


# Hosts ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "status"),
    [("laksana.example", 200), ("laksana.example:8443", 200), ("localhost", 200), ("127.0.0.1:8000", 200),
     ("evil.example", 400), ("laksana.example.evil.example", 400), ("evil.example:80@laksana.example", 400)],
)  # fmt: skip
@pytest.mark.parametrize("settings", [{"hosts": ("laksana.example",)}, {"url": "https://laksana.example:8443/kantor"}])
def test_only_requests_for_our_own_hosts_are_answered(
    demo: Demo, settings: dict[str, object], host: str, status: int
) -> None:
    app = stage.started(replace(demo.settings, **settings))  # type: ignore[arg-type]  # as in the list

    answer = app.test_client().get("/masuk", headers={"Host": host})

    assert answer.status_code == status
    assert "evil.example" not in answer.text
    stage.release(app)


def test_where_no_host_is_set_any_will_do(app: Flask) -> None:
    assert app.test_client().get("/masuk", headers={"Host": "kantor.lan"}).status_code == 200


# The first administrator ----------------------------------------------------------------------------


def test_an_empty_service_offers_nobody_to_become_administrator(empty_database: Settings) -> None:
    app = stage.started(empty_database)
    with app.app_context():
        schema.upgrade()
    stranger = app.test_client()
    token = Page(stranger.get("/masuk")).token

    for method, address in addresses(app):
        sent = {"csrf_token": token, "user_name": "admin", "password": "kata sandi baru", "name": "Admin"}
        answer = stranger.open(address, method=method, data=sent if method == "POST" else None)
        assert answer.status_code in {302, 401, 404} or address in OPEN, (method, address)

    with app.app_context():
        assert db.session.scalars(select(Person)).all() == []
    stage.release(app)
