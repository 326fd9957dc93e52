"""What holds for every address of the dialect: who gets in, how errors look, what is not there."""

import json
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from service.tokens import Scope
from tests.conftest import on_sqlite
from tests.programs import ROOT, Program, basic, token

VERSION = {"version": "7.24.0"}


def told(answer: TestResponse) -> dict[str, Any]:
    assert answer.json is not None
    found: dict[str, Any] = answer.json
    return found


@on_sqlite
def test_a_token_lets_in_either_way(app: Flask) -> None:
    client, secret = app.test_client(), token(app, "analis")
    shown = {
        "bearer": ({"Authorization": f"Bearer {secret}"}, 200),
        "basic": (basic("Analis ", secret), 200),
        "of somebody else": (basic("auditor", secret), 401),
        "a password": (basic("analis", "laksana"), 401),
        "nothing": ({}, 401),
        "no token": ({"Authorization": "Bearer x"}, 401),
        "another way": ({"Authorization": "Digest username=x"}, 401),
    }

    for how, (headers, status) in shown.items():
        answer = client.get(f"{ROOT}/version", headers=headers)
        assert answer.status_code == status, how
        assert answer.json == VERSION if status == 200 else told(answer)["type"] == "AuthenticationException", how
        assert "Basic" not in answer.headers.get("WWW-Authenticate", ""), "a browser would remember it"


@on_sqlite
def test_no_cookie_lets_in(app: Flask) -> None:
    client = app.test_client()
    client.set_cookie("laksana", "x" * 43)

    answer = client.get(f"{ROOT}/version")

    assert (answer.status_code, "Set-Cookie" in answer.headers) == (401, False)


@on_sqlite
def test_wrong_tokens_run_out(app: Flask) -> None:
    client = app.test_client()
    wrong = {"Authorization": "Bearer laksana_x"}
    while (answer := client.get(f"{ROOT}/version", headers=wrong)).status_code == 401:
        pass

    assert (answer.status_code, told(answer)["type"]) == (429, "AuthenticationException")
    assert int(answer.headers["Retry-After"]) > 0


@on_sqlite
def test_reading_token_asks_long_questions_and_changes_nothing(app: Flask) -> None:
    program = Program(app, scope=Scope.READ)

    assert program.post("/external-task/count") == {"count": 0}
    fetched = program.refused("POST", "/external-task/fetchAndLock", json={"workerId": "x"})
    assert fetched == (403, "AuthorizationException")


@on_sqlite
def test_what_is_not_there_says_so(app: Flask) -> None:
    program = Program(app)
    asked = {
        ("GET", "/case-instance"): 501,
        ("POST", "/task/create"): 501,
        ("DELETE", "/external-task"): 501,
        ("PATCH", "/version"): 501,
        ("GET", "/apa"): 404,
        ("GET", "/"): 404,
        ("GET", "/task/"): 404,
        ("POST", "/task/x/claim/"): 404,
    }

    for (method, path), status in asked.items():
        assert program.refused(method, path)[0] == status, path
        assert app.test_client().open(ROOT + path, method=method).status_code == 401


@on_sqlite
def test_engine_has_one_name(app: Flask) -> None:
    program = Program(app)

    assert program.get("/engine") == [{"name": "default"}]
    assert program.get("/engine/default/version") == VERSION
    assert program.refused("GET", "/engine/lain/version")[0] == 501


@on_sqlite
def test_browsers_may_ask_from_anywhere_without_being_let_in(app: Flask) -> None:
    answer = app.test_client().options(f"{ROOT}/external-task/fetchAndLock", headers={"Origin": "null"})

    assert (answer.status_code, answer.data, answer.headers["Access-Control-Allow-Origin"]) == (200, b"", "*")
    assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert app.test_client().options("/api/v1/me").headers.get("Access-Control-Allow-Origin") is None


JSON = "application/json"
NO_BODIES = [
    (b"{", JSON),
    (b"[]", JSON),
    (b"7", JSON),
    (b"\n", JSON),
    (b"\x0b", JSON),
    (b'{"workerId": NaN}', JSON),
    (b'{"maxTasks": 1e999}', JSON),
    (b'{"a": ' * 30 + b"1" + b"}" * 30, JSON),
    (b'{"a": ' * 5000 + b"1" + b"}" * 5000, JSON),
    (b"\xff", JSON),
    (b'{"workerId": "\\u0000"}', JSON),
    (b'{"workerId": "\\ud800"}', JSON),
    (b'{"x": "' + b"a" * 1_000_000 + b'"}', JSON),
    (b'{"workerId": 1' + b"0" * 9000 + b"}", JSON),
    (b"workerId=x", "application/x-www-form-urlencoded"),
    (b"{}", "text/plain"),
]


@on_sqlite
def test_bodies_that_are_none(app: Flask) -> None:
    program = Program(app)

    for data, kind in NO_BODIES:
        for path in ("/external-task/fetchAndLock", "/external-task/count", "/external-task/x/unlock"):
            refused = program.refused("POST", path, data=data, headers={"Content-Type": kind})
            assert refused == (400, "InvalidRequestException"), (path, data[:40])


@on_sqlite
def test_queries_are_read_strictly(app: Flask) -> None:
    program = Program(app)
    wrong = [
        {"apa": "1"},
        {"topicName": "${topik}"},
        {"topicName": "#{1}"},
        {"activityIdIn": "a,${b}"},
        {"locked": "ya"},
        {"firstResult": "-1"},
        {"maxResults": "x"},
        {"maxResults": "9" * 30},
        {"sortBy": "password"},
        {"sortBy": "id", "sortOrder": "naik"},
        {"sortOrder": "asc"},
        {"lockExpirationBefore": "kemarin"},
        {"lockExpirationBefore": "2026-11-22"},
    ]

    for query in wrong:
        assert program.refused("GET", "/external-task", query_string=query)[0] == 400, query
        body = {"sorting": [query]} if "sortBy" in query or "sortOrder" in query else query
        assert program.refused("POST", "/external-task", data=json.dumps(body), headers={
            "Content-Type": "application/json"
        })[0] == 400, query  # fmt: skip
    assert program.refused("GET", "/external-task?active=true&active=false")[0] == 400


@on_sqlite
def test_modelers_find_the_pages(app: Flask) -> None:
    client = app.test_client()
    links = client.get("/.well-known/camunda-automation-platform/webapps")

    assert set(told(links)) == {"adminUrl", "cockpitUrl", "tasklistUrl"}
    seen = client.get(told(links)["cockpitUrl"] + "repository?deploymentsQuery=x")
    assert (seen.status_code, seen.location[:6]) == (302, "/masuk")
