"""Incidents: kept beside the last good state, closed when their act is done or not needed any more."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from service.errors import NotFound
from service.models import (
    Attachment,
    Incident,
    Instance,
    Waiting,
    db,
    new_id,
)
from service.once import Once
from service.store.history import Fact, add_lines
from service.store.instances import advance
from service.store.papers import keep_draft
from service.store.receipts import add_receipt


@dataclass(frozen=True, slots=True)
class Failure:
    """An act that the engine could not carry out, with all that doing it again needs."""

    process: str
    element: str
    """Where the engine stopped."""
    cause: str
    detail: str
    data: Mapping[str, Any]
    act: Mapping[str, Any]


def get_incident(office: str, incident_id: UUID) -> tuple[Incident, Instance]:
    """Return an incident with its case, in one look: a case that is read later may have solved it.

    Raises:
        NotFound: the office has no such incident.

    """
    of_case = (Instance.tenant_id == Incident.tenant_id) & (Instance.id == Incident.instance_id)
    found = select(Incident, Instance).join(Instance, of_case)
    for incident, instance in db.session.execute(found.where(Incident.tenant_id == office, Incident.id == incident_id)):
        return incident, instance
    raise NotFound(incident=incident_id)


def open_incidents(instance: Instance) -> list[Incident]:
    """Return the incidents of a case that nobody has solved, the oldest first; a case without any costs no query."""
    if not instance.incident:
        return []
    found = select(Incident).where(
        Incident.tenant_id == instance.tenant_id, Incident.instance_id == instance.id, Incident.closed_at.is_(None)
    )
    return list(db.session.scalars(found.order_by(Incident.opened_at, Incident.id)))


def record_incident(
    instance: Instance,
    failure: Failure,
    fact: Fact,
    typed: Mapping[str, Any] | None = None,
    new_files: Iterable[Attachment] = (),
    before: Sequence[Fact] = (),
    once: Once | None = None,
) -> UUID:
    """Note beside the last good state that an act failed; the state stays, what was typed is kept as a draft.

    A task that fails again keeps its incident: one attempt more, the newest cause. What was told `before` is told
    `once`, however often the act fails.

    Raises:
        InstanceChanged: somebody else saved this case first, so the act may not fail any more.

    """
    incident = next((one for one in open_incidents(instance) if one.act["task"] == failure.act["task"]), None)
    facts = [*before, fact]
    advance(instance, incident=failure.detail, lines=instance.lines + len(facts))
    if incident is None:
        incident = Incident(
            tenant_id=instance.tenant_id, id=new_id(fact.at), instance_id=instance.id, attempts=0, opened_at=fact.at
        )
        db.session.add(incident)
    incident.process_key, incident.element = failure.process, failure.element
    incident.cause, incident.detail = failure.cause, failure.detail
    incident.data, incident.act = dict(failure.data), dict(failure.act)
    incident.attempts += 1
    _hold(incident, incident.id, fact.at)
    db.session.add_all(new_files)
    if typed is not None and fact.task_id is not None and fact.person_id is not None:
        keep_draft(instance.tenant_id, fact.task_id, fact.person_id, typed, fact.at)
    add_receipt(instance, once, fact.at)
    add_lines(instance, instance.lines + 1, facts)
    db.session.commit()
    return incident.id


def close_incident(instance: Instance, incident: Incident, fact: Fact) -> None:
    """Close an incident without doing its act; a timer or external task of it is offered again.

    Raises:
        InstanceChanged: somebody else saved this case first.

    """
    standing = [one for one in open_incidents(instance) if one.id != incident.id]
    advance(instance, incident=standing[-1].detail if standing else "", lines=instance.lines + 1)
    close([incident], fact)
    add_lines(instance, instance.lines + 1, [fact])
    db.session.commit()


def settled(
    instance: Instance, over: frozenset[str], solves: UUID | None, *, ended: bool
) -> tuple[list[Incident], list[Incident]]:
    """Return the incidents that are over once these tasks and waits are, and those that stand."""
    found = open_incidents(instance)
    solved = [incident for incident in found if ended or incident.act["task"] in over or incident.id == solves]
    return solved, [incident for incident in found if incident not in solved]


def _hold(incident: Incident, incident_id: UUID | None, now: datetime) -> None:
    """Let a wait rest while an incident stands, or offer it again to all; a task or message has no such row."""
    db.session.execute(
        update(Waiting)
        .where(Waiting.tenant_id == incident.tenant_id, Waiting.id == UUID(incident.act["task"]))
        .values(incident_id=incident_id, worker="", retries=None, free_at=now)
    )


def close(incidents: Iterable[Incident], fact: Fact) -> None:
    """Close incidents, as of this line; what still waits for them is offered again."""
    for incident in incidents:
        incident.closed_at, incident.closed_by = fact.at, fact.person_id
        _hold(incident, None, fact.at)
