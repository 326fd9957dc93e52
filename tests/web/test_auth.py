"""The door: who gets in, where he is led, and how long he may stay."""

import re
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from service import identity, organisation
from service.engine.appointment import DAY, Capacity
from service.organisation import Appointment
from service.web import presentation
from tests import stage
from tests.stage import Demo
from tests.walking import Page, Player, Stranger, Visitor, Walker, said

WRONG = "Nama pengguna atau kata sandi tidak cocok."


@pytest.fixture
def stranger(app: Flask) -> Stranger:
    return Stranger(app)


def test_who_signs_in_is_led_to_his_day(stranger: Stranger) -> None:
    entered = stranger.enter("blitar.kadis")

    assert (entered.status, entered.location) == (302, "/")
    assert stranger.get("/").location == "/tugas"
    assert stranger.get("/tugas").status == 200


@pytest.mark.parametrize(("user", "page"), [("analis", "/sop"), ("auditor", "/sop"), ("admin", "/organisasi")])
def test_overseers_are_led_to_their_first_page(stranger: Stranger, user: str, page: str) -> None:
    stranger.enter(user)

    assert stranger.get("/").location == page


@pytest.mark.parametrize(
    ("user", "password"),
    [
        ("blitar.kadis", "salah"),
        ("blitar.kadis", ""),
        ("siapa", "laksana"),
        ("", ""),
        ("blitar.kadis\x00", "laksana"),
        ("a" * 10_000, "b" * 10_000),
        ("' OR 1=1 --", "x"),
        ("<script>alert(1)</script>", "x"),
    ],
)
def test_every_wrong_sign_in_gets_the_same_answer(stranger: Stranger, user: str, password: str) -> None:
    refused = stranger.enter(user, password)

    assert refused.status == 401
    assert WRONG in refused.main
    assert without_values(refused) == without_values(Stranger(stranger.client.application).enter("siapa", "salah"))
    assert stranger.get("/tugas").location == "/masuk?next=/tugas"


def without_values(page: Page) -> str:
    """Return a page without the token and what was typed."""
    return re.sub(r'(value|content)="[^"]*"', "", page.response.text)


def test_the_typed_name_is_kept_and_the_password_is_not(stranger: Stranger) -> None:
    refused = stranger.enter("blitar.kadis", "rahasia sekali")

    (name,) = refused.tree.xpath("//input[@name='user_name']/@value")
    assert name == "blitar.kadis"
    assert "rahasia sekali" not in refused.response.text


def test_a_new_session_begins_with_the_sign_in(app: Flask) -> None:
    stranger = Stranger(app)
    before = stranger.token

    stranger.enter("blitar.kadis")

    # the token of the page before belongs to a session that is gone
    assert stranger.post("/bahasa", {"locale": "en"}).status == 400
    assert stranger.get("/tugas").token != before


def test_who_signs_out_is_out(app: Flask) -> None:
    visitor = Visitor(app, "blitar.kadis")

    assert visitor.post("/keluar").location == "/masuk"

    assert visitor.get("/tugas").location == "/masuk?next=/tugas"


def test_signing_in_twice_leads_on(app: Flask) -> None:
    visitor = Visitor(app, "blitar.kadis")

    assert visitor.get("/masuk").location == "/"


def test_who_is_disabled_is_out_with_the_next_request(app: Flask, walker: Walker) -> None:
    visitor = walker.as_user("blitar.kadis")
    assert visitor.get("/tugas").status == 200

    with app.app_context():
        identity.set_active("blitar.kadis", is_active=False)

    assert visitor.get("/tugas").location == "/masuk?next=/tugas"
    assert visitor.post("/mulai/blitar_data_salah", {"judul": "Coba"}).status == 401
    with app.app_context():
        identity.set_active("blitar.kadis", is_active=True)


def test_a_position_that_is_taken_away_is_gone_with_the_next_request(app: Flask, walker: Walker) -> None:
    visitor = walker.as_user("blitar.kadis")
    assert visitor.get("/mulai/blitar_penyusunan_dokumen").status == 200

    with app.app_context():
        stage.dismiss("blitar.kadis", "kadis")

    assert visitor.get("/mulai/blitar_penyusunan_dokumen").status == 403


# Where one is led -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "led"),
    [
        ("/berkas", "/berkas"),
        ("/tugas?tampilan=lewat&sop=a%20b", "/tugas?tampilan=lewat&sop=a%20b"),
        ("/sop/blitar_data_salah#peta", "/sop/blitar_data_salah#peta"),
        ("", "/"),
        ("berkas", "/"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("///evil.example/", "/"),
        ("/\\evil.example/", "/"),
        ("\\\\evil.example/", "/"),
        ("/\t/evil.example/", "/"),
        ("/\t\\evil.example/", "/"),
        ("\t//evil.example/", "/"),
        ("/\n/evil.example/", "/"),
        ("/\r\nSet-Cookie: a=b", "/"),
        (" //evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("http:/evil.example", "/"),
        ("//[evil", "/"),
        ("/\x00", "/"),
        ("/../..//evil.example", "/"),
    ],
)
def test_the_way_back_never_leads_away(stranger: Stranger, asked: str, led: str) -> None:
    entered = stranger.enter("blitar.kadis", target=asked)

    assert entered.status == 302
    assert inside(entered.location)
    if led != "/" or asked == "":
        assert entered.location == led


@pytest.mark.parametrize(
    "asked", ["https://evil.example/", "//evil.example/", "/\\evil.example", "/\t\\evil.example/", "//[evil"]
)
def test_choosing_a_language_never_leads_away(stranger: Stranger, asked: str) -> None:
    chosen = stranger.post("/bahasa", {"locale": "en", "next": asked})

    assert chosen.status == 302
    assert inside(chosen.location)


def inside(location: str) -> bool:
    """Tell whether a browser stays on this site: it drops tabs and line ends, and takes a backslash for a slash."""
    seen = re.sub(r"[\t\r\n]", "", location).strip().replace("\\", "/")
    return seen.startswith("/") and not seen.startswith("//")


@pytest.mark.parametrize("address", ["/tugas", "/berkas?q=a%26b&hal=2", "/tidak/ada"])
def test_a_stranger_is_led_to_the_door_and_back(stranger: Stranger, address: str) -> None:
    led = stranger.get(address)
    assert (led.status, led.location.partition("?")[0]) == (302, "/masuk")
    (target,) = stranger.get(led.location).tree.xpath(
        "//input[@name='next' and not(starts-with(@value, '/masuk'))]/@value"
    )

    entered = stranger.enter("blitar.kadis", target=target)

    assert entered.location == address


# Offices and languages ------------------------------------------------------------------------------


def test_overseers_change_their_office(walker: Walker) -> None:
    visitor = walker.as_user("analis")
    assert visitor.get("/sop/nganjuk_pengumpulan_data_kinerja").status == 404

    changed = visitor.post("/jabatan", {"office": "nganjuk"})

    assert (changed.status, changed.location) == (302, "/")
    assert visitor.get("/sop/nganjuk_pengumpulan_data_kinerja").status == 200
    assert visitor.get("/sop/blitar_data_salah").status == 404


@pytest.mark.parametrize("office", ["blitar", "tidak_ada", "", "\x00"])
def test_nobody_changes_to_an_office_that_is_not_his(walker: Walker, office: str) -> None:
    visitor = walker.as_user("nganjuk.sekretaris")

    visitor.post("/jabatan", {"office": office})

    assert visitor.get("/sop/blitar_data_salah").status == 404
    assert visitor.get("/sop/nganjuk_pengumpulan_data_kinerja").status == 200


def test_pages_are_indonesian_until_somebody_wants_english(walker: Walker) -> None:
    visitor = walker.as_user("blitar.kadis")
    assert visitor.get("/tugas").tree.get("lang") == "id"

    visitor.post("/bahasa", {"locale": "en", "next": "/tugas"})

    assert visitor.get("/tugas").tree.get("lang") == "en"
    visitor.post("/bahasa", {"locale": "xx", "next": "/tugas"})
    assert visitor.get("/tugas").tree.get("lang") == "en"
    visitor.post("/bahasa", {"locale": "id", "next": "/tugas"})
    assert visitor.get("/tugas").tree.get("lang") == "id"


@pytest.mark.parametrize(
    ("form", "page"),
    [
        ("/akun/token", "/akun"),
        ("/akun/surel", "/akun"),
        ("/orang/blitar.kadis/peran", "/orang/blitar.kadis/peran"),
        ("/sop/blitar_data/versi/1/tolak", "/sop/blitar_data"),
        ("/tidak/ada/lagi", "/"),
    ],
)
def test_the_language_of_an_answered_form_is_changed_on_a_page_that_can_be_read(
    walker: Walker, form: str, page: str
) -> None:
    answered = walker.as_user("admin").post(form, {"surel": "x"})

    assert set(answered.tree.xpath("//form[@class='languages']//input[@name='next']/@value")) == {page}


@pytest.mark.parametrize(
    ("form", "typed", "shown"),
    [
        ("/akun/token", {"nama": "Rekap", "cakupan": "read", "berlaku": "30"}, "//input[@id='rahasia']"),
        ("/orang/analis/kata-sandi", {}, "//p[@class='secret']"),
    ],
)
def test_a_page_that_shows_a_secret_once_offers_no_other_language(
    walker: Walker, form: str, typed: dict[str, str], shown: str
) -> None:
    answered = walker.as_user("admin").post(form, typed)

    assert answered.tree.xpath(shown), answered.main
    assert answered.tree.xpath("//form[@class='languages']") == []


def test_the_language_outlives_signing_in_and_out(stranger: Stranger) -> None:
    stranger.post("/bahasa", {"locale": "en"})
    stranger.token = stranger.get("/masuk").token
    stranger.enter("blitar.kadis")
    stranger.token = stranger.get("/tugas").token
    stranger.post("/keluar")

    assert stranger.get("/masuk").tree.get("lang") == "en"


# Cookies --------------------------------------------------------------------------------------------


def test_the_cookie_is_for_this_site_and_no_script(stranger: Stranger) -> None:
    cookie = stranger.enter("blitar.kadis").response.headers["Set-Cookie"]

    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}


def test_behind_https_the_cookie_is_for_https_only(demo: Demo) -> None:
    demo.restore()
    app = stage.started(replace(demo.settings, demo=False, https=True))

    cookie = app.test_client().get("/masuk", base_url="https://localhost").headers["Set-Cookie"]

    assert "Secure" in {part.strip() for part in cookie.split(";")}
    stage.release(app)


@pytest.mark.parametrize("value", ["", "x", "eyJwZXJzb24iOiJhIn0.aaaa.bbbb", "a" * 4000])
def test_a_forged_cookie_is_nobody(stranger: Stranger, value: str) -> None:
    stranger.client.set_cookie("laksana", value)

    assert stranger.get("/tugas").location == "/masuk?next=/tugas"


def test_demonstration_people_are_named_in_demonstration_mode_only(demo: Demo, stranger: Stranger) -> None:
    assert "blitar.kadis" in stranger.get("/masuk").main

    app = stage.started(replace(demo.settings, demo=False))
    assert "blitar.kadis" not in Stranger(app).get("/masuk").main
    stage.release(app)


def test_the_page_says_as_whom_somebody_acts_and_until_when(app: Flask, walker: Walker) -> None:
    today = datetime.now(ZoneInfo("Asia/Jakarta")).date()
    with app.app_context():
        player = Player()
        plh = Appointment("blitar.sekretaris", "kadis", today, today + 2 * DAY, Capacity.PLH, "800/1/SPT/2026")
        organisation.appoint(player.actor("admin", "blitar"), plh, player.now)

    page = walker.as_user("blitar.sekretaris").get("/tugas")

    (badge,) = page.tree.xpath("//summary[@class='post']//span[@class='who']")
    with app.test_request_context():
        last = presentation.day_full(today + 2 * DAY)
    assert said(badge) == f"Plh. Kepala Dinas s.d. {last} Dinas Sosial Kabupaten Blitar"
