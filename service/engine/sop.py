"""The SOP behind a diagram: its identity sheet and its table of rows."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

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


Aspect = Literal["added", "gone", "title", "lane", "time", "inputs", "outputs", "note", "condition", "form"]


@dataclass(frozen=True, slots=True)
class Change:
    """What differs between two versions of an SOP at one place."""

    aspect: Aspect
    order: int
    """Row of the SOP; 0 at a decision."""
    title: str
    """Name of the step or decision, or of the file of a form."""
    before: str = ""
    after: str = ""


_ASPECTS: tuple[tuple[Aspect, Callable[[SopRow], str]], ...] = (
    ("title", lambda row: row.title),
    ("lane", lambda row: row.lane),
    ("time", lambda row: row.waktu),
    ("inputs", lambda row: "; ".join(row.inputs)),
    ("outputs", lambda row: "; ".join(row.outputs)),
    ("note", lambda row: row.note),
)


def changes(before: Diagram, after: Diagram) -> tuple[Change, ...]:
    """Return what a newer version changed: rows that came and went, then what differs in rows and decisions."""
    old, new = ({row.element: row for row in rows(diagram)} for diagram in (before, after))
    came = [Change("added", row.order, row.title) for element, row in new.items() if element not in old]
    went = [Change("gone", row.order, row.title) for element, row in old.items() if element not in new]
    differing = [
        Change(aspect, row.order, row.title, said(old[element]), said(row))
        for element, row in new.items()
        if element in old
        for aspect, said in _ASPECTS
        if said(old[element]) != said(row)
    ]
    return (*came, *went, *differing, *_conditions(before, after))


def _conditions(before: Diagram, after: Diagram) -> Iterator[Change]:
    for flow in after.flows.values():
        known = before.flows.get(flow.id)
        if known is not None and known.condition != flow.condition:
            gateway = after.nodes[flow.source]
            title = ", ".join(name for name in (gateway.name, flow.name) if name) or flow.id
            yield Change("condition", 0, title, known.condition, flow.condition)


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
