"""News: what has come for a person since he looked last."""

from datetime import datetime

from service.engine.assignment import Actor
from service.queries import news
from service.queries.news import Item
from service.store.preferences import note_reading


def look(actor: Actor, now: datetime) -> tuple[Item, ...]:
    """Return the latest news, and remember that they were seen."""
    items = news.latest(actor, now)
    if any(item.is_new for item in items):
        note_reading(actor.office, actor.person_id, now)
    return items
