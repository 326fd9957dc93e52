"""Doing without an item that the SOP requires: somebody above the performer, for a reason that everybody reads.

Who heads the office has nobody above: where nobody else may, he does without what he has to bring himself.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from service import acts, catalogue, store
from service.engine import reason as reasons
from service.engine.assignment import Actor, Role, is_candidate
from service.engine.completeness import Item
from service.errors import Invalid, NotAllowed
from service.models import Instance, Task
from service.once import Once
from service.queries import completeness, organisation


@dataclass(frozen=True, slots=True)
class Choice:
    """An open task with the required items that may be done without."""

    task: Task
    instance: Instance
    items: tuple[Item, ...]


def waivable(actor: Actor, task_id: UUID) -> Choice:
    """Return a task with what may be done without: what is required and neither there, waived nor asked by its form.

    Raises:
        NotFound: the office has no such task.
        NotAllowed: the actor does it himself and is not the head with nobody above, or is neither above who does it nor
            the one who starts such cases.
        TaskClosed: it is done or cancelled.
        CaseSuspended: nothing goes on in its case.

    """
    task, instance = store.get_task(actor.office, task_id)
    store.require_open(task)
    _entitled(actor, task, instance)
    store.require_active(instance)
    return Choice(task, instance, _lacking(actor, task, instance))


def may_waive(actor: Actor, case_id: UUID, tasks: Mapping[str, Collection[str]]) -> set[str]:
    """Return the ids of those open tasks, given with their groups, in which the actor may do without something."""
    if Role.STAFF not in actor.roles or not tasks:
        return set()
    instance = store.get_instance(actor.office, case_id)
    if instance.suspended_at is not None:
        return set()
    starting = catalogue.starters_of(instance)
    starts = is_candidate(actor, starting)
    hierarchy = organisation.hierarchy(actor)
    own = {post.code for post in actor.posts}
    return {
        task
        for task, groups in tasks.items()
        if hierarchy.head_alone(own, groups, starting)
        or (not is_candidate(actor, groups) and (starts or own & hierarchy.above(groups)))
    }


def waive(
    actor: Actor, task_id: UUID, side: str, number: int, reason: str, now: datetime, once: Once | None = None
) -> Choice:
    """Do without an item in this round of a step.

    Raises:
        NotFound, NotAllowed, TaskClosed, CaseSuspended: as `waivable`.
        ReasonMissing: no reason, or a word that explains nothing.
        Invalid: the item is not required, or not missing.

    """

    def attempt() -> Choice:
        found = waivable(actor, task_id)
        told = reasons.required(reason)
        item = next((one for one in found.items if (one.side, one.number) == (side, number)), None)
        if item is None:
            raise Invalid("this item is not missing", field="butir")
        task = found.task
        body = {"name": item.text, "side": item.side, "item": item.number, "reason": told, "unit": task.unit,
                "round": task.round}  # fmt: skip
        position = _entitled(actor, task, found.instance)
        fact = store.Fact("waived", now, actor.person_id, position, task.process_key, task.element, task.id, body)
        store.add_line(found.instance, fact, once)
        return Choice(task, found.instance, (item,))

    return acts.repeated(attempt)


def _entitled(actor: Actor, task: Task, instance: Instance) -> str:
    """Return as what somebody may do without an item.

    Raises:
        NotAllowed: as `waivable`.

    """
    if Role.STAFF not in actor.roles:
        raise NotAllowed("only who does work in the office does without an item")
    starting, hierarchy = catalogue.starters_of(instance), organisation.hierarchy(actor)
    alone = hierarchy.head_alone([post.code for post in actor.posts], task.groups, starting)
    is_performer = is_candidate(actor, task.groups) or actor.person_id in {task.assignee, task.delegated_by}
    if is_performer and not alone:
        raise NotAllowed("nobody does without what he has to bring himself")
    above = alone or hierarchy.above(task.groups)
    post = next((post for post in actor.posts if post.code in above), None)
    if post is not None:
        return post.title
    if is_candidate(actor, starting):
        return actor.acts_as(starting)
    raise NotAllowed("only a superior or who starts such cases does without an item")


def _lacking(actor: Actor, task: Task, instance: Instance) -> tuple[Item, ...]:
    sides = completeness.entries(instance, task, completeness.record_of(instance), organisation.unit_names(actor))
    return tuple(entry.item for found in sides for entry in found if entry.is_waivable)
