"""The same request of a program twice, as its answer got lost: one act, the same answer."""

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.drafting import Sketch, catch, message
from tests.engine.drawing import end, flow, gateway, line, process, start, task
from tests.programs import Program

ROOTS = '<bpmn:message id="m" name="Surat"/>'
WAITS = process(
    start(), catch("tunggu", message()), task("baca"), end(), line("mulai", "tunggu", "baca", "selesai"),
)  # fmt: skip
BEGINS = process(
    f'<bpmn:startEvent id="mulai">{message()}</bpmn:startEvent>', task("baca"), end(), line("mulai", "baca", "selesai")
)
FAILS = process(
    start(), catch("tunggu", message()), gateway("pilih", "pilih-selesai"), task("baca"), end(),
    line("mulai", "tunggu", "pilih"), flow("pilih", "baca", 'if isi = "baik" then true else "salah"'),
    flow("pilih", "selesai"), line("baca", "selesai"),
)  # fmt: skip
SENT = {"messageName": "Surat", "processVariables": {"isi": {"value": "x"}}, "resultEnabled": True}


@pytest.fixture
def admin(app: Flask) -> Program:
    return Program(app)


def sent(program: Program, path: str, body: object, key: str) -> TestResponse:
    """Send a request under a key."""
    return program.ask("POST", path, json=body, headers={"Idempotency-Key": key})


def number(program: Program, sketch: Sketch) -> int:
    """Return how many cases go on."""
    count: int = program.get("/process-instance/count", processDefinitionKey=sketch.key)["count"]
    return count


def test_a_start_that_is_sent_twice_makes_one_case(app: Flask, sketch: Sketch) -> None:
    sketch.deploy(WAITS, roots=ROOTS)
    head = Program(app, "blitar.kadis")
    definition = head.get(f"/process-definition/key/{sketch.key}")["id"]
    of_version = f"/process-definition/{definition}/start"

    first = sent(head, of_version, {"businessKey": "S-1"}, "satu")
    sketch.deploy(BEGINS, roots=ROOTS)  # the version that was asked for is in force no more
    second = sent(head, of_version, {"businessKey": "S-1"}, "satu")

    assert (second.status_code, second.json) == (200, first.json)
    assert number(head, sketch) == 1
    assert sent(head, of_version, {"businessKey": "S-2"}, "satu").status_code == 400
    assert sent(head, of_version, {"businessKey": "S-1"}, "dua").status_code == 400


def test_another_key_starts_another_case(app: Flask, sketch: Sketch) -> None:
    sketch.deploy(WAITS, roots=ROOTS)
    head, jfu = Program(app, "blitar.kadis"), Program(app, "blitar.kadis")

    cases = {
        (sent(program, f"/process-definition/key/{sketch.key}/submit-form", {}, key).json or {})["id"]
        for program, key in ((head, "satu"), (head, "dua"), (head, ""), (head, ""), (jfu, "dua"))
    }

    assert (len(cases), number(head, sketch)) == (4, 4)


def test_a_message_that_is_sent_twice_reaches_one_case(sketch: Sketch, admin: Program) -> None:
    sketch.deploy(WAITS, roots=ROOTS)
    waiting, other = sketch.begin(), sketch.begin()

    first, second = (sent(admin, "/message", SENT, "satu") for _ in range(2))

    assert (second.status_code, second.json) == (first.status_code, first.json)
    assert (sketch.open_elements(waiting), sketch.open_elements(other)) == (["baca"], [])
    assert sent(admin, "/message", SENT, "dua").json != first.json
    assert sketch.open_elements(other) == ["baca"]
    assert sent(admin, "/message", SENT, "satu").json == first.json  # where nobody waits any more, too
    assert sent(admin, "/message", SENT, "tiga").status_code == 400


def test_a_message_that_begins_a_case_begins_one(sketch: Sketch, admin: Program) -> None:
    sketch.deploy(BEGINS, roots=ROOTS)

    first, second = (sent(admin, "/message", SENT, "satu") for _ in range(2))

    assert (second.status_code, second.json) == (200, first.json)
    assert number(admin, sketch) == 1
    assert sent(admin, "/message", SENT | {"businessKey": "S-1"}, "satu").status_code == 400


def test_a_signal_that_is_sent_twice_begins_one_case(sketch: Sketch, admin: Program) -> None:
    signalled = BEGINS.replace(message(), '<bpmn:signalEventDefinition signalRef="s"/>')
    sketch.deploy(signalled, roots='<bpmn:signal id="s" name="Surat"/>')
    body = {"name": "Surat", "variables": SENT["processVariables"]}

    statuses = [sent(admin, "/signal", body, key).status_code for key in ("satu", "satu", "dua", "")]

    assert (statuses, number(admin, sketch)) == ([204] * 4, 3)
    assert sent(admin, "/signal", body | {"variables": {}}, "satu").status_code == 400
    assert number(admin, sketch) == 3


def test_a_message_that_became_an_incident_was_carried_out(sketch: Sketch, admin: Program) -> None:
    sketch.deploy(FAILS, roots=ROOTS)
    waiting, other = sketch.begin(), sketch.begin()

    first, second = (sent(admin, "/message", SENT, "satu") for _ in range(2))

    assert (first.status_code, second.status_code) == (500, 200)
    assert (second.json or [{}])[0]["execution"]["id"] == str(waiting)
    assert [len(sketch.incidents(case)) for case in (waiting, other)] == [1, 0]
