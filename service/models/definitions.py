"""Tables of what was deployed, and of what begins cases by itself."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, LargeBinary, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from service.columns import String, Text
from service.models.base import Base


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
