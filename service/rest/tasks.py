"""`/task`: the open tasks of the office, taken, let go and completed by whoever may."""

from uuid import UUID

from flask import Blueprint, Response, jsonify, request
from werkzeug.wrappers import Response as Answer

from service import claims, tasks
from service.engine.assignment import PERSON, Role
from service.errors import Invalid, NotAllowed
from service.queries import organisation, task_list
from service.rest import reading, task_queries, variables
from service.rest.dialect import done, moment
from service.rest.reading import Fields
from service.web import auth, policies, presentation

blueprint = Blueprint("tasks", __name__, url_prefix="/task")
DATES = frozenset({"created", "due"})


@blueprint.get("")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
def listed() -> Response:
    """List open tasks by the address; some clients send an empty body with it."""
    if request.content_length:
        reading.body().end()
    return _listed(reading.query())


@blueprint.post("")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE, only_looks=True)
def asked() -> Response:
    """List open tasks by a body; the page stands in the address."""
    return _listed(reading.body(), reading.query())


@blueprint.get("/count")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
def count() -> Response:
    """Count open tasks by the address."""
    return _counted(reading.query())


@blueprint.post("/count")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE, only_looks=True)
def asked_count() -> Response:
    """Count open tasks by a body."""
    return _counted(reading.body())


@blueprint.get("/<task_id>")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
def one(task_id: str) -> Response:
    """Return one open task."""
    return jsonify(task_queries.shown(task_list.one(auth.actor(), _id(task_id), presentation.now())))


@blueprint.post("/<task_id>/claim")
@policies.programs(Role.STAFF, whose=policies.Whose.MINE_TO_DO)
def claim(task_id: str) -> Answer:
    """Take a task for the person of the token."""
    fields = reading.body()
    user = fields.text("userId")
    fields.end()
    _require_himself(user)
    claims.claim(auth.actor(), _id(task_id), presentation.now())
    return done()


@blueprint.post("/<task_id>/unclaim")
@policies.programs(Role.STAFF, whose=policies.Whose.MINE_TO_DO)
def unclaim(task_id: str) -> Answer:
    """Let a task go."""
    fields = reading.body()
    fields.text("userId")
    fields.end()
    claims.release(auth.actor(), _id(task_id), presentation.now())
    return done()


@blueprint.post("/<task_id>/assignee")
@policies.programs(Role.STAFF, whose=policies.Whose.MINE_TO_DO)
def assignee(task_id: str) -> Answer:
    """Take a task, or let it go where nobody is named."""
    fields = reading.body()
    user = fields.text("userId")
    fields.end()
    who, now = auth.actor(), presentation.now()
    if user:
        _require_himself(user)
        claims.claim(who, _id(task_id), now)
    else:
        claims.release(who, _id(task_id), now)
    return done()


@blueprint.post("/<task_id>/complete")
@policies.programs(Role.STAFF, whose=policies.Whose.MINE_TO_DO)
def complete(task_id: str) -> Answer:
    """Complete a task with the answers to its form."""
    return _completed(task_id)


@blueprint.post("/<task_id>/submit-form")
@policies.programs(Role.STAFF, whose=policies.Whose.MINE_TO_DO)
def submit_form(task_id: str) -> Answer:
    """Complete a task with the answers to its form, by the other name of it."""
    return _completed(task_id)


@blueprint.post("/<task_id>/delegate")
@policies.programs(Role.STAFF, whose=policies.Whose.MINE_TO_DO)
def delegate(task_id: str) -> Answer:
    """Hand a task on to a colleague, who does it or gives it back."""
    fields = reading.body()
    user = fields.required("userId")
    fields.end()
    claims.delegate(auth.actor(), _id(task_id), _colleague(user), "", presentation.now())
    return done()


@blueprint.post("/<task_id>/resolve")
@policies.programs(Role.STAFF, whose=policies.Whose.MINE_TO_DO)
def resolve(task_id: str) -> Answer:
    """Give a task back to who handed it on; answers are for whoever completes it."""
    fields = reading.body()
    fields.empty("variables")
    fields.end()
    claims.hand_back(auth.actor(), _id(task_id), "", presentation.now())
    return done()


@blueprint.put("/<task_id>")
@policies.programs(Role.STAFF, whose=policies.Whose.MINE_TO_DO)
def change(task_id: str) -> Answer:
    """Take a whole task: lay it aside or take it up again by `followUp`; nothing else of it changes here."""
    who, now, fields = auth.actor(), presentation.now(), reading.body()
    plain = tasks.see(who, _id(task_id)).task.id
    known = task_queries.shown(task_list.one(who, plain, now))
    until = fields.moment("followUp") if (moves := fields.has("followUp")) else None
    others = [name for name in known if fields.has(name) and not _is_same(fields, name, known[name])]
    fields.end()
    if others:
        raise Invalid(f"only followUp is changed here, not {', '.join(others)}", field=others[0])
    if moves and moment(until) != known["followUp"]:
        claims.lay_aside(who, plain, until.astimezone(auth.office_zone()).date() if until else None, now)
    return done()


@blueprint.get("/<task_id>/identity-links")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
def identity_links(task_id: str) -> Response:
    """Tell who has a task, who handed it on, and whom it is for."""
    fields = reading.query()
    kind = fields.text("type")
    fields.end()
    task = task_list.one(auth.actor(), _id(task_id), presentation.now())
    links = [
        _link(user=task.assignee, kind="assignee"),
        _link(user=task.giver, kind="owner"),
        *(_link(user=group.removeprefix(PERSON)) for group in task.groups if group.startswith(PERSON)),
        *(_link(group=group) for group in task.groups if not group.startswith(PERSON)),
    ]
    named = [link for link in links if link["userId"] or link["groupId"]]
    return jsonify([link for link in named if kind in ("", link["type"])])


def _link(user: str | None = None, group: str | None = None, kind: str = "candidate") -> dict[str, str | None]:
    return {"userId": user, "groupId": group, "type": kind}


def _is_same(fields: Fields, name: str, known: object) -> bool:
    """Tell whether a task was sent with what it has; moments come in whatever way of writing."""
    sent = moment(fields.moment(name)) if name in DATES else fields.any(name)
    return sent == known


def _colleague(user: str) -> str:
    """Return the id of a colleague by his user name.

    Raises:
        Invalid: the office has no such colleague.

    """
    who, name = auth.actor(), user.strip().lower()
    known = {one.user_name: str(one.person_id) for one in organisation.colleagues(who, presentation.now())}
    if name == who.user_name or name not in known:
        raise Invalid("the office has no such colleague", field="userId")
    return known[name]


def _completed(task_id: str) -> Answer:
    fields = reading.body()
    answers = variables.read(fields, "variables")
    wants_variables = fields.flag("withVariablesInReturn")
    fields.end()
    tasks.complete(auth.actor(), _id(task_id), answers, presentation.now())
    return jsonify(variables.all_written(answers)) if wants_variables else done()


def _listed(fields: Fields, address: Fields | None = None) -> Response:
    order, (first, most) = reading.order(fields, task_queries.ORDERS), reading.page(address or fields)
    sought, now = task_queries.sought(fields), presentation.now()
    for read in (fields, address):
        if read is not None:
            read.end()
    found = task_list.found(auth.actor(), sought, now, order, first, most) if sought else ()
    return jsonify([task_queries.shown(task) for task in found])


def _counted(fields: Fields) -> Response:
    sought = task_queries.sought(fields)
    fields.end()
    return jsonify(count=task_list.count(auth.actor(), sought, presentation.now()) if sought else 0)


def _require_himself(user: str) -> None:
    if not user:
        raise Invalid("has to be given", field="userId")
    if user.strip().lower() != auth.actor().user_name:
        raise NotAllowed("a program takes tasks for its own person only")


def _id(task_id: str) -> UUID:
    return reading.identifier(task_id, "task")
