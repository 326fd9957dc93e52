"""What auditors look at: written down after each page that names something of the office, and shown to its admins."""

from http import HTTPStatus
from uuid import UUID

from flask import Blueprint, Flask, Response, g, render_template, request
from flask_babel import gettext

from service import oversight
from service.engine.assignment import Role
from service.queries import readings as found
from service.web import auth, policies, presentation

blueprint = Blueprint("readings", __name__)
UNNAMED = frozenset({"exports.ask"})
"""Views that show things of the office although their address names none."""
IDS_OF_PROGRAMS = frozenset({"attachment_id", "case_id", "incident_id", "task_id"})
"""Names of ids that are read where they are needed: the dialect tells a program what is wrong with them."""
PAST = "rest.history."
"""Views below this name show to programs what was in the office, of one case or of all."""


def register(app: Flask) -> None:
    """Write down what auditors are shown."""
    app.after_request(_note)


def about(**named: UUID) -> None:
    """Say what a view shows whose address names it in the words of others; said again, it shows that as well."""
    g.setdefault("shown", []).append(named)


@blueprint.get("/pembacaan")
@policies.people(Role.ADMIN)
def page() -> str:
    """Show what auditors looked at."""
    readings = found.readings(auth.actor(), presentation.page_number(request.args.get("hal", "")))
    return render_template(
        "admin/readings.html", page=readings, rows=[(row, _words(row.what)) for row in readings.rows]
    )


def _note(response: Response) -> Response:
    who, told = g.get("actor"), g.pop("shown", [])
    if who is not None and Role.AUDITOR in who.roles and response.status_code < HTTPStatus.BAD_REQUEST:
        endpoint = request.endpoint or ""
        named = {name: found for name, value in (request.view_args or {}).items() if (found := _id(name, value))}
        for one in told or [{}]:
            if named or one or endpoint in UNNAMED or endpoint.startswith(PAST):
                oversight.note_reading(who, endpoint, named | one, presentation.now())
    return response


def _id(name: str, value: object) -> UUID | None:
    """Return the id that an address names, also where a program may write there what it likes."""
    if isinstance(value, str) and name in IDS_OF_PROGRAMS:
        try:
            return UUID(value)
        except ValueError:
            return None
    return value if isinstance(value, UUID) else None


def _words(what: str) -> str:
    """Say what was looked at."""
    if what.startswith(PAST):
        return gettext("Riwayat, oleh program")
    return {
        "cases.case": gettext("Halaman berkas dan riwayatnya"),
        "cases.case_diagram": gettext("Diagram berkas"),
        "collections.board": gettext("Papan pengumpulan data"),
        "evidence.pack": gettext("Mengunduh paket bukti"),
        "exports.ask": gettext("Meminta ekspor semua berkas"),
        "exports.file": gettext("Mengunduh ekspor semua berkas"),
        "previews.page": gettext("Pratinjau lampiran"),
        "previews.picture": gettext("Lampiran"),
        "laksana export cases": gettext("Mengunduh ekspor semua berkas"),
        "laksana history": gettext("Riwayat berkas, lewat baris perintah"),
        "tasks.attachment": gettext("Lampiran"),
    }.get(what, gettext("Halaman lain"))
