"""What is taken away of one case: its history as it is stored, its files, and the versions of the SOP it ran on."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from service.engine.assignment import Actor
from service.models import Attachment, Definition, History, db
from service.queries.cases import find
from service.queries.deployed import files_of
from service.queries.history import history_of
from service.queries.organisation import person_names


@dataclass(frozen=True, slots=True)
class BoundVersion:
    """A version of an SOP that a case runs on, with the files that came with it."""

    name: str
    key: str
    version: int
    deployed_at: datetime
    deployed_by: str
    released_by: str
    files: tuple[tuple[str, bytes], ...]


def lines(actor: Actor, case_id: UUID) -> Iterator[str]:
    """Yield every line of the history of a case as it is stored, as JSON, the oldest first.

    Raises:
        NotFound: the office has no such case.

    """
    found = history_of(find(actor, case_id)[0])
    people = person_names({line.person_id for line in found if line.person_id})
    for line in found:
        yield json.dumps(_stored(line, people.get(line.person_id, "") if line.person_id else ""), ensure_ascii=False)


def versions(actor: Actor, case_id: UUID) -> tuple[BoundVersion, ...]:
    """Return the version that a case was bound to when it started, and those of the SOPs it calls.

    Raises:
        NotFound: the office has no such case.

    """
    instance, own = find(actor, case_id)
    called = {UUID(one) for one in instance.called.values()} - {own.id}
    others = select(Definition).where(Definition.tenant_id == actor.office, Definition.id.in_(called))
    return tuple(
        BoundVersion(
            name=one.name,
            key=one.key,
            version=one.version,
            deployed_at=one.deployed_at,
            deployed_by=one.deployed_by,
            released_by=one.released_by,
            files=tuple(files_of(one)),
        )
        for one in (own, *db.session.scalars(others.order_by(Definition.key)))
    )


def content(actor: Actor, attachment_id: UUID) -> bytes:
    """Return what a file of the office holds."""
    own = (Attachment.tenant_id == actor.office, Attachment.id == attachment_id)
    return db.session.execute(select(Attachment.content).where(*own)).scalar_one()


def _stored(line: History, name: str) -> dict[str, object]:
    return {
        "instance_id": str(line.instance_id),
        "sequence": line.sequence,
        "kind": line.kind,
        "at": line.at.isoformat(),
        "person_id": str(line.person_id) if line.person_id else None,
        "person": name,
        "position": line.position,
        "process_key": line.process_key,
        "element": line.element,
        "task_id": str(line.task_id) if line.task_id else None,
        "body": line.body,
    }
