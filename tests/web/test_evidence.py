"""An auditor takes one case away, and checks what he took."""

import io
import json
from pathlib import Path
from uuid import UUID
from zipfile import ZipFile

import pytest
from click.testing import CliRunner
from flask import Flask
from lxml import html
from sqlalchemy import select, update

from service.cli import main
from service.models import Attachment, AuditReading, Definition, History, db
from tests.answers import NGANJUK
from tests.walking import Player, Visitor, said


@pytest.fixture
def case(app: Flask) -> UUID:
    """Return a case with files."""
    with app.app_context():
        return Player().reach(NGANJUK, "row_05")


def at(app: Flask, user: str, office: str = "nganjuk") -> Visitor:
    visitor = Visitor(app, user)
    visitor.post("/jabatan", {"office": office})
    return visitor


def taken(app: Flask, case: UUID) -> bytes:
    visitor = at(app, "auditor")
    (link,) = visitor.get(f"/berkas/{case}").tree.xpath("//a[normalize-space()='Unduh paket bukti']/@href")
    answer = visitor.client.get(link)
    assert (answer.status_code, answer.mimetype) == (200, "application/zip")
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=laksana-nganjuk-berkas-0001-")
    content: bytes = answer.data
    return content


def verified(folder: Path, content: bytes) -> tuple[int, str]:
    file = folder / "bukti.zip"
    file.write_bytes(content)
    told = CliRunner().invoke(main, ["export", "verify", str(file)])
    return told.exit_code, told.stdout.replace(f"{file}: ", "")


def test_an_auditor_takes_everything_of_a_case(app: Flask, case: UUID) -> None:
    content = taken(app, case)

    with app.app_context(), ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        lines = [json.loads(line) for line in archive.read("riwayat.jsonl").splitlines()]
        stored = db.session.scalars(select(History).where(History.instance_id == case).order_by(History.sequence)).all()
        assert [(line["sequence"], line["kind"], line["body"]) for line in lines] == [
            (line.sequence, line.kind, line.body) for line in stored
        ]
        files = {row.name: row.content for row in db.session.scalars(select(Attachment))}
        attached = [name for name in names if name.startswith("lampiran/")]
        assert {name.partition("-")[2]: archive.read(name) for name in attached} == files
        definition = db.session.scalars(select(Definition).where(Definition.key == NGANJUK)).one()
        assert archive.read(f"sop/{NGANJUK}-versi-1/{Path(definition.file).name}") == definition.content
        assert any(name.endswith(".form") for name in names)
        assert "laksana export verify" in archive.read("BACA-SAYA.txt").decode()
        assert [f"{row.what} {row.about}"[:18] for row in db.session.scalars(select(AuditReading))][-1] == (
            "evidence.pack 0001"
        )


def test_its_page_says_in_words_who_did_what_and_when_at_the_office(app: Flask, case: UUID) -> None:
    with ZipFile(io.BytesIO(taken(app, case))) as archive:
        page = html.fromstring(archive.read("berkas.html").decode())
        names = set(archive.namelist())

    first = said(next(page.iter("li")))
    assert "memulai berkas ini" in first
    assert "Senin, 2 November 2026 08.01" in first
    assert "row_0" not in said(page)
    assert "Unit yang diminta Bidang Pemerintahan Desa, Bidang Pemberdayaan Masyarakat," in said(page)
    links = {link.get("href") for link in page.iter("a")}
    assert links
    assert links <= names


def test_what_was_taken_is_whole_and_one_altered_byte_is_found(app: Flask, case: UUID, tmp_path: Path) -> None:
    content = taken(app, case)
    with ZipFile(io.BytesIO(content)) as archive:
        place = archive.getinfo("riwayat.jsonl").header_offset + 30 + len("riwayat.jsonl") + 20
    altered = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]

    assert verified(tmp_path, content) == (0, "every file is as it was packed\n")
    assert verified(tmp_path, altered) == (1, "riwayat.jsonl: altered\n")


def test_names_of_files_stay_in_their_folder(app: Flask, case: UUID) -> None:
    with app.app_context():
        db.session.execute(update(Attachment).values(name='..\\..\\a/b:"c".pdf'))
        db.session.commit()

    with ZipFile(io.BytesIO(taken(app, case))) as archive:
        attached = [name for name in archive.namelist() if name.startswith("lampiran/")]
    assert attached
    assert {name.partition("-")[2] for name in attached} == {"_.._a_b__c_.pdf"}


def test_others_take_nothing(app: Flask, case: UUID) -> None:
    assert Visitor(app, "nganjuk.kadis").get(f"/berkas/{case}/bukti").status == 403
    assert at(app, "auditor", "blitar").get(f"/berkas/{case}/bukti").status == 404
    assert not Visitor(app, "nganjuk.kadis").get(f"/berkas/{case}").tree.xpath("//a[contains(., 'paket bukti')]")
