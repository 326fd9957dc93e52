"""One case as a file to take away: what is stored of it, a page that people read, and how both are checked."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from uuid import UUID

from flask import Blueprint, Response, render_template, stream_with_context
from flask_babel import force_locale

from service import evidence, exports
from service.engine.assignment import Actor, Role
from service.queries import evidence as stored
from service.queries.case_page import CasePage, case_page
from service.queries.evidence import BoundVersion
from service.queries.files import FileRow
from service.web import auth, policies, presentation, story, wording
from service.web.policies import Whose

blueprint = Blueprint("evidence", __name__)
LANGUAGE = "id"
"""Of the records, whoever takes them away."""


@blueprint.get("/berkas/<uuid:case_id>/bukti")
@policies.people(Role.ADMIN, Role.AUDITOR, whose=Whose.OF_THE_OFFICE)
def pack(case_id: UUID) -> Response:
    """Hand out everything of one case, a file at a time."""
    actor, now = auth.actor(), presentation.now().astimezone(auth.office_zone())
    exports.require_exporter(actor)
    found = case_page(actor, now, case_id)
    files = _files(actor, case_id, wording.localised(found, auth.office_zone()))
    response = Response(stream_with_context(evidence.packed(files, now)), mimetype="application/zip")
    name = f"laksana-{actor.office}-berkas-{presentation.case_number(found.case.number)}-{now:%Y%m%d-%H%M}.zip"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _files(actor: Actor, case_id: UUID, page: CasePage) -> Iterable[tuple[str, bytes]]:
    """Return what goes into the pack; files that people attached are read one by one."""
    attached = _paths(page.files)
    versions = wording.localised(stored.versions(actor, case_id), auth.office_zone())
    with force_locale(LANGUAGE):
        told = list(_told(page, versions, attached))
    lines = "".join(f"{line}\n" for line in stored.lines(actor, case_id))
    handed_in = ((path, stored.content(actor, UUID(file))) for file, path in attached.items())
    return chain(told, [("riwayat.jsonl", lines.encode())], _deployed(versions), handed_in)


def _paths(files: Iterable[FileRow]) -> dict[str, str]:
    """Return where each file stands in the pack, the oldest first."""
    oldest_first = sorted(files, key=lambda row: (row.added_at, row.id))
    return {
        row.id: f"lampiran/{number:02}-{evidence.file_name(row.name)}"
        for number, row in enumerate(oldest_first, start=1)
    }


def _told(
    page: CasePage, versions: tuple[BoundVersion, ...], attached: Mapping[str, str]
) -> Iterator[tuple[str, bytes]]:
    """Yield what people read."""
    history = story.log(reversed(page.history), auth.office_zone(), presentation.moment_long)
    told = {"case": page.case, "now": presentation.now(), "zone": auth.office_zone()}
    yield "BACA-SAYA.txt", render_template("evidence/BACA-SAYA.txt", **told).encode()
    yield (
        "berkas.html",
        render_template(
            "evidence/case.html", **told, page=page, history=history, versions=versions, attached=attached
        ).encode(),
    )


def _deployed(versions: Iterable[BoundVersion]) -> Iterator[tuple[str, bytes]]:
    for one in versions:
        for name, content in one.files:
            yield f"sop/{evidence.file_name(one.key)}-versi-{one.version}/{evidence.file_name(name)}", content
