"""How the dialect answers: its errors by one table from our refusals, its dates, and what it does not serve here."""

from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any, overload

from flask import Blueprint, jsonify, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from service import readiness
from service.errors import (
    AttachmentRefused,
    CaseSuspended,
    CommentRefused,
    Conflict,
    DeploymentRefused,
    EngineFailed,
    InstanceChanged,
    LockForeign,
    NotAllowed,
    NotFound,
    NotSignedIn,
    NotWaiting,
    Problem,
    Refused,
    Suspended,
    TaskTaken,
    TooManyAttempts,
)
from service.rest import absent
from service.web import auth, patience, policies, refusals

blueprint = Blueprint("rest", __name__, url_prefix="/engine-rest")
ERRORS: dict[type[Refused], tuple[HTTPStatus, str, int]] = {
    NotSignedIn: (HTTPStatus.UNAUTHORIZED, "AuthenticationException", 0),
    TooManyAttempts: (HTTPStatus.TOO_MANY_REQUESTS, "AuthenticationException", 0),
    NotAllowed: (HTTPStatus.FORBIDDEN, "AuthorizationException", 0),
    NotFound: (HTTPStatus.NOT_FOUND, "InvalidRequestException", 0),
    DeploymentRefused: (HTTPStatus.BAD_REQUEST, "ParseException", 0),
    CaseSuspended: (HTTPStatus.BAD_REQUEST, "SuspendedEntityInteractionException", 0),
    LockForeign: (HTTPStatus.BAD_REQUEST, "BadUserRequestException", 0),
    NotWaiting: (HTTPStatus.BAD_REQUEST, "MismatchingMessageCorrelationException", 0),
    TaskTaken: (HTTPStatus.CONFLICT, "TaskAlreadyClaimedException", 0),
    Suspended: (HTTPStatus.BAD_REQUEST, "InvalidRequestException", 0),
    InstanceChanged: (HTTPStatus.CONFLICT, "OptimisticLockingException", 1),
    Conflict: (HTTPStatus.CONFLICT, "ProcessEngineException", 0),
    EngineFailed: (HTTPStatus.INTERNAL_SERVER_ERROR, "ProcessEngineException", 0),
    Refused: (HTTPStatus.BAD_REQUEST, "InvalidRequestException", 0),
}
"""Status, type and code of a refusal: those of its nearest class."""
UNPARSED = "ENGINE-09005 Could not parse BPMN process."
"""By this beginning a modeler knows that the diagram is to blame."""
SHOWN_PROBLEMS = 20
KNOWN = frozenset({
    "authorization", "batch", "case-definition", "case-execution", "case-instance", "condition",
    "decision-definition", "decision-requirements-definition", "deployment", "engine", "event-subscription",
    "execution", "external-task", "filter", "group", "history", "identity", "incident", "job", "job-definition",
    "message", "metrics", "migration", "modification", "optimize", "process-definition", "process-instance", "schema",
    "signal", "task", "telemetry", "tenant", "user", "variable-instance", "version",
})  # fmt: skip
"""What the dialect has; what of it is not served here is told apart from what is nowhere."""
ACROSS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key",
    "Access-Control-Allow-Methods": "GET, POST, PUT, DELETE, OPTIONS",
}
"""A program in a browser may ask from anywhere: it gets in by its token alone, which no browser sends by itself."""


def failure(status: HTTPStatus, kind: str, message: str, code: int = 0) -> Response:
    """Answer with what went wrong."""
    response = jsonify(type=kind, message=message, code=code or None)
    response.status_code = status
    if status is HTTPStatus.UNAUTHORIZED:  # not Basic: a browser that remembers a password sends it by itself
        response.headers["WWW-Authenticate"] = 'Bearer realm="laksana"'
    return response


def done() -> Response:
    """Answer that it is done and there is nothing to say."""
    return Response(status=HTTPStatus.NO_CONTENT)


@overload
def moment(at: datetime) -> str: ...


@overload
def moment(at: datetime | None) -> str | None: ...


def moment(at: datetime | None) -> str | None:
    """Write a moment on the clock of the office: 2026-11-22T08:00:00.000+0700."""
    if at is None:
        return None
    told = at.astimezone(auth.office_zone()).isoformat(timespec="milliseconds")
    return told[:-3] + told[-2:]  # without the colon of the offset


@blueprint.errorhandler(Refused)
def _refused(error: Refused) -> Response:
    status, kind, code = next(ERRORS[known] for known in type(error).__mro__ if known in ERRORS)
    if isinstance(error, TooManyAttempts):
        patience.wait(error)
    if isinstance(error, EngineFailed) and "incident" not in error.facts:
        return _unexpected(error)
    return failure(status, kind, _sentence(error), code)


@blueprint.errorhandler(HTTPException)
def _http(error: HTTPException) -> Response:
    status = HTTPStatus(error.code or 500)
    if status is HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return failure(HTTPStatus.BAD_REQUEST, "InvalidRequestException", "the request is too large")
    return failure(status, "RestException", status.phrase)


@blueprint.errorhandler(Exception)
def _unexpected(error: Exception) -> Response:
    if readiness.is_away(error):
        answer = failure(HTTPStatus.SERVICE_UNAVAILABLE, "RestException", "the database is away for a moment")
        answer.headers["Retry-After"] = str(refusals.RETRY_AFTER)
        return answer
    code = refusals.noted(error)
    return failure(HTTPStatus.INTERNAL_SERVER_ERROR, "RestException", f"nothing was changed; incident {code}")


@blueprint.after_request
def _open_to_browsers(response: Response) -> Response:
    response.headers.update(ACROSS)
    return response


@blueprint.get("/deployment/registered", defaults={"operation": "deployment/registered"})  # no id
@blueprint.route("/", defaults={"operation": ""}, methods=["GET", "POST", "PUT", "DELETE", "PATCH"])
@blueprint.route("/<path:operation>", methods=["GET", "POST", "PUT", "DELETE", "PATCH"])
@policies.programs(only_looks=True)
def elsewhere(operation: str) -> Response:
    """Say of what the dialect has that it is not served, and of all else that it is nowhere."""
    asked = f"{request.method} /{operation}"
    if operation.partition("/")[0] in KNOWN and not operation.endswith("/"):
        why = absent.why(request.method, operation)
        message = f"{asked} is not served here" + (f": {why}" if why else "")
        return failure(HTTPStatus.NOT_IMPLEMENTED, "NotImplementedException", message)
    return failure(HTTPStatus.NOT_FOUND, "NotFoundException", f"{asked} is nothing of this service")


def _sentence(error: Refused) -> str:
    if isinstance(error, DeploymentRefused):
        return f"{UNPARSED} {_problems(error.problems)}"
    if isinstance(error, EngineFailed):
        return f"{error} (kept as incident {error.facts['incident']})"
    if isinstance(error, AttachmentRefused | CommentRefused):
        return " ".join([str(error), *(f"{name}: {told}" for name, told in error.facts.items() if told)])
    field: Any = error.facts.get("field")
    return f"{field}: {error}" if field else str(error)


def _problems(problems: Sequence[Problem]) -> str:
    wrong = [problem for problem in problems if problem.severity == "error"]
    told = [f"{p.file}, line {p.line}, {p.element or 'file'}: {p.message_en}" for p in wrong[:SHOWN_PROBLEMS]]
    return " | ".join([*told, *([f"and {len(wrong) - SHOWN_PROBLEMS} more"] if len(wrong) > SHOWN_PROBLEMS else [])])
