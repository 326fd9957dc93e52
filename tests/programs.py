"""Programs that ask with a token of somebody, as integrators write them."""

import asyncio
from base64 import b64encode
from collections.abc import Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from service import identity, tokens
from service.tokens import Scope
from tests import describing

ROOT = "/engine-rest"


def token(app: Flask, user: str, office: str = "blitar", scope: Scope = Scope.ACT) -> str:
    """Return a token of a person that is valid today."""
    with app.app_context():
        now = datetime.now(UTC)
        who = replace(identity.actor(identity.person_named(user), office, now), confirmed_at=now)
        return tokens.make(who, "Uji", scope, 1, now)


def finished(work: Coroutine[Any, Any, None]) -> None:
    """Let an asynchronous client work to its end, in a thread of its own: a browser's loop may run in this one."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


class Program:
    """A program with a token, in front of the dialect."""

    def __init__(
        self, app: Flask, user: str = "admin", office: str = "blitar", scope: Scope = Scope.ACT, root: str = ROOT
    ) -> None:
        self.root = root
        self.app = app
        self.client = app.test_client()
        self.headers = {"Authorization": f"Bearer {token(app, user, office, scope)}"}

    def ask(self, method: str, path: str, **arguments: Any) -> TestResponse:
        """Ask for something; whatever comes back is as the description of the dialect says."""
        headers = self.headers | arguments.pop("headers", {})
        response = self.client.open(self.root + path, method=method, headers=headers, **arguments)
        response.get_data()
        response.close()
        response.request.environ["wsgi.input"].close()  # large bodies go through open files
        describing.check(self.app, response)
        assert "Set-Cookie" not in response.headers
        return response

    def get(self, path: str, **query: object) -> Any:
        """Return what an address tells."""
        response = self.ask("GET", path, query_string=query)
        assert response.status_code == 200, response.text
        return response.json

    def post(self, path: str, **body: object) -> Any:
        """Do something, and return what it tells."""
        response = self.ask("POST", path, json=body)
        assert response.status_code in {200, 204}, response.text
        assert (response.status_code == 204) == (response.data == b"")
        return response.json if response.data else None

    def refused(self, method: str, path: str, **arguments: Any) -> tuple[int, str]:
        """Return the status and the type of an error, whose body has what every client reads."""
        response = self.ask(method, path, **arguments)
        assert response.json is not None, (response.status_code, response.text)
        assert set(response.json) == {"type", "message", "code"}
        assert response.json["message"]
        return response.status_code, response.json["type"]


def basic(user: str, secret: str) -> dict[str, str]:
    """Return the header of somebody with a password."""
    return {"Authorization": "Basic " + b64encode(f"{user}:{secret}".encode()).decode()}


def as_body(query: Mapping[str, str]) -> dict[str, object]:
    """Return what stands in an address as it stands in a body, where everything has its type."""
    flags: dict[str, object] = {"true": True, "false": False}
    body: dict[str, object] = {name: flags.get(value, value) for name, value in query.items()}
    body |= {name: value.split(",") for name, value in query.items() if name.endswith(("In", "Ids", "Groups"))}
    return body | {name: int(value) for name, value in query.items() if name.endswith("riority")}
