"""Why a change of the office was refused, in a sentence that says what to do, and the field that it is about."""

from flask_babel import gettext

from service.errors import Conflict, NotAllowed, NotFound, OrganisationRefused, Refused, SpreadsheetRefused
from service.web import wording

FIELDS = {
    "acted-for": ("first",),
    "acted-for-longer": ("last",),
    "acting-twice": ("first",),
    "code-invalid": ("code",),
    "code-taken": ("code",),
    "cycle": ("parent", "superior"),
    "decree-invalid": ("decree",),
    "decree-missing": ("decree",),
    "end-missing": ("last",),
    "ended-already": ("last",),
    "ends-before-start": ("last",),
    "held-already": ("user_name",),
    "held-by-several": ("is_shared",),
    "held-twice": ("first",),
    "holder-himself": ("user_name",),
    "looks-after": ("user_name", "role"),
    "name-invalid": ("name",),
    "nip-invalid": ("nip",),
    "person-inactive": ("user_name",),
    "post-held": ("capacity",),
    "post-vacant": ("capacity",),
    "role-already": ("role",),
    "shared-post": ("capacity",),
    "too-long": ("last",),
    "works-here": ("role",),
}
"""Fields that a refusal may be about, by its cause; a page has one of them."""
MISSING = {"person": ("user_name",), "unit": ("unit", "parent"), "position": ("superior",)}
"""The like, by what is not there."""


def fields(refusal: Refused) -> tuple[str, ...]:
    """Return the fields that a refusal may be about, none for the whole form."""
    match refusal:
        case OrganisationRefused():
            return FIELDS.get(refusal.cause, ())
        case NotFound():
            return next((MISSING[name] for name in refusal.facts if name in MISSING), ())
        case Conflict():
            return ("user_name",)
        case _:
            return (str(refusal.facts.get("field", "")),)


def sentence(refusal: Refused) -> str:
    """Say what contradicts a change, and what to do."""
    match refusal:
        case OrganisationRefused():
            return wording.organisation(refusal)
        case SpreadsheetRefused():
            return _of_spreadsheet().get(refusal.cause, gettext("Berkas ini tidak terbaca.")) % refusal.facts
        case _:
            return _others(refusal)


def _others(refusal: Refused) -> str:
    match refusal:
        case NotFound() if "person" in refusal.facts:
            return gettext("Kantor ini tidak mempunyai orang dengan nama pengguna itu.")
        case NotAllowed():
            return gettext("Orang ini juga bekerja untuk kantor yang tidak Anda kelola.")
        case NotFound():
            return gettext("Pilihan ini sudah tidak ada. Muat ulang halaman, lalu pilih lagi.")
        case Conflict():
            return gettext("Nama pengguna ini sudah dipakai. Pilih nama lain.")
        case _ if refusal.facts.get("field") == "email":
            return gettext("Isi dengan alamat surel, misalnya nama@kantor.go.id.")
        case _ if refusal.facts.get("field") == "user_name":
            return gettext("Nama pengguna terdiri atas huruf, angka, titik, garis hubung, dan garis bawah.")
        case _:
            return gettext("Perubahan ini tidak dapat disimpan.")


def _of_spreadsheet() -> dict[str, str]:
    return {
        "bomb": gettext("Berkas ini tidak diterima: isinya jauh lebih besar daripada berkasnya."),
        "choice": gettext("Kolom %(column)s: pilih salah satu dari %(choices)s."),
        "date": gettext("Kolom %(column)s: isi dengan tanggal, misalnya 2/11/2026."),
        "decree-recorded": gettext("Nomor SK yang sudah tercatat tidak diubah. Akhiri masanya, lalu catat yang baru."),
        "formula": gettext("Kolom %(column)s berisi rumus atau galat. Salin hasilnya, lalu tempel sebagai nilai."),
        "header": gettext("Lembar %(sheet)s: kolom %(column)s hilang, berulang, atau tidak dikenal."),
        "longer": gettext("Masa yang sudah tercatat tidak diperpanjang. Catat penunjukan baru dengan SK-nya."),
        "missing": gettext("Kolom %(column)s wajib diisi."),
        "number": gettext("Kolom %(column)s terbaca sebagai angka yang terlalu panjang. Ubah selnya menjadi teks."),
        "sheet-missing": gettext("Lembar tidak ditemukan: %(sheet)s."),
        "too-large": gettext("Berkas melebihi batas %(limit)s KB dan tidak dibaca."),
        "too-long": gettext("Kolom %(column)s terlalu panjang."),
        "too-many-changes": gettext("Paling banyak %(limit)s perubahan sekali unggah. Bagi menjadi beberapa berkas."),
        "too-many-rows": gettext("Lembar %(sheet)s melebihi batas %(limit)s baris."),
        "twice": gettext("Baris ini sudah ada di atas."),
        "unreadable": gettext("Berkas ini bukan XLSX atau ZIP berisi CSV, atau rusak."),
        "yes-or-no": gettext("Kolom %(column)s: isi dengan ya atau tidak."),
    }
