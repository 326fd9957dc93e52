"""The page on which somebody looks after his own account: password, address, browsers, programs, keys."""

from http import HTTPStatus

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from service import account, deliveries, preferences, tokens
from service.engine.assignment import is_confirmed
from service.errors import Conflict, Invalid, NotConfirmed, PasswordWrong, Refused, TooManyAttempts
from service.identity import SHORTEST_PASSWORD
from service.queries import account as found
from service.web import auth, policies, presentation, refusals, sessions, wording

blueprint = Blueprint("account", __name__, url_prefix="/akun")
PERIODS = (30, 90, 180, tokens.LONGEST_DAYS)
"""Days for which a token is offered."""
Answer = Response | tuple[str, int]


@blueprint.get("", endpoint="page")
@policies.people()
def show() -> str:
    """Show what somebody can look after himself."""
    return _page()


@blueprint.get("/sandi")
@policies.people()
def new_password() -> str:
    """Show nothing but the form for another password."""
    return _password_page()


@blueprint.post("/sandi")
@policies.people()
def change_password() -> Answer:
    """Take another password from now on; all other browsers are signed out."""
    form, now = request.form, presentation.now()
    new = form.get("baru", "")
    if new != form.get("ulang", ""):
        return _other_password(ulang=gettext("Kedua kata sandi baru tidak sama."))
    try:
        proven = account.change_password(
            auth.actor(), form.get("lama", ""), new, sessions.key(), request.remote_addr or "", now
        )
    except (PasswordWrong, TooManyAttempts) as error:
        return _other_password(lama=refusals.password(error))
    except Invalid as error:
        return _other_password(baru=_weakness(error))
    auth.stay(proven)
    return _done(gettext("Kata sandi diganti. Semua peramban lain sudah keluar."))


@blueprint.post("/surel")
@policies.people()
def set_email() -> Answer:
    """Be told of work at another address from now on, or at none."""
    try:
        deliveries.set_email(auth.actor().user_name, request.form.get("surel", ""))
    except Invalid:
        return _again(surel=gettext("Ini bukan alamat surel, misalnya nama@kantor.go.id."))
    return _done(gettext("Alamat surel tersimpan."))


@blueprint.post("/sesi")
@policies.people()
def end_visit() -> Answer:
    """Sign out at another browser."""
    account.end_visit(auth.actor(), _id(request.form.get("sesi", "")))
    return _done(gettext("Peramban itu sudah keluar."))


@blueprint.post("/token")
@policies.people()
def make_token() -> Answer:
    """Let a program act for somebody; its token is shown this once."""
    form = request.form
    days = form.get("berlaku", "")
    try:
        auth.confirm_if_given()
        secret = tokens.make(
            auth.actor(), form.get("nama", ""), form.get("cakupan", ""),
            int(days) if days in map(str, PERIODS) else 0, presentation.now(),
        )  # fmt: skip
    except (NotConfirmed, PasswordWrong, TooManyAttempts) as error:
        return _again(kata_sandi=refusals.password(error))
    except Conflict:
        return _again(nama=gettext("Token Anda sudah %(count)s. Cabut dahulu yang tidak dipakai.", count=tokens.MOST))
    except Invalid as error:
        return _again(**_token_mistake(error))
    return _page(secret=secret), HTTPStatus.OK


@blueprint.post("/token/cabut")
@policies.people()
def revoke_token() -> Answer:
    """Let a program act no more."""
    tokens.revoke(auth.actor(), _id(request.form.get("token", "")))
    return _done(gettext("Token dicabut. Program itu tidak dapat masuk lagi."))


def _weakness(error: Invalid) -> str:
    if error.facts.get("is_old"):
        return gettext("Kata sandi baru harus berbeda dari yang sekarang.")
    return gettext("Kata sandi paling sedikit %(count)s huruf.", count=SHORTEST_PASSWORD)


def _other_password(**mistakes: str) -> tuple[str, int]:
    """Show the form again on the page that it was sent from."""
    if auth.actor().must_change_password:
        return _password_page(mistakes), HTTPStatus.UNPROCESSABLE_ENTITY
    return _again(**mistakes)


def _password_page(mistakes: dict[str, str] | None = None) -> str:
    who = auth.actor()
    return render_template("auth/new_password.html", who=who, shortest=SHORTEST_PASSWORD, mistakes=mistakes or {})


def _id(text: str) -> str:
    return text if text.isascii() and text.isalnum() else ""  # nobody's


def _token_mistake(error: Refused) -> dict[str, str]:
    match error.facts.get("field"):
        case "name":
            return {"nama": gettext("Beri nama, paling banyak %(count)s huruf.", count=tokens.LONGEST_NAME)}
        case "scope":
            return {"cakupan": gettext("Pilih apa yang boleh dilakukan program.")}
        case _:
            return {"berlaku": gettext("Pilih berapa lama token berlaku.")}


def _done(sentence: str) -> Response:
    sessions.tell(sentence)
    return redirect(url_for("account.page"), HTTPStatus.SEE_OTHER)


def _again(**mistakes: str) -> tuple[str, int]:
    return _page(mistakes=mistakes), HTTPStatus.UNPROCESSABLE_ENTITY


def _page(*, secret: str = "", mistakes: dict[str, str] | None = None) -> str:
    who, now = auth.actor(), presentation.now()
    return render_template(
        "auth/account.html",
        who=who,
        email=preferences.of(who).email,
        visits=wording.localised(account.visits(who, sessions.key(), now), auth.office_zone()),
        programs=wording.localised(found.programs(who, now), auth.office_zone()),
        periods=PERIODS,
        shortest=SHORTEST_PASSWORD,
        must_confirm=not is_confirmed(who, now),
        secret=secret,
        mistakes=mistakes or {},
        typed=request.form,
    )
