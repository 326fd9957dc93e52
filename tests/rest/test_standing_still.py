"""What stands still and what waits, by the dialect: incidents, timers, signals, and how many of each."""

from typing import Any
from uuid import UUID, uuid4

import pycamunda.incident
import pycamunda.processdef
import pytest
import requests
from flask import Flask

from tests import stage
from tests.conftest import on_sqlite
from tests.drafting import OFFICE, Sketch, boundary, catch, signal, timer
from tests.engine.drawing import end, flow, gateway, line, process, start, task
from tests.programs import Program, as_body, token

EXTERNAL = '<bpmn:serviceTask id="hitung" name="Menghitung" camunda:type="external" camunda:topic="capaian"/>'
LATE = boundary("lewat", "isi", timer("timeDuration", "P1D"), interrupting=False)
ROOTS = '<bpmn:signal id="s" name="Mulai bersama"/>'
STANDS = process(
    start(), gateway("bagi", kind="parallelGateway"), task("isi"), LATE, task("data"),
    gateway("gabung", kind="parallelGateway"), EXTERNAL, catch("tunggu", signal()), end(),
    gateway("pilih", default="pilih-baca"), task("baca"), end("cukup"),
    line("mulai", "bagi", "isi", "gabung", "hitung", "tunggu", "selesai"), line("bagi", "data", "gabung"),
    line("lewat", "pilih", "baca", "cukup"), flow("pilih", "cukup", 'if jumlah = null then "belum" else jumlah > 5'),
)  # fmt: skip
INCIDENT = {
    "id", "processDefinitionId", "processInstanceId", "executionId", "incidentTimestamp", "incidentType", "activityId",
    "failedActivityId", "causeIncidentId", "rootCauseIncidentId", "configuration", "incidentMessage", "tenantId",
    "jobDefinitionId", "annotation",
}  # fmt: skip
JOB = {
    "id", "jobDefinitionId", "processInstanceId", "processDefinitionId", "processDefinitionKey", "executionId",
    "exceptionMessage", "failedActivityId", "retries", "dueDate", "suspended", "priority", "tenantId", "createTime",
    "batchId",
}  # fmt: skip


@pytest.fixture
def case(sketch: Sketch) -> UUID:
    """Return a case whose timer failed, as nobody has said yet how many there are."""
    sketch.deploy(STANDS, roots=ROOTS)
    case = sketch.begin()
    sketch.later(days=1, hours=1)
    return case


@pytest.fixture
def admin(app: Flask) -> Program:
    return Program(app)


def test_a_timer_that_failed_is_an_incident_and_tried_again(
    app: Flask, sketch: Sketch, case: UUID, admin: Program
) -> None:
    staff = Program(app, "blitar.jfu")
    definition = admin.get(f"/process-definition/key/{sketch.key}")["id"]
    (incident,) = admin.get("/incident", processInstanceId=str(case))
    (job,) = admin.get("/job", processInstanceId=str(case))

    assert (set(incident), set(job)) == (INCIDENT, JOB)
    assert (incident["incidentType"], incident["activityId"]) == ("failedJob", "pilih")
    assert (incident["configuration"], incident["processDefinitionId"]) == (job["id"], definition)
    assert (job["retries"], job["failedActivityId"], job["processDefinitionKey"]) == (0, "lewat", sketch.key)
    assert job["exceptionMessage"] == incident["incidentMessage"]
    assert admin.get(f"/incident/{incident['id']}") == incident
    assert admin.get(f"/job/{job['id']}") == job
    assert staff.get(f"/incident/{incident['id']}")["incidentMessage"] == sketch.incidents(case)[0].cause

    again = f"/job/{job['id']}/retries"
    for body in ({"retries": 0}, {"retries": "x"}, {}, {"retries": 1, "dueDate": "x"}, {"retries": 1, "apa": 1}):
        assert admin.refused("PUT", again, json=body)[0] == 400, body
    assert staff.refused("PUT", again, json={"retries": 1})[0] == 403
    assert admin.refused("PUT", again, json={"retries": 1}) == (500, "ProcessEngineException")
    assert [one.attempts for one in sketch.incidents(case)] == [2]
    sketch.do(case, "data", jumlah="3")
    assert admin.ask("PUT", again, json={"retries": 1}).status_code == 204
    assert (sketch.open_elements(case), sketch.incidents(case)) == (["baca", "isi"], [])
    for gone in (f"/incident/{incident['id']}", f"/job/{job['id']}", "/incident/x", f"/job/{uuid4()}"):
        assert admin.refused("GET", gone)[0] == 404, gone


def test_incidents_and_timers_are_narrowed_as_asked(sketch: Sketch, case: UUID, admin: Program) -> None:
    sketch.deploy(STANDS.replace('"proses"', '"lain"'), roots=ROOTS)
    other = sketch.begin()
    definition = admin.get("/process-definition/key/proses")["id"]
    (incident,) = admin.get("/incident", processInstanceId=str(case))
    incidents: list[tuple[dict[str, Any], int]] = [
        ({"incidentId": incident["id"]}, 1),
        ({"incidentType": "failedJob", "executionId": str(case)}, 1),
        ({"incidentType": "failedExternalTask"}, 0),
        ({"processDefinitionId": definition, "activityId": "pilih"}, 1),
        ({"processDefinitionKeyIn": "lain"}, 0),
        ({"failedActivityId": "isi"}, 0),
        ({"tenantIdIn": "banggai"}, 0),
        ({"incidentTimestampBefore": "2020-01-01T00:00:00.000+0700"}, 0),
    ]
    for query, found in incidents:
        assert len(admin.get("/incident", **query, sortBy="incidentTimestamp", sortOrder="desc")) == found, query
        assert admin.get("/incident/count", **query) == {"count": found}, query
    jobs: list[tuple[dict[str, Any], int]] = [
        ({"processDefinitionKey": "proses"}, 1),
        ({"processInstanceIds": f"{case},{other}", "timers": "true"}, 2),
        ({"processInstanceId": str(other), "withRetriesLeft": "true", "active": "true"}, 1),
        ({"processInstanceId": str(case), "withRetriesLeft": "true"}, 0),
        ({"processInstanceId": str(case), "noRetriesLeft": "true", "withException": "true"}, 1),
        ({"processInstanceId": str(case), "noRetriesLeft": "true", "executable": "true"}, 0),
        ({"activityId": "lewat", "processDefinitionId": definition}, 1),
        ({"messages": "true"}, 0),
        ({"suspended": "true"}, 0),
        ({"tenantIdIn": "banggai"}, 0),
    ]
    for query, found in jobs:
        assert len(admin.get("/job", **query, sortBy="jobDueDate", sortOrder="asc")) == found, query
        assert admin.get("/job/count", **query) == {"count": found}, query
        assert admin.post("/job/count", **as_body(query)) == {"count": found}, query
    (waits,) = admin.get("/job", processInstanceId=str(other))
    assert (waits["retries"], waits["exceptionMessage"]) == (1, None)
    refused = admin.refused("PUT", f"/job/{waits['id']}/retries", json={"retries": 3})
    assert refused == (409, "ProcessEngineException")


def test_a_signal_reaches_all_that_wait(app: Flask, sketch: Sketch, case: UUID, admin: Program) -> None:
    sketch.do(case, "data", jumlah="9")
    sketch.do(case, "isi")
    (work,) = admin.get("/external-task")
    admin.post(f"/external-task/{work['id']}/lock", workerId="w", lockDuration=1000)
    admin.post(f"/external-task/{work['id']}/complete", workerId="w")

    sent: dict[str, Any] = {"name": "Mulai bersama", "variables": {"kabar": {"value": [1]}}, "withoutTenantId": True}
    bad: list[dict[str, object]] = [{"name": ""}, {"executionId": "x"}, {"tenantId": "banggai"}, {"apa": 1}]
    bad += [{"variables": {"a b": {"value": 1}}}, {"variables": {"a": {"value": 1, "type": "Object"}}}]
    for body in bad:
        assert admin.refused("POST", "/signal", json=sent | body)[0] == 400, body
    assert Program(app, "blitar.kadis").refused("POST", "/signal", json=sent)[0] == 403
    Program(app, "admin", "banggai").post("/signal", **sent)
    assert sketch.status(case) == "running"
    admin.post("/signal", **sent, tenantId=OFFICE)
    assert sketch.status(case) == "completed"
    assert admin.post("/signal", name="tidak ditunggu") is None


def test_statistics_count_what_stands_where(sketch: Sketch, case: UUID, admin: Program) -> None:
    definition = admin.get(f"/process-definition/key/{sketch.key}")["id"]
    asked = {"failedJobs": "true", "incidents": "true"}
    stopped = [{"incidentType": "failedJob", "incidentCount": 1}]

    every = {one["id"]: one for one in admin.get("/process-definition/statistics", **asked)}
    assert set(every[definition]) == {"id", "instances", "failedJobs", "incidents", "definition"}
    assert every[definition]["definition"] == admin.get(f"/process-definition/{definition}")
    assert [every[definition][name] for name in ("instances", "failedJobs", "incidents")] == [1, 1, stopped]
    of_elements = admin.get(f"/process-definition/{definition}/statistics", **asked)
    assert (
        of_elements
        == admin.get(f"/process-definition/key/{sketch.key}/statistics", **asked)
        == [
            {"id": "data", "instances": 1, "failedJobs": 0, "incidents": []},
            {"id": "isi", "instances": 1, "failedJobs": 0, "incidents": []},
            {"id": "lewat", "instances": 0, "failedJobs": 1, "incidents": []},
            {"id": "pilih", "instances": 0, "failedJobs": 0, "incidents": stopped},
        ]
    )
    plain = admin.get(f"/process-definition/{definition}/statistics")
    assert {(one["failedJobs"], len(one["incidents"])) for one in plain} == {(0, 0)}
    only = admin.get(f"/process-definition/{definition}/statistics", incidentsForType="failedExternalTask")
    assert {len(one["incidents"]) for one in only} == {0}
    sketch.do(case, "data", jumlah="9")
    sketch.do(case, "isi")
    after = admin.get(f"/process-definition/{definition}/statistics", **asked)
    assert after == [{"id": "hitung", "instances": 1, "failedJobs": 0, "incidents": []}]


def test_another_office_sees_none_of_it(app: Flask, case: UUID, admin: Program) -> None:
    foreign = Program(app, "admin", "banggai")
    (incident,) = admin.get("/incident", processInstanceId=str(case))
    (job,) = admin.get("/job", processInstanceId=str(case))
    definition = admin.get("/process-definition/key/proses")["id"]

    asked = [("GET", f"/incident/{incident['id']}"), ("GET", f"/job/{job['id']}")]
    asked += [("GET", f"/process-definition/{definition}/statistics"), ("PUT", f"/job/{job['id']}/retries")]
    for method, path in asked:
        assert foreign.refused(method, path, json={"retries": 1} if method == "PUT" else None)[0] == 404, path
    assert foreign.get("/incident/count") == foreign.get("/job/count", processInstanceId=str(case)) == {"count": 0}
    assert not any(one["id"] == definition for one in foreign.get("/process-definition/statistics"))


@on_sqlite
def test_lists_ask_as_little_of_three_cases_as_of_one(app: Flask, sketch: Sketch, admin: Program) -> None:
    def asked() -> list[int]:
        found = []
        for path in ("/process-instance", "/incident", "/job", "/process-definition/statistics"):
            admin.get(path)  # definitions are parsed once
            with stage.statements(app) as ran:
                admin.get(path)
            found.append(len(ran))
        return found

    sketch.deploy(STANDS, roots=ROOTS)
    sketch.begin()
    sketch.later(days=1, hours=1)
    of_one = asked()
    for _ in range(2):
        sketch.begin()
    sketch.later(days=1, hours=1)

    assert admin.get("/incident/count") == {"count": 3}
    assert asked() == of_one


@on_sqlite
def test_questions_are_read_strictly_and_what_is_absent_says_why(admin: Program) -> None:
    wrong = [
        ("/incident", {"apa": "1"}), ("/incident", {"incidentMessage": "x"}), ("/incident", {"activityId": "${x}"}),
        ("/incident", {"incidentType": "lain"}),
        ("/incident", {"sortBy": "password", "sortOrder": "asc"}), ("/incident", {"incidentTimestampAfter": "kemarin"}),
        ("/job", {"apa": "1"}), ("/job", {"dueDates": "lt_x"}), ("/job", {"executable": "ya"}),
        ("/job", {"jobDefinitionId": "x"}), ("/job", {"sortBy": "jobDueDate", "sortOrder": "naik"}),
        ("/process-definition/statistics", {"apa": "1"}), ("/process-definition/statistics", {"failedJobs": "ya"}),
        ("/process-definition/statistics", {"incidentsForType": "lain"}),
    ]  # fmt: skip
    for path, query in wrong:
        assert admin.refused("GET", path, query_string=query)[0] == 400, (path, query)
    absent = [
        ("DELETE", "/incident/x"), ("PUT", "/incident/x/annotation"), ("POST", "/job/x/execute"),
        ("PUT", "/job/x/duedate"), ("DELETE", "/process-definition/x"), ("DELETE", "/process-definition/key/x"),
        ("POST", "/process-instance/x/variables"), ("DELETE", "/process-instance/x/variables/y"),
    ]  # fmt: skip
    for method, path in absent:
        answer = admin.ask(method, path, json={})
        assert (answer.status_code, answer.text.count("is not served here: ")) == (501, 1), path


@on_sqlite
def test_public_client_in_python(app: Flask, site: str, case: UUID) -> None:
    session = requests.Session()
    session.auth = ("admin", token(app, "admin"))

    def ask(request: Any) -> Any:
        request.session = session
        return request()

    (found,) = ask(pycamunda.incident.GetList(site, process_instance_id=str(case)))
    assert (found.activity_id, found.incident_timestamp.utcoffset() is not None) == ("pilih", True)
    assert ask(pycamunda.incident.Get(site, found.id_)) == found
    stats = ask(pycamunda.processdef.GetActivityInstanceStats(site, key="proses", failed_jobs=True, incidents=True))
    assert {one.id_: one.instances for one in stats} == {"data": 1, "isi": 1, "lewat": 0, "pilih": 0}
    versions = ask(pycamunda.processdef.GetProcessInstanceStats(site))
    assert {one.instances for one in versions if one.definition.key == "proses"} == {1}
    session.close()
