"""The pages on which admins look after units, posts and who holds them."""

from collections.abc import Mapping
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, update

from service.models import Holding, Person, Position, Unit, db
from tests import stage
from tests.answers import BLITAR
from tests.walking import Player, Visitor

TABLES = ("unit", "position", "person", "holding", "role", "organisation_event", "session")
POST = "/organisasi/jabatan/kabid"
HOLDER = {"capacity": "definitive", "user_name": "banggai.kasie", "decree": "", "first": "2026-11-02", "last": ""}
PLT = HOLDER | {"capacity": "plt", "decree": "800/9/2026", "first": "2026-12-01", "last": "2026-12-31"}


@pytest.fixture
def task(app: Flask) -> str:
    """Return the address of a task of the staff."""
    with app.app_context():
        player = Player()
        return f"/tugas/{player.task(player.reach(BLITAR, 'row_05'), 'row_05').id}"


@pytest.fixture
def admin(app: Flask) -> Visitor:
    visitor = Visitor(app, "admin")
    visitor.post("/jabatan", {"office": "banggai"})
    return visitor


def holding(app: Flask, user: str, position: str, capacity: str = "definitive") -> UUID:
    with app.app_context():
        found = select(Holding.id).join(Person, Person.id == Holding.person_id)
        own = (Person.user_name == user, Holding.position_code == position, Holding.capacity == capacity)
        return db.session.scalars(found.where(*own)).one()


def test_the_tree_shows_units_in_units_with_posts_and_who_holds_them(app: Flask, admin: Visitor) -> None:
    with app.app_context():
        db.session.execute(update(Holding).where(Holding.position_code == "kabid_bidang1").values(ends_at=stage.MONDAY))
        db.session.commit()

    page = admin.get("/organisasi")

    units = page.tree.xpath("//ul[@class='org']/li")
    assert [one.get("class").split()[1] for one in units][-2:] == ["depth-1", "depth-2"]
    assert "Plh. Kepala Seksi" not in page.main  # his time is over long ago
    (vacant,) = page.tree.xpath("//ul[@class='org']/li/ul/li[contains(., 'Kosong')]")
    assert "Kabid Pemberdayaan Sosial" in vacant.text_content()


def test_a_post_tells_who_held_holds_and_will_hold_it(app: Flask, admin: Visitor) -> None:
    admin.post(f"{POST}/akhiri/{holding(app, 'banggai.kabid', 'kabid')}", {"last": "2098-12-31"})
    admin.post(f"{POST}/tunjuk", PLT | {"first": "1/2/2099", "last": "31/3/2099"})  # typed where nothing helps

    page = admin.get(POST)

    lines = [" ".join(line.text_content().split()) for line in page.tree.xpath("//ol[@class='log']/li")]
    assert [line for line in lines if line.startswith("Kosong")] == [
        "Kosong Tidak ada yang memangku jabatan ini.1 Januari 2099 – 31 Januari 2099",
        "Kosong Tidak ada yang memangku jabatan ini.sejak 1 April 2099",
    ]
    assert any("Plt. Kepala Seksi" in line and "Akan datang" in line and "SK 800/9/2026" in line for line in lines)
    assert "menunjuk banggai.kasie sebagai Pelaksana tugas (Plt.), 1 Februari 2099 – 31 Maret 2099" in page.main


def test_two_holders_at_once_stand_out(app: Flask, admin: Visitor) -> None:
    with app.app_context():
        db.session.execute(update(Position).where(Position.code == "pelaksana").values(is_shared=True))
        db.session.commit()
    admin.post("/organisasi/jabatan/pelaksana/tunjuk", HOLDER)
    assert "Tumpang tindih" not in admin.get("/organisasi/jabatan/pelaksana").main
    with app.app_context():
        db.session.execute(update(Position).where(Position.code == "pelaksana").values(is_shared=False))
        db.session.commit()

    assert "memangku bersamaan." in admin.get("/organisasi/jabatan/pelaksana").main


def test_units_and_posts_are_added_changed_and_closed(app: Flask, admin: Visitor) -> None:
    unit = {"code": "uptd", "name": " UPTD  Pasar ", "parent": "sekretariat", "reports_data": "1"}
    assert admin.post("/organisasi/unit-baru", unit).status == 303
    changed = {"name": "UPTD Pasar Luwuk", "parent": ""}
    assert admin.post("/organisasi/unit/uptd", changed).status == 303
    post = {"code": "kepala_uptd", "name": "Kepala UPTD", "unit": "uptd", "superior": "kadis"}
    assert admin.post("/organisasi/jabatan-baru", post).status == 303
    assert admin.post("/organisasi/jabatan/kepala_uptd/ubah", post | {"name": "Kepala UPTD Pasar"}).status == 422
    del post["code"]
    assert admin.post("/organisasi/jabatan/kepala_uptd/ubah", post | {"name": "Kepala UPTD Pasar"}).status == 303
    assert (
        "mengubah nama dari Kepala UPTD menjadi Kepala UPTD Pasar" in admin.get("/organisasi/jabatan/kepala_uptd").main
    )
    assert "masih memuat" not in admin.get("/organisasi/unit/uptd/tutup").main
    assert admin.post("/organisasi/jabatan/kepala_uptd/tutup", {}).status == 303
    assert admin.post("/organisasi/unit/uptd/tutup", {}).status == 303

    with app.app_context():
        closed = db.session.get(Unit, ("banggai", "uptd"))
        assert closed is not None
        assert (closed.name, closed.parent_code, closed.reports_data) == ("UPTD Pasar Luwuk", None, False)
        assert closed.closed_at is not None
    assert admin.get("/organisasi").tree.xpath("//ul[@class='org']//a[contains(., 'UPTD')]") == []
    assert "Ditutup" in admin.get("/organisasi/jabatan/kepala_uptd").main


UNIT = {"code": "uptd", "name": "UPTD Pasar", "parent": "", "reports_data": ""}
NEW_POST = {"code": "kepala_uptd", "name": "Kepala UPTD", "unit": "", "superior": ""}
REFUSALS: list[tuple[str, Mapping[str, str], str, str]] = [
    ("/organisasi/unit-baru", UNIT | {"code": "Bidang 1"}, "code", "Kode terdiri atas huruf kecil"),
    ("/organisasi/unit-baru", UNIT | {"code": "kadis"}, "code", "Kode kadis sudah dipakai."),
    ("/organisasi/unit-baru", UNIT | {"name": "  "}, "name", "Isi nama, paling banyak 150 huruf"),
    ("/organisasi/unit-baru", UNIT | {"name": "x" * 151}, "name", "Isi nama, paling banyak 150 huruf"),
    ("/organisasi/unit-baru", UNIT | {"name": "x\x00y"}, "name", "Ada huruf yang tidak dapat disimpan."),
    ("/organisasi/unit-baru", UNIT | {"name": "x" * 301}, "name", "Paling banyak 300 huruf."),
    ("/organisasi/unit-baru", UNIT | {"parent": "tidak_ada"}, "parent", "Pilihan ini sudah tidak ada."),
    ("/organisasi/unit-baru", UNIT | {"office": "blitar"}, "", "Formulir ini memuat isian yang tidak dikenal."),
    ("/organisasi/unit/sekretariat", {"name": "A", "parent": "subbagian"}, "parent", "Susunan ini melingkar"),
    ("/organisasi/unit/sekretariat/tutup", {}, "", "Unit ini masih memuat: Subbagian"),
    ("/organisasi/jabatan-baru", NEW_POST | {"unit": "tidak_ada"}, "unit", "Pilihan ini sudah tidak ada."),
    ("/organisasi/jabatan-baru", NEW_POST | {"superior": "tidak_ada"}, "superior", "Pilihan ini sudah tidak ada."),
    ("/organisasi/jabatan/kadis/ubah", {"name": "A", "superior": "kabid"}, "superior", "Susunan ini melingkar"),
    ("/organisasi/jabatan/kadis/tutup", {}, "", "Jabatan ini masih dipegang: Kepala Dinas."),
    (f"{POST}/tunjuk", HOLDER, "first", "Jabatan ini sudah dipegang Kepala Bidang, 2 Januari 2023"),
    (f"{POST}/tunjuk", HOLDER | {"first": ""}, "first", "Wajib diisi."),
    (f"{POST}/tunjuk", HOLDER | {"first": "besok"}, "first", "Isi dengan tanggal"),
    (f"{POST}/tunjuk", HOLDER | {"first": "9999-12-31"}, "first", "Isi dengan tanggal"),
    (f"{POST}/tunjuk", HOLDER | {"last": "2026-02-30"}, "last", "Isi dengan tanggal"),
    (f"{POST}/tunjuk", PLT | {"last": "2026-11-01"}, "last", "Tanggal terakhir 1 November 2026 mendahului"),
    (f"{POST}/tunjuk", HOLDER | {"capacity": "raja"}, "capacity", "Pilih salah satu dari daftar."),
    (f"{POST}/tunjuk", HOLDER | {"user_name": ""}, "user_name", "Pilih orangnya."),
    (f"{POST}/tunjuk", HOLDER | {"user_name": "blitar.kadis"}, "user_name", "Kantor ini tidak mempunyai orang"),
    (f"{POST}/tunjuk", PLT | {"capacity": "plh", "user_name": "admin"}, "user_name", "admin atau auditor"),
    (f"{POST}/tunjuk", PLT, "capacity", "Plt. mengisi jabatan yang lowong"),
    (f"{POST}/tunjuk", PLT | {"capacity": "plh", "decree": " "}, "decree", "Isi nomor surat keputusan"),
    (f"{POST}/tunjuk", PLT | {"capacity": "plh", "last": ""}, "last", "Isi tanggal terakhirnya"),
    (f"{POST}/tunjuk", PLT | {"capacity": "plh", "first": "2027-01-01", "last": "2027-04-01"}, "last",
     "Paling lama 3 bulan: sampai dengan 31 Maret 2027."),
    (f"{POST}/tunjuk", PLT | {"capacity": "plh", "user_name": "banggai.kabid"}, "user_name", "bagi dirinya sendiri"),
    ("/organisasi/jabatan/pelaksana/tunjuk", PLT | {"capacity": "plh"}, "capacity", "dipegang beberapa orang"),
]  # fmt: skip


def test_a_refusal_stands_beside_its_field_and_nothing_is_stored(app: Flask, admin: Visitor) -> None:
    before = stage.rows(app, TABLES)

    for address, typed, field, sentence in REFUSALS:
        page = admin.post(address, typed)
        assert page.status == 422, (address, typed)
        place = f"//p[@id='{field}-salah']" if field else "//section[@role='alert']"
        assert sentence in " ".join(page.tree.xpath(place)[0].text_content().split())
        if field:
            (described,) = page.tree.xpath("//*[@aria-invalid='true']/@aria-describedby")
            assert described.endswith(f"{field}-salah")
        for name, text in typed.items():
            kept = page.tree.xpath(f"//input[@name='{name}'][@type='text' or @type='date']/@value")
            assert kept in ([], [text.replace("\x00", "\N{REPLACEMENT CHARACTER}")]), name

    assert stage.rows(app, TABLES) == before


AT_ONCE: list[tuple[str, Mapping[str, str], list[str]]] = [
    (f"{POST}/tunjuk", {"capacity": "plt", "user_name": "", "decree": "", "first": "", "last": ""},
     ["user_name", "decree", "first", "last"]),
    (f"{POST}/tunjuk", {"capacity": "", "user_name": "", "decree": "", "first": "besok", "last": "lusa"},
     ["capacity", "user_name", "first", "last"]),
    (f"{POST}/tunjuk", PLT | {"user_name": "admin", "decree": "", "last": "2028-11-03"},
     ["capacity", "user_name", "decree", "last"]),
    (f"{POST}/tunjuk", PLT | {"decree": "", "last": "2026-11-01"}, ["decree", "last"]),
    ("/organisasi/unit-baru", UNIT | {"code": "Bidang 1", "name": ""}, ["name", "code"]),
    ("/organisasi/jabatan-baru", NEW_POST | {"code": "kadis", "name": ""}, ["name", "code"]),
]  # fmt: skip


def test_everything_that_is_wrong_is_said_at_once_and_nothing_typed_is_lost(app: Flask, admin: Visitor) -> None:
    before = stage.rows(app, TABLES)

    for address, typed, fields in AT_ONCE:
        page = admin.post(address, typed)
        assert (page.status, list(page.mistakes)) == (422, fields), typed
        for name, text in typed.items():
            shown = page.tree.xpath(f"//input[@name='{name}'][@type='text' or @type='date']/@value")
            assert shown in ([], [text]), name

    assert stage.rows(app, TABLES) == before


def test_a_field_that_came_twice_is_refused(app: Flask, admin: Visitor) -> None:
    before = stage.rows(app, TABLES)

    page = admin.post("/organisasi/unit-baru", [*UNIT.items(), ("name", "Lain")])

    assert (page.status, stage.rows(app, TABLES)) == (422, before)
    assert "Isi satu jawaban saja." in page.main


def test_who_ends_a_holder_is_told_of_the_tasks_in_his_hands(app: Flask, task: str) -> None:
    admin, staff = Visitor(app, "admin"), Visitor(app, "blitar.jfu")
    admin.post("/jabatan", {"office": "blitar"})
    address = f"/organisasi/jabatan/jfu/akhiri/{holding(app, 'blitar.jfu', 'jfu')}"
    before = admin.get(address).main
    colleague = staff.get(f"{task}/teruskan").tree.xpath("//select[@name='kepada']/option/@value")[-1]

    told = []
    for act, typed in (("ambil", {}), ("teruskan", {"kepada": colleague})):
        assert staff.post(f"{task}/{act}", typed).status == 303
        told.append(admin.get(address).main)

    sentence = "1 tugas terbuka diambil atau diteruskannya dalam jabatan ini."
    assert [sentence in main for main in (before, *told)] == [False, True, True]


def test_what_has_ended_cannot_be_ended_later(app: Flask, admin: Visitor) -> None:
    address = f"{POST}/akhiri/{holding(app, 'banggai.kasie', 'kabid', 'plh')}"

    page = admin.post(address, {"last": "2026-12-01"})

    assert (page.status, "Masa ini sudah berakhir pada 4 November 2026." in page.main) == (422, True)


def test_what_is_not_there_is_not_found(admin: Visitor) -> None:
    for address in ("unit/tidak_ada", "jabatan/tidak_ada", "jabatan/tidak_ada/ubah", "jabatan/tidak_ada/tunjuk",
                    "jabatan/kabid/akhiri/01990000-0000-7000-8000-000000000000", "unit/tidak_ada/tutup"):  # fmt: skip
        assert admin.get(f"/organisasi/{address}").status == 404, address


def test_the_holding_of_another_post_or_office_is_not_ended(app: Flask, admin: Visitor) -> None:
    before = stage.rows(app, TABLES)
    foreign, other = holding(app, "blitar.kadis", "kadis"), holding(app, "banggai.kadis", "kadis")

    for one in (foreign, other):
        assert admin.post(f"{POST}/akhiri/{one}", {"last": "2026-11-02"}).status == 404

    assert stage.rows(app, TABLES) == before
