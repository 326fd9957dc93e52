"""Pages of the inbox and of a task: what is to be done, and doing it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from io import BytesIO
from typing import Any
from uuid import UUID

from flask import (
    Blueprint,
    Response,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask_babel import gettext
from markupsafe import Markup
from werkzeug.wrappers import Response as Answer

from service import attachments, comments, tasks
from service.attachments import Tray
from service.engine import form as forms
from service.engine.assignment import Role
from service.errors import (
    AnswersInvalid,
    AttachmentRefused,
    CaseSuspended,
    CommentRefused,
    Conflict,
    DraftChanged,
    InstanceChanged,
    NotConfirmed,
    OutputsMissing,
    PasswordWrong,
    Refused,
    TaskClosed,
    TaskTaken,
    TooManyAttempts,
)
from service.once import Once
from service.web import auth, policies, presentation, refusals, repeats, sessions, wording
from service.web.policies import Whose
from service.web.staff import inbox_page, sent, task_page

blueprint = Blueprint("tasks", __name__)
Page = str | tuple[str, int] | Answer


@blueprint.get("/tugas", endpoint="inbox")
@policies.people(Role.STAFF)
def show_inbox() -> str:
    """List the open tasks that the reader may do, and what he waits for."""
    return inbox_page.render()


@blueprint.get("/tugas/<uuid:task_id>")
@policies.people(Role.STAFF, whose=Whose.MINE_TO_DO)
def task(task_id: UUID) -> str:
    """Show a task with its form."""
    opening = tasks.opening(auth.actor(), task_id)
    asked = request.args.get("kembali", "")
    field = opening.form.outcome
    return task_page.render(opening, opening.answers, reopen=asked if field and asked in field.returns else "")


@blueprint.post("/tugas/<uuid:task_id>")
@repeats.answered_by(lambda _case: redirect(url_for("tasks.inbox"), HTTPStatus.SEE_OTHER))
@policies.people(Role.STAFF, whose=Whose.MINE_TO_DO)
def complete(task_id: UUID, once: Once | None) -> Page:
    """Complete a task, or show what needs attention with everything that was typed."""
    seen, tray = tasks.see(auth.actor(), task_id), _tray(task_id)
    raw, refused = sent.answers(seen.form, tray)
    if refused:
        return _with_refused_files(task_id, raw, tray, refused)
    try:
        auth.confirm_if_given()
        said = sent.comment().strip()
        done = tasks.complete(auth.actor(), task_id, raw, presentation.now(), seen, once, tray.new, said)
    except AnswersInvalid:
        return _with_mistakes(task_id, raw, tray), HTTPStatus.UNPROCESSABLE_ENTITY
    except (NotConfirmed, PasswordWrong, TooManyAttempts) as error:
        return _unsigned(task_id, raw, tray, error), HTTPStatus.UNPROCESSABLE_ENTITY
    except OutputsMissing as error:
        return _with_mistakes(task_id, raw, tray, error), HTTPStatus.UNPROCESSABLE_ENTITY
    except (CaseSuspended, CommentRefused, InstanceChanged):
        _keep(task_id, raw, tray)
        raise
    sessions.tell(_toast(task_id, done))
    return redirect(url_for("tasks.inbox"), HTTPStatus.SEE_OTHER)


@blueprint.post("/tugas/<uuid:task_id>/catatan")
@repeats.answered_by(lambda _case: _commented())
@policies.people(Role.STAFF, whose=Whose.MINE_TO_DO)
def comment(task_id: UUID, once: Once | None) -> Page:
    """Say something about a task; what was typed into its form is kept on the way."""
    seen, tray = tasks.see(auth.actor(), task_id), _tray(task_id)
    raw, refused = sent.answers(seen.form, tray)
    if refused:
        return _with_refused_files(task_id, raw, tray, refused)
    _keep(task_id, raw, tray)
    comments.add(auth.actor(), seen.instance.id, task_id, sent.comment(), presentation.now(), once)
    return _commented()


@blueprint.errorhandler(CommentRefused)
def uncommented(error: CommentRefused) -> tuple[str, int]:
    """Show the page again with everything that was typed, and why the comment was not taken."""
    opening = tasks.opening(auth.actor(), (request.view_args or {})["task_id"])
    page = task_page.render(opening, opening.answers, reopen="", refused_comment=wording.comment(error))
    return page, HTTPStatus.UNPROCESSABLE_ENTITY


@blueprint.errorhandler(CaseSuspended)
def standing_still(_error: CaseSuspended) -> tuple[str, int]:
    """Show the page as it stands now, with everything that was typed kept as a draft."""
    opening = tasks.opening(auth.actor(), (request.view_args or {})["task_id"])
    return task_page.render(opening, opening.answers, reopen=""), HTTPStatus.CONFLICT


@blueprint.errorhandler(InstanceChanged)
def overtaken(_error: InstanceChanged) -> tuple[str, int]:
    """Show the page as it stands now, with everything that was typed, to be sent once more."""
    sessions.tell(
        gettext("Belum terkirim: orang lain menyimpan berkas ini lebih dulu. Isian Anda tetap ada; kirim lagi."), "late"
    )
    opening = tasks.opening(auth.actor(), (request.view_args or {})["task_id"])
    return task_page.render(opening, opening.answers, reopen=""), HTTPStatus.CONFLICT


@blueprint.errorhandler(DraftChanged)
def changed_elsewhere(error: DraftChanged) -> Answer:
    """Show what was typed and where another draft of it came from; sent once more, this one counts."""
    page = ""
    if "_simpan_otomatis" not in request.form and "HX-Request" not in request.headers:
        opening = tasks.opening(auth.actor(), (request.view_args or {})["task_id"])
        page = task_page.render(opening, opening.taken_up(error.answers), reopen="", elsewhere=True)
    return _saved(page, error.saved_at, HTTPStatus.CONFLICT)


@blueprint.errorhandler(TaskClosed)
@blueprint.errorhandler(TaskTaken)
def too_late(error: Conflict) -> tuple[str, int]:
    """Say who was faster, and give back what was typed: it may be wanted elsewhere."""
    task_id = (request.view_args or {})["task_id"]
    typed = sent.texts(tasks.look_back(auth.actor(), task_id).form) if request.method == "POST" else ()
    return refusals.closed(error, typed)


@blueprint.post("/tugas/<uuid:task_id>/draf")
@policies.people(Role.STAFF, whose=Whose.MINE_TO_DO)
def draft(task_id: UUID) -> Page:
    """Keep what was typed: by itself, when asked, or when a list grows or shrinks."""
    form, tray = tasks.see(auth.actor(), task_id).form, _tray(task_id)
    raw, refused = sent.answers(form, tray)
    if refused:
        return _with_refused_files(task_id, raw, tray, refused)
    raw = sent.with_changed_rows(form, raw)
    saved_at = _keep(task_id, raw, tray)
    if "_simpan_otomatis" in request.form:
        return _saved(render_template("staff/_saved.html", saved_at=saved_at.astimezone(auth.office_zone())), saved_at)
    if "_buktikan" in request.form:
        here = url_for("tasks.task", task_id=task_id)
        return redirect(url_for("provider.prove", next=here), HTTPStatus.SEE_OTHER)
    if "_simpan" in request.form:
        sessions.tell(gettext("Draf tersimpan. Tugas tetap ada di kotak tugas Anda."))
        return redirect(url_for("tasks.inbox"), HTTPStatus.SEE_OTHER)
    reloaded = tasks.opening(auth.actor(), task_id)
    answers = reloaded.answers_again(sent.told_wrong())
    return _saved(task_page.render(reloaded, answers, reopen="", partial="HX-Request" in request.headers), saved_at)


@blueprint.get("/tugas/<uuid:task_id>/draf")
@policies.people(Role.STAFF, whose=Whose.MINE_TO_DO)
def back_to_task(task_id: UUID) -> Answer:
    """Lead a reloaded page back to its task."""
    return redirect(url_for("tasks.task", task_id=task_id))


@blueprint.post("/tugas/<uuid:task_id>/lampiran")
@policies.people(Role.STAFF, whose=Whose.MINE_TO_DO)
def upload(task_id: UUID) -> Page:
    """Take one file at once and show the files of its question again."""
    name = request.form.get("field", "")
    file = request.files.get("berkas")
    if file is None:
        raise AttachmentRefused(reason="empty", name="")
    lists = request.form.to_dict(flat=False)
    form, tray = tasks.see(auth.actor(), task_id).form, _tray(task_id)
    field = sent.file_field(form, name, lists)
    if field is None:
        raise AttachmentRefused(reason="no-question", name=file.filename or "")
    taken = tray.take(file.filename or "", file.read(), sent.kinds(field)).id
    lists[name] = list(dict.fromkeys([*lists.get(name, []), taken])) if field.multiple else [taken]
    saved_at = _keep(task_id, forms.from_html(form, lists), tray)
    opening = tasks.opening(auth.actor(), task_id)
    answers = opening.answers
    _, outputs = task_page.entries(opening, answers)
    views = task_page.fields(opening, answers, outputs)
    shown = next(view for view in task_page.every(views) if view.name == name)
    return _saved(render_template("staff/_files.html", field=shown), saved_at)


@blueprint.get("/lampiran/<uuid:attachment_id>")
@policies.people(whose=Whose.OF_THE_OFFICE)
def attachment(attachment_id: UUID) -> Response:
    """Give out a file, to be kept and not to be shown: nothing in it may act on this site."""
    found = attachments.get(auth.actor(), attachment_id)
    response = send_file(BytesIO(found.content), found.media_type, as_attachment=True, download_name=found.name)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "no-store"
    return response


def _tray(task_id: UUID) -> Tray:
    scanner = current_app.config["LAKSANA"].scan_command
    return Tray(auth.actor(), task_id, presentation.now(), scanner)


def _with_mistakes(task_id: UUID, raw: dict[str, Any], tray: Tray, lacking: OutputsMissing | None = None) -> str:
    """Show the page again with everything that was typed and what needs attention or is missing."""
    _keep(task_id, raw, tray)
    opening = tasks.opening(auth.actor(), task_id)
    answers = forms.clean(opening.form, raw, opening.variables, opening.files)
    told = wording.outputs_missing(lacking) if lacking else ""
    return task_page.render(opening, answers, reopen=task_page.sheet_to_open(opening, answers), lacking=told)


def _unsigned(task_id: UUID, raw: dict[str, Any], tray: Tray, error: Refused) -> str:
    """Show the page again with everything that was typed, and why nothing is signed yet."""
    _keep(task_id, raw, tray)
    opening = tasks.opening(auth.actor(), task_id)
    return task_page.render(opening, opening.answers, reopen="", unsigned=refusals.password(error))


def _with_refused_files(task_id: UUID, raw: dict[str, Any], tray: Tray, refused: Sequence[AttachmentRefused]) -> Page:
    """Show the page again with everything that was typed or taken, and why the other files were not."""
    _keep(task_id, raw, tray)
    for error in refused:
        sessions.tell(wording.attachment(error), "late")
    reloaded = tasks.opening(auth.actor(), task_id)
    return task_page.render(reloaded, reloaded.answers, reopen=""), HTTPStatus.UNPROCESSABLE_ENTITY


def _keep(task_id: UUID, raw: Mapping[str, Any], tray: Tray) -> datetime:
    """Keep what was typed, unless it was saved elsewhere after this page was shown; return when."""
    now = presentation.now()
    tasks.save_draft(auth.actor(), task_id, raw, now, tray.new, sent.basis())
    return now


def _saved(page: str, at: datetime, status: int = HTTPStatus.OK) -> Answer:
    """Say when the draft was saved: the device then knows which of two copies is the newer one."""
    response = make_response(page, status)
    response.headers["Laksana-Saved-At"] = str(presentation.milliseconds(at))
    return response


def _commented() -> Answer:
    task_id = (request.view_args or {})["task_id"]
    return redirect(url_for("tasks.task", task_id=task_id, _anchor="catatan"), HTTPStatus.SEE_OTHER)


def _toast(task_id: UUID, done: tasks.Completed) -> Markup:
    address = url_for("cases.case", case_id=done.instance_id)
    if done.ended:
        sentence = gettext("%(title)s selesai.", title=done.title)
    elif done.opened:
        words = (
            gettext("%(title)s dikembalikan ke %(lane)s.")
            if done.returned
            else gettext("%(title)s diteruskan ke %(lane)s.")
        )
        sentence = words % {"title": done.title, "lane": ", ".join(done.receivers)}
    else:
        sentence = gettext("%(step)s selesai.", step=done.task_name)
    link = Markup('{} <a href="{}" data-done="{}">{}</a>')
    return link.format(sentence, address, task_page.kept_as(task_id), gettext("Lihat berkas"))
