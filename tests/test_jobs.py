"""Jobs: cut from what is due, and changing nothing when they come a second time."""

from datetime import timedelta

import pytest

from service import jobs
from service.jobs import Job
from service.settings import Settings
from tests import stage
from tests.drafting import Sketch, catch, message, pause, signal, throw
from tests.engine.drawing import end, line, process, start, task

ROOTS = '<bpmn:message id="m" name="data"/><bpmn:signal id="s" name="umum"/>'


def due(sketch: Sketch, kind: str) -> list[Job]:
    return [job for job in jobs.due(sketch.now) if job.kind == kind]


def twice(sketch: Sketch, found: list[Job]) -> list[int]:
    """Do jobs two times, in the order in which a worker that died and its successor would."""
    return [jobs.do(job.kind, row, sketch.now, Settings()) for job in found * 2 for row in job.rows]


def test_a_timer_goes_off_once(sketch: Sketch) -> None:
    sketch.deploy(process(start(), pause("tunggu", "timeDuration", "P1D"), task("isi"), end(),
                          line("mulai", "tunggu", "isi", "selesai")))  # fmt: skip
    case = sketch.begin()
    sketch.now += timedelta(days=1, minutes=1)
    found = due(sketch, "timers")

    assert twice(sketch, found) == [1, 0]

    assert (sketch.kinds(case), sketch.open_elements(case)) == (["started", "timer"], ["isi"])
    assert list(jobs.due(sketch.now)) == []


@pytest.mark.parametrize(("sent", "received"), [(message(), "message"), (signal(), "signal")])
def test_what_a_case_sends_arrives_once(sketch: Sketch, sent: str, received: str) -> None:
    waiter = process(start(), catch("terima", sent), task("isi"), end(), line("mulai", "terima", "isi", "selesai"),
                     key="penerima")  # fmt: skip
    sketch.deploy(waiter, roots=ROOTS)
    case = sketch.begin()
    sketch.deploy(process(start(), throw("kirim", sent), task("isi"), end(), line("mulai", "kirim", "isi", "selesai")),
                  roots=ROOTS)  # fmt: skip
    sketch.begin()

    assert twice(sketch, due(sketch, "messages")) == [1, 0]

    assert (sketch.kinds(case), sketch.open_elements(case)) == (["started", received], ["isi"])


def test_many_timers_are_shared_out_among_jobs_that_run_at_the_same_time(sketch: Sketch) -> None:
    parallel = process(start(), pause("tunggu", "timeDuration", "P1D"), task("isi"), end(),
                       line("mulai", "tunggu", "isi", "selesai"))  # fmt: skip
    sketch.deploy(parallel)
    cases = [sketch.begin() for _ in range(60)]
    sketch.now += timedelta(days=2)

    found = due(sketch, "timers")

    assert sum(len(job.rows) for job in found) == len(cases)
    assert 1 < len({job.key for job in found}) == len(found) <= jobs.SHARES
    assert max(len(job.rows) for job in found) <= jobs.MOST


def test_nothing_due_is_no_job(sketch: Sketch) -> None:
    assert list(jobs.due(sketch.now)) == []
    assert jobs.run_due(stage.MONDAY) == 0
