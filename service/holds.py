"""Which tasks somebody has for himself, as a condition of statements: a hold ends with the post that it rests on."""

from sqlalchemy import ColumnElement, and_, bindparam, exists, or_
from sqlalchemy.orm import InstrumentedAttribute

from service.models import Holding, Person, Task, valid_at


def is_taken() -> ColumnElement[bool]:
    """Say that somebody has the task; first of all whether it has an assignee, as few tasks have.

    The statement takes `now`.
    """
    given = or_(Task.delegated_by.is_(None), _holds(Task.delegated_by, Task.delegated_post))
    return and_(Task.assignee.is_not(None), _holds(Task.assignee, Task.assigned_post), given)


def is_own() -> ColumnElement[bool]:
    """Say that the `person` has the task himself; the statement takes `now` too."""
    return and_(is_taken(), Task.assignee == bindparam("person"))


def is_others() -> ColumnElement[bool]:
    """Say that somebody else than the `person` has the task; the statement takes `now` too."""
    return and_(is_taken(), Task.assignee != bindparam("person"))


def _holds(person: InstrumentedAttribute[object], post: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    return (
        exists()
        .where(Holding.tenant_id == Task.tenant_id, Holding.person_id == person, Holding.position_code == post)
        .where(valid_at(Holding, bindparam("now")), Person.id == Holding.person_id, Person.is_active)
    )
