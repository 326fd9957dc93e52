"""`/task/{id}/comment`: what people told one another about a task, and one more word."""

from dataclasses import dataclass
from typing import TypedDict
from uuid import UUID

from flask import Blueprint

from service import comments
from service.engine.assignment import Role
from service.errors import Invalid, NotFound
from service.queries import comments as queries
from service.queries.comments import Comment
from service.rest import reading
from service.rest.dialect import moment
from service.rest.operations import operation
from service.rest.reading import Fields
from service.rest.shapes import Id, Link, Moment
from service.web import auth, policies, presentation

blueprint = Blueprint("comments", __name__, url_prefix="/task/<task_id>/comment")


class CommentObject(TypedDict):
    """What somebody said about a task."""

    links: list[Link]
    id: str
    userId: str
    time: Moment
    taskId: Id
    message: str
    removalTime: None
    rootProcessInstanceId: Id
    processInstanceId: Id


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody says."""

    text: str
    case: str
    """The case that it is about, where he names it."""


def _said(fields: Fields) -> Said:
    text = fields.text("message", longest=reading.LONGEST_TEXT, of_people=True)
    return Said(text, fields.text("processInstanceId"))


@blueprint.get("")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
@operation()
def listed(task_id: str) -> list[CommentObject]:
    """List the comments of a task, the newest first."""
    return [_shown(one) for one in queries.of_task(auth.actor(), _id(task_id))]


@blueprint.post("/create")
@policies.programs(Role.STAFF, whose=policies.Whose.OF_THE_OFFICE)
@operation(body=_said)
def create(task_id: str, body: Said) -> CommentObject:
    """Say something about a task; it stays."""
    who, task = auth.actor(), _id(task_id)
    case = queries.case_of(who, task)
    if body.case not in ("", str(case)):
        raise Invalid("the task is of another case", field="processInstanceId")
    sequence = comments.add(who, case, task, body.text, presentation.now())
    return next(_shown(one) for one in queries.of_task(who, task) if one.sequence == sequence)


@blueprint.get("/<comment_id>")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
@operation()
def one(task_id: str, comment_id: str) -> CommentObject:
    """Return one comment."""
    for comment in queries.of_task(auth.actor(), _id(task_id)):
        if _name(comment) == comment_id:
            return _shown(comment)
    raise NotFound(f"comment with id {comment_id[:100]} for task id {task_id} does not exist")


def _id(task_id: str) -> UUID:
    return reading.identifier(task_id, "task")


def _name(comment: Comment) -> str:
    return f"{comment.case}:{comment.sequence}"


def _shown(comment: Comment) -> CommentObject:
    return {
        "links": [],
        "id": _name(comment),
        "userId": comment.user_name,
        "time": moment(comment.at),
        "taskId": str(comment.task),
        "message": comment.text,
        "removalTime": None,
        "rootProcessInstanceId": str(comment.case),
        "processInstanceId": str(comment.case),
    }
