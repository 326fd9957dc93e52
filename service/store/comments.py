"""Comments: lines of the history that move nothing."""

from sqlalchemy import func, select

from service.models import History, Instance, db
from service.once import Once
from service.store.history import Fact, add_lines
from service.store.instances import advance
from service.store.receipts import add_receipt


def count_comments(instance: Instance) -> int:
    """Return how many comments a case has."""
    own = (History.tenant_id == instance.tenant_id, History.instance_id == instance.id, History.kind == "commented")
    return db.session.scalar(select(func.count()).select_from(History).where(*own)) or 0


def add_line(instance: Instance, fact: Fact, once: Once | None) -> int:
    """Add a line to the history of a case that moves nothing, as a comment does, and return its number.

    Raises:
        InstanceChanged: somebody else saved this case first.
        Repeated: the same request was carried out before.

    """
    sequence = instance.lines + 1
    advance(instance, lines=sequence)
    add_receipt(instance, once, fact.at)
    add_lines(instance, sequence, [fact])
    db.session.commit()
    return sequence
