"""Deployed versions."""

from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, Select, delete, select, update
from sqlalchemy.exc import IntegrityError

from service.engine.human import Human
from service.errors import Conflict, NotFound
from service.models import (
    Definition,
    DefinitionDecision,
    DefinitionForm,
    Office,
    Person,
    StartTrigger,
    db,
)


def latest_definition(office: str, key: str) -> Definition | None:
    """Return the version of a process that is in force: the newest that was released."""
    return db.session.scalars(_versions(office, key).where(Definition.released_at.is_not(None)).limit(1)).first()


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
    """Keep how somebody decided on a version that waits, and what starts cases by itself from now on.

    Raises:
        Conflict: somebody decided before.

    """
    own = (Definition.tenant_id == definition.tenant_id, Definition.id == definition.id)
    undecided = (Definition.released_at.is_(None), Definition.refused_at.is_(None))
    decided = db.session.execute(
        update(Definition).where(*own, *undecided).values(**decision).execution_options(synchronize_session=False)
    )
    if not cast("CursorResult[Any]", decided).rowcount:
        db.session.rollback()
        raise Conflict("somebody decided on this version before")
    if "released_at" in decision:
        _replace_triggers([definition], triggers)
    db.session.commit()
    db.session.expire_all()


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
    """Save new versions together; either all of them are there afterwards or none.

    What started cases of the versions before them by itself does not any more, once the new ones are in force.

    Raises:
        Conflict: somebody deployed the same version number first.

    """
    for definition, _ in definitions:
        db.session.add(definition)
    try:
        db.session.flush()
        for _, stored in definitions:
            db.session.add_all(stored)
        _replace_triggers([definition for definition, _ in definitions if definition.released_at], triggers)
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        raise Conflict("the same process was deployed at the same time") from None


def _versions(office: str, key: str) -> Select[Definition]:
    own = select(Definition).where(Definition.tenant_id == office, Definition.key == key)
    return own.order_by(Definition.version.desc())


def _replace_triggers(definitions: Sequence[Definition], triggers: Sequence[StartTrigger]) -> None:
    for definition in definitions:
        db.session.execute(
            delete(StartTrigger).where(
                StartTrigger.tenant_id == definition.tenant_id, StartTrigger.process_key == definition.key
            )
        )
    db.session.add_all(triggers)
