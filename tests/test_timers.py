"""Timers by the clock: on activities, between them, at the beginning; once, in order, and never lost."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from service import incidents, instances
from service.errors import Conflict, DeploymentRefused
from service.models import Instance, StartTrigger, Waiting, db
from tests.drafting import OFFICE, Sketch, boundary, pause, timer
from tests.engine.drawing import each, end, flow, gateway, line, process, start, task

JAKARTA = ZoneInfo("Asia/Jakarta")


def reminded(inside: str, *, interrupting: bool) -> str:
    return process(
        start(), task("isi"), boundary("lewat", "isi", inside, interrupting=interrupting), task("ingat"), end(),
        line("mulai", "isi", "selesai"), line("lewat", "ingat", "selesai"),
    )  # fmt: skip


def begun_by(text: str) -> str:
    event = start().replace("/>", f">{text}</bpmn:startEvent>")
    return process(event, task("isi"), end(), line("mulai", "isi", "selesai"))


def test_pause_ends_when_its_time_has_come(sketch: Sketch) -> None:
    sketch.deploy(process(start(), pause("tunggu", "timeDuration", "P2D"), task("isi"), end(),
                          line("mulai", "tunggu", "isi", "selesai")))  # fmt: skip
    case = sketch.begin()

    assert sketch.waits(case) == [("timer", "", "tunggu")]
    assert (sketch.later(days=1, hours=23), sketch.open_elements(case)) == (0, [])
    assert (sketch.later(hours=1), sketch.open_elements(case)) == (1, ["isi"])
    assert (sketch.later(days=9), sketch.waits(case)) == (0, [])
    sketch.do(case, "isi")
    assert (sketch.status(case), sketch.kinds(case)) == ("completed", ["started", "timer", "completed", "ended"])


def test_date_without_offset_is_meant_in_the_zone_of_the_office(sketch: Sketch) -> None:
    sketch.deploy(process(start(), pause("tunggu", "timeDate", "2026-12-01T08:00:00"), task("isi"), end(),
                          line("mulai", "tunggu", "isi", "selesai")))  # fmt: skip
    case = sketch.begin()

    due = db.session.scalars(select(Waiting.due_at).where(Waiting.instance_id == case)).one()
    assert due == datetime(2026, 12, 1, 8, tzinfo=JAKARTA)


def test_interrupting_timer_takes_the_task_away(sketch: Sketch) -> None:
    sketch.deploy(reminded(timer("timeDuration", "P1D"), interrupting=True))
    case = sketch.begin()

    sketch.later(days=1, minutes=1)

    assert sketch.open_elements(case) == ["ingat"]
    sketch.do(case, "ingat")
    assert sketch.status(case) == "completed"


def test_task_that_is_done_in_time_disarms_its_timer(sketch: Sketch) -> None:
    sketch.deploy(reminded(timer("timeDuration", "P1D"), interrupting=True))
    case = sketch.begin()
    sketch.do(case, "isi")

    assert (sketch.status(case), sketch.waits(case), sketch.later(days=2)) == ("completed", [], 0)


def test_cycle_goes_off_again_and_what_was_missed_goes_off_once(sketch: Sketch) -> None:
    sketch.deploy(reminded(timer("timeCycle", "R5/P1D"), interrupting=False))
    case = sketch.begin()

    assert (sketch.later(days=1), sketch.later(hours=1)) == (1, 0)
    assert sketch.open_elements(case) == ["ingat", "isi"]
    assert sketch.later(days=3) == 1
    assert sketch.open_elements(case).count("ingat") == 2
    assert sketch.later(days=1) == 1
    assert sketch.later(days=9) == 0
    assert sketch.open_elements(case).count("ingat") == 3


def test_timers_of_a_cancelled_case_are_gone(sketch: Sketch) -> None:
    sketch.deploy(reminded(timer("timeDuration", "P1D"), interrupting=True))
    case = sketch.begin()
    instances.cancel(sketch.actor("blitar.kadis"), case, "Salah mulai.", sketch.now)

    assert sketch.later(days=2) == 0


CONDITION = 'if count(unit_kantor) = 1 then true else "salah"'
BROKEN = process(
    start(), pause("tunggu", "timeDuration", "P1D"), gateway("pilih", "pilih-selesai"), task("isi"), end(),
    line("mulai", "tunggu", "pilih"), flow("pilih", "isi", CONDITION), flow("pilih", "selesai"),
    line("isi", "selesai"),
)  # fmt: skip


def test_timer_that_fails_rests_as_an_incident_and_holds_no_other(sketch: Sketch) -> None:
    sketch.deploy(BROKEN)
    failing = sketch.begin()
    sketch.deploy(reminded(timer("timeDuration", "P1D"), interrupting=True).replace('"proses"', '"lain"'))
    other = sketch.begin()

    assert sketch.later(days=1, hours=1) == 1
    assert sketch.open_elements(other) == ["ingat"]
    (incident,) = sketch.incidents(failing)
    assert (incident.element, incident.act["kind"], sketch.waits(failing)) == (
        "pilih",
        "timer",
        [("timer", "", "tunggu")],
    )
    assert sketch.later(days=1) == 0
    assert incident.attempts == 1

    incidents.retry(
        sketch.actor("admin", OFFICE),
        incident.id,
        {"unit_kantor": '["bidang1"]'},
        "Daftar unit terisi keliru.",
        sketch.now,
    )

    assert (sketch.open_elements(failing), sketch.incidents(failing)) == (["isi"], [])
    assert sketch.kinds(failing) == ["started", "incident", "amended", "retried", "timer"]


# Cases that begin by themselves ---------------------------------------------------------------------


def begun(key: str = "proses") -> list[Instance]:
    found = select(Instance).order_by(Instance.number)
    return [one for one in db.session.scalars(found) if one.started_by is None and key]


def test_cycle_begins_a_case_at_each_time(sketch: Sketch) -> None:
    sketch.deploy(begun_by(timer("timeCycle", "R/2026-11-03T08:00:00+07:00/P1M")))

    assert (sketch.later(hours=1), begun()) == (0, [])
    assert sketch.later(days=2) == 1
    (case,) = begun()
    assert (case.started_position, case.status, sketch.open_elements(case.id)) == ("", "running", ["isi"])
    assert sketch.kinds(case.id) == ["started"]
    assert (sketch.later(days=1), sketch.later(days=90), len(begun())) == (0, 1, 2)
    due = db.session.scalars(select(StartTrigger.due_at)).one()
    assert due is not None
    assert due - sketch.now < timedelta(days=31)


def test_date_begins_one_case(sketch: Sketch) -> None:
    sketch.deploy(begun_by(timer("timeDate", "2026-12-01T08:00:00+07:00")))

    assert (sketch.later(days=40), sketch.later(days=40), len(begun())) == (1, 0, 1)


def test_new_version_takes_over_the_times(sketch: Sketch) -> None:
    sketch.deploy(begun_by(timer("timeCycle", "R/P1D")))
    sketch.deploy(begun_by(timer("timeCycle", "R/P7D")))
    assert sketch.later(days=2) == 0

    sketch.deploy(process(start(), task("isi"), end(), line("mulai", "isi", "selesai")))
    assert (sketch.later(days=20), begun()) == (0, [])


def test_people_do_not_start_what_begins_by_itself(sketch: Sketch) -> None:
    sketch.deploy(begun_by(timer("timeCycle", "R/P1D")))

    with pytest.raises(Conflict):
        sketch.begin()


def test_time_of_a_start_is_no_expression(sketch: Sketch) -> None:
    with pytest.raises(DeploymentRefused) as refused:
        sketch.deploy(begun_by(timer("timeDuration", "=unit_kantor")))

    assert [problem.code for problem in refused.value.problems if problem.severity == "error"] == ["timer-invalid"]


def test_each_instance_of_a_repeated_task_has_its_own_timer(sketch: Sketch) -> None:
    repeated = task("minta", each(), group="${unit}")
    sketch.deploy(process(
        start(), task("isi"), repeated, boundary("lewat", "minta", timer("timeDuration", "P1D")), task("ingat"), end(),
        line("mulai", "isi", "minta", "selesai"), line("lewat", "ingat", "selesai"),
    ))  # fmt: skip
    case = sketch.begin()
    sketch.do(case, "isi", daftar=["bidang1", "bidang2"])

    assert sketch.waits(case) == [("timer", "", "lewat")]
    sketch.do(case, "minta", "bidang1")
    sketch.later(days=2)
    assert sketch.open_elements(case) == ["ingat"]
