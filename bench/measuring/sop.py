"""A case of the SOP with 15 rows that is returned again and again, with as much data as wanted."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

from service.engine.workflow import Source, Specification, parse

PROCESS, CALLED = "blitar_penyusunan_dokumen", "blitar_data_salah"
REVIEW = "row_09"
"""Where the draft is returned; the round goes back over rows 7 and 8."""
UNITS = ["bidang1", "bidang2", "bidang3", "sekretariat"]
NOW = datetime(2026, 11, 2, 2, tzinfo=UTC)
ANSWERS: Mapping[str, Mapping[str, Any]] = {
    "row_03": {"unit_diminta": UNITS},
    "row_06": {"kesesuaian": "sesuai"},
    REVIEW: {"keputusan": "kembalikan", "alasan": "Realisasi indikator 2 belum sama dengan bukti dukung."},
}
WORDS = [
    "laporan", "kinerja", "triwulan", "capaian", "indikator", "realisasi", "target", "bukti", "dukung", "perencanaan",
    "anggaran", "dokumen", "pemeriksaan", "pengesahan", "rekapitulasi", "penyandang", "disabilitas", "panti", "sosial",
]  # fmt: skip


def diagrams() -> dict[str, bytes]:
    """Return the files of the SOP and of the SOP that it calls."""
    folder = Path(__file__).parents[2] / "bpmn"
    return {key: (folder / key / f"{key}.bpmn").read_bytes() for key in (PROCESS, CALLED)}


def specification() -> Specification:
    """Return the SOP as our engine runs it."""
    return parse([Source(f"{key}.bpmn", content) for key, content in diagrams().items()], PROCESS)


def prose(characters: int, seed: int = 7) -> str:
    """Return a text that is no more regular than what officials write."""
    random = Random(seed)  # noqa: S311 - the same text in every run
    text = " ".join(f"{random.choice(WORDS)} {random.randrange(1000)}" for _ in range(characters // 8))
    return text[:characters]


def texts(characters: int, each: int = 2_000) -> dict[str, Any]:
    """Return data as many texts of ordinary length."""
    sizes = [each] * (characters // each) or [characters]
    return {f"uraian_{number}": prose(size, number) for number, size in enumerate(sizes)}


def table(characters: int) -> dict[str, Any]:
    """Return data as one table with many rows."""
    rows = [{"indikator": prose(60, number), "realisasi": number / 7} for number in range(characters // 105)]
    return {"indikator": rows}


def answers(element: str, numbers: Iterator[int] = count()) -> Mapping[str, Any]:  # noqa: B008 - one series for all
    """Return what is answered at a step; nobody writes the same draft twice."""
    if element == "row_07":
        return {"ringkasan": f"Dua dari tiga indikator mencapai target, naskah {next(numbers)}."}
    return ANSWERS.get(element, {})
