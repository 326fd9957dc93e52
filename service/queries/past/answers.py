"""What people and services answered in cases, the newest answer of each name, as the pages of the cases tell it."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import defer

from service import catalogue
from service.engine.assignment import Actor
from service.engine.expression import JSON
from service.errors import Invalid, NotFound
from service.models import History, Instance, db
from service.queries.history import answered
from service.queries.past.narrowing import Page

ORDERS = ("instanceId", "variableName", "tenantId")
MOST_CASES = 50
"""Whose history is read for one question."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The newest value under a name, of a case or of one unit where each answers for itself."""

    case: UUID
    process: str
    definition: UUID
    version: int
    name: str
    unit: str
    value: JSON
    element: str
    task: UUID | None
    """Where it was answered last."""
    since: datetime
    """When it was answered first."""

    @property
    def id(self) -> str:
        """Return what it is found by: names of processes and answers hold no colon."""
        return f"{self.case}:{self.process}:{self.name}:{self.unit}"


@dataclass(frozen=True, slots=True)
class Sought:
    """Of which cases answers are asked for, and which; nothing of a field means all."""

    cases: frozenset[UUID] | None
    definitions: frozenset[UUID] | None = None
    processes: frozenset[str] | None = None
    names: frozenset[str] | None = None
    values: tuple[JSON, ...] = ()
    """One of these, if any is named."""


def found(actor: Actor, sought: Sought, page: Page) -> Sequence[Answer]:
    """Return one page of the answers.

    Raises:
        Invalid: no case is named, or too many.

    """
    rows = sorted(_matching(actor, sought), key=lambda one: one.id)
    for name, down in reversed(page.order):
        rows.sort(key={"instanceId": _case, "variableName": _name}.get(name, _nothing), reverse=down)
    return rows[page.first : page.first + page.most]


def count(actor: Actor, sought: Sought) -> int:
    """Count the answers.

    Raises:
        Invalid: as `found`.

    """
    return sum(1 for _ in _matching(actor, sought))


def one(actor: Actor, answer_id: str) -> Answer:
    """Return one answer.

    Raises:
        NotFound: the office has none with this id.

    """
    try:
        case = UUID(answer_id.partition(":")[0])
    except ValueError:
        case = UUID(int=0)
    every = _matching(actor, Sought(cases=frozenset({case})))
    answer = next((answer for answer in every if answer.id == answer_id), None)
    if answer is None:
        raise NotFound(f"historic variable instance with id {answer_id[:200]} does not exist")
    return answer


def _matching(actor: Actor, sought: Sought) -> Iterator[Answer]:
    if sought.cases is None or len(sought.cases) > MOST_CASES:
        raise Invalid(f"names the cases whose answers are read, at most {MOST_CASES}", field="processInstanceIdIn")
    wanted = {json.dumps(value) for value in sought.values}
    return (
        answer
        for answer in _answers(actor, sought.cases)
        if (sought.definitions is None or answer.definition in sought.definitions)
        and (sought.processes is None or answer.process in sought.processes)
        and (sought.names is None or answer.name in sought.names)
        and (not wanted or json.dumps(answer.value) in wanted)
    )


def _answers(actor: Actor, cases: frozenset[UUID]) -> Iterator[Answer]:
    own = select(Instance).where(Instance.tenant_id == actor.office, Instance.id.in_(cases))
    for case in db.session.scalars(own.options(defer(Instance.state))):
        lines = select(History).where(History.tenant_id == actor.office, History.instance_id == case.id)
        yield from _of_case(case, db.session.scalars(lines.order_by(History.sequence)).all())


def _of_case(case: Instance, lines: Sequence[History]) -> Iterator[Answer]:
    specification = catalogue.of_instance(case)
    newest: dict[tuple[str, str, str], Answer] = {}
    for line in lines:
        process = line.process_key or specification.key
        for name, value in answered(case, specification.diagrams, line).items():
            key = process, name, str(line.body.get("unit") or "")
            newest[key] = _newer(case, newest.get(key), key, value, line)
    yield from newest.values()


def _newer(case: Instance, known: Answer | None, key: tuple[str, str, str], value: Any, line: History) -> Answer:  # noqa: ANN401 - JSON
    if known is not None:
        return replace(known, value=value, element=line.element, task=line.task_id)
    process, name, unit = key
    definition = UUID(case.called[process]) if process in case.called else case.definition_id
    version = catalogue.deployed(case.tenant_id, definition).version
    return Answer(case.id, process, definition, version, name, unit, value, line.element, line.task_id, line.at)


def _case(answer: Answer) -> str:
    return str(answer.case)


def _name(answer: Answer) -> str:
    return answer.name


def _nothing(_: Answer) -> str:
    return ""
