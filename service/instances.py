"""Cases: start one, cancel one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from service import catalogue, store
from service.engine import form as forms
from service.engine import workflow
from service.engine.assignment import Actor, is_candidate, require_candidate
from service.engine.diagram import Diagram
from service.engine.form import Form
from service.engine.worklist import Act, changes
from service.errors import AnswersInvalid, Conflict, NotFound, ReasonMissing
from service.models import Definition, Instance, InstanceStatus

SHORTEST_REASON = 5


def may_start(actor: Actor, diagram: Diagram) -> bool:
    """Tell whether an actor may start this process."""
    return is_candidate(actor, diagram.starting_groups)


def start_form(actor: Actor, key: str) -> tuple[Definition, Form, dict[str, Any]]:
    """Return the newest version of a process with its start form and the variables that are there from the start.

    Raises:
        NotFound: the office has no such process.
        NotAllowed: the first step is for another position.

    """
    definition = store.latest_definition(actor.office, key)
    if definition is None:
        raise NotFound(process=key)
    diagram = catalogue.diagram(actor.office, definition.id)
    require_candidate(actor, diagram.starting_groups)
    form = catalogue.deployed(actor.office, definition.id).forms[diagram.start_form]
    return definition, form, {"unit_kantor": store.reporting_units(actor.office)}


def start(actor: Actor, key: str, raw: Mapping[str, Any], now: datetime) -> Instance:
    """Start a case with the answers to the start form.

    Raises:
        NotFound, NotAllowed: as `start_form`.
        AnswersInvalid: fields need attention; nothing was saved.
        EngineFailed: the process cannot be started; nothing was saved.

    """
    definition, form, variables = start_form(actor, key)
    answers = forms.clean(form, raw, variables, {})
    if answers.errors:
        raise AnswersInvalid(answers.errors)
    called = called_definitions(actor.office, catalogue.diagram(actor.office, definition.id))
    specification = catalogue.specification(actor.office, definition.id, called)
    zone = catalogue.calendar(actor.office).time_zone
    step = workflow.start(specification, {**variables, **answers.values}, now, zone)

    position = actor.acts_as(specification.diagram.starting_groups)
    fact = store.Fact("started", now, actor.person_id, position, key, body={"form": form.id, "values": answers.values})
    difference = changes(
        specification.diagrams, (), step, Act(position, returns=False), catalogue.due(actor.office, now)
    )
    instance = store.instance_row(
        actor,
        now,
        definition_id=definition.id,
        called=called,
        title=str(answers.values.get("judul") or definition.name),
        status=InstanceStatus.RUNNING,
        state=step.state,
        started_position=position,
    )
    store.add_instance(instance, step, difference, fact)
    return instance


def may_cancel(actor: Actor, instance_id: UUID) -> bool:
    """Tell whether an actor may end this case before its time: who started it, or who holds the starting position."""
    instance = store.get_instance(actor.office, instance_id)
    if instance.status != InstanceStatus.RUNNING:
        return False
    diagram = catalogue.diagram(instance.tenant_id, instance.definition_id)
    return actor.person_id == instance.started_by or may_start(actor, diagram)


def cancel(actor: Actor, instance_id: UUID, reason: str, now: datetime) -> Instance:
    """End a case before its time, with a reason that everybody can read.

    Raises:
        NotFound: the office has no such case.
        NotAllowed: neither the starter nor the holder of the starting position.
        Conflict: the case has ended already.
        ReasonMissing: no reason, or a word that explains nothing.

    """
    instance = store.get_instance(actor.office, instance_id)
    diagram = catalogue.diagram(actor.office, instance.definition_id)
    groups = diagram.starting_groups
    if actor.person_id != instance.started_by:
        require_candidate(actor, groups)
    if instance.status != InstanceStatus.RUNNING:
        raise Conflict("the case has ended already")
    reason = " ".join(reason.split())
    if len(reason) < SHORTEST_REASON:
        raise ReasonMissing
    fact = store.Fact(
        "cancelled", now, actor.person_id, actor.acts_as(groups), diagram.key, body={"reason": reason[:1000]}
    )
    store.cancel_instance(instance, reason[:1000], fact)
    return instance


def called_definitions(office: str, diagram: Diagram) -> dict[str, str]:
    """Bind every process that this one calls, and those they call, to its newest version."""
    bound: dict[str, str] = {}
    waiting = sorted(diagram.called)
    while waiting:
        key = waiting.pop()
        if key in bound or key == diagram.key:
            continue
        definition = store.latest_definition(office, key)
        if definition is None:
            raise NotFound(process=key)
        bound[key] = str(definition.id)
        waiting.extend(catalogue.diagram(office, definition.id).called)
    return bound
