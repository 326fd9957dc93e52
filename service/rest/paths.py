"""Addresses as clients write them: there is one engine, so its name in an address leads to the same."""

from collections.abc import Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

ROOT = "/engine-rest"
ENGINE = "default"
_NAMED = f"{ROOT}/engine/{ENGINE}/"


class Prefixed:
    """An application that answers below the name of its engine as it does without."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        path: Any = environ.get("PATH_INFO", "")
        if path.startswith(_NAMED):
            environ["PATH_INFO"] = f"{ROOT}/{path.removeprefix(_NAMED)}"
        return self._application(environ, start_response)
