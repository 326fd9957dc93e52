"""The edge for people: pages, their headers, and what every template can rely on."""

from pathlib import Path

from flask import Flask, Response, request
from flask_babel import Babel
from flask_compress import Compress
from werkzeug.datastructures import Headers
from werkzeug.wrappers import Response as Answer
from whitenoise import WhiteNoise

from service.errors import NotFound
from service.web import (
    analyst,
    assets,
    auth,
    deliveries,
    exports,
    health,
    incidents,
    pages,
    presentation,
    refusals,
    repeats,
    requests,
    sessions,
)
from service.web.staff import cases, collections, starts, tasks

DIST = Path(__file__).parent.parent / "static" / "dist"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def init(app: Flask) -> None:
    """Register pages, languages, protection and static files."""
    Babel(app, default_locale="id", locale_selector=auth.locale, timezone_selector=auth.zone,
          default_translation_directories=str(Path(__file__).parent.parent / "translations"))  # fmt: skip
    requests.register(app)  # before whatever may refuse a request
    sessions.register(app)
    app.config["COMPRESS_ALGORITHM"] = ["br", "gzip"]
    Compress(app)
    for edge in (health, auth, tasks, starts, cases, collections, incidents, deliveries, exports, analyst, pages):
        app.register_blueprint(edge.blueprint)
    presentation.register(app)
    assets.register(app)
    refusals.register(app)
    repeats.register(app)
    app.context_processor(auth.context)
    app.before_request(_refuse_nul)
    app.before_request(_require_signed_in)
    app.after_request(_protect)
    static = WhiteNoise(
        app.wsgi_app,
        max_age=31_536_000,
        immutable_file_test=lambda path, url: True,  # noqa: ARG005 - all names carry a hash of the content
        allow_all_origins=False,
        add_headers_function=_static_headers,
    )
    static.add_files(str(DIST), prefix="static/")
    app.wsgi_app = static  # type: ignore[method-assign]  # how WSGI middleware is put around a Flask application


def _refuse_nul() -> None:
    """Answer addresses with a NUL as not there: PostgreSQL does not even take them as a question."""
    if "\x00" in request.path or any("\x00" in value for values in request.args.listvalues() for value in values):
        raise NotFound


def _require_signed_in() -> Answer | None:
    """Ask who it is, except where machines look after machines: there the database may be away."""
    return None if request.blueprint == health.blueprint.name else auth.require_signed_in()


def _static_headers(headers: Headers, _path: str, _url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"


def _protect(response: Response) -> Response:
    """Add the headers that keep a page to itself."""
    response.headers.setdefault("Content-Security-Policy", POLICY)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers.setdefault("Cache-Control", "no-store")
    return response
