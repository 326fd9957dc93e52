"""Cases: start one, cancel one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from service import acts, catalogue, store
from service.engine import form as forms
from service.engine import reason as reasons
from service.engine import workflow
from service.engine.assignment import Actor, is_candidate, require_candidate
from service.engine.diagram import Diagram
from service.engine.form import Form
from service.engine.worklist import NOTHING_YET, Act, changes
from service.errors import AnswersInvalid, Conflict, Invalid, NotFound, Suspended
from service.models import Definition, Instance, InstanceStatus
from service.once import Once

LONGEST_TITLE = 300
LONGEST_KEY = 300
"""Letters of the number that a case has in a program outside."""


def start_form(actor: Actor, key: str) -> tuple[Definition, Form, dict[str, Any]]:
    """Return the newest version of a process with its start form and the variables that are there from the start.

    Raises:
        NotFound, NotAllowed, Conflict: as `form_to_look_at`.
        Suspended: nobody starts it for now.

    """
    definition, form, variables = form_to_look_at(actor, key)
    _require_active(definition)
    return definition, form, variables


def form_to_look_at(actor: Actor, key: str) -> tuple[Definition, Form, dict[str, Any]]:
    """Return what `start_form` does, be it that nobody starts the process for now.

    Raises:
        NotFound: the office has no such process.
        NotAllowed: the first step is for another position.
        Conflict: a time, a message or a signal starts it.

    """
    definition = _in_force(actor.office, key)
    diagram = catalogue.diagram(actor.office, definition.id)
    require_candidate(actor, catalogue.starting_groups(actor.office, definition.id))
    if diagram.start.event is not None:
        raise Conflict("the process begins by itself")
    deployed = catalogue.deployed(actor.office, definition.id)
    form = deployed.forms[diagram.start_form] if diagram.start_form else Form("", definition.name, ())
    return definition, form, {"unit_kantor": store.reporting_units(actor.office)}


def start(
    actor: Actor, key: str, raw: Mapping[str, Any], now: datetime, once: Once | None = None, *, business_key: str = ""
) -> Instance:
    """Start a case with the answers to the start form; a request `once`.

    `business_key` is its number in a program outside.

    Raises:
        NotFound, NotAllowed, Conflict, Suspended: as `start_form`.
        Invalid: a business key that nobody could read.
        AnswersInvalid: fields need attention; nothing was saved.
        EngineFailed: the process cannot be started; nothing was saved.
        Repeated: the same request started a case before.

    """
    definition, form, variables = start_form(actor, key)
    _require_readable(business_key)
    answers = forms.clean(form, raw, variables, {})
    if answers.errors:
        raise AnswersInvalid(answers.errors)
    position = actor.acts_as(catalogue.starting_groups(actor.office, definition.id))
    body = {"form": form.id, "values": answers.values, **_told(business_key)}
    fact = store.Fact("started", now, actor.person_id, position, key, body=body)
    return _begin(definition, {**variables, **answers.values}, fact, once=once, business_key=business_key)


def one(actor: Actor, instance_id: UUID) -> Instance:
    """Return a case.

    Raises:
        NotFound: the office has no such case.

    """
    return store.get_instance(actor.office, instance_id)


def start_by_event(
    office: str,
    key: str,
    kind: str,
    name: str,
    values: Mapping[str, Any],
    now: datetime,
    dispatch: UUID | None = None,
    *,
    business_key: str = "",
    once: Once | None = None,
) -> Instance:
    """Start a case that nobody asked for: a time, a message or a signal does.

    Args:
        office: the tenant.
        key: of the process.
        kind: timer, message or signal.
        name: of the message or signal.
        values: what it brings.
        now: when.
        dispatch: the message that this delivers, marked as done in the same transaction.
        business_key: number of the case in a program outside.
        once: the request of the program that sent the message.

    Raises:
        NotFound: the office has no such process.
        Suspended: nothing starts it for now.
        Invalid: a business key that nobody could read.
        NotWaiting: another process delivered the message first.
        Repeated: the same request was carried out before.
        EngineFailed: the process cannot be started; nothing was saved.

    """
    definition = _in_force(office, key)
    _require_active(definition)
    _require_readable(business_key)
    variables = {"unit_kantor": store.reporting_units(office), **values}
    body = {"by": kind, "name": name, "values": dict(values), **_told(business_key)}
    return _begin(definition, variables, store.Fact("started", now, None, "", key, body=body), dispatch, once,
                  business_key=business_key)  # fmt: skip


def _begin(
    definition: Definition,
    variables: Mapping[str, Any],
    fact: store.Fact,
    dispatch: UUID | None = None,
    once: Once | None = None,
    *,
    business_key: str = "",
) -> Instance:
    office, now = definition.tenant_id, fact.at
    called = called_definitions(office, catalogue.diagram(office, definition.id))
    specification = catalogue.specification(office, definition.id, called)
    step = workflow.start(specification, variables, now, catalogue.calendar(office).time_zone)
    act = Act(fact.position, returns=False)
    difference = changes(specification.diagrams, NOTHING_YET, step, act, catalogue.due(office, now))
    acts.require_known(office, step, difference)
    instance = store.instance_row(
        office,
        now,
        definition_id=definition.id,
        called=called,
        title=str(variables.get("judul") or definition.name)[:LONGEST_TITLE],
        business_key=business_key,
        status=InstanceStatus.COMPLETED if step.ended else InstanceStatus.RUNNING,
        ended_at=now if step.ended else None,
        state=step.state,
        started_by=fact.person_id,
        started_position=fact.position,
    )
    store.add_instance(instance, step, difference, fact, dispatch, once)
    return instance


def _in_force(office: str, key: str) -> Definition:
    definition = store.latest_definition(office, key)
    if definition is None:
        raise NotFound(process=key)
    return definition


def _require_active(definition: Definition) -> None:
    if definition.suspended_at is not None:
        raise Suspended(f"version {definition.version} is suspended: no case is started until it is activated again")


def _require_readable(business_key: str) -> None:
    if len(business_key) > LONGEST_KEY or not business_key.isprintable():
        raise Invalid(f"has to be one line of at most {LONGEST_KEY} letters", field="businessKey")


def _told(business_key: str) -> dict[str, str]:
    return {"business_key": business_key} if business_key else {}


def may_cancel(actor: Actor, instance_id: UUID) -> bool:
    """Tell whether an actor may end this case before its time: who started it, or who holds the starting position."""
    instance = store.get_instance(actor.office, instance_id)
    if instance.status != InstanceStatus.RUNNING:
        return False
    return actor.person_id == instance.started_by or is_candidate(actor, catalogue.starters_of(instance))


def cancel(actor: Actor, instance_id: UUID, reason: str, now: datetime) -> Instance:
    """End a case before its time, with a reason that everybody can read.

    Raises:
        NotFound: the office has no such case.
        NotAllowed: neither the starter nor the holder of the starting position.
        Conflict: the case has ended already.
        ReasonMissing: no reason, or a word that explains nothing.
        InstanceChanged: the case kept changing.

    """

    def attempt() -> Instance:
        instance = store.get_instance(actor.office, instance_id)
        diagram = catalogue.diagram(actor.office, instance.definition_id)
        groups = catalogue.starters_of(instance)
        if actor.person_id != instance.started_by:
            require_candidate(actor, groups)
        if instance.status != InstanceStatus.RUNNING:
            raise Conflict("the case has ended already")
        told = reasons.required(reason)
        fact = store.Fact("cancelled", now, actor.person_id, actor.acts_as(groups), diagram.key, body={"reason": told})
        store.cancel_instance(instance, told, fact)
        return instance

    return acts.repeated(attempt)


def called_definitions(office: str, diagram: Diagram) -> dict[str, str]:
    """Bind every process that this one calls, and those they call, to its newest version.

    Raises:
        NotFound: the office has one of them not.
        Suspended: one of them is.

    """
    bound: dict[str, str] = {}
    waiting = sorted(diagram.called)
    while waiting:
        key = waiting.pop()
        if key in bound or key == diagram.key:
            continue
        definition = _in_force(office, key)
        if definition.suspended_at is not None:
            raise Suspended(f"an SOP that it calls is suspended: {key}", called=definition.name)
        bound[key] = str(definition.id)
        waiting.extend(catalogue.diagram(office, definition.id).called)
    return bound
