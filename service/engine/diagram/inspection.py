"""What every check looks at: a diagram and the names that somebody supplies."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, reduce
from operator import or_

from service.engine.diagram.constructs import runs
from service.engine.diagram.model import Diagram, Node
from service.engine.diagram.places import problem_at, short
from service.engine.expression import Expression, ExpressionInvalid, compile_expression
from service.errors import Problem, remedy

LOOP_NAMES = frozenset({"nrOfInstances", "nrOfCompletedInstances", "nrOfActiveInstances", "loopCounter"})
"""What the engine itself tells a condition of a loop."""


@dataclass(frozen=True, slots=True)
class Supply:
    """The variables that a case of a process may hold."""

    names: frozenset[str] = frozenset()
    is_open: bool = True
    """Whether somebody outside gives others, whose names no file says."""

    def __or__(self, other: "Supply") -> "Supply":
        """Return both together."""
        return Supply(self.names | other.names, self.is_open or other.is_open)

    def lacks(self, other: "Supply") -> bool:
        """Tell whether the other one holds what is not held here."""
        return bool(other.names - self.names) or (other.is_open and not self.is_open)


@dataclass(frozen=True)
class Inspection:
    """One diagram under check."""

    diagram: Diagram
    form_names: Mapping[str, frozenset[str]]
    known: frozenset[str]
    called: Mapping[str, Supply] = field(default_factory=dict)
    """By process key what called processes hold; of others nothing is known."""

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """Elements that run; of the others enough is said."""
        return tuple(node for node in self.diagram.nodes.values() if runs(node))

    @cached_property
    def own(self) -> Supply:
        """What a form, a result, a mapping or a loop of the diagram itself supplies."""
        found: set[str] = set(self.known | self.diagram.data_objects)
        for node in self.diagram.nodes.values():
            found |= self.form_names.get(node.form, frozenset())
            handed = (mapping for mapping in node.mappings if mapping.outward or hands_all_back(node))
            found |= {mapping.target for mapping in (*handed, *node.inputs, *node.outputs)}
            found.add(node.result)
            if node.loop:
                found |= {node.loop.item, node.loop.output_collection, node.loop.output_item}
        unread = any(node.form and node.form not in self.form_names for node in self.nodes)
        return Supply(frozenset(found - {""}), unread or any(gives_anything(node) for node in self.nodes))

    @cached_property
    def merged(self) -> frozenset[str]:
        """Keys of the processes that hand back everything they hold."""
        return frozenset(node.called for node in self.nodes if hands_all_back(node))

    @cached_property
    def supply(self) -> Supply:
        """What the diagram supplies itself and takes over from called processes."""
        return reduce(or_, (self.called.get(key, Supply()) for key in self.merged), self.own)

    @property
    def names(self) -> frozenset[str]:
        """Variables that somebody supplies."""
        return self.supply.names

    @property
    def is_open(self) -> bool:
        """Whether somebody outside gives values whose names no file says."""
        return self.supply.is_open

    def inside(self, node: Node) -> Supply:
        """Return what the process holds that a call activity calls from here."""
        inward = [mapping for mapping in node.mappings if not mapping.outward]
        handed = Supply(frozenset(mapping.target for mapping in inward), is_open=False)
        if not inward or any(mapping.everything for mapping in inward):
            handed |= self.supply
        return handed | self.called.get(node.called, Supply())

    def compiled(self, node: Node, what: str, text: str, *more: str, told: bool = True) -> Iterator[Problem]:
        """Name an expression that cannot be read, or a name in it that nobody supplies; `told` false skips names."""
        try:
            expression: Expression = compile_expression(text)
        except ExpressionInvalid as error:
            yield problem_at(
                node, "expression-invalid", f"{what} “{short(text)}” tidak dapat dibaca: {error.message_id}",
                f"{what} {short(text)!r} cannot be compiled: {error.message_en}", remedy("Perbaiki ekspresinya."),
            )  # fmt: skip
            return
        for name in sorted(expression.needs - self.names - frozenset(more)) if told else ():
            yield problem_at(
                node, "name-unknown", f"{what} memakai nama {short(name)}, tetapi tidak ada yang mengisinya.",
                f"{what} uses {short(name)}, which nobody supplies.",
                remedy("Samakan nama dengan kunci isian formulir."),
                "warning" if self.is_open else "error",
            )  # fmt: skip


def gives_anything(node: Node) -> bool:
    """Tell whether an element takes values from outside without saying which."""
    if node.outputs:
        return False
    waits = node.kind in {"receiveTask", "intermediateCatchEvent", "boundaryEvent", "startEvent"}
    return bool(node.topic) or (waits and any(event.kind in {"message", "signal", "error"} for event in node.events))


def hands_all_back(node: Node) -> bool:
    """Tell whether a call activity takes over every variable of the process that it calls."""
    if node.kind != "callActivity" or node.outputs:
        return False
    outward = [mapping for mapping in node.mappings if mapping.outward]
    return not outward or any(mapping.everything for mapping in outward)


def supplies(inspections: Mapping[str, Inspection]) -> dict[str, Supply]:
    """Return what processes hold that may call each other, by their keys."""
    return {key: _supply(key, inspections) for key in inspections}


def _supply(key: str, inspections: Mapping[str, Inspection]) -> Supply:
    """Gather what a process supplies itself and takes over; a circle of calls is told elsewhere."""
    found = Supply(is_open=False)
    seen: set[str] = set()
    waiting = [key]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            inspection = inspections.get(name)
            found |= inspection.own if inspection else Supply()
            waiting.extend(inspection.merged if inspection else ())
    return found
