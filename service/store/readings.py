"""What auditors looked at."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from service.models import Attachment, AuditReading, Incident, Instance, Role, Task, db, new_id, valid_at

OF_CASES: dict[str, type[Task | Attachment | Incident]] = {
    "task_id": Task,
    "attachment_id": Attachment,
    "incident_id": Incident,
}
"""Things that belong to a case, by the name that addresses give them."""


def note_reading(office: str, person_id: UUID, what: str, named: dict[str, UUID], at: datetime) -> None:
    """Write down that an auditor looked at something, with the mandate that he has."""
    case_id, file = named.get("case_id"), ""
    for name, noun in OF_CASES.items():
        row: Task | Attachment | Incident | None = None
        if name in named:
            row = db.session.get(noun, (office, named[name]))  # type: ignore[assignment]  # one of the three
        if row is not None:
            case_id = row.instance_id
            file = row.name if isinstance(row, Attachment) else ""
    case = db.session.execute(
        select(Instance.number, Instance.title).where(Instance.tenant_id == office, Instance.id == case_id)
    ).one_or_none()
    mandate = select(Role.decree).where(
        Role.tenant_id == office, Role.person_id == person_id, Role.name == "auditor", valid_at(Role, at)
    )
    parts = [f"{case.number:04} {case.title}"] if case else []
    db.session.add(
        AuditReading(
            tenant_id=office,
            id=new_id(at),
            at=at,
            person_id=person_id,
            decree=db.session.scalars(mandate.limit(1)).first() or "",
            what=what,
            case_id=case_id if case else None,
            about=" · ".join([*parts, *([file] if file else [])])[:400],
        )
    )
    db.session.commit()
