"""What was done for a request that comes again."""

from uuid import UUID

from service.engine.assignment import Actor
from service.errors import KeyReused
from service.models import Receipt, db
from service.once import Once


def case_of(actor: Actor, once: Once) -> UUID | None:
    """Return the case on which a request was carried out, None if it was not.

    Raises:
        KeyReused: something else was carried out under its key.

    """
    receipt = _kept(actor, once)
    if receipt is None:
        return None
    if receipt.digest != once.digest:
        raise KeyReused
    return receipt.instance_id


def case_under(actor: Actor, once: Once) -> UUID | None:
    """Return the case on which anything was carried out under the key of a request."""
    receipt = _kept(actor, once)
    return receipt.instance_id if receipt else None


def _kept(actor: Actor, once: Once) -> Receipt | None:
    return db.session.get(Receipt, (actor.office, once.key))
