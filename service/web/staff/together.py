"""Several like tasks agreed to with one confirmation, and what became of each."""

from collections.abc import Sequence
from http import HTTPStatus
from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from service import together
from service.engine.assignment import Role
from service.errors import Invalid, NotConfirmed, PasswordWrong, TooManyAttempts
from service.web import auth, policies, presentation, refusals, repeats, sessions
from service.web.policies import Whose

blueprint = Blueprint("together", __name__)
ADDRESS = "/tugas/bersama"


@blueprint.get(ADDRESS)
@policies.people(Role.STAFF, whose=Whose.MINE_TO_DO)
def confirm() -> str | Response:
    """Ask once whether all of these are agreed to."""
    return _confirmation(_ids(request.args))


@blueprint.post(ADDRESS)
@policies.people(Role.STAFF, whose=Whose.MINE_TO_DO)
def agree() -> str | Response:
    """Agree to them, each by itself, and say what became of each."""
    key = request.form.get(repeats.FIELD, "")
    try:
        auth.confirm_if_given()
        results = together.agree(auth.actor(), _ids(request.form), key, presentation.now())
    except (NotConfirmed, PasswordWrong, TooManyAttempts) as error:
        return _confirmation(_ids(request.form), refusals.password(error))
    told = [(result, refusals.sentence(result.refusal) if result.refusal else "") for result in results]
    return render_template("staff/together_done.html", results=told, done=sum(not why for _, why in told))


def _confirmation(ids: Sequence[UUID], unsigned: str = "") -> str | Response:
    """Ask for the confirmation, or for it again with the password of who signs."""
    try:
        chosen = together.chosen(auth.actor(), ids)
    except Invalid:
        sessions.tell(gettext("Pilih beberapa tugas dari langkah yang sama."), "late")
        return redirect(url_for("tasks.inbox", pilih=1), HTTPStatus.SEE_OTHER)
    asks = bool(unsigned) or together.asks_password(auth.actor(), ids, presentation.now())
    here = url_for("together.confirm", tugas=ids)
    page = render_template("staff/together.html", chosen=chosen, asks_password=asks, unsigned=unsigned, here=here)
    return make_response(page, HTTPStatus.UNPROCESSABLE_ENTITY if unsigned else HTTPStatus.OK)


def _ids(sent: MultiDict[str, str]) -> list[UUID]:
    return [found for text in sent.getlist("tugas") if (found := _id(text)) is not None]


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
