"""The page on which an admin takes a case back to an earlier step."""

from uuid import UUID

import pytest
from flask import Flask

from tests.answers import BLITAR
from tests.walking import Player, Visitor, Walker

REASON = "Data sumber ternyata keliru."
WORDS = "Kembali ke langkah sebelumnya"


@pytest.fixture
def case(app: Flask) -> UUID:
    """Return a case whose draft is being written."""
    with app.app_context():
        return Player().reach(BLITAR, "row_07")


@pytest.fixture
def admin(walker: Walker) -> Visitor:
    visitor = walker.as_user("admin")
    visitor.post("/jabatan", {"office": "blitar"})
    return visitor


def asked(admin: Visitor, case: UUID) -> str:
    """Return where the page of a case leads to."""
    (link,) = admin.get(f"/berkas/{case}").tree.xpath("//a[text()=$words]/@href", words=WORDS)
    return str(link)


def test_an_admin_takes_a_case_back_and_everybody_reads_why(admin: Visitor, walker: Walker, case: UUID) -> None:
    address = asked(admin, case)
    (choice,) = admin.get(address).tree.xpath("//select[@name='langkah']")
    assert [option.get("value") for option in choice][-2:] == ["row_05", "row_06"]

    answer = admin.post(address, {"langkah": "row_05", "alasan": REASON})

    assert (answer.status, answer.location) == (303, f"/berkas/{case}")
    page = admin.get(answer.location)
    assert "memindahkan berkas dari langkah 7, Menyusun draf dokumen kembali ke langkah 5" in page.main
    (task,) = walker.as_user("blitar.jfu").inbox()
    assert task.title == "Mengolah data yang masuk"
    assert REASON in walker.as_user("blitar.jfu").get("/tugas").main


def test_a_step_and_a_reason_are_wanted(admin: Visitor, case: UUID) -> None:
    address = asked(admin, case)
    for given, words in (
        ({"alasan": REASON}, "Pilih langkah dari daftar ini."),
        ({"langkah": "row_09", "alasan": REASON}, "Pilih langkah dari daftar ini."),
        ({"langkah": "row_05", "alasan": " "}, "Tuliskan alasan"),
        ({"langkah": "row_05", "alasan": "dah"}, "Alasan ini terlalu pendek. Tulis paling sedikit 5 huruf."),
    ):
        answer = admin.post(address, given)
        assert (answer.status, words in answer.main) == (422, True)
    assert asked(admin, case) == address


def test_nobody_else_is_led_there_and_the_first_step_goes_nowhere(app: Flask, admin: Visitor, walker: Walker) -> None:
    with app.app_context():
        player = Player()
        first = player.start(BLITAR)
        task = player.task(first, "row_01").id
        second = player.reach(BLITAR, "row_07")

    assert WORDS not in admin.get(f"/berkas/{first}").main
    assert "belum ada langkah sebelumnya yang selesai" in admin.get(f"/tugas/{task}/mundurkan").main
    assert WORDS not in walker.as_user("blitar.kasubbag").get(f"/berkas/{second}").main


def test_who_is_too_late_keeps_the_reason(app: Flask, admin: Visitor, case: UUID) -> None:
    address = asked(admin, case)
    with app.app_context():
        Player().complete(case, "row_07")

    answer = admin.post(address, {"langkah": "row_05", "alasan": REASON})

    assert (answer.status, REASON in answer.main) == (409, True)
