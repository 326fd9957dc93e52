"""`/task/{id}/form` and its neighbours: what a task asks, and what it knows before it is answered."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, url_for

from service import tasks
from service.engine.assignment import Role
from service.engine.expression import JSON
from service.errors import NotFound, TaskClosed
from service.queries import task_list
from service.queries.task_list import OpenTask
from service.rest import files, reading, rendering, variables
from service.rest.operations import operation
from service.rest.reading import Fields
from service.rest.rendering import FormAddress
from service.rest.shapes import File, Html, Variable, Variables
from service.tasks import Opening
from service.web import auth, policies, presentation

blueprint = Blueprint("task_forms", __name__, url_prefix="/task/<task_id>")


@dataclass(frozen=True, slots=True)
class Changes:
    """Answers to be written into a task, and names of those to be struck out."""

    written: dict[str, JSON]
    struck: frozenset[str]


def _names(fields: Fields) -> frozenset[str] | None:
    fields.without_effect("deserializeValues")
    return fields.texts("variableNames")


def _changes(fields: Fields) -> Changes:
    return Changes(variables.read(fields, "modifications"), fields.texts("deletions") or frozenset())


def _typed(fields: Fields) -> dict[str, object]:
    return {name: fields.any(name) for name in ("value", "type", "valueInfo", "local")}


@blueprint.get("/form")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
@operation()
def form(task_id: str) -> FormAddress:
    """Tell which form a task has; to our own page it leads who signs, as no program does."""
    task = _task(task_id)
    page = url_for("tasks.task", task_id=task.id, _external=True)
    return rendering.where("" if task.is_signed else task.form, page)


@blueprint.get("/deployed-form")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
@operation()
def deployed_form(task_id: str) -> dict[str, object]:
    """Return the file of the form of a task."""
    task = _task(task_id)
    return rendering.file(task.definition, task.form)


@blueprint.get("/rendered-form")
@policies.programs(Role.STAFF, whose=policies.Whose.MINE_TO_DO)
@operation()
def rendered_form(task_id: str) -> Html:
    """Return the form of a task as HTML, with what its person wrote there or what the case knows."""
    opening = _opening(task_id)
    return rendering.html(opening.form, opening.answers, opening.variables)


@blueprint.get("/form-variables")
@policies.programs(Role.STAFF, whose=policies.Whose.MINE_TO_DO)
@operation(query=_names)
def form_variables(task_id: str, query: frozenset[str] | None) -> Variables:
    """Return what a task sees, to whoever may do it."""
    seen = _opening(task_id).variables
    wanted = {name: value for name, value in seen.items() if query is None or name in query}
    return variables.all_written(wanted)


@blueprint.get("/variables")
@policies.programs(Role.STAFF, whose=policies.Whose.MINE_TO_DO)
@operation(query=variables.as_they_are)
def every(task_id: str) -> Variables:
    """Return everything that a task sees."""
    return variables.all_written(_opening(task_id).variables)


@blueprint.get("/variables/<variable>")
@policies.programs(Role.STAFF, whose=policies.Whose.MINE_TO_DO)
@operation(query=variables.as_they_are)
def one(task_id: str, variable: str) -> Variable:
    """Return one thing that a task sees."""
    return variables.written(_known(_opening(task_id).variables, variable))


@blueprint.get("/variables/<variable>/data")
@policies.programs(Role.STAFF, whose=policies.Whose.MINE_TO_DO)
@operation()
def data(task_id: str, variable: str) -> File:
    """Give out the file that a variable refers to."""
    opening = _opening(task_id)
    return files.of_variable(_known(opening.variables, variable), variable, opening.instance.id)


@blueprint.get("/localVariables")
@policies.programs(Role.STAFF, whose=policies.Whose.MINE_TO_DO)
@operation(query=variables.as_they_are)
def every_draft(task_id: str) -> Variables:
    """Return what its person wrote into a task and has not sent."""
    return variables.all_written(_draft(_opening(task_id)))


@blueprint.post("/localVariables")
@policies.programs(Role.STAFF, whose=policies.Whose.MINE_TO_DO)
@operation(body=_changes)
def change_draft(task_id: str, body: Changes) -> None:
    """Write answers into a task without sending it, or strike some out."""
    _note(task_id, body)


@blueprint.get("/localVariables/<variable>")
@policies.programs(Role.STAFF, whose=policies.Whose.MINE_TO_DO)
@operation(query=variables.as_they_are)
def one_draft(task_id: str, variable: str) -> Variable:
    """Return one answer that was not sent."""
    return variables.written(_known(_draft(_opening(task_id)), variable))


@blueprint.get("/localVariables/<variable>/data")
@policies.programs(Role.STAFF, whose=policies.Whose.MINE_TO_DO)
@operation()
def data_of_draft(task_id: str, variable: str) -> File:
    """Give out the file that an answer names that was not sent."""
    opening = _opening(task_id)
    return files.of_variable(_known(dict(opening.answers.values), variable), variable, opening.instance.id)


@blueprint.put("/localVariables/<variable>")
@policies.programs(Role.STAFF, whose=policies.Whose.MINE_TO_DO)
@operation(body=_typed)
def write(task_id: str, variable: str, body: dict[str, object]) -> None:
    """Write one answer into a task without sending it."""
    _note(task_id, Changes({variable: variables.one(Fields(body), variable)}, frozenset()))


@blueprint.delete("/localVariables/<variable>")
@policies.programs(Role.STAFF, whose=policies.Whose.MINE_TO_DO)
@operation()
def strike(task_id: str, variable: str) -> None:
    """Strike out one answer that was not sent."""
    _note(task_id, Changes({}, frozenset({variable})))


def _note(task_id: str, changes: Changes) -> None:
    task = reading.identifier(task_id, "task")
    tasks.amend_draft(auth.actor(), task, changes.written, changes.struck, presentation.now())


def _task(task_id: str) -> OpenTask:
    return task_list.one(auth.actor(), reading.identifier(task_id, "task"), presentation.now())


def _opening(task_id: str) -> Opening:
    """Return an open task; what is done does not exist in the dialect any more."""
    try:
        return tasks.opening(auth.actor(), reading.identifier(task_id, "task"))
    except TaskClosed:
        raise NotFound(f"task with id {task_id} does not exist any more") from None


def _draft(opening: Opening) -> dict[str, JSON]:
    return dict(opening.draft.answers) if opening.draft else {}


def _known(known: Mapping[str, JSON], name: str) -> JSON:
    if name not in known:
        raise NotFound(f"task variable with name {name[:100]} does not exist")
    return known[name]
