"""Pages about the SOPs themselves: the list, one process, and uploading a new version."""

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as Answer

from service import deployments, releases, suspensions
from service.deployments import File
from service.engine.assignment import Role, require_role
from service.errors import DeploymentRefused, Problem, ReasonMissing
from service.queries import definitions, organisation
from service.queries import reminders as found_rules
from service.web import auth, policies, presentation, reminders, sessions, wording
from service.web.policies import Whose

blueprint = Blueprint("analyst", __name__)


@dataclass(frozen=True, slots=True)
class UploadResult:
    """What came of an upload."""

    file_names: tuple[str, ...]
    problems: tuple[Problem, ...]
    errors: int
    warnings: int
    notes: int
    seconds: float
    stored: tuple[tuple[str, int, str, bool, bool], ...]
    """Key, version, name, whether nothing changed, and whether it waits for a second person."""


@blueprint.get("/sop")
@policies.people(whose=Whose.OF_THE_OFFICE)
def processes() -> str:
    """List the processes of the office."""
    found = wording.localised(definitions.processes(auth.actor()), auth.office_zone())
    office = organisation.office_name(auth.actor())
    rows = [wording.page(row, office=office) for row in found]
    return render_template(
        "analyst/processes.html",
        rows=rows,
        may_upload=_may_upload(),
        needs_release=definitions.needs_release(auth.actor()),
        may_set=Role.ADMIN in auth.actor().roles,
    )


@blueprint.post("/sop/pelepasan")
@policies.people(Role.ADMIN)
def second_person() -> Answer:
    """Let new versions wait for a second person from now on, or not."""
    needed = request.form.get("pelepasan") == "ya"
    releases.require_second_person(auth.actor(), needed=needed)
    sessions.tell(
        gettext("Mulai sekarang versi baru menunggu pelepasan oleh orang kedua.")
        if needed
        else gettext("Mulai sekarang versi baru langsung berlaku.")
    )
    return redirect(url_for("analyst.processes"), HTTPStatus.SEE_OTHER)


@blueprint.post("/sop/<key>/versi/<int(max=99999999):version>/lepas")
@policies.people(Role.ANALYST, whose=Whose.OF_THE_OFFICE)
def release(key: str, version: int) -> Answer:
    """Bring a version into force as the second person."""
    releases.release(auth.actor(), key, version, presentation.now())
    sessions.tell(
        gettext("Versi %(version)s berlaku. Berkas yang sedang berjalan tetap memakai versinya.", version=version)
    )
    return redirect(url_for("analyst.process", key=key), HTTPStatus.SEE_OTHER)


@blueprint.post("/sop/<key>/versi/<int(max=99999999):version>/tolak")
@policies.people(Role.ANALYST, whose=Whose.OF_THE_OFFICE)
def refuse(key: str, version: int) -> Answer | tuple[str, int]:
    """Let a version never come into force, with the reason."""
    try:
        releases.refuse(auth.actor(), key, version, request.form.get("alasan", ""), presentation.now())
    except ReasonMissing:
        sentence = gettext("Tuliskan alasan penolakan agar pengunggah tahu apa yang diperbaiki.")
        return _process_page(key, {"refuse": sentence}), HTTPStatus.UNPROCESSABLE_ENTITY
    sessions.tell(gettext("Versi %(version)s tidak dilepas.", version=version))
    return redirect(url_for("analyst.process", key=key), HTTPStatus.SEE_OTHER)


@blueprint.post("/sop/<key>/versi/<int(max=99999999):version>/tangguhkan")
@policies.people(Role.ANALYST, whose=Whose.OF_THE_OFFICE)
def suspend(key: str, version: int) -> Answer | tuple[str, int]:
    """Let nobody start the version in force, with the reason."""
    try:
        suspensions.suspend(auth.actor(), key, version, request.form.get("alasan", ""), presentation.now())
    except ReasonMissing:
        sentence = gettext("Tuliskan alasan penangguhan agar semua tahu mengapa SOP ini tidak dapat dimulai.")
        return _process_page(key, {"suspend": sentence}), HTTPStatus.UNPROCESSABLE_ENTITY
    sessions.tell(gettext("Versi %(version)s ditangguhkan. Berkas yang sedang berjalan diteruskan.", version=version))
    return redirect(url_for("analyst.process", key=key), HTTPStatus.SEE_OTHER)


@blueprint.post("/sop/<key>/versi/<int(max=99999999):version>/aktifkan")
@policies.people(Role.ANALYST, whose=Whose.OF_THE_OFFICE)
def activate(key: str, version: int) -> Answer:
    """Let cases be started again with the version in force."""
    suspensions.activate(auth.actor(), key, version, presentation.now())
    sessions.tell(gettext("Versi %(version)s aktif lagi; berkas baru dapat dimulai.", version=version))
    return redirect(url_for("analyst.process", key=key), HTTPStatus.SEE_OTHER)


@blueprint.get("/sop/<key>")
@policies.people(whose=Whose.OF_THE_OFFICE)
def process(key: str) -> str:
    """Show one process: identity, rows, map, versions."""
    return _process_page(key)


def _process_page(key: str, mistakes: Mapping[str, str] | None = None) -> str:
    """Show one process; the sentences say what is wrong with a form of the page, by what it does."""
    number = presentation.page_number(request.args.get("hal", ""))
    found = wording.localised(definitions.process(auth.actor(), key, number), auth.office_zone())
    identity = wording.identity(found.identity)
    page = wording.page(
        found,
        office_name=organisation.office_name(auth.actor()),
        identity=identity,
        filled=sum(filled for _, _, filled in identity),
        of=len(identity),
        may_upload=_may_upload(),
        problems=(),
        reminders=reminders.sentences(found_rules.rule(auth.actor(), key)),
    )
    return render_template("analyst/process.html", page=page, mistakes=mistakes or {})


@blueprint.get("/sop/<key>/diagram")
@policies.people(whose=Whose.OF_THE_OFFICE)
def diagram(key: str) -> str:
    """Show the BPMN diagram of a version."""
    definition, _ = definitions.content(auth.actor(), key, _version())
    return render_template(
        "staff/diagram.html",
        title=gettext("%(name)s, versi %(version)s", name=definition.name, version=definition.version),
        bpmn_url=url_for("analyst.bpmn", key=key, versi=definition.version),
        marks={},
        counts={},
        back_url=url_for("analyst.process", key=key),
    )


@blueprint.get("/sop/<key>/bpmn")
@policies.people(whose=Whose.OF_THE_OFFICE)
def bpmn(key: str) -> Response:
    """Give out the BPMN file of a version as it was deployed."""
    definition, content = definitions.content(auth.actor(), key, _version())
    response = Response(content, mimetype="application/xml")
    response.headers.set("Content-Disposition", "attachment", filename=definition.file.rpartition("/")[2])
    return response


@blueprint.get("/sop/unggah")
@policies.people(Role.ANALYST)
def upload() -> str:
    """Ask for diagrams and forms."""
    require_role(auth.actor(), Role.ANALYST)
    return render_template("analyst/upload.html", result=None)


@blueprint.post("/sop/unggah")
@policies.people(Role.ANALYST)
def deploy() -> tuple[str, int]:
    """Check the files and store them as new versions, or list what is wrong with them."""
    files = [File(file.filename or "", file.read()) for file in request.files.getlist("berkas") if file.filename]
    names = tuple(file.name for file in files)
    started = time.perf_counter()
    try:
        stored, problems = deployments.deploy(auth.actor(), files, presentation.now())
        status = HTTPStatus.OK
    except DeploymentRefused as refusal:
        stored, problems, status = [], refusal.problems, HTTPStatus.UNPROCESSABLE_ENTITY
    counts = Counter(problem.severity for problem in problems)
    result = UploadResult(
        names,
        tuple(problems),
        counts["error"],
        counts["warning"],
        counts["info"],
        time.perf_counter() - started,
        tuple((one.key, one.version, one.name, one.unchanged, one.waits) for one in stored),
    )
    return render_template("analyst/upload.html", result=result), status


def _may_upload() -> bool:
    return Role.ANALYST in auth.actor().roles


def _version() -> int | None:
    text = request.args.get("versi", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None  # noqa: PLR2004 - a version
