"""What keeps every answer to itself: headers on pages, errors and built files alike, and the hosts that we are."""

from collections.abc import Iterable
from types import TracebackType
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, current_app, request
from werkzeug.sansio.utils import get_host

from service.settings import Settings

CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""What a page may load; an answer that may do less says so itself."""
UNUSED = (
    "accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "magnetometer", "microphone", "midi",
    "payment", "usb",
)  # fmt: skip
"""What browsers offer and no page of ours wants."""
HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{name}=()" for name in UNUSED),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
BY_HTTPS = {"Strict-Transport-Security": "max-age=31536000"}
_Failure = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]


class Protected:
    """An application all of whose answers carry the headers."""

    def __init__(self, application: WSGIApplication, *, https: bool) -> None:
        self._application = application
        self._headers = HEADERS | (BY_HTTPS if https else {})

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""

        def start(status: str, headers: list[tuple[str, str]], failure: _Failure | None = None, /) -> Any:  # noqa: ANN401 - as WSGI has it
            said = {name.lower() for name, _ in headers}
            ours = [(name, value) for name, value in self._headers.items() if name.lower() not in said]
            return start_response(status, [*headers, *ours], *([failure] if failure else []))

        return self._application(environ, start)


def register(app: Flask) -> None:
    """Put the headers on whatever the application answers from now on, and answer under our own names only."""
    settings: Settings = app.config["LAKSANA"]
    app.wsgi_app = Protected(app.wsgi_app, https=settings.https)  # type: ignore[method-assign]  # how middleware is put


def require_own_host() -> None:
    """Refuse a request for somebody else's site.

    Raises:
        SecurityError: we have names, and this is none of them.

    """
    settings: Settings = current_app.config["LAKSANA"]
    get_host(request.scheme, request.headers.get("Host"), request.server, settings.trusted_hosts)
