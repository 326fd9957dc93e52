"""BPMN diagrams: read safely, described as values, problems named in SOP words."""

from service.engine.diagram.checking import problems
from service.engine.diagram.model import DataMapping, Diagram, Flow, Lane, Loop, Node
from service.engine.diagram.places import place
from service.engine.diagram.reading import MAX_BYTES, parse_xml, read

__all__ = [
    "MAX_BYTES",
    "DataMapping",
    "Diagram",
    "Flow",
    "Lane",
    "Loop",
    "Node",
    "parse_xml",
    "place",
    "problems",
    "read",
]
