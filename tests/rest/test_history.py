"""The history of an office by the dialect: whole, in pages, for whom the pages show it, and nothing of it evaluated."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from service import instances
from service.models import AuditReading, db
from tests.conftest import on_sqlite
from tests.drafting import OFFICE, Sketch
from tests.engine.drawing import end, line, process, start, task
from tests.programs import Program, as_body
from tests.stage import Demo

TWO = process(start(), task("satu"), task("dua"), end(), line("mulai", "satu", "dua", "selesai"))
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
    sketch.do(past.ended, "dua")
    sketch.do(past.running, "satu", nilai="lama")
    instances.cancel(sketch.actor("blitar.kadis"), past.cancelled, "Salah kantor tujuan", sketch.now)
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
    """Ask by the address and by a body, and count both ways."""
    for asked, found in tried:
        body = as_body(asked)
        assert len(program.get(resource, **asked)) == found, asked
        assert len(program.post(resource, **body)) == found, asked
        assert program.get(f"{resource}/count", **asked) == {"count": found}, asked
        assert program.post(f"{resource}/count", **body) == {"count": found}, asked


def test_cases_are_found_whether_they_run_or_ended(past: Past, head: Program) -> None:
    rows = head.get(
        "/history/process-instance", processDefinitionKey=past.sketch.key, sortBy="startTime", sortOrder="asc"
    )
    ended, cancelled, running = rows

    assert {frozenset(row) for row in rows} == {frozenset(CASE)}
    assert [row["id"] for row in rows] == [str(past.ended), str(past.cancelled), str(past.running)]
    assert [row["state"] for row in rows] == ["COMPLETED", "EXTERNALLY_TERMINATED", "ACTIVE"]
    assert [row["durationInMillis"] for row in rows] == [4 * 60_000, 4 * 60_000, None]
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
        (own | {"unfinished": "true", "taskName": "dua"}, 1),
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
}  # fmt: skip
"""Lists of the whole office, with what they are sorted by."""
WRONG = [
    {"apa": "1"},
    {"sortBy": "password"},
    {"sortBy": "startTime", "sortOrder": "naik"},
    {"sortOrder": "asc"},
    {"firstResult": "-1"},
    {"maxResults": "semua"},
    {"startedAfter": "kemarin"},
    {"finished": "ya"},
    {"processDefinitionKey": "${kunci}"},
    {"processInstanceId": "#{1}"},
    {"tenantIdIn": "a,${b}"},
    {"variables": "a_eq_1"},
]


def test_lists_are_read_strictly_and_in_pages(past: Past, head: Program) -> None:
    for resource, orders in LISTS.items():
        read_strictly(head, f"/history/{resource}")
        paged(head, f"/history/{resource}", orders, {"processDefinitionKey": past.sketch.key})


def read_strictly(head: Program, path: str) -> None:
    for wrong in WRONG:
        assert head.refused("GET", path, query_string=wrong)[0] == 400, wrong
        body = {"sorting": [wrong]} if "sortBy" in wrong or "sortOrder" in wrong else wrong
        if body is wrong and {"firstResult", "maxResults"} & wrong.keys():
            continue  # the page stands in the address
        assert head.refused("POST", path, json=body)[0] == 400, wrong
        assert head.refused("POST", f"{path}/count", json=wrong)[0] == 400, wrong


def paged(head: Program, path: str, orders: tuple[str, ...], own: dict[str, str]) -> None:
    every = ids(head.get(path, **own))
    for key in orders:
        first = head.get(path, **own, sortBy=key, sortOrder="desc", maxResults=1)
        rest = head.get(path, **own, sortBy=key, sortOrder="desc", firstResult=1, maxResults=99)
        assert (len(first), ids(first) | ids(rest)) == (1, every), key
    assert len(head.post(f"{path}?maxResults=1&deserializeValues=false", **own)) == 1
    assert ids(head.ask("GET", path, query_string=own, json={}).json or []) == every


def test_history_is_of_the_office_and_auditors_are_written_down(app: Flask, past: Past) -> None:
    of_case = f"/history/process-instance/{past.ended}"
    foreign, auditor = Program(app, "banggai.kadis", "banggai"), Program(app, "auditor")

    for resource in LISTS:
        assert foreign.get(f"/history/{resource}/count", processInstanceId=str(past.ended)) == {"count": 0}
        assert foreign.get(f"/history/{resource}", processInstanceId=str(past.ended)) == []
    for gone in (of_case, f"/history/process-instance/{uuid4()}", "/history/process-instance/x"):
        assert foreign.refused("GET", gone) == (404, "InvalidRequestException")
    for user in ("blitar.jfu", "analis", "admin"):
        assert Program(app, user).get(of_case)["id"] == str(past.ended)
    auditor.get(of_case)
    auditor.get("/history/task", processInstanceId=str(past.ended))
    auditor.get("/history/process-instance")
    readings = db.session.scalars(select(AuditReading).order_by(AuditReading.at)).all()
    assert [(reading.what, reading.case_id) for reading in readings] == [
        ("rest.history.process_instances.one", past.ended),
        ("rest.history.tasks.listed", past.ended),
        ("rest.history.process_instances.listed", None),
    ]


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
