"""The Mutu Baku board: what the steps of a process take over all its cases, beside their standard; as a file too."""

from collections.abc import Iterator
from datetime import date

from flask import Blueprint, Response, render_template, request
from flask_babel import gettext

from service import spreadsheet
from service.engine.day import read_day
from service.errors import NotFound
from service.queries import pace
from service.queries.pace import Pace, Spread, Wanted
from service.spreadsheet import Cell
from service.web import auth, policies
from service.web.policies import Whose

blueprint = Blueprint("mutu_baku", __name__)
LONGEST_VERSION = 8
"""Digits."""
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("/mutu-baku")
@policies.people(whose=Whose.OF_THE_OFFICE)
def board() -> str:
    """Show the table of a process."""
    return render_template("staff/mutu_baku.html", table=pace.pace(auth.actor(), _wanted(request.args.get("sop", ""))))


@blueprint.get("/mutu-baku/<key>/tabel.xlsx")
@policies.people(whose=Whose.OF_THE_OFFICE)
def xlsx(key: str) -> Response:
    """Hand the table out as a workbook."""
    table = _table(key)
    return _file(key, "xlsx", WORKBOOK, spreadsheet.xlsx("Mutu Baku", _head(), _cells(table)))


@blueprint.get("/mutu-baku/<key>/tabel.csv")
@policies.people(whose=Whose.OF_THE_OFFICE)
def csv(key: str) -> Response:
    """Hand the table out as comma separated values."""
    return _file(key, "csv", "text/csv", spreadsheet.comma_separated(_head(), _cells(_table(key))))


def _table(key: str) -> Pace:
    found = pace.pace(auth.actor(), _wanted(key))
    if found is None:
        raise NotFound(process=key)
    return found


def _wanted(process: str) -> Wanted:
    version = request.args.get("versi", "")
    is_number = version.isascii() and version.isdigit() and len(version) <= LONGEST_VERSION
    return Wanted(process, _month("dari"), _month("sampai"), int(version) if is_number else None)


def _month(name: str) -> date | None:
    """Return the first day of a month that was asked for as 2026-11 or 11/2026; all else narrows nothing down."""
    text = request.args.get(name, "")
    try:
        return read_day(f"1/{text}" if "/" in text else f"{text}-01")
    except ValueError:
        return None


def _file(key: str, ending: str, kind: str, content: bytes) -> Response:
    response = Response(content, mimetype=kind)
    response.headers.set("Content-Disposition", "attachment", filename=f"mutu-baku-{key}.{ending}")
    return response


def _head() -> list[str]:
    return [
        gettext("Baris SOP"),
        gettext("Nomor tercetak"),
        gettext("Langkah"),
        gettext("Pelaksana"),
        gettext("Waktu baku"),
        gettext("Putaran selesai"),
        gettext("Menunggu, median (menit kerja)"),
        gettext("Menunggu, persentil 90 (menit kerja)"),
        gettext("Dikerjakan, median (menit kerja)"),
        gettext("Dikerjakan, persentil 90 (menit kerja)"),
        gettext("Bertenggat"),
        gettext("Tepat waktu"),
        gettext("Tepat waktu (%%)"),
        gettext("Dikembalikan"),
    ]


def _cells(table: Pace) -> Iterator[list[Cell]]:
    for row in table.rows:
        yield [
            row.order or None,
            row.number,
            row.title,
            row.lane,
            row.standard,
            row.count,
            *_minutes(row.waiting),
            *_minutes(row.handling),
            row.timed,
            row.in_time,
            row.share,
            row.returns,
        ]


def _minutes(spread: Spread | None) -> tuple[int | None, int | None]:
    return (spread.median, spread.most) if spread else (None, None)
