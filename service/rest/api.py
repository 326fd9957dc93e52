"""`/me`: what we tell programs in our own words."""

from typing import TypedDict

from flask import Blueprint

from service.engine.assignment import Post
from service.queries import organisation
from service.rest.operations import operation
from service.web import auth, policies, programs

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")


class Person(TypedDict):
    """Somebody."""

    userName: str
    name: str


class Office(TypedDict):
    """An office."""

    key: str
    name: str


class Position(TypedDict):
    """What somebody is in an office."""

    code: str
    name: str
    unit: str
    capacity: str
    until: str | None


class Me(TypedDict):
    """For whom a program acts."""

    person: Person
    office: Office
    positions: list[Position]
    roles: list[str]
    scope: str


@blueprint.get("/me")
@policies.programs()
@operation()
def me() -> Me:
    """Tell a program for whom it acts, where, as what, and what it may do."""
    who = auth.actor()
    return {
        "person": {"userName": who.user_name, "name": who.name},
        "office": {"key": who.office, "name": organisation.office_name(who)},
        "positions": [_position(post) for post in who.posts],
        "roles": sorted(who.roles),
        "scope": programs.scope(),
    }


def _position(post: Post) -> Position:
    end = post.end.isoformat() if post.end else None
    return {"code": post.code, "name": post.name, "unit": post.unit, "capacity": post.capacity, "until": end}
