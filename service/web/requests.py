"""Each request in the log: what was asked for, by whom, how it ended; never what was typed."""

import secrets
from time import perf_counter
from uuid import UUID

from flask import Flask, Response, g, request

from service import logs
from service.engine.assignment import Actor

HEADER = "X-Request-Id"


def register(app: Flask) -> None:
    """Give every request an id and tell of it when it is over."""
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    g.request_id, g.began = secrets.token_hex(8), perf_counter()
    logs.begin(request=g.request_id, method=request.method, endpoint=request.endpoint or "", **_ids())


def _end(response: Response) -> Response:
    response.headers[HEADER] = g.request_id
    milliseconds = round((perf_counter() - g.began) * 1000, 1)
    logs.tell("request", status=response.status_code, milliseconds=milliseconds, **_who(g.get("actor")))
    return response


def _ids() -> dict[str, str]:
    """Return the ids in the address; names and keys in it stay out."""
    values = (request.view_args or {}).items()
    return {name.removesuffix("_id"): str(value) for name, value in values if isinstance(value, UUID)}


def _who(actor: Actor | None) -> dict[str, str]:
    return {} if actor is None else {"office": actor.office, "user": str(actor.person_id)}
