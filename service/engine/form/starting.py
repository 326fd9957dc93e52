"""What a form shows first: earlier answers, sop.awal, the variable of the same key, the default."""

import json
from collections.abc import Mapping, Sequence

from service.engine.expression import JSON
from service.engine.form.kinds import empty, fitted
from service.engine.form.model import ROWS, Answers, Field, Form, flat, inside, seen
from service.engine.form.settling import settle

Row = dict[str, JSON]
_NOTHING: Mapping[str, object] = {}


def opening(form: Form, variables: Mapping[str, object], previous: Mapping[str, object] | None) -> Answers:
    """Return the values a form starts with; previous are the answers of an earlier round of the same element."""
    sight = seen(variables)
    values = started(form.fields, sight, sight, previous)
    settled = settle(form.fields, values, sight)
    return Answers(settled.values, {}, settled.shown)


def started(
    fields: Sequence[Field],
    sight: Mapping[str, object],
    own: Mapping[str, object],
    previous: Mapping[str, object] | None,
) -> Row:
    """Return the first values of fields that stand side by side; own holds earlier values by key."""
    return {entry.key: _start(entry, sight, own, previous) for entry in flat(tuple(fields)) if entry.key}


def _start(
    entry: Field, sight: Mapping[str, object], own: Mapping[str, object], previous: Mapping[str, object] | None
) -> JSON:
    if entry.kind == "group":
        inner = mapping(own.get(entry.key))
        return started(entry.fields, inside(sight, inner), inner, _part(previous, entry.key))
    if entry.kind == "dynamiclist":
        earlier = None if previous is None else previous.get(entry.key)
        return list[JSON](_rows(entry, sight, own, earlier))
    if entry.kind == "expression":
        return None
    if entry.writable and not entry.role and previous is not None and entry.key in previous:
        return fitted(entry, previous[entry.key])
    return first_value(entry, sight, own)


def first_value(entry: Field, sight: Mapping[str, object], own: Mapping[str, object]) -> JSON:
    """Return what a single field holds before anybody answered; decisions and their reasons start empty."""
    if entry.role:
        return empty(entry)
    # A row brings its own values; at the top sop.awal is meant to win over a variable of the same name.
    if own is not sight and own.get(entry.key) is not None:
        return fitted(entry, own[entry.key])
    if entry.initial is not None:
        return fitted(entry, entry.initial.evaluate(sight))
    if own.get(entry.key) is not None:
        return fitted(entry, own[entry.key])
    return fitted(entry, entry.default)


def _rows(entry: Field, sight: Mapping[str, object], own: Mapping[str, object], earlier: object) -> list[Row]:
    """Return the first rows of a list, with earlier answers where they belong to the same row."""
    given = given_rows(entry, sight, own)
    past = [mapping(row) for row in earlier[:ROWS]] if isinstance(earlier, list) else None
    if past is None:
        return [_row(entry, sight, row, None) for row in given]
    fixed = fixed_columns(entry)
    if fixed:
        base = [_row(entry, sight, row, None) for row in given]
        places = origins(entry, past, base)
        found = {place: row for place, row in zip(places, past, strict=True) if place is not None}
        rows = [_row(entry, sight, row, found.get(place)) for place, row in enumerate(given)]
        added = [row for row in past if all(row.get(column.key) is None for column in fixed)]
        return rows + [_row(entry, sight, _NOTHING, row) for row in added if entry.can_add]
    if entry.can_add:
        return [_row(entry, sight, _NOTHING, row) for row in past]
    return [_row(entry, sight, row, past[place] if place < len(past) else None) for place, row in enumerate(given)]


def _row(
    entry: Field, sight: Mapping[str, object], own: Mapping[str, object], previous: Mapping[str, object] | None
) -> Row:
    return started(entry.fields, inside(sight, own), own, previous)


def given_rows(entry: Field, sight: Mapping[str, object], own: Mapping[str, object]) -> list[Mapping[str, object]]:
    """Return the rows that the process gives to a list: from sop.awal, the variable, or blank ones."""
    given = own.get(entry.key) if entry.initial is None else entry.initial.evaluate(sight)
    if isinstance(given, list):
        return [row for row in given[:ROWS] if isinstance(row, dict)]
    return [_NOTHING] * entry.repetitions


def base_rows(entry: Field, sight: Mapping[str, object], own: Mapping[str, object]) -> list[Row]:
    """Return the rows of a list as they start, without any answers."""
    return _rows(entry, sight, own, None)


def blank_row(entry: Field, sight: Mapping[str, object]) -> Row:
    """Return a row as it is added."""
    return _row(entry, sight, _NOTHING, None)


def fixed_columns(entry: Field) -> list[Field]:
    """Return the read-only columns of a list: they tell its rows apart."""
    return [column for column in flat(entry.fields) if column.key and column.readonly]


def origins(
    entry: Field, rows: Sequence[Mapping[str, object]], base: Sequence[Mapping[str, object]]
) -> list[int | None]:
    """Return for each row the place of the given row with the same read-only columns; each is used once."""
    keys = [column.key for column in fixed_columns(entry)]
    places: dict[str, list[int]] = {}
    for place in range(len(base) - 1, -1, -1):
        places.setdefault(_mark(base[place], keys), []).append(place)
    found: list[int | None] = []
    for row in rows:
        waiting = places.get(_mark(row, keys)) if keys else None
        found.append(waiting.pop() if waiting else None)
    return found


def _mark(row: Mapping[str, object], keys: Sequence[str]) -> str:
    return json.dumps([row.get(key) for key in keys], default=str)


def _part(previous: Mapping[str, object] | None, key: str) -> Mapping[str, object] | None:
    part = None if previous is None else previous.get(key)
    return part if isinstance(part, dict) else None


def mapping(value: object) -> Mapping[str, object]:
    """Return a context as it is, and nothing for anything else."""
    return value if isinstance(value, dict) else _NOTHING
