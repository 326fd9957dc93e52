"""The page of the working days: a year at a glance, every change tried before it is saved."""

from collections.abc import Mapping

import pytest
from flask import Flask

from service import jobs, organisation, timetable, workdays
from service.models import Recomputation, db
from service.organisation import UnitPlan
from service.queries.workdays import units
from tests.answers import NGANJUK
from tests.drafting import Sketch
from tests.engine.drawing import end, line, process, start, task
from tests.walking import Page, Player, Visitor, said

ADDRESS = "/hari-kerja"


def admin(app: Flask) -> Visitor:
    visitor = Visitor(app, "admin")
    visitor.post("/jabatan", {"office": "nganjuk"})
    return visitor


def asked(visitor: Visitor, kind: str, **typed: str) -> Page:
    return visitor.post(ADDRESS, {"ubah": kind, "tahun": "2026", "unit": "", **typed})


def saved(visitor: Visitor, kind: str, **typed: str) -> Page:
    return asked(visitor, kind, langkah="simpan", **typed)


def said_on(page: Page) -> str:
    return " ".join(page.tree.text_content().split())


def day_of(page: Page, month: int, day: int) -> str:
    cells = page.tree.xpath(f"(//table[@class='month-days'])[{month}]//td")
    (cell,) = (one for one in cells if (one.text or "").strip() == str(day))
    return str(cell.get("class"))


def test_the_year_shows_what_every_day_is(app: Flask) -> None:
    visitor = admin(app)
    saved(visitor, "add-day", day="2026-08-05", name="Hari jadi")
    saved(visitor, "set-hours", day="2026-08-06", hours="08.00-11.00")

    page = visitor.get(f"{ADDRESS}?tahun=2026")

    days = {5: "is-lokal", 6: "is-khusus", 8: "is-tutup", 17: "is-nasional"}
    assert {day: day_of(page, 8, day) for day in days} == days
    assert (day_of(page, 12, 24), day_of(page, 2, 24), day_of(page, 8, 4)) == (
        "is-cuti-bersama", "is-ramadan", "is-kerja",
    )  # fmt: skip
    assert page.tree.xpath("//nav//a[@aria-current='page']/span/text()")[0] == "Hari kerja"


def test_a_change_is_tried_then_saved_then_followed(app: Flask) -> None:
    with app.app_context():
        player = Player()
        case = player.start(NGANJUK)
        due = player.task(case, "row_01").due_at
        assert due is not None
        day = due.date().isoformat()
    visitor = admin(app)

    tried = asked(visitor, "add-day", day=day, name="Libur lokal")
    assert tried.status == 200
    assert "1 tenggat tugas yang terbuka akan berpindah." in said_on(tried)
    with app.app_context():
        assert all(off.name != "Libur lokal" for off in timetable.read("nganjuk").hours[""].days_off.values())

    hidden = {one.get("name"): one.get("value") for one in tried.tree.xpath("//main//form//input")}
    assert visitor.post(ADDRESS, {k: v for k, v in hidden.items() if k != "csrf_token"}).status == 303
    waiting = visitor.get(ADDRESS)
    assert "Perubahan disimpan. Tenggat tugas yang terbuka dihitung ulang." in waiting.messages
    assert waiting.tree.xpath("//*[@id='hitung-ulang']/@hx-trigger") == ["every 2s"]
    with app.app_context():
        asked_at = db.session.get_one(Recomputation, ("nganjuk",)).asked_at
        jobs.run_due(asked_at + workdays.SETTLING)
    done = visitor.get(ADDRESS)
    assert done.tree.xpath("//*[@id='hitung-ulang']/@hx-trigger") == []
    assert "memindahkan 1 tenggat" in said_on(done)
    assert "memindahkan tenggat" in said_on(visitor.get(f"/berkas/{case}"))


WEEK = {f"{kind}_{day}": "07.30-12.00" for kind in ("week", "ramadan") for day in range(5)}
FASTING = {name: text for name, text in WEEK.items() if name.startswith("ramadan")}


@pytest.mark.parametrize(
    ("kind", "typed", "field", "said"),
    [
        ("add-day", {"day": "besok", "name": "Libur"}, "day", "Isi dengan tanggal, misalnya 2/11/2026."),
        ("add-day", {"day": "2026-11-03", "name": " "}, "name", "Isi nama hari libur, paling banyak 150 huruf."),
        ("add-day", {"day": "2199-11-03", "name": "Libur"}, "day", "Kalender kantor belum memuat tahun ini."),
        ("set-hours", {"day": "2026-11-03", "hours": ""}, "hours", "Isi jam kerja hari itu"),
        ("set-hours", {"day": "2026-11-03", "hours": "pagi"}, "hours", "Tulis jam seperti"),
        ("set-week", {**WEEK, "week_4": "07.30-12.00, 11.00-14.00"}, "week_4", "Rentang jam bertumpukan."),
        ("set-week", {**WEEK, "ramadan_2": "12.00-08.00"}, "ramadan_2", "Jam selesai harus sesudah jam mulai."),
        ("set-week", FASTING, "week_0", "Satu minggu harus mempunyai jam kerja."),
        ("set-ramadan", {"first": "2026-03-01", "last": "2026-02-01"}, "last", "Hari terakhir harus sesudah"),
        ("set-ramadan", {"first": "2027-02-20", "last": "2027-03-01"}, "first", "Periode ini bertumpukan"),
        ("set-zone", {"zone": "Asia/Nganjuk"}, "zone", "Zona waktu ini tidak dikenal."),
        ("set-zone", {"zone": "Europe/Amsterdam"}, "zone", "Pilih WIB, WITA, atau WIT: jam zona lain"),
        ("add-unit", {"unit": "bukan_unit"}, "unit", "Pilih salah satu unit dari daftar."),
    ],
)
def test_what_is_typed_wrong_is_said_beside_the_field_and_kept(
    app: Flask, kind: str, typed: Mapping[str, str], field: str, said: str
) -> None:
    with app.app_context():
        before = timetable.read("nganjuk")

    page = saved(admin(app), kind, **typed)

    assert page.status == 422
    (control,) = page.tree.xpath("//main//*[@aria-invalid='true']")
    assert control.get("name") == field
    described = control.get("aria-describedby").split()
    assert page.tree.get_element_by_id(described[0]).text_content().strip().startswith(said)
    for name, text in typed.items():
        assert page.tree.xpath(f"//input[@id='{kind}-{name}']/@value") in ([text], [text.strip()], [])
    with app.app_context():
        assert timetable.read("nganjuk") == before


@pytest.mark.parametrize(
    ("kind", "typed", "fields"),
    [
        ("add-day", {"day": "besok", "name": " "}, {"day", "name"}),
        ("set-hours", {"day": "2199-11-03", "hours": ""}, {"day", "hours"}),
        ("set-week", {**WEEK, "week_0": "pagi", "ramadan_2": "12.00-08.00"}, {"week_0", "ramadan_2"}),
        ("set-week", {}, {"week_0", "ramadan_0"}),
        ("set-ramadan", {"first": "", "last": "nanti"}, {"first", "last"}),
    ],
)
def test_all_that_is_typed_wrong_is_said_at_once(
    app: Flask, kind: str, typed: Mapping[str, str], fields: set[str]
) -> None:
    page = saved(admin(app), kind, **typed)

    assert page.status == 422
    controls = page.tree.xpath("//main//*[@aria-invalid='true']")
    assert {control.get("name") for control in controls} == fields
    told = [page.tree.get_element_by_id(control.get("aria-describedby").split()[0]) for control in controls]
    assert all(one.text_content().strip() for one in told)


def test_a_page_of_before_replaces_no_hours_that_it_did_not_show_until_it_has_said_so(app: Flask) -> None:
    visitor = admin(app)

    def typed(page: Page) -> dict[str, str]:
        (form,) = page.tree.xpath("//form[.//table[@class='week-hours']]")
        return {name: text for name, text in form.form_values() if name not in {"csrf_token", "ubah", "tahun", "unit"}}

    first = typed(visitor.get(ADDRESS))
    assert saved(visitor, "set-week", **first | {"week_0": "08.00-15.00", "week_4": ""}).status == 303
    mine = first | {"week_0": "09.00-15.00", "week_1": "07.00-15.00"}

    refused = saved(visitor, "set-week", **mine)

    assert refused.status == 422
    controls = refused.tree.xpath("//main//*[@aria-invalid='true']")
    told = [refused.tree.get_element_by_id(control.get("aria-describedby").split()[0]) for control in controls]
    assert {control.get("name"): said(note) for control, note in zip(controls, told, strict=True)} == {
        "week_0": "Sementara itu admin lain menyimpan: 08.00-15.00. Periksa, lalu kirim lagi bila tetap diganti.",
        "week_4": "Sementara itu admin lain menyimpan: tutup. Periksa, lalu kirim lagi bila tetap diganti.",
    }
    kept = typed(refused)
    assert {name: kept[name] for name in ("week_0", "week_1", "week_4")} == {
        name: mine[name] for name in ("week_0", "week_1", "week_4")
    }
    assert saved(visitor, "set-week", **kept).status == 303
    with app.app_context():
        assert timetable.read("nganjuk").hours[""].week[:2] == (((540, 900),), ((420, 900),))


def test_a_day_off_on_a_weekend_is_taken_and_said_to_change_nothing(app: Flask) -> None:
    tried = asked(admin(app), "add-day", day="2026-11-07", name="Sabtu")

    assert tried.status == 200
    assert "jatuh pada akhir pekan" in said_on(tried)


def test_a_year_without_a_decree_says_so(app: Flask) -> None:
    visitor = admin(app)

    assert "belum ditetapkan dengan keputusan bersama" in said_on(visitor.get(f"{ADDRESS}?tahun=2028"))
    saved(visitor, "settle", year="2028", decreed="ya")
    assert "belum ditetapkan dengan keputusan bersama" not in said_on(visitor.get(f"{ADDRESS}?tahun=2028"))


def test_the_zone_changes_and_the_clock_of_the_pages_with_it(app: Flask) -> None:
    visitor = admin(app)

    assert saved(visitor, "set-zone", zone="Asia/Makassar").status == 303

    assert "WITA" in visitor.get(ADDRESS).tree.xpath("string(//div[@class='nav-foot'])")


def test_a_unit_gets_a_calendar_and_gives_it_back(app: Flask) -> None:
    with app.app_context():
        unit, name = next(iter(units(Player().actor("admin", "nganjuk")).items()))
    visitor = admin(app)
    assert saved(visitor, "add-unit", unit=unit).status == 303

    page = visitor.get(f"{ADDRESS}?unit={unit}")
    assert page.tree.xpath("//ul[@class='tabs']//a[@aria-current]/text()") == [name]
    assert saved(visitor, "remove-unit", unit=unit).status == 303
    assert visitor.get(ADDRESS).tree.xpath("//ul[@class='tabs']") == []


def test_the_calendar_of_a_closed_unit_is_called_by_its_name(app: Flask) -> None:
    with app.app_context():
        player = Player()
        actor = player.actor("admin", "nganjuk")
        organisation.add_unit(actor, "uptd", UnitPlan("UPTD Lama"), player.now)
        workdays.change(actor, "add-unit", {"unit": "uptd"}, player.now)
        organisation.close_unit(actor, "uptd", player.now)

    page = admin(app).get(f"{ADDRESS}?unit=uptd")

    assert page.tree.xpath("//ul[@class='tabs']//a[@aria-current]/text()") == ["UPTD Lama"]
    assert "UPTD Lama · kalender sendiri" in said_on(page)


def test_a_task_without_a_due_date_says_why(app: Flask) -> None:
    with app.app_context():
        sketch = Sketch()
        sketch.deploy(process(start() + task("t") + end() + line("mulai", "t", "selesai")))
        address = f"/tugas/{sketch.task(sketch.begin(), 't').id}"
    visitor = Visitor(app, "blitar.kadis")

    assert "tanpa tenggat: SOP tidak menetapkan waktu" in said_on(visitor.get(address))
    (row,) = visitor.get("/tugas?tab=semua").tree.xpath(f"//*[@data-row][.//a[contains(@href, '{address}')]]")
    assert "tanpa tenggat" in row.text_content()
