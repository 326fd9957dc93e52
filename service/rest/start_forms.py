"""`/process-definition/{id}/startForm` and its neighbours: what is asked before a case begins, and the answers."""

from flask import Blueprint, url_for

from service import instances
from service.engine import form as forms
from service.engine.assignment import Role
from service.engine.form import Answers, Form
from service.errors import Conflict, Invalid
from service.queries import deployed
from service.queries.deployed import Version
from service.rest import process_definitions, rendering, variables
from service.rest.operations import operation
from service.rest.process_definitions import Beginning, StartedInstance
from service.rest.reading import Fields
from service.rest.rendering import FormAddress
from service.rest.shapes import Html, Variables
from service.web import auth, policies

blueprint = Blueprint("start_forms", __name__, url_prefix="/process-definition")


def _names(fields: Fields) -> frozenset[str] | None:
    fields.without_effect("deserializeValues")
    return fields.texts("variableNames")


@blueprint.get("/<definition_id>/startForm")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
@operation()
def form(definition_id: str) -> FormAddress:
    """Tell which form begins a case of a version; where there is none, it leads to our page."""
    return _address(process_definitions.version_of(definition_id))


@blueprint.get("/key/<key>/startForm")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
@operation()
def form_by_key(key: str) -> FormAddress:
    """Tell which form begins a case."""
    return _address(deployed.newest(auth.actor(), key))


@blueprint.get("/<definition_id>/deployed-start-form")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
@operation()
def deployed_form(definition_id: str) -> dict[str, object]:
    """Return the file of the form that begins a case of a version."""
    return _file(process_definitions.version_of(definition_id))


@blueprint.get("/key/<key>/deployed-start-form")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
@operation()
def deployed_form_by_key(key: str) -> dict[str, object]:
    """Return the file of the form that begins a case."""
    return _file(deployed.newest(auth.actor(), key))


@blueprint.get("/<definition_id>/rendered-form")
@policies.programs(Role.STAFF, whose=policies.Whose.MINE_TO_DO)
@operation()
def rendered_form(definition_id: str) -> Html:
    """Return the form that begins a case with a version as HTML."""
    return _rendered(process_definitions.version_of(definition_id))


@blueprint.get("/key/<key>/rendered-form")
@policies.programs(Role.STAFF, whose=policies.Whose.MINE_TO_DO)
@operation()
def rendered_form_by_key(key: str) -> Html:
    """Return the form that begins a case as HTML."""
    return _rendered(deployed.newest(auth.actor(), key))


@blueprint.get("/<definition_id>/form-variables")
@policies.programs(Role.STAFF, whose=policies.Whose.MINE_TO_DO)
@operation(query=_names)
def form_variables(definition_id: str, query: frozenset[str] | None) -> Variables:
    """Return what the form of a version shows first."""
    return _shown_first(process_definitions.version_of(definition_id), query)


@blueprint.get("/key/<key>/form-variables")
@policies.programs(Role.STAFF, whose=policies.Whose.MINE_TO_DO)
@operation(query=_names)
def form_variables_by_key(key: str, query: frozenset[str] | None) -> Variables:
    """Return what the form shows first."""
    return _shown_first(deployed.newest(auth.actor(), key), query)


@blueprint.post("/<definition_id>/submit-form")
@policies.programs(Role.STAFF, whose=policies.Whose.MINE_TO_DO)
@operation(body=process_definitions.beginning, is_repeatable=True)
def submit(definition_id: str, body: Beginning) -> StartedInstance:
    """Start a case with the version that is in force, by the answers to its form."""
    return process_definitions.started(process_definitions.version_of(definition_id), body)


@blueprint.post("/key/<key>/submit-form")
@policies.programs(Role.STAFF, whose=policies.Whose.MINE_TO_DO)
@operation(body=process_definitions.beginning, is_repeatable=True)
def submit_by_key(key: str, body: Beginning) -> StartedInstance:
    """Start a case by the answers to its form."""
    return process_definitions.started(deployed.newest(auth.actor(), key), body)


def _address(version: Version) -> FormAddress:
    page = url_for("starts.start", key=version.key, _external=True)
    return rendering.where(deployed.start_form(auth.actor(), version.id), page)


def _file(version: Version) -> dict[str, object]:
    return rendering.file(version.id, deployed.start_form(auth.actor(), version.id))


def _rendered(version: Version) -> Html:
    asked, answers, known = _opening(version)
    return rendering.html(asked, answers, known)


def _shown_first(version: Version, names: frozenset[str] | None) -> Variables:
    _, answers, _ = _opening(version)
    return variables.all_written({
        name: value for name, value in answers.values.items() if names is None or name in names
    })  # fmt: skip


def _opening(version: Version) -> tuple[Form, Answers, dict[str, object]]:
    """Return the form that begins a case, what it shows first, and what it knows.

    Raises:
        Invalid: no case begins that way, or not with this version.

    """
    process_definitions.require_in_force(version)
    try:
        _, asked, known = instances.form_to_look_at(auth.actor(), version.key)
    except Conflict as error:
        raise Invalid(str(error)) from None
    return asked, forms.opening(asked, known, None), known
