"""What a modeler does, in the order in which it was recorded, and what other clients ask of deployments."""

from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask

from service import releases
from service.models import Definition, db
from service.tokens import Scope
from tests import answers, provision
from tests.answers import BLITAR
from tests.conftest import on_sqlite
from tests.drafting import OFFICE, Sketch, catch, message
from tests.engine.drawing import definitions, end, line, process, start, task
from tests.programs import ROOT, Program, basic, token

FORM = b'{"type": "default", "id": "isian", "schemaVersion": 19, "components": []}'
DEFINITION = {
    "id", "key", "category", "description", "name", "version", "resource", "deploymentId", "diagram", "suspended",
    "tenantId", "versionTag", "historyTimeToLive", "startableInTasklist",
}  # fmt: skip
DEPLOYMENT = {
    "links", "id", "name", "source", "deploymentTime", "tenantId", "deployedProcessDefinitions",
    "deployedCaseDefinitions", "deployedDecisionDefinitions", "deployedDecisionRequirementsDefinitions",
}  # fmt: skip
STARTED = {
    "links", "id", "definitionId", "definitionKey", "businessKey", "caseInstanceId", "ended", "suspended", "tenantId",
}  # fmt: skip


def drawn(*names: str) -> bytes:
    names = names or ("baik",)
    return definitions("", process(start(), *map(task, names), end(), line("mulai", *names, "selesai")))


def deploy(program: Program, diagram: bytes, **fields: object) -> Any:
    """Deploy as a modeler does: every part is named as its file is."""
    parts = {
        "deployment-name": "SOP", "deployment-source": "Camunda Modeler", "enable-duplicate-filtering": "true",
        "sop.bpmn": (BytesIO(diagram), "sop.bpmn", "text/xml"),
        "isian.form": (BytesIO(FORM), "isian.form", "application/octet-stream"),
    }  # fmt: skip
    return program.ask("POST", "/deployment/create", data=parts | fields)


@pytest.fixture
def analyst(app: Flask) -> Program:
    return Program(app, "analis")


@pytest.fixture
def head(app: Flask) -> Program:
    return Program(app, "blitar.kadis")


def test_a_modeler_deploys_and_starts(app: Flask, analyst: Program, head: Program) -> None:
    asked = app.test_client().get(f"{ROOT}/deployment", query_string={"maxResults": 0})
    assert asked.status_code == 401
    secret = basic("analis", token(app, "analis"))
    asked = app.test_client().get(f"{ROOT}/deployment", query_string={"maxResults": 0}, headers=secret)
    assert (asked.status_code, asked.json) == (200, [])
    assert analyst.get("/version") == {"version": "7.24.0"}

    made = deploy(analyst, drawn()).json
    again = deploy(analyst, drawn()).json
    ((name, definition),) = made["deployedProcessDefinitions"].items()

    assert (set(made), set(definition)) == (DEPLOYMENT, DEFINITION)
    assert name == definition["id"] == f"{definition['key']}:1:{name.rpartition(':')[2]}"
    assert (definition["deploymentId"], definition["tenantId"], definition["suspended"]) == (made["id"], OFFICE, False)
    assert (again["id"], again["deployedProcessDefinitions"]) == (made["id"], None)

    begun = head.post(f"/process-definition/{name}/start", businessKey="default", variables=None)
    assert (set(begun), begun["definitionId"], begun["ended"]) == (STARTED, name, False)
    people = app.test_client().get(f"/camunda/process-instance/{begun['id']}")
    assert people.location.startswith("/masuk?next=/camunda/process-instance/")


def test_a_broken_diagram_is_told_and_changes_nothing(app: Flask, analyst: Program) -> None:
    before = analyst.get("/deployment/count")
    for diagram in (b"<bpmn", drawn().replace(b'targetRef="selesai"', b'targetRef="tiada"'), b""):
        answer = deploy(analyst, diagram)
        assert (answer.status_code, answer.json["type"]) == (400, "ParseException")
        assert answer.json["message"].startswith("ENGINE-09005 Could not parse BPMN process. sop.bpmn, line ")
    bad: list[dict[str, object]] = [
        {"deployment-activation-time": "2026-12-01T00:00:00.000+0700"},
        {"tenant-id": "banggai"},
        {"apa": "1"},
        {"deploy-changed-only": "ya"},
        {"isian.form": (BytesIO(FORM), "sop.bpmn")},
        {"isian.form": (BytesIO(b"{"), "isian.form")},
        {"alat.exe": (BytesIO(b"MZ"), "alat.exe")},
    ]
    for fields in bad:
        assert deploy(analyst, drawn("lain"), **fields).status_code == 400, fields
    assert analyst.refused("POST", "/deployment/create", json={})[0] == 400
    assert analyst.refused("POST", "/deployment/create", data={"x": (BytesIO(b"a" * 26_000_000), "x.bpmn")})[0] == 400
    assert analyst.get("/deployment/count") == before

    for program in (Program(app, "blitar.kadis"), Program(app, "admin"), Program(app, "analis", scope=Scope.READ)):
        assert deploy(program, drawn()).status_code == 403


def test_parts_without_a_name_are_refused(analyst: Program) -> None:
    head = {"Content-Type": "multipart/form-data; boundary=grens"}
    for disposition in ("form-data", 'form-data; filename=""', 'form-data; name=""; filename=""'):
        content = f"--grens\r\nContent-Disposition: {disposition}\r\n\r\nx\r\n--grens--\r\n"
        refused = analyst.refused("POST", "/deployment/create", data=content.encode(), headers=head)
        assert refused == (400, "InvalidRequestException"), disposition


def test_a_second_person_stands_between_a_modeler_and_a_case(app: Flask, analyst: Program, head: Program) -> None:
    with app.app_context():
        sketch = Sketch()
        releases.require_second_person(sketch.actor("admin", OFFICE), needed=True)
    ((name, definition),) = deploy(analyst, drawn()).json["deployedProcessDefinitions"].items()
    key = definition["key"]

    assert (definition["suspended"], definition["startableInTasklist"]) == (True, False)
    assert head.refused("POST", f"/process-definition/{name}/start")[0] == 404
    assert analyst.refused("POST", f"/process-definition/{name}/start")[0] == 403
    assert [one["id"] for one in analyst.get("/process-definition", suspended="true")] == [name]
    assert analyst.get("/process-definition/count", active="true", key=key) == {"count": 0}
    with app.app_context():
        row = db.session.get_one(Definition, (OFFICE, UUID(name.rpartition(":")[2])))
        row.deployer_id = None
        db.session.commit()
        releases.release(sketch.actor("analis", OFFICE), key, 1, sketch.now)
    assert head.post(f"/process-definition/{name}/start")["definitionKey"] == key
    ((newer, _),) = deploy(analyst, drawn("baru")).json["deployedProcessDefinitions"].items()
    with app.app_context():
        releases.require_second_person(sketch.actor("admin", OFFICE), needed=False)
    ((newest, _),) = deploy(analyst, drawn("terbaru")).json["deployedProcessDefinitions"].items()
    assert head.refused("POST", f"/process-definition/{newer}/start")[0] == 404
    refused = head.ask("POST", f"/process-definition/{name}/start")
    assert (refused.status_code, "second person" in refused.text) == (400, True)
    assert head.post(f"/process-definition/key/{key}/start")["definitionId"] == newest


def test_what_was_deployed_is_found_again(analyst: Program) -> None:
    first = deploy(analyst, drawn()).json
    second = deploy(analyst, drawn("baru")).json
    older, newer = (next(iter(made["deployedProcessDefinitions"].values())) for made in (first, second))
    key = older["key"]
    asked: list[tuple[dict[str, object], list[str]]] = [
        ({"key": key, "sortBy": "version", "sortOrder": "asc"}, [older["id"], newer["id"]]),
        ({"key": key, "latestVersion": "true"}, [newer["id"]]),
        ({"key": key, "version": 1}, [older["id"]]),
        ({"keysIn": f"{key},x", "startableInTasklist": "true"}, [newer["id"]]),
        ({"processDefinitionId": older["id"]}, [older["id"]]),
        ({"processDefinitionIdIn": f"{older['id']},x:1:y"}, [older["id"]]),
        ({"deploymentId": first["id"]}, [older["id"]]),
        ({"key": key, "tenantIdIn": "banggai"}, []),
        ({"key": key, "versionTagLike": "a%"}, []),
        ({"key": key, "suspended": "true"}, []),
        ({"key": key, "firstResult": 1, "maxResults": 1, "sortBy": "version", "sortOrder": "desc"}, [older["id"]]),
    ]

    for query, found in asked:
        assert [one["id"] for one in analyst.get("/process-definition", **query)] == found, query
    assert analyst.get("/process-definition/count", key=key) == {"count": 2}
    assert analyst.get(f"/process-definition/{older['id']}") == older | {"startableInTasklist": False}
    assert analyst.get(f"/process-definition/key/{key}") == newer
    xml = analyst.get(f"/process-definition/{older['id']}/xml")
    assert xml == {"id": older["id"], "bpmn20Xml": drawn().decode()}
    assert analyst.get(f"/process-definition/key/{key}/xml")["id"] == newer["id"]
    listed = analyst.get("/deployment", sortBy="deploymentTime", sortOrder="desc")
    assert [one["id"] for one in listed[:2]] == [second["id"], first["id"]]
    assert analyst.get("/deployment", id=first["id"]) == [analyst.get(f"/deployment/{first['id']}")]
    files = analyst.get(f"/deployment/{first['id']}/resources")
    assert [file["name"] for file in files] == ["isian.form", "sop.bpmn"]
    data = analyst.ask("GET", f"/deployment/{first['id']}/resources/{files[1]['id']}/data")
    assert (data.data, data.mimetype) == (drawn(), "application/octet-stream")


def test_of_other_offices_nothing_is_there(app: Flask, analyst: Program) -> None:
    made = deploy(analyst, drawn()).json
    (name,) = made["deployedProcessDefinitions"]
    foreign = Program(app, "banggai.kadis", "banggai")

    for wrong in (name, name.rpartition(":")[2], f"x:1:{uuid4()}", "x", name.replace(":1:", ":2:")):
        program = foreign if name.startswith(wrong) or name.endswith(wrong) else analyst
        for path in ("", "/xml"):
            assert program.refused("GET", f"/process-definition/{wrong}{path}")[0] == 404, wrong
    for wrong in (made["id"], str(uuid4()), "x"):
        for path in ("", "/resources", "/resources/0/data"):
            assert foreign.refused("GET", f"/deployment/{wrong}{path}")[0] == 404
    key = name.partition(":")[0]
    assert foreign.refused("POST", f"/process-definition/key/{key}/start")[0] == 404
    assert foreign.refused("POST", f"/process-definition/key/{key}/tenant-id/{OFFICE}/start")[0] == 404


@on_sqlite
def test_a_case_of_a_real_sop_is_started_with_typed_answers(app: Flask, head: Program) -> None:
    raw = answers.for_element(BLITAR, "mulai")
    typed = {name: {"value": value} for name, value in raw.items()}

    begun = head.post(f"/process-definition/key/{BLITAR}/tenant-id/{OFFICE}/start", variables=typed)

    assert begun["definitionKey"] == BLITAR
    bad: list[dict[str, object]] = [
        {}, {"variables": {}}, {"variables": typed | {"asing": {"value": 1}}}, {"variables": typed, "apa": 1},
        {"variables": typed, "caseInstanceId": "x"}, {"variables": {name: {"value": {"x": 1}} for name in typed}},
    ]  # fmt: skip
    for body in bad:
        assert head.refused("POST", f"/process-definition/key/{BLITAR}/start", json=body)[0] == 400, body
    sop = provision.ROOT / "bpmn" / BLITAR / f"{BLITAR}.bpmn"
    parts = {sop.name: (BytesIO(sop.read_bytes()), sop.name)}
    unchanged = Program(app, "analis").ask("POST", "/deployment/create", data=parts)
    assert (unchanged.status_code, (unchanged.json or {})["deployedProcessDefinitions"]) == (200, None)


def test_messages_reach_the_case_that_waits(sketch: Sketch, app: Flask) -> None:
    sketch.deploy(
        process(start(), task("isi"), catch("tunggu", message()), task("baik"), end(),
                line("mulai", "isi", "tunggu", "baik", "selesai")),
        roots='<bpmn:message id="m" name="Kabar"/>',
    )  # fmt: skip
    case = sketch.begin()
    sketch.do(case, "isi", nilai="x")
    program = Program(app)
    sent = {"messageName": "Kabar", "withoutTenantId": True, "processVariables": {"isi": {"value": [1]}}}

    bad: list[dict[str, object]] = [
        {"messageName": ""}, {"processInstanceId": str(case)}, {"all": True}, {"tenantId": "banggai"}, {"apa": 1},
        {"correlationKeys": {"a": {"value": 1}, "b": {"value": 2}}}, {"processVariables": {"a b": {"value": 1}}},
    ]  # fmt: skip
    for body in bad:
        assert program.refused("POST", "/message", json=sent | body)[0] == 400, body
    (result,) = program.post("/message", **sent, resultEnabled=True)

    assert (result["resultType"], result["execution"]["processInstanceId"]) == ("Execution", str(case))
    assert (sketch.open_elements(case), sketch.data(case)["isi"]) == (["baik"], [1])
    nobody = program.refused("POST", "/message", json=sent)
    assert nobody == (400, "MismatchingMessageCorrelationException")
    assert Program(app, "blitar.kadis").refused("POST", "/message", json=sent)[0] == 403
