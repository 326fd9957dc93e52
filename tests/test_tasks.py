"""Completing tasks: what is saved, what is refused without a trace, and who wins when two act at once."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select, text

from service import demo, deployments, identity, instances, organisation, store, tasks
from service.attachments import Tray
from service.basis import Basis
from service.deployments import File
from service.engine.assignment import Role
from service.errors import (
    AnswersInvalid,
    DraftChanged,
    EngineFailed,
    FieldError,
    InstanceChanged,
    NotAllowed,
    NotFound,
    Refused,
    TaskClosed,
)
from service.identity import NewPerson
from service.models import Attachment, Draft, History, Instance, db
from service.organisation import UnitPlan
from service.tasks import Completed
from tests import answers, stage
from tests.answers import BLITAR, NGANJUK, RENSTRA, WRONG_DATA
from tests.conftest import on_postgresql
from tests.racing import Race
from tests.walking import Player


def instance_of(case: UUID) -> Instance:
    return db.session.scalars(select(Instance).where(Instance.id == case)).one()


def last_line(case: UUID) -> History:
    lines = select(History).where(History.instance_id == case).order_by(History.sequence.desc())
    return db.session.scalars(lines).first() or pytest.fail("no history")


def test_completing_opens_the_next_step(player: Player) -> None:
    case = player.start(NGANJUK)

    done = player.complete(case, "row_01")

    (opened,) = done.opened
    assert done == Completed(
        instance_id=case,
        title="Data Kinerja Triwulan III Tahun 2026",
        task_name="Meneruskan permintaan data kinerja",
        opened=(opened,),
        receivers=("Kasubbag Program dan Evaluasi",),
        returned=False,
        ended=False,
    )
    assert (opened.process, opened.element, opened.name, opened.order, opened.groups) == (
        NGANJUK,
        "row_02",
        "Menugaskan staf memenuhi permintaan",
        2,
        ("kasubbag",),
    )


def test_completing_writes_one_line_of_history_with_everything_that_was_answered(player: Player) -> None:
    case = player.reach(NGANJUK, "row_02")
    task = player.task(case, "row_02")

    player.complete(case, "row_02")

    line = last_line(case)
    assert (line.sequence, line.kind, line.at, line.position) == (
        3,
        "completed",
        player.now,
        "Kasubbag Program dan Evaluasi",
    )
    assert (line.process_key, line.element, line.task_id) == (NGANJUK, "row_02", task.id)
    assert line.person_id == identity.person_named("nganjuk.kasubbag")
    assert line.body == {
        "form": "penugasan",
        "values": {
            "petugas_penghimpun": "Penyusun Bahan Evaluasi, Rencana, Program dan Laporan",
            "uraian_tugas": "Kirim format ke tiap Bidang dan himpun isiannya.",
            "batas_tugas": "2026-10-20",
            **{
                key: line.body["values"][key]
                for key in ("hal_surat", "instruksi", "batas_waktu", "dengan_hormat_harap")
            },
        },
        "outcome": None,
        "reason": "",
        "parts": [],
        "round": 1,
        "unit": "",
        "passed": [[NGANJUK, "row_02", ""]],
    }


def test_a_completed_task_says_who_ended_it_and_when(player: Player) -> None:
    case = player.reach(NGANJUK, "row_02")
    task = player.task(case, "row_02")

    player.complete(case, "row_02")

    assert (task.status, task.ended_at, task.ended_by, task.ended_position) == (
        "completed",
        player.now,
        identity.person_named("nganjuk.kasubbag"),
        "Kasubbag Program dan Evaluasi",
    )


def test_the_last_step_ends_the_case(player: Player) -> None:
    case = player.reach(NGANJUK, "row_07")

    done = player.complete(case, "row_07")

    instance = instance_of(case)
    assert (done.ended, done.opened) == (True, ())
    assert (instance.status, instance.ended_at, instance.end_reason) == ("completed", player.now, "")
    assert last_line(case).kind == "ended"
    assert player.open_tasks(case) == []


def test_a_return_tells_the_reason_to_whom_the_work_goes_back(player: Player) -> None:
    case = player.reach(BLITAR, "row_09")

    done = player.complete(case, "row_09", outcome="kembalikan")

    task = player.task(case, "row_07")
    reason = "Realisasi indikator 2 belum sama dengan bukti dukung (putaran 1). Mohon diperbaiki."
    assert done.returned
    assert (task.is_returned, task.round, task.came_from) == (True, 2, "Sekretaris")
    assert (task.return_reason, task.return_parts) == (reason, ["tabel capaian"])
    assert instance_of(case).returns == 1
    line = last_line(case)
    assert (line.kind, line.body["outcome"], line.body["reason"]) == ("returned", "kembalikan", reason)


def test_only_the_wrong_units_are_asked_again(player: Player) -> None:
    case = player.reach(WRONG_DATA, "row_07")
    player.complete(case, "row_07", wrong=("bidang1", "sekretariat"))

    player.complete(case, "row_08", wrong=("bidang1", "sekretariat"))

    opened = player.open_tasks(case)
    assert player.open_elements(case) == ["row_08_bidang bidang1", "row_08_bidang sekretariat"]
    assert [(task.is_returned, task.return_reason) for task in opened] == [
        (True, "Angka sama persis dengan tahun lalu. Mohon diperbaiki dan dilampirkan bukti dukung.")
    ] * 2


def test_a_form_offers_no_unit_that_was_closed_unless_the_case_has_something_of_it(player: Player) -> None:
    admin = player.actor("admin", "blitar")
    for code in ("bidang4", "bidang5"):
        organisation.add_unit(admin, code, UnitPlan(code, reports_data=True), player.now)
    case = player.reach(BLITAR, "row_03")
    task = player.task(case, "row_03")
    asked = {**player.answers(task), "unit_diminta": ["bidang1", "bidang4"]}

    organisation.close_unit(admin, "bidang5", player.now)
    with pytest.raises(AnswersInvalid) as refused:
        player.complete_raw("blitar.sekretaris", task.id, asked | {"unit_diminta": ["bidang1", "bidang5"]})
    player.complete_raw("blitar.sekretaris", task.id, asked)
    organisation.close_unit(admin, "bidang4", player.now)

    assert list(refused.value.errors) == ["unit_diminta"]
    desk = tasks.opening(player.actor("blitar.kasubbag"), player.task(case, "row_04").id)
    assert [unit["kode"] for unit in desk.variables["unit_kantor"]] == [
        "bidang1", "bidang2", "bidang3", "bidang4", "sekretariat",
    ]  # fmt: skip


def test_a_step_that_comes_back_shows_what_was_answered_the_round_before(player: Player) -> None:
    case = player.reach(RENSTRA, "row_09")
    player.complete(case, "row_09", outcome="kembalikan")

    opened = tasks.opening(player.actor("banggai.kasubag"), player.task(case, "row_08").id)

    assert opened.answers.values["ringkasan"] == "Dua dari tiga indikator mencapai target triwulan (putaran 1)."
    assert opened.answers.errors == {}


def test_a_decision_starts_empty_in_every_round(player: Player) -> None:
    case = player.reach(RENSTRA, "row_09")
    player.complete(case, "row_09", outcome="kembalikan")
    player.complete(case, "row_08")

    values = tasks.opening(player.actor("banggai.sekretaris"), player.task(case, "row_09").id).answers.values

    assert [values[key] for key in ("keputusan", "alasan", "bagian")] == [None, None, None]


# What may be stored ---------------------------------------------------------------------------------


def test_an_undeclared_field_is_refused_and_never_stored(app: Flask, player: Player) -> None:
    case = player.reach(RENSTRA, "row_09")
    task = player.task(case, "row_09")
    raw = {**player.answers(task, outcome="kembalikan"), "disetujui": "true"}
    before = stage.rows(app)

    with pytest.raises(AnswersInvalid) as refused:
        tasks.complete(player.performer(task), task.id, raw, player.now)

    assert refused.value.errors == {"disetujui": FieldError("unknown-field")}
    assert stage.rows(app) == before


def test_a_field_that_is_only_read_keeps_the_value_of_the_case(player: Player) -> None:
    case = player.reach(NGANJUK, "row_02")
    task = player.task(case, "row_02")
    raw = {**player.answers(task), "hal_surat": "Lain", "instruksi": "Lain"}

    tasks.complete(player.performer(task), task.id, raw, player.now)

    values = last_line(case).body["values"]
    assert values["hal_surat"] == "Permintaan Data Kinerja Triwulan III Tahun 2026"
    assert values["instruksi"] == "Siapkan data capaian tiap Bidang dan laporkan hasilnya."


def test_a_field_that_is_hidden_is_stored_empty(player: Player) -> None:
    case = player.reach(RENSTRA, "row_09")
    task = player.task(case, "row_09")
    raw = {"keputusan": "setuju", "alasan": "Angka salah.", "bagian": ["tabel capaian"]}

    tasks.complete(player.performer(task), task.id, raw, player.now)

    line = last_line(case)
    assert [line.body["values"][key] for key in ("keputusan", "alasan", "bagian")] == ["setuju", None, None]
    assert (line.kind, line.body["reason"], line.body["parts"]) == ("completed", "", [])


def test_a_file_of_another_case_is_not_taken(app: Flask, player: Player) -> None:
    other = player.reach(NGANJUK, "row_05")
    kept = player.answers(player.task(other, "row_05"))
    case = player.reach(NGANJUK, "row_05")
    task = player.task(case, "row_05")
    before = stage.rows(app)

    with pytest.raises(AnswersInvalid) as refused:
        tasks.complete(player.performer(task), task.id, kept, player.now)

    assert refused.value.errors == {"berkas_rekap": FieldError("file-unknown")}
    assert stage.rows(app) == before


# Who may complete what ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Attempt:
    """Somebody tries to complete something that he may not."""

    name: str
    user: str
    refusal: type[Refused]
    prepare: Callable[[Player], UUID]


def task_at(element: str, unit: str = "") -> Callable[[Player], UUID]:
    def prepare(player: Player) -> UUID:
        return player.task(player.reach(BLITAR, element), element, unit).id

    return prepare


def completed_task(player: Player) -> UUID:
    case = player.reach(BLITAR, "row_03")
    task = player.task(case, "row_03").id
    player.complete(case, "row_03")
    return task


def cancelled_task(player: Player) -> UUID:
    case = player.reach(BLITAR, "row_03")
    task = player.task(case, "row_03").id
    instances.cancel(player.actor("blitar.kadis"), case, "Permintaan dicabut.", player.now)
    return task


ATTEMPTS = [
    Attempt("another position", "blitar.kadis", NotAllowed, task_at("row_02")),
    Attempt("another unit", "blitar.bidang2", NotAllowed, task_at("row_04_bidang", "bidang1")),
    Attempt("the secretary for a Bidang", "blitar.sekretaris", NotAllowed, task_at("row_04_bidang", "bidang1")),
    Attempt("the same position of another office", "nganjuk.sekretaris", NotFound, task_at("row_02")),
    Attempt("an analyst", "analis", NotFound, task_at("row_02")),
    Attempt("an unknown task", "blitar.sekretaris", NotFound, lambda _: uuid4()),
    Attempt("a completed task", "blitar.sekretaris", TaskClosed, completed_task),
    Attempt("a completed task of another position", "blitar.jfu", NotAllowed, completed_task),
    Attempt("a cancelled task", "blitar.sekretaris", TaskClosed, cancelled_task),
]


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda attempt: attempt.name)
def test_a_refused_completion_changes_nothing(app: Flask, player: Player, attempt: Attempt) -> None:
    task = attempt.prepare(player)
    actor = player.actor(attempt.user)
    before = stage.rows(app)

    for act in (tasks.complete, tasks.save_draft):
        with pytest.raises(attempt.refusal):
            act(actor, task, {"alasan": "Coba."}, player.now)
    with pytest.raises(attempt.refusal):
        tasks.opening(actor, task)

    assert stage.rows(app) == before


def test_a_role_of_the_right_office_is_no_position(player: Player) -> None:
    task = task_at("row_02")(player)

    with pytest.raises(NotAllowed):
        tasks.opening(player.actor("analis", "blitar"), task)


def test_a_closed_task_names_who_was_faster(player: Player) -> None:
    task = completed_task(player)

    with pytest.raises(TaskClosed) as refused:
        tasks.opening(player.actor("blitar.sekretaris"), task)

    assert (refused.value.facts["by"], refused.value.facts["at"]) == ("Sekretaris", player.now)


def person_with(player: Player, *positions: str) -> str:
    new = NewPerson("blitar.rangkap", "Pejabat rangkap", "kata-sandi-panjang", roles=[("blitar", Role.STAFF)])
    stage.also_holds(identity.add_person(new, player.now), "blitar", *positions, since=player.now)
    return "blitar.rangkap"


def complete_as(player: Player, user: str, case: UUID, element: str, outcome: str = "") -> None:
    task = player.task(case, element)
    tasks.complete(player.actor(user), task.id, player.answers(task, outcome=outcome), player.now)


def test_nobody_decides_on_his_own_work_in_a_second_position(app: Flask, player: Player) -> None:
    user = person_with(player, "kasubbag", "sekretaris")
    case = player.reach(BLITAR, "row_07")
    complete_as(player, user, case, "row_07")
    player.advance(case, "row_09")
    task = player.task(case, "row_09")
    raw = player.answers(task)
    before = stage.rows(app, stage.WORK_TABLES)

    with pytest.raises(NotAllowed) as refused:
        tasks.complete(player.actor(user), task.id, raw, player.now)

    assert refused.value.facts == {"own_work": True}
    assert stage.rows(app, stage.WORK_TABLES) == before
    assert player.complete(case, "row_09").task_name == "Memeriksa draf dan memutuskan"


def test_own_work_of_an_earlier_round_counts_too(player: Player) -> None:
    user = person_with(player, "kasubbag", "sekretaris")
    case = player.reach(BLITAR, "row_07")
    complete_as(player, user, case, "row_07")
    player.advance(case, "row_09")
    player.complete(case, "row_09", outcome="kembalikan")
    player.complete(case, "row_07")
    player.advance(case, "row_09")

    with pytest.raises(NotAllowed) as refused:
        complete_as(player, user, case, "row_09")

    assert refused.value.facts == {"own_work": True}


def test_own_work_on_other_steps_does_not_matter(player: Player) -> None:
    user = person_with(player, "kasubbag", "sekretaris")
    case = player.reach(BLITAR, "row_08")
    complete_as(player, user, case, "row_08")

    complete_as(player, user, case, "row_09")

    assert player.open_elements(case) == ["row_10"]


# Two at once ------------------------------------------------------------------------------------------


def test_of_two_who_complete_the_same_task_one_wins(race: Race) -> None:
    with race.player() as player:
        case = player.reach(NGANJUK, "row_05")
        task = player.task(case, "row_05").id
        raw = player.answers(player.task(case, "row_05"))

    outcomes = race.run(
        "UPDATE instance",
        *[lambda runner: tasks.complete(runner.actor("nganjuk.kasubbag"), task, raw, runner.now)] * 2,
    )

    kinds = sorted(type(outcome).__name__ for outcome in outcomes)
    assert kinds == ["Completed", "TaskClosed"]
    with race.player() as player:
        assert player.open_elements(case) == ["row_06"]
        lines = db.session.scalars(select(History.element).where(History.instance_id == case)).all()
        assert lines.count("row_05") == 1
        assert instance_of(case).lines == len(lines)


@on_postgresql
def test_whoever_is_thrown_out_of_a_deadlock_completes_after_it(race: Race) -> None:
    with race.player() as player:
        case = player.reach(NGANJUK, "row_05")
        task = player.task(case, "row_05").id
        raw = player.answers(player.task(case, "row_05"))

    def complete() -> Completed:
        with race.player() as runner:
            return tasks.complete(runner.actor("nganjuk.kasubbag"), task, raw, runner.now)

    with race.player(), ThreadPoolExecutor(1) as beside:
        db.session.execute(text("SET LOCAL deadlock_timeout = '1min'"))  # the other one notices first
        db.session.execute(text("UPDATE task SET priority = priority"))
        completed = beside.submit(complete)
        stage.eventually(race.app, stage.somebody_waits)
        db.session.execute(text("UPDATE instance SET version = version"))
        db.session.rollback()

        assert [opened.element for opened in completed.result().opened] == ["row_06"]


def test_two_units_that_hand_in_at_once_both_succeed(race: Race) -> None:
    with race.player() as player:
        case = player.reach(NGANJUK, "row_04_bidang")
        for unit in ("bidang3", "sekretariat"):
            player.complete(case, "row_04_bidang", unit)
        prepared = {task.unit: (task.id, player.answers(task)) for task in player.open_tasks(case)}

    def hand_in(unit: str) -> Callable[[Player], Completed]:
        task, raw = prepared[unit]
        return lambda runner: tasks.complete(runner.actor(f"nganjuk.{unit}"), task, raw, runner.now)

    with stage.statements(race.app) as ran:
        outcomes = race.run("UPDATE instance", hand_in("bidang1"), hand_in("bidang2"))
        with race.app.app_context():
            locks = db.engine.dialect.name == "postgresql"  # SQLite has one writer at a time

    assert [type(outcome).__name__ for outcome in outcomes] == ["Completed", "Completed"]
    assert len([statement for statement in ran if "FOR NO KEY UPDATE" in statement]) == locks
    with race.player() as player:
        assert player.open_elements(case) == ["row_04"]
        opened = tasks.opening(player.actor("nganjuk.penyusun"), player.task(case, "row_04").id)
        assert [sheet["unit"] for sheet in opened.variables["data_bidang"]] == answers.units(NGANJUK)


# When the engine cannot go on -------------------------------------------------------------------------


def deploy_decision_that_fails(player: Player) -> None:
    """Deploy an SOP whose approval gives a text where a truth value is needed."""
    broken = [
        File(
            file.name,
            file.content.replace(
                b"keputusan = &quot;setuju&quot;", b"if keputusan = &quot;setuju&quot; then judul else false"
            ).replace(b'keputusan = "setuju"', b'if keputusan = "setuju" then judul else false'),
            file.process,
        )
        for file in demo.drafts(RENSTRA)
    ]
    stored, _ = deployments.deploy(player.actor("analis", "banggai"), broken, player.now)
    assert stored[0].version == 2


def test_a_failure_of_the_engine_keeps_the_last_good_state(app: Flask, player: Player) -> None:
    deploy_decision_that_fails(player)
    case = player.reach(RENSTRA, "row_09")
    before = stage.rows(app, ["task", "task_group"])
    state = instance_of(case).state

    with pytest.raises(EngineFailed):
        player.complete(case, "row_09")

    instance = instance_of(case)
    assert stage.rows(app, ["task", "task_group"]) == before
    assert (instance.state, instance.status) == (state, "running")
    assert instance.incident
    line = last_line(case)
    assert (line.kind, line.element, line.position) == ("incident", "row_09", "Sekretaris")
    assert line.body["error"] == instance.incident


def test_the_next_act_that_succeeds_ends_the_incident(player: Player) -> None:
    deploy_decision_that_fails(player)
    case = player.reach(RENSTRA, "row_09")
    with pytest.raises(EngineFailed):
        player.complete(case, "row_09")

    player.complete(case, "row_09", outcome="kembalikan")

    assert instance_of(case).incident == ""
    assert player.open_elements(case) == ["row_08"]


WRITTEN = re.compile(r"UPDATE instance SET (.*?) WHERE ")


def test_of_a_case_only_what_a_step_changed_is_written(app: Flask) -> None:
    with app.app_context():
        player = Player()
        case = player.reach(NGANJUK, "row_02")
        with stage.statements(app) as ran:
            player.complete(case, "row_02")

    (written,) = [found[1] for found in map(WRITTEN.search, ran) if found]
    assert {part.split("=")[0].strip().strip('"') for part in written.split(",")} == {"state", "lines", "version"}


# Drafts -----------------------------------------------------------------------------------------------


def drafts_of(task: UUID) -> dict[UUID, dict[str, Any]]:
    found = db.session.scalars(select(Draft).where(Draft.task_id == task))
    return {draft.person_id: draft.answers for draft in found}


def test_a_draft_is_shown_again_to_who_typed_it_and_to_nobody_else(player: Player) -> None:
    other = person_with(player, "sekretaris")
    case = player.reach(BLITAR, "row_02")
    task = player.task(case, "row_02").id

    tasks.save_draft(
        player.actor("blitar.sekretaris"), task, {"tempat_rapat": "Aula", "tanggal_rapat": "besok"}, player.now
    )

    mine = tasks.opening(player.actor("blitar.sekretaris"), task)
    assert mine.answers.values["tempat_rapat"] == "Aula"
    assert mine.answers.typed == {"tempat_rapat": "Aula", "tanggal_rapat": "besok"}
    assert mine.answers.errors == {}
    assert tasks.opening(player.actor(other), task).draft is None


def test_a_draft_is_replaced_by_the_next_one(player: Player) -> None:
    case = player.reach(BLITAR, "row_02")
    task, actor = player.task(case, "row_02").id, player.actor("blitar.sekretaris")

    tasks.save_draft(actor, task, {"tempat_rapat": "Aula"}, player.now)
    tasks.save_draft(actor, task, {"tempat_rapat": "Ruang Sekretaris"}, player.now + timedelta(minutes=1))

    assert drafts_of(task) == {actor.person_id: {"tempat_rapat": "Ruang Sekretaris"}}


def test_a_page_replaces_what_it_has_seen_and_nothing_else(player: Player) -> None:
    case = player.reach(BLITAR, "row_02")
    task, actor, now = player.task(case, "row_02").id, player.actor("blitar.sekretaris"), player.now
    office, phone = Basis("kantor", now), Basis("ponsel", now)

    def save(text: str, minutes: int, basis: Basis | None) -> str:
        try:
            tasks.save_draft(actor, task, {"tempat_rapat": text}, now + timedelta(minutes=minutes), (), basis)
        except DraftChanged as error:
            return f"{error.answers['tempat_rapat']} {(error.saved_at - now) // timedelta(minutes=1)}"
        return ""

    told = [
        save("Aula", 1, office),
        save("Aula besar", 2, office),
        save("Lapangan", 3, phone),
        save("Lapangan", 4, replace(phone, before=now + timedelta(minutes=2, milliseconds=1))),
        save("Aula kecil", 5, office),
        save("Gudang", 6, None),
        save("Lapangan lain", 7, phone),
        save("Gudang besar", 8, office),
        save("Aula terakhir", 9, replace(office, before=now + timedelta(minutes=7))),
        save("Lapangan terakhir", 10, replace(phone, continued="kantor")),
        save("Aula kedua", 11, office),
    ]

    assert told == [
        "",
        "",
        "Lapangan 2",
        "",
        "Aula kecil 4",
        "",
        "Lapangan lain 6",
        "Gudang besar 6",
        "",
        "",
        "Aula kedua 10",
    ]
    assert drafts_of(task) == {actor.person_id: {"tempat_rapat": "Lapangan terakhir"}}


def test_completing_takes_the_own_draft_away_and_leaves_those_of_others(player: Player) -> None:
    other = player.actor(person_with(player, "sekretaris"))
    case = player.reach(BLITAR, "row_02")
    task = player.task(case, "row_02").id
    tasks.save_draft(player.actor("blitar.sekretaris"), task, {"tempat_rapat": "Aula"}, player.now)
    tasks.save_draft(other, task, {"tempat_rapat": "Lapangan"}, player.now)

    player.complete(case, "row_02")

    assert drafts_of(task) == {other.person_id: {"tempat_rapat": "Lapangan"}}


def test_two_drafts_that_arrive_at_once_are_both_taken(race: Race) -> None:
    with race.player() as player:
        task = player.task(player.reach(NGANJUK, "row_02"), "row_02").id

    def save(text: str) -> Callable[[Player], None]:
        actor_name = "nganjuk.kasubbag"
        return lambda runner: tasks.save_draft(runner.actor(actor_name), task, {"uraian_tugas": text}, runner.now)

    outcomes = race.run("UPDATE task", save("Satu."), save("Dua."))

    assert outcomes == [None, None]
    with race.player():
        (kept,) = drafts_of(task).values()
        assert kept["uraian_tugas"] in {"Satu.", "Dua."}


def test_two_programs_that_write_at_once_write_both(race: Race) -> None:
    with race.player() as player:
        task = player.task(player.reach(NGANJUK, "row_02"), "row_02").id

    def amend(**written: str) -> Callable[[Player], None]:
        return lambda runner: tasks.amend_draft(runner.actor("nganjuk.kasubbag"), task, written, (), runner.now)

    race.between("UPDATE task", amend(uraian_tugas="Kumpulkan."), amend(petugas_penghimpun="Bagian Umum"))

    with race.player():
        (kept,) = drafts_of(task).values()
        assert (kept["uraian_tugas"], kept["petugas_penghimpun"]) == ("Kumpulkan.", "Bagian Umum")


def test_what_is_saved_of_a_task_that_was_completed_meanwhile_is_refused(race: Race) -> None:
    with race.player() as player:
        case = player.reach(NGANJUK, "row_05")
        task = player.task(case, "row_05").id
        raw = player.answers(player.task(case, "row_05"))

    def save(runner: Player) -> None:
        actor = runner.actor("nganjuk.kasubbag")
        tray = Tray(actor, task, runner.now)
        tray.take("terlambat.pdf", answers.content("terlambat"))
        tasks.save_draft(actor, task, {"catatan_rekap": "Terlambat."}, runner.now, tray.new)

    refused, _ = race.between("UPDATE task", save, lambda runner: runner.complete_raw("nganjuk.kasubbag", task, raw))

    assert isinstance(refused, TaskClosed)
    with race.player():
        assert drafts_of(task) == {}
        kept = db.session.scalars(select(Attachment.name).where(Attachment.task_id == task)).all()
        assert "terlambat.pdf" not in kept


@on_postgresql
def test_a_draft_waits_for_no_completion_that_waits_for_its_task(race: Race) -> None:
    with race.player() as player:
        case = player.reach(NGANJUK, "row_05")
        task = player.task(case, "row_05").id
        raw = player.answers(player.task(case, "row_05"))
        tasks.save_draft(player.actor("nganjuk.kasubbag"), task, raw, player.now)

    def complete() -> Completed:
        with race.player() as runner:
            return runner.complete_raw("nganjuk.kasubbag", task, raw)

    with race.player(), ThreadPoolExecutor(1) as beside:
        db.session.execute(text("SET LOCAL lock_timeout = '100ms'"))
        db.session.execute(text("UPDATE task SET priority = priority"))
        completed = beside.submit(complete)
        stage.eventually(race.app, stage.somebody_waits)
        db.session.execute(text("UPDATE draft SET answers = answers"))
        db.session.rollback()

        assert [opened.element for opened in completed.result().opened] == ["row_06"]


@on_postgresql
def test_a_file_waits_for_nobody_who_holds_its_case(race: Race) -> None:
    with race.player() as player:
        case = player.reach(NGANJUK, "row_05")
        task = player.task(case, "row_05").id

    with race.player(), store.locked(InstanceChanged(office="nganjuk", instance=case)), race.player() as runner:
        db.session.execute(text("SET LOCAL lock_timeout = '100ms'"))
        tray = Tray(runner.actor("nganjuk.kasubbag"), task, runner.now)
        tray.take("a.pdf", answers.content("isi"))
        tasks.save_draft(runner.actor("nganjuk.kasubbag"), task, {}, runner.now, tray.new)

        assert db.session.scalars(select(Attachment.name).where(Attachment.task_id == task)).all() == ["a.pdf"]
