"""Tables of user tasks: all that inboxes read, and what was typed and not sent."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from service.columns import String, Text
from service.models.base import Base


class TaskStatus(StrEnum):
    """Where a user task stands."""

    CANCELLED = "cancelled"
    COMPLETED = "completed"
    OPEN = "open"


def _of_open_tasks(name: str, *columns: str, only: str = "") -> Index:
    """Return an index that holds open tasks only, however many were done before."""
    is_open = text(f"ended_at IS NULL{only}")
    return Index(name, *columns, sqlite_where=is_open, postgresql_where=is_open)


_DONE = text("status = 'completed'")
_BY_SOMEBODY = text("ended_by IS NOT NULL")


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
        Index(
            "ix_task_tenant_id_ended_by_instance_id",
            "tenant_id",
            "ended_by",
            "instance_id",
            sqlite_where=_BY_SOMEBODY,
            postgresql_where=_BY_SOMEBODY,
        ),
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


class Draft(Base):
    """What somebody typed into a task and has not sent yet."""

    __tablename__ = "draft"
    __table_args__ = (ForeignKeyConstraint(["tenant_id", "task_id"], ["task.tenant_id", "task.id"]),)

    tenant_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    task_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    answers: Mapped[dict[str, Any]]
    saved_at: Mapped[datetime]
    saved_by_page: Mapped[str] = mapped_column(String(40), server_default="")
    """Mark of the page that it came from; empty: from a program."""
