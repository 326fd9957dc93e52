"""Spreadsheets of strangers, within limits: XLSX, or CSV tables in a ZIP file; every cell is text, nothing is run."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zipfile import BadZipFile, ZipFile

from service.errors import SpreadsheetRefused

MOST_BYTES, MOST_UNPACKED = 300_000, 20_000_000
MOST_PARTS, MOST_ROWS, MOST_COLUMNS = 200, 2_000, 20
LONGEST_CELL = 1_000
EXACT = 10**15
"""From here on a spreadsheet keeps no number exactly."""
RECKONED = "=…"
"""Stands for what a spreadsheet reckons: a formula, or the error that it led to."""
MEANT = "'"
"""Stands before a text of a CSV cell that a spreadsheet would take as a formula."""
_RISKY = ("=", "+", "-", "@", "\t", "\r")
_RECKONED = frozenset({"f", "e"})
_XLSX = "[Content_Types].xml"

Rows = list[tuple[int, list[str]]]
"""Number of each row as the spreadsheet shows it, and its cells."""


def read(content: bytes) -> dict[str, Rows]:
    """Return the sheets of a file by name; empty rows are left out.

    Raises:
        SpreadsheetRefused: it is too large, no spreadsheet, or unpacks into too much.

    """
    if len(content) > MOST_BYTES:
        raise SpreadsheetRefused("too-large", limit=MOST_BYTES // 1000)
    try:
        with ZipFile(io.BytesIO(content)) as archive:
            _require_small(archive)
            if _XLSX in archive.namelist():
                _require_plain(archive)
                return dict(_of_xlsx(content))
            return dict(_of_csv(archive))
    except SpreadsheetRefused:
        raise
    except (BadZipFile, KeyError, OSError, TypeError, UnicodeError, ValueError, csv.Error, RuntimeError) as error:
        raise SpreadsheetRefused("unreadable") from error
    except (AttributeError, IndexError, NotImplementedError, SyntaxError) as error:
        raise SpreadsheetRefused("unreadable") from error  # what openpyxl raises over files that are none


def xlsx(sheets: Mapping[str, Sequence[Sequence[str]]]) -> bytes:
    """Return sheets as XLSX; every cell is text."""
    from openpyxl import Workbook  # noqa: PLC0415 - 170 modules, which few processes ever need

    book = Workbook(write_only=True)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append([_text_cell(sheet, text) for text in row])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def csv_tables(sheets: Mapping[str, Sequence[Sequence[str]]]) -> bytes:
    """Return sheets as CSV tables in a ZIP file."""
    target = io.BytesIO()
    with ZipFile(target, "w") as archive:
        for name, rows in sheets.items():
            table = io.StringIO()
            csv.writer(table).writerows([[_safe(text) for text in row] for row in rows])
            archive.writestr(f"{name.lower()}.csv", "\N{ZERO WIDTH NO-BREAK SPACE}" + table.getvalue())
    return target.getvalue()


def _text_cell(sheet: object, text: str) -> object:
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415 - see above

    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"
    cell.number_format = "@"
    return cell


def _safe(text: str) -> str:
    return MEANT + text if text.startswith(_RISKY) else text


def _require_small(archive: ZipFile) -> None:
    parts = archive.infolist()
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise SpreadsheetRefused("bomb")


def _require_plain(archive: ZipFile) -> None:
    """Refuse XML with declarations of its own, in which a few bytes become many."""
    for part in archive.infolist():
        if part.filename.endswith((".xml", ".rels")):
            start = archive.read(part)
            if b"<!DOCTYPE" in start or b"<!ENTITY" in start or b"\x00" in start[:100]:
                raise SpreadsheetRefused("bomb")


def _of_xlsx(content: bytes) -> Iterator[tuple[str, Rows]]:
    from openpyxl import load_workbook  # noqa: PLC0415 - see above

    book = load_workbook(io.BytesIO(content), read_only=True, data_only=False)
    try:
        for sheet in book.worksheets:
            sheet.reset_dimensions()
            found = sheet.iter_rows(max_row=MOST_ROWS + 2, max_col=MOST_COLUMNS)
            yield sheet.title, _rows(sheet.title, ([_of_cell(cell) for cell in row] for row in found))
    finally:
        book.close()


def _of_csv(archive: ZipFile) -> Iterator[tuple[str, Rows]]:
    for part in archive.infolist():
        name, dot, _ = part.filename.rpartition(".csv")
        if dot and "/" not in name:
            text = archive.read(part).decode("utf-8-sig")
            separator = ";" if text.partition("\n")[0].count(";") > text.partition("\n")[0].count(",") else ","
            rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
            yield name.capitalize(), _rows(name, ([_of_text(cell) for cell in row[:MOST_COLUMNS]] for row in rows))


def _rows(sheet: str, cells: Iterable[list[str]]) -> Rows:
    found: Rows = []
    for number, row in enumerate(cells, start=1):
        if number > MOST_ROWS + 1:
            raise SpreadsheetRefused("too-many-rows", sheet=sheet, limit=MOST_ROWS)
        if any(row):
            found.append((number, row))
    return found


def _of_cell(cell: Any) -> str:  # noqa: ANN401 - openpyxl has no types
    if cell.data_type in _RECKONED:
        return RECKONED
    match value := cell.value:
        case None:
            return ""
        case bool():
            return "ya" if value else "tidak"
        case datetime():
            return value.date().isoformat()
        case date():
            return value.isoformat()
        case int() | float() if abs(value) >= EXACT:
            return f"{value:.0f}?"
        case float():
            return str(int(value)) if value.is_integer() else repr(value)
        case _:
            return str(value).strip()[: LONGEST_CELL + 1]


def _of_text(cell: str) -> str:
    return cell.strip().removeprefix(MEANT)[: LONGEST_CELL + 1]
