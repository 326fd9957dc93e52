"""Where the tokens of a case are: the activities that go on, one inside the other."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from SpiffWorkflow.task import Task

from service.engine.workflow import tokens

BODY = "multiInstanceBody"
"""Kind of what holds the instances of a repeated activity together."""


@dataclass(frozen=True, slots=True)
class Whereabout:
    """An activity that goes on, a gateway that waits for other tokens, or an event that waits."""

    id: str
    """Of the token; of events that race, that of their race."""
    inside: str
    """Id of the activity that it goes on in, empty for the case itself."""
    process: str
    element: str
    kind: str
    """Local name of the BPMN element, or `BODY`."""
    name: str
    tokens: frozenset[str]
    """Ids of what is waited for here."""


def whereabouts(workflow: Any) -> Iterator[Whereabout]:
    """Yield where the tokens of a case are, the outer before the inner; a boundary event only watches its activity."""
    for scope in (workflow, *sorted(workflow.subprocesses.values(), key=lambda inner: inner.depth)):
        activity = tokens.owner(scope)
        around = str(activity.id) if activity else ""
        armed, races = _armed(scope), set[str]()
        for token in tokens.live(scope):
            race = token.internal_data.get("race", "")
            if "host" not in token.internal_data and race not in races:
                races |= {race} - {""}
                yield _of(token, around, armed.get(token.id.hex, frozenset()))


def _armed(scope: Any) -> dict[str, frozenset[str]]:
    """Return the tokens of the boundary events that watch each activity, and of the events in each race."""
    found: dict[str, frozenset[str]] = {}
    for token in tokens.live(scope):
        for mark in ("host", "race"):
            if mark in token.internal_data:
                watched = token.internal_data[mark]
                found[watched] = found.get(watched, frozenset()) | {str(token.id)}
    return found


def _of(token: Task, around: str, watching: frozenset[str]) -> Whereabout:
    marks, process = token.internal_data, token.workflow.spec
    node = process.elements[marks["gate"]].node if "race" in marks else token.task_spec.node
    is_body = node.is_repeated and "index" not in marks
    return Whereabout(
        id=marks.get("race", "") or str(token.id),
        inside=str(token.parent.id) if "index" in marks else around,
        process=process.key,
        element=node.id,
        kind=BODY if is_body else node.kind,
        name=node.name,
        tokens=watching | {str(token.id)},
    )
