"""A step of a case with all that belongs to it, in one transaction."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from service import metrics
from service.engine.workflow import Step
from service.engine.worklist import Changes
from service.errors import Conflict, Suspended, Unstorable
from service.models import (
    Attachment,
    Definition,
    History,
    Instance,
    InstanceStatus,
    Waiting,
    db,
)
from service.once import Once
from service.prepared import together
from service.store.dispatches import take
from service.store.history import Fact, add_lines
from service.store.incidents import close, open_incidents, settled
from service.store.instances import advance, advancing
from service.store.notifications import notify
from service.store.organisation import queue
from service.store.receipts import add_receipt, require_new
from service.store.suspensions import RUNS_ON, write
from service.store.tasks import add_tasks, end_tasks, open_task_ids
from service.store.waits import drop, keep_beside


@contextmanager
def _all_or_nothing() -> Iterator[None]:
    """Take back what was written before a value that no column takes; whoever notes the refusal would commit it."""
    try:
        yield
    except Unstorable:
        db.session.rollback()
        raise


@_all_or_nothing()
def add_instance(
    instance: Instance,
    step: Step,
    changes: Changes,
    fact: Fact,
    dispatch: UUID | None = None,
    once: Once | None = None,
) -> None:
    """Save a new case with its first tasks and its first history line.

    Raises:
        NotWaiting: the message that starts it was delivered by somebody else.
        Repeated: the same request started a case before.
        Conflict: its version, or one that it calls, was deleted meanwhile.
        Suspended: one of them was suspended meanwhile.
        Unstorable: it holds what no column takes; nothing of it was saved.

    """
    facts = [fact, *([Fact("ended", fact.at, None, "")] if step.ended else [])]
    instance.lines = len(facts)
    queue(instance.tenant_id)
    taken = select(func.coalesce(func.max(Instance.number), 0)).where(Instance.tenant_id == instance.tenant_id)
    # Counted by the INSERT itself: SQLite's writer begins with it, and whoever reads before may read an old number.
    instance.number = taken.scalar_subquery() + 1
    db.session.add(instance)
    try:
        db.session.flush()
    except IntegrityError as error:
        db.session.rollback()
        raise Conflict("its version was deleted meanwhile") from error
    _require_startable(instance)
    if dispatch is not None:
        take(instance.tenant_id, dispatch, fact.at)
    add_receipt(instance, once, fact.at)
    with together():
        add_tasks(instance, changes, fact)
        add_lines(instance, 1, facts, fact, step)
    keep_beside(instance, step, fact.at)
    notify(instance, changes.opened, fact, ended=step.ended)
    db.session.commit()
    metrics.STEPS.labels(fact.kind).inc()


def _require_startable(instance: Instance) -> None:
    """Look again at the versions that a case runs on: nobody deletes or suspends one before it is there."""
    wanted = {instance.definition_id, *map(UUID, instance.called.values())}
    versions = select(Definition.id, Definition.name, Definition.suspended_at)
    held = versions.where(Definition.tenant_id == instance.tenant_id, Definition.id.in_(wanted))
    found = db.session.execute(held.with_for_update(read=True, key_share=True)).all()
    suspended = ["" if one.id == instance.definition_id else one.name for one in found if one.suspended_at is not None]
    if suspended or len(found) < len(wanted):
        db.session.rollback()
    if len(found) < len(wanted):
        raise Conflict("a version that it calls was deleted meanwhile")
    if suspended:
        raise Suspended("a version that it runs on was suspended meanwhile", called=min(suspended))


@_all_or_nothing()
def save_step(
    instance: Instance,
    step: Step,
    changes: Changes,
    fact: Fact,
    before: Sequence[Fact] = (),
    solves: UUID | None = None,
    once: Once | None = None,
    new_files: Iterable[Attachment] = (),
) -> None:
    """Save what an act did to a case: state, tasks, files, history, all or nothing.

    Incidents of tasks and waits that are over now are closed with them, and the one that this act `solves`;
    `before` is what led to this act.

    Raises:
        InstanceChanged: somebody else saved this case first.
        Repeated: the same request was carried out before.
        Unstorable: it holds what no column takes; nothing of it was saved.

    """
    ended = step.ended
    facts = [*before, fact, *([Fact("ended", fact.at, None, "")] if ended else [])]
    over, standing = settled(instance, changes.closed | step.over, solves, ended=ended)
    db.session.add_all(new_files)
    try:
        with advancing(
            instance,
            state=step.state,
            status=InstanceStatus.COMPLETED if ended else InstanceStatus.RUNNING,
            ended_at=fact.at if ended else None,
            returns=instance.returns + changes.has_returned,
            lines=instance.lines + len(facts),
            incident=standing[-1].detail if standing else "",
        ):
            add_receipt(instance, once, fact.at)
            end_tasks(instance, changes.closed, fact)
            add_tasks(instance, changes, fact)
            add_lines(instance, instance.lines + 1, facts, fact, step)
    except IntegrityError:
        require_new(instance, once)
        raise
    keep_beside(instance, step, fact.at)
    close(over, facts[0])
    notify(instance, changes.opened, fact, ended=ended)
    db.session.commit()
    metrics.STEPS.labels(fact.kind).inc()


def note_refusal(instance: Instance, fact: Fact) -> None:
    """Write into the history of a case that somebody was refused, the first time that he tried this.

    Raises:
        InstanceChanged: somebody else saved this case first.

    """
    told = select(History.body).where(
        History.tenant_id == instance.tenant_id,
        History.instance_id == instance.id,
        History.task_id == fact.task_id,
        History.person_id == fact.person_id,
        History.kind == fact.kind,
    )
    if any((body["act"], body["for"]) == (fact.body["act"], fact.body["for"]) for body in db.session.scalars(told)):
        return
    advance(instance, lines=instance.lines + 1)
    add_lines(instance, instance.lines + 1, [fact])
    db.session.commit()


def cancel_instance(instance: Instance, reason: str, fact: Fact) -> None:
    """End a case before its time.

    Raises:
        InstanceChanged: somebody else saved this case first.

    """
    with advancing(
        instance,
        status=InstanceStatus.CANCELLED,
        ended_at=fact.at,
        end_reason=reason,
        lines=instance.lines + 1,
        incident="",
    ):
        end_tasks(instance, open_task_ids(instance), fact)
        add_lines(instance, instance.lines + 1, [fact])
    if instance.suspended_at is not None:
        write(instance, RUNS_ON)
    close(open_incidents(instance), fact)
    drop(Waiting, instance)
    notify(instance, (), fact, ended=True)
    db.session.commit()
