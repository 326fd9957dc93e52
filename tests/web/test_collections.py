"""Who owes data: asking one more unit and withdrawing what one was asked, on pages without scripts."""

from uuid import UUID, uuid4

import pytest
from flask import Flask

from tests import stage
from tests.drafting import Sketch
from tests.engine.drawing import each, end, flow, gateway, line, process, start, task
from tests.test_participants import asked
from tests.walking import Page, Visitor, said

REASON = "Bidang 3 juga memegang data."


@pytest.fixture
def case(app: Flask) -> UUID:
    with app.app_context():
        return asked(Sketch())


@pytest.fixture
def board(case: UUID) -> str:
    return f"/berkas/{case}/pengumpulan/minta"


def units(page: Page) -> list[tuple[str, str]]:
    rows = page.tree.xpath("//table[contains(@class, 'board')]//tbody/tr")
    return [(said(row.find_class("what")[0]), said(row.find_class("chip")[0])) for row in rows]


def offered(page: Page) -> list[str]:
    return [said(option) for option in page.tree.xpath("//select[@id='unit']/option")]


def withdrawals(page: Page) -> list[str]:
    return [str(address) for address in page.tree.xpath("//td[@class='act']/a[contains(@href, '/tarik/')]/@href")]


PEMBERDAYAAN, REHABILITASI, PERLINDUNGAN = "bidang1", "bidang2", "bidang3"


def name_of(app: Flask, code: str) -> str:
    with app.app_context():
        return stage.positions("blitar")[f"blitar.{code}"].replace("Kabid", "Bidang", 1)


def test_a_unit_is_added_with_a_reason(app: Flask, case: UUID, board: str) -> None:
    head, name = Visitor(app, "blitar.kadis"), name_of(app, PERLINDUNGAN)
    before = head.get(board)
    assert offered(before) == ["Pilih unit", name, "Sekretariat"]

    done = head.post(board, {"unit": PERLINDUNGAN, "alasan": REASON})

    assert (done.status, done.location) == (303, board)
    page = head.get(board)
    assert page.messages == ["Unit ditambahkan dan menerima tugasnya."]
    assert (name, "Belum menyerahkan") in units(page)
    assert len(units(page)) == len(units(before)) + 1 == 3
    assert offered(page) == ["Pilih unit", "Sekretariat"]
    assert [entry.title for entry in Visitor(app, "blitar.bidang3").inbox()] == ["minta"]
    history = head.get(f"/berkas/{case}").said_in("riwayat")
    assert f"Kepala Dinas menambahkan {name} pada “minta” {REASON}" in history


def test_the_task_of_a_unit_is_withdrawn_with_a_reason(app: Flask, case: UUID, board: str) -> None:
    head, name = Visitor(app, "blitar.kadis"), name_of(app, PEMBERDAYAAN)
    first, _ = withdrawals(head.get(board))
    assert head.get(first).title == f"Tarik tugas {name}?"

    done = head.post(first, {"alasan": REASON})

    assert (done.status, done.location) == (303, board)
    page = head.get(board)
    assert page.messages == [f"Tugas {name} ditarik."]
    assert units(page) == [(name_of(app, REHABILITASI), "Belum menyerahkan"), (name, "Ditarik")]
    assert f"Alasan: {REASON}" in page.main
    assert "0 dari 1 unit sudah menyerahkan" in page.main
    assert Visitor(app, "blitar.bidang1").inbox() == []
    history = head.get(f"/berkas/{case}").said_in("riwayat")
    assert f"Kepala Dinas menarik tugas {name} pada “minta” {REASON}" in history
    again = [head.get(first), head.post(first, {"alasan": REASON})]
    assert [(answer.status, answer.title) for answer in again] == [(409, "Tugas ini sudah ditutup")] * 2
    seen = Visitor(app, "blitar.bidang1").get(f"/tugas/{first.rpartition('/')[2]}")
    assert "Tugas ini ditutup sebelum selesai. Sebabnya tertulis pada riwayat berkas." in seen.main
    assert "dibatalkan" not in seen.main
    for answer in (*again, seen):
        assert answer.tree.xpath(f"//main//a[@href='/berkas/{case}']")


NOT_ALONE, NO_DATA = "Tidak ada unit lain yang masih ditunggu", "tanpa data satu unit pun"


@pytest.mark.parametrize(("others", "told"), [("owe", []), ("gave", [NOT_ALONE]), ("withdrawn", [NO_DATA])])
def test_who_withdraws_the_last_task_is_told_with_which_data_the_case_goes_on(
    app: Flask, case: UUID, board: str, others: str, told: list[str]
) -> None:
    head = Visitor(app, "blitar.kadis")
    first, second = withdrawals(head.get(board))
    if others == "gave":
        with app.app_context():
            Sketch().do(case, "minta", REHABILITASI, nilai="a")
    elif others == "withdrawn":
        head.post(second, {"alasan": REASON})

    page = head.get(first)

    assert [sentence for sentence in (NOT_ALONE, NO_DATA) if sentence in page.main] == told
    assert ("Berkas berjalan dengan data unit lain." in page.main) == (others != "withdrawn")


def test_the_last_task_that_is_withdrawn_lets_the_case_go_on(app: Flask, case: UUID, board: str) -> None:
    head = Visitor(app, "blitar.kadis")
    for address in withdrawals(head.get(board)):
        head.post(address, {"alasan": REASON})

    page = head.get(board)

    assert [state for _, state in units(page)] == ["Ditarik", "Ditarik"]
    assert (withdrawals(page), offered(page)) == ([], [])
    assert "Berkas selesai" in head.get(f"/berkas/{case}").main


@pytest.mark.parametrize(
    ("typed", "mistakes"),
    [
        ({"unit": PERLINDUNGAN, "alasan": " "}, ["alasan"]),
        ({"unit": PERLINDUNGAN, "alasan": "ya"}, ["alasan"]),
        ({"unit": "", "alasan": REASON}, ["unit"]),
        ({"unit": PEMBERDAYAAN, "alasan": REASON}, ["unit"]),
        ({"unit": "\x00<b>", "alasan": REASON}, ["unit"]),
        ({}, ["alasan"]),
    ],
)
def test_a_mistake_keeps_what_was_typed(app: Flask, board: str, typed: dict[str, str], mistakes: list[str]) -> None:
    head = Visitor(app, "blitar.kadis")
    before = stage.rows(app)

    page = head.post(board, typed)

    assert (page.status, list(page.mistakes)) == (422, mistakes)
    controls = dict(page.controls("penambahan"))
    assert controls["alasan"] == typed.get("alasan", "")
    assert controls["unit"] == (typed["unit"] if typed.get("unit") == PERLINDUNGAN else "")
    assert stage.rows(app) == before


def test_a_withdrawal_without_a_reason_asks_for_it(app: Flask, board: str) -> None:
    head = Visitor(app, "blitar.kadis")
    first, _ = withdrawals(head.get(board))
    before = stage.rows(app)

    page = head.post(first, {"alasan": "ya"})

    assert (page.status, list(page.mistakes), dict(page.controls("penarikan"))["alasan"]) == (422, ["alasan"], "ya")
    assert stage.rows(app) == before


@pytest.mark.parametrize("user", ["blitar.bidang1", "blitar.sekretaris", "auditor", "admin", "banggai.kadis"])
def test_others_see_the_board_and_may_change_nothing(app: Flask, board: str, user: str) -> None:
    (address, _) = withdrawals(Visitor(app, "blitar.kadis").get(board))
    visitor = Visitor(app, user)
    if user in {"auditor", "admin"}:
        visitor.post("/jabatan", {"office": "blitar"})
    before = stage.rows(app)

    page = visitor.get(board)
    sent = [
        visitor.post(board, {"unit": PERLINDUNGAN, "alasan": REASON}),
        visitor.post(board),
        visitor.get(address),
        visitor.post(address, {"alasan": REASON}),
    ]

    expected = 404 if user.startswith("banggai") else 403
    assert page.status == (404 if expected == 404 else 200)
    assert (offered(page), withdrawals(page)) == ([], [])
    assert [answer.status for answer in sent] == [expected] * 4
    assert stage.rows(app) == before


def test_a_column_without_actions_and_a_return_that_never_comes_are_not_told(app: Flask, board: str) -> None:
    def heads(user: str) -> list[str]:
        page = Visitor(app, user).get(board)
        assert "Satu unit dapat dikembalikan" not in page.main
        return [said(one) for one in page.tree.xpath("//table[contains(@class, 'board')]//th")]

    assert heads("blitar.kadis")[-1] == heads("blitar.bidang1")[-1] == "Tindakan"
    assert heads("blitar.sekretaris")[-1] == "Terakhir"


def test_what_may_come_is_told_until_the_case_is_cancelled(app: Flask) -> None:
    minta = task("minta", each(), group="${unit}")
    way = line("mulai", "isi", "minta", "periksa", "pilih", "selesai") + flow("pilih", "minta", 'nilai = "ulang"')
    drawn = process(start(), task("isi"), minta, task("periksa"), gateway("pilih", "pilih-selesai"), end(), way)
    with app.app_context():
        sketch = Sketch()
        sketch.deploy(drawn)
        case = sketch.begin()
        sketch.do(case, "isi", daftar=["bidang1", "bidang2"])

    head, board = Visitor(app, "blitar.kadis"), f"/berkas/{case}/pengumpulan/minta"
    assert "Satu unit dapat dikembalikan" in head.get(board).main

    head.post(f"/berkas/{case}/batal", {"alasan": "Permintaan dicabut."})

    assert "Setelah semua diterima" not in head.get(board).main


def test_a_form_without_its_token_changes_nothing(app: Flask, board: str) -> None:
    head = Visitor(app, "blitar.kadis")
    (address, _) = withdrawals(head.get(board))
    head.token = "wrong"
    before = stage.rows(app)

    sent = [head.post(board, {"unit": PERLINDUNGAN, "alasan": REASON}), head.post(address, {"alasan": REASON})]

    assert [answer.status for answer in sent] == [400, 400]
    assert stage.rows(app) == before


@pytest.mark.parametrize("element", ["isi", "tidak_ada"])
def test_only_those_who_are_asked_can_be_withdrawn(app: Flask, case: UUID, board: str, element: str) -> None:
    head = Visitor(app, "blitar.kadis")
    before = stage.rows(app)

    sent = [
        head.get(f"{board}/tarik/{uuid4()}"),
        head.post(f"{board}/tarik/{uuid4()}", {"alasan": REASON}),
        head.post(f"/berkas/{case}/pengumpulan/{element}", {"unit": PERLINDUNGAN, "alasan": REASON}),
    ]

    assert [answer.status for answer in sent] == [404, 404, 404]
    assert stage.rows(app) == before


def test_a_cancelled_case_closes_what_units_were_asked(app: Flask, case: UUID, board: str) -> None:
    head = Visitor(app, "blitar.kadis")
    head.post(f"/berkas/{case}/batal", {"alasan": "Permintaan dicabut."})

    page = head.get(board)

    assert [state for _, state in units(page)] == ["Ditutup", "Ditutup"]
    assert (offered(page), withdrawals(page)) == ([], [])
    assert "0 dari 2 unit sudah menyerahkan" in page.main


def test_a_collection_that_its_case_cut_off_was_not_done(app: Flask) -> None:
    with app.app_context():
        sketch = Sketch()
        case = asked(sketch)
        sketch.do(case, "minta", "bidang1", nilai="a")
    head = Visitor(app, "blitar.kadis")
    head.post(f"/berkas/{case}/batal", {"alasan": "Permintaan dicabut."})

    page = head.get(f"/berkas/{case}")

    rows = page.tree.xpath("//section[@id='langkah']//tbody/tr")
    assert [said(row.find_class("chip")[0]) for row in rows] == ["Selesai", "Terhenti"]
    assert name_of(app, REHABILITASI) in said(rows[-1])
    assert "1 selesai · 0 tidak dilalui" in page.main
    assert "1 dari 2 unit sudah menyerahkan" in head.get(f"/berkas/{case}/pengumpulan/minta").main
