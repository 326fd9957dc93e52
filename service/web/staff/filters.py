"""The buttons that keep a view of the inbox, open with it, and let go of it."""

from http import HTTPStatus
from uuid import UUID

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from service import filters
from service.engine.assignment import Role
from service.errors import Conflict, Invalid
from service.web import auth, policies, presentation, sessions
from service.web.policies import Whose
from service.web.staff import inbox_page

blueprint = Blueprint("filters", __name__)


@blueprint.post("/tugas/saringan")
@policies.people(Role.STAFF)
def keep() -> Response:
    """Keep the view that the reader sees."""
    wanted = inbox_page.address(inbox_page.asked(request.form).view)
    try:
        name = filters.keep(auth.actor(), request.form.get("nama", ""), wanted, presentation.now())
        sessions.tell(gettext("Saringan “%(name)s” tersimpan.", name=name))
    except Invalid:
        sessions.tell(gettext("Beri nama saringan, paling banyak %(most)s huruf.", most=filters.LONGEST_NAME), "late")
    except Conflict:
        sessions.tell(gettext("Paling banyak %(most)s saringan. Hapus satu dahulu.", most=filters.MOST), "late")
    return redirect(url_for("tasks.inbox", **wanted), HTTPStatus.SEE_OTHER)


@blueprint.post("/tugas/saringan/<uuid:filter_id>/bawaan")
@policies.people(Role.STAFF, whose=Whose.OWN)
def choose(filter_id: UUID) -> Response:
    """Open the inbox with a view from now on, or no longer."""
    filters.choose(auth.actor(), filter_id, is_default=request.form.get("bawaan") == "1")
    sessions.tell(gettext("Tampilan awal kotak tugas diganti."))
    return redirect(url_for("tasks.inbox"), HTTPStatus.SEE_OTHER)


@blueprint.post("/tugas/saringan/<uuid:filter_id>/hapus")
@policies.people(Role.STAFF, whose=Whose.OWN)
def drop(filter_id: UUID) -> Response:
    """Keep a view no longer."""
    filters.drop(auth.actor(), filter_id)
    sessions.tell(gettext("Saringan dihapus."))
    return redirect(url_for("tasks.inbox"), HTTPStatus.SEE_OTHER)
