"""Deployed definitions, parsed once and kept: they never change under their key; and the calendars of offices."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import select

from service import remembered, timetable
from service.engine import decision as tables
from service.engine import diagram as diagrams
from service.engine import form as forms
from service.engine import state, workflow, worktime
from service.engine.diagram import Diagram, Node
from service.engine.form import Form, Option
from service.engine.workflow import Execution, Source, Specification, parse
from service.engine.worklist import Due
from service.errors import InstanceChanged, NotFound
from service.models import Definition, DefinitionDecision, DefinitionForm, Instance, LargeValue, db

KEPT_DEFINITIONS = 256


@dataclass(frozen=True)
class Deployed:
    """One deployed version of a process, ready to use."""

    id: UUID
    key: str
    version: int
    name: str
    source: Source
    forms: Mapping[str, Form]


@dataclass(frozen=True, slots=True)
class Stored:
    """A case as far as it has to be known to be hydrated."""

    tenant_id: str
    id: UUID
    definition_id: UUID
    called: Mapping[str, str]
    state: bytes


def deployed(office: str, definition_id: UUID) -> Deployed:
    """Return a deployed version with its forms and decisions.

    Raises:
        NotFound: the office has no such definition.

    """
    return _deployed(office, definition_id)


def specification(office: str, definition_id: UUID, called: Mapping[str, str]) -> Specification:
    """Return the executable specification of a version together with the versions that it calls."""
    return _specification(office, definition_id, tuple(sorted(called.values())))


def of_instance(instance: Instance | Stored) -> Specification:
    """Return the specification that a case runs on, whatever was deployed since."""
    return specification(instance.tenant_id, instance.definition_id, instance.called)


def hydrate(instance: Instance | Stored) -> Execution:
    """Return a case ready for one act, with its large variables at hand and in the time zone of its office.

    Raises:
        EngineFailed: its state cannot be read.

    """

    def load(digest: str) -> bytes:
        found = db.session.scalars(
            select(LargeValue.content).where(
                LargeValue.tenant_id == instance.tenant_id,
                LargeValue.instance_id == instance.id,
                LargeValue.digest == digest,
            )
        ).one_or_none()
        if found is None:  # replaced since the state was read
            raise InstanceChanged(office=instance.tenant_id, instance=instance.id)
        return state.unpack(found)

    return workflow.hydrate(of_instance(instance), instance.state, load, calendar(instance.tenant_id).time_zone)


def seen(instance: Instance | Stored, token: str) -> Mapping[str, Any]:
    """Return the variables that a task or wait of a case sees; to be looked at only.

    Raises:
        EngineFailed: as `hydrate`.

    """
    found = state.variables_at(instance.state, token)
    return hydrate(instance).seen(token) if found is None else found


def diagram(office: str, definition_id: UUID) -> Diagram:
    """Return the diagram of one version by itself."""
    return _diagram(office, definition_id)


def starting_groups(office: str, definition_id: UUID, called: Mapping[str, str] | None = None) -> frozenset[str]:
    """Return the candidate groups of the first tasks: whoever does one of them may start the process.

    Where it begins with other processes, their first tasks count: in the versions of `called`, else in those in force.
    """
    return frozenset[str]().union(*(one.starting_groups for one in _beginnings(office, definition_id, called)))


def starters_of(instance: Instance) -> frozenset[str]:
    """Return the groups of those who may start cases like this one, in the versions that it is bound to."""
    return starting_groups(instance.tenant_id, instance.definition_id, instance.called)


def first_step(office: str, definition_id: UUID) -> Node | None:
    """Return the first step, inside the process that this one begins with if there is none before."""
    firsts = (one.first for one in _beginnings(office, definition_id, None))
    return next((node for node in firsts if node is not None and node.kind == "userTask"), None)


def _beginnings(office: str, definition_id: UUID, called: Mapping[str, str] | None) -> Iterator[Diagram]:
    """Yield the diagram of a process and those of the processes that it begins with."""
    seen: set[UUID] = set()
    waiting = [definition_id]
    while waiting:
        one = waiting.pop(0)
        if one not in seen:
            seen.add(one)
            yield diagram(office, one)
            keys = sorted(diagram(office, one).starting_calls)
            found = (_in_force(office, key) if called is None else UUID(called[key]) for key in keys)
            waiting += [version for version in found if version is not None]


def _in_force(office: str, key: str) -> UUID | None:
    newest = (
        select(Definition.id)
        .where(Definition.tenant_id == office, Definition.key == key, Definition.released_at.is_not(None))
        .order_by(Definition.version.desc())
        .limit(1)
    )
    return db.session.scalar(newest)


def form_of(instance: Instance, process: str, node: Node) -> Form:
    """Return the form of a user task in the version that the case runs on."""
    definition_id = UUID(instance.called[process]) if process in instance.called else instance.definition_id
    return deployed(instance.tenant_id, definition_id).forms[node.form]


def agreement_of(instance: Instance, process: str, node: Node) -> Option | None:
    """Return the button that completes a task by itself; nothing where more has to be filled in."""
    definition_id = UUID(instance.called[process]) if process in instance.called else instance.definition_id
    return _agreement(instance.tenant_id, definition_id, node.form)


@lru_cache(maxsize=KEPT_DEFINITIONS)
def _agreement(office: str, definition_id: UUID, form: str) -> Option | None:
    return forms.agreement(deployed(office, definition_id).forms[form])


def calendar(office: str, *codes: str) -> worktime.Calendar:
    """Return the calendar of an office, or that of the first of these units and positions that has one of its own."""
    return timetable.of(office).calendar(*codes)


def has_several_calendars(office: str) -> bool:
    """Tell whether units of the office have working hours of their own."""
    return bool(timetable.of(office).owners)


def standard_of(node: Node) -> worktime.Standard | None:
    """Return the standard time of a step, None where the SOP gives none that can be counted."""
    return _standard(node.properties.get("sop.waktu", ""), node.properties.get("sop.satuan", ""))


def due(office: str, now: datetime) -> Due:
    """Return the function that says when a step is due that opens now for these units and positions."""
    return lambda node, codes: timetable.of(office).due(codes, now, standard_of(node))


def why_undue(node: Node) -> str:
    """Return why a step has no due date: `none` is set, `words` that do not count, or `beyond` all known years."""
    if not node.properties.get("sop.waktu", "").strip():
        return "none"
    return "beyond" if standard_of(node) else "words"


@lru_cache(maxsize=KEPT_DEFINITIONS)
def _standard(time: str, unit: str) -> worktime.Standard | None:
    try:
        return worktime.read_standard(time, unit)
    except worktime.StandardRefused:
        return None


@lru_cache(maxsize=KEPT_DEFINITIONS)
def _deployed(office: str, definition_id: UUID) -> Deployed:
    row = db.session.get(Definition, (office, definition_id))
    if row is None:
        raise NotFound(definition=definition_id)
    stored = db.session.execute(
        select(DefinitionForm.form_id, DefinitionForm.content).where(
            DefinitionForm.tenant_id == office, DefinitionForm.definition_id == definition_id
        )
    )
    read = {form_id: forms.read(content, f"{form_id}.form") for form_id, content in stored}
    files = db.session.execute(
        select(DefinitionDecision.file, DefinitionDecision.content)
        .where(DefinitionDecision.tenant_id == office, DefinitionDecision.definition_id == definition_id)
        .order_by(DefinitionDecision.file)
    )
    decisions = {key: decision for file, content in files for key, decision in tables.read(content, file).items()}
    return Deployed(row.id, row.key, row.version, row.name, Source(row.file, row.content, decisions), read)


@lru_cache(maxsize=KEPT_DEFINITIONS)
def _specification(office: str, definition_id: UUID, called: tuple[str, ...]) -> Specification:
    main = deployed(office, definition_id)
    parts = [main, *(deployed(office, UUID(identifier)) for identifier in called)]
    return parse([part.source for part in parts], main.key)


@lru_cache(maxsize=KEPT_DEFINITIONS)
def _diagram(office: str, definition_id: UUID) -> Diagram:
    source = deployed(office, definition_id).source
    return diagrams.read(source.content, source.file)


def forget() -> None:
    """Drop everything that was kept, for an application on another database."""
    remembered.forget()
    for kept in (_agreement, _deployed, _specification, _diagram):
        kept.cache_clear()
