"""Databases of earlier times: brought to the newest revision, they are as they were, and their open cases finish."""

import gzip
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from sqlalchemy import select

from service import catalogue, instances, schema, store
from service.errors import EngineFailed
from service.models import Instance, InstanceStatus, db
from service.settings import Settings
from tests import stage
from tests.answers import FORMS
from tests.stage import MONDAY
from tests.walking import Player, Visitor

GOLDEN = Path(__file__).parent / "golden"
FORMAT_1, READABLE = ("0001",), ("0004",)
LATER = MONDAY.replace(day=9)


@pytest.fixture
def old(revision: str, database: str, empty_database: Settings) -> Iterator[Flask]:
    """Start the service on a database of an earlier time, brought to the newest revision."""
    told = gzip.decompress((GOLDEN / f"{revision}.{database}.sql.gz").read_bytes()).decode()
    load(told, empty_database)
    app = stage.started(empty_database)
    with app.app_context():
        assert schema.current() == revision
        schema.upgrade()
        store.ensure_months(LATER)
    yield app
    stage.release(app)


def load(told: str, settings: Settings) -> None:
    if settings.is_embedded:
        connection = sqlite3.connect(settings.data / "laksana.db")
        connection.executescript(told)
        connection.close()
    else:
        with psycopg.connect(settings.database.replace("+psycopg", ""), autocommit=True) as served:
            served.execute(told.encode())


def open_cases() -> list[Instance]:
    return list(db.session.scalars(select(Instance).where(Instance.status == InstanceStatus.RUNNING)))


@pytest.mark.parametrize("revision", READABLE)
def test_open_cases_of_an_earlier_time_finish(old: Flask) -> None:
    with old.app_context():
        cases = [case.id for case in open_cases()]
        assert len(cases) == 3 * len(FORMS)
        player = Player(LATER)

        assert {player.finish(case).status for case in cases} == {InstanceStatus.COMPLETED}

        assert open_cases() == []
        assert set(db.session.scalars(select(Instance.incident))) == {""}


@pytest.mark.parametrize("revision", FORMAT_1 + READABLE)
def test_what_was_finished_can_be_read(old: Flask) -> None:
    with old.app_context():
        found = select(Instance.id).where(Instance.status == InstanceStatus.COMPLETED)
        (case,) = db.session.scalars(found)

    page = Visitor(old, "nganjuk.sekretaris").get(f"/berkas/{case}")

    assert page.status == 200
    assert "Selesai" in page.main


@pytest.mark.parametrize("revision", FORMAT_1)
def test_open_cases_of_the_first_format_are_named_and_started_again(old: Flask) -> None:
    with old.app_context():
        player = Player(LATER)
        for case in open_cases():
            with pytest.raises(EngineFailed) as refused:
                catalogue.hydrate(case)
            assert refused.value.cause == "state-version"
            process = catalogue.deployed(case.tenant_id, case.definition_id).key
            instances.cancel(player.actor(stage.starter_of(process)), case.id, "Dimulai lagi.", LATER)

        assert open_cases() == []
        assert {player.finish(player.start(process)).status for process in FORMS} == {InstanceStatus.COMPLETED}


@pytest.mark.parametrize("revision", FORMAT_1 + READABLE)
def test_the_golden_file_is_small(revision: str) -> None:
    files = list(GOLDEN.glob(f"{revision}.*.sql.gz"))

    assert len(files) == 2
    assert all(file.stat().st_size < 200_000 for file in files)
    assert all(re.search(r"INSERT INTO", gzip.decompress(file.read_bytes()).decode()) for file in files)
