"""Which constructs the engine runs; everything else is refused with the nearest one that does."""

from service.engine.diagram.model import Node

NONE = ""
"""An event without a definition."""
ELEMENTS = frozenset(
    {
        "startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent",
        "task", "userTask", "manualTask", "serviceTask", "scriptTask", "sendTask", "receiveTask",
        "businessRuleTask", "subProcess", "callActivity",
        "exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway",
    }
)  # fmt: skip
EVENTS = {
    "startEvent": frozenset({NONE, "message", "timer", "signal"}),
    "endEvent": frozenset({NONE, "message", "signal", "error", "escalation", "terminate"}),
    "intermediateCatchEvent": frozenset({"message", "timer", "signal", "link"}),
    "intermediateThrowEvent": frozenset({NONE, "message", "signal", "escalation", "link"}),
    "boundaryEvent": frozenset({"message", "timer", "signal", "error", "escalation"}),
    "sendTask": frozenset({NONE, "message"}),
    "receiveTask": frozenset({"message"}),
}
"""Event definitions by element; an element that is not listed takes none."""


def runs(node: Node) -> bool:
    """Tell whether an element runs as drawn."""
    kinds = {event.kind for event in node.events} or {NONE}
    return (
        node.kind in ELEMENTS
        and kinds <= EVENTS.get(node.kind, frozenset({NONE}))
        and len(node.events) <= 1
        and not (node.for_compensation or node.by_event)
    )
