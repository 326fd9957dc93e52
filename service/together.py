"""Several like tasks agreed to at once: each is completed by itself, in a transaction of its own."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from service import catalogue, tasks
from service.engine.assignment import Actor, is_confirmed, signs
from service.engine.form.model import flat
from service.errors import Invalid, NotConfirmed, Refused
from service.once import Once
from service.queries import receipts
from service.tasks import Seen

MOST = 50


@dataclass(frozen=True, slots=True)
class Chosen:
    """A task that is agreed to with others."""

    task_id: UUID
    task_name: str
    case_id: UUID
    case_title: str
    case_number: int
    outcome: str
    """Words of the button."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one task."""

    task_id: UUID
    chosen: Chosen | None
    """Nothing for one that the actor may not see."""
    refusal: Refused | None


def chosen(actor: Actor, task_ids: Iterable[UUID]) -> tuple[Chosen, ...]:
    """Return tasks that can be agreed to together: the same step, the same button, nothing else to fill in.

    Raises:
        NotFound, NotAllowed, TaskClosed: one of them is not the actor's, or not open any more.
        Invalid: none, too many, or unlike ones.

    """
    wanted = tuple(dict.fromkeys(task_ids))
    if not 0 < len(wanted) <= MOST:
        raise Invalid("choose some tasks, not too many", field="tugas")
    found = [tasks.see(actor, task_id) for task_id in wanted]
    if len({(seen.task.process_key, seen.task.element, _agreed(seen)) for seen in found}) > 1 or not _agreed(found[0]):
        raise Invalid("only like tasks are agreed to together", field="tugas")
    return tuple(_chosen(seen) for seen in found)


def agree(actor: Actor, task_ids: Iterable[UUID], key: str, now: datetime) -> tuple[Result, ...]:
    """Agree to tasks one after the other and tell of each what became of it; the same request again counts once.

    Raises:
        NotConfirmed: the actor signs, and gave his password too long ago; nothing was done.

    """
    wanted = tuple(dict.fromkeys(task_ids))[:MOST]
    if asks_password(actor, wanted, now):
        raise NotConfirmed
    return tuple(_result(actor, one, Once.of(actor.person_id, f"{key} {one}", "agree"), now) for one in wanted)


def asks_password(actor: Actor, task_ids: Iterable[UUID], now: datetime) -> bool:
    """Tell whether an actor has to give his password to agree to these; those that he may not see ask nothing."""
    return not is_confirmed(actor, now) and any(_is_signed(actor, task_id) for task_id in task_ids)


def _is_signed(actor: Actor, task_id: UUID) -> bool:
    try:
        return signs(tasks.look_back(actor, task_id).node.properties)
    except Refused:
        return False


def _result(actor: Actor, task_id: UUID, once: Once, now: datetime) -> Result:
    shown: Chosen | None = None
    try:
        shown = _chosen(tasks.look_back(actor, task_id))
        seen = tasks.opening(actor, task_id)
        tasks.complete(actor, task_id, _answers(seen), now, once=once)
    except Refused as refusal:
        is_done = receipts.case_of(actor, once) is not None
        return Result(task_id, shown, None if is_done else refusal)
    return Result(task_id, shown, None)


def _answers(seen: tasks.Opening) -> dict[str, Any]:
    """Return what the page of a task would send with its button: what stands there already, and the decision."""
    option = catalogue.agreement_of(seen.instance, seen.task.process_key, seen.node)
    outcome = seen.form.outcome
    if option is None or outcome is None:
        raise Invalid("the task asks for more than a decision")
    values = seen.answers.values
    plain = (field.key for field in flat(seen.form.fields) if field.writable and field.kind != "filepicker")
    return {key: values[key] for key in plain if key in values} | {outcome.key: option.value}


def _agreed(seen: Seen) -> str:
    option = catalogue.agreement_of(seen.instance, seen.task.process_key, seen.node)
    return option.label if option else ""


def _chosen(seen: Seen) -> Chosen:
    instance = seen.instance
    return Chosen(seen.task.id, seen.task.name, instance.id, instance.title, instance.number, _agreed(seen))
