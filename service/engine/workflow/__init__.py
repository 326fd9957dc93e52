"""The one door to SpiffWorkflow: a parsed definition, a state and an act go in, a `Step` comes out."""

from service.engine.workflow.execution import Execution, OpenTask, Passed, Step, hydrate, start
from service.engine.workflow.parsing import Source, Specification, parse

__all__ = ["Execution", "OpenTask", "Passed", "Source", "Specification", "Step", "hydrate", "parse", "start"]
