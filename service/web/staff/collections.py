"""Pages of a collection: who owes data, asking one more unit, and withdrawing what one was asked."""

from http import HTTPStatus
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from service import instances, participants
from service.engine.assignment import Role
from service.errors import EngineFailed, Invalid, NotAllowed, NotFound, ReasonMissing, TaskClosed
from service.queries.collection import UnitRow, collection
from service.web import auth, policies, presentation, sessions, wording
from service.web.policies import Whose

blueprint = Blueprint("collections", __name__)
BOARD = "/berkas/<uuid:case_id>/pengumpulan/<element>"
Page = str | tuple[str, int] | Response


@blueprint.get(BOARD)
@policies.people(whose=Whose.OF_THE_OFFICE)
def board(case_id: UUID, element: str) -> str:
    """Show which units have handed in their data."""
    return _board(case_id, element)


@blueprint.post(BOARD)
@policies.people(Role.STAFF, whose=Whose.OWN)
def add(case_id: UUID, element: str) -> Page:
    """Ask one more unit."""
    _require_may_change(case_id)
    unit, reason = request.form.get("unit", ""), request.form.get("alasan", "")
    try:
        participants.add(auth.actor(), case_id, element, unit, reason, presentation.now())
    except ReasonMissing:
        return _board(case_id, element, reason_missing=True), HTTPStatus.UNPROCESSABLE_ENTITY
    except Invalid:
        refused = gettext("Pilih unit dari daftar ini.")
        return _board(case_id, element, refused), HTTPStatus.UNPROCESSABLE_ENTITY
    except EngineFailed as error:
        return _board(case_id, element, wording.cause(error.cause)), HTTPStatus.UNPROCESSABLE_ENTITY
    sessions.tell(gettext("Unit ditambahkan dan menerima tugasnya."))
    return redirect(url_for("collections.board", case_id=case_id, element=element), HTTPStatus.SEE_OTHER)


@blueprint.get(f"{BOARD}/tarik/<uuid:task_id>")
@policies.people(Role.STAFF, whose=Whose.OWN)
def withdrawal(case_id: UUID, element: str, task_id: UUID) -> str:
    """Ask for the reason to withdraw the task of a unit."""
    _require_may_change(case_id)
    return _withdrawal(case_id, element, task_id, error=False)


@blueprint.post(f"{BOARD}/tarik/<uuid:task_id>")
@policies.people(Role.STAFF, whose=Whose.OWN)
def withdraw(case_id: UUID, element: str, task_id: UUID) -> Page:
    """Withdraw the task of a unit."""
    _require_may_change(case_id)
    unit = _unit(case_id, element, task_id)
    try:
        participants.withdraw(auth.actor(), task_id, request.form.get("alasan", ""), presentation.now())
    except ReasonMissing:
        return _withdrawal(case_id, element, task_id, error=True), HTTPStatus.UNPROCESSABLE_ENTITY
    sessions.tell(gettext("Tugas %(unit)s ditarik.", unit=unit.name))
    return redirect(url_for("collections.board", case_id=case_id, element=element), HTTPStatus.SEE_OTHER)


def _require_may_change(case_id: UUID) -> None:
    if not instances.may_cancel(auth.actor(), case_id):
        raise NotAllowed("the starter of the case asks participants")


def _board(case_id: UUID, element: str, refused: str = "", *, reason_missing: bool = False) -> str:
    page = collection(auth.actor(), presentation.now(), case_id, element)
    return render_template(
        "staff/collection.html",
        page=wording.localised(page, auth.office_zone()),
        addable=participants.addable(auth.actor(), case_id, element),
        may_withdraw=page.case.suspension is None and instances.may_cancel(auth.actor(), case_id),
        refused=refused,
        reason_missing=reason_missing,
        unit=request.form.get("unit", ""),
        reason=request.form.get("alasan", ""),
    )


def _withdrawal(case_id: UUID, element: str, task_id: UUID, *, error: bool) -> str:
    page = collection(auth.actor(), presentation.now(), case_id, element)
    unit = _unit(case_id, element, task_id)
    received, waiting = participants.others(auth.actor(), task_id)
    return render_template(
        "staff/withdraw.html",
        page=page,
        unit=unit,
        received=received,
        waiting=waiting,
        error=error,
        reason=request.form.get("alasan", ""),
    )


def _unit(case_id: UUID, element: str, task_id: UUID) -> UnitRow:
    """Return the unit whose task this is.

    Raises:
        NotFound: nobody was asked to do it here.
        TaskClosed: it is done or withdrawn.

    """
    units = collection(auth.actor(), presentation.now(), case_id, element).units
    unit = next((unit for unit in units if unit.task_id == str(task_id)), None)
    if unit is None:
        raise NotFound(task=task_id)
    if not unit.is_open:
        raise TaskClosed(task=task_id, instance=case_id)
    return unit
