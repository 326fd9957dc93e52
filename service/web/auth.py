"""Sign in, sign out, choose the office to act for and the language to read; who is asking, for every other page."""

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Literal
from zoneinfo import ZoneInfo

from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from service import catalogue, identity
from service.engine.assignment import Actor
from service.errors import NotAllowed, NotSignedIn, PasswordWrong, TooManyAttempts
from service.identity import Proof
from service.queries import organisation
from service.web import patience, policies, presentation, programs, sessions
from service.web.policies import Door

blueprint = Blueprint("auth", __name__)
ALLOWED_FIRST = frozenset({"account.change_password", "account.new_password", "auth.sign_out"})
"""What somebody may do whose password others know."""
OF_NO_OFFICE = frozenset({"auth.act_for", "auth.sign_out"})
"""What a page of any office may ask for."""
PROOF = "kata_sandi"
"""Name of the field in which somebody proves himself along with what he sends."""
HOME_ZONE = ZoneInfo("Asia/Jakarta")
"""The clock of pages that belong to no office."""


@dataclass(frozen=True, slots=True)
class Choice:
    """An office that a person may act for."""

    office: str
    office_name: str
    label: str
    current: bool


def locale() -> Literal["id", "en"]:
    """Return the language of this request."""
    return sessions.language()


def zone() -> str:
    """Return the time zone of the office whose page this is."""
    return str(office_zone())


def office_zone() -> ZoneInfo:
    """Return the clock of the actor's office, looked up once per request: long lists tell many moments."""
    who = g.get("actor")
    if who is None:
        return HOME_ZONE
    if "zone" not in g:
        g.zone = catalogue.calendar(who.office).time_zone
    found: ZoneInfo = g.zone
    return found


def actor() -> Actor:
    """Return who is asking.

    Raises:
        NotSignedIn: nobody is signed in.

    """
    found: Actor | None = g.get("actor")
    if found is None:
        raise NotSignedIn
    return found


def enforce() -> Response | None:
    """Let only those past the door whom the view lets in; a view that says nothing is closed."""
    policy = policies.asked()
    if policy is not None and policy.door is Door.MACHINES:
        return None  # the database may be away
    is_program = policy is not None and policy.door is Door.PROGRAMS
    if is_program and request.method == "OPTIONS":
        return None  # a browser asks before it sends a token; it is told the methods
    g.actor = who = programs.admitted() if is_program else _remembered()
    if policy is not None and policy.door is Door.OPEN:
        return None
    if who is None:
        return _to_the_door()
    if not is_program and request.endpoint not in OF_NO_OFFICE:
        sessions.require_same_office()
    if who.must_change_password and request.endpoint not in ALLOWED_FIRST:
        return redirect(url_for("account.new_password"), HTTPStatus.SEE_OTHER)
    if policy is None or not policy.lets_in(who.roles):
        raise NotAllowed
    return None


def look_again() -> None:
    """Look who a program is that has waited for a while.

    Raises:
        NotSignedIn, NotAllowed: as `programs.admitted`.

    """
    g.actor = programs.admitted()


def confirm(password: str) -> None:
    """Let somebody prove that he still sits at his browser.

    Raises:
        PasswordWrong, TooManyAttempts: as `identity.prove`.

    """
    stay(identity.prove(actor(), password, request.remote_addr or "", presentation.now()))


def confirm_if_given() -> None:
    """Take the password that came with a form, if one did.

    Raises:
        PasswordWrong, TooManyAttempts: as `identity.prove`.

    """
    if typed := request.form.get(PROOF, ""):
        confirm(typed)


def stay(proven: Actor) -> None:
    """Give the browser of somebody who has just proven himself another key."""
    g.actor = proven
    identity.exchange(sessions.held(), sessions.go_on(), proven.confirmed_at or presentation.now())


def let_in(proof: Proof, confirmed_at: datetime | None) -> None:
    """Sign somebody in at this browser, into a fresh session.

    Raises:
        NotSignedIn: as `identity.begin`.

    """
    identity.end(sessions.held())
    identity.begin(proof, sessions.renew(), presentation.now(), confirmed_at)
    sessions.note_left(left=False)


def _to_the_door() -> Response:
    """Lead strangers to the door and from there back.

    Raises:
        NotSignedIn: somebody wanted to change something.

    """
    if request.method == "GET":
        return redirect(url_for("auth.sign_in", next=request.full_path.rstrip("?")))
    raise NotSignedIn


@blueprint.get("/masuk")
@policies.everybody
def sign_in() -> str | Response:
    """Show the door."""
    if g.actor is not None:
        return redirect(url_for("web.home"))
    return door()


@blueprint.post("/masuk")
@policies.everybody
def enter() -> Response | tuple[str, int]:
    """Sign somebody in, into a fresh session."""
    now = presentation.now()
    try:
        proof = identity.sign_in(
            request.form.get("user_name", ""), request.form.get("password", ""), request.remote_addr or "", now
        )
        let_in(proof, confirmed_at=now)
    except NotSignedIn:
        return door(failed=True), HTTPStatus.UNAUTHORIZED
    except TooManyAttempts as error:
        return door(wait=patience.wait(error)), HTTPStatus.TOO_MANY_REQUESTS
    return redirect(inside(request.form.get("next", "")))


@blueprint.post("/keluar")
@policies.people()
def sign_out() -> Response:
    """End the session."""
    identity.end(sessions.key())
    sessions.renew()
    sessions.note_left()
    return redirect(url_for("auth.sign_in"))


@blueprint.get("/jabatan")
@policies.people()
def switch() -> str:
    """Show the offices that a person may act for."""
    return render_template("auth/switch.html", choices=_choices(actor()))


@blueprint.post("/jabatan")
@policies.people()
def act_for() -> Response:
    """Act for another office from now on."""
    office = request.form.get("office", "")
    if office in {choice.office for choice in _choices(actor())}:
        identity.act_for(sessions.key(), office)
    return redirect(url_for("web.home"))


@blueprint.post("/bahasa")
@policies.everybody
def language() -> Response:
    """Read in another language from now on."""
    sessions.choose_language(request.form.get("locale", ""))
    return redirect(inside(request.form.get("next", "")))


def _remembered() -> Actor | None:
    key = sessions.held()
    try:
        return identity.recognise(key, presentation.now()) if key else None
    except NotSignedIn:
        return _come_back(key)


def _come_back(key: str) -> Actor | None:
    """Know who sends a form with his password again: the answer that brought him another key got lost."""
    typed = request.form.get(PROOF, "") if request.method == "POST" else ""
    if not typed:
        return None
    try:
        stay(identity.come_back(key, typed, request.remote_addr or "", presentation.now()))
    except (NotSignedIn, PasswordWrong, TooManyAttempts):
        return None
    return actor()


def door(*, failed: bool = False, wait: str = "", stopped: tuple[str, str] | None = None, target: str = "") -> str:
    """Show the door; `stopped` says in a title and a sentence why the way by the provider ended there."""
    settings = current_app.config["LAKSANA"]
    return render_template(
        "auth/sign_in.html",
        failed=failed,
        wait=wait,
        stopped=stopped,
        user_name=request.form.get("user_name", ""),
        next=target or request.values.get("next", ""),
        demo=settings.demo,
        demo_people=organisation.holders(presentation.now()) if settings.demo else (),
    )


def this_page() -> str:
    """Return where this page is read again: of an address that only takes forms, the nearest page above it."""
    if request.method in sessions.SAFE:
        return request.full_path if request.query_string else request.path
    addresses, path = current_app.create_url_adapter(request), request.path
    while path and addresses and not addresses.test(path, method="GET"):
        path = path.rpartition("/")[0]
    return path or url_for("web.home")


def inside(address: str) -> str:
    """Return an address of this site, or its first page for anything that leads elsewhere."""
    inside = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if inside else url_for("web.home")


def _choices(who: Actor) -> tuple[Choice, ...]:
    offices = identity.offices(who, presentation.now())
    names = organisation.office_names([office for office, _ in offices])
    return tuple(Choice(office, names[office], label, office == who.office) for office, label in offices)
