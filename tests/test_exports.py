"""Everything of an office as a file: whole, harmless, made once, whoever dies while making it."""

import csv
import io
import json
import tracemalloc
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_hex
from uuid import UUID
from zipfile import ZipFile

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import func, insert, select

from service import exports, identity, instances, jobs, pauses, store
from service.cli import main
from service.engine.assignment import Actor
from service.errors import NotAllowed, NotFound
from service.models import Export, ExportPart, Incident, Instance, db, new_id
from service.queries import exports as found
from service.settings import Settings
from tests import stage
from tests.answers import BLITAR, NGANJUK
from tests.racing import Race
from tests.stage import Demo
from tests.walking import Player


def auditor(office: str = "nganjuk") -> Actor:
    return identity.actor(identity.person_named("auditor"), office, stage.MONDAY)


def tables(content: bytes) -> dict[str, list[dict[str, str]]]:
    """Return the rows of every table of a file."""
    with ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {
            name: list(csv.DictReader(io.TextIOWrapper(archive.open(name), "utf-8-sig", newline="")))
            for name in archive.namelist()
        }


def taken(actor: Actor, export_id: UUID) -> bytes:
    return b"".join(found.content(actor, export_id))


def test_a_file_holds_every_case_of_the_office_with_its_history(player: Player) -> None:
    case = player.reach(NGANJUK, "row_03")
    player.start(NGANJUK, title="=HYPERLINK(1)")
    player.start(BLITAR)
    export_id = exports.ask(auditor(), player.now)

    assert jobs.run_due(player.now) == 1

    read = tables(taken(auditor(), export_id))
    instance = store.get_instance("nganjuk", case)
    assert [row["nomor"] for row in read["berkas.csv"]] == ["1", "2"]
    assert read["berkas.csv"][0]["judul"] == instance.title
    assert read["berkas.csv"][0]["keadaan"] == "berjalan"
    lines = [row for row in read["riwayat.csv"] if row["nomor_berkas"] == "1"]
    assert [row["kejadian"] for row in lines] == ["dimulai", "diselesaikan", "diselesaikan"]
    assert [row["elemen"] for row in lines] == ["", "row_01", "row_02"]
    assert json.loads(lines[1]["isi"])["values"]
    assert "passed" not in lines[1]["isi"]
    assert (lines[1]["waktu"], lines[1]["waktu_jam_kantor"]) == (
        "2026-11-02T01:02:00+00:00",
        "2 November 2026 08.02 WIB",
    )
    assert [row["langkah"] for row in lines] == [
        "",
        "1. Meneruskan permintaan data kinerja",
        "2. Menugaskan staf memenuhi permintaan",
    ]
    assert {row["nama_sop"] for row in lines} == {"SOP Mekanisme Pengumpulan Data Kinerja"}
    assert "Diteruskan kepada: Kasubbag Program dan Evaluasi" in lines[1]["isian"].splitlines()
    assert read["berkas.csv"][0]["dimulai_jam_kantor"] == "2 November 2026 08.01 WIB"
    assert read["berkas.csv"][0]["berakhir_jam_kantor"] == ""
    (row,) = found.own(auditor(), player.now)
    assert (row.state, row.percent, row.size) == ("done", 100, len(taken(auditor(), export_id)))


def test_what_somebody_typed_is_no_formula(player: Player) -> None:
    case = player.start(NGANJUK)
    store.get_instance("nganjuk", case).title = '=cmd|"/c calc"!A1'
    db.session.commit()
    export_id = exports.ask(auditor(), player.now)

    jobs.run_due(player.now)

    assert tables(taken(auditor(), export_id))["berkas.csv"][0]["judul"] == '\'=cmd|"/c calc"!A1'


def test_a_case_that_stands_still_does_not_run(player: Player) -> None:
    suspended, stopped = player.start(NGANJUK), player.start(NGANJUK)
    pauses.suspend(player.actor(stage.starter_of(NGANJUK)), suspended, "Menunggu surat dari OPD.", player.now)
    held = Incident(tenant_id="nganjuk", id=new_id(player.now), instance_id=stopped, cause="x", opened_at=player.now)
    db.session.add(held)
    db.session.commit()
    export_id = exports.ask(auditor(), player.now)
    later = player.now + timedelta(minutes=1)
    pauses.resume(player.actor(stage.starter_of(NGANJUK)), suspended, "Surat sudah datang.", later)
    instances.cancel(player.actor(stage.starter_of(NGANJUK)), stopped, "Permintaan dicabut.", later)

    jobs.run_due(player.now)

    rows = tables(taken(auditor(), export_id))["berkas.csv"]
    assert [(row["keadaan"], row["berakhir"], row["alasan_berakhir"]) for row in rows] == [
        ("ditangguhkan", "", ""),
        ("gangguan", "", ""),
    ]
    export_id = exports.ask(auditor(), later)
    jobs.run_due(later)
    rows = tables(taken(auditor(), export_id))["berkas.csv"]
    assert [(row["keadaan"], row["berakhir"], row["alasan_berakhir"]) for row in rows] == [
        ("berjalan", "", ""),
        ("dibatalkan", later.isoformat(timespec="seconds"), "Permintaan dicabut."),
    ]


def test_a_file_tells_what_had_happened_when_it_was_asked_for(player: Player) -> None:
    case = player.start(NGANJUK)
    export_id = exports.ask(auditor(), player.now)
    player.complete(case, "row_01")
    player.start(NGANJUK)

    jobs.run_due(player.now + timedelta(minutes=1))

    read = tables(taken(auditor(), export_id))
    assert (len(read["berkas.csv"]), len(read["riwayat.csv"])) == (1, 1)


def test_who_asks_twice_gets_one(player: Player) -> None:
    player.start(NGANJUK)

    assert exports.ask(auditor(), player.now) == exports.ask(auditor(), player.now)


def test_who_asks_twice_at_once_waits_for_one(race: Race) -> None:
    def ask(player: Player) -> UUID:
        return exports.ask(auditor(), player.now)

    first, second = race.between("UPDATE office SET revision", ask, ask)

    assert first == second
    with race.player():
        assert list(db.session.scalars(select(Export.id))) == [first]


def test_a_job_that_comes_twice_makes_nothing_new(player: Player) -> None:
    player.start(NGANJUK)
    export_id = exports.ask(auditor(), player.now)
    (job,) = (job for job in jobs.due(player.now) if job.kind == "exports")

    done = [jobs.do(job.kind, job.rows[0], player.now, Settings()) for _ in range(2)]

    assert done == [1, 0]
    assert db.session.scalar(select(func.max(ExportPart.attempt))) == 1
    assert tables(taken(auditor(), export_id))["berkas.csv"]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep small pieces, and read few cases at a time."""
    monkeypatch.setattr(exports, "PIECE", 200)
    monkeypatch.setattr(found, "PAGE", 2)


@pytest.mark.usefixtures("small")
def test_who_takes_over_begins_anew_and_the_one_before_stops(player: Player) -> None:
    for _ in range(5):
        player.start(NGANJUK)
    export_id = exports.ask(auditor(), player.now)
    slow = exports.made("nganjuk", export_id, lambda: player.now)
    assert next(slow) < 100
    assert found.own(auditor(), player.now)[0].state == "running"

    assert exports.make("nganjuk", export_id, lambda: player.now) == 1

    assert list(slow) == []
    content = taken(auditor(), export_id)
    assert [row["nomor"] for row in tables(content)["berkas.csv"]] == ["1", "2", "3", "4", "5"]
    assert set(db.session.scalars(select(ExportPart.attempt))) == {2}
    assert found.own(auditor(), player.now)[0].size == len(content) > 200


@pytest.mark.usefixtures("small")
def test_an_export_is_due_again_once_nobody_is_seen_making_it(player: Player) -> None:
    for _ in range(5):
        player.start(NGANJUK)
    export_id = exports.ask(auditor(), player.now, at_work=True)
    dying: Iterator[int] = exports.made("nganjuk", export_id, lambda: player.now)
    next(dying)

    assert exports.due(player.now + timedelta(seconds=59)) == []
    assert exports.due(player.now + timedelta(seconds=61)) == [("nganjuk", export_id)]
    assert jobs.run_due(player.now + timedelta(seconds=61)) == 1
    assert list(dying) == []


def test_what_kills_every_worker_is_given_up(player: Player) -> None:
    player.start(NGANJUK)
    export_id = exports.ask(auditor(), player.now)
    for _ in range(exports.ATTEMPTS):
        assert store.begin_export("nganjuk", export_id, player.now)

    assert exports.make("nganjuk", export_id, lambda: player.now) == 0

    assert found.own(auditor(), player.now)[0].state == "failed"
    assert exports.due(player.now + timedelta(hours=1)) == []


def held_at_most(player: Player) -> tuple[int, bytes]:
    """Return the most bytes that were held at once while an export was made, and the file."""
    export_id = exports.ask(auditor(), player.now)
    tracemalloc.start()
    try:
        assert exports.make("nganjuk", export_id, lambda: player.now) == 1
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return most, taken(auditor(), export_id)


def test_memory_does_not_grow_with_the_office(player: Player, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "PIECE", 10_000)
    case = player.start(NGANJUK)
    row = {c.key: getattr(store.get_instance("nganjuk", case), c.key) for c in Instance.__table__.columns}

    def add(numbers: range) -> None:
        many = [{**row, "id": UUID(int=n), "number": n, "title": token_hex(100)} for n in numbers]
        db.session.execute(insert(Instance), many)
        db.session.commit()

    add(range(10, 310))
    held_at_most(player)  # what is made once is made
    few, _ = held_at_most(player)
    add(range(310, 3310))
    many, content = held_at_most(player)

    assert many - few < len(content)  # not even the packed file is held as a whole
    assert len(tables(content)["berkas.csv"]) == 3301


def test_only_who_asked_may_have_it_and_only_for_a_week(player: Player) -> None:
    player.start(NGANJUK)
    export_id = exports.ask(auditor(), player.now)
    jobs.run_due(player.now)
    admin = identity.actor(identity.person_named("admin"), "nganjuk", stage.MONDAY)
    ended = db.session.scalars(select(Export.ended_at)).one()
    assert isinstance(ended, datetime)

    assert (found.own(admin, player.now), taken(admin, export_id)) == ([], b"")
    with pytest.raises(NotFound):
        found.one(admin, export_id, player.now)
    assert found.one(auditor(), export_id, ended + timedelta(days=6)).state == "done"
    with pytest.raises(NotFound):
        found.one(auditor(), export_id, ended + timedelta(days=8))
    assert taken(auditor("blitar"), export_id) == b""


@pytest.mark.parametrize("user", ["nganjuk.kadis", "analis"])
def test_others_may_not_take_everything_away(player: Player, user: str) -> None:
    with pytest.raises(NotAllowed):
        exports.ask(identity.actor(identity.person_named(user), "nganjuk", stage.MONDAY), player.now)


def test_by_command(demo: Demo, tmp_path: Path) -> None:
    demo.restore()
    with demo.app.app_context():
        Player().start(NGANJUK)
    target = tmp_path / "semua.zip"
    environment = {"LAKSANA_DATA": str(demo.settings.data), "LAKSANA_DATABASE": demo.settings.database}

    told = CliRunner(env=environment).invoke(
        main, ["export", "cases", "--as", "auditor", "--office", "nganjuk", "--to", str(target)]
    )

    assert told.exit_code == 0
    assert told.stdout == f"{target}\n"
    assert "100 %" in told.stderr
    assert [row["nomor"] for row in tables(target.read_bytes())["berkas.csv"]] == ["1"]
    demo.restore()


def test_an_empty_office_gives_empty_tables(app: Flask) -> None:
    with app.app_context():
        now = Player().now
        export_id = exports.ask(auditor(), now)
        assert jobs.run_due(now) == 1
        assert tables(taken(auditor(), export_id)) == {"berkas.csv": [], "riwayat.csv": []}
