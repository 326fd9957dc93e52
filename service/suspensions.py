"""Suspensions: an analyst takes the version in force back, so that nobody starts it, and gives it free again."""

from datetime import datetime

from service import catalogue, store, triggers
from service.engine import reason as reasons
from service.engine.assignment import Actor, Role, require_role
from service.errors import Conflict
from service.models import Definition, OrganisationEvent, new_id

SUSPENDED, ACTIVATED = "sop-suspended", "sop-activated"
"""Lines of the log of the office."""


def suspend(actor: Actor, key: str, version: int, reason: str | None, now: datetime) -> None:
    """Let no case be started with the version in force, by nobody and nothing; those that run go on.

    Without a reason only by a program. Nothing changes where it is suspended already.

    Raises:
        NotAllowed: the actor is no analyst.
        NotFound: the office has no such version.
        Conflict: it is not in force.
        ReasonMissing: an empty reason, or a word that explains nothing.

    """
    definition = _in_force(actor, key, version)
    told = "" if reason is None else reasons.required(reason)
    store.suspend(definition, _line(SUSPENDED, actor, definition, told, now), actor.label, told)


def activate(actor: Actor, key: str, version: int, now: datetime) -> None:
    """Let cases be started again with the version in force; times that passed meanwhile are passed over.

    Nothing changes where it is not suspended.

    Raises:
        NotAllowed, NotFound, Conflict: as `suspend`.

    """
    definition = _in_force(actor, key, version)
    clock = store.trigger_of(actor.office, key)
    missed = None
    if clock is not None and clock.due_at is not None and clock.due_at <= now:
        following = triggers.following(clock, catalogue.diagram(actor.office, definition.id), now)
        missed = (clock.due_at, *(following or (None, None)))
    store.activate(definition, _line(ACTIVATED, actor, definition, "", now), missed)


def _in_force(actor: Actor, key: str, version: int) -> Definition:
    require_role(actor, Role.ANALYST)
    definition = store.get_definition(actor.office, key, version)
    latest = store.latest_definition(actor.office, key)
    if latest is None or latest.version != version:
        raise Conflict("this version is not in force", cause="decided")
    return definition


def _line(kind: str, actor: Actor, definition: Definition, reason: str, now: datetime) -> OrganisationEvent:
    after = {"process": definition.key, "version": definition.version} | ({"reason": reason} if reason else {})
    return OrganisationEvent(
        tenant_id=actor.office,
        id=new_id(now),
        at=now,
        person_id=actor.person_id,
        kind=kind,
        subject=definition.subject,
        after=after,
    )
