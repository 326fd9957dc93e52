"""`/user`, `/group` and `/identity`: who there is in the office, and in which positions and units; to read only."""

from collections.abc import Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import TypedDict, TypeVar

from flask import Blueprint

from service.errors import NotFound
from service.queries import directory
from service.queries.directory import Group, Kind, Member
from service.queries.past.narrowing import Page
from service.rest import listing, reading
from service.rest.listing import Asked, Listing
from service.rest.operations import operation
from service.rest.reading import Fields
from service.web import auth, policies, presentation

users = Blueprint("users", __name__, url_prefix="/user")
groups = Blueprint("groups", __name__, url_prefix="/group")
identity = Blueprint("identity", __name__, url_prefix="/identity")
Row = TypeVar("Row")
Wanted = TypeVar("Wanted")
USERS_SORTED = {"userId": "user_name", "firstName": "name", "email": "email"}
GROUPS_SORTED = {"id": "code", "name": "name", "type": "kind"}
"""Attributes by the names under which the dialect sorts."""
LONGEST_PATTERN = 100


class UserProfile(TypedDict):
    """Somebody; names are one text here, and stand first."""

    id: str
    firstName: str
    lastName: str
    email: str | None


class GroupObject(TypedDict):
    """A position or a unit."""

    id: str
    name: str
    type: Kind


class GroupName(TypedDict):
    """A position or a unit, in short."""

    id: str
    name: str


class GroupUser(TypedDict):
    """Somebody in a position or unit."""

    id: str
    firstName: str
    lastName: str
    displayName: str


class Groups(TypedDict):
    """The positions and units of somebody, and who else is in them."""

    groups: list[GroupName]
    groupUsers: list[GroupUser]


@dataclass(frozen=True, slots=True)
class WantedUsers:
    """Which people are meant."""

    ids: frozenset[str] | None
    name: str
    name_like: str
    email: str
    group: str

    def holds(self, one: Member, held: frozenset[str]) -> bool:
        """Tell whether somebody is meant who is in these groups."""
        return (
            (self.ids is None or one.user_name in self.ids)
            and self.name in ("", one.name)
            and (not self.name_like or is_like(one.name, self.name_like))
            and self.email in ("", one.email)
            and (not self.group or self.group in held)
        )


@dataclass(frozen=True, slots=True)
class WantedGroups:
    """Which positions and units are meant."""

    ids: frozenset[str] | None
    name: str
    name_like: str
    kind: str
    member: str

    def holds(self, one: Group) -> bool:
        """Tell whether a group is meant, whoever is in it."""
        return (
            (self.ids is None or one.code in self.ids)
            and self.name in ("", one.name)
            and (not self.name_like or is_like(one.name, self.name_like))
            and self.kind in ("", one.kind)
        )


def _users(fields: Fields) -> Asked[WantedUsers]:
    wanted = WantedUsers(
        ids=listing.words(fields, "id", "idIn"),
        name=fields.sought("firstName", of_people=True),
        name_like=fields.sought("firstNameLike", longest=LONGEST_PATTERN, of_people=True),
        email=fields.sought("email"),
        group=fields.sought("memberOfGroup"),
    )
    return _asked(wanted, fields, USERS_SORTED)


def _groups(fields: Fields) -> Asked[WantedGroups]:
    wanted = WantedGroups(
        ids=listing.words(fields, "id", "idIn"),
        name=fields.sought("name", of_people=True),
        name_like=fields.sought("nameLike", longest=LONGEST_PATTERN, of_people=True),
        kind=fields.sought("type"),
        member=fields.sought("member"),
    )
    return _asked(wanted, fields, GROUPS_SORTED)


def _asked(wanted: Wanted, fields: Fields, sorted_by: Mapping[str, str]) -> Asked[Wanted]:
    offices = listing.words(fields, "memberOfTenant")
    return Asked(wanted, None, offices, is_nowhere=False, order=reading.order(fields, tuple(sorted_by)))


def _user(fields: Fields) -> str:
    return fields.required("userId")


@users.get("/<user_name>/profile")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
@operation()
def profile(user_name: str) -> UserProfile:
    """Return somebody."""
    return _profile(directory.person(auth.actor(), user_name, presentation.now()))


@groups.get("/<code>")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
@operation()
def group(code: str) -> GroupObject:
    """Return a position or a unit."""
    for one in directory.groups(auth.actor()):
        if one.code == code:
            return _group(one)
    raise NotFound(f"group with id {code[:100]} does not exist")


@identity.get("/groups")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
@operation(query=_user)
def groups_of(query: str) -> Groups:
    """Return the positions and units of somebody, and who else is in them; of whom one may not see nothing."""
    who, now = auth.actor(), presentation.now()
    held = directory.memberships(who, now)
    own = held.get(query, frozenset())
    names: list[GroupName] = [{"id": one.code, "name": one.name} for one in directory.groups(who) if one.code in own]
    others = [one for one in directory.people(who, now) if one.user_name != query and held[one.user_name] & own]
    return {"groups": names, "groupUsers": [_group_user(one) for one in others]}


def is_like(text: str, pattern: str) -> bool:
    """Tell whether a text is as a pattern says, in which % stands for any letters."""
    start, *rest = pattern.lower().split("%")
    text = text.lower()
    if not rest:
        return text == start
    *middle, end = rest
    if len(text) < len(start) + len(end) or not text.startswith(start) or not text.endswith(end):
        return False
    left = text[len(start) : len(text) - len(end)]
    for part in middle:
        _, found, left = left.partition(part) if part else ("", "%", left)
        if not found:
            return False
    return True


def _found_users(wanted: WantedUsers) -> list[Member]:
    who, now = auth.actor(), presentation.now()
    held = directory.memberships(who, now) if wanted.group else {}
    return [one for one in directory.people(who, now) if wanted.holds(one, held.get(one.user_name, frozenset()))]


def _found_groups(wanted: WantedGroups) -> list[Group]:
    who, now = auth.actor(), presentation.now()
    own = directory.memberships(who, now).get(wanted.member, frozenset()) if wanted.member else None
    return [one for one in directory.groups(who) if wanted.holds(one) and (own is None or one.code in own)]


def _cut(found: list[Row], sorted_by: Mapping[str, str], page: Page) -> list[Row]:
    for by, down in reversed(page.order):
        found.sort(key=attrgetter(sorted_by[by]), reverse=down)
    return found[page.first : page.first + page.most]


def _profile(one: Member) -> UserProfile:
    return {"id": one.user_name, "firstName": one.name, "lastName": "", "email": one.email or None}


def _group(one: Group) -> GroupObject:
    return {"id": one.code, "name": one.name, "type": one.kind}


def _group_user(one: Member) -> GroupUser:
    return {"id": one.user_name, "firstName": one.name, "lastName": "", "displayName": one.name}


listing.serve(
    users,
    Listing(
        found=lambda wanted, page: _cut(_found_users(wanted), USERS_SORTED, page),
        count=lambda wanted: len(_found_users(wanted)),
        shown=_profile,
    ),
    _users,
    "the people whom the person of the token may see",
    by_body=None,
)
listing.serve(
    groups,
    Listing(
        found=lambda wanted, page: _cut(_found_groups(wanted), GROUPS_SORTED, page),
        count=lambda wanted: len(_found_groups(wanted)),
        shown=_group,
    ),
    _groups,
    "the positions and units of the office",
    by_body=None,
)
