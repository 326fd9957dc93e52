"""The files for machines under `deploy/`: what their programs read, and what the service does with them."""

import json
import os
import re
import runpy
import shutil
import signal
import socket
import subprocess
import sys
from configparser import ConfigParser
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path

import pytest
from flask import Flask

from service import schema
from service.cli import serving
from service.models import db
from service.settings import Settings
from tests import provision, stage
from tests.conftest import on_postgresql
from tests.machines.nodes import KEY, PATIENCE, free_port

DEPLOY = provision.ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))


def test_every_file_is_told_of() -> None:
    told = (DEPLOY / "README.md").read_text(encoding="utf-8")
    files = [
        path for path in DEPLOY.rglob("*") if path.is_file() and path.name != "README.md" and path.suffix != ".pyc"
    ]

    assert files
    assert [file.name for file in files if f"`{file.relative_to(DEPLOY)}`" not in told] == []


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_units_run_what_there_is(unit: Path, tmp_path: Path) -> None:
    programs = Path(sys.executable).parent
    for one in UNITS:
        text = one.read_text().replace("/opt/laksana/bin/", f"{programs}/").replace("User=laksana", "User=root")
        (tmp_path / one.name.replace("@", "@1")).write_text(text)
    read = ConfigParser(strict=False, interpolation=None)
    read.read(unit)

    assert read["Service"]["EnvironmentFile"] == "/etc/laksana/laksana.env"
    assert Path(read["Service"]["ExecStart"].split()[0].replace("/opt/laksana/bin", str(programs))).is_file()
    copied = re.findall(r"/opt/laksana/(deploy/\S+)", unit.read_text())
    assert copied
    assert [file for file in copied if not (provision.ROOT / file).is_file()] == []
    told = (DEPLOY / "README.md").read_text(encoding="utf-8")
    assert "cp -r deploy /opt/laksana/\n" in told
    assert re.search(rf"^    useradd .* {read['Service']['User']}$", told, re.MULTILINE)
    assert f"-p EnvironmentFile={read['Service']['EnvironmentFile']} " in told
    if verify := shutil.which("systemd-analyze"):
        file = tmp_path / unit.name.replace("@", "@1")
        said = subprocess.run([verify, "verify", file], capture_output=True, text=True, check=False)  # noqa: S603
        assert (said.returncode, said.stderr) == (0, "")


def environment() -> Settings:
    """Return the settings of every node."""
    lines = (DEPLOY / "systemd" / "laksana.env").read_text().splitlines()
    return Settings.read(dict(line.split("=", 1) for line in lines if not line.startswith("#")))


def test_the_environment_can_be_read() -> None:
    settings = environment()

    assert (settings.https, settings.proxies) == (True, 1)
    assert "host=10.0.0.11,10.0.0.12" in settings.database_url
    assert "sslmode=verify-full&sslrootcert=/etc/laksana/ca.pem" in settings.database_url  # libpq knows no authority


def test_every_thread_has_a_connection() -> None:
    threads = runpy.run_path(str(DEPLOY / "gunicorn.conf.py"))["threads"]

    assert threads == serving.THREADS == environment().connections
    assert f"A web process has {threads} threads" in (DEPLOY / "README.md").read_text(encoding="utf-8")


def test_nginx_passes_on_what_the_application_takes(app: Flask) -> None:
    text = re.sub(r"#.*", "", (DEPLOY / "nginx.conf").read_text())
    statements = [line.strip() for line in text.splitlines() if line.strip()]

    assert text.count("{") == text.count("}")
    assert [line for line in statements if line[-1] not in ";{}"] == []
    assert "http2 on;" not in statements  # nginx of Debian 12 and Ubuntu 24.04 does not know it
    (most,) = re.findall(r"client_max_body_size (\d+)m;", text)
    assert int(most) * 1_000_000 == app.config["MAX_CONTENT_LENGTH"]
    assert re.findall(r"proxy_set_header X-Forwarded-(\w+) (\S+);", text) == [
        ("For", "$remote_addr"),
        ("Proto", "$scheme"),
        ("Host", "$host"),
    ]


def test_pgbouncer_lends_a_connection_for_one_transaction() -> None:
    read = ConfigParser()
    read.read(DEPLOY / "pgbouncer.ini")

    assert read["pgbouncer"]["pool_mode"] == "transaction"
    assert read["pgbouncer"]["client_tls_sslmode"] == "require"  # nodes come with TLS or not at all


def test_the_role_of_the_service_has_its_limits(postgresql: provision.PostgreSQL, tmp_path: Path) -> None:
    with postgresql.connect() as admin:
        for statement in (DEPLOY / "postgresql.sql").read_text().split(";\n"):
            admin.execute(statement.encode())
    app = stage.started(Settings(data=tmp_path, database=f"postgresql://laksana@/laksana?host={postgresql.folder}"))
    with app.app_context():
        assert schema.upgrade() == schema.newest()
        with db.engine.connect() as connection:
            shown = [connection.exec_driver_sql(f"SHOW {name}").scalar() for name in ("statement_timeout", "timezone")]
    stage.release(app)

    assert shown == ["30s", "UTC"]


# Behind a proxy --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("proxies", "claimed", "status"),
    [(0, "192.0.2.1", 200), (1, "192.0.2.1", 403), (1, "127.0.0.1, 192.0.2.1", 403), (2, "192.0.2.1, 10.0.0.1", 403)],
)
def test_only_so_many_proxies_are_believed(app: Flask, proxies: int, claimed: str, status: int) -> None:
    settings: Settings = app.config["LAKSANA"]
    behind = stage.started(replace(settings, proxies=proxies))

    answer = behind.test_client().get("/metrics", headers={"X-Forwarded-For": claimed})

    assert answer.status_code == status
    stage.release(behind)


@on_postgresql
def test_gunicorn_serves_and_finishes_what_has_begun(app: Flask, tmp_path: Path) -> None:
    port = free_port()
    settings = {"LAKSANA_DATA": str(tmp_path), "LAKSANA_DATABASE": app.config["LAKSANA"].database}
    command = ["--config", str(DEPLOY / "gunicorn.conf.py"), "service.application:create_app()"]
    with subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "gunicorn", *command],
        env={
            **os.environ,
            **settings,
            "LAKSANA_SECRET_KEY": KEY,
            "LAKSANA_PORT": str(port),
            "LAKSANA_WEB_PROCESSES": "2",
        },
        cwd=provision.ROOT,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr
        while "Booting worker" not in process.stderr.readline():
            assert process.poll() is None
        watched = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        watched.request("GET", "/livez")
        assert json.loads(watched.getresponse().read()) == {"status": "alive"}
        watched.close()
        typing = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        form = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 24"  # which has to be read
        typing.sendall(f"POST /masuk HTTP/1.1\r\nHost: x\r\n{form}\r\nExpect: 100-continue\r\n\r\n".encode())
        assert typing.recv(100).startswith(b"HTTP/1.1 100 ")  # the request has begun

        process.send_signal(signal.SIGTERM)
        while "Handling signal: term" not in process.stderr.readline():
            assert process.poll() is None
        typing.sendall(b"user_name=a&password=bcd")

        assert typing.recv(100).startswith(b"HTTP/1.1 400 ")  # no token: an answer of the pages
        typing.close()
        _, told = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert '"endpoint": "auth.enter"' in told
