"""`/filter`: the views of the inbox that a person keeps, and the tasks that are seen in each."""

from collections.abc import Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Literal, NotRequired, TypedDict
from uuid import UUID

from flask import Blueprint

from service import filters
from service.engine.assignment import Role
from service.errors import Invalid, NotFound
from service.queries import filters as queries
from service.queries import inbox, task_list
from service.queries.filters import Kept
from service.queries.inbox import ORDERS, TABS, View
from service.queries.task_list import OpenTask
from service.rest import reading, task_queries
from service.rest.operations import operation
from service.rest.reading import Fields, Page
from service.rest.shapes import Count, Id, Whole
from service.rest.task_queries import Asked, TaskObject
from service.web import auth, policies, presentation
from service.web.staff.inbox_page import LONGEST, NAMES

blueprint = Blueprint("filters", __name__, url_prefix="/filter")
TASK: Literal["Task"] = "Task"
MINE = "saya"
SORTED = {"filterId": attrgetter("id"), "filterName": attrgetter("name")}
ORDERED = {"tenggat": ("dueDate", False), "terbaru": ("created", True), "terlama": ("created", False)}
"""Orders of the inbox that the dialect can say too: by what, and whether downwards."""
LOOKS = ("color", "description", "priority", "refresh", "showUndefinedVariable", "variables")
"""How others paint a filter; an inbox has no such thing."""


class Sorting(TypedDict):
    """By what tasks are sorted."""

    sortBy: str
    sortOrder: Literal["asc", "desc"]


class FilterQuery(TypedDict, total=False):
    """What of a view can be said as a question for tasks."""

    processDefinitionKey: str
    assignee: str
    sorting: list[Sorting]


class FilterObject(TypedDict):
    """A view of the inbox that somebody keeps."""

    id: Id
    resourceType: Literal["Task"]
    name: str
    owner: str
    query: FilterQuery
    properties: dict[str, str]
    itemCount: NotRequired[Whole]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which views are meant."""

    kind: str
    ids: frozenset[UUID] | None
    name: str
    owner: str


@dataclass(frozen=True, slots=True)
class Listing:
    """Which views are meant, in which order, which of them, and whether their tasks are counted."""

    wanted: Wanted
    order: list[tuple[str, bool]]
    page: Page
    counts: bool


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What an inbox can be narrowed to, of all that tasks may be asked for by."""

    process: str
    assignee: str
    order: list[tuple[str, bool]]


@dataclass(frozen=True, slots=True)
class Sent:
    """A view as somebody wants to keep it."""

    name: str
    owner: str
    query: Narrowed
    properties: dict[str, str]


def _wanted(fields: Fields) -> Wanted:
    one = fields.sought("filterId")
    return Wanted(
        fields.sought("resourceType", TASK),
        reading.identifiers(frozenset({one}) if one else None),
        fields.sought("name", of_people=True),
        fields.sought("owner"),
    )


def _listing(fields: Fields) -> Listing:
    order = reading.order(fields, tuple(SORTED))
    return Listing(_wanted(fields), order, reading.page(fields), bool(fields.flag("itemCount")))


def _counts(fields: Fields) -> bool:
    return bool(fields.flag("itemCount"))


def _narrowed(fields: Fields) -> Narrowed:
    fields.empty("caseInstanceVariables", "orQueries", "processVariables", "taskVariables")
    process, assignee = fields.text("processDefinitionKey", longest=LONGEST), fields.text("assignee")
    return Narrowed(process, assignee, fields.parts("sorting", _sorting, most=1))


def _sorting(fields: Fields) -> tuple[str, bool]:
    by = fields.choice("sortBy", ("created", "dueDate"))
    return by, fields.choice("sortOrder", reading.WAYS, "asc") == "desc"


def _properties(fields: Fields) -> dict[str, str]:
    fields.without_effect(*LOOKS)
    return {
        "tampilan": fields.option("tampilan", TABS) or "",
        "urutan": fields.option("urutan", tuple(ORDERS)) or "",
        "q": fields.text("q", longest=LONGEST, of_people=True),
        "unit": fields.text("unit", longest=LONGEST, of_people=True),
    }


def _sent(fields: Fields) -> Sent:
    fields.choice("resourceType", (TASK,), TASK)
    fields.without_effect("id", "itemCount", "links")
    name = fields.required("name", longest=filters.LONGEST_NAME)
    return Sent(name, fields.text("owner"), fields.inner("query", _narrowed), fields.inner("properties", _properties))


@blueprint.get("")
@policies.programs(Role.STAFF)
@operation(query=_listing)
def listed(query: Listing) -> list[FilterObject]:
    """List the views that the person of the token keeps."""
    found, (first, most) = _found(query.wanted), query.page
    for by, down in reversed(query.order):
        found.sort(key=SORTED[by], reverse=down)
    return [_shown(one, counts=query.counts) for one in found[first : first + most]]


@blueprint.get("/count")
@policies.programs(Role.STAFF)
@operation(query=_wanted)
def count(query: Wanted) -> Count:
    """Count the views that the person of the token keeps."""
    return {"count": len(_found(query))}


@blueprint.post("/create")
@policies.programs(Role.STAFF)
@operation(body=_sent)
def create(body: Sent) -> FilterObject:
    """Keep a view; one of the same name is replaced, as on the page."""
    who = auth.actor()
    kept = filters.keep(who, body.name, _view_of(body), presentation.now())
    return next(_shown(one) for one in queries.own(who) if one.name == kept)


@blueprint.get("/<filter_id>")
@policies.programs(Role.STAFF, whose=policies.Whose.OWN)
@operation(query=_counts)
def one(filter_id: str, query: bool) -> FilterObject:  # noqa: FBT001 - as readers hand it
    """Return one view."""
    return _shown(_one(filter_id), counts=query)


@blueprint.put("/<filter_id>")
@policies.programs(Role.STAFF, whose=policies.Whose.OWN)
@operation(body=_sent)
def change(filter_id: str, body: Sent) -> None:
    """Keep another view, be it under another name."""
    filters.change(auth.actor(), _one(filter_id).id, body.name, _view_of(body))


@blueprint.delete("/<filter_id>")
@policies.programs(Role.STAFF, whose=policies.Whose.OWN)
@operation()
def drop(filter_id: str) -> None:
    """Keep a view no longer."""
    filters.drop(auth.actor(), _id(filter_id))


@blueprint.get("/<filter_id>/list")
@policies.programs(Role.STAFF, whose=policies.Whose.OWN)
@operation(query=task_queries.listed)
def tasks(filter_id: str, query: tuple[Asked, Page]) -> list[TaskObject]:
    """List the tasks that are seen in a view."""
    return _listed(filter_id, *query)


@blueprint.post("/<filter_id>/list")
@policies.programs(Role.STAFF, whose=policies.Whose.OWN, only_looks=True)
@operation(query=reading.page, body=task_queries.asked)
def asked(filter_id: str, query: Page, body: Asked) -> list[TaskObject]:
    """List the tasks of a view, narrowed or in another order by a body; the page stands in the address."""
    return _listed(filter_id, body, query)


@blueprint.get("/<filter_id>/count")
@policies.programs(Role.STAFF, whose=policies.Whose.OWN)
@operation(query=task_queries.asked)
def size(filter_id: str, query: Asked) -> Count:
    """Count the tasks that are seen in a view."""
    return {"count": len(_tasks(_one(filter_id), query))}


@blueprint.post("/<filter_id>/count")
@policies.programs(Role.STAFF, whose=policies.Whose.OWN, only_looks=True)
@operation(body=task_queries.asked)
def asked_size(filter_id: str, body: Asked) -> Count:
    """Count the tasks of a view, narrowed by a body."""
    return {"count": len(_tasks(_one(filter_id), body))}


def _found(wanted: Wanted) -> list[Kept]:
    who = auth.actor()
    if wanted.kind != TASK or wanted.owner not in ("", who.user_name):
        return []
    return [
        kept
        for kept in queries.own(who)
        if (wanted.ids is None or kept.id in wanted.ids) and wanted.name in ("", kept.name)
    ]


def _view_of(sent: Sent) -> dict[str, str]:
    """Return the parameters of a view: what the dialect can say stands in its query, the rest in its properties.

    Raises:
        Invalid: it is somebody else's, or no view that an inbox has.

    """
    if sent.owner not in ("", auth.actor().user_name):
        raise Invalid("everybody keeps filters for himself", field="owner")
    if sent.query.assignee not in ("", auth.actor().user_name):
        raise Invalid("an inbox shows one's own tasks", field="query.assignee")
    order = [name for name, known in ORDERED.items() if [known] == sent.query.order]
    if sent.query.order and not order:
        raise Invalid("an inbox is sorted by dueDate, or by created in either way", field="query.sorting")
    said = {
        "sop": sent.query.process,
        "tampilan": MINE if sent.query.assignee else "",
        "urutan": order[0] if order else "",
    }
    if any(value and sent.properties.get(name) not in ("", None, value) for name, value in said.items()):
        raise Invalid("query and properties contradict each other", field="properties")
    both = sent.properties | {name: value for name, value in said.items() if value}
    return {name: value for name, value in both.items() if value}


def _listed(filter_id: str, asked: Asked, page: Page) -> list[TaskObject]:
    found, (first, most) = _tasks(_one(filter_id), asked), page
    return [task_queries.shown(task) for task in found[first : first + most]]


def _tasks(kept: Kept, asked: Asked) -> list[OpenTask]:
    """Return the tasks of a view, in its own order where none is asked for."""
    if asked.is_nowhere:
        return []
    who, now = auth.actor(), presentation.now()
    seen = inbox.task_ids(who, now, _view(kept.wanted), reading.MOST_ROWS)
    found = task_list.found(who, asked.among(seen), now, asked.order, 0, reading.MOST_ROWS)
    places = {task: place for place, task in enumerate(seen)}
    return list(found) if asked.order else sorted(found, key=lambda task: places[task.id])


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


def _shown(kept: Kept, *, counts: bool = False) -> FilterObject:
    who, wanted = auth.actor(), dict(kept.wanted)
    query: FilterQuery = {}
    if sop := wanted.pop("sop", ""):
        query["processDefinitionKey"] = sop
    if wanted.get("tampilan") == MINE:
        query["assignee"] = who.user_name
        del wanted["tampilan"]
    if wanted.get("urutan") in ORDERED:
        by, down = ORDERED[wanted.pop("urutan")]
        query["sorting"] = [{"sortBy": by, "sortOrder": "desc" if down else "asc"}]
    shown: FilterObject = {
        "id": str(kept.id),
        "resourceType": TASK,
        "name": kept.name,
        "owner": who.user_name,
        "query": query,
        "properties": wanted,
    }
    if counts:
        shown["itemCount"] = len(inbox.task_ids(who, presentation.now(), _view(kept.wanted), reading.MOST_ROWS))
    return shown
