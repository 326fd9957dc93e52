"""`/task/{id}/attachment`: files of a task, handed in or brought along for its answers."""

from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request, url_for

from service import tasks
from service.attachments import Tray
from service.engine.assignment import Role
from service.engine.form.model import Field, flat
from service.errors import AttachmentRefused, Invalid, NotFound
from service.queries import files as queries
from service.queries.files import TaskFile
from service.rest import files, reading
from service.rest.dialect import moment
from service.rest.reading import Fields
from service.tasks import Opening
from service.web import auth, policies, presentation

blueprint = Blueprint("attachments", __name__, url_prefix="/task/<task_id>/attachment")


@blueprint.get("")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
def listed(task_id: str) -> Response:
    """List the files that were handed in with a task, and those that the asker brought for it."""
    return jsonify([_shown(file) for file in _found(task_id)])


@blueprint.post("/create")
@policies.programs(Role.STAFF, whose=policies.Whose.MINE_TO_DO)
def create(task_id: str) -> Response:
    """Take a file for a task, as the first question of its form that asks for such a file does on the page."""
    name, content = _sent()
    who, now, task = auth.actor(), presentation.now(), reading.identifier(task_id, "task")
    opening = tasks.opening(who, task)
    field = _question(opening, name)
    tray = Tray(who, task, now, current_app.config["LAKSANA"].scan_command)
    taken = tray.take(name, content, _endings(field)).id
    given = _given(opening, field)
    answer = [*given, taken] if field.multiple else [taken]
    tasks.amend_draft(who, task, {field.key: list(dict.fromkeys(answer))}, frozenset(), now, tray.new)
    return jsonify(next(_shown(file) for file in queries.of_task(who, task) if str(file.id) == taken))


@blueprint.get("/<attachment_id>")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
def one(task_id: str, attachment_id: str) -> Response:
    """Tell of one file."""
    return jsonify(_shown(_one(task_id, attachment_id)))


@blueprint.get("/<attachment_id>/data")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
def data(task_id: str, attachment_id: str) -> Response:
    """Give out a file, to be kept and not to be shown."""
    file = _one(task_id, attachment_id)
    return files.of_case(str(file.id), file.case)


def _sent() -> tuple[str, bytes]:
    """Return name and content of what was sent; it is called as it was named, with the ending of its file."""
    names = [name for sent in (request.form, request.files) for name, _ in sent.items(multi=True)]
    if len(set(names)) < len(names):
        raise Invalid("every part is sent once")
    fields = Fields(dict(request.form))
    name = fields.text("attachment-name", longest=200, of_people=True).strip()
    fields.without_effect("attachment-type")
    fields.empty("attachment-description", "url")
    fields.end()
    content = request.files.get("content")
    if content is None or set(request.files) != {"content"}:
        raise Invalid("one file is sent, as the part content")
    _, dot, ending = (content.filename or "").rpartition(".")
    if not name or not dot:
        return name or content.filename or "", content.read()
    return name if name.lower().endswith(f".{ending.lower()}") else f"{name}.{ending}", content.read()


def _question(opening: Opening, name: str) -> Field:
    """Return the question that the file answers: the first that takes such a file, be it the first of all."""
    asking = [field for field in flat(opening.form.fields) if field.kind == "filepicker" and field.writable]
    if not asking:
        raise AttachmentRefused(reason="no-question", name=name)
    ending = name.rpartition(".")[2].lower()
    return next((field for field in asking if ending in (_endings(field) or {ending})), asking[0])


def _endings(field: Field) -> frozenset[str]:
    return frozenset(ending.strip(" .").lower() for ending in field.accept if ending.strip(" ."))


def _given(opening: Opening, field: Field) -> list[str]:
    value = opening.answers.values.get(field.key)
    return [str(file["id"]) for file in value if isinstance(file, dict)] if isinstance(value, list) else []


def _found(task_id: str) -> tuple[TaskFile, ...]:
    reading.query().end()
    return queries.of_task(auth.actor(), reading.identifier(task_id, "task"))


def _one(task_id: str, attachment_id: str) -> TaskFile:
    for file in _found(task_id):
        if str(file.id) == attachment_id:
            return file
    raise NotFound(f"attachment with id {attachment_id[:100]} for task id {task_id} does not exist")


def _shown(file: TaskFile) -> dict[str, Any]:
    address = url_for("rest.attachments.data", task_id=file.task, attachment_id=file.id, _external=True)
    return {
        "links": [],
        "id": str(file.id),
        "name": file.name,
        "description": None,
        "taskId": str(file.task),
        "type": file.media_type,
        "url": address,
        "createTime": moment(file.added_at),
        "removalTime": None,
        "rootProcessInstanceId": str(file.case),
    }
