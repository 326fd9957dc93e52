"""`/task/{id}/attachment`: files of a task, handed in or brought along for its answers."""

from typing import TypedDict
from uuid import UUID

from flask import Blueprint, current_app, request, url_for

from service import tasks
from service.attachments import Tray
from service.engine.assignment import Role
from service.engine.form.model import Field, flat
from service.errors import AttachmentRefused, Invalid, NotFound
from service.queries import files as queries
from service.queries.files import TaskFile
from service.rest import files, reading
from service.rest.dialect import moment
from service.rest.operations import operation
from service.rest.reading import Fields
from service.rest.shapes import File, Id, Link, Moment
from service.tasks import Opening
from service.web import auth, policies, presentation

blueprint = Blueprint("attachments", __name__, url_prefix="/task/<task_id>/attachment")
LONGEST_NAME = 200


class AttachmentObject(TypedDict):
    """A file of a task."""

    links: list[Link]
    id: Id
    name: str
    description: None
    taskId: Id
    type: str
    url: str
    createTime: Moment
    removalTime: None
    rootProcessInstanceId: Id


def _name(fields: Fields) -> str:
    fields.without_effect("attachment-type")
    fields.empty("attachment-description", "url")
    return fields.text("attachment-name", longest=LONGEST_NAME, of_people=True)


@blueprint.get("")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
@operation()
def listed(task_id: str) -> list[AttachmentObject]:
    """List the files that were handed in with a task, and those that the asker brought for it."""
    return [_shown(file) for file in queries.of_task(auth.actor(), _id(task_id))]


@blueprint.post("/create")
@policies.programs(Role.STAFF, whose=policies.Whose.MINE_TO_DO)
@operation(form=_name)
def create(task_id: str, form: str) -> AttachmentObject:
    """Take a file for a task, as the first question of its form that asks for such a file does on the page."""
    who, now, task = auth.actor(), presentation.now(), _id(task_id)
    opening = tasks.opening(who, task)
    name, content = _file(form.strip())
    field = _question(opening, name)
    tray = Tray(who, task, now, current_app.config["LAKSANA"].scan_command)
    taken = tray.take(name, content, _endings(field)).id
    kept = tasks.hand_in(who, task, field, taken, now, tray.new)
    return next(_shown(file) for file in queries.of_task(who, task) if str(file.id) == kept)


@blueprint.get("/<attachment_id>")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
@operation()
def one(task_id: str, attachment_id: str) -> AttachmentObject:
    """Tell of one file."""
    return _shown(_one(task_id, attachment_id))


@blueprint.get("/<attachment_id>/data")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
@operation()
def data(task_id: str, attachment_id: str) -> File:
    """Give out a file, to be kept and not to be shown."""
    file = _one(task_id, attachment_id)
    return files.of_case(str(file.id), file.case)


def _file(name: str) -> tuple[str, bytes]:
    """Return the one file that was sent; it is called as it was named, with its own ending."""
    sent = [(part, file) for part, file in request.files.items(multi=True)]
    if [part for part, _ in sent] != ["content"]:
        raise Invalid("one file is sent, as the part content")
    ((_, file),) = sent
    own = file.filename or ""
    _, dot, ending = own.rpartition(".")
    if name and dot and not name.lower().endswith(f".{ending.lower()}"):
        name = f"{name}.{ending}"
    return name or own, file.read()


def _question(opening: Opening, name: str) -> Field:
    """Return the question that the file answers: the first that takes such a file, be it the first of all."""
    asking = [field for field in flat(opening.form.fields) if field.kind == "filepicker" and field.writable]
    if not asking:
        raise AttachmentRefused(reason="no-question", name=name)
    ending = name.rpartition(".")[2].lower()
    return next((field for field in asking if ending in (_endings(field) or {ending})), asking[0])


def _endings(field: Field) -> frozenset[str]:
    return frozenset(ending.strip(" .").lower() for ending in field.accept if ending.strip(" ."))


def _one(task_id: str, attachment_id: str) -> TaskFile:
    for file in queries.of_task(auth.actor(), _id(task_id)):
        if str(file.id) == attachment_id:
            return file
    raise NotFound(f"attachment with id {attachment_id[:100]} for task id {task_id} does not exist")


def _id(task_id: str) -> UUID:
    return reading.identifier(task_id, "task")


def _shown(file: TaskFile) -> AttachmentObject:
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
