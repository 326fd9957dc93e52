"""What every check looks at: a diagram and the names that somebody supplies."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from service.engine.diagram.constructs import runs
from service.engine.diagram.model import Diagram, Node
from service.engine.diagram.places import problem_at, short
from service.engine.expression import Expression, ExpressionInvalid, compile_expression
from service.errors import Problem

LOOP_NAMES = frozenset({"nrOfInstances", "nrOfCompletedInstances", "nrOfActiveInstances", "loopCounter"})
"""What the engine itself tells a condition of a loop."""


@dataclass(frozen=True)
class Inspection:
    """One diagram under check."""

    diagram: Diagram
    form_names: Mapping[str, frozenset[str]]
    known: frozenset[str]

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """Elements that run; of the others enough is said."""
        return tuple(node for node in self.diagram.nodes.values() if runs(node))

    @cached_property
    def names(self) -> frozenset[str]:
        """Variables that a form, a result, a mapping or a loop supplies."""
        found: set[str] = set(self.known | self.diagram.data_objects)
        for node in self.diagram.nodes.values():
            found |= self.form_names.get(node.form, frozenset())
            found |= {mapping.target for mapping in (*node.mappings, *node.inputs, *node.outputs) if mapping.target}
            found.add(node.result)
            if node.loop:
                found |= {node.loop.item, node.loop.output_collection, node.loop.output_item}
        return frozenset(found - {""})

    @cached_property
    def is_open(self) -> bool:
        """Whether somebody outside gives values whose names the diagram does not say."""
        return any(gives_anything(node) for node in self.nodes)

    def compiled(self, node: Node, what: str, text: str, *more: str, told: bool = True) -> Iterator[Problem]:
        """Name an expression that cannot be read, or a name in it that nobody supplies; `told` false skips names."""
        try:
            expression: Expression = compile_expression(text)
        except ExpressionInvalid as error:
            yield problem_at(
                node, "expression-invalid", f"{what} “{short(text)}” tidak dapat dibaca: {error.message_id}",
                f"{what} {short(text)!r} cannot be compiled: {error.message_en}", "Perbaiki ekspresinya.",
            )  # fmt: skip
            return
        for name in sorted(expression.needs - self.names - frozenset(more)) if told else ():
            yield problem_at(
                node, "name-unknown", f"{what} memakai nama {short(name)}, tetapi tidak ada yang mengisinya.",
                f"{what} uses {short(name)}, which nobody supplies.", "Samakan nama dengan kunci isian formulir.",
                "warning" if self.is_open else "error",
            )  # fmt: skip


def gives_anything(node: Node) -> bool:
    """Tell whether an element takes values from outside without saying which."""
    if node.outputs:
        return False
    if node.kind == "callActivity":
        outward = [mapping for mapping in node.mappings if mapping.outward]
        return not node.mappings or any(mapping.everything for mapping in outward)
    waits = node.kind in {"receiveTask", "intermediateCatchEvent", "boundaryEvent", "startEvent"}
    return bool(node.topic) or (waits and any(event.kind in {"message", "signal", "error"} for event in node.events))
