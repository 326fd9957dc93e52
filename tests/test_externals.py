"""External tasks: done, failed and offered again, ended with an error; nothing of it is lost or done twice."""

from datetime import timedelta
from uuid import UUID

import pytest

from service import externals, incidents
from service.engine.expression import JSON
from service.errors import (
    AnswersInvalid,
    DataTooLarge,
    EngineFailed,
    IncidentClosed,
    Invalid,
    NotAllowed,
    NotFound,
    ReasonMissing,
)
from service.externals import Failing
from service.store import Wish
from tests.drafting import OFFICE, Sketch, boundary
from tests.engine.drawing import end, flow, gateway, line, process, start, task
from tests.racing import Race
from tests.walking import Player

ROOTS = '<bpmn:error id="e" name="Data beda" errorCode="data-beda"/>'
SERVICE = '<bpmn:serviceTask id="hitung" name="Menghitung" camunda:type="external" camunda:topic="capaian"/>'
CAUGHT = boundary("beda", "hitung", '<bpmn:errorEventDefinition errorRef="e"/>')
COUNTS = process(
    start(), SERVICE, CAUGHT, gateway("pilih", "pilih-selesai"), task("baik"), task("ulang"), end(),
    line("mulai", "hitung", "pilih"), line("beda", "ulang", "selesai"),
    flow("pilih", "baik", 'if capaian >= 90 then true else if capaian >= 0 then false else "salah"'),
    flow("pilih", "selesai"), line("baik", "selesai"),
)  # fmt: skip


def waiting(sketch: Sketch) -> tuple[UUID, UUID]:
    """Start a case and return it with its external task."""
    sketch.deploy(COUNTS, roots=ROOTS)
    case = sketch.begin()
    assert sketch.waits(case) == [("external", "capaian", "hitung")]
    return case, sketch.wait(case, "hitung")


def test_result_of_a_worker_moves_the_case(sketch: Sketch) -> None:
    case, work = waiting(sketch)

    externals.complete(sketch.actor("admin", OFFICE), work, {"capaian": 95}, sketch.now)

    assert (sketch.open_elements(case), sketch.waits(case), sketch.data(case)["capaian"]) == (["baik"], [], 95)
    assert sketch.kinds(case) == ["started", "external"]


def test_work_is_done_once(sketch: Sketch) -> None:
    case, work = waiting(sketch)
    externals.complete(sketch.actor("admin", OFFICE), work, {"capaian": 95}, sketch.now)

    with pytest.raises(NotFound):
        externals.complete(sketch.actor("admin", OFFICE), work, {"capaian": 5}, sketch.now)

    assert sketch.data(case)["capaian"] == 95


def test_error_goes_where_it_is_caught(sketch: Sketch) -> None:
    case, work = waiting(sketch)

    externals.end_with_error(sketch.actor("admin", OFFICE), work, "data-beda", {"beda": ["a"]}, sketch.now)

    assert (sketch.open_elements(case), sketch.kinds(case)[-1], sketch.data(case)["beda"]) == (
        ["ulang"],
        "error",
        ["a"],
    )


def test_error_that_nobody_catches_is_an_incident(sketch: Sketch) -> None:
    case, work = waiting(sketch)

    with pytest.raises(EngineFailed):
        externals.end_with_error(sketch.actor("admin", OFFICE), work, "lain", {}, sketch.now)

    (incident,) = sketch.incidents(case)
    assert (incident.cause, incident.element, sketch.waits(case)) == (
        "error-uncaught", "hitung", [("external", "capaian", "hitung")]
    )  # fmt: skip


def test_failed_work_waits_until_it_is_offered_again(sketch: Sketch) -> None:
    case, work = waiting(sketch)
    admin = sketch.actor("admin", OFFICE)

    externals.fail(admin, work, Failing("Server data tidak menjawab."), sketch.now)

    (incident,) = sketch.incidents(case)
    assert (incident.cause, incident.detail, incident.attempts) == ("service-failed", "Server data tidak menjawab.", 1)
    externals.fail(admin, work, Failing("Masih tidak menjawab."), sketch.now)
    assert [(one.detail, one.attempts) for one in sketch.incidents(case)] == [("Masih tidak menjawab.", 2)]
    incidents.retry(admin, incident.id, {}, "", sketch.now)
    assert (sketch.incidents(case), sketch.instance(case).incident) == ([], "")
    externals.complete(admin, work, {"capaian": 95}, sketch.now)
    assert sketch.kinds(case) == ["started", "incident", "incident", "retried", "external"]


def test_data_may_be_corrected_before_work_is_offered_again(sketch: Sketch) -> None:
    case, work = waiting(sketch)
    admin = sketch.actor("admin", OFFICE)
    externals.fail(admin, work, Failing("Nilai tidak dikenal."), sketch.now)
    (incident,) = sketch.incidents(case)

    incidents.retry(admin, incident.id, {"nilai": '"12"'}, "Nilai belum terisi.", sketch.now)

    assert (sketch.data(case)["nilai"], sketch.incidents(case)) == ("12", [])
    assert sketch.waits(case) == [("external", "capaian", "hitung")]
    until = sketch.now + timedelta(minutes=5)
    assert externals.fetch(admin, "hitung-1", [Wish("capaian", until)], 10, sketch.now) == [work]


def test_result_that_the_case_cannot_use_is_kept_and_corrected(sketch: Sketch) -> None:
    case, work = waiting(sketch)
    admin = sketch.actor("admin", OFFICE)
    with pytest.raises(EngineFailed):
        externals.complete(admin, work, {"capaian": -1}, sketch.now)
    (incident,) = sketch.incidents(case)
    assert (incident.element, "capaian" in sketch.data(case)) == ("pilih", False)

    incidents.retry(admin, incident.id, {"capaian": "93"}, "Hasil hitung keliru.", sketch.now)

    assert (sketch.open_elements(case), sketch.data(case)["capaian"]) == (["baik"], 93)


def test_result_that_is_too_large_is_refused(sketch: Sketch) -> None:
    case, work = waiting(sketch)
    values: dict[str, JSON] = {f"besar{n}": [f"{n}-{m}" * 20 for m in range(500)] for n in range(99)}

    with pytest.raises(DataTooLarge):
        externals.complete(sketch.actor("admin", OFFICE), work, {"capaian": 95, **values}, sketch.now)

    assert (sketch.waits(case), sketch.kinds(case)) == ([("external", "capaian", "hitung")], ["started"])


def test_strangers_reach_no_work(sketch: Sketch) -> None:
    case, work = waiting(sketch)

    with pytest.raises(NotFound):
        externals.complete(sketch.actor("admin", "banggai"), work, {}, sketch.now)
    for user in ("blitar.kadis", "analis", "auditor"):
        with pytest.raises(NotAllowed):
            externals.complete(sketch.actor(user, OFFICE), work, {}, sketch.now)
    assert sketch.kinds(case) == ["started"]


def test_bad_input_changes_nothing(sketch: Sketch) -> None:
    case, work = waiting(sketch)
    admin = sketch.actor("admin", OFFICE)

    with pytest.raises(AnswersInvalid):
        externals.complete(admin, work, {"a b": 1}, sketch.now)
    with pytest.raises(Invalid):
        externals.end_with_error(admin, work, " ", {}, sketch.now)
    with pytest.raises(Invalid):
        externals.end_with_error(admin, work, "x" * 129, {}, sketch.now)
    with pytest.raises(ReasonMissing):
        externals.fail(admin, work, Failing(" \x00 "), sketch.now)
    assert (sketch.kinds(case), sketch.incidents(case)) == (["started"], [])


def test_nobody_gets_what_failed_for_good_before_its_incident_is_there(race: Race) -> None:
    with race.app.app_context():
        sketch = Sketch()
        case, work = waiting(sketch)
        now = sketch.now + timedelta(minutes=5)
        externals.lock(sketch.actor("admin", OFFICE), work, "satu", now - timedelta(minutes=1), sketch.now)

    def fails(player: Player) -> None:
        externals.fail(player.actor("admin", OFFICE), work, Failing("Layanan mati."), now, "satu")

    def fetches(player: Player) -> int:
        return len(externals.fetch(player.actor("admin", OFFICE), "dua", [Wish("capaian", now + timedelta(1))], 5, now))

    assert race.between("UPDATE instance", fails, fetches) == [None, 0]
    with race.app.app_context():
        assert [incident.cause for incident in Sketch().incidents(case)] == ["service-failed"]


def test_work_that_somebody_did_in_between_leaves_no_incident(race: Race) -> None:
    with race.app.app_context():
        case, work = waiting(Sketch())

    def fails(player: Player) -> None:
        externals.fail(player.actor("admin", OFFICE), work, Failing("Layanan mati."), player.now)

    def does(player: Player) -> None:
        externals.complete(player.actor("admin", OFFICE), work, {"capaian": 95}, player.now)

    failed, done = race.between("instance.state", fails, does)

    assert (type(failed), done) == (NotFound, None)
    with race.app.app_context():
        sketch = Sketch()
        assert (sketch.open_elements(case), sketch.incidents(case)) == (["baik"], [])


def test_work_that_rests_is_offered_again_once(race: Race) -> None:
    with race.app.app_context():
        sketch = Sketch()
        case, work = waiting(sketch)
        externals.fail(sketch.actor("admin", OFFICE), work, Failing("Layanan mati."), sketch.now)
        (incident,) = [one.id for one in sketch.incidents(case)]

    def tries_again(player: Player) -> None:
        incidents.retry(player.actor("admin", OFFICE), incident, {}, "", player.now)

    refused, done = race.between("instance.state", tries_again, tries_again)

    assert (type(refused), done) == (IncidentClosed, None)
    with race.app.app_context():
        assert Sketch().kinds(case) == ["started", "incident", "retried"]
