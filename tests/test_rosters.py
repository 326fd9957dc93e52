"""The office as a spreadsheet: out and back in, rehearsed, done whole or not at all, and hostile files."""

import io
from collections.abc import Callable
from datetime import date, datetime, timedelta
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from flask import Flask
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.formula import ArrayFormula

from service import identity, organisation, rosters, workbook
from service.engine.assignment import Actor, Role
from service.errors import NotAllowed, RosterChanged, SpreadsheetRefused
from service.models import Unit, db
from tests import stage
from tests.walking import Player, Visitor

TABLES = ("unit", "position", "person", "holding", "role", "organisation_event")
Sheets = dict[str, list[tuple[str, ...]]]
NIP = "198501012010011001"


@pytest.fixture
def admin(player: Player) -> Actor:
    return player.actor("admin", "banggai")


def plan_of(admin: Actor, sheets: Sheets) -> list[str]:
    """Return what a spreadsheet would change."""
    plan = rosters.rehearse(admin, workbook.xlsx(sheets), stage.MONDAY)
    return [f"{one.kind} {one.sheet} {one.row} {one.subject}" for one in plan.lines]


def refusals(admin: Actor, sheets: Sheets) -> list[str]:
    plan = rosters.rehearse(admin, workbook.xlsx(sheets), stage.MONDAY)
    return [f"{one.sheet} {one.row} {one.refusal}" for one in plan.refused]


@pytest.mark.parametrize("write", [workbook.xlsx, workbook.csv_tables])
def test_what_was_written_out_changes_nothing(admin: Actor, write: Callable[[Sheets], bytes]) -> None:
    sheets = rosters.sheets(admin)

    plan = rosters.rehearse(admin, write(sheets), stage.MONDAY)

    assert (plan.lines, plan.unchanged) == ((), sum(len(rows) - 1 for rows in sheets.values()))


def test_new_changed_and_ended_rows_are_told_first_and_done_together(app: Flask, admin: Actor) -> None:
    sheets = rosters.sheets(admin)
    sheets["Unit"] += [("uptd_b", "UPTD B", "uptd_a", "tidak", ""), ("uptd_a", "=UPTD A", "", "ya", "")]
    sheets["Jabatan"] += [("kepala_uptd", "Kepala UPTD", "uptd_b", "kadis", "tidak", "")]
    sheets["Orang"] += [("banggai.baru", "Ni Luh", NIP, "", "ya")]
    sheets["Pemangku"] = [
        (*row[:5], "2026-12-31") if row[:2] == ("pelaksana", "banggai.pelaksana") else row for row in sheets["Pemangku"]
    ]
    sheets["Pemangku"] += [("kepala_uptd", "banggai.baru", "definitif", "", "3/11/2026", "")]
    before = stage.rows(app, TABLES)

    plan = rosters.rehearse(admin, workbook.xlsx(sheets), stage.MONDAY)

    assert stage.rows(app, TABLES) == before
    assert [(one.kind, one.subject) for one in plan.lines] == [
        ("new", "uptd_b"),
        ("new", "uptd_a"),
        ("new", "kepala_uptd"),
        ("new", "banggai.baru"),
        ("ended", "pelaksana · banggai.pelaksana · definitif"),
        ("new", "kepala_uptd · banggai.baru · definitif"),
    ]
    rosters.carry_out(admin, workbook.xlsx(sheets), plan.digest, stage.MONDAY)
    unit = db.session.get(Unit, ("banggai", "uptd_a"))
    assert unit is not None
    assert unit.name == "=UPTD A"
    assert plan_of(admin, sheets) == []
    with pytest.raises(RosterChanged):
        rosters.carry_out(admin, workbook.xlsx(sheets), plan.digest, stage.MONDAY)
    sheets["Jabatan"] = [(*row[:5], "ya") if row[0] == "kepala_uptd" else row for row in sheets["Jabatan"]]
    assert refusals(admin, sheets) == [
        f"Jabatan {len(sheets['Jabatan'])} position-held: names Ni Luh",
    ]


def test_what_was_given_twice_on_one_day_is_written_out_once(admin: Actor) -> None:
    day, now, minute = date(2026, 11, 2), stage.MONDAY, timedelta(minutes=1)
    for number in range(2):
        now += minute
        role = organisation.grant(admin, "analis", Role.AUDITOR, day, day, f"700/{number}", now)
        now += minute
        organisation.revoke(admin, role, now)
    sheets = rosters.sheets(admin)

    assert [row[2] for row in sheets["Peran"] if row[:2] == ("analis", "auditor")] == ["700/1"]
    assert refusals(admin, sheets) == []


def test_one_refused_row_keeps_all_from_being_saved(app: Flask, admin: Actor) -> None:
    sheets = rosters.sheets(admin)
    sheets["Unit"] += [("uptd", "UPTD", "", "ya", ""), ("x y", "Salah", "", "ya", "")]
    plan = rosters.rehearse(admin, workbook.xlsx(sheets), stage.MONDAY)
    before = stage.rows(app, TABLES)

    with pytest.raises(RosterChanged):
        rosters.carry_out(admin, workbook.xlsx(sheets), plan.digest, stage.MONDAY)

    assert stage.rows(app, TABLES) == before


WRONG: list[tuple[str, tuple[str, ...], str]] = [
    ("Unit", ("uptd", "UPTD", "tidak_ada", "ya", ""), "There is no such thing for this office."),
    ("Unit", ("uptd", "UPTD", "", "mungkin", ""), "yes-or-no column diminta_data"),
    ("Unit", ("sekretariat", "Sekretariat", "", "ya", ""), "twice"),
    ("Unit", ("uptd", "x" * 1001, "", "ya", ""), "too-long column nama"),
    ("Jabatan", ("baru", "Baru", "bidang1", "tidak_ada", "", ""), "There is no such thing for this office."),
    ("Orang", ("blitar.kadis", "Kepala Dinas", "", "", "ya"), "somebody took the same name"),
    ("Orang", ("banggai.baru", "Ni Luh", "123", "", "ya"), "nip-invalid"),
    ("Pemangku", ("kadis", "banggai.kasie", "raja", "", "2026-11-02", ""), "choice column sebagai"),
    ("Pemangku", ("kadis", "banggai.kasie", "plh", "", "2026-11-02", "2026-11-03"), "decree-missing"),
    ("Pemangku", ("kadis", "banggai.kasie", "definitif", "", "kemarin", ""), "date column mulai"),
    ("Pemangku", ("kadis", "banggai.kasie", "definitif", "", "31/02/2026", ""), "date column mulai"),
    ("Pemangku", ("kadis", "banggai.kasie", "definitif", "", "9999-12-31", ""), "date column mulai"),
    ("Pemangku", ("kadis", "banggai.kasie", "definitif", "", "", ""), "missing column mulai"),
    ("Peran", ("banggai.kasie", "admin", "", "2026-11-02", ""), "works-here"),
    ("Peran", ("admin", "staff", "", "2026-11-02", ""), "looks-after"),
    ("Peran", ("analis", "auditor", "", "2026-11-02", "2026-12-31"), "decree-missing"),
    ("Peran", ("analis", "raja", "", "2026-11-02", ""), "choice column peran"),
]


def test_a_wrong_row_is_told_with_its_sheet_and_number(admin: Actor) -> None:
    for sheet, row, why in WRONG:
        sheets = rosters.sheets(admin)
        sheets[sheet].append(row)
        (told,) = refusals(admin, sheets)
        assert told.startswith(f"{sheet} {len(sheets[sheet])} {why}"), (row, told)


def test_what_was_decided_is_not_rewritten(admin: Actor) -> None:
    sheets = rosters.sheets(admin)
    acting = next(row for row in sheets["Pemangku"] if row[2] == "plh")
    number = sheets["Pemangku"].index(acting) + 1
    for changed, why in (
        ((*acting[:3], "1/2027", *acting[4:]), "decree-recorded column nomor_sk"),
        ((*acting[:5], "2026-12-31"), "longer column sampai"),
    ):
        sheets["Pemangku"][number - 1] = changed
        assert refusals(admin, sheets) == [f"Pemangku {number} {why}"]


def test_dates_numbers_and_formulas_of_a_spreadsheet_are_taken_as_they_are_meant(admin: Actor) -> None:
    sheets = rosters.sheets(admin)
    book = load_workbook(io.BytesIO(workbook.xlsx(sheets)))
    book["Pemangku"].append(["kabid", "banggai.kasie", "plh", 5, datetime(2026, 12, 1), datetime(2026, 12, 2)])  # noqa: DTZ001 - as Excel has them
    book["Orang"].append(["banggai.baru", '=HYPERLINK("https://evil.example")', "", "", True])
    book["Orang"].append(["banggai.lain", "Orang Lain", 198501012010011001, "", True])
    target = io.BytesIO()
    book.save(target)

    plan = rosters.rehearse(admin, target.getvalue(), stage.MONDAY)

    assert [(one.kind, one.subject, str(one.refusal or "")) for one in plan.lines] == [
        ("refused", "banggai.baru", "formula column nama"),
        ("refused", "banggai.lain", "number column nip"),
        ("new", "kabid · banggai.kasie · plh", ""),
    ]


@pytest.mark.parametrize("reckoned", ['=UPPER("a")', ArrayFormula("B1:B2", "=UPPER(B2)"), "#N/A"])
def test_what_a_spreadsheet_reckons_is_no_name(admin: Actor, reckoned: object) -> None:
    book = load_workbook(io.BytesIO(workbook.xlsx(rosters.sheets(admin))))
    row = book["Orang"].max_row + 1
    book["Orang"].append(["banggai.baru", "", "", "", "ya"])
    book["Orang"][f"B{row}"] = reckoned
    target = io.BytesIO()
    book.save(target)

    plan = rosters.rehearse(admin, target.getvalue(), stage.MONDAY)

    assert [(one.row, str(one.refusal)) for one in plan.lines] == [(row, "formula column nama")]


def test_cells_that_look_like_formulas_leave_as_text() -> None:
    rows = [("=1+1", "+1", "-1", "@SUM(A1)", "\tx", "biasa")]

    book = load_workbook(io.BytesIO(workbook.xlsx({"A": rows})))
    with ZipFile(io.BytesIO(workbook.csv_tables({"A": rows}))) as archive:
        line = archive.read("a.csv").decode("utf-8-sig").strip()

    assert [(cell.value, cell.data_type) for cell in next(book["A"].rows)][:4] == [(text, "s") for text in rows[0][:4]]
    assert line == "'=1+1,'+1,'-1,'@SUM(A1),'\tx,biasa"
    assert workbook.read(workbook.csv_tables({"A": rows}))["A"][0][1][:4] == list(rows[0][:4])


def zipped(**parts: bytes) -> bytes:
    target = io.BytesIO()
    with ZipFile(target, "w", ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "."), content)
    return target.getvalue()


def with_entities() -> bytes:
    """Return a spreadsheet whose workbook declares entities."""
    target, book = io.BytesIO(), io.BytesIO()
    Workbook().save(book)
    with ZipFile(book) as source, ZipFile(target, "w") as archive:
        for name in source.namelist():
            content = source.read(name)
            bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]>'
            archive.writestr(name, bomb + content if name == "xl/workbook.xml" else content)
    return target.getvalue()


def with_rows(count: int) -> bytes:
    rows = [("kode", "nama", "induk", "diminta_data", "tutup"), *[("a", "b", "", "", "")] * count]
    return workbook.xlsx({"Unit": rows})


HOSTILE = {
    "nothing": (b"", "unreadable"),
    "text": (b"kode,nama", "unreadable"),
    "large": (b"x" * 300_001, "too-large"),
    "half": (workbook.xlsx({"Unit": [("a",)]})[:-200], "unreadable"),
    "bomb": (zipped(unit__csv=b"0" * 20_000_001), "bomb"),
    "parts": (zipped(**{f"a{number}__csv": b"" for number in range(201)}), "bomb"),
    "entities": (with_entities(), "bomb"),
    "rows": (with_rows(10_000), "too-many-rows"),
    "no sheets": (zipped(lain__txt=b"x"), "sheet-missing"),
    "latin": (zipped(unit__csv=b"\xff\xfe\x00"), "unreadable"),
    "no workbook": (zipped(**{"[Content_Types]__xml": b"<x/>"}), "unreadable"),
}


def test_hostile_files_are_refused(app: Flask, admin: Actor) -> None:
    before = stage.rows(app, TABLES)
    for name, (content, cause) in HOSTILE.items():
        with pytest.raises(SpreadsheetRefused) as refusal:
            rosters.rehearse(admin, content, stage.MONDAY)
        assert refusal.value.cause == cause, name
    for header in (("kode", "nama"), ("kode", "nama", "induk", "diminta_data", "tutup", "lain"), ("kode",) * 5):
        sheets = rosters.sheets(admin) | {"Unit": [header]}
        with pytest.raises(SpreadsheetRefused, match="header"):
            rosters.rehearse(admin, workbook.xlsx(sheets), stage.MONDAY)
    assert stage.rows(app, TABLES) == before


def test_more_changes_than_others_can_wait_for_are_refused(app: Flask, admin: Actor) -> None:
    sheets = rosters.sheets(admin)
    sheets["Unit"] += [(f"unit_{number}", "Unit", "", "tidak", "") for number in range(rosters.MOST_CHANGES + 1)]
    before = stage.rows(app, TABLES)

    with pytest.raises(SpreadsheetRefused, match="too-many-changes"):
        rosters.rehearse(admin, workbook.xlsx(sheets), stage.MONDAY)

    assert stage.rows(app, TABLES) == before


def test_only_an_admin_of_the_office_has_it(player: Player) -> None:
    for user in ("banggai.kadis", "analis", "auditor"):
        with pytest.raises(NotAllowed):
            rosters.sheets(player.actor(user, "banggai"))


def test_the_page_shows_what_will_change_and_then_does_it(app: Flask) -> None:
    with app.app_context():
        admin = identity.actor(identity.person_named("admin"), "banggai", stage.MONDAY)
        sheets = rosters.sheets(admin)
    sheets["Unit"] += [("uptd", "UPTD Pasar", "", "ya", "")]
    visitor = Visitor(app, "admin")
    visitor.post("/jabatan", {"office": "banggai"})

    plan = visitor.post("/organisasi/lembar", {}, [("berkas", "organisasi.xlsx", workbook.xlsx(sheets))])
    (form,) = [one for one in plan.tree.forms if one.action == "/organisasi/lembar/terapkan"]
    typed = {name: value for name, value in form.form_values() if name != "csrf_token"}
    assert "uptd" in plan.main
    wrong = visitor.post("/organisasi/lembar/terapkan", typed | {"rencana": "0" * 64})
    assert (wrong.status, "Keadaan kantor berubah sementara itu." in wrong.main) == (409, True)
    assert visitor.post("/organisasi/lembar/terapkan", typed).status == 303
    assert "UPTD Pasar" in visitor.get("/organisasi").main

    refused = visitor.post("/organisasi/lembar", {}, [("berkas", "x.xlsx", b"bukan")])
    assert "Berkas ini bukan XLSX" in refused.main
    assert visitor.client.get("/organisasi/lembar.zip").data[:2] == b"PK"
    assert visitor.client.get("/organisasi/lembar.xlsx").data[:2] == b"PK"
