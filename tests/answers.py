"""The script of all walks: what typical officials write at every step of the five SOPs.

`for_element` returns answers as a browser sends them, nested: numbers are Indonesian text ("94,10"), dates are ISO
text, ticked boxes are lists, rows are lists of dicts. Read-only and computed fields are left out. A file field names
files; `files_in` lists them, `with_files` puts the ids of uploaded files in their place. All facts are invented.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypedDict, Unpack

Row = Mapping[str, str | Sequence[str]]
Answer = str | Sequence[str] | Sequence[Row]
Raw = dict[str, Answer]

BLITAR: Final = "blitar_penyusunan_dokumen"
WRONG_DATA: Final = "blitar_data_salah"
BANGGAI: Final = "banggai_pengukuran_kinerja"
RENSTRA: Final = "banggai_monitoring_renstra"
NGANJUK: Final = "nganjuk_pengumpulan_data_kinerja"

FORMS: Final[dict[str, dict[str, str]]] = {
    BLITAR: {
        "mulai": "mulai",
        "row_01": "disposisi",
        "row_02": "rapat",
        "row_03": "permintaan_data",
        "row_04": "penugasan",
        "row_04_bidang": "data_bidang",
        "row_05": "pengolahan",
        "row_06": "telaah",
        "row_07": "draf",
        "row_08": "pengajuan",
        "row_09": "pemeriksaan",
        "row_10": "pengesahan",
        "row_11": "instruksi_pengiriman",
        "row_12": "agenda",
        "row_13": "distribusi",
        "row_14": "pengiriman",
        "row_15": "arsip",
    },
    WRONG_DATA: {
        "mulai": "mulai",
        "row_01": "disposisi",
        "row_02": "rapat",
        "row_03": "permintaan_data",
        "row_04": "penugasan",
        "row_04_bidang": "data_bidang",
        "row_05": "pengolahan",
        "row_06": "telaah_awal",
        "row_07": "perbandingan",
        "row_08": "pengembalian_data",
        "row_08_bidang": "perbaikan_data",
        "row_09": "himpun_perbaikan",
        "row_10": "draf",
        "row_11": "pengajuan",
    },
    BANGGAI: {
        "mulai": "mulai",
        "row_01": "disposisi",
        "row_02": "format_isian",
        "row_03": "permintaan_data",
        "row_04": "undangan",
        "row_05": "rapat",
        "row_06_bidang": "data_bidang",
        "row_06": "himpun_data",
        "row_07": "telaah",
        "row_08": "draf",
        "row_10": "pengajuan",
        "row_09": "pemeriksaan",
        "row_11": "tanda_tangan",
        "row_12": "pengiriman",
        "row_13": "arsip",
    },
    RENSTRA: {
        "mulai": "mulai",
        "row_01": "disposisi",
        "row_02": "format_isian",
        "row_03": "permintaan_data",
        "row_04": "undangan",
        "row_05": "rapat",
        "row_06_bidang": "data_bidang",
        "row_06": "himpun_data",
        "row_07": "telaah",
        "row_08": "draf",
        "row_09": "pemeriksaan",
        "row_10": "penyerahan",
    },
    NGANJUK: {
        "mulai": "mulai",
        "row_01": "disposisi",
        "row_02": "penugasan",
        "row_03": "permintaan_data",
        "row_04_bidang": "data_bidang",
        "row_04": "himpun_data",
        "row_05": "rekap",
        "row_06": "telaah",
        "row_07": "penyerahan",
    },
}
"""Process key -> element id -> form id, in the order of one pass without returns."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One requested indicator and what each unit reports for it."""

    name: str
    unit_of_measure: str
    target: str
    source: str
    owner: str
    """A unit code, or "semua"."""
    reported: Mapping[str, str]
    wrong: str = ""
    """What the owner reports when its data are wrong: last year's figure."""


UNITS: Final[dict[str, list[dict[str, str]]]] = {
    "blitar": [
        {"kode": "bidang1", "nama": "Bidang Pemberdayaan Sosial"},
        {"kode": "bidang2", "nama": "Bidang Rehabilitasi Sosial"},
        {"kode": "bidang3", "nama": "Bidang Perlindungan dan Jaminan Sosial"},
        {"kode": "sekretariat", "nama": "Sekretariat"},
    ],
    "banggai": [
        {"kode": "bidang1", "nama": "Bidang Pemberdayaan Sosial"},
        {"kode": "bidang2", "nama": "Bidang Rehabilitasi Sosial"},
        {"kode": "bidang3", "nama": "Bidang Perlindungan dan Jaminan Sosial"},
        {"kode": "sekretariat", "nama": "Sekretariat"},
    ],
    "nganjuk": [
        {"kode": "bidang1", "nama": "Bidang Pemerintahan Desa"},
        {"kode": "bidang2", "nama": "Bidang Pemberdayaan Masyarakat Desa"},
        {"kode": "bidang3", "nama": "Bidang Pembangunan Kawasan Perdesaan"},
        {"kode": "sekretariat", "nama": "Sekretariat"},
    ],
}
"""The value of `unit_kantor` per office."""

_BUDGET: Final = Measure(
    "Realisasi anggaran",
    "persen",
    "75",
    "Laporan realisasi anggaran",
    "semua",
    {"bidang1": "71,20", "bidang2": "68,45", "bidang3": "74,00", "sekretariat": "79,90"},
)
_SOCIAL: Final = [
    Measure(
        "Pekerja sosial masyarakat yang aktif",
        "persen",
        "85",
        "Rekap pemberdayaan sosial",
        "bidang1",
        {"bidang1": "82,50"},
        wrong="79,00",
    ),
    Measure(
        "Penyandang disabilitas terlantar yang mendapat rehabilitasi sosial dasar",
        "persen",
        "92",
        "Rekap layanan rehabilitasi sosial",
        "bidang2",
        {"bidang2": "93,20"},
        wrong="92,40",
    ),
    Measure(
        "Lanjut usia terlantar yang mendapat rehabilitasi sosial dasar",
        "persen",
        "90",
        "Laporan panti",
        "bidang2",
        {"bidang2": "86,40"},
    ),
    Measure(
        "Korban bencana yang terpenuhi kebutuhan dasarnya",
        "orang",
        "1.250",
        "Berita acara penyaluran",
        "bidang3",
        {"bidang3": "1.180"},
        wrong="1.250",
    ),
    Measure(
        "Dokumen perencanaan dan pelaporan tepat waktu",
        "dokumen",
        "6",
        "Agenda Sekretariat",
        "sekretariat",
        {"sekretariat": "5"},
        wrong="6",
    ),
    _BUDGET,
]
_VILLAGE: Final = [
    Measure(
        "Desa dengan APB Desa tepat waktu",
        "desa",
        "264",
        "Rekap evaluasi APB Desa",
        "bidang1",
        {"bidang1": "251"},
        wrong="264",
    ),
    Measure(
        "Lembaga kemasyarakatan desa yang dibina",
        "lembaga",
        "120",
        "Laporan pembinaan",
        "bidang2",
        {"bidang2": "96"},
        wrong="110",
    ),
    Measure(
        "BUM Desa berkategori maju",
        "persen",
        "22,50",
        "Pemeringkatan BUM Desa",
        "bidang3",
        {"bidang3": "19,75"},
        wrong="22,50",
    ),
    _BUDGET,
]


def office(process_key: str) -> str:
    """Return the office key of a process."""
    return process_key.split("_", maxsplit=1)[0]


def units(process_key: str) -> list[str]:
    """Return the unit codes of the office, in their order."""
    return [unit["kode"] for unit in UNITS[office(process_key)]]


def system_variables(process_key: str) -> dict[str, object]:
    """Return what the service itself puts into a new case."""
    return {"unit_kantor": [dict(unit) for unit in UNITS[office(process_key)]]}


def measures(process_key: str, unit: str | None = None) -> list[Measure]:
    """Return the indicators of a process; with a unit, those its data sheet shows."""
    every = _VILLAGE if process_key == NGANJUK else _SOCIAL
    return [measure for measure in every if unit is None or measure.owner in {"semua", unit}]


class Variant(TypedDict, total=False):
    """The ways in which walks differ."""

    outcome: str
    """The decision of a step that decides: "kembalikan", "tidak_sesuai"; without it the step agrees."""
    unit: str
    """Whose data sheet or repair sheet it is."""
    wrong: Sequence[str]
    """The units that report last year's figure for their own indicator."""
    asked: Sequence[str]
    """The units asked for data, if not all."""
    round_number: int
    """2 and more after returns."""


def for_element(process_key: str, element_id: str, **variant: Unpack[Variant]) -> Raw:
    """Return what is typed at an element; "mulai" is the start form."""
    step = _Step(
        process_key,
        variant.get("outcome", ""),
        variant.get("unit", "bidang1"),
        tuple(variant.get("wrong", ())),
        tuple(variant.get("asked", ())) or tuple(units(process_key)),
        variant.get("round_number", 1),
    )
    return _WRITERS[FORMS[process_key][element_id]](step)


def files_in(raw: Raw) -> list[str]:
    """Return the names of the files that these answers attach."""
    return list(_attachments(raw))


def with_files(raw: Raw, ids: Mapping[str, str]) -> Raw:
    """Return the answers with the ids of uploaded files in place of their names."""
    return {key: _renamed(key, value, ids) for key, value in raw.items()}


def content(name: str) -> bytes:
    """Return what stands in a file of these answers: a small PDF whose text is its name."""
    page = f"BT /F1 12 Tf 20 50 Td ({name}) Tj ET".encode("ascii")
    font = b"<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>"
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 100]/Contents 4 0 R/Resources" + font + b">>",
        b"<</Length %d>>stream\n%b\nendstream" % (len(page), page),
    ]
    body = b"%PDF-1.4\n"
    places: list[int] = []
    for number, part in enumerate(parts, 1):
        places.append(len(body))
        body += b"%d 0 obj%b endobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return (
        body
        + b"xref\n0 5\n0000000000 65535 f \n"
        + table
        + b"trailer<</Root 1 0 R/Size 5>>\nstartxref\n%d\n%%%%EOF\n" % len(body)
    )


def as_html(raw: Raw) -> list[tuple[str, str]]:
    """Return the answers as the name-value pairs a browser posts: "isian.0.realisasi"."""
    return [pair for key, value in raw.items() for pair in _pairs(key, value)]


def _pairs(name: str, value: Answer) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield name, value
        return
    for place, item in enumerate(value):
        if isinstance(item, Mapping):
            for key, inner in item.items():
                yield from _pairs(f"{name}.{place}.{key}", inner)
        elif isinstance(item, str):
            yield name, item


def _attachments(answers: Mapping[str, Answer]) -> Iterator[str]:
    for key, value in answers.items():
        for item in () if isinstance(value, str) else value:
            if not isinstance(item, str):
                yield from _attachments(item)
            elif _holds_files(key):
                yield item


def _holds_files(key: str) -> bool:
    return key.startswith(("berkas_", "bukti"))


def _renamed(key: str, value: Answer, ids: Mapping[str, str]) -> Answer:
    if isinstance(value, str):
        return value
    names = [item for item in value if isinstance(item, str)]
    rows = [item for item in value if not isinstance(item, str)]
    if rows:
        return [{inner: _cell(inner, cell, ids) for inner, cell in row.items()} for row in rows]
    return [ids[name] for name in names] if _holds_files(key) else names


def _cell(key: str, cell: str | Sequence[str], ids: Mapping[str, str]) -> str | Sequence[str]:
    return [ids[name] for name in cell] if _holds_files(key) and not isinstance(cell, str) else cell


@dataclass(frozen=True, slots=True)
class _Step:
    process: str
    outcome: str
    unit: str
    wrong: tuple[str, ...]
    asked: tuple[str, ...]
    round: int

    @property
    def document(self) -> str:
        return _DOCUMENTS[self.process]

    @property
    def returned(self) -> bool:
        return self.round > 1


_DOCUMENTS: Final = {
    BLITAR: "Laporan Kinerja Triwulan III Tahun 2026",
    WRONG_DATA: "Perbaikan Data Laporan Kinerja Triwulan III Tahun 2026",
    BANGGAI: "Pengukuran Kinerja Triwulan III Tahun 2026",
    RENSTRA: "Monitoring Renstra Triwulan III Tahun 2026",
    NGANJUK: "Data Kinerja Triwulan III Tahun 2026",
}


def _start(step: _Step) -> Raw:
    facts: Raw = {"judul": step.document, "tahun": "2026", "periode": "Triwulan III"}
    if office(step.process) == "blitar":
        facts["jenis_dokumen"] = "Laporan kinerja triwulan"
    return facts | {
        "asal_surat": "Bagian Organisasi Setda",
        "nomor_surat": "065/412/409.022/2026",
        "tanggal_surat": "2026-10-05",
        "hal_surat": f"Permintaan {step.document}",
    }


def _disposition(step: _Step) -> Raw:
    receiver = {NGANJUK: ["kasubbag"], RENSTRA: ["sekretaris", "kasubag"]}.get(step.process, ["sekretaris"])
    return {
        "asal_surat": "Bagian Organisasi Setda",
        "nomor_surat": "065/412/409.022/2026",
        "tanggal_surat": "2026-10-05",
        "hal_surat": f"Permintaan {step.document}",
        "sifat": "segera",
        "diteruskan_kepada": receiver,
        "dengan_hormat_harap": ["proses lebih lanjut", "koordinasi dan konfirmasi"],
        "instruksi": "Siapkan data capaian tiap Bidang dan laporkan hasilnya.",
        "batas_waktu": "2026-10-30",
    }


def _meeting(step: _Step) -> Raw:
    facts: Raw = {
        "tanggal_rapat": "2026-10-08",
        "peserta_rapat": "Sekretaris, Kasubbag Perencanaan, Kepala Bidang",
        "hasil_rapat": "Data diserahkan paling lambat 16 Oktober, disertai bukti dukung untuk setiap indikator.",
    }
    facts |= (
        {"tempat_rapat": "Ruang rapat Dinas"}
        if office(step.process) == "blitar"
        else {"pimpinan_rapat": "Kepala Dinas"}
    )
    return facts


def _indicator_rows(step: _Step) -> list[Row]:
    return [
        {
            "indikator": measure.name,
            "satuan": measure.unit_of_measure,
            "target": measure.target,
            "sumber": measure.source,
            "bidang": measure.owner,
        }
        for measure in measures(step.process)
    ]


def _format(step: _Step) -> Raw:
    name = "Format monitoring Renstra" if step.process == RENSTRA else "Format pengukuran kinerja"
    return {
        "nama_format": name,
        "indikator": _indicator_rows(step),
        "petunjuk_pengisian": "Isi capaian sampai dengan 30 September 2026.",
        "berkas_format": ["format-isian.pdf"],
    }


def _request(step: _Step) -> Raw:
    facts: Raw = {
        "batas_data": "2026-10-16",
        "petunjuk_pengisian": "Isi capaian sampai dengan 30 September 2026 dan lampirkan bukti dukung.",
        "indikator": _indicator_rows(step),
        "unit_diminta": list(step.asked),
    }
    if step.process != NGANJUK:
        facts |= {"nomor_nota": "050/118/2026", "tanggal_nota": "2026-10-09"}
    return facts


def _assignment(step: _Step) -> Raw:
    if step.process == NGANJUK:
        return {
            "petugas_penghimpun": "Penyusun Bahan Evaluasi, Rencana, Program dan Laporan",
            "uraian_tugas": "Kirim format ke tiap Bidang dan himpun isiannya.",
            "batas_tugas": "2026-10-20",
        }
    return {
        "petugas_penghimpun": "JFU Subbagian Perencanaan",
        "uraian_tugas": "Hubungi tiap Bidang, periksa kelengkapan isian dan bukti dukung.",
    }


def _sheet(step: _Step) -> Raw:
    faulty = step.unit in step.wrong
    rows: list[Row] = [
        {
            "realisasi": measure.wrong if faulty and measure.wrong else measure.reported[step.unit],
            "bukti": [f"rekap-{step.unit}-{place}.pdf"],
            "catatan": "Angka per 30 September 2026.",
        }
        for place, measure in enumerate(measures(step.process, step.unit), 1)
    ]
    return {"isian": rows, "catatan_unit": "Data sudah diperiksa Kepala Bidang." if step.unit == "bidang2" else ""}


def _processing(_step: _Step) -> Raw:
    return {
        "kelengkapan_data": "lengkap",
        "hasil_pengolahan": "Data keempat unit sudah digabung dan dihitung ulang.",
        "berkas_olahan": ["olahan-data.pdf"],
    }


def _gathering(step: _Step) -> Raw:
    missing = [unit for unit in units(step.process) if unit not in step.asked]
    facts: Raw = {"kelengkapan_data": "lengkap", "catatan_himpun": "Isian sudah dikonfirmasi kepada unit."}
    if missing:
        facts |= {
            "kelengkapan_data": "belum lengkap",
            "unit_belum_lengkap": missing,
            "catatan_kelengkapan": "Unit tersebut tidak diminta pada periode ini.",
        }
    return facts


def _analysis(step: _Step) -> Raw:
    facts: Raw = {
        "kesimpulan_telaah": "Dua dari tiga indikator mencapai target triwulan. Dua panti terlambat melapor.",
        "rekomendasi_telaah": "Jelaskan keterlambatan laporan panti dalam dokumen.",
    }
    if step.process == NGANJUK:
        facts["indikator_belum_tercapai"] = "BUM Desa berkategori maju, karena pemeringkatan belum selesai."
    if step.process != BLITAR:
        return facts
    return facts | (
        {
            "kesesuaian": "tidak_sesuai",
            "unit_diragukan": list(step.wrong),
            "alasan_kesesuaian": "Realisasi sama persis dengan tahun lalu. Mohon dibandingkan dengan data acuan.",
        }
        if step.outcome == "tidak_sesuai"
        else {"kesesuaian": "sesuai"}
    )


def _first_analysis(_step: _Step) -> Raw:
    return {
        "kesimpulan_telaah": "Beberapa angka sama persis dengan tahun lalu dan perlu dibandingkan.",
        "dugaan_tidak_sesuai": "Realisasi indikator pertama tiap Bidang.",
    }


def _comparison(step: _Step) -> Raw:
    rows: list[Row] = []
    for unit in step.asked:
        for measure in measures(step.process, unit):
            row: dict[str, str] = {"pembanding_sumber": "data tahun lalu", "unit_perbaikan_baris": unit}
            if unit in step.wrong and measure.wrong:
                row |= {"pembanding": measure.wrong, "sesuai": "tidak", "catatan": "Sama persis dengan tahun lalu."}
            else:
                row |= {"pembanding": measure.reported[unit], "sesuai": "ya"}
            rows.append(row)
    return {"perbandingan": rows}


def _return_of_data(step: _Step) -> Raw:
    if not step.wrong or step.outcome == "sesuai":
        return {"hasil_banding": "sesuai"}
    return {
        "hasil_banding": "tidak_sesuai",
        "alasan_banding": "Angka sama persis dengan tahun lalu. Mohon diperbaiki dan dilampirkan bukti dukung.",
        "batas_perbaikan": "2026-10-23",
    }


def _repair(step: _Step) -> Raw:
    rows: list[Row] = [
        {
            "realisasi": measure.reported[step.unit],
            "bukti": [f"rekap-{step.unit}-perbaikan.pdf"],
            "catatan": "Semula terisi angka tahun lalu.",
        }
        for measure in measures(step.process, step.unit)
        if measure.wrong
    ]
    return {"perbaikan": rows, "catatan_perbaikan": "Angka sudah disamakan dengan laporan September."}


def _gathered_repair(_step: _Step) -> Raw:
    return {
        "periksa_perbaikan": ["semua unit menjawab", "angka diganti", "bukti diperiksa"],
        "catatan_himpun_perbaikan": "Semua angka yang keliru sudah diganti.",
    }


def _draft(step: _Step) -> Raw:
    facts: Raw = {
        "ringkasan": f"Dua dari tiga indikator mencapai target triwulan (putaran {step.round}).",
        "berkas_draf": [f"draf-v{step.round}.pdf"],
    }
    if office(step.process) == "banggai":
        facts["jenis_dokumen"] = (
            "Laporan monitoring Renstra" if step.process == RENSTRA else "Dokumen pengukuran kinerja"
        )
    if step.returned:
        facts["tanggapan"] = f"Angka sudah disamakan dengan rekap panti, putaran {step.round}. Rekap kami lampirkan."
    return facts


def _submission(step: _Step) -> Raw:
    return {
        "periksa_kelengkapan": ["naskah lengkap", "data sesuai", "bukti terlampir"],
        "catatan_pengantar": "Mohon perhatian pada indikator lanjut usia." if step.returned else "",
    }


def _review(step: _Step) -> Raw:
    if step.outcome == "kembalikan":
        return {
            "keputusan": "kembalikan",
            "bagian": ["tabel capaian"],
            "alasan": f"Realisasi indikator 2 belum sama dengan bukti dukung (putaran {step.round}). Mohon diperbaiki.",
        }
    note: Raw = {"catatan_pemeriksaan": "Siap disahkan."} if step.process == BLITAR else {}
    return {"keputusan": "setuju", **note}


def _signature(step: _Step) -> Raw:
    return {
        "nama_dokumen": step.document,
        "cara_tanda_tangan": "elektronik",
        "tanggal_tanda_tangan": "2026-10-28",
        "berkas_bertanda_tangan": ["dokumen-bertanda-tangan.pdf"],
    }


def _approval(step: _Step) -> Raw:
    if step.outcome == "kembalikan":
        return {
            "pengesahan": "kembalikan",
            "bagian_pengesahan": ["ringkasan"],
            "alasan_pengesahan": "Ringkasan belum menyebut dua panti yang terlambat melapor. Mohon ditambahkan.",
        }
    return {"pengesahan": "setuju"} | _signature(step)


def _order_of_sending(step: _Step) -> Raw:
    return {
        "tujuan": "Bagian Organisasi Setda",
        "hal_pengantar": f"Penyampaian {step.document}",
        "tembusan": [{"kepada": "Inspektorat"}, {"kepada": "Bappeda"}],
        "cara_kirim": "diantar langsung",
        "instruksi_pengiriman": "Siapkan surat pengantar dan nomor hari ini.",
    }


def _register(_step: _Step) -> Raw:
    return {
        "nomor_agenda": "0412",
        "tanggal_agenda": "2026-10-29",
        "nomor_surat_keluar": "050/0412/409.106/X/2026",
        "tanggal_surat_keluar": "2026-10-29",
    }


def _distribution(_step: _Step) -> Raw:
    receivers = ["Bagian Organisasi Setda", "Inspektorat", "Bappeda"]
    return {
        "penerima": [{"opd": receiver, "eksemplar": "1", "cara": "diantar langsung"} for receiver in receivers],
        "instruksi_distribusi": "Minta tanda terima dari tiap penerima.",
    }


def _sending(step: _Step) -> Raw:
    if step.process == BANGGAI:
        return {
            "pekerjaan_kirim": ["surat pengantar dibuat", "dokumen dijilid", "nomor diberikan", "dokumen dikirim"],
            "nomor_surat_keluar": "050/231/Dinsos/X/2026",
            "tanggal_surat_keluar": "2026-10-29",
            "hal_pengantar": f"Penyampaian {step.document}",
            "tujuan": "Bagian Organisasi Setda",
            "tembusan": [{"kepada": "Inspektorat"}],
            "cara_kirim": "SRIKANDI",
            "nomor_agenda": "0231",
            "bukti_kirim": ["tanda-terima.pdf"],
        }
    return {
        "jumlah_digandakan": "4",
        "kiriman": [{"tanggal_kirim": "2026-10-30", "tanda_terima": "Staf tata usaha"} for _ in range(3)],
        "bukti_kirim": ["tanda-terima.pdf"],
    }


def _archive(step: _Step) -> Raw:
    facts: Raw = {"pekerjaan_arsip": ["digandakan", "disimpan"]} if step.process == BANGGAI else {}
    return facts | {
        "kode_klasifikasi": "000.8.6.3",
        "jumlah_salinan": "2",
        "lokasi_berkas_cetak": "Lemari 2, boks 14, map kinerja 2026",
        "lokasi_berkas_digital": "Folder Perencanaan/2026/Kinerja",
        "berkas_arsip": ["naskah-akhir.pdf"],
        "retensi_aktif": "2",
        "retensi_inaktif": "4",
        "nasib_akhir": "permanen",
    }


def _recap(_step: _Step) -> Raw:
    return {"catatan_rekap": "Isian Sekretariat menyusul satu bukti.", "berkas_rekap": ["rekap.pdf"]}


def _invitation(step: _Step) -> Raw:
    renstra = step.process == RENSTRA
    return {
        "nomor_undangan": "005/77/2026",
        "acara_rapat": "Pembahasan persiapan monitoring Renstra" if renstra else "Pembahasan pengukuran kinerja",
        "jadwal_rapat": "2026-10-08T09:00",
        "tempat_rapat": "Ruang rapat Dinas",
        "peserta_diundang": ["kadis", "sekretaris", "kabid", "kasie"]
        if renstra
        else ["kadis", "sekretaris", "sek_tim"],
    }


def _handover(step: _Step) -> Raw:
    facts: Raw = {
        "diserahkan_kepada": "kadis" if step.process == RENSTRA else "sekretaris",
        "tanggal_penyerahan": "2026-10-29",
        "bentuk_laporan": ["cetak", "digital"],
        "catatan_penyerahan": "Mohon arahan atas indikator yang belum tercapai.",
    }
    if step.process == NGANJUK:
        facts |= {
            "nama_laporan": f"Laporan {step.document}",
            "ringkasan": "Tiga dari empat indikator mencapai target.",
            "berkas_laporan": ["laporan.pdf"],
            "untuk_kadis": "true",
        }
    return facts


_WRITERS: Final[dict[str, Callable[[_Step], Raw]]] = {
    "agenda": _register,
    "arsip": _archive,
    "data_bidang": _sheet,
    "disposisi": _disposition,
    "distribusi": _distribution,
    "draf": _draft,
    "format_isian": _format,
    "himpun_data": _gathering,
    "himpun_perbaikan": _gathered_repair,
    "instruksi_pengiriman": _order_of_sending,
    "mulai": _start,
    "pemeriksaan": _review,
    "penyerahan": _handover,
    "pengajuan": _submission,
    "pengembalian_data": _return_of_data,
    "pengesahan": _approval,
    "pengiriman": _sending,
    "pengolahan": _processing,
    "penugasan": _assignment,
    "perbaikan_data": _repair,
    "perbandingan": _comparison,
    "permintaan_data": _request,
    "rapat": _meeting,
    "rekap": _recap,
    "tanda_tangan": _signature,
    "telaah": _analysis,
    "telaah_awal": _first_analysis,
    "undangan": _invitation,
}
