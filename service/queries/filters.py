"""Views of the inbox that a person keeps."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import bindparam, select

from service.engine.assignment import Actor
from service.models import SavedFilter
from service.prepared import Prepared

_OWN = Prepared(
    select(SavedFilter.id, SavedFilter.name, SavedFilter.wanted, SavedFilter.is_default)
    .where(SavedFilter.tenant_id == bindparam("office"), SavedFilter.person_id == bindparam("person"))
    .order_by(SavedFilter.name)
)


@dataclass(frozen=True, slots=True)
class Kept:
    """One view under its name."""

    id: UUID
    name: str
    wanted: dict[str, str]
    """Parameters of its address."""
    is_default: bool


def own(actor: Actor) -> tuple[Kept, ...]:
    """Return the views that a person keeps in this office, by name."""
    rows = _OWN.all({"office": actor.office, "person": actor.person_id})
    return tuple(Kept(row.id, row.name, row.wanted, row.is_default) for row in rows)
