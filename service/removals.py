"""Deleting what was deployed and never used."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from service import calls, catalogue, store, triggers
from service.engine.assignment import Actor, Role, require_role
from service.errors import Conflict, Invalid
from service.models import Definition, OrganisationEvent, StartTrigger, new_id
from service.queries import deployed
from service.queries.deployed import Deployment


def removable(actor: Actor, deployment_id: UUID) -> Deployment:
    """Return what is deleted with a deployment.

    Raises:
        NotAllowed, NotFound, Conflict, Invalid: as `remove`.

    """
    found, _, _ = _unused(actor, deployment_id)
    return found


def remove(actor: Actor, deployment_id: UUID, now: datetime) -> None:
    """Delete what was deployed at once, if none of it was ever used; what was in force before it is so again.

    Raises:
        NotAllowed: the actor is no analyst.
        NotFound: the office has no such deployment.
        Conflict: somebody deleted it at the same time.
        Invalid: something of it is used, or what was in force before it cannot be so again; nothing was deleted.

    """
    _, definitions, left = _unused(actor, deployment_id)
    begun = [_begun_again(found, now) for found in left.values() if found is not None]
    events = [_deletion(actor, one, now) for one in definitions]
    store.delete_definitions(definitions, left.keys(), [one for one in begun if one], events)


def _unused(actor: Actor, deployment_id: UUID) -> tuple[Deployment, Sequence[Definition], dict[str, Definition | None]]:
    """Return a deployment, its versions, and what is in force without them of processes that they were in force of."""
    require_role(actor, Role.ANALYST)
    found = deployed.deployment(actor, deployment_id)
    wanted = {one.id for one in found.versions}
    definitions = store.lock_definitions(actor.office, wanted)
    if {one.id for one in definitions} != wanted:
        raise Conflict("somebody deleted it at the same time")
    if any(map(store.is_used, definitions)):
        raise Invalid("a case was started with it, or is about to be: what was used stays")
    in_force = {one.key: store.latest_definition(actor.office, one.key) for one in definitions}
    left = {
        key: store.latest_definition(actor.office, key, without=wanted)
        for key, one in in_force.items()
        if one is not None and one.id in wanted
    }
    _require_uncalled(actor, wanted, {key for key, other in left.items() if other is None})
    _require_callable(actor, left)
    return found, definitions, left


def _require_uncalled(actor: Actor, gone: Collection[UUID], lost: Collection[str]) -> None:
    for other in deployed.versions(actor):
        if lost and other.is_in_force and other.id not in gone:
            called = catalogue.diagram(actor.office, other.id).called
            if called.intersection(lost):
                raise Invalid(f"{other.key} calls it: what is called stays", caller=other.name)


def _require_callable(actor: Actor, left: Mapping[str, Definition | None]) -> None:
    """Look anew at what comes into force again: it was deployed beside others than those of today."""
    again = {key: one for key, one in left.items() if one is not None}
    after = {key: called for key, called in calls.in_force(actor).items() if key not in left}
    after |= {key: catalogue.diagram(actor.office, one.id).called for key, one in again.items()}
    for key, one in again.items():
        if missing := calls.missing(key, after):
            called = ", ".join(missing)
            raise Invalid(
                f"{key} would be in force again and calls what is not: {called}", again=one.name, called=called
            )
        if calls.is_circle(key, after):
            raise Invalid(f"{key} would be in force again and call itself through another SOP", again=one.name)


def _begun_again(definition: Definition, now: datetime) -> StartTrigger | None:
    """Return what starts cases of a version that is in force again; times that passed are passed over."""
    diagram = catalogue.diagram(definition.tenant_id, definition.id)
    row = triggers.of(definition.tenant_id, diagram, now)
    if row is not None:
        row.is_suspended = definition.suspended_at is not None
        if row.due_at is not None and row.due_at <= now:
            row.due_at, row.left = triggers.following(row, diagram, now) or (None, None)
    return row


def _deletion(actor: Actor, definition: Definition, now: datetime) -> OrganisationEvent:
    told = {"process": definition.key, "version": definition.version, "name": definition.name}
    return OrganisationEvent(
        tenant_id=actor.office,
        id=new_id(now),
        at=now,
        person_id=actor.person_id,
        kind=store.DELETED,
        subject=definition.subject,
        after=told,
    )
