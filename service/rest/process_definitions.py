"""`/process-definition`: the versions of processes, their diagrams, and cases started with them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict
from uuid import UUID

from flask import Blueprint

from service import catalogue, instances, suspensions
from service.engine.assignment import Role
from service.engine.expression import JSON
from service.errors import Invalid, NotFound, Suspended
from service.once import Once
from service.queries import deployed
from service.queries.deployed import Version
from service.rest import reading, repeats, variables
from service.rest.operations import operation
from service.rest.reading import Fields, Page
from service.rest.shapes import Count, DefinitionId, Id, Link
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
SUSPENDED = "this version is suspended: no case is started with it until it is activated again"


class ProcessDefinition(TypedDict):
    """A version of a process."""

    id: DefinitionId
    key: str
    category: None
    description: None
    name: str
    version: int
    resource: str
    deploymentId: Id
    diagram: None
    suspended: bool
    tenantId: str
    versionTag: None
    historyTimeToLive: None
    startableInTasklist: bool


class Diagram(TypedDict):
    """The diagram of a version."""

    id: DefinitionId
    bpmn20Xml: str


class StartedInstance(TypedDict):
    """A case that was just started."""

    links: list[Link]
    id: Id
    definitionId: DefinitionId
    definitionKey: str
    businessKey: str | None
    caseInstanceId: None
    ended: bool
    suspended: bool
    tenantId: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which versions are meant."""

    ids: frozenset[UUID] | None
    keys: frozenset[str] | None
    name: str
    number: int
    deployment: str
    is_latest: bool
    is_startable: bool
    is_active: bool
    is_suspended: bool
    offices: frozenset[str] | None
    is_tagged: bool

    def holds(self, one: Version) -> bool:
        """Tell whether a version is meant, whichever came after it."""
        return (
            (self.ids is None or one.id in self.ids)
            and (self.keys is None or one.key in self.keys)
            and (not self.name or one.name == self.name)
            and (not self.number or one.version == self.number)
            and (not self.deployment or str(one.deployment) == self.deployment)
            and (not self.is_startable or one.is_startable)
            and (not self.is_active or one.is_active)
            and (not self.is_suspended or not one.is_active)
        )


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a case begins with."""

    answers: dict[str, JSON]
    business_key: str


@dataclass(frozen=True, slots=True)
class Suspension:
    """Whether nobody is to start a version for now."""

    is_wanted: bool | None
    is_of_cases: bool
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Named:
    """Which version is meant where the address does not say."""

    key: str
    definition_id: str
    office: str


@dataclass(frozen=True, slots=True)
class Listing:
    """Which versions are meant, in which order, and which of them."""

    wanted: Wanted
    order: list[tuple[str, bool]]
    page: Page


def _wanted(fields: Fields) -> Wanted:
    tag, tag_like = fields.sought("versionTag"), fields.sought("versionTagLike")
    fields.without_effect("withoutTenantId", "includeProcessDefinitionsWithoutTenantId")
    return Wanted(
        ids=_ids(fields),
        keys=_either(fields.sought("key"), fields.texts("keysIn")),
        name=fields.sought("name"),
        number=fields.whole("version", 0),
        deployment=fields.sought("deploymentId"),
        is_latest=bool(fields.flag("latestVersion")),
        is_startable=bool(fields.flag("startableInTasklist")),
        is_active=bool(fields.flag("active")),
        is_suspended=bool(fields.flag("suspended")),
        offices=fields.texts("tenantIdIn"),
        is_tagged=bool(tag or tag_like),
    )


def _listing(fields: Fields) -> Listing:
    return Listing(_wanted(fields), reading.order(fields, tuple(ORDERS)), reading.page(fields))


def beginning(fields: Fields) -> Beginning:
    """Read what a case begins with."""
    fields.flag("withVariablesInReturn")
    fields.empty("caseInstanceId", "startInstructions", "skipCustomListeners", "skipIoMappings")
    business_key = fields.text("businessKey", longest=instances.LONGEST_KEY, of_people=True)
    return Beginning(variables.read(fields, "variables"), business_key)


def _suspension(fields: Fields) -> Suspension:
    return Suspension(
        fields.flag("suspended"), bool(fields.flag("includeProcessInstances")), fields.moment("executionDate")
    )


def _named_suspension(fields: Fields) -> tuple[Suspension, Named]:
    fields.without_effect("processDefinitionWithoutTenantId")
    named = Named(
        fields.text("processDefinitionKey"),
        fields.text("processDefinitionId"),
        fields.text("processDefinitionTenantId"),
    )
    return _suspension(fields), named


@blueprint.get("")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
@operation(query=_listing)
def listed(query: Listing) -> list[ProcessDefinition]:
    """List versions of processes."""
    found, (first, most) = _found(query.wanted), query.page
    for by, down in reversed(query.order):
        found.sort(key=ORDERS[by], reverse=down)
    return [shown(one) for one in found[first : first + most]]


@blueprint.get("/count")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
@operation(query=_wanted)
def count(query: Wanted) -> Count:
    """Count versions of processes."""
    return {"count": len(_found(query))}


@blueprint.get("/<definition_id>")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
@operation()
def one(definition_id: str) -> ProcessDefinition:
    """Return one version."""
    return shown(version_of(definition_id))


@blueprint.get("/key/<key>")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
@operation()
def by_key(key: str) -> ProcessDefinition:
    """Return the version of a process that is in force."""
    return shown(deployed.newest(auth.actor(), key))


@blueprint.get("/<definition_id>/xml")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
@operation()
def xml(definition_id: str) -> Diagram:
    """Return the diagram of a version."""
    return _xml(version_of(definition_id))


@blueprint.get("/key/<key>/xml")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
@operation()
def xml_by_key(key: str) -> Diagram:
    """Return the diagram that is in force."""
    return _xml(deployed.newest(auth.actor(), key))


@blueprint.put("/<definition_id>/suspended")
@policies.programs(Role.ANALYST, whose=policies.Whose.OF_THE_OFFICE)
@operation(body=_suspension)
def suspend(definition_id: str, body: Suspension) -> None:
    """Let nobody start the version in force, or activate it again; running cases go on."""
    _suspend(version_of(definition_id), body)


@blueprint.put("/key/<key>/suspended")
@policies.programs(Role.ANALYST, whose=policies.Whose.OF_THE_OFFICE)
@operation(body=_suspension)
def suspend_by_key(key: str, body: Suspension) -> None:
    """Let nobody start a process, or activate it again; running cases go on."""
    _suspend(deployed.newest(auth.actor(), key), body)


@blueprint.put("/suspended")
@policies.programs(Role.ANALYST)
@operation(body=_named_suspension)
def suspend_named(body: tuple[Suspension, Named]) -> None:
    """Let nobody start the process that the body names, or activate it again; running cases go on."""
    change, named = body
    if bool(named.key) == bool(named.definition_id):
        raise Invalid("either processDefinitionId or processDefinitionKey has to be given")
    if named.office not in ("", auth.actor().office):
        raise Invalid("the token is for another office", field="processDefinitionTenantId")
    try:
        version = deployed.newest(auth.actor(), named.key) if named.key else version_of(named.definition_id)
    except NotFound as error:
        raise Invalid(str(error)) from None
    _suspend(version, change)


@blueprint.post("/<definition_id>/start")
@policies.programs(Role.STAFF, whose=policies.Whose.MINE_TO_DO)
@operation(body=beginning, is_repeatable=True)
def start(definition_id: str, body: Beginning) -> StartedInstance:
    """Start a case with the version that is in force."""
    return started(version_of(definition_id), body)


@blueprint.post("/key/<key>/start")
@policies.programs(Role.STAFF, whose=policies.Whose.MINE_TO_DO)
@operation(body=beginning, is_repeatable=True)
def start_by_key(key: str, body: Beginning) -> StartedInstance:
    """Start a case of a process."""
    return started(deployed.newest(auth.actor(), key), body)


@blueprint.post("/key/<key>/tenant-id/<office>/start")
@policies.programs(Role.STAFF, whose=policies.Whose.MINE_TO_DO)
@operation(body=beginning, is_repeatable=True)
def start_in_office(key: str, office: str, body: Beginning) -> StartedInstance:
    """Start a case of a process, in the office of the token."""
    if office != auth.actor().office:
        raise NotFound(f"process definition with key {key[:100]} does not exist")
    return started(deployed.newest(auth.actor(), key), body)


def id_of(version: Version) -> str:
    """Return the id of a version as the dialect writes it."""
    return f"{version.key}:{version.version}:{version.id}"


def shown(version: Version) -> ProcessDefinition:
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
        "suspended": not version.is_active,
        "tenantId": auth.actor().office,
        "versionTag": None,
        "historyTimeToLive": None,
        "startableInTasklist": version.is_startable,
    }


def started(version: Version, sent: Beginning) -> StartedInstance:
    """Start a case with a version.

    Raises:
        Invalid: it is not in force.
        Suspended: nobody starts it for now.

    """

    def start_it(once: Once | None) -> UUID:
        require_in_force(version)
        if version.is_suspended:
            raise Suspended(SUSPENDED)
        now = presentation.now()
        return instances.start(auth.actor(), version.key, sent.answers, now, once, business_key=sent.business_key).id

    return repeats.once(start_it, begun)


def begun(case_id: UUID) -> StartedInstance:
    """Return a case that was just started as the dialect has it."""
    office = auth.actor().office
    case = instances.one(auth.actor(), case_id)
    version = catalogue.deployed(office, case.definition_id)
    return {
        "links": [],
        "id": str(case_id),
        "definitionId": f"{version.key}:{version.version}:{case.definition_id}",
        "definitionKey": version.key,
        "businessKey": case.business_key or None,
        "caseInstanceId": None,
        "ended": case.ended_at is not None,
        "suspended": False,
        "tenantId": office,
    }


def require_in_force(version: Version) -> None:
    """Refuse a version that is not the one with which cases begin.

    Raises:
        Invalid: with why.

    """
    if not version.is_in_force:
        raise Invalid(WAITING)


def _suspend(version: Version, change: Suspension) -> None:
    if change.is_wanted is None:
        raise Invalid("has to be true or false", field="suspended")
    if change.is_of_cases:
        raise Invalid("cases that run go on: a case is not suspended", field="includeProcessInstances")
    if change.at is not None:
        raise Invalid("a version is suspended and activated at once, not at a time", field="executionDate")
    require_in_force(version)
    who, now = auth.actor(), presentation.now()
    if change.is_wanted:
        suspensions.suspend(who, version.key, version.version, None, now)
    else:
        suspensions.activate(who, version.key, version.version, now)


def _xml(version: Version) -> Diagram:
    content = deployed.content(auth.actor(), version.id)
    return {"id": id_of(version), "bpmn20Xml": content.decode(errors="replace")}


def version_of(definition_id: str) -> Version:
    """Find a version by the id that the dialect writes, or by the last part of it."""
    plain = reading.identifier(definition_id.rpartition(":")[2], "process definition")
    version = deployed.version(auth.actor(), plain)
    if definition_id not in (id_of(version), str(version.id)):
        raise NotFound(f"process definition with id {definition_id[:100]} does not exist")
    return version


def _found(wanted: Wanted) -> list[Version]:
    who = auth.actor()
    if wanted.is_tagged or (wanted.offices is not None and who.office not in wanted.offices):
        return []
    every = deployed.versions(who)
    newest = {one.key: one.id for one in reversed(every)}
    return [one for one in every if wanted.holds(one) and (not wanted.is_latest or newest[one.key] == one.id)]


def _ids(fields: Fields) -> frozenset[UUID] | None:
    texts = _either(fields.sought("processDefinitionId"), fields.texts("processDefinitionIdIn"))
    return reading.identifiers(None if texts is None else frozenset(text.rpartition(":")[2] for text in texts))


def _either(one: str, several: frozenset[str] | None) -> frozenset[str] | None:
    if not one:
        return several
    return frozenset({one}) if several is None else several & {one}
