"""Tables of cases: where each stands, its history, its incidents and its files."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, ForeignKeyConstraint, Index, LargeBinary, UniqueConstraint, select, text
from sqlalchemy.orm import Mapped, mapped_column

from service.columns import Packed, String, Text
from service.models.base import Base
from service.models.tasks import Task
from service.models.waiting import Waiting


class InstanceStatus(StrEnum):
    """Where a case stands."""

    CANCELLED = "cancelled"
    COMPLETED = "completed"
    RUNNING = "running"


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
    """The case that it was done on; for a signal the signal itself."""
    at: Mapped[datetime]
