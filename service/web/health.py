"""Signs of life for supervisors and load balancers: without cookies, without anybody signed in."""

from http import HTTPStatus

from flask import Blueprint, Response, current_app, jsonify

from service import readiness
from service.settings import Settings

blueprint = Blueprint("health", __name__)


@blueprint.get("/livez")
def alive() -> Response:
    """Say that the process answers, whatever the database does."""
    return jsonify(status="alive")


@blueprint.get("/readyz")
def ready() -> tuple[Response, int]:
    """Say whether requests can be served now, part by part; 503 keeps a load balancer away."""
    settings: Settings = current_app.config["LAKSANA"]
    found = readiness.parts(settings.data, settings.least_free_mb)
    is_ready = all(part.is_ready for part in found.values())
    answer = jsonify(
        status=_word(is_ready=is_ready),
        parts={
            name: {"status": _word(is_ready=part.is_ready)} | ({"reason": part.reason} if part.reason else {})
            for name, part in found.items()
        },
    )
    return answer, HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE


def _word(*, is_ready: bool) -> str:
    return "ready" if is_ready else "not-ready"
