"""Hit policies: what becomes of the rules that match, as DMN 1.3 says in 8.2.10."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from service.engine.decision.refusals import DecisionFailed
from service.engine.expression import JSON, compile_expression

Result = dict[str, JSON]
"""One row of a result: value by the name of its output."""


class HitPolicy(StrEnum):
    """What is done when several rules match."""

    ANY = "ANY"
    COLLECT = "COLLECT"
    FIRST = "FIRST"
    OUTPUT_ORDER = "OUTPUT ORDER"
    PRIORITY = "PRIORITY"
    RULE_ORDER = "RULE ORDER"
    UNIQUE = "UNIQUE"


class Aggregator(StrEnum):
    """What COLLECT makes of the values of its one output."""

    COUNT = "COUNT"
    MAX = "MAX"
    MIN = "MIN"
    SUM = "SUM"


BY_PRIORITY: Final = frozenset({HitPolicy.PRIORITY, HitPolicy.OUTPUT_ORDER})
"""Policies that need the order of the allowed output values."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that matches, with its outputs."""

    rule: int
    values: Result


def written(value: JSON) -> str:
    """Write a value so that equal values look equal: Python would take 1 for true."""
    return json.dumps(value, sort_keys=True)


def settle(policy: HitPolicy, hits: Sequence[Hit], rankings: Mapping[str, Mapping[str, int]]) -> list[Result]:
    """Return what a policy makes of the hits; `rankings` tells the place of each allowed value by output.

    Raises:
        DecisionFailed: the hits contradict the policy.

    """
    return _SETTLED[policy](hits, rankings)


def aggregate(aggregator: Aggregator, name: str, hits: Sequence[Hit]) -> list[Result]:
    """Return one row with the sum, least, greatest or number of the values; only a number can be had of no values.

    Raises:
        DecisionFailed: the values cannot be added or compared.

    """
    if aggregator is Aggregator.COUNT:
        return [{name: len(hits)}]
    if not hits:
        return []
    values: list[JSON] = [hit.values[name] for hit in hits]
    value = compile_expression(f"{aggregator.lower()}(values)").evaluate({"values": values})
    if value is None:
        raise DecisionFailed(
            "decision-not-comparable",
            f"Nilai keluaran {name} tidak dapat digabung dengan {aggregator}.",
            f"The values of {name} cannot be aggregated by {aggregator}.",
            tuple(hit.rule for hit in hits),
        )
    return [{name: value}]


def _unique(hits: Sequence[Hit], _: object) -> list[Result]:
    if len(hits) > 1:
        raise _contradiction("decision-not-unique", "lebih dari satu aturan cocok", "more than one rule matches", hits)
    return _all(hits, _)


def _any(hits: Sequence[Hit], _: object) -> list[Result]:
    if len({written(dict(hit.values)) for hit in hits}) > 1:
        raise _contradiction("decision-outputs-differ", "aturan yang cocok berbeda hasilnya",
                             "the matching rules have different outputs", hits)  # fmt: skip
    return _all(hits[:1], _)


def _all(hits: Sequence[Hit], _: object) -> list[Result]:
    return [hit.values for hit in hits]


def _first(hits: Sequence[Hit], _: object) -> list[Result]:
    return _all(hits[:1], _)


def _ordered(hits: Sequence[Hit], rankings: Mapping[str, Mapping[str, int]]) -> list[Result]:
    """Sort by the first output that has an order, then by the next; rules of the same rank stay as drawn."""

    def rank(hit: Hit) -> list[int]:
        return [ranking.get(written(hit.values[name]), len(ranking)) for name, ranking in rankings.items()]

    return _all(sorted(hits, key=rank), rankings)


def _highest(hits: Sequence[Hit], rankings: Mapping[str, Mapping[str, int]]) -> list[Result]:
    return _ordered(hits, rankings)[:1]


_SETTLED: Final[Mapping[HitPolicy, Callable[[Sequence[Hit], Mapping[str, Mapping[str, int]]], list[Result]]]] = {
    HitPolicy.ANY: _any,
    HitPolicy.COLLECT: _all,
    HitPolicy.FIRST: _first,
    HitPolicy.OUTPUT_ORDER: _ordered,
    HitPolicy.PRIORITY: _highest,
    HitPolicy.RULE_ORDER: _all,
    HitPolicy.UNIQUE: _unique,
}


def _contradiction(cause: str, message_id: str, message_en: str, hits: Sequence[Hit]) -> DecisionFailed:
    numbers = ", ".join(str(hit.rule) for hit in hits)
    return DecisionFailed(
        cause,
        f"Dalam tabel keputusan {message_id}: aturan {numbers}.",
        f"In the decision table {message_en}: rules {numbers}.",
        tuple(hit.rule for hit in hits),
    )
