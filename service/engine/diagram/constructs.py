"""Which constructs the engine runs; everything else is refused with the nearest one that does."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from service.engine.diagram.model import Node

NONE = ""
"""An event without a definition."""


@dataclass(frozen=True, slots=True)
class Constructs:
    """What may stand in a diagram."""

    elements: frozenset[str]
    events: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Event definitions by element; an element that is not listed takes none."""
    whole: bool = False
    """The full token game: markers everywhere, several flows out of an activity, ends without an end event, flows
    without an id, tasks for single people."""

    def run(self, node: Node) -> bool:
        """Tell whether an element runs as drawn."""
        kinds = {event.kind for event in node.events} or {NONE}
        return (
            node.kind in self.elements
            and kinds <= self.events.get(node.kind, frozenset({NONE}))
            and len(node.events) <= 1
            and not (node.for_compensation or node.by_event)
        )


TODAY = Constructs(
    frozenset({"startEvent", "endEvent", "userTask", "callActivity", "exclusiveGateway", "parallelGateway"})
)
FULL = Constructs(
    frozenset(
        {
            "startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent",
            "task", "userTask", "manualTask", "serviceTask", "scriptTask", "sendTask", "receiveTask",
            "businessRuleTask", "subProcess", "callActivity",
            "exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway",
        }
    ),
    {
        "startEvent": frozenset({NONE, "message", "timer", "signal"}),
        "endEvent": frozenset({NONE, "message", "signal", "error", "escalation", "terminate"}),
        "intermediateCatchEvent": frozenset({"message", "timer", "signal", "link"}),
        "intermediateThrowEvent": frozenset({NONE, "message", "signal", "escalation", "link"}),
        "boundaryEvent": frozenset({"message", "timer", "signal", "error", "escalation"}),
        "sendTask": frozenset({NONE, "message"}),
        "receiveTask": frozenset({"message"}),
    },
    whole=True,
)  # fmt: skip
