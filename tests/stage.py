"""The stage of tests with a database: the demonstration offices, and what the SOPs say of their people."""

import re
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any, TypeVar, cast
from unittest.mock import patch
from urllib.parse import quote
from uuid import UUID

import yaml
from alembic import command
from alembic.config import Config
from argon2 import PasswordHasher
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import delete, event, insert, select, text

from service import catalogue, demo, identity, schema
from service.application import create_app
from service.deployments import File
from service.models import Holding, Person, db, new_id, rebuilding
from service.settings import Settings
from service.store import ensure_months
from tests import answers, provision
from tests.keeping import Kept, ServedDatabase, SqliteFile, Store

PASSWORD = "laksana"
MONDAY = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)
"""A working day, 08.00 in Blitar and 09.00 in Banggai: when the demonstration offices were set up."""
CASE_TABLES = ("attachment", "draft", "history", "instance", "task", "task_group")
WORK_TABLES = ("attachment", "draft", "task", "task_group")
"""What a refusal leaves as it was where the history of the case tells of it."""
ADDED_TITLES = {"data_bidang": "Mengisi data Bidang", "perbaikan_data": "Memperbaiki data Bidang"}
"""Titles of the steps that the printed SOPs lack, by form."""
CHOSEN_PERFORMERS = {(answers.BANGGAI, 6): "sek_tim"}
"""Who does a row whose table names two: BG-5, the Sekretaris who gathers is the secretary of the team."""


HASHER = identity.HASHER
"""What hashes passwords outside of tests."""
QUICK_HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
TEMPLATES = FileSystemBytecodeCache(str(provision.kept_folder("templates")))
"""Pages compiled once for every service that tests start."""
PATIENCE = 60
"""Seconds after which what never comes is a failure."""
T = TypeVar("T")


@dataclass
class Demo:
    """The demonstration offices in one database, and the service that runs on it."""

    settings: Settings
    app: Flask
    store: Store
    fresh: Kept
    """What the database held when everything had just been set up."""
    is_fresh: bool = True
    """Whether nothing was written since."""
    scenes: dict[Hashable, tuple[Kept, Any]] = field(default_factory=dict)
    """What was played before from the fresh offices: the database then, and what the play returned."""

    @classmethod
    def prepared(cls, folder: Path) -> "Demo":
        """Set the offices up once in a SQLite file, as `laksana serve --demo` does."""
        settings = Settings(data=folder, demo=True)
        app = started(settings)
        with app.app_context():
            schema.upgrade()
            with patch.object(identity, "HASHER", QUICK_HASHER):
                demo.prepare(PASSWORD, MONDAY)
        return cls._of(settings, app, SqliteFile(folder / "laksana.db"))

    def on(self, server: provision.PostgreSQL, folder: Path) -> "Demo":
        """Set the same offices up on PostgreSQL."""
        self.restore()
        settings = Settings(data=folder, demo=True, database=server.create_database("demo"))
        app = copied(self.app, settings)
        with app.app_context():
            ensure_months(MONDAY)
        return self._of(settings, app, ServedDatabase(server, "demo"))

    @classmethod
    def _of(cls, settings: Settings, app: Flask, store: Store) -> "Demo":
        release(app)
        prepared = cls(settings, app, store, store.keep())
        app.extensions["demo"] = prepared
        with app.app_context():
            event.listen(db.engine, "commit", prepared.note)
        return prepared

    def note(self, _connection: object) -> None:
        """Take down that something was written."""
        self.is_fresh = False

    def scene(self, name: Hashable, play: Callable[[], T]) -> T:
        """Return what a play returns, with the database as it is then; from fresh offices it is played only once.

        Call it inside an application context.
        """
        if not self.is_fresh:
            return play()
        if name not in self.scenes:
            played = play()
            db.session.remove()
            self.scenes[name] = (self.keep(), played)
        kept, played = self.scenes[name]
        db.session.remove()
        self.restore(kept)
        self.is_fresh = False
        return cast("T", played)

    def keep(self) -> Kept:
        """Keep the database as it is now."""
        release(self.app)
        return self.store.keep()

    def restore(self, kept: Kept | None = None) -> None:
        """Put the database back as it was at first, or as it was kept."""
        release(self.app)
        (kept or self.fresh).put_back()
        self.is_fresh = kept is None


def started(settings: Settings) -> Flask:
    """Start the service; what goes wrong in a request goes wrong in the test."""
    app = create_app(settings)
    app.testing = True
    app.jinja_env.bytecode_cache = TEMPLATES
    return app


def migrate(app: Flask, act: str, revision: str) -> None:
    """Run alembic as `laksana db upgrade` does."""
    config = Config()
    config.set_main_option("script_location", str(schema.FOLDER))
    with app.app_context(), rebuilding() as connection:
        config.attributes["connection"] = connection
        getattr(command, act)(config, revision)


def limited(settings: Settings, limit: str, milliseconds: int) -> Settings:
    """Return settings for PostgreSQL as a role whose statements have a limit."""
    return replace(settings, database=f"{settings.database}&options={quote(f'-c {limit}={milliseconds}')}")


def release(app: Flask) -> None:
    """Let go of every connection; SQLite then has everything in its one file."""
    with app.app_context():
        db.engine.dispose()


def copied(source: Flask, settings: Settings) -> Flask:
    """Start the service on another database with the same rows."""
    target = started(settings)
    with target.app_context():
        schema.upgrade()
        engine = db.engine
    with source.app_context(), engine.begin() as connection:
        for table in db.metadata.sorted_tables:
            rows = [row._asdict() for row in db.session.execute(select(table))]
            if rows:
                connection.execute(insert(table), rows)
    catalogue.forget()
    return target


def rows(app: Flask, tables: Iterable[str] = CASE_TABLES) -> dict[str, list[tuple[Any, ...]]]:
    """Return everything that stands in some tables, to compare before with after.

    When somebody began a task is left out: a draft of refused answers tells that too.
    """
    with app.app_context():
        wanted = {
            name: [column for column in db.metadata.tables[name].c if column.key != "begun_at"] for name in tables
        }
        found = {name: db.session.execute(select(*columns)).all() for name, columns in wanted.items()}
    return {name: sorted((tuple(row) for row in listed), key=repr) for name, listed in found.items()}


def eventually(app: Flask, is_so: Callable[[], bool]) -> None:
    """Look again and again until something is so."""
    until, pause = monotonic() + PATIENCE, Event()
    while True:
        with app.app_context():
            if is_so():
                return
        assert monotonic() < until
        pause.wait(0.1)


def somebody_waits() -> bool:
    """Tell whether somebody on PostgreSQL waits for a lock."""
    return bool(db.session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))


@contextmanager
def statements(app: Flask) -> Iterator[list[str]]:
    """Write down the SQL statements that are run meanwhile."""
    ran: list[str] = []

    def note(*arguments: object) -> None:
        ran.append(" ".join(str(arguments[2]).split()))

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield ran
    finally:
        event.remove(engine, "before_cursor_execute", note)


def drafts(process: str) -> list[File]:
    """Return the diagram and the forms of a process from the drafting table."""
    return demo.drafts(process)


def adopted(files: Iterable[File], office: str) -> list[File]:
    """Return drafts of another office with its own head where this office lacks the performer."""
    known = {name.partition(".")[2] for name in positions(office)} | unit_names(office).keys()

    def own(found: re.Match[bytes]) -> bytes:
        group = found[1].decode()
        return found[0] if group in known or "$" in group else b'candidateGroups="kadis"'

    return [File(file.name, re.sub(rb'candidateGroups="([^"]*)"', own, file.content), file.process) for file in files]


def dismiss(user: str, position: str) -> None:
    """Take a position away from somebody, inside an application context."""
    person = select(Person.id).where(Person.user_name == user).scalar_subquery()
    db.session.execute(delete(Holding).where(Holding.person_id == person, Holding.position_code == position))
    db.session.commit()


def also_holds(person: UUID, office: str, *positions: str, since: datetime) -> None:
    """Let somebody hold positions that others hold as well, which no office allows, inside an application context."""
    for code in positions:
        db.session.add(
            Holding(
                tenant_id=office,
                id=new_id(since),
                position_code=code,
                person_id=person,
                capacity="definitive",
                starts_at=since,
                recorded_at=since,
            )
        )
    db.session.commit()


# What the SOPs say ----------------------------------------------------------------------------------


@cache
def facts(process: str) -> dict[int, dict[str, Any]]:
    """Return the rows of an SOP by their order, as they were read from the printed table."""
    file = provision.ROOT / "tests" / "data" / "sop" / f"{process.replace('_', '-')}.yaml"
    read: dict[str, Any] = yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader)
    return {row["order"]: row for row in read["rows"]}


def order_of(element: str) -> int:
    """Return the row of the SOP that an element belongs to."""
    return int(element[4:6])


def title_of(process: str, element: str) -> str:
    """Return the name of a step."""
    if element.endswith("_bidang"):
        return ADDED_TITLES[answers.FORMS[process][element]]
    title: str = facts(process)[order_of(element)]["label_id"]
    return title


def user_of(process: str, element: str, unit: str = "") -> str:
    """Return the user name of who does a step, by the row of the SOP; for data of a unit, of its head."""
    office = answers.office(process)
    if unit:
        return f"{office}.{'sekretaris' if unit == 'sekretariat' else unit}"
    order = order_of(element)
    first = next(one["role"] for one in facts(process)[order]["performers"] if one["part"] == "performs")
    return f"{office}.{CHOSEN_PERFORMERS.get((process, order), first)}"


def starter_of(process: str) -> str:
    """Return the user name of who does the first step."""
    return user_of(process, "row_01")


@cache
def positions(office: str) -> dict[str, str]:
    """Return the name of the position of every demonstration person of an office, by user name."""
    found = next(one for one in demo.OFFICES if one.key == office)
    held = {f"{office}.{code}": name for code, name in found.positions.items()}
    return held | {f"{office}.{code}": name.replace("Bidang", "Kabid", 1) for code, name in found.units.items()}


def unit_names(office: str) -> dict[str, str]:
    """Return the names of the units of an office by code."""
    found = next(one for one in demo.OFFICES if one.key == office)
    return {**found.units, "sekretariat": "Sekretariat", demo.SECTION: found.section}
