"""What a diagram must have before it may run: problems with the place in SOP words and a way out."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from service.engine.diagram.activities import activity_problems
from service.engine.diagram.branches import branch_problems
from service.engine.diagram.events import event_problems
from service.engine.diagram.inspection import Inspection, Supply
from service.engine.diagram.markers import marker_problems
from service.engine.diagram.model import Diagram
from service.engine.diagram.sop_rules import sop_problems
from service.engine.diagram.soundness import Effort, soundness_problems
from service.engine.diagram.structure import structure_problems
from service.engine.diagram.unsupported import unsupported
from service.errors import Problem, remedy

MOST_PROBLEMS = 200
"""Told of one diagram; whoever mends these sees the others next."""


def problems(
    diagram: Diagram,
    file: str,
    *,
    form_names: Mapping[str, frozenset[str]],
    known: frozenset[str],
    called: Mapping[str, Supply] | None = None,
    effort: Effort | None = None,
) -> list[Problem]:
    """List what keeps a diagram from running, and what an SOP should have besides.

    Args:
        diagram: the process as read.
        file: name of the file for the messages.
        form_names: per form id the variables that the form supplies.
        known: variables that are there from the start, beside those of the forms.
        called: by process key what called processes hold, as far as it is known.
        effort: what proofs may still take; a new one if not given.

    """
    inspection = Inspection(diagram, form_names, known, called or {})
    found = [
        *diagram.notes,
        *unsupported(diagram),
        *structure_problems(inspection),
        *activity_problems(inspection),
        *marker_problems(inspection),
        *branch_problems(inspection),
        *event_problems(inspection),
        *sop_problems(inspection),
    ]
    if all(problem.severity != "error" for problem in found):
        found += soundness_problems(diagram, effort)
    found.sort(key=lambda problem: (problem.rank, problem.line))
    if len(found) > MOST_PROBLEMS:
        found = [*found[:MOST_PROBLEMS], _more(diagram, found[MOST_PROBLEMS:])]
    return [replace(problem, file=file) for problem in found]


def _more(diagram: Diagram, others: Sequence[Problem]) -> Problem:
    """Return one problem for the rest of a list, as severe as the gravest of them."""
    count = len(others)
    return Problem("more-problems", f"Masih ada {count} masalah lain.", f"There are {count} more problems.", "", 1,
                   diagram.key, others[0].severity, diagram.name,
                   fix=remedy("Perbaiki yang di atas, lalu periksa lagi."))  # fmt: skip
