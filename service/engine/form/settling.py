"""Which fields are visible and what the computed ones hold: both depend on each other, so they settle together."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from service.engine.expression import JSON
from service.engine.form.kinds import option_text
from service.engine.form.model import Field, Option, context, flat, inside, joined

_ROUNDS: Final = 8
OPTIONS: Final = 1_000


@dataclass(frozen=True, slots=True)
class Settled:
    """Values with the computed ones in and the hidden ones null."""

    values: dict[str, JSON]
    hidden: frozenset[str]
    """Paths of what is hidden itself; what lies inside is hidden with it."""
    shown: frozenset[str]
    """Paths of every visible field with a key."""


def settle(fields: tuple[Field, ...], values: Mapping[str, object], variables: Mapping[str, object]) -> Settled:
    """Compute and hide until nothing changes; conditions that contradict each other stop after a few rounds."""
    hidden: frozenset[str] = frozenset()
    settled: dict[str, JSON] = {}
    computed = {entry.key for entry in flat(fields) if entry.kind == "expression"}
    for _ in range(_ROUNDS):
        settled = _visible_values(fields, values, hidden, "")
        # a computed field may go on from the variable of its own name, as a merge into earlier data does
        sight = context(variables, {key: value for key, value in settled.items() if key not in computed})
        _compute(fields, settled, sight, hidden, "")
        found = frozenset(_hidden(fields, settled, sight, ""))
        if found == hidden:
            break
        hidden = found
    return Settled(settled, hidden, frozenset(_shown(fields, settled, hidden, "")))


def place_of(entry: Field, path: str) -> str:
    """Return the path of a field, or a mark for a component without a key."""
    return joined(path, entry.key or f"#{entry.id}")


def _visible_values(
    fields: tuple[Field, ...], values: Mapping[str, object], hidden: frozenset[str], path: str
) -> dict[str, JSON]:
    kept: dict[str, JSON] = {}
    for entry in fields:
        here = place_of(entry, path)
        if entry.kind == "group" and not entry.key:
            inner = _visible_values(entry.fields, values, hidden, path)
            kept |= _hidden_values(entry.fields, inner) if here in hidden else inner
        elif not entry.key:
            continue
        elif here in hidden and not entry.mirrors:
            kept[entry.key] = None
        else:
            kept[entry.key] = _visible_value(entry, values.get(entry.key), hidden, here)
    return kept


def _hidden_values(fields: tuple[Field, ...], values: dict[str, JSON]) -> dict[str, JSON]:
    """Return the values of a hidden group: only what shows a variable of the process stays."""
    return {entry.key: values[entry.key] if entry.mirrors else None for entry in inner_fields(fields)}


def _visible_value(entry: Field, value: object, hidden: frozenset[str], here: str) -> JSON:
    if entry.kind == "group":
        return _visible_values(entry.fields, value if isinstance(value, dict) else {}, hidden, here)
    if entry.kind == "dynamiclist":
        return [
            _visible_values(entry.fields, row if isinstance(row, dict) else {}, hidden, joined(here, place))
            for place, row in enumerate(value if isinstance(value, list) else [])
        ]
    return None if entry.kind == "expression" else value  # type: ignore[return-value] # leaves were typed before


def _compute(
    fields: tuple[Field, ...], values: dict[str, JSON], sight: dict[str, object], hidden: frozenset[str], path: str
) -> None:
    for entry in fields:
        here = place_of(entry, path)
        if here in hidden:
            continue
        if entry.kind == "group" and not entry.key:
            _compute(entry.fields, values, sight, hidden, path)
        elif entry.expression is not None and entry.key:
            values[entry.key] = sight[entry.key] = entry.expression.evaluate(sight)
        else:
            for inner, where in parts(entry, values, here):
                _compute(entry.fields, inner, inside(sight, inner), hidden, where)


def _hidden(
    fields: tuple[Field, ...], values: dict[str, JSON], sight: Mapping[str, object], path: str
) -> Iterator[str]:
    for entry in fields:
        here = place_of(entry, path)
        if entry.hide is not None and entry.hide.evaluate(sight) is True:
            yield here
        elif entry.kind == "group" and not entry.key:
            yield from _hidden(entry.fields, values, sight, path)
        else:
            for inner, where in parts(entry, values, here):
                yield from _hidden(entry.fields, inner, inside(sight, inner), where)


def _shown(fields: tuple[Field, ...], values: dict[str, JSON], hidden: frozenset[str], path: str) -> Iterator[str]:
    for entry in fields:
        here = place_of(entry, path)
        if here in hidden:
            continue
        if entry.kind == "group" and not entry.key:
            yield from _shown(entry.fields, values, hidden, path)
        elif entry.key:
            yield here
            for inner, where in parts(entry, values, here):
                yield from _shown(entry.fields, inner, hidden, where)


def parts(entry: Field, values: Mapping[str, JSON], here: str) -> Iterator[tuple[dict[str, JSON], str]]:
    """Yield the values inside a container with their path: one for a group, one per row for a list."""
    value = values.get(entry.key) if entry.key else None
    if entry.kind == "group" and isinstance(value, dict):
        yield value, here
    elif entry.kind == "dynamiclist" and isinstance(value, list):
        for place, row in enumerate(value):
            if isinstance(row, dict):
                yield row, joined(here, place)


def options_of(entry: Field, sight: Mapping[str, object]) -> tuple[Option, ...]:
    """Return the choices of a field as they are now."""
    if entry.options_from is None:
        return entry.options
    listed = entry.options_from.evaluate(sight)
    found = (_option(item) for item in (listed if isinstance(listed, list) else [])[:OPTIONS])
    unique = {option.value: option for option in found if option is not None}
    return tuple(unique.values())


def _option(item: JSON) -> Option | None:
    value = option_text(item.get("value") if isinstance(item, dict) else item)
    label = option_text(item.get("label")) if isinstance(item, dict) else value
    return None if not value else Option(value, label or value)


def inner_fields(fields: tuple[Field, ...]) -> list[Field]:
    """Return the fields with a key that stand side by side."""
    return [entry for entry in flat(fields) if entry.key]
