"""What happened in a case as sentences: who, then what he did."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import url_for
from flask_babel import gettext

from service.engine.form import Shown
from service.queries.files import FileRow
from service.queries.history import Line
from service.web import presentation

Tell = Callable[[datetime], str]
SHOWN_KINDS: Mapping[str, str] = {
    "activated": "now",
    "added": "now",
    "amended": "now",
    "assigned": "hand",
    "cancelled": "stop",
    "claimed": "hand",
    "commented": "comment",
    "completed": "done",
    "delegated": "hand",
    "dismissed": "now",
    "due-moved": "timer",
    "ended": "done",
    "escalated": "late",
    "error": "late",
    "external": "worker",
    "handed_back": "back",
    "incident": "late",
    "laid-aside": "timer",
    "message": "message",
    "moved": "back",
    "raised": "late",
    "refused": "stop",
    "released": "hand",
    "reminded": "timer",
    "resumed": "hand",
    "retried": "now",
    "returned": "back",
    "signal": "signal",
    "started": "start",
    "suspended": "pause",
    "taken_back": "hand",
    "timer": "timer",
    "waived": "stop",
    "withdrawn": "stop",
}
BY_ITSELF = frozenset({"ended", "incident"})
"""Kinds of lines whose sentence is about the case itself, not about who acted."""


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
    outcome: str
    quote: str
    at: datetime
    round: int
    details: tuple[Shown, ...]
    files: tuple[ShownFile, ...]


def log(lines: Iterable[Line], zone: ZoneInfo, tell: Tell = presentation.moment) -> tuple[LogLine, ...]:
    """Say what happened, line by line; `tell` says moments inside a sentence."""
    return tuple(
        LogLine(
            kind=SHOWN_KINDS[line.kind],
            who=_subject(line),
            person=_holder(line),
            sentence=_sentence(line, tell),
            outcome=line.outcome,
            quote=line.quote,
            at=line.at.astimezone(zone),
            round=line.round,
            details=line.details,
            files=tuple(shown_file(row) for row in line.files),
        )
        for line in lines
    )


def comments(lines: Iterable[LogLine]) -> tuple[LogLine, ...]:
    """Return what people told one another."""
    return tuple(line for line in lines if line.kind == SHOWN_KINDS["commented"])


def shown_file(row: FileRow) -> ShownFile:
    """Say where a file comes from."""
    origin = gettext("langkah %(order)s", order=row.order) if row.order else ""
    if row.round > 1:
        origin = gettext("%(origin)s, putaran %(round)s", origin=origin, round=row.round)
    if row.version > 1:
        origin = gettext("%(origin)s, versi %(version)s", origin=origin, version=row.version)
    address = url_for("tasks.attachment", attachment_id=row.id)
    return ShownFile(row.id, row.name, row.size, presentation.file_icon(row.name), origin, address)


def _subject(line: Line) -> str:
    return "" if line.kind in BY_ITSELF else line.who or gettext("Sistem")


def _holder(line: Line) -> str:
    """Say who held the post; below a sentence without a subject stands the post itself."""
    if line.kind in BY_ITSELF:
        return line.who
    return line.person if line.person != line.who else ""


def _sentence(line: Line, tell: Tell) -> str:
    if line.kind == "started":
        return _beginning(line)
    if line.kind == "returned" and line.target:
        return gettext("mengembalikan pekerjaan ke %(step)s", step=presentation.place(line.target, line.target_order))
    if line.kind == "due-moved":
        return _moved(line, tell)
    if line.kind == "laid-aside":
        return _laid_aside(line, tell)
    if line.kind in {"reminded", "escalated"}:
        return _reminded(line, tell)
    return _said(line).get(line.kind) or presentation.deed(line.title)


def _moved(line: Line, tell: Tell) -> str:
    before, after = (tell(at) if at else gettext("tanpa tenggat") for at in line.moved)
    step = presentation.place(line.title, line.order)
    return gettext("memindahkan tenggat %(step)s dari %(before)s ke %(after)s", step=step, before=before, after=after)


def _laid_aside(line: Line, tell: Tell) -> str:
    until = tell(line.moved[1]) if line.moved[1] else ""
    return gettext(
        "menunda tugas %(step)s sampai %(until)s", step=presentation.place(line.title, line.order), until=until
    )


def _reminded(line: Line, tell: Tell) -> str:
    """Say who was told what of a due date."""
    step = presentation.place(line.title, line.order)
    if line.unit_name:
        step = f"{step} ({line.unit_name})"
    due = tell(line.moved[0]) if line.moved[0] else ""
    return {
        "ahead": gettext("mengingatkan %(name)s bahwa tenggat %(step)s %(due)s", name=line.name, step=step, due=due),
        "late": gettext("mengingatkan %(name)s bahwa tenggat %(step)s, %(due)s, sudah lewat",
                        name=line.name, step=step, due=due),
        "again": gettext("mengingatkan lagi (ke-%(times)s) %(name)s bahwa tenggat %(step)s, %(due)s, sudah lewat",
                         times=line.times, name=line.name, step=step, due=due),
        "escalated": gettext("memberi tahu %(name)s sebagai atasan bahwa tenggat %(step)s, %(due)s, sudah lewat",
                             name=line.name, step=step, due=due),
    }[line.stage]  # fmt: skip


def _beginning(line: Line) -> str:
    return {
        "timer": gettext("memulai berkas ini karena waktunya tiba"),
        "message": gettext("memulai berkas ini karena pesan “%(name)s”", name=line.name),
        "signal": gettext("memulai berkas ini karena sinyal “%(name)s”", name=line.name),
    }.get(line.by, gettext("memulai berkas ini"))


def _said(line: Line) -> dict[str, str]:
    step = presentation.place(line.title, line.order) or gettext("berkas ini")
    return {
        "activated": gettext("melanjutkan berkas ini melalui program")
        if line.by == "program"
        else gettext("melanjutkan berkas ini sesudah ditangguhkan"),
        "suspended": gettext("menangguhkan berkas ini melalui program")
        if line.by == "program"
        else gettext("menangguhkan berkas ini"),
        "added": gettext("menambahkan %(unit)s pada %(step)s", unit=line.unit_name, step=step),
        "amended": gettext("memperbaiki data berkas"),
        "cancelled": gettext("membatalkan berkas ini"),
        "commented": gettext("memberi catatan pada %(step)s", step=step),
        "dismissed": gettext("menutup gangguan pada %(step)s karena sebabnya sudah tidak ada", step=step),
        "ended": gettext("Seluruh langkah selesai"),
        "error": gettext("melaporkan kesalahan “%(name)s” pada %(step)s", name=line.name, step=step),
        "external": gettext("menyelesaikan %(step)s melalui layanan “%(name)s”", name=line.name, step=step),
        "incident": gettext("Gangguan pada %(step)s", step=step),
        "message": gettext("menerima pesan “%(name)s”", name=line.name),
        "moved": gettext(
            "memindahkan berkas dari %(step)s kembali ke %(target)s",
            step=step,
            target=presentation.place(line.target, line.target_order),
        ),
        "raised": gettext("menghentikan %(step)s dengan kesalahan “%(name)s”", step=step, name=line.name),
        "resumed": gettext("melanjutkan tugas %(step)s yang ditunda", step=step),
        "retried": gettext("mencoba lagi %(step)s", step=step),
        "signal": gettext("menerima sinyal “%(name)s”", name=line.name),
        "assigned": gettext("mengalihkan tugas %(step)s kepada %(name)s", step=step, name=line.name),
        "claimed": gettext("mengambil tugas %(step)s", step=step),
        "delegated": gettext("meneruskan tugas %(step)s kepada %(name)s", step=step, name=line.name),
        "handed_back": gettext("menyerahkan kembali tugas %(step)s kepada %(name)s", step=step, name=line.name),
        "refused": gettext(
            "ditolak pada %(step)s karena mengerjakan langkah yang diputuskan di sini (sop.bukan_pelaksana)", step=step
        ),
        "released": gettext("melepaskan tugas %(step)s", step=step),
        "taken_back": gettext("mengambil kembali tugas %(step)s dari %(name)s", step=step, name=line.name),
        "timer": gettext("melanjutkan %(step)s karena waktunya tiba", step=step),
        "waived": gettext("meniadakan “%(name)s” pada %(step)s", name=line.name, step=step),
        "withdrawn": gettext("menarik tugas %(unit)s pada %(step)s", unit=line.unit_name, step=step),
    }
