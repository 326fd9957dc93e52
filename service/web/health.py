"""Signs of life for supervisors and load balancers: without cookies, without anybody signed in."""

from hmac import compare_digest
from http import HTTPStatus

from flask import Blueprint, Response, current_app, jsonify, request

from service import metrics, readiness
from service.errors import NotAllowed
from service.queries import workload
from service.settings import LOOPBACK, Settings
from service.web import policies, presentation

blueprint = Blueprint("health", __name__)


@blueprint.get("/livez")
@policies.machines
def alive() -> Response:
    """Say that the process answers, whatever the database does."""
    return jsonify(status="alive")


@blueprint.get("/readyz")
@policies.machines
def ready() -> tuple[Response, int]:
    """Say whether requests can be served now, part by part; 503 keeps a load balancer away.

    A node whose workers are silent is degraded but serves: its pages work, and no other node has better ones.
    """
    settings: Settings = current_app.config["LAKSANA"]
    found = readiness.parts(settings.data, settings.least_free_mb, presentation.now())
    missing = {name for name, part in found.items() if not part.is_ready}
    is_ready = not missing & readiness.NEEDED
    answer = jsonify(
        status="degraded" if is_ready and missing else _word(is_ready=is_ready),
        parts={
            name: {"status": _word(is_ready=part.is_ready)} | ({"reason": part.reason} if part.reason else {})
            for name, part in found.items()
        },
    )
    return answer, HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE


@blueprint.get("/metrics")
@policies.machines
def measured() -> Response:
    """Tell a monitoring system what was counted.

    Raises:
        NotAllowed: whoever asks does not have the token or, where none is set, sits at another machine.

    """
    _require_monitor(current_app.config["LAKSANA"])
    return Response(metrics.render(workload.counted(presentation.now())), content_type=metrics.CONTENT_TYPE)


def _require_monitor(settings: Settings) -> None:
    """Behind a proxy everybody comes from this machine, so a token that is set is asked of all."""
    if settings.metrics_token:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        is_monitor = compare_digest(given.encode(), settings.metrics_token.encode())
    else:
        is_monitor = request.remote_addr in LOOPBACK
    if not is_monitor:
        raise NotAllowed


def _word(*, is_ready: bool) -> str:
    return "ready" if is_ready else "not-ready"
