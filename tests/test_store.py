"""The write side: offices that never see each other, steps that are saved whole, and databases that keep them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError, StatementError

from service import identity, store, tasks
from service.errors import Conflict, InstanceChanged, NotFound, TaskClosed
from service.models import History, Instance, Person, Task, db, new_id
from service.store import Fact
from tests import stage
from tests.answers import BLITAR, NGANJUK
from tests.conftest import on_sqlite
from tests.drafting import Sketch
from tests.engine.drawing import call, each, end, flow, gateway, line, process, start, task
from tests.racing import Race
from tests.walking import Player


def instance_of(case: UUID) -> Instance:
    return db.session.scalars(select(Instance).where(Instance.id == case)).one()


def line_of(player: Player, case: UUID, sequence: int) -> History:
    return History(
        tenant_id="nganjuk",
        instance_id=case,
        sequence=sequence,
        kind="completed",
        at=player.now,
        person_id=None,
        task_id=None,
    )


# Offices ----------------------------------------------------------------------------------------------


@pytest.fixture
def case_of_nganjuk(player: Player) -> UUID:
    return player.reach(NGANJUK, "row_05")


def test_what_belongs_to_another_office_is_as_unknown_as_what_is_not_there(
    player: Player, case_of_nganjuk: UUID
) -> None:
    reads: list[tuple[Callable[[str, UUID], object], UUID]] = [
        (store.get_instance, case_of_nganjuk),
        (store.get_task, player.task(case_of_nganjuk, "row_05").id),
        (store.get_attachment, UUID(next(iter(store.files(instance_of(case_of_nganjuk)))))),
    ]

    for read, identifier in reads:
        assert read("nganjuk", identifier)
        for office, asked in (("blitar", identifier), ("nganjuk", uuid4()), ("", identifier)):
            with pytest.raises(NotFound):
                read(office, asked)


def test_files_of_a_case_are_named_with_their_size(player: Player, case_of_nganjuk: UUID) -> None:
    names = sorted(file.name for file in store.files(instance_of(case_of_nganjuk)).values())

    assert names == sorted(
        [f"rekap-{unit}-{place}.pdf" for unit in ("bidang1", "bidang2", "bidang3") for place in (1, 2)]
        + ["rekap-sekretariat-1.pdf"]
    )
    assert all(file.size > 0 for file in store.files(instance_of(case_of_nganjuk)).values())
    assert store.files(instance_of(player.start(NGANJUK))) == {}


# Steps ------------------------------------------------------------------------------------------------


def test_a_step_on_an_older_version_of_the_case_is_refused_whole(app: Flask, player: Player) -> None:
    case = player.reach(NGANJUK, "row_05")
    instance = instance_of(case)
    db.session.execute(text("UPDATE instance SET version = version + 1"))
    db.session.commit()
    db.session.refresh(instance)
    db.session.expunge(instance)
    instance.version -= 1
    before = stage.rows(app)

    with pytest.raises(InstanceChanged):
        store.cancel_instance(instance, "Dicabut.", Fact("cancelled", player.now, None, "Sekretaris"))

    assert stage.rows(app) == before


def test_a_step_is_saved_whole_or_not_at_all(app: Flask, player: Player) -> None:
    case = player.reach(NGANJUK, "row_05")
    task = player.task(case, "row_05")
    raw, actor = player.answers(task), player.performer(task)
    instance = instance_of(case)
    in_the_way = line_of(player, case, instance.lines + 1)
    db.session.add(in_the_way)
    db.session.commit()
    db.session.expunge(in_the_way)
    before = stage.rows(app)

    with pytest.raises(IntegrityError):
        tasks.complete(actor, task.id, raw, player.now)
    db.session.rollback()

    assert stage.rows(app) == before


def test_a_closed_task_is_not_open(player: Player) -> None:
    case = player.reach(NGANJUK, "row_02")
    task = player.task(case, "row_02")
    store.require_open(task)

    player.complete(case, "row_02")

    with pytest.raises(TaskClosed) as refused:
        store.require_open(task)
    told = {"task": task.id, "by": "Kasubbag Program dan Evaluasi", "at": player.now}
    assert {name: refused.value.facts[name] for name in told} == told


def rounds(case: UUID) -> list[tuple[str, str, str, int]]:
    found = select(Task).where(Task.instance_id == case).order_by(Task.created_at, Task.unit)
    return [(task.process_key, task.element, task.unit, task.round) for task in db.session.scalars(found)]


def test_rounds_are_counted_by_process_element_and_unit(sketch: Sketch) -> None:
    drawn = process(
        start(), task("awal"), task("unit", each(), group="=unit"), call("panggil"), gateway("ulang", "ulang-selesai"),
        end(), line("mulai", "awal", "unit", "panggil", "ulang", "selesai"), flow("ulang", "awal", "jumlah = 1"),
    )  # fmt: skip
    called = process(start(), task("awal"), end(), line("mulai", "awal", "selesai"), key="dipanggil")
    sketch.deploy(drawn, called)
    case = sketch.begin()

    for jumlah, units in enumerate((["bidang1"], ["bidang1", "bidang2"]), start=1):
        sketch.do(case, "awal", jumlah=jumlah, daftar=units)
        for unit in units:
            sketch.do(case, "unit", unit, jumlah=jumlah, daftar=units)
        sketch.do(case, "awal", jumlah=jumlah, daftar=units)

    assert rounds(case) == [
        ("proses", "awal", "", 1), ("proses", "unit", "bidang1", 1), ("dipanggil", "awal", "", 1),
        ("proses", "awal", "", 2), ("proses", "unit", "bidang1", 2), ("proses", "unit", "bidang2", 1),
        ("dipanggil", "awal", "", 2),
    ]  # fmt: skip


def test_tasks_that_open_together_in_one_place_are_of_one_round(sketch: Sketch) -> None:
    twice = (
        "<bpmn:multiInstanceLoopCharacteristics>"
        '<bpmn:loopCardinality xsi:type="bpmn:tFormalExpression">2</bpmn:loopCardinality>'
        "</bpmn:multiInstanceLoopCharacteristics>"
    )
    drawn = process(
        start(), task("awal"), task("dua", twice), gateway("ulang", "ulang-selesai"), end(),
        line("mulai", "awal", "dua", "ulang", "selesai"), flow("ulang", "awal", "jumlah = 1"),
    )  # fmt: skip
    sketch.deploy(drawn)
    case = sketch.begin()

    for jumlah in (1, 2):
        sketch.do(case, "awal", jumlah=jumlah)
        for opened in sketch.open_tasks(case):
            tasks.complete(sketch.actor("blitar.kadis"), opened.id, {"jumlah": jumlah}, sketch.now)

    assert sorted((element, number) for _, element, _, number in rounds(case)) == [
        ("awal", 1), ("awal", 2), ("dua", 1), ("dua", 1), ("dua", 2), ("dua", 2),
    ]  # fmt: skip


def test_last_values_are_those_of_the_last_round_of_the_same_unit(player: Player) -> None:
    case = player.reach(BLITAR, "row_09")
    player.complete(case, "row_09", outcome="kembalikan")
    player.complete(case, "row_07")
    instance = instance_of(case)

    draft = store.last_values(instance, BLITAR, "row_07", "")
    sheets = [store.last_values(instance, BLITAR, "row_04_bidang", unit) for unit in ("bidang1", "bidang2")]

    assert draft is not None
    assert draft["ringkasan"] == "Dua dari tiga indikator mencapai target triwulan (putaran 2)."
    assert [sheet["catatan_unit"] if sheet else "" for sheet in sheets] == [None, "Data sudah diperiksa Kepala Bidang."]
    assert store.last_values(instance, BLITAR, "row_15", "") is None


def test_performers_are_those_of_every_round(player: Player) -> None:
    case = player.reach(BLITAR, "row_09")

    found = store.performers(instance_of(case), BLITAR, ["row_07", "row_04_bidang", "row_09"])

    assert found == {
        identity.person_named(f"blitar.{user}") for user in ("kasubbag", "bidang1", "bidang2", "bidang3", "sekretaris")
    }


# People -----------------------------------------------------------------------------------------------


def test_a_user_name_is_taken_once(race: Race) -> None:
    def add(name: str) -> Callable[[Player], None]:
        person = Person(id=new_id(stage.MONDAY), user_name="blitar.baru", name=name, password_hash="-")

        def act(_: Player) -> None:
            with store.settling():
                store.add_person(person, [], [])

        return act

    outcomes = race.run("INSERT INTO person", add("Satu"), add("Dua"))

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict", "NoneType"]
    assert any(isinstance(outcome, Conflict) for outcome in outcomes)


# Databases --------------------------------------------------------------------------------------------


@on_sqlite
def test_every_sqlite_connection_is_durable(app: Flask) -> None:
    with app.app_context():
        connections = [db.engine.connect() for _ in range(3)]
        pragmas = [
            [one.execute(text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "synchronous", "foreign_keys")]
            for one in connections
        ]
        for one in connections:
            one.close()

    assert pragmas == [["wal", 2, 1]] * 3


@on_sqlite
def test_on_sqlite_a_transaction_is_that_of_a_writer_from_its_first_change(app: Flask) -> None:
    told: list[str] = []
    with app.app_context(), db.engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.set_trace_callback(told.append)
        connection.execute(text("SELECT count(*) FROM instance"))
        connection.execute(text("UPDATE instance SET version = version"))
        connection.rollback()
        driver.set_trace_callback(None)

    assert told[1:] == ["BEGIN IMMEDIATE", "UPDATE instance SET version = version", "ROLLBACK"]


def test_a_row_without_its_case_is_refused(race: Race) -> None:
    with race.player() as player:
        db.session.add(line_of(player, uuid4(), 1))

        with pytest.raises(IntegrityError):
            db.session.commit()
        db.session.rollback()


def test_moments_come_back_as_they_were_on_both_databases(race: Race) -> None:
    with race.player() as player:
        case = player.start(NGANJUK)
        db.session.expire_all()

        assert instance_of(case).started_at == player.now
        assert instance_of(case).started_at.utcoffset() == timedelta(0)


def test_a_moment_without_a_zone_is_refused(app: Flask) -> None:
    with app.app_context(), pytest.raises(StatementError, match="time zone"):
        db.session.scalars(select(Instance).where(Instance.started_at < datetime(2026, 1, 1))).all()  # noqa: DTZ001


@given(st.lists(st.integers(0, 2**35), min_size=2))
def test_ids_grow_with_time_and_never_repeat(seconds: list[int]) -> None:
    ids = [new_id(datetime.fromtimestamp(second, UTC)) for second in sorted(seconds)]

    assert len(set(ids)) == len(ids)
    assert [one.int >> 80 for one in ids] == sorted(one.int >> 80 for one in ids)
    assert {(one.version, one.variant) for one in ids} == {(7, "specified in RFC 4122")}
