from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests import answers
from tests.browser.people import Person
from tests.conftest import on_sqlite

MAIN = answers.BLITAR
Seat = Callable[..., Person]
Picture = Callable[[Page, str], Path]
PICTURED = ("row_03", "row_04_bidang", "row_09")
"""The fullest forms."""
REASON = "Realisasi indikator 2 belum sama dengan bukti dukung. Mohon diperbaiki."


@on_sqlite
def test_blitar_runs_with_one_return_as_the_real_people(person: Seat, picture: Picture) -> None:
    kadis, sekretaris, kasubbag, jfu = (person(f"blitar.{key}") for key in ("kadis", "sekretaris", "kasubbag", "jfu"))
    title = answers.for_element(MAIN, "mulai")["judul"]

    def do(somebody: Person, task: str, element: str, button: str = "Kirim", **variant: object) -> None:
        somebody.open(task)
        somebody.fill(MAIN, element, **variant)
        if element in PICTURED:
            picture(somebody.page, f"sop-{element}")
        somebody.send(button)

    kadis.start(MAIN)
    do(kadis, "Menerbitkan disposisi awal", "row_01")
    do(sekretaris, "Menghadiri rapat persiapan data", "row_02")
    do(sekretaris, "Mengirim nota permintaan ke Bidang", "row_03")
    do(kasubbag, "Menugaskan penghimpunan data Bidang", "row_04")
    for unit in answers.units(MAIN):
        holder = sekretaris if unit == "sekretariat" else person(f"blitar.{unit}", 360)
        do(holder, "Mengisi data Bidang", "row_04_bidang", unit=unit)
    do(jfu, "Mengolah data yang masuk", "row_05")
    do(kasubbag, "Menelaah data terkumpul", "row_06", "Sesuai")
    do(kasubbag, "Menyusun draf dokumen", "row_07")
    do(kasubbag, "Mengajukan draf ke Sekretaris", "row_08")

    sekretaris.open("Memeriksa draf dan memutuskan")
    picture(sekretaris.page, "sop-review")
    sekretaris.give_back(REASON)

    kasubbag.page.goto(f"{kasubbag.site}/tugas")
    expect(kasubbag.page.get_by_text(REASON)).to_be_visible()
    picture(kasubbag.page, "inbox-returned")
    do(kasubbag, "Menyusun draf dokumen", "row_07", round_number=2)
    do(kasubbag, "Mengajukan draf ke Sekretaris", "row_08", round_number=2)
    do(sekretaris, "Memeriksa draf dan memutuskan", "row_09", "Setuju", round_number=2)
    do(kadis, "Mengesahkan dan menandatangani dokumen", "row_10", "Setuju")
    do(sekretaris, "Menginstruksikan pengiriman naskah final", "row_11")
    do(jfu, "Mencatat laporan dalam agenda", "row_12")
    do(kasubbag, "Menginstruksikan distribusi ke OPD peminta", "row_13")
    do(jfu, "Menggandakan dan mengirim laporan", "row_14")
    do(jfu, "Mengarsipkan berkas cetak dan digital", "row_15")

    auditor = person("auditor")
    auditor.act_for("Dinas Sosial Kabupaten Blitar")
    auditor.page.get_by_role("link", name="Berkas").first.click()
    auditor.page.get_by_role("link", name=str(title)).click()
    expect(auditor.page.get_by_text("Berkas selesai")).to_be_visible()
    expect(auditor.page.locator("#langkah").get_by_text("Selesai, putaran 2")).to_have_count(3)
    expect(auditor.page.get_by_text(REASON).first).to_be_attached()
    picture(auditor.page, "case-ended")
    auditor.page.get_by_role("link", name="Buka diagram BPMN").click()
    expect(auditor.page.locator(".djs-shape").first).to_be_visible()
    picture(auditor.page, "case-diagram")
