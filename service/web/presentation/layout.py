"""How the fields of a form are laid out on a page: in sheets, blocks, and rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from service.engine.form import FieldView, RowView

DECISION = frozenset({"keputusan", "alasan", "bagian"})
"""Parts of a decision: buttons of the action bar and the reason sheet."""
SILENT = frozenset({"separator", "spacer"})
NAMING = ("indikator", "uraian", "nama", "judul")
"""Columns that say what a row is about."""
UNIT = "satuan"
"""The column with the unit of the numbers of a row."""


@dataclass(frozen=True, slots=True)
class Block:
    """Fields that are drawn in one go."""

    kind: str
    """facts, questions, list, table, text or group."""
    fields: tuple[FieldView, ...]
    titled: bool = True
    """Whether the label stands above; not where the sheet says it already."""


@dataclass(frozen=True, slots=True)
class Section:
    """A sheet of a form."""

    id: str
    label: str
    description: str
    blocks: tuple[Block, ...]
    is_asked_back: bool = False


@dataclass(frozen=True, slots=True)
class RowParts:
    """A row of a list: what it is about, what is given, what is asked."""

    title: str
    facts: tuple[FieldView, ...]
    questions: tuple[FieldView, ...]
    unit: str
    beside: bool
    """A number with its evidence beside it."""


def sections(fields: Sequence[FieldView]) -> tuple[Section, ...]:
    """Return the sheets of a form: one for each group, list or table, one for each run of other fields."""
    found: list[Section] = []
    for alone, fields_of_run in groupby(_shown(fields), key=_stands_alone):
        run = list(fields_of_run)
        found += [_own_section(field) for field in run] if alone else [Section("", "", "", blocks(run))]
    return tuple(section for section in found if section.blocks)


def blocks(fields: Sequence[FieldView]) -> tuple[Block, ...]:
    """Return the fields of a sheet as blocks of one kind each."""
    return tuple(Block(kind, tuple(run)) for kind, run in groupby(_shown(fields), key=_kind))


def row_parts(row: RowView) -> RowParts:
    """Return what a row of a list is about, what is given in it and what is asked."""
    shown = _shown(row.fields)
    given = [field for field in shown if field.readonly]
    asked = tuple(field for field in shown if not field.readonly)
    title = _title(given) or _title(asked)
    unit = next((field for field in given if field.key == UNIT), None)
    facts = tuple(field for field in given if field not in (title, unit) and (field.display or field.files))
    return RowParts(
        title=title.display if title else "",
        facts=facts,
        questions=asked,
        unit=unit.display if unit else "",
        beside=[field.kind for field in asked[:2]] == ["number", "filepicker"],
    )


def accepted(endings: str) -> str:
    """Return "PDF, XLSX · " from ".pdf,.xlsx", and nothing where every kind is taken."""
    names = [ending.strip(" .").upper() for ending in endings.split(",") if ending.strip()]
    return f"{', '.join(names)} · " if names else ""


def _shown(fields: Sequence[FieldView]) -> list[FieldView]:
    return [field for field in fields if field.visible and field.role not in DECISION and field.kind not in SILENT]


def _stands_alone(field: FieldView) -> bool:
    return field.kind in {"group", "dynamiclist", "table"} and bool(field.label)


def _own_section(field: FieldView) -> Section:
    if field.kind == "group":
        return Section(field.id, field.label, field.description, blocks(field.fields), field.is_asked_back)
    return Section(field.id, field.label, "", (Block(_kind(field), (field,), titled=False),))


def _kind(field: FieldView) -> str:
    if field.kind == "dynamiclist":
        return "list" if field.can_add or any(not column.readonly for column in field.fields) else "table"
    if field.kind in {"group", "table", "text"}:
        return field.kind
    return "facts" if field.readonly else "questions"


def _title(fields: Sequence[FieldView]) -> FieldView | None:
    texts = [field for field in fields if field.kind in {"textfield", "textarea"}]
    named = [field for field in texts if field.key in NAMING]
    return next((field for field in (*named, *texts) if field.display), None)
