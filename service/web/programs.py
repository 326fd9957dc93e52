"""The door of programs: a token in the header instead of a cookie, JSON instead of pages."""

from http import HTTPStatus

from flask import Response, g, jsonify, request

from service import tokens
from service.engine.assignment import Actor
from service.errors import NotAllowed, NotSignedIn, Refused, TooManyAttempts
from service.tokens import Scope
from service.web import patience, policies, presentation

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def admitted() -> Actor:
    """Return for whom the program acts that asks.

    Raises:
        NotSignedIn: it shows no token, or none that is valid.
        NotAllowed: it may read only.
        TooManyAttempts: it tried too many.

    """
    name, token = _shown()
    agent = tokens.recognise(token, request.remote_addr or "", presentation.now())
    if name is not None and name.strip().lower() != agent.actor.user_name:
        raise NotSignedIn("the token is not of this person")
    if agent.scope is Scope.READ and not _only_looks():
        raise NotAllowed("this token may read only")
    g.scope = agent.scope
    return agent.actor


def _shown() -> tuple[str | None, str]:
    """Return the token that was shown, and whose it is said to be."""
    try:
        shown = request.authorization
    except ValueError:  # letters that no header has
        shown = None
    if shown is not None and shown.type == "bearer" and shown.token:
        return None, shown.token
    if shown is not None and shown.type == "basic" and shown.password:
        return shown.username or "", shown.password
    raise NotSignedIn("a token is needed: Authorization: Bearer, or Basic with it as the password")


def _only_looks() -> bool:
    policy = policies.asked()
    return request.method in _SAFE or (policy is not None and policy.only_looks)


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
