"""What a browser holds: a key that says nothing, forms bound to it, and what the next page tells."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from service import identity
from service.models import Session, db
from tests import answers, stage
from tests.answers import NGANJUK
from tests.walking import Visitor

NOW = datetime.now(UTC)


def sessions(app: Flask) -> list[Session]:
    with app.app_context():
        return list(db.session.scalars(select(Session)))


def test_the_database_does_not_hold_the_key_of_a_browser(app: Flask) -> None:
    visitor = Visitor(app, "blitar.kadis")
    cookie = visitor.client.get_cookie("laksana")

    (session,) = sessions(app)
    assert cookie is not None
    assert session.id != cookie.value
    assert session.office == "blitar"


@pytest.mark.parametrize(
    ("column", "passed", "status"),
    [
        ("seen_at", identity.IDLE - timedelta(minutes=1), 200),
        ("seen_at", identity.IDLE + timedelta(minutes=1), 302),
        ("began_at", identity.LONGEST - timedelta(minutes=1), 200),
        ("began_at", identity.LONGEST + timedelta(minutes=1), 302),
    ],
)
def test_a_session_ends_by_itself(app: Flask, column: str, passed: timedelta, status: int) -> None:
    visitor = Visitor(app, "blitar.kadis")
    with app.app_context():
        db.session.execute(update(Session).values({column: datetime.now(UTC) - passed}))
        db.session.commit()

    assert visitor.get("/tugas").status == status
    assert len(sessions(app)) == (status == 200)


@pytest.mark.parametrize(
    ("address", "typed"),
    [
        ("/orang-baru", {"user_name": "uji.tab", "name": "Uji Tab"}),
        ("/organisasi/unit-baru", {"code": "uji", "name": "Bidang Uji"}),
        ("/hari-kerja", {"ubah": "add-day", "day": "2026-12-21", "name": "Hari Uji"}),
        ("/tidak/ada", {}),
    ],
)
def test_a_form_of_another_tab_writes_into_its_own_office_only(app: Flask, address: str, typed: dict[str, str]) -> None:
    admin = Visitor(app, "admin")
    admin.post("/jabatan", {"office": "nganjuk"})
    of_nganjuk = admin.token
    admin.post("/jabatan", {"office": "blitar"})
    of_blitar, admin.token = admin.token, of_nganjuk

    refused = admin.post(address, typed)

    assert (refused.status, refused.title) == (409, "Kantor lain sedang terbuka")
    assert "Nganjuk, sedangkan sekarang Anda bertindak untuk Dinas Sosial Kabupaten Blitar." in refused.main
    assert refused.token[-len("blitar") :] == of_blitar[-len("blitar") :] == "blitar"
    admin.token = of_nganjuk.replace("nganjuk", "blitar")
    assert admin.post(address, typed).status == 400  # nobody moves a form to another office


def test_a_page_of_another_office_still_leads_out_and_back(app: Flask) -> None:
    admin = Visitor(app, "admin")
    of_first = admin.token
    admin.post("/jabatan", {"office": "nganjuk"})

    admin.token = of_first
    assert admin.post("/bahasa", {"locale": "en", "next": "/akun"}).status == 302
    assert admin.post("/jabatan", {"office": "blitar"}).status == 302
    admin.token = of_first
    assert admin.post("/keluar").status == 302


def test_a_form_sent_after_the_session_ended_gives_its_texts_back_and_no_secret(app: Flask) -> None:
    visitor = Visitor(app, "blitar.kadis")
    with app.app_context():
        db.session.execute(update(Session).values(seen_at=datetime.now(UTC) - identity.IDLE - timedelta(minutes=1)))
        db.session.commit()

    refused = visitor.post(
        "/admin/orang/baru",
        {"name": "Orang <b>Baru</b>", "kata_sandi": "kuda baterai", "lama": "dua kata", "next": "/tugas"},
    )

    assert (refused.status, refused.title) == (401, "Sesi berakhir")
    assert "Orang <b>Baru</b>" in refused.main
    assert "halaman sebelumnya" not in refused.main
    assert not any(word in refused.main for word in ("baterai", "dua kata", "/tugas"))


@pytest.mark.parametrize("came_from", ["own site", "elsewhere"])
def test_a_form_older_than_the_sign_in_gives_its_texts_back_to_its_own_site_only(app: Flask, came_from: str) -> None:
    visitor = Visitor(app, "blitar.kadis")
    before = visitor.token
    visitor.client.delete_cookie("laksana")
    visitor.token = visitor.get("/masuk").token
    visitor.post("/masuk", {"user_name": visitor.user, "password": stage.PASSWORD})
    visitor.token = before
    origin, at = {
        "own site": ("http://localhost", "http://localhost/orang-baru"),
        "elsewhere": ("https://example.org", "https://example.org/umpan"),
    }[came_from]

    refused = visitor.post(
        "/orang-baru",
        {"name": "Orang <b>Baru</b>", "kata_sandi": "kuda baterai"},
        headers={"Origin": origin, "Referer": at},
    )

    assert (refused.status, refused.title) == (400, "Halaman ini sudah terlalu lama terbuka")
    assert ("Orang <b>Baru</b>" in refused.main) == (came_from == "own site")
    again = refused.tree.xpath("//main//a[contains(., 'Buka lagi halamannya')]/@href")
    assert again == (["/orang-baru"] if came_from == "own site" else [])
    assert "baterai" not in refused.main


def test_who_stays_is_noted_once_a_minute(app: Flask) -> None:
    visitor = Visitor(app, "blitar.kadis")
    earlier = datetime.now(UTC) - timedelta(minutes=20)  # not when the tests began
    with app.app_context():
        db.session.execute(update(Session).values(seen_at=earlier))
        db.session.commit()

    visitor.get("/tugas")
    (seen,) = sessions(app)
    assert seen.seen_at > earlier

    with stage.statements(app) as ran:
        visitor.get("/tugas")
    assert not [statement for statement in ran if statement.startswith("UPDATE")]


def test_ended_sessions_are_deleted(app: Flask) -> None:
    for user in ("blitar.kadis", "blitar.sekretaris"):
        Visitor(app, user)
    with app.app_context():
        db.session.execute(
            update(Session)
            .where(Session.id == select(Session.id).limit(1).scalar_subquery())
            .values(seen_at=NOW - timedelta(hours=1))
        )
        db.session.commit()
        identity.forget_ended(datetime.now(UTC))

    assert len(sessions(app)) == 1


def test_a_new_password_ends_every_session(app: Flask) -> None:
    visitor = Visitor(app, "blitar.kadis")
    with app.app_context():
        identity.change_password("blitar.kadis", "kata sandi baru")

    assert visitor.get("/tugas").location == "/masuk?next=/tugas"


def test_signing_out_ends_the_session_for_whoever_kept_the_key(app: Flask) -> None:
    visitor = Visitor(app, "blitar.kadis")
    cookie = visitor.client.get_cookie("laksana")
    assert cookie is not None
    visitor.post("/keluar")

    visitor.client.set_cookie("laksana", cookie.value)

    assert visitor.get("/tugas").location == "/masuk?next=/tugas"


@pytest.mark.parametrize("key", ["", "x", "ä" * 43, "a" * 43, "a" * 4000])
def test_a_made_up_key_is_nobody(app: Flask, key: str) -> None:
    client = app.test_client()
    client.set_cookie("laksana", key)

    assert client.get("/tugas").status_code == 302


@pytest.mark.parametrize(
    ("origin", "status"),
    [("http://localhost", 302), ("http://evil.example", 400), ("null", 400), ("http://localhost.evil.example", 400)],
)
def test_a_form_of_another_site_is_refused_even_with_a_token(app: Flask, origin: str, status: int) -> None:
    visitor = Visitor(app, "blitar.kadis")

    assert visitor.post("/bahasa", {"locale": "en"}, headers={"Origin": origin}).status == status


def test_a_page_tells_once(app: Flask) -> None:
    visitor = Visitor(app, "nganjuk.sekretaris")
    begun = visitor.start(NGANJUK, answers.for_element(NGANJUK, "mulai"))

    first, second = visitor.get(begun.location), visitor.get(begun.location)

    assert [message for message in first.messages if "dimulai" in message]
    assert second.messages == []


@pytest.mark.parametrize("cookie", ["x", "x.y", "W1siZG9uZSIsICI8Yj54PC9iPiJdXQ==.00", "a." + "0" * 64])
def test_nothing_is_told_that_we_did_not_say(app: Flask, cookie: str) -> None:
    visitor = Visitor(app, "blitar.kadis")
    visitor.client.set_cookie("laksana_kabar", cookie)

    assert visitor.get("/tugas").messages == []
