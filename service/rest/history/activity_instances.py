"""`/history/activity-instance`: what a case passed through, and where it stands."""

from typing import TypedDict

from flask import Blueprint

from service.queries.past import activities
from service.queries.past.activities import Activity, Sought
from service.rest import listing, reading
from service.rest.dialect import moment
from service.rest.listing import Asked, Listing
from service.rest.operations import operation
from service.rest.reading import Fields
from service.rest.shapes import DefinitionId, Id, Moment, Whole
from service.web import auth, policies, presentation

blueprint = Blueprint("activity_instances", __name__, url_prefix="/activity-instance")
STARTS = {"timer": "startTimerEvent", "message": "messageStartEvent", "signal": "signalStartEvent"}
THROWS = {"message": "intermediateMessageThrowEvent", "signal": "intermediateSignalThrow"}
CATCHES = {"timer": "intermediateTimer"}
UNSUPPORTED = ("activityNameLike", "completeScope")


class HistoricActivityInstance(TypedDict):
    """One time that a case came to an element."""

    id: str
    parentActivityInstanceId: Id
    activityId: str
    activityName: str | None
    activityType: str
    processDefinitionKey: str
    processDefinitionId: DefinitionId
    processInstanceId: Id
    executionId: Id
    taskId: Id | None
    calledProcessInstanceId: None
    calledCaseInstanceId: None
    assignee: str | None
    startTime: Moment
    endTime: Moment | None
    durationInMillis: Whole | None
    canceled: bool
    completeScope: bool
    tenantId: str
    removalTime: None
    rootProcessInstanceId: Id


def _asked(fields: Fields) -> Asked[Sought]:
    wanted = listing.cases(fields, "processInstanceId", "executionId")
    finished, unfinished = fields.flag("finished"), fields.flag("unfinished")
    named = fields.sought("activityType")
    sought = Sought(
        cases=wanted,
        ids=listing.words(fields, "activityInstanceId"),
        elements=listing.words(fields, "activityId"),
        name=listing.word(fields, "activityName"),
        is_kind=(lambda kind, event: kind_of(kind, event) == named) if named else None,
        definitions=listing.definitions(fields, "processDefinitionId"),
        assignee=listing.word(fields, "taskAssignee"),
        is_over=True if finished else False if unfinished else None,
        is_cancelled=fields.flag("canceled") or None,
        started=listing.span(fields, "startedAfter", "startedBefore"),
        ended=listing.span(fields, "finishedAfter", "finishedBefore"),
    )
    fields.empty(*UNSUPPORTED)
    order = reading.order(fields, tuple(activities.ORDERS))
    return Asked(sought, wanted, listing.offices(fields), bool(finished and unfinished), order)


@blueprint.get("/<activity_id>")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
@operation()
def one(activity_id: str) -> HistoricActivityInstance:
    """Return one activity."""
    found = activities.one(auth.actor(), activity_id, presentation.now())
    listing.tell_of(found.case)
    return _shown(found)


def _shown(activity: Activity) -> HistoricActivityInstance:
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
        "durationInMillis": listing.milliseconds(activity.started_at, activity.ended_at),
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


listing.serve(
    blueprint,
    Listing(
        found=lambda sought, page: activities.found(auth.actor(), sought, presentation.now(), page),
        count=lambda sought: activities.count(auth.actor(), sought, presentation.now()),
        shown=_shown,
    ),
    _asked,
    "activities of a case",
    by_body=listing.page,
)
