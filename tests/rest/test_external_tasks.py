"""Workers over REST: who gets work, for how long, and what becomes of what they report."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from http.client import HTTPConnection
from itertools import product
from threading import Event
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest
from flask import Flask

from service import externals, identity, tokens
from service.externals import Wish
from service.models import Waiting, db
from service.rest import patience
from tests.drafting import OFFICE, Sketch, boundary
from tests.engine.drawing import end, line, process, start, task
from tests.programs import Program, as_body, token
from tests.racing import Race

ROOTS = '<bpmn:error id="e" name="Data beda" errorCode="data-beda"/>'
PROPERTIES = """<bpmn:extensionElements><camunda:properties><camunda:property name="lembar" value="dua"/>
</camunda:properties></bpmn:extensionElements>"""
SERVICE = f"""<bpmn:serviceTask id="hitung" name="Menghitung" camunda:type="external" camunda:topic="capaian">
{PROPERTIES}</bpmn:serviceTask>"""
CAUGHT = boundary("beda", "hitung", '<bpmn:errorEventDefinition errorRef="e"/>')
COUNTS = process(
    start(), task("isi"), SERVICE, CAUGHT, task("baik"), task("ulang"), end(),
    line("mulai", "isi", "hitung", "baik", "selesai"), line("beda", "ulang", "selesai"),
)  # fmt: skip
SECOND = 1_000
PATIENCE = 30
TOPIC = {"topicName": "capaian", "lockDuration": 60 * SECOND}
OBJECT = {
    "activityId", "activityInstanceId", "errorMessage", "errorDetails", "executionId", "id", "lockExpirationTime",
    "createTime", "processDefinitionId", "processDefinitionKey", "processDefinitionVersionTag", "processInstanceId",
    "tenantId", "retries", "suspended", "workerId", "topicName", "priority", "businessKey",
}  # fmt: skip


@pytest.fixture
def program(app: Flask) -> Program:
    return Program(app)


@pytest.fixture
def cases(sketch: Sketch) -> list[UUID]:
    """Three cases that wait for a worker."""
    sketch.deploy(COUNTS, roots=ROOTS)
    return [waiting(sketch, jumlah) for jumlah in ("1", "2", "3")]


def waiting(sketch: Sketch, jumlah: str) -> UUID:
    case = sketch.begin()
    sketch.do(case, "isi", nilai="Ünïkode", jumlah=jumlah, daftar=["bidang1"])
    return case


def fetch(program: Program, worker: str = "satu", most: int = 10, **topic: object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = program.post(
        "/external-task/fetchAndLock", workerId=worker, maxTasks=most, usePriority=True, topics=[TOPIC | topic]
    )
    return found


def lapse(work: str) -> None:
    """Let the lock of a task end."""
    row = db.session.get_one(Waiting, (OFFICE, UUID(work)), populate_existing=True)
    row.free_at = datetime.now(UTC) - timedelta(seconds=1)
    db.session.commit()


def test_a_worker_gets_all_that_the_dialect_tells(sketch: Sketch, cases: list[UUID], program: Program) -> None:
    (found,) = fetch(program, most=1, includeExtensionProperties=True)

    assert set(found) == OBJECT | {"variables", "extensionProperties"}
    assert (found["processInstanceId"], found["topicName"], found["workerId"]) == (str(cases[0]), "capaian", "satu")
    assert (found["processDefinitionKey"], found["activityId"], found["tenantId"]) == (sketch.key, "hitung", OFFICE)
    assert found["extensionProperties"] == {"lembar": "dua"}
    shown = {name: found["variables"][name] for name in ("nilai", "jumlah", "daftar")}
    assert shown == {
        "nilai": {"type": "String", "value": "Ünïkode", "valueInfo": {}},
        "jumlah": {"type": "Integer", "value": 1, "valueInfo": {}},
        "daftar": {"type": "Json", "value": '["bidang1"]', "valueInfo": {}},
    }
    until = datetime.strptime(found["lockExpirationTime"], "%Y-%m-%dT%H:%M:%S.%f%z")
    assert timedelta(seconds=50) < until - datetime.now(UTC) <= timedelta(seconds=60)
    assert found["createTime"].endswith("+0700")
    assert "variables" not in program.get(f"/external-task/{found['id']}")


def test_work_goes_to_one_worker_the_oldest_first(cases: list[UUID], program: Program) -> None:
    first = fetch(program, most=2, variables=["jumlah"])
    rest = fetch(program, "dua", variables=[])

    assert [work["variables"]["jumlah"]["value"] for work in first] == [1, 2]
    assert set(first[0]["variables"]) == {"jumlah"}
    assert [(work["processInstanceId"], work["variables"]) for work in rest] == [(str(cases[2]), {})]
    assert fetch(program, "tiga") == []


@pytest.mark.usefixtures("cases")
def test_topics_narrow_the_work(sketch: Sketch, program: Program) -> None:
    narrow: list[dict[str, Any]] = [
        {"processDefinitionKeyIn": ["proses_lain"]}, {"tenantIdIn": ["banggai"]}, {"topicName": "lain"},
    ]  # fmt: skip
    wide: dict[str, Any] = {
        "processDefinitionKey": sketch.key,
        "tenantIdIn": ["blitar"],
        "processVariables": {},
        "variables": None,
    }

    assert [fetch(program, **topic) for topic in narrow] == [[], [], []]
    assert len(fetch(program, **wide, withoutTenantId=False, deserializeValues=True)) == 3


def test_the_newest_comes_first_where_it_is_asked_for(cases: list[UUID], program: Program) -> None:
    sorting = [{"sortBy": "createTime", "sortOrder": "desc"}]

    found = program.post("/external-task/fetchAndLock", workerId="w", maxTasks=2, topics=[TOPIC], sorting=sorting)

    assert [work["processInstanceId"] for work in found] == [str(cases[2]), str(cases[1])]


def test_result_moves_the_case(sketch: Sketch, cases: list[UUID], program: Program) -> None:
    work = fetch(program, most=1)[0]["id"]
    typed = {
        "a": {"value": 7, "type": "integer", "valueInfo": None},
        "b": {"value": '{"x": [1, null]}', "type": "Json"},
        "c": {"value": True},
        "d": {"value": "1970-01-01T00:00:00.000+0000", "type": "date"},
        "e": {"value": None, "type": "Null"},
        "f": {"value": 2, "type": "double"},
        "g": {"value": [1, {"y": "z"}], "type": None},
    }

    program.post(f"/external-task/{work}/complete", workerId="satu", variables=typed, localVariables={})

    data = sketch.data(cases[0])
    assert sketch.open_elements(cases[0]) == ["baik"]
    assert [data[name] for name in "abcdefg"] == [
        7, {"x": [1, None]}, True, "1970-01-01T07:00", None, 2.0, [1, {"y": "z"}],
    ]  # fmt: skip
    assert program.refused("POST", f"/external-task/{work}/complete", json={"workerId": "satu"})[0] == 404


def test_only_who_has_the_lock_reports(sketch: Sketch, cases: list[UUID], program: Program) -> None:
    work = fetch(program, most=1)[0]["id"]
    reports: dict[str, dict[str, object]] = {
        "complete": {},
        "failure": {"errorMessage": "x", "retries": 3},
        "bpmnError": {"errorCode": "data-beda"},
        "extendLock": {"newDuration": 5},
        "lock": {"lockDuration": 5},
    }

    for act, body in reports.items():
        refused = program.refused("POST", f"/external-task/{work}/{act}", json={"workerId": "dua", **body})
        assert refused == (400, "BadUserRequestException"), act
    assert (sketch.kinds(cases[0])[-1], len(sketch.incidents(cases[0]))) == ("completed", 0)


def test_lock_that_ended_gives_the_work_to_another(sketch: Sketch, cases: list[UUID], program: Program) -> None:
    work = fetch(program, most=1)[0]["id"]
    program.post(f"/external-task/{work}/extendLock", workerId="satu", newDuration=90 * SECOND)
    lapse(work)

    late = {"workerId": "satu", "newDuration": 9}
    assert program.refused("POST", f"/external-task/{work}/extendLock", json=late)[0] == 400
    assert work in {found["id"] for found in fetch(program, "dua")}
    assert program.refused("POST", f"/external-task/{work}/complete", json={"workerId": "satu"})[0] == 400
    program.post(f"/external-task/{work}/complete", workerId="dua", variables={})
    assert sketch.open_elements(cases[0]) == ["baik"]


@pytest.mark.usefixtures("cases")
def test_work_that_is_let_go_is_free_at_once(program: Program) -> None:
    work = fetch(program, most=1)[0]["id"]

    assert program.ask("POST", f"/external-task/{work}/unlock").status_code == 204
    program.post(f"/external-task/{work}/lock", workerId="dua", lockDuration=SECOND)

    assert program.get(f"/external-task/{work}")["workerId"] == "dua"


def test_failures_are_tried_again_until_they_rest(sketch: Sketch, cases: list[UUID], program: Program) -> None:
    work = fetch(program, most=1)[0]["id"]
    told = {"workerId": "satu", "errorMessage": "Server diam.", "errorDetails": "baris 1\nbaris 2"}

    program.post(f"/external-task/{work}/failure", **told, retries=1, retryTimeout=0)
    again = next(found for found in fetch(program) if found["id"] == work)
    assert (again["retries"], again["errorMessage"], sketch.incidents(cases[0])) == (1, "Server diam.", [])
    program.post(f"/external-task/{work}/failure", **told, retries=0, retryTimeout=0)

    (incident,) = sketch.incidents(cases[0])
    assert (incident.detail, program.get(f"/external-task/{work}")["retries"]) == ("Server diam.", 0)
    assert program.ask("GET", f"/external-task/{work}/errorDetails").text == "baris 1\nbaris 2"
    assert work not in {found["id"] for found in fetch(program)}
    assert program.refused("POST", f"/external-task/{work}/lock", json={"workerId": "x", "lockDuration": 1})[0] == 400
    assert program.ask("PUT", f"/external-task/{work}/retries", json={"retries": 2}).status_code == 204
    assert [found["retries"] for found in fetch(program) if found["id"] == work] == [2]
    assert sketch.incidents(cases[0]) == []


@pytest.mark.usefixtures("cases")
def test_pause_keeps_failed_work_back(program: Program) -> None:
    work = fetch(program, most=1)[0]["id"]
    failed = {"workerId": "satu", "errorMessage": "x", "retries": 5, "retryTimeout": 60 * SECOND}

    program.post(f"/external-task/{work}/failure", **failed)

    assert work not in {found["id"] for found in fetch(program)}
    lapse(work)
    assert work in {found["id"] for found in fetch(program)}


def test_error_goes_where_the_diagram_catches_it(sketch: Sketch, cases: list[UUID], program: Program) -> None:
    work = fetch(program, most=1)[0]["id"]
    error = {"workerId": "satu", "errorMessage": "beda", "variables": {"beda": {"value": 3}}}

    program.post(f"/external-task/{work}/bpmnError", errorCode="data-beda", **error)

    assert (sketch.open_elements(cases[0]), sketch.data(cases[0])["beda"]) == (["ulang"], 3)


def test_error_that_nothing_catches_rests_as_an_incident(sketch: Sketch, cases: list[UUID], program: Program) -> None:
    work = fetch(program, most=1)[0]["id"]

    program.post(f"/external-task/{work}/bpmnError", workerId="satu", errorCode="lain")

    (incident,) = sketch.incidents(cases[0])
    assert (incident.cause, program.get(f"/external-task/{work}")["retries"]) == ("error-uncaught", 0)


def test_lists_and_counts(sketch: Sketch, cases: list[UUID], program: Program) -> None:
    work = fetch(program, most=1)[0]["id"]
    every: list[tuple[dict[str, Any], int]] = [
        ({}, 3),
        ({"topicName": "capaian", "processDefinitionKey": sketch.key, "active": "true"}, 3),
        ({"locked": "true"}, 1),
        ({"notLocked": "true"}, 2),
        ({"workerId": "satu"}, 1),
        ({"externalTaskId": work}, 1),
        ({"externalTaskIdIn": f"{work},{uuid4()},x"}, 1),
        ({"processInstanceId": str(cases[1]), "activityId": "hitung"}, 1),
        ({"withRetriesLeft": "true"}, 3),
        ({"noRetriesLeft": "true"}, 0),
        ({"suspended": "true"}, 0),
        ({"tenantIdIn": "banggai,nganjuk"}, 0),
        ({"lockExpirationAfter": "2020-01-01T00:00:00.000+0000"}, 1),
        ({"lockExpirationBefore": "2020-01-01T00:00:00.000+0000"}, 0),
    ]

    for asked, found in every:
        assert len(program.get("/external-task", **asked)) == found, asked
        assert program.get("/external-task/count", **asked) == {"count": found}, asked
        assert program.post("/external-task/count", **as_body(asked)) == {"count": found}, asked
    listed = program.ask("POST", "/external-task?firstResult=1&maxResults=1", json={
        "sorting": [{"sortBy": "processInstanceId", "sortOrder": "desc"}]
    })  # fmt: skip
    assert [one["processInstanceId"] for one in listed.json or ()] == [sorted(map(str, cases))[1]]
    assert set((listed.json or [{}])[0]) == OBJECT
    assert program.get("/external-task/topic-names") == ["capaian"]
    assert program.get("/external-task/topic-names", withLockedTasks="true", withRetriesLeft="true") == ["capaian"]


def test_two_workers_at_once_share_the_work(race: Race) -> None:
    with race.app.app_context():
        sketch = Sketch()
        sketch.deploy(COUNTS, roots=ROOTS)
        cases = {waiting(sketch, "1") for _ in range(2)}
        moment = sketch.now + timedelta(hours=1)

    def fetching(worker: str) -> Any:
        wish = Wish("capaian", moment + timedelta(minutes=1))
        return lambda player: externals.fetch(player.actor("admin", OFFICE), worker, [wish], 1, moment)

    taken = race.run("UPDATE waiting", fetching("satu"), fetching("dua"))

    assert sorted(len(ids) for ids in taken) == [1, 1]
    assert len({one for ids in taken for one in ids}) == len(cases)


@pytest.mark.usefixtures("cases")
def test_who_waits_is_told_as_soon_as_there_is_work(
    sketch: Sketch, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch(program)
    looks: list[float] = []

    def pause(seconds: float) -> None:
        looks.append(seconds)
        if len(looks) == 3:
            waiting(sketch, "4")

    waits = patience.until_found
    monkeypatch.setattr(patience, "until_found", lambda look, seconds: waits(look, seconds, pause))
    found = program.post(
        "/external-task/fetchAndLock", workerId="dua", asyncResponseTimeout=20 * SECOND, topics=[TOPIC]
    )

    assert [work["variables"]["jumlah"]["value"] for work in found] == [4]
    assert len(looks) == 3


@pytest.mark.usefixtures("cases")
def test_nothing_is_locked_for_a_program_that_has_gone(
    app: Flask, site: str, sketch: Sketch, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch(program)
    over, waits = Event(), patience.until_found
    gone = HTTPConnection(urlsplit(site).netloc)

    def pause(_seconds: float) -> None:
        gone.close()
        with app.app_context():
            there = Sketch()
            there.key = sketch.key
            waiting(there, "4")

    def waited(look: Callable[[], list[UUID]], seconds: float) -> list[UUID]:
        try:
            return waits(look, seconds, pause)
        finally:
            over.set()

    monkeypatch.setattr(patience, "until_found", waited)
    body = {"workerId": "pergi", "asyncResponseTimeout": 20 * SECOND, "topics": [TOPIC]}
    headers = {"Authorization": f"Bearer {token(app, 'admin')}", "Content-Type": "application/json"}
    gone.request("POST", "/engine-rest/external-task/fetchAndLock", json.dumps(body), headers)

    assert over.wait(PATIENCE)
    assert program.get("/external-task/count", notLocked="true") == {"count": 1}


@pytest.mark.usefixtures("cases")
def test_nothing_is_locked_for_a_program_whose_token_was_revoked(
    app: Flask, sketch: Sketch, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch(program)
    revoked, waits = Program(app), patience.until_found

    def pause(_seconds: float) -> None:
        now = datetime.now(UTC)
        who = identity.actor(identity.person_named("admin"), OFFICE, now)
        tokens.revoke(who, sha256(revoked.headers["Authorization"].removeprefix("Bearer ").encode()).hexdigest())
        waiting(sketch, "4")

    monkeypatch.setattr(patience, "until_found", lambda look, seconds: waits(look, seconds, pause))
    body = {"workerId": "dua", "asyncResponseTimeout": 20 * SECOND, "topics": [TOPIC]}

    assert revoked.refused("POST", "/external-task/fetchAndLock", json=body) == (401, "AuthenticationException")
    assert program.get("/external-task/count", notLocked="true") == {"count": 1}


def test_nobody_waits_where_every_place_is_taken() -> None:
    paused: list[float] = []
    for _ in range(patience.PLACES):
        patience._places.acquire()  # noqa: SLF001 - somebody waits
    try:
        assert patience.until_found(list, 10.0, paused.append) == []
    finally:
        for _ in range(patience.PLACES):
            patience._places.release()  # noqa: SLF001 - he went
    assert paused == []


BAD: list[dict[str, object]] = [
    {"topics": []},
    {"topics": [TOPIC, TOPIC]},
    {"topics": [{"topicName": "capaian"}]},
    {"topics": [TOPIC | {"lockDuration": -1}]},
    {"topics": [TOPIC | {"lockDuration": 10**11}]},
    {"topics": [TOPIC | {"lockDuration": True}]},
    {"topics": [TOPIC | {"apa": 1}]},
    {"topics": [TOPIC | {"topicName": "${topik}"}]},
    {"topics": [TOPIC | {"processVariables": {"a": 1}}]},
    {"topics": [TOPIC | {"variables": "x" * 501 + "${"}, 3]},
    {"topics": "capaian"},
    {"workerId": ""},
    {"workerId": 7},
    {"workerId": "x" * 201},
    {"maxTasks": 0},
    {"maxTasks": "${1}"},
    {"maxTasks": 1.5},
    {"asyncResponseTimeout": -1},
    {"sorting": [{"sortBy": "name"}]},
    {"sorting": [{"sortBy": "createTime", "sortOrder": "naik"}]},
    {"apa": 1},
]


@pytest.mark.usefixtures("cases")
def test_bad_input_takes_nothing(program: Program) -> None:
    for bad in BAD:
        body = {"workerId": "satu", "topics": [TOPIC]} | bad
        refused = program.refused("POST", "/external-task/fetchAndLock", json=body)
        assert refused == (400, "InvalidRequestException"), bad
    assert program.get("/external-task/count", locked="true") == {"count": 0}


BAD_VARIABLES: list[object] = [
    {"a b": {"value": 1}},
    {"a": 1},
    {"a": {"value": 1, "type": "Object", "valueInfo": {"objectTypeName": "java.lang.Runtime"}}},
    {"a": {"value": "eA==", "type": "File"}},
    {"a": {"value": "1", "type": "Integer"}},
    {"a": {"value": 2**31, "type": "Integer"}},
    {"a": {"value": 2**62, "type": "Long"}},
    {"a": {"value": True, "type": "Long"}},
    {"a": {"value": 1, "type": "Boolean"}},
    {"a": {"value": 1, "type": "String"}},
    {"a": {"value": "{", "type": "Json"}},
    {"a": {"value": "[" * 50 + "]" * 50, "type": "Json"}},
    {"a": {"value": "besok", "type": "Date"}},
    {"a": {"value": 1, "apa": 1}},
    {"a": {"value": "\ud800"}},
    {"a": {"value": "\x00"}},
    {f"v{n}": {"value": 1} for n in range(101)},
    [1],
]


def test_bad_variables_change_nothing(sketch: Sketch, cases: list[UUID], program: Program) -> None:
    work = fetch(program, most=1)[0]["id"]
    before = sketch.kinds(cases[0])

    for bad, act in product(BAD_VARIABLES, ("complete", "bpmnError")):
        body = {"workerId": "satu", "variables": bad} | ({"errorCode": "data-beda"} if act == "bpmnError" else {})
        assert program.refused("POST", f"/external-task/{work}/{act}", json=body)[0] == 400, bad
    assert sketch.kinds(cases[0]) == before


@pytest.mark.usefixtures("cases")
def test_work_of_others_is_as_if_it_were_not(app: Flask, program: Program) -> None:
    work = fetch(program, most=1)[0]["id"]
    foreign = Program(app, office="banggai")

    assert fetch(foreign) == []
    for wrong in (work, str(uuid4()), "x"):
        for method, path, body in (
            ("GET", "", None), ("GET", "/errorDetails", None), ("POST", "/complete", {"workerId": "satu"}),
            ("POST", "/unlock", None), ("PUT", "/retries", {"retries": 1}),
        ):  # fmt: skip
            asked = foreign.refused(method, f"/external-task/{wrong}{path}", json=body)
            assert asked == (404, "InvalidRequestException"), (wrong, path)


def test_only_programs_of_admins_do_work(app: Flask) -> None:
    for user in ("blitar.kadis", "analis", "auditor"):
        program = Program(app, user)
        for path in ("/external-task", "/external-task/count", "/external-task/topic-names"):
            assert program.refused("GET", path) == (403, "AuthorizationException")
        fetched = program.refused("POST", "/external-task/fetchAndLock", json={"workerId": "x", "topics": [TOPIC]})
        assert fetched == (403, "AuthorizationException")
