"""Whose task it is: take it, let go of it, hand it on and have it back, assign it."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from service import acts, catalogue, separation, store
from service.engine import reason as reasons
from service.engine import worktime
from service.engine.assignment import (
    Actor,
    Hold,
    Holder,
    Role,
    is_candidate,
    require_doer,
    require_giver,
    require_own,
    require_superior,
)
from service.errors import Conflict, Invalid, NotAllowed
from service.models import Instance, Task
from service.once import Once
from service.queries import organisation
from service.queries.organisation import Colleague
from service.separation import Tried

HANDED, TAKEN_AWAY = "task-handed", "task-taken-away"
LONGEST_ASIDE = timedelta(days=366)
"""So long somebody lays a task aside at most."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Whose a task is, and what the one who looks may do about it."""

    hold: Hold | None
    is_mine: bool
    """Whether he has it for himself."""
    can_claim: bool
    can_release: bool
    can_delegate: bool
    can_hand_back: bool
    can_take_back: bool

    @property
    def can_complete(self) -> bool:
        """Tell whether nobody else has it."""
        return self.hold is None or self.is_mine


@dataclass(frozen=True, slots=True)
class Changed:
    """A task that changed hands."""

    instance_id: UUID
    task_name: str
    other: str
    """As what somebody else has it now or had it before."""


@dataclass(frozen=True, slots=True)
class _Open:
    """An open task as somebody found it who wants to change whose it is."""

    task: Task
    instance: Instance
    hold: Hold | None


@dataclass(frozen=True, slots=True)
class _Change:
    """What an act makes of a task: who has it then, and what is told of it."""

    kind: str
    position: str
    hold: Hold | None
    body: Mapping[str, str]
    told: Mapping[UUID, str]
    receiver: UUID | None = None
    """Who gets it, and may not have done what it decides on."""
    follow_up: datetime | None = None
    """Until when it is laid aside; whoever gets it from another finds it before him."""


def standing(actor: Actor, task: Task, now: datetime) -> Standing:
    """Return whose a task is and what an actor may do about it."""
    hold = store.hold_of(task, now)
    is_mine = hold is not None and hold.holder.person_id == actor.person_id
    is_given = hold is not None and hold.giver is not None
    may = is_candidate(actor, task.groups)
    return Standing(
        hold=hold,
        is_mine=is_mine,
        can_claim=may and hold is None,
        can_release=is_mine and not is_given,
        can_delegate=(is_mine and not is_given) or (may and hold is None),
        can_hand_back=is_mine and is_given,
        can_take_back=hold is not None and hold.giver is not None and hold.giver.person_id == actor.person_id,
    )


def claim(actor: Actor, task_id: UUID, now: datetime, once: Once | None = None) -> Changed:
    """Take a task for oneself; the other candidates see who has it.

    Raises:
        NotFound: the office has no such task.
        NotAllowed: it is for other positions, or it decides on the actor's own work.
        TaskTaken: somebody was faster.
        TaskClosed: it is done or cancelled.
        CaseSuspended: nothing goes on in its case.

    """

    def change(found: _Open) -> _Change:
        require_doer(actor, found.task.groups, found.hold)
        if found.hold is not None:
            raise Conflict("the task is in one's own hands already")
        me = _candidate(actor, found.task)
        return _Change("claimed", me.position, Hold(me, now), {}, {}, actor.person_id, found.task.follow_up_at)

    return _changed(actor, task_id, now, once, change)


def release(actor: Actor, task_id: UUID, now: datetime, once: Once | None = None) -> Changed:
    """Let go of a task: whoever of the candidates comes first may do it.

    Raises:
        NotFound, TaskClosed, CaseSuspended: as `claim`.
        TaskTaken: somebody else has it.
        Conflict: nobody has it, or it was handed on and can be given back only.

    """

    def change(found: _Open) -> _Change:
        own = require_own(actor, found.hold)
        if own.giver is not None:
            raise Conflict("what was handed on is given back")
        return _Change("released", own.holder.position, None, {}, {})

    return _changed(actor, task_id, now, once, change)


def delegate(actor: Actor, task_id: UUID, to: str, note: str, now: datetime, once: Once | None = None) -> Changed:
    """Hand a task on to a colleague, who does it or gives it back.

    Raises:
        NotFound, NotAllowed, TaskTaken, TaskClosed, CaseSuspended: as `claim`.
        Conflict: it was handed on to the actor himself.
        Invalid: the office has no such colleague.

    """

    def change(found: _Open) -> _Change:
        _require_may_delegate(actor, found, Tried("delegated", actor.person_id, actor.acts_as(found.task.groups), now))
        colleague = _colleague(actor, to, now)
        me = found.hold.holder if found.hold else _candidate(actor, found.task)
        told = reasons.read(note)
        hold = Hold(_holder(colleague), now, me, told)
        told_of = {colleague.person_id: HANDED}
        return _Change("delegated", me.position, hold, _to(colleague, told), told_of, colleague.person_id)

    return _changed(actor, task_id, now, once, change)


def hand_back(actor: Actor, task_id: UUID, note: str, now: datetime, once: Once | None = None) -> Changed:
    """Give a task back to who handed it on.

    Raises:
        NotFound, TaskClosed, CaseSuspended: as `claim`.
        TaskTaken: somebody else has it.
        Conflict: it was not handed on.

    """

    def change(found: _Open) -> _Change:
        own = require_own(actor, found.hold)
        if own.giver is None:
            raise Conflict("the task was not handed on")
        body = {"name": own.giver.position, "reason": reasons.read(note)}
        hold = Hold(own.giver, now)
        return _Change("handed_back", own.holder.position, hold, body, {own.giver.person_id: HANDED})

    return _changed(actor, task_id, now, once, change)


def take_back(actor: Actor, task_id: UUID, now: datetime, once: Once | None = None) -> Changed:
    """Have a task again that one handed on.

    Raises:
        NotFound, TaskClosed, CaseSuspended: as `claim`.
        NotAllowed: somebody else handed it on.
        Conflict: it is not handed on any more.

    """

    def change(found: _Open) -> _Change:
        me = require_giver(actor, found.hold)
        holder = found.hold.holder if found.hold else me
        return _Change(
            "taken_back", me.position, Hold(me, now), {"name": holder.position}, {holder.person_id: TAKEN_AWAY}
        )

    return _changed(actor, task_id, now, once, change)


def lay_aside(actor: Actor, task_id: UUID, until: date | None, now: datetime, once: Once | None = None) -> Changed:
    """Lay a task in one's own hands aside until the office opens on a day, or take it up again; it is due as before.

    Raises:
        NotFound, TaskClosed, CaseSuspended: as `claim`.
        TaskTaken: somebody else has it.
        Conflict: nobody has it.
        Invalid: the day is not ahead, or too far ahead.

    """

    def change(found: _Open) -> _Change:
        own = require_own(actor, found.hold)
        if until is None:
            return _Change("resumed", own.holder.position, own, {}, {})
        moment = _opening(actor.office, found.task, until, now)
        body = {"to": moment.isoformat()}
        return _Change("laid-aside", own.holder.position, own, body, {}, follow_up=moment)

    return _changed(actor, task_id, now, once, change)


def may_assign(actor: Actor, groups: Mapping[str, Collection[str]]) -> set[str]:
    """Return the names of those candidate groups whose superior the actor is."""
    if Role.STAFF not in actor.roles or not groups:
        return set()
    hierarchy = organisation.hierarchy(actor)
    own = {post.code for post in actor.posts}
    return {name for name, group in groups.items() if own & hierarchy.above(group)}


def assignable(actor: Actor, task_id: UUID, now: datetime) -> tuple[Task, Instance, list[Colleague]]:
    """Return a task with the colleagues whom a superior may give it to.

    Raises:
        NotFound, TaskClosed, CaseSuspended: as `claim`.
        NotAllowed: the actor is no superior of those whom it is for.

    """
    found = _open(actor, task_id, now)
    require_superior(actor, organisation.hierarchy(actor).above(found.task.groups))
    return found.task, found.instance, _others(actor, found, now)


def assign(actor: Actor, task_id: UUID, to: str, reason: str, now: datetime, once: Once | None = None) -> Changed:
    """Give the task of those below oneself to somebody, for a reason; who has it then and who had it are told.

    Raises:
        NotFound, TaskClosed, CaseSuspended: as `claim`.
        NotAllowed: no superior, or it would decide on the work of who gets it.
        ReasonMissing: no reason, or a word that explains nothing.
        Invalid: the office has no such colleague.

    """
    told = reasons.required(reason)

    def change(found: _Open) -> _Change:
        above = require_superior(actor, organisation.hierarchy(actor).above(found.task.groups))
        colleague = _colleague(actor, to, now)
        told_of = {colleague.person_id: HANDED}
        if found.hold is not None:
            told_of = {found.hold.holder.person_id: TAKEN_AWAY} | told_of
        hold = Hold(_holder(colleague), now)
        return _Change("assigned", above.title, hold, _to(colleague, told), told_of, colleague.person_id)

    return _changed(actor, task_id, now, once, change)


def receivers(actor: Actor, task_id: UUID, now: datetime) -> tuple[Task, Instance, list[Colleague]]:
    """Return a task with the colleagues whom the actor may hand it on to.

    Raises:
        NotFound, NotAllowed, TaskTaken, TaskClosed, CaseSuspended: as `claim`.
        Conflict: it was handed on to the actor himself.

    """
    found = _open(actor, task_id, now)
    _require_may_delegate(actor, found)
    return found.task, found.instance, _others(actor, found, now)


def _changed(
    actor: Actor, task_id: UUID, now: datetime, once: Once | None, change: Callable[[_Open], _Change]
) -> Changed:
    def attempt() -> Changed:
        found = _open(actor, task_id, now)
        made = change(found)
        if made.receiver is not None:
            tried = Tried(made.kind, actor.person_id, made.position, now)
            separation.require_allowed(made.receiver, found.instance, found.task, tried)
        task = found.task
        body = {**made.body, "unit": task.unit, "round": task.round}
        if made.hold is not None and made.hold.holder.person_id != actor.person_id:
            body["holder"] = str(made.hold.holder.person_id)
        fact = store.Fact(made.kind, now, actor.person_id, made.position, task.process_key, task.element, task.id, body)
        store.save_hold(found.instance, task, made.hold, made.follow_up, fact, made.told, once)
        return Changed(found.instance.id, task.name, made.body.get("name", ""))

    return acts.repeated(attempt)


def _open(actor: Actor, task_id: UUID, now: datetime) -> _Open:
    task, instance = store.get_task(actor.office, task_id)
    store.require_open(task)
    store.require_active(instance)
    return _Open(task, instance, store.hold_of(task, now))


def _require_may_delegate(actor: Actor, found: _Open, tried: Tried | None = None) -> None:
    require_doer(actor, found.task.groups, found.hold)
    if found.hold is not None and found.hold.giver is not None:
        raise Conflict("what was handed on is given back")
    separation.require_allowed(actor.person_id, found.instance, found.task, tried)


def _opening(office: str, task: Task, day: date, now: datetime) -> datetime:
    """Return when work begins on a day that somebody chose, or on the next day of work."""
    calendar = catalogue.calendar(office, task.unit, *task.groups)
    today = worktime.local_clock(calendar, now).date()
    if not today < day <= today + LONGEST_ASIDE:
        raise Invalid("the day is not ahead, or more than a year ahead", field="sampai")
    return worktime.next_working_moment(calendar, datetime.combine(day, time(), calendar.time_zone))


def _candidate(actor: Actor, task: Task) -> Holder:
    """Return the actor in the post that makes him a candidate."""
    post = actor.post_for(task.groups) or next(iter(actor.posts), None)
    if post is None:
        raise NotAllowed("the task is for another position")
    return Holder(actor.person_id, post.code, post.title)


def _colleague(actor: Actor, person: str, now: datetime) -> Colleague:
    found = next((one for one in organisation.colleagues(actor, now) if str(one.person_id) == person), None)
    if found is None or found.person_id == actor.person_id:
        raise Invalid("the office has no such colleague", field="kepada")
    return found


def _others(actor: Actor, found: _Open, now: datetime) -> list[Colleague]:
    out = separation.barred(found.instance, found.task) | {actor.person_id}
    if found.hold is not None:
        out.add(found.hold.holder.person_id)
    return [one for one in organisation.colleagues(actor, now) if one.person_id not in out]


def _holder(colleague: Colleague) -> Holder:
    return Holder(colleague.person_id, colleague.post, colleague.position)


def _to(colleague: Colleague, told: str) -> dict[str, str]:
    return {"name": colleague.position, "reason": told}
