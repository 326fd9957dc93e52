"""Stored answers for people who read the history: labels and values, nothing to type."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from service.engine.form.model import SILENT, Field, Form, context, inside, seen
from service.engine.form.settling import options_of, place_of, settle
from service.engine.form.view import Cell, FileView, display, file_views
from service.engine.form.wording import Locale

UNANSWERED: Final[tuple[object, ...]] = (None, "", [])


@dataclass(frozen=True, slots=True)
class Shown:
    """One answer as it is read: a text, files, or a table."""

    label: str
    key: str
    text: str = ""
    files: tuple[FileView, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()


def shown(
    form: Form, values: Mapping[str, object], variables: Mapping[str, object] | None = None, locale: Locale = "id"
) -> list[Shown]:
    """Return the stored answers in the order of the form; variables give the labels of computed options."""
    outside = seen(variables or {})
    teller = _Teller(settle(form.fields, values, outside).hidden, locale)
    return list(teller.fields(form.fields, values, context(outside, values), ""))


def told(form: Form, values: Mapping[str, object]) -> dict[str, object]:
    """Return the stored answers that `shown` tells, as they are stored."""
    return _told(form.fields, values, settle(form.fields, values, seen({})).hidden, "")


def _told(
    fields: tuple[Field, ...], values: Mapping[str, object], hidden: frozenset[str], path: str
) -> dict[str, object]:
    found: dict[str, object] = {}
    for entry in fields:
        here, value = place_of(entry, path), values.get(entry.key)
        if entry.kind in SILENT or (here in hidden and value in UNANSWERED):
            continue
        if entry.kind == "group":
            inner = value if isinstance(value, dict) else {}
            part = _told(entry.fields, inner if entry.key else values, hidden, here)
            found |= {entry.key: part} if entry.key else part
        elif entry.kind == "dynamiclist":
            names = {column.key for column in _columns(entry.fields) if column.kind != "expression" or column.label}
            rows = [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
            found[entry.key] = [{name: row[name] for name in row if name in names} for row in rows]
        elif entry.kind != "expression" or (entry.label and not _is_nested(value)):
            found[entry.key] = value
    return found


@dataclass(frozen=True, slots=True)
class _Teller:
    hidden: frozenset[str]
    locale: Locale

    def fields(
        self, fields: tuple[Field, ...], values: Mapping[str, object], sight: Mapping[str, object], path: str
    ) -> Iterator[Shown]:
        for entry in fields:
            here = place_of(entry, path)
            if entry.kind in SILENT or (here in self.hidden and values.get(entry.key) in UNANSWERED):
                continue  # what was answered is told, even if its reason to be asked is not known here
            if entry.kind == "group" and not entry.key:
                yield from self.fields(entry.fields, values, sight, path)
            elif entry.kind == "group":
                value = values.get(entry.key)
                inner = value if isinstance(value, dict) else {}
                yield from self.fields(entry.fields, inner, inside(sight, inner), here)
            else:
                yield from self.one(entry, values.get(entry.key), sight)

    def one(self, entry: Field, value: object, sight: Mapping[str, object]) -> Iterator[Shown]:
        if entry.kind == "dynamiclist":
            yield self.table(entry, value, sight)
        elif entry.kind == "filepicker":
            yield Shown(entry.label, entry.key, files=file_views(value))
        elif entry.kind != "expression" or (entry.label and not _is_nested(value)):
            yield Shown(entry.label, entry.key, display(entry, value, sight, self.locale))

    def table(self, entry: Field, value: object, sight: Mapping[str, object]) -> Shown:
        told = (column for column in _columns(entry.fields) if column.kind != "expression" or column.label)
        rows = [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
        own = frozenset({"this"}).union(*rows)
        columns = [_offered(column, sight) if rows and _is_alike(column, own) else column for column in told]
        cells = tuple(tuple(self.cell(column, row, inside(sight, row)) for column in columns) for row in rows)
        return Shown(entry.label, entry.key, columns=tuple(column.label for column in columns), rows=cells)

    def cell(self, column: Field, row: Mapping[str, object], sight: Mapping[str, object]) -> Cell:
        value = row.get(column.key)
        files = file_views(value)
        return Cell("" if files else display(column, value, sight, self.locale), column.kind == "number", files)


def _is_alike(column: Field, own: frozenset[str]) -> bool:
    """Tell whether a column offers the same in every row: what it reads is nothing that rows have of their own."""
    return column.options_from is not None and own.isdisjoint(column.options_from.names)


def _offered(column: Field, sight: Mapping[str, object]) -> Field:
    """Return a column with its choices as they are now; each row would reckon them anew."""
    return replace(column, options=options_of(column, sight), options_from=None)


def _is_nested(value: object) -> bool:
    """Tell rows that were only passed on; they are shown where they were entered."""
    return isinstance(value, dict) or (isinstance(value, list) and any(isinstance(item, dict | list) for item in value))


def _columns(fields: tuple[Field, ...]) -> Iterator[Field]:
    for entry in fields:
        if entry.kind == "group" and not entry.key:
            yield from _columns(entry.fields)
        elif entry.key:
            yield entry
