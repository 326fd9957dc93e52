"""Exports: all cases of an office with their history, as tables in one ZIP file, made in the background."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import IO, Any, Self
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

from service import catalogue, store
from service.engine.assignment import Actor, Role
from service.engine.form import FileView, Shown
from service.errors import NotAllowed
from service.queries import duties, organisation
from service.queries import exports as found
from service.queries.exports import Told
from service.spreadsheet import harmless
from service.store.exports import Making

SILENCE = timedelta(seconds=60)
"""Who has added nothing for so long does not make it any more."""
MOST = 20
ATTEMPTS = 5
"""Somebody has to look at what did not succeed so often."""
WHOLE = 100
"""Percent."""
PIECE = 1_000_000
"""Bytes that are kept at a time."""
CASES = (
    "nomor", "judul", "sop", "versi", "nama_sop", "keadaan", "dimulai", "dimulai_oleh", "berakhir", "alasan_berakhir",
    "dikembalikan", "nomor_luar", "dimulai_jam_kantor", "berakhir_jam_kantor",
)  # fmt: skip
LINES = (
    "nomor_berkas", "urutan", "waktu", "kejadian", "jabatan", "nama", "sop", "elemen", "putusan", "isi",
    "waktu_jam_kantor", "nama_sop", "langkah", "isian",
)  # fmt: skip
WORDS = {
    "running": "berjalan", "completed": "diselesaikan", "cancelled": "dibatalkan", "started": "dimulai",
    "returned": "dikembalikan", "ended": "berakhir", "timer": "waktu", "message": "pesan", "signal": "sinyal",
    "external": "layanan", "error": "galat", "added": "ditambahkan", "commented": "catatan", "withdrawn": "ditarik",
    "moved": "dipindahkan ke langkah sebelumnya",
    "incident": "gangguan", "amended": "diperbaiki", "retried": "dicoba lagi", "dismissed": "ditutup",
    "claimed": "diambil", "released": "dilepaskan", "delegated": "diteruskan", "handed_back": "diserahkan kembali",
    "taken_back": "diambil kembali", "assigned": "dialihkan", "due-moved": "tenggat dipindahkan",
    "laid-aside": "ditunda", "resumed": "dilanjutkan", "waived": "ditiadakan",
    "raised": "dihentikan dengan galat", "refused": "ditolak", "suspended": "ditangguhkan", "activated": "dilanjutkan",
    "reminded": "diingatkan", "escalated": "dinaikkan ke atasan",
}  # fmt: skip
"""What stands and happens, in the language of the records."""
Clock = Callable[[], datetime]


class _GivenUp(Exception):
    """Somebody else makes this export by now."""


def may_export(actor: Actor) -> bool:
    """Tell whether somebody may take everything of his office away."""
    return bool(actor.roles & {Role.ADMIN, Role.AUDITOR})


def ask(actor: Actor, now: datetime, *, at_work: bool = False) -> UUID:
    """Ask for an export; who waits for one already gets no second.

    Raises:
        NotAllowed: neither admin nor auditor.

    """
    require_exporter(actor)
    total = 2 * found.count_cases(actor.office, now)
    return store.ask_export(actor.office, actor.person_id, total, now, at_work=at_work)


def require_exporter(actor: Actor) -> None:
    """Refuse who may not take everything of his office away.

    Raises:
        NotAllowed: neither admin nor auditor.

    """
    if not may_export(actor):
        raise NotAllowed


def due(now: datetime) -> list[tuple[str, UUID]]:
    """Return office and id of the exports that somebody waits for and nobody makes."""
    return duties.exports(now, SILENCE, MOST)


def make(office: str, export_id: UUID, clock: Clock) -> int:
    """Make an export; return whether this made it. What an attempt before had left is begun anew."""
    return WHOLE in made(office, export_id, clock)


def made(office: str, export_id: UUID, clock: Clock) -> Iterator[int]:
    """Make an export and say again and again how many percent are done; 100 once it is made."""
    making = store.begin_export(office, export_id, clock())
    if making is None:
        return
    if making.attempt > ATTEMPTS:
        store.end_export(making, clock(), has_failed=True)
        return
    total = max(1, 2 * found.count_cases(office, making.asked_at))
    try:
        for done in _written(making, clock):
            yield min(WHOLE - 1, WHOLE * done // total)
    except _GivenUp:
        return
    if store.end_export(making, clock()):
        yield WHOLE


def _written(making: Making, clock: Clock) -> Iterator[int]:
    """Write the file and say again and again how many steps are done."""
    pieces, done = _Pieces(making, clock), 0
    office, zone = making.office, catalogue.calendar(making.office).time_zone
    offered = organisation.choices_of_units(office)
    with ZipFile(pieces, "w", ZIP_DEFLATED) as archive:
        with _table(archive, "berkas.csv", CASES) as table:
            for page in found.cases(office, making.asked_at):
                table.add(_case(row, zone) for row in page)
                done += len(page)
                yield pieces.progress(done)
        with _table(archive, "riwayat.csv", LINES) as table:
            for page in found.cases(office, making.asked_at):
                ids = [row.id for row in page]
                lines = found.lines(office, ids, making.asked_at)
                table.add(_line(row, found.told(office, row, offered), zone) for row in lines)
                done += len(page)
                yield pieces.progress(done)
    pieces.keep()


class _Pieces(io.RawIOBase):
    """A file that is written to the database a piece at a time, never held as a whole."""

    def __init__(self, making: Making, clock: Clock) -> None:
        super().__init__()
        self._making, self._clock = making, clock
        self._open, self._number, self._done = bytearray(), 0, 0

    def writable(self) -> bool:
        """Say so."""
        return True

    def write(self, data: Any, /) -> int:  # noqa: ANN401 - whatever has bytes
        """Take bytes, and keep a piece when it is large enough."""
        self._open += data
        while len(self._open) >= PIECE:
            self.keep(PIECE)
        return len(data)

    def progress(self, done: int) -> int:
        """Show how far it is."""
        self._done = done
        self._keep(b"")
        return done

    def keep(self, size: int | None = None) -> None:
        """Keep what has been written, or so much of it."""
        piece = bytes(self._open[:size])
        del self._open[:size]
        self._keep(piece)

    def _keep(self, piece: bytes) -> None:
        if not store.add_part(self._making, self._number, piece, self._done, self._clock()):
            raise _GivenUp
        self._number += bool(piece)


class _table:  # noqa: N801 - used like a function
    """A table in an archive, as a spreadsheet opens it."""

    def __init__(self, archive: ZipFile, name: str, head: Sequence[str]) -> None:
        self._file: IO[bytes] = archive.open(name, "w", force_zip64=True)
        self._text = io.TextIOWrapper(self._file, encoding="utf-8-sig", newline="", write_through=True)
        self._rows = csv.writer(self._text)
        self._rows.writerow(head)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_failure: object) -> None:
        self._text.close()

    def add(self, rows: Iterable[Sequence[object]]) -> None:
        """Add rows."""
        self._rows.writerows([_harmless(cell) for cell in row] for row in rows)


def _harmless(cell: object) -> object:
    """Keep a spreadsheet from taking what somebody typed for a formula."""
    if isinstance(cell, datetime):
        return cell.isoformat(timespec="seconds")
    return "" if cell is None else harmless(cell) if isinstance(cell, str) else cell


def _case(row: Any, zone: ZoneInfo) -> list[object]:  # noqa: ANN401 - a row of the query
    state = WORDS.get(row.status, row.status)
    return [
        row.number, row.title, row.key, row.version, row.name, state, row.started_at, row.started_position,
        row.ended_at, row.end_reason, row.returns, row.business_key,
        _at_the_office(row.started_at, zone), _at_the_office(row.ended_at, zone),
    ]  # fmt: skip


def _line(row: Any, told: Told, zone: ZoneInfo) -> list[object]:  # noqa: ANN401 - a row of the query
    body = {name: value for name, value in row.body.items() if name != "passed"}
    content = json.dumps(body, ensure_ascii=False, sort_keys=True) if body else ""
    what = WORDS.get(row.kind, row.kind)
    outcome = body.get("outcome_label") or body.get("outcome")
    step = f"{told.order}. {told.step}" if told.order else told.step
    return [
        row.number, row.sequence, row.at, what, row.position, row.name, row.process_key, row.element, outcome, content,
        _at_the_office(row.at, zone), told.sop, step, _answers(told.answers),
    ]  # fmt: skip


def _at_the_office(at: datetime | None, zone: ZoneInfo) -> str:
    """Return "2 November 2026 08.15 WIB"."""
    return format_datetime(at, "d MMMM y HH.mm z", tzinfo=zone, locale="id") if at else ""


def _answers(answers: Iterable[Shown]) -> str:
    """Return a line of text per answer, rows of tables with their columns."""
    return "\n".join(
        f"{answer.label}: {text}"
        for answer in answers
        if (text := answer.text or _names(answer.files) or " | ".join(_cells(answer)))
    )


def _cells(answer: Shown) -> Iterator[str]:
    for row in answer.rows:
        cells = zip(answer.columns, row, strict=True)
        yield "; ".join(f"{column} {cell.text or _names(cell.files)}" for column, cell in cells)


def _names(files: Iterable[FileView]) -> str:
    return ", ".join(file.name for file in files)
