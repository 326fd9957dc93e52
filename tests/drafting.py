"""Draws small SOPs, deploys them in the demonstration office of Blitar and plays them by the use cases."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from service import catalogue, deployments, instances, jobs, tasks
from service.deployments import File
from service.models import History, Incident, Instance, Waiting, db
from tests import stage
from tests.engine.drawing import definitions
from tests.walking import Player

OFFICE = "blitar"
FORM = {
    "type": "default",
    "id": "isian",
    "schemaVersion": 19,
    "components": [
        {"type": "textfield", "id": "f1", "key": "nilai", "label": "Nilai"},
        {"type": "number", "id": "f2", "key": "jumlah", "label": "Jumlah"},
        {
            "type": "checklist", "id": "f3", "key": "daftar", "label": "Unit",
            "values": [{"value": f"bidang{n}", "label": f"Bidang {n}"} for n in (1, 2, 3)],
        },
    ],
}  # fmt: skip


class Sketch(Player):
    """An office with processes of its own, inside an application context."""

    def __init__(self, now: datetime = stage.MONDAY) -> None:
        super().__init__(now)
        self.key = ""

    def deploy(self, *processes: str, roots: str = "", tables: Mapping[str, bytes] | None = None) -> None:
        """Deploy drawn processes, the first one as that which is played; `roots` holds messages, errors and so on."""
        files = [File(f"{key_of(text)}.bpmn", definitions(roots, text)) for text in processes]
        files += [File("isian.form", json.dumps(FORM).encode())]
        files += [File(name, content) for name, content in (tables or {}).items()]
        deployments.deploy(self.actor("analis", OFFICE), files, self.now)
        self.key = key_of(processes[0])

    def begin(self) -> UUID:
        """Start a case as the head of the office."""
        return instances.start(self.actor("blitar.kadis"), self.key, {}, self._minute()).id

    def do(self, case: UUID, element: str, unit: str = "", /, **raw: object) -> None:
        """Complete an open task as the head of the office, or as the unit that it is for."""
        task = self.task(case, element, unit)
        user = f"blitar.{unit}" if unit else "blitar.kadis"
        tasks.complete(self.actor(user), task.id, raw, self._minute())

    def waits(self, case: UUID) -> list[tuple[str, str, str]]:
        """Return kind, name and element of what a case waits for beside people."""
        found = select(Waiting).where(Waiting.instance_id == case).order_by(Waiting.kind, Waiting.element)
        return [(wait.kind, wait.name, wait.element) for wait in db.session.scalars(found)]

    def wait(self, case: UUID, element: str) -> UUID:
        """Return the id of the one wait of an element."""
        found = select(Waiting.id).where(Waiting.instance_id == case, Waiting.element == element)
        return db.session.scalars(found).one()

    def later(self, **time: float) -> int:
        """Let time pass and the background work run once; return how much it did."""
        self.now += timedelta(**time)
        return jobs.run_due(self.now)

    def instance(self, case: UUID) -> Instance:
        """Return the row of a case as it is now."""
        db.session.expire_all()
        return db.session.scalars(select(Instance).where(Instance.id == case)).one()

    def status(self, case: UUID) -> str:
        """Return how a case stands."""
        return self.instance(case).status

    def data(self, case: UUID) -> dict[str, Any]:
        """Return the variables of a case."""
        return catalogue.hydrate(self.instance(case)).data()

    def kinds(self, case: UUID) -> list[str]:
        """Return what happened, in the words of the history."""
        found = select(History.kind).where(History.instance_id == case).order_by(History.sequence)
        return list(db.session.scalars(found))

    def incidents(self, case: UUID) -> list[Incident]:
        """Return the open incidents of a case."""
        found = select(Incident).where(Incident.instance_id == case, Incident.closed_at.is_(None))
        return list(db.session.scalars(found.order_by(Incident.opened_at)))


def timer(kind: str, text: str) -> str:
    """Return the definition of a timer event."""
    return f"<bpmn:timerEventDefinition><bpmn:{kind}>{text}</bpmn:{kind}></bpmn:timerEventDefinition>"


def boundary(name: str, host: str, inside: str, *, interrupting: bool = True) -> str:
    """Return a boundary event."""
    cancels = str(interrupting).lower()
    place = f'attachedToRef="{host}" cancelActivity="{cancels}"'
    return f'<bpmn:boundaryEvent id="{name}" {place}>{inside}</bpmn:boundaryEvent>'


def pause(name: str, kind: str, text: str) -> str:
    """Return an intermediate event that waits for a time."""
    return f'<bpmn:intermediateCatchEvent id="{name}">{timer(kind, text)}</bpmn:intermediateCatchEvent>'


def message(name: str = "m") -> str:
    """Return the definition of a message event."""
    return f'<bpmn:messageEventDefinition messageRef="{name}"/>'


def signal(name: str = "s") -> str:
    """Return the definition of a signal event."""
    return f'<bpmn:signalEventDefinition signalRef="{name}"/>'


def catch(name: str, event: str, inside: str = "") -> str:
    """Return an intermediate event that waits."""
    return f'<bpmn:intermediateCatchEvent id="{name}">{inside}{event}</bpmn:intermediateCatchEvent>'


def throw(name: str, event: str, inside: str = "") -> str:
    """Return an intermediate event that throws."""
    return f'<bpmn:intermediateThrowEvent id="{name}">{inside}{event}</bpmn:intermediateThrowEvent>'


def key_of(text: str) -> str:
    """Return the key of a drawn process."""
    return text.partition('<bpmn:process id="')[2].partition('"')[0]
