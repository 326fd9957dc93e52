"""What every change of an office has to keep to."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime

from service import store
from service.engine.appointment import Period
from service.engine.assignment import Actor, Role, require_role
from service.errors import NotAllowed, OrganisationRefused, Refused
from service.store import Ledger

LONGEST_NAME, LONGEST_DECREE = 150, 100


@contextmanager
def changing(actor: Actor, now: datetime) -> Iterator[Ledger]:
    """Open a change of the office that its admin makes, with the ledger of what changed.

    Raises:
        NotAllowed: the actor is no admin, or not any more once it is his turn.

    """
    require_role(actor, Role.ADMIN)
    with store.changing(actor.office, actor.person_id, now) as ledger:
        # whoever was faster may have read the clock later, and have taken the role away from then on
        moment = max(now, store.changed_at(actor.office) or now)
        if actor.office not in store.administered(actor.person_id, Role.ADMIN, moment):
            raise NotAllowed("another admin took the role away")
        yield ledger


def refuse_if(cause: str, names: Iterable[str]) -> None:
    """Refuse a change because of whoever is named."""
    found = tuple(names)
    if found:
        raise OrganisationRefused(cause, names=", ".join(found))


def flaws(*rules: Callable[[], object]) -> Iterator[Refused]:
    """Yield what each of some rules refuses, so that all of it can be said at once."""
    for rule in rules:
        try:
            rule()
        except Refused as refusal:
            yield refusal


def name_of(text: str) -> str:
    """Return a name without needless white space; refuse what is none."""
    name = " ".join(text.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise OrganisationRefused("name-invalid", longest=LONGEST_NAME)
    return name


def require_decree(decree: str) -> None:
    """Refuse a decree that no page could show."""
    if len(decree) > LONGEST_DECREE or not decree.isprintable():
        raise OrganisationRefused("decree-invalid", longest=LONGEST_DECREE)


def lasts(period: Period, now: datetime) -> bool:
    """Tell whether some of a period is still to come."""
    return not period.is_empty and (period.end is None or now < period.end)
