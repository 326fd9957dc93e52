"""Deployed versions."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from service.errors import Conflict
from service.models import (
    Definition,
    DefinitionDecision,
    DefinitionForm,
    StartTrigger,
    db,
)


def latest_definition(office: str, key: str) -> Definition | None:
    """Return the newest deployed version of a process."""
    return db.session.scalars(
        select(Definition)
        .where(Definition.tenant_id == office, Definition.key == key)
        .order_by(Definition.version.desc())
        .limit(1)
    ).first()


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

    What started cases of the versions before them by itself does not any more.

    Raises:
        Conflict: somebody deployed the same version number first.

    """
    for definition, _ in definitions:
        db.session.add(definition)
    try:
        db.session.flush()
        for _, stored in definitions:
            db.session.add_all(stored)
        for definition, _ in definitions:
            db.session.execute(
                delete(StartTrigger).where(
                    StartTrigger.tenant_id == definition.tenant_id, StartTrigger.process_key == definition.key
                )
            )
        db.session.add_all(triggers)
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        raise Conflict("the same process was deployed at the same time") from None
