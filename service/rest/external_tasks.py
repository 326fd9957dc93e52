"""`/external-task`: workers fetch work and lock it, do it, fail at it, let it go."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypedDict
from uuid import UUID

from flask import Blueprint
from werkzeug.wrappers import Response

from service import acts, externals
from service.engine.assignment import Role
from service.engine.expression import JSON
from service.errors import UNCAUGHT, EngineFailed, Invalid
from service.externals import Failing, Wish
from service.queries import externals as queries
from service.queries.externals import ORDERS, Sought, Work
from service.rest import listing, patience, reading, variables
from service.rest.dialect import moment
from service.rest.listing import Asked, Listing
from service.rest.operations import operation
from service.rest.reading import Fields
from service.rest.shapes import DefinitionId, Id, Moment, Plain, Variables
from service.web import auth, policies, presentation

blueprint = Blueprint("external_tasks", __name__, url_prefix="/external-task")
MOST_TOPICS = 50
LONGEST_TOPIC = 300
MILLISECONDS = 1_000


class ExternalTask(TypedDict):
    """Work for a program."""

    activityId: str
    activityInstanceId: Id
    businessKey: str | None
    createTime: Moment
    errorDetails: None
    errorMessage: str | None
    executionId: Id
    id: Id
    lockExpirationTime: Moment | None
    priority: int
    processDefinitionId: DefinitionId
    processDefinitionKey: str
    processDefinitionVersionTag: None
    processInstanceId: Id
    retries: int | None
    suspended: bool
    tenantId: str
    topicName: str
    workerId: str | None


class LockedExternalTask(ExternalTask):
    """Work that a program has just been given."""

    variables: Variables
    extensionProperties: dict[str, str]


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic that a worker asks for."""

    name: str
    lock: timedelta
    processes: frozenset[str]
    business_key: str
    definitions: frozenset[UUID] | None
    offices: frozenset[str]
    variables: frozenset[str] | None
    """Which ones he wants; None: all."""
    with_properties: bool


@dataclass(frozen=True, slots=True)
class Fetching:
    """What a worker asks for."""

    worker: str
    most: int
    seconds: float
    newest_first: bool
    topics: list[Topic]


@dataclass(frozen=True, slots=True)
class Result:
    """What a worker found out."""

    worker: str
    values: dict[str, JSON]
    code: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """For how long a worker wants it."""

    worker: str
    length: timedelta


def _fetching(fields: Fields) -> Fetching:
    fields.without_effect("usePriority")
    return Fetching(
        fields.required("workerId", longest=externals.LONGEST_WORKER),
        fields.whole("maxTasks", 10, 1),
        fields.whole("asyncResponseTimeout", 0, most=10**9) / MILLISECONDS,
        fields.parts("sorting", _created) == ["desc"],
        fields.parts("topics", _topic, 1, MOST_TOPICS),
    )


def _topic(fields: Fields) -> Topic:
    key, keys = fields.sought("processDefinitionKey"), fields.texts("processDefinitionKeyIn") or frozenset()
    fields.empty("processDefinitionVersionTag", "processVariables")
    fields.without_effect("deserializeValues", "localVariables", "withoutTenantId")
    return Topic(
        name=fields.required("topicName", longest=LONGEST_TOPIC),
        lock=fields.span("lockDuration"),
        processes=keys | ({key} if key else set()),
        business_key=fields.sought("businessKey", of_people=True),
        definitions=listing.definitions(fields, "processDefinitionId", "processDefinitionIdIn"),
        offices=fields.texts("tenantIdIn") or frozenset(),
        variables=fields.texts("variables"),
        with_properties=bool(fields.flag("includeExtensionProperties")),
    )


def _created(fields: Fields) -> str:
    fields.choice("sortBy", ("createTime",), "createTime")
    return fields.choice("sortOrder", reading.WAYS, "asc")


def _worker(fields: Fields) -> str:
    return fields.required("workerId", longest=externals.LONGEST_WORKER)


def _result(fields: Fields) -> Result:
    fields.empty("localVariables")
    return Result(_worker(fields), variables.read(fields, "variables"))


def _error(fields: Fields) -> Result:
    fields.text("errorMessage", longest=reading.LONGEST_TEXT, of_people=True)
    code = fields.required("errorCode", longest=acts.LONGEST_CODE)
    return Result(_worker(fields), variables.read(fields, "variables"), code)


def _failing(fields: Fields) -> tuple[str, Failing]:
    told = fields.text("errorMessage", longest=reading.LONGEST_TEXT, of_people=True).strip()
    details = fields.text("errorDetails", longest=reading.LONGEST_TEXT, of_people=True)
    failing = Failing(
        told or details[: externals.LONGEST_ERROR] or "failed",
        details,
        fields.whole("retries", 0, most=externals.MOST_RETRIES),
        fields.span("retryTimeout", timedelta()),
    )
    fields.empty("variables", "localVariables")
    return _worker(fields), failing


def _longer(fields: Fields) -> Span:
    return Span(_worker(fields), fields.span("newDuration"))


def _for_so_long(fields: Fields) -> Span:
    return Span(_worker(fields), fields.span("lockDuration"))


def _retries(fields: Fields) -> int:
    return fields.whole("retries", least=1, most=externals.MOST_RETRIES)


def _topics(fields: Fields) -> Sought:
    locked, unlocked = fields.flag("withLockedTasks"), fields.flag("withUnlockedTasks")
    return Sought(
        is_locked=True if locked else False if unlocked else None,
        may_be_tried=fields.flag("withRetriesLeft") or None,
    )


def _asked(fields: Fields) -> Asked[Sought]:
    cases = listing.cases(fields, "processInstanceId", "processInstanceIdIn")
    tried, at_rest = fields.flag("withRetriesLeft"), fields.flag("noRetriesLeft")
    locked, free = fields.flag("locked"), fields.flag("notLocked")
    sought = Sought(
        ids=reading.identifiers(listing.words(fields, "externalTaskId", "externalTaskIdIn")),
        cases=cases,
        topic=fields.sought("topicName", longest=LONGEST_TOPIC),
        worker=fields.sought("workerId"),
        process=fields.sought("processDefinitionKey"),
        elements=listing.words(fields, "activityId", "activityIdIn"),
        is_locked=True if locked else False if free else None,
        may_be_tried=tried or (False if at_rest else None),
        locked_before=fields.moment("lockExpirationBefore"),
        locked_after=fields.moment("lockExpirationAfter"),
        is_suspended=reading.suspension(fields),
    )
    return Asked(sought, cases, listing.offices(fields), is_nowhere=False, order=reading.order(fields, tuple(ORDERS)))


@blueprint.post("/fetchAndLock")
@policies.programs(Role.ADMIN)
@operation(body=_fetching)
def fetch_and_lock(body: Fetching) -> list[LockedExternalTask]:
    """Give a worker what waits for him; he may wait for it."""
    if len({topic.name for topic in body.topics}) < len(body.topics):
        raise Invalid("the same topic is asked for twice", field="topics")
    office = auth.actor().office
    ours = {topic.name: topic for topic in body.topics if not topic.offices or office in topic.offices}

    def look() -> list[UUID]:
        now = datetime.now(UTC)
        wishes = [
            Wish(topic.name, now + topic.lock, topic.processes, topic.business_key, topic.definitions)
            for topic in ours.values()
        ]
        return list(externals.fetch(auth.actor(), body.worker, wishes, body.most, now, newest_first=body.newest_first))

    ids = patience.until_found(look, body.seconds)
    works = queries.taken(auth.actor(), ids, {name: topic.variables for name, topic in ours.items()}) if ids else ()
    return [_locked(work, properties=ours[work.topic].with_properties) for work in works]


@blueprint.post("/<task_id>/complete")
@policies.programs(Role.ADMIN, whose=policies.Whose.OF_THE_OFFICE)
@operation(body=_result)
def complete(task_id: str, body: Result) -> None:
    """Take the result of a worker."""
    externals.complete(auth.actor(), _id(task_id), body.values, presentation.now(), body.worker)


@blueprint.post("/<task_id>/failure")
@policies.programs(Role.ADMIN, whose=policies.Whose.OF_THE_OFFICE)
@operation(body=_failing)
def failure(task_id: str, body: tuple[str, Failing]) -> None:
    """Take what a worker failed at; without retries it rests as an incident."""
    worker, failing = body
    externals.fail(auth.actor(), _id(task_id), failing, presentation.now(), worker)


@blueprint.post("/<task_id>/bpmnError")
@policies.programs(Role.ADMIN, whose=policies.Whose.OF_THE_OFFICE)
@operation(body=_error)
def bpmn_error(task_id: str, body: Result) -> None:
    """End a task with an error; one that no diagram catches rests as an incident, which is no fault of the worker."""
    try:
        externals.end_with_error(auth.actor(), _id(task_id), body.code, body.values, presentation.now(), body.worker)
    except EngineFailed as failed:
        if failed.cause != UNCAUGHT:
            raise


@blueprint.post("/<task_id>/extendLock")
@policies.programs(Role.ADMIN, whose=policies.Whose.OF_THE_OFFICE)
@operation(body=_longer)
def extend_lock(task_id: str, body: Span) -> None:
    """Let a worker have it for longer, from now on."""
    now = presentation.now()
    externals.extend(auth.actor(), _id(task_id), body.worker, now + body.length, now)


@blueprint.post("/<task_id>/lock")
@policies.programs(Role.ADMIN, whose=policies.Whose.OF_THE_OFFICE)
@operation(body=_for_so_long)
def lock(task_id: str, body: Span) -> None:
    """Give a worker the task that he names."""
    now = presentation.now()
    externals.lock(auth.actor(), _id(task_id), body.worker, now + body.length, now)


@blueprint.post("/<task_id>/unlock")
@policies.programs(Role.ADMIN, whose=policies.Whose.OF_THE_OFFICE)
@operation()
def unlock(task_id: str) -> None:
    """Let others have it."""
    externals.unlock(auth.actor(), _id(task_id), presentation.now())


@blueprint.put("/<task_id>/retries")
@policies.programs(Role.ADMIN, whose=policies.Whose.OF_THE_OFFICE)
@operation(body=_retries)
def retries(task_id: str, body: int) -> None:
    """Say how often it may still fail; what rests is offered again."""
    externals.retry(auth.actor(), _id(task_id), body, presentation.now())


@blueprint.get("/topic-names")
@policies.programs(Role.ADMIN, whose=policies.Whose.OF_THE_OFFICE)
@operation(query=_topics)
def topic_names(query: Sought) -> list[str]:
    """Name the topics that something waits for."""
    return list(queries.topics(auth.actor(), query, presentation.now()))


@blueprint.get("/<task_id>")
@policies.programs(Role.ADMIN, whose=policies.Whose.OF_THE_OFFICE)
@operation()
def one(task_id: str) -> ExternalTask:
    """Return one external task."""
    return _shown(queries.one(auth.actor(), _id(task_id)))


@blueprint.get("/<task_id>/errorDetails")
@policies.programs(Role.ADMIN, whose=policies.Whose.OF_THE_OFFICE)
@operation()
def error_details(task_id: str) -> Plain:
    """Return what a worker told of the last failure."""
    return Response(queries.details(auth.actor(), _id(task_id)), mimetype="text/plain")


def _id(task_id: str) -> UUID:
    return reading.identifier(task_id, "External task")


def _locked(work: Work, *, properties: bool) -> LockedExternalTask:
    return {
        **_shown(work),
        "variables": variables.to_worker(work.variables),
        "extensionProperties": dict(work.properties) if properties else {},
    }


def _shown(work: Work) -> ExternalTask:
    return {
        "activityId": work.element,
        "activityInstanceId": str(work.id),
        "businessKey": work.business_key or None,
        "createTime": moment(work.since),
        "errorDetails": None,
        "errorMessage": work.error or None,
        "executionId": str(work.case),
        "id": str(work.id),
        "lockExpirationTime": moment(work.free_at) if work.worker else None,
        "priority": 0,
        "processDefinitionId": f"{work.process}:{work.version}:{work.definition}",
        "processDefinitionKey": work.process,
        "processDefinitionVersionTag": None,
        "processInstanceId": str(work.case),
        "retries": work.retries,
        "suspended": work.is_suspended,
        "tenantId": auth.actor().office,
        "topicName": work.topic,
        "workerId": work.worker or None,
    }


listing.serve(
    blueprint,
    Listing(
        found=lambda sought, page: queries.found(auth.actor(), sought, presentation.now(), page),
        count=lambda sought: queries.count(auth.actor(), sought, presentation.now()),
        shown=_shown,
    ),
    _asked,
    "external tasks",
    Role.ADMIN,
)
