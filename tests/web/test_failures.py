"""A failure that nobody foresaw: a page says so, whatever state the database was left in."""

import pytest
from flask import Flask
from sqlalchemy import insert

from service.models import Office, db
from service.queries import inbox
from tests.walking import Walker


def test_a_failed_statement_still_gets_a_page(app: Flask, walker: Walker, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = walker.as_user("blitar.kadis")

    def fail(*_: object, **__: object) -> None:
        db.session.execute(insert(Office).values(id="blitar", name="Dua kali", zone="Asia/Jakarta"))

    monkeypatch.setattr(inbox, "inbox", fail)
    monkeypatch.setattr(app, "testing", False)
    failed = visitor.get("/tugas")

    assert (failed.status, failed.title) == (500, "Permintaan belum dapat diproses")
    monkeypatch.undo()
    assert visitor.get("/tugas").status == 200
