"""A version that analysts took back is started by nobody and nothing, until it is activated or a newer one is there."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from service import instances, messages, suspensions, timers
from service.engine.workflow import Message
from service.errors import Conflict, NotAllowed, NotFound, NotWaiting, ReasonMissing, Suspended
from service.models import Instance, OrganisationEvent, StartTrigger, db
from service.queries import definitions
from tests.answers import NGANJUK
from tests.drafting import OFFICE, Sketch, message, signal, timer
from tests.engine.drawing import call, end, line, process, start, task
from tests.racing import Race
from tests.walking import Player

WHY = "Formatnya diganti surat edaran baru."
ROOTS = '<bpmn:message id="m" name="data" /><bpmn:signal id="s" name="umum" />'


def drawn(event: str = "", name: str = "isi") -> str:
    first = start().replace("/>", f">{event}</bpmn:startEvent>") if event else start()
    return process(first, task(name), end(), line("mulai", name, "selesai"))


def suspend(sketch: Sketch, version: int = 1, key: str = "") -> None:
    suspensions.suspend(sketch.actor("analis", OFFICE), key or sketch.key, version, WHY, sketch.now)


def activate(sketch: Sketch, version: int = 1) -> None:
    suspensions.activate(sketch.actor("analis", OFFICE), sketch.key, version, sketch.now)


def begun() -> int:
    return len(db.session.scalars(select(Instance.id).where(Instance.started_by.is_(None))).all())


def test_a_case_goes_its_whole_way_while_nobody_starts_another(player: Player) -> None:
    case = player.reach(NGANJUK, "row_04_bidang")
    analyst = player.actor("analis", "nganjuk")
    suspensions.suspend(analyst, NGANJUK, 1, WHY, player.now)

    with pytest.raises(Suspended):
        player.start(NGANJUK)
    assert player.finish(case).status == "completed"

    suspensions.activate(analyst, NGANJUK, 1, player.now)
    assert player.open_elements(player.start(NGANJUK))


def test_nobody_is_offered_it_and_its_page_says_why(sketch: Sketch) -> None:
    sketch.deploy(drawn())
    suspend(sketch)
    head, analyst = sketch.actor("blitar.kadis"), sketch.actor("analis", OFFICE)

    assert sketch.key not in {row.key for row in definitions.startable(head)}
    assert [row.is_suspended for row in definitions.processes(head) if row.key == sketch.key] == [True]
    seen, own = definitions.process(head, sketch.key), definitions.process(analyst, sketch.key)
    assert (seen.may_start, seen.may_suspend, own.may_suspend) == (False, False, True)
    assert seen.suspension == definitions.Suspension(1, analyst.label, sketch.now, WHY)

    sketch.now += timedelta(minutes=1)
    activate(sketch)
    page = definitions.process(head, sketch.key)
    assert (page.may_start, page.suspension) == (True, None)
    assert [(line.kind, line.version, line.who, line.reason) for line in page.log] == [
        ("sop-activated", 1, analyst.label, ""),
        ("sop-suspended", 1, analyst.label, WHY),
    ]


def test_it_is_done_once_however_often_it_is_asked_for(sketch: Sketch) -> None:
    sketch.deploy(drawn())
    activate(sketch)
    for _ in range(2):
        suspend(sketch)
    for _ in range(2):
        activate(sketch)

    assert len(db.session.scalars(select(OrganisationEvent).where(OrganisationEvent.subject == sketch.key)).all()) == 2


def test_only_analysts_suspend_only_what_is_in_force(sketch: Sketch) -> None:
    sketch.deploy(drawn())
    sketch.deploy(drawn(name="baru"))
    analyst = sketch.actor("analis", OFFICE)

    for user in ("blitar.kadis", "admin"):
        with pytest.raises(NotAllowed):
            suspensions.suspend(sketch.actor(user, OFFICE), sketch.key, 2, WHY, sketch.now)
        with pytest.raises(NotAllowed):
            suspensions.activate(sketch.actor(user, OFFICE), sketch.key, 2, sketch.now)
    for reason in ("", "ok", " \x00 "):
        with pytest.raises(ReasonMissing):
            suspensions.suspend(analyst, sketch.key, 2, reason, sketch.now)
    with pytest.raises(Conflict):
        suspend(sketch, 1)
    with pytest.raises(Conflict):
        activate(sketch, 1)
    for office, version in ((OFFICE, 3), ("nganjuk", 2)):
        with pytest.raises(NotFound):
            suspensions.suspend(sketch.actor("analis", office), sketch.key, version, WHY, sketch.now)
    assert sketch.open_elements(sketch.begin()) == ["baru"]


@pytest.mark.parametrize("called", [False, True], ids=["its own", "called"])
def test_no_case_begins_after_it_was_suspended(race: Race, *, called: bool) -> None:
    with race.player():
        middle = call("isi", "lain") if called else task("isi")
        parts = start(), middle, end(), line("mulai", "isi", "selesai")
        Sketch().deploy(process(*parts), drawn().replace('id="proses"', 'id="lain"'))
        last_before_a_writer_waits = {"sqlite": "INSERT INTO instance", "postgresql": "SELECT office.id \nFROM office"}
        statement = last_before_a_writer_waits[db.engine.dialect.name]

    key = "lain" if called else "proses"
    outcome, _ = race.between(
        statement,
        lambda player: instances.start(player.actor("blitar.kadis"), "proses", {}, player.now),
        lambda player: suspensions.suspend(player.actor("analis", OFFICE), key, 1, WHY, player.now),
    )

    assert isinstance(outcome, Suspended)
    with race.player():
        assert db.session.scalars(select(Instance)).all() == []


def test_a_newer_version_is_in_force_by_itself(sketch: Sketch) -> None:
    sketch.deploy(drawn(timer("timeCycle", "R/PT1H")))
    suspend(sketch)
    assert sketch.later(hours=3) == 0

    sketch.deploy(drawn(timer("timeCycle", "R/PT1H"), name="baru"))

    assert definitions.process(sketch.actor("blitar.kadis"), sketch.key).suspension is None
    assert sketch.later(hours=1) == 1


def test_a_clock_stands_still_and_passes_over_what_it_missed(sketch: Sketch) -> None:
    sketch.deploy(drawn(timer("timeCycle", "R5/PT1H")))
    began = sketch.now
    suspend(sketch)
    assert (sketch.later(hours=2.5), begun()) == (0, 0)

    activate(sketch)

    clock = db.session.get_one(StartTrigger, (OFFICE, sketch.key), populate_existing=True)
    assert (clock.due_at, clock.left) == (began + timedelta(hours=3), 3)
    assert (sketch.later(minutes=20), sketch.later(minutes=10), begun()) == (0, 1, 1)


def test_a_date_that_passed_meanwhile_is_over(sketch: Sketch) -> None:
    sketch.deploy(drawn(timer("timeDate", (sketch.now + timedelta(hours=1)).isoformat())))
    suspend(sketch)
    sketch.later(hours=2)
    activate(sketch)

    assert (sketch.later(days=1), begun()) == (0, 0)


def test_a_case_that_the_clock_ordered_just_before_is_not_started(sketch: Sketch) -> None:
    sketch.deploy(drawn(timer("timeCycle", "R/PT1H")))
    sketch.now += timedelta(hours=1)
    timers.begin(OFFICE, sketch.key, sketch.now)
    suspend(sketch)

    assert (sketch.later(minutes=1), begun()) == (0, 0)


@pytest.mark.parametrize("event", [message(), signal()], ids=["message", "signal"])
def test_messages_and_signals_start_nothing(sketch: Sketch, event: str) -> None:
    sketch.deploy(drawn(event), roots=ROOTS)
    admin = sketch.actor("admin", OFFICE)
    suspend(sketch)

    with pytest.raises(NotWaiting):
        messages.send(admin, Message("data"), sketch.now)
    assert (messages.broadcast(admin, "umum", {}, sketch.now), begun()) == (0, 0)

    activate(sketch)
    if "message" in event:
        messages.send(admin, Message("data"), sketch.now)
    else:
        messages.broadcast(admin, "umum", {}, sketch.now)
    assert begun() == 1


def test_an_sop_that_calls_it_is_not_started_but_cases_of_it_go_on(sketch: Sketch) -> None:
    called = drawn().replace('id="proses"', 'id="dipanggil"')
    calling = process(
        start(), task("awal"), call("panggil", "dipanggil"), end(), line("mulai", "awal", "panggil", "selesai")
    )
    sketch.deploy(calling, called)
    case = sketch.begin()
    suspend(sketch, key="dipanggil")

    with pytest.raises(Suspended, match="dipanggil"):
        instances.start(sketch.actor("blitar.kadis"), sketch.key, {}, sketch.now)
    sketch.do(case, "awal", nilai="1")
    sketch.do(case, "isi", nilai="2")
    assert sketch.status(case) == "completed"
