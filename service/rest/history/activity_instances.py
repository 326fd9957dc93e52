"""`/history/activity-instance`: what a case passed through, and where it stands."""

from typing import Any

from flask import Blueprint, Response, jsonify

from service.errors import Invalid
from service.queries.past import activities
from service.queries.past.activities import Activity, Sought
from service.rest import reading
from service.rest.dialect import moment
from service.rest.history import asking
from service.rest.history.asking import Listing
from service.rest.reading import Fields
from service.web import auth, policies, presentation

blueprint = Blueprint("activity_instances", __name__, url_prefix="/activity-instance")
STARTS = {"timer": "startTimerEvent", "message": "messageStartEvent", "signal": "signalStartEvent"}
THROWS = {"message": "intermediateMessageThrowEvent", "signal": "intermediateSignalThrow"}
CATCHES = {"timer": "intermediateTimer"}
UNSUPPORTED = ("activityNameLike", "completeScope")


@blueprint.get("")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
def listed() -> Response:
    """List activities of a case by the address."""
    return _ACTIVITIES.by_address()


@blueprint.post("")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE, only_looks=True)
def asked() -> Response:
    """List activities of a case by a body."""
    return _ACTIVITIES.by_body()


@blueprint.get("/count")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
def count() -> Response:
    """Count activities of a case by the address."""
    return _ACTIVITIES.counted_by_address()


@blueprint.post("/count")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE, only_looks=True)
def asked_count() -> Response:
    """Count activities of a case by a body."""
    return _ACTIVITIES.counted_by_body()


@blueprint.get("/<activity_id>")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
def one(activity_id: str) -> Response:
    """Return one activity."""
    reading.query().end()
    found = activities.one(auth.actor(), activity_id, presentation.now())
    asking.tell_of(found.case)
    return jsonify(_shown(found))


def _sought(fields: Fields) -> Sought | None:
    cases = asking.cases(fields, "processInstanceId", "executionId")
    if cases is None:
        raise Invalid("names the case whose activities are reckoned", field="processInstanceId")
    finished, unfinished = fields.flag("finished"), fields.flag("unfinished")
    named = fields.text("activityType")
    sought = Sought(
        case=next(iter(cases), None),
        ids=asking.words(fields, "activityInstanceId"),
        elements=asking.words(fields, "activityId"),
        name=asking.word(fields, "activityName"),
        is_kind=(lambda kind, event: kind_of(kind, event) == named) if named else None,
        definitions=asking.definitions(fields, "processDefinitionId"),
        assignee=asking.word(fields, "taskAssignee"),
        is_over=True if finished else False if unfinished else None,
        is_cancelled=fields.flag("canceled") or None,
        started=asking.span(fields, "startedAfter", "startedBefore"),
        ended=asking.span(fields, "finishedAfter", "finishedBefore"),
    )
    fields.empty(*UNSUPPORTED)
    return None if asking.is_elsewhere(fields) or (finished and unfinished) else sought


def _shown(activity: Activity) -> dict[str, Any]:
    return {
        "id": activity.id,
        "parentActivityInstanceId": str(activity.case),
        "activityId": activity.element,
        "activityName": activity.name or None,
        "activityType": kind_of(activity.kind, activity.event),
        "processDefinitionKey": activity.process,
        "processDefinitionId": f"{activity.process}:{activity.version}:{activity.definition}",
        "processInstanceId": str(activity.case),
        "executionId": str(activity.case),
        "taskId": str(activity.task) if activity.task else None,
        "calledProcessInstanceId": None,
        "calledCaseInstanceId": None,
        "assignee": activity.assignee,
        "startTime": moment(activity.started_at),
        "endTime": moment(activity.ended_at),
        "durationInMillis": asking.milliseconds(activity.started_at, activity.ended_at),
        "canceled": activity.is_cancelled,
        "completeScope": False,
        "tenantId": auth.actor().office,
        "removalTime": None,
        "rootProcessInstanceId": str(activity.case),
    }


def kind_of(kind: str, event: str) -> str:
    """Return what the dialect calls an element; it tells events apart by what they wait for or raise."""
    match kind:
        case "startEvent":
            return STARTS.get(event, kind)
        case "endEvent":
            return f"{event or 'none'}EndEvent"
        case "boundaryEvent":
            return f"boundary{event.capitalize()}"
        case "intermediateCatchEvent":
            return CATCHES.get(event, f"intermediate{event.capitalize()}Catch")
        case "intermediateThrowEvent":
            return THROWS.get(event, f"intermediate{(event or 'none').capitalize()}ThrowEvent")
        case _:
            return kind


_ACTIVITIES = Listing(
    orders=tuple(activities.ORDERS),
    read=_sought,
    found=lambda sought, page: activities.found(auth.actor(), sought, presentation.now(), page),
    count=lambda sought: activities.count(auth.actor(), sought, presentation.now()),
    shown=_shown,
)
