"""The Mutu Baku board and the times on the page of a case, as readers see them."""

from io import BytesIO

import pytest
from flask import Flask
from openpyxl import load_workbook

from tests.answers import BLITAR, NGANJUK
from tests.walking import Player, Visitor, said


@pytest.fixture
def case(app: Flask) -> str:
    with app.app_context():
        player = Player()
        case = player.reach(BLITAR, "row_09")
        player.complete(case, "row_09", outcome="kembalikan")
        player.complete(case, "row_07")
        return str(case)


def test_the_board_has_every_row_of_the_sop_with_its_time(app: Flask, case: str) -> None:
    assert case
    page = Visitor(app, "blitar.kadis").get(f"/mutu-baku?sop={BLITAR}")

    assert page.title == "Mutu Baku"
    rows = [[said(cell) for cell in row.findall("td")] for row in page.tree.xpath("//tbody/tr")]
    by_title = {row[1]: row for row in rows}
    (draft,) = (row for title, row in by_title.items() if title.startswith("Menyusun draf dokumen"))
    assert draft[0] == "7"
    assert draft[3] == "2 1 kali dikembalikan"
    assert draft[4].startswith("1 menit 90% dalam 1 menit")
    assert draft[6:] == ["100% 2 dari 2"]
    assert len(rows) == 16
    assert [said(one) for one in page.tree.xpath("//nav//a[@aria-current='page']")] == ["Mutu Baku"]


def test_the_heading_says_which_versions_the_figures_are_of(app: Flask, case: str) -> None:
    assert case
    visitor = Visitor(app, "blitar.kadis")

    def heading(query: str) -> str:
        return said(visitor.get(f"/mutu-baku?sop={BLITAR}{query}").tree.xpath("//h1/following-sibling::p")[0])

    assert " · semua versi · " in heading("")
    assert " · versi 1 · " in heading("&versi=1")


def test_nobody_is_shown_a_table_of_what_the_office_has_not(app: Flask) -> None:
    visitor = Visitor(app, "blitar.kadis")

    assert visitor.get(f"/mutu-baku?sop={NGANJUK}").status == 404
    assert visitor.get(f"/mutu-baku?sop={BLITAR}&versi=99").status == 404
    assert visitor.get(f"/mutu-baku?sop={BLITAR}&versi=x&dari=besok&sampai=2026-13").status == 200


def test_the_files_have_the_row_numbers_of_the_sop(app: Flask, case: str) -> None:
    assert case
    visitor = Visitor(app, "blitar.kadis")

    book = load_workbook(BytesIO(visitor.get(f"/mutu-baku/{BLITAR}/tabel.xlsx").response.data)).active
    lines = visitor.get(f"/mutu-baku/{BLITAR}/tabel.csv").response.data.decode("utf-8-sig").splitlines()

    heads = [cell.value for cell in book[1]]
    assert heads[:3] == ["Baris SOP", "Nomor tercetak", "Langkah"]
    assert lines[0].split(",")[:3] == heads[:3]
    rows = [[cell.value for cell in row] for row in book.iter_rows(min_row=2)]
    (draft,) = (row for row in rows if row[2] == "Menyusun draf dokumen")
    assert (draft[0], draft[5], draft[10:]) == (7, 2, [2, 2, 100, 1])
    assert len(lines) == len(rows) + 1 == 17


def test_a_case_shows_the_rounds_of_a_step_each_and_summed(app: Flask, case: str) -> None:
    page = Visitor(app, "blitar.kadis").get(f"/berkas/{case}")

    rows = [[said(cell) for cell in row.findall("td")] for row in page.tree.xpath("//section[@id='waktu']//tbody/tr")]
    place = next(number for number, row in enumerate(rows) if row[1].startswith("Menyusun draf dokumen"))
    assert [row[1:] for row in rows[place : place + 3]] == [
        ["Menyusun draf dokumen jumlah 2 putaran", rows[place][2], "2 menit", "0 menit", "tepat waktu"],
        ["Putaran 1", "", "1 menit", "0 menit", "tepat waktu"],
        ["Putaran 2", "", "1 menit", "0 menit", "tepat waktu"],
    ]
    assert "Mengisi data Bidang jumlah 4 tugas" in [row[1] for row in rows]


def test_long_times_are_working_days(app: Flask) -> None:
    from service.web.presentation import FILTERS  # noqa: PLC0415 - no page

    words = FILTERS["working_time"]
    with app.test_request_context():
        assert [words(minutes, 450) for minutes in (0, 59, 449, 450, 675, 4_500)] == [
            "0 menit", "59 menit", "7 jam 29 menit", "1 hari kerja", "1,5 hari kerja", "10 hari kerja",
        ]  # fmt: skip
