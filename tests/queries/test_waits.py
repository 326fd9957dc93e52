"""What a case waits for beside its people, and what happened without any."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import update

from service import incidents, instances, messages
from service.engine.workflow import Message
from service.errors import EngineFailed
from service.models import Person, Task, TaskGroup, db
from service.queries.case_page import CasePage, case_page
from service.queries.cases import CaseFilters, CaseRow, cases
from service.queries.inbox import View, inbox
from service.queries.waits import Wait
from tests import stage
from tests.drafting import Sketch, boundary, message, pause, signal, timer
from tests.engine.drawing import end, flow, gateway, line, process, start, task

ROOTS = '<bpmn:message id="m" name="jawaban"/><bpmn:signal id="s" name="tutup buku"/>'
SERVICE = (
    '<bpmn:serviceTask id="hitung" name="Menghitung nilai" camunda:type="external" camunda:topic="nilai"/>'
)  # fmt: skip
CATCH = '<bpmn:intermediateCatchEvent id="{}" name="{}">{}</bpmn:intermediateCatchEvent>'
AND = "parallelGateway"
BRANCHES = ("isi", "jawab", "tutup", "jeda", "hitung")
WAITING = process(
    start(), gateway("bagi", kind=AND), gateway("kumpul", kind=AND), end(),
    task("isi"), boundary("lewat", "isi", timer("timeDuration", "P2D"), interrupting=False), task("ingat"), end("usai"),
    CATCH.format("jawab", "Menunggu jawaban OPD", message()), CATCH.format("tutup", "", signal()),
    pause("jeda", "timeDuration", "P1D"), SERVICE,
    line("mulai", "bagi"), *(line("bagi", name, "kumpul") for name in BRANCHES), line("kumpul", "selesai"),
    line("lewat", "ingat", "usai"),
)  # fmt: skip


def waiting(sketch: Sketch) -> UUID:
    sketch.deploy(WAITING, roots=ROOTS)
    return sketch.begin()


def page_of(sketch: Sketch, case: UUID) -> CasePage:
    return case_page(sketch.actor("auditor", "blitar"), sketch.now, case)


def row_of(sketch: Sketch) -> CaseRow:
    (row,) = cases(sketch.actor("auditor", "blitar"), sketch.now, CaseFilters(), 1).rows
    return row


def story(page: CasePage) -> list[tuple[str, str, str, str, str]]:
    return [(line.kind, line.who, line.title, line.name, line.by) for line in reversed(page.history)]


def test_the_page_of_a_case_tells_what_it_waits_for_the_soonest_first(sketch: Sketch) -> None:
    since = sketch.now + timedelta(minutes=1)

    found = page_of(sketch, waiting(sketch)).waits

    assert found[:2] == (
        Wait("timer", "", "", 0, since, since + timedelta(days=1)),
        Wait("timer", "", "isi", 0, since, since + timedelta(days=2)),
    )
    assert sorted(found[2:], key=lambda wait: wait.kind) == [
        Wait("external", "nilai", "Menghitung nilai", 0, since, None),
        Wait("message", "jawaban", "Menunggu jawaban OPD", 0, since, None),
        Wait("signal", "tutup buku", "", 0, since, None),
    ]


def test_what_came_is_waited_for_no_longer(sketch: Sketch) -> None:
    case = waiting(sketch)

    messages.send(sketch.actor("admin", "blitar"), Message("jawaban", "", {"nilai": "12"}), sketch.now)
    sketch.later(days=1, hours=1)

    page = page_of(sketch, case)
    assert sorted(wait.kind for wait in page.waits) == ["external", "signal", "timer"]
    assert story(page) == [
        ("started", "Kepala Dinas", "", "", ""),
        ("message", "", "", "jawaban", ""),
        ("timer", "", "", "", ""),
    ]
    (told,) = [line for line in page.history if line.kind == "message"]
    assert [(value.label, value.text) for value in told.details] == [("nilai", "12")]


def test_the_list_tells_what_a_case_without_a_task_waits_for(sketch: Sketch) -> None:
    case = waiting(sketch)
    assert (row_of(sketch).who, row_of(sketch).waits_for) == ("Kepala Dinas", "")

    sketch.do(case, "isi")

    assert (row_of(sketch).who, row_of(sketch).waits_for, row_of(sketch).state) == ("", "external", "running")


def test_equal_waits_are_told_once_with_their_number(sketch: Sketch) -> None:
    repeated = SERVICE.replace("/>", ">{}</bpmn:serviceTask>").format(
        "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>3</bpmn:loopCardinality>"
        "</bpmn:multiInstanceLoopCharacteristics>"
    )
    sketch.deploy(process(start(), task("isi"), repeated, end(), line("mulai", "isi", "hitung", "selesai")))
    case = sketch.begin()
    sketch.do(case, "isi")

    (wait,) = page_of(sketch, case).waits

    assert (wait.kind, wait.name, wait.times) == ("external", "nilai", 3)


def test_a_case_that_began_by_itself_is_shown_like_others(sketch: Sketch) -> None:
    begun = f'<bpmn:startEvent id="mulai">{message()}</bpmn:startEvent>'
    sketch.deploy(process(begun, task("isi"), end(), line("mulai", "isi", "selesai")), roots=ROOTS)

    case = messages.send(sketch.actor("admin", "blitar"), Message("jawaban", "", {"nilai": "12"}), sketch.now).id

    page = page_of(sketch, case)
    assert (page.case.started_by, row_of(sketch).who) == ("", "Kepala Dinas")
    assert story(page) == [("started", "", "", "jawaban", "message")]
    assert [(value.label, value.text) for value in page.data] == [("nilai", "12")]
    (entry,) = inbox(sketch.actor("blitar.kadis"), sketch.now, View()).rows
    assert (entry.came_from, entry.title) == ("", "isi")


BROKEN = process(
    start(), CATCH.format("jawab", "", message()), gateway("pilih", "pilih-selesai"), task("isi"), end(),
    line("mulai", "jawab", "pilih"), flow("pilih", "isi", 'if nilai = "1" then true else "salah"'),
    flow("pilih", "selesai"), line("isi", "selesai"),
)  # fmt: skip


def test_a_message_that_fails_is_an_incident_of_nobody(sketch: Sketch) -> None:
    sketch.deploy(BROKEN, roots=ROOTS)
    case = sketch.begin()
    admin = sketch.actor("admin", "blitar")

    with pytest.raises(EngineFailed):
        messages.send(admin, Message("jawaban", "", {"nilai": "2"}), sketch.now)

    page = page_of(sketch, case)
    (stop,) = page.stops
    assert (stop.act, stop.name, stop.title) == ("message", "jawaban", "")
    assert story(page)[1:] == [("incident", "", "", "", "")]
    incidents.retry(admin, UUID(stop.id), {"nilai": '"1"'}, "Nilai salah ketik.", sketch.now)
    kinds = [line.kind for line in page_of(sketch, case).history]
    assert (kinds, page_of(sketch, case).stops) == (["message", "retried", "amended", "incident", "started"], ())


def test_a_timer_that_failed_stands_among_the_incidents_only(sketch: Sketch) -> None:
    sketch.deploy(BROKEN.replace(message(), timer("timeDuration", "P1D")))
    case = sketch.begin()
    assert len(page_of(sketch, case).waits) == 1

    sketch.later(days=2)

    page = page_of(sketch, case)
    assert ([stop.act for stop in page.stops], page.waits) == (["timer"], ())


# Whose a task is ------------------------------------------------------------------------------------

MINE: list[tuple[str, Callable[[Sketch, UUID], str]]] = [
    ("place", lambda sketch, case: page_of(sketch, case).places[0].who),
    ("row of the list", lambda sketch, _: row_of(sketch).who),
    ("row of the SOP", lambda sketch, case: page_of(sketch, case).rows[1].who),
    (
        "inbox of others",
        lambda sketch, _: inbox(sketch.actor("blitar.kadis"), sketch.now, View()).waiting[0].who,
    ),
]


@pytest.mark.parametrize("read", [read for _, read in MINE], ids=[name for name, _ in MINE])
def test_a_task_for_a_person_is_told_with_his_name(sketch: Sketch, read: Callable[[Sketch, UUID], str]) -> None:
    sketch.deploy(process(start(), task("awal"), task("isi"), end(), line("mulai", "awal", "isi", "selesai")))
    case = sketch.begin()
    sketch.do(case, "awal")
    db.session.execute(update(TaskGroup).values(group="@blitar.sekretaris"))
    db.session.execute(update(Task).values(groups=["@blitar.sekretaris"]))
    db.session.execute(update(Person).where(Person.user_name == "blitar.sekretaris").values(name="Siti Aminah"))
    db.session.commit()

    assert read(sketch, case) == "Siti Aminah"


def test_waits_cost_the_list_one_statement_at_most(app: Flask, sketch: Sketch) -> None:
    def cost() -> int:
        with stage.statements(app) as ran:
            assert len(cases(sketch.actor("auditor", "blitar"), sketch.now, CaseFilters(), 1).rows) > 0
        return len(ran)

    sketch.deploy(process(start(), task("isi"), end(), line("mulai", "isi", "selesai")))
    case = sketch.begin()
    cost()
    with_task = cost()
    instances.cancel(sketch.actor("blitar.kadis"), case, "Salah mulai.", sketch.now)
    sketch.deploy(BROKEN, roots=ROOTS)
    sketch.begin()
    cost()
    one = cost()
    sketch.begin()

    assert (cost(), one) == (one, min(one, with_task + 1))
