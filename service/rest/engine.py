"""The engine: its name, the version of the dialect that it speaks, and where its pages are."""

from typing import TypedDict
from uuid import UUID

from flask import Blueprint, Response, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response as Elsewhere

from service.rest.operations import operation
from service.rest.paths import ENGINE
from service.web import policies
from service.web.policies import Whose

blueprint = Blueprint("engine", __name__)
links = Blueprint("modelers", __name__)
DIALECT = "7.24.0"
"""Clients ask for it to know what they may send."""
PAGES = "/camunda/"
"""Below it a modeler looks for the pages of an engine."""


class Version(TypedDict):
    """Which version of the dialect is spoken."""

    version: str


class Engine(TypedDict):
    """An engine."""

    name: str


@blueprint.get("/version")
@policies.programs()
@operation()
def version() -> Version:
    """Tell which version of the dialect is spoken."""
    return {"version": DIALECT}


@blueprint.get("/engine")
@policies.programs()
@operation()
def engines() -> list[Engine]:
    """Name the one engine that there is."""
    return [{"name": ENGINE}]


@links.get("/.well-known/camunda-automation-platform/webapps")
@policies.everybody
def webapps() -> Response:
    """Tell a modeler where our pages are."""
    pages = request.url_root.rstrip("/") + PAGES
    return jsonify(adminUrl=pages, cockpitUrl=pages, tasklistUrl=request.url_root)


@links.get("/camunda/repository")
@links.get("/camunda/app/cockpit/default/")
@links.get("/app/cockpit/default/")
@policies.people()
def repository() -> Elsewhere:
    """Lead from a modeler to the processes."""
    return redirect(url_for("analyst.processes"))


@links.get("/camunda/process-instance/<uuid:case_id>")
@policies.people(whose=Whose.OF_THE_OFFICE)
def process_instance(case_id: UUID) -> Elsewhere:
    """Lead from a modeler to the case that it started."""
    return redirect(url_for("cases.case", case_id=case_id))
