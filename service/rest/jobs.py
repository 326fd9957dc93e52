"""`/job`: the timers that cases wait for; one that failed is tried again."""

from typing import TypedDict

from flask import Blueprint

from service import incidents
from service.engine.assignment import Role
from service.errors import Conflict
from service.queries import timers
from service.queries.timers import Sought, Timer
from service.rest import listing, reading
from service.rest.dialect import moment
from service.rest.listing import Asked, Listing
from service.rest.operations import operation
from service.rest.reading import Fields
from service.rest.shapes import DefinitionId, Id, Moment
from service.web import auth, policies, presentation

blueprint = Blueprint("jobs", __name__, url_prefix="/job")
ORDERS = tuple(timers.ORDERS)


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


def _asked(fields: Fields) -> Asked[Sought]:
    flags = ("withRetriesLeft", "noRetriesLeft", "withException", "executable", "messages")
    left, none_left, failed, executable, of_others = (fields.flag(name) for name in flags)
    rests = none_left or failed
    cases = listing.cases(fields, "processInstanceId", "processInstanceIds", "executionId")
    sought = Sought(
        ids=reading.identifiers(listing.words(fields, "jobId", "jobIds")),
        cases=cases,
        definitions=listing.definitions(fields, "processDefinitionId"),
        processes=listing.words(fields, "processDefinitionKey"),
        elements=listing.words(fields, "activityId", "failedActivityId"),
        rests=True if rests else False if left or executable else None,
        is_due=bool(executable),
        is_suspended=reading.suspension(fields),
    )
    fields.flag("timers")
    fields.without_effect("includeJobsWithoutTenantId")
    is_nowhere = bool(of_others or (rests and (left or executable)))
    return Asked(sought, cases, listing.offices(fields), is_nowhere, reading.order(fields, ORDERS))


def _retries(fields: Fields) -> int:
    fields.empty("dueDate")
    return fields.whole("retries", least=1)


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


listing.serve(
    blueprint,
    Listing(
        found=lambda sought, page: timers.found(auth.actor(), sought, presentation.now(), page),
        count=lambda sought: timers.count(auth.actor(), sought, presentation.now()),
        shown=_shown,
    ),
    _asked,
    "timers",
)
