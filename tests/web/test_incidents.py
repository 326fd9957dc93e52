"""A case that stands still: what everybody reads, and how the admin of the office lets it go on."""

import contextlib
import re
from collections.abc import Callable
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from service import externals, messages
from service.engine.state import MOST_DATA
from service.engine.workflow import Message
from service.errors import EngineFailed
from service.externals import Failing
from service.models import Draft, Incident, Waiting, db
from tests import stage
from tests.answers import RENSTRA
from tests.drafting import Sketch, message, timer
from tests.queries.test_waits import BROKEN, CATCH, ROOTS, SERVICE
from tests.stage import Demo
from tests.test_incidents import TABLES, deploy_with, failed
from tests.walking import Page, Player, Visitor, Walker, said

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


def test_a_correction_that_came_too_late_is_given_back(app: Flask, case: UUID) -> None:
    visitor, address = admin_of(app, "banggai"), address_of(app, case)
    sent = {"nilai.tahun": '"2027"', "alasan": REASON}
    visitor.post(address, sent)

    late = visitor.post(address, sent)

    assert late.status == 409
    assert [(said(typed), said(typed.getprevious())) for typed in late.tree.find_class("typed")] == [
        ('"2027"', "tahun"),
        (REASON, "Alasan"),
    ]


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


def test_what_nobody_typed_into_stays_folded_away(app: Flask, case: UUID, admin: Visitor) -> None:
    def folded(page: Page) -> list[str]:
        return [str(name) for name in page.tree.xpath("//form[@id='perbaikan']//details//textarea/@name")]

    shown = admin.get(address_of(app, case))
    sent = dict(shown.controls("perbaikan")) | {"nilai.tahun": "dua ribu", "nilai.hal": '"Pemantauan"'}

    page = admin.post(address_of(app, case), sent)

    assert page.status == 422
    assert folded(page) == [name for name in folded(shown) if name != "nilai.hal"]


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


def test_a_plain_retry_that_fails_again_speaks_of_no_corrections(app: Flask, case: UUID, admin: Visitor) -> None:
    page = admin.post(address_of(app, case), {"nilai.tahun": " ", "alasan": ""})

    assert page.status == 409
    assert "Masih gagal." in page.main
    assert "Perbaikan belum disimpan" not in page.main


def test_a_solved_incident_has_no_page_any_more(app: Flask, case: UUID, admin: Visitor) -> None:
    address = address_of(app, case)
    admin.post(address, {"nilai.tahun": '"2027"', "alasan": REASON})

    pages = [admin.get(address), admin.post(address, {"nilai.tahun": '"2026"', "alasan": REASON})]

    assert [(page.status, page.title) for page in pages] == [(409, "Gangguan ini sudah selesai")] * 2
    for page in pages:
        assert "muat ulang" not in page.main
        assert page.tree.xpath(f"//main//a[@href='/berkas/{case}']")


def test_what_was_typed_is_shown_as_text(app: Flask, case: UUID, admin: Visitor) -> None:
    hostile = "</textarea><script>alert(1)</script>"

    page = admin.post(address_of(app, case), {f"nilai.{hostile}": hostile, "alasan": hostile})

    assert page.status == 422
    assert "<script>alert" not in page.response.text
    assert control(page, "alasan") == hostile


# Acts of nobody -------------------------------------------------------------------------------------

NAMED_GATEWAY = BROKEN.replace('<bpmn:exclusiveGateway id="pilih"', '<bpmn:exclusiveGateway id="pilih" name="Lengkap?"')
BY_SIGNAL = '<bpmn:signalEventDefinition signalRef="s"/>'


def by_message(sketch: Sketch) -> None:
    with contextlib.suppress(EngineFailed):
        messages.send(sketch.actor("admin", "blitar"), Message("jawaban", "", {"nilai": "2"}), sketch.now)


def by_signal(sketch: Sketch) -> None:
    messages.broadcast(sketch.actor("admin", "blitar"), "tutup buku", {"nilai": "2"}, sketch.now)


def by_worker(sketch: Sketch) -> None:
    wait = db.session.scalars(select(Waiting.id)).one()
    with contextlib.suppress(EngineFailed):
        externals.complete(sketch.actor("admin", "blitar"), wait, {"nilai": "2"}, sketch.now)


def by_worker_error(sketch: Sketch) -> None:
    wait = db.session.scalars(select(Waiting.id)).one()
    with contextlib.suppress(EngineFailed):
        externals.end_with_error(sketch.actor("admin", "blitar"), wait, "RUSAK", {}, sketch.now)


def by_failure(sketch: Sketch) -> None:
    wait = db.session.scalars(select(Waiting.id)).one()
    externals.fail(sketch.actor("admin", "blitar"), wait, Failing("Layanan tidak menjawab."), sketch.now)


SERVED = NAMED_GATEWAY.replace(CATCH.format("jawab", "", message()), SERVICE.replace('"hitung"', '"jawab"'))
FAILING: dict[str, tuple[str, Callable[[Sketch], object], str, str, str, int]] = {
    "message": (BROKEN, by_message, "pesan “jawaban”", "pesan “jawaban”", "Coba lagi", 303),
    "named gateway": (NAMED_GATEWAY, by_message, "“Lengkap?”", "pesan “jawaban”", "Coba lagi", 303),
    "signal": (BROKEN.replace(message(), BY_SIGNAL), by_signal, "sinyal “tutup buku”", "sinyal “tutup buku”",
               "Coba lagi", 303),
    "timer": (BROKEN.replace(message(), timer("timeDuration", "P1D")), lambda sketch: sketch.later(days=2),
              "waktu yang ditetapkan", "waktu yang ditetapkan", "Coba lagi", 303),
    "external": (SERVED, by_worker, "“Lengkap?”", "layanan “nilai”", "Coba lagi", 303),
    "error": (SERVED, by_worker_error, "“Menghitung nilai”", "layanan “nilai”", "Coba lagi", 409),
    "failed": (SERVED, by_failure, "“Menghitung nilai”", "layanan “nilai”", "Tawarkan lagi kepada layanan", 303),
}  # fmt: skip


@pytest.mark.parametrize(
    ("diagram", "fail", "place", "failed", "button", "status"), FAILING.values(), ids=list(FAILING)
)
def test_what_no_person_did_fails_and_is_tried_again_like_a_task(
    app: Flask, diagram: str, fail: Callable[[Sketch], object], place: str, failed: str, button: str, status: int
) -> None:
    with app.app_context():
        sketch = Sketch()
        sketch.deploy(diagram, roots=ROOTS)
        case = sketch.begin()
        fail(sketch)
    visitor = admin_of(app, "blitar")
    address = address_of(app, case)

    shown, page = visitor.get(f"/berkas/{case}"), visitor.get(address)

    assert f"{SENTENCE} pada {place} " in shown.main
    assert f"Yang gagal: {failed}." in shown.main
    assert f"Gangguan pada {place} " in page.main
    assert f"Yang gagal: {failed}." in page.main
    assert said(page.tree.get_element_by_id("perbaikan").find_class("btn-primary")[0]) == button
    assert visitor.post(address, {"nilai.nilai": '"1"', "alasan": REASON}).status == status


def test_a_correction_that_is_too_large_keeps_what_was_typed(app: Flask) -> None:
    filling = {f"besar{number}": "x" * 20_000 for number in range((MOST_DATA - 5_000) // 20_000)}
    with app.app_context():
        sketch = Sketch()
        sketch.deploy(BROKEN, roots=ROOTS)
        case = sketch.begin()
        with contextlib.suppress(EngineFailed):
            message_values = {"nilai": "2", **filling}
            messages.send(sketch.actor("admin", "blitar"), Message("jawaban", "", message_values), sketch.now)
    typed = {"nilai.nilai": '"1"', "nilai.jumlah": f'"{"y" * 19_900}"', "nilai.daftar": f'"{"z" * 19_900}"'}
    visitor, address = admin_of(app, "blitar"), address_of(app, case)
    before = stage.rows(app, TABLES)

    page = visitor.post(address, {**typed, "alasan": REASON})

    assert page.status == 422
    assert "Perbaikan belum disimpan: data berkas menjadi terlalu besar." in page.main
    assert {name: control(page, name) for name in typed} == typed
    assert control(page, "alasan") == REASON
    assert stage.rows(app, TABLES) == before


# The way there --------------------------------------------------------------------------------------


def test_an_admin_finds_the_cases_that_stand_still_from_every_page(app: Flask, case: UUID, admin: Visitor) -> None:
    def entry(page: Page) -> tuple[str, bool]:
        (link,) = page.tree.xpath("//nav[@class='nav-main']//a[@href='/berkas?keadaan=incident']")
        return said(link), link.get("aria-current") == "page"

    assert entry(admin.get("/sop")) == ("Gangguan 1 terbuka", False)
    assert entry(admin.get("/berkas?keadaan=incident")) == ("Gangguan 1 terbuka", True)
    assert entry(admin.get(address_of(app, case))) == ("Gangguan 1 terbuka", True)
    admin.post(address_of(app, case), {"nilai.tahun": '"2027"', "alasan": REASON})
    assert entry(admin.get("/sop")) == ("Gangguan", False)
    assert entry(admin_of(app, "blitar").get("/sop")) == ("Gangguan", False)


@pytest.mark.usefixtures("case")
def test_nobody_else_has_that_entry_or_pays_for_it(app: Flask, admin: Visitor) -> None:
    def counting(visitor: Visitor) -> int:
        with stage.statements(app) as ran:
            page = visitor.get("/sop")
        links = page.tree.xpath("//nav[@class='nav-main']//a[contains(@href, 'incident')]")
        asked = [statement for statement in ran if "instance.incident !=" in statement]
        assert len(links) == len(asked)
        return len(asked)

    assert [counting(Visitor(app, user)) for user in ("banggai.sekretaris", "auditor", "analis")] == [0, 0, 0]
    assert counting(admin) == 1
