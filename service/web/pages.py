"""Pages that belong to nobody in particular: the way in, licences."""

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from service.engine.assignment import Role
from service.web import assets, auth, policies

blueprint = Blueprint("web", __name__)


@blueprint.get("/")
@policies.people()
def home() -> Response:
    """Go to the page that the reader's day begins with."""
    roles = auth.actor().roles
    first = {Role.STAFF: "tasks.inbox", Role.ADMIN: "positions.tree", Role.SYSTEM: "offices.offices"}
    return redirect(url_for(next((page for role, page in first.items() if role in roles), "analyst.processes")))


@blueprint.get("/lisensi")
@policies.everybody
def licences() -> str:
    """Show the licences of the bundled packages."""
    return render_template("licences.html", licences=assets.licences())
