"""What a case passed through, element by element, and where it stands, reckoned from its history, tasks and waits.

A user task is its row. Everything else is a mark in a line of the history that says when an element was left; it was
entered when an element before it was left. What is still waited for comes last. The n-th time that a case comes to an
element keeps its number, so an activity has the same id while it is waited for and ever after.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import defer

from service import catalogue
from service.engine.assignment import Actor
from service.engine.diagram import Diagram, Node
from service.errors import Invalid, NotFound
from service.models import History, Instance, Task, Waiting, db
from service.queries.past import tasks
from service.queries.past.narrowing import ALWAYS, Page, Span

MOST_TASKS = 10_000
"""Of one case."""
NEVER = datetime.max.replace(tzinfo=UTC)
"""What goes on ends after everything else."""
Place = tuple[str, str]
"""Process and element."""


@dataclass(frozen=True, slots=True)
class Activity:
    """One time that a case came to an element."""

    id: str
    case: UUID
    process: str
    definition: UUID
    version: int
    element: str
    name: str
    kind: str
    """Local name of the BPMN element."""
    event: str
    """What an event waits for or raises; empty for anything else."""
    started_at: datetime
    ended_at: datetime | None
    is_cancelled: bool = False
    task: UUID | None = None
    assignee: str | None = None


@dataclass(frozen=True, slots=True)
class Sought:
    """Which activities of a case are asked for; nothing of a field means all."""

    cases: frozenset[UUID] | None
    """The one whose activities they are."""
    ids: frozenset[str] | None = None
    elements: frozenset[str] | None = None
    name: str | None = None
    is_kind: Callable[[str, str], bool] | None = None
    """Asked of each with its kind and what its event waits for or raises."""
    definitions: frozenset[UUID] | None = None
    assignee: str | None = None
    is_over: bool | None = None
    is_cancelled: bool | None = None
    started: Span = ALWAYS
    ended: Span = ALWAYS


ORDERS: Mapping[str, Any] = {
    "activityInstanceId": lambda one: one.id,
    "instanceId": lambda one: one.case,
    "executionId": lambda one: one.case,
    "activityId": lambda one: one.element,
    "activityName": lambda one: one.name,
    "activityType": lambda one: (one.kind, one.event),
    "startTime": lambda one: one.started_at,
    "endTime": lambda one: one.ended_at or NEVER,
    "duration": lambda one: (one.ended_at or NEVER) - one.started_at,
    "definitionId": lambda one: one.definition,
    "occurrence": lambda _: 0,
    "tenantId": lambda _: 0,
}
"""Names that a list may be sorted by; left as it is, it runs in the order of what happened."""


def found(actor: Actor, sought: Sought, now: datetime, page: Page) -> list[Activity]:
    """Return one page of the activities of a case, the first one first; none of a case that the office has not.

    Raises:
        Invalid: no case is named.

    """
    rows = _matching(actor, sought, now)
    for name, down in reversed(page.order):
        rows.sort(key=ORDERS[name], reverse=down)
    return rows[page.first : page.first + page.most]


def count(actor: Actor, sought: Sought, now: datetime) -> int:
    """Count the activities of a case.

    Raises:
        Invalid: as `found`.

    """
    return len(_matching(actor, sought, now))


def one(actor: Actor, activity_id: str, now: datetime) -> Activity:
    """Return one activity.

    Raises:
        NotFound: the office has none with this id.

    """
    case = _case_of(actor, activity_id)
    every = _matching(actor, Sought(frozenset({case}), ids=frozenset({activity_id})), now) if case else []
    if not every:
        raise NotFound(f"historic activity instance with id {activity_id[:200]} does not exist")
    return every[0]


def _matching(actor: Actor, sought: Sought, now: datetime) -> list[Activity]:
    if sought.cases is None:
        raise Invalid("names the case whose activities are reckoned", field="processInstanceId")
    own = select(Instance).where(Instance.tenant_id == actor.office, Instance.id.in_(sought.cases))
    case = db.session.scalars(own.options(defer(Instance.state))).one_or_none()
    if case is None:
        return []
    every = [*_passed(case), *_tasks(actor, case, now)]
    every.extend(_awaited(case, Counter(one.id.rpartition(":")[0] for one in every)))
    every.sort(key=lambda one: (one.started_at, one.ended_at or NEVER))
    return [one for one in every if _fits(one, sought)]


def _case_of(actor: Actor, activity_id: str) -> UUID | None:
    """Return the case of an activity, by its id or that of its task."""
    _, _, place = activity_id.partition(":")
    given = place.partition(":")[0]
    try:
        named = UUID(given)
    except ValueError:
        return None
    task = select(Task.instance_id).where(Task.tenant_id == actor.office, Task.id == named)
    return named if given != place else db.session.scalar(task)


def _tasks(actor: Actor, case: Instance, now: datetime) -> Iterator[Activity]:
    page = Page((("startTime", False),), most=MOST_TASKS)
    for task in tasks.found(actor, tasks.Sought(cases=frozenset({case.id})), now, page):
        yield Activity(
            id=f"{task.element}:{task.id}",
            case=case.id,
            process=task.process,
            definition=task.definition,
            version=task.version,
            element=task.element,
            name=task.name,
            kind="userTask",
            event="",
            started_at=task.created_at,
            ended_at=task.ended_at,
            is_cancelled=task.status == "cancelled",
            task=task.id,
            assignee=task.assignee,
        )


def _passed(case: Instance) -> Iterator[Activity]:
    diagrams = catalogue.of_instance(case).diagrams
    own = (History.tenant_id == case.tenant_id, History.instance_id == case.id)
    lines = db.session.execute(select(History.at, History.body).where(*own).order_by(History.sequence))
    left: dict[Place, datetime] = {}
    times: Counter[Place] = Counter()
    for line in lines:
        marks: Sequence[tuple[str, str, str]] = line.body.get("passed", ())
        interrupted = _interrupted(diagrams, marks)
        for process, element, _ in marks:
            place, node = (process, element), diagrams[process].nodes[element]
            if node.kind != "userTask":
                since = _entered(diagrams[process], element, left) or line.at
                is_cancelled = not interrupted.isdisjoint((place, (process, node.scope)))
                yield _activity(case, process, node, times[place], since, line.at, is_cancelled=is_cancelled)
                times[place] += 1
            left[place] = line.at


def _awaited(case: Instance, times: Mapping[str, int]) -> Iterator[Activity]:
    diagrams = catalogue.of_instance(case).diagrams
    own = select(Waiting).where(Waiting.tenant_id == case.tenant_id, Waiting.instance_id == case.id)
    seen: Counter[Place] = Counter()
    for wait in db.session.scalars(own.order_by(Waiting.since, Waiting.id)):
        node = diagrams[wait.process_key].nodes[wait.element]
        if node.kind != "boundaryEvent":  # it comes about when it strikes
            place = wait.process_key, wait.element
            number = times.get(_stem(case, wait.process_key, node), 0) + seen[place]
            yield _activity(case, wait.process_key, node, number, wait.since, None)
            seen[place] += 1


def _activity(
    case: Instance,
    process: str,
    node: Node,
    number: int,
    since: datetime,
    until: datetime | None,
    *,
    is_cancelled: bool = False,
) -> Activity:
    definition = UUID(case.called[process]) if process in case.called else case.definition_id
    return Activity(
        id=f"{_stem(case, process, node)}:{number + 1}",
        case=case.id,
        process=process,
        definition=definition,
        version=catalogue.deployed(case.tenant_id, definition).version,
        element=node.id,
        name=node.name,
        kind=node.kind,
        event=node.event.kind if node.event else "",
        started_at=since,
        ended_at=until,
        is_cancelled=is_cancelled,
    )


def _stem(case: Instance, process: str, node: Node) -> str:
    return f"{node.id}:{case.id}:{process}"


def _entered(diagram: Diagram, element: str, left: Mapping[Place, datetime]) -> datetime | None:
    """Return when an element was entered: when the last of those before it was left."""
    before = [(diagram.key, flow.source) for flow in diagram.incoming.get(element, ())]
    return max((left[place] for place in before if place in left), default=None)


def _interrupted(diagrams: Mapping[str, Diagram], marks: Sequence[tuple[str, str, str]]) -> set[Place]:
    """Return the activities that a boundary event ended in the same moment."""
    events = ((process, diagrams[process].nodes[element]) for process, element, _ in marks)
    return {(process, node.attached_to) for process, node in events if node.attached_to and node.interrupting}


def _fits(one: Activity, sought: Sought) -> bool:
    return (
        (sought.ids is None or one.id in sought.ids)
        and (sought.elements is None or one.element in sought.elements)
        and (sought.name is None or one.name == sought.name)
        and (sought.is_kind is None or sought.is_kind(one.kind, one.event))
        and (sought.definitions is None or one.definition in sought.definitions)
        and (sought.assignee is None or one.assignee == sought.assignee)
        and (sought.is_over is None or (one.ended_at is not None) == sought.is_over)
        and (sought.is_cancelled is None or one.is_cancelled == sought.is_cancelled)
        and sought.started.has(one.started_at)
        and sought.ended.has(one.ended_at)
    )
