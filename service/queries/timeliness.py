"""Planned against actual: how long steps waited and were worked on, in working time, beside the standard of the SOP."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from service import catalogue
from service.engine import sop, worktime
from service.engine.diagram import Diagram
from service.models import Task, TaskStatus


@dataclass(frozen=True, slots=True)
class RoundTime:
    """One round of a step, of one unit where each does it; its clock begins with the round."""

    round: int
    unit_name: str
    waiting: int
    """Working minutes from its opening until somebody first acted on it."""
    handling: int
    """Working minutes from then until it was done, or until now."""
    state: str
    """in-time, late, or empty where nothing is due or it is not done yet."""
    is_open: bool


@dataclass(frozen=True, slots=True)
class StepTime:
    """A step of a case that was reached, with all its rounds."""

    order: int
    title: str
    element: str
    indent: bool
    standard: str
    """In the words of the SOP."""
    rounds: tuple[RoundTime, ...]
    day: int
    """Minutes of a working day of the office."""

    @property
    def waiting(self) -> int:
        """Return the waiting time of all rounds together."""
        return sum(one.waiting for one in self.rounds)

    @property
    def handling(self) -> int:
        """Return the handling time of all rounds together."""
        return sum(one.handling for one in self.rounds)

    @property
    def state(self) -> str:
        """Return late when any round was."""
        return max((one.state for one in self.rounds), key=("", "in-time", "late").index)

    @property
    def is_open(self) -> bool:
        """Tell whether it goes on."""
        return any(one.is_open for one in self.rounds)


def step_times(
    office: str, diagrams: Iterable[Diagram], tasks: Sequence[Task], units: Mapping[str, str], now: datetime
) -> tuple[StepTime, ...]:
    """Return the steps that a case has reached, called SOPs behind the calling one."""
    asked: dict[tuple[str, str], list[Task]] = {}
    for task in tasks:
        if task.status != TaskStatus.CANCELLED:
            asked.setdefault((task.process_key, task.element), []).append(task)
    day = worktime.mean_day(catalogue.calendar(office))
    return tuple(
        StepTime(
            order=node.order,
            title=node.name,
            element=node.id,
            indent=node.is_addition,
            standard=sop.time_words(node),
            rounds=tuple(_round(office, task, units, now) for task in asked[diagram.key, node.id]),
            day=day,
        )
        for diagram in diagrams
        for node in diagram.user_tasks
        if (diagram.key, node.id) in asked
    )


def _round(office: str, task: Task, units: Mapping[str, str], now: datetime) -> RoundTime:
    calendar = catalogue.calendar(office, task.unit, *task.groups)
    end = task.ended_at or now
    begun = task.begun_at or end
    late = task.due_at is not None and end > task.due_at
    state = "late" if late else "in-time" if task.due_at and task.ended_at else ""
    return RoundTime(
        round=task.round,
        unit_name=units.get(task.unit, ""),
        waiting=worktime.worked_minutes(calendar, task.created_at, begun),
        handling=worktime.worked_minutes(calendar, begun, end),
        state=state,
        is_open=task.ended_at is None,
    )
