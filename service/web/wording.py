"""Sentences about refusals, incidents and places, made from the codes of the core; what pages tell in passing."""

import json
from collections.abc import Iterable
from dataclasses import fields, is_dataclass, replace
from datetime import date, datetime
from functools import cache
from types import SimpleNamespace
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from flask import request
from flask_babel import gettext

from service.engine import sop
from service.engine.day import read_day
from service.errors import (
    AttachmentRefused,
    CaseSuspended,
    CommentRefused,
    FieldError,
    OfficeChanged,
    OrganisationRefused,
    OutputsMissing,
    TaskClosed,
    TaskTaken,
)
from service.queries import organisation as offices
from service.queries.case_page import Stop
from service.web import auth, presentation

T = TypeVar("T")
LONGEST_TOLD = 300


def localised(value: T, zone: ZoneInfo) -> T:
    """Return a value of dataclasses with every moment on the clock of an office."""
    return _localised(value, zone)


def _localised(value: Any, zone: ZoneInfo) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(zone)
    if isinstance(value, tuple):
        return tuple(_localised(item, zone) for item in value)
    names = _fields_of(value.__class__)
    return replace(value, **{name: _localised(getattr(value, name), zone) for name in names}) if names else value


@cache
def _fields_of(kind: Any) -> tuple[str, ...]:
    """Return the names of what a dataclass is made from, none for any other type."""
    return tuple(field.name for field in fields(kind) if field.init) if is_dataclass(kind) else ()


def office_changed(error: OfficeChanged) -> str:
    """Say of which office a form is, and which one is open now."""
    names = offices.office_names([error.shown, error.chosen])
    return gettext(
        "Formulir ini dibuka untuk %(shown)s, sedangkan sekarang Anda bertindak untuk %(chosen)s. Tidak ada yang "
        "berubah. Untuk mengirimnya, pilih kantor formulir itu lewat Ganti jabatan, lalu mundur ke formulirnya dan "
        "kirim lagi.",
        shown=names.get(error.shown, error.shown),
        chosen=names.get(error.chosen, error.chosen),
    )


def undue(reason: str) -> str:
    """Say why a task has no due date."""
    return {
        "words": gettext("waktu baku SOP tidak dapat dihitung"),
        "beyond": gettext("kalender kantor belum memuat tahunnya"),
    }.get(reason, gettext("SOP tidak menetapkan waktu"))


def page(value: Any, **more: object) -> SimpleNamespace:
    """Return the fields of a dataclass for a template, with what only the page can say."""
    return SimpleNamespace(**{f.name: getattr(value, f.name) for f in fields(value)} | more)


def identity(entries: Iterable[tuple[str, tuple[str, ...]]]) -> tuple[tuple[str, str | tuple[str, ...], bool], ...]:
    """Return the identity sheet with the labels of the official form."""
    labels = {
        "sop.judul": gettext("Judul SOP"),
        "sop.instansi": gettext("Instansi"),
        "sop.nomor": gettext("Nomor SOP"),
        "sop.tanggal_pembuatan": gettext("Tanggal pembuatan"),
        "sop.tanggal_revisi": gettext("Tanggal revisi"),
        "sop.tanggal_efektif": gettext("Tanggal efektif"),
        "sop.disahkan_oleh": gettext("Disahkan oleh"),
        "sop.dasar_hukum": gettext("Dasar hukum"),
        "sop.kualifikasi": gettext("Kualifikasi pelaksana"),
        "sop.keterkaitan": gettext("Keterkaitan"),
        "sop.peralatan": gettext("Peralatan"),
        "sop.peringatan": gettext("Peringatan"),
        "sop.pencatatan": gettext("Pencatatan dan pendataan"),
    }
    return tuple(
        (labels[name], values if name in sop.LISTS else _entered(name, "".join(values)), bool(values))
        for name, values in entries
    )


def _entered(name: str, text: str) -> str:
    """Return an entry of the identity sheet, a date in words."""
    if not name.startswith("sop.tanggal_"):
        return text
    try:
        return presentation.day_full(read_day(text))
    except ValueError:
        return text


def closed(error: TaskClosed) -> str:
    """Say who was faster; whoever only looks at it has sent nothing."""
    by, at = error.facts.get("by"), error.facts.get("at")
    if error.facts.get("status") == "cancelled":
        told = gettext("Tugas ini ditutup sebelum selesai. Sebabnya tertulis pada riwayat berkas.")
    elif by and isinstance(at, datetime):
        told = gettext(
            "Tugas ini sudah diselesaikan oleh %(position)s, %(moment)s.",
            position=str(by),
            moment=presentation.moment(at.astimezone(auth.office_zone())),
        )
    else:
        return gettext("Tugas ini sudah tidak terbuka. Tidak ada yang berubah.")
    return told if request.method == "GET" else told + " " + gettext("Isian Anda tidak dikirim.")


def taken(error: TaskTaken) -> str:
    """Say who has the task and since when."""
    by, at = error.facts["by"], error.facts["at"]
    since = presentation.moment(at.astimezone(auth.office_zone())) if isinstance(at, datetime) else ""
    return gettext(
        "Tugas ini sudah diambil %(position)s %(moment)s. Tidak ada yang berubah dan isian Anda tidak dikirim.",
        position=str(by),
        moment=since,
    )


def suspended(error: CaseSuspended) -> str:
    """Say who suspended the case, since when and why."""
    by, at, reason = error.facts["by"], error.facts["at"], error.facts["reason"]
    told = gettext(
        "Ditangguhkan sejak %(moment)s oleh %(position)s",
        moment=presentation.moment(at.astimezone(auth.office_zone())) if isinstance(at, datetime) else "",
        position=str(by),
    )
    why = f": “{reason}”." if reason else "."
    return f"{told}{why} " + gettext("Tidak ada yang berubah. Isian dapat dikirim setelah berkas dilanjutkan.")


def stop(found: Stop) -> SimpleNamespace:
    """Say where a case stands still, why, and over which data."""
    itself = presentation.awaited(found.act, found.name)
    failed = (
        gettext("tindakan %(position)s", position=found.position) if found.act in {"complete", "raised"} else itself
    )
    return page(
        found,
        place=presentation.place(found.title, found.order) or failed,
        failed=failed,
        sentence=cause(found.cause),
        seen=tuple((name, stored(value)) for name, value in found.data.items()),
    )


def cause(code: str) -> str:
    """Say why the engine could not go on."""
    return {
        "calls-too-deep": gettext("SOP memanggil SOP lain terlalu dalam."),
        "data-too-large": gettext("Data berkas menjadi terlalu besar."),
        "decision-missing": gettext("Tabel keputusan untuk langkah ini tidak ada."),
        "decision-not-unique": gettext("Lebih dari satu aturan tabel keputusan cocok dengan data ini."),
        "decision-outputs-differ": gettext("Aturan tabel keputusan yang cocok memberi hasil berbeda."),
        "endless": gettext("Langkah otomatis berulang tanpa henti."),
        "error-uncaught": gettext("Layanan melaporkan kesalahan yang tidak ditangani SOP."),
        "loop-no-list": gettext("Daftar yang menentukan pelaksana bukan daftar."),
        "loop-no-number": gettext("Banyaknya pelaksana bukan bilangan bulat."),
        "loop-too-wide": gettext("Langkah ini dibagi kepada terlalu banyak pelaksana."),
        "no-flow": gettext("Tidak ada cabang yang cocok dengan data ini."),
        "nobody": gettext("Pelaksana yang dihitung dari data tidak ada di kantor ini, atau sudah ditutup."),
        "not-boolean": gettext("Syarat cabang tidak menghasilkan ya atau tidak."),
        "number-too-large": gettext("Angka hasil hitungan terlalu besar."),
        "result-too-large": gettext("Hasil hitungan terlalu besar."),
        "service-failed": gettext("Layanan di luar Laksana tidak dapat menyelesaikan langkah ini."),
        "timer-invalid": gettext("Waktu atau tenggat tidak dapat dibaca dari data."),
        "too-much-work": gettext("Hitungan langkah ini terlalu panjang."),
    }.get(code, gettext("Langkah berikutnya tidak dapat ditentukan dari data berkas."))


def stored(value: object, longest: int = LONGEST_TOLD) -> str:
    """Say a variable as it is stored; a long one by its beginning."""
    if value is None:
        return gettext("(kosong)")
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= longest else f"{text[:longest]}…"


def correction(error: FieldError) -> str:
    """Say why a corrected value was not taken."""
    limit = presentation.number(int(str(error.parameters.get("limit", 0))))
    return {
        "file-unknown": gettext("Ini bukan lampiran dari berkas ini."),
        "letters-unstorable": gettext("Ada huruf yang tidak dapat disimpan. Ketik ulang."),
        "not-json": gettext(
            "Tulis teks di antara tanda kutip, angka dengan titik, true atau false, atau daftar di antara [ dan ]."
        ),
        "number-too-large": gettext("Angka terlalu besar."),
        "too-many-values": gettext("Paling banyak %(limit)s data diperbaiki sekaligus.", limit=limit),
        "value-kind": gettext("Isi dengan teks, angka, true atau false, atau daftar."),
        "value-too-deep": gettext("Daftar bertingkat lebih dari %(limit)s.", limit=limit),
        "value-too-long": gettext("Paling banyak %(limit)s huruf.", limit=limit),
        "variable-unknown": gettext("Data ini tidak ada pada berkas."),
    }[error.code]


def comment(error: CommentRefused) -> str:
    """Say why a comment was not taken."""
    limit = presentation.number(int(str(error.facts.get("limit", 0))))
    match error.facts["reason"]:
        case "empty":
            return gettext("Tulis catatan lebih dulu.")
        case "too-long":
            return gettext("Catatan paling panjang %(limit)s huruf. Ringkas lebih dulu.", limit=limit)
        case _:
            return gettext("Satu berkas memuat paling banyak %(limit)s catatan.", limit=limit)


def attachment(error: AttachmentRefused) -> str:
    """Say why a file was not taken."""
    facts = {key: value for key, value in error.facts.items() if key != "reason"}
    name = str(facts.get("name", ""))
    match error.facts.get("reason"):
        case "too-large":
            return gettext(
                "Berkas %(name)s (%(size)s) melebihi batas %(limit)s dan tidak diunggah.",
                name=name,
                size=presentation.size(int(str(facts["size"]))),
                limit=presentation.size(int(str(facts["limit"]))),
            )
        case "too-many":
            return gettext("Satu tugas memuat paling banyak %(limit)s berkas.", limit=str(facts["limit"]))
        case "no-question":
            return gettext("Isian ini tidak menerima berkas.")
        case "infected":
            return gettext("Pemindai virus menolak berkas %(name)s; berkas tidak diunggah.", name=name)
        case "unscanned":
            return gettext(
                "Berkas %(name)s belum dapat diperiksa pemindai virus dan tidak diunggah. Coba lagi nanti.", name=name
            )
        case "bomb":
            return gettext("Isi berkas %(name)s terlalu besar setelah dibuka dan tidak diunggah.", name=name)
        case "macros":
            return gettext("Berkas %(name)s berisi makro dan tidak diunggah. Simpan tanpa makro.", name=name)
        case "empty":
            return gettext("Berkas %(name)s kosong dan tidak diunggah.", name=name)
        case "kind":
            return gettext(
                "Jenis berkas %(name)s tidak diterima. Pakai %(kinds)s.",
                name=name,
                kinds=", ".join(str(kind).upper() for kind in _texts(facts.get("kinds"))),
            )
        case _:
            return gettext("Isi berkas %(name)s tidak sesuai dengan jenisnya dan tidak diunggah.", name=name)


def _texts(value: object) -> list[object]:
    return value if isinstance(value, list) else []


# The organisation -----------------------------------------------------------------------------------


def organisation(error: OrganisationRefused) -> str:
    """Say what an appointment or another change of the office contradicts."""
    facts = {
        name: presentation.day_full(value) if isinstance(value, date) else value for name, value in error.facts.items()
    }
    if "first" in facts and "person" in facts:
        holder = f"{facts['prefix']} {facts['person']}".strip()
        last = facts["last"] or gettext("seterusnya")
        facts["who"] = gettext("%(who)s, %(first)s sampai dengan %(last)s", who=holder, first=facts["first"], last=last)
    return _organisation_sentences()[error.cause] % facts


def _organisation_sentences() -> dict[str, str]:
    return {
        "acted-for": gettext("Jabatan ini sedang dijalankan oleh %(who)s. Akhiri dahulu masa itu."),
        "acted-for-longer": gettext("Plh. masih menjalankan jabatan ini: %(names)s. Akhiri dahulu masa itu."),
        "acting-twice": gettext("Dalam masa itu sudah ada %(who)s."),
        "code-invalid": gettext("Kode terdiri atas huruf kecil, angka, dan garis bawah; paling banyak 40 huruf."),
        "code-taken": gettext("Kode %(code)s sudah dipakai."),
        "cycle": gettext("Susunan ini melingkar: %(code)s akan berada di atas dirinya sendiri."),
        "decree-invalid": gettext("Nomor surat keputusan paling banyak %(longest)s huruf, dalam satu baris."),
        "decree-missing": gettext("Isi nomor surat keputusan atau surat perintahnya."),
        "end-missing": gettext("Isi tanggal terakhirnya; penugasan ini berakhir otomatis."),
        "ended-already": gettext("Masa ini sudah berakhir pada %(last)s."),
        "ends-before-start": gettext("Tanggal terakhir %(last)s mendahului tanggal pertama %(first)s."),
        "held-already": gettext("Jabatan ini sudah dipegang orang yang sama: %(who)s."),
        "held-by-several": gettext("Jabatan ini masih dipegang beberapa orang: %(names)s."),
        "held-twice": gettext("Jabatan ini sudah dipegang %(who)s."),
        "holder-himself": gettext("Pemegang jabatan tidak menjadi Plh. bagi dirinya sendiri."),
        "looks-after": gettext("Orang ini menjadi admin atau auditor kantor ini, jadi tidak memegang jabatan."),
        "name-invalid": gettext("Isi nama, paling banyak %(longest)s huruf, dalam satu baris."),
        "nip-invalid": gettext(
            "NIP terdiri atas 18 angka: tanggal lahir, bulan pengangkatan, jenis kelamin, nomor urut."
        ),
        "own-account": gettext("Admin tidak menonaktifkan akunnya sendiri."),
        "own-role": gettext("Admin tidak mencabut perannya sendiri."),
        "person-inactive": gettext("Akun %(person)s tidak aktif."),
        "position-held": gettext("Jabatan ini masih dipegang: %(names)s."),
        "position-used": gettext("Jabatan ini masih menjadi atasan dari: %(names)s."),
        "post-held": gettext("Plt. mengisi jabatan yang lowong, sedangkan jabatan ini dipegang %(who)s. Tunjuk Plh."),
        "post-vacant": gettext(
            "Plh. mewakili pejabat yang berhalangan, sedangkan dalam masa itu jabatan ini lowong. Tunjuk Plt."
        ),
        "role-already": gettext("Peran ini sudah diberikan dalam masa itu."),
        "shared-post": gettext("Jabatan yang dipegang beberapa orang tidak memerlukan Plt. atau Plh."),
        "tasks-open": gettext("Masih ada tugas terbuka: %(names)s."),
        "too-long": gettext("Paling lama %(months)s bulan: sampai dengan %(last)s."),
        "unit-used": gettext("Unit ini masih memuat: %(names)s."),
        "works-here": gettext("Orang ini memegang jabatan (%(names)s), jadi tidak menjadi admin atau auditor."),
    }


def outputs_missing(error: OutputsMissing) -> str:
    """Name what keeps a step from closing, and say what is safe."""
    items = ", ".join(f"“{item}”" for item in error.items)
    return gettext(
        "Langkah ini belum dapat ditutup, karena output yang wajib belum ada: %(items)s. "
        "Isian Anda tersimpan dan tugas tetap terbuka.",
        items=items,
    )
