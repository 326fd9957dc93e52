"""A small application with the templates and filters of the pages, and none of the views."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask, g
from flask_babel import Babel

import service
from service.web import presentation

PACKAGE = Path(service.__file__).parent
CATALOGUE = PACKAGE / "translations" / "en" / "LC_MESSAGES" / "messages.po"


def build(compiled: Path) -> Flask:
    """Return the application; the English catalogue is compiled into a folder of the test."""
    target = compiled / "en" / "LC_MESSAGES"
    target.mkdir(parents=True, exist_ok=True)
    with CATALOGUE.open("rb") as source, (target / "messages.mo").open("wb") as file:
        write_mo(file, read_po(source, locale="en"))
    app = Flask("service", root_path=str(PACKAGE), static_folder=None)
    Babel(
        app,
        default_locale="id",
        default_timezone="Asia/Jakarta",
        default_translation_directories=str(compiled),
        locale_selector=lambda: str(g.get("language", "id")),
    )
    presentation.register(app)
    app.jinja_env.globals["sprite"] = lambda: "/icons.svg"
    app.add_url_rule("/lampiran/<attachment_id>", "tasks.attachment", str)
    app.add_url_rule("/lampiran/<attachment_id>/lihat", "previews.page", str)
    return app


@contextmanager
def reading(app: Flask, language: str = "id", now: datetime | None = None) -> Iterator[None]:
    """Read a page in a language at a moment."""
    with app.test_request_context():
        g.language = language
        if now is not None:
            g.now = now
        yield
