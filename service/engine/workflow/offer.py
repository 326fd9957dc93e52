"""To whom a task is offered when it opens, until when and how urgently, as its model says."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from SpiffWorkflow.task import Task

from service.engine import timer
from service.engine.assignment import PERSON
from service.engine.workflow import tokens

LONGEST_GROUP = 80
USUAL_PRIORITY = 50
HIGHEST_PRIORITY = 9_999
END_OF_DAY = time(23, 59)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MARKS = ("=", "${", "#{")


@dataclass(frozen=True, slots=True)
class Offer:
    """What the model says of a task that opens, every expression worked out."""

    groups: tuple[str, ...]
    """Candidate groups; a person is a group of his own, `@` and his user name."""
    is_computed: bool = False
    """Whether an expression or a person stands behind the groups, so that nobody has checked them yet."""
    due: datetime | None = None
    """Due date that the model sets itself, instead of the one of the SOP."""
    follow_up: datetime | None = None
    priority: int = USUAL_PRIORITY


def offer(task: Task) -> Offer:
    """Work out for whom an open task is.

    Raises:
        EngineFailed: it would be for nobody, or an expression gives something else than the attribute takes.

    """
    node = task.task_spec.node
    assignee = tuple(_names(task, node.assignee))
    people = assignee or tuple(name for user in node.users for name in _names(task, user))
    groups = () if assignee else tuple(name for group in node.groups for name in _names(task, group))
    every = tuple(dict.fromkeys((*groups, *(PERSON + name for name in people))))
    if not every or max(map(len, every)) > LONGEST_GROUP:
        raise tokens.failure(task, "nobody", "the task is for nobody")
    return Offer(
        groups=every,
        is_computed=bool(people) or any(group.startswith(_MARKS) for group in node.groups),
        due=_moment(task, node.due),
        follow_up=_moment(task, node.follow_up),
        priority=_priority(task, node.priority),
    )


def _names(task: Task, text: str) -> Iterator[str]:
    value = tokens.evaluate(task, text) if text.startswith(_MARKS) else text
    for name in value if isinstance(value, list) else [value]:
        if name is not None and str(name).strip():
            yield str(name).strip()


def _moment(task: Task, text: str) -> datetime | None:
    """Return a date and time as written, or a duration from now; a date alone means the end of that day."""
    value: Any = tokens.evaluate(task, text) if text.startswith(_MARKS) else text or None
    surroundings = task.workflow.top_workflow.script_engine
    try:
        read = None if value is None else _read(value, surroundings.now, surroundings.zone)
    except (ValueError, OverflowError, timer.TimerInvalid):
        raise tokens.failure(task, "date-invalid", f"{str(value)[:80]!r} is no date") from None
    return read.replace(tzinfo=surroundings.zone) if read and read.tzinfo is None else read


def _read(value: object, now: datetime, zone: tzinfo) -> datetime:
    match value:
        case timedelta():
            return now + value
        case datetime():
            return value
        case date():
            return datetime.combine(value, END_OF_DAY)
        case str() if value.startswith("P"):
            return timer.read("duration", value).first(now, zone)
        case str() if _DAY.fullmatch(value):
            return datetime.combine(date.fromisoformat(value), END_OF_DAY)
    return datetime.fromisoformat(str(value))


def _priority(task: Task, text: str) -> int:
    value: Any = tokens.evaluate(task, text) if text.startswith(_MARKS) else text.strip() or USUAL_PRIORITY
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        number = -1
    if not 0 <= number <= HIGHEST_PRIORITY:
        raise tokens.failure(task, "priority-invalid", f"{str(value)[:80]!r} is no number from 0 to {HIGHEST_PRIORITY}")
    return number
