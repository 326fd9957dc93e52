"""What happened in a case, line by line, and what changed between two rounds."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from service import catalogue
from service.engine import form as forms
from service.engine.assignment import Actor
from service.engine.diagram import Diagram
from service.engine.form import Cell, FileView, Shown
from service.models import History, Instance, Task, db
from service.queries.files import FileRow, file_ids, files_of, versions
from service.queries.organisation import choices_of_units, person_names, unit_names
from service.queries.tasks import tasks_of

NOTHING = Cell("")
WITHOUT_FORM = frozenset({"error", "external", "message", "raised", "signal", "timer"})
"""Kinds of lines whose values nobody typed into a form."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened, in codes; the page makes the sentence."""

    kind: str
    """started, completed, returned, cancelled, ended; timer, message, signal, external, error; raised; added,
    withdrawn, moved; commented; due-moved, reminded, escalated; laid-aside, resumed; claimed, released, delegated,
    handed_back, taken_back, assigned; waived; suspended, activated; incident, amended, retried or dismissed."""
    who: str
    """Position that acted; empty for what happened by itself."""
    person: str
    """Name of who held it."""
    title: str
    """Name of the step."""
    order: int
    name: str
    """Name of the message or signal, topic of the external task, code of the error; whose a task was or is."""
    by: str
    """What started a case that nobody started: timer, message or signal; or program, where one acted for somebody."""
    unit_name: str
    target: str
    """Name of the step that the work went back to."""
    target_order: int
    outcome: str
    """Words of the button that was pressed; empty where nothing was decided."""
    quote: str
    at: datetime
    round: int
    details: tuple[Shown, ...]
    files: tuple[FileRow, ...]
    moved: tuple[datetime | None, datetime | None] = (None, None)
    """When a task was due, and when it is due since."""
    stage: str = ""
    """What was told of a due date: ahead, late, again or escalated."""
    times: int = 0
    """How often it was told before that a task is late."""


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file that the round before did not have."""

    id: str
    name: str
    size: int
    version: int


@dataclass(frozen=True, slots=True)
class Change:
    """One value that differs from the round before."""

    label: str
    before: str
    after: str
    files: tuple[NewFile, ...] = ()
    """What was handed in since; before and after are then the names."""


def task_lines(actor: Actor, instance: Instance, most: int | None = None) -> tuple[Line, ...]:
    """Return the newest lines of the history of a case, all of them if no number is given."""
    specification = catalogue.of_instance(instance)
    lines = history_of(instance)
    files = files_of(instance, {task.id: task for task in tasks_of(instance)}, lines)
    newest = lines if most is None else lines[-most:]
    return told(instance, specification.diagrams, newest, unit_names(actor), files)


def comments(actor: Actor, instance: Instance) -> tuple[Line, ...]:
    """Return what people told one another about a case, the newest first."""
    own = (History.tenant_id == instance.tenant_id, History.instance_id == instance.id, History.kind == "commented")
    lines = db.session.scalars(select(History).where(*own).order_by(History.sequence)).all()
    return told(instance, catalogue.of_instance(instance).diagrams, lines, unit_names(actor), {}) if lines else ()


def changes_since_return(instance: Instance, task: Task) -> tuple[Change, ...]:
    """Return what was changed since this very step sent the work back; empty in a first round."""
    lines = [line for line in history_of(instance) if "values" in line.body]  # only those that tell answers
    own = [line for line in lines if (line.process_key, line.element) == (task.process_key, task.element)]
    if not own or own[-1].kind != "returned":
        return ()
    diagrams = catalogue.of_instance(instance).diagrams
    before = {_place_of(line): line for line in lines if line.sequence < own[-1].sequence}
    after = {_place_of(line): line for line in lines if line.sequence > own[-1].sequence}
    version, offered = versions(lines), choices_of_units(instance.tenant_id)
    found: dict[Change, None] = {}  # later forms repeat what an earlier one says
    for place, line in after.items():
        earlier = before.get(place)
        if earlier is not None and line.task_id is not None:
            old = _by_label(_details(instance, diagrams, earlier, offered))
            new = _by_label(_details(instance, diagrams, line, offered))
            changed = (_change(label, old.get(label, NOTHING), answer, version) for label, answer in new.items())
            found |= dict.fromkeys(change for change in changed if change.before != change.after or change.files)
    return tuple(found)


def history_of(instance: Instance) -> list[History]:
    """Return the stored lines of a case, the oldest first."""
    return list(
        db.session.scalars(
            select(History)
            .where(History.tenant_id == instance.tenant_id, History.instance_id == instance.id)
            .order_by(History.sequence)
        )
    )


def told(
    instance: Instance,
    diagrams: Mapping[str, Diagram],
    history: Sequence[History],
    units: Mapping[str, str],
    files: Mapping[str, FileRow],
) -> tuple[Line, ...]:
    """Turn stored lines into shown ones, the newest first."""
    returned_to, offered = _returned_to(instance), choices_of_units(instance.tenant_id)
    people = person_names({line.person_id for line in history if line.person_id})
    return tuple(
        _line(instance, diagrams, line, units, files, returned_to, people, offered) for line in reversed(history)
    )


def answered(instance: Instance, diagrams: Mapping[str, Diagram], line: History) -> dict[str, Any]:
    """Return the values that a line tells on the page of its case, as they are stored."""
    values = {one["name"]: one["after"] for one in line.body.get("amended", ())} or line.body.get("values") or {}
    if line.person_id is None or line.kind in WITHOUT_FORM or "amended" in line.body:
        return dict(values)
    diagram = diagrams.get(line.process_key)
    if diagram is None or not values:
        return {}
    node = diagram.nodes.get(line.element) or diagram.start
    return forms.told(catalogue.form_of(instance, line.process_key, node), values)


def started_with(instance: Instance, diagrams: Mapping[str, Diagram], history: Sequence[History]) -> tuple[Shown, ...]:
    """Return what the start form says about the case."""
    first = next((line for line in history if line.kind == "started"), None)
    return _details(instance, diagrams, first, choices_of_units(instance.tenant_id)) if first else ()


def _returned_to(instance: Instance) -> dict[datetime, Task]:
    return {task.created_at: task for task in tasks_of(instance) if task.is_returned}


def _line(
    instance: Instance,
    diagrams: Mapping[str, Diagram],
    line: History,
    units: Mapping[str, str],
    files: Mapping[str, FileRow],
    returned_to: Mapping[datetime, Task],
    people: Mapping[UUID, str],
    offered: Mapping[str, object],
) -> Line:
    node = diagrams[line.process_key].nodes.get(line.element) if line.process_key in diagrams else None
    values = line.body.get("values") or {}
    target = returned_to.get(line.at) if line.kind in {"moved", "returned"} else None
    return Line(
        kind=line.kind,
        who=line.position,
        person=people.get(line.person_id, "") if line.person_id else "",
        title=node.name if node else "",
        order=node.order if node else 0,
        name=str(line.body.get("code") or line.body.get("topic") or line.body.get("name") or ""),
        by=str(line.body.get("by") or ""),
        unit_name=units.get(line.body.get("unit", ""), line.body.get("unit", "")),
        target=target.name if target else "",
        target_order=target.position if target else 0,
        outcome=str(line.body.get("outcome_label") or line.body.get("outcome") or ""),
        quote=str(line.body.get("reason") or line.body.get("text") or ""),
        at=line.at,
        round=int(line.body.get("round", 1)),
        details=_amended(line) or _details(instance, diagrams, line, offered),
        files=tuple(row for key, row in files.items() if key in file_ids(values)),
        moved=(_moment(line.body.get("from") or line.body.get("due_at")), _moment(line.body.get("to"))),
        stage=str(line.body.get("stage") or ""),
        times=int(line.body.get("times") or 0),
    )


def _moment(text: object) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else None


def _details(
    instance: Instance, diagrams: Mapping[str, Diagram], line: History, offered: Mapping[str, object]
) -> tuple[Shown, ...]:
    """Return what was answered in a form, where it chose from what is `offered`, or what came without one as stored."""
    values: Mapping[str, Any] = line.body.get("values") or {}
    if line.person_id is None or line.kind in WITHOUT_FORM:
        return tuple(
            Shown(name, name, value if isinstance(value, str) else _stored(value)) for name, value in values.items()
        )
    diagram = diagrams.get(line.process_key)
    if diagram is None or not values:
        return ()
    node = diagram.nodes.get(line.element) or diagram.start
    form = catalogue.form_of(instance, line.process_key, node)
    return tuple(forms.shown(form, values, offered))


def _amended(line: History) -> tuple[Shown, ...]:
    """Return what an admin corrected, before and after, as it is stored."""
    return tuple(
        Shown(one["name"], one["name"], f"{_stored(one['before'])} → {_stored(one['after'])}")
        for one in line.body.get("amended", ())
    )


def _stored(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _by_label(answers: Iterable[Shown]) -> dict[str, Cell]:
    """Return answers as one text or its files per label; a table gives one per cell."""
    found: dict[str, Cell] = {}
    for answer in answers:
        found[answer.label] = Cell(answer.text, files=answer.files)
        for number, row in enumerate(answer.rows, start=1):
            for column, cell in zip(answer.columns, row, strict=True):
                found[f"{answer.label} {number}, {column}"] = cell
    return found


def _change(label: str, old: Cell, new: Cell, version: Mapping[str, int]) -> Change:
    known = {file.id for file in old.files}
    fresh = tuple(
        NewFile(file.id, file.name, file.size, version.get(file.id, 1)) for file in new.files if file.id not in known
    )
    return Change(label, old.text or _names(old.files), new.text or _names(new.files), fresh)


def _names(files: Sequence[FileView]) -> str:
    return ", ".join(file.name for file in files)


def _place_of(line: History) -> tuple[str, str, str]:
    return line.process_key, line.element, str(line.body.get("unit", ""))
