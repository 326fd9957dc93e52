"""`/task/{id}/form` and its neighbours: what a task asks, and what it knows before it is answered."""

from typing import Any

from flask import Blueprint, Response, jsonify, url_for
from werkzeug.wrappers import Response as Answer

from service import tasks
from service.engine.assignment import Role
from service.engine.expression import JSON
from service.errors import NotFound
from service.queries import task_list
from service.queries.task_list import OpenTask
from service.rest import files, reading, rendering, variables
from service.rest.dialect import done
from service.tasks import Opening
from service.web import auth, policies, presentation

blueprint = Blueprint("task_forms", __name__, url_prefix="/task/<task_id>")


@blueprint.get("/form")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
def form(task_id: str) -> Response:
    """Tell which form a task has; to our own page it leads who signs, as no program does."""
    task = _task(task_id)
    page = url_for("tasks.task", task_id=task.id, _external=True)
    return rendering.where("" if task.is_signed else task.form, page)


@blueprint.get("/deployed-form")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
def deployed_form(task_id: str) -> Response:
    """Return the file of the form of a task."""
    task = _task(task_id)
    return rendering.file(task.definition, task.form)


@blueprint.get("/rendered-form")
@policies.programs(Role.STAFF, whose=policies.Whose.MINE_TO_DO)
def rendered_form(task_id: str) -> Response:
    """Return the form of a task as HTML, with what its person wrote there or what the case knows."""
    reading.query().end()
    opening = _opening(task_id)
    return rendering.html(opening.form, opening.answers, opening.variables)


@blueprint.get("/form-variables")
@policies.programs(Role.STAFF, whose=policies.Whose.MINE_TO_DO)
def form_variables(task_id: str) -> Response:
    """Return what a task sees, to whoever may do it."""
    fields = reading.query()
    names = fields.texts("variableNames")
    fields.without_effect("deserializeValues")
    fields.end()
    seen = _opening(task_id).variables
    wanted = {name: value for name, value in seen.items() if names is None or name in names}
    return jsonify(variables.all_written(wanted))


@blueprint.get("/variables")
@policies.programs(Role.STAFF, whose=policies.Whose.MINE_TO_DO)
def every(task_id: str) -> Response:
    """Return everything that a task sees."""
    variables.read_as_they_are()
    return jsonify(variables.all_written(_opening(task_id).variables))


@blueprint.get("/variables/<variable>")
@policies.programs(Role.STAFF, whose=policies.Whose.MINE_TO_DO)
def one(task_id: str, variable: str) -> Response:
    """Return one thing that a task sees."""
    variables.read_as_they_are()
    return jsonify(variables.written(_known(_opening(task_id).variables, variable)))


@blueprint.get("/variables/<variable>/data")
@policies.programs(Role.STAFF, whose=policies.Whose.MINE_TO_DO)
def data(task_id: str, variable: str) -> Response:
    """Give out the file that a variable refers to."""
    reading.query().end()
    opening = _opening(task_id)
    return files.of_variable(_known(opening.variables, variable), variable, opening.instance.id)


@blueprint.get("/localVariables")
@policies.programs(Role.STAFF, whose=policies.Whose.MINE_TO_DO)
def every_draft(task_id: str) -> Response:
    """Return what its person wrote into a task and has not sent."""
    variables.read_as_they_are()
    return jsonify(variables.all_written(_draft(_opening(task_id))))


@blueprint.post("/localVariables")
@policies.programs(Role.STAFF, whose=policies.Whose.MINE_TO_DO)
def change_draft(task_id: str) -> Answer:
    """Write answers into a task without sending it, or strike some out."""
    fields = reading.body()
    changed, struck = variables.read(fields, "modifications"), fields.texts("deletions")
    fields.end()
    return _noted(task_id, changed, struck or frozenset())


@blueprint.get("/localVariables/<variable>")
@policies.programs(Role.STAFF, whose=policies.Whose.MINE_TO_DO)
def one_draft(task_id: str, variable: str) -> Response:
    """Return one answer that was not sent."""
    variables.read_as_they_are()
    return jsonify(variables.written(_known(_draft(_opening(task_id)), variable)))


@blueprint.get("/localVariables/<variable>/data")
@policies.programs(Role.STAFF, whose=policies.Whose.MINE_TO_DO)
def data_of_draft(task_id: str, variable: str) -> Response:
    """Give out the file that an answer names that was not sent."""
    reading.query().end()
    opening = _opening(task_id)
    return files.of_variable(_known(dict(opening.answers.values), variable), variable, opening.instance.id)


@blueprint.put("/localVariables/<variable>")
@policies.programs(Role.STAFF, whose=policies.Whose.MINE_TO_DO)
def write(task_id: str, variable: str) -> Answer:
    """Write one answer into a task without sending it."""
    return _noted(task_id, {variable: variables.one(reading.body(), variable)}, frozenset())


@blueprint.delete("/localVariables/<variable>")
@policies.programs(Role.STAFF, whose=policies.Whose.MINE_TO_DO)
def strike(task_id: str, variable: str) -> Answer:
    """Strike out one answer that was not sent."""
    return _noted(task_id, {}, frozenset({variable}))


def _noted(task_id: str, changed: dict[str, JSON], struck: frozenset[str]) -> Answer:
    task = reading.identifier(task_id, "task")
    tasks.amend_draft(auth.actor(), task, changed, struck, presentation.now())
    return done()


def _task(task_id: str) -> OpenTask:
    reading.query().end()
    return task_list.one(auth.actor(), reading.identifier(task_id, "task"), presentation.now())


def _opening(task_id: str) -> Opening:
    return tasks.opening(auth.actor(), reading.identifier(task_id, "task"))


def _draft(opening: Opening) -> dict[str, Any]:
    return dict(opening.draft.answers) if opening.draft else {}


def _known(known: Any, name: str) -> JSON:  # noqa: ANN401 - variables by name
    if name not in known:
        raise NotFound(f"task variable with name {name[:100]} does not exist")
    found: JSON = known[name]
    return found
