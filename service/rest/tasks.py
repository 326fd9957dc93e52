"""`/task`: the open tasks of the office, taken, handed on, let go and completed by whoever may."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypedDict
from uuid import UUID

from flask import Blueprint

from service import acts, bpmn_errors, claims, tasks
from service.engine.assignment import PERSON, Role
from service.engine.expression import JSON
from service.engine.reason import LONGEST as LONGEST_REASON
from service.errors import Conflict, Invalid, NotAllowed
from service.queries import organisation, task_list
from service.rest import listing, reading, task_queries, variables
from service.rest.dialect import moment
from service.rest.operations import operation
from service.rest.reading import Fields, Page
from service.rest.shapes import Count, Variables
from service.rest.task_queries import Asked, TaskObject
from service.web import auth, policies, presentation

blueprint = Blueprint("tasks", __name__, url_prefix="/task")
DATES = ("created", "due")
OTHERS = tuple(name for name in TaskObject.__annotations__ if name not in (*DATES, "followUp"))


class IdentityLink(TypedDict):
    """Somebody, or a position or unit, with what it has to do with a task."""

    userId: str | None
    groupId: str | None
    type: Literal["assignee", "candidate", "owner"]


@dataclass(frozen=True, slots=True)
class Completion:
    """The answers to a form, and whether they are told again."""

    answers: dict[str, JSON]
    is_told: bool


@dataclass(frozen=True, slots=True)
class Error:
    """Why a task cannot be done."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Whole:
    """A task as somebody wants to have it."""

    others: dict[str, object]
    dates: dict[str, datetime | None]
    moves: bool
    """Whether it says anything of a follow-up date."""
    follow_up: datetime | None

    def differing(self, known: TaskObject) -> list[str]:
        """Return the names of what is otherwise; a moment is the same in whatever way of writing."""
        told = self.others | {name: moment(at) for name, at in self.dates.items()}
        return [name for name, value in known.items() if name in told and told[name] != value]


def _user(fields: Fields) -> str:
    return fields.text("userId")


def _whoever(fields: Fields) -> None:
    fields.text("userId")


def _needed_user(fields: Fields) -> str:
    return fields.required("userId")


def _completion(fields: Fields) -> Completion:
    return Completion(variables.read(fields, "variables"), bool(fields.flag("withVariablesInReturn")))


def _error(fields: Fields) -> Error:
    fields.empty("variables")
    return Error(
        fields.required("errorCode", longest=acts.LONGEST_CODE),
        fields.text("errorMessage", longest=LONGEST_REASON, of_people=True),
    )


def _no_answers(fields: Fields) -> None:
    fields.empty("variables")


def _whole(fields: Fields) -> Whole:
    return Whole(
        others={name: fields.any(name) for name in OTHERS if fields.has(name)},
        dates={name: fields.moment(name) for name in DATES if fields.has(name)},
        moves=fields.has("followUp"),
        follow_up=fields.moment("followUp"),
    )


def _kind(fields: Fields) -> str:
    return fields.sought("type")


@blueprint.get("")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
@operation(query=task_queries.listed)
def listed(query: tuple[Asked, Page]) -> list[TaskObject]:
    """List open tasks by the address; some clients send an empty body with it."""
    return _listed(*query)


@blueprint.post("")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE, only_looks=True)
@operation(query=reading.page, body=task_queries.asked)
def asked(query: Page, body: Asked) -> list[TaskObject]:
    """List open tasks by a body; the page stands in the address."""
    return _listed(body, query)


@blueprint.get("/count")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
@operation(query=task_queries.asked)
def count(query: Asked) -> Count:
    """Count open tasks by the address."""
    return _counted(query)


@blueprint.post("/count")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE, only_looks=True)
@operation(body=task_queries.asked)
def asked_count(body: Asked) -> Count:
    """Count open tasks by a body."""
    return _counted(body)


@blueprint.get("/<task_id>")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
@operation()
def one(task_id: str) -> TaskObject:
    """Return one open task."""
    return task_queries.shown(task_list.one(auth.actor(), _id(task_id), presentation.now()))


@blueprint.put("/<task_id>")
@policies.programs(Role.STAFF, whose=policies.Whose.MINE_TO_DO)
@operation(body=_whole)
def change(task_id: str, body: Whole) -> None:
    """Take a whole task: lay it aside or take it up again by `followUp`; nothing else of it changes here."""
    who, now = auth.actor(), presentation.now()
    plain = tasks.see(who, _id(task_id)).task.id
    known = task_queries.shown(task_list.one(who, plain, now))
    if different := body.differing(known):
        raise Invalid(f"only followUp is changed here, not {', '.join(different)}", field=different[0])
    until = body.follow_up
    if body.moves and moment(until) != known["followUp"]:
        claims.lay_aside(who, plain, until.astimezone(auth.office_zone()).date() if until else None, now)


@blueprint.post("/<task_id>/claim")
@policies.programs(Role.STAFF, whose=policies.Whose.MINE_TO_DO)
@operation(body=_needed_user)
def claim(task_id: str, body: str) -> None:
    """Take a task for the person of the token."""
    _require_himself(body)
    _take(_id(task_id))


@blueprint.post("/<task_id>/unclaim")
@policies.programs(Role.STAFF, whose=policies.Whose.MINE_TO_DO)
@operation(body=_whoever)
def unclaim(task_id: str) -> None:
    """Let a task go."""
    _let_go(_id(task_id))


@blueprint.post("/<task_id>/assignee")
@policies.programs(Role.STAFF, whose=policies.Whose.MINE_TO_DO)
@operation(body=_user)
def assignee(task_id: str, body: str) -> None:
    """Take a task for the person of the token, or let it go where nobody is named."""
    if body:
        _require_himself(body)
        _take(_id(task_id))
    else:
        _let_go(_id(task_id))


@blueprint.post("/<task_id>/delegate")
@policies.programs(Role.STAFF, whose=policies.Whose.MINE_TO_DO)
@operation(body=_needed_user)
def delegate(task_id: str, body: str) -> None:
    """Hand a task on to a colleague, who does it or gives it back."""
    claims.delegate(auth.actor(), _id(task_id), _colleague(body), "", presentation.now())


@blueprint.post("/<task_id>/resolve")
@policies.programs(Role.STAFF, whose=policies.Whose.MINE_TO_DO)
@operation(body=_no_answers)
def resolve(task_id: str) -> None:
    """Give a task back to who handed it on; answers are for whoever completes it."""
    claims.hand_back(auth.actor(), _id(task_id), "", presentation.now())


@blueprint.post("/<task_id>/complete")
@policies.programs(Role.STAFF, whose=policies.Whose.MINE_TO_DO)
@operation(body=_completion)
def complete(task_id: str, body: Completion) -> Variables | None:
    """Complete a task with the answers to its form."""
    return _completed(task_id, body)


@blueprint.post("/<task_id>/submit-form")
@policies.programs(Role.STAFF, whose=policies.Whose.MINE_TO_DO)
@operation(body=_completion)
def submit_form(task_id: str, body: Completion) -> Variables | None:
    """Complete a task with the answers to its form, by the other name of it."""
    return _completed(task_id, body)


@blueprint.post("/<task_id>/bpmnError")
@policies.programs(Role.STAFF, whose=policies.Whose.MINE_TO_DO)
@operation(body=_error)
def bpmn_error(task_id: str, body: Error) -> None:
    """End a task with an error that its diagram catches."""
    bpmn_errors.end_task(auth.actor(), _id(task_id), body.code, body.message, presentation.now())


@blueprint.get("/<task_id>/identity-links")
@policies.programs(whose=policies.Whose.OF_THE_OFFICE)
@operation(query=_kind)
def identity_links(task_id: str, query: str) -> list[IdentityLink]:
    """Tell who has a task, who handed it on, and whom it is for."""
    task = task_list.one(auth.actor(), _id(task_id), presentation.now())
    links: list[IdentityLink] = [
        {"userId": task.assignee, "groupId": None, "type": "assignee"},
        {"userId": task.giver, "groupId": None, "type": "owner"},
        *(_candidate(group) for group in task.groups),
    ]
    named = [link for link in links if link["userId"] or link["groupId"]]
    return [link for link in named if query in ("", link["type"])]


def _take(task: UUID) -> None:
    """Take a task; who has it already has what he asked for, also where two ask for him at once."""
    who, now = auth.actor(), presentation.now()
    try:
        claims.claim(who, task, now)
    except Conflict:
        if not claims.standing(who, tasks.see(who, task).task, now).is_mine:
            raise


def _let_go(task: UUID) -> None:
    """Let a task go, if anybody has it."""
    who, now = auth.actor(), presentation.now()
    try:
        claims.release(who, task, now)
    except Conflict:
        if claims.standing(who, tasks.see(who, task).task, now).hold is not None:
            raise


def _candidate(group: str) -> IdentityLink:
    if group.startswith(PERSON):
        return {"userId": group.removeprefix(PERSON), "groupId": None, "type": "candidate"}
    return {"userId": None, "groupId": group, "type": "candidate"}


def _completed(task_id: str, completion: Completion) -> Variables | None:
    tasks.complete(auth.actor(), _id(task_id), completion.answers, presentation.now())
    return variables.all_written(completion.answers) if completion.is_told else None


def _listed(asked: Asked, page: Page) -> list[TaskObject]:
    found = () if asked.is_nowhere else task_list.found(
        auth.actor(), asked.sought, presentation.now(), asked.order, *page
    )  # fmt: skip
    shown = [task_queries.shown(task) for task in found]
    listing.tell_of_rows(asked.fixed.cases, shown)
    return shown


def _counted(asked: Asked) -> Count:
    return {"count": 0 if asked.is_nowhere else task_list.count(auth.actor(), asked.sought, presentation.now())}


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


def _require_himself(user: str) -> None:
    if user.strip().lower() != auth.actor().user_name:
        raise NotAllowed("a program takes tasks for its own person only")


def _id(task_id: str) -> UUID:
    return reading.identifier(task_id, "task")
