"""What a browser sent with a page."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from flask import request

from service.attachments import Tray
from service.basis import Basis
from service.engine import form as forms
from service.engine.day import read_day
from service.engine.form import Form
from service.engine.form.model import Field, flat
from service.errors import AttachmentRefused, NotFound
from service.web import presentation

LONGEST_PAGE_NUMBER = 5
LONGEST_ROW_NUMBER = 6
LONGEST_MARK, LONGEST_MOMENT = 40, 14
WRITTEN = frozenset({"textarea", "textfield"})


def answers(form: Form, tray: Tray) -> tuple[dict[str, Any], list[AttachmentRefused]]:
    """Return the answers of a page as they were sent, files that came along in the tray, and the files refused."""
    lists = request.form.to_dict(flat=False)
    refused: list[AttachmentRefused] = []
    for name, files in request.files.lists():
        target = name.removesuffix(".baru")
        field = file_field(form, target, lists)
        if field is None:
            continue
        taken: list[str] = []
        for file in files:
            if file.filename:
                try:
                    taken.append(tray.take(file.filename, file.read(), kinds(field)).id)
                except AttachmentRefused as error:
                    refused.append(error)
        if taken:  # of a question for one file, what was there before gives way, as where a script sends it
            lists[target] = list(dict.fromkeys([*(lists.get(target, []) if field.multiple else []), *taken]))
    return forms.from_html(form, lists), refused


def kinds(field: Field) -> frozenset[str]:
    """Return the endings of the files that a question takes; none for every kind."""
    return frozenset(ending.strip(" .").lower() for ending in field.accept if ending.strip(" ."))


def file_field(form: Form, name: str, lists: Mapping[str, Sequence[str]]) -> Field | None:
    """Return the field of a form that asks for files under this name, as "berkas_draf" or "isian.0.bukti"."""
    key, _, rest = name.partition(".")
    fields = {field.key: field for field in flat(form.fields) if field.key}
    if rest and key in fields:
        number, _, key = rest.partition(".")
        if number not in lists.get(f"{name.partition('.')[0]}.rows", ()):
            return None
        fields = {field.key: field for field in flat(fields[name.partition(".")[0]].fields)}
    found = fields.get(key)
    return found if found is not None and found.kind == "filepicker" and found.writable else None


def with_changed_rows(form: Form, raw: Mapping[str, Any]) -> dict[str, Any]:
    """Add or remove the row that a button of the page asked for."""
    changed = dict(raw)
    growing = {field.key for field in flat(form.fields) if field.kind == "dynamiclist" and field.can_add}
    if (grown := request.form.get("_tambah", "")) in growing:
        changed[grown] = [*(changed.get(grown) or []), {}]
    name, _, index = request.form.get("_hapus", "").rpartition(".")
    if name in growing:
        rows = list(changed.get(name) or [])
        changed[name] = [row for number, row in enumerate(rows) if str(number) != index]
    return changed


def told_wrong() -> frozenset[str]:
    """Return the names of the questions that the page still calls wrong, as they are after a row was removed."""
    name, _, index = request.form.get("_hapus", "").rpartition(".")
    told = request.form.getlist("_salah")
    return frozenset(_moved_up(one, f"{name}.", int(index)) for one in told) if _is_row(index) else frozenset(told)


def _moved_up(told: str, rows: str, removed: int) -> str:
    """Return the name that a question has once a row above it is gone; that of a question in this row is nobody's."""
    number, _, key = told.removeprefix(rows).partition(".")
    if not told.startswith(rows) or not _is_row(number) or int(number) < removed:
        return told
    return f"{rows}{int(number) - 1}.{key}" if int(number) > removed else ""


def _is_row(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= LONGEST_ROW_NUMBER


def texts(form: Form) -> list[tuple[str, str]]:
    """Return the texts that were typed with their labels, to give them back to whom they belong."""
    return list(_texts(form.fields, forms.from_html(form, request.form.to_dict(flat=False))))


def _texts(fields: tuple[Field, ...], raw: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for field in flat(fields):
        value = raw.get(field.key)
        if field.kind in WRITTEN and isinstance(value, str) and value.strip():
            yield field.label, value
        for row in value if isinstance(value, list) else ():
            if isinstance(row, dict):
                yield from _texts(field.fields, row)


def basis() -> Basis | None:
    """Return what the page knew of the draft that is kept; None for one that does not say."""
    mark, before, known = _mark("_kunci"), _mark("_lanjutan"), request.form.get("_draf", "")
    if not (mark and known.isascii() and known.isdigit() and len(known) <= LONGEST_MOMENT):
        return None
    return Basis(mark, presentation.from_milliseconds(int(known) + 1), before)


def _mark(name: str) -> str:
    """Return the mark of a page, nothing for what is none."""
    mark = request.form.get(name, "")
    return mark if mark.isascii() and mark.isprintable() and len(mark) <= LONGEST_MARK else ""


def comment() -> str:
    """Return the comment that was written beside the form."""
    return request.form.get("_catatan", "")


def chosen_id(name: str) -> UUID | None:
    """Return the id that was chosen in a list, None where nothing was.

    Raises:
        NotFound: what was sent is no id.

    """
    text = request.form.get(name, "")
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None


def page_number() -> int:
    """Return which page of a list is asked for, the first for what is no number."""
    text = request.args.get("hal", "1")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) <= LONGEST_PAGE_NUMBER else 1


def day(name: str) -> date | None:
    """Return a day of the address, None for what is none."""
    return _day(request.args.get(name, ""))


def typed_day(name: str) -> date | None:
    """Return a day that was typed into a form, None for what is none."""
    return _day(request.form.get(name, ""))


def _day(text: str) -> date | None:
    try:
        return read_day(text)
    except ValueError:
        return None
