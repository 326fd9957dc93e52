"""Task lists of others: what is open, taken and completed by the dialect, with a public client among them."""

from typing import Any
from uuid import UUID, uuid4

import pycamunda.task
import pytest
import requests
from flask import Flask

from service.tokens import Scope
from tests.conftest import on_sqlite
from tests.drafting import OFFICE, Sketch
from tests.engine.drawing import end, line, process, start, task
from tests.programs import Program, as_body, token
from tests.racing import Race

TWO = process(start(), task("satu"), task("dua"), end(), line("mulai", "satu", "dua", "selesai"))
OBJECT = {
    "id", "name", "assignee", "created", "due", "followUp", "lastUpdated", "delegationState", "description",
    "executionId", "owner", "parentTaskId", "priority", "processDefinitionId", "processInstanceId",
    "taskDefinitionKey", "caseExecutionId", "caseInstanceId", "caseDefinitionId", "suspended", "formKey",
    "camundaFormRef", "operatonFormRef", "tenantId", "taskState",
}  # fmt: skip


@pytest.fixture
def case(sketch: Sketch) -> UUID:
    sketch.deploy(TWO)
    return sketch.begin()


@pytest.fixture
def head(app: Flask) -> Program:
    return Program(app, "blitar.kadis")


def only(program: Program, case: UUID) -> dict[str, Any]:
    (found,) = program.get("/task", processInstanceId=str(case))
    return dict(found)


def test_a_task_is_found_taken_and_completed(sketch: Sketch, case: UUID, head: Program) -> None:
    shown = only(head, case)
    of_task = f"/task/{shown['id']}"

    assert (set(shown), head.get(of_task)) == (OBJECT, shown)
    assert (shown["name"], shown["taskDefinitionKey"], shown["assignee"]) == ("satu", "satu", None)
    assert (shown["tenantId"], shown["camundaFormRef"]["key"]) == (OFFICE, "isian")
    for act in ("claim", "claim", "assignee"):  # as after an answer that was lost
        head.post(f"{of_task}/{act}", userId="blitar.kadis")
    assert head.get(of_task)["assignee"] == "blitar.kadis"
    head.post(f"{of_task}/unclaim", userId="blitar.kadis")
    head.post(f"{of_task}/unclaim", userId="blitar.kadis")
    head.post(f"{of_task}/assignee", userId="blitar.kadis")
    for _ in range(2):
        head.post(f"{of_task}/assignee", userId=None)
    assert head.get(of_task)["assignee"] is None
    assert sketch.kinds(case) == ["started", "claimed", "released", "claimed", "released"]

    bad: list[dict[str, object]] = [
        {"variables": {"asing": {"value": 1}}}, {"variables": {"jumlah": {"value": "x"}}}, {"apa": 1},
        {"variables": {"daftar": {"value": ["tidak_ada"]}}}, {"variables": {"nilai": {"value": 1, "type": "Object"}}},
        {"variables": {"jumlah": {"value": 10**400, "type": "Double"}}},
    ]  # fmt: skip
    for body in bad:
        assert head.refused("POST", f"{of_task}/complete", json=body)[0] == 400, body
    sent = {"nilai": {"value": "x", "type": "String"}, "jumlah": {"value": 7, "type": "Integer"}}
    assert head.post(f"{of_task}/submit-form", variables=sent, withVariablesInReturn=True)["jumlah"]["value"] == 7

    second = only(head, case)
    seen = head.get(f"/task/{second['id']}/form-variables", variableNames="nilai,jumlah", deserializeValues="false")
    assert {name: typed["value"] for name, typed in seen.items()} == {"nilai": "x", "jumlah": 7}
    head.post(f"/task/{second['id']}/complete", variables={})
    assert sketch.status(case) == "completed"
    for gone in (shown["id"], str(uuid4()), "x"):
        assert head.refused("GET", f"/task/{gone}")[0] == 404
    assert head.refused("POST", f"{of_task}/complete", json={"variables": sent})[0] == 409


def test_others_may_look_and_no_more(app: Flask, sketch: Sketch, case: UUID, head: Program) -> None:
    of_task = f"/task/{only(head, case)['id']}"
    before = sketch.kinds(case)

    for program in (
        Program(app, "blitar.jfu"),
        Program(app, "auditor"),
        Program(app, "blitar.kadis", scope=Scope.READ),
    ):
        assert program.get(of_task)["name"] == "satu"
        assert program.post("/task/count", processInstanceId=str(case)) == {"count": 1}
        for act in ("claim", "complete", "submit-form"):
            body = {"userId": "blitar.jfu"} if act == "claim" else {}
            assert program.refused("POST", f"{of_task}/{act}", json=body)[0] == 403, act
    assert head.refused("POST", f"{of_task}/claim", json={"userId": "blitar.jfu"}) == (403, "AuthorizationException")
    assert head.refused("POST", f"{of_task}/claim", json={})[0] == 400
    foreign = Program(app, "banggai.kadis", "banggai")
    assert foreign.refused("GET", of_task)[0] == foreign.refused("POST", f"{of_task}/complete", json={})[0] == 404
    assert foreign.get("/task/count", processInstanceId=str(case)) == {"count": 0}
    assert sketch.kinds(case) == before


def test_lists_are_narrowed_as_asked(sketch: Sketch, case: UUID, head: Program) -> None:
    shown = only(head, case)
    (group,) = sketch.open_tasks(case)[0].groups
    every: list[tuple[dict[str, Any], int]] = [
        ({"taskId": shown["id"]}, 1),
        ({"processInstanceIdIn": f"{case},x", "processDefinitionKey": sketch.key}, 1),
        ({"taskDefinitionKeyIn": "satu,dua", "processInstanceId": str(case)}, 1),
        ({"taskDefinitionKey": "dua", "processInstanceId": str(case)}, 0),
        ({"name": "satu", "processInstanceId": str(case), "active": "true"}, 1),
        ({"candidateGroup": group, "processInstanceId": str(case)}, 1),
        ({"candidateGroups": "tidak_ada", "processInstanceId": str(case)}, 0),
        ({"assignee": "blitar.kadis", "processInstanceId": str(case)}, 0),
        ({"unassigned": "true", "processInstanceId": str(case)}, 1),
        ({"assigned": "true", "processInstanceId": str(case)}, 0),
        ({"createdAfter": "2020-01-01T00:00:00.000+0700", "processInstanceId": str(case)}, 1),
        ({"createdBefore": "2020-01-01T00:00:00.000+0700"}, 0),
        ({"tenantIdIn": "banggai"}, 0),
        ({"executionId": str(case), "processDefinitionKeyIn": f"{sketch.key},x", "nameLike": "S%U"}, 1),
        ({"nameLike": "s_tu", "processInstanceId": str(case)}, 0),
        ({"taskDefinitionKeyLike": "%at%", "executionId": str(case)}, 1),
        ({"assigneeIn": "blitar.kadis,blitar.jfu", "executionId": str(case)}, 0),
        ({"assigneeNotIn": "blitar.kadis", "executionId": str(case)}, 1),
        ({"owner": "blitar.kadis", "executionId": str(case)}, 0),
        ({"delegationState": "PENDING", "executionId": str(case)}, 0),
        ({"delegationState": "RESOLVED", "executionId": str(case)}, 0),
        ({"priority": shown["priority"], "executionId": str(case)}, 1),
        ({"minPriority": shown["priority"] + 1, "executionId": str(case)}, 0),
        ({"maxPriority": shown["priority"], "minPriority": 0, "executionId": str(case)}, 1),
        ({"withoutDueDate": "true", "executionId": str(case)}, 1),
        ({"createdOn": shown["created"], "executionId": str(case)}, 1),
        ({"dueDate": shown["created"], "executionId": str(case)}, 0),
        ({"followUpBefore": "2030-01-01T00:00:00.000+0700", "executionId": str(case)}, 0),
        ({"followUpBeforeOrNotExistent": "2030-01-01T00:00:00.000+0700", "executionId": str(case)}, 1),
        ({"processInstanceBusinessKey": "tidak ada"}, 0),
        ({"suspended": "true"}, 0),
    ]
    for asked, found in every:
        assert len(head.get("/task", **asked, sortBy="created", sortOrder="desc")) == found, asked
        assert head.post("/task/count", **as_body(asked)) == {"count": found}, asked
    for wrong in (
        {"assigneeExpression": "${currentUser()}"},
        {"assignee": "${x}"},
        {"sortBy": "password"},
        {"delegationState": "x"},
        {"createdOn": "0001-01-01T00:00:00Z"},
        {"priority": "x"},
        {"nameLike": "%" * 101},
        {"processInstanceId": ""},
        {"assignee": ""},
        {"taskId": ""},
    ):
        assert head.refused("GET", "/task", query_string=wrong)[0] == 400
        assert head.refused("POST", "/task", json=wrong)[0] == 400


def test_an_object_says_everything_once(head: Program) -> None:
    for body in ('{"name": "tidak-ada", "name": "satu"}', '{"orQueries": [{"name": "a", "name": "b"}]}'):
        refused = head.ask("POST", "/task/count", data=body, content_type="application/json")
        assert (refused.status_code, "given twice" in refused.text) == (400, True), body


def test_a_token_of_odd_letters_is_no_token(app: Flask) -> None:
    for scheme in ("Basic", "Bearer"):
        answer = app.test_client().get("/engine-rest/task", headers={"Authorization": f"{scheme} \xe9"})
        assert answer.status_code == 401, scheme


@on_sqlite
def test_public_client_in_python(app: Flask, site: str, sketch: Sketch, case: UUID) -> None:
    session = requests.Session()
    session.auth = ("blitar.kadis", token(app, "blitar.kadis"))

    def ask(request: Any) -> Any:
        request.session = session
        return request()

    (found,) = ask(pycamunda.task.GetList(site, process_instance_id=str(case)))
    assert (found.name, found.created.utcoffset() is not None) == ("satu", True)
    ask(pycamunda.task.Claim(site, found.id_, "blitar.kadis"))
    assert ask(pycamunda.task.Get(site, found.id_)).assignee == "blitar.kadis"
    ask(pycamunda.task.Unclaim(site, found.id_))
    ask(pycamunda.task.SetAssignee(site, found.id_, "blitar.kadis"))
    completing = pycamunda.task.Complete(site, found.id_)
    completing.add_variable("nilai", "dari Python")
    ask(completing)

    assert (sketch.open_elements(case), sketch.data(case)["nilai"]) == (["dua"], "dari Python")
    session.close()


def test_two_who_ask_at_once_for_one_person_both_have_it(app: Flask, race: Race) -> None:
    with app.app_context():
        sketch = Sketch()
        sketch.deploy(TWO)
        case = sketch.begin()
        head = Program(app, "blitar.kadis")
        of_task = f"/task/{only(head, case)['id']}"

    def ask(act: str, body: dict[str, object]) -> list[int]:
        programs = [Program(app, "blitar.kadis") for _ in range(2)]
        asks = [lambda _, one=one: one.ask("POST", f"{of_task}/{act}", json=body).status_code for one in programs]
        return race.run("UPDATE instance", *asks)

    assert ask("claim", {"userId": "blitar.kadis"}) == [204, 204]
    assert ask("unclaim", {}) == [204, 204]
    with app.app_context():
        assert Sketch().kinds(case) == ["started", "claimed", "released"]
