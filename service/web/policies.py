"""Who may ask for what: every view says so next to its route, and one without a word is closed.

The role is looked at here, before the view. Whose things a view is about is looked at where they are read, in
`queries` and the use cases; what is declared here is asserted by the matrix in the tests.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from typing import Any, TypeVar

from flask import current_app, request

from service.engine.assignment import Role

View = TypeVar("View", bound=Callable[..., Any])


class Door(Enum):
    """How one gets in."""

    OPEN = auto()
    """Without a name; a form needs its token all the same."""
    PEOPLE = auto()
    """Signed in at a browser; forms with their token."""
    PROGRAMS = auto()
    """With a token of one's own in the header; never with a cookie, so no form of another site can act here."""
    MACHINES = auto()
    """Supervisors of this service, who are told nothing of its people."""


class Whose(StrEnum):
    """The things that a view is about."""

    NOBODYS = "nobody's"
    """The address names none."""
    OWN = "own"
    """What the asker made himself."""
    MINE_TO_DO = "mine to do"
    """Work that the asker is a candidate for."""
    OF_THE_OFFICE = "of the office"
    """Everything in the office that the asker acts for."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What a view says of itself."""

    door: Door
    roles: frozenset[Role]
    """One of them is needed; none: whoever came through the door."""
    whose: Whose
    only_looks: bool = False
    """Changes nothing, whatever its method: a question that is too long for an address comes by POST."""

    def lets_in(self, roles: frozenset[Role]) -> bool:
        """Tell whether somebody with these roles is let in."""
        if self.roles:
            return bool(self.roles & roles)
        return self.whose is not Whose.OF_THE_OFFICE or roles != {Role.SYSTEM}


UNKNOWN = Policy(Door.PEOPLE, frozenset(), Whose.NOBODYS)
"""Where there is no page, strangers are led to the door like everywhere."""
UNKNOWN_TO_PROGRAMS = Policy(Door.PROGRAMS, frozenset(), Whose.NOBODYS)
ROOTS = ("/api/", "/engine-rest/")
"""Addresses below these are for programs, all others are for people."""
_POLICY = "policy"


def people(*roles: Role, whose: Whose = Whose.NOBODYS) -> Callable[[View], View]:
    """Let people with one of these roles in, or all who are signed in where none is named."""
    return _declared(Policy(Door.PEOPLE, frozenset(roles), whose))


def programs(*roles: Role, whose: Whose = Whose.NOBODYS, only_looks: bool = False) -> Callable[[View], View]:
    """Let programs in that act for somebody with one of these roles."""
    return _declared(Policy(Door.PROGRAMS, frozenset(roles), whose, only_looks))


def everybody(view: View) -> View:
    """Let everybody in."""
    return _declared(Policy(Door.OPEN, frozenset(), Whose.NOBODYS))(view)


def machines(view: View) -> View:
    """Let those in who look after this service."""
    return _declared(Policy(Door.MACHINES, frozenset(), Whose.NOBODYS))(view)


def asked() -> Policy | None:
    """Return what the view that is asked for says of itself, None if it says nothing."""
    if request.endpoint is None:
        return UNKNOWN_TO_PROGRAMS if request.path.startswith(ROOTS) else UNKNOWN
    return of(current_app.view_functions[request.endpoint])


def is_for_programs() -> bool:
    """Tell whether a program asks: with a token, never with a cookie, and for JSON."""
    policy = asked()
    return policy is not None and policy.door is Door.PROGRAMS


def of(view: Callable[..., Any]) -> Policy | None:
    """Return what a view says of itself."""
    found: Policy | None = getattr(view, _POLICY, None)
    return found


def _declared(policy: Policy) -> Callable[[View], View]:
    def declare(view: View) -> View:
        setattr(view, _POLICY, policy)
        return view

    return declare
