"""A case that stands still: what everybody reads, and how the admin of the office lets it go on."""

import re
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from service.models import Draft, Incident, db
from tests import stage
from tests.answers import RENSTRA
from tests.stage import Demo
from tests.test_incidents import TABLES, deploy_with, failed
from tests.walking import Page, Player, Visitor, Walker

REASON = "Tahun pada permintaan salah ketik."
SENTENCE = "Berkas berhenti karena gangguan"


@pytest.fixture
def case(app: Flask, demo: Demo) -> UUID:
    with app.app_context():
        player = Player()
        return demo.scene("approval failed", lambda: (failed(player), player.now))[0]


@pytest.fixture
def admin(app: Flask, case: UUID) -> Visitor:  # noqa: ARG001 - the case is there before anybody looks
    return admin_of(app, "banggai")


def admin_of(app: Flask, office: str) -> Visitor:
    visitor = Visitor(app, "admin")
    visitor.post("/jabatan", {"office": office})
    return visitor


def address_of(app: Flask, case: UUID) -> str:
    with app.app_context():
        return f"/gangguan/{db.session.scalars(select(Incident.id).where(Incident.instance_id == case)).one()}"


def control(page: Page, name: str) -> str:
    return dict(page.controls("perbaikan"))[name]


def test_a_case_stands_still_is_corrected_and_goes_on(app: Flask, walker: Walker) -> None:
    with app.app_context():
        player = Player()
        deploy_with(player, 'if catatan_penyerahan = null then "belum ada" else true')
        case = player.reach(RENSTRA, "row_09")
        raw = player.answers(player.task(case, "row_09"))
    secretary = walker.as_user("banggai.sekretaris")
    (entry,) = secretary.inbox()

    stopped = secretary.complete(entry.address, raw)

    assert (stopped.status, stopped.title) == (409, SENTENCE)
    assert "isian Anda tersimpan sebagai draf dan tugas tetap terbuka" in stopped.main
    assert "tampak bagi admin kantor" in stopped.main
    assert stopped.tree.xpath(f"//main//a[@href='/berkas/{case}']")
    assert secretary.get(entry.address).status == 200
    with app.app_context():
        assert db.session.scalars(select(Draft.answers)).one()["keputusan"] == "setuju"

    visitor = admin_of(app, "banggai")
    listed = visitor.get("/berkas?keadaan=incident")
    assert [link.get("href") for link in listed.tree.find_class("what")] == [f"/berkas/{case}"]
    (address,) = visitor.get(f"/berkas/{case}").tree.xpath("//a[starts-with(@href, '/gangguan/')]/@href")
    assert address == address_of(app, case)
    assert "Sekarang: (kosong)" in visitor.get(address).main

    done = visitor.post(address, {"nilai.catatan_penyerahan": '"Lewat kurir."', "alasan": REASON})

    assert (done.status, done.location) == (303, f"/berkas/{case}")
    page = visitor.get(done.location)
    assert SENTENCE not in page.main
    history = page.said_in("riwayat")
    assert "Admin memperbaiki data berkas" in history
    assert REASON in history
    assert 'catatan_penyerahan null → "Lewat kurir."' in history
    assert "Admin mencoba lagi langkah 9, " in history
    assert [entry.step for entry in secretary.inbox()] == [10]
    assert visitor.get("/berkas?keadaan=incident").tree.find_class("what") == []


@pytest.mark.parametrize("user", ["banggai.kasubag", "banggai.sekretaris", "banggai.bidang1", "auditor", "analis"])
def test_everybody_sees_why_a_case_stands_still_and_nobody_else_may_correct(app: Flask, case: UUID, user: str) -> None:
    visitor = Visitor(app, user)
    visitor.post("/jabatan", {"office": "banggai"})
    address = address_of(app, case)
    before = stage.rows(app, TABLES)

    page = visitor.get(f"/berkas/{case}")
    asked, sent = visitor.get(address), visitor.post(address, {"nilai.tahun": '"2027"', "alasan": REASON})

    assert f"{SENTENCE} pada " in page.main
    assert "Syarat cabang tidak menghasilkan ya atau tidak." in page.main
    assert "Admin kantor memperbaiki datanya dan mencoba lagi." in page.main
    assert page.tree.xpath("//a[starts-with(@href, '/gangguan/')]") == []
    assert not re.search(r"EngineFailed|Error:|Traceback", page.main)
    assert (asked.status, sent.status) == (403, 403)
    assert stage.rows(app, TABLES) == before


def test_another_office_knows_nothing_of_it(app: Flask, case: UUID) -> None:
    visitor, address = admin_of(app, "blitar"), address_of(app, case)
    before = stage.rows(app, TABLES)

    pages = [visitor.get(address), visitor.post(address, {"nilai.tahun": '"2027"', "alasan": REASON})]

    assert [page.status for page in pages] == [404, 404]
    assert visitor.get("/berkas?keadaan=incident").tree.find_class("what") == []
    assert stage.rows(app, TABLES) == before


JSON_ASKED = "Tulis teks di antara tanda kutip, angka dengan titik, true atau false, atau daftar di antara [ dan ]."
WRONG = [
    ({"nilai.disetujui": "true"}, {"nilai.disetujui": "Data ini tidak ada pada berkas."}),
    ({"nilai.tahun": "dua ribu"},
     {"nilai.tahun": JSON_ASKED}),
    ({"nilai.tahun": "null"}, {"nilai.tahun": "Isi dengan teks, angka, true atau false, atau daftar."}),
    ({"nilai.tahun": "NaN"}, {"nilai.tahun": "Angka terlalu besar."}),
    ({"nilai.tahun": '"\\u0000"'}, {"nilai.tahun": "Ada huruf yang tidak dapat disimpan. Ketik ulang."}),
    ({"nilai.tahun": f'"{"x" * 20_000}"'}, {"nilai.tahun": "Paling banyak 20.000 huruf."}),
    ({"nilai.tahun": "[" * 9 + "]" * 9}, {"nilai.tahun": "Daftar bertingkat lebih dari 8."}),
    ({"nilai.berkas_draf": '[{"id": "1", "name": "a", "size": 1}]'},
     {"nilai.berkas_draf": "Ini bukan lampiran dari berkas ini."}),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "said"), WRONG, ids=lambda value: str(value)[:50])
def test_a_wrong_correction_comes_back_with_a_sentence(
    app: Flask, case: UUID, admin: Visitor, typed: dict[str, str], said: dict[str, str]
) -> None:
    before = stage.rows(app, TABLES)

    page = admin.post(address_of(app, case), {**typed, "alasan": REASON})

    assert (page.status, page.mistakes) == (422, said)
    assert control(page, "alasan") == REASON
    assert {name: control(page, name) for name in typed} == typed
    assert stage.rows(app, TABLES) == before


def test_a_correction_without_a_reason_keeps_what_was_typed(app: Flask, case: UUID, admin: Visitor) -> None:
    before = stage.rows(app, TABLES)

    page = admin.post(address_of(app, case), {"nilai.tahun": '"2027"', "alasan": "  "})

    assert (page.status, list(page.mistakes)) == (422, ["alasan"])
    assert control(page, "nilai.tahun") == '"2027"'
    assert stage.rows(app, TABLES) == before


def test_what_fails_again_says_so_and_keeps_what_was_typed(app: Flask, case: UUID, admin: Visitor) -> None:
    page = admin.post(address_of(app, case), {"nilai.tahun": '"2028"', "alasan": REASON})

    assert page.status == 409
    assert "Masih gagal. Perbaikan belum disimpan." in page.main
    assert "dicoba 2 kali" in page.main
    assert (control(page, "nilai.tahun"), control(page, "alasan")) == ('"2028"', REASON)
    assert 'Sekarang: "2026"' in page.main


def test_a_solved_incident_has_no_page_any_more(app: Flask, case: UUID, admin: Visitor) -> None:
    address = address_of(app, case)
    admin.post(address, {"nilai.tahun": '"2027"', "alasan": REASON})

    pages = [admin.get(address), admin.post(address, {"nilai.tahun": '"2026"', "alasan": REASON})]

    assert [(page.status, page.title) for page in pages] == [(409, "Berkas ini berubah sementara itu")] * 2


def test_what_was_typed_is_shown_as_text(app: Flask, case: UUID, admin: Visitor) -> None:
    hostile = "</textarea><script>alert(1)</script>"

    page = admin.post(address_of(app, case), {f"nilai.{hostile}": hostile, "alasan": hostile})

    assert page.status == 422
    assert "<script>alert" not in page.response.text
    assert control(page, "alasan") == hostile
