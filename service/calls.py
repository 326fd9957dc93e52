"""Which SOPs call which, among those in force."""

from collections.abc import Collection, Mapping

from service import catalogue
from service.engine.assignment import Actor
from service.queries import deployed

Calls = Mapping[str, frozenset[str]]
"""What each process in force calls, by key."""


def in_force(actor: Actor) -> dict[str, frozenset[str]]:
    """Return what the processes of the actor's office call now."""
    return {one.key: catalogue.diagram(actor.office, one.id).called
            for one in deployed.versions(actor) if one.is_in_force}  # fmt: skip


def missing(key: str, calls: Calls) -> list[str]:
    """Return what a process calls that is not in force."""
    return sorted(calls[key] - calls.keys())


def is_circle(key: str, calls: Calls) -> bool:
    """Tell whether a process calls itself, be it through others: no case of it would ever stop beginning."""
    return key in callers({key}, calls)


def callers(called: Collection[str], calls: Calls) -> set[str]:
    """Return the processes that call some, be it through others."""
    found: set[str] = set()
    while fresh := {key for key, others in calls.items() if others & (found | set(called))} - found:
        found |= fresh
    return found
