"""Pages of the staff: inbox, task, start, cases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from http import HTTPStatus
from io import BytesIO
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, request, send_file, url_for
from flask_babel import gettext
from markupsafe import Markup
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as Answer

from service import attachments, catalogue, incidents, instances, tasks
from service.engine import form as forms
from service.engine import sop, stepmap, worktime
from service.engine.diagram import Diagram, Node
from service.engine.form import Answers, FieldView, Form
from service.engine.form.model import flat
from service.engine.worktime import Remaining
from service.errors import AnswersInvalid, AttachmentRefused, FieldError, ReasonMissing
from service.queries import cases, definitions, inbox, organisation
from service.web import auth, presentation, wording

blueprint = Blueprint("staff", __name__)
HISTORY_ON_TASK = 6
LONGEST_PAGE_NUMBER = 5
OUTCOME_ROLES = frozenset({"keputusan", "alasan", "bagian"})
Page = str | tuple[str, int] | Answer


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


@dataclass(frozen=True, slots=True)
class OutcomeChoice:
    """A button of a decision, and where it leads."""

    value: str
    label: str
    returns: bool
    target_step: str
    target_lane: str


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
    inputs: tuple[str, ...]
    waktu: str
    days_note: str
    started_at: datetime
    due_at: datetime | None
    remaining: Remaining | None
    share: int
    """Percent of the time that has run."""
    outputs: tuple[str, ...]
    keterangan: str


@dataclass(frozen=True, slots=True)
class ReturnNote:
    """Why a task came back."""

    by: str
    reason: str
    parts: tuple[str, ...]
    at: datetime


@dataclass(frozen=True)
class TaskPage:
    """Everything on the page of a task."""

    task: TaskHead
    fields: Sequence[FieldView]
    outcome: Outcome | None
    errors: Sequence[tuple[str, str, FieldError]]
    steps: StepBar
    mutu: Mutu
    note: ReturnNote | None
    history: tuple[wording.LogLine, ...]
    map: stepmap.StepMap
    next_step: str
    consequence: str
    saved_at: datetime | None
    reopen: str
    changes: tuple[Any, ...]


@dataclass(frozen=True)
class StartPage:
    """The page that starts a case."""

    key: str
    name: str
    fields: Sequence[FieldView]
    errors: Sequence[tuple[str, str, FieldError]]
    first_step: str
    first_lane: str


@blueprint.get("/tugas", endpoint="inbox")
def show_inbox() -> str:
    """List the open tasks of the reader's positions."""
    page = inbox.inbox(
        auth.actor(),
        presentation.now(),
        tab=request.args.get("tampilan", "saya"),
        process=request.args.get("sop", ""),
        order=request.args.get("urutan", "tenggat"),
        page=_page_number(),
    )
    return render_template("staff/inbox.html", page=wording.localised(page, auth.office_zone()))


@blueprint.get("/tugas/<uuid:task_id>")
def task(task_id: UUID) -> str:
    """Show a task with its form."""
    opening = tasks.opening(auth.actor(), task_id)
    asked = request.args.get("kembali", "")
    field = opening.form.outcome
    return _task_page(opening, opening.answers, reopen=asked if field and asked in field.returns else "")


@blueprint.post("/tugas/<uuid:task_id>")
def complete(task_id: UUID) -> Page:
    """Complete a task, or show what needs attention with everything that was typed."""
    raw, refused = _sent(tasks.form(auth.actor(), task_id), task_id)
    if refused:
        return _with_refused_files(task_id, raw, refused)
    try:
        done = tasks.complete(auth.actor(), task_id, raw, presentation.now())
    except AnswersInvalid:
        return _with_mistakes(task_id, raw), HTTPStatus.UNPROCESSABLE_ENTITY
    wording.tell(_toast(done))
    return redirect(url_for("staff.inbox"), HTTPStatus.SEE_OTHER)


@blueprint.post("/tugas/<uuid:task_id>/draf")
def draft(task_id: UUID) -> Page:
    """Keep what was typed: by itself, when asked, or when a list grows or shrinks."""
    form = tasks.form(auth.actor(), task_id)
    raw, refused = _sent(form, task_id)
    if refused:
        return _with_refused_files(task_id, raw, refused)
    raw = _with_changed_rows(form, raw)
    tasks.save_draft(auth.actor(), task_id, raw, presentation.now())
    if "_simpan_otomatis" in request.form:
        return render_template("staff/_saved.html", saved_at=presentation.now().astimezone(auth.office_zone()))
    if "_simpan" in request.form:
        wording.tell(gettext("Draf tersimpan. Tugas tetap ada di kotak tugas Anda."))
        return redirect(url_for("staff.inbox"), HTTPStatus.SEE_OTHER)
    reloaded = tasks.opening(auth.actor(), task_id)
    return _task_page(reloaded, reloaded.answers, reopen="", partial="HX-Request" in request.headers)


@blueprint.get("/tugas/<uuid:task_id>/draf")
def back_to_task(task_id: UUID) -> Answer:
    """Lead a reloaded page back to its task."""
    return redirect(url_for("staff.task", task_id=task_id))


@blueprint.post("/tugas/<uuid:task_id>/lampiran")
def upload(task_id: UUID) -> Page:
    """Take one file at once and show the files of its question again."""
    name = request.form.get("field", "")
    file = request.files.get("berkas")
    if file is None:
        raise AttachmentRefused(reason="empty", name="")
    lists = request.form.to_dict(flat=False)
    if not _takes_files(tasks.form(auth.actor(), task_id), name, lists):
        raise AttachmentRefused(reason="no-question", name=file.filename or "")
    reference = attachments.add(auth.actor(), task_id, file.filename or "", file.read(), presentation.now())
    opening = tasks.opening(auth.actor(), task_id)
    lists[name] = [*lists.get(name, []), reference.id]
    raw = forms.from_html(opening.form, lists)
    tasks.save_draft(auth.actor(), task_id, raw, presentation.now())
    answers = forms.resume(opening.form, raw, opening.variables, opening.files)
    views = forms.view(opening.form, answers, opening.variables, auth.locale())
    return render_template("staff/_files.html", field=next(view for view in _every(views) if view.name == name))


@blueprint.get("/lampiran/<uuid:attachment_id>")
def attachment(attachment_id: UUID) -> Response:
    """Give out a file, to be kept and not to be shown: nothing in it may act on this site."""
    found = attachments.get(auth.actor(), attachment_id)
    response = send_file(BytesIO(found.content), found.media_type, as_attachment=True, download_name=found.name)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/mulai")
def start_list() -> str:
    """List the SOPs that the reader may start."""
    return render_template("staff/start_list.html", choices=definitions.startable(auth.actor()))


@blueprint.get("/mulai/<key>")
def start(key: str) -> str:
    """Show the start form of an SOP."""
    _, form, variables = instances.start_form(auth.actor(), key)
    return _start_page(key, forms.opening(form, variables, None))


@blueprint.post("/mulai/<key>")
def begin(key: str) -> Page:
    """Start a case."""
    _, form, variables = instances.start_form(auth.actor(), key)
    raw = forms.from_html(form, request.form.to_dict(flat=False))
    try:
        instance = instances.start(auth.actor(), key, raw, presentation.now())
    except AnswersInvalid:
        return _start_page(key, forms.clean(form, raw, variables, {})), HTTPStatus.UNPROCESSABLE_ENTITY
    wording.tell(gettext("Berkas %(title)s dimulai.", title=instance.title))
    return redirect(url_for("staff.case", case_id=instance.id), HTTPStatus.SEE_OTHER)


@blueprint.get("/berkas", endpoint="cases")
def show_cases() -> str:
    """List the cases of the office."""
    filters = cases.CaseFilters(
        q=request.args.get("q", "")[:200],
        process=request.args.get("sop", ""),
        state=request.args.get("keadaan", ""),
        since=_date("dari"),
        until=_date("sampai"),
        returned=request.args.get("dikembalikan") == "1",
        late=request.args.get("lewat") == "1",
    )
    page = cases.cases(auth.actor(), presentation.now(), filters, _page_number())
    return render_template("staff/cases.html", page=wording.localised(page, auth.office_zone()))


@blueprint.get("/berkas/<uuid:case_id>")
def case(case_id: UUID) -> str:
    """Show everything about one case."""
    found = cases.case(auth.actor(), presentation.now(), case_id)
    page = wording.localised(found, auth.office_zone())
    return render_template(
        "staff/case.html",
        page=page,
        history=wording.log(found.history, auth.office_zone()),
        files=[wording.shown_file(row) for row in found.files],
        stops=[wording.stop(stop) for stop in page.stops],
        may_repair=incidents.may_repair(auth.actor()),
        can_cancel=instances.may_cancel(auth.actor(), case_id),
    )


@blueprint.get("/berkas/<uuid:case_id>/diagram")
def case_diagram(case_id: UUID) -> str:
    """Show the BPMN diagram of a case with what was done."""
    head, marks, counts = cases.diagram_marks(auth.actor(), case_id)
    return render_template(
        "staff/diagram.html",
        title=head.title,
        bpmn_url=url_for("analyst.bpmn", key=head.process_key, versi=head.version),
        marks={element: "active" if state == "now" else state for element, state in marks.items()},
        counts=counts,
        back_url=url_for("staff.case", case_id=case_id),
    )


@blueprint.get("/berkas/<uuid:case_id>/batal")
def cancel(case_id: UUID) -> str:
    """Ask for the reason to cancel a case."""
    return _cancel_page(case_id, error=False)


@blueprint.post("/berkas/<uuid:case_id>/batal")
def cancel_case(case_id: UUID) -> Page:
    """Cancel a case."""
    try:
        instance = instances.cancel(auth.actor(), case_id, request.form.get("alasan", ""), presentation.now())
    except ReasonMissing:
        return _cancel_page(case_id, error=True), HTTPStatus.UNPROCESSABLE_ENTITY
    wording.tell(gettext("Berkas %(title)s dibatalkan.", title=instance.title))
    return redirect(url_for("staff.case", case_id=case_id), HTTPStatus.SEE_OTHER)


@blueprint.get("/berkas/<uuid:case_id>/pengumpulan/<element>")
def collection(case_id: UUID, element: str) -> str:
    """Show which units have handed in their data."""
    page = cases.collection(auth.actor(), presentation.now(), case_id, element)
    return render_template("staff/collection.html", page=wording.localised(page, auth.office_zone()))


# The page of a task ---------------------------------------------------------------------------------


def _task_page(opening: tasks.Opening, answers: Answers, *, reopen: str, partial: bool = False) -> str:
    page = wording.localised(_task(opening, answers, reopen), auth.office_zone())
    return render_template("staff/_form.html" if partial else "staff/task.html", page=page)


def _task(opening: tasks.Opening, answers: Answers, reopen: str) -> TaskPage:
    who, now = auth.actor(), presentation.now()
    task_row, instance, node = opening.task, opening.instance, opening.node
    diagram = catalogue.of_instance(instance).diagrams[task_row.process_key]
    views = forms.view(opening.form, answers, opening.variables, auth.locale())
    lines = cases.task_lines(who, instance, HISTORY_ON_TASK)
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
        ),
        fields=_without_outcome(views),
        outcome=outcome,
        errors=_summary(views),
        steps=StepBar(task_row.position, diagram.steps, max(0, task_row.position - 1)),
        mutu=_mutu(node, opening, remaining, now),
        note=_note(opening),
        history=wording.log(lines, auth.office_zone()),
        map=cases.task_map(instance, task_row.process_key),
        next_step=_step_words(following[0]) if len(following) == 1 else "",
        consequence=_consequence(following, outcome),
        saved_at=opening.draft.saved_at if opening.draft else None,
        reopen=reopen,
        changes=cases.changes_since_return(opening.instance, opening.task),
    )


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
            )
        )
    return Outcome(view.name, tuple(choices), _of_role(views, "alasan"), _of_role(views, "bagian"))


def _of_role(views: Sequence[FieldView], role: str) -> FieldView | None:
    return next((view for view in _every(views) if view.role == role), None)


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


def _mutu(node: Node, opening: tasks.Opening, remaining: Remaining | None, now: datetime) -> Mutu:
    calendar = catalogue.calendar(auth.actor().office)
    standard = catalogue.standard_of(node)
    task_row = opening.task
    share = 0
    if task_row.due_at is not None:
        whole = max(1, worktime.worked_minutes(calendar, task_row.created_at, task_row.due_at))
        share = min(100, max(0, 100 * worktime.worked_minutes(calendar, task_row.created_at, now) // whole))
    weeks = standard is not None and standard.unit is worktime.Unit.WEEKS
    return Mutu(
        order=node.order,
        inputs=sop.items(node.properties.get("sop.kelengkapan", "")),
        waktu=sop.time_words(node),
        days_note=gettext("%(days)s hari kerja", days=standard.days) if standard is not None and weeks else "",
        started_at=task_row.created_at,
        due_at=task_row.due_at,
        remaining=remaining,
        share=share,
        outputs=sop.items(node.properties.get("sop.output", "")),
        keterangan=node.properties.get("sop.keterangan", ""),
    )


def _note(opening: tasks.Opening) -> ReturnNote | None:
    row = opening.task
    if not row.is_returned:
        return None
    return ReturnNote(row.came_from, row.return_reason, tuple(row.return_parts), row.created_at)


def _summary(views: Sequence[FieldView], row: int = 0) -> list[tuple[str, str, FieldError]]:
    """Return what needs attention, in the order of the page; a question in a list is named with its row."""
    found: list[tuple[str, str, FieldError]] = []
    for view in views:
        if view.error is not None:
            label = gettext("Baris %(number)s, %(label)s", number=row, label=view.label) if row else view.label
            found.append((view.id, label, view.error))
        if view.kind == "group":
            found += _summary(view.fields, row)
        for number, inner in enumerate(view.rows, start=1):
            found += _summary(inner.fields, number)
    return found


def _every(views: Sequence[FieldView]) -> list[FieldView]:
    """Return every field view at every depth."""
    found: list[FieldView] = []
    for view in views:
        found.append(view)
        found += _every(view.fields)
        for row in view.rows:
            found += _every(row.fields)
    return found


def _sheet_to_open(opening: tasks.Opening, answers: Answers) -> str:
    """Return the outcome whose sheet has to open again because its reason or parts need attention."""
    field = opening.form.outcome
    chosen = answers.values.get(field.key) if field else None
    return str(chosen) if field is not None and chosen in field.returns else ""


def _with_mistakes(task_id: UUID, raw: dict[str, Any]) -> str:
    """Show the page again with everything that was typed and what needs attention."""
    tasks.save_draft(auth.actor(), task_id, raw, presentation.now())
    opening = tasks.opening(auth.actor(), task_id)
    answers = forms.clean(opening.form, raw, opening.variables, opening.files)
    return _task_page(opening, answers, reopen=_sheet_to_open(opening, answers))


def _with_refused_files(task_id: UUID, raw: dict[str, Any], refused: Sequence[AttachmentRefused]) -> Page:
    """Show the page again with everything that was typed or taken, and why the other files were not."""
    tasks.save_draft(auth.actor(), task_id, raw, presentation.now())
    for error in refused:
        wording.tell(wording.attachment(error), "late")
    reloaded = tasks.opening(auth.actor(), task_id)
    return _task_page(reloaded, reloaded.answers, reopen=""), HTTPStatus.UNPROCESSABLE_ENTITY


# What a browser sent --------------------------------------------------------------------------------


def _sent(form: Form, task_id: UUID) -> tuple[dict[str, Any], list[AttachmentRefused]]:
    """Return the answers of a page as they were sent, files that came along kept first, and the files refused."""
    lists = request.form.to_dict(flat=False)
    refused: list[AttachmentRefused] = []
    for name, files in request.files.lists():
        target = name.removesuffix(".baru")
        if not _takes_files(form, target, lists):
            continue
        for file in files:
            if file.filename:
                try:
                    lists[target] = [*lists.get(target, []), _keep(task_id, file)]
                except AttachmentRefused as error:
                    refused.append(error)
    return forms.from_html(form, lists), refused


def _keep(task_id: UUID, file: FileStorage) -> str:
    return attachments.add(auth.actor(), task_id, file.filename or "", file.read(), presentation.now()).id


def _takes_files(form: Form, name: str, lists: Mapping[str, Sequence[str]]) -> bool:
    """Tell whether a form asks for files under this name, as "berkas_draf" or "isian.0.bukti"."""
    key, _, rest = name.partition(".")
    fields = {field.key: field for field in flat(form.fields) if field.key}
    if rest and key in fields:
        number, _, key = rest.partition(".")
        if number not in lists.get(f"{name.partition('.')[0]}.rows", ()):
            return False
        fields = {field.key: field for field in flat(fields[name.partition(".")[0]].fields)}
    return key in fields and fields[key].kind == "filepicker" and fields[key].writable


def _with_changed_rows(form: Form, raw: Mapping[str, Any]) -> dict[str, Any]:
    """Add or remove the row that a button of the page asked for."""
    changed = dict(raw)
    growing = {field.key for field in flat(form.fields) if field.kind == "dynamiclist" and field.can_add}
    if (grown := request.form.get("_tambah", "")) in growing:
        changed[grown] = [*(changed.get(grown) or []), {}]
    name, _, index = request.form.get("_hapus", "").rpartition(".")
    if name in growing:
        rows = list(changed.get(name) or [])
        changed[name] = [row for number, row in enumerate(rows) if str(number) != index]
    return changed


def _toast(done: tasks.Completed) -> Markup:
    address = url_for("staff.case", case_id=done.instance_id)
    if done.ended:
        sentence = gettext("%(title)s selesai.", title=done.title)
    elif done.opened:
        names = organisation.group_names(auth.actor())
        lanes = ", ".join(dict.fromkeys(organisation.holder(task.groups, names, task.lane) for task in done.opened))
        words = (
            gettext("%(title)s dikembalikan ke %(lane)s.")
            if done.returned
            else gettext("%(title)s diteruskan ke %(lane)s.")
        )
        sentence = words % {"title": done.title, "lane": lanes}
    else:
        sentence = gettext("%(step)s selesai.", step=done.task_name)
    return Markup('{} <a href="{}">{}</a>').format(sentence, address, gettext("Lihat berkas"))


# Small things ---------------------------------------------------------------------------------------


def _start_page(key: str, answers: Answers) -> str:
    definition, form, variables = instances.start_form(auth.actor(), key)
    views = forms.view(form, answers, variables, auth.locale())
    choice = next(choice for choice in definitions.startable(auth.actor()) if choice.key == key)
    page = StartPage(key, definition.name, views, _summary(views), choice.first_step, choice.first_lane)
    return render_template("staff/start.html", page=page)


def _cancel_page(case_id: UUID, *, error: bool) -> str:
    head = wording.localised(cases.head(auth.actor(), case_id), auth.office_zone())
    return render_template("staff/cancel.html", case=head, error=error, reason=request.form.get("alasan", ""))


def _page_number() -> int:
    text = request.args.get("hal", "1")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) <= LONGEST_PAGE_NUMBER else 1


def _date(name: str) -> date | None:
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
