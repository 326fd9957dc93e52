"""A person's task that ends with a BPMN error: where the case goes, what is told, and what cannot end so."""

from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from service import bpmn_errors, claims, incidents, pauses
from service.errors import CaseSuspended, EngineFailed, Invalid, NotAllowed, NotFound, Refused, TaskClosed, TaskTaken
from service.models import History, Task, TaskStatus, db
from tests.drafting import OFFICE, Sketch, boundary
from tests.engine.drawing import end, flow, gateway, line, process, said, start, task
from tests.programs import Program
from tests.walking import Visitor

HEAD, OTHER = "blitar.kadis", "blitar.sekretaris"
CODE, WHY = "data-beda", "Data dua bidang tidak cocok."
ROOTS = f'<bpmn:error id="e" name="Data beda" errorCode="{CODE}"/>'
EDGE = '<bpmn:errorEventDefinition errorRef="e"/>'
BOTH = "parallelGateway"
CHOICE = 'if jumlah > 3 then true else if jumlah > 0 then false else "salah"'
STEPS = process(
    start(), task("isi"), boundary("beda", "isi", EDGE), task("ulang"), end(),
    line("mulai", "isi", "selesai"), line("beda", "ulang", "selesai"),
)  # fmt: skip
INSIDE = "".join((
    start("awal"), gateway("bagi", kind=BOTH), task("satu"), task("dua"), gateway("gabung", kind=BOTH), end("akhir"),
    line("awal", "bagi", "satu", "gabung", "akhir"), line("bagi", "dua", "gabung"),
))  # fmt: skip
AROUND = process(
    start(), task("isi"), f'<bpmn:subProcess id="bersama">{INSIDE}</bpmn:subProcess>',
    boundary("tepi", "bersama", "<bpmn:errorEventDefinition/>"), task("ulang"), end(),
    line("mulai", "isi", "bersama", "selesai"), line("tepi", "ulang", "selesai"),
)  # fmt: skip
DECIDING = process(
    start(), task("isi"), task("periksa", said(bukan_pelaksana="isi")), boundary("beda", "periksa", EDGE),
    task("ulang"), end(), line("mulai", "isi", "periksa", "selesai"), line("beda", "ulang", "selesai"),
)  # fmt: skip
STUCK = process(
    start(), task("isi"), boundary("beda", "isi", EDGE), gateway("pilih", "pilih-selesai"), task("ulang"), end(),
    line("mulai", "isi", "selesai"), line("beda", "pilih"), flow("pilih", "ulang", CHOICE),
    flow("pilih", "selesai"), line("ulang", "selesai"),
)  # fmt: skip


def begun(sketch: Sketch, steps: str = STEPS) -> UUID:
    sketch.deploy(steps, roots=ROOTS)
    return sketch.begin()


def end_with(sketch: Sketch, task_id: UUID, code: str = CODE, user: str = HEAD) -> None:
    bpmn_errors.end_task(sketch.actor(user, OFFICE), task_id, code, WHY, sketch.now)


def test_the_case_goes_where_the_error_is_caught(sketch: Sketch) -> None:
    case = begun(sketch, AROUND)
    sketch.do(case, "isi")
    here = sketch.task(case, "satu").id

    end_with(sketch, here, "apa-saja")

    assert (sketch.open_elements(case), sketch.kinds(case)[2:]) == (["ulang"], ["raised"])
    ended = db.session.get_one(Task, (OFFICE, here))
    assert (ended.status, ended.ended_position, ended.outcome) == (TaskStatus.CANCELLED, "Kepala Dinas", "")
    told = db.session.scalars(select(History).where(History.kind == "raised")).one()
    assert (told.task_id, told.element, told.body["code"], told.body["reason"]) == (here, "satu", "apa-saja", WHY)
    assert sketch.instance(case).returns == 0
    sketch.do(case, "ulang")
    assert sketch.status(case) == "completed"


def test_what_cannot_end_so_changes_nothing(sketch: Sketch) -> None:
    case = begun(sketch)
    here = sketch.task(case, "isi").id
    refused: list[tuple[UUID, str, str, type[Refused]]] = [
        (here, " ", HEAD, Invalid),
        (here, "x" * 129, HEAD, Invalid),
        (here, "lain", HEAD, Invalid),
        (here, CODE, OTHER, NotAllowed),
        (here, CODE, "admin", NotAllowed),
        (uuid4(), CODE, HEAD, NotFound),
    ]

    for task_id, code, user, error in refused:
        with pytest.raises(error):
            end_with(sketch, task_id, code, user)

    assert (sketch.kinds(case), sketch.open_elements(case), sketch.incidents(case)) == (["started"], ["isi"], [])


def test_nothing_ends_in_other_hands_while_suspended_or_twice(sketch: Sketch) -> None:
    case = begun(sketch)
    here, head = sketch.task(case, "isi").id, sketch.actor(HEAD, OFFICE)

    claims.delegate(head, here, str(sketch.actor(OTHER, OFFICE).person_id), "", sketch.now)
    with pytest.raises(TaskTaken):
        end_with(sketch, here)
    claims.take_back(head, here, sketch.now)
    pauses.suspend(head, case, WHY, sketch.now)
    with pytest.raises(CaseSuspended):
        end_with(sketch, here)
    pauses.resume(head, case, WHY, sketch.now)
    end_with(sketch, here)
    with pytest.raises(TaskClosed):
        end_with(sketch, here)
    assert sketch.kinds(case).count("raised") == 1


def test_nobody_ends_what_decides_on_his_own_work(sketch: Sketch) -> None:
    case = begun(sketch, DECIDING)
    sketch.do(case, "isi")

    with pytest.raises(NotAllowed):
        end_with(sketch, sketch.task(case, "periksa").id)

    assert (sketch.open_elements(case), sketch.kinds(case)[-1]) == (["periksa"], "refused")


def test_what_was_caught_and_then_stops_is_tried_again(sketch: Sketch) -> None:
    case = begun(sketch, STUCK)
    here = sketch.task(case, "isi").id
    with pytest.raises(EngineFailed):
        end_with(sketch, here)
    (incident,) = sketch.incidents(case)
    assert (incident.element, sketch.open_elements(case)) == ("pilih", ["isi"])

    incidents.retry(sketch.actor("admin", OFFICE), incident.id, {"jumlah": "4"}, "Jumlah belum terisi.", sketch.now)

    assert (sketch.open_elements(case), sketch.incidents(case)) == (["ulang"], [])
    assert sketch.kinds(case)[1:] == ["incident", "amended", "retried", "raised"]


def test_a_program_ends_a_task_and_people_read_it(app: Flask, sketch: Sketch) -> None:
    case = begun(sketch)
    here = f"/task/{sketch.task(case, 'isi').id}"
    program = Program(app, HEAD)

    for body in ({}, {"errorCode": "lain"}, {"errorCode": CODE, "variables": {"nilai": {"value": "1"}}}):
        assert program.refused("POST", f"{here}/bpmnError", json=body)[0] == 400, body
    assert program.post(f"{here}/bpmnError", errorCode=CODE, errorMessage=WHY) is None
    assert program.refused("POST", f"{here}/bpmnError", json={"errorCode": CODE})[0] == 409
    (told,) = program.get("/history/user-operation", processInstanceId=str(case), operationType="HandleBpmnError")
    assert (told["entityType"], told["taskId"], told["annotation"]) == ("Task", here.removeprefix("/task/"), WHY)
    page = Visitor(app, HEAD).get(f"/berkas/{case}").main
    assert f"menghentikan “isi” dengan kesalahan “{CODE}” {WHY}" in page
