"""The same SOP through the use cases: a whole demonstration office, its forms, its tables, its people."""

import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from json import dumps
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import UUID

from sqlalchemy import select

from bench.measuring.figures import timed
from bench.measuring.sop import PROCESS, REVIEW
from service import catalogue, store, tasks
from service.engine import form as forms
from service.engine.workflow import Execution
from service.engine.worklist import Changes
from service.models import Instance, db
from service.store import Fact
from tests import provision
from tests.stage import MONDAY, Demo, release
from tests.walking import Player

PARTS: tuple[tuple[str, Any, str], ...] = (
    ("the task and its case read", store, "get_task"),
    ("the state read", catalogue, "hydrate"),
    ("all variables copied for the form", Execution, "variables"),
    ("all files of the case read", store, "files"),
    ("the answers checked", forms, "clean"),
    ("the engine, with the state written", Execution, "complete"),
    ("tasks that the step touches read", store, "known_tasks"),
    ("everything saved and committed", store, "save_step"),
)
"""What completing a task consists of, and the function that does it."""


@contextmanager
def office(folder: str) -> Iterator[Player]:
    """Set the demonstration offices up in a folder and let their people work."""
    with Demo.prepared(Path(folder)).app.app_context(), _kept():
        yield Player()


@contextmanager
def office_on_postgresql(folder: str) -> Iterator[Player]:
    """Set the same offices up on a PostgreSQL server of its own."""
    with provision.postgresql() as server:
        demo = Demo.prepared(Path(folder)).on(server, Path(folder))
        with demo.app.app_context(), _kept():
            yield Player()
        release(demo.app)


@contextmanager
def _kept() -> Iterator[None]:
    """Look through what is loaded no more, as `laksana serve` does."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


def at_review(player: Player, data: Mapping[str, Any] | None = None) -> UUID:
    """Return a case whose draft is reviewed for the first time; `data` is added to its variables."""
    case = player.start(PROCESS)
    player.advance(case, REVIEW)
    if data:
        instance = _instance(case)
        step = catalogue.hydrate(instance).amend(data, MONDAY)
        store.save_step(instance, step, Changes((), frozenset()), Fact("amended", MONDAY, None, ""))
    return case


def stored(case: UUID) -> int:
    """Return how many bytes the state of a case takes."""
    return len(_instance(case).state)


def variables(case: UUID) -> int:
    """Return how many characters of JSON the variables of a case are."""
    return len(dumps(catalogue.hydrate(_instance(case)).data(), ensure_ascii=False))


def returning(player: Player, case: UUID) -> float:
    """Return the CPU milliseconds of returning the draft."""
    task = player.task(case, REVIEW)
    actor, answers, now = player.performer(task), player.answers(task, outcome="kembalikan"), player.now
    identifier = task.id
    db.session.remove()
    return timed(lambda: tasks.complete(actor, identifier, answers, now))[0]


def be_returned(player: Player, case: UUID, times: int) -> None:
    """Return the draft of a case at its review and bring it there again."""
    for _ in range(times):
        returning(player, case)
        player.advance(case, REVIEW)


@contextmanager
def taken_apart(spent: dict[str, list[float]]) -> Iterator[None]:
    """Note meanwhile the CPU milliseconds of every part of a completion."""

    def noting(name: str, act: Callable[..., object]) -> Callable[..., object]:
        def noted(*arguments: object, **named: object) -> object:
            taken, result = timed(lambda: act(*arguments, **named))
            spent.setdefault(name, []).append(taken)
            return result

        return noted

    with ExitStack() as changed:
        for name, owner, function in PARTS:
            changed.enter_context(patch.object(owner, function, noting(name, getattr(owner, function))))
        yield


def _instance(case: UUID) -> Instance:
    return db.session.scalars(select(Instance).where(Instance.id == case)).one()
