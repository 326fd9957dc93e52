"""Pages that start a case."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext
from markupsafe import Markup
from werkzeug.wrappers import Response

from service import instances
from service.engine import form as forms
from service.engine.assignment import Role
from service.engine.form import Answers, FieldView
from service.errors import AnswersInvalid, FieldError, KeyReused
from service.once import Once
from service.queries import cases, definitions
from service.queries.cases import CaseHead
from service.web import auth, policies, presentation, repeats, sessions
from service.web.policies import Whose
from service.web.staff import task_page

blueprint = Blueprint("starts", __name__)
Page = str | tuple[str, int] | Response


@dataclass(frozen=True)
class StartPage:
    """The page that starts a case."""

    key: str
    name: str
    fields: Sequence[FieldView]
    errors: Sequence[tuple[str, str, FieldError]]
    first_step: str
    first_lane: str
    keeps: str
    once: str
    """Key of the form."""
    begun: CaseHead | None
    """The case that this very form began before: who goes back to it sees that, and begins no other by mistake."""
    is_anew: bool
    """Whether other answers came under its key: they are shown to be sent once more, for another case."""


@blueprint.get("/mulai")
@policies.people(Role.STAFF)
def start_list() -> str:
    """List the SOPs that the reader may start."""
    return render_template("staff/start_list.html", choices=definitions.startable(auth.actor()))


@blueprint.get("/mulai/<key>")
@policies.people(Role.STAFF, whose=Whose.MINE_TO_DO)
def start(key: str) -> str:
    """Show the start form of an SOP."""
    _, form, variables = instances.start_form(auth.actor(), key)
    return _start_page(key, forms.opening(form, variables, None))


def _kept_as(key: str) -> str:
    return task_page.kept_as(f"mulai-{key}")


def _begun(case_id: UUID) -> Response:
    return redirect(url_for("cases.case", case_id=case_id), HTTPStatus.SEE_OTHER)


@blueprint.post("/mulai/<key>")
@repeats.answered_by(_begun)
@policies.people(Role.STAFF, whose=Whose.MINE_TO_DO)
def begin(key: str, once: Once | None) -> Page:
    """Start a case."""
    _, form, variables = instances.start_form(auth.actor(), key)
    raw = forms.from_html(form, request.form.to_dict(flat=False))
    try:
        instance = instances.start(auth.actor(), key, raw, presentation.now(), once)
    except AnswersInvalid:
        return _start_page(key, forms.clean(form, raw, variables, {}), is_sent=True), HTTPStatus.UNPROCESSABLE_ENTITY
    begun = gettext("Berkas %(title)s dimulai.", title=instance.title)
    sessions.tell(Markup('<span data-done="{}">{}</span>').format(_kept_as(key), begun))
    return _begun(instance.id)


@blueprint.errorhandler(KeyReused)
def begun_before(_error: KeyReused) -> Page:
    """Show what was typed, to be sent for a case of its own: the same form in another tab began one already."""
    key = (request.view_args or {})["key"]
    _, form, variables = instances.start_form(auth.actor(), key)
    raw = forms.from_html(form, request.form.to_dict(flat=False))
    return _start_page(key, forms.clean(form, raw, variables, {}), is_sent=True), HTTPStatus.UNPROCESSABLE_ENTITY


def _start_page(key: str, answers: Answers, *, is_sent: bool = False) -> str:
    definition, form, variables = instances.start_form(auth.actor(), key)
    views = forms.view(form, answers, variables, auth.locale())
    choice = next(choice for choice in definitions.startable(auth.actor()) if choice.key == key)
    once = repeats.page_key()
    case = repeats.carried_out(repeats.sent_key() if is_sent else once)
    is_anew = is_sent and case is not None
    page = StartPage(
        key=key,
        name=definition.name,
        fields=views,
        errors=task_page.mistakes(views),
        first_step=choice.first_step,
        first_lane=choice.first_lane,
        keeps=_kept_as(key),
        once=repeats.fresh_key() if is_anew else once,
        begun=cases.head(auth.actor(), case) if case else None,
        is_anew=is_anew,
    )
    return render_template("staff/start.html", page=page)
