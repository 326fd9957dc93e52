"""Releases: where an office wants it so, a new version comes into force when a second person has looked at it."""

from datetime import datetime

from service import calls, catalogue, store, triggers
from service.engine import reason as reasons
from service.engine.assignment import Actor, Role, require_role
from service.errors import Conflict, NotAllowed
from service.models import Definition


def require_second_person(actor: Actor, *, needed: bool) -> None:
    """Let new versions of the office wait for a second person from now on, or not; those that wait go on waiting.

    Raises:
        NotAllowed: the actor is no admin.

    """
    require_role(actor, Role.ADMIN)
    store.set_needs_release(actor.office, needed=needed)


def release(actor: Actor, key: str, version: int, now: datetime) -> None:
    """Bring a version that waits into force; running cases stay on theirs.

    Raises:
        NotAllowed: the actor is no analyst, or deployed it himself.
        NotFound: the office has no such version.
        Conflict: somebody decided before, a newer version is there, or an SOP that it calls is not in force, or it
            would call itself.

    """
    require_role(actor, Role.ANALYST)
    with store.alone(actor.office):
        definition = _decidable(actor, key, version)
        diagram = catalogue.diagram(actor.office, definition.id)
        _require_callable(key, {**calls.in_force(actor), key: diagram.called})
        begun = triggers.of(actor.office, diagram, now)
        store.decide(definition, [begun] if begun else [], released_at=now, released_by=actor.label)


def refuse(actor: Actor, key: str, version: int, reason: str, now: datetime) -> None:
    """Let a version that waits never come into force.

    Raises:
        NotAllowed, NotFound, Conflict: as `release`.
        ReasonMissing: no reason, or a word that explains nothing.

    """
    require_role(actor, Role.ANALYST)
    with store.alone(actor.office):
        definition = _decidable(actor, key, version)
        store.decide(definition, [], refused_at=now, refused_by=actor.label, refusal=reasons.required(reason))


def _decidable(actor: Actor, key: str, version: int) -> Definition:
    definition = store.get_definition(actor.office, key, version)
    newest = store.newest_definition(actor.office, key)
    if not definition.is_waiting or (newest is not None and newest.version > version):
        raise Conflict("somebody decided on this version before, or a newer one is there", cause="decided")
    if definition.deployer_id and actor.human.is_among([store.human_of(definition.deployer_id)]):
        raise NotAllowed("a second person releases what somebody deployed", own_work=True)
    return definition


def _require_callable(key: str, after: calls.Calls) -> None:
    """Look anew at what it calls: it was deployed beside what was in force then."""
    if missing := calls.missing(key, after):
        raise Conflict("an SOP that it calls is not in force", cause="called-missing", called=", ".join(missing))
    if calls.is_circle(key, after):
        raise Conflict("it would call itself through another SOP", cause="call-cycle")
