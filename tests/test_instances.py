"""Starting and cancelling cases: numbers, bound versions, who may, and refusals that leave no trace."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from service import demo, deployments, identity, instances
from service.deployments import File
from service.engine.assignment import Role
from service.errors import AnswersInvalid, Conflict, FieldError, NotAllowed, NotFound, ReasonMissing, Refused
from service.identity import NewPerson
from service.models import Definition, History, Instance, Task, db
from tests import answers, stage
from tests.answers import BANGGAI, BLITAR, NGANJUK, WRONG_DATA, Raw
from tests.racing import Race
from tests.walking import Player


def instance_of(case: UUID) -> Instance:
    return db.session.scalars(select(Instance).where(Instance.id == case)).one()


def definition_of(office: str, key: str, version: int = 1) -> Definition:
    found = select(Definition).where(
        Definition.tenant_id == office, Definition.key == key, Definition.version == version
    )
    return db.session.scalars(found).one()


def test_a_start_opens_the_first_step_and_writes_the_first_line(player: Player) -> None:
    case = player.start(NGANJUK)

    instance = instance_of(case)
    assert (instance.tenant_id, instance.number, instance.status, instance.version) == ("nganjuk", 1, "running", 1)
    assert (instance.title, instance.started_position) == ("Data Kinerja Triwulan III Tahun 2026", "Sekretaris Dinas")
    assert (instance.started_at, instance.ended_at, instance.returns, instance.lines) == (player.now, None, 0, 1)
    assert instance.definition_id == definition_of("nganjuk", NGANJUK).id
    assert player.open_elements(case) == ["row_01"]
    (line,) = db.session.scalars(select(History).where(History.instance_id == case))
    assert (line.sequence, line.kind, line.position, line.process_key) == (1, "started", "Sekretaris Dinas", NGANJUK)
    assert line.body["values"]["hal_surat"] == "Permintaan Data Kinerja Triwulan III Tahun 2026"


def test_numbers_run_per_office(player: Player) -> None:
    cases = [player.start(process) for process in (NGANJUK, BLITAR, WRONG_DATA, NGANJUK, BANGGAI)]

    assert [instance_of(case).number for case in cases] == [1, 1, 2, 2, 1]


def test_eight_starts_at_once_get_eight_numbers(race: Race) -> None:
    with race.player():
        highest = max([*db.session.scalars(select(Instance.number).where(Instance.tenant_id == "banggai")), 0])
        last_before_a_writer_waits = {"sqlite": "INSERT INTO instance", "postgresql": "SELECT office.id \nFROM office"}
        statement = last_before_a_writer_waits[db.engine.dialect.name]

    outcomes = race.run(statement, *[lambda runner: runner.start(BANGGAI)] * 8)

    with race.player():
        assert sorted(instance_of(case).number for case in outcomes) == [highest + 1 + place for place in range(8)]


def test_the_first_step_is_due_by_the_working_calendar(player: Player) -> None:
    case = player.start(NGANJUK)

    due = player.task(case, "row_01").due_at

    assert due is not None
    assert due > player.now


def test_a_called_process_is_bound_when_the_case_starts(player: Player) -> None:
    bound = definition_of("blitar", WRONG_DATA).id
    case = player.start(BLITAR)
    deploy_changed(player, WRONG_DATA, "Membandingkan dengan data acuan", "Membandingkan angka dengan acuan")

    player.advance(case, "row_06")
    player.complete(case, "row_06", outcome="tidak_sesuai", wrong=("bidang1",))

    assert instance_of(case).called == {WRONG_DATA: str(bound)}
    assert [task.name for task in player.open_tasks(case)] == ["Membandingkan dengan data acuan"]


def test_a_new_case_calls_the_newest_version(player: Player) -> None:
    deploy_changed(player, WRONG_DATA, "Membandingkan dengan data acuan", "Membandingkan angka dengan acuan")

    case = player.reach(BLITAR, "row_06")
    player.complete(case, "row_06", outcome="tidak_sesuai", wrong=("bidang1",))

    assert instance_of(case).called == {WRONG_DATA: str(definition_of("blitar", WRONG_DATA, 2).id)}
    assert [task.name for task in player.open_tasks(case)] == ["Membandingkan angka dengan acuan"]


def deploy_changed(player: Player, process: str, old: str, new: str) -> None:
    changed = [
        File(file.name, file.content.replace(old.encode(), new.encode()), file.process) for file in demo.drafts(process)
    ]
    stored, _ = deployments.deploy(player.actor("analis", answers.office(process)), changed, player.now)
    assert [one.unchanged for one in stored] == [False]


# Starting -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class BadStart:
    """A start that is refused."""

    name: str
    user: str
    process: str
    refusal: type[Refused]


BAD_STARTS = [
    BadStart("not the first position", "nganjuk.kasubbag", NGANJUK, NotAllowed),
    BadStart("a Bidang", "nganjuk.bidang1", NGANJUK, NotAllowed),
    BadStart("an analyst", "analis", BANGGAI, NotAllowed),
    BadStart("an SOP of another office", "blitar.kadis", BANGGAI, NotFound),
    BadStart("no such SOP", "blitar.kadis", "tidak_ada", NotFound),
]


@pytest.mark.parametrize("bad", BAD_STARTS, ids=lambda bad: bad.name)
def test_a_refused_start_changes_nothing(app: Flask, player: Player, bad: BadStart) -> None:
    raw = answers.for_element(NGANJUK, "mulai")
    before = stage.rows(app)

    with pytest.raises(bad.refusal):
        instances.start(player.actor(bad.user), bad.process, raw, player.now)
    with pytest.raises(bad.refusal):
        instances.start_form(player.actor(bad.user), bad.process)

    assert stage.rows(app) == before


@pytest.mark.parametrize(
    ("changed", "errors"),
    [
        ({"judul": ""}, {"judul": FieldError("required")}),
        ({"judul": "x" * 201}, {"judul": FieldError("text-too-long", {"limit": 200})}),
        ({"tahun": "26"}, {"tahun": FieldError("text-too-short", {"limit": 4})}),
        ({"tahun": "1999"}, {"tahun": FieldError("pattern")}),
        ({"periode": "Triwulan V"}, {"periode": FieldError("choice-unknown")}),
        ({"tanggal_surat": "2026-02-30"}, {"tanggal_surat": FieldError("date-invalid")}),
        ({"judul": ["a", "b"]}, {"judul": FieldError("repeated")}),
        ({"judul": "a\x00b"}, {"judul": FieldError("text-invalid")}),
        ({"judul": "a\ud800b"}, {"judul": FieldError("text-invalid")}),
        ({"unit_kantor": []}, {"unit_kantor": FieldError("unknown-field")}),
        ({"dari_berkas_utama": "true"}, {"dari_berkas_utama": FieldError("unknown-field")}),
        (
            {"judul": "", "tahun": "x"},
            {"judul": FieldError("required"), "tahun": FieldError("text-too-short", {"limit": 4})},
        ),
    ],
)
def test_wrong_answers_start_nothing(app: Flask, player: Player, changed: Raw, errors: dict[str, FieldError]) -> None:
    raw = {**answers.for_element(NGANJUK, "mulai"), **changed}
    before = stage.rows(app)

    with pytest.raises(AnswersInvalid) as refused:
        instances.start(player.actor("nganjuk.sekretaris"), NGANJUK, raw, player.now)

    assert refused.value.errors == errors
    assert stage.rows(app) == before


# Cancelling -----------------------------------------------------------------------------------------


def test_a_cancelled_case_closes_its_tasks_and_keeps_the_reason(player: Player) -> None:
    case = player.reach(BLITAR, "row_04_bidang")
    player.complete(case, "row_04_bidang", "bidang1")

    instances.cancel(player.actor("blitar.kadis"), case, "  Permintaan   dicabut OPD.\n", player.now)

    instance = instance_of(case)
    assert (instance.status, instance.end_reason, instance.ended_at) == (
        "cancelled",
        "Permintaan dicabut OPD.",
        player.now,
    )
    tasks = db.session.scalars(select(Task).where(Task.instance_id == case))
    found = [(task.element, task.unit, task.status) for task in tasks]
    assert {status for element, _, status in found if element != "row_04_bidang"} == {"completed"}
    assert sorted((unit, status) for element, unit, status in found if element == "row_04_bidang") == [
        ("bidang1", "completed"),
        ("bidang2", "cancelled"),
        ("bidang3", "cancelled"),
        ("sekretariat", "cancelled"),
    ]
    lines = db.session.scalars(select(History).where(History.instance_id == case).order_by(History.sequence)).all()
    assert (lines[-1].kind, lines[-1].position, lines[-1].body["reason"]) == (
        "cancelled",
        "Kepala Dinas",
        "Permintaan dicabut OPD.",
    )
    assert (instance.lines, len(lines)) == (7, 7)


def test_who_started_may_cancel_and_so_may_who_holds_the_position_that_starts(player: Player) -> None:
    new = NewPerson("blitar.plh", "Pelaksana harian", "kata-sandi-panjang", roles=[("blitar", Role.STAFF)])
    stage.also_holds(identity.add_person(new, player.now), "blitar", "kadis", since=player.now)
    case = player.start(WRONG_DATA, user="blitar.kasubbag")

    may = {
        user: instances.may_cancel(player.actor(user), case)
        for user in ("blitar.kasubbag", "blitar.kadis", "blitar.plh", "blitar.sekretaris", "blitar.bidang1")
    }

    assert may == {
        "blitar.kasubbag": True,
        "blitar.kadis": True,
        "blitar.plh": True,
        "blitar.sekretaris": False,
        "blitar.bidang1": False,
    }


@dataclass(frozen=True)
class BadCancel:
    """A cancellation that is refused."""

    name: str
    user: str
    reason: str
    refusal: type[Refused]
    prepare: Callable[[Player], UUID]


def running(player: Player) -> UUID:
    return player.reach(NGANJUK, "row_02")


def ended(player: Player) -> UUID:
    return player.finish(player.start(NGANJUK)).id


def cancelled(player: Player) -> UUID:
    case = running(player)
    instances.cancel(player.actor("nganjuk.sekretaris"), case, "Permintaan dicabut.", player.now)
    return case


REASON = "Permintaan dicabut."
BAD_CANCELS = [
    BadCancel("no reason", "nganjuk.sekretaris", "", ReasonMissing, running),
    BadCancel("blanks", "nganjuk.sekretaris", " \n\t ", ReasonMissing, running),
    BadCancel("a word that explains nothing", "nganjuk.sekretaris", "ya", ReasonMissing, running),
    BadCancel("somebody else", "nganjuk.kasubbag", REASON, NotAllowed, running),
    BadCancel("who has the task", "nganjuk.kasubbag", "", NotAllowed, running),
    BadCancel("an analyst", "analis", REASON, NotFound, running),
    BadCancel("another office", "blitar.sekretaris", REASON, NotFound, running),
    BadCancel("an unknown case", "nganjuk.sekretaris", REASON, NotFound, lambda _: uuid4()),
    BadCancel("an ended case", "nganjuk.sekretaris", REASON, Conflict, ended),
    BadCancel("a cancelled case", "nganjuk.sekretaris", REASON, Conflict, cancelled),
    BadCancel("an ended case by somebody else", "nganjuk.kasubbag", REASON, NotAllowed, ended),
]


@pytest.mark.parametrize("bad", BAD_CANCELS, ids=lambda bad: bad.name)
def test_a_refused_cancellation_changes_nothing(app: Flask, player: Player, bad: BadCancel) -> None:
    case = bad.prepare(player)
    before = stage.rows(app)

    with pytest.raises(bad.refusal):
        instances.cancel(player.actor(bad.user), case, bad.reason, player.now)

    assert stage.rows(app) == before


def test_a_long_reason_is_cut(player: Player) -> None:
    case = running(player)

    instance = instances.cancel(player.actor("nganjuk.sekretaris"), case, "a" * 5000, player.now)

    assert instance.end_reason == "a" * 1000


def test_a_case_is_cancelled_whatever_moved_on_in_it_meanwhile(race: Race) -> None:
    with race.player() as player:
        case = player.reach(NGANJUK, "row_02")
        task = player.task(case, "row_02")
        raw, identifier = player.answers(task), task.id

    status, other = race.between(
        "UPDATE instance",
        lambda runner: instances.cancel(runner.actor("nganjuk.sekretaris"), case, REASON, runner.now).status,
        lambda runner: complete(runner, identifier, raw),
    )

    with race.player() as player:
        assert (status, other) == ("cancelled", "completed")
        assert (instance_of(case).status, player.open_elements(case)) == ("cancelled", [])
        kinds = list(db.session.scalars(select(History.kind).where(History.instance_id == case)))
        assert (kinds.count("cancelled"), len(kinds)) == (1, instance_of(case).lines)


def test_a_task_of_a_case_that_is_cancelled_meanwhile_is_closed(race: Race) -> None:
    with race.player() as player:
        case = player.reach(NGANJUK, "row_02")
        task = player.task(case, "row_02")
        raw, identifier = player.answers(task), task.id

    refused, done = race.between(
        "UPDATE instance",
        lambda runner: complete(runner, identifier, raw),
        lambda runner: instances.cancel(runner.actor("nganjuk.sekretaris"), case, REASON, runner.now).status,
    )

    assert (str(refused), done) == ("This task is not open any more.", "cancelled")


def complete(player: Player, task: UUID, raw: Raw) -> str:
    tasks_completed = player.complete_raw("nganjuk.kasubbag", task, raw)
    return "completed" if tasks_completed.opened else "nothing"


# Versions -------------------------------------------------------------------------------------------


def test_a_running_case_ends_on_its_version_and_new_cases_take_the_newest(player: Player) -> None:
    case = player.reach(NGANJUK, "row_02")
    deploy_changed(player, NGANJUK, "Merekap data terkumpul", "Merekap data semua Bidang")
    later = player.reach(NGANJUK, "row_05")

    player.advance(case, "row_05")

    assert [task.name for task in player.open_tasks(case)] == ["Merekap data terkumpul"]
    assert [task.name for task in player.open_tasks(later)] == ["Merekap data semua Bidang"]
    assert player.finish(case).definition_id == definition_of("nganjuk", NGANJUK, 1).id
    assert player.finish(later).definition_id == definition_of("nganjuk", NGANJUK, 2).id


def test_a_form_of_a_new_version_does_not_reach_running_cases(player: Player) -> None:
    case = player.reach(NGANJUK, "row_05")
    deploy_changed(player, NGANJUK, '"catatan_rekap"', '"catatan_rekap_baru"')

    player.complete(case, "row_05")

    line = db.session.scalars(select(History).where(History.instance_id == case, History.element == "row_05")).one()
    assert line.body["values"]["catatan_rekap"] == "Isian Sekretariat menyusul satu bukti."
