"""Acts: what a person, a clock, a message or a worker does to a case; done, kept when it fails, done again."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import uniform
from time import sleep
from typing import Any, Literal, TypeVar
from uuid import UUID

from service import catalogue, metrics, store
from service.engine.assignment import PERSON
from service.engine.workflow import Execution, Message, Step
from service.engine.worklist import NOTHING_YET, Act, Changes, changes, new_tasks
from service.errors import DataTooLarge, EngineFailed, InstanceChanged, Invalid, Unstorable
from service.models import Attachment, Incident, Instance
from service.once import Once

ATTEMPTS = 5
LONGEST_CODE = 128
"""Letters of the code of a BPMN error."""
LONGEST_PAUSE = 0.02
"""Seconds between two attempts at most, by chance, so that two who met do not meet again."""
Kind = Literal["complete", "raised", "timer", "message", "signal", "external", "error", "failed"]
Done = TypeVar("Done")


@dataclass(frozen=True, slots=True)
class Deed:
    """One act with all that doing it again needs."""

    kind: Kind
    task: str
    """The task or wait that it is about; of a message or signal an id of its own."""
    process: str
    element: str
    person: UUID | None = None
    position: str = ""
    returns: bool = False
    body: Mapping[str, Any] = field(default_factory=dict)
    """What the history tells of it, `values` among it."""

    @property
    def user_task(self) -> UUID | None:
        """Return the user task that it ends, None where no person's work ends."""
        return UUID(self.task) if self.kind in {"complete", "raised"} else None

    def kept(self) -> dict[str, Any]:
        """Return the act as an incident keeps it."""
        return {
            "kind": self.kind,
            "task": self.task,
            "process": self.process,
            "element": self.element,
            "person": None if self.person is None else str(self.person),
            "position": self.position,
            "returns": self.returns,
            "body": dict(self.body),
        }


def deed_of(incident: Incident) -> Deed:
    """Return the act that failed."""
    kept = incident.act
    person = UUID(kept["person"]) if kept["person"] else None
    return Deed(
        kept["kind"], kept["task"], kept["process"], kept["element"], person, kept["position"], kept["returns"],
        kept["body"],
    )  # fmt: skip


@metrics.STEP_SECONDS.time()
def perform(instance: Instance, execution: Execution, deed: Deed, now: datetime) -> tuple[Step, Changes]:
    """Do it in the engine and see what it does to the list of tasks; nothing is saved.

    Raises:
        TaskClosed, NotWaiting: what it is about is over.
        EngineFailed: the engine could not go on.
        DataTooLarge: the case would have more data than it may.

    """
    step = _move(execution, deed, now)
    act = Act(deed.position, deed.returns, deed.body.get("reason", ""), tuple(deed.body.get("parts", ())))
    diagrams = catalogue.of_instance(instance).diagrams
    known = store.known_tasks(instance, new_tasks(step)) if act.returns else NOTHING_YET
    difference = changes(diagrams, known, step, act, catalogue.due(instance.tenant_id, now))
    require_known(instance.tenant_id, step, difference, execution.data)
    return step, difference


def require_known(office: str, step: Step, difference: Changes, data: Callable[[], Mapping[str, Any]] = dict) -> None:
    """Refuse a task for somebody whom the office does not have; names that stand in the diagram need no look.

    Raises:
        EngineFailed: with the element of the task, and which variables name him.

    """
    for opened in difference.opened:
        if step.offers[opened.id].is_computed:
            unknown = set(opened.groups) - store.performers_of(office)
            if unknown:
                raise EngineFailed(
                    f"{opened.name}: the office has no {', '.join(sorted(unknown))}",
                    cause="nobody",
                    process=opened.process,
                    element=opened.element,
                    data={name: value for name, value in data().items() if not unknown.isdisjoint(_named(value))},
                )


def _named(value: object) -> Iterator[str]:
    """Yield everybody whom a variable may name, as a candidate group: a code, or a person by his user name."""
    if isinstance(value, str):
        yield from (value, PERSON + value)
    elif isinstance(value, list | dict):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _named(part)


def fact(deed: Deed, difference: Changes, now: datetime) -> store.Fact:
    """Return the line of an act that was done."""
    kind = ("returned" if difference.has_returned else "completed") if deed.kind == "complete" else deed.kind
    return _line(kind, deed, deed.body, now)


def failure(deed: Deed, error: EngineFailed) -> store.Failure:
    """Return what is kept of an act that failed: the element that stopped it, by default its own."""
    process, element = (error.process, error.element) if error.element else (deed.process, deed.element)
    return store.Failure(process, element, error.cause, str(error), error.data, deed.kept())


def record_failure(
    instance: Instance,
    deed: Deed,
    error: EngineFailed,
    now: datetime,
    typed: Mapping[str, Any] | None = None,
    new_files: Iterable[Attachment] = (),
    before: Sequence[store.Fact] = (),
    once: Once | None = None,
) -> None:
    """Keep a failed act as an incident beside the last good state, and name the incident in the error.

    What was told `before` it is kept as well, `once`.

    Raises:
        InstanceChanged: somebody else saved this case first, so the act may not fail any more.

    """
    told = {"error": str(error), "cause": error.cause}
    error.facts["incident"] = store.record_incident(
        instance, failure(deed, error), _line("incident", deed, told, now), typed, new_files, before, once
    )
    error.facts["case"] = instance.id


def carry_out(
    instance: Instance, deed: Deed, now: datetime, dispatch: UUID | None = None, once: Once | None = None
) -> Step:
    """Do what no person does: load, move, save; a failure is kept as an incident.

    Args:
        instance: the case.
        deed: what happens.
        now: when.
        dispatch: the message or signal that this delivers, marked as done in the same transaction.
        once: the request of the program that sent it, carried out when it failed, too.

    Raises:
        NotWaiting, TaskClosed: what it is about is over.
        CaseSuspended: nothing goes on in the case for now.
        InstanceChanged: somebody else saved this case first.
        Repeated: the same request was carried out before.
        EngineFailed: it failed; an incident keeps it.
        DataTooLarge, Unstorable: a worker brings more than the case may hold; nothing has happened.

    """
    store.require_active(instance)
    try:
        step, difference = perform(instance, catalogue.hydrate(instance), deed, now)
        if dispatch is not None:
            store.take(instance.tenant_id, dispatch, now)
        store.save_step(instance, step, difference, fact(deed, difference, now), once=once)
    except (EngineFailed, DataTooLarge, Unstorable) as error:
        if not isinstance(error, EngineFailed) and deed.person is not None:
            raise  # whoever brings so much is told, and nothing has happened
        failed = error if isinstance(error, EngineFailed) else EngineFailed(str(error), cause=error.code)
        if dispatch is not None:
            store.take(instance.tenant_id, dispatch, now)
        record_failure(instance, deed, failed, now, once=once)
        raise failed from error
    return step


def require_code(code: str) -> None:
    """Refuse what is no code of a BPMN error.

    Raises:
        Invalid: it is empty, or longer than any diagram could have it.

    """
    if not code.strip() or len(code) > LONGEST_CODE:
        raise Invalid("a BPMN error has a code", field="code")


def repeated(attempt: Callable[[], Done]) -> Done:
    """Try again with everything loaded anew when somebody else saved the case in between, and from then on hold it.

    Raises:
        InstanceChanged: the case kept changing.

    """
    try:
        return attempt()
    except InstanceChanged as error:
        changed = error
    for _ in range(ATTEMPTS - 1):
        sleep(uniform(0, LONGEST_PAUSE))  # noqa: S311 - no secret
        try:
            with store.locked(changed):
                return attempt()
        except InstanceChanged as error:
            changed = error
    raise changed


def _move(execution: Execution, deed: Deed, now: datetime) -> Step:
    values = deed.body.get("values", {})
    match deed.kind:
        case "complete" | "external":
            return execution.complete(deed.task, values, now)
        case "error" | "raised":
            return execution.fail(deed.task, deed.body["code"], values, now)
        case "timer":
            return execution.fire(deed.task, now)
        case "message":
            return execution.deliver(Message(deed.body["name"], deed.body["key"], values), now)
        case "signal":
            return execution.signal(deed.body["name"], values, now)
        case "failed":
            raise EngineFailed(deed.body["error"], cause="service-failed", process=deed.process, element=deed.element)


def _line(kind: str, deed: Deed, body: Mapping[str, Any], now: datetime) -> store.Fact:
    return store.Fact(kind, now, deed.person, deed.position, deed.process, deed.element, deed.user_task, body)
