"""The whole office as a spreadsheet: taken away, and brought back after a look at what it would change."""

from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from http import HTTPStatus

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response as Answer

from service import rosters, workbook
from service.engine.assignment import Role
from service.errors import Refused, RosterChanged, SpreadsheetRefused
from service.rosters import Plan
from service.web import auth, policies, presentation, sessions
from service.web.admin import complaints

blueprint = Blueprint("spreadsheet", __name__)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHOWN = 500
"""Rows of a plan that a page lists."""
Page = str | tuple[str, int]


@blueprint.get("/organisasi/lembar")
@policies.people(Role.ADMIN)
def page() -> str:
    """Show how the office is taken away and brought back."""
    return render_template("admin/spreadsheet.html", headers=rosters.HEADERS, sentence="")


@blueprint.get("/organisasi/lembar.xlsx")
@policies.people(Role.ADMIN)
def as_xlsx() -> Response:
    """Hand the office out as XLSX."""
    return _file(workbook.xlsx(rosters.sheets(auth.actor())), "xlsx", XLSX)


@blueprint.get("/organisasi/lembar.zip")
@policies.people(Role.ADMIN)
def as_csv() -> Response:
    """Hand the office out as CSV tables."""
    return _file(workbook.csv_tables(rosters.sheets(auth.actor())), "zip", "application/zip")


@blueprint.post("/organisasi/lembar")
@policies.people(Role.ADMIN)
def rehearse() -> Page:
    """Show what a spreadsheet would change."""
    sent = request.files.get("berkas")
    content = sent.read(workbook.MOST_BYTES + 1) if sent else b""
    if not content:
        return _refused(gettext("Pilih berkas XLSX atau ZIP berisi CSV."))
    return _shown(content)


@blueprint.post("/organisasi/lembar/terapkan")
@policies.people(Role.ADMIN)
def carry_out() -> Page | Answer:
    """Change what was shown, all of it or nothing."""
    try:
        content = b64decode(request.form.get("isi", ""), validate=True)
    except (NotBase64, ValueError):
        return _refused(gettext("Berkas ini tidak terbaca. Unggah sekali lagi."))
    try:
        plan = rosters.carry_out(auth.actor(), content, request.form.get("rencana", ""), presentation.now())
    except RosterChanged:
        return _shown(content, has_changed=True), HTTPStatus.CONFLICT
    except SpreadsheetRefused as refusal:
        return _refused(complaints.sentence(refusal))
    count = len(plan.lines)
    told = ngettext("%(count)s perubahan disimpan.", "%(count)s perubahan disimpan.", count, count=count)
    sessions.tell(told)
    return redirect(url_for("positions.tree"), HTTPStatus.SEE_OTHER)


def _shown(content: bytes, *, has_changed: bool = False) -> str:
    try:
        plan = rosters.rehearse(auth.actor(), content, presentation.now())
    except SpreadsheetRefused as refusal:
        return render_template("admin/spreadsheet.html", headers=rosters.HEADERS, sentence=complaints.sentence(refusal))
    return render_template(
        "admin/plan.html",
        plan=plan,
        rows=[(line, _why(line.refusal)) for line in _gravest_first(plan)[:SHOWN]],
        counts=[
            (kind, sum(line.kind == kind for line in plan.lines)) for kind in ("new", "changed", "ended", "refused")
        ],
        content=b64encode(content).decode(),
        has_changed=has_changed,
    )


def _gravest_first(plan: Plan) -> list[rosters.Line]:
    return sorted(plan.lines, key=lambda line: line.refusal is None)


def _why(refusal: Refused | None) -> str:
    return complaints.sentence(refusal) if refusal else ""


def _refused(sentence: str) -> tuple[str, int]:
    page = render_template("admin/spreadsheet.html", headers=rosters.HEADERS, sentence=sentence)
    return page, HTTPStatus.UNPROCESSABLE_ENTITY


def _file(content: bytes, ending: str, kind: str) -> Response:
    name = f"organisasi-{auth.actor().office}-{presentation.now():%Y%m%d}.{ending}"
    return Response(content, mimetype=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
