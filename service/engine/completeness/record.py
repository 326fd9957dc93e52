"""What a case has of what its steps need and yield, and what of it is missing."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from service.engine.completeness.items import Item, Kind, items_of
from service.engine.diagram import Diagram, Node
from service.engine.expression import JSON

Place = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Handed:
    """What somebody answered when a case started or a step was completed."""

    task: str
    """Empty for the start."""
    process: str
    element: str
    unit: str
    round: int
    by: str
    """As what he acted."""
    at: datetime
    values: Mapping[str, JSON]


@dataclass(frozen=True, slots=True)
class Given:
    """One thing that the case has."""

    task: str
    process: str
    element: str
    unit: str
    key: str
    value: JSON
    round: int
    version: int
    """How often it was given at its step until then, unchanged ones not counted."""
    by: str
    at: datetime

    @property
    def place(self) -> Place:
        """Return where it was given."""
        return self.process, self.element, self.unit, self.key


def is_there(kind: Kind, value: JSON) -> bool:
    """Tell whether an answer is something: a file, or data that are not empty; a nought is, an unticked box is not."""
    if kind == "berkas":
        return bool(_files(value))
    match value:
        case bool() | None:
            return value is True
        case str():
            return bool(value.strip())
        case list():
            return any(is_there("", part) for part in value)
        case dict():
            return any(is_there("", part) for part in value.values())
        case _:
            return True


def given(handed: Iterable[Handed], file_versions: Mapping[str, int]) -> tuple[Given, ...]:
    """Return everything that a case has, the oldest first; files count as their question's history does."""
    times: Counter[Place] = Counter()
    last: dict[Place, JSON] = {}
    found = []
    for one in handed:
        for key, value in one.values.items():
            if not is_there("", value):
                continue
            place = one.process, one.element, one.unit, key
            if files := _files(value):
                version = max((file_versions.get(file, 1) for file in files), default=1)
            else:
                times[place] += last.get(place) != value
                version = times[place]
            last[place] = value
            found.append(
                Given(one.task, one.process, one.element, one.unit, key, value, one.round, version, one.by, one.at)
            )
    return tuple(found)


def fulfilling(diagram: Diagram, node: Node, item: Item, had: Iterable[Given]) -> tuple[Given, ...]:
    """Return what fulfils an item: the newest of each unit, from the step that gave it last; never the step itself."""
    wanted: Mapping[str, Kind] = {item.key: item.kind} if item.key else _outputs(diagram, item.step)
    found: dict[tuple[str, str], dict[Place, Given]] = {}
    for one in had:
        own = (one.process, one.element)
        if item.step and own != (diagram.key, item.step):
            continue
        if own != (diagram.key, node.id) and one.key in wanted and is_there(wanted[one.key], one.value):
            places = found.pop(own, {})
            found[own] = {**places, one.place: one}
    return tuple(next(reversed(found.values())).values()) if found else ()


def missing(
    diagram: Diagram,
    node: Node,
    values: Mapping[str, JSON],
    had: Sequence[Given] = (),
    waived: Collection[int] = (),
) -> tuple[Item, ...]:
    """Return the required outputs that are neither there nor waived; `values` are the answers of the step itself."""
    return tuple(
        item
        for item in items_of(node, "output")
        if item.is_required and item.number not in waived and not _is_fulfilled(diagram, node, item, values, had)
    )


def _is_fulfilled(diagram: Diagram, node: Node, item: Item, values: Mapping[str, JSON], had: Sequence[Given]) -> bool:
    if item.key:
        return is_there(item.kind, values.get(item.key))
    return bool(item.step and fulfilling(diagram, node, item, had))


def _outputs(diagram: Diagram, step: str) -> dict[str, Kind]:
    node = diagram.nodes.get(step)
    return {item.key: item.kind for item in items_of(node, "output") if item.key} if node else {}


def _files(value: JSON) -> list[str]:
    """Return the ids of the files that an answer names."""
    if not isinstance(value, list):
        return []
    return [str(one["id"]) for one in value if isinstance(one, dict) and {"id", "name", "size"} <= one.keys()]
