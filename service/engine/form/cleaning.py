"""From raw answers to values that may be stored: declared, typed, visible and writable ones, and nothing else."""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from service.engine.expression import JSON, Names
from service.engine.form.kinds import NotTaken, empty, is_blank, typed
from service.engine.form.model import (
    ANSWERS_KB,
    CHOICES,
    ROWS,
    Answers,
    Field,
    FileReference,
    Form,
    context,
    inside,
    joined,
    seen,
)
from service.engine.form.settling import Settled, inner_fields, options_of, parts, place_of, settle
from service.engine.form.starting import Row, base_rows, blank_row, first_value, fixed_columns, mapping, origins
from service.errors import FieldError

ORIGIN: Final = "_awal"
"""Key of a raw row: the place of the given row that it goes on with."""
_NAME_SHOWN: Final = 64
_WRITTEN: Final = frozenset({"number", "textarea", "textfield"})
"""What people write in their own way; a stored value may say the same in another."""
_EMAIL: Final = re.compile(r"[^@\s]{1,64}@[^@\s.]+(?:\.[^@\s.]+)+")


def clean(
    form: Form, raw: Mapping[str, object], variables: Mapping[str, object], files: Mapping[str, FileReference]
) -> Answers:
    """Check raw answers; values are complete even with errors, so the page can show everything again."""
    sight = seen(variables)
    taking, settled = _taken(form, raw, sight, files, drop_blank=True)
    errors = _errors(form, taking, settled, sight)
    if len(json.dumps(settled.values, ensure_ascii=False).encode()) > ANSWERS_KB * 1024:
        errors.setdefault("", FieldError("answers-too-large", {"limit": ANSWERS_KB}))
    typed_text = {path: text for path, text in taking.typed.items() if path in taking.errors and path in errors}
    return Answers(settled.values, errors, settled.shown, typed_text)


def resume(
    form: Form,
    raw: Mapping[str, object],
    variables: Mapping[str, object],
    files: Mapping[str, FileReference],
    told: Collection[str] = (),
) -> Answers:
    """Return a draft as its page left it: blank rows and every text as it was typed; wrong is only what was `told` so.

    A device compares the page with its own copy letter by letter, to tell whether the server has it.
    """
    sight = seen(variables)
    taking, settled = _taken(form, raw, sight, files, drop_blank=False)
    errors = {path: error for path, error in _errors(form, taking, settled, sight).items() if path in told}
    typed_text = {path: text for path, text in taking.typed.items() if path in settled.shown}
    return Answers(settled.values, errors, settled.shown, typed_text)


def _taken(
    form: Form,
    raw: Mapping[str, object],
    sight: Names,
    files: Mapping[str, FileReference],
    *,
    drop_blank: bool,
) -> "tuple[_Taking, Settled]":
    taking = _Taking(files, drop_blank=drop_blank)
    values = taking.fields(form.fields, taking.mapping(raw, ""), sight, sight, "")
    return taking, settle(form.fields, values, sight)


def _errors(form: Form, taking: "_Taking", settled: Settled, sight: Names) -> dict[str, FieldError]:
    errors = {path: error for path, error in taking.errors.items() if path in settled.shown or error.code in _ALWAYS}
    for path, error in _faults(form.fields, settled.values, context(sight, settled.values), settled, ""):
        errors.setdefault(path, error)
    return errors


_ALWAYS: Final = frozenset({"answers-invalid", "unknown-field"})
"""Errors that count even where nothing is visible."""


class _Taking:
    """Walks the declared fields and takes what was answered for each, as far as it can be taken."""

    def __init__(self, files: Mapping[str, FileReference], *, drop_blank: bool) -> None:
        self.files = files
        self.drop_blank = drop_blank
        self.errors: dict[str, FieldError] = {}
        self.typed: dict[str, str] = {}

    def fields(
        self,
        fields: tuple[Field, ...],
        raw: Mapping[str, object],
        sight: Mapping[str, object],
        own: Mapping[str, object],
        path: str,
    ) -> Row:
        declared = {entry.key: entry for entry in inner_fields(fields)}
        for key in raw:
            if key not in declared:
                self.errors[joined(path, str(key)[:_NAME_SHOWN])] = FieldError("unknown-field")
        return {key: self.one(entry, raw.get(key), sight, own, joined(path, key)) for key, entry in declared.items()}

    def one(self, entry: Field, raw: object, sight: Mapping[str, object], own: Mapping[str, object], here: str) -> JSON:
        if entry.kind == "group":
            inner = mapping(own.get(entry.key))
            return self.fields(entry.fields, self.mapping(raw, here), inside(sight, inner), inner, here)
        if entry.kind == "dynamiclist":
            return list[JSON](self.rows(entry, raw, sight, own, here))
        if entry.kind == "expression":
            return None
        if not entry.writable:
            return first_value(entry, sight, own)
        if isinstance(raw, str) and entry.kind in _WRITTEN:
            self.typed[here] = raw
        try:
            return typed(entry, raw, self.files)
        except NotTaken as refusal:
            self.errors[here] = refusal.error
            if isinstance(raw, str):
                self.typed[here] = raw
            return empty(entry)

    def mapping(self, raw: object, here: str) -> Mapping[str, object]:
        if raw is not None and not isinstance(raw, Mapping):
            self.errors[here] = FieldError("answers-invalid")
        return raw if isinstance(raw, Mapping) else {}

    def rows(
        self, entry: Field, raw: object, sight: Mapping[str, object], own: Mapping[str, object], here: str
    ) -> list[Row]:
        sent = self.sent_rows(raw, here)
        base = base_rows(entry, sight, own)
        if not entry.can_add:
            if len(sent) > len(base):
                self.errors[here] = FieldError("rows-fixed", {"rows": len(base)})
            sent = [*sent, *[{}] * len(base)][: len(base)]
            given: Sequence[Row | None] = base
        else:
            given = [None if place is None else base[place] for place in _places(entry, sent, base)]
        blank = blank_row(entry, sight)
        kept: list[Row] = []
        for row, start in zip(sent, given, strict=True):
            made, taken = self.row(entry, row, start, sight, joined(here, len(kept)))
            if start is not None or not taken or not self.drop_blank or not _is_blank(entry, made, blank):
                kept.append(made)
        return kept

    def sent_rows(self, raw: object, here: str) -> list[object]:
        if raw is None or raw == "":
            return []
        if not isinstance(raw, list):
            self.errors[here] = FieldError("list-invalid")
            return []
        if len(raw) > ROWS:
            self.errors[here] = FieldError("list-too-long", {"limit": ROWS})
        return raw[:ROWS]

    def row(
        self, entry: Field, raw: object, start: Row | None, sight: Mapping[str, object], where: str
    ) -> tuple[Row, bool]:
        """Return a row and whether it came without an error."""
        before = len(self.errors)
        sent = {key: value for key, value in self.mapping(raw, where).items() if key != ORIGIN}
        own = start or {}
        return self.fields(entry.fields, sent, inside(sight, own), own, where), len(self.errors) == before


def _places(entry: Field, sent: Sequence[object], base: Sequence[Row]) -> list[int | None]:
    """Return which given row each sent row goes on with; none in a list whose rows are all the person's own."""
    if not fixed_columns(entry):
        return [None] * len(sent)
    guesses = origins(entry, [mapping(row) for row in sent], base)
    used: set[int] = set()
    places: list[int | None] = []
    for row, guess in zip(sent, guesses, strict=True):
        place = _origin(row, len(base)) if isinstance(row, Mapping) and ORIGIN in row else guess
        places.append(None if place is None or place in used else place)
        used |= set() if place is None else {place}
    return places


def _origin(row: Mapping[str, object], rows: int) -> int | None:
    text = str(row[ORIGIN])
    place = int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else rows  # noqa: PLR2004 - ROWS has four digits
    return place if place < rows else None


def _is_blank(entry: Field, row: Row, blank: Row) -> bool:
    """Tell whether a row holds nothing but what a new row starts with."""
    return all(
        is_blank(row[key]) or row[key] == blank[key] for key in (field.key for field in inner_fields(entry.fields))
    )


def _faults(
    fields: tuple[Field, ...], values: Row, sight: Mapping[str, object], settled: Settled, path: str
) -> Iterator[tuple[str, FieldError]]:
    """Yield what visible answers break."""
    for entry in fields:
        here = place_of(entry, path)
        if here in settled.hidden:
            continue
        if entry.kind == "group" and not entry.key:
            yield from _faults(entry.fields, values, sight, settled, path)
        elif entry.writable or entry.kind == "dynamiclist":
            error = _fault(entry, values.get(entry.key), sight)
            if error is not None:
                yield here, error
        for inner, where in parts(entry, values, here):
            yield from _faults(entry.fields, inner, inside(sight, inner), settled, where)


def _fault(entry: Field, value: JSON, sight: Mapping[str, object]) -> FieldError | None:
    if is_blank(value):
        return FieldError("required") if entry.required or entry.min_items else None
    if entry.kind in CHOICES:
        known = {option.value for option in options_of(entry, sight)}
        if not known.issuperset(value if isinstance(value, list) else [value]):
            return FieldError("choice-unknown")
    if isinstance(value, list):
        return _count_fault(entry, len(value))
    if isinstance(value, str):
        return _text_fault(entry, value)
    return _number_fault(entry, value) if isinstance(value, int | float) else None


def _count_fault(entry: Field, count: int) -> FieldError | None:
    if entry.min_items is not None and count < entry.min_items:
        return FieldError("list-too-short", {"limit": entry.min_items})
    if entry.max_items is not None and count > entry.max_items:
        return FieldError("list-too-long", {"limit": entry.max_items})
    return None


def _text_fault(entry: Field, text: str) -> FieldError | None:
    if entry.min_length is not None and len(text) < entry.min_length:
        return FieldError("text-too-short", {"limit": entry.min_length})
    if entry.max_length is not None and len(text) > entry.max_length:
        return FieldError("text-too-long", {"limit": entry.max_length})
    if entry.pattern is not None and not entry.pattern.found_in(text):
        return FieldError("pattern")
    if entry.email and not _EMAIL.fullmatch(text):
        return FieldError("email-invalid")
    return None


def _number_fault(entry: Field, number: float) -> FieldError | None:
    if entry.minimum is not None and number < entry.minimum:
        return FieldError("number-min", {"limit": entry.minimum})
    if entry.maximum is not None and number > entry.maximum:
        return FieldError("number-max", {"limit": entry.maximum})
    return None
