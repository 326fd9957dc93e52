"""The page of a task: its form, its decision, and what the SOP says about the step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from flask import render_template
from flask_babel import gettext

from service import catalogue, claims, comments, tasks
from service.engine import form as forms
from service.engine import sop, stepmap, worktime
from service.engine.diagram import Diagram, Node
from service.engine.form import Answers, FieldView
from service.engine.worktime import Remaining
from service.errors import FieldError
from service.queries import completeness, history, inbox, organisation, progress
from service.queries.completeness import Entry
from service.queries.history import Change
from service.queries.suspensions import Suspension, suspension_of
from service.web import auth, presentation, repeats, story, wording

HISTORY_ON_TASK = 6
SHORT = frozenset({"datetime", "number", "radio", "select", "textfield"})
CONTAINERS = frozenset({"dynamiclist", "group", "table"})
LONGEST_BEFORE = 60
"""Letters of an earlier answer that still fit beside its field."""
OUTCOME_ROLES = frozenset({"keputusan", "alasan", "bagian"})
SHEET_ROLES = frozenset({"alasan", "bagian"})


@dataclass(frozen=True, slots=True)
class TaskHead:
    """What is said first about a task."""

    id: str
    title: str
    case_id: str
    case_title: str
    case_number: int
    unit_name: str
    due_at: datetime | None
    remaining: Remaining | None
    round: int
    returned: bool
    lane: str
    order: int
    process_key: str
    pressing: bool
    aside_until: datetime | None
    """Until when it is laid aside."""
    sop: str
    """Title of the called SOP that it is a step of; empty in the SOP of the case."""


@dataclass(frozen=True, slots=True)
class OutcomeChoice:
    """A button of a decision, and where it leads."""

    value: str
    label: str
    returns: bool
    target_step: str
    target_lane: str
    calls: bool = False
    """Whether it leads into another SOP."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The decision of a task."""

    name: str
    choices: tuple[OutcomeChoice, ...]
    reason: FieldView | None
    parts: FieldView | None


@dataclass(frozen=True, slots=True)
class StepBar:
    """Where in the SOP a task stands."""

    current: int
    total: int
    done: int


@dataclass(frozen=True, slots=True)
class Mutu:
    """The Mutu Baku of a step."""

    order: int
    inputs: tuple[Entry, ...]
    waktu: str
    days_note: str
    started_at: datetime
    due_at: datetime | None
    undue: str
    """Why it has no due date."""
    remaining: Remaining | None
    share: int
    """Percent of the time that has run."""
    outputs: tuple[Entry, ...]
    keterangan: str


@dataclass(frozen=True, slots=True)
class ReturnedPart:
    """A part that is to be looked at again, and where on the page it stands."""

    words: str
    target: str


@dataclass(frozen=True, slots=True)
class ReturnNote:
    """Why a task came back."""

    by: str
    reason: str
    parts: tuple[ReturnedPart, ...]
    at: datetime


@dataclass(frozen=True)
class TaskPage:
    """Everything on the page of a task."""

    task: TaskHead
    standing: claims.Standing
    suspension: Suspension | None
    fields: Sequence[FieldView]
    outcome: Outcome | None
    errors: Sequence[tuple[str, str, FieldError]]
    steps: StepBar
    mutu: Mutu
    note: ReturnNote | None
    history: tuple[story.LogLine, ...]
    comments: tuple[story.LogLine, ...]
    map: stepmap.StepMap | None
    next_step: str
    consequence: str
    saved_at: datetime | None
    saved_by: str
    """Mark of the page from which the draft was saved."""
    has_commented: bool
    """Whether that page gave its comment as well."""
    reopen: str
    changes: tuple[Change, ...]


def render(
    opening: tasks.Opening,
    answers: Answers,
    *,
    reopen: str,
    partial: bool = False,
    refused_comment: str = "",
    unsigned: str = "",
    lacking: str = "",
    elsewhere: bool = False,
) -> str:
    """Return the page, or only its form; `lacking` says which outputs keep the task from closing.

    `elsewhere` says that its answers are not kept, because a draft was saved on another page after this one was shown.
    """
    page = wording.localised(_task(opening, answers, reopen), auth.office_zone())
    return render_template(
        "staff/_form.html" if partial else "staff/task.html",
        page=page,
        partial=partial,
        refused_comment=refused_comment,
        asks_password=bool(unsigned) or tasks.asks_password(auth.actor(), opening, presentation.now()),
        unsigned=unsigned,
        lacking=lacking,
        elsewhere=elsewhere,
        waives_himself=bool(lacking) and tasks.has_nobody_above(auth.actor(), opening),
        longest_comment=comments.LONGEST,
        keeps=kept_as(opening.task.id),
    )


def kept_as(name: object) -> str:
    """Return the name under which a device keeps what its reader types into a form."""
    who = auth.actor()
    return f"{who.office}:{who.person_id}:{name}"


def sheet_to_open(opening: tasks.Opening, answers: Answers) -> str:
    """Return the outcome whose sheet has to open again because its own reason or parts need attention."""
    field = opening.form.outcome
    chosen = answers.values.get(field.key) if field else None
    if field is None or chosen not in field.returns:
        return ""
    views = forms.view(opening.form, answers, opening.variables, auth.locale())
    return str(chosen) if any(view.error for view in every(views) if view.role in SHEET_ROLES) else ""


def mistakes(views: Sequence[FieldView], row: int = 0) -> list[tuple[str, str, FieldError]]:
    """Return what needs attention, in the order of the page; a question in a list is named with its row."""
    found: list[tuple[str, str, FieldError]] = []
    for view in views:
        if view.error is not None:
            label = gettext("Baris %(number)s, %(label)s", number=row, label=view.label) if row else view.label
            found.append((view.id, label, view.error))
        if view.kind == "group":
            found += mistakes(view.fields, row)
        for number, inner in enumerate(view.rows, start=1):
            found += mistakes(inner.fields, number)
    return found


def every(views: Sequence[FieldView]) -> list[FieldView]:
    """Return every field view at every depth."""
    found: list[FieldView] = []
    for view in views:
        found.append(view)
        found += every(view.fields)
        for row in view.rows:
            found += every(row.fields)
    return found


def entries(opening: tasks.Opening, answers: Answers) -> tuple[tuple[Entry, ...], tuple[Entry, ...]]:
    """Return what the step needs and what it yields, with what is typed and not sent yet."""
    units = organisation.unit_names(auth.actor())
    had = completeness.record_of(opening.instance)
    return completeness.entries(opening.instance, opening.task, had, units, answers.values)


def fields(opening: tasks.Opening, answers: Answers, outputs: Sequence[Entry]) -> list[FieldView]:
    """Return the form; a question whose answer is a required output is shown as required, unless somebody waived it."""
    views = forms.view(opening.form, answers, opening.variables, auth.locale())
    asked = {entry.item.key for entry in outputs if entry.item.is_required and entry.waiver is None}
    for view in every(views):
        view.required = view.required or (bool(view.key) and view.name in asked)
    return views


def _task(opening: tasks.Opening, answers: Answers, reopen: str) -> TaskPage:
    who, now = auth.actor(), presentation.now()
    task_row, instance, node = opening.task, opening.instance, opening.node
    specification = catalogue.of_instance(instance)
    diagram = specification.diagrams[task_row.process_key]
    inputs, outputs = entries(opening, answers)
    views = fields(opening, answers, outputs)
    note = _note(opening, _asked_back(opening, views))
    lines = history.task_lines(who, instance, HISTORY_ON_TASK)
    remaining = inbox.remaining_of(who, now, instance, task_row)
    outcome = _outcome(diagram, node, opening, views)
    following = diagram.next_tasks(node.id)
    return TaskPage(
        task=TaskHead(
            id=str(task_row.id),
            title=task_row.name,
            case_id=str(instance.id),
            case_title=instance.title,
            case_number=instance.number,
            unit_name=organisation.unit_names(who).get(task_row.unit, ""),
            due_at=task_row.due_at,
            remaining=remaining,
            round=task_row.round,
            returned=task_row.is_returned,
            lane=task_row.lane,
            order=task_row.position,
            process_key=task_row.process_key,
            pressing=inbox.is_pressing(task_row),
            aside_until=inbox.aside_until(task_row, now),
            sop=specification.called(task_row.process_key),
        ),
        standing=claims.standing(who, task_row, now),
        suspension=suspension_of(instance),
        fields=_without_outcome(views),
        outcome=outcome,
        errors=mistakes(views),
        steps=StepBar(task_row.position, diagram.steps, max(0, task_row.position - 1)),
        mutu=_mutu(node, opening, inputs, outputs, remaining, now),
        note=note,
        history=story.log(lines, auth.office_zone()),
        comments=story.log(history.comments(who, instance), auth.office_zone()),
        map=progress.task_map(instance, task_row.process_key),
        next_step=_step_words(following[0]) if len(following) == 1 else "",
        consequence=_consequence(following, outcome),
        saved_at=opening.draft.saved_at if opening.draft else None,
        saved_by=opening.draft.saved_by_page if opening.draft else "",
        has_commented=opening.draft is not None and repeats.carried_out(opening.draft.saved_by_page) is not None,
        reopen=reopen,
        changes=_worth_telling(history.changes_since_return(opening.instance, opening.task), views),
    )


def _worth_telling(changes: Sequence[Change], views: Sequence[FieldView]) -> tuple[Change, ...]:
    """Leave out new answers that the form shows itself: there is nothing before them to compare."""
    shown = {view.display for view in every(views) if view.readonly and view.visible}
    return tuple(change for change in changes if change.before or change.files or change.after not in shown)


def _outcome(diagram: Diagram, node: Node, opening: tasks.Opening, views: Sequence[FieldView]) -> Outcome | None:
    field = opening.form.outcome
    view = _of_role(views, "keputusan")
    if field is None or view is None:
        return None
    targets = _targets(diagram, node)
    choices = []
    for option in view.options:
        returns = option.value in field.returns
        target = targets[1] if returns else targets[0]
        choices.append(
            OutcomeChoice(
                option.value,
                option.label,
                returns,
                _step_words(target) if target else "",
                _holder(target) if target else "",
                calls=bool(target and target.called),
            )
        )
    return Outcome(view.name, tuple(choices), _of_role(views, "alasan"), _of_role(views, "bagian"))


def _of_role(views: Sequence[FieldView], role: str) -> FieldView | None:
    return next((view for view in every(views) if view.role == role), None)


def _without_outcome(views: Sequence[FieldView]) -> tuple[FieldView, ...]:
    """Leave out what the buttons and the reason sheet ask, nameless results, and groups that held nothing else."""
    kept = []
    for view in views:
        if view.role in OUTCOME_ROLES or (view.kind == "expression" and not view.label):
            continue
        if view.kind != "group":
            kept.append(view)
        elif inner := _without_outcome(view.fields):
            kept.append(replace(view, fields=inner))
    return tuple(kept)


def _targets(diagram: Diagram, node: Node) -> tuple[Node | None, Node | None]:
    """Return where a decision goes on and where it goes back: the conditioned flow and the default one."""
    outgoing = diagram.outgoing.get(node.id, ())
    gate = diagram.nodes[outgoing[0].target] if len(outgoing) == 1 else None
    if gate is None or not gate.default:
        return None, None
    onward: Node | None = None
    back: Node | None = None
    for flow in diagram.outgoing[gate.id]:
        reached = diagram.reached_by(flow)
        if flow.id == gate.default:
            back = reached[0] if reached else None
        else:
            onward = reached[0] if reached else None
    return onward, back


def _step_words(node: Node) -> str:
    if node.order:
        return gettext("Langkah %(order)s, %(name)s", order=node.order, name=node.name)
    return node.name


def _consequence(following: Sequence[Node], outcome: Outcome | None) -> str:
    if outcome is not None:
        onward = next((choice for choice in outcome.choices if not choice.returns), None)
        if onward is None or not onward.target_step:
            return ""
        return gettext(
            "%(choice)s meneruskan berkas ke %(lane)s (%(step)s).",
            choice=onward.label,
            lane=onward.target_lane,
            step=onward.target_step[:1].lower() + onward.target_step[1:],
        )
    if len(following) == 1:
        return gettext("Setelah dikirim, berkas diteruskan ke %(lane)s.", lane=_holder(following[0]))
    return ""


def _holder(node: Node) -> str:
    return organisation.holder(node.groups, organisation.group_names(auth.actor()), node.lane)


def _mutu(
    node: Node,
    opening: tasks.Opening,
    inputs: tuple[Entry, ...],
    outputs: tuple[Entry, ...],
    remaining: Remaining | None,
    now: datetime,
) -> Mutu:
    task_row = opening.task
    calendar = catalogue.calendar(auth.actor().office, task_row.unit, *task_row.groups)
    standard = catalogue.standard_of(node)
    share = 0
    if task_row.due_at is not None:
        whole = max(1, worktime.worked_minutes(calendar, task_row.created_at, task_row.due_at))
        share = min(100, max(0, 100 * worktime.worked_minutes(calendar, task_row.created_at, now) // whole))
    weeks = standard is not None and standard.unit is worktime.Unit.WEEKS
    return Mutu(
        order=node.order,
        inputs=inputs,
        waktu=sop.time_words(node),
        days_note=gettext("%(days)s hari kerja", days=standard.days) if standard is not None and weeks else "",
        started_at=task_row.created_at,
        due_at=task_row.due_at,
        undue="" if task_row.due_at else wording.undue(catalogue.why_undue(node)),
        remaining=remaining,
        share=share,
        outputs=outputs,
        keterangan=node.properties.get("sop.keterangan", ""),
    )


def _asked_back(opening: tasks.Opening, views: Sequence[FieldView]) -> dict[str, str]:
    """Mark the fields that are to be looked at again with what they were, and return their places by part."""
    if not opening.task.is_returned:
        return {}
    parts = {part.casefold(): part for part in opening.task.return_parts}
    marked = {parts[name]: view for view in every(views) if (name := _part_name(view, parts))}
    before = {view.name: view for view in every(_round_before(opening))} if marked else {}
    for view in marked.values():
        view.is_asked_back = True
        if view.kind in SHORT and (old := before.get(view.name)) and len(old.display) <= LONGEST_BEFORE:
            view.before = old.display
    return {part: view.id + ("-judul" if view.kind in CONTAINERS else "") for part, view in marked.items()}


def _part_name(view: FieldView, parts: Mapping[str, str]) -> str:
    """Return the part that a field is called by, if any: forms name parts after labels or keys."""
    if not view.visible or view.role in OUTCOME_ROLES:
        return ""
    return next((name for name in (view.label.casefold(), view.key.casefold()) if name in parts), "")


def _round_before(opening: tasks.Opening) -> list[FieldView]:
    answers = forms.opening(opening.form, opening.variables, opening.previous)
    return forms.view(opening.form, answers, opening.variables, auth.locale())


def _note(opening: tasks.Opening, places: Mapping[str, str]) -> ReturnNote | None:
    row = opening.task
    if not row.is_returned:
        return None
    parts = tuple(ReturnedPart(part, places.get(part, "")) for part in row.return_parts)
    return ReturnNote(row.came_from, row.return_reason, parts, row.created_at)
