"""The edge for people: pages, their headers, and what every template can rely on."""

from pathlib import Path

from flask import Flask, Response, request
from flask_babel import Babel
from flask_compress import Compress
from whitenoise import WhiteNoise

from service.errors import NotFound
from service.web import (
    account,
    analyst,
    assets,
    auth,
    deliveries,
    evidence,
    exports,
    health,
    incidents,
    mutu_baku,
    news,
    pages,
    policies,
    presentation,
    protection,
    provider,
    refusals,
    reminders,
    removals,
    repeats,
    requests,
    sessions,
    shell,
    workdays,
)
from service.web.admin import offices, people, positions, readings, spreadsheet, system
from service.web.languages import Catalogues
from service.web.staff import (
    cases,
    claims,
    collections,
    completeness,
    filters,
    moves,
    pauses,
    previews,
    starts,
    tasks,
    together,
)

DIST = Path(__file__).parent.parent / "static" / "dist"


def init(app: Flask) -> None:
    """Register pages, languages, protection and static files."""
    babel = Babel(app, default_locale="id", locale_selector=auth.locale, timezone_selector=auth.zone,
                  default_translation_directories=str(Path(__file__).parent.parent / "translations"))  # fmt: skip
    babel.domain_instance = Catalogues()
    requests.register(app)  # before whatever may refuse a request
    app.before_request(protection.require_own_host)
    sessions.register(app)
    app.config["COMPRESS_ALGORITHM"] = ["br", "gzip"]
    Compress(app)
    work = (tasks, claims, completeness, filters, together, starts, cases, moves, pauses, collections, previews)
    office = (offices, positions, spreadsheet, people, readings, system, incidents, deliveries, workdays)
    taken = (exports, evidence)
    processes = (mutu_baku, analyst, removals, reminders)
    for edge in (health, auth, provider, account, *work, *office, *taken, news, *processes, pages):
        app.register_blueprint(edge.blueprint)
    presentation.register(app)
    assets.register(app)
    refusals.register(app)
    repeats.register(app)
    readings.register(app)
    provider.register(app)
    app.context_processor(shell.context)
    app.add_template_global(auth.this_page)
    app.before_request(auth.enforce)
    app.before_request(_refuse_nul)
    app.after_request(_keep_to_itself)
    static = WhiteNoise(
        app.wsgi_app,
        max_age=31_536_000,
        immutable_file_test=lambda path, url: True,  # noqa: ARG005 - all names carry a hash of the content
        allow_all_origins=False,
        add_headers_function=assets.allow_frame,
    )
    static.add_files(str(DIST), prefix="static/")
    app.wsgi_app = static  # type: ignore[method-assign]  # how WSGI middleware is put around a Flask application
    protection.register(app)


def _refuse_nul() -> None:
    """Answer addresses with a NUL as not there: PostgreSQL does not even take them as a question."""
    asked = () if policies.is_for_programs() else request.args.listvalues()  # which say what is wrong with a question
    if "\x00" in request.path or any("\x00" in value for values in asked for value in values):
        raise NotFound


def _keep_to_itself(response: Response) -> Response:
    """Let nobody keep a page."""
    response.headers.setdefault("Cache-Control", "no-store")
    return response
