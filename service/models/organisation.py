"""Tables of the offices: units and positions, who holds them, who has which role, what was changed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, Index, false
from sqlalchemy.orm import Mapped, mapped_column

from service.columns import String
from service.models.base import Base


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
