"""`/external-task`: workers fetch work and lock it, do it, fail at it, let it go."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

from flask import Blueprint, Response, jsonify
from werkzeug.wrappers import Response as Answer

from service import externals
from service.engine.assignment import Role
from service.errors import Invalid
from service.externals import Failing, Wish
from service.queries import externals as queries
from service.queries.externals import Order, Sought, Work
from service.rest import patience, reading, variables
from service.rest.dialect import done, moment
from service.rest.reading import Fields
from service.web import auth, policies, presentation

blueprint = Blueprint("external_tasks", __name__, url_prefix="/external-task")
MOST_TOPICS = 50
LONGEST_TOPIC = 300
MILLISECONDS = 1_000
ORDERS: tuple[Order, ...] = get_args(Order)


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic that a worker asks for."""

    name: str
    lock: timedelta
    processes: frozenset[str]
    is_ours: bool
    variables: frozenset[str] | None
    """Which ones he wants; None: all."""
    with_properties: bool


@blueprint.post("/fetchAndLock")
@policies.programs(Role.ADMIN)
def fetch_and_lock() -> Response:
    """Give a worker what waits for him; he may wait for it."""
    fields = reading.body()
    worker = fields.required("workerId", longest=externals.LONGEST_WORKER)
    most = fields.whole("maxTasks", 10, 1)
    seconds = fields.whole("asyncResponseTimeout", 0, most=10**9) / MILLISECONDS
    order = fields.parts("sorting", _created)
    fields.without_effect("usePriority")
    topics = fields.parts("topics", _topic)
    fields.end()
    if not 0 < len(topics) <= MOST_TOPICS or len({topic.name for topic in topics}) < len(topics):
        raise Invalid(f"1 to {MOST_TOPICS} different topics are asked for", field="topics")
    who, ours = auth.actor(), [topic for topic in topics if topic.is_ours]

    def look() -> list[Any]:
        now = datetime.now(UTC)
        wishes = [Wish(topic.name, now + topic.lock, topic.processes) for topic in ours]
        return list(externals.fetch(who, worker, wishes, most, now, newest_first=order == ["desc"]))

    ids = patience.until_found(look, seconds)
    wanted = {topic.name: topic for topic in ours}
    works = queries.taken(who, ids, {name: topic.variables for name, topic in wanted.items()}) if ids else ()
    return jsonify([_locked(work, properties=wanted[work.topic].with_properties) for work in works])


@blueprint.post("/<task_id>/complete")
@policies.programs(Role.ADMIN, whose=policies.Whose.OF_THE_OFFICE)
def complete(task_id: str) -> Answer:
    """Take the result of a worker."""
    fields = reading.body()
    worker, values = _worker(fields), variables.read(fields, "variables")
    fields.empty("localVariables")
    fields.end()
    externals.complete(auth.actor(), _id(task_id), values, presentation.now(), worker)
    return done()


@blueprint.post("/<task_id>/failure")
@policies.programs(Role.ADMIN, whose=policies.Whose.OF_THE_OFFICE)
def failure(task_id: str) -> Answer:
    """Take what a worker failed at; without retries it rests as an incident."""
    fields = reading.body()
    worker = _worker(fields)
    told = fields.text("errorMessage", longest=reading.LONGEST_TEXT, of_people=True).strip()
    details = fields.text("errorDetails", longest=reading.LONGEST_TEXT, of_people=True)
    failing = Failing(
        told or details[: externals.LONGEST_ERROR] or "failed",
        details,
        fields.whole("retries", 0, most=externals.MOST_RETRIES),
        fields.span("retryTimeout", timedelta()),
    )
    fields.empty("variables", "localVariables")
    fields.end()
    externals.fail(auth.actor(), _id(task_id), failing, presentation.now(), worker)
    return done()


@blueprint.post("/<task_id>/bpmnError")
@policies.programs(Role.ADMIN, whose=policies.Whose.OF_THE_OFFICE)
def bpmn_error(task_id: str) -> Answer:
    """End a task with an error that the diagram knows."""
    fields = reading.body()
    worker, values = _worker(fields), variables.read(fields, "variables")
    code = fields.required("errorCode", longest=externals.LONGEST_CODE)
    fields.text("errorMessage", longest=reading.LONGEST_TEXT, of_people=True)
    fields.end()
    externals.end_with_error(auth.actor(), _id(task_id), code, values, presentation.now(), worker)
    return done()


@blueprint.post("/<task_id>/extendLock")
@policies.programs(Role.ADMIN, whose=policies.Whose.OF_THE_OFFICE)
def extend_lock(task_id: str) -> Answer:
    """Let a worker have it for longer, from now on."""
    fields = reading.body()
    worker, span = _worker(fields), fields.span("newDuration")
    fields.end()
    now = presentation.now()
    externals.extend(auth.actor(), _id(task_id), worker, now + span, now)
    return done()


@blueprint.post("/<task_id>/lock")
@policies.programs(Role.ADMIN, whose=policies.Whose.OF_THE_OFFICE)
def lock(task_id: str) -> Answer:
    """Give a worker the task that he names."""
    fields = reading.body()
    worker, span = _worker(fields), fields.span("lockDuration")
    fields.end()
    now = presentation.now()
    externals.lock(auth.actor(), _id(task_id), worker, now + span, now)
    return done()


@blueprint.post("/<task_id>/unlock")
@policies.programs(Role.ADMIN, whose=policies.Whose.OF_THE_OFFICE)
def unlock(task_id: str) -> Answer:
    """Let others have it."""
    reading.body().end()
    externals.unlock(auth.actor(), _id(task_id), presentation.now())
    return done()


@blueprint.put("/<task_id>/retries")
@policies.programs(Role.ADMIN, whose=policies.Whose.OF_THE_OFFICE)
def retries(task_id: str) -> Answer:
    """Say how often it may still fail; what rests is offered again."""
    fields = reading.body()
    most = fields.whole("retries", -1, most=externals.MOST_RETRIES)
    fields.end()
    externals.retry(auth.actor(), _id(task_id), most, presentation.now())
    return done()


@blueprint.get("")
@policies.programs(Role.ADMIN, whose=policies.Whose.OF_THE_OFFICE)
def listed() -> Response:
    """List external tasks by the address."""
    return _listed(reading.query())


@blueprint.post("")
@policies.programs(Role.ADMIN, whose=policies.Whose.OF_THE_OFFICE, only_looks=True)
def asked() -> Response:
    """List external tasks by a body; the page stands in the address."""
    return _listed(reading.body(), reading.query())


@blueprint.get("/count")
@policies.programs(Role.ADMIN, whose=policies.Whose.OF_THE_OFFICE)
def count() -> Response:
    """Count external tasks by the address."""
    return _counted(reading.query())


@blueprint.post("/count")
@policies.programs(Role.ADMIN, whose=policies.Whose.OF_THE_OFFICE, only_looks=True)
def asked_count() -> Response:
    """Count external tasks by a body."""
    return _counted(reading.body())


@blueprint.get("/topic-names")
@policies.programs(Role.ADMIN, whose=policies.Whose.OF_THE_OFFICE)
def topic_names() -> Response:
    """Name the topics that something waits for."""
    fields, now = reading.query(), presentation.now()
    locked = fields.flag("withLockedTasks") or None
    unlocked = fields.flag("withUnlockedTasks") or None
    sought = Sought(
        is_locked=True if locked else False if unlocked else None,
        may_be_tried=fields.flag("withRetriesLeft") or None,
    )
    fields.end()
    return jsonify(queries.topics(auth.actor(), sought, now))


@blueprint.get("/<task_id>")
@policies.programs(Role.ADMIN, whose=policies.Whose.OF_THE_OFFICE)
def one(task_id: str) -> Response:
    """Return one external task."""
    reading.query().end()
    return jsonify(_shown(queries.one(auth.actor(), _id(task_id))))


@blueprint.get("/<task_id>/errorDetails")
@policies.programs(Role.ADMIN, whose=policies.Whose.OF_THE_OFFICE)
def error_details(task_id: str) -> Answer:
    """Return what a worker told of the last failure."""
    return Answer(queries.details(auth.actor(), _id(task_id)), mimetype="text/plain")


def _listed(fields: Fields, address: Fields | None = None) -> Response:
    order = reading.order(fields, ORDERS)
    first, most = reading.page(address or fields)
    now = presentation.now()
    sought = _sought(fields)
    for read in (fields, address):
        if read is not None:
            read.end()
    works = queries.found(auth.actor(), sought, now, order, first, most) if sought else ()
    return jsonify([_shown(work) for work in works])


def _counted(fields: Fields) -> Response:
    sought = _sought(fields)
    fields.end()
    return jsonify(count=queries.count(auth.actor(), sought, presentation.now()) if sought else 0)


def _sought(fields: Fields) -> Sought | None:
    """Read which tasks are meant, None for such as nobody has."""
    ids, cases = _several(fields, "externalTaskId"), _several(fields, "processInstanceId")
    tried = fields.flag("withRetriesLeft")
    sought = Sought(
        ids=reading.identifiers(ids),
        cases=reading.identifiers(cases),
        topic=fields.text("topicName", longest=LONGEST_TOPIC),
        worker=fields.text("workerId"),
        process=fields.text("processDefinitionKey"),
        elements=_several(fields, "activityId") or frozenset(),
        is_locked=True if fields.flag("locked") else False if fields.flag("notLocked") else None,
        may_be_tried=tried or (False if fields.flag("noRetriesLeft") else None),
        locked_before=fields.moment("lockExpirationBefore"),
        locked_after=fields.moment("lockExpirationAfter"),
    )
    suspended = fields.flag("suspended")
    fields.flag("active")
    offices = fields.texts("tenantIdIn")
    is_nowhere = suspended or (offices is not None and auth.actor().office not in offices)
    return None if is_nowhere else sought


def _several(fields: Fields, name: str) -> frozenset[str] | None:
    """Read one value or several of a field."""
    one, several = fields.text(name), fields.texts(f"{name}In")
    if not one:
        return several
    return frozenset({one}) if several is None else several & {one}


def _topic(fields: Fields) -> Topic:
    key, keys = fields.text("processDefinitionKey"), fields.texts("processDefinitionKeyIn") or frozenset()
    offices = fields.texts("tenantIdIn")
    topic = Topic(
        name=fields.required("topicName", longest=LONGEST_TOPIC),
        lock=fields.span("lockDuration"),
        processes=keys | ({key} if key else set()),
        is_ours=not offices or auth.actor().office in offices,
        variables=fields.texts("variables"),
        with_properties=bool(fields.flag("includeExtensionProperties")),
    )
    fields.empty(
        "businessKey", "processDefinitionId", "processDefinitionIdIn", "processDefinitionVersionTag", "processVariables"
    )
    fields.without_effect("deserializeValues", "localVariables", "withoutTenantId")
    return topic


def _created(fields: Fields) -> str:
    fields.choice("sortBy", ("createTime",), "createTime")
    return fields.choice("sortOrder", ("asc", "desc"), "asc")


def _worker(fields: Fields) -> str:
    return fields.required("workerId", longest=externals.LONGEST_WORKER)


def _id(task_id: str) -> Any:  # noqa: ANN401 - a UUID
    return reading.identifier(task_id, "External task")


def _locked(work: Work, *, properties: bool) -> dict[str, Any]:
    """Return a task as a worker gets it."""
    return _shown(work) | {
        "variables": variables.all_written(work.variables),
        "extensionProperties": dict(work.properties) if properties else {},
    }


def _shown(work: Work) -> dict[str, Any]:
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
        "suspended": False,
        "tenantId": auth.actor().office,
        "topicName": work.topic,
        "workerId": work.worker or None,
    }
