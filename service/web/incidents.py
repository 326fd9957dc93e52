"""The page on which an admin corrects what a case knows and tries a failed act again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from service import catalogue, incidents
from service.engine.assignment import Role
from service.errors import AnswersInvalid, DataTooLarge, EngineFailed, FieldError, ReasonMissing
from service.queries.case_page import stop_of
from service.web import auth, policies, presentation, refusals, sessions, wording
from service.web.policies import Whose

blueprint = Blueprint("incidents", __name__)
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
    headline: str
    element: str
    sentence: str
    detail: str
    failed: str
    """What failed: the act of a position, a message, a service."""
    button: str
    attempts: int
    since: datetime
    seen: tuple[VariableView, ...]
    """What the failing element looked at, or all if that is not known."""
    others: tuple[VariableView, ...]
    reason: str
    reason_missing: bool


@blueprint.get("/gangguan/<uuid:incident_id>")
@policies.people(Role.ADMIN, whose=Whose.OF_THE_OFFICE)
def incident(incident_id: UUID) -> str:
    """Show what failed and over which data."""
    return _page(incident_id, {}, {})


@blueprint.post("/gangguan/<uuid:incident_id>")
@policies.people(Role.ADMIN, whose=Whose.OF_THE_OFFICE)
def retry(incident_id: UUID) -> Page:
    """Correct and try again, or show what needs attention with everything that was typed."""
    raw = refusals.corrections()
    reason = request.form.get("alasan", "")
    try:
        case = incidents.retry(auth.actor(), incident_id, raw, reason, presentation.now())
    except AnswersInvalid as refused:
        return _page(incident_id, raw, refused.errors), HTTPStatus.UNPROCESSABLE_ENTITY
    except ReasonMissing:
        return _page(incident_id, raw, {}, reason_missing=True), HTTPStatus.UNPROCESSABLE_ENTITY
    except EngineFailed:
        # what the variables have now is no correction, but whoever typed it takes it for one
        corrected = any(text.strip() for text in raw.values())
        failed = gettext("Masih gagal. Perbaikan belum disimpan.") if corrected else gettext("Masih gagal.")
        return _page(incident_id, raw, {}, failed), HTTPStatus.CONFLICT
    except DataTooLarge:
        too_large = gettext("Perbaikan belum disimpan: data berkas menjadi terlalu besar.")
        return _page(incident_id, raw, {}, too_large), HTTPStatus.UNPROCESSABLE_ENTITY
    sessions.tell(gettext("Gangguan selesai. Berkas %(title)s berjalan lagi.", title=case.title))
    return redirect(url_for("cases.case", case_id=case.id), HTTPStatus.SEE_OTHER)


def _page(
    incident_id: UUID,
    raw: Mapping[str, str],
    errors: Mapping[str, FieldError],
    refused: str = "",
    *,
    reason_missing: bool = False,
) -> str:
    desk = incidents.opening(auth.actor(), incident_id)
    found = wording.stop(stop_of(catalogue.of_instance(desk.instance).diagrams, desk.incident))
    names = [*desk.variables, *(name for name in errors if name not in desk.variables)]
    views = [_view(name, desk.variables.get(name), raw, errors) for name in names]
    typed = {name for name, text in raw.items() if text.strip()}
    looked_at = found.data.keys() | typed | errors.keys() or set(desk.variables)
    page = RepairPage(
        case_id=str(desk.instance.id),
        case_title=desk.instance.title,
        case_number=desk.instance.number,
        headline=refused or gettext("Gangguan pada %(step)s", step=found.place),
        element=desk.incident.element,
        sentence=found.sentence,
        detail=desk.incident.detail,
        failed=found.failed,
        button=_button(found.act, found.position),
        attempts=found.attempts,
        since=found.since,
        seen=tuple(view for view in views if view.name in looked_at),
        others=tuple(view for view in views if view.name not in looked_at),
        reason=request.form.get("alasan", ""),
        reason_missing=reason_missing,
    )
    return render_template("staff/incident.html", page=wording.localised(page, auth.office_zone()))


def _button(kind: str, position: str) -> str:
    """Say what trying again does."""
    if kind in {"complete", "raised"}:
        return gettext("Coba lagi sebagai %(position)s", position=position)
    return gettext("Tawarkan lagi kepada layanan") if kind == "failed" else gettext("Coba lagi")


def _view(name: str, value: object, raw: Mapping[str, str], errors: Mapping[str, FieldError]) -> VariableView:
    error = wording.correction(errors[name]) if name in errors else ""
    return VariableView(name, wording.stored(value, incidents.LONGEST_VALUE), raw.get(name, ""), error)
