"""Files of tasks: which are taken, under which name, and who gets them."""

import shlex
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from service import attachments, store, tasks
from service.attachments import Tray
from service.engine.assignment import Actor
from service.engine.form import FileReference
from service.engine.form.model import flat
from service.errors import AnswersInvalid, AttachmentRefused, NotAllowed, NotFound, TaskClosed
from service.models import Attachment, Draft, db
from service.scanning import Finding, scan
from tests import answers, stage
from tests.answers import NGANJUK
from tests.racing import Race
from tests.walking import Player

PDF = answers.content("isi")


def office(parts: Mapping[str, bytes] | None = None) -> bytes:
    """Return an office document as far as its list of parts goes."""
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for name, content in (parts or {"[Content_Types].xml": b"<Types/>"}).items():
            archive.writestr(name, content)
    return file.getvalue()


def swollen(size: int) -> bytes:
    """Return an office document that claims to be so large once unpacked."""
    honest = bytearray(office())
    entry = honest.index(b"PK\x01\x02")
    honest[entry + 24 : entry + 28] = size.to_bytes(4, "little")
    return bytes(honest)


PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 16


@pytest.fixture
def task(player: Player) -> UUID:
    return player.task(player.reach(NGANJUK, "row_02"), "row_02").id


def added(player: Player, actor: Actor, task: UUID, name: str, content: bytes) -> FileReference:
    """Keep a file with the draft of a task."""
    tray = Tray(actor, task, player.now)
    taken = tray.take(name, content)
    tasks.save_draft(actor, task, {}, player.now, tray.new)
    return taken


@dataclass(frozen=True)
class Upload:
    """A file that somebody sends, and why it is not taken."""

    name: str
    content: bytes
    reason: str


REFUSED = [
    Upload("kosong.pdf", b"", "empty"),
    Upload("besar.pdf", PDF + b"\x00" * attachments.MAX_BYTES, "too-large"),
    Upload("halaman.html", b"<script>alert(1)</script>", "kind"),
    Upload("gambar.svg", b"<svg onload='alert(1)'/>", "kind"),
    Upload("makro.docm", b"PK\x03\x04", "kind"),
    Upload("program.exe", b"MZ", "kind"),
    Upload("laporan.pdf.exe", PDF, "kind"),
    Upload("tanpa-akhiran", PDF, "kind"),
    Upload("halaman.pdf", b"<html><script>alert(1)</script>", "kind-mismatch"),
    Upload("gambar.png", PDF, "kind-mismatch"),
    Upload("laporan.pdf", PNG, "kind-mismatch"),
    Upload("surat.docx", b"<html>", "kind-mismatch"),
    Upload("data.csv", b"a;b\x00c", "kind-mismatch"),
    Upload("laporan.pdf.html", PDF, "kind"),
    Upload("laporan.pdf\u202elmth", PDF, "kind"),
    Upload("polyglot.png", b"GIF89a<script>alert(1)</script>", "kind-mismatch"),
    Upload("komentar.pdf", b"<!-- %PDF-1.4 --><script>alert(1)</script>", "kind-mismatch"),
    Upload("bukan-arsip.xlsx", b"PK\x03\x04 bukan arsip", "kind-mismatch"),
    Upload("jalur.xlsx", office({"../../etc/passwd": b"x"}), "kind-mismatch"),
    Upload("makro.xlsx", office({"[Content_Types].xml": b"", "xl/vbaProject.bin": b"x"}), "macros"),
    Upload("bengkak.xlsx", swollen(4_000_000_000), "bomb"),
    Upload("ribuan.xlsx", office({"[Content_Types].xml": b"", **{str(n): b"" for n in range(5_000)}}), "bomb"),
]


@pytest.mark.parametrize("upload", REFUSED, ids=lambda upload: upload.name)
def test_a_refused_file_leaves_nothing(app: Flask, player: Player, task: UUID, upload: Upload) -> None:
    before = stage.rows(app)

    with pytest.raises(AttachmentRefused) as refused:
        added(player, player.actor("nganjuk.kasubbag"), task, upload.name, upload.content)

    assert refused.value.facts["reason"] == upload.reason
    assert stage.rows(app) == before


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("laporan.pdf", PDF, "application/pdf"),
        ("LAPORAN.PDF", PDF, "application/pdf"),
        ("foto.png", PNG, "image/png"),
        ("foto.JPEG", b"\xff\xd8\xff\xe0", "image/jpeg"),
        ("surat.doc", b"\xd0\xcf\x11\xe0\xa1\xb1", "application/msword"),
        ("surat.docx", office(), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("rekap.xlsx", office(), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("rekap.csv", b"a;b\n1;2\n", "text/csv"),
        ("catatan.txt", "Catatan ½".encode(), "text/plain"),
    ],
)
def test_a_file_of_a_known_kind_is_kept(player: Player, task: UUID, name: str, content: bytes, media_type: str) -> None:
    actor = player.actor("nganjuk.kasubbag")

    kept = added(player, actor, task, name, content)

    found = attachments.get(actor, UUID(kept.id))
    assert (kept.name, kept.size) == (name, len(content))
    assert (found.name, found.media_type, found.content, found.size) == (name, media_type, content, len(content))
    assert (found.task_id, found.person_id, found.added_at) == (task, actor.person_id, player.now)


def test_a_file_as_large_as_the_limit_is_kept(player: Player, task: UUID) -> None:
    content = PDF.ljust(attachments.MAX_BYTES, b"\x00")

    assert added(player, player.actor("nganjuk.kasubbag"), task, "a.pdf", content).size == len(content)


def test_the_same_file_again_is_the_one_that_is_there(app: Flask, player: Player, task: UUID) -> None:
    actor = player.actor("nganjuk.kasubbag")
    tray = Tray(actor, task, player.now)
    twice = [tray.take("a.pdf", PDF) for _ in range(2)]
    tasks.save_draft(actor, task, {}, player.now, tray.new)
    before = stage.rows(app)

    again = added(player, actor, task, "a.pdf", PDF)

    assert twice == [again, again]
    assert stage.rows(app) == before
    assert added(player, actor, task, "b.pdf", PDF) != again
    assert added(player, actor, task, "a.pdf", PDF + b" ") != again


def test_a_file_of_an_act_that_is_refused_is_not_kept(app: Flask, player: Player, task: UUID) -> None:
    actor = player.actor("nganjuk.kasubbag")
    tray = Tray(actor, task, player.now)
    tray.take("a.pdf", PDF)
    before = stage.rows(app)

    with pytest.raises(AnswersInvalid):
        tasks.complete(actor, task, {}, player.now, new_files=tray.new)

    assert stage.rows(app) == before


def test_a_task_holds_ten_files(app: Flask, player: Player, task: UUID) -> None:
    actor = player.actor("nganjuk.kasubbag")
    for number in range(store.MAX_PER_TASK):
        added(player, actor, task, f"{number}.pdf", PDF)
    before = stage.rows(app)

    with pytest.raises(AttachmentRefused) as refused:
        added(player, actor, task, "11.pdf", PDF)

    assert refused.value.facts["reason"] == "too-many"
    assert stage.rows(app) == before


def uploading(task: UUID, name: str) -> Callable[[Player], None]:
    """Return an upload that is the answer to the question for the recapitulation."""

    def upload(runner: Player) -> None:
        tray = Tray(runner.actor("nganjuk.kasubbag"), task, runner.now)
        taken = tray.take(name, PDF).id
        tasks.save_draft(runner.actor("nganjuk.kasubbag"), task, {"berkas_rekap": [taken]}, runner.now, tray.new)

    return upload


def names_of(task: UUID) -> dict[str, str]:
    found = db.session.execute(select(Attachment.id, Attachment.name).where(Attachment.task_id == task))
    return {str(row.id): row.name for row in found}


def test_the_same_file_from_two_uploads_at_once_is_kept_once(race: Race) -> None:
    with race.player() as player:
        task = player.task(player.reach(NGANJUK, "row_05"), "row_05").id

    outcomes = race.between("UPDATE task", uploading(task, "a.pdf"), uploading(task, "a.pdf"))

    assert outcomes == [None, None]
    with race.player():
        ((kept, name),) = names_of(task).items()
        assert (name, db.session.scalars(select(Draft.answers)).one()) == ("a.pdf", {"berkas_rekap": [kept]})


def test_two_uploads_at_once_do_not_exceed_ten_files(race: Race) -> None:
    with race.player() as player:
        task = player.task(player.reach(NGANJUK, "row_05"), "row_05").id
        for number in range(store.MAX_PER_TASK - 1):
            added(player, player.actor("nganjuk.kasubbag"), task, f"{number}.pdf", PDF)

    refused, done = race.between("UPDATE task", uploading(task, "a.pdf"), uploading(task, "b.pdf"))

    assert (done, isinstance(refused, AttachmentRefused)) == (None, True)
    assert refused.facts["reason"] == "too-many"
    with race.player():
        assert (len(names_of(task)), "b.pdf" in names_of(task).values()) == (store.MAX_PER_TASK, True)


def test_two_files_handed_in_at_once_answer_a_question_together(race: Race) -> None:
    with race.player() as player:
        task = player.task(player.reach(NGANJUK, "row_05"), "row_05").id
        seen = tasks.see(player.actor("nganjuk.kasubbag"), task)
        question = next(field for field in flat(seen.form.fields) if field.kind == "filepicker" and field.multiple)

    def hand_in(name: str) -> Callable[[Player], str]:
        def attempt(runner: Player) -> str:
            tray = Tray(runner.actor("nganjuk.kasubbag"), task, runner.now)
            taken = tray.take(name, PDF).id
            return tasks.hand_in(runner.actor("nganjuk.kasubbag"), task, question, taken, runner.now, tray.new)

        return attempt

    later, earlier = race.between("UPDATE task", hand_in("a.pdf"), hand_in("b.pdf"))

    with race.player():
        assert names_of(task) == {later: "a.pdf", earlier: "b.pdf"}
        assert db.session.scalars(select(Draft.answers)).one()[question.key] == [earlier, later]


@pytest.mark.parametrize(
    ("user", "refusal"), [("nganjuk.penyusun", NotAllowed), ("blitar.kasubbag", NotFound), ("analis", NotFound)]
)
def test_only_who_has_the_task_adds_files(
    app: Flask, player: Player, task: UUID, user: str, refusal: type[Exception]
) -> None:
    before = stage.rows(app)

    with pytest.raises(refusal):
        added(player, player.actor(user), task, "a.pdf", PDF)

    assert stage.rows(app) == before


def test_a_closed_task_takes_no_files(app: Flask, player: Player, task: UUID) -> None:
    actor = player.actor("nganjuk.kasubbag")
    player.complete_raw("nganjuk.kasubbag", task, answers.for_element(NGANJUK, "row_02"))
    before = stage.rows(app)

    with pytest.raises(TaskClosed):
        added(player, actor, task, "a.pdf", PDF)

    assert stage.rows(app) == before


def test_files_stay_inside_their_office(player: Player, task: UUID) -> None:
    kept = added(player, player.actor("nganjuk.kasubbag"), task, "a.pdf", PDF)

    assert attachments.get(player.actor("auditor", "nganjuk"), UUID(kept.id)).content == PDF
    for user, office in (("blitar.kasubbag", "blitar"), ("auditor", "blitar")):
        with pytest.raises(NotFound):
            attachments.get(player.actor(user, office), UUID(kept.id))


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Users\\a\\laporan akhir.pdf", "laporan akhir.pdf"),
        ("a\r\nSet-Cookie: x=1.pdf", "aSet-Cookie: x=1.pdf"),
        ("a\x00.pdf", "a.pdf"),
        ("laporan\u202efdp.exe", "laporanfdp.exe"),
        ("laporan\u061cfdp.exe", "laporanfdp.exe"),
        ("laporan\u2028akhir.pdf", "laporanakhir.pdf"),
        ("  .pdf", "pdf"),
        ("", "berkas"),
        ("...", "berkas"),
        ("TANPAEKSTENSI", "TANPAEKSTENSI"),
        ("e\u0301.pdf", "\u00e9.pdf"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
        ("x" * 900 + "." + "y" * 200, "x" * 109 + "." + "y" * 10),
    ],
)
def test_names_are_bare_and_visible(sent: str, kept: str) -> None:
    assert attachments.clean_name(sent) == kept


@given(st.text(max_size=2_000))
def test_every_name_fits_a_row_and_a_header(sent: str) -> None:
    name = attachments.clean_name(sent)

    assert 0 < len(name) <= 120
    assert not set(name) & set("/\\\r\n\x00")


# The scanner ----------------------------------------------------------------------------------------

SCANNER = """
import os, sys
content = sys.stdin.buffer.read()
if b"EICAR" in content: sys.exit(1)
if b"rusak" in content: sys.exit(2)
if b"mati" in content: os.kill(os.getpid(), 9)
"""


@pytest.fixture
def scanner(tmp_path: Path) -> str:
    script = tmp_path / "pemindai virus.py"
    script.write_text(SCANNER)
    return shlex.join([sys.executable, str(script)])


def test_a_clean_file_passes_the_scanner(player: Player, task: UUID, scanner: str) -> None:
    tray = Tray(player.actor("nganjuk.kasubbag"), task, player.now, scanner)

    assert tray.take("a.pdf", PDF).name == "a.pdf"
    assert [file.name for file in tray.new] == ["a.pdf"]


@pytest.mark.parametrize(
    ("content", "reason"), [(b"EICAR", "infected"), (b"rusak", "unscanned"), (b"mati", "unscanned")]
)
def test_what_the_scanner_does_not_call_clean_is_not_taken(
    player: Player, task: UUID, scanner: str, content: bytes, reason: str
) -> None:
    tray = Tray(player.actor("nganjuk.kasubbag"), task, player.now, scanner)

    with pytest.raises(AttachmentRefused) as refused:
        tray.take("a.pdf", PDF + content)

    assert (refused.value.facts["reason"], tray.new) == (reason, [])


@pytest.mark.parametrize("command", ["/tidak/ada", "."])
def test_a_scanner_that_is_not_there_lets_nothing_in(player: Player, task: UUID, command: str) -> None:
    with pytest.raises(AttachmentRefused) as refused:
        Tray(player.actor("nganjuk.kasubbag"), task, player.now, command).take("a.pdf", PDF)

    assert refused.value.facts["reason"] == "unscanned"


def test_a_scanner_that_says_nothing_has_failed() -> None:
    silent = shlex.join([sys.executable, "-c", "import threading; threading.Event().wait()"])

    assert scan(silent, PDF, patience=0.2) is Finding.FAILED


def test_a_question_takes_only_the_kinds_that_its_form_names(player: Player, task: UUID) -> None:
    tray = Tray(player.actor("nganjuk.kasubbag"), task, player.now)

    with pytest.raises(AttachmentRefused) as refused:
        tray.take("foto.png", PNG, frozenset({"pdf", "xlsx"}))

    assert refused.value.facts == {"reason": "kind", "name": "foto.png", "kinds": ["pdf", "xlsx"]}
    assert tray.take("a.PDF", PDF, frozenset({"pdf"})).name == "a.PDF"
