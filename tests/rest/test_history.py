"""The history of an office by the dialect: whole, in pages, for whom the pages show it, and nothing of it evaluated."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from camunda_client.clients.dto import AuthData
from camunda_client.clients.engine.client import CamundaEngineClient
from camunda_client.clients.engine.schemas import GetHistoryTasksFilterSchema
from camunda_client.clients.engine.schemas.body import (
    HistoricProcessInstanceFilterSchema,
    HistoryVariableInstanceFilterSchema,
)
from camunda_client.clients.engine.schemas.enums import SortByHistoricProcessInstance, SortOrder, State
from camunda_client.clients.engine.schemas.query import (
    HistoryVariableInstanceFilterParamsSchema,
    SortingHistoricProcessInstanceSchema,
)
from camunda_client.clients.schemas import PaginationParams
from flask import Flask
from sqlalchemy import select

from service import externals, instances
from service.externals import Failing, Wish
from service.models import AuditReading, db
from service.rest.history import user_operations
from service.web import story
from tests.answers import BLITAR
from tests.conftest import on_sqlite
from tests.drafting import OFFICE, Sketch, boundary, pause, timer
from tests.engine.drawing import call, end, gateway, line, process, start, task
from tests.programs import Program, as_body, finished, token
from tests.stage import Demo, statements
from tests.walking import Player

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SECOND = task("dua").replace('name="dua"', 'name="=dua()"')
TWO = process(start(), task("satu"), SECOND, end(), line("mulai", "satu", "dua", "selesai"))
CASE = {
    "id", "businessKey", "processDefinitionId", "processDefinitionKey", "processDefinitionName",
    "processDefinitionVersion", "startTime", "endTime", "removalTime", "durationInMillis", "startUserId",
    "startActivityId", "deleteReason", "rootProcessInstanceId", "superProcessInstanceId", "superCaseInstanceId",
    "caseInstanceId", "tenantId", "state", "restartedProcessInstanceId",
}  # fmt: skip
TASK = {
    "id", "processDefinitionKey", "processDefinitionId", "processInstanceId", "executionId", "caseDefinitionKey",
    "caseDefinitionId", "caseInstanceId", "caseExecutionId", "activityInstanceId", "name", "description",
    "deleteReason", "owner", "assignee", "startTime", "endTime", "duration", "taskDefinitionKey", "priority", "due",
    "followUp", "parentTaskId", "tenantId", "removalTime", "rootProcessInstanceId", "taskState",
}  # fmt: skip


@dataclass(frozen=True)
class Past:
    """Three cases of one SOP: one ended, one cancelled, one that runs."""

    sketch: Sketch
    ended: UUID
    cancelled: UUID
    running: UUID


def played() -> Past:
    sketch = Sketch()
    sketch.deploy(TWO)
    past = Past(sketch, sketch.begin(), sketch.begin(), sketch.begin())
    sketch.do(past.ended, "satu", nilai="=1+1", jumlah="7")
    sketch.do(past.ended, "dua", nilai="@baru", jumlah="8")
    sketch.do(past.running, "satu", nilai="lama")
    instances.cancel(sketch.actor("blitar.kadis"), past.cancelled, "Salah kantor tujuan", sketch.now + MINUTE)
    return past


@pytest.fixture
def past(app: Flask, demo: Demo) -> Iterator[Past]:
    with app.app_context():
        yield demo.scene("past", played)


@pytest.fixture
def head(app: Flask) -> Program:
    return Program(app, "blitar.kadis")


def ids(rows: list[dict[str, Any]]) -> set[str]:
    return {row["id"] for row in rows}


def narrowed(program: Program, resource: str, tried: list[tuple[dict[str, str], int]]) -> None:
    """Ask by the address, and count by a body."""
    for asked, found in tried:
        body = as_body(asked)
        assert len(program.get(resource, **asked)) == found, asked
        assert program.post(f"{resource}/count", **body) == {"count": found}, asked


def test_cases_are_found_whether_they_run_or_ended(past: Past, head: Program) -> None:
    rows = head.get(
        "/history/process-instance", processDefinitionKey=past.sketch.key, sortBy="startTime", sortOrder="asc"
    )
    ended, cancelled, running = rows

    assert {frozenset(row) for row in rows} == {frozenset(CASE)}
    assert [row["id"] for row in rows] == [str(past.ended), str(past.cancelled), str(past.running)]
    assert [row["state"] for row in rows] == ["COMPLETED", "EXTERNALLY_TERMINATED", "ACTIVE"]
    assert [row["durationInMillis"] for row in rows] == [4 * 60_000, 5 * 60_000, None]
    assert (cancelled["deleteReason"], running["endTime"]) == ("Salah kantor tujuan", None)
    assert (ended["startUserId"], ended["startActivityId"], ended["tenantId"]) == ("blitar.kadis", "mulai", OFFICE)
    assert ended["startTime"][-9:] == ".000+0700"
    assert head.get(f"/history/process-instance/{past.ended}") == ended

    own = {"processDefinitionKey": past.sketch.key}
    narrowed(head, "/history/process-instance", [
        (own, 3),
        (own | {"finished": "true"}, 2),
        (own | {"unfinished": "true"}, 1),
        (own | {"completed": "true", "finished": "true"}, 1),
        (own | {"active": "true", "finished": "true"}, 0),
        (own | {"externallyTerminated": "true"}, 1),
        (own | {"suspended": "true"}, 0),
        (own | {"startedBy": "blitar.kadis", "rootProcessInstances": "true"}, 3),
        (own | {"startedBy": "admin"}, 0),
        (own | {"startedAfter": ended["startTime"]}, 2),
        (own | {"startedBefore": ended["startTime"]}, 0),
        (own | {"finishedAfter": ended["endTime"]}, 1),
        (own | {"finishedBefore": ended["endTime"]}, 0),
        (own | {"withIncidents": "true"}, 0),
        (own | {"processDefinitionName": ended["processDefinitionName"]}, 3),
        ({"processDefinitionId": ended["processDefinitionId"]}, 3),
        ({"processInstanceId": str(past.ended)}, 1),
        ({"processInstanceId": "x"}, 0),
        ({"superProcessInstanceId": str(past.ended)}, 0),
        (own | {"tenantIdIn": "banggai"}, 0),
        (own | {"tenantIdIn": "banggai,blitar"}, 3),
    ])  # fmt: skip
    listed = {"processInstanceIds": [str(past.ended), "x"], "processDefinitionKeyIn": [past.sketch.key]}
    assert ids(head.post("/history/process-instance", **listed)) == {str(past.ended)}
    others = {"processInstanceIdNotIn": [str(past.ended)], **own, "processDefinitionKeyNotIn": ["lain"]}
    assert len(head.post("/history/process-instance", **others)) == 2


def test_tasks_are_found_whether_they_are_open_or_done(past: Past, head: Program) -> None:
    own = {"processDefinitionKey": past.sketch.key}
    rows = head.get("/history/task", **own, sortBy="startTime", sortOrder="asc")
    done = next(row for row in rows if row["taskDefinitionKey"] == "satu" and row["taskState"] == "Completed")

    assert {frozenset(row) for row in rows} == {frozenset(TASK)}
    assert sorted((row["taskDefinitionKey"], row["taskState"], row["deleteReason"]) for row in rows) == [
        ("dua", "Completed", "completed"), ("dua", "Created", None), ("satu", "Completed", "completed"),
        ("satu", "Completed", "completed"), ("satu", "Deleted", "deleted"),
    ]  # fmt: skip
    assert (done["assignee"], done["activityInstanceId"]) == ("blitar.kadis", f"satu:{done['id']}")
    assert (done["processInstanceId"], done["duration"]) == (str(past.ended), 3 * 60_000)
    narrowed(head, "/history/task", [
        (own, 5),
        (own | {"finished": "true"}, 4),
        (own | {"unfinished": "true", "taskName": "=dua()"}, 1),
        (own | {"taskDeleteReason": "deleted"}, 1),
        (own | {"taskDeleteReason": "lain"}, 0),
        (own | {"taskAssignee": "blitar.kadis"}, 3),
        (own | {"unassigned": "true"}, 2),
        (own | {"assigned": "true", "taskDefinitionKeyIn": "satu,x"}, 2),
        (own | {"assigned": "true", "unassigned": "true"}, 0),
        (own | {"processFinished": "true"}, 3),
        (own | {"processUnfinished": "true"}, 2),
        (own | {"taskPriority": "50"}, 5),
        (own | {"taskPriority": "51"}, 0),
        (own | {"withoutTaskDueDate": "true"}, 5),
        (own | {"taskDueDateAfter": done["startTime"]}, 0),
        (own | {"startedAfter": done["startTime"]}, 4),
        (own | {"finishedBefore": done["endTime"]}, 0),
        ({"processDefinitionId": done["processDefinitionId"]}, 5),
        ({"processDefinitionId": f"x:1:{uuid4()}"}, 0),
        ({"taskId": done["id"]}, 1),
        ({"activityInstanceIdIn": done["activityInstanceId"]}, 1),
        ({"processInstanceId": str(past.running), "taskDefinitionKey": "satu"}, 1),
        ({"taskParentTaskId": done["id"]}, 0),
        (own | {"tenantIdIn": "banggai"}, 0),
    ])  # fmt: skip


SERVICE = '<bpmn:serviceTask id="hitung" name="Menghitung" camunda:type="external" camunda:topic="capaian"/>'
PART = f"""<bpmn:subProcess id="bagian" name="Bagian">{start("mulai_bagian")}{task("dalam")}{end("selesai_bagian")}
{line("mulai_bagian", "dalam", "selesai_bagian")}</bpmn:subProcess>"""
WAYS = process(
    start(), task("satu"), gateway("pisah", kind="parallelGateway"), SERVICE, PART,
    boundary("batas", "bagian", timer("timeDuration", "PT4H")), gateway("kumpul"),
    gateway("temu", kind="parallelGateway"),
    pause("jeda", "timeDuration", "PT2H"), end(),
    line("mulai", "satu", "pisah", "hitung", "temu", "jeda", "selesai"),
    line("pisah", "bagian", "kumpul", "temu"), line("batas", "kumpul"),
)  # fmt: skip
ACTIVITY = {
    "id", "parentActivityInstanceId", "activityId", "activityName", "activityType", "processDefinitionKey",
    "processDefinitionId", "processInstanceId", "executionId", "taskId", "calledProcessInstanceId",
    "calledCaseInstanceId", "assignee", "startTime", "endTime", "durationInMillis", "canceled", "completeScope",
    "tenantId", "removalTime", "rootProcessInstanceId",
}  # fmt: skip


def test_activities_are_reckoned_from_what_happened_and_keep_their_ids(sketch: Sketch, head: Program) -> None:
    sketch.deploy(WAYS)
    case, path = sketch.begin(), "/history/activity-instance"
    sketch.do(case, "satu")
    before = {row["activityId"]: row for row in head.get(path, processInstanceId=str(case))}
    work = sketch.wait(case, "hitung")
    externals.fetch(sketch.actor("admin", OFFICE), "w", [Wish("capaian", sketch.now + HOUR)], 1, sketch.now)
    externals.complete(sketch.actor("admin", OFFICE), work, {"hasil": 7}, sketch.now + HOUR / 2, "w")
    sketch.later(hours=5)
    sketch.later(hours=5)
    rows = head.get(path, processInstanceId=str(case), sortBy="startTime", sortOrder="asc")
    after = {row["activityId"]: row for row in rows}

    assert {frozenset(row) for row in rows} == {frozenset(ACTIVITY)}
    assert {name for name, row in before.items() if row["endTime"] is None} == {"hitung", "dalam"}
    assert {name: row["id"] for name, row in before.items()}.items() <= {n: r["id"] for n, r in after.items()}.items()
    assert before["hitung"]["startTime"] == after["hitung"]["startTime"] == before["satu"]["endTime"]
    assert {name: (row["activityType"], row["durationInMillis"], row["canceled"]) for name, row in after.items()} == {
        "mulai": ("startEvent", 0, False), "satu": ("userTask", 60_000, False), "pisah": ("parallelGateway", 0, False),
        "hitung": ("serviceTask", 30 * 60_000, False), "mulai_bagian": ("startEvent", 0, False),
        "dalam": ("userTask", 5 * 3_600_000, True), "bagian": ("subProcess", 5 * 3_600_000, True),
        "batas": ("boundaryTimer", 0, False), "kumpul": ("exclusiveGateway", 0, False),
        "temu": ("parallelGateway", 0, False),
        "jeda": ("intermediateTimer", 5 * 3_600_000, False), "selesai": ("noneEndEvent", 0, False),
    }  # fmt: skip
    assert (after["satu"]["assignee"], after["satu"]["taskId"] in after["satu"]["id"]) == ("blitar.kadis", True)
    for row in rows:
        assert head.get(f"{path}/{row['id']}") == row
    own = {"processInstanceId": str(case)}
    narrowed(head, path, [
        (own, 12),
        (own | {"unfinished": "true"}, 0),
        (own | {"finished": "true", "canceled": "true"}, 2),
        (own | {"activityType": "userTask", "taskAssignee": "blitar.kadis"}, 1),
        (own | {"activityType": "intermediateTimer"}, 1),
        (own | {"activityId": "hitung", "activityName": "Menghitung"}, 1),
        (own | {"activityInstanceId": after["temu"]["id"]}, 1),
        (own | {"startedAfter": after["jeda"]["startTime"]}, 1),
        (own | {"finishedBefore": after["satu"]["endTime"]}, 1),
        (own | {"tenantIdIn": "banggai"}, 0),
        ({"processInstanceId": str(uuid4())}, 0),
        ({"processInstanceId": "x"}, 0),
    ])  # fmt: skip
    (value,) = head.get("/history/variable-instance", processInstanceId=str(case), variableName="hasil")
    assert (value["value"], value["type"]) == (7, "Integer")
    for wrong in ({}, {"finished": "true"}, own | {"completeScope": "true"}, own | {"sortBy": "password"}):
        assert head.refused("GET", path, query_string=wrong)[0] == 400, wrong
    for gone in ("x", f"satu:{uuid4()}", f"jeda:{case}:{sketch.key}:9", f"jeda:x:{sketch.key}:1"):
        assert head.refused("GET", f"{path}/{gone}")[0] == 404, gone


VARIABLE = {
    "id", "name", "type", "value", "valueInfo", "processDefinitionKey", "processDefinitionId", "processInstanceId",
    "executionId", "activityInstanceId", "caseDefinitionKey", "caseDefinitionId", "caseInstanceId", "caseExecutionId",
    "taskId", "tenantId", "errorMessage", "state", "createTime", "removalTime", "rootProcessInstanceId",
}  # fmt: skip


def test_answers_of_cases_are_those_that_their_pages_tell(past: Past, head: Program) -> None:
    path, own = "/history/variable-instance", {"processInstanceId": str(past.ended)}
    rows = head.get(path, **own, sortBy="variableName", sortOrder="asc")

    assert {frozenset(row) for row in rows} == {frozenset(VARIABLE)}
    assert [(row["name"], row["type"], row["value"]) for row in rows] == [
        ("daftar", "Json", "[]"), ("jumlah", "Integer", 8), ("nilai", "String", "@baru"),
    ]  # fmt: skip
    for row in rows:
        assert head.get(f"{path}/{row['id']}") == row
        assert head.refused("GET", f"{path}/{row['id']}/data")[0] == 400
    narrowed(head, path, [
        (own, 3),
        (own | {"variableName": "nilai"}, 1),
        (own | {"variableNameIn": "nilai,jumlah"}, 2),
        (own | {"processDefinitionKey": "lain"}, 0),
        (own | {"tenantIdIn": "banggai"}, 0),
        ({"processInstanceIdIn": f"{past.ended},{past.running},{uuid4()}"}, 6),
        ({"processInstanceId": str(past.running), "variableName": "nilai", "variableValue": "lama"}, 1),
        ({"processInstanceId": str(past.running), "variableValue": "lain"}, 0),
    ])  # fmt: skip
    many = [str(uuid4()) for _ in range(51)]
    for wrong in ({}, {"variableName": "nilai"}, {"processInstanceIdIn": many}, own | {"variableValue": "${nilai}"}):
        assert head.refused("POST", path, json=wrong)[0] == 400, wrong
    for gone in ("x", f"{past.ended}:{past.sketch.key}:lain:", f"{uuid4()}:{past.sketch.key}:nilai:"):
        assert head.refused("GET", f"{path}/{gone}")[0] == 404, gone


@on_sqlite
def test_a_file_is_given_out_by_the_answer_that_refers_to_it(app: Flask, player: Player) -> None:
    case = player.reach(BLITAR, "row_11")
    path, reader = "/history/variable-instance", Program(app, "blitar.jfu")
    refers = [r for r in reader.get(path, processInstanceId=str(case)) if str(r["value"]).count('"size"') == 1]
    answer = refers[0]

    given = reader.ask("GET", f"{path}/{answer['id']}/data")
    assert (given.status_code, given.data[:5], given.mimetype) == (200, b"%PDF-", "application/pdf")
    assert given.headers["Content-Disposition"].startswith("attachment; filename=")
    assert given.headers["Content-Security-Policy"].startswith("sandbox")
    assert Program(app, "banggai.kadis", "banggai").refused("GET", f"{path}/{answer['id']}/data")[0] == 404


def test_whatever_people_do_has_a_type() -> None:
    by_itself = {"due-moved", "ended", "escalated", "reminded", "timer"}

    assert story.SHOWN_KINDS.keys() - by_itself == user_operations.MEANT.keys()


OPERATION = {
    "id", "userId", "timestamp", "operationId", "operationType", "entityType", "category", "annotation", "property",
    "orgValue", "newValue", "deploymentId", "processDefinitionId", "processDefinitionKey", "processInstanceId",
    "executionId", "caseDefinitionId", "caseInstanceId", "caseExecutionId", "taskId", "externalTaskId", "batchId",
    "jobId", "jobDefinitionId", "removalTime", "rootProcessInstanceId",
}  # fmt: skip


def test_what_people_did_is_told_with_who_and_why(past: Past, head: Program) -> None:
    path, own = "/history/user-operation", {"processDefinitionKey": past.sketch.key}
    rows = head.get(path, **own, sortBy="timestamp", sortOrder="asc")
    last = rows[-1]

    assert {frozenset(row) for row in rows} == {frozenset(OPERATION)}
    assert [row["operationType"] for row in rows] == [*["Create"] * 3, *["Complete"] * 3, "Delete"]
    assert (last["annotation"], last["entityType"]) == ("Salah kantor tujuan", "ProcessInstance")
    assert {row["userId"] for row in rows} == {"blitar.kadis"}
    for asked, found in (
        (own | {"operationType": "Complete"}, 3),
        (own | {"operationType": "Complete", "entityType": "ProcessInstance"}, 0),
        (own | {"entityTypeIn": "Task,Job"}, 3),
        (own | {"category": "Operator"}, 4),
        (own | {"property": "assignee"}, 0),
        (own | {"userId": "admin"}, 0),
        (own | {"processInstanceId": str(past.ended)}, 3),
        (own | {"taskId": rows[3]["taskId"]}, 1),
        (own | {"afterTimestamp": rows[5]["timestamp"]}, 1),
        (own | {"beforeTimestamp": rows[1]["timestamp"]}, 1),
        ({"processDefinitionId": last["processDefinitionId"]}, 7),
        ({"operationId": last["operationId"]}, 1),
        ({"operationId": "x"}, 0),
        (own | {"jobId": "x"}, 0),
        (own | {"tenantIdIn": "banggai"}, 0),
    ):
        assert len(head.get(path, **asked)) == found, asked
        assert head.get(f"{path}/count", **asked) == {"count": found}, asked


def test_who_was_given_a_task_is_told_by_his_name(app: Flask, sketch: Sketch, head: Program) -> None:
    sketch.deploy(TWO)
    case = sketch.begin()
    of_task = f"/task/{head.get('/task', processInstanceId=str(case))[0]['id']}"
    for act in (f"{of_task}/delegate", f"{of_task}/resolve", f"{of_task}/unclaim"):
        who = Program(app, "blitar.sekretaris") if act.endswith("resolve") else head
        who.post(act, **({"userId": "blitar.sekretaris"} if act.endswith("delegate") else {}))

    rows = head.get("/history/user-operation", processInstanceId=str(case), property="assignee", sortBy="timestamp")
    assert {(row["operationType"], row["userId"], row["newValue"]) for row in rows} == {
        ("Delegate", "blitar.kadis", "blitar.sekretaris"),
        ("Resolve", "blitar.sekretaris", "blitar.kadis"),
        ("Assign", "blitar.kadis", None),
    }


def test_what_was_done_in_a_called_process_is_found_by_its_version(sketch: Sketch, head: Program) -> None:
    sketch.deploy(
        process(start(), task("awal"), call("panggil"), end(), line("mulai", "awal", "panggil", "selesai"), key="luar"),
        process(start(), task("satu"), end(), line("mulai", "satu", "selesai"), key="dipanggil"),
    )
    case = sketch.begin()
    for element in ("awal", "satu"):
        sketch.do(case, element, nilai="x", jumlah="7")
    path, own = "/history/user-operation", {"processInstanceId": str(case)}

    rows = head.get(path, **own)
    versions = [row["processDefinitionId"] for row in rows]
    assert sorted(version.partition(":")[0] for version in versions) == ["dipanggil", "luar", "luar"]
    for version in set(versions):
        found = head.get(path, **own, processDefinitionId=version)
        assert found == [row for row in rows if row["processDefinitionId"] == version]
        assert head.get(f"{path}/count", **own, processDefinitionId=version) == {"count": len(found)}


INCIDENT = {
    "id", "processDefinitionKey", "processDefinitionId", "processInstanceId", "executionId", "rootProcessInstanceId",
    "createTime", "endTime", "removalTime", "incidentType", "activityId", "failedActivityId", "causeIncidentId",
    "rootCauseIncidentId", "configuration", "historyConfiguration", "incidentMessage", "tenantId", "jobDefinitionId",
    "open", "deleted", "resolved", "annotation",
}  # fmt: skip


def test_incidents_are_told_in_full_to_who_repairs_them(app: Flask, sketch: Sketch, head: Program) -> None:
    sketch.deploy(WAYS)
    standing, gone = sketch.begin(), sketch.begin()
    for case in (standing, gone):
        sketch.do(case, "satu")
        broken = Failing("Server diam.", "baris 1", 0, HOUR)
        externals.fetch(sketch.actor("admin", OFFICE), "w", [Wish("capaian", sketch.now + HOUR)], 1, sketch.now)
        externals.fail(sketch.actor("admin", OFFICE), sketch.wait(case, "hitung"), broken, sketch.now, "w")
    instances.cancel(sketch.actor("blitar.kadis"), gone, "Salah kantor tujuan", sketch.now)
    path, own = "/history/incident", {"processDefinitionKey": sketch.key}
    rows, admins = head.get(path, **own), Program(app).get(path, **own)

    assert {frozenset(row) for row in rows} == {frozenset(INCIDENT)}
    assert [(row["open"], row["deleted"], row["resolved"]) for row in rows] == [
        (True, False, False), (False, True, False),
    ]  # fmt: skip
    assert {row["incidentType"] for row in rows} == {"failedExternalTask"}
    assert [[row["incidentMessage"] for row in seen] for seen in (rows, admins)] == [
        ["service-failed"] * 2, ["Server diam."] * 2,
    ]  # fmt: skip
    for asked, found in (
        (own | {"open": "true"}, 1),
        (own | {"deleted": "true"}, 1),
        (own | {"resolved": "true"}, 0),
        (own | {"open": "true", "deleted": "true"}, 0),
        (own | {"incidentType": "failedJob"}, 0),
        (own | {"incidentType": "failedExternalTask", "activityId": "hitung"}, 2),
        ({"processInstanceId": str(standing)}, 1),
        ({"incidentId": rows[0]["id"]}, 1),
        ({"processDefinitionId": rows[0]["processDefinitionId"]}, 2),
        (own | {"createTimeAfter": rows[1]["createTime"]}, 0),
        (own | {"endTimeAfter": rows[0]["createTime"]}, 1),
        (own | {"tenantIdIn": "banggai"}, 0),
    ):
        assert len(head.get(path, **asked)) == found, asked
        assert head.get(f"{path}/count", **asked) == {"count": found}, asked


def test_reports_add_up_and_come_as_tables_too(past: Past, head: Program) -> None:
    of_cases, of_tasks = "/history/process-instance/report", "/history/task/report"
    asked = {"reportType": "duration", "periodUnit": "month", "processDefinitionKeyIn": past.sketch.key}
    name = head.get("/history/process-instance", processDefinitionKey=past.sketch.key)[0]["processDefinitionName"]
    month = past.sketch.now.month
    whole = {"period": month, "periodUnit": "MONTH", "minimum": 240_000, "maximum": 300_000, "average": 270_000}

    assert head.get(of_cases, **asked) == [whole]
    assert head.get(of_cases, **asked | {"periodUnit": "QUARTER"}) == [
        whole | {"period": (month + 2) // 3, "periodUnit": "QUARTER"}
    ]
    assert head.get(of_cases, **asked, startedAfter="2099-01-01T00:00:00.000+0700") == []
    table = head.ask("GET", of_cases, query_string=asked, headers={"Accept": "application/csv"})
    assert (table.mimetype, table.text.splitlines()) == (
        "application/csv",
        ["PERIOD,PERIOD_UNIT,MINIMUM,MAXIMUM,AVERAGE", f"{month},MONTH,240000,300000,270000"],
    )
    (tasks,) = head.get(of_tasks, reportType="duration", periodUnit="month")
    assert (tasks["minimum"], tasks["maximum"], tasks["average"], tasks["count"]) == (60_000, 180_000, 140_000, None)
    counts = head.get(of_tasks, reportType="count", groupBy="taskName")
    assert [(row["taskName"], row["count"], row["processDefinitionName"]) for row in counts] == [
        ("=dua()", 1, name), ("satu", 2, name),
    ]  # fmt: skip
    (whole_process,) = head.get(of_tasks, reportType="count", groupBy="processDefinition")
    assert (whole_process["taskName"], whole_process["count"]) == (None, 3)
    table = head.ask(
        "GET", of_tasks, query_string={"reportType": "count", "groupBy": "taskName"}, headers={"Accept": "text/csv"}
    )
    assert (table.mimetype, table.text.splitlines()[1][:10]) == ("text/csv", "'=dua(),1,")
    for path, wrong in (
        (of_cases, {}),
        (of_cases, {"reportType": "duration"}),
        (of_cases, asked | {"reportType": "count"}),
        (of_cases, asked | {"periodUnit": "year"}),
        (of_cases, asked | {"apa": "1"}),
        (of_tasks, {"reportType": "duration"}),
        (of_tasks, {"reportType": "count", "groupBy": "assignee"}),
        (of_tasks, {"reportType": "count"}),
    ):
        assert head.refused("GET", path, query_string=wrong)[0] == 400, wrong


LISTS = {
    "process-instance": (
        "instanceId", "definitionId", "definitionKey", "definitionName", "definitionVersion", "businessKey",
        "startTime", "endTime", "duration", "tenantId",
    ),
    "task": (
        "taskId", "activityInstanceId", "processInstanceId", "executionId", "processDefinitionId", "duration",
        "startTime", "endTime", "taskName", "taskDefinitionKey", "assignee", "owner", "dueDate", "followUpDate",
        "deleteReason", "priority", "tenantId",
    ),
    "activity-instance": (
        "activityInstanceId", "instanceId", "executionId", "activityId", "activityName", "activityType", "startTime",
        "endTime", "duration", "definitionId", "occurrence", "tenantId",
    ),
    "variable-instance": ("instanceId", "variableName", "tenantId"),
    "user-operation": ("timestamp",),
    "incident": (
        "incidentId", "incidentMessage", "createTime", "endTime", "incidentType", "executionId", "activityId",
        "processInstanceId", "processDefinitionId", "processDefinitionKey", "causeIncidentId", "rootCauseIncidentId",
        "configuration", "historyConfiguration", "tenantId", "incidentState",
    ),
}  # fmt: skip
"""Every list, with what it is sorted by."""
ONLY_BY_ADDRESS = frozenset({"user-operation", "incident"})
WRONG = [
    {"apa": "1"},
    {"sortBy": "password"},
    {"sortBy": "startTime", "sortOrder": "naik"},
    {"sortOrder": "asc"},
    {"firstResult": "-1"},
    {"maxResults": "semua"},
    {"processDefinitionKey": "${kunci}"},
    {"processInstanceId": "#{1}"},
    {"tenantIdIn": "a,${b}"},
]


def test_lists_are_read_strictly_and_in_pages(past: Past, head: Program) -> None:
    for resource, orders in LISTS.items():
        path, own = f"/history/{resource}", {"processInstanceId": str(past.ended)}
        read_strictly(head, path, own)
        paged(head, path, orders, own)
    for resource, wrong in (
        ("process-instance", {"variables": "a_eq_1"}), ("process-instance", {"startedAfter": "kemarin"}),
        ("process-instance", {"finished": "ya"}), ("task", {"taskPriority": "x"}), ("task", {"taskNameLike": "%"}),
        ("user-operation", {"afterTimestamp": "kemarin"}), ("incident", {"open": "ya"}),
        ("incident", {"incidentMessageLike": "%"}),
    ):  # fmt: skip
        assert head.refused("GET", f"/history/{resource}", query_string=wrong)[0] == 400, (resource, wrong)


def read_strictly(head: Program, path: str, own: dict[str, str]) -> None:
    for wrong in WRONG:
        assert head.refused("GET", path, query_string=own | wrong)[0] == 400, wrong
        if path.endswith(tuple(ONLY_BY_ADDRESS)):
            continue
        body: dict[str, object] = {"sorting": [wrong]} if "sortBy" in wrong or "sortOrder" in wrong else dict(wrong)
        assert head.refused("POST", path, json=own | body)[0] == 400, wrong
        assert head.refused("POST", f"{path}/count", json=own | wrong)[0] == 400, wrong


def paged(head: Program, path: str, orders: tuple[str, ...], own: dict[str, str]) -> None:
    every = ids(head.get(path, **own))
    for key in orders:
        first = head.get(path, **own, sortBy=key, sortOrder="desc", maxResults=1)
        rest = head.get(path, **own, sortBy=key, sortOrder="desc", firstResult=1)
        assert (len(first), ids(first) | ids(rest)) == (min(1, len(every)), every), key
    assert ids(head.ask("GET", path, query_string=own, json={}).json or []) == every
    if not path.endswith(tuple(ONLY_BY_ADDRESS)):
        assert len(head.post(f"{path}?maxResults=1&deserializeValues=false", **own)) == 1


def test_a_page_costs_one_statement_that_reads_no_more_than_it_shows(app: Flask, past: Past, head: Program) -> None:
    tables = {"process-instance": "instance", "task": "task", "user-operation": "history", "incident": "incident"}
    for resource, table in tables.items():
        path, own = f"/history/{resource}", {"processDefinitionKey": past.sketch.key}
        head.get(path, **own)  # definitions are read once
        with statements(app) as ran:
            head.get(path, **own, maxResults=1, firstResult=1)
            head.get(f"{path}/count", **own)
        page, count = (one for one in ran if f"FROM {table} " in one)
        assert (" LIMIT " in page, count.startswith("SELECT count(")) == (True, True), resource


def answer_of(past: Past) -> str:
    return f"/history/variable-instance/{past.ended}:{past.sketch.key}:nilai:"


def test_history_is_of_the_office_and_auditors_are_written_down(app: Flask, past: Past) -> None:
    of_case = f"/history/process-instance/{past.ended}"
    foreign, auditor = Program(app, "banggai.kadis", "banggai"), Program(app, "auditor")

    for resource in LISTS:
        assert foreign.get(f"/history/{resource}/count", processInstanceId=str(past.ended)) == {"count": 0}
        assert foreign.get(f"/history/{resource}", processInstanceId=str(past.ended)) == []
    activity = Program(app).get("/history/activity-instance", processInstanceId=str(past.ended))[0]["id"]
    theirs = (of_case, f"/history/activity-instance/{activity}", f"{answer_of(past)}", f"{answer_of(past)}/data")
    for gone in (*theirs, f"/history/process-instance/{uuid4()}", "/history/process-instance/x"):
        assert foreign.refused("GET", gone) == (404, "InvalidRequestException"), gone
    for user in ("blitar.jfu", "analis", "admin"):
        assert Program(app, user).get(of_case)["id"] == str(past.ended)
    done = Program(app).get("/history/task", processInstanceId=str(past.ended))[0]
    auditor.get(of_case)
    auditor.get("/history/task", processInstanceId=str(past.ended))
    auditor.get("/history/process-instance")
    auditor.get(answer_of(past))
    auditor.get("/history/task/report", reportType="count", groupBy="taskName")
    auditor.get("/history/task", taskId=done["id"])
    auditor.get("/history/variable-instance", processInstanceIdIn=f"{past.ended},{uuid4()}")
    auditor.get("/task", processInstanceId=str(past.running))
    auditor.refused("GET", "/history/task/report")
    readings = db.session.scalars(select(AuditReading).order_by(AuditReading.at)).all()
    assert [(reading.what, reading.case_id) for reading in readings] == [
        ("rest.history.process_instances.one", past.ended),
        ("rest.history.tasks.listed", past.ended),
        ("rest.history.process_instances.listed", None),
        ("rest.history.variables.one", past.ended),
        ("rest.history.reports.of_tasks", None),
        ("rest.history.tasks.listed", past.ended),
        ("rest.history.variables.listed", past.ended),
        ("rest.tasks.listed", past.running),
    ]


@on_sqlite
def test_strict_public_client_in_python(app: Flask, site: str, past: Past) -> None:
    secret = token(app, "blitar.kadis")

    async def read() -> None:
        transport = httpx.AsyncHTTPTransport()
        client = CamundaEngineClient(site, AuthData("blitar.kadis", secret), transport)
        page = PaginationParams(maxResults=50, firstResult=0)
        wanted = HistoricProcessInstanceFilterSchema(
            process_definition_key=past.sketch.key,
            started_before=datetime(2030, 1, 1, tzinfo=UTC),
            sorting=[
                SortingHistoricProcessInstanceSchema(
                    sortBy=SortByHistoricProcessInstance.START_TIME, sortOrder=SortOrder.ASC
                )
            ],
        )
        cases = await client.get_history_process_instances(wanted, page)
        assert [(case.id, case.state) for case in cases] == [
            (past.ended, State.COMPLETED),
            (past.cancelled, State.EXTERNALLY_TERMINATED),
            (past.running, State.ACTIVE),
        ]
        assert await client.get_history_process_instance(past.ended) == cases[0]
        assert await client.get_history_process_instance(uuid4()) is None
        tasks = await client.get_history_tasks(
            GetHistoryTasksFilterSchema.model_validate({"process_instance_id": past.ended}), page
        )
        assert [(task.name, task.duration) for task in tasks] == [("satu", 180_000), ("=dua()", 60_000)]
        by_address = HistoryVariableInstanceFilterParamsSchema(
            process_instance_id_in=[past.ended, past.running], variable_name="nilai", deserialize_values=False
        )
        values = await client.get_history_variable_instances(by_address, page)
        assert {value.value for value in values} == {"@baru", "lama"}
        by_body = HistoryVariableInstanceFilterSchema(process_instance_id=past.ended, variable_name_in=["jumlah"])
        (value,) = await client.get_history_variable_instances_post(by_body)
        assert (value.value, value.type) == (8, "Integer")
        await transport.aclose()

    finished(read())


@on_sqlite
def test_nothing_is_deleted_or_cleaned_up(past: Past, head: Program) -> None:
    for method, path in (
        ("DELETE", f"/history/process-instance/{past.ended}"),
        ("POST", "/history/process-instance/delete"),
        ("POST", "/history/cleanup"),
        ("DELETE", f"/history/process-instance/{past.ended}/variable-instances"),
        ("POST", "/history/process-instance/set-removal-time"),
    ):
        assert head.refused(method, path, json={})[0] == 501, path
    assert past.sketch.kinds(past.ended)[-1] == "ended"
