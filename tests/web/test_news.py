"""The bell, its settings, and the calendar of due dates."""

import pytest
from flask import Flask
from icalendar import Calendar

from service import preferences
from tests.answers import NGANJUK
from tests.walking import Player, Visitor


def bell(visitor: Visitor) -> str:
    (words,) = visitor.get("/tugas").tree.xpath(
        "//header//a[contains(@href, '/pemberitahuan')][@aria-label]/@aria-label"
    )
    return str(words)


def feed_of(visitor: Visitor) -> str:
    page = visitor.post("/pemberitahuan/kalender", {})
    (address,) = page.tree.xpath("//input[@id='alamat']/@value")
    return str(address)


def test_the_bell_counts_until_it_was_looked_at(app: Flask) -> None:
    with app.app_context():
        Player().reach(NGANJUK, "row_02")
    visitor = Visitor(app, "nganjuk.kasubbag")
    assert bell(visitor) == "Pemberitahuan, 1 belum dibaca"

    page = visitor.get("/pemberitahuan")

    assert "Menugaskan staf memenuhi permintaan" in page.main
    assert bell(visitor) == "Pemberitahuan"


def test_nothing_has_come(app: Flask) -> None:
    assert "Belum ada pemberitahuan." in Visitor(app, "nganjuk.kasubbag").get("/pemberitahuan").main


def test_settings_are_kept(app: Flask) -> None:
    visitor = Visitor(app, "nganjuk.kasubbag")

    answer = visitor.post("/pemberitahuan/pengaturan", {"surat": "none", "bahasa": "en"})

    assert answer.status == 303
    with app.app_context():
        chosen = preferences.of(Player().actor("nganjuk.kasubbag"))
    assert (chosen.mail, chosen.digest, chosen.language) == ("none", False, "en")


@pytest.mark.parametrize("typed", [{}, {"surat": "all"}, {"surat": "x" * 5000, "bahasa": "id"}, {"bahasa": "\x00"}])
def test_a_choice_that_is_not_there_changes_nothing(app: Flask, typed: dict[str, str]) -> None:
    visitor = Visitor(app, "nganjuk.kasubbag")

    answer = visitor.post("/pemberitahuan/pengaturan", typed)

    assert (answer.status, "Pilihan itu tidak ada" in answer.messages[0]) == (422, True)
    with app.app_context():
        assert preferences.of(Player().actor("nganjuk.kasubbag")).mail == "urgent"


def test_a_calendar_program_reads_the_due_dates_without_signing_in(app: Flask) -> None:
    with app.app_context():
        player = Player()
        case = player.reach(NGANJUK, "row_02")
        task = player.task(case, "row_02")
        due, name, key = task.due_at, task.name, str(task.id)
    address = feed_of(Visitor(app, "nganjuk.kasubbag"))

    answer = app.test_client().get(address.removeprefix("http://localhost"))

    assert (answer.status_code, answer.mimetype) == (200, "text/calendar")
    (event,) = Calendar.from_ical(answer.data).walk("VEVENT")
    assert (event["SUMMARY"], event["UID"]) == (f"Tenggat: {name}", f"{key}@laksana")
    assert event.decoded("DTSTART") == due


@pytest.mark.parametrize("secret", ["x", "%00", "%ff", "a" * 3000])
def test_an_address_that_nobody_has_leads_nowhere(app: Flask, secret: str) -> None:
    assert app.test_client().get(f"/kalender/{secret}.ics").status_code == 404


def test_a_withdrawn_address_leads_nowhere(app: Flask) -> None:
    visitor = Visitor(app, "nganjuk.kasubbag")
    path = feed_of(visitor).removeprefix("http://localhost")
    assert app.test_client().get(path).status_code == 200

    visitor.post("/pemberitahuan/kalender/tutup", {})

    assert app.test_client().get(path).status_code == 404
