"""Pages that show a file: images by the browser itself, PDFs in a frame that can reach nothing.

A PDF is drawn by scripts (pdf.js), as browsers keep their own viewer out of sandboxes. The frame that they run in has
no origin, no network, and may not go anywhere; the page around it hands the file in.
"""

from io import BytesIO
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, send_file, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as Answer

from service import attachments
from service.queries import cases
from service.web import assets, auth, policies
from service.web.policies import Whose
from service.web.protection import CONTENT_POLICY

blueprint = Blueprint("previews", __name__, url_prefix="/lampiran")
PAGE_POLICY = f"{CONTENT_POLICY}; frame-src 'self'"
FRAME_POLICY = (
    "sandbox allow-scripts; default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; "
    "worker-src blob:; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)
"""No origin, no network; WebAssembly, as pdf.js reads what scanners make with it."""
PICTURE_POLICY = "sandbox; default-src 'none'"
EXTRAS = ("FoxitDingbats.pfb", "FoxitSymbol.pfb", "jbig2.wasm", "openjpeg.wasm")
"""What some PDFs need, fetched when one does."""


@blueprint.get("/<uuid:attachment_id>/lihat")
@policies.people(whose=Whose.OF_THE_OFFICE)
def page(attachment_id: UUID) -> Answer:
    """Show a file that browsers can show; everything else is taken away."""
    found = attachments.get(auth.actor(), attachment_id)
    if found.media_type not in attachments.SHOWN:
        return _to_take_away(attachment_id)
    case = cases.head(auth.actor(), found.instance_id)
    is_picture = found.media_type in attachments.PICTURES
    told = render_template("staff/preview.html", file=found, case=case, **({} if is_picture else _needs()))
    response = make_response(told)
    response.headers["Content-Security-Policy"] = CONTENT_POLICY if is_picture else PAGE_POLICY
    return response


@blueprint.get("/<uuid:attachment_id>/gambar")
@policies.people(whose=Whose.OF_THE_OFFICE)
def picture(attachment_id: UUID) -> Answer:
    """Give out an image, as the type that its first bytes spoke for."""
    found = attachments.get(auth.actor(), attachment_id)
    if found.media_type not in attachments.PICTURES:
        return _to_take_away(attachment_id)
    response = send_file(BytesIO(found.content), found.media_type, download_name=found.name)
    response.headers["Content-Security-Policy"] = PICTURE_POLICY
    return response


@blueprint.get("/bingkai")
@policies.people()
def frame() -> Response:
    """Give out the frame that draws PDFs, empty as it is for everybody."""
    response = make_response(render_template("staff/paper.html"))
    response.headers["Content-Security-Policy"] = FRAME_POLICY
    return response


def _to_take_away(attachment_id: UUID) -> Answer:
    return redirect(url_for("tasks.attachment", attachment_id=attachment_id))


def _needs() -> dict[str, dict[str, str]]:
    """Return what the page of a PDF hands into its frame, and what it says when that fails."""
    return {
        "extras": {name: assets.asset(name) for name in EXTRAS},
        "words": {
            "page": gettext("Halaman {page} dari {pages}"),
            "broken": gettext("PDF ini rusak atau tidak lazim sehingga tidak dapat ditampilkan."),
            "locked": gettext("PDF ini dikunci dengan kata sandi sehingga tidak dapat ditampilkan di sini."),
            "slow": gettext("PDF ini terlalu berat untuk ditampilkan di peramban."),
            "unreachable": gettext("Berkas tidak dapat diambil. Periksa jaringan, lalu muat ulang halaman ini."),
        },
    }
