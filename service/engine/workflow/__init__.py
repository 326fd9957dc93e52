"""The one door to SpiffWorkflow: a built definition, a state and an act go in, a `Step` comes out."""

from service.engine.workflow.events import Thrown
from service.engine.workflow.execution import Execution, Message, OpenTask, Passed, Step, Wait, create, hydrate, start
from service.engine.workflow.offer import Offer
from service.engine.workflow.parsing import Source, Specification, parse
from service.engine.workflow.whereabouts import Whereabout

__all__ = [
    "Execution",
    "Message",
    "Offer",
    "OpenTask",
    "Passed",
    "Source",
    "Specification",
    "Step",
    "Thrown",
    "Wait",
    "Whereabout",
    "create",
    "hydrate",
    "parse",
    "start",
]
