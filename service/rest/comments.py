"""`/task/{id}/comment`: what people told one another about a task, and one more word."""

from typing import Any

from flask import Blueprint, Response, jsonify

from service import comments
from service.engine.assignment import Role
from service.errors import Invalid, NotFound
from service.queries import comments as queries
from service.queries.comments import Comment
from service.rest import reading
from service.rest.dialect import moment
from service.web import auth, policies, presentation

blueprint = Blueprint("comments", __name__, url_prefix="/task/<task_id>/comment")


@blueprint.get("")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
def listed(task_id: str) -> Response:
    """List the comments of a task, the newest first."""
    reading.query().end()
    return jsonify([_shown(one) for one in queries.of_task(auth.actor(), reading.identifier(task_id, "task"))])


@blueprint.post("/create")
@policies.programs(Role.STAFF, whose=policies.Whose.OF_THE_OFFICE)
def create(task_id: str) -> Response:
    """Say something about a task; it stays."""
    fields = reading.body()
    text = fields.text("message", longest=reading.LONGEST_TEXT, of_people=True)
    named = fields.text("processInstanceId")
    fields.end()
    who, task = auth.actor(), reading.identifier(task_id, "task")
    case = queries.case_of(who, task)
    if named not in ("", str(case)):
        raise Invalid("the task is of another case", field="processInstanceId")
    sequence = comments.add(who, case, task, text, presentation.now())
    return jsonify(next(_shown(one) for one in queries.of_task(who, task) if one.sequence == sequence))


@blueprint.get("/<comment_id>")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
def one(task_id: str, comment_id: str) -> Response:
    """Return one comment."""
    reading.query().end()
    for comment in queries.of_task(auth.actor(), reading.identifier(task_id, "task")):
        if _id(comment) == comment_id:
            return jsonify(_shown(comment))
    raise NotFound(f"comment with id {comment_id[:100]} for task id {task_id} does not exist")


def _id(comment: Comment) -> str:
    return f"{comment.case}:{comment.sequence}"


def _shown(comment: Comment) -> dict[str, Any]:
    return {
        "links": [],
        "id": _id(comment),
        "userId": comment.user_name,
        "time": moment(comment.at),
        "taskId": str(comment.task),
        "message": comment.text,
        "removalTime": None,
        "rootProcessInstanceId": str(comment.case),
        "processInstanceId": str(comment.case),
    }
