"""Views of the inbox under names: kept, chosen to open with, let go of; each person has his own."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from service import store
from service.engine import reason as reasons
from service.engine.assignment import Actor
from service.errors import Conflict, Invalid, NotFound
from service.queries import filters

MOST = 20
LONGEST_NAME = 60


def keep(actor: Actor, name: str, wanted: Mapping[str, str], now: datetime) -> str:
    """Keep a view under a name and return the name; the same name again replaces it.

    Raises:
        Invalid: no name, or one that is too long.
        Conflict: somebody keeps as many as he may.

    """
    name = _named(name)
    known = {kept.name for kept in filters.own(actor)}
    if name not in known and len(known) >= MOST:
        raise Conflict("too many views are kept")
    store.keep_filter(actor.office, actor.person_id, name, wanted, now)
    return name


def change(actor: Actor, filter_id: UUID, name: str, wanted: Mapping[str, str]) -> None:
    """Keep another view instead of one, be it under another name.

    Raises:
        NotFound: as `choose`.
        Invalid: as `keep`.
        Conflict: another view has this name.

    """
    name = _named(name)
    _require_own(actor, filter_id)
    store.change_filter(actor.office, actor.person_id, filter_id, name, wanted)


def choose(actor: Actor, filter_id: UUID, *, is_default: bool) -> None:
    """Let the inbox open with a view, or as it does by itself.

    Raises:
        NotFound: the actor keeps no such view.

    """
    _require_own(actor, filter_id)
    store.choose_filter(actor.office, actor.person_id, filter_id if is_default else None)


def drop(actor: Actor, filter_id: UUID) -> None:
    """Keep a view no longer.

    Raises:
        NotFound: as `choose`.

    """
    _require_own(actor, filter_id)
    store.drop_filter(actor.office, actor.person_id, filter_id)


def _named(name: str) -> str:
    told = reasons.read(name)
    if not 0 < len(told) <= LONGEST_NAME:
        raise Invalid(f"a view has a name of 1 to {LONGEST_NAME} letters", field="nama")
    return told


def _require_own(actor: Actor, filter_id: UUID) -> None:
    if filter_id not in {kept.id for kept in filters.own(actor)}:
        raise NotFound(filter=filter_id)
