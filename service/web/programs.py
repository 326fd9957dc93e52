"""The door of programs: a token in the header instead of a cookie, JSON instead of pages."""

from http import HTTPStatus

from flask import Response, g, jsonify, request

from service import tokens
from service.engine.assignment import Actor
from service.errors import NotAllowed, NotSignedIn, Refused, TooManyAttempts
from service.tokens import Scope
from service.web import patience, presentation

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def admitted() -> Actor:
    """Return for whom the program acts that asks.

    Raises:
        NotSignedIn: it shows no token, or none that is valid.
        NotAllowed: it may read only.
        TooManyAttempts: it tried too many.

    """
    shown = request.authorization
    if shown is None or shown.type != "bearer" or not shown.token:
        raise NotSignedIn("a token is needed: Authorization: Bearer")
    agent = tokens.recognise(shown.token, request.remote_addr or "", presentation.now())
    if agent.scope is Scope.READ and request.method not in _SAFE:
        raise NotAllowed("this token may read only")
    g.scope = agent.scope
    return agent.actor


def scope() -> Scope:
    """Return what the program may do that asks."""
    found: Scope = g.scope
    return found


def refused(error: Refused, status: HTTPStatus) -> Response:
    """Tell a program why it was refused."""
    if isinstance(error, TooManyAttempts):
        patience.wait(error)
    return answer(status, error.code, str(error))


def answer(status: HTTPStatus, code: str, message: str, **facts: str) -> Response:
    """Answer a program with what went wrong, by the code that it looks at."""
    response = jsonify(code=code, message=message, **facts)
    response.status_code = status
    if status is HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = 'Bearer realm="laksana"'
    return response
