"""How the result of a decision becomes one process variable: the four ways of camunda:mapDecisionResult."""

from collections.abc import Callable, Mapping
from typing import Final

from service.engine.decision.model import Decision
from service.engine.decision.policies import Result
from service.engine.decision.refusals import DecisionFailed
from service.engine.expression import JSON

DEFAULT: Final = "resultList"


def decide(decision: Decision, variables: Mapping[str, object], how: str = "") -> JSON:
    """Decide and shape the result as a business rule task wants it.

    Raises:
        DecisionFailed: no result that could be used.

    """
    return shape(decision.decide(variables), how)


def shape(results: list[Result], how: str = "") -> JSON:
    """Shape rows of results; no way given means the list of all rows.

    Raises:
        DecisionFailed: more rows or values than the way has room for, or none where it wants one.

    """
    return MAPPINGS[how or DEFAULT](results)


def _list(results: list[Result]) -> JSON:
    return [dict(row) for row in results]


def _single_result(results: list[Result]) -> Result:
    if len(results) > 1:
        raise DecisionFailed(
            "decision-several-results",
            f"Keputusan memberi {len(results)} hasil, padahal hanya satu yang diminta.",
            f"The decision gives {len(results)} results where a single one is wanted.",
        )
    if not results:
        raise DecisionFailed(
            "decision-without-match",
            "Tidak ada aturan yang cocok, padahal satu hasil diminta.",
            "No rule matches where a single result is wanted.",
        )
    return dict(results[0])


def _single_entry(results: list[Result]) -> JSON:
    return _only(_single_result(results))


def _entries(results: list[Result]) -> JSON:
    return [_only(row) for row in results]


def _only(row: Result) -> JSON:
    if len(row) != 1:
        raise DecisionFailed(
            "decision-several-outputs",
            f"Keputusan memberi {len(row)} keluaran, padahal hanya satu yang diminta.",
            f"The decision gives {len(row)} outputs where a single one is wanted.",
        )
    return next(iter(row.values()))


MAPPINGS: Final[Mapping[str, Callable[[list[Result]], JSON]]] = {
    "collectEntries": _entries,
    "resultList": _list,
    "singleEntry": _single_entry,
    "singleResult": _single_result,
}
ONE_OUTPUT: Final = frozenset({"collectEntries", "singleEntry"})
"""Ways that take decisions of one output only."""
