"""Incidents: acts that the engine could not carry out. An admin corrects what the case knows and tries again."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from service import acts, catalogue, store
from service.acts import Deed
from service.engine import form as forms
from service.engine import reason as reasons
from service.engine import workflow
from service.engine.assignment import Actor, Role, require_role
from service.engine.expression import JSON
from service.engine.form import FileReference, Form
from service.engine.variables import NotTaken, inside
from service.engine.workflow import Step
from service.engine.worklist import Changes
from service.errors import AnswersInvalid, EngineFailed, FieldError, IncidentClosed, NotWaiting, TaskClosed
from service.models import Incident, Instance

LONGEST_VALUE = 20_000
"""Letters of one corrected value, as JSON."""
MOST_VALUES = 20
DECIDES = ("keputusan", "alasan", "bagian")
"""What a person decided and why: nobody corrects that for him."""
LOOSE = frozenset({"message", "signal"})
"""Acts that are about the whole case, not about one task or wait."""


@dataclass(frozen=True, slots=True)
class Desk:
    """An incident with all that a correction is checked against."""

    incident: Incident
    instance: Instance
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
        IncidentClosed: it was solved before, or its case was cancelled.

    """
    incident, instance = store.get_incident(actor.office, incident_id)
    require_role(actor, Role.ADMIN)
    if incident.closed_at is not None:
        raise IncidentClosed(instance=instance.id)
    return _desk(incident, instance, catalogue.hydrate(instance))


def retry(actor: Actor, incident_id: UUID, raw: Mapping[str, str], reason: str, now: datetime) -> Instance:
    """Correct variables of a case, then do the act that failed again as the person who did it.

    Corrections come as JSON by name. A corrected name that the act brought itself is corrected there too, so that
    the act does not put the old value back. All is saved in one transaction, or nothing but one more attempt.

    Raises:
        NotFound, NotAllowed, IncidentClosed: as `opening`.
        CaseSuspended: nothing goes on in its case.
        AnswersInvalid: a correction cannot be taken; nothing was tried.
        ReasonMissing: a correction without a reason.
        InstanceChanged: the case kept changing.
        EngineFailed: it failed again; the incident has the new cause, the corrections were not saved.
        DataTooLarge: the corrections make the case too large; nothing was tried.

    """
    return acts.repeated(lambda: _retry(actor, incident_id, raw, reason, now))


def _retry(actor: Actor, incident_id: UUID, raw: Mapping[str, str], reason: str, now: datetime) -> Instance:
    incident, instance = store.get_incident(actor.office, incident_id)
    require_role(actor, Role.ADMIN)
    if incident.closed_at is not None:
        raise IncidentClosed(instance=instance.id)
    store.require_active(instance)
    execution = catalogue.hydrate(instance)
    desk = _desk(incident, instance, execution)
    corrected = corrections(raw, desk.variables, store.files(instance))
    reason = reasons.required(reason) if corrected else reasons.read(reason)

    deed = _corrected(acts.deed_of(incident), corrected)
    lines = [_by(actor, deed, "retried", {"reason": "" if corrected else reason}, now)]
    if corrected:
        told = [{"name": name, "before": desk.variables[name], "after": value} for name, value in corrected.items()]
        lines.insert(0, _by(actor, deed, "amended", {"reason": reason, "amended": told}, now))
    try:
        step = _amend(execution, incident, deed, corrected, now) if corrected else None
        if deed.kind == "failed":
            _offer_again(instance, incident, step, lines)
            return instance
        step, difference = acts.perform(instance, execution, deed, now)
    except EngineFailed as error:
        told_why = {"error": str(error), "cause": error.cause, "reason": reason}
        line = _by(actor, deed, "incident", told_why, now)
        error.facts["incident"] = store.record_incident(instance, acts.failure(deed, error), line)
        raise
    except (NotWaiting, TaskClosed):
        store.close_incident(instance, incident, _by(actor, deed, "dismissed", {"reason": reason}, now))
        return instance
    store.save_step(instance, step, difference, acts.fact(deed, difference, now), lines, incident.id)
    return instance


def _amend(
    execution: workflow.Execution, incident: Incident, deed: Deed, corrected: Mapping[str, JSON], now: datetime
) -> Step:
    """Correct variables where the failure was, or where the act was when that process only began within it."""
    task = None if deed.kind in LOOSE else deed.task
    if incident.process_key != deed.process:
        with suppress(TaskClosed):
            return execution.amend(corrected, now, task, incident.process_key)
    return execution.amend(corrected, now, task)


def _offer_again(instance: Instance, incident: Incident, step: Step | None, lines: Sequence[store.Fact]) -> None:
    """Let a worker have another try; what was corrected is there when it looks."""
    if step is None:
        store.close_incident(instance, incident, lines[-1])
    else:
        store.save_step(instance, step, Changes((), frozenset()), lines[-1], lines[:-1], incident.id)


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
            except NotTaken as refused:
                errors[name] = refused.error
    if len(values) > MOST_VALUES:
        errors |= {name: FieldError("too-many-values", {"limit": MOST_VALUES}) for name in list(values)[MOST_VALUES:]}
    if errors:
        raise AnswersInvalid(errors)
    return {name: value for name, value in values.items() if not _same(value, variables[name])}


def _value(name: str, text: str, variables: Mapping[str, JSON], files: Mapping[str, FileReference]) -> JSON:
    if name not in variables:
        raise NotTaken("variable-unknown")
    if len(text) > LONGEST_VALUE:
        raise NotTaken("value-too-long", limit=LONGEST_VALUE)
    try:
        value: JSON = json.loads(text)
    except (ValueError, RecursionError):
        raise NotTaken("not-json") from None
    if value is None or isinstance(value, dict):
        raise NotTaken("value-kind")
    own_files = [asdict(file) for file in files.values()]
    for part in inside(value):
        if isinstance(part, dict) and part.keys() >= {"id", "name", "size"} and part not in own_files:
            raise NotTaken("file-unknown")
    return value


def _same(one: JSON, other: JSON) -> bool:
    """Tell whether two values are the same as JSON: true is no 1."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _desk(incident: Incident, instance: Instance, execution: workflow.Execution) -> Desk:
    kept = incident.act
    declared: set[str] = set()
    decided: set[str] = set()
    for form in _forms(instance):
        declared |= forms.names(form)
        decided |= {field.key for role in DECIDES if (field := form.of_role(role))}
    known: dict[str, JSON] = dict.fromkeys(declared | incident.data.keys())
    known |= execution.seen(kept["task"]) | kept["body"].get("values", {})
    return Desk(incident, instance, {name: known[name] for name in sorted(known.keys() - decided)})


def _forms(instance: Instance) -> Iterator[Form]:
    for definition in (instance.definition_id, *map(UUID, instance.called.values())):
        yield from catalogue.deployed(instance.tenant_id, definition).forms.values()


def _corrected(deed: Deed, corrected: Mapping[str, JSON]) -> Deed:
    values = deed.body.get("values", {})
    own = {name: value for name, value in corrected.items() if name in values}
    return replace(deed, body={**deed.body, "values": values | own}) if own else deed


def _by(actor: Actor, deed: Deed, kind: str, body: Mapping[str, Any], now: datetime) -> store.Fact:
    """Return what the admin did, for the history of what was tried."""
    return store.Fact(kind, now, actor.person_id, actor.label, deed.process, deed.element, deed.user_task, body)
