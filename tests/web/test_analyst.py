"""The pages of the analyst: SOPs as they are deployed, and uploads that are taken or told apart."""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from service import demo, deployments, identity, releases
from service.deployments import File
from service.engine.assignment import Role
from service.identity import NewPerson
from tests import answers, stage
from tests.answers import BLITAR, NGANJUK, RENSTRA, WRONG_DATA
from tests.drafting import OFFICE, Sketch, message, signal, timer
from tests.engine import drawing
from tests.racing import Race
from tests.walking import Page, Player, Visitor, Walker, said

DEFINITIONS = ("definition", "definition_form")


def test_the_identity_sheet_writes_its_dates_as_people_do(walker: Walker) -> None:
    page = walker.as_user("nganjuk.kadis").get(f"/sop/{NGANJUK}")

    assert "Tanggal pembuatan 19 September 2019" in page.said_in("identitas")


Upload = Callable[[list[File]], Page]


@pytest.fixture
def analyst(walker: Walker) -> Visitor:
    """Seat the analyst at the office of Nganjuk."""
    visitor = walker.as_user("analis")
    visitor.post("/jabatan", {"office": "nganjuk"})
    return visitor


@pytest.fixture
def upload(analyst: Visitor) -> Upload:
    def upload(files: list[File]) -> Page:
        return analyst.post("/sop/unggah", {}, [("berkas", file.name, file.content) for file in files])

    return upload


def changed(old: str, new: str, process: str = NGANJUK) -> list[File]:
    files = [File(file.name, file.content.replace(old.encode(), new.encode())) for file in demo.drafts(process)]
    assert [file.content for file in files] != [file.content for file in demo.drafts(process)]
    return files


# Reading --------------------------------------------------------------------------------------------


def test_the_list_shows_what_runs_on_each_process(app: Flask, walker: Walker) -> None:
    with app.app_context():
        Player().start(BLITAR)

    page = walker.as_user("blitar.jfu").get("/sop")

    links = {str(one) for one in page.tree.xpath("//main//a/@href")}
    assert {f"/sop/{BLITAR}", f"/sop/{WRONG_DATA}"} <= links
    assert "1 berkas berjalan, 0 selesai" in page.main
    assert "/sop/unggah" not in links


@pytest.mark.parametrize("process", answers.FORMS)
def test_a_process_page_shows_the_table_of_the_sop(walker: Walker, process: str) -> None:
    page = walker.as_user(f"{answers.office(process)}.kadis").get(f"/sop/{process}")

    rows = page.tree.xpath("//*[@id='tabel']//tbody/tr")
    printed = [said(row.find_class("what")[0]) for row in rows if "tambahan" not in said(row)]
    assert printed == [row["label_id"] for _, row in sorted(stage.facts(process).items())]
    assert page.tree.xpath("//svg[@role='img']")
    assert "Versi 1 terpasang" in page.main


def test_the_diagram_is_given_as_it_was_deployed(walker: Walker) -> None:
    visitor = walker.as_user("nganjuk.bidang1")

    view = visitor.get(f"/sop/{NGANJUK}/diagram?versi=1")
    (address,) = view.tree.xpath("//@data-bpmn-url")
    answer = visitor.client.get(address)

    assert answer.data == demo.drafts(NGANJUK)[0].content
    assert answer.mimetype == "application/xml"
    assert answer.headers["Content-Disposition"] == f"attachment; filename={NGANJUK}.bpmn"


def test_a_start_is_offered_to_who_may(walker: Walker) -> None:
    offered = {
        user: bool(
            walker.as_user(user).get(f"/sop/{NGANJUK}").tree.xpath(f"//main//a[contains(@href, '/mulai/{NGANJUK}?')]")
        )
        for user in ("nganjuk.sekretaris", "nganjuk.kasubbag")
    }

    assert offered == {"nganjuk.sekretaris": True, "nganjuk.kasubbag": False}


# Uploading ------------------------------------------------------------------------------------------


def test_a_new_version_is_stored_and_told(app: Flask, analyst: Visitor, upload: Upload) -> None:
    with app.app_context():
        Player().start(NGANJUK)

    stored = upload(changed("Merekap data terkumpul", "Merekap data"))

    assert stored.status == 200
    assert "Unggahan diterima" in stored.main
    assert "versi 2 terpasang. Berkas yang sedang berjalan tetap memakai versinya." in stored.main
    page = analyst.get(f"/sop/{NGANJUK}")
    versions = [said(one) for one in page.tree.xpath("//*[@id='versi']//li")]
    assert [one.split(" sejak")[0] for one in versions] == ["Versi 2 terpasang", "Versi 1"]
    assert "menjadi “Merekap data”" in versions[0]
    assert "0 berkas berjalan, 0 selesai" in versions[0]
    assert "1 berkas berjalan, 0 selesai" in versions[1]


def test_versions_are_told_twenty_at_a_time_and_cases_of_all_are_counted(app: Flask, walker: Walker) -> None:
    with app.app_context():
        sketch = Sketch()
        for number in range(1, 23):
            lines = drawing.line("mulai", f"isi{number}", "selesai")
            sketch.deploy(drawing.process(drawing.start(), drawing.task(f"isi{number}"), drawing.end(), lines))
            if number == 1:
                sketch.begin()
    reader = walker.as_user("blitar.kadis")

    newest = reader.get(f"/sop/{sketch.key}")
    (later,) = newest.tree.xpath("//*[@id='versi']//a[@rel='next']/@href")
    oldest = reader.get(later)

    assert [_told(page)[0] for page in (newest, oldest)] == ["Versi 22 terpasang", "Versi 2"]
    assert [len(_told(page)) for page in (newest, oldest, reader.get(f"/sop/{sketch.key}?hal=9"))] == [20, 2, 2]
    assert ["Versi 22 terpasang 1 berkas berjalan" in page.main for page in (newest, oldest)] == [True, True]


def _told(page: Page) -> list[str]:
    """Return which versions a page tells of."""
    return [said(one).split(" sejak")[0] for one in page.tree.xpath("//*[@id='versi']//ul[1]/li")]


def test_the_same_files_again_change_nothing(app: Flask, upload: Upload) -> None:
    before = stage.rows(app, DEFINITIONS)

    stored = upload(demo.drafts(NGANJUK))

    assert stored.status == 200
    assert "sama dengan versi 1, tidak ada yang diubah." in stored.main
    assert stage.rows(app, DEFINITIONS) == before


BROKEN: list[tuple[str, Callable[[], list[File]], list[str]]] = [
    ("nothing", list, ["Unggahan ini tidak memuat diagram BPMN."]),
    ("no XML", lambda: [File("a.bpmn", b"bukan xml")], ["Berkas ini bukan XML yang utuh.", "not-xml", "a.bpmn"]),
    ("no BPMN", lambda: [File("a.bpmn", b"<html/>")], ["Berkas ini XML, tetapi bukan diagram BPMN 2.0.", "not-bpmn"]),
    ("a DOCTYPE", lambda: [File("a.bpmn", b"<!DOCTYPE a><a/>")], ["Diagram tidak boleh memuat DOCTYPE."]),
    (
        "not executable",
        lambda: changed('isExecutable="true"', 'isExecutable="false"'),
        ["Diagram harus memuat tepat satu proses yang dapat dijalankan (isExecutable).", "not-executable"],
    ),
    (
        "a missing form",
        lambda: changed('formRef="penugasan"', 'formRef="tidak_ada"'),
        [
            "Langkah 2, Menugaskan staf memenuhi permintaan",
            "Formulir tidak_ada tidak ada dalam unggahan ini.",
            "Perbaikan: Unggah tidak_ada.form bersama diagram.",
            "row_02",
            "form-missing",
        ],
    ),
    (
        "a bad condition",
        lambda: changed('keputusan = "setuju"', "keputusan = = 1", RENSTRA),
        ["Keputusan, Konsep sudah benar?", "tidak dapat dibaca", "gw_09", "condition-invalid"],
    ),
    (
        "an unsupported component",
        lambda: [
            *demo.drafts(NGANJUK),
            File("a.form", b'{"type":"default","id":"a","components":[{"type":"iframe","id":"peta","key":"peta"}]}'),
        ],
        ["Komponen bingkai (iframe) tidak didukung.", "peta", "component-unsupported", "a.form"],
    ),
    (
        "a process that is not there",
        lambda: demo.drafts(BLITAR),
        ["SOP Jika Terdapat Data Salah", "SOP terkait blitar_data_salah belum ada di kantor ini.", "call-missing"],
    ),
    ("another kind of file", lambda: [File("a.exe", b"MZ")], ["Hanya berkas .bpmn, .dmn, dan .form yang diterima."]),
]


@pytest.mark.parametrize(
    ("files", "told"), [(files, told) for _, files, told in BROKEN], ids=[name for name, *_ in BROKEN]
)
def test_a_refused_upload_lists_its_problems_and_stores_nothing(
    app: Flask, upload: Upload, files: Callable[[], list[File]], told: list[str]
) -> None:
    before = stage.rows(app, DEFINITIONS)

    refused = upload(stage.adopted(files(), "nganjuk"))

    assert refused.status == 422
    assert "Unggahan ditolak: 1 kesalahan" in refused.main
    assert "Tidak ada yang disimpan." in refused.main
    (problem,) = refused.tree.xpath("//ol[@class='problems']/li")
    assert [text for text in told if text not in said(problem)] == []
    assert stage.rows(app, DEFINITIONS) == before


def three_kinds() -> list[File]:
    """Return an SOP with an error, a warning, and something that is put right."""
    files = changed('formRef="penugasan"', 'formRef="tidak_ada"')
    repairs = ((b'targetRef="row_02"', b'targetRef=" row_02 "'), (b'"sop.waktu"', b'"sop.waktuu"'))
    for old, new in repairs:
        files = [File(file.name, file.content.replace(old, new, 1)) for file in files]
    return files


def listed(page: Page) -> list[tuple[str, ...]]:
    """Return chip, head, sentence and technical line of each problem."""
    return [
        (said(one.find_class("chip")[0]), said(one.find(".//h3")), said(one.find_class("small")[0]),
         said(one.find_class("where")[0]))
        for one in page.tree.xpath("//ol[@class='problems']/li")
    ]  # fmt: skip


def test_the_gravest_problem_comes_first_each_with_its_word_line_place_and_fix(upload: Upload) -> None:
    refused = upload(three_kinds())

    assert "Unggahan ditolak: 1 kesalahan, 1 peringatan, 1 catatan" in refused.main
    found = listed(refused)
    assert [chip for chip, *_ in found] == ["Kesalahan", "Peringatan", "Catatan"]
    assert [place for _, place, *_ in found][:2] == [
        "Langkah 2, Menugaskan staf memenuhi permintaan",
        "Langkah 1, Meneruskan permintaan data kinerja",
    ]
    assert all(re.match(r"baris \d+ · ", where) for *_, where in found)
    assert refused.main.count("Perbaikan:") >= 2


def test_problems_have_english_sentences_around_indonesian_names(analyst: Visitor, upload: Upload) -> None:
    analyst.post("/bahasa", {"locale": "en"})

    refused = upload(three_kinds())

    found = listed(refused)
    assert [chip for chip, *_ in found] == ["Error", "Warning", "Note"]
    assert found[0][2] == "The form tidak_ada is not part of this upload."
    assert all(re.match(r"line \d+ · ", where) for *_, where in found)
    assert found[0][1] == "Step 2, Menugaskan staf memenuhi permintaan"
    foreign = refused.tree.xpath("//ol[@class='problems']//*[@lang='id']")
    assert [said(one) for one in foreign] == [
        "Menugaskan staf memenuhi permintaan", "Meneruskan permintaan data kinerja", found[2][1].partition(", ")[2],
    ]  # fmt: skip
    assert [said(one) for one in refused.tree.find_class("fix")] == [
        "Repair: Upload tidak_ada.form together with the diagram.",
        "Repair: Fill in sop.waktu, P1D for example.",
        "Repair: Remove the white space from the reference.",
    ]


def test_what_was_put_right_is_told_with_what_was_stored(upload: Upload) -> None:
    taken = upload(changed('targetRef="row_02"', 'targetRef=" row_02 "'))

    assert taken.status == 200
    assert "Unggahan diterima: 1 catatan" in taken.main
    assert [chip for chip, *_ in listed(taken)] == ["Catatan"]


def test_problems_are_told_in_english_to_who_reads_english(analyst: Visitor, upload: Upload) -> None:
    analyst.post("/bahasa", {"locale": "en"})

    assert "Not well-formed XML" in upload([File("a.bpmn", b"<a")]).main


def test_all_problems_come_at_once(upload: Upload) -> None:
    files = [*changed('formRef="penugasan"', 'formRef="tidak_ada"'), File("b.bpmn", b"<b"), File("c.form", b"{")]

    refused = upload(files)

    assert "Unggahan ditolak: 3 kesalahan" in refused.main
    assert len(refused.tree.xpath("//ol[@class='problems']/li")) == 3


@pytest.mark.parametrize(
    "name", ["../../a.bpmn", "a\r\nb.bpmn", "<b>.bpmn", "a\u202e.bpmn", "x" * 300 + ".bpmn", ".bpmn"]
)
def test_an_odd_name_of_a_file_is_only_a_name(app: Flask, upload: Upload, name: str) -> None:
    before = stage.rows(app, DEFINITIONS)

    refused = upload([File(name, b"<a")])

    assert refused.status == 422
    assert refused.tree.xpath("//main//b[not(ancestor::p) and not(ancestor::div)]") == []
    assert stage.rows(app, DEFINITIONS) == before


@pytest.mark.parametrize("user", ["nganjuk.sekretaris", "auditor", "admin"])
def test_nobody_else_uploads(app: Flask, walker: Walker, user: str) -> None:
    before = stage.rows(app, DEFINITIONS)
    visitor = walker.as_user(user)

    refused = visitor.post(
        "/sop/unggah", {}, [("berkas", file.name, file.content) for file in changed("Merekap", "Rekap")]
    )

    assert (refused.status, visitor.get("/sop/unggah").status) == (403, 403)
    assert stage.rows(app, DEFINITIONS) == before


def test_a_case_goes_on_under_its_version_while_new_ones_take_the_newest(walker: Walker, upload: Upload) -> None:
    visitor = walker.as_user("nganjuk.sekretaris")
    first = visitor.start(NGANJUK, answers.for_element(NGANJUK, "mulai")).location
    upload(changed("Meneruskan permintaan data kinerja", "Meneruskan permintaan data"))
    second = visitor.start(NGANJUK, answers.for_element(NGANJUK, "mulai")).location

    pages = [visitor.get(address) for address in (first, second)]

    assert ["versi 1" in page.main for page in pages] == [True, False]
    assert ["versi 2" in page.main for page in pages] == [False, True]
    assert sorted(entry.title for entry in visitor.inbox()) == [
        "Meneruskan permintaan data",
        "Meneruskan permintaan data kinerja",
    ]


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (
            timer("timeCycle", "R/2027-01-04T08:00:00+07:00/P1M"),
            "SOP ini dimulai sendiri pada Senin, 4 Januari 2027 08.00",
        ),
        (message(), "SOP ini dimulai sendiri oleh pesan “data”"),
        (signal(), "SOP ini dimulai sendiri oleh sinyal “umum”"),
    ],
    ids=["timer", "message", "signal"],
)
def test_an_sop_tells_what_begins_it(app: Flask, walker: Walker, event: str, told: str) -> None:
    begin = drawing.start().replace("/>", f">{event}</bpmn:startEvent>")
    text = drawing.process(begin, drawing.task("isi"), drawing.end(), drawing.line("mulai", "isi", "selesai"))
    with app.app_context():
        Sketch().deploy(text, roots='<bpmn:message id="m" name="data"/><bpmn:signal id="s" name="umum"/>')

    assert told in walker.as_user("blitar.kadis").get("/sop/proses").main


# A second person ------------------------------------------------------------------------------------


def test_a_second_person_releases_what_an_analyst_uploaded(app: Flask, walker: Walker, upload: Upload) -> None:
    with app.app_context():
        new = NewPerson("analis2", "Analis Kedua", stage.PASSWORD, roles=[("nganjuk", Role.ANALYST)])
        identity.add_person(new, stage.MONDAY)
    admin = walker.as_user("admin")
    admin.post("/jabatan", {"office": "nganjuk"})
    assert admin.post("/sop/pelepasan", {"pelepasan": "ya"}).status == 303
    assert "Jangan wajibkan" in admin.get("/sop").main

    assert "versi 2 menunggu pelepasan oleh orang kedua" in upload(changed("Merekap data", "Merekap semua data")).main
    first, second = walker.as_user("analis"), walker.as_user("analis2")
    first.post("/jabatan", {"office": "nganjuk"})
    assert "Anda mengunggahnya, jadi analis lain yang melepasnya." in first.get(f"/sop/{NGANJUK}").main
    assert first.post(f"/sop/{NGANJUK}/versi/2/lepas").status == 403
    assert "Lepas versi 2" not in walker.as_user("nganjuk.kadis").get(f"/sop/{NGANJUK}").main

    assert "Lepas versi 2" in second.get(f"/sop/{NGANJUK}").main
    for reason, sentence in (
        ("", "Tuliskan alasan penolakan agar pengunggah tahu apa yang diperbaiki."),
        ("ok", "Alasan ini terlalu pendek. Tulis paling sedikit 5 huruf."),
    ):
        refused = second.post(f"/sop/{NGANJUK}/versi/2/tolak", {"alasan": reason})
        assert (refused.status, refused.mistakes) == (422, {"alasan": sentence})
    assert second.post(f"/sop/{NGANJUK}/versi/2/lepas").status == 303
    page = second.get(f"/sop/{NGANJUK}")
    assert "Versi 2 terpasang" in page.main
    assert "dilepas Analis Kedua" in page.main
    assert second.post(f"/sop/{NGANJUK}/versi/2/lepas").status == 409
    assert second.post(f"/sop/{NGANJUK}/versi/99/lepas").status == 404


def test_what_keeps_a_version_from_its_release_is_told(walker: Walker, sketch: Sketch) -> None:
    def drawn(key: str, called: str = "") -> str:
        middle = drawing.call("isi", called) if called else drawing.task("isi")
        parts = drawing.start(), middle, drawing.end(), drawing.line("mulai", "isi", "selesai")
        return drawing.process(*parts, key=key)

    second = NewPerson("analis2", "Analis Kedua", stage.PASSWORD, roles=[(OFFICE, Role.ANALYST)])
    identity.add_person(second, sketch.now)
    sketch.deploy(drawn("satu"), drawn("dua"))
    releases.require_second_person(sketch.actor("admin", OFFICE), needed=True)
    for drawings in ([drawn("satu", "dua")], [drawn("dua", "satu")], [drawn("tiga", "empat"), drawn("empat")]):
        sketch.deploy(*drawings)
    analyst = walker.as_user("analis2")

    released = analyst.post("/sop/satu/versi/2/lepas")
    circle = analyst.post("/sop/dua/versi/2/lepas")
    early = analyst.post("/sop/tiga/versi/1/lepas")

    assert [page.status for page in (released, circle, early)] == [303, 409, 409]
    assert "SOP lain yang dipanggilnya belum berlaku: empat." in early.main
    assert "memanggil dirinya sendiri lewat SOP lain yang berlaku" in circle.main


@pytest.mark.parametrize(
    ("attempts", "status", "said"),
    [(3, 200, "versi 2"), (1, 409, "berubah sementara itu. Unggah lagi berkas yang sama.")],
)
def test_an_upload_that_another_overtakes_finds_the_same_or_is_told_to_be_sent_again(
    upload: Upload, race: Race, monkeypatch: pytest.MonkeyPatch, attempts: int, status: int, said: str
) -> None:
    files = changed("Merekap data", "Merekap semua data")
    monkeypatch.setattr(deployments, "ATTEMPTS", attempts)

    page, _ = race.between(
        "UPDATE office",
        lambda _: upload(files),
        lambda player: deployments.deploy(player.actor("analis", "nganjuk"), files, player.now),
    )

    assert page.status == status
    assert said in page.main
    assert "versi 2" in upload(files).main


# Nobody starts it for now ----------------------------------------------------------------------------


def test_an_analyst_suspends_an_sop_and_activates_it_again(walker: Walker) -> None:
    analyst, head = walker.as_user("analis"), walker.as_user(stage.starter_of(NGANJUK))
    analyst.post("/jabatan", {"office": "nganjuk"})
    address = f"/sop/{NGANJUK}"
    assert "Tangguhkan versi 1" in analyst.get(address).main
    assert "Tangguhkan" not in head.get(address).main

    refused = analyst.post(f"{address}/versi/1/tangguhkan")
    sentence = "Tuliskan alasan penangguhan agar semua tahu mengapa SOP ini tidak dapat dimulai."
    assert (refused.status, refused.mistakes) == (422, {"alasan": sentence})
    refused = analyst.post(f"{address}/versi/1/tangguhkan", {"alasan": "ok"})
    sentence = "Alasan ini terlalu pendek. Tulis paling sedikit 5 huruf."
    assert (refused.status, refused.mistakes) == (422, {"alasan": sentence})
    (typed,) = refused.tree.xpath("//details[@open]//textarea")
    assert typed.text.strip() == "ok"
    assert analyst.post(f"{address}/versi/1/tangguhkan", {"alasan": "Formatnya diganti."}).status == 303
    assert analyst.get(address).messages == ["Versi 1 ditangguhkan. Berkas yang sedang berjalan diteruskan."]

    seen = head.get(address).main
    assert "Alasan: Formatnya diganti." in seen
    assert "Mulai SOP" not in seen
    assert "Aktifkan lagi" not in seen
    assert "Ditangguhkan" in head.get("/sop").main
    closed = head.get(f"/mulai/{NGANJUK}")
    assert (closed.status, "sampai analis mengaktifkannya lagi" in closed.main) == (409, True)

    assert analyst.post(f"{address}/versi/1/aktifkan").status == 303
    assert "Versi 1 diaktifkan lagi" in analyst.get(address).main
    assert "Mulai SOP" in head.get(address).main
