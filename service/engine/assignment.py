"""Who acts, and what he may do with a task. Deny by default."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from service.errors import NotAllowed

PERSON = "@"
"""Stands before a user name among candidate groups: work for one person."""


class Role(StrEnum):
    """What somebody may do in an office beside the work of his positions."""

    ADMIN = "admin"
    ANALYST = "analyst"
    AUDITOR = "auditor"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Post:
    """A position that a person holds."""

    code: str
    name: str
    unit: str
    """Code of the unit of the position, may be empty."""


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person in one office."""

    person_id: UUID
    user_name: str
    name: str
    office: str
    posts: tuple[Post, ...]
    roles: frozenset[Role]

    @property
    def groups(self) -> frozenset[str]:
        """Return every candidate group that the actor belongs to: his positions, their units, and himself."""
        codes = (code for post in self.posts for code in (post.code, post.unit) if code)
        return frozenset((*codes, PERSON + self.user_name))

    def acts_as(self, groups: Iterable[str]) -> str:
        """Return the name of the position in which the actor does work of these groups."""
        wanted = set(groups)
        return next((post.name for post in self.posts if {post.code, post.unit} & wanted), self.label)

    @property
    def label(self) -> str:
        """Return the first position, or the name of somebody without one."""
        return self.posts[0].name if self.posts else self.name


def is_candidate(actor: Actor, groups: Iterable[str]) -> bool:
    """Tell whether work of these groups is work of this actor."""
    return Role.STAFF in actor.roles and bool(actor.groups & set(groups))


def require_candidate(actor: Actor, groups: Iterable[str]) -> None:
    """Refuse an actor whose positions the work is not for.

    Raises:
        NotAllowed: none of the actor's positions or units is a candidate.

    """
    if not is_candidate(actor, groups):
        raise NotAllowed("the task is for another position")


def require_other_person(actor: Actor, performers: Iterable[UUID]) -> None:
    """Refuse the person who did the work that is decided on here (separation of duties).

    Raises:
        NotAllowed: the actor himself is among the performers.

    """
    if actor.person_id in set(performers):
        raise NotAllowed("own work is decided by somebody else", own_work=True)


def require_role(actor: Actor, role: Role) -> None:
    """Refuse an actor without a role.

    Raises:
        NotAllowed: the actor has other roles only.

    """
    if role not in actor.roles:
        raise NotAllowed(f"the role {role} is needed")
