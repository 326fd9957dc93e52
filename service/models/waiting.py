"""Tables of what cases wait for beside people, and of what they told each other."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from service.columns import String, Text
from service.models.base import Base

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
