"""The pages on which admins look after people and their roles."""

import re
from collections.abc import Mapping

import pytest
from flask import Flask
from sqlalchemy import select

from service.models import Person, Role, db
from tests import stage
from tests.racing import Race
from tests.walking import Page, Visitor

TABLES = ("person", "holding", "role", "organisation_event", "session")
NEW = {"user_name": "banggai.baru", "name": "Ni Luh", "nip": "19850101 201001 1 001", "email": "ni@kantor.example"}
AUDITOR = {"role": "auditor", "decree": "700/12/2026", "first": "2026-11-02", "last": "2027-01-31"}


@pytest.fixture
def admin(app: Flask) -> Visitor:
    return at(app)


def at(app: Flask, user: str = "admin") -> Visitor:
    visitor = Visitor(app, user)
    visitor.post("/jabatan", {"office": "banggai"})
    return visitor


def names(page: Page) -> list[str]:
    return [str(name) for name in page.tree.xpath("//a[@class='what']/text()")]


def role_of(app: Flask, user: str, name: str) -> str:
    with app.app_context():
        found = select(Role.id).join(Person, Person.id == Role.person_id)
        own = (Person.user_name == user, Role.name == name, Role.tenant_id == "banggai")
        return str(db.session.scalars(found.where(*own)).one())


FOUND = {
    "q=kasie": ["Kepala Seksi"],
    "q=KEPALA+s": ["Kepala Seksi"],
    "q=1976+0101": ["Kepala Seksi"],
    "q=%25": [],
    "q=blitar": [],
    "q=kasie&keadaan=nonaktif": [],
    "q=kasie&keadaan=x&hal=99999999999": ["Kepala Seksi"],
}


def test_people_are_found_by_name_user_name_and_service_number(admin: Visitor) -> None:
    assert {query: names(admin.get(f"/orang?{query}")) for query in FOUND} == FOUND


def test_a_new_person_signs_in_with_the_password_that_is_shown_once(app: Flask, admin: Visitor) -> None:
    page = admin.post("/orang-baru", NEW)

    password = str(page.tree.xpath("//section[@id='sandi']//code/text()")[0])
    assert re.fullmatch(r"([a-z2-9]{4}-){3}[a-z2-9]{4}", password)
    assert password not in admin.get("/orang/banggai.baru").main
    assert "NIP 198501012010011001" in page.main
    with app.app_context():
        assert password not in str([one.password_hash for one in db.session.scalars(select(Person))])
    client = app.test_client()
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/masuk").text)
    assert token
    sent = {"user_name": "banggai.baru", "password": password, "csrf_token": token[1]}
    assert client.post("/masuk", data=sent).status_code == 302


def test_a_new_password_and_a_disabled_account_end_every_session(app: Flask, admin: Visitor) -> None:
    staff = Visitor(app, "banggai.kasie")
    assert "Kata sandi baru" in admin.post("/orang/banggai.kasie/kata-sandi", {}).main
    assert staff.get("/tugas").status == 302

    with app.app_context():
        known = db.session.scalars(select(Person).where(Person.user_name == "banggai.sekretaris")).one().password_hash
    staff = Visitor(app, "banggai.sekretaris")
    assert admin.post("/orang/banggai.sekretaris/akun", {}).status == 303
    assert staff.get("/tugas").status == 302
    assert "Akun nonaktif" in admin.get("/orang/banggai.sekretaris").main
    assert admin.post("/orang/banggai.sekretaris/akun", {"aktif": "1"}).status == 303
    assert Visitor(app, "banggai.sekretaris").get("/tugas").status == 200
    with app.app_context():
        after = db.session.scalars(select(Person).where(Person.user_name == "banggai.sekretaris")).one().password_hash
    assert after == known


KASIE, ADDRESS = "/orang/banggai.kasie", "kasie@kantor.example"


def test_an_account_that_is_disabled_while_its_address_is_saved_stays_disabled(race: Race) -> None:
    first, second = at(race.app), at(race.app)
    typed = {"name": "Kepala Seksi", "nip": "", "email": ADDRESS}

    saved, disabled = race.between(
        "UPDATE office SET revision", lambda _: first.post(KASIE, typed), lambda _: second.post(f"{KASIE}/akun", {})
    )

    assert (saved.status, disabled.status) == (303, 303)
    with race.player():
        known = db.session.scalars(select(Person).where(Person.user_name == "banggai.kasie")).one()
        assert (known.email, known.is_active) == (ADDRESS, False)


def test_an_address_that_is_saved_while_the_account_is_disabled_stays(race: Race) -> None:
    first, second = at(race.app), at(race.app)
    typed = {"name": "Kepala Seksi", "nip": "", "email": ADDRESS}

    disabled, saved = race.between(
        "UPDATE office SET revision", lambda _: first.post(f"{KASIE}/akun", {}), lambda _: second.post(KASIE, typed)
    )

    assert (disabled.status, saved.status) == (303, 303)
    with race.player():
        known = db.session.scalars(select(Person).where(Person.user_name == "banggai.kasie")).one()
        assert (known.email, known.is_active) == (ADDRESS, False)


def test_a_page_of_before_replaces_nothing_that_it_did_not_show_until_it_has_said_so(admin: Visitor) -> None:
    page = admin.get(KASIE)
    seen = dict(page.controls("data"))["semula"]
    admin.post(KASIE, {"name": "Kepala Seksi", "nip": NEW["nip"], "email": ADDRESS, "semula": seen})
    stale = {"name": "Kasi Umum", "nip": "", "email": "", "semula": seen}

    page = admin.post(KASIE, stale)

    assert page.status == 409
    assert f"Kepala Seksi · 198501012010011001 · {ADDRESS}" in page.main
    assert "Tidak ada yang disimpan" in page.main
    assert dict(page.controls("data"))["name"] == "Kasi Umum"
    assert admin.get(KASIE).title == "Kepala Seksi"
    assert admin.post(KASIE, dict(page.controls("data"))).status == 303
    assert admin.get(KASIE).title == "Kasi Umum"


def test_roles_are_given_for_a_time_and_taken_away(app: Flask, admin: Visitor) -> None:
    admin.post("/orang-baru", NEW)
    staff = role_of(app, "banggai.baru", "staff")
    assert admin.post(f"/orang/banggai.baru/peran/{staff}/akhiri", {"last": ""}).status == 303
    assert (
        admin.post("/orang/banggai.baru/peran", AUDITOR | {"first": "2099-01-01", "last": "2099-01-31"}).status == 303
    )

    page = admin.get("/orang/banggai.baru")

    assert "1 Januari 2099 – 31 Januari 2099 · SK 700/12/2026" in page.main
    assert "memberi peran Auditor" in page.main
    again = admin.post("/orang/banggai.baru/peran", AUDITOR | {"first": "2099-01-31", "last": "2099-02-28"})
    assert (again.status, "sudah diberikan dalam masa itu" in again.main) == (422, True)


PERSON = {"name": "Kepala Seksi", "nip": "", "email": ""}
REFUSALS: list[tuple[str, Mapping[str, str], str, str]] = [
    ("/orang-baru", NEW | {"user_name": "a b"}, "user_name", "Nama pengguna terdiri atas huruf"),
    ("/orang-baru", NEW | {"user_name": ""}, "user_name", "Nama pengguna terdiri atas huruf"),
    ("/orang-baru", NEW | {"user_name": "blitar.kadis"}, "user_name", "Nama pengguna ini sudah dipakai."),
    ("/orang-baru", NEW | {"user_name": "x" * 81}, "", "tidak dapat disimpan"),
    ("/orang-baru", NEW | {"nip": "123"}, "nip", "NIP terdiri atas 18 angka"),
    ("/orang-baru", NEW | {"email": "bukan surel"}, "email", "Isi dengan alamat surel"),
    ("/orang/banggai.kasie", PERSON | {"nip": "19761301 200604 1 106"}, "nip", "NIP terdiri atas 18 angka"),
    ("/orang/banggai.kasie", PERSON | {"name": ""}, "name", "Isi nama"),
    ("/orang/admin/akun", {}, "", "Admin tidak menonaktifkan akunnya sendiri."),
    ("/orang/banggai.kasie/peran", AUDITOR, "role", "Orang ini memegang jabatan (kasie, kabid)"),
    ("/orang/banggai.kasie/peran", AUDITOR | {"role": "admin"}, "role", "Orang ini memegang jabatan"),
    ("/orang/admin/peran", AUDITOR | {"role": "staff"}, "role", "menjadi admin atau auditor kantor ini"),
    ("/orang/analis/peran", AUDITOR | {"decree": ""}, "decree", "Isi nomor surat keputusan"),
    ("/orang/analis/peran", AUDITOR | {"last": ""}, "last", "Isi tanggal terakhirnya"),
    ("/orang/analis/peran", AUDITOR | {"role": "system"}, "role", "Pilih salah satu dari daftar."),
    ("/orang/analis/peran", AUDITOR | {"role": ""}, "role", "Pilih salah satu dari daftar."),
]  # fmt: skip


def test_a_refusal_stands_beside_its_field_and_nothing_is_stored(app: Flask, admin: Visitor) -> None:
    before = stage.rows(app, TABLES)

    for address, typed, field, sentence in REFUSALS:
        page = admin.post(address, typed)
        assert page.status == 422, (address, typed)
        place = f"//p[@id='{field}-salah']" if field else "//section[@role='alert']"
        assert sentence in " ".join(page.tree.xpath(place)[0].text_content().split())
        for name, text in typed.items():
            assert page.tree.xpath(f"//input[@name='{name}'][@type!='radio']/@value") in ([], [text]), name

    assert stage.rows(app, TABLES) == before


def test_everything_that_is_wrong_with_a_person_is_said_at_once_and_nothing_typed_is_lost(admin: Visitor) -> None:
    wrong = {"user_name": "blitar.kadis", "name": " ", "nip": "123", "email": "bukan surel"}
    page = admin.post("/orang-baru", wrong)

    assert (page.status, page.mistakes) == (
        422,
        {
            "name": "Isi nama, paling banyak 150 huruf, dalam satu baris.",
            "user_name": "Nama pengguna ini sudah dipakai. Pilih nama lain.",
            "nip": "NIP terdiri atas 18 angka: tanggal lahir, bulan pengangkatan, jenis kelamin, nomor urut.",
            "email": "Isi dengan alamat surel, misalnya nama@kantor.go.id.",
        },
    )
    assert {name: page.tree.get_element_by_id(name).get("value") for name in wrong} == wrong
    known = admin.post("/orang/banggai.kasie", {"name": "", "nip": "123", "email": "bukan surel"})
    assert (known.status, list(known.mistakes)) == (422, ["name", "nip", "email"])


def test_everything_that_an_auditor_lacks_is_said_at_once(admin: Visitor) -> None:
    page = admin.post("/orang/analis/peran", {"role": "auditor", "decree": "", "first": "", "last": ""})

    assert (page.status, list(page.mistakes)) == (422, ["decree", "first", "last"])


def test_an_admin_does_not_take_his_own_right_away(app: Flask, admin: Visitor) -> None:
    own = role_of(app, "admin", "admin")

    page = admin.post(f"/orang/admin/peran/{own}/akhiri", {"last": ""})

    assert (page.status, "Admin tidak mencabut perannya sendiri." in page.main) == (422, True)
    assert admin.get("/orang").status == 200


def test_people_of_offices_that_are_not_his_are_not_changed(app: Flask, admin: Visitor) -> None:
    admin.post("/orang-baru", NEW)
    admin.post(f"/orang/banggai.baru/peran/{role_of(app, 'banggai.baru', 'staff')}/akhiri", {"last": ""})
    admin.post("/orang/banggai.baru/peran", {"role": "admin", "decree": "", "first": "2026-11-02", "last": ""})
    before = stage.rows(app, TABLES)
    with app.app_context():
        person = db.session.scalars(select(Person).where(Person.user_name == "banggai.baru")).one()
        own = db.session.scalars(select(Person).where(Person.user_name == "admin")).one()
        person.password_hash, person.must_change_password = own.password_hash, False
        db.session.commit()
    before = stage.rows(app, ("person", "role"))
    local = at(app, "banggai.baru")

    for address, typed in (("", PERSON), ("/akun", {}), ("/kata-sandi", {})):
        page = local.post(f"/orang/analis{address}", typed)
        assert (page.status, "kantor yang tidak Anda kelola" in page.main) == (422, True), address

    assert stage.rows(app, ("person", "role")) == before
    assert local.get("/orang/blitar.kadis").status == 404
