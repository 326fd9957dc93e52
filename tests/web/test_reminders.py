"""What people are told of due dates: said on the page of an SOP, settled by its analyst, seen in the news."""

import pytest
from flask import Flask

from service import reminders
from tests.answers import BLITAR
from tests.test_reminders import ELEMENT, at
from tests.walking import Page, Player, Visitor, Walker

TYPED = {"is_on": "1", "ahead": "4", "ahead_unit": "jam", "when_late": "1", "every": "1", "times": "2",
         "escalate_after": "0"}  # fmt: skip
PAGE = f"/sop/{BLITAR}/pengingat"


@pytest.fixture
def analyst(walker: Walker) -> Visitor:
    visitor = walker.as_user("analis")
    visitor.post("/jabatan", {"office": "blitar"})
    return visitor


def settled(page: Page) -> list[str]:
    return [" ".join(item.text_content().split()) for item in page.tree.xpath("//section[@id='pengingat']//li")]


def test_everybody_reads_what_is_told_and_the_analyst_settles_it(walker: Walker, analyst: Visitor) -> None:
    before = walker.as_user("blitar.jfu").get(f"/sop/{BLITAR}")
    assert settled(before) == [
        "Pemegang tugas diingatkan 1 hari kerja sebelum tenggat.",
        "Pemegang tugas diingatkan ketika tenggatnya lewat, lalu setiap 2 hari kerja, paling banyak 3 kali.",
        "Atasan terdekat diberi tahu bila tenggat sudah lewat 3 hari kerja.",
    ]
    assert not before.tree.xpath(f"//a[@href='{PAGE}']")

    saved = analyst.post(PAGE, TYPED)

    assert (saved.status, saved.location) == (303, f"/sop/{BLITAR}")
    assert settled(analyst.get(f"/sop/{BLITAR}")) == [
        "Pemegang tugas diingatkan 4 jam kerja sebelum tenggat.",
        "Pemegang tugas diingatkan ketika tenggatnya lewat, lalu setiap 1 hari kerja, paling banyak 2 kali.",
    ]
    shown = analyst.get(PAGE).tree
    assert [shown.xpath(f"//input[@id='{name}']/@value")[0] for name in ("ahead", "every", "times")] == ["4", "1", "2"]
    assert shown.xpath("//select[@id='ahead_unit']/option[@selected]/@value") == ["jam"]

    analyst.post(PAGE, {name: text for name, text in TYPED.items() if name != "is_on"})
    assert "Tidak ada yang diingatkan tentang tenggat SOP ini." in analyst.get(f"/sop/{BLITAR}").main


@pytest.mark.parametrize(
    ("field", "text"), [("ahead", "31"), ("times", "-1"), ("every", "dua"), ("ahead_unit", "minggu"), ("ahead", "")]
)
def test_what_cannot_be_is_refused_beside_its_field(analyst: Visitor, field: str, text: str) -> None:
    refused = analyst.post(PAGE, TYPED | {field: text})

    assert refused.status == 422
    assert refused.tree.xpath(f"//*[@id='{field}'][@aria-invalid='true']")
    assert refused.tree.xpath(f"//p[@id='{field}-salah']")
    assert "Tidak ada yang disimpan" in refused.main
    assert len(settled(analyst.get(f"/sop/{BLITAR}"))) == 3


def test_the_news_lead_to_the_task_and_the_one_above_to_the_case(app: Flask, walker: Walker) -> None:
    with app.app_context():
        player = Player()
        case = player.reach(BLITAR, ELEMENT)
        task = player.task(case, ELEMENT).id
        assert reminders.remind("blitar", at("6 09.00")) == 2

    late = walker.as_user("blitar.sekretaris").get("/pemberitahuan")
    above = walker.as_user("blitar.kadis").get("/pemberitahuan")

    assert "Lewat waktu" in late.main
    assert f"/tugas/{task}" in late.tree.xpath("//ol//a/@href")
    assert "Perlu perhatian atasan" in above.main
    assert f"/berkas/{case}" in above.tree.xpath("//ol//a/@href")
    log = walker.as_user("blitar.kadis").get(f"/berkas/{case}").main
    assert "Sistem memberi tahu Kepala Dinas sebagai atasan bahwa tenggat langkah 3" in log
