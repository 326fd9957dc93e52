"""Deployed processes: the list, one process with its SOP, its versions, what may be started."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import defer

from service import catalogue
from service.engine import sop, stepmap, worktime
from service.engine.assignment import Actor, Role, is_candidate
from service.engine.human import Human
from service.errors import NotFound
from service.models import Definition, Instance, InstanceStatus, Office, Person, StartTrigger, db
from service.queries.establishment import OF_SOPS, changes
from service.queries.organisation import group_names, holder

LAST_CASES = 500
"""Of which the average time is taken, over all processes of an office."""
CONTENT_CHANGED = "content"
PAGE_SIZE = 20
"""Versions that are told with their changes, for which each diagram is read."""
_IN_FORCE = Definition.released_at.is_not(None)
_NEWEST = true()


@dataclass(frozen=True, slots=True)
class ProcessRow:
    """A process in the list: the version in force, or the newest if none is."""

    key: str
    name: str
    version: int
    deployed_at: datetime
    rows: int
    lanes: int
    running: int
    ended: int
    is_in_force: bool
    waiting: int | None
    """Version that waits for a second person."""
    is_suspended: bool
    """Whether nobody starts it for now."""


@dataclass(frozen=True, slots=True)
class Suspension:
    """Who lets nobody start an SOP for now."""

    version: int
    by: str
    at: datetime
    reason: str
    """Empty where a program did it."""


@dataclass(frozen=True, slots=True)
class Line:
    """What the log of the office tells of an SOP."""

    at: datetime
    who: str
    """Empty on the command line."""
    kind: str
    version: int
    reason: str


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version of a process."""

    version: int
    deployed_at: datetime
    deployed_by: str
    running: int
    ended: int
    changes: tuple[sop.Change, ...]
    state: str
    """in-force, waiting, refused or past."""
    decided_by: str
    """Second person who released or refused it."""
    refusal: str
    may_decide: bool

    @property
    def current(self) -> bool:
        """Tell whether cases are started with it."""
        return self.state == "in-force"


@dataclass(frozen=True, slots=True)
class Begins:
    """What starts cases of a process by itself."""

    kind: str
    """timer, message or signal."""
    name: str
    due_at: datetime | None
    """The next time; nothing when it is over, or for a message or signal."""
    failure: str
    """Why the last case could not be started."""


@dataclass(frozen=True)
class ProcessPage:
    """Everything about one process."""

    key: str
    name: str
    version: int
    versions: tuple[VersionRow, ...]
    """One page of them, the newest first."""
    total: int
    page_number: int
    pages: int
    identity: tuple[tuple[str, tuple[str, ...]], ...]
    rows: tuple[sop.SopRow, ...]
    map: stepmap.StepMap | None
    running: int
    may_start: bool
    begins: Begins | None
    is_in_force: bool
    waiting: VersionRow | None
    """The version that waits for a second person."""
    suspension: Suspension | None
    may_suspend: bool
    log: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class StartChoice:
    """A process that the actor may start."""

    key: str
    name: str
    first_step: str
    first_lane: str
    steps: int
    average_days: int | None
    """Working days that its last cases took; None before the first one is done."""


def processes(actor: Actor) -> tuple[ProcessRow, ...]:
    """Return every process of the office as the version in force describes it; staff see none that is not."""
    counts = _counts(actor)
    waiting = {row.key: row.version for row in _newest(actor, _NEWEST) if row.is_waiting}
    in_force = _newest(actor, _IN_FORCE)
    known = {row.key for row in in_force}
    others = [] if Role.STAFF in actor.roles else [row for row in _newest(actor, _NEWEST) if row.key not in known]
    return tuple(
        ProcessRow(
            key=row.key,
            name=row.name,
            version=row.version,
            deployed_at=row.deployed_at,
            rows=catalogue.diagram(actor.office, row.id).steps,
            lanes=len(catalogue.diagram(actor.office, row.id).lanes),
            running=counts.get((row.key, True), 0),
            ended=counts.get((row.key, False), 0),
            is_in_force=row.released_at is not None,
            waiting=waiting.get(row.key),
            is_suspended=row.released_at is not None and row.suspended_at is not None,
        )
        for row in sorted([*in_force, *others], key=lambda row: row.name)
    )


def process(actor: Actor, key: str, page: int = 1) -> ProcessPage:
    """Return one process as the version in force describes it, or the newest if none is, with one page of its versions.

    Raises:
        NotFound: the office has no such process.

    """
    versions = db.session.scalars(
        select(Definition)
        .where(Definition.tenant_id == actor.office, Definition.key == key)
        .order_by(Definition.version.desc())
        .options(defer(Definition.content))
    ).all()
    if not versions:
        raise NotFound(process=key)
    in_force = next((row for row in versions if row.released_at), None)
    if in_force is None and Role.STAFF in actor.roles:
        raise NotFound(process=key)
    current = in_force or versions[0]
    diagram = catalogue.diagram(actor.office, current.id)
    by_version = _version_counts(actor, key)
    pages = -(-len(versions) // PAGE_SIZE)
    number = min(page, pages)

    def told(index: int) -> VersionRow:
        row = versions[index]
        return VersionRow(
            version=row.version,
            deployed_at=row.deployed_at,
            deployed_by=row.deployed_by,
            running=by_version.get((row.id, True), 0),
            ended=by_version.get((row.id, False), 0),
            changes=_changes(actor, row.id, versions[index + 1].id) if index + 1 < len(versions) else (),
            state=_state(row, in_force),
            decided_by=row.refused_by or row.released_by,
            refusal=row.refusal,
            may_decide=index == 0 and row.is_waiting and _may_decide(actor, row),
        )

    is_waiting = _state(versions[0], in_force) == "waiting" and Role.STAFF not in actor.roles
    return ProcessPage(
        key=key,
        name=current.name,
        version=current.version,
        versions=tuple(told(index) for index in range(len(versions))[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]),
        total=len(versions),
        page_number=number,
        pages=pages,
        identity=sop.identity(diagram),
        rows=sop.rows(diagram),
        map=stepmap.draw(diagram, None, (), {node.id: 0 for node in diagram.user_tasks if node.loop}),
        running=sum(cases for (_, is_running), cases in by_version.items() if is_running),
        may_start=in_force is not None and _may_start(actor, in_force),
        begins=_begins(actor, key),
        is_in_force=in_force is not None,
        waiting=told(0) if is_waiting else None,
        suspension=None if in_force is None else _suspension(in_force),
        may_suspend=in_force is not None and Role.ANALYST in actor.roles,
        log=_log(actor, current),
    )


def needs_release(actor: Actor) -> bool:
    """Tell whether new versions of the office wait for a second person."""
    return bool(db.session.scalar(select(Office.needs_release).where(Office.id == actor.office)))


def _may_start(actor: Actor, in_force: Definition) -> bool:
    diagram = catalogue.diagram(actor.office, in_force.id)
    if diagram.start.event is not None or in_force.suspended_at is not None:
        return False
    return is_candidate(actor, catalogue.starting_groups(actor.office, in_force.id))


def _suspension(in_force: Definition) -> Suspension | None:
    if in_force.suspended_at is None:
        return None
    return Suspension(in_force.version, in_force.suspended_by, in_force.suspended_at, in_force.suspension)


def _log(actor: Actor, of: Definition) -> tuple[Line, ...]:
    """Return what was done to the versions of a process, the latest first."""
    return tuple(
        Line(one.at, one.by, one.kind, one.after["version"], one.after.get("reason", ""))
        for one in changes(actor, of.subject, OF_SOPS)
        if one.after["process"] == of.key
    )


def _state(row: Definition, in_force: Definition | None) -> str:
    if row is in_force:
        return "in-force"
    if row.refused_at is not None:
        return "refused"
    is_newer = in_force is None or row.version > in_force.version
    return "waiting" if row.released_at is None and is_newer else "past"


def _may_decide(actor: Actor, row: Definition) -> bool:
    """Tell whether an analyst may release what another human being deployed."""
    if Role.ANALYST not in actor.roles:
        return False
    nip = db.session.scalar(select(Person.nip).where(Person.id == row.deployer_id)) if row.deployer_id else None
    return row.deployer_id is None or not actor.human.is_among([Human(row.deployer_id, nip or "")])


def _begins(actor: Actor, key: str) -> Begins | None:
    row = db.session.get(StartTrigger, (actor.office, key))
    return None if row is None else Begins(row.kind, row.name, row.due_at, row.failure)


def content(actor: Actor, key: str, version: int | None) -> tuple[Definition, bytes]:
    """Return the BPMN file of a version, the one in force if none is asked for; staff see none that never was.

    Raises:
        NotFound: the office has no such version.

    """
    query = select(Definition).where(Definition.tenant_id == actor.office, Definition.key == key)
    if Role.STAFF in actor.roles:
        query = query.where(Definition.released_at.is_not(None))
    if version:
        query = query.where(Definition.version == version)
    ordered = query.order_by(Definition.released_at.is_(None), Definition.version.desc())
    row = db.session.scalars(ordered.limit(1)).first()
    if row is None:
        raise NotFound(process=key, version=version)
    return row, row.content


def startable(actor: Actor) -> tuple[StartChoice, ...]:
    """Return the processes that the actor may start."""
    found = []
    names = group_names(actor)
    average = _average_days(actor)
    for row in _newest(actor, _IN_FORCE):
        diagram = catalogue.diagram(actor.office, row.id)
        first = catalogue.first_step(actor.office, row.id)
        if first and _may_start(actor, row):
            who = holder(first.groups, names, first.lane)
            found.append(StartChoice(row.key, row.name, first.name, who, diagram.steps, average.get(row.key)))
    return tuple(found)


def _average_days(actor: Actor) -> dict[str, int]:
    """Return how many working days the last completed cases of each process took."""
    calendar = catalogue.calendar(actor.office)
    done = db.session.execute(
        select(Definition.key, Instance.started_at, Instance.ended_at)
        .join(Instance, (Instance.tenant_id == Definition.tenant_id) & (Instance.definition_id == Definition.id))
        .where(Definition.tenant_id == actor.office, Instance.status == InstanceStatus.COMPLETED)
        .order_by(Instance.started_at.desc())
        .limit(LAST_CASES)
    )
    taken: dict[str, list[int]] = {}
    for key, started, ended in done:
        taken.setdefault(key, []).append(worktime.working_days_between(calendar, started, ended or started))
    return {key: round(sum(days) / len(days)) for key, days in taken.items()}


def _newest(actor: Actor, among: ColumnElement[bool]) -> list[Definition]:
    newest = (
        select(Definition.key, func.max(Definition.version).label("version"))
        .where(Definition.tenant_id == actor.office, among)
        .group_by(Definition.key)
        .subquery()
    )
    rows = db.session.scalars(
        select(Definition)
        .join(newest, (newest.c.key == Definition.key) & (newest.c.version == Definition.version))
        .where(Definition.tenant_id == actor.office)
        .order_by(Definition.name)
    )
    return list(rows)


def _counts(actor: Actor) -> dict[tuple[str, bool], int]:
    running = Instance.status == InstanceStatus.RUNNING
    rows = db.session.execute(
        select(Definition.key, running.label("running"), func.count())
        .join(Instance, (Instance.tenant_id == Definition.tenant_id) & (Instance.definition_id == Definition.id))
        .where(Definition.tenant_id == actor.office)
        .group_by(Definition.key, running)
    )
    return {(row[0], bool(row[1])): row[2] for row in rows}


def _version_counts(actor: Actor, key: str) -> dict[tuple[UUID, bool], int]:
    running = Instance.status == InstanceStatus.RUNNING
    rows = db.session.execute(
        select(Definition.id, running.label("running"), func.count())
        .join(Instance, (Instance.tenant_id == Definition.tenant_id) & (Instance.definition_id == Definition.id))
        .where(Definition.tenant_id == actor.office, Definition.key == key)
        .group_by(Definition.id, running)
    )
    return {(row[0], bool(row[1])): row[2] for row in rows}


def _changes(actor: Actor, newer: UUID, older: UUID) -> tuple[sop.Change, ...]:
    """Return what differs between two versions: in the SOP, at its decisions, and which forms."""
    after, before = catalogue.deployed(actor.office, newer), catalogue.deployed(actor.office, older)
    forms = [
        sop.Change("form", 0, name)
        for name, form in sorted(after.forms.items())
        if name in before.forms and before.forms[name] != form
    ]
    changed = sop.changes(catalogue.diagram(actor.office, older), catalogue.diagram(actor.office, newer))
    return (*changed, *forms)
