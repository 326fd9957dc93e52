"""What a case has and lacks: the report, and doing without an item."""

from http import HTTPStatus
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from service import waivers
from service.engine.assignment import Role
from service.errors import Conflict, Invalid, ReasonMissing, TaskClosed
from service.once import Once
from service.queries import completeness
from service.web import auth, policies, presentation, refusals, repeats, sessions, wording
from service.web.policies import Whose

blueprint = Blueprint("completeness", __name__)
TASK = "/tugas/<uuid:task_id>"
Page = str | tuple[str, int] | Response


def _to_report(case_id: UUID) -> Response:
    return redirect(url_for("completeness.report", case_id=case_id), HTTPStatus.SEE_OTHER)


@blueprint.get("/berkas/<uuid:case_id>/kelengkapan")
@policies.people(whose=Whose.OF_THE_OFFICE)
def report(case_id: UUID) -> str:
    """Show every step of a case with what it needs and yields."""
    found = completeness.report(auth.actor(), case_id)
    page = wording.localised(found, auth.office_zone())
    waivable = waivers.may_waive(auth.actor(), case_id, {step.task_id: step.groups for step in found.waivable})
    return render_template("staff/completeness.html", page=page, waivable=waivable)


@blueprint.get(f"{TASK}/tiadakan")
@policies.people(Role.STAFF, whose=Whose.MINE_TO_DO)
def waiver(task_id: UUID) -> str:
    """Ask somebody entitled what is done without, and why."""
    return _waiver(task_id)


@blueprint.post(f"{TASK}/tiadakan")
@repeats.answered_by(_to_report)
@policies.people(Role.STAFF, whose=Whose.MINE_TO_DO)
def waive(task_id: UUID, once: Once | None) -> Page:
    """Do without an item."""
    side, _, number = request.form.get("butir", "").partition("-")
    place = int(number) if number.isascii() and number.isdigit() else -1
    done = waivers.waive(auth.actor(), task_id, side, place, request.form.get("alasan", ""), presentation.now(), once)
    sessions.tell(gettext("“%(item)s” ditiadakan pada langkah ini.", item=done.items[0].text))
    return _to_report(done.instance.id)


@blueprint.errorhandler(Invalid)
def not_taken(error: Invalid) -> Page:
    """Ask again, with what was typed."""
    task_id = (request.view_args or {})["task_id"]
    lacks_reason = isinstance(error, ReasonMissing)
    page = _waiver(task_id, is_refused=not lacks_reason, lacks_reason=lacks_reason)
    return page, HTTPStatus.UNPROCESSABLE_ENTITY


@blueprint.errorhandler(TaskClosed)
def too_late(error: Conflict) -> tuple[str, int]:
    """Say who ended the task, and give back the reason that was typed."""
    reason = request.form.get("alasan", "").strip()
    return refusals.closed(error, [(gettext("Alasan"), reason)] if reason else ())


def _waiver(task_id: UUID, *, is_refused: bool = False, lacks_reason: bool = False) -> str:
    found = waivers.waivable(auth.actor(), task_id)
    return render_template(
        "staff/waive.html",
        task=found.task,
        case=found.instance,
        items=found.items,
        is_refused=is_refused,
        lacks_reason=lacks_reason,
        chosen=request.values.get("butir", ""),
        reason=request.form.get("alasan", ""),
    )
