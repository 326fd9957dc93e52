"""Who acts, and what he may do with a task. Deny by default."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from service.engine.appointment import Capacity
from service.engine.human import Human, masked
from service.errors import Conflict, NotAllowed, NotConfirmed, TaskTaken

PERSON = "@"
"""Stands before a user name among candidate groups: work for one person."""
SIGNATURE, SIGNED = "sop.tanda_tangan", "ya"
"""The property of a step in which somebody signs."""
CONFIRMED_FOR = timedelta(minutes=15)
"""So long after somebody gave his password he signs without giving it again."""


class Role(StrEnum):
    """What somebody may do in an office beside the work of his positions."""

    ADMIN = "admin"
    ANALYST = "analyst"
    AUDITOR = "auditor"
    STAFF = "staff"
    SYSTEM = "system"
    """Sets offices up and gives them their first admin; sees nothing of what is done in them."""


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
    confirmed_at: datetime | None = field(default=None, compare=False)
    """When he last gave his password; never for a program that acts for him."""
    must_change_password: bool = field(default=False, compare=False)
    """Whether somebody else knows his password, so that he is let in to change it and for nothing else."""

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
    def shown_post(self) -> Post | None:
        """Return the post that stands above every page: one that he holds for another comes first, as it ends soon."""
        return next((post for post in self.posts if post.is_acting), next(iter(self.posts), None))

    @property
    def label(self) -> str:
        """Return the first position, or the name of somebody without one."""
        return self.posts[0].title if self.posts else self.name


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody in the position that he acts in."""

    person_id: UUID
    post: str
    """Code of the position."""
    position: str
    """Name of the position."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Somebody has a task for himself: he took it, or another handed it to him."""

    holder: Holder
    since: datetime
    giver: Holder | None = None
    """Who delegated it and gets it back; nobody for a task that he took himself or that a superior gave him."""
    note: str = ""


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


def has_in_hand(actor: Actor, assignee: UUID | None, post: str) -> bool:
    """Tell whether an actor has work for himself by a post that he still holds."""
    return Role.STAFF in actor.roles and assignee == actor.person_id and any(own.code == post for own in actor.posts)


def require_doer(actor: Actor, groups: Iterable[str], hold: Hold | None) -> None:
    """Refuse whoever may not do work now: somebody else has it, or it is free and for other positions.

    Raises:
        TaskTaken: with who has it and since when.
        NotAllowed: as `require_candidate`.

    """
    if hold is None:
        require_candidate(actor, groups)
    elif hold.holder.person_id != actor.person_id:
        raise TaskTaken(by=hold.holder.position, at=hold.since)


def require_own(actor: Actor, hold: Hold | None) -> Hold:
    """Refuse an actor who does not have the work that he wants to let go of.

    Raises:
        TaskTaken: somebody else has it.
        Conflict: nobody has it any more.

    """
    if hold is None:
        raise Conflict("nobody has the task")
    require_doer(actor, (), hold)
    return hold


def require_giver(actor: Actor, hold: Hold | None) -> Holder:
    """Refuse an actor who did not hand the work on that he wants back.

    Raises:
        NotAllowed: somebody else did.
        Conflict: it is not handed on any more.

    """
    if hold is None or hold.giver is None:
        raise Conflict("the task is not handed on")
    if hold.giver.person_id != actor.person_id:
        raise NotAllowed("somebody else handed the task on")
    return hold.giver


def require_superior(actor: Actor, superiors: Iterable[str]) -> Post:
    """Refuse an actor none of whose positions stands above those that the work is for.

    Raises:
        NotAllowed: he holds no superior position.

    """
    above = set(superiors)
    post = next((post for post in actor.posts if post.code in above), None)
    if post is None or Role.STAFF not in actor.roles:
        raise NotAllowed("only a superior assigns the work of others")
    return post


def excluded_elements(properties: Mapping[str, str]) -> tuple[str, ...]:
    """Return the elements whose performers may not do this one, as the diagram declares them."""
    named = properties.get("sop.bukan_pelaksana", "").replace(";", ",").split(",")
    return tuple(element.strip() for element in named if element.strip())


def require_other_person(person_id: UUID, performers: Iterable[UUID]) -> None:
    """Refuse the person who did the work that is decided on here, however it came to him (separation of duties).

    Raises:
        NotAllowed: he is among the performers.

    """
    if person_id in set(performers):
        raise NotAllowed("own work is decided by somebody else", own_work=True)


def signs(properties: Mapping[str, str]) -> bool:
    """Tell whether who agrees in a step signs, as the diagram declares it."""
    return properties.get(SIGNATURE) == SIGNED


def is_confirmed(actor: Actor, now: datetime) -> bool:
    """Tell whether an actor gave his password a short while ago."""
    return actor.confirmed_at is not None and now - actor.confirmed_at <= CONFIRMED_FOR


def require_confirmed(actor: Actor, now: datetime) -> None:
    """Refuse an actor who has to give his password first.

    Raises:
        NotConfirmed: he gave it too long ago, or never.

    """
    if not is_confirmed(actor, now):
        raise NotConfirmed


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
