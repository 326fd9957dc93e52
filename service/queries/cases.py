"""Cases: the list, one case with everything that happened, and who owes data."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Row, Select, String, cast, false, func, or_, select
from sqlalchemy.orm import defer

from service import catalogue
from service.engine import form as forms
from service.engine import sop, stepmap
from service.engine.assignment import Actor
from service.engine.diagram import Diagram, Node
from service.engine.form import Shown
from service.engine.worktime import Remaining
from service.errors import NotFound
from service.models import (
    Attachment,
    Definition,
    History,
    Incident,
    Instance,
    InstanceStatus,
    Task,
    TaskGroup,
    TaskStatus,
    db,
)
from service.queries.inbox import remaining_of
from service.queries.organisation import group_names, holder, office_zone, person_names, unit_names

PAGE_SIZE = 50
Rows = Select[*tuple[Any, ...]]
STATES = {"running": InstanceStatus.RUNNING, "ended": InstanceStatus.COMPLETED, "cancelled": InstanceStatus.CANCELLED}


@dataclass(frozen=True, slots=True)
class CaseFilters:
    """What the list of cases is narrowed down to."""

    q: str = ""
    process: str = ""
    state: str = ""
    since: date | None = None
    until: date | None = None
    returned: bool = False
    late: bool = False


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case in the list."""

    id: str
    number: int
    title: str
    process_name: str
    step: int
    steps: int
    who: str
    state: str
    returned: int
    remaining: Remaining | None
    due_at: datetime | None
    started_at: datetime
    ended_at: datetime | None
    late: bool


@dataclass(frozen=True, slots=True)
class CasesPage:
    """One page of the list."""

    rows: tuple[CaseRow, ...]
    filters: CaseFilters
    processes: tuple[tuple[str, str], ...]
    total: int
    page_number: int
    pages: int


@dataclass(frozen=True, slots=True)
class CaseHead:
    """What every page about a case begins with."""

    id: str
    number: int
    title: str
    process_key: str
    process_name: str
    version: int
    started_at: datetime
    started_by: str
    ended_at: datetime | None
    state: str
    returned: int
    cancel_reason: str


@dataclass(frozen=True, slots=True)
class Stop:
    """An open incident: where the case stands still, why, and over which data."""

    id: str
    order: int
    title: str
    cause: str
    data: Mapping[str, Any]
    attempts: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """Where a case is now: an open task and whose it is."""

    task_id: str
    who: str
    order: int
    title: str
    since: datetime
    due_at: datetime | None
    remaining: Remaining | None
    unit_name: str
    process: str
    element: str


@dataclass(frozen=True, slots=True)
class CaseStep:
    """A row of the SOP as the case went through it."""

    order: int
    title: str
    who: str
    state: str
    """done, now, wait or returned."""
    round: int
    at: datetime | None
    due_at: datetime | None
    standard: str
    note: str
    element: str
    is_collection: bool
    indent: bool


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file of a case."""

    id: str
    name: str
    size: int
    order: int
    round: int
    added_at: datetime


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened, in codes; the page makes the sentence."""

    kind: str
    """started, completed, returned, cancelled, ended, incident, amended or retried."""
    who: str
    """Position that acted."""
    person: str
    """Name of who held it."""
    title: str
    """Name of the step."""
    order: int
    unit_name: str
    target: str
    """Name of the step that the work went back to."""
    target_order: int
    quote: str
    at: datetime
    round: int
    details: tuple[Shown, ...]
    files: tuple[FileRow, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One value that differs from the round before."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class CalledCase:
    """A called SOP inside the case."""

    name: str
    rows: tuple[CaseStep, ...]


@dataclass(frozen=True)
class CasePage:
    """Everything about one case."""

    case: CaseHead
    stops: tuple[Stop, ...]
    places: tuple[Place, ...]
    next_step: str
    rows: tuple[CaseStep, ...]
    done: int
    running: int
    waiting: int
    map: stepmap.StepMap
    history: tuple[Line, ...]
    data: tuple[Shown, ...]
    files: tuple[FileRow, ...]
    called: tuple[CalledCase, ...]


@dataclass(frozen=True, slots=True)
class UnitRow:
    """What one unit has done of a collection."""

    code: str
    name: str
    state: str
    """received, returned or open."""
    filled: int
    of: int
    evidence: int
    at: datetime
    reason: str
    task_id: str
    mine: bool
    round: int


@dataclass(frozen=True, slots=True)
class CollectionPage:
    """Who has handed in data and who has not."""

    case: CaseHead
    title: str
    order: int
    steps: int
    due_at: datetime | None
    remaining: Remaining | None
    received: int
    total: int
    units: tuple[UnitRow, ...]
    next_step: str
    next_lane: str


def cases(actor: Actor, now: datetime, filters: CaseFilters, page: int) -> CasesPage:
    """Return one page of the office's cases, the newest first."""
    wanted = _filtered(actor, now, filters)
    total = db.session.scalar(select(func.count()).select_from(wanted.with_only_columns(Instance.id).subquery())) or 0
    shown = wanted.order_by(Instance.number.desc()).offset((page - 1) * PAGE_SIZE).limit(PAGE_SIZE)
    shown = shown.options(defer(Instance.state), defer(Definition.content))
    found = db.session.execute(shown).all()
    open_tasks = _open_tasks(actor, [row.Instance.id for row in found])
    holders = _holders(actor, open_tasks)
    processes = db.session.execute(
        select(Definition.key, func.max(Definition.name))
        .where(Definition.tenant_id == actor.office)
        .group_by(Definition.key)
    )
    return CasesPage(
        rows=tuple(_case_row(actor, now, row, open_tasks, holders) for row in found),
        filters=filters,
        processes=tuple(sorted(((row[0], row[1]) for row in processes), key=lambda pair: pair[1])),
        total=total,
        page_number=page,
        pages=max(1, -(-total // PAGE_SIZE)),
    )


def head(actor: Actor, case_id: UUID) -> CaseHead:
    """Return what is said first about a case.

    Raises:
        NotFound: the office has no such case.

    """
    instance, definition = _find(actor, case_id)
    return _head(instance, definition)


def case(actor: Actor, now: datetime, case_id: UUID) -> CasePage:
    """Return everything about one case.

    Raises:
        NotFound: the office has no such case.

    """
    instance, definition = _find(actor, case_id)
    return case_page(actor, now, instance, definition)


def case_page(actor: Actor, now: datetime, instance: Instance, definition: Definition) -> CasePage:
    """Put the page of a case together."""
    specification = catalogue.of_instance(instance)
    tasks = _tasks(instance)
    lines = _history(instance)
    holders = _holders(actor, [task for task in tasks if task.status == TaskStatus.OPEN])
    units = unit_names(actor)
    files = _files(instance, {task.id: task for task in tasks})
    sent = _file_ids([line.body.get("values") for line in lines])
    names = group_names(actor)
    rows = {key: _steps(d, tasks, holders, names) for key, d in specification.diagrams.items()}
    main = rows[specification.key]
    walked, states = marks(specification.diagrams, lines, tasks)
    return CasePage(
        case=_head(instance, definition),
        stops=_stops(instance, specification.diagrams),
        places=tuple(
            _place(actor, now, instance, task, holders, units) for task in tasks if task.status == TaskStatus.OPEN
        ),
        next_step=_next_step(specification.diagrams, tasks, names),
        rows=main,
        done=sum(row.state == "done" for row in main),
        running=sum(row.state in {"now", "returned"} for row in main),
        waiting=sum(row.state == "wait" for row in main),
        map=stepmap.draw(
            specification.diagram,
            states[specification.key],
            walked[specification.key],
            {node.id: _map_label(node, tasks) for node in specification.diagram.user_tasks if node.loop},
        ),
        history=_lines(instance, specification.diagrams, lines, units, files),
        data=_data(instance, specification.diagrams, lines),
        files=tuple(row for key, row in files.items() if key in sent),
        called=tuple(
            CalledCase(d.properties.get("sop.judul") or d.name, tuple(row for row in rows[key] if row.state != "wait"))
            for key, d in specification.diagrams.items()
            if key != specification.key and any(row.state != "wait" for row in rows[key])
        ),
    )


def diagram_marks(actor: Actor, case_id: UUID) -> tuple[CaseHead, dict[str, str], dict[str, int]]:
    """Return what the BPMN view of a case shows: state and count per element."""
    instance, definition = _find(actor, case_id)
    specification = catalogue.of_instance(instance)
    lines = _history(instance)
    _, states = marks(specification.diagrams, lines, _tasks(instance))
    counts: dict[str, int] = {}
    for process, element, _ in _passed(lines):
        if process == specification.key:
            counts[element] = counts.get(element, 0) + 1
    shown = {element: state for element, state in states[specification.key].items() if state != "wait"}
    return _head(instance, definition), shown, counts


def collection(actor: Actor, now: datetime, case_id: UUID, element: str) -> CollectionPage:
    """Return who has handed in data.

    Raises:
        NotFound: no such case, or the element collects nothing.

    """
    instance, definition = _find(actor, case_id)
    specification = catalogue.of_instance(instance)
    process, node = _collecting(specification.diagrams, element)
    tasks = [task for task in _tasks(instance) if task.process_key == process and task.element == element]
    latest = {task.unit: task for task in tasks}  # the last round of each unit
    lines = {line.task_id: line for line in _history(instance) if line.task_id}
    names = unit_names(actor)
    units = tuple(_unit(actor, task, lines.get(task.id), names) for task in latest.values())
    open_now = [task for task in latest.values() if task.status == TaskStatus.OPEN]
    first_due = min((task for task in open_now if task.due_at), key=lambda task: task.due_at or now, default=None)
    following = next(iter(specification.diagrams[process].next_tasks(element)), None)
    return CollectionPage(
        case=_head(instance, definition),
        title=node.name,
        order=node.order,
        steps=specification.diagrams[process].steps,
        due_at=first_due.due_at if first_due else None,
        remaining=remaining_of(actor, now, instance, first_due) if first_due else None,
        received=sum(unit.state == "received" for unit in units),
        total=len(units),
        units=tuple(sorted(units, key=lambda unit: (not unit.mine, unit.state == "received", unit.name))),
        next_step=f"langkah {following.order}, {following.name}" if following else "",
        next_lane=holder(following.groups, group_names(actor), following.lane) if following else "",
    )


def task_lines(actor: Actor, instance: Instance, most: int | None = None) -> tuple[Line, ...]:
    """Return the newest lines of the history of a case, all of them if no number is given."""
    specification = catalogue.of_instance(instance)
    files = _files(instance, {task.id: task for task in _tasks(instance)})
    lines = _history(instance)
    newest = lines if most is None else lines[-most:]
    return _lines(instance, specification.diagrams, newest, unit_names(actor), files)


def changes_since_return(instance: Instance, task: Task) -> tuple[Change, ...]:
    """Return what was changed since this very step sent the work back; empty in a first round."""
    lines = [line for line in _history(instance) if "values" in line.body]  # only those that tell answers
    own = [line for line in lines if (line.process_key, line.element) == (task.process_key, task.element)]
    if not own or own[-1].kind != "returned":
        return ()
    diagrams = catalogue.of_instance(instance).diagrams
    before = {_place_of(line): line for line in lines if line.sequence < own[-1].sequence}
    after = {_place_of(line): line for line in lines if line.sequence > own[-1].sequence}
    found: dict[Change, None] = {}  # later forms repeat what an earlier one says
    for place, line in after.items():
        earlier = before.get(place)
        if earlier is not None and line.task_id is not None:
            old = _told(_details(instance, diagrams, earlier, earlier.body.get("values") or {}))
            new = _told(_details(instance, diagrams, line, line.body.get("values") or {}))
            changed = (Change(label, old.get(label, ""), text) for label, text in new.items())
            found |= dict.fromkeys(change for change in changed if change.before != change.after)
    return tuple(found)


def _told(answers: Iterable[Shown]) -> dict[str, str]:
    """Return answers as one text per label; a table gives one per cell, a file its name."""
    told: dict[str, str] = {}
    for answer in answers:
        told[answer.label] = answer.text or ", ".join(file.name for file in answer.files)
        for number, row in enumerate(answer.rows, start=1):
            for column, cell in zip(answer.columns, row, strict=True):
                told[f"{answer.label} {number}, {column}"] = cell.text or ", ".join(file.name for file in cell.files)
    return told


def _place_of(line: History) -> tuple[str, str, str]:
    return line.process_key, line.element, str(line.body.get("unit", ""))


def task_map(instance: Instance, process: str) -> stepmap.StepMap:
    """Return the step map of the process that a task belongs to."""
    specification = catalogue.of_instance(instance)
    tasks = _tasks(instance)
    walked, states = marks(specification.diagrams, _history(instance), tasks)
    diagram = specification.diagrams[process]
    labels = {node.id: _map_label(node, tasks) for node in diagram.user_tasks if node.loop}
    return stepmap.draw(diagram, states[process], walked[process], labels)


def export_history(actor: Actor, case_id: UUID) -> tuple[CaseHead, tuple[Line, ...]]:
    """Return the history of a case for the command line, the oldest first."""
    instance, definition = _find(actor, case_id)
    return _head(instance, definition), task_lines(actor, instance)[::-1]


def marks(
    diagrams: Mapping[str, Diagram], lines: Sequence[History], tasks: Sequence[Task]
) -> tuple[dict[str, set[str]], dict[str, dict[str, str]]]:
    """Return per process the flows that were walked and the state of each element."""
    walked: dict[str, set[str]] = {key: set() for key in diagrams}
    states: dict[str, dict[str, str]] = {key: {} for key in diagrams}
    for process, element, flow in _passed(lines):
        states[process][element] = "done"
        outgoing = diagrams[process].outgoing.get(element, ())
        walked[process] |= {flow} if flow else {f.id for f in outgoing} if len(outgoing) == 1 else set()
    for task in tasks:
        if task.status == TaskStatus.OPEN:
            states[task.process_key][task.element] = "returned" if task.is_returned else "now"
            for caller in diagrams.values():
                for node in caller.nodes.values():
                    if node.called == task.process_key:
                        states[caller.key][node.id] = "now"
    return walked, states


def _passed(lines: Iterable[History]) -> Iterable[tuple[str, str, str]]:
    for line in lines:
        yield from line.body.get("passed", ())


def _find(actor: Actor, case_id: UUID) -> tuple[Instance, Definition]:
    row = db.session.execute(
        _with_definition().where(Instance.tenant_id == actor.office, Instance.id == case_id)
    ).one_or_none()
    if row is None:
        raise NotFound(instance=case_id)
    return row.Instance, row.Definition


def _with_definition() -> Rows:
    return select(Instance, Definition).join(
        Definition, (Definition.tenant_id == Instance.tenant_id) & (Definition.id == Instance.definition_id)
    )


def _filtered(actor: Actor, now: datetime, filters: CaseFilters) -> Rows:
    query = _with_definition().where(Instance.tenant_id == actor.office)
    for condition in _conditions(actor, now, filters):
        query = query.where(condition)
    return query


def _conditions(actor: Actor, now: datetime, filters: CaseFilters) -> Iterable[ColumnElement[bool]]:
    zone = ZoneInfo(office_zone(actor))
    if "\x00" in filters.q + filters.process:
        yield false()  # PostgreSQL does not even take it as a question
        return
    if words := filters.q.strip():
        pattern = "%" + words.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_") + "%"
        number = cast(Instance.number, String)
        yield or_(Instance.title.ilike(pattern, escape="\\"), number == words.lstrip("0"))
    if filters.process:
        yield Definition.key == filters.process
    if filters.state in STATES:
        yield Instance.status == STATES[filters.state]
    if filters.state == "incident":
        yield Instance.incident != ""
    if filters.since:
        yield Instance.started_at >= _midnight(filters.since, zone)
    if filters.until:
        yield Instance.started_at < _midnight(filters.until, zone) + timedelta(days=1)
    if filters.returned:
        yield Instance.returns > 0
    if filters.late:
        late = select(Task.instance_id).where(
            Task.tenant_id == actor.office, Task.status == TaskStatus.OPEN, Task.due_at < now
        )
        yield Instance.id.in_(late)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return the beginning of a day; days that no calendar reckons with count as the first or last that one does."""
    return datetime.combine(min(max(day, date(1900, 1, 1)), date(9000, 1, 1)), time(), zone)


def _state(instance: Instance) -> str:
    if instance.incident:
        return "incident"
    return {InstanceStatus.COMPLETED: "ended", InstanceStatus.CANCELLED: "cancelled"}.get(
        InstanceStatus(instance.status), "running"
    )


def _head(instance: Instance, definition: Definition) -> CaseHead:
    return CaseHead(
        id=str(instance.id),
        number=instance.number,
        title=instance.title,
        process_key=definition.key,
        process_name=definition.name,
        version=definition.version,
        started_at=instance.started_at,
        started_by=instance.started_position,
        ended_at=instance.ended_at,
        state=_state(instance),
        returned=instance.returns,
        cancel_reason=instance.end_reason,
    )


def _open_tasks(actor: Actor, instances: list[UUID]) -> list[Task]:
    return list(
        db.session.scalars(
            select(Task)
            .where(Task.tenant_id == actor.office, Task.instance_id.in_(instances), Task.status == TaskStatus.OPEN)
            .order_by(Task.due_at, Task.created_at)
        )
    )


def _holders(actor: Actor, tasks: Sequence[Task]) -> dict[UUID, str]:
    """Return who each task waits for: the name of a position or unit."""
    names = group_names(actor)
    found = db.session.execute(
        select(TaskGroup.task_id, TaskGroup.group).where(
            TaskGroup.tenant_id == actor.office, TaskGroup.task_id.in_([task.id for task in tasks])
        )
    )
    groups: dict[UUID, list[str]] = {}
    for row in found:
        groups.setdefault(row.task_id, []).append(row.group)
    return {task.id: holder(groups.get(task.id, ()), names, task.lane) for task in tasks}


def _case_row(
    actor: Actor, now: datetime, row: Row[Any], open_tasks: Sequence[Task], holders: Mapping[UUID, str]
) -> CaseRow:
    instance = row.Instance
    own = [task for task in open_tasks if task.instance_id == instance.id]
    first = own[0] if own else None
    who = list(dict.fromkeys(holders[task.id] for task in own))
    diagram = catalogue.diagram(actor.office, instance.definition_id)
    ended = instance.status == InstanceStatus.COMPLETED
    steps = diagram.steps
    return CaseRow(
        id=str(instance.id),
        number=instance.number,
        title=instance.title,
        process_name=row.Definition.name,
        step=steps if ended else max((task.position for task in own), default=0),
        steps=steps,
        who=f"{who[0]} +{len(who) - 1}" if len(who) > 2 else ", ".join(who),  # noqa: PLR2004 - two names fit a line
        state=_state(instance),
        returned=instance.returns,
        remaining=remaining_of(actor, now, instance, first) if first else None,
        due_at=first.due_at if first else None,
        started_at=instance.started_at,
        ended_at=instance.ended_at,
        late=bool(first and first.due_at and first.due_at < now),
    )


def _tasks(instance: Instance) -> list[Task]:
    return list(
        db.session.scalars(
            select(Task)
            .where(Task.tenant_id == instance.tenant_id, Task.instance_id == instance.id)
            .order_by(Task.created_at, Task.round, Task.unit)
        )
    )


def _history(instance: Instance) -> list[History]:
    return list(
        db.session.scalars(
            select(History)
            .where(History.tenant_id == instance.tenant_id, History.instance_id == instance.id)
            .order_by(History.sequence)
        )
    )


def _files(instance: Instance, tasks: Mapping[UUID, Task]) -> dict[str, FileRow]:
    rows = db.session.execute(
        select(Attachment.id, Attachment.name, Attachment.size, Attachment.task_id, Attachment.added_at)
        .where(Attachment.tenant_id == instance.tenant_id, Attachment.instance_id == instance.id)
        .order_by(Attachment.added_at.desc())
    )
    return {
        str(row.id): FileRow(
            str(row.id), row.name, row.size, tasks[row.task_id].position, tasks[row.task_id].round, row.added_at
        )
        for row in rows
    }


def _stops(instance: Instance, diagrams: Mapping[str, Diagram]) -> tuple[Stop, ...]:
    if not instance.incident:
        return ()
    found = db.session.scalars(
        select(Incident)
        .where(
            Incident.tenant_id == instance.tenant_id,
            Incident.instance_id == instance.id,
            Incident.closed_at.is_(None),
        )
        .order_by(Incident.opened_at, Incident.id)
    )
    return tuple(_stop(incident, diagrams[incident.process_key].nodes.get(incident.element)) for incident in found)


def _stop(incident: Incident, node: Node | None) -> Stop:
    return Stop(
        id=str(incident.id),
        order=node.order if node else 0,
        title=(node.name if node else "") or incident.element,
        cause=incident.cause,
        data=incident.data,
        attempts=incident.attempts,
        since=incident.opened_at,
    )


def _place(
    actor: Actor, now: datetime, instance: Instance, task: Task, holders: Mapping[UUID, str], units: Mapping[str, str]
) -> Place:
    return Place(
        task_id=str(task.id),
        who=holders[task.id],
        order=task.position,
        title=task.name,
        since=task.created_at,
        due_at=task.due_at,
        remaining=remaining_of(actor, now, instance, task),
        unit_name=units.get(task.unit, ""),
        process=task.process_key,
        element=task.element,
    )


def _steps(
    diagram: Diagram, tasks: Sequence[Task], holders: Mapping[UUID, str], names: Mapping[str, str]
) -> tuple[CaseStep, ...]:
    return tuple(_step(diagram.key, node, tasks, holders, names) for node in diagram.user_tasks)


def _step(
    process: str, node: Node, tasks: Sequence[Task], holders: Mapping[UUID, str], names: Mapping[str, str]
) -> CaseStep:
    own = [task for task in tasks if (task.process_key, task.element) == (process, node.id)]
    open_now = [task for task in own if task.status == TaskStatus.OPEN]
    done = [task for task in own if task.status == TaskStatus.COMPLETED]
    last = open_now[0] if open_now else done[-1] if done else None
    state = "wait"
    if open_now:
        state = "returned" if any(task.is_returned for task in open_now) else "now"
    elif done:
        state = "done"
    who = holder(node.groups, names, node.lane)
    if last is not None:
        who = holders.get(last.id) or last.ended_position or who
    if node.loop and own:
        who = ", ".join(dict.fromkeys(names.get(task.unit, task.unit) for task in own))
    return CaseStep(
        order=node.order,
        title=node.name,
        who=who,
        state=state,
        round=max((task.round for task in own), default=1),
        at=last.ended_at if last and not open_now else None,
        due_at=min((task.due_at for task in open_now if task.due_at), default=None),
        standard=sop.time_words(node),
        note="",
        element=node.id,
        is_collection=node.loop is not None and bool(own),
        indent=node.is_addition,
    )


def _map_label(node: Node, tasks: Sequence[Task]) -> str:
    count = len({task.unit for task in tasks if task.element == node.id})
    return f"{count} unit" if count else "tiap unit"


def _next_step(diagrams: Mapping[str, Diagram], tasks: Sequence[Task], names: Mapping[str, str]) -> str:
    """Say what follows the open task, when there is just one place and one way."""
    places = {(task.process_key, task.element) for task in tasks if task.status == TaskStatus.OPEN}
    if len(places) != 1:
        return ""
    process, element = next(iter(places))
    following = diagrams[process].next_tasks(element)
    return "; ".join(f"{node.name} ({holder(node.groups, names, node.lane)})" for node in following[:1])


def _lines(
    instance: Instance,
    diagrams: Mapping[str, Diagram],
    history: Sequence[History],
    units: Mapping[str, str],
    files: Mapping[str, FileRow],
) -> tuple[Line, ...]:
    """Turn stored lines into shown ones, the newest first."""
    returned_to = _returned_to(instance)
    people = person_names({line.person_id for line in history if line.person_id})
    return tuple(_line(instance, diagrams, line, units, files, returned_to, people) for line in reversed(history))


def _returned_to(instance: Instance) -> dict[datetime, Task]:
    return {task.created_at: task for task in _tasks(instance) if task.is_returned}


def _line(
    instance: Instance,
    diagrams: Mapping[str, Diagram],
    line: History,
    units: Mapping[str, str],
    files: Mapping[str, FileRow],
    returned_to: Mapping[datetime, Task],
    people: Mapping[UUID, str],
) -> Line:
    node = diagrams[line.process_key].nodes.get(line.element) if line.process_key in diagrams else None
    values = line.body.get("values") or {}
    target = returned_to.get(line.at) if line.kind == "returned" else None
    return Line(
        kind=line.kind,
        who=line.position,
        person=people.get(line.person_id, "") if line.person_id else "",
        title=node.name if node else "",
        order=node.order if node else 0,
        unit_name=units.get(line.body.get("unit", ""), ""),
        target=target.name if target else "",
        target_order=target.position if target else 0,
        quote=str(line.body.get("reason") or ""),
        at=line.at,
        round=int(line.body.get("round", 1)),
        details=_amended(line) or _details(instance, diagrams, line, values),
        files=tuple(row for key, row in files.items() if key in _file_ids(values)),
    )


def _details(
    instance: Instance, diagrams: Mapping[str, Diagram], line: History, values: Mapping[str, Any]
) -> tuple[Shown, ...]:
    diagram = diagrams.get(line.process_key)
    if diagram is None or not values:
        return ()
    node = diagram.nodes.get(line.element) or diagram.start
    form = catalogue.form_of(instance, line.process_key, node)
    return tuple(forms.shown(form, values))


def _amended(line: History) -> tuple[Shown, ...]:
    """Return what an admin corrected, before and after, as it is stored."""
    return tuple(
        Shown(one["name"], one["name"], f"{_stored(one['before'])} → {_stored(one['after'])}")
        for one in line.body.get("amended", ())
    )


def _stored(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _file_ids(values: object) -> set[str]:
    """Return the ids of all files that answers refer to."""
    if isinstance(values, dict):
        own = {str(values["id"])} if {"id", "name", "size"} <= values.keys() else set()
        return own.union(*(_file_ids(value) for value in values.values()))
    if isinstance(values, list):
        return set().union(*(_file_ids(value) for value in values))
    return set()


def _data(instance: Instance, diagrams: Mapping[str, Diagram], history: Sequence[History]) -> tuple[Shown, ...]:
    """Return what the start form says about the case."""
    first = next((line for line in history if line.kind == "started"), None)
    return _details(instance, diagrams, first, first.body.get("values", {})) if first else ()


def _collecting(diagrams: Mapping[str, Diagram], element: str) -> tuple[str, Node]:
    for key, diagram in diagrams.items():
        node = diagram.nodes.get(element)
        if node is not None and node.loop is not None:
            return key, node
    raise NotFound(element=element)


def _unit(actor: Actor, task: Task, line: History | None, names: Mapping[str, str]) -> UnitRow:
    received = task.status == TaskStatus.COMPLETED
    values = (line.body.get("values") or {}) if line else {}
    rows = next((value for value in values.values() if isinstance(value, list)), [])
    return UnitRow(
        code=task.unit,
        name=names.get(task.unit, task.unit),
        state="received" if received else "returned" if task.is_returned else "open",
        filled=sum(1 for row in rows if isinstance(row, dict) and row.get("realisasi") is not None),
        of=len(rows),
        evidence=len(_file_ids(values)),
        at=task.ended_at or task.created_at,
        reason=task.return_reason,
        task_id=str(task.id),
        mine=not received and task.unit in actor.groups,
        round=task.round,
    )
