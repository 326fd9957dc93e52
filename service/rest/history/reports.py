"""`/history/process-instance/report`, `/history/task/report`: how long it took and how much was done, also as CSV."""

from codecs import BOM_UTF8
from collections.abc import Sequence
from typing import get_args

from flask import Blueprint, Response, jsonify, request

from service import spreadsheet
from service.queries.past import reports
from service.queries.past.reports import Durations, Grouping, Unit
from service.rest import reading
from service.rest.history import asking
from service.rest.reading import Fields
from service.web import auth, policies, presentation

blueprint = Blueprint("reports", __name__)
JSON, TABLES = "application/json", ("application/csv", "text/csv")
UNITS: tuple[Unit, ...] = get_args(Unit)
GROUPINGS: tuple[Grouping, ...] = get_args(Grouping)
Row = dict[str, str | int | None]
DURATIONS = ("period", "periodUnit", "minimum", "maximum", "average")
COUNTS = ("taskName", "count", "processDefinitionKey", "processDefinitionId", "processDefinitionName", "tenantId")


@blueprint.get("/process-instance/report")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
def of_cases() -> Response:
    """Tell how long cases took by the month or quarter in which they began."""
    fields = reading.query()
    fields.choice("reportType", ("duration",))
    unit = _unit(fields)
    definitions = asking.definitions(fields, "processDefinitionIdIn")
    processes = asking.words(fields, "processDefinitionKeyIn")
    started = asking.span(fields, "startedAfter", "startedBefore")
    fields.end()
    found = reports.cases(auth.actor(), unit, presentation.now(), definitions, processes, started)
    return _answer(DURATIONS, [_durations(unit, one) for one in found])


@blueprint.get("/task/report")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
def of_tasks() -> Response:
    """Tell how long tasks took, or how many were completed."""
    fields = reading.query()
    if fields.choice("reportType", ("duration", "count")) == "count":
        return _counted(fields)
    unit, completed = _unit(fields), asking.span(fields, "completedAfter", "completedBefore")
    fields.without_effect("groupBy")
    fields.end()
    nothing: Row = dict.fromkeys(COUNTS)
    found = reports.tasks(auth.actor(), unit, presentation.now(), completed)
    return _answer(DURATIONS, [nothing | _durations(unit, one) for one in found])


def _counted(fields: Fields) -> Response:
    grouping = fields.choice("groupBy", GROUPINGS)
    completed = asking.span(fields, "completedAfter", "completedBefore")
    fields.without_effect("periodUnit")
    fields.end()
    nothing: Row = dict.fromkeys(DURATIONS)
    rows: list[Row] = [
        nothing
        | {
            "taskName": one.task or None,
            "count": one.count,
            "processDefinitionKey": one.process,
            "processDefinitionId": f"{one.process}:{one.version}:{one.definition}",
            "processDefinitionName": one.process_name,
            "tenantId": auth.actor().office,
        }
        for one in reports.done(auth.actor(), grouping, completed)
    ]
    return _answer(COUNTS, rows)


def _unit(fields: Fields) -> Unit:
    return Fields({"periodUnit": fields.text("periodUnit").lower()}).choice("periodUnit", UNITS)


def _durations(unit: Unit, one: Durations) -> Row:
    return {
        "period": one.period,
        "periodUnit": unit.upper(),
        "minimum": one.shortest,
        "maximum": one.longest,
        "average": one.average,
    }


def _answer(columns: Sequence[str], rows: Sequence[Row]) -> Response:
    """Answer with JSON, or with the table that was asked for, of which no spreadsheet reckons anything."""
    kind = request.accept_mimetypes.best_match((JSON, *TABLES), JSON)
    if kind == JSON:
        return jsonify(rows)
    head = ["".join(f"_{letter}" if letter.isupper() else letter for letter in name).upper() for name in columns]
    table = spreadsheet.comma_separated(head, [[row[name] for name in columns] for row in rows])
    return Response(table.removeprefix(BOM_UTF8), mimetype=kind)
