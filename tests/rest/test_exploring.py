"""All that the description allows, and all that it does not, asked as everybody: no failure, no surprise."""

import pytest
from flask import Flask

from service import identity
from service.engine.assignment import Role
from service.identity import NewPerson
from service.queries import deployed
from service.rest.openapi import CAMUNDA, OWN
from tests import stage
from tests.conftest import on_sqlite
from tests.drafting import OFFICE, Sketch
from tests.engine.drawing import end, line, process, start, task
from tests.programs import Program
from tests.rest.exploring import CALLERS, STRANGER, Exploration

SERVICE = '<bpmn:serviceTask id="hitung" name="Menghitung" camunda:type="external" camunda:topic="capaian"/>'
CLOCK = """<bpmn:intermediateCatchEvent id="tunggu"><bpmn:timerEventDefinition>
<bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>"""
WORK = process(start(), task("satu"), SERVICE, CLOCK, end(), line("mulai", "satu", "hitung", "tunggu", "selesai"))
ROUNDS, EXAMPLES = 40, 10
"""Of the long exploration, each with other questions about things that nobody has touched."""


@pytest.fixture
def things(app: Flask, sketch: Sketch) -> dict[str, list[str]]:
    """Plant what addresses name: cases at a task of people, at one of programs and at a clock."""
    sketch.deploy(WORK)
    cases = [sketch.begin() for _ in range(4)]
    for case in cases[:2]:
        sketch.do(case, "satu", nilai="x", jumlah="7")
    version = deployed.newest(sketch.actor("analis", OFFICE), sketch.key)
    system = NewPerson("diskominfo", "Diskominfo", stage.PASSWORD, roles=[(OFFICE, Role.SYSTEM)])
    identity.add_person(system, sketch.now)
    tasks = [str(sketch.open_tasks(case)[0].id) for case in cases[2:]]
    external = [one["id"] for one in Program(app).get("/external-task")]
    head = Program(app, "blitar.kadis")
    said = head.post(f"/task/{tasks[0]}/comment/create", message="Halo")["id"]
    kept = head.post("/filter/create", name="Semua", properties={"tampilan": "semua"})["id"]
    names = [str(case) for case in cases]
    return {
        "task_id": [*tasks, *external], "case_id": names, "processInstanceId": names, "processInstanceIdIn": names,
        "key": [sketch.key], "processDefinitionKey": [sketch.key], "office": [OFFICE],
        "activity_id": [f"satu:{task}" for task in tasks], "answer_id": [f"{cases[0]}:{sketch.key}:nilai:"],
        "definition_id": [str(version.id)], "deployment_id": [str(version.deployment)], "resource_id": ["0", "1"],
        "variable": ["nilai", "jumlah"], "user_id": ["blitar.kadis", "analis"], "user_name": ["blitar.kadis"],
        "userId": ["blitar.kadis"], "code": ["kadis"], "comment_id": [said], "filter_id": [kept],
        "name": ["nilai", "jumlah"],
    }  # fmt: skip


@on_sqlite
def test_questions_of_every_kind_are_answered_as_described(app: Flask, things: dict[str, list[str]]) -> None:
    exploration = Exploration(app, CAMUNDA, things)
    for place, operation in enumerate(exploration.operations()):
        exploration.explore(operation, 1, wrongly=place % 2 == 0)  # the others in the long exploration

    assert exploration.wrong == [], "\n".join(exploration.wrong)
    assert {caller for caller, _ in exploration.answered} == {*CALLERS, STRANGER}
    assert {200, 204, 400, 401, 403, 404} <= {status for _, status in exploration.answered}


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("number", range(ROUNDS))
def test_many_questions_of_every_kind(app: Flask, things: dict[str, list[str]], number: int) -> None:
    for root in (CAMUNDA, OWN):
        exploration = Exploration(app, root, things)
        for operation in exploration.operations():
            exploration.explore(operation, EXAMPLES, number)
        assert exploration.wrong == [], "\n".join(exploration.wrong)
