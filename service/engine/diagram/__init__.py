"""BPMN diagrams: read safely, described as values, problems named in SOP words."""

from service.engine.diagram.backwards import ways_back
from service.engine.diagram.checking import problems
from service.engine.diagram.inspection import Inspection, Supply, supplies
from service.engine.diagram.model import DataMapping, Diagram, Event, Flow, Lane, Loop, Node, Repeat
from service.engine.diagram.places import place
from service.engine.diagram.reading import MAX_BYTES, parse_xml, read
from service.engine.diagram.soundness import Effort, soundness_problems

__all__ = [
    "MAX_BYTES",
    "DataMapping",
    "Diagram",
    "Effort",
    "Event",
    "Flow",
    "Inspection",
    "Lane",
    "Loop",
    "Node",
    "Repeat",
    "Supply",
    "parse_xml",
    "place",
    "problems",
    "read",
    "soundness_problems",
    "supplies",
    "ways_back",
]
