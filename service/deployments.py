"""Deployments: store checked diagrams, forms and decision tables as new versions or not at all."""

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from service import calls, catalogue, drafts, store, triggers
from service.drafts import LONGEST_FILE_NAME, Candidate, File, Shelf, Upload
from service.engine.assignment import Actor, Role, require_role
from service.errors import Conflict, DeploymentRefused, Problem, remedy
from service.models import Definition, DefinitionDecision, DefinitionForm, new_id

ATTEMPTS = 3
"""How often an upload is checked while others change what it is checked with."""

__all__ = ["Deployed", "File", "deploy"]


@dataclass(frozen=True, slots=True)
class Deployed:
    """A process after a deployment."""

    key: str
    name: str
    version: int
    unchanged: bool
    """The same content was deployed before; no new version was made."""
    waits: bool = False
    """A second person has to release it before cases are started with it."""


def deploy(actor: Actor, files: Sequence[File], now: datetime) -> tuple[list[Deployed], tuple[Problem, ...]]:
    """Store diagrams with their forms as new versions; running cases stay on theirs.

    Where the office wants a second person, they wait for a release (`releases`).

    Returns:
        What is deployed now, and the warnings.

    Raises:
        NotAllowed: the actor is no analyst.
        DeploymentRefused: with every problem found; nothing was stored.
        Conflict: what it was checked with kept changing.

    """
    require_role(actor, Role.ANALYST)
    upload = drafts.read(files)
    for _ in range(ATTEMPTS - 1):
        with suppress(Conflict):
            return _checked_and_stored(actor, upload, now)
    return _checked_and_stored(actor, upload, now)


def _checked_and_stored(actor: Actor, upload: Upload, now: datetime) -> tuple[list[Deployed], tuple[Problem, ...]]:
    beside = _beside(actor, upload)
    checked = drafts.check(upload, _shelf(actor.office, beside))
    if checked.errors:
        raise DeploymentRefused(checked.problems)
    if not checked.candidates:
        raise DeploymentRefused([_no_diagram()])
    with store.alone(actor.office):
        if _beside(actor, upload) != beside:
            raise Conflict("what it was checked with changed at the same time", cause="deployed-beside")
        return _store(actor, checked.candidates, now), checked.problems


def _store(actor: Actor, candidates: Sequence[Candidate], now: datetime) -> list[Deployed]:
    waits = store.needs_release(actor.office)
    outcome: list[Deployed] = []
    fresh: list[Candidate] = []
    new: list[tuple[Definition, list[DefinitionForm | DefinitionDecision]]] = []
    for candidate in candidates:
        key, digest = candidate.diagram.key, _digest(candidate)
        newest = store.newest_definition(actor.office, key)
        unchanged = newest is not None and newest.sha256 == digest and newest.refused_at is None
        version = newest.version if newest and unchanged else store.last_number(actor.office, key) + 1
        waiting = newest.is_waiting if newest and unchanged else waits
        outcome.append(Deployed(key, candidate.diagram.name, version, unchanged, waiting))
        if not unchanged:
            fresh.append(candidate)
            new.append(_rows(actor, now, candidate, digest, version, waits=waits))
    begun = [] if waits else [triggers.of(actor.office, candidate.diagram, now) for candidate in fresh]
    store.add_definitions(new, [trigger for trigger in begun if trigger])
    return outcome


def _rows(
    actor: Actor, now: datetime, candidate: Candidate, digest: str, version: int, *, waits: bool
) -> tuple[Definition, list[DefinitionForm | DefinitionDecision]]:
    diagram = candidate.diagram
    definition = Definition(
        tenant_id=actor.office,
        id=new_id(now),
        key=diagram.key,
        version=version,
        name=diagram.properties.get("sop.judul") or diagram.name,
        file=candidate.file.name[-LONGEST_FILE_NAME:],
        content=candidate.file.content,
        sha256=digest,
        deployed_at=now,
        deployed_by=actor.label,
        deployer_id=actor.person_id,
        released_at=None if waits else now,
    )
    stored: list[DefinitionForm | DefinitionDecision] = [
        DefinitionForm(tenant_id=actor.office, definition_id=definition.id, form_id=form_id, content=held.content)
        for form_id, held in candidate.forms.items()
    ]
    stored += [
        DefinitionDecision(tenant_id=actor.office, definition_id=definition.id, file=name, content=content)
        for name, content in candidate.tables.items()
    ]
    return definition, stored


def _beside(actor: Actor, upload: Upload) -> dict[str, UUID]:
    """Return what is in force of the uploaded processes, of those that they call and of those that call them."""
    found: dict[str, UUID] = {}
    waiting = [key for _, diagram in upload.diagrams for key in (diagram.key, *diagram.called)]
    waiting += calls.callers({diagram.key for _, diagram in upload.diagrams}, calls.in_force(actor))
    while waiting:
        key = waiting.pop()
        definition = store.latest_definition(actor.office, key)
        if definition is not None and key not in found:
            found[key] = definition.id
            waiting.extend(catalogue.diagram(actor.office, definition.id).called)
    return found


def _shelf(office: str, beside: Mapping[str, UUID]) -> Shelf:
    """Collect what the office has of some processes."""
    return Shelf(
        {key: catalogue.deployed(office, one).source for key, one in beside.items()},
        {key: store.form_contents(office, one) for key, one in beside.items()},
        {key: store.decision_contents(office, one) for key, one in beside.items()},
        store.performers_of(office),
    )


def _digest(candidate: Candidate) -> str:
    digest = hashlib.sha256(candidate.file.content)
    for form_id in sorted(candidate.forms):
        digest.update(form_id.encode() + b"\0" + hashlib.sha256(candidate.forms[form_id].content).digest())
    for name in sorted(candidate.tables):
        digest.update(name.encode() + b"\0" + hashlib.sha256(candidate.tables[name]).digest())
    return digest.hexdigest()


def _no_diagram() -> Problem:
    return Problem("no-diagram", "Unggahan ini tidak memuat diagram BPMN.", "No BPMN diagram in this upload.",
                   "", 0, fix=remedy("Sertakan berkas .bpmn."))  # fmt: skip
