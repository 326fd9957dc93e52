"""What a case has of what its steps need and yield: who gave it when, and what somebody did without."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from service import catalogue
from service.engine import completeness
from service.engine.assignment import Actor
from service.engine.completeness import SIDES, Given, Handed, Item, Side
from service.engine.diagram import Diagram, Node
from service.engine.form.model import required
from service.models import History, Instance, Task, TaskStatus
from service.queries.cases import find
from service.queries.files import versions
from service.queries.history import history_of
from service.queries.organisation import group_names, holder, unit_names
from service.queries.progress import ahead_in, cut_off
from service.queries.tasks import tasks_of

GIVING = frozenset({"completed", "returned", "started"})
"""Kinds of lines that tell what people handed in."""


@dataclass(frozen=True, slots=True)
class Waiver:
    """Somebody entitled does without an item, in one round of a step."""

    task_id: UUID
    side: Side
    number: int
    person_id: UUID
    by: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Record:
    """What a case has, and what is done without."""

    given: tuple[Given, ...]
    waivers: tuple[Waiver, ...]

    def waived(self, task_id: UUID) -> dict[tuple[Side, int], Waiver]:
        """Return what is done without in a task, by side and number."""
        return {(one.side, one.number): one for one in self.waivers if one.task_id == task_id}


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing that fulfils an item."""

    key: str
    order: int
    """Row of the step that it comes from; 0 for the start."""
    title: str
    """Name of that step; empty for the start."""
    unit_name: str
    version: int
    by: str
    at: datetime | None
    """Nothing for what is typed and not sent yet."""
    files: tuple[tuple[str, str], ...]
    """Id and name of each file."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An item as it stands."""

    item: Item
    state: str
    """there, waived, missing, open (may still come), optional (not there, not required), returned (nothing is due),
    printed (nothing in the model says what it is) or wait (its step was not opened)."""
    pieces: tuple[Piece, ...]
    waiver: Waiver | None
    source_title: str = ""
    """Name of the step that it is expected from."""
    source_order: int = 0
    is_asked: bool = False
    """Whether the form of its step is never taken without it, whoever does without it."""

    @property
    def is_waivable(self) -> bool:
        """Whether the step would close without it if somebody did without it."""
        return self.item.is_required and self.state in {"missing", "open"} and not self.is_asked


@dataclass(frozen=True, slots=True)
class StepEntries:
    """A step in one round with all that it needs and yields."""

    task_id: str
    order: int
    title: str
    who: str
    unit_name: str
    round: int
    state: str
    """open, done, returned; wait, cut or never as in the rows of the case."""
    inputs: tuple[Entry, ...]
    outputs: tuple[Entry, ...]
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """What a case has and lacks, step by step."""

    case_id: str
    title: str
    number: int
    steps: tuple[StepEntries, ...]

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Return all items of all steps that were opened."""
        return tuple(entry for step in self.steps if step.task_id for entry in (*step.inputs, *step.outputs))

    @property
    def waivable(self) -> tuple[StepEntries, ...]:
        """Return the open steps that lack something that may be done without."""
        return tuple(
            step
            for step in self.steps
            if step.state == "open" and any(entry.is_waivable for entry in (*step.inputs, *step.outputs))
        )

    def count(self, state: str) -> int:
        """Return how many required items are in a state."""
        return sum(entry.state == state and entry.item.is_required for entry in self.entries)

    @property
    def awaited(self) -> Mapping[tuple[int, str], int]:
        """Return how many required outputs open steps have yet to yield, by the row and the name of the step."""
        counts: Counter[tuple[int, str]] = Counter()
        for step in self.steps:
            if step.state == "open":
                counts[step.order, step.title] += sum(entry.state == "open" for entry in step.outputs)
        return +counts


def record_of(instance: Instance) -> Record:
    """Return what a case has, in one read."""
    return record(history_of(instance))


def record(lines: Sequence[History]) -> Record:
    """Return what the stored lines of a case tell of what it has."""
    handed = [
        Handed(
            str(line.task_id or ""),
            line.process_key,
            line.element,
            str(line.body.get("unit") or ""),
            int(line.body.get("round") or 1),
            line.position,
            line.at,
            line.body.get("values") or {},
        )
        for line in lines
        if line.kind in GIVING
    ]
    waivers = [
        Waiver(line.task_id, line.body["side"], line.body["item"], line.person_id, line.position, line.at,
               line.body["reason"])
        for line in lines
        if line.kind == "waived" and line.task_id and line.person_id
    ]  # fmt: skip
    return Record(completeness.given(handed, versions(lines)), tuple(waivers))


def entries(
    instance: Instance, task: Task, had: Record, units: Mapping[str, str], values: Mapping[str, object] | None = None
) -> tuple[tuple[Entry, ...], tuple[Entry, ...]]:
    """Return what a task needs and what it yields as they stand; `values` are what is typed and not sent yet."""
    diagrams = catalogue.of_instance(instance).diagrams
    diagram = diagrams[task.process_key]
    node = diagram.nodes[task.element]
    waived = had.waived(task.id)
    before = [one for one in had.given if one.task != str(task.id) and (not task.ended_at or one.at <= task.ended_at)]
    own = [one for one in had.given if one.task == str(task.id)]
    asked = frozenset(required(catalogue.form_of(instance, task.process_key, node).fields))

    def entry(item: Item) -> Entry:
        pieces = _pieces(diagrams, units, _fulfilling(diagram, task, item, before, own))
        if not pieces and item.side == "output" and item.key:
            pieces = _typed(item, values or {})
        waiver = waived.get((item.side, item.number))
        found = _entry(diagram, item, _state(task, item, bool(pieces), waiver), pieces, waiver)
        return replace(found, is_asked=item.side == "output" and item.key in asked)

    inputs, outputs = (tuple(map(entry, completeness.items_of(node, side))) for side in SIDES)
    return inputs, outputs


def report(actor: Actor, case_id: UUID) -> Report:
    """Return every step of a case, those that were not reached too, with what it needs and yields.

    Raises:
        NotFound: the office has no such case.

    """
    instance, _ = find(actor, case_id)
    had, units, names = record_of(instance), unit_names(actor), group_names(actor)
    diagrams = catalogue.of_instance(instance).diagrams
    every = tasks_of(instance)
    tasks = [task for task in every if task.status != TaskStatus.CANCELLED]
    steps = [_step(instance, task, had, units, names) for task in tasks]
    main = diagrams[catalogue.of_instance(instance).key]
    opened = {(task.process_key, task.element) for task in tasks}
    states = {(task.process_key, task.element): "cut" for task in cut_off(instance, every)}
    others = [node for node in main.user_tasks if (main.key, node.id) not in opened]
    ahead = ahead_in(instance)
    unended = [_unended(main, node, names, states.get((main.key, node.id), ahead)) for node in others]
    return Report(str(instance.id), instance.title, instance.number, (*steps, *unended))


def _unended(diagram: Diagram, node: Node, names: Mapping[str, str], state: str) -> StepEntries:
    inputs, outputs = (
        tuple(_entry(diagram, item, "wait") for item in completeness.items_of(node, side)) for side in SIDES
    )
    who = holder(node.groups, names, node.lane)
    return StepEntries("", node.order, node.name, who, "", 1, state, inputs, outputs)


def _entry(
    diagram: Diagram, item: Item, state: str, pieces: tuple[Piece, ...] = (), waiver: Waiver | None = None
) -> Entry:
    source = diagram.nodes.get(item.step)
    return Entry(item, state, pieces, waiver, source.name if source else "", source.order if source else 0)


def _step(
    instance: Instance, task: Task, had: Record, units: Mapping[str, str], names: Mapping[str, str]
) -> StepEntries:
    inputs, outputs = entries(instance, task, had, units)
    state = "open" if task.status == TaskStatus.OPEN else "returned" if _went_back(instance, task) else "done"
    who = task.ended_position or holder(task.groups, names, task.lane)
    unit = units.get(task.unit, task.unit)
    if state == "returned":
        outputs = tuple(replace(entry, state="returned") if entry.state == "missing" else entry for entry in outputs)
    return StepEntries(
        str(task.id), task.position, task.name, who, unit, task.round, state, inputs, outputs, tuple(task.groups)
    )


def _fulfilling(
    diagram: Diagram, task: Task, item: Item, before: Sequence[Given], own: Sequence[Given]
) -> tuple[Given, ...]:
    if item.side == "output" and item.key:
        return tuple(one for one in own if one.key == item.key and completeness.is_there(item.kind, one.value))
    return completeness.fulfilling(diagram, diagram.nodes[task.element], item, before) if item.is_followed else ()


def _pieces(diagrams: Mapping[str, Diagram], units: Mapping[str, str], found: Sequence[Given]) -> tuple[Piece, ...]:
    return tuple(
        Piece(
            one.key,
            node.order if node else 0,
            node.name if node else "",
            units.get(one.unit, one.unit),
            one.version,
            one.by,
            one.at,
            _files(one.value),
        )
        for one in found
        for node in (diagrams[one.process].nodes.get(one.element) if one.process in diagrams else None,)
    )


def _typed(item: Item, values: Mapping[str, object]) -> tuple[Piece, ...]:
    value = values.get(item.key)
    if not completeness.is_there(item.kind, value):  # type: ignore[arg-type]  # answers are JSON
        return ()
    return (Piece(item.key, 0, "", "", 1, "", None, _files(value)),)


def _files(value: object) -> tuple[tuple[str, str], ...]:
    parts = value if isinstance(value, list) else []
    return tuple((str(one["id"]), str(one["name"])) for one in parts if isinstance(one, dict) and "size" in one)


def _state(task: Task, item: Item, is_there: bool, waiver: Waiver | None) -> str:  # noqa: FBT001 - one of three facts
    if is_there:
        return "there"
    if waiver is not None:
        return "waived"
    if not item.is_followed:
        return "printed"
    if not item.is_required:
        return "optional"
    if item.side == "output" and task.status != TaskStatus.COMPLETED:
        return "open"
    return "missing"


def _went_back(instance: Instance, task: Task) -> bool:
    node = catalogue.of_instance(instance).diagrams[task.process_key].nodes[task.element]
    outcome = catalogue.form_of(instance, task.process_key, node).outcome
    return outcome is not None and task.outcome in outcome.returns
