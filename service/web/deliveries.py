"""The page on which an admin sees what could not be told outside and sends it again."""

from http import HTTPStatus
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from service import deliveries
from service.engine.assignment import Role, require_role
from service.queries import deliveries as found
from service.web import auth, policies, presentation, sessions, wording
from service.web.policies import Whose

blueprint = Blueprint("deliveries", __name__)


@blueprint.get("/kiriman", endpoint="page")
@policies.people(Role.ADMIN)
def show() -> str:
    """Show what was given up."""
    actor = auth.actor()
    require_role(actor, Role.ADMIN)
    page = wording.localised(found.page(actor), auth.office_zone())
    return render_template(
        "admin/deliveries.html", page=page, rows=[(row, _event(row.kind), _reason(row.failure)) for row in page.dead]
    )


@blueprint.post("/kiriman")
@policies.people(Role.ADMIN, whose=Whose.OF_THE_OFFICE)
def retry() -> Response:
    """Send one again, or all."""
    chosen = request.form.get("kiriman", "")
    count = deliveries.retry(auth.actor(), presentation.now(), [_id(chosen)] if chosen else None)
    sessions.tell(ngettext("%(num)s kiriman dikirim ulang.", "%(num)s kiriman dikirim ulang.", count))
    return redirect(url_for("deliveries.page"), HTTPStatus.SEE_OTHER)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)  # nobody's


def _event(kind: str) -> str:
    match kind:
        case "task-returned":
            return gettext("Tugas dikembalikan")
        case "task-handed":
            return gettext("Tugas diteruskan")
        case "task-taken-away":
            return gettext("Tugas beralih")
        case "case-ended":
            return gettext("Berkas berakhir")
        case "task-due":
            return gettext("Segera jatuh tempo")
        case "task-late":
            return gettext("Lewat waktu")
        case "task-escalated":
            return gettext("Perlu perhatian atasan")
        case "digest":
            return gettext("Surel harian")
        case _:
            return gettext("Tugas baru")


def _reason(failure: str) -> str:
    """Say in words why it did not arrive, and what helps."""
    name, _, number = failure.partition("-")
    match name, failure:
        case "status", _:
            return gettext("Penerima menjawab dengan kode %(number)s.", number=number)
        case _, "no-answer":
            return gettext("Penerima tidak menjawab.")
        case _, "no-such-host":
            return gettext("Alamat penerima tidak ditemukan.")
        case _, "forbidden-network" | "not-https" | "address":
            return gettext("Alamat penerima tidak boleh dihubungi.")
        case _, "mail-off":
            return gettext("Server surel belum diatur. Hubungi pengelola sistem.")
        case _, "mail-unsafe":
            return gettext("Server surel tidak menawarkan sambungan aman (TLS). Hubungi pengelola sistem.")
        case _, "mail-recipient":
            return gettext("Server surel menolak alamat penerima.")
        case _:
            return gettext("Server surel menolak surat (%(code)s).", code=failure)
