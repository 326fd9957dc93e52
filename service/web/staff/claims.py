"""Whose task it is: the buttons that take it, let go of it, hand it on and have it back."""

from datetime import date
from http import HTTPStatus
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from service import claims
from service.engine.assignment import Role
from service.errors import Conflict, Invalid, ReasonMissing, TaskClosed, TaskTaken
from service.once import Once
from service.web import auth, policies, presentation, refusals, repeats, sessions
from service.web.policies import Whose
from service.web.staff import sent

blueprint = Blueprint("claims", __name__)
TASK = "/tugas/<uuid:task_id>"
Page = str | tuple[str, int] | Response


def _to_task(_case: UUID) -> Response:
    task_id = (request.view_args or {})["task_id"]
    return redirect(url_for("tasks.task", task_id=task_id), HTTPStatus.SEE_OTHER)


def _to_inbox(_case: UUID) -> Response:
    return redirect(url_for("tasks.inbox"), HTTPStatus.SEE_OTHER)


@blueprint.post(f"{TASK}/ambil")
@repeats.answered_by(_to_task)
@policies.people(Role.STAFF, whose=Whose.MINE_TO_DO)
def claim(task_id: UUID, once: Once | None) -> Page:
    """Take a task for oneself."""
    task = claims.claim(auth.actor(), task_id, presentation.now(), once)
    sessions.tell(gettext("Tugas “%(task)s” Anda ambil. Rekan sejabatan melihatnya.", task=task.task_name))
    return _to_task(task.instance_id)


@blueprint.post(f"{TASK}/lepas")
@repeats.answered_by(_to_inbox)
@policies.people(Role.STAFF, whose=Whose.MINE_TO_DO)
def release(task_id: UUID, once: Once | None) -> Page:
    """Let go of a task."""
    task = claims.release(auth.actor(), task_id, presentation.now(), once)
    sessions.tell(gettext("Tugas “%(task)s” dilepaskan.", task=task.task_name))
    return _to_inbox(task.instance_id)


@blueprint.get(f"{TASK}/teruskan")
@policies.people(Role.STAFF, whose=Whose.MINE_TO_DO)
def delegation(task_id: UUID) -> str:
    """Ask to whom a task is handed on."""
    return _delegation(task_id)


@blueprint.post(f"{TASK}/teruskan")
@repeats.answered_by(_to_inbox)
@policies.people(Role.STAFF, whose=Whose.MINE_TO_DO)
def delegate(task_id: UUID, once: Once | None) -> Page:
    """Hand a task on."""
    to, note = request.form.get("kepada", ""), request.form.get("catatan", "")
    try:
        task = claims.delegate(auth.actor(), task_id, to, note, presentation.now(), once)
    except Invalid:
        return _delegation(task_id, is_refused=True), HTTPStatus.UNPROCESSABLE_ENTITY
    sessions.tell(gettext("Tugas “%(task)s” diteruskan ke %(name)s.", task=task.task_name, name=task.other))
    return _to_inbox(task.instance_id)


@blueprint.post(f"{TASK}/serahkan-kembali")
@repeats.answered_by(_to_inbox)
@policies.people(Role.STAFF, whose=Whose.MINE_TO_DO)
def hand_back(task_id: UUID, once: Once | None) -> Page:
    """Give a task back to who handed it on."""
    task = claims.hand_back(auth.actor(), task_id, request.form.get("catatan", ""), presentation.now(), once)
    sessions.tell(gettext("Tugas “%(task)s” diserahkan kembali.", task=task.task_name))
    return _to_inbox(task.instance_id)


@blueprint.post(f"{TASK}/ambil-kembali")
@repeats.answered_by(_to_task)
@policies.people(Role.STAFF, whose=Whose.MINE_TO_DO)
def take_back(task_id: UUID, once: Once | None) -> Page:
    """Have a task again that one handed on."""
    task = claims.take_back(auth.actor(), task_id, presentation.now(), once)
    sessions.tell(gettext("Tugas “%(task)s” kembali pada Anda.", task=task.task_name))
    return _to_task(task.instance_id)


@blueprint.post(f"{TASK}/tunda")
@repeats.answered_by(_to_task)
@policies.people(Role.STAFF, whose=Whose.MINE_TO_DO)
def lay_aside(task_id: UUID, once: Once | None) -> Page:
    """Lay a task aside until a day."""
    actor, now = auth.actor(), presentation.now()
    day = sent.typed_day("sampai")
    try:
        task = claims.lay_aside(actor, task_id, day or date.min, now, once)
    except Invalid:
        sessions.tell(gettext("Pilih hari sesudah hari ini, paling lama setahun lagi. Tidak ada yang berubah."), "late")
        return redirect(url_for("tasks.task", task_id=task_id), HTTPStatus.SEE_OTHER)
    sessions.tell(gettext("Tugas “%(task)s” ditunda. Tenggatnya tidak berubah.", task=task.task_name))
    return _to_task(task.instance_id)


@blueprint.post(f"{TASK}/lanjutkan")
@repeats.answered_by(_to_task)
@policies.people(Role.STAFF, whose=Whose.MINE_TO_DO)
def resume(task_id: UUID, once: Once | None) -> Page:
    """Take a task up again that was laid aside."""
    task = claims.lay_aside(auth.actor(), task_id, None, presentation.now(), once)
    sessions.tell(gettext("Tugas “%(task)s” dilanjutkan.", task=task.task_name))
    return _to_task(task.instance_id)


@blueprint.get(f"{TASK}/alihkan")
@policies.people(Role.STAFF, whose=Whose.MINE_TO_DO)
def assignment(task_id: UUID) -> str:
    """Ask a superior to whom a task goes, and why."""
    return _assignment(task_id)


@blueprint.post(f"{TASK}/alihkan")
@repeats.answered_by(lambda case: redirect(url_for("cases.case", case_id=case), HTTPStatus.SEE_OTHER))
@policies.people(Role.STAFF, whose=Whose.MINE_TO_DO)
def assign(task_id: UUID, once: Once | None) -> Page:
    """Give the task of those below oneself to somebody."""
    to, reason = request.form.get("kepada", ""), request.form.get("alasan", "")
    try:
        task = claims.assign(auth.actor(), task_id, to, reason, presentation.now(), once)
    except ReasonMissing:
        return _assignment(task_id, lacks_reason=True), HTTPStatus.UNPROCESSABLE_ENTITY
    except Invalid:
        return _assignment(task_id, is_refused=True), HTTPStatus.UNPROCESSABLE_ENTITY
    sessions.tell(gettext("Tugas “%(task)s” dialihkan ke %(name)s.", task=task.task_name, name=task.other))
    return redirect(url_for("cases.case", case_id=task.instance_id), HTTPStatus.SEE_OTHER)


@blueprint.errorhandler(TaskClosed)
@blueprint.errorhandler(TaskTaken)
def too_late(error: Conflict) -> tuple[str, int]:
    """Say who was faster, and give back the note that was typed."""
    note = (request.form.get("catatan") or request.form.get("alasan") or "").strip()
    return refusals.closed(error, [(gettext("Catatan"), note)] if note else ())


def _delegation(task_id: UUID, *, is_refused: bool = False) -> str:
    task, case, colleagues = claims.receivers(auth.actor(), task_id, presentation.now())
    return render_template(
        "staff/delegate.html",
        task=task,
        case=case,
        colleagues=colleagues,
        is_refused=is_refused,
        chosen=request.form.get("kepada", ""),
        note_text=request.form.get("catatan", ""),
    )


def _assignment(task_id: UUID, *, is_refused: bool = False, lacks_reason: bool = False) -> str:
    task, case, colleagues = claims.assignable(auth.actor(), task_id, presentation.now())
    return render_template(
        "staff/assign.html",
        task=task,
        case=case,
        colleagues=colleagues,
        is_refused=is_refused,
        lacks_reason=lacks_reason,
        chosen=request.form.get("kepada", ""),
        reason=request.form.get("alasan", ""),
    )
