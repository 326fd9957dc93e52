"""Tables of people: how they get in, what they keep for themselves, what auditors looked at."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, false, true
from sqlalchemy.orm import Mapped, mapped_column

from service.columns import String
from service.models.base import Base


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
    __table_args__ = (Index("ix_session_person_id", "person_id"), Index("ix_session_previous_id", "previous_id"))

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Digest of the key that the browser holds; who reads the table cannot sign in with it."""
    previous_id: Mapped[str | None] = mapped_column(String(64))
    """Digest of the key that it held before its person proved himself again."""
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
