"""Sentences about what happened and what will happen, made from the codes of the core."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import datetime
from types import SimpleNamespace
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from flask import flash, session, url_for
from flask_babel import gettext

from service.engine import sop
from service.engine.form import Shown
from service.errors import AttachmentRefused, TaskClosed
from service.queries.cases import FileRow, Line
from service.web import auth, presentation

T = TypeVar("T")
TOLD_AT_MOST = 3
SHOWN_KINDS: Mapping[str, str] = {
    "cancelled": "stop",
    "completed": "done",
    "ended": "done",
    "incident": "late",
    "returned": "back",
    "started": "start",
}


@dataclass(frozen=True, slots=True)
class ShownFile:
    """A file as a page lists it."""

    id: str
    name: str
    size: int
    kind: str
    origin: str
    url: str


@dataclass(frozen=True, slots=True)
class LogLine:
    """A history line as a sentence: who, then what he did."""

    kind: str
    who: str
    person: str
    sentence: str
    quote: str
    at: datetime
    round: int
    details: tuple[Shown, ...]
    files: tuple[ShownFile, ...]


def localised(value: T, zone: ZoneInfo) -> T:
    """Return a value of dataclasses with every moment on the clock of an office."""
    return _localised(value, zone)


def _localised(value: Any, zone: ZoneInfo) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(zone)
    if isinstance(value, tuple):
        return tuple(_localised(item, zone) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        changed = {f.name: _localised(getattr(value, f.name), zone) for f in fields(value) if f.init}
        return replace(value, **changed)
    return value


def tell(message: str, category: str = "done") -> None:
    """Say something on the next page; what nobody came to read does not pile up in the cookie."""
    flash(message, category)
    session["_flashes"] = session["_flashes"][-TOLD_AT_MOST:]


def page(value: Any, **more: object) -> SimpleNamespace:
    """Return the fields of a dataclass for a template, with what only the page can say."""
    return SimpleNamespace(**{f.name: getattr(value, f.name) for f in fields(value)} | more)


def identity(entries: Iterable[tuple[str, tuple[str, ...]]]) -> tuple[tuple[str, str | tuple[str, ...], bool], ...]:
    """Return the identity sheet with the labels of the official form."""
    labels = {
        "sop.judul": gettext("Judul SOP"),
        "sop.instansi": gettext("Instansi"),
        "sop.nomor": gettext("Nomor SOP"),
        "sop.tanggal_pembuatan": gettext("Tanggal pembuatan"),
        "sop.tanggal_revisi": gettext("Tanggal revisi"),
        "sop.tanggal_efektif": gettext("Tanggal efektif"),
        "sop.disahkan_oleh": gettext("Disahkan oleh"),
        "sop.dasar_hukum": gettext("Dasar hukum"),
        "sop.kualifikasi": gettext("Kualifikasi pelaksana"),
        "sop.keterkaitan": gettext("Keterkaitan"),
        "sop.peralatan": gettext("Peralatan"),
        "sop.peringatan": gettext("Peringatan"),
        "sop.pencatatan": gettext("Pencatatan dan pendataan"),
    }
    return tuple(
        (labels[name], values if name in sop.LISTS else "".join(values), bool(values)) for name, values in entries
    )


def log(lines: Iterable[Line], zone: ZoneInfo) -> tuple[LogLine, ...]:
    """Say what happened, line by line."""
    return tuple(
        LogLine(
            kind=SHOWN_KINDS[line.kind],
            who=line.who,
            person=line.person if line.person != line.who else "",
            sentence=_sentence(line),
            quote=line.quote,
            at=line.at.astimezone(zone),
            round=line.round,
            details=line.details,
            files=tuple(shown_file(row) for row in line.files),
        )
        for line in lines
    )


def shown_file(row: FileRow) -> ShownFile:
    """Say where a file comes from."""
    origin = gettext("langkah %(order)s", order=row.order) if row.order else ""
    if row.round > 1:
        origin = gettext("%(origin)s, putaran %(round)s", origin=origin, round=row.round)
    address = url_for("staff.attachment", attachment_id=row.id)
    return ShownFile(row.id, row.name, row.size, presentation.file_icon(row.name), origin, address)


def closed(error: TaskClosed) -> str:
    """Say who was faster."""
    by, at = error.facts.get("by"), error.facts.get("at")
    if error.facts.get("status") == "cancelled":
        return gettext("Tugas ini ditutup karena berkasnya dibatalkan. Isian Anda tidak dikirim.")
    if by and isinstance(at, datetime):
        return gettext(
            "Tugas ini sudah diselesaikan %(position)s %(moment)s. Isian Anda tidak dikirim.",
            position=str(by),
            moment=presentation.moment(at.astimezone(auth.office_zone())),
        )
    return gettext("Tugas ini sudah tidak terbuka. Tidak ada yang berubah.")


def attachment(error: AttachmentRefused) -> str:
    """Say why a file was not taken."""
    facts = {key: value for key, value in error.facts.items() if key != "reason"}
    name = str(facts.get("name", ""))
    match error.facts.get("reason"):
        case "too-large":
            return gettext(
                "Berkas %(name)s (%(size)s) melebihi batas %(limit)s dan tidak diunggah.",
                name=name,
                size=presentation.size(int(str(facts["size"]))),
                limit=presentation.size(int(str(facts["limit"]))),
            )
        case "too-many":
            return gettext("Satu tugas memuat paling banyak %(limit)s berkas.", limit=str(facts["limit"]))
        case "no-question":
            return gettext("Isian ini tidak menerima berkas.")
        case "empty":
            return gettext("Berkas %(name)s kosong dan tidak diunggah.", name=name)
        case "kind":
            return gettext(
                "Jenis berkas %(name)s tidak diterima. Pakai %(kinds)s.",
                name=name,
                kinds=", ".join(str(kind).upper() for kind in _texts(facts.get("kinds"))),
            )
        case _:
            return gettext("Isi berkas %(name)s tidak sesuai dengan jenisnya dan tidak diunggah.", name=name)


def _texts(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _sentence(line: Line) -> str:
    match line.kind:
        case "started":
            return gettext("memulai berkas ini")
        case "returned" if line.target:
            return gettext("mengembalikan pekerjaan ke %(step)s", step=_place(line.target_order, line.target))
        case "cancelled":
            return gettext("membatalkan berkas ini")
        case "ended":
            return gettext("Seluruh langkah selesai")
        case "incident":
            return gettext("Gangguan pada %(step)s", step=_place(line.order, line.title))
        case _:
            return presentation.deed(line.title)


def _place(order: int, name: str) -> str:
    return gettext("langkah %(order)s, %(name)s", order=order, name=name) if order else name
