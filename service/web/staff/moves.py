"""The page on which an admin takes a case back to an earlier step."""

from http import HTTPStatus
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from service import moves
from service.engine.assignment import Role
from service.errors import ReasonMissing, TaskClosed
from service.web import auth, policies, presentation, refusals, sessions
from service.web.policies import Whose

blueprint = Blueprint("moves", __name__)
Page = str | tuple[str, int] | Response


@blueprint.get("/tugas/<uuid:task_id>/mundurkan")
@policies.people(Role.ADMIN, whose=Whose.OF_THE_OFFICE)
def question(task_id: UUID) -> str:
    """Ask to which step a case goes back, and why."""
    return _page(task_id)


@blueprint.post("/tugas/<uuid:task_id>/mundurkan")
@policies.people(Role.ADMIN, whose=Whose.OF_THE_OFFICE)
def go_back(task_id: UUID) -> Page:
    """Take a case back."""
    task, case, steps = moves.earlier(auth.actor(), task_id)
    step = next((one for one in steps if one.id == request.form.get("langkah")), None)
    if step is None:
        return _page(task_id, lacks_step=True), HTTPStatus.UNPROCESSABLE_ENTITY
    reason = request.form.get("alasan", "")
    try:
        moves.go_back(auth.actor(), case.id, task.id, step.id, reason, presentation.now())
    except ReasonMissing:
        return _page(task_id, lacks_reason=True), HTTPStatus.UNPROCESSABLE_ENTITY
    place = presentation.place(step.name, step.order)
    sessions.tell(gettext("Berkas %(title)s kembali ke %(step)s.", title=case.title, step=place))
    return redirect(url_for("cases.case", case_id=case.id), HTTPStatus.SEE_OTHER)


@blueprint.errorhandler(TaskClosed)
def too_late(error: TaskClosed) -> tuple[str, int]:
    """Say who was faster, and give back the reason that was typed."""
    reason = request.form.get("alasan", "").strip()
    return refusals.closed(error, [(gettext("Alasan"), reason)] if reason else ())


def _page(task_id: UUID, *, lacks_step: bool = False, lacks_reason: bool = False) -> str:
    task, case, steps = moves.earlier(auth.actor(), task_id)
    return render_template(
        "staff/go_back.html",
        task=task,
        case=case,
        steps=steps,
        chosen=request.form.get("langkah", ""),
        reason=request.form.get("alasan", ""),
        lacks_step=lacks_step,
        lacks_reason=lacks_reason,
    )
