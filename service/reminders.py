"""Reminders: who has a task is told of its due date, and the post above when it stays late; in working time, once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from uuid import UUID

from service import catalogue, separation, store, timetable
from service.engine import reminders, worktime
from service.engine.assignment import Actor, Hold, Role, require_role
from service.engine.reminders import LARGEST, Rule, Seat, Stage, Track
from service.errors import InstanceChanged, Invalid, NotFound
from service.models import Instance, Task, TaskStatus
from service.queries import duties
from service.queries import reminders as found
from service.store.notifications import DUE_DATES

ROUND = timedelta(minutes=5)
"""So often the open tasks of an office are gone through while it works."""
HORIZON = timedelta(days=90)
"""Whatever is due later needs no look: more than the most working days before a due date, all holidays between."""
DUE_SOON, LATE, ESCALATED = DUE_DATES
NAMED = 5
"""Positions that a history line names; the others it counts."""


def due(now: datetime) -> list[str]:
    """Return the offices that work now and whose open tasks were not gone through for a while."""
    return [
        office
        for office, last in duties.rounds(now + HORIZON)
        if (last is None or abs(now - last) >= ROUND) and _is_open(timetable.of(office).calendars, now)
    ]


def remind(office: str, now: datetime) -> int:
    """Go through the open tasks of an office; return how much was told. What came while nobody looked is told once."""
    if office not in due(now):
        return 0
    desk, last, count = _Desk(office, now), None, 0
    while tasks := found.with_due_dates(office, now + HORIZON, last, now):
        told = found.told_of(office, [task.id for task in tasks])
        waiting = [task.id for task in tasks if desk.stages(task, told.get((task.id, task.due_at), {}))]
        count += sum(_told(desk, task) for task in waiting)
        last = tasks[-1].id
    store.note_round(office, now)
    return count


def settle(actor: Actor, process: str, rule: Rule, now: datetime) -> None:
    """Have people told of the due dates of a process by this rule from now on.

    Raises:
        NotAllowed: the actor is no analyst.
        NotFound: the office has no such process.
        Invalid: a number is out of bounds, or the unit is none.

    """
    require_role(actor, Role.ANALYST)
    _require_sound(rule)
    if store.newest_definition(actor.office, process) is None:
        raise NotFound(process=process)
    with store.changing(actor.office, actor.person_id, now) as ledger:
        before = found.rules(actor.office).get(process, Rule())
        store.save_reminder_rule(actor.office, process, rule)
        ledger.note("reminders-changed", process, _plain(before), _plain(rule))


def _require_sound(rule: Rule) -> None:
    for name, largest in LARGEST.items():
        if not 0 <= getattr(rule, name) <= largest:
            raise Invalid(f"{name} is a number from 0 to {largest}", field=name)
    if rule.ahead_unit not in reminders.UNITS:
        raise Invalid(f"{rule.ahead_unit} is none of {', '.join(reminders.UNITS)}", field="ahead_unit")


def _plain(rule: Rule) -> dict[str, object]:
    names = ("is_on", "ahead", "ahead_unit", "when_late", "every", "times", "escalate_after")
    return {name: getattr(rule, name) for name in names}


def _is_open(calendars: Mapping[str, worktime.Calendar], now: datetime) -> bool:
    return any(worktime.is_working(calendar, now) for calendar in calendars.values())


@dataclass(frozen=True)
class _Desk:
    """An office while its tasks are gone through: its rules, and who can be told."""

    office: str
    now: datetime

    @cached_property
    def rules(self) -> Mapping[str, Rule]:
        return found.rules(self.office)

    @cached_property
    def seats(self) -> Sequence[Seat]:
        return found.seats(self.office, self.now)

    @cached_property
    def posts(self) -> Mapping[str, tuple[str, str]]:
        return found.posts_with_superiors(self.office)

    @cached_property
    def above(self) -> Mapping[str, str]:
        return {post: superior for post, (_, superior) in self.posts.items()}

    def posts_of(self, groups: Collection[str], having: Sequence[Seat]) -> set[str]:
        """Return the posts of candidate groups, vacant ones too."""
        named = {post for post, (unit, _) in self.posts.items() if post in groups or unit in groups}
        return named | {seat.post for seat in having}

    def stages(self, task: Task, told: Mapping[Track, int]) -> tuple[Stage, ...]:
        """Return what has to be told of a task now."""
        if task.due_at is None:
            return ()
        rule = self.rules.get(task.process_key, Rule())
        if reminders.is_over(rule, told):
            return ()
        calendar = catalogue.calendar(self.office, task.unit, *task.groups)
        planned = reminders.stages(calendar, rule, task.created_at, task.due_at)
        return reminders.to_tell(planned, told, self.now)

    def is_at_work(self, seats: Sequence[Seat]) -> bool:
        """Tell whether it is working time where these people are."""
        return worktime.is_working(catalogue.calendar(self.office, *(seat.post for seat in seats)), self.now)


def _told(desk: _Desk, task_id: UUID) -> int:
    """Tell what has to be told of a task as it is now; who changed it meanwhile leaves it to the next round."""
    try:
        task, instance = store.get_task(desk.office, task_id)
        if task.status != TaskStatus.OPEN or instance.incident or instance.suspended_at is not None:
            return 0
        told = found.told_of(desk.office, [task_id]).get((task_id, task.due_at), {}) if task.due_at else {}
        notices = _notices(desk, task, instance, desk.stages(task, told))
        if notices:
            store.save_notices(instance, task, notices, desk.now)
        return len(notices)
    except InstanceChanged:
        return 0


def _notices(desk: _Desk, task: Task, instance: Instance, stages: Sequence[Stage]) -> list[store.Notice]:
    hold = store.hold_of(task, desk.now)
    having = _having(desk, task, instance, hold)
    receivers = {Track.REMINDED: having, Track.ESCALATED: _superiors(desk, task, hold, having)}
    return [
        _notice(desk, task, instance, stage, receivers[stage.track], having)
        for stage in stages
        if receivers[stage.track] and desk.is_at_work(receivers[stage.track])
    ]


def _having(desk: _Desk, task: Task, instance: Instance, hold: Hold | None) -> Sequence[Seat]:
    """Return who has a task: the one who has it for himself, else all who may do it."""
    if hold is None:
        return reminders.waiting_for(desk.seats, task.groups, separation.barred(instance, task))
    mine = (hold.holder.person_id, hold.holder.post)
    return [seat for seat in desk.seats if (seat.person_id, seat.post) == mine]


def _superiors(desk: _Desk, task: Task, hold: Hold | None, having: Sequence[Seat]) -> Sequence[Seat]:
    """Return who stands above the posts that a task is for: above him who took it, or who handed it on."""
    posts = {(hold.giver or hold.holder).post} if hold else desk.posts_of(task.groups, having)
    return reminders.superiors(desk.seats, desk.above, posts, {seat.person_id for seat in having})


def _notice(
    desk: _Desk, task: Task, instance: Instance, stage: Stage, to: Sequence[Seat], having: Sequence[Seat]
) -> store.Notice:
    assert task.due_at is not None  # noqa: S101 - stages are of due dates
    calendar = catalogue.calendar(desk.office, task.unit, *task.groups)
    days = max(0, worktime.working_days_between(calendar, task.due_at, desk.now))
    told = {"stage": _stage(stage), "times": max(0, stage.rank - reminders.LATE), "due_at": task.due_at.isoformat()}
    line = {
        **told,
        "name": _names(to),
        "told": sorted({str(seat.person_id) for seat in to}),
        "unit": task.unit,
        "round": task.round,
    }
    body = {
        **told,
        "case": {"id": str(instance.id), "number": instance.number, "title": instance.title},
        "task": {"id": str(task.id), "name": task.name},
        "zone": str(calendar.time_zone),
        "days": days,
        "holder": _names(having) or task.lane,
        "posts": sorted({seat.post for seat in to}),
    }
    fact = store.Fact(str(stage.track), desk.now, None, "", task.process_key, task.element, task.id, line)
    people = sorted({seat.person_id for seat in to})
    return store.Notice(stage.track, stage.rank, fact, _kind(stage), body, people)


def _stage(stage: Stage) -> str:
    if stage.track is Track.ESCALATED:
        return "escalated"
    return {reminders.AHEAD: "ahead", reminders.LATE: "late"}.get(stage.rank, "again")


def _kind(stage: Stage) -> str:
    if stage.track is Track.ESCALATED:
        return ESCALATED
    return DUE_SOON if stage.rank == reminders.AHEAD else LATE


def _names(seats: Sequence[Seat]) -> str:
    """Name positions, each once, as the history names those who act."""
    titles = list(dict.fromkeys(seat.title for seat in seats))
    return ", ".join(titles[:NAMED]) + (f" +{len(titles) - NAMED}" if len(titles) > NAMED else "")
