"""The page on which admins and auditors have everything of their office made into a file, and take it."""

from http import HTTPStatus
from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, request, stream_with_context, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as Answer

from service import exports
from service.engine.assignment import Role
from service.errors import NotFound
from service.queries import exports as found
from service.web import auth, policies, presentation, sessions, wording
from service.web.policies import Whose

blueprint = Blueprint("exports", __name__)
UNFINISHED = frozenset({"waiting", "running"})


@blueprint.get("/ekspor", endpoint="page")
@policies.people(Role.ADMIN, Role.AUDITOR)
def show() -> str:
    """Show what was asked for and how far it is."""
    actor = auth.actor()
    exports.require_exporter(actor)
    rows = wording.localised(tuple(found.own(actor, presentation.now())), auth.office_zone())
    is_part = "HX-Request" in request.headers
    is_busy = any(row.state in UNFINISHED for row in rows)
    name = "admin/_exports.html" if is_part else "admin/exports.html"
    return render_template(name, rows=rows, is_busy=is_busy, is_over=is_part and not is_busy)


@blueprint.post("/ekspor")
@policies.people(Role.ADMIN, Role.AUDITOR)
def ask() -> Answer:
    """Ask for a file."""
    exports.ask(auth.actor(), presentation.now())
    sessions.tell(gettext("Ekspor sedang dibuat. Halaman ini boleh ditutup; arsipnya menunggu di sini."))
    return redirect(url_for("exports.page"), HTTPStatus.SEE_OTHER)


@blueprint.get("/ekspor/<uuid:export_id>")
@policies.people(Role.ADMIN, Role.AUDITOR, whose=Whose.OWN)
def file(export_id: UUID) -> Response:
    """Hand a file out, a piece at a time.

    Raises:
        NotFound: it is not there, not made yet, or somebody else's.

    """
    actor = auth.actor()
    exports.require_exporter(actor)
    row = found.one(actor, export_id, presentation.now())
    if row.state != "done":
        raise NotFound(export=export_id)
    name = f"laksana-{actor.office}-{row.asked_at.astimezone(auth.office_zone()):%Y%m%d-%H%M}.zip"
    return Response(
        stream_with_context(found.content(actor, export_id)),
        mimetype="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Content-Length": str(row.size)},
    )
