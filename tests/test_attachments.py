"""Files of tasks: which are taken, under which name, and who gets them."""

from dataclasses import dataclass
from uuid import UUID

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from service import attachments, tasks
from service.attachments import Tray
from service.engine.assignment import Actor
from service.engine.form import FileReference
from service.errors import AnswersInvalid, AttachmentRefused, NotAllowed, NotFound, TaskClosed
from tests import answers, stage
from tests.answers import NGANJUK
from tests.walking import Player

PDF = answers.content("isi")
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
        ("surat.docx", b"PK\x03\x04..", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("rekap.xlsx", b"PK\x03\x04..", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
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
    for number in range(attachments.MAX_PER_TASK):
        added(player, actor, task, f"{number}.pdf", PDF)
    before = stage.rows(app)

    with pytest.raises(AttachmentRefused) as refused:
        added(player, actor, task, "11.pdf", PDF)

    assert refused.value.facts["reason"] == "too-many"
    assert stage.rows(app) == before


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
