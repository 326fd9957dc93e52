"""Suspending a case: who may, what does not go on meanwhile, and that everything goes on afterwards."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask

from service import (
    claims,
    comments,
    externals,
    incidents,
    instances,
    messages,
    moves,
    participants,
    pauses,
    reminders,
    tasks,
    timers,
    waivers,
)
from service.engine.workflow import Message
from service.errors import CaseSuspended, Conflict, EngineFailed, NotAllowed, NotFound, NotWaiting, ReasonMissing
from service.externals import Failing, Wish
from service.models import InstanceStatus
from service.queries import cases, inbox, running
from service.queries.cases import CaseFilters
from service.queries.inbox import View
from service.queries.suspensions import Suspension
from tests.answers import BLITAR
from tests.drafting import OFFICE, Sketch, boundary, catch, message, pause, signal, throw, timer
from tests.engine.drawing import end, gateway, line, process, start, task
from tests.programs import Program, as_body
from tests.test_timers import BROKEN
from tests.walking import Player, Visitor

WHY = "Menunggu keputusan hukum."
ON = "Keputusan sudah ada."
HEAD = "blitar.kadis"
ROOTS = '<bpmn:message id="m" name="data"/><bpmn:signal id="s" name="umum"/>'
SERVICE = '<bpmn:serviceTask id="hitung" camunda:type="external" camunda:topic="capaian"/>'
ALL_AT_ONCE = process(
    start(), gateway("bagi", kind="parallelGateway"), task("isi"), pause("tunggu", "timeDuration", "P1D"),
    catch("terima", message()), catch("dengar", signal()), SERVICE, gateway("gabung", kind="parallelGateway"), end(),
    line("mulai", "bagi"), line("gabung", "selesai"),
    *(line("bagi", branch, "gabung") for branch in ("isi", "tunggu", "terima", "dengar", "hitung")),
)  # fmt: skip


def suspend(player: Player, case: UUID, user: str = HEAD, reason: str = WHY) -> None:
    pauses.suspend(player.actor(user, OFFICE), case, reason, player.now)


def resume(player: Player, case: UUID, user: str = HEAD, reason: str = ON) -> None:
    pauses.resume(player.actor(user, OFFICE), case, reason, player.now)


@pytest.fixture
def case(sketch: Sketch) -> UUID:
    """A case that waits for everything that there is."""
    sketch.deploy(ALL_AT_ONCE, roots=ROOTS)
    return sketch.begin()


# Who may --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("user", [HEAD, "admin"])
def test_who_may_cancel_a_case_and_admins_suspend_and_resume_it(sketch: Sketch, case: UUID, user: str) -> None:
    suspend(sketch, case, user)

    row = sketch.instance(case)
    assert (row.suspended_at, row.suspension, row.status) == (sketch.now, WHY, "running")
    resume(sketch, case, user)
    row = sketch.instance(case)
    assert (row.suspended_at, row.suspended_by, row.suspension) == (None, "", "")
    assert sketch.kinds(case) == ["started", "suspended", "activated"]


def test_nobody_else_and_nothing_else_is_suspended(sketch: Sketch, case: UUID) -> None:
    suspended, ended = sketch.begin(), sketch.begin()
    suspend(sketch, suspended)
    instances.cancel(sketch.actor(HEAD), ended, "Salah mulai.", sketch.now)
    before = sketch.kinds(case), sketch.kinds(suspended), sketch.kinds(ended)
    act = Callable[..., None]
    refused: list[tuple[act, UUID, str, str, type[Exception]]] = [
        (suspend, case, "blitar.sekretaris", WHY, NotAllowed),
        (suspend, case, "auditor", WHY, NotAllowed),
        (suspend, case, HEAD, " ", ReasonMissing),
        (suspend, case, HEAD, "-", ReasonMissing),
        (suspend, suspended, HEAD, WHY, CaseSuspended),
        (suspend, ended, HEAD, WHY, Conflict),
        (suspend, uuid4(), HEAD, WHY, NotFound),
        (resume, case, HEAD, ON, Conflict),
        (resume, suspended, "blitar.sekretaris", ON, NotAllowed),
        (resume, suspended, HEAD, "", ReasonMissing),
        (resume, ended, "admin", ON, Conflict),
    ]

    for do, which, user, reason, error in refused:
        with pytest.raises(error):
            do(sketch, which, user, reason)
    with pytest.raises(NotFound):
        pauses.suspend(sketch.actor("admin", "banggai"), case, WHY, sketch.now)
    assert (sketch.kinds(case), sketch.kinds(suspended), sketch.kinds(ended)) == before


# What does not go on --------------------------------------------------------------------------------


def test_no_task_of_a_suspended_case_changes_hands_or_ends(sketch: Sketch, case: UUID) -> None:
    head, admin = sketch.actor(HEAD), sketch.actor("admin", OFFICE)
    here = sketch.task(case, "isi").id
    claims.claim(head, here, sketch.now)
    suspend(sketch, case)
    now, row = sketch.now, sketch.instance(case)
    before = row.version, sketch.kinds(case)
    other = str(sketch.actor("blitar.sekretaris").person_id)
    refused: list[Callable[[], object]] = [
        lambda: claims.claim(head, here, now),
        lambda: claims.release(head, here, now),
        lambda: claims.delegate(head, here, other, "", now),
        lambda: claims.hand_back(head, here, "", now),
        lambda: claims.take_back(head, here, now),
        lambda: claims.lay_aside(head, here, (now + timedelta(days=2)).date(), now),
        lambda: claims.assign(head, here, other, WHY, now),
        lambda: tasks.complete(head, here, {}, now),
        lambda: moves.go_back(admin, case, here, "isi", WHY, now),
    ]

    for act in refused:
        with pytest.raises(CaseSuspended) as raised:
            act()
        assert (raised.value.facts["reason"], raised.value.code) == (WHY, "case-suspended")
    assert timers.fire(OFFICE, sketch.wait(case, "tunggu"), now + timedelta(days=2)) == 0
    assert (sketch.instance(case).version, sketch.kinds(case)) == before

    tasks.save_draft(head, here, {"nilai": "setengah"}, now)
    comments.add(head, case, here, "Masih menunggu.", now)
    resume(sketch, case)
    assert tasks.opening(head, here).answers.values["nilai"] == "setengah"
    sketch.do(case, "isi")
    assert "completed" in sketch.kinds(case)


def test_times_that_come_meanwhile_take_effect_once_on_resuming(sketch: Sketch) -> None:
    sketch.deploy(process(
        start(), task("isi"),
        boundary("lewat", "isi", timer("timeCycle", "R5/P1D"), interrupting=False), task("ingat"), end(),
        line("mulai", "isi", "selesai"), line("lewat", "ingat", "selesai"),
    ))  # fmt: skip
    suspended, other = sketch.begin(), sketch.begin()
    suspend(sketch, suspended)

    assert sketch.later(days=3, minutes=2) == 1
    assert (sketch.open_elements(suspended), sketch.open_elements(other)) == (["isi"], ["ingat", "isi"])
    resume(sketch, suspended)
    assert (sketch.later(minutes=1), sketch.later(minutes=1)) == (1, 0)
    assert sketch.open_elements(suspended) == ["ingat", "isi"]
    assert sketch.later(days=1) == 2


def test_messages_and_signals_do_not_reach_a_suspended_case(sketch: Sketch, case: UUID) -> None:
    admin, other = sketch.actor("admin", OFFICE), sketch.begin()
    suspend(sketch, case)

    assert messages.send(admin, Message("data", "", {}), sketch.now).id == other
    with pytest.raises(NotWaiting):
        messages.send(admin, Message("data", "", {}), sketch.now)
    assert messages.broadcast(admin, "umum", {}, sketch.now) == 1
    assert {"message", "signal"} <= {kind for kind, _, _ in sketch.waits(case)}
    resume(sketch, case)
    assert messages.send(admin, Message("data", "", {}), sketch.now).id == case
    assert messages.broadcast(admin, "umum", {}, sketch.now) == 1


def test_a_message_of_another_case_is_kept_until_its_receiver_is_resumed(sketch: Sketch, case: UUID) -> None:
    suspend(sketch, case)
    sending = throw("kirim", message())
    sketch.deploy(
        process(start(), sending, task("sudah"), end(), line("mulai", "kirim", "sudah", "selesai"), key="pengirim"),
        roots=ROOTS,
    )
    sketch.begin()

    assert (sketch.later(minutes=1), sketch.later(minutes=1)) == (0, 0)
    resume(sketch, case)
    assert sketch.later(minutes=1) == 1
    assert "message" not in {kind for kind, _, _ in sketch.waits(case)}


def test_a_worker_gets_nothing_of_a_suspended_case_and_keeps_his_lock(sketch: Sketch, case: UUID) -> None:
    admin, now = sketch.actor("admin", OFFICE), sketch.now
    (held,) = externals.fetch(admin, "satu", [Wish("capaian", now + timedelta(hours=1))], 9, now)
    other = sketch.begin()
    suspend(sketch, case)
    suspend(sketch, other)
    until = now + timedelta(hours=2)
    refused: list[Callable[[], object]] = [
        lambda: externals.lock(admin, sketch.wait(other, "hitung"), "dua", until, now),
        lambda: externals.extend(admin, held, "satu", until, now),
        lambda: externals.complete(admin, held, {}, now, "satu"),
        lambda: externals.complete(admin, held, {}, now),
        lambda: externals.end_with_error(admin, held, "salah", {}, now, "satu"),
        lambda: externals.fail(admin, held, Failing("rusak"), now, "satu"),
        lambda: externals.fail(admin, held, Failing("rusak", retries=1), now, "satu"),
        lambda: externals.retry(admin, held, 3, now),
    ]

    assert externals.fetch(admin, "dua", [Wish("capaian", until)], 9, now) == []
    for act in refused:
        with pytest.raises(CaseSuspended):
            act()
    resume(sketch, case)
    externals.complete(admin, held, {}, now, "satu")
    resume(sketch, other)
    assert externals.fetch(admin, "dua", [Wish("capaian", until)], 9, sketch.now) == [sketch.wait(other, "hitung")]


def test_an_incident_of_a_suspended_case_rests(sketch: Sketch) -> None:
    sketch.deploy(BROKEN)
    case = sketch.begin()
    sketch.later(days=2)
    (incident,) = sketch.incidents(case)
    suspend(sketch, case)
    admin, tried = sketch.actor("admin", OFFICE), incident.attempts

    with pytest.raises(CaseSuspended):
        incidents.retry(admin, incident.id, {}, "", sketch.now)
    assert [one.attempts for one in sketch.incidents(case)] == [tried]
    resume(sketch, case)
    with pytest.raises(EngineFailed):
        incidents.retry(admin, incident.id, {}, "", sketch.now)


def test_nobody_is_reminded_of_a_suspended_case(player: Player) -> None:
    case = player.reach(BLITAR, "row_03")
    player.now += timedelta(days=7)
    while not reminders.due(player.now):
        player.now += timedelta(minutes=10)
    suspend(player, case)

    assert reminders.remind(OFFICE, player.now) == 0
    resume(player, case)
    assert reminders.remind(OFFICE, player.now + timedelta(minutes=6)) > 0


def test_a_suspended_case_is_cancelled(sketch: Sketch, case: UUID) -> None:
    suspend(sketch, case)
    instances.cancel(sketch.actor(HEAD), case, "Tidak diperlukan lagi.", sketch.now)

    row = sketch.instance(case)
    assert (row.status, row.suspended_at, row.suspension) == ("cancelled", None, "")
    assert not pauses.may_suspend(sketch.actor(HEAD), case)


# What is told of it ---------------------------------------------------------------------------------


def test_a_whole_sop_is_suspended_in_the_middle_and_walked_to_its_end(app: Flask) -> None:
    with app.app_context():
        player = Player()
        case = player.reach(BLITAR, "row_04_bidang")
        asked = player.open_tasks(case)
        suspend(player, case)
        head, unit = player.actor(HEAD), player.actor(f"blitar.{asked[0].unit}")
        told = Suspension(player.now, head.acts_as(["kadis"]), WHY)

        with pytest.raises(CaseSuspended):
            participants.withdraw(head, asked[0].id, WHY, player.now)
        with pytest.raises(CaseSuspended):
            participants.add(head, case, asked[0].element, "sekretariat", WHY, player.now)
        assert participants.addable(head, case, asked[0].element) == []
        assert waivers.may_waive(head, case, {str(asked[0].id): asked[0].groups}) == set()
        (entry,) = [row for row in inbox.inbox(unit, player.now, View()).rows if row.case_id == str(case)]
        assert (entry.suspension, entry.agreed) == (told, "")
        listed = cases.cases(head, player.now, CaseFilters(state="suspended"), 1).rows
        assert [(row.id, row.state, row.suspended_at) for row in listed] == [(str(case), "suspended", told.since)]
        resume(player, case)
        assert cases.cases(head, player.now, CaseFilters(state="suspended"), 1).rows == ()
        assert player.finish(case).status == InstanceStatus.COMPLETED


def test_pages_ask_for_a_reason_and_say_how_the_case_stands(app: Flask) -> None:
    with app.app_context():
        sketch = Sketch()
        sketch.deploy(ALL_AT_ONCE, roots=ROOTS)
        case = sketch.begin()
        here = f"/tugas/{sketch.task(case, 'isi').id}"
    head, other = (Visitor(app, user) for user in (HEAD, "blitar.sekretaris"))
    page = head.get(here)
    pairs, _ = head.fill(page, "tugas", {"nilai": "diketik sebelumnya"})
    place = f"/berkas/{case}"
    assert [head.post(f"{place}/tangguhkan", {"alasan": said}).status for said in ("", " - ")] == [422, 422]
    assert other.post(f"{place}/tangguhkan", {"alasan": WHY}).status == 403
    assert "tangguhkan" not in other.get(place).response.text

    assert head.post(f"{place}/tangguhkan", {"alasan": WHY}).location == place
    mark = "Ditangguhkan sejak "
    for shown in (head.get(place), other.get(place), head.get(here)):
        assert mark in shown.main
        assert WHY in shown.main
        assert "Tenggat tidak berubah." in shown.main
    assert "menangguhkan berkas ini" in head.get(place).main
    assert "ditangguhkan sejak" in head.get("/tugas").main
    assert "Ditangguhkan" in head.get("/berkas?keadaan=suspended").main
    assert [button for button in ("Ambil tugas", ">Kirim<") if button in head.get(here).response.text] == []

    late = head.post(here, pairs)
    assert (late.status, late.value("nilai")) == (409, "diketik sebelumnya")
    assert WHY in late.main
    taken = head.post(f"{here}/ambil")
    assert (taken.status, taken.title) == (409, "Berkas ini sedang ditangguhkan")
    assert head.post(f"{place}/tangguhkan", {"alasan": "Sekali lagi."}).status == 409
    again = head.post(f"{place}/tangguhkan", {"alasan": "Sekali lagi."}).main
    assert "Sekali lagi." in again
    assert WHY in head.get(f"{place}/lanjutkan").main
    assert head.post(f"{place}/lanjutkan", {"alasan": ""}).status == 422
    assert head.post(f"{place}/lanjutkan", {"alasan": ON}).location == place
    assert head.get(f"{place}/lanjutkan").status == 409
    assert ON in head.get(place).main
    assert head.complete(here, {}).status == 303


# Programs -------------------------------------------------------------------------------------------


def put(program: Program, case: object, **body: object) -> int:
    return program.ask("PUT", f"/process-instance/{case}/suspended", json=body).status_code


def test_programs_suspend_a_case_and_say_that_they_did(app: Flask, sketch: Sketch, case: UUID) -> None:
    head, admin = Program(app, HEAD), Program(app)
    bad: list[dict[str, object]] = [
        {}, {"suspended": None}, {"suspended": "true"}, {"suspended": 1}, {"suspended": True, "alasan": "x"},
    ]  # fmt: skip
    assert [put(admin, case, **body) for body in bad] == [400] * len(bad)
    assert put(Program(app, "blitar.sekretaris"), case, suspended=True) == 403
    assert put(Program(app, "admin", "banggai"), case, suspended=True) == 404
    assert put(Program(app, "auditor"), case, suspended=True) == 403
    assert put(admin, uuid4(), suspended=True) == 404
    assert sketch.kinds(case) == ["started"]

    assert [put(head, case, suspended=told) for told in (False, True, True)] == [204] * 3
    assert [put(admin, case, suspended=told) for told in (False, True)] == [204] * 2
    assert sketch.kinds(case) == ["started", "suspended", "activated", "suspended"]
    page = Visitor(app, HEAD).get(f"/berkas/{case}").main
    assert "menangguhkan berkas ini melalui program" in page


FOUND = (
    ("/process-instance", "processInstanceIds", "id"),
    ("/task", "processInstanceId", "processInstanceId"),
    ("/external-task", "processInstanceId", "processInstanceId"),
    ("/job", "processInstanceId", "processInstanceId"),
    ("/history/process-instance", "processInstanceId", "id"),
)


def test_programs_are_told_truly_what_is_suspended(app: Flask, sketch: Sketch, case: UUID) -> None:
    other, admin = sketch.begin(), Program(app)
    suspend(sketch, case)
    for path, name, shown in FOUND:
        both = f"{case},{other}"
        for flags, expected in (
            ({}, {case, other}), ({"suspended": "true"}, {case}), ({"active": "true"}, {other}),
            ({"active": "true", "suspended": "true"}, {case} if "history" not in path else set()),
        ):  # fmt: skip
            asked = flags | ({name: both} if name.endswith("Ids") else {})
            found = admin.get(path, **asked)
            assert {row[shown] for row in found} == {str(one) for one in expected}, (path, flags)
            assert admin.get(f"{path}/count", **asked) == {"count": len(expected)}, (path, flags)
            sent = as_body(asked)
            assert {row[shown] for row in admin.post(path, **sent)} == {str(one) for one in expected}
        told = {row[shown]: row for row in admin.get(path)}
        if "history" in path:
            assert [told[str(one)]["state"] for one in (case, other)] == ["SUSPENDED", "ACTIVE"]
        else:
            assert [told[str(one)]["suspended"] for one in (case, other)] == [True, False]
    assert admin.get(f"/process-instance/{case}")["suspended"] is True
    assert running.one(sketch.actor("admin", OFFICE), case).is_suspended
    kinds = {line["operationType"] for line in admin.get("/history/user-operation", processInstanceId=str(case))}
    assert "Suspend" in kinds


def test_programs_are_refused_in_the_words_of_the_dialect(app: Flask, sketch: Sketch, case: UUID) -> None:
    head, admin = Program(app, HEAD), Program(app)
    (work,) = admin.post(
        "/external-task/fetchAndLock", workerId="satu", maxTasks=1,
        topics=[{"topicName": "capaian", "lockDuration": 60_000}],
    )  # fmt: skip
    here, place = f"/task/{sketch.task(case, 'isi').id}", f"/external-task/{work['id']}"
    who: dict[str, Any] = {"userId": HEAD}
    done: dict[str, Any] = {"workerId": "satu"}
    assert put(head, case, suspended=True) == 204
    refused = (400, "SuspendedEntityInteractionException")

    for program, path, body in (
        (head, f"{here}/claim", who), (head, f"{here}/complete", {}), (head, f"{here}/submit-form", {}),
        (head, f"{here}/delegate", {"userId": "blitar.sekretaris"}),
        (admin, f"{place}/complete", done), (admin, f"{place}/bpmnError", done | {"errorCode": "x"}),
        (admin, f"{place}/failure", done | {"errorMessage": "x"}), (admin, f"{place}/lock", done | {"lockDuration": 9}),
        (admin, f"{place}/extendLock", done | {"newDuration": 90_000}),
    ):  # fmt: skip
        assert program.refused("POST", path, json=body) == refused, path
    assert admin.refused("PUT", f"{place}/retries", json={"retries": 2}) == refused
    kept = admin.get(place)
    assert (kept["workerId"], kept["suspended"]) == ("satu", True)
    assert put(head, case, suspended=False) == 204
    assert admin.post(f"{place}/complete", **done) is None
