"""What a browser holds for us: the key of its session, the language it reads, and what its next page tells.

The key says nothing by itself: who is signed in with it stands in the database. It begins alike from sign-in to
sign-out, however often its person proves himself and gets another. The token of a form is bound to that beginning, so a
form of another site, or of who was signed in before, has none; and to the office that its page is of, so that a page
left open in another tab writes into no office but its own.
"""

import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hmac import compare_digest, digest
from typing import Any, Literal
from urllib.parse import urlsplit

from flask import Flask, Request, Response, current_app, g, request
from flask.sessions import SessionInterface
from markupsafe import Markup, escape

from service.engine.assignment import Actor
from service.errors import FormForeign, FormOutdated, OfficeChanged
from service.web import policies

KEY, LANGUAGE, TOLD, LEFT = "laksana", "laksana_bahasa", "laksana_kabar", "laksana_keluar"
FIELD, HEADER = "csrf_token", "X-CSRFToken"
BYTES_OF_KEY = 32
LENGTH_OF_KEY = 43
LENGTH_OF_BEGINNING = 16
"""Letters that all keys of one visit have in common; those behind them are as hard to guess as ever."""
BYTES_OF_MASK = 8
LENGTH_OF_SEAL = 64
TOLD_AT_MOST = 3
HALF_A_DAY = 43_200
"""Seconds that a browser remembers that somebody signed out there."""
YEAR = 31_536_000
"""Seconds that a browser remembers a language."""
LANGUAGES = ("id", "en")
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
Message = tuple[str, Markup]
"""Category and sentence, which may hold links."""


def register(app: Flask) -> None:
    """Refuse forms of other sites, and send the browser what it shall hold from now on."""
    app.session_interface = _Nothing()
    app.before_request(_require_own_form)
    app.after_request(_hand_over)
    app.jinja_env.globals.update(csrf_token=form_token, told=told)


def key() -> str:
    """Return the key that this browser holds, made now if it holds none."""
    if "key" not in g:
        g.key = held() or renew()
    found: str = g.key
    return found


def held() -> str:
    """Return the key that came with the request, empty if none did."""
    cookie = request.cookies.get(KEY, "")
    return cookie if len(cookie) == LENGTH_OF_KEY and cookie.isascii() else ""


def require_same_office() -> None:
    """Let a form act for no other office than its page was of.

    Raises:
        OfficeChanged: another one was chosen since, in another tab.

    """
    _, _, office = _shown()
    if request.method not in SAFE and office != _office():
        raise OfficeChanged(shown=office, chosen=_office())


def renew() -> str:
    """Give this browser another key; what was bound to the one before is worth nothing any more."""
    return _give(secrets.token_urlsafe(BYTES_OF_KEY))


def go_on() -> str:
    """Give this browser another key of the same visit: pages that are open in other tabs stay good."""
    return _give(_beginning(key()) + secrets.token_urlsafe(BYTES_OF_KEY)[LENGTH_OF_BEGINNING:])


def note_left(*, left: bool = True) -> None:
    """Remember that somebody signed out here: who comes next has to say who he is, wherever else he is known."""
    g.left = left


def was_left() -> bool:
    """Tell whether somebody signed out at this browser and nobody came in since."""
    return LEFT in request.cookies


def form_token() -> str:
    """Return the token for the forms of this page; masked, so that no two pages hold the same bytes."""
    if "form_token" not in g:
        mask, office = secrets.token_hex(BYTES_OF_MASK), _office()
        g.form_token = mask + _form_seal(mask, office, key()) + office
    found: str = g.form_token
    return found


def language() -> Literal["id", "en"]:
    """Return the language of this request: Indonesian unless the reader chose otherwise."""
    return "en" if g.get("language", request.cookies.get(LANGUAGE)) == "en" else "id"


def choose_language(chosen: str) -> None:
    """Read in another language from now on."""
    if chosen in LANGUAGES:
        g.language = chosen


def tell(sentence: str, category: str = "done") -> None:
    """Say something on the next page; what nobody came to read does not pile up."""
    g.to_tell = [*_waiting(), (category, escape(sentence))][-TOLD_AT_MOST:]


def told() -> list[Message]:
    """Return what this page tells; it is told once."""
    messages = _waiting()
    g.to_tell = []
    return messages


class _Nothing(SessionInterface):
    """Flask's own sessions stay unused: nothing of ours is kept in a signed cookie."""

    def open_session(self, app: Flask, request: Request) -> None:
        """Open none."""


def _require_own_form() -> None:
    if request.method in SAFE or policies.is_for_programs():
        return
    if not _is_own_site():
        raise FormForeign
    if not _is_own_token():
        raise FormOutdated


def _is_own_site() -> bool:
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.host


def _is_own_token() -> bool:
    mask, seal, office = _shown()
    return compare_digest(seal.encode(), _form_seal(mask, office, held()).encode())


def _form_seal(mask: str, office: str, key: str) -> str:
    return sealed("form", mask + _beginning(key) + office).hex()


def _beginning(key: str) -> str:
    return key[:LENGTH_OF_BEGINNING]


def _give(fresh: str) -> str:
    g.key = g.new_key = fresh
    g.pop("form_token", None)
    return fresh


def _shown() -> tuple[str, str, str]:
    """Return mask, seal and office of the token that came with the request."""
    shown = request.form.get(FIELD) or request.headers.get(HEADER, "")
    sealed_from, office_from = 2 * BYTES_OF_MASK, 2 * BYTES_OF_MASK + LENGTH_OF_SEAL
    return shown[:sealed_from], shown[sealed_from:office_from], shown[office_from:]


def _office() -> str:
    """Return the office that this request acts for, empty for a stranger."""
    who: Actor | None = g.get("actor")
    return who.office if who else ""


def _hand_over(response: Response) -> Response:
    def hold(name: str, value: str, seconds: int | None = None) -> None:
        secure = current_app.config["LAKSANA"].https
        response.set_cookie(name, value, seconds, httponly=True, samesite="Lax", secure=secure)

    if "new_key" in g:
        hold(KEY, g.new_key)
    if g.get("left"):
        hold(LEFT, "1", HALF_A_DAY)
    elif "left" in g and LEFT in request.cookies:
        response.delete_cookie(LEFT)
    if "language" in g:
        hold(LANGUAGE, g.language, YEAR)
    if g.get("to_tell"):
        hold(TOLD, pack("told", g.to_tell))
    elif "to_tell" in g and TOLD in request.cookies:
        response.delete_cookie(TOLD)
    return response


def _waiting() -> list[Message]:
    if "to_tell" in g:
        return list(g.to_tell)
    # only what carries our seal is taken as markup
    return [(category, Markup(said)) for category, said in unpack("told", request.cookies.get(TOLD, "")) or ()]  # noqa: S704


def pack(purpose: str, value: object) -> str:
    """Return a value as a cookie for one purpose, which nobody else can make."""
    content = urlsafe_b64encode(json.dumps(value).encode()).decode()
    return f"{content}.{sealed(purpose, content).hex()}"


def unpack(purpose: str, cookie: str) -> Any:  # noqa: ANN401 - what was packed
    """Return the value of a cookie of ours, None for any other."""
    content, _, seal = cookie.partition(".")
    if not seal or not compare_digest(seal.encode(), sealed(purpose, content).hex().encode()):
        return None
    return json.loads(urlsafe_b64decode(content))


def sealed(purpose: str, text: str) -> bytes:
    """Return what only we can make of a text, for one purpose."""
    return digest(current_app.config["SECRET_KEY"].encode(), f"{purpose}:{text}".encode(), "sha256")
