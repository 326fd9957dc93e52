"""Tables and constraints, no behaviour. The office (tenant) comes first in every key of an office's own rows."""

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Engine,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    MetaData,
    UniqueConstraint,
    Uuid,
    event,
    false,
    make_url,
    select,
    text,
    true,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from service.columns import Document, Moment, Packed, String, Text, Whole, dumped

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def new_id(now: datetime) -> UUID:
    """Return a UUIDv7: 48 bits of milliseconds, then 74 random bits, so that keys grow with time."""
    milliseconds = int(now.timestamp() * 1000) & (1 << 48) - 1
    value = milliseconds << 80 | 7 << 76 | secrets.randbits(12) << 64 | 2 << 62 | secrets.randbits(62)
    return UUID(int=value)


class InstanceStatus(StrEnum):
    """Where a case stands."""

    CANCELLED = "cancelled"
    COMPLETED = "completed"
    RUNNING = "running"


class TaskStatus(StrEnum):
    """Where a user task stands."""

    CANCELLED = "cancelled"
    COMPLETED = "completed"
    OPEN = "open"


class Base(DeclarativeBase):
    """All tables share one naming of constraints, so that migrations can name them."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: Moment(),
        dict[str, Any]: Document(),
        int: Whole(),
        list[str]: Document(),
        UUID: Uuid(),
    }


PATIENCE: dict[str, int] = {
    "connect_timeout": 5,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
"""How soon a server that says nothing any more is left, in seconds and milliseconds."""


def engine_options(url: str, *, connections: int, is_pooled: bool) -> dict[str, Any]:
    """Return how the engine connects: SQLite patient, a writer from `BEGIN` on; PostgreSQL checked when idle.

    `is_pooled` says that pgbouncer lends a connection for one transaction only: nothing may be left on it.
    """
    if url.startswith("sqlite"):
        return {"connect_args": {"timeout": 15, "isolation_level": "IMMEDIATE"}, "json_serializer": dumped}
    lent = {"prepare_threshold": None} if is_pooled else {}
    set_by_hand = make_url(url).query
    return {
        "connect_args": {name: value for name, value in PATIENCE.items() if name not in set_by_hand} | lent,
        "json_serializer": dumped,
        "max_overflow": 0,
        "pool_pre_ping": True,
        "pool_size": connections,
        "pool_timeout": 10,
    }


@event.listens_for(Engine, "connect")
def _safe_sqlite(connection: object, _record: object) -> None:
    """Make every SQLite connection durable: an acknowledged commit survives a power cut."""
    if isinstance(connection, sqlite3.Connection):
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")


# Models stand on their own base; Flask-SQLAlchemy brings the engine and the session of a request.
db = SQLAlchemy(metadata=Base.metadata)


ALONE = "SELECT pg_advisory_xact_lock(hashtext('laksana.schema')), set_config('statement_timeout', '0', true)"
"""Others who want to change the tables wait, and tables with many rows get the time that they need."""


@contextmanager
def rebuilding() -> Iterator[Connection]:
    """Open a transaction in which tables may be rebuilt that others refer to; SQLite wants that said before it."""
    with db.engine.connect() as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        if is_sqlite:
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.rollback()
        try:
            with connection.begin():
                if not is_sqlite:
                    connection.exec_driver_sql(ALONE)
                yield connection
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all() if is_sqlite else []
                if broken:
                    raise IntegrityError("PRAGMA foreign_key_check", broken, ValueError("rows without their parent"))
        finally:
            if is_sqlite:
                connection.exec_driver_sql("PRAGMA foreign_keys=ON")
                connection.rollback()


class Office(Base):
    """An office: the tenant. Shared by all nodes, like the people below."""

    __tablename__ = "office"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    zone: Mapped[str] = mapped_column(String(40))
    needs_release: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether a new version of an SOP waits until a second person releases it."""
    digest_day: Mapped[str] = mapped_column(String(10), default="", server_default="")
    """The last local day whose morning letters are all written."""
    reminded_at: Mapped[datetime | None]
    """When its open tasks were last gone through for what has to be told of their due dates."""
    revision: Mapped[int] = mapped_column(default=0, server_default="0")
    """Grows with every change of its posts and of its working time, so that whoever remembers them can tell."""


class Person(Base):
    """Somebody who signs in. Posts and roles are given per office."""

    __tablename__ = "person"
    __table_args__ = (Index("ix_person_feed", "feed"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_name: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    password_hash: Mapped[str] = mapped_column(String(200))
    must_change_password: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether somebody else knows his password; he then does nothing before he took another."""
    is_active: Mapped[bool] = mapped_column(default=True)
    email: Mapped[str] = mapped_column(String(254), default="", server_default="")
    """Where he is told of his work; empty: nowhere."""
    nip: Mapped[str | None] = mapped_column(String(18), index=True)
    """Service number. Two accounts with the same one belong to one human being."""
    mail: Mapped[str] = mapped_column(String(10), default="urgent", server_default="urgent")
    """Of which events he is told at once: all, urgent or none."""
    digest: Mapped[bool] = mapped_column(default=True, server_default=true())
    """Whether a letter tells him every working morning what is open."""
    language: Mapped[str] = mapped_column(String(2), default="id", server_default="id")
    """Of the letters to him."""
    feed: Mapped[str] = mapped_column(String(64), default="", server_default="")
    """Digest of the secret in the address of his calendar; empty: he has none."""


class Reading(Base):
    """How far somebody has read what he was told in an office."""

    __tablename__ = "reading"

    tenant_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    seen_at: Mapped[datetime]


class Session(Base):
    """Somebody signed in at a browser."""

    __tablename__ = "session"
    __table_args__ = (Index("ix_session_person_id", "person_id"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Digest of the key that the browser holds; who reads the table cannot sign in with it."""
    person_id: Mapped[UUID]
    office: Mapped[str] = mapped_column(String(40))
    """The office that he acts for."""
    began_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    """When he last gave his password."""


class Subject(Base):
    """For whom a provider vouches, by the name there that is never given to anybody else."""

    __tablename__ = "subject"
    __table_args__ = (UniqueConstraint("person_id", "issuer", name="uq_subject_person_id_issuer"),)

    issuer: Mapped[str] = mapped_column(String(500), primary_key=True)
    subject: Mapped[str] = mapped_column(String(255), primary_key=True)
    person_id: Mapped[UUID]
    linked_at: Mapped[datetime]


class Attempt(Base):
    """Somebody tried to sign in; kept until it does not count any more."""

    __tablename__ = "attempt"
    __table_args__ = (Index("ix_attempt_at", "at"),)

    subject: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Digest of the account, which need not exist, or of the address."""
    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime]


class Token(Base):
    """Lets a program act for a person in one office."""

    __tablename__ = "token"
    __table_args__ = (Index("ix_token_person_id", "person_id"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Digest of what the program shows; who reads the table cannot act with it."""
    person_id: Mapped[UUID]
    office: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(80))
    scope: Mapped[str] = mapped_column(String(10))
    """read or act."""
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Worker(Base):
    """A process that does background work for all offices, and when it was last seen."""

    __tablename__ = "worker"

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    jobs_done: Mapped[int]
    """Since it started."""
    jobs_failed: Mapped[int]


class Unit(Base):
    """A Bidang, the Sekretariat of an office, or a part of one of them."""

    __tablename__ = "unit"

    tenant_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    reports_data: Mapped[bool]
    """Whether the unit is asked for performance data."""
    parent_code: Mapped[str | None] = mapped_column(String(40))
    closed_at: Mapped[datetime | None]


class Position(Base):
    """A post of an office. Lanes and candidate groups name positions or units."""

    __tablename__ = "position"

    tenant_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    unit_code: Mapped[str | None] = mapped_column(String(40))
    superior_code: Mapped[str | None] = mapped_column(String(40))
    """The position that it answers to."""
    is_shared: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether several people hold it at once, as posts of staff."""
    closed_at: Mapped[datetime | None]


class Holding(Base):
    """A person holds a position for a time. It ends, and stays."""

    __tablename__ = "holding"
    __table_args__ = (
        Index("ix_holding_tenant_id_person_id", "tenant_id", "person_id"),
        Index("ix_holding_tenant_id_position_code", "tenant_id", "position_code"),
    )

    tenant_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    position_code: Mapped[str] = mapped_column(String(40))
    person_id: Mapped[UUID]
    capacity: Mapped[str] = mapped_column(String(20))
    """definitive, plt or plh."""
    decree: Mapped[str] = mapped_column(String(100), default="")
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    """The first moment at which he holds it no more."""
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[UUID | None]
    """Nobody, when it was recorded on the command line."""


class Role(Base):
    """What a person may do in an office for a time, beside the work of his positions."""

    __tablename__ = "role"
    __table_args__ = (Index("ix_role_tenant_id_person_id", "tenant_id", "person_id"),)

    tenant_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(String(20))
    decree: Mapped[str] = mapped_column(String(100), default="")
    """The mandate of an auditor."""
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[UUID | None]


def valid_at(held: type[Holding | Role], now: BindParameter[datetime] | datetime) -> ColumnElement[bool]:
    """Build the condition that something is held at a moment: from its start on, and before its end."""
    return (held.starts_at <= now) & (held.ends_at.is_(None) | (held.ends_at > now))


class OrganisationEvent(Base):
    """What changed in an office: its units, positions, people and who holds what. Lines are added, never changed."""

    __tablename__ = "organisation_event"

    tenant_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    person_id: Mapped[UUID | None]
    """Who did it; nobody on the command line."""
    kind: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(100))
    """Code of the unit or position, user name of the person."""
    before: Mapped[dict[str, Any]] = mapped_column(default=dict)
    after: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Definition(Base):
    """A deployed version of a process. What it says is never changed afterwards."""

    __tablename__ = "definition"
    __table_args__ = (UniqueConstraint("tenant_id", "key", "version"),)

    tenant_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(128))
    version: Mapped[int]
    name: Mapped[str] = mapped_column(String(300))
    file: Mapped[str] = mapped_column(String(200))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[str] = mapped_column(String(64))
    """Digest of the diagram and its forms together."""
    deployed_at: Mapped[datetime]
    deployed_by: Mapped[str] = mapped_column(String(200))
    deployer_id: Mapped[UUID | None]
    """Unknown of versions from before releases."""
    released_at: Mapped[datetime | None]
    """From when on cases are started with it; not before a second person released it, where the office wants one."""
    released_by: Mapped[str] = mapped_column(String(200), default="", server_default="")
    """Empty when no second person was needed."""
    refused_at: Mapped[datetime | None]
    refused_by: Mapped[str] = mapped_column(String(200), default="", server_default="")
    refusal: Mapped[str] = mapped_column(Text, default="", server_default="")
    """Why it was not released."""
    suspended_at: Mapped[datetime | None]
    """Since when no case is started with it, until somebody activates it again."""
    suspended_by: Mapped[str] = mapped_column(String(200), default="", server_default="")
    suspension: Mapped[str] = mapped_column(Text, default="", server_default="")
    """Why it is suspended; a program gives no reason."""

    @property
    def subject(self) -> str:
        """Return its key as far as the log of the office has room for it."""
        return self.key[:100]

    @property
    def is_waiting(self) -> bool:
        """Tell whether somebody still has to decide on it."""
        return self.released_at is None and self.refused_at is None


class DefinitionForm(Base):
    """A form that was deployed with a definition."""

    __tablename__ = "definition_form"
    __table_args__ = (ForeignKeyConstraint(["tenant_id", "definition_id"], ["definition.tenant_id", "definition.id"]),)

    tenant_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    definition_id: Mapped[UUID] = mapped_column(primary_key=True)
    form_id: Mapped[str] = mapped_column(String(128), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class DefinitionDecision(Base):
    """A DMN file that was deployed with a definition."""

    __tablename__ = "definition_decision"
    __table_args__ = (ForeignKeyConstraint(["tenant_id", "definition_id"], ["definition.tenant_id", "definition.id"]),)

    tenant_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    definition_id: Mapped[UUID] = mapped_column(primary_key=True)
    file: Mapped[str] = mapped_column(String(200), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


_KEYED = text("business_key <> ''")
_SUSPENDED = text("suspended_at IS NOT NULL")


class Instance(Base):
    """A case. The version counts the steps and decides who was first."""

    __tablename__ = "instance"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "definition_id"], ["definition.tenant_id", "definition.id"]),
        UniqueConstraint("tenant_id", "number"),
        Index("ix_instance_tenant_id_status_started_at", "tenant_id", "status", "started_at"),
        Index("ix_instance_tenant_id_started_by", "tenant_id", "started_by"),
        Index(
            "ix_instance_tenant_id_business_key",
            "tenant_id",
            "business_key",
            sqlite_where=_KEYED,
            postgresql_where=_KEYED,
        ),
        Index(
            "ix_instance_suspended",
            "tenant_id",
            "id",
            sqlite_where=_SUSPENDED,
            postgresql_where=_SUSPENDED,
        ),
    )

    tenant_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int]
    """Running number of the office, as on the cover of a paper file."""
    definition_id: Mapped[UUID]
    called: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Process key -> definition id of every called process, bound when the case started."""
    title: Mapped[str] = mapped_column(String(300))
    business_key: Mapped[str] = mapped_column(String(300), default="", server_default="")
    """Its number or key in a program outside; empty: none."""
    status: Mapped[str] = mapped_column(String(20))
    version: Mapped[int]
    state: Mapped[bytes] = mapped_column(LargeBinary)
    started_at: Mapped[datetime]
    started_by: Mapped[UUID | None]
    """Nobody, when a time, a message or a signal started it."""
    started_position: Mapped[str] = mapped_column(String(200))
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str] = mapped_column(Text, default="")
    returns: Mapped[int] = mapped_column(default=0)
    lines: Mapped[int] = mapped_column(default=0)
    """Number of history lines, so that the next one needs no search."""
    incident: Mapped[str] = mapped_column(Text, default="")
    """Why the last act on this case failed; empty when all is well."""
    suspended_at: Mapped[datetime | None]
    """Since when nothing goes on in it; never of a case that has ended."""
    suspended_by: Mapped[str] = mapped_column(String(200), default="", server_default="")
    """Position of who suspended it."""
    suspension: Mapped[str] = mapped_column(Text, default="", server_default="")
    """Why; empty when a program did it."""


def of_suspended(table: "type[Task | Waiting]", office: ColumnElement[bool]) -> ColumnElement[bool]:
    """Build the condition that rows of an office belong to its suspended cases; an index holds those cases only."""
    return table.instance_id.in_(select(Instance.id).where(office, Instance.suspended_at.is_not(None)))


def _of_open_tasks(name: str, *columns: str, only: str = "") -> Index:
    """Return an index that holds open tasks only, however many were done before."""
    is_open = text(f"ended_at IS NULL{only}")
    return Index(name, *columns, sqlite_where=is_open, postgresql_where=is_open)


_DONE = text("status = 'completed'")


IMPORTANT = 75
"""Priority from which on a task is important; 50 is that of a task without one."""


class Task(Base):
    """A user task of a case, open or finished. The only thing that inboxes read."""

    __tablename__ = "task"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "instance_id"], ["instance.tenant_id", "instance.id"]),
        Index(
            "ix_task_tenant_id_instance_id_element_unit_round", "tenant_id", "instance_id", "element", "unit", "round"
        ),
        _of_open_tasks("ix_task_tenant_id_instance_id", "tenant_id", "instance_id"),
        _of_open_tasks("ix_task_tenant_id_due_at", "tenant_id", "due_at"),
        _of_open_tasks("ix_task_tenant_id_assignee", "tenant_id", "assignee", only=" AND assignee IS NOT NULL"),
        Index("ix_task_tenant_id_ended_by_instance_id", "tenant_id", "ended_by", "instance_id"),
        Index(
            "ix_task_tenant_id_process_key_ended_at",
            "tenant_id",
            "process_key",
            "ended_at",
            sqlite_where=_DONE,
            postgresql_where=_DONE,
        ),
    )

    tenant_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    instance_id: Mapped[UUID]
    process_key: Mapped[str] = mapped_column(String(128))
    element: Mapped[str] = mapped_column(String(128))
    name: Mapped[str] = mapped_column(String(300))
    lane: Mapped[str] = mapped_column(String(200))
    position: Mapped[int]
    """Row of the SOP, 0 for an element without one."""
    unit: Mapped[str] = mapped_column(String(40), default="")
    """Item of a multi-instance task: the code of the unit."""
    groups: Mapped[list[str]] = mapped_column(default=list)
    """For whom it is: codes of positions and units, or a person."""
    status: Mapped[str] = mapped_column(String(20))
    round: Mapped[int]
    created_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    follow_up_at: Mapped[datetime | None]
    priority: Mapped[int] = mapped_column(default=50)
    """0 to 9999; the higher, the more urgent."""
    came_from: Mapped[str] = mapped_column(String(200), default="")
    """Position whose act opened this task."""
    is_returned: Mapped[bool] = mapped_column(default=False)
    return_reason: Mapped[str] = mapped_column(Text, default="")
    return_parts: Mapped[list[str]] = mapped_column(default=list)
    begun_at: Mapped[datetime | None]
    """When somebody first acted on it: took it, saved a draft or completed it."""
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[UUID | None]
    ended_position: Mapped[str] = mapped_column(String(200), default="")
    outcome: Mapped[str] = mapped_column(Text, server_default="")
    """Code of the button that completed it; empty where nothing was decided."""
    outcome_label: Mapped[str] = mapped_column(Text, server_default="")
    assignee: Mapped[UUID | None]
    """Who has it for himself, as long as he holds the post that he has it by; nobody: it is free."""
    assigned_post: Mapped[str] = mapped_column(String(40), server_default="")
    assigned_position: Mapped[str] = mapped_column(String(200), server_default="")
    """Name of that post as it was."""
    assigned_at: Mapped[datetime | None]
    delegated_by: Mapped[UUID | None]
    """Who handed it on and may have it back, as long as he holds his post himself."""
    delegated_post: Mapped[str] = mapped_column(String(40), server_default="")
    delegated_position: Mapped[str] = mapped_column(String(200), server_default="")
    delegation_note: Mapped[str] = mapped_column(Text, server_default="")


class TaskGroup(Base):
    """An open task in the inbox of one of its candidate groups."""

    __tablename__ = "task_group"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "task_id"], ["task.tenant_id", "task.id"]),
        Index("ix_task_group_tenant_id_candidate_group_task_id", "tenant_id", "candidate_group", "task_id"),
        {"sqlite_with_rowid": False},
    )

    tenant_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    task_id: Mapped[UUID] = mapped_column(primary_key=True)
    group: Mapped[str] = mapped_column("candidate_group", String(80), primary_key=True)


class SavedFilter(Base):
    """A view of the inbox that somebody keeps under a name."""

    __tablename__ = "saved_filter"
    __table_args__ = (UniqueConstraint("tenant_id", "person_id", "name"),)

    tenant_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(String(60))
    wanted: Mapped[dict[str, Any]]
    """What the address of the view says."""
    is_default: Mapped[bool] = mapped_column(default=False)
    """Whether the inbox opens with it."""


class Draft(Base):
    """What somebody typed into a task and has not sent yet."""

    __tablename__ = "draft"
    __table_args__ = (ForeignKeyConstraint(["tenant_id", "task_id"], ["task.tenant_id", "task.id"]),)

    tenant_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    task_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    answers: Mapped[dict[str, Any]]
    saved_at: Mapped[datetime]


class History(Base):
    """One line of what happened in a case. Lines are added, never changed."""

    __tablename__ = "history"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "instance_id"], ["instance.tenant_id", "instance.id"]),
        {"sqlite_with_rowid": False},
    )

    tenant_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    instance_id: Mapped[UUID] = mapped_column(primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime]
    person_id: Mapped[UUID | None]
    position: Mapped[str] = mapped_column(String(200), default="")
    process_key: Mapped[str] = mapped_column(String(128), default="")
    element: Mapped[str] = mapped_column(String(128), default="")
    task_id: Mapped[UUID | None]
    body: Mapped[dict[str, Any]] = mapped_column(Packed(), default=dict)


class LargeValue(Base):
    """A large variable of a case, kept beside its state under its digest."""

    __tablename__ = "large_value"
    __table_args__ = (ForeignKeyConstraint(["tenant_id", "instance_id"], ["instance.tenant_id", "instance.id"]),)

    tenant_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    instance_id: Mapped[UUID] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


_OFFERED = text("kind = 'external' AND incident_id IS NULL")


class Waiting(Base):
    """What a case waits for beside its user tasks: a time, a message, a signal or an external worker."""

    __tablename__ = "waiting"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "instance_id"], ["instance.tenant_id", "instance.id"]),
        Index("ix_waiting_tenant_id_instance_id", "tenant_id", "instance_id"),
        Index("ix_waiting_tenant_id_kind_due_at", "tenant_id", "kind", "due_at"),
        Index("ix_waiting_tenant_id_kind_name", "tenant_id", "kind", "name"),
        Index(
            "ix_waiting_tenant_id_name_free_at",
            "tenant_id",
            "name",
            "free_at",
            "id",
            sqlite_where=_OFFERED,
            postgresql_where=_OFFERED,
        ),
    )

    tenant_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    """Id of the token in the engine."""
    instance_id: Mapped[UUID]
    process_key: Mapped[str] = mapped_column(String(128))
    element: Mapped[str] = mapped_column(String(128))
    kind: Mapped[str] = mapped_column(String(20))
    """timer, message, signal or external."""
    name: Mapped[str] = mapped_column(String(300), default="")
    """Name of the message or signal, topic of the external task."""
    key: Mapped[str] = mapped_column(String(300), default="")
    """What a message must carry to be the right one; empty takes every one of that name."""
    due_at: Mapped[datetime | None]
    since: Mapped[datetime]
    incident_id: Mapped[UUID | None]
    """Why it is not tried any more by itself."""
    free_at: Mapped[datetime | None]
    """From when on any worker may take an external task; the one who has it may end it later too."""
    worker: Mapped[str] = mapped_column(String(200), default="", server_default="")
    """Who has it, by the name that the program gives itself; empty: nobody."""
    retries: Mapped[int | None]
    """How often it may still fail before it rests; nothing before the first time."""
    error: Mapped[str] = mapped_column(Text, default="", server_default="")
    """Why it could not be done the last time."""
    error_details: Mapped[str] = mapped_column(Text, default="", server_default="")


class StartTrigger(Base):
    """What starts cases of a process by itself: a time, a message or a signal, of its newest version."""

    __tablename__ = "start_trigger"
    __table_args__ = (
        Index("ix_start_trigger_tenant_id_kind_due_at", "tenant_id", "kind", "due_at"),
        Index("ix_start_trigger_tenant_id_kind_name", "tenant_id", "kind", "name"),
    )

    tenant_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    process_key: Mapped[str] = mapped_column(String(128), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    """timer, message or signal."""
    name: Mapped[str] = mapped_column(String(300), default="")
    due_at: Mapped[datetime | None]
    left: Mapped[int | None] = mapped_column("times_left")
    """How often a cycle still starts a case; nothing means for ever."""
    failure: Mapped[str] = mapped_column(Text, default="")
    """Why the last case could not be started; the next time tries again."""
    is_suspended: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether it rests, as its version is suspended."""


class Dispatch(Base):
    """A message or signal on its way to the cases of an office that wait for it, or to one case."""

    __tablename__ = "dispatch"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "instance_id"], ["instance.tenant_id", "instance.id"]),
        Index("ix_dispatch_tenant_id_done_at", "tenant_id", "done_at"),
    )

    tenant_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    instance_id: Mapped[UUID | None]
    """The case that it left; nothing for one from outside."""
    target_id: Mapped[UUID | None]
    """The one case that this part of a signal is for."""
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(300))
    key: Mapped[str] = mapped_column(String(300), default="")
    body: Mapped[dict[str, Any]] = mapped_column(default=dict)
    sent_at: Mapped[datetime]
    tried_at: Mapped[datetime | None]
    """When nobody waited for it yet."""
    done_at: Mapped[datetime | None]


class Incident(Base):
    """An act that the engine could not carry out, kept so that it can be tried again once its cause is gone."""

    __tablename__ = "incident"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "instance_id"], ["instance.tenant_id", "instance.id"]),
        Index("ix_incident_tenant_id_instance_id", "tenant_id", "instance_id"),
    )

    tenant_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    instance_id: Mapped[UUID]
    process_key: Mapped[str] = mapped_column(String(128), default="")
    element: Mapped[str] = mapped_column(String(128), default="")
    """Where the engine stopped."""
    cause: Mapped[str] = mapped_column(String(80))
    """Code of the cause."""
    detail: Mapped[str] = mapped_column(Text, default="")
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """The variables that the failing element looked at."""
    act: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What is done again on a retry: its kind, task, values and who did it."""
    attempts: Mapped[int] = mapped_column(default=1)
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[UUID | None]


class Attachment(Base):
    """A file that somebody added to a task of a case."""

    __tablename__ = "attachment"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "instance_id"], ["instance.tenant_id", "instance.id"]),
        Index("ix_attachment_tenant_id_instance_id", "tenant_id", "instance_id"),
    )

    tenant_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    instance_id: Mapped[UUID]
    task_id: Mapped[UUID]
    person_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(String(255))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    added_at: Mapped[datetime]


class Receipt(Base):
    """What was done for a request, so that the same request again is answered and not carried out; kept some days."""

    __tablename__ = "receipt"
    __table_args__ = ({"sqlite_with_rowid": False},)

    tenant_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    key: Mapped[UUID] = mapped_column(primary_key=True)
    """Digest of who asked and the key that he chose."""
    digest: Mapped[UUID]
    """Of what was asked for."""
    instance_id: Mapped[UUID]
    at: Mapped[datetime]


class Webhook(Base):
    """A program outside that is told of what happens in an office."""

    __tablename__ = "webhook"

    tenant_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(String(500))
    secret: Mapped[str] = mapped_column(String(80))
    """Signs what is sent, so that the receiver knows who it is from."""
    kinds: Mapped[list[str]]
    """Events that it hears of."""
    added_at: Mapped[datetime]


class Delivery(Base):
    """Something to be told to somebody outside, written with the step that it tells of."""

    __tablename__ = "delivery"
    __table_args__ = (
        Index("ix_delivery_tenant_id_due_at", "tenant_id", "due_at"),
        Index("ix_delivery_tenant_id_dead_at", "tenant_id", "dead_at"),
        Index(
            "ix_delivery_tenant_id_target_created_at",
            "tenant_id",
            "target",
            "created_at",
            sqlite_where=text("channel = 'page'"),
            postgresql_where=text("channel = 'page'"),
        ),
    )

    tenant_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    """Goes with every attempt, so that the receiver can tell that he has it already."""
    channel: Mapped[str] = mapped_column(String(20))
    """mail, webhook, or page for what stands among the news of a person."""
    target: Mapped[UUID]
    """The person or the webhook."""
    kind: Mapped[str] = mapped_column(String(40))
    body: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    """When it is tried next; never again once it is done or given up."""
    attempts: Mapped[int] = mapped_column(default=0)
    failure: Mapped[str] = mapped_column(String(80), default="")
    """Code of why the last attempt failed."""
    done_at: Mapped[datetime | None]
    dead_at: Mapped[datetime | None]
    """When it was given up."""


class Export(Base):
    """A file with everything of an office, made in the background for one person."""

    __tablename__ = "export"
    __table_args__ = (Index("ix_export_tenant_id_ended_at", "tenant_id", "ended_at"),)

    tenant_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID]
    """Who asked for it, and alone may have it."""
    asked_at: Mapped[datetime]
    """The file tells what had happened until then."""
    attempt: Mapped[int] = mapped_column(default=0)
    """Who makes it carries the number of his attempt; one with an older number has been given up."""
    worked_at: Mapped[datetime | None]
    """When somebody was last seen making it."""
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    size: Mapped[int] = mapped_column(default=0)
    ended_at: Mapped[datetime | None]
    has_failed: Mapped[bool] = mapped_column(default=False)


class ExportPart(Base):
    """A piece of the file of an export, as one attempt made it."""

    __tablename__ = "export_part"
    __table_args__ = (ForeignKeyConstraint(["tenant_id", "export_id"], ["export.tenant_id", "export.id"]),)

    tenant_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    export_id: Mapped[UUID] = mapped_column(primary_key=True)
    attempt: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class WorkHours(Base):
    """The hours of an office, or of a unit that has its own."""

    __tablename__ = "work_hours"

    tenant_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    unit_code: Mapped[str] = mapped_column(String(40), primary_key=True)
    """Empty for the office."""
    week: Mapped[str] = mapped_column(String(400))
    """Monday to Sunday, parted by bars: "07:30-12:00 13:00-16:00|..."."""
    ramadan: Mapped[str] = mapped_column(String(400))
    day_of_480: Mapped[bool]
    """Whether 480 minutes are one working day."""
    keeps_days_off: Mapped[bool]
    """Whether a unit is closed when the office is."""


class WorkDayOff(Base):
    """A day on which an office, or a unit, does not work."""

    __tablename__ = "work_day_off"

    tenant_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    unit_code: Mapped[str] = mapped_column(String(40), primary_key=True)
    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    name: Mapped[str] = mapped_column(String(300))
    source: Mapped[str] = mapped_column(String(20))
    """nasional, cuti-bersama or lokal."""


class WorkSpecialDay(Base):
    """A day with hours of its own."""

    __tablename__ = "work_special_day"

    tenant_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    unit_code: Mapped[str] = mapped_column(String(40), primary_key=True)
    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    hours: Mapped[str] = mapped_column(String(400))


class WorkRamadan(Base):
    """Ramadan of one year."""

    __tablename__ = "work_ramadan"

    tenant_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    first: Mapped[str] = mapped_column(String(10), primary_key=True)
    last: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(300))


class WorkYear(Base):
    """A year whose days off an office knows."""

    __tablename__ = "work_year"

    tenant_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    is_settled: Mapped[bool]
    """Whether by a decree."""


class Recomputation(Base):
    """The last change of an office's working time, and how far the due dates of open tasks follow it."""

    __tablename__ = "recomputation"
    __table_args__ = (Index("ix_recomputation_tenant_id_ended_at", "tenant_id", "ended_at"),)

    tenant_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    asked_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(Text)
    """What changed, in the words of the records."""
    last_task: Mapped[UUID | None]
    """All up to this one are done."""
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    moved: Mapped[int] = mapped_column(default=0)
    ended_at: Mapped[datetime | None]


class AuditReading(Base):
    """An auditor looked at something of an office. Lines are added, never changed."""

    __tablename__ = "audit_reading"

    tenant_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    person_id: Mapped[UUID]
    decree: Mapped[str] = mapped_column(String(100))
    """The mandate under which he looked."""
    what: Mapped[str] = mapped_column(String(60))
    """The view that showed it, or the command."""
    case_id: Mapped[UUID | None]
    about: Mapped[str] = mapped_column(String(400), default="")
    """Title of the case, name of the file, as they were then."""


class ReminderRule(Base):
    """What an office has people told of the due dates of a process; the usual where it settled nothing."""

    __tablename__ = "reminder_rule"

    tenant_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    process_key: Mapped[str] = mapped_column(String(128), primary_key=True)
    is_on: Mapped[bool]
    ahead: Mapped[int]
    ahead_unit: Mapped[str] = mapped_column(String(10))
    """hari or jam."""
    when_late: Mapped[bool]
    every: Mapped[int] = mapped_column("repeat_every")
    times: Mapped[int] = mapped_column("repeat_times")
    escalate_after: Mapped[int]


class Reminder(Base):
    """Something of the due date of a task that was told. Lines are added, never changed: nothing is told twice."""

    __tablename__ = "reminder"
    __table_args__ = (ForeignKeyConstraint(["tenant_id", "task_id"], ["task.tenant_id", "task.id"]),)

    tenant_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    task_id: Mapped[UUID] = mapped_column(primary_key=True)
    due_at: Mapped[datetime] = mapped_column(primary_key=True)
    """The due date that it was told of."""
    track: Mapped[str] = mapped_column(String(20), primary_key=True)
    """reminded or escalated."""
    rank: Mapped[int] = mapped_column("stage", primary_key=True)
    at: Mapped[datetime]
