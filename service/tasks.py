"""User tasks: complete one, keep a draft of one."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from service import acts, catalogue, comments, separation, store
from service.acts import Deed
from service.basis import Basis
from service.engine import completeness, workflow
from service.engine import form as forms
from service.engine.assignment import (
    Actor,
    has_in_hand,
    is_confirmed,
    require_candidate,
    require_confirmed,
    require_doer,
    signs,
)
from service.engine.diagram import Node
from service.engine.expression import JSON
from service.engine.form import Answers, FileReference, Form
from service.engine.form.model import Field, flat
from service.engine.variables import inside
from service.engine.worklist import Opened
from service.errors import AnswersInvalid, EngineFailed, Invalid, OutputsMissing
from service.models import Attachment, Draft, Instance, Task
from service.once import Once
from service.queries import completeness as in_case
from service.queries import organisation, receipts
from service.separation import Tried

LENGTH_OF_ID = 36


@dataclass(frozen=True, slots=True)
class Completed:
    """What completing a task led to."""

    instance_id: UUID
    title: str
    task_name: str
    opened: tuple[Opened, ...]
    receivers: tuple[str, ...]
    """Names of those who have work now: positions, units, people."""
    returned: bool
    ended: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """An open task as somebody found it who may do it."""

    task: Task
    instance: Instance

    @property
    def form(self) -> Form:
        """Return its form."""
        return catalogue.form_of(self.instance, self.task.process_key, self.node)

    @property
    def node(self) -> Node:
        """Return its place in the diagram."""
        return catalogue.of_instance(self.instance).diagrams[self.task.process_key].nodes[self.task.element]


@dataclass(frozen=True, slots=True)
class Brought:
    """What comes with the request to complete a task."""

    raw: Mapping[str, Any]
    once: Once | None
    new_files: Sequence[Attachment]
    comment: str


@dataclass(frozen=True, slots=True)
class Desk:
    """An open task with all that answers to its form are checked against."""

    task: Task
    instance: Instance
    node: Node
    form: Form
    variables: Mapping[str, Any]
    files: Mapping[str, FileReference]


@dataclass(frozen=True, slots=True)
class Opening(Desk):
    """A desk with what was written there before."""

    previous: Mapping[str, Any] | None
    """What was answered in the round before."""
    draft: Draft | None
    """What the person typed earlier and has not sent."""

    @property
    def answers(self) -> Answers:
        """Return what the form shows first: the draft, or the round before, or what the case knows."""
        return self.answers_again(told=())

    def answers_again(self, told: Collection[str]) -> Answers:
        """Return the same, with what is still wrong of the answers that the person was `told` of."""
        if self.draft is None:
            return forms.opening(self.form, self.variables, self.previous)
        return self.taken_up(self.draft.answers, told)

    def taken_up(self, raw: Mapping[str, Any], told: Collection[str] = ()) -> Answers:
        """Return what somebody typed as his page left it."""
        return forms.resume(self.form, raw, self.variables, self.files, told)


def see(actor: Actor, task_id: UUID) -> Seen:
    """Return an open task for the person who may do it.

    Raises:
        NotFound: the office has no such task.
        NotAllowed: the task is for another position.
        TaskClosed: somebody completed or cancelled it.

    """
    seen = look_back(actor, task_id)
    store.require_open(seen.task)
    return seen


def look_back(actor: Actor, task_id: UUID) -> Seen:
    """Return a task, open or not, for the person who may do it or might have done it.

    Raises:
        NotFound, NotAllowed: as `see`.

    """
    task, instance = store.get_task(actor.office, task_id)
    if not has_in_hand(actor, task.assignee, task.assigned_post):
        require_candidate(actor, task.groups)
    return Seen(task, instance)


def require_doing(actor: Actor, seen: Seen, now: datetime) -> None:
    """Refuse whoever may not end a task now; who would decide on his own work is noted in its history.

    Raises:
        CaseSuspended: nothing goes on in its case.
        TaskTaken: somebody else has it for himself.
        NotAllowed: he did what is decided here.

    """
    task, instance = seen.task, seen.instance
    store.require_active(instance)
    require_doer(actor, task.groups, store.hold_of(task, now))
    tried = Tried("complete", actor.person_id, acts_as(actor, task), now)
    separation.require_allowed(actor.person_id, instance, task, tried)


def acts_as(actor: Actor, task: Task) -> str:
    """Return the name of the post in which the actor does a task: one that it is for, else that which it was given."""
    is_held = has_in_hand(actor, task.assignee, task.assigned_post)
    return actor.acts_as((task.assigned_post,) if is_held else task.groups)


def opening(actor: Actor, task_id: UUID) -> Opening:
    """Return an open task with its form and what was written there before.

    Raises:
        NotFound, NotAllowed, TaskClosed: as `see`.
        InstanceChanged: the case kept changing while it was read.

    """
    return acts.repeated(lambda: _opening(actor, task_id))


def _opening(actor: Actor, task_id: UUID) -> Opening:
    seen = see(actor, task_id)
    draft = store.get_draft(actor.office, task_id, actor.person_id)
    desk = _desk(seen, catalogue.hydrate(seen.instance), draft.answers if draft else {})
    return Opening(
        desk.task,
        desk.instance,
        desk.node,
        desk.form,
        desk.variables,
        desk.files,
        previous=store.last_values(seen.instance, seen.task.process_key, seen.task.element, seen.task.unit),
        draft=draft,
    )


def complete(
    actor: Actor,
    task_id: UUID,
    raw: Mapping[str, Any],
    now: datetime,
    seen: Seen | None = None,
    once: Once | None = None,
    new_files: Sequence[Attachment] = (),
    comment: str = "",
) -> Completed:
    """Complete a task with the answers to its form, as it was `seen` just before or as it is now; a request `once`.

    What is told beside it, a `comment`, is saved with it or with its failure, once. A case that another task of it
    moved on in between is loaded again: parallel work of two Bidang is no conflict.

    Raises:
        NotFound, NotAllowed, TaskClosed: as `see`.
        CaseSuspended: nothing goes on in its case.
        TaskTaken: somebody else has it for himself.
        AnswersInvalid: fields need attention; nothing was saved.
        NotConfirmed: the actor signs, and gave his password too long ago; to return a task is not to sign.
        OutputsMissing: a required output is neither there nor waived; nothing was saved.
        CommentRefused: it is too long, or one too many; nothing was saved.
        InstanceChanged: the case kept changing.
        EngineFailed: the engine could not go on; beside the last good state an incident keeps the whole act.

    """
    known = iter((seen,) if seen else ())
    brought = Brought(raw, once, new_files, comment)
    return acts.repeated(lambda: _complete(actor, next(known, None) or see(actor, task_id), now, brought))


def asks_password(actor: Actor, seen: Seen | Desk, now: datetime) -> bool:
    """Tell whether an actor has to give his password to agree in a task."""
    return signs(seen.node.properties) and not is_confirmed(actor, now)


def save_draft(
    actor: Actor,
    task_id: UUID,
    raw: Mapping[str, Any],
    now: datetime,
    new_files: Sequence[Attachment] = (),
    basis: Basis | None = None,
) -> None:
    """Keep what was typed without checking it; a page gives its `basis`, whoever gives none replaces what is there.

    Raises:
        NotFound, NotAllowed, TaskClosed: as `see`.
        AttachmentRefused: one file too many; nothing was saved.
        DraftChanged: the same person saved another one elsewhere; nothing was saved.

    """
    seen = see(actor, task_id)
    with store.held_open(seen.task, now):
        _save_draft(actor, seen, raw, now, new_files, basis)


def amend_draft(
    actor: Actor, task_id: UUID, changed: Mapping[str, JSON], struck: Collection[str], now: datetime
) -> None:
    """Write some answers into one's draft and strike others out; the first draft goes on with what the form shows.

    Raises:
        NotFound, NotAllowed, TaskClosed: as `see`.
        Invalid: the form does not ask for it.

    """
    desk = opening(actor, task_id)
    unknown = sorted({*changed, *struck} - _asked(desk))
    if unknown:
        raise Invalid(f"the form of the task does not ask for {', '.join(name[:100] for name in unknown)}")
    with store.held_open(desk.task, now):
        kept = {**_written(actor, desk), **changed}
        _save_draft(actor, desk, {name: value for name, value in kept.items() if name not in struck}, now)


def hand_in(
    actor: Actor, task_id: UUID, question: Field, file: str, now: datetime, new_files: Sequence[Attachment]
) -> str:
    """Answer a question with a file, beside those that it has if it takes several; return the id that the file has.

    Raises:
        NotFound, NotAllowed, TaskClosed, AttachmentRefused: as `save_draft`.

    """
    desk = opening(actor, task_id)
    with store.held_open(desk.task, now):
        kept = _written(actor, desk)
        given = kept.get(question.key) if question.multiple else None
        ids = [item["id"] if isinstance(item, dict) else item for item in given] if isinstance(given, list) else []
        answer = list(dict.fromkeys([*ids, file]))
        return _save_draft(actor, desk, kept | {question.key: answer}, now, new_files).get(file, file)


def _asked(desk: Desk) -> set[str]:
    return {field.key for field in flat(desk.form.fields) if field.writable or (field.key and field.fields)}


def _written(actor: Actor, desk: Opening) -> dict[str, JSON]:
    """Return what the form of a task that is held open has now: another program may have written since it was read."""
    draft = store.get_draft(actor.office, desk.task.id, actor.person_id)
    shown = draft.answers if draft else desk.answers.values
    return {name: value for name, value in shown.items() if name in _asked(desk)}


def _save_draft(
    actor: Actor,
    seen: Seen | Desk,
    raw: Mapping[str, Any],
    now: datetime,
    new_files: Sequence[Attachment] = (),
    basis: Basis | None = None,
) -> Mapping[str, str]:
    """Save a draft of a task that is held open; return which files came before, with the ids that they have since."""
    came_before = store.add_files(seen.instance, seen.task.id, new_files)
    typed = {name: _storable(value, came_before) for name, value in raw.items()}
    store.save_draft(seen.task, actor.person_id, typed, now, basis)
    return came_before


def _storable(raw: JSON, came_before: Mapping[str, str] = MappingProxyType({})) -> JSON:
    """Return what was typed without NUL, which PostgreSQL stores nowhere; a file that came before by its id of then."""
    match raw:
        case str():
            return came_before.get(raw) or raw.replace("\x00", "")
        case list():
            return [_storable(item, came_before) for item in raw]
        case dict():
            return {name: _storable(item, came_before) for name, item in raw.items()}
        case _:
            return raw


def _complete(actor: Actor, seen: Seen, now: datetime, brought: Brought) -> Completed:
    task, instance = seen.task, seen.instance
    require_doing(actor, seen, now)
    execution = catalogue.hydrate(instance)
    desk = _desk(seen, execution, brought.raw, brought.new_files)

    answers = forms.clean(desk.form, brought.raw, desk.variables, desk.files)
    if answers.errors:
        raise AnswersInvalid(answers.errors)
    _require_outputs(actor, desk, answers)

    deed = _deed(actor.person_id, acts_as(actor, task), desk, answers)
    if signs(desk.node.properties) and not deed.returns:
        require_confirmed(actor, now)
    # a failure keeps the comment, too: the same request again does not tell it twice
    said = brought.once.part(task.id, brought.comment) if brought.once and brought.comment else None
    is_new = bool(brought.comment) and not (said and receipts.case_of(actor, said))
    told = [comments.line(actor, instance, task, brought.comment, now)] if is_new else []
    try:
        step, difference = acts.perform(instance, execution, deed, now)
    except EngineFailed as error:
        typed = {name: _storable(value) for name, value in brought.raw.items()}
        acts.record_failure(instance, deed, error, now, typed, brought.new_files, told, said if is_new else None)
        raise
    receivers = _receivers(actor, difference.opened)
    done = acts.fact(deed, difference, now)
    store.save_step(instance, step, difference, done, told, once=brought.once, new_files=brought.new_files)
    return Completed(
        instance.id,
        instance.title,
        task.name,
        difference.opened,
        receivers,
        difference.has_returned,
        step.ended,
    )


def _require_outputs(actor: Actor, desk: Desk, answers: Answers) -> None:
    """Refuse to close a step empty-handed; what the case has is read only where the answers do not suffice.

    Raises:
        OutputsMissing: a required output is neither there nor waived, by somebody else or by a head with nobody above.

    """
    diagram = catalogue.of_instance(desk.instance).diagrams[desk.task.process_key]
    if _returns(desk.form, answers) or not completeness.missing(diagram, desk.node, answers.values):
        return
    had = in_case.record_of(desk.instance)
    waived = {
        number
        for (side, number), waiver in had.waived(desk.task.id).items()
        if side == "output"
        and (not actor.human.is_among([store.human_of(waiver.person_id)]) or has_nobody_above(actor, desk))
    }
    lacking = completeness.missing(diagram, desk.node, answers.values, had.given, waived)
    if lacking:
        raise OutputsMissing([item.text for item in lacking])


def has_nobody_above(actor: Actor, desk: Desk) -> bool:
    """Tell whether somebody does without his own outputs, because nobody else could."""
    starting = catalogue.starters_of(desk.instance)
    posts = [post.code for post in actor.posts]
    return bool(organisation.hierarchy(actor).head_alone(posts, desk.task.groups, starting))


def _returns(form: Form, answers: Answers) -> bool:
    outcome = form.outcome
    return outcome is not None and answers.values.get(outcome.key) in outcome.returns


def _receivers(actor: Actor, opened: Sequence[Opened]) -> tuple[str, ...]:
    if not opened:
        return ()
    names = organisation.names_of(actor, {group for task in opened for group in task.groups})
    return tuple(dict.fromkeys(organisation.holder(task.groups, names, task.lane) for task in opened))


def _desk(
    seen: Seen, execution: workflow.Execution, raw: Mapping[str, Any], new_files: Sequence[Attachment] = ()
) -> Desk:
    new = {str(file.id): store.reference(file) for file in new_files}
    return Desk(
        task=seen.task,
        instance=seen.instance,
        node=seen.node,
        form=seen.form,
        variables=_offering(execution.variables(str(seen.task.id)), organisation.closed_units(seen.task.tenant_id)),
        files={**store.files(seen.instance, set(_ids(dict(raw)))), **new},
    )


def _offering(variables: dict[str, Any], closed: Collection[str]) -> dict[str, Any]:
    """Let a form offer no unit that was closed since the case began, unless the case has something of it."""
    units = variables.get("unit_kantor")
    if not isinstance(units, list) or not any(_code(unit) in closed for unit in units):
        return variables
    named = [part for part in inside({**variables, "unit_kantor": []}) if isinstance(part, str)]
    gone = {code for code in closed if code not in named}
    return variables | {"unit_kantor": [unit for unit in units if _code(unit) not in gone]}


def _code(unit: object) -> str:
    return str(unit.get("kode", "")) if isinstance(unit, dict) else ""


def _ids(raw: JSON) -> Iterator[UUID]:
    """Yield whatever may be the id of a file."""
    match raw:
        case str() if len(raw) == LENGTH_OF_ID:
            with suppress(ValueError):
                yield UUID(raw)
        case list():
            for item in raw:
                yield from _ids(item)
        case dict():
            yield from _ids(list(raw.values()))


def _deed(person: UUID, position: str, desk: Desk, answers: Answers) -> Deed:
    task, form = desk.task, desk.form
    outcome = form.outcome
    chosen = answers.values.get(outcome.key) if outcome else None
    labels = {option.value: option.label for option in outcome.options} if outcome else {}
    returns = _returns(form, answers)
    parts = _by_role(form, answers, "bagian") if returns else None
    body = {
        "form": form.id,
        "values": answers.values,
        "outcome": chosen,
        **({"outcome_label": labels.get(str(chosen), chosen)} if chosen else {}),
        "reason": str(_by_role(form, answers, "alasan") or "") if returns else "",
        "parts": parts if isinstance(parts, list) else [],
        "round": task.round,
        "unit": task.unit,
    }
    return Deed("complete", str(task.id), task.process_key, task.element, person, position, returns, body)


def _by_role(form: Form, answers: Answers, role: str) -> object:
    field = form.of_role(role)
    return answers.values.get(field.key) if field else None
