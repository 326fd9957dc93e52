"""The page on which an admin corrects what a case knows and tries a failed act again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from service import incidents
from service.errors import AnswersInvalid, EngineFailed, FieldError, ReasonMissing
from service.web import auth, presentation, wording

blueprint = Blueprint("incidents", __name__)
PREFIX = "nilai."
Page = str | tuple[str, int] | Response


@dataclass(frozen=True, slots=True)
class VariableView:
    """A variable as it may be corrected."""

    name: str
    now: str
    """Its value as it is stored."""
    typed: str
    error: str


@dataclass(frozen=True, slots=True)
class RepairPage:
    """Everything on the page of an incident."""

    case_id: str
    case_title: str
    case_number: int
    place: str
    element: str
    sentence: str
    detail: str
    by: str
    attempts: int
    since: datetime
    seen: tuple[VariableView, ...]
    """What the failing element looked at, or all if that is not known."""
    others: tuple[VariableView, ...]
    reason: str
    reason_missing: bool
    failed_again: bool


@blueprint.get("/gangguan/<uuid:incident_id>")
def incident(incident_id: UUID) -> str:
    """Show what failed and over which data."""
    return _page(incident_id, {}, {})


@blueprint.post("/gangguan/<uuid:incident_id>")
def retry(incident_id: UUID) -> Page:
    """Correct and try again, or show what needs attention with everything that was typed."""
    raw = {name.removeprefix(PREFIX): text for name, text in request.form.items() if name.startswith(PREFIX)}
    reason = request.form.get("alasan", "")
    try:
        case = incidents.retry(auth.actor(), incident_id, raw, reason, presentation.now())
    except AnswersInvalid as refused:
        return _page(incident_id, raw, refused.errors), HTTPStatus.UNPROCESSABLE_ENTITY
    except ReasonMissing:
        return _page(incident_id, raw, {}, reason_missing=True), HTTPStatus.UNPROCESSABLE_ENTITY
    except EngineFailed:
        return _page(incident_id, raw, {}, failed_again=True), HTTPStatus.CONFLICT
    wording.tell(gettext("Gangguan selesai. Berkas %(title)s berjalan lagi.", title=case.title))
    return redirect(url_for("cases.case", case_id=case.id), HTTPStatus.SEE_OTHER)


def _page(
    incident_id: UUID,
    raw: Mapping[str, str],
    errors: Mapping[str, FieldError],
    *,
    reason_missing: bool = False,
    failed_again: bool = False,
) -> str:
    desk = incidents.opening(auth.actor(), incident_id)
    found, node = desk.incident, desk.node
    names = [*desk.variables, *(name for name in errors if name not in desk.variables)]
    views = [_view(name, desk.variables.get(name), raw, errors) for name in names]
    looked_at = found.data.keys() | raw.keys() or set(desk.variables)
    page = RepairPage(
        case_id=str(desk.instance.id),
        case_title=desk.instance.title,
        case_number=desk.instance.number,
        place=wording.place(node.order, node.name) if node else found.element,
        element=found.element,
        sentence=wording.cause(found.cause),
        detail=found.detail,
        by=found.act["position"],
        attempts=found.attempts,
        since=found.opened_at,
        seen=tuple(view for view in views if view.name in looked_at),
        others=tuple(view for view in views if view.name not in looked_at),
        reason=request.form.get("alasan", ""),
        reason_missing=reason_missing,
        failed_again=failed_again,
    )
    return render_template("staff/incident.html", page=wording.localised(page, auth.office_zone()))


def _view(name: str, value: object, raw: Mapping[str, str], errors: Mapping[str, FieldError]) -> VariableView:
    error = wording.correction(errors[name]) if name in errors else ""
    return VariableView(name, wording.stored(value, incidents.LONGEST_VALUE), raw.get(name, ""), error)
