"""`/filter`: the views of the inbox that a person keeps, and the tasks that are seen in each."""

from collections.abc import Mapping
from dataclasses import replace
from operator import attrgetter
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, jsonify
from werkzeug.wrappers import Response as Answer

from service import filters
from service.engine.assignment import Role
from service.errors import Invalid, NotFound
from service.queries import filters as queries
from service.queries import inbox, task_list
from service.queries.filters import Kept
from service.queries.inbox import ORDERS, TABS, View
from service.queries.task_list import OpenTask
from service.rest import reading, task_queries
from service.rest.dialect import done
from service.rest.reading import Fields
from service.web import auth, policies, presentation
from service.web.staff.inbox_page import LONGEST, NAMES

blueprint = Blueprint("filters", __name__, url_prefix="/filter")
TASK = "Task"
MINE = "saya"
SORTED = {"filterId": attrgetter("id"), "filterName": attrgetter("name")}
ORDERED = {"tenggat": ("dueDate", "asc"), "terbaru": ("created", "desc"), "terlama": ("created", "asc")}
"""Orders of the inbox that the dialect can say too."""
LOOKS = ("color", "description", "priority", "refresh", "showUndefinedVariable", "variables")
"""How others paint a filter; an inbox has no such thing."""


@blueprint.get("")
@policies.programs(Role.STAFF)
def listed() -> Response:
    """List the views that the person of the token keeps."""
    fields = reading.query()
    order, (first, most) = reading.order(fields, tuple(SORTED)), reading.page(fields)
    counts = bool(fields.flag("itemCount"))
    found = _found(fields)
    for by, down in reversed(order):
        found.sort(key=SORTED[by], reverse=down)
    return jsonify([_shown(one, counts=counts) for one in found[first : first + most]])


@blueprint.get("/count")
@policies.programs(Role.STAFF)
def count() -> Response:
    """Count the views that the person of the token keeps."""
    return jsonify(count=len(_found(reading.query())))


@blueprint.post("/create")
@policies.programs(Role.STAFF)
def create() -> Response:
    """Keep a view; one of the same name is replaced, as on the page."""
    name, wanted = _sent()
    who = auth.actor()
    kept = filters.keep(who, name, wanted, presentation.now())
    return jsonify(next(_shown(one) for one in queries.own(who) if one.name == kept))


@blueprint.get("/<filter_id>")
@policies.programs(Role.STAFF, whose=policies.Whose.OWN)
def one(filter_id: str) -> Response:
    """Return one view."""
    fields = reading.query()
    counts = bool(fields.flag("itemCount"))
    fields.end()
    return jsonify(_shown(_one(filter_id), counts=counts))


@blueprint.put("/<filter_id>")
@policies.programs(Role.STAFF, whose=policies.Whose.OWN)
def change(filter_id: str) -> Answer:
    """Keep another view, be it under another name."""
    kept = _one(filter_id)
    name, wanted = _sent()
    filters.change(auth.actor(), kept.id, name, wanted)
    return done()


@blueprint.delete("/<filter_id>")
@policies.programs(Role.STAFF, whose=policies.Whose.OWN)
def drop(filter_id: str) -> Answer:
    """Keep a view no longer."""
    filters.drop(auth.actor(), _id(filter_id))
    return done()


@blueprint.get("/<filter_id>/list")
@policies.programs(Role.STAFF, whose=policies.Whose.OWN)
def tasks(filter_id: str) -> Response:
    """List the tasks that are seen in a view."""
    return _listed(_one(filter_id), reading.query())


@blueprint.post("/<filter_id>/list")
@policies.programs(Role.STAFF, whose=policies.Whose.OWN, only_looks=True)
def asked(filter_id: str) -> Response:
    """List the tasks of a view, narrowed or in another order by a body; the page stands in the address."""
    return _listed(_one(filter_id), reading.body(), reading.query())


@blueprint.get("/<filter_id>/count")
@policies.programs(Role.STAFF, whose=policies.Whose.OWN)
def size(filter_id: str) -> Response:
    """Count the tasks that are seen in a view."""
    return _counted(_one(filter_id), reading.query())


@blueprint.post("/<filter_id>/count")
@policies.programs(Role.STAFF, whose=policies.Whose.OWN, only_looks=True)
def asked_size(filter_id: str) -> Response:
    """Count the tasks of a view, narrowed by a body."""
    return _counted(_one(filter_id), reading.body())


def _found(fields: Fields) -> list[Kept]:
    kind, name = fields.text("resourceType", TASK), fields.text("name", of_people=True)
    ids = reading.identifiers(frozenset({wanted}) if (wanted := fields.text("filterId")) else None)
    owner = fields.text("owner")
    fields.end()
    who = auth.actor()
    if kind != TASK or owner not in ("", who.user_name):
        return []
    return [kept for kept in queries.own(who) if (ids is None or kept.id in ids) and name in ("", kept.name)]


def _sent() -> tuple[str, dict[str, str]]:
    """Read a view: what the dialect can say stands in its query, the rest in its properties."""
    fields = reading.body()
    fields.choice("resourceType", (TASK,), TASK)
    fields.without_effect("id", "itemCount", "links")
    name, owner = fields.required("name", longest=filters.LONGEST_NAME), fields.text("owner")
    query = Fields(fields.mapping("query"), "query.")
    properties = Fields(fields.mapping("properties"), "properties.")
    fields.end()
    if owner not in ("", auth.actor().user_name):
        raise Invalid("everybody keeps filters for himself", field="owner")
    of_page, wanted = _page_only(properties), _asked(query)
    if any(of_page.get(parameter) not in ("", None, value) for parameter, value in wanted.items() if value):
        raise Invalid("query and properties contradict each other", field="properties")
    wanted |= {parameter: value for parameter, value in of_page.items() if value}
    return name, {parameter: value for parameter, value in wanted.items() if value}


def _asked(query: Fields) -> dict[str, str]:
    """Read what an inbox can be narrowed to, of all that tasks may be asked for by."""
    assignee, sorting = query.text("assignee"), query.parts("sorting", _order)
    wanted = {"sop": query.text("processDefinitionKey", longest=LONGEST)}
    query.empty("caseInstanceVariables", "orQueries", "processVariables", "taskVariables")
    query.end()
    if assignee not in ("", auth.actor().user_name):
        raise Invalid("an inbox shows one's own tasks", field="query.assignee")
    if len(sorting) > 1:
        raise Invalid("an inbox has one order", field="query.sorting")
    return wanted | ({"tampilan": MINE} if assignee else {}) | ({"urutan": sorting[0]} if sorting else {})


def _order(fields: Fields) -> str:
    asked = fields.required("sortBy"), fields.choice("sortOrder", ("asc", "desc"), "asc")
    for order, known in ORDERED.items():
        if asked == known:
            return order
    raise Invalid("an inbox is sorted by dueDate, or by created in either way", field="query.sorting")


def _page_only(properties: Fields) -> dict[str, str]:
    properties.without_effect(*LOOKS)
    wanted = {
        "tampilan": properties.choice("tampilan", ("", *TABS), ""),
        "urutan": properties.choice("urutan", ("", *ORDERS), ""),
        **{name: properties.text(name, longest=LONGEST, of_people=True) for name in ("q", "unit")},
    }
    properties.end()
    return wanted


def _listed(kept: Kept, fields: Fields, address: Fields | None = None) -> Response:
    order, (first, most) = reading.order(fields, task_queries.ORDERS), reading.page(address or fields)
    if address is not None:
        address.end()
    found = _tasks(kept, fields, order)
    return jsonify([task_queries.shown(task) for task in found[first : first + most]])


def _counted(kept: Kept, fields: Fields) -> Response:
    return jsonify(count=len(_tasks(kept, fields, [])))


def _tasks(kept: Kept, fields: Fields, order: list[tuple[str, bool]]) -> list[OpenTask]:
    """Return the tasks of a view, in its own order where none is asked for."""
    who, now, sought = auth.actor(), presentation.now(), task_queries.sought(fields)
    fields.end()
    if sought is None:
        return []
    seen = inbox.task_ids(who, now, _view(kept.wanted), reading.MOST_ROWS)
    ids = frozenset(seen) if sought.ids is None else sought.ids & frozenset(seen)
    found = task_list.found(who, replace(sought, ids=ids), now, order, 0, reading.MOST_ROWS)
    places = {task: place for place, task in enumerate(seen)}
    return list(found) if order else sorted(found, key=lambda task: places[task.id])


def _view(wanted: Mapping[str, str]) -> View:
    tab, q, process, unit, order = (wanted.get(name, "") for name in NAMES)
    return View(tab, q, process, unit, order)


def _one(filter_id: str) -> Kept:
    wanted = _id(filter_id)
    for kept in queries.own(auth.actor()):
        if kept.id == wanted:
            return kept
    raise NotFound(f"filter with id {filter_id} does not exist")


def _id(filter_id: str) -> UUID:
    return reading.identifier(filter_id, "filter")


def _shown(kept: Kept, *, counts: bool = False) -> dict[str, Any]:
    who, wanted = auth.actor(), dict(kept.wanted)
    query: dict[str, object] = {}
    if sop := wanted.pop("sop", ""):
        query["processDefinitionKey"] = sop
    if wanted.get("tampilan") == MINE:
        query["assignee"] = who.user_name
        del wanted["tampilan"]
    if wanted.get("urutan") in ORDERED:
        by, way = ORDERED[wanted.pop("urutan")]
        query["sorting"] = [{"sortBy": by, "sortOrder": way}]
    shown = {
        "id": str(kept.id),
        "resourceType": TASK,
        "name": kept.name,
        "owner": who.user_name,
        "query": query,
        "properties": wanted,
    }
    seen = inbox.task_ids(who, presentation.now(), _view(kept.wanted), reading.MOST_ROWS) if counts else ()
    return shown | ({"itemCount": len(seen)} if counts else {})
