"""The web application: settings, database and pages put together."""

import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from flask import Flask, request
from werkzeug.middleware.proxy_fix import ProxyFix

from service import catalogue, models, prepared, rest, web
from service.errors import Invalid
from service.settings import Settings


class Application(Flask):
    """The application of Flask, all of whose views and hooks are plain functions."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return a view or hook as it is; looking whether it is a coroutine costs every request a dozen times."""
        return func


def create_app(settings: Settings | None = None) -> Flask:
    """Build the web application. The database must be at the newest schema: `laksana db upgrade`."""
    settings = settings or Settings.read(os.environ)
    settings.data.mkdir(parents=True, exist_ok=True)
    app = Application("service", static_folder=None)
    app.config.update(
        SECRET_KEY=settings.secret_key or _kept_key(settings.data / "secret.key"),
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=models.engine_options(
            settings.database_url, connections=settings.connections, is_pooled=settings.pgbouncer
        ),
        MAX_CONTENT_LENGTH=25_000_000,
        MAX_FORM_MEMORY_SIZE=1_000_000,
        MAX_FORM_PARTS=5_000,
        LAKSANA=settings,
    )
    models.db.init_app(app)
    app.teardown_appcontext(models.let_go)
    catalogue.forget()
    app.teardown_request(_end_reading)
    web.init(app)
    rest.init(app)
    if settings.proxies:
        _believe(app, settings.proxies)
    return app


def _end_reading(error: BaseException | None) -> None:
    if error is None and request.method in {"GET", "HEAD"}:
        prepared.end_reading()


def _believe(app: Flask, proxies: int) -> None:
    """Take address, scheme and host of a request from the nearest so many proxies; what is before them may lie."""
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies)  # type: ignore[method-assign]


def _kept_key(file: Path) -> str:
    """Return the generated key of this installation, made on first use and readable by its owner only.

    Raises:
        Invalid: its file is empty; everybody knows the empty key.

    """
    if not file.exists():
        _make_key(file)
    key = file.read_text().strip()
    if not key:
        raise Invalid(f"{file} is empty: remove it, and a new key is made; who is signed in signs in again")
    return key


def _make_key(file: Path) -> None:
    """Make it whole or not at all; of several programs that start at once the key of the first counts."""
    with NamedTemporaryFile("w", dir=file.parent) as fresh:
        fresh.write(secrets.token_urlsafe(48))
        fresh.flush()
        with suppress(FileExistsError):
            os.link(fresh.name, file)
