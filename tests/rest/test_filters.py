"""Filters of others are the views of the inbox that a person keeps: kept, changed and read by the dialect."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask

from service import filters
from service.queries import filters as kept
from service.tokens import Scope
from tests.conftest import on_sqlite
from tests.drafting import Sketch
from tests.engine.drawing import end, line, process, start, task
from tests.programs import Program

TWO = process(start(), task("satu"), task("dua"), end(), line("mulai", "satu", "dua", "selesai"))
OBJECT = {"id", "resourceType", "name", "owner", "query", "properties"}


@pytest.fixture
def case(sketch: Sketch) -> UUID:
    sketch.deploy(TWO)
    return sketch.begin()


@pytest.fixture
def head(app: Flask) -> Program:
    return Program(app, "blitar.kadis")


def names(program: Program, path: str, **body: object) -> list[str]:
    return [one["name"] for one in program.post(path, **body)]


def test_a_filter_is_kept_read_changed_and_dropped(sketch: Sketch, case: UUID, head: Program) -> None:
    other, now = sketch.begin(), sketch.now
    made = head.post(
        "/filter/create", resourceType="Task", name=" Tugas  saya", owner="blitar.kadis",
        query={"processDefinitionKey": sketch.key, "assignee": "blitar.kadis", "taskVariables": []},
        properties={"color": "#fff", "priority": 1, "q": "", "unit": ""},
    )  # fmt: skip
    of_filter = f"/filter/{made['id']}"
    query = {"processDefinitionKey": sketch.key, "assignee": "blitar.kadis"}

    assert (set(made), made["name"], made["query"], made["properties"]) == (OBJECT, "Tugas saya", query, {})
    assert head.get(of_filter, itemCount="true") == made | {"itemCount": 0}
    (first, second) = head.get("/task", processDefinitionKey=sketch.key, sortBy="created", sortOrder="asc")
    for one in (first, second):
        head.post(f"/task/{one['id']}/claim", userId="blitar.kadis")
    assert head.get(f"{of_filter}/count") == head.post(f"{of_filter}/count") == {"count": 2}
    down = head.post(f"{of_filter}/list", sorting=[{"sortBy": "created", "sortOrder": "desc"}])
    assert [one["processInstanceId"] for one in down] == [str(other), str(case)]
    assert head.get(f"{of_filter}/list", firstResult=1, maxResults=1)[0]["id"] in {first["id"], second["id"]}
    assert names(head, f"{of_filter}/list", processInstanceId=str(case)) == ["satu"]
    assert head.get("/filter", resourceType="Task", itemCount="true", maxResults=5)[0]["itemCount"] == 2
    assert head.get("/filter/count") == {"count": 1}

    changed = {"name": "Terbaru", "query": {"sorting": [{"sortBy": "created", "sortOrder": "desc"}]},
               "properties": {"tampilan": "semua", "q": "satu"}}  # fmt: skip
    assert head.ask("PUT", of_filter, json=made | changed).status_code == 204
    whole = head.get(of_filter)
    assert whole == made | changed
    assert head.ask("PUT", of_filter, json=whole).status_code == 204, "it goes in as it came out"
    assert head.get(of_filter) == whole
    assert [one["processInstanceId"] for one in head.get(f"{of_filter}/list")] == [str(other), str(case)]
    actor = sketch.actor("blitar.kadis")
    filters.keep(actor, "Lewat", {"tampilan": "lewat", "sop": sketch.key}, now)
    assert [one["name"] for one in head.get("/filter", sortBy="filterName", sortOrder="desc")] == ["Terbaru", "Lewat"]
    assert head.refused("PUT", of_filter, json=whole | {"name": "Lewat"})[0] == 409
    assert head.ask("DELETE", of_filter).status_code == 204
    assert [one.name for one in kept.own(actor)] == ["Lewat"]
    assert head.refused("GET", of_filter)[0] == head.refused("DELETE", of_filter)[0] == 404


def test_filters_are_ones_own(app: Flask, head: Program) -> None:
    made = head.post("/filter/create", resourceType="Task", name="Semua", query={}, properties={"tampilan": "semua"})
    of_filter, reader = f"/filter/{made['id']}", Program(app, "blitar.kadis", scope=Scope.READ)
    whole = {"json": made}

    for other in (Program(app, "blitar.jfu"), Program(app, "banggai.kadis", "banggai")):
        assert other.get("/filter") == []
        for method, path in (("GET", ""), ("PUT", ""), ("DELETE", ""), ("GET", "/list"), ("POST", "/count")):
            for place in (of_filter, f"/filter/{uuid4()}", "/filter/x"):
                asked: dict[str, Any] = whole if method == "PUT" else {}
                assert other.refused(method, place + path, **asked)[0] == 404, (method, path)
    assert Program(app, "auditor").refused("GET", "/filter") == (403, "AuthorizationException")
    assert reader.post(f"{of_filter}/list") == reader.get(f"{of_filter}/list")
    assert reader.refused("DELETE", of_filter)[0] == reader.refused("POST", "/filter/create", **whole)[0] == 403
    assert head.get("/filter") == [made]


@on_sqlite
def test_filters_that_are_no_views(head: Program) -> None:
    name: dict[str, object] = {"resourceType": "Task", "name": "x"}
    wrong: list[dict[str, object]] = [
        {}, {"name": "x" * 61}, name | {"resourceType": "Case"}, name | {"owner": "blitar.jfu"}, name | {"apa": 1},
        name | {"query": {"assignee": "blitar.jfu"}}, name | {"query": {"assigneeExpression": "${currentUser()}"}},
        name | {"query": {"name": "satu"}}, name | {"query": []}, name | {"query": {"orQueries": [{"name": "x"}]}},
        name | {"query": {"sorting": [{"sortBy": "priority", "sortOrder": "asc"}]}},
        name | {"query": {"processDefinitionKey": "${x}"}}, name | {"properties": {"tampilan": "apa"}},
        name | {"query": {"assignee": "blitar.kadis"}, "properties": {"tampilan": "lewat"}},
        name | {"properties": {"q": "x" * 201}}, name | {"properties": {"apa": "x"}},
    ]  # fmt: skip
    for body in wrong:
        assert head.refused("POST", "/filter/create", json=body) == (400, "InvalidRequestException"), body
    assert head.get("/filter") == []
    for query in ({"sortBy": "password"}, {"itemCount": "ya"}, {"apa": "1"}):
        assert head.refused("GET", "/filter", query_string=query)[0] == 400, query
    for number in range(filters.MOST):
        head.post("/filter/create", name=f"x{number}", query={})
    assert head.refused("POST", "/filter/create", json={"name": "lagi", "query": {}})[0] == 409
