"""One case with everything about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from service import catalogue
from service.engine import stepmap
from service.engine.assignment import Actor
from service.engine.diagram import Diagram
from service.engine.form import Shown
from service.engine.reminders import Seat, waiting_for
from service.engine.worktime import Remaining
from service.models import Incident, Instance, InstanceStatus, Task, TaskStatus, db
from service.queries.cases import CaseHead, find, head_of
from service.queries.files import FileRow, file_ids, files_of
from service.queries.forecast import expected
from service.queries.history import Line, history_of, started_with, told
from service.queries.inbox import remaining_of
from service.queries.organisation import group_names, unit_names
from service.queries.progress import AHEAD, CaseStep, cut_off, draw, marks, next_step, steps_of
from service.queries.reminders import seats
from service.queries.tasks import holders_of, takers_of, tasks_of
from service.queries.timeliness import StepTime, step_times
from service.queries.waits import Wait, named, waits_of


@dataclass(frozen=True, slots=True)
class Stop:
    """An open incident: where the case stands still, why, and over which data."""

    id: str
    order: int
    title: str
    act: str
    """What failed: complete, timer, message, signal, external, error or failed."""
    name: str
    """Name of the message or signal, topic of the external task."""
    position: str
    """Who acted; empty for what happened by itself."""
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
    groups: tuple[str, ...]
    taken_by: str
    """As what somebody has it for himself; empty while it is free."""
    is_vacant: bool
    """Whether it is free and nobody holds a post that could take it."""
    sop: str
    """Title of the called SOP that the step is one of; empty for the SOP of the case."""


@dataclass(frozen=True, slots=True)
class CalledCase:
    """A called SOP inside the case."""

    name: str
    rows: tuple[CaseStep, ...]


@dataclass(frozen=True, slots=True)
class Round:
    """One time that a step was asked for, open or done."""

    task_id: str
    order: int
    title: str
    round: int
    unit_name: str


@dataclass(frozen=True)
class CasePage:
    """Everything about one case."""

    case: CaseHead
    stops: tuple[Stop, ...]
    places: tuple[Place, ...]
    waits: tuple[Wait, ...]
    next_step: str
    expected_end: datetime | None
    rows: tuple[CaseStep, ...]
    done: int
    running: int
    waiting: int
    never: int
    """Steps that were not reached before the case had ended."""
    map: stepmap.StepMap | None
    history: tuple[Line, ...]
    data: tuple[Shown, ...]
    files: tuple[FileRow, ...]
    called: tuple[CalledCase, ...]
    rounds: tuple[Round, ...]
    """What was asked for so far, the newest first."""
    times: tuple[StepTime, ...]
    """How long each step that was reached took so far."""


def case_page(actor: Actor, now: datetime, case_id: UUID) -> CasePage:
    """Return everything about one case.

    Raises:
        NotFound: the office has no such case.

    """
    instance, definition = find(actor, case_id)
    specification = catalogue.of_instance(instance)
    tasks = tasks_of(instance)
    lines = history_of(instance)
    opened = [task for task in tasks if task.status == TaskStatus.OPEN]
    holders, takers = holders_of(actor, opened), takers_of(opened, now)
    present = seats(actor.office, now, {group for task in opened for group in task.groups}) if opened else ()
    units = unit_names(actor)
    files = files_of(instance, {task.id: task for task in tasks}, lines)
    sent = file_ids([line.body.get("values") for line in lines])
    names = group_names(actor)
    cut = cut_off(instance, tasks)
    rows = {key: steps_of(d, instance, tasks, holders, names) for key, d in specification.diagrams.items()}
    ahead = expected(actor.office, specification.diagram, tasks, now) if runs(instance) else {}
    main = tuple(
        replace(row, expected_at=ahead.get(row.element)) if row.state == "wait" else row
        for row in rows[specification.key]
    )
    walked, states = marks(specification.diagrams, lines, tasks, cut)
    return CasePage(
        case=head_of(instance, definition),
        stops=_stops(instance, specification.diagrams),
        places=tuple(_place(actor, now, instance, task, holders, takers, units, present) for task in opened),
        waits=waits_of(instance, specification.diagrams),
        next_step=next_step(specification.diagrams, tasks, names),
        expected_end=max(ahead.values(), default=None),
        rows=main,
        done=sum(row.state == "done" for row in main),
        running=sum(row.state in {"now", "returned"} for row in main),
        waiting=sum(row.state == "wait" for row in main),
        never=sum(row.state == "never" for row in main),
        map=draw(specification.diagram, states[specification.key], walked[specification.key], tasks),
        history=told(instance, specification.diagrams, lines, units, files),
        data=started_with(instance, specification.diagrams, lines),
        files=tuple(row for key, row in files.items() if key in sent),
        called=tuple(
            CalledCase(specification.called(key), tuple(row for row in rows[key] if row.state not in AHEAD))
            for key in specification.diagrams
            if key != specification.key and any(row.state not in AHEAD for row in rows[key])
        ),
        rounds=tuple(
            Round(str(task.id), task.position, task.name, task.round, units.get(task.unit, ""))
            for task in reversed(tasks)
            if task.status != TaskStatus.CANCELLED
        ),
        times=step_times(actor.office, specification.diagrams.values(), tasks, units, instance.ended_at or now),
    )


def runs(instance: Instance) -> bool:
    """Tell whether a case goes on by itself: not ended, not suspended, and not held by an incident."""
    return instance.status == InstanceStatus.RUNNING and not instance.incident and instance.suspended_at is None


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
    return tuple(stop_of(diagrams, incident) for incident in found)


def stop_of(diagrams: Mapping[str, Diagram], incident: Incident) -> Stop:
    """Return where an incident lets a case stand still: the element that failed, else the one that was acted on."""
    act = incident.act
    told = act.get("body", {})
    title, order = named(diagrams, incident.process_key, incident.element)
    if not title:
        title, order = named(diagrams, act.get("process", ""), act.get("element", ""))
    return Stop(
        id=str(incident.id),
        order=order,
        title=title,
        act=act.get("kind", "complete"),
        name=str(told.get("topic") or told.get("name") or ""),
        position=act.get("position", ""),
        cause=incident.cause,
        data=incident.data,
        attempts=incident.attempts,
        since=incident.opened_at,
    )


def _place(
    actor: Actor,
    now: datetime,
    instance: Instance,
    task: Task,
    holders: Mapping[UUID, str],
    takers: Mapping[UUID, str],
    units: Mapping[str, str],
    present: Sequence[Seat],
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
        groups=tuple(task.groups),
        taken_by=takers.get(task.id, ""),
        is_vacant=task.id not in takers and not waiting_for(present, task.groups, ()),
        sop=catalogue.of_instance(instance).called(task.process_key),
    )
