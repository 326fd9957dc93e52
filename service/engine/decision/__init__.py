"""Decision tables: DMN 1.1 to 1.3 with FEEL, read safely, every hit policy, required decisions of the same file.

Left out on purpose, and refused with a reason: other expression languages, boxed contexts and functions, business
knowledge models, decisions of other files. Types are no constraint; allowed values are.
"""

from service.engine.decision.checking import problems
from service.engine.decision.mapping import decide, shape
from service.engine.decision.model import Decision, Input, Output, Rule, Table
from service.engine.decision.policies import Aggregator, HitPolicy
from service.engine.decision.reading import Decisions, read
from service.engine.decision.refusals import DecisionFailed

__all__ = [
    "Aggregator",
    "Decision",
    "DecisionFailed",
    "Decisions",
    "HitPolicy",
    "Input",
    "Output",
    "Rule",
    "Table",
    "decide",
    "problems",
    "read",
    "shape",
]
