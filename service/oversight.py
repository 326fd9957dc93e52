"""Oversight: an auditor looks for the time of his mandate, and what he looks at is written down."""

from datetime import datetime
from uuid import UUID

from service import store
from service.engine.assignment import Actor, Role


def note_reading(actor: Actor, what: str, named: dict[str, UUID], now: datetime) -> None:
    """Write down what an auditor was shown, and nothing of anybody else.

    `what` is the view or command that showed it, `named` what its address named.
    """
    if Role.AUDITOR in actor.roles:
        store.note_reading(actor.office, actor.person_id, what, named, now)
