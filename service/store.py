"""The write side: loads what an act needs and saves all that it did, in the only commits there are."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, delete, func, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from service.engine.form import FileReference
from service.engine.workflow import OpenTask, Step
from service.engine.worklist import Changes, Known, unit_of
from service.errors import Conflict, InstanceChanged, NotFound, NotWaiting, TaskClosed
from service.models import (
    Attachment,
    Definition,
    DefinitionDecision,
    DefinitionForm,
    Dispatch,
    Draft,
    History,
    Holding,
    Incident,
    Instance,
    InstanceStatus,
    LargeValue,
    Office,
    Person,
    Position,
    Role,
    StartTrigger,
    Task,
    TaskGroup,
    TaskStatus,
    Unit,
    Waiting,
    db,
    new_id,
)

NUMBER_ATTEMPTS = 5
Upsert = Callable[[type[Draft]], sqlite.Insert | postgresql.Insert]


@dataclass(frozen=True, slots=True)
class Fact:
    """What happened, for the history: one line."""

    kind: str
    at: datetime
    person_id: UUID | None
    position: str
    process: str = ""
    element: str = ""
    task_id: UUID | None = None
    body: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Failure:
    """An act that the engine could not carry out, with all that doing it again needs."""

    process: str
    element: str
    """Where the engine stopped."""
    cause: str
    detail: str
    data: Mapping[str, Any]
    act: Mapping[str, Any]


def get_instance(office: str, instance_id: UUID) -> Instance:
    """Return a case of the office.

    Raises:
        NotFound: the office has no such case.

    """
    instance = db.session.get(Instance, (office, instance_id))
    if instance is None:
        raise NotFound(instance=instance_id)
    return instance


def get_task(office: str, task_id: UUID) -> tuple[Task, Instance, frozenset[str]]:
    """Return a user task with its case and its candidate groups.

    Raises:
        NotFound: the office has no such task.

    """
    row = db.session.execute(
        select(Task, Instance)
        .join(Instance, (Instance.tenant_id == Task.tenant_id) & (Instance.id == Task.instance_id))
        .where(Task.tenant_id == office, Task.id == task_id)
    ).one_or_none()
    if row is None:
        raise NotFound(task=task_id)
    groups = db.session.scalars(
        select(TaskGroup.group).where(TaskGroup.tenant_id == office, TaskGroup.task_id == task_id)
    )
    return row[0], row[1], frozenset(groups)


def require_open(task: Task) -> None:
    """Refuse a task that somebody has completed or cancelled.

    Raises:
        TaskClosed: with who ended it and when.

    """
    if task.status != TaskStatus.OPEN:
        raise TaskClosed(task=task.id, status=task.status, by=task.ended_position, at=task.ended_at)


def known_tasks(instance: Instance, new: Sequence[OpenTask]) -> Known:
    """Return what a case had before these tasks opened: what was open, and how often their like was."""
    places = {(task.process, task.element, unit_of(task)) for task in new}
    units = {unit for _, _, unit in places if unit}
    own = (Task.tenant_id == instance.tenant_id, Task.instance_id == instance.id)
    asked = select(Task.unit).where(*own, Task.unit.in_(units)).distinct()
    rounds = select(Task.process_key, Task.element, Task.unit, func.max(Task.round)).where(
        *own, tuple_(Task.process_key, Task.element, Task.unit).in_(places)
    )
    counted = db.session.execute(rounds.group_by(Task.process_key, Task.element, Task.unit)) if places else ()
    return Known(
        open=open_task_ids(instance),
        rounds={(process, element, unit): number for process, element, unit, number in counted},
        units=frozenset(db.session.scalars(asked)) if units else frozenset(),
    )


def open_task_ids(instance: Instance) -> frozenset[str]:
    """Return the ids of the open tasks of a case."""
    found = select(Task.id).where(
        Task.tenant_id == instance.tenant_id, Task.instance_id == instance.id, Task.status == TaskStatus.OPEN
    )
    return frozenset(map(str, db.session.scalars(found)))


def performers(instance: Instance, process: str, elements: Iterable[str]) -> set[UUID]:
    """Return the persons who completed any of these elements in this case."""
    rows = db.session.scalars(
        select(Task.ended_by).where(
            Task.tenant_id == instance.tenant_id,
            Task.instance_id == instance.id,
            Task.process_key == process,
            Task.element.in_(list(elements)),
            Task.status == TaskStatus.COMPLETED,
        )
    )
    return {person for person in rows if person is not None}


def last_values(instance: Instance, process: str, element: str, unit: str) -> dict[str, Any] | None:
    """Return what was answered the last time this element was completed, None when it never was."""
    task = (
        select(Task.id)
        .where(
            Task.tenant_id == instance.tenant_id,
            Task.instance_id == instance.id,
            Task.process_key == process,
            Task.element == element,
            Task.unit == unit,
            Task.status == TaskStatus.COMPLETED,
        )
        .order_by(Task.round.desc())
        .limit(1)
    )
    body = db.session.scalars(
        select(History.body).where(
            History.tenant_id == instance.tenant_id,
            History.instance_id == instance.id,
            History.task_id == task.scalar_subquery(),
            History.kind.in_(("completed", "returned")),  # the task may have failed before
        )
    ).first()
    return None if body is None else dict(body["values"])


def add_instance(instance: Instance, step: Step, changes: Changes, fact: Fact, dispatch: UUID | None = None) -> None:
    """Save a new case with its first tasks and its first history line.

    Raises:
        NotWaiting: the message that starts it was delivered by somebody else.

    """
    facts = [fact, *([Fact("ended", fact.at, None, "")] if step.ended else [])]
    instance.lines = len(facts)
    for _ in range(NUMBER_ATTEMPTS):
        highest = db.session.scalar(select(func.max(Instance.number)).where(Instance.tenant_id == instance.tenant_id))
        instance.number = (highest or 0) + 1
        db.session.add(instance)
        try:
            db.session.flush()
        except IntegrityError:  # somebody took the number
            db.session.rollback()
            continue
        if dispatch is not None:
            take(instance.tenant_id, dispatch, fact.at)
        _add_tasks(instance, changes, fact)
        _keep_beside(instance, step, fact.at)
        for sequence, line in enumerate(facts, start=1):
            _add_line(instance, sequence, line, step if line is fact else None)
        db.session.commit()
        return
    raise Conflict("no case number could be had")


def save_step(
    instance: Instance,
    step: Step,
    changes: Changes,
    fact: Fact,
    before: Sequence[Fact] = (),
    solves: UUID | None = None,
) -> None:
    """Save what an act did to a case: state, tasks, history, all or nothing.

    Incidents of tasks and waits that are over now are closed with them, and the one that this act `solves`;
    `before` is what led to this act.

    Raises:
        InstanceChanged: somebody else saved this case first.

    """
    ended = step.ended
    facts = [*before, fact, *([Fact("ended", fact.at, None, "")] if ended else [])]
    solved, standing = _solved(instance, changes.closed | step.over, solves, ended=ended)
    _advance(
        instance,
        state=step.state,
        status=InstanceStatus.COMPLETED if ended else InstanceStatus.RUNNING,
        ended_at=fact.at if ended else None,
        returns=instance.returns + changes.has_returned,
        lines=instance.lines + len(facts),
        incident=standing[-1].detail if standing else "",
    )
    _end_tasks(instance, changes.closed, fact)
    _add_tasks(instance, changes, fact)
    _keep_beside(instance, step, fact.at)
    _close(solved, facts[0])
    for sequence, line in enumerate(facts, start=instance.lines + 1):
        _add_line(instance, sequence, line, step if line is fact else None)
    db.session.commit()


def cancel_instance(instance: Instance, reason: str, fact: Fact) -> None:
    """End a case before its time.

    Raises:
        InstanceChanged: somebody else saved this case first.

    """
    _advance(
        instance,
        status=InstanceStatus.CANCELLED,
        ended_at=fact.at,
        end_reason=reason,
        lines=instance.lines + 1,
        incident="",
    )
    _end_tasks(instance, open_task_ids(instance), fact)
    _close(open_incidents(instance), fact)
    _delete(Waiting, instance)
    _add_line(instance, instance.lines + 1, fact, None)
    db.session.commit()


def get_incident(office: str, incident_id: UUID) -> tuple[Incident, Instance]:
    """Return an incident with its case.

    Raises:
        NotFound: the office has no such incident.

    """
    incident = db.session.get(Incident, (office, incident_id))
    if incident is None:
        raise NotFound(incident=incident_id)
    return incident, get_instance(office, incident.instance_id)


def open_incidents(instance: Instance) -> list[Incident]:
    """Return the incidents of a case that nobody has solved, the oldest first; a case without any costs no query."""
    if not instance.incident:
        return []
    found = select(Incident).where(
        Incident.tenant_id == instance.tenant_id, Incident.instance_id == instance.id, Incident.closed_at.is_(None)
    )
    return list(db.session.scalars(found.order_by(Incident.opened_at, Incident.id)))


def record_incident(instance: Instance, failure: Failure, fact: Fact, typed: Mapping[str, Any] | None = None) -> UUID:
    """Note beside the last good state that an act failed; the state stays, what was typed is kept as a draft.

    A task that fails again keeps its incident: one attempt more, the newest cause.

    Raises:
        InstanceChanged: somebody else saved this case first, so the act may not fail any more.

    """
    incident = next((one for one in open_incidents(instance) if one.act["task"] == failure.act["task"]), None)
    _advance(instance, incident=failure.detail, lines=instance.lines + 1)
    if incident is None:
        incident = Incident(
            tenant_id=instance.tenant_id, id=new_id(fact.at), instance_id=instance.id, attempts=0, opened_at=fact.at
        )
        db.session.add(incident)
    incident.process_key, incident.element = failure.process, failure.element
    incident.cause, incident.detail = failure.cause, failure.detail
    incident.data, incident.act = dict(failure.data), dict(failure.act)
    incident.attempts += 1
    _hold(instance, failure.act["task"], incident.id)
    if typed is not None and fact.task_id is not None and fact.person_id is not None:
        _keep_draft(instance.tenant_id, fact.task_id, fact.person_id, typed, fact.at)
    _add_line(instance, instance.lines + 1, fact, None)
    db.session.commit()
    return incident.id


def close_incident(instance: Instance, incident: Incident, fact: Fact) -> None:
    """Close an incident without doing its act; a timer or external task of it is offered again.

    Raises:
        InstanceChanged: somebody else saved this case first.

    """
    standing = [one for one in open_incidents(instance) if one.id != incident.id]
    _advance(instance, incident=standing[-1].detail if standing else "", lines=instance.lines + 1)
    _close([incident], fact)
    _hold(instance, incident.act["task"], None)
    _add_line(instance, instance.lines + 1, fact, None)
    db.session.commit()


def due_timers(now: datetime, most: int) -> list[Waiting]:
    """Return timers of all offices whose time has come and that no incident holds, the earliest first."""
    found = select(Waiting).where(Waiting.kind == "timer", Waiting.due_at <= now, Waiting.incident_id.is_(None))
    return list(db.session.scalars(found.order_by(Waiting.due_at, Waiting.id).limit(most)))


def waiting_cases(office: str, kind: str, name: str, key: str = "") -> list[UUID]:
    """Return the cases that wait for a message with this key, or for a signal, the longest wait first."""
    found = select(Waiting.instance_id).where(
        Waiting.tenant_id == office, Waiting.kind == kind, Waiting.name == name, Waiting.key.in_({"", key})
    )
    return list(dict.fromkeys(db.session.scalars(found.order_by(Waiting.since, Waiting.id))))


def open_participants(instance: Instance, element: str) -> list[Task]:
    """Return the open tasks that units were asked to do in one element, the first one first."""
    found = select(Task).where(
        Task.tenant_id == instance.tenant_id,
        Task.instance_id == instance.id,
        Task.element == element,
        Task.unit != "",
        Task.status == TaskStatus.OPEN,
    )
    return list(db.session.scalars(found.order_by(Task.created_at, Task.id)))


def due_triggers(now: datetime, most: int) -> list[StartTrigger]:
    """Return the processes of all offices that begin now, the earliest first."""
    found = select(StartTrigger).where(StartTrigger.kind == "timer", StartTrigger.due_at <= now)
    return list(db.session.scalars(found.order_by(StartTrigger.due_at, StartTrigger.process_key).limit(most)))


def triggered(office: str, kind: str, name: str) -> list[str]:
    """Return the keys of the processes that begin with a message or signal."""
    found = select(StartTrigger.process_key).where(
        StartTrigger.tenant_id == office, StartTrigger.kind == kind, StartTrigger.name == name
    )
    return list(db.session.scalars(found.order_by(StartTrigger.process_key)))


def advance_trigger(trigger: StartTrigger, following: tuple[datetime, int | None] | None) -> bool:
    """Set the next time of a process, or none; False if another process was faster."""
    due_at, left = following or (None, None)
    advanced = db.session.execute(
        update(StartTrigger)
        .where(
            StartTrigger.tenant_id == trigger.tenant_id,
            StartTrigger.process_key == trigger.process_key,
            StartTrigger.due_at == trigger.due_at,
        )
        .values(due_at=due_at, left=left, failure="")
        .execution_options(synchronize_session=False)
    )
    db.session.commit()
    return cast("CursorResult[Any]", advanced).rowcount == 1


def note_trigger_failure(office: str, process: str, failure: str) -> None:
    """Note why a case could not be started by itself."""
    db.session.execute(
        update(StartTrigger)
        .where(StartTrigger.tenant_id == office, StartTrigger.process_key == process)
        .values(failure=failure)
    )
    db.session.commit()


def get_wait(office: str, wait_id: UUID, kind: str) -> tuple[Waiting, Instance]:
    """Return a wait with its case.

    Raises:
        NotFound: the office has no such wait.

    """
    wait = db.session.get(Waiting, (office, wait_id))
    if wait is None or wait.kind != kind:
        raise NotFound(wait=wait_id)
    return wait, get_instance(office, wait.instance_id)


def add_dispatches(dispatches: Sequence[Dispatch], done: Dispatch | None = None, now: datetime | None = None) -> None:
    """Put messages and signals on their way; the one that they are parts of is done with that."""
    db.session.add_all(dispatches)
    if done is not None:
        done.done_at = now
    db.session.commit()


def pending_dispatches(now: datetime, keep: timedelta, most: int) -> list[Dispatch]:
    """Return what nobody has taken yet and somebody may take now, and what was kept for too long; the oldest first."""
    wanted = (
        select(Waiting.id)
        .where(
            Waiting.tenant_id == Dispatch.tenant_id,
            Waiting.kind == Dispatch.kind,
            Waiting.name == Dispatch.name,
            Waiting.key.in_(("", Dispatch.key)),
        )
        .exists()
    )
    found = select(Dispatch).where(
        Dispatch.done_at.is_(None), Dispatch.tried_at.is_(None) | wanted | (Dispatch.sent_at < now - keep)
    )
    return list(db.session.scalars(found.order_by(Dispatch.sent_at, Dispatch.id).limit(most)))


def keep_dispatch(dispatch: Dispatch, now: datetime, *, done: bool) -> None:
    """Note that nobody waited: it stays for whoever will, or is over."""
    dispatch.tried_at = now
    if done:
        dispatch.done_at = now
    db.session.commit()


def take(office: str, dispatch_id: UUID, now: datetime) -> None:
    """Mark a message or signal as delivered, in the transaction of the step that it causes.

    Raises:
        NotWaiting: somebody else delivered it first.

    """
    taken = db.session.execute(
        update(Dispatch)
        .where(Dispatch.tenant_id == office, Dispatch.id == dispatch_id, Dispatch.done_at.is_(None))
        .values(done_at=now)
        .execution_options(synchronize_session=False)
    )
    if cast("CursorResult[Any]", taken).rowcount != 1:
        db.session.rollback()
        raise NotWaiting(dispatch=dispatch_id)


def unknown_performers(office: str, groups: Collection[str], user_names: Collection[str]) -> set[str]:
    """Return which of these positions, units and people the office does not have."""
    positions = select(Position.code).where(Position.tenant_id == office, Position.code.in_(groups))
    units = select(Unit.code).where(Unit.tenant_id == office, Unit.code.in_(groups))
    people = (
        select(Person.user_name)
        .join(Role, Role.person_id == Person.id)
        .where(Role.tenant_id == office, Person.user_name.in_(user_names))
    )
    known = set(db.session.scalars(positions.union(units))) | set(db.session.scalars(people))
    return {*groups, *user_names} - known


def save_draft(office: str, task_id: UUID, person_id: UUID, answers: Mapping[str, Any], now: datetime) -> None:
    """Keep what somebody typed into a task."""
    _keep_draft(office, task_id, person_id, answers, now)
    db.session.commit()


def get_draft(office: str, task_id: UUID, person_id: UUID) -> Draft | None:
    """Return what somebody typed into a task and has not sent yet."""
    return db.session.get(Draft, (office, task_id, person_id))


def count_attachments(office: str, task_id: UUID) -> int:
    """Return how many files a task has."""
    condition = (Attachment.tenant_id == office) & (Attachment.task_id == task_id)
    return db.session.scalar(select(func.count()).select_from(Attachment).where(condition)) or 0


def get_attachment(office: str, attachment_id: UUID) -> Attachment:
    """Return a file with its content.

    Raises:
        NotFound: the office has no such file.

    """
    attachment = db.session.get(Attachment, (office, attachment_id))
    if attachment is None:
        raise NotFound(attachment=attachment_id)
    return attachment


def add_attachment(attachment: Attachment) -> None:
    """Keep a file of a task."""
    db.session.add(attachment)
    db.session.commit()


def latest_definition(office: str, key: str) -> Definition | None:
    """Return the newest deployed version of a process."""
    return db.session.scalars(
        select(Definition)
        .where(Definition.tenant_id == office, Definition.key == key)
        .order_by(Definition.version.desc())
        .limit(1)
    ).first()


def form_contents(office: str, definition_id: UUID) -> dict[str, bytes]:
    """Return the forms of a deployed version as they were uploaded."""
    rows = db.session.execute(
        select(DefinitionForm.form_id, DefinitionForm.content).where(
            DefinitionForm.tenant_id == office, DefinitionForm.definition_id == definition_id
        )
    )
    return {row.form_id: row.content for row in rows}


def decision_contents(office: str, definition_id: UUID) -> dict[str, bytes]:
    """Return the DMN files of a deployed version as they were uploaded."""
    rows = db.session.execute(
        select(DefinitionDecision.file, DefinitionDecision.content).where(
            DefinitionDecision.tenant_id == office, DefinitionDecision.definition_id == definition_id
        )
    )
    return {row.file: row.content for row in rows}


def reporting_units(office: str) -> list[dict[str, str]]:
    """Return the units that are asked for data, as the process variable `unit_kantor`."""
    rows = db.session.execute(
        select(Unit.code, Unit.name).where(Unit.tenant_id == office, Unit.reports_data).order_by(Unit.code)
    )
    return [{"kode": row.code, "nama": row.name} for row in rows]


def files(instance: Instance) -> dict[str, FileReference]:
    """Return the attachments of a case as form answers refer to them."""
    rows = db.session.execute(
        select(Attachment.id, Attachment.name, Attachment.size).where(
            Attachment.tenant_id == instance.tenant_id, Attachment.instance_id == instance.id
        )
    )
    return {str(row.id): FileReference(str(row.id), row.name, row.size) for row in rows}


def add_definitions(
    definitions: Sequence[tuple[Definition, Sequence[DefinitionForm | DefinitionDecision]]],
    triggers: Sequence[StartTrigger],
) -> None:
    """Save new versions together; either all of them are there afterwards or none.

    What started cases of the versions before them by itself does not any more.

    Raises:
        Conflict: somebody deployed the same version number first.

    """
    for definition, _ in definitions:
        db.session.add(definition)
    try:
        db.session.flush()
        for _, stored in definitions:
            db.session.add_all(stored)
        for definition, _ in definitions:
            db.session.execute(
                delete(StartTrigger).where(
                    StartTrigger.tenant_id == definition.tenant_id, StartTrigger.process_key == definition.key
                )
            )
        db.session.add_all(triggers)
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        raise Conflict("the same process was deployed at the same time") from None


def has_office(office: str) -> bool:
    """Tell whether there is such an office."""
    return db.session.get(Office, office) is not None


def has_position(office: str, code: str) -> bool:
    """Tell whether an office has a position."""
    return db.session.get(Position, (office, code)) is not None


def find_person(user_name: str) -> Person | None:
    """Return the person with a user name."""
    return db.session.scalars(select(Person).where(Person.user_name == user_name)).first()


def get_person(person_id: UUID) -> Person | None:
    """Return a person by id."""
    return db.session.get(Person, person_id)


def offices_of(person_id: UUID) -> list[str]:
    """Return the offices in which a person has a position or a role."""
    held = select(Holding.tenant_id).where(Holding.person_id == person_id)
    given = select(Role.tenant_id).where(Role.person_id == person_id)
    return sorted(db.session.scalars(held.union(given)))


def posts_and_roles(office: str, person_id: UUID) -> tuple[list[tuple[str, str, str | None]], list[str]]:
    """Return the positions (code, name, unit) and the roles of a person in an office."""
    posts = db.session.execute(
        select(Position.code, Position.name, Position.unit_code)
        .join(Holding, (Holding.tenant_id == Position.tenant_id) & (Holding.position_code == Position.code))
        .where(Holding.tenant_id == office, Holding.person_id == person_id)
        .order_by(Position.code)
    )
    roles = db.session.scalars(select(Role.name).where(Role.tenant_id == office, Role.person_id == person_id))
    return [(post.code, post.name, post.unit_code) for post in posts], list(roles)


def add_office(office: Office, units: Sequence[Unit], positions: Sequence[Position]) -> None:
    """Save an office with its units and positions, replacing what is there under the same codes."""
    for row in (office, *units, *positions):
        db.session.merge(row)
    db.session.commit()


def add_person(person: Person, holdings: Sequence[Holding], roles: Sequence[Role]) -> None:
    """Save a person with positions and roles.

    Raises:
        Conflict: the user name is taken.

    """
    db.session.add(person)
    try:
        db.session.flush()
        db.session.add_all([*holdings, *roles])
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        raise Conflict("the user name is taken") from None


def set_password(person: Person, password_hash: str) -> None:
    """Replace the password of a person."""
    person.password_hash = password_hash
    db.session.commit()


def set_active(person: Person, *, is_active: bool) -> None:
    """Let a person sign in, or stop him."""
    person.is_active = is_active
    db.session.commit()


def _advance(instance: Instance, **values: object) -> None:
    """Move the case on by one version: the first statement of the write transaction, so that a loser learns early."""
    result = db.session.execute(
        update(Instance)
        .where(
            Instance.tenant_id == instance.tenant_id,
            Instance.id == instance.id,
            Instance.version == instance.version,
        )
        .values(version=instance.version + 1, **values)
        .execution_options(synchronize_session=False)
    )
    if cast("CursorResult[Any]", result).rowcount != 1:
        db.session.rollback()
        raise InstanceChanged(instance=instance.id)


def _solved(
    instance: Instance, over: frozenset[str], solves: UUID | None, *, ended: bool
) -> tuple[list[Incident], list[Incident]]:
    """Return the incidents that are over once these tasks and waits are, and those that stand."""
    found = open_incidents(instance)
    solved = [incident for incident in found if ended or incident.act["task"] in over or incident.id == solves]
    return solved, [incident for incident in found if incident not in solved]


def _hold(instance: Instance, wait_id: str, incident_id: UUID | None) -> None:
    """Let a wait rest while an incident stands, or offer it again; a task or message has no such row."""
    db.session.execute(
        update(Waiting)
        .where(Waiting.tenant_id == instance.tenant_id, Waiting.id == UUID(wait_id))
        .values(incident_id=incident_id)
    )


def _close(incidents: Iterable[Incident], fact: Fact) -> None:
    for incident in incidents:
        incident.closed_at, incident.closed_by = fact.at, fact.person_id


def _keep_draft(office: str, task_id: UUID, person_id: UUID, answers: Mapping[str, Any], now: datetime) -> None:
    kept = {"answers": dict(answers), "saved_at": now}
    insert: Upsert = sqlite.insert if db.engine.dialect.name == "sqlite" else postgresql.insert
    statement = insert(Draft).values(tenant_id=office, task_id=task_id, person_id=person_id, **kept)
    # an upload and an autosave may arrive together
    db.session.execute(statement.on_conflict_do_update(index_elements=list(Draft.__table__.primary_key), set_=kept))


def _add_tasks(instance: Instance, changes: Changes, fact: Fact) -> None:
    for opened in changes.opened:
        db.session.add(
            Task(
                tenant_id=instance.tenant_id,
                id=UUID(opened.id),
                instance_id=instance.id,
                process_key=opened.process,
                element=opened.element,
                name=opened.name,
                lane=opened.lane,
                position=opened.order,
                unit=opened.unit,
                status=TaskStatus.OPEN,
                round=opened.round,
                created_at=fact.at,
                due_at=opened.due_at,
                follow_up_at=opened.follow_up_at,
                priority=opened.priority,
                came_from=fact.position,
                is_returned=opened.is_returned,
                return_reason=str(fact.body.get("reason", "")) if opened.is_returned else "",
                return_parts=list(fact.body.get("parts", ())) if opened.is_returned else [],
            )
        )
    db.session.flush()
    for opened in changes.opened:
        for group in dict.fromkeys(opened.groups):
            db.session.add(TaskGroup(tenant_id=instance.tenant_id, group=group, task_id=UUID(opened.id)))


def _keep_beside(instance: Instance, step: Step, now: datetime) -> None:
    """Keep what belongs to a state and stands in rows of its own: large variables, waits, what was thrown."""
    if step.gone_values:
        _delete(LargeValue, instance, LargeValue.digest.in_(step.gone_values))
    if step.over:
        _delete(Waiting, instance, Waiting.id.in_([UUID(wait) for wait in step.over]))
    own = {"tenant_id": instance.tenant_id, "instance_id": instance.id}
    for digest, content in step.new_values.items():
        db.session.add(LargeValue(**own, digest=digest, content=content))
    for wait in step.begun:
        db.session.add(
            Waiting(
                **own, id=UUID(wait.id), process_key=wait.process, element=wait.element, kind=wait.kind,
                name=wait.name, key=wait.key, due_at=wait.due, since=now,
            )
        )  # fmt: skip
    for thrown in step.thrown:
        body = dict(thrown.values)
        db.session.add(
            Dispatch(**own, id=new_id(now), kind=thrown.kind, name=thrown.name, key=thrown.key, body=body, sent_at=now)
        )


def _delete(table: type[LargeValue] | type[Waiting], instance: Instance, *conditions: ColumnElement[bool]) -> None:
    db.session.execute(
        delete(table).where(table.tenant_id == instance.tenant_id, table.instance_id == instance.id, *conditions)
    )


def _end_tasks(instance: Instance, closed: frozenset[str], fact: Fact) -> None:
    for identifier in closed:
        completed = UUID(identifier) == fact.task_id
        db.session.execute(
            update(Task)
            .where(Task.tenant_id == instance.tenant_id, Task.id == UUID(identifier))
            .values(
                status=TaskStatus.COMPLETED if completed else TaskStatus.CANCELLED,
                ended_at=fact.at,
                ended_by=fact.person_id,
                ended_position=fact.position,
            )
        )
    db.session.execute(
        delete(Draft).where(
            Draft.tenant_id == instance.tenant_id,
            Draft.task_id == fact.task_id,
            Draft.person_id == fact.person_id,  # what others typed meanwhile stays theirs
        )
    )


def _add_line(instance: Instance, sequence: int, fact: Fact, step: Step | None) -> None:
    passed = [[p.process, p.element, p.flow] for p in step.passed] if step else []
    db.session.add(
        History(
            tenant_id=instance.tenant_id,
            instance_id=instance.id,
            sequence=sequence,
            kind=fact.kind,
            at=fact.at,
            person_id=fact.person_id,
            position=fact.position,
            process_key=fact.process,
            element=fact.element,
            task_id=fact.task_id,
            body={**fact.body, "passed": passed},
        )
    )


def instance_row(office: str, now: datetime, **columns: object) -> Instance:
    """Build the row of a new case; `add_instance` saves it."""
    return Instance(tenant_id=office, id=new_id(now), version=1, started_at=now, **columns)
