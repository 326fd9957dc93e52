"""How values are said on the pages, and the filters by which templates say them."""

from collections.abc import Callable
from typing import Any

from flask import Flask

from service.web.presentation.drawing import arrowhead, path
from service.web.presentation.formats import (
    ZONES,
    case_number,
    clock,
    day,
    day_full,
    day_long,
    file_icon,
    language,
    last_day,
    local,
    moment,
    moment_long,
    month_name,
    now,
    number,
    page_number,
    size,
    weekday_name,
    zone,
)
from service.web.presentation.layout import accepted, blocks, row_parts, sections
from service.web.presentation.sentences import (
    awaited,
    case_holder,
    case_state,
    cases_sentence,
    deed,
    due,
    errors_sentence,
    field_error,
    hours_and_minutes,
    inbox_sentence,
    listed,
    map_sentence,
    place,
    places_sentence,
    problem_counts,
    problem_sentence,
    step_state,
    unit_last,
    unit_state,
    wait_line,
    waits_sentence,
)
from service.web.presentation.tenures import capacity_name, change_sentence, role_name, span

__all__ = [
    "FILTERS",
    "ZONES",
    "awaited",
    "case_state",
    "clock",
    "day",
    "day_full",
    "day_long",
    "deed",
    "due",
    "field_error",
    "file_icon",
    "hours_and_minutes",
    "language",
    "last_day",
    "local",
    "moment",
    "moment_long",
    "now",
    "number",
    "page_number",
    "place",
    "problem_sentence",
    "register",
    "role_name",
    "size",
    "span",
    "weekday_name",
    "zone",
]

FILTERS: dict[str, Callable[..., Any]] = {
    "accepted": accepted,
    "arrowhead": arrowhead,
    "blocks": blocks,
    "case_holder": case_holder,
    "case_number": case_number,
    "case_state": case_state,
    "cases_sentence": cases_sentence,
    "capacity_name": capacity_name,
    "change_sentence": change_sentence,
    "clock": clock,
    "day": day,
    "day_long": day_long,
    "due": due,
    "errors_sentence": errors_sentence,
    "field_error": field_error,
    "file_icon": file_icon,
    "inbox_sentence": inbox_sentence,
    "last_day": last_day,
    "listed": listed,
    "map_sentence": map_sentence,
    "moment": moment,
    "month_name": month_name,
    "moment_long": moment_long,
    "number": number,
    "path": path,
    "place": place,
    "places_sentence": places_sentence,
    "problem_counts": problem_counts,
    "problem_sentence": problem_sentence,
    "role_name": role_name,
    "row_parts": row_parts,
    "sections": sections,
    "size": size,
    "span": span,
    "step_state": step_state,
    "unit_last": unit_last,
    "unit_state": unit_state,
    "wait_line": wait_line,
    "waits_sentence": waits_sentence,
}


def register(app: Flask) -> None:
    """Give the templates their filters."""
    app.jinja_env.filters.update(FILTERS)
    app.jinja_env.globals["current_language"] = language
