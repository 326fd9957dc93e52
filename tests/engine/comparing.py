"""Runs a model in the engine and in the token game, side by side, and compares what is open after every step."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from random import Random

from service.engine.workflow import Execution, Message, Source, Specification, Step, hydrate, parse, start
from service.errors import NotWaiting
from tests.engine.models import ITEM, files
from tests.engine.tokengame import Game, Label, Model, Value, Wait

MONDAY = datetime(2026, 1, 5, 8, tzinfo=UTC)
PATIENCE = 60
"""Steps after which every decision leads onwards."""
MOST_STEPS = 600


class Deviation(AssertionError):
    """The engine and the specification disagree."""


class SilentStop(Deviation):
    """A case has not ended and waits for nothing, or has ended and still waits."""


@dataclass
class Run:
    """One case, twice."""

    model: Model
    random: Random
    game: Game
    specification: Specification
    step: Step
    now: datetime = MONDAY
    acts: list[str] = field(default_factory=list)
    partners: dict[int, str] = field(default_factory=dict)
    """The engine's id of each thing that the token game waits for."""

    def compare(self) -> None:
        """Find for everything that is open in the game its one partner in the engine.

        Raises:
            Deviation: something is missing or too much, or changed its id although nothing happened to it.

        """
        waits = self.game.waits()
        expected, found = Counter(wait.label for wait in waits), Counter(self.opened().values())
        if self.step.ended == bool(found):
            raise SilentStop(f"{self.acts[-3:]}: {found} is open, ended is {self.step.ended}")
        if expected != found or self.game.ended != self.step.ended:
            raise Deviation(f"{self.acts[-3:]}: missing {expected - found}, too much {found - expected}, "
                            f"ended {self.step.ended} instead of {self.game.ended}")  # fmt: skip
        self._pair(waits)

    def opened(self) -> dict[str, Label]:
        """Return what is open in the engine, by id."""
        execution = self.execution()
        found: dict[str, Label] = {}
        for task in self.step.open_tasks:
            found[task.id] = "task", task.process, task.element, _place(execution, task.id)
        for wait in self.step.waits:
            place = _place(execution, wait.id) if wait.kind == "external" else None
            found[wait.id] = wait.kind, wait.process, wait.element, place
        return found

    def execution(self) -> Execution:
        """Read the case from its stored bytes, as every act does."""
        return hydrate(self.specification, self.step.state)

    def act(self) -> None:
        """Let something happen, the same in both."""
        # people are asked more often than the clock
        wait = self.random.choice(
            [wait for wait in self._ways() for _ in range(3 if wait.kind in {"task", "external"} else 1)]
        )
        self.acts.append(f"{wait.kind} {wait.node.id} {wait.place}")
        self.now += timedelta(seconds=self.random.randint(1, 3))
        if wait.kind == "timer":
            self._wake()
        elif wait.kind in {"message", "signal"}:
            self._tell(wait)
        else:
            self._finish(wait)

    def _ways(self) -> list[Wait]:
        """Return what may happen; not a message that one of several takes without a trace of which."""
        waits = self.game.waits()
        nodes = Counter(wait.node.id for wait in waits)
        return [wait for wait in waits if wait.kind != "message" or wait.node.interrupting or nodes[wait.node.id] == 1]

    def _wake(self) -> None:
        self.now = max(self.now, min(wait.due for wait in self.game.waits() if wait.due))
        due = sorted((wait for wait in self.step.waits if wait.due and wait.due <= self.now), key=attrgetter("due"))
        for wait in due:
            with suppress(NotWaiting):  # the timer before it took its token away
                self.step = self.execution().fire(wait.id, self.now)
        self.game.wake(self.now)

    def _tell(self, wait: Wait) -> None:
        trigger = wait.node.trigger
        name = trigger.name if trigger else ""
        listening = sorted((w for w in self.game.waits() if w.node is wait.node), key=lambda wait: wait.id)
        if wait.kind == "message":
            self.step = self.execution().deliver(Message(name), self.now)
            opened = self.opened()
            # the specification leaves open who of several receives it: follow the engine
            received = [one for one in listening if self.partners[one.id] not in opened]
            self.game.happen((received or listening)[0], self.now)
            return
        self.step = self.execution().signal(name, {}, self.now)
        for one in listening:
            if one in self.game.waits():
                self.game.happen(one, self.now)

    def _finish(self, wait: Wait) -> None:
        partner = self.partners[wait.id]
        codes = [boundary.trigger.name for boundary in wait.activity.scope.process.boundaries(wait.node.id)
                 if boundary.trigger and boundary.trigger.kind == "error"]  # fmt: skip
        if wait.kind == "external" and codes and self.random.random() < 0.5:
            code = codes[0] or "lain"
            self.step = self.execution().fail(partner, code, {}, self.now)
            self.game.fail(wait, code, self.now)
            return
        values = self._decided(wait)
        self.acts[-1] += f" {values}"
        self.step = self.execution().complete(partner, values, self.now)
        self.game.complete(wait, values, self.now)

    def _decided(self, wait: Wait) -> Mapping[str, Value]:
        """Decide what the element decides, and now and then something else meanwhile."""
        patient = len(self.acts) < PATIENCE
        return {
            name: self.random.choice(values) if patient else values[0]
            for name, values in self.model.choices.items()
            if name in wait.node.sets or self.random.random() < 0.05
        }

    def _pair(self, waits: Iterable[Wait]) -> None:
        opened, before = self.opened(), self.partners
        self.partners = {wait.id: before[wait.id] for wait in waits if wait.id in before}
        lost = [wait.label for wait in waits if wait.id in before and before[wait.id] not in opened]
        if lost:
            raise Deviation(f"{self.acts[-3:]}: other ids for {lost}")
        free: dict[Label, list[str]] = defaultdict(list)
        taken = set(self.partners.values())
        for identifier, label in opened.items():
            if identifier not in taken:
                free[label].append(identifier)
        self.partners |= {wait.id: free[wait.label].pop(0) for wait in waits if wait.id not in before}


def compare(model: Model, seed: int, game: type[Game] = Game) -> int:
    """Run a model to its end with random choices in a random order; return the number of steps.

    Raises:
        Deviation: engine and token game disagree.

    """
    run = begin(model, seed, game)
    run.compare()
    while not run.game.ended:
        if len(run.acts) == MOST_STEPS:
            raise Deviation("it never ends")
        run.act()
        run.compare()
    return len(run.acts)


def begin(model: Model, seed: int, game: type[Game] = Game) -> Run:
    """Start a case in both."""
    specification = parse([Source(f"{n}.bpmn", content) for n, content in enumerate(files(model))], model.key)
    step = start(specification, {**model.variables, ITEM: None}, MONDAY)
    random = Random(seed)  # noqa: S311 - repeatable, not secret
    return Run(model, random, game(model, MONDAY), specification, step)


def _place(execution: Execution, identifier: str) -> int | None:
    """Return which instance of a multi-instance activity a task belongs to: its item says so, however deep it is."""
    item = execution.variables(identifier).get(ITEM)
    return None if item is None else int(str(item).removeprefix("unit"))
