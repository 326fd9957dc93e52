"""The SOP behind a diagram: its identity sheet and its table of rows."""

from collections.abc import Mapping
from dataclasses import dataclass

from service.engine import completeness
from service.engine.diagram import Diagram, Node

IDENTITY = (
    "sop.judul", "sop.instansi", "sop.nomor", "sop.tanggal_pembuatan", "sop.tanggal_revisi", "sop.tanggal_efektif",
    "sop.disahkan_oleh", "sop.dasar_hukum", "sop.kualifikasi", "sop.keterkaitan", "sop.peralatan", "sop.peringatan",
    "sop.pencatatan",
)  # fmt: skip
LISTS = frozenset(IDENTITY[7:])


@dataclass(frozen=True, slots=True)
class SopRow:
    """One row of the SOP table."""

    order: int
    number: str
    """As printed; may repeat."""
    element: str
    title: str
    lane: str
    basis: str
    """tertulis, disimpulkan or empty."""
    inputs: tuple[str, ...]
    waktu: str
    """In the words of the SOP: "1 minggu"."""
    outputs: tuple[str, ...]
    note: str
    added: bool
    """The printed SOP lacks this step."""


def rows(diagram: Diagram) -> tuple[SopRow, ...]:
    """Return the rows of the SOP in their order, added steps behind the row they belong to."""
    return tuple(_row(node) for node in diagram.user_tasks)


def identity(diagram: Diagram) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the entries of the identity sheet in their order, empty ones too."""
    return tuple((name, _entry(name, diagram.properties)) for name in IDENTITY)


def items(text: str) -> tuple[str, ...]:
    """Split a property that lists things."""
    return tuple(item.strip() for item in text.split(";") if item.strip())


def time_words(node: Node) -> str:
    """Say the standard time as the SOP prints it: "2 hari", "1 x 24 jam"; empty where it sets none."""
    text, unit = node.properties.get("sop.waktu", ""), node.properties.get("sop.satuan", "")
    amount = "".join(character for character in text if character.isdigit())
    if not amount:
        return ""
    if unit == "elapsed":
        return f"1 x {amount} jam" if text.endswith("H") else f"{amount} x 24 jam"
    return f"{amount} {unit}".strip()


def _row(node: Node) -> SopRow:
    return SopRow(
        order=node.order,
        number=node.properties.get("sop.nomor", ""),
        element=node.id,
        title=node.name,
        lane=node.lane,
        basis=node.properties.get("sop.dasar", ""),
        inputs=completeness.printed(node.properties.get("sop.kelengkapan", "")),
        waktu=time_words(node),
        outputs=completeness.printed(node.properties.get("sop.output", "")),
        note=node.properties.get("sop.keterangan", ""),
        added=node.is_addition,
    )


def _entry(name: str, properties: Mapping[str, str]) -> tuple[str, ...]:
    value = properties.get(name, "").strip()
    if name in LISTS:
        return items(value)
    return (value,) if value else ()
