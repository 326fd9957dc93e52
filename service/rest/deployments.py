"""`/deployment`: a modeler deploys diagrams with their forms, and finds again what was deployed."""

from typing import Any

from flask import Blueprint, Response, jsonify, request
from werkzeug.wrappers import Response as Answer

from service import deployments
from service.deployments import File
from service.engine.assignment import Role
from service.errors import Invalid, NotFound
from service.queries import deployed
from service.queries.deployed import Deployment, Version
from service.rest import process_definitions, reading
from service.rest.dialect import moment
from service.rest.reading import Fields
from service.web import auth, policies, presentation

blueprint = Blueprint("deployments", __name__, url_prefix="/deployment")
ORDERS = ("id", "name", "deploymentTime", "tenantId")


@blueprint.post("/create")
@policies.programs(Role.ANALYST)
def create() -> Response:
    """Deploy what was sent as a whole or not at all; what did not change makes no new version."""
    fields = Fields(_texts())
    fields.text("deployment-name", of_people=True)
    fields.text("deployment-source", of_people=True)
    fields.flag("enable-duplicate-filtering")
    fields.flag("deploy-changed-only")
    fields.empty("deployment-activation-time")
    office = fields.text("tenant-id")
    fields.end()
    who = auth.actor()
    if office not in ("", who.office):
        raise Invalid("the token is for another office", field="tenant-id")
    stored, _ = deployments.deploy(who, _files(), presentation.now())
    every = {(one.key, one.version): one for one in deployed.versions(who)}
    versions = [every[one.key, one.version] for one in stored]
    fresh = [version for version, one in zip(versions, stored, strict=True) if not one.unchanged]
    made = deployed.deployment(who, (fresh or versions)[0].deployment)
    return jsonify(_shown(made) | _made(fresh))


@blueprint.get("")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
def listed() -> Response:
    """List what was deployed at once."""
    fields = reading.query()
    order, (first, most) = reading.order(fields, ORDERS), reading.page(fields)
    found = _found(fields)
    fields.end()
    for by, down in reversed(order):
        found.sort(key=lambda one: {"id": str(one.id), "name": one.name}.get(by, one.at.isoformat()), reverse=down)
    return jsonify([_shown(one) for one in found[first : first + most]])


@blueprint.get("/count")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
def count() -> Response:
    """Count what was deployed at once."""
    fields = reading.query()
    found = _found(fields)
    fields.end()
    return jsonify(count=len(found))


@blueprint.get("/<deployment_id>")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
def one(deployment_id: str) -> Response:
    """Return what was deployed at once."""
    reading.query().end()
    return jsonify(_shown(_one(deployment_id)))


@blueprint.get("/<deployment_id>/resources")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
def resources(deployment_id: str) -> Response:
    """Name the files of a deployment."""
    made = _one(deployment_id)
    files = deployed.resources(auth.actor(), made.id)
    return jsonify([_resource(made, place, name) for place, (name, _) in enumerate(files)])


@blueprint.get("/<deployment_id>/resources/<resource_id>/data")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
def data(deployment_id: str, resource_id: str) -> Answer:
    """Give out a file as it was deployed."""
    made = deployed.resources(auth.actor(), _one(deployment_id).id)
    files = {str(place): file for place, file in enumerate(made)}
    if resource_id not in files:
        raise NotFound(f"deployment resource with id {resource_id[:100]} does not exist")
    name, content = files[resource_id]
    answer = Answer(content, mimetype="application/octet-stream")
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


def _texts() -> dict[str, object]:
    twice = [name for name, values in request.form.lists() if len(values) > 1]
    if twice:
        raise Invalid("given twice", field=twice[0][:100])
    return dict(request.form)


def _files() -> list[File]:
    """Return the parts that are files; what the diagram needs of them is looked at when they are read together."""
    files = [File(part.filename or name, part.read()) for name, part in request.files.items(multi=True)]
    if not files:
        raise Invalid("no file came with it")
    if len({file.name for file in files}) < len(files):
        raise Invalid("two files have the same name")
    return files


def _found(fields: Fields) -> list[Deployment]:
    ids = reading.identifiers(frozenset({wanted}) if (wanted := fields.text("id")) else None)
    name, offices = fields.text("name"), fields.texts("tenantIdIn")
    after, before = fields.moment("after"), fields.moment("before")
    fields.without_effect("withoutTenantId", "includeDeploymentsWithoutTenantId")
    who = auth.actor()
    return [
        made
        for made in deployed.deployments(who)
        if (ids is None or made.id in ids)
        and (not name or made.name == name)
        and (offices is None or who.office in offices)
        and (after is None or made.at > after)
        and (before is None or made.at < before)
    ]


def _one(deployment_id: str) -> Deployment:
    return deployed.deployment(auth.actor(), reading.identifier(deployment_id, "deployment"))


def _resource(made: Deployment, place: int, name: str) -> dict[str, Any]:
    return {"id": str(place), "name": name, "deploymentId": str(made.id)}


def _shown(made: Deployment) -> dict[str, Any]:
    return {
        "links": [],
        "id": str(made.id),
        "name": made.name,
        "source": None,
        "deploymentTime": moment(made.at),
        "tenantId": auth.actor().office,
    }


def _made(fresh: list[Version]) -> dict[str, Any]:
    shown = {process_definitions.id_of(version): process_definitions.shown(version) for version in fresh}
    others = ("deployedCaseDefinitions", "deployedDecisionDefinitions", "deployedDecisionRequirementsDefinitions")
    return {"deployedProcessDefinitions": shown or None} | dict.fromkeys(others)
