"""Kelengkapan and output: what a step needs and yields, what of it is there, and what keeps a step from closing.

The model says behind each printed item whether it is required and what fulfils it: `draf LKjIP [wajib, berkas:
berkas_draf]`, `nomor surat [data: nomor_surat_keluar]`, `konsep [dari: row_07]` (the outputs of an earlier step).

A step that sends work back yields nothing, so nothing is asked of it. A question that was hidden was not answered:
its item is missing until somebody entitled does without it.
"""

from service.engine.completeness.checking import problems
from service.engine.completeness.items import SIDES, Item, Side, items_of, printed
from service.engine.completeness.record import Given, Handed, fulfilling, given, is_there, missing

__all__ = [
    "SIDES",
    "Given",
    "Handed",
    "Item",
    "Side",
    "fulfilling",
    "given",
    "is_there",
    "items_of",
    "missing",
    "printed",
    "problems",
]
