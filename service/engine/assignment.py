"""Who acts, and what he may do with a task. Deny by default."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from service.engine.appointment import Capacity
from service.engine.human import Human, masked
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
    """A position that a person holds, as its own holder or for another one."""

    code: str
    name: str
    unit: str
    """Code of the unit of the position, may be empty."""
    capacity: Capacity = Capacity.DEFINITIVE
    start: datetime | None = None
    end: datetime | None = None
    """The first moment at which he holds it no more."""
    decree: str = ""

    @property
    def is_acting(self) -> bool:
        """Tell whether it is held for another one, or while it has no holder."""
        return self.capacity is not Capacity.DEFINITIVE

    @property
    def title(self) -> str:
        """Return as what somebody signs: "Plh. Sekretaris"."""
        return f"{self.capacity.prefix} {self.name}".lstrip()


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person in one office."""

    person_id: UUID
    user_name: str
    name: str
    office: str
    posts: tuple[Post, ...]
    """At this moment; those that he holds for others come last."""
    roles: frozenset[Role]
    nip: str = ""

    @property
    def human(self) -> Human:
        """Return the human being behind this account."""
        return Human(self.person_id, self.nip)

    @property
    def groups(self) -> frozenset[str]:
        """Return every candidate group that the actor belongs to: his positions, their units, and himself."""
        codes = (code for post in self.posts for code in (post.code, post.unit) if code)
        return frozenset((*codes, PERSON + self.user_name))

    def post_for(self, groups: Iterable[str]) -> Post | None:
        """Return the post in which the actor does work of these groups; the one that is named before a whole unit."""
        wanted = set(groups)
        named = next((post for post in self.posts if post.code in wanted), None)
        return named or next((post for post in self.posts if post.unit in wanted), None)

    def acts_as(self, groups: Iterable[str]) -> str:
        """Return as what the actor does work of these groups: "Plh. Sekretaris"."""
        post = self.post_for(groups)
        return post.title if post else self.label

    @property
    def label(self) -> str:
        """Return the first position, or the name of somebody without one."""
        return self.posts[0].title if self.posts else self.name


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


def nip_for(actor: Actor, nip: str) -> str:
    """Return a service number as this actor may read it: whole his own, and for an admin those of his office."""
    return nip if Role.ADMIN in actor.roles or nip == actor.nip else masked(nip)


def require_role(actor: Actor, role: Role) -> None:
    """Refuse an actor without a role.

    Raises:
        NotAllowed: the actor has other roles only.

    """
    if role not in actor.roles:
        raise NotAllowed(f"the role {role} is needed")
