"""What programs ask for, in JSON."""

from flask import Blueprint, Response, jsonify

from service.engine.assignment import Post
from service.queries import organisation
from service.web import auth, policies, programs

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")


@blueprint.get("/me")
@policies.programs()
def me() -> Response:
    """Tell a program for whom it acts, where, as what, and what it may do."""
    who = auth.actor()
    return jsonify(
        person={"userName": who.user_name, "name": who.name},
        office={"key": who.office, "name": organisation.office_name(who)},
        positions=[_position(post) for post in who.posts],
        roles=sorted(who.roles),
        scope=programs.scope(),
    )


def _position(post: Post) -> dict[str, str | None]:
    end = post.end.isoformat() if post.end else None
    return {"code": post.code, "name": post.name, "unit": post.unit, "capacity": post.capacity, "until": end}
