"""What hangs on a task by the dialect: whose it is, what was said, what it asks and knows, what was handed in."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pycamunda.task
import pytest
import requests
from camunda_client.clients.dto import AuthData
from camunda_client.clients.engine.client import CamundaEngineClient
from camunda_client.clients.engine.dto import GetTaskVariableDTO, UpdateTaskVariableDTO
from camunda_client.clients.engine.schemas.body import GetTasksFilterSchema
from camunda_client.clients.schemas import PaginationParams
from camunda_client.types_ import VariableValueSchema
from flask import Flask

from service.tokens import Scope
from tests.conftest import on_sqlite
from tests.drafting import OFFICE, Sketch
from tests.engine.drawing import end, line, process, said, start, task
from tests.programs import Program, finished, token

TWO = process(start(), task("satu"), task("dua"), end(), line("mulai", "satu", "dua", "selesai"))
COMMENT = {
    "links", "id", "userId", "time", "taskId", "message", "removalTime", "rootProcessInstanceId", "processInstanceId",
}  # fmt: skip
COLLEAGUE = "blitar.sekretaris"
NOWHERE = [
    ("POST", "/task/create"), ("DELETE", "/task/{id}"), ("POST", "/task/{id}/identity-links"),
    ("POST", "/task/{id}/identity-links/delete"), ("DELETE", "/task/{id}/comment/x"), ("PUT", "/task/{id}/comment"),
    ("POST", "/task/{id}/bpmnEscalation"), ("PUT", "/task/{id}/variables/nilai"),
    ("POST", "/task/{id}/variables"), ("DELETE", "/task/{id}/attachment/x"), ("POST", "/identity/verify"),
    ("POST", "/user/create"), ("PUT", "/user/x/profile"), ("DELETE", "/group/x"),
]  # fmt: skip
"""What our cases have not; told with a reason."""


@pytest.fixture
def case(sketch: Sketch) -> UUID:
    sketch.deploy(TWO)
    return sketch.begin()


@pytest.fixture
def head(app: Flask) -> Program:
    return Program(app, "blitar.kadis")


def of_task(program: Program, case: UUID) -> str:
    (found,) = program.get("/task", processInstanceId=str(case))
    return f"/task/{found['id']}"


def links(program: Program, task: str) -> set[tuple[str | None, str | None, str]]:
    return {(one["userId"], one["groupId"], one["type"]) for one in program.get(f"{task}/identity-links")}


def test_a_task_is_handed_on_and_comes_back(app: Flask, sketch: Sketch, case: UUID, head: Program) -> None:
    task, colleague = of_task(head, case), Program(app, COLLEAGUE)
    offered = {(None, group, "candidate") for group in sketch.open_tasks(case)[0].groups}

    assert links(head, task) == offered
    head.post(f"{task}/delegate", userId=COLLEAGUE)
    assert links(head, task) == offered | {(COLLEAGUE, None, "assignee"), ("blitar.kadis", None, "owner")}
    assert head.get(f"{task}/identity-links", type="owner") == [
        {"userId": "blitar.kadis", "groupId": None, "type": "owner"}
    ]
    assert (head.get(task)["delegationState"], head.get(task)["owner"]) == ("PENDING", "blitar.kadis")
    assert head.refused("POST", f"{task}/complete", json={})[0] == 409
    assert colleague.refused("POST", f"{task}/delegate", json={"userId": "blitar.jfu"})[0] == 409
    assert colleague.refused("POST", f"{task}/resolve", json={"variables": {"nilai": {"value": 1}}})[0] == 400
    colleague.post(f"{task}/resolve", variables={})
    assert links(head, task) == offered | {("blitar.kadis", None, "assignee")}
    assert sketch.kinds(case)[-2:] == ["delegated", "handed_back"]

    wrong: list[dict[str, object]] = [{}, {"userId": "tidak.ada"}, {"userId": "blitar.kadis"}, {"userId": 7}, {"x": 1}]
    for body in wrong:
        assert head.refused("POST", f"{task}/delegate", json=body)[0] == 400, body
    assert colleague.refused("POST", f"{task}/resolve", json={})[0] == 409
    assert Program(app, "blitar.jfu").refused("POST", f"{task}/delegate", json={"userId": COLLEAGUE})[0] in {403, 409}


def test_comments_stay(app: Flask, case: UUID, head: Program) -> None:
    task = of_task(head, case)

    said = Program(app, "blitar.jfu").post(f"{task}/comment/create", message=" ${angka} menyusul. ")
    second = head.post(f"{task}/comment/create", message="Baik.", processInstanceId=str(case))

    assert (set(said), said["userId"], said["message"]) == (COMMENT, "blitar.jfu", "${angka} menyusul.")
    assert (said["processInstanceId"], f"/task/{said['taskId']}") == (str(case), task)
    assert head.get(f"{task}/comment") == [second, said]
    assert head.get(f"{task}/comment/{said['id']}") == said
    assert head.get("/task", processInstanceId=str(case))[0]["id"] in task, "a comment moves nothing"
    wrong: list[dict[str, object]] = [
        {}, {"message": " "}, {"message": "x" * 2_001}, {"message": 7},
        {"message": "x", "processInstanceId": str(uuid4())}, {"message": "x", "oleh": "y"},
    ]  # fmt: skip
    for body in wrong:
        assert head.refused("POST", f"{task}/comment/create", json=body)[0] == 400, body
    for looks in ("auditor", "admin"):
        assert len(Program(app, looks).get(f"{task}/comment")) == 2
        refused = Program(app, looks).refused("POST", f"{task}/comment/create", json={"message": "x"})
        assert refused == (403, "AuthorizationException")
    head.post(f"{task}/complete", variables={})
    assert len(head.get(f"{task}/comment")) == 2, "they stay when it is done"
    assert head.refused("GET", f"{task}/comment/{case}:999")[0] == 404


def test_a_task_is_laid_aside_by_its_whole(app: Flask, sketch: Sketch, case: UUID, head: Program) -> None:
    task = of_task(head, case)
    head.post(f"{task}/claim", userId="blitar.kadis")
    whole = head.get(task)
    day = (datetime.now(UTC) + timedelta(days=9)).date()

    def put(**changed: object) -> int:
        return head.ask("PUT", task, json=whole | changed).status_code

    before = sketch.kinds(case)
    assert put() == put(created=whole["created"].replace("+0700", "+07:00")) == 204
    assert sketch.kinds(case) == before, "what is the same changes nothing"
    wrong: list[dict[str, object]] = [
        {"name": "lain"}, {"due": "2027-01-01T00:00:00.000+0700"}, {"priority": 100}, {"description": "x"},
        {"assignee": COLLEAGUE}, {"followUp": "besok"}, {"followUp": "2020-01-01T00:00:00.000+0700"}, {"apa": 1},
    ]  # fmt: skip
    for body in wrong:
        assert put(**body) == 400, body
    assert "description" in head.ask("PUT", task, json=whole | {"description": "x"}).text
    assert (sketch.kinds(case), head.get(task)) == (before, whole), "a refusal changes nothing"
    assert put(followUp=f"{day}T00:00:00.000+0700") == 204
    assert head.get(task)["followUp"] is not None
    assert put(followUp=None) == 204
    assert head.get(task) == whole
    assert Program(app, "blitar.jfu").refused("PUT", task, json=whole)[0] == 403


def test_strangers_and_readers(app: Flask, sketch: Sketch, case: UUID, head: Program) -> None:
    task, foreign = of_task(head, case), Program(app, "banggai.kadis", "banggai")
    reader = Program(app, "blitar.kadis", scope=Scope.READ)
    reads = ["identity-links", "comment", "comment/x"]
    acts = [("POST", "delegate"), ("POST", "resolve"), ("POST", "comment/create"), ("PUT", "")]
    bodies: dict[str, dict[str, object]] = {
        "delegate": {"userId": "banggai.sekretaris"}, "comment/create": {"message": "x"},
    }  # fmt: skip
    before = sketch.kinds(case)

    for place in (task, f"/task/{uuid4()}", "/task/x"):
        for name in reads:
            assert foreign.refused("GET", f"{place}/{name}")[0] == 404, name
        for method, name in acts:
            refused = foreign.refused(method, f"{place}/{name}".rstrip("/"), json=bodies.get(name, {}))
            assert refused[0] == 404, (name, refused)
    for method, name in acts:
        assert reader.refused(method, f"{task}/{name}".rstrip("/"), json=bodies.get(name, {}))[0] == 403, name
    assert sketch.kinds(case) == before


def test_nobody_decides_on_his_own_work_in_any_way(app: Flask, sketch: Sketch, head: Program) -> None:
    decides = task("dua", said(bukan_pelaksana="satu"), group="kadis,sekretaris")
    sketch.deploy(process(start(), task("satu"), decides, end(), line("mulai", "satu", "dua", "selesai")))
    case = sketch.begin()
    sketch.do(case, "satu", nilai="x")
    second, other = of_task(head, case), Program(app, COLLEAGUE)
    ways: list[tuple[Program, str, dict[str, object]]] = [
        (head, "claim", {"userId": "blitar.kadis"}), (head, "assignee", {"userId": "blitar.kadis"}),
        (head, "delegate", {"userId": "blitar.jfu"}), (other, "delegate", {"userId": "blitar.kadis"}),
        (head, "complete", {}), (head, "submit-form", {"variables": {}}),
    ]  # fmt: skip

    for program, way, body in ways:
        assert program.refused("POST", f"{second}/{way}", json=body) == (403, "AuthorizationException"), (way, body)
    assert "refused" in sketch.kinds(case), "the history tells of it"
    assert (sketch.open_elements(case), head.get(second)["assignee"]) == (["dua"], None)
    other.post(f"{second}/complete", variables={})
    assert sketch.status(case) == "completed"


@on_sqlite
def test_what_our_cases_have_not_is_told_with_a_reason(app: Flask) -> None:
    program = Program(app)
    for method, path in NOWHERE:
        answer = program.ask(method, path.format(id=uuid4()), json={})
        told: Any = answer.json
        assert (answer.status_code, told["type"]) == (501, "NotImplementedException"), path
        assert "is not served here: " in told["message"], path


@on_sqlite
def test_public_client_in_python_talks(app: Flask, site: str, sketch: Sketch, case: UUID) -> None:
    session = requests.Session()
    session.auth = ("blitar.kadis", token(app, "blitar.kadis"))
    task = str(sketch.open_tasks(case)[0].id)

    def ask(request: Any) -> Any:
        request.session = session
        return request()

    said = ask(pycamunda.task.CommentCreate(site, task, "Dari luar."))
    assert ask(pycamunda.task.CommentGet(site, task, said.id_)) == said
    assert ask(pycamunda.task.CommentGetList(site, task)) == (said,)
    assert (said.user_id, said.message, said.time.utcoffset() is not None) == ("blitar.kadis", "Dari luar.", True)
    (link,) = ask(pycamunda.task.IdentityLinksGetList(site, task))
    assert (link.user_id, link.group_id) == (None, sketch.open_tasks(case)[0].groups[0])
    ask(pycamunda.task.Delegate(site, task, COLLEAGUE))
    found = ask(pycamunda.task.Get(site, task))
    assert (found.assignee, found.owner, found.delegation_state) == (COLLEAGUE, "blitar.kadis", "PENDING")
    session.close()


@on_sqlite
def test_strict_public_client_in_python(app: Flask, site: str, sketch: Sketch, case: UUID) -> None:
    secret = token(app, "blitar.kadis")

    async def work() -> None:
        transport = httpx.AsyncHTTPTransport()
        client: Any = CamundaEngineClient(
            site, AuthData("blitar.kadis", secret), transport
        )  # its names are UUIDs, ours not
        wanted = GetTasksFilterSchema(
            process_instance_id=case,
            process_definition_key_in=[sketch.key],
            unassigned=True,
            candidate_user="blitar.kadis",
        )
        assert (await client.get_tasks_count(wanted)).count == 1
        (found,) = await client.get_tasks(wanted, PaginationParams(maxResults=5, firstResult=0))
        assert (found.name, found.process_instance_id, found.tenant_id) == ("satu", case, OFFICE)
        assert await client.get_task(found.id) == found
        assert await client.get_task(uuid4()) is None
        (link,) = await client.get_identity_links(found.id)
        assert (link.user_id, link.type) == (None, "candidate")
        await client.claim_task(found.id, "blitar.kadis")
        taken = await client.get_task(found.id)
        await client.update_task(found.id, schema=taken)
        assert taken.assignee == "blitar.kadis"
        local = VariableValueSchema(value="draf", type="String")
        await client.update_task_variable(UpdateTaskVariableDTO(found.id, "nilai", local, is_local_variable=True))
        seen = await client.get_task_variable(GetTaskVariableDTO(found.id, "nilai", is_local_variable=True))
        assert seen.value == "draf"
        assert await client.get_task_variable(GetTaskVariableDTO(found.id, "nilai")) is None, "it is not sent"
        await client.unclaim_task(found.id)
        await client.set_assignee_task(found.id, "blitar.kadis")
        await client.submit_task_form(found.id, {"nilai": VariableValueSchema(value="dari Python", type="String")})
        await transport.aclose()

    finished(work())

    assert (sketch.open_elements(case), sketch.data(case)["nilai"]) == (["dua"], "dari Python")
