"""From flat HTML names ("isian.0.realisasi") to the nested answers that `clean` checks."""

from collections.abc import Mapping, Sequence
from typing import Final

from service.engine.form.cleaning import ORIGIN
from service.engine.form.model import ROWS, Field, Form
from service.engine.form.settling import inner_fields

ROWS_NAME: Final = "rows"
"""The hidden inputs "isian.rows" name the rows of a list in their order: repeated, or with commas."""
_DEEPEST: Final = 8
_MANY: Final = frozenset({"checklist", "filepicker"})

_Branch = dict[str, "_Branch | list[str]"]


def from_html(form: Form, values: Mapping[str, Sequence[str]]) -> dict[str, object]:
    """Return the raw answers to the declared fields; other names, as the CSRF token, are left out."""
    tree: _Branch = {}
    for name, texts in values.items():
        _plant(tree, name, list(texts))
    return _fields(form.fields, tree)


def _plant(tree: _Branch, name: str, texts: list[str]) -> None:
    *stem, leaf = name.split(".", _DEEPEST)
    branch = tree
    for word in stem:
        inner = branch.setdefault(word, {})
        if isinstance(inner, list):
            return
        branch = inner
    branch.setdefault(leaf, texts)


def _fields(fields: tuple[Field, ...], tree: _Branch) -> dict[str, object]:
    raw: dict[str, object] = {}
    for entry in inner_fields(fields):
        branch = tree.get(entry.key)
        if entry.kind == "group":
            raw[entry.key] = _fields(entry.fields, branch if isinstance(branch, dict) else {})
        elif entry.kind == "dynamiclist":
            raw[entry.key] = _rows(entry, branch if isinstance(branch, dict) else {})
        elif entry.writable:
            raw[entry.key] = _value(entry, branch if isinstance(branch, list) else [])
    return raw


def _value(entry: Field, texts: list[str]) -> object:
    if entry.kind in _MANY:
        return [text for text in texts if text]
    if len(texts) > 1 and entry.kind != "checkbox":
        return texts
    # A checkbox may have a hidden "off" in front of it.
    return texts[-1] if texts else None


def _rows(entry: Field, branch: _Branch) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for number in _order(branch):
        row = branch.get(number, {})
        if not isinstance(row, dict):
            continue
        raw = _fields(entry.fields, row)
        origin = row.get(ORIGIN)
        # The page writes the mark into every row, so a row without one is new, whatever its columns say.
        if entry.can_add:
            raw[ORIGIN] = origin[0] if isinstance(origin, list) and origin else ""
        rows.append(raw)
    return rows


def _order(branch: _Branch) -> list[str]:
    """Return the numbers of the rows in the order of the page."""
    named = branch.get(ROWS_NAME)
    if isinstance(named, list):
        numbers = [number.strip() for text in named for number in text.split(",")]
    else:
        numbers = sorted((number for number in branch if _is_number(number)), key=int)
    kept = dict.fromkeys(number for number in numbers if _is_number(number))
    return list(kept)[: ROWS + 1]


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 6  # noqa: PLR2004 - enough for every list
