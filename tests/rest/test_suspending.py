"""A version that programs of analysts suspend and activate again."""

from typing import Any

import pycamunda.processdef
import pytest
import requests
from flask import Flask

from service.tokens import Scope
from tests.conftest import on_sqlite
from tests.drafting import Sketch
from tests.engine.drawing import end, line, process, start, task
from tests.programs import Program, token


def drawn(name: str = "isi") -> str:
    return process(start(), task(name), end(), line("mulai", name, "selesai"))


@pytest.fixture
def analyst(app: Flask) -> Program:
    with app.app_context():
        Sketch().deploy(drawn())
    return Program(app, "analis")


@pytest.fixture
def head(app: Flask) -> Program:
    return Program(app, "blitar.kadis")


def put(program: Program, path: str = "/key/proses", **body: object) -> None:
    answer = program.ask("PUT", f"/process-definition{path}/suspended", json=body)
    assert (answer.status_code, answer.data) == (204, b""), answer.text


def definition(program: Program) -> Any:
    return program.get("/process-definition/key/proses")


def found(program: Program, **query: object) -> list[bool]:
    listed = program.get("/process-definition", key="proses", **query)
    assert program.get("/process-definition/count", key="proses", **query) == {"count": len(listed)}
    return [one["suspended"] for one in listed]


@pytest.mark.parametrize("way", ["key", "id", "body-key", "body-id"])
def test_nobody_starts_what_is_suspended(analyst: Program, head: Program, way: str) -> None:
    ident = definition(analyst)["id"]
    path, named = {
        "key": ("/key/proses", {}),
        "id": (f"/{ident}", {}),
        "body-key": ("", {"processDefinitionKey": "proses", "processDefinitionTenantId": "blitar"}),
        "body-id": ("", {"processDefinitionId": ident}),
    }[way]
    case = head.post("/process-definition/key/proses/start")["id"]
    put(analyst, path, suspended=True, includeProcessInstances=False, executionDate=None, **named)

    assert definition(head) == definition(analyst)
    assert (definition(head)["suspended"], definition(head)["startableInTasklist"]) == (True, False)
    assert found(head, suspended="true") == [True]
    assert found(head, active="true") == found(head, startableInTasklist="true") == []
    for address in ("/process-definition/key/proses", f"/process-definition/{ident}"):
        for operation in ("start", "submit-form"):
            answer = head.ask("POST", f"{address}/{operation}", json={"variables": {}})
            assert (answer.status_code, "is suspended" in answer.text) == (400, True)
        assert head.get(f"{address}/form-variables") == {}
    (open_task,) = head.get("/task", processInstanceId=case)
    head.post(f"/task/{open_task['id']}/complete", variables={})
    assert head.get("/history/process-instance/" + case)["state"] == "COMPLETED"

    put(analyst, path, suspended=False, **named)
    assert (found(head, suspended="true"), found(head, active="true")) == ([], [False])
    head.post("/process-definition/key/proses/start")


def test_what_is_refused_changes_nothing(app: Flask, analyst: Program, head: Program) -> None:
    with app.app_context():
        Sketch().deploy(drawn("baru"))
    older = next(one["id"] for one in analyst.get("/process-definition", key="proses") if one["version"] == 1)
    of_key = "/process-definition/key/proses/suspended"
    bad: list[tuple[str, object]] = [
        (of_key, {}), (of_key, {"suspended": None}), (of_key, {"suspended": "true"}), (of_key, {"suspended": 1}),
        (of_key, {"suspended": True, "apa": 1}), (of_key, []), (of_key, "suspended"),
        (of_key, {"suspended": True, "includeProcessInstances": True}),
        (of_key, {"suspended": True, "includeProcessInstances": "false"}),
        (of_key, {"suspended": True, "executionDate": "2026-12-01T00:00:00.000+0700"}),
        (of_key, {"suspended": True, "processDefinitionKey": "proses"}),
        ("/process-definition/suspended", {"suspended": True}),
        ("/process-definition/suspended", {"processDefinitionKey": "proses"}),
        ("/process-definition/suspended", {"suspended": True, "processDefinitionKey": "${x}"}),
        ("/process-definition/suspended",
         {"suspended": True, "processDefinitionKey": "proses", "processDefinitionId": older}),
        ("/process-definition/suspended",
         {"suspended": True, "processDefinitionKey": "proses", "processDefinitionTenantId": "nganjuk"}),
        (f"/process-definition/{older}/suspended", {"suspended": True}),
        (f"/process-definition/{older}/suspended", {"suspended": False}),
    ]  # fmt: skip
    for path, body in bad:
        assert analyst.refused("PUT", path, json=body)[0] == 400, (path, body)
    assert analyst.refused("PUT", of_key, data=b"{", headers={"Content-Type": "application/json"})[0] == 400
    wanted = {"suspended": True}
    for path in ("key/tidak_ada", "x", "proses:1:x", older.replace("proses:1", "proses:9")):
        assert analyst.refused("PUT", f"/process-definition/{path}/suspended", json=wanted)[0] == 404, path
    for named in ({"processDefinitionKey": "tidak_ada"}, {"processDefinitionId": "x"}):
        assert analyst.refused("PUT", "/process-definition/suspended", json={**wanted, **named})[0] == 400

    foreign = Program(app, "analis", "nganjuk")
    assert foreign.refused("PUT", of_key, json=wanted)[0] == 404
    assert foreign.refused("PUT", f"/process-definition/{definition(analyst)['id']}/suspended", json=wanted)[0] == 404
    for program in (head, Program(app, "admin"), Program(app, "analis", scope=Scope.READ)):
        assert program.refused("PUT", of_key, json=wanted)[0] == 403
    assert found(analyst, suspended="true") == []
    head.post("/process-definition/key/proses/start")


@on_sqlite
def test_public_client_in_python(app: Flask, site: str, analyst: Program) -> None:
    session = requests.Session()
    session.auth = ("analis", token(app, "analis"))
    for client, suspended in ((pycamunda.processdef.Suspend, True), (pycamunda.processdef.Activate, False)):
        for named in ({"id_": definition(analyst)["id"]}, {"key": "proses"}):
            request = client(site, **named)
            request.session = session
            request()
            assert definition(analyst)["suspended"] is suspended
    session.close()
