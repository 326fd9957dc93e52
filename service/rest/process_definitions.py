"""`/process-definition`: the versions of processes, their diagrams, and cases started with them."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, jsonify

from service import instances
from service.engine.assignment import Role
from service.errors import Invalid, NotFound
from service.queries import deployed
from service.queries.deployed import Version
from service.rest import reading, variables
from service.rest.reading import Fields
from service.web import auth, policies, presentation

blueprint = Blueprint("process_definitions", __name__, url_prefix="/process-definition")
ORDERS: dict[str, Callable[[Version], Any]] = {
    "key": lambda one: one.key,
    "id": lambda one: str(one.id),
    "name": lambda one: one.name,
    "version": lambda one: one.version,
    "deploymentId": lambda one: str(one.deployment),
    "deployTime": lambda one: one.deployed_at,
    "category": lambda _: "",
    "tenantId": lambda _: "",
    "versionTag": lambda _: "",
}
WAITING = (
    "this version is not in force: a second person has to release it, refused it, or a newer one is there; "
    "cases are started with the version in force only"
)


@blueprint.get("")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
def listed() -> Response:
    """List versions of processes."""
    fields = reading.query()
    order, (first, most) = reading.order(fields, tuple(ORDERS)), reading.page(fields)
    found = _found(fields)
    fields.end()
    for by, down in reversed(order):
        found.sort(key=ORDERS[by], reverse=down)
    return jsonify([shown(one) for one in found[first : first + most]])


@blueprint.get("/count")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
def count() -> Response:
    """Count versions of processes."""
    fields = reading.query()
    found = _found(fields)
    fields.end()
    return jsonify(count=len(found))


@blueprint.get("/<definition_id>")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
def one(definition_id: str) -> Response:
    """Return one version."""
    return jsonify(shown(_version(definition_id)))


@blueprint.get("/key/<key>")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
def by_key(key: str) -> Response:
    """Return the version of a process that is in force."""
    return jsonify(shown(deployed.newest(auth.actor(), key)))


@blueprint.get("/<definition_id>/xml")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
def xml(definition_id: str) -> Response:
    """Return the diagram of a version."""
    return _xml(_version(definition_id))


@blueprint.get("/key/<key>/xml")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
def xml_by_key(key: str) -> Response:
    """Return the diagram that is in force."""
    return _xml(deployed.newest(auth.actor(), key))


@blueprint.post("/<definition_id>/start")
@policies.programs(Role.STAFF, whose=policies.Whose.MINE_TO_DO)
def start(definition_id: str) -> Response:
    """Start a case with the version that is in force."""
    return _started(_version(definition_id))


@blueprint.post("/key/<key>/start")
@policies.programs(Role.STAFF, whose=policies.Whose.MINE_TO_DO)
def start_by_key(key: str) -> Response:
    """Start a case of a process."""
    return _started(deployed.newest(auth.actor(), key))


@blueprint.post("/key/<key>/tenant-id/<office>/start")
@policies.programs(Role.STAFF, whose=policies.Whose.MINE_TO_DO)
def start_in_office(key: str, office: str) -> Response:
    """Start a case of a process, in the office of the token."""
    if office != auth.actor().office:
        raise NotFound(f"process definition with key {key[:100]} does not exist")
    return _started(deployed.newest(auth.actor(), key))


def id_of(version: Version) -> str:
    """Return the id of a version as the dialect writes it."""
    return f"{version.key}:{version.version}:{version.id}"


def shown(version: Version) -> dict[str, Any]:
    """Return a version as the dialect has it."""
    return {
        "id": id_of(version),
        "key": version.key,
        "category": None,
        "description": None,
        "name": version.name,
        "version": version.version,
        "resource": version.file,
        "deploymentId": str(version.deployment),
        "diagram": None,
        "suspended": not version.is_released,
        "tenantId": auth.actor().office,
        "versionTag": None,
        "historyTimeToLive": None,
        "startableInTasklist": version.is_in_force,
    }


def _started(version: Version) -> Response:
    fields = reading.body()
    answers = variables.read(fields, "variables")
    business_key = fields.text("businessKey", longest=instances.LONGEST_KEY, of_people=True)
    fields.flag("withVariablesInReturn")
    fields.empty("caseInstanceId", "startInstructions", "skipCustomListeners", "skipIoMappings")
    fields.end()
    if not version.is_in_force:
        raise Invalid(WAITING)
    instance = instances.start(auth.actor(), version.key, answers, presentation.now(), business_key=business_key)
    return jsonify(
        links=[],
        id=str(instance.id),
        definitionId=id_of(version),
        definitionKey=version.key,
        businessKey=business_key or None,
        caseInstanceId=None,
        ended=instance.ended_at is not None,
        suspended=False,
        tenantId=auth.actor().office,
    )


def _xml(version: Version) -> Response:
    content = deployed.content(auth.actor(), version.id)
    return jsonify(id=id_of(version), bpmn20Xml=content.decode(errors="replace"))


def _version(definition_id: str) -> Version:
    """Find a version by the id that the dialect writes, or by the last part of it."""
    plain = reading.identifier(definition_id.rpartition(":")[2], "process definition")
    version = deployed.version(auth.actor(), plain)
    if definition_id not in (id_of(version), str(version.id)):
        raise NotFound(f"process definition with id {definition_id[:100]} does not exist")
    return version


def _found(fields: Fields) -> list[Version]:
    ids = _ids(fields)
    keys = _either(fields.text("key"), fields.texts("keysIn"))
    name, number = fields.text("name"), fields.whole("version", 0)
    deployment = fields.text("deploymentId")
    latest, startable = fields.flag("latestVersion"), fields.flag("startableInTasklist")
    active, suspended = fields.flag("active"), fields.flag("suspended")
    offices = fields.texts("tenantIdIn")
    tagged = fields.text("versionTag") or fields.text("versionTagLike")
    fields.without_effect("withoutTenantId", "includeProcessDefinitionsWithoutTenantId", "versionTagLike")
    who = auth.actor()
    if tagged or (offices is not None and who.office not in offices):
        return []
    every = deployed.versions(who)
    newest = {one.key: one.id for one in reversed(every)}
    return [
        one
        for one in every
        if (ids is None or one.id in ids)
        and (keys is None or one.key in keys)
        and (not name or one.name == name)
        and (not number or one.version == number)
        and (not deployment or str(one.deployment) == deployment)
        and (not latest or newest[one.key] == one.id)
        and (not startable or one.is_in_force)
        and (not active or one.is_released)
        and (not suspended or not one.is_released)
    ]


def _ids(fields: Fields) -> frozenset[UUID] | None:
    texts = _either(fields.text("processDefinitionId"), fields.texts("processDefinitionIdIn"))
    return reading.identifiers(None if texts is None else frozenset(text.rpartition(":")[2] for text in texts))


def _either(one: str, several: frozenset[str] | None) -> frozenset[str] | None:
    if not one:
        return several
    return frozenset({one}) if several is None else several & {one}
