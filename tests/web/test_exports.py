"""The page on which everything of an office is made into a file."""

import io
from zipfile import ZipFile
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select

from service import jobs
from service.models import Export, db
from tests.answers import NGANJUK
from tests.walking import Player, Visitor, said


def at(app: Flask, user: str, office: str = "nganjuk") -> Visitor:
    visitor = Visitor(app, user)
    visitor.post("/jabatan", {"office": office})
    return visitor


def address(app: Flask) -> str:
    with app.app_context():
        return f"/ekspor/{db.session.scalars(select(Export.id)).one()}"


def test_asked_for_waited_for_and_taken(app: Flask) -> None:
    with app.app_context():
        player = Player()
        player.start(NGANJUK)
    visitor = at(app, "auditor")

    assert visitor.post("/ekspor", {}).status == 303
    waiting = visitor.get("/ekspor")
    assert waiting.messages == ["Ekspor sedang dibuat. Halaman ini boleh ditutup; arsipnya menunggu di sini."]
    assert waiting.tree.xpath("//section[@hx-trigger='every 2s']//a/text()") == ["Muat ulang untuk melihat kemajuan"]
    section = visitor.get("/ekspor", headers={"HX-Request": "true"})
    assert (len(section.tree.xpath("//section")), section.tree.xpath("//main | //header")) == (1, [])
    assert visitor.get(address(app)).status == 404
    assert section.tree.xpath("//*[@hx-swap-oob]") == []
    with app.app_context():
        jobs.run_due(player.now)

    over = visitor.get("/ekspor", headers={"HX-Request": "true"})
    (gone,) = over.tree.xpath("//*[@hx-swap-oob='innerHTML:.toasts']")
    assert said(gone) == ""
    done = visitor.get("/ekspor")
    assert done.tree.xpath("//*[@hx-swap-oob]") == []
    assert done.tree.xpath("//section/@hx-trigger") == []
    (link,) = done.tree.xpath("//main//a[@download]/@href")
    with app.app_context():
        asked = db.session.scalars(select(Export.asked_at)).one().astimezone(ZoneInfo("Asia/Jakarta"))
    answer = visitor.client.get(link)
    assert (answer.status_code, answer.mimetype) == (200, "application/zip")
    name = f"laksana-nganjuk-{asked:%Y%m%d-%H%M}.zip"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    with ZipFile(io.BytesIO(answer.data)) as archive:
        assert archive.namelist() == ["berkas.csv", "riwayat.csv"]


@pytest.mark.parametrize(("user", "office", "status"), [("admin", "nganjuk", 404), ("auditor", "blitar", 404)])
def test_nobody_else_takes_it(app: Flask, user: str, office: str, status: int) -> None:
    at(app, "auditor").post("/ekspor", {})
    with app.app_context():
        jobs.run_due(Player().now)

    assert at(app, user, office).get(address(app)).status == status
    assert Visitor(app, "nganjuk.kadis").get(address(app)).status == 403
