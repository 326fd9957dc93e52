"""Pages of cases: the list, one case, its diagram, and cancelling."""

from http import HTTPStatus
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from service import claims, comments, exports, incidents, instances, moves, pauses
from service.engine.assignment import Role
from service.errors import CommentRefused, ReasonMissing
from service.once import Once
from service.queries import cases, progress
from service.queries.case_page import case_page
from service.web import auth, policies, presentation, repeats, sessions, story, wording
from service.web.policies import Whose
from service.web.staff import sent

blueprint = Blueprint("cases", __name__)
Page = str | tuple[str, int] | Response
LEFT = {"lewat": "late", "segera": "soon", "cukup": "in-time"}
"""How much time is left, as an address says it."""


@blueprint.get("/berkas", endpoint="cases")
@policies.people(whose=Whose.OF_THE_OFFICE)
def show_cases() -> str:
    """List the cases of the office."""
    filters = cases.CaseFilters(
        q=request.args.get("q", "")[:200],
        process=request.args.get("sop", ""),
        state=request.args.get("keadaan", ""),
        since=sent.day("dari"),
        until=sent.day("sampai"),
        returned=request.args.get("dikembalikan") == "1",
        left=LEFT.get(request.args.get("sisa", ""), ""),
        order=request.args.get("urut", ""),
    )
    page = cases.cases(auth.actor(), presentation.now(), filters, sent.page_number())
    return render_template("staff/cases.html", page=wording.localised(page, auth.office_zone()))


@blueprint.get("/berkas/<uuid:case_id>")
@policies.people(whose=Whose.OF_THE_OFFICE)
def case(case_id: UUID) -> str:
    """Show everything about one case."""
    return _page(case_id)


def _commented(case_id: UUID) -> Response:
    return redirect(url_for("cases.case", case_id=case_id, _anchor="catatan"), HTTPStatus.SEE_OTHER)


@blueprint.post("/berkas/<uuid:case_id>/catatan")
@repeats.answered_by(_commented)
@policies.people(Role.STAFF, whose=Whose.OF_THE_OFFICE)
def comment(case_id: UUID, once: Once | None) -> Page:
    """Say something about a case or one of its rounds."""
    try:
        comments.add(auth.actor(), case_id, sent.chosen_id("tugas"), sent.comment(), presentation.now(), once)
    except CommentRefused as error:
        return _page(case_id, wording.comment(error)), HTTPStatus.UNPROCESSABLE_ENTITY
    return _commented(case_id)


def _page(case_id: UUID, refused_comment: str = "") -> str:
    found = case_page(auth.actor(), presentation.now(), case_id)
    page = wording.localised(found, auth.office_zone())
    history = story.log(found.history, auth.office_zone())
    return render_template(
        "staff/case.html",
        page=page,
        history=history,
        comment_lines=story.comments(history),
        may_comment=Role.STAFF in auth.actor().roles,
        longest_comment=comments.LONGEST,
        refused_comment=refused_comment,
        files=[story.shown_file(row) for row in found.files],
        stops=[wording.stop(stop) for stop in page.stops],
        may_repair=incidents.may_repair(auth.actor()),
        assignable=claims.may_assign(auth.actor(), {place.task_id: place.groups for place in page.places}),
        returnable=moves.may_go_back(
            auth.actor(), case_id, {place.task_id: (place.process, place.element) for place in page.places}
        ),
        can_cancel=instances.may_cancel(auth.actor(), case_id),
        may_export=exports.may_export(auth.actor()),
        may_suspend=pauses.may_suspend(auth.actor(), case_id),
    )


@blueprint.get("/berkas/<uuid:case_id>/diagram")
@policies.people(whose=Whose.OF_THE_OFFICE)
def case_diagram(case_id: UUID) -> str:
    """Show the BPMN diagram of a case with what was done."""
    head, marks, counts = progress.diagram_marks(auth.actor(), case_id)
    return render_template(
        "staff/diagram.html",
        title=head.title,
        bpmn_url=url_for("analyst.bpmn", key=head.process_key, versi=head.version),
        marks={element: "active" if state == "now" else state for element, state in marks.items()},
        counts=counts,
        has_ended=head.ended_at,
        back_url=url_for("cases.case", case_id=case_id),
    )


@blueprint.get("/berkas/<uuid:case_id>/batal")
@policies.people(Role.STAFF, whose=Whose.OWN)
def cancel(case_id: UUID) -> str:
    """Ask for the reason to cancel a case."""
    return _cancel_page(case_id, error=False)


@blueprint.post("/berkas/<uuid:case_id>/batal")
@policies.people(Role.STAFF, whose=Whose.OWN)
def cancel_case(case_id: UUID) -> Page:
    """Cancel a case."""
    try:
        instance = instances.cancel(auth.actor(), case_id, request.form.get("alasan", ""), presentation.now())
    except ReasonMissing:
        return _cancel_page(case_id, error=True), HTTPStatus.UNPROCESSABLE_ENTITY
    sessions.tell(gettext("Berkas %(title)s dibatalkan.", title=instance.title))
    return redirect(url_for("cases.case", case_id=case_id), HTTPStatus.SEE_OTHER)


def _cancel_page(case_id: UUID, *, error: bool) -> str:
    head = wording.localised(cases.head(auth.actor(), case_id), auth.office_zone())
    return render_template("staff/cancel.html", case=head, error=error, reason=request.form.get("alasan", ""))
