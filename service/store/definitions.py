"""Deployed versions."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, Select, Text, Update, delete, select, update
from sqlalchemy import cast as cast_to
from sqlalchemy.orm import aliased

from service.engine.human import Human
from service.errors import Conflict, NotFound, Refused
from service.models import (
    Definition,
    DefinitionDecision,
    DefinitionForm,
    Dispatch,
    Instance,
    Office,
    OrganisationEvent,
    Person,
    ReminderRule,
    StartTrigger,
    db,
)

DELETED = "sop-deleted"
"""Line of the log of the office, which alone remembers the numbers of versions that were deleted."""


def latest_definition(office: str, key: str, without: Collection[UUID] = ()) -> Definition | None:
    """Return the version of a process that is in force: the newest that was released, or would be without others."""
    found = _versions(office, key).where(Definition.released_at.is_not(None), Definition.id.not_in(without))
    return db.session.scalars(found.limit(1)).first()


def newest_definition(office: str, key: str) -> Definition | None:
    """Return the newest version of a process, released or not."""
    return db.session.scalars(_versions(office, key).limit(1)).first()


def get_definition(office: str, key: str, version: int) -> Definition:
    """Return one version of a process.

    Raises:
        NotFound: the office has none.

    """
    found = db.session.scalars(_versions(office, key).where(Definition.version == version)).first()
    if found is None:
        raise NotFound(process=key, version=version)
    return found


def needs_release(office: str) -> bool:
    """Tell whether a second person releases the new versions of an office."""
    return bool(db.session.scalar(select(Office.needs_release).where(Office.id == office)))


def set_needs_release(office: str, *, needed: bool) -> None:
    """Let new versions of an office wait for a second person from now on, or not."""
    db.session.execute(update(Office).where(Office.id == office).values(needs_release=needed))
    db.session.commit()


def human_of(person_id: UUID) -> Human:
    """Return the human being behind an account."""
    return Human(person_id, db.session.scalar(select(Person.nip).where(Person.id == person_id)) or "")


def decide(definition: Definition, triggers: Sequence[StartTrigger], **decision: object) -> None:
    """Keep how somebody decided, `alone`, on a version that waits, and what starts cases by itself from now on."""
    own = (Definition.tenant_id == definition.tenant_id, Definition.id == definition.id)
    db.session.execute(update(Definition).where(*own).values(**decision).execution_options(synchronize_session=False))
    if "released_at" in decision:
        _replace_triggers([definition], triggers)
    db.session.commit()
    db.session.expire_all()


def suspend(definition: Definition, event: OrganisationEvent, by: str, reason: str) -> None:
    """Let nobody start cases with the version in force, nor anything by itself, and write down who wanted it.

    Nothing changes where it is suspended already.

    Raises:
        Conflict: a newer version came into force.

    """
    values = {"suspended_at": event.at, "suspended_by": by, "suspension": reason}
    if _changed(definition, event, Definition.suspended_at.is_(None), values):
        db.session.execute(_triggers_of(definition).values(is_suspended=True))
    db.session.commit()


def activate(
    definition: Definition, event: OrganisationEvent, due: tuple[datetime, datetime | None, int | None] | None
) -> None:
    """Let cases be started again with the version in force, and write down who wanted it.

    Nothing changes where it is not suspended. `due` is the time at which its clock would have gone off meanwhile, with
    its next one and how often it still does.

    Raises:
        Conflict: a newer version came into force.

    """
    values = {"suspended_at": None, "suspended_by": "", "suspension": ""}
    if _changed(definition, event, Definition.suspended_at.is_not(None), values):
        db.session.execute(_triggers_of(definition).values(is_suspended=False))
        if due is not None:
            missed, due_at, left = due
            clock = _triggers_of(definition).where(StartTrigger.due_at == missed)
            db.session.execute(clock.values(due_at=due_at, left=left))
    db.session.commit()


def last_number(office: str, key: str) -> int:
    """Return the highest number that a version of a process ever had, 0 for one that never was; none comes twice."""
    newest = newest_definition(office, key)
    deleted = select(OrganisationEvent.after).where(
        OrganisationEvent.tenant_id == office,
        OrganisationEvent.kind == DELETED,
        OrganisationEvent.subject == Definition(key=key).subject,
    )
    gone: list[int] = [after["version"] for after in db.session.scalars(deleted) if after["process"] == key]
    return max([newest.version if newest else 0, *gone])


def lock_definitions(office: str, ids: Collection[UUID]) -> list[Definition]:
    """Keep cases from being started with versions until they are deleted or not, and return those that are there."""
    _alone(office)
    found = select(Definition).where(Definition.tenant_id == office, Definition.id.in_(ids)).order_by(Definition.id)
    return list(db.session.scalars(found.with_for_update().execution_options(populate_existing=True)))


def is_used(definition: Definition) -> bool:
    """Tell whether a case ever ran on a version, be it called by another one, or a clock has ordered one of it."""
    office = definition.tenant_id
    calls = cast_to(Instance.called, Text).contains(str(definition.id))
    used = Instance.definition_id == definition.id  # whatever the clock said when it began
    started = select(Instance.id).where(Instance.tenant_id == office, used | calls)
    ordered = select(Dispatch.id).where(
        Dispatch.tenant_id == office,
        Dispatch.kind == "start",
        Dispatch.name == definition.key,
        Dispatch.done_at.is_(None),
    )
    if db.session.scalars(started.limit(1)).first() is not None:
        return True
    return _is_in_force(definition) and db.session.scalars(ordered.limit(1)).first() is not None


def delete_definitions(
    definitions: Sequence[Definition],
    left: Collection[str],
    triggers: Sequence[StartTrigger],
    events: Sequence[OrganisationEvent],
) -> None:
    """Delete versions with all that was deployed with them, and write down who wanted it.

    Processes that are `left` without the version in force are started by what is given, and by nothing else.
    """
    _replace_triggers([definition for definition in definitions if definition.key in left], triggers)
    for definition in definitions:
        for table in (DefinitionForm, DefinitionDecision):
            own = (table.tenant_id == definition.tenant_id, table.definition_id == definition.id)
            db.session.execute(delete(table).where(*own))
        db.session.delete(definition)
    db.session.flush()
    _forget_rules({(definition.tenant_id, definition.key) for definition in definitions})
    db.session.add_all(events)
    db.session.commit()


def _forget_rules(processes: Collection[tuple[str, str]]) -> None:
    """Drop what was settled about the reminders of processes of which no version is left."""
    for office, key in processes:
        left = select(Definition.id).where(Definition.tenant_id == office, Definition.key == key)
        own = (ReminderRule.tenant_id == office, ReminderRule.process_key == key)
        db.session.execute(delete(ReminderRule).where(*own, ~left.exists()))


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


def add_definitions(
    definitions: Sequence[tuple[Definition, Sequence[DefinitionForm | DefinitionDecision]]],
    triggers: Sequence[StartTrigger],
) -> None:
    """Save new versions together, `alone`; either all of them are there afterwards or none.

    What started cases of the versions before them by itself does not any more, once the new ones are in force.
    """
    db.session.add_all(definition for definition, _ in definitions)
    db.session.flush()
    for _, stored in definitions:
        db.session.add_all(stored)
    _replace_triggers([definition for definition, _ in definitions if definition.released_at], triggers)
    db.session.commit()


@contextmanager
def alone(office: str) -> Iterator[None]:
    """Let others who change what is in force in an office, or begin a case, wait from looking until saving.

    What is read inside is as it stays. A refusal lets them go on at once.
    """
    _alone(office)
    try:
        yield
    except Refused:
        db.session.rollback()
        raise


def _alone(office: str) -> None:
    """Let others who change what is in force in an office, or begin a case, wait until this is done."""
    db.session.execute(update(Office).where(Office.id == office).values(revision=Office.revision))


def _versions(office: str, key: str) -> Select[Definition]:
    own = select(Definition).where(Definition.tenant_id == office, Definition.key == key)
    return own.order_by(Definition.version.desc()).execution_options(populate_existing=True)


def _changed(
    definition: Definition, event: OrganisationEvent, condition: ColumnElement[bool], values: Mapping[str, object]
) -> bool:
    """Change the version in force if the condition holds, with the line that tells of it; tell whether it did."""
    _alone(definition.tenant_id)
    own = (Definition.tenant_id == definition.tenant_id, Definition.id == definition.id)
    is_newest = ~_newer(definition).exists()
    change = update(Definition).where(*own, condition, Definition.released_at.is_not(None), is_newest)
    done = db.session.execute(change.values(**values).execution_options(synchronize_session=False))
    if cast("CursorResult[Any]", done).rowcount:
        db.session.add(event)
        return True
    is_gone = db.session.scalar(select(Definition.id).where(*own)) is None
    if is_gone or db.session.scalars(_newer(definition)).first() is not None:
        db.session.rollback()
        raise Conflict("a newer version came into force, or it was deleted", cause="decided")
    return False


def _is_in_force(definition: Definition) -> bool:
    return definition.released_at is not None and db.session.scalars(_newer(definition)).first() is None


def _newer(definition: Definition) -> Select[UUID]:
    newer = aliased(Definition)
    return select(newer.id).where(
        newer.tenant_id == definition.tenant_id,
        newer.key == definition.key,
        newer.version > definition.version,
        newer.released_at.is_not(None),
    )


def _triggers_of(definition: Definition) -> Update:
    """Build the change of what starts cases of a process by itself, unless a newer version is in force."""
    own = (StartTrigger.tenant_id == definition.tenant_id, StartTrigger.process_key == definition.key)
    found = update(StartTrigger).where(*own, ~_newer(definition).exists())
    return found.execution_options(synchronize_session=False)


def _replace_triggers(definitions: Sequence[Definition], triggers: Sequence[StartTrigger]) -> None:
    for definition in definitions:
        db.session.execute(
            delete(StartTrigger).where(
                StartTrigger.tenant_id == definition.tenant_id, StartTrigger.process_key == definition.key
            )
        )
    db.session.add_all(triggers)
