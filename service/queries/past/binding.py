"""Of which version something in a case is: the one that the case runs on, or one that it calls."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from service.engine.assignment import Actor
from service.models import Definition, Instance, db


def of_versions(
    actor: Actor, definitions: Collection[UUID], process_key: InstrumentedAttribute[str]
) -> ColumnElement[bool]:
    """Build the condition that rows of cases are of these versions, by the process that they name or none."""
    keys = select(Definition.id, Definition.key).where(
        Definition.tenant_id == actor.office, Definition.id.in_(definitions)
    )
    conditions: list[ColumnElement[bool]] = [Instance.definition_id.in_(definitions) & (process_key == "")]
    for definition, process in db.session.execute(keys):
        bound = or_(Instance.definition_id == definition, Instance.called[process].as_string() == str(definition))
        conditions.append(and_(process_key == process, bound))
    return or_(*conditions)
