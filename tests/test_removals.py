"""What was deployed and never used can be deleted; whatever was used stays, and no number is given twice."""

from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select

from service import instances, reminders, removals, suspensions, timers
from service.engine.reminders import Rule
from service.errors import Conflict, Invalid, NotAllowed, NotFound
from service.models import Definition, DefinitionForm, Instance, OrganisationEvent, StartTrigger, db
from service.queries import definitions, deployed
from service.queries.reminders import rules
from tests.conftest import on_sqlite
from tests.drafting import OFFICE, Sketch, timer
from tests.engine.drawing import call, end, line, process, start, task
from tests.programs import Program


def drawn(name: str = "isi", event: str = "", key: str = "proses") -> str:
    first = start().replace("/>", f">{event}</bpmn:startEvent>") if event else start()
    return process(first, task(name), end(), line("mulai", name, "selesai"), key=key)


def calling(called: str, key: str = "proses") -> str:
    parts = task("awal"), call("panggil", called), end(), line("mulai", "awal", "panggil", "selesai")
    return process(start(), *parts, key=key)


def deploy(sketch: Sketch, *processes: str) -> UUID:
    """Deploy a minute after what was deployed before, and return the id of the deployment."""
    sketch.now += timedelta(minutes=1)
    sketch.deploy(*processes)
    return deployed.deployments(sketch.actor("analis", OFFICE))[0].id


def remove(sketch: Sketch, deployment: UUID) -> None:
    removals.remove(sketch.actor("analis", OFFICE), deployment, sketch.now)


def versions(key: str = "proses") -> list[int]:
    found = select(Definition.version).where(Definition.tenant_id == OFFICE, Definition.key == key)
    return list(db.session.scalars(found.order_by(Definition.version)))


def rows() -> list[int | None]:
    return [db.session.scalar(select(func.count()).select_from(table)) for table in (Definition, DefinitionForm)]


def test_the_version_before_is_in_force_again_and_no_number_comes_twice(sketch: Sketch) -> None:
    deploy(sketch, drawn())
    before = rows()
    second = deploy(sketch, drawn("baru"))
    remove(sketch, second)

    assert (versions(), rows()) == ([1], before)
    case = sketch.begin()
    assert sketch.open_elements(case) == ["isi"]
    sketch.do(case, "isi", nilai="1")
    assert sketch.status(case) == "completed"
    deploy(sketch, drawn("baru"))
    assert versions() == [1, 3]
    log = definitions.process(sketch.actor("blitar.kadis"), "proses").log
    assert [(line.kind, line.version, line.who) for line in log] == [
        ("sop-deleted", 2, sketch.actor("analis", OFFICE).label)
    ]
    with pytest.raises(NotFound):
        remove(sketch, second)


def test_a_process_that_is_gone_is_nowhere_and_goes_on_counting(sketch: Sketch) -> None:
    remove(sketch, deploy(sketch, drawn(event=timer("timeCycle", "R/PT1H"))))
    head = sketch.actor("blitar.kadis")

    assert (versions(), db.session.get(StartTrigger, (OFFICE, "proses"))) == ([], None)
    for act in (lambda: instances.start(head, "proses", {}, sketch.now), lambda: definitions.process(head, "proses")):
        with pytest.raises(NotFound):
            act()
    assert sketch.later(hours=3) == 0
    deploy(sketch, drawn())
    assert versions() == [2]


def test_its_reminders_go_with_the_last_version(sketch: Sketch) -> None:
    analyst = sketch.actor("analis", OFFICE)
    made = [deploy(sketch, drawn(name)) for name in ("lama", "baru")]
    reminders.settle(analyst, "proses", Rule(is_on=False), sketch.now)

    remove(sketch, made[1])
    assert not rules(OFFICE)["proses"].is_on
    remove(sketch, made[0])
    assert "proses" not in rules(OFFICE)


def test_what_starts_by_itself_is_that_of_the_version_before(sketch: Sketch) -> None:
    deploy(sketch, drawn(event=timer("timeDate", (sketch.now + timedelta(hours=1)).isoformat())))
    sketch.later(hours=2)
    past = deploy(sketch, drawn(event=timer("timeCycle", "R/PT5H")))
    remove(sketch, past)
    clock = db.session.get_one(StartTrigger, (OFFICE, "proses"), populate_existing=True)
    assert (clock.due_at, sketch.later(days=1)) == (None, 0)

    deploy(sketch, drawn(event=timer("timeCycle", "R/PT2H")))
    suspensions.suspend(sketch.actor("analis", OFFICE), "proses", 3, "Diganti edaran baru.", sketch.now)
    remove(sketch, deploy(sketch, drawn()))
    assert sketch.later(hours=5) == 0


def test_what_was_used_stays(sketch: Sketch) -> None:
    used = deploy(sketch, drawn())
    sketch.now -= timedelta(days=1)  # the clock was put right meanwhile
    sketch.do(sketch.begin(), "isi", nilai="1")
    sketch.now += timedelta(days=1)
    called = deploy(sketch, drawn(key="dipanggil"))
    caller = deploy(sketch, calling("dipanggil", key="pemanggil"))
    with pytest.raises(Invalid, match="pemanggil calls it"):
        remove(sketch, called)
    instances.start(sketch.actor("blitar.kadis"), "pemanggil", {}, sketch.now)
    deploy(sketch, drawn("baru", key="dipanggil"))
    clock = deploy(sketch, drawn(event=timer("timeCycle", "R/PT1H"), key="jam"))
    timers.begin(OFFICE, "jam", sketch.now + timedelta(hours=1))
    before = rows()

    for deployment in (used, called, caller, clock):
        with pytest.raises(Invalid):
            remove(sketch, deployment)
    assert rows() == before
    assert not db.session.scalars(select(OrganisationEvent).where(OrganisationEvent.kind == "sop-deleted")).all()


def test_what_would_call_itself_does_not_come_into_force_again(sketch: Sketch) -> None:
    deploy(sketch, drawn(key="lain"))
    deploy(sketch, calling("lain"))
    second = deploy(sketch, drawn())
    deploy(sketch, calling("proses", key="lain"))

    with pytest.raises(Invalid, match="call itself"):
        remove(sketch, second)
    assert versions() == [1, 2]


def test_what_calls_nothing_does_not_come_into_force_again(sketch: Sketch) -> None:
    called = deploy(sketch, drawn(key="lain"))
    deploy(sketch, calling("lain"))
    second = deploy(sketch, drawn())
    remove(sketch, called)

    with pytest.raises(Invalid, match="calls what is not: lain"):
        remove(sketch, second)
    assert versions() == [1, 2]
    deploy(sketch, drawn(key="lain"))
    remove(sketch, second)
    assert versions() == [1]


def test_only_analysts_of_the_office_delete(sketch: Sketch) -> None:
    made = deploy(sketch, drawn())
    for user in ("blitar.kadis", "admin"):
        with pytest.raises(NotAllowed):
            removals.remove(sketch.actor(user, OFFICE), made, sketch.now)
    with pytest.raises(NotFound):
        removals.remove(sketch.actor("analis", "nganjuk"), made, sketch.now)
    assert versions() == [1]


@pytest.mark.parametrize("gone", [0, 1], ids=["called", "its own"])
def test_a_case_that_another_process_has_prepared_is_not_saved(
    sketch: Sketch, monkeypatch: pytest.MonkeyPatch, gone: int
) -> None:
    made = deploy(sketch, drawn(key="dipanggil")), deploy(sketch, calling("dipanggil"))
    bound = instances.called_definitions

    def late(*arguments: object) -> dict[str, str]:
        found = bound(*arguments)  # type: ignore[arg-type]
        monkeypatch.setattr(removals, "_require_uncalled", lambda *_: None)
        remove(sketch, made[gone])
        return found

    monkeypatch.setattr(instances, "called_definitions", late)
    with pytest.raises(Conflict, match="deleted meanwhile"):
        sketch.begin()
    assert not db.session.scalars(select(Instance)).all()


@on_sqlite
def test_programs_delete_what_was_never_used(app: Flask) -> None:
    with app.app_context():
        sketch = Sketch()
        first, second = deploy(sketch, drawn()), deploy(sketch, drawn("baru"))
    analyst, head = Program(app, "analis"), Program(app, "blitar.kadis")
    for query in ({"cascade": "true"}, {"cascade": "ya"}, {"apa": "1"}):
        assert analyst.refused("DELETE", f"/deployment/{second}", query_string=query)[0] == 400
    for missing in (UUID(int=0), "x"):
        assert analyst.refused("DELETE", f"/deployment/{missing}")[0] == 404
    assert Program(app, "analis", "nganjuk").refused("DELETE", f"/deployment/{second}")[0] == 404
    assert head.refused("DELETE", f"/deployment/{second}")[0] == 403

    query = {"cascade": "false", "skipCustomListeners": "true"}
    assert analyst.ask("DELETE", f"/deployment/{second}", query_string=query).status_code == 204
    assert analyst.refused("GET", f"/deployment/{second}")[0] == 404
    begun = head.post("/process-definition/key/proses/start")
    assert begun["definitionId"].startswith("proses:1:")
    assert analyst.refused("DELETE", f"/deployment/{first}") == (400, "InvalidRequestException")
