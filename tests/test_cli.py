"""The command line: what operators type, what they read, and how it ends when something is wrong."""

import errno
import os
import re
import secrets
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import create_engine, make_url

from service import demo, logs, waivers
from service.application import create_app
from service.cli import main
from service.models import db
from service.queries import organisation, posts
from service.settings import Settings
from tests import answers, provision, stage
from tests.answers import BLITAR, NGANJUK, WRONG_DATA
from tests.stage import Demo
from tests.walking import Player

Run = Callable[..., Result]


@pytest.fixture
def run(demo: Demo) -> Iterator[Run]:
    """Type a command on the machine of the demonstration offices."""
    demo.restore()
    environment = {"LAKSANA_DATA": str(demo.settings.data), "LAKSANA_DATABASE": demo.settings.database}

    def run(*arguments: str, given: str = "", **settings: str) -> Result:
        return CliRunner(env={**environment, **settings}).invoke(main, arguments, input=given)

    yield run
    demo.restore()


def commands(group: click.Group, *path: str) -> Iterator[tuple[str, ...]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        yield (*path, name)
        if isinstance(command, click.Group):
            yield from commands(command, *path, name)


@pytest.mark.parametrize("path", [(), *commands(main)], ids=" ".join)
def test_every_command_explains_itself(run: Run, path: tuple[str, ...]) -> None:
    for option in ("--help", "-h"):
        shown = run(*path, option)

        assert shown.exit_code == 0
        assert shown.output.startswith("Usage: ")
        assert len(shown.output.splitlines()) >= 5


def test_the_promised_commands_are_there() -> None:
    promised = {"serve", "check", "deploy", "start", "tasks", "history", "users", "db"}

    assert promised <= set(main.list_commands(click.Context(main)))
    assert {("users", "add"), ("users", "password"), ("users", "disable"), ("db", "upgrade")} <= set(commands(main))


def test_an_unknown_command_ends_with_two(run: Run) -> None:
    assert run("terbang").exit_code == 2


@pytest.mark.parametrize("name", ["", " ", "x" * 81, "satu\ndua", "\udcff"])
def test_a_worker_has_a_name_that_can_be_kept(run: Run, name: str) -> None:
    refused = run("worker", "--id", name)

    assert (refused.exit_code, "a name is one line of at most 80 characters" in refused.output) == (2, True)


# What the machine and the database refuse ---------------------------------------------------------


def is_one_sentence(refused: Result, *words: str) -> bool:
    return (
        refused.exit_code == 1
        and isinstance(refused.exception, SystemExit)
        and refused.output.startswith("Error: ")
        and refused.output.count("\n") == 1
        and all(word in refused.output for word in words)
    )


@pytest.fixture
def unlogged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the logs of the tests as they are."""
    monkeypatch.setattr(logs, "configure", lambda _stream: None)


@pytest.mark.usefixtures("unlogged")
@pytest.mark.parametrize("command", [["db", "upgrade"], ["users", "list"], ["serve"]], ids=" ".join)
@pytest.mark.parametrize(
    ("database", "word"),
    [
        ("mysql://u:p@db/laksana", "LAKSANA_DATABASE looks like"),
        ("postgresql://u:secret@127.0.0.1:1/laksana", "refused"),
        (
            "sqlite:////nowhere/laksana.db",
            "/nowhere/laksana.db: the database cannot be used: unable to open database file",
        ),
        ("sqlite:///{folder}/other.db", "file is not a database"),
    ],
    ids=["unknown", "away", "no folder", "no database"],
)
def test_a_database_that_cannot_be_used_is_a_sentence(
    tmp_path: Path, command: list[str], database: str, word: str
) -> None:
    (tmp_path / "other.db").write_text("This is a letter. " * 100)
    settings = {"LAKSANA_DATA": str(tmp_path), "LAKSANA_DATABASE": database.format(folder=tmp_path)}

    refused = CliRunner(env=settings).invoke(main, command)

    assert is_one_sentence(refused, word), refused.output
    assert "secret" not in refused.output


@pytest.mark.usefixtures("unlogged")
def test_a_name_that_no_database_has_is_a_sentence(empty_postgresql_url: str, tmp_path: Path) -> None:
    missing = {"LAKSANA_DATA": str(tmp_path), "LAKSANA_DATABASE": empty_postgresql_url.replace("/test-", "/other-")}

    assert is_one_sentence(CliRunner(env=missing).invoke(main, ["worker"]), "does not exist")


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("CREATE TABLE person (id INTEGER)", ["already exists"]),
        (
            "CREATE TABLE alembic_version AS SELECT '1975ea83b712' AS version_num",
            ["of another program", "1975ea83b712"],
        ),
    ],
    ids=["tables", "revision"],
)
def test_a_database_of_another_program_is_a_sentence(
    empty_database: Settings, statement: str, words: list[str]
) -> None:
    app = stage.started(empty_database)
    with app.app_context(), db.engine.begin() as connection:
        connection.exec_driver_sql(statement)
    stage.release(app)
    place = {"LAKSANA_DATA": str(empty_database.data), "LAKSANA_DATABASE": empty_database.database}

    assert is_one_sentence(CliRunner(env=place).invoke(main, ["db", "upgrade"]), *words)


@pytest.mark.usefixtures("unlogged")
def test_a_role_without_rights_is_a_sentence(empty_postgresql_url: str, tmp_path: Path) -> None:
    role = f"tamu_{tmp_path.name.replace('-', '_')}"
    place = make_url(empty_postgresql_url)
    engine = create_engine(place)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE ROLE \"{role}\" LOGIN PASSWORD 'tamu'")
    engine.dispose()
    guest = place.set(username=role, password="tamu").render_as_string(hide_password=False)

    refused = CliRunner(env={"LAKSANA_DATA": str(tmp_path), "LAKSANA_DATABASE": guest}).invoke(main, ["db", "upgrade"])

    assert is_one_sentence(refused, "permission denied for schema public"), refused.output


def test_a_folder_that_is_a_file_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    refused = CliRunner(env={"LAKSANA_DATA": str(tmp_path / "file")}).invoke(main, ["users", "list"])

    assert is_one_sentence(refused, str(tmp_path / "file"), "File exists")


@pytest.mark.parametrize("host", ["127.0.0.1", "tidak-ada.invalid"])
def test_a_place_where_nobody_can_listen_is_a_sentence(tmp_path: Path, host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        settings = {"LAKSANA_DATA": str(tmp_path), "LAKSANA_DATABASE": "", "LAKSANA_HOST": host, "LAKSANA_PORT": port}
        refused = subprocess.run(  # a process of its own: the server leaves its socket open when it cannot use it
            [sys.executable, "-c", "from service.cli import main; main()", "serve"],
            env={**os.environ, **settings}, capture_output=True, text=True, check=False,
        )  # fmt: skip

    assert refused.returncode == 1
    assert refused.stderr.startswith(f"Error: LAKSANA_PORT {port} at {host}: ")


def test_an_export_that_cannot_be_written_is_not_made(run: Run, demo: Demo, tmp_path: Path) -> None:
    file = tmp_path / "nowhere" / "export.zip"

    for command in (["export", "cases", "--to", str(file)], ["organisation", "export", str(file)]):
        assert is_one_sentence(run(*command, "--as", "admin", "--office", "blitar"), str(file))

    assert stage.rows(demo.app, ["export"]) == {"export": []}


def test_a_last_day_that_no_day_follows_is_refused(run: Run) -> None:
    refused = run("users", "add", "baru", "--name", "Baru", "--until", "9999-12-31")

    assert (refused.exit_code, "a day is before the year 9999" in refused.output) == (2, True)


def test_a_password_that_is_no_text_is_a_sentence(demo: Demo) -> None:
    settings = {"LAKSANA_DATA": str(demo.settings.data), "LAKSANA_DATABASE": demo.settings.database}

    refused = CliRunner(env=settings).invoke(main, ["users", "password", "analis"], input=b"\xff" * 12)

    assert is_one_sentence(refused, "no UTF-8")


def test_a_fault_of_the_program_is_not_hidden(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise KeyError("a fault")

    monkeypatch.setattr(organisation, "user_names", fail)

    assert isinstance(run("users", "list").exception, KeyError)


# Diagrams -------------------------------------------------------------------------------------------


def diagram_of(process: str) -> Path:
    return provision.ROOT / "bpmn" / process / f"{process}.bpmn"


@pytest.mark.parametrize("process", answers.FORMS)
def test_the_five_sops_pass_the_check(run: Run, process: str) -> None:
    checked = run("check", str(diagram_of(process)))

    assert (checked.exit_code, checked.output) == (0, "")


def drafts_in(folder: Path, process: str, old: str, new: str) -> Path:
    """Write the drafts of a process into a folder as they lie on the drafting table, with a text replaced."""
    for file in demo.drafts(process):
        place = folder / ("bpmn" if file.name.endswith(".bpmn") else "forms") / process / file.name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(file.content.replace(old.encode(), new.encode()))
    return folder / "bpmn" / process / f"{process}.bpmn"


def test_a_broken_diagram_is_told_line_by_line(run: Run, tmp_path: Path) -> None:
    diagram = drafts_in(tmp_path, NGANJUK, 'formRef="penugasan"', 'formRef="tidak_ada"')
    (line,) = (
        number
        for number, text in enumerate(diagram.read_text().splitlines(), start=1)
        if 'userTask id="row_02"' in text
    )

    checked = run("check", str(diagram))

    assert checked.exit_code == 1
    assert checked.output == (
        f"{diagram}:{line}: row_02: form-missing: Formulir tidak_ada tidak ada dalam unggahan ini.\n"
    )


def test_broken_processes_beside_the_checked_one_are_told_where_it_calls_them(run: Run, tmp_path: Path) -> None:
    caller, other = drafts_in(tmp_path, BLITAR, "", ""), drafts_in(tmp_path, NGANJUK, "<bpmn:startEvent", "<")
    assert run("check", str(caller)).output.count(": call-missing: ") == 1

    called = drafts_in(tmp_path, WRONG_DATA, "<bpmn:startEvent", "<")
    told = run("check", str(caller))

    assert (told.exit_code, run("check", str(other)).exit_code) == (1, 1)
    assert [line.split(": ")[2] for line in told.output.splitlines()] == ["not-xml"]
    assert told.output.startswith(f"{called}:")


def test_names_are_looked_for_in_the_processes_beside_the_checked_one(run: Run, tmp_path: Path) -> None:
    caller = drafts_in(tmp_path, BLITAR, 'keputusan = "setuju"', 'putusan = "setuju"')
    drafts_in(tmp_path, WRONG_DATA, "", "")

    told = run("check", str(caller))

    assert (told.exit_code, told.output.count(": condition-unknown-name: Alur")) == (1, 1)


def test_a_file_that_is_not_there_ends_with_two(run: Run) -> None:
    assert run("check", "tidak-ada.bpmn").exit_code == 2


def test_deploying_tells_the_version(run: Run, tmp_path: Path) -> None:
    diagram = drafts_in(tmp_path, NGANJUK, "Merekap data terkumpul", "Merekap data")

    outputs = [run("deploy", str(diagram), "--as", "analis", "--office", "nganjuk").output for _ in range(2)]

    assert outputs == [f"{NGANJUK} version 2\n", f"{NGANJUK} version 2 (unchanged)\n"]


def test_deploying_something_broken_lists_problems_and_stores_nothing(run: Run, demo: Demo, tmp_path: Path) -> None:
    diagram = drafts_in(tmp_path, NGANJUK, 'formRef="penugasan"', 'formRef="tidak_ada"')
    before = stage.rows(demo.app, ["definition", "definition_form"])

    refused = run("deploy", str(diagram), "--as", "analis", "--office", "nganjuk")

    # the form of that id is neither here nor in the version before
    assert refused.exit_code == 1
    assert "row_02: form-missing" in refused.output
    assert stage.rows(demo.app, ["definition", "definition_form"]) == before


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--as", "nganjuk.kasubbag"], "not-allowed"),
        (["--as", "siapa"], "invalid"),
        (["--as", "nganjuk.kasubbag", "--office", "blitar"], "not-signed-in"),
    ],
)
def test_deploying_as_the_wrong_person_is_refused(run: Run, arguments: list[str], sentence: str) -> None:
    refused = run("deploy", str(diagram_of(NGANJUK)), *arguments)

    assert refused.exit_code == 1
    assert f"Error: {sentence}: " in refused.output


# Cases ----------------------------------------------------------------------------------------------


def test_a_case_that_is_started_is_in_the_list_of_tasks(run: Run) -> None:
    started = run(
        "start", NGANJUK, "--as", "nganjuk.sekretaris", "--set", "judul=Data 2026", "--set", "tahun=2026",
        "--set", "periode=Triwulan III",
    )  # fmt: skip

    listed = run("tasks", "--as", "nganjuk.sekretaris")

    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\n", started.output), started.output
    assert re.fullmatch(r"\S+  \S+  0001 Data 2026: 1\. Meneruskan permintaan data kinerja\n", listed.output)
    assert run("tasks", "--as", "nganjuk.kasubbag").output == ""


def test_a_start_with_a_name_starts_one_case_however_often_it_is_called(run: Run) -> None:
    def start(title: str) -> Result:
        answers = (f"judul={title}", "tahun=2026", "periode=Triwulan III")
        given = [part for answer in answers for part in ("--set", answer)]
        return run("start", NGANJUK, "--as", "nganjuk.sekretaris", "--once", "surat 7", *given)

    first, second, other = start("Data 2026"), start("Data 2026"), start("Data 2027")

    assert second.output == first.output
    assert (other.exit_code, "key-reused" in other.output) == (1, True)
    assert len(run("tasks", "--as", "nganjuk.sekretaris").output.splitlines()) == 1


def test_a_start_with_wrong_answers_names_the_fields(run: Run, demo: Demo) -> None:
    before = stage.rows(demo.app)

    refused = run("start", NGANJUK, "--as", "nganjuk.sekretaris", "--set", "tahun=26")

    assert refused.exit_code == 1
    assert sorted(refused.stderr.splitlines()) == ["judul: required", "periode: required", "tahun: text-too-short"]
    assert stage.rows(demo.app) == before


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([NGANJUK, "--as", "nganjuk.sekretaris", "--set", "lain=1"], "the start form has no field lain"),
        ([NGANJUK, "--as", "nganjuk.kasubbag"], "not-allowed"),
        ([NGANJUK, "--as", "blitar.kadis"], "not-found"),
        (["tidak_ada", "--as", "blitar.kadis"], "not-found"),
    ],
)
def test_a_start_that_is_not_possible_is_refused(run: Run, arguments: list[str], sentence: str) -> None:
    refused = run("start", *arguments)

    assert refused.exit_code == 1
    assert sentence in refused.output


def test_the_history_is_told_from_the_beginning(run: Run, demo: Demo) -> None:
    with demo.app.app_context():
        player = Player()
        case = player.reach(BLITAR, "row_09")
        player.complete(case, "row_09", outcome="kembalikan")
    stage.release(demo.app)

    told = run("history", str(case), "--as", "auditor", "--office", "blitar").output.splitlines()

    assert told[0] == f"0001 Laporan Kinerja Triwulan III Tahun 2026 ({BLITAR} version 1): running"
    assert re.fullmatch(r"2026-11-02T\S+  started    Kepala Dinas\s*", told[1])
    assert re.fullmatch(r"\S+  completed  Kepala Dinas\s+1\. Menerbitkan disposisi awal", told[2])
    assert "4. Mengisi data Bidang (Bidang Pemberdayaan Sosial)" in "\n".join(told)
    assert re.fullmatch(
        r"\S+  returned   Sekretaris\s+9\. Memeriksa draf dan memutuskan “Realisasi indikator 2 belum sama .*”",
        told[-1],
    )
    assert len(told) == 15


def test_the_history_of_an_unknown_case_is_refused(run: Run) -> None:
    unknown = "00000000-0000-7000-8000-000000000000"

    assert "not-found" in run("history", unknown, "--as", "auditor").output
    assert run("history", "bukan-id", "--as", "auditor").exit_code == 2


# People ---------------------------------------------------------------------------------------------


def test_a_person_is_added_and_signs_in(run: Run, demo: Demo) -> None:
    with demo.app.app_context():
        stage.dismiss("nganjuk.kasubbag", "kasubbag")
    added = run(
        "users", "add", "nganjuk.baru", "--name", "Orang baru", "--position", "nganjuk.kasubbag",
        given="kata sandi panjang\n",
    )  # fmt: skip

    assert (added.exit_code, added.output) == (0, "nganjuk.baru added\n")
    with demo.app.app_context():
        actor = Player(datetime.now(UTC)).actor("nganjuk.baru")
        assert (actor.name, actor.office, sorted(actor.groups), sorted(actor.roles)) == (
            "Orang baru",
            "nganjuk",
            ["@nganjuk.baru", "kasubbag", "subbagian"],
            ["staff"],
        )


@pytest.mark.parametrize(
    ("arguments", "password"),
    [
        (["blitar.kadis", "--name", "A", "--position", "blitar.kadis"], "kata sandi panjang\n"),
        (["a b", "--name", "A", "--position", "blitar.kadis"], "kata sandi panjang\n"),
        (["baru", "--name", "A", "--position", "blitar.kadis"], "pendek\n"),
        (["baru", "--name", "A", "--position", "blitar.kadis"], ""),
        (["baru", "--name", "A", "--position", "kadis"], "kata sandi panjang\n"),
        (["baru", "--name", "A", "--position", "blitar.tidak_ada"], "kata sandi panjang\n"),
        (["baru", "--name", "A", "--role", "blitar.raja"], "kata sandi panjang\n"),
        (["baru", "--name", "A", "--role", "tidak_ada.analyst"], "kata sandi panjang\n"),
    ],
)
def test_a_person_who_cannot_be_added_leaves_nothing(run: Run, demo: Demo, arguments: list[str], password: str) -> None:
    before = stage.rows(demo.app, ["person", "holding", "role"])

    refused = run("users", "add", *arguments, given=password)

    assert refused.exit_code == 1
    assert refused.output.startswith("Error: ")
    assert stage.rows(demo.app, ["person", "holding", "role"]) == before


def test_people_are_stopped_and_let_in_again(run: Run) -> None:
    assert run("users", "disable", "blitar.kadis").output == "blitar.kadis disabled\n"
    listed = {line.split()[0]: line for line in run("users", "list").output.splitlines()}
    assert (len(listed), listed["blitar.kadis"].endswith("(disabled)")) == (28, True)

    assert "not-signed-in" in run("tasks", "--as", "blitar.kadis").output
    assert run("users", "enable", "blitar.kadis").output == "blitar.kadis enabled\n"
    assert run("tasks", "--as", "blitar.kadis").exit_code == 0


def test_a_password_is_replaced(run: Run, demo: Demo) -> None:
    assert run("users", "password", "blitar.kadis", given="kata sandi baru\n").exit_code == 0

    signed_in = demo.app.test_client()
    token = re.search(r'name="csrf_token" value="([^"]+)"', signed_in.get("/masuk").text)
    assert token
    sent = {"csrf_token": token[1], "user_name": "blitar.kadis", "password": "kata sandi baru"}
    assert signed_in.post("/masuk", data=sent).status_code == 302


@pytest.mark.parametrize("command", ["password", "disable", "enable"])
def test_commands_about_somebody_unknown_say_so(run: Run, command: str) -> None:
    refused = run("users", command, "siapa", given="kata sandi baru\n")

    assert (refused.exit_code, "Error: invalid: " in refused.output) == (1, True)


# The machine ----------------------------------------------------------------------------------------


def test_a_new_database_is_upgraded_by_command(run: Run, empty_database: Settings) -> None:
    empty = {"LAKSANA_DATA": str(empty_database.data), "LAKSANA_DATABASE": empty_database.database}
    refused = run("tasks", "--as", "analis", **empty)
    assert (refused.exit_code, "laksana db upgrade" in refused.output) == (1, True)

    upgraded = run("db", "upgrade", **empty)

    assert upgraded.exit_code == 0
    assert re.fullmatch(r"schema revision \S+\n", upgraded.output)
    assert run("users", "list", **empty).output == ""


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "kantor.example"])  # noqa: S104 - what is refused
def test_the_demonstration_listens_on_this_machine_only(run: Run, tmp_path: Path, host: str) -> None:
    refused = run("serve", "--demo", LAKSANA_HOST=host, LAKSANA_DATA=str(tmp_path))

    assert refused.exit_code == 1
    assert f"Error: demo mode listens on loopback only, not on {host}\n" == refused.output
    assert list(tmp_path.iterdir()) == []


def test_the_secret_key_is_for_its_owner_only(run: Run, tmp_path: Path) -> None:
    run("db", "upgrade", LAKSANA_DATA=str(tmp_path))

    key = tmp_path / "secret.key"
    assert len(key.read_text()) >= 40
    assert key.stat().st_mode & 0o777 == 0o600


def test_an_empty_secret_key_is_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "secret.key").touch()

    refused = run("db", "upgrade", LAKSANA_DATA=str(tmp_path))

    assert refused.exit_code == 1
    assert refused.output.startswith(f"Error: {tmp_path / 'secret.key'} is empty: remove it")


def test_no_key_is_left_that_could_not_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> str:
        raise OSError(errno.ENOSPC, "no room")

    monkeypatch.setattr(secrets, "token_urlsafe", full)

    with pytest.raises(OSError, match="no room"):
        create_app(Settings(data=tmp_path))

    assert list(tmp_path.iterdir()) == []


def test_of_two_first_starts_at_once_both_take_the_key_of_the_faster(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = os.link

    def beaten(source: str, target: Path) -> None:
        target.write_text("kunci yang lebih cepat")
        link(source, target)

    monkeypatch.setattr(os, "link", beaten)

    app = create_app(Settings(data=tmp_path))

    assert app.config["SECRET_KEY"] == "kunci yang lebih cepat"
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]


def test_a_port_that_is_no_number_is_told_as_a_sentence(run: Run) -> None:
    refused = run("serve", LAKSANA_PORT="delapan")

    assert refused.exit_code == 1
    assert "LAKSANA_PORT" in refused.output


def test_a_plh_is_appointed_listed_and_ended(run: Run, demo: Demo) -> None:
    as_admin = ("--user", "admin", "--office", "blitar")
    appointed = run(
        "posts", "appoint", "blitar.sekretaris", "kadis", "--capacity", "plh", "--first", "2099-01-05",
        "--last", "2099-01-07", "--decree", "800/1/SPT/2099", *as_admin,
    )  # fmt: skip
    holding = appointed.output.strip()
    listed = run("posts", "list", *as_admin)
    ended = run("posts", "end", holding, "--last", "2099-01-05", *as_admin)
    refused = run("posts", "appoint", "blitar.jfu", "kadis", "--first", "2099-01-05", *as_admin)

    line = f"  {holding}  Plh. Sekretaris from 2099-01-05 to 2099-01-07  800/1/SPT/2099"
    assert (appointed.exit_code, line in listed.output.splitlines()) == (0, True)
    assert (ended.exit_code, ended.output) == (0, "ended\n")
    assert (refused.exit_code, "organisation-refused: held-twice" in refused.output) == (1, True)
    with demo.app.app_context():
        assert [held.last for held in posts.timeline(Player().actor("admin", "blitar"), "kadis")][1:] == [
            date(2099, 1, 5)
        ]


def test_a_day_off_is_tried_added_shown_and_removed(run: Run) -> None:
    as_admin = ("--user", "admin", "--office", "blitar")
    tried = run("calendar", "add-day", "2026-08-05", "Hari jadi", "--dry-run", *as_admin)
    before = run("calendar", "show", "2026", *as_admin)
    added = run("calendar", "add-day", "2026-08-05", "Hari jadi", *as_admin)
    shown = run("calendar", "show", "2026", *as_admin)
    removed = run("calendar", "remove-day", "2026-08-05", *as_admin)
    refused = run("calendar", "remove-day", "2026-08-05", *as_admin)

    assert (tried.exit_code, tried.output) == (0, "0 due dates would move\n")
    assert before.output.startswith("Asia/Jakarta, 2026 settled\nMon  07:30-12:00 13:00-16:00\n")
    assert "2026-08-05  Hari jadi" not in before.output
    assert (added.exit_code, "2026-08-05  Hari jadi" in shown.output.splitlines()) == (0, True)
    assert (removed.exit_code, removed.output) == (0, "0 due dates move\n")
    assert (refused.exit_code, "calendar-refused: 2026-08-05 is no day off" in refused.output) == (1, True)


def test_reminders_are_shown_and_settled_by_the_analyst(run: Run) -> None:
    as_analyst = ("--user", "analis", "--office", "blitar")
    before = run("reminders", "show", BLITAR, *as_analyst)
    settled = run("reminders", "set", BLITAR, "--ahead", "4", "--unit", "jam", "--escalate-after", "0", *as_analyst)
    shown = run("reminders", "show", BLITAR, *as_analyst)
    off = run("reminders", "set", BLITAR, "--off", *as_analyst)
    refused = run("reminders", "set", BLITAR, "--times", "99", *as_analyst)
    unknown = run("reminders", "show", "terbang", *as_analyst)

    usual = "late            yes, every 2 hari, 3 times"
    assert before.output.splitlines() == ["on", "ahead           1 hari", usual, "escalate after  3 hari"]
    assert settled.output.splitlines() == ["on", "ahead           4 jam", usual, "escalate after  0 hari"]
    assert (shown.output, off.output.partition("\n")[0]) == (settled.output, "off")
    assert (refused.exit_code, "times is a number from 0 to 10" in refused.output) == (1, True)
    assert (unknown.exit_code, unknown.output.partition(":")[0]) == (1, "Error")


def test_completeness_names_what_is_there_and_what_was_done_without(run: Run, demo: Demo) -> None:
    with demo.app.app_context():
        player = Player()
        case = player.reach(BLITAR, "row_05")
        task = player.task(case, "row_05")
        why = "Alat pindai rusak; dokumen kertas di lemari 2."
        missing = run("completeness", str(case), "--as", "auditor", "--office", "blitar").output.splitlines()
        waivers.waive(player.actor("blitar.kasubbag"), task.id, "output", 0, why, player.now)

    told = run("completeness", str(case), "--as", "auditor", "--office", "blitar")
    refused = run("completeness", str(case), "--as", "banggai.kadis")

    lines = told.output.splitlines()
    assert [line.partition(": ")[2] for line in (missing[0], lines[0])] == [
        "0 missing, 0 waived",
        "0 missing, 1 waived",
    ]
    assert f"   output       waived    konsep terbuat  Kasubbag Perencanaan: {why}" in lines
    assert lines[1:4] == [
        "1. Menerbitkan disposisi awal, round 1: done, Kepala Dinas",
        "   kelengkapan  there     lembar disposisi  version 1, Kepala Dinas, 2026-11-02T01:01+00:00",
        "   output       there     disposisi  version 1, Kepala Dinas, 2026-11-02T01:02+00:00",
    ]
    assert (refused.exit_code, refused.output.partition(":")[0]) == (1, "Error")
