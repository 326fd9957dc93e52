"""`/history/variable-instance`: what was answered in cases, no more than their pages tell."""

from io import BytesIO
from typing import Any

from flask import Blueprint, Response, jsonify, send_file

from service import attachments
from service.errors import Invalid, NotFound
from service.queries.past import answers
from service.queries.past.answers import MOST_CASES, Answer, Sought
from service.rest import reading, variables
from service.rest.dialect import moment
from service.rest.history import asking
from service.rest.history.asking import Listing
from service.rest.reading import Fields
from service.web import auth, policies

blueprint = Blueprint("variables", __name__, url_prefix="/variable-instance")
UNSUPPORTED = ("variableNameLike", "variableTypeIn", "variableNamesIgnoreCase", "variableValuesIgnoreCase", "taskIdIn")


@blueprint.get("")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
def listed() -> Response:
    """List answers of cases by the address."""
    return _ANSWERS.by_address()


@blueprint.post("")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE, only_looks=True)
def asked() -> Response:
    """List answers of cases by a body."""
    return _ANSWERS.by_body()


@blueprint.get("/count")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
def count() -> Response:
    """Count answers of cases by the address."""
    return _ANSWERS.counted_by_address()


@blueprint.post("/count")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE, only_looks=True)
def asked_count() -> Response:
    """Count answers of cases by a body."""
    return _ANSWERS.counted_by_body()


@blueprint.get("/<answer_id>")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
def one(answer_id: str) -> Response:
    """Return one answer."""
    fields = reading.query()
    fields.without_effect("deserializeValue")
    fields.end()
    return jsonify(_shown(_one(answer_id)))


@blueprint.get("/<answer_id>/data")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
def data(answer_id: str) -> Response:
    """Give out the file that an answer refers to, to be kept and not to be shown."""
    reading.query().end()
    answer = _one(answer_id)
    match answer.value:
        case [{"id": str(file), "name": _, "size": _}]:
            found = attachments.get(auth.actor(), reading.identifier(file, "file"))
        case _:
            raise Invalid("refers to no file, or to several of them", field=answer.name)
    if found.instance_id != answer.case:
        raise NotFound(f"file with id {found.id} does not exist")
    response = send_file(BytesIO(found.content), found.media_type, as_attachment=True, download_name=found.name)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def _one(answer_id: str) -> Answer:
    answer = answers.one(auth.actor(), answer_id)
    asking.tell_of(answer.case)
    return answer


def _sought(fields: Fields) -> Sought | None:
    cases = asking.cases(fields, "processInstanceId", "processInstanceIdIn", "executionIdIn", "activityInstanceIdIn")
    if cases is None or len(cases) > MOST_CASES:
        raise Invalid(f"names the cases whose answers are read, at most {MOST_CASES}", field="processInstanceIdIn")
    value = fields.any("variableValue")
    if isinstance(value, str) and value.startswith(("${", "#{")):
        raise Invalid("expressions are not evaluated", field="variableValue")
    sought = Sought(
        cases=cases,
        definitions=asking.definitions(fields, "processDefinitionId"),
        processes=asking.words(fields, "processDefinitionKey"),
        names=asking.words(fields, "variableName", "variableNameIn"),
        values=() if value is None else (value,),  # type: ignore[arg-type]  # it came as JSON
    )
    nobodys = asking.words(fields, "caseInstanceId", "caseExecutionIdIn", "caseActivityIdIn")
    fields.flag("includeDeleted")
    fields.empty(*UNSUPPORTED)
    return None if asking.is_elsewhere(fields) or nobodys is not None else sought


def _shown(answer: Answer) -> dict[str, Any]:
    return {
        "id": answer.id,
        "name": answer.name,
        **variables.written(answer.value),
        "processDefinitionKey": answer.process,
        "processDefinitionId": f"{answer.process}:{answer.version}:{answer.definition}",
        "processInstanceId": str(answer.case),
        "executionId": str(answer.case),
        "activityInstanceId": f"{answer.element}:{answer.task}" if answer.unit else str(answer.case),
        "caseDefinitionKey": None,
        "caseDefinitionId": None,
        "caseInstanceId": None,
        "caseExecutionId": None,
        "taskId": str(answer.task) if answer.unit else None,
        "tenantId": auth.actor().office,
        "errorMessage": None,
        "state": "CREATED",
        "createTime": moment(answer.since),
        "removalTime": None,
        "rootProcessInstanceId": str(answer.case),
    }


_ANSWERS = Listing(
    orders=answers.ORDERS,
    read=_sought,
    found=lambda sought, page: answers.found(auth.actor(), sought, page),
    count=lambda sought: answers.count(auth.actor(), sought),
    shown=_shown,
)
