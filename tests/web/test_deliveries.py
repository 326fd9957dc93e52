"""The page of what could not be told outside."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, update

from service import deliveries, identity
from service.models import Delivery, db
from service.settings import Settings
from tests import stage
from tests.answers import NGANJUK
from tests.walking import Player, Visitor


@pytest.fixture
def dead(app: Flask) -> list[str]:
    """Give two deliveries of one office up."""
    with app.app_context():
        player, admin = Player(), identity.actor(identity.person_named("admin"), "nganjuk", stage.MONDAY)
        deliveries.add_webhook(
            admin, "https://127.0.0.1:1/x", [], player.now, Settings(webhook_networks=("127.0.0.0/8",))
        )
        player.reach(NGANJUK, "row_02")
        given_up = {"due_at": None, "dead_at": player.now + timedelta(days=1), "failure": "status-503", "attempts": 7}
        db.session.execute(update(Delivery).values(**given_up))
        db.session.commit()
        return [str(row) for row in db.session.scalars(select(Delivery.id).order_by(Delivery.id))]


def at(app: Flask, office: str) -> Visitor:
    visitor = Visitor(app, "admin")
    visitor.post("/jabatan", {"office": office})
    return visitor


def still_dead(app: Flask) -> list[str]:
    with app.app_context():
        found = select(Delivery.id).where(Delivery.dead_at.is_not(None)).order_by(Delivery.id)
        return [str(row) for row in db.session.scalars(found)]


def test_an_admin_sees_why_and_sends_one_again_or_all(app: Flask, dead: list[str]) -> None:
    visitor = at(app, "nganjuk")
    page = visitor.get("/kiriman")
    assert len(dead) == 2
    assert page.main.count("Penerima menjawab dengan kode 503.") == 2
    assert "https://127.0.0.1:1/x" in page.main

    answer = visitor.post("/kiriman", {"kiriman": dead[0]})
    assert (answer.status, still_dead(app)) == (303, dead[1:])
    assert visitor.get("/kiriman").messages == ["1 kiriman dikirim ulang."]

    visitor.post("/kiriman", {})
    assert still_dead(app) == []
    assert "Semua kiriman sampai." in visitor.get("/kiriman").main


@pytest.mark.parametrize("chosen", ["x", "01990000-0000-7000-8000-000000000000"])
def test_what_is_not_there_is_not_sent(app: Flask, dead: list[str], chosen: str) -> None:
    visitor = at(app, "nganjuk")

    visitor.post("/kiriman", {"kiriman": chosen})

    assert (visitor.get("/kiriman").messages, still_dead(app)) == (["0 kiriman dikirim ulang."], dead)


def test_another_office_and_other_people_see_and_send_nothing(app: Flask, dead: list[str]) -> None:
    other = at(app, "blitar")
    assert "Semua kiriman sampai." in other.get("/kiriman").main
    other.post("/kiriman", {"kiriman": dead[0]})
    other.post("/kiriman", {})

    staff = Visitor(app, "nganjuk.kadis")
    assert (staff.get("/kiriman").status, staff.post("/kiriman", {}).status) == (403, 403)
    assert still_dead(app) == dead


@pytest.mark.parametrize(
    ("kind", "event"),
    [
        ("digest", "Surel harian"),
        ("task-due", "Segera jatuh tempo"),
        ("task-late", "Lewat waktu"),
        ("task-escalated", "Perlu perhatian atasan"),
        ("task-handed", "Tugas diteruskan"),
    ],
)
def test_every_letter_is_called_what_it_is(app: Flask, dead: list[str], kind: str, event: str) -> None:
    with app.app_context():
        about_no_case: dict[str, Any] = {"body": {}} if kind == "digest" else {}
        letter = update(Delivery).where(Delivery.id == UUID(dead[0]))
        db.session.execute(letter.values(kind=kind, channel="mail", failure="mail-unsafe", **about_no_case))
        db.session.commit()

    page = at(app, "nganjuk").get("/kiriman")

    (row,) = page.tree.xpath(f"//tr[.//input[@value='{dead[0]}']]")
    assert row.xpath(".//*[@class='what']/text()") == [event]
    assert "Server surel tidak menawarkan sambungan aman (TLS). Hubungi pengelola sistem." in row.text_content()
    assert "/berkas/" not in row.xpath(".//a/@href")
