"""Tables of the background work: workers, letters and webhooks, exports, reminders."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, ForeignKeyConstraint, Index, LargeBinary, func, text
from sqlalchemy.orm import Mapped, mapped_column

from service.columns import String
from service.models.base import Base, on_postgresql


class Worker(Base):
    """A process that does background work for all offices, and when it was last seen."""

    __tablename__ = "worker"

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    jobs_done: Mapped[int]
    """Since it started."""
    jobs_failed: Mapped[int]


def shared_clock(now: datetime) -> datetime | ColumnElement[datetime]:
    """Return the time by the clock that all machines share, that of the server; with SQLite there is one machine.

    By its own clock one that is a minute late would be dead to all others, and one that is early would never die.
    """
    return func.clock_timestamp() if on_postgresql() else now


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
