"""Lines of the history: what happened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from service.engine.workflow import Step
from service.models import History, Instance
from service.prepared import Prepared

_ADD = Prepared(insert(History))


@dataclass(frozen=True, slots=True)
class Fact:
    """What happened, for the history: one line."""

    kind: str
    at: datetime
    person_id: UUID | None
    position: str
    process: str = ""
    element: str = ""
    task_id: UUID | None = None
    body: Mapping[str, Any] = field(default_factory=dict)


def add_lines(
    instance: Instance, first: int, facts: Sequence[Fact], moved: Fact | None = None, step: Step | None = None
) -> None:
    """Add lines of a case from a number on; the one of the act that moved it with the way that the step took."""
    passed = [[p.process, p.element, p.flow] for p in step.passed] if step else []
    for sequence, fact in enumerate(facts, start=first):
        _ADD.write(
            {
                "tenant_id": instance.tenant_id,
                "instance_id": instance.id,
                "sequence": sequence,
                "kind": fact.kind,
                "at": fact.at,
                "person_id": fact.person_id,
                "position": fact.position,
                "process_key": fact.process,
                "element": fact.element,
                "task_id": fact.task_id,
                "body": {**fact.body, "passed": passed if fact is moved else []},
            }
        )
