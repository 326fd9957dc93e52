"""`/history/process-instance/report`, `/history/task/report`: how long it took and how much was done, also as CSV."""

from codecs import BOM_UTF8
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, TypedDict, get_args
from uuid import UUID

from flask import Blueprint, request
from werkzeug.wrappers import Response

from service import spreadsheet
from service.errors import Invalid
from service.queries.past import reports
from service.queries.past.narrowing import Span
from service.queries.past.reports import Durations, Grouping, Unit
from service.rest import listing
from service.rest.operations import operation
from service.rest.reading import Fields
from service.rest.shapes import JSON, Csv, DefinitionId, Whole
from service.web import auth, policies, presentation

blueprint = Blueprint("reports", __name__)
Table = Annotated[Response, "application/csv"]
TABLES = ("application/csv", "text/csv")
Writing = Literal["month", "quarter", "MONTH", "QUARTER"]
UNITS: dict[Writing, Unit] = {"month": "month", "quarter": "quarter", "MONTH": "month", "QUARTER": "quarter"}
GROUPINGS: tuple[Grouping, ...] = get_args(Grouping)
Kind = Literal["duration", "count"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Period = Literal["MONTH", "QUARTER"]
PERIODS: dict[Unit, Period] = {"month": "MONTH", "quarter": "QUARTER"}


class DurationReport(TypedDict):
    """How many milliseconds it took what began in one period."""

    period: Whole
    periodUnit: Period
    minimum: Whole
    maximum: Whole
    average: Whole


class TaskReport(TypedDict):
    """How long tasks took, or how many were done."""

    taskName: str | None
    count: Whole | None
    processDefinitionKey: str | None
    processDefinitionId: DefinitionId | None
    processDefinitionName: str | None
    period: Whole | None
    periodUnit: Period | None
    minimum: Whole | None
    maximum: Whole | None
    average: Whole | None
    tenantId: str | None


DURATIONS = tuple(DurationReport.__annotations__)
COUNTS = tuple(name for name in TaskReport.__annotations__ if name not in DURATIONS)


@dataclass(frozen=True, slots=True)
class OfCases:
    """Which report of cases is meant."""

    unit: Unit
    definitions: frozenset[UUID] | None
    processes: frozenset[str] | None
    started: Span


@dataclass(frozen=True, slots=True)
class OfTasks:
    """Which report of tasks is meant."""

    kind: Kind
    unit: Unit | None
    grouping: Grouping | None
    completed: Span


def _of_cases(fields: Fields) -> OfCases:
    fields.choice("reportType", ("duration",))
    return OfCases(
        UNITS[fields.choice("periodUnit", tuple(UNITS))],
        listing.definitions(fields, "processDefinitionIdIn"),
        listing.words(fields, "processDefinitionKeyIn"),
        listing.span(fields, "startedAfter", "startedBefore"),
    )


def _of_tasks(fields: Fields) -> OfTasks:
    kind, unit = fields.choice("reportType", KINDS), fields.option("periodUnit", tuple(UNITS))
    grouping = fields.option("groupBy", GROUPINGS)
    completed = listing.span(fields, "completedAfter", "completedBefore")
    return OfTasks(kind, UNITS[unit] if unit else None, grouping, completed)


@blueprint.get("/process-instance/report")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
@operation(query=_of_cases)
def of_cases(query: OfCases) -> list[DurationReport] | Table | Csv:
    """Tell how long cases took by the month or quarter in which they began."""
    who, now = auth.actor(), presentation.now()
    found = reports.cases(who, query.unit, now, query.definitions, query.processes, query.started)
    rows = [_durations(query.unit, one) for one in found]
    return _table(DURATIONS, rows) or rows


@blueprint.get("/task/report")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
@operation(query=_of_tasks)
def of_tasks(query: OfTasks) -> list[TaskReport] | Table | Csv:
    """Tell how long tasks took, or how many were completed."""
    if query.kind == "count":
        rows = _counts(query)
        return _table(COUNTS, rows) or rows
    if query.unit is None:
        raise Invalid("has to be month or quarter", field="periodUnit")
    found = reports.tasks(auth.actor(), query.unit, presentation.now(), query.completed)
    rows = [
        {
            "taskName": None, "count": None, "processDefinitionKey": None, "processDefinitionId": None,
            "processDefinitionName": None, "tenantId": None, **_durations(query.unit, one),
        }
        for one in found
    ]  # fmt: skip
    return _table(DURATIONS, rows) or rows


def _counts(query: OfTasks) -> list[TaskReport]:
    if query.grouping is None:
        raise Invalid("has to be taskName or processDefinition", field="groupBy")
    return [
        {
            "taskName": one.task or None,
            "count": one.count,
            "processDefinitionKey": one.process,
            "processDefinitionId": f"{one.process}:{one.version}:{one.definition}",
            "processDefinitionName": one.process_name,
            "period": None,
            "periodUnit": None,
            "minimum": None,
            "maximum": None,
            "average": None,
            "tenantId": auth.actor().office,
        }
        for one in reports.done(auth.actor(), query.grouping, query.completed)
    ]


def _durations(unit: Unit, one: Durations) -> DurationReport:
    return {
        "period": one.period,
        "periodUnit": PERIODS[unit],
        "minimum": one.shortest,
        "maximum": one.longest,
        "average": one.average,
    }


def _table(columns: Sequence[str], rows: Sequence[Mapping[str, object]]) -> Response | None:
    """Return the table that was asked for, of which no spreadsheet reckons anything; nothing if it was not."""
    kind = request.accept_mimetypes.best_match((JSON, *TABLES), JSON)
    if kind == JSON:
        return None
    head = ["".join(f"_{letter}" if letter.isupper() else letter for letter in name).upper() for name in columns]
    cells = [[_cell(row[name]) for name in columns] for row in rows]
    return Response(spreadsheet.comma_separated(head, cells).removeprefix(BOM_UTF8), mimetype=kind)


def _cell(value: object) -> spreadsheet.Cell:
    return value if isinstance(value, int) else None if value is None else str(value)
