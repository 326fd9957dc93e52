"""The way in by the provider that vouches for people, and there again to prove oneself before signing.

Between leaving and coming back a cookie of ten minutes keeps one chance number, from which state, nonce and verifier
are made with the key of the service. Only the browser that left has it, so nobody can be signed in by a link.
"""

import logging
import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

from flask import Blueprint, Flask, current_app, g, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from service import metrics, subjects
from service.errors import NotFound, NotSignedIn, NotVouched, ProviderAway, Refused, TooManyAttempts
from service.identity import Proof
from service.openid import RelyingParty, Trip, Vouched
from service.openid.id_token import LEEWAY
from service.settings import RETURN_PATH
from service.web import auth, patience, policies, presentation, sessions

blueprint = Blueprint("provider", __name__)
COOKIE, PATH = "laksana_sso", "/masuk/sso"
LASTS = timedelta(minutes=10)
BYTES_OF_CHANCE = 32
UNTOLD = "auth-time-missing"
Answer = Response | tuple[str, int]
_log = logging.getLogger("laksana.web")


@dataclass(frozen=True, slots=True)
class Journey:
    """What a browser keeps while its person is at the provider."""

    chance: str
    began_at: datetime
    target: str
    """The page that he wanted."""
    again: bool
    """Whether he is to prove himself there even if he is known."""

    @property
    def trip(self) -> Trip:
        """Return the secrets of this way."""
        return Trip(*(sessions.sealed(f"sso-{one}", self.chance).hex() for one in ("state", "nonce", "verifier")))

    def packed(self) -> str:
        """Return the cookie."""
        began_at = int(self.began_at.timestamp())
        return sessions.pack("sso", [self.chance, began_at, self.target, self.again])

    @classmethod
    def held(cls, now: datetime) -> "Journey | None":
        """Return what came with the request, None if it is not ours or too old."""
        found = sessions.unpack("sso", request.cookies.get(COOKIE, ""))
        if found is None:
            return None
        chance, began_at, target, again = found
        journey = cls(chance, datetime.fromtimestamp(began_at, UTC), target, again)
        return journey if now - journey.began_at <= LASTS else None


def register(app: Flask) -> None:
    """Keep what the provider tells of itself as long as the application runs."""
    provider = app.config["LAKSANA"].provider
    app.extensions["provider"] = RelyingParty(provider) if provider else None


@blueprint.get(PATH)
@policies.everybody
def leave() -> Answer:
    """Lead somebody to the provider: to sign in, or to prove himself once more."""
    now, party = presentation.now(), _party()
    again = "ulang" in request.args and g.actor is not None
    target = auth.inside(request.args.get("next", ""))
    if g.actor is not None and not again:
        return redirect(target)
    journey = Journey(secrets.token_urlsafe(BYTES_OF_CHANCE), now, target, again)
    try:
        answer = redirect(party.address(journey.trip, now, again=again or sessions.was_left()))
    except ProviderAway as error:
        return _stopped(error, journey)
    secure = current_app.config["LAKSANA"].https
    answer.set_cookie(
        COOKIE, journey.packed(), LASTS, path=PATH, httponly=True, samesite="Lax", secure=secure
    )  # fmt: skip
    return answer


@blueprint.get(f"{PATH}/ulang")
@policies.people()
def prove() -> str:
    """Lead on to the provider from a form: browsers do not let the answer to one lead to another site."""
    _party()
    onward = url_for("provider.leave", ulang=1, next=auth.inside(request.args.get("next", "")))
    return render_template("auth/onward.html", onward=onward)


@blueprint.get(RETURN_PATH)
@policies.everybody
def come_back() -> Answer:
    """Let somebody in for whom the provider vouches, or take down that he has just proven himself."""
    now, party, journey = presentation.now(), _party(), None
    try:
        journey = Journey.held(now)
        if journey is None:
            raise NotVouched("cookie")
        brought = request.args.to_dict()
        proof, vouched = subjects.sign_in(party, journey.trip, brought, request.remote_addr or "", now)
        answer = _admitted(proof, vouched, journey)
    except (NotSignedIn, ProviderAway, TooManyAttempts) as error:
        answer = current_app.make_response(_stopped(error, journey))
    answer.delete_cookie(COOKIE, path=PATH)
    return answer


def _admitted(proof: Proof, vouched: Vouched, journey: Journey) -> Response:
    proven_at = _proven_at(vouched)
    if journey.again and g.actor is not None:
        if proof.person_id != g.actor.person_id:
            raise NotVouched("other-person")
        if proven_at is None:
            raise NotVouched(UNTOLD)
        if proven_at < journey.began_at - timedelta(seconds=LEEWAY):
            raise NotVouched("auth-time-old")
        auth.stay(replace(g.actor, confirmed_at=proven_at))
        sessions.tell(gettext("Bukti diri lewat %(label)s diterima. Silakan tanda tangani.", label=_label()))
    else:
        auth.let_in(proof, proven_at)
    metrics.PROVIDER_ANSWERS.labels("admitted").inc()
    return redirect(auth.inside(journey.target))


def _proven_at(vouched: Vouched) -> datetime | None:
    """Return when somebody proved himself at the provider, never in the future."""
    told = vouched.authenticated_at
    return min(told, presentation.now()) if told else None


def _stopped(error: Refused, journey: Journey | None) -> Answer:
    """Say that it did not work: to strangers always the same, whatever the reason."""
    cause = str(error.facts.get("cause", error.code))
    _log.warning("provider: %s at %s", cause, request.endpoint)
    outcome = "away" if isinstance(error, ProviderAway) else "refused"
    metrics.PROVIDER_ANSWERS.labels(outcome).inc()
    target = journey.target if journey else ""
    if g.actor is not None:
        sessions.tell(_words_inside(error, cause), "late")
        return redirect(auth.inside(target))
    if isinstance(error, TooManyAttempts):
        return auth.door(wait=patience.wait(error), target=target), HTTPStatus.TOO_MANY_REQUESTS
    if isinstance(error, ProviderAway):
        return auth.door(stopped=_away(), target=target), HTTPStatus.SERVICE_UNAVAILABLE
    return auth.door(stopped=_unknown(), target=target), HTTPStatus.UNAUTHORIZED


def _away() -> tuple[str, str]:
    return (
        gettext("%(label)s sedang tidak dapat dihubungi.", label=_label()),
        gettext("Masuk dengan nama pengguna dan kata sandi, atau coba lagi beberapa saat lagi."),
    )


def _unknown() -> tuple[str, str]:
    return (
        gettext("Belum dapat masuk dengan %(label)s.", label=_label()),
        gettext("Coba sekali lagi. Bila tetap tidak dapat, minta admin kantor memeriksa akun Anda di Laksana."),
    )


def _words_inside(error: Refused, cause: str) -> str:
    if isinstance(error, ProviderAway):
        return gettext(
            "%(label)s sedang tidak dapat dihubungi. Tulis kata sandi Anda, atau coba lagi beberapa saat lagi.",
            label=_label(),
        )
    if isinstance(error, TooManyAttempts):
        return patience.wait(error)
    if cause == UNTOLD:
        return gettext(
            "%(label)s tidak memberi tahu kapan Anda membuktikan diri, jadi belum dapat dipakai untuk menandatangani. "
            "Minta kata sandi Laksana kepada admin kantor, masuk dengan kata sandi itu, lalu tanda tangani.",
            label=_label(),
        )
    return gettext(
        "Bukti diri lewat %(label)s tidak diterima. Coba lagi dengan akun Anda sendiri, atau tulis kata sandi Anda.",
        label=_label(),
    )


def _label() -> str:
    return _party().provider.label


def _party() -> RelyingParty:
    """Return us as the provider knows us.

    Raises:
        NotFound: nobody vouches for anybody here.

    """
    party: RelyingParty | None = current_app.extensions["provider"]
    if party is None:
        raise NotFound
    return party
