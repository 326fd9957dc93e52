"""`/job`: the timers that cases wait for; one that failed is tried again."""

from typing import TypedDict

from flask import Blueprint

from service import incidents
from service.engine.assignment import Role
from service.errors import Conflict
from service.queries import timers
from service.queries.past.narrowing import Page
from service.queries.timers import Sought, Timer
from service.rest import reading
from service.rest.dialect import moment
from service.rest.history import asking
from service.rest.listing import Order, Wanted, tell, wanted
from service.rest.operations import operation
from service.rest.reading import Fields
from service.rest.shapes import Count, DefinitionId, Id, Moment
from service.web import auth, policies, presentation

blueprint = Blueprint("jobs", __name__, url_prefix="/job")
ORDERS = tuple(timers.ORDERS)
Rows = tuple[int, int]


class Job(TypedDict):
    """A timer that a case waits for."""

    id: Id
    jobDefinitionId: None
    processInstanceId: Id
    processDefinitionId: DefinitionId
    processDefinitionKey: str
    executionId: Id
    exceptionMessage: str | None
    failedActivityId: str | None
    retries: int
    dueDate: Moment | None
    suspended: bool
    priority: int
    tenantId: str
    createTime: Moment | None
    batchId: None


def _sought(fields: Fields) -> Wanted[Sought]:
    flags = ("withRetriesLeft", "noRetriesLeft", "withException", "executable", "messages")
    left, none_left, failed, executable, of_others = (fields.flag(name) for name in flags)
    rests = none_left or failed
    sought = Sought(
        ids=reading.identifiers(asking.words(fields, "jobId", "jobIds")),
        cases=reading.identifiers(asking.words(fields, "processInstanceId", "processInstanceIds", "executionId")),
        definitions=asking.definitions(fields, "processDefinitionId"),
        processes=asking.words(fields, "processDefinitionKey"),
        elements=asking.words(fields, "activityId", "failedActivityId"),
        rests=True if rests else False if left or executable else None,
        is_due=bool(executable),
        is_suspended=reading.suspension(fields),
    )
    fields.flag("timers")
    fields.without_effect("includeJobsWithoutTenantId")
    is_nowhere = of_others or (rests and (left or executable))
    return wanted(fields, None if is_nowhere else sought)


def _listing(fields: Fields) -> tuple[Wanted[Sought], Page]:
    return _sought(fields), Page(reading.order(fields, ORDERS), *reading.page(fields))


def _ordered(fields: Fields) -> tuple[Wanted[Sought], Order]:
    return _sought(fields), reading.order(fields, ORDERS)


def _retries(fields: Fields) -> int:
    fields.empty("dueDate")
    return fields.whole("retries", least=1)


@blueprint.get("")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
@operation(query=_listing)
def listed(query: tuple[Wanted[Sought], Page]) -> list[Job]:
    """List timers by the address."""
    return _found(*query)


@blueprint.post("")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE, only_looks=True)
@operation(query=reading.page, body=_ordered)
def asked(query: Rows, body: tuple[Wanted[Sought], Order]) -> list[Job]:
    """List timers by a body; the page stands in the address."""
    wanted, order = body
    return _found(wanted, Page(order, *query))


@blueprint.get("/count")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
@operation(query=_sought)
def count(query: Wanted[Sought]) -> Count:
    """Count timers by the address."""
    return _counted(query)


@blueprint.post("/count")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE, only_looks=True)
@operation(body=_sought)
def asked_count(body: Wanted[Sought]) -> Count:
    """Count timers by a body."""
    return _counted(body)


@blueprint.get("/<job_id>")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
@operation()
def one(job_id: str) -> Job:
    """Return one timer."""
    return _shown(_timer(job_id))


@blueprint.put("/<job_id>/retries")
@policies.programs(Role.ADMIN, whose=policies.Whose.OF_THE_OFFICE)
@operation(body=_retries)
def retries(job_id: str, body: int) -> None:  # noqa: ARG001 - one try is made, however many are left
    """Try a timer again that failed."""
    timer = _timer(job_id)
    if timer.incident is None:
        raise Conflict("the timer has not failed: it goes off by itself when its time has come")
    incidents.retry(auth.actor(), timer.incident, {}, "", presentation.now())


def _timer(job_id: str) -> Timer:
    return timers.one(auth.actor(), reading.identifier(job_id, "job"), presentation.now())


def _found(wanted: Wanted[Sought], page: Page) -> list[Job]:
    sought = wanted.here()
    if sought is None:
        return []
    tell(sought.cases)
    return [_shown(timer) for timer in timers.found(auth.actor(), sought, presentation.now(), page)]


def _counted(wanted: Wanted[Sought]) -> Count:
    sought = wanted.here()
    return {"count": timers.count(auth.actor(), sought, presentation.now()) if sought else 0}


def _shown(timer: Timer) -> Job:
    return {
        "id": str(timer.id),
        "jobDefinitionId": None,
        "processInstanceId": str(timer.case),
        "processDefinitionId": f"{timer.process}:{timer.version}:{timer.definition}",
        "processDefinitionKey": timer.process,
        "executionId": str(timer.case),
        "exceptionMessage": timer.failure or None,
        "failedActivityId": timer.element if timer.incident else None,
        "retries": 0 if timer.incident else 1,
        "dueDate": moment(timer.due_at),
        "suspended": timer.is_suspended,
        "priority": 0,
        "tenantId": auth.actor().office,
        "createTime": moment(timer.since),
        "batchId": None,
    }
