"""Tables as files for spreadsheets; what somebody typed is never taken for a formula."""

import csv
from collections.abc import Iterable, Sequence
from io import BytesIO, StringIO

Cell = str | int | None
FORMULAS = frozenset({"=", "+", "-", "@", "\t", "\r"})
"""With what a cell begins that a spreadsheet would reckon out of a CSV file."""


def xlsx(name: str, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return a workbook of one sheet: numbers as numbers, text as text, its head in sight."""
    from openpyxl import Workbook  # noqa: PLC0415 - 170 modules, which few processes ever need

    book = Workbook(write_only=True)
    sheet = book.create_sheet(name)
    sheet.freeze_panes = "A2"
    sheet.append([_cell(sheet, title, is_head=True) for title in head])
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def comma_separated(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return a CSV file as spreadsheets open it."""
    text = StringIO(newline="")
    table = csv.writer(text)
    table.writerow(head)
    table.writerows([harmless(value) for value in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def harmless(value: Cell) -> Cell:
    """Return a value that no spreadsheet takes for a formula when it reads it from a CSV file."""
    return f"'{value}" if isinstance(value, str) and value[:1] in FORMULAS else value


def _cell(sheet: object, value: Cell, *, is_head: bool = False) -> object:
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415 - see above
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE  # noqa: PLC0415 - see above
    from openpyxl.styles import Font  # noqa: PLC0415 - see above

    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", value) if isinstance(value, str) else value)
    if isinstance(value, str):
        cell.data_type = "s"
    if is_head:
        cell.font = Font(bold=True)
    return cell
