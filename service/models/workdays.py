"""Tables of working time: the calendars of offices and units, and due dates that are moved after them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from service.columns import String, Text
from service.models.base import Base


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
