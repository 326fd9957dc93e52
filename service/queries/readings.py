"""What auditors looked at, for the admins of the office; and the mandate under which somebody looks."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from service.engine.appointment import Mandate, Period
from service.engine.assignment import Actor, Role, require_role
from service.models import AuditReading, Person, db, valid_at
from service.models import Role as RoleRow

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Reading:
    """Something that an auditor looked at."""

    at: datetime
    name: str
    user_name: str
    decree: str
    what: str
    case_id: UUID | None
    about: str


@dataclass(frozen=True, slots=True)
class ReadingsPage:
    """One page of the list."""

    rows: tuple[Reading, ...]
    total: int
    page_number: int
    pages: int


def mandate(actor: Actor, now: datetime) -> Mandate | None:
    """Return under which decree and until when somebody audits the office, None if he does not."""
    own = (RoleRow.tenant_id == actor.office, RoleRow.person_id == actor.person_id, RoleRow.name == Role.AUDITOR)
    found = select(RoleRow).where(*own, valid_at(RoleRow, now)).order_by(RoleRow.ends_at).limit(1)
    row = db.session.scalars(found).first()
    return Mandate(row.decree, Period(row.starts_at, row.ends_at)) if row else None


def readings(actor: Actor, page: int) -> ReadingsPage:
    """Return one page of what auditors looked at, the latest first.

    Raises:
        NotAllowed: the actor is no admin.

    """
    require_role(actor, Role.ADMIN)
    own = AuditReading.tenant_id == actor.office
    total = db.session.scalar(select(func.count()).select_from(AuditReading).where(own)) or 0
    pages = max(1, -(-total // PAGE_SIZE))
    number = min(page, pages)
    rows = db.session.execute(
        select(AuditReading, Person.name, Person.user_name)
        .join(Person, Person.id == AuditReading.person_id)
        .where(own)
        .order_by(AuditReading.id.desc())
        .offset((number - 1) * PAGE_SIZE)
        .limit(PAGE_SIZE)
    )
    return ReadingsPage(
        tuple(_reading(row.AuditReading, row.name, row.user_name) for row in rows), total, number, pages
    )


def _reading(row: AuditReading, name: str, user_name: str) -> Reading:
    return Reading(row.at, name, user_name, row.decree, row.what, row.case_id, row.about)
