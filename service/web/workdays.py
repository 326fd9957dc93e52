"""The page on which an admin keeps the working days of his office: tried first, saved afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from http import HTTPStatus

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from service import workdays
from service.engine.assignment import Role
from service.engine.day import read_day
from service.engine.worktime import OFFICE, CalendarRefused, Hours, Spans, Workdays, write_spans
from service.engine.worktime.edits import ZONES, falls_on_weekend
from service.errors import NotFound
from service.queries import organisation
from service.queries import workdays as found
from service.queries.workdays import Progress
from service.web import auth, policies, presentation, sessions, wording
from service.web.policies import Whose

blueprint = Blueprint("workdays", __name__)
WEEKDAYS = tuple(range(7))
MONDAY = date(2024, 1, 1)
"""Some Monday, to name the days of the week after."""
MONTHS = range(1, 13)
LONGEST = 300
WITH_FIELDS = frozenset({"add-day", "set-hours", "set-week", "set-ramadan", "set-zone", "add-unit"})
CARRIED = frozenset({"csrf_token", "_kunci", "ubah", "langkah", "tahun"})


@dataclass(frozen=True, slots=True)
class Cell:
    """One day of the year at a glance."""

    number: int
    state: str
    """nasional, cuti-bersama, lokal, khusus, ramadan, tutup or kerja."""
    words: str
    is_today: bool


@dataclass(frozen=True, slots=True)
class Month:
    """A month in weeks from Monday on; None where another month stands."""

    first: date
    weeks: tuple[tuple[Cell | None, ...], ...]


@dataclass(frozen=True, slots=True)
class Wrong:
    """What was typed wrong into which form."""

    kind: str
    sentences: Mapping[str, str]
    """By field; that of no field stands at the top of the page."""
    typed: Mapping[str, str]


@blueprint.get("/hari-kerja", endpoint="page")
@policies.people(Role.ADMIN)
def show() -> str:
    """Show a year with its days off, the hours, and how far open due dates follow."""
    if "HX-Request" in request.headers:
        return render_template("admin/_recomputation.html", progress=_progress())
    return _page(request.args)


@blueprint.post("/hari-kerja")
@policies.people(Role.ADMIN, whose=Whose.OF_THE_OFFICE)
def change() -> Response | str | tuple[str, int]:
    """Say what a change would move, or save it."""
    actor, kind = auth.actor(), request.form.get("ubah", "")
    typed = {name: text[:LONGEST].strip().replace("–", "-") for name, text in request.form.items()
             if name not in CARRIED}  # fmt: skip
    try:
        if request.form.get("langkah") == "simpan":
            workdays.change(actor, kind, typed, presentation.now())
            sessions.tell(gettext("Perubahan disimpan. Tenggat tugas yang terbuka dihitung ulang."))
            year, unit = request.form.get("tahun") or None, _kept_unit(kind, typed) or None
            return redirect(url_for("workdays.page", tahun=year, unit=unit), HTTPStatus.SEE_OTHER)
        _, preview = workdays.tried(actor, kind, typed)
    except CalendarRefused as refused:
        sentences = {_field(kind, fault): sentence(fault) for fault in reversed(refused.faults)}
        wrong = Wrong(kind, sentences, dict(request.form))
        return _page(request.form, wrong), HTTPStatus.UNPROCESSABLE_ENTITY
    except NotFound:
        wrong = Wrong(kind, {"unit": gettext("Pilih salah satu unit dari daftar.")}, dict(request.form))
        return _page(request.form, wrong), HTTPStatus.UNPROCESSABLE_ENTITY
    return render_template(
        "admin/workdays_preview.html",
        kind=kind,
        typed=typed,
        year=request.form.get("tahun", ""),
        title=_title(kind, typed),
        on_weekend=falls_on_weekend(kind, typed),
        zone_moves=kind == "set-zone",
        preview=wording.localised(preview, auth.office_zone()),
    )


def _field(kind: str, refused: CalendarRefused) -> str:
    """Return the field beside which a sentence stands, none for the top of the page."""
    field = str(refused.facts.get("field", ""))
    return field if kind in WITH_FIELDS and (field == "unit") == (kind == "add-unit") else ""


def _page(asked: Mapping[str, str], wrong: Wrong | None = None) -> str:
    settled = found.workdays(auth.actor())
    units, names = found.units(auth.actor()), organisation.unit_names(auth.actor())
    unit = asked.get("unit", OFFICE)
    unit = unit if unit in settled.hours else OFFICE
    year = _year(asked.get("tahun", ""), settled)
    own = settled.hours[unit]
    return render_template(
        "admin/workdays.html",
        year=year,
        years=(year - 1 if year - 1 in settled.years else None, year + 1 if year + 1 in settled.years else None),
        is_known=year in settled.years,
        is_settled=settled.years.get(year, False),
        months=[_month(settled, unit, date(year, month, 1)) for month in MONTHS],
        weekdays=[_weekday(number) for number in WEEKDAYS],
        unit=unit,
        units=names,
        with_hours=[(code, names.get(code, code)) for code in settled.hours if code != OFFICE],
        without_hours=[(code, name) for code, name in units.items() if code not in settled.hours],
        days=[(day, off, day.weekday() >= MONDAY.weekday() + 5) for day, off in sorted(own.days_off.items())
              if day.year == year],
        special=[(day, _hours(spans)) for day, spans in sorted(own.special_days.items()) if day.year == year],
        ramadan=[one for one in settled.ramadan if year in {one.first.year, one.last.year}],
        week=_week(own),
        day_of_480=own.day_of_480,
        keeps_days_off=own.keeps_days_off,
        zone=settled.zone,
        zones=[(zone, f"{presentation.ZONES[zone]} ({zone})") for zone in ZONES],
        progress=_progress(),
        wrong=wrong,
    )  # fmt: skip


def _progress() -> Progress | None:
    progress = found.progress(auth.actor())
    return progress and wording.localised(progress, auth.office_zone())


def _kept_unit(kind: str, typed: Mapping[str, str]) -> str:
    return "" if kind == "remove-unit" else typed.get("unit", "")


def _year(text: str, settled: Workdays) -> int:
    this = presentation.local(presentation.now()).year
    return int(text) if text.isascii() and text.isdigit() and int(text[:9]) in settled.years else this


def _month(settled: Workdays, unit: str, first: date) -> Month:
    days = (first + timedelta(days=number) for number in range(31))
    cells: list[Cell | None] = [None] * first.weekday()
    cells += [_cell(settled, unit, day) for day in days if day.month == first.month]
    cells += [None] * (-len(cells) % 7)
    return Month(first, tuple(tuple(cells[at : at + 7]) for at in range(0, len(cells), 7)))


def _cell(settled: Workdays, unit: str, day: date) -> Cell:
    own, office = settled.hours[unit], settled.hours[OFFICE]
    off = own.days_off.get(day) or (office.days_off.get(day) if own.keeps_days_off else None)
    fasting = any(one.first <= day <= one.last for one in settled.ramadan)
    state, words = "kerja", ""
    if day in own.special_days:
        state, words = "khusus", gettext("jam khusus %(hours)s", hours=_hours(own.special_days[day]))
    elif off:
        state, words = off.source.value, off.name
    elif not (own.ramadan if fasting else own.week)[day.weekday()]:
        state = "tutup"
    elif fasting:
        state, words = "ramadan", gettext("jam kerja Ramadan")
    return Cell(day.day, state, words, day == presentation.local(presentation.now()).date())


def _week(own: Hours) -> list[tuple[int, str, str, str]]:
    """Return number and name of each day of the week, with its usual hours and those of Ramadan."""
    return [(number, _weekday(number), _hours(own.week[number]), _hours(own.ramadan[number])) for number in WEEKDAYS]


def _hours(spans: Spans) -> str:
    return ", ".join(write_spans((span,)).replace(":", ".") for span in spans)


def _weekday(number: int) -> str:
    return presentation.weekday_name(MONDAY + timedelta(days=number))


def _title(kind: str, typed: Mapping[str, str]) -> str:
    day = _said_day(typed.get("day", ""))
    return {
        "add-day": gettext("%(day)s menjadi hari libur: %(name)s", day=day, name=typed.get("name", "")),
        "remove-day": gettext("%(day)s bukan hari libur lagi", day=day),
        "set-hours": gettext("Jam khusus %(day)s: %(hours)s", day=day, hours=typed.get("hours", "")),
        "remove-hours": gettext("%(day)s kembali ke jam kerja biasa", day=day),
        "set-week": gettext("Jam kerja diubah"),
        "set-ramadan": gettext(
            "Ramadan dari %(first)s sampai %(last)s",
            first=_said_day(typed.get("first", "")),
            last=_said_day(typed.get("last", "")),
        ),
        "remove-ramadan": gettext("Ramadan mulai %(first)s dihapus", first=_said_day(typed.get("first", ""))),
        "set-zone": gettext("Zona waktu menjadi %(zone)s", zone=presentation.ZONES.get(typed.get("zone", ""), "")),
        "settle": gettext("Ketetapan hari libur tahun %(year)s", year=typed.get("year", "")),
        "add-unit": gettext("Unit ini mendapat kalender sendiri"),
        "remove-unit": gettext("Unit ini kembali ke kalender kantor"),
    }[kind]


def _said_day(text: str) -> str:
    try:
        return presentation.day_long(read_day(text))
    except ValueError:
        return text


def sentence(refused: CalendarRefused) -> str:
    """Say what is wrong with a change of the calendar, and what to do."""
    sentences = {
        "has-hours": gettext("Hari ini mempunyai jam khusus. Hapus jam khususnya dahulu."),
        "hours-changed": gettext(
            "Sementara itu admin lain menyimpan: %(hours)s. Periksa, lalu kirim lagi bila tetap diganti.",
            hours=str(refused.facts.get("hours", "")).replace(":", ".") or gettext("tutup"),
        ),
        "hours-empty": gettext("Jam selesai harus sesudah jam mulai."),
        "hours-many": gettext("Jam kerja terlalu panjang untuk disimpan. Ringkas menjadi beberapa rentang saja."),
        "hours-missing": gettext("Isi jam kerja hari itu, misalnya 08.00-12.00. Bila tutup, jadikan hari libur."),
        "hours-outside": gettext("Jam kerja harus antara 00.00 dan 24.00."),
        "hours-overlap": gettext("Rentang jam bertumpukan. Pisahkan, misalnya 07.30-12.00, 13.00-16.00."),
        "hours-unreadable": gettext("Tulis jam seperti 07.30-12.00, 13.00-16.00. Kosongkan bila tutup."),
        "name-invalid": gettext("Isi nama hari libur, paling banyak 150 huruf."),
        "no-day-off": gettext("Hari ini bukan hari libur di kalender ini."),
        "no-hours": gettext("Satu minggu harus mempunyai jam kerja."),
        "no-period": gettext("Periode ini sudah tidak ada. Muat ulang halaman."),
        "no-special-hours": gettext("Hari ini tidak mempunyai jam khusus."),
        "not-a-date": gettext("Isi dengan tanggal, misalnya 2/11/2026."),
        "period-long": gettext("Ramadan paling lama 31 hari. Periksa kedua tanggalnya."),
        "period-overlap": gettext("Periode ini bertumpukan dengan periode Ramadan lain."),
        "period-reversed": gettext("Hari terakhir harus sesudah hari pertama."),
        "unit-taken": gettext("Pilih unit yang belum mempunyai kalender sendiri."),
        "unit-unknown": gettext("Unit ini tidak mempunyai kalender sendiri."),
        "year-unknown": gettext("Kalender kantor belum memuat tahun ini. Tahun baru ditambah dua tahun ke depan."),
        "zone-moves": gettext("Pilih WIB, WITA, atau WIT: jam zona lain dapat berubah di tengah tahun."),
        "zone-unknown": gettext("Zona waktu ini tidak dikenal. Pilih WIB, WITA, atau WIT."),
    }
    return sentences.get(refused.reason, gettext("Perubahan ini tidak dapat disimpan."))
