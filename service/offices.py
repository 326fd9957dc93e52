"""Offices: set up, and given their first admin."""

import re
from dataclasses import dataclass
from functools import partial

from service import store
from service.engine.assignment import Actor, Role, require_role
from service.engine.worktime import seed
from service.errors import Invalid, OrganisationRefused
from service.models import Office

ZONES = ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura")
"""WIB, WITA and WIT."""
LONGEST_NAME = 200
_KEY = re.compile(r"[a-z][a-z0-9_]{1,39}", re.ASCII)


@dataclass(frozen=True, slots=True)
class NewOffice:
    """An office to be set up."""

    key: str
    """Stands before the user names of its people and in addresses; never changed."""
    name: str
    zone: str = ZONES[0]


def add(actor: Actor, new: NewOffice) -> None:
    """Set an office up, with the working time that the law gives it.

    Raises:
        NotAllowed: the actor does not look after offices.
        OrganisationRefused: the key or the name cannot be taken, or there is one with this key.
        Invalid: no such zone.

    """
    require_role(actor, Role.SYSTEM)
    set_up(new)


def set_up(new: NewOffice) -> None:
    """Set an office up on the command line, whose user the machine belongs to.

    Raises:
        OrganisationRefused, Invalid: as `add`.

    """
    if not _KEY.fullmatch(new.key):
        raise OrganisationRefused("code-invalid")
    name = " ".join(new.name.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise OrganisationRefused("name-invalid", longest=LONGEST_NAME)
    if new.zone not in ZONES:
        raise Invalid(f"a zone is one of {', '.join(ZONES)}", field="zone")
    if store.has_office(new.key):
        raise OrganisationRefused("code-taken", code=new.key)
    office = Office(id=new.key, name=name, zone=new.zone)
    store.add_office(office, (), (), partial(seed.seed_workdays, new.zone, *seed.YEARS))
