"""`/history/variable-instance`: what was answered in cases, no more than their pages tell."""

from collections.abc import Sequence
from typing import TypedDict

from flask import Blueprint

from service.errors import Invalid
from service.queries.past import answers, narrowing
from service.queries.past.answers import Answer, Sought
from service.rest import files, listing, reading, variables
from service.rest.dialect import moment
from service.rest.listing import Asked, Listing
from service.rest.operations import operation
from service.rest.reading import Fields
from service.rest.shapes import DefinitionId, File, Id, Kind, Moment
from service.web import auth, policies

blueprint = Blueprint("variables", __name__, url_prefix="/variable-instance")
UNSUPPORTED = ("variableNameLike", "variableTypeIn", "variableNamesIgnoreCase", "variableValuesIgnoreCase", "taskIdIn")


class HistoricVariable(TypedDict):
    """What was answered in a case."""

    id: str
    name: str
    type: Kind
    value: object
    valueInfo: dict[str, object]
    processDefinitionKey: str
    processDefinitionId: DefinitionId
    processInstanceId: Id
    executionId: Id
    activityInstanceId: str
    caseDefinitionKey: None
    caseDefinitionId: None
    caseInstanceId: None
    caseExecutionId: None
    taskId: Id | None
    tenantId: str
    errorMessage: None
    state: str
    createTime: Moment
    removalTime: None
    rootProcessInstanceId: Id


def _asked(fields: Fields) -> Asked[Sought]:
    wanted = listing.cases(fields, "processInstanceId", "processInstanceIdIn", "executionIdIn", "activityInstanceIdIn")
    value = fields.any("variableValue")
    sought = Sought(
        cases=wanted,
        definitions=listing.definitions(fields, "processDefinitionId"),
        processes=listing.words(fields, "processDefinitionKey"),
        names=listing.words(fields, "variableName", "variableNameIn"),
        values=() if value is None else (value,),  # type: ignore[arg-type]  # it came as JSON
    )
    nobodys = listing.words(fields, "caseInstanceId", "caseExecutionIdIn", "caseActivityIdIn")
    fields.flag("includeDeleted")
    fields.without_effect("deserializeValues")
    fields.empty(*UNSUPPORTED)
    order = reading.order(fields, answers.ORDERS)
    return Asked(sought, wanted, listing.offices(fields), nobodys is not None, order)


def _one_alone(fields: Fields) -> None:
    fields.without_effect("deserializeValue")


@blueprint.get("/<answer_id>")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
@operation(query=_one_alone)
def one(answer_id: str) -> HistoricVariable:
    """Return one answer."""
    return _shown(_one(answer_id))


@blueprint.get("/<answer_id>/data")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
@operation()
def data(answer_id: str) -> File:
    """Give out the file that an answer refers to."""
    answer = _one(answer_id)
    return files.of_variable(answer.value, answer.name, answer.case)


def _one(answer_id: str) -> Answer:
    answer = answers.one(auth.actor(), answer_id)
    listing.tell_of(answer.case)
    return answer


def _shown(answer: Answer) -> HistoricVariable:
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


def _found(sought: Sought, page: narrowing.Page) -> Sequence[Answer]:
    _require_values(sought)
    return answers.found(auth.actor(), sought, page)


def _number(sought: Sought) -> int:
    _require_values(sought)
    return answers.count(auth.actor(), sought)


def _require_values(sought: Sought) -> None:
    if any(isinstance(value, str) and value.startswith(("${", "#{")) for value in sought.values):
        raise Invalid("expressions are not evaluated", field="variableValue")


listing.serve(
    blueprint, Listing(found=_found, count=_number, shown=_shown), _asked, "answers of cases", by_body=listing.page
)
