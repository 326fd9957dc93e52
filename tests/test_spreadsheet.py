"""Tables as files: what was typed stays text, in workbooks and in comma separated values."""

from io import BytesIO

import pytest
from openpyxl import load_workbook

from service import spreadsheet

FORMULA = '=HYPERLINK("http://jahat.example";"klik")'


@pytest.mark.parametrize("typed", [FORMULA, "+62", "-5", "@SUM(A1)", "a\x0bb", "Uraian"])
def test_a_workbook_has_no_formula(typed: str) -> None:
    content = spreadsheet.xlsx("Tabel", ["Nama", "Banyak"], [[typed, 3], ["", None]])

    sheet = load_workbook(BytesIO(content)).active
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["Nama", "Banyak"],
        [typed.replace("\x0b", ""), 3],
        [None, None],
    ]
    assert [cell.data_type for cell in sheet[2]] == ["s", "n"]


@pytest.mark.parametrize(("typed", "written"), [("=1+1", "'=1+1"), ("+62", "'+62"), ("-5", "'-5"), ("@a", "'@a")])
def test_comma_separated_values_have_no_formula(typed: str, written: str) -> None:
    content = spreadsheet.comma_separated(["Nama"], [[typed], [-5], [None]])

    assert content.decode("utf-8-sig").splitlines() == ["Nama", written, "-5", '""']
