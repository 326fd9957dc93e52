"""Pages on which a case is suspended and resumed."""

from http import HTTPStatus
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from service import pauses
from service.engine.assignment import Role
from service.errors import ReasonMissing
from service.queries import cases
from service.web import auth, policies, presentation, sessions, wording
from service.web.policies import Whose

blueprint = Blueprint("pauses", __name__)
Page = str | tuple[str, int] | Response


@blueprint.get("/berkas/<uuid:case_id>/tangguhkan")
@policies.people(Role.STAFF, Role.ADMIN, whose=Whose.OF_THE_OFFICE)
def suspend(case_id: UUID) -> str:
    """Ask for the reason to suspend a case."""
    return _page(case_id, suspends=True)


@blueprint.post("/berkas/<uuid:case_id>/tangguhkan")
@policies.people(Role.STAFF, Role.ADMIN, whose=Whose.OF_THE_OFFICE)
def suspend_case(case_id: UUID) -> Page:
    """Suspend a case."""
    try:
        case = pauses.suspend(auth.actor(), case_id, request.form.get("alasan", ""), presentation.now())
    except ReasonMissing:
        return _page(case_id, suspends=True, error=True), HTTPStatus.UNPROCESSABLE_ENTITY
    sessions.tell(gettext("Berkas %(title)s ditangguhkan.", title=case.title))
    return redirect(url_for("cases.case", case_id=case_id), HTTPStatus.SEE_OTHER)


@blueprint.get("/berkas/<uuid:case_id>/lanjutkan")
@policies.people(Role.STAFF, Role.ADMIN, whose=Whose.OF_THE_OFFICE)
def resume(case_id: UUID) -> str:
    """Ask for the reason to resume a case."""
    return _page(case_id, suspends=False)


@blueprint.post("/berkas/<uuid:case_id>/lanjutkan")
@policies.people(Role.STAFF, Role.ADMIN, whose=Whose.OF_THE_OFFICE)
def resume_case(case_id: UUID) -> Page:
    """Let a case go on."""
    try:
        case = pauses.resume(auth.actor(), case_id, request.form.get("alasan", ""), presentation.now())
    except ReasonMissing:
        return _page(case_id, suspends=False, error=True), HTTPStatus.UNPROCESSABLE_ENTITY
    sessions.tell(gettext("Berkas %(title)s berjalan lagi.", title=case.title))
    return redirect(url_for("cases.case", case_id=case_id), HTTPStatus.SEE_OTHER)


def _page(case_id: UUID, *, suspends: bool, error: bool = False) -> str:
    pauses.require_may(auth.actor(), case_id, suspended=not suspends)
    head = wording.localised(cases.head(auth.actor(), case_id), auth.office_zone())
    reason = request.form.get("alasan", "")
    return render_template("staff/suspend.html", case=head, suspends=suspends, error=error, reason=reason)
