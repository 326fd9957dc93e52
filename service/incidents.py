"""Incidents: acts that the engine could not carry out. An admin corrects what the case knows and tries again."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from service import catalogue, store
from service.engine import form as forms
from service.engine import workflow
from service.engine.assignment import Actor, Role, require_role
from service.engine.diagram import Node
from service.engine.expression import JSON
from service.engine.form import FileReference, Form
from service.engine.worklist import Act, changes
from service.errors import AnswersInvalid, Conflict, EngineFailed, FieldError, ReasonMissing
from service.models import Incident, Instance

SHORTEST_REASON = 5
LONGEST_REASON = 1_000
LONGEST_VALUE = 20_000
"""Letters of one corrected value, as JSON."""
MOST_VALUES = 20
DEEPEST = 8
LARGEST_NUMBER = 10**15
DECIDES = ("keputusan", "alasan", "bagian")
"""What a person decided and why: nobody corrects that for him."""


@dataclass(frozen=True, slots=True)
class Desk:
    """An incident with all that a correction is checked against."""

    incident: Incident
    instance: Instance
    node: Node | None
    """Where the engine stopped; None for an element that the diagram does not show."""
    variables: Mapping[str, JSON]
    """What the act saw and brought, by name; null for what is not there yet."""


def may_repair(actor: Actor) -> bool:
    """Tell whether an actor may correct what a case knows."""
    return Role.ADMIN in actor.roles


def opening(actor: Actor, incident_id: UUID) -> Desk:
    """Return an open incident with the variables that may be corrected.

    Raises:
        NotFound: the office has no such incident.
        NotAllowed: the actor is no admin.
        Conflict: it was solved before.

    """
    incident, instance = store.get_incident(actor.office, incident_id)
    require_role(actor, Role.ADMIN)
    if incident.closed_at is not None:
        raise Conflict("the incident was solved before")
    return _desk(incident, instance, catalogue.hydrate(instance))


def retry(actor: Actor, incident_id: UUID, raw: Mapping[str, str], reason: str, now: datetime) -> Instance:
    """Correct variables of a case, then do the act that failed again as the person who did it.

    Corrections come as JSON by name. A corrected name that the act brought itself is corrected there too, so that
    the act does not put the old value back. All is saved in one transaction, or nothing but one more attempt.

    Raises:
        NotFound, NotAllowed, Conflict: as `opening`.
        AnswersInvalid: a correction cannot be taken; nothing was tried.
        ReasonMissing: a correction without a reason.
        InstanceChanged: somebody else saved this case first.
        EngineFailed: it failed again; the incident has the new cause, the corrections were not saved.

    """
    incident, instance = store.get_incident(actor.office, incident_id)
    require_role(actor, Role.ADMIN)
    if incident.closed_at is not None:
        raise Conflict("the incident was solved before")
    specification = catalogue.of_instance(instance)
    execution = catalogue.hydrate(instance)
    desk = _desk(incident, instance, execution)
    corrected = corrections(raw, desk.variables, store.files(instance))
    reason = " ".join(reason.replace("\x00", "").split())[:LONGEST_REASON]
    if corrected and len(reason) < SHORTEST_REASON:
        raise ReasonMissing

    kept = incident.act
    body = _corrected(kept["body"], corrected)
    act = Act(kept["position"], kept["returns"], body["reason"], tuple(body["parts"]))
    try:
        if corrected:
            execution.amend(corrected, now)
        step = execution.complete(kept["task"], body["values"], now)
        difference = changes(
            specification.diagrams, store.known_tasks(instance), step, act, catalogue.due(actor.office, now)
        )
    except EngineFailed as error:
        _record(actor, incident, instance, error, reason, now)
        raise
    by_admin = [_by(actor, incident, "retried", {"reason": "" if corrected else reason}, now)]
    if corrected:
        told = [{"name": name, "before": desk.variables[name], "after": value} for name, value in corrected.items()]
        by_admin.insert(0, _by(actor, incident, "amended", {"reason": reason, "amended": told}, now))
    fact = store.Fact(
        "returned" if difference.has_returned else "completed",
        now,
        UUID(kept["person"]),
        kept["position"],
        kept["process"],
        kept["element"],
        UUID(kept["task"]),
        body,
    )
    store.save_step(instance, step, difference, fact, by_admin)
    return instance


def corrections(
    raw: Mapping[str, str], variables: Mapping[str, JSON], files: Mapping[str, FileReference]
) -> dict[str, JSON]:
    """Read corrected values; an empty text corrects nothing, nor does the value that is there.

    Raises:
        AnswersInvalid: with a code per name.

    """
    values: dict[str, JSON] = {}
    errors: dict[str, FieldError] = {}
    for name, text in raw.items():
        if text.strip():
            try:
                values[name] = _value(name, text, variables, files)
            except _NotTaken as refused:
                errors[name] = refused.error
    if len(values) > MOST_VALUES:
        errors |= {name: FieldError("too-many-values", {"limit": MOST_VALUES}) for name in list(values)[MOST_VALUES:]}
    if errors:
        raise AnswersInvalid(errors)
    return {name: value for name, value in values.items() if not _same(value, variables[name])}


class _NotTaken(Exception):
    """One value that cannot be taken."""

    def __init__(self, code: str, **parameters: object) -> None:
        super().__init__(code)
        self.error = FieldError(code, parameters)


def _value(name: str, text: str, variables: Mapping[str, JSON], files: Mapping[str, FileReference]) -> JSON:
    if name not in variables:
        raise _NotTaken("variable-unknown")
    if len(text) > LONGEST_VALUE:
        raise _NotTaken("value-too-long", limit=LONGEST_VALUE)
    try:
        value: JSON = json.loads(text)
    except (ValueError, RecursionError):
        raise _NotTaken("not-json") from None
    if value is None or isinstance(value, dict):
        raise _NotTaken("value-kind")
    own_files = [asdict(file) for file in files.values()]
    for part in _parts(value, DEEPEST):
        _require_storable(part)
        if isinstance(part, dict) and part.keys() >= {"id", "name", "size"} and part not in own_files:
            raise _NotTaken("file-unknown")
    return value


def _parts(value: JSON, depth: int) -> Iterator[JSON]:
    """Yield a value with everything inside it, keys too."""
    if depth == 0:
        raise _NotTaken("value-too-deep", limit=DEEPEST)
    yield value
    if isinstance(value, dict):
        yield from value
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for part in inside:
        yield from _parts(part, depth - 1)


def _require_storable(part: JSON) -> None:
    """Refuse what a database or the engine would stumble over: NUL, half letters, numbers without an end."""
    if isinstance(part, str) and ("\x00" in part or any("\ud800" <= letter <= "\udfff" for letter in part)):
        raise _NotTaken("letters-unstorable")
    if isinstance(part, int | float) and not abs(part) <= LARGEST_NUMBER:  # false for NaN as well
        raise _NotTaken("number-too-large", limit=LARGEST_NUMBER)


def _same(one: JSON, other: JSON) -> bool:
    """Tell whether two values are the same as JSON: true is no 1."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _desk(incident: Incident, instance: Instance, execution: workflow.Execution) -> Desk:
    kept = incident.act
    node = catalogue.of_instance(instance).diagrams[incident.process_key].nodes.get(incident.element)
    declared: set[str] = set()
    decided: set[str] = set()
    for form in _forms(instance):
        declared |= forms.names(form)
        decided |= {field.key for role in DECIDES if (field := form.of_role(role))}
    known: dict[str, JSON] = dict.fromkeys(declared | incident.data.keys())
    known |= execution.variables(kept["task"]) | kept["body"]["values"]
    return Desk(incident, instance, node, {name: known[name] for name in sorted(known.keys() - decided)})


def _forms(instance: Instance) -> Iterator[Form]:
    for definition in (instance.definition_id, *map(UUID, instance.called.values())):
        yield from catalogue.deployed(instance.tenant_id, definition).forms.values()


def _corrected(body: Mapping[str, Any], corrected: Mapping[str, JSON]) -> dict[str, Any]:
    values = body["values"]
    return {**body, "values": values | {name: value for name, value in corrected.items() if name in values}}


def _record(
    actor: Actor, incident: Incident, instance: Instance, error: EngineFailed, reason: str, now: datetime
) -> None:
    """Count the attempt and keep the newest cause."""
    process, element = error.process or incident.process_key, error.element or incident.element
    failure = store.Failure(process, element, error.cause, str(error), error.data, incident.act)
    told = {"error": failure.detail, "cause": failure.cause, "reason": reason}
    store.record_incident(instance, failure, _by(actor, incident, "incident", told, now))


def _by(actor: Actor, incident: Incident, kind: str, body: Mapping[str, Any], now: datetime) -> store.Fact:
    """Return what the admin did, for the history of the task that was tried."""
    kept = incident.act
    return store.Fact(
        kind, now, actor.person_id, actor.label, kept["process"], kept["element"], UUID(kept["task"]), body
    )
