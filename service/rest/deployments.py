"""`/deployment`: a modeler deploys diagrams with their forms, and finds again what was deployed."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict
from uuid import UUID

from flask import Blueprint, request
from werkzeug.wrappers import Response

from service import deployments, removals
from service.deployments import File
from service.engine.assignment import Role
from service.errors import Invalid, NotFound
from service.queries import deployed
from service.rest import process_definitions, reading
from service.rest.dialect import moment
from service.rest.operations import operation
from service.rest.reading import Fields, Page
from service.rest.shapes import Count, Id, Link, Moment, Octets
from service.web import auth, policies, presentation

blueprint = Blueprint("deployments", __name__, url_prefix="/deployment")
ORDERS = ("id", "name", "deploymentTime", "tenantId")


class Deployment(TypedDict):
    """What was deployed at once."""

    links: list[Link]
    id: Id
    name: str
    source: None
    deploymentTime: Moment
    tenantId: str


class Deployed(Deployment):
    """What was deployed just now."""

    deployedProcessDefinitions: dict[str, process_definitions.ProcessDefinition] | None
    deployedCaseDefinitions: None
    deployedDecisionDefinitions: None
    deployedDecisionRequirementsDefinitions: None


class DeploymentResource(TypedDict):
    """A file of a deployment."""

    id: str
    name: str
    deploymentId: Id


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which deployments are meant."""

    ids: frozenset[UUID] | None
    name: str
    offices: frozenset[str] | None
    after: datetime | None
    before: datetime | None

    def holds(self, made: deployed.Deployment, office: str) -> bool:
        """Tell whether a deployment of an office is meant."""
        return (
            (self.ids is None or made.id in self.ids)
            and (not self.name or made.name == self.name)
            and (self.offices is None or office in self.offices)
            and (self.after is None or made.at > self.after)
            and (self.before is None or made.at < self.before)
        )


@dataclass(frozen=True, slots=True)
class Listing:
    """Which deployments are meant, in which order, and which of them."""

    wanted: Wanted
    order: list[tuple[str, bool]]
    page: Page


def _deleting(fields: Fields) -> bool:
    fields.without_effect("skipCustomListeners", "skipIoMappings")
    return bool(fields.flag("cascade"))


def _office(fields: Fields) -> str:
    fields.text("deployment-name", of_people=True)
    fields.text("deployment-source", of_people=True)
    fields.flag("enable-duplicate-filtering")
    fields.flag("deploy-changed-only")
    fields.empty("deployment-activation-time")
    return fields.text("tenant-id")


def _wanted(fields: Fields) -> Wanted:
    fields.without_effect("withoutTenantId", "includeDeploymentsWithoutTenantId")
    return Wanted(
        reading.identifiers(frozenset({wanted}) if (wanted := fields.sought("id")) else None),
        fields.sought("name"),
        fields.texts("tenantIdIn"),
        fields.moment("after"),
        fields.moment("before"),
    )


def _listing(fields: Fields) -> Listing:
    return Listing(_wanted(fields), reading.order(fields, ORDERS), reading.page(fields))


@blueprint.post("/create")
@policies.programs(Role.ANALYST)
@operation(form=_office)
def create(form: str) -> Deployed:
    """Deploy what was sent as a whole or not at all; what did not change makes no new version."""
    who = auth.actor()
    if form not in ("", who.office):
        raise Invalid("the token is for another office", field="tenant-id")
    stored, _ = deployments.deploy(who, _files(), presentation.now())
    every = {(one.key, one.version): one for one in deployed.versions(who)}
    versions = [every[one.key, one.version] for one in stored]
    fresh = [version for version, one in zip(versions, stored, strict=True) if not one.unchanged]
    shown = {process_definitions.id_of(version): process_definitions.shown(version) for version in fresh}
    return {
        **_shown(deployed.deployment(who, (fresh or versions)[0].deployment)),
        "deployedProcessDefinitions": shown or None,
        "deployedCaseDefinitions": None,
        "deployedDecisionDefinitions": None,
        "deployedDecisionRequirementsDefinitions": None,
    }


@blueprint.get("")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
@operation(query=_listing)
def listed(query: Listing) -> list[Deployment]:
    """List what was deployed at once."""
    found, (first, most) = _found(query.wanted), query.page
    for by, down in reversed(query.order):
        found.sort(key=lambda one: {"id": str(one.id), "name": one.name}.get(by, one.at.isoformat()), reverse=down)
    return [_shown(one) for one in found[first : first + most]]


@blueprint.get("/count")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
@operation(query=_wanted)
def count(query: Wanted) -> Count:
    """Count what was deployed at once."""
    return {"count": len(_found(query))}


@blueprint.get("/<deployment_id>")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
@operation()
def one(deployment_id: str) -> Deployment:
    """Return what was deployed at once."""
    return _shown(_one(deployment_id))


@blueprint.delete("/<deployment_id>")
@policies.programs(Role.ANALYST, whose=policies.Whose.OF_THE_OFFICE)
@operation(query=_deleting)
def remove(deployment_id: str, query: bool) -> None:  # noqa: FBT001 - named as all that is read is
    """Delete what was deployed at once, if none of it was ever used."""
    made = _one(deployment_id)
    if query:
        raise Invalid("cases are never deleted with their SOP", field="cascade")
    removals.remove(auth.actor(), made.id, presentation.now())


@blueprint.get("/<deployment_id>/resources")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
@operation()
def resources(deployment_id: str) -> list[DeploymentResource]:
    """Name the files of a deployment."""
    made = _one(deployment_id)
    files = deployed.resources(auth.actor(), made.id)
    return [{"id": str(place), "name": name, "deploymentId": str(made.id)} for place, (name, _) in enumerate(files)]


@blueprint.get("/<deployment_id>/resources/<resource_id>/data")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
@operation()
def data(deployment_id: str, resource_id: str) -> Octets:
    """Give out a file as it was deployed."""
    made = deployed.resources(auth.actor(), _one(deployment_id).id)
    files = {str(place): file for place, file in enumerate(made)}
    if resource_id not in files:
        raise NotFound(f"deployment resource with id {resource_id[:100]} does not exist")
    name, content = files[resource_id]
    answer = Response(content, mimetype="application/octet-stream")
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


def _files() -> list[File]:
    """Return the parts that are files; what the diagram needs of them is looked at when they are read together."""
    files = [File(part.filename or name, part.read()) for name, part in request.files.items(multi=True)]
    if not all(file.name for file in files):
        raise Invalid("a file has no name")
    if not files:
        raise Invalid("no file came with it")
    if len({file.name for file in files}) < len(files):
        raise Invalid("two files have the same name")
    return files


def _found(wanted: Wanted) -> list[deployed.Deployment]:
    who = auth.actor()
    return [made for made in deployed.deployments(who) if wanted.holds(made, who.office)]


def _one(deployment_id: str) -> deployed.Deployment:
    return deployed.deployment(auth.actor(), reading.identifier(deployment_id, "deployment"))


def _shown(made: deployed.Deployment) -> Deployment:
    return {
        "links": [],
        "id": str(made.id),
        "name": made.name,
        "source": None,
        "deploymentTime": moment(made.at),
        "tenantId": auth.actor().office,
    }
